/* SPDX-License-Identifier: Apache-2.0 */
/* generate: prints the kinds (kinds.h). generate KIND SEED COUNT: prints COUNT legal PDUs of a kind
 * as lines of hexadecimal digits, made from its tables: every member and extension comes up, values
 * are random within their bounds. Every other PDU uses the freedom that BER gives a sender:
 * indefinite and long lengths, strings in segments, members of SETs in any order, defaults spelt
 * out. */
#include "base/limits.h"
#include "ber/table.h"
#include "differential/kinds.h"
#include "differential/opaque.h"
#include "differential/values.h"
#include "ipm/types.h"
#include "mts/envelope.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MEMBERS_MAX = 32,
    LIST_MAX = 3,   /* items beyond the minimum, but for one list in 64 */
    NESTED_MAX = 2, /* IPMs in IPMs */
};

static void put_value(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out);

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
        const struct mts_extension_info *info = opaque_mts_extension(n, g->place);

        if (info && one_in(g, 4))
            put_extension(g, n, info->type, &items);
    }
    if (one_in(g, 8))
        put_extension(g, 0, NULL, &items);
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&items);
}

static void put_ipms_extension(struct gen *g, struct slice oid, struct slice value, struct buf *out)
{
    struct buf type;

    buf_init(&type, 64);
    ber_put_tlv(&type, BER_T_OID, false, oid);
    put_pair(g, BER_T_SEQUENCE, buf_view(&type), value, out);
    buf_free(&type);
}

