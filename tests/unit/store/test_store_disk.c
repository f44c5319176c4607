/* SPDX-License-Identifier: Apache-2.0 */
/* The store on the simulated disk: power fails in the midst of every change that a workload makes,
 * again and again with other luck. What was said to be done is there, nothing is there by half. And
 * the simulated disk itself: does it lose, tear and lie as it says? */
#include "disk.h"
#include "fixture.h"
#include "store/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 8, LARGE = 2 * LIMIT_CHUNK + 100, SEEDS = 2, CHANGES_MAX = 4000 };

/* What became of a message, as far as the store has said. */
enum fate { UNKNOWN, PUT, NOT_PUT, DELETED };

struct message {
    int64_t id; /* of the object; the item's is one more */
    bool handed;
    bool large;
    bool deleting; /* handed over */
    int put;       /* results; 1: not yet */
    int deleted;
};

struct world {
    struct sim_disk *disk;
    struct sim_process *process;
    struct fixture f;
    struct message messages[MESSAGES];
    int64_t last_id;
};

/* ---- a machine ------------------------------------------------------------------------------- */

static int start(struct world *w)
{
    w->process = sim_process_new(w->disk);
    w->f.params = (struct store_params){.owner = "here", .now_ms = 1800000000000};
    sim_process_params(w->process, &w->f.params);
    return store_open(&w->f.params, &w->f.store, w->f.text, sizeof(w->f.text));
}

static void stop(struct world *w)
{
    store_close(&w->f.store);
    sim_process_free(&w->process);
}

static void world_new(struct world *w, uint64_t seed)
{
    *w = (struct world){.disk = sim_disk_new(seed)};
    arena_init(&w->f.arena, 1 << 20);
}

static void world_free(struct world *w)
{
    stop(w);
    arena_free(&w->f.arena);
    sim_disk_free(&w->disk);
}

static void start_again(struct world *w)
{
    stop(w);
    assert_int_equal(start(w), X4_OK);
}

/* ---- a workload ------------------------------------------------------------------------------ */

static void keep_result(void *ctx, int result)
{
    *(int *)ctx = result;
}

/* In the object's transaction or before it, each in its own, as they come from a peer. */
static void put_chunks(struct world *w, const struct message *m, struct store_txn *txn)
{
    static uint8_t chunk[LIMIT_CHUNK];

    for (uint32_t seq = 0; seq < 3; seq++) {
        const size_t len = seq < 2 ? LIMIT_CHUNK : LARGE % LIMIT_CHUNK;
        struct store_txn *own = txn ? NULL : store_begin(w->f.store);

        fill_pattern(chunk, len, (uint64_t)m->id + seq * LIMIT_CHUNK);
        store_put_chunk(txn ? txn : own, m->id, seq, slice_make(chunk, len));
        if (own)
            store_commit(&own, NULL, NULL);
    }
}

static void hand_over(struct world *w, struct message *m, int number)
{
    struct store_object object;
    struct store_item item;
    struct store_txn *txn;

    *m = (struct message){.id = store_new_id(w->f.store),
                          .handed = true,
                          .large = number % 3 != 0,
                          .put = 1,
                          .deleted = 1};
    store_new_id(w->f.store); /* the item's */
    object = make_object(&w->f, m->id, "some content");
    item = make_item(m->id + 1, m->id);
    assert_true(m->id > w->last_id);
    w->last_id = m->id + 1;
    if (m->large) {
        object.content = SLICE_NONE;
        object.content_len = LARGE;
        if (number % 3 == 2)
            put_chunks(w, m, NULL);
    }
    if (m->large && number % 2)
        store_flush(w->f.store);
    txn = store_begin(w->f.store);
    if (m->large && number % 3 == 1)
        put_chunks(w, m, txn);
    store_put_object(txn, &object);
    store_put_item(txn, &item);
    store_commit(&txn, keep_result, &m->put);
}

