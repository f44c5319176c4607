/* SPDX-License-Identifier: Apache-2.0 */
/* Text as it is compared (X.402 18.4), and ASCII inside PrintableString (RFC 2156 3.4). */
#include "oraddr/attr.h"
#include "oraddr/charset.h"
#include "text/t61.h"
#include "text/utf8.h"

#include "base/ascii.h"

/* Blocks of letters: those from first to last in steps of step have their lower case at delta. */
static const struct {
    uint32_t first, last;
    unsigned step;
    int32_t delta;
} cases[] = {
    {'A', 'Z', 1, 32},       {0x00c0, 0x00d6, 1, 32},   {0x00d8, 0x00de, 1, 32},
    {0x0100, 0x012e, 2, 1},  {0x0130, 0x0130, 1, -199}, {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},  {0x014a, 0x0176, 2, 1},    {0x0178, 0x0178, 1, -121},
    {0x0179, 0x017d, 2, 1},  {0x0386, 0x0386, 1, 38},   {0x0388, 0x038a, 1, 37},
    {0x038c, 0x038c, 1, 64}, {0x038e, 0x038f, 1, 63},   {0x0391, 0x03a1, 1, 32},
    {0x03a3, 0x03ab, 1, 32}, {0x0400, 0x040f, 1, 80},   {0x0410, 0x042f, 1, 32},
    {0x0460, 0x0480, 2, 1},  {0x048a, 0x04be, 2, 1},    {0x04d0, 0x052e, 2, 1},
    {0x1e00, 0x1e94, 2, 1},  {0x1ea0, 0x1efe, 2, 1},    {0x2126, 0x2126, 1, -7517},
};

uint32_t or_fold_code(uint32_t code)
{
    if (code < 'A')
        return code;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (code < cases[i].first)
            break;
        if (code <= cases[i].last && (code - cases[i].first) % cases[i].step == 0)
            return (uint32_t)((int32_t)code + cases[i].delta);
    }
    return code;
}

static bool is_folded(struct slice text)
{
    if (text.len && (text.p[0] == ' ' || text.p[text.len - 1] == ' '))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];

        if (c >= 0x80 || ascii_lower(c) != c || (c == ' ' && text.p[i + 1] == ' '))
            return false;
    }
    return true;
}

static bool is_digits_and_spaces(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] != ' ' && !ascii_is_digit(text.p[i]))
            return false;
    }
    return true;
}

/* One character behind those in to; gives the new length. *last is where the last one begins, so
 * that an accent can join it. */
static size_t fold_put(uint8_t *to, size_t len, size_t *last, uint32_t code)
{
    struct slice before = slice_make(to + *last, len - *last);
    uint32_t base;
    uint32_t composed = 0;

    if (code >= 0x300 && code < 0x370 && len > *last && utf8_take(&before, &base))
        composed = t61_compose(base, code);
    if (composed)
        len = *last;
    *last = len;
    return len + utf8_write(or_fold_code(composed ? composed : code), to + len);
}

int or_attribute_fold(enum or_attr attr, struct slice text, struct arena *arena, struct slice *out)
{
    bool numeric = or_attr_info(attr)->flags & (OR_NUMERIC_STRING | OR_NUMERIC_CHOICE);
    bool no_spaces = numeric && is_digits_and_spaces(text);
    bool space = false;
    size_t last = 0;
    size_t len = 0;
    uint32_t code;
    uint8_t *to;

    *out = text;
    if (!no_spaces && is_folded(text))
        return X4_OK;
    to = arena_alloc(arena, text.len); /* no lower case is longer than its capital */
    if (!to)
        return X4_ENOMEM;
    while (utf8_take(&text, &code)) {
        if (code == ' ') {
            space = len > 0 && !no_spaces;
            continue;
        }
        if (space)
            len = fold_put(to, len, &last, ' ');
        space = false;
        len = fold_put(to, len, &last, code);
    }
    *out = slice_make(to, len);
    return X4_OK;
}

