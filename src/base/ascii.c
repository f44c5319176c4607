/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"

#include <string.h>

bool ascii_is_printablestring(uint8_t c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) ||
           (c != 0 && memchr(" '()+,-./:=?", c, sizeof(" '()+,-./:=?") - 1) != NULL);
}

int ascii_hex_value(uint8_t c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}
