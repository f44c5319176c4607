/* SPDX-License-Identifier: Apache-2.0 */
#include "store/memory.h"
#include "store/record.h"

#include <stdio.h>

static void lock(struct engine_memory *e)
{
    pthread_mutex_lock(&e->lock);
}

static int unlock(struct engine_memory *e, int rc)
{
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* ---- lookups --------------------------------------------------------------------------------- */

static int get_object(struct engine_memory *e, int64_t id, struct arena *arena,
                      struct store_object *out)
{
    const struct store_object *object = memory_get(e, 'O', id);
    struct store_object shown;

    if (!object)
        return X4_ENOTFOUND;
    shown = *object;
    shown.content = SLICE_NONE;
    return record_copy(&record_object, arena, &shown, out);
}

int memory_get_object(struct engine *engine, int64_t id, struct arena *arena,
                      struct store_object *out)
{
    struct engine_memory *e = memory_of(engine);

    lock(e);
    return unlock(e, get_object(e, id, arena, out));
}

int memory_get_item(struct engine *engine, int64_t id, struct arena *arena, struct store_item *out)
{
    struct engine_memory *e = memory_of(engine);
    const struct store_item *item;

    lock(e);
    item = memory_get(e, 'I', id);
    return unlock(e, item ? record_copy(&record_item, arena, item, out) : X4_ENOTFOUND);
}

int memory_get_delivery(struct engine *engine, int64_t id, struct arena *arena,
                        struct store_delivery *out)
{
    struct engine_memory *e = memory_of(engine);
    const struct store_delivery *delivery;

    lock(e);
    delivery = memory_get(e, 'V', id);
    return unlock(e, delivery ? record_copy(&record_delivery, arena, delivery, out) : X4_ENOTFOUND);
}

int memory_has_digest(struct engine *engine, struct slice digest, bool *out)
{
    struct engine_memory *e = memory_of(engine);
    struct memory_key key;

    memory_key_table(&key, 'D');
    memory_key_octets(&key, digest);
    lock(e);
    *out = kv_get(e->kv, memory_key(&key)) != NULL;
    return unlock(e, X4_OK);
}

/* ---- contents -------------------------------------------------------------------------------- */

bool memory_is_complete(const struct engine_memory *e, const struct store_object *object)
{
    struct content_size size = {.kind = object->kind,
                                .stated = object->content_len,
                                .is_inside = slice_present(object->content),
                                .inside = object->content.len};
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;

    memory_key_table(&prefix, 'C');
    memory_key_int(&prefix, object->id);
    while (memory_next(e, &prefix, &at)) {
        const struct op_chunk *chunk = at.value;

        size.sum += chunk->data.len;
        size.end = (uint64_t)chunk->seq * LIMIT_CHUNK + chunk->data.len;
    }
    return content_is_complete(&size);
}

static struct slice find_chunk(const struct engine_memory *e, int64_t object_id, uint64_t seq)
{
    struct memory_key key;
    const struct op_chunk *chunk;

    memory_key_table(&key, 'C');
    memory_key_int(&key, object_id);
    memory_key_int(&key, (int64_t)seq);
    chunk = kv_get(e->kv, memory_key(&key));
    return chunk ? chunk->data : SLICE_NONE;
}

static int read_content(const struct engine_memory *e, int64_t object_id, struct content_span *span)
{
    const struct store_object *object = memory_get(e, 'O', object_id);
    uint64_t at = span->offset;

    if (!object)
        return X4_ENOTFOUND;
    while (span->got < span->len && at < object->content_len) {
        const bool whole = slice_present(object->content);
        const struct slice piece =
            whole ? object->content : find_chunk(e, object_id, at / LIMIT_CHUNK);
        const struct slice part =
            slice_sub(piece, (size_t)(whole ? at : at % LIMIT_CHUNK), span->len - span->got);

        if (part.len == 0)
            return X4_EIO;
        memcpy(span->to + span->got, part.p, part.len);
        span->got += part.len;
        at += part.len;
    }
    return X4_OK;
}

int memory_read_content(struct engine *engine, int64_t object_id, struct content_span *span)
{
    struct engine_memory *e = memory_of(engine);

    lock(e);
    return unlock(e, read_content(e, object_id, span));
}

/* ---- scans ----------------------------------------------------------------------------------- */

int memory_scan_items(struct engine *engine,
                      bool (*each)(void *ctx, const struct store_queued *queued), void *ctx)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    bool go_on = true;

    memory_key_table(&prefix, 'Q');
    lock(e);
    while (go_on && memory_next(e, &prefix, &at)) {
        const struct store_item *item = memory_get(e, 'I', *(const int64_t *)at.value);
        const struct store_object *object = memory_get(e, 'O', item->object_id);
        const struct store_queued queued = {.item = *item,
                                            .kind = object->kind,
                                            .priority = object->priority,
                                            .arrival_ms = object->arrival_ms,
                                            .content_len = object->content_len,
                                            .mts_id = object->mts_id,
                                            .source = object->source};

        go_on = each(ctx, &queued);
    }
    return unlock(e, X4_OK);
}

