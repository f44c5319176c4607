/* SPDX-License-Identifier: Apache-2.0 */
/* When reports are due (4.2), what is in them (1.6, 4.5), who sees them. */
#include "mts/report.h"

#include "mts/submit.h"

#include "fixture.h"

/* ---- the table of 4.2 (T7) ------------------------------------------------------------------- */

static const struct {
    unsigned bits; /* MTA request and user request as they stand in bits 1 to 4 */
    bool on_success, user_success, user_failure, trace;
} rules[] = {
    {0x20, false, false, false, false}, /* 01 00 */
    {0x28, false, false, true, false},  /* 01 01 */
    {0x30, true, true, true, false},    /* 01 10: illegal, as 10 10 */
    {0x40, true, false, false, false},  /* 10 00 */
    {0x48, true, false, true, false},   /* 10 01 */
    {0x50, true, true, true, false},    /* 10 10 */
    {0x60, true, false, false, true},   /* 11 00 */
    {0x68, true, false, true, true},    /* 11 01 */
    {0x70, true, true, true, true},     /* 11 10 */
    {0x00, false, false, false, false}, /* 00 00: illegal */
    {0x08, false, false, true, false},  /* 00 01 */
    {0x10, true, true, true, false},    /* 00 10 */
    {0x58, true, true, true, false},    /* 10 11: user bits illegal, as report */
};

static struct ber_bits *bits_of(struct arena *arena, unsigned octet, unsigned unused)
{
    uint8_t *p = arena_alloc(arena, 1);
    struct ber_bits *bits = arena_alloc(arena, sizeof(*bits));

    *p = (uint8_t)octet;
    *bits = (struct ber_bits){.octets = slice_make(p, 1), .unused = (uint8_t)unused};
    return bits;
}

static void report_rules_are_as_printed(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(rules); i++) {
        /* 8 bits, and 5 bits with 3 unused ones (T30) */
        for (unsigned unused = 0; unused <= 3; unused += 3) {
            const struct mts_report_rule *rule =
                mts_report_rule(bits_of(&f->arena, 0x80 | rules[i].bits, unused));

            assert_true(rule->on_failure);
            assert_int_equal(rule->on_success, rules[i].on_success);
            assert_int_equal(rule->user_success, rules[i].user_success);
            assert_int_equal(rule->user_failure, rules[i].user_failure);
            assert_int_equal(rule->subject_trace, rules[i].trace);
        }
    }
}

/* ---- a subject ------------------------------------------------------------------------------- */

enum { RECIPIENTS = 3 };

struct scene {
    struct mts_identity origin, reporter;
    struct mts_apdu *subject;
    struct mts_outcome outcomes[RECIPIENTS];
    struct mts_report_params params;
};

static struct mts_apdu *submit(struct fixture *f, struct mts_submission *s)
{
    struct mts_submit_recipient *r = arena_array(&f->arena, RECIPIENTS, sizeof(*r));

    for (int i = 0; i < RECIPIENTS; i++) {
        r[i].name = name(&f->arena,
                         arena_printf(&f->arena, "C=GB; A=TESTADMD; P=B; O=ORG; S=User%d", i + 1));
        r[i].report = MTS_REPORT_BOTH;
    }
    s->recipients = r;
    s->recipient_count = RECIPIENTS;
    buf_reset(&f->out);
    assert_int_equal(mts_submit(s, &f->out), X4_OK);
    return decoded(&f->arena, arena_dup(&f->arena, buf_view(&f->out)));
}

/* A message from domain A with three recipients who all asked for reports; nothing has become of
 * them yet: three non-deliveries 1/0 that count none until outcome_count is set. */
static struct scene *scene(struct fixture *f, enum mts_kind kind)
{
    struct scene *s = arena_alloc(&f->arena, sizeof(*s));
    struct mts_submission submission;

