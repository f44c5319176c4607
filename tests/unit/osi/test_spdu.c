/* SPDX-License-Identifier: Apache-2.0 */
/* The codec: what comes off the wire, and what goes on it. */
#include "base/error.h"
#include "hex.h"
#include "osi/session/spdu.h"
#include "session_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The SPDU that matters in a TSDU. */
static const struct spdu *last(const struct spdu_tsdu *tsdu)
{
    return &tsdu->spdu[tsdu->count - 1];
}

/* Octets recorded from ISODE 8, written in the order of X.225. */
static const struct {
    const char *octets;
    const char *text;
} recorded[] = {
    {"0d6801180a041402766d0b10170e313236313132323137303730365a050f130100150407f907f91601031a01"
     "001402024934034d5441c1323130a003800100a12980013f820100a31ea01ca11a800d6d74612d612e657861"
     "6d706c65a10916077365637265744184010c",
     "CN calling=1402766d common=170e313236313132323137303730365a options=00 units=249 tsdu=7f"
     "907f9 version=03 setting=00 to=4d5441 <3130a003800100a12980013f820100a31ea01ca11a800d6d7"
     "4612d612e6578616d706c65a10916077365637265744184010c>"},
    {"0e5a011809041402766d0b10170e313236313132323137303730365a05091301001601021a010014020249c1"
     "2f312da003800100a126800101810103a21ea01ca11a800d6d74612d622e6578616d706c65a1091607736563"
     "72657442",
     "AC called=1402766d common=170e313236313132323137303730365a options=00 units=249 version="
     "02 setting=00 <312da003800100a126800101810103a21ea01ca11a800d6d74612d622e6578616d706c65a"
     "109160773656372657442>"},
    {"0c29011809041402766d0b10170e313236313132323137303730375a110101140202493206023103800102",
     "RF called=1402766d common=170e313236313132323137303730375a td=01 units=249 reason=02 <31"
     "03800102>"},
    {"0c09110101160103320184", "RF td=01 version=03 reason=84"},
    {"01002d052903020101", "AS act=020101"},
    {"01001d210829", "bad: SPDU longer than the TSDU"},
    {"01001d0f210829030201012a01312903020102", "AR old=020101 sn=1 act=020102"},
    {"01001d382131090a14084153534f432d30310a0a14084153534f432d30310b0f170d32363131323231363539"
     "30305a29030201012a01372903020102",
     "AR called=14084153534f432d3031 calling=14084153534f432d3031 common=170d32363131323231363"
     "53930305a old=020101 sn=7 act=020102"},
    {"01000100a0800000", "DT <a0800000>"},
    {"01000100", "DT"},
    {"010031032a0131", "MIP sn=1"},
    {"020032032a0131", "MIA sn=1"},
    {"010029052a03313833", "AE sn=183"},
    {"02002a052a03313833", "AEA sn=183"},
    {"01001903320105", "AI reason=5"},
    {"02001a00", "AIA"},
    {"01003903320105", "AD reason=5"},
    {"02003a00", "ADA"},
    {"02003003320105", "ED reason=5"},
    {"0208100101c103020103", "PT tokens=01 <020103>"},
    {"1500", "GTC"},
    {"1600", "GTA"},
    {"0903110101", "FN td=01"},
    {"0913110101c10e610c300a020101a0056203800100", "FN td=01 <610c300a020101a0056203800100>"},
    {"0a00", "DN"},
    {"1903110105", "AB td=05"},
    {"190a110103c1053103800100", "AB td=03 <3103800100>"},
};

/* They read as the text says, and building what was read gives the same octets. */
static void test_recorded_spdus(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recorded); i++) {
        struct buf octets;
        struct buf text;
        struct buf built;
        struct spdu_tsdu tsdu;

        buf_init(&octets, 4096);
        buf_init(&text, 4096);
        buf_init(&built, 4096);
        hex_append(&octets, recorded[i].octets);
        tsdu_text(buf_view(&octets), &text);
        assert_string_equal(buf_cstr(&text), recorded[i].text);
        if (spdu_parse(buf_view(&octets), &tsdu) == X4_OK) {
            struct gather data = gather_one(last(&tsdu)->data);

            assert_int_equal(spdu_build(last(&tsdu), &data, &built), X4_OK);
            buf_slice(&built, last(&tsdu)->data);
            assert_int_equal(built.len, octets.len);
            assert_memory_equal(built.p, octets.p, octets.len);
        }
        buf_free(&octets);
        buf_free(&text);
        buf_free(&built);
    }
}

