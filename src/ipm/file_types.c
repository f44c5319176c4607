/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of X.420's file transfer body part (IPMSFileTransferBodyPartType, ISO8571-FTAM). */
#include "ipm/table.h"

static BER_LIST_TYPE(graphic_strings, "SEQUENCE OF GraphicString", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     T(graphic_string), 0, 0);
static BER_LIST_TYPE(any_set, "RelatedStoredFile", BER_SET_OF, BER_T_SET, T(any), 0, 0);
static BER_LIST_TYPE(extensions, "ExtensionsField", BER_SET_OF, BER_T_SET, &ipm_type_extension, 0,
                     0);

static const struct ber_field opaque_fields[] = {BER_END};
static BER_STRUCT_TYPE(opaque_sequence, "SEQUENCE", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);

/* ---- environment, contents type, compression ------------------------------------------------ */

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_graphic_strings, member, typ, C(n), BER_MANDATORY, 0)
static const struct ber_field general_identifier_fields[] = {
    F("registered-identifier", registered, T(oid), 0),
    F("descriptive-identifier", descriptive, &graphic_strings, 1),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(general_identifier, "GeneralIdentifier", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_graphic_strings, general_identifier_fields);

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
static BER_STRUCT_TYPE(environment, "EnvironmentParameter", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_environment, environment_fields);

static const struct ber_field document_type_fields[] = {
    BER_FIELD("document-type-name", struct ipm_document_type, name, T(oid), BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("parameter", struct ipm_document_type, parameter, T(any), C(0), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(document_type, "document-type", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_document_type, document_type_fields);

static const struct ber_field contents_type_fields[] = {
    BER_FIELD("document-type", struct ipm_contents_type, document_type, &document_type, C(0),
              BER_MANDATORY, 0),
    BER_FIELD("constraint-set-and-abstract-syntax", struct ipm_contents_type, constraint_set,
              &opaque_sequence, C(1), BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(contents_type, "ContentsTypeParameter", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_contents_type, contents_type_fields);

static const struct ber_field compression_fields[] = {
    BER_FIELD("compression-algorithm-id", struct ipm_compression, algorithm, T(oid), C(0),
              BER_MANDATORY, 0),
    BER_FIELD("compression-algorithm-param", struct ipm_compression, parameter, T(any), C(1),
              BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(compression, "CompressionParameter", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_compression, compression_fields);

/* ---- file attributes ------------------------------------------------------------------------ */

#define F(nm, tg) BER_FIELD(nm, struct ipm_pathname, names, &graphic_strings, tg, BER_MANDATORY, 0)
static const struct ber_field pathname_fields[] = {
    F("incomplete-pathname", C(0)),
    F("complete-pathname", C(23)),
    F("complete-pathname", BER_APPLICATION(23)),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(pathname, "Pathname-Attribute", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_pathname, pathname_fields);

BER_STRING_TYPE(ipm_type_generalized_time, "GeneralizedTime", BER_T_GENERALIZEDTIME, 0, 0);
static const struct ber_field file_time_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_time, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_time, time, &ipm_type_generalized_time, C(1),
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(file_time, "Date-and-Time-Attribute", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_file_time, file_time_fields);

static const struct ber_field file_size_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_size, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_size, octets, T(integer), C(1), BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(file_size, "Object-Size-Attribute", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_file_size, file_size_fields);

static const struct ber_field file_text_fields[] = {
    BER_FIELD("no-value-available", struct ipm_file_text, none, T(null), C(0), BER_MANDATORY, 0),
    BER_FIELD("actual-values", struct ipm_file_text, text, T(graphic_string), BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(file_text, "User-Identity-Attribute", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_file_text, file_text_fields);

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
static BER_BITS_TYPE(permitted_actions, "Permitted-Actions-Attribute", BER_T_BIT_STRING, 0, 0,
                     action_bits);

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
static BER_STRUCT_TYPE(file_attributes, "FileAttributes", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_file_attributes, file_attributes_fields);

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
BER_STRUCT_TYPE(ipm_type_file_parameters, "FileTransferParameters", BER_SEQUENCE, BER_T_SEQUENCE,
                struct ipm_file_parameters, file_parameters_fields);

BER_LIST_TYPE(ipm_type_file_data, "FileTransferData", BER_SEQUENCE_OF, BER_T_SEQUENCE, T(external),
              0, 0);
