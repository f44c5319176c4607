/* SPDX-License-Identifier: Apache-2.0 */
/* The extension attributes (X.411, ExtensionAttributeTable). Universal strings have no bounds here:
 * their lengths count characters, see or_address_bounds(). */
#include "ber/define.h"
#include "oraddr/ext.h"

static BER_STRING_TYPE(common_name, "CommonName", BER_T_PRINTABLE, 1, 64);
static BER_STRING_TYPE(teletex_common_name, "TeletexCommonName", BER_T_TELETEX, 1, 64);
static BER_STRING_TYPE(teletex_organization_name, "TeletexOrganizationName", BER_T_TELETEX, 1, 64);
static BER_STRING_TYPE(teletex_surname, "surname", BER_T_TELETEX, 1, 40);
static BER_STRING_TYPE(teletex_given_name, "given-name", BER_T_TELETEX, 1, 16);
static BER_STRING_TYPE(teletex_initials, "initials", BER_T_TELETEX, 1, 5);
static BER_STRING_TYPE(teletex_generation_qualifier, "generation-qualifier", BER_T_TELETEX, 1, 3);
static BER_STRING_TYPE(teletex_unit_name, "TeletexOrganizationalUnitName", BER_T_TELETEX, 1, 32);
static BER_STRING_TYPE(teletex_dda_type, "type", BER_T_TELETEX, 1, 8);
static BER_STRING_TYPE(teletex_dda_value, "value", BER_T_TELETEX, 1, 128);
static BER_STRING_TYPE(pds_name, "PDSName", BER_T_PRINTABLE, 1, 16);
static BER_STRING_TYPE(pds_printable, "printable-string", BER_T_PRINTABLE, 1, 30);
static BER_STRING_TYPE(pds_teletex, "teletex-string", BER_T_TELETEX, 1, 30);
static BER_STRING_TYPE(unformatted_teletex, "teletex-string", BER_T_TELETEX, 1, 180);
static BER_STRING_TYPE(e163_4_number, "number", BER_T_NUMERIC, 1, 15);
static BER_STRING_TYPE(e163_4_sub_address, "sub-address", BER_T_NUMERIC, 1, 40);

/* ---- teletex twins --------------------------------------------------------------------------- */

#define PN(nm, member, typ, tg)                                                                    \
    BER_FIELD(nm, struct or_personal_name, member, &(typ), BER_CONTEXT(tg), BER_OPTIONAL, 0)
static const struct ber_field teletex_personal_name_fields[] = {
    PN("surname", surname, teletex_surname, 0),
    PN("given-name", given_name, teletex_given_name, 1),
    PN("initials", initials, teletex_initials, 2),
    PN("generation-qualifier", generation_qualifier, teletex_generation_qualifier, 3),
    BER_END,
};
static BER_STRUCT_TYPE(teletex_personal_name, "TeletexPersonalName", BER_SET, BER_T_SET,
                       struct or_personal_name, teletex_personal_name_fields);

static BER_LIST_TYPE(teletex_unit_names, "TeletexOrganizationalUnitNames", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &teletex_unit_name, 1, 4);

