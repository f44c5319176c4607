/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include "base/arena.h"

#include <stdlib.h>

static unsigned countdown;
static bool happened;

void fault_at(unsigned n)
{
    countdown = n;
    happened = false;
}

bool fault_happened(void)
{
    countdown = 0;
    return happened;
}

static bool is_due(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    happened = true;
    return true;
}

/* The linker sends calls of f() to __wrap_f(), and those of __real_f() to f(). */
#define WRAPPED(type, name, failed, parameters, ...)                                               \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return is_due() ? (failed) : __real_##name(__VA_ARGS__);                                   \
    }

WRAPPED(void *, malloc, NULL, (size_t size), size)
WRAPPED(void *, calloc, NULL, (size_t count, size_t size), count, size)
WRAPPED(void *, realloc, NULL, (void *p, size_t size), p, size)
WRAPPED(void *, arena_alloc, NULL, (struct arena * a, size_t size), a, size)
WRAPPED(void *, arena_array, NULL, (struct arena * a, size_t count, size_t size), a, count, size)
WRAPPED(struct slice, arena_dup, SLICE_NONE, (struct arena * a, struct slice s), a, s)
WRAPPED(char *, arena_str, NULL, (struct arena * a, struct slice s), a, s)
