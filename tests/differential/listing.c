/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/listing.h"

#include "base/limits.h"
#include "ber/table.h"
#include "differential/opaque.h"
#include "ipm/types.h"
#include "mts/envelope.h"
#include "osi/rtse/apdu.h"

#include <inttypes.h>

struct lister {
    struct buf *out;
    unsigned place; /* of the extensions that follow, see opaque.h */
};

static void put_value(struct lister *l, const struct ber_type *type, const void *value);

/* ---- scalars --------------------------------------------------------------------------------- */

static void put_hex(struct buf *out, struct slice octets)
{
    buf_text(out, "\"x'");
    buf_hex(out, octets);
    buf_u8(out, '"');
}

static void put_characters(struct buf *out, uint32_t tag, struct slice s)
{
    size_t width = tag == BER_T_UNIVERSAL ? 4 : tag == BER_T_BMP ? 2 : 1;

    buf_u8(out, '[');
    for (size_t i = 0; i + width <= s.len; i += width) {
        const uint8_t *c = s.p + i + width - 1; /* the low octet */

        if (i)
            buf_text(out, ", ");
        if (width == 4 && (c[-3] || c[-2] || c[-1]))
            buf_printf(out, "\"%u.%u.%u.%u\"", c[-3], c[-2], c[-1], c[0]);
        else if (width == 2 && c[-1])
            buf_printf(out, "\"0.0.%u.%u\"", c[-1], c[0]);
        else
            buf_printf(out, "%u", c[0]);
    }
    buf_u8(out, ']');
}

static const char *name_of(const struct ber_type *type, int64_t value)
{
    for (const struct ber_name *n = type->names; n && n->name; n++) {
        if (n->value == value)
            return n->name;
    }
    return NULL;
}

static void put_number(struct buf *out, const struct ber_type *type, int64_t value)
{
    const char *name = name_of(type, value);

    if (name)
        buf_printf(out, "\"%s\"", name);
    else
        buf_printf(out, "%" PRId64, value);
}

static void put_named_bits(struct buf *out, const struct ber_type *type,
                           const struct ber_bits *bits)
{
    const char *separator = "";

    buf_u8(out, '[');
    for (unsigned i = 0; i < bits->octets.len * 8; i++) {
        const char *name = name_of(type, i);

        if (!ber_bit(bits, i))
            continue;
        buf_text(out, separator);
        separator = ", ";
        if (name)
            buf_printf(out, "\"%s\"", name);
        else
            buf_printf(out, "{\"bit\": %u}", i);
    }
    buf_u8(out, ']');
}

static void put_bits(struct buf *out, const struct ber_type *type, const struct ber_bits *bits)
{
    size_t count = bits->octets.len * 8 - bits->unused;

    if (type->names) {
        put_named_bits(out, type, bits);
    } else if (count % 8 == 0) {
        put_hex(out, bits->octets);
    } else {
        buf_text(out, "\"b'");
        for (unsigned i = 0; i < count; i++)
            buf_u8(out, ber_bit(bits, i) ? '1' : '0');
        buf_u8(out, '"');
    }
}

static void put_oid(struct buf *out, struct slice oid)
{
    char text[1024];

    if (ber_oid_print(oid, text, sizeof(text)) >= 0)
        buf_printf(out, "\"%s\"", text);
    else
        put_hex(out, oid);
}

static void put_relative_oid(struct buf *out, struct slice oid)
{
    uint64_t arc = 0;
    const char *separator = "\"";

    for (size_t i = 0; i < oid.len; i++) {
        arc = arc << 7 | (oid.p[i] & 0x7f);
        if (oid.p[i] & 0x80)
            continue;
        buf_printf(out, "%s%" PRIu64, separator, arc);
        separator = ".";
        arc = 0;
    }
    buf_u8(out, '"');
}

/* ---- opaque values --------------------------------------------------------------------------- */

static void put_minimal(struct slice in, struct buf *out)
{
    while (in.len) {
        struct ber_tlv tlv;
        struct buf inner;

        if (ber_next(&in, &tlv) != X4_OK) {
            buf_slice(out, in);
            return;
        }
        if (!tlv.constructed) {
            ber_put_tlv(out, tlv.tag, false, tlv.value);
            continue;
        }
        buf_init(&inner, out->max);
        put_minimal(tlv.value, &inner);
        ber_put_tlv(out, tlv.tag, true, buf_view(&inner));
        buf_free(&inner);
    }
}

