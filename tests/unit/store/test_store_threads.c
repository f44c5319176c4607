/* SPDX-License-Identifier: Apache-2.0 */
/* The store with its own thread: grouping, order, reading meanwhile, and bounded memory. */
#include "fixture.h"

#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static sem_t woken;

static void on_wake(void *ctx)
{
    sem_post(ctx);
}

static int setup(void **state)
{
    static struct fixture shared;

    sem_init(&woken, 0, 0);
    fixture_open(&shared, "sqlite", true);
    shared.params.wake = on_wake;
    shared.params.wake_ctx = &woken;
    fixture_reopen(&shared);
    *state = &shared;
    return 0;
}

struct line {
    int ended;  /* transactions so far */
    int big_at; /* where in the order */
    int small_at;
};

struct place {
    struct line *line;
    int *at;
};

static void note_place(void *ctx, int result)
{
    const struct place *place = ctx;

    assert_int_equal(result, X4_OK);
    place->line->ended++;
    if (place->at)
        *place->at = place->line->ended;
}

static void wait_for(struct fixture *f, const int *what, int count)
{
    while (*what < count) {
        sem_wait(&woken);
        store_dispatch(f->store);
    }
}

/* A small transaction behind much else is done when its turn has come, and so is a large one. */
static void transactions_end_in_their_order(void **state)
{
    enum { COUNT = 2000, BIG = 700, SMALL = 701 };
    static uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;
    struct line line = {.ended = 0};
    struct place any = {.line = &line};
    struct place big = {.line = &line, .at = &line.big_at};
    struct place small = {.line = &line, .at = &line.small_at};

    for (int i = 1; i <= COUNT; i++) {
        struct store_txn *txn = store_begin(f->store);

        for (uint32_t seq = 0; i == BIG && seq < 200; seq++)
            store_put_chunk(txn, 1, seq, slice_make(octets, sizeof(octets)));
        store_put_digest(txn, slice_make(&i, sizeof(i)), 1);
        store_commit(&txn, note_place, i == BIG ? &big : i == SMALL ? &small : &any);
    }
    wait_for(f, &line.ended, COUNT);
    assert_int_equal(line.big_at, BIG);
    assert_int_equal(line.small_at, SMALL);
    assert_int_equal(store_pending(f->store), 0);
}

static bool see_pair(void *ctx, const struct store_entry *entry)
{
    char *texts = ctx;

    memcpy(texts + (entry->dn.p[0] == 'b' ? 16 : 0), entry->json.p, entry->json.len);
    return true;
}

/* Two entries are changed together, so they are seen alike. */
static void readers_see_whole_transactions_only(void **state)
{
    enum { CHANGES = 50, ROUNDS_MAX = 1000000, UNDER_WAY = 20 };
    struct fixture *f = *state;
    struct line line = {.ended = 0};
    struct place any = {.line = &line};
    unsigned changes = 0;
    char before[16] = "";

    for (int i = 0; i < ROUNDS_MAX && changes < CHANGES; i++) {
        char json[16] = "";
        char seen[2][16] = {"", ""};
        struct store_entry entry = {.dn = SLICE_LIT("a"), .class_name = SLICE_LIT("c")};
        struct store_txn *txn = store_begin(f->store);

        snprintf(json, sizeof(json), "%08d", i);
        entry.json = slice_str(json);
        store_put_entry(txn, &entry);
        entry.dn = SLICE_LIT("b");
        store_put_entry(txn, &entry);
        store_commit(&txn, note_place, &any);
        assert_int_equal(store_scan_entries(f->store, see_pair, seen), X4_OK);
        assert_string_equal(seen[0], seen[1]);
        changes += strcmp(before, seen[0]) != 0;
        memcpy(before, seen[0], sizeof(before));
        wait_for(f, &line.ended, i - UNDER_WAY);
    }
    store_flush(f->store);              /* the completions refer to what is ours */
    assert_int_equal(changes, CHANGES); /* it did go on while we were reading */
}

static bool dawdle(void *ctx, const struct store_queued *queued)
{
    struct fixture *f = ctx;

    (void)queued;
    for (int i = 0; i < 20; i++) {
        struct store_txn *txn = store_begin(f->store);

        store_put_digest(txn, slice_make(&i, sizeof(i)), 1);
        store_commit(&txn, NULL, NULL);
    }
    return true;
}

static void scan_does_not_wait_for_commits_nor_commits_for_a_scan(void **state)
{
    struct fixture *f = *state;

    for (int i = 1; i <= 20; i++)
        assert_int_equal(put_message(f, i, 100 + i, "x"), X4_OK);
    assert_int_equal(store_scan_items(f->store, dawdle, f), X4_OK);
    store_flush(f->store);
    assert_int_equal(store_pending(f->store), 0);
    assert_sound(f);
}

/* The log must not grow with what has passed through it. */
static void log_stays_bounded(void **state)
{
    static uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;
    FILE *file;
    long size;

    for (int64_t id = 1; id <= 24; id++) {
        COMMIT_OK(f, {
            for (uint32_t seq = 0; seq < 128; seq++)
                store_put_chunk(txn, id, seq, slice_make(octets, sizeof(octets)));
        });
        COMMIT_OK(f, store_drop_chunks(txn, id));
    }
    file = fopen(fixture_path(f, "store.db-wal"), "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    fclose(file);
    assert_in_range(size, 1, 80 * 1024 * 1024); /* 192 MiB have passed */
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void large_content_streams_in_bounded_memory(void **state)
{
    enum { LEN = 64 * 1024 * 1024, PIECE = 100000 };
    static uint8_t octets[PIECE];
    static uint8_t want[PIECE];
    struct fixture *f = *state;
    const long before = resident_kib();

    assert_true(before > 0);
    put_large(f, 1, 2, LEN);
    for (uint64_t at = 0; at < LEN;) {
        size_t got = 0;

        assert_int_equal(store_read_content(f->store, 1, at, octets, PIECE, &got), X4_OK);
        fill_pattern(want, got, at);
        assert_true(got > 0);
        assert_memory_equal(octets, want, got);
        at += got;
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* these keep what was freed   \
                                                                     */
    assert_in_range(resident_kib() - before, 0, 45 * 1024);         /* two caches of 16 MiB */
#endif
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    store_flush(f->store);
    fixture_reopen(f);
    assert_sound(f);
}

#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(transactions_end_in_their_order),
        CASE(readers_see_whole_transactions_only),
        CASE(scan_does_not_wait_for_commits_nor_commits_for_a_scan),
        CASE(log_stays_bounded),
        CASE(large_content_streams_in_bounded_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
