/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks back to back, each with a simple user: for tests. */
#pragma once

#include "base/buf.h"
#include "osi/stack/stack.h"

enum { EVENTS_MAX = 4096, PAIR_ANSWER_MS = 60000, PAIR_APDU_MAX = 6 * 1000 * 1000 };

/* One end, what it has seen and what it shall do by itself. */
struct end {
    struct stack *st;
    enum stack_event_type seen[EVENTS_MAX]; /* without SEND and RECEIVE_DATA */
    unsigned count;
    struct stack_event last; /* the last one of those; bind in bind */
    struct stack_open open;  /* of OPEN_IND or OPENED */
    struct buf bind;
    struct buf called;      /* of REFUSED: last points here, as the event's own is gone by then */
    struct buf received;    /* the APDU being received */
    struct slice apdu;      /* being sent */
    size_t sent;            /* octets of it handed over */
    size_t piece;           /* answer SEND with at most so many octets; 0: as wanted */
    uint32_t confirm_every; /* answer every n-th checkpoint; 0: none */
    int bind_error;         /* as responder: refuse with it; -1: accept */
    bool hold_end;          /* leave RECEIVE_END unanswered */
};

struct pair {
    struct end a, b; /* initiator, responder */
    size_t chunk;    /* deliver octets in pieces of this size; 0: all */
    int64_t now;
    struct buf a_wire, b_wire; /* octets each end has written in all */
};

void end_init(struct end *e, const struct stack_params *params);
void end_free(struct end *e);
/* Lets e work until it has no more events. */
void end_run(struct end *e, int64_t now);
void end_send(struct end *e, struct slice apdu, int64_t now);
/* Has e seen an event of this type? */
bool end_saw(const struct end *e, enum stack_event_type type);

/* params: of the initiator; the responder has the same limits. */
void pair_init(struct pair *p, const struct stack_params *params);
void pair_free(struct pair *p);
/* Until both are quiet. */
void pair_run(struct pair *p);
/* Open with pair_bind_argument; both ends must be open afterwards. */
void pair_open(struct pair *p);

/* The usual parameters of the initiator in this mode. */
struct stack_params pair_params(enum stack_mode mode);
void pair_start(struct pair *p, enum stack_mode mode);
/* An APDU of len octets, at most PAIR_APDU_MAX; the same octets each time. */
struct slice pair_apdu(size_t len);
/* Sends octets and sees that they arrive. */
void pair_transfer(struct pair *p, struct end *from, struct end *to, struct slice octets);

extern const enum stack_mode pair_modes[3];
extern const struct slice pair_bind_argument, pair_bind_result;
