/* SPDX-License-Identifier: Apache-2.0 */
/* From 1988 to 1984 P1 (9.1 to 9.3). */
#include "p1/p1_out.h"

#include "fixture.h"

#define GDI                   "63{ 61{13{'GB'}} 62{13{'A'}} 13{'X'} }"
#define ID                    "64{ " GDI " 16{'1'} }"
#define STANDARD              "30{ 61{13{'GB'}} 62{13{' '}} 83{'O1'} } "
#define NAME(more)            "60{ " STANDARD more "} "
#define TRACE                 "69{ 30{ " GDI " 31{ 80{'261122170000Z'} 820100 83020640 } } } "
#define PLAIN_TRACE           "69{ 30{ " GDI " 31{ 80{'261122170000Z'} 820100 } } } "
#define RECIPIENT(name, more) "31{ " name "800101 810200f0 " more "} "

#define CN(value)     "31{ 30{ 800101 a1{ 13{'" value "'} } } } "
#define T61_CN(value) "31{ 30{ 800102 a1{ 14{ " value " } } } } "
#define COMMON(value) "30{ 30{ 13{'Common'} 13{'" value "'} } } "

static struct slice message(struct fixture *f, const char *members)
{
    struct slice inner = ber_text(&f->arena, members);

    buf_reset(&f->out);
    ber_put_header(&f->out, BER_CONTEXT(0), true,
                   ber_header_size(BER_T_SET, inner.len) + inner.len);
    ber_put_tlv(&f->out, BER_T_SET, true, inner);
    return arena_dup(&f->arena, buf_view(&f->out));
}

static int downgrade(struct fixture *f, struct slice stored)
{
    static const uint32_t recipients[] = {0};
    struct mts_identity own = identity("GB", "OWN", "m1");
    struct mts_passage passage = {
        .own = &own, .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME, .actions = MTS_REDIRECTED};
    struct p1_relay relay = {.passage = &passage,
                             .add_internal = true,
                             .recipients = recipients,
                             .recipient_count = 1,
                             .to_1984 = true};

    buf_reset(&f->out);
    return p1_out_prefix(stored, 0, &relay, &f->out);
}

/* ---- members --------------------------------------------------------------------------------- */

#define AROUND(originator, type, more, recipient) ID originator type more "a2{ " recipient "}"

