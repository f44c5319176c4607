/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that is full or fails, at every single call in turn: what was said to be done is there,
 * what was said to have failed is not, and the store goes on. */
#include "fault_vfs.h"
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 6, CALLS_MAX = 400, LARGE = 2 * LIMIT_CHUNK + 100 };

struct outcome {
    int64_t object_id;
    int result;
};

static void keep_result(void *ctx, int result)
{
    *(int *)ctx = result;
}

static void hand_over(struct fixture *f, struct outcome *o, int64_t object_id)
{
    static const uint8_t chunk[LIMIT_CHUNK];
    struct store_object object = make_object(f, object_id, "some content");
    const struct store_item item = make_item(object_id + 1, object_id);
    struct store_txn *txn = store_begin(f->store);

    *o = (struct outcome){.object_id = object_id, .result = 1};
    if (object_id % 3 == 0) {
        object.content = SLICE_NONE;
        object.content_len = LARGE;
        for (uint32_t seq = 0; seq < 3; seq++)
            store_put_chunk(txn, object_id, seq,
                            slice_make(chunk, seq < 2 ? LIMIT_CHUNK : LARGE % LIMIT_CHUNK));
    }
    store_put_object(txn, &object);
    store_put_item(txn, &item);
    store_commit(&txn, keep_result, &o->result);
}

/* Messages in groups of three. */
static void put_some(struct fixture *f, struct outcome *outcomes, int64_t first_id)
{
    for (int i = 0; i < MESSAGES; i++) {
        hand_over(f, &outcomes[i], first_id + 10 * i);
        if (i % 3 == 2)
            store_flush(f->store);
    }
}

/* strict: what has failed is not there. */
static void check_outcomes(struct fixture *f, const struct outcome *outcomes, bool strict)
{
    for (int i = 0; i < MESSAGES; i++) {
        struct store_object object;
        struct store_item item;
        int rc = store_get_object(f->store, outcomes[i].object_id, &f->arena, &object);

        assert_int_equal(store_get_item(f->store, outcomes[i].object_id + 1, &f->arena, &item), rc);
        if (outcomes[i].result == X4_OK)
            assert_int_equal(rc, X4_OK);
        else if (strict)
            assert_int_equal(rc, X4_ENOTFOUND);
    }
    assert_sound(f);
}

/* As if the machine had stopped now: what lies in the files is opened elsewhere. */
static void check_copy(struct fixture *f, const struct outcome *outcomes)
{
    struct fixture copy = {.params = f->params};
    char command[FIXTURE_PATH * 2];

    snprintf(copy.directory, sizeof(copy.directory), "%.200s-copy", f->directory);
    snprintf(command, sizeof(command),
             "d=%s; mkdir $d-copy && cp $d/store.db $d/store.db-wal $d/contents $d-copy",
             f->directory);
    assert_int_equal(system(command), 0);
    arena_init(&copy.arena, 1 << 20);
    copy.params.directory = copy.directory;
    copy.params.fault = NULL;
    assert_int_equal(store_open(&copy.params, &copy.store, copy.text, sizeof(copy.text)), X4_OK);
    check_outcomes(&copy, outcomes, true);
    fixture_close(&copy);
}

struct disk {
    unsigned calls;
    int error;  /* of SQLite */
    int result; /* ours */
    bool sticky;
};

static const struct disk disks[] = {
    {FAULT_WRITE, SQLITE_FULL, X4_EFULL, false},
    {FAULT_WRITE, SQLITE_FULL, X4_EFULL, true},
    {FAULT_WRITE, SQLITE_IOERR_WRITE, X4_EIO, false},
    {FAULT_WRITE, SQLITE_IOERR_WRITE, X4_EIO, true},
    {FAULT_SYNC, SQLITE_IOERR_FSYNC, X4_EIO, false},
    {FAULT_SYNC, SQLITE_IOERR_FSYNC, X4_EIO, true},
};

/* One run, with the n-th call failing; true when so many calls were made. */
static bool run_once(struct fixture *f, const struct disk *disk, unsigned n)
{
    const int64_t first_id = store_new_id(f->store);
    const int64_t last_id = first_id + 10 * MESSAGES;
    struct outcome outcomes[MESSAGES];
    unsigned failed;
    unsigned lost = 0;

    fault_arm(disk->calls, n, disk->error, disk->sticky);
    put_some(f, outcomes, first_id);
    failed = fault_disarm();
    for (int i = 0; i < MESSAGES; i++) {
        if (outcomes[i].result != X4_OK)
            assert_int_equal(outcomes[i].result, disk->result);
        lost += outcomes[i].result != X4_OK;
    }
    /* A full disk that has room again at the next attempt loses nothing at all. */
    assert_int_equal(lost > 0, failed > 0 && (disk->sticky || disk->result == X4_EIO));
    check_outcomes(f, outcomes, true);
    if (!disk->sticky && failed)
        check_copy(f, outcomes);
    assert_int_equal(put_message(f, last_id, last_id + 1, "goes on"), X4_OK);
    fixture_reopen(f);
    check_outcomes(f, outcomes, true);
    assert_content(f, last_id, "goes on");
    return failed > 0;
}

