/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 against ASCII, T.61 (ISO-IR 102 and 103), BMPString and UniversalString. */
#include "oraddr/charset.h"

#include "base/ascii.h"
#include "base/error.h"

#include <uchar.h>

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

static unsigned sequence_length(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

bool or_utf8_next(struct slice *text, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = text->len ? sequence_length(text->p[0]) : 0;
    uint32_t c;

    if (n == 0 || n > text->len)
        return false;
    c = n == 1 ? text->p[0] : text->p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((text->p[i] & 0xc0) != 0x80)
            return false;
        c = c << 6 | (text->p[i] & 0x3fu);
    }
    if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return false;
    *text = slice_from(*text, n);
    *code = c;
    return true;
}

size_t or_utf8_put(uint32_t code, uint8_t *to)
{
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (uint8_t)(0xc0 | code >> 6);
        to[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (uint8_t)(0xe0 | code >> 12);
        to[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        to[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | code >> 18);
    to[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    to[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    to[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool or_text_valid(struct slice text)
{
    uint32_t code;

    while (or_utf8_next(&text, &code)) {
        if (is_control(code))
            return false;
    }
    return text.len == 0;
}

size_t or_text_length(struct slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (text.p[i] & 0xc0) != 0x80;
    return n;
}

struct slice or_text_head(struct slice text, size_t max)
{
    if (text.len <= max)
        return text;
    while (max && (text.p[max] & 0xc0) == 0x80)
        max--;
    return slice_sub(text, 0, max);
}

bool or_text_is_printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_printablestring(text.p[i]))
            return false;
    }
    return true;
}

bool or_text_is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.p[i]))
            return false;
    }
    return text.len > 0;
}

bool or_text_is_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] != ' ')
            return false;
    }
    return true;
}

/* ---- growing output in an arena -------------------------------------------------------------- */

/* Room for the longest possible result is taken first: count units of at most width octets. */
struct writer {
    uint8_t *p;
    size_t len;
};

static int writer_open(struct writer *w, struct arena *arena, size_t count, size_t width)
{
    w->p = arena_array(arena, count ? count : 1, width);
    w->len = 0;
    return w->p ? X4_OK : X4_ENOMEM;
}

static void put_code(struct writer *w, uint32_t code)
{
    bool meaningless = is_control(code) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);

    if (meaningless)
        code = OR_PRIVATE_BASE + (code & 0xff);
    w->len += or_utf8_put(code, w->p + w->len);
}

static struct slice writer_close(const struct writer *w)
{
    return slice_make(w->p, w->len);
}

/* The octet that a private character stands for, whether or not it would become one, or -1. */
static int private_octet(uint32_t code)
{
    return code >= OR_PRIVATE_BASE && code <= OR_PRIVATE_BASE + 0xff ? (int)(code & 0xff) : -1;
}

/* ---- ASCII ----------------------------------------------------------------------------------- */

static bool is_graphic_ascii(struct slice in)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] < 0x20 || in.p[i] >= 0x7f)
            return false;
    }
    return true;
}

int or_text_from_ascii(struct slice in, struct arena *arena, struct slice *out)
{
    struct writer w;
    int error;

    *out = in;
    if (is_graphic_ascii(in))
        return X4_OK;
    error = writer_open(&w, arena, in.len, 3);
    for (size_t i = 0; !error && i < in.len; i++)
        put_code(&w, in.p[i] < 0x7f ? in.p[i] : OR_PRIVATE_BASE + (uint32_t)in.p[i]);
    if (!error)
        *out = writer_close(&w);
    return error;
}

int or_text_to_ascii(struct slice text, struct arena *arena, struct slice *out)
{
    struct writer w;
    uint32_t code;
    int error;

    *out = text;
    if (is_graphic_ascii(text))
        return X4_OK;
    error = writer_open(&w, arena, text.len, 1);
    if (error)
        return error;
    while (or_utf8_next(&text, &code)) {
        int octet = private_octet(code);

        if (octet >= 0 && !is_control((uint32_t)octet) && octet < 0xa0)
            octet = -1; /* the character itself would have been written */
        if (code < 0x7f)
            octet = (int)code;
        if (octet < 0)
            return X4_EUNSUPP;
        w.p[w.len++] = (uint8_t)octet;
    }
    *out = writer_close(&w);
    return text.len ? X4_EUNSUPP : X4_OK;
}

/* ---- T.61 ------------------------------------------------------------------------------------ */

