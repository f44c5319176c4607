/* SPDX-License-Identifier: Apache-2.0 */
/* An APDU on its way out: from the stored form and the edits of a relay to the octets that go
 * before the content. Whatever is not edited leaves octet for octet as it came, extensions and SET
 * members unknown to us included (I3). */
#pragma once

#include "mts/report.h"

enum p1_internal_trace {
    P1_INTERNAL_ALL,     /* pass everything on, add our own: inside the domain */
    P1_INTERNAL_FLAGGED, /* only elements that tell of redirection or expansion (2.13) */
    P1_INTERNAL_NONE,
};

struct p1_relay {
    const struct mts_passage *passage; /* own elements are made of it */
    bool add_external;                 /* this passage is not in the external trace yet (2.5) */
    bool add_internal; /* nor in the internal one; false for what was submitted here */
    enum p1_internal_trace internal;
    /* Message and probe: ascending indices of the recipients that this copy is for. Their
     * responsibility bit stays as it came, all others' becomes 0 (2.12b). */
    const uint32_t *recipients;
    size_t recipient_count;
    bool drop_others;     /* leave out the others (disclosure prohibited) */
    bool strip_bilateral; /* per-domain-bilateral-information */
    bool strip_deferred;  /* deferred-delivery-time, once served */
    bool to_1984;         /* the peer speaks 1984 P1: see p1_downgrade_check() */
};

/* Appends to out the octets of the APDU up to its content; the content_len octets of content follow
 * and complete it. content_len 0 in a report: no returned-content.
 * actions of the passage go into the elements that are added, or into the last elements when they
 * are ours already. Errors: those of ber_next(), X4_EBOUNDS (trace is full: 1/13), X4_EUNSUPP
 * (to_1984 and p1_downgrade_check() was not heeded), X4_EINVAL (recipients), X4_ENOMEM, X4_ELIMIT.
 */
int p1_out_prefix(struct slice stored, uint64_t content_len, const struct p1_relay *relay,
                  struct buf *out);

/* Disclosure of other recipients prohibited, so that a copy shows its own only (1.3 bit 0)? */
bool p1_hides_others(const struct mts_envelope *env);

/* Can this go to a 1984 system (9.1, 9.2)? A content type by object identifier goes as external:
 * the prefix then ends with the header of an EXTERNAL around the content. P1_DOWN_MESSAGE: not at
 * all, P1_DOWN_RECIPIENT: not this recipient; 1/47 unable-to-downgrade then. P1_DOWN_UNTOLD: out of
 * memory. why (may be NULL) gets a sentence. */
enum p1_downgrade { P1_DOWN_OK, P1_DOWN_MESSAGE, P1_DOWN_RECIPIENT, P1_DOWN_UNTOLD };
enum p1_downgrade p1_downgrade_check(const struct mts_envelope *env, size_t recipient,
                                     struct buf *why);
