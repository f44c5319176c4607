/* SPDX-License-Identifier: Apache-2.0 */
/* From plain values to a transfer envelope (1.8). */
#include "mts/submit.h"

#include "fixture.h"

struct scene {
    struct mts_identity own;
    struct mts_submit_recipient recipients[3];
    struct mts_submission s;
};

static struct scene *scene(struct fixture *f)
{
    struct scene *sc = arena_alloc(&f->arena, sizeof(*sc));

    sc->own = identity("GB", "TESTPRMD", "m1");
    sc->recipients[0] = (struct mts_submit_recipient){
        .name = name(&f->arena, "C=GB; A=TESTADMD; P=OTHERPRMD; O=ORG2; OU1=Unit1; S=Recipient; "
                                "G=Bob"),
        .report = MTS_REPORT_BOTH};
    sc->recipients[1] = sc->recipients[0];
    sc->recipients[2] = sc->recipients[0];
    sc->s = (struct mts_submission){
        .kind = MTS_MESSAGE,
        .own = &sc->own,
        .identifier = {.gdi = sc->own.gdi, .local = SLICE_LIT("msg-0001")},
        .now_ms = NOW,
        .originator = name(&f->arena, "C=GB; A=TESTADMD; P=TESTPRMD; O=ORG1; S=Sender; G=Alice"),
        .recipients = sc->recipients,
        .recipient_count = 1,
        .content_type = {.which = MTS_CONTENT_BUILT_IN, .built_in = MTS_CONTENT_P22},
        .deferred_ms = MTS_NO_TIME,
        .latest_ms = MTS_NO_TIME,
        .content_length = -1,
    };
    return sc;
}

static const struct mts_envelope *submitted(struct fixture *f, const struct scene *sc)
{
    buf_reset(&f->out);
    assert_int_equal(mts_submit(&sc->s, &f->out), X4_OK);
    return mts_apdu_envelope(decoded(&f->arena, arena_dup(&f->arena, buf_view(&f->out))));
}

static void plain_message_has_the_first_trace_elements(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);
    const struct mts_envelope *env = submitted(f, sc);
    const struct mts_trace_element *e = BER_ITEM(env->trace, struct mts_trace_element, 0);
    struct ber_list internal = mts_internal_trace(&env->extensions, &f->arena, NULL);

    assert_true(mts_identifier_equal(&env->identifier, &sc->s.identifier));
    assert_true(or_address_equal(&env->originator.address, &sc->s.originator->address));
    assert_int_equal(env->trace.count, 1);
    assert_true(mts_gdi_equal(&e->gdi, &env->identifier.gdi));
    assert_text(e->info.arrival_time, "261122170000Z");
    assert_int_equal(e->info.routing_action, MTS_RELAYED);
    assert_int_equal(internal.count, 1);
    assert_text(BER_ITEM(internal, struct mts_internal_element, 0)->mta_name, "m1");
    assert_int_equal(env->extensions.count, 1);
    assert_false(slice_present(env->indicators.octets));
    assert_null(env->original_eits);
}

/* The sample has no internal trace; before and after that the octets are the same. */
static void message_is_as_the_sample(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);
    struct slice sample = corpus(&f->arena, "message");
    struct slice head = slice_sub(sample, 7, 156); /* identifier to trace */
    struct slice recipients = slice_sub(sample, 163, 79);
    struct slice out;

    sc->recipients[0].audited = true;
    (void)submitted(f, sc);
    out = buf_view(&f->out);
    assert_slice(slice_sub(out, 8, head.len), head);
    assert_slice(slice_from(out, out.len - recipients.len), recipients);
}

static const struct {
    enum mts_originator_report_request report;
    bool audited;
    uint8_t bits;
} requests[] = {
    {MTS_NO_REPORT, false, 0xa0},   {MTS_NON_DELIVERY_REPORT, false, 0xa8},
    {MTS_REPORT_BOTH, false, 0xd0}, {MTS_NO_REPORT, true, 0xe0},
    {MTS_REPORT_BOTH, true, 0xf0},
};

