/* SPDX-License-Identifier: Apache-2.0 */
/* Sending and receiving APDUs over an open association. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>

enum {
    KIB = 1024,
    SECOND_MS = 1000,
    MINUTE_MS = 60 * 1000,
    OTHERS_AT_ONCE = 100,
    RTAB_TEMPORARY = 3, /* RTAB abortReason temporaryProblem */
};

/* ---- sending --------------------------------------------------------------------------------- */

static int64_t time_limit_ms(const struct x400_assoc *a)
{
    static const enum mts_priority by_rank[] = {[MTA_RANK_URGENT] = MTS_URGENT,
                                                [MTA_RANK_NORMAL] = MTS_NORMAL,
                                                [MTA_RANK_NON_URGENT] = MTS_NON_URGENT};
    const struct mta_item *item = mta_out_item(a->out);
    int64_t per_kib = a->connector->profile.timeout_ms_per_kib[by_rank[item->rank]];

    return per_kib * (int64_t)(mta_out_len(a->out) / KIB + 1);
}

/* What the peer is sent follows the protocol of this association, not of the configuration: it may
 * have changed meanwhile, or the peer called us in another mode. */
static int open_out(struct x400_assoc *a, struct mta_item *item)
{
    struct mta_peer peer = a->connector->profile.peer;

    peer.to_1984 = a->mode == STACK_X410_1984;
    peer.association = a->number;
    return mta_out_open(a->x->mta, item, &peer, &a->out);
}

static void begin(struct x400_assoc *a)
{
    int error;

    a->out_offset = 0;
    if (a->x->ahead.of == a)
        a->x->ahead.of = NULL; /* that was another transfer's */
    a->out_limit_ms = time_limit_ms(a);
    a->out_deadline = x400_now(a->x) + a->out_limit_ms;
    error = stack_transfer(a->stack, mta_out_len(a->out), x400_now(a->x));
    if (error)
        x400_send_lost(a, false, x4_strerror(error));
}

/* Items that cannot go as they are wait for the disk, and then come back or go elsewhere: not all
 * of a long queue at once. */
void x400_send_next(struct x400_assoc *a)
{
    const enum mta_rank worst = x400_worst_rank(a);
    struct mta_item *item;
    int others = 0;

    if (!a->connector || a->connector->removed || !a->connector->profile.enabled ||
        (a->initiator && x400_off_hours(a->connector)))
        return;
    while (x400_assoc_can_send(a) && !x400_peer_comes_first(a) && others < OTHERS_AT_ONCE &&
           (item = mta_queue_take(a->connector->queue, worst)) != NULL) {
        if (open_out(a, item) == X4_OK)
            begin(a);
        else
            others++;
    }
    if (others == OTHERS_AT_ONCE)
        x400_connector_kick(a->connector);
}

/* Reads what may go now, and at least what is wanted; false: there is nothing. */
static bool read_ahead(struct x400_assoc *a, size_t want)
{
    struct x400_ahead *ahead = &a->x->ahead;
    const size_t more = stack_send_ahead(a->stack);
    const size_t len = want > more ? want : more;

    ahead->of = a;
    ahead->offset = a->out_offset;
    if (mta_out_read(a->out, a->out_offset, ahead->octets, len < X400_AHEAD ? len : X400_AHEAD,
                     &ahead->len) ||
        ahead->len == 0)
        ahead->of = NULL;
    return ahead->of != NULL;
}

static bool is_there(const struct x400_assoc *a)
{
    const struct x400_ahead *ahead = &a->x->ahead;

    return ahead->of == a && a->out_offset >= ahead->offset &&
           a->out_offset - ahead->offset < ahead->len;
}

void x400_send_segment(struct x400_assoc *a, size_t want)
{
    const struct x400_ahead *ahead = &a->x->ahead;
    struct slice octets;

    if (!a->out || (!is_there(a) && !read_ahead(a, want))) {
        stack_discard(a->stack, x400_now(a->x));
        return;
    }
    octets = slice_sub(slice_make(ahead->octets, ahead->len),
                       (size_t)(a->out_offset - ahead->offset), want);
    a->out_offset += octets.len;
    stack_send_segment(a->stack, octets, x400_now(a->x));
}

/* Then an acknowledgement by TCP alone would be in vain. */
static void peer_is_heard_out(struct x400_assoc *a)
{
    if (a->conn)
        a->x->io->ops->heard_out(a->conn);
}

void x400_send_done(struct x400_assoc *a)
{
    if (a->out)
        mta_out_sent(&a->out);
    if (!a->two_way) /* else it may want to send something itself */
        peer_is_heard_out(a);
    a->sent++;
    a->connector->sent++;
    a->connector->breaks = 0;
    x400_send_next(a);
}

void x400_send_failed(struct x400_assoc *a, const struct stack_failure *f)
{
    const struct x400_profile *p = &a->connector->profile;
    const struct mta_failed failed = {
        .what = MTA_FAIL_RETRY,
        .delay_ms = p->transfer_interval_ms,
        .max_attempts = p->max_transfer_retries,
        .refused = true,
        .text = f->text,
    };

    if (!a->out)
        return;
    if (f->completed)
        mta_out_sent(&a->out);
    else
        mta_out_failed(&a->out, &failed);
    x400_send_next(a);
}

/* Not this message's fault, unless it happens again and again with it. The recovery timeout is when
 * an activity that was not resumed is begun anew (X.228); none is resumed yet. */