static void take_away(struct world *w, struct message *m)
{
    struct store_txn *txn = store_begin(w->f.store);

    m->deleting = true;
    store_delete_item(txn, m->id + 1, m->id);
    store_commit(&txn, keep_result, &m->deleted);
}

/* Messages in groups of two; with each group one of the last goes, and its room is free again when
 * that is durable, not before. The store is closed and opened in between, so that the log is moved
 * into the database. */
static void work(struct world *w)
{
    for (int i = 0; i < MESSAGES && !sim_process_is_dead(w->process); i += 2) {
        if (i == MESSAGES / 2) {
            stop(w);
            if (start(w))
                return;
        }
        if (i >= 2 && w->messages[i - 1].put == X4_OK)
            take_away(w, &w->messages[i - 1]);
        hand_over(w, &w->messages[i], i);
        hand_over(w, &w->messages[i + 1], i + 1);
        store_flush(w->f.store);
    }
}

/* ---- what must be true ----------------------------------------------------------------------- */

static void check_content(struct world *w, const struct message *m)
{
    static uint8_t want[LARGE];
    static uint8_t octets[LARGE];
    size_t got = 0;

    if (!m->large) {
        assert_content(&w->f, m->id, "some content");
        return;
    }
    assert_int_equal(store_read_content(w->f.store, m->id, 0, octets, LARGE, &got), X4_OK);
    assert_int_equal(got, LARGE);
    fill_pattern(want, LARGE, (uint64_t)m->id);
    assert_memory_equal(octets, want, LARGE);
}

static void check_message(struct world *w, const struct message *m)
{
    struct store_object object;
    struct store_item item;
    int rc = store_get_object(w->f.store, m->id, &w->f.arena, &object);

    assert_int_equal(store_get_item(w->f.store, m->id + 1, &w->f.arena, &item), rc);
    assert_true(rc == X4_OK || rc == X4_ENOTFOUND);
    if (m->put == X4_OK && !m->deleting)
        assert_int_equal(rc, X4_OK);
    if (m->deleted == X4_OK)
        assert_int_equal(rc, X4_ENOTFOUND);
    if (rc == X4_OK)
        check_content(w, m);
}

static void check_all(struct world *w)
{
    for (int i = 0; i < MESSAGES; i++) {
        if (w->messages[i].handed)
            check_message(w, &w->messages[i]);
    }
    assert_sound(&w->f);
    assert_true(store_new_id(w->f.store) > w->last_id);
}

/* ---- power cuts ------------------------------------------------------------------------------ */

/* One run with the power failing in the n-th change; false: there are fewer. */
static bool cut_once(uint64_t seed, uint64_t n)
{
    struct world w;
    bool was_cut;

    world_new(&w, seed);
    sim_disk_cut_after(w.disk, n);
    if (start(&w) == X4_OK)
        work(&w);
    was_cut = sim_disk_counts(w.disk)->cuts > 0;
    sim_disk_cut_after(w.disk, 0);
    start_again(&w);
    check_all(&w);
    /* again in the midst of what closing and opening do, or right after */
    sim_disk_cut_after(w.disk, 1 + (seed + n) % 17);
    stop(&w);
    if (start(&w) == X4_OK)
        sim_disk_cut(w.disk);
    sim_disk_cut_after(w.disk, 0);
    start_again(&w);
    check_all(&w);
    world_free(&w);
    return was_cut;
}

static void power_may_fail_in_every_change(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t n = 1;

        while (n < CHANGES_MAX && cut_once(seed * 1000 + n, n))
            n++;
        assert_in_range(n, 60, CHANGES_MAX - 1);
    }
}

