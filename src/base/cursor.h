/* SPDX-License-Identifier: Apache-2.0 */
/* The one bounded reader for wire octets, with a sticky error: after the first failure every call
 * returns zero or an absent slice and moves nothing, so parsing code reads straight down and checks
 * c->error once. Outside of this file and ber/ no code does pointer arithmetic on input. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

struct cursor {
    struct slice in;
    size_t pos;
    int error;
};

static inline struct cursor cursor_make(struct slice in)
{
    return (struct cursor){.in = in};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->error ? 0 : c->in.len - c->pos;
}

static inline void cursor_fail(struct cursor *c, int error)
{
    if (!c->error)
        c->error = error;
}

/* The next len octets, or absent with X4_ETRUNC. */
static inline struct slice cursor_take(struct cursor *c, size_t len)
{
    struct slice s;

    if (len > cursor_left(c)) {
        cursor_fail(c, X4_ETRUNC);
        return SLICE_NONE;
    }
    s = slice_sub(c->in, c->pos, len);
    c->pos += len;
    return s;
}

static inline unsigned cursor_u8(struct cursor *c)
{
    struct slice s = cursor_take(c, 1);

    return s.p ? s.p[0] : 0;
}

static inline unsigned cursor_be16(struct cursor *c)
{
    struct slice s = cursor_take(c, 2);

    return s.p ? (unsigned)(s.p[0] << 8 | s.p[1]) : 0;
}

/* Everything that is left. */
static inline struct slice cursor_rest(struct cursor *c)
{
    return cursor_take(c, cursor_left(c));
}
