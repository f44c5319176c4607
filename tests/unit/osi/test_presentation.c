/* SPDX-License-Identifier: Apache-2.0 */
/* Presentation PDUs: vectors recorded from SMHS and ISODE, negotiation, and what must be refused.
 */
#include "osi/presentation/presentation.h"

#include "base/error.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ACSE, RTSE, MTSE, SYNTAXES, ARENA_MAX = 1024 * 1024, OUT_MAX = 65536 };

static const struct slice syntaxes[SYNTAXES] = {
    {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

#define CONTEXT_ACSE "30 0f 020101 0604 52010001 3004 0602 5101"
#define CONTEXT_RTSE "30 0f 020103 0604 5600020c 3004 0602 5101"
#define CONTEXT_MTSE "30 0f 020105 0604 56000207 3004 0602 5101"
#define ACCEPTED     "30 07 800100 8102 5101"

struct fixture {
    struct presentation p;
    struct arena arena;
    struct buf out;
    struct buf in;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    presentation_init(&f->p, syntaxes, SYNTAXES);
    arena_init(&f->arena, ARENA_MAX);
    buf_init(&f->out, OUT_MAX);
    buf_init(&f->in, OUT_MAX);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->out);
    buf_free(&f->in);
    free(f);
    return 0;
}

/* The octets of text, valid until the next call. */
static struct slice octets(struct fixture *f, const char *text)
{
    buf_reset(&f->in);
    hex_append(&f->in, text);
    return buf_view(&f->in);
}

static void assert_out(struct fixture *f, const char *text)
{
    struct slice expected = octets(f, text);

    assert_int_equal(f->out.len, expected.len);
    assert_memory_equal(f->out.p, expected.p, expected.len);
}

/* A CP with these contexts and a PDV in context id around 05 00. */
static int take_cp(struct fixture *f, const char *contexts, const char *id, int *refusal)
{
    struct p_connect_info info;
    char text[4096];

    snprintf(text, sizeof(text),
             "3180 a003800101 a280 a480 %s 0000 6180 3080 0201%s a0800500 0000 0000 0000 0000 0000",
             contexts, id);
    return presentation_take_cp(&f->p, octets(f, text), &f->arena, &info, refusal);
}

/* ---- connect --------------------------------------------------------------------------------- */

static void writes_a_cp(void **state)
{
    struct fixture *f = *state;
    struct p_connect_info info = {.called_psel = SLICE_LIT("P"),
                                  .value = {.syntax = ACSE, .tlv = SLICE_LIT("\x60\x00")}};

    presentation_propose(&f->p);
    assert_int_equal(presentation_put_cp(&f->p, &info, &f->out), X4_OK);
    assert_out(f, "314a a003800101 a243 820150 a433" CONTEXT_ACSE CONTEXT_RTSE CONTEXT_MTSE
                  "6109 3007 020101 a0026000");
}

static void reads_the_cp_of_smhs(void **state)
{
    struct fixture *f = *state;
    struct p_connect_info info;
    int refusal;
    struct slice cp =
        octets(f, "3180 a003800101 a280 810151 820150 a433" CONTEXT_ACSE CONTEXT_RTSE CONTEXT_MTSE
                  "6107 3005 020101 a000 0000 0000");

    assert_int_equal(presentation_take_cp(&f->p, cp, &f->arena, &info, &refusal), X4_EPROTO);
    assert_int_equal(refusal, P_REFUSED_NOT_SPECIFIED); /* [0] EXPLICIT without a value */
    cp = octets(f, "3180 a003800101 a280 810151 820150 a433" CONTEXT_ACSE CONTEXT_RTSE CONTEXT_MTSE
                   "6109 3007 020101 a0026000 0000 0000");
    assert_int_equal(presentation_take_cp(&f->p, cp, &f->arena, &info, &refusal), X4_OK);
    assert_true(slice_eq(info.calling_psel, SLICE_LIT("Q")));
    assert_true(slice_eq(info.called_psel, SLICE_LIT("P")));
    assert_int_equal(info.value.syntax, ACSE);
    assert_int_equal(info.value.tlv.len, 2);
    assert_int_equal(presentation_context_id(&f->p, RTSE), 3);
    assert_int_equal(presentation_context_id(&f->p, MTSE), 5);
}

static void keeps_the_order_of_contexts(void **state)
{
    struct fixture *f = *state;
    const struct p_connect_info info = {.responding_psel = SLICE_LIT("P"),
                                        .value = {.syntax = ACSE, .tlv = SLICE_LIT("\x61\x00")}};
    int refusal;

    /* MTSE under 9, an unknown syntax, RTSE with two transfer syntaxes, ACSE only with DER */
    assert_int_equal(take_cp(f,
                             "30 0f 020109 0604 56000207 3004 0602 5101"
                             "30 0d 02010b 0602 5300 3004 0602 5101"
                             "30 13 020103 0604 5600020c 3008 0602 5102 0602 5101"
                             "30 0f 020101 0604 52010001 3004 0602 5102",
                             "03", &refusal),
                     X4_OK);
    assert_int_equal(presentation_context_id(&f->p, MTSE), 9);
    assert_int_equal(presentation_context_id(&f->p, RTSE), 3);
    assert_int_equal(presentation_context_id(&f->p, ACSE), 0);
    assert_int_equal(presentation_put_cpa(&f->p, &info, &f->out), X4_ESTATE);
    f->out.len = 0;
    assert_int_equal(
        presentation_put_cpa(&f->p, &(struct p_connect_info){.calling_psel = SLICE_NONE}, &f->out),
        X4_OK);
    assert_out(f, "31 2b a003800101 a224 a522" ACCEPTED "3006 800102 820101" ACCEPTED
                  "3006 800102 820102");
}

static void refuses_bad_cps(void **state)
{
    static const struct {
        const char *contexts, *id;
        int refusal;
    } cases[] = {
        {CONTEXT_ACSE CONTEXT_ACSE, "01", P_REFUSED_NOT_SPECIFIED}, /* id twice */
        {"30 0f 020100 0604 52010001 3004 0602 5101", "00", P_REFUSED_NOT_SPECIFIED},
        {CONTEXT_ACSE, "03", P_REFUSED_DATA_NOT_READABLE}, /* no such context */
        {"30 0d 020101 0602 5300 3004 0602 5101", "01", P_REFUSED_DATA_NOT_READABLE},
        {"", "01", P_REFUSED_DATA_NOT_READABLE},
    };
    struct fixture *f = *state;
    struct p_connect_info info;
    int refusal;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(take_cp(f, cases[i].contexts, cases[i].id, &refusal), X4_EPROTO);
        assert_int_equal(refusal, cases[i].refusal);
    }
    /* version-1 not offered */
    assert_int_equal(presentation_take_cp(&f->p,
                                          octets(f, "3180 a003800101 a206 80020700 a400 0000"),
                                          &f->arena, &info, &refusal),
                     X4_EPROTO);
    assert_int_equal(refusal, P_REFUSED_VERSION);
    assert_int_equal(
        presentation_take_cp(&f->p, octets(f, "3005a003800101"), &f->arena, &info, &refusal),
        X4_EPROTO);
    assert_int_equal(
        presentation_take_cp(&f->p, octets(f, "3105a003800100"), &f->arena, &info, &refusal),
        X4_EPROTO);
}

