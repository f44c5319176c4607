/* SPDX-License-Identifier: Apache-2.0 */
/* The routing table: rows, an address, and the targets in the order in which they are tried. */
#include "route/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
    struct route_table *table;
    struct arena arena;
    struct buf text;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    assert_int_equal(route_table_new(&f->table), X4_OK);
    arena_init(&f->arena, 64 << 20);
    buf_init(&f->text, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    route_table_free(&f->table);
    assert_null(f->table);
    arena_free(&f->arena);
    buf_free(&f->text);
    free(f);
    return 0;
}

static void add(struct fixture *f, const char *space, unsigned cost, uint32_t target)
{
    buf_reset(&f->text);
    if (route_table_add(f->table, slice_str(space), cost, target, &f->text))
        fail_msg("%s: %s", space, buf_cstr(&f->text));
}

static struct or_address parse(struct fixture *f, const char *text)
{
    struct or_address a;

    buf_reset(&f->text);
    if (or_address_parse(slice_str(text), &f->arena, &a, &f->text))
        fail_msg("%s: %s", text, buf_cstr(&f->text));
    return a;
}

/* The targets for an address as "3 1,2": groups separated by blanks. */
static const char *targets(struct fixture *f, const char *address)
{
    struct or_address a = parse(f, address);
    struct route_candidates found;

    assert_int_equal(route_lookup(f->table, &a, &f->arena, &found), X4_OK);
    buf_reset(&f->text);
    for (size_t i = 0; i < found.count; i++) {
        const struct route_candidate *c = &found.items[i];

        if (i)
            buf_text(&f->text, c->group == c[-1].group ? "," : " ");
        buf_printf(&f->text, "%u", c->target);
    }
    return buf_cstr(&f->text);
}

/* ---- single rows: does it match? ------------------------------------------------------------- */

static const struct {
    const char *space;
    const char *address;
    bool matches;
} rows[] = {
    {"", "S=x", true},
    {"", "P=a; C=GB", true},
    {"*", "S=x", true},
    {"C=*", "S=x", true}, /* any value or none */
    {"C=%*", "S=x", false},
    {"C=GB", "S=x; C=gb", true},
    {"C=GB", "S=x; C=FR", false},
    {"C=GB", "S=x", false},
    {"X400:c=US;a= ;p=ORG", "S=x; P=org; A= ; C=us", true},
    {"/C=US/ADMD= /PRMD=ORG/", "S=x; P=org; A= ; C=us", true},
    /* blank ADMDs: a row for blank wants blank */
    {"C=US; A= ; P=ORG", "S=x; P=ORG; A=MCI; C=US", false},
    {"C=US; A=; P=ORG", "S=x; P=ORG; C=US", true},
    {"C=US; A=*; P=ORG", "S=x; P=ORG; C=US", true},
    {"C=US; A=*; P=ORG", "S=x; P=ORG; A=MCI; C=US", true},
    {"C=US; P=ORG", "S=x; P=ORG; A=MCI; C=US", true},
    /* a blank address finds the one ADMD that has its PRMD, but not an ADMD alone */
    {"C=US; A=MCI; P=ORG", "S=x; P=ORG; A= ; C=US", true},
    {"C=US; A=MCI; P=ORG; O=z", "S=x; O=z; P=ORG; A= ; C=US", true},
    {"C=US; A=MCI", "S=x; P=ORG; A= ; C=US", false},
    {"C=US; A=MCI; P=O*", "S=x; P=ORG; A= ; C=US", false},
    {"A=MCI; P=ORG", "S=x; P=ORG; A= ; C=US", false},
    {"C=US; A=M*; P=ORG", "S=x; P=ORG; A= ; C=US", false},
    /* values as they are compared */
    {"A=400; C=GB", "S=x; A=4 0 0; C=GB", true},
    {"O=acme  ltd", "O=ACME Ltd", true},
    {"O=Caf\xc3\xa9", "/O=Cafe*CAF{194}E/", true},
    {"O=cafe", "/O=Cafe*CAF{194}E/", true},
    {"O=other", "/O=Cafe*CAF{194}E/", false},
    {"O=", "S=x", true}, /* a template field left empty */
    /* patterns */
    {"O=ac*", "O=Acme", true},
    {"O=*me", "O=Acme", true},
    {"O=*c*e*", "O=Acme", true},
    {"O=*x*", "O=Acme", false},
    {"O=a%me", "O=Acme", true},
    {"O=a%%me", "O=Acme", false},
    {"O=%", "O=\xc3\xa9", true},
    {"O=a*b*c", "O=aXbYbZc", true},
    {"O=a*b*c", "O=aXbYbZ", false},
    {"O=*", "P=x", true},
    {"O=%*", "P=x", false},
    /* units, and what comes behind them */
    {"OU1=labs; OU2=t*", "O=a; OU1=Labs; OU2=Tests", true},
    {"OU1=labs; OU2=t*", "O=a; OU1=Tests; OU2=Labs", false},
    {"O=a; OU2=tests", "O=a; OU1=Labs; OU2=Tests", true},
    {"CN=EGLL*", "CN=EGLLYFYX; C=XX", true},
    {"S=Smith; G=A*", "G=Ann; S=Smith", true},
    {"S=Smith; G=A*", "S=Smith", false},
    {"N-ID=12*", "N-ID=1234; C=GB", true},
    {"X.121=2342*", "X.121=23421920", true},
    {"PD-C=GB", "PD-C=GB; PD-PC=1; A=x; C=GB", true},
    /* domain-defined attributes and foreign types */
    {"DDA:FAX=44*", "DDA:fax=441234", true},
    {"DDA:FAX=44*", "DDA:fax=331234", false},
    {"DDA:FAX=44*", "S=x", false},
    {"DDA:FAX=*", "S=x", false},
    {"DDA:FAX=", "DDA:FAX=1", true},
    {"DDA:F*=1*", "DDA:FAX=12", true},
    {"SMTP:*@acme.com", "DDA:SMTP=fred(a)ACME.com", true},
    {"SMTP:*@acme.com", "DDA:SMTP=fred(a)acme.org", false},
    {"SMTP:*@acme.com", "DDA:X=1; DDA:SMTP=fred(a)acme.com; C=GB", true},
    {"SMTP:fred(a)acme.com", "DDA:SMTP=fred(a)acme.com", true},
    {"SMTP:", "DDA:SMTP=x", true},
    {"MS:NET/PO/*", "DDA:MS=NET/PO/FRED", true},
    {"DDA:A=1; DDA:B=2", "DDA:B=2; DDA:A=1", true},
    {"DDA:A=1; DDA:B=2", "DDA:A=1", false},
};

