/* SPDX-License-Identifier: Apache-2.0 */
/* The character sets of O/R addresses, to and from UTF-8.
 *
 * The conversions lose nothing: an octet or code that has no meaning in its set, or is a control
 * character, becomes a character of the private use area, U+F700 plus its value, and back. So
 * text from a peer never brings control characters into a log line, and two different addresses
 * never look the same. */
#pragma once

#include "base/arena.h"
#include "base/slice.h"

enum { OR_PRIVATE_BASE = 0xf700 };
/* What becomes of carriage return and line feed. */
#define OR_TEXT_CR "\xef\x9c\x8d"
#define OR_TEXT_LF "\xef\x9c\x8a"

/* Well-formed UTF-8 without control characters? */
bool or_text_valid(struct slice text);
size_t or_text_length(struct slice text); /* in characters */
/* The beginning of text, at most max octets, without half a character at its end. */
struct slice or_text_head(struct slice text, size_t max);
bool or_text_is_printable(struct slice text); /* only characters of PrintableString */
bool or_text_is_digits(struct slice text);    /* at least one, and only digits */
bool or_text_is_blank(struct slice text);     /* nothing but spaces, or nothing */

/* To UTF-8. Without need for a change *out is in itself, else it is in the arena. X4_ENOMEM. */
int or_text_from_ascii(struct slice in, struct arena *arena, struct slice *out);
int or_text_from_t61(struct slice in, struct arena *arena, struct slice *out);
int or_text_from_bmp(struct slice in, struct arena *arena, struct slice *out);
int or_text_from_universal(struct slice in, struct arena *arena, struct slice *out);

/* From UTF-8. X4_EUNSUPP: the set has no such character. X4_ENOMEM. */
int or_text_to_ascii(struct slice text, struct arena *arena, struct slice *out);
int or_text_to_t61(struct slice text, struct arena *arena, struct slice *out);
int or_text_to_bmp(struct slice text, struct arena *arena, struct slice *out);
int or_text_to_universal(struct slice text, struct arena *arena, struct slice *out);

/* Lower case of a letter of the Latin, Greek and Cyrillic alphabets. */
uint32_t or_fold_code(uint32_t code);

/* ASCII inside PrintableString (RFC 2156 3.4): (a) is @, (126) is ~. Both take memory from the
 * arena where something changes. to_printable: X4_EUNSUPP for a character that is not ASCII. */
int or_ascii_to_printable(struct slice text, struct arena *arena, struct slice *out);
int or_printable_to_ascii(struct slice text, struct arena *arena, struct slice *out);
