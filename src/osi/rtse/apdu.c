/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/rtse/apdu.h"

#include "base/error.h"
#include "ber/define.h"

static const struct ber_name dialogue_mode_names[] = {
    {RT_MONOLOGUE, "monologue"},
    {RT_TWA, "twa"},
    {0, NULL},
};

static const struct ber_name application_protocol_names[] = {
    {1, "mts-transfer-protocol-1984"},
    {3, "mts-access-protocol-1984"},
    {12, "mts-transfer-protocol"},
    {0, NULL},
};

static const struct ber_name refuse_reason_names[] = {
    {RT_REFUSE_BUSY, "rtsBusy"},
    {RT_REFUSE_CANNOT_RECOVER, "cannotRecover"},
    {RT_REFUSE_VALIDATION_FAILURE, "validationFailure"},
    {RT_REFUSE_DIALOGUE_MODE, "unacceptableDialogueMode"},
    {0, NULL},
};

static const struct ber_name abort_reason_names[] = {
    {RT_ABORT_LOCAL_SYSTEM_PROBLEM, "localSystemProblem"},
    {RT_ABORT_INVALID_PARAMETER, "invalidParameter"},
    {RT_ABORT_UNRECOGNIZED_ACTIVITY, "unrecognizedActivity"},
    {RT_ABORT_TEMPORARY_PROBLEM, "temporaryProblem"},
    {RT_ABORT_PROTOCOL_ERROR, "protocolError"},
    {RT_ABORT_PERMANENT_PROBLEM, "permanentProblem"},
    {RT_ABORT_USER_ERROR, "userError"},
    {RT_ABORT_TRANSFER_COMPLETED, "transferCompleted"},
    {0, NULL},
};

static BER_NUMBER_TYPE(type_dialogue_mode, "dialogueMode", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       dialogue_mode_names);
static BER_NUMBER_TYPE(type_application_protocol, "applicationProtocol", BER_INTEGER, BER_T_INTEGER,
                       0, 0, application_protocol_names);
static BER_NUMBER_TYPE(type_refuse_reason, "RefuseReason", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       refuse_reason_names);
static BER_NUMBER_TYPE(type_abort_reason, "AbortReason", BER_INTEGER, BER_T_INTEGER, 0, 0,
                       abort_reason_names);

/* ConnectionData stays a TLV here, because "open [0]" without user data is encoded as [0] IMPLICIT
 * NULL: see rtse_take_connection_data(). */
static const struct ber_field rtorq_fields[] = {
    BER_FIELD("checkpointSize", struct rtorq, checkpoint_size, &ber_type_integer, BER_CONTEXT(0),
              BER_DEFAULT, 0),
    BER_FIELD("windowSize", struct rtorq, window_size, &ber_type_integer, BER_CONTEXT(1),
              BER_DEFAULT, 3),
    BER_FIELD("dialogueMode", struct rtorq, dialogue_mode, &type_dialogue_mode, BER_CONTEXT(2),
              BER_DEFAULT, RT_MONOLOGUE),
    BER_FIELD("connectionDataRQ", struct rtorq, connection_data, &ber_type_any, BER_CONTEXT(3),
              BER_MANDATORY, 0),
    BER_FIELD("applicationProtocol", struct rtorq, application_protocol, &type_application_protocol,
              BER_CONTEXT(4), BER_OPTIONAL, 0),
    BER_END,
};

static const struct ber_field rtoac_fields[] = {
    BER_FIELD("checkpointSize", struct rtoac, checkpoint_size, &ber_type_integer, BER_CONTEXT(0),
              BER_DEFAULT, 0),
    BER_FIELD("windowSize", struct rtoac, window_size, &ber_type_integer, BER_CONTEXT(1),
              BER_DEFAULT, 3),
    BER_FIELD("connectionDataAC", struct rtoac, connection_data, &ber_type_any, BER_CONTEXT(2),
              BER_MANDATORY, 0),
    BER_END,
};

