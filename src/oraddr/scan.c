/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting (F.401 Annex B as in RFC 1685; RFC 2156 4.1): a delimiter inside a value is doubled, so
 * is
 * "=" inside the type of a DDA; "$" takes the next character as it is; with "/" as delimiter a "*"
 * is followed by the teletex variant, in which {ddd} is an octet. */
#include "oraddr/scan.h"

#include "base/ascii.h"
#include "oraddr/charset.h"

static uint8_t peek(const struct scanner *s, size_t ahead)
{
    return s->pos + ahead < s->in.len ? s->in.p[s->pos + ahead] : 0;
}

static void skip_spaces(struct scanner *s)
{
    while (peek(s, 0) == ' ')
        s->pos++;
}

static void skip_prefix(struct scanner *s, struct slice prefix)
{
    if (slice_eq_nocase(slice_sub(s->in, s->pos, prefix.len), prefix))
        s->pos += prefix.len;
    skip_spaces(s);
}

int or_scanner_init(struct scanner *s, struct slice text, struct arena *arena, bool pattern)
{
    *s = (struct scanner){.in = text, .arena = arena, .pattern = pattern, .delimiter = ';'};
    s->out = arena_alloc(arena, text.len);
    if (!s->out)
        return X4_ENOMEM;
    skip_spaces(s);
    skip_prefix(s, SLICE_LIT("X.400:"));
    skip_prefix(s, SLICE_LIT("X400:"));
    if (peek(s, 0) == '/') {
        s->delimiter = '/';
        s->pos++;
    }
    return X4_OK;
}

bool or_scanner_more(struct scanner *s)
{
    skip_spaces(s);
    return s->pos < s->in.len;
}

size_t or_dda_prefix(struct slice label)
{
    size_t n = slice_eq_nocase(slice_sub(label, 0, 3), SLICE_LIT("DDA"))  ? 3
               : slice_eq_nocase(slice_sub(label, 0, 2), SLICE_LIT("DD")) ? 2
                                                                          : 0;

    return n && label.len > n && (label.p[n] == ':' || label.p[n] == '.') ? n + 1 : 0;
}

/* RFC 2156 lets "$" quote anything; F.401 does not know it, so with ";" it is a dollar sign unless
 * something follows that would otherwise be special. */
static bool is_quoting(const struct scanner *s)
{
    uint8_t next = peek(s, 1);

    if (peek(s, 0) != '$' || next == 0)
        return false;
    return s->delimiter == '/' || (next < 0x80 && strchr("$=/;", next));
}

static void put(struct scanner *s, uint8_t c)
{
    s->out[s->out_len++] = c;
}

/* One or more groups of three digits in braces. */
static int scan_octets(struct scanner *s)
{
    s->pos++;
    do {
        unsigned value = 0;

        for (size_t i = 0; i < 3; i++) {
            uint8_t c = peek(s, 0);

            if (!ascii_is_digit(c))
                return X4_ESYNTAX;
            value = value * 10 + (c - (unsigned)'0');
            s->pos++;
        }
        if (value > 0xff)
            return X4_ESYNTAX;
        put(s, (uint8_t)value);
    } while (peek(s, 0) != '}');
    s->pos++;
    return X4_OK;
}

/* Two of them stand for one: the delimiter, and "=" in the type of a DDA. */
static bool is_doubled(const struct scanner *s, bool in_label, size_t start)
{
    uint8_t c = peek(s, 0);

    if (peek(s, 1) != c)
        return false;
    if (c == (uint8_t)s->delimiter)
        return true;
    return in_label && c == '=' && or_dda_prefix(slice_make(s->out + start, s->out_len - start));
}

static bool is_end(const struct scanner *s, bool in_label)
{
    uint8_t c = peek(s, 0);

    return c == (uint8_t)s->delimiter || (in_label && c == '=');
}

static int scan(struct scanner *s, bool in_label, struct scanned *out)
{
    bool stars = s->delimiter == '/' && !s->pattern;
    size_t start = s->out_len;
    size_t star = SIZE_MAX;

    *out = (struct scanned){.at = s->pos};
    while (s->pos < s->in.len) {
        uint8_t c = peek(s, 0);

        if (is_quoting(s) || is_doubled(s, in_label, start)) {
            put(s, peek(s, 1));
            s->pos += 2;
        } else if (is_end(s, in_label)) {
            break;
        } else if (stars && star == SIZE_MAX && c == '*') {
            star = s->out_len;
            s->pos++;
        } else if (star != SIZE_MAX && c == '{') {
            if (scan_octets(s))
                return X4_ESYNTAX;
        } else if (star != SIZE_MAX && c >= 0x80) {
            return X4_ESYNTAX; /* octets of T.61 stand here, not UTF-8 */
        } else {
            put(s, c);
            s->pos++;
        }
    }
    if (star == SIZE_MAX)
        star = s->out_len;
    else if (or_text_from_t61(slice_make(s->out + star, s->out_len - star), s->arena,
                              &out->teletex))
        return X4_ENOMEM;
    out->plain = slice_make(s->out + start, star - start);
    return X4_OK;
}

int or_scan_label(struct scanner *s, struct scanned *out)
{
    return scan(s, true, out);
}

int or_scan_value(struct scanner *s, struct scanned *out)
{
    int error = scan(s, false, out);

    if (s->pos < s->in.len)
        s->pos++;
    return error;
}
