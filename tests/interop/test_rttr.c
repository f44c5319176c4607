/* SPDX-License-Identifier: Apache-2.0 */
/* test_rttr APDU: the APDU (in its EXTERNAL) is found in P-DATA of every form that BER allows. */
#include "prog/x400dump/assoc.h"

#include "ber/ber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { APDU_MAX = 4096, TEXT_MAX = 1024 * 1024, CUT = 100 };

static uint8_t apdu[APDU_MAX];
static size_t apdu_len;

/* A PDV-list with these presentation-data-values around the OCTET STRING of octets. */
static void put_list(uint32_t tag, bool constructed, struct slice octets, struct buf *out)
{
    size_t len = ber_header_size(BER_T_OCTET_STRING, octets.len) + octets.len;

    ber_put_header(out, BER_T_SEQUENCE, true, 3 + ber_header_size(tag, len) + len);
    ber_put_integer(out, BER_T_INTEGER, 3);
    ber_put_header(out, tag, constructed, len);
    ber_put_tlv(out, BER_T_OCTET_STRING, false, octets);
}

static void single(struct slice octets, struct buf *out)
{
    put_list(BER_CONTEXT(0), true, octets, out);
}

static void aligned(struct slice octets, struct buf *out)
{
    put_list(BER_CONTEXT(1), false, octets, out);
}

static void several(struct slice octets, struct buf *out)
{
    put_list(BER_CONTEXT(0), true, slice_sub(octets, 0, CUT), out);
    put_list(BER_CONTEXT(1), false, slice_from(octets, CUT), out);
}

static void segments(struct slice octets, struct buf *out)
{
    buf_append(out, "\x30\x80\x02\x01\x03\xa0\x80\x24\x80", 9);
    ber_put_tlv(out, BER_T_OCTET_STRING, false, slice_sub(octets, 0, CUT));
    ber_put_tlv(out, BER_T_OCTET_STRING, false, slice_from(octets, CUT));
    buf_append(out, "\0\0\0\0\0\0", 6);
}

static void keep(void *ctx, struct slice octets)
{
    struct buf *text = ctx;

    buf_slice(text, octets);
}

static void finds_the_apdu_in_every_form(void **state)
{
    static void (*const forms[])(struct slice, struct buf *) = {single, aligned, several, segments};
    const struct out_options options = {.hex = false};

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct buf text, tsdu;
        struct out out;
        struct assoc *a;

        buf_init(&text, TEXT_MAX);
        buf_init(&tsdu, 2 * APDU_MAX);
        out_init(&out, &options, keep, &text);
        a = assoc_new(&out, 0, 0);
        assert_non_null(a);
        buf_append(&tsdu, "\x01\x00\x01\x00\x61\x80", 6);
        forms[i](slice_make(apdu, apdu_len), &tsdu);
        buf_be16(&tsdu, 0);
        assoc_tsdu(a, 0, SLICE_LIT("\x01\x00\x2d\x05\x29\x03\x02\x01\x01"));
        assoc_tsdu(a, 0, buf_view(&tsdu));
        assoc_tsdu(a, 0, SLICE_LIT("\x01\x00\x29\x03\x2a\x01\x31"));
        assert_int_equal(a->counts.messages, 1);
        assert_false(out.problems);
        assert_non_null(strstr(buf_cstr(&text), "msg-0001"));
        assoc_free(&a);
        out_free(&out);
        buf_free(&tsdu);
        buf_free(&text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_apdu_in_every_form),
    };
    FILE *in = argc > 1 ? fopen(argv[1], "rb") : NULL;

    if (!in) {
        fprintf(stderr, "usage: test_rttr APDU\n");
        return 2;
    }
    apdu_len = fread(apdu, 1, sizeof(apdu), in);
    fclose(in);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
