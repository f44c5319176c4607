/* SPDX-License-Identifier: Apache-2.0 */
/* Segmented SSDUs, concatenation, serial numbers, and what a request may not carry. */
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

/* ---- segmenting and concatenation ----------------------------------------------------------- */

static void test_segmented(void **state)
{
    static const struct {
        const char *script;
        const char *told;
    } cases[] = {
        {"< 0100010319010161\n< 0100010319010062\n< 01000103 190102 63\n",
         "up: S-DATA ind \"abc\"\n"},
        {"< 01003109 2a0131 190101 c10161\n< 01003106 190102 c10162\n",
         "up: S-SYNC-MINOR ind sn=1 \"ab\"\n"},
        {"< 0100010319010361\n", "up: S-DATA ind \"a\"\n"},
        /* PT may come in between; AD, AB and the like make an end of it */
        {"< 0100010319010161\n< 0203100101\n< 01000103 190102 63\n",
         "up: S-TOKEN-PLEASE ind tokens=01\nup: S-DATA ind \"ac\"\n"},
        {"< 0100010319010161\n< 01003900\n", "up: S-ACTIVITY-DISCARD ind reason=0\n"},
        {"< 0100010319010161\n< 1909 110103 190101 c10161\n< 1906 190102 c10162\n",
         "up: S-U-ABORT ind \"ab\"\ndown: T-DISCONNECT req\n"},
    };
    static const char *const errors[] = {
        "< 0100010319010062\n",                     /* no first one */
        "< 0100010319010263\n",                     /* likewise */
        "< 0100010319010161\n< 0100010319010161\n", /* two first ones */
        "< 0100010319010161\n< 0100010061\n",       /* a whole one in between */
        "< 0100010319010161\n< 010031032a0131\n",   /* another SPDU */
        "< 01003109 2a0131 190101 c10161\n< 01000103 190102 63\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char script[512];
        struct end e;

        start(&e, RECEIVING);
        snprintf(script, sizeof(script), "%s", cases[i].script);
        for (char *rest = script; rest && *rest;)
            end_step(&e, strsep(&rest, "\n"));
        end_told(&e, cases[i].told);
        end_free(&e);
    }
    for (size_t i = 0; i < COUNT(errors); i++) {
        struct end e;

        start(&e, RECEIVING);
        end_run(&e, errors[i]);
        assert_true(end_in_state(&e, "16"));
        end_free(&e);
    }
}

/* What we report an exception about may be half there: the rest is dropped, the next is not harmed.
 */
static void test_segmented_in_exception(void **state)
{
    struct end e;

    (void)state;
    start(&e, RECEIVING "< 0100010319010161\n> S-U-EXCEPTION-REPORT req reason=0\n"
                        "< 0100010319010062\n< 0100010319010263\n< 010031032a0131\n< 01003900\n");
    assert_true(end_in_state(&e, "11C"));
    end_free(&e);
}

static void test_segmented_in_version_1(void **state)
{
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V1);
    end_step(&e, "< 0209 100101 190101 c10161");
    end_told(&e, "up: S-P-ABORT ind protocol-error: segmented SPDU in version 1\ndown: AB td=05\n");
    end_free(&e);
}

static void test_segmented_is_bounded(void **state)
{
    struct buf dt;
    struct end e;

    (void)state;
    buf_init(&dt, 70000);
    hex_append(&dt, "0100 0103 190101");
    memset(buf_grow(&dt, 65536), 'x', 65536);
    start(&e, RECEIVING);
    for (unsigned i = 0; i < LIMIT_TSDU / 65536; i++) {
        feed(&e, buf_view(&dt));
        dt.p[6] = 0; /* middle */
        end_told(&e, "");
    }
    feed(&e, buf_view(&dt));
    end_told(&e, "up: S-P-ABORT ind local: segmented SSDU too large\ndown: AB td=09\n");
    end_free(&e);
    buf_free(&dt);
}

/* A real GT in front of a category 2 SPDU counts after it. */
static void feed_part(struct end *e, const char *octets, enum data_part part)
{
    const struct t_prim prim = {
        .service = T_DATA_INDICATION, .data = gather_one(hex(octets)), .part = part};

    session_input(e->s, &prim);
}

