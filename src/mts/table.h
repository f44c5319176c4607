/* SPDX-License-Identifier: Apache-2.0 */
/* Short forms for the descriptor tables of this folder. Private to mts/. */
#pragma once

#include "ber/ber.h"

#include <limits.h>

/* A SEQUENCE, SET or CHOICE with its members. */
#define MTS_STRUCT(ident, nm, knd, tg, ctype, members)                                             \
    const struct ber_type ident = {                                                                \
        .name = (nm), .kind = (knd), .tag = (tg), .size = sizeof(ctype), .fields = (members)}

/* A SEQUENCE OF or SET OF; lo..hi items. */
#define MTS_LIST(ident, nm, knd, tg, item, lo, hi)                                                 \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = (knd),                                                  \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct ber_list),                                \
                                   .element = (item),                                              \
                                   .min = (lo),                                                    \
                                   .max = (hi)}

/* A string of lo..hi octets. */
#define MTS_STRING(ident, nm, tg, lo, hi)                                                          \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = BER_STRING,                                             \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct slice),                                   \
                                   .min = (lo),                                                    \
                                   .max = (hi)}

/* An INTEGER or ENUMERATED of lo..hi with named values. */
#define MTS_NUMBER(ident, nm, knd, tg, lo, hi, values)                                             \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = (knd),                                                  \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(int64_t),                                        \
                                   .min = (lo),                                                    \
                                   .max = (hi),                                                    \
                                   .names = (values)}

/* A BIT STRING of lo..hi bits with named bits. */
#define MTS_BITS(ident, nm, tg, lo, hi, values)                                                    \
    const struct ber_type ident = {.name = (nm),                                                   \
                                   .kind = BER_BIT_STRING,                                         \
                                   .tag = (tg),                                                    \
                                   .size = sizeof(struct ber_bits),                                \
                                   .min = (lo),                                                    \
                                   .max = (hi),                                                    \
                                   .names = (values)}

/* Types that more than one file's tables use. */
extern const struct ber_type mts_type_other_actions, mts_type_routing_action, mts_type_reason,
    mts_type_diagnostic, mts_type_type_of_user;
extern const struct ber_name mts_reason_names[], mts_diagnostic_names[];
