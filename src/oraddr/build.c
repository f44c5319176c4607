/* SPDX-License-Identifier: Apache-2.0 */
/* From attributes to an address. */
#include "base/limits.h"
#include "oraddr/charset.h"
#include "oraddr/ext.h"
#include "oraddr/group.h"
#include "oraddr/labels.h"
#include "oraddr/psap.h"

#include <assert.h>

struct builder {
    struct or_attributes in;
    struct arena *arena;
    struct or_address *out;
    struct or_extension *extensions; /* room for one per attribute */
    struct buf scratch;
    int error;
};

static void fail(struct builder *b, int error)
{
    if (!b->error)
        b->error = error == X4_EUNSUPP ? X4_ESYNTAX : error;
}

static void *take(struct builder *b, size_t count, size_t size)
{
    void *p = arena_array(b->arena, count, size);

    if (!p)
        fail(b, X4_ENOMEM);
    return p;
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct slice to_octets(struct builder *b, enum or_variant variant, struct slice text)
{
    struct slice out = SLICE_NONE;

    if (!slice_present(text))
        return SLICE_NONE;
    fail(b, variant == OR_TELETEX ? or_text_to_t61(text, b->arena, &out)
                                  : or_text_to_ascii(text, b->arena, &out));
    return out;
}

static struct or_universal_string to_universal(struct builder *b, struct slice text)
{
    struct or_universal_string s = {.encoding = {.which = OR_TWO_OCTETS}};
    int error = or_text_to_bmp(text, b->arena, &s.encoding.value);

    if (error == X4_EUNSUPP) {
        s.encoding.which = OR_FOUR_OCTETS;
        error = or_text_to_universal(text, b->arena, &s.encoding.value);
    }
    fail(b, error);
    return s;
}

static void add_extension(struct builder *b, int64_t type, const void *value)
{
    struct or_extension *ext = &b->extensions[b->out->extensions.count];

    if (b->error)
        return;
    buf_reset(&b->scratch);
    fail(b, ber_encode(or_extension_ber_type(type), value, &b->scratch, NULL));
    if (b->error)
        return;
    *ext = (struct or_extension){.type = type};
    ext->value = arena_dup(b->arena, buf_view(&b->scratch));
    if (!slice_present(ext->value))
        fail(b, X4_ENOMEM);
    b->out->extensions.items = b->extensions;
    b->out->extensions.count++;
}

static void add_string(struct builder *b, int64_t type, enum or_variant variant,
                       const struct or_attribute *item)
{
    struct slice octets;
    struct or_universal_string universal;

    if (!item)
        return;
    if (variant == OR_UNIVERSAL) {
        universal = to_universal(b, item->text);
        add_extension(b, type, &universal);
    } else {
        octets = to_octets(b, variant, item->text);
        add_extension(b, type, &octets);
    }
}

/* ---- what has one value ---------------------------------------------------------------------- */

static void build_organization(struct builder *b, const struct or_group *g)
{
    if (g->variant[OR_PRINTABLE])
        b->out->standard.organization_name =
            to_octets(b, OR_PRINTABLE, g->variant[OR_PRINTABLE]->text);
    add_string(b, OR_EXT_TELETEX_ORGANIZATION_NAME, OR_TELETEX, g->variant[OR_TELETEX]);
    add_string(b, OR_EXT_UNIVERSAL_ORGANIZATION_NAME, OR_UNIVERSAL, g->variant[OR_UNIVERSAL]);
}

static void build_common_name(struct builder *b, const struct or_group *g)
{
    add_string(b, OR_EXT_COMMON_NAME, OR_PRINTABLE, g->variant[OR_PRINTABLE]);
    add_string(b, OR_EXT_TELETEX_COMMON_NAME, OR_TELETEX, g->variant[OR_TELETEX]);
    add_string(b, OR_EXT_UNIVERSAL_COMMON_NAME, OR_UNIVERSAL, g->variant[OR_UNIVERSAL]);
}

static int64_t postal_extension(enum or_attr attr)
{
    return OR_EXT_PDS_NAME + (int64_t)attr - OR_PD_SN;
}

static int64_t universal_postal_extension(enum or_attr attr)
{
    return postal_extension(attr) - OR_EXT_PDS_PARAMETER_FIRST +
           OR_EXT_UNIVERSAL_PDS_PARAMETER_FIRST;
}

static void build_pds_parameter(struct builder *b, const struct or_group *g)
{
    struct or_pds_parameter pds = {.raw = SLICE_NONE};

    if (g->variant[OR_PRINTABLE])
        pds.printable = to_octets(b, OR_PRINTABLE, g->variant[OR_PRINTABLE]->text);
    if (g->variant[OR_TELETEX])
        pds.teletex = to_octets(b, OR_TELETEX, g->variant[OR_TELETEX]->text);
    if (slice_present(pds.printable) || slice_present(pds.teletex))
        add_extension(b, postal_extension(g->attr), &pds);
    add_string(b, universal_postal_extension(g->attr), OR_UNIVERSAL, g->variant[OR_UNIVERSAL]);
}

static void build_terminal_type(struct builder *b, struct slice text)
{
    int64_t value = 0;

    fail(b, or_terminal_type_value(text, &value));
    add_extension(b, OR_EXT_TERMINAL_TYPE, &value);
}

static void build_psap(struct builder *b, struct slice text)
{
    struct or_extended_network_address n = {.which = OR_NETWORK_PSAP};

    fail(b, or_psap_parse(text, b->arena, &n.psap));
    add_extension(b, OR_EXT_EXTENDED_NETWORK_ADDRESS, &n);
}

static void build_e163_4(struct builder *b, struct slice number, struct slice sub_address)
{
    struct or_extended_network_address n = {.which = OR_NETWORK_E163_4};

    n.e163_4.number = to_octets(b, OR_PRINTABLE, number);
    n.e163_4.sub_address = to_octets(b, OR_PRINTABLE, sub_address);
    add_extension(b, OR_EXT_EXTENDED_NETWORK_ADDRESS, &n);
}

static void build_unknown(struct builder *b, const struct or_attribute *item)
{
    struct or_extension *ext = &b->extensions[b->out->extensions.count];
    uint8_t *to = take(b, item->text.len / 2, 1);
    struct ber_tlv tlv;

    if (!to)
        return;
    for (size_t i = 0; i + 1 < item->text.len; i += 2) {
        int high = ascii_hex_value(item->text.p[i]);
        int low = ascii_hex_value(item->text.p[i + 1]);

        if (high < 0 || low < 0)
            fail(b, X4_ESYNTAX);
        to[i / 2] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    *ext = (struct or_extension){.type = item->index};
    ext->value = slice_make(to, item->text.len / 2);
    if (item->text.len % 2 || ber_single(ext->value, &tlv))
        fail(b, X4_ESYNTAX);
    b->out->extensions.items = b->extensions;
    b->out->extensions.count++;
}

/* ---- what belongs together: personal name, OUs, postal lines --------------------------------- */

/* The groups of consecutive attributes from *pos on, up to last. */
struct set {
    struct or_group *items;
    size_t count;
};

static struct set take_set(struct builder *b, size_t *pos, enum or_attr last)
{
    struct set s = {.items = take(b, b->in.count - *pos, sizeof(*s.items))};

    while (s.items && *pos < b->in.count && b->in.items[*pos].attr <= last)
        or_group_next(&b->in, pos, &s.items[s.count++]);
    return s;
}

/* A group's text for a variant: its own, or that of a narrower one, which any wider set can hold.
 */
static const struct or_attribute *text_for(const struct or_group *g, enum or_variant variant)
{
    for (int v = (int)variant; v >= 0; v--) {
        if (g->variant[v])
            return g->variant[v];
    }
    return NULL;
}

static struct slice set_text(const struct set *s, size_t i, enum or_variant variant)
{
    const struct or_attribute *item = text_for(&s->items[i], variant);

    assert(item); /* set_has() said so */
    return item->text;
}

/* A variant is sent if somebody has it and everybody has something to put there. */
static bool set_has(const struct set *s, enum or_variant variant)
{
    bool own = false;

    for (size_t i = 0; i < s->count; i++) {
        if (!text_for(&s->items[i], variant))
            return false;
        own = own || s->items[i].variant[variant];
    }
    return own;
}

static struct ber_list set_strings(struct builder *b, const struct set *s, enum or_variant variant)
{
    struct slice *items = take(b, s->count, sizeof(*items));

    for (size_t i = 0; items && i < s->count; i++)
        items[i] = to_octets(b, variant, set_text(s, i, variant));
    return (struct ber_list){.items = items, .count = items ? s->count : 0};
}

static struct ber_list set_universals(struct builder *b, const struct set *s)
{
    struct or_universal_string *items = take(b, s->count, sizeof(*items));

    for (size_t i = 0; items && i < s->count; i++)
        items[i] = to_universal(b, set_text(s, i, OR_UNIVERSAL));
    return (struct ber_list){.items = items, .count = items ? s->count : 0};
}

static void build_organizational_units(struct builder *b, const struct set *s)
{
    struct ber_list list;

    if (set_has(s, OR_PRINTABLE))
        b->out->standard.organizational_unit_names = set_strings(b, s, OR_PRINTABLE);
    if (set_has(s, OR_TELETEX)) {
        list = set_strings(b, s, OR_TELETEX);
        add_extension(b, OR_EXT_TELETEX_ORGANIZATIONAL_UNIT_NAMES, &list);
    }
    if (set_has(s, OR_UNIVERSAL)) {
        list = set_universals(b, s);
        add_extension(b, OR_EXT_UNIVERSAL_ORGANIZATIONAL_UNIT_NAMES, &list);
    }
}

static void fill_name(struct builder *b, const struct set *s, enum or_variant variant,
                      struct or_personal_name *pn)
{
    struct slice *const places[] = {&pn->surname, &pn->given_name, &pn->initials,
                                    &pn->generation_qualifier};

    for (size_t i = 0; i < s->count; i++)
        *places[s->items[i].attr - OR_S] = to_octets(b, variant, set_text(s, i, variant));
}

static void build_universal_name(struct builder *b, const struct set *s)
{
    struct or_universal_personal_name pn = {.raw = SLICE_NONE};
    struct or_universal_string **const places[] = {&pn.surname, &pn.given_name, &pn.initials,
                                                   &pn.generation_qualifier};
    struct or_universal_string strings[OR_Q - OR_S + 1];

    for (size_t i = 0; i < s->count; i++) {
        unsigned which = s->items[i].attr - OR_S;

        strings[which] = to_universal(b, set_text(s, i, OR_UNIVERSAL));
        *places[which] = &strings[which];
    }
    add_extension(b, OR_EXT_UNIVERSAL_PERSONAL_NAME, &pn);
}

static void build_personal_name(struct builder *b, const struct set *s)
{
    struct or_personal_name teletex = {.raw = SLICE_NONE};

    if (set_has(s, OR_PRINTABLE)) {
        struct or_personal_name *pn = take(b, 1, sizeof(*pn));

        if (pn)
            fill_name(b, s, OR_PRINTABLE, pn);
        b->out->standard.personal_name = pn;
    }
    if (set_has(s, OR_TELETEX)) {
        fill_name(b, s, OR_TELETEX, &teletex);
        add_extension(b, OR_EXT_TELETEX_PERSONAL_NAME, &teletex);
    }
    if (set_has(s, OR_UNIVERSAL))
        build_universal_name(b, s);
}

/* The lines as one text with line ends, in the private characters that stand for them. */
static struct slice join_lines(struct builder *b, const struct set *s, enum or_variant variant)
{
    struct slice text;

    buf_reset(&b->scratch);
    for (size_t i = 0; i < s->count; i++) {
        if (i)
            buf_text(&b->scratch, OR_TEXT_CR OR_TEXT_LF);
        buf_slice(&b->scratch, set_text(s, i, variant));
    }
    text = b->scratch.error ? SLICE_NONE : arena_dup(b->arena, buf_view(&b->scratch));
    if (!slice_present(text))
        fail(b, X4_ENOMEM);
    return text;
}

static void build_postal_lines(struct builder *b, const struct set *s)
{
    struct or_unformatted_postal_address upa = {.raw = SLICE_NONE};
    struct or_universal_string universal;

    if (set_has(s, OR_PRINTABLE))
        upa.printable = set_strings(b, s, OR_PRINTABLE);
    if (set_has(s, OR_TELETEX))
        upa.teletex = to_octets(b, OR_TELETEX, join_lines(b, s, OR_TELETEX));
    if (upa.printable.items || slice_present(upa.teletex))
        add_extension(b, OR_EXT_UNFORMATTED_POSTAL_ADDRESS, &upa);
    if (set_has(s, OR_UNIVERSAL)) {
        universal = to_universal(b, join_lines(b, s, OR_UNIVERSAL));
        add_extension(b, OR_EXT_UNIVERSAL_UNFORMATTED_POSTAL_ADDRESS, &universal);
    }
}

/* ---- domain-defined attributes --------------------------------------------------------------- */

/* Is there an earlier DDA of the same type in another variant? In two lists they could be taken for
 * twins. */
static bool has_namesake(struct builder *b, const struct set *s, size_t n, struct slice *types)
{
    const struct or_attribute *item = or_group_best(&s->items[n]);

    fail(b, or_attribute_fold(OR_DDA, item->type, b->arena, &types[n]));
    for (size_t i = 0; i < n; i++) {
        if (or_group_best(&s->items[i])->variant != item->variant && slice_eq(types[i], types[n]))
            return true;
    }
    return false;
}

/* Each variant has its list, and the lists stand one behind the other: that keeps the order only if
 * printable ones come first. Otherwise, and when there are twins, one list takes all. */
static bool needs_one_list(struct builder *b, const struct set *s)
{
    struct slice *types = take(b, s->count, sizeof(*types));
    unsigned widest = OR_PRINTABLE;

    for (size_t i = 0; types && i < s->count; i++) {
        const struct or_group *g = &s->items[i];
        unsigned variant = or_group_best(g)->variant;

        if (!!g->variant[0] + !!g->variant[1] + !!g->variant[2] > 1 || variant < widest ||
            has_namesake(b, s, i, types))
            return true;
        widest = variant;
    }
    return false;
}

/* Those DDAs that go into the list of a variant, or all of them. */
static size_t choose_ddas(const struct set *s, bool all, enum or_variant variant,
                          const struct or_attribute **chosen)
{
    size_t n = 0;

    if (all && !set_has(s, variant))
        return 0;
    for (size_t i = 0; i < s->count; i++) {
        chosen[n] = all ? text_for(&s->items[i], variant) : s->items[i].variant[variant];
        n += chosen[n] != NULL;
    }
    return n;
}

static struct ber_list dda_list(struct builder *b, enum or_variant variant,
                                const struct or_attribute *const *chosen, size_t count)
{
    struct or_dda *items = take(b, count, sizeof(*items));

    for (size_t i = 0; items && i < count; i++) {
        items[i].type = to_octets(b, variant, chosen[i]->type);
        items[i].value = to_octets(b, variant, chosen[i]->text);
    }
    return (struct ber_list){.items = items, .count = items ? count : 0};
}

static struct ber_list universal_dda_list(struct builder *b,
                                          const struct or_attribute *const *chosen, size_t count)
{
    struct or_universal_dda *items = take(b, count, sizeof(*items));

    for (size_t i = 0; items && i < count; i++) {
        items[i].type = to_universal(b, chosen[i]->type);
        items[i].value = to_universal(b, chosen[i]->text);
    }
    return (struct ber_list){.items = items, .count = items ? count : 0};
}

static void build_ddas(struct builder *b, const struct set *s)
{
    const struct or_attribute **chosen = take(b, s->count, sizeof(struct or_attribute *));
    bool all = needs_one_list(b, s);
    struct ber_list list;
    size_t n;

    if (!chosen)
        return;
    n = choose_ddas(s, all, OR_PRINTABLE, chosen);
    if (n)
        b->out->ddas = dda_list(b, OR_PRINTABLE, chosen, n);
    n = choose_ddas(s, all, OR_TELETEX, chosen);
    if (n) {
        list = dda_list(b, OR_TELETEX, chosen, n);
        add_extension(b, OR_EXT_TELETEX_DOMAIN_DEFINED_ATTRIBUTES, &list);
    }
    n = choose_ddas(s, all, OR_UNIVERSAL, chosen);
    if (n) {
        list = universal_dda_list(b, chosen, n);
        add_extension(b, OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES, &list);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Attributes that are printable only. */
static void build_plain(struct builder *b, const struct or_attribute *item)
{
    struct or_standard_attributes *std = &b->out->standard;
    struct slice octets = item->text;
    struct or_domain_name domain;

    if (item->attr == OR_PSAP || item->attr == OR_T_TY) {
        (item->attr == OR_PSAP ? build_psap : build_terminal_type)(b, item->text);
        return;
    }
    octets = to_octets(b, OR_PRINTABLE, item->text);
    domain = or_domain_name_make(octets);
    switch (item->attr) {
    case OR_C: std->country_name = domain; break;
    case OR_ADMD: std->administration_domain_name = domain; break;
    case OR_PRMD: std->private_domain_name = domain; break;
    case OR_N_ID: std->numeric_user_identifier = octets; break;
    case OR_X121: std->network_address = octets; break;
    case OR_T_ID: std->terminal_identifier = octets; break;
    case OR_PD_SN: add_extension(b, OR_EXT_PDS_NAME, &octets); break;
    case OR_PD_C:
    case OR_PD_PC: add_extension(b, postal_extension(item->attr), &domain); break;
    default: fail(b, X4_EINVAL); break;
    }
}

static void build_group(struct builder *b, const struct or_group *g)
{
    const struct or_attribute *printable = g->variant[OR_PRINTABLE];

    if (g->attr == OR_O)
        build_organization(b, g);
    else if (g->attr == OR_CN)
        build_common_name(b, g);
    else if (g->attr == OR_EXT && printable)
        build_unknown(b, printable);
    else if (or_attr_info(g->attr)->flags & OR_HAS_VARIANTS)
        build_pds_parameter(b, g);
    else if (printable)
        build_plain(b, printable);
    else
        fail(b, X4_ESYNTAX);
}

/* Builds what begins at *pos. */
static void build_next(struct builder *b, size_t *pos)
{
    static const struct {
        enum or_attr first, last;
        void (*build)(struct builder *b, const struct set *s);
    } sets[] = {
        {OR_OU, OR_OU, build_organizational_units},
        {OR_S, OR_Q, build_personal_name},
        {OR_DDA, OR_DDA, build_ddas},
        {OR_PD_A, OR_PD_A, build_postal_lines},
    };
    const struct or_attribute *first = &b->in.items[*pos];
    struct or_group g;

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (first->attr >= sets[i].first && first->attr <= sets[i].last) {
            struct set s = take_set(b, pos, sets[i].last);

            sets[i].build(b, &s);
            return;
        }
    }
    or_group_next(&b->in, pos, &g);
    if (g.attr == OR_E164 || g.attr == OR_E164_SUB) { /* number and sub-address are one value */
        struct or_group sub = {.attr = OR_E164_SUB};

        if (g.attr == OR_E164 && *pos < b->in.count && b->in.items[*pos].attr == OR_E164_SUB)
            or_group_next(&b->in, pos, &sub);
        if (g.attr != OR_E164 || !g.variant[OR_PRINTABLE])
            fail(b, X4_ESYNTAX);
        else
            build_e163_4(b, g.variant[OR_PRINTABLE]->text,
                         sub.variant[OR_PRINTABLE] ? sub.variant[OR_PRINTABLE]->text : SLICE_NONE);
        return;
    }
    build_group(b, &g);
}

int or_address_build(const struct or_attributes *in, struct arena *arena, struct or_address *out)
{
    struct builder b = {.arena = arena, .out = out};

    *out = (struct or_address){.raw = SLICE_NONE};
    if (in->count > LIMIT_ORADDR_TEXT)
        return X4_ELIMIT;
    buf_init(&b.scratch, 2 * LIMIT_ORADDR_TEXT * sizeof(uint32_t));
    b.in.count = in->count;
    b.in.items = take(&b, in->count, sizeof(*in->items));
    b.extensions = take(&b, in->count, sizeof(*b.extensions));
    if (!b.error && in->count)
        memcpy(b.in.items, in->items, in->count * sizeof(*in->items));
    if (!b.error)
        or_attributes_sort(&b.in);
    for (size_t pos = 0; !b.error && pos < b.in.count;)
        build_next(&b, &pos);
    buf_free(&b.scratch);
    return b.error;
}
