/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are the same (X.402 18.4), and their keys. */
#include "fixture.h"

static const struct {
    const char *a;
    const char *b;
    bool equal;
    bool one_key;
} pairs[] = {
    {"S=Smith; O=Acme; C=GB", "O=ACME; S=sMITH; C=gb", true, true},
    {"O=Acme  Ltd ", "O=acme ltd", true, true},
    {"O=Acme Ltd", "O=AcmeLtd", false, false},
    {"A=4 00; C=GB", "A=400; C=GB", true, true},
    {"OU1=a; OU2=b", "OU1=b; OU2=a", false, false},
    {"OU1=a; OU2=b", "/OU=B/OU=A/", true, true},
    {"OU1=a", "OU1=a; OU2=b", false, false},
    {"S=a; G=b", "S=a", false, false},
    {"S=a; G=b", "S=b; G=a", false, false},
    /* the ADMD: blank, empty, absent */
    {"P=x; C=GB", "P=x; A= ; C=GB", true, true},
    {"P=x; C=GB", "P=x; A=y; C=GB", false, false},
    {"C=234; A=x", "C=GB; A=x", false, false}, /* only a table could know */
    /* twins */
    {"S=Smith", "/S=*Smith/", true, true},
    {"/S=Muller*M{200}uller/", "S=Muller", true, true},
    {"/S=Muller*M{200}uller/", "S=M\xc3\xbcller", true, false},
    {"/S=Muller*M{200}uller/", "/S=Muller*Mueller/", false, true},
    {"/S=Muller*M{200}uller/", "/S=Mueller*M{200}uller/", false, false},
    {"/S=Muller*M{200}uller/", "S=Other", false, false},
    {"S=M\xc3\x9cLLER", "S=m\xc3\xbcller", true, true},
    {"/S=*{200}u/", "/S=*{201}u/", true, true}, /* diaeresis and umlaut */
    {"S=\xd0\x98", "S=\xd0\xb8", true, true},
    /* domain-defined attributes: an ordered list */
    {"DDA:RFC-822=A(a)b", "DDA:rfc-822=a(A)B", true, true},
    {"DDA:RFC-822=A(p)b", "/DD.RFC-822=*a{037}b/", true, true},
    {"DDA:FAX=A(p)b", "/DD.FAX=*a{037}b/", false, false},
    {"DDA:X=1; DDA:Y=2", "DDA:Y=2; DDA:X=1", false, false},
    {"DDA:X=1; DDA:X=2", "DDA:X=1; DDA:X=2", true, true},
    {"DDA:X=1", "DDA:X=1; DDA:X=1", false, false},
    {"DDA:X=1", "DDA:Y=1", false, false},
    {"/DD.X=u*{200}u/", "DDA:X=u", true, true},
    /* what 1984 makes of a common name (T24) */
    {"CN=Ops; C=GB", "DDA:Common=ops; C=GB", true, true},
    {"CN=Ops; DDA:X=1; DDA:Y=2", "DDA:X=1; DDA:COMMON=Ops; DDA:Y=2", true, true},
    {"CN=Ops; DDA:Common=x", "CN=Ops", false, false},
    {"DDA:Common=Ops", "DDA:Common=Other", false, false},
    {"/DD.Common=Ops*{200}Ops/", "CN=Ops", true, true},
    /* others */
    {"N-ID=12 34", "N-ID=1234", true, true},
    {"X.121=123; T-TY=tlx", "X.121=123; T-TY=3", true, true},
    {"X.121=123; T-TY=tlx", "X.121=123; T-TY=ttx", false, false},
    {"CN=a", "O=a", false, false},
    {"EXT.41=0500", "EXT.41=0500", true, true},
    {"EXT.41=0500", "EXT.42=0500", false, false},
    {"O=a;;b", "O=a; P=b", false, false},
};

static void compares(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct or_address a = parse(f, pairs[i].a);
        struct or_address b = parse(f, pairs[i].b);
        struct buf x;
        struct buf y;

        if (or_address_equal(&a, &b) != pairs[i].equal ||
            or_address_equal(&b, &a) != pairs[i].equal)
            fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
        assert_true(or_address_equal(&a, &a));
        buf_init(&x, 4096);
        buf_init(&y, 4096);
        assert_int_equal(or_address_key(&a, &x), X4_OK);
        assert_int_equal(or_address_key(&b, &y), X4_OK);
        if (slice_eq(buf_view(&x), buf_view(&y)) != pairs[i].one_key)
            fail_msg("\"%s\" and \"%s\"", buf_cstr(&x), buf_cstr(&y));
        buf_free(&x);
        buf_free(&y);
    }
}

