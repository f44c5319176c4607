/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling? Evidence against connectors, and what the operator is told. */
#include "connector/x400/identify.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define CONFIGURATION "/o=Acme/ou=London/cn=Configuration/"
#define STACK         CONFIGURATION "cn=Servers/cn=S/cn=TCP"
#define CONNECTIONS   CONFIGURATION "cn=Connections/cn="

static const char site[] =
    "base: /o=Acme/ou=London\n"
    "objects:\n"
    "  /o=Acme: {}\n"
    "  /o=Acme/ou=London: {gdi: {country: GB, admd: ' ', prmd: ACME}}\n"
    "  cn=Configuration/cn=Servers/cn=S: {mta-name: LONDON, mta-password: own}\n"
    "  cn=Configuration/cn=Servers/cn=S/cn=TCP: {t-selector: MTA}\n"
    "  cn=Configuration/cn=Servers/cn=S/cn=TCP 2: {port: 103}\n"
    "  cn=Configuration/cn=Servers/cn=S/cn=TCP 3:\n"
    "    {port: 104, t-selector: MTA, s-selector: 0x53, p-selector: P}\n"
    "  cn=Configuration/cn=Connections/cn=usual:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: PARIS,\n"
    "     remote-mta-password: sesame,\n"
    "     remote-hosts: [192.0.2.1, 10.99.0.0/16, '2001:db8:7::/48', paris.example]}\n"
    "  cn=Configuration/cn=Connections/cn=no password:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: PARIS,\n"
    "     remote-hosts: [192.0.2.1]}\n"
    "  cn=Configuration/cn=Connections/cn=name only:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: PARIS,\n"
    "     schedule: remote-initiated, two-way-alternate: true, identify-by: [mta-name]}\n"
    "  cn=Configuration/cn=Connections/cn=selectors:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: PARIS,\n"
    "     remote-hosts: [192.0.2.1], identify-by: [calling-selectors, called-tsel],\n"
    "     outgoing-t-selector: OUT-T, outgoing-s-selector: OUT-S, outgoing-p-selector: OUT-P,\n"
    "     incoming-t-selector: IN-T}\n"
    "  cn=Configuration/cn=Connections/cn=called:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP 3, remote-mta-name: PARIS,\n"
    "     remote-hosts: [192.0.2.1], identify-by: [called-selectors]}\n"
    "  cn=Configuration/cn=Connections/cn=elsewhere:\n"
    "    {stack: cn=Configuration/cn=Servers/cn=S/cn=TCP 2, remote-mta-name: PARIS,\n"
    "     remote-hosts: [192.0.2.1]}\n";

struct fixture {
    struct directory *directory;
    struct x400_stack_profile stack;
    struct x400_profile profile;
};

static void load(struct fixture *f, const char *connector)
{
    const struct mts_identity own = {.gdi = mts_gdi_make("GB", " ", "ACME"),
                                     .mta_name = SLICE_LIT("LONDON")};
    const struct conf_object *o;
    char dn[256];

    snprintf(dn, sizeof(dn), CONNECTIONS "%s", connector);
    o = directory_find(f->directory, dn);
    assert_non_null(o);
    x400_profile_load(&f->profile, f->directory, o,
                      directory_find(f->directory, CONFIGURATION "cn=Servers/cn=S"), &own);
    x400_stack_profile_load(&f->stack, directory_find(f->directory, f->profile.stack_dn));
}

static int set_up(void **state)
{
    static struct fixture f;
    struct directory *empty = directory_empty();
    struct conf_document document;
    struct conf_errors errors;

    conf_errors_init(&errors, "site");
    assert_int_equal(conf_document_parse(slice_str(site), &document, &errors), X4_OK);
    directory_apply(empty, &document, DIRECTORY_MERGE, &f.directory, &errors);
    if (errors.count) {
        char line[CONF_ERROR_TEXT];

        conf_error_print(&errors, 0, line);
        print_error("%s\n", line);
    }
    assert_non_null(f.directory);
    conf_document_free(&document);
    conf_errors_free(&errors);
    directory_unref(&empty);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    directory_unref(&((struct fixture *)*state)->directory);
    return 0;
}

static struct slice given(const char *text)
{
    return text ? slice_str(text) : SLICE_NONE;
}

/* Evidence; NULL: the usual. "-": nothing was sent. */
struct row {
    const char *connector;
    const char *peer, *name, *password, *called_t, *called_s, *called_p;
    const char *calling_t, *calling_s, *calling_p;
    enum stack_mode mode;
    unsigned mismatches;
    const char *told;
};