static void refuses_more_contexts_than_it_can_keep(void **state)
{
    struct fixture *f = *state;
    char contexts[LIMIT_CONTEXTS * 64 + 64] = "";
    int refusal;

    for (int i = 0; i <= LIMIT_CONTEXTS; i++) {
        size_t len = strlen(contexts);

        snprintf(contexts + len, sizeof(contexts) - len, "300d0201%02x06025300300406025101", i + 1);
    }
    assert_int_equal(take_cp(f, contexts, "01", &refusal), X4_EPROTO);
    assert_int_equal(refusal, P_REFUSED_LOCAL_LIMIT);
}

static void reads_the_cpa_of_smhs(void **state)
{
    struct fixture *f = *state;
    struct p_connect_info info;
    const struct p_value value = {.syntax = RTSE, .tlv = SLICE_LIT("\x04\x00")};

    presentation_propose(&f->p);
    assert_int_equal(
        presentation_take_cpa(&f->p,
                              octets(f, "3131 a003800101 a22a a51b" ACCEPTED ACCEPTED ACCEPTED
                                        "610b 3009 020101 a004 61020500"),
                              &f->arena, &info),
        X4_OK);
    assert_int_equal(info.value.syntax, ACSE);
    assert_int_equal(presentation_put_data(&f->p, &value, &f->out), X4_OK);
    assert_out(f, "6109 3007 020103 a002 0400");
}

