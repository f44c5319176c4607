/* SPDX-License-Identifier: Apache-2.0 */
/* Own trace elements (2.5) and loop detection (2.6). */
#include "mts/trace.h"

#include "fixture.h"

/* ---- traces in short form
 * ------------------------------------------------------------------------------
 *
 * "A B{dl} C{rr}": elements of the MDs with PRMD A, B, C; flags dl, rd (redirected), rr (rerouted).
 * Internal: "A.m1 A.m2{dl}" with the MTA's name. */

static unsigned parse_flags(const char *text, int64_t *routing)
{
    unsigned actions = 0;

    if (strstr(text, "dl"))
        actions |= MTS_DL_OPERATION;
    if (strstr(text, "rd"))
        actions |= MTS_REDIRECTED;
    *routing = strstr(text, "rr") ? MTS_REROUTED : MTS_RELAYED;
    return actions;
}

static struct ber_bits action_bits(struct arena *arena, unsigned actions)
{
    uint8_t *octet = arena_alloc(arena, 1);

    if (!actions)
        return (struct ber_bits){.octets = SLICE_NONE};
    *octet =
        (uint8_t)((actions & MTS_REDIRECTED ? 0x80 : 0) | (actions & MTS_DL_OPERATION ? 0x40 : 0));
    return (struct ber_bits){.octets = slice_make(octet, 1), .unused = 6};
}

static struct ber_list trace(struct arena *arena, const char *text)
{
    struct mts_trace_element *items = arena_array(arena, 600, sizeof(*items));
    struct ber_list list = {.items = items};
    char *copy = arena_str(arena, slice_str(text));
    char *rest = NULL;

    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        struct mts_trace_element *e = &items[list.count++];
        unsigned actions = parse_flags(w, &e->info.routing_action);

        w[strcspn(w, "{")] = '\0';
        e->gdi = mts_gdi_make("GB", "TESTADMD", w);
        e->info.other_actions = action_bits(arena, actions);
    }
    return list;
}

static struct ber_list internal(struct arena *arena, const char *text)
{
    struct mts_internal_element *items = arena_array(arena, 600, sizeof(*items));
    struct ber_list list = {.items = items};
    char *copy = arena_str(arena, slice_str(text));
    char *rest = NULL;

    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        struct mts_internal_element *e = &items[list.count++];
        unsigned actions = parse_flags(w, &e->info.routing_action);
        char *mta = strchr(w, '.');

        w[strcspn(w, "{")] = '\0';
        *mta++ = '\0';
        e->gdi = mts_gdi_make("GB", "TESTADMD", w);
        e->mta_name = slice_str(mta);
        e->info.other_actions = action_bits(arena, actions);
    }
    return list;
}

/* ---- T6 -------------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    const char *trace;
    enum mts_loop result;
} external_cases[] = {
    {"first visit", "B C", MTS_LOOP_NONE},
    {"plain loop", "A B", MTS_LOOP_EXTERNAL},
    {"back after expansion in B", "A B{dl}", MTS_LOOP_NONE},
    {"back to the expander", "B A{dl} C", MTS_LOOP_EXTERNAL},
    {"back after redirection in C and once more", "A C{rd} A D", MTS_LOOP_EXTERNAL},
    {"rerouted by B", "A B{rr}", MTS_LOOP_NONE},
    {"rerouted for ever", "A B{rr} A B{rr} A B{rr}", MTS_LOOP_EXTERNAL},
    {"rerouted twice", "A B{rr} A B{rr}", MTS_LOOP_NONE},
    {"adjacent elements are one visit", "A A B{rr}", MTS_LOOP_NONE},
    {"own reroute excuses nothing", "A{rr} B", MTS_LOOP_EXTERNAL},
    {"reroute before the first visit", "B{rr} A C", MTS_LOOP_EXTERNAL},
    {"flag lost by a 1984 system", "A B C", MTS_LOOP_EXTERNAL},
    {"no trace", "", MTS_LOOP_NONE},
    {"case of the domain", "a B", MTS_LOOP_EXTERNAL},
};

static void loop_table_holds(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");

    for (size_t i = 0; i < COUNT(external_cases); i++) {
        struct ber_list t = trace(&f->arena, external_cases[i].trace);

        if (mts_loop_check(&own, &t, NULL, true, NULL) != external_cases[i].result)
            fail_msg("%s", external_cases[i].what);
        /* Inside the domain the external trace says nothing. */
        assert_int_equal(mts_loop_check(&own, &t, NULL, false, NULL), MTS_LOOP_NONE);
    }
}

