/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/values.h"

#include "base/limits.h"
#include "differential/opaque.h"

enum { STRING_MAX = 9 }; /* octets beyond the minimum, but for one string in 64 */

/* ---- chance (xorshift64*) -------------------------------------------------------------------- */

static uint64_t chance(struct gen *g)
{
    g->state ^= g->state >> 12;
    g->state ^= g->state << 25;
    g->state ^= g->state >> 27;
    return (g->state * UINT64_C(0x2545f4914f6cdd1d)) >> 16;
}

size_t below(struct gen *g, size_t n)
{
    return n ? (size_t)(chance(g) % n) : 0;
}

bool one_in(struct gen *g, size_t n)
{
    return below(g, n) == 0;
}

/* A size within lo..hi (hi 0: no bound), as a rule small. */
size_t size_within(struct gen *g, int64_t lo, int64_t hi, size_t usual)
{
    size_t min = lo > 0 ? (size_t)lo : 0;
    size_t max = hi > 0 ? (size_t)hi : min + usual;

    if (hi > 0 && hi < 600 && one_in(g, 64))
        return max;
    if (max > min + usual)
        max = min + usual;
    return min + below(g, max - min + 1);
}

/* ---- TLVs ------------------------------------------------------------------------------------ */

/* A definite length with more octets than it needs. */
static void put_long_header(struct gen *g, uint32_t tag, bool constructed, struct buf *out,
                            size_t len)
{
    unsigned octets = 1 + (unsigned)below(g, 4);
    struct buf header;

    while (octets < 4 && len >> (8 * octets))
        octets++;
    buf_init(&header, 64);
    ber_put_header(&header, tag, constructed, 0);
    buf_slice(out, slice_sub(buf_view(&header), 0, header.len - 1));
    buf_free(&header);
    buf_u8(out, 0x80 | octets);
    while (octets--)
        buf_u8(out, len >> (8 * octets) & 0xff);
}

void put_tlv(struct gen *g, uint32_t tag, bool constructed, struct slice value, struct buf *out)
{
    if (g->liberal && constructed && one_in(g, 3)) {
        struct buf header;

        buf_init(&header, 64);
        ber_put_header(&header, tag, true, 0);
        buf_slice(out, slice_sub(buf_view(&header), 0, header.len - 1));
        buf_free(&header);
        buf_u8(out, 0x80);
        buf_slice(out, value);
        buf_be16(out, 0);
    } else if (g->liberal && one_in(g, 8)) {
        put_long_header(g, tag, constructed, out, value.len);
        buf_slice(out, value);
    } else {
        ber_put_tlv(out, tag, constructed, value);
    }
}

/* ---- scalars --------------------------------------------------------------------------------- */