static void makes_keys(void **state)
{
    static const struct {
        const char *text;
        const char *key;
    } keys[] = {
        {"/G=Ann/S=Smith/OU=b/OU=a/O=Acme;x/PRMD=ACME/ADMD= /C=GB/",
         "c=gb;p=acme;o=acme;;x;ou1=a;ou2=b;s=smith;g=ann;"},
        {"DDA:X==Y=a=b; A=GOLD", "a=gold;dda:x==y=a=b;"},
        {"PD-A1=x; PD-A2=y; EXT.41=0500", "pd-a1=x;pd-a2=y;ext.41=0500;"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(keys); i++) {
        struct or_address a = parse(f, keys[i].text);

        buf_reset(&f->out);
        assert_int_equal(or_address_key(&a, &f->out), X4_OK);
        assert_string_equal(buf_cstr(&f->out), keys[i].key);
    }
}

/* In BER, and not only in text: zero-length ADMD, no ADMD, PrintableString of digits. */
static void compares_encodings(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } encodings[] = {
        {"300c 300a 6104 1302 4742 6202 1300", "3008 3006 6104 1302 4742", true},
        {"300d 300b 6104 1302 4742 6203 1301 20", "3008 3006 6104 1302 4742", true},
        {"3009 3007 6205 1203 343030", "3009 3007 6205 1303 343030", true},
        {"300b 3009 6207 1205 34203030 20", "3009 3007 6205 1303 343030", true},
        {"3004 3002 8300", "3002 3000", true}, /* empty is absent, R10.2 */
        {"300a 3008 a606 1301 41 1301 42", "300a 3008 a606 1301 42 1301 41", false},
        {"300c 300a a608 1301 41 1300 1301 42", "300a 3008 a606 1301 41 1301 42", true},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(encodings); i++) {
        struct or_address a = decode(f, hex(f, encodings[i].a));
        struct or_address b = decode(f, hex(f, encodings[i].b));

        if (or_address_equal(&a, &b) != encodings[i].equal)
            fail_msg("%s and %s", encodings[i].a, encodings[i].b);
    }
}

static void compares_domain_names(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } names[] = {{"ACME", "acme", true},    {"ACME", "ACM", false}, {"400", "4 00", true},
                 {" ", NULL, true},         {"", " ", true},        {"a  b", " A b ", true},
                 {"ab", "a b", false},      {NULL, "x", false},     {NULL, NULL, true},
                 {"12 34a", "1234a", false}};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct or_domain_name none = {.which = 0};
        struct or_domain_name a = names[i].a ? or_domain_name_make(slice_str(names[i].a)) : none;
        struct or_domain_name b = names[i].b ? or_domain_name_make(slice_str(names[i].b)) : none;

        if (or_domain_name_equal(&a, &b) != names[i].equal)
            fail_msg("\"%s\" and \"%s\"", names[i].a, names[i].b);
    }
    assert_int_equal(or_domain_name_make(SLICE_LIT("400")).which, OR_STRING_NUMERIC);
    assert_int_equal(or_domain_name_make(SLICE_LIT("40 ")).which, OR_STRING_PRINTABLE);
    assert_int_equal(or_domain_name_make(SLICE_LIT("")).which, OR_STRING_PRINTABLE);
}

/* Longer than any bound: still compared, only without folding of spaces. */
static void compares_long_domain_names(void **state)
{
    char text[300];
    struct or_domain_name a;
    struct or_domain_name b;

    (void)state;
    memset(text, 'x', sizeof(text));
    a = or_domain_name_make(slice_make(text, 300));
    b = or_domain_name_make(slice_make(text, 299));
    assert_true(or_domain_name_equal(&a, &a));
    assert_false(or_domain_name_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(compares, setup, teardown),
        cmocka_unit_test_setup_teardown(makes_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(compares_encodings, setup, teardown),
        cmocka_unit_test(compares_domain_names),
        cmocka_unit_test(compares_long_domain_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
