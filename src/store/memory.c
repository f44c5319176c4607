/* SPDX-License-Identifier: Apache-2.0 */
/* The memory engine: the same behaviour as the sqlite engine, without a disk. */
#include "store/memory.h"

#include "store/engines.h"
#include "store/record.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- keys ------------------------------------------------------------------------------------ */

static struct memory_key key_of(char table, int64_t id)
{
    struct memory_key key;

    memory_key_table(&key, table);
    memory_key_int(&key, id);
    return key;
}

static struct memory_key key_of2(char table, int64_t id, int64_t second)
{
    struct memory_key key = key_of(table, id);

    memory_key_int(&key, second);
    return key;
}

static struct memory_key key_of_text(char table, struct slice text, int64_t id)
{
    struct memory_key key;

    memory_key_table(&key, table);
    memory_key_text(&key, text);
    memory_key_int(&key, id);
    return key;
}

static struct memory_key key_of_reference(int64_t object_id, char who, int64_t id)
{
    struct memory_key key = key_of('R', object_id);
    const uint8_t octet = (uint8_t)who;

    memory_key_octets(&key, slice_make(&octet, 1));
    memory_key_int(&key, id);
    return key;
}

static struct memory_key key_of_service(const struct store_object *object, int64_t item_id)
{
    static const int rank[] = {1, 2, 0}; /* urgent, normal, non-urgent */
    const int priority = object->priority;
    struct memory_key key =
        key_of2('Q', priority < 0 || priority > 2 ? 2 : rank[priority], object->arrival_ms);

    memory_key_int(&key, item_id);
    return key;
}

/* ---- changing the map ------------------------------------------------------------------------ */

static int set_record(struct engine_memory *e, const struct memory_key *key,
                      const struct record_shape *shape, const void *record)
{
    void *copy = record_clone(shape, record);

    return copy ? kv_set(e->kv, memory_key(key), copy) : X4_ENOMEM;
}

static int set_id(struct engine_memory *e, struct memory_key key, int64_t id)
{
    int64_t *value = malloc(sizeof(*value));

    if (!value)
        return X4_ENOMEM;
    *value = id;
    return kv_set(e->kv, memory_key(&key), value);
}

static int unset(struct engine_memory *e, struct memory_key key)
{
    return kv_set(e->kv, memory_key(&key), NULL);
}

static int refuse(struct engine_memory *e, int error, const char *what, int64_t id)
{
    snprintf(e->text, sizeof(e->text), "%s %lld", what, (long long)id);
    return error;
}

/* ---- objects and contents -------------------------------------------------------------------- */

/* The items of an object, taken out of or put into the order of service by its columns. */
static int order_items(struct engine_memory *e, const struct store_object *object, bool in)
{
    struct memory_key prefix = key_of('R', object->id);
    struct kv_entry at = {.value = NULL};
    int rc = X4_OK;

    memory_key_octets(&prefix, SLICE_LIT("I"));
    while (!rc && memory_next(e, &prefix, &at)) {
        const int64_t id = *(const int64_t *)at.value;

        rc = in ? set_id(e, key_of_service(object, id), id) : unset(e, key_of_service(object, id));
    }
    return rc;
}

static int put_object(struct engine_memory *e, const struct op *op)
{
    const struct memory_key key = key_of('O', op->u.object.id);
    const struct store_object *before = kv_get(e->kv, memory_key(&key));
    struct store_object object = op->u.object;
    int rc = before ? order_items(e, before, false) : X4_OK;

    if (before && !slice_present(object.content))
        object.content = before->content;
    if (!rc)
        rc = set_record(e, &key, &record_object, &object);
    return rc ? rc : order_items(e, &object, true);
}

static int put_chunk(struct engine_memory *e, const struct op *op)
{
    const struct memory_key key = key_of2('C', op->u.chunk.object_id, op->u.chunk.seq);

    return set_record(e, &key, &record_chunk, &op->u.chunk);
}

static int remove_chunks(struct engine_memory *e, int64_t object_id)
{
    const struct memory_key prefix = key_of('C', object_id);
    struct kv_entry at = {.value = NULL};
    int rc = X4_OK;

    while (!rc && memory_next(e, &prefix, &at)) {
        rc = kv_set(e->kv, at.key, NULL);
        at.key = SLICE_NONE; /* from the front again: the place is gone */
    }
    return rc;
}

static int drop_chunks(struct engine_memory *e, const struct op *op)
{
    return remove_chunks(e, op->u.chunk.object_id);
}

