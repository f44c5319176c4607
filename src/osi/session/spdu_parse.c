/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "osi/session/spdu_table.h"

enum { LI_LONG = 255, SYNC_TYPE_MAJOR = 0x01 };

bool spdu_next_tlv(struct cursor *c, unsigned *identifier, struct slice *value)
{
    size_t len;

    if (cursor_left(c) == 0)
        return false;
    *identifier = cursor_u8(c);
    len = cursor_u8(c);
    if (len == LI_LONG)
        len = cursor_be16(c);
    *value = cursor_take(c, len);
    return !c->error;
}

static int fail(const char **wrong, int err, const char *text)
{
    *wrong = text;
    return err;
}

static int parse_number(struct slice value, uint32_t *number)
{
    uint32_t n = 0;

    for (size_t i = 0; i < value.len; i++)
        n = n << 8 | value.p[i];
    *number = n;
    return X4_OK;
}

static int parse_digits(struct slice value, uint32_t *number)
{
    uint32_t n = 0;

    for (size_t i = 0; i < value.len; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return X4_ESYNTAX;
        n = n * 10 + (uint32_t)(value.p[i] - '0');
    }
    *number = n;
    return X4_OK;
}

/* Take a parameter whose length is known to be right. */
static int take_value(struct spdu *s, enum spdu_param p, struct slice value)
{
    int err = X4_OK;

    switch (spdu_params[p].kind) {
    case KIND_OCTETS: s->param[p].octets = value; break;
    case KIND_NUMBER: err = parse_number(value, &s->param[p].number); break;
    case KIND_DIGITS: err = parse_digits(value, &s->param[p].number); break;
    case KIND_DATA:
        s->param[p].octets = value;
        s->data = value;
        break;
    case KIND_REFUSAL:
        s->param[p].number = value.p[0];
        s->data = slice_from(value, 1);
        break;
    }
    s->present |= 1u << p;
    return err;
}

/* The slot of the SPDU that takes this PI inside of this PGI, or NULL. */
static const struct spdu_slot *find_slot(enum spdu_type type, unsigned pgi, unsigned pi)
{
    const struct spdu_info *info = &spdu_infos[type];

    for (size_t i = 0; i < info->count; i++) {
        if (info->slots[i].pgi == pgi && spdu_params[info->slots[i].param].pi == pi)
            return &info->slots[i];
    }
    return NULL;
}

static bool has_group(enum spdu_type type, unsigned pgi)
{
    const struct spdu_info *info = &spdu_infos[type];

    for (size_t i = 0; i < info->count; i++) {
        if (info->slots[i].pgi == pgi)
            return true;
    }
    return false;
}

/* Elsewhere the last one of two wins, as in ISODE. */
static bool refuses_duplicates(enum spdu_type type)
{
    return type == SPDU_CN || type == SPDU_AC || type == SPDU_AR;
}

static int take_param(struct spdu *s, const struct spdu_slot *slot, struct slice value,
                      const char **wrong)
{
    enum spdu_param p = (enum spdu_param)slot->param;
    const struct spdu_param_info *info = &spdu_params[p];

    if (value.len == 0 && info->min > 0)
        return X4_OK; /* as if it were absent */
    if (value.len < info->min || value.len > info->max)
        return fail(wrong, X4_EBOUNDS, "parameter of a wrong length");
    if (spdu_has(s, p) && refuses_duplicates(s->type))
        return fail(wrong, X4_EDUP, "parameter given twice");
    if (take_value(s, p, value) != X4_OK)
        return fail(wrong, X4_ESYNTAX, "serial number is not made of digits");
    return X4_OK;
}

/* The parameters inside of a group. Unknown ones are ignored, as the rules of extensibility say. */
static int parse_group(struct spdu *s, unsigned pgi, struct slice octets, const char **wrong)
{
    struct cursor c = cursor_make(octets);
    unsigned pi;
    struct slice value;

    while (spdu_next_tlv(&c, &pi, &value)) {
        const struct spdu_slot *slot = find_slot(s->type, pgi, pi);
        int err = X4_OK;

        if (slot)
            err = take_param(s, slot, value, wrong);
        else if (spdu_pi_name(pi))
            err = fail(wrong, X4_ESYNTAX, "parameter not allowed in this place");
        if (err)
            return err;
    }
    return c.error ? fail(wrong, c.error, "parameter longer than what it is in") : X4_OK;
}

