/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/acse/acse.h"

#include "base/error.h"
#include "ber/define.h"

static const uint8_t oid_ber[] = {0x51, 0x01};

static const struct ber_name result_names[] = {
    {ACSE_ACCEPTED, "accepted"},
    {ACSE_REJECTED_PERMANENT, "rejected-permanent"},
    {ACSE_REJECTED_TRANSIENT, "rejected-transient"},
    {0, NULL},
};

static const struct ber_name user_diagnostic_names[] = {
    {ACSE_DIAGNOSTIC_NULL, "null"},
    {ACSE_NO_REASON_GIVEN, "no-reason-given"},
    {ACSE_CONTEXT_NAME_NOT_SUPPORTED, "application-context-name-not-supported"},
    {3, "calling-AP-title-not-recognized"},
    {4, "calling-AP-invocation-identifier-not-recognized"},
    {5, "calling-AE-qualifier-not-recognized"},
    {6, "calling-AE-invocation-identifier-not-recognized"},
    {7, "called-AP-title-not-recognized"},
    {8, "called-AP-invocation-identifier-not-recognized"},
    {9, "called-AE-qualifier-not-recognized"},
    {10, "called-AE-invocation-identifier-not-recognized"},
    {11, "authentication-mechanism-name-not-recognized"},
    {12, "authentication-mechanism-name-required"},
    {13, "authentication-failure"},
    {14, "authentication-required"},
    {0, NULL},
};

static const struct ber_name provider_diagnostic_names[] = {
    {0, "null"},
    {1, "no-reason-given"},
    {2, "no-common-acse-version"},
    {0, NULL},
};

static const struct ber_name request_reason_names[] = {
    {0, "normal"},
    {1, "urgent"},
    {30, "user-defined"},
    {0, NULL},
};

static const struct ber_name response_reason_names[] = {
    {0, "normal"},
    {1, "not-finished"},
    {30, "user-defined"},
    {0, NULL},
};

static const struct ber_name abort_source_names[] = {
    {0, "acse-service-user"},
    {1, "acse-service-provider"},
    {0, NULL},
};

static const struct ber_name abort_diagnostic_names[] = {
    {1, "no-reason-given"},
    {2, "protocol-error"},
    {3, "authentication-mechanism-name-not-recognized"},
    {4, "authentication-mechanism-name-required"},
    {5, "authentication-failure"},
    {6, "authentication-required"},
    {0, NULL},
};

static const struct ber_name version_bits[] = {{0, "version1"}, {0, NULL}};

static BER_NUMBER_TYPE(type_result, "Associate-result", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       result_names);
static BER_NUMBER_TYPE(type_user_diagnostic, "acse-service-user", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       user_diagnostic_names);
static BER_NUMBER_TYPE(type_provider_diagnostic, "acse-service-provider", BER_INTEGER,
                       BER_T_INTEGER, 0, 0, provider_diagnostic_names);
static BER_NUMBER_TYPE(type_request_reason, "Release-request-reason", BER_INTEGER, BER_T_INTEGER, 0,
                       0, request_reason_names);
static BER_NUMBER_TYPE(type_response_reason, "Release-response-reason", BER_INTEGER, BER_T_INTEGER,
                       0, 0, response_reason_names);
static BER_NUMBER_TYPE(type_abort_source, "ABRT-source", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       abort_source_names);
static BER_NUMBER_TYPE(type_abort_diagnostic, "ABRT-diagnostic", BER_ENUMERATED, BER_T_ENUMERATED,
                       0, 0, abort_diagnostic_names);
static BER_BITS_TYPE(type_version, "protocol-version", BER_T_BIT_STRING, 0, 0, version_bits);

static BER_LIST_TYPE(type_user_information, "Association-information", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &ber_type_external, 0, 0);

static const struct ber_field diagnostic_fields[] = {
    BER_FIELD("acse-service-user", struct acse_source_diagnostic, user, &type_user_diagnostic,
              BER_CONTEXT(1), BER_EXPLICIT, 0),
    BER_FIELD("acse-service-provider", struct acse_source_diagnostic, provider,
              &type_provider_diagnostic, BER_CONTEXT(2), BER_EXPLICIT, 0),
    BER_END,
};

