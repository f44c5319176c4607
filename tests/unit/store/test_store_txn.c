/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of store.h on transactions, over every engine. */
#include "fixture.h"

#include <stdio.h>

/* ---- transactions ---------------------------------------------------------------------------- */

static void nothing_of_a_failed_transaction_remains(void **state)
{
    struct fixture *f = *state;
    const struct store_object object = make_object(f, 10, "new");
    const struct store_object changed = make_object(f, 1, "changed");
    const struct store_item item = make_item(11, 10);
    const struct store_item orphan = make_item(12, 99);
    const struct store_entry entry = {.dn = SLICE_LIT("/o=x")};
    struct store_object out;
    struct seen seen = {.stop_after = 0};

    assert_int_equal(put_message(f, 1, 2, "old"), X4_OK);
    COMMIT_FAILS(f, X4_ENOTFOUND, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
        store_put_object(txn, &changed);
        store_put_digest(txn, SLICE_LIT("d"), 5);
        store_put_entry(txn, &entry);
        store_delete_item(txn, 2, 1);
        store_put_item(txn, &orphan);
    });
    assert_int_equal(store_get_object(f->store, 10, &f->arena, &out), X4_ENOTFOUND);
    assert_content(f, 1, "old");
    assert_int_equal(count_items(f), 1);
    assert_false(store_has_digest(f->store, SLICE_LIT("d")));
    assert_int_equal(store_scan_entries(f->store, see_entry, &seen), X4_OK);
    assert_string_equal(seen.text, "");
    assert_sound(f);
}

struct order {
    char text[256];
    struct fixture *f;
};

struct named {
    struct order *order;
    int number;
};

static void note_done(void *ctx, int result)
{
    const struct named *named = ctx;
    const size_t len = strlen(named->order->text);

    snprintf(named->order->text + len, sizeof(named->order->text) - len, "%d%s ", named->number,
             result == X4_OK          ? ""
             : result == X4_ENOTFOUND ? "-"
                                      : "?");
}

/* One of the group fails, the others do not notice, and the order stays. */
static void failing_transaction_takes_no_other_with_it(void **state)
{
    struct fixture *f = *state;
    struct order order = {.f = f};
    struct named named[9];

    for (int i = 0; i < 9; i++) {
        const struct store_object object = make_object(f, 10 + i, "x");
        const struct store_item item = make_item(100 + i, i % 4 == 2 ? 999 : 10 + i);
        struct store_txn *txn = store_begin(f->store);

        named[i] = (struct named){.order = &order, .number = i};
        store_put_object(txn, &object);
        store_put_item(txn, &item);
        store_commit(&txn, note_done, &named[i]);
    }
    store_flush(f->store);
    assert_string_equal(order.text, "0 1 2- 3 4 5 6- 7 8 ");
    assert_int_equal(count_items(f), 7);
    assert_int_equal(f->faults, 0); /* somebody was waiting */
    assert_sound(f);
}

static void failure_that_nobody_waits_for_is_told(void **state)
{
    struct fixture *f = *state;
    const struct store_item item = make_item(2, 77);
    struct store_txn *txn = store_begin(f->store);

    store_put_item(txn, &item);
    store_commit(&txn, NULL, NULL);
    store_flush(f->store);
    assert_int_equal(f->faults, 1);
    assert_int_equal(f->fault_error, X4_ENOTFOUND);
    assert_non_null(strstr(f->fault_text, "77"));
    txn = store_begin(f->store);
    store_put_chunk(txn, 1, 0, SLICE_NONE);
    store_commit(&txn, NULL, NULL);
    store_flush(f->store);
    assert_int_equal(f->faults, 2);
    assert_int_equal(f->fault_error, X4_EINVAL);
}

static void overlong_keys_are_refused(void **state)
{
    static const uint8_t octets[LIMIT_ORADDR_TEXT + 1];
    const struct slice s = slice_make(octets, sizeof(octets));
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, "x");
    const struct store_delivery delivery = {.id = 1, .object_id = 1, .mailbox = s};
    const struct store_track track = {.mts_id = s};
    const struct store_entry entry = {.dn = s};

    object.mts_id = s;
    COMMIT_FAILS(f, X4_ELIMIT, store_put_object(txn, &object));
    COMMIT_FAILS(f, X4_ELIMIT, store_put_delivery(txn, &delivery));
    COMMIT_FAILS(f, X4_ELIMIT, store_put_track(txn, &track));
    COMMIT_FAILS(f, X4_ELIMIT, store_put_entry(txn, &entry));
    COMMIT_FAILS(f, X4_ELIMIT, store_delete_entry(txn, s));
    COMMIT_FAILS(f, X4_ELIMIT, store_put_digest(txn, s, 1));
    assert_false(store_has_digest(f->store, s));
}