/* Every call fails in turn, and the power after the work is done. */
static bool fail_once(unsigned call, uint64_t n, uint64_t times)
{
    struct world w;
    bool failed;

    world_new(&w, n);
    assert_int_equal(start(&w), X4_OK);
    sim_disk_fail(w.disk, call, n, times);
    work(&w);
    sim_disk_fail(w.disk, 0, 0, 0);
    failed = sim_disk_counts(w.disk)->failed > 0;
    if (w.f.store) /* it goes on, so what had failed is not there and cannot come back */
        assert_int_equal(put_message(&w.f, 1, 2, "goes on"), X4_OK);
    sim_disk_cut(w.disk);
    start_again(&w);
    check_all(&w);
    world_free(&w);
    return failed;
}

static void every_call_may_fail_and_then_the_power(void **state)
{
    static const unsigned calls[] = {SIM_DISK_WRITE, SIM_DISK_SYNC, SIM_DISK_ANY};

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        for (uint64_t times = 1; times <= 3; times++) {
            uint64_t n = 1;

            while (n < CHANGES_MAX && fail_once(calls[i], n, times))
                n += 1 + n / 40;
            assert_in_range(n, 10, CHANGES_MAX - 1);
        }
    }
}

/* What was refused is not there after a crash either, be it that something was accepted after it.
 */
static void what_was_refused_stays_away(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct store_object object;
        struct world w;

        world_new(&w, seed);
        assert_int_equal(start(&w), X4_OK);
        assert_int_equal(put_message(&w.f, 1, 2, "before"), X4_OK);
        sim_disk_fail(w.disk, SIM_DISK_SYNC, 1, 1);
        assert_int_equal(put_message(&w.f, 3, 4, "refused"), X4_EIO);
        if (seed % 2)
            assert_int_equal(put_message(&w.f, 5, 6, "after"), X4_OK);
        sim_disk_cut(w.disk);
        start_again(&w);
        assert_content(&w.f, 1, "before");
        if (seed % 2)
            assert_content(&w.f, 5, "after");
        assert_int_equal(store_get_object(w.f.store, 3, &w.f.arena, &object), X4_ENOTFOUND);
        assert_sound(&w.f);
        world_free(&w);
    }
}

/* A process ends while its disk fails. The next one is shown what the system took for written and
 * never wrote: what it builds on that must not fall with it. */
static void next_process_does_not_build_on_what_was_not_written(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct world w;

        world_new(&w, seed);
        assert_int_equal(start(&w), X4_OK);
        assert_int_equal(put_message(&w.f, 1, 2, "before"), X4_OK);
        sim_disk_fail(w.disk, SIM_DISK_SYNC, 1, 1000);
        assert_int_equal(put_message(&w.f, 3, 4, "perhaps"), X4_EIO);
        stop(&w);
        sim_disk_fail(w.disk, 0, 0, 0);
        assert_int_equal(start(&w), X4_OK);
        assert_int_equal(put_message(&w.f, 5, 6, "after"), X4_OK);
        sim_disk_cut(w.disk);
        start_again(&w);
        assert_content(&w.f, 1, "before");
        assert_content(&w.f, 5, "after");
        assert_sound(&w.f);
        world_free(&w);
    }
}

static void full_disk_refuses_and_goes_on(void **state)
{
    (void)state;
    for (uint64_t room = 0; room < 40; room++) {
        struct world w;
        int refused = 0;

        world_new(&w, room);
        assert_int_equal(start(&w), X4_OK);
        sim_disk_set_capacity(w.disk, sim_disk_used(w.disk) + room * 4096);
        assert_true(store_free_space(w.f.store) == (int64_t)room * 4096);
        work(&w);
        for (int i = 0; i < MESSAGES; i++) {
            if (!w.messages[i].handed || w.messages[i].put == X4_OK)
                continue;
            /* missing: an earlier transaction with a chunk of it was refused */
            if (!w.messages[i].large || w.messages[i].put != X4_EMISSING)
                assert_int_equal(w.messages[i].put, X4_EFULL);
            refused++;
        }
        if (room == 0)
            assert_true(refused > 0 && sim_disk_counts(w.disk)->full > 0);
        sim_disk_set_capacity(w.disk, 0);
        if (!w.f.store)
            start_again(&w);
        assert_int_equal(put_message(&w.f, 1, 2, "goes on"), X4_OK);
        start_again(&w);
        check_all(&w);
        world_free(&w);
    }
}

