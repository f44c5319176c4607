/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of the data transfer phase: data, tokens, synchronization, activities, exceptions. The
 * variables change as in X.225 Table A-4. */
#include "osi/session/spm.h"

static const struct gather no_data;

/* ---- data and tokens ------------------------------------------------------------------------ */

int spm_send_dt(struct session *s, const struct spm_input *in)
{
    const struct spdu dt = {.type = SPDU_DT};

    if (in->prim->data.len == 0)
        return X4_EINVAL;
    s->part_out = in->prim->part;
    return spm_send(s, &dt, &in->prim->data);
}

int spm_take_dt(struct session *s, const struct spm_input *in)
{
    struct s_prim prim = {.service = S_DATA,
                          .op = PRIM_INDICATION,
                          .data = gather_one(in->spdu->data),
                          .part = s->part_in};

    s->rest_comes = s->part_in == PART_FIRST;
    if (in->spdu->data.len > 0 || s->rest_comes)
        spm_up(s, &prim);
    return X4_OK;
}

static int send_tokens(struct session *s, enum spdu_type type, const struct s_prim *prim)
{
    struct spdu spdu = {.type = type};

    spdu_set_number(&spdu, SP_TOKENS, prim->u.tokens);
    return spm_send(s, &spdu, &prim->data);
}

static void indicate_tokens(struct session *s, enum s_service service, const struct spdu *spdu)
{
    struct s_prim prim = {
        .service = service, .op = PRIM_INDICATION, .data = gather_one(spdu->data)};

    prim.u.tokens = (uint8_t)spdu_number(spdu, SP_TOKENS, 0);
    spm_up(s, &prim);
}

int spm_send_pt(struct session *s, const struct spm_input *in)
{
    return send_tokens(s, SPDU_PT, in->prim);
}

int spm_take_pt(struct session *s, const struct spm_input *in)
{
    indicate_tokens(s, S_TOKEN_PLEASE, in->spdu);
    return X4_OK;
}

int spm_send_gt(struct session *s, const struct spm_input *in)
{
    int err = in->prim->data.len > 0 ? X4_EINVAL : send_tokens(s, SPDU_GT, in->prim);

    if (!err)
        s->owned &= (uint8_t)~in->prim->u.tokens;
    return err;
}

int spm_take_gt(struct session *s, const struct spm_input *in)
{
    s->owned |= (uint8_t)spdu_number(in->spdu, SP_TOKENS, 0);
    indicate_tokens(s, S_TOKEN_GIVE, in->spdu);
    return X4_OK;
}

int spm_send_gtc(struct session *s, const struct spm_input *in)
{
    const struct spdu gtc = {.type = SPDU_GTC};
    int err = in->prim->data.len > 0 ? X4_EINVAL : spm_send(s, &gtc, &no_data);

    if (!err)
        s->owned = 0;
    return err;
}

int spm_take_gtc(struct session *s, const struct spm_input *in)
{
    const struct spdu gta = {.type = SPDU_GTA};
    int err = spm_send(s, &gta, &no_data);

    if (err)
        return err;
    s->owned = SESSION_TOKENS_ALL;
    spm_indicate(s, S_CONTROL_GIVE, PRIM_INDICATION, in->spdu->data);
    return X4_OK;
}

/* ---- synchronization points ----------------------------------------------------------------- */

/* A primitive that carries a serial number. */
static void indicate_serial(struct session *s, enum s_service service, enum prim_op op,
                            const struct spdu *spdu)
{
    struct s_prim prim = {.service = service, .op = op, .data = gather_one(spdu->data)};

    prim.u.serial = spdu_number(spdu, SP_SERIAL, 0);
    spm_up(s, &prim);
}

static int send_serial(struct session *s, enum spdu_type type, uint32_t serial,
                       const struct gather *data)
{
    struct spdu spdu = {.type = type};

    spdu_set_number(&spdu, SP_SERIAL, serial);
    return spm_send(s, &spdu, data);
}

/* A synchronization point was sent. */
static void point_sent(struct session *s)
{
    if (s->vsc)
        s->va = s->vm;
    s->vsc = false;
    s->vm++;
}

