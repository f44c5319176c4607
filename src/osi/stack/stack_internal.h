/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a stack.
 *
 * Upwards everything waits in queues: a layer's sink only takes down what it is told, and
 * stack_next() carries one item at a time to the next layer until there is an event. Downwards
 * everything goes through at once, because data on its way down is not copied before the transport
 * puts it into the output. So no layer is ever called while it is running. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "osi/rtse/rtpm.h"
#include "osi/stack/dialect.h"
#include "osi/stack/external.h"
#include "osi/stack/stack.h"

#define STACK_NEVER INT64_MAX

/* The APDU on its way out. */
struct stack_sending {
    bool active;
    bool asked;         /* a SEND event waits for its answer */
    uint64_t left;      /* octets the user has still to supply */
    bool in_parts;      /* no checkpoints, and too large for one TSDU in memory */
    bool begun;         /* then: the first part is gone */
    struct buf segment; /* what there is of the next segment */
};

struct stack_queued_event {
    struct list item;
    struct stack_event event;
};

struct stack {
    struct stack_params params; /* slices and strings in keep */
    const struct stack_dialect *dialect;
    enum stack_mode mode;
    struct arena keep;  /* as long as the association */
    struct arena inbox; /* queued items, until the next input */
    bool borrows;       /* what is queued refers to octets of the last input */
    struct list from_transport, from_session, events;
    struct stack_queued_event last; /* room for the event that ends it, whatever memory there is */
    struct buf output;
    size_t written; /* of output, already taken off */
    struct transport_sink transport_sink;
    struct session_sink session_sink;
    struct rtpm_sink rtpm_sink;
    struct transport *transport;
    struct session *session;
    struct rt_lower lower;
    struct rtpm rtpm;
    struct stack_selectors calling, called; /* of the peer's CR, CN, CP; in keep */
    struct slice current;                   /* the TSDU that the session works on */
    int64_t now;
    int64_t session_deadline, rtpm_deadline;
    int disconnect_reason;       /* of the T-DISCONNECT indication, -1: none came */
    const char *disconnect_text; /* static */
    int failure;                 /* enum x4_error: we cannot go on */
    bool has_lower;
    bool started;      /* the open timer was started */
    bool close;        /* TCP may be closed */
    bool please_waits; /* for the peer's answer to our give */
    int64_t please_priority;
    struct stack_sending sending;
    struct external_strip strip;
};

/* A copy of s that lives as long as the association; absent stays absent. Without memory the
 * association ends. */
struct slice stack_keep(struct stack *st, struct slice s);

/* ---- pump.c --- */

void stack_wire(struct stack *st); /* points the sinks at st */
/* Responder: the provider of the lower service that the CN asks for. */
void stack_choose_lower(struct stack *st, enum stack_mode mode);
/* Works on until there is an event in the queue; false: nothing left to do. */
bool stack_pump(struct stack *st);
/* What is still queued of the last input no longer refers to its octets. */
void stack_keep_borrowed(struct stack *st);
/* Notes that we cannot go on; the pump ends the association. X4_EPROTO: the peer's APDU is no
 * EXTERNAL. */
void stack_fail(struct stack *st, int error);

/* ---- events.c --- */

void stack_tell(struct stack *st, const struct stack_event *event);
/* The sink of the RTPM. */
void stack_on_rt_event(void *ctx, const struct rt_event *event);

/* ---- send.c --- */

void stack_send_init(struct stack_sending *s);
void stack_send_end(struct stack *st); /* no transfer any more */
void stack_send_free(struct stack_sending *s);
/* A SEND event, when there is room for more. */
bool stack_send_offer(struct stack *st, struct stack_event *event);
