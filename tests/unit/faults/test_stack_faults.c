/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks without memory: whichever allocation fails, the association ends once on each side, an
 * APDU counts as sent only where the other side has secured it, and nothing is left behind. */
#include "base/error.h"
#include "faults.h"
#include "osi/stack/stack.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { APDU = 5000, PIECE = 300, ROUNDS_MAX = 2000, ALLOCATIONS_MAX = 10000, ANSWER_MS = 1000 };

static const struct slice bind_argument = {.p = (const uint8_t *)"\x05\x00", .len = 2};

struct end {
    struct stack *st;
    unsigned opened, sent, secured, ends;
    bool served; /* has sent an APDU of its own */
};

static struct stack *make(bool initiator, enum stack_mode mode)
{
    const struct stack_params params = {
        .initiator = initiator,
        .mode = mode,
        .called = {.tsel = SLICE_LIT("MTA")},
        .max_tpdu = 256,
        .checkpoint_kib = 1,
        .window = 2,
        .two_way_alternate = true,
        .open_timeout_ms = ANSWER_MS,
        .answer_timeout_ms = ANSWER_MS,
        .user_reference = "mta",
        .utctime = "261122193300Z",
    };

    return stack_new(&params);
}

/* Each side sends one APDU; then whoever has the turn closes. */
static void take_turn(struct end *e)
{
    if (e->served) {
        if (stack_close(e->st, 0))
            stack_turn_give(e->st, 0);
        return;
    }
    e->served = true;
    stack_transfer(e->st, APDU, 0);
}

static void act(struct end *e, const struct stack_event *ev)
{
    static const uint8_t octets[APDU];

    switch (ev->type) {
    case STACK_EV_OPEN_IND:
        e->opened++;
        stack_accept(e->st, bind_argument, 0);
        break;
    case STACK_EV_OPENED:
        e->opened++;
        take_turn(e);
        break;
    case STACK_EV_TURN_GIVEN: take_turn(e); break;
    case STACK_EV_SEND: stack_send_segment(e->st, slice_make(octets, ev->u.want), 0); break;
    case STACK_EV_SENT:
        e->sent++;
        stack_turn_give(e->st, 0);
        break;
    case STACK_EV_NOT_SENT: stack_turn_give(e->st, 0); break;
    case STACK_EV_RECEIVE_CHECKPOINT: stack_checkpoint_secured(e->st, ev->u.checkpoint, 0); break;
    case STACK_EV_RECEIVE_END:
        e->secured++;
        stack_receive_secured(e->st, 0);
        break;
    case STACK_EV_REFUSED:
    case STACK_EV_CLOSED:
    case STACK_EV_ABORTED: e->ends++; break;
    default: break;
    }
}

static void run(struct end *e)
{
    struct stack_event ev;

    while (stack_next(e->st, &ev))
        act(e, &ev);
}

/* In pieces, so that TPDUs are put together too. */
static bool move(struct end *from, struct end *to)
{
    struct slice octets = stack_output(from->st);

    if (octets.len == 0)
        return false;
    octets = slice_sub(octets, 0, PIECE);
    stack_input(to->st, octets, 0);
    stack_sent(from->st, octets.len);
    run(to);
    run(from);
    return true;
}

static void converse(struct end *a, struct end *b)
{
    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        bool moved = move(a, b);

        if (!move(b, a) && !moved)
            break;
    }
    for (int i = 0; i < 2; i++) { /* who waits gives up, then TCP ends */
        struct end *e = i ? b : a;

        stack_timeout(e->st, 2 * ANSWER_MS);
        run(e);
        stack_closed(e->st, 2 * ANSWER_MS);
        run(e);
    }
}

static void check(const struct end *a, const struct end *b, bool failed)
{
    assert_int_equal(a->ends, 1);
    assert_int_equal(b->ends, 1);
    assert_true(a->sent <= b->secured);
    assert_true(b->sent <= a->secured);
    assert_true(stack_wants_close(a->st));
    assert_true(stack_wants_close(b->st));
    if (failed)
        return;
    assert_int_equal(a->sent, 1); /* without a fault all of it happens */
    assert_int_equal(b->sent, 1);
    assert_int_equal(a->opened + b->opened, 2);
}

