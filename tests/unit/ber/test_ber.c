/* SPDX-License-Identifier: Apache-2.0 */
/* The codec over one small type that has a member of every kind. */
#include "ber/ber.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Trial ::= [APPLICATION 3] SET {
 *   name IA5String (SIZE (1..8)), number [0] INTEGER DEFAULT 5, extra [1] INTEGER OPTIONAL,
 *   flags [2] BIT STRING OPTIONAL, choice CHOICE { a NULL, b [APPLICATION 1] CHOICE {
 *   n NumericString, p PrintableString } }, inner [3] Inner OPTIONAL, list [4] SEQUENCE OF INTEGER
 *   OPTIONAL, any [5] EXPLICIT ANY OPTIONAL, oid OBJECT IDENTIFIER OPTIONAL } */
struct inner {
    struct slice raw;
    int64_t x;
    struct slice y;
};

struct country {
    struct slice raw;
    int which;
    struct slice numeric;
    struct slice printable;
};

struct trial_choice {
    struct slice raw;
    int which;
    bool a;
    struct country b;
};

struct trial {
    struct slice raw;
    struct slice name;
    int64_t number;
    struct ber_optint extra;
    struct ber_bits flags;
    struct trial_choice choice;
    struct inner *inner;
    struct ber_list list;
    struct slice any;
    struct slice oid;
};

static const struct ber_type short_name = {.name = "Name",
                                           .kind = BER_STRING,
                                           .tag = BER_T_IA5,
                                           .size = sizeof(struct slice),
                                           .min = 1,
                                           .max = 8};

