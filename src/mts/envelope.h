/* SPDX-License-Identifier: Apache-2.0 */
/* The MTS-APDU: message, report and probe (X.411 MTAAbstractService, X.419 MTSTransferProtocol).
 *
 * The "stored form" of an APDU is the APDU with definite length and without its content resp.
 * returned-content: MTS-APDU [0] { envelope }, [1] { envelope, content less returned-content },
 * [2] probe. It decodes by the same tables, because content is optional in them. */
#pragma once

#include "mts/common.h"
#include "mts/extension.h"
#include "mts/trace.h"

enum mts_kind { MTS_MESSAGE = 0, MTS_REPORT = 1, MTS_PROBE = 2 }; /* the APDU's tag number */

/* ---- message --------------------------------------------------------------------------------- */

enum mts_bilateral_domain_kind { MTS_BILATERAL_ADMD = 1, MTS_BILATERAL_PRIVATE = 2 };
struct mts_bilateral {
    struct slice raw;
    struct or_domain_name country;
    struct mts_bilateral_domain {
        struct slice raw;
        int which; /* enum mts_bilateral_domain_kind */
        struct or_domain_name admd;
        struct mts_bilateral_private {
            struct slice raw;
            struct or_domain_name admd;
            struct or_domain_name prmd;
        } private_domain;
    } domain;
    struct slice information; /* TLV */
};
extern const struct ber_type ber_type_per_domain_bilateral_information;

/* PerRecipientMessageTransferFields and PerRecipientProbeTransferFields */
struct mts_recipient {
    struct slice raw;
    struct or_name name;
    int64_t number;             /* originally-specified-recipient-number */
    struct ber_bits indicators; /* bits: enum mts_recipient_indicator */
    struct ber_optint explicit_conversion;
    struct ber_list extensions; /* of struct mts_extension */
};

/* MessageTransferEnvelope and ProbeTransferEnvelope: the fields are the same but for those named.
 * One struct, so that routing and reports need not tell them apart. */
struct mts_envelope {
    struct slice raw;
    struct mts_identifier identifier;
    struct or_name originator;
    struct mts_eits *original_eits;
    struct mts_content_type content_type;
    struct slice content_identifier;
    int64_t priority;                    /* message only; MTS_NORMAL in a probe */
    struct ber_bits indicators;          /* bits: enum mts_message_indicator */
    struct slice deferred_delivery_time; /* message only */
    struct ber_optint content_length;    /* probe only */
    struct ber_list bilateral;           /* of struct slice: TLVs, see mts_bilateral */
    struct ber_list trace;               /* of struct mts_trace_element */
    struct ber_list extensions;          /* of struct mts_extension */
    struct ber_list recipients;          /* of struct mts_recipient */
};

struct mts_message {
    struct slice raw;
    struct mts_envelope envelope;
    struct slice content; /* absent in the stored form */
};

/* ---- report ---------------------------------------------------------------------------------- */

struct mts_report_envelope {
    struct slice raw;
    struct mts_identifier identifier;
    struct or_name destination;
    struct ber_list trace;
    struct ber_list extensions;
};

struct mts_delivery_report {
    struct slice raw;
    struct slice delivery_time;
    int64_t type_of_user;
};

struct mts_non_delivery_report {
    struct slice raw;
    int64_t reason;
    struct ber_optint diagnostic;
};

enum mts_report_type_kind { MTS_REPORT_DELIVERY = 1, MTS_REPORT_NON_DELIVERY = 2 };
struct mts_report_type {
    struct slice raw;
    int which; /* enum mts_report_type_kind */
    struct mts_delivery_report delivery;
    struct mts_non_delivery_report non_delivery;
};

struct mts_last_trace {
    struct slice raw;
    struct slice arrival_time;
    struct mts_eits *converted_eits;
    struct mts_report_type report_type;
};

struct mts_reported_recipient {
    struct slice raw;
    struct or_name actual;
    int64_t number;
    struct ber_bits indicators;
    struct mts_last_trace last_trace;
    struct or_name *originally_intended;
    struct slice supplementary;
    struct ber_list extensions;
};

