/* SPDX-License-Identifier: Apache-2.0 */
/* An APDU on its way out: what is edited and what leaves octet for octet (I3, 2.5, 2.12, 2.13). */
#include "p1/p1_in.h"
#include "p1/p1_out.h"

#include "fixture.h"

/* ---- a relay --------------------------------------------------------------------------------- */

/* The MTA m1 of domain A relays to another domain; every recipient is this copy's. */
struct scene {
    struct mts_identity own;
    struct mts_passage passage;
    struct p1_relay relay;
    uint32_t recipients[8];
};

static struct scene *scene(struct fixture *f)
{
    struct scene *s = arena_alloc(&f->arena, sizeof(*s));

    s->own = identity("GB", "A", "m1");
    s->passage =
        (struct mts_passage){.own = &s->own, .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME};
    for (uint32_t i = 0; i < COUNT(s->recipients); i++)
        s->recipients[i] = i;
    s->relay = (struct p1_relay){.passage = &s->passage,
                                 .add_external = true,
                                 .add_internal = true,
                                 .recipients = s->recipients,
                                 .recipient_count = 1};
    return s;
}

/* Nothing to add, nothing to take away. */
static struct scene *plain_scene(struct fixture *f, size_t recipients)
{
    struct scene *s = scene(f);

    s->relay.add_external = false;
    s->relay.add_internal = false;
    s->relay.recipient_count = recipients;
    return s;
}

static int relay_error(struct fixture *f, const struct scene *s, struct slice stored)
{
    buf_reset(&f->out);
    return p1_out_prefix(stored, 0, &s->relay, &f->out);
}

/* The APDU with its content. */
static struct slice relayed(struct fixture *f, const struct scene *s, struct slice stored,
                            struct slice content)
{
    buf_reset(&f->out);
    assert_int_equal(p1_out_prefix(stored, content.len, &s->relay, &f->out), X4_OK);
    buf_slice(&f->out, content);
    return arena_dup(&f->arena, buf_view(&f->out));
}

struct stored {
    struct slice envelope, content;
    enum mts_kind kind;
};

static void collect(void *ctx, struct slice octets)
{
    buf_slice(ctx, octets);
}

static struct stored store(struct fixture *f, struct slice octets)
{
    struct p1_in_result result;
    struct stored s;
    struct p1_in in;

    buf_reset(&f->out);
    p1_in_init(&in, collect, &f->out);
    p1_in_put(&in, octets);
    assert_int_equal(p1_in_finish(&in, &result), X4_OK);
    s = (struct stored){.envelope = arena_dup(&f->arena, result.stored),
                        .content = arena_dup(&f->arena, buf_view(&f->out)),
                        .kind = result.kind};
    p1_in_free(&in);
    return s;
}

static size_t recipient_count(struct fixture *f, struct slice octets)
{
    const struct mts_envelope *env = mts_apdu_envelope(decoded(&f->arena, octets));

    return env ? env->recipients.count : 0;
}

/* A message from its envelope's members: one text of hex each. */
static struct slice message(struct fixture *f, const char *hex)
{
    struct slice members = ber_text(&f->arena, hex);
    struct slice set;

    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_T_SET, true, members);
    set = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_CONTEXT(0), true, set);
    return arena_dup(&f->arena, buf_view(&f->out));
}

static struct slice members_of(struct slice apdu)
{
    struct ber_tlv outer, set;

    assert_int_equal(ber_single(apdu, &outer), X4_OK);
    if (outer.tag == BER_CONTEXT(MTS_PROBE))
        return outer.value;
    assert_int_equal(ber_next(&outer.value, &set), X4_OK);
    return set.value;
}

static struct ber_tlv member(struct slice apdu, uint32_t tag)
{
    struct ber_tlv tlv;

    assert_int_equal(ber_find(members_of(apdu), tag, &tlv), X4_OK);
    return tlv;
}

static bool has_member(struct slice apdu, uint32_t tag)
{
    struct ber_tlv tlv;

    return ber_find(members_of(apdu), tag, &tlv) == X4_OK;
}

