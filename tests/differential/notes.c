/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/notes.h"

#include "base/limits.h"
#include "ber/table.h"
#include "differential/opaque.h"
#include "ipm/types.h"
#include "mts/envelope.h"

enum { EXTENSION_TYPES = 256 }; /* ub-extension-types */

struct walk {
    struct buf *out;
    unsigned place; /* of the extensions that follow, see opaque.h */
    unsigned notes;
    unsigned depth;
};

static void walk_value(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv);

static void note(struct walk *w, const char *kind, const char *what)
{
    buf_printf(w->out, "%s\"%s:%s\"", w->notes++ ? ", " : "", kind, what);
}

/* Is every TLV in there well-formed? */
static bool is_sound(struct slice in, unsigned depth)
{
    while (in.len) {
        struct ber_tlv tlv;

        if (depth > LIMIT_BER_DEPTH || ber_next(&in, &tlv) != X4_OK || tlv.tag == 0)
            return false;
        if (tlv.constructed && !is_sound(tlv.value, depth + 1))
            return false;
    }
    return true;
}

static void walk_opaque(struct walk *w, const char *what, struct slice tlv)
{
    if (!is_sound(tlv, 0))
        note(w, "malformed-inside", what);
}

/* ---- scalars --------------------------------------------------------------------------------- */

static void check_bounds(struct walk *w, const struct ber_type *type, int64_t n)
{
    if (type->max != 0 && (n < type->min || n > opaque_bound(type)))
        note(w, "bounds", type->name);
}

static bool has_name(const struct ber_type *type, int64_t value)
{
    for (const struct ber_name *n = type->names; n && n->name; n++) {
        if (n->value == value)
            return true;
    }
    return false;
}

static void walk_integer(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    int64_t value;

    if (tlv->constructed || ber_integer_value(tlv->value, &value) != X4_OK) {
        note(w, "integer", type->name);
        return;
    }
    if (tlv->value.len > 8) /* octets that say nothing, which X.690 8.3.2 forbids */
        note(w, "padded-integer", type->name);
    if (type->kind == BER_ENUMERATED && !has_name(type, value))
        note(w, "enumerated", type->name);
    check_bounds(w, type, value);
}

/* Segments are OCTET STRINGs, or BIT STRINGs that are not empty and, but for the last, have no
 * unused bits (X.690 8.6.4, 8.7.3). */
static bool is_segment(const struct ber_type *type, const struct ber_tlv *part, bool last)
{
    if (type->kind != BER_BIT_STRING)
        return part->tag == BER_T_OCTET_STRING;
    return part->tag == BER_T_BIT_STRING &&
           (part->constructed ||
            (part->value.len > 0 && part->value.p[0] <= (last && part->value.len > 1 ? 7 : 0)));
}

static void walk_segments(struct walk *w, const struct ber_type *type, struct slice in)
{
    note(w, "segmented", type->name);
    if (in.len == 0)
        note(w, "no-segments", type->name);
    while (in.len) {
        struct ber_tlv part;

        if (ber_next(&in, &part) != X4_OK)
            return;
        if (!is_segment(type, &part, in.len == 0))
            note(w, "segment", type->name);
        if (part.constructed)
            walk_segments(w, type, part.value);
    }
}

/* The tables have no bounds for strings of wide characters; those of the module are between 1 and
 * the 3 to 32768 characters of each place. */
static void check_wide(struct walk *w, const struct ber_type *type, size_t len)
{
    size_t width = type->tag == BER_T_UNIVERSAL ? 4 : type->tag == BER_T_BMP ? 2 : 1;

    if (width > 1 && len % width)
        note(w, "half-character", type->name);
    else if (width > 1 && (len == 0 || len > 3 * width))
        note(w, "bounds", type->name);
}

static void walk_string(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    struct arena arena;
    struct slice value;

    arena_init(&arena, LIMIT_ENVELOPE);
    if (tlv->constructed)
        walk_segments(w, type, tlv->value);
    if (ber_string_value(tlv, &arena, &value) == X4_OK) {
        check_bounds(w, type, (int64_t)value.len);
        check_wide(w, type, value.len);
    }
    arena_free(&arena);
}

static void walk_bits(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    if (tlv->constructed)
        walk_segments(w, type, tlv->value);
    else if (tlv->value.len == 0 || tlv->value.p[0] > (tlv->value.len > 1 ? 7 : 0))
        note(w, "unused-bits", type->name);
    else
        check_bounds(w, type, (int64_t)(tlv->value.len - 1) * 8 - tlv->value.p[0]);
}

static void walk_oid(struct walk *w, const struct ber_type *type, struct slice value)
{
    if (value.len == 0 || value.p[value.len - 1] & 0x80)
        note(w, "oid", type->name);
}

/* ---- open types ------------------------------------------------------------------------------ */

/* A value whose type depends on another member: sound, of that type, and exactly so? */
static void walk_open(struct walk *w, const char *kind, const struct ber_type *type,
                      struct slice value)
{
    struct ber_tlv tlv;
    struct arena arena;
    void *decoded;

