/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/error.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 4096 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct arena_adopted {
    struct arena_adopted *next;
    struct buf octets;
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

int arena_error(const struct arena *a)
{
    return a->full ? X4_ELIMIT : X4_ENOMEM;
}

static size_t align_up(size_t n)
{
    const size_t mask = alignof(max_align_t) - 1;

    return (n + mask) & ~mask;
}

/* Blocks double in size with the arena, so that their number stays logarithmic. */
static struct arena_block *add_block(struct arena *a, size_t need)
{
    size_t size = a->used > BLOCK_MIN ? a->used : BLOCK_MIN;
    struct arena_block *b;

    if (size < need)
        size = need;
    b = malloc(sizeof(*b) + size);
    if (!b)
        return NULL;
    b->next = a->blocks;
    b->size = size;
    b->used = 0;
    a->blocks = b;
    return b;
}

/* Memory whose contents the caller writes at once. */
static void *take(struct arena *a, size_t size)
{
    struct arena_block *b = a->blocks;
    void *p;

    if (size > a->max || a->used > a->max - size) {
        a->full = true;
        return NULL;
    }
    size = align_up(size ? size : 1);
    if (!b || b->size - b->used < size)
        b = add_block(a, size);
    if (!b)
        return NULL;
    p = b->data + b->used;
    b->used += size;
    a->used += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *p = take(a, size);

    return p ? memset(p, 0, size) : NULL;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return arena_alloc(a, total);
}

struct slice arena_dup(struct arena *a, struct slice s)
{
    uint8_t *p;

    if (!slice_present(s))
        return s;
    p = take(a, s.len);
    if (!p)
        return SLICE_NONE;
    if (s.len)
        memcpy(p, s.p, s.len);
    return slice_make(p, s.len);
}

char *arena_str(struct arena *a, struct slice s)
{
    char *p = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

    if (p && s.len)
        memcpy(p, s.p, s.len);
    return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_list again;
    char *p = NULL;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len >= 0)
        p = arena_alloc(a, (size_t)len + 1);
    if (p)
        vsnprintf(p, (size_t)len + 1, format, again);
    va_end(again);
    return p;
}

int arena_run_add(struct arena *a, struct arena_run *run, struct slice piece)
{
    size_t len = run->octets.len;

    if (piece.len == 0)
        return X4_OK;
    if (piece.len > run->max - len)
        return X4_ENOMEM;
    if (len == 0) {
        run->octets = piece;
        return X4_OK;
    }
    if (!run->room) {
        run->room = arena_alloc(a, run->max);
        if (!run->room)
            return X4_ENOMEM;
        memcpy(run->room, run->octets.p, len);
    }
    memcpy(run->room + len, piece.p, piece.len);
    run->octets = slice_make(run->room, len + piece.len);
    return X4_OK;
}

struct slice arena_adopt(struct arena *a, struct buf *b)
{
    struct arena_adopted *adopted = NULL;

    if (b->cap <= a->max && a->used <= a->max - b->cap)
        adopted = arena_alloc(a, sizeof(*adopted));
    if (!adopted)
        return SLICE_NONE;
    adopted->octets = *b;
    adopted->next = a->adopted;
    a->adopted = adopted;
    a->used += b->cap;
    buf_init(b, b->max);
    return buf_view(&adopted->octets);
}

/* They lie in the arena's blocks themselves, so they go first. */
static void free_adopted(struct arena *a, void (*release)(struct buf *b))
{
    for (struct arena_adopted *it = a->adopted; it; it = it->next)
        release(&it->octets);
    a->adopted = NULL;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->blocks;

    free_adopted(a, buf_drop);
    a->full = false;
    if (!keep)
        return;
    while (keep->next) {
        struct arena_block *next = keep->next;

        free(keep);
        keep = next;
    }
    keep->used = 0;
    a->blocks = keep;
    a->used = 0;
}

void arena_clear(struct arena *a)
{
    free_adopted(a, buf_wipe);
    for (struct arena_block *b = a->blocks; b; b = b->next)
        explicit_bzero(b->data, b->used);
    arena_reset(a);
}

void arena_free(struct arena *a)
{
    struct arena_block *b = a->blocks;

    free_adopted(a, buf_drop);
    while (b) {
        struct arena_block *next = b->next;

        free(b);
        b = next;
    }
    *a = (struct arena){.max = a->max};
}

void arena_wipe(struct arena *a)
{
    free_adopted(a, buf_wipe);
    for (struct arena_block *b = a->blocks; b; b = b->next)
        explicit_bzero(b->data, b->size);
    arena_free(a);
}
