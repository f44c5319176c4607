/* SPDX-License-Identifier: Apache-2.0 */
/* generate SEED COUNT: prints COUNT legal MTS-APDUs as lines of hexadecimal digits, made from the
 * tables of X.411: every member and extension comes up, values are random within their bounds.
 * Every other APDU uses the freedom that BER gives a sender: indefinite and long lengths, strings
 * in segments, members of SETs in any order, defaults spelt out. */
#include "base/limits.h"
#include "ber/table.h"
#include "differential/listing.h"
#include "differential/opaque.h"
#include "mts/envelope.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MEMBERS_MAX = 32,
    LIST_MAX = 3,   /* items beyond the minimum, but for one list in 64 */
    STRING_MAX = 9, /* the same for strings */
};

struct gen {
    uint64_t state;
    bool liberal;
    unsigned place; /* of the extensions that follow */
};

static void put_value(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out);

/* ---- chance (xorshift64*) -------------------------------------------------------------------- */

static uint64_t chance(struct gen *g)
{
    g->state ^= g->state >> 12;
    g->state ^= g->state << 25;
    g->state ^= g->state >> 27;
    return (g->state * UINT64_C(0x2545f4914f6cdd1d)) >> 16;
}

static size_t below(struct gen *g, size_t n)
{
    return n ? (size_t)(chance(g) % n) : 0;
}

static bool one_in(struct gen *g, size_t n)
{
    return below(g, n) == 0;
}

/* A size within lo..hi (hi 0: no bound), as a rule small. */
static size_t size_within(struct gen *g, int64_t lo, int64_t hi, size_t usual)
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

static void put_tlv(struct gen *g, uint32_t tag, bool constructed, struct slice value,
                    struct buf *out)
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

static void put_characters(struct gen *g, uint32_t tag, size_t len, struct buf *out)
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
static void put_string(struct gen *g, uint32_t tag, struct slice value, struct buf *out)
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

static void put_contents(struct gen *g, const struct ber_type *type, struct buf *out)
{
    size_t len = is_wide(type) ? 1 + below(g, 3) : size_within(g, type->min, type->max, STRING_MAX);

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

static void put_scalar(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
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

/* ---- opaque and open values ------------------------------------------------------------------ */

static void put_pair(struct gen *g, uint32_t tag, struct slice first, struct slice second,
                     struct buf *out)
{
    struct buf pair;

    buf_init(&pair, LIMIT_ENVELOPE);
    buf_slice(&pair, first);
    buf_slice(&pair, second);
    put_tlv(g, tag, true, buf_view(&pair), out);
    buf_free(&pair);
}

static void put_extension(struct gen *g, int number, const struct ber_type *type, struct buf *out)
{
    static const uint8_t bits[] = {0x81, 2, 5, 0x40};
    struct buf head, value, wrapped;

    buf_init(&head, 64);
    buf_init(&value, LIMIT_ENVELOPE);
    buf_init(&wrapped, LIMIT_ENVELOPE);
    if (number > 0)
        ber_put_integer(&head, BER_CONTEXT(0), number);
    else
        ber_put_tlv(&head, BER_CONTEXT(3), false, SLICE_LIT("\x2a\x03\x04"));
    if (one_in(g, 2))
        buf_append(&head, bits, sizeof(bits));
    if (number > 0 && type->kind == BER_ANY)
        buf_slice(&value, opaque_extension(number));
    else
        put_value(g, number > 0 ? type : &ber_type_integer, BER_TAG_NONE, &value);
    put_tlv(g, BER_CONTEXT(2), true, buf_view(&value), &wrapped);
    put_pair(g, BER_T_SEQUENCE, buf_view(&head), buf_view(&wrapped), out);
    buf_free(&wrapped);
    buf_free(&value);
    buf_free(&head);
}

/* Some of the extensions that have their place here, and one of nobody's at times. */
static void put_extensions(struct gen *g, uint32_t tag, struct buf *out)
{
    struct buf items;

    buf_init(&items, LIMIT_ENVELOPE);
    for (int n = 1; mts_extension_info(n); n++) {
        const struct mts_extension_info *info = mts_extension_info(n);

        if ((info->places & g->place) && one_in(g, 4))
            put_extension(g, n, info->type, &items);
    }
    if (one_in(g, 8))
        put_extension(g, 0, NULL, &items);
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&items);
}

/* ExtensionAttributes: each type at most once. */
static void put_attributes(struct gen *g, uint32_t tag, struct buf *out)
{
    struct buf items, type, value, wrapped;
    int first = 1 + (int)below(g, OR_EXT_UNIVERSAL_PDS_PARAMETER_LAST);
    int step = 1 + (int)below(g, 20);

    buf_init(&items, LIMIT_ENVELOPE);
    buf_init(&type, 64);
    buf_init(&value, LIMIT_ENVELOPE);
    buf_init(&wrapped, LIMIT_ENVELOPE);
    for (int n = first; or_extension_ber_type(n); n += step) {
        buf_reset(&type);
        buf_reset(&value);
        buf_reset(&wrapped);
        ber_put_integer(&type, BER_CONTEXT(0), n);
        put_value(g, or_extension_ber_type(n), BER_TAG_NONE, &value);
        put_tlv(g, BER_CONTEXT(1), true, buf_view(&value), &wrapped);
        put_pair(g, BER_T_SEQUENCE, buf_view(&type), buf_view(&wrapped), &items);
    }
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&wrapped);
    buf_free(&value);
    buf_free(&type);
    buf_free(&items);
}

