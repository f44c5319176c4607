/* SPDX-License-Identifier: Apache-2.0 */
/* The session protocol machine (X.225 Annex A): its variables, its tables, its guards and actions.
 * Private to this folder.
 *
 * spm_table.c holds the tables; spm_guards.c, spm_connect.c and spm_activity.c what they name. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "osi/session/session.h"
#include "osi/session/spdu.h"
#include "osi/session/ssdu.h"

/* Table A-2 of X.225, those that the functional units of a reliable-transfer user need. */
enum spm_state {
    STA_01,  /* idle, no transport connection */
    STA_01B, /* T-CONNECT requested, waiting for the confirm */
    STA_01C, /* transport connected, waiting for CN */
    STA_02A, /* CN sent, waiting for AC */
    STA_03,  /* FN sent, waiting for DN */
    STA_04B, /* AE sent, waiting for AEA */
    STA_05B, /* AI sent, waiting for AIA */
    STA_05C, /* AD sent, waiting for ADA */
    STA_08,  /* waiting for S-CONNECT response */
    STA_09,  /* waiting for S-RELEASE response */
    STA_10B, /* AE received, waiting for S-ACTIVITY-END response */
    STA_11B, /* AI received, waiting for S-ACTIVITY-INTERRUPT response */
    STA_11C, /* AD received, waiting for S-ACTIVITY-DISCARD response */
    STA_16,  /* AB, RF or DN sent, waiting for T-DISCONNECT indication */
    STA_18,  /* GTC sent, waiting for GTA */
    STA_19,  /* ED sent, waiting for the peer's recovery */
    STA_20,  /* ED or ER received, waiting for our user's recovery */
    STA_713, /* data transfer */
    SPM_STATES,
    STA_SAME, /* in a transition: stay */
};

/* An incoming SPDU is the event of its enum spdu_type; these come on top. */
enum spm_event {
    EV_BAD_SPDU = SPDU_TYPES,
    EV_S_CONNECT_REQ,
    EV_S_CONNECT_ACCEPT, /* response, positive */
    EV_S_CONNECT_REFUSE, /* response, negative */
    EV_S_RELEASE_REQ,
    EV_S_RELEASE_RSP,
    EV_S_U_ABORT_REQ,
    EV_S_DATA_REQ,
    EV_S_TOKEN_PLEASE_REQ,
    EV_S_TOKEN_GIVE_REQ,
    EV_S_CONTROL_GIVE_REQ,
    EV_S_SYNC_MINOR_REQ,
    EV_S_SYNC_MINOR_RSP,
    EV_S_ACTIVITY_START_REQ,
    EV_S_ACTIVITY_RESUME_REQ,
    EV_S_ACTIVITY_END_REQ,
    EV_S_ACTIVITY_END_RSP,
    EV_S_ACTIVITY_INTERRUPT_REQ,
    EV_S_ACTIVITY_INTERRUPT_RSP,
    EV_S_ACTIVITY_DISCARD_REQ,
    EV_S_ACTIVITY_DISCARD_RSP,
    EV_S_U_EXCEPTION_REPORT_REQ,
    EV_T_CONNECT_IND,
    EV_T_CONNECT_CNF,
    EV_T_DISCONNECT_IND,
    EV_TIMER,
    SPM_EVENTS,
};

/* What section 4 of the tables says of an incoming SPDU in a state. */
enum spm_verdict {
    VERDICT_INVALID,    /* x: A.4.1.2 */
    VERDICT_DISCARD,    /* d */
    VERDICT_UPDATE,     /* u: update variables, tell nothing; there is a transition */
    VERDICT_VALID,      /* v: there is a transition */
    VERDICT_DISCONNECT, /* T, S: T-DISCONNECT request, idle (the timer stops on leaving) */
};

enum spm_timer {
    TIMER_NONE,
    TIMER_TIM,    /* X.225: waiting for the peer to disconnect */
    TIMER_ANSWER, /* ours: X.225 would wait for ever */
};

struct session {
    const struct session_sink *sink;
    bool initiator;
    uint32_t timeout_ms[TIMER_ANSWER + 1]; /* by enum spm_timer; 0 = never */
    bool has_local_ssel;
    uint8_t local_ssel[LIMIT_SSEL];
    size_t local_ssel_len;

