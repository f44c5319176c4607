/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the session protocol machine (X.225 Annex A), reduced to the functional units
 * kernel, half-duplex, minor synchronize, activity management and exceptions.
 *
 * An incoming SPDU is first judged by the table of states and SPDUs; when it is valid, and for all
 * other events, the transitions of the state are tried in order until a guard holds. */
#include "osi/session/spm.h"

enum {
    x = VERDICT_INVALID,
    d = VERDICT_DISCARD,
    u = VERDICT_UPDATE,
    v = VERDICT_VALID,
    T = VERDICT_DISCONNECT,
};

/* Columns are in the order of enum spm_state. In 01 and 01B there is no transport connection.
 *
 * DT, MIP and GT in 05B and 05C, and DT, MIP and AE in 20: a peer that sends them there has not the
 * token for it, so X.225 calls them invalid. They can only be in flight, and are dropped. */
/* clang-format off */
static const uint8_t verdicts[EV_BAD_SPDU + 1][SPM_STATES] = {
    /*            01 01B 01C 02A 03 04B 05B 05C 08 09 10B 11B 11C 16 18 19 20 713 */
    [SPDU_CN]   = {d,  d,  v,  x, x,  x,  x,  x, x, x,  x,  x,  x, T, x, x, x,  x},
    [SPDU_AC]   = {d,  d,  T,  v, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  x},
    [SPDU_RF]   = {d,  d,  T,  v, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  x},
    [SPDU_DT]   = {d,  d,  T,  x, x,  x,  d,  d, x, x,  x,  x,  x, d, x, d, d,  v},
    [SPDU_MIP]  = {d,  d,  T,  x, x,  x,  d,  d, x, x,  x,  x,  x, d, x, u, d,  v},
    [SPDU_MIA]  = {d,  d,  T,  x, x,  v,  d,  d, x, x,  x,  x,  x, d, x, u, d,  v},
    [SPDU_AS]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  v},
    [SPDU_AR]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  v},
    [SPDU_AE]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, u, d,  v},
    [SPDU_AEA]  = {d,  d,  T,  x, x,  v,  d,  d, x, x,  x,  x,  x, d, x, x, d,  x},
    [SPDU_AI]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  v,  x,  x, d, x, v, x,  v},
    [SPDU_AD]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  v,  x,  x, d, x, v, x,  v},
    [SPDU_AIA]  = {d,  d,  T,  x, x,  x,  v,  x, x, x,  x,  x,  x, d, x, x, x,  x},
    [SPDU_ADA]  = {d,  d,  T,  x, x,  x,  x,  v, x, x,  x,  x,  x, d, x, x, x,  x},
    [SPDU_ED]   = {d,  d,  T,  x, x,  v,  d,  d, x, x,  x,  x,  x, d, x, v, x,  v},
    [SPDU_ER]   = {d,  d,  T,  x, x,  v,  d,  d, x, x,  x,  x,  x, d, x, v, x,  v},
    [SPDU_GT]   = {d,  d,  T,  x, x,  x,  d,  d, x, x,  v,  x,  x, d, x, v, x,  v},
    [SPDU_PT]   = {d,  d,  T,  x, v,  v,  d,  d, x, x,  x,  x,  x, d, v, d, d,  v},
    [SPDU_GTC]  = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  v},
    [SPDU_GTA]  = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, v, x, x,  x},
    [SPDU_FN]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  v},
    [SPDU_DN]   = {d,  d,  T,  x, v,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  x},
    [SPDU_AA]   = {d,  d,  T,  x, x,  x,  x,  x, x, x,  x,  x,  x, T, x, x, x,  x},
    [SPDU_AB]   = {d,  d,  T,  v, v,  v,  v,  v, v, v,  v,  v,  v, T, v, v, v,  v},
    [EV_BAD_SPDU] = {d, d, T,  x, x,  x,  x,  x, x, x,  x,  x,  x, d, x, x, x,  x},
};
/* clang-format on */

/* In all states with a session (02A to 20 and 713). */
static const struct spm_transition connected[] = {
    {EV_S_U_ABORT_REQ, NULL, spm_send_ab, STA_16},
    {SPDU_AB, NULL, spm_take_ab, STA_01},
    {EV_T_DISCONNECT_IND, NULL, spm_transport_lost, STA_01},
    {EV_TIMER, NULL, spm_answer_timeout, STA_16},
};

