/* SPDX-License-Identifier: Apache-2.0 */
/* Printing values for people, by the same tables that decode them. */
#include "ber/table.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/limits.h"

#include <inttypes.h>

enum {
    INDENT = 2,
    HEX_SHOWN = 48,   /* octets of an octet string */
    TEXT_SHOWN = 256, /* characters of a string */
    OID_TEXT = 512,
};

static void dump_value(const struct ber_type *type, const struct ber_tlv *tlv, unsigned indent,
                       struct buf *out);

static void put_indent(struct buf *out, unsigned indent)
{
    buf_printf(out, "%*s", (int)indent, "");
}

static void put_tag_name(struct buf *out, uint32_t tag)
{
    static const char *const classes[] = {"UNIVERSAL ", "APPLICATION ", "", "PRIVATE "};

    buf_printf(out, "[%s%u]", classes[tag >> 30], tag & 0x3fffffff);
}

static void put_text(struct buf *out, struct slice s)
{
    size_t shown = s.len < TEXT_SHOWN ? s.len : TEXT_SHOWN;

    buf_u8(out, '"');
    for (size_t i = 0; i < shown; i++) {
        if (s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\')
            buf_u8(out, s.p[i]);
        else
            buf_printf(out, "\\x%02x", s.p[i]);
    }
    buf_text(out, "\"");
    if (shown < s.len)
        buf_printf(out, "... (%zu octets)", s.len);
}

static void put_hex(struct buf *out, struct slice s)
{
    buf_hex(out, slice_sub(s, 0, HEX_SHOWN));
    if (s.len > HEX_SHOWN)
        buf_printf(out, "... (%zu octets)", s.len);
}

static const char *name_of(const struct ber_name *names, int64_t value)
{
    for (; names && names->name; names++) {
        if (names->value == value)
            return names->name;
    }
    return NULL;
}

static void put_integer(struct buf *out, const struct ber_type *type, struct slice value)
{
    const char *name;
    int64_t v;

    if (ber_integer_value(value, &v)) {
        put_hex(out, value);
        return;
    }
    name = name_of(type->names, v);
    if (name)
        buf_printf(out, "%s (%" PRId64 ")", name, v);
    else
        buf_printf(out, "%" PRId64, v);
}

static void put_bits(struct buf *out, const struct ber_type *type, const struct ber_tlv *tlv)
{
    struct ber_bits bits;
    unsigned count;

    if (tlv->constructed || tlv->value.len == 0 || tlv->value.p[0] > 7) {
        put_hex(out, tlv->value);
        return;
    }
    bits = (struct ber_bits){slice_from(tlv->value, 1), tlv->value.p[0]};
    count = (unsigned)bits.octets.len * 8;
    count = count > bits.unused ? count - bits.unused : 0;
    if (count > 64) {
        put_hex(out, bits.octets);
        return;
    }
    buf_u8(out, '{');
    for (unsigned i = 0, shown = 0; i < count; i++) {
        const char *name = name_of(type->names, i);

        if (!ber_bit(&bits, i))
            continue;
        if (name)
            buf_printf(out, "%s%s", shown++ ? ", " : "", name);
        else
            buf_printf(out, "%s%u", shown++ ? ", " : "", i);
    }
    buf_printf(out, "} of %u bits", count);
}

static void put_oid(struct buf *out, struct slice value)
{
    char text[OID_TEXT];

    if (ber_oid_print(value, text, sizeof(text)) < 0)
        put_hex(out, value);
    else
        buf_text(out, text);
}

static bool mostly_text(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((s.p[i] < 0x20 && s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\t') || s.p[i] > 0x7e)
            return false;
    }
    return s.len > 0;
}

/* A primitive value, or a constructed string, on the rest of the line. */
static void put_scalar(const struct ber_type *type, const struct ber_tlv *tlv, struct buf *out)
{
    struct arena arena;
    struct slice s = SLICE_NONE;

    switch (type->kind) {
    case BER_BOOLEAN:
        buf_text(out, tlv->value.len == 1 && tlv->value.p[0] ? "TRUE" : "FALSE");
        return;
    case BER_INTEGER:
    case BER_ENUMERATED: put_integer(out, type, tlv->value); return;
    case BER_NULL: buf_text(out, "NULL"); return;
    case BER_BIT_STRING: put_bits(out, type, tlv); return;
    case BER_OID: put_oid(out, tlv->value); return;
    default: break;
    }
    arena_init(&arena, tlv->raw.len + 64);
    if (ber_string_value(tlv, &arena, &s))
        buf_text(out, "(malformed string)");
    else if (type->kind == BER_OCTET_STRING && !mostly_text(s))
        put_hex(out, s);
    else
        put_text(out, s);
    arena_free(&arena);
}

static void put_failure(struct buf *out, unsigned indent, int error, struct slice rest)
{
    put_indent(out, indent);
    buf_printf(out, "!! %s, %zu octets left: ", x4_strerror(error), rest.len);
    put_hex(out, rest);
    buf_u8(out, '\n');
}

static const struct ber_type *universal_type(uint32_t tag)
{
    static const struct ber_type *const types[] = {
        &ber_type_boolean,
        &ber_type_integer,
        &ber_type_enumerated,
        &ber_type_null,
        &ber_type_bit_string,
        &ber_type_octet_string,
        &ber_type_oid,
        &ber_type_utctime,
        &ber_type_numeric_string,
        &ber_type_printable_string,
        &ber_type_teletex_string,
        &ber_type_ia5_string,
        &ber_type_visible_string,
        &ber_type_general_string,
        &ber_type_graphic_string,
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i]->tag == tag)
            return types[i];
    }
    return NULL;
}

