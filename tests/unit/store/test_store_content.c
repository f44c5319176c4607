/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of store.h on objects and their contents, over every engine. */
#include "fixture.h"

/* ---- objects and contents -------------------------------------------------------------------- */

static void object_comes_back_as_put(void **state)
{
    struct fixture *f = *state;
    struct store_object out;

    assert_int_equal(put_message(f, 1, 2, "hello"), X4_OK);
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &out), X4_OK);
    assert_int_equal(out.id, 1);
    assert_int_equal(out.kind, STORE_MESSAGE);
    assert_int_equal(out.arrival_ms, 1001);
    assert_int_equal(out.content_len, 5);
    assert_slice(out.mts_id, "mts-1");
    assert_slice(out.source, "/cn=in");
    assert_slice(out.envelope, "envelope");
    assert_false(slice_present(out.content));
    assert_content(f, 1, "hello");
}

static void absent_slices_come_back_empty(void **state)
{
    struct fixture *f = *state;
    const struct store_object object = {.id = 1, .kind = STORE_REPORT};
    const struct store_item item = {.id = 2, .object_id = 1};
    struct store_object got_object;
    struct store_item got_item;
    size_t got = 9;

    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &got_object), X4_OK);
    assert_int_equal(got_object.envelope.len, 0);
    assert_int_equal(got_object.kind, STORE_REPORT);
    assert_int_equal(store_get_item(f->store, 2, &f->arena, &got_item), X4_OK);
    assert_int_equal(got_item.queue.len, 0);
    assert_int_equal(store_read_content(f->store, 1, 0, &got_item, 1, &got), X4_OK);
    assert_int_equal(got, 0);
    assert_sound(f);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct store_object object;
    struct store_item item;
    struct store_delivery delivery;
    char octet;
    size_t got = 9;

    assert_int_equal(store_get_object(f->store, 7, &f->arena, &object), X4_ENOTFOUND);
    assert_int_equal(store_get_item(f->store, 7, &f->arena, &item), X4_ENOTFOUND);
    assert_int_equal(store_get_delivery(f->store, 7, &f->arena, &delivery), X4_ENOTFOUND);
    assert_int_equal(store_read_content(f->store, 7, 0, &octet, 1, &got), X4_ENOTFOUND);
    assert_int_equal(got, 0);
    assert_false(store_has_digest(f->store, SLICE_LIT("nothing")));
}

static void small_arena_gives_enomem(void **state)
{
    struct fixture *f = *state;
    struct arena tiny;
    struct store_object object;

    assert_int_equal(put_message(f, 1, 2, "hello"), X4_OK);
    arena_init(&tiny, 4);
    assert_int_equal(store_get_object(f->store, 1, &tiny, &object), X4_ENOMEM);
    arena_free(&tiny);
}

/* Reads of every alignment around the borders of chunks. */
static void large_content_reads_from_any_offset(void **state)
{
    static const uint64_t len = 3 * LIMIT_CHUNK + 1000;
    static const uint64_t offsets[] = {0,
                                       1,
                                       LIMIT_CHUNK - 1,
                                       LIMIT_CHUNK,
                                       2 * LIMIT_CHUNK - 5,
                                       3 * LIMIT_CHUNK + 999,
                                       3 * LIMIT_CHUNK + 1000,
                                       3 * LIMIT_CHUNK + 5000};
    static uint8_t got_octets[2 * LIMIT_CHUNK + 10];
    static uint8_t want[2 * LIMIT_CHUNK + 10];
    struct fixture *f = *state;

    put_large(f, 1, 2, len);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        const uint64_t left = offsets[i] < len ? len - offsets[i] : 0;
        const size_t expect = left < sizeof(want) ? (size_t)left : sizeof(want);
        size_t got = 0;

        fill_pattern(want, sizeof(want), offsets[i]);
        assert_int_equal(
            store_read_content(f->store, 1, offsets[i], got_octets, sizeof(got_octets), &got),
            X4_OK);
        assert_int_equal(got, expect);
        assert_memory_equal(got_octets, want, got);
    }
    assert_sound(f);
}

