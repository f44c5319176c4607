/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks of the layers, and what carries queued items from one layer to the next. */
#include "osi/stack/stack_internal.h"

#include "base/error.h"

#include <assert.h>

struct queued_t {
    struct list item;
    struct t_prim prim;
};

struct queued_s {
    struct list item;
    struct s_prim prim;
};

enum {
    LAST_EVENTS = 4096,
    BORROW_MIN = 16 * 1024, /* TSDUs of this length are not copied into the inbox */
};

void stack_fail(struct stack *st, int error)
{
    if (!st->failure)
        st->failure = error;
}

/* A copy of s in the inbox; absent stays absent. */
static struct slice keep(struct stack *st, struct slice s)
{
    struct slice copy = arena_dup(&st->inbox, s);

    if (slice_present(s) && !slice_present(copy))
        stack_fail(st, X4_ENOMEM);
    return copy;
}

static void keep_data(struct stack *st, struct gather *data)
{
    if (data->count)
        data->part[0] = keep(st, data->part[0]);
}

/* ---- up -------------------------------------------------------------------------------------- */

static void transport_up(void *ctx, const struct t_prim *prim)
{
    struct stack *st = ctx;
    struct queued_t *q = arena_alloc(&st->inbox, sizeof(*q));

    if (!q) {
        stack_fail(st, X4_ENOMEM);
        return;
    }
    q->prim = *prim;
    q->prim.calling_tsel = keep(st, prim->calling_tsel);
    q->prim.called_tsel = keep(st, prim->called_tsel);
    if (prim->data.len < BORROW_MIN)
        keep_data(st, &q->prim.data);
    else
        st->borrows = true;
    list_push_back(&st->from_transport, &q->item);
}

static void keep_connect(struct stack *st, struct s_connect *c)
{
    c->id.user_ref = keep(st, c->id.user_ref);
    c->id.common_ref = keep(st, c->id.common_ref);
    c->id.additional_ref = keep(st, c->id.additional_ref);
    c->calling_ssel = keep(st, c->calling_ssel);
    c->called_ssel = keep(st, c->called_ssel);
}

/* Does s lie within what the transport delivered? Then it stays where it is. */
static bool in_current(const struct stack *st, struct slice s)
{
    uintptr_t start = (uintptr_t)st->current.p;
    uintptr_t p = (uintptr_t)s.p;

    return st->current.p && p >= start && p - start <= st->current.len;
}

/* Data of S-DATA, which may be long, stay where they are: they go on at once. All else is copied,
 * because it may wait, or be shown by an event that outlives the octets. */
static void session_up(void *ctx, const struct s_prim *prim)
{
    struct stack *st = ctx;
    struct queued_s *q = arena_alloc(&st->inbox, sizeof(*q));

    if (!q) {
        stack_fail(st, X4_ENOMEM);
        return;
    }
    q->prim = *prim;
    if (prim->service == S_CONNECT)
        keep_connect(st, &q->prim.u.connect);
    if (prim->data.count && (prim->service != S_DATA || !in_current(st, prim->data.part[0])))
        keep_data(st, &q->prim.data);
    list_push_back(&st->from_session, &q->item);
}

static bool data_wait(const struct stack *st)
{
    return !list_empty(&st->from_session) &&
           LIST_ITEM(st->from_session.next, struct queued_s, item)->prim.service == S_DATA;
}

void stack_keep_borrowed(struct stack *st)
{
    if (!st->borrows)
        return;
    st->borrows = false;
    /* Of a TSDU S-DATA is told first, and becomes RECEIVE_DATA in the same stack_next(). */
    assert(!data_wait(st) || st->rtpm.state == RT_OVER);
    LIST_EACH(item, &st->from_transport)
    {
        struct gather *data = &LIST_ITEM(item, struct queued_t, item)->prim.data;

        if (data->len >= BORROW_MIN)
            keep_data(st, data);
    }
}

/* ---- down ------------------------------------------------------------------------------------ */

static void disconnect(struct stack *st)
{
    const struct t_prim prim = {.service = T_DISCONNECT_REQUEST, .reason = T_REASON_NORMAL};

    if (transport_request(st->transport, &prim) != X4_OK)
        st->close = true;
}