    s->origin = identity("GB", "A", "m1");
    s->reporter = identity("GB", "B", "m2");
    submission = (struct mts_submission){
        .kind = kind,
        .own = &s->origin,
        .identifier = {.gdi = s->origin.gdi, .local = SLICE_LIT("A-77")},
        .now_ms = NOW,
        .originator = name(&f->arena, "C=GB; A=TESTADMD; P=A; O=ORG; S=Orig"),
        .content_type = {.which = MTS_CONTENT_BUILT_IN, .built_in = MTS_CONTENT_P22},
        .content_identifier = SLICE_LIT("CI-1"),
        .correlator = SLICE_LIT("corr"),
        .indicators = 0x80 >> MTS_CONTENT_RETURN_REQUEST,
        .deferred_ms = MTS_NO_TIME,
        .latest_ms = MTS_NO_TIME,
        .content_length = -1,
    };
    s->subject = submit(f, &submission);
    for (size_t i = 0; i < RECIPIENTS; i++)
        s->outcomes[i] = (struct mts_outcome){.recipient = i,
                                              .reason = MTS_UNABLE_TO_TRANSFER,
                                              .diagnostic = MTS_UNRECOGNISED_OR_NAME};
    s->params = (struct mts_report_params){
        .own = &s->reporter,
        .identifier = {.gdi = s->reporter.gdi, .local = SLICE_LIT("B-5")},
        .now_ms = NOW + 60000,
        .subject = s->subject,
        .subject_arrival_ms = NOW + 1000,
        .outcomes = s->outcomes,
        .outcome_count = RECIPIENTS,
    };
    return s;
}

static struct mts_recipient *recipient(struct scene *s, size_t i)
{
    return BER_ITEM(s->subject->message.envelope.recipients, struct mts_recipient, i);
}

static const struct mts_report *build(struct fixture *f, struct scene *s,
                                      enum mts_report_class class)
{
    buf_reset(&f->out);
    assert_int_equal(mts_report_build(&s->params, class, &f->arena, &f->out), X4_OK);
    return &decoded(&f->arena, arena_dup(&f->arena, buf_view(&f->out)))->report;
}

static const struct mts_reported_recipient *reported(const struct mts_report *r, size_t i)
{
    assert_in_range(i, 0, r->content.recipients.count - 1);
    return BER_ITEM(r->content.recipients, struct mts_reported_recipient, i);
}

static void assert_standard(const struct ber_list *extensions, size_t index, int number)
{
    assert_in_range(index, 0, extensions->count - 1);
    assert_int_equal(mts_extension_id(BER_ITEM(*extensions, struct mts_extension, index)).standard,
                     number);
}

/* ---- building -------------------------------------------------------------------------------- */

static void report_has_what_the_check_list_wants(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_report *r = build(f, s, MTS_REPORT_PLAIN);
    const struct mts_trace_element *e = BER_ITEM(r->envelope.trace, struct mts_trace_element, 0);
    struct ber_list internal = mts_internal_trace(&r->envelope.extensions, &f->arena, NULL);
    struct mts_reporting_mta_name mta;

    assert_text(r->envelope.identifier.local, "B-5");
    assert_true(or_address_equal(&r->envelope.destination.address,
                                 &s->subject->message.envelope.originator.address));
    assert_int_equal(r->envelope.trace.count, 1);
    assert_true(mts_gdi_equal(&e->gdi, &s->reporter.gdi));
    assert_text(e->info.arrival_time, "261122170100Z");
    assert_int_equal(r->envelope.extensions.count, 2);
    assert_standard(&r->envelope.extensions, 0, MTS_EXT_REPORTING_MTA_NAME);
    assert_standard(&r->envelope.extensions, 1, MTS_EXT_INTERNAL_TRACE_INFORMATION);
    assert_int_equal(internal.count, 1);
    assert_text(BER_ITEM(internal, struct mts_internal_element, 0)->mta_name, "m2");
    assert_int_equal(
        mts_extension_get(&r->envelope.extensions, MTS_EXT_REPORTING_MTA_NAME, &f->arena, &mta),
        X4_OK);
    assert_text(mta.mta_name, "m2");

    assert_true(
        mts_identifier_equal(&r->content.subject, &s->subject->message.envelope.identifier));
    assert_int_equal(r->content.intermediate_trace.count, 0);
    assert_int_equal(r->content.content_type.built_in, MTS_CONTENT_P22);
    assert_text(r->content.content_identifier, "CI-1");
    assert_int_equal(r->content.extensions.count, 1);
    assert_standard(&r->content.extensions, 0, MTS_EXT_CONTENT_CORRELATOR);
    assert_int_equal(r->content.recipients.count, RECIPIENTS);
}

