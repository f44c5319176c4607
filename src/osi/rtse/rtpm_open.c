/* SPDX-License-Identifier: Apache-2.0 */
/* Guards and actions of the RTPM's state table: establishment and release. Actions tell and send;
 * the state is changed by their caller alone. */
#include "osi/rtse/rtpm_internal.h"

#include "base/error.h"

enum {
    OPEN_MAX = LIMIT_CN_USER_DATA,
    WINDOW_DEFAULT = 3, /* windowSize when absent */
};

static unsigned min_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned at_least_one(int64_t window)
{
    return window < 1 ? 1 : (unsigned)(window < LIMIT_WINDOW ? window : LIMIT_WINDOW);
}

/* ---- establishment --------------------------------------------------------------------------- */

/* What is wrong with an RTORQ, or NULL (X.228 7.1). */
static const char *rtorq_fault(const struct rtpm *r, const struct rtorq *rq,
                               struct rt_connection_data *data)
{
    const struct ber_optint *protocol = &rq->application_protocol;

    if (rtse_take_connection_data(rq->connection_data, r->arena, data) != X4_OK)
        return "the connection data of the RTORQ cannot be decoded";
    if (data->recover)
        return "the peer wants to recover an old association, which is not supported";
    if (rq->checkpoint_size < 0 || rq->window_size < 0)
        return "the RTORQ has a negative checkpointSize or windowSize";
    if (rq->dialogue_mode != RT_MONOLOGUE && rq->dialogue_mode != RT_TWA)
        return "the RTORQ has an unknown dialogueMode";
    if (protocol->present && protocol->value != RT_PROTOCOL_1984 &&
        protocol->value != RT_PROTOCOL_1988)
        return "the RTORQ's applicationProtocol is not that of message transfer";
    return NULL;
}

bool rt_refused_below(const struct rtpm *r, const struct rt_input *in)
{
    (void)r;
    return in->prim->u.connect.refused_below;
}

bool rt_acceptable(const struct rtpm *r, const struct rt_input *in)
{
    struct rt_connection_data data;

    return rtorq_fault(r, &in->prim->u.connect.rq, &data) == NULL;
}

bool rt_turn_at_start(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->turn_at_start;
}

/* Are the answer's values within the proposal, and its tokens where we put them? An answer without
 * windowSize to a smaller proposal than the default counts as "as proposed". */
bool rt_answer_fits(const struct rtpm *r, const struct rt_input *in)
{
    const struct rl_connect *c = &in->prim->u.connect;
    const struct rtoac *ac = &c->ac;
    struct rt_connection_data data;

    if (!c->turn_here || ac->checkpoint_size < 0 || ac->window_size < 0)
        return false;
    if (r->checkpoint_kib > 0 && ac->checkpoint_size > r->checkpoint_kib)
        return false;
    if (ac->window_size > r->window && ac->window_size != WINDOW_DEFAULT)
        return false;
    return rtse_take_connection_data(ac->connection_data, r->arena, &data) == X4_OK &&
           !data.recover;
}

void rt_send_open(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_CONNECT, .op = PRIM_REQUEST};
    struct rtorq *rq = &prim.u.connect.rq;
    struct buf open;

    buf_init(&open, OPEN_MAX);
    rtse_put_open(in->user_data, &open);
    rq->checkpoint_size = r->checkpoint_kib;
    rq->window_size = r->window;
    rq->dialogue_mode = r->two_way_alternate ? RT_TWA : RT_MONOLOGUE;
    rq->connection_data = open.error ? SLICE_NONE : buf_view(&open);
    if (r->params.application_protocol)
        rq->application_protocol =
            (struct ber_optint){.present = true, .value = r->params.application_protocol};
    prim.u.connect.turn_here = true;
    r->sink->down(r->sink->ctx, &prim);
    buf_free(&open);
}

void rt_tell_open(struct rtpm *r, const struct rt_input *in)
{
    const struct rl_connect *c = &in->prim->u.connect;
    struct rt_event event = {.type = RT_OPEN_IND};
    struct rt_connection_data data;
    unsigned proposed;

    if (rtorq_fault(r, &c->rq, &data) != NULL)
        return; /* not so: rt_acceptable() was true */
    if (c->rq.application_protocol.present)
        r->params.application_protocol = (int)c->rq.application_protocol.value;
    proposed = c->rq.checkpoint_size < RT_CHECKPOINT_KIB_MAX ? (unsigned)c->rq.checkpoint_size
                                                             : RT_CHECKPOINT_KIB_MAX;
    r->turn_at_start = c->turn_here;
    r->two_way_alternate = c->rq.dialogue_mode == RT_TWA;
    event.u.open = (struct rt_open){
        .turn_here = r->turn_at_start,
        .two_way_alternate = r->two_way_alternate,
        .checkpoint_kib = proposed,
        .window = at_least_one(c->rq.window_size),
        .user_data = data.user_data,
        .lower = c,
    };
    r->choice_here = proposed == 0;
    r->checkpoint_kib = proposed ? min_of(proposed, r->checkpoint_kib) : r->checkpoint_kib;
    r->window = min_of(event.u.open.window, r->window);
    r->sink->up(r->sink->ctx, &event);
}

void rt_send_accept(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_CONNECT, .op = PRIM_RESPONSE};
    struct rtoac *ac = &prim.u.connect.ac;
    struct buf open;

    buf_init(&open, OPEN_MAX);
    rtse_put_open(in->user_data, &open);
    ac->checkpoint_size = r->checkpoint_kib;
    ac->window_size = r->window;
    ac->connection_data = open.error ? SLICE_NONE : buf_view(&open);
    prim.u.connect.accepted = true;
    prim.u.connect.turn_here = r->turn_at_start;
    r->sink->down(r->sink->ctx, &prim);
    buf_free(&open);
}