/* What we never send, but read. */
static void test_tolerated(void **state)
{
    static const struct {
        const char *octets;
        const char *text;
    } cases[] = {
        {"0c080100110101320101", "RF td=01 reason=01"},    /* empty PGI 1 */
        {"0e08 0500 14020249 5100", "AC units=249"},       /* unknown PI 81, empty */
        {"0e04 3400 1400", "AC to="},                      /* empty selector; empty units */
        {"ff00 00", "bad: unknown SPDU"},                  /* 255 is no length here but an SI */
        {"09ff0003 110101", "FN td=01"},                   /* long form for a short length */
        {"0907 11ff0001 01 7f00", "FN td=01"},             /* the same in a parameter */
        {"0906 110101 7f0122", "FN td=01"},                /* unknown PI */
        {"01002d09 2903020101 c802aabb", "AS act=020101"}, /* unknown PGI */
        {"0d0a 0506 370131 160103 1400", "CN version=03"}, /* PI 55: second serial number */
        {"1903 110101", "AB td=01"},
        {"1900", "AB"}, /* no PI 17 */
        {"010031062a01317f0161", "MIP sn=1"},
        {"010031062a03303037", "bad: SPDU longer than the TSDU"},
        {"010031052a03303037", "MIP sn=7"},         /* leading zeros */
        {"01003900", "AD"},                         /* no reason */
        {"020032062a0131c10161", "MIA sn=1 \"a\""}, /* PGI 193 instead of PI 46 */
        {"02003206 2a0131 2e0161", "MIA sn=1 \"a\""},
        {"010019033201 05", "AI reason=5"},
        {"020000", "bad: SPDU longer than the TSDU"},
        {"02000000", "ER"},
        {"02000004 31020102", "ER reflected=0102"},
        {"0100", "GT"}, /* a prefix and nothing behind */
        {"0103100115 31032a0131", "GT tokens=15 + MIP sn=1"},
        {"1502c100", "GTC"},
        {"01002906 2a0131 0f0100", "AE sync=00 sn=1"},
        {"010001031901016162", "DT enclosure=01 \"ab\""},
        {"010031051901026161", "bad: parameter longer than the SPDU"},
        {"01003105190102c100", "MIP enclosure=02"}, /* a later segment has no number */
    };
    unsigned failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text;

        buf_init(&text, 4096);
        tsdu_text(hex(cases[i].octets), &text);
        if (strcmp(buf_cstr(&text), cases[i].text) != 0) {
            print_error("%s: %s\n", cases[i].octets, buf_cstr(&text));
            failed++;
        }
        buf_free(&text);
    }
    assert_int_equal(failed, 0);
}

