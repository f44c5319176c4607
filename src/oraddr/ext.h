/* SPDX-License-Identifier: Apache-2.0 */
/* Inside oraddr/: the values of extension attributes. */
#pragma once

#include "oraddr/oraddr.h"

enum or_character_encoding { OR_TWO_OCTETS = 1, OR_FOUR_OCTETS = 2 };

/* UniversalOrBMPString */
struct or_character_encoding_choice {
    struct slice raw;
    int which; /* enum or_character_encoding */
    struct slice value;
};
struct or_universal_string {
    struct slice raw;
    struct or_character_encoding_choice encoding;
    struct slice language; /* iso-639-language-code */
};

struct or_universal_personal_name {
    struct slice raw;
    struct or_universal_string *surname;
    struct or_universal_string *given_name;
    struct or_universal_string *initials;
    struct or_universal_string *generation_qualifier;
};

struct or_universal_dda {
    struct slice raw;
    struct or_universal_string type;
    struct or_universal_string value;
};

struct or_pds_parameter {
    struct slice raw;
    struct slice printable;
    struct slice teletex;
};

struct or_unformatted_postal_address {
    struct slice raw;
    struct ber_list printable; /* of struct slice */
    struct slice teletex;
};

struct or_e163_4_address {
    struct slice raw;
    struct slice number;
    struct slice sub_address;
};

/* PresentationAddress (X.520) */
struct or_presentation_address {
    struct slice raw;
    struct slice p_selector;
    struct slice s_selector;
    struct slice t_selector;
    struct ber_list n_addresses; /* of struct slice */
};

enum or_network_address_kind { OR_NETWORK_E163_4 = 1, OR_NETWORK_PSAP = 2 };
struct or_extended_network_address {
    struct slice raw;
    int which; /* enum or_network_address_kind */
    struct or_e163_4_address e163_4;
    struct or_presentation_address psap;
};

/* Whatever or_extension_ber_type() decodes into. */
union or_extension_value {
    struct slice string;
    struct or_domain_name domain;
    struct or_personal_name personal_name;
    struct ber_list list;
    struct or_pds_parameter pds;
    struct or_unformatted_postal_address unformatted;
    struct or_extended_network_address network;
    struct or_universal_string universal;
    struct or_universal_personal_name universal_name;
    int64_t number;
};

/* CHOICEs that share their alternatives with country and PRMD (types.c). */
extern const struct ber_type or_type_physical_delivery_country_name, or_type_postal_code;
