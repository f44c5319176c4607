/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of store.h on items and deliveries, over every engine. */
#include "fixture.h"

/* ---- items ----------------------------------------------------------------------------------- */

static void item_comes_back_as_put_and_as_changed(void **state)
{
    struct fixture *f = *state;
    struct store_item item = make_item(2, 1);
    struct store_item out;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    item.state = STORE_DEFERRED;
    item.attempts = 3;
    item.next_ms = 777;
    item.reason = SLICE_LIT("no route");
    COMMIT_OK(f, store_put_item(txn, &item));
    assert_int_equal(store_get_item(f->store, 2, &f->arena, &out), X4_OK);
    assert_int_equal(out.object_id, 1);
    assert_int_equal(out.state, STORE_DEFERRED);
    assert_int_equal(out.attempts, 3);
    assert_int_equal(out.next_ms, 777);
    assert_int_equal(out.expires_ms, 99);
    assert_slice(out.queue, "/cn=out");
    assert_slice(out.recipients, "\1\2\3");
    assert_slice(out.reason, "no route");
    assert_int_equal(count_items(f), 1);
}

static void item_without_object_fails_alone(void **state)
{
    struct fixture *f = *state;
    const struct store_item item = make_item(2, 1);

    COMMIT_FAILS(f, X4_ENOTFOUND, store_put_item(txn, &item));
    assert_int_equal(count_items(f), 0);
}

static void object_goes_with_its_last_reference(void **state)
{
    struct fixture *f = *state;
    const struct store_item second = make_item(3, 1);
    const struct store_delivery delivery = {.id = 2, .object_id = 1, .mailbox = SLICE_LIT("/m")};
    struct store_object out;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    COMMIT_OK(f, store_put_item(txn, &second));
    COMMIT_OK(f, store_put_delivery(txn, &delivery)); /* its id equals an item's */
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    COMMIT_OK(f, store_delete_item(txn, 3, 1));
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &out), X4_OK);
    COMMIT_OK(f, store_delete_delivery(txn, 2, 1));
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &out), X4_ENOTFOUND);
    assert_sound(f);
}

static void item_moves_to_another_queue_in_one_transaction(void **state)
{
    struct fixture *f = *state;
    const struct store_item other = make_item(3, 1);

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    COMMIT_OK(f, {
        store_delete_item(txn, 2, 1);
        store_put_item(txn, &other);
    });
    assert_content(f, 1, "x");
    assert_int_equal(count_items(f), 1);
    assert_sound(f);
}

static void deleting_twice_is_no_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    COMMIT_OK(f, store_delete_delivery(txn, 2, 1));
    COMMIT_OK(f, store_delete_entry(txn, SLICE_LIT("/cn=none")));
    COMMIT_OK(f, store_drop_chunks(txn, 1));
}

static void large_content_goes_with_its_object(void **state)
{
    struct fixture *f = *state;
    struct store_object out;

    put_large(f, 1, 2, 40 * LIMIT_CHUNK); /* more than is removed at once */
    COMMIT_OK(f, store_delete_item(txn, 2, 1));
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &out), X4_ENOTFOUND);
    for (int i = 0; i < 10; i++)
        store_dispatch(f->store);
    assert_sound(f);
}

static bool see_item(void *ctx, const struct store_queued *queued)
{
    return see(ctx, "%lld ", (long long)queued->item.id);
}

static void scan_serves_urgent_first_then_by_arrival(void **state)
{
    static const struct {
        int64_t id;
        int priority;
        int64_t arrival_ms;
    } rows[] = {{10, 0, 500}, {20, 1, 100}, {30, 2, 900}, {40, 0, 400}, {50, 2, 800}, {60, 1, 50}};
    struct fixture *f = *state;
    struct seen seen = {.stop_after = 0};
    struct seen two = {.stop_after = 2};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_object object = make_object(f, rows[i].id, "x");
        const struct store_item item = make_item(rows[i].id + 1, rows[i].id);

        object.priority = rows[i].priority;
        object.arrival_ms = rows[i].arrival_ms;
        COMMIT_OK(f, {
            store_put_object(txn, &object);
            store_put_item(txn, &item);
        });
    }
    assert_int_equal(store_scan_items(f->store, see_item, &seen), X4_OK);
    assert_string_equal(seen.text, "51 31 41 11 61 21 ");
    assert_int_equal(store_scan_items(f->store, see_item, &two), X4_OK);
    assert_string_equal(two.text, "51 31 ");
}

