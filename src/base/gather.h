/* SPDX-License-Identifier: Apache-2.0 */
/* User data on its way down the stack: a few slices that are one run of octets, so that each layer
 * can put its header in front without copying what is behind. */
#pragma once

#include "base/slice.h"

#include <assert.h>

enum { GATHER_MAX = 8 };

/* Which part of a TSDU or SSDU a primitive carries. Whatever fits into LIMIT_TSDU is whole; larger
 * ones never are in memory as a whole. */
enum data_part { PART_WHOLE = 0, PART_FIRST, PART_MIDDLE, PART_LAST };

struct gather {
    struct slice part[GATHER_MAX];
    unsigned count;
    size_t len; /* sum of the parts */
};

static inline void gather_add(struct gather *g, struct slice s)
{
    assert(g->count < GATHER_MAX);
    if (s.len == 0)
        return;
    g->part[g->count++] = s;
    g->len += s.len;
}

static inline struct gather gather_one(struct slice s)
{
    struct gather g = {.count = 0};

    gather_add(&g, s);
    return g;
}

/* g with s in front of it. */
static inline struct gather gather_prepend(struct slice s, const struct gather *g)
{
    struct gather out = gather_one(s);

    for (unsigned i = 0; i < g->count; i++)
        gather_add(&out, g->part[i]);
    return out;
}