static void matches_single_rows(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        route_table_free(&f->table);
        assert_int_equal(route_table_new(&f->table), X4_OK);
        add(f, rows[i].space, 1, 7);
        assert_int_equal(route_table_seal(f->table), X4_OK);
        if ((strcmp(targets(f, rows[i].address), "7") == 0) != rows[i].matches)
            fail_msg("\"%s\" and \"%s\"", rows[i].space, rows[i].address);
    }
}

/* ---- order ----------------------------------------------------------------------------------- */

static void prefers_the_most_specific_row(void **state)
{
    struct fixture *f = *state;

    add(f, "", 1, 1);
    add(f, "*", 100, 2);
    add(f, "C=GB", 50, 3);
    add(f, "C=GB; A=*; P=ACME", 50, 4);
    add(f, "C=GB; A=GOLD; P=ACME", 50, 5);
    add(f, "C=GB; A=GOLD; P=ACME; O=La*", 50, 6);
    add(f, "C=GB; A=GOLD; P=ACME; O=Lab*", 50, 7);
    add(f, "C=GB; A=GOLD; P=ACME; O=Labs", 50, 8);
    add(f, "C=GB; A=GOLD; P=ACME; O=*", 50, 9);
    add(f, "C=GB; A=GOLD; P=ACME; O=Labs; OU1=x; S=Smith", 50, 10);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_int_equal(route_table_rows(f->table), 10);

    assert_string_equal(targets(f, "S=y; O=Labs; P=ACME; A=GOLD; C=GB"), "8 7 6 9 5 4 3 2 1");
    assert_string_equal(targets(f, "S=Smith; OU1=x; O=Labs; P=ACME; A=GOLD; C=GB"),
                        "10 8 7 6 9 5 4 3 2 1");
    assert_string_equal(targets(f, "S=y; P=ACME; A=TIN; C=GB"), "4 3 2 1");
    assert_string_equal(targets(f, "S=y; C=FR"), "2 1");
    /* with a blank ADMD a row that names one is as good as one with "*": O decides, not A */
    assert_string_equal(targets(f, "S=y; O=Labs; P=ACME; A= ; C=GB"), "8 7 6 9 4,5 3 2 1");
}

/* C=US;P=ORG says more than C=US;A=*, though it leaves out the ADMD. */
static void gaps_do_not_count(void **state)
{
    struct fixture *f = *state;

    add(f, "C=US; A=*", 1, 1);
    add(f, "C=US; P=ORG", 1, 2);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_string_equal(targets(f, "S=x; P=ORG; A=MCI; C=US"), "2 1");
}