void listing_tlv(struct slice tlv, struct buf *out)
{
    struct buf minimal;

    buf_init(&minimal, LIMIT_ENVELOPE);
    put_minimal(tlv, &minimal);
    put_hex(out, buf_view(&minimal));
    buf_free(&minimal);
}

/* The value of an open type: decoded, or as octets where it is not of the type. */
static void put_open(struct lister *l, const struct ber_type *type, struct slice tlv)
{
    struct arena arena;
    void *value;

    arena_init(&arena, LIMIT_ENVELOPE);
    value = type ? arena_alloc(&arena, type->size) : NULL;
    if (value && ber_decode(type, tlv, &arena, value, NULL, NULL) == X4_OK)
        put_value(l, type, value);
    else
        listing_tlv(tlv, l->out);
    arena_free(&arena);
}

/* ---- extensions ------------------------------------------------------------------------------ */

static void put_extension(struct lister *l, const struct mts_extension *e)
{
    struct mts_extension_id id = mts_extension_id(e);
    const struct mts_extension_info *info = opaque_mts_extension(id.standard, l->place);

    buf_text(l->out, "{\"type\": ");
    if (id.standard >= 0) {
        buf_printf(l->out, "{\"standard-extension\": %" PRId64 "}", id.standard);
    } else {
        buf_text(l->out, "{\"private-extension\": ");
        put_oid(l->out, id.oid);
        buf_u8(l->out, '}');
    }
    buf_text(l->out, ", \"criticality\": ");
    put_bits(l->out, ber_type_extension_field.fields[1].type, &e->criticality);
    buf_text(l->out, ", \"value\": ");
    if (slice_present(e->value))
        put_open(l, info ? info->type : NULL, e->value);
    else
        buf_text(l->out, "\"NULL\"");
    buf_u8(l->out, '}');
}

static void put_attribute(struct lister *l, const struct or_extension *e)
{
    buf_printf(
        l->out,
        "{\"extension-attribute-type\": %" PRId64 ", \"extension-attribute-value\": ", e->type);
    put_open(l, or_extension_ber_type(e->type), e->value);
    buf_u8(l->out, '}');
}

static void put_ipms_extension(struct lister *l, const struct ipm_extension *e)
{
    buf_text(l->out, "{\"type\": ");
    put_oid(l->out, e->type);
    buf_text(l->out, ", \"value\": ");
    if (slice_present(e->value))
        put_open(l, opaque_ipms_type(e->type, l->place), e->value);
    else
        buf_text(l->out, "\"NULL\"");
    buf_u8(l->out, '}');
}

/* A SEQUENCE or SET whose members are not in our table; outer: its tag is that of a member. */
static void put_inside(struct lister *l, const struct ber_type *type, const void *value)
{
    struct slice raw = ((const struct ber_common *)value)->raw;
    struct ber_type inside;
    struct ber_tlv tlv;

    if (opaque_inside(type) && ber_single(raw, &tlv) == X4_OK) {
        inside = *opaque_inside(type);
        inside.tag = tlv.tag;
        put_open(l, &inside, raw);
    } else {
        listing_tlv(raw, l->out);
    }
}

/* ConnectionData of RTORQ and RTOAC, which RTSE reads by hand. */
static void put_connection_data(struct lister *l, struct slice tlv)
{
    struct rt_connection_data data;
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE);
    if (rtse_take_connection_data(tlv, &arena, &data) != X4_OK) {
        listing_tlv(tlv, l->out);
    } else if (data.recover) {
        buf_text(l->out, "{\"recover\": {\"callingSSuserReference\": ");
        put_hex(l->out, data.old_id.calling);
        buf_text(l->out, ", \"commonReference\": ");
        put_characters(l->out, BER_T_UTCTIME, data.old_id.common);
        if (slice_present(data.old_id.additional)) {
            buf_text(l->out, ", \"additionalReferenceInformation\": ");
            put_characters(l->out, BER_T_TELETEX, data.old_id.additional);
        }
        buf_text(l->out, "}}");
    } else {
        buf_text(l->out, "{\"open\": ");
        if (slice_present(data.user_data))
            listing_tlv(data.user_data, l->out);
        else
            buf_text(l->out, "\"NULL\"");
        buf_u8(l->out, '}');
    }
    arena_free(&arena);
}

/* ---- structs --------------------------------------------------------------------------------- */

