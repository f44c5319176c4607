/* SPDX-License-Identifier: Apache-2.0 */
/* What time brings: items whose waiting is over, items too old, records to be dropped. */
#include "mta/internal.h"

#include "base/error.h"

enum { CLEAN_UP_MS = 3600 * 1000, MIB = 1024 * 1024 };

static void expire(struct mta *mta, struct mta_item *item)
{
    static const struct mta_failed why = {
        .reason = MTS_TRANSFER_FAILURE,
        .diagnostic = MTS_MAXIMUM_TIME_EXPIRED,
        .text = "the maximum time expired in a queue",
        .expired = true,
    };

    mta->counters.expired++;
    mta_item_return(mta, item, &why, MTA_NOBODY);
}

/* To report on what may have arrived would often be wrong, so for a while the next hop can still be
 * asked: if it has the object it says so, and if it has not it judges by the time itself. */
static bool is_over(const struct mta_item *item, int64_t now)
{
    return item->expires_ms <= (item->in_doubt ? now - MTA_DOUBT_MS : now);
}

static void expire_list(struct mta *mta, struct list *items, int64_t now)
{
    LIST_EACH_SAFE(it, items)
    {
        struct mta_item *item = LIST_ITEM(it, struct mta_item, in_place);

        if (is_over(item, now))
            expire(mta, item);
    }
}

static void clean_up(struct mta *mta, int64_t now)
{
    struct store_txn *txn = store_begin(mta->store);

    mta->next_expire_ms = now + CLEAN_UP_MS;
    if (!txn)
        return;
    store_expire(txn, now - mta->settings->track_ms, now - mta->settings->events_ms, now);
    store_commit(&txn, NULL, NULL);
}

void mta_check_room(struct mta *mta)
{
    int64_t free_octets = store_free_space(mta->store);
    bool no_room = free_octets < mta->settings->min_free;

    if (no_room == mta->no_room)
        return;
    mta->no_room = no_room;
    LOG_EVENT(mta->log, mta_wall(mta), no_room ? EVENT_DISK_FULL : EVENT_STORE_RECOVERED,
              EV_STR("store", mta->store_name), EV_INT("free", free_octets / MIB),
              EV_INT("limit", mta->settings->min_free / MIB));
}

/* A backlog is told once, and again only after it has gone down to half of the alarm: a queue that
 * goes up and down around it must not fill the log. */
void mta_check_queues(struct mta *mta)
{
    const size_t alarm = mta->settings->queue_alarm;

    LIST_EACH(it, &mta->queues)
    {
        struct mta_queue *q = LIST_ITEM(it, struct mta_queue, link);
        bool backlog = alarm && q->count >= (q->backlog ? alarm / 2 + 1 : alarm);

        if (*q->dn != '/' || backlog == q->backlog)
            continue;
        q->backlog = backlog;
        LOG_EVENT(mta->log, mta_wall(mta), backlog ? EVENT_QUEUE_BACKLOG : EVENT_QUEUE_SUBSIDED,
                  EV_STR("connector", q->dn), EV_INT("count", q->count));
    }
}

void mta_sweep_soon(struct mta *mta, int64_t wall_ms)
{
    int64_t delay = wall_ms - mta_wall(mta);

    if (mta->sweep_at && mta->sweep_at <= wall_ms)
        return;
    mta->sweep_at = wall_ms;
    mta->io->ops->timer_set(mta->sweep, delay > 0 ? delay : 0);
}

static void tell_failed(struct mta *mta)
{
    while (!list_empty(&mta->failed))
        mta_pending_committed(LIST_ITEM(mta->failed.next, struct mta_pending, link), X4_OK);
}

void mta_sweep(void *ctx)
{
    struct mta *mta = ctx;
    int64_t now = mta_wall(mta);
    int64_t next = now + MTA_SWEEP_MS;

    mta->sweep_at = 0;
    tell_failed(mta);
    mta_gone_again(mta);
    if (mta->recent.second != now / MTA_SECOND_MS)
        mta_recent_free(&mta->recent);
    mta_check_room(mta);
    LIST_EACH(it, &mta->queues)
    {
        struct mta_queue *q = LIST_ITEM(it, struct mta_queue, link);

        for (int rank = 0; rank < MTA_RANKS; rank++)
            expire_list(mta, &q->ready[rank], now);
        expire_list(mta, &q->waiting, now);
        if (q != mta->quarantine)
            expire_list(mta, &q->held, now);
        if (mta_queue_wake(q, now))
            mta_kick(q);
        if (mta_queue_next(q) < next)
            next = mta_queue_next(q);
    }
    mta_check_queues(mta);
    mta_redecide_orphans(mta); /* what was in transfer or waiting when its connector went */
    if (now >= mta->next_expire_ms)
        clean_up(mta, now);
    mta_sweep_soon(mta, next);
}