static void orders_equal_rows_by_cost(void **state)
{
    struct fixture *f = *state;

    add(f, "C=GB; A= ; P=ACME", 30, 1);
    add(f, "P=acme; C=gb; A=", 10, 2);
    add(f, "C=GB; A= ; P=ACME", 10, 3);
    add(f, "C=GB", 1, 4);
    add(f, "C=GB", 1, 3); /* worse row of a target that is there already */
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_string_equal(targets(f, "S=x; P=ACME; C=GB"), "2,3,1 4");
}

static void foreign_types_come_first(void **state)
{
    struct fixture *f = *state;

    add(f, "C=GB; A= ; P=ACME; O=Labs", 1, 1);
    add(f, "SMTP:*@acme.com", 90, 2);
    add(f, "SMTP:*", 1, 3);
    add(f, "SMTP:fred@acme.com", 95, 4);
    add(f, "*:fred*", 1, 5);
    add(f, "DDA:S*=fred*", 1, 6);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_string_equal(targets(f, "DDA:SMTP=Fred(a)acme.com; O=Labs; P=ACME; C=GB"),
                        "4 2 5,6 3 1");
    assert_string_equal(targets(f, "DDA:SMTP=x(a)y; O=Labs; P=ACME; C=GB"), "3 1");
    assert_string_equal(targets(f, "O=Labs; P=ACME; C=GB"), "1");
}

static void a_prmd_under_two_admds_is_ambiguous(void **state)
{
    struct fixture *f = *state;
    struct route_explanation why;
    struct or_address a;

    add(f, "C=US; A=MCI; P=ORG", 1, 1);
    add(f, "C=US; A=ATT; P=ORG", 1, 2);
    add(f, "C=US; A=MCI; P=OTHER", 1, 3);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_string_equal(targets(f, "S=x; P=ORG; A= ; C=US"), "");
    assert_string_equal(targets(f, "S=x; P=ORG; A=ATT; C=US"), "2");
    assert_string_equal(targets(f, "S=x; P=OTHER; C=US"), "3");
    a = parse(f, "S=x; P=ORG; C=US");
    assert_int_equal(route_explain(f->table, &a, &f->arena, &why), X4_OK);
    assert_string_equal(why.items[0].text, "A is blank and the PRMD is known under several ADMDs, "
                                           "the row wants \"mci\"");
}

/* ---- explaining ------------------------------------------------------------------------------ */

static void explains_every_row(void **state)
{
    static const struct {
        enum route_verdict verdict;
        unsigned row;
        const char *text;
    } expected[] = {
        {ROUTE_CANDIDATE, 4, "C exact, A any, P exact, O pattern"},
        {ROUTE_CANDIDATE, 0, "C exact"},
        {ROUTE_SHADOWED, 5, "matches every address; row 4 of the same target is better"},
        {ROUTE_REJECTED, 1, "O is \"labs\", the row wants \"sales\""},
        {ROUTE_REJECTED, 6, "OU1 is absent, the row wants \"x\""},
        {ROUTE_REJECTED, 2, "A is \"gold\", the row wants a blank one"},
        {ROUTE_REJECTED, 3, "DDA:smtp is absent, the row wants \"*@x\""},
    };
    struct fixture *f = *state;
    struct or_address a = parse(f, "S=x; O=Labs; P=ACME; A=GOLD; C=GB");
    struct route_explanation why;

    add(f, "C=GB", 9, 1);
    add(f, "C=GB; A=GOLD; P=ACME; O=Sales", 1, 2);
    add(f, "C=GB; A=", 1, 3);
    add(f, "SMTP:*@x", 1, 4);
    add(f, "C=GB; A=*; P=ACME; O=L%bs", 5, 5);
    add(f, "", 1, 5);
    add(f, "O=Labs; OU1=x; C=GB", 1, 6);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_int_equal(route_explain(f->table, &a, &f->arena, &why), X4_OK);
    assert_int_equal(why.count, COUNT(expected));
    assert_int_equal(why.candidates, 2);
    for (size_t i = 0; i < why.count; i++) {
        assert_int_equal(why.items[i].row.row, expected[i].row);
        assert_int_equal(why.items[i].verdict, expected[i].verdict);
        assert_string_equal(why.items[i].text, expected[i].text);
    }
    assert_int_equal(why.items[1].row.group, 1);
    assert_int_equal(why.items[0].row.cost, 5);
}

/* ---- building -------------------------------------------------------------------------------- */

