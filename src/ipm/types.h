/* SPDX-License-Identifier: Apache-2.0 */
/* The ASN.1 types of X.420 as C structs with their tables: heading, body parts, notifications. The
 * members are those of the Recommendation, in its order. For ordinary use see ipm/ipm.h. */
#pragma once

#include "ber/ber.h"
#include "mts/common.h"
#include "oraddr/oraddr.h"

/* A value whose inside nobody here needs: only raw. */
struct ipm_opaque {
    struct slice raw;
};

/* ---- heading -------------------------------------------------------------------------------- */

struct ipm_identifier {
    struct slice raw;
    struct or_name *user;
    struct slice user_relative_identifier;
};

struct ipm_or_descriptor {
    struct slice raw;
    struct or_name *formal_name;
    struct slice free_form_name;   /* TeletexString */
    struct slice telephone_number; /* PrintableString */
};

struct ipm_recipient_specifier {
    struct slice raw;
    struct ipm_or_descriptor recipient;
    struct ber_bits notification_requests;
    bool reply_requested;
    struct ber_list recipient_extensions; /* of struct ipm_extension */
};

/* IPMSExtension. Known types: ipm_extension_find() in ipm/names.h. */
struct ipm_extension {
    struct slice raw;
    struct slice type;  /* OID contents */
    struct slice value; /* TLV; absent: NULL */
};

struct ipm_heading {
    struct slice raw;
    struct ipm_identifier this_ipm;
    struct ipm_or_descriptor *originator;
    struct ber_list authorizing_users;  /* of struct ipm_or_descriptor */
    struct ber_list primary_recipients; /* of struct ipm_recipient_specifier, and the next two */
    struct ber_list copy_recipients;
    struct ber_list blind_copy_recipients;
    struct ipm_identifier *replied_to_ipm;
    struct ber_list obsoleted_ipms; /* of struct ipm_identifier */
    struct ber_list related_ipms;
    struct slice subject; /* TeletexString */
    struct slice expiry_time;
    struct slice reply_time;
    struct ber_list reply_recipients; /* of struct ipm_or_descriptor */
    int64_t importance;
    struct ber_optint sensitivity;
    bool auto_forwarded;
    struct ber_list extensions; /* of struct ipm_extension */
};

/* The body's items are TLVs of BodyPart: one that is broken does not take the others with it. */
struct ipm_ipm {
    struct slice raw;
    struct ipm_heading heading;
    struct ber_list body; /* of struct slice */
};

extern const struct ber_type ipm_type_identifier, ipm_type_or_descriptor,
    ipm_type_recipient_specifier, ipm_type_extension, ipm_type_heading, ipm_type_ipm;

/* ---- body parts ----------------------------------------------------------------------------- */

struct ipm_ia5_parameters {
    struct slice raw;
    int64_t repertoire; /* 2 ITA2, 5 IA5 */
};

struct ipm_ia5_text {
    struct slice raw;
    struct ipm_ia5_parameters parameters;
    struct slice data;
};

struct ipm_delivered_content_type {
    struct slice raw;
    int which; /* 1 built-in, 2 extended */
    int64_t built_in;
    struct slice extended;
};

/* OtherMessageDeliveryFields (X.411) */
struct ipm_delivery_fields {
    struct slice raw;
    struct ipm_delivered_content_type content_type;
    struct or_name originator;
    struct mts_eits *original_eits;
    int64_t priority;
    struct ber_bits flags;
    struct ber_list other_recipients; /* of struct or_name */
    struct or_name this_recipient;
    struct or_name *originally_intended;
    struct mts_eits *converted_eits;
    struct slice submission_time;
    struct slice content_identifier;
    struct ber_list extensions; /* of struct mts_extension */
};

/* MessageParameters; ForwardedContentParameters has one member more, and proofs. */
struct ipm_message_parameters {
    struct slice raw;
    struct slice delivery_time; /* UTCTime */
    struct ipm_delivery_fields *delivery_envelope;
    struct mts_identifier *mts_identifier; /* ForwardedContentParameters only */
};

struct ipm_message_part {
    struct slice raw;
    struct ipm_message_parameters parameters;
    struct ipm_opaque data; /* IPM; its raw begins with the SEQUENCE's own tag */
};

struct ipm_extended_part {
    struct slice raw;
    struct ber_external *parameters;
    struct ber_external data;
};

/* BodyPart; which is the place in this list. 1984's telex [1], voice [2] and simple formattable
 * document [10] are in X.420 (1984) only. */
enum ipm_body_which {
    IPM_BODY_IA5_TEXT = 1,
    IPM_BODY_TELEX,
    IPM_BODY_VOICE,
    IPM_BODY_G3_FACSIMILE,
    IPM_BODY_G4_CLASS1,
    IPM_BODY_TELETEX,
    IPM_BODY_VIDEOTEX,
    IPM_BODY_NATIONALLY_DEFINED,
    IPM_BODY_ENCRYPTED,
    IPM_BODY_MESSAGE,
    IPM_BODY_SFD,
    IPM_BODY_MIXED_MODE,
    IPM_BODY_BILATERALLY_DEFINED,
    IPM_BODY_EXTENDED,
};

