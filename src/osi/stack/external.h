/* SPDX-License-Identifier: Apache-2.0 */
/* The EXTERNAL that normal mode puts around each APDU transferred (X.419): written with definite
 * lengths in front of the APDU's octets, taken off again as octets arrive. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { EXTERNAL_HEAD_MAX = 192 };

/* Appends everything that stands in front of an APDU of len octets; context: indirect-reference. */
int external_put_header(int64_t context, size_t len, struct buf *out);

/* Takes the header off the front of a run of octets that comes in pieces. */
struct external_strip {
    bool done;
    uint8_t head[EXTERNAL_HEAD_MAX];
    size_t len;
};

/* *rest: what of piece belongs to the APDU, perhaps nothing. Behind the APDU there may be
 * end-of-contents octets: only the reader of the APDU knows where it ends. Errors: X4_EPROTO no
 * EXTERNAL, X4_ELIMIT, X4_ESYNTAX. */
int external_strip(struct external_strip *s, struct slice piece, struct slice *rest);