/* ---- structs --------------------------------------------------------------------------------- */

static void put_list(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    size_t count = size_within(g, type->min, type->max, LIST_MAX);
    const struct ber_type *element = opaque_element(type);
    struct buf items;

    buf_init(&items, LIMIT_ENVELOPE);
    for (; count > 0; count--) {
        if (element)
            put_value(g, element, BER_TAG_NONE, &items);
        else
            buf_slice(&items, opaque_member(type->name));
    }
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&items);
}

/* A content that dissectors understand, a P22 IPM without body parts, or anything. */
static void put_content(struct gen *g, uint32_t tag, struct buf *out)
{
    if (one_in(g, 2))
        put_string(g, tag, opaque_member("content"), out);
    else
        put_scalar(g, &ber_type_octet_string, tag, out);
}

static bool is_content(const struct ber_field *f)
{
    return strcmp(f->name, "content") == 0 || strcmp(f->name, "returned-content") == 0;
}

static void put_member(struct gen *g, const struct ber_field *f, struct buf *out)
{
    struct buf inner;

    if (f->type == &ber_type_extensions) {
        put_extensions(g, f->tag, out);
        return;
    }
    if (is_content(f) && f->type == &ber_type_octet_string) {
        put_content(g, f->tag == BER_TAG_NONE ? f->type->tag : f->tag, out);
        return;
    }
    buf_init(&inner, LIMIT_ENVELOPE);
    if (ber_field_is_explicit(f)) {
        if (f->type->kind == BER_ANY)
            buf_slice(&inner, opaque_member(f->name));
        else
            put_value(g, f->type, BER_TAG_NONE, &inner);
        put_tlv(g, f->tag, true, buf_view(&inner), out);
    } else if (f->type->kind == BER_ANY) {
        buf_slice(out, opaque_member(f->name));
    } else if (strcmp(f->name, "iso-639-language-code") == 0) { /* SIZE (2 | 5) */
        put_characters(g, BER_T_PRINTABLE, one_in(g, 2) ? 2 : 5, &inner);
        put_string(g, BER_T_PRINTABLE, buf_view(&inner), out);
    } else {
        put_value(g, f->type, f->tag, out);
    }
    buf_free(&inner);
}

static bool is_wanted(struct gen *g, const struct ber_field *f)
{
    /* Mandatory in the module; see types.c and envelope.h why not in our tables. */
    if (strcmp(f->name, "surname") == 0 || strcmp(f->name, "content") == 0)
        return true;
    return !(f->flags & (BER_OPTIONAL | BER_DEFAULT)) || one_in(g, 2);
}

static void put_struct(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    struct buf member[MEMBERS_MAX], items;
    unsigned outer = g->place;
    size_t count = 0;

    if (listing_place(type))
        g->place = listing_place(type);
    for (const struct ber_field *f = type->fields; f->name; f++) {
        if (!is_wanted(g, f))
            continue;
        buf_init(&member[count], LIMIT_ENVELOPE);
        put_member(g, f, &member[count++]);
    }
    g->place = outer;
    if (strcmp(type->name, "ReportTransferContent") == 0 && one_in(g, 4)) {
        buf_init(&member[count], 64);
        buf_slice(&member[count++], opaque_member("additional-information"));
    }
    buf_init(&items, LIMIT_ENVELOPE);
    for (; count > 0; count--) { /* the order of the table, or any */
        size_t i = type->kind == BER_SET && g->liberal ? below(g, count) : 0;

        buf_slice(&items, buf_view(&member[i]));
        buf_free(&member[i]);
        memmove(&member[i], &member[i + 1], (count - i - 1) * sizeof(member[0]));
    }
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&items);
}

static void put_choice(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    struct buf inner;
    size_t count = 0;

    while (type->fields[count].name)
        count++;
    buf_init(&inner, LIMIT_ENVELOPE);
    put_member(g, &type->fields[below(g, count)], &inner);
    if (tag == BER_TAG_NONE)
        buf_slice(out, buf_view(&inner));
    else
        put_tlv(g, tag, true, buf_view(&inner), out);
    buf_free(&inner);
}

/* tag BER_TAG_NONE: the type's own. */
static void put_value(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    if (tag == BER_TAG_NONE)
        tag = type->tag;
    if (strcmp(type->name, "ExtensionAttributes") == 0)
        put_attributes(g, tag, out);
    else if (ber_is_struct(type))
        put_struct(g, type, tag, out);
    else if (ber_is_list(type))
        put_list(g, type, tag, out);
    else if (type->kind == BER_CHOICE)
        put_choice(g, type, tag, out);
    else
        put_scalar(g, type, tag, out);
}

int main(int argc, char **argv)
{
    struct gen g = {.state = 0};
    struct buf apdu, text;
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (argc != 3)
        return 2;
    g.state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    buf_init(&apdu, LIMIT_ENVELOPE);
    buf_init(&text, 2 * LIMIT_ENVELOPE);
    for (unsigned long i = 0; i < count; i++) {
        g.liberal = i % 2 != 0;
        buf_reset(&apdu);
        buf_reset(&text);
        put_value(&g, &ber_type_mts_apdu, BER_TAG_NONE, &apdu);
        buf_hex(&text, buf_view(&apdu));
        puts(buf_cstr(&text));
    }
    buf_free(&text);
    buf_free(&apdu);
    return 0;
}