static bool check_queued(void *ctx, const struct store_queued *queued)
{
    ++*(int *)ctx;
    assert_int_equal(queued->kind, STORE_REPORT);
    assert_int_equal(queued->priority, 2);
    assert_int_equal(queued->arrival_ms, 5);
    assert_int_equal(queued->content_len, 1);
    assert_slice(queued->mts_id, "changed");
    assert_slice(queued->source, "/cn=elsewhere");
    assert_slice(queued->item.queue, "/cn=out");
    return true;
}

static void changed_object_keeps_its_content_and_its_items_follow(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    int count = 0;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    object.kind = STORE_REPORT;
    object.priority = 2;
    object.arrival_ms = 5;
    object.content_len = 1;
    object.mts_id = SLICE_LIT("changed");
    object.source = SLICE_LIT("/cn=elsewhere");
    COMMIT_OK(f, store_put_object(txn, &object));
    assert_content(f, 1, "x");
    assert_int_equal(store_scan_items(f->store, check_queued, &count), X4_OK);
    assert_int_equal(count, 1);
    assert_sound(f);
}

static bool read_inside(void *ctx, const struct store_queued *queued)
{
    struct fixture *f = ctx;
    struct store_item item;
    unsigned all = 0;

    assert_content(f, queued->item.object_id, "x");
    assert_int_equal(store_get_item(f->store, queued->item.id, &f->arena, &item), X4_OK);
    all = count_items(f);
    assert_int_equal(all, 2);
    return true;
}

static void scans_and_reads_nest(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    assert_int_equal(put_message(f, 3, 4, "x"), X4_OK);
    assert_int_equal(store_scan_items(f->store, read_inside, f), X4_OK);
}

/* ---- deliveries ------------------------------------------------------------------------------ */

static bool see_delivery(void *ctx, const struct store_delivery *delivery)
{
    return see(ctx, "%lld%s ", (long long)delivery->id, delivery->read ? "r" : "");
}

static void mailboxes_are_apart(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.stop_after = 0};
    struct store_delivery delivery = {
        .id = 5, .object_id = 1, .delivered_ms = 9, .envelope = SLICE_LIT("shown")};
    struct store_delivery out;

    assert_int_equal(put_message(f, 1, 2, "x"), X4_OK);
    delivery.mailbox = SLICE_LIT("/cn=anna");
    COMMIT_OK(f, store_put_delivery(txn, &delivery));
    delivery.id = 4;
    COMMIT_OK(f, store_put_delivery(txn, &delivery));
    delivery.id = 6;
    delivery.mailbox = SLICE_LIT("/cn=ann");
    COMMIT_OK(f, store_put_delivery(txn, &delivery));
    COMMIT_OK(f, store_set_read(txn, 5, true));
    COMMIT_OK(f, store_set_read(txn, 99, true)); /* not there: nothing happens */
    assert_int_equal(store_scan_deliveries(f->store, SLICE_LIT("/cn=anna"), see_delivery, &seen),
                     X4_OK);
    assert_string_equal(seen.text, "4 5r ");
    assert_int_equal(store_get_delivery(f->store, 5, &f->arena, &out), X4_OK);
    assert_true(out.read);
    assert_int_equal(out.delivered_ms, 9);
    assert_slice(out.mailbox, "/cn=anna");
    assert_slice(out.envelope, "shown");
    COMMIT_OK(f, store_set_read(txn, 5, false));
    assert_int_equal(store_get_delivery(f->store, 5, &f->arena, &out), X4_OK);
    assert_false(out.read);
    delivery.object_id = 77;
    COMMIT_FAILS(f, X4_ENOTFOUND, store_put_delivery(txn, &delivery));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(item_comes_back_as_put_and_as_changed),
        CASE(item_without_object_fails_alone),
        CASE(object_goes_with_its_last_reference),
        CASE(item_moves_to_another_queue_in_one_transaction),
        CASE(deleting_twice_is_no_error),
        CASE(large_content_goes_with_its_object),
        CASE(scan_serves_urgent_first_then_by_arrival),
        CASE(changed_object_keeps_its_content_and_its_items_follow),
        CASE(scans_and_reads_nest),
        CASE(mailboxes_are_apart),
    };

    return RUN_EVERYWHERE(tests);
}
