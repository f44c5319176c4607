/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram of durations: buckets of about 3 % width from 1 us to hours, in a few KiB however
 * many durations there are. */
#pragma once

#include <stdint.h>

enum {
    LATENCY_SUB = 32, /* buckets for each power of two */
    LATENCY_BUCKETS = LATENCY_SUB * 32,
};

struct latency {
    uint64_t count;
    uint64_t max_us;
    uint64_t bucket[LATENCY_BUCKETS];
};

/* A negative duration (clocks of two machines that differ) counts as none. */
void latency_add(struct latency *l, int64_t us);
/* The duration in us that the given share (0 to 1) of all does not exceed; 0 when there are none.
 * At most one bucket's width too high, and never above the largest. */
uint64_t latency_quantile(const struct latency *l, double share);
