/* SPDX-License-Identifier: Apache-2.0 */
/* Steering the queue: what the operator does with items. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

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

/* What was held goes on waiting for its deferred delivery time. */
static int release_to_wait(struct mta *mta, struct mta_item *item, struct mta_done done)
{
    int error = X4_EAGAIN;

    if (item->place == MTA_PLACE_HELD)
        error = save_state(mta, item, STORE_DEFERRED, "deferred delivery", done);
    if (error)
        return error;
    mta_queue_move(item, MTA_PLACE_WAITING);
    mta_sweep_soon(mta, item->next_ms);
    return X4_OK;
}

int mta_release(struct mta *mta, int64_t id, bool now, struct mta_done done)
{
    struct mta_item *item;
    int error = find_movable(mta, id, &item);

    if (!error && item->queue == mta->quarantine)
        error = X4_ESTATE; /* nothing can send it */
    if (error)
        return error;
    if (item->queue == mta->deferred && item->next_ms > mta_wall(mta))
        return now ? mta_item_release(mta, item, done) : release_to_wait(mta, item, done);
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
    struct mta_work *w;
    int error = find_movable(mta, id, &item);

    if (error)
        return error;
    w = mta_work_new(mta, item->object_id);
    if (!w)
        return X4_ENOMEM;
    mta_queue_move(item, MTA_PLACE_TAKEN);
    w->replaced = item;
    store_delete_item(w->txn, item->id, item->object_id);
    error = mta_work_commit(&w, done.fn, done.ctx);
    if (error)
        mta_item_put_off(mta, item);
    return error;
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
