/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that begin and end a session: connection, release, abort. */
#include "osi/session/spm.h"

enum {
    VERSION_1 = 0x01,
    VERSION_2 = 0x02,
    V1_USER_DATA = 512,
    DEFAULT_REQUIREMENTS = 0x0349, /* X.225 8.3.1.15: when PI 20 is absent */
    SETTING_INITIATOR = 0x00,      /* token setting: two bits for each token */
    SETTING_RESPONDER = 0x15,
    SETTING_MASK = 0x3f, /* data, minor, activity; release tokens do not exist */
};

static const struct gather no_data;

/* ---- transport ------------------------------------------------------------------------------ */

int spm_disconnect(struct session *s, const struct spm_input *in)
{
    (void)in;
    spm_down(s, T_DISCONNECT_REQUEST);
    return X4_OK;
}

int spm_accept_transport(struct session *s, const struct spm_input *in)
{
    (void)in;
    spm_down(s, T_CONNECT_RESPONSE);
    return X4_OK;
}

int spm_transport_lost(struct session *s, const struct spm_input *in)
{
    spm_p_abort(s, S_ABORT_TRANSPORT_LOST, in->transport->text);
    return X4_OK;
}

/* ---- connection, initiator ------------------------------------------------------------------ */

/* CN is built now, while the user's data is there, and sent when the transport is. */
int spm_connect_transport(struct session *s, const struct spm_input *in)
{
    const struct s_connect *connect = &in->prim->u.connect;
    const struct gather *data = &in->prim->data;
    struct spdu cn = {.type = SPDU_CN};
    int err;

    if (connect->requirements != SESSION_RTS_UNITS)
        return X4_EUNSUPP;
    s->offered = data->len > V1_USER_DATA ? VERSION_2 : VERSION_1 | VERSION_2;
    s->setting = connect->turn_here ? SETTING_INITIATOR : SETTING_RESPONDER;
    s->version = 0;
    spdu_set_octets(&cn, SP_CALLING_REF, connect->id.user_ref);
    spdu_set_octets(&cn, SP_COMMON_REF, connect->id.common_ref);
    spdu_set_octets(&cn, SP_ADDITIONAL_REF, connect->id.additional_ref);
    spdu_set_number(&cn, SP_PROTOCOL_OPTIONS, 0);
    spdu_set_number(&cn, SP_VERSION, s->offered);
    spdu_set_number(&cn, SP_TOKEN_SETTING, s->setting);
    spdu_set_number(&cn, SP_REQUIREMENTS, SESSION_RTS_UNITS);
    spdu_set_octets(&cn, SP_CALLING_SSEL, connect->calling_ssel);
    spdu_set_octets(&cn, SP_CALLED_SSEL, connect->called_ssel);
    buf_reset(&s->connect);
    err = data->len > LIMIT_CN_USER_DATA ? X4_ELIMIT : spdu_build(&cn, data, &s->connect);
    if (err)
        return err;
    for (unsigned i = 0; i < data->count; i++)
        buf_slice(&s->connect, data->part[i]);
    if (s->connect.error)
        return s->connect.error;
    spm_down(s, T_CONNECT_REQUEST);
    return X4_OK;
}

int spm_send_cn(struct session *s, const struct spm_input *in)
{
    struct t_prim prim = {.service = T_DATA_REQUEST, .data = gather_one(buf_view(&s->connect))};

    (void)in;
    s->sink->down(s->sink->ctx, &prim);
    buf_wipe(&s->connect); /* there was a bind in it */
    return X4_OK;
}