static void recipients_are_told_as_4_5_wants(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_reported_recipient *bad;
    const struct mts_reported_recipient *good;
    const struct mts_report *r;

    s->outcomes[1] = (struct mts_outcome){.recipient = 1,
                                          .delivered = true,
                                          .delivery_ms = NOW + 2000,
                                          .type_of_user = MTS_USER_PRIVATE};
    s->outcomes[0].supplementary = "no such_user: \"x\"\n";
    s->outcomes[2].diagnostic = MTS_NO_DIAGNOSTIC;
    s->outcomes[2].supplementary = "\n@";
    r = build(f, s, MTS_REPORT_PLAIN);
    bad = reported(r, 0);
    good = reported(r, 1);

    assert_int_equal(bad->number, 1);
    assert_true(or_address_equal(&bad->actual.address, &recipient(s, 0)->name.address));
    assert_slice(bad->indicators.octets, SLICE_LIT("\xd0"));
    assert_text(bad->last_trace.arrival_time, "261122170001Z");
    assert_int_equal(bad->last_trace.report_type.which, MTS_REPORT_NON_DELIVERY);
    assert_int_equal(bad->last_trace.report_type.non_delivery.reason, 1);
    assert_int_equal(bad->last_trace.report_type.non_delivery.diagnostic.value, 0);
    assert_text(bad->supplementary, "no such-user: x");
    assert_null(bad->originally_intended);
    assert_null(bad->extensions.items);

    assert_int_equal(good->number, 2);
    assert_int_equal(good->last_trace.report_type.which, MTS_REPORT_DELIVERY);
    assert_text(good->last_trace.report_type.delivery.delivery_time, "261122170002Z");
    assert_int_equal(good->last_trace.report_type.delivery.type_of_user, MTS_USER_PRIVATE);
    assert_false(slice_present(good->supplementary));

    assert_false(reported(r, 2)->last_trace.report_type.non_delivery.diagnostic.present);
    assert_false(slice_present(reported(r, 2)->supplementary));
}

static void long_text_is_cut(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    char text[400];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    s->outcomes[0].supplementary = text;
    assert_int_equal(reported(build(f, s, MTS_REPORT_PLAIN), 0)->supplementary.len, 256);
}

static void only_what_is_wanted_gets_in(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);

    /* Delivered without DR request; not responsible; out of range. */
    s->outcomes[0].delivered = true;
    recipient(s, 0)->indicators = *bits_of(&f->arena, 0xa8, 0);
    recipient(s, 1)->indicators = *bits_of(&f->arena, 0x50, 0);
    s->outcomes[2].recipient = RECIPIENTS;
    assert_false(mts_report_due(&s->params, MTS_REPORT_PLAIN));
    assert_int_equal(mts_report_build(&s->params, MTS_REPORT_PLAIN, &f->arena, &f->out),
                     X4_ENOTFOUND);
    s->outcomes[2].recipient = 2;
    assert_true(mts_report_due(&s->params, MTS_REPORT_PLAIN));
    assert_int_equal(build(f, s, MTS_REPORT_PLAIN)->content.recipients.count, 1);
    assert_int_equal(reported(build(f, s, MTS_REPORT_PLAIN), 0)->number, 3);
}