static void content_of_just_one_chunk_fits_inside(void **state)
{
    static uint8_t octets[LIMIT_CHUNK + 1];
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    const struct store_item item = make_item(2, 1);
    size_t got = 0;

    object.content = slice_make(octets, LIMIT_CHUNK + 1);
    object.content_len = LIMIT_CHUNK + 1;
    COMMIT_FAILS(f, X4_EINVAL, store_put_object(txn, &object));
    object.content.len = object.content_len = LIMIT_CHUNK;
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
    assert_int_equal(store_read_content(f->store, 1, LIMIT_CHUNK - 1, octets, 10, &got), X4_OK);
    assert_int_equal(got, 1);
}

static void chunks_may_be_handed_over(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    struct store_item item = make_item(2, 1);
    uint8_t octets[10];
    struct buf data;
    size_t got;

    object.content_len = 5;
    buf_init(&data, LIMIT_CHUNK + 1);
    buf_text(&data, "hello");
    COMMIT_OK(f, {
        store_give_chunk(txn, 1, 0, &data);
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
    assert_null(data.p);
    assert_int_equal(store_read_content(f->store, 1, 0, octets, sizeof(octets), &got), X4_OK);
    assert_true(slice_eq(slice_make(octets, got), SLICE_LIT("hello")));
    COMMIT_FAILS(f, X4_EINVAL, store_give_chunk(txn, 3, 0, &data)); /* it is empty */
    buf_text(&data, "x");
    COMMIT_FAILS(f, X4_EINVAL, store_give_chunk(txn, 0, 0, &data));
    buf_grow(&data, LIMIT_CHUNK);
    COMMIT_FAILS(f, X4_EINVAL, store_give_chunk(txn, 3, 0, &data));
    buf_free(&data);
}

static void content_must_be_as_long_as_stated(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, "hello");

    object.content_len = 4;
    COMMIT_FAILS(f, X4_EINVAL, store_put_object(txn, &object));
    object.content = SLICE_NONE;
    COMMIT_FAILS(f, X4_EMISSING, store_put_object(txn, &object));
    COMMIT_FAILS(f, X4_EMISSING, {
        store_put_chunk(txn, 1, 1, SLICE_LIT("four")); /* seq 0 is missing */
        store_put_object(txn, &object);
    });
    COMMIT_FAILS(f, X4_EMISSING, {
        store_put_chunk(txn, 1, 0, SLICE_LIT("four"));
        store_put_chunk(txn, 1, 1, SLICE_LIT("more"));
        store_put_object(txn, &object);
    });
    object.content_len = LIMIT_CHUNK + 4;
    COMMIT_FAILS(f, X4_EMISSING, {
        store_put_chunk(txn, 1, 0, SLICE_LIT("four")); /* not full, and not the last */
        store_put_chunk(txn, 1, 1, SLICE_LIT("more"));
        store_put_object(txn, &object);
    });
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &object), X4_ENOTFOUND);
    assert_sound(f);
}

static void chunks_may_come_in_any_order_of_operations(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    const struct store_item item = make_item(2, 1);

    object.content_len = 4;
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
        store_put_chunk(txn, 1, 0, SLICE_LIT("four"));
    });
    assert_content(f, 1, "four");
    assert_sound(f);
}

static void probe_may_state_a_length_without_content(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    const struct store_item item = make_item(2, 1);

    object.kind = STORE_PROBE;
    object.content_len = 123456;
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
    assert_sound(f);
}

static void empty_or_long_chunk_is_refused(void **state)
{
    static const uint8_t octets[LIMIT_CHUNK + 1];
    struct fixture *f = *state;

    COMMIT_FAILS(f, X4_EINVAL, store_put_chunk(txn, 1, 0, SLICE_LIT("")));
    COMMIT_FAILS(f, X4_EINVAL, store_put_chunk(txn, 1, 0, slice_make(octets, sizeof(octets))));
    COMMIT_FAILS(f, X4_EINVAL, store_put_chunk(txn, 0, 0, SLICE_LIT("x")));
}