static const struct spm_transition sta_01[] = {
    {EV_S_CONNECT_REQ, NULL, spm_connect_transport, STA_01B},
    {EV_T_CONNECT_IND, spm_responder, spm_accept_transport, STA_01C},
};

static const struct spm_transition sta_01b[] = {
    {EV_T_CONNECT_CNF, NULL, spm_send_cn, STA_02A},
    {EV_S_U_ABORT_REQ, NULL, spm_disconnect, STA_01},
    {EV_T_DISCONNECT_IND, NULL, spm_transport_lost, STA_01},
    {EV_TIMER, NULL, spm_connect_timeout, STA_01},
};

/* Only a responder gets here, because no transport connection is ever used twice. */
static const struct spm_transition sta_01c[] = {
    {SPDU_CN, spm_cn_acceptable, spm_take_cn, STA_08}, {SPDU_CN, NULL, spm_refuse_cn, STA_16},
    {EV_S_U_ABORT_REQ, NULL, spm_disconnect, STA_01}, /* local: X.225 has no session yet */
    {EV_T_DISCONNECT_IND, NULL, NULL, STA_01},         {EV_TIMER, NULL, spm_disconnect, STA_01},
};

static const struct spm_transition sta_02a[] = {
    {SPDU_AC, NULL, spm_take_ac, STA_713},
    {SPDU_RF, NULL, spm_take_rf, STA_01},
};

static const struct spm_transition sta_03[] = {
    {SPDU_DN, NULL, spm_take_dn, STA_01},
    {SPDU_PT, spm_tokens_exist, spm_take_pt, STA_SAME},
};

static const struct spm_transition sta_04b[] = {
    {SPDU_AEA, spm_aea_in_order, spm_take_aea, STA_713},
    {SPDU_MIA, spm_mia_in_order_ending, spm_take_mia, STA_SAME},
    {SPDU_MIA, spm_mia_repeated, NULL, STA_SAME},
    {SPDU_ED, spm_own_data, spm_take_ed_er, STA_20},
    {SPDU_ER, spm_own_data, spm_take_ed_er, STA_20},
    {SPDU_PT, spm_tokens_exist, spm_take_pt, STA_SAME},
    {EV_S_ACTIVITY_INTERRUPT_REQ, spm_own_activity_active, spm_send_ai_ad, STA_05B},
    {EV_S_ACTIVITY_DISCARD_REQ, spm_own_activity_active, spm_send_ai_ad, STA_05C},
    {EV_S_TOKEN_GIVE_REQ, spm_tokens_own, spm_send_gt, STA_SAME},
};

static const struct spm_transition sta_05b[] = {
    {SPDU_AIA, NULL, spm_take_aia_ada, STA_713},
};

static const struct spm_transition sta_05c[] = {
    {SPDU_ADA, NULL, spm_take_aia_ada, STA_713},
};

static const struct spm_transition sta_08[] = {
    {EV_S_CONNECT_ACCEPT, NULL, spm_send_ac, STA_713},
    {EV_S_CONNECT_REFUSE, NULL, spm_send_rf, STA_16},
};

static const struct spm_transition sta_09[] = {
    {EV_S_RELEASE_RSP, NULL, spm_send_dn, STA_16},
    {EV_S_TOKEN_PLEASE_REQ, spm_tokens_peer, spm_send_pt, STA_SAME},
};

static const struct spm_transition sta_10b[] = {
    {EV_S_ACTIVITY_END_RSP, NULL, spm_send_aea, STA_713},
    {EV_S_SYNC_MINOR_RSP, spm_mia_allowed_ending, spm_send_mia, STA_SAME},
    {EV_S_U_EXCEPTION_REPORT_REQ, spm_peer_data, spm_send_ed, STA_19},
    {EV_S_TOKEN_PLEASE_REQ, spm_tokens_peer, spm_send_pt, STA_SAME},
    {EV_S_TOKEN_GIVE_REQ, spm_tokens_own, spm_send_gt, STA_SAME},
    {SPDU_AI, spm_peer_activity, spm_take_ai_ad, STA_11B},
    {SPDU_AD, spm_peer_activity, spm_take_ai_ad, STA_11C},
    {SPDU_GT, spm_tokens_peer, spm_take_gt, STA_SAME},
};