static const char *usual(const char *text, const char *otherwise)
{
    if (!text)
        return otherwise;
    return strcmp(text, "-") == 0 ? NULL : text;
}

static const char address_told[] = "usual: the address is not in remote-hosts (192.0.2.1, "
                                   "10.99.0.0/16, 2001:db8:7::/48, paris.example [not resolved])";

static const struct row rows[] = {
    {.connector = "usual", .told = "usual: matches"},
    {.connector = "usual", .name = "paris", .told = "usual: matches"},
    /* addresses */
    {.connector = "usual", .peer = "192.0.2.2", .mismatches = X400_ADDRESS, .told = address_told},
    {.connector = "usual", .peer = "10.99.0.100", .told = "usual: matches"},
    {.connector = "usual", .peer = "10.99.255.255", .told = "usual: matches"},
    {.connector = "usual", .peer = "10.98.255.255", .mismatches = X400_ADDRESS},
    {.connector = "usual", .peer = "10.100.0.0", .mismatches = X400_ADDRESS},
    {.connector = "usual", .peer = "2001:db8:7:ffff::1", .told = "usual: matches"},
    {.connector = "usual", .peer = "2001:db8:8::1", .mismatches = X400_ADDRESS},
    {.connector = "usual", .peer = "::ffff:10.99.0.100", .told = "usual: matches"},
    /* names and passwords */
    {.connector = "usual",
     .name = "MADRID",
     .mismatches = X400_NAME,
     .told = "usual: the MTA name is not PARIS"},
    {.connector = "usual", .name = "PARI", .mismatches = X400_NAME},
    {.connector = "usual", .name = "-", .mismatches = X400_NAME},
    {.connector = "usual",
     .password = "Sesame",
     .mismatches = X400_PASSWORD,
     .told = "usual: the password differs (case matters)"},
    {.connector = "usual", .password = "sesam", .mismatches = X400_PASSWORD},
    {.connector = "usual",
     .password = "-",
     .mismatches = X400_PASSWORD,
     .told = "usual: no password was given"},
    {.connector = "no password",
     .mismatches = X400_PASSWORD,
     .told = "no password: a password was given, none is expected"},
    {.connector = "no password", .password = "-", .told = "no password: matches"},
    {.connector = "no password", .password = "", .told = "no password: matches"},
    {.connector = "usual",
     .peer = "192.0.2.9",
     .name = "X",
     .password = "y",
     .mismatches = X400_ADDRESS | X400_NAME | X400_PASSWORD},
    {.connector = "name only",
     .peer = "203.0.113.7",
     .password = "whatever",
     .told = "name only: matches"},
    {.connector = "name only", .name = "X", .mismatches = X400_NAME},
    /* stacks and selectors: a blank incoming one means the outgoing one */
    {.connector = "elsewhere", .password = "-", .mismatches = X400_OTHER_STACK},
    {.connector = "selectors",
     .calling_t = "IN-T",
     .calling_s = "OUT-S",
     .calling_p = "OUT-P",
     .told = "selectors: matches"},
    {.connector = "selectors",
     .calling_t = "OUT-T",
     .calling_s = "OUT-S",
     .calling_p = "OUT-P",
     .mismatches = X400_CALLING,
     .told = "selectors: the calling selectors are not those expected"},
    {.connector = "selectors",
     .calling_t = "IN-T",
     .calling_s = "OUT-S",
     .mismatches = X400_CALLING},
    {.connector = "selectors",
     .calling_t = "IN-T",
     .calling_s = "out-s",
     .calling_p = "OUT-P",
     .mismatches = X400_CALLING},
    {.connector = "selectors",
     .calling_t = "IN-T",
     .mode = STACK_X410_1988,
     .told = "selectors: matches"},
    {.connector = "selectors", .mode = STACK_X410_1984, .mismatches = X400_CALLING},
    {.connector = "selectors",
     .called_t = "else",
     .calling_t = "IN-T",
     .mode = STACK_X410_1984,
     .mismatches = X400_CALLED_TSEL,
     .told = "selectors: the called T-selector is not the stack's"},
    {.connector = "called", .called_s = "S", .called_p = "P", .told = "called: matches"},
    {.connector = "called",
     .called_s = "S",
     .mismatches = X400_CALLED,
     .told = "called: the called selectors are not the stack's"},
    {.connector = "called", .called_p = "P", .mismatches = X400_CALLED},
    {.connector = "called", .called_t = "else", .called_s = "S", .mismatches = X400_CALLED},
    {.connector = "called", .mode = STACK_X410_1984, .told = "called: matches"},
};

