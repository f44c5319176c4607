/* SPDX-License-Identifier: Apache-2.0 */
/* free() and realloc() of the whole process, those of the libraries included: what a block held is
 * wiped before others get it. Passwords come by many ways (octets of a bind, YAML, requests and
 * answers of the API) through buffers that are not ours, so it is done where all of them end. What
 * freshly freed memory costs to clear is little, because it is in the processor's cache.
 *
 * The GNU C library lets a program replace its allocator, and gives its own under these names. */
#include "base/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void __libc_free(void *p);
void *__libc_realloc(void *p, size_t size);

void free(void *p)
{
    const int error = errno; /* free() changes none */

    if (!p)
        return;
    explicit_bzero(p, malloc_usable_size(p));
    __libc_free(p);
    errno = error;
}

void heap_drop(void *p)
{
    __libc_free(p);
}

/* Growing in place is the allocator's business; moving would leave a copy behind. */
void *realloc(void *p, size_t size)
{
    const size_t room = p ? malloc_usable_size(p) : 0;
    void *moved;

    if (!p || size == 0) {
        free(p);
        return p ? NULL : malloc(size);
    }
    if (size <= room) { /* never moves; what is cut off is free */
        explicit_bzero((char *)p + size, room - size);
        return size > room / 2 ? p : __libc_realloc(p, size);
    }
    moved = malloc(size);
    if (!moved)
        return NULL;
    memcpy(moved, p, room);
    free(p);
    return moved;
}
