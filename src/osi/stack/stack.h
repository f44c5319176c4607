/* SPDX-License-Identifier: Apache-2.0 */
/* One association, from TCP octets up to the reliable transfer service (X.218): the layers put
 * together. This is what a connector uses, in the daemon and in the simulator alike.
 *
 * Sans-I/O and pull: give it octets, time and requests; take events and octets until there are
 * none. Nothing calls back.
 *
 *     stack_input(st, octets, now);
 *     while (stack_next(st, &ev)) ...act on ev, perhaps with stack_*() requests...
 *     write stack_output(st) to TCP, stack_sent(st, n); wait until stack_deadline(st)
 *
 * Octets, time and the end of TCP are taken in at once but worked on in stack_next(), one event at
 * a time, so that the association's state always matches the events already seen. Call it after
 * every stack_*() call that may have let something happen, also after stack_sent(): SEND is held
 * back while STACK_OUTPUT_HIGH octets or more wait for TCP.
 *
 * now is monotonic milliseconds. Slices in an event are valid until the next stack_input(),
 * stack_timeout(), stack_closed() or stack_receive_secured(), and at least until the next
 * stack_next(); but the data of RECEIVE_DATA no longer than the octets of their stack_input().
 *
 * Each association ends with exactly one of REFUSED, CLOSED and ABORTED, also when this side
 * refused or aborted it (layer LOCAL then). A responder's stack_deadline() is 0 at first: it waits
 * for the peer's CONNECT from the first stack_timeout() on. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No SEND event while so many octets of output wait for TCP. */
enum { STACK_OUTPUT_HIGH = 256 * 1024 };

enum stack_mode {
    STACK_NORMAL = 0,    /* 1988 normal mode: presentation, ACSE, RTSE */
    STACK_X410_1988 = 1, /* 1988 P1 in X.410-1984 mode: application protocol 12 */
    STACK_X410_1984 = 2, /* 1984 P1: application protocol 1 */
};

/* Peer's or own selectors; absent = not sent / any. */
struct stack_selectors {
    struct slice tsel, ssel, psel;
};

struct stack_params {
    bool initiator;
    enum stack_mode mode;           /* initiator; a responder tells it from the CN */
    struct stack_selectors calling; /* initiator: own selectors */
    struct stack_selectors called;  /* initiator: the peer's. Responder: our own: callers must name
                                     * this T-selector, and no other S- and P-selector */
    unsigned max_tpdu;
    unsigned checkpoint_kib;    /* what we propose, or accept at most; 0: the peer's choice as
                                 * initiator, none as responder. Better not 0: an APDU
                                 * is one TSDU then, that must be sent to its end or the
                                 * association given up */
    unsigned window;            /* likewise, 1.. */
    bool two_way_alternate;     /* initiator: propose TWA, else monologue */
    uint32_t open_timeout_ms;   /* connect to open confirm */
    uint32_t answer_timeout_ms; /* AEA, AIA, ADA, GTA, MIA with a closed window, DN */
    uint32_t connection_number; /* makes the session connection identifier unique */
    const char *user_reference; /* text of the calling SS-user reference: host or MTA name */
    const char *utctime;        /* common reference: "YYMMDDhhmmssZ" at the time of opening */
};

enum stack_event_type {
    STACK_EV_NONE,
    STACK_EV_OPEN_IND,      /* responder: u.open; answer with stack_accept() or stack_refuse() */
    STACK_EV_OPENED,        /* initiator: u.open holds the answer, bind = MTABindResult */
    STACK_EV_REFUSED,       /* u.refusal; the association is over. Responder: instead of OPEN_IND
                             * when a layer below the MTA had to refuse (layer LOCAL, or the layer
                             * of a selector that is not ours) */
    STACK_EV_TURN_PLEASE,   /* u.priority: the peer would like the turn */
    STACK_EV_TURN_GIVEN,    /* we have the turn now */
    STACK_EV_SEND,          /* we are sending: call stack_send_segment() with up to u.want octets */
    STACK_EV_SENT,          /* RT-TRANSFER confirm: the peer has secured the APDU */
    STACK_EV_NOT_SENT,      /* RT-TRANSFER confirm negative: u.failure; association still there */
    STACK_EV_RECEIVE_START, /* an APDU begins */
    STACK_EV_RECEIVE_DATA,  /* u.data: the next octets of the APDU, without the EXTERNAL of normal
                             * mode. When the peer wrote that EXTERNAL with indefinite lengths its
                             * end-of-contents octets follow the APDU: ignore what follows it */
    STACK_EV_RECEIVE_CHECKPOINT, /* u.checkpoint: answer stack_checkpoint_secured(), now or later */
    STACK_EV_RECEIVE_END,     /* whole: answer stack_receive_secured() or stack_receive_failed() */
    STACK_EV_RECEIVE_DROPPED, /* the peer discarded or interrupted it: forget it */
    STACK_EV_CLOSED,          /* orderly release, by either side; the association is over */
    STACK_EV_ABORTED,         /* u.abort; the association is over */
};

/* What the other side offered or answered. */
struct stack_open {
    enum stack_mode mode;
    struct stack_selectors calling, called;
    bool two_way_alternate;
    bool turn_here;
    unsigned checkpoint_kib; /* proposed (OPEN_IND) or in force (OPENED) */
    unsigned window;
    unsigned session_version;
    unsigned tpdu_size;
    struct slice bind; /* the TLV of MTABindArgument / MTABindResult; absent: none was sent */
};