void put_characters(struct gen *g, uint32_t tag, size_t len, struct buf *out)
{
    static const char printable[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?";

    for (; len > 0; len--) {
        switch (tag) {
        case BER_T_NUMERIC: buf_u8(out, (unsigned)"0123456789 "[below(g, 11)]); break;
        case BER_T_PRINTABLE:
            buf_u8(out, (unsigned)printable[below(g, sizeof(printable) - 1)]);
            break;
        case BER_T_TELETEX:
            buf_u8(out, 0x20 + (unsigned)below(g, 0x5f) + (one_in(g, 4) ? 0x80 : 0));
            break;
        case BER_T_BMP:
            buf_be16(out, 0x20 + (unsigned)below(g, one_in(g, 2) ? 0xd000 : 0x60));
            break;
        case BER_T_UNIVERSAL:
            buf_be32(out, 0x20 + (uint32_t)below(g, one_in(g, 2) ? 0xd000 : 0x60));
            break;
        default: buf_u8(out, 0x20 + (unsigned)below(g, 0x5f)); break;
        }
    }
}

/* Contents as a primitive string, or cut into segments. */
void put_string(struct gen *g, uint32_t tag, struct slice value, struct buf *out)
{
    struct buf segments;

    if (!g->liberal || !one_in(g, value.len ? 8 : 256)) {
        put_tlv(g, tag, false, value, out);
        return;
    }
    buf_init(&segments, LIMIT_ENVELOPE);
    while (value.len) {
        struct slice segment = slice_sub(value, 0, 1 + below(g, value.len));

        put_tlv(g, BER_T_OCTET_STRING, false, segment, &segments);
        value = slice_from(value, segment.len);
    }
    put_tlv(g, tag, true, buf_view(&segments), out);
    buf_free(&segments);
}

static void put_time(struct gen *g, struct buf *out)
{
    buf_printf(out, "%02u%02u%02u%02u%02u", (unsigned)below(g, 100), 1 + (unsigned)below(g, 12),
               1 + (unsigned)below(g, 28), (unsigned)below(g, 24), (unsigned)below(g, 60));
    if (!one_in(g, 4))
        buf_printf(out, "%02u", (unsigned)below(g, 60));
    if (one_in(g, 4))
        buf_printf(out, "%c%02u30", one_in(g, 2) ? '+' : '-', (unsigned)below(g, 12));
    else
        buf_u8(out, 'Z');
}

static void put_oid(struct gen *g, bool relative, struct buf *out)
{
    if (!relative)
        buf_u8(out, (unsigned)below(g, 0x78));
    for (size_t arcs = 1 + below(g, 6); arcs > 0; arcs--) {
        if (one_in(g, 4))
            buf_u8(out, 0x81 + (unsigned)below(g, 0x7e));
        buf_u8(out, (unsigned)below(g, 0x80));
    }
}

/* Characters of two or four octets: the tables have no bounds for them, the narrowest is 1 to 3. */
static bool is_wide(const struct ber_type *type)
{
    return type->tag == BER_T_BMP || type->tag == BER_T_UNIVERSAL;
}

static size_t string_size(struct gen *g, const struct ber_type *type)
{
    if (is_wide(type))
        return 1 + below(g, 3);
    if (strcmp(type->name, "Language") == 0) /* SIZE (2 | 5) */
        return one_in(g, 2) ? 2 : 5;
    return size_within(g, type->min, opaque_bound(type), STRING_MAX);
}

static void put_contents(struct gen *g, const struct ber_type *type, struct buf *out)
{
    size_t len = string_size(g, type);

    if (type->tag == BER_T_GENERALIZEDTIME) {
        buf_text(out, "20");
        put_time(g, out);
        return;
    }
    switch (type->kind) {
    case BER_UTCTIME: put_time(g, out); break;
    case BER_OID: put_oid(g, type->tag != BER_T_OID, out); break;
    case BER_OCTET_STRING:
        for (; len > 0; len--)
            buf_u8(out, (unsigned)below(g, 256));
        break;
    default: put_characters(g, type->tag, len, out); break;
    }
}

static size_t count_names(const struct ber_type *type)
{
    size_t n = 0;

    while (type->names && type->names[n].name)
        n++;
    return n;
}

static int64_t pick_number(struct gen *g, const struct ber_type *type)
{
    size_t names = count_names(type);

    if (names && (type->kind == BER_ENUMERATED || !one_in(g, 4)))
        return type->names[below(g, names)].value;
    if (type->max)
        return type->min + (int64_t)below(g, (size_t)(type->max - type->min) + 1);
    return (int64_t)below(g, 1 << 20) - (1 << 10);
}

/* A BIT STRING of these octets, or of two segments of it. */
static void put_bit_string(struct gen *g, uint32_t tag, unsigned unused, struct slice octets,
                           struct buf *out)
{
    struct buf value, segments;
    size_t cut = octets.len > 1 && g->liberal && one_in(g, 8) ? 1 + below(g, octets.len - 1) : 0;

    buf_init(&value, 64);
    buf_init(&segments, 256);
    buf_u8(&value, unused);
    buf_slice(&value, slice_from(octets, cut));
    if (cut) {
        struct buf first;

        buf_init(&first, 64);
        buf_u8(&first, 0);
        buf_slice(&first, slice_sub(octets, 0, cut));
        put_tlv(g, BER_T_BIT_STRING, false, buf_view(&first), &segments);
        put_tlv(g, BER_T_BIT_STRING, false, buf_view(&value), &segments);
        put_tlv(g, tag, true, buf_view(&segments), out);
        buf_free(&first);
    } else {
        put_tlv(g, tag, false, buf_view(&value), out);
    }
    buf_free(&segments);
    buf_free(&value);
}

static void put_bits(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    size_t bits = size_within(g, type->min, type->max, 16);
    unsigned unused = (8 - bits % 8) % 8;
    struct buf octets;

    buf_init(&octets, 64);
    for (size_t i = 0; i < bits; i += 8)
        buf_u8(&octets, (unsigned)below(g, 256));
    if (octets.len)
        octets.p[octets.len - 1] &= (uint8_t)(0xff << unused);
    put_bit_string(g, tag, unused, buf_view(&octets), out);
    buf_free(&octets);
}

void put_scalar(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    struct buf value;

    buf_init(&value, LIMIT_ENVELOPE);
    switch (type->kind) {
    case BER_INTEGER:
    case BER_ENUMERATED: ber_put_integer(out, tag, pick_number(g, type)); break;
    case BER_BOOLEAN: ber_put_tlv(out, tag, false, slice_make("\xff", 1)); break;
    case BER_NULL: ber_put_tlv(out, tag, false, SLICE_LIT("")); break;
    case BER_BIT_STRING: put_bits(g, type, tag, out); break;
    case BER_OID:
        put_contents(g, type, &value);
        put_tlv(g, tag, false, buf_view(&value), out);
        break;
    default:
        put_contents(g, type, &value);
        put_string(g, tag, buf_view(&value), out);
        break;
    }
    buf_free(&value);
}
