/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas and growing buffers: their limits, and what stays valid. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- arena ----------------------------------------------------------------------------------- */

static void arena_gives_zeroed_aligned_memory(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    for (size_t size = 0; size < 300; size++) {
        uint8_t *p = arena_alloc(&a, size);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    arena_free(&a);
}

static void arena_keeps_what_it_gave_while_growing(void **state)
{
    enum { COUNT = 5000 };
    struct arena a;
    int *first;

    (void)state;
    arena_init(&a, 1 << 20);
    first = arena_alloc(&a, sizeof(*first));
    *first = 42;
    for (int i = 0; i < COUNT; i++)
        assert_non_null(arena_alloc(&a, 100));
    assert_int_equal(*first, 42);
    arena_free(&a);
}

static void arena_takes_buffers_over(void **state)
{
    const uint8_t *octets;
    struct arena a;
    struct buf b;

    (void)state;
    arena_init(&a, 1000);
    buf_init(&b, 5000);
    buf_text(&b, "handed over");
    octets = b.p;
    assert_ptr_equal(arena_adopt(&a, &b).p, octets);
    assert_true(a.used >= BUF_MIN);
    assert_int_equal(b.len, 0);
    assert_null(b.p);
    buf_text(&b, "a new one");
    assert_true(slice_eq(arena_adopt(&a, &b), SLICE_LIT("a new one")));
    buf_grow(&b, 2000); /* beyond the maximum: it stays where it is */
    assert_false(slice_present(arena_adopt(&a, &b)));
    assert_int_equal(b.len, 2000);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_null(a.adopted);
    buf_free(&b);
    buf_text(&b, "secret");
    assert_int_equal(arena_adopt(&a, &b).len, 6);
    arena_wipe(&a);
    buf_free(&b);
}

static void arena_has_a_maximum(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1000);
    assert_null(arena_alloc(&a, 1001));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_non_null(arena_alloc(&a, 900));
    assert_null(arena_alloc(&a, 200));
    assert_null(arena_array(&a, SIZE_MAX / 2, 4)); /* the product overflows */
    arena_free(&a);
}

static void arena_tells_a_limit_from_a_lack(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1000);
    assert_int_equal(arena_error(&a), X4_ENOMEM);
    assert_non_null(arena_alloc(&a, 900));
    assert_int_equal(arena_error(&a), X4_ENOMEM);
    assert_null(arena_alloc(&a, 200));
    assert_int_equal(arena_error(&a), X4_ELIMIT);
    arena_reset(&a);
    assert_int_equal(arena_error(&a), X4_ENOMEM);
    arena_free(&a);
}

static void arena_reset_gives_the_room_back(void **state)
{
    struct arena a;
    uint8_t *p;

    (void)state;
    arena_init(&a, 100 * 1024);
    arena_reset(&a); /* nothing there yet */
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 9; i++) {
            p = arena_alloc(&a, 10 * 1024);
            assert_non_null(p);
            assert_int_equal(p[0], 0);
            memset(p, 0xff, 10 * 1024);
        }
        arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    arena_free(&a);
    assert_int_equal(a.max, 100 * 1024);
    assert_non_null(arena_alloc(&a, 1)); /* usable again */
    arena_free(&a);
}

static void arena_copies(void **state)
{
    struct arena a;
    char text[] = "text";
    struct slice copy;
    char *s;

    (void)state;
    arena_init(&a, 64);
    copy = arena_dup(&a, slice_str(text));
    s = arena_str(&a, slice_str(text));
    text[0] = 'n';
    assert_true(slice_eq(copy, SLICE_LIT("text")));
    assert_string_equal(s, "text");
    assert_false(slice_present(arena_dup(&a, SLICE_NONE)));
    assert_true(slice_present(arena_dup(&a, SLICE_LIT(""))));
    assert_string_equal(arena_str(&a, SLICE_NONE), "");
    arena_free(&a);
}

