/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that stop half-way: each has a time, and what waits goes on without them. */
#include "pair.h"
#include "robot.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };

static const struct parcel quiet = {.octets = 200};

static struct pair *make(const char *a, const char *b)
{
    const struct pair_options options = {.a_connector = a, .b_connector = b};

    return pair_new(&options);
}

static void shut(struct pair **p, struct robot *r)
{
    pair_advance(*p, SECOND);
    robot_free(r);
    pair_free(p);
}

/* The peer took the turn of an association that we opened and does nothing with it: after a time it
 * is ended, with one event, and another one carries what waits. */
static void test_turn_that_is_never_given_back(void **state)
{
    struct pair *p = make("two-way-alternate: true, remote-hosts: [10.0.0.9]", "");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.takes_turn = r.keeps_turn = true;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(r.received, 1);
    site_send(&p->a, &quiet);
    pair_advance(p, 29 * SECOND);
    assert_int_equal(r.asked, 1);
    assert_int_equal(r.opened, 1);
    assert_int_equal(site_queued(&p->a), 1);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(site_events(&p->a, 20029), 1);
    assert_true(site_event_says(&p->a, 20029, "10.0.0.9:102 has not given the turn"));
    assert_int_equal(r.opened, 2);
    assert_int_equal(r.received, 2);
    assert_int_equal(site_queued(&p->a), 0);
    shut(&p, &r);
}

/* One who gives it is left alone. */
static void test_turn_that_is_given_back(void **state)
{
    struct pair *p = make("two-way-alternate: true, remote-hosts: [10.0.0.9]", "");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.takes_turn = true;
    for (unsigned i = 1; i <= 3; i++) {
        site_send(&p->a, &quiet);
        pair_advance(p, MINUTE);
        assert_int_equal(r.received, i);
    }
    assert_int_equal(r.opened, 1);
    assert_int_equal(site_events(&p->a, 20029), 0);
    shut(&p, &r);
}

static void begin_transfer(struct pair *p, struct robot *r)
{
    robot_init(r, p->net, "10.0.0.9", "LONDON");
    robot_call(r, "10.0.0.2");
    pair_advance(p, SECOND);
    assert_int_equal(r->opened, 1);
    assert_int_equal(site_associations(&p->b), 1);
    r->supply = 5000;
    robot_transfer(r, 100000);
}

static void test_silence_in_a_reception(void **state)
{
    struct pair *p = make("", "remote-hosts: [10.0.0.9], transfer-timeout-normal: 20");
    struct robot r;

    (void)state;
    begin_transfer(p, &r);
    pair_advance(p, 19 * SECOND);
    assert_int_equal(site_associations(&p->b), 1);
    pair_advance(p, 2 * SECOND);
    assert_int_equal(site_associations(&p->b), 0);
    assert_int_equal(r.closed, 1);
    assert_int_equal(site_events(&p->b, 20044), 1);
    assert_true(site_event_says(&p->b, 20044, "less than 1 KiB in 20 s"));
    shut(&p, &r);
}

/* Slow is not silent: each KiB has its time. */
static void test_slow_reception(void **state)
{
    struct pair *p = make("", "remote-hosts: [10.0.0.9], transfer-timeout-normal: 20");
    struct robot r;

    (void)state;
    begin_transfer(p, &r);
    for (unsigned i = 0; i < 6; i++) {
        pair_advance(p, 15 * SECOND);
        assert_int_equal(site_associations(&p->b), 1);
        r.supply = 4096;
        robot_go_on(&r);
    }
    assert_int_equal(site_events(&p->b, 20044), 0);
    shut(&p, &r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turn_that_is_never_given_back),
        cmocka_unit_test(test_turn_that_is_given_back),
        cmocka_unit_test(test_silence_in_a_reception),
        cmocka_unit_test(test_slow_reception),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