/* A chunk of a copy; chunks that are there already belong to something else. */
static int copy_chunk(struct engine_memory *e, const struct op_chunk *chunk)
{
    const struct memory_key key = key_of2('C', chunk->object_id, chunk->seq);

    if (kv_get(e->kv, memory_key(&key)))
        return refuse(e, X4_EEXIST, "content is there already: object", chunk->object_id);
    return set_record(e, &key, &record_chunk, chunk);
}

static int copy_content(struct engine_memory *e, const struct op *op)
{
    const struct store_object *from = memory_get(e, 'O', op->u.copy.from);
    const struct memory_key prefix = key_of('C', op->u.copy.from);
    struct kv_entry at = {.value = NULL};
    struct op_chunk chunk = {.object_id = op->u.copy.to};
    int rc = X4_OK;

    if (!from)
        return refuse(e, X4_ENOTFOUND, "content to be copied is not there: object",
                      op->u.copy.from);
    if (from->content.len > 0) {
        chunk.data = from->content;
        return copy_chunk(e, &chunk);
    }
    while (!rc && memory_next(e, &prefix, &at)) {
        chunk.seq = ((const struct op_chunk *)at.value)->seq;
        chunk.data = ((const struct op_chunk *)at.value)->data;
        rc = copy_chunk(e, &chunk);
    }
    return rc;
}

static int settle_content(struct engine_memory *e, int64_t object_id)
{
    const struct store_object *object = memory_get(e, 'O', object_id);

    if (!object || memory_is_complete(e, object))
        return X4_OK;
    return refuse(e, X4_EMISSING, "content is incomplete, or there twice: object", object_id);
}

static int settle_delete(struct engine_memory *e, int64_t object_id)
{
    const struct store_object *object = memory_get(e, 'O', object_id);
    bool chunked;
    int rc;

    if (memory_is_referred(e, object_id) || !object)
        return X4_OK;
    chunked = !slice_present(object->content) && object->content_len > 0;
    rc = unset(e, key_of('O', object_id));
    return rc || !chunked ? rc : remove_chunks(e, object_id);
}

/* ---- items and deliveries -------------------------------------------------------------------- */

static int remove_item(struct engine_memory *e, const struct store_item *item)
{
    const struct store_object *object = memory_get(e, 'O', item->object_id);
    const int64_t id = item->id;
    int rc = unset(e, key_of_reference(item->object_id, 'I', id));

    if (!rc && object)
        rc = unset(e, key_of_service(object, id));
    return rc ? rc : unset(e, key_of('I', id));
}

static int put_item(struct engine_memory *e, const struct op *op)
{
    const struct store_item *item = &op->u.item;
    const struct memory_key key = key_of('I', item->id);
    const struct store_object *object = memory_get(e, 'O', item->object_id);
    const struct store_item *before = kv_get(e->kv, memory_key(&key));
    int rc = X4_OK;

    if (!object)
        return refuse(e, X4_ENOTFOUND, "item for an object that is not there:", item->object_id);
    if (before)
        rc = remove_item(e, before);
    if (!rc)
        rc = set_record(e, &key, &record_item, item);
    if (!rc)
        rc = set_id(e, key_of_service(object, item->id), item->id);
    return rc ? rc : set_id(e, key_of_reference(item->object_id, 'I', item->id), item->id);
}

static int delete_item(struct engine_memory *e, const struct op *op)
{
    const struct store_item *item = memory_get(e, 'I', op->u.gone.id);

    return item ? remove_item(e, item) : X4_OK;
}

static int remove_delivery(struct engine_memory *e, const struct store_delivery *delivery)
{
    const int64_t id = delivery->id;
    int rc = unset(e, key_of_reference(delivery->object_id, 'V', id));

    if (!rc)
        rc = unset(e, key_of_text('M', delivery->mailbox, id));
    return rc ? rc : unset(e, key_of('V', id));
}

static int put_delivery(struct engine_memory *e, const struct op *op)
{
    const struct store_delivery *delivery = &op->u.delivery;
    const struct memory_key key = key_of('V', delivery->id);
    const struct store_delivery *before = kv_get(e->kv, memory_key(&key));
    int rc = X4_OK;

    if (!memory_get(e, 'O', delivery->object_id))
        return refuse(e, X4_ENOTFOUND,
                      "delivery of an object that is not there:", delivery->object_id);
    if (before)
        rc = remove_delivery(e, before);
    if (!rc)
        rc = set_record(e, &key, &record_delivery, delivery);
    if (!rc)
        rc = set_id(e, key_of_text('M', delivery->mailbox, delivery->id), delivery->id);
    if (!rc)
        rc = set_id(e, key_of_reference(delivery->object_id, 'V', delivery->id), delivery->id);
    return rc;
}

