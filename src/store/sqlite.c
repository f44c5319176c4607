/* SPDX-License-Identifier: Apache-2.0 */
/* The sqlite engine: one database in write-ahead mode, one connection that writes, one that reads.
 * Durability: synchronous=FULL flushes the log at every commit; a commit is a group's. */
#include "store/sqlite.h"

#include "store/engines.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DATABASE "store.db"

/* Pages of 4 KiB: a small message changes some dozen pages a little, and each goes to the log as a
 * whole. No mmap: an I/O error on a mapped page is a signal, on a read it is an error value.
 * The page caches are small, because contents would fill them whatever their size: the writer's
 * holds the inner pages of the tables, the reader's what it is reading. What is deleted is
 * overwritten: there were passwords in it. The log is kept, as overwriting is cheaper than
 * appending, and cut back when a burst has made it long. Checkpoints are ours: upkeep(). */
#define SETUP_BOTH "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
#define SETUP_WRITER                                                                               \
    "PRAGMA page_size = 4096; PRAGMA cache_size = -6144;" SETUP_BOTH                               \
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"                                        \
    "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON;"                                      \
    "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 0;"
#define SETUP_READER SETUP_BOTH "PRAGMA cache_size = -1024; PRAGMA query_only = ON;"

/* A checkpoint when the log has grown by so many pages (32 MiB): long enough that pages which
 * change often, or hold contents that soon are gone, are written but once; short enough to be over
 * soon. */
enum { CHECKPOINT_PAGES = 8192 };
_Static_assert((int)LOCK_TEXT <= (int)ENGINE_TEXT, "a text for opening takes a text for locking");

/* Epochs are seconds since 2020-01-01, so that a backup copied back starts above what was handed
 * out after it was made; but always more than every epoch that the database knows. */
static const int64_t EPOCH_START_S = 1577836800;
static const int64_t EPOCH_MAX = 0x7ffffff0;

/* ---- the directory --------------------------------------------------------------------------- */

static int make_directory(const struct store_files *files, const char *path, char *text)
{
    char parent[PATH_MAX];
    char *slash;
    int rc = files->make_directory(files->ctx, path);

    if (rc == -EEXIST)
        return X4_OK;
    snprintf(parent, sizeof(parent), "%s", path);
    slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent ? 1 : 0] = 0;
    if (rc >= 0)
        rc = files->sync_directory(files->ctx, slash ? parent : ".");
    return rc < 0 ? files_error(rc, path, text, ENGINE_TEXT) : X4_OK;
}

/* The database as an empty file with the right mode; SQLite gives its log the same. */
static int make_file(const struct engine_sqlite *e, const char *directory, char *text)
{
    const struct store_files *files = e->files;
    int rc = files->open(files->ctx, e->path, true);

    if (rc >= 0) {
        files->close(files->ctx, rc);
        rc = files->sync_directory(files->ctx, directory);
    }
    return rc < 0 ? files_error(rc, e->path, text, ENGINE_TEXT) : X4_OK;
}

/* ---- schema and epoch ------------------------------------------------------------------------ */

static int get_meta(struct conn *c, const char *name, int64_t *value)
{
    struct query q = query_begin(c, SQL_GET_META);
    bool found;
    int rc;

    query_text(&q, slice_str(name));
    found = query_row(&q);
    if (found)
        *value = query_get_int(&q, 0);
    rc = query_end(&q);
    return rc ? rc : found ? X4_OK : X4_ENOTFOUND;
}

static int set_meta(struct conn *c, const char *name, int64_t value)
{
    struct query q = query_begin(c, SQL_SET_META);

    query_text(&q, slice_str(name));
    query_int(&q, value);
    return query_run(&q);
}

/* 0: the database is empty. */
static int schema_version(struct conn *c, int64_t *version)
{
    *version = 0;
    if (sqlite3_table_column_metadata(c->db, "main", "meta", "value", NULL, NULL, NULL, NULL,
                                      NULL) != SQLITE_OK) {
        /* SQLITE_ERROR means that there is no such table; anything else is trouble. */
        return (sqlite3_errcode(c->db) & 0xff) == SQLITE_ERROR ? X4_OK : conn_error(c);
    }
    return get_meta(c, "schema", version);
}

