/* SPDX-License-Identifier: Apache-2.0 */
/* Whole APDUs: real ones decode and come out as they came in; salvage; times of an envelope. */
#include "mts/envelope.h"

#include "fixture.h"

enum { DAY = 24 * 60 * 60 * 1000 };

/* ---- real APDUs ------------------------------------------------------------------------------ */

static void real_apdus_decode_and_encode_octet_for_octet(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct mts_apdu *apdu = decoded(&f->arena, octets);

        buf_reset(&f->out);
        assert_int_equal(ber_encode(&ber_type_mts_apdu, apdu, &f->out, NULL), X4_OK);
        assert_slice(buf_view(&f->out), octets);
    }
}

static void bounds_of_real_apdus_hold(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct mts_apdu apdu;
        struct ber_error bounds;

        assert_int_equal(ber_decode(&ber_type_mts_apdu, octets, &f->arena, &apdu, NULL, &bounds),
                         X4_OK);
        if (bounds.code != X4_OK)
            fail_msg("%s: %s.%s", corpus_names[i], bounds.type, bounds.member);
    }
}

static void message_shows_its_fields(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "message"));
    const struct mts_envelope *env = mts_apdu_envelope(apdu);
    const struct mts_recipient *r = BER_ITEM(env->recipients, struct mts_recipient, 0);

    assert_int_equal(mts_apdu_kind(apdu), MTS_MESSAGE);
    assert_text(env->identifier.local, "msg-0001");
    assert_text(env->identifier.gdi.prmd.value, "TESTPRMD");
    assert_int_equal(env->content_type.built_in, MTS_CONTENT_P22);
    assert_int_equal(env->priority, MTS_NORMAL);
    assert_int_equal(env->trace.count, 1);
    assert_int_equal(env->recipients.count, 1);
    assert_int_equal(r->number, 1);
    assert_true(mts_responsible(r));
    assert_text(r->name.address.standard.organization_name, "ORG2");
    assert_int_equal(apdu->message.content.len, 187);
}

static void probe_shows_its_fields(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "probe"));
    const struct mts_envelope *env = mts_apdu_envelope(apdu);

    assert_int_equal(mts_apdu_kind(apdu), MTS_PROBE);
    assert_text(env->identifier.local, "prb-0001");
    assert_true(env->content_length.present);
    assert_int_equal(env->content_length.value, 1000);
}

static void report_shows_its_fields(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "report"));
    const struct mts_reported_recipient *r =
        BER_ITEM(apdu->report.content.recipients, struct mts_reported_recipient, 0);

    assert_int_equal(mts_apdu_kind(apdu), MTS_REPORT);
    assert_null(mts_apdu_envelope(apdu));
    assert_text(apdu->report.envelope.identifier.local, "rep-0001");
    assert_text(apdu->report.content.subject.local, "msg-0001");
    assert_int_equal(r->last_trace.report_type.which, MTS_REPORT_NON_DELIVERY);
    assert_int_equal(r->last_trace.report_type.non_delivery.reason, 0);
    assert_true(r->last_trace.report_type.non_delivery.diagnostic.present);
    assert_text(r->actual.address.standard.organization_name, "ORG2");
}

static void peers_report_shows_its_fields(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "pp-88-report"));
    const struct mts_report_content *c = &apdu->report.content;
    const struct mts_reported_recipient *r =
        BER_ITEM(c->recipients, struct mts_reported_recipient, 0);
    struct ber_list internal;
    int error;

    assert_int_equal(c->intermediate_trace.count, 2);
    assert_int_equal(c->returned_content.len, 235);
    assert_int_equal(r->last_trace.report_type.which, MTS_REPORT_DELIVERY);
    assert_int_equal(r->last_trace.report_type.delivery.type_of_user, MTS_USER_PRIVATE);
    internal = mts_internal_trace(&apdu->report.envelope.extensions, &f->arena, &error);
    assert_int_equal(error, X4_OK);
    assert_int_equal(internal.count, 1);
    assert_text(BER_ITEM(internal, struct mts_internal_element, 0)->mta_name, "pp-b");
}

