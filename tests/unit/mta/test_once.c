/* SPDX-License-Identifier: Apache-2.0 */
/* The same message over two ways: nobody has it twice, and nobody is reported on twice. */
#include "fixture.h"
#include "lists.h"

#include "base/error.h"
#include "base/limits.h"
#include "mta/internal.h"
#include "mts/report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")

/* Over Paris, and then over Berlin. */
static void receive_twice(struct bench *b, const struct letter *letter)
{
    struct slice apdu = bench_foreign(b, letter, letter->kind == MTS_PROBE ? SLICE_NONE : CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_receive(b, TO_BERLIN, apdu), X4_OK);
}

static size_t reports(const struct bench *b)
{
    return bench_queued(b, TO_PARIS) + bench_queued(b, TO_BERLIN);
}

static void delivered_once(void **state)
{
    struct bench *b = *state;

    receive_twice(b, &(struct letter){
                         .originator = BOB, .recipients = {JIM, ANN}, .report = MTS_REPORT_BOTH});
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    assert_int_equal(reports(b), 1);
    assert_int_equal(mta_counters(b->mta)->duplicates, 2); /* recipients */
}

static void given_up_once(void **state)
{
    struct bench *b = *state;

    receive_twice(b, &(struct letter){.originator = BOB,
                                      .recipients = {NOBODY},
                                      .report = MTS_NON_DELIVERY_REPORT});
    assert_int_equal(reports(b), 1);
}

static void answered_once(void **state)
{
    struct bench *b = *state;

    receive_twice(b, &(struct letter){.kind = MTS_PROBE,
                                      .originator = BOB,
                                      .recipients = {JIM, NOBODY},
                                      .report = MTS_REPORT_BOTH});
    assert_int_equal(reports(b), 1);
}

/* The one claims what the other has claimed a moment before. */
static void at_the_same_moment(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {JIM}}, CONTENT);
    struct mta_in *first = bench_begin(b, TO_PARIS, apdu);
    struct mta_in *second = bench_begin(b, TO_BERLIN, apdu);

    bench_end(b, &first);
    bench_end(b, &second);
    bench_settle(b);
    assert_int_equal(b->completions, 2);
    assert_int_equal(b->result, X4_EBUSY);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(bench_receive(b, TO_BERLIN, apdu), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
}

/* Two recipients with one address are two recipients. */
static void named_twice(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {JIM, JIM}}, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 2);
}

/* ---- lists (R2.4c) --------------------------------------------------------------------------- */

static void a_copy_from_each_list(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {
        .originator = BOB, .recipients = {JIM, NOBODY}, .report = MTS_NON_DELIVERY_REPORT};
    const struct slice apdu = bench_foreign(b, &letter, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, bench_expanded_by(b, apdu, LIST_ONE, '1')), X4_OK);
    assert_int_equal(bench_receive(b, TO_PARIS, bench_expanded_by(b, apdu, LIST_TWO, '1')), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 2);
    assert_int_equal(reports(b), 2); /* each list is told */
    assert_int_equal(bench_receive(b, TO_BERLIN, bench_expanded_by(b, apdu, LIST_TWO, '2')), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 2); /* expanded anew, because a line broke */
    assert_int_equal(reports(b), 2);
}

/* Paris's report on a recipient of what Ann sent to Bob, who is a list there. */
static struct slice report_on(struct bench *b, const struct mts_apdu *subject, const char *member)
{
    static unsigned serial;
    const struct mts_identity paris = {.gdi = mts_gdi_make("FR", " ", "BISTRO"),
                                       .mta_name = SLICE_LIT("PARIS")};
    const struct or_name name = bench_name(b, member);
    const struct mts_outcome outcome = {
        .actual = &name, .reason = MTS_UNABLE_TO_TRANSFER, .diagnostic = MTS_UNRECOGNISED_OR_NAME};
    const struct mts_report_params p = {
        .own = &paris,
        .identifier = {.gdi = paris.gdi,
                       .local = slice_str(arena_printf(&b->arena, "R.%u", serial++))},
        .now_ms = bench_now(b),
        .subject = subject,
        .subject_arrival_ms = bench_now(b),
        .outcomes = &outcome,
        .outcome_count = 1};
    struct slice octets;
    struct buf out;

    buf_init(&out, LIMIT_ENVELOPE);
    assert_int_equal(mts_report_build(&p, MTS_REPORT_PLAIN, &b->arena, &out), X4_OK);
    octets = arena_dup(&b->arena, buf_view(&out));
    buf_free(&out);
    return octets;
}

static void every_member_is_reported(void **state)
{
    struct bench *b = *state;
    const struct mts_apdu *subject;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    subject = bench_decode(b, bench_send(b, TO_PARIS));
    assert_int_equal(bench_receive(b, TO_PARIS, report_on(b, subject, LIST_ONE)), X4_OK);
    assert_int_equal(bench_receive(b, TO_PARIS, report_on(b, subject, LIST_TWO)), X4_OK);
    assert_int_equal(bench_entries(b, BOX_ANN), 2);
    assert_int_equal(bench_receive(b, TO_BERLIN, report_on(b, subject, LIST_TWO)), X4_OK);
    assert_int_equal(bench_entries(b, BOX_ANN), 2); /* nothing new */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(delivered_once, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(given_up_once, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(answered_once, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(at_the_same_moment, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(named_twice, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_copy_from_each_list, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(every_member_is_reported, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