static void dump_tlv_tree(const struct ber_tlv *tlv, unsigned indent, struct buf *out)
{
    const struct ber_type *type = universal_type(tlv->tag);

    if (tlv->constructed && indent / INDENT < LIMIT_BER_DEPTH) {
        buf_text(out, tlv->indefinite ? "{ (indefinite)\n" : "{\n");
        ber_dump_tree(tlv->value, indent + INDENT, out);
        put_indent(out, indent);
        buf_text(out, "}\n");
        return;
    }
    if (type && !tlv->constructed)
        put_scalar(type, tlv, out);
    else if (mostly_text(tlv->value))
        put_text(out, tlv->value);
    else
        put_hex(out, tlv->value);
    buf_u8(out, '\n');
}

void ber_dump_tree(struct slice in, unsigned indent, struct buf *out)
{
    while (in.len && !out->error) {
        const struct ber_type *type;
        struct ber_tlv tlv;
        int error = ber_next(&in, &tlv);

        if (error) {
            put_failure(out, indent, error, in);
            return;
        }
        type = universal_type(tlv.tag);
        put_indent(out, indent);
        if (type)
            buf_text(out, type->name);
        else
            put_tag_name(out, tlv.tag);
        buf_u8(out, ' ');
        dump_tlv_tree(&tlv, indent, out);
    }
}

static void dump_member(const struct ber_field *f, const struct ber_tlv *tlv, unsigned indent,
                        struct buf *out)
{
    struct ber_tlv inner = *tlv;

    buf_printf(out, "%s: ", f->name);
    if (ber_field_is_explicit(f)) {
        int error = tlv->constructed ? ber_single(tlv->value, &inner) : X4_ESYNTAX;

        if (error) {
            buf_u8(out, '\n');
            put_failure(out, indent + INDENT, error, tlv->value);
            return;
        }
    }
    dump_value(f->type, &inner, indent, out);
}

static const struct ber_field *next_member(const struct ber_type *type,
                                           const struct ber_field **from, uint32_t tag)
{
    const struct ber_field *f = type->kind == BER_SET ? type->fields : *from;

    for (; f->name; f++) {
        if (ber_field_matches(f, tag)) {
            *from = f + 1;
            return f;
        }
    }
    return NULL;
}

static void dump_members(const struct ber_type *type, struct slice in, unsigned indent,
                         struct buf *out)
{
    const struct ber_field *from = type->fields;

    while (in.len && !out->error) {
        const struct ber_field *f;
        struct ber_tlv tlv;
        int error = ber_next(&in, &tlv);

        if (error) {
            put_failure(out, indent, error, in);
            return;
        }
        f = next_member(type, &from, tlv.tag);
        put_indent(out, indent);
        if (f) {
            dump_member(f, &tlv, indent, out);
        } else {
            buf_text(out, "(unknown) ");
            put_tag_name(out, tlv.tag);
            buf_u8(out, ' ');
            dump_tlv_tree(&tlv, indent, out);
        }
    }
}

static void dump_items(const struct ber_type *type, struct slice in, unsigned indent,
                       struct buf *out)
{
    for (size_t i = 0; in.len && !out->error; i++) {
        struct ber_tlv tlv;
        int error = ber_next(&in, &tlv);

        if (error) {
            put_failure(out, indent, error, in);
            return;
        }
        put_indent(out, indent);
        buf_printf(out, "%zu: ", i + 1);
        if (ber_type_matches(type->element, tlv.tag))
            dump_value(type->element, &tlv, indent, out);
        else
            dump_tlv_tree(&tlv, indent, out);
    }
}

static void dump_choice(const struct ber_type *type, const struct ber_tlv *tlv, unsigned indent,
                        struct buf *out)
{
    struct ber_tlv inner = *tlv;
    const struct ber_field *f;

    if (type->tag != BER_TAG_NONE && (!tlv->constructed || ber_single(tlv->value, &inner))) {
        dump_tlv_tree(tlv, indent, out);
        return;
    }
    f = ber_alternative(type, inner.tag);
    if (f)
        dump_member(f, &inner, indent, out);
    else
        dump_tlv_tree(&inner, indent, out);
}

static void dump_value(const struct ber_type *type, const struct ber_tlv *tlv, unsigned indent,
                       struct buf *out)
{
    bool nested = ber_is_struct(type) || ber_is_list(type);

    if (indent / INDENT >= LIMIT_BER_DEPTH) {
        buf_text(out, "(nested too deep)\n");
    } else if (type->kind == BER_CHOICE) {
        dump_choice(type, tlv, indent, out);
    } else if (type->kind == BER_ANY || (nested && !tlv->constructed)) {
        dump_tlv_tree(tlv, indent, out);
    } else if (nested) {
        buf_printf(out, "%s\n", type->name);
        if (ber_is_struct(type))
            dump_members(type, tlv->value, indent + INDENT, out);
        else
            dump_items(type, tlv->value, indent + INDENT, out);
    } else {
        put_scalar(type, tlv, out);
        buf_u8(out, '\n');
    }
}

void ber_dump(const struct ber_type *type, struct slice in, unsigned indent, struct buf *out)
{
    struct ber_tlv tlv;
    int error = ber_single(in, &tlv);

    put_indent(out, indent);
    if (error || !type || !ber_type_matches(type, tlv.tag)) {
        buf_printf(out, "%s (not decoded: %s)\n", type ? type->name : "value",
                   error ? x4_strerror(error) : "another tag was expected");
        ber_dump_tree(in, indent + INDENT, out);
        return;
    }
    dump_value(type, &tlv, indent, out);
}
