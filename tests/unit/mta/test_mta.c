/* SPDX-License-Identifier: Apache-2.0 */
/* What the MTA owes, told as scenarios. */
#include "fixture.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")

enum { HOUR_MS = 3600 * 1000 };
#define DAY_MS (INT64_C(24) * HOUR_MS)

static int setup(void **state)
{
    *state = bench_new("");
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    bench_free(&b);
    return 0;
}

static const struct mts_recipient *recipient(const struct mts_apdu *apdu, size_t i)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);

    assert_non_null(env);
    return BER_ITEM(env->recipients, struct mts_recipient, i);
}

/* The only recipient of a report: its reason and diagnostic. */
static void assert_failed_with(const struct mts_apdu *apdu, int64_t reason, int64_t diagnostic)
{
    const struct mts_reported_recipient *r;

    assert_int_equal(mts_apdu_kind(apdu), MTS_REPORT);
    r = BER_ITEM(apdu->report.content.recipients, struct mts_reported_recipient, 0);
    assert_int_equal(r->last_trace.report_type.which, MTS_REPORT_NON_DELIVERY);
    assert_int_equal(r->last_trace.report_type.non_delivery.reason, reason);
    assert_true(r->last_trace.report_type.non_delivery.diagnostic.present);
    assert_int_equal(r->last_trace.report_type.non_delivery.diagnostic.value, diagnostic);
}

static void delivers_here_and_queues_for_others(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {JIM, BOB}}, CONTENT);
    assert_int_equal(b->result, X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    assert_int_equal(bench_entries(b, BOX_ANN), 0); /* nothing to report */
}

static void reports_a_delivery_that_was_asked_for(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *report;

    bench_submit(b, &(struct letter){.recipients = {JIM}, .report = MTS_REPORT_BOTH}, CONTENT);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    report = bench_entry(b, BOX_ANN, 0);
    assert_int_equal(mts_apdu_kind(report), MTS_REPORT);
    assert_int_equal(BER_ITEM(report->report.content.recipients, struct mts_reported_recipient, 0)
                         ->last_trace.report_type.which,
                     MTS_REPORT_DELIVERY);
}

static void non_delivers_to_an_unknown_recipient(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {NOBODY}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_UNABLE_TO_TRANSFER,
                       MTS_UNRECOGNISED_OR_NAME);
    assert_true(bench_has_event(b, EVENT_UNROUTABLE));
}

static void absorbs_a_report_that_nobody_wants(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {NOBODY}, .report = MTS_NO_REPORT}, CONTENT);
    assert_int_equal(bench_entries(b, BOX_ANN), 0);
    assert_true(bench_has_event(b, EVENT_REPORT_DROPPED));
}

static void one_bad_recipient_does_not_fail_the_others(void **state)
{
    struct bench *b = *state;

    bench_submit(
        b, &(struct letter){.recipients = {NOBODY, JIM, BOB}, .report = MTS_NON_DELIVERY_REPORT},
        CONTENT);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
}

/* Each goes its own way, and nowhere else: the message to Berlin, the report to Paris. */
static void the_report_does_not_go_where_its_subject_goes(void **state)
{
    struct bench *b = *state;
    struct slice apdu = bench_foreign(b,
                                      &(struct letter){.originator = BOB,
                                                       .recipients = {EVA, NOBODY},
                                                       .report = MTS_NON_DELIVERY_REPORT},
                                      CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    assert_int_equal(mts_apdu_kind(bench_decode(b, bench_send(b, TO_BERLIN))), MTS_MESSAGE);
    assert_int_equal(mts_apdu_kind(bench_decode(b, bench_send(b, TO_PARIS))), MTS_REPORT);
}

static void splits_and_passes_responsibility(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu;

    bench_submit(b, &(struct letter){.recipients = {BOB, EVA}, .disclose = true}, CONTENT);
    apdu = bench_decode(b, bench_send(b, TO_PARIS));
    assert_true(mts_responsible(recipient(apdu, 0)));
    assert_false(mts_responsible(recipient(apdu, 1)));
    assert_true(slice_eq(apdu->message.content, CONTENT));
    apdu = bench_decode(b, bench_send(b, TO_BERLIN));
    assert_false(mts_responsible(recipient(apdu, 0)));
    assert_true(mts_responsible(recipient(apdu, 1)));
    assert_int_equal(bench_queued(b, TO_PARIS) + bench_queued(b, TO_BERLIN), 0);
}

static void hides_other_recipients_unless_disclosed(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu;

    bench_submit(b, &(struct letter){.recipients = {BOB, EVA}}, CONTENT);
    apdu = bench_decode(b, bench_send(b, TO_BERLIN));
    assert_int_equal(mts_apdu_envelope(apdu)->recipients.count, 1);
    assert_int_equal(recipient(apdu, 0)->number, 2);
}

static void a_relayed_message_gets_our_trace(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {EVA}}, CONTENT);
    struct mts_apdu *sent;
    const struct mts_trace_element *last;

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    sent = bench_decode(b, bench_send(b, TO_BERLIN));
    assert_int_equal(mts_apdu_envelope(sent)->trace.count, 2);
    last = BER_ITEM(mts_apdu_envelope(sent)->trace, struct mts_trace_element, 1);
    assert_true(mts_gdi_equal(&last->gdi, &mta_identity(b->mta)->gdi));
    assert_true(slice_eq(sent->message.content, CONTENT));
}

