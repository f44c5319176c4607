/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/presentation/ppdu.h"

#include "ber/define.h"

static const struct ber_name result_names[] = {
    {P_ACCEPTANCE, "acceptance"},
    {P_USER_REJECTION, "user-rejection"},
    {P_PROVIDER_REJECTION, "provider-rejection"},
    {0, NULL},
};

static const struct ber_name result_reason_names[] = {
    {P_REASON_NOT_SPECIFIED, "reason-not-specified"},
    {P_ABSTRACT_SYNTAX_NOT_SUPPORTED, "abstract-syntax-not-supported"},
    {P_TRANSFER_SYNTAXES_NOT_SUPPORTED, "proposed-transfer-syntaxes-not-supported"},
    {P_LOCAL_LIMIT_ON_DCS, "local-limit-on-DCS-exceeded"},
    {0, NULL},
};

static const struct ber_name provider_reason_names[] = {
    {P_REFUSED_NOT_SPECIFIED, "reason-not-specified"},
    {P_REFUSED_CONGESTION, "temporary-congestion"},
    {P_REFUSED_LOCAL_LIMIT, "local-limit-exceeded"},
    {P_REFUSED_ADDRESS_UNKNOWN, "called-presentation-address-unknown"},
    {P_REFUSED_VERSION, "protocol-version-not-supported"},
    {P_REFUSED_DEFAULT_CONTEXT, "default-context-not-supported"},
    {P_REFUSED_DATA_NOT_READABLE, "user-data-not-readable"},
    {P_REFUSED_NO_PSAP, "no-PSAP-available"},
    {0, NULL},
};

static const struct ber_name abort_reason_names[] = {
    {P_ABORT_NOT_SPECIFIED, "reason-not-specified"},
    {P_ABORT_UNRECOGNIZED_PPDU, "unrecognized-ppdu"},
    {P_ABORT_UNEXPECTED_PPDU, "unexpected-ppdu"},
    {P_ABORT_UNEXPECTED_SESSION_PRIMITIVE, "unexpected-session-service-primitive"},
    {P_ABORT_UNRECOGNIZED_PARAMETER, "unrecognized-ppdu-parameter"},
    {P_ABORT_UNEXPECTED_PARAMETER, "unexpected-ppdu-parameter"},
    {P_ABORT_INVALID_PARAMETER, "invalid-ppdu-parameter-value"},
    {0, NULL},
};

static const struct ber_name mode_names[] = {
    {0, "x410-1984-mode"},
    {1, "normal-mode"},
    {0, NULL},
};

static const struct ber_name event_names[] = {
    {0, "cp-PPDU"},
    {1, "cpa-PPDU"},
    {2, "cpr-PPDU"},
    {3, "aru-PPDU"},
    {4, "arp-PPDU"},
    {5, "ac-PPDU"},
    {6, "aca-PPDU"},
    {7, "td-PPDU"},
    {8, "ttd-PPDU"},
    {9, "te-PPDU"},
    {10, "tc-PPDU"},
    {11, "tcc-PPDU"},
    {12, "rs-PPDU"},
    {13, "rsa-PPDU"},
    {14, "s-release-indication"},
    {15, "s-release-confirm"},
    {16, "s-token-give-indication"},
    {17, "s-token-please-indication"},
    {18, "s-control-give-indication"},
    {19, "s-sync-minor-indication"},
    {20, "s-sync-minor-confirm"},
    {21, "s-sync-major-indication"},
    {22, "s-sync-major-confirm"},
    {23, "s-p-exception-report-indication"},
    {24, "s-u-exception-report-indication"},
    {25, "s-activity-start-indication"},
    {26, "s-activity-resume-indication"},
    {27, "s-activity-interrupt-indication"},
    {28, "s-activity-interrupt-confirm"},
    {29, "s-activity-discard-indication"},
    {30, "s-activity-discard-confirm"},
    {31, "s-activity-end-indication"},
    {32, "s-activity-end-confirm"},
    {0, NULL},
};

static const struct ber_name session_requirement_bits[] = {
    {0, "half-duplex"},         {1, "duplex"},
    {2, "expedited-data"},      {3, "minor-synchronize"},
    {4, "major-synchronize"},   {5, "resynchronize"},
    {6, "activity-management"}, {7, "negotiated-release"},
    {8, "capability-data"},     {9, "exceptions"},
    {10, "typed-data"},         {11, "symmetric-synchronize"},
    {12, "data-separation"},    {0, NULL},
};

static const struct ber_name requirement_bits[] = {
    {0, "context-management"},
    {1, "restoration"},
    {0, NULL},
};

static const struct ber_name version_bits[] = {{0, "version-1"}, {0, NULL}};

static BER_NUMBER_TYPE(type_result, "Result", BER_INTEGER, BER_T_INTEGER, 0, 0, result_names);
static BER_NUMBER_TYPE(type_result_reason, "provider-reason", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       result_reason_names);
static BER_NUMBER_TYPE(type_provider_reason, "Provider-reason", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       provider_reason_names);
static BER_NUMBER_TYPE(type_abort_reason, "Abort-reason", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       abort_reason_names);
static BER_NUMBER_TYPE(type_mode, "mode-value", BER_INTEGER, BER_T_INTEGER, 0, 0, mode_names);