/* What is wrong with an AC, or NULL. */
static const char *ac_fault(const struct session *s, const struct spdu *ac)
{
    uint32_t version = spdu_number(ac, SP_VERSION, VERSION_1);
    uint32_t setting = spdu_number(ac, SP_TOKEN_SETTING, s->setting) & SETTING_MASK;

    if (spdu_number(ac, SP_REQUIREMENTS, SESSION_RTS_UNITS) != SESSION_RTS_UNITS)
        return "ACCEPT SPDU with other functional units than 0249";
    if ((version != VERSION_1 && version != VERSION_2) || !(version & s->offered))
        return "ACCEPT SPDU with a protocol version that was not offered";
    if (setting != s->setting)
        return "ACCEPT SPDU with other token settings than proposed";
    if (spdu_number(ac, SP_TSDU_SIZE, 0) >> 16 != 0)
        return "ACCEPT SPDU that limits TSDUs, which was not proposed";
    if (spdu_number(ac, SP_TOKENS, 0) & ~(uint32_t)SESSION_TOKENS_ALL)
        return "ACCEPT SPDU that asks for a token that does not exist";
    return NULL;
}

static void begin_data_transfer(struct session *s, uint32_t version, bool turn)
{
    s->version = version == VERSION_2 ? 2 : 1;
    s->owned = turn ? SESSION_TOKENS_ALL : 0;
    s->vact = false;
    s->vsc = false;
    s->va = 0;
    s->vm = 0;
}

static struct s_connection_id id_of(const struct spdu *spdu, enum spdu_param user_ref)
{
    return (struct s_connection_id){.user_ref = spdu_octets(spdu, user_ref),
                                    .common_ref = spdu_octets(spdu, SP_COMMON_REF),
                                    .additional_ref = spdu_octets(spdu, SP_ADDITIONAL_REF)};
}

static void confirm_connect(struct session *s, const struct spdu *spdu, enum s_refusal result)
{
    struct s_prim prim = {.service = S_CONNECT, .op = PRIM_CONFIRM, .data = gather_one(spdu->data)};

    prim.u.connect = (struct s_connect){
        .id = id_of(spdu, SP_CALLED_REF),
        .calling_ssel = spdu_octets(spdu, SP_CALLING_SSEL),
        .called_ssel = spdu_octets(spdu, SP_CALLED_SSEL),
        .requirements = SESSION_RTS_UNITS,
        .turn_here = s->setting == SETTING_INITIATOR,
        .result = result,
    };
    spm_up(s, &prim);
}

int spm_take_ac(struct session *s, const struct spm_input *in)
{
    const struct spdu *ac = in->spdu;

    s->wrong = ac_fault(s, ac);
    if (s->wrong)
        return X4_EPROTO;
    begin_data_transfer(s, spdu_number(ac, SP_VERSION, VERSION_1), s->setting == SETTING_INITIATOR);
    confirm_connect(s, ac, S_ACCEPTED);
    if (spdu_number(ac, SP_TOKENS, 0) != 0) {
        struct spdu pt = {.type = SPDU_PT};

        spdu_set_number(&pt, SP_TOKENS, spdu_number(ac, SP_TOKENS, 0));
        return spm_take_pt(s, &(struct spm_input){.spdu = &pt});
    }
    return X4_OK;
}

int spm_take_rf(struct session *s, const struct spm_input *in)
{
    uint32_t reason = spdu_number(in->spdu, SP_REFUSAL, 0);

    confirm_connect(s, in->spdu, reason ? (enum s_refusal)reason : S_REFUSED_UNSPECIFIED);
    return spm_disconnect(s, in);
}

/* ---- connection, responder ------------------------------------------------------------------ */

/* May the CN be shown to the user? Else the reason of our refusal. */
static enum s_refusal cn_refusal(const struct session *s, const struct spdu *cn)
{
    uint32_t units = spdu_number(cn, SP_REQUIREMENTS, DEFAULT_REQUIREMENTS);
    uint32_t setting = spdu_number(cn, SP_TOKEN_SETTING, SETTING_INITIATOR) & SETTING_MASK;
    struct slice local = slice_make(s->local_ssel, s->local_ssel_len);

