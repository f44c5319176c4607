/* SPDX-License-Identifier: Apache-2.0 */
/* Selected times, in the local time of a zone with daylight saving: what they say, and what the
 * connector does. The zone is given by its rules, so that no zone database is needed. */
#include "connector/x400/schedule.h"
#include "pair.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONE "CET-1CEST,M3.5.0,M10.5.0/3" /* Central Europe */

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* UTC, ms */
static const int64_t spring =
    1774663200000; /* 2026-03-28 02:00, Saturday; the change is 23 h later */
static const int64_t autumn = 1792807200000; /* 2026-10-24 02:00, Saturday; likewise */

static const struct parcel quiet = {.octets = 200};

static bool brute(const struct conf_week *week, int64_t wall_ms)
{
    const time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;

    localtime_r(&t, &tm);
    return conf_week_has(
        week, (unsigned)((tm.tm_wday + 6) % 7 * CONF_DAY_MINUTES + tm.tm_hour * 60 + tm.tm_min));
}

/* Ten days, minute by minute, must be what is said at the few moments at which it is looked. */
static void check_days(const char *text, int64_t from)
{
    struct x400_times times = {.open = false};
    struct conf_week week;
    char why[CONF_WEEK_WHY];
    unsigned looks = 0;
    int64_t until = 0;

    assert_true(conf_week_parse(text, &week, why));
    for (int64_t t = from; t < from + 240 * (int64_t)HOUR; t += MINUTE) {
        if (x400_times_are_open(&times, &week, t) != brute(&week, t))
            fail_msg("%s is wrong at %lld", text, (long long)t);
        assert_true(times.from <= t && t < times.until);
        looks += times.until != until;
        until = times.until;
    }
    assert_true(looks <= 2 * 10 + 2 + 2); /* twice a day, the change of the clock, the ends */
}

static void test_both_changes_of_the_clock(void **state)
{
    static const char *const texts[] = {
        "daily 08:00-18:00",   "sun 02:00-03:00", "sun 02:15-02:45", "sun 01:30-03:30",
        "mon-fri 08:00-18:00", "sat 22:00-02:30", "daily",           "sun 03:00-04:00",
        "sun 00:00-02:00",     "sat 23:59-00:01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_days(texts[i], spring);
        check_days(texts[i], autumn);
    }
}

/* The hour that does not exist is not waited for, the one that comes twice counts twice. */
static void test_the_odd_hours(void **state)
{
    struct x400_times times = {.open = false};
    struct conf_week week;
    char why[CONF_WEEK_WHY];
    unsigned minutes = 0;

    (void)state;
    assert_true(conf_week_parse("sun 02:00-03:00", &week, why));
    for (int64_t t = spring; t < spring + 48 * HOUR; t += MINUTE)
        minutes += x400_times_are_open(&times, &week, t);
    assert_int_equal(minutes, 0);
    for (int64_t t = autumn; t < autumn + 48 * HOUR; t += MINUTE)
        minutes += x400_times_are_open(&times, &week, t);
    assert_int_equal(minutes, 120);
}

static void test_clock_set_back(void **state)
{
    struct x400_times times = {.open = false};
    struct conf_week week;
    char why[CONF_WEEK_WHY];

    (void)state;
    assert_true(conf_week_parse("sun", &week, why));
    assert_true(x400_times_are_open(&times, &week, spring + 30 * (int64_t)HOUR));
    assert_false(x400_times_are_open(&times, &week, spring));
}

/* ---- what the connector does ----------------------------------------------------------------- */

static struct pair *make(const char *a, int64_t wall_ms)
{
    const struct pair_options options = {.a_connector = a, .wall_ms = wall_ms};

    return pair_new(&options);
}

