/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a way, other ways when one fails or will not do, and what copies tell of it. */
#include "fixture.h"

#include "../mts/ber_text.h"

#define CONTENT SLICE_LIT("content, opaque to an MTA")

#define MAX        "/S=Max/O=Wien/PRMD=WALZER/ADMD= /C=AT/"
#define URS        "/S=Urs/O=Bern/PRMD=ALP/ADMD= /C=CH/"
#define POSTAL_EVA "/PD-PN=Eva/PD-PC=10115/PD-C=DE/ADMD= /C=DE/"
#define POSTAL_MAX "/PD-PN=Max/PD-PC=1010/PD-C=AT/ADMD= /C=AT/"

#define BERLIN_GDI  "    remote-gdi: {country: DE, admd: ' ', prmd: BIER}\n"
#define BERLIN_1984 "    conformance: '1984'\n"

/* The bench's clock begins at 2026-11-18 11:06:41Z. */
#define OWN     "63{ 61{13{'GB'}} 62{13{' '}} 13{'ACME'} }"
#define BEGUN   "80{'261118110641Z'}"
#define TO_BIER "63{ 61{13{'DE'}} 62{13{' '}} 13{'BIER'} }"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static const struct mta_peer plain = {.internal_trace = P1_INTERNAL_ALL};

static const struct mta_failed line_lost = {
    .what = MTA_FAIL_RETRY, .delay_ms = 1000, .max_attempts = 144, .text = "line lost"};
static const struct mta_failed not_taken = {.what = MTA_FAIL_RETRY,
                                            .delay_ms = 1000,
                                            .max_attempts = 144,
                                            .refused = true,
                                            .text = "exception"};

static int begin(void **state)
{
    *state = bench_new_with("", BERLIN_GDI);
    return 0;
}

static int begin_1984(void **state)
{
    *state = bench_new_with("", BERLIN_1984);
    return 0;
}

static void fail_open(struct bench *b, const char *connector)
{
    mta_queue_open_failed(b->mta, mta_find_queue(b->mta, connector), 144, "no answer");
    bench_settle(b);
}

static void assert_queued(const struct bench *b, size_t paris, size_t berlin)
{
    assert_int_equal(bench_queued(b, TO_PARIS), paris);
    assert_int_equal(bench_queued(b, TO_BERLIN), berlin);
}

/* The only recipient of the only report in Ann's mailbox. */
static void assert_returned(struct bench *b, int64_t reason, int64_t diagnostic)
{
    const struct mts_reported_recipient *r;

    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    r = BER_ITEM(bench_entry(b, BOX_ANN, 0)->report.content.recipients,
                 struct mts_reported_recipient, 0);
    assert_int_equal(r->last_trace.report_type.which, MTS_REPORT_NON_DELIVERY);
    assert_int_equal(r->last_trace.report_type.non_delivery.reason, reason);
    assert_int_equal(r->last_trace.report_type.non_delivery.diagnostic.value, diagnostic);
}

/* The only element of the external and of the internal trace, octet for octet. */
static void assert_trace(struct bench *b, struct slice apdu, const char *external,
                         const char *internal)
{
    struct mts_apdu *decoded_apdu = bench_decode(b, apdu);
    const bool report = mts_apdu_kind(decoded_apdu) == MTS_REPORT;
    const struct mts_envelope *env = mts_apdu_envelope(decoded_apdu);
    const struct ber_list *trace = report ? &decoded_apdu->report.envelope.trace : &env->trace;
    const struct ber_list *extensions =
        report ? &decoded_apdu->report.envelope.extensions : &env->extensions;
    struct ber_list own = mts_internal_trace(extensions, &b->arena, NULL);

    assert_int_equal(trace->count, 1);
    assert_slice(BER_ITEM(*trace, struct mts_trace_element, 0)->raw, ber_text(&b->arena, external));
    assert_int_equal(own.count, 1);
    assert_slice(BER_ITEM(own, struct mts_internal_element, 0)->raw, ber_text(&b->arena, internal));
}

#define REROUTED_EXTERNAL "30{ " OWN " 31{ " BEGUN " 820101 " TO_BIER " } }"
#define REROUTED_INTERNAL "30{ " OWN " 16{'EX1'} 31{ " BEGUN " 820101 16{'BERLIN'} } }"

/* ---- when connectors are active -------------------------------------------------------------- */

