/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, the form in which this program keeps all text. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

enum { UTF8_MAX = 4, UTF8_REPLACEMENT = 0xfffd };

/* Takes one character off the front of text; false, and nothing taken, at the end and on malformed
 * UTF-8 (overlong forms and surrogates too). */
bool utf8_take(struct slice *text, uint32_t *code);
/* Writes a character, at most UTF8_MAX octets; the number written. */
size_t utf8_write(uint32_t code, uint8_t *to);

/* The same for those who go on whatever comes: malformed UTF-8 gives U+FFFD and takes one octet.
 * text must not be empty. */
uint32_t utf8_next(struct slice *text);
/* Appends a character; what is none becomes U+FFFD. */
void utf8_put(uint32_t code, struct buf *out);
bool utf8_valid(struct slice text);
