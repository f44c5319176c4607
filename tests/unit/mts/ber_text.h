/* SPDX-License-Identifier: Apache-2.0 */
/* Octets written as text that reads like BER, for the cases of tests. */
#pragma once

#include "base/error.h"
#include "ber/ber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static inline void append_hex(struct buf *out, const char **text)
{
    unsigned octet;

    assert_int_equal(sscanf(*text, "%2x", &octet), 1);
    buf_u8(out, octet);
    *text += 2;
}

/* Octets up to the end of text or a '}', which is taken: see ber_text(). */
static inline void append_text(struct buf *out, const char **text)
{
    while (**text && **text != '}') {
        if (**text == '{') {
            struct buf inner;
            struct buf header;

            ++*text;
            buf_init(&inner, 1 << 20);
            buf_init(&header, 32);
            append_text(&inner, text);
            ber_put_header(&header, 1, false, inner.len); /* one octet of tag, then the length */
            buf_slice(out, slice_from(buf_view(&header), 1));
            buf_slice(out, buf_view(&inner));
            buf_free(&header);
            buf_free(&inner);
        } else if (**text == '\'') {
            for (++*text; **text != '\''; ++*text)
                buf_u8(out, (uint8_t) * *text);
            ++*text;
        } else if (**text == ' ') {
            ++*text;
        } else {
            append_hex(out, text);
        }
    }
    if (**text)
        ++*text;
}

/* Octets from text: hexadecimal digits, 'text', and {...} for a length and what it is the length
 * of: "61{ 13{'GB'} }" is 61 04 13 02 47 42. In the arena. */
static inline struct slice ber_text(struct arena *arena, const char *text)
{
    struct slice result;
    struct buf out;

    buf_init(&out, 1 << 20);
    append_text(&out, &text);
    assert_int_equal(out.error, X4_OK);
    assert_int_equal(*text, '\0');
    result = arena_dup(arena, buf_view(&out));
    buf_free(&out);
    assert_true(slice_present(result));
    return result;
}

static inline void assert_slice(struct slice got, struct slice wanted)
{
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.p, wanted.p, wanted.len);
}