static BER_NUMBER_TYPE(type_event, "Event-identifier", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       event_names);
static BER_BITS_TYPE(type_version, "Protocol-version", BER_T_BIT_STRING, 0, 0, version_bits);
static BER_BITS_TYPE(type_requirements, "Presentation-requirements", BER_T_BIT_STRING, 0, 0,
                     requirement_bits);
static BER_BITS_TYPE(type_session_requirements, "User-session-requirements", BER_T_BIT_STRING, 0, 0,
                     session_requirement_bits);

static BER_LIST_TYPE(type_transfer_syntaxes, "transfer-syntax-name-list", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &ber_type_oid, 0, 0);

static const struct ber_field context_item_fields[] = {
    BER_FIELD("presentation-context-identifier", struct p_context_item, id, &ber_type_integer,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("abstract-syntax-name", struct p_context_item, abstract_syntax, &ber_type_oid,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("transfer-syntax-name-list", struct p_context_item, transfer_syntaxes,
              &type_transfer_syntaxes, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(type_context_item, "Context-item", BER_SEQUENCE, BER_T_SEQUENCE,
                struct p_context_item, context_item_fields);
static BER_LIST_TYPE(type_contexts, "Presentation-context-definition-list", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &type_context_item, 0, 0);

static const struct ber_field result_item_fields[] = {
    BER_FIELD("result", struct p_result_item, result, &type_result, BER_CONTEXT(0), BER_MANDATORY,
              0),
    BER_FIELD("transfer-syntax-name", struct p_result_item, transfer_syntax, &ber_type_oid,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("provider-reason", struct p_result_item, provider_reason, &type_result_reason,
              BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(type_result_item, "Result-item", BER_SEQUENCE, BER_T_SEQUENCE, struct p_result_item,
                result_item_fields);
static BER_LIST_TYPE(type_results, "Presentation-context-definition-result-list", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &type_result_item, 0, 0);

static const struct ber_field context_id_fields[] = {
    BER_FIELD("presentation-context-identifier", struct p_context_id, id, &ber_type_integer,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("transfer-syntax-name", struct p_context_id, transfer_syntax, &ber_type_oid,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(type_context_id, "Context-identifier-item", BER_SEQUENCE, BER_T_SEQUENCE,
                struct p_context_id, context_id_fields);
static BER_LIST_TYPE(type_context_ids, "Presentation-context-identifier-list", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &type_context_id, 0, 0);

static const struct ber_field values_fields[] = {
    BER_FIELD("single-ASN1-type", struct p_values, single, &ber_type_any, BER_CONTEXT(0),
              BER_EXPLICIT, 0),
    BER_FIELD("octet-aligned", struct p_values, octets, &ber_type_octet_string, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_FIELD("arbitrary", struct p_values, arbitrary, &ber_type_bit_string, BER_CONTEXT(2),
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(type_values, "presentation-data-values", BER_CHOICE, BER_TAG_NONE, struct p_values,
                values_fields);

static const struct ber_field pdv_list_fields[] = {
    BER_FIELD("transfer-syntax-name", struct p_pdv_list, transfer_syntax, &ber_type_oid,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("presentation-context-identifier", struct p_pdv_list, context, &ber_type_integer,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("presentation-data-values", struct p_pdv_list, values, &type_values, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(type_pdv_list, "PDV-list", BER_SEQUENCE, BER_T_SEQUENCE, struct p_pdv_list,
                pdv_list_fields);
static BER_LIST_TYPE(type_full, "Fully-encoded-data", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &type_pdv_list, 0, 0);

static const struct ber_field user_data_fields[] = {
    BER_FIELD("simply-encoded-data", struct p_user_data, simple, &ber_type_octet_string,
              BER_APPLICATION(0), BER_MANDATORY, 0),
    BER_FIELD("fully-encoded-data", struct p_user_data, full, &type_full, BER_APPLICATION(1),
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_user_data, "User-data", BER_CHOICE, BER_TAG_NONE, struct p_user_data,
                user_data_fields);

static const struct ber_field mode_selector_fields[] = {
    BER_FIELD("mode-value", struct p_mode_selector, mode, &type_mode, BER_CONTEXT(0), BER_MANDATORY,
              0),
    BER_END,
};
BER_STRUCT_TYPE(type_mode_selector, "Mode-selector", BER_SET, BER_T_SET, struct p_mode_selector,
                mode_selector_fields);

#define CONNECT_FIELD(nm, member, typ, tg, flg)                                                    \
    BER_FIELD(nm, struct p_connect_params, member, &(typ), tg, flg, 0)

static const struct ber_field cp_normal_fields[] = {
    CONNECT_FIELD("protocol-version", version, type_version, BER_CONTEXT(0), BER_DEFAULT),
    CONNECT_FIELD("calling-presentation-selector", calling_psel, ber_type_octet_string,
                  BER_CONTEXT(1), BER_OPTIONAL),
    CONNECT_FIELD("called-presentation-selector", called_psel, ber_type_octet_string,
                  BER_CONTEXT(2), BER_OPTIONAL),
    CONNECT_FIELD("presentation-context-definition-list", contexts, type_contexts, BER_CONTEXT(4),
                  BER_OPTIONAL),
    CONNECT_FIELD("presentation-requirements", requirements, type_requirements, BER_CONTEXT(8),
                  BER_OPTIONAL),
    CONNECT_FIELD("user-session-requirements", session_requirements, type_session_requirements,
                  BER_CONTEXT(9), BER_OPTIONAL),
    CONNECT_FIELD("user-data", user_data, p_type_user_data, BER_TAG_NONE, BER_OPTIONAL),
    BER_END,
};
BER_STRUCT_TYPE(type_cp_normal, "normal-mode-parameters", BER_SEQUENCE, BER_T_SEQUENCE,
                struct p_connect_params, cp_normal_fields);

static const struct ber_field cp_fields[] = {
    BER_FIELD("mode-selector", struct p_connect_ppdu, mode_selector, &type_mode_selector,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("normal-mode-parameters", struct p_connect_ppdu, normal, &type_cp_normal,
              BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_cp, "CP-type", BER_SET, BER_T_SET, struct p_connect_ppdu, cp_fields);

static const struct ber_field cpa_normal_fields[] = {
    CONNECT_FIELD("protocol-version", version, type_version, BER_CONTEXT(0), BER_DEFAULT),
    CONNECT_FIELD("responding-presentation-selector", responding_psel, ber_type_octet_string,
                  BER_CONTEXT(3), BER_OPTIONAL),
    CONNECT_FIELD("presentation-context-definition-result-list", results, type_results,
                  BER_CONTEXT(5), BER_OPTIONAL),
    CONNECT_FIELD("presentation-requirements", requirements, type_requirements, BER_CONTEXT(8),
                  BER_OPTIONAL),
    CONNECT_FIELD("user-session-requirements", session_requirements, type_session_requirements,
                  BER_CONTEXT(9), BER_OPTIONAL),
    CONNECT_FIELD("user-data", user_data, p_type_user_data, BER_TAG_NONE, BER_OPTIONAL),
    BER_END,
};
BER_STRUCT_TYPE(type_cpa_normal, "normal-mode-parameters", BER_SEQUENCE, BER_T_SEQUENCE,
                struct p_connect_params, cpa_normal_fields);

static const struct ber_field cpa_fields[] = {
    BER_FIELD("mode-selector", struct p_connect_ppdu, mode_selector, &type_mode_selector,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("normal-mode-parameters", struct p_connect_ppdu, normal, &type_cpa_normal,
              BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_cpa, "CPA-PPDU", BER_SET, BER_T_SET, struct p_connect_ppdu, cpa_fields);

static const struct ber_field cpr_fields[] = {
    BER_FIELD("protocol-version", struct p_cpr, version, &type_version, BER_CONTEXT(0), BER_DEFAULT,
              0),
    BER_FIELD("responding-presentation-selector", struct p_cpr, responding_psel,
              &ber_type_octet_string, BER_CONTEXT(3), BER_OPTIONAL, 0),
    BER_FIELD("presentation-context-definition-result-list", struct p_cpr, results, &type_results,
              BER_CONTEXT(5), BER_OPTIONAL, 0),
    BER_FIELD("default-context-result", struct p_cpr, default_context_result, &type_result,
              BER_CONTEXT(7), BER_OPTIONAL, 0),
    BER_FIELD("provider-reason", struct p_cpr, provider_reason, &type_provider_reason,
              BER_CONTEXT(10), BER_OPTIONAL, 0),
    BER_FIELD("user-data", struct p_cpr, user_data, &p_type_user_data, BER_TAG_NONE, BER_OPTIONAL,
              0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_cpr, "CPR-PPDU", BER_SEQUENCE, BER_T_SEQUENCE, struct p_cpr, cpr_fields);

static const struct ber_field aru_fields[] = {
    BER_FIELD("presentation-context-identifier-list", struct p_aru, contexts, &type_context_ids,
              BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_FIELD("user-data", struct p_aru, user_data, &p_type_user_data, BER_TAG_NONE, BER_OPTIONAL,
              0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_aru, "ARU-PPDU", BER_SEQUENCE, BER_CONTEXT(0), struct p_aru, aru_fields);

static const struct ber_field arp_fields[] = {
    BER_FIELD("provider-reason", struct p_arp, provider_reason, &type_abort_reason, BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("event-identifier", struct p_arp, event, &type_event, BER_CONTEXT(1), BER_OPTIONAL,
              0),
    BER_END,
};
BER_STRUCT_TYPE(p_type_arp, "ARP-PPDU", BER_SEQUENCE, BER_T_SEQUENCE, struct p_arp, arp_fields);
