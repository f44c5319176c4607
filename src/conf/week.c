/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/week.h"

#include "base/ascii.h"

#include <stdio.h>
#include <string.h>

enum { DAYS = 7, HOUR = 60, PART_MAX = 40, NAME_LEN = 3 };

static const char *const day_names[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* Takes a day's name off text: 0..6, or -1. */
static int take_day(const char **text)
{
    for (int i = 0; i < DAYS; i++) {
        int k = 0;

        while (k < NAME_LEN && ascii_lower((uint8_t)(*text)[k]) == (uint8_t)day_names[i][k])
            k++;
        if (k == NAME_LEN) {
            *text += NAME_LEN;
            return i;
        }
    }
    return -1;
}

/* "mon", "mon-fri", "daily": the first, and how many. */
static bool take_days(const char **text, unsigned *first, unsigned *count)
{
    static const char daily[] = "daily";
    int from, to;

    if (strncmp(*text, daily, sizeof(daily) - 1) == 0) {
        *text += sizeof(daily) - 1;
        *first = 0;
        *count = DAYS;
        return true;
    }
    from = to = take_day(text);
    if (from >= 0 && **text == '-') {
        ++*text;
        to = take_day(text);
    }
    if (from < 0 || to < 0)
        return false;
    *first = (unsigned)from;
    *count = (unsigned)(to - from + DAYS) % DAYS + 1;
    return true;
}

static int take_digits(const char **text)
{
    int value = 0;

    for (int i = 0; i < 2; i++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + *(*text)++ - '0';
    }
    return value;
}

/* "HH:MM", 24:00 at most; minutes of the day, or -1. */
static int take_time(const char **text)
{
    int hour = take_digits(text);
    int minute = hour >= 0 && **text == ':' ? (++*text, take_digits(text)) : -1;

    if (minute < 0 || minute >= HOUR || hour * HOUR + minute > CONF_DAY_MINUTES)
        return -1;
    return hour * HOUR + minute;
}

static void skip_spaces(const char **text)
{
    while (**text == ' ')
        ++*text;
}

/* What follows the days: a span in minutes after midnight, all day when there is nothing. */
static bool take_span(const char **text, unsigned *from, unsigned *to)
{
    int start, end;

    skip_spaces(text);
    *from = 0;
    *to = CONF_DAY_MINUTES;
    if (**text == '\0' || **text == ',')
        return true;
    start = take_time(text);
    if (start < 0 || start == CONF_DAY_MINUTES || *(*text)++ != '-')
        return false;
    end = take_time(text);
    skip_spaces(text);
    if (end < 0)
        return false;
    *from = (unsigned)start;
    *to = (unsigned)(end > start ? end : end + CONF_DAY_MINUTES);
    return true;
}

static void mark(struct conf_week *week, unsigned day, unsigned from, unsigned to)
{
    for (unsigned m = from; m < to; m++) {
        unsigned at = (day * CONF_DAY_MINUTES + m) % CONF_WEEK_MINUTES;

        week->bits[at / 8] |= (uint8_t)(1u << at % 8);
    }
}

static bool take_part(const char **text, struct conf_week *out)
{
    unsigned first, count, from, to;

    skip_spaces(text);
    if (!take_days(text, &first, &count) || !take_span(text, &from, &to))
        return false;
    if (**text != '\0' && **text != ',')
        return false;
    for (unsigned i = 0; i < count; i++)
        mark(out, (first + i) % DAYS, from, to);
    return true;
}

bool conf_week_parse(const char *text, struct conf_week *out, char why[CONF_WEEK_WHY])
{
    *out = (struct conf_week){.bits = {0}};
    for (;;) {
        const char *part = text;

        if (!take_part(&text, out)) {
            skip_spaces(&part);
            snprintf(why, CONF_WEEK_WHY,
                     "'%.*s' are no times of the week, such as mon-fri 08:00-18:00",
                     (int)strcspn(part, ",") < PART_MAX ? (int)strcspn(part, ",") : PART_MAX, part);
            return false;
        }
        if (*text == '\0')
            return true;
        text++;
    }
}

bool conf_week_has(const struct conf_week *week, unsigned minute)
{
    return (week->bits[minute / 8] >> minute % 8 & 1) != 0;
}

unsigned conf_week_change(const struct conf_week *week, unsigned minute)
{
    bool now = conf_week_has(week, minute);
    unsigned n = 1;

    while (n < CONF_WEEK_MINUTES && conf_week_has(week, (minute + n) % CONF_WEEK_MINUTES) == now)
        n++;
    return n;
}