static const struct {
    const char *what, *before, *after;
} cases[] = {
    {"other-actions go", AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"extensions go",
     AROUND(NAME(""), "460116", PLAIN_TRACE "a3{ 30{ 8002 00c8 } }",
            RECIPIENT(NAME(""), "a3{ 30{ 8002 00c8 } }")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"indicators keep bits 0 to 3",
     AROUND(NAME(""), "460116", "48{ 00 9f }" PLAIN_TRACE, RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116", "48{ 04 90 }" PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"indicators without more stay",
     AROUND(NAME(""), "460116", "48{ 07 80 }" PLAIN_TRACE, RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116", "48{ 07 80 }" PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"extended EITs go",
     AROUND(NAME(""), "65{ 80{0520} a4{ 06{2a03} } } 460116", PLAIN_TRACE, RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "65{ 80{0520} } 460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"only extended EITs become unknown",
     AROUND(NAME(""), "65{ 80{00} a4{ 06{2a03} } } 460116", PLAIN_TRACE, RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "65{ 80{0780} } 460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"extended EITs that 1984 has a bit for become it",
     AROUND(NAME(""), "65{ 80{0520} a4{ 06{56030405} 06{56030463} } } 460116", TRACE,
            RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "65{ 80{0224} } 460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"those of the trace as well",
     AROUND(NAME(""), "460116",
            "69{ 30{ " GDI " 31{ 80{'261122170000Z'} 820100 65{ 80{00} a4{ 06{2a03} } } } } } ",
            RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116",
            "69{ 30{ " GDI " 31{ 80{'261122170000Z'} 820100 65{ 80{0780} } } } } ",
            RECIPIENT(NAME(""), ""))},
    {"bilateral information for private domains goes",
     AROUND(NAME(""), "460116",
            "a1{ 30{ 61{13{'GB'}} 30{ a0{13{'A'}} a1{13{'P'}} } 0500 }"
            "    30{ 61{13{'GB'}} 62{13{'A'}} 0500 } }" PLAIN_TRACE,
            RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116", "a1{ 30{ 61{13{'GB'}} 62{13{'A'}} 0500 } }" PLAIN_TRACE,
            RECIPIENT(NAME(""), ""))},
    {"all of it",
     AROUND(NAME(""), "460116",
            "a1{ 30{ 61{13{'GB'}} 30{ a0{13{'A'}} a1{13{'P'}} } 0500 } }" PLAIN_TRACE,
            RECIPIENT(NAME(""), "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
    {"common-name becomes a DDA (T23)",
     AROUND(NAME(CN("Ann")), "460116", PLAIN_TRACE, RECIPIENT(NAME(CN("Bob")), "")),
     AROUND(NAME(COMMON("Ann")), "460116", PLAIN_TRACE, RECIPIENT(NAME(COMMON("Bob")), ""))},
    {"printable text in T.61",
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(T61_CN("'Bob'")), "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(COMMON("Bob")), ""))},
    {"twins go",
     AROUND(NAME(""), "460116", PLAIN_TRACE,
            RECIPIENT(NAME("31{ 30{ 800102 a1{14{'Bob'}} } 30{ 800101 a1{13{'Bob'}} }"
                           "    30{ 800103 a1{14{'O1'}} } }"),
                      "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(COMMON("Bob")), ""))},
    {"DDAs before it stay",
     AROUND(NAME(""), "460116", PLAIN_TRACE,
            RECIPIENT(NAME("30{ 30{ 13{'ID'} 13{'7'} } }" CN("Bob")), "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE,
            RECIPIENT(NAME("30{ 30{ 13{'ID'} 13{'7'} } 30{ 13{'Common'} 13{'Bob'} } }"), ""))},
    {"directory names go",
     AROUND(NAME("a0{ a0{ 30{} } }"), "460116", PLAIN_TRACE, RECIPIENT(NAME("a0{ 30{} }"), "")),
     AROUND(NAME(""), "460116", PLAIN_TRACE, RECIPIENT(NAME(""), ""))},
};

static void members_get_their_1984_form(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice wanted = message(f, cases[i].after);
        int error = downgrade(f, message(f, cases[i].before));

        if (error)
            fail_msg("%s: %s", cases[i].what, x4_strerror(error));
        /* prefix: header with the length of what follows, envelope, header of empty content */
        if (f->out.len != wanted.len + 2 || memcmp(f->out.p + f->out.len - 2, "\x04\x00", 2) != 0 ||
            memcmp(f->out.p + 8, wanted.p + 8, wanted.len - 8) != 0)
            fail_msg("%s", cases[i].what);
    }
}

/* T23; X.411: the content is then the encoding of an EXTERNAL. */
static void an_extended_content_type_becomes_external(void **state)
{
    static const uint32_t recipients[] = {0};
    struct fixture *f = *state;
    const struct mts_identity own = identity("GB", "OWN", "m1");
    const struct mts_passage passage = {.own = &own, .deferred_ms = MTS_NO_TIME};
    const struct p1_relay relay = {
        .passage = &passage, .recipients = recipients, .recipient_count = 1, .to_1984 = true};
    struct slice in =
        message(f, AROUND(NAME(""), "06{2b1aa236000401}", PLAIN_TRACE, RECIPIENT(NAME(""), "")));

    buf_reset(&f->out);
    assert_int_equal(p1_out_prefix(in, 5, &relay, &f->out), X4_OK);
    buf_slice(&f->out, SLICE_LIT("12345"));
    assert_slice(
        buf_view(&f->out),
        ber_text(&f->arena,
                 "a0{ 31{ " AROUND(
                     NAME(""), "460101", PLAIN_TRACE,
                     RECIPIENT(NAME(""), "")) "}"
                                              "    04{ 28{ 06{2b1aa236000401} 81{'12345'} } } }"));
}

/* 05 octets become 18: what is put around a content counts. */
static void a_probe_for_it_asks_for_the_longer_content(void **state)
{
    struct fixture *f = *state;
    struct slice in = ber_text(&f->arena, "a2{ " AROUND(NAME(""), "06{2b1aa236000401} 800105",
                                                        PLAIN_TRACE, RECIPIENT(NAME(""), "")) "}");

    assert_int_equal(downgrade(f, in), X4_OK);
    assert_slice(buf_view(&f->out),
                 ber_text(&f->arena, "a2{ " AROUND(NAME(""), "460101 800112", PLAIN_TRACE,
                                                   RECIPIENT(NAME(""), "")) "}"));
}

/* ub-content-length is 2147483647; the last one and what is around the content have no sum. */
static void a_length_that_none_can_have_stays(void **state)
{
#define PROBE(type, length)                                                                        \
    "a2{ " AROUND(NAME(""), type length, PLAIN_TRACE, RECIPIENT(NAME(""), "")) "}"
    static const struct {
        const char *in, *out;
    } probes[] = {
        {PROBE("06{2b1aa236000401}", " 8001ff"), PROBE("460101", " 8001ff")},
        {PROBE("06{2b1aa236000401}", " 80050080000000"), PROBE("460101", " 80050080000000")},
        {PROBE("06{2b1aa236000401}", " 80087fffffffffffffff"),
         PROBE("460101", " 80087fffffffffffffff")},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(probes); i++) {
        assert_int_equal(downgrade(f, ber_text(&f->arena, probes[i].in)), X4_OK);
        assert_slice(buf_view(&f->out), ber_text(&f->arena, probes[i].out));
    }
#undef PROBE
}

static void own_elements_have_no_flags(void **state)
{
    static const uint32_t recipients[] = {0};
    struct fixture *f = *state;
    struct mts_identity own = identity("GB", "OWN", "m1");
    struct mts_passage passage = {
        .own = &own, .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME, .actions = MTS_REDIRECTED};
    struct p1_relay relay = {.passage = &passage,
                             .add_external = true,
                             .add_internal = true,
                             .recipients = recipients,
                             .recipient_count = 1,
                             .to_1984 = true};
    struct slice in = message(f, AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(""), "")));
    const struct mts_envelope *env;

    buf_reset(&f->out);
    assert_int_equal(p1_out_prefix(in, 0, &relay, &f->out), X4_OK);
    env = mts_apdu_envelope(decoded(&f->arena, buf_view(&f->out)));
    assert_int_equal(env->trace.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_false(slice_present(
            BER_ITEM(env->trace, struct mts_trace_element, i)->info.other_actions.octets));
    assert_null(env->extensions.items);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const struct {
    const char *what, *members;
    enum p1_downgrade result;
    const char *why; /* part of it */
} refusals[] = {
    {"plain", AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(""), "")), P1_DOWN_OK, NULL},
    {"critical per message (T23)",
     AROUND(NAME(""), "460116", TRACE "a3{ 30{ 800105 81020520 } }", RECIPIENT(NAME(""), "")),
     P1_DOWN_MESSAGE, "latest-delivery-time"},
    {"critical per recipient",
     AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(""), "a3{ 30{ 83022a03 81020640 } }")),
     P1_DOWN_RECIPIENT, "1.2.3"},
    {"content type (T23)", AROUND(NAME(""), "06{2b1aa236000401}", TRACE, RECIPIENT(NAME(""), "")),
     P1_DOWN_OK, NULL},
    {"relative content type", AROUND(NAME(""), "0d{0401}", TRACE, RECIPIENT(NAME(""), "")),
     P1_DOWN_MESSAGE, "content type"},
    {"originator with an X.121 extension",
     AROUND(NAME("31{ 30{ 800116 a1{ 0500 } } }"), "460116", TRACE, RECIPIENT(NAME(""), "")),
     P1_DOWN_MESSAGE, "originator"},
    {"recipient with a postal attribute",
     AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME("31{ 30{ 800107 a1{ 0500 } } }"), "")),
     P1_DOWN_RECIPIENT, "recipient"},
    {"teletex organization without a printable one (T23)",
     AROUND(NAME(""), "460116", TRACE,
            RECIPIENT("60{ 30{ 61{13{'GB'}} 62{13{' '}} }"
                      "    31{ 30{ 800103 a1{14{'O'}} } 30{ 800101 a1{13{'n'}} } } }",
                      "")),
     P1_DOWN_RECIPIENT, "recipient"},
    {"common name that is not printable",
     AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(T61_CN("c8 'u'")), "")), P1_DOWN_RECIPIENT,
     "recipient"},
    {"numeric identifier with a PRMD (T23)",
     AROUND(NAME(""), "460116", TRACE,
            RECIPIENT("60{ 30{ 61{13{'GB'}} 62{13{' '}} a2{13{'P'}} 84{'123'} } }", "")),
     P1_DOWN_RECIPIENT, "recipient"},
    {"four DDAs and a common name",
     AROUND(NAME(""), "460116", TRACE,
            RECIPIENT(NAME("30{ 30{13{'A'}13{'1'}} 30{13{'B'}13{'1'}} 30{13{'C'}13{'1'}}"
                           "    30{13{'D'}13{'1'}} }" CN("x")),
                      "")),
     P1_DOWN_RECIPIENT, "recipient"},
    {"directory name alone",
     AROUND(NAME(""), "460116", TRACE, RECIPIENT("60{ 3000 a0{ 3000 } }", "")), P1_DOWN_RECIPIENT,
     "recipient"},
};

static void what_cannot_be_said_in_1984_is_refused(void **state)
{
    struct fixture *f = *state;
    struct buf why;

    buf_init(&why, 1000);
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct slice in = message(f, refusals[i].members);
        const struct mts_envelope *env = mts_apdu_envelope(decoded(&f->arena, in));

        buf_reset(&why);
        if (p1_downgrade_check(env, 0, &why) != refusals[i].result)
            fail_msg("%s", refusals[i].what);
        assert_int_equal(p1_downgrade_check(env, 0, NULL), refusals[i].result);
        if (refusals[i].why)
            assert_non_null(strstr(buf_cstr(&why), refusals[i].why));
        else
            assert_int_equal(why.len, 0);
    }
    buf_free(&why);
}

static void unheeded_check_is_an_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(downgrade(f, message(f, AROUND(NAME("31{ 30{ 800116 a1{ 0500 } } }"), "460116",
                                                    TRACE, RECIPIENT(NAME(""), "")))),
                     X4_EUNSUPP);
}

static void recipient_out_of_range_is_refused(void **state)
{
    struct fixture *f = *state;
    struct slice in = message(f, AROUND(NAME(""), "460116", TRACE, RECIPIENT(NAME(""), "")));

    assert_int_equal(p1_downgrade_check(mts_apdu_envelope(decoded(&f->arena, in)), 1, NULL),
                     P1_DOWN_RECIPIENT);
}

/* ---- reports --------------------------------------------------------------------------------- */

#define REPORTED(name, more)                                                                       \
    "31{ a0{ " name " } 810101 820200d0"                                                           \
    "    a3{ 80{'261122170000Z'} a1{ a1{ 800101 810100 } } } " more "}"

static void reports_lose_what_1984_does_not_know(void **state)
{
    static const char before[] = "a1{ 31{ " ID NAME(CN("Ann")) PLAIN_TRACE
        "a1{ 30{ 800127 } } }"
        "    31{ " ID PLAIN_TRACE "65{ 80{0520} } 460116 4a{'CI'} a2{ 0500 } a3{ 30{ 800117 } }"
        "        a0{ " REPORTED(STANDARD CN("Bob"), "a4{ " STANDARD "} 85{'text'} a6{ 3000 }")
            REPORTED(STANDARD "31{ 30{ 800107 a1{0500} } }", "") "} } }";
    static const char after[] = "a1{ 31{ " ID NAME(COMMON("Ann")) PLAIN_TRACE
        "}"
        "    31{ " ID PLAIN_TRACE "4a{'CI'}"
        "        a0{ " REPORTED(STANDARD COMMON("Bob"), "a4{ " STANDARD "} 85{'text'}")
            REPORTED(STANDARD, "") "} } }";
    struct fixture *f = *state;

    assert_int_equal(downgrade(f, ber_text(&f->arena, before)), X4_OK);
    assert_slice(buf_view(&f->out), ber_text(&f->arena, after));
}

/* 9.3: one with a directory name only would have no address in 1984. */
static void nobody_is_without_an_address(void **state)
{
#define ON(name) "a1{ 31{ " ID NAME("") PLAIN_TRACE "}  31{ " ID "a0{ " REPORTED(name, "") "} } }"
    struct fixture *f = *state;

    assert_int_equal(downgrade(f, ber_text(&f->arena, ON("3000 a0{ 3000 }"))), X4_OK);
    assert_slice(buf_view(&f->out),
                 ber_text(&f->arena, ON("30{ 61{13{'GB'}} 62{13{'TESTADMD'}} a2{13{'OWN'}} }")));
#undef ON
}

/* What a report tells of its subject's way loses the same as the subject does (9.2). */
static void so_does_what_they_tell_of_their_subject(void **state)
{
#define SUBJECT(trace, eits)                                                                       \
    "a1{ 31{ " ID NAME("") PLAIN_TRACE                                                             \
        "}"                                                                                        \
        "    31{ " ID trace "a0{ 31{ a0{ " STANDARD "} 810101 820200d0"                            \
        "        a3{ 80{'261122170000Z'} 65{ " eits " } a1{ a1{ 800101 810100 } } } } } } }"
    struct fixture *f = *state;

    assert_int_equal(downgrade(f, ber_text(&f->arena, SUBJECT(TRACE, "80{0520} a4{ 06{2a03} }"))),
                     X4_OK);
    assert_slice(buf_view(&f->out), ber_text(&f->arena, SUBJECT(PLAIN_TRACE, "80{0520}")));
#undef SUBJECT
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_get_their_1984_form),
        TEST(own_elements_have_no_flags),
        TEST(an_extended_content_type_becomes_external),
        TEST(a_probe_for_it_asks_for_the_longer_content),
        TEST(a_length_that_none_can_have_stays),
        TEST(what_cannot_be_said_in_1984_is_refused),
        TEST(unheeded_check_is_an_error),
        TEST(recipient_out_of_range_is_refused),
        TEST(reports_lose_what_1984_does_not_know),
        TEST(nobody_is_without_an_address),
        TEST(so_does_what_they_tell_of_their_subject),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
