/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of store.h on digests, tracking, events and directory, over every engine. */
#include "fixture.h"

/* ---- digests, tracking, events, directory ---------------------------------------------------- */

static void digest_is_remembered_until_its_time(void **state)
{
    struct fixture *f = *state;

    COMMIT_OK(f, store_put_digest(txn, SLICE_LIT("d\0one"), 100));
    COMMIT_OK(f, store_put_digest(txn, SLICE_LIT("d\0two"), 200));
    COMMIT_OK(f, store_put_digest(txn, SLICE_LIT("d\0one"), 300)); /* longer */
    COMMIT_OK(f, store_expire(txn, 0, 0, 250));
    assert_true(store_has_digest(f->store, SLICE_LIT("d\0one")));
    assert_false(store_has_digest(f->store, SLICE_LIT("d\0two")));
}

static void claimed_digest_stops_a_duplicate_that_is_pending(void **state)
{
    struct fixture *f = *state;
    struct store_txn *first = store_begin(f->store);
    const struct store_event event = {.number = 1, .json = SLICE_LIT("{}")};

    store_claim_digest(first, SLICE_LIT("d"), 100);
    store_commit(&first, NULL, NULL);
    COMMIT_FAILS(f, X4_EEXIST, {
        store_put_event(txn, &event);
        store_claim_digest(txn, SLICE_LIT("d"), 100);
    });
    assert_int_equal(count_events(f), 0);
    assert_true(store_has_digest(f->store, SLICE_LIT("d")));
}

static bool see_track(void *ctx, const struct store_track *track)
{
    return see(ctx, "%lld:%.*s:%.*s ", (long long)track->time_ms, SLICE_ARG(track->action),
               SLICE_ARG(track->detail));
}

static void put_track(struct fixture *f, const char *mts_id, int64_t time_ms, const char *action)
{
    const struct store_track track = {.time_ms = time_ms,
                                      .mts_id = slice_str(mts_id),
                                      .action = slice_str(action),
                                      .detail = SLICE_LIT("{}")};

    COMMIT_OK(f, store_put_track(txn, &track));
}

static void tracking_tells_one_messages_story_in_order(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.stop_after = 0};

    put_track(f, "m1", 30, "transfer-in");
    put_track(f, "m2", 10, "transfer-in");
    put_track(f, "m1", 20, "delivered");
    assert_int_equal(store_scan_track(f->store, SLICE_LIT("m1"), see_track, &seen), X4_OK);
    assert_string_equal(seen.text, "30:transfer-in:{} 20:delivered:{} ");
    COMMIT_OK(f, store_expire(txn, 25, 0, 0));
    seen.text[0] = 0;
    assert_int_equal(store_scan_track(f->store, SLICE_LIT("m2"), see_track, &seen), X4_OK);
    assert_string_equal(seen.text, "");
    assert_int_equal(store_scan_track(f->store, SLICE_LIT("m1"), see_track, &seen), X4_OK);
    assert_string_equal(seen.text, "30:transfer-in:{} 20:delivered:{} "); /* the newest stays */
}

static bool see_event(void *ctx, const struct store_event *event)
{
    return see(ctx, "%lld:%d ", (long long)event->seq, event->number);
}

static void put_event(struct fixture *f, int number, int64_t time_ms)
{
    const struct store_event event = {
        .time_ms = time_ms, .number = number, .severity = 4, .json = SLICE_LIT("{}")};

    COMMIT_OK(f, store_put_event(txn, &event));
}

static void events_are_numbered_and_found_by_number(void **state)
{
    static const struct {
        int64_t after;
        unsigned limit;
        const char *want;
    } scans[] = {{0, 0, "1:9301 2:9302 3:9303 "},
                 {0, 2, "2:9302 3:9303 "},
                 {0, 9,
                  "1:9301 2:9302 "
                  "3:9303 "},
                 {1, 1, "2:9302 3:9303 "},
                 {3, 0, ""}};
    struct fixture *f = *state;

    for (int i = 0; i < 3; i++)
        put_event(f, 9301 + i, 10 * i);
    for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
        struct seen seen = {.stop_after = 0};

        assert_int_equal(
            store_scan_events(f->store, scans[i].after, scans[i].limit, see_event, &seen), X4_OK);
        assert_string_equal(seen.text, scans[i].want);
    }
}

/* Who follows the events by number must never see one twice or miss one. */
static void event_numbers_go_on_after_expiry_and_failure(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.stop_after = 0};
    const struct store_event event = {.number = 5, .json = SLICE_LIT("{}")};

    put_event(f, 1, 10);
    put_event(f, 2, 20);
    COMMIT_OK(f, store_expire(txn, 0, 1000, 0));
    assert_int_equal(count_events(f), 1);
    COMMIT_FAILS(f, X4_ENOTFOUND, {
        store_put_event(txn, &event);
        store_copy_content(txn, 88, 89);
    });
    put_event(f, 3, 30);
    assert_int_equal(store_scan_events(f->store, 2, 0, see_event, &seen), X4_OK);
    assert_string_equal(seen.text, "3:3 ");
}

static void many_old_rows_are_dropped_in_portions(void **state)
{
    struct fixture *f = *state;
    const struct store_event event = {.number = 1, .json = SLICE_LIT("{}")};

    COMMIT_OK(f, {
        for (int i = 0; i < 5001; i++)
            store_put_event(txn, &event);
    });
    COMMIT_OK(f, store_expire(txn, 0, 1000, 0));
    for (int i = 0; i < 2000 && count_events(f) > 1; i++)
        COMMIT_OK(f, store_put_digest(txn, SLICE_LIT("d"), 1));
    assert_int_equal(count_events(f), 1);
}

static void put_entry(struct fixture *f, const char *dn, const char *json)
{
    const struct store_entry entry = {
        .dn = slice_str(dn), .class_name = SLICE_LIT("c"), .json = slice_str(json)};

    COMMIT_OK(f, store_put_entry(txn, &entry));
}

static void directory_is_in_order_of_names(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.stop_after = 0};

    put_entry(f, "/o=b", "1");
    put_entry(f, "/o=a/ou=x", "2");
    put_entry(f, "/o=a", "3");
    put_entry(f, "/o=c", "4");
    put_entry(f, "/o=b", "5");
    COMMIT_OK(f, store_delete_entry(txn, SLICE_LIT("/o=c")));
    assert_int_equal(store_scan_entries(f->store, see_entry, &seen), X4_OK);
    assert_string_equal(seen.text, "/o=a=c3 /o=a/ou=x=c2 /o=b=c5 ");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(digest_is_remembered_until_its_time),
        CASE(claimed_digest_stops_a_duplicate_that_is_pending),
        CASE(tracking_tells_one_messages_story_in_order),
        CASE(events_are_numbered_and_found_by_number),
        CASE(event_numbers_go_on_after_expiry_and_failure),
        CASE(many_old_rows_are_dropped_in_portions),
        CASE(directory_is_in_order_of_names),
    };

    return RUN_EVERYWHERE(tests);
}