static bool is_absent(const struct ber_type *type, const void *place)
{
    switch (type->kind) {
    case BER_BOOLEAN: return false;
    case BER_NULL: return !*(const bool *)place;
    case BER_INTEGER:
    case BER_ENUMERATED: return !((const struct ber_optint *)place)->present;
    case BER_SEQUENCE:
    case BER_SET: return *(void *const *)place == NULL;
    case BER_SEQUENCE_OF:
    case BER_SET_OF: return ((const struct ber_list *)place)->items == NULL;
    case BER_CHOICE: return ((const struct ber_common *)place)->which == 0;
    case BER_BIT_STRING: return ((const struct ber_bits *)place)->octets.p == NULL;
    default: return ((const struct slice *)place)->p == NULL;
    }
}

/* The value of an OPTIONAL member in the form of a mandatory one. */
static const void *optional_value(const struct ber_type *type, const void *place)
{
    switch (type->kind) {
    case BER_INTEGER:
    case BER_ENUMERATED: return &((const struct ber_optint *)place)->value;
    case BER_SEQUENCE:
    case BER_SET: return *(void *const *)place;
    default: return place;
    }
}

static void put_struct(struct lister *l, const struct ber_type *type, const void *value)
{
    unsigned outer = l->place;
    const char *separator = "";

    if (opaque_place(type))
        l->place = opaque_place(type);
    buf_u8(l->out, '{');
    for (const struct ber_field *f = type->fields; f->name; f++) {
        const void *place = (const char *)value + f->offset;

        if (f->flags & BER_OPTIONAL) {
            if (is_absent(f->type, place))
                continue;
            place = optional_value(f->type, place);
        }
        buf_printf(l->out, "%s\"%s\": ", separator, f->name);
        separator = ", ";
        if (opaque_type(f))
            put_connection_data(l, *(const struct slice *)place);
        else
            put_value(l, f->type, place);
    }
    buf_u8(l->out, '}');
    l->place = outer;
}

static void put_list(struct lister *l, const struct ber_type *type, const struct ber_list *list)
{
    const struct ber_type *element = opaque_element(type);

    buf_u8(l->out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const void *item = (const char *)list->items + i * type->element->size;

        if (i)
            buf_text(l->out, ", ");
        if (type->element->kind == BER_ANY)
            put_open(l, element, *(const struct slice *)item);
        else
            put_value(l, element, item);
    }
    buf_u8(l->out, ']');
}

static void put_choice(struct lister *l, const struct ber_type *type, const void *value)
{
    int which = ((const struct ber_common *)value)->which;
    const struct ber_field *f = &type->fields[which - 1];
    unsigned outer = l->place;

    if (which == 0) {
        buf_text(l->out, "null");
        return;
    }
    if (opaque_place(type))
        l->place = opaque_place(type);
    buf_printf(l->out, "{\"%s\": ", f->name);
    put_value(l, f->type, (const char *)value + f->offset);
    buf_u8(l->out, '}');
    l->place = outer;
}

static void put_value(struct lister *l, const struct ber_type *type, const void *value)
{
    if (type == &ber_type_extension_field) {
        put_extension(l, value);
        return;
    }
    if (type == &ipm_type_extension) {
        put_ipms_extension(l, value);
        return;
    }
    if (opaque_is_inside(type)) {
        put_inside(l, type, value);
        return;
    }
    if (strcmp(type->name, "ExtensionAttribute") == 0) {
        put_attribute(l, value);
        return;
    }
    switch (type->kind) {
    case BER_BOOLEAN: buf_text(l->out, *(const bool *)value ? "\"true\"" : "\"false\""); break;
    case BER_INTEGER:
    case BER_ENUMERATED: put_number(l->out, type, *(const int64_t *)value); break;
    case BER_NULL: buf_text(l->out, "\"NULL\""); break;
    case BER_BIT_STRING: put_bits(l->out, type, value); break;
    case BER_OCTET_STRING: put_hex(l->out, *(const struct slice *)value); break;
    case BER_STRING:
    case BER_UTCTIME: put_characters(l->out, type->tag, *(const struct slice *)value); break;
    case BER_OID:
        if (type->tag == BER_T_OID)
            put_oid(l->out, *(const struct slice *)value);
        else
            put_relative_oid(l->out, *(const struct slice *)value);
        break;
    case BER_ANY: listing_tlv(*(const struct slice *)value, l->out); break;
    case BER_SEQUENCE:
    case BER_SET: put_struct(l, type, value); break;
    case BER_SEQUENCE_OF:
    case BER_SET_OF: put_list(l, type, value); break;
    case BER_CHOICE: put_choice(l, type, value); break;
    }
}

void listing_value(const struct ber_type *type, const void *value, struct buf *out)
{
    struct lister l = {.out = out};

    put_value(&l, type, value);
}
