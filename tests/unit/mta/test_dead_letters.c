/* SPDX-License-Identifier: Apache-2.0 */
/* What can be neither delivered nor returned, and queues that grow too long. */
#include "fixture.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")
#define SAM     "/S=Sam/O=Boston/PRMD=EAGLE/ADMD= /C=US/" /* no way leads there */

enum { LONG_CONTENT = 2048, /* Jim's limit is 1 KiB */ SWEEP_MS = 6000 };
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct letter from_nowhere = {
    .originator = SAM, .recipients = {NOBODY}, .report = MTS_NON_DELIVERY_REPORT};
static const struct letter from_berlin = {
    .originator = EVA, .recipients = {NOBODY}, .report = MTS_NON_DELIVERY_REPORT};

/* Berlin is the only way there. */
static const struct letter from_vienna = {.originator = "/S=Max/O=Wien/PRMD=WALZER/ADMD= /C=AT/",
                                          .recipients = {NOBODY},
                                          .report = MTS_NON_DELIVERY_REPORT};

static int setup(void **state)
{
    *state = bench_new(", dead-letter-mailbox: cn=Recipients/cn=jim");
    return 0;
}

static int setup_alarm(void **state)
{
    *state = bench_new(", queue-alarm: 4");
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    bench_free(&b);
    return 0;
}

static void assert_dead(struct bench *b, size_t i, enum mts_kind kind)
{
    assert_int_equal(mts_apdu_kind(bench_entry(b, BOX_JIM, i)), kind);
}

static void an_undeliverable_report_and_its_message_are_kept(void **state)
{
    struct bench *b = *state;
    const struct slice content = slice_make(arena_alloc(&b->arena, LONG_CONTENT), LONG_CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &from_nowhere, content)), X4_OK);
    assert_true(bench_has_event(b, EVENT_REPORT_UNROUTABLE));
    assert_true(bench_has_event(b, EVENT_DEAD_LETTER));
    assert_int_equal(bench_entries(b, BOX_JIM), 2);
    assert_dead(b, 0, MTS_REPORT);
    assert_dead(b, 1, MTS_MESSAGE); /* longer than he takes otherwise */
    assert_int_equal(mta_counters(b->mta)->dead_letters, 2);
    bench_restart(b);
    assert_int_equal(bench_entries(b, BOX_JIM), 2);
}

static void a_message_that_was_delivered_to_others_is_kept_for_the_one(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {
        .originator = SAM, .recipients = {ANN, NOBODY}, .report = MTS_NON_DELIVERY_REPORT};

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &letter, CONTENT)), X4_OK);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    assert_int_equal(bench_entries(b, BOX_JIM), 2);
}

static void without_a_mailbox_for_them_they_are_dropped(void **state)
{
    struct bench *b = bench_new("");

    (void)state;
    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &from_nowhere, CONTENT)), X4_OK);
    assert_true(bench_has_event(b, EVENT_REPORT_UNROUTABLE));
    assert_false(bench_has_event(b, EVENT_DEAD_LETTER));
    assert_int_equal(bench_entries(b, BOX_JIM) + bench_entries(b, BOX_ANN), 0);
    bench_free(&b);
}

static void a_probe_leaves_its_report_only(void **state)
{
    struct bench *b = *state;
    struct letter probe = from_nowhere;

    probe.kind = MTS_PROBE;
    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &probe, SLICE_NONE)), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_dead(b, 0, MTS_REPORT);
}

static void a_report_that_loops_is_kept(void **state)
{
    struct bench *b = *state;
    struct slice report;

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &from_berlin, CONTENT)), X4_OK);
    report = bench_send(b, TO_BERLIN);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    assert_int_equal(bench_receive(b, TO_BERLIN, report), X4_OK);
    assert_true(bench_has_event(b, EVENT_LOOP_DETECTED));
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_dead(b, 0, MTS_REPORT);
}