/* Runs a schema statement with the marks spelt as SQLite has them. */
static int run_schema(struct conn *c, const char *statement)
{
    static const struct {
        const char *mark;
        const char *spelt;
    } marks[] = {{SQL_MARK_KEY, "INTEGER PRIMARY KEY"}, {SQL_MARK_CLUSTERED, " WITHOUT ROWID"}};
    char text[2048];
    size_t len = 0;

    while (*statement && len < sizeof(text) - 1) {
        const char *add = NULL;

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !add; i++) {
            if (strncmp(statement, marks[i].mark, strlen(marks[i].mark)) != 0)
                continue;
            add = marks[i].spelt;
            statement += strlen(marks[i].mark);
        }
        if (add)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", add);
        else
            text[len++] = *statement++;
    }
    text[len < sizeof(text) ? len : sizeof(text) - 1] = 0;
    return conn_exec(c, text);
}

static int refuse_version(int64_t version, const char *path, char *text)
{
    snprintf(text, ENGINE_TEXT, "%s has schema version %lld, this program knows up to %d: %s", path,
             (long long)version, SQL_SCHEMA_VERSION,
             version > SQL_SCHEMA_VERSION ? "a newer program wrote it"
                                          : "start the server once to bring it up to date");
    return X4_EUNSUPP;
}

/* Brings the schema up to date, in one transaction. */
static int upgrade(struct conn *c, int64_t version)
{
    int rc = conn_exec(c, "BEGIN IMMEDIATE");

    for (int i = 0; i < SQL_SCHEMA_VERSION && !rc; i++) {
        if (sql_steps[i].version <= version)
            continue;
        for (const char *const *s = sql_steps[i].statements; *s && !rc; s++)
            rc = run_schema(c, *s);
        if (!rc)
            rc = set_meta(c, "schema", sql_steps[i].version);
    }
    if (!rc)
        rc = conn_exec(c, "COMMIT");
    conn_rollback(c);
    return rc;
}

static int query_one(struct conn *c, enum sql_id id, int64_t *value)
{
    struct query q = query_begin(c, id);

    *value = query_row(&q) ? query_get_int(&q, 0) : 0;
    return query_end(&q);
}

static int64_t clock_epoch(int64_t now_ms)
{
    int64_t epoch = now_ms / 1000 - EPOCH_START_S;

    return epoch < 0 || epoch > EPOCH_MAX ? 0 : epoch;
}

/* Advances the epoch and gives up the chunks of receptions that a crash has ended. */
static int start_epoch(struct engine_sqlite *e, int64_t now_ms)
{
    struct conn *c = &e->writer;
    int64_t stored = 0;
    int64_t top = 0;
    struct query q;
    int rc = conn_exec(c, "BEGIN IMMEDIATE");

    if (!rc)
        rc = get_meta(c, "epoch", &stored);
    if (!rc)
        rc = query_one(c, SQL_MAX_ID, &top);
    e->base.epoch = (stored > top >> 32 ? stored : top >> 32) + 1;
    if (e->base.epoch < clock_epoch(now_ms))
        e->base.epoch = clock_epoch(now_ms);
    if (!rc)
        rc = set_meta(c, "epoch", e->base.epoch);
    if (!rc) {
        q = query_begin(c, SQL_DOOM_ABANDONED);
        rc = query_run(&q);
    }
    if (!rc) {
        q = query_begin(c, SQL_FORGET_OWNED);
        rc = query_run(&q);
    }
    if (!rc)
        rc = conn_exec(c, "COMMIT");
    conn_rollback(c);
    e->doomed = true; /* upkeep will see */
    return rc;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int note_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct engine_sqlite *e = ctx;

    (void)db;
    (void)name;
    if (pages < e->wal_checked)
        e->wal_checked = 0; /* it has started again from the front */
    e->wal_pages = pages;
    return SQLITE_OK;
}

static int open_writer(struct engine_sqlite *e)
{
    int rc =
        conn_open(&e->writer, e->path, log_vfs_name(e->log), SQLITE_OPEN_READWRITE, SETUP_WRITER);

    if (!rc)
        sqlite3_wal_hook(e->writer.db, note_wal, e);
    return rc;
}

/* A process that could not flush may have left frames in the log that the system shows and never
 * wrote. What was appended to them would be lost with them; so they are moved into the database,
 * and the log begins anew. */
static int settle_log(struct conn *c)
{
    return sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) ==
                   SQLITE_OK
               ? X4_OK
               : conn_error(c);
}