/* An SSDU that is larger than memory: its parts pass through, as long as its state lasts. */
static void test_parts_received(void **state)
{
    struct end e;

    (void)state;
    start(&e, RECEIVING);
    feed_part(&e, "63", PART_MIDDLE); /* of nothing */
    end_told(&e, "");
    feed_part(&e, "0100 0100 61", PART_FIRST);
    feed_part(&e, "62", PART_MIDDLE);
    feed_part(&e, "63", PART_LAST);
    end_told(
        &e, "up: S-DATA ind first \"a\"\nup: S-DATA ind middle \"b\"\nup: S-DATA ind last \"c\"\n");
    feed_part(&e, "64", PART_LAST); /* it is over */
    end_told(&e, "");
    /* an exception report of ours in between: the rest is dropped */
    feed_part(&e, "0100 0100 61", PART_FIRST);
    assert_int_equal(end_step(&e, "> S-U-EXCEPTION-REPORT req reason=1"), X4_OK);
    feed_part(&e, "62", PART_MIDDLE);
    feed_part(&e, "63", PART_LAST);
    end_told(&e, "up: S-DATA ind first \"a\"\ndown: ED reason=1\n");
    end_free(&e);
}

/* Nothing but S-DATA is as long as that, and no SSDU that is in SPDUs of its own. */
static void test_only_data_comes_in_parts(void **state)
{
    static const char *const tsdus[] = {"01003103 2a0131", "0100 0103190101 61", "0903110101"};

    (void)state;
    for (size_t i = 0; i < COUNT(tsdus); i++) {
        struct end e;

        start(&e, RECEIVING);
        feed_part(&e, tsdus[i], PART_FIRST);
        end_told(&e, "up: S-P-ABORT ind protocol-error: the TSDU is too large\ndown: AB td=05\n");
        feed_part(&e, "63", PART_LAST);
        end_told(&e, "");
        end_free(&e);
    }
}

static int request_part(struct end *e, enum data_part part)
{
    const struct s_prim prim = {
        .service = S_DATA, .op = PRIM_REQUEST, .data = gather_one(SLICE_LIT("abc")), .part = part};

    return session_request(e->s, &prim);
}

static void test_parts_sent_are_in_order(void **state)
{
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V2 "> S-ACTIVITY-START req act=01\n");
    assert_int_equal(request_part(&e, PART_MIDDLE), X4_ESTATE);
    assert_int_equal(request_part(&e, PART_LAST), X4_ESTATE);
    assert_int_equal(request_part(&e, PART_FIRST), X4_OK);
    assert_int_equal(request_part(&e, PART_MIDDLE), X4_OK);
    assert_int_equal(request_part(&e, PART_LAST), X4_OK);
    assert_int_equal(request_part(&e, PART_LAST), X4_ESTATE);
    assert_int_equal(request_part(&e, PART_WHOLE), X4_OK);
    assert_int_equal(request_part(&e, PART_MIDDLE), X4_ESTATE);
    end_free(&e);
}

static void test_concatenated_tokens(void **state)
{
    struct end e;

    (void)state;
    start(&e, RECEIVING);
    end_step(&e, "< 0103100115 010061");
    end_told(&e, "up: S-DATA ind \"a\"\nup: S-TOKEN-GIVE ind tokens=15\n");
    assert_true(session_has_turn(e.s));
    end_free(&e);

    start(&e, RECEIVING);
    end_step(&e, "< 0100"); /* only a prefix: nothing */
    end_step(&e, "< 0200");
    end_told(&e, "");
    end_free(&e);
}

/* ---- numbers, tokens ------------------------------------------------------------------------ */

/* ISODE may confirm the same point twice, and confirms older points after AE. */
static void test_mia(void **state)
{
    struct end e;

    (void)state;
    start(&e,
          CONNECT AC_V2 "> S-ACTIVITY-START req act=01\n> S-SYNC-MINOR req\n> S-SYNC-MINOR req\n"
                        "> S-SYNC-MINOR req\n");
    end_step(&e, "< 020032032a0132"); /* confirms 1 too */
    end_step(&e, "< 020032032a0132");
    end_told(&e, "up: S-SYNC-MINOR cnf sn=2\n");
    end_run(&e, "> S-ACTIVITY-END req");
    end_step(&e, "< 020032032a0132");
    end_step(&e, "< 020032032a0133");
    end_step(&e, "< 02002a032a0134");
    end_told(&e, "up: S-SYNC-MINOR cnf sn=3\nup: S-ACTIVITY-END cnf sn=4\n");
    end_step(&e, "< 020032032a0133"); /* after the activity it is too late */
    assert_true(end_in_state(&e, "16"));
    end_free(&e);
}