static void p772_message_has_an_extended_content_type(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "p772-message"));

    mts_content_type_print(&mts_apdu_envelope(apdu)->content_type, &f->out);
    assert_string_equal(buf_cstr(&f->out), "1.3.26.0.4406.0.4.1");
}

static void absent_internal_trace_is_empty(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *apdu = decoded(&f->arena, corpus(&f->arena, "message"));
    int error = X4_EINVAL;

    assert_int_equal(
        mts_internal_trace(&mts_apdu_envelope(apdu)->extensions, &f->arena, &error).count, 0);
    assert_int_equal(error, X4_OK);
}

static struct ber_list internal_trace_of(struct fixture *f, struct mts_extension *ext,
                                         const char *value)
{
    const struct ber_list extensions = {.items = ext, .count = 1};
    int error = X4_EINVAL;
    struct ber_list list;

    *ext = (struct mts_extension){.type = SLICE_LIT("\x80\x01\x26"),
                                  .value = ber_text(&f->arena, value)};
    list = mts_internal_trace(&extensions, &f->arena, &error);
    assert_int_equal(error, X4_OK);
    return list;
}

static void wrong_elements_do_not_hide_the_others(void **state)
{
#define ELEMENT(name)                                                                              \
    "30{ 63{ 61{13{'GB'}} 62{13{'A'}} } 16{'" name "'} 31{ 80{'261122170000Z'} 820100 } }"
    struct fixture *f = *state;
    struct mts_extension ext;
    struct ber_list list = internal_trace_of(
        f, &ext, "30{ " ELEMENT("m1") "30{ 0500 }" ELEMENT("m2") "0500" ELEMENT("m3") "}");

    assert_int_equal(list.count, 3);
    assert_text(BER_ITEM(list, struct mts_internal_element, 0)->mta_name, "m1");
    assert_text(BER_ITEM(list, struct mts_internal_element, 1)->mta_name, "m2");
    assert_text(BER_ITEM(list, struct mts_internal_element, 2)->mta_name, "m3");
    assert_int_equal(internal_trace_of(f, &ext,
                                       "30{ " ELEMENT("m1") "3105"
                                                            "}")
                         .count,
                     1);
    assert_int_equal(internal_trace_of(f, &ext, "0500").count, 0);
#undef ELEMENT
}

/* ---- salvage (T33) --------------------------------------------------------------------------- */

static struct slice with_octet(struct fixture *f, struct slice octets, size_t offset, uint8_t octet)
{
    uint8_t *copy = arena_alloc(&f->arena, octets.len);

    memcpy(copy, octets.p, octets.len);
    copy[offset] = octet;
    return slice_make(copy, octets.len);
}

/* The message with one octet changed, so that its tag at offset is tag. */
static struct slice damaged(struct fixture *f, const char *file, size_t offset, uint8_t tag)
{
    return with_octet(f, corpus(&f->arena, file), offset, tag);
}

static const struct {
    const char *what, *file;
    size_t offset;
    uint8_t tag;
    unsigned found;
} salvage_cases[] = {
    {"no content type", "message", 106, 0x4f, MTS_SALVAGED_ENOUGH},
    {"no trace", "message", 109, 0x6b, MTS_SALVAGED_ENOUGH},
    {"bad trace", "message", 111, 0x31, MTS_SALVAGED_ENOUGH},
    {"no originator", "message", 49, 0x6b, MTS_SALVAGED_IDENTIFIER | MTS_SALVAGED_RECIPIENTS},
    {"identifier without a domain", "message", 9, 0x6b, MTS_SALVAGED_ENOUGH},
    {"no identifier", "message", 7, 0x6b, MTS_SALVAGED_ORIGINATOR | MTS_SALVAGED_RECIPIENTS},
    {"no recipients", "message", 163, 0xa7, MTS_SALVAGED_IDENTIFIER | MTS_SALVAGED_ORIGINATOR},
    {"envelope is no SET", "message", 4, 0x30, 0},
    {"probe without content type", "probe", 102, 0x4f, MTS_SALVAGED_ENOUGH},
    {"a report", "report", 7, 0x6b, 0},
};

