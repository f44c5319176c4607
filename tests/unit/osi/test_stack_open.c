/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and refusing whole associations, in all three modes. */
#include "base/error.h"
#include "hex.h"
#include "osi/stack/dialect.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void opens_and_closes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_params params = pair_params(pair_modes[i]);
        struct pair p;

        params.calling =
            (struct stack_selectors){SLICE_LIT("from"), SLICE_LIT("S1"), SLICE_LIT("P1")};
        params.called =
            (struct stack_selectors){SLICE_LIT("593"), SLICE_LIT("MTA"), SLICE_LIT("P")};
        pair_init(&p, &params);
        pair_open(&p);
        assert_int_equal(p.b.open.mode, pair_modes[i]);
        assert_int_equal(p.a.open.mode, pair_modes[i]);
        assert_true(p.b.open.two_way_alternate);
        assert_false(p.b.open.turn_here);
        assert_true(p.a.open.turn_here);
        assert_int_equal(p.b.open.session_version, 0);
        assert_int_equal(p.a.open.session_version, 2);
        assert_int_equal(p.a.open.tpdu_size, 65531);
        assert_int_equal(p.a.open.checkpoint_kib, 30);
        assert_int_equal(p.a.open.window, 3);
        assert_true(slice_eq(buf_view(&p.b.bind), pair_bind_argument));
        assert_true(slice_eq(buf_view(&p.a.bind), pair_bind_result));
        assert_true(slice_eq(p.b.open.called.tsel, SLICE_LIT("593")));
        assert_true(slice_eq(p.b.open.calling.tsel, SLICE_LIT("from")));
        assert_true(slice_eq(p.b.open.called.ssel, SLICE_LIT("MTA")));
        assert_true(slice_eq(p.b.open.calling.ssel, SLICE_LIT("S1")));
        if (pair_modes[i] == STACK_NORMAL) {
            assert_true(slice_eq(p.b.open.called.psel, SLICE_LIT("P")));
            assert_true(slice_eq(p.b.open.calling.psel, SLICE_LIT("P1")));
        }
        assert_int_equal(stack_close(p.b.st, p.now), X4_ESTATE);
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_CLOSED);
        assert_int_equal(p.b.last.type, STACK_EV_CLOSED);
        assert_true(stack_wants_close(p.a.st));
        pair_free(&p);
    }
}

static void refuses_with_a_bind_error(void **state)
{
    static const struct {
        int bind_error;
        int in_x410; /* what arrives in X.410 mode, which knows fewer */
        bool transient;
    } cases[] = {{0, 0, true}, {2, 2, false}, {3, 3, false}, {4, 2, false}, {5, 2, false}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            const struct stack_refusal *r;
            struct pair p;

            pair_start(&p, pair_modes[i]);
            p.b.bind_error = cases[k].bind_error;
            assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
            pair_run(&p);
            r = &p.a.last.u.refusal;
            assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
            assert_int_equal(r->layer, STACK_LAYER_MTA);
            assert_int_equal(r->bind_error, pair_modes[i] == STACK_NORMAL ? cases[k].bind_error
                                                                          : cases[k].in_x410);
            assert_int_equal(r->transient, cases[k].transient);
            assert_true(strlen(r->text) > 20);
            assert_int_equal(p.b.last.type, STACK_EV_REFUSED);
            assert_int_equal(p.b.last.u.refusal.layer, STACK_LAYER_LOCAL);
            assert_int_equal(stack_transfer(p.a.st, 10, p.now), X4_ESTATE);
            pair_free(&p);
        }
    }
}

struct call {
    const char *t, *s, *p;  /* what the caller names; NULL: nothing */
    enum stack_layer layer; /* that refuses; LOCAL: none does */
    const char *text;       /* what the caller reads */
};

static struct slice named(const char *text)
{
    return text ? slice_str(text) : SLICE_NONE;
}

/* The responder says whose selector it was and both values; the caller gets that layer's own
 * answer. */
static void check_call(const struct call *c, enum stack_mode mode)
{
    struct stack_params a = pair_params(mode);
    struct stack_params b = {.max_tpdu = 2048, .open_timeout_ms = 1000, .window = 3};
    const struct stack_refusal *r;
    struct pair p;

    a.called = (struct stack_selectors){named(c->t), named(c->s), named(c->p)};
    b.called = (struct stack_selectors){SLICE_LIT("593"), SLICE_LIT("MTA"), SLICE_LIT("P")};
    pair_init(&p, &a);
    end_free(&p.b);
    end_init(&p.b, &b);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
    pair_run(&p);
    if (c->layer == STACK_LAYER_LOCAL) {
        assert_true(stack_is_open(p.a.st) && stack_is_open(p.b.st));
        pair_free(&p);
        return;
    }
    r = &p.b.last.u.refusal;
    assert_int_equal(p.b.last.type, STACK_EV_REFUSED);
    assert_int_equal(r->layer, c->layer);
    assert_true(slice_eq(r->called, named(c->layer == STACK_LAYER_TRANSPORT ? c->t
                                          : c->layer == STACK_LAYER_SESSION ? c->s
                                                                            : c->p)));
    assert_true(slice_present(r->expected));
    assert_non_null(strstr(r->text, "another"));
    r = &p.a.last.u.refusal;
    assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
    assert_int_equal(r->layer, c->layer);
    assert_false(r->transient);
    assert_non_null(strstr(r->text, c->text));
    pair_free(&p);
}