static const struct {
    const char *what;
    const char *trace;
    enum mts_loop result;
} internal_cases[] = {
    {"first visit", "A.m2 A.m3", MTS_LOOP_NONE},
    {"plain loop", "A.m1 A.m2", MTS_LOOP_INTERNAL},
    {"name without case", "A.M1 A.m2", MTS_LOOP_INTERNAL},
    {"same name in another domain", "B.m1 A.m2", MTS_LOOP_NONE},
    {"back after expansion", "A.m1 A.m2{dl}", MTS_LOOP_NONE},
    {"back to the expander", "A.m1{dl} A.m2", MTS_LOOP_INTERNAL},
    {"flag of another domain", "A.m1 B.x{rd} A.m2", MTS_LOOP_NONE},
    {"rerouted", "A.m1 A.m2{rr}", MTS_LOOP_NONE},
    {"rerouted for ever", "A.m1 A.m2{rr} A.m1 A.m2{rr} A.m1 A.m2{rr}", MTS_LOOP_INTERNAL},
};

static void internal_loops_are_seen_inside_the_domain_only(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");
    struct ber_list t = trace(&f->arena, "B");

    for (size_t i = 0; i < COUNT(internal_cases); i++) {
        struct ber_list n = internal(&f->arena, internal_cases[i].trace);

        if (mts_loop_check(&own, &t, &n, false, NULL) != internal_cases[i].result)
            fail_msg("%s", internal_cases[i].what);
        assert_int_equal(mts_loop_check(&own, &t, &n, true, NULL), MTS_LOOP_NONE);
    }
}

/* "B B B ..." */
static struct ber_list long_trace(struct arena *arena, size_t count)
{
    struct mts_trace_element *items = arena_array(arena, count, sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i].gdi = mts_gdi_make("GB", "TESTADMD", "B");
    return (struct ber_list){.items = items, .count = count};
}

/* T21 and the caps */
static void long_traces_stop(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");
    struct mts_loop_limits generous = {.reroutes = 2, .hops = 1000, .passes = 1};
    struct ber_list t = long_trace(&f->arena, 512);
    struct ber_list n = internal(&f->arena, "A.m1 A.m1 A.m2{dl}");

    assert_int_equal(mts_loop_check(&own, &t, NULL, true, NULL), MTS_LOOP_TRACE_FULL);
    assert_int_equal(mts_loop_check(&own, &t, NULL, true, &generous), MTS_LOOP_TRACE_FULL);
    t.count = 511;
    assert_int_equal(mts_loop_check(&own, &t, NULL, true, NULL), MTS_LOOP_HOPS);
    assert_int_equal(mts_loop_check(&own, &t, NULL, true, &generous), MTS_LOOP_NONE);
    t.count = 100;
    assert_int_equal(mts_loop_check(&own, &t, NULL, true, NULL), MTS_LOOP_NONE);
    assert_int_equal(mts_loop_check(&own, &t, &n, true, NULL), MTS_LOOP_NONE);
    assert_int_equal(mts_loop_check(&own, &t, &n, true, &generous), MTS_LOOP_PASSES);
}

static void every_result_has_a_text(void **state)
{
    (void)state;
    for (int loop = MTS_LOOP_NONE; loop <= MTS_LOOP_TRACE_FULL; loop++)
        assert_string_not_equal(mts_loop_text((enum mts_loop)loop), "unknown loop result");
}

/* ---- own elements ---------------------------------------------------------------------------- */

static void own_element_is_as_the_sample(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "TESTPRMD", "m1");
    struct mts_passage p = {.own = &own, .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME};
    struct slice sample = slice_sub(corpus(&f->arena, "message"), 111, 52);

    assert_int_equal(mts_put_trace_element(&p, &f->out), X4_OK);
    assert_slice(buf_view(&f->out), sample);
}

static const struct {
    unsigned actions;
    bool deferred, converted, domain, own_domain, mta;
    const char *external, *internal; /* contents of the SET after the arrival time */
} elements[] = {
    {.external = "820100", .internal = "820100"},
    {.actions = MTS_REDIRECTED, .external = "820100 83020780", .internal = "820100 83020780"},
    {.actions = MTS_DL_OPERATION, .external = "820100 83020640", .internal = "820100 83020640"},
    {.actions = MTS_REDIRECTED | MTS_DL_OPERATION,
     .external = "820100 830206c0",
     .internal = "820100 830206c0"},
    {.deferred = true,
     .external = "820100 810d3236313132323137303130305a",
     .internal = "820100 810d3236313132323137303130305a"},
    {.converted = true, .external = "820100 6504 80020520", .internal = "820100 6504 80020520"},
    {.domain = true,
     .external = "820101 6317 6104 13024742 620a 13085445535441444d44 130358595a",
     .internal = "820101 6317 6104 13024742 620a 13085445535441444d44 130358595a"},
    {.own_domain = true,
     .external = "820100",
     .internal = "820101 6315 6104 13024742 620a 13085445535441444d44 130141"},
    {.domain = true,
     .mta = true,
     .external = "820101 6317 6104 13024742 620a 13085445535441444d44 130358595a",
     .internal = "820101 16026d39"},
};

