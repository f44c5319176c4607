/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as text, forms A and B. */
#include "base/ascii.h"
#include "base/limits.h"
#include "oraddr/charset.h"
#include "oraddr/group.h"

/* From the special to the general, as in RFC 1685 table F.1. The others come first. */
static const enum or_attr order_a[] = {OR_G, OR_I,  OR_S,    OR_Q,    OR_CN,
                                       OR_O, OR_OU, OR_PRMD, OR_ADMD, OR_C};
static const enum or_attr order_b[] = {OR_G,  OR_I, OR_S,    OR_Q,    OR_CN,
                                       OR_OU, OR_O, OR_PRMD, OR_ADMD, OR_C};
enum { ORDERED = sizeof(order_a) / sizeof(order_a[0]) };

struct printer {
    const struct or_attributes *in;
    struct arena arena; /* for conversions */
    struct buf *out;
    bool any; /* a pair is already there */
    int error;
};

/* ---- form A ---------------------------------------------------------------------------------- */

static bool needs_dollar(struct slice text, size_t i)
{
    return text.p[i] == '$' && (i + 1 == text.len || strchr("$=/;", text.p[i + 1]));
}

/* doubled: the characters that stand there twice */
static void put_a(struct printer *p, struct slice text, const char *doubled)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];

        if (needs_dollar(text, i))
            buf_u8(p->out, '$');
        else if (strchr(doubled, c))
            buf_u8(p->out, c);
        buf_u8(p->out, c);
    }
}

static void put_pair_a(struct printer *p, const struct or_group *g)
{
    const struct or_attribute *item = or_group_best(g);

    buf_text(p->out, p->any ? "; " : "");
    buf_text(p->out, or_attr_info(g->attr)->label);
    if (g->attr == OR_OU || g->attr == OR_PD_A)
        buf_printf(p->out, "%u", g->index + 1);
    if (g->attr == OR_EXT)
        buf_printf(p->out, ".%u", g->index);
    if (g->attr == OR_DDA) {
        buf_text(p->out, ":");
        put_a(p, item->type, "=;");
    }
    buf_text(p->out, "=");
    if (g->attr == OR_DDA && item->text.len && item->text.p[0] == '=')
        buf_text(p->out, "$"); /* else it would belong to the type */
    put_a(p, item->text, ";");
    p->any = true;
}

/* ---- form B ---------------------------------------------------------------------------------- */

/* Text outside of a teletex part; what is special there but not printable is quoted as well, our
 * own parser takes it. */
static void put_plain_b(struct printer *p, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("/=$*{}|", text.p[i]))
            buf_text(p->out, "$");
        buf_u8(p->out, text.p[i]);
    }
}

static void put_octets_b(struct printer *p, struct slice octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        uint8_t c = octets.p[i];

        if (!ascii_is_printablestring(c))
            buf_printf(p->out, "{%03u}", c);
        else
            buf_printf(p->out, c == '/' || c == '=' ? "$%c" : "%c", c);
    }
}

/* What a pair shows: RFC 2156 writes a teletex text that is printable as a printable one. */
struct shown {
    struct slice plain;
    struct slice teletex; /* octets */
};

static struct shown show(struct printer *p, struct slice printable, struct slice teletex)
{
    struct shown s = {.plain = printable};
    int error;

    if (slice_present(s.plain) && !or_text_is_printable(s.plain) && !slice_present(teletex)) {
        teletex = s.plain;
        s.plain = SLICE_NONE;
    }
    if (!slice_present(teletex) || slice_eq(s.plain, teletex))
        return s;
    if (!slice_present(s.plain) && or_text_is_printable(teletex)) {
        s.plain = teletex;
        return s;
    }
    error = or_text_to_t61(teletex, &p->arena, &s.teletex);
    if (error == X4_EUNSUPP) { /* a universal one: the form has nothing for it but the text */
        s.teletex = SLICE_NONE;
        s.plain = slice_present(s.plain) ? s.plain : teletex;
    } else if (error) {
        p->error = error;
    }
    return s;
}