/* T17 */
static void audited_recipients_get_a_report_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_report *plain;
    const struct mts_report *audited;

    recipient(s, 1)->indicators = *bits_of(&f->arena, 0xf0, 0);
    plain = build(f, s, MTS_REPORT_PLAIN);
    audited = build(f, s, MTS_REPORT_AUDITED);
    assert_int_equal(plain->content.recipients.count, 2);
    assert_int_equal(plain->content.intermediate_trace.count, 0);
    assert_int_equal(audited->content.recipients.count, 1);
    assert_int_equal(reported(audited, 0)->number, 2);
    assert_int_equal(audited->content.intermediate_trace.count, 1);
}

static void own_passage_is_not_in_the_subjects_trace(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct mts_envelope *env = &s->subject->message.envelope;
    struct mts_trace_element *items = arena_array(&f->arena, 2, sizeof(*items));
    const struct mts_report *r;

    /* Another MTA of ours took the message in. */
    items[0] = *BER_ITEM(env->trace, struct mts_trace_element, 0);
    items[1] = (struct mts_trace_element){.gdi = s->reporter.gdi};
    items[1].info.arrival_time = SLICE_LIT("2611221659+0000");
    env->trace = (struct ber_list){.items = items, .count = 2};
    recipient(s, 0)->indicators = *bits_of(&f->arena, 0xf0, 0);
    r = build(f, s, MTS_REPORT_AUDITED);
    assert_int_equal(r->content.intermediate_trace.count, 1);
    assert_text(reported(r, 0)->last_trace.arrival_time, "2611221659+0000");
}

static void audited_report_at_home_has_no_trace_to_show(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);

    s->params.own = &s->origin;
    recipient(s, 0)->indicators = *bits_of(&f->arena, 0xf0, 0);
    assert_null(build(f, s, MTS_REPORT_AUDITED)->content.intermediate_trace.items);
}

static void converted_eits_come_from_the_trace(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct mts_trace_element *e =
        BER_ITEM(s->subject->message.envelope.trace, struct mts_trace_element, 0);

    e->info.converted_eits = arena_alloc(&f->arena, sizeof(struct mts_eits));
    e->info.converted_eits->raw = ber_text(&f->arena, "6504 80020520");
    assert_true(
        ber_bit(&reported(build(f, s, MTS_REPORT_PLAIN), 0)->last_trace.converted_eits->built_in,
                MTS_EIT_IA5_TEXT));
}

static void five_bits_become_eight(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_reported_recipient *r;

    recipient(s, 0)->indicators = *bits_of(&f->arena, 0xd7, 3);
    r = reported(build(f, s, MTS_REPORT_PLAIN), 0);
    assert_slice(r->indicators.octets, SLICE_LIT("\xd0"));
    assert_int_equal(r->indicators.unused, 0);
}

/* Adds an extension to a list of the subject. */
static void add_extension(struct fixture *f, struct ber_list *list, int number, const void *value)
{
    struct mts_extension *items = arena_array(&f->arena, list->count + 1, sizeof(*items));
    struct slice octets;

    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    buf_reset(&f->out);
    assert_int_equal(ber_encode(mts_extension_info(number)->type, value, &f->out, NULL), X4_OK);
    octets = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    mts_put_extension(&f->out, number, octets);
    octets = arena_dup(&f->arena, buf_view(&f->out));
    assert_int_equal(
        ber_decode(&ber_type_extension_field, octets, &f->arena, &items[list->count], NULL, NULL),
        X4_OK);
    *list = (struct ber_list){.items = items, .count = list->count + 1};
}

