/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "prog/x400d/confine.h"
#include "prog/x400d/vault.h"
#include "store/store.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

/* The flags that the kernel shows of the mapping that holds p, in one line. */
static void flags_of(const void *p, char *flags, size_t size)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;

    *flags = 0;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        unsigned long long from, to;

        if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, size, "%s", line);
    }
    fclose(file);
}

static bool is_dumped(const void *p)
{
    char flags[512];

    flags_of(p, flags, sizeof(flags));
    assert_true(*flags);
    return !strstr(flags, " dd");
}

static void no_core_holds_it(void **state)
{
    static const size_t sizes[] = {1, 16, 100, 4096, 16384, 16385, 1 << 20};
    void *other = malloc(100);

    (void)state;
    assert_true(is_dumped(other)); /* the test can tell */
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *p = vault_alloc(sizes[i]);

        assert_non_null(p);
        assert_false(is_dumped(p));
        assert_false(is_dumped(p + sizes[i] - 1));
        vault_free(p);
    }
    free(other);
}

static void every_size_has_room(void **state)
{
    (void)state;
    for (size_t size = 0; size < 70000; size += size < 1000 ? 1 : 97) {
        char *p = vault_alloc(size);
        char *q = vault_alloc(size);

        assert_non_null(p);
        assert_non_null(q);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_true(vault_size(p) >= size);
        assert_true(size < 16 || vault_size(p) < size + size / 4 + 16);
        memset(p, 1, vault_size(p));
        memset(q, 2, vault_size(q));
        for (size_t i = 0; i < vault_size(p); i++)
            assert_int_equal(p[i], 1);
        vault_free(p);
        vault_free(q);
    }
    vault_free(NULL);
    assert_null(vault_alloc(SIZE_MAX));
    assert_null(vault_alloc(SIZE_MAX / 4));
}

static void what_is_freed_is_wiped(void **state)
{
    char *kept = vault_alloc(500);
    char *p = vault_alloc(500); /* in the slab that kept keeps */

    (void)state;
    memset(p, 'x', vault_size(p));
    vault_free(p);
    assert_null(memmem(p, 500, "xx", 2));
    vault_free(kept);
}

static void resized_blocks_keep_their_octets(void **state)
{
    char *p = vault_alloc(10);

    (void)state;
    memcpy(p, "octets", 7);
    for (size_t size = 10; size < 200000; size = size * 3 / 2) {
        p = vault_realloc(p, size);
        assert_non_null(p);
        assert_true(vault_size(p) >= size);
        assert_string_equal(p, "octets");
    }
    assert_null(vault_realloc(p, SIZE_MAX / 4));
    assert_string_equal(p, "octets");
    p = vault_realloc(p, 8);
    assert_true(vault_size(p) < 100);
    assert_string_equal(p, "octets");
    vault_free(p);
}

struct extent {
    unsigned long mapped, resident; /* pages */
};

static struct extent extent(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    struct extent e;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &e.mapped, &e.resident), 2);
    fclose(file);
    return e;
}

static size_t resident_kib(void)
{
    return extent().resident * PAGE / 1024;
}

static void mappings_are_given_back(void **state)
{
    struct extent before = extent(), after;

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        vault_free(vault_alloc(100001 + i * 7));
    after = extent();
    assert_in_range(after.mapped, before.mapped, before.mapped + 64);
}

static void empty_slabs_give_their_pages_back(void **state)
{
    enum { BLOCKS = 8000, BLOCK = 4000 };
    static char *blocks[BLOCKS];
    size_t before = resident_kib(), full;

    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = vault_alloc(BLOCK);
        assert_non_null(blocks[i]);
        memset(blocks[i], 'x', BLOCK);
    }
    full = resident_kib();
    assert_true(full > before + BLOCKS / 1024 * BLOCK);
    for (size_t i = 0; i < BLOCKS; i++)
        vault_free(blocks[i]);
    assert_true(resident_kib() < before + (full - before) / 4);
}

/* Blocks of random sizes with their number in each octet, and never another's. */
static void *shuffle(void *seed) /* gives back its argument, or NULL for a fault */
{
    enum { SLOTS = 300, ROUNDS = 20000 };
    char *slot[SLOTS] = {NULL};
    size_t size[SLOTS] = {0};
    unsigned random = *(unsigned *)seed;
    bool fault = false;

    for (int round = 0; round < ROUNDS + SLOTS; round++) {
        size_t i = round < ROUNDS ? (size_t)rand_r(&random) % SLOTS : (size_t)(round - ROUNDS);

        for (size_t k = 0; k < size[i] && !fault; k++)
            fault = slot[i][k] != (char)i;
        vault_free(slot[i]);
        size[i] = round < ROUNDS ? (size_t)rand_r(&random) % (i % 10 ? 400 : 20000) : 0;
        slot[i] = size[i] ? vault_alloc(size[i]) : NULL;
        if (slot[i])
            memset(slot[i], (char)i, size[i]);
    }
    return fault ? NULL : seed;
}

static void threads_share_it(void **state)
{
    unsigned seeds[] = {1, 2};
    pthread_t thread[2];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, shuffle, &seeds[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        void *good;

        assert_int_equal(pthread_join(thread[i], &good), 0);
        assert_non_null(good);
    }
}

static void json_is_in_the_vault(void **state)
{
    json_t *object, *text;

    (void)state;
    confine_passwords();
    object = json_pack("{s:s}", "password", "open sesame");
    assert_non_null(object);
    text = json_object_get(object, "password");
    assert_false(is_dumped(object));
    assert_false(is_dumped(text));
    assert_false(is_dumped(json_string_value(text)));
    json_decref(object);
}

/* ---- what the store has read ----------------------------------------------------------------- */

static unsigned taken;

static void *counted_alloc(int size)
{
    taken++;
    return malloc((size_t)size);
}

static void *counted_realloc(void *p, int size)
{
    return realloc(p, (size_t)size);
}

static int counted_size(void *p)
{
    return (int)malloc_usable_size(p);
}

static void the_store_uses_it(void **state)
{
    static const struct store_memory memory = {counted_alloc, free, counted_realloc, counted_size};
    char directory[] = "/tmp/x400d-vault-XXXXXX", command[100], text[400];
    const struct store_params params = {
        .engine = "sqlite", .directory = directory, .owner = "test"};
    struct store *store;

    (void)state;
    assert_int_equal(store_use_memory(&memory), X4_OK);
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_open(&params, &store, text, sizeof(text)), X4_OK);
    assert_true(taken > 10);
    assert_int_equal(store_use_memory(&memory), X4_ESTATE);
    store_close(&store);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_core_holds_it),
        cmocka_unit_test(every_size_has_room),
        cmocka_unit_test(what_is_freed_is_wiped),
        cmocka_unit_test(resized_blocks_keep_their_octets),
        cmocka_unit_test(mappings_are_given_back),
        cmocka_unit_test(empty_slabs_give_their_pages_back),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(json_is_in_the_vault),
        cmocka_unit_test(the_store_uses_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