/* One was received; is_end: by AE, which leaves Vsc alone. */
static void point_received(struct session *s, bool is_end)
{
    if (!s->vsc)
        s->va = s->vm;
    if (!is_end)
        s->vsc = true;
    s->vm++;
}

/* One number is kept for the AE. */
int spm_send_mip(struct session *s, const struct spm_input *in)
{
    int err = s->vm < LIMIT_SERIAL ? send_serial(s, SPDU_MIP, s->vm, &in->prim->data) : X4_ELIMIT;

    if (!err)
        point_sent(s);
    return err;
}

int spm_take_mip(struct session *s, const struct spm_input *in)
{
    point_received(s, false);
    indicate_serial(s, S_SYNC_MINOR, PRIM_INDICATION, in->spdu);
    return X4_OK;
}

int spm_count_mip(struct session *s, const struct spm_input *in)
{
    (void)in;
    point_received(s, false);
    return X4_OK;
}

int spm_send_mia(struct session *s, const struct spm_input *in)
{
    int err = send_serial(s, SPDU_MIA, in->prim->u.serial, &in->prim->data);

    if (!err)
        s->va = in->prim->u.serial + 1;
    return err;
}

int spm_count_mia(struct session *s, const struct spm_input *in)
{
    s->va = spdu_number(in->spdu, SP_SERIAL, 0) + 1;
    return X4_OK;
}

int spm_take_mia(struct session *s, const struct spm_input *in)
{
    spm_count_mia(s, in);
    indicate_serial(s, S_SYNC_MINOR, PRIM_CONFIRM, in->spdu);
    return X4_OK;
}

/* ---- activities ----------------------------------------------------------------------------- */

static void activity_begins(struct session *s, uint32_t serial)
{
    s->vact = true;
    s->va = serial;
    s->vm = serial;
}

int spm_send_as(struct session *s, const struct spm_input *in)
{
    struct spdu as = {.type = SPDU_AS};
    int err;

    spdu_set_octets(&as, SP_ACTIVITY, in->prim->u.activity.id);
    err = spm_send(s, &as, &in->prim->data);
    if (!err)
        activity_begins(s, 1);
    return err;
}

int spm_take_as(struct session *s, const struct spm_input *in)
{
    struct s_prim prim = {
        .service = S_ACTIVITY_START, .op = PRIM_INDICATION, .data = gather_one(in->spdu->data)};

    activity_begins(s, 1);
    prim.u.activity = (struct s_activity){.id = spdu_octets(in->spdu, SP_ACTIVITY)};
    spm_up(s, &prim);
    return X4_OK;
}

int spm_send_ar(struct session *s, const struct spm_input *in)
{
    const struct s_activity *activity = &in->prim->u.activity;
    struct spdu ar = {.type = SPDU_AR};
    int err;

    if (activity->serial >= LIMIT_SERIAL)
        return X4_EINVAL;
    spdu_set_octets(&ar, SP_CALLED_REF, activity->called_ref);
    spdu_set_octets(&ar, SP_CALLING_REF, activity->calling_ref);
    spdu_set_octets(&ar, SP_COMMON_REF, activity->common_ref);
    spdu_set_octets(&ar, SP_ADDITIONAL_REF, activity->additional_ref);
    spdu_set_octets(&ar, SP_OLD_ACTIVITY, activity->old_id);
    spdu_set_number(&ar, SP_SERIAL, activity->serial);
    spdu_set_octets(&ar, SP_ACTIVITY, activity->id);
    err = spm_send(s, &ar, &in->prim->data);
    if (!err)
        activity_begins(s, activity->serial + 1);
    return err;
}

int spm_take_ar(struct session *s, const struct spm_input *in)
{
    const struct spdu *ar = in->spdu;
    struct s_prim prim = {
        .service = S_ACTIVITY_RESUME, .op = PRIM_INDICATION, .data = gather_one(ar->data)};

    prim.u.activity = (struct s_activity){
        .id = spdu_octets(ar, SP_ACTIVITY),
        .old_id = spdu_octets(ar, SP_OLD_ACTIVITY),
        .serial = spdu_number(ar, SP_SERIAL, 0),
        .called_ref = spdu_octets(ar, SP_CALLED_REF),
        .calling_ref = spdu_octets(ar, SP_CALLING_REF),
        .common_ref = spdu_octets(ar, SP_COMMON_REF),
        .additional_ref = spdu_octets(ar, SP_ADDITIONAL_REF),
    };
    activity_begins(s, prim.u.activity.serial + 1);
    spm_up(s, &prim);
    return X4_OK;
}

