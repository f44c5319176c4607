/* SPDX-License-Identifier: Apache-2.0 */
#include "text/utf8.h"

static unsigned sequence_length(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

static bool is_character(uint32_t code)
{
    return code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
}

bool utf8_take(struct slice *text, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = text->len ? sequence_length(text->p[0]) : 0;
    uint32_t c;

    if (n == 0 || n > text->len)
        return false;
    c = n == 1 ? text->p[0] : text->p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((text->p[i] & 0xc0) != 0x80)
            return false;
        c = c << 6 | (text->p[i] & 0x3fu);
    }
    if (c < smallest[n] || !is_character(c))
        return false;
    *text = slice_from(*text, n);
    *code = c;
    return true;
}

size_t utf8_write(uint32_t code, uint8_t *to)
{
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (uint8_t)(0xc0 | code >> 6);
        to[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (uint8_t)(0xe0 | code >> 12);
        to[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        to[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | code >> 18);
    to[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    to[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    to[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

uint32_t utf8_next(struct slice *text)
{
    uint32_t code;

    if (utf8_take(text, &code))
        return code;
    *text = slice_from(*text, 1);
    return UTF8_REPLACEMENT;
}

void utf8_put(uint32_t code, struct buf *out)
{
    uint8_t octets[UTF8_MAX];

    buf_append(out, octets, utf8_write(is_character(code) ? code : UTF8_REPLACEMENT, octets));
}

bool utf8_valid(struct slice text)
{
    uint32_t code;

    while (utf8_take(&text, &code))
        ;
    return text.len == 0;
}
