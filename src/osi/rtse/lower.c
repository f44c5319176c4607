/* SPDX-License-Identifier: Apache-2.0 */
/* What both providers have in common: the session connection identifier, and the primitives that
 * carry no APDU of RTSE. */
#include "osi/rtse/lower_internal.h"

#include "base/error.h"

enum {
    OUT_MAX = 64 * 1024, /* PPDUs with a bind argument in them */
    ADDITIONAL_BASE = 36,
};

const char *rt_layer_name(enum rt_layer layer)
{
    static const char *const names[] = {
        [RT_LAYER_TRANSPORT] = "transport",
        [RT_LAYER_SESSION] = "session",
        [RT_LAYER_PRESENTATION] = "presentation",
        [RT_LAYER_ACSE] = "ACSE",
        [RT_LAYER_RTSE] = "RTSE",
        [RT_LAYER_USER] = "MTA",
        [RT_LAYER_LOCAL] = "this side",
    };

    return names[layer];
}

void rt_lower_init(struct rt_lower *l, const struct rt_provider *provider,
                   const struct rt_lower_params *params, struct arena *arena)
{
    *l = (struct rt_lower){.provider = provider, .params = *params, .arena = arena};
    presentation_init(&l->presentation, params->syntaxes, params->syntaxes ? RL_SYNTAXES : 0);
    buf_init(&l->out, OUT_MAX);
}

void rt_lower_free(struct rt_lower *l)
{
    buf_free(&l->out);
}

/* ---- connection identifier ------------------------------------------------------------------- */

static struct slice reference(const struct rl_reference *r)
{
    return r->present ? slice_make(r->octets, r->len) : SLICE_NONE;
}

/* A reference is a BER item of its own. */
static void make_reference(struct rl_reference *r, uint32_t tag, struct slice text)
{
    enum { HEADER = 2 };

    *r = (struct rl_reference){.present = slice_present(text)};
    if (!r->present)
        return;
    if (text.len > sizeof(r->octets) - HEADER)
        text.len = sizeof(r->octets) - HEADER;
    r->octets[0] = (uint8_t)tag;
    r->octets[1] = (uint8_t)text.len;
    if (text.len)
        memcpy(r->octets + HEADER, text.p, text.len);
    r->len = (uint8_t)(text.len + HEADER);
}

/* The identifier we propose. The additional reference has room for two characters only. */
void lower_make_id(struct rt_lower *l, uint32_t user_ref_tag)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint32_t n = l->params.connection_number;
    char text[2] = {digits[n / ADDITIONAL_BASE % ADDITIONAL_BASE], digits[n % ADDITIONAL_BASE]};

    make_reference(&l->calling_ref, user_ref_tag, slice_str(l->params.user_reference));
    make_reference(&l->common_ref, BER_T_UTCTIME, slice_str(l->params.utctime));
    make_reference(&l->additional_ref, BER_T_TELETEX,
                   n ? slice_make(text, sizeof(text)) : SLICE_NONE);
}

void lower_put_connect(const struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    struct s_connect *c = &out->u.connect;

    *c = (struct s_connect){
        .id = {.user_ref = reference(&l->calling_ref),
               .common_ref = reference(&l->common_ref),
               .additional_ref = reference(&l->additional_ref)},
        .requirements = SESSION_RTS_UNITS,
        .turn_here = prim->u.connect.turn_here,
    };
    if (prim->op == PRIM_REQUEST) {
        c->calling_ssel = l->params.calling_ssel;
        c->called_ssel = l->params.called_ssel;
        return;
    }
    c->result = prim->u.connect.accepted ? S_ACCEPTED : S_REFUSED_BY_USER;
    if (l->has_called_ssel)
        c->called_ssel = slice_make(l->called_ssel, l->called_ssel_len);
}

void lower_set_data(struct rt_lower *l, struct s_prim *out)
{
    out->data = gather_one(buf_view(&l->out));
}

/* ---- primitives ------------------------------------------------------------------------------ */

static void take_p_abort(const struct s_prim *prim, struct rl_prim *out)
{
    enum s_abort_cause cause = prim->u.p_abort.cause;

    out->u.abort = (struct rl_abort){
        .layer = cause == S_ABORT_TRANSPORT_LOST ? RT_LAYER_TRANSPORT : RT_LAYER_SESSION,
        .by_peer = cause == S_ABORT_TRANSPORT_LOST || cause == S_ABORT_PEER_PROVIDER,
        .code = -1,
        .text = prim->u.p_abort.text,
    };
}

int rt_lower_put(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out)
{
    int error;

    *out = (struct s_prim){.service = prim->service, .op = prim->op, .part = prim->part};
    buf_reset(&l->out);
    switch (prim->service) {
    case S_ACTIVITY_START:
        out->u.activity = (struct s_activity){.id = prim->u.activity};
        return X4_OK;
    case S_SYNC_MINOR: out->u.serial = prim->u.serial; return X4_OK;
    case S_ACTIVITY_INTERRUPT:
    case S_ACTIVITY_DISCARD:
    case S_U_EXCEPTION_REPORT: out->u.reason = prim->u.reason; return X4_OK;
    case S_ACTIVITY_END:
    case S_CONTROL_GIVE: return X4_OK;
    default: error = l->provider->put(l, prim, out); break;
    }
    return error ? error : l->out.error;
}

int rt_lower_take(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                  struct s_prim *reply)
{
    *out = (struct rl_prim){.service = prim->service, .op = prim->op};
    switch (prim->service) {
    case S_SYNC_MINOR: out->u.serial = prim->u.serial; return X4_OK;
    case S_ACTIVITY_INTERRUPT:
    case S_ACTIVITY_DISCARD:
    case S_U_EXCEPTION_REPORT:
    case S_P_EXCEPTION_REPORT: out->u.reason = prim->u.reason; return X4_OK;
    case S_ACTIVITY_START:
    case S_ACTIVITY_RESUME:
    case S_ACTIVITY_END:
    case S_CONTROL_GIVE: return X4_OK;
    case S_P_ABORT: take_p_abort(prim, out); return X4_OK;
    case S_CONNECT:
        if (prim->op == PRIM_INDICATION && !lower_take_ssel(l, prim, out, reply))
            return X4_EPROTO;
        return l->provider->take(l, prim, out, reply);
    default: return l->provider->take(l, prim, out, reply);
    }
}

int64_t rt_lower_user_context(const struct rt_lower *l)
{
    return presentation_context_id(&l->presentation, RL_USER);
}
