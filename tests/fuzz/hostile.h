/* SPDX-License-Identifier: Apache-2.0 */
/* A peer of an MTA on the network of tests/unit/connector/pair.h who has a stack that does as it
 * should and says whatever else a script wants: TSDUs of its own, APDUs, ends at any place. It
 * reads along what both say, so that a target can compare what was acknowledged with what was kept.
 */
#pragma once

#include "../unit/connector/pair.h"
#include "mutate.h"
#include "osi/session/spdu.h"
#include "osi/stack/stack.h"

/* The SPDUs in one direction. */
struct hostile_ear {
    struct buf tcp;  /* not a whole TPDU yet */
    struct buf tsdu; /* not whole yet */
    unsigned heard[SPDU_TYPES];
    unsigned completed; /* of the ED: "sequence error", which says that the APDU is there already */
    unsigned garbled;   /* what is no TPDU or SPDU */
};

struct hostile {
    struct pair *pair;
    struct io *io;
    const char *name; /* in binds */
    struct io_listener *listener;
    struct io_conn *conn; /* NULL: none */
    struct stack *stack;
    bool raw;         /* the stack is out of it: what it says is not sent any more */
    struct buf inbox; /* from TCP, for the stack */
    struct slice apdu;
    size_t sent;       /* of it */
    size_t stop_after; /* segments of it that may still go */
    unsigned opened, secured,
        calls; /* associations; APDUs sent, as the stack believes; calls taken */
    struct hostile_ear theirs, ours;
};

/* At an address of its own, or with the machine of a site when io is not NULL. */
void hostile_init(struct hostile *h, struct pair *pair, struct io *io, const char *name);
void hostile_free(struct hostile *h);

/* Opens an association with a site, as the mode has it, and waits until it is open or refused. What
 * was there before ends. */
void hostile_call(struct hostile *h, const char *address, enum stack_mode mode);
/* Takes calls on port 102 of its address; the last one counts. */
void hostile_listen(struct hostile *h, const char *address);

/* Lets the stack hear what has arrived and answer, so many times or until nothing comes. */
void hostile_pump(struct hostile *h, unsigned rounds);
/* A TSDU, whatever the stack thinks of it. */
void hostile_say(struct hostile *h, struct slice tsdu);
/* Octets on TCP. */
void hostile_write(struct hostile *h, struct slice octets);
/* Transfers an APDU in segments, of which at most so many go; the octets live until the end. */
void hostile_transfer(struct hostile *h, struct slice apdu, size_t segments);
/* A request of the user in any state; those that are not allowed now do nothing. */
void hostile_request(struct hostile *h, unsigned which);
void hostile_hang_up(struct hostile *h, bool graceful);

/* Does a count of events fit? Ends the program when not, and says which promise is broken. */
void hostile_require(bool holds, const char *promise);