static void refuses_bad_rows(void **state)
{
    static const struct {
        const char *space;
        unsigned cost;
        int error;
        const char *why;
    } bad[] = {
        {"C=GB", 0, X4_EINVAL, "cost must be 1 to 100"},
        {"C=GB", 101, X4_EINVAL, "cost must be 1 to 100"},
        {"C=GB; X=1", 1, X4_ESYNTAX, "unknown label \"X\" (position 7)"},
        {"everything", 1, X4_ESYNTAX, "no \"=\" after \"everything\" (position 1)"},
        {"C=GB; C=FR", 1, X4_EDUP, "C is given twice (position 7)"},
        {"SMTP:\xff", 1, X4_ESYNTAX, "address space is not UTF-8 text"},
        {"OU5=x", 1, X4_ESYNTAX, "an address space has no more than OU1 to OU4"},
        {"C=G\x01", 1, X4_ESYNTAX,
         "address is not UTF-8 text or has control characters (position 1)"},
    };
    struct fixture *f = *state;
    struct or_address a = parse(f, "C=GB");
    struct route_candidates found;

    for (size_t i = 0; i < COUNT(bad); i++) {
        buf_reset(&f->text);
        assert_int_equal(
            route_table_add(f->table, slice_str(bad[i].space), bad[i].cost, 1, &f->text),
            bad[i].error);
        assert_string_equal(buf_cstr(&f->text), bad[i].why);
        assert_int_equal(route_table_add(f->table, slice_str(bad[i].space), bad[i].cost, 1, NULL),
                         bad[i].error);
    }
    assert_int_equal(route_table_rows(f->table), 0);
    assert_int_equal(route_lookup(f->table, &a, &f->arena, &found), X4_ESTATE);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    assert_int_equal(route_lookup(f->table, &a, &f->arena, &found), X4_OK);
    assert_int_equal(found.count, 0);
    assert_int_equal(route_table_add(f->table, SLICE_LIT("C=GB"), 1, 1, NULL), X4_ESTATE);
}

static void runs_out_of_memory_cleanly(void **state)
{
    struct fixture *f = *state;
    struct or_address a = parse(f, "S=x; O=Labs; P=ACME; A=GOLD; C=GB");
    int error = X4_ENOMEM;

    add(f, "C=GB; A=GOLD; P=ACME; O=La*", 1, 1);
    assert_int_equal(route_table_seal(f->table), X4_OK);
    for (size_t room = 0; error; room += 16) {
        struct route_candidates found;
        struct arena small;

        arena_init(&small, room);
        error = route_lookup(f->table, &a, &small, &found);
        assert_true(error == X4_OK || error == X4_ENOMEM);
        arena_free(&small);
    }
}

/* ---- many rows ------------------------------------------------------------------------------- */

enum { MANY_PRMDS = 2000, MANY_ORGANIZATIONS = 5 };

static void fill(struct fixture *f)
{
    char space[128];

    for (unsigned p = 0; p < MANY_PRMDS; p++) {
        for (unsigned o = 0; o < MANY_ORGANIZATIONS; o++) {
            snprintf(space, sizeof(space), "C=%c%c; A=ADMD%u; P=PRMD%u; O=ORG%u",
                     'A' + (int)(p % 26), 'A' + (int)(p / 26 % 26), p % 7, p, o);
            add(f, space, 1 + o, p * MANY_ORGANIZATIONS + o);
        }
    }
    add(f, "*", 100, 1000000);
    assert_int_equal(route_table_seal(f->table), X4_OK);
}

static void finds_its_way_among_many_rows(void **state)
{
    struct fixture *f = *state;
    struct timespec start;
    struct timespec end;
    char text[128];
    double ns;

    fill(f);
    for (unsigned p = 0; p < MANY_PRMDS; p += 97) {
        char expected[32];

        snprintf(text, sizeof(text), "S=x; O=org3; P=prmd%u; A=%s; C=%c%c", p,
                 p % 2 ? " " : "admd0", 'A' + (int)(p % 26), 'A' + (int)(p / 26 % 26));
        snprintf(expected, sizeof(expected), "%u 1000000", p * MANY_ORGANIZATIONS + 3);
        assert_string_equal(targets(f, text), p % 2 || p % 7 == 0 ? expected : "1000000");
    }
    enum { TIMES = 20000 };
    struct or_address a = parse(f, "S=x; O=org3; P=prmd7; A=admd0; C=HA");
    struct arena scratch;

    arena_init(&scratch, 1 << 20);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < TIMES; i++) {
        struct route_candidates found;

        arena_reset(&scratch);
        assert_int_equal(route_lookup(f->table, &a, &scratch, &found), X4_OK);
        assert_int_equal(found.count, 2);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    arena_free(&scratch);
    ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    print_message("%zu rows: %.0f ns per lookup\n", route_table_rows(f->table), ns / TIMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(matches_single_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(prefers_the_most_specific_row, setup, teardown),
        cmocka_unit_test_setup_teardown(gaps_do_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(orders_equal_rows_by_cost, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_types_come_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_prmd_under_two_admds_is_ambiguous, setup, teardown),
        cmocka_unit_test_setup_teardown(explains_every_row, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_out_of_memory_cleanly, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_its_way_among_many_rows, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
