/* SPDX-License-Identifier: Apache-2.0 */
/* Equality and keys of addresses (X.402 18.4). */
#include "base/ascii.h"
#include "base/limits.h"
#include "oraddr/charset.h"
#include "oraddr/group.h"

struct folded {
    struct slice type;
    struct slice text;
};

/* ---- equality -------------------------------------------------------------------------------- */

static int items_equal(const struct or_attribute *a, const struct or_attribute *b,
                       struct arena *arena, bool *equal)
{
    struct folded x;
    struct folded y;
    int error = or_item_fold(a, arena, &x.type, &x.text);

    if (!error)
        error = or_item_fold(b, arena, &y.type, &y.text);
    *equal = !error && slice_eq(x.text, y.text) && slice_eq(x.type, y.type);
    return error;
}

/* Twins: unequal if variants of one kind differ, equal if those of one kind are there and agree.
 * Without a common kind any two that have the same characters make them equal. */
static int groups_equal(const struct or_group *a, const struct or_group *b, struct arena *arena,
                        bool *equal)
{
    bool common = false;
    bool same = false;
    int error = X4_OK;

    for (unsigned v = 0; v < OR_VARIANTS; v++) {
        if (!a->variant[v] || !b->variant[v])
            continue;
        common = true;
        error = items_equal(a->variant[v], b->variant[v], arena, equal);
        if (error || !*equal)
            return error;
    }
    for (unsigned i = 0; !common && !error && !same && i < OR_VARIANTS * OR_VARIANTS; i++) {
        const struct or_attribute *x = a->variant[i / OR_VARIANTS];
        const struct or_attribute *y = b->variant[i % OR_VARIANTS];

        if (x && y)
            error = items_equal(x, y, arena, &same);
    }
    *equal = common || same;
    return error;
}

/* The next group that counts: a blank ADMD is none. */
static bool next_group(const struct or_attributes *in, size_t *pos, struct or_group *out)
{
    while (or_group_next(in, pos, out)) {
        if (out->attr != OR_ADMD || !or_text_is_blank(or_group_best(out)->text))
            return true;
    }
    return false;
}

static int attributes_equal(const struct or_attributes *a, const struct or_attributes *b,
                            struct arena *arena, bool *equal)
{
    struct or_group x;
    struct or_group y;
    size_t at_x = 0;
    size_t at_y = 0;
    bool same = true;

    *equal = false;
    for (;;) {
        bool more = next_group(a, &at_x, &x);
        int error;

        if (more != next_group(b, &at_y, &y))
            return X4_OK;
        if (!more)
            break;
        if (x.attr != y.attr || x.index != y.index)
            return X4_OK;
        error = groups_equal(&x, &y, arena, &same);
        if (error || !same)
            return error;
    }
    *equal = true;
    return X4_OK;
}

/* Where a DDA "Common" stands that is to be read as a common name; NULL: there is none. */
static const struct or_attribute *find_common_dda(const struct or_attributes *in)
{
    const struct or_attribute *found = NULL;

    for (size_t i = 0; i < in->count; i++) {
        const struct or_attribute *item = &in->items[i];

        if (item->attr == OR_CN)
            return NULL;
        if (!found && item->attr == OR_DDA && item->variant == OR_PRINTABLE &&
            slice_eq_nocase(item->type, SLICE_LIT("Common")))
            found = item;
    }
    return found;
}

int or_address_meaning(const struct or_address *a, struct arena *arena, struct or_attributes *out)
{
    int error = or_address_attributes(a, arena, out);
    const struct or_attribute *dda = error ? NULL : find_common_dda(out);
    struct or_attribute name;
    size_t kept = 0;

    if (!dda)
        return error;
    name = (struct or_attribute){.attr = OR_CN, .variant = OR_PRINTABLE, .text = dda->text};
    for (size_t i = 0, index = dda->index; i < out->count; i++) {
        struct or_attribute item = out->items[i];

        if (item.attr == OR_DDA && item.index == index)
            continue; /* it and its twins */
        if (item.attr == OR_DDA && item.index > index)
            item.index--;
        out->items[kept++] = item;
    }
    out->items[kept++] = name;
    out->count = kept;
    or_attributes_sort(out);
    return X4_OK;
}

