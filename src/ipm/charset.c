/* SPDX-License-Identifier: Apache-2.0 */
#include "ipm/charset.h"

#include "base/cursor.h"
#include "ipm/charset_tables.h"
#include "text/t61.h"

enum {
    ESC = 0x1b,
    SHIFT_OUT = 0x0e,
    SHIFT_IN = 0x0f,
};

/* final: last octet of the escape sequence that designates the set's upper half, 0: none.
 * wide96: it is a 96-character set (ESC 2/13), else a 94-character one (ESC 2/9). */
static const struct set_info {
    const char *name;
    int registration;
    char final;
    bool wide96;
} sets[CHARSET_COUNT] = {
    [CHARSET_ASCII] = {"US-ASCII", 6, 0, false},
    [CHARSET_8859_1] = {"ISO 8859-1", 100, 'A', true},
    [CHARSET_8859_2] = {"ISO 8859-2", 101, 'B', true},
    [CHARSET_8859_5] = {"ISO 8859-5", 144, 'L', true},
    [CHARSET_8859_6] = {"ISO 8859-6", 127, 'G', true},
    [CHARSET_8859_7] = {"ISO 8859-7", 126, 'F', true},
    [CHARSET_8859_8] = {"ISO 8859-8", 138, 'H', true},
    [CHARSET_8859_9] = {"ISO 8859-9", 148, 'M', true},
    [CHARSET_8859_3] = {"ISO 8859-3", 109, 'C', true},
    [CHARSET_8859_4] = {"ISO 8859-4", 110, 'D', true},
    [CHARSET_8859_10] = {"ISO 8859-10", 157, 'V', true},
    [CHARSET_8859_15] = {"ISO 8859-15", 203, 'b', true},
    [CHARSET_T61] = {"T.61", 103, 'v', false},
    [CHARSET_UTF8] = {"UTF-8", 196, 'G', false},
};

const char *charset_name(enum charset set)
{
    return set >= 0 && set < CHARSET_COUNT ? sets[set].name : "unknown";
}

int charset_registration(enum charset set)
{
    return sets[set].registration;
}

enum charset charset_by_registration(int64_t registration)
{
    if (registration == 1 || registration == 2 || registration == 102)
        return CHARSET_ASCII;
    for (int i = 0; i < CHARSET_COUNT; i++)
        if (sets[i].registration == registration)
            return (enum charset)i;
    return CHARSET_NONE;
}

/* ---- UTF-8 ---------------------------------------------------------------------------------- */

void utf8_put_safe(struct slice in, unsigned indent, struct buf *out)
{
    while (in.len > 0) {
        uint32_t code = utf8_next(&in);

        if (code == '\r' && in.len > 0 && in.p[0] == '\n')
            continue;
        if (code == '\n')
            buf_printf(out, "\n%*s", (int)indent, "");
        else if ((code < 0x20 && code != '\t') || (code >= 0x7f && code < 0xa0))
            buf_u8(out, '?');
        else
            utf8_put(code, out);
    }
}

/* ---- to UTF-8 ------------------------------------------------------------------------------- */

/* What is designated and invoked while a text is read. */
struct reading {
    struct slice in;
    enum charset upper;
    bool shifted; /* SHIFT OUT: the upper set stands in the lower half too */
    size_t bad;
    struct buf *out;
};

static void put_bad(struct reading *r)
{
    r->bad++;
    utf8_put(UTF8_REPLACEMENT, r->out);
}

/* An accent of T.61 and the letter after it, which is still in r->in. */
static void put_accented(struct reading *r, uint8_t accent)
{
    uint8_t base = r->in.len > 0 ? r->in.p[0] : 0;
    uint32_t code = t61_compose(base, t61_accent(accent));

    if (base < 0x20 || base >= 0x7f) {
        put_bad(r);
        return;
    }
    r->in = slice_from(r->in, 1);
    utf8_put(code ? code : base, r->out);
    if (!code)
        utf8_put(t61_accent(accent), r->out);
}

static void put_upper(struct reading *r, uint8_t octet)
{
    uint32_t code = 0;

    if (r->upper == CHARSET_T61 && t61_accent(octet)) {
        put_accented(r, octet);
        return;
    }
    if (r->upper == CHARSET_T61)
        code = t61_code(octet);
    else if (octet >= 0xa0 && r->upper >= CHARSET_8859_1 && r->upper < CHARSET_T61)
        code = charset_upper[r->upper - CHARSET_8859_1][octet - 0xa0];
    if (code)
        utf8_put(code, r->out);
    else
        put_bad(r);
}

/* The upper set that "ESC introducer final" designates. */
static enum charset designated(uint8_t introducer, uint8_t final)
{
    for (int i = 0; i < CHARSET_COUNT; i++) {
        uint8_t expected = i == CHARSET_UTF8 ? '%' : sets[i].wide96 ? '-' : ')';

        if (sets[i].final && (uint8_t)sets[i].final == final && introducer == expected)
            return (enum charset)i;
    }
    return CHARSET_NONE;
}

/* An escape sequence (ISO 2022): ESC, octets 2/x, a final octet. ESC itself is taken already. */
static void take_escape(struct reading *r)
{
    struct slice rest = r->in;
    uint8_t introducer = rest.len > 0 ? rest.p[0] : 0;
    size_t n = 0;
    enum charset set;

    while (n < rest.len && rest.p[n] >= 0x20 && rest.p[n] < 0x30)
        n++;
    if (n >= rest.len || rest.p[n] < 0x30 || rest.p[n] >= 0x7f) {
        put_bad(r);
        return;
    }
    r->in = slice_from(rest, n + 1);
    /* G0, C0 and C1, and locking shifts of the right half change nothing that we keep. */
    if (n == 0 || introducer == '(' || introducer == '!' || introducer == '"')
        return;
    if (introducer == '%' && n == 1 && rest.p[1] == '@') {
        r->upper = CHARSET_ASCII;
        return;
    }
    set = n == 1 ? designated(introducer, rest.p[1]) : CHARSET_NONE;
    if (set == CHARSET_NONE)
        r->bad++;
    r->upper = set;
}