void x400_send_lost(struct x400_assoc *a, bool completed, const char *text)
{
    const struct mta_failed failed = {
        .what = MTA_FAIL_RETRY,
        .delay_ms = a->connector ? a->connector->profile.recovery_ms : 0,
        .max_attempts = a->connector ? a->connector->profile.max_open_retries : 0,
        .text = text,
    };

    if (!a->out)
        return;
    if (completed) {
        mta_out_sent(&a->out);
        return;
    }
    x400_connector_broke(a->connector);
    mta_out_failed(&a->out, &failed);
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* Its priority is not known before the end: what is allowed for a normal message counts. */
static void allow_kib(struct x400_assoc *a)
{
    a->in_deadline = x400_now(a->x) + a->connector->profile.timeout_ms_per_kib[MTS_NORMAL];
}

static void look_at_rate(struct x400_assoc *a)
{
    const int64_t rate = conf_int(mta_server(a->x->mta), "minimum-rate");

    a->rate_goal = a->heard_octets + (uint64_t)(rate * (X400_RATE_WINDOW_MS / SECOND_MS));
    a->rate_deadline = rate ? x400_now(a->x) + X400_RATE_WINDOW_MS : INT64_MAX;
}

void x400_receive_allow(struct x400_assoc *a)
{
    allow_kib(a);
    look_at_rate(a);
}

/* Is it the peer's turn to go on with something? */
static bool owes_more(const struct x400_assoc *a)
{
    bool owes = a->in || (a->unfinished && a->connector && a->state == X400_OPEN);

    return owes && !a->paused && !a->owes_checkpoint;
}

int64_t x400_receive_deadline(const struct x400_assoc *a)
{
    return owes_more(a) ? a->in_deadline : INT64_MAX;
}

int64_t x400_receive_rate_deadline(const struct x400_assoc *a)
{
    return owes_more(a) ? a->rate_deadline : INT64_MAX;
}

void x400_receive_octets(struct x400_assoc *a, size_t count)
{
    uint64_t before = a->heard_octets;

    a->heard_octets += count;
    if (a->connector && a->heard_octets / KIB != before / KIB)
        allow_kib(a);
    if (a->connector && a->heard_octets >= a->rate_goal)
        look_at_rate(a);
}

void x400_receive_look(struct x400_assoc *a)
{
    bool unfinished = stack_is_unfinished(a->stack);

    if (unfinished && !a->unfinished && !a->in && a->connector)
        x400_receive_allow(a);
    a->unfinished = unfinished;
    a->x->memory -= a->memory;
    a->memory = stack_memory(a->stack) + (a->in ? mta_in_memory(a->in) : 0);
    a->x->memory += a->memory;
}

bool x400_receive_is_too_much(const struct x400_assoc *a)
{
    const struct x400 *x = a->x;
    uint64_t limit = (uint64_t)conf_int(mta_server(x->mta), "receive-memory") * KIB * KIB;

    return x->memory > limit && a->memory > x->memory / x->association_count;
}

void x400_receive_shed(struct x400_assoc *a)
{
    struct x400 *x = a->x;

    if (x400_now(x) >= x->memory_told_until)
        LOG_EVENT(x->log, x400_wall(x), EVENT_RECEIVE_MEMORY, EV_STR("peer", a->peer_text),
                  EV_INT("association", a->number),
                  EV_STR("connector", a->connector ? a->connector->dn : "-"),
                  EV_INT("limit", conf_int(mta_server(x->mta), "receive-memory")));
    x->memory_told_until = x400_now(x) + MINUTE_MS;
    x400_assoc_abort(a, RTAB_TEMPORARY, "it takes too much memory");
}

void x400_receive_start(struct x400_assoc *a)
{
    const struct x400_profile *p = &a->connector->profile;
    const struct mta_in_source source = {
        .connector = a->connector->dn,
        .gdi = &p->remote_gdi,
        .association = a->number,
    };

    x400_receive_allow(a);
    a->in = mta_in_new(a->x->mta, &source);
    if (a->in)
        return;
    a->abort_why = "out of memory";
    stack_abort(a->stack, RTAB_TEMPORARY, x400_now(a->x));
}

static bool congested(const struct x400_assoc *a)
{
    return a->in && mta_in_congested(a->in);
}

void x400_receive_checkpoint(struct x400_assoc *a, uint32_t checkpoint)
{
    a->checkpoint = checkpoint;
    a->owes_checkpoint = true;
    x400_receive_poll(a);
}

void x400_receive_poll(struct x400_assoc *a)
{
    if (!a->owes_checkpoint || congested(a))
        return;
    a->owes_checkpoint = false;
    x400_receive_allow(a); /* it waited for us */
    stack_checkpoint_secured(a->stack, a->checkpoint, x400_now(a->x));
}

/* Durable and decided upon: from here it is ours, and the peer is told. */
static void secured(void *ctx, int result)
{
    struct x400_assoc *a = ctx;

    a->pending = NULL;
    if (result == X4_OK) {
        a->received++;
        a->connector->received++;
        stack_receive_secured(a->stack, x400_now(a->x));
        x400_ask_again(a, false);
    } else {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_TRANSFER_REFUSED, EV_STR("mts-id", NULL),
                  EV_STR("connector", a->connector->dn), EV_STR("detail", x4_strerror(result)));
        a->abort_why = "what was received cannot be kept";
        stack_abort(a->stack, RTAB_TEMPORARY, x400_now(a->x));
    }
    x400_assoc_pump(a);
}

void x400_receive_end(struct x400_assoc *a)
{
    a->owes_checkpoint = false;
    peer_is_heard_out(a);
    if (a->in)
        a->pending = mta_in_end(&a->in, secured, a);
}

void x400_receive_dropped(struct x400_assoc *a)
{
    a->owes_checkpoint = false;
    mta_in_drop(&a->in);
    if (a->pending)
        mta_in_forget(a->pending);
    a->pending = NULL;
    x400_ask_again(a, true);
}