bool or_address_equal(const struct or_address *a, const struct or_address *b)
{
    struct or_attributes x;
    struct or_attributes y;
    struct arena arena;
    bool equal = false;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = or_address_meaning(a, &arena, &x);
    if (!error)
        error = or_address_meaning(b, &arena, &y);
    if (!error)
        error = attributes_equal(&x, &y, &arena, &equal);
    arena_free(&arena);
    return !error && equal;
}

/* ---- domain names ---------------------------------------------------------------------------- */

enum { DOMAIN_FOLD_MAX = 256 };

/* As or_attribute_fold(), but without an arena: traces are full of domain names to compare. */
static struct slice fold_domain(struct slice in, uint8_t *to)
{
    bool number = true;
    bool space = false;
    size_t len = 0;

    for (size_t i = 0; i < in.len; i++)
        number = number && (in.p[i] == ' ' || ascii_is_digit(in.p[i]));
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] == ' ') {
            space = len > 0 && !number;
            continue;
        }
        if (space)
            to[len++] = ' ';
        space = false;
        to[len++] = ascii_lower(in.p[i]);
    }
    return slice_make(to, len);
}

bool or_domain_name_equal(const struct or_domain_name *a, const struct or_domain_name *b)
{
    struct slice x = a->which ? a->value : SLICE_LIT("");
    struct slice y = b->which ? b->value : SLICE_LIT("");
    uint8_t folded_x[DOMAIN_FOLD_MAX];
    uint8_t folded_y[DOMAIN_FOLD_MAX];

    if (x.len > DOMAIN_FOLD_MAX || y.len > DOMAIN_FOLD_MAX)
        return slice_eq_nocase(x, y);
    return slice_eq(fold_domain(x, folded_x), fold_domain(y, folded_y));
}

struct or_domain_name or_domain_name_make(struct slice value)
{
    return (struct or_domain_name){
        .which = or_text_is_digits(value) ? OR_STRING_NUMERIC : OR_STRING_PRINTABLE,
        .value = value,
    };
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void put_quoted(struct buf *out, struct slice text, const char *doubled)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(doubled, text.p[i]))
            buf_u8(out, text.p[i]);
        buf_u8(out, text.p[i]);
    }
}

static int put_key(const struct or_group *g, struct arena *arena, struct buf *out)
{
    const char *label = or_attr_info(g->attr)->label;
    struct folded f;
    int error = or_item_fold(or_group_best(g), arena, &f.type, &f.text);

    if (error)
        return error;
    for (size_t i = 0; label[i]; i++)
        buf_u8(out, ascii_lower((uint8_t)label[i]));
    if (g->attr == OR_OU || g->attr == OR_PD_A)
        buf_printf(out, "%u", g->index + 1);
    if (g->attr == OR_EXT)
        buf_printf(out, ".%u", g->index);
    if (g->attr == OR_DDA) {
        buf_text(out, ":");
        put_quoted(out, f.type, "=;");
    }
    buf_text(out, "=");
    put_quoted(out, f.text, ";");
    buf_text(out, ";");
    return out->error;
}

int or_address_key(const struct or_address *a, struct buf *out)
{
    struct or_attributes attributes;
    struct or_group g;
    struct arena arena;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = or_address_meaning(a, &arena, &attributes);
    for (size_t pos = 0; !error && next_group(&attributes, &pos, &g);)
        error = put_key(&g, &arena, out);
    if (error == X4_ENOMEM)
        error = arena_error(&arena);
    arena_free(&arena);
    return error;
}
