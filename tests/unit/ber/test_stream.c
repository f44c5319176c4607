/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of BER: the same whichever way the octets are split. */
#include "../osi/hex.h"
#include "base/error.h"
#include "ber/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { TEXT_MAX = 4096 };

/* "<30" a TLV begins (constructed: with '{'), its octets, '>' it ends. */
static void token_text(const struct ber_token *t, struct buf *out)
{
    switch (t->kind) {
    case BER_TOKEN_BEGIN: buf_printf(out, "%x%c", t->tag & 0x1f, t->constructed ? '{' : '('); break;
    case BER_TOKEN_CONTENTS: buf_hex(out, t->octets); break;
    case BER_TOKEN_END: buf_text(out, t->constructed ? "}" : ")"); break;
    }
}

/* All tokens of in, given in pieces of this size; the error that ended it. */
static int read_all(struct slice in, size_t piece, struct ber_stream *s, struct buf *out)
{
    *s = (struct ber_stream){.depth = 0};
    buf_reset(out);
    for (size_t at = 0; at < in.len; at += piece) {
        struct slice part = slice_sub(in, at, piece);
        struct ber_token t;
        int error;

        while ((error = ber_stream_next(s, &part, &t)) == X4_OK)
            token_text(&t, out);
        if (error != X4_EAGAIN)
            return error;
        assert_int_equal(part.len, 0);
    }
    return X4_OK;
}

static void reads_all_forms_at_every_cut(void **state)
{
    static const struct {
        const char *octets;
        const char *tokens;
    } cases[] = {
        {"0500", "5()"},
        {"0403616263", "4(616263)"},
        {"0403616263 020105", "4(616263)2(05)"}, /* one after the other */
        {"30 05 0403616263", "10{4(616263)}"},
        {"3080 0403616263 0000", "10{4(616263)}"},
        {"2480 04026162 2403 040163 0000", "4{4(6162)4{4(63)}}"},
        {"3000", "10{}"},
        {"3080 0000", "10{}"},
        {"3080 3080 0000 0000 0101ff", "10{10{}}1(ff)"},
        {"3006 3080 0500 0000", "10{10{5()}}"}, /* indefinite within definite */
        {"04820003 616263", "4(616263)"},       /* not minimal */
        {"0488 0000000000000003 616263", "4(616263)"},
        {"bf8f7f 02 0500", "1f{5()}"}, /* tags of several octets */
    };
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice in = hex(cases[i].octets);
        struct ber_stream s;

        for (size_t piece = 1; piece <= in.len; piece++) {
            assert_int_equal(read_all(in, piece, &s, &out), X4_OK);
            if (i == 12)
                assert_memory_equal(buf_cstr(&out) + out.len - 5, "{5()}", 5);
            else
                assert_string_equal(buf_cstr(&out), cases[i].tokens);
            assert_true(ber_stream_is_idle(&s));
            assert_int_equal(read_all(slice_sub(in, 0, in.len - 1), piece, &s, &out), X4_OK);
            assert_true(in.len == 1 || !ber_stream_is_idle(&s));
        }
    }
    buf_free(&out);
}

static void refuses_what_is_no_ber(void **state)
{
    static const struct {
        const char *octets;
        int error;
    } cases[] = {
        {"0000", X4_ESYNTAX},                   /* the end of nothing */
        {"3002 0000", X4_ESYNTAX},              /* of a definite length */
        {"3080 0001 00", X4_ESYNTAX},           /* with a length */
        {"3080 2000", X4_ESYNTAX},              /* constructed */
        {"0480", X4_ESYNTAX},                   /* primitive, indefinite */
        {"3003 0405 6162", X4_ESYNTAX},         /* longer than what is around it */
        {"3003 04820001 61", X4_ESYNTAX},       /* likewise its header */
        {"3005 3080 0500 0000", X4_ESYNTAX},    /* likewise its end */
        {"0489 010000000000000000", X4_ELIMIT}, /* 2^64 octets */
        {"1fffffffffffff7f 00", X4_ELIMIT},
    };
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice in = hex(cases[i].octets);

        for (size_t piece = 1; piece <= in.len; piece++) {
            struct ber_stream s;

            assert_int_equal(read_all(in, piece, &s, &out), cases[i].error);
        }
    }
    buf_free(&out);
}

static void is_bounded(void **state)
{
    uint8_t octets[256];
    struct ber_stream s;
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = i % 2 ? 0x80 : 0x30;
    assert_int_equal(read_all(slice_make(octets, 2 * LIMIT_BER_STREAM_DEPTH), 3, &s, &out), X4_OK);
    assert_int_equal(read_all(slice_make(octets, 2 * LIMIT_BER_STREAM_DEPTH + 2), 3, &s, &out),
                     X4_ELIMIT);
    memset(octets, 0, sizeof(octets)); /* a length of 100 octets, all zero */
    octets[0] = 0x04;
    octets[1] = 0x80 | 100;
    for (size_t piece = 1; piece <= 150; piece++)
        assert_int_equal(read_all(slice_make(octets, 150), piece, &s, &out), X4_ELIMIT);
    buf_free(&out);
}

/* The octets handed on lie where they were given. */
static void copies_nothing(void **state)
{
    static const uint8_t octets[] = "\x04\x05"
                                    "abcde";
    struct slice in = slice_make(octets, 7);
    struct ber_stream s = {.depth = 0};
    struct ber_token t;

    (void)state;
    assert_int_equal(ber_stream_next(&s, &in, &t), X4_OK);
    assert_int_equal(ber_stream_next(&s, &in, &t), X4_OK);
    assert_ptr_equal(t.octets.p, octets + 2);
    assert_int_equal(t.octets.len, 5);
    assert_int_equal(t.depth, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms_at_every_cut),
        cmocka_unit_test(refuses_what_is_no_ber),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(copies_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
