/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names are the linker's: __wrap_NAME takes the place of NAME. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int64_t blocks, octets; /* of the whole program, like the heap itself */

static void *count_in(void *p)
{
    blocks += p != NULL;
    octets += (int64_t)malloc_usable_size(p);
    return p;
}

static void *count_out(void *p)
{
    blocks -= p != NULL;
    octets -= (int64_t)malloc_usable_size(p);
    return p;
}

void *__wrap_malloc(size_t size)
{
    return count_in(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return count_in(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
    return count_in(__real_realloc(count_out(p), size));
}

void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
    size_t whole;

    return __builtin_mul_overflow(count, size, &whole) ? NULL : __wrap_realloc(p, whole);
}

void __wrap_free(void *p)
{
    __real_free(count_out(p));
}

char *__wrap_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vasprintf(out, format, args);
    va_end(args);
    if (len >= 0)
        count_in(*out);
    return len;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(p, size);
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

void sim_memory_begin(void)
{
    json_set_alloc_funcs(malloc, free);
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        abort();
}

struct sim_memory sim_memory_now(void)
{
    return (struct sim_memory){.blocks = blocks, .octets = octets, .sqlite = sqlite3_memory_used()};
}
