/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of addresses (X.402 18.5) and X.411's upper bounds. */
#include "base/ascii.h"
#include "base/limits.h"
#include "oraddr/charset.h"
#include "oraddr/group.h"

#include <stdio.h>

bool or_address_absent(const struct or_address *a)
{
    const struct or_standard_attributes *std = &a->standard;

    return !std->country_name.which && !std->administration_domain_name.which &&
           !std->private_domain_name.which && !slice_present(std->network_address) &&
           !slice_present(std->terminal_identifier) && !slice_present(std->organization_name) &&
           !slice_present(std->numeric_user_identifier) && !std->personal_name &&
           !std->organizational_unit_names.items && !a->ddas.items && !a->extensions.items;
}

/* ---- forms ----------------------------------------------------------------------------------- */

#define BIT(attr) (UINT64_C(1) << (attr))

static const uint64_t network = BIT(OR_X121) | BIT(OR_E164) | BIT(OR_PSAP);
static const uint64_t personal = BIT(OR_S) | BIT(OR_G) | BIT(OR_I) | BIT(OR_Q);
static const uint64_t user = BIT(OR_O) | BIT(OR_OU) | BIT(OR_CN) | personal;
static const uint64_t postal = ((BIT(OR_PD_L) << 1) - BIT(OR_PD_SN));

/* Which form it wants to be, by the attributes that only one of them has. */
static enum or_address_form intended_form(uint64_t has)
{
    if (has & BIT(OR_N_ID))
        return OR_FORM_NUMERIC;
    if (has & postal)
        return OR_FORM_POSTAL;
    if (has & network && !(has & user))
        return OR_FORM_TERMINAL;
    return OR_FORM_MNEMONIC;
}

static const char *missing(enum or_address_form form, uint64_t has)
{
    bool mnemonic = form == OR_FORM_MNEMONIC;

    if (form != OR_FORM_TERMINAL && !(has & BIT(OR_C)))
        return "C is missing";
    if (form != OR_FORM_TERMINAL && !(has & BIT(OR_ADMD)))
        return "A is missing";
    if (mnemonic && !(has & (user | BIT(OR_PRMD))))
        return "P, O, OU, S and CN are missing, one is needed";
    if (has & personal && !(has & BIT(OR_S)))
        return "S is missing beside G, I or Q";
    if (form == OR_FORM_POSTAL && !(has & BIT(OR_PD_C)))
        return "PD-C is missing in a postal address";
    if (form == OR_FORM_POSTAL && !(has & BIT(OR_PD_PC)))
        return "PD-PC is missing in a postal address";
    return NULL;
}

static enum or_address_form form_of(const struct or_attributes *attributes, struct buf *why)
{
    enum or_address_form form;
    const char *reason;
    uint64_t has = 0;

    for (size_t i = 0; i < attributes->count; i++)
        has |= BIT(attributes->items[i].attr);
    form = intended_form(has);
    reason = has ? missing(form, has) : "address is absent";
    if (!reason)
        return form;
    if (why)
        buf_text(why, reason);
    return OR_FORM_INVALID;
}

enum or_address_form or_address_form(const struct or_address *a, struct buf *why)
{
    struct or_attributes attributes;
    enum or_address_form form = OR_FORM_INVALID;
    struct arena arena;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = or_address_attributes(a, &arena, &attributes);
    if (!error)
        form = form_of(&attributes, why);
    else if (why)
        buf_text(why, x4_strerror(error));
    arena_free(&arena);
    return form;
}

/* ---- bounds ---------------------------------------------------------------------------------- */

enum {
    UB_ORGANIZATIONAL_UNITS = 4,
    UB_DOMAIN_DEFINED_ATTRIBUTES = 4,
    UB_DOMAIN_DEFINED_ATTRIBUTE_TYPE = 8,
    UB_PDS_PHYSICAL_ADDRESS_LINES = 6,
    UB_EXTENSION_ATTRIBUTES = 256,
};

struct checker {
    struct buf *why;
    unsigned violations;
};

static void violation(struct checker *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void violation(struct checker *c, const char *format, ...)
{
    char text[128];
    va_list args;

    c->violations++;
    if (!c->why)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_text(c->why, c->violations > 1 ? "; " : "");
    buf_text(c->why, text);
}

static void check_length(struct checker *c, const struct or_attribute *item, const char *label)
{
    const struct or_attr_info *info = or_attr_info(item->attr);
    unsigned max = item->variant == OR_UNIVERSAL ? info->max_universal : info->max;
    size_t len = or_text_length(item->text);
    size_t type = item->attr == OR_DDA ? or_text_length(item->type) : 0;

    if (max && len > max)
        violation(c, "%s has %zu characters, %u allowed", label, len, max);
    if (type > UB_DOMAIN_DEFINED_ATTRIBUTE_TYPE)
        violation(c, "type of a DDA has %zu characters, %d allowed", type,
                  UB_DOMAIN_DEFINED_ATTRIBUTE_TYPE);
}

/* Country names have one length each: X.121 DCC or ISO 3166 alpha-2. */
static void check_country(struct checker *c, const struct or_attribute *item, const char *label)
{
    if (item->text.len != (or_text_is_digits(item->text) ? 3u : 2u))
        violation(c, "%s is neither two letters nor three digits", label);
}

static void check_characters(struct checker *c, const struct or_attribute *item, const char *label)
{
    bool numeric = or_attr_info(item->attr)->flags & OR_NUMERIC_STRING;

    if (item->variant != OR_PRINTABLE || item->attr == OR_PSAP)
        return;
    for (size_t i = 0; numeric && i < item->text.len; i++) {
        if (item->text.p[i] != ' ' && !ascii_is_digit(item->text.p[i])) {
            violation(c, "%s has characters that are no digits", label);
            return;
        }
    }
    if (!or_text_is_printable(item->text) || !or_text_is_printable(item->type))
        violation(c, "%s has characters that are not in PrintableString", label);
}

static void check_count(struct checker *c, const char *label, size_t count, size_t max)
{
    if (count > max)
        violation(c, "there are %zu %s, %zu allowed", count, label, max);
}

static void check_counts(struct checker *c, const struct or_attributes *attributes)
{
    size_t counts[OR_ATTR_COUNT] = {0};
    struct or_group g;

    for (size_t pos = 0; or_group_next(attributes, &pos, &g);)
        counts[g.attr]++;
    check_count(c, "OUs", counts[OR_OU], UB_ORGANIZATIONAL_UNITS);
    check_count(c, "DDAs", counts[OR_DDA], UB_DOMAIN_DEFINED_ATTRIBUTES);
    check_count(c, "lines of PD-A", counts[OR_PD_A], UB_PDS_PHYSICAL_ADDRESS_LINES);
}

unsigned or_address_bounds(const struct or_address *a, struct buf *why)
{
    struct checker c = {.why = why};
    struct or_attributes attributes;
    struct arena arena;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = or_address_attributes(a, &arena, &attributes);
    if (error)
        violation(&c, "%s", x4_strerror(error));
    for (size_t i = 0; !error && i < attributes.count; i++) {
        const struct or_attribute *item = &attributes.items[i];
        const char *label = or_attr_info(item->attr)->label;

        check_length(&c, item, label);
        check_characters(&c, item, label);
        if (item->attr == OR_C || item->attr == OR_PD_C)
            check_country(&c, item, label);
    }
    if (!error)
        check_counts(&c, &attributes);
    check_count(&c, "extension attributes", a->extensions.count, UB_EXTENSION_ATTRIBUTES);
    arena_free(&arena);
    return c.violations;
}
