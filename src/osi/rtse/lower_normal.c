/* SPDX-License-Identifier: Apache-2.0 */
/* The lower service in normal mode: RTSE's APDUs travel as user information of ACSE's and, during
 * the association, as presentation data values of the RTSE context. */
#include "osi/rtse/lower_internal.h"

#include "base/error.h"

enum { APDU_MAX = LIMIT_CN_USER_DATA };

/* What an APDU grows in on its way down: first RTSE's own, then ACSE's around it. */
struct stage {
    struct buf rtse;
    struct buf acse;
};

static void stage_init(struct stage *s)
{
    buf_init(&s->rtse, APDU_MAX);
    buf_init(&s->acse, APDU_MAX);
}

static void stage_free(struct stage *s)
{
    buf_free(&s->rtse);
    buf_free(&s->acse);
}

static struct acse_value rtse_value(const struct rt_lower *l, const struct stage *s)
{
    return (struct acse_value){
        .context = presentation_context_id(&l->presentation, RL_RTSE),
        .tlv = s->rtse.len ? buf_view(&s->rtse) : SLICE_NONE,
    };
}

static struct p_value acse_pdv(const struct stage *s)
{
    return (struct p_value){.syntax = RL_ACSE, .tlv = buf_view(&s->acse)};
}

/* ---- down ------------------------------------------------------------------------------------ */

static int put_request(struct rt_lower *l, const struct rtorq *rq, struct stage *s)
{
    struct p_connect_info info = {.calling_psel = l->params.calling_psel,
                                  .called_psel = l->params.called_psel};
    int error = ber_encode(&rtse_type_rtorq, rq, &s->rtse, NULL);
    struct acse_value value;

    lower_make_id(l, BER_T_OCTET_STRING);
    presentation_propose(&l->presentation);
    value = rtse_value(l, s);
    if (!error)
        error = acse_put_aarq(l->params.application_context, &value, &s->acse);
    info.value = acse_pdv(s);
    return error ? error : presentation_put_cp(&l->presentation, &info, &l->out);
}

static struct slice responding_psel(const struct rt_lower *l)
{
    return l->has_called_psel ? slice_make(l->called_psel, l->called_psel_len) : SLICE_NONE;
}

static int put_accept(struct rt_lower *l, const struct rtoac *ac, struct stage *s)
{
    struct p_connect_info info = {.responding_psel = responding_psel(l)};
    int error = ber_encode(&rtse_type_rtoac, ac, &s->rtse, NULL);
    struct acse_value value = rtse_value(l, s);

    if (!error)
        error = acse_put_aare(l->params.application_context, ACSE_ACCEPTED, ACSE_DIAGNOSTIC_NULL,
                              &value, &s->acse);
    info.value = acse_pdv(s);
    return error ? error : presentation_put_cpa(&l->presentation, &info, &l->out);
}

/* AARE in a CPR; rj may be NULL: no RTORJ. */
static int put_reject(struct rt_lower *l, const struct rtorj *rj, enum acse_result result,
                      enum acse_diagnostic diagnostic)
{
    struct p_connect_info info = {.responding_psel = responding_psel(l)};
    struct acse_value value = {.tlv = SLICE_NONE};
    struct stage s;
    int error = X4_OK;

    stage_init(&s);
    if (rj) {
        struct rtorj normal = {.user_data = rj->user_data};

        error = ber_encode(&rtse_type_rtorj, &normal, &s.rtse, NULL);
        value = rtse_value(l, &s);
    }
    if (!error)
        error = acse_put_aare(l->params.application_context, result, diagnostic, &value, &s.acse);
    info.value = acse_pdv(&s);
    if (!error)
        error = presentation_put_cpr(&l->presentation, &info, &l->out);
    stage_free(&s);
    return error;
}

