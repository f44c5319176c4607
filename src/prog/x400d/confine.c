/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400d/confine.h"

#include "prog/x400d/vault.h"
#include "store/store.h"

#include <jansson.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void confine_memory(bool shown)
{
    const struct rlimit none = {0, 0};

    if (!shown)
        setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, shown, 0, 0, 0);
}

static void *store_alloc(int size)
{
    return vault_alloc((size_t)size);
}

static void *store_realloc(void *p, int size)
{
    return vault_realloc(p, (size_t)size);
}

static int store_size(void *p)
{
    return (int)vault_size(p);
}

void confine_passwords(void)
{
    const struct store_memory memory = {
        .alloc = store_alloc,
        .free = vault_free,
        .realloc = store_realloc,
        .size = store_size,
    };

    json_set_alloc_funcs(vault_alloc, vault_free);
    store_use_memory(&memory);
}

void confine_files(unsigned long wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
