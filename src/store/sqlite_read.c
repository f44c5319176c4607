/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "store/record.h"
#include "store/sqlite.h"

#include <stdio.h>

/* A lookup by an id: the row is filled into a record, then copied into the caller's arena. */
struct lookup {
    enum sql_id id;
    const struct record_shape *shape;
    void (*fill)(const struct query *q, void *record);
};

static int look_up(struct engine *engine, const struct lookup *how, int64_t id, struct arena *arena,
                   void *out)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, how->id);
    int found = X4_ENOTFOUND;
    int rc;

    query_int(&q, id);
    if (query_row(&q)) {
        how->fill(&q, out);
        found = record_copy(how->shape, arena, out, out);
    }
    rc = query_end(&q);
    return rc ? rc : found;
}

/* ---- objects and contents -------------------------------------------------------------------- */

static void fill_object(const struct query *q, void *record)
{
    struct store_object *object = record;

    object->kind = (enum store_kind)query_get_int(q, 0);
    object->priority = (int)query_get_int(q, 1);
    object->arrival_ms = query_get_int(q, 2);
    object->content_len = (uint64_t)query_get_int(q, 3);
    object->mts_id = query_get(q, 4);
    object->source = query_get(q, 5);
    object->envelope = query_get(q, 6);
    object->content = SLICE_NONE;
}

int sqlite_get_object(struct engine *engine, int64_t id, struct arena *arena,
                      struct store_object *out)
{
    static const struct lookup how = {SQL_GET_OBJECT, &record_object, fill_object};

    out->id = id;
    return look_up(engine, &how, id, arena, out);
}

/* Copies what the piece, which starts at octet start of the content, has of the span. */
static void copy_piece(struct content_span *span, struct slice piece, uint64_t start)
{
    const uint64_t from = span->offset + span->got - start;
    const struct slice part = slice_sub(piece, (size_t)from, span->len - span->got);

    if (part.len)
        memcpy(span->to + span->got, part.p, part.len);
    span->got += part.len;
}

/* A missing or short chunk inside of the content is damage. */
static int read_chunk(struct conn *c, int64_t object_id, struct content_span *span)
{
    const uint64_t seq = (span->offset + span->got) / LIMIT_CHUNK;
    const size_t before = span->got;
    struct query q = query_begin(c, SQL_GET_CHUNK);
    int rc;

    query_int(&q, object_id);
    query_int(&q, (int64_t)seq);
    if (query_row(&q))
        copy_piece(span, query_get(&q, 0), seq * LIMIT_CHUNK);
    rc = query_end(&q);
    return rc ? rc : span->got > before ? X4_OK : X4_EIO;
}

/* Blocks, and the length of what lies in them. */
struct laid {
    struct slice blocks;
    uint64_t len;
};

/* Octets of chunk i on that lie side by side, up to wanted and maybe a little more. */
static size_t run_length(const struct laid *laid, uint64_t i, size_t wanted)
{
    struct place place = contents_place(laid->blocks, laid->len, i);
    size_t n = place.len;

    while (n < wanted) {
        const struct place next = contents_place(laid->blocks, laid->len, ++i);

        if (next.len == 0 || next.block != place.block + 1)
            break;
        place = next;
        n += place.len;
    }
    return n;
}

/* Reads from the blocks, of which the row has those from chunk first on. */
static int read_places(const struct contents *c, const struct laid *laid, uint64_t first,
                       struct content_span *span)
{
    int rc = X4_OK;

    while (!rc && span->got < span->len) {
        const uint64_t at = span->offset + span->got - first * LIMIT_CHUNK;
        const size_t from = at % LIMIT_CHUNK;
        size_t n = span->len - span->got;
        size_t there;

        if (at >= laid->len)
            break;
        there = run_length(laid, at / LIMIT_CHUNK, from + n);
        if (there <= from)
            return X4_EIO;
        if (n > there - from)
            n = there - from;
        rc = contents_read(c, contents_place(laid->blocks, laid->len, at / LIMIT_CHUNK), from,
                           span->to + span->got, n);
        span->got += rc ? 0 : n;
    }
    return rc;
}

/* len: of the whole content. */
static int read_blocks(const struct contents *c, struct slice blocks, uint64_t len,
                       struct content_span *span)
{
    const uint64_t first = span->offset / LIMIT_CHUNK;
    const struct laid laid = {.blocks = blocks,
                              .len = len > first * LIMIT_CHUNK ? len - first * LIMIT_CHUNK : 0};

    return read_places(c, &laid, first, span);
}

/* Nobody keeps the server of another process from using blocks again that were just read. */
static int check_still_there(struct conn *c, int64_t object_id)
{
    struct query q = query_begin(c, SQL_GET_PLACES);
    bool found;
    int rc;

    query_int(&q, object_id);
    found = query_row(&q);
    rc = query_end(&q);
    return rc ? rc : found ? X4_OK : X4_ENOTFOUND;
}

