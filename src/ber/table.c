/* SPDX-License-Identifier: Apache-2.0 */
#include "ber/table.h"

bool ber_type_matches(const struct ber_type *t, uint32_t tag)
{
    if (t->kind == BER_ANY)
        return true;
    if (t->kind == BER_CHOICE && t->tag == BER_TAG_NONE)
        return ber_alternative(t, tag) != NULL;
    return t->tag == tag;
}

bool ber_field_matches(const struct ber_field *f, uint32_t tag)
{
    return f->tag != BER_TAG_NONE ? f->tag == tag : ber_type_matches(f->type, tag);
}

const struct ber_field *ber_alternative(const struct ber_type *choice, uint32_t tag)
{
    for (const struct ber_field *f = choice->fields; f->name; f++) {
        if (ber_field_matches(f, tag))
            return f;
    }
    return NULL;
}
