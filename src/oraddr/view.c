/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to its attributes. */
#include "oraddr/charset.h"
#include "oraddr/ext.h"
#include "oraddr/group.h"
#include "oraddr/labels.h"
#include "oraddr/psap.h"

struct view {
    struct or_attribute_list out;
    struct slice *dda_types; /* of the first list of DDAs, folded */
    unsigned dda_types_count;
    unsigned dda_next; /* index */
    int error;
};

static void put(struct view *v, enum or_attr attr, enum or_variant variant, unsigned index,
                struct slice text)
{
    struct or_attribute item = {.attr = attr, .variant = variant, .index = index, .text = text};

    if (or_text_is_blank(text)) {
        if (attr != OR_ADMD)
            return;
        item.text = SLICE_LIT(" ");
    }
    if (!v->error)
        v->error = or_attribute_list_add(&v->out, &item);
}

static struct slice to_text(struct view *v, enum or_variant variant, struct slice octets)
{
    struct slice text = SLICE_LIT("");

    if (!v->error && variant == OR_TELETEX)
        v->error = or_text_from_t61(octets, v->out.arena, &text);
    else if (!v->error)
        v->error = or_text_from_ascii(octets, v->out.arena, &text);
    return text;
}

static struct slice universal_text(struct view *v, const struct or_universal_string *s)
{
    struct slice text = SLICE_LIT("");

    if (!v->error && s->encoding.which == OR_TWO_OCTETS)
        v->error = or_text_from_bmp(s->encoding.value, v->out.arena, &text);
    else if (!v->error && s->encoding.which == OR_FOUR_OCTETS)
        v->error = or_text_from_universal(s->encoding.value, v->out.arena, &text);
    return text;
}

/* ---- strings and lists of them --------------------------------------------------------------- */

static void put_string(struct view *v, enum or_attr attr, enum or_variant variant,
                       struct slice octets)
{
    if (slice_present(octets))
        put(v, attr, variant, 0, to_text(v, variant, octets));
}

static void put_universal(struct view *v, enum or_attr attr, const struct or_universal_string *s)
{
    if (s)
        put(v, attr, OR_UNIVERSAL, 0, universal_text(v, s));
}

static void put_domain(struct view *v, enum or_attr attr, const struct or_domain_name *d)
{
    if (d->which)
        put_string(v, attr, OR_PRINTABLE, d->value);
}

static void put_personal_name(struct view *v, enum or_variant variant,
                              const struct or_personal_name *pn)
{
    put_string(v, OR_S, variant, pn->surname);
    put_string(v, OR_G, variant, pn->given_name);
    put_string(v, OR_I, variant, pn->initials);
    put_string(v, OR_Q, variant, pn->generation_qualifier);
}

static struct slice list_text(struct view *v, enum or_variant variant, const struct ber_list *list,
                              size_t i)
{
    if (variant == OR_UNIVERSAL)
        return universal_text(v, BER_ITEM(*list, struct or_universal_string, i));
    return to_text(v, variant, *BER_ITEM(*list, struct slice, i));
}

/* OUs and lines of a postal address; blank ones do not count. */
static void put_list(struct view *v, enum or_attr attr, enum or_variant variant,
                     const struct ber_list *list)
{
    unsigned index = 0;

    for (size_t i = 0; i < list->count && !v->error; i++) {
        struct slice text = list_text(v, variant, list, i);

        if (!or_text_is_blank(text))
            put(v, attr, variant, index++, text);
    }
}

/* An unformatted address in one string, with line ends in it. */
static void put_lines(struct view *v, enum or_variant variant, struct slice text)
{
    unsigned index = 0;

    while (text.len && !v->error) {
        const uint8_t *lf = slice_find(text, SLICE_LIT(OR_TEXT_LF));
        struct slice line = slice_sub(text, 0, lf ? (size_t)(lf - text.p) : text.len);

        text = slice_from(text, line.len + (lf ? 3 : 0));
        if (line.len >= 3 && memcmp(line.p + line.len - 3, OR_TEXT_CR, 3) == 0)
            line.len -= 3;
        if (!or_text_is_blank(line))
            put(v, OR_PD_A, variant, index++, line);
    }
}

/* ---- domain-defined attributes --------------------------------------------------------------- */