/* ---- without edits --------------------------------------------------------------------------- */

static void unedited_apdus_keep_every_member(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(corpus_names); i++) {
        struct slice octets = corpus(&f->arena, corpus_names[i]);
        struct scene *s = plain_scene(f, recipient_count(f, octets));
        struct stored st = store(f, octets);
        struct slice out = relayed(f, s, st.envelope, st.content);
        struct stored again = store(f, out);

        if (!slice_eq(members_of(out), members_of(octets)))
            fail_msg("%s", corpus_names[i]);
        assert_slice(members_of(again.envelope), members_of(st.envelope));
        assert_slice(again.content, st.content);
        arena_reset(&f->arena);
    }
}

static void definite_octets_come_out_as_they_came(void **state)
{
    static const char *const names[] = {"message", "probe", "report"};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct slice octets = corpus(&f->arena, names[i]);
        struct stored st = store(f, octets);

        if (st.kind == MTS_MESSAGE) /* minimal lengths: only the sample's outer one is not */
            assert_slice(members_of(relayed(f, plain_scene(f, 1), st.envelope, st.content)),
                         members_of(octets));
        else
            assert_slice(relayed(f, plain_scene(f, 1), st.envelope, st.content), octets);
    }
}

static void lengths_hold_for_contents_beyond_memory(void **state)
{
    struct fixture *f = *state;
    struct stored st = store(f, corpus(&f->arena, "message"));
    struct scene *s = plain_scene(f, 1);
    struct ber_header h;

    buf_reset(&f->out);
    assert_int_equal(p1_out_prefix(st.envelope, UINT64_C(5) << 30, &s->relay, &f->out), X4_OK);
    assert_int_equal(ber_header(buf_view(&f->out), &h), X4_OK);
    assert_true(h.len == f->out.len - h.header_len + (UINT64_C(5) << 30));
}

/* ---- T1 -------------------------------------------------------------------------------------- */

#define GDI(prmd)                "63{ 61{13{'GB'}} 62{13{'TESTADMD'}} 13{'" prmd "'} }"
#define ID                       "64{ " GDI("X") " 16{'1'} }"
#define NAME                     "60{ 30{ 61{13{'GB'}} 62{13{' '}} 83{'O1'} } }"
#define SET(more)                "31{ 80{'261122170000Z'} 820100 " more "}"
#define ELEMENT(prmd)            "30{ " GDI(prmd) SET("") "}"
#define INSIDE(prmd, mta, more)  "30{ " GDI(prmd) " 16{'" mta "'} " SET(more) "}"
#define RECIPIENT(n, bits)       "31{ " NAME " 8001" n bits "}"
#define ONE                      "a2{ " RECIPIENT("01", "810200f0") "}"
#define TRACE(elements)          "69{ " elements "} "
#define UNKNOWN                  "30{ 8002 00c8 a2{0500} }"
#define PRIVATE                  "30{ 83022a03 81020520 a2{0500} }"
#define INTERNAL(type, elements) "30{ " type " a2{ 30{ " elements "} } }"
#define WITH(more)               ID NAME "460116" TRACE(ELEMENT("X")) more ONE

static const char strange[] =
    "bf8f7f{0500}" ID NAME "460163" TRACE(ELEMENT("X")) "a3{ " UNKNOWN PRIVATE "} " ONE "9f8f7e00";

/* Unknown SET members, extensions, content type: only the trace and what belongs to it changes. */
static void unknown_things_leave_octet_for_octet(void **state)
{
    struct fixture *f = *state;
    struct slice in = message(f, strange);
    struct slice out = relayed(f, scene(f), in, SLICE_LIT(""));
    struct slice wanted =
        message(f, "bf8f7f{0500}" ID NAME
                   "460163" TRACE(ELEMENT("X") ELEMENT("A")) "a3{ " UNKNOWN PRIVATE INTERNAL(
                       "800126", INSIDE("A", "m1", "")) "} " ONE "9f8f7e00");

    assert_slice(members_of(out), members_of(wanted));
}

