/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of addresses, one parser for all of them. */
#include "base/limits.h"
#include "oraddr/charset.h"
#include "oraddr/group.h"
#include "oraddr/labels.h"
#include "oraddr/psap.h"
#include "oraddr/scan.h"

#include <stdio.h>

struct parser {
    struct scanner scan;
    struct or_attribute_list out;
    enum or_parse_mode mode;
    struct buf *why;
    unsigned units;         /* OUs without a number so far */
    unsigned ddas;          /* so far */
    unsigned ddas_reversed; /* of them by "DD." */
};

/* A label taken apart. */
struct label {
    enum or_attr attr;
    bool numbered;
    unsigned index;
    struct scanned type; /* of a DDA */
    size_t at;
    struct slice text;
};

enum { INDEX_MAX = LIMIT_ORADDR_TEXT };

static int fail(struct parser *p, int error, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int fail(struct parser *p, int error, size_t at, const char *format, ...)
{
    char text[256];
    va_list args;

    if (!p->why)
        return error;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_printf(p->why, "%s (position %zu)", text, at + 1);
    return error;
}

/* For "%.*s" in an explanation: no more than fits. */
static struct slice brief(struct slice text)
{
    return or_text_head(text, 64);
}

static struct slice trim(struct slice text)
{
    if (or_text_is_blank(text))
        return text;
    while (text.p[0] == ' ')
        text = slice_from(text, 1);
    while (text.p[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* A teletex part with nothing in it is none. */
static struct slice without_blank(struct slice teletex)
{
    return or_text_is_blank(teletex) ? SLICE_NONE : trim(teletex);
}

/* ---- labels ---------------------------------------------------------------------------------- */

static bool parse_index(struct slice digits, struct label *out)
{
    int64_t n;

    if (or_parse_number(digits, INDEX_MAX, &n) || n == 0)
        return false;
    out->numbered = true;
    out->index = (unsigned)n - 1;
    return true;
}

/* OU1, PD-A1, EXT.41 */
static bool parse_numbered(struct slice text, struct label *out)
{
    static const struct {
        const char *prefix;
        enum or_attr attr;
    } numbered[] = {{"OU", OR_OU}, {"PD-A", OR_PD_A}};
    int64_t n;

    for (size_t i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++) {
        struct slice prefix = slice_str(numbered[i].prefix);

        out->attr = numbered[i].attr;
        if (slice_eq_nocase(slice_sub(text, 0, prefix.len), prefix) &&
            parse_index(slice_from(text, prefix.len), out))
            return true;
    }
    if (!slice_eq_nocase(slice_sub(text, 0, 4), SLICE_LIT("EXT.")) ||
        or_parse_number(slice_from(text, 4), INT32_MAX, &n))
        return false;
    out->attr = OR_EXT;
    out->numbered = true;
    out->index = (unsigned)n;
    return true;
}

static void parse_dda_label(struct parser *p, const struct scanned *in, size_t prefix,
                            struct label *out)
{
    out->attr = OR_DDA;
    out->numbered = true;
    out->index = p->ddas++;
    out->type = *in;
    out->type.plain = trim(slice_from(in->plain, prefix));
    p->ddas_reversed += prefix && in->plain.p[prefix - 1] == '.';
}

static int parse_label(struct parser *p, struct label *out)
{
    struct scanned in;
    int error = or_scan_label(&p->scan, &in);
    size_t prefix;
    int attr;

    *out = (struct label){.at = in.at, .text = trim(in.plain)};
    if (error)
        return fail(p, error, in.at, "label is not well-formed");
    in.teletex = without_blank(in.teletex);
    if (p->scan.pos >= p->scan.in.len || p->scan.in.p[p->scan.pos] != '=')
        return fail(p, X4_ESYNTAX, in.at, "no \"=\" after \"%.*s\"", SLICE_ARG(brief(in.plain)));
    p->scan.pos++;
    prefix = or_dda_prefix(in.plain);
    if (prefix || slice_eq_nocase(out->text, SLICE_LIT("RFC-822"))) {
        parse_dda_label(p, &in, prefix, out);
        if (out->type.plain.len == 0 && !out->type.teletex.len)
            return fail(p, X4_ESYNTAX, in.at, "DDA without a type");
        return X4_OK;
    }
    attr = or_attr_by_label(out->text);
    if (attr >= 0 && attr != OR_DDA && attr != OR_EXT)
        out->attr = (enum or_attr)attr;
    else if (!parse_numbered(out->text, out))
        return fail(p, X4_ESYNTAX, in.at, "unknown label \"%.*s\"", SLICE_ARG(brief(out->text)));
    return X4_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* The narrowest variant that holds the text. */
static int choose_variant(struct parser *p, const struct label *label, struct slice text,
                          enum or_variant *out)
{
    const struct or_attr_info *info = or_attr_info(label->attr);
    struct slice octets;
    int error;

    *out = OR_PRINTABLE;
    if (p->mode == OR_PARSE_PATTERN || or_text_is_printable(text))
        return X4_OK;
    if (!(info->flags & OR_HAS_VARIANTS)) {
        /* _ and @ are no characters of PrintableString, but there are domains that use them */
        error = or_text_to_ascii(text, p->scan.arena, &octets);
        if (error != X4_EUNSUPP)
            return error;
        return fail(p, X4_ESYNTAX, label->at, "%s must not have other characters than ASCII",
                    info->label);
    }
    error = or_text_to_t61(text, p->scan.arena, &octets);
    *out = error == X4_EUNSUPP ? OR_UNIVERSAL : OR_TELETEX;
    return error == X4_EUNSUPP ? X4_OK : error;
}

static int check_value(struct parser *p, const struct label *label, struct slice text)
{
    const struct or_attr_info *info = or_attr_info(label->attr);
    struct or_presentation_address pa;
    int64_t number;
    int error = X4_OK;

    if (p->mode == OR_PARSE_PATTERN)
        return X4_OK;
    if (or_text_is_blank(text) && label->attr != OR_ADMD && label->attr != OR_DDA)
        return fail(p, X4_ESYNTAX, label->at, "%.*s has no value", SLICE_ARG(brief(label->text)));
    if (info->flags & OR_NUMERIC_STRING) {
        for (size_t i = 0; i < text.len && !error; i++)
            error = text.p[i] == ' ' || ascii_is_digit(text.p[i]) ? X4_OK : X4_ESYNTAX;
    } else if (label->attr == OR_T_TY) {
        error = or_terminal_type_value(text, &number);
    } else if (label->attr == OR_PSAP) {
        error = or_psap_parse(text, p->scan.arena, &pa);
    } else if (label->attr == OR_EXT) {
        for (size_t i = 0; i < text.len && !error; i++)
            error = ascii_hex_value(text.p[i]) >= 0 ? X4_OK : X4_ESYNTAX;
    }
    if (error)
        return fail(p, error, label->at, "%s cannot be \"%.*s\"", info->label,
                    SLICE_ARG(brief(text)));
    return X4_OK;
}

static bool is_there(const struct parser *p, enum or_attr attr, unsigned index)
{
    for (size_t i = 0; i < p->out.list.count; i++) {
        const struct or_attribute *item = &p->out.list.items[i];

        if (item->attr == attr && item->index == index)
            return true;
    }
    return false;
}

static int add(struct parser *p, const struct label *label, enum or_variant variant,
               struct slice text)
{
    struct or_attribute item = {
        .attr = label->attr, .index = label->index, .variant = variant, .text = text};

    if (label->attr == OR_ADMD && or_text_is_blank(text))
        item.text = SLICE_LIT(" ");
    if (label->attr == OR_DDA)
        item.type = variant == OR_TELETEX && slice_present(label->type.teletex)
                        ? label->type.teletex
                        : label->type.plain;
    return or_attribute_list_add(&p->out, &item);
}

static int add_text(struct parser *p, const struct label *label, struct slice text)
{
    enum or_variant variant;
    int error = check_value(p, label, text);

    if (!error)
        error = choose_variant(p, label, text, &variant);
    return error ? error : add(p, label, variant, text);
}

/* What stands in front of a teletex part is the printable variant, or nothing. */
static int check_printable_part(struct parser *p, const struct label *label, struct slice plain)
{
    if (or_text_is_printable(plain))
        return X4_OK;
    return fail(p, X4_ESYNTAX, label->at, "%s has other than printable characters before \"*\"",
                or_attr_info(label->attr)->label);
}

/* A value as printable and teletex variant. */
static int add_scanned(struct parser *p, const struct label *label, const struct scanned *value)
{
    struct slice plain = trim(value->plain);
    int error = X4_OK;

    if (!slice_present(value->teletex))
        return add_text(p, label, plain);
    if (!(or_attr_info(label->attr)->flags & OR_HAS_VARIANTS))
        return fail(p, X4_ESYNTAX, label->at, "%s has no teletex variant",
                    or_attr_info(label->attr)->label);
    error = check_printable_part(p, label, plain);
    if (!error && plain.len)
        error = add_text(p, label, plain);
    return error ? error : add(p, label, OR_TELETEX, value->teletex);
}

/* A DDA with a teletex part in its type or its value. */
static int add_teletex_dda(struct parser *p, const struct label *label, const struct scanned *value)
{
    struct slice plain = trim(value->plain);
    bool twins = plain.len && slice_present(value->teletex);
    int error = check_printable_part(p, label, label->type.plain);

    if (!error && slice_present(value->teletex))
        error = check_printable_part(p, label, plain);
    if (!error && twins && label->type.plain.len == 0)
        error = fail(p, X4_ESYNTAX, label->at, "printable value of a DDA with a teletex type");
    if (!error && twins)
        error = add(p, label, OR_PRINTABLE, plain);
    if (error)
        return error;
    return add(p, label, OR_TELETEX, slice_present(value->teletex) ? value->teletex : plain);
}

/* Type and value of a DDA have one encoding, the wider of the two. */
static int add_dda(struct parser *p, const struct label *label, const struct scanned *value)
{
    struct slice type = label->type.plain;
    struct slice text = trim(value->plain);
    enum or_variant of_type = OR_PRINTABLE;
    enum or_variant of_text = OR_PRINTABLE;
    int error = X4_OK;

    if (slice_present(value->teletex) || slice_present(label->type.teletex))
        return add_teletex_dda(p, label, value);
    if (p->mode == OR_PARSE_ADDRESS && slice_eq_nocase(type, SLICE_LIT("RFC-822"))) {
        error = or_ascii_to_printable(text, p->scan.arena, &text);
        error = error == X4_EUNSUPP ? X4_OK : error;
    }
    if (!error)
        error = choose_variant(p, label, type, &of_type);
    if (!error)
        error = choose_variant(p, label, text, &of_text);
    return error ? error : add(p, label, of_type > of_text ? of_type : of_text, text);
}

/* Lines of PD-ADDRESS: printable ones separated by "|", teletex ones by line ends. */
static int add_lines(struct parser *p, const struct label *label, enum or_variant variant,
                     struct slice text)
{
    struct slice end = variant == OR_TELETEX ? SLICE_LIT(OR_TEXT_LF) : SLICE_LIT("|");
    struct label line = *label;
    int error = X4_OK;

    for (line.index = 0; !error && text.len; line.index++) {
        const uint8_t *at = slice_find(text, end);
        struct slice one = slice_sub(text, 0, at ? (size_t)(at - text.p) : text.len);

        text = slice_from(text, one.len + (at ? end.len : 0));
        if (one.len >= 3 && memcmp(one.p + one.len - 3, OR_TEXT_CR, 3) == 0)
            one.len -= 3;
        error = variant == OR_TELETEX ? add(p, &line, variant, trim(one))
                                      : add_text(p, &line, trim(one));
    }
    return error;
}

static int add_postal_address(struct parser *p, const struct label *label,
                              const struct scanned *value)
{
    int error = add_lines(p, label, OR_PRINTABLE, value->plain);

    for (size_t i = 0; !error && slice_present(value->teletex) && i < p->out.list.count; i++) {
        const struct or_attribute *item = &p->out.list.items[i];

        if (item->attr == OR_PD_A)
            error = check_printable_part(p, label, item->text);
    }
    if (!error && slice_present(value->teletex))
        error = add_lines(p, label, OR_TELETEX, value->teletex);
    if (!error && !is_there(p, OR_PD_A, 0))
        return fail(p, X4_ESYNTAX, label->at, "PD-ADDRESS has no value");
    return error;
}

static int add_value(struct parser *p, struct label *label, const struct scanned *value)
{
    if (label->attr == OR_OU && !label->numbered)
        label->index = p->units++;
    if (label->attr == OR_OU && label->numbered && p->units)
        return fail(p, X4_ESYNTAX, label->at, "OU with and without a number");
    if (is_there(p, label->attr, label->index))
        return fail(p, X4_EDUP, label->at, "%.*s is given twice", SLICE_ARG(brief(label->text)));
    if (label->attr == OR_DDA)
        return add_dda(p, label, value);
    if (label->attr == OR_PD_A && !label->numbered && p->mode == OR_PARSE_ADDRESS)
        return add_postal_address(p, label, value);
    return add_scanned(p, label, value);
}

/* ---- personal name in one value (RFC 2156 4.1.2) --------------------------------------------- */

static int add_part(struct parser *p, enum or_attr attr, size_t at, struct slice text)
{
    struct label label = {.attr = attr, .at = at, .text = SLICE_LIT("PN")};
    struct scanned value = {.at = at, .plain = text};

    return text.len ? add_value(p, &label, &value) : X4_OK;
}

/* [ given "." ] *( initial "." ) surname: a given name has at least two letters. */
static int add_personal_name(struct parser *p, const struct scanned *value)
{
    struct slice rest = trim(value->plain);
    const uint8_t *dot = rest.len ? memchr(rest.p, '.', rest.len) : NULL;
    size_t given = dot && dot - rest.p >= 2 ? (size_t)(dot - rest.p) : 0;
    uint8_t *initials = arena_alloc(p->scan.arena, rest.len);
    size_t n = 0;
    int error;

    if (!initials)
        return X4_ENOMEM;
    error = add_part(p, OR_G, value->at, slice_sub(rest, 0, given));
    if (given)
        rest = slice_from(rest, given + 1);
    for (; rest.len > 2 && ascii_is_alpha(rest.p[0]) && rest.p[1] == '.';
         rest = slice_from(rest, 2))
        initials[n++] = rest.p[0];
    if (!error)
        error = add_part(p, OR_I, value->at, slice_make(initials, n));
    if (!error && rest.len == 0)
        error = fail(p, X4_ESYNTAX, value->at, "PN has no surname");
    return error ? error : add_part(p, OR_S, value->at, rest);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool next_is_personal_name(const struct parser *p)
{
    return slice_eq_nocase(slice_sub(p->scan.in, p->scan.pos, 3), SLICE_LIT("PN="));
}

static int parse_pair(struct parser *p)
{
    bool pn = next_is_personal_name(p);
    struct scanned value;
    struct label label;
    int error = X4_OK;

    if (pn)
        p->scan.pos += 3;
    else
        error = parse_label(p, &label);
    if (error)
        return error;
    error = or_scan_value(&p->scan, &value);
    if (error)
        return fail(p, error, value.at, "value is not well-formed after \"*\"");
    value.teletex = without_blank(value.teletex);
    return pn ? add_personal_name(p, &value) : add_value(p, &label, &value);
}

/* Form B lists OUs without numbers, and DDAs, with the most significant last (RFC 2156 4.3.3). */
static void reverse(struct parser *p)
{
    for (size_t i = 0; i < p->out.list.count; i++) {
        struct or_attribute *item = &p->out.list.items[i];

        if (item->attr == OR_OU && p->units)
            item->index = p->units - 1 - item->index;
        if (item->attr == OR_DDA && p->ddas_reversed == p->ddas)
            item->index = p->ddas - 1 - item->index;
    }
}

static int finish_address(struct parser *p)
{
    static const enum or_attr lists[] = {OR_OU, OR_PD_A};
    struct label admd = {.attr = OR_ADMD};

    for (size_t i = 0; i < p->out.list.count; i++) {
        const struct or_attribute *item = &p->out.list.items[i];

        for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
            if (item->attr == lists[k] && item->index && !is_there(p, lists[k], item->index - 1))
                return fail(p, X4_ESYNTAX, 0, "%s%u without %s%u", or_attr_info(lists[k])->label,
                            item->index + 1, or_attr_info(lists[k])->label, item->index);
        }
    }
    if (is_there(p, OR_ADMD, 0) || !(is_there(p, OR_C, 0) || is_there(p, OR_PRMD, 0)))
        return X4_OK;
    return add(p, &admd, OR_PRINTABLE, SLICE_LIT(" ")); /* RFC 1685 F.4 */
}

int or_attributes_parse(struct slice text, enum or_parse_mode mode, struct arena *arena,
                        struct or_attributes *out, struct buf *why)
{
    struct parser p = {.out = {.arena = arena}, .mode = mode, .why = why};
    int error;

    if (text.len > LIMIT_ORADDR_TEXT)
        return fail(&p, X4_ELIMIT, text.len, "address has %zu octets, %d allowed", text.len,
                    LIMIT_ORADDR_TEXT);
    if (!or_text_valid(text))
        return fail(&p, X4_ESYNTAX, 0, "address is not UTF-8 text or has control characters");
    error = or_scanner_init(&p.scan, text, arena, mode == OR_PARSE_PATTERN);
    while (!error && or_scanner_more(&p.scan))
        error = parse_pair(&p);
    if (error)
        return error;
    reverse(&p);
    if (mode == OR_PARSE_ADDRESS && p.out.list.count == 0)
        return fail(&p, X4_ESYNTAX, 0, "address is empty");
    if (mode == OR_PARSE_ADDRESS)
        error = finish_address(&p);
    or_attributes_sort(&p.out.list);
    *out = p.out.list;
    return error;
}

int or_address_parse(struct slice text, struct arena *arena, struct or_address *out,
                     struct buf *why)
{
    struct or_attributes attributes;
    int error = or_attributes_parse(text, OR_PARSE_ADDRESS, arena, &attributes, why);

    *out = (struct or_address){.raw = SLICE_NONE};
    if (error)
        return error;
    error = or_address_build(&attributes, arena, out);
    if (error && why)
        buf_printf(why, "address cannot be encoded: %s", x4_strerror(error));
    return error;
}

int or_name_parse(struct slice text, struct arena *arena, struct or_name *out, struct buf *why)
{
    *out = (struct or_name){.directory_name = SLICE_NONE};
    return or_address_parse(text, arena, &out->address, why);
}