static int put_connect(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    const struct rl_connect *c = &prim->u.connect;
    struct stage s;
    int error;

    stage_init(&s);
    if (prim->op == PRIM_REQUEST)
        error = put_request(l, &c->rq, &s);
    else if (c->accepted)
        error = put_accept(l, &c->ac, &s);
    else
        error = put_reject(l, slice_present(c->rj.user_data) ? &c->rj : NULL,
                           c->transient ? ACSE_REJECTED_TRANSIENT : ACSE_REJECTED_PERMANENT,
                           ACSE_NO_REASON_GIVEN);
    stage_free(&s);
    lower_put_connect(l, prim, out);
    return error;
}

static int put_abort(struct rt_lower *l, const struct rl_prim *prim)
{
    struct rtab rtab = {.reason = prim->u.abort.rtab.reason,
                        .user_data = prim->u.abort.rtab.user_data};
    struct acse_value value;
    struct p_value pdv;
    struct stage s;
    int error;

    stage_init(&s);
    error = ber_encode(&rtse_type_rtab, &rtab, &s.rtse, NULL);
    value = rtse_value(l, &s);
    if (!error)
        error = acse_put_abrt(&value, &s.acse);
    pdv = acse_pdv(&s);
    if (!error)
        error = presentation_put_aru(&l->presentation, &pdv, &l->out);
    stage_free(&s);
    return error;
}

static int put_release(struct rt_lower *l, enum prim_op op)
{
    struct p_value pdv;
    struct stage s;
    int error;

    stage_init(&s);
    error = op == PRIM_REQUEST ? acse_put_rlrq(&s.acse) : acse_put_rlre(&s.acse);
    pdv = acse_pdv(&s);
    if (!error)
        error = presentation_put_data(&l->presentation, &pdv, &l->out);
    stage_free(&s);
    return error;
}

/* RTTR: the segment's octets are not copied, only what stands in front of them; that of a segment
 * in parts is in front of the first. */
static int put_data(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    size_t len = prim->part == PART_FIRST ? (size_t)prim->total : prim->data.len;
    size_t tlv_len = ber_header_size(BER_T_OCTET_STRING, len) + len;
    int error;

    out->data = prim->data;
    if (prim->part == PART_MIDDLE || prim->part == PART_LAST)
        return X4_OK;
    error = presentation_put_data_header(&l->presentation, RL_RTSE, tlv_len, &l->out);
    ber_put_header(&l->out, BER_T_OCTET_STRING, false, len);
    out->data = gather_prepend(buf_view(&l->out), &prim->data);
    return error;
}

/* RTTP */
static int put_please(struct rt_lower *l, int64_t priority)
{
    uint8_t octets[16];
    struct buf integer;
    struct p_value pdv = {.syntax = RL_RTSE};
    int error;

    buf_init(&integer, sizeof(octets));
    ber_put_integer(&integer, BER_T_INTEGER, priority);
    pdv.tlv = buf_view(&integer);
    error = integer.error ? integer.error : presentation_put_data(&l->presentation, &pdv, &l->out);
    buf_free(&integer);
    return error;
}

static int put(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    int error;

    switch (prim->service) {
    case S_CONNECT: error = put_connect(l, prim, out); break;
    case S_DATA: return put_data(l, prim, out);
    case S_TOKEN_PLEASE:
        out->u.tokens = LOWER_DATA_TOKEN;
        error = put_please(l, prim->u.priority);
        break;
    case S_RELEASE: error = put_release(l, prim->op); break;
    case S_U_ABORT: error = put_abort(l, prim); break;
    default: return X4_EINVAL;
    }
    lower_set_data(l, out);
    return error;
}

/* ---- up: establishment ----------------------------------------------------------------------- */

/* Answers a CP with a CPR of the presentation's own. */
static int refuse_cp(struct rt_lower *l, int reason, struct rl_prim *out, struct s_prim *reply)
{
    struct p_connect_info info = {.provider_reason = {.present = true, .value = reason}};
    int error;

    buf_reset(&l->out);
    error = presentation_put_cpr(&l->presentation, &info, &l->out);
    lower_refused(out, RT_LAYER_LOCAL, -1,
                  reason == P_REFUSED_DATA_NOT_READABLE
                      ? "the CP carries no ACSE association request that can be read"
                      : "the CP presentation PDU is not acceptable");
    lower_make_refusal(l, out->u.connect.turn_here, reply);
    return error ? error : X4_EPROTO;
}