    /* changed in spm_enter() only */
    enum spm_state state;
    bool timer_running;

    /* X.225 A.5: variables */
    uint8_t owned; /* tokens assigned to us, bits of PI 16 */
    bool vact;     /* an activity is in progress */
    bool vsc;      /* we may send MIA: the last synchronization points were received */
    uint32_t va;   /* lowest serial number not confirmed */
    uint32_t vm;   /* next serial number */

    unsigned version;  /* in force, 0 = not negotiated yet */
    unsigned offered;  /* version bits of CN, sent or received */
    uint8_t setting;   /* token setting of CN */
    const char *wrong; /* why an action refused an SPDU with X4_EPROTO */
    struct ssdu ssdu;
    enum data_part part_in;  /* of the TSDU being looked at */
    enum data_part part_out; /* of the S-DATA request being carried out */
    bool rest_comes;         /* further parts of the SSDU of the last DT received */
    bool rest_goes;          /* likewise, sent */
    struct buf connect;      /* CN with its user data, until the transport is there */
    struct buf head;         /* the last SPDU sent, up to its user data */
};

/* What came with an event; only what belongs to its kind is set. */
struct spm_input {
    const struct spdu *spdu;
    const struct s_prim *prim;
    const struct t_prim *transport;
};

typedef bool (*spm_guard)(const struct session *s, const struct spm_input *in);
/* X4_OK: done, go to the next state. An error from a request's action: nothing was sent and
 * changed. From an SPDU's action X4_EPROTO (see s->wrong) means that the SPDU is invalid. */
typedef int (*spm_action)(struct session *s, const struct spm_input *in);

struct spm_transition {
    unsigned event;    /* enum spdu_type or enum spm_event */
    spm_guard guard;   /* NULL: always */
    spm_action action; /* NULL: nothing to do */
    enum spm_state next;
};

/* ---- spm_table.c ---- */
const char *spm_state_name(enum spm_state state);
enum spm_timer spm_state_timer(enum spm_state state);
/* event: enum spdu_type or EV_BAD_SPDU */
enum spm_verdict spm_verdict(enum spm_state state, unsigned event);
/* The first transition of the session's state for the event whose guard holds, or NULL. */
const struct spm_transition *spm_find(const struct session *s, unsigned event,
                                      const struct spm_input *in);

/* ---- session.c ---- */
/* The one place where the state changes; starts and stops the timer. */
void spm_enter(struct session *s, enum spm_state next);
/* Build the SPDU and hand it down. data: SS-user data. Errors as spdu_build(), and X4_ELIMIT when
 * the version in force does not allow so much data; nothing was sent then. */
int spm_send(struct session *s, const struct spdu *spdu, const struct gather *data);
void spm_up(struct session *s, const struct s_prim *prim);
/* Indication or confirm of a service, with data. */
void spm_indicate(struct session *s, enum s_service service, enum prim_op op, struct slice data);
void spm_down(struct session *s, enum t_service service);
void spm_p_abort(struct session *s, enum s_abort_cause cause, const char *text);
/* Tell the user and the peer that the session is over, and wait for the peer to disconnect. */
void spm_provider_abort(struct session *s, enum s_abort_cause cause, const char *text);

/* ---- spm_guards.c ---- "own": the token is assigned to us; "peer": it is not */
bool spm_responder(const struct session *s, const struct spm_input *in);
bool spm_turn_idle(const struct session *s, const struct spm_input *in);
bool spm_no_turn_idle(const struct session *s, const struct spm_input *in);
bool spm_turn_active(const struct session *s, const struct spm_input *in);
bool spm_own_data(const struct session *s, const struct spm_input *in);
bool spm_peer_data(const struct session *s, const struct spm_input *in);
bool spm_own_data_active(const struct session *s, const struct spm_input *in);
bool spm_peer_data_active(const struct session *s, const struct spm_input *in);
bool spm_own_minor_active(const struct session *s, const struct spm_input *in);
bool spm_own_activity(const struct session *s, const struct spm_input *in);
bool spm_own_activity_active(const struct session *s, const struct spm_input *in);
bool spm_peer_activity(const struct session *s, const struct spm_input *in);
bool spm_resume_in_order(const struct session *s, const struct spm_input *in);
bool spm_mip_in_order(const struct session *s, const struct spm_input *in);
bool spm_ae_in_order(const struct session *s, const struct spm_input *in);
bool spm_aea_in_order(const struct session *s, const struct spm_input *in);
bool spm_mia_allowed(const struct session *s, const struct spm_input *in);
bool spm_mia_allowed_ending(const struct session *s, const struct spm_input *in);
bool spm_mia_in_order(const struct session *s, const struct spm_input *in);
bool spm_mia_in_order_ending(const struct session *s, const struct spm_input *in);
bool spm_mia_repeated(const struct session *s, const struct spm_input *in);
bool spm_tokens_exist(const struct session *s, const struct spm_input *in);
bool spm_tokens_own(const struct session *s, const struct spm_input *in);
bool spm_tokens_own_data(const struct session *s, const struct spm_input *in);
bool spm_tokens_peer(const struct session *s, const struct spm_input *in);
bool spm_tokens_peer_data(const struct session *s, const struct spm_input *in);

