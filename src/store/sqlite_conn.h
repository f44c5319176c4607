/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a SQLite database with its prepared statements, and running them. */
#pragma once

#include "store/engine.h"
#include "store/sql.h"

#include <sqlite3.h>
#include <stdatomic.h>

struct conn {
    sqlite3 *db;
    sqlite3_stmt *cached[SQL_COUNT]; /* prepared, idle */
    char text[ENGINE_TEXT];          /* the last error in words */
    unsigned running;                /* executions */
    atomic_uint_fast64_t readings;   /* odd while there are any; changes as they begin and end */
};

/* flags: SQLITE_OPEN_...; setup: pragmas. vfs may be NULL. On failure the connection is closed. */
int conn_open(struct conn *c, const char *path, const char *vfs, int flags, const char *setup);
void conn_close(struct conn *c);
/* The enum x4_error for SQLite's last error, whose words are noted. */
int conn_error(struct conn *c);
/* Statements without parameters and results. */
int conn_exec(struct conn *c, const char *sql);
void conn_rollback(struct conn *c);
/* Rows the last statement has inserted, changed or deleted. */
int conn_changes(const struct conn *c);
/* Runs a statement whose only parameter is an id. */
int conn_run_id(struct conn *c, enum sql_id id, int64_t value);
/* Notes "what id" as the words of an error, and returns that. */
int conn_refuse(struct conn *c, int error, const char *what, int64_t id);

/* One execution of a statement. The first error sticks, so that binding reads straight down.
 * Octets that are bound must stay until query_end(). Executions of the same statement may nest. */
struct query {
    struct conn *conn;
    enum sql_id id;
    sqlite3_stmt *stmt;
    int bound;
    int error;
};
struct query query_begin(struct conn *c, enum sql_id id);
void query_int(struct query *q, int64_t value);
void query_text(struct query *q, struct slice value); /* absent: "" */
void query_blob(struct query *q, struct slice value); /* absent: empty */
void query_null(struct query *q);
/* True when there is a (next) row; false at the end and after an error. */
bool query_row(struct query *q);
int64_t query_get_int(const struct query *q, int column);
/* Valid until the next query_row() or query_end(); never absent, but for NULL. */
struct slice query_get(const struct query *q, int column);
/* Ends the execution; the error, if there was one. */
int query_end(struct query *q);
/* Runs a statement that gives no rows, and ends the execution. */
int query_run(struct query *q);
