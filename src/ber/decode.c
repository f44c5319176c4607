/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding by descriptor tables. */
#include "ber/table.h"

#include "base/error.h"
#include "base/limits.h"

#include <assert.h>

enum { MEMBERS_MAX = 64 }; /* of one table: bits of "seen" */

struct decoder {
    struct arena *arena;
    const uint8_t *start;
    unsigned depth;
    struct ber_error *err;
    struct ber_error *bounds;
    const struct ber_type *type; /* innermost, for messages */
    const char *member;
};

static int decode_value(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                        void *value);

/* Notes the innermost place of the first failure; returns code. */
static int fail(struct decoder *d, int code, const uint8_t *at)
{
    if (d->err && !d->err->code) {
        *d->err = (struct ber_error){
            .code = code,
            .offset = at >= d->start ? (size_t)(at - d->start) : 0,
            .type = d->type ? d->type->name : NULL,
            .member = d->member,
        };
    }
    return code;
}

static void check_bounds(struct decoder *d, const struct ber_type *type, int64_t n,
                         const uint8_t *at)
{
    if (type->max == 0 || (n >= type->min && n <= type->max) || !d->bounds || d->bounds->code)
        return;
    *d->bounds = (struct ber_error){
        .code = X4_EBOUNDS,
        .offset = (size_t)(at - d->start),
        .type = type->name,
        .member = d->member,
    };
}

static int decode_integer(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                          int64_t *out)
{
    int error = tlv->constructed ? X4_ESYNTAX : ber_integer_value(tlv->value, out);

    if (error)
        return fail(d, error, tlv->raw.p);
    check_bounds(d, type, *out, tlv->raw.p);
    return X4_OK;
}

static int decode_boolean(struct decoder *d, const struct ber_tlv *tlv, bool *out)
{
    if (tlv->constructed || tlv->value.len != 1)
        return fail(d, X4_ESYNTAX, tlv->raw.p);
    *out = tlv->value.p[0] != 0;
    return X4_OK;
}

static int decode_null(struct decoder *d, const struct ber_tlv *tlv, bool *present)
{
    if (tlv->constructed || tlv->value.len != 0)
        return fail(d, X4_ESYNTAX, tlv->raw.p);
    *present = true;
    return X4_OK;
}

/* Contents of a primitive bit string: the number of unused bits, then the bits (X.690 8.6.2). */
static bool is_bits(struct slice contents)
{
    return contents.len > 0 && contents.p[0] <= (contents.len > 1 ? 7 : 0);
}

/* Adds the segments in in to what out has, at to; all but the last are whole octets (X.690 8.6.4).
 */
static int add_segments(struct slice in, uint8_t *to, struct ber_bits *out, unsigned depth)
{
    while (in.len) {
        struct ber_tlv part;
        int error = depth < LIMIT_BER_DEPTH ? ber_next(&in, &part) : X4_ELIMIT;

        if (error)
            return error;
        if (part.tag != BER_T_BIT_STRING || out->unused)
            return X4_ESYNTAX;
        if (part.constructed) {
            error = add_segments(part.value, to, out, depth + 1);
            if (error)
                return error;
            continue;
        }
        if (!is_bits(part.value))
            return X4_ESYNTAX;
        out->unused = part.value.p[0];
        memcpy(to + out->octets.len, part.value.p + 1, part.value.len - 1);
        out->octets.len += part.value.len - 1;
    }
    return X4_OK;
}

static int join_bits(struct decoder *d, const struct ber_tlv *tlv, struct ber_bits *out)
{
    uint8_t *to = arena_alloc(d->arena, tlv->value.len);

    if (!to)
        return X4_ENOMEM;
    out->octets = slice_make(to, 0);
    return add_segments(tlv->value, to, out, 0);
}

static int decode_bits(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                       struct ber_bits *out)
{
    int error = X4_OK;

    if (tlv->constructed) {
        error = join_bits(d, tlv, out);
    } else if (is_bits(tlv->value)) {
        out->unused = tlv->value.p[0];
        out->octets = slice_from(tlv->value, 1);
    } else {
        error = X4_ESYNTAX;
    }
    if (error)
        return fail(d, error, tlv->raw.p);
    check_bounds(d, type, (int64_t)out->octets.len * 8 - out->unused, tlv->raw.p);
    return X4_OK;
}