static void own_elements_tell_what_happened(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");
    struct mts_gdi other = mts_gdi_make("GB", "TESTADMD", "XYZ");

    for (size_t i = 0; i < COUNT(elements); i++) {
        struct mts_passage p = {
            .own = &own,
            .arrival_ms = NOW,
            .deferred_ms = elements[i].deferred ? NOW + 60000 : MTS_NO_TIME,
            .actions = elements[i].actions,
            .attempted_domain = elements[i].domain ? &other : NULL,
            .attempted_mta = elements[i].mta ? SLICE_LIT("m9") : SLICE_NONE,
        };
        struct slice external = ber_text(&f->arena, elements[i].external);
        struct slice inside = ber_text(&f->arena, elements[i].internal);
        struct slice out;

        if (elements[i].converted)
            p.converted_eits = ber_text(&f->arena, "6504 80020520");
        if (elements[i].own_domain)
            p.attempted_domain = &own.gdi;
        buf_reset(&f->out);
        assert_int_equal(mts_put_trace_element(&p, &f->out), X4_OK);
        out = buf_view(&f->out);
        assert_slice(slice_from(out, out.len - external.len), external);
        buf_reset(&f->out);
        assert_int_equal(mts_put_internal_element(&p, &f->out), X4_OK);
        out = buf_view(&f->out);
        assert_slice(slice_from(out, out.len - inside.len), inside);
    }
}

static void amending_keeps_what_was_there(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");
    struct mts_passage first = {.own = &own, .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME};
    struct mts_passage second = {.own = &own, .arrival_ms = NOW + 5000, .deferred_ms = MTS_NO_TIME};
    struct mts_trace_element e;
    struct mts_trace_element after;

    first.actions = MTS_DL_OPERATION;
    second.actions = MTS_REDIRECTED;
    assert_int_equal(mts_put_trace_element(&first, &f->out), X4_OK);
    assert_int_equal(ber_decode(&ber_type_trace_information_element,
                                arena_dup(&f->arena, buf_view(&f->out)), &f->arena, &e, NULL, NULL),
                     X4_OK);
    buf_reset(&f->out);
    assert_int_equal(mts_amend_trace_element(&second, &e, &f->out), X4_OK);
    assert_int_equal(ber_decode(&ber_type_trace_information_element, buf_view(&f->out), &f->arena,
                                &after, NULL, NULL),
                     X4_OK);
    assert_text(after.info.arrival_time, "261122170000Z");
    assert_true(ber_bit(&after.info.other_actions, 0));
    assert_true(ber_bit(&after.info.other_actions, 1));
}

/* ---- questions ------------------------------------------------------------------------------- */

static void current_eits_are_the_last_converted_ones(void **state)
{
    struct fixture *f = *state;
    struct ber_list t = trace(&f->arena, "A B C");
    struct mts_eits first = {.raw = SLICE_NONE};
    struct mts_eits second = {.raw = SLICE_NONE};

    assert_null(mts_converted_eits(&t));
    BER_ITEM(t, struct mts_trace_element, 0)->info.converted_eits = &first;
    BER_ITEM(t, struct mts_trace_element, 1)->info.converted_eits = &second;
    assert_ptr_equal(mts_converted_eits(&t), &second);
}

static void last_element_tells_whether_the_passage_is_on_record(void **state)
{
    struct fixture *f = *state;
    struct mts_gdi a = mts_gdi_make("GB", "TESTADMD", "A");
    struct ber_list t = trace(&f->arena, "B A");

    assert_true(mts_trace_ends_with(&t, &a));
    t.count = 1;
    assert_false(mts_trace_ends_with(&t, &a));
    t.count = 0;
    assert_false(mts_trace_ends_with(&t, &a));
}

/* T35 */
static void foreign_beginning_is_seen_and_excuses_no_loop(void **state)
{
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "A", "m1");
    struct mts_gdi identifier = mts_gdi_make("GB", "TESTADMD", "C");
    struct ber_list t = trace(&f->arena, "B A D");
    struct ber_list none = {.count = 0};

    assert_false(mts_trace_begins_with(&t, &identifier));
    assert_true(mts_trace_begins_with(&t, &BER_ITEM(t, struct mts_trace_element, 0)->gdi));
    assert_false(mts_trace_begins_with(&none, &identifier));
    assert_int_equal(mts_loop_check(&own, &t, NULL, true, NULL), MTS_LOOP_EXTERNAL);
}

static void zero_bits_are_no_actions(void **state)
{
    static const uint8_t zero = 0;
    struct ber_bits bits = {.octets = slice_make(&zero, 1), .unused = 6};

    (void)state;
    assert_false(mts_has_actions(&bits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loop_table_holds),
        TEST(internal_loops_are_seen_inside_the_domain_only),
        TEST(long_traces_stop),
        TEST(every_result_has_a_text),
        TEST(own_element_is_as_the_sample),
        TEST(own_elements_tell_what_happened),
        TEST(amending_keeps_what_was_there),
        TEST(current_eits_are_the_last_converted_ones),
        TEST(last_element_tells_whether_the_passage_is_on_record),
        TEST(foreign_beginning_is_seen_and_excuses_no_loop),
        TEST(zero_bits_are_no_actions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
