/* SPDX-License-Identifier: Apache-2.0 */
/* Other ways: for what waits behind a connector that fails, or cannot go there at all; and anew for
 * what has lost its connector. */
#include "mta/internal.h"

#include "base/error.h"

/* Takes the recipient's way that is not this one, and works at present. False: he has none. A ring
 * is none. */
static bool take_working_way(struct mta_work *w, uint32_t recipient)
{
    const struct mta_parcel parcel = mta_work_parcel(w, recipient, w->replaced->queue->dn);
    const struct mta_choice way = mta_choose_working(w->mta, &parcel);

    if (!way.queue || mta_work_goes_again(w, recipient, &way))
        return false;
    mta_work_route(w, &way, recipient);
    return true;
}

/* Whom the copies will name as tried (R2.14a): the domain only where the operator has named it. */
static void note_attempt(struct mta_work *w)
{
    const struct conf_object *o = directory_find(w->mta->directory, w->replaced->queue->dn);
    struct conf_gdi gdi;

    w->next.reroutes++;
    w->next.domain = NULL;
    w->next.mta = o ? slice_str(conf_str(o, "remote-mta-name")) : SLICE_NONE;
    if (!o || !conf_gdi(o, "remote-gdi", &gdi))
        return;
    w->next.domain = arena_alloc(w->arena, sizeof(*w->next.domain));
    if (w->next.domain)
        *w->next.domain = mts_gdi_make(gdi.country, gdi.admd, gdi.prmd);
    else
        w->error = X4_ENOMEM;
}

/* Each recipient by his own address (R2.12e). How many get another way. */
static size_t route_elsewhere(struct mta_work *w)
{
    size_t moved = 0;

    for (size_t i = 0; i < w->dealt.count; i++) {
        if (take_working_way(w, w->dealt.index[i]))
            moved++;
        else
            mta_work_stay(w, w->dealt.index[i]);
    }
    return moved;
}

static bool reroute(struct mta_work *w)
{
    if (w->kind == STORE_REPORT ? !take_working_way(w, 0) : route_elsewhere(w) == 0)
        return false;
    note_attempt(w);
    mta_work_queue(w);
    return true;
}

bool mta_item_reroute(struct mta *mta, struct mta_item *item, bool last_resort, const char *why)
{
    struct mta_work *w;

    if (item->in_doubt && !last_resort)
        return false;
    if (mta_work_load(mta, item, &w))
        return false;
    if (w->dealt.past.reroutes >= MTA_REROUTES || !reroute(w)) {
        mta_work_free(&w);
        return false;
    }
    LOG_EVENT(mta->log, mta_wall(mta), EVENT_REROUTED, EV_STR("mts-id", w->mts_id),
              EV_STR("connector", item->queue->dn), EV_STR("detail", why));
    if (item->place != MTA_PLACE_TAKEN)
        mta_queue_move(item, MTA_PLACE_TAKEN);
    store_delete_item(w->txn, item->id, item->object_id);
    if (mta_work_commit(&w, NULL, NULL))
        mta_item_put_off(mta, item);
    return true;
}

/* An association may speak another P1 than its connector is configured for, and limits change, so
 * this counts as a reroute as well: two such hops must not pass an item to and fro for ever. */
void mta_work_divert(struct mta_work *w, const bool *cannot, const struct mta_failed *failed)
{
    struct mta_queue *here = w->replaced->queue;
    bool again = w->next.reroutes++ < MTA_REROUTES;

    for (size_t i = 0; i < w->dealt.count; i++) {
        uint32_t recipient = w->dealt.index[i];
        struct mta_choice way = {.queue = NULL};

        if (cannot[i] && again)
            way = mta_work_choose(w, recipient, here->dn);
        if (!cannot[i])
            mta_work_stay(w, recipient);
        else if (way.queue && !mta_work_goes_again(w, recipient, &way))
            mta_work_route(w, &way, recipient);
        else
            mta_work_fail(w, recipient, failed->reason, failed->diagnostic, failed->text);
    }
    mta_work_queue(w);
    mta_work_report(w);
    store_delete_item(w->txn, w->replaced->id, w->object_id);
}

