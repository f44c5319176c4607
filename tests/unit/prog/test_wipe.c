/* SPDX-License-Identifier: Apache-2.0 */
/* What held a secret is wiped before its memory is given back: free() is watched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"

#include <malloc.h>
#include <string.h>

#define SECRET "open sesame"

static unsigned freed, leaked;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
    freed += p != NULL;
    leaked += p && memmem(p, malloc_usable_size(p), SECRET, strlen(SECRET));
    __real_free(p);
}

static int set_up(void **state)
{
    (void)state;
    freed = leaked = 0;
    return 0;
}

static void the_watch_sees_a_leak(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_text(&b, SECRET);
    buf_free(&b);
    assert_int_equal(leaked, 1);
}

static void buffers_are_wiped(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_wipe(&b); /* an empty one too */
    buf_text(&b, SECRET);
    buf_wipe(&b);
    assert_null(b.p);
    assert_int_equal(freed, 1);
    assert_int_equal(leaked, 0);
}

static void adopt_secret(struct arena *a)
{
    struct buf b;

    buf_init(&b, 100);
    buf_text(&b, SECRET);
    assert_int_equal(arena_adopt(a, &b).len, strlen(SECRET));
}

static void arenas_are_wiped(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 1000; i++) /* several blocks */
        arena_str(&a, SLICE_LIT(SECRET));
    adopt_secret(&a);
    arena_wipe(&a);
    assert_null(a.blocks);
    assert_true(freed > 1);
    assert_int_equal(leaked, 0);
}

static void what_is_kept_is_cleared(void **state)
{
    struct buf b;
    struct arena a;

    (void)state;
    buf_init(&b, 100);
    buf_clear(&b); /* an empty one too */
    buf_text(&b, SECRET);
    buf_consume(&b, 3); /* leaves its end behind the new one */
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_null(memmem(b.p, b.cap, "same", 4));
    buf_free(&b);
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 1000; i++)
        arena_str(&a, SLICE_LIT(SECRET));
    adopt_secret(&a);
    arena_clear(&a);
    assert_non_null(a.blocks);
    assert_int_equal(a.used, 0);
    arena_clear(&a);
    arena_free(&a);
    assert_true(freed > 2);
    assert_int_equal(leaked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_watch_sees_a_leak, set_up),
        cmocka_unit_test_setup(buffers_are_wiped, set_up),
        cmocka_unit_test_setup(arenas_are_wiped, set_up),
        cmocka_unit_test_setup(what_is_kept_is_cleared, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