/* T35 */
static void a_trace_that_begins_elsewhere_is_noted(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {JIM}}, CONTENT);
    uint8_t *octets = arena_alloc(&b->arena, apdu.len);
    uint8_t *domain;

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_false(bench_has_event(b, EVENT_TRACE_MISMATCH));
    memcpy(octets, apdu.p, apdu.len);
    domain = memmem(octets, apdu.len, "BISTRO", 6); /* the first stands in the identifier */
    assert_non_null(domain);
    *domain = 'C';
    assert_int_equal(bench_receive(b, TO_PARIS, slice_make(octets, apdu.len)), X4_OK);
    assert_true(bench_has_event(b, EVENT_TRACE_MISMATCH));
    assert_int_equal(bench_entries(b, BOX_JIM), 2); /* and delivered */
}

static void the_same_apdu_again_is_dropped(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {JIM}}, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(mta_counters(b->mta)->duplicates, 1);
    assert_true(bench_has_event(b, EVENT_DUPLICATE_DROPPED));
}

static void the_same_apdu_over_two_associations_at_once_is_delivered_once(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {JIM}}, CONTENT);
    struct mta_in *first = bench_begin(b, TO_PARIS, apdu);
    struct mta_in *second = bench_begin(b, TO_PARIS, apdu);

    bench_end(b, &first);
    bench_end(b, &second); /* the first is not durable yet */
    bench_settle(b);
    assert_int_equal(b->completions, 2);
    assert_int_equal(b->result, X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(mta_counters(b->mta)->duplicates, 1);
}

static void a_loop_ends_in_a_report(void **state)
{
    struct bench *b = *state;
    struct slice out;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    out = bench_send(b, TO_PARIS);
    assert_int_equal(bench_receive(b, TO_PARIS, out), X4_OK); /* Paris sends it back */
    assert_true(bench_has_event(b, EVENT_LOOP_DETECTED));
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_UNABLE_TO_TRANSFER, MTS_LOOP_DETECTED);
}

static void never_sends_back_where_it_came_from(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = EVA, .recipients = {BOB}}, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_true(bench_has_event(b, EVENT_UNROUTABLE));
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1); /* the report to Eva */
}

/* The extension latest-delivery-time under a number that nobody has: critical and unknown. */
static void what_is_critical_and_unknown_is_returned(void **state)
{
    static const uint8_t known[] = {0x80, 0x01, MTS_EXT_LATEST_DELIVERY_TIME, 0x81, 0x02};
    struct bench *b = *state;
    const struct letter letter = {
        .originator = EVA, .recipients = {ANN}, .latest_ms = bench_now(b) + HOUR_MS};
    struct slice apdu = bench_foreign(b, &letter, CONTENT);
    uint8_t *at = memmem(apdu.p, apdu.len, known, sizeof(known));

    assert_non_null(at);
    at[2] = 0x7f;
    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_true(bench_has_event(b, EVENT_CRITICAL_UNSUPPORTED));
    assert_int_equal(bench_entries(b, BOX_ANN), 0);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1); /* the report to Eva */
}

static void a_deferred_message_waits(void **state)
{
    struct bench *b = *state;
    const int64_t at = bench_now(b) + HOUR_MS;

    bench_submit(b, &(struct letter){.recipients = {JIM, BOB}, .deferred_ms = at}, CONTENT);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    bench_restart(b); /* it is in the store, not only in memory */
    bench_advance(b, HOUR_MS - 10000);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    assert_false(bench_has_event(b, EVENT_DEFERRED_EXPIRED));
    bench_advance(b, 20000);
    assert_true(bench_has_event(b, EVENT_DEFERRED_EXPIRED));
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
}