static int open_for_writing(struct engine_sqlite *e, int64_t now_ms, char *text)
{
    int64_t version;
    int rc = log_vfs_new(e->vfs, &e->log);

    if (rc) {
        snprintf(text, ENGINE_TEXT, "%s", x4_strerror(rc));
        return rc;
    }
    rc = open_writer(e);
    if (!rc)
        rc = settle_log(&e->writer);
    if (!rc)
        rc = schema_version(&e->writer, &version);
    if (!rc && version > SQL_SCHEMA_VERSION)
        return refuse_version(version, e->path, text);
    if (!rc)
        rc = upgrade(&e->writer, version);
    if (!rc)
        rc = start_epoch(e, now_ms);
    if (!rc)
        rc = content_claim_all(e);
    if (rc)
        snprintf(text, ENGINE_TEXT, "%s", e->writer.text);
    return rc;
}

/* The reader also keeps the log's index alive while the writer is opened anew, see recover(). */
static int open_reader(struct engine_sqlite *e, char *text)
{
    int64_t version = 0;
    int rc = conn_open(&e->reader, e->path, e->vfs, SQLITE_OPEN_READONLY, SETUP_READER);

    if (!rc)
        rc = schema_version(&e->reader, &version);
    if (rc)
        snprintf(text, ENGINE_TEXT, "%s", e->reader.text);
    else if (version != SQL_SCHEMA_VERSION)
        rc = refuse_version(version, e->path, text);
    return rc;
}

static void engine_close(struct engine **engine)
{
    struct engine_sqlite *e = sqlite_of(*engine);

    conn_close(&e->reader);
    conn_close(&e->writer); /* last: empties the log into the database */
    contents_close(&e->contents);
    log_vfs_free(&e->log);
    lock_release(&e->lock);
    free(e->path);
    free(e->vfs);
    free(e);
    *engine = NULL;
}

static int64_t wall_clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int open_contents(struct engine_sqlite *e, const char *directory, bool make, char *text)
{
    int rc = contents_open(&e->contents, e->files, directory, make);

    if (rc)
        snprintf(text, ENGINE_TEXT, "%s", e->contents.text);
    return rc;
}

static int open_locked(struct engine_sqlite *e, const struct store_params *params, char *text)
{
    const int64_t now_ms = params->now_ms ? params->now_ms : wall_clock_ms();
    const struct lock_owner owner = {.name = params->owner, .now_ms = now_ms};
    int rc = make_directory(e->files, params->directory, text);

    if (!rc)
        rc = lock_take(&e->lock, params->directory, &owner, text);
    if (!rc)
        rc = make_file(e, params->directory, text);
    if (!rc)
        rc = open_contents(e, params->directory, true, text);
    return rc ? rc : open_for_writing(e, now_ms, text);
}

static int engine_open(const struct store_params *params, struct engine **out, char *text)
{
    struct engine_sqlite *e = calloc(1, sizeof(*e));
    int rc = X4_OK;

    if (!e)
        return X4_ENOMEM;
    *out = &e->base;
    e->base.ops = &engine_sqlite;
    e->files = params->files ? params->files : &files_system;
    e->lock = (struct lock){.files = e->files, .file = -1};
    if (!params->directory || asprintf(&e->path, "%s/" DATABASE, params->directory) < 0)
        e->path = NULL;
    e->vfs = params->vfs ? strdup(params->vfs) : NULL;
    if (!e->path || (params->vfs && !e->vfs)) {
        snprintf(text, ENGINE_TEXT, "%s", params->directory ? "out of memory" : "no directory");
        rc = params->directory ? X4_ENOMEM : X4_EINVAL;
    } else if (!params->read_only) {
        rc = open_locked(e, params, text);
    } else {
        rc = e->files->exists(e->files->ctx, e->path);
        rc = rc < 0 ? files_error(rc, e->path, text, ENGINE_TEXT)
                    : open_contents(e, params->directory, false, text);
    }
    if (!rc)
        rc = open_reader(e, text);
    if (rc)
        engine_close(out);
    return rc;
}

/* ---- committing ------------------------------------------------------------------------------ */

/* After a failed flush the system may have dropped what was to be written, and shows it all the
 * same; and the frames of the failed commit lie in the log, where a recovery after a crash would
 * take them for good. SQLite itself does not count them: their index, kept by the reader's
 * connection, ends before them. So the writer starts with a fresh connection and an empty cache,
 * and commits something small, which overwrites the first of these frames: the checksums of frames
 * are a chain, and the rest are void from then on. */
static int engine_recover(struct engine *engine)
{
    struct engine_sqlite *e = sqlite_of(engine);
    int rc;

    e->distrust = true;
    e->numbers_known = false;
    conn_close(&e->writer);
    rc = open_writer(e);
    if (!rc)
        rc = conn_exec(&e->writer, "UPDATE meta SET value = value + 1 WHERE name = 'fence'");
    if (!rc)
        e->distrust = false;
    return rc;
}

