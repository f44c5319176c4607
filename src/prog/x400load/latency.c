/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400load/latency.h"

enum { SUB_BITS = 5 };
_Static_assert(1 << SUB_BITS == LATENCY_SUB, "one bucket for each value of the lower bits");

/* Up to 2 * LATENCY_SUB every value has its bucket; above, the value's leading SUB_BITS + 1 bits
 * choose it. */
static unsigned bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * LATENCY_SUB)
        shift++;
    unsigned at = shift * LATENCY_SUB + (unsigned)(us >> shift);

    return at < LATENCY_BUCKETS ? at : LATENCY_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t bucket_top(unsigned at)
{
    unsigned shift = at < 2 * LATENCY_SUB ? 0 : at / LATENCY_SUB - 1;
    uint64_t lead = at - shift * LATENCY_SUB;

    return ((lead + 1) << shift) - 1;
}

void latency_add(struct latency *l, int64_t us)
{
    uint64_t value = us < 0 ? 0 : (uint64_t)us;

    l->count++;
    l->max_us = value > l->max_us ? value : l->max_us;
    l->bucket[bucket_of(value)]++;
}

uint64_t latency_quantile(const struct latency *l, double share)
{
    double wanted = share * (double)l->count;
    uint64_t seen = 0;

    for (unsigned i = 0; i < LATENCY_BUCKETS - 1; i++) {
        seen += l->bucket[i];
        if (seen > 0 && (double)seen >= wanted)
            return bucket_top(i) < l->max_us ? bucket_top(i) : l->max_us;
    }
    return l->max_us;
}
