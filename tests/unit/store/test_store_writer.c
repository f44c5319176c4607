/* SPDX-License-Identifier: Apache-2.0 */
/* Who executes what when: transactions that nobody waits for are put off, but not for ever. */
#include "fixture.h"

#include "store/writer.h"

#include <semaphore.h>
#include <stdlib.h>

enum { TEXT = 64, MS_US = 1000, SECOND_MS = 1000 };

/* An engine that only remembers in which groups it was asked for what. */
struct notebook {
    struct engine engine;
    char seen[TEXT]; /* "(aB)(c)": groups of transactions by name */
    size_t len;
    struct timespec began; /* the last group */
    struct writer writer;
    sem_t woken;
    struct list ended;
};

static struct notebook *book_of(struct engine *engine)
{
    return (struct notebook *)(void *)engine;
}

static void note(struct engine *engine, char c)
{
    struct notebook *book = book_of(engine);

    assert_true(book->len < TEXT - 1);
    book->seen[book->len++] = c;
}

static int begin(struct engine *engine)
{
    clock_gettime(CLOCK_MONOTONIC, &book_of(engine)->began);
    note(engine, '(');
    return X4_OK;
}

static int apply(struct engine *engine, const struct op *op)
{
    note(engine, (char)op->u.gone.id);
    return X4_OK;
}

static int settle(struct engine *engine, const struct op *op)
{
    (void)engine;
    (void)op;
    return X4_OK;
}

static int commit(struct engine *engine)
{
    note(engine, ')');
    return X4_OK;
}

static int upkeep(struct engine *engine, bool *more)
{
    (void)engine;
    *more = false;
    return X4_OK;
}

static const struct engine_ops notebook_ops = {
    .name = "notebook",
    .begin = begin,
    .apply = apply,
    .settle = settle,
    .commit = commit,
    .upkeep = upkeep,
};

static void on_wake(void *ctx)
{
    sem_post(ctx);
}

static void ignore(void *ctx, int result)
{
    (void)ctx;
    (void)result;
}

static int setup(void **state)
{
    struct notebook *book = calloc(1, sizeof(*book));
    const struct store_params params = {
        .threaded = true, .wake = on_wake, .wake_ctx = book ? &book->woken : NULL};

    if (!book)
        return -1;
    book->engine.ops = &notebook_ops;
    list_init(&book->ended);
    sem_init(&book->woken, 0, 0);
    *state = book;
    return writer_start(&book->writer, &book->engine, &params);
}

static void forget(struct notebook *book)
{
    LIST_EACH_SAFE(it, &book->ended)
    {
        struct store_txn *txn = LIST_ITEM(it, struct store_txn, link);

        list_remove(it);
        store_abandon(&txn);
    }
}

static int teardown(void **state)
{
    struct notebook *book = *state;

    forget(book);
    sem_destroy(&book->woken);
    free(book);
    return 0;
}

/* Capitals are waited for. */
static void submit(struct notebook *book, char name)
{
    struct store_txn *txn = store_begin(NULL);

    assert_non_null(txn);
    store_delete_item(txn, name, 1);
    txn->done = ignore;
    txn->lazy = name >= 'a';
    writer_submit(&book->writer, txn);
}

/* Until so many have ended. */
static void await(struct notebook *book, size_t count)
{
    struct writer_fault fault;

    for (size_t ended = 0; ended < count;) {
        sem_wait(&book->woken);
        writer_collect(&book->writer, &book->ended, &fault);
        assert_int_equal(fault.error, X4_OK);
        ended = 0;
        LIST_EACH(it, &book->ended)
        ended++;
    }
}

static int64_t ms_between(const struct timespec *from, const struct timespec *to)
{
    return (int64_t)(to->tv_sec - from->tv_sec) * SECOND_MS +
           (to->tv_nsec - from->tv_nsec) / (MS_US * MS_US);
}

static void what_nobody_waits_for_is_put_off(void **state)
{
    struct notebook *book = *state;
    struct timespec handed_over;

    clock_gettime(CLOCK_MONOTONIC, &handed_over);
    submit(book, 'a');
    await(book, 1);
    assert_true(ms_between(&handed_over, &book->began) >= LAZY_MS - 1);
    writer_stop(&book->writer);
    assert_string_equal(book->seen, "(a)");
}

/* A machine that stands still for 20 ms between the two calls is all that could part them. */
static void it_goes_with_what_somebody_waits_for(void **state)
{
    enum { TRIES = 20 };
    struct notebook *book = *state;
    bool together = false;

    for (int i = 0; i < TRIES && !together; i++) {
        book->len = 0;
        memset(book->seen, 0, sizeof(book->seen));
        submit(book, 'a');
        submit(book, 'b');
        submit(book, 'C');
        await(book, 3);
        together = strcmp(book->seen, "(abC)") == 0;
        forget(book);
    }
    writer_stop(&book->writer);
    assert_true(together);
}

static void many_are_not_put_off(void **state)
{
    struct notebook *book = *state;
    struct store_txn *txn;

    for (int i = 0; i < LAZY_TXNS_MAX; i++) {
        txn = store_begin(NULL);
        assert_non_null(txn);
        txn->lazy = true;
        writer_submit(&book->writer, txn);
    }
    await(book, LAZY_TXNS_MAX);
    writer_stop(&book->writer);
}

static void who_waits_for_all_waits_for_them_too(void **state)
{
    struct notebook *book = *state;

    submit(book, 'a');
    writer_wait(&book->writer);
    await(book, 1);
    assert_string_equal(book->seen, "(a)");
    writer_stop(&book->writer);
}

static void stopping_executes_them(void **state)
{
    struct notebook *book = *state;

    submit(book, 'a');
    submit(book, 'b');
    writer_stop(&book->writer);
    assert_int_equal(book->seen[book->len - 1], ')');
    assert_non_null(strchr(book->seen, 'a'));
    assert_non_null(strchr(book->seen, 'b'));
    LIST_EACH_SAFE(it, &book->writer.ended)
    {
        list_remove(it);
        list_push_back(&book->ended, it); /* for teardown() */
    }
}

#define WITH_BOOK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_BOOK(what_nobody_waits_for_is_put_off),
        WITH_BOOK(it_goes_with_what_somebody_waits_for),
        WITH_BOOK(many_are_not_put_off),
        WITH_BOOK(who_waits_for_all_waits_for_them_too),
        WITH_BOOK(stopping_executes_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
