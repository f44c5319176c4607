/* SPDX-License-Identifier: Apache-2.0 */
#include "base/forget.h"

#ifdef __x86_64__

/* The compiler does not use registers 16 to 31 without being told to, so nothing of its is there.
 */
#define CLEAR_512(n) "vpxorq %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
#define CLEAR_128(n) "pxor %%xmm" #n ", %%xmm" #n "\n\t"
#define LOWER                                                                                      \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* clang-format off */
void forget_registers(void)
{
    if (__builtin_cpu_supports("avx512f"))
        __asm__ volatile(CLEAR_512(16) CLEAR_512(17) CLEAR_512(18) CLEAR_512(19)
                         CLEAR_512(20) CLEAR_512(21) CLEAR_512(22) CLEAR_512(23)
                         CLEAR_512(24) CLEAR_512(25) CLEAR_512(26) CLEAR_512(27)
                         CLEAR_512(28) CLEAR_512(29) CLEAR_512(30) CLEAR_512(31) :);
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vzeroall" : : : LOWER);
    else
        __asm__ volatile(CLEAR_128(0) CLEAR_128(1) CLEAR_128(2) CLEAR_128(3)
                         CLEAR_128(4) CLEAR_128(5) CLEAR_128(6) CLEAR_128(7)
                         CLEAR_128(8) CLEAR_128(9) CLEAR_128(10) CLEAR_128(11)
                         CLEAR_128(12) CLEAR_128(13) CLEAR_128(14) CLEAR_128(15) : : : LOWER);
}
/* clang-format on */

#else

void forget_registers(void)
{
}

#endif
