/* SPDX-License-Identifier: Apache-2.0 */
/* O/R addresses and O/R names (X.402 clause 18, X.411 figure 2).
 *
 * A struct or_address is what the BER tables decode into; it borrows the received octets and an
 * arena. Everything that looks at an address from above (text forms, comparison, keys, routing)
 * works on its attributes as UTF-8 text: see oraddr/attr.h. */
#pragma once

#include "base/error.h"
#include "ber/ber.h"

/* CountryName, AdministrationDomainName, PrivateDomainName, PrivateDomainIdentifier, PostalCode:
 * CHOICEs of a NumericString and a PrintableString; value holds whichever it is. */
enum or_string_kind { OR_STRING_NUMERIC = 1, OR_STRING_PRINTABLE = 2 };
struct or_domain_name {
    struct slice raw;
    int which; /* enum or_string_kind; 0: absent */
    struct slice value;
};

/* PersonalName and TeletexPersonalName (the type of the strings differs) */
struct or_personal_name {
    struct slice raw;
    struct slice surname;
    struct slice given_name;
    struct slice initials;
    struct slice generation_qualifier;
};

/* BuiltInDomainDefinedAttribute and TeletexDomainDefinedAttribute */
struct or_dda {
    struct slice raw;
    struct slice type;
    struct slice value;
};

struct or_extension {
    struct slice raw;
    int64_t type;       /* enum or_extension_type, or one that we do not know */
    struct slice value; /* the TLV inside [1]; or_extension_ber_type() tells how to decode it */
};

struct or_standard_attributes {
    struct slice raw;
    struct or_domain_name country_name;
    struct or_domain_name administration_domain_name;
    struct slice network_address; /* X.121 */
    struct slice terminal_identifier;
    struct or_domain_name private_domain_name;
    struct slice organization_name;
    struct slice numeric_user_identifier;
    struct or_personal_name *personal_name;
    struct ber_list organizational_unit_names; /* of struct slice; the first is OU1 (R12.4c) */
};

struct or_address {
    struct slice raw;
    struct or_standard_attributes standard;
    struct ber_list ddas;       /* of struct or_dda */
    struct ber_list extensions; /* of struct or_extension */
};

/* ORName. As an ORName consists of the components of an ORAddress, address serves wherever a
 * const struct or_address is read; only its raw is the whole ORName's, so to encode the address
 * alone take a copy and clear raw in it. */
struct or_name {
    union {
        struct slice raw;
        struct or_address address;
    };
    struct slice directory_name; /* the TLV inside [0]; absent: none */
};

extern const struct ber_type ber_type_or_address, ber_type_or_name;
/* The CHOICEs that a GlobalDomainIdentifier is made of: all three decode to or_domain_name. */
extern const struct ber_type ber_type_country_name, ber_type_administration_domain_name,
    ber_type_private_domain_identifier;

/* X.411 extension-attribute-type */
enum or_extension_type {
    OR_EXT_COMMON_NAME = 1,
    OR_EXT_TELETEX_COMMON_NAME = 2,
    OR_EXT_TELETEX_ORGANIZATION_NAME = 3,
    OR_EXT_TELETEX_PERSONAL_NAME = 4,
    OR_EXT_TELETEX_ORGANIZATIONAL_UNIT_NAMES = 5,
    OR_EXT_TELETEX_DOMAIN_DEFINED_ATTRIBUTES = 6,
    OR_EXT_PDS_NAME = 7,
    OR_EXT_PHYSICAL_DELIVERY_COUNTRY_NAME = 8,
    OR_EXT_POSTAL_CODE = 9,
    OR_EXT_PDS_PARAMETER_FIRST = 10, /* to 15, and 17 to 21: SETs of printable and teletex */
    OR_EXT_UNFORMATTED_POSTAL_ADDRESS = 16,
    OR_EXT_PDS_PARAMETER_LAST = 21,
    OR_EXT_EXTENDED_NETWORK_ADDRESS = 22,
    OR_EXT_TERMINAL_TYPE = 23,
    OR_EXT_UNIVERSAL_COMMON_NAME = 24,
    OR_EXT_UNIVERSAL_ORGANIZATION_NAME = 25,
    OR_EXT_UNIVERSAL_PERSONAL_NAME = 26,
    OR_EXT_UNIVERSAL_ORGANIZATIONAL_UNIT_NAMES = 27,
    OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES = 28,
    OR_EXT_UNIVERSAL_PDS_PARAMETER_FIRST = 29, /* to 40: the universal twins of 10 to 21 */
    OR_EXT_UNIVERSAL_UNFORMATTED_POSTAL_ADDRESS = 35,
    OR_EXT_UNIVERSAL_PDS_PARAMETER_LAST = 40,
};