static const struct ber_field inner_fields[] = {
    BER_FIELD("x", struct inner, x, &ber_type_integer, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("y", struct inner, y, &ber_type_octet_string, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
static const struct ber_type inner_type = {.name = "Inner",
                                           .kind = BER_SEQUENCE,
                                           .tag = BER_T_SEQUENCE,
                                           .size = sizeof(struct inner),
                                           .fields = inner_fields};

static const struct ber_field country_fields[] = {
    BER_FIELD("n", struct country, numeric, &ber_type_numeric_string, BER_TAG_NONE, 0, 0),
    BER_FIELD("p", struct country, printable, &ber_type_printable_string, BER_TAG_NONE, 0, 0),
    BER_END,
};
static const struct ber_type country_type = {.name = "Country",
                                             .kind = BER_CHOICE,
                                             .tag = BER_APPLICATION(1),
                                             .size = sizeof(struct country),
                                             .fields = country_fields};

static const struct ber_field choice_fields[] = {
    BER_FIELD("a", struct trial_choice, a, &ber_type_null, BER_TAG_NONE, 0, 0),
    BER_FIELD("b", struct trial_choice, b, &country_type, BER_TAG_NONE, 0, 0),
    BER_END,
};
static const struct ber_type choice_type = {.name = "Choice",
                                            .kind = BER_CHOICE,
                                            .tag = BER_TAG_NONE,
                                            .size = sizeof(struct trial_choice),
                                            .fields = choice_fields};

static const struct ber_type integers = {.name = "Integers",
                                         .kind = BER_SEQUENCE_OF,
                                         .tag = BER_T_SEQUENCE,
                                         .size = sizeof(struct ber_list),
                                         .element = &ber_type_integer};

static const struct ber_field trial_fields[] = {
    BER_FIELD("name", struct trial, name, &short_name, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("number", struct trial, number, &ber_type_integer, BER_CONTEXT(0), BER_DEFAULT, 5),
    BER_FIELD("extra", struct trial, extra, &ber_type_integer, BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("flags", struct trial, flags, &ber_type_bit_string, BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_FIELD("choice", struct trial, choice, &choice_type, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("inner", struct trial, inner, &inner_type, BER_CONTEXT(3), BER_OPTIONAL, 0),
    BER_FIELD("list", struct trial, list, &integers, BER_CONTEXT(4), BER_OPTIONAL, 0),
    BER_FIELD("any", struct trial, any, &ber_type_any, BER_CONTEXT(5), BER_EXPLICIT | BER_OPTIONAL,
              0),
    BER_FIELD("oid", struct trial, oid, &ber_type_oid, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
static const struct ber_type trial_type = {.name = "Trial",
                                           .kind = BER_SET,
                                           .tag = BER_APPLICATION(3),
                                           .size = sizeof(struct trial),
                                           .fields = trial_fields};

struct fixture {
    struct arena arena;
    struct buf out;
    struct trial value;
    struct ber_error err;
    struct ber_error bounds;
};

static int setup(void **state)
{
    static struct fixture f;

    arena_init(&f.arena, 1 << 20);
    buf_init(&f.out, 1 << 20);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->out);
    return 0;
}

/* Octets from text: hexadecimal digits; "(" and ")" stand for a one-octet length and the end of
 * what it counts. */
static struct slice hex(struct fixture *f, const char *text)
{
    uint8_t *p = arena_alloc(&f->arena, strlen(text) + 1);
    size_t open[8];
    size_t depth = 0;
    size_t n = 0;

    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (*text == '(') {
            open[depth++] = n++;
        } else if (*text == ')') {
            depth--;
            p[open[depth]] = (uint8_t)(n - open[depth] - 1);
        } else {
            p[n++] = (uint8_t)(ascii_hex_value((uint8_t)text[0]) << 4 |
                               ascii_hex_value((uint8_t)text[1]));
            text++;
        }
    }
    return slice_make(p, n);
}

static int decode(struct fixture *f, const char *text)
{
    return ber_decode(&trial_type, hex(f, text), &f->arena, &f->value, &f->err, &f->bounds);
}

static void reads_every_kind(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(decode(f, "63( 16 02 4142 80 01 07 81 02 ff00 82 02 04f0"
                               " 61 04 1302 4742 a3 07 020101 040258 59"
                               " a4 06 020103 020104 a5 03 020109 06 04 56000106)"),
                     X4_OK);
    assert_true(slice_eq(f->value.name, SLICE_LIT("AB")));
    assert_int_equal(f->value.number, 7);
    assert_true(f->value.extra.present);
    assert_int_equal(f->value.extra.value, -256);
    assert_true(ber_bit(&f->value.flags, 0));
    assert_true(ber_bit(&f->value.flags, 3));
    assert_false(ber_bit(&f->value.flags, 4));
    assert_int_equal(f->value.choice.which, 2);
    assert_int_equal(f->value.choice.b.which, 2);
    assert_true(slice_eq(f->value.choice.b.printable, SLICE_LIT("GB")));
    assert_non_null(f->value.inner);
    assert_int_equal(f->value.inner->x, 1);
    assert_true(slice_eq(f->value.inner->y, SLICE_LIT("XY")));
    assert_int_equal(f->value.list.count, 2);
    assert_int_equal(*BER_ITEM(f->value.list, int64_t, 1), 4);
    assert_int_equal(f->value.any.len, 3);
    assert_int_equal(f->value.oid.len, 4);
    assert_int_equal(f->bounds.code, X4_OK);
}

static void reads_any_legal_form(void **state)
{
    /* indefinite lengths, a constructed string, any order, a long length form, an explicit
     * default and a member nobody knows */
    struct fixture *f = *state;

    assert_int_equal(decode(f, "6380 a380 020101 2480 040158 040159 0000 0000 0500 9f2a 02 dead"
                               " 80 82 0001 05 3604 16024142 0000"),
                     X4_OK);
    assert_true(slice_eq(f->value.name, SLICE_LIT("AB")));
    assert_int_equal(f->value.number, 5);
    assert_int_equal(f->value.choice.which, 1);
    assert_true(slice_eq(f->value.inner->y, SLICE_LIT("XY")));
    assert_false(slice_present(f->value.any));
}

static void joins_the_segments_of_a_bit_string(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(decode(f, "63(16024142 a2(0302 00f1 23(0302 0002) 2380 0302 0480 0000) 0500)"),
                     X4_OK);
    assert_true(slice_eq(f->value.flags.octets, SLICE_LIT("\xf1\x02\x80")));
    assert_int_equal(f->value.flags.unused, 4);
    assert_int_equal(decode(f, "63(16024142 a2(0301 00) 0500)"), X4_OK);
    assert_true(slice_present(f->value.flags.octets));
    assert_int_equal(f->value.flags.octets.len, 0);
}

struct bad {
    const char *octets;
    int error;
    const char *member;
};

static void says_what_is_wrong_and_where(void **state)
{
    static const struct bad cases[] = {
        {"", X4_ETRUNC, NULL},
        {"63", X4_ETRUNC, NULL},
        {"63 05 1602", X4_ETRUNC, NULL},
        {"30 00", X4_ESYNTAX, NULL},
        {"63 00 00", X4_ESYNTAX, NULL},
        {"63(16024142)", X4_EMISSING, "choice"},
        {"63(0500)", X4_EMISSING, "name"},
        {"63(16024142 16024142)", X4_EDUP, "name"},
        {"63(16024142 8000 0500)", X4_ESYNTAX, "number"},
        {"63(16024142 8009 010000000000000000 0500)", X4_EBOUNDS, "number"},
        {"63(16024142 8202 0900 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 8201 01 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 a2(0302 0900) 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 a2(0301 05) 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 a2(0302 04f0 0302 00ff) 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 a2(0402 04f0) 0500)", X4_ESYNTAX, "flags"},
        {"63(16024142 a402 0400 0500)", X4_ESYNTAX, "list"},
        {"63(16024142 a503 020100 00)", X4_ETRUNC, NULL},
        {"63 80 16024142 0500", X4_ETRUNC, NULL},
        {"63(16024142 6102 0500)", X4_ESYNTAX, "b"},
        {"63(16024142 0602 5680 0500)", X4_ESYNTAX, "oid"},
        {"63(16024142 050100)", X4_ESYNTAX, "a"},
        {"63(16024142 2500)", X4_ESYNTAX, "a"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(decode(f, cases[i].octets), cases[i].error);
        assert_int_equal(f->err.code, cases[i].error);
        if (cases[i].member)
            assert_string_equal(f->err.member, cases[i].member);
    }
}

static void bounds_are_told_but_not_enforced(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(decode(f, "63(1609 414243444546474849 0500)"), X4_OK);
    assert_int_equal(f->bounds.code, X4_EBOUNDS);
    assert_string_equal(f->bounds.type, "Name");
    assert_int_equal(f->value.name.len, 9);
}

static void nesting_is_limited(void **state)
{
    struct fixture *f = *state;
    struct buf deep;
    struct slice in;
    struct ber_tlv tlv;

    buf_init(&deep, 1 << 16);
    for (unsigned i = 0; i < 3000; i++)
        buf_be16(&deep, 0x3080);
    in = buf_view(&deep);
    assert_int_equal(ber_next(&in, &tlv), X4_ELIMIT);
    ber_dump_tree(buf_view(&deep), 0, &f->out);
    assert_int_equal(f->out.error, X4_OK);
    buf_free(&deep);
}

/* Definite lengths nest as deep as there are octets: what a type may contain is limited too. */
static void nesting_of_types_is_limited(void **state)
{
    static const struct ber_type nested = {.name = "Nested",
                                           .kind = BER_SEQUENCE_OF,
                                           .tag = BER_T_SEQUENCE,
                                           .size = sizeof(struct ber_list),
                                           .element = &nested};
    enum { OUTER = 3 };
    struct fixture *f = *state;
    uint8_t octets[OUTER + 2 * LIMIT_BER_DEPTH] = {0x30, 0x81, 2 * LIMIT_BER_DEPTH};
    struct slice in = slice_make(octets, sizeof(octets));
    struct ber_list list;

    for (size_t at = OUTER; at < in.len; at += 2) {
        octets[at] = 0x30;
        octets[at + 1] = (uint8_t)(in.len - at - 2);
    }
    assert_int_equal(ber_decode(&nested, slice_from(in, OUTER), &f->arena, &list, &f->err, NULL),
                     X4_OK);
    assert_int_equal(ber_decode(&nested, in, &f->arena, &list, &f->err, NULL), X4_ELIMIT);
    assert_int_equal(f->err.offset, in.len - 2);
    assert_string_equal(f->err.type, "Nested");
}

static void untouched_octets_come_back_as_they_were(void **state)
{
    static const char received[] = "6380 a380 020101 2480 040158 0000 0000 0500 9f2a 02 dead"
                                   " 36 04 16024142 0000";
    struct fixture *f = *state;

    assert_int_equal(decode(f, received), X4_OK);
    assert_int_equal(ber_encode(&trial_type, &f->value, &f->out, &f->err), X4_OK);
    assert_true(slice_eq(buf_view(&f->out), hex(f, received)));
}

static void a_change_is_encoded_and_the_rest_kept(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(decode(f, "6380 a380 020101 2480 040158 0000 0000 0500 36 04 16024142 0000"),
                     X4_OK);
    f->value.raw = SLICE_NONE;
    f->value.number = 300;
    assert_int_equal(ber_encode(&trial_type, &f->value, &f->out, &f->err), X4_OK);
    assert_true(slice_eq(buf_view(&f->out), hex(f, "63(16024142 8002012c 0500"
                                                   " a380 020101 2480 040158 0000 0000)")));
}

/* Octets that a user put there and that are none. */
static void kept_octets_have_to_be_a_value(void **state)
{
    struct fixture *f = *state;
    const struct inner inner = {.raw = SLICE_LIT("\x30\x03\x02\x01")};

    assert_int_equal(ber_encode(&inner_type, &inner, &f->out, &f->err), X4_ETRUNC);
    assert_string_equal(f->err.type, "Inner");
}

static void a_struct_moves_under_another_tag(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(decode(f, "63(16024142 0500 a3(3003 020101))"), X4_EMISSING);
    assert_int_equal(decode(f, "63(16024142 0500 a3(020101))"), X4_OK);
    assert_int_equal(ber_encode_tagged(&inner_type, BER_CONTEXT(9), f->value.inner, &f->out, NULL),
                     X4_OK);
    assert_true(slice_eq(buf_view(&f->out), hex(f, "a903 020101")));
}

static void long_values_get_long_lengths(void **state)
{
    struct fixture *f = *state;
    struct inner big = {.x = 1};
    uint8_t *octets = arena_alloc(&f->arena, 70000);

    big.y = slice_make(octets, 70000);
    assert_int_equal(ber_encode(&inner_type, &big, &f->out, NULL), X4_OK);
    assert_true(slice_eq(slice_sub(buf_view(&f->out), 0, 11), hex(f, "3083011178 020101 0483 01")));
    assert_int_equal(f->out.len, 5 + 3 + 5 + 70000);
}

static void a_missing_member_is_not_encoded(void **state)
{
    struct fixture *f = *state;
    struct trial empty = {.number = 5};

    assert_int_equal(ber_encode(&trial_type, &empty, &f->out, &f->err), X4_EMISSING);
    assert_string_equal(f->err.member, "name");
}

struct integer_case {
    int64_t value;
    const char *octets;
};

static void integers_are_minimal(void **state)
{
    static const struct integer_case cases[] = {
        {0, "020100"},
        {127, "02017f"},
        {128, "02020080"},
        {-1, "0201ff"},
        {-128, "020180"},
        {-129, "0202ff7f"},
        {256, "02020100"},
        {INT64_MAX, "02087fffffffffffffff"},
        {INT64_MIN, "02088000000000000000"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice octets = hex(f, cases[i].octets);
        int64_t back;

        buf_reset(&f->out);
        ber_put_integer(&f->out, BER_T_INTEGER, cases[i].value);
        assert_true(slice_eq(buf_view(&f->out), octets));
        assert_int_equal(ber_integer_value(slice_from(octets, 2), &back), X4_OK);
        assert_int_equal(back, cases[i].value);
    }
}

static void oids_have_a_text_form(void **state)
{
    static const char *const texts[] = {"2.6.1.10.0", "1.3.26.0.4406.0.4.1", "0.0", "2.1.1",
                                        "2.999.3"};
    struct fixture *f = *state;
    struct slice oid;
    char text[64];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(ber_oid_parse(texts[i], &f->arena, &oid), X4_OK);
        assert_true(ber_oid_print(oid, text, sizeof(text)) > 0);
        assert_string_equal(text, texts[i]);
    }
    assert_int_equal(ber_oid_parse("3.1", &f->arena, &oid), X4_ESYNTAX);
    assert_int_equal(ber_oid_parse("1.40", &f->arena, &oid), X4_ESYNTAX);
    assert_int_equal(ber_oid_parse("1.", &f->arena, &oid), X4_ESYNTAX);
    assert_int_equal(ber_oid_print(hex(f, "5681"), text, sizeof(text)), X4_ETRUNC);
}

static void oids_have_limits(void **state)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {"2.18446744073709551535", X4_OK}, /* 80 more are 64 bits */
        {"2.18446744073709551536", X4_ELIMIT},
        {"2.1.18446744073709551609", X4_OK},
        {"2.1.18446744073709551620", X4_ESYNTAX},
        {"2.1.", X4_ESYNTAX},
        {"2.1..1", X4_ESYNTAX},
        {"2.1x", X4_ESYNTAX},
        {"", X4_ESYNTAX},
    };
    struct fixture *f = *state;
    struct slice oid;
    char text[300] = "2.1";

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ber_oid_parse(cases[i].text, &f->arena, &oid), cases[i].error);
    assert_int_equal(ber_oid_print(hex(f, "5181808080808080808080808001"), text, sizeof(text)),
                     X4_ELIMIT);
    assert_int_equal(ber_oid_print(hex(f, "56010a00"), text, sizeof("2.6.1.10") - 1), X4_ELIMIT);
    snprintf(text, sizeof(text), "2.1");
    for (size_t arcs = 1; arcs <= LIMIT_OID; arcs++) {
        assert_int_equal(ber_oid_parse(text, &f->arena, &oid), X4_OK);
        assert_int_equal(oid.len, arcs);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ".1");
    }
    assert_int_equal(ber_oid_parse(text, &f->arena, &oid), X4_ELIMIT);
}

/* A CHOICE and an ANY keep their own tag inside. */
static void a_choice_is_wrapped_in_another_tag(void **state)
{
    struct fixture *f = *state;
    const struct slice any = hex(f, "0201 05");

    assert_int_equal(ber_encode_tagged(&ber_type_any, BER_CONTEXT(3), &any, &f->out, NULL), X4_OK);
    assert_true(slice_eq(buf_view(&f->out), hex(f, "a303 020105")));
}

static void tags_may_be_long(void **state)
{
    struct fixture *f = *state;
    struct ber_header h;

    ber_put_header(&f->out, BER_PRIVATE(1000), true, 200);
    assert_true(slice_eq(buf_view(&f->out), hex(f, "ff8768 81c8")));
    assert_int_equal(ber_header(buf_view(&f->out), &h), X4_OK);
    assert_int_equal(h.tag, BER_PRIVATE(1000));
    assert_int_equal(h.len, 200);
    assert_int_equal(ber_header(slice_sub(buf_view(&f->out), 0, 3), &h), X4_EAGAIN);
}

static void dump_names_members(void **state)
{
    struct fixture *f = *state;

    ber_dump(&trial_type, hex(f, "63(16024142 800107 6104 13024742 9f2a 01 ff)"), 0, &f->out);
    assert_string_equal(buf_cstr(&f->out), "Trial\n"
                                           "  name: \"AB\"\n"
                                           "  number: 7\n"
                                           "  choice: b: p: \"GB\"\n"
                                           "  (unknown) [42] ff\n");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(reads_every_kind),
        T(reads_any_legal_form),
        T(joins_the_segments_of_a_bit_string),
        T(says_what_is_wrong_and_where),
        T(bounds_are_told_but_not_enforced),
        T(nesting_is_limited),
        T(nesting_of_types_is_limited),
        T(untouched_octets_come_back_as_they_were),
        T(a_change_is_encoded_and_the_rest_kept),
        T(kept_octets_have_to_be_a_value),
        T(a_struct_moves_under_another_tag),
        T(long_values_get_long_lengths),
        T(a_missing_member_is_not_encoded),
        T(integers_are_minimal),
        T(oids_have_a_text_form),
        T(oids_have_limits),
        T(a_choice_is_wrapped_in_another_tag),
        T(tags_may_be_long),
        T(dump_names_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
