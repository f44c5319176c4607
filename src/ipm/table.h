/* SPDX-License-Identifier: Apache-2.0 */
/* Shorthand for the descriptor tables. Private to ipm/. */
#pragma once

#include "ipm/types.h"

#define T(id) (&ber_type_##id)
#define C(n)  BER_CONTEXT(n)

#define IPM_LIST(ident, nm, knd, elem)                                                             \
    static const struct ber_type ident = {                                                         \
        .name = (nm),                                                                              \
        .kind = (knd),                                                                             \
        .tag = (knd) == BER_SET_OF ? BER_T_SET : BER_T_SEQUENCE,                                   \
        .size = sizeof(struct ber_list),                                                           \
        .element = (elem),                                                                         \
    }

#define IPM_CHOICE(ident, nm, ctype, flds)                                                         \
    static const struct ber_type ident = {                                                         \
        .name = (nm),                                                                              \
        .kind = BER_CHOICE,                                                                        \
        .tag = BER_TAG_NONE,                                                                       \
        .size = sizeof(struct ctype),                                                              \
        .fields = (flds),                                                                          \
    }

#define IPM_SEQUENCE(ident, nm, ctype, flds)                                                       \
    static const struct ber_type ident = {                                                         \
        .name = (nm),                                                                              \
        .kind = BER_SEQUENCE,                                                                      \
        .tag = BER_T_SEQUENCE,                                                                     \
        .size = sizeof(struct ctype),                                                              \
        .fields = (flds),                                                                          \
    }

/* An INTEGER or ENUMERATED with named values, or a BIT STRING with named bits. */
#define IPM_NAMED(ident, nm, knd, tg, ctype, nms)                                                  \
    static const struct ber_type ident = {                                                         \
        .name = (nm), .kind = (knd), .tag = (tg), .size = sizeof(ctype), .names = (nms)}
#define IPM_ENUMERATED(ident, nm, nms)                                                             \
    IPM_NAMED(ident, nm, BER_ENUMERATED, BER_T_ENUMERATED, int64_t, nms)
#define IPM_BITS(ident, nm, nms)                                                                   \
    IPM_NAMED(ident, nm, BER_BIT_STRING, BER_T_BIT_STRING, struct ber_bits, nms)
