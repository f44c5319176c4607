/* SPDX-License-Identifier: Apache-2.0 */
/* The plain types that the descriptor tables share. */
#include "ber/ber.h"

#define PLAIN(ident, nm, knd, tg, ctype)                                                           \
    const struct ber_type ident = {.name = (nm), .kind = (knd), .tag = (tg), .size = sizeof(ctype)}

PLAIN(ber_type_boolean, "BOOLEAN", BER_BOOLEAN, BER_T_BOOLEAN, bool);
PLAIN(ber_type_integer, "INTEGER", BER_INTEGER, BER_T_INTEGER, int64_t);
PLAIN(ber_type_enumerated, "ENUMERATED", BER_ENUMERATED, BER_T_ENUMERATED, int64_t);
PLAIN(ber_type_null, "NULL", BER_NULL, BER_T_NULL, bool);
PLAIN(ber_type_bit_string, "BIT STRING", BER_BIT_STRING, BER_T_BIT_STRING, struct ber_bits);
PLAIN(ber_type_octet_string, "OCTET STRING", BER_OCTET_STRING, BER_T_OCTET_STRING, struct slice);
PLAIN(ber_type_oid, "OBJECT IDENTIFIER", BER_OID, BER_T_OID, struct slice);
PLAIN(ber_type_utctime, "UTCTime", BER_UTCTIME, BER_T_UTCTIME, struct slice);
PLAIN(ber_type_any, "ANY", BER_ANY, BER_TAG_NONE, struct slice);
PLAIN(ber_type_numeric_string, "NumericString", BER_STRING, BER_T_NUMERIC, struct slice);
PLAIN(ber_type_printable_string, "PrintableString", BER_STRING, BER_T_PRINTABLE, struct slice);
PLAIN(ber_type_teletex_string, "TeletexString", BER_STRING, BER_T_TELETEX, struct slice);
PLAIN(ber_type_ia5_string, "IA5String", BER_STRING, BER_T_IA5, struct slice);
PLAIN(ber_type_visible_string, "VisibleString", BER_STRING, BER_T_VISIBLE, struct slice);
PLAIN(ber_type_general_string, "GeneralString", BER_STRING, BER_T_GENERAL, struct slice);
PLAIN(ber_type_graphic_string, "GraphicString", BER_STRING, BER_T_GRAPHIC, struct slice);
PLAIN(ber_type_bmp_string, "BMPString", BER_STRING, BER_T_BMP, struct slice);
PLAIN(ber_type_universal_string, "UniversalString", BER_STRING, BER_T_UNIVERSAL, struct slice);

static const struct ber_type object_descriptor = {
    .name = "ObjectDescriptor", .kind = BER_STRING, .tag = 7, .size = sizeof(struct slice)};

static const struct ber_field external_encoding_fields[] = {
    BER_FIELD("single-ASN1-type", struct ber_external_encoding, single, &ber_type_any,
              BER_CONTEXT(0), BER_EXPLICIT, 0),
    BER_FIELD("octet-aligned", struct ber_external_encoding, octets, &ber_type_octet_string,
              BER_CONTEXT(1), BER_MANDATORY, 0),
    BER_FIELD("arbitrary", struct ber_external_encoding, arbitrary, &ber_type_bit_string,
              BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_END,
};

static const struct ber_type external_encoding = {
    .name = "encoding",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct ber_external_encoding),
    .fields = external_encoding_fields,
};

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

const struct ber_type ber_type_external = {
    .name = "EXTERNAL",
    .kind = BER_SEQUENCE,
    .tag = BER_T_EXTERNAL,
    .size = sizeof(struct ber_external),
    .fields = external_fields,
    .clause = "X.690 8.18",
};