static void every_write_and_flush_may_fail(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        unsigned n = 1;

        while (n < CALLS_MAX && run_once(f, &disks[i], n)) {
            /* the first calls one by one, later ones in leaps */
            n += n < 12 ? 1 : n / 6;
        }
        assert_in_range(n, 3, CALLS_MAX - 1); /* it did fail, and came to an end */
        f->faults = 0;
    }
}

static void device_failure_is_told(void **state)
{
    struct fixture *f = *state;

    fault_arm(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC, false);
    assert_int_equal(put_message(f, 1, 2, "x"), X4_EIO);
    assert_int_equal(fault_disarm(), 1);
    assert_int_equal(f->faults, 1);
    assert_int_equal(f->fault_error, X4_EIO);
    assert_non_null(strstr(f->fault_text, "store.db: disk I/O error"));
}

/* Numbers of events are not used up by what has failed. */
static void event_numbers_have_no_gap_after_a_failure(void **state)
{
    struct fixture *f = *state;
    const struct store_event event = {.number = 1, .json = SLICE_LIT("{}")};

    COMMIT_OK(f, store_put_event(txn, &event));
    fault_arm(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC, false);
    COMMIT_FAILS(f, X4_EIO, store_put_event(txn, &event));
    fault_disarm();
    COMMIT_OK(f, store_put_event(txn, &event));
    assert_int_equal(count_events(f), 2);
}

static void opening_may_fail_at_every_call(void **state)
{
    struct fixture *f = *state;
    int rc = X4_EIO;
    unsigned n;

    for (n = 1; n < CALLS_MAX && rc; n++) {
        store_close(&f->store);
        fixture_remove_tree(f->directory);
        fault_arm(FAULT_WRITE | FAULT_SYNC, n, n % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE, false);
        f->text[0] = 0;
        rc = store_open(&f->params, &f->store, f->text, sizeof(f->text));
        if (fault_disarm() == 0)
            break;
        if (rc) {
            assert_true(rc == X4_EFULL || rc == X4_EIO);
            assert_true(strlen(f->text) > 0);
            assert_null(f->store);
            assert_int_equal(store_open(&f->params, &f->store, f->text, sizeof(f->text)), X4_OK);
        }
        assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
        assert_sound(f);
        rc = X4_EIO;
    }
    assert_in_range(n, 5, CALLS_MAX - 1);
}

static void failing_read_is_no_end_of_data(void **state)
{
    struct fixture *f = *state;
    struct store_object object;
    uint8_t octet;
    size_t got = 0;

    put_large(f, 1, 2, 3 * LIMIT_CHUNK);
    fixture_reopen(f); /* with an empty cache */
    fault_arm(FAULT_READ, 1, SQLITE_IOERR_READ, true);
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &object), X4_EIO);
    assert_int_equal(store_read_content(f->store, 1, 0, &octet, 1, &got), X4_EIO);
    assert_int_equal(store_check(f->store, f->text, sizeof(f->text)), X4_EIO);
    fault_disarm();
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &object), X4_OK);
    assert_sound(f);
}

/* The log has everything, so a checkpoint that fails loses nothing and is tried again. */
static void fill_log(struct fixture *f, int64_t first_id)
{
    static char text[LIMIT_CHUNK];

    memset(text, 'x', sizeof(text) - 1);
    for (int64_t id = first_id; id < first_id + 1400; id += 2)
        assert_int_equal(put_message(f, id, id + 1, text), X4_OK);
}

static void checkpoint_may_fail(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(put_message(f, 1, 2, "before"), X4_OK);
    fault_arm(FAULT_WRITE_DATABASE, 1, SQLITE_IOERR_WRITE, false);
    fill_log(f, 3);
    assert_int_equal(fault_disarm(), 1);
    assert_int_equal(f->faults, 1);
    fill_log(f, 5001);
    assert_int_equal(f->faults, 1);
    fixture_reopen(f);
    assert_content(f, 1, "before");
    assert_int_equal(count_items(f), 1401);
    assert_sound(f);
}

static void lack_of_memory_fails_one_transaction(void **state)
{
    static const uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;

    assert_int_equal(put_message(f, 1, 2, "before"), X4_OK);
    sqlite3_hard_heap_limit64(sqlite3_memory_used() + 20000);
    COMMIT_FAILS(f, X4_ENOMEM, {
        for (int64_t id = 101; id < 165; id++) {
            struct store_object object = make_object(f, id, NULL);

            object.content = slice_make(octets, sizeof(octets));
            object.content_len = sizeof(octets);
            store_put_object(txn, &object);
        }
    });
    sqlite3_hard_heap_limit64(0);
    assert_int_equal(put_message(f, 5, 6, "after"), X4_OK);
    assert_content(f, 1, "before");
    assert_sound(f);
}

#undef CASE
#define CASE(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, fixture_setup_faulty, fixture_teardown_faulty)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(every_write_and_flush_may_fail),
        CASE(device_failure_is_told),
        CASE(event_numbers_have_no_gap_after_a_failure),
        CASE(opening_may_fail_at_every_call),
        CASE(failing_read_is_no_end_of_data),
        CASE(checkpoint_may_fail),
        CASE(lack_of_memory_fails_one_transaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