static void redirected_recipients_show_both_names(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct mts_redirection item = {.reason = MTS_REDIRECT_RECIPIENT_ASSIGNED};
    struct ber_list history = {.items = &item, .count = 1};
    const struct mts_reported_recipient *r;

    item.intended.name = *name(&f->arena, "C=GB; A=TESTADMD; P=B; S=First");
    item.intended.time = SLICE_LIT("261122170000Z");
    add_extension(f, &recipient(s, 0)->extensions, MTS_EXT_REDIRECTION_HISTORY, &history);
    s->outcomes[0].actual = name(&f->arena, "C=GB; A=TESTADMD; P=B; S=Last");
    r = reported(build(f, s, MTS_REPORT_PLAIN), 0);
    assert_true(or_address_equal(&r->actual.address, &s->outcomes[0].actual->address));
    assert_true(or_address_equal(&r->originally_intended->address, &item.intended.name.address));
    assert_int_equal(r->extensions.count, 1);
    assert_standard(&r->extensions, 0, MTS_EXT_REDIRECTION_HISTORY);
}

/* 4.12: C reports on M1, a member of the list L in domain B. */
static void report_on_a_list_member_goes_to_the_list(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct mts_dl_expansion item = {.time = SLICE_LIT("261122170003Z")};
    struct ber_list history = {.items = &item, .count = 1};
    const struct mts_report *r;
    struct ber_list whole;

    item.name = *name(&f->arena, "C=GB; A=TESTADMD; P=B; CN=L");
    add_extension(f, &s->subject->message.envelope.extensions, MTS_EXT_DL_EXPANSION_HISTORY,
                  &history);
    r = build(f, s, MTS_REPORT_PLAIN);
    assert_true(or_address_equal(&r->envelope.destination.address, &item.name.address));
    assert_standard(&r->envelope.extensions, 0, MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY);
    assert_int_equal(mts_extension_get(&r->envelope.extensions,
                                       MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY, &f->arena,
                                       &whole),
                     X4_OK);
    assert_int_equal(whole.count, 2);
    assert_true(or_address_equal(&BER_ITEM(whole, struct mts_dl_expansion, 0)->name.address,
                                 &s->subject->message.envelope.originator.address));
    assert_text(BER_ITEM(whole, struct mts_dl_expansion, 0)->time, "261122170000Z");
    assert_true(or_address_equal(&BER_ITEM(whole, struct mts_dl_expansion, 1)->name.address,
                                 &item.name.address));
}

static void report_is_labelled_as_its_subject(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct mts_security_label label = {.classification = {.present = true, .value = 3}};
    const struct mts_report *r;

    add_extension(f, &s->subject->message.envelope.extensions, MTS_EXT_MESSAGE_SECURITY_LABEL,
                  &label);
    r = build(f, s, MTS_REPORT_PLAIN);
    assert_standard(&r->envelope.extensions, 0, MTS_EXT_MESSAGE_SECURITY_LABEL);
}

static void empty_members_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_report *r;

    s->subject->message.envelope.extensions = (struct ber_list){.count = 0};
    s->subject->message.envelope.content_identifier = SLICE_LIT("");
    r = build(f, s, MTS_REPORT_PLAIN);
    assert_null(r->content.extensions.items);
    assert_false(slice_present(r->content.content_identifier));
}

static void probes_are_reported_on_and_reports_are_not(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_PROBE);
    struct mts_apdu *report;

    s->outcomes[0] = (struct mts_outcome){
        .delivered = true, .delivery_ms = NOW, .type_of_user = MTS_USER_PUBLIC};
    assert_int_equal(build(f, s, MTS_REPORT_PLAIN)->content.recipients.count, RECIPIENTS);
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 10, 100));
    report = decoded(&f->arena, corpus(&f->arena, "report"));
    s->params.subject = report;
    assert_false(mts_report_due(&s->params, MTS_REPORT_PLAIN));
    assert_int_equal(mts_report_build(&s->params, MTS_REPORT_PLAIN, &f->arena, &f->out), X4_EINVAL);
}

static void report_fits_its_memory_or_fails(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    struct buf small;
    struct arena tiny;

    buf_init(&small, 100);
    assert_int_equal(mts_report_build(&s->params, MTS_REPORT_PLAIN, &f->arena, &small), X4_ELIMIT);
    buf_free(&small);
    for (size_t max = 0; max < 1200; max += 100) {
        arena_init(&tiny, max);
        buf_reset(&f->out);
        assert_int_equal(mts_report_build(&s->params, MTS_REPORT_PLAIN, &tiny, &f->out), X4_ENOMEM);
        arena_free(&tiny);
    }
}