static enum mta_activation said(void *ctx)
{
    return *(enum mta_activation *)ctx;
}

static void ignored(void *ctx)
{
    (void)ctx;
}

static const struct mta_queue_ops timed = {.kick = ignored, .activation = said};

/* What there is to say of a row besides the address, when both connectors take the address equally
 * well, and Berlin is the cheaper one. */
struct states {
    enum mta_activation paris, berlin;
    bool paris_waits, berlin_waits; /* after a failed open */
    bool over_paris;
    const char *why_berlin; /* the end of what is shown of it */
};

static const struct states states[] = {
    {MTA_ACTIVE, MTA_ACTIVE, false, false, false, "exact"},
    {MTA_ACTIVE, MTA_LATER, false, false, true, "; closed at this time of the week"},
    {MTA_ACTIVE, MTA_WHEN_CALLED, false, false, true, "; waits until the peer calls"},
    {MTA_ACTIVE, MTA_NEVER, false, false, true, "; closed by an operator"},
    {MTA_ACTIVE, MTA_ACTIVE, false, true, true, "; waits after a failed open"},
    {MTA_ACTIVE, MTA_ACTIVE, true, true, false, "; waits after a failed open"},
    {MTA_ACTIVE, MTA_LATER, true, false, true, "; closed at this time of the week"},
    {MTA_LATER, MTA_ACTIVE, false, true, false, "; waits after a failed open"},
    {MTA_LATER, MTA_LATER, false, false, false, "; closed at this time of the week"},
    {MTA_LATER, MTA_LATER, false, true, true, "; closed at this time of the week"},
    {MTA_LATER, MTA_WHEN_CALLED, false, false, true, "; waits until the peer calls"},
    {MTA_WHEN_CALLED, MTA_NEVER, false, false, true, "; closed by an operator"},
    {MTA_NEVER, MTA_NEVER, false, false, false, "; closed by an operator"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void the_one_that_is_active_comes_before_the_cheaper_one(void **state)
{
    struct bench *b = *state;
    struct mta_queue *paris = mta_queue_of(b->mta, TO_PARIS);
    struct mta_queue *berlin = mta_queue_of(b->mta, TO_BERLIN);
    struct or_address eva;
    size_t over_paris = 0;

    assert_int_equal(or_address_parse(slice_str(EVA), &b->arena, &eva, NULL), X4_OK);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        struct states s = states[i];
        struct mta_route_explained e;

        mta_serve(paris, &timed, &s.paris);
        mta_serve(berlin, &timed, &s.berlin);
        paris->open_retry = s.paris_waits;
        berlin->open_retry = s.berlin_waits;
        bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
        over_paris += s.over_paris;
        assert_queued(b, over_paris, i + 1 - over_paris);
        assert_int_equal(mta_route_explain(b->mta, &eva, &b->arena, &e), X4_OK);
        assert_string_equal(e.candidate[e.chosen].connector, s.over_paris ? TO_PARIS : TO_BERLIN);
        for (size_t k = 0; k < e.count; k++) {
            if (e.candidate[k].usable && strcmp(e.candidate[k].connector, TO_BERLIN) == 0)
                assert_true(ends_with(e.candidate[k].why, s.why_berlin));
        }
        mta_serve(paris, NULL, NULL);
        mta_serve(berlin, NULL, NULL);
    }
}

/* Away from a connector that fails only to one that sends now. */
static void nothing_is_rerouted_to_where_it_would_wait(void **state)
{
    static const enum mta_activation not_now[] = {MTA_LATER, MTA_WHEN_CALLED, MTA_NEVER};
    struct bench *b = *state;
    struct mta_queue *paris = mta_queue_of(b->mta, TO_PARIS);
    enum mta_activation activation = MTA_ACTIVE;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    mta_serve(paris, &timed, &activation);
    for (size_t i = 0; i < 3; i++) {
        activation = not_now[i];
        fail_open(b, TO_BERLIN);
        assert_queued(b, 0, 1);
    }
    activation = MTA_ACTIVE;
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 0);
    mta_serve(paris, NULL, NULL);
}

/* ---- rerouting (2.14) ------------------------------------------------------------------------ */

static void a_rerouted_copy_names_what_was_tried(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 0);
    assert_trace(b, bench_send(b, TO_PARIS), REROUTED_EXTERNAL, REROUTED_INTERNAL);
}

