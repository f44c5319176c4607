/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is written in long pieces: fewer calls, the same octets, and nobody looks for what is
 * not there yet. */
#include "fault_vfs.h"
#include "fixture.h"
#include "store/log_vfs.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 2000, ROW_OCTETS = 3000 };

struct database {
    char directory[64], uri[128];
    struct log_vfs *log;
    sqlite3 *writer, *reader;
    int64_t memory; /* of SQLite, before */
};

static void run(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t answer;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

/* The writer through what is tested, over a VFS that fails on demand; the reader past it. */
static void open_database(struct database *d, const char *parameters)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;

    fault_register();
    *d = (struct database){.directory = "/tmp/x400-log.XXXXXX", .memory = sqlite3_memory_used()};
    assert_non_null(mkdtemp(d->directory));
    snprintf(d->uri, sizeof(d->uri), "file:%s/db%s", d->directory, parameters);
    assert_int_equal(log_vfs_new("fault", &d->log), X4_OK);
    assert_int_equal(sqlite3_open_v2(d->uri, &d->writer, flags, log_vfs_name(d->log)), SQLITE_OK);
    run(d->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 0;"
                   "CREATE TABLE t (i INTEGER PRIMARY KEY, octets BLOB)");
    assert_int_equal(sqlite3_open_v2(d->uri, &d->reader, flags, NULL), SQLITE_OK);
}

static void close_database(struct database *d)
{
    sqlite3_close(d->reader);
    sqlite3_close(d->writer);
    log_vfs_free(&d->log);
    fixture_remove_tree(d->directory);
    assert_int_equal(sqlite3_memory_used(), d->memory);
}

static void insert(sqlite3 *db, int count)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "INSERT INTO t (octets) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
             " WHERE i < %d) SELECT zeroblob(%d) FROM n",
             count, ROW_OCTETS);
    run(db, sql);
}

/* Writes to the log by which ten rows are committed. */
static unsigned writes_for_ten(struct database *d)
{
    fault_arm(FAULT_WRITE_LOG, UINT_MAX, 0, false);
    insert(d->writer, 10);
    fault_disarm();
    return fault_seen();
}

static void test_few_calls(void **state)
{
    struct database d;

    (void)state;
    open_database(&d, "");
    assert_in_range(writes_for_ten(&d), 1, 2);
    close_database(&d);
}

/* Where the log is padded to whole sectors, and part of that is written after the sync, it is left
 * as it is. */
static void test_none_held_where_sectors_are_padded(void **state)
{
    struct database d;

    (void)state;
    open_database(&d, "?psow=0");
    assert_true(writes_for_ten(&d) >= 20);
    insert(d.writer, 1);
    assert_int_equal(ask(d.reader, "SELECT count(*) FROM t"), 11);
    close_database(&d);
}

/* Longer than what is held at once, and than the page cache, so that its own pages are read back.
 */
static void test_long_transaction(void **state)
{
    struct database d;

    (void)state;
    open_database(&d, "");
    run(d.writer, "BEGIN");
    insert(d.writer, ROWS);
    run(d.writer, "UPDATE t SET octets = randomblob(length(octets)) WHERE i % 3 = 0");
    assert_int_equal(ask(d.writer, "SELECT sum(length(octets)) FROM t"),
                     (int64_t)ROWS * ROW_OCTETS);
    assert_int_equal(ask(d.reader, "SELECT count(*) FROM t"), 0);
    run(d.writer, "COMMIT");
    assert_int_equal(ask(d.reader, "SELECT sum(length(octets)) FROM t"),
                     (int64_t)ROWS * ROW_OCTETS);
    assert_int_equal(ask(d.reader, "SELECT count(*) FROM pragma_integrity_check"
                                   " WHERE integrity_check = 'ok'"),
                     1);
    close_database(&d);
}

/* What stands in the log is there for others, and for whoever opens it next. */
static void test_checkpoint_and_reopen(void **state)
{
    struct database d;

    (void)state;
    open_database(&d, "");
    for (int i = 0; i < 20; i++) {
        insert(d.writer, 7);
        assert_int_equal(ask(d.reader, "SELECT count(*) FROM t"), 7 * (i + 1));
        if (i % 5 == 4)
            run(d.writer,
                i % 2 ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    sqlite3_close(d.writer);
    assert_int_equal(sqlite3_open_v2(d.uri, &d.writer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
                                     log_vfs_name(d.log)),
                     SQLITE_OK);
    assert_int_equal(ask(d.writer, "SELECT count(*) FROM t"), 140);
    close_database(&d);
}

/* The transaction fails, with this error, and takes nothing else with it. */
static void check_failure(unsigned call, unsigned n, int error)
{
    struct database d;

    open_database(&d, "");
    insert(d.writer, 5);
    run(d.writer, "BEGIN");
    insert(d.writer, 100);
    fault_arm(call, n, error, false);
    assert_int_equal(sqlite3_exec(d.writer, "COMMIT", NULL, NULL, NULL) & 0xff, error & 0xff);
    assert_int_equal(fault_disarm(), 1);
    sqlite3_exec(d.writer, "ROLLBACK", NULL, NULL, NULL);
    assert_int_equal(ask(d.reader, "SELECT count(*) FROM t"), 5);
    insert(d.writer, 3);
    assert_int_equal(ask(d.reader, "SELECT count(*) FROM t"), 8);
    assert_int_equal(ask(d.writer, "SELECT count(*) FROM pragma_integrity_check"
                                   " WHERE integrity_check = 'ok'"),
                     1);
    close_database(&d);
}

static void test_what_cannot_be_written_fails(void **state)
{
    (void)state;
    check_failure(FAULT_WRITE_LOG, 1, SQLITE_FULL);
    check_failure(FAULT_WRITE_LOG, 1, SQLITE_IOERR_WRITE);
    check_failure(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC);
}

static void test_unknown_base(void **state)
{
    struct log_vfs *log = NULL;

    (void)state;
    assert_int_equal(log_vfs_new("no such VFS", &log), X4_ENOTFOUND);
    assert_null(log);
    log_vfs_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_calls),
        cmocka_unit_test(test_none_held_where_sectors_are_padded),
        cmocka_unit_test(test_long_transaction),
        cmocka_unit_test(test_checkpoint_and_reopen),
        cmocka_unit_test(test_what_cannot_be_written_fails),
        cmocka_unit_test(test_unknown_base),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
