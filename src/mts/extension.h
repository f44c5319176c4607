/* SPDX-License-Identifier: Apache-2.0 */
/* ExtensionField, the registry of standard extensions, their values, and criticality
 * (X.411 MTSAbstractService, "Extension Fields"). */
#pragma once

#include "mts/common.h"

/* type stays a TLV: the standard says [0] IMPLICIT INTEGER or [3] OBJECT IDENTIFIER, but systems of
 * 1991 send a0 03 02 01 nn, which is to be understood and relayed as it came (R1.7c). */
struct mts_extension {
    struct slice raw;
    struct slice type;           /* TLV; see mts_extension_id() */
    struct ber_bits criticality; /* bits: enum mts_criticality_bit */
    struct slice value;          /* the TLV inside [2]; absent: NULL */
};
extern const struct ber_type ber_type_extension_field;
/* SET OF ExtensionField */
extern const struct ber_type ber_type_extensions;

/* standard-extension numbers */
enum mts_extension_number {
    MTS_EXT_RECIPIENT_REASSIGNMENT_PROHIBITED = 1,
    MTS_EXT_ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT = 2,
    MTS_EXT_DL_EXPANSION_PROHIBITED = 3,
    MTS_EXT_CONVERSION_WITH_LOSS_PROHIBITED = 4,
    MTS_EXT_LATEST_DELIVERY_TIME = 5,
    MTS_EXT_REQUESTED_DELIVERY_METHOD = 6,
    MTS_EXT_PHYSICAL_FORWARDING_PROHIBITED = 7,
    MTS_EXT_PHYSICAL_FORWARDING_ADDRESS_REQUEST = 8,
    MTS_EXT_PHYSICAL_DELIVERY_MODES = 9,
    MTS_EXT_REGISTERED_MAIL_TYPE = 10,
    MTS_EXT_RECIPIENT_NUMBER_FOR_ADVICE = 11,
    MTS_EXT_PHYSICAL_RENDITION_ATTRIBUTES = 12,
    MTS_EXT_ORIGINATOR_RETURN_ADDRESS = 13,
    MTS_EXT_PHYSICAL_DELIVERY_REPORT_REQUEST = 14,
    MTS_EXT_ORIGINATOR_CERTIFICATE = 15,
    MTS_EXT_MESSAGE_TOKEN = 16,
    MTS_EXT_CONTENT_CONFIDENTIALITY_ALGORITHM_IDENTIFIER = 17,
    MTS_EXT_CONTENT_INTEGRITY_CHECK = 18,
    MTS_EXT_MESSAGE_ORIGIN_AUTHENTICATION_CHECK = 19,
    MTS_EXT_MESSAGE_SECURITY_LABEL = 20,
    MTS_EXT_PROOF_OF_SUBMISSION_REQUEST = 21,
    MTS_EXT_PROOF_OF_DELIVERY_REQUEST = 22,
    MTS_EXT_CONTENT_CORRELATOR = 23,
    MTS_EXT_PROBE_ORIGIN_AUTHENTICATION_CHECK = 24,
    MTS_EXT_REDIRECTION_HISTORY = 25,
    MTS_EXT_DL_EXPANSION_HISTORY = 26,
    MTS_EXT_PHYSICAL_FORWARDING_ADDRESS = 27,
    MTS_EXT_RECIPIENT_CERTIFICATE = 28,
    MTS_EXT_PROOF_OF_DELIVERY = 29,
    MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY = 30,
    MTS_EXT_REPORTING_DL_NAME = 31,
    MTS_EXT_REPORTING_MTA_CERTIFICATE = 32,
    MTS_EXT_REPORT_ORIGIN_AUTHENTICATION_CHECK = 33,
    MTS_EXT_ORIGINATING_MTA_CERTIFICATE = 34,
    MTS_EXT_PROOF_OF_SUBMISSION = 35,
    MTS_EXT_FORWARDING_REQUEST = 36,
    MTS_EXT_TRACE_INFORMATION = 37,
    MTS_EXT_INTERNAL_TRACE_INFORMATION = 38,
    MTS_EXT_REPORTING_MTA_NAME = 39,
    MTS_EXT_MULTIPLE_ORIGINATOR_CERTIFICATES = 40,
    MTS_EXT_BLIND_COPY_RECIPIENTS = 41,
    MTS_EXT_DL_EXEMPTED_RECIPIENTS = 42,
    MTS_EXT_BODY_PART_ENCRYPTION_TOKEN = 43,
    MTS_EXT_FORWARDED_CONTENT_TOKEN = 44,
    MTS_EXT_CERTIFICATE_SELECTORS = 45,
    MTS_EXT_CERTIFICATE_SELECTORS_OVERRIDE = 46,
};

/* Which extension a field is. */
struct mts_extension_id {
    int64_t standard; /* number, or -1 */
    struct slice oid; /* contents, of a private extension; absent with standard -1: malformed */
};
struct mts_extension_id mts_extension_id(const struct mts_extension *ext);
/* Appends "latest-delivery-time", "standard 200", "1.2.3.4" or "malformed extension type". */
void mts_extension_print_id(const struct mts_extension *ext, struct buf *out);

