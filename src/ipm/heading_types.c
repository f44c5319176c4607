/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of X.420's IPM, its heading and its notifications (IPMSInformationObjects). */
#include "ipm/table.h"

enum {
    UB_LOCAL_IPM_IDENTIFIER = 64,
    UB_FREE_FORM_NAME = 64 * 2, /* characters; an accented one of T.61 is two octets */
    UB_TELEPHONE_NUMBER = 32,
    UB_SUBJECT_FIELD = 128 * 2,
    UB_AUTO_FORWARD_COMMENT = 256,
    UB_SUPPLEMENTARY_INFO_LENGTH = 256,
};

static BER_STRING_TYPE(local_identifier, "LocalIPMIdentifier", BER_T_PRINTABLE, 0,
                       UB_LOCAL_IPM_IDENTIFIER);
static BER_STRING_TYPE(free_form_name, "FreeFormName", BER_T_TELETEX, 0, UB_FREE_FORM_NAME);
static BER_STRING_TYPE(telephone_number, "TelephoneNumber", BER_T_PRINTABLE, 0,
                       UB_TELEPHONE_NUMBER);
static BER_STRING_TYPE(subject_field, "SubjectField", BER_T_TELETEX, 0, UB_SUBJECT_FIELD);
static BER_STRING_TYPE(auto_forward_comment, "AutoForwardComment", BER_T_PRINTABLE, 0,
                       UB_AUTO_FORWARD_COMMENT);
static BER_STRING_TYPE(supplementary_information, "SupplementaryInformation", BER_T_PRINTABLE, 1,
                       UB_SUPPLEMENTARY_INFO_LENGTH);

/* ---- components of the heading -------------------------------------------------------------- */

#define F(nm, member, typ, tg, flg) BER_FIELD(nm, struct ipm_identifier, member, typ, tg, flg, 0)
static const struct ber_field identifier_fields[] = {
    F("user", user, T(or_name), BER_TAG_NONE, BER_OPTIONAL),
    F("user-relative-identifier", user_relative_identifier, &local_identifier, BER_TAG_NONE,
      BER_MANDATORY),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_identifier, "IPMIdentifier", BER_SET, BER_APPLICATION(11),
                struct ipm_identifier, identifier_fields);

#define F(nm, member, typ, tg)                                                                     \
    BER_FIELD(nm, struct ipm_or_descriptor, member, typ, tg, BER_OPTIONAL, 0)
static const struct ber_field or_descriptor_fields[] = {
    F("formal-name", formal_name, T(or_name), BER_TAG_NONE),
    F("free-form-name", free_form_name, &free_form_name, BER_CONTEXT(0)),
    F("telephone-number", telephone_number, &telephone_number, BER_CONTEXT(1)),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_or_descriptor, "ORDescriptor", BER_SET, BER_T_SET,
                struct ipm_or_descriptor, or_descriptor_fields);

#define F(nm, member, typ, flg)                                                                    \
    BER_FIELD(nm, struct ipm_extension, member, typ, BER_TAG_NONE, flg, 0)
static const struct ber_field extension_fields[] = {
    F("type", type, T(oid), BER_MANDATORY),
    F("value", value, T(any), BER_OPTIONAL),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_extension, "IPMSExtension", BER_SEQUENCE, BER_T_SEQUENCE,
                struct ipm_extension, extension_fields);
static BER_LIST_TYPE(extensions, "ExtensionsField", BER_SET_OF, BER_T_SET, &ipm_type_extension, 0,
                     0);

static const struct ber_name notification_bits[] = {
    {0, "rn"}, {1, "nrn"}, {2, "ipm-return"}, {3, "an-supported"}, {4, "suppress-an"}, {0, NULL}};
static BER_BITS_TYPE(notification_requests, "NotificationRequests", BER_T_BIT_STRING, 0, 0,
                     notification_bits);

#define F(nm, member, typ, n, flg)                                                                 \
    BER_FIELD(nm, struct ipm_recipient_specifier, member, typ, BER_CONTEXT(n), flg, 0)
