/* SPDX-License-Identifier: Apache-2.0 */
/* What was in vector registers is not there any more: put there, and looked for, by assembler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/forget.h"

#include <string.h>

#ifdef __x86_64__

enum { VECTOR = 64 };

#define PUT_16(n)    "movdqu (%0), %%xmm" #n "\n\t"
#define GET_16(n)    "movdqu %%xmm" #n ", (%0)\n\t"
#define PUT_32(n)    "vmovdqu (%0), %%ymm" #n "\n\t"
#define GET_32(n)    "vmovdqu %%ymm" #n ", (%0)\n\t"
#define PUT_64(n)    "vmovdqu64 (%0), %%zmm" #n "\n\t"
#define GET_64(n)    "vmovdqu64 %%zmm" #n ", (%0)\n\t"
#define RUN(code, p) __asm__ volatile(code::"r"(p) : "memory")

/* One register: the secret in, forgotten, out again. */
#define CHECK(size, n)                                                                             \
    do {                                                                                           \
        memset(octets, 's', VECTOR);                                                               \
        RUN(PUT_##size(n), octets);                                                                \
        memset(octets, 0, VECTOR);                                                                 \
        RUN(GET_##size(n), octets);                                                                \
        kept += octets[size - 1] == 's';                                                           \
        memset(octets, 's', VECTOR);                                                               \
        RUN(PUT_##size(n), octets);                                                                \
        forget_registers();                                                                        \
        RUN(GET_##size(n), octets);                                                                \
        left += memchr(octets, 's', size) != NULL;                                                 \
    } while (0)

static void nothing_is_left_in_vectors(void **state)
{
    uint8_t octets[VECTOR];
    unsigned kept = 0, left = 0, tried = 3;

    (void)state;
    CHECK(16, 5);
    CHECK(16, 10);
    CHECK(16, 15);
    if (__builtin_cpu_supports("avx")) {
        CHECK(32, 6);
        CHECK(32, 11);
        CHECK(32, 14);
        tried += 3;
    }
    if (__builtin_cpu_supports("avx512f")) {
        CHECK(64, 9);
        CHECK(64, 16);
        CHECK(64, 23);
        CHECK(64, 31);
        tried += 4;
    }
    assert_int_equal(left, 0);
    assert_true(kept >= tried / 2); /* memset() may use some of them, but not most */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_left_in_vectors)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    forget_registers();
    return 77; /* nothing to look at */
}

#endif