static void session_down(void *ctx, const struct t_prim *prim)
{
    struct stack *st = ctx;
    struct t_prim request = *prim;
    int error;

    if (request.service == T_CONNECT_REQUEST) {
        request.calling_tsel = st->params.calling.tsel;
        request.called_tsel = st->params.called.tsel;
    }
    error = transport_request(st->transport, &request);
    /* Within a TSDU that is given up nothing can be said any more but the end. Where the transport
     * is closed already it changes nothing. */
    if (error == X4_ESTATE)
        disconnect(st);
    else if (error)
        stack_fail(st, error);
}

/* Between our give and the peer's GTA the session takes no please: it is repeated when something
 * comes from the peer. */
static void defer_please(struct stack *st, int64_t priority)
{
    st->please_waits = true;
    st->please_priority = priority;
}

static void repeat_please(struct stack *st)
{
    if (!st->please_waits)
        return;
    st->please_waits = false;
    rtpm_turn_please(&st->rtpm, st->please_priority); /* no longer allowed: no longer needed */
}

/* An abort may find the session gone. */
static void rtpm_down(void *ctx, const struct rl_prim *prim)
{
    struct stack *st = ctx;
    struct s_prim request;
    int error = st->has_lower ? rt_lower_put(&st->lower, prim, &request) : X4_ESTATE;

    if (!error)
        error = session_request(st->session, &request);
    if (prim->service == S_CONNECT)
        buf_wipe(&st->lower.out); /* there was a bind in it */
    if (!error)
        return;
    if (prim->service == S_TOKEN_PLEASE)
        defer_please(st, prim->u.priority);
    else if (prim->service == S_U_ABORT)
        disconnect(st);
    else
        stack_fail(st, error);
}

static void transport_close(void *ctx)
{
    struct stack *st = ctx;

    st->close = true;
}

/* ---- timers ---------------------------------------------------------------------------------- */

static void session_timer(void *ctx, uint32_t ms)
{
    struct stack *st = ctx;

    st->session_deadline = ms ? st->now + ms : STACK_NEVER;
}

static void rtpm_timer(void *ctx, uint32_t ms)
{
    struct stack *st = ctx;

    st->rtpm_deadline = ms ? st->now + ms : STACK_NEVER;
}

void stack_wire(struct stack *st)
{
    st->transport_sink = (struct transport_sink){
        .ctx = st, .up = transport_up, .output = &st->output, .close = transport_close};
    st->session_sink = (struct session_sink){
        .ctx = st, .up = session_up, .down = session_down, .timer = session_timer};
    st->rtpm_sink = (struct rtpm_sink){
        .ctx = st, .up = stack_on_rt_event, .down = rtpm_down, .timer = rtpm_timer};
}

/* ---- the pump -------------------------------------------------------------------------------- */

void stack_choose_lower(struct stack *st, enum stack_mode mode)
{
    const struct stack_params *p = &st->params;
    const struct rt_lower_params params = {
        .syntaxes = stack_syntaxes,
        .application_context = stack_mts_transfer,
        .calling_ssel = p->calling.ssel,
        .called_ssel = p->called.ssel,
        .calling_psel = p->calling.psel,
        .called_psel = p->called.psel,
        .user_reference = p->user_reference,
        .utctime = p->utctime,
        .connection_number = p->connection_number,
    };

    st->mode = mode;
    st->dialect = stack_dialect(mode);
    st->rtpm.params.application_protocol = st->dialect->application_protocol;
    rt_lower_init(&st->lower, st->dialect->provider, &params, &st->inbox);
    st->has_lower = true;
}

/* What ends the association without a word from the session. */
static void lost(struct stack *st, enum rt_layer layer, const char *text)
{
    struct rl_prim prim = {.service = S_P_ABORT, .op = PRIM_INDICATION};

    prim.u.abort = (struct rl_abort){
        .layer = layer, .by_peer = layer != RT_LAYER_LOCAL, .code = -1, .text = text};
    rtpm_input(&st->rtpm, &prim);
}

