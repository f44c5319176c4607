/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 against ASCII, T.61 (ISO-IR 102 and 103), BMPString and UniversalString. */
#include "oraddr/charset.h"

#include "base/ascii.h"
#include "base/error.h"
#include "text/t61.h"
#include "text/utf8.h"

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool or_text_valid(struct slice text)
{
    uint32_t code;

    while (utf8_take(&text, &code)) {
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
    w->len += utf8_write(code, w->p + w->len);
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
    while (utf8_take(&text, &code)) {
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

/* The code of one octet that is no accent. The dollar sign of ASCII is the currency sign in T.61,
 * but those who send 2/4 mean dollars. */
static uint32_t code_of(uint8_t octet)
{
    uint32_t code = octet >= 0x20 && octet < 0x7f ? octet : t61_code(octet);

    return code ? code : OR_PRIVATE_BASE + (uint32_t)octet;
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
        uint32_t accent = t61_accent(in.p[i]);
        uint32_t base;
        uint32_t composed;

        if (!accent || i + 1 == in.len || t61_accent(in.p[i + 1])) {
            put_code(&w, code_of(in.p[i]));
            continue;
        }
        base = code_of(in.p[++i]);
        composed = t61_compose(base, accent);
        put_code(&w, composed ? composed : base);
        if (!composed)
            put_code(&w, accent);
    }
    if (!error)
        *out = writer_close(&w);
    return error;
}

/* One octet, or -1. */
static int octet_of(uint32_t code)
{
    int octet;

    if (code == '#' || code == '$')
        return t61_octet(code); /* in the lower half they are something else */
    if (code >= 0x20 && code < 0x7f)
        return (int)code; /* also \ ^ ` { } ~, which T.61 lacks, but everybody reads */
    octet = t61_octet(code);
    return octet ? octet : private_octet(code);
}

static int t61_put(struct writer *w, uint32_t code)
{
    uint8_t accent = t61_accent_octet(code);
    int octet = octet_of(code);

    if (octet >= 0) {
        w->p[w->len++] = (uint8_t)octet;
        return X4_OK;
    }
    if (accent && w->len > 0) {
        w->p[w->len] = w->p[w->len - 1];
        w->p[w->len - 1] = accent;
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
    while (!error && utf8_take(&rest, &code)) {
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
    while (utf8_take(&text, &code)) {
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
