/* SPDX-License-Identifier: Apache-2.0 */
/* print_tables: every descriptor table that a PDU (kinds.h) can need, as lines of JSON in the form
 * of tables.erl, but that each member has "bounds" and "names" of its type. */
#include "ber/table.h"
#include "differential/kinds.h"
#include "differential/opaque.h"
#include "mts/envelope.h"

#include <inttypes.h>
#include <stdio.h>

enum { TYPES_MAX = 512 };

struct tables {
    const struct ber_type *type[TYPES_MAX];
    size_t count;
};

static void visit(struct tables *t, const struct ber_type *type)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->type[i] == type)
            return;
    }
    if (t->count < TYPES_MAX)
        t->type[t->count++] = type;
}

static void print_values(const struct ber_type *type)
{
    const char *separator = "";

    if (type->max != 0)
        printf(", \"bounds\": [%" PRId64 ", %" PRId64 "]", type->min, type->max);
    if (!type->names)
        return;
    printf(", \"names\": {");
    for (const struct ber_name *n = type->names; n->name; n++) {
        printf("%s\"%s\": %" PRId64, separator, n->name, n->value);
        separator = ", ";
    }
    printf("}");
}

static void print_tag(uint32_t tag)
{
    static const char *const classes[] = {"UNIVERSAL", "APPLICATION", "CONTEXT", "PRIVATE"};

    if (tag == BER_TAG_NONE)
        printf("null");
    else
        printf("\"%s %u\"", classes[tag >> 30], tag & 0x3fffffff);
}

static void print_member(const struct ber_field *f)
{
    const char *presence = f->flags & BER_OPTIONAL  ? "optional"
                           : f->flags & BER_DEFAULT ? "default"
                                                    : "mandatory";

    printf("{\"name\": \"%s\", \"tag\": ", f->name);
    if (f->tag == BER_TAG_NONE && f->type->kind == BER_ANY)
        printf("null");
    else
        print_tag(f->tag == BER_TAG_NONE ? f->type->tag : f->tag);
    printf(", \"presence\": \"%s\"", presence);
    print_values(f->type);
    printf("}");
}

static void print_type(struct tables *t, const struct ber_type *type)
{
    const char *separator = "";

    printf("{\"type\": \"%s\", \"members\": [", type->name);
    for (const struct ber_field *f = type->fields; f && f->name; f++) {
        printf("%s", separator);
        separator = ", ";
        print_member(f);
        visit(t, f->type);
    }
    printf("]");
    print_values(type);
    printf("}\n");
    if (ber_is_list(type) && opaque_element(type))
        visit(t, opaque_element(type));
    if (opaque_inside(type))
        visit(t, opaque_inside(type));
}

int main(void)
{
    struct tables tables = {.count = 0};

    for (size_t i = 0; kind_at(i); i++) {
        if (kind_at(i)->type)
            visit(&tables, kind_at(i)->type);
    }
    for (size_t i = 0; opaque_ipms_extension(i); i++) {
        const struct opaque_ipms_extension *e = opaque_ipms_extension(i);

        if (opaque_ipms_type(e->oid, e->place))
            visit(&tables, opaque_ipms_type(e->oid, e->place));
    }
    for (int n = 1; mts_extension_info(n); n++)
        visit(&tables, mts_extension_info(n)->type);
    for (int n = 1; or_extension_ber_type(n); n++)
        visit(&tables, or_extension_ber_type(n));
    for (size_t i = 0; i < tables.count; i++) /* grows meanwhile */
        print_type(&tables, tables.type[i]);
    return tables.count == TYPES_MAX;
}
