/* SPDX-License-Identifier: Apache-2.0 */
/* One line per ASN.1 type for the descriptor tables: each macro defines a `const struct ber_type`;
 * write `static` in front of what the file keeps to itself. Bounds lo..hi are those of struct
 * ber_type: 0, 0 is none. */
#pragma once

#include "ber/ber.h"

/* A type that is its kind, its tag and the C type of its value. */
#define BER_PLAIN_TYPE(ident, nm, knd, tg, ctype)                                                  \
    const struct ber_type ident = {.name = (nm), .kind = (knd), .tag = (tg), .size = sizeof(ctype)}

/* A SEQUENCE, SET or CHOICE with its members. */
#define BER_STRUCT_TYPE(ident, nm, knd, tg, ctype, members)                                        \
    const struct ber_type ident = {                                                                \
        .name = (nm), .kind = (knd), .tag = (tg), .size = sizeof(ctype), .fields = (members)}

/* A SEQUENCE OF or SET OF; lo..hi items. */
#define BER_LIST_TYPE(ident, nm, knd, tg, item, lo, hi)                                            \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = (knd),                                                  \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct ber_list),                                \
                                   .element = (item),                                              \
                                   .min = (lo),                                                    \
                                   .max = (hi)}

/* A character string of lo..hi octets. */
#define BER_STRING_TYPE(ident, nm, tg, lo, hi)                                                     \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = BER_STRING,                                             \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct slice),                                   \
                                   .min = (lo),                                                    \
                                   .max = (hi)}

/* An INTEGER or ENUMERATED of lo..hi with named values, or NULL. */
#define BER_NUMBER_TYPE(ident, nm, knd, tg, lo, hi, values)                                        \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = (knd),                                                  \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(int64_t),                                        \
                                   .min = (lo),                                                    \
                                   .max = (hi),                                                    \
                                   .names = (values)}

/* A BIT STRING of lo..hi bits with named bits. */
#define BER_BITS_TYPE(ident, nm, tg, lo, hi, values)                                               \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = BER_BIT_STRING,                                         \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct ber_bits),                                \
                                   .min = (lo),                                                    \
                                   .max = (hi),                                                    \
                                   .names = (values)}
