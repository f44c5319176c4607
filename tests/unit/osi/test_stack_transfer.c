/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers and the turn between two whole stacks, in all three modes. */
#include "base/error.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { APDU_MAX = 300 * 1000 };

static void transfers_all_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 30 * 1024 - 10, 30 * 1024, 30 * 1024 + 1, 300 * 1000};
    static const unsigned checkpoints[] = {0, 1, 30};
    static const unsigned windows[] = {1, 3};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned c = 0; c < 6; c++) {
            struct stack_params params = pair_params(pair_modes[i]);
            struct pair p;

            params.checkpoint_kib = checkpoints[c % 3];
            params.window = windows[c / 3];
            params.max_tpdu = c % 2 ? 2048 : 65531;
            pair_init(&p, &params);
            p.a.piece = c == 4 ? 1000 : 0;
            pair_open(&p);
            for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
                pair_transfer(&p, &p.a, &p.b, pair_apdu(sizes[k]));
            pair_free(&p);
        }
    }
}

static void transfers_when_octets_come_one_by_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_params params = pair_params(pair_modes[i]);
        struct pair p;

        params.checkpoint_kib = 1;
        pair_init(&p, &params);
        p.chunk = 1;
        pair_open(&p);
        pair_transfer(&p, &p.a, &p.b, pair_apdu(3000));
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_CLOSED);
        pair_free(&p);
    }
}

/* The receiver confirms only every third checkpoint: the window holds the sender back, not more. */
static void the_window_holds_the_sender(void **state)
{
    struct stack_params params = pair_params(STACK_X410_1988);
    struct pair p;

    (void)state;
    params.checkpoint_kib = 1;
    pair_init(&p, &params);
    pair_open(&p);
    p.b.confirm_every = 0;
    end_send(&p.a, pair_apdu(10 * 1024), p.now);
    pair_run(&p);
    assert_int_equal(p.a.sent, 3 * 1024);
    assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_CHECKPOINT);
    assert_int_equal(p.b.last.u.checkpoint, 3);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 4, p.now), X4_EINVAL);
    p.b.confirm_every = 3;
    assert_int_equal(stack_checkpoint_secured(p.b.st, 3, p.now), X4_OK);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 2, p.now), X4_OK); /* late: nothing */
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 9, p.now), X4_OK); /* over: nothing */
    pair_free(&p);
}

static void a_closed_window_times_out(void **state)
{
    struct stack_params params = pair_params(STACK_NORMAL);
    struct pair p;

    (void)state;
    params.checkpoint_kib = 1;
    params.window = 1;
    pair_init(&p, &params);
    pair_open(&p);
    p.b.confirm_every = 0;
    assert_int_equal(stack_deadline(p.a.st), INT64_MAX);
    end_send(&p.a, pair_apdu(10 * 1024), p.now);
    pair_run(&p);
    assert_int_equal(stack_deadline(p.a.st), p.now + PAIR_ANSWER_MS);
    p.now += PAIR_ANSWER_MS;
    stack_timeout(p.a.st, p.now);
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
    assert_non_null(strstr(p.a.last.u.abort.text, "checkpoint"));
    assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
    assert_true(p.b.last.u.abort.by_peer);
    assert_int_equal(p.b.last.u.abort.reason, 0);
    pair_free(&p);
}

static void holds_back_while_output_waits(void **state)
{
    struct stack_params params = pair_params(STACK_X410_1988);
    struct stack_event ev;
    struct pair p;

    (void)state;
    params.checkpoint_kib = 64;
    params.window = 64;
    pair_init(&p, &params);
    pair_open(&p);
    end_send(&p.a, pair_apdu(APDU_MAX), p.now);
    end_run(&p.a, p.now);
    assert_true(stack_output(p.a.st).len >= STACK_OUTPUT_HIGH);
    assert_true(p.a.sent < APDU_MAX);
    assert_false(stack_next(p.a.st, &ev));
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    pair_free(&p);
}

static void wrong_segments_are_refused(void **state)
{
    struct pair p;
    struct stack_event ev;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    pair_open(&p);
    assert_int_equal(stack_send_segment(p.a.st, pair_apdu(1), p.now), X4_ESTATE);
    assert_int_equal(stack_transfer(p.b.st, 1, p.now), X4_ESTATE);
    assert_int_equal(stack_transfer(p.a.st, 100, p.now), X4_OK);
    assert_int_equal(stack_transfer(p.a.st, 100, p.now), X4_ESTATE);
    assert_true(stack_next(p.a.st, &ev));
    assert_int_equal(ev.type, STACK_EV_SEND);
    assert_int_equal(ev.u.want, 100);
    assert_false(stack_next(p.a.st, &ev));
    assert_int_equal(stack_send_segment(p.a.st, pair_apdu(101), p.now), X4_EINVAL);
    assert_int_equal(stack_send_segment(p.a.st, pair_apdu(0), p.now), X4_EINVAL);
    assert_int_equal(stack_send_segment(p.a.st, pair_apdu(100), p.now), X4_OK);
    assert_int_equal(stack_send_segment(p.a.st, pair_apdu(1), p.now), X4_ESTATE);
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    pair_free(&p);
}

/* What has been received waits until it is asked for; nothing is lost by a late reader. */
static void input_may_come_before_events_are_taken(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    pair_open(&p);
    p.a.piece = 1000;
    end_send(&p.a, pair_apdu(20000), p.now);
    end_run(&p.a, p.now);
    while (stack_output(p.a.st).len) {
        uint8_t copy[100];
        size_t n =
            stack_output(p.a.st).len < sizeof(copy) ? stack_output(p.a.st).len : sizeof(copy);

        memcpy(copy, stack_output(p.a.st).p, n);
        stack_input(p.b.st, slice_make(copy, n), p.now);
        memset(copy, 0, sizeof(copy));
        stack_sent(p.a.st, n);
    }
    end_run(&p.b, p.now);
    assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
    assert_true(slice_eq(buf_view(&p.b.received), pair_apdu(20000)));
    pair_free(&p);
}