static void what_waits_too_long_is_returned(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    bench_advance(b, 7 * DAY_MS - HOUR_MS);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    bench_advance(b, 2 * HOUR_MS);
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_TRANSFER_FAILURE, MTS_MAXIMUM_TIME_EXPIRED);
}

static void latest_delivery_time_is_heeded_on_arrival_and_in_the_queue(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.recipients = {BOB},
                                  .report = MTS_NON_DELIVERY_REPORT,
                                  .latest_ms = bench_now(b) + HOUR_MS};
    struct slice late = bench_foreign(b,
                                      &(struct letter){.originator = BOB,
                                                       .recipients = {JIM},
                                                       .latest_ms = bench_now(b) - HOUR_MS},
                                      CONTENT);

    bench_submit(b, &letter, CONTENT);
    bench_advance(b, 2 * HOUR_MS);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_TRANSFER_FAILURE, MTS_MAXIMUM_TIME_EXPIRED);
    assert_int_equal(bench_receive(b, TO_PARIS, late), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
}

static void garbage_is_taken_over_and_kept(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_receive(b, TO_PARIS, SLICE_LIT("\xa0\x05 this is no APDU")), X4_OK);
    assert_true(bench_has_event(b, EVENT_APDU_SYNTAX));
    assert_true(bench_has_event(b, EVENT_QUARANTINED));
    assert_int_equal(bench_queued(b, "(quarantine)"), 1);
    bench_restart(b);
    assert_int_equal(bench_queued(b, "(quarantine)"), 1);
}

static void what_breaks_off_anywhere_is_kept(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.originator = BOB, .recipients = {JIM}};
    const struct slice apdu = bench_foreign(b, &letter, CONTENT);

    for (size_t len = 0; len < apdu.len; len++) {
        assert_int_equal(bench_receive(b, TO_PARIS, slice_sub(apdu, 0, len)), X4_OK);
        assert_int_equal(bench_queued(b, "(quarantine)"), len + 1);
    }
    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
}

/* A content in segments fills a chunk; of the next segment only a part of its header comes. */
static void what_breaks_off_behind_a_full_chunk_is_kept(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.originator = BOB, .recipients = {JIM}};
    struct slice whole = bench_foreign(b, &letter, CONTENT);
    struct ber_tlv message, envelope;
    struct buf apdu;

    assert_int_equal(ber_single(whole, &message), X4_OK);
    assert_int_equal(ber_next(&message.value, &envelope), X4_OK);
    buf_init(&apdu, LIMIT_ENVELOPE);
    buf_be16(&apdu, 0xa080);
    buf_slice(&apdu, envelope.raw);
    buf_be16(&apdu, 0x2480);
    ber_put_header(&apdu, BER_T_OCTET_STRING, false, LIMIT_CHUNK);
    assert_non_null(buf_grow(&apdu, LIMIT_CHUNK));
    buf_be16(&apdu, 0x0482);
    memset(apdu.p + apdu.len - LIMIT_CHUNK - 2, 'x', LIMIT_CHUNK);
    assert_int_equal(bench_receive(b, TO_PARIS, buf_view(&apdu)), X4_OK);
    assert_int_equal(bench_queued(b, "(quarantine)"), 1);
    buf_free(&apdu);
}

static void urgent_goes_first(void **state)
{
    struct bench *b = *state;
    const enum mts_priority expected[] = {MTS_URGENT, MTS_NORMAL, MTS_NON_URGENT};

    bench_submit(b, &(struct letter){.recipients = {BOB}, .priority = MTS_NON_URGENT}, CONTENT);
    bench_submit(b, &(struct letter){.recipients = {BOB}, .priority = MTS_NORMAL}, CONTENT);
    bench_submit(b, &(struct letter){.recipients = {BOB}, .priority = MTS_URGENT}, CONTENT);
    for (size_t i = 0; i < 3; i++) {
        const struct mts_apdu *apdu = bench_decode(b, bench_send(b, TO_PARIS));

        assert_int_equal(mts_apdu_envelope(apdu)->priority, expected[i]);
    }
}

static void the_queue_survives_a_restart(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu;

    bench_submit(b, &(struct letter){.recipients = {BOB}}, CONTENT);
    bench_restart(b);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    apdu = bench_decode(b, bench_send(b, TO_PARIS));
    assert_true(slice_eq(apdu->message.content, CONTENT));
    bench_restart(b);
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
}

