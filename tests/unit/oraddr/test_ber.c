/* SPDX-License-Identifier: Apache-2.0 */
/* The BER tables: names as they came over the wire, every extension attribute, and what is not
 * well-formed. */
#include "fixture.h"

/* Recipient and originator of captured messages, and the address of the Recommendation's example.
 */
static const struct {
    const char *ber;
    const char *a;
} names[] = {
    {"604b 3042 3040 6104 1302 4742 620a 1308 5445535441444d4d a20b 1309 4f5448455250524d44"
     "8304 4f524732 a510 8009 526563697069656e74 8103 426f62 a607 1305 556e697431",
     NULL}, /* lengths that do not fit */
    {"6042 3040 6104 1302 4742 620a 1308 5445535441444d44 a20b 1309 4f5448455250524d44"
     "8304 4f524732 a510 8009 526563697069656e74 8103 426f62 a607 1305 556e697431",
     "G=Bob; S=Recipient; O=ORG2; OU1=Unit1; P=OTHERPRMD; A=TESTADMD; C=GB"},
    {"6037 3035 6104 1302 4742 620a 1308 5445535441444d44 a20a 1308 5445535450524d44"
     "8304 4f524731 a50f 8006 53656e646572 8105 416c696365",
     "G=Alice; S=Sender; O=ORG1; P=TESTPRMD; A=TESTADMD; C=GB"},
    /* indefinite lengths and constructed strings */
    {"6080 3080 6180 1302 4742 0000 6203 1301 20 a380 0402 4f52 0402 4731 0000 0000 0000",
     "O=ORG1; A= ; C=GB"},
    /* no address */
    {"6002 3000", ""},
    {"6011 3000 a00d 300b 3109 3007 0603 550406 0500", ""},
};

static void decodes_names(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct slice in = hex(f, names[i].ber);
        struct or_name name;
        int error = ber_decode(&ber_type_or_name, in, &f->arena, &name, NULL, NULL);

        if (!names[i].a) {
            assert_int_not_equal(error, X4_OK);
            continue;
        }
        assert_int_equal(error, X4_OK);
        assert_string_equal(print(f, &name.address, OR_TEXT_A), names[i].a);
        assert_int_equal(or_address_absent(&name.address), names[i].a[0] == '\0');
        /* untouched, it goes out as it came in */
        buf_reset(&f->out);
        assert_int_equal(ber_encode(&ber_type_or_name, &name, &f->out, NULL), X4_OK);
        assert_octets(buf_view(&f->out), in);
    }
}

static void keeps_the_directory_name(void **state)
{
    struct fixture *f = *state;
    struct or_name name;

    assert_int_equal(ber_decode(&ber_type_or_name, hex(f, "6008 3000 a004 3002 3100"), &f->arena,
                                &name, NULL, NULL),
                     X4_OK);
    assert_octets(name.directory_name, hex(f, "3002 3100"));
    assert_true(slice_present(name.raw));
    name.raw = SLICE_NONE;
    assert_int_equal(ber_encode(&ber_type_or_name, &name, &f->out, NULL), X4_OK);
    assert_octets(buf_view(&f->out), hex(f, "6008 3000 a004 3002 3100"));
}

/* ---- extension attributes: number, value, and what it looks like ----------------------------- */

