/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones whose clocks change while a world runs, and the times of a week that connectors of
 * such a world keep to. All machines of a world are in one zone: the zone is the process's. */
#pragma once

#include "conf/week.h"
#include "plan.h"

enum { SIM_ZONES = 5, SIM_TIMES = 7 };

/* The world's zone is the process's from now on. The wall clock at the start, so that the clocks
 * change when the plan says. */
int64_t sim_zone_begin(const struct sim_plan *plan);
/* By number: times of the week, or "always" for 0. */
const char *sim_zone_times(int64_t number);
/* Are the times on at that moment? Asked of the zone anew each time, unlike the connectors do. */
bool sim_zone_is_on(const struct conf_week *week, int64_t wall_ms);
