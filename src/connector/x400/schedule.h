/* SPDX-License-Identifier: Apache-2.0 */
/* Selected times: when a connector may open associations, in this machine's local time. A change of
 * the clock (daylight saving) changes nothing about what the times say: 02:30 that does not exist
 * is not waited for, 02:30 that comes twice counts twice. */
#pragma once

#include "conf/week.h"

/* What was found out last, and for which span of time it holds. */
struct x400_times {
    bool open;
    int64_t from, until; /* wall, ms */
};

/* Is wall_ms within the times? times->until becomes the moment at which to look again: no later
 * than the next change. */
bool x400_times_are_open(struct x400_times *times, const struct conf_week *week, int64_t wall_ms);
