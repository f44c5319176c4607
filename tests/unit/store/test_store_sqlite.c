/* SPDX-License-Identifier: Apache-2.0 */
/* What only a store on disk promises: the lock, modes, ids and contents over restarts and damage,
 * the schema's version. */
#include "fixture.h"

#include "store/sql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    static struct fixture shared;

    fixture_open(&shared, "sqlite", false);
    *state = &shared;
    return 0;
}

/* Runs SQL behind the store's back, and closes without leaving a log behind. */
static void tamper(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(fixture_path(f, "store.db"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static int open_again(struct fixture *f, struct store **store)
{
    return store_open(&f->params, store, f->text, sizeof(f->text));
}

/* ---- the lock and the files ------------------------------------------------------------------ */

static void second_opening_is_refused_with_the_holders_name(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;
    char process[32];

    f->params.owner = "mta2";
    f->params.now_ms = 1800000000000;
    assert_int_equal(open_again(f, &second), X4_EBUSY);
    assert_null(second);
    assert_non_null(strstr(f->text, "mta1"));
    snprintf(process, sizeof(process), "process %ld,", (long)getpid());
    assert_non_null(strstr(f->text, process));
    store_close(&f->store);
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_int_equal(open_again(f, &second), X4_EBUSY);
    assert_non_null(strstr(f->text, "mta2"));
    assert_non_null(strstr(f->text, "since 2027-01-15T08:00:00Z"));
}

static void lock_file_shows_only_printable_text(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;
    FILE *file = fopen(fixture_path(f, "lock"), "w");

    assert_non_null(file);
    fputs("\033[2Jevil\nsecond line", file);
    fclose(file);
    assert_int_equal(open_again(f, &second), X4_EBUSY);
    assert_non_null(strstr(f->text, "in use by ?[2Jevil"));
    assert_null(strstr(f->text, "second"));
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void files_are_private_whatever_the_umask(void **state)
{
    static const char *const names[] = {"store.db", "store.db-wal", "lock"};
    struct fixture *f = *state;
    mode_t before;

    store_close(&f->store);
    fixture_remove_tree(f->directory);
    before = umask(0);
    assert_int_equal(open_again(f, &f->store), X4_OK);
    umask(before);
    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    assert_int_equal(mode_of(f->directory), 0700);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(mode_of(fixture_path(f, names[i])), 0600);
}

static void directory_that_cannot_be_made_is_told(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;

    f->params.directory = "/nonexistent/deeper/store";
    assert_int_equal(open_again(f, &other), X4_ENOTFOUND);
    assert_non_null(strstr(f->text, "/nonexistent/deeper/store: No such file"));
    f->params.directory = NULL;
    assert_int_equal(open_again(f, &other), X4_EINVAL);
    f->params.directory = f->directory;
    f->params.engine = "stone";
    assert_int_equal(open_again(f, &other), X4_EUNSUPP);
    assert_non_null(strstr(f->text, "stone"));
    f->params.engine = NULL;
    assert_int_equal(open_again(f, &other), X4_EUNSUPP);
}

static void file_that_is_no_database_is_refused(void **state)
{
    struct fixture *f = *state;
    FILE *file;

    store_close(&f->store);
    file = fopen(fixture_path(f, "store.db"), "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is a text and not a database\n", file);
    fclose(file);
    assert_int_equal(open_again(f, &f->store), X4_EIO);
    assert_non_null(strstr(f->text, "not a database"));
}

/* ---- over restarts --------------------------------------------------------------------------- */

static void everything_is_there_after_a_restart(void **state)
{
    struct fixture *f = *state;
    const struct store_event event = {.number = 1, .json = SLICE_LIT("{}")};

    assert_int_equal(put_message(f, 1, 2, "kept"), X4_OK);
    COMMIT_OK(f, {
        store_put_digest(txn, SLICE_LIT("d"), 5);
        store_put_event(txn, &event);
    });
    fixture_reopen(f);
    assert_content(f, 1, "kept");
    assert_int_equal(count_items(f), 1);
    assert_true(store_has_digest(f->store, SLICE_LIT("d")));
    COMMIT_OK(f, store_put_event(txn, &event)); /* its number is free */
    assert_int_equal(count_events(f), 2);
    assert_sound(f);
}

static void ids_grow_over_restarts_and_backward_clocks(void **state)
{
    static const int64_t clocks[] = {1800000000000, 1700000000000, 1, 1800000000000, 0};
    struct fixture *f = *state;
    int64_t last = store_new_id(f->store);

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        int64_t id;

        f->params.now_ms = clocks[i];
        fixture_reopen(f);
        id = store_new_id(f->store);
        assert_true(id > last);
        last = id;
    }
}

/* Ids of objects that an old backup does not know must not come again. */
static void ids_grow_after_an_old_backup_is_copied_back(void **state)
{
    struct fixture *f = *state;
    int64_t last;

    f->params.now_ms = 1800000000000;
    fixture_reopen(f);
    store_close(&f->store);
    tamper(f, "CREATE TABLE backup AS SELECT * FROM meta");
    f->params.now_ms += 60000;
    assert_int_equal(open_again(f, &f->store), X4_OK);
    last = store_new_id(f->store);
    store_close(&f->store);
    tamper(f, "DELETE FROM meta; INSERT INTO meta SELECT * FROM backup");
    f->params.now_ms += 60000;
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_true(store_new_id(f->store) > last);
}

static void ids_grow_beyond_every_id_in_the_tables(void **state)
{
    struct fixture *f = *state;
    const int64_t far = INT64_C(0x7000000012345678);

    assert_int_equal(put_message(f, 5, far, "x"), X4_OK);
    fixture_reopen(f);
    assert_true(store_new_id(f->store) > far);
}

static int64_t contents_size(struct fixture *f)
{
    struct stat st;

    assert_int_equal(stat(fixture_path(f, "contents"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    return st.st_size;
}

static void room_of_interrupted_receptions_is_used_again(void **state)
{
    static const uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;

    put_large(f, 1, 2, 2 * LIMIT_CHUNK);
    COMMIT_OK(f, store_put_chunk(txn, 3, 0, slice_make(octets, sizeof(octets))));
    assert_int_equal(contents_size(f), 3 * LIMIT_CHUNK);
    assert_sound(f);
    fixture_reopen(f);
    put_large(f, 5, 6, LIMIT_CHUNK + 1);
    assert_int_equal(contents_size(f), 3 * LIMIT_CHUNK + 1);
    assert_sound(f);
}

static void room_of_what_has_gone_is_used_again(void **state)
{
    struct fixture *f = *state;

    for (int64_t id = 1; id < 200; id += 2) {
        put_large(f, id, id + 1, 5 * LIMIT_CHUNK);
        if (id > 2)
            COMMIT_OK(f, store_delete_item(txn, id - 1, id - 2));
    }
    assert_int_equal(contents_size(f), 10 * LIMIT_CHUNK);
    assert_sound(f);
}

static void file_shrinks_after_a_burst(void **state)
{
    struct fixture *f = *state;

    put_large(f, 1, 2, LIMIT_CHUNK + 1);
    put_large(f, 3, 4, 80 * 1024 * 1024);
    COMMIT_OK(f, store_delete_item(txn, 4, 3));
    assert_int_equal(contents_size(f), 2 * LIMIT_CHUNK);
    assert_sound(f);
}

/* ---- read-only ------------------------------------------------------------------------------- */

static void read_only_opening_looks_on(void **state)
{
    struct fixture *f = *state;
    struct fixture viewer;
    struct store_txn *txn;

    assert_int_equal(put_message(f, 1, 2, "seen"), X4_OK);
    viewer = *f;
    viewer.params.read_only = true;
    viewer.params.threaded = true;
    viewer.params.fault = NULL;
    assert_int_equal(open_again(&viewer, &viewer.store), X4_OK); /* although it is locked */
    assert_content(&viewer, 1, "seen");
    assert_int_equal(put_message(f, 3, 4, "later"), X4_OK);
    assert_content(&viewer, 3, "later");
    assert_int_equal(store_new_id(viewer.store), 0);
    txn = store_begin(viewer.store);
    store_delete_item(txn, 2, 1);
    assert_int_equal(commit_wait(&viewer, &txn), X4_EDENIED);
    txn = store_begin(viewer.store);
    store_commit(&txn, NULL, NULL);
    assert_sound(&viewer);
    store_close(&viewer.store);
    assert_int_equal(count_items(f), 2);
}

static void read_only_opening_of_nothing_fails(void **state)
{
    struct fixture *f = *state;
    struct store *store = NULL;

    store_close(&f->store);
    fixture_remove_tree(f->directory);
    f->params.read_only = true;
    assert_int_equal(open_again(f, &store), X4_ENOTFOUND);
    assert_int_not_equal(access(f->directory, F_OK), 0); /* and makes nothing */
}

/* ---- schema ---------------------------------------------------------------------------------- */

/* A store as a program left it that knew version 1 only: contents in the table of chunks. */
static void make_version_1(struct fixture *f)
{
    store_close(&f->store);
    tamper(f, "DROP TABLE places; UPDATE meta SET value = 1 WHERE name = 'schema';"
              "INSERT INTO objects VALUES (1, 0, 0, 1001, 65540, 'm', '/cn=in', x'00', NULL);"
              "INSERT INTO chunks VALUES (1, 0, zeroblob(65536)), (1, 1, CAST('tail' AS BLOB));"
              "INSERT INTO items VALUES (2, 1, 0, 0, 0, 0, '/cn=out', x'00', '', 0, 0, 1, 1001,"
              " 65540, 'm', '/cn=in');"
              "INSERT INTO chunks VALUES (3, 0, zeroblob(65536)); INSERT INTO loose VALUES (3, 0)");
    assert_int_equal(unlink(fixture_path(f, "contents")), 0);
    assert_int_equal(open_again(f, &f->store), X4_OK);
    store_dispatch(f->store);
}

static void assert_tail(struct fixture *f, int64_t object_id)
{
    char octets[8];
    size_t got = 0;

    assert_int_equal(store_read_content(f->store, object_id, 65535, octets, 8, &got), X4_OK);
    assert_int_equal(got, 5);
    assert_memory_equal(octets, "\0tail", 5);
}

static void contents_of_version_1_are_read_copied_and_removed(void **state)
{
    struct fixture *f = *state;
    struct store_object report = make_object(f, 5, NULL);
    const struct store_item item = make_item(6, 5);

    make_version_1(f);
    assert_tail(f, 1);
    assert_sound(f);
    report.content_len = 65540;
    COMMIT_OK(f, {
        store_put_object(txn, &report);
        store_copy_content(txn, 1, 5);
        store_put_item(txn, &item);
    });
    assert_tail(f, 5);
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    store_dispatch(f->store);
    assert_sound(f);
    store_close(&f->store);
    tamper(f, "CREATE TABLE empty (n CHECK (n = 0)); INSERT INTO empty SELECT COUNT(*) FROM chunks;"
              "INSERT INTO empty SELECT COUNT(*) FROM loose; DROP TABLE empty");
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_tail(f, 5);
}

static void newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;

    store_close(&f->store);
    tamper(f, "UPDATE meta SET value = 99 WHERE name = 'schema'");
    for (int i = 0; i < 2; i++) {
        f->params.read_only = i == 1;
        assert_int_equal(open_again(f, &f->store), X4_EUNSUPP);
        assert_non_null(strstr(f->text, "schema version 99"));
        assert_non_null(strstr(f->text, "newer"));
    }
}

static void database_without_tables_is_brought_up_to_date(void **state)
{
    struct fixture *f = *state;

    store_close(&f->store);
    fixture_remove_tree(f->directory);
    assert_int_equal(mkdir(f->directory, 0700), 0);
    tamper(f, "CREATE TABLE other (x); DROP TABLE other");
    f->params.read_only = true;
    assert_int_equal(open_again(f, &f->store), X4_EUNSUPP);
    assert_non_null(strstr(f->text, "start the server"));
    f->params.read_only = false;
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
}

/* Parameters are bound by position; this is what makes $1 the first. */
static void parameters_are_numbered_in_the_order_of_their_use(void **state)
{
    struct fixture *f = *state;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(fixture_path(f, "store.db"), &db), SQLITE_OK);
    for (int id = 0; id < SQL_COUNT; id++) {
        sqlite3_stmt *stmt = NULL;

        assert_non_null(sql_text[id]);
        assert_int_equal(sqlite3_prepare_v2(db, sql_text[id], -1, &stmt, NULL), SQLITE_OK);
        for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
            char want[16];

            snprintf(want, sizeof(want), "$%d", i);
            assert_string_equal(sqlite3_bind_parameter_name(stmt, i), want);
        }
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void damage_is_found(void **state)
{
    static const struct {
        const char *sql;
        const char *want;
    } damages[] = {
        {"DELETE FROM objects WHERE id = 1", "item without its object: 2"},
        {"UPDATE deliveries SET object_id = 9", "delivery without its object: 4"},
        {"UPDATE items SET arrival_ms = 0", "item that contradicts its object: 2"},
        {"DELETE FROM items", "object that nothing refers to: 1"},
        {"UPDATE objects SET content_len = 9 WHERE id = 1; UPDATE items SET content_len = 9",
         "content with a wrong length: 1"},
        {"DELETE FROM places", "content that is incomplete: 5"},
        {"UPDATE places SET length = 2", "content that is incomplete: 5"},
        {"INSERT INTO chunks VALUES (5, 0, x'00')", "content that is incomplete: 5"},
        {"INSERT INTO chunks VALUES (1, 0, x'00')", "content that is there twice: 1"},
        {"INSERT INTO places VALUES (1, 1, x'00000000')", "content that is there twice: 1"},
        {"INSERT INTO chunks VALUES (77, 0, x'00')", "content that nothing owns: 77"},
        {"INSERT INTO places VALUES (77, 1, x'00000000')", "content that nothing owns: 77"},
        {"UPDATE places SET blocks = x'00000001'", "content that is not in its file: 5"},
        {"UPDATE places SET blocks = x'0000000000000000'", "content that is not in its file: 5"},
        {"INSERT INTO places VALUES (6, 3, x'00000000'); INSERT INTO objects SELECT 6, 3, priority,"
         " arrival_ms, 3, mts_id, source, envelope, NULL FROM objects WHERE id = 5",
         "content that shares its place with another: 6"},
    };
    struct fixture *f = *state;
    struct store_object object = make_object(f, 5, NULL);
    const struct store_delivery delivery = {.id = 4, .object_id = 5, .mailbox = SLICE_LIT("/m")};

    object.content_len = 3;
    assert_int_equal(put_message(f, 1, 2, "inside"), X4_OK);
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_chunk(txn, 5, 0, SLICE_LIT("out"));
        store_put_delivery(txn, &delivery);
    });
    store_close(&f->store);
    tamper(f, "VACUUM");
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        char command[FIXTURE_PATH * 3];

        snprintf(command, sizeof(command), "cp -f %s/store.db %s/copy", f->directory, f->directory);
        assert_int_equal(system(command), 0);
        tamper(f, damages[i].sql);
        assert_int_equal(open_again(f, &f->store), X4_OK);
        assert_int_equal(store_check(f->store, f->text, sizeof(f->text)), X4_EIO);
        assert_string_equal(f->text, damages[i].want);
        store_close(&f->store);
        snprintf(command, sizeof(command), "cp -f %s/copy %s/store.db", f->directory, f->directory);
        assert_int_equal(system(command), 0);
    }
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_sound(f);
}

static void missing_block_is_an_error_and_not_an_end(void **state)
{
    struct fixture *f = *state;
    uint8_t octets[100];
    size_t got = 0;

    put_large(f, 1, 2, 3 * LIMIT_CHUNK);
    store_close(&f->store);
    assert_int_equal(truncate(fixture_path(f, "contents"), LIMIT_CHUNK + 50), 0);
    assert_int_equal(open_again(f, &f->store), X4_OK);
    assert_int_equal(store_read_content(f->store, 1, 0, octets, 100, &got), X4_OK);
    assert_int_equal(store_read_content(f->store, 1, LIMIT_CHUNK, octets, 100, &got), X4_EIO);
    assert_int_equal(got, 0);
}

/* The tables' pages are scrambled, the header is left. */
static void scrambled_pages_are_found(void **state)
{
    struct fixture *f = *state;
    FILE *file;

    for (int i = 0; i < 100; i++)
        assert_int_equal(put_message(f, 10 + i, 1000 + i, "some content"), X4_OK);
    store_close(&f->store);
    file = fopen(fixture_path(f, "store.db"), "r+");
    assert_non_null(file);
    for (long page = 2; page < 20; page++) {
        fseek(file, page * 4096 + 200, SEEK_SET);
        for (int i = 0; i < 500; i++)
            fputc(i * 37 & 0xff, file);
    }
    fclose(file);
    if (open_again(f, &f->store) == X4_OK)
        assert_int_equal(store_check(f->store, f->text, sizeof(f->text)), X4_EIO);
    assert_true(strlen(f->text) > 0);
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(second_opening_is_refused_with_the_holders_name),
        CASE(lock_file_shows_only_printable_text),
        CASE(files_are_private_whatever_the_umask),
        CASE(directory_that_cannot_be_made_is_told),
        CASE(file_that_is_no_database_is_refused),
        CASE(everything_is_there_after_a_restart),
        CASE(ids_grow_over_restarts_and_backward_clocks),
        CASE(ids_grow_after_an_old_backup_is_copied_back),
        CASE(ids_grow_beyond_every_id_in_the_tables),
        CASE(room_of_interrupted_receptions_is_used_again),
        CASE(room_of_what_has_gone_is_used_again),
        CASE(file_shrinks_after_a_burst),
        CASE(read_only_opening_looks_on),
        CASE(read_only_opening_of_nothing_fails),
        CASE(contents_of_version_1_are_read_copied_and_removed),
        CASE(newer_schema_is_refused),
        CASE(database_without_tables_is_brought_up_to_date),
        CASE(parameters_are_numbered_in_the_order_of_their_use),
        CASE(damage_is_found),
        CASE(missing_block_is_an_error_and_not_an_end),
        CASE(scrambled_pages_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
