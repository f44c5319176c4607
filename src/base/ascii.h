/* SPDX-License-Identifier: Apache-2.0 */
/* Character classes of ASCII, independent of the locale. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint8_t ascii_lower(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') ? (uint8_t)(c + ('a' - 'A')) : c;
}

static inline bool ascii_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(uint8_t c)
{
    c = ascii_lower(c);
    return c >= 'a' && c <= 'z';
}

/* ASN.1 PrintableString (X.680 clause 41): letters, digits, space and ' ( ) + , - . / : = ? */
bool ascii_is_printablestring(uint8_t c);

/* 0..15, or -1 */
int ascii_hex_value(uint8_t c);
