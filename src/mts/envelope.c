/* SPDX-License-Identifier: Apache-2.0 */
#include "mts/envelope.h"

#include "mts/table.h"

/* ---- PerDomainBilateralInformation ----------------------------------------------------------- */

static const struct ber_field bilateral_private_fields[] = {
    BER_FIELD("administration-domain-name", struct mts_bilateral_private, admd,
              &ber_type_administration_domain_name, BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("private-domain-identifier", struct mts_bilateral_private, prmd,
              &ber_type_private_domain_identifier, BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(bilateral_private, "private-domain", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct mts_bilateral_private, bilateral_private_fields);

static const struct ber_field bilateral_domain_fields[] = {
    BER_FIELD("administration-domain-name", struct mts_bilateral_domain, admd,
              &ber_type_administration_domain_name, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("private-domain", struct mts_bilateral_domain, private_domain, &bilateral_private,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(bilateral_domain, "domain", BER_CHOICE, BER_TAG_NONE,
                       struct mts_bilateral_domain, bilateral_domain_fields);

static const struct ber_field bilateral_fields[] = {
    BER_FIELD("country-name", struct mts_bilateral, country, &ber_type_country_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("domain", struct mts_bilateral, domain, &bilateral_domain, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("bilateral-information", struct mts_bilateral, information, &ber_type_any,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_per_domain_bilateral_information, "PerDomainBilateralInformation",
                BER_SEQUENCE, BER_T_SEQUENCE, struct mts_bilateral, bilateral_fields);
/* Entries are for other domains and are relayed unseen: one that is wrong must not cost the
 * message. */
static BER_LIST_TYPE(bilaterals, "per-domain-bilateral-information", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &ber_type_any, 1, MTS_UB_TRANSFERS);

/* ---- recipients ------------------------------------------------------------------------------ */

static BER_NUMBER_TYPE(recipient_number, "OriginallySpecifiedRecipientNumber", BER_INTEGER,
                       BER_T_INTEGER, 1, MTS_UB_RECIPIENTS, NULL);

static const struct ber_field recipient_fields[] = {
    BER_FIELD("recipient-name", struct mts_recipient, name, &ber_type_or_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("originally-specified-recipient-number", struct mts_recipient, number,
              &recipient_number, BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("per-recipient-indicators", struct mts_recipient, indicators,
              &ber_type_per_recipient_indicators, BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_FIELD("explicit-conversion", struct mts_recipient, explicit_conversion,
              &ber_type_explicit_conversion, BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_FIELD("extensions", struct mts_recipient, extensions, &ber_type_extensions, BER_CONTEXT(3),
              BER_DEFAULT, 0),
    BER_END,
};
static BER_STRUCT_TYPE(message_recipient, "PerRecipientMessageTransferFields", BER_SET, BER_T_SET,
                       struct mts_recipient, recipient_fields);
static BER_LIST_TYPE(message_recipients, "per-recipient-fields", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &message_recipient, 1, MTS_UB_RECIPIENTS);
static BER_STRUCT_TYPE(probe_recipient, "PerRecipientProbeTransferFields", BER_SET, BER_T_SET,
                       struct mts_recipient, recipient_fields);
static BER_LIST_TYPE(probe_recipients, "per-recipient-fields", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &probe_recipient, 1, MTS_UB_RECIPIENTS);

/* ---- MessageTransferEnvelope, ProbeTransferEnvelope ------------------------------------------ */

static const struct ber_field message_envelope_fields[] = {
    BER_FIELD("message-identifier", struct mts_envelope, identifier, &ber_type_mts_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("originator-name", struct mts_envelope, originator, &ber_type_or_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("original-encoded-information-types", struct mts_envelope, original_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("content-type", struct mts_envelope, content_type, &ber_type_content_type,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("content-identifier", struct mts_envelope, content_identifier,
              &ber_type_content_identifier, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("priority", struct mts_envelope, priority, &ber_type_priority, BER_TAG_NONE,
              BER_DEFAULT, MTS_NORMAL),
    BER_FIELD("per-message-indicators", struct mts_envelope, indicators,
              &ber_type_per_message_indicators, BER_TAG_NONE, BER_DEFAULT, 0),
    BER_FIELD("deferred-delivery-time", struct mts_envelope, deferred_delivery_time,
              &ber_type_utctime, BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_FIELD("per-domain-bilateral-information", struct mts_envelope, bilateral, &bilaterals,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("trace-information", struct mts_envelope, trace, &ber_type_trace_information,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("extensions", struct mts_envelope, extensions, &ber_type_extensions, BER_CONTEXT(3),
              BER_DEFAULT, 0),
    BER_FIELD("per-recipient-fields", struct mts_envelope, recipients, &message_recipients,
              BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_message_transfer_envelope, "MessageTransferEnvelope", BER_SET, BER_T_SET,
                struct mts_envelope, message_envelope_fields);

static BER_NUMBER_TYPE(content_length, "ContentLength", BER_INTEGER, BER_T_INTEGER, 0, 2147483647,
                       NULL);

static const struct ber_field probe_envelope_fields[] = {
    BER_FIELD("probe-identifier", struct mts_envelope, identifier, &ber_type_mts_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("originator-name", struct mts_envelope, originator, &ber_type_or_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("original-encoded-information-types", struct mts_envelope, original_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("content-type", struct mts_envelope, content_type, &ber_type_content_type,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("content-identifier", struct mts_envelope, content_identifier,
              &ber_type_content_identifier, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("content-length", struct mts_envelope, content_length, &content_length,
              BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_FIELD("per-message-indicators", struct mts_envelope, indicators,
              &ber_type_per_message_indicators, BER_TAG_NONE, BER_DEFAULT, 0),
    BER_FIELD("per-domain-bilateral-information", struct mts_envelope, bilateral, &bilaterals,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("trace-information", struct mts_envelope, trace, &ber_type_trace_information,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("extensions", struct mts_envelope, extensions, &ber_type_extensions, BER_CONTEXT(3),
              BER_DEFAULT, 0),
    BER_FIELD("per-recipient-fields", struct mts_envelope, recipients, &probe_recipients,
              BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_probe_transfer_envelope, "ProbeTransferEnvelope", BER_SET, BER_T_SET,
                struct mts_envelope, probe_envelope_fields);

static const struct ber_field message_fields[] = {
    BER_FIELD("envelope", struct mts_message, envelope, &ber_type_message_transfer_envelope,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("content", struct mts_message, content, &ber_type_octet_string, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(message, "Message", BER_SEQUENCE, BER_T_SEQUENCE, struct mts_message,
                       message_fields);

/* ---- Report ---------------------------------------------------------------------------------- */

static const struct ber_field report_envelope_fields[] = {
    BER_FIELD("report-identifier", struct mts_report_envelope, identifier, &ber_type_mts_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("report-destination-name", struct mts_report_envelope, destination, &ber_type_or_name,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("trace-information", struct mts_report_envelope, trace, &ber_type_trace_information,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("extensions", struct mts_report_envelope, extensions, &ber_type_extensions,
              BER_CONTEXT(1), BER_DEFAULT, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_report_transfer_envelope, "ReportTransferEnvelope", BER_SET, BER_T_SET,
                struct mts_report_envelope, report_envelope_fields);

static const struct ber_field delivery_fields[] = {
    BER_FIELD("message-delivery-time", struct mts_delivery_report, delivery_time, &ber_type_utctime,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("type-of-MTS-user", struct mts_delivery_report, type_of_user, &mts_type_type_of_user,
              BER_CONTEXT(1), BER_DEFAULT, MTS_USER_PUBLIC),
    BER_END,
};
static BER_STRUCT_TYPE(delivery_report, "DeliveryReport", BER_SET, BER_T_SET,
                       struct mts_delivery_report, delivery_fields);

static const struct ber_field non_delivery_fields[] = {
    BER_FIELD("non-delivery-reason-code", struct mts_non_delivery_report, reason, &mts_type_reason,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("non-delivery-diagnostic-code", struct mts_non_delivery_report, diagnostic,
              &mts_type_diagnostic, BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(non_delivery_report, "NonDeliveryReport", BER_SET, BER_T_SET,
                       struct mts_non_delivery_report, non_delivery_fields);

static const struct ber_field report_type_fields[] = {
    BER_FIELD("delivery", struct mts_report_type, delivery, &delivery_report, BER_CONTEXT(0),
              BER_MANDATORY, 0),
    BER_FIELD("non-delivery", struct mts_report_type, non_delivery, &non_delivery_report,
              BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(report_type, "ReportType", BER_CHOICE, BER_TAG_NONE, struct mts_report_type,
                       report_type_fields);

static const struct ber_field last_trace_fields[] = {
    BER_FIELD("arrival-time", struct mts_last_trace, arrival_time, &ber_type_utctime,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("converted-encoded-information-types", struct mts_last_trace, converted_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("report-type", struct mts_last_trace, report_type, &report_type, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(last_trace, "LastTraceInformation", BER_SET, BER_T_SET,
                       struct mts_last_trace, last_trace_fields);

static BER_STRING_TYPE(supplementary, "SupplementaryInformation", BER_T_PRINTABLE, 1,
                       MTS_UB_SUPPLEMENTARY_INFO);

static const struct ber_field reported_recipient_fields[] = {
    BER_FIELD("actual-recipient-name", struct mts_reported_recipient, actual, &ber_type_or_name,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("originally-specified-recipient-number", struct mts_reported_recipient, number,
              &recipient_number, BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_FIELD("per-recipient-indicators", struct mts_reported_recipient, indicators,
              &ber_type_per_recipient_indicators, BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_FIELD("last-trace-information", struct mts_reported_recipient, last_trace, &last_trace,
              BER_CONTEXT(3), BER_MANDATORY, 0),
    BER_FIELD("originally-intended-recipient-name", struct mts_reported_recipient,
              originally_intended, &ber_type_or_name, BER_CONTEXT(4), BER_OPTIONAL, 0),
    BER_FIELD("supplementary-information", struct mts_reported_recipient, supplementary,
              &supplementary, BER_CONTEXT(5), BER_OPTIONAL, 0),
    BER_FIELD("extensions", struct mts_reported_recipient, extensions, &ber_type_extensions,
              BER_CONTEXT(6), BER_DEFAULT, 0),
    BER_END,
};
static BER_STRUCT_TYPE(reported_recipient, "PerRecipientReportTransferFields", BER_SET, BER_T_SET,
                       struct mts_reported_recipient, reported_recipient_fields);
static BER_LIST_TYPE(reported_recipients, "per-recipient-fields", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &reported_recipient, 1, MTS_UB_RECIPIENTS);

static const struct ber_field report_content_fields[] = {
    BER_FIELD("subject-identifier", struct mts_report_content, subject, &ber_type_mts_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("subject-intermediate-trace-information", struct mts_report_content,
              intermediate_trace, &ber_type_trace_information, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("original-encoded-information-types", struct mts_report_content, original_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("content-type", struct mts_report_content, content_type, &ber_type_content_type,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("content-identifier", struct mts_report_content, content_identifier,
              &ber_type_content_identifier, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("returned-content", struct mts_report_content, returned_content,
              &ber_type_octet_string, BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("extensions", struct mts_report_content, extensions, &ber_type_extensions,
              BER_CONTEXT(3), BER_DEFAULT, 0),
    BER_FIELD("per-recipient-fields", struct mts_report_content, recipients, &reported_recipients,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_report_transfer_content, "ReportTransferContent", BER_SET, BER_T_SET,
                struct mts_report_content, report_content_fields);

static const struct ber_field report_fields[] = {
    BER_FIELD("envelope", struct mts_report, envelope, &ber_type_report_transfer_envelope,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("content", struct mts_report, content, &ber_type_report_transfer_content,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(report, "Report", BER_SEQUENCE, BER_T_SEQUENCE, struct mts_report,
                       report_fields);

/* ---- MTS-APDU -------------------------------------------------------------------------------- */

static const struct ber_field apdu_fields[] = {
    BER_FIELD("message", struct mts_apdu, message, &message, BER_CONTEXT(MTS_MESSAGE),
              BER_MANDATORY, 0),
    BER_FIELD("report", struct mts_apdu, report, &report, BER_CONTEXT(MTS_REPORT), BER_MANDATORY,
              0),
    BER_FIELD("probe", struct mts_apdu, probe, &ber_type_probe_transfer_envelope,
              BER_CONTEXT(MTS_PROBE), BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_mts_apdu, "MTS-APDU", BER_CHOICE, BER_TAG_NONE, struct mts_apdu,
                apdu_fields);

const struct mts_envelope *mts_apdu_envelope(const struct mts_apdu *apdu)
{
    if (apdu->which == MTS_REPORT + 1)
        return NULL;
    return apdu->which == MTS_PROBE + 1 ? &apdu->probe : &apdu->message.envelope;
}

int mts_apdu_decode(struct slice in, struct arena *arena, struct mts_apdu *out,
                    struct ber_error *err)
{
    return ber_decode(&ber_type_mts_apdu, in, arena, out, err, NULL);
}

/* The elements that can be read, of a trace that cannot be read as a whole: a foreign one that is
 * wrong must not hide ours from the loop test. */
static int readable_elements(const struct mts_extension *ext, struct arena *arena,
                             struct ber_list *out)
{
    const struct ber_type *type = &ber_type_internal_trace_information_element;
    struct mts_internal_element *items = arena_array(arena, MTS_UB_TRANSFERS, sizeof(*items));
    struct ber_tlv list, element;

    *out = (struct ber_list){.items = items};
    if (!items)
        return X4_ENOMEM;
    if (ber_single(ext->value, &list) != X4_OK)
        return X4_OK;
    while (out->count < MTS_UB_TRANSFERS && ber_next(&list.value, &element) == X4_OK) {
        int error = ber_decode(type, element.raw, arena, &items[out->count], NULL, NULL);

        if (error == X4_ENOMEM)
            return error;
        out->count += error == X4_OK;
    }
    return X4_OK;
}

struct ber_list mts_internal_trace(const struct ber_list *extensions, struct arena *arena, int *err)
{
    struct ber_list list = {.count = 0};
    int error = mts_extension_get(extensions, MTS_EXT_INTERNAL_TRACE_INFORMATION, arena, &list);

    if (error == X4_ENOTFOUND)
        error = X4_OK;
    else if (error && error != X4_ENOMEM)
        error = readable_elements(
            mts_extension_find(extensions, MTS_EXT_INTERNAL_TRACE_INFORMATION), arena, &list);
    if (err)
        *err = error;
    return error ? (struct ber_list){.count = 0} : list;
}
