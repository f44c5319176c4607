/* SPDX-License-Identifier: Apache-2.0 */
/* User-data of P-DATA in every form that BER and X.226 allow, whichever way it comes. */
#include "base/error.h"
#include "hex.h"
#include "osi/presentation/pdv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { CONTEXT = 3, TEXT_MAX = 4096 };

static void token_text(const struct ber_token *t, struct buf *out)
{
    if (t->kind == BER_TOKEN_BEGIN)
        buf_printf(out, "%u:%x%c", t->depth, t->tag, t->constructed ? '{' : '(');
    else if (t->kind == BER_TOKEN_CONTENTS)
        buf_slice(out, t->octets);
    else
        buf_text(out, t->constructed ? "}" : ")");
}

/* The tokens of the values in user data that come in pieces of this size. X4_EAGAIN: more is
 * expected. */
static int read_all(struct slice in, size_t piece, struct buf *out)
{
    struct pdv_stream s;

    pdv_stream_init(&s, CONTEXT);
    buf_reset(out);
    for (size_t at = 0; at < in.len; at += piece) {
        struct slice part = slice_sub(in, at, piece);
        struct ber_token t;
        int error;

        while ((error = pdv_stream_next(&s, &part, &t)) == X4_OK)
            token_text(&t, out);
        if (error != X4_EAGAIN)
            return error;
        assert_int_equal(part.len, 0);
    }
    return pdv_stream_is_whole(&s) ? X4_OK : X4_EAGAIN;
}

static void reads_all_forms_at_every_cut(void **state)
{
    static const struct {
        const char *octets;
        const char *tokens;
    } cases[] = {
        /* single-ASN1-type */
        {"610c 300a 020103 a005 0403616263", "0:4(abc)"},
        {"6180 3080 020103 a080 0403616263 0000 0000 0000", "0:4(abc)"},
        {"6110 300e 06025101 020103 a005 0403616263", "0:4(abc)"},
        {"610d 300b 02020003 a005 0403616263", "0:4(abc)"}, /* an INTEGER with a zero too many */
        {"6180 3080 020103 a080 2480 040161 2404 04026263 0000 0000 0000 0000",
         "0:4{1:4(a)1:4{2:4(bc)}}"},
        {"610d 300b 020103 a006 2604 0202 0102", "0:6{1:2(\x01\x02)}"}, /* whatever the value is */
        /* octet-aligned */
        {"610c 300a 020103 8105 0403616263", "0:4(abc)"},
        {"6113 3011 020103 810c 0403616263 0500 0403646566", "0:4(abc)0:5()0:4(def)"},
        {"6180 3080 020103 a180 040104 0404 03616263 0000 0000 0000", "0:4(abc)"},
        {"6180 3080 020103 a10d 2406 04020403 0400 0403616263 0000 0000", "0:4(abc)"},
        {"6180 3080 020103 8109 2480 040161 0000 0500 0000 0000", "0:4{1:4(a)}0:5()"},
        /* several PDV-lists */
        {"6118 300a 020103 a005 0403616263 300a 020103 8105 0403646566", "0:4(abc)0:4(def)"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice in = hex(cases[i].octets);

        for (size_t piece = 1; piece <= in.len; piece++) {
            if (read_all(in, piece, &out) != X4_OK)
                fail_msg("case %zu in pieces of %zu", i, piece);
            /* contents come in pieces too, but together they are the same */
            assert_string_equal(buf_cstr(&out), cases[i].tokens);
            assert_int_equal(read_all(slice_sub(in, 0, in.len - 1), piece, &out), X4_EAGAIN);
        }
    }
    buf_free(&out);
}

static void refuses_what_it_must(void **state)
{
    static const struct {
        const char *octets;
        int error;
    } cases[] = {
        {"6005 0403616263", X4_EPROTO},                           /* simply-encoded-data */
        {"4105 0403616263", X4_EPROTO},                           /* primitive */
        {"6100", X4_EPROTO},                                      /* no PDV-list */
        {"6102 3000", X4_EPROTO},                                 /* an empty one */
        {"6102 1000", X4_EPROTO},                                 /* a primitive one */
        {"6107 3005 020103 0500", X4_EPROTO},                     /* no value */
        {"6105 3003 020103", X4_EPROTO},                          /* likewise */
        {"610c 300a 020105 a005 0403616263", X4_EPROTO},          /* another context */
        {"6109 3007 a005 0403616263", X4_EPROTO},                 /* none at all */
        {"610f 300d 020103 020103 a005 0403616263", X4_EPROTO},   /* twice */
        {"6110 300e 020103 06025101 a005 0403616263", X4_EPROTO}, /* in the wrong order */
        {"6114 3012 06025101 06025101 020103 a005 0403616263", X4_EPROTO},
        {"610b 3009 0200 a005 0403616263", X4_ESYNTAX},
        {"6114 3012 0209 000000000000000003 a005 0403616263", X4_EPROTO},
        {"610c 300a 020103 8205 0003616263", X4_EUNSUPP}, /* arbitrary */
        {"6107 3005 020103 a000", X4_EPROTO},             /* an empty single-ASN1-type */
        {"610b 3009 020103 a004 0500 0500", X4_EPROTO},   /* and one with two values */
        {"6107 3005 020103 8100", X4_EPROTO},             /* an empty octet-aligned */
        {"6107 3005 020103 a100", X4_EPROTO},
        {"6180 3080 020103 a108 2406 04020403 0400 0000",
         X4_EPROTO}, /* a value that is not whole */
        {"610b 3009 020103 8104 04036162", X4_EPROTO},
        {"6109 3007 020103 8102 0000", X4_ESYNTAX},             /* or is none */
        {"610d 300b 020103 a106 0c0403616263", X4_EPROTO},      /* a segment that is none */
        {"610f 300d 020103 a005 0403616263 020103", X4_EPROTO}, /* something behind the values */
        {"610e 300a 020103 a005 0403616263 0500", X4_EPROTO},   /* behind the PDV-lists */
        {"610c 300a 020103 a005 0403616263 0500", X4_EPROTO},   /* behind the user data */
    };
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice in = hex(cases[i].octets);

        for (size_t piece = 1; piece <= in.len; piece++) {
            int error = read_all(in, piece, &out);

            if (error != cases[i].error)
                fail_msg("case %zu in pieces of %zu: %d", i, piece, error);
        }
    }
    buf_free(&out);
}

/* Segments within segments, to a depth that is sane. */
static void depth_is_bounded(void **state)
{
    static const uint8_t head[] = {0x61, 0x80, 0x30, 0x80, 0x02, 0x01, 0x03, 0xa0, 0x80};
    uint8_t octets[sizeof(head) + 2 * LIMIT_BER_STREAM_DEPTH];
    struct buf out;

    (void)state;
    memcpy(octets, head, sizeof(head));
    for (size_t i = sizeof(head); i < sizeof(octets); i += 2) {
        octets[i] = 0x24;
        octets[i + 1] = 0x80;
    }
    buf_init(&out, TEXT_MAX);
    assert_int_equal(read_all(slice_make(octets, sizeof(head) + 2 * 13), 1, &out), X4_EAGAIN);
    assert_int_equal(read_all(slice_make(octets, sizeof(head) + 2 * 14), 1, &out), X4_ELIMIT);
    buf_free(&out);
}

/* One octet behind the end is not yet wrong, but nothing whole either. */
static void nothing_follows(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    assert_int_equal(read_all(hex("610c 300a 020103 a005 0403616263 00"), 1, &out), X4_EAGAIN);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms_at_every_cut),
        cmocka_unit_test(refuses_what_it_must),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(nothing_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