static void salvage_reads_what_can_be_read(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(salvage_cases); i++) {
        struct slice octets =
            damaged(f, salvage_cases[i].file, salvage_cases[i].offset, salvage_cases[i].tag);
        struct mts_apdu apdu;

        if (mts_apdu_decode(octets, &f->arena, &apdu, NULL) == X4_OK)
            fail_msg("%s: decodes", salvage_cases[i].what);
        if (mts_salvage(octets, &f->arena, &apdu) != salvage_cases[i].found)
            fail_msg("%s", salvage_cases[i].what);
    }
}

static void salvaged_fields_are_there(void **state)
{
    struct fixture *f = *state;
    struct slice octets = damaged(f, "message", 106, 0x4f);
    const struct mts_envelope *env;
    struct mts_apdu apdu;

    assert_int_equal(mts_salvage(octets, &f->arena, &apdu), MTS_SALVAGED_ENOUGH);
    env = mts_apdu_envelope(&apdu);
    assert_text(env->identifier.local, "msg-0001");
    assert_int_equal(env->trace.count, 1);
    assert_int_equal(env->recipients.count, 1);
    assert_true(mts_responsible(BER_ITEM(env->recipients, struct mts_recipient, 0)));
}

/* R8.8 */
static void an_identifier_gets_its_domain_from_the_trace(void **state)
{
    enum { DOMAIN = 9 };
    struct fixture *f = *state;
    struct mts_apdu *whole = decoded(&f->arena, corpus(&f->arena, "message"));
    const struct mts_identifier *wanted = &mts_apdu_envelope(whole)->identifier;
    struct mts_identifier again;
    struct mts_apdu apdu;

    assert_int_equal(mts_salvage(damaged(f, "message", DOMAIN, 0x6b), &f->arena, &apdu),
                     MTS_SALVAGED_ENOUGH);
    assert_true(mts_identifier_equal(&mts_apdu_envelope(&apdu)->identifier, wanted));
    assert_int_equal(
        ber_encode(&ber_type_mts_identifier, &mts_apdu_envelope(&apdu)->identifier, &f->out, NULL),
        X4_OK);
    assert_int_equal(
        ber_decode(&ber_type_mts_identifier, buf_view(&f->out), &f->arena, &again, NULL, NULL),
        X4_OK);
    assert_true(mts_identifier_equal(&again, wanted));
}

/* The content type becomes a content-identifier: the report will carry it. */
static void content_identifier_is_salvaged(void **state)
{
    enum { CONTENT_TYPE = 106, HEADER = 2, CONTENT_IDENTIFIER = 0x4a };
    struct fixture *f = *state;
    struct slice octets = damaged(f, "message", CONTENT_TYPE, CONTENT_IDENTIFIER);
    struct mts_apdu apdu;

    octets = with_octet(f, octets, CONTENT_TYPE + HEADER, 'X');
    assert_int_equal(mts_salvage(octets, &f->arena, &apdu), MTS_SALVAGED_ENOUGH);
    assert_text(mts_apdu_envelope(&apdu)->content_identifier, "X");
}

static void salvage_of_rubbish_finds_nothing(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu apdu;

    assert_int_equal(mts_salvage(SLICE_LIT(""), &f->arena, &apdu), 0);
    assert_int_equal(mts_salvage(SLICE_LIT("\xa0\x05"), &f->arena, &apdu), 0);
    assert_int_equal(mts_salvage(SLICE_LIT("\x30\x00"), &f->arena, &apdu), 0);
}

/* ---- times (2.9, 2.10) ----------------------------------------------------------------------- */

static struct mts_envelope *timed(struct fixture *f, const char *submitted, const char *latest)
{
    struct mts_envelope *env = arena_alloc(&f->arena, sizeof(*env));
    struct mts_trace_element *e = arena_alloc(&f->arena, sizeof(*e));
    struct mts_extension *ext = arena_alloc(&f->arena, sizeof(*ext));

    e->info.arrival_time = slice_str(submitted);
    env->trace = (struct ber_list){.items = e, .count = 1};
    if (latest) {
        ext->type = ber_text(&f->arena, "800105");
        buf_reset(&f->out);
        ber_put_tlv(&f->out, BER_T_UTCTIME, false, slice_str(latest));
        ext->value = arena_dup(&f->arena, buf_view(&f->out));
        env->extensions = (struct ber_list){.items = ext, .count = 1};
    }
    return env;
}