/* A sync of contents that fails takes with it what else was coming in: it may be lost. */
static void failed_sync_of_contents_is_told_to_all_receptions(void **state)
{
    static const struct store_object other = {
        .id = 21, .kind = STORE_QUARANTINE, .content_len = LIMIT_CHUNK};
    static uint8_t octets[LIMIT_CHUNK];
    struct world w;
    struct store_object object;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    object = make_object(&w.f, 11, NULL);
    object.content_len = LIMIT_CHUNK;
    COMMIT_OK(&w.f, store_put_chunk(txn, 11, 0, slice_make(octets, LIMIT_CHUNK)));
    sim_disk_fail(w.disk, SIM_DISK_SYNC, 1, 1);
    COMMIT_FAILS(&w.f, X4_EIO, {
        store_put_chunk(txn, 21, 0, slice_make(octets, LIMIT_CHUNK));
        store_put_object(txn, &other);
    });
    sim_disk_fail(w.disk, 0, 0, 0);
    COMMIT_FAILS(&w.f, X4_EMISSING, store_put_object(txn, &object));
    object.kind = STORE_QUARANTINE;
    COMMIT_OK(&w.f, {
        store_put_chunk(txn, 11, 0, slice_make(octets, LIMIT_CHUNK));
        store_put_object(txn, &object);
    });
    sim_disk_cut(w.disk);
    start_again(&w);
    assert_int_equal(store_get_object(w.f.store, 11, &w.f.arena, &object), X4_OK);
    assert_sound(&w.f);
    world_free(&w);
}

/* One of a group must fail: all are put again, each alone, and no room is lost on the way. */
static void group_that_is_tried_again_leaves_no_room_taken(void **state)
{
    const struct store_files *files;
    struct world w;
    int file;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    for (int round = 0; round < 50; round++) {
        struct message m[2];
        int claim = 1;
        struct store_txn *txn;

        hand_over(&w, &m[0], 1);
        txn = store_begin(w.f.store);
        store_claim_digest(txn, SLICE_LIT("twice"), 1);
        store_commit(&txn, keep_result, &claim);
        hand_over(&w, &m[1], 4);
        store_flush(w.f.store);
        assert_int_equal(claim, round ? X4_EEXIST : X4_OK);
        take_away(&w, &m[0]);
        take_away(&w, &m[1]);
        store_flush(w.f.store);
        assert_int_equal(m[1].deleted, X4_OK);
    }
    files = w.f.params.files;
    file = files->open(files->ctx, "/store/contents", false);
    assert_in_range(files->size(files->ctx, file), 1, 6 * LIMIT_CHUNK);
    files->close(files->ctx, file);
    world_free(&w);
}

/* ---- processes ------------------------------------------------------------------------------- */

static void killed_process_leaves_what_it_wrote(void **state)
{
    struct world w;
    struct world other;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    assert_int_equal(put_message(&w.f, 1, 2, "x"), X4_OK);
    sim_process_kill(w.process);
    assert_int_equal(put_message(&w.f, 3, 4, "too late"), X4_EIO);
    other = (struct world){.disk = w.disk};
    arena_init(&other.f.arena, 1 << 20);
    assert_int_equal(start(&other), X4_OK); /* before the dead one's memory is freed */
    assert_content(&other.f, 1, "x");
    assert_int_equal(count_items(&other.f), 1);
    stop(&w);
    assert_int_equal(put_message(&other.f, 5, 6, "y"), X4_OK);
    assert_sound(&other.f);
    stop(&other);
    arena_free(&other.f.arena);
    world_free(&w);
}

