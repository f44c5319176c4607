/* SPDX-License-Identifier: Apache-2.0 */
/* The EXTERNAL around an APDU, taken off however it is split; and the sentences about the end of an
 * association. */
#include "base/error.h"
#include "hex.h"
#include "osi/stack/external.h"
#include "osi/stack/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* All that comes out of a piece. */
static int strip_piece(struct external_strip *s, struct slice piece, struct buf *out)
{
    struct slice octets;
    int error;

    while ((error = external_strip(s, &piece, &octets)) == X4_OK)
        buf_slice(out, octets);
    return error == X4_EAGAIN ? X4_OK : error;
}

/* Strips in as two pieces split at at, and a third at third. */
static int strip(struct slice in, size_t at, struct buf *out)
{
    const struct slice pieces[] = {slice_sub(in, 0, at), slice_sub(in, at, 1),
                                   slice_from(in, at + 1)};
    struct external_strip s = {.done = false};

    buf_reset(out);
    for (unsigned i = 0; i < 3; i++) {
        int error = strip_piece(&s, pieces[i], out);

        if (error)
            return error;
    }
    return s.done ? X4_OK : X4_EAGAIN;
}

static void strips_at_every_split(void **state)
{
    static const char *const cases[] = {
        "280b 020105 a006 a00400010203",
        "2880 020105 a080 a00400010203",          /* ISODE; end-of-contents cut off here */
        "280f 06025101 020105 a006 a00400010203", /* with direct-reference */
        "2812 06025101 020105 0701 41 a006 a00400010203",
        "280c 02020401 8106 a00400010203", /* octet-aligned, a large context */
        "28820010 020105 a08200 06 a00400010203ffff",
        "2880 020105 a180 0401a0 2480 04020400 0000 0403010203 0000 0000", /* in segments */
        "2811 020105 a10c 2404 0402a004 0404 00010203",
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice in = hex(cases[i]);

        for (size_t at = 0; at < in.len; at++) {
            assert_int_equal(strip(in, at, &out), X4_OK);
            assert_true(out.len >= 6);
            assert_memory_equal(out.p, "\xa0\x04\x00\x01\x02\x03", 6);
        }
    }
    buf_free(&out);
}

static void refuses_what_is_no_external(void **state)
{
    static const char *const cases[] = {
        "a004 00010203", /* a bare APDU */
        "0804 00010203", /* primitive */
        "2804 30020500", /* a member that does not belong */
        "2806 8206 000000000000", "28ff 00", "2880 0681c8", "2803 020105", /* no encoding */
        "2880 a180 0301 00", /* segments of another kind */
    };
    uint8_t long_one[EXTERNAL_REFERENCES_MAX + 6] = {0x28, 0x80, 0x07, 0x81, 0xc8};
    struct external_strip s = {.done = false};
    struct buf out;

    (void)state;
    buf_init(&out, 1024);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_true(strip(hex(cases[i]), 1, &out) < 0);
    assert_int_equal(strip(hex("2880 0201"), 1, &out), X4_EAGAIN);
    assert_int_equal(strip_piece(&s, slice_make(long_one, sizeof(long_one)), &out), X4_ELIMIT);
    buf_free(&out);
}

/* Nor may references without octets go on for ever. */
static void references_are_few(void **state)
{
    uint8_t octets[2 + 2 * (EXTERNAL_REFERENCES_MAX + 1)] = {0x28, 0x80};
    struct external_strip s = {.done = false};
    struct buf out;

    (void)state;
    for (size_t i = 2; i < sizeof(octets); i += 2)
        octets[i] = BER_T_OID;
    buf_init(&out, 16);
    assert_int_equal(strip_piece(&s, slice_make(octets, sizeof(octets)), &out), X4_ELIMIT);
    buf_free(&out);
}

static void writes_what_it_strips(void **state)
{
    static const size_t lengths[] = {0, 1, 120, 121, 122, 123, 127, 128, 250, 65535, 1 << 20};
    static const int64_t contexts[] = {1, 5, 127, 128, 300, 70000};
    struct buf out;

    (void)state;
    buf_init(&out, 4 << 20);
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (unsigned k = 0; k < sizeof(contexts) / sizeof(contexts[0]); k++) {
            struct external_strip s = {.done = false};
            struct ber_tlv tlv;
            struct slice rest;
            struct slice octets = SLICE_NONE;

            buf_reset(&out);
            assert_int_equal(external_put_header(contexts[k], lengths[i], &out), X4_OK);
            assert_true(lengths[i] == 0 || buf_grow(&out, lengths[i]) != NULL);
            assert_int_equal(ber_single(buf_view(&out), &tlv), X4_OK);
            rest = buf_view(&out);
            assert_int_equal(external_strip(&s, &rest, &octets), lengths[i] ? X4_OK : X4_EAGAIN);
            assert_true(s.done);
            assert_int_equal(octets.len, lengths[i]);
        }
    }
    buf_free(&out);
}