static BER_STRUCT_TYPE(type_diagnostic, "Associate-source-diagnostic", BER_CHOICE, BER_TAG_NONE,
                       struct acse_source_diagnostic, diagnostic_fields);

#define ASSOCIATE_FIELD(nm, member, typ, tg, flg)                                                  \
    BER_FIELD(nm, struct acse_associate, member, &(typ), tg, flg, 0)

static const struct ber_field aarq_fields[] = {
    ASSOCIATE_FIELD("protocol-version", version, type_version, BER_CONTEXT(0), BER_DEFAULT),
    ASSOCIATE_FIELD("application-context-name", context_name, ber_type_oid, BER_CONTEXT(1),
                    BER_EXPLICIT),
    ASSOCIATE_FIELD("called-AP-title", called_ap_title, ber_type_any, BER_CONTEXT(2), BER_OPTIONAL),
    ASSOCIATE_FIELD("called-AE-qualifier", called_ae_qualifier, ber_type_any, BER_CONTEXT(3),
                    BER_OPTIONAL),
    ASSOCIATE_FIELD("calling-AP-title", calling_ap_title, ber_type_any, BER_CONTEXT(6),
                    BER_OPTIONAL),
    ASSOCIATE_FIELD("calling-AE-qualifier", calling_ae_qualifier, ber_type_any, BER_CONTEXT(7),
                    BER_OPTIONAL),
    ASSOCIATE_FIELD("user-information", user_information, type_user_information, BER_CONTEXT(30),
                    BER_OPTIONAL),
    BER_END,
};

static const struct ber_field aare_fields[] = {
    ASSOCIATE_FIELD("protocol-version", version, type_version, BER_CONTEXT(0), BER_DEFAULT),
    ASSOCIATE_FIELD("application-context-name", context_name, ber_type_oid, BER_CONTEXT(1),
                    BER_EXPLICIT),
    ASSOCIATE_FIELD("result", result, type_result, BER_CONTEXT(2), BER_EXPLICIT),
    ASSOCIATE_FIELD("result-source-diagnostic", diagnostic, type_diagnostic, BER_CONTEXT(3),
                    BER_MANDATORY),
    ASSOCIATE_FIELD("responding-AP-title", called_ap_title, ber_type_any, BER_CONTEXT(4),
                    BER_OPTIONAL),
    ASSOCIATE_FIELD("responding-AE-qualifier", called_ae_qualifier, ber_type_any, BER_CONTEXT(5),
                    BER_OPTIONAL),
    ASSOCIATE_FIELD("user-information", user_information, type_user_information, BER_CONTEXT(30),
                    BER_OPTIONAL),
    BER_END,
};

#define RELEASE_FIELD(nm, member, typ, n)                                                          \
    BER_FIELD(nm, struct acse_release, member, &(typ), BER_CONTEXT(n), BER_OPTIONAL, 0)

static const struct ber_field rlrq_fields[] = {
    RELEASE_FIELD("reason", reason, type_request_reason, 0),
    RELEASE_FIELD("user-information", user_information, type_user_information, 30),
    BER_END,
};

static const struct ber_field rlre_fields[] = {
    RELEASE_FIELD("reason", reason, type_response_reason, 0),
    RELEASE_FIELD("user-information", user_information, type_user_information, 30),
    BER_END,
};