static void two_nodes_share_a_disk_by_turns(void **state)
{
    struct world w;
    struct world other;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    other = (struct world){.disk = w.disk};
    arena_init(&other.f.arena, 1 << 20);
    assert_int_equal(start(&other), X4_EBUSY);
    assert_string_equal(other.f.text,
                        "/store is in use by here, process 1, since 2027-01-15T08:00:00Z");
    stop(&w);
    sim_process_free(&other.process);
    assert_int_equal(start(&other), X4_OK);
    stop(&other);
    arena_free(&other.f.arena);
    world_free(&w);
}

/* A tool reads while the server writes. */
static void reader_beside_the_writer(void **state)
{
    struct world w;
    struct world tool;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    tool = (struct world){.disk = w.disk, .process = sim_process_new(w.disk)};
    arena_init(&tool.f.arena, 1 << 20);
    tool.f.params = (struct store_params){.read_only = true};
    sim_process_params(tool.process, &tool.f.params);
    assert_int_equal(put_message(&w.f, 1, 2, "one"), X4_OK);
    assert_int_equal(store_open(&tool.f.params, &tool.f.store, tool.f.text, FIXTURE_TEXT), X4_OK);
    assert_content(&tool.f, 1, "one");
    assert_int_equal(put_message(&w.f, 3, 4, "two"), X4_OK);
    assert_content(&tool.f, 3, "two");
    stop(&w);
    assert_content(&tool.f, 3, "two");
    stop(&tool);
    arena_free(&tool.f.arena);
    world_free(&w);
}

static void slow_syncs_take_virtual_time(void **state)
{
    const struct sim_disk_chances chances = {.sync_is_slow = 1000000, .slow_ms = 10};
    struct world w;
    int64_t ms;

    (void)state;
    world_new(&w, 1);
    assert_int_equal(start(&w), X4_OK);
    assert_int_equal(sim_process_take_delay(w.process), 0);
    sim_disk_set_chances(w.disk, &chances);
    assert_int_equal(put_message(&w.f, 1, 2, "x"), X4_OK);
    ms = sim_process_take_delay(w.process);
    assert_in_range(ms, 1, 10 * (int64_t)sim_disk_counts(w.disk)->slow);
    assert_int_equal(sim_process_take_delay(w.process), 0);
    world_free(&w);
}

/* ---- the disk itself ------------------------------------------------------------------------- */

enum care { NOT_SYNCED, SYNCED, SYNC_FAILED };

static const struct store_files *new_process(struct sim_disk *disk, struct sim_process **process)
{
    struct store_params params = {.engine = NULL};

    *process = sim_process_new(disk);
    sim_process_params(*process, &params);
    return params.files;
}

static void write_file(const struct store_files *files, enum care care)
{
    uint8_t octets[2 * SIM_SECTOR];
    const int file = files->open(files->ctx, "/file", true);

    memset(octets, 7, sizeof(octets));
    assert_true(file >= 0);
    assert_int_equal(files->sync_directory(files->ctx, "/"), 0);
    assert_int_equal(files->write(files->ctx, file, slice_make(octets, sizeof(octets)), 0), 0);
    if (care == SYNC_FAILED)
        assert_int_equal(files->sync(files->ctx, file), -EIO);
    if (care != NOT_SYNCED)
        assert_int_equal(files->sync(files->ctx, file), 0);
}

/* Two sectors are written; how many octets of them are there after a cut. */
static unsigned left_after_cut(uint64_t seed, enum care care)
{
    struct sim_disk *disk = sim_disk_new(seed);
    struct sim_process *process;
    const struct store_files *files = new_process(disk, &process);
    uint8_t got[2 * SIM_SECTOR] = {0};
    unsigned left = 0;

    sim_disk_fail(disk, SIM_DISK_SYNC, 2, care == SYNC_FAILED);
    write_file(files, care);
    if (care != SYNC_FAILED)
        assert_int_equal(sim_disk_is_clean(disk), care == SYNCED);
    sim_disk_cut(disk);
    assert_true(sim_disk_is_clean(disk));
    sim_process_free(&process);
    files = new_process(disk, &process);
    assert_true(
        files->read(files->ctx, files->open(files->ctx, "/file", true), got, sizeof(got), 0) >= 0);
    for (size_t i = 0; i < sizeof(got); i++)
        left += got[i] == 7;
    sim_process_free(&process);
    sim_disk_free(&disk);
    return left;
}

