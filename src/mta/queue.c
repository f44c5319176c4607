/* SPDX-License-Identifier: Apache-2.0 */
#include "mta/queue.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>

enum { PRIORITY_NON_URGENT = 1, PRIORITY_URGENT = 2 }; /* X.411 8.2.1.1.1.8 */

enum mta_rank mta_rank_of(enum store_kind kind, int priority)
{
    if (kind == STORE_REPORT || kind == STORE_PROBE || priority == PRIORITY_URGENT)
        return MTA_RANK_URGENT;
    return priority == PRIORITY_NON_URGENT ? MTA_RANK_NON_URGENT : MTA_RANK_NORMAL;
}

void mta_queue_init(struct mta_queue *q)
{
    *q = (struct mta_queue){.count = 0};
    list_init(&q->link);
    for (int rank = 0; rank < MTA_RANKS; rank++)
        list_init(&q->ready[rank]);
    list_init(&q->waiting);
    list_init(&q->held);
    list_init(&q->taken);
}

/* Into the waiting list, which is ordered; new times are nearly always the latest. */
static void put_waiting(struct mta_queue *q, struct mta_item *item)
{
    struct list *before = q->waiting.prev;

    while (before != &q->waiting &&
           LIST_ITEM(before, struct mta_item, in_place)->next_ms > item->next_ms)
        before = before->prev;
    list_push_front(before, &item->in_place);
}

/* Ready items are in the order of arrival; one that was tried and put back is first again. */
static void put_ready(struct mta_queue *q, struct mta_item *item)
{
    struct list *head = &q->ready[item->rank];
    bool first = !list_empty(head) &&
                 item->arrival_ms < LIST_ITEM(head->next, struct mta_item, in_place)->arrival_ms;

    if (first)
        list_push_front(head, &item->in_place);
    else
        list_push_back(head, &item->in_place);
    q->ready_count++;
}

static void place(struct mta_queue *q, struct mta_item *item, enum mta_place where)
{
    switch (where) {
    case MTA_PLACE_READY: put_ready(q, item); break;
    case MTA_PLACE_WAITING: put_waiting(q, item); break;
    case MTA_PLACE_HELD: list_push_back(&q->held, &item->in_place); break;
    case MTA_PLACE_TAKEN: list_push_back(&q->taken, &item->in_place); break;
    case MTA_PLACE_NONE: break;
    }
    item->place = (uint8_t)where;
}

static void unplace(struct mta_item *item)
{
    if (item->place == MTA_PLACE_READY)
        item->queue->ready_count--;
    list_remove(&item->in_place);
    item->place = MTA_PLACE_NONE;
}

void mta_queue_put(struct mta_queue *q, struct mta_item *item, enum mta_place where)
{
    assert(item->place == MTA_PLACE_NONE);
    item->queue = q;
    item->open_base = q->open_failures;
    q->count++;
    q->octets += item->content_len;
    place(q, item, where);
}

void mta_queue_remove(struct mta_item *item)
{
    struct mta_queue *q = item->queue;

    unplace(item);
    q->count--;
    q->octets -= item->content_len;
    item->queue = NULL;
}

void mta_queue_move(struct mta_item *item, enum mta_place where)
{
    if (where == MTA_PLACE_TAKEN && item->place != MTA_PLACE_TAKEN)
        item->taken_from = item->place;
    unplace(item);
    place(item->queue, item, where);
}

struct mta_item *mta_queue_take(struct mta_queue *q, enum mta_rank worst)
{
    for (int rank = 0; rank <= (int)worst; rank++) {
        struct mta_item *item;

        if (list_empty(&q->ready[rank]))
            continue;
        item = LIST_ITEM(q->ready[rank].next, struct mta_item, in_place);
        mta_queue_move(item, MTA_PLACE_TAKEN);
        return item;
    }
    return NULL;
}

size_t mta_queue_wake(struct mta_queue *q, int64_t now_ms)
{
    size_t woken = 0;

    while (mta_queue_next(q) <= now_ms) {
        mta_queue_move(LIST_ITEM(q->waiting.next, struct mta_item, in_place), MTA_PLACE_READY);
        woken++;
    }
    return woken;
}

int64_t mta_queue_next(const struct mta_queue *q)
{
    if (list_empty(&q->waiting))
        return INT64_MAX;
    return LIST_ITEM(q->waiting.next, struct mta_item, in_place)->next_ms;
}

static int64_t oldest_of(const struct list *l, int64_t oldest)
{
    if (!list_empty(l)) {
        int64_t first = LIST_ITEM(l->next, struct mta_item, in_place)->arrival_ms;

        if (oldest == 0 || first < oldest)
            return first;
    }
    return oldest;
}

int64_t mta_queue_oldest(const struct mta_queue *q)
{
    int64_t oldest = 0;

    for (int rank = 0; rank < MTA_RANKS; rank++)
        oldest = oldest_of(&q->ready[rank], oldest);
    oldest = oldest_of(&q->waiting, oldest);
    oldest = oldest_of(&q->held, oldest);
    return oldest_of(&q->taken, oldest);
}

static struct list *bucket_of(const struct mta_table *t, int64_t id)
{
    uint64_t hash = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);

    return &t->bucket[hash >> 32 & (t->size - 1)];
}

static struct list *new_buckets(size_t size)
{
    struct list *bucket = calloc(size, sizeof(*bucket));

    for (size_t i = 0; bucket && i < size; i++)
        list_init(&bucket[i]);
    return bucket;
}

int mta_table_init(struct mta_table *t)
{
    *t = (struct mta_table){.bucket = new_buckets(MTA_TABLE_MIN), .size = MTA_TABLE_MIN};
    return t->bucket ? X4_OK : X4_ENOMEM;
}

void mta_table_free(struct mta_table *t)
{
    free(t->bucket);
    *t = (struct mta_table){.size = 0};
}

/* Doubles the table; without memory for that it just stays slower. */
static void grow(struct mta_table *t)
{
    struct mta_table bigger = {.size = t->size * 2, .count = t->count};

    bigger.bucket = new_buckets(bigger.size);
    if (!bigger.bucket)
        return;
    for (size_t i = 0; i < t->size; i++) {
        while (!list_empty(&t->bucket[i])) {
            struct mta_item *item = LIST_ITEM(t->bucket[i].next, struct mta_item, by_id);

            list_remove(&item->by_id);
            list_push_back(bucket_of(&bigger, item->id), &item->by_id);
        }
    }
    free(t->bucket);
    *t = bigger;
}

void mta_table_add(struct mta_table *t, struct mta_item *item)
{
    if (t->count >= t->size)
        grow(t);
    list_push_back(bucket_of(t, item->id), &item->by_id);
    t->count++;
}

void mta_table_remove(struct mta_table *t, struct mta_item *item)
{
    list_remove(&item->by_id);
    t->count--;
}

struct mta_item *mta_table_find(const struct mta_table *t, int64_t id)
{
    struct list *bucket = bucket_of(t, id);

    LIST_EACH(it, bucket)
    {
        struct mta_item *item = LIST_ITEM(it, struct mta_item, by_id);

        if (item->id == id)
            return item;
    }
    return NULL;
}