/* Columns 10, 11, 14 and 15; 0: not used. Column 12 holds the accents, 13 nothing. */
static const char16_t t61_upper[96] = {
    0,      0x00a1, 0x00a2, 0x00a3, '$',    0x00a5, '#',    0x00a7, 0x00a4, 0,      0,      0x00ab,
    0,      0,      0,      0,      0x00b0, 0x00b1, 0x00b2, 0x00b3, 0x00d7, 0x00b5, 0x00b6, 0x00b7,
    0x00f7, 0,      0,      0x00bb, 0x00bc, 0x00bd, 0x00be, 0x00bf, 0,      0,      0,      0,
    0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,
    0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,      0,
    0,      0,      0,      0,      0x2126, 0x00c6, 0x0110, 0x00aa, 0x0126, 0,      0x0132, 0x013f,
    0x0141, 0x00d8, 0x0152, 0x00ba, 0x00de, 0x0166, 0x014a, 0x0149, 0x0138, 0x00e6, 0x0111, 0x00f0,
    0x0127, 0x0131, 0x0133, 0x0140, 0x0142, 0x00f8, 0x0153, 0x00df, 0x00fe, 0x0167, 0x014b, 0,
};

/* An accent stands in front of its letter in T.61 and behind it in Unicode. */
static const struct accent {
    uint8_t t61;
    uint16_t combining;
    const char *bases;
    const char16_t *letters; /* one for each base */
} accents[] = {
    {0xc1, 0x0300, "AEIOUaeiou", u"ÀÈÌÒÙàèìòù"},
    {0xc2, 0x0301, "ACEILNORSUYZaceilnorsuyz", u"ÁĆÉÍĹŃÓŔŚÚÝŹáćéíĺńóŕśúýź"},
    {0xc3, 0x0302, "ACEGHIJOSUWYaceghijosuwy", u"ÂĈÊĜĤÎĴÔŜÛŴŶâĉêĝĥîĵôŝûŵŷ"},
    {0xc4, 0x0303, "AINOUainou", u"ÃĨÑÕŨãĩñõũ"},
    {0xc5, 0x0304, "AEIOUaeiou", u"ĀĒĪŌŪāēīōū"},
    {0xc6, 0x0306, "AGUagu", u"ĂĞŬăğŭ"},
    {0xc7, 0x0307, "CEGIZcegz", u"ĊĖĠİŻċėġż"},
    {0xc8, 0x0308, "AEIOUYaeiouy", u"ÄËÏÖÜŸäëïöüÿ"},
    {0xc9, 0x0308, "", u""}, /* umlaut of the first T.61; read, not written */
    {0xca, 0x030a, "AUau", u"ÅŮåů"},
    {0xcb, 0x0327, "CGKLNRSTcgklnrst", u"ÇĢĶĻŅŖŞŢçģķļņŗşţ"},
    {0xcc, 0x0332, "", u""},
    {0xcd, 0x030b, "OUou", u"ŐŰőű"},
    {0xce, 0x0328, "AEIUaeiu", u"ĄĘĮŲąęįų"},
    {0xcf, 0x030c, "CDELNRSTZcdelnrstz", u"ČĎĚĽŇŘŠŤŽčďěľňřšťž"},
};
enum { ACCENTS = sizeof(accents) / sizeof(accents[0]) };

uint32_t or_compose(uint32_t base, uint32_t combining)
{
    if (base == 0 || base >= 0x7f)
        return 0;
    for (size_t i = 0; i < ACCENTS; i++) {
        const char *at;

        if (accents[i].combining != combining)
            continue;
        at = strchr(accents[i].bases, (int)base);
        if (at)
            return accents[i].letters[at - accents[i].bases];
    }
    return 0;
}

static const struct accent *accent_by_t61(uint8_t octet)
{
    for (size_t i = 0; i < ACCENTS; i++) {
        if (accents[i].t61 == octet)
            return &accents[i];
    }
    return NULL;
}

/* The code of one octet that is no accent. The dollar sign of ASCII is the currency sign in T.61,
 * but those who send 2/4 mean dollars. */
static uint32_t t61_code(uint8_t octet)
{
    if (octet >= 0x20 && octet < 0x7f)
        return octet;
    if (octet >= 0xa0 && t61_upper[octet - 0xa0])
        return t61_upper[octet - 0xa0];
    return OR_PRIVATE_BASE + (uint32_t)octet;
}

int or_text_from_t61(struct slice in, struct arena *arena, struct slice *out)
{
    struct writer w;
    int error;

    *out = in;
    if (is_graphic_ascii(in))
        return X4_OK;
    error = writer_open(&w, arena, in.len, 3);
    for (size_t i = 0; !error && i < in.len; i++) {
        const struct accent *a = accent_by_t61(in.p[i]);
        uint32_t base;
        uint32_t composed;

        if (!a || i + 1 == in.len || accent_by_t61(in.p[i + 1])) {
            put_code(&w, t61_code(in.p[i]));
            continue;
        }
        base = t61_code(in.p[++i]);
        composed = or_compose(base, a->combining);
        put_code(&w, composed ? composed : base);
        if (!composed)
            put_code(&w, a->combining);
    }
    if (!error)
        *out = writer_close(&w);
    return error;
}