/* R4.8c: attempts are for what can be returned. */
static void a_report_is_tried_until_it_is_too_old(void **state)
{
    const struct mta_failed broken = {
        .what = MTA_FAIL_RETRY, .delay_ms = 1000, .max_attempts = 1, .text = "line lost"};
    const struct mta_failed refused = {.what = MTA_FAIL_RETRY,
                                       .delay_ms = 1000,
                                       .max_attempts = 1,
                                       .refused = true,
                                       .text = "exception"};
    const struct mta_peer peer = {.internal_trace = P1_INTERNAL_ALL};
    struct bench *b = *state;

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &from_vienna, CONTENT)), X4_OK);
    for (int i = 0; i < 4; i++) {
        struct mta_out *out = bench_open(b, TO_BERLIN, &peer);

        assert_non_null(out);
        mta_out_failed(&out, &broken);
        bench_advance(b, 2000);
        mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_BERLIN), 1, "no answer");
        bench_settle(b);
        assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    }
    for (int i = 0; i < 2; i++) { /* but not if the peer says no */
        struct mta_out *out = bench_open(b, TO_BERLIN, &peer);

        assert_non_null(out);
        mta_out_failed(&out, &refused);
        bench_advance(b, 2000);
    }
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
}

static void a_report_that_grows_too_old_is_kept(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &from_berlin, CONTENT)), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    bench_advance(b, 8 * DAY_MS);
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_dead(b, 0, MTS_REPORT);
}

static void a_report_that_nobody_wants_is_no_dead_letter(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {NOBODY}, .report = MTS_NO_REPORT}, CONTENT);
    assert_true(bench_has_event(b, EVENT_REPORT_DROPPED));
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
}

/* ---- queue-alarm ----------------------------------------------------------------------------- */

static size_t told(const struct bench *b, int number)
{
    const char *at = b->events;
    char text[16];
    size_t n = 0;

    snprintf(text, sizeof(text), " %d", number);
    while (at && (at = strstr(at, text)) != NULL) {
        n++;
        at++;
    }
    return n;
}

/* The queue changes by so many, and is looked at. */
static void change_queue(struct bench *b, int by)
{
    for (; by > 0; by--)
        bench_submit(b, &(struct letter){.recipients = {BOB}}, CONTENT);
    for (; by < 0; by++)
        bench_send(b, TO_PARIS);
    bench_advance(b, SWEEP_MS);
}

static void a_backlog_is_told_once_until_it_has_subsided(void **state)
{
    static const struct {
        int by;
        size_t backlogs, subsided; /* told so far */
    } steps[] = {
        {3, 0, 0},            /* 3 */
        {1, 1, 0},            /* 4 */
        {-1, 1, 0},           /* 3: not yet */
        {1, 1, 0},            /* 4: told already */
        {-2, 1, 1},           /* 2 */
        {1, 1, 1},  {5, 2, 1} /* 3, 8 */
    };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        change_queue(b, steps[i].by);
        assert_int_equal(told(b, 659), steps[i].backlogs);
        assert_int_equal(told(b, 660), steps[i].subsided);
    }
}

static void no_alarm_no_event(void **state)
{
    struct bench *b = bench_new(", queue-alarm: 0");

    (void)state;
    change_queue(b, 5);
    assert_int_equal(told(b, 659), 0);
    bench_free(&b);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_undeliverable_report_and_its_message_are_kept),
        T(a_message_that_was_delivered_to_others_is_kept_for_the_one),
        cmocka_unit_test(without_a_mailbox_for_them_they_are_dropped),
        T(a_probe_leaves_its_report_only),
        T(a_report_that_loops_is_kept),
        T(a_report_is_tried_until_it_is_too_old),
        T(a_report_that_grows_too_old_is_kept),
        T(a_report_that_nobody_wants_is_no_dead_letter),
        cmocka_unit_test_setup_teardown(a_backlog_is_told_once_until_it_has_subsided, setup_alarm,
                                        teardown),
        cmocka_unit_test(no_alarm_no_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
