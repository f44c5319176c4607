/* SPDX-License-Identifier: Apache-2.0 */
/* What decode, encode and dump share about descriptor tables. Private to ber/. */
#pragma once

#include "ber/ber.h"

/* Every SEQUENCE, SET and CHOICE struct begins with these. */
struct ber_common {
    struct slice raw;
    int which; /* CHOICE only */
};

static inline bool ber_is_struct(const struct ber_type *t)
{
    return t->kind == BER_SEQUENCE || t->kind == BER_SET;
}

static inline bool ber_is_list(const struct ber_type *t)
{
    return t->kind == BER_SEQUENCE_OF || t->kind == BER_SET_OF;
}

/* Has this type no tag of its own, so that a tag on it is always explicit (X.680 30.6 c)? */
static inline bool ber_is_tagless(const struct ber_type *t)
{
    return t->kind == BER_ANY || (t->kind == BER_CHOICE && t->tag == BER_TAG_NONE);
}

static inline bool ber_field_is_explicit(const struct ber_field *f)
{
    return f->tag != BER_TAG_NONE && ((f->flags & BER_EXPLICIT) || ber_is_tagless(f->type));
}

/* May a TLV with this tag be a value of the type, resp. of the member? */
bool ber_type_matches(const struct ber_type *t, uint32_t tag);
bool ber_field_matches(const struct ber_field *f, uint32_t tag);
/* The alternative of a CHOICE for this tag, or NULL. */
const struct ber_field *ber_alternative(const struct ber_type *choice, uint32_t tag);