static struct or_attribute dda_item(struct view *v, enum or_variant variant,
                                    const struct ber_list *list, size_t i)
{
    struct or_attribute item = {.attr = OR_DDA, .variant = variant};

    if (variant == OR_UNIVERSAL) {
        const struct or_universal_dda *dda = BER_ITEM(*list, struct or_universal_dda, i);

        item.type = universal_text(v, &dda->type);
        item.text = universal_text(v, &dda->value);
    } else {
        const struct or_dda *dda = BER_ITEM(*list, struct or_dda, i);

        item.type = to_text(v, variant, dda->type);
        item.text = to_text(v, variant, dda->value);
    }
    return item;
}

/* A second list with the same types is the first one's twin; another one goes on behind it. */
static unsigned dda_first_index(struct view *v, const struct slice *types, size_t count)
{
    if (v->dda_types_count != count)
        return v->dda_next;
    for (size_t i = 0; i < count; i++) {
        if (!slice_eq(types[i], v->dda_types[i]))
            return v->dda_next;
    }
    return 0;
}

static void put_ddas(struct view *v, enum or_variant variant, const struct ber_list *list)
{
    struct slice *types = arena_array(v->out.arena, list->count, sizeof(*types));
    size_t start = v->out.list.count;
    unsigned first;

    if (!types && !v->error)
        v->error = X4_ENOMEM;
    for (size_t i = 0; i < list->count && !v->error; i++) {
        struct or_attribute item = dda_item(v, variant, list, i);

        item.index = (unsigned)i;
        if (!v->error)
            v->error = or_attribute_fold(OR_DDA, item.type, v->out.arena, &types[i]);
        if (!v->error)
            v->error = or_attribute_list_add(&v->out, &item);
    }
    if (v->error)
        return;
    first = dda_first_index(v, types, list->count);
    for (size_t i = start; i < v->out.list.count; i++)
        v->out.list.items[i].index += first;
    if (first + list->count > v->dda_next)
        v->dda_next = first + (unsigned)list->count;
    if (!v->dda_types_count) {
        v->dda_types = types;
        v->dda_types_count = (unsigned)list->count;
    }
}

/* ---- extension attributes -------------------------------------------------------------------- */

static void put_unknown(struct view *v, const struct or_extension *ext)
{
    struct buf hex;
    struct slice text;

    buf_init(&hex, 2 * ext->value.len + 2);
    buf_hex(&hex, ext->value);
    text = hex.error ? SLICE_NONE : arena_dup(v->out.arena, buf_view(&hex));
    if (!slice_present(text))
        v->error = X4_ENOMEM;
    else
        put(v, OR_EXT, OR_PRINTABLE, (unsigned)ext->type, text);
    buf_free(&hex);
}

static void put_network(struct view *v, const struct or_extended_network_address *n)
{
    struct slice text;

    if (n->which == OR_NETWORK_E163_4) {
        put_string(v, OR_E164, OR_PRINTABLE, n->e163_4.number);
        put_string(v, OR_E164_SUB, OR_PRINTABLE, n->e163_4.sub_address);
        return;
    }
    v->error = or_psap_print(&n->psap, v->out.arena, &text);
    if (!v->error)
        put(v, OR_PSAP, OR_PRINTABLE, 0, text);
}

static void put_terminal_type(struct view *v, int64_t value)
{
    const char *name = or_terminal_type_name(value);

    if (!name)
        name = arena_printf(v->out.arena, "%lld", (long long)value);
    if (name)
        put(v, OR_T_TY, OR_PRINTABLE, 0, slice_str(name));
    else
        v->error = X4_ENOMEM;
}

/* The postal ones: 7 to 21, their universal twins 29 to 40. */
static void put_postal(struct view *v, int64_t type, const union or_extension_value *value)
{
    bool universal = type >= OR_EXT_UNIVERSAL_PDS_PARAMETER_FIRST;
    int64_t base =
        universal ? type - OR_EXT_UNIVERSAL_PDS_PARAMETER_FIRST + OR_EXT_PDS_PARAMETER_FIRST : type;
    enum or_attr attr = (enum or_attr)(OR_PD_SN + (base - OR_EXT_PDS_NAME));

    if (universal && attr == OR_PD_A) {
        put_lines(v, OR_UNIVERSAL, universal_text(v, &value->universal));
    } else if (universal) {
        put_universal(v, attr, &value->universal);
    } else if (attr == OR_PD_SN) {
        put_string(v, attr, OR_PRINTABLE, value->string);
    } else if (attr == OR_PD_C || attr == OR_PD_PC) {
        put_domain(v, attr, &value->domain);
    } else if (attr == OR_PD_A) {
        put_list(v, attr, OR_PRINTABLE, &value->unformatted.printable);
        if (slice_present(value->unformatted.teletex))
            put_lines(v, OR_TELETEX, to_text(v, OR_TELETEX, value->unformatted.teletex));
    } else {
        put_string(v, attr, OR_PRINTABLE, value->pds.printable);
        put_string(v, attr, OR_TELETEX, value->pds.teletex);
    }
}