static void put_shown(struct printer *p, const struct shown *s)
{
    put_plain_b(p, s->plain);
    if (!slice_present(s->teletex))
        return;
    buf_text(p->out, "*");
    put_octets_b(p, s->teletex);
}

static struct slice variant_text(const struct or_group *g, enum or_variant variant)
{
    return g->variant[variant] ? g->variant[variant]->text : SLICE_NONE;
}

static struct shown show_group(struct printer *p, const struct or_group *g)
{
    struct shown s = {.plain = variant_text(g, OR_PRINTABLE)};
    struct slice other = variant_text(g, OR_TELETEX);

    if (!(or_attr_info(g->attr)->flags & OR_HAS_VARIANTS))
        return s;
    if (!slice_present(other) && !slice_present(s.plain))
        other = variant_text(g, OR_UNIVERSAL);
    return show(p, s.plain, other);
}

static void open_pair_b(struct printer *p, enum or_attr attr)
{
    buf_text(p->out, "/");
    buf_text(p->out, or_attr_info(attr)->key);
    p->any = true;
}

static bool fits_t61(struct printer *p, struct slice text)
{
    struct slice octets;
    int error = or_text_to_t61(text, &p->arena, &octets);

    if (error == X4_ENOMEM)
        p->error = error;
    return error == X4_OK;
}

/* Type and value have one encoding. */
static void put_dda_b(struct printer *p, const struct or_attribute *printable,
                      const struct or_attribute *other)
{
    const struct or_attribute *first = printable ? printable : other;
    const struct or_attribute *wide = other ? other : first;
    struct shown type = {.plain = first->type};
    struct shown value = {.plain = first->text};

    if (fits_t61(p, first->type) && fits_t61(p, wide->text)) {
        type = show(p, first->type, SLICE_NONE);
        value = show(p, printable ? printable->text : SLICE_NONE, other ? other->text : SLICE_NONE);
    }
    open_pair_b(p, OR_DDA);
    buf_text(p->out, ".");
    put_shown(p, &type);
    buf_text(p->out, "=");
    put_shown(p, &value);
}

static void put_pair_b(struct printer *p, const struct or_group *g)
{
    struct shown s;

    if (g->attr == OR_DDA) {
        put_dda_b(p, g->variant[OR_PRINTABLE],
                  g->variant[OR_TELETEX] ? g->variant[OR_TELETEX] : g->variant[OR_UNIVERSAL]);
        return;
    }
    s = show_group(p, g);
    open_pair_b(p, g->attr);
    if (g->attr == OR_EXT)
        buf_printf(p->out, ".%u", g->index);
    buf_text(p->out, "=");
    put_shown(p, &s);
}

/* How the lines of a postal address can be shown. */
struct lines {
    const struct or_group *groups;
    size_t count;
    bool printable; /* all of them have only printable characters */
    bool t61;       /* all of them can be written in T.61 */
    bool twins;     /* there are teletex ones that differ from the printable ones */
};

static struct slice teletex_line(const struct or_group *g)
{
    return g->variant[OR_TELETEX] ? g->variant[OR_TELETEX]->text : or_group_best(g)->text;
}

static struct lines look_at_lines(struct printer *p, const struct or_group *groups, size_t count)
{
    struct lines l = {
        .groups = groups, .count = count, .printable = true, .t61 = true, .twins = false};

    for (size_t i = 0; i < count; i++) {
        struct slice best = or_group_best(&groups[i])->text;
        struct slice teletex = teletex_line(&groups[i]);

        l.printable = l.printable && or_text_is_printable(best);
        l.t61 = l.t61 && fits_t61(p, teletex);
        l.twins = l.twins || !slice_eq(best, teletex);
    }
    return l;
}

/* Characters that T.61 lacks: beyond RFC 2156, so each line is a pair and needs no separator. */
static void put_universal_lines_b(struct printer *p, const struct lines *l)
{
    for (size_t i = 0; i < l->count; i++) {
        buf_printf(p->out, "/PD-A%zu=", i + 1);
        put_plain_b(p, or_group_best(&l->groups[i])->text);
    }
    p->any = true;
}