static void wrong_selectors_are_refused_by_their_layer(void **state)
{
    static const struct call calls[] = {
        {"593", "MTA", "P", STACK_LAYER_LOCAL, NULL},
        {"593", NULL, NULL, STACK_LAYER_LOCAL, NULL},
        {"593", "", "", STACK_LAYER_LOCAL, NULL},
        {"592", "MTA", "P", STACK_LAYER_TRANSPORT, "address unknown"},
        {NULL, "MTA", "P", STACK_LAYER_TRANSPORT, "address unknown"},
        {"593", "mta", "P", STACK_LAYER_SESSION, "the session selector is unknown there"},
        {"593", "mta", NULL, STACK_LAYER_SESSION, "the session selector is unknown there"},
    };
    static const struct call wrong_p = {"593", NULL, "Q", STACK_LAYER_PRESENTATION,
                                        "the presentation selector is unknown there"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++)
            check_call(&calls[k], pair_modes[i]);
    }
    check_call(&wrong_p, STACK_NORMAL);
}

static void negotiates_sizes(void **state)
{
    static const struct {
        unsigned proposed, ours, proposed_window, our_window;
        unsigned checkpoint, window;
    } cases[] = {
        {30, 30, 3, 3, 30, 3},
        {63, 30, 5, 3, 30, 3},
        {30, 63, 3, 5, 30, 3},
        {0, 15, 1, 3, 15, 1},
        {30, 0, 3, 3, 0, 3},
        {0, 0, 3, 3, 0, 3},
        {5000, 5000, 100, 100, 1023, 64},
    };

    (void)state;
    for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        struct stack_params a = pair_params(STACK_NORMAL);
        struct stack_params b = {.max_tpdu = 2048, .open_timeout_ms = 1000};
        struct pair p;

        a.checkpoint_kib = cases[k].proposed;
        a.window = cases[k].proposed_window;
        b.checkpoint_kib = cases[k].ours;
        b.window = cases[k].our_window;
        pair_init(&p, &a);
        end_free(&p.b);
        end_init(&p.b, &b);
        pair_open(&p);
        assert_int_equal(p.a.open.checkpoint_kib, cases[k].checkpoint);
        assert_int_equal(p.a.open.window, cases[k].window);
        pair_free(&p);
    }
}

static void opening_takes_too_long(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    assert_int_equal(stack_deadline(p.a.st), INT64_MAX);
    assert_int_equal(stack_deadline(p.b.st), 0);
    stack_timeout(p.b.st, p.now);
    assert_int_equal(stack_deadline(p.b.st), p.now + 120000);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_ESTATE);
    assert_int_equal(stack_deadline(p.a.st), p.now + 120000);
    stack_timeout(p.a.st, p.now + 120000);
    end_run(&p.a, p.now);
    assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
    assert_true(p.a.last.u.refusal.transient);
    stack_timeout(p.b.st, p.now + 120000);
    end_run(&p.b, p.now);
    assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
    assert_true(stack_wants_close(p.b.st));
    pair_free(&p);
}

/* [16] and [17] around MTABind, [18] around its error; X.410 mode has the bare integer. */
static void binds_are_unwrapped_strictly(void **state)
{
    static const struct {
        const char *tlv;
        bool unwrapped;
    } binds[] = {
        {"b002 0500", true},     {"b102 0500", false}, {"9002 0500", false}, {"0500", false},
        {"b003 0500 00", false}, {"b000", false},      {"b0", false},
    };
    static const struct {
        const char *tlv;
        int error;
    } errors[] = {
        {"b203 020102", 2}, {"020102", 2},  {"b200", -1},        {"b203 0201", -1},
        {"0a0102", -1},     {"0201ff", -1}, {"0203 010000", -1}, {"0200", -1},
    };
    const struct stack_dialect *normal = stack_dialect(STACK_NORMAL);

    (void)state;
    for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
        struct slice bind = stack_bind_unwrap(normal, BIND_INVOKE, hex(binds[i].tlv));

        assert_int_equal(slice_present(bind), binds[i].unwrapped);
        if (binds[i].unwrapped)
            assert_true(slice_eq(bind, SLICE_LIT("\x05\x00")));
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        assert_int_equal(stack_bind_error(hex(errors[i].tlv)), errors[i].error);
    assert_int_equal(stack_bind_error(SLICE_NONE), -1);
}

static void describes_itself(void **state)
{
    char text[100];
    struct pair p;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    pair_open(&p);
    stack_describe(p.a.st, text, sizeof(text));
    assert_non_null(strstr(text, "READY+"));
    stack_describe(p.b.st, text, 10);
    assert_true(strlen(text) < 10);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_closes),
        cmocka_unit_test(refuses_with_a_bind_error),
        cmocka_unit_test(wrong_selectors_are_refused_by_their_layer),
        cmocka_unit_test(negotiates_sizes),
        cmocka_unit_test(opening_takes_too_long),
        cmocka_unit_test(binds_are_unwrapped_strictly),
        cmocka_unit_test(describes_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