static void without_another_domain_only_the_internal_trace_tells(void **state)
{
    struct bench *b = bench_new("");

    (void)state;
    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_open(b, TO_BERLIN);
    assert_trace(b, bench_send(b, TO_PARIS), "30{ " OWN " 31{ " BEGUN " 820100 } }",
                 REROUTED_INTERNAL);
    bench_free(&b);
}

static void a_report_is_rerouted_as_well(void **state)
{
    struct bench *b = *state;
    struct slice apdu = bench_foreign(b,
                                      &(struct letter){.originator = EVA,
                                                       .recipients = {NOBODY},
                                                       .report = MTS_NON_DELIVERY_REPORT},
                                      CONTENT);
    struct slice report;

    assert_int_equal(bench_receive(b, "/cn=gone", apdu), X4_OK);
    assert_queued(b, 0, 1);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 0);
    report = bench_send(b, TO_PARIS);
    assert_trace(b, report, REROUTED_EXTERNAL, REROUTED_INTERNAL);
}

static void a_relayed_message_is_not_rerouted_to_where_it_came_from(void **state)
{
    struct bench *b = *state;
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {EVA}}, CONTENT);

    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1);
    assert_false(bench_has_event(b, EVENT_REROUTED));
}

static void only_those_with_another_way_are_rerouted(void **state)
{
    struct bench *b = *state;
    const struct mts_envelope *env;

    bench_submit(b, &(struct letter){.recipients = {EVA, MAX}}, CONTENT);
    assert_queued(b, 0, 1);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 1);
    env = mts_apdu_envelope(bench_decode(b, bench_send(b, TO_PARIS)));
    assert_int_equal(BER_ITEM(env->recipients, struct mts_recipient, 0)->number, 1);
    /* The other has not been sent another way, so his copy says nothing of it. */
    assert_trace(b, bench_send(b, TO_BERLIN), "30{ " OWN " 31{ " BEGUN " 820100 } }",
                 "30{ " OWN " 16{'EX1'} 31{ " BEGUN " 820100 } }");
}

/* The peer knows a duplicate by its octets. */
static void a_rerouted_copy_is_the_same_after_a_restart(void **state)
{
    struct bench *b = *state;
    struct mta_out *out;
    struct slice first;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_open(b, TO_BERLIN);
    out = bench_open(b, TO_PARIS, &plain);
    first = bench_octets(b, out);
    mta_out_failed(&out, &line_lost);
    bench_settle(b);
    bench_restart(b);
    bench_advance(b, 10000);
    assert_true(slice_eq(bench_send(b, TO_PARIS), first));
}

static void refusals_used_up_send_it_another_way(void **state)
{
    const struct mta_failed refused = {.what = MTA_FAIL_RETRY,
                                       .delay_ms = 1000,
                                       .max_attempts = 1,
                                       .refused = true,
                                       .text = "exception"};
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    for (int i = 0; i < 2; i++) {
        struct mta_out *out = bench_open(b, TO_BERLIN, &plain);

        assert_non_null(out);
        mta_out_failed(&out, &refused);
        bench_advance(b, 2000);
    }
    assert_queued(b, 1, 0);
    assert_trace(b, bench_send(b, TO_PARIS), REROUTED_EXTERNAL, REROUTED_INTERNAL);
}

/* Sends all of it, or nothing, to Berlin, and fails so. */
static void fail_transfer(struct bench *b, bool whole, const struct mta_failed *failed)
{
    struct mta_out *out = bench_open(b, TO_BERLIN, &plain);

    assert_non_null(out);
    if (whole)
        bench_octets(b, out);
    mta_out_failed(&out, failed);
    bench_advance(b, 2000);
}

/* R2.14e: Berlin may have it, and only Berlin would know it again. */
static void what_may_have_arrived_goes_nowhere_else(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_transfer(b, true, &line_lost);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1);
    fail_transfer(b, false, &line_lost); /* says nothing of the first time */
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1);
    fail_transfer(b, false, &not_taken); /* nor does that: it was broken off, by us perhaps */
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1);
    fail_transfer(b, true, &not_taken); /* now it is known */
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 0);
}

static struct letter short_lived(const struct bench *b)
{
    return (struct letter){.originator = ANN,
                           .recipients = {EVA},
                           .report = MTS_NON_DELIVERY_REPORT,
                           .latest_ms = bench_now(b) + MINUTE_MS};
}

