/* SPDX-License-Identifier: Apache-2.0 */
/* What waits, in memory: one queue per connector, in it one item per stored store_item. Items are
 * small, so that a million of them fit; envelopes stay in the store until they are needed.
 *
 * An item is in exactly one place: a ready list of its rank, the waiting list (not before next_ms),
 * the held list, or taken (a connector is sending it). */
#pragma once

#include "base/list.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* Order of work: urgent messages, reports and probes go first (R7.1). */
enum mta_rank { MTA_RANK_URGENT, MTA_RANK_NORMAL, MTA_RANK_NON_URGENT, MTA_RANKS };

enum mta_place {
    MTA_PLACE_NONE,
    MTA_PLACE_READY,
    MTA_PLACE_WAITING,
    MTA_PLACE_HELD,
    MTA_PLACE_TAKEN
};

struct mta_queue;

struct mta_item {
    struct list in_place; /* ready, waiting, held or taken list of its queue */
    struct list by_id;    /* bucket of the table of all items */
    struct mta_queue *queue;
    int64_t id;
    int64_t object_id;
    int64_t arrival_ms;
    int64_t next_ms;
    int64_t expires_ms;
    uint64_t content_len;
    int refusals;       /* by the peer, over an open association, since the start */
    int attempts;       /* transfers tried and open failures met, persisted when it is put back */
    unsigned open_base; /* the queue's count of failed opens when the item came */
    uint8_t kind;       /* enum store_kind */
    uint8_t rank;       /* enum mta_rank */
    uint8_t place;      /* enum mta_place */
    uint8_t taken_from; /* enum mta_place: where it was before it was taken */
    bool in_doubt;      /* the next hop may have it already, and would know it again (R2.14e) */
};

enum mta_rank mta_rank_of(enum store_kind kind, int priority);

/* When will a connector send what is queued for it? */
enum mta_activation {
    MTA_ACTIVE,      /* now */
    MTA_LATER,       /* at times of the week that are not now */
    MTA_WHEN_CALLED, /* when the peer calls */
    MTA_NEVER,       /* when an operator opens it */
};

/* What a connector is told about its queue, and asked. */
struct mta_queue_ops {
    void (*kick)(void *ctx);                      /* something is ready */
    enum mta_activation (*activation)(void *ctx); /* NULL: no route leads to the queue */
};

struct mta_queue {
    struct list link;                /* in the MTA's list of queues */
    char *dn;                        /* of the connector */
    const struct mta_queue_ops *ops; /* NULL while no connector serves it */
    void *ctx;
    struct list ready[MTA_RANKS];
    struct list waiting; /* by next_ms, earliest first */
    struct list held;
    struct list taken;
    size_t count; /* all items */
    size_t ready_count;
    uint64_t octets;        /* contents of all items */
    unsigned open_failures; /* opens that failed since the start, for mta_item.open_base */
    size_t looked_at; /* ready items so far, for other ways: the next failure looks at the rest */
    bool backlog;     /* has been told of; until it has subsided */
    bool open_retry;  /* the connector waits after a failed open: prefer other ways */
};

void mta_queue_init(struct mta_queue *q);
/* Puts the item where its state says; it must be nowhere. */
void mta_queue_put(struct mta_queue *q, struct mta_item *item, enum mta_place place);
/* Takes it off its queue altogether. */
void mta_queue_remove(struct mta_item *item);
/* Moves it within its queue. */
void mta_queue_move(struct mta_item *item, enum mta_place place);
/* The next item to send of at least that urgency, or NULL; it is "taken" then. */
struct mta_item *mta_queue_take(struct mta_queue *q, enum mta_rank worst);
/* Makes waiting items ready whose time has come. Returns how many. */
size_t mta_queue_wake(struct mta_queue *q, int64_t now_ms);
/* The earliest next_ms of a waiting item; INT64_MAX: none. */
int64_t mta_queue_next(const struct mta_queue *q);
/* Arrival of the oldest item, 0 when empty. */
int64_t mta_queue_oldest(const struct mta_queue *q);

/* All items by id. */
enum { MTA_TABLE_MIN = 1024 };
struct mta_table {
    struct list *bucket;
    size_t size; /* a power of two */
    size_t count;
};
int mta_table_init(struct mta_table *t);
void mta_table_free(struct mta_table *t);
void mta_table_add(struct mta_table *t, struct mta_item *item);
void mta_table_remove(struct mta_table *t, struct mta_item *item);
struct mta_item *mta_table_find(const struct mta_table *t, int64_t id);