static int engine_begin(struct engine *engine)
{
    struct engine_sqlite *e = sqlite_of(engine);
    int rc = X4_OK;

    if (e->lock.file < 0)
        return X4_EDENIED;
    if (e->distrust)
        rc = engine_recover(engine);
    if (!rc)
        rc = conn_exec(&e->writer, "BEGIN IMMEDIATE");
    if (!rc && !e->numbers_known) {
        rc = query_one(&e->writer, SQL_LAST_EVENT, &e->last_event);
        if (!rc)
            rc = query_one(&e->writer, SQL_LAST_TRACK, &e->last_track);
        e->numbers_known = !rc;
    }
    if (rc)
        conn_rollback(&e->writer);
    return rc;
}

/* Contents are durable before the transaction that makes them an object's. */
static int engine_commit(struct engine *engine)
{
    struct engine_sqlite *e = sqlite_of(engine);
    const bool sync = e->adopted || contents_are_due(&e->contents);
    int rc = sync ? contents_sync(&e->contents) : X4_OK;

    if (rc)
        snprintf(e->writer.text, sizeof(e->writer.text), "%s", e->contents.text);
    else
        rc = conn_exec(&e->writer, "COMMIT");
    if (!rc) {
        contents_commit(&e->contents, e->reader.readings);
        e->adopted = false;
    }
    return rc;
}

static void engine_rollback(struct engine *engine)
{
    struct engine_sqlite *e = sqlite_of(engine);

    conn_rollback(&e->writer);
    contents_rollback(&e->contents);
    e->numbers_known = false;
    e->adopted = false;
}

static const char *engine_text(const struct engine *engine)
{
    return ((const struct engine_sqlite *)engine)->writer.text;
}

/* ---- upkeep ---------------------------------------------------------------------------------- */

/* Moves the log into the database on the writer's own thread: only then can it reach the end of the
 * log, and the next commit starts again from the front. Readers do not wait for it; a long read can
 * keep it from finishing, then it is tried again when the log has grown as much again. */
static int checkpoint(struct engine_sqlite *e)
{
    int pages = 0;
    int moved = 0;
    int rc =
        sqlite3_wal_checkpoint_v2(e->writer.db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);

    e->wal_checked = e->wal_pages;
    if (rc == SQLITE_OK && moved == pages) {
        e->wal_checked = 0;
        e->wal_pages = 0;
    }
    return rc == SQLITE_OK || rc == SQLITE_BUSY ? X4_OK : conn_error(&e->writer);
}

static int remove_or_expire(struct engine_sqlite *e)
{
    int rc = engine_begin(&e->base);

    if (rc)
        return rc;
    if (e->doomed)
        rc = content_remove_portion(e);
    if (!rc && e->expiring)
        rc = sqlite_expire_portion(e);
    if (!rc)
        rc = engine_commit(&e->base);
    if (rc)
        engine_rollback(&e->base);
    return rc;
}

static int engine_upkeep(struct engine *engine, bool *more)
{
    struct engine_sqlite *e = sqlite_of(engine);
    int rc = X4_OK;

    *more = false;
    if (e->lock.file < 0 || e->distrust)
        return X4_OK;
    if (e->doomed || e->expiring)
        rc = remove_or_expire(e);
    if (!rc && e->wal_pages - e->wal_checked >= CHECKPOINT_PAGES)
        rc = checkpoint(e);
    if (rc == X4_EIO)
        engine_recover(engine);
    if (!rc)
        rc = contents_trim(&e->contents);
    *more = e->doomed || e->expiring;
    return rc;
}

const struct engine_ops engine_sqlite = {
    .name = "sqlite",
    .open = engine_open,
    .close = engine_close,
    .begin = engine_begin,
    .apply = sqlite_apply,
    .settle = sqlite_settle,
    .commit = engine_commit,
    .rollback = engine_rollback,
    .recover = engine_recover,
    .upkeep = engine_upkeep,
    .text = engine_text,
    .get_object = sqlite_get_object,
    .read_content = sqlite_read_content,
    .get_item = sqlite_get_item,
    .scan_items = sqlite_scan_items,
    .has_digest = sqlite_has_digest,
    .scan_deliveries = sqlite_scan_deliveries,
    .get_delivery = sqlite_get_delivery,
    .scan_track = sqlite_scan_track,
    .scan_events = sqlite_scan_events,
    .scan_entries = sqlite_scan_entries,
    .check = sqlite_check,
    .free_space = sqlite_free_space,
};
