/* SPDX-License-Identifier: Apache-2.0 */
/* Character sets of contents, to and from UTF-8. */
#include "ipm/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OCTETS(s) slice_make("" s, sizeof(s) - 1)

static void assert_text(const struct buf *b, const char *expected)
{
    assert_int_equal(b->error, 0);
    assert_int_equal(b->len, strlen(expected));
    assert_memory_equal(buf_view(b).p, expected, b->len);
}

static const struct reading {
    const char *what;
    enum charset upper;
    struct slice in;
    const char *utf8;
    size_t bad;
} readings[] = {
    {"ASCII", CHARSET_ASCII, {(const uint8_t *)"plain", 5}, "plain", 0},
    {"upper half without a set", CHARSET_ASCII, {(const uint8_t *)"a\xe9", 2}, "a\xef\xbf\xbd", 1},
    {"Latin-1", CHARSET_8859_1, {(const uint8_t *)"caf\xe9", 4}, "café", 0},
    {"Cyrillic", CHARSET_8859_5, {(const uint8_t *)"\xbc\xd8\xe0", 3}, "Мир", 0},
    {"Greek", CHARSET_8859_7, {(const uint8_t *)"\xe1\xe2", 2}, "αβ", 0},
    {"a hole in ISO 8859-7", CHARSET_8859_7, {(const uint8_t *)"\xff", 1}, "\xef\xbf\xbd", 1},
    {"escape to Latin-1", CHARSET_ASCII, {(const uint8_t *)"\x1b(B\x1b-A\xfc", 7}, "ü", 0},
    {"from Latin-1 to Latin-2", CHARSET_8859_1, {(const uint8_t *)"\xb1\x1b-B\xb1", 5}, "±ą", 0},
    {"UTF-8 by escape and back",
     CHARSET_8859_1,
     {(const uint8_t *)"\x1b%G\xe2\x82\xac\x1b%@x", 10},
     "€x",
     0},
    {"shift out", CHARSET_8859_7, {(const uint8_t *)"a\x0e\x61\x0f\x61", 5}, "aαa", 0},
    {"unknown escape", CHARSET_8859_1, {(const uint8_t *)"\x1b-z\xe9", 4}, "\xef\xbf\xbd", 2},
    {"escape cut off", CHARSET_8859_1, {(const uint8_t *)"a\x1b", 2}, "a\xef\xbf\xbd", 1},
    {"T.61 accent", CHARSET_T61, {(const uint8_t *)"caf\xc2\x65", 5}, "café", 0},
    {"T.61 umlaut, new code and old", CHARSET_T61, {(const uint8_t *)"\xc8u\xc9O", 4}, "üÖ", 0},
    {"T.61 letters", CHARSET_T61, {(const uint8_t *)"\xfb\xf9\xe1", 3}, "ßøÆ", 0},
    {"T.61 accent alone", CHARSET_T61, {(const uint8_t *)"\xc2", 1}, "\xef\xbf\xbd", 1},
    {"T.61 accent on nothing it fits", CHARSET_T61, {(const uint8_t *)"\xcaq", 2}, "q\xcc\x8a", 0},
};

static void reads_every_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        const struct reading *r = &readings[i];
        struct buf out;
        size_t bad;

        buf_init(&out, 256);
        bad = charset_to_utf8(r->in, r->upper, &out);
        if (bad != r->bad || out.len != strlen(r->utf8))
            print_error("in case \"%s\"\n", r->what);
        assert_int_equal(bad, r->bad);
        assert_text(&out, r->utf8);
        buf_free(&out);
    }
}

/* Every character that a set has comes back as it went. */
static void round_trips(void **state)
{
    (void)state;
    for (int set = CHARSET_8859_1; set <= CHARSET_8859_15; set++) {
        for (unsigned octet = 0xa0; octet <= 0xff; octet++) {
            uint8_t in = (uint8_t)octet;
            struct buf utf8, out;

            buf_init(&utf8, 16);
            buf_init(&out, 16);
            if (charset_to_utf8(slice_make(&in, 1), (enum charset)set, &utf8) == 0) {
                assert_int_equal(
                    charset_from_utf8(buf_view(&utf8), (enum charset)set, SIZE_MAX, &out), 0);
                assert_int_equal(out.len, 1);
                assert_int_equal(out.p[0], octet);
            }
            buf_free(&utf8);
            buf_free(&out);
        }
    }
}