static void a_large_content_passes_in_chunks(void **state)
{
    struct bench *b = *state;
    const size_t len = 1000 * 1000;
    uint8_t *octets = arena_alloc(&b->arena, len);
    struct mts_apdu *apdu;

    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(i * 7 + i / 251);
    bench_submit(b, &(struct letter){.recipients = {BOB}}, slice_make(octets, len));
    apdu = bench_decode(b, bench_send(b, TO_PARIS));
    assert_true(slice_eq(apdu->message.content, slice_make(octets, len)));
}

static void returns_the_content_when_asked_to(void **state)
{
    struct bench *b = *state;
    struct slice apdu = bench_foreign(b,
                                      &(struct letter){.originator = BOB,
                                                       .recipients = {NOBODY},
                                                       .report = MTS_NON_DELIVERY_REPORT,
                                                       .return_content = true},
                                      CONTENT);
    struct mts_apdu *report;

    assert_int_equal(bench_receive(b, TO_BERLIN, apdu), X4_OK);
    report = bench_decode(b, bench_send(b, TO_PARIS));
    assert_true(slice_eq(report->report.content.returned_content, CONTENT));
}

static void a_probe_is_answered_and_not_delivered(void **state)
{
    struct bench *b = *state;

    bench_submit(
        b, &(struct letter){.kind = MTS_PROBE, .recipients = {JIM}, .report = MTS_REPORT_BOTH},
        SLICE_LIT(""));
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
}

static void a_mailbox_refuses_what_is_too_long(void **state)
{
    struct bench *b = *state;
    uint8_t *octets = arena_alloc(&b->arena, 2048);

    bench_submit(b, &(struct letter){.recipients = {JIM}, .report = MTS_NON_DELIVERY_REPORT},
                 slice_make(octets, 2048));
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG);
}

static void what_is_too_long_for_one_way_goes_another(void **state)
{
    struct bench *b = *state;
    const struct slice big = slice_make(arena_alloc(&b->arena, 200 * 1024), 200 * 1024);

    bench_submit(b, &(struct letter){.recipients = {EVA}}, big);
    assert_int_equal(bench_queued(b, TO_BERLIN), 0); /* cheaper, but limited */
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    bench_submit(b,
                 &(struct letter){.recipients = {"/S=Max/PRMD=WALZER/ADMD= /C=AT/"},
                                  .report = MTS_NON_DELIVERY_REPORT},
                 big);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG);
}

static void failed_opens_send_it_another_way(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    assert_int_equal(bench_queued(b, TO_BERLIN), 1); /* cheaper than over Paris */
    mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_BERLIN), 144, "no answer");
    bench_settle(b);
    assert_int_equal(bench_queued(b, TO_BERLIN), 0);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    assert_true(bench_has_event(b, EVENT_REROUTED));
}

static void failed_opens_without_another_way_end_in_a_report(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_queued(b, TO_PARIS), 1);
        mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_PARIS), 2, "no answer");
        bench_settle(b);
    }
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_TRANSFER_FAILURE, MTS_CONGESTION);
}

/* Takes the first item and fails to send it. */
static void fail_once(struct bench *b, const struct mta_failed *failed)
{
    const struct mta_peer peer = {.own = mta_identity(b->mta)};
    struct mta_item *item = mta_queue_take(mta_find_queue(b->mta, TO_PARIS), MTA_RANK_NON_URGENT);
    struct mta_out *out;

    assert_non_null(item);
    assert_int_equal(mta_out_open(b->mta, item, &peer, &out), X4_OK);
    mta_out_failed(&out, failed);
    bench_advance(b, 2000);
}

static void a_line_that_breaks_does_not_use_up_the_tries_of_a_message(void **state)
{
    const struct mta_failed broken = {
        .what = MTA_FAIL_RETRY, .delay_ms = 1000, .max_attempts = 144, .text = "line lost"};
    const struct mta_failed refused = {.what = MTA_FAIL_RETRY,
                                       .delay_ms = 1000,
                                       .max_attempts = 2,
                                       .refused = true,
                                       .text = "exception"};
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    for (int i = 0; i < 10; i++)
        fail_once(b, &broken);
    fail_once(b, &refused);
    fail_once(b, &refused);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    fail_once(b, &refused);
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_TRANSFER_FAILURE,
                       MTS_UNABLE_TO_COMPLETE_TRANSFER);
}

static void note(void *ctx, int result)
{
    *(int *)ctx = result;
}

static int64_t first_item(struct bench *b, const char *connector)
{
    struct mta_item *item = mta_queue_take(mta_find_queue(b->mta, connector), MTA_RANK_NON_URGENT);

    mta_queue_move(item, MTA_PLACE_READY);
    return item->id;
}

