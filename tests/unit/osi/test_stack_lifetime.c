/* SPDX-License-Identifier: Apache-2.0 */
/* How long what the stack tells can be read, when what came is too long to be copied. */
#include "base/error.h"
#include "base/limits.h"
#include "hex.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What was read from TCP, and is overwritten by what is read next. */
static uint8_t memory[LIMIT_TPKT];

/* A TPKT with this TSDU, whose first SPDU begins with a parameter that nobody knows and that makes
 * it long. */
static struct slice read_padded(struct slice tsdu)
{
    enum { PADDING = 20000, UNKNOWN_PI = 250, LI_LONG = 255 };
    const bool is_long = tsdu.p[1] == LI_LONG;
    const size_t li = is_long ? (size_t)tsdu.p[2] << 8 | tsdu.p[3] : tsdu.p[1];
    const struct slice rest = slice_from(tsdu, is_long ? 4 : 2);
    struct buf b = {.p = memory, .cap = sizeof(memory), .max = sizeof(memory)};

    buf_be16(&b, 0x0300);
    buf_be16(&b, (unsigned)(7 + 8 + PADDING + rest.len));
    hex_append(&b, "02f080");
    buf_u8(&b, tsdu.p[0]);
    buf_u8(&b, LI_LONG);
    buf_be16(&b, (unsigned)(4 + PADDING + li));
    buf_be16(&b, UNKNOWN_PI << 8 | LI_LONG);
    buf_be16(&b, PADDING);
    memset(buf_grow(&b, PADDING), 0, PADDING);
    buf_slice(&b, rest);
    return buf_view(&b);
}

static void read_next(void)
{
    memset(memory, 0, sizeof(memory));
}

static void hand_over(struct end *from, struct end *to, int64_t now)
{
    struct slice octets = stack_output(from->st);

    stack_input(to->st, octets, now);
    end_run(to, now);
    stack_sent(from->st, octets.len);
}

/* The TSDU of the one TPKT that e has written. */
static struct slice cn_of(const struct end *e)
{
    return slice_from(stack_output(e->st), 7);
}

/* Octets may go when there are no more events; a bind stays until the next ones. */
static void a_bind_stays_until_the_next_input(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_event ev, none;
        struct pair p;

        pair_start(&p, pair_modes[i]);
        assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
        hand_over(&p.a, &p.b, p.now); /* CR */
        hand_over(&p.b, &p.a, p.now); /* CC */
        stack_input(p.b.st, read_padded(cn_of(&p.a)), p.now);
        assert_true(stack_next(p.b.st, &ev));
        assert_int_equal(ev.type, STACK_EV_OPEN_IND);
        assert_false(stack_next(p.b.st, &none));
        read_next();
        assert_true(slice_eq(ev.u.open.bind, pair_bind_argument));
        pair_free(&p);
    }
}

/* PT and AEA in one TSDU make two events. When the next octets come between them, those of the
 * second may go. */
static void an_event_that_waits_needs_no_octets(void **state)
{
    static const char *const tsdus[3] = {
        "0211 100101 c10c610a3008020103a003020107 2a03 2a0131",
        "0208 100101 c103020107 2a03 2a0131",
        "0208 100101 c103020107 2a03 2a0131",
    };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_event ev;
        struct pair p;

        pair_start(&p, pair_modes[i]);
        pair_open(&p);
        end_send(&p.a, pair_apdu(1000), p.now);
        end_run(&p.a, p.now);
        stack_input(p.a.st, read_padded(hex(tsdus[i])), p.now);
        assert_true(stack_next(p.a.st, &ev));
        assert_int_equal(ev.type, STACK_EV_SENT);
        stack_input(p.a.st, SLICE_LIT("\x03"), p.now);
        read_next();
        assert_true(stack_next(p.a.st, &ev));
        assert_int_equal(ev.type, STACK_EV_TURN_PLEASE);
        assert_int_equal(ev.u.priority, 7);
        assert_false(stack_next(p.a.st, &ev));
        pair_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bind_stays_until_the_next_input),
        cmocka_unit_test(an_event_that_waits_needs_no_octets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