/* R2.10, R2.14e: Berlin may have it, and can be asked for an hour. */
static void what_may_have_arrived_is_not_given_up_at_once(void **state)
{
    struct bench *b = *state;
    const struct letter letter = short_lived(b);

    bench_submit(b, &letter, CONTENT);
    fail_transfer(b, true, &line_lost);
    bench_advance(b, HOUR_MS);
    assert_queued(b, 0, 1);
    assert_true(slice_present(bench_send(b, TO_BERLIN)));
    bench_advance(b, HOUR_MS);
    assert_int_equal(bench_entries(b, BOX_ANN), 0);
}

static void what_may_have_arrived_is_given_up_after_an_hour(void **state)
{
    struct bench *b = *state;
    const struct letter letter = short_lived(b);

    bench_submit(b, &letter, CONTENT);
    fail_transfer(b, true, &line_lost);
    bench_advance(b, HOUR_MS + MINUTE_MS);
    assert_queued(b, 0, 0);
    assert_returned(b, MTS_TRANSFER_FAILURE, MTS_MAXIMUM_TIME_EXPIRED);
}

static void what_cannot_have_arrived_is_given_up_in_time(void **state)
{
    struct bench *b = *state;
    const struct letter letter = short_lived(b);

    bench_submit(b, &letter, CONTENT);
    fail_transfer(b, true, &line_lost);
    fail_transfer(b, true, &not_taken); /* now it is known */
    bench_advance(b, MINUTE_MS);
    assert_queued(b, 0, 0);
    assert_returned(b, MTS_TRANSFER_FAILURE, MTS_MAXIMUM_TIME_EXPIRED);
}

/* What was under way when the MTA ended may have arrived. */
static void after_a_restart_nothing_is_given_up_at_once(void **state)
{
    struct bench *b = *state;
    const struct letter letter = short_lived(b);

    bench_submit(b, &letter, CONTENT);
    bench_restart(b);
    bench_advance(b, HOUR_MS);
    assert_queued(b, 0, 1);
    bench_advance(b, 2 * MINUTE_MS);
    assert_queued(b, 0, 0);
    assert_returned(b, MTS_TRANSFER_FAILURE, MTS_MAXIMUM_TIME_EXPIRED);
}

static void what_cannot_have_arrived_is_rerouted_at_once(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_transfer(b, false, &line_lost);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 0);
}

static void after_a_restart_only_the_last_resort_is_another_way(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    bench_restart(b);
    for (int i = 0; i < 3; i++) {
        assert_queued(b, 0, 1);
        mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_BERLIN), 2, "no answer");
        bench_settle(b);
    }
    assert_queued(b, 1, 0); /* better than a non-delivery */
}

static void rerouting_comes_to_an_end(void **state)
{
    static const char *const ways[] = {TO_BERLIN, TO_PARIS};
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(bench_queued(b, ways[i % 2]), 1);
        mta_queue_open_succeeded(mta_find_queue(b->mta, ways[(i + 1) % 2]));
        fail_open(b, ways[i % 2]);
        assert_int_equal(bench_queued(b, ways[i % 2]), 0);
    }
    mta_queue_open_succeeded(mta_find_queue(b->mta, TO_PARIS));
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1); /* waits, and the ordinary limits apply */
}

/* One failure looks at 1000 items, the next at those after them. */
static void a_long_queue_is_gone_through(void **state)
{
    struct bench *b = *state;

    for (int i = 0; i < 1000; i++)
        bench_submit(b, &(struct letter){.recipients = {MAX}}, CONTENT);
    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 0, 1001);
    fail_open(b, TO_BERLIN);
    assert_queued(b, 1, 1000);
    fail_open(b, TO_BERLIN); /* from the beginning again */
    assert_queued(b, 1, 1000);
}

static void a_closed_way_is_the_last_choice(void **state)
{
    static const char *const closed[] = {"    enabled: false\n", "    schedule: never\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_new_with("", closed[i]);

        bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
        assert_queued(b, 1, 0); /* dearer, but open */
        bench_submit(b, &(struct letter){.recipients = {MAX}}, CONTENT);
        assert_queued(b, 1, 1); /* there is no other: it waits */
        fail_open(b, TO_PARIS);
        assert_queued(b, 1, 1); /* no better there */
        bench_free(&b);
    }
}

