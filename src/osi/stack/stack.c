/* SPDX-License-Identifier: Apache-2.0 */
/* The stack's interface: making one, its requests, its octets and its time. */
#include "osi/stack/stack_internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    KEEP_MAX = 16 * 1024,        /* selectors, references */
    INBOX_MAX = 16 * LIMIT_TSDU, /* one input, its TSDUs, and what decoding makes of them */
    OUTPUT_MAX = 4 * LIMIT_TSDU, /* STACK_OUTPUT_HIGH and a segment */
    INBOX_KEEP = 4096,           /* larger ones are given back */
    OUTPUT_KEEP = 4096,
    TIM_MS = 10000, /* X.225 TIM: how long a peer may take to disconnect */
};

/* ---- life ------------------------------------------------------------------------------------ */

struct slice stack_keep(struct stack *st, struct slice s)
{
    struct slice copy = arena_dup(&st->keep, s);

    if (slice_present(s) && !slice_present(copy))
        stack_fail(st, X4_ENOMEM);
    return copy;
}

static void keep_selectors(struct stack *st, struct stack_selectors *s)
{
    s->tsel = stack_keep(st, s->tsel);
    s->ssel = stack_keep(st, s->ssel);
    s->psel = stack_keep(st, s->psel);
}

static void keep_string(struct stack *st, const char **s)
{
    const char *copy = arena_str(&st->keep, slice_str(*s));

    if (*s && !copy)
        stack_fail(st, X4_ENOMEM);
    *s = copy;
}

static void keep_params(struct stack *st, const struct stack_params *params)
{
    st->params = *params;
    keep_selectors(st, &st->params.calling);
    keep_selectors(st, &st->params.called);
    keep_string(st, &st->params.user_reference);
    keep_string(st, &st->params.utctime);
}

static bool make_layers(struct stack *st)
{
    const struct stack_params *p = &st->params;
    const struct transport_params transport = {.initiator = p->initiator, .max_tpdu = p->max_tpdu};
    /* RTSE's own timers come first; the session's is for what RTSE does not see (GTA). */
    const struct session_params session = {
        .initiator = p->initiator,
        .abort_timeout_ms = TIM_MS,
        .answer_timeout_ms =
            p->open_timeout_ms > p->answer_timeout_ms ? p->open_timeout_ms : p->answer_timeout_ms,
    };
    const struct rtpm_params rtpm = {
        .initiator = p->initiator,
        .checkpoint_kib = p->checkpoint_kib,
        .window = p->window,
        .two_way_alternate = p->initiator && p->two_way_alternate,
        .open_timeout_ms = p->open_timeout_ms,
        .answer_timeout_ms = p->answer_timeout_ms,
    };

    stack_wire(st);
    rtpm_init(&st->rtpm, &rtpm, &st->rtpm_sink, &st->inbox);
    st->transport = transport_new(&transport, &st->transport_sink);
    st->session = session_new(&session, &st->session_sink);
    return st->transport && st->session;
}

struct stack *stack_new(const struct stack_params *params)
{
    struct stack *st = calloc(1, sizeof(*st));

    if (!st)
        return NULL;
    arena_init(&st->keep, KEEP_MAX);
    arena_init(&st->inbox, INBOX_MAX);
    buf_init(&st->output, OUTPUT_MAX);
    list_init(&st->from_transport);
    list_init(&st->from_session);
    list_init(&st->events);
    stack_send_init(&st->sending);
    keep_params(st, params);
    st->session_deadline = STACK_NEVER;
    st->rtpm_deadline = STACK_NEVER;
    st->disconnect_reason = -1;
    st->mode = params->mode;
    st->dialect = stack_dialect(params->mode);
    if (st->failure || !make_layers(st))
        stack_free(&st);
    return st;
}

void stack_free(struct stack **st)
{
    if (!*st)
        return;
    session_free(&(*st)->session);
    transport_free(&(*st)->transport);
    if ((*st)->has_lower)
        rt_lower_free(&(*st)->lower);
    stack_send_free(&(*st)->sending);
    buf_free(&(*st)->output);
    arena_free(&(*st)->inbox);
    arena_free(&(*st)->keep);
    free(*st);
    *st = NULL;
}

/* ---- input ----------------------------------------------------------------------------------- */

/* Gives the memory of the last input back, unless something of it still waits. */
static void release_inbox(struct stack *st)
{
    if (!list_empty(&st->from_transport) || !list_empty(&st->from_session) ||
        !list_empty(&st->events))
        return;
    if (st->inbox.used > INBOX_KEEP)
        arena_free(&st->inbox);
    else
        arena_clear(&st->inbox);
}

/* Time goes on, and with it a responder's wait for the CN begins. */
static void begin(struct stack *st, int64_t now)
{
    st->now = now;
    release_inbox(st);
    if (!st->params.initiator && !st->started)
        st->rtpm_deadline = now + st->params.open_timeout_ms;
    st->started = true;
}

void stack_input(struct stack *st, struct slice octets, int64_t now)
{
    begin(st, now);
    stack_keep_borrowed(st);
    transport_input(st->transport, octets);
}

void stack_closed(struct stack *st, int64_t now)
{
    begin(st, now);
    transport_closed(st->transport);
    st->close = true;
}

void stack_timeout(struct stack *st, int64_t now)
{
    begin(st, now);
    if (now >= st->rtpm_deadline) {
        st->rtpm_deadline = STACK_NEVER;
        rtpm_timeout(&st->rtpm);
        if (!st->has_lower)
            st->close = true;
    }
    if (now >= st->session_deadline) {
        st->session_deadline = STACK_NEVER;
        session_timeout(st->session);
    }
}

