/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite_conn.h"

#include <stdio.h>

/* Readers of other processes (tools) hold locks for moments only; this is far beyond. */
enum { BUSY_MS = 10000 };

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int nothing_to_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void nothing_to_end(void *ctx)
{
    (void)ctx;
}

int store_use_memory(const struct store_memory *memory)
{
    const sqlite3_mem_methods methods = {
        .xMalloc = memory->alloc,
        .xFree = memory->free,
        .xRealloc = memory->realloc,
        .xSize = memory->size,
        .xRoundup = round_up,
        .xInit = nothing_to_init,
        .xShutdown = nothing_to_end,
    };

    /* SQLite's own count of its memory takes a lock that all threads share, at each allocation. */
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
                   sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK
               ? X4_OK
               : X4_ESTATE;
}

static int map_error(int extended)
{
    if (extended == SQLITE_IOERR_NOMEM)
        return X4_ENOMEM;
    switch (extended & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return X4_OK;
    case SQLITE_FULL:
    case SQLITE_TOOBIG: return X4_EFULL;
    case SQLITE_NOMEM: return X4_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return X4_EBUSY;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return X4_EDENIED;
    case SQLITE_CONSTRAINT: return X4_EEXIST;
    default: return X4_EIO;
    }
}

int conn_error(struct conn *c)
{
    const int code = c->db ? sqlite3_extended_errcode(c->db) : SQLITE_NOMEM;
    const char *name = c->db ? sqlite3_db_filename(c->db, "main") : NULL;
    const int error = map_error(code);

    snprintf(c->text, sizeof(c->text), "%s: %s (SQLite error %d)", name ? name : "store",
             c->db ? sqlite3_errmsg(c->db) : "out of memory", code);
    return error ? error : X4_EIO;
}

int conn_exec(struct conn *c, const char *sql)
{
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? X4_OK : conn_error(c);
}

void conn_rollback(struct conn *c)
{
    /* SQLite has rolled back by itself after some errors. That it cannot fail otherwise is its
     * promise: what is not committed is not there. */
    if (c->db && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

int conn_changes(const struct conn *c)
{
    return sqlite3_changes(c->db);
}

int conn_run_id(struct conn *c, enum sql_id id, int64_t value)
{
    struct query q = query_begin(c, id);

    query_int(&q, value);
    return query_run(&q);
}

int conn_refuse(struct conn *c, int error, const char *what, int64_t id)
{
    snprintf(c->text, sizeof(c->text), "%s %lld", what, (long long)id);
    return error;
}

int conn_open(struct conn *c, const char *path, const char *vfs, int flags, const char *setup)
{
    int rc;

    *c = (struct conn){.db = NULL};
    rc = sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (rc != SQLITE_OK) {
        rc = conn_error(c);
    } else {
        sqlite3_extended_result_codes(c->db, 1);
        sqlite3_busy_timeout(c->db, BUSY_MS);
        rc = conn_exec(c, setup);
    }
    if (rc)
        conn_close(c);
    return rc;
}

void conn_close(struct conn *c)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(c->cached[i]);
        c->cached[i] = NULL;
    }
    sqlite3_close(c->db);
    c->db = NULL;
}

/* ---- executions ------------------------------------------------------------------------------ */

struct query query_begin(struct conn *c, enum sql_id id)
{
    struct query q = {.conn = c, .id = id, .stmt = c->cached[id]};

    c->cached[id] = NULL;
    if (c->running++ == 0)
        c->readings++;
    if (!q.stmt && sqlite3_prepare_v3(c->db, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT, &q.stmt,
                                      NULL) != SQLITE_OK)
        q.error = conn_error(c);
    return q;
}

static void note(struct query *q, int rc)
{
    if (rc != SQLITE_OK && !q->error)
        q->error = conn_error(q->conn);
}

void query_int(struct query *q, int64_t value)
{
    if (!q->error)
        note(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void query_text(struct query *q, struct slice value)
{
    const char *p = value.p ? (const char *)value.p : "";

    if (!q->error)
        note(q, sqlite3_bind_text64(q->stmt, ++q->bound, p, value.len, SQLITE_STATIC, SQLITE_UTF8));
}

void query_blob(struct query *q, struct slice value)
{
    const void *p = value.p ? (const void *)value.p : "";

    if (!q->error)
        note(q, sqlite3_bind_blob64(q->stmt, ++q->bound, p, value.len, SQLITE_STATIC));
}

void query_null(struct query *q)
{
    if (!q->error)
        note(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

bool query_row(struct query *q)
{
    int rc = q->error ? SQLITE_DONE : sqlite3_step(q->stmt);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        q->error = conn_error(q->conn);
    return rc == SQLITE_ROW;
}

int64_t query_get_int(const struct query *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

struct slice query_get(const struct query *q, int column)
{
    const void *p = sqlite3_column_blob(q->stmt, column);
    const int len = sqlite3_column_bytes(q->stmt, column);

    if (!p && sqlite3_column_type(q->stmt, column) != SQLITE_NULL)
        p = ""; /* SQLite gives NULL for what is empty */
    return slice_make(p, p ? (size_t)len : 0);
}

int query_end(struct query *q)
{
    struct conn *c = q->conn;

    sqlite3_reset(q->stmt);
    if (c->cached[q->id])
        sqlite3_finalize(q->stmt);
    else
        c->cached[q->id] = q->stmt;
    q->stmt = NULL;
    if (--c->running == 0)
        c->readings++;
    return q->error;
}

int query_run(struct query *q)
{
    while (query_row(q))
        ;
    return query_end(q);
}