static void send_refusal(struct rtpm *r, const struct rtorj *rj, bool transient)
{
    struct rl_prim prim = {.service = S_CONNECT, .op = PRIM_RESPONSE};

    prim.u.connect.rj = *rj;
    prim.u.connect.transient = transient;
    prim.u.connect.turn_here = r->turn_at_start;
    r->sink->down(r->sink->ctx, &prim);
}

static void tell_refused(struct rtpm *r, const struct rt_refusal *refusal)
{
    struct rt_event event = {.type = RT_REFUSED, .u.refusal = *refusal};

    r->sink->up(r->sink->ctx, &event);
}

static void tell_refused_here(struct rtpm *r, const char *text, bool transient)
{
    tell_refused(r, &(struct rt_refusal){
                        .layer = RT_LAYER_LOCAL, .code = -1, .transient = transient, .text = text});
}

void rt_send_refuse(struct rtpm *r, const struct rt_input *in)
{
    struct rtorj rj = {.refuse_reason = {.present = true, .value = in->value},
                       .user_data = in->user_data};

    send_refusal(r, &rj, in->transient);
    tell_refused_here(r, "this side refused the association", in->transient);
}

/* X.228 7.8.3.2.3 for recover; without user data in normal mode. */
void rt_refuse_bad(struct rtpm *r, const struct rt_input *in)
{
    struct rt_connection_data data;
    const char *text = rtorq_fault(r, &in->prim->u.connect.rq, &data);
    struct rtorj rj = {.refuse_reason = {.present = true,
                                         .value = data.recover ? RT_REFUSE_CANNOT_RECOVER
                                                               : RT_REFUSE_VALIDATION_FAILURE}};

    r->turn_at_start = in->prim->u.connect.turn_here;
    send_refusal(r, &rj, false);
    tell_refused(r,
                 &(struct rt_refusal){
                     .layer = RT_LAYER_LOCAL, .code = -1, .recover = data.recover, .text = text});
}

void rt_tell_refused(struct rtpm *r, const struct rt_input *in)
{
    tell_refused(r, &in->prim->u.connect.refusal);
}

void rt_tell_opened(struct rtpm *r, const struct rt_input *in)
{
    const struct rl_connect *c = &in->prim->u.connect;
    struct rt_event event = {.type = RT_OPEN_CNF};
    struct rt_connection_data data;

    r->checkpoint_kib = c->ac.checkpoint_size < RT_CHECKPOINT_KIB_MAX
                            ? (unsigned)c->ac.checkpoint_size
                            : RT_CHECKPOINT_KIB_MAX;
    r->window = min_of(at_least_one(c->ac.window_size), r->window);
    if (rtse_take_connection_data(c->ac.connection_data, r->arena, &data) != X4_OK)
        return; /* not so: rt_answer_fits() was true */
    event.u.open = (struct rt_open){
        .turn_here = true,
        .two_way_alternate = r->two_way_alternate,
        .checkpoint_kib = r->checkpoint_kib,
        .window = r->window,
        .user_data = data.user_data,
        .lower = c,
    };
    r->sink->up(r->sink->ctx, &event);
}

void rt_reject_answer(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send_rtab(r, RT_ABORT_PROTOCOL_ERROR);
    tell_refused_here(r, "the peer's RTOAC is not within what was proposed", false);
}

/* Is it worth trying again soon? Not when the peer says never, or does not know our T-selector. */
static bool loss_is_transient(const struct rl_abort *a)
{
    if (a->has_rtab && a->rtab.reason.present)
        return a->rtab.reason.value != RT_ABORT_PERMANENT_PROBLEM;
    return a->layer != RT_LAYER_TRANSPORT || a->code != T_REASON_ADDRESS_UNKNOWN;
}

void rt_open_lost(struct rtpm *r, const struct rt_input *in)
{
    const struct rl_abort *a = &in->prim->u.abort;
    bool has_reason = a->has_rtab && a->rtab.reason.present;
    struct rt_refusal refusal = {
        .layer = a->layer,
        .code = has_reason ? (int)a->rtab.reason.value : a->code,
        .aborted = true,
        .transient = loss_is_transient(a),
        .text = a->text,
    };

    tell_refused(r, &refusal);
}

void rt_open_late(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send_rtab(r, RT_ABORT_LOCAL_SYSTEM_PROBLEM);
    tell_refused_here(r, "the peer did not answer the opening in time", true);
}

/* ---- turn, release --------------------------------------------------------------------------- */

bool rt_is_twa(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->two_way_alternate;
}

void rt_send_please(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_TOKEN_PLEASE, .op = PRIM_REQUEST, .u.priority = in->value};

    r->sink->down(r->sink->ctx, &prim);
}

void rt_tell_please(struct rtpm *r, const struct rt_input *in)
{
    struct rt_event event = {.type = RT_TURN_PLEASE, .u.priority = in->value};

    r->sink->up(r->sink->ctx, &event);
}

void rt_send_give(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send(r, S_CONTROL_GIVE, PRIM_REQUEST);
}

void rt_tell_given(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_tell(r, RT_TURN_GIVEN);
}

/* Two-way alternate: only the initiator; monologue: who has the turn. */
bool rt_may_close(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->params.initiator || !r->two_way_alternate;
}

bool rt_peer_may_close(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return !r->params.initiator || !r->two_way_alternate;
}

void rt_send_close(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send(r, S_RELEASE, PRIM_REQUEST);
}

void rt_answer_close(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send(r, S_RELEASE, PRIM_RESPONSE);
    rt_tell(r, RT_CLOSED);
}

void rt_tell_closed(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_tell(r, RT_CLOSED);
}