static const struct ber_field rtorj_fields[] = {
    BER_FIELD("refuseReason", struct rtorj, refuse_reason, &type_refuse_reason, BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("userDataRJ", struct rtorj, user_data, &ber_type_any, BER_CONTEXT(1), BER_OPTIONAL,
              0),
    BER_END,
};

static const struct ber_field rtab_fields[] = {
    BER_FIELD("abortReason", struct rtab, reason, &type_abort_reason, BER_CONTEXT(0), BER_OPTIONAL,
              0),
    BER_FIELD("reflectedParameter", struct rtab, reflected, &ber_type_bit_string, BER_CONTEXT(1),
              BER_OPTIONAL, 0),
    BER_FIELD("userdataAB", struct rtab, user_data, &ber_type_any, BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_END,
};

BER_STRUCT_TYPE(rtse_type_rtorq, "RTORQapdu", BER_SET, BER_CONTEXT(16), struct rtorq, rtorq_fields);
BER_STRUCT_TYPE(rtse_type_rtoac, "RTOACapdu", BER_SET, BER_CONTEXT(17), struct rtoac, rtoac_fields);
BER_STRUCT_TYPE(rtse_type_rtorj, "RTORJapdu", BER_SET, BER_CONTEXT(18), struct rtorj, rtorj_fields);
BER_STRUCT_TYPE(rtse_type_rtab, "RTABapdu", BER_SET, BER_CONTEXT(22), struct rtab, rtab_fields);

static const struct ber_field session_id_fields[] = {
    BER_FIELD("commonReference", struct rt_session_id, common, &ber_type_utctime, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("additionalReferenceInformation", struct rt_session_id, additional,
              &ber_type_teletex_string, BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_END,
};

static BER_STRUCT_TYPE(type_session_id, "SessionConnectionIdentifier", BER_SEQUENCE, BER_CONTEXT(1),
                       struct rt_session_id, session_id_fields);

int rtse_take(const struct ber_type *type, uint32_t tag, struct slice in, struct arena *arena,
              void *value)
{
    struct ber_type retagged = *type;

    retagged.tag = tag;
    return ber_decode(&retagged, in, arena, value, NULL, NULL);
}

int rtse_put_open(struct slice user_data, struct buf *out)
{
    ber_put_tlv(out, BER_CONTEXT(0), slice_present(user_data),
                slice_present(user_data) ? user_data : SLICE_LIT(""));
    return out->error;
}

/* callingSSuserReference is a CHOICE of T61String and OCTET STRING; its string is what counts. */
static int take_session_id(const struct ber_tlv *tlv, struct arena *arena,
                           struct rt_session_id *out)
{
    struct slice in = tlv->value;
    struct ber_tlv calling;
    int error = ber_decode(&type_session_id, tlv->raw, arena, out, NULL, NULL);

    if (!error)
        error = ber_next(&in, &calling);
    if (error)
        return error;
    if (calling.tag != BER_T_TELETEX && calling.tag != BER_T_OCTET_STRING)
        return X4_ESYNTAX;
    return ber_string_value(&calling, arena, &out->calling);
}

int rtse_take_connection_data(struct slice in, struct arena *arena, struct rt_connection_data *out)
{
    struct ber_tlv tlv;
    struct ber_tlv inner;
    int error = ber_single(in, &tlv);

    *out = (struct rt_connection_data){.recover = false};
    if (error)
        return error;
    if (tlv.tag == BER_CONTEXT(1) && tlv.constructed) {
        out->recover = true;
        return take_session_id(&tlv, arena, &out->old_id);
    }
    if (tlv.tag != BER_CONTEXT(0))
        return X4_ESYNTAX;
    if (tlv.value.len == 0)
        return X4_OK;
    error = tlv.constructed ? ber_single(tlv.value, &inner) : X4_ESYNTAX;
    /* ISODE sends "no user data" as [0] EXPLICIT around [0] IMPLICIT NULL. */
    if (!error && !(inner.tag == BER_CONTEXT(0) && inner.value.len == 0))
        out->user_data = tlv.value;
    return error;
}
