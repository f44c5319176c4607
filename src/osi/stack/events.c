/* SPDX-License-Identifier: Apache-2.0 */
/* What the RTPM tells, as events for the stack's user. */
#include "osi/stack/stack_internal.h"

#include "base/error.h"
#include "osi/session/session.h"
#include "osi/stack/text.h"
#include "osi/transport/transport.h"

#include <assert.h>

static bool is_last(enum stack_event_type type)
{
    return type == STACK_EV_REFUSED || type == STACK_EV_CLOSED || type == STACK_EV_ABORTED;
}

void stack_tell(struct stack *st, const struct stack_event *event)
{
    struct stack_queued_event *q =
        is_last(event->type) ? &st->last : arena_alloc(&st->inbox, sizeof(*q));

    assert(event->type != STACK_EV_RECEIVE_DATA || list_empty(&st->events));
    if (!q) {
        stack_fail(st, X4_ENOMEM);
        return;
    }
    q->event = *event;
    list_push_back(&st->events, &q->item);
}

bool stack_next(struct stack *st, struct stack_event *event)
{
    struct stack_queued_event *q;

    if (!stack_pump(st))
        return stack_send_offer(st, event);
    q = LIST_ITEM(st->events.next, struct stack_queued_event, item);
    list_remove(&q->item);
    *event = q->event;
    return true;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void keep_selectors(struct stack *st, const struct rl_connect *c)
{
    st->calling.ssel = stack_keep(st, c->calling_ssel);
    st->called.ssel = stack_keep(st, c->called_ssel);
    st->calling.psel = stack_keep(st, c->calling_psel);
    st->called.psel = stack_keep(st, c->called_psel);
}

static void on_open(struct stack *st, const struct rt_event *from)
{
    const struct rt_open *open = &from->u.open;
    bool indication = from->type == RT_OPEN_IND;
    struct stack_event event = {.type = indication ? STACK_EV_OPEN_IND : STACK_EV_OPENED};

    if (indication) {
        keep_selectors(st, open->lower);
        if (!st->dialect->tagged_bind)
            st->mode = stack_x410_mode(&open->lower->rq.application_protocol);
        st->dialect = stack_dialect(st->mode);
    }
    event.u.open = (struct stack_open){
        .mode = st->mode,
        .calling = indication ? st->calling : st->params.calling,
        .called = indication ? st->called : st->params.called,
        .two_way_alternate = open->two_way_alternate,
        .turn_here = open->turn_here,
        .checkpoint_kib = open->checkpoint_kib,
        .window = open->window,
        .session_version = session_version(st->session),
        .tpdu_size = transport_tpdu_size(st->transport),
        .bind =
            stack_bind_unwrap(st->dialect, indication ? BIND_INVOKE : BIND_RESULT, open->user_data),
    };
    stack_tell(st, &event);
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* The APDU's octets out of data, in one run. */
static int strip(struct stack *st, struct slice data, struct slice *apdu)
{
    struct arena_run run = {.max = data.len};
    struct slice piece;
    int error;

    while ((error = external_strip(&st->strip, &data, &piece)) == X4_OK) {
        error = arena_run_add(&st->inbox, &run, piece);
        if (error)
            return error;
    }
    *apdu = run.octets;
    return error == X4_EAGAIN ? X4_OK : error;
}

static void on_data(struct stack *st, struct slice data)
{
    struct stack_event event = {.type = STACK_EV_RECEIVE_DATA, .u.data = data};
    int error = st->dialect->external ? strip(st, data, &event.u.data) : X4_OK;

    if (error)
        stack_fail(st, error == X4_ENOMEM ? error : X4_EPROTO);
    else if (event.u.data.len)
        stack_tell(st, &event);
}

static void on_end(struct stack *st)
{
    const struct stack_event event = {.type = STACK_EV_RECEIVE_END};

    if (st->dialect->external && !st->strip.done)
        stack_fail(st, X4_EPROTO);
    else
        stack_tell(st, &event);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void tell_plain(struct stack *st, enum stack_event_type type)
{
    const struct stack_event event = {.type = type};

    stack_tell(st, &event);
}

static void on_result(struct stack *st, const struct rt_event *from)
{
    struct stack_event event = {.type = STACK_EV_NONE};

    stack_send_end(st);
    switch (from->type) {
    case RT_REFUSED:
        event.type = STACK_EV_REFUSED;
        stack_make_refusal(&from->u.refusal, &event.u.refusal);
        break;
    case RT_ABORTED:
        event.type = STACK_EV_ABORTED;
        stack_make_abort(&from->u.abort, &event.u.abort);
        break;
    case RT_NOT_SENT:
        event.type = STACK_EV_NOT_SENT;
        stack_make_failure(&from->u.failure, &event.u.failure);
        break;
    case RT_CLOSED: event.type = STACK_EV_CLOSED; break;
    default: event.type = STACK_EV_SENT; break;
    }
    stack_tell(st, &event);
}

void stack_on_rt_event(void *ctx, const struct rt_event *from)
{
    struct stack *st = ctx;
    struct stack_event event = {.type = STACK_EV_NONE};

    switch (from->type) {
    case RT_OPEN_IND:
    case RT_OPEN_CNF: on_open(st, from); break;
    case RT_TURN_PLEASE:
        event.type = STACK_EV_TURN_PLEASE;
        event.u.priority = from->u.priority;
        stack_tell(st, &event);
        break;
    case RT_TURN_GIVEN: tell_plain(st, STACK_EV_TURN_GIVEN); break;
    case RT_RECEIVE_START:
        st->strip = (struct external_strip){.done = false};
        tell_plain(st, STACK_EV_RECEIVE_START);
        break;
    case RT_RECEIVE_DATA: on_data(st, from->u.data); break;
    case RT_RECEIVE_CHECKPOINT:
        event.type = STACK_EV_RECEIVE_CHECKPOINT;
        event.u.checkpoint = from->u.serial;
        stack_tell(st, &event);
        break;
    case RT_RECEIVE_END: on_end(st); break;
    case RT_RECEIVE_DROPPED: tell_plain(st, STACK_EV_RECEIVE_DROPPED); break;
    case RT_SENT:
    case RT_NOT_SENT:
    case RT_REFUSED:
    case RT_CLOSED:
    case RT_ABORTED: on_result(st, from); break;
    }
}