static void writes_t61(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    assert_int_equal(charset_from_utf8(slice_str("Łódź € ß"), CHARSET_T61, SIZE_MAX, &out), 1);
    assert_text(&out, "\xe8\xc2o"
                      "d\xc2z ? \xfb");
    buf_reset(&out);
    /* a limit never splits a character */
    charset_from_utf8(slice_str("aé"), CHARSET_T61, 2, &out);
    assert_text(&out, "a");
    buf_free(&out);
}

static void chooses_the_simplest_set(void **state)
{
    static const struct {
        const char *text;
        enum charset set;
        int registration;
    } cases[] = {
        {"plain", CHARSET_ASCII, 6},    {"café", CHARSET_8859_1, 100},
        {"Łódź", CHARSET_8859_2, 101},  {"Мир", CHARSET_8859_5, 144},
        {"αβγ", CHARSET_8859_7, 126},   {"שלום", CHARSET_8859_8, 138},
        {"ığdır", CHARSET_8859_9, 148}, {"5 € é", CHARSET_8859_15, 203},
        {"漢字", CHARSET_UTF8, 196},    {"Мир é", CHARSET_UTF8, 196},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum charset set = charset_choose(slice_str(cases[i].text));

        assert_string_equal(charset_name(set), charset_name(cases[i].set));
        assert_int_equal(charset_registration(set), cases[i].registration);
        assert_int_equal(charset_by_registration(cases[i].registration), set);
    }
    assert_int_equal(charset_by_registration(1), CHARSET_ASCII);
    assert_int_equal(charset_by_registration(87), CHARSET_NONE);
}

/* What is designated by charset_put_designation() is understood by charset_to_utf8(). */
static void designations_agree(void **state)
{
    (void)state;
    for (int set = CHARSET_8859_1; set < CHARSET_COUNT; set++) {
        const char *letter = set == CHARSET_8859_6 ? "ا" : set == CHARSET_8859_8 ? "א" : NULL;
        struct buf text, utf8;

        if (!letter)
            letter = set == CHARSET_8859_5 ? "Ж" : set == CHARSET_8859_7 ? "Ω" : "ä";
        buf_init(&text, 64);
        buf_init(&utf8, 64);
        charset_put_designation((enum charset)set, &text);
        assert_int_equal(charset_from_utf8(slice_str(letter), (enum charset)set, SIZE_MAX, &text),
                         0);
        assert_int_equal(charset_to_utf8(buf_view(&text), CHARSET_ASCII, &utf8), 0);
        assert_text(&utf8, letter);
        buf_free(&text);
        buf_free(&utf8);
    }
}

static void utf8_is_strict(void **state)
{
    static const struct slice bad[] = {
        {(const uint8_t *)"\xc0\x80", 2},     {(const uint8_t *)"\xe0\x80\x80", 3},
        {(const uint8_t *)"\xed\xa0\x80", 3}, {(const uint8_t *)"\xf4\x90\x80\x80", 4},
        {(const uint8_t *)"\x80", 1},         {(const uint8_t *)"\xe2\x82", 2},
        {(const uint8_t *)"\xff", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(utf8_valid(bad[i]));
    assert_true(utf8_valid(slice_str("a\xc2\x80ࠀ\xf0\x9f\x98\x80\xef\xbf\xbd")));
}

static void wide_strings(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    assert_int_equal(charset_wide_to_utf8(OCTETS("\x04\x16\xd8\x3d\xde\x00"), 2, &out), 0);
    assert_text(&out, "Ж\xf0\x9f\x98\x80");
    buf_reset(&out);
    assert_int_equal(charset_wide_to_utf8(OCTETS("\x00\x01\xf6\x00\x00\x11\x00\x00"), 4, &out), 1);
    assert_text(&out, "\xf0\x9f\x98\x80\xef\xbf\xbd");
    buf_reset(&out);
    assert_int_equal(charset_wide_to_utf8(OCTETS("\x00"), 2, &out), 1);
    buf_reset(&out);
    assert_int_equal(charset_utf8_to_bmp(slice_str("a\xf0\x9f\x98\x80Ж"), 10, &out), 1);
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.p, "\0a\0?\x04\x16", 6);
    buf_free(&out);
}

/* Nothing from a message may drive a terminal. */
static void safe_text_has_no_controls(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    utf8_put_safe(OCTETS("a\r\nb\x1b[31m\tc\x7f\xc2\x9b\xff"), 2, &out);
    assert_text(&out, "a\n  b?[31m\tc??\xef\xbf\xbd");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_set),    cmocka_unit_test(round_trips),
        cmocka_unit_test(writes_t61),         cmocka_unit_test(chooses_the_simplest_set),
        cmocka_unit_test(designations_agree), cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(wide_strings),       cmocka_unit_test(safe_text_has_no_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
