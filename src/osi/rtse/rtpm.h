/* SPDX-License-Identifier: Apache-2.0 */
/* The reliable transfer protocol machine (X.228) of one association, the same in normal and
 * X.410-1984 mode.
 *
 * Sans-I/O: requests come from the RTSE user, rtpm_input() takes primitives of the lower service,
 * rtpm_timeout() an expired timer. What follows is told through the sink, which only notes it; only
 * down() works at once, because what it is given lives no longer than the call.
 *
 * Resumption of activities is not implemented: whatever was interrupted is sent again from the
 * start, an activity resumed by the peer is answered with an exception report, an RTORQ recover
 * with a refusal. rtpm_table.c says where it would go.
 *
 * Requests return X4_OK, X4_ESTATE (not allowed now, nothing happened), or X4_EINVAL. */
#pragma once

#include "osi/rtse/lower.h"

enum {
    /* A segment with its wrapping must fit into one TSDU. */
    RT_CHECKPOINT_KIB_MAX = LIMIT_CHECKPOINT_KIB - 1,
};

enum rt_event_type {
    RT_OPEN_IND,    /* u.open */
    RT_OPEN_CNF,    /* u.open */
    RT_REFUSED,     /* u.refusal; over */
    RT_TURN_PLEASE, /* u.priority */
    RT_TURN_GIVEN,
    RT_SENT,
    RT_NOT_SENT, /* u.failure */
    RT_RECEIVE_START,
    RT_RECEIVE_DATA,       /* u.data */
    RT_RECEIVE_CHECKPOINT, /* u.serial */
    RT_RECEIVE_END,
    RT_RECEIVE_DROPPED,
    RT_CLOSED,  /* over */
    RT_ABORTED, /* u.abort; over */
};

struct rt_open {
    bool turn_here;
    bool two_way_alternate;
    unsigned checkpoint_kib; /* proposed in RT_OPEN_IND, in force in RT_OPEN_CNF */
    unsigned window;
    struct slice user_data;         /* TLV, absent: none */
    const struct rl_connect *lower; /* selectors; valid during the call of the sink */
};

struct rt_failure {
    int reason; /* of the peer's exception report, -1: our own discard */
    bool completed;
    bool retry_here;
};

struct rt_abort {
    enum rt_layer layer;
    bool by_peer;
    int reason;              /* RTAB reason when layer is RT_LAYER_RTSE; -1: none */
    bool transfer_completed; /* what was being sent is secured at the peer */
    const char *text;        /* static, or NULL */
};

struct rt_event {
    enum rt_event_type type;
    union {
        struct rt_open open;
        struct rt_refusal refusal;
        struct rt_failure failure;
        struct rt_abort abort;
        struct slice data;
        uint32_t serial;
        int64_t priority;
    } u;
};

struct rtpm_sink {
    void *ctx;
    void (*up)(void *ctx, const struct rt_event *event);
    void (*down)(void *ctx, const struct rl_prim *prim);
    /* Set (or reset) the one timer to fire in ms; 0 cancels it. */
    void (*timer)(void *ctx, uint32_t ms);
};

struct rtpm_params {
    bool initiator;
    unsigned checkpoint_kib;
    unsigned window;
    bool two_way_alternate;
    int application_protocol; /* X.410 mode: 1 or 12; 0: none is sent */
    uint32_t open_timeout_ms;
    uint32_t answer_timeout_ms;
};

/* Clauses and rows: rtpm_table.c. */
enum rt_state {
    RT_IDLE,
    RT_OPENING,
    RT_OPEN_INDICATED,
    RT_READY_TURN, /* associated, no transfer, the turn is here */
    RT_READY,      /* likewise, the turn is at the peer */
    RT_SENDING,
    RT_ENDING,
    RT_DISCARDING,
    RT_RECEIVING,
    RT_SECURING,
    RT_COMPLETING, /* likewise, and the peer discards it meanwhile */
    RT_REPORTED,   /* we sent an exception report */
    RT_CLOSING,
    RT_OVER,
    RT_STATES,
};

struct rtpm {
    struct rtpm_params params;
    const struct rtpm_sink *sink;
    struct arena *arena; /* for what an indication needs until the user has seen it; borrowed */
    enum rt_state state;
    bool turn_at_start;
    bool two_way_alternate;
    bool done;        /* the last activity received was secured */
    bool in_part;     /* the segment being sent is not complete: nothing else can be said */
    bool choice_here; /* responder: the caller leaves the checkpoint size to us */
    unsigned checkpoint_kib;
    unsigned window;
    uint32_t activity;         /* number of the last activity started here */
    uint32_t synced;           /* highest minor sync point of the activity */
    uint32_t confirmed;        /* of these, highest confirmed */
    struct rt_failure failure; /* how the transfer ends once the discard is confirmed */
};

void rtpm_init(struct rtpm *r, const struct rtpm_params *params, const struct rtpm_sink *sink,
               struct arena *arena);

/* RT-OPEN. user_data: TLV, or absent. */
int rtpm_open(struct rtpm *r, struct slice user_data);
/* Responder, before it accepts: the checkpoint size, in KiB, if the caller leaves the choice to us.
 */
void rtpm_choose_checkpoint(struct rtpm *r, unsigned checkpoint_kib);
int rtpm_accept(struct rtpm *r, struct slice user_data);
/* refuse_reason is for X.410 mode, user_data (TLV) for normal mode. */
int rtpm_refuse(struct rtpm *r, enum rt_refuse_reason refuse_reason, struct slice user_data,
                bool transient);

/* RT-TRANSFER: begins an activity; then segments, as long as rtpm_may_send(). */
int rtpm_transfer(struct rtpm *r);
bool rtpm_may_send(const struct rtpm *r);
/* Segments that may go before a confirmation is needed. */
unsigned rtpm_window_left(const struct rtpm *r);
/* segment: exactly rtpm_segment_size() octets, except that the last one may be shorter. */
int rtpm_segment(struct rtpm *r, const struct gather *segment, bool last);
/* Without checkpoints the only segment may come in parts: total octets, with the first part. */
int rtpm_part(struct rtpm *r, const struct gather *piece, enum data_part part, uint64_t total);
/* Octets of one segment; 0: no checkpoints, the whole APDU is one segment. */
size_t rtpm_segment_size(const struct rtpm *r);
int rtpm_discard(struct rtpm *r);

/* serial, and all before it, are stored. Beyond what is outstanding: X4_EINVAL. */
int rtpm_confirm(struct rtpm *r, uint32_t serial);
int rtpm_secured(struct rtpm *r);
int rtpm_exception(struct rtpm *r, enum s_reason reason);

int rtpm_turn_please(struct rtpm *r, int64_t priority);
int rtpm_turn_give(struct rtpm *r);
int rtpm_close(struct rtpm *r);
int rtpm_abort(struct rtpm *r, enum rt_abort_reason reason);

void rtpm_input(struct rtpm *r, const struct rl_prim *prim);
void rtpm_timeout(struct rtpm *r);

const char *rtpm_state_name(const struct rtpm *r);