/* Splits a letter into an accent and what it stands on; false when it has none. */
static bool t61_split(uint32_t code, uint8_t to[2])
{
    for (size_t i = 0; i < ACCENTS; i++) {
        for (size_t k = 0; accents[i].bases[k]; k++) {
            if (accents[i].letters[k] == code) {
                to[0] = accents[i].t61;
                to[1] = (uint8_t)accents[i].bases[k];
                return true;
            }
        }
    }
    return false;
}

/* One octet of T.61, or -1. */
static int t61_octet(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return (int)code; /* also \ ^ ` { } ~, which T.61 lacks, but everybody reads */
    for (unsigned i = 0; i < 96; i++) {
        if (t61_upper[i] && t61_upper[i] == code)
            return (int)(0xa0 + i);
    }
    return private_octet(code);
}

static const struct accent *accent_by_combining(uint32_t code)
{
    for (size_t i = 0; i < ACCENTS; i++) {
        if (accents[i].combining == code)
            return &accents[i];
    }
    return NULL;
}

static int t61_put(struct writer *w, uint32_t code)
{
    const struct accent *a = accent_by_combining(code);
    int octet = code == '#' ? 0xa6 : code == '$' ? 0xa4 : t61_octet(code);

    if (octet >= 0) {
        w->p[w->len++] = (uint8_t)octet;
        return X4_OK;
    }
    if (a && w->len > 0) {
        w->p[w->len] = w->p[w->len - 1];
        w->p[w->len - 1] = a->t61;
        w->len++;
        return X4_OK;
    }
    if (!t61_split(code, w->p + w->len))
        return X4_EUNSUPP;
    w->len += 2;
    return X4_OK;
}

/* A private character that some user wrote may stand for an octet that has a meaning: only what
 * reads back is a conversion. */
static int check_t61(struct slice text, struct slice octets, struct arena *arena)
{
    struct slice again;
    int error = or_text_from_t61(octets, arena, &again);

    if (error)
        return error;
    return slice_eq(text, again) ? X4_OK : X4_EUNSUPP;
}

int or_text_to_t61(struct slice text, struct arena *arena, struct slice *out)
{
    struct slice rest = text;
    bool private = false;
    struct writer w;
    uint32_t code;
    int error;

    *out = text;
    if (or_text_is_printable(text))
        return X4_OK;
    error = writer_open(&w, arena, text.len, 2);
    while (!error && or_utf8_next(&rest, &code)) {
        private = private || private_octet(code) >= 0;
        error = t61_put(&w, code);
    }
    if (error)
        return error;
    *out = writer_close(&w);
    if (rest.len)
        return X4_EUNSUPP;
    return private ? check_t61(text, *out, arena) : X4_OK;
}

/* ---- BMPString and UniversalString ----------------------------------------------------------- */

static int from_wide(struct slice in, size_t width, struct arena *arena, struct slice *out)
{
    struct writer w;
    int error = writer_open(&w, arena, in.len / width + 1, 4);

    if (error)
        return error;
    for (size_t i = 0; i + width <= in.len; i += width) {
        uint32_t code = 0;

        for (size_t k = 0; k < width; k++)
            code = code << 8 | in.p[i + k];
        put_code(&w, code);
    }
    if (in.len % width) /* an octet too many */
        put_code(&w, OR_PRIVATE_BASE + (uint32_t)in.p[in.len - 1]);
    *out = writer_close(&w);
    return X4_OK;
}

static int to_wide(struct slice text, size_t width, struct arena *arena, struct slice *out)
{
    struct writer w;
    uint32_t code;
    int error = writer_open(&w, arena, text.len, width);

    if (error)
        return error;
    while (or_utf8_next(&text, &code)) {
        int octet = private_octet(code);

        if (octet >= 0 && is_control((uint32_t)octet))
            code = (uint32_t)octet;
        if (width == 2 && code > 0xffff)
            return X4_EUNSUPP;
        for (size_t k = width; k > 0; k--)
            w.p[w.len++] = (uint8_t)(code >> (8 * (k - 1)));
    }
    *out = writer_close(&w);
    return text.len ? X4_EUNSUPP : X4_OK;
}

int or_text_from_bmp(struct slice in, struct arena *arena, struct slice *out)
{
    return from_wide(in, 2, arena, out);
}

int or_text_from_universal(struct slice in, struct arena *arena, struct slice *out)
{
    return from_wide(in, 4, arena, out);
}

int or_text_to_bmp(struct slice text, struct arena *arena, struct slice *out)
{
    return to_wide(text, 2, arena, out);
}

int or_text_to_universal(struct slice text, struct arena *arena, struct slice *out)
{
    return to_wide(text, 4, arena, out);
}
