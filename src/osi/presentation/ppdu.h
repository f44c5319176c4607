/* SPDX-License-Identifier: Apache-2.0 */
/* The presentation PDUs as descriptor tables, normal mode. What X.410-1984 mode puts in
 * their place are the members of RTSE's APDUs: see presentation.h and rtse/apdu.h. */
#pragma once

#include "ber/ber.h"

/* SEQUENCE in a Presentation-context-definition-list */
struct p_context_item {
    struct slice raw;
    int64_t id;
    struct slice abstract_syntax;      /* OID contents */
    struct ber_list transfer_syntaxes; /* of struct slice, OID contents */
};

/* SEQUENCE in a Presentation-context-definition-result-list */
struct p_result_item {
    struct slice raw;
    int64_t result; /* enum p_result */
    struct slice transfer_syntax;
    struct ber_optint provider_reason; /* enum p_result_reason */
};

/* SEQUENCE in a Presentation-context-identifier-list */
struct p_context_id {
    struct slice raw;
    int64_t id;
    struct slice transfer_syntax;
};

enum p_result { P_ACCEPTANCE = 0, P_USER_REJECTION = 1, P_PROVIDER_REJECTION = 2 };

enum p_result_reason {
    P_REASON_NOT_SPECIFIED = 0,
    P_ABSTRACT_SYNTAX_NOT_SUPPORTED = 1,
    P_TRANSFER_SYNTAXES_NOT_SUPPORTED = 2,
    P_LOCAL_LIMIT_ON_DCS = 3,
};

/* Provider-reason of CPR */
enum p_provider_reason {
    P_REFUSED_NOT_SPECIFIED = 0,
    P_REFUSED_CONGESTION = 1,
    P_REFUSED_LOCAL_LIMIT = 2,
    P_REFUSED_ADDRESS_UNKNOWN = 3,
    P_REFUSED_VERSION = 4,
    P_REFUSED_DEFAULT_CONTEXT = 5,
    P_REFUSED_DATA_NOT_READABLE = 6,
    P_REFUSED_NO_PSAP = 7,
};

/* Abort-reason of ARP */
enum p_abort_reason {
    P_ABORT_NOT_SPECIFIED = 0,
    P_ABORT_UNRECOGNIZED_PPDU = 1,
    P_ABORT_UNEXPECTED_PPDU = 2,
    P_ABORT_UNEXPECTED_SESSION_PRIMITIVE = 3,
    P_ABORT_UNRECOGNIZED_PARAMETER = 4,
    P_ABORT_UNEXPECTED_PARAMETER = 5,
    P_ABORT_INVALID_PARAMETER = 6,
};

struct p_values {
    struct slice raw;
    int which; /* 1 single-ASN1-type, 2 octet-aligned, 3 arbitrary */
    struct slice single;
    struct slice octets;
    struct ber_bits arbitrary;
};

struct p_pdv_list {
    struct slice raw;
    struct slice transfer_syntax; /* optional */
    int64_t context;
    struct p_values values;
};

struct p_user_data {
    struct slice raw;
    int which; /* 1 simply-, 2 fully-encoded-data */
    struct slice simple;
    struct ber_list full; /* of struct p_pdv_list */
};

struct p_mode_selector {
    struct slice raw;
    int64_t mode; /* enum p_mode */
};

/* normal-mode-parameters of CP; with responding selector and results, of CPA */
struct p_connect_params {
    struct slice raw;
    struct ber_bits version;
    struct slice calling_psel;    /* CP */
    struct slice called_psel;     /* CP */
    struct slice responding_psel; /* CPA */
    struct ber_list contexts;     /* CP: of struct p_context_item */
    struct ber_list results;      /* CPA: of struct p_result_item */
    struct ber_bits requirements;
    struct ber_bits session_requirements;
    struct p_user_data user_data;
};

/* CP-type and CPA-PPDU without x410-mode-parameters */
struct p_connect_ppdu {
    struct slice raw;
    struct p_mode_selector mode_selector;
    struct p_connect_params *normal;
};

/* normal-mode-parameters of CPR-PPDU */
struct p_cpr {
    struct slice raw;
    struct ber_bits version;
    struct slice responding_psel;
    struct ber_list results; /* of struct p_result_item */
    struct ber_optint default_context_result;
    struct ber_optint provider_reason; /* enum p_provider_reason */
    struct p_user_data user_data;
};

/* normal-mode-parameters of ARU-PPDU */
struct p_aru {
    struct slice raw;
    struct ber_list contexts; /* of struct p_context_id */
    struct p_user_data user_data;
};

struct p_arp {
    struct slice raw;
    struct ber_optint provider_reason; /* enum p_abort_reason */
    struct ber_optint event;
};

extern const struct ber_type p_type_cp, p_type_cpa, p_type_cpr, p_type_aru, p_type_arp,
    p_type_user_data;
