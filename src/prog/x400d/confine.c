/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400d/confine.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void confine_memory(bool shown)
{
    const struct rlimit none = {0, 0};

    if (!shown)
        setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, shown, 0, 0, 0);
}

static void wipe_and_free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

void confine_json(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
}

void confine_files(unsigned long wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
