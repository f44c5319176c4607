/* SPDX-License-Identifier: Apache-2.0 */
/* Values that our decoders made, as the JSON that oracle.erl describes. */
#pragma once

#include "ber/ber.h"

/* Appends a value of the type in its C form (ber.h). Values of extension fields and extension
 * attributes are decoded too where their types are known and where they are in place; those that
 * cannot be are shown as octets. */
void listing_value(const struct ber_type *type, const void *value, struct buf *out);
/* A TLV as a JSON string of hexadecimal digits, with definite minimal lengths throughout. */
void listing_tlv(struct slice tlv, struct buf *out);

/* Which standard extensions may stand in a field named "extensions" of that type: mask of
 * enum mts_extension_place. */
unsigned listing_place(const struct ber_type *type);