/* ---- a connector fails ----------------------------------------------------------------------- */

static int attempts_of(const struct mta_queue *q, const struct mta_item *item)
{
    return item->attempts + (int)(q->open_failures - item->open_base);
}

/* A report cannot be returned: it is tried until it is too old (R4.8c). */
static void after_open_failed(struct mta *mta, struct mta_item *item, int max, const char *text)
{
    const struct mta_failed why = {
        .reason = MTS_TRANSFER_FAILURE,
        .diagnostic = MTS_CONGESTION,
        .text = text,
    };

    const bool last = attempts_of(item->queue, item) > max;

    if (!mta_item_reroute(mta, item, last, text) && last && item->kind != STORE_REPORT)
        mta_item_return(mta, item, &why, MTA_NOBODY);
}

void mta_queue_open_failed_early(struct mta *mta, struct mta_queue *q, int max_attempts,
                                 const char *text)
{
    const size_t first = q->looked_at < q->ready_count ? q->looked_at : 0;
    size_t n = 0;

    q->open_retry = true;
    q->looked_at = first + MTA_REROUTE_BATCH;
    for (int rank = 0; rank < MTA_RANKS; rank++) {
        LIST_EACH_SAFE(it, &q->ready[rank])
        {
            if (n++ >= first && n <= first + MTA_REROUTE_BATCH)
                after_open_failed(mta, LIST_ITEM(it, struct mta_item, in_place), max_attempts,
                                  text);
        }
    }
}

void mta_queue_open_failed(struct mta *mta, struct mta_queue *q, int max_attempts, const char *text)
{
    q->open_failures++;
    mta_queue_open_failed_early(mta, q, max_attempts, text);
}

void mta_queue_open_succeeded(struct mta_queue *q)
{
    q->open_retry = false;
}

/* ---- the connector is gone, or a deferred object's time has come ----------------------------- */

/* The item is taken. */
static int redecide(struct mta *mta, struct mta_item *item, const struct ber_optint *released,
                    struct mta_done done)
{
    struct mta_work *w;
    int error = mta_work_load(mta, item, &w);

    if (error) {
        mta_item_put_off(mta, item);
        return error;
    }
    if (released->present)
        w->next.released_ms = *released;
    else if (item->queue == mta->deferred)
        LOG_EVENT(mta->log, mta_wall(mta), EVENT_DEFERRED_EXPIRED, EV_STR("mts-id", w->mts_id));
    if (w->kind == STORE_REPORT) {
        mta_decide_report(w);
    } else {
        for (size_t i = 0; i < w->dealt.count; i++)
            mta_decide_recipient(w, w->dealt.index[i]);
        mta_work_queue(w);
        mta_work_report(w);
    }
    store_delete_item(w->txn, item->id, item->object_id);
    error = mta_work_commit(&w, done.fn, done.ctx);
    if (error)
        mta_item_put_off(mta, item);
    return error;
}

int mta_item_release(struct mta *mta, struct mta_item *item, struct mta_done done)
{
    const struct ber_optint released = {.present = true, .value = mta_wall(mta)};

    mta_queue_move(item, MTA_PLACE_TAKEN);
    return redecide(mta, item, &released, done);
}

void mta_queue_redecide(struct mta *mta, struct mta_queue *q)
{
    static const struct ber_optint in_time = {.present = false};
    struct mta_item *item;

    while ((item = mta_queue_take(q, MTA_RANK_NON_URGENT)) != NULL)
        redecide(mta, item, &in_time, MTA_NOBODY);
}

void mta_redecide_orphans(struct mta *mta)
{
    LIST_EACH(it, &mta->queues)
    {
        struct mta_queue *q = LIST_ITEM(it, struct mta_queue, link);

        if (q->ready_count && *q->dn == '/' && !directory_find(mta->directory, q->dn))
            mta_queue_redecide(mta, q);
    }
}