/* ---- external trace -------------------------------------------------------------------------- */

static const struct mts_envelope *relayed_envelope(struct fixture *f, struct scene *s,
                                                   struct slice stored)
{
    return mts_apdu_envelope(decoded(&f->arena, relayed(f, s, stored, SLICE_LIT(""))));
}

static const struct mts_trace_element *last_element(const struct ber_list *trace)
{
    return BER_ITEM(*trace, struct mts_trace_element, trace->count - 1);
}

static void inside_the_domain_the_external_trace_stays(void **state)
{
    struct fixture *f = *state;
    struct slice in = message(f, strange);
    struct scene *s = scene(f);

    s->relay.add_external = false;
    assert_slice(member(relayed(f, s, in, SLICE_LIT("")), BER_APPLICATION(9)).raw,
                 member(in, BER_APPLICATION(9)).raw);
}

static void events_are_told_in_the_element_that_is_ours(void **state)
{
    static const char ours[] = ID NAME "460116" TRACE(ELEMENT("X") ELEMENT("A")) ONE;
    struct fixture *f = *state;
    struct scene *s = scene(f);
    const struct mts_envelope *env;

    /* Another MTA of our domain has written the element. */
    s->relay.add_external = false;
    s->passage.actions = MTS_DL_OPERATION;
    env = relayed_envelope(f, s, message(f, ours));
    assert_int_equal(env->trace.count, 2);
    assert_false(
        mts_has_actions(&BER_ITEM(env->trace, struct mts_trace_element, 0)->info.other_actions));
    assert_true(ber_bit(&last_element(&env->trace)->info.other_actions, 1));
}

static void events_are_never_told_in_an_element_of_others(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f);
    struct slice in = message(f, strange);

    s->relay.add_external = false;
    s->passage.actions = MTS_REDIRECTED;
    assert_slice(member(relayed(f, s, in, SLICE_LIT("")), BER_APPLICATION(9)).raw,
                 member(in, BER_APPLICATION(9)).raw);
}

static void reroutes_are_told(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f);
    struct mts_gdi other = mts_gdi_make("GB", "TESTADMD", "Y");
    const struct mts_envelope *env;

    s->passage.attempted_domain = &other;
    env = relayed_envelope(f, s, message(f, strange));
    assert_int_equal(last_element(&env->trace)->info.routing_action, MTS_REROUTED);
    assert_true(mts_gdi_equal(last_element(&env->trace)->info.attempted_domain, &other));
}

static void missing_trace_is_repaired(void **state)
{
    struct fixture *f = *state;
    const struct mts_envelope *env =
        relayed_envelope(f, scene(f), message(f, ID NAME "460116" ONE));

    assert_int_equal(env->trace.count, 1);
    assert_int_equal(mts_internal_trace(&env->extensions, &f->arena, NULL).count, 1);
}

/* T21 */
static void full_trace_is_an_error(void **state)
{
    static const char element[] = ELEMENT("X");
    struct fixture *f = *state;
    struct buf text;
    struct slice in;

    buf_init(&text, 1 << 20);
    buf_text(&text, ID NAME "460116 69{");
    for (int i = 0; i < 512; i++)
        buf_text(&text, element);
    buf_text(&text, "}" ONE);
    in = message(f, buf_cstr(&text));
    buf_free(&text);
    assert_int_equal(relay_error(f, scene(f), in), X4_EBOUNDS);
    assert_int_equal(relay_error(f, plain_scene(f, 1), in), X4_OK);
}

/* ---- internal trace (T34) -------------------------------------------------------------------- */

static const char internal[] = WITH("a3{ " INTERNAL(
    "a003020126", INSIDE("X", "x", "") INSIDE("A", "m2", "") INSIDE("A", "m3", "83020640")) "} ");

