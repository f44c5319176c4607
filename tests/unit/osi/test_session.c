/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of the protocol machine do not show: negotiation, versions, aborts and timers. */
#include "base/error.h"
#include "base/limits.h"
#include "hex.h"
#include "osi/session/spdu.h"
#include "session_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CONNECT "> S-CONNECT req units=0249 turn=here\nT-CONNECT cnf\n"
#define AC_V1   "< 0e0f 0509 130100 160101 1a0100 14020249\n"
#define AC_V2   "< 0e0f 0509 130100 160102 1a0100 14020249\n"
/* an activity that the peer sends */
#define RECEIVING                                                                                  \
    "> S-CONNECT req units=0249 turn=there\nT-CONNECT cnf\n"                                       \
    "< 0e0f 0509 130100 160102 1a0115 14020249\n< 01002d03290101\n"

static void start(struct end *e, const char *script)
{
    end_init(e, strncmp(script, "T-", 2) != 0, SLICE_NONE);
    end_run(e, script);
}

static void feed(struct end *e, struct slice tsdu)
{
    const struct t_prim prim = {.service = T_DATA_INDICATION, .data = gather_one(tsdu)};

    session_input(e->s, &prim);
}

/* ---- connection ----------------------------------------------------------------------------- */

/* A recorded CN of ISODE, and the answers that ISODE gives. */
static void test_answers_isode(void **state)
{
    struct end e;

    (void)state;
    end_init(&e, false, SLICE_LIT("MTA"));
    end_run(&e, "T-CONNECT ind");
    end_step(&e,
             "< 0d6801180a041402766d0b10170e313236313132323137303730365a050f130100150407f907f9"
             "1601031a01001402024934034d5441c1323130a003800100a12980013f820100a31ea01ca11a800d6d"
             "74612d612e6578616d706c65a10916077365637265744184010c");
    end_told(&e, "up: S-CONNECT ind ref=1402766d common=170e313236313132323137303730365a to=4d5441 "
                 "units=0249 turn=there <3130a003800100a12980013f820100a31ea01ca11a800d6d74612d612e"
                 "6578616d706c65a10916077365637265744184010c>\n");
    assert_int_equal(session_version(e.s), 0);
    assert_int_equal(end_step(&e, "> S-CONNECT rsp accepted ref=1402766d units=0249 <3100>"),
                     X4_OK);
    end_told(&e, "down: AC called=1402766d options=00 units=249 version=02 setting=00 <3100>\n");
    assert_int_equal(session_version(e.s), 2);
    assert_false(session_has_turn(e.s));
    end_free(&e);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *cn;
        const char *told;
    } cases[] = {
        /* recorded: ISODE offering version 3 only; without half-duplex */
        {"0d6801180a041402766d0b10170e313236313132323137303730365a050f130100150407f907f91601041a010"
         "0"
         "1402024934034d5441c1323130a003800100a12980013f820100a31ea01ca11a800d6d74612d612e6578616d7"
         "0"
         "6c65a10916077365637265744184010c",
         "down: RF called=1402766d common=170e313236313132323137303730365a td=01 version=03 "
         "reason=84\n"},
        {"0d10 0506 160103 1a0100 14020002 34024d54", "down: RF td=01 reason=81\n"},
        {"0d11 0506 160103 1a0100 14020002 34034d5441", "down: RF td=01 reason=86\n"},
        {"0d11 0506 160103 1a0102 14020249 34034d5441", "down: RF td=01 reason=86\n"},
        {"0d11 0506 160103 1a0114 14020249 34034d5441", "down: RF td=01 reason=86\n"},
        {"0d0d 0503 160103 3c0101 34034d5441", "down: RF td=01 reason=86\n"},
        {"0d00", "down: RF td=01 reason=81\n"},
        /* accepted: without PI 20, 22 and 26; with more units and tokens than needed */
        {"0d05 34034d5441", "up: S-CONNECT ind to=4d5441 units=0349 turn=there\n"},
        {"0d11 0506 160107 1a0155 1402ffff 34034d5441",
         "up: S-CONNECT ind to=4d5441 units=ffff turn=here\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char step[512];
        struct end e;

        end_init(&e, false, SLICE_LIT("MTA"));
        end_run(&e, "T-CONNECT ind");
        snprintf(step, sizeof(step), "< %s", cases[i].cn);
        end_step(&e, step);
        end_told(&e, cases[i].told);
        assert_true(end_in_state(&e, strstr(cases[i].told, "RF") ? "16" : "08"));
        end_free(&e);
    }
}