/* 2.6: it comes back from a neighbour in our domain who knows us by another name. */
static void a_loop_is_found_under_every_name(void **state)
{
    struct bench *b = bench_new_with("", "    local-mta-name: ALIAS\n");
    const struct mts_identity alias = {.gdi = mta_identity(b->mta)->gdi,
                                       .mta_name = SLICE_LIT("ALIAS")};
    const struct mta_peer peer = {.own = &alias, .internal_trace = P1_INTERNAL_ALL};
    const struct mta_in_source berlin = {.connector = TO_BERLIN, .gdi = &alias.gdi};
    struct slice apdu =
        bench_foreign(b, &(struct letter){.originator = BOB, .recipients = {MAX}}, CONTENT);
    struct mta_out *out;
    struct mta_in *in;

    (void)state;
    assert_int_equal(bench_receive(b, TO_PARIS, apdu), X4_OK);
    out = bench_open(b, TO_BERLIN, &peer);
    apdu = bench_octets(b, out);
    mta_out_sent(&out);
    in = mta_in_new(b->mta, &berlin);
    assert_non_null(in);
    mta_in_put(in, apdu);
    bench_end(b, &in);
    bench_settle(b);
    assert_true(bench_has_event(b, EVENT_LOOP_DETECTED));
    bench_free(&b);
}

/* ---- 1984 (9.1, R9.3, R9.5) ------------------------------------------------------------------ */

static void what_has_no_1984_form_takes_a_1988_way(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    assert_queued(b, 0, 1); /* the cheaper one, and good enough */
    bench_submit(b, &(struct letter){.recipients = {POSTAL_EVA}}, CONTENT);
    assert_queued(b, 1, 1);
}

static void without_a_1988_way_it_is_returned(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {POSTAL_MAX}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    assert_queued(b, 0, 0);
    assert_returned(b, MTS_UNABLE_TO_TRANSFER, MTS_UNABLE_TO_DOWNGRADE);
}

static void a_critical_extension_keeps_off_1984(void **state)
{
    struct bench *b = *state;

    bench_submit(b, &(struct letter){.recipients = {EVA}, .latest_ms = bench_now(b) + HOUR_MS},
                 CONTENT);
    assert_queued(b, 1, 0);
}

static void of_equal_cost_the_1988_way_is_taken(void **state)
{
    struct bench *b = *state;

    for (int i = 0; i < 3; i++)
        bench_submit(b, &(struct letter){.recipients = {URS}}, CONTENT);
    assert_queued(b, 3, 0); /* though the other queue is shorter */
}

static void an_association_that_turns_out_1984_diverts(void **state)
{
    struct bench *b = *state;
    const struct mta_peer peer = {.to_1984 = true};

    bench_submit(b, &(struct letter){.recipients = {EVA, POSTAL_EVA}}, CONTENT);
    assert_queued(b, 0, 1);
    assert_null(bench_open(b, TO_BERLIN, &peer));
    assert_queued(b, 1, 1);
    assert_true(bench_has_event(b, EVENT_DOWNGRADE_FAILED));
    assert_true(slice_present(bench_send_1984(b, TO_BERLIN)));
    /* Both turn out 1984: it does not go to and fro for ever. */
    for (int i = 0; i < 20 && bench_queued(b, TO_PARIS) + bench_queued(b, TO_BERLIN) > 0; i++) {
        assert_null(bench_open(b, TO_PARIS, &peer));
        assert_null(bench_open(b, TO_BERLIN, &peer));
    }
    assert_queued(b, 0, 0);
}