static void refuses_bad_cpas(void **state)
{
    static const char *const cases[] = {
        "311d a003800101 a216 a509" ACCEPTED "6109 3007 020101 a0026100", /* results missing */
        "3126 a003800101 a21f a51d" ACCEPTED ACCEPTED "3009 800100 8104 29010203", /* not BER */
        "3105 a003800101",
        "3105 a003800100",
        "0500",
    };
    struct fixture *f = *state;
    struct p_connect_info info;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        presentation_init(&f->p, syntaxes, SYNTAXES);
        presentation_propose(&f->p);
        assert_true(presentation_take_cpa(&f->p, octets(f, cases[i]), &f->arena, &info) < 0);
        assert_false(f->p.settled);
    }
}

static void a_rejected_context_cannot_be_used(void **state)
{
    struct fixture *f = *state;
    struct p_connect_info info;
    const struct p_value value = {.syntax = MTSE, .tlv = SLICE_LIT("\x05\x00")};

    presentation_propose(&f->p);
    assert_int_equal(presentation_take_cpa(&f->p,
                                           octets(f, "3124 a003800101 a21d a51b" ACCEPTED ACCEPTED
                                                     "3007 800102 81025101"),
                                           &f->arena, &info),
                     X4_OK);
    assert_false(slice_present(info.value.tlv));
    assert_int_equal(presentation_context_id(&f->p, MTSE), 0);
    assert_int_equal(presentation_put_data(&f->p, &value, &f->out), X4_ESTATE);
}

static void reads_cprs(void **state)
{
    struct fixture *f = *state;
    struct p_connect_info info;

    presentation_propose(&f->p);
    assert_int_equal(presentation_take_cpr(&f->p, octets(f, "3003 8a0103"), &f->arena, &info),
                     X4_OK);
    assert_true(info.provider_reason.present);
    assert_int_equal(info.provider_reason.value, P_REFUSED_ADDRESS_UNKNOWN);
    assert_int_equal(presentation_take_cpr(&f->p,
                                           octets(f, "3029 830150 a51b" ACCEPTED ACCEPTED ACCEPTED
                                                     "6107 3005 020101 a000"),
                                           &f->arena, &info),
                     X4_ETRUNC); /* [0] without a value */
    assert_int_equal(presentation_take_cpr(&f->p,
                                           octets(f, "302b 830150 a51b" ACCEPTED ACCEPTED ACCEPTED
                                                     "6109 3007 020101 a0026100"),
                                           &f->arena, &info),
                     X4_OK);
    assert_true(slice_eq(info.responding_psel, SLICE_LIT("P")));
    assert_int_equal(info.value.tlv.len, 2);
}

/* ---- data, abort ----------------------------------------------------------------------------- */

static void settle(struct fixture *f)
{
    int refusal;

    assert_int_equal(take_cp(f, CONTEXT_ACSE CONTEXT_RTSE CONTEXT_MTSE, "01", &refusal), X4_OK);
}

