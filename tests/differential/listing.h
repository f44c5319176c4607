/* SPDX-License-Identifier: Apache-2.0 */
/* Values that our decoders made, as the JSON that oracle.erl describes. */
#pragma once

#include "ber/ber.h"

/* Appends a value of the type in its C form (ber.h). Values of extensions and extension
 * attributes are decoded too where their types are known and where they are in place, and so are
 * body parts and IPMs in them; what cannot be is shown as octets. */
void listing_value(const struct ber_type *type, const void *value, struct buf *out);
/* A TLV as a JSON string of hexadecimal digits, with definite minimal lengths throughout. */
void listing_tlv(struct slice tlv, struct buf *out);
