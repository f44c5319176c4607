/* SPDX-License-Identifier: Apache-2.0 */
/* The plain types that the descriptor tables share. */
#include "ber/define.h"

BER_PLAIN_TYPE(ber_type_boolean, "BOOLEAN", BER_BOOLEAN, BER_T_BOOLEAN, bool);
BER_PLAIN_TYPE(ber_type_integer, "INTEGER", BER_INTEGER, BER_T_INTEGER, int64_t);
BER_PLAIN_TYPE(ber_type_enumerated, "ENUMERATED", BER_ENUMERATED, BER_T_ENUMERATED, int64_t);
BER_PLAIN_TYPE(ber_type_null, "NULL", BER_NULL, BER_T_NULL, bool);
BER_PLAIN_TYPE(ber_type_bit_string, "BIT STRING", BER_BIT_STRING, BER_T_BIT_STRING,
               struct ber_bits);
BER_PLAIN_TYPE(ber_type_octet_string, "OCTET STRING", BER_OCTET_STRING, BER_T_OCTET_STRING,
               struct slice);
BER_PLAIN_TYPE(ber_type_oid, "OBJECT IDENTIFIER", BER_OID, BER_T_OID, struct slice);
BER_PLAIN_TYPE(ber_type_utctime, "UTCTime", BER_UTCTIME, BER_T_UTCTIME, struct slice);
BER_PLAIN_TYPE(ber_type_any, "ANY", BER_ANY, BER_TAG_NONE, struct slice);
BER_PLAIN_TYPE(ber_type_numeric_string, "NumericString", BER_STRING, BER_T_NUMERIC, struct slice);
BER_PLAIN_TYPE(ber_type_printable_string, "PrintableString", BER_STRING, BER_T_PRINTABLE,
               struct slice);
BER_PLAIN_TYPE(ber_type_teletex_string, "TeletexString", BER_STRING, BER_T_TELETEX, struct slice);
BER_PLAIN_TYPE(ber_type_ia5_string, "IA5String", BER_STRING, BER_T_IA5, struct slice);
BER_PLAIN_TYPE(ber_type_visible_string, "VisibleString", BER_STRING, BER_T_VISIBLE, struct slice);
BER_PLAIN_TYPE(ber_type_general_string, "GeneralString", BER_STRING, BER_T_GENERAL, struct slice);
BER_PLAIN_TYPE(ber_type_graphic_string, "GraphicString", BER_STRING, BER_T_GRAPHIC, struct slice);
BER_PLAIN_TYPE(ber_type_bmp_string, "BMPString", BER_STRING, BER_T_BMP, struct slice);
BER_PLAIN_TYPE(ber_type_universal_string, "UniversalString", BER_STRING, BER_T_UNIVERSAL,
               struct slice);

static BER_STRING_TYPE(object_descriptor, "ObjectDescriptor", 7, 0, 0);

static const struct ber_field external_encoding_fields[] = {
    BER_FIELD("single-ASN1-type", struct ber_external_encoding, single, &ber_type_any,
              BER_CONTEXT(0), BER_EXPLICIT, 0),
    BER_FIELD("octet-aligned", struct ber_external_encoding, octets, &ber_type_octet_string,
              BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_FIELD("arbitrary", struct ber_external_encoding, arbitrary, &ber_type_bit_string,
              BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_END,
};

static BER_STRUCT_TYPE(external_encoding, "encoding", BER_CHOICE, BER_TAG_NONE,
                       struct ber_external_encoding, external_encoding_fields);

static const struct ber_field external_fields[] = {
    BER_FIELD("direct-reference", struct ber_external, direct_reference, &ber_type_oid,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("indirect-reference", struct ber_external, indirect_reference, &ber_type_integer,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("data-value-descriptor", struct ber_external, descriptor, &object_descriptor,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("encoding", struct ber_external, encoding, &external_encoding, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};

BER_STRUCT_TYPE(ber_type_external, "EXTERNAL", BER_SEQUENCE, BER_T_EXTERNAL, struct ber_external,
                external_fields);