static void reads_data_in_all_shapes(void **state)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {"6109 3007 020103 a002 0400", X4_OK},
        {"6180 3080 020103 a080 0400 0000 0000 0000", X4_OK},
        {"6109 3007 020103 8102 0400", X4_OK},                          /* octet-aligned */
        {"610d 300b 06025101 020103 a002 0400", X4_OK},                 /* with transfer syntax */
        {"6109 3007 020107 a002 0400", X4_EPROTO},                      /* no such context */
        {"610a 3008 020103 8203 000400", X4_EUNSUPP},                   /* arbitrary */
        {"6112 3007 020103 a0020400 3007 020103 a0020400", X4_EUNSUPP}, /* two values */
        {"6002 0400", X4_EUNSUPP},                                      /* simply encoded */
        {"610a 3008 020103 a003 040000", X4_ESYNTAX}, /* more than one value inside */
        {"6109 3007 020103 a002 0405", X4_ETRUNC},
        {"0400", X4_ESYNTAX},
    };
    struct fixture *f = *state;
    struct p_value value;

    settle(f);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int error = presentation_take_data(&f->p, octets(f, cases[i].text), &f->arena, &value);

        if (cases[i].error == X4_OK) {
            assert_int_equal(error, X4_OK);
            assert_int_equal(value.syntax, RTSE);
            assert_int_equal(value.tlv.len, 2);
        } else {
            assert_true(error < 0);
        }
    }
}

static void the_header_fits_any_length(void **state)
{
    static const size_t lengths[] = {2, 100, 117, 118, 119, 120, 121, 122, 250, 65000, 1 << 20};
    struct fixture *f = *state;
    struct buf whole;

    settle(f);
    buf_init(&whole, 4 << 20);
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct ber_tlv tlv;
        struct p_value value;

        buf_reset(&whole);
        assert_int_equal(presentation_put_data_header(&f->p, RTSE, lengths[i], &whole), X4_OK);
        ber_put_header(&whole, BER_T_OCTET_STRING, false,
                       lengths[i] - ber_header_size(BER_T_OCTET_STRING, lengths[i] - 2));
        assert_non_null(buf_grow(&whole, lengths[i]));
        whole.len -= ber_header_size(BER_T_OCTET_STRING, lengths[i] - 2);
        assert_int_equal(ber_single(buf_view(&whole), &tlv), X4_OK);
        assert_int_equal(presentation_take_data(&f->p, buf_view(&whole), &f->arena, &value), X4_OK);
        assert_int_equal(value.tlv.len, lengths[i]);
    }
    buf_free(&whole);
}

/* Identifiers are the caller's choice; in front of data they stand in any size. */
static void wraps_data_in_a_context_of_any_number(void **state)
{
    static const struct {
        const char *integer;
        int64_t id;
    } cases[] = {
        {"02017f", 127},       {"02020080", 128},           {"02027fff", 32767},
        {"0203008000", 32768}, {"02047fffffff", INT32_MAX},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char context[128], text[512];
        struct p_connect_info info;
        struct p_value value;
        int refusal;

        snprintf(context, sizeof(context), "3080 %s 0604 5600020c 3004 0602 5101 0000",
                 cases[i].integer);
        snprintf(text, sizeof(text),
                 "3180 a003800101 a280 a480 %s 0000 6180 3080 %s a0020500 0000 0000 0000 0000",
                 context, cases[i].integer);
        presentation_init(&f->p, syntaxes, 3);
        assert_int_equal(presentation_take_cp(&f->p, octets(f, text), &f->arena, &info, &refusal),
                         X4_OK);
        assert_int_equal(presentation_context_id(&f->p, RTSE), cases[i].id);
        buf_reset(&f->out);
        assert_int_equal(presentation_put_data_header(&f->p, RTSE, 2, &f->out), X4_OK);
        buf_be16(&f->out, 0x0400);
        assert_int_equal(presentation_take_data(&f->p, buf_view(&f->out), &f->arena, &value),
                         X4_OK);
        assert_int_equal(value.tlv.len, 2);
    }
}