static void the_operator_steers_the_queue(void **state)
{
    struct bench *b = *state;
    int result = -1;
    const struct mta_done done = {note, &result};
    int64_t item;

    bench_submit(b, &(struct letter){.recipients = {BOB}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    item = first_item(b, TO_PARIS);
    assert_int_equal(mta_hold(b->mta, item, done), X4_OK);
    bench_settle(b);
    assert_int_equal(result, X4_OK);
    bench_restart(b);
    assert_false(slice_present(bench_send(b, TO_PARIS))); /* held */
    assert_int_equal(mta_release(b->mta, item, false, done), X4_OK);
    bench_settle(b);
    assert_int_equal(first_item(b, TO_PARIS), item);
    assert_int_equal(mta_return(b->mta, item, MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG, done),
                     X4_OK);
    bench_settle(b);
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    assert_failed_with(bench_entry(b, BOX_ANN, 0), MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG);
    assert_int_equal(mta_delete(b->mta, item, done), X4_ENOTFOUND);
}

static void routes_are_explained(void **state)
{
    struct bench *b = *state;
    struct mta_route_explained e;
    struct or_address address;

    assert_int_equal(or_address_parse(slice_str(EVA), &b->arena, &address, NULL), X4_OK);
    assert_int_equal(mta_route_explain(b->mta, &address, &b->arena, &e), X4_OK);
    assert_true(e.chosen >= 0);
    assert_string_equal(e.candidate[e.chosen].connector, TO_BERLIN);
    assert_int_equal(e.count, 6); /* every row is judged */
    assert_int_equal(or_address_parse(slice_str(JIM), &b->arena, &address, NULL), X4_OK);
    assert_int_equal(mta_route_explain(b->mta, &address, &b->arena, &e), X4_OK);
    assert_string_equal(e.mailbox, BOX_JIM);
}

/* R2.12f: who has no 1984 name is reported, the others get theirs, and are not shown him. */
static void test_one_without_a_1984_form(void **state)
{
    struct bench *b = bench_new("");
    const struct letter l = {
        .recipients = {BOB, "/PD-PN=Zoe/PD-PC=75001/PD-C=FR/ADMD= /C=FR/", NULL},
        .report = MTS_NON_DELIVERY_REPORT,
        .disclose = true,
    };
    const struct mts_envelope *env;
    struct slice apdu;

    (void)state;
    bench_submit(b, &l, SLICE_LIT("x"));
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    assert_false(slice_present(bench_send_1984(b, TO_PARIS))); /* split */
    bench_settle(b);
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 1);
    apdu = bench_send_1984(b, TO_PARIS);
    assert_true(slice_present(apdu));
    env = mts_apdu_envelope(bench_decode(b, apdu));
    assert_int_equal(env->recipients.count, 1);
    assert_int_equal(bench_queued(b, TO_PARIS), 0);
    bench_free(&b);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(delivers_here_and_queues_for_others),
        T(reports_a_delivery_that_was_asked_for),
        T(non_delivers_to_an_unknown_recipient),
        T(absorbs_a_report_that_nobody_wants),
        T(one_bad_recipient_does_not_fail_the_others),
        T(the_report_does_not_go_where_its_subject_goes),
        T(splits_and_passes_responsibility),
        T(hides_other_recipients_unless_disclosed),
        T(a_relayed_message_gets_our_trace),
        T(a_trace_that_begins_elsewhere_is_noted),
        T(the_same_apdu_again_is_dropped),
        T(the_same_apdu_over_two_associations_at_once_is_delivered_once),
        T(a_loop_ends_in_a_report),
        T(never_sends_back_where_it_came_from),
        T(what_is_critical_and_unknown_is_returned),
        T(a_deferred_message_waits),
        T(what_waits_too_long_is_returned),
        T(latest_delivery_time_is_heeded_on_arrival_and_in_the_queue),
        T(garbage_is_taken_over_and_kept),
        T(what_breaks_off_anywhere_is_kept),
        T(what_breaks_off_behind_a_full_chunk_is_kept),
        T(urgent_goes_first),
        T(the_queue_survives_a_restart),
        T(a_large_content_passes_in_chunks),
        T(returns_the_content_when_asked_to),
        T(a_probe_is_answered_and_not_delivered),
        T(a_mailbox_refuses_what_is_too_long),
        T(what_is_too_long_for_one_way_goes_another),
        T(failed_opens_send_it_another_way),
        T(failed_opens_without_another_way_end_in_a_report),
        T(a_line_that_breaks_does_not_use_up_the_tries_of_a_message),
        T(the_operator_steers_the_queue),
        T(routes_are_explained),
        cmocka_unit_test(test_one_without_a_1984_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