static void put_universal_name(struct view *v, const struct or_universal_personal_name *pn)
{
    put_universal(v, OR_S, pn->surname);
    put_universal(v, OR_G, pn->given_name);
    put_universal(v, OR_I, pn->initials);
    put_universal(v, OR_Q, pn->generation_qualifier);
}

static void put_extension(struct view *v, int64_t type, const union or_extension_value *value)
{
    switch (type) {
    case OR_EXT_COMMON_NAME: put_string(v, OR_CN, OR_PRINTABLE, value->string); break;
    case OR_EXT_TELETEX_COMMON_NAME: put_string(v, OR_CN, OR_TELETEX, value->string); break;
    case OR_EXT_UNIVERSAL_COMMON_NAME: put_universal(v, OR_CN, &value->universal); break;
    case OR_EXT_TELETEX_ORGANIZATION_NAME: put_string(v, OR_O, OR_TELETEX, value->string); break;
    case OR_EXT_UNIVERSAL_ORGANIZATION_NAME: put_universal(v, OR_O, &value->universal); break;
    case OR_EXT_TELETEX_PERSONAL_NAME:
        put_personal_name(v, OR_TELETEX, &value->personal_name);
        break;
    case OR_EXT_UNIVERSAL_PERSONAL_NAME: put_universal_name(v, &value->universal_name); break;
    case OR_EXT_TELETEX_ORGANIZATIONAL_UNIT_NAMES:
        put_list(v, OR_OU, OR_TELETEX, &value->list);
        break;
    case OR_EXT_UNIVERSAL_ORGANIZATIONAL_UNIT_NAMES:
        put_list(v, OR_OU, OR_UNIVERSAL, &value->list);
        break;
    case OR_EXT_TELETEX_DOMAIN_DEFINED_ATTRIBUTES: put_ddas(v, OR_TELETEX, &value->list); break;
    case OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES: put_ddas(v, OR_UNIVERSAL, &value->list); break;
    case OR_EXT_EXTENDED_NETWORK_ADDRESS: put_network(v, &value->network); break;
    case OR_EXT_TERMINAL_TYPE: put_terminal_type(v, value->number); break;
    default: put_postal(v, type, value); break;
    }
}

static void put_one_extension(struct view *v, const struct or_extension *ext)
{
    const struct ber_type *type = or_extension_ber_type(ext->type);
    union or_extension_value value;
    int error = X4_EUNSUPP;

    if (v->error)
        return;
    if (type)
        error = ber_decode(type, ext->value, v->out.arena, &value, NULL, NULL);
    if (error == X4_ENOMEM)
        v->error = error;
    else if (error)
        put_unknown(v, ext);
    else
        put_extension(v, ext->type, &value);
}

/* The members of the SET come in any order, but which list of DDAs comes first matters. */
static void put_extensions(struct view *v, const struct ber_list *list)
{
    for (int late = 0; late < 2; late++) {
        for (size_t i = 0; i < list->count; i++) {
            const struct or_extension *ext = BER_ITEM(*list, struct or_extension, i);

            if ((ext->type == OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES) == (late == 1))
                put_one_extension(v, ext);
        }
    }
}

int or_address_attributes(const struct or_address *a, struct arena *arena,
                          struct or_attributes *out)
{
    const struct or_standard_attributes *std = &a->standard;
    struct view v = {.out = {.arena = arena}};

    put_domain(&v, OR_C, &std->country_name);
    put_domain(&v, OR_ADMD, &std->administration_domain_name);
    put_domain(&v, OR_PRMD, &std->private_domain_name);
    put_string(&v, OR_O, OR_PRINTABLE, std->organization_name);
    put_list(&v, OR_OU, OR_PRINTABLE, &std->organizational_unit_names);
    if (std->personal_name)
        put_personal_name(&v, OR_PRINTABLE, std->personal_name);
    put_string(&v, OR_N_ID, OR_PRINTABLE, std->numeric_user_identifier);
    put_string(&v, OR_X121, OR_PRINTABLE, std->network_address);
    put_string(&v, OR_T_ID, OR_PRINTABLE, std->terminal_identifier);
    if (a->ddas.count)
        put_ddas(&v, OR_PRINTABLE, &a->ddas);
    put_extensions(&v, &a->extensions);
    if (v.error)
        return v.error;
    or_attributes_sort(&v.out.list);
    *out = v.out.list;
    return X4_OK;
}