struct ipm_body_part {
    struct slice raw;
    int which; /* enum ipm_body_which */
    union {
        struct ipm_ia5_text ia5_text;
        struct ipm_message_part message;
        struct slice bilaterally_defined; /* OCTET STRING */
        struct slice nationally_defined;  /* TLV inside [7] */
        struct ipm_extended_part extended;
        struct ipm_opaque other;
    };
};

extern const struct ber_type ipm_type_delivery_fields;
extern const struct ber_type ipm_type_body_part, ipm_type_ia5_parameters,
    ipm_type_message_parameters, ipm_type_content_parameters, ipm_type_general_text_parameters,
    ipm_type_voice_parameters;

/* ---- file transfer body part ---------------------------------------------------------------- */

struct ipm_graphic_strings {
    struct slice raw;
    int which; /* 1 registered-identifier, 2 descriptive-identifier */
    struct slice registered;
    struct ber_list descriptive; /* of struct slice */
};

struct ipm_environment {
    struct slice raw;
    struct ipm_graphic_strings application_reference;
    struct ipm_graphic_strings machine;
    struct slice operating_system; /* OID */
    struct ber_list user_visible_string;
};

struct ipm_document_type {
    struct slice raw;
    struct slice name; /* OID */
    struct slice parameter;
};

struct ipm_contents_type {
    struct slice raw;
    int which; /* 1 document-type, 2 constraint-set-and-abstract-syntax */
    struct ipm_document_type document_type;
    struct ipm_opaque constraint_set;
};

/* Pathname-Attribute: 1 incomplete, 2 complete [23], 3 complete [APPLICATION 23] as ISO 8571 has */
struct ipm_pathname {
    struct slice raw;
    int which;
    struct ber_list names; /* of struct slice */
};

struct ipm_file_time {
    struct slice raw;
    int which; /* 1 no-value-available, 2 actual-values */
    bool none;
    struct slice time; /* GeneralizedTime */
};

struct ipm_file_size {
    struct slice raw;
    int which; /* 1 no-value-available, 2 actual-values */
    bool none;
    int64_t octets;
};

struct ipm_file_text {
    struct slice raw;
    int which; /* 1 no-value-available, 2 actual-values */
    bool none;
    struct slice text; /* GraphicString */
};

struct ipm_file_attributes {
    struct slice raw;
    struct ipm_pathname pathname;
    struct ber_bits permitted_actions;
    struct ipm_file_text storage_account;
    struct ipm_file_time creation, last_modification, last_read_access, last_attribute_modification;
    struct ipm_file_text creator, last_modifier, last_reader, last_attribute_modifier;
    struct slice object_availability; /* TLV, and those below that are not taken apart */
    struct ipm_file_size object_size, future_object_size;
    struct slice access_control;
    struct slice legal_qualifications;
    struct slice private_use;
    struct ipm_opaque *attribute_extensions;
};

struct ipm_compression {
    struct slice raw;
    struct slice algorithm; /* OID */
    struct slice parameter;
};

struct ipm_file_parameters {
    struct slice raw;
    struct ber_list related_stored_file; /* of TLVs */
    struct ipm_contents_type contents_type;
    struct ipm_environment *environment;
    struct ipm_compression *compression;
    struct ipm_file_attributes *file_attributes;
    struct ber_list extensions; /* of struct ipm_extension */
};

/* FileTransferData: a list of struct ber_external */
extern const struct ber_type ipm_type_file_parameters, ipm_type_file_data,
    ipm_type_generalized_time;

/* ---- notifications -------------------------------------------------------------------------- */

struct ipm_non_receipt {
    struct slice raw;
    int64_t reason;
    struct ber_optint discard_reason;
    struct slice auto_forward_comment;
    struct ipm_opaque *returned_ipm;
    struct ber_list extensions;
};

struct ipm_receipt {
    struct slice raw;
    struct slice receipt_time;
    int64_t acknowledgment_mode;
    struct slice suppl_receipt_info;
    struct ber_list extensions;
};

struct ipm_ipn_choice {
    struct slice raw;
    int which; /* enum ipm_notification_kind of ipm/ipm.h */
    union {
        struct ipm_non_receipt non_receipt;
        struct ipm_receipt receipt;
        struct ber_list other; /* of struct ipm_extension */
    };
};

struct ipm_ipn {
    struct slice raw;
    struct ipm_identifier subject_ipm;
    struct ipm_or_descriptor *originator;
    struct ipm_or_descriptor *intended_recipient;
    struct mts_eits *conversion_eits;
    struct ber_list notification_extensions;
    struct ipm_ipn_choice choice;
};

extern const struct ber_type ipm_type_ipn;

/* ---- content -------------------------------------------------------------------------------- */

struct ipm_information_object {
    struct slice raw;
    int which; /* 1 ipm, 2 ipn */
    union {
        struct ipm_ipm ipm;
        struct ipm_ipn ipn;
    };
};

extern const struct ber_type ipm_type_information_object;
