/* SPDX-License-Identifier: Apache-2.0 */
/* Character sets of interpersonal messages, to and from UTF-8: IA5, T.61 (teletex), the parts of
 * ISO 8859, with the designating escape sequences of ISO 2022 that general-text uses (RFC 1502),
 * and UTF-8 itself as ISO-IR 196. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "text/utf8.h"

#include <stdbool.h>
#include <stdint.h>

enum charset {
    CHARSET_ASCII,  /* nothing in the upper half */
    CHARSET_8859_1, /* those of ISO 8859: the part is the upper half, ASCII the lower */
    CHARSET_8859_2,
    CHARSET_8859_5,
    CHARSET_8859_6,
    CHARSET_8859_7,
    CHARSET_8859_8,
    CHARSET_8859_9,
    CHARSET_8859_3,
    CHARSET_8859_4,
    CHARSET_8859_10,
    CHARSET_8859_15,
    CHARSET_T61, /* ISO-IR 103, accents in front of their letter */
    CHARSET_UTF8,
    CHARSET_COUNT,
    CHARSET_NONE = -1,
};

const char *charset_name(enum charset set); /* "ISO 8859-1" */
/* The number in the International Register of Coded Character Sets: 100 is ISO 8859-1. */
int charset_registration(enum charset set);
/* CHARSET_NONE: not one of ours. The registrations of lower halves (2, 6, 102) and of control
 * characters (1) are CHARSET_ASCII. */
enum charset charset_by_registration(int64_t registration);

/* Appends in as UTF-8. upper is what the upper half means at the start; escape sequences change it.
 * What has no meaning becomes U+FFFD. Returns how many characters that were. */
size_t charset_to_utf8(struct slice in, enum charset upper, struct buf *out);
/* BMPString (width 2) or UniversalString (width 4). */
size_t charset_wide_to_utf8(struct slice in, unsigned width, struct buf *out);

/* Appends UTF-8 in the given set, without escape sequences; what the set does not have, and broken
 * UTF-8, becomes '?'. Returns how many characters that were. limit: octets at most (whole
 * characters), SIZE_MAX for all. */
size_t charset_from_utf8(struct slice utf8, enum charset set, size_t limit, struct buf *out);
/* Appends UTF-8 as BMPString contents. Returns how many characters it cannot hold ('?'). */
size_t charset_utf8_to_bmp(struct slice utf8, size_t max_chars, struct buf *out);
/* The first set, in the order of enum charset without T.61, that holds all of it. */
enum charset charset_choose(struct slice utf8);
/* Appends the escape sequence that designates the set's upper half (ESC 2/13 4/1). */
void charset_put_designation(enum charset set, struct buf *out);

/* Appends in for a terminal: control characters but line feed and tab become '?', CR before LF goes
 * away, broken UTF-8 becomes U+FFFD. After each line feed comes indent blanks. */
void utf8_put_safe(struct slice in, unsigned indent, struct buf *out);
