/* SPDX-License-Identifier: Apache-2.0 */
/* Objects on their way in: octets of one MTS-APDU as a connector receives them. Contents go to the
 * store in chunks while they arrive, so that memory stays bounded whatever their size. */
#pragma once

#include "mta/mta.h"

struct mta_in_source {
    const char *connector;     /* DN it comes over */
    const struct mts_gdi *gdi; /* the peer's domain if it is known, else NULL: another one */
    uint32_t association;      /* for the log */
};

/* Begins to receive one APDU. NULL: out of memory, or the disk has no room (mta_has_room()). */
struct mta_in *mta_in_new(struct mta *mta, const struct mta_in_source *source);
/* Octets of the APDU, in order. */
void mta_in_put(struct mta_in *in, struct slice octets);
/* Of a submission: octets of the content, in order. */
void mta_in_content(struct mta_in *in, struct slice octets);
/* Is so much waiting for the disk that the peer should be read no further for now? */
bool mta_in_congested(const struct mta_in *in);
/* Octets of memory that it takes: the envelope, and what waits for the disk. */
size_t mta_in_memory(const struct mta_in *in);
/* The APDU is complete. secured(X4_OK): it is durable and decided upon, and responsibility may be
 * acknowledged; X4_EFULL, X4_EIO, X4_ENOMEM: it is not, and nothing of it is kept. Never called
 * from inside. Consumes *in; a connection that goes away meanwhile changes nothing, unless
 * mta_in_forget() takes the callback back. */
struct mta_pending;
struct mta_pending *mta_in_end(struct mta_in **in, mta_done_fn *secured, void *ctx);
void mta_in_forget(struct mta_pending *pending);
/* It will not be completed: drop what has come. */
void mta_in_drop(struct mta_in **in);
/* The MTS-identifier of a submission, text; valid until mta_in_end(). */
const char *mta_in_mts_id(const struct mta_in *in);
