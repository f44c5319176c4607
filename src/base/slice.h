/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of octets. A slice owns nothing; whoever hands one out says how long it lives.
 * p == NULL means "absent", which is different from "present and empty" (p != NULL, len == 0). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *p;
    size_t len;
};

/* A slice of a string literal, without its terminating NUL. */
#define SLICE_LIT(s) ((struct slice){.p = (const uint8_t *)("" s), .len = sizeof(s) - 1})
#define SLICE_NONE   ((struct slice){.p = NULL, .len = 0})
/* For printf's "%.*s": text only, the caller knows that it holds printable characters. */
#define SLICE_ARG(s) (int)(s).len, (const char *)(s).p

static inline struct slice slice_make(const void *p, size_t len)
{
    return (struct slice){.p = p, .len = len};
}

static inline struct slice slice_str(const char *s)
{
    return (struct slice){.p = (const uint8_t *)s, .len = s ? strlen(s) : 0};
}

static inline bool slice_present(struct slice s)
{
    return s.p != NULL;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Equal, with A-Z and a-z the same (ASCII only). */
bool slice_eq_nocase(struct slice a, struct slice b);

/* A NUL-terminated copy, to be free()d; NULL: out of memory. */
char *slice_strdup(struct slice s);
/* Where part begins in s, or NULL. */
const uint8_t *slice_find(struct slice s, struct slice part);

/* The part from offset on, at most len octets; never beyond the end. */
static inline struct slice slice_sub(struct slice s, size_t offset, size_t len)
{
    if (offset > s.len)
        offset = s.len;
    if (len > s.len - offset)
        len = s.len - offset;
    return (struct slice){.p = s.p ? s.p + offset : NULL, .len = len};
}

static inline struct slice slice_from(struct slice s, size_t offset)
{
    return slice_sub(s, offset, s.len);
}
