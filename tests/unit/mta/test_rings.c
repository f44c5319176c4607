/* SPDX-License-Identifier: Apache-2.0 */
/* Rings of MTAs in which nothing shows that an object has been here. */
#include "fixture.h"
#include "lists.h"

#include "base/error.h"
#include "mta/internal.h"
#include "mts/report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")

enum { SECOND_MS = 1000 };

/* ---- a disk that takes nothing: the linker puts this in the place of store_commit() ---------- */

static struct store *broken; /* at the next commit */

static struct mta_done waiting;

void __real_store_commit(struct store_txn **txn, mta_done_fn *done, void *ctx);
void __wrap_store_commit(struct store_txn **txn, mta_done_fn *done, void *ctx);

static void tell_failure(void *ctx, int result)
{
    (void)ctx;
    assert_int_equal(result, X4_OK);
    waiting.fn(waiting.ctx, X4_EIO);
}

void __wrap_store_commit(struct store_txn **txn, mta_done_fn *done, void *ctx)
{
    struct store_txn *nothing;

    if (!broken) {
        __real_store_commit(txn, done, ctx);
        return;
    }
    waiting = (struct mta_done){done, ctx};
    store_abandon(txn);
    nothing = store_begin(broken);
    broken = NULL;
    __real_store_commit(&nothing, tell_failure, NULL);
}

/* ---- a ring in which nothing shows that it is one -------------------------------------------- */

/* By Berlin, which is in our domain and speaks 1984 P1, and by nobody else. */
#define MAX "/S=Max/O=Wien/PRMD=WALZER/ADMD= /C=AT/"

/* By either, rather by Paris. */
#define URS "/S=Urs/O=Bern/PRMD=ALP/ADMD= /C=CH/"

#define RING "/cn=the last one of the ring"

static int begin_ring(void **state)
{
    *state = bench_new_with("", "    conformance: '1984'\n");
    return 0;
}

/* It comes from the last MTA of the ring, as it has gone to Berlin, not in the same second. */
static void come_back(struct bench *b, struct slice apdu)
{
    const struct mts_gdi own = mts_gdi_make("GB", " ", "ACME");

    assert_true(slice_present(apdu));
    bench_advance(b, SECOND_MS);
    b->neighbour = &own;
    assert_int_equal(bench_receive(b, RING, apdu), X4_OK);
    b->neighbour = NULL;
}

static void go_round(struct bench *b)
{
    come_back(b, bench_send_1984(b, TO_BERLIN));
}

static void assert_loop_is_told(struct bench *b)
{
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    assert_true(bench_has_event(b, 201));
    assert_int_equal(mta_counters(b->mta)->loops, 1);
    assert_int_equal(mta_counters(b->mta)->duplicates, 0);
}

/* For the next hop the second passage would be the same octets from the same peer: a duplicate,
 * which it drops; and whoever sent it would never hear of it. */
static void assert_originator_is_told(struct bench *b)
{
    const struct mts_reported_recipient *r;

    assert_loop_is_told(b);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    r = BER_ITEM(bench_entry(b, BOX_ANN, 0)->report.content.recipients,
                 struct mts_reported_recipient, 0);
    assert_int_equal(r->last_trace.report_type.which, MTS_REPORT_NON_DELIVERY);
    assert_int_equal(r->last_trace.report_type.non_delivery.reason, MTS_UNABLE_TO_TRANSFER);
    assert_int_equal(r->last_trace.report_type.non_delivery.diagnostic.value, MTS_LOOP_DETECTED);
}

static void submit_to_max(struct bench *b)
{
    bench_submit(b, &(struct letter){.recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
}

static void a_message_in_a_ring_is_reported_on(void **state)
{
    struct bench *b = *state;

    submit_to_max(b);
    go_round(b);
    assert_originator_is_told(b);
}

static void after_a_restart_too(void **state)
{
    struct bench *b = *state;

    submit_to_max(b);
    bench_restart(b);
    go_round(b);
    assert_originator_is_told(b);
}

static void a_deferred_one_too(void **state)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct bench *b = *state;

    bench_submit(b,
                 &(struct letter){.recipients = {MAX},
                                  .report = MTS_NON_DELIVERY_REPORT,
                                  .deferred_ms = bench_now(b) + HOUR_MS},
                 CONTENT);
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    bench_advance(b, HOUR_MS + 10000);
    go_round(b);
    assert_originator_is_told(b);
}

static void and_one_that_only_passes(void **state)
{
    struct bench *b = *state;
    struct slice apdu = bench_foreign(
        b,
        &(struct letter){.originator = BOB, .recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT},
        CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    go_round(b);
    assert_loop_is_told(b);
    assert_int_equal(bench_queued(b, TO_PARIS), 1); /* the report */
}

/* Max has written to nobody; the report on that goes to him. */
static void report_to_max(struct bench *b)
{
    const struct letter letter = {
        .originator = MAX, .recipients = {NOBODY}, .report = MTS_NON_DELIVERY_REPORT};

    assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &letter, CONTENT)), X4_OK);
}