/* True: the n-th allocation has failed. */
static bool story(enum stack_mode mode, unsigned n)
{
    struct end a = {.st = NULL}, b = {.st = NULL};
    bool called = false;
    bool failed;

    fault_at(n);
    a.st = make(true, mode);
    b.st = make(false, mode);
    if (a.st && b.st)
        called = stack_open(a.st, bind_argument, 0) == X4_OK;
    if (called) {
        run(&a);
        converse(&a, &b);
    }
    failed = fault_happened();
    if (called)
        check(&a, &b, failed);
    else
        assert_true(failed);
    stack_free(&a.st);
    stack_free(&b.st);
    return failed;
}

static void test_every_allocation_may_fail(void **state)
{
    static const enum stack_mode modes[] = {STACK_NORMAL, STACK_X410_1988, STACK_X410_1984};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        unsigned n = 1;

        while (story(modes[i], n))
            assert_true(++n < ALLOCATIONS_MAX);
        assert_true(n > 20);
    }
}

/* ---- what waits when memory fails ------------------------------------------------------------ */

enum {
    LONG_DATA = 20000,
    GIVE_DATA = 9000,
    TPDU = 7, /* with its TPKT */
    GT = 4 + 3 + 4 + GIVE_DATA,
    GT_AND_DT = TPDU + GT + 2 + LONG_DATA,
};

/* A TSDU: GT with user data, and a DT that is too long to be copied. */
static uint8_t *read_give_and_data(void)
{
    static const uint8_t headers[] = {
        3,   0,   GT_AND_DT >> 8, GT_AND_DT & 0xff, 2,  0xf0, 0x80, /* TPKT, DT TPDU */
        1,   255, (GT - 4) >> 8,  (GT - 4) & 0xff,  16, 1,    1,    /* the data token */
        193, 255, GIVE_DATA >> 8, GIVE_DATA & 0xff};
    uint8_t *octets = calloc(1, GT_AND_DT);

    assert_non_null(octets);
    memcpy(octets, headers, sizeof(headers));
    octets[TPDU + GT] = 1;
    return octets;
}

/* True: the n-th allocation behind the opening has failed. */
static bool give_up(enum stack_mode mode, unsigned n)
{
    struct end a = {.st = make(true, mode)}, b = {.st = make(false, mode)};
    uint8_t *octets = read_give_and_data();
    struct stack_event ev;
    bool failed;

    assert_int_equal(stack_open(a.st, bind_argument, 0), X4_OK);
    for (unsigned i = 0; i < 3; i++) { /* CR, CC, CN */
        while (move(i == 1 ? &b : &a, i == 1 ? &a : &b)) {
        }
    }
    stack_input(b.st, SLICE_LIT("\3\0\0\x10\2\xf0\x80\1\0\x2d\5\x29\3\2\1\1"), 0); /* AS */
    run(&b);
    fault_at(n);
    stack_input(b.st, slice_make(octets, GT_AND_DT), 0);
    assert_true(stack_next(b.st, &ev));
    act(&b, &ev);
    failed = fault_happened();
    fault_at(0);
    stack_input(b.st, SLICE_LIT("\3"), 0);
    free(octets);
    run(&b);
    assert_int_equal(b.ends, 1);
    stack_free(&a.st);
    stack_free(&b.st);
    return failed;
}

/* What a TSDU told before the end is not read behind it: its octets are gone. */
static void test_what_waits_at_the_end_is_not_read(void **state)
{
    static const enum stack_mode modes[] = {STACK_NORMAL, STACK_X410_1988, STACK_X410_1984};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        unsigned n = 1;

        while (give_up(modes[i], n))
            n++;
        assert_true(n > 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_what_waits_at_the_end_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
