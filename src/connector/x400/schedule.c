/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/x400/schedule.h"

#include <time.h>

enum { SECOND_MS = 1000, MINUTE = 60, DAYS = 7, HOUR_MINUTES = 60 };

static struct tm local(int64_t seconds)
{
    const time_t t = (time_t)seconds;
    struct tm tm = {.tm_sec = 0};

    localtime_r(&t, &tm);
    return tm;
}

static unsigned minute_of_week(const struct tm *tm)
{
    unsigned day = (unsigned)(tm->tm_wday + DAYS - 1) % DAYS; /* Monday is 0 */

    return day * CONF_DAY_MINUTES + (unsigned)(tm->tm_hour * HOUR_MINUTES + tm->tm_min);
}

/* The first second after from at which the clock has another offset, when it has one at to. */
static int64_t clock_change(int64_t from, int64_t to)
{
    const long offset = local(from).tm_gmtoff;

    if (local(to).tm_gmtoff == offset)
        return INT64_MAX;
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;

        if (local(middle).tm_gmtoff == offset)
            from = middle;
        else
            to = middle;
    }
    return to;
}

static int64_t floor_seconds(int64_t ms)
{
    return ms / SECOND_MS - (ms % SECOND_MS < 0);
}

bool x400_times_are_open(struct x400_times *times, const struct conf_week *week, int64_t wall_ms)
{
    int64_t now = floor_seconds(wall_ms);
    unsigned minute;
    int64_t next, shift;
    struct tm tm;

    if (wall_ms >= times->from && wall_ms < times->until)
        return times->open;
    tm = local(now);
    minute = minute_of_week(&tm);
    next = now - tm.tm_sec % MINUTE + (int64_t)conf_week_change(week, minute) * MINUTE;
    shift = clock_change(now, next);
    *times = (struct x400_times){
        .open = conf_week_has(week, minute),
        .from = now * SECOND_MS,
        .until = (shift < next ? shift : next) * SECOND_MS,
    };
    return times->open;
}