static int decode_string(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                         struct slice *out)
{
    int error = ber_string_value(tlv, d->arena, out);

    if (error)
        return fail(d, error, tlv->raw.p);
    check_bounds(d, type, (int64_t)out->len, tlv->raw.p);
    return X4_OK;
}

static int decode_oid(struct decoder *d, const struct ber_tlv *tlv, struct slice *out)
{
    if (tlv->constructed || tlv->value.len == 0 || tlv->value.p[tlv->value.len - 1] & 0x80)
        return fail(d, X4_ESYNTAX, tlv->raw.p);
    if (tlv->value.len > LIMIT_OID)
        return fail(d, X4_ELIMIT, tlv->raw.p);
    *out = tlv->value;
    return X4_OK;
}

static int count_items(struct decoder *d, const struct ber_tlv *tlv, size_t *count)
{
    struct slice in = tlv->value;

    for (*count = 0; in.len; (*count)++) {
        struct ber_tlv item;
        const uint8_t *at = in.p;
        int error = *count < LIMIT_BER_MEMBERS ? ber_next(&in, &item) : X4_ELIMIT;

        if (error)
            return fail(d, error, at);
    }
    return X4_OK;
}

static int decode_list(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                       struct ber_list *out)
{
    struct slice in = tlv->value;
    int error;

    if (!tlv->constructed)
        return fail(d, X4_ESYNTAX, tlv->raw.p);
    error = count_items(d, tlv, &out->count);
    if (error)
        return error;
    check_bounds(d, type, (int64_t)out->count, tlv->raw.p);
    out->items = arena_array(d->arena, out->count, type->element->size);
    if (!out->items)
        return fail(d, X4_ENOMEM, tlv->raw.p);
    for (size_t i = 0; i < out->count; i++) {
        struct ber_tlv item;

        error = ber_next(&in, &item);
        if (!error && !ber_type_matches(type->element, item.tag))
            error = X4_ESYNTAX;
        if (error)
            return fail(d, error, item.raw.p);
        error = decode_value(d, type->element, &item, (char *)out->items + i * type->element->size);
        if (error)
            return error;
    }
    return X4_OK;
}

/* The C value of a member inside its struct: optional structs are allocated here, optional
 * integers marked as present. */
static void *member_place(struct decoder *d, const struct ber_field *f, void *base)
{
    void *place = (char *)base + f->offset;

    if (!(f->flags & BER_OPTIONAL))
        return place;
    if (ber_is_struct(f->type)) {
        void *allocated = arena_alloc(d->arena, f->type->size);

        memcpy(place, &allocated, sizeof(allocated));
        return allocated;
    }
    if (f->type->kind == BER_INTEGER || f->type->kind == BER_ENUMERATED) {
        struct ber_optint *opt = place;

        opt->present = true;
        return &opt->value;
    }
    return place;
}

static int decode_member(struct decoder *d, const struct ber_field *f, const struct ber_tlv *tlv,
                         void *base)
{
    const char *outer = d->member;
    struct ber_tlv inner = *tlv;
    void *place;
    int error = X4_OK;

    d->member = f->name;
    if (ber_field_is_explicit(f)) {
        error = tlv->constructed ? ber_single(tlv->value, &inner) : X4_ESYNTAX;
        if (!error && !ber_type_matches(f->type, inner.tag))
            error = X4_ESYNTAX;
        if (error)
            return fail(d, error, tlv->raw.p);
    }
    place = member_place(d, f, base);
    if (!place)
        return fail(d, X4_ENOMEM, tlv->raw.p);
    error = decode_value(d, f->type, &inner, place);
    if (!error)
        d->member = outer;
    return error;
}

static void set_defaults(const struct ber_type *type, void *base)
{
    for (const struct ber_field *f = type->fields; f->name; f++) {
        void *place = (char *)base + f->offset;

        if (!(f->flags & BER_DEFAULT))
            continue;
        if (f->type->kind == BER_INTEGER || f->type->kind == BER_ENUMERATED)
            *(int64_t *)place = f->deflt;
        else if (f->type->kind == BER_BOOLEAN)
            *(bool *)place = f->deflt != 0;
    }
}

static int check_missing(struct decoder *d, const struct ber_type *type, uint64_t seen,
                         const uint8_t *at)
{
    for (unsigned i = 0; type->fields[i].name; i++) {
        if (type->fields[i].flags & (BER_OPTIONAL | BER_DEFAULT) || seen & UINT64_C(1) << i)
            continue;
        d->member = type->fields[i].name;
        return fail(d, X4_EMISSING, at);
    }
    return X4_OK;
}