/* Answers an AARQ with an AARE of our own. */
static int refuse_aarq(struct rt_lower *l, enum acse_diagnostic diagnostic, const char *text,
                       struct rl_prim *out, struct s_prim *reply)
{
    int error;

    buf_reset(&l->out);
    error = put_reject(l, NULL, ACSE_REJECTED_PERMANENT, diagnostic);
    lower_refused(out, RT_LAYER_LOCAL, -1, text);
    lower_make_refusal(l, out->u.connect.turn_here, reply);
    return error ? error : X4_EPROTO;
}

static void keep_psels(struct rt_lower *l, const struct p_connect_info *info, struct rl_connect *c)
{
    c->calling_psel = info->calling_psel;
    c->called_psel = info->called_psel;
    l->has_called_psel = slice_present(info->called_psel);
    l->called_psel_len = (uint8_t)info->called_psel.len; /* <= LIMIT_PSEL */
    if (l->called_psel_len)
        memcpy(l->called_psel, info->called_psel.p, info->called_psel.len);
}

/* X.226: called-presentation-address-unknown. */
static int refuse_psel(struct rt_lower *l, struct slice called, struct rl_prim *out,
                       struct s_prim *reply)
{
    int error = refuse_cp(l, P_REFUSED_ADDRESS_UNKNOWN, out, reply);

    lower_refused_selector(out, RT_LAYER_PRESENTATION, l->params.called_psel, called);
    return error;
}

static int take_connect_ind(struct rt_lower *l, struct slice data, struct rl_prim *out,
                            struct s_prim *reply)
{
    struct presentation *p = &l->presentation;
    struct p_connect_info info;
    struct acse_associate aarq;
    struct acse_value value;
    int reason;

    if (presentation_take_cp(p, data, l->arena, &info, &reason))
        return refuse_cp(l, reason, out, reply);
    keep_psels(l, &info, &out->u.connect);
    if (!lower_is_called(l->params.called_psel, info.called_psel))
        return refuse_psel(l, info.called_psel, out, reply);
    if (info.value.syntax != RL_ACSE || acse_take_aarq(info.value.tlv, l->arena, &aarq))
        return refuse_cp(l, P_REFUSED_DATA_NOT_READABLE, out, reply);
    if (!slice_eq(aarq.context_name, l->params.application_context))
        return refuse_aarq(l, ACSE_CONTEXT_NAME_NOT_SUPPORTED,
                           "the application context proposed is not mts-transfer", out, reply);
    if (!presentation_context_id(p, RL_RTSE) || !presentation_context_id(p, RL_USER))
        return refuse_aarq(l, ACSE_NO_REASON_GIVEN,
                           "a presentation context of mts-transfer is missing", out, reply);
    if (acse_user_information(&aarq.user_information, &value) ||
        rtse_take(&rtse_type_rtorq, rtse_type_rtorq.tag, value.tlv, l->arena, &out->u.connect.rq))
        return refuse_aarq(l, ACSE_NO_REASON_GIVEN, "the RTORQ is missing or cannot be decoded",
                           out, reply);
    return X4_OK;
}

/* The AARE's RTOAC; NULL or what is wrong. */
static const char *take_aare(struct rt_lower *l, const struct p_value *pdv, struct rl_connect *c)
{
    struct acse_associate aare;
    struct acse_value value;

    if (!slice_present(pdv->tlv) || pdv->syntax != RL_ACSE ||
        acse_take_aare(pdv->tlv, l->arena, &aare))
        return "the peer's association response cannot be decoded";
    if (aare.result != ACSE_ACCEPTED)
        return "the peer accepted the session but rejected the association";
    if (acse_user_information(&aare.user_information, &value) ||
        rtse_take(&rtse_type_rtoac, rtse_type_rtoac.tag, value.tlv, l->arena, &c->ac))
        return "the peer's RTOAC is missing or cannot be decoded";
    if (!presentation_context_id(&l->presentation, RL_RTSE) ||
        !presentation_context_id(&l->presentation, RL_USER))
        return "the peer accepted the association but not all presentation contexts";
    return NULL;
}

