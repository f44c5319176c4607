/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding by descriptor tables: definite, minimal lengths. */
#include "ber/table.h"

#include "base/error.h"

struct encoder {
    struct buf *out;
    struct ber_error *err;
    const struct ber_type *type;
    const char *member;
};

static int encode_value(struct encoder *e, const struct ber_type *type, uint32_t tag,
                        const void *value);

static int fail(struct encoder *e, int code)
{
    if (e->err && !e->err->code) {
        *e->err = (struct ber_error){
            .code = code,
            .offset = e->out->len,
            .type = e->type ? e->type->name : NULL,
            .member = e->member,
        };
    }
    return code;
}

/* ---- identifier and length octets ------------------------------------------------------------ */

static unsigned tag_octets(uint32_t number)
{
    unsigned n = 1;

    if (number < 31)
        return n;
    for (; number; number >>= 7)
        n++;
    return n;
}

static unsigned length_octets(size_t len)
{
    unsigned n = 1;

    if (len < 128)
        return n;
    for (; len; len >>= 8)
        n++;
    return n;
}

size_t ber_header_size(uint32_t tag, size_t len)
{
    return (size_t)tag_octets(tag & 0x3fffffff) + length_octets(len);
}

static void put_tag(struct buf *out, uint32_t tag, bool constructed)
{
    uint32_t number = tag & 0x3fffffff;
    unsigned first = (tag >> 24 & 0xc0) | (constructed ? 0x20u : 0);

    if (number < 31) {
        buf_u8(out, first | number);
        return;
    }
    buf_u8(out, first | 0x1f);
    for (unsigned left = tag_octets(number) - 1; left > 0; left--)
        buf_u8(out, (number >> (7 * (left - 1)) & 0x7f) | (left > 1 ? 0x80u : 0));
}

static void put_length(uint8_t *to, size_t len)
{
    unsigned n = length_octets(len);

    if (n == 1) {
        *to = (uint8_t)len;
        return;
    }
    *to++ = (uint8_t)(0x80 | (n - 1));
    for (unsigned i = n - 1; i > 0; i--)
        *to++ = (uint8_t)(len >> (8 * (i - 1)));
}

void ber_put_header(struct buf *out, uint32_t tag, bool constructed, size_t len)
{
    uint8_t *to;

    put_tag(out, tag, constructed);
    to = buf_grow(out, length_octets(len));
    if (to)
        put_length(to, len);
}

void ber_put_tlv(struct buf *out, uint32_t tag, bool constructed, struct slice value)
{
    ber_put_header(out, tag, constructed, value.len);
    buf_slice(out, value);
}

void ber_put_integer(struct buf *out, uint32_t tag, int64_t v)
{
    uint8_t octets[8];
    size_t skip = 0;

    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
    while (skip < 7 && ((octets[skip] == 0 && !(octets[skip + 1] & 0x80)) ||
                        (octets[skip] == 0xff && (octets[skip + 1] & 0x80))))
        skip++;
    ber_put_tlv(out, tag, false, slice_make(octets + skip, sizeof(octets) - skip));
}

/* A constructed value whose length is not known yet: one octet is kept for it, and the contents
 * move up in close_tlv() when it needs more. */
static size_t open_tlv(struct buf *out, uint32_t tag)
{
    put_tag(out, tag, true);
    buf_u8(out, 0);
    return out->len;
}