enum where { INSIDE, BLOCKS, CHUNKS };

static enum where where_is(const struct query *q)
{
    return slice_present(query_get(q, 1))   ? INSIDE
           : slice_present(query_get(q, 3)) ? BLOCKS
                                            : CHUNKS;
}

static int read_chunks(struct conn *c, int64_t object_id, uint64_t len, struct content_span *span)
{
    int rc = X4_OK;

    while (!rc && span->got < span->len && span->offset + span->got < len)
        rc = read_chunk(c, object_id, span);
    return rc;
}

/* The execution goes on while blocks are read: so they are not used again, see contents_commit().
 */
int sqlite_read_content(struct engine *engine, int64_t object_id, struct content_span *span)
{
    struct engine_sqlite *e = sqlite_of(engine);
    struct query q = query_begin(&e->reader, SQL_GET_CONTENT);
    enum where where = INSIDE;
    int failed = X4_ENOTFOUND;
    int rc;

    query_int(&q, (int64_t)(1 + span->offset / LIMIT_CHUNK * 4));
    query_int(&q, (int64_t)((span->len / LIMIT_CHUNK + 2) * 4));
    query_int(&q, object_id);
    if (query_row(&q)) {
        failed = X4_OK;
        where = where_is(&q);
        if (where == INSIDE)
            copy_piece(span, query_get(&q, 1), 0);
        else if (where == BLOCKS)
            failed =
                read_blocks(&e->contents, query_get(&q, 3), (uint64_t)query_get_int(&q, 2), span);
        else
            failed = read_chunks(&e->reader, object_id, (uint64_t)query_get_int(&q, 0), span);
    }
    rc = query_end(&q);
    if (!rc)
        rc = failed;
    if (!rc && where == BLOCKS && e->lock.file < 0)
        rc = check_still_there(&e->reader, object_id);
    return rc;
}

/* ---- items ----------------------------------------------------------------------------------- */

static void fill_item(const struct query *q, void *record)
{
    struct store_item *item = record;

    item->id = query_get_int(q, 0);
    item->object_id = query_get_int(q, 1);
    item->state = (enum store_item_state)query_get_int(q, 2);
    item->attempts = (int)query_get_int(q, 3);
    item->next_ms = query_get_int(q, 4);
    item->expires_ms = query_get_int(q, 5);
    item->queue = query_get(q, 6);
    item->recipients = query_get(q, 7);
    item->reason = query_get(q, 8);
}

int sqlite_get_item(struct engine *engine, int64_t id, struct arena *arena, struct store_item *out)
{
    static const struct lookup how = {SQL_GET_ITEM, &record_item, fill_item};

    return look_up(engine, &how, id, arena, out);
}

int sqlite_scan_items(struct engine *engine,
                      bool (*each)(void *ctx, const struct store_queued *queued), void *ctx)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, SQL_SCAN_ITEMS);
    struct store_queued queued;
    bool go_on = true;

    while (go_on && query_row(&q)) {
        fill_item(&q, &queued.item);
        queued.kind = (enum store_kind)query_get_int(&q, 9);
        queued.priority = (int)query_get_int(&q, 10);
        queued.arrival_ms = query_get_int(&q, 11);
        queued.content_len = (uint64_t)query_get_int(&q, 12);
        queued.mts_id = query_get(&q, 13);
        queued.source = query_get(&q, 14);
        go_on = each(ctx, &queued);
    }
    return query_end(&q);
}

/* ---- deliveries ------------------------------------------------------------------------------ */

static void fill_delivery(const struct query *q, void *record)
{
    struct store_delivery *delivery = record;

    delivery->id = query_get_int(q, 0);
    delivery->object_id = query_get_int(q, 1);
    delivery->mailbox = query_get(q, 2);
    delivery->delivered_ms = query_get_int(q, 3);
    delivery->read = query_get_int(q, 4) != 0;
    delivery->envelope = query_get(q, 5);
}

int sqlite_get_delivery(struct engine *engine, int64_t id, struct arena *arena,
                        struct store_delivery *out)
{
    static const struct lookup how = {SQL_GET_DELIVERY, &record_delivery, fill_delivery};

    return look_up(engine, &how, id, arena, out);
}

int sqlite_scan_deliveries(struct engine *engine, struct slice mailbox,
                           bool (*each)(void *ctx, const struct store_delivery *delivery),
                           void *ctx)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, SQL_SCAN_DELIVERIES);
    struct store_delivery delivery;
    bool go_on = true;

    query_text(&q, mailbox);
    while (go_on && query_row(&q)) {
        fill_delivery(&q, &delivery);
        go_on = each(ctx, &delivery);
    }
    return query_end(&q);
}