    if (!(spdu_number(cn, SP_VERSION, VERSION_1) & (VERSION_1 | VERSION_2)))
        return S_REFUSED_VERSION;
    if (s->has_local_ssel && !slice_eq(local, spdu_octets(cn, SP_CALLED_SSEL)))
        return S_REFUSED_SSEL_UNKNOWN;
    if (spdu_has(cn, SP_DATA_OVERFLOW))
        return S_REFUSED_IMPLEMENTATION;
    if ((units & SESSION_RTS_UNITS) != SESSION_RTS_UNITS)
        return S_REFUSED_IMPLEMENTATION;
    if (setting != SETTING_INITIATOR && setting != SETTING_RESPONDER)
        return S_REFUSED_IMPLEMENTATION;
    return S_ACCEPTED;
}

bool spm_cn_acceptable(const struct session *s, const struct spm_input *in)
{
    return cn_refusal(s, in->spdu) == S_ACCEPTED;
}

/* A CN without version number is of version 1, but more data than that allows shows version 2. */
static unsigned offered_versions(const struct spdu *cn)
{
    uint32_t absent = cn->data.len > V1_USER_DATA ? VERSION_2 : VERSION_1;

    return spdu_number(cn, SP_VERSION, absent) & (VERSION_1 | VERSION_2);
}

int spm_take_cn(struct session *s, const struct spm_input *in)
{
    const struct spdu *cn = in->spdu;
    struct s_prim prim = {
        .service = S_CONNECT, .op = PRIM_INDICATION, .data = gather_one(cn->data)};

    s->offered = offered_versions(cn);
    s->setting = (uint8_t)(spdu_number(cn, SP_TOKEN_SETTING, SETTING_INITIATOR) & SETTING_MASK);
    prim.u.connect = (struct s_connect){
        .id = id_of(cn, SP_CALLING_REF),
        .calling_ssel = spdu_octets(cn, SP_CALLING_SSEL),
        .called_ssel = spdu_octets(cn, SP_CALLED_SSEL),
        .requirements = (uint16_t)spdu_number(cn, SP_REQUIREMENTS, DEFAULT_REQUIREMENTS),
        .turn_here = s->setting == SETTING_RESPONDER,
    };
    spm_up(s, &prim);
    return X4_OK;
}

int spm_refuse_cn(struct session *s, const struct spm_input *in)
{
    enum s_refusal reason = cn_refusal(s, in->spdu);
    struct spdu rf = {.type = SPDU_RF};

    spdu_set_octets(&rf, SP_CALLED_REF, spdu_octets(in->spdu, SP_CALLING_REF));
    spdu_set_octets(&rf, SP_COMMON_REF, spdu_octets(in->spdu, SP_COMMON_REF));
    spdu_set_octets(&rf, SP_ADDITIONAL_REF, spdu_octets(in->spdu, SP_ADDITIONAL_REF));
    spdu_set_number(&rf, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE);
    if (reason == S_REFUSED_VERSION)
        spdu_set_number(&rf, SP_VERSION, VERSION_1 | VERSION_2);
    spdu_set_number(&rf, SP_REFUSAL, reason);
    return spm_send(s, &rf, &no_data);
}

static void set_id(struct spdu *spdu, const struct s_connection_id *id)
{
    spdu_set_octets(spdu, SP_CALLED_REF, id->user_ref);
    spdu_set_octets(spdu, SP_COMMON_REF, id->common_ref);
    spdu_set_octets(spdu, SP_ADDITIONAL_REF, id->additional_ref);
}

/* The tokens are where CN put them: a setting that leaves it to us has been refused. */
int spm_send_ac(struct session *s, const struct spm_input *in)
{
    const struct s_connect *connect = &in->prim->u.connect;
    uint32_t version = s->offered & VERSION_2 ? VERSION_2 : VERSION_1;
    struct spdu ac = {.type = SPDU_AC};
    int err;

    if (connect->requirements != SESSION_RTS_UNITS)
        return X4_EUNSUPP;
    if (version == VERSION_1 && in->prim->data.len > V1_USER_DATA)
        return X4_ELIMIT;
    set_id(&ac, &connect->id);
    spdu_set_number(&ac, SP_PROTOCOL_OPTIONS, 0);
    spdu_set_number(&ac, SP_VERSION, version);
    spdu_set_number(&ac, SP_TOKEN_SETTING, s->setting);
    spdu_set_number(&ac, SP_REQUIREMENTS, SESSION_RTS_UNITS);
    spdu_set_octets(&ac, SP_CALLING_SSEL, connect->calling_ssel);
    spdu_set_octets(&ac, SP_CALLED_SSEL, connect->called_ssel);
    err = spm_send(s, &ac, &in->prim->data);
    if (!err)
        begin_data_transfer(s, version, s->setting == SETTING_RESPONDER);
    return err;
}