static void test_errors(void **state)
{
    static const struct {
        const char *octets;
        int error;
        const char *wrong;
    } cases[] = {
        {"", X4_ETRUNC, "empty TSDU"},
        {"0d", X4_ETRUNC, "SPDU longer than the TSDU"},
        {"0dff00", X4_ETRUNC, "SPDU longer than the TSDU"},
        {"0901", X4_ETRUNC, "SPDU longer than the TSDU"},
        {"01007f00", X4_EUNSUPP, "unknown SPDU"}, /* recorded: ISODE aborts */
        {"2d052903020101", X4_EUNSUPP, "SPDU that was not selected, or without its prefix"},
        {"02000100", X4_EUNSUPP, "SPDU that was not selected, or without its prefix"},
        {"010032032a0131", X4_EUNSUPP, "SPDU that was not selected, or without its prefix"},
        {"0800", X4_EUNSUPP, "SPDU that was not selected, or without its prefix"},
        {"010035032a0131", X4_EUNSUPP, "SPDU that was not selected, or without its prefix"},
        {"01002906 0f0101 2a0131", X4_EUNSUPP, "MAJOR SYNC POINT SPDU, which was not selected"},
        {"0a000a00", X4_ESYNTAX, "SPDU that must be alone in its TSDU is not"},
        {"15000100", X4_ESYNTAX, "SPDU that must be alone in its TSDU is not"},
        {"010031032a013100", X4_ESYNTAX, "more SPDUs in a TSDU than agreed"},
        {"09021101", X4_ETRUNC, "parameter longer than the SPDU"},
        {"0d03010309", X4_ETRUNC, "parameter longer than the SPDU"},
        {"0d0501030a0231", X4_ETRUNC, "parameter longer than what it is in"},
        {"09043201 0100", X4_ESYNTAX, "parameter not allowed in this SPDU"},
        {"0903160102", X4_ESYNTAX, "parameter not allowed in this SPDU"},
        {"0d03160102", X4_ESYNTAX, "parameter not allowed in this SPDU"}, /* 22 outside of PGI 5 */
        {"0d05 0503 140202", X4_ETRUNC, "parameter longer than what it is in"},
        {"0d06 0504 14020249", X4_ESYNTAX, "parameter not allowed in this place"},
        {"0e05 0103 0a0161", X4_ESYNTAX, "parameter not allowed in this place"}, /* 10 in AC */
        {"0d04 14020249 ", X4_OK, ""},
        {"0d0414030249", X4_ETRUNC, "parameter longer than the SPDU"},
        {"0d05 1403024900", X4_EBOUNDS, "parameter of a wrong length"},
        {"0d03 140102", X4_EBOUNDS, "parameter of a wrong length"},
        {"0904 11020101", X4_EBOUNDS, "parameter of a wrong length"},
        {"01002d09 290701020304050607", X4_EBOUNDS, "parameter of a wrong length"},
        {"01003109 2a0731313131313131", X4_EBOUNDS, "parameter of a wrong length"},
        {"0d13 3411 0102030405060708090a0b0c0d0e0f1011", X4_EBOUNDS, "parameter of a wrong length"},
        {"010031032a013a", X4_ESYNTAX, "serial number is not made of digits"},
        {"01003100", X4_EMISSING, "mandatory parameter missing"},
        {"010031022a00", X4_EMISSING, "mandatory parameter missing"},
        {"01002d00", X4_EMISSING, "mandatory parameter missing"},
        {"02003000", X4_EMISSING, "mandatory parameter missing"},
        {"02002a00", X4_EMISSING, "mandatory parameter missing"},
        {"01001d052903020102", X4_EMISSING, "mandatory parameter missing"},
        {"0d08 14020249 14020249", X4_EDUP, "parameter given twice"},
        {"0906 110101 110101", X4_OK, ""}, /* elsewhere the last one counts */
        {"0d06 c10161 c20162", X4_EDUP, "both user data and extended user data"},
        {"1a02c100", X4_ESYNTAX, "parameter not allowed in this SPDU"},
    };
    unsigned failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct spdu_tsdu tsdu;
        int err = spdu_parse(hex(cases[i].octets), &tsdu);

        if (err != cases[i].error || strcmp(tsdu.wrong ? tsdu.wrong : "", cases[i].wrong) != 0) {
            print_error("%s: %d %s\n", cases[i].octets, err, tsdu.wrong);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* Every cut of a valid SPDU is an error or a valid SPDU, never more than was there. */
static void test_truncated(void **state)
{
    struct buf octets;

    (void)state;
    buf_init(&octets, 4096);
    hex_append(&octets,
               "01001d382131090a14084153534f432d30310a0a14084153534f432d30310b0f170d32363131"
               "32323136353930305a29030201012a01372903020102");
    for (size_t len = 3; len < octets.len; len++) {
        uint8_t *exact = malloc(len); /* so that a sanitizer sees any octet read beyond */
        struct spdu_tsdu tsdu;

        assert_non_null(exact);
        memcpy(exact, octets.p, len);
        assert_int_equal(spdu_parse(slice_make(exact, len), &tsdu), X4_ETRUNC);
        free(exact);
    }
    buf_free(&octets);
}

/* The length indicator changes its form at 255, CN its parameter at 513. */
static void test_lengths(void **state)
{
    static const struct {
        enum spdu_type type;
        size_t len;
        const char *head;
    } cases[] = {
        {SPDU_DN, 1, "0a 03 c1 01"},
        {SPDU_DN, 252, "0a fe c1 fc"},
        {SPDU_DN, 253, "0a ff 00ff c1 fd"},
        {SPDU_DN, 254, "0a ff 0100 c1 fe"},
        {SPDU_DN, 255, "0a ff 0103 c1 ff 00ff"},
        {SPDU_DN, 65531, "0a ff ffff c1 ff fffb"},
        {SPDU_CN, 512, "0d ff 0204 c1 ff 0200"},
        {SPDU_CN, 513, "0d ff 0205 c2 ff 0201"},
        {SPDU_CN, 10240, "0d ff 2804 c2 ff 2800"},
        {SPDU_DT, 100000, "0100 0100"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct spdu spdu = {.type = cases[i].type};
        uint8_t *octets = calloc(1, cases[i].len);
        struct gather data = gather_one(slice_make(octets, cases[i].len));
        struct spdu_tsdu tsdu;
        struct buf built;

        assert_non_null(octets);
        buf_init(&built, 200000);
        assert_int_equal(spdu_build(&spdu, &data, &built), X4_OK);
        assert_true(slice_eq(buf_view(&built), hex(cases[i].head)));
        buf_append(&built, octets, cases[i].len);
        assert_int_equal(spdu_parse(buf_view(&built), &tsdu), X4_OK);
        assert_int_equal(last(&tsdu)->data.len, cases[i].len);
        buf_free(&built);
        free(octets);
    }
}

static void test_build_errors(void **state)
{
    static const uint8_t octets[70000];
    struct spdu mip = {.type = SPDU_MIP};
    struct spdu as = {.type = SPDU_AS};
    struct spdu cn = {.type = SPDU_CN};
    const struct spdu aa = {.type = SPDU_AA};
    const struct spdu dn = {.type = SPDU_DN};
    const struct gather none = {.count = 0};
    struct gather much = gather_one(slice_make(octets, 65532));
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    buf_text(&out, "before");
    assert_int_equal(spdu_build(&mip, &none, &out), X4_EMISSING);
    spdu_set_octets(&as, SP_ACTIVITY, slice_make(octets, 7));
    assert_int_equal(spdu_build(&as, &none, &out), X4_EBOUNDS);
    spdu_set_octets(&as, SP_ACTIVITY, SLICE_LIT(""));
    assert_int_equal(spdu_build(&as, &none, &out), X4_EBOUNDS);
    spdu_set_octets(&cn, SP_CALLED_SSEL, slice_make(octets, 17));
    assert_int_equal(spdu_build(&cn, &none, &out), X4_EBOUNDS);
    assert_int_equal(spdu_build(&aa, &much, &out), X4_EINVAL);
    assert_int_equal(spdu_build(&dn, &much, &out), X4_ELIMIT);
    much = gather_one(slice_make(octets, 70000));
    assert_int_equal(spdu_build(&dn, &much, &out), X4_EBOUNDS);
    assert_int_equal(out.len, 6); /* nothing half-built stays */
    buf_free(&out);

    buf_init(&out, 8);
    spdu_set_number(&mip, SP_SERIAL, 999999);
    assert_int_equal(spdu_build(&mip, &none, &out), X4_ELIMIT);
    buf_free(&out);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(spdu_si_name(1, false), "GIVE TOKENS");
    assert_string_equal(spdu_si_name(1, true), "DATA TRANSFER");
    assert_string_equal(spdu_si_name(0x19, false), "ABORT");
    assert_string_equal(spdu_si_name(0x19, true), "ACTIVITY INTERRUPT");
    assert_string_equal(spdu_si_name(0x35, true), "RESYNCHRONIZE");
    assert_null(spdu_si_name(0x7f, true));
    assert_string_equal(spdu_pi_name(194), "Extended User Data");
    assert_null(spdu_pi_name(0x7f));
    for (unsigned i = 0; i < SPDU_TYPES; i++) {
        enum spdu_type type = (enum spdu_type)i;

        assert_non_null(spdu_name(type));
        assert_non_null(strstr(spdu_unexpected_text(type), spdu_long_name(type)));
        assert_non_null(strstr(spdu_guard_text(type), spdu_long_name(type)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_spdus), cmocka_unit_test(test_tolerated),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_lengths),        cmocka_unit_test(test_build_errors),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
