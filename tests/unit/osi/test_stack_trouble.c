/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong between two whole stacks, in all three modes. */
#include "base/error.h"
#include "hex.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { APDU_MAX = 300 * 1000 };

static void sender_discards(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        pair_start(&p, pair_modes[i]);
        pair_open(&p);
        p.b.confirm_every = 0;
        end_send(&p.a, pair_apdu(APDU_MAX), p.now);
        pair_run(&p);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_ESTATE);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_NOT_SENT);
        assert_int_equal(p.a.last.u.failure.reason, -1);
        assert_true(p.a.last.u.failure.retry_here);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_DROPPED);
        p.b.confirm_every = 1;
        pair_transfer(&p, &p.a, &p.b, pair_apdu(100));
        pair_free(&p);
    }
}

static void receiver_reports_an_exception(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        pair_start(&p, pair_modes[i]);
        pair_open(&p);
        p.b.hold_end = true;
        end_send(&p.a, pair_apdu(1000), p.now);
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
        assert_int_equal(stack_receive_failed(p.b.st, false, p.now), X4_OK);
        assert_int_equal(stack_receive_secured(p.b.st, p.now), X4_ESTATE);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_NOT_SENT);
        assert_int_equal(p.a.last.u.failure.reason, 0);
        assert_true(p.a.last.u.failure.retry_here);
        assert_false(p.a.last.u.failure.completed);
        assert_true(stack_is_idle(p.b.st));
        p.b.hold_end = false;
        pair_transfer(&p, &p.a, &p.b, pair_apdu(1000));

        p.b.hold_end = true;
        end_send(&p.a, pair_apdu(1000), p.now);
        pair_run(&p);
        assert_int_equal(stack_receive_failed(p.b.st, true, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_false(p.a.last.u.abort.by_peer);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_int_equal(p.b.last.u.abort.reason, 3);
        pair_free(&p);
    }
}

/* The most common fault of normal mode: the APDU without the EXTERNAL around it. */
static void an_apdu_without_external_is_refused(void **state)
{
    static const char *const ends[] = {
        "0300 0018 02f080 01000100 610b 3009 020103 a004 0402a000", /* something else */
        "0300 000e 02f080 01002903 2a0131",                         /* nothing at all */
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;

        pair_start(&p, STACK_NORMAL);
        pair_open(&p);
        stack_input(p.b.st, hex("0300 0010 02f080 01002d05 2903020101"), p.now);
        end_run(&p.b, p.now);
        stack_input(p.b.st, hex(ends[i]), p.now);
        end_run(&p.b, p.now);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_non_null(strstr(p.b.last.u.abort.text, "EXTERNAL"));
        stack_input(p.a.st, stack_output(p.b.st), p.now);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_int_equal(p.a.last.u.abort.reason, 4);
        pair_free(&p);
    }
}

/* Two SPDUs of one TSDU, and both are wrong: GT of a token that does not exist, for which the
 * session aborts, and presentation data that are none, which it can no longer be asked to abort
 * for. */
static void two_faults_in_one_tsdu_end_the_association_once(void **state)
{
    struct stack_event ev;
    struct pair p;

    (void)state;
    pair_start(&p, STACK_NORMAL);
    pair_open(&p);
    stack_input(p.b.st, hex("0300 0010 02f080 0103100102 0100 0500"), p.now);
    assert_true(stack_next(p.b.st, &ev));
    assert_int_equal(ev.type, STACK_EV_ABORTED);
    assert_false(stack_next(p.b.st, &ev));
    assert_true(stack_wants_close(p.b.st));
    pair_free(&p);
}

static void aborts_carry_their_reason(void **state)
{
    static const int in_x410[] = {0, 1, 2, 3, 4, 0, 0, 7};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (int reason = 0; reason <= 7; reason++) {
            struct pair p;

            pair_start(&p, pair_modes[i]);
            pair_open(&p);
            p.b.hold_end = true;
            end_send(&p.a, pair_apdu(10), p.now);
            pair_run(&p);
            stack_abort(p.b.st, reason, p.now);
            pair_run(&p);
            assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
            assert_false(p.b.last.u.abort.by_peer);
            assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
            assert_true(p.a.last.u.abort.by_peer);
            assert_int_equal(p.a.last.u.abort.layer, STACK_LAYER_RTSE);
            assert_int_equal(p.a.last.u.abort.reason,
                             pair_modes[i] == STACK_NORMAL ? reason : in_x410[reason]);
            assert_int_equal(p.a.last.u.abort.transfer_completed, reason == 7);
            assert_true(stack_wants_close(p.a.st));
            pair_free(&p);
        }
    }
}

/* The end of TCP at each moment of an association ends it with one event on that side. */
static void tcp_ends_at_any_moment(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        size_t whole = SIZE_MAX;

        for (size_t cut = 0; cut < whole; cut += 7) {
            struct stack_params params = pair_params(pair_modes[i]);
            struct pair p;
            size_t delivered = 0;

            pair_init(&p, &params);
            assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
            while (delivered < cut && stack_output(p.a.st).len) {
                stack_input(p.b.st, slice_sub(stack_output(p.a.st), 0, 1), p.now);
                stack_sent(p.a.st, 1);
                delivered++;
                end_run(&p.b, p.now);
                stack_input(p.a.st, stack_output(p.b.st), p.now);
                stack_sent(p.b.st, stack_output(p.b.st).len);
                end_run(&p.a, p.now);
            }
            if (delivered < cut)
                whole = 0;
            stack_closed(p.b.st, p.now);
            stack_closed(p.a.st, p.now);
            end_run(&p.b, p.now);
            end_run(&p.a, p.now);
            assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
            assert_true(p.a.last.type == STACK_EV_REFUSED || p.a.last.type == STACK_EV_ABORTED);
            assert_true(p.a.last.type == STACK_EV_ABORTED || p.a.last.u.refusal.transient);
            assert_true(stack_wants_close(p.a.st) && stack_wants_close(p.b.st));
            assert_false(stack_is_open(p.a.st) || stack_is_open(p.b.st));
            pair_free(&p);
        }
    }
}

/* No answer to what we wait for: each state has its timer. */
static void answers_take_too_long(void **state)
{
    struct stack_event ev;

    (void)state;
    for (unsigned what = 0; what < 3; what++) {
        struct pair p;

        pair_start(&p, STACK_X410_1988);
        pair_open(&p);
        if (what == 2) {
            assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        } else {
            end_send(&p.a, pair_apdu(10), p.now);
            end_run(&p.a, p.now);
        }
        if (what == 1)
            assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        assert_int_equal(stack_deadline(p.a.st), p.now + PAIR_ANSWER_MS);
        stack_timeout(p.a.st, p.now + PAIR_ANSWER_MS - 1);
        assert_false(stack_next(p.a.st, &ev));
        stack_timeout(p.a.st, p.now + PAIR_ANSWER_MS);
        assert_true(stack_next(p.a.st, &ev));
        assert_int_equal(ev.type, STACK_EV_ABORTED);
        assert_non_null(strstr(ev.u.abort.text, "in time"));
        pair_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sender_discards),
        cmocka_unit_test(receiver_reports_an_exception),
        cmocka_unit_test(an_apdu_without_external_is_refused),
        cmocka_unit_test(two_faults_in_one_tsdu_end_the_association_once),
        cmocka_unit_test(aborts_carry_their_reason),
        cmocka_unit_test(tcp_ends_at_any_moment),
        cmocka_unit_test(answers_take_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