static void check(struct fixture *f, const struct row *r)
{
    struct p1_bind bind = {.mta_name = given(usual(r->name, "PARIS")),
                           .password = given(usual(r->password, "sesame"))};
    struct io_addr peer;
    struct x400_evidence e = {
        .peer = &peer,
        .called = {given(usual(r->called_t, "MTA")), given(r->called_s), given(r->called_p)},
        .calling = {given(r->calling_t), given(r->calling_s), given(r->calling_p)},
        .bind = &bind,
        .mode = r->mode,
    };
    struct buf told;
    unsigned m;

    load(f, r->connector);
    e.stack_dn = r->mismatches & X400_OTHER_STACK ? STACK : f->profile.stack_dn;
    assert_int_equal(io_addr_parse(r->peer ? r->peer : "192.0.2.1", 40000, &peer), X4_OK);
    m = x400_mismatches(&f->profile, &f->stack, &e);
    if (m != r->mismatches)
        print_error("row %d\n", (int)(r - rows));
    assert_int_equal(m, r->mismatches);
    buf_init(&told, 4096);
    x400_explain(&f->profile, m, &e, &told);
    if (r->told)
        assert_string_equal(buf_cstr(&told), r->told);
    assert_null(strstr(buf_cstr(&told), "esame")); /* no secrets, neither ours nor theirs */
    buf_free(&told);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(*state, &rows[i]);
}

static unsigned compared;

bool __real_p1_password_equal(struct slice offered, struct slice expected);
bool __wrap_p1_password_equal(struct slice offered, struct slice expected);

bool __wrap_p1_password_equal(struct slice offered, struct slice expected)
{
    compared++;
    return __real_p1_password_equal(offered, expected);
}

/* Passwords are compared by the function whose time does not depend on the one expected, however
 * much they differ, and whatever else is wrong. */
static void test_passwords_take_the_same_time(void **state)
{
    static const char *const offered[] = {"sesame", "Sesame", "sesam", "s", "sesame and more", ""};

    for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        const struct row r = {.connector = "usual",
                              .name = i % 2 ? "MADRID" : NULL,
                              .password = offered[i],
                              .mismatches = (i ? X400_PASSWORD : 0) | (i % 2 ? X400_NAME : 0)};

        compared = 0;
        check(*state, &r);
        assert_int_equal(compared, 1);
    }
}

/* A name counts by what it was resolved to, and its port does not matter. */
static void test_resolved_names(void **state)
{
    struct fixture *f = *state;
    struct x400_profile before;
    struct x400_host *h;
    struct io_addr peer;

    load(f, "usual");
    h = &f->profile.host[3];
    assert_string_equal(h->name, "paris.example");
    assert_int_equal(io_addr_parse("203.0.113.7", 40000, &peer), X4_OK);
    assert_false(x400_host_matches(&f->profile, &peer));
    assert_int_equal(io_addr_parse("203.0.113.6", 102, &h->found[0]), X4_OK);
    assert_int_equal(io_addr_parse("203.0.113.7", 102, &h->found[1]), X4_OK);
    h->found_count = 2;
    assert_true(x400_host_matches(&f->profile, &peer));
    /* A new configuration keeps what it still names. */
    before = f->profile;
    load(f, "usual");
    assert_false(x400_host_matches(&f->profile, &peer));
    x400_profile_keep_addresses(&f->profile, &before);
    assert_true(x400_host_matches(&f->profile, &peer));
    load(f, "no password");
    x400_profile_keep_addresses(&f->profile, &before);
    assert_false(x400_host_matches(&f->profile, &peer));
}

/* Another address of the network in which a host chooses its own: an IPv6 /64; of IPv4, none. */
static void test_neighbours(void **state)
{
    static const struct {
        const char *peer;
        bool is_neighbour;
    } cases[] = {
        {"203.0.113.6", true},    {"203.0.113.7", false},         {"2001:db8:1::9", true},
        {"2001:db8:2::9", false}, {"2001:db8:1:0:ffff::1", true},
    };
    struct fixture *f = *state;
    struct x400_host *h;

    load(f, "usual");
    h = &f->profile.host[3];
    assert_int_equal(io_addr_parse("203.0.113.6", 102, &h->found[0]), X4_OK);
    assert_int_equal(io_addr_parse("2001:db8:1::1", 102, &h->found[1]), X4_OK);
    h->found_count = 2;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct io_addr peer;

        assert_int_equal(io_addr_parse(cases[i].peer, 40000, &peer), X4_OK);
        assert_int_equal(x400_neighbour_matches(&f->profile, &peer), cases[i].is_neighbour);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_passwords_take_the_same_time),
        cmocka_unit_test(test_resolved_names),
        cmocka_unit_test(test_neighbours),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
