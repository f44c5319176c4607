/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is, and which association carries what. */
#include "pair.h"
#include "robot.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };

static const struct parcel quiet = {.octets = 200};
static const struct parcel urgent = {.octets = 200, .priority = MTS_URGENT};

/* ---- the turn -------------------------------------------------------------------------------- */

/* The peer took the turn of an association that we opened and does nothing with it: after a time it
 * is ended, with one event, and another one carries what waits. */
static void test_turn_that_is_never_given_back(void **state)
{
    struct pair *p = pair_of("two-way-alternate: true, remote-hosts: [10.0.0.9]", "");
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
    robot_shut(&r, &p);
}

/* One who gives it is left alone. */
static void test_turn_that_is_given_back(void **state)
{
    struct pair *p = pair_of("two-way-alternate: true, remote-hosts: [10.0.0.9]", "");
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
    robot_shut(&r, &p);
}

/* A long queue does not keep what is more urgent at the peer waiting; nor what is not, for ever. */
static void check_sharing(int priority, bool slow, unsigned turns)
{
    struct pair *p = pair_of("two-way-alternate: true, remote-hosts: [10.0.0.9]", "");
    struct robot r;

    robot_init(&r, p->net, "10.0.0.9", "PARIS");
    r.takes_turn = true;
    r.priority = priority;
    r.waits = true;
    for (unsigned i = 0; i < 4; i++)
        site_send(&p->a, &quiet);
    pair_advance(p, slow ? 6 * SECOND : SECOND);
    robot_secure(&r);
    pair_advance(p, SECOND);
    assert_int_equal(r.received, 4);
    assert_int_equal(r.opened, 1);
    assert_int_equal(r.turns, turns);
    robot_shut(&r, &p);
}

static void test_turn_goes_to_the_more_urgent(void **state)
{
    (void)state;
    check_sharing(1, false, 4); /* what waits is normal, 2 */
    check_sharing(2, false, 1);
    check_sharing(3, false, 1);
    check_sharing(2, true, 2);
    check_sharing(0, false, 4);
}

/* The priority says what waits for the turn. */
static void test_turn_is_asked_for_by_rank(void **state)
{
    static const enum mts_priority rank[] = {MTS_URGENT, MTS_NORMAL, MTS_NON_URGENT};
    struct robot r;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair *p = pair_of("", "two-way-alternate: true, remote-hosts: [10.0.0.9]");

        robot_init(&r, p->net, "10.0.0.9", "LONDON");
        r.two_way = r.keeps_turn = true;
        robot_call(&r, "10.0.0.2");
        pair_advance(p, SECOND);
        site_send(&p->b, &(struct parcel){.octets = 200, .priority = rank[i]});
        pair_advance(p, SECOND);
        assert_int_equal(r.asked, 1);
        assert_int_equal(r.asked_priority, i + 1);
        robot_shut(&r, &p);
    }
}

/* The session drops a please that crosses a discard, and some peers forget one: it is repeated. */
static void test_turn_is_asked_for_again(void **state)
{
    struct pair *p = pair_of("", "two-way-alternate: true, remote-hosts: [10.0.0.9]");
    struct robot r;

    (void)state;
    robot_init(&r, p->net, "10.0.0.9", "LONDON");
    r.two_way = r.keeps_turn = true;
    robot_call(&r, "10.0.0.2");
    pair_advance(p, SECOND);
    r.supply = 5000;
    robot_transfer(&r, 100000);
    pair_advance(p, SECOND);
    site_send(&p->b, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(r.asked, 1);
    robot_discard(&r);
    pair_advance(p, SECOND);
    assert_int_equal(r.asked, 2);
    r.supply = 1000;
    robot_transfer(&r, 1000);
    pair_advance(p, SECOND);
    assert_int_equal(r.asked, 2); /* just now */
    pair_advance(p, 5 * SECOND);
    r.supply = 1000;
    robot_transfer(&r, 1000);
    pair_advance(p, SECOND);
    assert_int_equal(r.asked, 3);
    r.keeps_turn = false;
    pair_advance(p, 5 * SECOND);
    r.supply = 1000;
    robot_transfer(&r, 1000);
    pair_advance(p, SECOND);
    assert_int_equal(r.received, 1);
    robot_shut(&r, &p);
}

/* ---- associations for urgent mail only ------------------------------------------------------- */

/* The one for everything has broken, with a message on it; the one for urgent mail is there. */
static struct pair *make_urgent_only(struct robot *r)
{
    struct pair *p = pair_of("two-way-alternate: true, max-associations: 1, urgent-associations: 1,"
                             " recovery-timeout: 10, remote-hosts: [10.0.0.9]",
                             "");

    robot_init(r, p->net, "10.0.0.9", "PARIS");
    r->waits = true;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(r->opened, 1);
    site_send(&p->a, &urgent); /* the robot has one peer at a time, and leaves the first */
    pair_advance(p, SECOND);
    assert_int_equal(r->opened, 2);
    assert_int_equal(r->closed, 0);
    return p;
}

/* However much urgent mail keeps the other one busy. */
static void test_others_get_an_association_again(void **state)
{
    struct robot r;
    struct pair *p = make_urgent_only(&r);

    (void)state;
    robot_secure(&r);
    for (int i = 0; i < 6 && r.opened == 2; i++) {
        pair_advance(p, 5 * SECOND);
        site_send(&p->a, &urgent);
    }
    assert_int_equal(r.opened, 3);
    pair_advance(p, SECOND);
    assert_int_equal(site_queued(&p->a), 0);
    robot_shut(&r, &p);
}

/* What could do nothing with it does not ask for it. */
static void test_turn_is_not_asked_for_in_vain(void **state)
{
    struct robot r;
    struct pair *p = make_urgent_only(&r);

    (void)state;
    r.takes_one = true;
    r.takes_turn = r.keeps_turn = true;
    robot_secure(&r);
    pair_advance(p, MINUTE);
    assert_int_equal(r.turns, 1);
    assert_int_equal(site_queued(&p->a), 1);
    assert_int_equal(r.asked, 0);
    site_send(&p->a, &urgent);
    pair_advance(p, SECOND);
    assert_int_equal(r.asked, 1);
    robot_shut(&r, &p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turn_that_is_never_given_back),
        cmocka_unit_test(test_turn_that_is_given_back),
        cmocka_unit_test(test_turn_goes_to_the_more_urgent),
        cmocka_unit_test(test_turn_is_asked_for_by_rank),
        cmocka_unit_test(test_turn_is_asked_for_again),
        cmocka_unit_test(test_others_get_an_association_again),
        cmocka_unit_test(test_turn_is_not_asked_for_in_vain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
