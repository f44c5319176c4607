/* SPDX-License-Identifier: Apache-2.0 */
/* Table of X.411's OtherMessageDeliveryFields: the delivery envelope of a forwarded message. */
#include "ipm/table.h"
#include "mts/extension.h"

/* MTSUpperBounds */
enum { UB_BIT_OPTIONS = 16, UB_BUILT_IN_CONTENT_TYPE = 32767, UB_RECIPIENTS = 32767 };

static const struct ber_name content_names[] = {{0, "unidentified"},
                                                {1, "external"},
                                                {2, "interpersonal-messaging-1984"},
                                                {22, "interpersonal-messaging-1988"},
                                                {35, "edi-messaging"},
                                                {40, "voice-messaging"},
                                                {0, NULL}};
static BER_NUMBER_TYPE(built_in, "BuiltInContentType", BER_INTEGER, BER_APPLICATION(6), 0,
                       UB_BUILT_IN_CONTENT_TYPE, content_names);

#define F(nm, member, typ, tg)                                                                     \
    BER_FIELD(nm, struct ipm_delivered_content_type, member, typ, tg, BER_MANDATORY, 0)
static const struct ber_field content_type_fields[] = {
    F("built-in", built_in, &built_in, C(0)),
    F("extended", extended, T(oid), BER_TAG_NONE),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(content_type, "DeliveredContentType", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_delivered_content_type, content_type_fields);

static const struct ber_name flag_bits[] = {{1, "implicit-conversion-prohibited"}, {0, NULL}};
static BER_BITS_TYPE(delivery_flags, "DeliveryFlags", BER_T_BIT_STRING, 0, UB_BIT_OPTIONS,
                     flag_bits);

static BER_LIST_TYPE(other_recipients, "OtherRecipientNames", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     T(or_name), 1, UB_RECIPIENTS);

#define F(nm, member, typ, tg, flg)                                                                \
    BER_FIELD(nm, struct ipm_delivery_fields, member, typ, tg, flg, 0)
static const struct ber_field delivery_fields[] = {
    F("content-type", content_type, &content_type, BER_TAG_NONE, BER_MANDATORY),
    F("originator-name", originator, T(or_name), BER_TAG_NONE, BER_MANDATORY),
    F("original-encoded-information-types", original_eits, T(encoded_information_types), C(1),
      BER_OPTIONAL),
    F("priority", priority, T(priority), BER_TAG_NONE, BER_DEFAULT),
    F("delivery-flags", flags, &delivery_flags, C(2), BER_OPTIONAL),
    F("other-recipient-names", other_recipients, &other_recipients, C(3), BER_OPTIONAL),
    F("this-recipient-name", this_recipient, T(or_name), C(4), BER_MANDATORY),
    F("originally-intended-recipient-name", originally_intended, T(or_name), C(5), BER_OPTIONAL),
    F("converted-encoded-information-types", converted_eits, T(encoded_information_types), C(6),
      BER_OPTIONAL),
    F("message-submission-time", submission_time, T(utctime), C(7), BER_MANDATORY),
    F("content-identifier", content_identifier, T(content_identifier), C(8), BER_OPTIONAL),
    F("extensions", extensions, T(extensions), C(9), BER_DEFAULT),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_delivery_fields, "OtherMessageDeliveryFields", BER_SET, BER_T_SET,
                struct ipm_delivery_fields, delivery_fields);