int spm_send_ae(struct session *s, const struct spm_input *in)
{
    int err = send_serial(s, SPDU_AE, s->vm, &in->prim->data);

    if (!err)
        point_sent(s);
    return err;
}

int spm_take_ae(struct session *s, const struct spm_input *in)
{
    point_received(s, true);
    indicate_serial(s, S_ACTIVITY_END, PRIM_INDICATION, in->spdu);
    return X4_OK;
}

int spm_count_ae(struct session *s, const struct spm_input *in)
{
    (void)in;
    point_received(s, true);
    return X4_OK;
}

int spm_send_aea(struct session *s, const struct spm_input *in)
{
    int err = send_serial(s, SPDU_AEA, s->vm - 1, &in->prim->data);

    if (err)
        return err;
    s->va = s->vm;
    s->vact = false;
    return X4_OK;
}

int spm_take_aea(struct session *s, const struct spm_input *in)
{
    s->va = s->vm;
    s->vact = false;
    indicate_serial(s, S_ACTIVITY_END, PRIM_CONFIRM, in->spdu);
    return X4_OK;
}

/* ---- interrupt and discard ------------------------------------------------------------------ */

int spm_send_ai_ad(struct session *s, const struct spm_input *in)
{
    struct spdu spdu = {.type = in->prim->service == S_ACTIVITY_INTERRUPT ? SPDU_AI : SPDU_AD};

    if (in->prim->u.reason > UINT8_MAX || in->prim->data.len > 0)
        return X4_EINVAL;
    spdu_set_number(&spdu, SP_REASON, in->prim->u.reason);
    return spm_send(s, &spdu, &no_data);
}

int spm_take_ai_ad(struct session *s, const struct spm_input *in)
{
    struct s_prim prim = {.op = PRIM_INDICATION, .data = gather_one(in->spdu->data)};

    prim.service = in->spdu->type == SPDU_AI ? S_ACTIVITY_INTERRUPT : S_ACTIVITY_DISCARD;
    prim.u.reason = spdu_number(in->spdu, SP_REASON, S_REASON_NON_SPECIFIC);
    spm_up(s, &prim);
    return X4_OK;
}

int spm_send_aia_ada(struct session *s, const struct spm_input *in)
{
    struct spdu spdu = {.type = in->prim->service == S_ACTIVITY_INTERRUPT ? SPDU_AIA : SPDU_ADA};
    int err = in->prim->data.len > 0 ? X4_EINVAL : spm_send(s, &spdu, &no_data);

    if (err)
        return err;
    s->owned = 0;
    s->vact = false;
    return X4_OK;
}

int spm_take_aia_ada(struct session *s, const struct spm_input *in)
{
    bool interrupt = in->spdu->type == SPDU_AIA;

    s->owned = SESSION_TOKENS_ALL;
    s->vact = false;
    spm_indicate(s, interrupt ? S_ACTIVITY_INTERRUPT : S_ACTIVITY_DISCARD, PRIM_CONFIRM,
                 in->spdu->data);
    return X4_OK;
}

/* ---- exceptions ----------------------------------------------------------------------------- */

int spm_send_ed(struct session *s, const struct spm_input *in)
{
    struct spdu ed = {.type = SPDU_ED};

    if (in->prim->u.reason > UINT8_MAX)
        return X4_EINVAL;
    spdu_set_number(&ed, SP_REASON, in->prim->u.reason);
    return spm_send(s, &ed, &in->prim->data);
}

int spm_take_ed_er(struct session *s, const struct spm_input *in)
{
    struct s_prim prim = {.op = PRIM_INDICATION, .data = gather_one(in->spdu->data)};

    prim.service = in->spdu->type == SPDU_ED ? S_U_EXCEPTION_REPORT : S_P_EXCEPTION_REPORT;
    prim.u.reason = spdu_number(in->spdu, SP_REASON, S_REASON_PROTOCOL_ERROR);
    spm_up(s, &prim);
    return X4_OK;
}