static void oversized_transaction_fails_with_enomem(void **state)
{
    static const uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;
    struct store_txn *txn = store_begin(f->store);

    for (uint32_t i = 0; i < 3200; i++)
        store_put_chunk(txn, 1, i, slice_make(octets, sizeof(octets)));
    assert_int_equal(commit_wait(f, &txn), X4_ENOMEM);
    assert_int_equal(store_pending(f->store), 0);
}

static void abandoned_transaction_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_txn *txn = store_begin(f->store);
    const struct store_event event = {.number = 1, .json = SLICE_LIT("{}")};

    store_put_event(txn, &event);
    store_abandon(&txn);
    assert_null(txn);
    store_abandon(&txn); /* nothing to do */
    store_flush(f->store);
    assert_int_equal(count_events(f), 0);
}

static void empty_transaction_is_done(void **state)
{
    struct fixture *f = *state;
    struct store_txn *txn = store_begin(f->store);

    assert_int_equal(commit_wait(f, &txn), X4_OK);
}

static void pending_counts_what_has_not_ended(void **state)
{
    static const uint8_t octets[LIMIT_CHUNK];
    struct fixture *f = *state;
    struct store_txn *txn = store_begin(f->store);
    struct buf given;

    assert_int_equal(store_pending(f->store), 0);
    store_put_chunk(txn, 1, 0, slice_make(octets, sizeof(octets)));
    store_commit(&txn, NULL, NULL);
    assert_in_range(store_pending(f->store), LIMIT_CHUNK, LIMIT_CHUNK + 1000);
    store_flush(f->store);
    assert_int_equal(store_pending(f->store), 0);
    txn = store_begin(f->store);
    buf_init(&given, LIMIT_CHUNK);
    buf_append(&given, octets, sizeof(octets));
    store_give_chunk(txn, 1, 0, &given);
    store_commit(&txn, NULL, NULL);
    assert_in_range(store_pending(f->store), LIMIT_CHUNK, LIMIT_CHUNK + 1000);
    store_flush(f->store);
    assert_int_equal(store_pending(f->store), 0);
}

static void ids_grow(void **state)
{
    struct fixture *f = *state;
    int64_t last = 0;

    for (int i = 0; i < 1000; i++) {
        const int64_t id = store_new_id(f->store);

        assert_true(id > last);
        last = id;
    }
}

struct chain {
    struct fixture *f;
    int left;
    bool nested; /* dispatches inside of the completion */
    int done;
};

static void commit_next(void *ctx, int result)
{
    struct chain *chain = ctx;
    struct store_txn *txn;

    assert_int_equal(result, X4_OK);
    chain->done++;
    if (chain->left-- == 0)
        return;
    txn = store_begin(chain->f->store);
    store_commit(&txn, commit_next, chain);
    if (chain->nested)
        store_flush(chain->f->store);
}

static void completions_may_commit_and_flush(void **state)
{
    struct fixture *f = *state;

    for (int nested = 0; nested < 2; nested++) {
        struct chain chain = {.f = f, .left = 5, .nested = nested};
        struct store_txn *txn = store_begin(f->store);

        store_commit(&txn, commit_next, &chain);
        for (int i = 0; i < 20 && chain.done < 6; i++)
            store_flush(f->store);
        assert_int_equal(chain.done, 6);
    }
}

static void keep_last(void *ctx, int result)
{
    *(int *)ctx = result;
}

struct closing {
    struct fixture *f;
    int first;
    int second;
    int third;
};

static void commit_third(void *ctx, int result)
{
    struct closing *closing = ctx;
    struct store_txn *txn = store_begin(closing->f->store);

    closing->second = result;
    store_commit(&txn, keep_last, &closing->third);
}

static void commit_second(void *ctx, int result)
{
    struct closing *closing = ctx;
    struct store_txn *txn = store_begin(closing->f->store);

    closing->first = result;
    store_commit(&txn, commit_third, closing);
}

static void close_runs_what_is_pending(void **state)
{
    struct fixture *f = *state;
    struct closing closing = {.f = f, .first = 1, .second = 1, .third = 1};
    struct store_txn *txn = store_begin(f->store);

    store_commit(&txn, commit_second, &closing);
    fixture_reopen(f);
    assert_int_equal(closing.first, X4_OK);
    assert_int_equal(closing.second, X4_OK);
    assert_int_equal(closing.third, X4_ESTATE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(nothing_of_a_failed_transaction_remains),
        CASE(failing_transaction_takes_no_other_with_it),
        CASE(failure_that_nobody_waits_for_is_told),
        CASE(overlong_keys_are_refused),
        CASE(oversized_transaction_fails_with_enomem),
        CASE(abandoned_transaction_leaves_nothing),
        CASE(empty_transaction_is_done),
        CASE(pending_counts_what_has_not_ended),
        CASE(ids_grow),
        CASE(completions_may_commit_and_flush),
        CASE(close_runs_what_is_pending),
    };

    return RUN_EVERYWHERE(tests);
}