/* One pair: printable lines are separated by "|", a teletex text has line ends in it. */
static void put_postal_b(struct printer *p, const struct or_group *groups, size_t count)
{
    struct lines l = look_at_lines(p, groups, count);

    if (!l.printable && !l.t61) {
        put_universal_lines_b(p, &l);
        return;
    }
    open_pair_b(p, OR_PD_A);
    buf_text(p->out, "=");
    for (size_t i = 0; l.printable && i < count; i++) {
        buf_text(p->out, i ? "|" : "");
        put_plain_b(p, or_group_best(&groups[i])->text);
    }
    if (l.printable && !(l.twins && l.t61))
        return;
    buf_text(p->out, "*");
    for (size_t i = 0; i < count; i++) {
        struct slice octets = SLICE_LIT("");

        buf_text(p->out, i ? "{013}{010}" : "");
        if (or_text_to_t61(teletex_line(&groups[i]), &p->arena, &octets))
            p->error = X4_ENOMEM;
        put_octets_b(p, octets);
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

/* Where the items of an attribute begin, and with *count how many there are. */
static const struct or_attribute *range(const struct or_attributes *in, enum or_attr attr,
                                        size_t *count)
{
    size_t first = 0;

    while (first < in->count && in->items[first].attr < attr)
        first++;
    for (*count = 0; first + *count < in->count; ++*count) {
        if (in->items[first + *count].attr != attr)
            break;
    }
    return *count ? &in->items[first] : NULL;
}

/* The groups of one attribute; in form B OUs and DDAs have the most significant last. */
static void put_attr(struct printer *p, enum or_text_form form, enum or_attr attr)
{
    struct or_attributes part = {.count = 0};
    const struct or_attribute *items = range(p->in, attr, &part.count);
    bool reversed = form == OR_TEXT_B && (attr == OR_OU || attr == OR_DDA);
    struct or_group *groups = arena_array(&p->arena, part.count, sizeof(*groups));
    size_t count = 0;

    if (!groups) {
        p->error = X4_ENOMEM;
        return;
    }
    part.items = arena_array(&p->arena, part.count, sizeof(*part.items));
    if (!part.items) {
        p->error = X4_ENOMEM;
        return;
    }
    if (part.count)
        memcpy(part.items, items, part.count * sizeof(*items));
    for (size_t pos = 0; or_group_next(&part, &pos, &groups[count]);)
        count++;
    if (form == OR_TEXT_B && attr == OR_PD_A && count) {
        put_postal_b(p, groups, count);
        return;
    }
    for (size_t i = 0; i < count && !p->error; i++) {
        const struct or_group *g = &groups[reversed ? count - 1 - i : i];

        if (form == OR_TEXT_A)
            put_pair_a(p, g);
        else
            put_pair_b(p, g);
    }
}

static bool is_ordered(enum or_attr attr)
{
    for (size_t i = 0; i < ORDERED; i++) {
        if (order_a[i] == attr)
            return true;
    }
    return false;
}

int or_attributes_print(const struct or_attributes *in, enum or_text_form form, struct buf *out)
{
    const enum or_attr *order = form == OR_TEXT_A ? order_a : order_b;
    struct printer p = {.in = in, .out = out};

    arena_init(&p.arena, LIMIT_ENVELOPE_ARENA);
    for (int attr = 0; attr < OR_ATTR_COUNT && !p.error; attr++) {
        if (!is_ordered((enum or_attr)attr))
            put_attr(&p, form, (enum or_attr)attr);
    }
    for (size_t i = 0; i < ORDERED && !p.error; i++)
        put_attr(&p, form, order[i]);
    if (form == OR_TEXT_B && p.any)
        buf_text(out, "/");
    arena_free(&p.arena);
    return p.error ? p.error : out->error;
}

int or_address_print(const struct or_address *a, enum or_text_form form, struct buf *out)
{
    struct or_attributes attributes;
    struct arena arena;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = or_address_attributes(a, &arena, &attributes);
    if (!error)
        error = or_attributes_print(&attributes, form, out);
    arena_free(&arena);
    return error;
}
