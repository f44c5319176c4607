/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, the cursor, gathered user data, lists, character classes, error texts. */
#include "base/ascii.h"
#include "base/cursor.h"
#include "base/gather.h"
#include "base/list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void absent_differs_from_empty(void **state)
{
    (void)state;
    assert_false(slice_present(SLICE_NONE));
    assert_true(slice_present(SLICE_LIT("")));
    assert_false(slice_present(slice_str(NULL)));
    assert_true(slice_eq(SLICE_NONE, SLICE_LIT(""))); /* equal octets: none */
    assert_false(slice_present(slice_sub(SLICE_NONE, 0, 1)));
}

static void sub_slices_stay_inside(void **state)
{
    struct slice s = SLICE_LIT("abcdef");

    (void)state;
    assert_true(slice_eq(slice_sub(s, 2, 2), SLICE_LIT("cd")));
    assert_true(slice_eq(slice_sub(s, 4, 100), SLICE_LIT("ef")));
    assert_int_equal(slice_sub(s, 7, 1).len, 0);
    assert_int_equal(slice_sub(s, SIZE_MAX, SIZE_MAX).len, 0);
    assert_true(slice_eq(slice_from(s, 3), SLICE_LIT("def")));
}

static void comparison_ignores_ascii_case_only(void **state)
{
    (void)state;
    assert_true(slice_eq_nocase(SLICE_LIT("Paris-1"), SLICE_LIT("pARIS-1")));
    assert_false(slice_eq_nocase(SLICE_LIT("a"), SLICE_LIT("ab")));
    assert_false(slice_eq_nocase(SLICE_LIT("["), SLICE_LIT("{"))); /* 0x5b and 0x7b */
    assert_false(slice_eq_nocase(SLICE_LIT("\xc4"), SLICE_LIT("\xe4")));
}

static void cursor_reads_and_sticks_at_the_first_error(void **state)
{
    struct cursor c = cursor_make(SLICE_LIT("\x01\x02\x03tail"));

    (void)state;
    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_be16(&c), 0x0203);
    assert_int_equal(cursor_left(&c), 4);
    assert_false(slice_present(cursor_take(&c, 5)));
    assert_int_equal(c.error, X4_ETRUNC);
    assert_int_equal(c.pos, 3);
    assert_int_equal(cursor_left(&c), 0);
    assert_int_equal(cursor_u8(&c), 0);
    cursor_fail(&c, X4_ELIMIT);
    assert_int_equal(c.error, X4_ETRUNC);
}

static void cursor_takes_the_rest(void **state)
{
    struct cursor c = cursor_make(SLICE_LIT("abc"));

    (void)state;
    cursor_u8(&c);
    assert_true(slice_eq(cursor_rest(&c), SLICE_LIT("bc")));
    assert_true(slice_present(cursor_rest(&c)));
    assert_int_equal(c.error, X4_OK);
    assert_int_equal(cursor_be16(&c), 0);
    assert_int_equal(c.error, X4_ETRUNC);
}

static void gather_keeps_order_and_length(void **state)
{
    struct gather g = gather_one(SLICE_LIT("data"));
    struct gather all;

    (void)state;
    gather_add(&g, SLICE_LIT(""));
    gather_add(&g, SLICE_LIT("more"));
    all = gather_prepend(SLICE_LIT("head"), &g);
    assert_int_equal(g.count, 2);
    assert_int_equal(g.len, 8);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.len, 12);
    assert_true(slice_eq(all.part[0], SLICE_LIT("head")));
    assert_true(slice_eq(all.part[2], SLICE_LIT("more")));
    assert_int_equal(gather_prepend(SLICE_LIT(""), &g).count, 2);
}

struct item {
    int value;
    struct list link;
};

static int sum(struct list *head)
{
    int digits = 0;

    LIST_EACH(it, head)
    digits = digits * 10 + LIST_ITEM(it, struct item, link)->value;
    return digits;
}

static void list_keeps_order(void **state)
{
    struct item items[3] = {{.value = 1}, {.value = 2}, {.value = 3}};
    struct list head;

    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    list_push_back(&head, &items[1].link);
    list_push_back(&head, &items[2].link);
    list_push_front(&head, &items[0].link);
    assert_int_equal(sum(&head), 123);
    list_remove(&items[1].link);
    list_remove(&items[1].link); /* out already: harmless */
    assert_int_equal(sum(&head), 13);
    LIST_EACH_SAFE(it, &head)
    list_remove(it);
    assert_true(list_empty(&head));
}

static void printable_string_is_x680s(void **state)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              " '()+,-./:=?";
    unsigned count = 0;

    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool expected = c != 0 && strchr(set, (int)c) != NULL;

        assert_int_equal(ascii_is_printablestring((uint8_t)c), expected);
        count += expected;
    }
    assert_int_equal(count, 74);
}

static void hex_digits_have_values(void **state)
{
    (void)state;
    assert_int_equal(ascii_hex_value('0'), 0);
    assert_int_equal(ascii_hex_value('9'), 9);
    assert_int_equal(ascii_hex_value('a'), 10);
    assert_int_equal(ascii_hex_value('F'), 15);
    assert_int_equal(ascii_hex_value('g'), -1);
    assert_int_equal(ascii_hex_value('/'), -1);
    assert_int_equal(ascii_hex_value(0), -1);
}

static void every_error_has_its_own_text(void **state)
{
    (void)state;
    for (int error = X4_OK; error >= X4_EAGAIN; error--) {
        assert_string_not_equal(x4_strerror(error), "unknown error");
        for (int other = X4_OK; other > error; other--)
            assert_string_not_equal(x4_strerror(error), x4_strerror(other));
    }
    assert_string_equal(x4_strerror(1), "unknown error");
    assert_string_equal(x4_strerror(X4_EAGAIN - 1), "unknown error");
    assert_string_equal(x4_strerror(-100000), "unknown error");
}

static void faults_of_files_have_few_meanings(void **state)
{
    (void)state;
    assert_int_equal(x4_error_of_errno(ENOENT), X4_ENOTFOUND);
    assert_int_equal(x4_error_of_errno(ENOTDIR), X4_ENOTFOUND);
    assert_int_equal(x4_error_of_errno(EROFS), X4_EDENIED);
    assert_int_equal(x4_error_of_errno(EDQUOT), X4_EFULL);
    assert_int_equal(x4_error_of_errno(EBADF), X4_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_differs_from_empty),
        cmocka_unit_test(sub_slices_stay_inside),
        cmocka_unit_test(comparison_ignores_ascii_case_only),
        cmocka_unit_test(cursor_reads_and_sticks_at_the_first_error),
        cmocka_unit_test(cursor_takes_the_rest),
        cmocka_unit_test(gather_keeps_order_and_length),
        cmocka_unit_test(list_keeps_order),
        cmocka_unit_test(printable_string_is_x680s),
        cmocka_unit_test(hex_digits_have_values),
        cmocka_unit_test(every_error_has_its_own_text),
        cmocka_unit_test(faults_of_files_have_few_meanings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
