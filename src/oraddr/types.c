/* SPDX-License-Identifier: Apache-2.0 */
/* ORAddress and ORName (X.411 figure 2, MTSAbstractService). What the Recommendation makes
 * mandatory inside a personal name is optional here: an MTA that only passes an address on has no
 * reason to refuse it, and or_address_form() reports what is missing. */
#include "ber/define.h"
#include "oraddr/ext.h"

static BER_STRING_TYPE(x121_dcc_code, "x121-dcc-code", BER_T_NUMERIC, 3, 3);
static BER_STRING_TYPE(iso_3166_alpha2_code, "iso-3166-alpha2-code", BER_T_PRINTABLE, 2, 2);
static BER_STRING_TYPE(admd_numeric, "numeric", BER_T_NUMERIC, 0, 16);
static BER_STRING_TYPE(admd_printable, "printable", BER_T_PRINTABLE, 0, 16);
static BER_STRING_TYPE(prmd_numeric, "numeric", BER_T_NUMERIC, 1, 16);
static BER_STRING_TYPE(prmd_printable, "printable", BER_T_PRINTABLE, 1, 16);
static BER_STRING_TYPE(postal_numeric, "numeric-code", BER_T_NUMERIC, 1, 16);
static BER_STRING_TYPE(postal_printable, "printable-code", BER_T_PRINTABLE, 1, 16);
static BER_STRING_TYPE(x121_address, "X121Address", BER_T_NUMERIC, 1, 16);
static BER_STRING_TYPE(terminal_identifier, "TerminalIdentifier", BER_T_PRINTABLE, 1, 24);
static BER_STRING_TYPE(organization_name, "OrganizationName", BER_T_PRINTABLE, 1, 64);
static BER_STRING_TYPE(numeric_user_identifier, "NumericUserIdentifier", BER_T_NUMERIC, 1, 32);
static BER_STRING_TYPE(surname, "surname", BER_T_PRINTABLE, 1, 40);
static BER_STRING_TYPE(given_name, "given-name", BER_T_PRINTABLE, 1, 16);
static BER_STRING_TYPE(initials, "initials", BER_T_PRINTABLE, 1, 5);
static BER_STRING_TYPE(generation_qualifier, "generation-qualifier", BER_T_PRINTABLE, 1, 3);
static BER_STRING_TYPE(organizational_unit_name, "OrganizationalUnitName", BER_T_PRINTABLE, 1, 32);
static BER_STRING_TYPE(dda_type, "type", BER_T_PRINTABLE, 1, 8);
static BER_STRING_TYPE(dda_value, "value", BER_T_PRINTABLE, 1, 128);

#define DOMAIN(fields_ident, n1, t1, n2, t2)                                                       \
    static const struct ber_field fields_ident[] = {                                               \
        BER_FIELD(n1, struct or_domain_name, value, &(t1), BER_TAG_NONE, BER_MANDATORY, 0),        \
        BER_FIELD(n2, struct or_domain_name, value, &(t2), BER_TAG_NONE, BER_MANDATORY, 0),        \
        BER_END,                                                                                   \
    }

DOMAIN(country_fields, "x121-dcc-code", x121_dcc_code, "iso-3166-alpha2-code",
       iso_3166_alpha2_code);
DOMAIN(admd_fields, "numeric", admd_numeric, "printable", admd_printable);
DOMAIN(prmd_fields, "numeric", prmd_numeric, "printable", prmd_printable);
DOMAIN(postal_code_fields, "numeric-code", postal_numeric, "printable-code", postal_printable);

BER_STRUCT_TYPE(ber_type_country_name, "CountryName", BER_CHOICE, BER_APPLICATION(1),
                struct or_domain_name, country_fields);

BER_STRUCT_TYPE(ber_type_administration_domain_name, "AdministrationDomainName", BER_CHOICE,
                BER_APPLICATION(2), struct or_domain_name, admd_fields);

BER_STRUCT_TYPE(ber_type_private_domain_identifier, "PrivateDomainIdentifier", BER_CHOICE,
                BER_TAG_NONE, struct or_domain_name, prmd_fields);

static BER_STRUCT_TYPE(private_domain_name, "PrivateDomainName", BER_CHOICE, BER_TAG_NONE,
                       struct or_domain_name, prmd_fields);

BER_STRUCT_TYPE(or_type_physical_delivery_country_name, "PhysicalDeliveryCountryName", BER_CHOICE,
                BER_TAG_NONE, struct or_domain_name, country_fields);

BER_STRUCT_TYPE(or_type_postal_code, "PostalCode", BER_CHOICE, BER_TAG_NONE, struct or_domain_name,
                postal_code_fields);