static const struct {
    unsigned type;
    const char *value;
    const char *b;
} extensions[] = {
    {1, "1302 4142", "/CN=AB/"},
    {2, "1403 41c8 75", "/CN=*A{200}u/"},
    {3, "1402 c175", "/O=*{193}u/"},
    {4, "3108 8001 c3 8103 41c8 75", "/G=*A{200}u/S=*{195}/"},
    {5, "3008 1402 c875 1402 c86f", "/OU=*{200}o/OU=*{200}u/"},
    {6, "300a 3008 1401 41 1403 c87526", "/DD.A=*{200}u{038}/"},
    {7, "1302 4142", "/PD-SERVICE=AB/"},
    {8, "1302 4742", "/PD-C=GB/"},
    {9, "1202 3132", "/PD-CODE=12/"},
    {10, "3107 1302 4142 1401 26", "/PD-OFFICE=AB*{038}/"},
    {11, "3104 1302 4142", "/PD-OFFICE-NUM=AB/"},
    {12, "3104 1302 4142", "/PD-EXT-ADDRESS=AB/"},
    {13, "3104 1302 4142", "/PD-PN=AB/"},
    {14, "3104 1302 4142", "/PD-O=AB/"},
    {15, "3104 1302 4142", "/PD-EXT-DELIVERY=AB/"},
    {16, "3109 3004 1302 4142 1401 26", "/PD-ADDRESS=AB*{038}/"},
    {16, "3107 1405 260d0a 2742", "/PD-ADDRESS=*{038}{013}{010}'B/"},
    {17, "3104 1402 4142", "/PD-STREET=AB/"},
    {18, "3104 1302 4142", "/PD-BOX=AB/"},
    {19, "3104 1302 4142", "/PD-RESTANTE=AB/"},
    {20, "3104 1302 4142", "/PD-UNIQUE=AB/"},
    {21, "3104 1302 4142", "/PD-LOCAL=AB/"},
    {22, "3007 8002 3132 8101 33", "/NET-NUM=12/NET-SUB=3/"},
    {22, "a011 a003 0401 41 a203 0401 80 a305 3103 0401 47", "/NET-PSAP=\"A\"$/$/'80'H$/NS+47/"},
    {23, "0201 05", "/T-TY=g3fax/"},
    {23, "0201 63", "/T-TY=99/"},
    {24, "3106 1e04 0410 0041",
     "/CN=\xd0\x90"
     "A/"},
    {24, "310a 1c04 0001f600 1302 656e", "/CN=\xf0\x9f\x98\x80/"},
    {25, "3104 1e02 00fc", "/O=*{200}u/"},
    {26, "310c a004 1e02 0041 a104 1e02 0042", "/G=B/S=A/"},
    {27, "300c 3104 1e02 0041 3104 1e02 0042", "/OU=B/OU=A/"},
    {28, "300e 300c 3104 1e02 0041 3104 1e02 0042", "/DD.A=B/"},
    {29, "3104 1e02 0041", "/PD-OFFICE=A/"},
    {30, "3104 1e02 0041", "/PD-OFFICE-NUM=A/"},
    {31, "3104 1e02 0041", "/PD-EXT-ADDRESS=A/"},
    {32, "3104 1e02 0041", "/PD-PN=A/"},
    {33, "3104 1e02 0041", "/PD-O=A/"},
    {34, "3104 1e02 0041", "/PD-EXT-DELIVERY=A/"},
    {35, "3108 1e06 0041 000a 0042", "/PD-ADDRESS=A|B/"},
    {36, "3104 1e02 0041", "/PD-STREET=A/"},
    {37, "3104 1e02 0041", "/PD-BOX=A/"},
    {38, "3104 1e02 0041", "/PD-RESTANTE=A/"},
    {39, "3104 1e02 0041", "/PD-UNIQUE=A/"},
    {40, "3104 1e02 0041", "/PD-LOCAL=A/"},
    /* unknown, or not what the number promises: kept and shown as they are */
    {41, "0c02 4142", "/EXT.41=0c024142/"},
    {0, "0500", "/EXT.0=0500/"},
    {1, "0201 05", "/EXT.1=020105/"},
    {22, "0500", "/EXT.22=0500/"},
};

static struct slice address_with_extension(struct fixture *f, unsigned type, struct slice value)
{
    struct buf b;
    struct slice out;