/* The type of an extension attribute's value, for decoding and for ber_dump(); NULL: unknown. */
const struct ber_type *or_extension_ber_type(int64_t type);

/* ---- text forms ------------------------------------------------------------------------------ */

enum or_text_form {
    OR_TEXT_A, /* F.401 Annex B, RFC 1685: G=Ann; S=Smith; O=Acme; P=ACME; A= ; C=GB */
    OR_TEXT_B, /* RFC 2156 std-or: /G=Ann/S=Smith/O=Acme/PRMD=ACME/ADMD= /C=GB/ */
};

/* Reads both forms, and Exchange's "c=US;a= ;p=ORG;". A missing ADMD becomes one space where there
 * is a country or a PRMD. Values longer than their bounds are taken (see or_address_bounds()).
 * Everything in *out is in the arena or in text. On an error one line of explanation that names
 * label, position and limit is appended to why (which may be NULL).
 * Errors: X4_ESYNTAX, X4_EDUP, X4_ELIMIT, X4_ENOMEM. */
int or_address_parse(struct slice text, struct arena *arena, struct or_address *out,
                     struct buf *why);
/* The same as an O/R name without a directory name, ready for ber_encode(). */
int or_name_parse(struct slice text, struct arena *arena, struct or_name *out, struct buf *why);
/* Appends the text, UTF-8 without control characters, whatever was received. Where an attribute
 * has several variants, form A shows the printable one first, form B printable and teletex. */
int or_address_print(const struct or_address *a, enum or_text_form form, struct buf *out);

/* ---- comparison ------------------------------------------------------------------------------ */

/* X.402 18.4: case, runs of spaces, NumericString against PrintableString and the character set do
 * not matter; printable, teletex and universal twins are alternatives of one attribute. An ADMD
 * that is absent, empty or blank is the same as one space. false when memory runs out. */
bool or_address_equal(const struct or_address *a, const struct or_address *b);
/* The same for names of domains and countries. */
bool or_domain_name_equal(const struct or_domain_name *a, const struct or_domain_name *b);
/* NumericString if all of value are digits, else PrintableString (R12.3b); value is borrowed. */
struct or_domain_name or_domain_name_make(struct slice value);

/* Appends the address's canonical text, for hash tables: attributes in fixed order, folded to lower
 * case, spaces normalised; of twins the printable one, else the teletex, else the universal one.
 * Equal addresses have one key, except where they share only a twin that is not in the key. The
 * other way round one key may stand for addresses whose teletex twins differ: where that matters,
 * ask or_address_equal() as well. */
int or_address_key(const struct or_address *a, struct buf *out);

/* ---- validity -------------------------------------------------------------------------------- */

/* Nothing but an empty SEQUENCE of standard attributes: "no address" (X.411 ORAddress). */
bool or_address_absent(const struct or_address *a);

enum or_address_form {
    OR_FORM_INVALID,
    OR_FORM_MNEMONIC,
    OR_FORM_NUMERIC,
    OR_FORM_TERMINAL,
    OR_FORM_POSTAL,
};

/* Which of the forms of X.402 18.5 the address has. For OR_FORM_INVALID what is missing is
 * appended to why (which may be NULL). Attributes that the form does not have are no error. */
enum or_address_form or_address_form(const struct or_address *a, struct buf *why);

/* Number of violations of X.411's upper bounds and character repertoires; each is appended to why
 * (which may be NULL) as "O has 70 characters, 64 allowed", separated by "; ". */
unsigned or_address_bounds(const struct or_address *a, struct buf *why);
