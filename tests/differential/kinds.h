/* SPDX-License-Identifier: Apache-2.0 */
/* The PDUs that the differential tests generate, damage and decode: whatever of a peer's octets is
 * read by a descriptor table, and session. */
#pragma once

#include "ber/ber.h"

struct gen;

struct kind {
    const char *name;            /* of the type in modules/Oracle.asn1 */
    const struct ber_type *type; /* NULL: no BER, the next two do it; see spdus.h */
    void (*generate)(struct gen *g, struct buf *out);
    const char *(*list)(struct slice in, struct buf *out);
    const char *without; /* a member that this PDU does not have though its table has; or NULL */
    bool split;          /* the MTA decodes it in its stored form, see p1/p1_in.h */
    /* What the decoder does behind the table, or NULL. Enum x4_error. */
    int (*check)(const void *value, struct arena *arena);
};

/* In the order of the table; NULL behind the last. */
const struct kind *kind_at(size_t i);
/* NULL: there is none of that name. */
const struct kind *kind_find(const char *name);
