/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's side of contents. Those that come in chunks lie in a file, see store/contents.h; in
 * the table chunks lie those that a program put which did not know that file. */
#include "base/limits.h"
#include "store/sqlite.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    /* Chunks up to this go with their object; removing more would keep others waiting. */
    REMOVE_AT_ONCE = 2 * 1024 * 1024,
    REMOVE_PORTION = REMOVE_AT_ONCE / LIMIT_CHUNK,
    BLOCKS_OCTETS_MAX = 4 * CONTENTS_BLOCKS_MAX,
};

/* What went wrong with the file is told as if the database had said it. */
static int told(struct engine_sqlite *e, int rc)
{
    if (rc)
        snprintf(e->writer.text, sizeof(e->writer.text), "%s", e->contents.text);
    return rc;
}

/* ---- coming in ------------------------------------------------------------------------------- */

/* A chunk for an object that is there already changes its content. */
static int load_places(struct engine_sqlite *e, int64_t object_id)
{
    struct query q;
    int failed = X4_OK;
    int rc;

    if (contents_reception(&e->contents, object_id))
        return X4_OK;
    q = query_begin(&e->writer, SQL_GET_PLACES);
    query_int(&q, object_id);
    if (query_row(&q))
        failed = contents_load(&e->contents, object_id, query_get(&q, 1),
                               (uint64_t)query_get_int(&q, 0));
    rc = query_end(&q);
    return rc ? rc : told(e, failed);
}

int content_put_chunk(struct engine_sqlite *e, const struct op *op)
{
    const struct op_chunk *chunk = &op->u.chunk;
    int rc = load_places(e, chunk->object_id);

    if (!rc)
        rc = told(e, contents_put(&e->contents, chunk->object_id, chunk->seq, chunk->data));
    return rc;
}