static void a_limit_that_came_later_diverts(void **state)
{
    struct bench *b = *state;
    const struct mta_peer peer = {.size_limit = 10};

    bench_submit(b, &(struct letter){.recipients = {EVA}}, CONTENT);
    assert_null(bench_open(b, TO_BERLIN, &peer));
    assert_queued(b, 1, 0);
    bench_submit(b, &(struct letter){.recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    assert_null(bench_open(b, TO_BERLIN, &peer));
    assert_returned(b, MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG);
}

/* ---- deferred delivery and the operator (2.9) ------------------------------------------------ */

static void note(void *ctx, int result)
{
    *(int *)ctx = result;
}

/* A message to Jim and Bob that waits; its item. */
static int64_t defer(struct bench *b)
{
    struct mta_queue *q;

    bench_submit(b,
                 &(struct letter){.recipients = {JIM, BOB}, .deferred_ms = bench_now(b) + HOUR_MS},
                 CONTENT);
    q = mta_find_queue(b->mta, "(deferred)");
    assert_int_equal(q->count, 1);
    return LIST_ITEM(q->waiting.next, struct mta_item, in_place)->id;
}

static void a_release_does_not_outrun_the_deferred_time(void **state)
{
    struct bench *b = *state;
    int result = -1;
    const struct mta_done done = {note, &result};
    int64_t item = defer(b);

    assert_int_equal(mta_release(b->mta, item, false, done), X4_EAGAIN);
    assert_int_equal(mta_hold(b->mta, item, done), X4_OK);
    bench_settle(b);
    assert_int_equal(mta_release(b->mta, item, false, done), X4_OK);
    bench_settle(b);
    assert_int_equal(result, X4_OK);
    bench_restart(b);
    bench_advance(b, HOUR_MS - 10000);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    bench_advance(b, 20000);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
}

static void held_beyond_its_time_it_goes_when_released(void **state)
{
    struct bench *b = *state;
    int64_t item = defer(b);

    assert_int_equal(mta_hold(b->mta, item, (struct mta_done){.fn = NULL}), X4_OK);
    bench_advance(b, 2 * HOUR_MS);
    assert_int_equal(bench_entries(b, BOX_JIM), 0);
    assert_int_equal(mta_release(b->mta, item, false, (struct mta_done){.fn = NULL}), X4_OK);
    bench_settle(b);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
}

static void released_now_it_goes_and_says_when(void **state)
{
    struct bench *b = *state;
    int64_t item = defer(b);
    const struct mts_envelope *env;
    struct slice apdu;

    bench_advance(b, 10000);
    assert_int_equal(mta_release(b->mta, item, true, (struct mta_done){.fn = NULL}), X4_OK);
    bench_settle(b);
    assert_int_equal(bench_entries(b, BOX_JIM), 1);
    assert_queued(b, 1, 0);
    bench_restart(b);
    bench_advance(b, 10000);
    apdu = bench_send(b, TO_PARIS);
    env = mts_apdu_envelope(bench_decode(b, apdu));
    assert_false(slice_present(env->deferred_delivery_time));
    assert_trace(b, apdu, "30{ " OWN " 31{ " BEGUN " 820100 81{'261118110651Z'} } }",
                 "30{ " OWN " 16{'EX1'} 31{ " BEGUN " 820100 81{'261118110651Z'} } }");
}

int main(void)
{
#define T(fn)      cmocka_unit_test_setup_teardown(fn, begin, bench_teardown)
#define T_1984(fn) cmocka_unit_test_setup_teardown(fn, begin_1984, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(the_one_that_is_active_comes_before_the_cheaper_one),
        T(nothing_is_rerouted_to_where_it_would_wait),
        T(a_rerouted_copy_names_what_was_tried),
        cmocka_unit_test(without_another_domain_only_the_internal_trace_tells),
        T(a_report_is_rerouted_as_well),
        T(a_relayed_message_is_not_rerouted_to_where_it_came_from),
        T(only_those_with_another_way_are_rerouted),
        T(a_rerouted_copy_is_the_same_after_a_restart),
        T(refusals_used_up_send_it_another_way),
        T(what_may_have_arrived_goes_nowhere_else),
        T(what_may_have_arrived_is_not_given_up_at_once),
        T(what_may_have_arrived_is_given_up_after_an_hour),
        T(what_cannot_have_arrived_is_given_up_in_time),
        T(after_a_restart_nothing_is_given_up_at_once),
        T(what_cannot_have_arrived_is_rerouted_at_once),
        T(after_a_restart_only_the_last_resort_is_another_way),
        T(rerouting_comes_to_an_end),
        T(a_long_queue_is_gone_through),
        cmocka_unit_test(a_closed_way_is_the_last_choice),
        cmocka_unit_test(a_loop_is_found_under_every_name),
        T_1984(what_has_no_1984_form_takes_a_1988_way),
        T_1984(without_a_1988_way_it_is_returned),
        T_1984(a_critical_extension_keeps_off_1984),
        T_1984(of_equal_cost_the_1988_way_is_taken),
        T(an_association_that_turns_out_1984_diverts),
        T(a_limit_that_came_later_diverts),
        T(a_release_does_not_outrun_the_deferred_time),
        T(held_beyond_its_time_it_goes_when_released),
        T(released_now_it_goes_and_says_when),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
