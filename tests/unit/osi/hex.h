/* SPDX-License-Identifier: Apache-2.0 */
/* Octets written as hexadecimal text, for tests. */
#pragma once

#include "base/ascii.h"
#include "base/buf.h"
#include "base/slice.h"

#include <assert.h>

/* Append the octets of a text of hexadecimal digits; anything else between pairs is ignored. */
static inline void hex_append(struct buf *out, const char *text)
{
    int high = -1;

    for (; *text; text++) {
        int value = ascii_hex_value((uint8_t)*text);

        if (value < 0)
            continue;
        if (high >= 0)
            buf_u8(out, (unsigned)(high << 4 | value));
        high = high >= 0 ? -1 : value;
    }
    assert(high < 0 && !out->error);
}

/* The text's octets, in memory that the next call overwrites. */
static inline struct slice hex(const char *text)
{
    static uint8_t memory[4096];
    struct buf b = {.p = memory, .cap = sizeof(memory), .max = sizeof(memory)};

    hex_append(&b, text);
    return buf_view(&b);
}
