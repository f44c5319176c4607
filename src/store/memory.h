/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the memory engine: memory.c executes operations, memory_read.c answers, memory_key.c
 * finds. Everything lies in one ordered map. Its keys are a letter for the table and what follows
 * here, integers big-endian, texts with their length in front:
 * - O object: struct store_object, with its content when that fits one chunk
 * - C object, seq: struct op_chunk
 * - I item: struct store_item
 * - Q rank, arrival, item: int64_t, the item's id; the order of service
 * - R object, I or V, id: int64_t, the id; who refers to an object
 * - V delivery: struct store_delivery
 * - M mailbox, id: int64_t, the delivery's id
 * - D digest: struct op_digest
 * - T number: struct store_track
 * - W mts_id, number: int64_t, the track's number
 * - E seq: struct store_event
 * - N dn: struct store_entry */
#pragma once

#include "base/limits.h"
#include "store/engine.h"
#include "store/kv.h"

#include <pthread.h>

struct engine_memory {
    struct engine base; /* first */
    struct kv *kv;
    int64_t last_event;
    int64_t last_track;
    int64_t event_before; /* at begin, for a rollback */
    int64_t track_before;
    char text[ENGINE_TEXT];
    /* Held by the writer from begin to commit and by a reader during a read. Recursive: what is
     * called back may read. */
    pthread_mutex_t lock;
};

static inline struct engine_memory *memory_of(struct engine *engine)
{
    return (struct engine_memory *)engine;
}

struct memory_key {
    uint8_t octets[LIMIT_ORADDR_TEXT + 64];
    size_t len;
};

static inline struct slice memory_key(const struct memory_key *key)
{
    return slice_make(key->octets, key->len);
}

/* A key of the table, empty so far; and what comes behind, in the order of the numbers' values.
 * What does not fit is cut off: no such key is ever stored. */
void memory_key_table(struct memory_key *key, char table);
void memory_key_int(struct memory_key *key, int64_t value);
void memory_key_octets(struct memory_key *key, struct slice value);
void memory_key_text(struct memory_key *key, struct slice value); /* with its length */

/* The number at the end of a key. */
int64_t memory_key_last(struct slice key);

/* The record of the table with this id, or NULL. */
void *memory_get(const struct engine_memory *e, char table, int64_t id);
/* Steps through the entries whose keys begin with prefix; at starts as an empty slice and is the
 * place so far, valid until the map is changed. False at the end. */
bool memory_next(const struct engine_memory *e, const struct memory_key *prefix,
                 struct kv_entry *at);

/* ---- memory_read.c: as in store.h */
int memory_get_object(struct engine *engine, int64_t id, struct arena *arena,
                      struct store_object *out);
int memory_read_content(struct engine *engine, int64_t object_id, struct content_span *span);
int memory_get_item(struct engine *engine, int64_t id, struct arena *arena, struct store_item *out);
int memory_scan_items(struct engine *engine,
                      bool (*each)(void *ctx, const struct store_queued *queued), void *ctx);
int memory_has_digest(struct engine *engine, struct slice digest, bool *out);
int memory_scan_deliveries(struct engine *engine, struct slice mailbox,
                           bool (*each)(void *ctx, const struct store_delivery *delivery),
                           void *ctx);
int memory_get_delivery(struct engine *engine, int64_t id, struct arena *arena,
                        struct store_delivery *out);
int memory_scan_track(struct engine *engine, struct slice mts_id,
                      bool (*each)(void *ctx, const struct store_track *track), void *ctx);
int memory_scan_events(struct engine *engine, const struct event_range *range,
                       bool (*each)(void *ctx, const struct store_event *event), void *ctx);
int memory_scan_entries(struct engine *engine,
                        bool (*each)(void *ctx, const struct store_entry *entry), void *ctx);
int memory_check(struct engine *engine, char *text, size_t size);
/* Is its content there, once and as long as stated? */
bool memory_is_complete(const struct engine_memory *e, const struct store_object *object);
/* Does an item or a delivery refer to the object? */
bool memory_is_referred(const struct engine_memory *e, int64_t object_id);