static const struct spm_transition sta_11b[] = {
    {EV_S_ACTIVITY_INTERRUPT_RSP, NULL, spm_send_aia_ada, STA_713},
};

static const struct spm_transition sta_11c[] = {
    {EV_S_ACTIVITY_DISCARD_RSP, NULL, spm_send_aia_ada, STA_713},
};

static const struct spm_transition sta_16[] = {
    {EV_T_DISCONNECT_IND, NULL, NULL, STA_01},
    {EV_TIMER, NULL, spm_disconnect, STA_01},
};

static const struct spm_transition sta_18[] = {
    {SPDU_GTA, NULL, NULL, STA_713},
    {SPDU_PT, spm_tokens_exist, spm_take_pt, STA_SAME},
};

/* What the sender had under way is only counted, so that the numbers stay right. */
static const struct spm_transition sta_19[] = {
    {SPDU_MIP, spm_mip_in_order, spm_count_mip, STA_SAME},
    {SPDU_AE, spm_ae_in_order, spm_count_ae, STA_SAME},
    {SPDU_MIA, spm_mia_in_order, spm_count_mia, STA_SAME},
    {SPDU_AI, spm_peer_activity, spm_take_ai_ad, STA_11B},
    {SPDU_AD, spm_peer_activity, spm_take_ai_ad, STA_11C},
    {SPDU_ED, spm_peer_data, spm_take_ed_er, STA_SAME},
    {SPDU_ER, spm_peer_data, spm_take_ed_er, STA_SAME},
    {SPDU_GT, spm_tokens_peer_data, spm_take_gt, STA_713},
    {SPDU_GT, spm_tokens_peer, spm_take_gt, STA_SAME},
};

static const struct spm_transition sta_20[] = {
    {EV_S_ACTIVITY_INTERRUPT_REQ, spm_own_activity, spm_send_ai_ad, STA_05B},
    {EV_S_ACTIVITY_DISCARD_REQ, spm_own_activity, spm_send_ai_ad, STA_05C},
    {EV_S_TOKEN_GIVE_REQ, spm_tokens_own_data, spm_send_gt, STA_713},
};

static const struct spm_transition sta_713[] = {
    {SPDU_DT, spm_peer_data, spm_take_dt, STA_SAME},
    {EV_S_DATA_REQ, spm_own_data, spm_send_dt, STA_SAME},
    {EV_S_SYNC_MINOR_REQ, spm_own_minor_active, spm_send_mip, STA_SAME},
    {EV_S_SYNC_MINOR_RSP, spm_mia_allowed, spm_send_mia, STA_SAME},
    {SPDU_MIP, spm_mip_in_order, spm_take_mip, STA_SAME},
    {SPDU_MIA, spm_mia_in_order, spm_take_mia, STA_SAME},
    {SPDU_MIA, spm_mia_repeated, NULL, STA_SAME},
    {EV_S_ACTIVITY_START_REQ, spm_turn_idle, spm_send_as, STA_SAME},
    {EV_S_ACTIVITY_RESUME_REQ, spm_turn_idle, spm_send_ar, STA_SAME},
    {SPDU_AS, spm_no_turn_idle, spm_take_as, STA_SAME},
    {SPDU_AR, spm_resume_in_order, spm_take_ar, STA_SAME},
    {EV_S_ACTIVITY_END_REQ, spm_turn_active, spm_send_ae, STA_04B},
    {SPDU_AE, spm_ae_in_order, spm_take_ae, STA_10B},
    {EV_S_ACTIVITY_INTERRUPT_REQ, spm_own_activity_active, spm_send_ai_ad, STA_05B},
    {EV_S_ACTIVITY_DISCARD_REQ, spm_own_activity_active, spm_send_ai_ad, STA_05C},
    /* also outside an activity: our AEA may have crossed the AI or AD */
    {SPDU_AI, spm_peer_activity, spm_take_ai_ad, STA_11B},
    {SPDU_AD, spm_peer_activity, spm_take_ai_ad, STA_11C},
    {EV_S_U_EXCEPTION_REPORT_REQ, spm_peer_data_active, spm_send_ed, STA_19},
    {SPDU_ED, spm_own_data_active, spm_take_ed_er, STA_20},
    {SPDU_ED, spm_peer_data_active, spm_take_ed_er, STA_SAME},
    {SPDU_ER, spm_own_data_active, spm_take_ed_er, STA_20},
    {SPDU_ER, spm_peer_data_active, spm_take_ed_er, STA_SAME},
    {EV_S_CONTROL_GIVE_REQ, spm_turn_idle, spm_send_gtc, STA_18},
    {SPDU_GTC, spm_no_turn_idle, spm_take_gtc, STA_SAME},
    {EV_S_TOKEN_PLEASE_REQ, spm_tokens_peer, spm_send_pt, STA_SAME},
    {SPDU_PT, spm_tokens_exist, spm_take_pt, STA_SAME},
    {EV_S_TOKEN_GIVE_REQ, spm_tokens_own, spm_send_gt, STA_SAME},
    {SPDU_GT, spm_tokens_peer, spm_take_gt, STA_SAME},
    {EV_S_RELEASE_REQ, spm_turn_idle, spm_send_fn, STA_03},
    {SPDU_FN, spm_no_turn_idle, spm_take_fn, STA_09},
};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

