/* SPDX-License-Identifier: Apache-2.0 */
/* Records of MTS-APDUs and of contents, from captures and from files alike. */
#pragma once

#include "base/arena.h"
#include "mts/envelope.h"
#include "prog/x400dump/out.h"

/* The message, report or probe, then its content as a record of its own. */
void apdu_record(struct out *o, const struct out_where *where, const struct mts_apdu *apdu,
                 struct slice octets);
/* A content: interpersonal ones field by field, others as a TLV tree or octets. content_type: a
 * value of MTS_CONTENT_*, or -1 when it is not known. */
void content_record(struct out *o, const struct out_where *where, int64_t content_type,
                    struct slice content);
