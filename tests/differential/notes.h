/* SPDX-License-Identifier: Apache-2.0 */
/* What in an APDU is not everybody's: what our decoder is known to put up with, or others are known
 * not to understand. A second, strict walk over the octets by the same tables, so that a test can
 * tell a difference that is meant from one that is not. */
#pragma once

#include "ber/ber.h"

/* Appends a JSON array of strings "KIND:TYPE", one for each thing that an exact decoder would
 * refuse or read differently; the kinds are explained in docs/internals/differential.md. */
void notes_walk(const struct ber_type *type, struct slice tlv, struct buf *out);
