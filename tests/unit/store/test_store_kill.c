/* SPDX-License-Identifier: Apache-2.0 */
/* A process that writes is killed at some moment, over and over, on one store. What it had said to
 * be done is there, nothing is there by half, and no id comes again. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20, UNDER_WAY = 8, CHUNKS = 3, WORDS_MAX = 1 << 17, LIFE_MS_MAX = 60 };

/* What the writer tells over the pipe, in the order of events. */
enum word { GIVEN_OUT, PUT, TO_BE_DELETED, DELETED };

struct told {
    int64_t id;
    enum word word;
};

/* ---- the writer ------------------------------------------------------------------------------ */

struct job {
    struct writer *writer;
    int64_t object_id;
    int64_t item_id;
    bool deleting;
};

struct writer {
    struct fixture *f;
    int pipe;
    unsigned count;
    struct job jobs[UNDER_WAY];
};

static void tell(const struct writer *w, int64_t id, enum word word)
{
    const struct told told = {.id = id, .word = word};

    if (write(w->pipe, &told, sizeof(told)) != sizeof(told))
        _exit(1);
}

static void start_job(struct job *job);

static void on_done(void *ctx, int result)
{
    struct job *job = ctx;

    if (result)
        _exit(2);
    tell(job->writer, job->object_id, job->deleting ? DELETED : PUT);
    start_job(job);
}

/* Every third message has its chunks in transactions of their own, as they come from a peer. */
static void put_content(const struct job *job, struct store_object *object)
{
    static uint8_t chunk[LIMIT_CHUNK];

    if (job->object_id % 3 != 0)
        return;
    object->content = SLICE_NONE;
    object->content_len = CHUNKS * LIMIT_CHUNK;
    for (uint32_t seq = 0; seq < CHUNKS; seq++) {
        struct store_txn *txn = store_begin(job->writer->f->store);

        fill_pattern(chunk, sizeof(chunk), (uint64_t)seq * LIMIT_CHUNK);
        store_put_chunk(txn, job->object_id, seq, slice_make(chunk, sizeof(chunk)));
        store_commit(&txn, NULL, NULL);
    }
}

static void start_job(struct job *job)
{
    struct writer *w = job->writer;
    struct store_txn *txn = store_begin(w->f->store);

    job->deleting = !job->deleting && job->object_id && w->count++ % 2 == 0;
    if (job->deleting) {
        tell(w, job->object_id, TO_BE_DELETED);
        store_delete_item(txn, job->item_id, job->object_id);
    } else {
        struct store_object object;
        struct store_item item;

        job->object_id = store_new_id(w->f->store);
        job->item_id = store_new_id(w->f->store);
        tell(w, job->item_id, GIVEN_OUT);
        object = make_object(w->f, job->object_id, "a small content");
        item = make_item(job->item_id, job->object_id);
        put_content(job, &object);
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    }
    store_commit(&txn, on_done, job);
}

static void write_until_killed(struct fixture *f, int fd)
{
    struct writer w = {.f = f, .pipe = fd};

    if (store_open(&f->params, &f->store, f->text, sizeof(f->text)) != X4_OK)
        _exit(3);
    for (int i = 0; i < UNDER_WAY; i++) {
        w.jobs[i].writer = &w;
        start_job(&w.jobs[i]);
    }
    for (;;)
        store_dispatch(f->store);
}

/* ---- the observer ---------------------------------------------------------------------------- */

static struct told all[WORDS_MAX];
static size_t all_count;

static bool hear(int fd)
{
    assert_in_range(all_count, 0, WORDS_MAX - 1);
    return read(fd, &all[all_count], sizeof(all[0])) == sizeof(all[0]) && ++all_count;
}

/* Lets a writer live for some time after it has done something. */
static void run_writer(struct fixture *f, long life_us)
{
    const struct timespec life = {.tv_nsec = life_us * 1000};
    int ends[2];
    int status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        write_until_killed(f, ends[1]);
    }
    close(ends[1]);
    for (size_t start = all_count; all_count < start + 4 * UNDER_WAY;)
        assert_true(hear(ends[0]));
    nanosleep(&life, NULL); /* the pipe's room keeps it from running far ahead */
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (hear(ends[0]))
        ;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check_content(struct fixture *f, int64_t id)
{
    static uint8_t octets[CHUNKS * LIMIT_CHUNK + 1];
    static uint8_t want[CHUNKS * LIMIT_CHUNK];
    size_t got = 0;

    if (id % 3 != 0) {
        assert_content(f, id, "a small content");
        return;
    }
    fill_pattern(want, sizeof(want), 0);
    assert_int_equal(store_read_content(f->store, id, 0, octets, sizeof(octets), &got), X4_OK);
    assert_int_equal(got, sizeof(want));
    assert_memory_equal(octets, want, sizeof(want));
}

/* Is the message there that the word at this place speaks of? Later words may say otherwise. */
static void check_word(struct fixture *f, size_t at)
{
    struct store_object object;
    int rc = store_get_object(f->store, all[at].id, &f->arena, &object);

    if (all[at].word == DELETED) {
        assert_int_equal(rc, X4_ENOTFOUND);
    } else if (all[at].word == PUT) {
        for (size_t i = at + 1; i < all_count && i < at + 8 * UNDER_WAY; i++) {
            if (all[i].id == all[at].id)
                return; /* deleted, or about to be */
        }
        assert_int_equal(rc, X4_OK);
        check_content(f, all[at].id);
    }
}

static void killed_writer_leaves_what_it_said(void **state)
{
    struct fixture *f = *state;
    int64_t top = 0;
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    store_close(&f->store);
    for (int round = 0; round < ROUNDS; round++) {
        size_t start = all_count;

        run_writer(f, rand_r(&seed) % (LIFE_MS_MAX * 1000));
        assert_int_equal(store_open(&f->params, &f->store, f->text, sizeof(f->text)), X4_OK);
        for (size_t i = start; i < all_count; i++) {
            if (all[i].word == GIVEN_OUT && all[i].id > top)
                top = all[i].id;
            check_word(f, i);
        }
        assert_true(store_new_id(f->store) > top);
        assert_sound(f);
        arena_reset(&f->arena);
        store_close(&f->store);
    }
    for (size_t i = 0; i < all_count; i++) { /* still, after all the others */
        if (i == 0)
            assert_int_equal(store_open(&f->params, &f->store, f->text, sizeof(f->text)), X4_OK);
        check_word(f, i);
    }
}

static int setup(void **state)
{
    static struct fixture shared;

    fixture_open(&shared, "sqlite", true);
    shared.params.fault = NULL;
    *state = &shared;
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_writer_leaves_what_it_said, setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