/* MTA names of the internal trace, in order. */
static void assert_internal(struct fixture *f, const struct mts_envelope *env, const char *names)
{
    struct ber_list list = mts_internal_trace(&env->extensions, &f->arena, NULL);
    char text[128] = "";

    for (size_t i = 0; i < list.count; i++) {
        const struct mts_internal_element *e = BER_ITEM(list, struct mts_internal_element, i);
        size_t len = strlen(text);

        (void)snprintf(text + len, sizeof(text) - len, "%s%.*s%s", len ? " " : "",
                       SLICE_ARG(e->mta_name), mts_has_actions(&e->info.other_actions) ? "!" : "");
    }
    assert_string_equal(text, names);
}

static const struct {
    enum p1_internal_trace policy;
    bool add;
    unsigned actions;
    const char *names;
} policies[] = {
    {P1_INTERNAL_ALL, false, 0, "x m2 m3!"},
    {P1_INTERNAL_ALL, true, 0, "x m2 m3! m1"},
    {P1_INTERNAL_ALL, true, MTS_REDIRECTED, "x m2 m3! m1!"},
    {P1_INTERNAL_FLAGGED, false, 0, "m3!"},
    {P1_INTERNAL_FLAGGED, true, 0, "m3!"},
    {P1_INTERNAL_FLAGGED, true, MTS_REDIRECTED, "m3! m1!"},
    {P1_INTERNAL_NONE, true, MTS_REDIRECTED, ""},
};

static void internal_trace_leaves_as_the_policy_says(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(policies); i++) {
        struct scene *s = scene(f);

        s->relay.internal = policies[i].policy;
        s->relay.add_internal = policies[i].add;
        s->passage.actions = policies[i].actions;
        assert_internal(f, relayed_envelope(f, s, message(f, internal)), policies[i].names);
    }
}

static void extension_type_of_1991_stays_as_it_came(void **state)
{
    struct fixture *f = *state;
    const struct mts_envelope *env = relayed_envelope(f, scene(f), message(f, internal));

    assert_slice(BER_ITEM(env->extensions, struct mts_extension, 0)->type,
                 ber_text(&f->arena, "a003020126"));
}

static void emptied_extensions_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f);

    s->relay.internal = P1_INTERNAL_NONE;
    assert_false(has_member(relayed(f, s, message(f, internal), SLICE_LIT("")), BER_CONTEXT(3)));
    s->relay.internal = P1_INTERNAL_FLAGGED;
    assert_false(has_member(
        relayed(f, s, message(f, WITH("a3{ " INTERNAL("800126", INSIDE("A", "m2", "")) "}")),
                SLICE_LIT("")),
        BER_CONTEXT(3)));
    /* and the empty SET that some systems send */
    assert_false(
        has_member(relayed(f, s, message(f, WITH(" a300")), SLICE_LIT("")), BER_CONTEXT(3)));
}

static void own_internal_element_is_amended_where_it_is_there_already(void **state)
{
    struct fixture *f = *state;
    struct scene *s = plain_scene(f, 1);
    struct slice in = message(f, WITH("a3{ " INTERNAL("800126", INSIDE("A", "m1", "")) "}"));

    s->passage.actions = MTS_REDIRECTED;
    assert_internal(f, relayed_envelope(f, s, in), "m1!");
    s->relay.internal = P1_INTERNAL_FLAGGED;
    assert_internal(f, relayed_envelope(f, s, in), "m1!");
    s->passage.actions = 0;
    assert_internal(f, relayed_envelope(f, s, in), "");
}

static void unreadable_internal_trace_stays_inside(void **state)
{
    struct fixture *f = *state;
    struct scene *s = plain_scene(f, 1);
    struct slice in = message(f, WITH("a3{ 30{ 800126 a2{ 30{0500} } } }"));

    assert_slice(members_of(relayed(f, s, in, SLICE_LIT(""))), members_of(in));
    s->relay.internal = P1_INTERNAL_FLAGGED;
    assert_false(has_member(relayed(f, s, in, SLICE_LIT("")), BER_CONTEXT(3)));
}

/* ---- recipients (T4) ------------------------------------------------------------------------- */

#define THREE                                                                                      \
    ID NAME "460116" TRACE(ELEMENT("X")) "a2{ " RECIPIENT("01", "810200f0")                        \
        RECIPIENT("02", "810200d0") RECIPIENT("02", "81020050") "}"

