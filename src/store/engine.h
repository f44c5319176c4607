/* SPDX-License-Identifier: Apache-2.0 */
/* What a storage engine is: a small table of functions. The front (store.c, writer.c) owns the
 * queue of transactions, the thread and the grouping; an engine executes operations and answers
 * reads. Functions under "writing" are called on the writer's thread only, those under "reading"
 * on the caller's thread only, both at the same time. */
#pragma once

#include "base/error.h"
#include "base/list.h"
#include "store/store.h"

enum {
    ENGINE_TEXT = 256,                  /* room for an error's text */
    TXN_OCTETS_MAX = 192 * 1024 * 1024, /* operations of one transaction with their octets */
    EXPIRE_PORTION = 2000,              /* rows of a table dropped in one go */
};

/* The operations, in the order of the functions in store.h. */
enum op_kind {
    OP_PUT_OBJECT,
    OP_PUT_CHUNK,
    OP_DROP_CHUNKS,
    OP_COPY_CONTENT,
    OP_PUT_ITEM,
    OP_DELETE_ITEM,
    OP_PUT_DELIVERY,
    OP_DELETE_DELIVERY,
    OP_SET_READ,
    OP_PUT_DIGEST,
    OP_PUT_TRACK,
    OP_PUT_EVENT,
    OP_PUT_ENTRY,
    OP_DELETE_ENTRY,
    OP_EXPIRE,
    OP_COUNT
};

struct op_chunk {
    int64_t object_id; /* OP_DROP_CHUNKS: this only */
    uint32_t seq;
    struct slice data;
};

struct op_copy {
    int64_t from;
    int64_t to;
};

struct op_delete {
    int64_t id;
    int64_t object_id;
};

struct op_read {
    int64_t id;
    bool read;
};

struct op_digest {
    struct slice digest;
    int64_t until_ms;
    bool claim; /* fail when it is there */
};

struct op_expire {
    int64_t track_before_ms;
    int64_t events_before_ms;
    int64_t now_ms;
};

/* One operation of a transaction; the octets lie in the transaction's arena. */
struct op {
    struct op *next;
    enum op_kind kind;
    union {
        struct store_object object;
        struct op_chunk chunk;
        struct op_copy copy;
        struct store_item item;
        struct op_delete gone;
        struct store_delivery delivery;
        struct op_read flag;
        struct op_digest digest;
        struct store_track track;
        struct store_event event;
        struct store_entry entry; /* OP_DELETE_ENTRY: dn only */
        struct op_expire expire;
    } u;
};

struct store_txn {
    struct list link; /* writer's queue, then the list of ended ones */
    struct arena arena;
    struct store *store;
    struct op *first;
    struct op **last;
    uint64_t number; /* order of handing over */
    int result;      /* while building: the first error of noting an operation */
    bool lazy;       /* nobody waits for it */
    void (*done)(void *ctx, int result);
    void *ctx;
};

/* Where a read of content goes. */
struct content_span {
    uint64_t offset;
    uint8_t *to;
    size_t len;
    size_t got;
};

/* Events with seq > after; the newest limit ones only when after is 0. */
struct event_range {
    int64_t after;
    unsigned limit; /* 0: no limit */
};

/* What there is of an object's content, for content_is_complete(). */
struct content_size {
    enum store_kind kind;
    uint64_t stated; /* content_len */
    bool is_inside;  /* in the object itself */
    uint64_t inside; /* its length there */
    uint64_t sum;    /* of the chunks' lengths */
    uint64_t end;    /* of the last chunk */
};

/* With every chunk at most LIMIT_CHUNK, sum and end of the chunks are both the content's length
 * only if no chunk is missing and all but the last are full. */
static inline bool content_is_complete(const struct content_size *size)
{
    if (size->is_inside)
        return size->inside == size->stated && size->sum == 0;
    if (size->kind == STORE_PROBE && size->sum == 0)
        return true; /* states the length of a content that is not there */
    return size->sum == size->stated && size->end == size->stated;
}

/* The last of a run of chunks of one object: the one to settle. */
static inline bool op_is_last_chunk(const struct op *op)
{
    return !op->next || op->next->kind != OP_PUT_CHUNK ||
           op->next->u.chunk.object_id != op->u.chunk.object_id;
}

struct engine_ops;

/* Engines embed this as their first member. */
struct engine {
    const struct engine_ops *ops;
    int64_t epoch; /* ids of this opening start at epoch << 32; larger than any epoch before */
};

struct engine_ops {
    const char *name;
    /* text: ENGINE_TEXT octets, filled on failure. */
    int (*open)(const struct store_params *params, struct engine **out, char *text);
    void (*close)(struct engine **engine);

    /* -- writing. begin, then operations, then commit or rollback. After X4_EIO the next begin()
     * first restores trust in the storage, see recover(). -- */
    int (*begin)(struct engine *engine);
    int (*apply)(struct engine *engine, const struct op *op);
    /* Called for every operation of a transaction after all were applied: what can be judged only
     * then (is an object still referred to, is its content complete). */
    int (*settle)(struct engine *engine, const struct op *op);
    int (*commit)(struct engine *engine);
    void (*rollback)(struct engine *engine);
    /* After X4_EIO: make sure that nothing of what failed can come back, so that X4_EIO means "not
     * there". X4_OK or why not; begin() then tries again. */
    int (*recover)(struct engine *engine);
    /* One bounded portion of upkeep; *more: there is more to do. */
    int (*upkeep)(struct engine *engine, bool *more);
    /* The last error on the writer's side in words. */
    const char *(*text)(const struct engine *engine);

    /* -- reading, as in store.h -- */
    int (*get_object)(struct engine *engine, int64_t id, struct arena *arena,
                      struct store_object *out);
    int (*read_content)(struct engine *engine, int64_t object_id, struct content_span *span);
    int (*get_item)(struct engine *engine, int64_t id, struct arena *arena, struct store_item *out);
    int (*scan_items)(struct engine *engine,
                      bool (*each)(void *ctx, const struct store_queued *queued), void *ctx);
    int (*has_digest)(struct engine *engine, struct slice digest, bool *out);
    int (*scan_deliveries)(struct engine *engine, struct slice mailbox,
                           bool (*each)(void *ctx, const struct store_delivery *delivery),
                           void *ctx);
    int (*get_delivery)(struct engine *engine, int64_t id, struct arena *arena,
                        struct store_delivery *out);
    int (*scan_track)(struct engine *engine, struct slice mts_id,
                      bool (*each)(void *ctx, const struct store_track *track), void *ctx);
    int (*scan_events)(struct engine *engine, const struct event_range *range,
                       bool (*each)(void *ctx, const struct store_event *event), void *ctx);
    int (*scan_entries)(struct engine *engine,
                        bool (*each)(void *ctx, const struct store_entry *entry), void *ctx);
    int (*check)(struct engine *engine, char *text, size_t size);
    int64_t (*free_space)(struct engine *engine); /* octets, INT64_MAX: not limited */
};
