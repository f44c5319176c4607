/* SPDX-License-Identifier: Apache-2.0 */
/* Guards and actions of the RTPM's state table: transfer in both directions. */
#include "osi/rtse/rtpm_internal.h"

/* ---- sending --------------------------------------------------------------------------------- */

bool rt_window_open(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->synced - r->confirmed < r->window;
}

bool rt_is_last(const struct rtpm *r, const struct rt_input *in)
{
    return in->last && rt_window_open(r, in);
}

bool rt_new_confirm(const struct rtpm *r, const struct rt_input *in)
{
    return in->value > r->confirmed && in->value <= r->synced;
}

bool rt_old_confirm(const struct rtpm *r, const struct rt_input *in)
{
    return in->value <= r->confirmed;
}

void rt_send_start(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_ACTIVITY_START, .op = PRIM_REQUEST};
    struct buf id;

    (void)in;
    buf_init(&id, 2 + LIMIT_ACTIVITY_ID);
    r->synced = 0;
    r->confirmed = 0;
    r->in_part = false;
    r->activity++;
    ber_put_integer(&id, BER_T_INTEGER, r->activity);
    prim.u.activity = buf_view(&id);
    r->sink->down(r->sink->ctx, &prim);
    buf_free(&id);
}

static void send_data(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_DATA,
                           .op = PRIM_REQUEST,
                           .data = *in->segment,
                           .part = in->part,
                           .total = in->total};

    if (in->segment->len)
        r->sink->down(r->sink->ctx, &prim);
}

bool rt_is_part(const struct rtpm *r, const struct rt_input *in)
{
    (void)r;
    return in->part == PART_FIRST || in->part == PART_MIDDLE;
}

bool rt_in_part(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->in_part;
}

void rt_send_part(struct rtpm *r, const struct rt_input *in)
{
    r->in_part = true;
    send_data(r, in);
}

/* The TSDU cannot be left but at its end: TCP ends, and with it everything. */
void rt_abort_part(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_abort_here(r, RT_ABORT_TEMPORARY_PROBLEM,
                  "the transfer was given up within its only segment (no checkpoints)");
}

/* A minor sync follows every segment but the last, as long as there are serial numbers: one is kept
 * for the end. While the window is closed the timer runs. */
void rt_send_segment(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim sync = {.service = S_SYNC_MINOR, .op = PRIM_REQUEST};

    send_data(r, in);
    if (r->synced + 1 >= LIMIT_SERIAL)
        return;
    sync.u.serial = ++r->synced;
    r->sink->down(r->sink->ctx, &sync);
    if (!rt_window_open(r, in))
        r->sink->timer(r->sink->ctx, r->params.answer_timeout_ms);
}

void rt_send_last(struct rtpm *r, const struct rt_input *in)
{
    send_data(r, in);
    r->in_part = false;
    rt_send(r, S_ACTIVITY_END, PRIM_REQUEST);
}

void rt_note_confirm(struct rtpm *r, const struct rt_input *in)
{
    r->confirmed = (uint32_t)in->value;
    r->sink->timer(r->sink->ctx, r->state == RT_ENDING ? r->params.answer_timeout_ms : 0);
}

void rt_tell_sent(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_tell(r, RT_SENT);
}

void rt_discard_own(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    r->failure = (struct rt_failure){.reason = -1, .retry_here = true};
    rt_send_reason(r, S_ACTIVITY_DISCARD, S_REASON_LOCAL_SS_USER_ERROR);
}

/* "Sequence error" says that the peer has all of it already; that can only be so after the end. */
void rt_discard_reported(struct rtpm *r, const struct rt_input *in)
{
    bool completed = in->value == S_REASON_SEQUENCE_ERROR && r->state == RT_ENDING;

    r->failure = (struct rt_failure){
        .reason = (int)in->value, .completed = completed, .retry_here = !completed};
    rt_send_reason(r, S_ACTIVITY_DISCARD, S_REASON_NON_SPECIFIC);
}

void rt_tell_not_sent(struct rtpm *r, const struct rt_input *in)
{
    struct rt_event event = {.type = RT_NOT_SENT, .u.failure = r->failure};

    (void)in;
    r->sink->up(r->sink->ctx, &event);
}

bool rt_jeopardized(const struct rtpm *r, const struct rt_input *in)
{
    (void)r;
    return in->value == S_REASON_RECEIVING_ABILITY_JEOPARDIZED;
}

/* Transfer-abort and provider-abort at once: a retry would not help now. */
void rt_abort_jeopardized(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_abort_here(r, RT_ABORT_TEMPORARY_PROBLEM,
                  "the peer reported that its receiving ability is jeopardized");
}

/* ---- receiving ------------------------------------------------------------------------------- */

void rt_tell_start(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    r->done = false;
    r->synced = 0;
    r->confirmed = 0;
    rt_tell(r, RT_RECEIVE_START);
}

void rt_tell_data(struct rtpm *r, const struct rt_input *in)
{
    struct rt_event event = {.type = RT_RECEIVE_DATA};

    if (in->prim->data.len == 0)
        return;
    event.u.data = in->prim->data.part[0];
    r->sink->up(r->sink->ctx, &event);
}

/* ISODE lets one sync more out than the window says. */
bool rt_window_kept(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->synced - r->confirmed <= r->window;
}

void rt_tell_checkpoint(struct rtpm *r, const struct rt_input *in)
{
    struct rt_event event = {.type = RT_RECEIVE_CHECKPOINT};

    r->synced = (uint32_t)in->value;
    event.u.serial = r->synced;
    r->sink->up(r->sink->ctx, &event);
}

void rt_send_confirm(struct rtpm *r, const struct rt_input *in)
{
    struct rl_prim prim = {.service = S_SYNC_MINOR, .op = PRIM_RESPONSE};

    r->confirmed = (uint32_t)in->value;
    prim.u.serial = r->confirmed;
    r->sink->down(r->sink->ctx, &prim);
}

void rt_tell_end(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_tell(r, RT_RECEIVE_END);
}

void rt_send_secured(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    r->done = true;
    rt_send(r, S_ACTIVITY_END, PRIM_RESPONSE);
}

void rt_send_exception(struct rtpm *r, const struct rt_input *in)
{
    rt_send_reason(r, S_U_EXCEPTION_REPORT, (unsigned)in->value);
}

void rt_refuse_resume(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    r->done = false;
    rt_send_reason(r, S_U_EXCEPTION_REPORT, S_REASON_UNRECOVERABLE_PROCEDURAL_ERROR);
}

bool rt_is_done(const struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    return r->done;
}

void rt_answer_interruption(struct rtpm *r, const struct rt_input *in)
{
    rt_send(r, in->prim->service, PRIM_RESPONSE);
}

void rt_drop(struct rtpm *r, const struct rt_input *in)
{
    rt_answer_interruption(r, in);
    rt_tell(r, RT_RECEIVE_DROPPED);
}

/* It could not be secured after all. */
void rt_drop_discarded(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_send(r, S_ACTIVITY_DISCARD, PRIM_RESPONSE);
    rt_tell(r, RT_RECEIVE_DROPPED);
}

/* The discard crossed our end confirm: the APDU is ours. X.410-1984 does not know the reason. */
void rt_abort_completed(struct rtpm *r, const struct rt_input *in)
{
    (void)in;
    rt_abort_here(r,
                  r->params.application_protocol == RT_PROTOCOL_1984 ? RT_ABORT_LOCAL_SYSTEM_PROBLEM
                                                                     : RT_ABORT_TRANSFER_COMPLETED,
                  "the peer discarded a transfer that was already completed");
}
