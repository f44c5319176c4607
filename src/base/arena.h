/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: memory of one association, message or request, released as a whole.
 *
 * Every arena has a maximum, so that no input can fill the process. Allocations are zeroed.
 * A NULL from arena_alloc() is the only failure; callers turn it into X4_ENOMEM. */
#pragma once

#include "base/buf.h"

#include <stdarg.h>

struct arena_block;
struct arena_adopted;

struct arena {
    struct arena_block *blocks;    /* newest first */
    struct arena_adopted *adopted; /* buffers that were taken over */
    size_t used;                   /* octets handed out, over all blocks; and taken over */
    size_t max;                    /* named maximum of used */
    bool full;                     /* the maximum was in the way of an allocation */
};

/* max: octets that may be handed out between two resets */
void arena_init(struct arena *a, size_t max);
/* Why an allocation failed: X4_ELIMIT, the same input will never fit; X4_ENOMEM, it may later. */
int arena_error(const struct arena *a);
/* Zeroed memory aligned for any type, owned by the arena; NULL when the maximum or the memory is
 * used up. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* Room for count items of size octets each; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* A copy of s; absent stays absent. On failure absent (check with slice_present). */
struct slice arena_dup(struct arena *a, struct slice s);
/* A copy of s as a NUL-terminated string, or NULL. */
char *arena_str(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The octets of a buffer, which the arena takes over without copying; *b is empty then. They are
 * dropped, see heap_drop(), but by arena_wipe() and arena_clear(). Absent: it
 * has no room, and *b is as it was. */
struct slice arena_adopt(struct arena *a, struct buf *b);
/* Octets that come in pieces, as one run: it lies where the first piece does while that is the only
 * one, else in the arena. */
struct arena_run {
    struct slice octets;
    size_t max;    /* set by the owner: what the pieces have at most in all */
    uint8_t *room; /* of max octets, or NULL */
};
/* X4_ENOMEM: no room in the arena, or more than max. */
int arena_run_add(struct arena *a, struct arena_run *run, struct slice piece);
/* Forget everything handed out; keeps one block for reuse. */
void arena_reset(struct arena *a);
/* As arena_reset(), and leaves nothing of the contents in memory. */
void arena_clear(struct arena *a);
void arena_free(struct arena *a);
/* As arena_free(), and leaves nothing of the contents in memory. */
void arena_wipe(struct arena *a);
