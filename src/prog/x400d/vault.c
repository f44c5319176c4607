/* SPDX-License-Identifier: Apache-2.0 */
/* A slab allocator: small blocks of one size share a slab, and anything larger has a mapping of its
 * own, which begins as a slab does. Slabs are aligned to their size, so that a block tells where
 * its slab begins. A slab that has become empty gives its pages back. */
#include "prog/x400d/vault.h"

#include "base/list.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    PAGE = 64 * 1024, /* the largest that Linux has, so a multiple of every other */
    SLAB = PAGE,
    REGION = 16 * SLAB, /* mapped at once */
    SMALL_MAX = 16 * 1024,
    ALIGN = 16,
    LINEAR_MAX = 128, /* up to here sizes are ALIGN apart, above each is a quarter of a doubling */
    LINEAR = LINEAR_MAX / ALIGN,
    SIZES = LINEAR + 7 * 4 /* doublings from LINEAR_MAX to SMALL_MAX */
};

struct block {
    struct block *next;
};

struct slab {
    struct list link; /* those of its size that have room, or the empty ones */
    struct block *freed;
    size_t size;     /* of a block */
    unsigned used;   /* blocks */
    unsigned begun;  /* octets of the slab that ever were handed out, the head included */
    bool has_room;   /* it is in the list of its size */
    bool is_mapping; /* of its own, with one block */
};

enum { HEAD = 64 };
_Static_assert(sizeof(struct slab) <= HEAD, "the head of a slab fits before its first block");

/* An allocator is the process's: those who call it have nothing to pass it by. */
static struct {
    pthread_mutex_t mutex;
    bool begun;
    struct list with_room[SIZES];
    struct list empty;
} vault = {.mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP}; /* held for some instructions */

static void begin(void)
{
    for (unsigned i = 0; i < SIZES; i++)
        list_init(&vault.with_room[i]);
    list_init(&vault.empty);
    vault.begun = true;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static size_t size_of_class(unsigned class_)
{
    const unsigned above = class_ - LINEAR;

    if (class_ < LINEAR)
        return (class_ + 1) * (size_t)ALIGN;
    return ((size_t)LINEAR_MAX << above / 4) / 4 * (5 + above % 4);
}

static unsigned class_of_size(size_t size)
{
    unsigned doubling;

    if (size <= LINEAR_MAX)
        return size ? (unsigned)((size - 1) / ALIGN) : 0;
    doubling = (unsigned)(63 - __builtin_clzl(size - 1)) - 7; /* 2^7 is LINEAR_MAX */
    return LINEAR + doubling * 4 + (unsigned)((size - 1) >> (doubling + 5)) - 4;
}

/* ---- pages ----------------------------------------------------------------------------------- */

/* A mapping of whole pages that begins at a multiple of SLAB. */
static void *map(size_t size)
{
    const size_t room = size + SLAB;
    uint8_t *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *start;

    if (p == MAP_FAILED)
        return NULL;
    start = p + (SLAB - (uintptr_t)p % SLAB) % SLAB;
    if (start > p)
        munmap(p, (size_t)(start - p));
    munmap(start + size, (size_t)(p + room - start) - size);
    if (madvise(start, size, MADV_DONTDUMP)) { /* what a core would show is no vault */
        munmap(start, size);
        return NULL;
    }
    return start;
}

static struct slab *slab_of(const void *p)
{
    return (struct slab *)((uintptr_t)p / SLAB * SLAB);
}

static bool map_region(void)
{
    uint8_t *region = map(REGION);

    for (size_t i = 0; region && i < REGION; i += SLAB) {
        struct slab *s = (struct slab *)(void *)(region + i);

        list_push_back(&vault.empty, &s->link);
    }
    return region != NULL;
}

static struct slab *take_slab(unsigned class_)
{
    struct slab *s;

    if (list_empty(&vault.empty) && !map_region())
        return NULL;
    s = LIST_ITEM(vault.empty.next, struct slab, link);
    list_remove(&s->link);
    *s = (struct slab){.size = size_of_class(class_), .begun = HEAD, .has_room = true};
    list_push_front(&vault.with_room[class_], &s->link);
    return s;
}

/* One that is empty stays when it is the only one with room: it may be needed at once. */
static void give_up_if_empty(struct slab *s, const struct list *with_room)
{
    if (s->used > 0 || with_room->next->next == with_room)
        return;
    list_remove(&s->link);
    madvise(s, SLAB, MADV_DONTNEED);
    list_push_front(&vault.empty, &s->link);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static bool is_full(const struct slab *s)
{
    return !s->freed && s->begun + s->size > SLAB;
}

static void *take_block(struct slab *s)
{
    struct block *b = s->freed;

    if (b) {
        s->freed = b->next;
    } else {
        b = (struct block *)(void *)((uint8_t *)s + s->begun);
        s->begun += (unsigned)s->size;
    }
    s->used++;
    if (is_full(s)) {
        s->has_room = false;
        list_remove(&s->link);
    }
    return b;
}

static void *alloc_small(unsigned class_)
{
    struct slab *s;
    void *p;

    pthread_mutex_lock(&vault.mutex);
    if (!vault.begun)
        begin();
    s = list_empty(&vault.with_room[class_])
            ? take_slab(class_)
            : LIST_ITEM(vault.with_room[class_].next, struct slab, link);
    p = s ? take_block(s) : NULL;
    pthread_mutex_unlock(&vault.mutex);
    return p;
}

static size_t mapping_size(size_t size)
{
    return (HEAD + size + PAGE - 1) / PAGE * PAGE;
}

static void *alloc_mapping(size_t size)
{
    struct slab *s;

    if (size > SIZE_MAX / 2)
        return NULL;
    s = map(mapping_size(size));
    if (!s)
        return NULL;
    *s = (struct slab){.size = size, .is_mapping = true};
    return (uint8_t *)s + HEAD;
}

void *vault_alloc(size_t size)
{
    return size <= SMALL_MAX ? alloc_small(class_of_size(size)) : alloc_mapping(size);
}

static void free_small(struct slab *s, void *p)
{
    struct block *b = p;
    struct list *with_room = &vault.with_room[class_of_size(s->size)];

    explicit_bzero(p, s->size);
    pthread_mutex_lock(&vault.mutex);
    b->next = s->freed;
    s->freed = b;
    s->used--;
    if (!s->has_room) {
        s->has_room = true;
        list_push_front(with_room, &s->link);
    }
    give_up_if_empty(s, with_room);
    pthread_mutex_unlock(&vault.mutex);
}

void vault_free(void *p)
{
    struct slab *s = slab_of(p);

    if (!p)
        return;
    if (s->is_mapping)
        munmap(s, mapping_size(s->size)); /* the kernel wipes pages before anybody gets them */
    else
        free_small(s, p);
}

size_t vault_size(const void *p)
{
    return slab_of(p)->size;
}

void *vault_realloc(void *p, size_t size)
{
    const size_t room = vault_size(p);
    void *moved;

    if (size <= room && (size > room / 2 || room == ALIGN))
        return p;
    moved = vault_alloc(size);
    if (!moved)
        return NULL;
    memcpy(moved, p, size < room ? size : room);
    vault_free(p);
    return moved;
}
