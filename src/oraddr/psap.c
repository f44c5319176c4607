/* SPDX-License-Identifier: Apache-2.0 */
/* [[[psel "/"] ssel "/"] tsel "/"] address *("_" address)    (RFC 1278 section 3) */
#include "oraddr/psap.h"

#include "base/ascii.h"
#include "base/cursor.h"

enum { SELECTORS = 3, ADDRESSES_MAX = 8, PSAP_TEXT_MAX = 4096 };

/* ---- printing -------------------------------------------------------------------------------- */

static bool is_plain(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.p[i];

        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return s.len > 0;
}

static void put_selector(struct buf *out, struct slice s)
{
    if (is_plain(s)) {
        buf_text(out, "\"");
        buf_slice(out, s);
        buf_text(out, "\"");
    } else if (s.len) {
        buf_text(out, "'");
        buf_hex(out, s);
        buf_text(out, "'H");
    }
    buf_text(out, "/");
}

int or_psap_print(const struct or_presentation_address *pa, struct arena *arena, struct slice *out)
{
    const struct slice selectors[SELECTORS] = {pa->p_selector, pa->s_selector, pa->t_selector};
    unsigned first = 0;
    struct buf b;
    int error;

    buf_init(&b, PSAP_TEXT_MAX);
    while (first < SELECTORS && !slice_present(selectors[first]))
        first++;
    for (unsigned i = first; i < SELECTORS; i++)
        put_selector(&b, selectors[i]);
    for (size_t i = 0; i < pa->n_addresses.count; i++) {
        buf_text(&b, i ? "_NS+" : "NS+");
        buf_hex(&b, *BER_ITEM(pa->n_addresses, struct slice, i));
    }
    *out = b.error ? SLICE_NONE : arena_dup(arena, buf_view(&b));
    error = slice_present(*out) ? X4_OK : X4_ENOMEM;
    buf_free(&b);
    return error;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static int parse_hex(struct slice text, struct arena *arena, struct slice *out)
{
    uint8_t *to = arena_alloc(arena, text.len / 2);

    if (!to)
        return X4_ENOMEM;
    if (text.len == 0 || text.len % 2)
        return X4_ESYNTAX;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = ascii_hex_value(text.p[i]);
        int low = ascii_hex_value(text.p[i + 1]);

        if (high < 0 || low < 0)
            return X4_ESYNTAX;
        to[i / 2] = (uint8_t)(high << 4 | low);
    }
    *out = slice_make(to, text.len / 2);
    return X4_OK;
}

static int parse_selector(struct slice text, struct arena *arena, struct slice *out)
{
    size_t n = text.len;

    if (n == 0) { /* present and empty */
        *out = slice_make("", 0);
        return X4_OK;
    }
    if (n >= 2 && text.p[0] == '"' && text.p[n - 1] == '"') {
        *out = slice_sub(text, 1, n - 2);
        return is_plain(*out) ? X4_OK : X4_ESYNTAX;
    }
    if (n >= 3 && text.p[0] == '\'' && slice_eq_nocase(slice_from(text, n - 2), SLICE_LIT("'H")))
        return parse_hex(slice_sub(text, 1, n - 3), arena, out);
    return X4_ESYNTAX;
}

/* The part up to the next sep; *rest is behind it, absent when there was none. */
static struct slice split(struct slice text, char sep, struct slice *rest)
{
    const uint8_t *at = text.len ? memchr(text.p, sep, text.len) : NULL;
    size_t len = at ? (size_t)(at - text.p) : text.len;

    *rest = at ? slice_from(text, len + 1) : SLICE_NONE;
    return slice_sub(text, 0, len);
}

static int parse_addresses(struct slice text, struct arena *arena, struct ber_list *out)
{
    struct slice *items = arena_array(arena, ADDRESSES_MAX, sizeof(*items));

    if (!items)
        return X4_ENOMEM;
    *out = (struct ber_list){.items = items};
    while (slice_present(text)) {
        struct slice one = split(text, '_', &text);
        int error = X4_ESYNTAX;

        if (out->count < ADDRESSES_MAX && slice_eq_nocase(slice_sub(one, 0, 3), SLICE_LIT("NS+")))
            error = parse_hex(slice_from(one, 3), arena, &items[out->count++]);
        if (error)
            return error;
    }
    return X4_OK;
}

int or_psap_parse(struct slice text, struct arena *arena, struct or_presentation_address *out)
{
    struct slice *const places[SELECTORS] = {&out->p_selector, &out->s_selector, &out->t_selector};
    struct slice parts[SELECTORS];
    struct slice rest = text;
    unsigned n = 0;

    *out = (struct or_presentation_address){.raw = SLICE_NONE};
    while (rest.len && memchr(rest.p, '/', rest.len)) {
        if (n == SELECTORS)
            return X4_ESYNTAX;
        parts[n++] = split(rest, '/', &rest);
    }
    for (unsigned i = 0; i < n; i++) {
        int error = parse_selector(parts[i], arena, places[SELECTORS - n + i]);

        if (error)
            return error;
    }
    return parse_addresses(rest, arena, &out->n_addresses);
}
