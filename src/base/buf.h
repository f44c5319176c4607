/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer with a named maximum and a sticky error: after the first failure every call is
 * a no-op, so building code reads straight down and checks b->error once at the end. */
#pragma once

#include "base/slice.h"

#include <stdarg.h>

enum { BUF_MIN = 256 }; /* octets of the first allocation */

struct buf {
    uint8_t *p;
    size_t len;
    size_t cap;
    size_t max;
    int error; /* enum x4_error of the first failure */
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
/* As buf_free(), for octets of contents: see heap_drop(). */
void buf_drop(struct buf *b);
/* As buf_free(), for what holds a secret: nothing of it stays in memory. It must have fitted into
 * BUF_MIN octets from the start, because growing leaves copies behind. */
void buf_wipe(struct buf *b);
/* Empty it, keep the memory, clear the error. */
void buf_reset(struct buf *b);
/* As buf_reset(), for small ones: nothing of what it held stays in the memory that is kept. */
void buf_clear(struct buf *b);
void buf_append(struct buf *b, const void *p, size_t len);
void buf_slice(struct buf *b, struct slice s);
void buf_text(struct buf *b, const char *s);
void buf_u8(struct buf *b, unsigned v);
void buf_be16(struct buf *b, unsigned v);
void buf_be32(struct buf *b, uint32_t v);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Lower-case hexadecimal digits of s. */
void buf_hex(struct buf *b, struct slice s);
/* len octets at the end to be filled by the caller, or NULL (error set). */
uint8_t *buf_grow(struct buf *b, size_t len);
/* Memory for len more octets at once, so that it need not grow; false: as after buf_grow(). */
bool buf_reserve(struct buf *b, size_t len);
/* Drop the first len octets. */
void buf_consume(struct buf *b, size_t len);
/* The content as a NUL-terminated string (the NUL is not counted), or NULL after an error. */
const char *buf_cstr(struct buf *b);

static inline struct slice buf_view(const struct buf *b)
{
    return (struct slice){.p = b->p ? b->p : (const uint8_t *)"", .len = b->len};
}
