/* SPDX-License-Identifier: Apache-2.0 */
/* Character sets, folding, and ASCII inside PrintableString. */
#include "fixture.h"

#include "oraddr/charset.h"

static void converts_t61(void **state)
{
    static const struct {
        const char *octets;
        const char *text;
        bool same; /* the text goes back to these octets */
    } cases[] = {
        {"41", "A", true},
        {"a4", "$", true},
        {"24", "$", false}, /* the currency sign of T.61, but meant as dollar */
        {"a6", "#", true},
        {"a8", "\xc2\xa4", true},
        {"e1f1fb", "\xc3\x86\xc3\xa6\xc3\x9f", true},
        {"c875", "\xc3\xbc", true},
        {"c975", "\xc3\xbc", false}, /* umlaut: written as diaeresis */
        {"ca41c365cf53", "\xc3\x85\xc3\xaa\xc5\xa0", true},
        {"c278", "x\xcc\x81", true},  /* no such letter: a combining accent */
        {"c2", "\xef\x9f\x82", true}, /* an accent without a letter */
        {"c2c365", "\xef\x9f\x82\xc3\xaa", true},
        {"0a", "\xef\x9c\x8a", true}, /* a line feed does not get into a text */
        {"001b80d0ff", "\xef\x9c\x80\xef\x9c\x9b\xef\x9e\x80\xef\x9f\x90\xef\x9f\xbf", true},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text;
        struct slice octets;

        assert_int_equal(or_text_from_t61(hex(f, cases[i].octets), &f->arena, &text), X4_OK);
        assert_octets(text, slice_str(cases[i].text));
        assert_true(or_text_valid(text));
        assert_int_equal(or_text_to_t61(text, &f->arena, &octets), X4_OK);
        assert_int_equal(slice_eq(octets, hex(f, cases[i].octets)), cases[i].same);
    }
}

/* Each of the 65536 pairs of octets becomes a valid text that comes back as the same characters. */
static void t61_loses_nothing(void **state)
{
    struct fixture *f = *state;

    for (unsigned pair = 0; pair < 0x10000; pair++) {
        const uint8_t octets[] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        struct slice text;
        struct slice back;
        struct slice again;

        assert_int_equal(or_text_from_t61(slice_make(octets, 2), &f->arena, &text), X4_OK);
        assert_true(or_text_valid(text));
        assert_int_equal(or_text_to_t61(text, &f->arena, &back), X4_OK);
        assert_int_equal(or_text_from_t61(back, &f->arena, &again), X4_OK);
        if (!slice_eq(text, again))
            fail_msg("%04x", pair);
        arena_reset(&f->arena);
    }
}

static void t61_has_not_everything(void **state)
{
    struct fixture *f = *state;
    struct slice out;

    assert_int_equal(or_text_to_t61(slice_str("\xd0\x90"), &f->arena, &out), X4_EUNSUPP);
    assert_int_equal(or_text_to_t61(slice_str("\xe2\x82\xac"), &f->arena, &out), X4_EUNSUPP);
    assert_int_equal(or_text_to_t61(slice_str("\xcc\x81x"), &f->arena, &out), X4_EUNSUPP);
    assert_int_equal(or_text_to_t61(slice_str("a\xff"), &f->arena, &out), X4_EUNSUPP);
}

static void converts_ascii(void **state)
{
    struct fixture *f = *state;
    struct slice text;
    struct slice octets;

    assert_int_equal(or_text_from_ascii(hex(f, "41 0d 80 7f 5f"), &f->arena, &text), X4_OK);
    assert_octets(text, slice_str("A\xef\x9c\x8d\xef\x9e\x80\xef\x9d\xbf_"));
    assert_int_equal(or_text_to_ascii(text, &f->arena, &octets), X4_OK);
    assert_octets(octets, hex(f, "41 0d 80 7f 5f"));
    assert_int_equal(or_text_to_ascii(slice_str("\xc3\xbc"), &f->arena, &octets), X4_EUNSUPP);
}

