/* SPDX-License-Identifier: Apache-2.0 */
/* Building a transaction: operations and their octets are copied into its arena. Whatever is wrong
 * with an operation is noted and becomes the result of the commit. */
#include "base/limits.h"
#include "store/engine.h"
#include "store/record.h"

#include <stdlib.h>

struct store_txn *store_begin(struct store *store)
{
    struct store_txn *txn = calloc(1, sizeof(*txn));

    if (!txn)
        return NULL;
    list_init(&txn->link);
    arena_init(&txn->arena, TXN_OCTETS_MAX);
    txn->store = store;
    txn->last = &txn->first;
    return txn;
}

void store_put_off(struct store_txn *txn)
{
    txn->lazy = true;
}

void store_abandon(struct store_txn **txn)
{
    if (!*txn)
        return;
    arena_free(&(*txn)->arena);
    free(*txn);
    *txn = NULL;
}

static void fail(struct store_txn *txn, int error)
{
    if (!txn->result)
        txn->result = error;
}

/* A new operation, not yet part of the transaction, or NULL. */
static struct op *new_op(struct store_txn *txn, enum op_kind kind)
{
    struct op *op = txn->result ? NULL : arena_alloc(&txn->arena, sizeof(*op));

    if (op)
        op->kind = kind;
    else
        fail(txn, X4_ENOMEM);
    return op;
}

static void add(struct store_txn *txn, struct op *op)
{
    *txn->last = op;
    txn->last = &op->next;
}

/* Adds an operation whose argument is a record. */
static void add_record(struct store_txn *txn, enum op_kind kind, const struct record_shape *shape,
                       const void *record)
{
    struct op *op = new_op(txn, kind);

    if (!op)
        return;
    if (record_copy(shape, &txn->arena, record, &op->u))
        fail(txn, X4_ENOMEM);
    else
        add(txn, op);
}

static bool check_id(struct store_txn *txn, int64_t id)
{
    if (id <= 0)
        fail(txn, X4_EINVAL);
    return id > 0;
}

/* Texts that are keys are bounded, so that an engine may build keys of them. */
static bool check_key(struct store_txn *txn, struct slice key)
{
    if (key.len > LIMIT_ORADDR_TEXT)
        fail(txn, X4_ELIMIT);
    return key.len <= LIMIT_ORADDR_TEXT;
}

void store_put_object(struct store_txn *txn, const struct store_object *object)
{
    if (!check_id(txn, object->id) || !check_key(txn, object->mts_id))
        return;
    if (object->content_len > INT64_MAX) {
        fail(txn, X4_EINVAL);
        return;
    }
    if (slice_present(object->content) &&
        (object->content.len > LIMIT_CHUNK || object->content.len != object->content_len)) {
        fail(txn, X4_EINVAL);
        return;
    }
    add_record(txn, OP_PUT_OBJECT, &record_object, object);
}

void store_put_chunk(struct store_txn *txn, int64_t object_id, uint32_t seq, struct slice data)
{
    const struct op_chunk chunk = {.object_id = object_id, .seq = seq, .data = data};

    if (data.len == 0 || data.len > LIMIT_CHUNK)
        fail(txn, X4_EINVAL);
    else if (check_id(txn, object_id))
        add_record(txn, OP_PUT_CHUNK, &record_chunk, &chunk);
}

void store_give_chunk(struct store_txn *txn, int64_t object_id, uint32_t seq, struct buf *data)
{
    struct op *op = NULL;

    if (data->len == 0 || data->len > LIMIT_CHUNK)
        fail(txn, X4_EINVAL);
    else if (check_id(txn, object_id))
        op = new_op(txn, OP_PUT_CHUNK);
    if (!op)
        return;
    op->u.chunk.object_id = object_id;
    op->u.chunk.seq = seq;
    op->u.chunk.data = arena_adopt(&txn->arena, data);
    if (slice_present(op->u.chunk.data))
        add(txn, op);
    else
        fail(txn, X4_ENOMEM);
}

