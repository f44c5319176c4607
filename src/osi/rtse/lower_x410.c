/* SPDX-License-Identifier: Apache-2.0 */
/* The lower service in X.410-1984 mode: RTSE's members stand directly in the presentation PDUs of
 * connecting, refusing and aborting, and its other data is bare SS-user data (X.228 annex B). */
#include "osi/rtse/lower_internal.h"

#include "base/error.h"

#define TAG_PARAMS BER_CONTEXT(1) /* x410-mode-parameters of CP and CPA */

enum { PARAMS_MAX = LIMIT_CN_USER_DATA };

/* CP or CPA around the members of an APDU. */
static int put_connect_ppdu(struct rt_lower *l, const struct ber_type *type, const void *apdu)
{
    struct buf params;
    int error;

    buf_init(&params, PARAMS_MAX);
    error = ber_encode_tagged(type, TAG_PARAMS, apdu, &params, NULL);
    if (!error)
        error = presentation_put_x410(buf_view(&params), &l->out);
    buf_free(&params);
    return error;
}

static int put_connect(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    const struct rl_connect *c = &prim->u.connect;
    int error;

    if (prim->op == PRIM_REQUEST) {
        lower_make_id(l, BER_T_TELETEX);
        error = put_connect_ppdu(l, &rtse_type_rtorq, &c->rq);
    } else if (c->accepted) {
        error = put_connect_ppdu(l, &rtse_type_rtoac, &c->ac);
    } else {
        struct rtorj rj = {.refuse_reason = c->rj.refuse_reason};

        error = ber_encode_tagged(&rtse_type_rtorj, BER_T_SET, &rj, &l->out, NULL);
    }
    lower_put_connect(l, prim, out);
    return error;
}

/* permanentProblem and userError do not exist in this mode. */
static int put_abort(struct rt_lower *l, const struct rl_prim *prim)
{
    struct rtab rtab = {.reason = prim->u.abort.rtab.reason};

    if (rtab.reason.value == RT_ABORT_PERMANENT_PROBLEM || rtab.reason.value == RT_ABORT_USER_ERROR)
        rtab.reason.value = RT_ABORT_LOCAL_SYSTEM_PROBLEM;
    return ber_encode_tagged(&rtse_type_rtab, BER_T_SET, &rtab, &l->out, NULL);
}

static int put(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    int error = X4_OK;

    switch (prim->service) {
    case S_CONNECT: error = put_connect(l, prim, out); break;
    case S_DATA: out->data = prim->data; return X4_OK;
    case S_TOKEN_PLEASE:
        out->u.tokens = LOWER_DATA_TOKEN;
        ber_put_integer(&l->out, BER_T_INTEGER, prim->u.priority);
        break;
    case S_RELEASE: break;
    case S_U_ABORT: error = put_abort(l, prim); break;
    default: return X4_EINVAL;
    }
    lower_set_data(l, out);
    return error;
}

/* Absent is 1984's. PP 6.0 sends 12 and 1 with their two octets swapped. */
static void settle_protocol(struct ber_optint *protocol)
{
    enum { SWAP = 256 };

    if (!protocol->present)
        *protocol = (struct ber_optint){.present = true, .value = RT_PROTOCOL_1984};
    else if (protocol->value == RT_PROTOCOL_1988 * SWAP ||
             protocol->value == RT_PROTOCOL_1984 * SWAP)
        protocol->value /= SWAP;
}

static int take_connect_ind(struct rt_lower *l, struct slice data, struct rl_prim *out,
                            struct s_prim *reply)
{
    struct slice params;
    int error = presentation_take_x410(data, &params);

    if (!error)
        error = rtse_take(&rtse_type_rtorq, TAG_PARAMS, params, l->arena, &out->u.connect.rq);
    if (!error) {
        settle_protocol(&out->u.connect.rq.application_protocol);
        return X4_OK;
    }
    lower_refused(out, RT_LAYER_LOCAL, -1, "the connect data of X.410 mode cannot be decoded");
    return lower_reply_refuse(l, out->u.connect.turn_here, reply);
}

static int take_connect_cnf(struct rt_lower *l, struct slice data, struct rl_prim *out,
                            struct s_prim *reply)
{
    struct slice params;
    int error = presentation_take_x410(data, &params);

    if (!error)
        error = rtse_take(&rtse_type_rtoac, TAG_PARAMS, params, l->arena, &out->u.connect.ac);
    if (!error)
        return X4_OK;
    lower_refused(out, RT_LAYER_LOCAL, -1,
                  "the peer's answer to the X.410 mode connect cannot be decoded");
    return lower_reply_abort(l, reply);
}

static int take(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                struct s_prim *reply)
{
    struct slice data = lower_data(prim);

    switch (prim->service) {
    case S_CONNECT:
        if (!lower_take_connect(l, prim, out))
            return X4_OK;
        return prim->op == PRIM_INDICATION ? take_connect_ind(l, data, out, reply)
                                           : take_connect_cnf(l, data, out, reply);
    case S_DATA: out->data = prim->data; return X4_OK;
    case S_TOKEN_PLEASE:
        if (lower_take_priority(data, out) == X4_OK)
            return X4_OK;
        lower_aborted(out, RT_LAYER_RTSE, "the priority of RT-TURN-PLEASE cannot be decoded");
        return lower_reply_abort(l, reply);
    case S_RELEASE: return X4_OK;
    case S_U_ABORT: lower_take_abort(l, data, out); return X4_OK;
    default:
        lower_aborted(out, RT_LAYER_SESSION, "unexpected session service");
        return lower_reply_abort(l, reply);
    }
}

const struct rt_provider rt_provider_x410 = {.name = "X.410", .put = put, .take = take};