/* additional-information [2] has no member: it is an open type whose encoding went wrong often
 * enough to block queues, so it is stepped over as an unknown member and stays in raw. */
struct mts_report_content {
    struct slice raw;
    struct mts_identifier subject;
    struct ber_list intermediate_trace; /* of struct mts_trace_element */
    struct mts_eits *original_eits;
    struct mts_content_type content_type;
    struct slice content_identifier;
    struct slice returned_content; /* absent in the stored form */
    struct ber_list extensions;
    struct ber_list recipients; /* of struct mts_reported_recipient */
};

struct mts_report {
    struct slice raw;
    struct mts_report_envelope envelope;
    struct mts_report_content content;
};

/* ---- MTS-APDU -------------------------------------------------------------------------------- */

struct mts_apdu {
    struct slice raw;
    int which; /* enum mts_kind + 1 */
    struct mts_message message;
    struct mts_report report;
    struct mts_envelope probe;
};

extern const struct ber_type ber_type_mts_apdu, ber_type_message_transfer_envelope,
    ber_type_probe_transfer_envelope, ber_type_report_transfer_envelope,
    ber_type_report_transfer_content;

static inline enum mts_kind mts_apdu_kind(const struct mts_apdu *apdu)
{
    return (enum mts_kind)(apdu->which - 1);
}

/* The envelope of a message or probe; NULL for a report. */
const struct mts_envelope *mts_apdu_envelope(const struct mts_apdu *apdu);

/* Decodes an APDU, whole or stored form; *out borrows from in and arena. Errors: of ber_decode(),
 * explained in *err (which may be NULL). */
int mts_apdu_decode(struct slice in, struct arena *arena, struct mts_apdu *out,
                    struct ber_error *err);

/* What mts_salvage() could read: mask */
enum mts_salvaged {
    MTS_SALVAGED_IDENTIFIER = 1 << 0,
    MTS_SALVAGED_ORIGINATOR = 1 << 1,
    MTS_SALVAGED_RECIPIENTS = 1 << 2,
    MTS_SALVAGED_ENOUGH = 7, /* for a report 1/14 protocol-violation (2.3) */
};
/* For a message or probe that mts_apdu_decode() refuses: reads what can be read, field by field. */
unsigned mts_salvage(struct slice stored, struct arena *arena, struct mts_apdu *out);

static inline bool mts_responsible(const struct mts_recipient *r)
{
    return ber_bit(&r->indicators, MTS_RESPONSIBILITY);
}

/* The internal trace of an object's extensions, less what of it cannot be read. *err, if not NULL:
 * X4_OK, X4_ENOMEM (then the list is empty). */
struct ber_list mts_internal_trace(const struct ber_list *extensions, struct arena *arena,
                                   int *err);

/* ---- expiry (2.10) --------------------------------------------------------------------------- */

/* latest-delivery-time of a message, or MTS_NO_TIME. */
int64_t mts_latest_delivery_time(const struct mts_envelope *env, int64_t now_ms);
/* deferred-delivery-time, or MTS_NO_TIME when there is none or it is over. */
int64_t mts_deferred_until(const struct mts_envelope *env, int64_t now_ms);
/* Arrival time in the first trace element: submission (1.9); MTS_NO_TIME when unknown. */
int64_t mts_submission_time(const struct ber_list *trace, int64_t now_ms);

struct mts_age_limits {
    int64_t by_priority_ms[3]; /* index enum mts_priority; counted from arrival here or release */
    int64_t absolute_ms;       /* counted from the first trace element, a safety net */
};
extern const struct mts_age_limits mts_age_defaults; /* 5, 7, 2 days; 60 days */

/* When the object is to be given up: the first of latest-delivery-time, from_ms (arrival, or
 * release when it was deferred) plus the age limit of its priority, and the absolute limit unless
 * that passed before it arrived (a wrong foreign clock, R2.10b). limits NULL: the defaults. */
int64_t mts_expires(const struct mts_envelope *env, int64_t from_ms,
                    const struct mts_age_limits *limits);