void store_drop_chunks(struct store_txn *txn, int64_t object_id)
{
    struct op *op = new_op(txn, OP_DROP_CHUNKS);

    if (!op)
        return;
    op->u.chunk.object_id = object_id;
    add(txn, op);
}

void store_copy_content(struct store_txn *txn, int64_t from, int64_t to)
{
    struct op *op = new_op(txn, OP_COPY_CONTENT);

    if (from == to)
        fail(txn, X4_EINVAL);
    if (!op || from == to || !check_id(txn, to))
        return;
    op->u.copy = (struct op_copy){.from = from, .to = to};
    add(txn, op);
}

void store_put_item(struct store_txn *txn, const struct store_item *item)
{
    if (check_id(txn, item->id))
        add_record(txn, OP_PUT_ITEM, &record_item, item);
}

void store_put_delivery(struct store_txn *txn, const struct store_delivery *delivery)
{
    if (check_id(txn, delivery->id) && check_key(txn, delivery->mailbox))
        add_record(txn, OP_PUT_DELIVERY, &record_delivery, delivery);
}

static void add_delete(struct store_txn *txn, enum op_kind kind, int64_t id, int64_t object_id)
{
    struct op *op = new_op(txn, kind);

    if (!op)
        return;
    op->u.gone = (struct op_delete){.id = id, .object_id = object_id};
    add(txn, op);
}

void store_delete_item(struct store_txn *txn, int64_t item_id, int64_t object_id)
{
    add_delete(txn, OP_DELETE_ITEM, item_id, object_id);
}

void store_delete_delivery(struct store_txn *txn, int64_t id, int64_t object_id)
{
    add_delete(txn, OP_DELETE_DELIVERY, id, object_id);
}

void store_set_read(struct store_txn *txn, int64_t delivery_id, bool read)
{
    struct op *op = new_op(txn, OP_SET_READ);

    if (!op)
        return;
    op->u.flag = (struct op_read){.id = delivery_id, .read = read};
    add(txn, op);
}

static void add_digest(struct store_txn *txn, const struct op_digest *digest)
{
    if (check_key(txn, digest->digest))
        add_record(txn, OP_PUT_DIGEST, &record_digest, digest);
}

void store_put_digest(struct store_txn *txn, struct slice digest, int64_t until_ms)
{
    add_digest(txn, &(struct op_digest){.digest = digest, .until_ms = until_ms});
}

void store_claim_digest(struct store_txn *txn, struct slice digest, int64_t until_ms)
{
    add_digest(txn, &(struct op_digest){.digest = digest, .until_ms = until_ms, .claim = true});
}

void store_put_track(struct store_txn *txn, const struct store_track *track)
{
    if (check_key(txn, track->mts_id))
        add_record(txn, OP_PUT_TRACK, &record_track, track);
}

void store_put_event(struct store_txn *txn, const struct store_event *event)
{
    add_record(txn, OP_PUT_EVENT, &record_event, event);
}

void store_put_entry(struct store_txn *txn, const struct store_entry *entry)
{
    if (check_key(txn, entry->dn))
        add_record(txn, OP_PUT_ENTRY, &record_entry, entry);
}

void store_delete_entry(struct store_txn *txn, struct slice dn)
{
    const struct store_entry entry = {.dn = dn};

    if (check_key(txn, dn))
        add_record(txn, OP_DELETE_ENTRY, &record_entry, &entry);
}

void store_expire(struct store_txn *txn, int64_t track_before_ms, int64_t events_before_ms,
                  int64_t now_ms)
{
    struct op *op = new_op(txn, OP_EXPIRE);

    if (!op)
        return;
    op->u.expire = (struct op_expire){
        .track_before_ms = track_before_ms, .events_before_ms = events_before_ms, .now_ms = now_ms};
    add(txn, op);
}
