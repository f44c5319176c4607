/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms: what is read, what is written, and what is said about mistakes. */
#include "fixture.h"

/* One address, in forms A and B as we write them, and as BER where that matters. */
static const struct {
    const char *text; /* input */
    const char *a;
    const char *b;
    const char *ber;
} forms[] = {
    {"/G=Ann/S=Smith/O=Acme/PRMD=ACME/ADMD= /C=GB/", "G=Ann; S=Smith; O=Acme; P=ACME; A= ; C=GB",
     "/G=Ann/S=Smith/O=Acme/PRMD=ACME/ADMD= /C=GB/",
     "3029 3027 6104 1302 4742 6203 1301 20 a206 1304 41434d45 8304 41636d65"
     "a50c 8005 536d697468 8103 416e6e"},
    {"G=Ann;S=Smith;O=Acme;P=ACME;A= ;C=GB", "G=Ann; S=Smith; O=Acme; P=ACME; A= ; C=GB",
     "/G=Ann/S=Smith/O=Acme/PRMD=ACME/ADMD= /C=GB/", NULL},
    {"c=US;a= ;p=ORG;o=Site;s=Smith;g=John;", "G=John; S=Smith; O=Site; P=ORG; A= ; C=US",
     "/G=John/S=Smith/O=Site/PRMD=ORG/ADMD= /C=US/", NULL},
    {"X.400: G=john; S=smith; O=a bank ltd; P=abl; A=snomail; C=aq",
     "G=john; S=smith; O=a bank ltd; P=abl; A=snomail; C=aq",
     "/G=john/S=smith/O=a bank ltd/PRMD=abl/ADMD=snomail/C=aq/", NULL},
    /* the ADMD: left out, without a value, one space */
    {"S=x; P=abl; C=aq", "S=x; P=abl; A= ; C=aq", "/S=x/PRMD=abl/ADMD= /C=aq/", NULL},
    {"S=x; P=abl; A=; C=aq", "S=x; P=abl; A= ; C=aq", "/S=x/PRMD=abl/ADMD= /C=aq/", NULL},
    {"/S=x/P=abl", "S=x; P=abl; A= ", "/S=x/PRMD=abl/ADMD= /", NULL},
    {"S=x", "S=x", "/S=x/", NULL},
    /* numeric strings if and only if all are digits */
    {"A=400;P=12a;C=234", "P=12a; A=400; C=234", "/PRMD=12a/ADMD=400/C=234/",
     "3017 3015 6105 1203 323334 6205 1203 343030 a205 1303 313261"},
    /* organizational units: numbered from the most significant, in B with that one last */
    {"OU2=Tests; OU1=Labs; O=Acme; C=GB", "O=Acme; OU1=Labs; OU2=Tests; A= ; C=GB",
     "/OU=Tests/OU=Labs/O=Acme/ADMD= /C=GB/", NULL},
    {"/CN=IUTAMHAA/OU=IUTA/O=IUT-REGION/PRMD=IUTLAND/ADMD=ICAO/C=XX/",
     "CN=IUTAMHAA; O=IUT-REGION; OU1=IUTA; P=IUTLAND; A=ICAO; C=XX",
     "/CN=IUTAMHAA/OU=IUTA/O=IUT-REGION/PRMD=IUTLAND/ADMD=ICAO/C=XX/", NULL},
    /* the escape table: delimiters in values */
    {"O=R&D/Tools", "O=R&D/Tools", "/O=*R{038}D$/Tools/",
     "3016 3000 3112 3010 8001 03 a10b 1409 522644 2f 546f6f6c73"},
    {"/O=R&D//Tools", "O=R&D/Tools", "/O=*R{038}D$/Tools/", NULL},
    {"/O=*R{038}D$/Tools/", "O=R&D/Tools", "/O=*R{038}D$/Tools/", NULL},
    {"O=A;;B Ltd", "O=A;;B Ltd", "/O=*A{059}B Ltd/", NULL},
    {"/O=A;B Ltd", "O=A;;B Ltd", "/O=*A{059}B Ltd/", NULL},
    {"/O=*A{059}B Ltd/", "O=A;;B Ltd", "/O=*A{059}B Ltd/", NULL},
    {"DDA:X==Y=1", "DDA:X==Y=1", "/DD.X$=Y=1/", NULL},
    {"/DDA:X==Y=1", "DDA:X==Y=1", "/DD.X$=Y=1/", NULL},
    {"/DD.X$=Y=1/", "DDA:X==Y=1", "/DD.X$=Y=1/", NULL},
    {"DDA:X=$=1", "DDA:X=$=1", "/DD.X=$=1/", NULL},
    {"O=a;;;P=b", "O=a;;; P=b; A= ", "/O=*a{059}/PRMD=b/ADMD= /", NULL},
    {"O=US$A; P=b", "O=US$A; P=b; A= ", "/O=*US{164}A/PRMD=b/ADMD= /", NULL},
    {"O=A$$; P=b", "O=A$$; P=b; A= ", "/O=*A{164}/PRMD=b/ADMD= /", NULL},
    /* DDAs: processed in the order given; B has the first one last */
    {"DDA:RFC-822=fred(a)widget.co.uk; O=gateway; P=abc; C=gb",
     "DDA:RFC-822=fred(a)widget.co.uk; O=gateway; P=abc; A= ; C=gb",
     "/DD.RFC-822=fred(a)widget.co.uk/O=gateway/PRMD=abc/ADMD= /C=gb/", NULL},
    {"DDA:RFC-822=fred_b@widget.co.uk", "DDA:RFC-822=fred(u)b(a)widget.co.uk",
     "/DD.RFC-822=fred(u)b(a)widget.co.uk/", NULL},
    {"/RFC-822=fred(a)widget.co.uk/C=gb/", "DDA:RFC-822=fred(a)widget.co.uk; A= ; C=gb",
     "/DD.RFC-822=fred(a)widget.co.uk/ADMD= /C=gb/", NULL},
    {"DDA:A=1; DDA:B=2; DDA:A=3", "DDA:A=1; DDA:B=2; DDA:A=3", "/DD.A=3/DD.B=2/DD.A=1/", NULL},
    {"/DD.A=3/DD.B=2/DD.A=1/", "DDA:A=1; DDA:B=2; DDA:A=3", "/DD.A=3/DD.B=2/DD.A=1/", NULL},
    {"DDA:A=", "DDA:A=", "/DD.A=/", NULL},
    /* printable and other DDAs go in two lists, unless that changes their order or mixes them up */
    {"DDA:A=1; DDA:B=\xc3\xbc", "DDA:A=1; DDA:B=\xc3\xbc", "/DD.B=*{200}u/DD.A=1/", NULL},
    {"DDA:B=\xc3\xbc; DDA:A=1", "DDA:B=\xc3\xbc; DDA:A=1", "/DD.A=1/DD.B=*{200}u/", NULL},
    {"DDA:A=1; DDA:A=\xc3\xbc", "DDA:A=1; DDA:A=\xc3\xbc", "/DD.A=*{200}u/DD.A=1/", NULL},
    /* variants */
    {"/PD-ADDRESS=A|B*{194}a{013}{010}B/", "PD-A1=A; PD-A2=B", "/PD-ADDRESS=A|B*{194}a{013}{010}B/",
     NULL},
    {"PD-A1=\xd0\x96; PD-A2=B", "PD-A1=\xd0\x96; PD-A2=B", "/PD-A1=\xd0\x96/PD-A2=B/", NULL},
    {"/S=Muller*M{200}uller/G=Ute/", "G=Ute; S=Muller", "/G=Ute/S=Muller*M{200}uller/", NULL},
    {"/CN=yen*{165}/", "CN=yen", "/CN=yen*{165}/", NULL},
    {"S=M\xc3\xbcller; G=Ute", "G=Ute; S=M\xc3\xbcller", "/G=Ute/S=*M{200}uller/", NULL},
    {"S=\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\xd0\xbe\xd0\xb2",
     "S=\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\xd0\xbe\xd0\xb2",
     "/S=\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\xd0\xbe\xd0\xb2/", NULL},
    {"/O=Acme*Acme/", "O=Acme", "/O=Acme/", NULL},
    {"/O=*Acme/", "O=Acme", "/O=Acme/", NULL},
    {"/DD.*{200}u=*{200}o/", "DDA:\xc3\xbc=\xc3\xb6", "/DD.*{200}u=*{200}o/", NULL},
    /* the other forms of address */
    {"N-ID=1234; P=X; C=GB", "N-ID=1234; P=X; A= ; C=GB", "/UA-ID=1234/PRMD=X/ADMD= /C=GB/", NULL},
    {"X.121=23421920; T-ID=AA; T-TY=tlx", "X.121=23421920; T-ID=AA; T-TY=tlx",
     "/X121=23421920/T-ID=AA/T-TY=tlx/", NULL},
    {"T-TY=99", "T-TY=99", "/T-TY=99/", NULL},
    {"/NET-NUM=441234/NET-SUB=7/", "ISDN=441234; NET-SUB=7", "/NET-NUM=441234/NET-SUB=7/", NULL},
    {"PSAP=\"p\"/'0102'H//NS+4700_NS+48", "PSAP=\"p\"/'0102'H//NS+4700_NS+48",
     "/NET-PSAP=\"p\"$/'0102'H$/$/NS+4700_NS+48/", NULL},
    {"PD-C=GB; PD-PC=12345; PD-PN=Ann; PD-A2=Richmond; PD-A1=The Dome; A=x; C=GB",
     "PD-C=GB; PD-PC=12345; PD-PN=Ann; PD-A1=The Dome; PD-A2=Richmond; A=x; C=GB",
     "/PD-C=GB/PD-CODE=12345/PD-PN=Ann/PD-ADDRESS=The Dome|Richmond/ADMD=x/C=GB/", NULL},
    {"/PD-ADDRESS=The Dome|The Square|Richmond|England/",
     "PD-A1=The Dome; PD-A2=The Square; PD-A3=Richmond; PD-A4=England",
     "/PD-ADDRESS=The Dome|The Square|Richmond|England/", NULL},
    {"PD-A1=Caf\xc3\xa9; PD-A2=Richmond", "PD-A1=Caf\xc3\xa9; PD-A2=Richmond",
     "/PD-ADDRESS=*Caf{194}e{013}{010}Richmond/", NULL},
    {"PD-SN=s;PD-OF=a;PD-OFN=b;PD-EA=c;PD-O=d;PD-ED=e;PD-S=f;PD-B=g;PD-R=h;PD-U=i;PD-L=j",
     "PD-SN=s; PD-OF=a; PD-OFN=b; PD-EA=c; PD-O=d; PD-ED=e; PD-S=f; PD-B=g; PD-R=h; PD-U=i; "
     "PD-L=j",
     "/PD-SERVICE=s/PD-OFFICE=a/PD-OFFICE-NUM=b/PD-EXT-ADDRESS=c/PD-O=d/PD-EXT-DELIVERY=e/"
     "PD-STREET=f/PD-BOX=g/PD-RESTANTE=h/PD-UNIQUE=i/PD-LOCAL=j/",
     NULL},
    {"EXT.41=0c0141", "EXT.41=0c0141", "/EXT.41=0c0141/",
     "300e 3000 310a 3008 8001 29 a103 0c0141"},
    /* spelling */
    {" /g=Ann/gq=II/s=Smith", "G=Ann; S=Smith; Q=II", "/G=Ann/S=Smith/GQ=II/", NULL},
    {"g=Ann ;  S = Smith ;", "G=Ann; S=Smith", "/G=Ann/S=Smith/", NULL},
    {"/PN=Marshall.M.T.Rose/", "G=Marshall; I=MT; S=Rose", "/G=Marshall/I=MT/S=Rose/", NULL},
    {"/PN=M.T.Rose/", "I=MT; S=Rose", "/I=MT/S=Rose/", NULL},
    {"/PN=Marshall.Rose/", "G=Marshall; S=Rose", "/G=Marshall/S=Rose/", NULL},
    {"E.164=123;C=GB", "ISDN=123; A= ; C=GB", "/NET-NUM=123/ADMD= /C=GB/", NULL},
    {"/NET-ISDN=123/C=GB/", "ISDN=123; A= ; C=GB", "/NET-NUM=123/ADMD= /C=GB/", NULL},
    {"/PD-OFFICE NUMBER=9/", "PD-OFN=9", "/PD-OFFICE-NUM=9/", NULL},
    {"P=A_B; C=GB", "P=A_B; A= ; C=GB", "/PRMD=A_B/ADMD= /C=GB/", NULL},
};