int memory_scan_deliveries(struct engine *engine, struct slice mailbox,
                           bool (*each)(void *ctx, const struct store_delivery *delivery),
                           void *ctx)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    bool go_on = true;

    memory_key_table(&prefix, 'M');
    memory_key_text(&prefix, mailbox);
    lock(e);
    while (go_on && memory_next(e, &prefix, &at))
        go_on = each(ctx, memory_get(e, 'V', *(const int64_t *)at.value));
    return unlock(e, X4_OK);
}

int memory_scan_track(struct engine *engine, struct slice mts_id,
                      bool (*each)(void *ctx, const struct store_track *track), void *ctx)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    bool go_on = true;

    memory_key_table(&prefix, 'W');
    memory_key_text(&prefix, mts_id);
    lock(e);
    while (go_on && memory_next(e, &prefix, &at))
        go_on = each(ctx, memory_get(e, 'T', *(const int64_t *)at.value));
    return unlock(e, X4_OK);
}

/* The number after which the newest limit events come. */
static int64_t before_newest(const struct engine_memory *e, unsigned limit)
{
    int64_t seq = e->last_event;

    for (unsigned n = 0; seq > 0; seq--) {
        if (memory_get(e, 'E', seq) && n++ == limit)
            break;
    }
    return seq;
}

int memory_scan_events(struct engine *engine, const struct event_range *range,
                       bool (*each)(void *ctx, const struct store_event *event), void *ctx)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    int64_t after = range->after;
    struct memory_key prefix;
    bool go_on = true;

    memory_key_table(&prefix, 'E');
    lock(e);
    if (after == 0 && range->limit > 0)
        after = before_newest(e, range->limit);
    while (go_on && memory_next(e, &prefix, &at)) {
        const struct store_event *event = at.value;

        if (event->seq > after)
            go_on = each(ctx, event);
    }
    return unlock(e, X4_OK);
}

int memory_scan_entries(struct engine *engine,
                        bool (*each)(void *ctx, const struct store_entry *entry), void *ctx)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    bool go_on = true;

    memory_key_table(&prefix, 'N');
    lock(e);
    while (go_on && memory_next(e, &prefix, &at))
        go_on = each(ctx, at.value);
    return unlock(e, X4_OK);
}

/* ---- checking -------------------------------------------------------------------------------- */

bool memory_is_referred(const struct engine_memory *e, int64_t object_id)
{
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;

    memory_key_table(&prefix, 'R');
    memory_key_int(&prefix, object_id);
    return memory_next(e, &prefix, &at);
}

/* What is wrong with an object, or NULL. */
static const char *check_object(const struct engine_memory *e, const struct store_object *object)
{
    if (object->kind != STORE_QUARANTINE && !memory_is_referred(e, object->id))
        return "object that nothing refers to";
    return memory_is_complete(e, object) ? NULL : "content that is incomplete";
}

/* References to objects cannot be wrong here: put_item() and put_delivery() see to it, and nothing
 * else changes the map. */
int memory_check(struct engine *engine, char *text, size_t size)
{
    struct engine_memory *e = memory_of(engine);
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    const char *wrong = NULL;

    memory_key_table(&prefix, 'O');
    lock(e);
    while (!wrong && memory_next(e, &prefix, &at)) {
        const struct store_object *object = at.value;

        wrong = check_object(e, object);
        if (wrong)
            snprintf(text, size, "%s: %lld", wrong, (long long)object->id);
    }
    return unlock(e, wrong ? X4_EIO : X4_OK);
}
