/* SPDX-License-Identifier: Apache-2.0 */
/* By which an APDU that comes again is known: SHA-256 over where it came from, how long it is, all
 * of it but its content, and a checksum of all its octets with the content.
 *
 * The checksum is GMAC with a key that is no secret. By accident it fails no sooner than a digest,
 * and takes a fifth of the time. On purpose two contents can be made that have the same one; but
 * they are taken for the same APDU only within the same envelope, with its MTS-identifier and
 * trace, from the same connector. That is for the peer itself to do, and what it loses is its own.
 */
#pragma once

#include "base/slice.h"

enum { MTA_DIGEST = 32 };

struct mta_digest;

struct mta_digest *mta_digest_new(void); /* NULL: out of memory */
void mta_digest_free(struct mta_digest **d);
/* The next octets of the APDU. */
void mta_digest_put(struct mta_digest *d, struct slice octets);
/* connector: its DN. head: the APDU's octets before the content. X4_ENOMEM. */
int mta_digest_end(struct mta_digest *d, const char *connector, struct slice head,
                   uint8_t out[MTA_DIGEST]);