static void chunk_may_be_sent_again(void **state)
{
    struct fixture *f = *state;
    struct store_object object = make_object(f, 1, NULL);
    const struct store_item item = make_item(2, 1);

    object.content_len = 5;
    COMMIT_OK(f, store_put_chunk(txn, 1, 0, SLICE_LIT("hel")));
    COMMIT_OK(f, store_put_chunk(txn, 1, 0, SLICE_LIT("hello")));
    COMMIT_OK(f, {
        store_put_object(txn, &object);
        store_put_item(txn, &item);
    });
    assert_content(f, 1, "hello");
}

static void chunks_alone_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    char octets[10];
    size_t got = 0;

    COMMIT_OK(f, store_put_chunk(txn, 1, 0, SLICE_LIT("hello")));
    assert_int_equal(store_read_content(f->store, 1, 0, octets, 10, &got), X4_ENOTFOUND);
    COMMIT_OK(f, store_drop_chunks(txn, 1));
    store_dispatch(f->store);
    assert_sound(f);
}

/* ---- copies ---------------------------------------------------------------------------------- */

static void copied_content_lives_on_without_the_original(void **state)
{
    struct fixture *f = *state;
    struct store_object report = make_object(f, 3, NULL);
    const struct store_item item = make_item(4, 3);

    assert_int_equal(put_message(f, 1, 2, "returned"), X4_OK);
    report.kind = STORE_REPORT;
    report.content_len = 8;
    /* the original goes in the same transaction, before the copy is asked for */
    COMMIT_OK(f, {
        store_delete_item(txn, 2, 1);
        store_put_object(txn, &report);
        store_copy_content(txn, 1, 3);
        store_put_item(txn, &item);
    });
    assert_int_equal(store_get_object(f->store, 1, &f->arena, &report), X4_ENOTFOUND);
    assert_content(f, 3, "returned");
    assert_sound(f);
}

static void large_content_is_copied(void **state)
{
    struct fixture *f = *state;
    struct store_object report = make_object(f, 3, NULL);
    const struct store_item item = make_item(4, 3);
    uint8_t want[16];
    uint8_t octets[16];
    size_t got = 0;

    put_large(f, 1, 2, 2 * LIMIT_CHUNK + 16);
    report.content_len = 2 * LIMIT_CHUNK + 16;
    COMMIT_OK(f, {
        store_copy_content(txn, 1, 3);
        store_put_object(txn, &report);
        store_put_item(txn, &item);
        store_delete_item(txn, 2, 1);
    });
    fill_pattern(want, 16, 2 * LIMIT_CHUNK);
    assert_int_equal(store_read_content(f->store, 3, 2 * LIMIT_CHUNK, octets, 16, &got), X4_OK);
    assert_int_equal(got, 16);
    assert_memory_equal(octets, want, 16);
    assert_sound(f);
}

static void copy_of_nothing_fails(void **state)
{
    struct fixture *f = *state;

    COMMIT_FAILS(f, X4_ENOTFOUND, store_copy_content(txn, 1, 3));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(object_comes_back_as_put),
        CASE(absent_slices_come_back_empty),
        CASE(what_is_not_there_is_not_found),
        CASE(small_arena_gives_enomem),
        CASE(large_content_reads_from_any_offset),
        CASE(content_of_just_one_chunk_fits_inside),
        CASE(chunks_may_be_handed_over),
        CASE(content_must_be_as_long_as_stated),
        CASE(chunks_may_come_in_any_order_of_operations),
        CASE(probe_may_state_a_length_without_content),
        CASE(empty_or_long_chunk_is_refused),
        CASE(chunk_may_be_sent_again),
        CASE(chunks_alone_cannot_be_read),
        CASE(copied_content_lives_on_without_the_original),
        CASE(large_content_is_copied),
        CASE(copy_of_nothing_fails),
    };

    return RUN_EVERYWHERE(tests);
}
