/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of X.420's file transfer body part (IPMSFileTransferBodyPartType, ISO8571-FTAM). */
#include "ipm/table.h"

IPM_LIST(graphic_strings, "SEQUENCE OF GraphicString", BER_SEQUENCE_OF, T(graphic_string));
IPM_LIST(any_set, "RelatedStoredFile", BER_SET_OF, T(any));
IPM_LIST(extensions, "ExtensionsField", BER_SET_OF, &ipm_type_extension);

static const struct ber_field opaque_fields[] = {BER_END};
IPM_SEQUENCE(opaque_sequence, "SEQUENCE", ipm_opaque, opaque_fields);

/* ---- environment, contents type, compression ------------------------------------------------ */

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_graphic_strings, member, typ, C(n), BER_MANDATORY, 0)
static const struct ber_field general_identifier_fields[] = {
    F("registered-identifier", registered, T(oid), 0),
    F("descriptive-identifier", descriptive, &graphic_strings, 1),
    BER_END,
};
#undef F
IPM_CHOICE(general_identifier, "GeneralIdentifier", ipm_graphic_strings, general_identifier_fields);

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_environment, member, typ, C(n), BER_OPTIONAL, 0)
static const struct ber_field environment_fields[] = {
    F("application-reference", application_reference, &general_identifier, 0),
    F("machine", machine, &general_identifier, 1),
    F("operating-system", operating_system, T(oid), 2),
    F("user-visible-string", user_visible_string, &graphic_strings, 3),
    BER_END,
};
#undef F
IPM_SEQUENCE(environment, "EnvironmentParameter", ipm_environment, environment_fields);

static const struct ber_field document_type_fields[] = {
    BER_FIELD("document-type-name", struct ipm_document_type, name, T(oid), BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("parameter", struct ipm_document_type, parameter, T(any), C(0), BER_OPTIONAL, 0),
    BER_END,
};
IPM_SEQUENCE(document_type, "document-type", ipm_document_type, document_type_fields);

static const struct ber_field contents_type_fields[] = {
    BER_FIELD("document-type", struct ipm_contents_type, document_type, &document_type, C(0),
              BER_MANDATORY, 0),
    BER_FIELD("constraint-set-and-abstract-syntax", struct ipm_contents_type, constraint_set,
              &opaque_sequence, C(1), BER_MANDATORY, 0),
    BER_END,
};
IPM_CHOICE(contents_type, "ContentsTypeParameter", ipm_contents_type, contents_type_fields);

static const struct ber_field compression_fields[] = {
    BER_FIELD("compression-algorithm-id", struct ipm_compression, algorithm, T(oid), C(0),
              BER_MANDATORY, 0),
    BER_FIELD("compression-algorithm-param", struct ipm_compression, parameter, T(any), C(1),
              BER_OPTIONAL, 0),
    BER_END,
};
IPM_SEQUENCE(compression, "CompressionParameter", ipm_compression, compression_fields);

/* ---- file attributes ------------------------------------------------------------------------ */

#define F(nm, tg) BER_FIELD(nm, struct ipm_pathname, names, &graphic_strings, tg, BER_MANDATORY, 0)
static const struct ber_field pathname_fields[] = {
    F("incomplete-pathname", C(0)),
    F("complete-pathname", C(23)),
    F("complete-pathname", BER_APPLICATION(23)),
    BER_END,
};
#undef F
IPM_CHOICE(pathname, "Pathname-Attribute", ipm_pathname, pathname_fields);

const struct ber_type ipm_type_generalized_time = {
    .name = "GeneralizedTime",
    .kind = BER_STRING,
    .tag = BER_T_GENERALIZEDTIME,
    .size = sizeof(struct slice),
};
static const struct ber_field file_time_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_time, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_time, time, &ipm_type_generalized_time, C(1),
              BER_MANDATORY, 0),
    BER_END,
};
IPM_CHOICE(file_time, "Date-and-Time-Attribute", ipm_file_time, file_time_fields);

static const struct ber_field file_size_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_size, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_size, octets, T(integer), C(1), BER_MANDATORY, 0),
    BER_END,
};
IPM_CHOICE(file_size, "Object-Size-Attribute", ipm_file_size, file_size_fields);

static const struct ber_field file_text_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_text, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_text, text, T(graphic_string), BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
IPM_CHOICE(file_text, "User-Identity-Attribute", ipm_file_text, file_text_fields);

static const struct ber_name action_bits[] = {{0, "read"},
                                              {1, "insert"},
                                              {2, "replace"},
                                              {3, "extend"},
                                              {4, "erase"},
                                              {5, "read-attribute"},
                                              {6, "change-attribute"},
                                              {7, "delete-object"},
                                              {8, "traversal"},
                                              {9, "reverse-traversal"},
                                              {10, "random-order"},
                                              {11, "pass"},
                                              {12, "link"},
                                              {0, NULL}};
IPM_BITS(permitted_actions, "Permitted-Actions-Attribute", action_bits);

#define F(nm, member, typ, tg)                                                                     \
    BER_FIELD(nm, struct ipm_file_attributes, member, typ, tg, BER_OPTIONAL, 0)
static const struct ber_field file_attributes_fields[] = {
    F("pathname", pathname, &pathname, BER_TAG_NONE),
    F("permitted-actions", permitted_actions, &permitted_actions, C(1)),
    F("storage-account", storage_account, &file_text, C(3)),
    F("date-and-time-of-creation", creation, &file_time, C(4)),
    F("date-and-time-of-last-modification", last_modification, &file_time, C(5)),
    F("date-and-time-of-last-read-access", last_read_access, &file_time, C(6)),
    F("date-and-time-of-last-attribute-modification", last_attribute_modification, &file_time,
      C(7)),
    F("identity-of-creator", creator, &file_text, C(8)),
    F("identity-of-last-modifier", last_modifier, &file_text, C(9)),
    F("identity-of-last-reader", last_reader, &file_text, C(10)),
    F("identity-of-last-attribute-modifier", last_attribute_modifier, &file_text, C(11)),
    F("object-availability", object_availability, T(any), C(12)),
    F("object-size", object_size, &file_size, C(13)),
    F("future-object-size", future_object_size, &file_size, C(14)),
    F("access-control", access_control, T(any), C(15)),
    F("legal-qualifications", legal_qualifications, T(any), C(16)),
    F("private-use", private_use, T(any), C(17)),
    F("attribute-extensions", attribute_extensions, &opaque_sequence, C(22)),
    BER_END,
};
#undef F
IPM_SEQUENCE(file_attributes, "FileAttributes", ipm_file_attributes, file_attributes_fields);

/* ---- parameters and data -------------------------------------------------------------------- */

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_file_parameters, member, typ, C(n), BER_OPTIONAL, 0)
static const struct ber_field file_parameters_fields[] = {
    F("related-stored-file", related_stored_file, &any_set, 0),
    F("contents-type", contents_type, &contents_type, 1),
    F("environment", environment, &environment, 2),
    F("compression", compression, &compression, 3),
    F("file-attributes", file_attributes, &file_attributes, 4),
    F("extensions", extensions, &extensions, 5),
    BER_END,
};
#undef F
const struct ber_type ipm_type_file_parameters = {
    .name = "FileTransferParameters",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ipm_file_parameters),
    .fields = file_parameters_fields,
};

const struct ber_type ipm_type_file_data = {
    .name = "FileTransferData",
    .kind = BER_SEQUENCE_OF,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ber_list),
    .element = T(external),
};
