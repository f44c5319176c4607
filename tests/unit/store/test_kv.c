/* SPDX-License-Identifier: Apache-2.0 */
/* The memory engine's map: order, and taking back. */
#include "base/error.h"
#include "store/kv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void set(struct kv *kv, const char *key, const char *value)
{
    assert_int_equal(kv_set(kv, slice_str(key), value ? strdup(value) : NULL), X4_OK);
}

/* "a=1 b=2 " */
static void assert_map(struct kv *kv, const char *want)
{
    char text[256] = "";
    struct kv_entry at;
    bool more = kv_seek(kv, SLICE_LIT(""), false, &at);

    while (more) {
        const size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%.*s=%s ", SLICE_ARG(at.key),
                 (const char *)at.value);
        more = kv_seek(kv, at.key, true, &at);
    }
    assert_string_equal(text, want);
}

static void keys_are_in_the_order_of_their_octets(void **state)
{
    struct kv *kv = kv_new();

    (void)state;
    kv_begin(kv);
    set(kv, "b", "1");
    set(kv, "ab", "2");
    set(kv, "a", "3");
    set(kv, "\xff", "4");
    set(kv, "b", "5");
    kv_commit(kv);
    assert_map(kv, "a=3 ab=2 b=5 \xff=4 ");
    assert_string_equal(kv_get(kv, SLICE_LIT("ab")), "2");
    assert_null(kv_get(kv, SLICE_LIT("abc")));
    kv_free(&kv);
    assert_null(kv);
    kv_free(&kv);
}

static void rollback_takes_everything_back(void **state)
{
    struct kv *kv = kv_new();

    (void)state;
    kv_begin(kv);
    set(kv, "a", "1");
    set(kv, "b", "2");
    kv_commit(kv);
    kv_begin(kv);
    set(kv, "a", "9");  /* changed */
    set(kv, "a", NULL); /* then deleted */
    set(kv, "a", "8");  /* then put again */
    set(kv, "b", NULL);
    set(kv, "c", "7"); /* put, then deleted */
    set(kv, "c", NULL);
    set(kv, "d", "6");
    set(kv, "x", NULL); /* never there */
    assert_map(kv, "a=8 d=6 ");
    kv_rollback(kv);
    assert_map(kv, "a=1 b=2 ");
    kv_begin(kv);
    set(kv, "a", NULL);
    kv_commit(kv);
    assert_map(kv, "b=2 ");
    kv_begin(kv);
    set(kv, "z", "0");
    kv_free(&kv); /* in the middle */
}

/* Against a plain array, many times. */
static void map_equals_an_array(void **state)
{
    enum { KEYS = 500 };
    int model[KEYS] = {0};
    int saved[KEYS];
    unsigned seed = 7;
    struct kv *kv = kv_new();

    (void)state;
    for (int round = 0; round < 300; round++) {
        memcpy(saved, model, sizeof(model));
        kv_begin(kv);
        for (int i = 0; i < 20; i++) {
            const int k = rand_r(&seed) % KEYS;
            const unsigned char key[2] = {(unsigned char)(k >> 8), (unsigned char)k};
            int *value = rand_r(&seed) % 3 ? malloc(sizeof(*value)) : NULL;

            model[k] = value ? 1 + rand_r(&seed) % 1000 : 0;
            if (value)
                *value = model[k];
            assert_int_equal(kv_set(kv, slice_make(key, 2), value), X4_OK);
        }
        if (rand_r(&seed) % 2) {
            kv_commit(kv);
        } else {
            kv_rollback(kv);
            memcpy(model, saved, sizeof(model));
        }
        for (int k = 0; k < KEYS; k++) {
            const unsigned char key[2] = {(unsigned char)(k >> 8), (unsigned char)k};
            const int *value = kv_get(kv, slice_make(key, 2));

            assert_int_equal(value ? *value : 0, model[k]);
        }
    }
    kv_free(&kv);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_in_the_order_of_their_octets),
        cmocka_unit_test(rollback_takes_everything_back),
        cmocka_unit_test(map_equals_an_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
