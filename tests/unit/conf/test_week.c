/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the week as text. */
#include "conf/week.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static unsigned at(unsigned day, unsigned hour, unsigned minute)
{
    return day * CONF_DAY_MINUTES + hour * 60 + minute;
}

static struct conf_week week_of(const char *text)
{
    struct conf_week week;
    char why[CONF_WEEK_WHY];

    assert_true(conf_week_parse(text, &week, why));
    return week;
}

static unsigned minutes_in(const char *text)
{
    struct conf_week week = week_of(text);
    unsigned n = 0;

    for (unsigned m = 0; m < CONF_WEEK_MINUTES; m++)
        n += conf_week_has(&week, m);
    return n;
}

static void spans_have_their_minutes(void **state)
{
    static const struct {
        const char *text;
        unsigned minutes;
    } cases[] = {
        {"mon-fri 08:00-18:00", 5 * 600},
        {"mon-fri 08:00-18:00, sat 09:00-12:00", 5 * 600 + 180},
        {" Mon-Fri  08:00-18:00 ,SAT 09:00-12:00 ", 5 * 600 + 180},
        {"mon 08:00-09:00, mon 08:30-09:30", 90},
        {"sun", 1440},
        {"sat-sun", 2880},
        {"daily", 7 * 1440},
        {"daily 12:00-12:15", 7 * 15},
        {"sat-mon", 3 * 1440},
        {"sun-sat", 7 * 1440},
        {"fri 22:00-06:00", 480},
        {"sun 22:00-06:00", 480},
        {"mon 08:00-08:00", 1440},
        {"mon 00:00-24:00", 1440},
        {"mon 23:59-00:00", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(minutes_in(cases[i].text), cases[i].minutes);
}

static void spans_are_where_they_belong(void **state)
{
    struct conf_week week = week_of("mon-fri 08:00-18:00, sun 22:00-06:00");

    (void)state;
    assert_false(conf_week_has(&week, at(TUE, 7, 59)));
    assert_true(conf_week_has(&week, at(TUE, 8, 0)));
    assert_true(conf_week_has(&week, at(FRI, 17, 59)));
    assert_false(conf_week_has(&week, at(FRI, 18, 0)));
    assert_false(conf_week_has(&week, at(SAT, 12, 0)));
    assert_true(conf_week_has(&week, at(SUN, 22, 0)));
    assert_true(conf_week_has(&week, at(MON, 5, 59))); /* over the end of the week */
    assert_false(conf_week_has(&week, at(MON, 6, 0)));
    assert_false(conf_week_has(&week, at(TUE, 5, 0)));
}

static void changes_are_found(void **state)
{
    struct conf_week week = week_of("mon-fri 08:00-18:00");
    struct conf_week always = week_of("daily");

    (void)state;
    assert_int_equal(conf_week_change(&week, at(MON, 7, 59)), 1);
    assert_int_equal(conf_week_change(&week, at(MON, 8, 0)), 600);
    assert_int_equal(conf_week_change(&week, at(FRI, 18, 0)), 62 * 60);
    assert_int_equal(conf_week_change(&week, at(SUN, 23, 59)), 8 * 60 + 1);
    assert_int_equal(conf_week_change(&always, at(WED, 1, 2)), CONF_WEEK_MINUTES);
}

static void faults_are_named(void **state)
{
    static const char *const faulty[] = {
        "",
        "funday",
        "mon-",
        "mon 8:00-18:00",
        "mon 08:00",
        "mon 08:00-",
        "mon 08:60-09:00",
        "mon 24:00-01:00",
        "mon 08:00-24:01",
        "mon 25:00-26:00",
        "mon,",
        "mon tue",
        "mon 08-18",
        "mon 08:00-18:00 x",
        "monday",
    };
    char why[CONF_WEEK_WHY];
    struct conf_week week;

    (void)state;
    for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
        if (conf_week_parse(faulty[i], &week, why))
            fail_msg("taken: %s", faulty[i]);
    }
    assert_false(conf_week_parse("mon-fri 08:00-18:00, sat 9-12", &week, why));
    assert_string_equal(why, "'sat 9-12' are no times of the week, such as mon-fri 08:00-18:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_have_their_minutes),
        cmocka_unit_test(spans_are_where_they_belong),
        cmocka_unit_test(changes_are_found),
        cmocka_unit_test(faults_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