    if (ber_single(value, &tlv) != X4_OK) {
        note(w, kind, type->name);
        return;
    }
    arena_init(&arena, LIMIT_ENVELOPE);
    decoded = arena_alloc(&arena, type->size);
    if (!decoded || ber_decode(type, value, &arena, decoded, NULL, NULL) != X4_OK) {
        note(w, kind, type->name);
        walk_opaque(w, type->name, value);
    } else {
        walk_value(w, type, &tlv);
    }
    arena_free(&arena);
}

static void walk_extension(struct walk *w, const struct ber_tlv *tlv)
{
    struct mts_extension e;
    struct mts_extension_id id;
    const struct mts_extension_info *info;
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE);
    if (ber_decode(&ber_type_extension_field, tlv->raw, &arena, &e, NULL, NULL) == X4_OK) {
        id = mts_extension_id(&e);
        info = opaque_mts_extension(id.standard, w->place);
        if (e.type.p[0] & 0x20 || (id.standard < 0 && !slice_present(id.oid)) ||
            (slice_present(id.oid) && id.oid.p[id.oid.len - 1] & 0x80) ||
            id.standard > EXTENSION_TYPES)
            note(w, "extension-type", "ExtensionField");
        if (e.type.len > 2 + 8)
            note(w, "padded-integer", "ExtensionField");
        if (!slice_present(e.value)) {
            if (info)
                note(w, "extension-without-value", info->name);
        } else if (info && info->type->kind != BER_ANY) {
            walk_open(w, "extension-value", info->type, e.value);
        } else {
            if (info)
                note(w, "opaque", info->name);
            walk_opaque(w, "extension", e.value);
        }
    }
    arena_free(&arena);
}

static void walk_attribute(struct walk *w, const struct ber_type *table, const struct ber_tlv *tlv)
{
    struct or_extension e;
    const struct ber_type *type;
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE);
    if (ber_decode(table, tlv->raw, &arena, &e, NULL, NULL) == X4_OK) {
        type = or_extension_ber_type(e.type);
        if (type)
            walk_open(w, "attribute-value", type, e.value);
        else
            note(w, "attribute-type", "ExtensionAttribute");
    }
    arena_free(&arena);
}

static void walk_ipms_extension(struct walk *w, const struct ber_tlv *tlv)
{
    struct ipm_extension e;
    const struct ber_type *type;
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE);
    if (ber_decode(&ipm_type_extension, tlv->raw, &arena, &e, NULL, NULL) == X4_OK) {
        type = opaque_ipms_type(e.type, w->place);
        if (!slice_present(e.value)) {
            if (type && type->kind != BER_NULL)
                note(w, "extension-without-value", type->name);
        } else if (type) {
            walk_open(w, "extension-value", type, e.value);
        } else {
            note(w, "opaque", "IPMSExtension");
            walk_opaque(w, "extension", e.value);
        }
    }
    arena_free(&arena);
}

/* ---- structs --------------------------------------------------------------------------------- */

static const struct ber_field *member_for(const struct ber_type *type, const struct ber_field *next,
                                          uint32_t tag)
{
    const struct ber_field *f = type->kind == BER_SET ? type->fields : next;

    while (f->name && !ber_field_matches(f, tag))
        f++;
    return f->name ? f : NULL;
}

static void walk_member(struct walk *w, const struct ber_field *f, const struct ber_tlv *tlv)
{
    struct ber_tlv inner = *tlv;

    if (ber_field_is_explicit(f)) {
        if (!tlv->constructed || ber_single(tlv->value, &inner) != X4_OK) {
            note(w, "explicit", f->name);
            return;
        }
    }
    if (f->type->kind == BER_ANY && opaque_has_member(f->name))
        note(w, "opaque", f->name);
    walk_value(w, opaque_type(f) ? opaque_type(f) : f->type, &inner);
}

/* additional-information has no row in the table (mts/envelope.h). */
static bool is_additional(const struct ber_type *type, uint32_t tag)
{
    return tag == BER_CONTEXT(2) && strcmp(type->name, "ReportTransferContent") == 0;
}

static void walk_struct(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    const struct ber_field *next = type->fields;
    unsigned outer = w->place;
    struct slice in = tlv->value;
    uint64_t seen = 0;
    bool additional = false;

    if (opaque_place(type))
        w->place = opaque_place(type);
    while (in.len) {
        const struct ber_field *f;
        struct ber_tlv member;

        if (ber_next(&in, &member) != X4_OK)
            return;
        f = member_for(type, next, member.tag);
        if (!f) {
            note(w, !additional && is_additional(type, member.tag) ? "opaque" : "unknown-member",
                 type->name);
            additional |= is_additional(type, member.tag);
            walk_opaque(w, type->name, member.raw);
            continue;
        }
        next = f + 1;
        seen |= UINT64_C(1) << (f - type->fields);
        if (strcmp(f->name, "iso-639-language-code") == 0 && member.value.len != 2 &&
            member.value.len != 5)
            note(w, "bounds", f->name);
        walk_member(w, f, &member);
    }
    for (const struct ber_field *f = type->fields; f->name; f++) {
        if (opaque_is_mandatory(f) && !(seen & UINT64_C(1) << (f - type->fields)))
            note(w, "incomplete", type->name);
    }
    w->place = outer;
}

