/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: codes, when one is due, how one is built, who gets to see it (X.411 clause 14 as put
 * into rules 4.1 to 4.11). */
#pragma once

#include "mts/envelope.h"

/* ---- codes (4.10, 4.11) ---------------------------------------------------------------------- */

enum mts_reason {
    MTS_TRANSFER_FAILURE = 0,
    MTS_UNABLE_TO_TRANSFER = 1,
    MTS_CONVERSION_NOT_PERFORMED = 2,
    MTS_PHYSICAL_RENDITION_NOT_PERFORMED = 3,
    MTS_PHYSICAL_DELIVERY_NOT_PERFORMED = 4,
    MTS_RESTRICTED_DELIVERY = 5,
    MTS_DIRECTORY_OPERATION_UNSUCCESSFUL = 6,
    MTS_DEFERRED_DELIVERY_NOT_PERFORMED = 7,
    MTS_TRANSFER_FAILURE_FOR_SECURITY_REASON = 8,
};

/* Those that this MTA gives or acts on; mts_diagnostic_text() knows all up to 78. */
enum mts_diagnostic {
    MTS_NO_DIAGNOSTIC = -1,
    MTS_UNRECOGNISED_OR_NAME = 0,
    MTS_AMBIGUOUS_OR_NAME = 1,
    MTS_CONGESTION = 2,
    MTS_LOOP_DETECTED = 3,
    MTS_RECIPIENT_UNAVAILABLE = 4,
    MTS_MAXIMUM_TIME_EXPIRED = 5,
    MTS_EITS_UNSUPPORTED = 6,
    MTS_CONTENT_TOO_LONG = 7,
    MTS_CONVERSION_IMPRACTICAL = 8,
    MTS_IMPLICIT_CONVERSION_NOT_ALLOWED = 9,
    MTS_INVALID_ARGUMENTS = 11,
    MTS_CONTENT_SYNTAX_ERROR = 12,
    MTS_SIZE_CONSTRAINT_VIOLATION = 13,
    MTS_PROTOCOL_VIOLATION = 14,
    MTS_CONTENT_TYPE_NOT_SUPPORTED = 15,
    MTS_TOO_MANY_RECIPIENTS = 16,
    MTS_NO_BILATERAL_AGREEMENT = 17,
    MTS_UNSUPPORTED_CRITICAL_FUNCTION = 18,
    MTS_CONVERSION_WITH_LOSS_NOT_ALLOWED = 19,
    MTS_RECIPIENT_REASSIGNMENT_NOT_ALLOWED = 26,
    MTS_REDIRECTION_LOOP_DETECTED = 27,
    MTS_DL_EXPANSION_NOT_ALLOWED = 28,
    MTS_NO_DL_SUBMIT_PERMISSION = 29,
    MTS_DL_EXPANSION_FAILURE = 30,
    MTS_SECURE_MESSAGING_ERROR = 46,
    MTS_UNABLE_TO_DOWNGRADE = 47,
    MTS_UNABLE_TO_COMPLETE_TRANSFER = 48,
    MTS_TRANSFER_ATTEMPTS_LIMIT_REACHED = 49,
    MTS_DIAGNOSTIC_LAST = 78,
};

/* Names of the Recommendation, "unable-to-transfer"; "reason 99" cannot be named: NULL. */
const char *mts_reason_text(int64_t reason);
const char *mts_diagnostic_text(int64_t diagnostic);

/* ---- is a report due? (4.2) ------------------------------------------------------------------ */

struct mts_report_rule {
    bool on_success;   /* a delivery report is made */
    bool on_failure;   /* a non-delivery report is made: always */
    bool user_success; /* the originating MTA hands a delivery report to its user */
    bool user_failure;
    bool subject_trace; /* audited: subject-intermediate-trace-information is included */
};
/* By bits 1 to 4 of per-recipient-indicators. Never NULL. */
const struct mts_report_rule *mts_report_rule(const struct ber_bits *indicators);
/* bits 3 and 4 with 11, which is illegal, read as "report" (1.4) */
enum mts_originator_report_request {
    MTS_NO_REPORT = 0,
    MTS_NON_DELIVERY_REPORT = 1,
    MTS_REPORT_BOTH = 2,
};

/* ---- building (1.6, 4.5, 4.9) ---------------------------------------------------------------- */

/* What became of one recipient of the subject. */
struct mts_outcome {
    size_t recipient; /* index into the subject's recipients */
    bool delivered;
    int64_t delivery_ms; /* delivered */
    enum mts_type_of_user type_of_user;
    int64_t reason;               /* not delivered: enum mts_reason */
    int64_t diagnostic;           /* enum mts_diagnostic, MTS_NO_DIAGNOSTIC */
    const char *supplementary;    /* text for people or NULL; made to fit (4.5) */
    const struct or_name *actual; /* the name at the moment of the event when it is not the
                                   * subject's any more (redirection here); else NULL */
};

struct mts_report_params {
    const struct mts_identity *own;
    struct mts_identifier identifier; /* fresh, one per report (4.9) */
    int64_t now_ms;                   /* time of generation */
    const struct mts_apdu *subject;   /* message or probe, as received or submitted */
    int64_t subject_arrival_ms;       /* when it reached this MTA */
    const struct mts_outcome *outcomes;
    size_t outcome_count;
};

/* Audited and other recipients go into separate reports, so that the two readings of when the
 * subject's trace is included agree (4.5). */
enum mts_report_class { MTS_REPORT_PLAIN, MTS_REPORT_AUDITED };

/* Is a report of this class due for any outcome? Outcomes that nobody wants to hear of (4.2), of
 * recipients without responsibility (I2) or out of range do not count. */
bool mts_report_due(const struct mts_report_params *p, enum mts_report_class class);
/* Builds it and appends its stored form. Returned content is not part of that: see
 * mts_report_returns_content(). arena: for the time of the call. Errors: X4_ENOTFOUND (not due),
 * X4_EINVAL (the subject is a report: I4), X4_ENOMEM, X4_ELIMIT. */
int mts_report_build(const struct mts_report_params *p, enum mts_report_class class,
                     struct arena *arena, struct buf *out);
/* Is the subject's content to be returned with it (4.6)? max: octets, of the configuration. */
bool mts_report_returns_content(const struct mts_report_params *p, enum mts_report_class class,
                                uint64_t content_len, uint64_t max);

/* ---- at the originating MTA (4.2c, 1.10) ----------------------------------------------------- */

/* May the originator see this recipient's result? Decided by the bits in the report. */
bool mts_report_wanted_by_user(const struct mts_reported_recipient *r);
/* How many of the report's recipients the originator may see; 0: the report is absorbed. */
size_t mts_report_user_count(const struct mts_report *report);
