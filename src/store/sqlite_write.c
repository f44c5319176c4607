/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite.h"

/* ---- objects -------------------------------------------------------------------- */

static int write_object(struct conn *c, enum sql_id id, const struct store_object *object)
{
    struct query q = query_begin(c, id);

    query_int(&q, object->kind);
    query_int(&q, object->priority);
    query_int(&q, object->arrival_ms);
    query_int(&q, (int64_t)object->content_len);
    query_text(&q, object->mts_id);
    query_text(&q, object->source);
    query_blob(&q, object->envelope);
    if (slice_present(object->content))
        query_blob(&q, object->content);
    else
        query_null(&q);
    query_int(&q, object->id);
    return query_run(&q);
}

static int put_object(struct engine_sqlite *e, const struct op *op)
{
    const struct store_object *object = &op->u.object;
    struct conn *c = &e->writer;
    int rc = write_object(c, SQL_INSERT_OBJECT, object);

    if (!rc && conn_changes(c) == 0) {
        rc = write_object(c, SQL_UPDATE_OBJECT, object);
        if (!rc)
            rc = conn_run_id(c, SQL_UPDATE_ITEMS_OF_OBJECT, object->id);
    }
    return rc;
}

/* ---- items and deliveries -------------------------------------------------------------------- */

static int put_item(struct engine_sqlite *e, const struct op *op)
{
    const struct store_item *item = &op->u.item;
    struct query q = query_begin(&e->writer, SQL_PUT_ITEM);
    int rc;

    query_int(&q, item->id);
    query_int(&q, item->state);
    query_int(&q, item->attempts);
    query_int(&q, item->next_ms);
    query_int(&q, item->expires_ms);
    query_text(&q, item->queue);
    query_blob(&q, item->recipients);
    query_text(&q, item->reason);
    query_int(&q, item->object_id);
    rc = query_run(&q);
    if (!rc && conn_changes(&e->writer) == 0)
        rc = conn_refuse(&e->writer, X4_ENOTFOUND,
                         "item for an object that is not there:", item->object_id);
    return rc;
}

static int delete_item(struct engine_sqlite *e, const struct op *op)
{
    return conn_run_id(&e->writer, SQL_DELETE_ITEM, op->u.gone.id);
}

static int put_delivery(struct engine_sqlite *e, const struct op *op)
{
    const struct store_delivery *delivery = &op->u.delivery;
    struct query q = query_begin(&e->writer, SQL_PUT_DELIVERY);
    int rc;

    query_int(&q, delivery->id);
    query_text(&q, delivery->mailbox);
    query_int(&q, delivery->delivered_ms);
    query_int(&q, delivery->read);
    query_blob(&q, delivery->envelope);
    query_int(&q, delivery->object_id);
    rc = query_run(&q);
    if (!rc && conn_changes(&e->writer) == 0)
        rc = conn_refuse(&e->writer, X4_ENOTFOUND,
                         "delivery of an object that is not there:", delivery->object_id);
    return rc;
}

static int delete_delivery(struct engine_sqlite *e, const struct op *op)
{
    return conn_run_id(&e->writer, SQL_DELETE_DELIVERY, op->u.gone.id);
}

static int set_read(struct engine_sqlite *e, const struct op *op)
{
    struct query q = query_begin(&e->writer, SQL_SET_READ);

    query_int(&q, op->u.flag.read);
    query_int(&q, op->u.flag.id);
    return query_run(&q);
}

/* ---- digests, tracking, events, directory ---------------------------------------------------- */

static int put_digest(struct engine_sqlite *e, const struct op *op)
{
    const struct op_digest *digest = &op->u.digest;
    struct query q = query_begin(&e->writer, digest->claim ? SQL_CLAIM_DIGEST : SQL_PUT_DIGEST);
    int rc;

    query_blob(&q, digest->digest);
    query_int(&q, digest->until_ms);
    rc = query_run(&q);
    if (!rc && digest->claim && conn_changes(&e->writer) == 0)
        rc = conn_refuse(&e->writer, X4_EEXIST, "duplicate; digest known, new one until",
                         digest->until_ms);
    return rc;
}

