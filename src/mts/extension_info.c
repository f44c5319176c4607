/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of standard extensions (X.411 MTSAbstractService and MTAAbstractService, X.413,
 * X.420; rules 1.7) and the types of their values. */
#include "mts/extension.h"

#include "mts/table.h"
#include "mts/trace.h"

/* ---- values ---------------------------------------------------------------------------------- */

static const struct ber_name reassignment_names[] = {
    {0, "recipient-reassignment-allowed"},
    {1, "recipient-reassignment-prohibited"},
    {0, NULL},
};
static BER_NUMBER_TYPE(reassignment, "RecipientReassignmentProhibited", BER_ENUMERATED,
                       BER_T_ENUMERATED, 0, 0, reassignment_names);

static const struct ber_name expansion_names[] = {
    {0, "dl-expansion-allowed"},
    {1, "dl-expansion-prohibited"},
    {0, NULL},
};
static BER_NUMBER_TYPE(expansion, "DLExpansionProhibited", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       expansion_names);

static const struct ber_name loss_names[] = {
    {0, "conversion-with-loss-allowed"},
    {1, "conversion-with-loss-prohibited"},
    {0, NULL},
};
static BER_NUMBER_TYPE(loss, "ConversionWithLossProhibited", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       loss_names);

static const struct ber_name method_names[] = {
    {0, "any-delivery-method"},
    {1, "mhs-delivery"},
    {2, "physical-delivery"},
    {3, "telex-delivery"},
    {4, "teletex-delivery"},
    {5, "g3-facsimile-delivery"},
    {6, "g4-facsimile-delivery"},
    {7, "ia5-terminal-delivery"},
    {8, "videotex-delivery"},
    {9, "telephone-delivery"},
    {0, NULL},
};
static BER_NUMBER_TYPE(method, "RequestedDeliveryMethod", BER_INTEGER, BER_T_INTEGER, 0,
                       MTS_UB_INTEGER_OPTIONS, method_names);
static BER_LIST_TYPE(methods, "RequestedDeliveryMethod", BER_SEQUENCE_OF, BER_T_SEQUENCE, &method,
                     0, 0);

static const struct ber_name forwarding_names[] = {
    {0, "physical-forwarding-allowed"},
    {1, "physical-forwarding-prohibited"},
    {0, NULL},
};
static BER_NUMBER_TYPE(forwarding, "PhysicalForwardingProhibited", BER_ENUMERATED, BER_T_ENUMERATED,
                       0, 0, forwarding_names);

static const struct ber_name forwarding_address_names[] = {
    {0, "physical-forwarding-address-not-requested"},
    {1, "physical-forwarding-address-requested"},
    {0, NULL},
};
static BER_NUMBER_TYPE(forwarding_address, "PhysicalForwardingAddressRequest", BER_ENUMERATED,
                       BER_T_ENUMERATED, 0, 0, forwarding_address_names);

static const struct ber_name mode_names[] = {
    {0, "ordinary-mail"},
    {1, "special-delivery"},
    {2, "express-mail"},
    {3, "counter-collection"},
    {4, "counter-collection-with-telephone-advice"},
    {5, "counter-collection-with-telex-advice"},
    {6, "counter-collection-with-teletex-advice"},
    {7, "bureau-fax-delivery"},
    {0, NULL},
};
static BER_BITS_TYPE(modes, "PhysicalDeliveryModes", BER_T_BIT_STRING, 0, MTS_UB_BIT_OPTIONS,
                     mode_names);

static const struct ber_name registered_names[] = {
    {0, "non-registered-mail"},
    {1, "registered-mail"},
    {2, "registered-mail-to-addressee-in-person"},
    {0, NULL},
};
static BER_NUMBER_TYPE(registered, "RegisteredMailType", BER_INTEGER, BER_T_INTEGER, 0,
                       MTS_UB_INTEGER_OPTIONS, registered_names);

static BER_STRING_TYPE(advice_number, "RecipientNumberForAdvice", BER_T_TELETEX, 1, 32);

static const struct ber_name pd_report_names[] = {
    {0, "return-of-undeliverable-mail-by-PDS"},
    {1, "return-of-notification-by-PDS"},
    {2, "return-of-notification-by-MHS"},
    {3, "return-of-notification-by-MHS-and-PDS"},
    {0, NULL},
};
static BER_NUMBER_TYPE(pd_report, "PhysicalDeliveryReportRequest", BER_INTEGER, BER_T_INTEGER, 0,
                       MTS_UB_INTEGER_OPTIONS, pd_report_names);