static void reads_and_writes(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(forms); i++) {
        struct or_address a = parse(f, forms[i].text);
        struct or_address again;

        assert_string_equal(print(f, &a, OR_TEXT_A), forms[i].a);
        assert_string_equal(print(f, &a, OR_TEXT_B), forms[i].b);
        again = parse(f, forms[i].a);
        assert_true(or_address_equal(&a, &again));
        again = parse(f, forms[i].b);
        assert_string_equal(print(f, &again, OR_TEXT_B), forms[i].b);
        assert_true(or_address_equal(&a, &again));
        if (forms[i].ber)
            assert_octets(encode(f, &a), hex(f, forms[i].ber));
    }
}

static const struct {
    const char *text;
    int error;
    const char *why;
} mistakes[] = {
    {"", X4_ESYNTAX, "address is empty (position 1)"},
    {"   ", X4_ESYNTAX, "address is empty (position 1)"},
    {"Ann Smith", X4_ESYNTAX, "no \"=\" after \"Ann Smith\" (position 1)"},
    {"G=Ann; Smith; C=GB", X4_ESYNTAX, "no \"=\" after \"Smith\" (position 8)"},
    {"G=Ann; SN=Smith", X4_ESYNTAX, "unknown label \"SN\" (position 8)"},
    {"OU0=x", X4_ESYNTAX, "unknown label \"OU0\" (position 1)"},
    {"OU5000=x", X4_ESYNTAX, "unknown label \"OU5000\" (position 1)"},
    {"DDA=x", X4_ESYNTAX, "unknown label \"DDA\" (position 1)"},
    {"DDA:=x", X4_ESYNTAX, "DDA without a type (position 1)"},
    {"O=a; P=b; o=c", X4_EDUP, "o is given twice (position 11)"},
    {"OU1=a; OU1=b", X4_EDUP, "OU1 is given twice (position 8)"},
    {"OU2=a; C=GB", X4_ESYNTAX, "OU2 without OU1 (position 1)"},
    {"PD-A3=a; PD-A1=b", X4_ESYNTAX, "PD-A3 without PD-A2 (position 1)"},
    {"OU=a; OU1=b", X4_ESYNTAX, "OU with and without a number (position 7)"},
    {"G=Ann; S=; C=GB", X4_ESYNTAX, "S has no value (position 8)"},
    {"P=M\xc3\xbcller", X4_ESYNTAX, "P must not have other characters than ASCII (position 1)"},
    {"/P=A*B/", X4_ESYNTAX, "P has no teletex variant (position 2)"},
    {"N-ID=12a", X4_ESYNTAX, "N-ID cannot be \"12a\" (position 1)"},
    {"C=GB;X.121=+44", X4_ESYNTAX, "X.121 cannot be \"+44\" (position 6)"},
    {"T-TY=fax", X4_ESYNTAX, "T-TY cannot be \"fax\" (position 1)"},
    {"PSAP=TELEX+123", X4_ESYNTAX, "PSAP cannot be \"TELEX+123\" (position 1)"},
    {"EXT.41=0c01", X4_ESYNTAX, "address cannot be encoded: "},
    {"EXT.41=zz", X4_ESYNTAX, "EXT cannot be \"zz\" (position 1)"},
    {"NET-SUB=1", X4_ESYNTAX, "address cannot be encoded: "},
    {"/O=*{38}/", X4_ESYNTAX, "value is not well-formed after \"*\" (position 4)"},
    {"/O=*{256}/", X4_ESYNTAX, "value is not well-formed after \"*\" (position 4)"},
    {"/O=*{038/", X4_ESYNTAX, "value is not well-formed after \"*\" (position 4)"},
    {"/O=\xc3\xbc*A/", X4_ESYNTAX,
     "O has other than printable characters before \"*\" (position 2)"},
    {"/PD-ADDRESS=A&B*A/", X4_ESYNTAX,
     "PD-A has other than printable characters before \"*\" (position 2)"},
    {"/DD.A_=a*b/", X4_ESYNTAX,
     "DDA has other than printable characters before \"*\" (position 2)"},
    {"/DD.*{200}u=a*b/", X4_ESYNTAX, "printable value of a DDA with a teletex type (position 2)"},
    {"/PD-ADDRESS=/", X4_ESYNTAX, "PD-ADDRESS has no value (position 2)"},
    {"/PN=Marshall./", X4_ESYNTAX, "PN has no surname (position 5)"},
    {"O=a\nb", X4_ESYNTAX, "address is not UTF-8 text or has control characters (position 1)"},
    {"O=a\xff", X4_ESYNTAX, "address is not UTF-8 text or has control characters (position 1)"},
    {"O=\xc0\xaf", X4_ESYNTAX, "address is not UTF-8 text or has control characters (position 1)"},
};