/* Messages wait for the hour, whichever clock it is that says so. */
static void check_opening(int64_t from, int64_t hours)
{
    struct pair *p = make("schedule: sun 08:00-08:30", from);
    char text[128];

    site_send(&p->a, &quiet);
    pair_advance(p, hours * HOUR - MINUTE);
    assert_int_equal(site_messages(&p->b), 0);
    assert_int_equal(sim_calls(p->net), 0);
    assert_string_equal(site_connector(&p->a, "state", text), "scheduled");
    assert_string_equal(site_connector(&p->a, "schedule", text), "sun 08:00-08:30");
    pair_advance(p, MINUTE + SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    pair_free(&p);
}

static void test_opens_at_its_hour(void **state)
{
    (void)state;
    check_opening(spring, 23 + 5); /* 08:00 CEST is 06:00 UTC */
    check_opening(autumn, 24 + 5); /* 08:00 CET is 07:00 UTC */
}

/* What waits for its hour does not wait longer because the clock is set. */
static void test_clock_set_while_it_waits(void **state)
{
    struct pair *p = make("schedule: daily 13:00-14:00", 0); /* 12:06:40 CET */

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 0);
    sim_host_clock(p->a.io, HOUR);
    pair_advance(p, MINUTE + SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    pair_free(&p);
}

/* When the time is over the association ends, and what comes then waits a week. Calls of the peer
 * are taken at any time. */
static void test_closes_at_its_hour(void **state)
{
    struct pair *p = make("schedule: [wed 11:00-13:00, thu 12:00-13:00]", 0); /* 12:06:40 CET */

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    site_change(&p->a, "{\"association-lifetime\": 7200}");
    pair_advance(p, 53 * MINUTE);
    assert_int_equal(site_associations(&p->a), 1);
    pair_advance(p, MINUTE);
    assert_int_equal(site_associations(&p->a), 0);
    site_send(&p->a, &quiet);
    assert_int_equal(x400_open_now(p->a.x400, p->a.connector), X4_ESTATE);
    site_send(&p->b, &quiet);
    pair_advance(p, HOUR);
    assert_int_equal(site_messages(&p->a), 1);
    assert_int_equal(site_messages(&p->b), 1);
    pair_advance(p, 22 * HOUR);
    assert_int_equal(site_messages(&p->b), 2);
    pair_free(&p);
}

/* A transfer is not cut off by the hour; no other one begins. */
static void test_transfer_over_the_hour(void **state)
{
    struct pair *p = make("schedule: daily 12:00-12:07", 0); /* 12:06:40 CET */

    (void)state;
    pair_advance(p, 20 * SECOND - 1);
    site_send(&p->a, &(struct parcel){.octets = 3000000});
    pair_settle(p);
    while (site_associations(&p->b) == 0 || sim_octets(p->net) < 100000)
        assert_true(sim_step(p->net) || store_dispatch(p->a.store) || store_dispatch(p->b.store));
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(site_associations(&p->a), 0);
    pair_free(&p);
}

/* To the same peer, always, and dearer. */
#define DEAR                                                                                       \
    "  ou=Site/cn=Configuration/cn=Connections/cn=dear:\n"                                         \
    "    {stack: ou=Site/cn=Configuration/cn=Servers/cn=S/cn=TCP, remote-mta-name: PARIS,\n"       \
    "     remote-hosts: [10.0.0.2], address-spaces: [{space: 'C=FR', cost: 90}],\n"                \
    "     remote-gdi: {country: FR, admd: ' ', prmd: BISTRO}%s}\n"

static struct pair *make_two(const char *cheap, const char *dear)
{
    char more[600];
    const struct pair_options options = {
        .a_connector = cheap, .b_connector = "two-way-alternate: true", .a_more = more};

    snprintf(more, sizeof(more), DEAR, dear);
    return pair_new(&options);
}

/* A message goes over the cheaper connector within its times, else over the dearer one. */
static void test_another_connector_is_used_off_hours(void **state)
{
    struct pair *p = make_two("schedule: sun 08:00-08:30", ""); /* now it is Wednesday, 12:06:40 */
    char text[128];

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    assert_string_equal(site_connector(&p->a, "sent", text), "0");
    pair_advance(p, (3 * 24 + 20) * (int64_t)HOUR);
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 2);
    assert_string_equal(site_connector(&p->a, "sent", text), "1");
    pair_free(&p);
}

/* Who waits for the peer's call is the last choice, as long as there is none. */
static void test_another_connector_is_used_until_the_peer_calls(void **state)
{
    struct pair *p = make_two("schedule: remote-initiated, two-way-alternate: true",
                              ", incoming-t-selector: OTHER, identify-by: [calling-selectors]");
    char text[128];

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->b), 1);
    assert_string_equal(site_connector(&p->a, "sent", text), "0");
    site_send(&p->b, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->a), 1); /* its association is there now */
    site_send(&p->a, &quiet);
    pair_advance(p, MINUTE);
    assert_int_equal(site_messages(&p->b), 2);
    assert_string_equal(site_connector(&p->a, "sent", text), "1");
    pair_free(&p);
}

static void test_two_way_uses_the_peers_association(void **state)
{
    const struct pair_options options = {.a_connector =
                                             "schedule: mon 00:00-00:01, two-way-alternate: true",
                                         .b_connector = "two-way-alternate: true"};
    struct pair *p = pair_new(&options);

    (void)state;
    site_send(&p->a, &quiet);
    pair_advance(p, HOUR);
    assert_int_equal(site_messages(&p->b), 0);
    site_send(&p->b, &quiet);
    pair_advance(p, SECOND);
    assert_int_equal(site_messages(&p->a), 1);
    assert_int_equal(site_messages(&p->b), 1);
    assert_int_equal(sim_calls(p->net), 1);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_changes_of_the_clock),
        cmocka_unit_test(test_the_odd_hours),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_opens_at_its_hour),
        cmocka_unit_test(test_clock_set_while_it_waits),
        cmocka_unit_test(test_closes_at_its_hour),
        cmocka_unit_test(test_transfer_over_the_hour),
        cmocka_unit_test(test_another_connector_is_used_off_hours),
        cmocka_unit_test(test_another_connector_is_used_until_the_peer_calls),
        cmocka_unit_test(test_two_way_uses_the_peers_association),
    };

    setenv("TZ", ZONE, 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
