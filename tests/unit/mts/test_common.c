/* SPDX-License-Identifier: Apache-2.0 */
/* Domains, identifiers, content types, times. */
#include "mts/common.h"
#include "mts/time.h"

#include "fixture.h"

/* ---- identifiers ----------------------------------------------------------------------------- */

static struct mts_identifier identifier(const char *prmd, const char *local)
{
    return (struct mts_identifier){.gdi = mts_gdi_make("GB", " ", prmd), .local = slice_str(local)};
}

static const struct {
    const char *prmd, *local, *text;
} texts[] = {
    {"ACME", "EX1-1", "[/PRMD=ACME/ADMD= /C=GB/;EX1-1]"},
    {NULL, "a b", "[/ADMD= /C=GB/;a b]"},
    {"A/B;C=D", "x]y$z{", "[/PRMD=A$/B$;C$=D/ADMD= /C=GB/;x$]y$$z${]"},
    {"ACME", "caf\xe9\n", "[/PRMD=ACME/ADMD= /C=GB/;caf{233}{010}]"},
};

static void identifier_text_round_trips(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct mts_identifier id = identifier(texts[i].prmd, texts[i].local);
        struct mts_identifier back;

        buf_reset(&f->out);
        mts_identifier_print(&id, &f->out);
        assert_string_equal(buf_cstr(&f->out), texts[i].text);
        assert_int_equal(mts_identifier_parse(buf_view(&f->out), &f->arena, &back), X4_OK);
        assert_true(mts_identifier_equal(&id, &back));
        assert_slice(back.local, slice_str(texts[i].local));
    }
}

static const struct {
    const char *text;
    int error;
} bad_texts[] = {
    {"", X4_ESYNTAX},
    {"[]", X4_ESYNTAX},
    {"[/C=GB/ADMD= /;x", X4_ESYNTAX},
    {"[/C=GB/ADMD= /;x]y", X4_ESYNTAX},
    {"[/C=GB/ADMD= /x]", X4_ESYNTAX},
    {"[/O=GB/ADMD= /;x]", X4_ESYNTAX},
    {"[/C/ADMD= /;x]", X4_ESYNTAX},
    {"[/C=GB/C=FR/ADMD= /;x]", X4_EDUP},
    {"[/C=GB/;x]", X4_EMISSING},
    {"[/ADMD= /;x]", X4_EMISSING},
    {"[/C=GB/ADMD= /;]", X4_EMISSING},
    {"[/C=GB/ADMD= /;{256}]", X4_ESYNTAX},
    {"[/C=GB/ADMD= /;{12}]", X4_ESYNTAX},
    {"[/C=GB/ADMD= /;x$", X4_ESYNTAX},
};

static void malformed_identifier_texts_are_refused(void **state)
{
    struct fixture *f = *state;
    struct mts_identifier id;

    for (size_t i = 0; i < COUNT(bad_texts); i++)
        assert_int_equal(mts_identifier_parse(slice_str(bad_texts[i].text), &f->arena, &id),
                         bad_texts[i].error);
}

static void identifiers_compare_domains_without_case_and_local_parts_with(void **state)
{
    struct mts_identifier a = identifier("ACME", "X1");
    struct mts_identifier other_case = identifier("acme", "X1");
    struct mts_identifier other_local = identifier("ACME", "x1");
    struct mts_identifier no_prmd = identifier(NULL, "X1");

    (void)state;
    assert_true(mts_identifier_equal(&a, &other_case));
    assert_false(mts_identifier_equal(&a, &other_local));
    assert_false(mts_identifier_equal(&a, &no_prmd));
    assert_false(mts_identifier_equal(&no_prmd, &a));
}

static void numeric_and_printable_domains_are_equal(void **state)
{
    struct fixture *f = *state;
    struct slice printable = ber_text(&f->arena, "63 0c 61 04 13024742 62 04 1302 3730");
    struct mts_gdi made = mts_gdi_make("GB", "70", NULL);
    struct mts_gdi received;

    assert_int_equal(
        ber_decode(&ber_type_global_domain_identifier, printable, &f->arena, &received, NULL, NULL),
        X4_OK);
    assert_int_equal(made.admd.which, OR_STRING_NUMERIC);
    assert_int_equal(received.admd.which, OR_STRING_PRINTABLE);
    assert_true(mts_gdi_equal(&made, &received));
}