static int put_track(struct engine_sqlite *e, const struct op *op)
{
    const struct store_track *track = &op->u.track;
    struct query q = query_begin(&e->writer, SQL_PUT_TRACK);

    query_int(&q, ++e->last_track);
    query_int(&q, track->time_ms);
    query_text(&q, track->mts_id);
    query_text(&q, track->action);
    query_text(&q, track->detail);
    return query_run(&q);
}

static int put_event(struct engine_sqlite *e, const struct op *op)
{
    const struct store_event *event = &op->u.event;
    struct query q = query_begin(&e->writer, SQL_PUT_EVENT);

    query_int(&q, ++e->last_event);
    query_int(&q, event->time_ms);
    query_int(&q, event->number);
    query_int(&q, event->severity);
    query_text(&q, event->json);
    return query_run(&q);
}

static int put_entry(struct engine_sqlite *e, const struct op *op)
{
    struct query q = query_begin(&e->writer, SQL_PUT_ENTRY);

    query_text(&q, op->u.entry.dn);
    query_text(&q, op->u.entry.class_name);
    query_text(&q, op->u.entry.json);
    return query_run(&q);
}

static int delete_entry(struct engine_sqlite *e, const struct op *op)
{
    struct query q = query_begin(&e->writer, SQL_DELETE_ENTRY);

    query_text(&q, op->u.entry.dn);
    return query_run(&q);
}

/* ---- expiry ---------------------------------------------------------------------------------- */

static int expire_table(struct engine_sqlite *e, enum sql_id id, int64_t before)
{
    struct query q = query_begin(&e->writer, id);
    int rc;

    query_int(&q, before);
    query_int(&q, EXPIRE_PORTION);
    rc = query_run(&q);
    if (!rc && conn_changes(&e->writer) == EXPIRE_PORTION)
        e->expiring = true;
    return rc;
}

int sqlite_expire_portion(struct engine_sqlite *e)
{
    int rc;

    e->expiring = false;
    rc = expire_table(e, SQL_EXPIRE_TRACK, e->expire.track_before_ms);
    if (!rc)
        rc = expire_table(e, SQL_EXPIRE_EVENTS, e->expire.events_before_ms);
    if (!rc)
        rc = expire_table(e, SQL_EXPIRE_DIGESTS, e->expire.now_ms);
    return rc;
}

static int expire(struct engine_sqlite *e, const struct op *op)
{
    e->expire = op->u.expire;
    return sqlite_expire_portion(e);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

typedef int operation(struct engine_sqlite *e, const struct op *op);

static operation *const operations[OP_COUNT] = {
    [OP_PUT_OBJECT] = put_object,
    [OP_PUT_CHUNK] = content_put_chunk,
    [OP_DROP_CHUNKS] = content_drop_chunks,
    [OP_COPY_CONTENT] = content_copy,
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

int sqlite_apply(struct engine *engine, const struct op *op)
{
    return operations[op->kind](sqlite_of(engine), op);
}

int sqlite_settle(struct engine *engine, const struct op *op)
{
    switch (op->kind) {
    case OP_PUT_OBJECT: return content_settle(sqlite_of(engine), op->u.object.id);
    case OP_PUT_CHUNK:
        return op_is_last_chunk(op) ? content_settle(sqlite_of(engine), op->u.chunk.object_id)
                                    : X4_OK;
    case OP_COPY_CONTENT: return content_settle(sqlite_of(engine), op->u.copy.to);
    case OP_DELETE_ITEM:
    case OP_DELETE_DELIVERY: return content_settle_delete(sqlite_of(engine), op->u.gone.object_id);
    default: return X4_OK;
    }
}
