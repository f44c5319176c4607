/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/error.h"
#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_drop(struct buf *b)
{
    heap_drop(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    buf_free(b);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->error = X4_OK;
}

void buf_clear(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    buf_reset(b);
}

bool buf_reserve(struct buf *b, size_t len)
{
    size_t cap = b->cap ? b->cap : BUF_MIN;
    uint8_t *p;

    if (b->error)
        return false;
    if (len > b->max || b->len > b->max - len) {
        b->error = X4_ELIMIT;
        return false;
    }
    if (b->cap - b->len >= len && b->p)
        return true;
    while (cap < b->len + len)
        cap *= 2;
    p = realloc(b->p, cap);
    if (!p) {
        b->error = X4_ENOMEM;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_grow(struct buf *b, size_t len)
{
    uint8_t *p;

    if (!buf_reserve(b, len))
        return NULL;
    p = b->p + b->len;
    b->len += len;
    return p;
}

void buf_append(struct buf *b, const void *p, size_t len)
{
    uint8_t *to = buf_grow(b, len);

    if (to && len)
        memcpy(to, p, len);
}

void buf_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.p, s.len);
}

void buf_text(struct buf *b, const char *s)
{
    buf_append(b, s, strlen(s));
}

void buf_u8(struct buf *b, unsigned v)
{
    uint8_t octet = (uint8_t)v;

    buf_append(b, &octet, 1);
}

void buf_be16(struct buf *b, unsigned v)
{
    const uint8_t octets[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    buf_append(b, octets, sizeof(octets));
}

void buf_be32(struct buf *b, uint32_t v)
{
    buf_be16(b, v >> 16);
    buf_be16(b, v & 0xffff);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        b->error = b->error ? b->error : X4_EINVAL;
    } else if (buf_reserve(b, (size_t)len + 1)) {
        vsnprintf((char *)b->p + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void buf_hex(struct buf *b, struct slice s)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < s.len; i++) {
        buf_u8(b, (uint8_t)digits[s.p[i] >> 4]);
        buf_u8(b, (uint8_t)digits[s.p[i] & 15]);
    }
}

void buf_consume(struct buf *b, size_t len)
{
    if (len >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->p, b->p + len, b->len - len);
    b->len -= len;
}

const char *buf_cstr(struct buf *b)
{
    if (!buf_reserve(b, 1))
        return NULL;
    b->p[b->len] = 0;
    return (const char *)b->p;
}