static int delete_delivery(struct engine_memory *e, const struct op *op)
{
    const struct store_delivery *delivery = memory_get(e, 'V', op->u.gone.id);

    return delivery ? remove_delivery(e, delivery) : X4_OK;
}

static int set_read(struct engine_memory *e, const struct op *op)
{
    const struct memory_key key = key_of('V', op->u.flag.id);
    const struct store_delivery *before = kv_get(e->kv, memory_key(&key));
    struct store_delivery changed;

    if (!before)
        return X4_OK;
    changed = *before;
    changed.read = op->u.flag.read;
    return set_record(e, &key, &record_delivery, &changed);
}

/* ---- digests, tracking, events, directory ---------------------------------------------------- */

static int put_digest(struct engine_memory *e, const struct op *op)
{
    const struct op_digest *digest = &op->u.digest;
    struct memory_key key;

    memory_key_table(&key, 'D');
    memory_key_octets(&key, digest->digest);
    if (digest->claim && kv_get(e->kv, memory_key(&key)))
        return refuse(e, X4_EEXIST, "duplicate; digest known, new one until", digest->until_ms);
    return set_record(e, &key, &record_digest, digest);
}

static int put_track(struct engine_memory *e, const struct op *op)
{
    const int64_t number = ++e->last_track;
    const struct memory_key key = key_of('T', number);
    int rc = set_record(e, &key, &record_track, &op->u.track);

    return rc ? rc : set_id(e, key_of_text('W', op->u.track.mts_id, number), number);
}

static int put_event(struct engine_memory *e, const struct op *op)
{
    struct store_event event = op->u.event;
    struct memory_key key;

    event.seq = ++e->last_event;
    key = key_of('E', event.seq);
    return set_record(e, &key, &record_event, &event);
}

static struct memory_key key_of_entry(struct slice dn)
{
    struct memory_key key;

    memory_key_table(&key, 'N');
    memory_key_octets(&key, dn);
    return key;
}

static int put_entry(struct engine_memory *e, const struct op *op)
{
    const struct memory_key key = key_of_entry(op->u.entry.dn);

    return set_record(e, &key, &record_entry, &op->u.entry);
}

static int delete_entry(struct engine_memory *e, const struct op *op)
{
    return unset(e, key_of_entry(op->u.entry.dn));
}

/* ---- expiry ---------------------------------------------------------------------------------- */

static int expire_tracks(struct engine_memory *e, int64_t before_ms)
{
    struct memory_key prefix;
    struct kv_entry at = {.value = NULL};
    int rc = X4_OK;

    memory_key_table(&prefix, 'T');
    while (!rc && memory_next(e, &prefix, &at)) {
        const struct store_track *track = at.value;
        const int64_t number = memory_key_last(at.key);

        if (track->time_ms >= before_ms || number == e->last_track)
            continue;
        rc = unset(e, key_of_text('W', track->mts_id, number));
        if (!rc)
            rc = kv_set(e->kv, at.key, NULL);
        at.key = SLICE_NONE;
    }
    return rc;
}

static int expire_events(struct engine_memory *e, int64_t before_ms)
{
    struct memory_key prefix;
    struct kv_entry at = {.value = NULL};
    int rc = X4_OK;

    memory_key_table(&prefix, 'E');
    while (!rc && memory_next(e, &prefix, &at)) {
        const struct store_event *event = at.value;

        if (event->time_ms >= before_ms || event->seq == e->last_event)
            continue;
        rc = kv_set(e->kv, at.key, NULL);
        at.key = SLICE_NONE;
    }
    return rc;
}

static int expire_digests(struct engine_memory *e, int64_t now_ms)
{
    struct kv_entry at = {.value = NULL};
    struct memory_key prefix;
    int rc = X4_OK;

    memory_key_table(&prefix, 'D');
    while (!rc && memory_next(e, &prefix, &at)) {
        if (((const struct op_digest *)at.value)->until_ms >= now_ms)
            continue;
        rc = kv_set(e->kv, at.key, NULL);
        at.key = SLICE_NONE;
    }
    return rc;
}

static int expire(struct engine_memory *e, const struct op *op)
{
    int rc = expire_tracks(e, op->u.expire.track_before_ms);

    if (!rc)
        rc = expire_events(e, op->u.expire.events_before_ms);
    return rc ? rc : expire_digests(e, op->u.expire.now_ms);
}

/* ---- the engine ------------------------------------------------------------------------------ */