/* A SEQUENCE or SET that is opaque to us: an IPM in an IPM may be none. */
static void walk_inside(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    struct ber_type inside;

    if (opaque_inside(type)) {
        inside = *opaque_inside(type);
        inside.tag = tlv->tag;
        walk_open(w, "forwarded", &inside, tlv->raw);
    } else {
        note(w, "opaque", type->name);
        walk_opaque(w, type->name, tlv->raw);
    }
}

static void walk_opaque_item(struct walk *w, const char *list, struct slice item)
{
    note(w, "opaque", list);
    walk_opaque(w, list, item);
}

static void walk_list(struct walk *w, const struct ber_type *type, struct slice in)
{
    const struct ber_type *element = opaque_element(type);
    const char *kind = element == &ipm_type_body_part ? "body-part" : "bilateral";
    int64_t count = 0;
    struct ber_tlv item;

    for (; in.len && ber_next(&in, &item) == X4_OK; count++) {
        if (element && type->element->kind == BER_ANY)
            walk_open(w, kind, element, item.raw);
        else if (element)
            walk_value(w, element, &item);
        else
            walk_opaque_item(w, type->name, item.raw);
    }
    check_bounds(w, type, count);
}

/* Alternatives that the module does not have. */
static void note_alternative(struct walk *w, const struct ber_type *type, const struct ber_field *f)
{
    long which = f - type->fields + 1;

    if (type == &ipm_type_body_part &&
        (which == IPM_BODY_TELEX || which == IPM_BODY_VOICE || which == IPM_BODY_SFD))
        note(w, "body-part-1984", f->name);
    if (type == ber_type_external.fields[3].type && which > 1)
        note(w, "not-single", f->name);
    if (f->tag == BER_APPLICATION(23))
        note(w, "application-pathname", f->name);
    if (f->type->kind == BER_OID && f->type->tag != BER_T_OID)
        note(w, "relative-oid", type->name);
}

static void walk_choice(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    struct ber_tlv inner = *tlv;
    const struct ber_field *f;
    unsigned outer = w->place;

    if (type->tag != BER_TAG_NONE && ber_single(tlv->value, &inner) != X4_OK)
        return;
    if (opaque_place(type))
        w->place = opaque_place(type);
    f = ber_alternative(type, inner.tag);
    if (f) {
        note_alternative(w, type, f);
        walk_member(w, f, &inner);
    }
    w->place = outer;
}

static void walk_by_kind(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    switch (type->kind) {
    case BER_BOOLEAN: break;
    case BER_INTEGER:
    case BER_ENUMERATED: walk_integer(w, type, tlv); break;
    case BER_NULL:
        if (tlv->constructed || tlv->value.len)
            note(w, "null-with-contents", type->name);
        break;
    case BER_BIT_STRING: walk_bits(w, type, tlv); break;
    case BER_OCTET_STRING:
    case BER_STRING:
    case BER_UTCTIME: walk_string(w, type, tlv); break;
    case BER_OID: walk_oid(w, type, tlv->value); break;
    case BER_ANY: walk_opaque(w, "ANY", tlv->raw); break;
    case BER_SEQUENCE:
    case BER_SET: walk_struct(w, type, tlv); break;
    case BER_SEQUENCE_OF:
    case BER_SET_OF: walk_list(w, type, tlv->value); break;
    case BER_CHOICE: walk_choice(w, type, tlv); break;
    }
}

static void walk_value(struct walk *w, const struct ber_type *type, const struct ber_tlv *tlv)
{
    if (++w->depth <= LIMIT_BER_DEPTH) {
        if (type == &ber_type_extension_field)
            walk_extension(w, tlv);
        else if (strcmp(type->name, "ExtensionAttribute") == 0)
            walk_attribute(w, type, tlv);
        else if (type == &ipm_type_extension)
            walk_ipms_extension(w, tlv);
        if (opaque_is_inside(type))
            walk_inside(w, type, tlv);
        else
            walk_by_kind(w, type, tlv);
    }
    w->depth--;
}

void notes_walk(const struct ber_type *type, struct slice tlv, struct buf *out)
{
    struct walk w = {.out = out};
    struct ber_tlv whole;

    buf_u8(out, '[');
    if (!is_sound(tlv, 0))
        note(&w, "unsound", type->name);
    if (ber_next(&tlv, &whole) == X4_OK)
        walk_value(&w, type, &whole);
    if (tlv.len)
        note(&w, "trailing", type->name);
    buf_u8(out, ']');
}