int64_t stack_deadline(const struct stack *st)
{
    if (!st->params.initiator && !st->started)
        return 0; /* the first stack_timeout() starts the responder's timer */
    return st->rtpm_deadline < st->session_deadline ? st->rtpm_deadline : st->session_deadline;
}

/* ---- output ---------------------------------------------------------------------------------- */

struct slice stack_output(const struct stack *st)
{
    return slice_from(buf_view(&st->output), st->written);
}

void stack_sent(struct stack *st, size_t n)
{
    size_t waiting = st->output.len - st->written;

    st->written += n < waiting ? n : waiting;
    if (st->written == st->output.len) {
        if (st->output.cap > OUTPUT_KEEP)
            buf_free(&st->output);
        else
            buf_clear(&st->output); /* it may have held a bind */
        st->written = 0;
    } else if (st->written > st->output.len / 2) {
        buf_consume(&st->output, st->written);
        st->written = 0;
    }
}

bool stack_wants_close(const struct stack *st)
{
    return st->close;
}

/* ---- opening --------------------------------------------------------------------------------- */

typedef int (*open_request)(struct rtpm *r, struct slice user_data);

static int open_with(struct stack *st, open_request request, enum bind_tag tag, struct slice bind)
{
    struct buf wrapped;
    int error;

    buf_init(&wrapped, LIMIT_CN_USER_DATA);
    bind = stack_bind_wrap(st->dialect, tag, bind, &wrapped);
    error = wrapped.error ? wrapped.error : request(&st->rtpm, bind);
    buf_wipe(&wrapped);
    return error;
}

int stack_open(struct stack *st, struct slice bind, int64_t now)
{
    st->now = now;
    st->started = true;
    if (!st->params.initiator || st->has_lower)
        return X4_ESTATE;
    stack_choose_lower(st, st->params.mode);
    return open_with(st, rtpm_open, BIND_INVOKE, bind);
}

void stack_choose_checkpoint(struct stack *st, unsigned checkpoint_kib)
{
    rtpm_choose_checkpoint(&st->rtpm, checkpoint_kib);
}

int stack_accept(struct stack *st, struct slice bind, int64_t now)
{
    st->now = now;
    transport_trust(st->transport);
    return open_with(st, rtpm_accept, BIND_RESULT, bind);
}

int stack_refuse(struct stack *st, int bind_error, int64_t now)
{
    enum rt_refuse_reason reason = stack_refuse_reason(bind_error);
    struct buf error_tlv;
    int error;

    st->now = now;
    buf_init(&error_tlv, LIMIT_CN_USER_DATA);
    stack_put_bind_error(bind_error, &error_tlv);
    error = error_tlv.error
                ? error_tlv.error
                : rtpm_refuse(&st->rtpm, reason, buf_view(&error_tlv), reason == RT_REFUSE_BUSY);
    buf_free(&error_tlv);
    return error;
}

/* ---- the other requests ---------------------------------------------------------------------- */

int stack_checkpoint_secured(struct stack *st, uint32_t checkpoint, int64_t now)
{
    st->now = now;
    return rtpm_confirm(&st->rtpm, checkpoint);
}

int stack_receive_secured(struct stack *st, int64_t now)
{
    st->now = now;
    release_inbox(st);
    return rtpm_secured(&st->rtpm);
}

int stack_receive_failed(struct stack *st, bool temporary, int64_t now)
{
    st->now = now;
    return rtpm_exception(&st->rtpm, temporary ? S_REASON_RECEIVING_ABILITY_JEOPARDIZED
                                               : S_REASON_NON_SPECIFIC);
}

int stack_turn_please(struct stack *st, int64_t priority, int64_t now)
{
    st->now = now;
    return rtpm_turn_please(&st->rtpm, priority);
}

int stack_turn_give(struct stack *st, int64_t now)
{
    st->now = now;
    return rtpm_turn_give(&st->rtpm);
}

int stack_close(struct stack *st, int64_t now)
{
    st->now = now;
    return rtpm_close(&st->rtpm);
}

void stack_abort(struct stack *st, int rtab_reason, int64_t now)
{
    st->now = now;
    if (rtpm_abort(&st->rtpm, (enum rt_abort_reason)rtab_reason) != X4_OK)
        st->close = true; /* before there is an association */
}

/* ---- state ----------------------------------------------------------------------------------- */

unsigned stack_checkpoint_kib(const struct stack *st)
{
    return st->rtpm.checkpoint_kib;
}

unsigned stack_window(const struct stack *st)
{
    return st->rtpm.window;
}

bool stack_has_turn(const struct stack *st)
{
    return st->rtpm.state == RT_READY_TURN || st->rtpm.state == RT_SENDING ||
           st->rtpm.state == RT_ENDING || st->rtpm.state == RT_DISCARDING;
}

bool stack_is_open(const struct stack *st)
{
    return st->rtpm.state >= RT_READY_TURN && st->rtpm.state <= RT_REPORTED;
}

bool stack_is_idle(const struct stack *st)
{
    return st->rtpm.state == RT_READY_TURN || st->rtpm.state == RT_READY;
}

size_t stack_memory(const struct stack *st)
{
    return transport_memory(st->transport) + st->inbox.used + st->output.cap;
}

bool stack_is_unfinished(const struct stack *st)
{
    return transport_is_unfinished(st->transport);
}

void stack_describe(const struct stack *st, char *text, size_t size)
{
    snprintf(text, size, "RTSE %s, session %s, %s mode", rtpm_state_name(&st->rtpm),
             session_state_name(st->session), st->dialect->name);
}