static const struct ber_field personal_name_fields[] = {
    BER_FIELD("surname", struct or_personal_name, surname, &surname, BER_CONTEXT(0), BER_OPTIONAL,
              0),
    BER_FIELD("given-name", struct or_personal_name, given_name, &given_name, BER_CONTEXT(1),
              BER_OPTIONAL, 0),
    BER_FIELD("initials", struct or_personal_name, initials, &initials, BER_CONTEXT(2),
              BER_OPTIONAL, 0),
    BER_FIELD("generation-qualifier", struct or_personal_name, generation_qualifier,
              &generation_qualifier, BER_CONTEXT(3), BER_OPTIONAL, 0),
    BER_END,
};

static BER_STRUCT_TYPE(personal_name, "PersonalName", BER_SET, BER_T_SET, struct or_personal_name,
                       personal_name_fields);

static BER_LIST_TYPE(organizational_unit_names, "OrganizationalUnitNames", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &organizational_unit_name, 1, 4);

#define STANDARD(nm, member, typ, tg)                                                              \
    BER_FIELD(nm, struct or_standard_attributes, member, &(typ), tg, BER_OPTIONAL, 0)

static const struct ber_field standard_fields[] = {
    STANDARD("country-name", country_name, ber_type_country_name, BER_TAG_NONE),
    STANDARD("administration-domain-name", administration_domain_name,
             ber_type_administration_domain_name, BER_TAG_NONE),
    STANDARD("network-address", network_address, x121_address, BER_CONTEXT(0)),
    STANDARD("terminal-identifier", terminal_identifier, terminal_identifier, BER_CONTEXT(1)),
    STANDARD("private-domain-name", private_domain_name, private_domain_name, BER_CONTEXT(2)),
    STANDARD("organization-name", organization_name, organization_name, BER_CONTEXT(3)),
    STANDARD("numeric-user-identifier", numeric_user_identifier, numeric_user_identifier,
             BER_CONTEXT(4)),
    STANDARD("personal-name", personal_name, personal_name, BER_CONTEXT(5)),
    STANDARD("organizational-unit-names", organizational_unit_names, organizational_unit_names,
             BER_CONTEXT(6)),
    BER_END,
};

static BER_STRUCT_TYPE(standard_attributes, "BuiltInStandardAttributes", BER_SEQUENCE,
                       BER_T_SEQUENCE, struct or_standard_attributes, standard_fields);

static const struct ber_field dda_fields[] = {
    BER_FIELD("type", struct or_dda, type, &dda_type, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("value", struct or_dda, value, &dda_value, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};

static BER_STRUCT_TYPE(dda, "BuiltInDomainDefinedAttribute", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct or_dda, dda_fields);

static BER_LIST_TYPE(ddas, "BuiltInDomainDefinedAttributes", BER_SEQUENCE_OF, BER_T_SEQUENCE, &dda,
                     1, 4);

static const struct ber_field extension_fields[] = {
    BER_FIELD("extension-attribute-type", struct or_extension, type, &ber_type_integer,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("extension-attribute-value", struct or_extension, value, &ber_type_any,
              BER_CONTEXT(1), BER_EXPLICIT, 0),
    BER_END,
};

static BER_STRUCT_TYPE(extension, "ExtensionAttribute", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct or_extension, extension_fields);

static BER_LIST_TYPE(extensions, "ExtensionAttributes", BER_SET_OF, BER_T_SET, &extension, 1, 256);

/* The components of ORAddress, in a struct or at a place inside one. */
#define ADDRESS_FIELDS(ctype, at)                                                                  \
    BER_FIELD("built-in-standard-attributes", ctype, at standard, &standard_attributes,            \
              BER_TAG_NONE, BER_MANDATORY, 0),                                                     \
        BER_FIELD("built-in-domain-defined-attributes", ctype, at ddas, &ddas, BER_TAG_NONE,       \
                  BER_OPTIONAL, 0),                                                                \
        BER_FIELD("extension-attributes", ctype, at extensions, &extensions, BER_TAG_NONE,         \
                  BER_OPTIONAL, 0)

static const struct ber_field address_fields[] = {
    ADDRESS_FIELDS(struct or_address, ),
    BER_END,
};

BER_STRUCT_TYPE(ber_type_or_address, "ORAddress", BER_SEQUENCE, BER_T_SEQUENCE, struct or_address,
                address_fields);

static const struct ber_field name_fields[] = {
    ADDRESS_FIELDS(struct or_name, address.),
    BER_FIELD("directory-name", struct or_name, directory_name, &ber_type_any, BER_CONTEXT(0),
              BER_OPTIONAL | BER_EXPLICIT, 0),
    BER_END,
};

BER_STRUCT_TYPE(ber_type_or_name, "ORName", BER_SEQUENCE, BER_APPLICATION(0), struct or_name,
                name_fields);