static void close_tlv(struct buf *out, size_t start)
{
    size_t len;
    unsigned more;

    if (out->error)
        return;
    len = out->len - start;
    more = length_octets(len) - 1;
    if (more && !buf_grow(out, more))
        return;
    if (more)
        memmove(out->p + start + more, out->p + start, len);
    put_length(out->p + start - 1, len);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Copies a struct's octets as received; under another tag when it stands in another place now. */
static int copy_raw(struct encoder *e, uint32_t tag, struct slice raw)
{
    struct ber_tlv tlv;
    int error = ber_single(raw, &tlv);

    if (error)
        return fail(e, error);
    if (tag == BER_TAG_NONE || tlv.tag == tag)
        buf_slice(e->out, raw);
    else
        ber_put_tlv(e->out, tag, tlv.constructed, tlv.value);
    return e->out->error;
}

/* Is the member there, and is it something else than its default? */
static bool member_wanted(const struct ber_field *f, const void *place)
{
    bool number = f->type->kind == BER_INTEGER || f->type->kind == BER_ENUMERATED;

    if (number && f->flags & BER_OPTIONAL)
        return ((const struct ber_optint *)place)->present;
    if (number)
        return !(f->flags & BER_DEFAULT) || *(const int64_t *)place != f->deflt;
    if (f->type->kind == BER_BOOLEAN)
        return !(f->flags & BER_DEFAULT) || *(const bool *)place != (f->deflt != 0);
    if (f->type->kind == BER_NULL)
        return *(const bool *)place;
    if (f->type->kind == BER_BIT_STRING)
        return slice_present(((const struct ber_bits *)place)->octets);
    if (ber_is_struct(f->type))
        return !(f->flags & BER_OPTIONAL) || *(void *const *)place != NULL;
    if (ber_is_list(f->type))
        return ((const struct ber_list *)place)->items != NULL;
    if (f->type->kind == BER_CHOICE) {
        const struct ber_common *common = place;

        return common->which != 0 || slice_present(common->raw);
    }
    return slice_present(*(const struct slice *)place);
}

static const void *member_value(const struct ber_field *f, const void *place)
{
    if (!(f->flags & BER_OPTIONAL))
        return place;
    if (ber_is_struct(f->type))
        return *(void *const *)place;
    if (f->type->kind == BER_INTEGER || f->type->kind == BER_ENUMERATED)
        return &((const struct ber_optint *)place)->value;
    return place;
}

static int encode_member(struct encoder *e, const struct ber_field *f, const void *base)
{
    const void *place = (const char *)base + f->offset;
    const char *outer = e->member;
    size_t start;
    int error;

    e->member = f->name;
    if (!member_wanted(f, place)) {
        if (!(f->flags & (BER_OPTIONAL | BER_DEFAULT)))
            return fail(e, X4_EMISSING);
        e->member = outer;
        return X4_OK;
    }
    place = member_value(f, place);
    if (ber_field_is_explicit(f)) {
        start = open_tlv(e->out, f->tag);
        error = encode_value(e, f->type, f->type->tag, place);
        close_tlv(e->out, start);
    } else {
        error = encode_value(e, f->type, f->tag != BER_TAG_NONE ? f->tag : f->type->tag, place);
    }
    if (!error)
        e->member = outer;
    return error;
}

static int encode_struct(struct encoder *e, const struct ber_type *type, uint32_t tag,
                         const void *value)
{
    const struct ber_common *common = value;
    size_t start;

    if (slice_present(common->raw))
        return copy_raw(e, tag, common->raw);
    start = open_tlv(e->out, tag);
    for (const struct ber_field *f = type->fields; f->name; f++) {
        int error = encode_member(e, f, value);

        if (error)
            return error;
    }
    close_tlv(e->out, start);
    return e->out->error;
}

static int encode_choice(struct encoder *e, const struct ber_type *type, uint32_t tag,
                         const void *value)
{
    const struct ber_common *common = value;
    size_t start = 0;
    int error;

    if (slice_present(common->raw))
        return copy_raw(e, tag, common->raw);
    if (common->which == 0)
        return fail(e, X4_EMISSING);
    if (tag != BER_TAG_NONE)
        start = open_tlv(e->out, tag);
    error = encode_member(e, &type->fields[common->which - 1], value);
    if (tag != BER_TAG_NONE)
        close_tlv(e->out, start);
    return error;
}

static int encode_list(struct encoder *e, const struct ber_type *type, uint32_t tag,
                       const struct ber_list *list)
{
    size_t start = open_tlv(e->out, tag);

    for (size_t i = 0; i < list->count; i++) {
        const char *item = (const char *)list->items + i * type->element->size;
        int error = encode_value(e, type->element, type->element->tag, item);

        if (error)
            return error;
    }
    close_tlv(e->out, start);
    return e->out->error;
}

static void encode_bits(struct buf *out, uint32_t tag, const struct ber_bits *bits)
{
    ber_put_header(out, tag, false, bits->octets.len + 1);
    buf_u8(out, bits->octets.len ? bits->unused : 0u);
    buf_slice(out, bits->octets);
}

static int encode_value(struct encoder *e, const struct ber_type *type, uint32_t tag,
                        const void *value)
{
    static const uint8_t truth[] = {0x00, 0xff};
    const struct ber_type *outer = e->type;
    int error = X4_OK;

    e->type = type;
    switch (type->kind) {
    case BER_BOOLEAN:
        ber_put_tlv(e->out, tag, false, slice_make(&truth[*(const bool *)value], 1));
        break;
    case BER_INTEGER:
    case BER_ENUMERATED: ber_put_integer(e->out, tag, *(const int64_t *)value); break;
    case BER_NULL: ber_put_header(e->out, tag, false, 0); break;
    case BER_BIT_STRING: encode_bits(e->out, tag, value); break;
    case BER_OCTET_STRING:
    case BER_STRING:
    case BER_UTCTIME:
    case BER_OID: ber_put_tlv(e->out, tag, false, *(const struct slice *)value); break;
    case BER_ANY: buf_slice(e->out, *(const struct slice *)value); break;
    case BER_SEQUENCE:
    case BER_SET: error = encode_struct(e, type, tag, value); break;
    case BER_SEQUENCE_OF:
    case BER_SET_OF: error = encode_list(e, type, tag, value); break;
    case BER_CHOICE: error = encode_choice(e, type, tag, value); break;
    }
    if (!error && e->out->error)
        error = fail(e, e->out->error);
    if (!error)
        e->type = outer;
    return error;
}

int ber_encode(const struct ber_type *type, const void *value, struct buf *out,
               struct ber_error *err)
{
    return ber_encode_tagged(type, type->tag, value, out, err);
}

int ber_encode_tagged(const struct ber_type *type, uint32_t tag, const void *value, struct buf *out,
                      struct ber_error *err)
{
    struct encoder e = {.out = out, .err = err, .type = type};
    size_t start = 0;
    bool wrap = ber_is_tagless(type) && tag != BER_TAG_NONE;
    int error;

    if (err)
        *err = (struct ber_error){.code = X4_OK};
    if (wrap)
        start = open_tlv(out, tag);
    error = encode_value(&e, type, wrap ? BER_TAG_NONE : tag, value);
    if (wrap)
        close_tlv(out, start);
    return error ? error : out->error;
}