typedef int operation(struct engine_memory *e, const struct op *op);

static operation *const operations[OP_COUNT] = {
    [OP_PUT_OBJECT] = put_object,
    [OP_PUT_CHUNK] = put_chunk,
    [OP_DROP_CHUNKS] = drop_chunks,
    [OP_COPY_CONTENT] = copy_content,
    [OP_PUT_ITEM] = put_item,
    [OP_DELETE_ITEM] = delete_item,
    [OP_PUT_DELIVERY] = put_delivery,
    [OP_DELETE_DELIVERY] = delete_delivery,
    [OP_SET_READ] = set_read,
    [OP_PUT_DIGEST] = put_digest,
    [OP_PUT_TRACK] = put_track,
    [OP_PUT_EVENT] = put_event,
    [OP_PUT_ENTRY] = put_entry,
    [OP_DELETE_ENTRY] = delete_entry,
    [OP_EXPIRE] = expire,
};

static int engine_apply(struct engine *engine, const struct op *op)
{
    return operations[op->kind](memory_of(engine), op);
}

static int engine_settle(struct engine *engine, const struct op *op)
{
    switch (op->kind) {
    case OP_PUT_OBJECT: return settle_content(memory_of(engine), op->u.object.id);
    case OP_PUT_CHUNK:
        return op_is_last_chunk(op) ? settle_content(memory_of(engine), op->u.chunk.object_id)
                                    : X4_OK;
    case OP_COPY_CONTENT: return settle_content(memory_of(engine), op->u.copy.to);
    case OP_DELETE_ITEM:
    case OP_DELETE_DELIVERY: return settle_delete(memory_of(engine), op->u.gone.object_id);
    default: return X4_OK;
    }
}

static int engine_begin(struct engine *engine)
{
    struct engine_memory *e = memory_of(engine);

    pthread_mutex_lock(&e->lock);
    kv_begin(e->kv);
    e->event_before = e->last_event;
    e->track_before = e->last_track;
    return X4_OK;
}

static int engine_commit(struct engine *engine)
{
    kv_commit(memory_of(engine)->kv);
    pthread_mutex_unlock(&memory_of(engine)->lock);
    return X4_OK;
}

static void engine_rollback(struct engine *engine)
{
    struct engine_memory *e = memory_of(engine);

    kv_rollback(e->kv);
    e->last_event = e->event_before;
    e->last_track = e->track_before;
    pthread_mutex_unlock(&e->lock);
}

static int engine_recover(struct engine *engine)
{
    (void)engine;
    return X4_OK;
}

static int engine_upkeep(struct engine *engine, bool *more)
{
    (void)engine;
    *more = false;
    return X4_OK;
}

static const char *engine_text(const struct engine *engine)
{
    return ((const struct engine_memory *)engine)->text;
}

static void engine_close(struct engine **engine)
{
    struct engine_memory *e = memory_of(*engine);

    kv_free(&e->kv);
    pthread_mutex_destroy(&e->lock);
    free(e);
    *engine = NULL;
}

static int engine_open(const struct store_params *params, struct engine **out, char *text)
{
    struct engine_memory *e = calloc(1, sizeof(*e));
    pthread_mutexattr_t attr;

    snprintf(text, ENGINE_TEXT, "out of memory");
    if (!e)
        return X4_ENOMEM;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&e->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    *out = &e->base;
    e->base.ops = &engine_memory;
    e->base.epoch = 1;
    e->kv = kv_new();
    if (!e->kv) {
        engine_close(out);
        return X4_ENOMEM;
    }
    (void)params;
    return X4_OK;
}

static int64_t memory_free_space(struct engine *engine)
{
    (void)engine;
    return INT64_MAX;
}

const struct engine_ops engine_memory = {
    .name = "memory",
    .open = engine_open,
    .close = engine_close,
    .begin = engine_begin,
    .apply = engine_apply,
    .settle = engine_settle,
    .commit = engine_commit,
    .rollback = engine_rollback,
    .recover = engine_recover,
    .upkeep = engine_upkeep,
    .text = engine_text,
    .get_object = memory_get_object,
    .read_content = memory_read_content,
    .get_item = memory_get_item,
    .scan_items = memory_scan_items,
    .has_digest = memory_has_digest,
    .scan_deliveries = memory_scan_deliveries,
    .get_delivery = memory_get_delivery,
    .scan_track = memory_scan_track,
    .scan_events = memory_scan_events,
    .scan_entries = memory_scan_entries,
    .check = memory_check,
    .free_space = memory_free_space,
};
