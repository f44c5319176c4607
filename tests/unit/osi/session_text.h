/* SPDX-License-Identifier: Apache-2.0 */
/* Session primitives and SPDUs as lines of text, and back, for tests:
 *
 *     S-ACTIVITY-START req act=020101 "user data"
 *     AS act=020101 "user data"
 *
 * Octets are hexadecimal; serial numbers, reasons decimal; bit masks hexadecimal. User data stands
 * in quotes when it is printable, else as <hexadecimal>. */
#pragma once

#include "base/buf.h"
#include "osi/session/session.h"
#include "osi/session/spdu.h"

void data_text(struct slice data, struct buf *out);
void spdu_text(const struct spdu *s, struct buf *out);
/* A TSDU: an empty prefix is not shown, one with tokens is: "GT tokens=15 + MIP sn=1". What is no
 * TSDU shows as "bad: ...". */
void tsdu_text(struct slice octets, struct buf *out);
void prim_text(const struct s_prim *prim, struct buf *out);

/* Where the octets of a parsed primitive stay. */
struct text_memory {
    uint8_t octets[4096];
    size_t used;
};

/* Read a primitive; false when the text is not understood. */
bool prim_parse(const char *text, struct text_memory *memory, struct s_prim *out);