/* ---- ASCII inside PrintableString ------------------------------------------------------------ */

static const struct {
    char letter;
    char stands_for;
} escapes[] = {{'a', '@'}, {'p', '%'}, {'b', '!'}, {'q', '"'}, {'u', '_'}, {'l', '('}, {'r', ')'}};
enum { ESCAPES = sizeof(escapes) / sizeof(escapes[0]), ESCAPE_MAX = 5 };

static size_t put_escape(uint8_t *to, uint8_t c)
{
    for (size_t i = 0; i < ESCAPES; i++) {
        if (escapes[i].stands_for == (char)c) {
            to[0] = '(';
            to[1] = (uint8_t)escapes[i].letter;
            to[2] = ')';
            return 3;
        }
    }
    to[0] = '(';
    to[1] = (uint8_t)('0' + c / 100);
    to[2] = (uint8_t)('0' + c / 10 % 10);
    to[3] = (uint8_t)('0' + c % 10);
    to[4] = ')';
    return ESCAPE_MAX;
}

int or_ascii_to_printable(struct slice text, struct arena *arena, struct slice *out)
{
    size_t len = 0;
    uint8_t *to;

    *out = text;
    if (or_text_is_printable(text))
        return X4_OK;
    to = arena_array(arena, text.len, ESCAPE_MAX);
    if (!to)
        return X4_ENOMEM;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] >= 0x80)
            return X4_EUNSUPP;
        if (ascii_is_printablestring(text.p[i]))
            to[len++] = text.p[i];
        else
            len += put_escape(to + len, text.p[i]);
    }
    *out = slice_make(to, len);
    return X4_OK;
}

/* The character of an escape at the front of text and its length; 0: there is none. Control
 * characters stay escaped, they have no place in a text. */
static size_t take_escape(struct slice text, uint8_t *c)
{
    unsigned value = 0;

    if (text.len >= 3 && text.p[0] == '(' && text.p[2] == ')') {
        for (size_t i = 0; i < ESCAPES; i++) {
            if ((char)ascii_lower(text.p[1]) == escapes[i].letter) {
                *c = (uint8_t)escapes[i].stands_for;
                return 3;
            }
        }
    }
    if (text.len < ESCAPE_MAX || text.p[0] != '(' || text.p[4] != ')')
        return 0;
    for (size_t i = 1; i < 4; i++) {
        if (!ascii_is_digit(text.p[i]))
            return 0;
        value = value * 10 + (text.p[i] - (unsigned)'0');
    }
    if (value < 0x20 || value >= 0x7f)
        return 0;
    *c = (uint8_t)value;
    return ESCAPE_MAX;
}

int or_printable_to_ascii(struct slice text, struct arena *arena, struct slice *out)
{
    size_t len = 0;
    uint8_t *to;

    *out = text;
    if (!text.len || !memchr(text.p, '(', text.len))
        return X4_OK;
    to = arena_array(arena, text.len, 1);
    if (!to)
        return X4_ENOMEM;
    for (size_t i = 0; i < text.len;) {
        size_t used = take_escape(slice_from(text, i), &to[len]);

        if (!used)
            to[len] = text.p[i];
        len++;
        i += used ? used : 1;
    }
    *out = slice_make(to, len);
    return X4_OK;
}

static bool carries_internet_address(struct slice type)
{
    static const char *const types[] = {"rfc-822", "smtp", "x400-88"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (slice_eq(type, slice_str(types[i])))
            return true;
    }
    return false;
}

int or_item_fold(const struct or_attribute *item, struct arena *arena, struct slice *type,
                 struct slice *text)
{
    struct slice plain = item->text;
    int error = X4_OK;

    *type = SLICE_NONE;
    if (item->attr == OR_DDA)
        error = or_attribute_fold(OR_DDA, item->type, arena, type);
    if (!error && item->attr == OR_DDA && carries_internet_address(*type))
        error = or_printable_to_ascii(plain, arena, &plain);
    return error ? error : or_attribute_fold(item->attr, plain, arena, text);
}
