/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of the RTPM's state table: aborts, and the small helpers of all actions. */
#include "osi/rtse/rtpm_internal.h"

void rt_tell(struct rtpm *r, enum rt_event_type type)
{
    struct rt_event event = {.type = type};

    r->sink->up(r->sink->ctx, &event);
}

void rt_send(struct rtpm *r, enum s_service service, enum prim_op op)
{
    struct rl_prim prim = {.service = service, .op = op};

    r->sink->down(r->sink->ctx, &prim);
}

void rt_send_reason(struct rtpm *r, enum s_service service, unsigned reason)
{
    struct rl_prim prim = {.service = service, .op = PRIM_REQUEST, .u.reason = reason};

    r->sink->down(r->sink->ctx, &prim);
}

/* ---- abort ----------------------------------------------------------------------------------- */

void rt_send_rtab(struct rtpm *r, enum rt_abort_reason reason)
{
    struct rl_prim prim = {.service = S_U_ABORT, .op = PRIM_REQUEST};

    prim.u.abort.has_rtab = true;
    prim.u.abort.rtab.reason = (struct ber_optint){.present = true, .value = reason};
    r->sink->down(r->sink->ctx, &prim);
}

static void tell_aborted_here(struct rtpm *r, enum rt_abort_reason reason, const char *text)
{
    struct rt_event event = {.type = RT_ABORTED};

    event.u.abort = (struct rt_abort){.layer = RT_LAYER_LOCAL, .reason = (int)reason, .text = text};
    r->sink->up(r->sink->ctx, &event);
}

void rt_abort_here(struct rtpm *r, enum rt_abort_reason reason, const char *text)
{
    rt_send_rtab(r, reason);
    tell_aborted_here(r, reason, text);
}

void rt_send_abort(struct rtpm *r, const struct rt_input *in)
{
    rt_abort_here(r, (enum rt_abort_reason)in->value, "this side aborted the association");
}

void rt_tell_aborted(struct rtpm *r, const struct rt_input *in)
{
    const struct rl_abort *a = &in->prim->u.abort;
    struct rt_event event = {.type = RT_ABORTED};
    struct rt_abort *to = &event.u.abort;
    bool sending = r->state == RT_SENDING || r->state == RT_ENDING || r->state == RT_DISCARDING;

    *to = (struct rt_abort){
        .layer = a->layer, .by_peer = a->by_peer, .reason = a->code, .text = a->text};
    if (a->has_rtab && a->rtab.reason.present)
        to->reason = (int)a->rtab.reason.value;
    to->transfer_completed = sending && a->has_rtab && to->reason == RT_ABORT_TRANSFER_COMPLETED;
    r->sink->up(r->sink->ctx, &event);
}

void rt_abort_late(struct rtpm *r, const struct rt_input *in)
{
    static const char *const waited[RT_STATES] = {
        [RT_IDLE] = "the peer connected but sent no session CONNECT in time",
        [RT_SENDING] = "the peer did not confirm a checkpoint in time",
        [RT_ENDING] = "the peer did not confirm the end of the transfer in time",
        [RT_DISCARDING] = "the peer did not confirm the discard in time",
        [RT_REPORTED] = "the peer did not react to our exception report in time",
        [RT_CLOSING] = "the peer did not confirm the release in time",
    };
    const char *text = waited[r->state] ? waited[r->state] : "a timer expired";

    (void)in;
    if (r->state != RT_IDLE)
        rt_send_rtab(r, RT_ABORT_LOCAL_SYSTEM_PROBLEM);
    tell_aborted_here(r, RT_ABORT_LOCAL_SYSTEM_PROBLEM, text);
}

void rt_abort_protocol(struct rtpm *r, const struct rt_input *in)
{
    const char *text = arena_printf(r->arena, "the peer sent %s in RTSE state %s",
                                    s_service_name(in->prim->service), rt_state_text(r->state));

    rt_abort_here(r, RT_ABORT_PROTOCOL_ERROR,
                  text ? text : "the peer sent a primitive that this state does not allow");
}
