/* SPDX-License-Identifier: Apache-2.0 */
/* The APDUs of association control: recorded vectors both ways. */
#include "osi/acse/acse.h"

#include "base/error.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ARENA_MAX = 65536, OUT_MAX = 4096 };

/* mts-transfer 2.6.0.1.6 */
static const struct slice mts_transfer = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4};

static void assert_octets(const struct buf *out, const char *text)
{
    struct slice expected = hex(text);

    assert_int_equal(out->error, X4_OK);
    assert_int_equal(out->len, expected.len);
    assert_memory_equal(out->p, expected.p, expected.len);
}

/* As the bind of SMHS, with a short RTORQ. */
static void aarq(void **state)
{
    static const char vector[] =
        "601c a106 0604 56000106 be12 2810 06025101 020103 a007 b005 a303a10100";
    const struct acse_value value = {.context = 3,
                                     .tlv = SLICE_LIT("\xb0\x05\xa3\x03\xa1\x01\x00")};
    struct acse_associate read;
    struct acse_value out_value;
    struct arena arena;
    struct buf out;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, OUT_MAX);
    assert_int_equal(acse_put_aarq(mts_transfer, &value, &out), X4_OK);
    assert_octets(&out, vector);
    assert_int_equal(acse_take_aarq(buf_view(&out), &arena, &read), X4_OK);
    assert_true(slice_eq(read.context_name, mts_transfer));
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_OK);
    assert_int_equal(out_value.context, 3);
    assert_true(slice_eq(out_value.tlv, value.tlv));
    buf_free(&out);
    arena_free(&arena);
}

/* The refusal of isode_n_refuse. */
static void aare(void **state)
{
    static const char vector[] = "612a a106 0604 56000106 a203 020101 a305 a103 020101"
                                 "be14 2812 06025101 020103 a009 b207a105b203020102";
    const struct acse_value value = {.context = 3,
                                     .tlv = SLICE_LIT("\xb2\x07\xa1\x05\xb2\x03\x02\x01\x02")};
    struct acse_associate read;
    struct acse_value out_value;
    struct arena arena;
    struct buf out;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, OUT_MAX);
    assert_int_equal(
        acse_put_aare(mts_transfer, ACSE_REJECTED_PERMANENT, ACSE_NO_REASON_GIVEN, &value, &out),
        X4_OK);
    assert_octets(&out, vector);
    assert_int_equal(acse_take_aare(buf_view(&out), &arena, &read), X4_OK);
    assert_int_equal(read.result, ACSE_REJECTED_PERMANENT);
    assert_int_equal(read.diagnostic.which, ACSE_SERVICE_USER);
    assert_int_equal(read.diagnostic.user, ACSE_NO_REASON_GIVEN);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_OK);
    assert_true(slice_eq(out_value.tlv, value.tlv));
    /* by the provider, without user information */
    assert_int_equal(
        acse_take_aare(hex("6116 a106 0604 56000106 a203 020102 a305 a203 020102"), &arena, &read),
        X4_ETRUNC);
    assert_int_equal(
        acse_take_aare(hex("6114 a106 0604 56000106 a203 020102 a305 a203 020102"), &arena, &read),
        X4_OK);
    assert_int_equal(read.diagnostic.which, ACSE_SERVICE_PROVIDER);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_OK);
    assert_false(slice_present(out_value.tlv));
    buf_free(&out);
    arena_free(&arena);
}

static void release(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX);
    assert_int_equal(acse_put_rlrq(&out), X4_OK);
    assert_octets(&out, "6203800100");
    buf_reset(&out);
    assert_int_equal(acse_put_rlre(&out), X4_OK);
    assert_octets(&out, "6303800100");
    buf_free(&out);
}

/* ISODE leaves the direct reference out and tags RTAB 36. */
static void abrt(void **state)
{
    const struct acse_value value = {.context = 3, .tlv = SLICE_LIT("\xb6\x03\x80\x01\x04")};
    struct acse_abort read;
    struct acse_value out_value;
    struct arena arena;
    struct buf out;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, OUT_MAX);
    assert_int_equal(acse_put_abrt(&value, &out), X4_OK);
    assert_octets(&out, "6415 800100 be10 280e 06025101 020103 a005 b603800104");
    assert_int_equal(
        acse_take_abrt(hex("6411 800100 be0c 280a 020103 a005 3603800104"), &arena, &read), X4_OK);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_OK);
    assert_int_equal(out_value.context, 3);
    assert_int_equal(out_value.tlv.p[0], 0x36);
    /* octet-aligned, no reference at all */
    assert_int_equal(acse_take_abrt(hex("640e 800100 be09 2807 8105 b603800104"), &arena, &read),
                     X4_OK);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_OK);
    assert_int_equal(out_value.context, 0);
    assert_true(slice_eq(out_value.tlv, value.tlv));
    /* arbitrary; two values; none */
    assert_int_equal(acse_take_abrt(hex("640b 800100 be06 2804 82020005"), &arena, &read), X4_OK);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_EUNSUPP);
    assert_int_equal(acse_take_abrt(hex("640d 800100 be08 2806 8104 05000500"), &arena, &read),
                     X4_OK);
    assert_int_equal(acse_user_information(&read.user_information, &out_value), X4_ESYNTAX);
    buf_free(&out);
    arena_free(&arena);
}

static void refuses_what_is_something_else(void **state)
{
    struct acse_associate associate;
    struct acse_abort abort;
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    assert_true(acse_take_aarq(hex("6108a1060604 56000106"), &arena, &associate) < 0);
    assert_true(acse_take_aarq(hex("6000"), &arena, &associate) < 0);
    assert_true(acse_take_aare(hex("6008a1060604 56000106"), &arena, &associate) < 0);
    assert_true(acse_take_abrt(hex("6400"), &arena, &abort) < 0);
    assert_true(acse_take_abrt(SLICE_NONE, &arena, &abort) < 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aarq),
        cmocka_unit_test(aare),
        cmocka_unit_test(release),
        cmocka_unit_test(abrt),
        cmocka_unit_test(refuses_what_is_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