static void explains_mistakes(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct or_address a;

        buf_reset(&f->why);
        assert_int_equal(or_address_parse(slice_str(mistakes[i].text), &f->arena, &a, &f->why),
                         mistakes[i].error);
        if (strncmp(buf_cstr(&f->why), mistakes[i].why, strlen(mistakes[i].why)) != 0)
            assert_string_equal(buf_cstr(&f->why), mistakes[i].why);
        /* and without a place for the explanation */
        assert_int_equal(or_address_parse(slice_str(mistakes[i].text), &f->arena, &a, NULL),
                         mistakes[i].error);
    }
}

static void refuses_long_text(void **state)
{
    struct fixture *f = *state;
    struct or_address a;
    char *text = calloc(1, 5000);

    assert_non_null(text);
    memset(text, 'x', 4999);
    memcpy(text, "O=", 2);
    assert_int_equal(or_address_parse(slice_str(text), &f->arena, &a, &f->why), X4_ELIMIT);
    assert_string_equal(buf_cstr(&f->why), "address has 4999 octets, 4096 allowed (position 5000)");
    text[4096] = '\0';
    assert_int_equal(or_address_parse(slice_str(text), &f->arena, &a, NULL), X4_OK);
    assert_int_equal(or_address_bounds(&a, &f->why), 1);
    free(text);
}