static const struct ber_field teletex_dda_fields[] = {
    BER_FIELD("type", struct or_dda, type, &teletex_dda_type, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("value", struct or_dda, value, &teletex_dda_value, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(teletex_dda, "TeletexDomainDefinedAttribute", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct or_dda, teletex_dda_fields);
static BER_LIST_TYPE(teletex_ddas, "TeletexDomainDefinedAttributes", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &teletex_dda, 1, 4);

/* ---- universal twins ------------------------------------------------------------------------- */

static const struct ber_field character_encoding_fields[] = {
    BER_FIELD("two-octets", struct or_character_encoding_choice, value, &ber_type_bmp_string,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("four-octets", struct or_character_encoding_choice, value, &ber_type_universal_string,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(character_encoding, "character-encoding", BER_CHOICE, BER_TAG_NONE,
                       struct or_character_encoding_choice, character_encoding_fields);

static const struct ber_field universal_string_fields[] = {
    BER_FIELD("character-encoding", struct or_universal_string, encoding, &character_encoding,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("iso-639-language-code", struct or_universal_string, language,
              &ber_type_printable_string, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(universal_string, "UniversalOrBMPString", BER_SET, BER_T_SET,
                       struct or_universal_string, universal_string_fields);

#define UPN(nm, member, tg)                                                                        \
    BER_FIELD(nm, struct or_universal_personal_name, member, &universal_string, BER_CONTEXT(tg),   \
              BER_OPTIONAL, 0)
static const struct ber_field universal_personal_name_fields[] = {
    UPN("surname", surname, 0),
    UPN("given-name", given_name, 1),
    UPN("initials", initials, 2),
    UPN("generation-qualifier", generation_qualifier, 3),
    BER_END,
};
static BER_STRUCT_TYPE(universal_personal_name, "UniversalPersonalName", BER_SET, BER_T_SET,
                       struct or_universal_personal_name, universal_personal_name_fields);

static BER_LIST_TYPE(universal_unit_names, "UniversalOrganizationalUnitNames", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &universal_string, 1, 4);

static const struct ber_field universal_dda_fields[] = {
    BER_FIELD("type", struct or_universal_dda, type, &universal_string, BER_TAG_NONE, BER_MANDATORY,
              0),
    BER_FIELD("value", struct or_universal_dda, value, &universal_string, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(universal_dda, "UniversalDomainDefinedAttribute", BER_SEQUENCE,
                       BER_T_SEQUENCE, struct or_universal_dda, universal_dda_fields);
static BER_LIST_TYPE(universal_ddas, "UniversalDomainDefinedAttributes", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &universal_dda, 1, 4);

/* ---- postal and network addresses ------------------------------------------------------------ */

static const struct ber_field pds_parameter_fields[] = {
    BER_FIELD("printable-string", struct or_pds_parameter, printable, &pds_printable, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_FIELD("teletex-string", struct or_pds_parameter, teletex, &pds_teletex, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(pds_parameter, "PDSParameter", BER_SET, BER_T_SET, struct or_pds_parameter,
                       pds_parameter_fields);

static BER_LIST_TYPE(printable_address, "printable-address", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &pds_printable, 1, 6);
static const struct ber_field unformatted_fields[] = {
    BER_FIELD("printable-address", struct or_unformatted_postal_address, printable,
              &printable_address, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("teletex-string", struct or_unformatted_postal_address, teletex, &unformatted_teletex,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(unformatted, "UnformattedPostalAddress", BER_SET, BER_T_SET,
                       struct or_unformatted_postal_address, unformatted_fields);

static const struct ber_field e163_4_fields[] = {
    BER_FIELD("number", struct or_e163_4_address, number, &e163_4_number, BER_CONTEXT(0),
              BER_MANDATORY, 0),
    BER_FIELD("sub-address", struct or_e163_4_address, sub_address, &e163_4_sub_address,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(e163_4_address, "e163-4-address", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct or_e163_4_address, e163_4_fields);

static BER_LIST_TYPE(n_addresses, "nAddresses", BER_SET_OF, BER_T_SET, &ber_type_octet_string, 0,
                     0);
#define PA(nm, member, typ, tg, flg)                                                               \
    BER_FIELD(nm, struct or_presentation_address, member, &(typ), BER_CONTEXT(tg),                 \
              (flg) | BER_EXPLICIT, 0)
static const struct ber_field presentation_address_fields[] = {
    PA("pSelector", p_selector, ber_type_octet_string, 0, BER_OPTIONAL),
    PA("sSelector", s_selector, ber_type_octet_string, 1, BER_OPTIONAL),
    PA("tSelector", t_selector, ber_type_octet_string, 2, BER_OPTIONAL),
    PA("nAddresses", n_addresses, n_addresses, 3, BER_MANDATORY),
    BER_END,
};
static BER_STRUCT_TYPE(presentation_address, "PresentationAddress", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct or_presentation_address, presentation_address_fields);

static const struct ber_field extended_network_address_fields[] = {
    BER_FIELD("e163-4-address", struct or_extended_network_address, e163_4, &e163_4_address,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("psap-address", struct or_extended_network_address, psap, &presentation_address,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(extended_network_address, "ExtendedNetworkAddress", BER_CHOICE, BER_TAG_NONE,
                       struct or_extended_network_address, extended_network_address_fields);

static const struct ber_name terminal_type_names[] = {
    {3, "telex"},    {4, "teletex"}, {5, "g3-facsimile"}, {6, "g4-facsimile"}, {7, "ia5-terminal"},
    {8, "videotex"}, {0, NULL}};
static BER_NUMBER_TYPE(terminal_type, "TerminalType", BER_INTEGER, BER_T_INTEGER, 0, 256,
                       terminal_type_names);

/* ---- the table ------------------------------------------------------------------------------- */

static const struct ber_type *const extension_types[] = {
    [OR_EXT_COMMON_NAME] = &common_name,
    [OR_EXT_TELETEX_COMMON_NAME] = &teletex_common_name,
    [OR_EXT_TELETEX_ORGANIZATION_NAME] = &teletex_organization_name,
    [OR_EXT_TELETEX_PERSONAL_NAME] = &teletex_personal_name,
    [OR_EXT_TELETEX_ORGANIZATIONAL_UNIT_NAMES] = &teletex_unit_names,
    [OR_EXT_TELETEX_DOMAIN_DEFINED_ATTRIBUTES] = &teletex_ddas,
    [OR_EXT_PDS_NAME] = &pds_name,
    [OR_EXT_PHYSICAL_DELIVERY_COUNTRY_NAME] = &or_type_physical_delivery_country_name,
    [OR_EXT_POSTAL_CODE] = &or_type_postal_code,
    [OR_EXT_PDS_PARAMETER_FIRST] = &pds_parameter,
    [11] = &pds_parameter,
    [12] = &pds_parameter,
    [13] = &pds_parameter,
    [14] = &pds_parameter,
    [15] = &pds_parameter,
    [OR_EXT_UNFORMATTED_POSTAL_ADDRESS] = &unformatted,
    [17] = &pds_parameter,
    [18] = &pds_parameter,
    [19] = &pds_parameter,
    [20] = &pds_parameter,
    [OR_EXT_PDS_PARAMETER_LAST] = &pds_parameter,
    [OR_EXT_EXTENDED_NETWORK_ADDRESS] = &extended_network_address,
    [OR_EXT_TERMINAL_TYPE] = &terminal_type,
    [OR_EXT_UNIVERSAL_COMMON_NAME] = &universal_string,
    [OR_EXT_UNIVERSAL_ORGANIZATION_NAME] = &universal_string,
    [OR_EXT_UNIVERSAL_PERSONAL_NAME] = &universal_personal_name,
    [OR_EXT_UNIVERSAL_ORGANIZATIONAL_UNIT_NAMES] = &universal_unit_names,
    [OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES] = &universal_ddas,
    [OR_EXT_UNIVERSAL_PDS_PARAMETER_FIRST] = &universal_string,
    [30] = &universal_string,
    [31] = &universal_string,
    [32] = &universal_string,
    [33] = &universal_string,
    [34] = &universal_string,
    [OR_EXT_UNIVERSAL_UNFORMATTED_POSTAL_ADDRESS] = &universal_string,
    [36] = &universal_string,
    [37] = &universal_string,
    [38] = &universal_string,
    [39] = &universal_string,
    [OR_EXT_UNIVERSAL_PDS_PARAMETER_LAST] = &universal_string,
};

const struct ber_type *or_extension_ber_type(int64_t type)
{
    if (type < 0 || (uint64_t)type >= sizeof(extension_types) / sizeof(extension_types[0]))
        return NULL;
    return extension_types[type];
}