static void a_report_in_a_ring_is_a_dead_letter(void **state)
{
    struct bench *b = *state;

    report_to_max(b);
    go_round(b);
    assert_loop_is_told(b);
    assert_true(bench_has_event(b, 141));
}

/* It went to Berlin because Paris could not be reached. */
static void one_that_took_another_way_is_seen(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {URS}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_PARIS), 144, "no answer");
    bench_settle(b);
    go_round(b);
    assert_originator_is_told(b);
}

/* ---- a ring that is none by the configuration ------------------------------------------------ */

/* Berlin calls us in 1984 mode, though our connector for it speaks 1988 P1; or it has been told
 * just now to keep its trace to itself. */
static const struct mta_peer calls_in_1984 = {.same_domain = true, .to_1984 = true};
static const struct mta_peer stripped = {.same_domain = true, .internal_trace = P1_INTERNAL_NONE};
static const struct mta_peer shown = {.same_domain = true, .internal_trace = P1_INTERNAL_ALL};

/* The first time an item is taken, its passage is noted; nothing goes yet. */
static struct slice send_noted(struct bench *b, const struct mta_peer *peer)
{
    struct mta_out *out;
    struct slice apdu;

    assert_null(bench_open(b, TO_BERLIN, peer));
    out = bench_open(b, TO_BERLIN, peer);
    assert_non_null(out);
    apdu = bench_octets(b, out);
    mta_out_sent(&out);
    bench_settle(b);
    return apdu;
}

/* Until it is taken, nothing says that it would go without a trace. */
static void assert_seen_when_taken(struct bench *b, const struct mta_peer *peer)
{
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    assert_null(bench_open(b, TO_BERLIN, peer));
    assert_originator_is_told(b);
}

static void goes_round_as(struct bench *b, const struct mta_peer *peer)
{
    submit_to_max(b);
    come_back(b, send_noted(b, peer));
    assert_seen_when_taken(b, peer);
}

static void a_ring_by_the_mode_of_an_association(void **state)
{
    goes_round_as(*state, &calls_in_1984);
}

static void a_ring_by_a_trace_stripped_since(void **state)
{
    goes_round_as(*state, &stripped);
}

/* The claim is durable before anything goes: it may come back before we know that it has arrived.
 */
static void a_passage_is_noted_before_it_is_made(void **state)
{
    struct bench *b = *state;
    struct mta_out *out;
    struct slice apdu;

    submit_to_max(b);
    assert_null(bench_open(b, TO_BERLIN, &calls_in_1984));
    out = bench_open(b, TO_BERLIN, &calls_in_1984);
    apdu = bench_octets(b, out);
    mta_out_failed(&out, &(struct mta_failed){.what = MTA_FAIL_ABANDON, .text = "a crash"});
    bench_restart(b);
    come_back(b, apdu);
    assert_int_equal(bench_queued(b, TO_BERLIN), 2);
    /* The first is sent again, as it was; the second is the ring. */
    out = bench_open(b, TO_BERLIN, &calls_in_1984);
    assert_non_null(out);
    assert_memory_equal(bench_octets(b, out).p, apdu.p, apdu.len);
    mta_out_sent(&out);
    bench_settle(b);
    assert_seen_when_taken(b, &calls_in_1984);
}

static void a_report_without_a_trace_is_noted_too(void **state)
{
    struct bench *b = *state;

    report_to_max(b);
    come_back(b, send_noted(b, &calls_in_1984));
    assert_null(bench_open(b, TO_BERLIN, &calls_in_1984));
    assert_loop_is_told(b);
    assert_true(bench_has_event(b, 141));
}

/* What lists added is lost by a hop further on that speaks 1984 P1. */
static void it_may_come_back_in_another_form(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.originator = BOB, .recipients = {MAX}};
    const struct slice bare = bench_foreign(b, &letter, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, bench_expanded_by(b, bare, LIST_ONE, '1')), X4_OK);
    send_noted(b, &stripped);
    come_back(b, bare);
    assert_null(bench_open(b, TO_BERLIN, &stripped));
    assert_loop_is_told(b);
}

/* Berlin is shown that it has been here, and the MTA after Berlin is not. Within a second what goes
 * to Berlin would be the same octets again, which Berlin would drop; later it has another time in
 * its trace, and the MTA that hides it sees that it goes round. */