static void converts_wide_strings(void **state)
{
    struct fixture *f = *state;
    struct slice text;
    struct slice octets;

    assert_int_equal(or_text_from_bmp(hex(f, "0041 000a 0410 d800 20ac"), &f->arena, &text), X4_OK);
    assert_octets(text, slice_str("A\xef\x9c\x8a\xd0\x90\xef\x9c\x80\xe2\x82\xac"));
    assert_int_equal(or_text_from_bmp(hex(f, "0041 42"), &f->arena, &text), X4_OK);
    assert_octets(text, slice_str("A\xef\x9d\x82"));
    assert_int_equal(or_text_to_bmp(slice_str("A\xef\x9c\x8a"), &f->arena, &octets), X4_OK);
    assert_octets(octets, hex(f, "0041 000a"));
    assert_int_equal(or_text_to_bmp(slice_str("\xf0\x9f\x98\x80"), &f->arena, &octets), X4_EUNSUPP);
    assert_int_equal(or_text_to_universal(slice_str("\xf0\x9f\x98\x80"), &f->arena, &octets),
                     X4_OK);
    assert_octets(octets, hex(f, "0001f600"));
    assert_int_equal(or_text_from_universal(hex(f, "0001f600 ffffffff 00"), &f->arena, &text),
                     X4_OK);
    assert_octets(text, slice_str("\xf0\x9f\x98\x80\xef\x9f\xbf\xef\x9c\x80"));
}

static void takes_only_well_formed_utf8(void **state)
{
    static const char *const bad[] = {
        "\x80",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xed\xa0\x80",
        "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xc3",
        "\xe2\x82",
        "\xe2\x28\xa1",
        "\xff",
        "\n",
        "\x7f",
        "\xc2\x85",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(or_text_valid(slice_str(bad[i])));
    assert_true(or_text_valid(slice_str("")));
    assert_true(or_text_valid(slice_str("A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")));
    assert_int_equal(or_text_length(slice_str("A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
    assert_octets(or_text_head(slice_str("A\xe2\x82\xac"), 3), SLICE_LIT("A"));
    assert_octets(or_text_head(slice_str("A\xe2\x82\xac"), 4), slice_str("A\xe2\x82\xac"));
}

static void folds(void **state)
{
    static const struct {
        enum or_attr attr;
        const char *text;
        const char *folded;
    } cases[] = {
        {OR_O, "Acme  Ltd ", "acme ltd"},
        {OR_O, " acme", "acme"},
        {OR_O, "acme", "acme"},
        {OR_O, "   ", ""},
        {OR_O, "\xc3\x84\xc3\x96\xc3\x9c\xc3\x9f", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f"},
        {OR_O, "\xc3\x97", "\xc3\x97"},
        {OR_O, "U\xcc\x88 X\xcc\x81", "\xc3\xbc x\xcc\x81"}, /* composed where there is a letter */
        {OR_O, "\xc5\xb8\xc5\xbd\xc4\xb0", "\xc3\xbf\xc5\xbei"},
        {OR_O, "\xce\xa9\xe2\x84\xa6", "\xcf\x89\xcf\x89"},
        {OR_O, "\xd0\x96\xd0\x81", "\xd0\xb6\xd1\x91"},
        {OR_O, "12 34", "12 34"},
        {OR_ADMD, "12 34", "1234"},
        {OR_ADMD, "12 34a", "12 34a"},
        {OR_X121, " 12  34", "1234"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice out;

        assert_int_equal(
            or_attribute_fold(cases[i].attr, slice_str(cases[i].text), &f->arena, &out), X4_OK);
        assert_octets(out, slice_str(cases[i].folded));
    }
}

static void hides_ascii_in_printable_string(void **state)
{
    static const struct {
        const char *ascii;
        const char *printable;
    } cases[] = {
        {"fred@widget.co.uk", "fred(a)widget.co.uk"},
        {"a%b!c\"d_e", "a(p)b(b)c(q)d(u)e"},
        {"~{", "(126)(123)"},
        {"plain", "plain"},
    };
    struct fixture *f = *state;
    struct slice out;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(or_ascii_to_printable(slice_str(cases[i].ascii), &f->arena, &out), X4_OK);
        assert_octets(out, slice_str(cases[i].printable));
        assert_int_equal(or_printable_to_ascii(out, &f->arena, &out), X4_OK);
        assert_octets(out, slice_str(cases[i].ascii));
    }
    assert_int_equal(or_ascii_to_printable(slice_str("\xc3\xbc"), &f->arena, &out), X4_EUNSUPP);
    assert_int_equal(or_printable_to_ascii(SLICE_LIT("(A)(l)(r)(010)(x)(12)(("), &f->arena, &out),
                     X4_OK);
    assert_octets(out, SLICE_LIT("@()(010)(x)(12)(("));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(converts_t61, setup, teardown),
        cmocka_unit_test_setup_teardown(t61_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(t61_has_not_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(converts_ascii, setup, teardown),
        cmocka_unit_test_setup_teardown(converts_wide_strings, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_only_well_formed_utf8, setup, teardown),
        cmocka_unit_test_setup_teardown(folds, setup, teardown),
        cmocka_unit_test_setup_teardown(hides_ascii_in_printable_string, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