static const struct ber_field recipient_specifier_fields[] = {
    F("recipient", recipient, &ipm_type_or_descriptor, 0, BER_MANDATORY),
    F("notification-requests", notification_requests, &notification_requests, 1, BER_DEFAULT),
    F("reply-requested", reply_requested, T(boolean), 2, BER_DEFAULT),
    F("recipient-extensions", recipient_extensions, &extensions, 3, BER_OPTIONAL),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_recipient_specifier, "RecipientSpecifier", BER_SET, BER_T_SET,
                struct ipm_recipient_specifier, recipient_specifier_fields);

static BER_LIST_TYPE(descriptors, "SEQUENCE OF ORDescriptor", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &ipm_type_or_descriptor, 0, 0);
static BER_LIST_TYPE(recipients, "SEQUENCE OF RecipientSpecifier", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &ipm_type_recipient_specifier, 0, 0);
static BER_LIST_TYPE(identifiers, "SEQUENCE OF IPMIdentifier", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &ipm_type_identifier, 0, 0);

/* ---- heading and IPM ------------------------------------------------------------------------ */

static const struct ber_name importance_names[] = {
    {0, "low"}, {1, "normal"}, {2, "high"}, {0, NULL}};
static BER_NUMBER_TYPE(importance, "ImportanceField", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       importance_names);

static const struct ber_name sensitivity_names[] = {
    {1, "personal"}, {2, "private"}, {3, "company-confidential"}, {0, NULL}};
static BER_NUMBER_TYPE(sensitivity, "SensitivityField", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       sensitivity_names);

#define F(nm, member, typ, tg, flg, dflt)                                                          \
    BER_FIELD(nm, struct ipm_heading, member, typ, tg, flg, dflt)
static const struct ber_field heading_fields[] = {
    F("this-IPM", this_ipm, &ipm_type_identifier, BER_TAG_NONE, BER_MANDATORY, 0),
    F("originator", originator, &ipm_type_or_descriptor, C(0), BER_OPTIONAL, 0),
    F("authorizing-users", authorizing_users, &descriptors, C(1), BER_OPTIONAL, 0),
    F("primary-recipients", primary_recipients, &recipients, C(2), BER_DEFAULT, 0),
    F("copy-recipients", copy_recipients, &recipients, C(3), BER_DEFAULT, 0),
    F("blind-copy-recipients", blind_copy_recipients, &recipients, C(4), BER_OPTIONAL, 0),
    F("replied-to-IPM", replied_to_ipm, &ipm_type_identifier, C(5), BER_OPTIONAL, 0),
    F("obsoleted-IPMs", obsoleted_ipms, &identifiers, C(6), BER_DEFAULT, 0),
    F("related-IPMs", related_ipms, &identifiers, C(7), BER_DEFAULT, 0),
    F("subject", subject, &subject_field, C(8), BER_OPTIONAL | BER_EXPLICIT, 0),
    F("expiry-time", expiry_time, T(utctime), C(9), BER_OPTIONAL, 0),
    F("reply-time", reply_time, T(utctime), C(10), BER_OPTIONAL, 0),
    F("reply-recipients", reply_recipients, &descriptors, C(11), BER_OPTIONAL, 0),
    F("importance", importance, &importance, C(12), BER_DEFAULT, 1),
    F("sensitivity", sensitivity, &sensitivity, C(13), BER_OPTIONAL, 0),
    F("auto-forwarded", auto_forwarded, T(boolean), C(14), BER_DEFAULT, 0),
    F("extensions", extensions, &extensions, C(15), BER_DEFAULT, 0),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_heading, "Heading", BER_SET, BER_T_SET, struct ipm_heading,
                heading_fields);

static BER_LIST_TYPE(body, "Body", BER_SEQUENCE_OF, BER_T_SEQUENCE, &ber_type_any, 0, 0);

