/* SPDX-License-Identifier: Apache-2.0 */
/* LONDON stops, and PARIS, a puppet, does not let it: what is under way may end within
 * stop-timeout, and no longer; what had no end is where it was. */
#include "puppet.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SECOND = 1000, OVERDUE = 20049, STOP_TIMEOUT = 30 };

struct scene {
    struct pair *pair;
    struct puppet puppet;
    unsigned drained;
    int64_t drained_at;
};

static void drained(void *ctx)
{
    struct scene *s = ctx;

    s->drained++;
    s->drained_at = sim_time(s->pair->net);
}

static void set_up(struct scene *s, const struct puppet *puppet)
{
    const struct pair_options options = {.a_server = "answer-timeout: 3600",
                                         .a_connector = "remote-port: 103, open-interval: 100000",
                                         .b_connector = "schedule: never"};

    *s = (struct scene){.puppet = *puppet, .pair = pair_new(&options)};
    s->puppet.packets = PUPPET_ALL;
    s->puppet.checkpoint_kib = 1;
}

static void tear_down(struct scene *s)
{
    puppet_end(&s->puppet);
    pair_free(&s->pair);
}

/* Stops; seconds until all is drained. */
static int64_t stop(struct scene *s)
{
    int64_t began = sim_time(s->pair->net);

    x400_drain(s->pair->a.x400, drained, s);
    for (int i = 0; i < 10 * STOP_TIMEOUT && !s->drained; i++)
        pair_advance(s->pair, SECOND / 2);
    pair_advance(s->pair, 10 * SECOND);
    assert_int_equal(s->drained, 1); /* once */
    return (s->drained_at - began) / SECOND;
}

static void called(struct scene *s)
{
    puppet_call(&s->puppet, s->pair);
    pair_settle(s->pair);
    assert_true(s->puppet.opened);
}

static void nothing_is_under_way(void **state)
{
    struct scene s;

    (void)state;
    set_up(&s, &(struct puppet){.segments = 0});
    called(&s);
    assert_int_equal(stop(&s), 0);
    assert_int_equal(site_associations(&s.pair->a), 0);
    assert_int_equal(site_events(&s.pair->a, OVERDUE), 0);
    tear_down(&s);
}

static void the_peer_stops_in_the_middle(void **state)
{
    struct scene s;

    (void)state;
    set_up(&s, &(struct puppet){.segments = 1});
    called(&s);
    puppet_transfer(&s.puppet);
    pair_settle(s.pair);
    assert_int_equal(stop(&s), STOP_TIMEOUT);
    assert_int_equal(site_associations(&s.pair->a), 0);
    assert_int_equal(site_events(&s.pair->a, OVERDUE), 1);
    assert_true(site_event_says(&s.pair->a, OVERDUE, "1 associations"));
    assert_null(s.puppet.conn); /* it was told */
    assert_int_equal(site_messages(&s.pair->a), 0);
    tear_down(&s);
}

static void the_peer_does_not_acknowledge(void **state)
{
    const struct parcel letter = {.octets = 100};
    struct scene s;

    (void)state;
    set_up(&s, &(struct puppet){.refuses_end = true});
    puppet_listen(&s.puppet, s.pair);
    site_send(&s.pair->a, &letter);
    pair_settle(s.pair);
    assert_int_equal(site_associations(&s.pair->a), 1);
    assert_int_equal(stop(&s), STOP_TIMEOUT);
    assert_int_equal(site_associations(&s.pair->a), 0);
    assert_int_equal(site_queued(&s.pair->a), 1); /* not lost */
    assert_int_equal(site_events(&s.pair->a, OVERDUE), 1);
    tear_down(&s);
}

/* Not even the abort gets through. */
static void the_peer_does_not_read(void **state)
{
    const struct parcel letter = {.octets = 3000 * 1000};
    struct scene s;

    (void)state;
    set_up(&s, &(struct puppet){.deaf = true});
    s.puppet.checkpoint_kib = 512;
    puppet_listen(&s.puppet, s.pair);
    site_send(&s.pair->a, &letter);
    pair_settle(s.pair);
    assert_int_equal(stop(&s), STOP_TIMEOUT);
    assert_int_equal(site_events(&s.pair->a, OVERDUE), 1);
    tear_down(&s);
}

/* What ends in time is finished, acknowledgement and all. */
static void the_peer_goes_on(void **state)
{
    struct scene s;

    (void)state;
    set_up(&s, &(struct puppet){.segments = 100});
    called(&s);
    s.puppet.packets = 1;
    s.puppet.drip_ms = 1; /* 10,000 octets in 10 s */
    puppet_transfer(&s.puppet);
    pair_settle(s.pair);
    assert_in_range(stop(&s), 5, 20);
    assert_int_equal(site_events(&s.pair->a, OVERDUE), 0);
    /* Only its caller could have released it; that we stop is no failure of the association. */
    assert_int_equal(site_events(&s.pair->a, 1294), 0);
    assert_int_equal(site_events(&s.pair->a, 20021), 1);
    assert_int_equal(mta_counters(s.pair->a.mta)->quarantined, 1); /* zeros are no message */
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_under_way),
        cmocka_unit_test(the_peer_stops_in_the_middle),
        cmocka_unit_test(the_peer_does_not_acknowledge),
        cmocka_unit_test(the_peer_does_not_read),
        cmocka_unit_test(the_peer_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