/* The member that a TLV is, or -1 for one we do not know. In a SEQUENCE the search goes on from
 * where the last one was found, in a SET every member is tried. */
static int find_member(const struct ber_type *type, unsigned from, uint32_t tag)
{
    for (unsigned i = type->kind == BER_SET ? 0 : from; type->fields[i].name; i++) {
        if (ber_field_matches(&type->fields[i], tag))
            return (int)i;
    }
    return -1;
}

static int decode_struct(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                         void *value)
{
    struct slice in = tlv->value;
    uint64_t seen = 0;
    unsigned next = 0;
    unsigned members = 0;

    if (!tlv->constructed)
        return fail(d, X4_ESYNTAX, tlv->raw.p);
    ((struct ber_common *)value)->raw = tlv->raw;
    set_defaults(type, value);
    while (in.len) {
        struct ber_tlv member;
        const uint8_t *at = in.p;
        int error = ++members <= LIMIT_BER_MEMBERS ? ber_next(&in, &member) : X4_ELIMIT;
        int i;

        if (error)
            return fail(d, error, at);
        i = find_member(type, next, member.tag);
        if (i < 0)
            continue;
        assert(i < MEMBERS_MAX);
        if (seen & UINT64_C(1) << i) {
            d->member = type->fields[i].name;
            return fail(d, X4_EDUP, at);
        }
        seen |= UINT64_C(1) << i;
        next = (unsigned)i + 1;
        error = decode_member(d, &type->fields[i], &member, value);
        if (error)
            return error;
    }
    return check_missing(d, type, seen, tlv->raw.p);
}

static int decode_choice(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                         void *value)
{
    struct ber_common *common = value;
    struct ber_tlv inner = *tlv;
    const struct ber_field *f;

    common->raw = tlv->raw;
    if (type->tag != BER_TAG_NONE) {
        int error = tlv->constructed ? ber_single(tlv->value, &inner) : X4_ESYNTAX;

        if (error)
            return fail(d, error, tlv->raw.p);
    }
    f = ber_alternative(type, inner.tag);
    if (!f)
        return fail(d, X4_ESYNTAX, inner.raw.p);
    common->which = (int)(f - type->fields) + 1;
    return decode_member(d, f, &inner, value);
}

static int decode_by_kind(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                          void *value)
{
    switch (type->kind) {
    case BER_BOOLEAN: return decode_boolean(d, tlv, value);
    case BER_INTEGER:
    case BER_ENUMERATED: return decode_integer(d, type, tlv, value);
    case BER_NULL: return decode_null(d, tlv, value);
    case BER_BIT_STRING: return decode_bits(d, type, tlv, value);
    case BER_OCTET_STRING:
    case BER_STRING:
    case BER_UTCTIME: return decode_string(d, type, tlv, value);
    case BER_OID: return decode_oid(d, tlv, value);
    case BER_ANY: *(struct slice *)value = tlv->raw; return X4_OK;
    case BER_SEQUENCE:
    case BER_SET: return decode_struct(d, type, tlv, value);
    case BER_SEQUENCE_OF:
    case BER_SET_OF: return decode_list(d, type, tlv, value);
    case BER_CHOICE: return decode_choice(d, type, tlv, value);
    }
    return X4_EINVAL;
}

static int decode_value(struct decoder *d, const struct ber_type *type, const struct ber_tlv *tlv,
                        void *value)
{
    const struct ber_type *outer = d->type;
    int error;

    d->type = type;
    if (++d->depth > LIMIT_BER_DEPTH)
        return fail(d, X4_ELIMIT, tlv->raw.p);
    error = decode_by_kind(d, type, tlv, value);
    d->depth--;
    d->type = outer;
    return error;
}

int ber_decode(const struct ber_type *type, struct slice in, struct arena *arena, void *value,
               struct ber_error *err, struct ber_error *bounds)
{
    struct decoder d = {.arena = arena, .start = in.p, .err = err, .bounds = bounds, .type = type};
    struct ber_tlv tlv;
    int error;

    if (err)
        *err = (struct ber_error){.code = X4_OK};
    if (bounds)
        *bounds = (struct ber_error){.code = X4_OK};
    memset(value, 0, type->size);
    error = ber_single(in, &tlv);
    if (!error && !ber_type_matches(type, tlv.tag))
        error = X4_ESYNTAX;
    if (error)
        return fail(&d, error, in.p);
    return decode_value(&d, type, &tlv, value);
}