#define F(nm, member, typ)                                                                         \
    BER_FIELD(nm, struct ipm_ipm, member, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field ipm_fields[] = {
    F("heading", heading, &ipm_type_heading),
    F("body", body, &body),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_ipm, "IPM", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_ipm, ipm_fields);

/* ---- notifications -------------------------------------------------------------------------- */

static const struct ber_field opaque_fields[] = {BER_END};
static BER_STRUCT_TYPE(returned_ipm, "IPM", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);

static const struct ber_name non_receipt_names[] = {
    {0, "ipm-discarded"}, {1, "ipm-auto-forwarded"}, {0, NULL}};
static BER_NUMBER_TYPE(non_receipt_reason, "NonReceiptReasonField", BER_ENUMERATED,
                       BER_T_ENUMERATED, 0, 0, non_receipt_names);
/* 3 is ISO/IEC's, the ITU says not-used */
static const struct ber_name discard_names[] = {{0, "ipm-expired"},
                                                {1, "ipm-obsoleted"},
                                                {2, "user-subscription-terminated"},
                                                {3, "ipm-deleted"},
                                                {0, NULL}};
static BER_NUMBER_TYPE(discard_reason, "DiscardReasonField", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       discard_names);

#define F(nm, member, typ, n, flg)                                                                 \
    BER_FIELD(nm, struct ipm_non_receipt, member, typ, BER_CONTEXT(n), flg, 0)
static const struct ber_field non_receipt_fields[] = {
    F("non-receipt-reason", reason, &non_receipt_reason, 0, BER_MANDATORY),
    F("discard-reason", discard_reason, &discard_reason, 1, BER_OPTIONAL),
    F("auto-forward-comment", auto_forward_comment, &auto_forward_comment, 2, BER_OPTIONAL),
    F("returned-ipm", returned_ipm, &returned_ipm, 3, BER_OPTIONAL),
    F("nrn-extensions", extensions, &extensions, 4, BER_OPTIONAL),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(non_receipt, "NonReceiptFields", BER_SET, BER_T_SET, struct ipm_non_receipt,
                       non_receipt_fields);

static const struct ber_name acknowledgment_names[] = {{0, "manual"}, {1, "automatic"}, {0, NULL}};
static BER_NUMBER_TYPE(acknowledgment_mode, "AcknowledgmentModeField", BER_ENUMERATED,
                       BER_T_ENUMERATED, 0, 0, acknowledgment_names);

#define F(nm, member, typ, n, flg)                                                                 \
    BER_FIELD(nm, struct ipm_receipt, member, typ, BER_CONTEXT(n), flg, 0)
static const struct ber_field receipt_fields[] = {
    F("receipt-time", receipt_time, T(utctime), 0, BER_MANDATORY),
    F("acknowledgment-mode", acknowledgment_mode, &acknowledgment_mode, 1, BER_DEFAULT),
    F("suppl-receipt-info", suppl_receipt_info, &supplementary_information, 2, BER_OPTIONAL),
    F("rn-extensions", extensions, &extensions, 3, BER_OPTIONAL),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(receipt, "ReceiptFields", BER_SET, BER_T_SET, struct ipm_receipt,
                       receipt_fields);

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_ipn_choice, member, typ, BER_CONTEXT(n), BER_MANDATORY, 0)
static const struct ber_field ipn_choice_fields[] = {
    F("non-receipt-fields", non_receipt, &non_receipt, 0),
    F("receipt-fields", receipt, &receipt, 1),
    F("other-notification-type-fields", other, &extensions, 2),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(ipn_choice, "choice", BER_CHOICE, BER_TAG_NONE, struct ipm_ipn_choice,
                       ipn_choice_fields);

#define F(nm, member, typ, tg, flg) BER_FIELD(nm, struct ipm_ipn, member, typ, tg, flg, 0)
static const struct ber_field ipn_fields[] = {
    F("subject-ipm", subject_ipm, &ipm_type_identifier, BER_TAG_NONE, BER_MANDATORY),
    F("ipn-originator", originator, &ipm_type_or_descriptor, C(1), BER_OPTIONAL),
    F("ipm-intended-recipient", intended_recipient, &ipm_type_or_descriptor, C(2), BER_OPTIONAL),
    F("conversion-eits", conversion_eits, T(encoded_information_types), BER_TAG_NONE, BER_OPTIONAL),
    F("notification-extensions", notification_extensions, &extensions, C(3), BER_OPTIONAL),
    F("choice", choice, &ipn_choice, C(0), BER_MANDATORY),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_ipn, "IPN", BER_SET, BER_T_SET, struct ipm_ipn, ipn_fields);

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_information_object, member, typ, BER_CONTEXT(n), BER_MANDATORY, 0)
static const struct ber_field information_object_fields[] = {
    F("ipm", ipm, &ipm_type_ipm, 0),
    F("ipn", ipn, &ipm_type_ipn, 1),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_information_object, "InformationObject", BER_CHOICE, BER_TAG_NONE,
                struct ipm_information_object, information_object_fields);
