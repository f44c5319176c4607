/* SPDX-License-Identifier: Apache-2.0 */
#include "zone.h"

#include "site.h"

#include <stdlib.h>
#include <time.h>

enum { DAYS = 7, MINUTES = 60, SECOND = 1000 };

/* By their rules, so that no zone database is needed; and a change of each. */
static const struct {
    const char *rule;
    int64_t change_ms; /* UTC */
} zones[SIM_ZONES] = {
    {"UTC0", 1795000000000},                                 /* 2026-11-18 11:06:40 */
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1774746000000},           /* 02:00 is 03:00 */
    {"CET-1CEST,M3.5.0,M10.5.0/3", 1792890000000},           /* 03:00 is 02:00 */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1791041400000}, /* 02:00 is 02:30 */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1775314800000}, /* 02:00 is 01:30 */
};

/* They change about when the clocks do, always a Sunday, and no pause is longer than some hours. */
static const char *const times[SIM_TIMES] = {
    "always",
    "daily 00:00-02:15, daily 04:00-24:00",
    "sun 02:00-03:00, daily 05:00-24:00",
    "sat 20:00-02:00, sun 03:00-24:00, mon-sat",
    "daily 01:45-02:30, daily 06:00-01:00",
    "sun 02:05-02:10, sun 02:15-02:20, daily 04:30-01:55",
    "daily 03:00-02:00",
};

int64_t sim_zone_begin(const struct sim_plan *plan)
{
    const struct sim_entry *world = sim_site_world(plan);
    const uint64_t i = (uint64_t)sim_get(world, "zone") % SIM_ZONES;

    setenv("TZ", zones[i].rule, 1);
    tzset();
    return zones[i].change_ms - sim_get(world, "before");
}

const char *sim_zone_times(int64_t number)
{
    return times[(uint64_t)number % SIM_TIMES];
}

bool sim_zone_is_on(const struct conf_week *week, int64_t wall_ms)
{
    const time_t t = (time_t)(wall_ms / SECOND);
    struct tm tm;

    localtime_r(&t, &tm);
    return conf_week_has(week, (unsigned)((tm.tm_wday + DAYS - 1) % DAYS * CONF_DAY_MINUTES +
                                          tm.tm_hour * MINUTES + tm.tm_min));
}