int content_drop_chunks(struct engine_sqlite *e, const struct op *op)
{
    return told(e, contents_drop(&e->contents, op->u.chunk.object_id));
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* A chunk of a copy; chunks that are there already belong to something else. */
static int copy_chunk(struct engine_sqlite *e, int64_t to, uint32_t seq, struct slice data)
{
    const struct reception *r = contents_reception(&e->contents, to);

    if (r && seq < r->count && r->places[seq].len > 0)
        return conn_refuse(&e->writer, X4_EEXIST, "content is there already: object", to);
    return told(e, contents_put(&e->contents, to, seq, data));
}

/* From the object's row, or the table of chunks. */
static int copy_row(struct engine_sqlite *e, struct query *q, int column, const struct op_chunk *to)
{
    int failed = X4_OK;
    int rc;

    if (query_row(q) && query_get(q, column).len > 0)
        failed = copy_chunk(e, to->object_id, to->seq, query_get(q, column));
    else
        failed = X4_ENOTFOUND;
    rc = query_end(q);
    return rc ? rc : failed;
}

static int copy_inside(struct engine_sqlite *e, const struct op_copy *copy)
{
    const struct op_chunk to = {.object_id = copy->to};
    struct query q = query_begin(&e->writer, SQL_GET_CONTENT);
    int rc;

    query_int(&q, 1);
    query_int(&q, 0);
    query_int(&q, copy->from);
    rc = copy_row(e, &q, 1, &to);
    return rc == X4_ENOTFOUND ? X4_OK : rc; /* an empty one */
}

static int copy_chunks(struct engine_sqlite *e, const struct op_copy *copy)
{
    struct op_chunk to = {.object_id = copy->to};
    int rc = X4_OK;

    for (; !rc; to.seq++) {
        struct query q = query_begin(&e->writer, SQL_GET_CHUNK);

        query_int(&q, copy->from);
        query_int(&q, to.seq);
        rc = copy_row(e, &q, 0, &to);
    }
    return rc == X4_ENOTFOUND ? X4_OK : rc;
}

/* From block to block. */
static int copy_place(struct engine_sqlite *e, struct place from, int64_t to, uint32_t seq)
{
    uint8_t *octets = malloc(LIMIT_CHUNK);
    int rc = octets ? contents_read(&e->contents, from, 0, octets, from.len) : X4_ENOMEM;

    if (rc)
        conn_refuse(&e->writer, rc, "content cannot be copied: object", to);
    else
        rc = copy_chunk(e, to, seq, slice_make(octets, from.len));
    free(octets);
    return rc;
}

static int copy_reception(struct engine_sqlite *e, const struct reception *from, int64_t to)
{
    int rc = X4_OK;

    for (uint32_t seq = 0; seq < from->count && !rc; seq++) {
        if (from->places[seq].len > 0)
            rc = copy_place(e, from->places[seq], to, seq);
    }
    return rc;
}

/* Blocks that the database knows; *any: there are. */
static int copy_places(struct engine_sqlite *e, const struct op_copy *copy, bool *any)
{
    struct query q = query_begin(&e->writer, SQL_GET_PLACES);
    int failed = X4_OK;
    int rc;

    query_int(&q, copy->from);
    *any = query_row(&q);
    for (uint32_t seq = 0; *any && !failed; seq++) {
        const struct place from =
            contents_place(query_get(&q, 1), (uint64_t)query_get_int(&q, 0), seq);

        if (from.len == 0)
            break;
        failed = copy_place(e, from, copy->to, seq);
    }
    rc = query_end(&q);
    return rc ? rc : failed;
}

/* X4_ENOTFOUND: no such object. */
static int object_size(struct conn *c, int64_t id, struct content_size *size)
{
    struct query q = query_begin(c, SQL_OBJECT_SIZE);
    bool found;
    int rc;

    query_int(&q, id);
    found = query_row(&q);
    if (found) {
        size->kind = (enum store_kind)query_get_int(&q, 0);
        size->stated = (uint64_t)query_get_int(&q, 1);
        size->is_inside = slice_present(query_get(&q, 2));
        size->inside = (uint64_t)query_get_int(&q, 2);
    }
    rc = query_end(&q);
    return rc ? rc : found ? X4_OK : X4_ENOTFOUND;
}

int content_copy(struct engine_sqlite *e, const struct op *op)
{
    const struct op_copy *copy = &op->u.copy;
    const struct reception *from = contents_reception(&e->contents, copy->from);
    struct content_size size;
    bool any = false;
    int rc = object_size(&e->writer, copy->from, &size);

    if (rc == X4_ENOTFOUND)
        return conn_refuse(&e->writer, rc, "content to be copied is not there: object", copy->from);
    if (!rc)
        rc = load_places(e, copy->to);
    if (rc)
        return rc;
    if (size.is_inside)
        return copy_inside(e, copy);
    if (from)
        return copy_reception(e, from, copy->to);
    rc = copy_places(e, copy, &any);
    return rc || any ? rc : copy_chunks(e, copy);
}

/* ---- at the end of a transaction ------------------------------------------------------------- */

static int put_places(struct engine_sqlite *e, int64_t object_id, uint64_t len, struct slice blocks)
{
    struct query q = query_begin(&e->writer, SQL_PUT_PLACES);

    e->adopted = true;
    query_int(&q, object_id);
    query_int(&q, (int64_t)len);
    query_blob(&q, blocks);
    return query_run(&q);
}

/* What has come in for an object that is there becomes its own. */
static int adopt(struct engine_sqlite *e, int64_t object_id)
{
    struct buf blocks;
    uint64_t len;
    int rc;

    if (!contents_reception(&e->contents, object_id))
        return X4_OK;
    buf_init(&blocks, BLOCKS_OCTETS_MAX);
    rc = told(e, contents_adopt(&e->contents, object_id, &blocks, &len));
    if (!rc)
        rc = put_places(e, object_id, len, buf_view(&blocks));
    buf_free(&blocks);
    return rc;
}

static int chunks_size(struct conn *c, int64_t object_id, struct content_size *size)
{
    struct query q = query_begin(c, SQL_CHUNKS_SIZE);

    query_int(&q, object_id);
    if (query_row(&q)) {
        size->sum = (uint64_t)query_get_int(&q, 0);
        size->end = (uint64_t)query_get_int(&q, 1);
    }
    return query_end(&q);
}

int content_settle(struct engine_sqlite *e, int64_t object_id)
{
    struct conn *c = &e->writer;
    struct content_size size = {.sum = 0};
    int rc = object_size(c, object_id, &size);

    if (rc == X4_ENOTFOUND)
        return X4_OK; /* still to come, or gone again */
    if (!rc)
        rc = adopt(e, object_id);
    if (!rc)
        rc = chunks_size(c, object_id, &size);
    if (!rc && !content_is_complete(&size))
        rc =
            conn_refuse(c, X4_EMISSING, "content is incomplete, or there twice: object", object_id);
    return rc;
}

/* Blocks, and what is still coming in; *any: there were blocks. */
static int free_places(struct engine_sqlite *e, int64_t object_id, bool *any)
{
    struct query q = query_begin(&e->writer, SQL_TAKE_PLACES);
    int failed = X4_OK;
    int rc;

    query_int(&q, object_id);
    *any = false;
    while (query_row(&q)) {
        *any = true;
        failed = contents_free(&e->contents, query_get(&q, 0));
    }
    rc = query_end(&q);
    if (!rc && !failed)
        failed = contents_drop(&e->contents, object_id);
    return rc ? rc : told(e, failed);
}

int content_settle_delete(struct engine_sqlite *e, int64_t object_id)
{
    struct conn *c = &e->writer;
    struct query q = query_begin(c, SQL_REAP_OBJECT);
    int64_t chunked = 0;
    bool any;
    int rc;

    query_int(&q, object_id);
    while (query_row(&q))
        chunked = query_get_int(&q, 0);
    rc = query_end(&q);
    if (rc || chunked == 0)
        return rc;
    rc = free_places(e, object_id, &any);
    if (rc || any)
        return rc;
    if (chunked <= REMOVE_AT_ONCE)
        return conn_run_id(c, SQL_DELETE_CHUNKS, object_id);
    e->doomed = true;
    return conn_run_id(c, SQL_DOOM_CHUNKS, object_id);
}

/* ---- opening and upkeep ---------------------------------------------------------------------- */

int content_claim_all(struct engine_sqlite *e)
{
    struct query q = query_begin(&e->writer, SQL_SCAN_PLACES);
    int failed = X4_OK;
    int rc;

    while (!failed && query_row(&q)) {
        failed = contents_claim(&e->contents, query_get(&q, 2));
        if (failed == X4_EDUP) /* damage, which sqlite_check() names */
            failed = X4_OK;
    }
    rc = query_end(&q);
    return rc ? rc : told(e, failed);
}

int content_remove_portion(struct engine_sqlite *e)
{
    struct conn *c = &e->writer;
    struct query q = query_begin(c, SQL_NEXT_DOOMED);
    const bool found = query_row(&q);
    const int64_t id = found ? query_get_int(&q, 0) : 0;
    int rc = query_end(&q);

    e->doomed = found || rc;
    if (rc || !found)
        return rc;
    q = query_begin(c, SQL_DELETE_SOME_CHUNKS);
    query_int(&q, id);
    query_int(&q, REMOVE_PORTION);
    rc = query_run(&q);
    if (!rc && conn_changes(c) < REMOVE_PORTION)
        rc = conn_run_id(c, SQL_FORGET_DOOMED, id);
    return rc;
}
