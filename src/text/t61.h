/* SPDX-License-Identifier: Apache-2.0 */
/* T.61 (teletex): ISO-IR 102 below, ISO-IR 103 above. An accent stands in front of its letter in
 * T.61 and behind it in Unicode. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The code of an octet of the upper half that is no accent; 0: it has no meaning. */
uint32_t t61_code(uint8_t octet);
/* The combining character that an octet is; 0: it is no accent. */
uint32_t t61_accent(uint8_t octet);
/* The octet of the upper half that a character is, accents excepted; 0: there is none. */
uint8_t t61_octet(uint32_t code);
/* The octet that a combining character is; 0: there is none. */
uint8_t t61_accent_octet(uint32_t combining);
/* Splits a letter into the octets of an accent and of what it stands on; false when it has none. */
bool t61_split(uint32_t code, uint8_t to[2]);
/* The letter that base and a combining accent make; 0: Unicode has none that T.61 has. */
uint32_t t61_compose(uint32_t base, uint32_t combining);