static const struct ber_name submission_proof_names[] = {
    {0, "proof-of-submission-not-requested"},
    {1, "proof-of-submission-requested"},
    {0, NULL},
};
static BER_NUMBER_TYPE(submission_proof, "ProofOfSubmissionRequest", BER_ENUMERATED,
                       BER_T_ENUMERATED, 0, 0, submission_proof_names);

static const struct ber_name delivery_proof_names[] = {
    {0, "proof-of-delivery-not-requested"},
    {1, "proof-of-delivery-requested"},
    {0, NULL},
};
static BER_NUMBER_TYPE(delivery_proof, "ProofOfDeliveryRequest", BER_ENUMERATED, BER_T_ENUMERATED,
                       0, 0, delivery_proof_names);

static const struct ber_name classification_names[] = {
    {0, "unmarked"}, {1, "unclassified"}, {2, "restricted"}, {3, "confidential"},
    {4, "secret"},   {5, "top-secret"},   {0, NULL},
};
static BER_NUMBER_TYPE(classification, "SecurityClassification", BER_INTEGER, BER_T_INTEGER, 0,
                       MTS_UB_INTEGER_OPTIONS, classification_names);
static BER_STRING_TYPE(privacy_mark, "PrivacyMark", BER_T_PRINTABLE, 1, 128);
static BER_LIST_TYPE(security_categories, "SecurityCategories", BER_SET_OF, BER_T_SET,
                     &ber_type_any, 1, 64);