static void report_bits_are_as_strong_as_asked(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);

    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct mts_recipient *r;

        sc->recipients[0].report = requests[i].report;
        sc->recipients[0].audited = requests[i].audited;
        r = BER_ITEM(submitted(f, sc)->recipients, struct mts_recipient, 0);
        assert_slice(r->indicators.octets, slice_make(&requests[i].bits, 1));
        assert_int_equal(r->indicators.unused, 0);
        assert_int_equal(mts_report_rule(&r->indicators)->on_success,
                         requests[i].audited || requests[i].report == MTS_REPORT_BOTH);
    }
}

static void recipients_are_numbered_in_order(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);
    const struct mts_envelope *env;

    sc->s.recipient_count = 3;
    env = submitted(f, sc);
    assert_int_equal(env->recipients.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(BER_ITEM(env->recipients, struct mts_recipient, i)->number, i + 1);
}

static void everything_asked_for_is_there(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);
    struct mts_eits eits = {.raw = ber_text(&f->arena, "6504 80020520")};
    struct mts_content_correlator correlator;
    const struct mts_envelope *env;
    struct or_name alternate;

    sc->s.eits = &eits;
    sc->s.content_identifier = SLICE_LIT("CI");
    sc->s.correlator = SLICE_LIT("c@r");
    sc->s.priority = MTS_URGENT;
    sc->s.indicators = 0x90;
    sc->s.deferred_ms = NOW + 60000;
    sc->s.latest_ms = NOW + 120000;
    sc->s.recipient_reassignment_prohibited = true;
    sc->s.dl_expansion_prohibited = true;
    sc->s.conversion_with_loss_prohibited = true;
    sc->recipients[0].alternate = name(&f->arena, "C=GB; A=TESTADMD; P=X; S=Alt");
    env = submitted(f, sc);
    assert_true(ber_bit(&env->original_eits->built_in, MTS_EIT_IA5_TEXT));
    assert_text(env->content_identifier, "CI");
    assert_int_equal(env->priority, MTS_URGENT);
    assert_true(ber_bit(&env->indicators, MTS_DISCLOSURE_OF_OTHER_RECIPIENTS));
    assert_true(ber_bit(&env->indicators, MTS_CONTENT_RETURN_REQUEST));
    assert_int_equal(env->indicators.unused, 4);
    assert_true(mts_deferred_until(env, NOW) == NOW + 60000);
    assert_true(mts_latest_delivery_time(env, NOW) == NOW + 120000);
    assert_int_equal(mts_extension_enum(&env->extensions, 1), 1);
    assert_int_equal(mts_extension_enum(&env->extensions, 3), 1);
    assert_int_equal(mts_extension_enum(&env->extensions, 4), 1);
    assert_int_equal(
        mts_extension_get(&env->extensions, MTS_EXT_CONTENT_CORRELATOR, &f->arena, &correlator),
        X4_OK);
    assert_text(correlator.value, "c@r");
    assert_int_equal(
        mts_extension_get(&BER_ITEM(env->recipients, struct mts_recipient, 0)->extensions, 2,
                          &f->arena, &alternate),
        X4_OK);
    assert_true(or_address_equal(&alternate.address, &sc->recipients[0].alternate->address));
    assert_null(mts_critical_unsupported(&env->extensions, MTS_ROLE_DELIVERY));
}

static void probe_has_length_and_neither_priority_nor_times(void **state)
{
    struct fixture *f = *state;
    struct scene *sc = scene(f);
    const struct mts_envelope *env;

    sc->s.kind = MTS_PROBE;
    sc->s.content_length = 1000;
    sc->s.priority = MTS_URGENT;
    sc->s.deferred_ms = NOW + 60000;
    sc->s.latest_ms = NOW + 120000;
    env = submitted(f, sc);
    assert_int_equal(f->out.p[0], 0xa2);
    assert_int_equal(env->content_length.value, 1000);
    assert_int_equal(env->priority, MTS_NORMAL);
    assert_false(slice_present(env->deferred_delivery_time));
    assert_null(mts_extension_find(&env->extensions, MTS_EXT_LATEST_DELIVERY_TIME));
}

