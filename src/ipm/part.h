/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one body part. Private to ipm/. */
#pragma once

#include "ipm/charset.h"
#include "ipm/ipm.h"
#include "ipm/names.h"
#include "ipm/types.h"

enum { IPM_NESTING_MAX = 16 /* forwarded messages inside of each other that are shown */ };

/* Reads a BodyPart into *out, never fails: what cannot be read is told in out->problem. X4_ENOMEM
 * is the only error. */
int ipm_part_read(struct slice tlv, struct arena *arena, struct ipm_part *out);

/* The TLV that an EXTERNAL holds; absent when it is no BER. */
struct slice ipm_external_tlv(const struct ber_external *external);

/* Text in arena, as UTF-8; absent stays absent, also when memory runs out. */
struct slice ipm_text(struct slice in, enum charset upper, struct arena *arena);
/* A list of GraphicStrings, joined by the separator. */
struct slice ipm_joined(const struct ber_list *strings, char separator, struct arena *arena);
