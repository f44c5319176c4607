/* SPDX-License-Identifier: Apache-2.0 */
/* UTCTime (X.411 Time). Times are milliseconds since 1970-01-01T00:00:00Z. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { MTS_UTCTIME_LEN = 13 }; /* "YYMMDDhhmmssZ" */

/* No time: a field that is absent. */
#define MTS_NO_TIME INT64_MIN

/* Reads the contents of a UTCTime: YYMMDDhhmm[ss](Z | +hhmm | -hhmm). Also taken and repaired: no
 * zone (UTC), a lower-case z, second 60, a fraction of seconds (left out), a space for the plus
 * sign. The century is the one that puts the year between 59 years before and 40 years after now.
 * Errors: X4_ESYNTAX; *out is MTS_NO_TIME then, and the caller goes on with the time as unknown. */
int mts_utctime_parse(struct slice text, int64_t now_ms, int64_t *out);

/* Writes "YYMMDDhhmmssZ" and a NUL. */
void mts_utctime_print(int64_t ms, char text[MTS_UTCTIME_LEN + 1]);

/* For people: "2026-11-22 17:01:05Z", always 20 characters and a NUL. */
void mts_time_print_iso(int64_t ms, char text[24]);
