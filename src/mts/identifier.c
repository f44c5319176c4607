/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of MTS-identifiers: "[/PRMD=p/ADMD=a/C=c/;local]" (R8.4). */
#include "mts/common.h"

#include "base/ascii.h"
#include "base/cursor.h"

#include <string.h>

static void print_value(struct slice value, struct buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.p[i];

        if (c < 0x20 || c > 0x7e) {
            buf_printf(out, "{%03u}", c);
            continue;
        }
        if (strchr("/;=$]{", c))
            buf_u8(out, '$');
        buf_u8(out, c);
    }
}

static void print_domain(const char *key, const struct or_domain_name *name, struct buf *out)
{
    if (name->which == 0)
        return;
    buf_printf(out, "/%s=", key);
    print_value(name->value, out);
}

void mts_identifier_print(const struct mts_identifier *id, struct buf *out)
{
    buf_u8(out, '[');
    print_domain("PRMD", &id->gdi.prmd, out);
    print_domain("ADMD", &id->gdi.admd, out);
    print_domain("C", &id->gdi.country, out);
    buf_text(out, "/;");
    print_value(id->local, out);
    buf_u8(out, ']');
}

/* ---- reading --------------------------------------------------------------------------------- */

/* One octet of a value; -1 at an unquoted terminator, which is left in place. */
static int read_octet(struct cursor *c, const char *terminators)
{
    unsigned digits = 0;
    int first;

    if (cursor_left(c) == 0) {
        cursor_fail(c, X4_ETRUNC);
        return -1;
    }
    first = c->in.p[c->pos];
    if (first == '\0' || strchr(terminators, first))
        return -1;
    c->pos++;
    if (first == '$')
        return (int)cursor_u8(c);
    if (first != '{')
        return first;
    for (int i = 0; i < 3; i++) {
        unsigned d = cursor_u8(c);

        if (!ascii_is_digit((uint8_t)d))
            cursor_fail(c, X4_ESYNTAX);
        digits = digits * 10 + (d - '0');
    }
    if (cursor_u8(c) != '}' || digits > 255)
        cursor_fail(c, X4_ESYNTAX);
    return (int)(digits & 0xff);
}

/* A value up to one of the terminators, unquoted, in the arena. */
static struct slice read_value(struct cursor *c, const char *terminators, struct arena *arena)
{
    uint8_t *to = arena_alloc(arena, cursor_left(c));
    size_t len = 0;
    int octet;

    if (!to) {
        cursor_fail(c, X4_ENOMEM);
        return SLICE_NONE;
    }
    while ((octet = read_octet(c, terminators)) >= 0 && !c->error)
        to[len++] = (uint8_t)octet;
    return slice_make(to, len);
}

static void expect(struct cursor *c, char wanted)
{
    if (cursor_u8(c) != (unsigned char)wanted)
        cursor_fail(c, c->error == X4_ETRUNC ? X4_ETRUNC : X4_ESYNTAX);
}

/* "key=value" after a '/'. */
static void read_domain(struct cursor *c, struct arena *arena, struct mts_gdi *gdi)
{
    struct slice key = read_value(c, "=/;]", arena);
    struct or_domain_name *name = NULL;

    expect(c, '=');
    if (slice_eq_nocase(key, SLICE_LIT("C")))
        name = &gdi->country;
    else if (slice_eq_nocase(key, SLICE_LIT("ADMD")) || slice_eq_nocase(key, SLICE_LIT("A")))
        name = &gdi->admd;
    else if (slice_eq_nocase(key, SLICE_LIT("PRMD")) || slice_eq_nocase(key, SLICE_LIT("P")))
        name = &gdi->prmd;
    if (!name)
        cursor_fail(c, X4_ESYNTAX);
    else if (name->which != 0)
        cursor_fail(c, X4_EDUP);
    else
        *name = or_domain_name_make(read_value(c, "/;]", arena));
}

int mts_identifier_parse(struct slice text, struct arena *arena, struct mts_identifier *out)
{
    struct cursor c = cursor_make(text);

    *out = (struct mts_identifier){.local = SLICE_NONE};
    expect(&c, '[');
    expect(&c, '/');
    while (!c.error && cursor_left(&c) > 0 && text.p[c.pos] != ';') {
        read_domain(&c, arena, &out->gdi);
        expect(&c, '/');
    }
    expect(&c, ';');
    out->local = read_value(&c, "]", arena);
    expect(&c, ']');
    if (!c.error && cursor_left(&c) != 0)
        cursor_fail(&c, X4_ESYNTAX);
    if (c.error)
        return c.error == X4_ETRUNC ? X4_ESYNTAX : c.error;
    if (out->gdi.country.which == 0 || out->gdi.admd.which == 0 || out->local.len == 0)
        return X4_EMISSING;
    return X4_OK;
}