/* ---- digests, tracking, events, directory ---------------------------------------------------- */

int sqlite_has_digest(struct engine *engine, struct slice digest, bool *out)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, SQL_HAS_DIGEST);

    query_blob(&q, digest);
    *out = query_row(&q);
    return query_end(&q);
}

int sqlite_scan_track(struct engine *engine, struct slice mts_id,
                      bool (*each)(void *ctx, const struct store_track *track), void *ctx)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, SQL_SCAN_TRACK);
    bool go_on = true;

    query_text(&q, mts_id);
    while (go_on && query_row(&q)) {
        const struct store_track track = {.time_ms = query_get_int(&q, 0),
                                          .mts_id = query_get(&q, 1),
                                          .action = query_get(&q, 2),
                                          .detail = query_get(&q, 3)};

        go_on = each(ctx, &track);
    }
    return query_end(&q);
}

int sqlite_scan_events(struct engine *engine, const struct event_range *range,
                       bool (*each)(void *ctx, const struct store_event *event), void *ctx)
{
    const bool newest = range->after == 0 && range->limit > 0;
    struct query q = query_begin(&sqlite_of(engine)->reader,
                                 newest ? SQL_SCAN_EVENTS_LAST : SQL_SCAN_EVENTS_AFTER);
    bool go_on = true;

    query_int(&q, newest ? (int64_t)range->limit : range->after);
    while (go_on && query_row(&q)) {
        const struct store_event event = {.seq = query_get_int(&q, 0),
                                          .time_ms = query_get_int(&q, 1),
                                          .number = (int)query_get_int(&q, 2),
                                          .severity = (int)query_get_int(&q, 3),
                                          .json = query_get(&q, 4)};

        go_on = each(ctx, &event);
    }
    return query_end(&q);
}

int sqlite_scan_entries(struct engine *engine,
                        bool (*each)(void *ctx, const struct store_entry *entry), void *ctx)
{
    struct query q = query_begin(&sqlite_of(engine)->reader, SQL_SCAN_ENTRIES);
    bool go_on = true;

    while (go_on && query_row(&q)) {
        const struct store_entry entry = {
            .dn = query_get(&q, 0), .class_name = query_get(&q, 1), .json = query_get(&q, 2)};

        go_on = each(ctx, &entry);
    }
    return query_end(&q);
}

/* ---- checking -------------------------------------------------------------------------------- */

/* These run once, so their statements are not kept. *found: there was a row; its first column is in
 * the text. */
static int run_check(struct conn *c, const char *statement, char *text, size_t size, bool *found)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(c->db, statement, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found)
        snprintf(text, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
    rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? X4_OK : conn_error(c);
    sqlite3_finalize(stmt);
    return rc;
}

/* Do the blocks of all contents lie in the file, each of one content? */
static int check_places(struct engine_sqlite *e, char *text, size_t size)
{
    struct query q = query_begin(&e->reader, SQL_SCAN_PLACES);
    struct contents seen = {.file = -1};
    const char *what = NULL;
    int failed = X4_OK;
    int rc;

    while (!failed && !what && query_row(&q)) {
        const struct slice blocks = query_get(&q, 2);

        if (!contents_is_whole(&e->contents, blocks, (uint64_t)query_get_int(&q, 1)))
            what = "content that is not in its file";
        else
            failed = contents_claim(&seen, blocks);
        if (failed == X4_EDUP)
            what = "content that shares its place with another";
        if (what)
            snprintf(text, size, "%s: %lld", what, (long long)query_get_int(&q, 0));
    }
    contents_close(&seen);
    rc = query_end(&q);
    return rc ? rc : what ? X4_EIO : failed;
}

int sqlite_check(struct engine *engine, char *text, size_t size)
{
    struct conn *c = &sqlite_of(engine)->reader;
    char value[ENGINE_TEXT] = "";
    bool found = false;
    int rc = run_check(c, "PRAGMA integrity_check(1)", value, sizeof(value), &found);

    if (!rc && strcmp(value, "ok") != 0) {
        snprintf(text, size, "database is damaged: %s", value);
        return X4_EIO;
    }
    for (int i = 0; i < SQL_CHECKS && !rc; i++) {
        rc = run_check(c, sql_checks[i].statement, value, sizeof(value), &found);
        if (rc || !found)
            continue;
        snprintf(text, size, "%s: %s", sql_checks[i].what, value);
        return X4_EIO;
    }
    if (rc) {
        snprintf(text, size, "%s", c->text);
        return rc;
    }
    return check_places(sqlite_of(engine), text, size);
}

int64_t sqlite_free_space(struct engine *engine)
{
    const struct engine_sqlite *e = sqlite_of(engine);

    return e->files->free_space(e->files->ctx, e->path);
}