static void identifier_encodes_as_the_sample(void **state)
{
    struct fixture *f = *state;
    struct mts_identifier id = {.gdi = mts_gdi_make("GB", "TESTADMD", "TESTPRMD"),
                                .local = SLICE_LIT("msg-0001")};

    assert_int_equal(ber_encode(&ber_type_mts_identifier, &id, &f->out, NULL), X4_OK);
    assert_slice(buf_view(&f->out), slice_sub(corpus(&f->arena, "message"), 7, 42));
}

static const struct {
    const char *hex, *text;
} content_types[] = {
    {"460116", "P22"},
    {"460102", "P2"},
    {"460100", "unidentified"},
    {"460123", "EDI"},
    {"460101", "external"},
    {"460128", "voice"},
    {"460163", "99"},
    {"06 01 2b", "1.3"},
    {"06 0c 5181808080808080808080 01", "518180808080808080808001"}, /* a number beyond 64 bits */
    {"06 07 2b1aa236000401", "1.3.26.4406.0.4.1"},
    {"0d 02 0102", "relative 0102"},
};

static void content_types_print(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(content_types); i++) {
        struct slice tlv = ber_text(&f->arena, content_types[i].hex);
        struct mts_content_type type;

        buf_reset(&f->out);
        assert_int_equal(ber_decode(&ber_type_content_type, tlv, &f->arena, &type, NULL, NULL),
                         X4_OK);
        mts_content_type_print(&type, &f->out);
        assert_string_equal(buf_cstr(&f->out), content_types[i].text);
    }
}

/* ---- times (T25) ----------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *iso; /* NULL: unknown */
} times[] = {
    {"991231235959Z", "1999-12-31 23:59:59Z"},
    {"0001010000Z", "2000-01-01 00:00:00Z"},
    {"700101000000Z", "1970-01-01 00:00:00Z"},
    {"491231235959Z", "2049-12-31 23:59:59Z"},
    {"660101000000Z", "2066-01-01 00:00:00Z"},
    {"670101000000Z", "1967-01-01 00:00:00Z"},
    {"260229120000Z", NULL},
    {"280229120000Z", "2028-02-29 12:00:00Z"},
    {"2601011200+0530", "2026-01-01 06:30:00Z"},
    {"260101120000-0330", "2026-01-01 15:30:00Z"},
    {"2601010015 0030", "2025-12-31 23:45:00Z"},
    {"2601011200", "2026-01-01 12:00:00Z"},
    {"260101120060z", "2026-01-01 12:00:59Z"},
    {"260101120001.25Z", "2026-01-01 12:00:01Z"},
    {"", NULL},
    {"2601011", NULL},
    {"260101120000Zx", NULL},
    {"260101240000Z", NULL},
    {"261301120000Z", NULL},
    {"260001120000Z", NULL},
    {"2601a1120000Z", NULL},
    {"260101120061Z", NULL},
    {"260101120000+2400", NULL},
    {"260101120000*0100", NULL},
    {"260101120000+01", NULL},
};

static void utctime_reads_all_forms(void **state)
{
    char iso[24];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        int error = mts_utctime_parse(slice_str(times[i].text), NOW, &ms);

        assert_int_equal(error, times[i].iso ? X4_OK : X4_ESYNTAX);
        if (!times[i].iso) {
            assert_true(ms == MTS_NO_TIME);
            continue;
        }
        mts_time_print_iso(ms, iso);
        assert_string_equal(iso, times[i].iso);
    }
}

static void utctime_prints_what_it_reads(void **state)
{
    char text[MTS_UTCTIME_LEN + 1];
    int64_t back;

    (void)state;
    for (int64_t ms = NOW - INT64_C(50) * 365 * 86400000; ms < NOW + INT64_C(39) * 365 * 86400000;
         ms += INT64_C(86399) * 1000) {
        mts_utctime_print(ms, text);
        assert_int_equal(mts_utctime_parse(slice_str(text), NOW, &back), X4_OK);
        assert_true(back == ms);
    }
    mts_utctime_print(NOW + 999, text);
    assert_string_equal(text, "261122170000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(identifier_text_round_trips),
        TEST(malformed_identifier_texts_are_refused),
        TEST(identifiers_compare_domains_without_case_and_local_parts_with),
        TEST(numeric_and_printable_domains_are_equal),
        TEST(identifier_encodes_as_the_sample),
        TEST(content_types_print),
        TEST(utctime_reads_all_forms),
        TEST(utctime_prints_what_it_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
