/* SPDX-License-Identifier: Apache-2.0 */
#include "mutate.h"

#include <string.h>

/* What libFuzzer has too, the same every time. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
    static uint32_t state = 1;
    size_t at;

    state = state * 1664525 + 1013904223;
    at = size ? (state >> 8) % size : 0;
    if (size == 0 || (size < max && state >> 31)) {
        memmove(data + at + 1, data + at, size - at);
        data[at] = (uint8_t)(state >> 16);
        return size + 1;
    }
    data[at] = (uint8_t)(state >> 16);
    return size;
}