static const struct {
    const char *what, *submitted, *latest;
    int64_t priority;
    int64_t expected; /* after NOW */
} ages[] = {
    {"normal", "261122170000Z", NULL, MTS_NORMAL, 5LL * DAY},
    {"non-urgent", "261122170000Z", NULL, MTS_NON_URGENT, 7LL * DAY},
    {"urgent", "261122170000Z", NULL, MTS_URGENT, 2LL * DAY},
    {"unknown priority", "261122170000Z", NULL, 99, 5LL * DAY},
    {"latest-delivery-time", "261122170000Z", "261122180000Z", MTS_NORMAL, 3600000},
    {"latest-delivery-time beyond the age", "261122170000Z", "271122180000Z", MTS_NORMAL,
     5LL * DAY},
    {"latest-delivery-time is over", "261122170000Z", "261122160000Z", MTS_NORMAL, -3600000},
    {"unreadable latest-delivery-time", "261122170000Z", "rubbish", MTS_NORMAL, 5LL * DAY},
    {"submitted 58 days ago", "260925170000Z", NULL, MTS_NORMAL, 2LL * DAY},
    {"submitted years ago: a wrong clock", "200101000000Z", NULL, MTS_NORMAL, 5LL * DAY},
    {"unreadable submission time", "x", NULL, MTS_NORMAL, 5LL * DAY},
};

static void age_counts_from_arrival_here(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(ages); i++) {
        struct mts_envelope *env = timed(f, ages[i].submitted, ages[i].latest);

        env->priority = ages[i].priority;
        if (mts_expires(env, NOW, NULL) != NOW + ages[i].expected)
            fail_msg("%s", ages[i].what);
    }
}

static void configured_age_limits_count(void **state)
{
    struct fixture *f = *state;
    struct mts_age_limits limits = {.by_priority_ms = {1000, 2000, 3000}, .absolute_ms = 10000};
    struct mts_envelope *env = timed(f, "261122165952Z", NULL);

    assert_true(mts_expires(env, NOW, &limits) == NOW + 1000);
    env->priority = MTS_URGENT;
    assert_true(mts_expires(env, NOW, &limits) == NOW + 2000); /* the absolute limit */
}

static void deferral_is_over_when_its_time_is_past(void **state)
{
    struct fixture *f = *state;
    struct mts_envelope *env = timed(f, "261122170000Z", NULL);

    assert_true(mts_deferred_until(env, NOW) == MTS_NO_TIME);
    env->deferred_delivery_time = SLICE_LIT("261122170001Z");
    assert_true(mts_deferred_until(env, NOW) == NOW + 1000);
    assert_true(mts_deferred_until(env, NOW + 1000) == MTS_NO_TIME);
    env->deferred_delivery_time = SLICE_LIT("rubbish");
    assert_true(mts_deferred_until(env, NOW) == MTS_NO_TIME);
}

static void submission_time_is_the_first_arrival(void **state)
{
    struct fixture *f = *state;
    struct mts_envelope *env = timed(f, "2611221700Z", NULL);
    struct ber_list none = {.count = 0};

    assert_true(mts_submission_time(&env->trace, NOW) == NOW);
    assert_true(mts_submission_time(&none, NOW) == MTS_NO_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_apdus_decode_and_encode_octet_for_octet),
        TEST(bounds_of_real_apdus_hold),
        TEST(message_shows_its_fields),
        TEST(probe_shows_its_fields),
        TEST(report_shows_its_fields),
        TEST(peers_report_shows_its_fields),
        TEST(p772_message_has_an_extended_content_type),
        TEST(absent_internal_trace_is_empty),
        TEST(wrong_elements_do_not_hide_the_others),
        TEST(salvage_reads_what_can_be_read),
        TEST(salvaged_fields_are_there),
        TEST(an_identifier_gets_its_domain_from_the_trace),
        TEST(content_identifier_is_salvaged),
        TEST(salvage_of_rubbish_finds_nothing),
        TEST(age_counts_from_arrival_here),
        TEST(configured_age_limits_count),
        TEST(deferral_is_over_when_its_time_is_past),
        TEST(submission_time_is_the_first_arrival),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