static void test_user_refuses(void **state)
{
    static const struct {
        const char *response;
        int error;
        const char *told;
    } cases[] = {
        {"> S-CONNECT rsp refused=02 ref=140161 <3103800102>", X4_OK,
         "down: RF called=140161 td=01 units=249 reason=02 <3103800102>\n"},
        {"> S-CONNECT rsp refused=01", X4_OK, "down: RF td=01 reason=01\n"},
        {"> S-CONNECT rsp refused=00", X4_OK, "down: RF td=01 reason=00\n"},
        {"> S-CONNECT rsp refused=83", X4_OK, "down: RF td=01 reason=83\n"},
        {"> S-CONNECT rsp refused=01 \"data\"", X4_EINVAL, ""},
        {"> S-CONNECT rsp accepted units=0002", X4_EUNSUPP, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct end e;

        start(&e, "T-CONNECT ind\n< 0d00\n");
        assert_int_equal(end_step(&e, cases[i].response), cases[i].error);
        end_told(&e, cases[i].told);
        assert_true(end_in_state(&e, cases[i].error ? "08" : "16"));
        end_free(&e);
    }
}

static void test_bad_accepts(void **state)
{
    static const struct {
        const char *ac;
        const char *wrong;
    } cases[] = {
        {"0e06 0500 14020249", NULL},
        {"0e04 14020249", NULL},
        {"0e00", NULL},
        {"0e09 0503 160102 14020248", "ACCEPT SPDU with other functional units than 0249"},
        {"0e09 0503 160102 1402024b", "ACCEPT SPDU with other functional units than 0249"},
        {"0e09 0503 160103 14020249", "ACCEPT SPDU with a protocol version that was not offered"},
        {"0e09 0503 160104 14020249", "ACCEPT SPDU with a protocol version that was not offered"},
        {"0e09 0503 1a0115 14020249", "ACCEPT SPDU with other token settings than proposed"},
        {"0e0c 0506 150407f907f9 14020249",
         "ACCEPT SPDU that limits TSDUs, which was not proposed"},
        {"0e0c 0506 1504000007f9 14020249", NULL}, /* only the other direction */
        {"0e07 100140 14020249", "ACCEPT SPDU that asks for a token that does not exist"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char step[512];
        char told[512];
        struct end e;

        start(&e, CONNECT);
        snprintf(step, sizeof(step), "< %s", cases[i].ac);
        snprintf(told, sizeof(told), "up: S-P-ABORT ind protocol-error: %s\ndown: AB td=05\n",
                 cases[i].wrong ? cases[i].wrong : "");
        end_step(&e, step);
        end_told(&e, cases[i].wrong ? told : "up: S-CONNECT cnf accepted units=0249 turn=here\n");
        end_free(&e);
    }
}

/* The octets of our own CN. */
static void test_cn_octets(void **state)
{
    static const uint8_t much[LIMIT_CN_USER_DATA + 1];
    struct s_prim connect = {.service = S_CONNECT,
                             .op = PRIM_REQUEST,
                             .u.connect = {.id = {.user_ref = SLICE_LIT("\x14\x01\x61"),
                                                  .common_ref = SLICE_LIT("\x17\x01\x30")},
                                           .called_ssel = SLICE_LIT("MTA"),
                                           .requirements = SESSION_RTS_UNITS}};
    struct end e;

    (void)state;
    start(&e, "");
    assert_int_equal(end_step(&e, "> S-CONNECT req units=0349 turn=here"), X4_EUNSUPP);
    connect.data = gather_one(slice_make(much, sizeof(much)));
    assert_int_equal(session_request(e.s, &connect), X4_ELIMIT);
    connect.u.connect.called_ssel = slice_make(much, LIMIT_SSEL + 1);
    connect.data = gather_one(SLICE_LIT("x"));
    assert_int_equal(session_request(e.s, &connect), X4_EBOUNDS);
    end_told(&e, "");
    connect.u.connect.called_ssel = SLICE_LIT("MTA");
    assert_int_equal(session_request(e.s, &connect), X4_OK);
    end_told(&e, "down: T-CONNECT req\n");
    end_step(&e, "T-CONNECT cnf");
    end_told(&e, "down: CN calling=140161 common=170130 options=00 units=249 version=03 setting=15 "
                 "to=4d5441 \"x\"\n");
    end_free(&e);

    /* more data than version 1 allows: only version 2 is offered */
    start(&e, "");
    connect.data = gather_one(slice_make(much, LIMIT_CN_USER_DATA));
    assert_int_equal(session_request(e.s, &connect), X4_OK);
    buf_reset(&e.told);
    end_step(&e, "T-CONNECT cnf");
    assert_non_null(strstr(buf_cstr(&e.told), "version=02"));
    buf_reset(&e.told);
    end_step(&e, "< 0e0f 0509 130100 160101 1a0115 14020249");
    assert_true(end_in_state(&e, "16"));
    end_free(&e);
}

/* ---- versions ------------------------------------------------------------------------------- */

static void test_version_1_limits(void **state)
{
    static const uint8_t octets[513];
    struct s_prim prim = {.service = S_ACTIVITY_END, .op = PRIM_REQUEST};
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V1 "> S-ACTIVITY-START req act=01\n");
    assert_int_equal(session_version(e.s), 1);
    prim.data = gather_one(slice_make(octets, 513));
    assert_int_equal(session_request(e.s, &prim), X4_ELIMIT);
    end_told(&e, "");
    assert_int_equal(session_next_serial(e.s), 1);
    prim.service = S_DATA;
    assert_int_equal(session_request(e.s, &prim), X4_OK); /* DT is not limited */
    buf_reset(&e.told);
    prim.service = S_ACTIVITY_END;
    prim.data = gather_one(slice_make(octets, 512));
    assert_int_equal(session_request(e.s, &prim), X4_OK);
    buf_reset(&e.told);
    assert_int_equal(end_step(&e, "> S-U-ABORT req \"0123456789\""), X4_OK);
    end_told(&e, "down: AB td=03\n"); /* too long: without the data */
    end_free(&e);

    start(&e, CONNECT AC_V1);
    assert_int_equal(end_step(&e, "> S-U-ABORT req \"012345678\""), X4_OK);
    end_told(&e, "down: AB td=03 \"012345678\"\n");
    end_free(&e);

    start(&e, CONNECT AC_V2);
    assert_int_equal(end_step(&e, "> S-U-ABORT req \"0123456789\""), X4_OK);
    end_told(&e, "down: AB td=03 \"0123456789\"\n");
    end_free(&e);
}

/* A caller who offers version 1 only cannot be answered with more than version 1 carries. */
static void test_version_1_answers(void **state)
{
    static const uint8_t octets[513];
    struct s_prim prim = {.service = S_CONNECT, .op = PRIM_RESPONSE};
    struct end e;

    (void)state;
    prim.u.connect.requirements = SESSION_RTS_UNITS;
    start(&e, "T-CONNECT ind\n< 0d09 0503 160101 14020249\n");
    prim.data = gather_one(slice_make(octets, 513));
    assert_int_equal(session_request(e.s, &prim), X4_ELIMIT);
    prim.u.connect.result = S_REFUSED_BY_USER;
    assert_int_equal(session_request(e.s, &prim), X4_ELIMIT);
    prim.u.connect.result = S_REFUSED_CONGESTION;
    prim.data = gather_one(slice_make(octets, 1)); /* only users have something to say */
    assert_int_equal(session_request(e.s, &prim), X4_EINVAL);
    assert_true(end_in_state(&e, "08"));
    prim.u.connect.result = S_ACCEPTED;
    prim.data = gather_one(slice_make(octets, 512));
    assert_int_equal(session_request(e.s, &prim), X4_OK);
    assert_int_equal(session_version(e.s), 1);
    end_free(&e);
}

static void test_version_1_received(void **state)
{
    struct buf pt;
    struct end e;

    (void)state;
    buf_init(&pt, 1024);
    hex_append(&pt, "02 ff 0208 100101 c1ff0201");
    memset(buf_grow(&pt, 513), 'x', 513);
    start(&e, CONNECT AC_V2);
    feed(&e, buf_view(&pt));
    assert_true(end_in_state(&e, "713"));
    end_free(&e);
    start(&e, CONNECT AC_V1);
    feed(&e, buf_view(&pt));
    end_told(&e, "up: S-P-ABORT ind protocol-error: more user data than version 1 allows\n"
                 "down: AB td=05\n");
    end_free(&e);
    buf_free(&pt);
}

/* ---- aborts, timers ------------------------------------------------------------------------- */

static void test_provider_aborts(void **state)
{
    static const struct {
        const char *ab;
        const char *told;
    } cases[] = {
        {"1903110105", "aborted by the peer's session provider: protocol error"},
        {"1903110109", "aborted by the peer's session provider, no reason given"},
        {"1903110111", "aborted by the peer's session provider: implementation restriction"},
        {"1903110104", "aborted by the peer's session provider: protocol error"},
        {"1900", "aborted by the peer's session provider, no reason given"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char step[64];
        char told[256];
        struct end e;

        start(&e, CONNECT AC_V2);
        snprintf(step, sizeof(step), "< %s", cases[i].ab);
        snprintf(told, sizeof(told),
                 "up: S-P-ABORT ind peer-provider: %s\ndown: T-DISCONNECT req\n", cases[i].told);
        end_step(&e, step);
        end_told(&e, told);
        end_free(&e);
    }
}

static void test_transport_ends(void **state)
{
    static const struct {
        const char *script;
        const char *told;
    } cases[] = {
        {"", ""},
        {"T-CONNECT ind\n", ""},
        {"> S-CONNECT req units=0249 turn=here\n", "up: S-P-ABORT ind transport-lost: gone\n"},
        {CONNECT, "up: S-P-ABORT ind transport-lost: gone\n"},
        {RECEIVING, "up: S-P-ABORT ind transport-lost: gone\n"},
        {CONNECT AC_V2 "> S-U-ABORT req\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct end e;

        start(&e, cases[i].script);
        end_step(&e, "T-DISCONNECT ind");
        end_told(&e, cases[i].told);
        assert_true(end_in_state(&e, "01"));
        assert_int_equal(e.timer_ms, 0);
        assert_false(session_in_activity(e.s));
        end_free(&e);
    }
}

#define NO_ANSWER                                                                                  \
    "up: S-P-ABORT ind timeout: no answer from the peer's session layer in time\ndown: AB td=09\n"

static void test_timers(void **state)
{
    static const struct {
        const char *script;
        uint32_t ms;
        const char *told;
        const char *next;
    } cases[] = {
        {"", 0, "", "01"},
        {"> S-CONNECT req units=0249 turn=here\n", END_ANSWER_MS,
         "up: S-P-ABORT ind timeout: no answer to the transport connect request\n"
         "down: T-DISCONNECT req\n",
         "01"},
        {"T-CONNECT ind\n", END_ANSWER_MS, "down: T-DISCONNECT req\n", "01"},
        {CONNECT, END_ANSWER_MS, NO_ANSWER, "16"},
        {CONNECT AC_V2, 0, "", "713"},
        {CONNECT AC_V2 "> S-RELEASE req\n", END_ANSWER_MS, NO_ANSWER, "16"},
        {CONNECT AC_V2 "> S-CONTROL-GIVE req\n", END_ANSWER_MS, NO_ANSWER, "16"},
        {CONNECT AC_V2 "> S-ACTIVITY-START req act=01\n> S-ACTIVITY-END req\n", END_ANSWER_MS,
         NO_ANSWER, "16"},
        {CONNECT AC_V2 "> S-ACTIVITY-START req act=01\n> S-ACTIVITY-DISCARD req reason=0\n",
         END_ANSWER_MS, NO_ANSWER, "16"},
        {CONNECT AC_V2 "> S-ACTIVITY-START req act=01\n> S-ACTIVITY-INTERRUPT req reason=0\n",
         END_ANSWER_MS, NO_ANSWER, "16"},
        {RECEIVING "> S-U-EXCEPTION-REPORT req reason=0\n", END_ANSWER_MS, NO_ANSWER, "16"},
        {CONNECT AC_V2 "> S-U-ABORT req\n", END_TIM_MS, "down: T-DISCONNECT req\n", "01"},
        {"T-CONNECT ind\n< 0d00\n> S-CONNECT rsp refused=01\n", END_TIM_MS,
         "down: T-DISCONNECT req\n", "01"},
        {CONNECT AC_V2 "> S-CONTROL-GIVE req\n< 0903110101\n", END_TIM_MS,
         "down: T-DISCONNECT req\n", "01"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct end e;

        start(&e, cases[i].script);
        assert_int_equal(e.timer_ms, cases[i].ms);
        end_step(&e, "timer");
        end_told(&e, cases[i].told);
        assert_true(end_in_state(&e, cases[i].next));
        end_free(&e);
    }
}

static void test_params_are_checked(void **state)
{
    static const uint8_t ssel[LIMIT_SSEL + 1];
    const struct session_params params = {.local_ssel = slice_make(ssel, sizeof(ssel))};
    const struct session_sink sink = {.ctx = NULL};

    (void)state;
    assert_null(session_new(&params, &sink));
    assert_string_equal(s_service_name(S_U_EXCEPTION_REPORT), "S-U-EXCEPTION-REPORT");
    assert_string_equal(s_service_name(S_SERVICES), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_isode),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_user_refuses),
        cmocka_unit_test(test_bad_accepts),
        cmocka_unit_test(test_cn_octets),
        cmocka_unit_test(test_version_1_limits),
        cmocka_unit_test(test_version_1_answers),
        cmocka_unit_test(test_version_1_received),
        cmocka_unit_test(test_provider_aborts),
        cmocka_unit_test(test_transport_ends),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_params_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