/* The first field of a standard extension, or NULL. extensions: of struct mts_extension. */
const struct mts_extension *mts_extension_find(const struct ber_list *extensions, int64_t number);
/* Decodes its value by the registry's type into *value (a struct, ber_list, slice, int64_t: see
 * ber.h). Errors: X4_ENOTFOUND (no such field, or no value), X4_EUNSUPP (no type known), and those
 * of ber_decode(). */
int mts_extension_get(const struct ber_list *extensions, int64_t number, struct arena *arena,
                      void *value);
/* An ENUMERATED extension such as dl-expansion-prohibited: its value, 0 when absent or unreadable
 * (R1.7a). */
int64_t mts_extension_enum(const struct ber_list *extensions, int64_t number);

/* ---- the registry (1.7) ---------------------------------------------------------------------- */

/* Where an extension may stand: mask */
enum mts_extension_place {
    MTS_PLACE_MESSAGE = 1 << 0,
    MTS_PLACE_MESSAGE_RECIPIENT = 1 << 1,
    MTS_PLACE_PROBE = 1 << 2,
    MTS_PLACE_PROBE_RECIPIENT = 1 << 3,
    MTS_PLACE_REPORT_ENVELOPE = 1 << 4,
    MTS_PLACE_REPORT_CONTENT = 1 << 5,
    MTS_PLACE_REPORT_RECIPIENT = 1 << 6,
    MTS_PLACE_SUBMISSION = 1 << 7,
    MTS_PLACE_DELIVERY = 1 << 8,
    MTS_PLACE_RESULT = 1 << 9, /* of a submission */
};

/* Criticality, bit numbers */
enum mts_criticality_bit {
    MTS_FOR_SUBMISSION = 0,
    MTS_FOR_TRANSFER = 1,
    MTS_FOR_DELIVERY = 2,
    MTS_NOT_CRITICAL = 7,
};

/* At what a role of this MTA the semantics of an extension are fulfilled: mask */
enum mts_understood {
    MTS_UNDERSTOOD_TRANSFER = 1 << 0,
    MTS_UNDERSTOOD_DELIVERY = 1 << 1,
};

struct mts_extension_info {
    int number;
    const char *name;
    unsigned places; /* enum mts_extension_place */
    enum mts_criticality_bit recommended;
    unsigned understood;         /* enum mts_understood */
    const struct ber_type *type; /* of the value; ANY where it is opaque to an MTA */
};
/* NULL: not a standard extension of 1999. */
const struct mts_extension_info *mts_extension_info(int64_t number);

/* ---- criticality (2.7) ----------------------------------------------------------------------- */

enum mts_role { MTS_ROLE_RELAY, MTS_ROLE_DELIVERY, MTS_ROLE_SUBMISSION };

/* The first extension that stops this MTA in this role (1/18 unsupported-critical-function, at
 * submission the error of that name), or NULL. Of per-message extensions it concerns all
 * responsible recipients, of per-recipient ones that recipient (R2.7a). */
const struct mts_extension *mts_critical_unsupported(const struct ber_list *extensions,
                                                     enum mts_role role);
/* The first that no 1984 system can be sent (R9.2): critical for transfer or delivery, except the
 * ENUMERATED ones 1, 3, 4 with value 0, which mean the same as absence. NULL: none. */
const struct mts_extension *mts_critical_for_1984(const struct ber_list *extensions);

/* ---- values ---------------------------------------------------------------------------------- */

struct mts_redirection { /* SEQUENCE { IntendedRecipientName, RedirectionReason } */
    struct slice raw;
    struct mts_intended_recipient {
        struct slice raw;
        struct or_name name;
        struct slice time;
    } intended;
    int64_t reason; /* enum mts_redirection_reason */
};

enum mts_redirection_reason {
    MTS_REDIRECT_RECIPIENT_ASSIGNED = 0,
    MTS_REDIRECT_ORIGINATOR_REQUESTED = 1,
    MTS_REDIRECT_MD_ASSIGNED = 2,
    MTS_REDIRECT_DIRECTORY_LOOK_UP = 3,
    MTS_REDIRECT_ALIAS = 4,
};

struct mts_dl_expansion { /* DLExpansion and OriginatorAndDLExpansion */
    struct slice raw;
    struct or_name name;
    struct slice time;
};

enum mts_correlator_kind { MTS_CORRELATOR_IA5 = 1, MTS_CORRELATOR_OCTETS = 2 };
struct mts_content_correlator {
    struct slice raw;
    int which; /* enum mts_correlator_kind */
    struct slice value;
};

struct mts_security_label {
    struct slice raw;
    struct slice policy; /* OBJECT IDENTIFIER contents */
    struct ber_optint classification;
    struct slice privacy_mark;
    struct ber_list categories; /* of struct slice: TLVs of SecurityCategory */
};

struct mts_reporting_mta_name {
    struct slice raw;
    struct mts_gdi domain;
    struct slice mta_name;
    struct slice directory_name; /* TLV inside [0] */
};

extern const struct ber_type ber_type_redirection_history, /* of struct mts_redirection */
    ber_type_dl_expansion_history,                         /* of struct mts_dl_expansion */
    ber_type_originator_and_dl_expansion_history,          /* of struct mts_dl_expansion */
    ber_type_content_correlator, ber_type_reporting_mta_name, ber_type_security_label,
    ber_type_dl_exempted_recipients; /* of struct or_name */

/* Appends one ExtensionField with the registry's recommended criticality; value is a whole TLV. */
void mts_put_extension(struct buf *out, int number, struct slice value);