/* Vsc survives from one activity to the next, and the first point sent clears it. */
static void test_numbers_after_turn(void **state)
{
    struct end e;

    (void)state;
    start(&e, RECEIVING "< 010031032a0131\n< 010029032a0132\n> S-ACTIVITY-END rsp\n< 1500\n"
                        "> S-ACTIVITY-START req act=02\n> S-SYNC-MINOR req\n> S-SYNC-MINOR req\n");
    assert_int_equal(session_next_serial(e.s), 3);
    end_step(&e, "< 020032032a0131");
    end_told(&e, "up: S-SYNC-MINOR cnf sn=1\n");
    end_free(&e);
}

static void test_last_serial(void **state)
{
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V2);
    assert_int_equal(end_step(&e, "> S-ACTIVITY-RESUME req act=02 old=01 sn=999999"), X4_EINVAL);
    end_run(&e, "> S-ACTIVITY-RESUME req act=02 old=01 sn=999997\n> S-SYNC-MINOR req");
    assert_int_equal(end_step(&e, "> S-SYNC-MINOR req"), X4_ELIMIT);
    assert_int_equal(end_step(&e, "> S-ACTIVITY-END req"), X4_OK);
    end_told(&e, "down: AE sn=999999\n");
    end_step(&e, "< 02002a082a06393939393939");
    assert_true(end_in_state(&e, "713"));
    end_free(&e);
}

static void test_resume_octets(void **state)
{
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V2);
    assert_int_equal(end_step(&e,
                              "> S-ACTIVITY-RESUME req act=020102 old=020101 sn=7 called=140161 "
                              "calling=140162 common=170130"),
                     X4_OK);
    end_told(&e,
             "down: AR called=140161 calling=140162 common=170130 old=020101 sn=7 act=020102\n");
    assert_int_equal(session_next_serial(e.s), 8);
    end_free(&e);
}

/* Parameters that a request lacks, or that no SPDU of it has. */
static void test_bad_requests(void **state)
{
    static const struct {
        const char *request;
        int error;
    } cases[] = {
        {"> S-ACTIVITY-START req", X4_EMISSING},
        {"> S-ACTIVITY-START req act=01020304050607", X4_EBOUNDS},
        {"> S-ACTIVITY-RESUME req act=01 sn=1", X4_EMISSING},
        {"> S-DATA req", X4_EINVAL},
        {"> S-CONTROL-GIVE req \"data\"", X4_EINVAL},
        {"> S-TOKEN-GIVE req tokens=01 \"data\"", X4_EINVAL},
        {"> S-TOKEN-GIVE req tokens=41", X4_ESTATE},
    };
    struct end e;

    (void)state;
    start(&e, CONNECT AC_V2);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(end_step(&e, cases[i].request), cases[i].error);
    end_run(&e, "> S-ACTIVITY-START req act=01");
    assert_int_equal(end_step(&e, "> S-ACTIVITY-DISCARD req reason=5 \"data\""), X4_EINVAL);
    assert_int_equal(end_step(&e, "> S-ACTIVITY-DISCARD req reason=256"), X4_EINVAL);
    end_told(&e, "");
    assert_true(end_in_state(&e, "713"));
    assert_true(session_has_turn(e.s));
    end_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segmented),
        cmocka_unit_test(test_segmented_in_exception),
        cmocka_unit_test(test_segmented_in_version_1),
        cmocka_unit_test(test_segmented_is_bounded),
        cmocka_unit_test(test_parts_received),
        cmocka_unit_test(test_only_data_comes_in_parts),
        cmocka_unit_test(test_parts_sent_are_in_order),
        cmocka_unit_test(test_concatenated_tokens),
        cmocka_unit_test(test_mia),
        cmocka_unit_test(test_numbers_after_turn),
        cmocka_unit_test(test_last_serial),
        cmocka_unit_test(test_resume_octets),
        cmocka_unit_test(test_bad_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