static void a_ring_within_a_second(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {
        .originator = BOB, .recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT};
    const struct slice apdu = bench_foreign(b, &letter, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    assert_int_equal(bench_receive(b, RING, apdu), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1); /* the report */
    assert_true(bench_has_event(b, 201));
    bench_advance(b, SECOND_MS);
    assert_int_equal(bench_receive(b, "/cn=another one of the ring", apdu), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 2);
    assert_int_equal(mta_counters(b->mta)->loops, 1);
}

/* What could not be taken over has not passed: the peer sends it again at once. */
static void what_failed_has_not_passed(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.originator = BOB, .recipients = {MAX}};
    const struct slice apdu = bench_foreign(b, &letter, CONTENT);

    broken = b->store;
    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_EIO);
    assert_int_equal(bench_receive(b, RING, apdu), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    assert_false(bench_has_event(b, 201));
}

/* Where the trace is shown it tells of loops. */
static void a_passage_that_shows_is_not_noted(void **state)
{
    struct bench *b = *state;
    struct mta_out *out;

    submit_to_max(b);
    out = bench_open(b, TO_BERLIN, &shown);
    assert_non_null(out);
    mta_out_failed(&out, &(struct mta_failed){.what = MTA_FAIL_ABANDON, .text = "the line broke"});
    assert_null(bench_open(b, TO_BERLIN, &calls_in_1984)); /* now it is */
    for (int i = 0; i < 2; i++) {                          /* and once only */
        out = bench_open(b, TO_BERLIN, &calls_in_1984);
        assert_non_null(out);
        mta_out_failed(&out, &(struct mta_failed){.what = MTA_FAIL_ABANDON, .text = "once more"});
    }
    assert_false(bench_has_event(b, 201));
}

/* The connector was configured as 1984 when the item came: the claim is its own, and stays so
 * however often it is decided about. */
static void what_is_noted_at_arrival_is_not_seen_at_departure(void **state)
{
    struct bench *b = *state;
    struct mta_out *out;

    bench_submit(b, &(struct letter){.recipients = {URS, MAX}}, CONTENT);
    mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_PARIS), 144, "no answer");
    mta_queue_redecide(b->mta, mta_find_queue(b->mta, TO_BERLIN));
    bench_settle(b);
    assert_int_equal(bench_queued(b, TO_BERLIN), 2);
    for (int i = 0; i < 2; i++) {
        out = bench_open(b, TO_BERLIN, &calls_in_1984);
        assert_non_null(out);
        mta_out_sent(&out);
    }
    assert_false(bench_has_event(b, 201));
}

/* Decisions that are made anew are no second passage, and recipients of a split message are each on
 * their first one. */
static void no_ring_is_seen_where_there_is_none(void **state)
{
    struct bench *b = *state;
    const struct letter split[] = {
        {.originator = BOB, .recipients = {MAX}},
        {.originator = BOB, .recipients = {"/S=Eva/O=Wien/PRMD=WALZER/ADMD= /C=AT/"}}};

    bench_submit(b, &(struct letter){.recipients = {MAX}}, CONTENT);
    for (int i = 0; i < 3; i++) {
        mta_queue_redecide(b->mta, mta_find_queue(b->mta, TO_BERLIN));
        bench_settle(b);
        assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(bench_receive(b, TO_PARIS, bench_foreign(b, &split[i], CONTENT)), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 3);
    assert_int_equal(bench_entries(b, BOX_ANN), 0);
    assert_false(bench_has_event(b, 201));
}

/* Toward 1984 P1 nothing is left that tells their copies apart: what comes back is seen all the
 * same. */
static void a_member_of_two_lists_goes_twice(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {
        .originator = BOB, .recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT};
    const struct slice apdu = bench_foreign(b, &letter, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, bench_expanded_by(b, apdu, LIST_ONE, '1')), X4_OK);
    assert_int_equal(bench_receive(b, TO_PARIS, bench_expanded_by(b, apdu, LIST_TWO, '1')), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 2);
    assert_false(bench_has_event(b, 201));
    go_round(b);
    assert_true(bench_has_event(b, 201));
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_in_a_ring_is_reported_on, begin_ring,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(after_a_restart_too, begin_ring, bench_teardown),
        cmocka_unit_test_setup_teardown(a_deferred_one_too, begin_ring, bench_teardown),
        cmocka_unit_test_setup_teardown(and_one_that_only_passes, begin_ring, bench_teardown),
        cmocka_unit_test_setup_teardown(a_report_in_a_ring_is_a_dead_letter, begin_ring,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(one_that_took_another_way_is_seen, begin_ring,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_ring_by_the_mode_of_an_association, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_ring_by_a_trace_stripped_since, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_passage_is_noted_before_it_is_made, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_report_without_a_trace_is_noted_too, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(it_may_come_back_in_another_form, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_ring_within_a_second, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(what_failed_has_not_passed, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(a_passage_that_shows_is_not_noted, bench_setup,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(what_is_noted_at_arrival_is_not_seen_at_departure,
                                        begin_ring, bench_teardown),
        cmocka_unit_test_setup_teardown(no_ring_is_seen_where_there_is_none, begin_ring,
                                        bench_teardown),
        cmocka_unit_test_setup_teardown(a_member_of_two_lists_goes_twice, begin_ring,
                                        bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
