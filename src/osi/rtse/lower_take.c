/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what both modes have in common. A refusal or an abort is read in whichever mode the peer
 * wrote it: a system that knows only X.410 mode answers a normal-mode CP in its own way. */
#include "osi/rtse/lower_internal.h"

#include "base/error.h"

#define TAG_RTAB_ISODE BER_UNIVERSAL(22) /* ISODE's RTSE aborts with 36 in place of b6 */

struct slice lower_data(const struct s_prim *prim)
{
    return prim->data.count ? prim->data.part[0] : SLICE_NONE;
}

/* ---- connect --------------------------------------------------------------------------------- */

static void keep_reference(struct rl_reference *r, struct slice s)
{
    r->present = slice_present(s) && s.len <= sizeof(r->octets);
    r->len = r->present ? (uint8_t)s.len : 0;
    if (r->len)
        memcpy(r->octets, s.p, r->len);
}

/* Responder: notes what a CN says that the answer repeats. */
static void keep_connect(struct rt_lower *l, const struct s_connect *connect)
{
    struct slice ssel = connect->called_ssel;

    keep_reference(&l->calling_ref, connect->id.user_ref);
    keep_reference(&l->common_ref, connect->id.common_ref);
    keep_reference(&l->additional_ref, connect->id.additional_ref);
    l->has_called_ssel = slice_present(ssel) && ssel.len <= sizeof(l->called_ssel);
    l->called_ssel_len = l->has_called_ssel ? (uint8_t)ssel.len : 0;
    if (l->called_ssel_len)
        memcpy(l->called_ssel, ssel.p, ssel.len);
}

bool lower_is_called(struct slice own, struct slice called)
{
    return !slice_present(own) || called.len == 0 || slice_eq(own, called);
}

bool lower_take_ssel(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                     struct s_prim *reply)
{
    const struct s_connect *from = &prim->u.connect;
    const struct rl_prim refuse = {.service = S_CONNECT, .op = PRIM_RESPONSE};

    if (lower_is_called(l->params.called_ssel, from->called_ssel))
        return true;
    keep_connect(l, from);
    lower_refused_selector(out, RT_LAYER_SESSION, l->params.called_ssel, from->called_ssel);
    *reply = (struct s_prim){.service = S_CONNECT, .op = PRIM_RESPONSE};
    lower_put_connect(l, &refuse, reply);
    reply->u.connect.turn_here = from->turn_here;
    reply->u.connect.result = S_REFUSED_SSEL_UNKNOWN;
    return false;
}

static void refused_by_session(const struct s_prim *prim, struct rl_prim *out)
{
    enum s_refusal result = prim->u.connect.result;

    lower_refused(out, RT_LAYER_SESSION, result == S_REFUSED_UNSPECIFIED ? 0 : (int)result, NULL);
    out->u.connect.refusal.transient =
        result == S_REFUSED_CONGESTION || result == S_REFUSED_SPM_CONGESTION;
}

/* CPR of X.410 mode: the members of RTORJ. */
static int take_cpr_x410(struct rt_lower *l, struct slice data, struct rl_prim *out)
{
    struct rtorj rj;
    int error = rtse_take(&rtse_type_rtorj, BER_T_SET, data, l->arena, &rj);

    if (error)
        return error;
    lower_refused(out, RT_LAYER_RTSE, rj.refuse_reason.present ? (int)rj.refuse_reason.value : -1,
                  NULL);
    out->u.connect.refusal.transient = out->u.connect.refusal.code == RT_REFUSE_BUSY;
    return X4_OK;
}

/* CPR of normal mode: the presentation's own refusal, or an AARE with or without RTORJ. */
static int take_cpr_normal(struct rt_lower *l, struct slice data, struct rl_prim *out)
{
    struct rt_refusal *refusal = &out->u.connect.refusal;
    struct p_connect_info info;
    struct acse_associate aare;
    struct acse_value value;
    struct rtorj rj;
    int error = presentation_take_cpr(&l->presentation, data, l->arena, &info);

    if (error)
        return error;
    if (!slice_present(info.value.tlv)) {
        lower_refused(out, RT_LAYER_PRESENTATION,
                      info.provider_reason.present ? (int)info.provider_reason.value : -1, NULL);
        refusal->transient = refusal->code == P_REFUSED_CONGESTION;
        return X4_OK;
    }
    error = acse_take_aare(info.value.tlv, l->arena, &aare);
    if (error)
        return error;
    lower_refused(out, RT_LAYER_ACSE,
                  aare.diagnostic.which == ACSE_SERVICE_USER ? (int)aare.diagnostic.user : -1,
                  NULL);
    refusal->transient = aare.result == ACSE_REJECTED_TRANSIENT;
    if (acse_user_information(&aare.user_information, &value) == X4_OK &&
        rtse_take(&rtse_type_rtorj, rtse_type_rtorj.tag, value.tlv, l->arena, &rj) == X4_OK)
        refusal->user_data = rj.user_data;
    return X4_OK;
}

static void take_refusal(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out)
{
    struct slice data = lower_data(prim);
    struct ber_tlv tlv;
    int error;

    refused_by_session(prim, out);
    if (prim->u.connect.result != S_REFUSED_BY_USER || ber_single(data, &tlv) != X4_OK)
        return;
    error = tlv.tag == BER_T_SET ? take_cpr_x410(l, data, out) : take_cpr_normal(l, data, out);
    if (error)
        lower_refused(out, RT_LAYER_SESSION, S_REFUSED_BY_USER,
                      "refused with a CPR presentation PDU that cannot be decoded");
}