static void cut_loses_keeps_and_tears_what_was_not_synced(void **state)
{
    unsigned none = 0;
    unsigned all = 0;
    unsigned one = 0;
    unsigned torn = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const unsigned left = left_after_cut(seed, NOT_SYNCED);

        none += left == 0;
        one += left == SIM_SECTOR;
        all += left == 2 * SIM_SECTOR;
        torn += left % SIM_SECTOR != 0;
        assert_int_equal(left_after_cut(seed, NOT_SYNCED), left);
        assert_int_equal(left_after_cut(seed, SYNCED), 2 * SIM_SECTOR);
    }
    assert_true(none > 10 && all > 10 && one > 10 && torn > 10);
}

static void second_sync_does_not_mend_the_first(void **state)
{
    unsigned lost = 0;
    unsigned kept = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const unsigned left = left_after_cut(seed, SYNC_FAILED);

        lost += left == 0;
        kept += left == 2 * SIM_SECTOR;
    }
    assert_true(lost > 10 && kept > 10);
}

/* Names that were made or removed, without a sync of their directory. */
static void cut_loses_and_keeps_names(void **state)
{
    unsigned made = 0;
    unsigned removed = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct sim_disk *disk = sim_disk_new(seed);
        struct sim_process *process;
        const struct store_files *files = new_process(disk, &process);

        assert_int_equal(files->make_directory(files->ctx, "/kept"), 0);
        assert_int_equal(files->sync_directory(files->ctx, "/"), 0);
        assert_int_equal(files->make_directory(files->ctx, "/kept"), -EEXIST);
        assert_true(files->open(files->ctx, "/kept/old", true) >= 0);
        assert_int_equal(files->open(files->ctx, "/missing/file", true), -ENOENT);
        assert_int_equal(files->sync_directory(files->ctx, "/kept"), 0);
        assert_int_equal(files->make_directory(files->ctx, "/new"), 0);
        assert_true(files->open(files->ctx, "/new/file", true) >= 0);
        sim_disk_cut(disk);
        assert_int_equal(files->exists(files->ctx, "/kept"), -EIO);
        sim_process_free(&process);
        files = new_process(disk, &process);
        assert_int_equal(files->exists(files->ctx, "/kept"), 0);
        assert_int_equal(files->exists(files->ctx, "/kept/old"), 0);
        made += files->exists(files->ctx, "/new") == 0;
        removed += files->exists(files->ctx, "/new/file") != 0;
        if (files->exists(files->ctx, "/new") != 0)
            assert_int_equal(files->exists(files->ctx, "/new/file"), -ENOENT);
        sim_process_free(&process);
        sim_disk_free(&disk);
    }
    assert_in_range(made, 20, 180);
    assert_in_range(removed, 20, 190);
}

#undef CASE
#define CASE(name) cmocka_unit_test(name)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(cut_loses_keeps_and_tears_what_was_not_synced),
        CASE(second_sync_does_not_mend_the_first),
        CASE(cut_loses_and_keeps_names),
        CASE(power_may_fail_in_every_change),
        CASE(every_call_may_fail_and_then_the_power),
        CASE(what_was_refused_stays_away),
        CASE(next_process_does_not_build_on_what_was_not_written),
        CASE(full_disk_refuses_and_goes_on),
        CASE(failed_sync_of_contents_is_told_to_all_receptions),
        CASE(group_that_is_tried_again_leaves_no_room_taken),
        CASE(killed_process_leaves_what_it_wrote),
        CASE(two_nodes_share_a_disk_by_turns),
        CASE(reader_beside_the_writer),
        CASE(slow_syncs_take_virtual_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