static void runs_out_of_memory_cleanly(void **state)
{
    struct fixture *f = *state;
    const char *text =
        "/S=Muller*M{200}uller/OU=a/OU=b/DD.X=y/PD-ADDRESS=a|b/CN=*{200}u/ADMD= /C=GB/";
    int error = X4_ENOMEM;

    for (size_t room = 0; error; room += 16) {
        struct arena small;
        struct or_address a;

        arena_init(&small, room);
        error = or_address_parse(slice_str(text), &small, &a, NULL);
        if (error)
            assert_int_equal(error, X4_ENOMEM);
        arena_free(&small);
        assert_true(room < 100000);
    }
    (void)f;
}

static void parses_patterns(void **state)
{
    struct fixture *f = *state;
    struct or_attributes list;

    assert_int_equal(or_attributes_parse(SLICE_LIT("c=*;a=;o=A*B%;DDA:SMTP=*@x_y"),
                                         OR_PARSE_PATTERN, &f->arena, &list, NULL),
                     X4_OK);
    assert_int_equal(list.count, 4);
    assert_int_equal(list.items[0].attr, OR_C);
    assert_octets(list.items[0].text, SLICE_LIT("*"));
    assert_int_equal(list.items[1].attr, OR_ADMD);
    assert_octets(list.items[1].text, SLICE_LIT(" "));
    assert_octets(list.items[2].text, SLICE_LIT("A*B%"));
    assert_octets(list.items[3].type, SLICE_LIT("SMTP"));
    assert_octets(list.items[3].text, SLICE_LIT("*@x_y"));
    assert_int_equal(or_attributes_parse(SLICE_LIT(""), OR_PARSE_PATTERN, &f->arena, &list, NULL),
                     X4_OK);
    assert_int_equal(list.count, 0);
}

static void composes_an_or_name(void **state)
{
    struct fixture *f = *state;
    struct or_name name;

    assert_int_equal(or_name_parse(SLICE_LIT("S=A;C=GB"), &f->arena, &name, NULL), X4_OK);
    assert_int_equal(ber_encode(&ber_type_or_name, &name, &f->out, NULL), X4_OK);
    assert_octets(buf_view(&f->out), hex(f, "6012 3010 6104 1302 4742 6203 1301 20 a503 8001 41"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_and_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(explains_mistakes, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_long_text, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_out_of_memory_cleanly, setup, teardown),
        cmocka_unit_test_setup_teardown(parses_patterns, setup, teardown),
        cmocka_unit_test_setup_teardown(composes_an_or_name, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