/* ---- spm_connect.c ---- */
bool spm_cn_acceptable(const struct session *s, const struct spm_input *in);
int spm_connect_transport(struct session *s, const struct spm_input *in);
int spm_accept_transport(struct session *s, const struct spm_input *in);
int spm_send_cn(struct session *s, const struct spm_input *in);
int spm_take_cn(struct session *s, const struct spm_input *in);
int spm_refuse_cn(struct session *s, const struct spm_input *in);
int spm_take_ac(struct session *s, const struct spm_input *in);
int spm_take_rf(struct session *s, const struct spm_input *in);
int spm_send_ac(struct session *s, const struct spm_input *in);
int spm_send_rf(struct session *s, const struct spm_input *in);
int spm_send_fn(struct session *s, const struct spm_input *in);
int spm_take_fn(struct session *s, const struct spm_input *in);
int spm_send_dn(struct session *s, const struct spm_input *in);
int spm_take_dn(struct session *s, const struct spm_input *in);
int spm_send_ab(struct session *s, const struct spm_input *in);
int spm_take_ab(struct session *s, const struct spm_input *in);
int spm_disconnect(struct session *s, const struct spm_input *in);
int spm_transport_lost(struct session *s, const struct spm_input *in);
int spm_connect_timeout(struct session *s, const struct spm_input *in);
int spm_answer_timeout(struct session *s, const struct spm_input *in);

/* ---- spm_activity.c ---- */
int spm_send_dt(struct session *s, const struct spm_input *in);
int spm_take_dt(struct session *s, const struct spm_input *in);
int spm_send_pt(struct session *s, const struct spm_input *in);
int spm_take_pt(struct session *s, const struct spm_input *in);
int spm_send_gt(struct session *s, const struct spm_input *in);
int spm_take_gt(struct session *s, const struct spm_input *in);
int spm_send_gtc(struct session *s, const struct spm_input *in);
int spm_take_gtc(struct session *s, const struct spm_input *in);
int spm_send_mip(struct session *s, const struct spm_input *in);
int spm_take_mip(struct session *s, const struct spm_input *in);
int spm_count_mip(struct session *s, const struct spm_input *in);
int spm_send_mia(struct session *s, const struct spm_input *in);
int spm_take_mia(struct session *s, const struct spm_input *in);
int spm_count_mia(struct session *s, const struct spm_input *in);
int spm_send_as(struct session *s, const struct spm_input *in);
int spm_take_as(struct session *s, const struct spm_input *in);
int spm_send_ar(struct session *s, const struct spm_input *in);
int spm_take_ar(struct session *s, const struct spm_input *in);
int spm_send_ae(struct session *s, const struct spm_input *in);
int spm_take_ae(struct session *s, const struct spm_input *in);
int spm_count_ae(struct session *s, const struct spm_input *in);
int spm_send_aea(struct session *s, const struct spm_input *in);
int spm_take_aea(struct session *s, const struct spm_input *in);
/* AI, AD and their acknowledgements: the SPDU or primitive says which */
int spm_send_ai_ad(struct session *s, const struct spm_input *in);
int spm_take_ai_ad(struct session *s, const struct spm_input *in);
int spm_send_aia_ada(struct session *s, const struct spm_input *in);
int spm_take_aia_ada(struct session *s, const struct spm_input *in);
int spm_send_ed(struct session *s, const struct spm_input *in);
int spm_take_ed_er(struct session *s, const struct spm_input *in);