int spm_send_rf(struct session *s, const struct spm_input *in)
{
    const struct s_connect *connect = &in->prim->u.connect;
    bool by_user = connect->result == S_REFUSED_BY_USER;
    struct spdu rf = {.type = SPDU_RF};

    if (in->prim->data.len > 0 && !by_user)
        return X4_EINVAL;
    if (!(s->offered & VERSION_2) && in->prim->data.len > V1_USER_DATA)
        return X4_ELIMIT;
    set_id(&rf, &connect->id);
    spdu_set_number(&rf, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE);
    if (by_user)
        spdu_set_number(&rf, SP_REQUIREMENTS, SESSION_RTS_UNITS);
    spdu_set_number(&rf, SP_REFUSAL, connect->result & UINT8_MAX);
    return spm_send(s, &rf, &in->prim->data);
}

/* ---- release -------------------------------------------------------------------------------- */

int spm_send_fn(struct session *s, const struct spm_input *in)
{
    struct spdu fn = {.type = SPDU_FN};

    spdu_set_number(&fn, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE);
    return spm_send(s, &fn, &in->prim->data);
}

/* "Transport kept" (PI 17) is the peer's offer, which we never take up. */
int spm_take_fn(struct session *s, const struct spm_input *in)
{
    spm_indicate(s, S_RELEASE, PRIM_INDICATION, in->spdu->data);
    return X4_OK;
}

int spm_send_dn(struct session *s, const struct spm_input *in)
{
    const struct spdu dn = {.type = SPDU_DN};

    return spm_send(s, &dn, &in->prim->data);
}

int spm_take_dn(struct session *s, const struct spm_input *in)
{
    spm_indicate(s, S_RELEASE, PRIM_CONFIRM, in->spdu->data);
    return spm_disconnect(s, in);
}

/* ---- abort ---------------------------------------------------------------------------------- */

/* An abort always succeeds: user data that does not fit is left out. */
int spm_send_ab(struct session *s, const struct spm_input *in)
{
    struct spdu ab = {.type = SPDU_AB};

    spdu_set_number(&ab, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE | SPDU_TD_USER_ABORT);
    if (spm_send(s, &ab, &in->prim->data) == X4_OK)
        return X4_OK;
    if (spm_send(s, &ab, &no_data) != X4_OK)
        spm_down(s, T_DISCONNECT_REQUEST);
    return X4_OK;
}

static const char *abort_text(uint32_t transport_disconnect)
{
    if (transport_disconnect & SPDU_TD_PROTOCOL_ERROR)
        return "aborted by the peer's session provider: protocol error";
    if (transport_disconnect & SPDU_TD_RESTRICTION)
        return "aborted by the peer's session provider: implementation restriction";
    return "aborted by the peer's session provider, no reason given";
}

int spm_take_ab(struct session *s, const struct spm_input *in)
{
    uint32_t bits = spdu_number(in->spdu, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE);

    if (bits & SPDU_TD_USER_ABORT)
        spm_indicate(s, S_U_ABORT, PRIM_INDICATION, in->spdu->data);
    else
        spm_p_abort(s, S_ABORT_PEER_PROVIDER, abort_text(bits));
    return spm_disconnect(s, in);
}

int spm_connect_timeout(struct session *s, const struct spm_input *in)
{
    spm_p_abort(s, S_ABORT_TIMEOUT, "no answer to the transport connect request");
    return spm_disconnect(s, in);
}

int spm_answer_timeout(struct session *s, const struct spm_input *in)
{
    (void)in;
    spm_provider_abort(s, S_ABORT_TIMEOUT, "no answer from the peer's session layer in time");
    return X4_OK;
}