/* Long segments stay where they were read to, but for those that are left over at the next input.
 */
static void long_data_are_copied_when_left_over(void **state)
{
    enum { LEN = 200 * 1000, READ = 70 * 1000 };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_params params = pair_params(pair_modes[i]);
        struct pair p;

        params.checkpoint_kib = 30;
        params.window = 20;
        pair_init(&p, &params);
        pair_open(&p);
        end_send(&p.a, pair_apdu(LEN), p.now);
        end_run(&p.a, p.now);
        for (uint8_t *last = NULL; last || stack_output(p.a.st).len;) {
            const struct slice read = slice_sub(stack_output(p.a.st), 0, READ);
            uint8_t *octets = read.len ? malloc(read.len) : NULL;

            if (read.len)
                memcpy(octets, read.p, read.len);
            stack_input(p.b.st, slice_make(octets, read.len), p.now);
            stack_sent(p.a.st, read.len);
            free(last);
            last = octets;
        }
        end_run(&p.b, p.now);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
        assert_true(slice_eq(buf_view(&p.b.received), pair_apdu(LEN)));
        pair_free(&p);
    }
}

/* What a SEND and those that follow at once will ask for is known before. */
static void tells_how_much_may_go(void **state)
{
    enum { CHECKPOINT = 30 * 1024, WINDOW = 4, LEN = 10 * CHECKPOINT };
    struct stack_params params = pair_params(STACK_X410_1988);
    struct stack_event ev;
    struct pair p;
    size_t ahead;

    (void)state;
    params.checkpoint_kib = CHECKPOINT / 1024;
    params.window = WINDOW;
    pair_init(&p, &params);
    pair_open(&p);
    assert_int_equal(stack_send_ahead(p.a.st), 0);
    assert_int_equal(stack_transfer(p.a.st, LEN, p.now), X4_OK);
    assert_int_equal(stack_send_ahead(p.a.st), 0);
    assert_true(stack_next(p.a.st, &ev));
    ahead = stack_send_ahead(p.a.st);
    assert_int_equal(ahead, WINDOW * CHECKPOINT);
    do {
        assert_int_equal(ev.type, STACK_EV_SEND);
        assert_true(ev.u.want <= ahead);
        assert_int_equal(stack_send_segment(p.a.st, pair_apdu(ev.u.want), p.now), X4_OK);
        ahead -= ev.u.want;
    } while (stack_next(p.a.st, &ev));
    assert_int_equal(ahead, 0);
    pair_free(&p);
}

static void turn_goes_back_and_forth(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        pair_start(&p, pair_modes[i]);
        pair_open(&p);
        assert_int_equal(stack_turn_please(p.a.st, 1, p.now), X4_ESTATE);
        assert_int_equal(stack_turn_give(p.b.st, p.now), X4_ESTATE);
        assert_int_equal(stack_turn_please(p.b.st, 2, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_TURN_PLEASE);
        assert_int_equal(p.a.last.u.priority, 2);
        assert_int_equal(stack_turn_give(p.a.st, p.now), X4_OK);
        assert_false(stack_has_turn(p.a.st));
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_TURN_GIVEN);
        assert_true(stack_has_turn(p.b.st));
        pair_transfer(&p, &p.b, &p.a, pair_apdu(50000));
        assert_int_equal(stack_close(p.b.st, p.now), X4_ESTATE); /* twa: the initiator closes */
        assert_int_equal(stack_turn_give(p.b.st, p.now), X4_OK);
        pair_run(&p);
        pair_transfer(&p, &p.a, &p.b, pair_apdu(10));
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_CLOSED);
        pair_free(&p);
    }
}

/* Just after a give, before the peer has acknowledged it. */
static void a_please_may_follow_a_give(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    pair_open(&p);
    assert_int_equal(stack_turn_give(p.a.st, p.now), X4_OK);
    assert_int_equal(stack_turn_please(p.a.st, 1, p.now), X4_OK);
    pair_run(&p);
    assert_int_equal(p.b.last.type, STACK_EV_TURN_PLEASE);
    assert_int_equal(p.b.last.u.priority, 1);
    assert_true(end_saw(&p.b, STACK_EV_TURN_GIVEN));
    pair_free(&p);
}

static void monologue_has_no_turn(void **state)
{
    struct stack_params params = pair_params(STACK_NORMAL);
    struct pair p;

    (void)state;
    params.two_way_alternate = false;
    pair_init(&p, &params);
    pair_open(&p);
    assert_false(p.b.open.two_way_alternate);
    assert_int_equal(stack_turn_give(p.a.st, p.now), X4_ESTATE);
    assert_int_equal(stack_turn_please(p.b.st, 0, p.now), X4_ESTATE);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_all_sizes),
        cmocka_unit_test(transfers_when_octets_come_one_by_one),
        cmocka_unit_test(the_window_holds_the_sender),
        cmocka_unit_test(a_closed_window_times_out),
        cmocka_unit_test(holds_back_while_output_waits),
        cmocka_unit_test(wrong_segments_are_refused),
        cmocka_unit_test(input_may_come_before_events_are_taken),
        cmocka_unit_test(long_data_are_copied_when_left_over),
        cmocka_unit_test(tells_how_much_may_go),
        cmocka_unit_test(turn_goes_back_and_forth),
        cmocka_unit_test(a_please_may_follow_a_give),
        cmocka_unit_test(monologue_has_no_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