/* Why an open was refused. layer says who refused, and bind_error is judged first. */
enum stack_layer {
    STACK_LAYER_TRANSPORT,
    STACK_LAYER_SESSION,
    STACK_LAYER_PRESENTATION,
    STACK_LAYER_ACSE,
    STACK_LAYER_RTSE,
    STACK_LAYER_MTA, /* MTABindError, RTORJ refuseReason */
    STACK_LAYER_LOCAL,
};

struct stack_refusal {
    enum stack_layer layer;
    int code;                      /* the layer's own reason value as received */
    int bind_error;                /* enum p1_bind_error, or -1 when none was given */
    bool transient;                /* worth trying again soon */
    char text[160];                /* one clear sentence */
    struct slice called, expected; /* responder: the selector named is not ours; else absent */
    bool recover;                  /* responder: the caller wanted to continue an old association;
                                    * nothing is kept for that, it will open anew */
};

struct stack_abort {
    enum stack_layer layer;
    bool by_peer;
    int reason;              /* RTAB reason or the layer's own, -1 none */
    bool transfer_completed; /* RTAB 7: what we were sending is secured at the peer */
    char text[160];
};

struct stack_failure {
    int reason;      /* enum s_reason of the peer's exception report, or -1: our own discard */
    bool completed;  /* sequence error: the peer already has it */
    bool retry_here; /* may be sent again on this association */
    char text[160];
};

struct stack_event {
    enum stack_event_type type;
    union {
        struct stack_open open;
        struct stack_refusal refusal;
        struct stack_abort abort;
        struct stack_failure failure;
        int64_t priority;
        size_t want;
        struct slice data;
        uint32_t checkpoint;
    } u;
};

struct stack;

struct stack *stack_new(const struct stack_params *params); /* NULL: out of memory */
void stack_free(struct stack **st);

/* Initiator, once TCP is there: open with the TLV of MTABindArgument. */
int stack_open(struct stack *st, struct slice bind, int64_t now);
/* Responder, before stack_accept(): the checkpoint size if the caller leaves the choice to us,
 * which OPEN_IND shows as 0; else that of the parameters would be answered. Of a proposal it
 * changes nothing. */
void stack_choose_checkpoint(struct stack *st, unsigned checkpoint_kib);
/* Responder's answers to OPEN_IND. bind: TLV of MTABindResult. checkpoint and window are
 * negotiated inside, from the parameters. */
int stack_accept(struct stack *st, struct slice bind, int64_t now);
/* bind_error: enum p1_bind_error; becomes refuseReason in the X.410 modes. */
int stack_refuse(struct stack *st, int bind_error, int64_t now);

/* Long data are not copied: octets are to stay as they are until stack_next() says that there is no
 * more, or until the next stack_input() has returned. */
void stack_input(struct stack *st, struct slice octets, int64_t now);
void stack_closed(struct stack *st, int64_t now); /* TCP ended */
void stack_timeout(struct stack *st, int64_t now);
bool stack_next(struct stack *st, struct stack_event *event);

/* Octets for TCP; stack_sent() takes n of them off. */
struct slice stack_output(const struct stack *st);
void stack_sent(struct stack *st, size_t n);
/* TCP may be closed now (after the output is written). */
bool stack_wants_close(const struct stack *st);
/* Monotonic time of the next stack_timeout(), INT64_MAX: none. */
int64_t stack_deadline(const struct stack *st);

/* Sending one APDU of exactly len octets; needs the turn and no transfer in progress. The APDU's
 * octets are asked for by SEND events. Segment octets are copied before return. */
int stack_transfer(struct stack *st, uint64_t len, int64_t now);
int stack_send_segment(struct stack *st, struct slice octets, int64_t now);
/* While a SEND is unanswered: octets that it and those which follow at once will ask for, so that
 * they can be fetched in one go. May be less than that SEND wants. */
size_t stack_send_ahead(const struct stack *st);
/* Give the running transfer up (local trouble, time limit): ends in NOT_SENT. */
int stack_discard(struct stack *st, int64_t now);

/* Everything up to checkpoint is on stable storage. A late answer, for a reception that is over or
 * already confirmed further, is no error and does nothing. */
int stack_checkpoint_secured(struct stack *st, uint32_t checkpoint, int64_t now);
int stack_receive_secured(struct stack *st,
                          int64_t now); /* sends the AEA: responsibility is ours */
/* We cannot take it. temporary: S-U-EXCEPTION-REPORT 1 (the peer aborts and tries again later),
 * else 0 (it may try again at once); ISODE-like peers get an abort by stack_abort() instead, which
 * is the connector's choice. */
int stack_receive_failed(struct stack *st, bool temporary, int64_t now);

int stack_turn_please(struct stack *st, int64_t priority, int64_t now);
int stack_turn_give(struct stack *st, int64_t now);
int stack_close(struct stack *st, int64_t now);                   /* orderly, needs the turn */
void stack_abort(struct stack *st, int rtab_reason, int64_t now); /* reason of RTAB, 0..7 */

/* In force, once it is open. */
unsigned stack_checkpoint_kib(const struct stack *st);
unsigned stack_window(const struct stack *st);
bool stack_has_turn(const struct stack *st);
bool stack_is_open(const struct stack *st);
/* Is there nothing in transfer in either direction? */
bool stack_is_idle(const struct stack *st);
/* Octets of memory that what has come, and has not left, takes. */
size_t stack_memory(const struct stack *st);
/* Has a part of something come, and the rest not yet? */
bool stack_is_unfinished(const struct stack *st);
/* "RTSE READY+, session 713", for people. */
void stack_describe(const struct stack *st, char *text, size_t size);
