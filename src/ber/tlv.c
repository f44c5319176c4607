/* SPDX-License-Identifier: Apache-2.0 */
/* Single TLVs: identifier and length octets (X.690 8.1.2, 8.1.3), end-of-contents (8.1.5). */
#include "ber/ber.h"

#include "base/cursor.h"
#include "base/limits.h"

enum {
    TAG_NUMBER_MAX = 0x0fffffff,
    LENGTH_OCTETS_MAX = 8,
};

static uint32_t read_tag(struct cursor *c, bool *constructed)
{
    unsigned first = cursor_u8(c);
    uint32_t number = first & 0x1f;
    uint32_t class_bits = (uint32_t)(first & 0xc0) << 24;
    unsigned octet;

    *constructed = (first & 0x20) != 0;
    if (number != 0x1f)
        return class_bits | number;
    number = 0;
    do {
        octet = cursor_u8(c);
        if (number > TAG_NUMBER_MAX >> 7) {
            cursor_fail(c, X4_ELIMIT);
            return 0;
        }
        number = number << 7 | (octet & 0x7f);
    } while (octet & 0x80 && !c->error);
    return class_bits | number;
}

static void read_length(struct cursor *c, struct ber_header *h)
{
    unsigned first = cursor_u8(c);
    unsigned octets = first & 0x7f;

    if (!(first & 0x80)) {
        h->len = first;
        return;
    }
    if (octets == 0) {
        h->indefinite = true;
        if (!h->constructed)
            cursor_fail(c, X4_ESYNTAX); /* X.690 8.1.3.2 a */
        return;
    }
    for (; octets > 0; octets--) {
        if (h->len > UINT64_MAX >> 8) {
            cursor_fail(c, X4_ELIMIT);
            return;
        }
        h->len = h->len << 8 | cursor_u8(c);
    }
}

int ber_header(struct slice in, struct ber_header *out)
{
    struct cursor c = cursor_make(in);

    *out = (struct ber_header){.len = 0};
    out->tag = read_tag(&c, &out->constructed);
    if (!c.error)
        read_length(&c, out);
    out->header_len = c.pos;
    return c.error == X4_ETRUNC ? X4_EAGAIN : c.error;
}

/* Octets of contents before the end-of-contents that matches an indefinite length. */
static int indefinite_length(struct slice in, size_t *len)
{
    unsigned open = 1;
    size_t pos = 0;

    for (;;) {
        struct ber_header h;
        int error = ber_header(slice_from(in, pos), &h);

        if (error)
            return error == X4_EAGAIN ? X4_ETRUNC : error;
        if (h.tag == 0 && !h.constructed) {
            if (h.len != 0)
                return X4_ESYNTAX;
            if (--open == 0)
                break;
        }
        if (h.indefinite && ++open > LIMIT_BER_DEPTH)
            return X4_ELIMIT;
        pos += h.header_len;
        if (h.len > in.len - pos)
            return X4_ETRUNC;
        pos += (size_t)h.len;
    }
    *len = pos;
    return X4_OK;
}

int ber_next(struct slice *in, struct ber_tlv *out)
{
    struct ber_header h;
    size_t len;
    size_t end_of_contents = 0;
    int error = ber_header(*in, &h);

    if (error)
        return error == X4_EAGAIN ? X4_ETRUNC : error;
    if (h.indefinite) {
        error = indefinite_length(slice_from(*in, h.header_len), &len);
        if (error)
            return error;
        end_of_contents = 2;
    } else {
        if (h.len > in->len - h.header_len)
            return X4_ETRUNC;
        len = (size_t)h.len;
    }
    out->tag = h.tag;
    out->constructed = h.constructed;
    out->indefinite = h.indefinite;
    out->value = slice_sub(*in, h.header_len, len);
    out->raw = slice_sub(*in, 0, h.header_len + len + end_of_contents);
    *in = slice_from(*in, out->raw.len);
    return X4_OK;
}

int ber_single(struct slice in, struct ber_tlv *out)
{
    int error = ber_next(&in, out);

    if (!error && in.len != 0)
        return X4_ESYNTAX;
    return error;
}

int ber_find(struct slice in, uint32_t tag, struct ber_tlv *out)
{
    while (in.len) {
        int error = ber_next(&in, out);

        if (error)
            return error;
        if (out->tag == tag)
            return X4_OK;
    }
    return X4_ENOTFOUND;
}

/* Walks the segments of a constructed string; to == NULL only counts. */
static int gather_segments(struct slice in, uint8_t *to, size_t *len, unsigned depth)
{
    if (depth > LIMIT_BER_DEPTH)
        return X4_ELIMIT;
    while (in.len) {
        struct ber_tlv part;
        int error = ber_next(&in, &part);

        if (error)
            return error;
        if (part.constructed) {
            error = gather_segments(part.value, to, len, depth + 1);
            if (error)
                return error;
            continue;
        }
        if (to && part.value.len)
            memcpy(to + *len, part.value.p, part.value.len);
        *len += part.value.len;
    }
    return X4_OK;
}

int ber_string_value(const struct ber_tlv *tlv, struct arena *arena, struct slice *out)
{
    size_t len = 0;
    uint8_t *p;
    int error;

    if (!tlv->constructed) {
        *out = tlv->value;
        return X4_OK;
    }
    error = gather_segments(tlv->value, NULL, &len, 0);
    if (error)
        return error;
    p = arena_alloc(arena, len);
    if (!p)
        return X4_ENOMEM;
    *out = slice_make(p, len);
    len = 0;
    return gather_segments(tlv->value, p, &len, 0);
}

int ber_integer_value(struct slice value, int64_t *out)
{
    uint64_t v;

    if (value.len == 0)
        return X4_ESYNTAX;
    v = (value.p[0] & 0x80) ? UINT64_MAX : 0;
    while (value.len > 8 && value.p[0] == (uint8_t)v)
        value = slice_from(value, 1); /* non-minimal sign octets */
    if (value.len > 8 || (value.len == 8 && ((value.p[0] ^ (uint8_t)v) & 0x80)))
        return X4_EBOUNDS;
    for (size_t i = 0; i < value.len; i++)
        v = v << 8 | value.p[i];
    *out = (int64_t)v;
    return X4_OK;
}

bool ber_bit(const struct ber_bits *bits, unsigned n)
{
    if (n >= bits->octets.len * 8 || n >= bits->octets.len * 8 - bits->unused)
        return false;
    return (bits->octets.p[n / 8] >> (7 - n % 8) & 1) != 0;
}