/* The peer is told by an RTAB, the user by an event for which there is always room. */
static void give_up(struct stack *st)
{
    bool malformed = st->failure == X4_EPROTO;
    const char *text = malformed ? "what the peer transfers is not wrapped in an EXTERNAL"
                                 : x4_strerror(st->failure);
    struct rl_prim abort = {.service = S_U_ABORT, .op = PRIM_REQUEST};

    abort.u.abort.has_rtab = true;
    abort.u.abort.rtab.reason = (struct ber_optint){
        .present = true,
        .value = malformed ? RT_ABORT_PROTOCOL_ERROR : RT_ABORT_LOCAL_SYSTEM_PROBLEM};
    st->output.error = X4_OK;
    st->inbox.max += LAST_EVENTS;
    rtpm_down(st, &abort);
    lost(st, RT_LAYER_LOCAL, text);
    st->failure = X4_OK; /* a second one on the way out changes nothing */
}

static void deliver_session(struct stack *st, const struct s_prim *prim)
{
    struct slice data = prim->data.count ? prim->data.part[0] : SLICE_NONE;
    struct s_prim reply;
    struct rl_prim up;
    int error;

    if (st->rtpm.state == RT_OVER) /* it came before the end, and its octets may be gone */
        return;
    if (!st->has_lower)
        stack_choose_lower(st, stack_detect_mode(data));
    error = rt_lower_take(&st->lower, prim, &up, &reply);
    if (error && error != X4_EPROTO) {
        stack_fail(st, error);
        return;
    }
    if (error && session_request(st->session, &reply) != X4_OK)
        disconnect(st);
    if (prim->service == S_P_ABORT && prim->u.p_abort.cause == S_ABORT_TRANSPORT_LOST)
        up.u.abort.code = st->disconnect_reason;
    rtpm_input(&st->rtpm, &up);
}

/* X.224 13.5.3: address unknown. */
static void refuse_tsel(struct stack *st)
{
    const struct t_prim disconnect = {.service = T_DISCONNECT_REQUEST,
                                      .reason = T_REASON_ADDRESS_UNKNOWN};
    struct rl_prim refused = {.service = S_CONNECT, .op = PRIM_INDICATION};

    refused.u.connect.refused_below = true;
    refused.u.connect.refusal = (struct rt_refusal){.layer = RT_LAYER_TRANSPORT,
                                                    .code = T_REASON_ADDRESS_UNKNOWN,
                                                    .called = st->called.tsel,
                                                    .expected = st->params.called.tsel};
    transport_request(st->transport, &disconnect);
    rtpm_input(&st->rtpm, &refused);
}

/* Do callers have to name our T-selector, and has this one named another or none? */
static bool wrong_tsel(const struct stack *st)
{
    return slice_present(st->params.called.tsel) &&
           !slice_eq(st->params.called.tsel, st->called.tsel);
}

static void deliver_transport(struct stack *st, const struct t_prim *prim)
{
    if (prim->service == T_CONNECT_INDICATION) {
        st->calling.tsel = stack_keep(st, prim->calling_tsel);
        st->called.tsel = stack_keep(st, prim->called_tsel);
        if (wrong_tsel(st)) {
            refuse_tsel(st);
            return;
        }
    }
    if (prim->service == T_DISCONNECT_INDICATION) {
        st->disconnect_reason = (int)prim->reason;
        st->disconnect_text = prim->text;
    }
    st->current = prim->data.count ? prim->data.part[0] : SLICE_NONE;
    session_input(st->session, prim);
    st->current = SLICE_NONE;
    repeat_please(st);
}

static bool pop(struct list *queue, struct list **item)
{
    if (list_empty(queue))
        return false;
    *item = queue->next;
    list_remove(*item);
    return true;
}

/* One step; false when there is nothing to do. */
static bool step(struct stack *st)
{
    struct list *item;

    if (st->failure) {
        give_up(st);
    } else if (pop(&st->from_session, &item)) {
        deliver_session(st, &LIST_ITEM(item, struct queued_s, item)->prim);
    } else if (pop(&st->from_transport, &item)) {
        deliver_transport(st, &LIST_ITEM(item, struct queued_t, item)->prim);
    } else if (st->close && st->rtpm.state != RT_OVER) {
        lost(st, RT_LAYER_TRANSPORT, st->rtpm.state == RT_IDLE ? NULL : st->disconnect_text);
    } else {
        return false;
    }
    return true;
}

bool stack_pump(struct stack *st)
{
    while (list_empty(&st->events)) {
        if (!step(st))
            return false;
    }
    return true;
}
