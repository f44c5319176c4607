/* SPDX-License-Identifier: Apache-2.0 */
/* The EXTERNAL that normal mode puts around each APDU transferred (X.419): written with definite
 * lengths in front of the APDU's octets, taken off again as octets arrive. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "ber/stream.h"

#include <stdbool.h>
#include <stdint.h>

enum { EXTERNAL_REFERENCES_MAX = 192 };

/* Appends everything that stands in front of an APDU of len octets; context: indirect-reference. */
int external_put_header(int64_t context, size_t len, struct buf *out);

/* Takes the EXTERNAL off octets that come in pieces. All zero: a new one. */
struct external_strip {
    bool done;      /* what stands in front of the APDU is off */
    bool segmented; /* the APDU is an octet-aligned string in segments */
    struct ber_stream stream;
    size_t references; /* of what stands in front: TLVs and octets in them */
};

/* The next octets of the APDU, in one run; what was looked at is taken off the front of *in.
 * X4_EAGAIN: *in is used up. X4_EPROTO, X4_ESYNTAX, X4_ELIMIT: this is no EXTERNAL. Behind the APDU
 * there may be end-of-contents octets: only the reader of the APDU knows where it ends. */
int external_strip(struct external_strip *s, struct slice *in, struct slice *octets);