static const struct {
    uint32_t mine[2];
    size_t count;
    bool drop;
    const char *result; /* numbers and indicators */
} groups[] = {
    {{0, 1}, 2, false, "1:f0 2:d0 2:50 "},
    {{0}, 1, false, "1:f0 2:50 2:50 "},
    {{1}, 1, false, "1:70 2:d0 2:50 "},
    {{0}, 1, true, "1:f0 "},
    {{1}, 1, true, "2:d0 "},
    {{2}, 1, false, "1:70 2:50 2:50 "}, /* what came without responsibility never gets it */
};

static void responsibility_goes_with_the_group(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(groups); i++) {
        struct scene *s = scene(f);
        const struct mts_envelope *env;
        char text[64] = "";

        s->relay.recipients = groups[i].mine;
        s->relay.recipient_count = groups[i].count;
        s->relay.drop_others = groups[i].drop;
        env = relayed_envelope(f, s, message(f, THREE));
        for (size_t r = 0; r < env->recipients.count; r++) {
            const struct mts_recipient *item = BER_ITEM(env->recipients, struct mts_recipient, r);
            size_t len = strlen(text);

            (void)snprintf(text + len, sizeof(text) - len, "%d:%02x ", (int)item->number,
                           item->indicators.octets.p[0]);
        }
        assert_string_equal(text, groups[i].result);
    }
}

#define OTHER(bits)                                                                                \
    ID NAME "460116" TRACE(ELEMENT("X")) "a2{ " RECIPIENT("01", "810200f0")                        \
        RECIPIENT("02", bits) "}"

static const struct {
    const char *what, *before, *after;
} indicator_forms[] = {
    {"five bits become eight", OTHER("810203f0"), OTHER("81020070")},
    {"unused bits count for nothing", OTHER("810203d7"), OTHER("81020050")},
    {"sixteen stay sixteen", OTHER("810300f0ff"), OTHER("81030070ff")},
    {"constructed", OTHER("a104 030200f0"), OTHER("81020070")},
    {"not responsible: as it came", OTHER("81020370"), OTHER("81020370")},
};

static void indicators_of_others_lose_responsibility(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(indicator_forms); i++) {
        struct slice out =
            relayed(f, plain_scene(f, 1), message(f, indicator_forms[i].before), SLICE_LIT(""));

        if (!slice_eq(members_of(out), members_of(message(f, indicator_forms[i].after))))
            fail_msg("%s", indicator_forms[i].what);
    }
}

static void wrong_groups_are_refused(void **state)
{
    static const uint32_t beyond[] = {0, 3}, descending[] = {1, 0};
    struct fixture *f = *state;
    struct scene *s = scene(f);

    s->relay.recipients = beyond;
    s->relay.recipient_count = 2;
    assert_int_equal(relay_error(f, s, message(f, THREE)), X4_EINVAL);
    s->relay.recipients = descending;
    assert_int_equal(relay_error(f, s, message(f, THREE)), X4_EINVAL);
    s->relay.recipient_count = 0;
    assert_int_equal(relay_error(f, s, message(f, THREE)), X4_EINVAL);
}

static void disclosure_is_read_from_the_indicators(void **state)
{
    struct fixture *f = *state;
    struct mts_apdu *closed = decoded(&f->arena, message(f, WITH("")));
    struct mts_apdu *open = decoded(&f->arena, message(f, WITH(" 48020780")));

    assert_true(p1_hides_others(mts_apdu_envelope(closed)));
    assert_false(p1_hides_others(mts_apdu_envelope(open)));
}

/* ---- other members --------------------------------------------------------------------------- */

#define DEFERRED  "80{'261122170000Z'}"
#define BILATERAL "a1{ 30{ 61{13{'GB'}} 62{13{'A'}} 0500 } }"

