/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of addresses and upper bounds. */
#include "fixture.h"

static const struct {
    const char *text;
    enum or_address_form form;
    const char *why;
} forms[] = {
    {"S=Smith; C=GB", OR_FORM_MNEMONIC, ""},
    {"P=ACME; C=GB", OR_FORM_MNEMONIC, ""},
    {"O=x; A=y; C=GB", OR_FORM_MNEMONIC, ""},
    {"CN=EGLLYFYX; OU1=EGLL; O=REGION; P=UK; A=ICAO; C=XX", OR_FORM_MNEMONIC, ""},
    {"S=Smith; X.121=123; C=GB", OR_FORM_MNEMONIC, ""},
    {"C=GB", OR_FORM_INVALID, "P, O, OU, S and CN are missing, one is needed"},
    {"DDA:X=1; C=GB", OR_FORM_INVALID, "P, O, OU, S and CN are missing, one is needed"},
    {"S=Smith; A=x", OR_FORM_INVALID, "C is missing"},
    {"S=Smith", OR_FORM_INVALID, "C is missing"},
    {"G=Ann; O=x; C=GB", OR_FORM_INVALID, "S is missing beside G, I or Q"},
    {"N-ID=1234; C=GB", OR_FORM_NUMERIC, ""},
    {"N-ID=1234; P=x; DDA:X=1; C=GB", OR_FORM_NUMERIC, ""},
    {"N-ID=1234", OR_FORM_INVALID, "C is missing"},
    {"X.121=1234", OR_FORM_TERMINAL, ""},
    {"X.121=1234; T-ID=x; T-TY=tlx; P=y; C=GB", OR_FORM_TERMINAL, ""},
    {"ISDN=1234", OR_FORM_TERMINAL, ""},
    {"PSAP=NS+47", OR_FORM_TERMINAL, ""},
    {"PD-C=GB; PD-PC=1; C=GB", OR_FORM_POSTAL, ""},
    {"PD-C=GB; PD-PC=1; PD-A1=x; PD-SN=s; C=GB", OR_FORM_POSTAL, ""},
    {"PD-PC=1; C=GB", OR_FORM_INVALID, "PD-C is missing in a postal address"},
    {"PD-C=GB; C=GB", OR_FORM_INVALID, "PD-PC is missing in a postal address"},
};

static void knows_the_forms(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(forms); i++) {
        struct or_address a = parse(f, forms[i].text);

        buf_reset(&f->why);
        if (or_address_form(&a, &f->why) != forms[i].form)
            fail_msg("%s: %s", forms[i].text, buf_cstr(&f->why));
        assert_string_equal(buf_cstr(&f->why), forms[i].why);
        assert_int_equal(or_address_form(&a, NULL), forms[i].form);
        assert_false(or_address_absent(&a));
    }
}

static void knows_absence(void **state)
{
    struct fixture *f = *state;
    struct or_address a = decode(f, hex(f, "3002 3000"));

    assert_true(or_address_absent(&a));
    assert_int_equal(or_address_form(&a, &f->why), OR_FORM_INVALID);
    assert_string_equal(buf_cstr(&f->why), "address is absent");
    a = decode(f, hex(f, "3008 3006 6104 1302 4742"));
    assert_int_equal(or_address_form(&a, NULL), OR_FORM_INVALID); /* no ADMD at all */
}

static const struct {
    const char *text;
    unsigned violations;
    const char *why;
} bounds[] = {
    {"G=Ann; S=Smith; O=Acme; P=ACME; A= ; C=GB", 0, ""},
    {"C=GBR; A=x", 1, "C is neither two letters nor three digits"},
    {"C=23; A=x", 1, "C is neither two letters nor three digits"},
    {"C=234; A=x", 0, ""},
    {"P=12345678901234567", 1, "P has 17 characters, 16 allowed"},
    {"P=1234567890123456", 0, ""},
    {"I=ABCDEF; S=x", 1, "I has 6 characters, 5 allowed"},
    {"I=\xd0\x90\xd0\x90\xd0\x90\xd0\x90\xd0\x90\xd0\x90; S=x", 0, ""}, /* universal: 16 */
    {"G=12345678901234567; Q=1234; S=x", 2,
     "G has 17 characters, 16 allowed; Q has 4 characters, 3 allowed"},
    {"DDA:123456789=x", 1, "type of a DDA has 9 characters, 8 allowed"},
    {"DDA:A=1;DDA:B=1;DDA:C=1;DDA:D=1;DDA:E=1", 1, "there are 5 DDAs, 4 allowed"},
    {"OU1=a;OU2=b;OU3=c;OU4=d;OU5=e", 1, "there are 5 OUs, 4 allowed"},
    {"PD-A1=a;PD-A2=b;PD-A3=c;PD-A4=d;PD-A5=e;PD-A6=f;PD-A7=g", 1,
     "there are 7 lines of PD-A, 6 allowed"},
    {"P=A_B", 1, "P has characters that are not in PrintableString"},
    {"PSAP=\"a\"/NS+47", 0, ""},
};

static void reports_bounds(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(bounds); i++) {
        struct or_address a = parse(f, bounds[i].text);

        buf_reset(&f->why);
        assert_int_equal(or_address_bounds(&a, &f->why), bounds[i].violations);
        assert_string_equal(buf_cstr(&f->why), bounds[i].why);
        assert_int_equal(or_address_bounds(&a, NULL), bounds[i].violations);
    }
}

/* What only BER can say: letters in a NumericString, 257 extension attributes. */
static void reports_bounds_of_encodings(void **state)
{
    struct fixture *f = *state;
    struct or_address a = decode(f, hex(f, "3005 3003 8401 41"));
    struct or_extension extensions[257];

    assert_int_equal(or_address_bounds(&a, &f->why), 1);
    assert_string_equal(buf_cstr(&f->why), "N-ID has characters that are no digits");
    for (size_t i = 0; i < COUNT(extensions); i++)
        extensions[i] = (struct or_extension){.type = 100, .value = SLICE_LIT("\x05\x00")};
    a = (struct or_address){.extensions = {.items = extensions, .count = COUNT(extensions)}};
    buf_reset(&f->why);
    assert_int_equal(or_address_bounds(&a, &f->why), 1);
    assert_string_equal(buf_cstr(&f->why), "there are 257 extension attributes, 256 allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_the_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_absence, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(reports_bounds_of_encodings, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