bool lower_take_connect(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out)
{
    const struct s_connect *from = &prim->u.connect;
    struct rl_connect *to = &out->u.connect;

    to->turn_here = from->turn_here;
    if (prim->op == PRIM_INDICATION) {
        to->calling_ssel = from->calling_ssel;
        to->called_ssel = from->called_ssel;
        keep_connect(l, from);
        return true;
    }
    to->accepted = from->result == S_ACCEPTED;
    if (!to->accepted)
        take_refusal(l, prim, out);
    return to->accepted;
}

/* ---- abort, please --------------------------------------------------------------------------- */

static bool take_rtab(struct rt_lower *l, struct slice in, struct rtab *rtab)
{
    struct ber_tlv tlv;

    if (ber_single(in, &tlv) != X4_OK)
        return false;
    if (tlv.tag != rtse_type_rtab.tag && tlv.tag != TAG_RTAB_ISODE && tlv.tag != BER_T_SET)
        return false;
    return rtse_take(&rtse_type_rtab, tlv.tag, in, l->arena, rtab) == X4_OK;
}

static void take_aru(struct rt_lower *l, const struct p_abort *ppdu, struct rl_abort *out)
{
    struct acse_abort abrt;
    struct acse_value value;

    out->layer = RT_LAYER_ACSE;
    if (!slice_present(ppdu->value.tlv) ||
        acse_take_abrt(ppdu->value.tlv, l->arena, &abrt) != X4_OK ||
        acse_user_information(&abrt.user_information, &value) != X4_OK)
        return;
    out->has_rtab = take_rtab(l, value.tlv, &out->rtab);
    if (out->has_rtab)
        out->layer = RT_LAYER_RTSE;
}

/* Nothing in an abort can be refused: what cannot be read is an abort without a reason. */
void lower_take_abort(struct rt_lower *l, struct slice data, struct rl_prim *out)
{
    struct rl_abort *to = &out->u.abort;
    struct p_abort ppdu;

    *to = (struct rl_abort){.layer = RT_LAYER_SESSION, .by_peer = true, .code = -1};
    if (data.len == 0 || presentation_take_abort(&l->presentation, data, l->arena, &ppdu) != X4_OK)
        return;
    switch (ppdu.kind) {
    case P_ABORT_USER: take_aru(l, &ppdu, to); break;
    case P_ABORT_PROVIDER:
        to->layer = RT_LAYER_PRESENTATION;
        to->code = ppdu.reason.present ? (int)ppdu.reason.value : -1;
        break;
    case P_ABORT_X410:
        to->layer = RT_LAYER_RTSE;
        to->has_rtab = take_rtab(l, data, &to->rtab);
        break;
    }
}

int lower_take_priority(struct slice integer, struct rl_prim *out)
{
    struct ber_tlv tlv;
    int error;

    out->u.priority = 0;
    if (integer.len == 0)
        return X4_OK;
    error = ber_single(integer, &tlv);
    if (!error && tlv.tag != BER_T_INTEGER)
        error = X4_ESYNTAX;
    return error ? error : ber_integer_value(tlv.value, &out->u.priority);
}

/* ---- failures -------------------------------------------------------------------------------- */

void lower_refused(struct rl_prim *out, enum rt_layer layer, int code, const char *text)
{
    out->u.connect.accepted = false;
    out->u.connect.refused_below = true;
    out->u.connect.refusal = (struct rt_refusal){.layer = layer, .code = code, .text = text};
}

void lower_refused_selector(struct rl_prim *out, enum rt_layer layer, struct slice own,
                            struct slice called)
{
    lower_refused(out, layer, -1, "the caller names a selector that is not ours");
    out->u.connect.refusal.called = called;
    out->u.connect.refusal.expected = own;
}

void lower_aborted(struct rl_prim *out, enum rt_layer layer, const char *text)
{
    *out = (struct rl_prim){.service = S_P_ABORT, .op = PRIM_INDICATION};
    out->u.abort = (struct rl_abort){.layer = layer, .code = -1, .text = text};
}

void lower_make_refusal(struct rt_lower *l, bool turn_here, struct s_prim *reply)
{
    struct rl_prim refuse = {.service = S_CONNECT, .op = PRIM_RESPONSE};

    refuse.u.connect.turn_here = turn_here;
    *reply = (struct s_prim){.service = S_CONNECT, .op = PRIM_RESPONSE};
    lower_put_connect(l, &refuse, reply);
    lower_set_data(l, reply);
}

int lower_reply_refuse(struct rt_lower *l, bool turn_here, struct s_prim *reply)
{
    struct rtorj rj = {.raw = SLICE_NONE};
    int error;

    buf_reset(&l->out);
    error = ber_encode_tagged(&rtse_type_rtorj, BER_T_SET, &rj, &l->out, NULL);
    lower_make_refusal(l, turn_here, reply);
    return error ? error : X4_EPROTO;
}

int lower_reply_abort(struct rt_lower *l, struct s_prim *reply)
{
    struct rl_prim abort = {.service = S_U_ABORT, .op = PRIM_REQUEST};
    int error;

    abort.u.abort.rtab.reason =
        (struct ber_optint){.present = true, .value = RT_ABORT_PROTOCOL_ERROR};
    error = rt_lower_put(l, &abort, reply);
    return error ? error : X4_EPROTO;
}

int lower_reply_p_abort(struct rt_lower *l, enum p_abort_reason reason, struct s_prim *reply)
{
    int error;

    *reply = (struct s_prim){.service = S_U_ABORT, .op = PRIM_REQUEST};
    buf_reset(&l->out);
    error = presentation_put_arp(reason, &l->out);
    lower_set_data(l, reply);
    return error ? error : X4_EPROTO;
}