static const struct {
    const char *name;
    bool connected;
    enum spm_timer timer;
    const struct spm_transition *rows;
    size_t count;
} states[SPM_STATES] = {
    [STA_01] = {"STA 01 idle", false, TIMER_NONE, ROWS(sta_01)},
    [STA_01B] = {"STA 01B connecting transport", false, TIMER_ANSWER, ROWS(sta_01b)},
    [STA_01C] = {"STA 01C transport connected", false, TIMER_ANSWER, ROWS(sta_01c)},
    [STA_02A] = {"STA 02A connecting", true, TIMER_ANSWER, ROWS(sta_02a)},
    [STA_03] = {"STA 03 releasing", true, TIMER_ANSWER, ROWS(sta_03)},
    [STA_04B] = {"STA 04B ending the activity", true, TIMER_ANSWER, ROWS(sta_04b)},
    [STA_05B] = {"STA 05B interrupting", true, TIMER_ANSWER, ROWS(sta_05b)},
    [STA_05C] = {"STA 05C discarding", true, TIMER_ANSWER, ROWS(sta_05c)},
    [STA_08] = {"STA 08 connect indicated", true, TIMER_NONE, ROWS(sta_08)},
    [STA_09] = {"STA 09 release indicated", true, TIMER_NONE, ROWS(sta_09)},
    [STA_10B] = {"STA 10B activity end indicated", true, TIMER_NONE, ROWS(sta_10b)},
    [STA_11B] = {"STA 11B interrupt indicated", true, TIMER_NONE, ROWS(sta_11b)},
    [STA_11C] = {"STA 11C discard indicated", true, TIMER_NONE, ROWS(sta_11c)},
    [STA_16] = {"STA 16 disconnecting", false, TIMER_TIM, ROWS(sta_16)},
    [STA_18] = {"STA 18 giving the turn", true, TIMER_ANSWER, ROWS(sta_18)},
    [STA_19] = {"STA 19 exception reported", true, TIMER_ANSWER, ROWS(sta_19)},
    [STA_20] = {"STA 20 exception indicated", true, TIMER_NONE, ROWS(sta_20)},
    [STA_713] = {"STA 713 data transfer", true, TIMER_NONE, ROWS(sta_713)},
};

const char *spm_state_name(enum spm_state state)
{
    return states[state].name;
}

enum spm_timer spm_state_timer(enum spm_state state)
{
    return states[state].timer;
}

enum spm_verdict spm_verdict(enum spm_state state, unsigned event)
{
    return (enum spm_verdict)verdicts[event][state];
}

static const struct spm_transition *find_in(const struct spm_transition *rows, size_t count,
                                            const struct session *s, unsigned event,
                                            const struct spm_input *in)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].event == event && (!rows[i].guard || rows[i].guard(s, in)))
            return &rows[i];
    }
    return NULL;
}

const struct spm_transition *spm_find(const struct session *s, unsigned event,
                                      const struct spm_input *in)
{
    const struct spm_transition *row =
        find_in(states[s->state].rows, states[s->state].count, s, event, in);

    if (!row && states[s->state].connected)
        row = find_in(ROWS(connected), s, event, in);
    return row;
}