static void aborts(void **state)
{
    struct fixture *f = *state;
    const struct p_value value = {.syntax = ACSE, .tlv = SLICE_LIT("\x64\x03\x80\x01\x00")};
    struct p_abort abort;

    assert_int_equal(presentation_put_aru(&f->p, &value, &f->out), X4_OK);
    assert_out(f, "a000"); /* nothing settled yet */
    settle(f);
    buf_reset(&f->out);
    assert_int_equal(presentation_put_aru(&f->p, &value, &f->out), X4_OK);
    assert_out(f, "a02b a01b 3007 020101 06025101 3007 020103 06025101 3007 020105 06025101"
                  "610c 300a 020101 a005 6403800100");
    assert_int_equal(presentation_take_abort(&f->p, buf_view(&f->out), &f->arena, &abort), X4_OK);
    assert_int_equal(abort.kind, P_ABORT_USER);
    assert_true(slice_eq(abort.value.tlv, value.tlv));
    buf_reset(&f->out);
    assert_int_equal(presentation_put_arp(P_ABORT_UNEXPECTED_PPDU, &f->out), X4_OK);
    assert_out(f, "3003 800102");
    assert_int_equal(presentation_take_abort(&f->p, buf_view(&f->out), &f->arena, &abort), X4_OK);
    assert_int_equal(abort.kind, P_ABORT_PROVIDER);
    assert_int_equal(abort.reason.value, P_ABORT_UNEXPECTED_PPDU);
    assert_int_equal(presentation_take_abort(&f->p, octets(f, "3103800100"), &f->arena, &abort),
                     X4_OK);
    assert_int_equal(abort.kind, P_ABORT_X410);
    assert_true(presentation_take_abort(&f->p, octets(f, "0500"), &f->arena, &abort) < 0);
    assert_true(presentation_take_abort(&f->p, octets(f, ""), &f->arena, &abort) < 0);
}

/* ---- X.410 mode ------------------------------------------------------------------------------ */

static void tells_the_modes_apart(void **state)
{
    struct fixture *f = *state;
    struct slice params;
    enum p_mode mode;

    assert_int_equal(presentation_mode(octets(f, "3105 a003800101"), &mode), X4_OK);
    assert_int_equal(mode, P_MODE_NORMAL);
    assert_int_equal(presentation_mode(octets(f, "310a a103800101 a003800100"), &mode), X4_OK);
    assert_int_equal(mode, P_MODE_X410);
    assert_int_equal(presentation_mode(octets(f, "3103 840100"), &mode), X4_EMISSING);
    assert_int_equal(presentation_mode(octets(f, "3103 800100"), &mode), X4_ESYNTAX);
    assert_int_equal(presentation_mode(octets(f, "3105 a003800102"), &mode), X4_ESYNTAX);
    assert_true(presentation_mode(octets(f, "3005 a003800100"), &mode) < 0);
    assert_true(presentation_mode(octets(f, ""), &mode) < 0);

    assert_int_equal(presentation_put_x410(SLICE_LIT("\xa1\x03\x80\x01\x3f"), &f->out), X4_OK);
    assert_out(f, "310a a003800100 a10380013f");
    assert_int_equal(presentation_take_x410(buf_view(&f->out), &params), X4_OK);
    assert_true(slice_eq(params, SLICE_LIT("\xa1\x03\x80\x01\x3f")));
    assert_int_equal(presentation_take_x410(octets(f, "3105 a003800100"), &params), X4_EMISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_a_cp, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_the_cp_of_smhs, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_order_of_contexts, setup, teardown),
        cmocka_unit_test_setup_teardown(wraps_data_in_a_context_of_any_number, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_cps, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_more_contexts_than_it_can_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_the_cpa_of_smhs, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_cpas, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rejected_context_cannot_be_used, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_cprs, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_data_in_all_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_header_fits_any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(aborts, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_the_modes_apart, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