    buf_init(&b, 4096);
    ber_put_header(&b, BER_T_SEQUENCE, true, value.len + 11);
    ber_put_header(&b, BER_T_SEQUENCE, true, 0);
    ber_put_header(&b, BER_T_SET, true, value.len + 7);
    ber_put_header(&b, BER_T_SEQUENCE, true, value.len + 5);
    ber_put_integer(&b, BER_CONTEXT(0), type);
    ber_put_header(&b, BER_CONTEXT(1), true, value.len);
    buf_slice(&b, value);
    out = arena_dup(&f->arena, buf_view(&b));
    buf_free(&b);
    return out;
}

static void knows_all_extension_attributes(void **state)
{
    struct fixture *f = *state;
    uint64_t seen = 0;

    for (size_t i = 0; i < COUNT(extensions); i++) {
        struct slice in =
            address_with_extension(f, extensions[i].type, hex(f, extensions[i].value));
        struct or_address a = decode(f, in);
        struct or_address again;

        assert_string_equal(print(f, &a, OR_TEXT_B), extensions[i].b);
        again = parse(f, extensions[i].b);
        assert_true(or_address_equal(&a, &again));
        seen |= UINT64_C(1) << extensions[i].type;
    }
    for (unsigned type = 1; type <= 40; type++) {
        assert_non_null(or_extension_ber_type(type));
        assert_true(seen >> type & 1);
    }
    assert_null(or_extension_ber_type(0));
    assert_null(or_extension_ber_type(41));
    assert_null(or_extension_ber_type(-1));
    assert_null(or_extension_ber_type(INT64_MAX));
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void refuses_what_is_not_ber(void **state)
{
    static const struct {
        const char *ber;
        int error;
    } bad[] = {
        {"", X4_ETRUNC},
        {"30", X4_ETRUNC},
        {"3005 3000", X4_ETRUNC},
        {"3000", X4_EMISSING},
        {"3100", X4_ESYNTAX},
        {"3002 1300", X4_EMISSING},          /* an unknown member, and no standard attributes */
        {"3006 3004 6102 0500", X4_ESYNTAX}, /* a country that is neither string */
        {"3004 3002 6100", X4_ETRUNC},
        {"3007 3005 a503 8001", X4_ETRUNC},
        {"300a 3008 a506 8001 41 8001 42", X4_EDUP},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct or_address a;

        assert_int_equal(
            ber_decode(&ber_type_or_address, hex(f, bad[i].ber), &f->arena, &a, NULL, NULL),
            bad[i].error);
    }
}

/* An empty or overlong string is no reason to refuse an address, only a violation of a bound. */
static void takes_what_exceeds_bounds(void **state)
{
    struct fixture *f = *state;
    struct ber_error bounds;
    struct or_address a;

    assert_int_equal(ber_decode(&ber_type_or_address, hex(f, "3009 3007 6103 1301 47 8300"),
                                &f->arena, &a, NULL, &bounds),
                     X4_OK);
    assert_int_equal(bounds.code, X4_EBOUNDS);
    assert_string_equal(print(f, &a, OR_TEXT_A), "C=G");
}

/* A personal name without a surname is against the Recommendation, but says enough to route. */
static void takes_a_name_without_a_surname(void **state)
{
    struct fixture *f = *state;
    struct or_address a = decode(f, hex(f, "3007 3005 a503 8101 41"));

    assert_string_equal(print(f, &a, OR_TEXT_A), "G=A");
}

/* The address of an O/R name, encoded alone. */
static void an_address_can_leave_its_name(void **state)
{
    struct fixture *f = *state;
    struct or_name name;
    struct or_address alone;

    assert_int_equal(ber_decode(&ber_type_or_name, hex(f, "600c 3005 a503 8001 41 a003 0201 05"),
                                &f->arena, &name, NULL, NULL),
                     X4_OK);
    alone = name.address;
    alone.raw = SLICE_NONE;
    assert_octets(encode(f, &alone), hex(f, "3007 3005 a503 8001 41"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decodes_names, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_directory_name, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_all_extension_attributes, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_ber, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_what_exceeds_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_a_name_without_a_surname, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_can_leave_its_name, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
