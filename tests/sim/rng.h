/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers drawn from a seed: the same seed, the same numbers, on every machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sim_rng {
    uint64_t state;
};

/* Streams of one seed for different purposes are independent of each other. */
static inline struct sim_rng sim_rng_make(uint64_t seed, uint64_t purpose)
{
    return (struct sim_rng){(seed + 1) * 0x9e3779b97f4a7c15u ^ purpose * 0xd1342543de82ef95u};
}

/* splitmix64 */
static inline uint64_t sim_rng_next(struct sim_rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* least..most, both included. */
static inline int64_t sim_rng_between(struct sim_rng *r, int64_t least, int64_t most)
{
    return least + (int64_t)(sim_rng_next(r) % (uint64_t)(most - least + 1));
}

/* True in so many of 100 cases. */
static inline bool sim_rng_percent(struct sim_rng *r, unsigned percent)
{
    return sim_rng_next(r) % 100 < percent;
}
