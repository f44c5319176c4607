/* SPDX-License-Identifier: Apache-2.0 */
/* ORAddress and ORName (X.411 figure 2, MTSAbstractService). What the Recommendation makes
 * mandatory inside a personal name is optional here: an MTA that only passes an address on has no
 * reason to refuse it, and or_address_form() reports what is missing. */
#include "oraddr/ext.h"

/* clang-format off */
#define STRING(ident, nm, tg, lo, hi)                                                              \
    static const struct ber_type ident = {.name = (nm), .kind = BER_STRING, .tag = (tg),           \
                                          .size = sizeof(struct slice), .min = (lo), .max = (hi)}

STRING(x121_dcc_code, "x121-dcc-code", BER_T_NUMERIC, 3, 3);
STRING(iso_3166_alpha2_code, "iso-3166-alpha2-code", BER_T_PRINTABLE, 2, 2);
STRING(admd_numeric, "numeric", BER_T_NUMERIC, 0, 16);
STRING(admd_printable, "printable", BER_T_PRINTABLE, 0, 16);
STRING(prmd_numeric, "numeric", BER_T_NUMERIC, 1, 16);
STRING(prmd_printable, "printable", BER_T_PRINTABLE, 1, 16);
STRING(postal_numeric, "numeric-code", BER_T_NUMERIC, 1, 16);
STRING(postal_printable, "printable-code", BER_T_PRINTABLE, 1, 16);
STRING(x121_address, "X121Address", BER_T_NUMERIC, 1, 16);
STRING(terminal_identifier, "TerminalIdentifier", BER_T_PRINTABLE, 1, 24);
STRING(organization_name, "OrganizationName", BER_T_PRINTABLE, 1, 64);
STRING(numeric_user_identifier, "NumericUserIdentifier", BER_T_NUMERIC, 1, 32);
STRING(surname, "surname", BER_T_PRINTABLE, 1, 40);
STRING(given_name, "given-name", BER_T_PRINTABLE, 1, 16);
STRING(initials, "initials", BER_T_PRINTABLE, 1, 5);
STRING(generation_qualifier, "generation-qualifier", BER_T_PRINTABLE, 1, 3);
STRING(organizational_unit_name, "OrganizationalUnitName", BER_T_PRINTABLE, 1, 32);
STRING(dda_type, "type", BER_T_PRINTABLE, 1, 8);
STRING(dda_value, "value", BER_T_PRINTABLE, 1, 128);

#define DOMAIN(fields_ident, n1, t1, n2, t2)                                                       \
    static const struct ber_field fields_ident[] = {                                               \
        BER_FIELD(n1, struct or_domain_name, value, &(t1), BER_TAG_NONE, BER_MANDATORY, 0),        \
        BER_FIELD(n2, struct or_domain_name, value, &(t2), BER_TAG_NONE, BER_MANDATORY, 0),        \
        BER_END,                                                                                   \
    }
/* clang-format on */

DOMAIN(country_fields, "x121-dcc-code", x121_dcc_code, "iso-3166-alpha2-code",
       iso_3166_alpha2_code);
DOMAIN(admd_fields, "numeric", admd_numeric, "printable", admd_printable);
DOMAIN(prmd_fields, "numeric", prmd_numeric, "printable", prmd_printable);
DOMAIN(postal_code_fields, "numeric-code", postal_numeric, "printable-code", postal_printable);

const struct ber_type ber_type_country_name = {
    .name = "CountryName",
    .kind = BER_CHOICE,
    .tag = BER_APPLICATION(1),
    .size = sizeof(struct or_domain_name),
    .fields = country_fields,
};

const struct ber_type ber_type_administration_domain_name = {
    .name = "AdministrationDomainName",
    .kind = BER_CHOICE,
    .tag = BER_APPLICATION(2),
    .size = sizeof(struct or_domain_name),
    .fields = admd_fields,
};

const struct ber_type ber_type_private_domain_identifier = {
    .name = "PrivateDomainIdentifier",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct or_domain_name),
    .fields = prmd_fields,
};

static const struct ber_type private_domain_name = {
    .name = "PrivateDomainName",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct or_domain_name),
    .fields = prmd_fields,
};

const struct ber_type or_type_physical_delivery_country_name = {
    .name = "PhysicalDeliveryCountryName",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct or_domain_name),
    .fields = country_fields,
};

const struct ber_type or_type_postal_code = {
    .name = "PostalCode",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct or_domain_name),
    .fields = postal_code_fields,
};

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

static const struct ber_type personal_name = {
    .name = "PersonalName",
    .kind = BER_SET,
    .tag = BER_T_SET,
    .size = sizeof(struct or_personal_name),
    .fields = personal_name_fields,
};

static const struct ber_type organizational_unit_names = {
    .name = "OrganizationalUnitNames",
    .kind = BER_SEQUENCE_OF,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ber_list),
    .element = &organizational_unit_name,
    .min = 1,
    .max = 4,
};

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

static const struct ber_type standard_attributes = {
    .name = "BuiltInStandardAttributes",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct or_standard_attributes),
    .fields = standard_fields,
};

static const struct ber_field dda_fields[] = {
    BER_FIELD("type", struct or_dda, type, &dda_type, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("value", struct or_dda, value, &dda_value, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};

static const struct ber_type dda = {
    .name = "BuiltInDomainDefinedAttribute",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct or_dda),
    .fields = dda_fields,
};

static const struct ber_type ddas = {
    .name = "BuiltInDomainDefinedAttributes",
    .kind = BER_SEQUENCE_OF,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ber_list),
    .element = &dda,
    .min = 1,
    .max = 4,
};

static const struct ber_field extension_fields[] = {
    BER_FIELD("extension-attribute-type", struct or_extension, type, &ber_type_integer,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("extension-attribute-value", struct or_extension, value, &ber_type_any,
              BER_CONTEXT(1), BER_EXPLICIT, 0),
    BER_END,
};

static const struct ber_type extension = {
    .name = "ExtensionAttribute",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct or_extension),
    .fields = extension_fields,
};

static const struct ber_type extensions = {
    .name = "ExtensionAttributes",
    .kind = BER_SET_OF,
    .tag = BER_T_SET,
    .size = sizeof(struct ber_list),
    .element = &extension,
    .min = 1,
    .max = 256,
};

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

const struct ber_type ber_type_or_address = {
    .name = "ORAddress",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct or_address),
    .fields = address_fields,
};

static const struct ber_field name_fields[] = {
    ADDRESS_FIELDS(struct or_name, address.),
    BER_FIELD("directory-name", struct or_name, directory_name, &ber_type_any, BER_CONTEXT(0),
              BER_OPTIONAL | BER_EXPLICIT, 0),
    BER_END,
};

const struct ber_type ber_type_or_name = {
    .name = "ORName",
    .kind = BER_SEQUENCE,
    .tag = BER_APPLICATION(0),
    .size = sizeof(struct or_name),
    .fields = name_fields,
};
