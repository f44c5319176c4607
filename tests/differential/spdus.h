/* SPDX-License-Identifier: Apache-2.0 */
/* TSDUs of session (X.225 clause 8), which are no BER: made from the tables and listed. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

struct gen;

/* Appends a legal TSDU: any SPDU, any of its parameters with values of any length they may have,
 * but for user data, which is presentation's. */
void spdus_generate(struct gen *g, struct buf *out);
/* Appends an array of JSON with an object for each SPDU: its type and its parameters by their
 * names; numbers, or octets as "x'" and hexadecimal digits. Returns NULL, or in static memory what
 * is wrong with the TSDU. */
const char *spdus_list(struct slice in, struct buf *out);