static const struct ber_field label_fields[] = {
    BER_FIELD("security-policy-identifier", struct mts_security_label, policy, &ber_type_oid,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("security-classification", struct mts_security_label, classification, &classification,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("privacy-mark", struct mts_security_label, privacy_mark, &privacy_mark, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_FIELD("security-categories", struct mts_security_label, categories, &security_categories,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_security_label, "SecurityLabel", BER_SET, BER_T_SET,
                struct mts_security_label, label_fields);

static const struct ber_field correlator_fields[] = {
    BER_FIELD("ia5text", struct mts_content_correlator, value, &ber_type_ia5_string, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("octets", struct mts_content_correlator, value, &ber_type_octet_string, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_content_correlator, "ContentCorrelator", BER_CHOICE, BER_TAG_NONE,
                struct mts_content_correlator, correlator_fields);

static const struct ber_name redirection_names[] = {
    {MTS_REDIRECT_RECIPIENT_ASSIGNED, "recipient-assigned-alternate-recipient"},
    {MTS_REDIRECT_ORIGINATOR_REQUESTED, "originator-requested-alternate-recipient"},
    {MTS_REDIRECT_MD_ASSIGNED, "recipient-MD-assigned-alternate-recipient"},
    {MTS_REDIRECT_DIRECTORY_LOOK_UP, "directory-look-up"},
    {MTS_REDIRECT_ALIAS, "alias"},
    {0, NULL},
};
static BER_NUMBER_TYPE(redirection_reason, "RedirectionReason", BER_ENUMERATED, BER_T_ENUMERATED, 0,
                       0, redirection_names);
static const struct ber_field intended_fields[] = {
    BER_FIELD("intended-recipient", struct mts_intended_recipient, name, &ber_type_or_name,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("redirection-time", struct mts_intended_recipient, time, &ber_type_utctime,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(intended, "IntendedRecipientName", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct mts_intended_recipient, intended_fields);
static const struct ber_field redirection_fields[] = {
    BER_FIELD("intended-recipient-name", struct mts_redirection, intended, &intended, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("redirection-reason", struct mts_redirection, reason, &redirection_reason,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(redirection, "Redirection", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct mts_redirection, redirection_fields);
BER_LIST_TYPE(ber_type_redirection_history, "RedirectionHistory", BER_SEQUENCE_OF, BER_T_SEQUENCE,
              &redirection, 1, MTS_UB_REDIRECTIONS);

static const struct ber_field dl_expansion_fields[] = {
    BER_FIELD("dl", struct mts_dl_expansion, name, &ber_type_or_name, BER_TAG_NONE, BER_MANDATORY,
              0),
    BER_FIELD("dl-expansion-time", struct mts_dl_expansion, time, &ber_type_utctime, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(dl_expansion, "DLExpansion", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct mts_dl_expansion, dl_expansion_fields);
BER_LIST_TYPE(ber_type_dl_expansion_history, "DLExpansionHistory", BER_SEQUENCE_OF, BER_T_SEQUENCE,
              &dl_expansion, 1, MTS_UB_DL_EXPANSIONS);

static const struct ber_field originator_or_dl_fields[] = {
    BER_FIELD("originator-or-dl-name", struct mts_dl_expansion, name, &ber_type_or_name,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("origination-or-expansion-time", struct mts_dl_expansion, time, &ber_type_utctime,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(originator_or_dl, "OriginatorAndDLExpansion", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct mts_dl_expansion, originator_or_dl_fields);
BER_LIST_TYPE(ber_type_originator_and_dl_expansion_history, "OriginatorAndDLExpansionHistory",
              BER_SEQUENCE_OF, BER_T_SEQUENCE, &originator_or_dl, 2, MTS_UB_DL_EXPANSIONS + 1);

static const struct ber_field reporting_mta_fields[] = {
    BER_FIELD("domain", struct mts_reporting_mta_name, domain, &ber_type_global_domain_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("mta-name", struct mts_reporting_mta_name, mta_name, &ber_type_mta_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("mta-directory-name", struct mts_reporting_mta_name, directory_name, &ber_type_any,
              BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_reporting_mta_name, "ReportingMTAName", BER_SEQUENCE, BER_T_SEQUENCE,
                struct mts_reporting_mta_name, reporting_mta_fields);

BER_LIST_TYPE(ber_type_dl_exempted_recipients, "DLExemptedRecipients", BER_SET_OF, BER_T_SET,
              &ber_type_or_name, 0, 0);

/* ---- the registry ---------------------------------------------------------------------------- */

enum {
    M = MTS_PLACE_MESSAGE,
    R = MTS_PLACE_MESSAGE_RECIPIENT,
    PM = MTS_PLACE_PROBE,
    PR = MTS_PLACE_PROBE_RECIPIENT,
    RE = MTS_PLACE_REPORT_ENVELOPE,
    RC = MTS_PLACE_REPORT_CONTENT,
    RR = MTS_PLACE_REPORT_RECIPIENT,
    S = MTS_PLACE_SUBMISSION,
    D = MTS_PLACE_DELIVERY,
    X = MTS_PLACE_RESULT,
};

/* Understood: PASS means that handing it on as it is, to the recipient too, is all that is asked of
 * us. RELAY: passing on is right, but at delivery somebody would have to do more than we can: the
 * physical-delivery ones need a PDAU (R2.7d), proof of delivery a signature of the recipient's. */
enum {
    NONE = 0,
    RELAY = MTS_UNDERSTOOD_TRANSFER,
    PASS = MTS_UNDERSTOOD_TRANSFER | MTS_UNDERSTOOD_DELIVERY,
    ACT = PASS, /* this MTA does what it says */
};

#define ROW(num, nm, where, crit, how, typ)                                                        \
    [num] = {.number = (num),                                                                      \
             .name = (nm),                                                                         \
             .places = (unsigned)(where),                                                          \
             .recommended = MTS_##crit,                                                            \
             .understood = (how),                                                                  \
             .type = (typ)}

static const struct mts_extension_info registry[] = {
    ROW(1, "recipient-reassignment-prohibited", M | PM | S, FOR_DELIVERY, ACT, &reassignment),
    /* recommended FOR_SUBMISSION in the submission port, none on transfer */
    ROW(2, "originator-requested-alternate-recipient", R | PR | S, NOT_CRITICAL, ACT,
        &ber_type_or_name),
    ROW(3, "dl-expansion-prohibited", M | PM | S, FOR_DELIVERY, ACT, &expansion),
    ROW(4, "conversion-with-loss-prohibited", M | PM | S | D, FOR_DELIVERY, ACT, &loss),
    ROW(5, "latest-delivery-time", M | S, FOR_DELIVERY, ACT, &ber_type_utctime),
    ROW(6, "requested-delivery-method", R | PR | S | D, NOT_CRITICAL, PASS, &methods),
    ROW(7, "physical-forwarding-prohibited", R | S | D, FOR_DELIVERY, RELAY, &forwarding),
    ROW(8, "physical-forwarding-address-request", R | S | D, FOR_DELIVERY, RELAY,
        &forwarding_address),
    ROW(9, "physical-delivery-modes", R | S | D, FOR_DELIVERY, RELAY, &modes),
    ROW(10, "registered-mail-type", R | S | D, FOR_DELIVERY, RELAY, &registered),
    ROW(11, "recipient-number-for-advice", R | S | D, FOR_DELIVERY, RELAY, &advice_number),
    ROW(12, "physical-rendition-attributes", R | PR | S | D, FOR_DELIVERY, RELAY, &ber_type_oid),
    ROW(13, "originator-return-address", M | S | D, NOT_CRITICAL, PASS, &ber_type_or_address),
    ROW(14, "physical-delivery-report-request", R | S | D, FOR_DELIVERY, RELAY, &pd_report),
    ROW(15, "originator-certificate", M | PM | S | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(16, "message-token", R | S | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(17, "content-confidentiality-algorithm-identifier", M | S | D, FOR_DELIVERY, PASS,
        &ber_type_any),
    ROW(18, "content-integrity-check", R | S | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(19, "message-origin-authentication-check", M | S | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(20, "message-security-label", M | PM | RE | S | D, FOR_DELIVERY, PASS,
        &ber_type_security_label),
    ROW(21, "proof-of-submission-request", S, FOR_SUBMISSION, NONE, &submission_proof),
    ROW(22, "proof-of-delivery-request", R | S | D, FOR_DELIVERY, RELAY, &delivery_proof),
    ROW(23, "content-correlator", M | PM | RC | S | D, NOT_CRITICAL, ACT,
        &ber_type_content_correlator),
    ROW(24, "probe-origin-authentication-check", PM | S, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(25, "redirection-history", R | PR | RE | RR | D, NOT_CRITICAL, ACT,
        &ber_type_redirection_history),
    ROW(26, "dl-expansion-history", M | D, NOT_CRITICAL, ACT, &ber_type_dl_expansion_history),
    ROW(27, "physical-forwarding-address", RR | D, NOT_CRITICAL, PASS, &ber_type_or_name),
    ROW(28, "recipient-certificate", R | RR | S | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(29, "proof-of-delivery", RR | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(30, "originator-and-DL-expansion-history", RE | D, NOT_CRITICAL, ACT,
        &ber_type_originator_and_dl_expansion_history),
    ROW(31, "reporting-DL-name", RE | D, NOT_CRITICAL, PASS, &ber_type_or_name),
    ROW(32, "reporting-MTA-certificate", RE | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(33, "report-origin-authentication-check", RE | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(34, "originating-MTA-certificate", X, NOT_CRITICAL, NONE, &ber_type_any),
    ROW(35, "proof-of-submission", X, NOT_CRITICAL, NONE, &ber_type_any),
    ROW(36, "forwarding-request", S, NOT_CRITICAL, NONE, &ber_type_integer),
    ROW(37, "trace-information", D, NOT_CRITICAL, ACT, &ber_type_trace_information),
    ROW(38, "internal-trace-information", M | PM | RE | D, NOT_CRITICAL, ACT,
        &ber_type_internal_trace_information),
    ROW(39, "reporting-MTA-name", RE | D, NOT_CRITICAL, ACT, &ber_type_reporting_mta_name),
    ROW(40, "multiple-originator-certificates", M | S | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(41, "blind-copy-recipients", R | S | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(42, "dl-exempted-recipients", M | S | D, NOT_CRITICAL, PASS,
        &ber_type_dl_exempted_recipients),
    ROW(43, "body-part-encryption-token", R | S | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(44, "forwarded-content-token", R | S | D, FOR_DELIVERY, PASS, &ber_type_any),
    ROW(45, "certificate-selectors", M | S | D, NOT_CRITICAL, PASS, &ber_type_any),
    ROW(46, "certificate-selectors-override", R | S | D, NOT_CRITICAL, PASS, &ber_type_any),
};

const struct mts_extension_info *mts_extension_info(int64_t number)
{
    if (number < 1 || number >= (int64_t)(sizeof(registry) / sizeof(registry[0])))
        return NULL;
    return &registry[number];
}
