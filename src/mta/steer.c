/* SPDX-License-Identifier: Apache-2.0 */
/* Steering the queue: by the operator, and by what happens to connectors. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdlib.h>

static int find_movable(struct mta *mta, int64_t id, struct mta_item **item)
{
    *item = mta_find_item(mta, id);
    if (!*item)
        return X4_ENOTFOUND;
    return (*item)->place == MTA_PLACE_TAKEN ? X4_ESTATE : X4_OK;
}

static int save_state(struct mta *mta, struct mta_item *item, enum store_item_state state,
                      const char *reason, struct mta_done done)
{
    struct arena arena;
    struct store_item row;
    struct store_txn *txn;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = store_get_item(mta->store, item->id, &arena, &row);
    txn = error ? NULL : store_begin(mta->store);
    if (!error && !txn)
        error = X4_ENOMEM;
    if (!error) {
        row.state = state;
        row.attempts = item->attempts;
        row.next_ms = item->next_ms;
        row.reason = slice_str(reason);
        store_put_item(txn, &row);
        store_commit(&txn, done.fn, done.ctx);
    }
    arena_free(&arena);
    return error;
}

int mta_hold(struct mta *mta, int64_t id, struct mta_done done)
{
    struct mta_item *item;
    int error = find_movable(mta, id, &item);

    if (!error)
        error = save_state(mta, item, STORE_HELD, "held by the operator", done);
    if (error)
        return error;
    mta_queue_move(item, MTA_PLACE_HELD);
    return X4_OK;
}

int mta_release(struct mta *mta, int64_t id, struct mta_done done)
{
    struct mta_item *item;
    int error = find_movable(mta, id, &item);

    if (!error && item->queue == mta->quarantine)
        error = X4_ESTATE; /* nothing can send it */
    if (error)
        return error;
    item->attempts = 0;
    item->open_base = item->queue->open_failures;
    item->next_ms = 0;
    error = save_state(mta, item, STORE_READY, "", done);
    if (error)
        return error;
    mta_queue_move(item, MTA_PLACE_READY);
    mta_kick(item->queue);
    return X4_OK;
}

int mta_delete(struct mta *mta, int64_t id, struct mta_done done)
{
    struct mta_item *item;
    struct store_txn *txn;
    int error = find_movable(mta, id, &item);

    if (error)
        return error;
    txn = store_begin(mta->store);
    if (!txn)
        return X4_ENOMEM;
    store_delete_item(txn, item->id, item->object_id);
    store_commit(&txn, done.fn, done.ctx);
    mta_item_drop(mta, &item);
    return X4_OK;
}

int mta_return(struct mta *mta, int64_t id, int64_t reason, int64_t diagnostic,
               struct mta_done done)
{
    const struct mta_failed why = {
        .reason = reason,
        .diagnostic = diagnostic,
        .text = "returned by the operator",
    };
    struct mta_item *item;
    int error = find_movable(mta, id, &item);

    if (!error && item->queue == mta->quarantine)
        error = X4_ESTATE; /* whose it is cannot be read */
    if (error)
        return error;
    return mta_item_return(mta, item, &why, done);
}

/* ---- other ways
 * ------------------------------------------------------------------------------------ */

/* Decides anew for an item's recipients. except: a connector that is not to be used, "" none; why:
 * what is wrong with it. */
static void redecide(struct mta *mta, struct mta_item *item, const char *except, const char *why)
{
    struct mta_work *w;
    int error = mta_work_load(mta, item, &w);

    if (item->place != MTA_PLACE_TAKEN)
        mta_queue_move(item, MTA_PLACE_TAKEN);
    if (error) {
        mta_item_put_off(mta, item);
        return;
    }
    w->replaced_attempts = 0;
    if (w->kind == STORE_REPORT) {
        mta_decide_report(w);
    } else {
        for (size_t i = 0; i < w->recipient_count; i++)
            mta_decide_recipient(w, w->recipients[i], *except ? except : w->source);
        mta_work_queue(w);
        mta_work_report(w);
    }
    if (why)
        LOG_EVENT(mta->log, mta_wall(mta), EVENT_REROUTED, EV_STR("mts-id", w->mts_id),
                  EV_STR("connector", except), EV_STR("detail", why));
    store_delete_item(w->txn, item->id, item->object_id);
    if (mta_work_commit(&w, NULL, NULL))
        mta_item_put_off(mta, item);
}

/* Has every recipient another way that works at present? */
static bool has_other_way(struct mta *mta, struct mta_item *item)
{
    struct mta_work *w;
    bool all = true;

    if (mta_work_load(mta, item, &w))
        return false;
    for (size_t i = 0; i < w->recipient_count && all; i++) {
        const struct mts_envelope *env = mta_work_envelope(w);
        const struct mts_recipient *r =
            BER_ITEM(env->recipients, struct mts_recipient, w->recipients[i]);
        const struct mta_parcel parcel = {
            .to = &r->name.address, .except = item->queue->dn, .content_len = w->content_len};
        struct mta_queue *q = mta_choose(mta, &parcel, NULL);

        all = q && q != item->queue && !q->open_retry && strcmp(q->dn, w->source) != 0;
    }
    if (w->kind == STORE_REPORT) {
        const struct mta_parcel parcel = {.to = &w->apdu.report.envelope.destination.address,
                                          .except = item->queue->dn};
        struct mta_queue *q = mta_choose(mta, &parcel, NULL);

        all = q && q != item->queue && !q->open_retry;
    }
    mta_work_free(&w);
    return all;
}

static int attempts_of(const struct mta_queue *q, const struct mta_item *item)
{
    return item->attempts + (int)(q->open_failures - item->open_base);
}

static void after_open_failed(struct mta *mta, struct mta_item *item, int max, const char *text)
{
    const struct mta_failed why = {
        .reason = MTS_TRANSFER_FAILURE,
        .diagnostic = MTS_CONGESTION,
        .text = text,
    };
    char *queue = strdup(item->queue->dn);

    if (has_other_way(mta, item)) {
        if (queue)
            redecide(mta, item, queue, text);
    } else if (attempts_of(item->queue, item) > max) {
        mta_item_return(mta, item, &why, MTA_NOBODY);
    }
    free(queue);
}

void mta_queue_open_failed(struct mta *mta, struct mta_queue *q, int max_attempts, const char *text)
{
    unsigned looked = 0;

    q->open_failures++;
    q->open_retry = true;
    for (int rank = 0; rank < MTA_RANKS; rank++) {
        LIST_EACH_SAFE(it, &q->ready[rank])
        {
            if (looked++ < MTA_REROUTE_BATCH)
                after_open_failed(mta, LIST_ITEM(it, struct mta_item, in_place), max_attempts,
                                  text);
        }
    }
}

void mta_queue_open_succeeded(struct mta_queue *q)
{
    q->open_retry = false;
}

/* The queue's connector is gone, or the object's time has come: decide anew for all of it. */
void mta_queue_redecide(struct mta *mta, struct mta_queue *q)
{
    struct mta_item *item;

    while ((item = mta_queue_take(q, MTA_RANK_NON_URGENT)) != NULL)
        redecide(mta, item, "", NULL);
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