static int parse_params(struct spdu *s, struct slice octets, const char **wrong)
{
    struct cursor c = cursor_make(octets);
    unsigned pi;
    struct slice value;

    while (spdu_next_tlv(&c, &pi, &value)) {
        const struct spdu_slot *slot = find_slot(s->type, PGI_NONE, pi);
        int err = X4_OK;

        if (slot)
            err = take_param(s, slot, value, wrong);
        else if (spdu_pi_is_group(pi) && has_group(s->type, pi))
            err = parse_group(s, pi, value, wrong);
        else if (spdu_pi_name(pi))
            err = fail(wrong, X4_ESYNTAX, "parameter not allowed in this SPDU");
        if (err)
            return err;
    }
    return c.error ? fail(wrong, c.error, "parameter longer than the SPDU") : X4_OK;
}

/* Later SPDUs of a segmented SSDU repeat neither serial numbers nor identifiers. */
static bool is_continuation(const struct spdu *s)
{
    return !(spdu_number(s, SP_ENCLOSURE, SPDU_ENCLOSURE_WHOLE) & SPDU_ENCLOSURE_FIRST);
}

static int check_params(const struct spdu *s, const char **wrong)
{
    const struct spdu_info *info = &spdu_infos[s->type];

    for (size_t i = 0; i < info->count && !is_continuation(s); i++) {
        if (info->slots[i].mandatory && !spdu_has(s, (enum spdu_param)info->slots[i].param))
            return fail(wrong, X4_EMISSING, "mandatory parameter missing");
    }
    if (spdu_has(s, SP_USER_DATA) && spdu_has(s, SP_EXTENDED_DATA))
        return fail(wrong, X4_EDUP, "both user data and extended user data");
    if (s->type == SPDU_AE && (spdu_number(s, SP_SYNC_TYPE, 0) & SYNC_TYPE_MAJOR))
        return fail(wrong, X4_EUNSUPP, "MAJOR SYNC POINT SPDU, which was not selected");
    return X4_OK;
}

/* The SPDU type with this identifier in this place; prefix: the type in front, or SPDU_TYPES. */
static enum spdu_type find_type(unsigned si, enum spdu_type prefix)
{
    for (unsigned i = 0; i < SPDU_TYPES; i++) {
        const struct spdu_info *info = &spdu_infos[i];
        bool fits = info->place == PLACE_AFTER_GT   ? prefix == SPDU_GT
                    : info->place == PLACE_AFTER_PT ? prefix == SPDU_PT
                                                    : prefix == SPDU_TYPES;

        if (info->si == si && fits)
            return (enum spdu_type)i;
    }
    return SPDU_TYPES;
}

static int parse_one(struct cursor *c, enum spdu_type prefix, struct spdu *s, const char **wrong)
{
    unsigned si;
    struct slice params;
    int err;

    if (!spdu_next_tlv(c, &si, &params))
        return fail(wrong, X4_ETRUNC, "SPDU longer than the TSDU");
    s->type = find_type(si, prefix);
    s->present = 0;
    s->data = SLICE_NONE;
    if (s->type == SPDU_TYPES) {
        if (spdu_si_name(si, false) || spdu_si_name(si, true))
            return fail(wrong, X4_EUNSUPP, "SPDU that was not selected, or without its prefix");
        return fail(wrong, X4_EUNSUPP, "unknown SPDU");
    }
    err = parse_params(s, params, wrong);
    if (err)
        return err;
    if (s->type == SPDU_DT)
        s->data = cursor_rest(c);
    return check_params(s, wrong);
}

int spdu_parse(struct slice tsdu, struct spdu_tsdu *out)
{
    struct cursor c = cursor_make(tsdu);
    enum spdu_type first;
    int err;

    out->count = 0;
    out->wrong = NULL;
    if (tsdu.len == 0)
        return fail(&out->wrong, X4_ETRUNC, "empty TSDU");
    err = parse_one(&c, SPDU_TYPES, &out->spdu[0], &out->wrong);
    if (err)
        return err;
    out->count = 1;
    first = out->spdu[0].type;
    if (cursor_left(&c) == 0)
        return X4_OK;
    if (spdu_infos[first].place != PLACE_FIRST)
        return fail(&out->wrong, X4_ESYNTAX, "SPDU that must be alone in its TSDU is not");
    err = parse_one(&c, first, &out->spdu[1], &out->wrong);
    if (err)
        return err;
    out->count = 2;
    if (cursor_left(&c) > 0)
        return fail(&out->wrong, X4_ESYNTAX, "more SPDUs in a TSDU than agreed");
    return X4_OK;
}