static void bilateral_and_deferred_are_stripped_when_told(void **state)
{
    struct fixture *f = *state;
    struct slice in = message(f, WITH(DEFERRED BILATERAL));
    struct scene *s = plain_scene(f, 1);

    assert_slice(members_of(relayed(f, s, in, SLICE_LIT(""))), members_of(in));
    s->relay.strip_bilateral = true;
    s->relay.strip_deferred = true;
    assert_slice(members_of(relayed(f, s, in, SLICE_LIT(""))), members_of(message(f, WITH(""))));
}

static void content_length_of_a_probe_is_no_deferral(void **state)
{
    struct fixture *f = *state;
    struct slice in = corpus(&f->arena, "probe");
    struct scene *s = plain_scene(f, 1);

    s->relay.strip_deferred = true;
    assert_slice(relayed(f, s, in, SLICE_LIT("")), in);
}

/* ---- reports --------------------------------------------------------------------------------- */

static void reports_get_trace_and_keep_content_last(void **state)
{
    struct fixture *f = *state;
    struct stored st = store(f, corpus(&f->arena, "pp-88-report"));
    struct slice out = relayed(f, scene(f), st.envelope, st.content);
    struct mts_apdu *apdu = decoded(&f->arena, out);

    assert_int_equal(apdu->report.envelope.trace.count, 2);
    assert_int_equal(mts_internal_trace(&apdu->report.envelope.extensions, &f->arena, NULL).count,
                     2);
    assert_slice(apdu->report.content.returned_content, st.content);
    assert_slice(slice_from(out, out.len - st.content.len), st.content);
    assert_int_equal(apdu->report.content.recipients.count, 1);
}

static void report_without_content_returns_none(void **state)
{
    struct fixture *f = *state;
    struct stored st = store(f, corpus(&f->arena, "pp-88-report"));
    struct mts_apdu *apdu = decoded(&f->arena, relayed(f, scene(f), st.envelope, SLICE_LIT("")));

    assert_false(slice_present(apdu->report.content.returned_content));
}

/* ---- malformed stored forms ------------------------------------------------------------------ */

static void malformed_stored_forms_are_errors(void **state)
{
    struct fixture *f = *state;
    struct scene *s = scene(f);

    assert_int_equal(relay_error(f, s, SLICE_LIT("")), X4_ETRUNC);
    assert_int_equal(relay_error(f, s, SLICE_LIT("\x30\x00")), X4_ESYNTAX);
    assert_int_equal(relay_error(f, s, SLICE_LIT("\xa0\x00")), X4_ETRUNC);
    assert_int_equal(relay_error(f, s, SLICE_LIT("\xa1\x02\x31\x00")), X4_ETRUNC);
    assert_int_equal(relay_error(f, s, SLICE_LIT("\xa2\x00")), X4_EINVAL);
    assert_int_equal(relay_error(f, s, SLICE_LIT("\xa2\x02\x69\x05")), X4_ETRUNC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unedited_apdus_keep_every_member),
        TEST(definite_octets_come_out_as_they_came),
        TEST(lengths_hold_for_contents_beyond_memory),
        TEST(unknown_things_leave_octet_for_octet),
        TEST(inside_the_domain_the_external_trace_stays),
        TEST(events_are_told_in_the_element_that_is_ours),
        TEST(events_are_never_told_in_an_element_of_others),
        TEST(reroutes_are_told),
        TEST(missing_trace_is_repaired),
        TEST(full_trace_is_an_error),
        TEST(internal_trace_leaves_as_the_policy_says),
        TEST(extension_type_of_1991_stays_as_it_came),
        TEST(emptied_extensions_are_left_out),
        TEST(own_internal_element_is_amended_where_it_is_there_already),
        TEST(unreadable_internal_trace_stays_inside),
        TEST(responsibility_goes_with_the_group),
        TEST(indicators_of_others_lose_responsibility),
        TEST(wrong_groups_are_refused),
        TEST(disclosure_is_read_from_the_indicators),
        TEST(bilateral_and_deferred_are_stripped_when_told),
        TEST(content_length_of_a_probe_is_no_deferral),
        TEST(reports_get_trace_and_keep_content_last),
        TEST(report_without_content_returns_none),
        TEST(malformed_stored_forms_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