/* ---- refusals -------------------------------------------------------------------------------- */

#define YEAR_2255 INT64_C(9000000000000)
static void deferred_beyond_utctime(struct scene *sc)
{
    sc->s.deferred_ms = YEAR_2255;
    sc->s.latest_ms = MTS_NO_TIME;
}
static void latest_beyond_utctime(struct scene *sc)
{
    sc->s.deferred_ms = MTS_NO_TIME;
    sc->s.latest_ms = YEAR_2255;
}
static void deferred_beyond_latest(struct scene *sc)
{
    sc->s.deferred_ms = NOW + 2;
    sc->s.latest_ms = NOW + 1;
}
static void no_recipients(struct scene *sc)
{
    sc->s.recipient_count = 0;
}
static void foreign_identifier(struct scene *sc)
{
    sc->s.identifier.gdi = mts_gdi_make("GB", "TESTADMD", "X");
}
static void empty_identifier(struct scene *sc)
{
    sc->s.identifier.local = SLICE_LIT("");
}
static void is_a_report(struct scene *sc)
{
    sc->s.kind = MTS_REPORT;
}
static void long_content_identifier(struct scene *sc)
{
    sc->s.content_identifier = SLICE_LIT("12345678901234567");
}
static void empty_content_identifier(struct scene *sc)
{
    sc->s.content_identifier = SLICE_LIT("");
}
static void unprintable_content_identifier(struct scene *sc)
{
    sc->s.content_identifier = SLICE_LIT("a_b");
}
static void correlator_beyond_ia5(struct scene *sc)
{
    sc->s.correlator = SLICE_LIT("\xe9");
}
static void originator_without_address(struct scene *sc)
{
    static const struct or_name none = {.directory_name = {.p = NULL}};

    sc->s.originator = &none;
}
static void recipient_without_address(struct scene *sc)
{
    static const struct or_name none = {.directory_name = {.p = NULL}};

    sc->recipients[0].name = &none;
}
static void alternate_without_address(struct scene *sc)
{
    static const struct or_name none = {.directory_name = {.p = NULL}};

    sc->recipients[0].alternate = &none;
}
static void no_content_type(struct scene *sc)
{
    sc->s.content_type.which = 0;
}

static const struct {
    void (*spoil)(struct scene *);
    int error;
} refusals[] = {
    {deferred_beyond_latest, X4_EINVAL},
    {deferred_beyond_utctime, X4_EINVAL},
    {latest_beyond_utctime, X4_EINVAL},
    {no_recipients, X4_EINVAL},
    {foreign_identifier, X4_EINVAL},
    {empty_identifier, X4_EINVAL},
    {is_a_report, X4_EINVAL},
    {long_content_identifier, X4_EINVAL},
    {empty_content_identifier, X4_EINVAL},
    {unprintable_content_identifier, X4_EINVAL},
    {correlator_beyond_ia5, X4_EINVAL},
    {originator_without_address, X4_EMISSING},
    {recipient_without_address, X4_EMISSING},
    {alternate_without_address, X4_EMISSING},
    {no_content_type, X4_EMISSING},
};

static void inconsistent_requests_are_refused(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct scene *sc = scene(f);

        refusals[i].spoil(sc);
        buf_reset(&f->out);
        if (mts_submit(&sc->s, &f->out) != refusals[i].error)
            fail_msg("refusal %zu", i);
        assert_int_equal(f->out.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_message_has_the_first_trace_elements),
        TEST(message_is_as_the_sample),
        TEST(report_bits_are_as_strong_as_asked),
        TEST(recipients_are_numbered_in_order),
        TEST(everything_asked_for_is_there),
        TEST(probe_has_length_and_neither_priority_nor_times),
        TEST(inconsistent_requests_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