static void arena_joins_what_comes_in_pieces(void **state)
{
    struct arena a;
    struct arena_run run = {.max = 6};
    struct slice first = SLICE_LIT("ab");

    (void)state;
    arena_init(&a, 1 << 10);
    assert_int_equal(arena_run_add(&a, &run, SLICE_NONE), X4_OK);
    assert_int_equal(run.octets.len, 0);
    assert_int_equal(arena_run_add(&a, &run, first), X4_OK);
    assert_ptr_equal(run.octets.p, first.p); /* one piece stays where it is */
    assert_int_equal(a.used, 0);
    assert_int_equal(arena_run_add(&a, &run, SLICE_LIT("cd")), X4_OK);
    assert_int_equal(arena_run_add(&a, &run, SLICE_LIT("ef")), X4_OK);
    assert_true(slice_eq(run.octets, SLICE_LIT("abcdef")));
    assert_int_equal(arena_run_add(&a, &run, SLICE_LIT("g")), X4_ENOMEM);
    run = (struct arena_run){.max = 1 << 11};
    assert_int_equal(arena_run_add(&a, &run, first), X4_OK);
    assert_int_equal(arena_run_add(&a, &run, first), X4_ENOMEM);
    arena_free(&a);
}

static void arena_prints(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64);
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    assert_null(arena_printf(&a, "%100d", 1));
    arena_free(&a);
}

/* ---- buf ------------------------------------------------------------------------------------- */

static void buf_collects(void **state)
{
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0x0a, 0x0b, 0x0c,
                                       0x0d, 'a',  'b',  '7',  '0',  'f'};
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_u8(&b, 1);
    buf_be16(&b, 0x0203);
    buf_be32(&b, 0x0a0b0c0d);
    buf_text(&b, "ab");
    buf_printf(&b, "%d", 7);
    buf_hex(&b, SLICE_LIT("\x0f"));
    assert_int_equal(b.error, X4_OK);
    assert_int_equal(b.len, sizeof(expected));
    assert_memory_equal(b.p, expected, sizeof(expected));
    buf_free(&b);
}

static void buf_error_is_sticky(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    buf_text(&b, "abcd");
    assert_int_equal(b.error, X4_OK);
    buf_u8(&b, 'e');
    assert_int_equal(b.error, X4_ELIMIT);
    assert_int_equal(b.len, 4);
    buf_append(&b, "", 0);
    assert_null(buf_grow(&b, 0));
    assert_null(buf_cstr(&b));
    assert_int_equal(b.len, 4);
    buf_reset(&b);
    assert_int_equal(b.error, X4_OK);
    buf_text(&b, "ok");
    assert_string_equal(buf_cstr(&b), "ok");
    buf_free(&b);
}

static void buf_refuses_sizes_that_overflow(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX / 4);
    buf_text(&b, "x");
    assert_null(buf_grow(&b, SIZE_MAX));
    assert_int_equal(b.error, X4_ELIMIT);
    buf_free(&b);
}

static void buf_consumes_from_the_front(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_text(&b, "headtail");
    buf_consume(&b, 4);
    assert_true(slice_eq(buf_view(&b), SLICE_LIT("tail")));
    buf_consume(&b, 100);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void buf_reserves_without_counting(void **state)
{
    struct buf b;
    const uint8_t *at;

    (void)state;
    buf_init(&b, 1000);
    assert_true(buf_reserve(&b, 1000));
    assert_int_equal(b.len, 0);
    at = b.p;
    assert_ptr_equal(buf_grow(&b, 1000), at);
    assert_false(buf_reserve(&b, 1));
    assert_int_equal(b.error, X4_ELIMIT);
    buf_free(&b);
}

static void buf_view_of_nothing_is_present(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    assert_true(slice_present(buf_view(&b)));
    assert_int_equal(buf_view(&b).len, 0);
    assert_string_equal(buf_cstr(&b), "");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(arena_keeps_what_it_gave_while_growing),
        cmocka_unit_test(arena_takes_buffers_over),
        cmocka_unit_test(arena_has_a_maximum),
        cmocka_unit_test(arena_tells_a_limit_from_a_lack),
        cmocka_unit_test(arena_reset_gives_the_room_back),
        cmocka_unit_test(arena_copies),
        cmocka_unit_test(arena_joins_what_comes_in_pieces),
        cmocka_unit_test(arena_prints),
        cmocka_unit_test(buf_collects),
        cmocka_unit_test(buf_error_is_sticky),
        cmocka_unit_test(buf_refuses_sizes_that_overflow),
        cmocka_unit_test(buf_consumes_from_the_front),
        cmocka_unit_test(buf_reserves_without_counting),
        cmocka_unit_test(buf_view_of_nothing_is_present),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
