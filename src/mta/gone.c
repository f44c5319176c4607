/* SPDX-License-Identifier: Apache-2.0 */
/* Items that have been sent. Nobody waits until they are gone from the store: after a crash they
 * are sent again, and the peer drops them. So a deletion takes no flush of its own, for which the
 * acknowledgement of the next message would wait (store_put_off()). But a deletion that the disk
 * does not take must be tried again: what stays would be sent once more at some later start, when
 * the peer no longer remembers it. */
#include "mta/internal.h"

#include "base/error.h"

#include <stdlib.h>

struct gone {
    struct list link; /* of the MTA, while it waits for another try */
    struct mta *mta;
    int64_t item_id, object_id;
};

static void committed(void *ctx, int result)
{
    struct gone *g = ctx;
    struct mta *mta = g->mta;

    if (result == X4_OK) {
        free(g);
        return;
    }
    if (list_empty(&mta->gone)) {
        LOG_EVENT(mta->log, mta_wall(mta),
                  result == X4_EFULL ? EVENT_STORE_FULL : EVENT_STORE_WRITE_FAILED,
                  EV_STR("store", mta->store_name), EV_STR("detail", x4_strerror(result)));
        mta->gone_at = mta_wall(mta) + MTA_REPAIR_MS;
        mta_sweep_soon(mta, mta->gone_at);
    }
    list_push_back(&mta->gone, &g->link);
}

void mta_gone(struct mta *mta, const struct mta_item *item, struct store_txn **txn)
{
    struct gone *g = calloc(1, sizeof(*g));

    store_delete_item(*txn, item->id, item->object_id);
    if (!g) { /* once only, then */
        store_commit(txn, NULL, NULL);
        return;
    }
    *g = (struct gone){.mta = mta, .item_id = item->id, .object_id = item->object_id};
    list_init(&g->link);
    store_put_off(*txn);
    store_commit(txn, committed, g);
}

void mta_gone_again(struct mta *mta)
{
    struct list again;

    if (list_empty(&mta->gone) || mta_wall(mta) < mta->gone_at)
        return;
    list_init(&again);
    while (!list_empty(&mta->gone)) {
        struct gone *g = LIST_ITEM(mta->gone.next, struct gone, link);
        struct store_txn *txn = store_begin(mta->store);

        list_remove(&g->link);
        if (!txn) {
            list_push_back(&again, &g->link);
            continue;
        }
        store_delete_item(txn, g->item_id, g->object_id);
        store_put_off(txn);
        store_commit(&txn, committed, g);
    }
    while (!list_empty(&again)) {
        struct list *first = again.next;

        list_remove(first);
        list_push_back(&mta->gone, first);
    }
}

void mta_gone_free(struct mta *mta)
{
    while (!list_empty(&mta->gone)) {
        struct list *first = mta->gone.next;

        list_remove(first);
        free(LIST_ITEM(first, struct gone, link));
    }
}
