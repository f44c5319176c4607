/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <malloc.h>
#include <stdlib.h>

enum {
    KEEP_FREE = 32 * 1024 * 1024,
    /* From this size on a buffer is a mapping of its own, which goes when it is freed. The largest
     * that come often are TSDUs, and double while they grow. */
    OWN_MAPPING = 4 * 1024 * 1024,
};

void heap_keep(void)
{
    mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
    mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
}

/* A program whose free() wipes has one of its own. */
__attribute__((weak)) void heap_drop(void *p)
{
    free(p);
}

void heap_trim(void)
{
    malloc_trim(0);
}