static const struct ber_field abort_fields[] = {
    BER_FIELD("abort-source", struct acse_abort, source, &type_abort_source, BER_CONTEXT(0),
              BER_MANDATORY, 0),
    BER_FIELD("abort-diagnostic", struct acse_abort, diagnostic, &type_abort_diagnostic,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("user-information", struct acse_abort, user_information, &type_user_information,
              BER_CONTEXT(30), BER_OPTIONAL, 0),
    BER_END,
};

BER_STRUCT_TYPE(acse_type_aarq, "AARQ-apdu", BER_SEQUENCE, BER_APPLICATION(0),
                struct acse_associate, aarq_fields);
BER_STRUCT_TYPE(acse_type_aare, "AARE-apdu", BER_SEQUENCE, BER_APPLICATION(1),
                struct acse_associate, aare_fields);
BER_STRUCT_TYPE(acse_type_rlrq, "RLRQ-apdu", BER_SEQUENCE, BER_APPLICATION(2), struct acse_release,
                rlrq_fields);
BER_STRUCT_TYPE(acse_type_rlre, "RLRE-apdu", BER_SEQUENCE, BER_APPLICATION(3), struct acse_release,
                rlre_fields);
BER_STRUCT_TYPE(acse_type_abrt, "ABRT-apdu", BER_SEQUENCE, BER_APPLICATION(4), struct acse_abort,
                abort_fields);

/* A list of one EXTERNAL around value, kept in *external; empty without a value. */
static struct ber_list user_information(const struct acse_value *value,
                                        struct ber_external *external)
{
    if (!slice_present(value->tlv))
        return (struct ber_list){.items = NULL};
    *external = (struct ber_external){
        .direct_reference = slice_make(oid_ber, sizeof(oid_ber)),
        .indirect_reference = {.present = value->context != 0, .value = value->context},
        .encoding = {.which = 1, .single = value->tlv},
    };
    return (struct ber_list){.items = external, .count = 1};
}

int acse_put_aarq(struct slice context_name, const struct acse_value *value, struct buf *out)
{
    struct ber_external external;
    struct acse_associate aarq = {.context_name = context_name,
                                  .user_information = user_information(value, &external)};

    return ber_encode(&acse_type_aarq, &aarq, out, NULL);
}

int acse_put_aare(struct slice context_name, enum acse_result result,
                  enum acse_diagnostic diagnostic, const struct acse_value *value, struct buf *out)
{
    struct ber_external external;
    struct acse_associate aare = {.context_name = context_name,
                                  .result = result,
                                  .diagnostic = {.which = ACSE_SERVICE_USER, .user = diagnostic},
                                  .user_information = user_information(value, &external)};

    return ber_encode(&acse_type_aare, &aare, out, NULL);
}

int acse_put_rlrq(struct buf *out)
{
    struct acse_release rlrq = {.reason = {.present = true, .value = 0}};

    return ber_encode(&acse_type_rlrq, &rlrq, out, NULL);
}

int acse_put_rlre(struct buf *out)
{
    struct acse_release rlre = {.reason = {.present = true, .value = 0}};

    return ber_encode(&acse_type_rlre, &rlre, out, NULL);
}

int acse_put_abrt(const struct acse_value *value, struct buf *out)
{
    struct ber_external external;
    struct acse_abort abrt = {.source = 0, .user_information = user_information(value, &external)};

    return ber_encode(&acse_type_abrt, &abrt, out, NULL);
}

int acse_take_aarq(struct slice apdu, struct arena *arena, struct acse_associate *out)
{
    return ber_decode(&acse_type_aarq, apdu, arena, out, NULL, NULL);
}

int acse_take_aare(struct slice apdu, struct arena *arena, struct acse_associate *out)
{
    return ber_decode(&acse_type_aare, apdu, arena, out, NULL, NULL);
}

int acse_take_abrt(struct slice apdu, struct arena *arena, struct acse_abort *out)
{
    return ber_decode(&acse_type_abrt, apdu, arena, out, NULL, NULL);
}

int acse_user_information(const struct ber_list *list, struct acse_value *value)
{
    const struct ber_external *external;
    struct ber_tlv one;

    *value = (struct acse_value){.tlv = SLICE_NONE};
    if (list->count == 0)
        return X4_OK;
    external = BER_ITEM(*list, struct ber_external, 0);
    if (external->indirect_reference.present)
        value->context = external->indirect_reference.value;
    switch (external->encoding.which) {
    case 1: value->tlv = external->encoding.single; break;
    case 2: value->tlv = external->encoding.octets; break;
    default: return X4_EUNSUPP;
    }
    return ber_single(value->tlv, &one);
}
