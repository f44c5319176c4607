/* SPDX-License-Identifier: Apache-2.0 */
/* Object identifiers: contents octets (X.690 8.19) and their text form. */
#include "ber/ber.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/limits.h"

#include <stdio.h>

enum { ARC_OCTETS = 10 }; /* 64 bits in groups of seven */

/* One sub-identifier off the front of *in. */
static int next_arc(struct slice *in, uint64_t *arc)
{
    size_t i = 0;

    *arc = 0;
    while (i < in->len) {
        uint8_t octet = in->p[i++];

        if (*arc > UINT64_MAX >> 7)
            return X4_ELIMIT;
        *arc = *arc << 7 | (octet & 0x7f);
        if (!(octet & 0x80)) {
            *in = slice_from(*in, i);
            return X4_OK;
        }
    }
    return X4_ETRUNC;
}

int ber_oid_print(struct slice oid, char *text, size_t size)
{
    size_t used = 0;
    bool first = true;

    if (oid.len == 0 || oid.len > LIMIT_OID)
        return X4_ESYNTAX;
    while (oid.len) {
        uint64_t arc;
        int error = next_arc(&oid, &arc);
        int n;

        if (error)
            return error;
        if (first) { /* the first two arcs are one number, X.690 8.19.4 */
            uint64_t top = arc < 80 ? arc / 40 : 2;

            n = snprintf(text + used, size - used, "%ju.%ju", (uintmax_t)top,
                         (uintmax_t)(arc - top * 40));
        } else {
            n = snprintf(text + used, size - used, ".%ju", (uintmax_t)arc);
        }
        if (n < 0 || (size_t)n >= size - used)
            return X4_ELIMIT;
        used += (size_t)n;
        first = false;
    }
    return (int)used;
}

static int parse_arc(const char **text, uint64_t *arc)
{
    const char *p = *text;

    if (!ascii_is_digit((uint8_t)*p))
        return X4_ESYNTAX;
    *arc = 0;
    for (; ascii_is_digit((uint8_t)*p); p++) {
        if (*arc > (UINT64_MAX - 9) / 10)
            return X4_ELIMIT;
        *arc = *arc * 10 + (uint64_t)(*p - '0');
    }
    if (*p == '.' && ascii_is_digit((uint8_t)p[1]))
        p++;
    else if (*p)
        return X4_ESYNTAX;
    *text = p;
    return X4_OK;
}

static size_t put_arc(uint8_t *to, uint64_t arc)
{
    uint8_t octets[ARC_OCTETS];
    size_t n = 0;

    do {
        octets[n++] = (uint8_t)(arc & 0x7f);
        arc >>= 7;
    } while (arc);
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(octets[n - 1 - i] | (i + 1 < n ? 0x80 : 0));
    return n;
}

int ber_oid_parse(const char *text, struct arena *arena, struct slice *out)
{
    uint8_t octets[LIMIT_OID + ARC_OCTETS];
    uint64_t top;
    uint64_t arc;
    size_t len;

    if (parse_arc(&text, &top) || parse_arc(&text, &arc) || top > 2 || (top < 2 && arc >= 40))
        return X4_ESYNTAX;
    if (arc > UINT64_MAX - 80)
        return X4_ELIMIT;
    len = put_arc(octets, top * 40 + arc);
    while (*text) {
        if (parse_arc(&text, &arc))
            return X4_ESYNTAX;
        len += put_arc(octets + len, arc);
        if (len > LIMIT_OID)
            return X4_ELIMIT;
    }
    *out = arena_dup(arena, slice_make(octets, len));
    return slice_present(*out) ? X4_OK : X4_ENOMEM;
}