static void take_character(struct reading *r)
{
    uint8_t octet = r->in.p[0];

    if (r->upper == CHARSET_UTF8 && octet >= 0x80) {
        uint32_t code = utf8_next(&r->in);

        r->bad += code == UTF8_REPLACEMENT;
        utf8_put(code, r->out);
        return;
    }
    r->in = slice_from(r->in, 1);
    if (octet == ESC)
        take_escape(r);
    else if (octet == SHIFT_OUT || octet == SHIFT_IN)
        r->shifted = octet == SHIFT_OUT;
    else if (octet >= 0x80)
        put_upper(r, octet);
    else if (r->shifted && octet > 0x20 && octet < 0x7f)
        put_upper(r, octet | 0x80);
    else
        buf_u8(r->out, octet);
}

size_t charset_to_utf8(struct slice in, enum charset upper, struct buf *out)
{
    struct reading r = {.in = in, .upper = upper, .out = out};

    while (r.in.len > 0)
        take_character(&r);
    return r.bad;
}

static uint32_t wide_next(struct cursor *c, unsigned width)
{
    uint32_t high = cursor_be16(c);

    return width == 4 ? high << 16 | cursor_be16(c) : high;
}

size_t charset_wide_to_utf8(struct slice in, unsigned width, struct buf *out)
{
    struct cursor c = cursor_make(in);
    size_t bad = 0;

    while (cursor_left(&c) >= width) {
        uint32_t code = wide_next(&c, width);

        /* surrogate pairs are no part of BMPString, but are sent */
        if (width == 2 && code >> 10 == 0x36 && cursor_left(&c) >= 2) {
            uint32_t low = cursor_be16(&c);

            code = low >> 10 == 0x37 ? 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff))
                                     : UTF8_REPLACEMENT;
        }
        if (code > 0x10ffff || code >> 11 == 0x1b || code == UTF8_REPLACEMENT)
            bad++;
        utf8_put(code, out);
    }
    return bad + (cursor_left(&c) > 0);
}

/* ---- from UTF-8 ----------------------------------------------------------------------------- */

/* At most 4 octets into octets; 0: the set does not have it. */
static size_t encode_upper(uint32_t code, enum charset set, uint8_t octets[4])
{
    const uint16_t *upper = charset_upper[set - CHARSET_8859_1];

    for (unsigned i = 0; i < 96; i++) {
        if (upper[i] == code) {
            octets[0] = (uint8_t)(0xa0 + i);
            return 1;
        }
    }
    return 0;
}

static size_t encode_t61(uint32_t code, uint8_t octets[4])
{
    uint8_t octet = t61_octet(code);

    if (!octet)
        return t61_split(code, octets) ? 2 : 0;
    octets[0] = octet;
    return 1;
}

static size_t encode(uint32_t code, struct slice utf8, enum charset set, uint8_t octets[4])
{
    if (code < 0x80) {
        octets[0] = (uint8_t)code;
        return 1;
    }
    if (set == CHARSET_UTF8) {
        memcpy(octets, utf8.p, utf8.len);
        return utf8.len;
    }
    if (set < CHARSET_8859_1 || set > CHARSET_T61)
        return 0;
    return set == CHARSET_T61 ? encode_t61(code, octets) : encode_upper(code, set, octets);
}

size_t charset_from_utf8(struct slice utf8, enum charset set, size_t limit, struct buf *out)
{
    size_t bad = 0, written = 0;

    while (utf8.len > 0) {
        struct slice before = utf8;
        uint32_t code = utf8_next(&utf8);
        bool broken = code == UTF8_REPLACEMENT && before.len - utf8.len == 1;
        uint8_t octets[4] = {'?'};
        size_t n =
            broken ? 0 : encode(code, slice_sub(before, 0, before.len - utf8.len), set, octets);

        bad += n == 0;
        n = n == 0 ? 1 : n;
        if (n > limit - written)
            break;
        buf_append(out, octets, n);
        written += n;
    }
    return bad;
}

size_t charset_utf8_to_bmp(struct slice utf8, size_t max_chars, struct buf *out)
{
    size_t bad = 0;

    for (size_t n = 0; utf8.len > 0 && n < max_chars; n++) {
        uint32_t code = utf8_next(&utf8);

        if (code > 0xffff) {
            code = '?';
            bad++;
        }
        buf_be16(out, code);
    }
    return bad;
}

static bool holds_all(enum charset set, struct slice utf8)
{
    uint8_t octets[4];

    while (utf8.len > 0) {
        struct slice before = utf8;
        uint32_t code = utf8_next(&utf8);

        if (encode(code, slice_sub(before, 0, before.len - utf8.len), set, octets) == 0)
            return false;
    }
    return true;
}

enum charset charset_choose(struct slice utf8)
{
    for (int i = CHARSET_ASCII; i < CHARSET_T61; i++)
        if (holds_all((enum charset)i, utf8))
            return (enum charset)i;
    return CHARSET_UTF8;
}

void charset_put_designation(enum charset set, struct buf *out)
{
    const struct set_info *info = &sets[set];

    if (!info->final)
        return;
    buf_u8(out, ESC);
    buf_u8(out, set == CHARSET_UTF8 ? '%' : info->wide96 ? '-' : ')');
    buf_u8(out, (uint8_t)info->final);
}