/* ---- sentences ------------------------------------------------------------------------------- */

static void refusals_read_well(void **state)
{
    static const struct {
        struct rt_refusal from;
        enum stack_layer layer;
        int bind_error;
        bool transient;
        const char *text;
    } cases[] = {
        /* Nexor: busy as rejected-permanent */
        {{RT_LAYER_ACSE, 1, false, false, {(const uint8_t *)"\xb2\x03\x02\x01\x00", 5}, NULL},
         STACK_LAYER_MTA,
         0,
         true,
         "the peer MTA refused the bind: busy (0)"},
        {{RT_LAYER_ACSE, 1, false, true, {(const uint8_t *)"\x02\x01\x02", 3}, NULL},
         STACK_LAYER_MTA,
         2,
         false,
         "the peer MTA refused the bind: authentication error: MTA name or password does not match "
         "(2)"},
        {{RT_LAYER_ACSE, 2, false, false, {NULL, 0}, NULL},
         STACK_LAYER_ACSE,
         -1,
         false,
         "the peer's ACSE layer refused the association: the application context mts-transfer is "
         "not "
         "supported"},
        {{RT_LAYER_RTSE, 3, false, false, {NULL, 0}, NULL},
         STACK_LAYER_MTA,
         3,
         false,
         "the peer MTA refused the bind: the dialogue mode (monologue or two-way alternate) is "
         "unacceptable (3)"},
        {{RT_LAYER_RTSE, 1, false, false, {NULL, 0}, NULL},
         STACK_LAYER_RTSE,
         -1,
         false,
         "the peer's RTSE layer refused the association: the old association cannot be recovered"},
        {{RT_LAYER_RTSE, 3, true, true, {NULL, 0}, NULL},
         STACK_LAYER_RTSE,
         -1,
         true,
         "the peer aborted the association while it was being opened: temporary problem"},
        {{RT_LAYER_SESSION, 0x81, false, false, {NULL, 0}, NULL},
         STACK_LAYER_SESSION,
         -1,
         false,
         "the peer's session layer refused the association: the session selector is unknown there"},
        {{RT_LAYER_PRESENTATION, 99, false, false, {NULL, 0}, NULL},
         STACK_LAYER_PRESENTATION,
         -1,
         false,
         "the peer's presentation layer refused the association: unknown reason"},
        {{RT_LAYER_TRANSPORT, 3, true, false, {NULL, 0}, "transport address unknown"},
         STACK_LAYER_TRANSPORT,
         -1,
         false,
         "the transport connection ended: transport address unknown"},
        {{RT_LAYER_ACSE, -1, false, false, {(const uint8_t *)"\xb2\x05\x02\x01", 4}, NULL},
         STACK_LAYER_ACSE,
         -1,
         false,
         "the peer's ACSE layer refused the association: no reason given"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stack_refusal out;

        stack_make_refusal(&cases[i].from, &out);
        assert_string_equal(out.text, cases[i].text);
        assert_int_equal(out.layer, cases[i].layer);
        assert_int_equal(out.bind_error, cases[i].bind_error);
        assert_int_equal(out.transient, cases[i].transient);
    }
}

static void aborts_read_well(void **state)
{
    static const struct {
        struct rt_abort from;
        const char *text;
    } cases[] = {
        {{RT_LAYER_RTSE, true, 4, false, NULL},
         "the peer aborted the association: protocol error (4)"},
        {{RT_LAYER_RTSE, true, -1, false, NULL},
         "the peer's RTSE layer aborted the association, no reason given"},
        {{RT_LAYER_PRESENTATION, true, 2, false, NULL},
         "the peer's presentation layer aborted the association"},
        {{RT_LAYER_TRANSPORT, true, -1, false, NULL},
         "the transport connection ended before an association was opened"},
        {{RT_LAYER_SESSION, false, -1, false, "unexpected DT"}, "the session ended: unexpected DT"},
        {{RT_LAYER_LOCAL, false, 0, false, "a timer expired"}, "a timer expired"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stack_abort out;

        stack_make_abort(&cases[i].from, &out);
        assert_string_equal(out.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_at_every_split), cmocka_unit_test(refuses_what_is_no_external),
        cmocka_unit_test(references_are_few),    cmocka_unit_test(writes_what_it_strips),
        cmocka_unit_test(refusals_read_well),    cmocka_unit_test(aborts_read_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