static int take_connect_cnf(struct rt_lower *l, struct slice data, struct rl_prim *out,
                            struct s_prim *reply)
{
    struct p_connect_info info;
    const char *text;

    if (presentation_take_cpa(&l->presentation, data, l->arena, &info)) {
        lower_refused(out, RT_LAYER_LOCAL, -1, "the peer's CPA presentation PDU cannot be decoded");
        return lower_reply_p_abort(l, P_ABORT_INVALID_PARAMETER, reply);
    }
    text = take_aare(l, &info.value, &out->u.connect);
    if (!text)
        return X4_OK;
    lower_refused(out, RT_LAYER_LOCAL, -1, text);
    return lower_reply_abort(l, reply);
}

/* ---- up: association ------------------------------------------------------------------------- */

/* A value of the RTSE context. */
static int take_rtse(struct rt_lower *l, struct slice data, struct ber_tlv *tlv)
{
    struct p_value value;
    int error = presentation_take_data(&l->presentation, data, l->arena, &value);

    if (!error && value.syntax != RL_RTSE)
        error = X4_EPROTO;
    return error ? error : ber_single(value.tlv, tlv);
}

/* RTTR: an OCTET STRING, perhaps in segments; several are as good as one. */
static int take_rttr(struct rt_lower *l, struct slice data, struct slice *octets)
{
    struct arena_run run = {.max = data.len};
    struct ber_token t;
    int error;

    while ((error = pdv_stream_next(&l->segment, &data, &t)) == X4_OK) {
        if (t.kind == BER_TOKEN_BEGIN && t.tag != BER_T_OCTET_STRING)
            return X4_EPROTO;
        if (t.kind == BER_TOKEN_CONTENTS)
            error = arena_run_add(l->arena, &run, t.octets);
        if (error)
            return error;
    }
    *octets = run.octets;
    return error == X4_EAGAIN ? X4_OK : error;
}

static int take_data(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out)
{
    int64_t context = presentation_context_id(&l->presentation, RL_RTSE);
    bool is_first = prim->part == PART_WHOLE || prim->part == PART_FIRST;
    bool is_last = prim->part == PART_WHOLE || prim->part == PART_LAST;
    struct slice octets;
    int error;

    if (context == 0)
        return X4_EPROTO;
    if (is_first)
        pdv_stream_init(&l->segment, context);
    error = take_rttr(l, lower_data(prim), &octets);
    if (!error && is_last && !pdv_stream_is_whole(&l->segment))
        error = X4_ETRUNC;
    if (!error)
        out->data = gather_one(octets);
    return error;
}

static int take_please(struct rt_lower *l, struct slice data, struct rl_prim *out)
{
    struct ber_tlv tlv;
    int error;

    if (data.len == 0)
        return lower_take_priority(data, out);
    error = take_rtse(l, data, &tlv);
    return error ? error : lower_take_priority(tlv.raw, out);
}

static int take(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                struct s_prim *reply)
{
    struct slice data = lower_data(prim);
    int error;

    switch (prim->service) {
    case S_CONNECT:
        if (!lower_take_connect(l, prim, out))
            return X4_OK;
        return prim->op == PRIM_INDICATION ? take_connect_ind(l, data, out, reply)
                                           : take_connect_cnf(l, data, out, reply);
    case S_DATA:
        error = take_data(l, prim, out);
        if (error == X4_OK || error == X4_ENOMEM)
            return error;
        break;
    case S_TOKEN_PLEASE:
        if (take_please(l, data, out) == X4_OK)
            return X4_OK;
        break;
    case S_RELEASE: return X4_OK; /* RLRQ and RLRE say nothing that FN and DN do not */
    case S_U_ABORT: lower_take_abort(l, data, out); return X4_OK;
    default: break;
    }
    lower_aborted(out, RT_LAYER_PRESENTATION, "the peer's presentation data cannot be decoded");
    return lower_reply_p_abort(l, P_ABORT_INVALID_PARAMETER, reply);
}

const struct rt_provider rt_provider_normal = {.name = "normal", .put = put, .take = take};