/* IPMS extensions that have their place here, and one of nobody's at times. */
static void put_ipms_extensions(struct gen *g, uint32_t tag, struct buf *out)
{
    const struct opaque_ipms_extension *e;
    struct buf items, value;

    buf_init(&items, LIMIT_ENVELOPE);
    buf_init(&value, LIMIT_ENVELOPE);
    for (size_t i = 0; (e = opaque_ipms_extension(i)) != NULL; i++) {
        const struct ber_type *type = opaque_ipms_type(e->oid, g->place);

        if (e->place != g->place || !one_in(g, 4))
            continue;
        buf_reset(&value);
        if (type && (type->kind != BER_NULL || one_in(g, 2)))
            put_value(g, type, BER_TAG_NONE, &value);
        else if (!type)
            buf_slice(&value, e->tlv);
        put_ipms_extension(g, e->oid, buf_view(&value), &items);
    }
    if (one_in(g, 8))
        put_ipms_extension(g, SLICE_LIT("\x2a\x03\x04"), SLICE_LIT("\x02\x01\x07"), &items);
    put_tlv(g, tag, true, buf_view(&items), out);
    buf_free(&value);
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
    size_t count = g->nested > NESTED_MAX ? 0 : size_within(g, type->min, type->max, LIST_MAX);
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

/* iso-639-language-code PrintableString (SIZE (2 | 5)) */
static void put_language(struct gen *g, struct buf *out)
{
    struct buf value;

    buf_init(&value, 64);
    put_characters(g, BER_T_PRINTABLE, one_in(g, 2) ? 2 : 5, &value);
    put_string(g, BER_T_PRINTABLE, buf_view(&value), out);
    buf_free(&value);
}

static void put_member(struct gen *g, const struct ber_field *f, struct buf *out)
{
    struct buf inner;

    if (f->type == &ber_type_extensions) {
        put_extensions(g, f->tag, out);
        return;
    }
    if (strcmp(f->type->name, "ExtensionsField") == 0) {
        put_ipms_extensions(g, f->tag, out);
        return;
    }
    if (is_content(f) && f->type == &ber_type_octet_string) {
        put_content(g, f->tag == BER_TAG_NONE ? f->type->tag : f->tag, out);
        return;
    }
    buf_init(&inner, LIMIT_ENVELOPE);
    if (ber_field_is_explicit(f)) {
        if (opaque_type(f))
            put_value(g, opaque_type(f), BER_TAG_NONE, &inner);
        else if (f->type->kind == BER_ANY)
            buf_slice(&inner, opaque_member(f->name));
        else
            put_value(g, f->type, BER_TAG_NONE, &inner);
        put_tlv(g, f->tag, true, buf_view(&inner), out);
    } else if (f->type->kind == BER_ANY) {
        buf_slice(out, opaque_member(f->name));
    } else if (strcmp(f->name, "iso-639-language-code") == 0) {
        put_language(g, out);
    } else {
        put_value(g, f->type, f->tag, out);
    }
    buf_free(&inner);
}

static bool is_wanted(struct gen *g, const struct ber_field *f)
{
    if (g->kind->without && strcmp(g->kind->without, f->name) == 0)
        return false;
    return opaque_is_mandatory(f) || !(f->flags & (BER_OPTIONAL | BER_DEFAULT)) || one_in(g, 2);
}

static void put_struct(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    struct buf member[MEMBERS_MAX], items;
    unsigned outer = g->place;
    size_t count = 0;

    if (opaque_place(type))
        g->place = opaque_place(type);
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
    unsigned outer = g->place;
    size_t count = 0;

    while (type->fields[count].name)
        count++;
    if (opaque_place(type))
        g->place = opaque_place(type);
    buf_init(&inner, LIMIT_ENVELOPE);
    put_member(g, &type->fields[below(g, count)], &inner);
    if (tag == BER_TAG_NONE)
        buf_slice(out, buf_view(&inner));
    else
        put_tlv(g, tag, true, buf_view(&inner), out);
    buf_free(&inner);
    g->place = outer;
}

/* A SEQUENCE or SET that is opaque to us: the real thing if it is not nested too deeply. */
static void put_inside(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    if (!opaque_inside(type)) {
        put_tlv(g, tag, true, opaque_contents(type->name), out);
        return;
    }
    g->nested++;
    put_struct(g, opaque_inside(type), tag, out);
    g->nested--;
}

/* tag BER_TAG_NONE: the type's own. */
static void put_value(struct gen *g, const struct ber_type *type, uint32_t tag, struct buf *out)
{
    if (tag == BER_TAG_NONE)
        tag = type->tag;
    if (strcmp(type->name, "ExtensionAttributes") == 0)
        put_attributes(g, tag, out);
    else if (opaque_is_inside(type))
        put_inside(g, type, tag, out);
    else if (ber_is_struct(type))
        put_struct(g, type, tag, out);
    else if (ber_is_list(type))
        put_list(g, type, tag, out);
    else if (type->kind == BER_CHOICE)
        put_choice(g, type, tag, out);
    else
        put_scalar(g, type, tag, out);
}

static int print_kinds(void)
{
    for (size_t i = 0; kind_at(i); i++)
        puts(kind_at(i)->name);
    return 0;
}

int main(int argc, char **argv)
{
    struct gen g = {.kind = argc == 4 ? kind_find(argv[1]) : NULL};
    struct buf apdu, text;
    unsigned long count = g.kind ? strtoul(argv[3], NULL, 10) : 0;

    if (argc == 1)
        return print_kinds();
    if (!g.kind)
        return 2;
    g.state = strtoull(argv[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    buf_init(&apdu, LIMIT_ENVELOPE);
    buf_init(&text, 2 * LIMIT_ENVELOPE);
    for (unsigned long i = 0; i < count; i++) {
        g.liberal = i % 2 != 0;
        buf_reset(&apdu);
        buf_reset(&text);
        if (g.kind->generate)
            g.kind->generate(&g, &apdu);
        else
            put_value(&g, g.kind->type, BER_TAG_NONE, &apdu);
        buf_hex(&text, buf_view(&apdu));
        puts(buf_cstr(&text));
    }
    buf_free(&text);
    buf_free(&apdu);
    return 0;
}
