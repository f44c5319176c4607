/* SPDX-License-Identifier: Apache-2.0 */
/* Message submission and probe submission inside the MTA: from plain values to a transfer envelope
 * (1.8). */
#pragma once

#include "mts/report.h"

struct mts_submit_recipient {
    const struct or_name *name;
    enum mts_originator_report_request report;
    bool audited;                    /* ask the MTAs for audited reports */
    const struct or_name *alternate; /* originator-requested-alternate-recipient or NULL */
};

struct mts_submission {
    enum mts_kind kind; /* MTS_MESSAGE or MTS_PROBE */
    const struct mts_identity *own;
    struct mts_identifier identifier; /* fresh; its domain is own->gdi */
    int64_t now_ms;                   /* time of submission */
    const struct or_name *originator;
    const struct mts_submit_recipient *recipients;
    size_t recipient_count;
    struct mts_content_type content_type; /* raw absent */
    const struct mts_eits *eits;          /* NULL: unspecified */
    struct slice content_identifier;      /* PrintableString 1..16, or absent */
    struct slice correlator;              /* IA5 text, or absent */
    enum mts_priority priority;
    uint8_t indicators;     /* bits of PerMessageIndicators: bit n is 0x80 >> n */
    int64_t deferred_ms;    /* or MTS_NO_TIME */
    int64_t latest_ms;      /* or MTS_NO_TIME */
    int64_t content_length; /* probe: octets, -1 unknown */
    bool recipient_reassignment_prohibited;
    bool dl_expansion_prohibited;
    bool conversion_with_loss_prohibited;
};

/* Appends the stored form. Errors: X4_EINVAL inconsistent-request (deferred later than latest
 * delivery, no recipients, the identifier's domain is not ours, a value that its type does not
 * allow), X4_EMISSING (a name without an O/R address), X4_ENOMEM, X4_ELIMIT. */
int mts_submit(const struct mts_submission *s, struct buf *out);