/* ---- returned content (T20) ------------------------------------------------------------------ */

static void content_returns_with_non_deliveries_only(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);

    assert_true(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 100, 100));
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 101, 100));
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 0, 100));
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_AUDITED, 100, 100));
    for (size_t i = 0; i < RECIPIENTS; i++)
        s->outcomes[i].delivered = true;
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 100, 100));
    s->outcomes[2].delivered = false;
    assert_true(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 100, 100));
    s->subject->message.envelope.indicators = (struct ber_bits){.octets = SLICE_NONE};
    assert_false(mts_report_returns_content(&s->params, MTS_REPORT_PLAIN, 100, 100));
}

/* ---- at the originating MTA ------------------------------------------------------------------ */

static void users_see_what_they_asked_for(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f, MTS_MESSAGE);
    const struct mts_report *r;

    recipient(s, 0)->indicators = *bits_of(&f->arena, 0xa0, 0); /* NDR absorbed */
    recipient(s, 1)->indicators = *bits_of(&f->arena, 0xa8, 0); /* NDR shown */
    recipient(s, 2)->indicators = *bits_of(&f->arena, 0xc8, 0); /* DR absorbed */
    s->outcomes[2].delivered = true;
    r = build(f, s, MTS_REPORT_PLAIN);
    assert_int_equal(r->content.recipients.count, 3);
    assert_false(mts_report_wanted_by_user(reported(r, 0)));
    assert_true(mts_report_wanted_by_user(reported(r, 1)));
    assert_false(mts_report_wanted_by_user(reported(r, 2)));
    assert_int_equal(mts_report_user_count(r), 1);
}

/* ---- codes ----------------------------------------------------------------------------------- */

static void codes_have_their_names(void **state)
{
    (void)state;
    for (int i = 0; i <= MTS_TRANSFER_FAILURE_FOR_SECURITY_REASON; i++)
        assert_non_null(mts_reason_text(i));
    for (int i = 0; i <= MTS_DIAGNOSTIC_LAST; i++)
        assert_non_null(mts_diagnostic_text(i));
    assert_string_equal(mts_reason_text(MTS_UNABLE_TO_TRANSFER), "unable-to-transfer");
    assert_string_equal(mts_diagnostic_text(MTS_UNABLE_TO_DOWNGRADE), "unable-to-downgrade");
    assert_string_equal(mts_diagnostic_text(MTS_UNSUPPORTED_CRITICAL_FUNCTION),
                        "unsupported-critical-function");
    assert_string_equal(mts_diagnostic_text(78), "unsupported-security-policy");
    assert_null(mts_reason_text(9));
    assert_null(mts_reason_text(-1));
    assert_null(mts_diagnostic_text(79));
    assert_null(mts_diagnostic_text(MTS_NO_DIAGNOSTIC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(report_rules_are_as_printed),
        TEST(report_has_what_the_check_list_wants),
        TEST(recipients_are_told_as_4_5_wants),
        TEST(long_text_is_cut),
        TEST(only_what_is_wanted_gets_in),
        TEST(audited_recipients_get_a_report_of_their_own),
        TEST(own_passage_is_not_in_the_subjects_trace),
        TEST(audited_report_at_home_has_no_trace_to_show),
        TEST(converted_eits_come_from_the_trace),
        TEST(five_bits_become_eight),
        TEST(redirected_recipients_show_both_names),
        TEST(report_on_a_list_member_goes_to_the_list),
        TEST(report_is_labelled_as_its_subject),
        TEST(empty_members_are_left_out),
        TEST(probes_are_reported_on_and_reports_are_not),
        TEST(report_fits_its_memory_or_fails),
        TEST(content_returns_with_non_deliveries_only),
        TEST(users_see_what_they_asked_for),
        TEST(codes_have_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
