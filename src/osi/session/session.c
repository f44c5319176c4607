/* SPDX-License-Identifier: Apache-2.0 */
/* The session's interface: events go in, the tables of the protocol machine decide, and what its
 * actions say goes out through the sink. */
#include "osi/session/session.h"

#include "base/error.h"
#include "osi/session/spm.h"

#include <assert.h>
#include <stdlib.h>

enum {
    HEAD_MAX = 1024, /* the longest header: references, selectors and a little more */
    CONNECT_MAX = HEAD_MAX + LIMIT_CN_USER_DATA,
    V1_USER_DATA = 512,
    V1_ABORT_DATA = 9,
};

const char *s_service_name(enum s_service service)
{
    static const char *const names[S_SERVICES] = {
        [S_CONNECT] = "S-CONNECT",
        [S_RELEASE] = "S-RELEASE",
        [S_U_ABORT] = "S-U-ABORT",
        [S_P_ABORT] = "S-P-ABORT",
        [S_DATA] = "S-DATA",
        [S_TOKEN_PLEASE] = "S-TOKEN-PLEASE",
        [S_CONTROL_GIVE] = "S-CONTROL-GIVE",
        [S_SYNC_MINOR] = "S-SYNC-MINOR",
        [S_ACTIVITY_START] = "S-ACTIVITY-START",
        [S_ACTIVITY_RESUME] = "S-ACTIVITY-RESUME",
        [S_ACTIVITY_END] = "S-ACTIVITY-END",
        [S_ACTIVITY_INTERRUPT] = "S-ACTIVITY-INTERRUPT",
        [S_ACTIVITY_DISCARD] = "S-ACTIVITY-DISCARD",
        [S_U_EXCEPTION_REPORT] = "S-U-EXCEPTION-REPORT",
        [S_P_EXCEPTION_REPORT] = "S-P-EXCEPTION-REPORT",
        [S_TOKEN_GIVE] = "S-TOKEN-GIVE",
    };

    return service < S_SERVICES ? names[service] : "?";
}

struct session *session_new(const struct session_params *params, const struct session_sink *sink)
{
    struct session *s;

    if (params->local_ssel.len > LIMIT_SSEL)
        return NULL;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->sink = sink;
    s->initiator = params->initiator;
    s->timeout_ms[TIMER_TIM] = params->abort_timeout_ms;
    s->timeout_ms[TIMER_ANSWER] = params->answer_timeout_ms;
    s->has_local_ssel = slice_present(params->local_ssel);
    s->local_ssel_len = params->local_ssel.len;
    if (s->local_ssel_len > 0)
        memcpy(s->local_ssel, params->local_ssel.p, s->local_ssel_len);
    ssdu_init(&s->ssdu);
    buf_init(&s->head, HEAD_MAX);
    buf_init(&s->connect, CONNECT_MAX);
    return s;
}

void session_free(struct session **s)
{
    if (!*s)
        return;
    ssdu_free(&(*s)->ssdu);
    buf_free(&(*s)->head);
    buf_free(&(*s)->connect);
    free(*s);
    *s = NULL;
}

bool session_has_turn(const struct session *s)
{
    return (s->owned & SESSION_TOKENS_ALL) == SESSION_TOKENS_ALL;
}

bool session_in_activity(const struct session *s)
{
    return s->vact;
}

unsigned session_version(const struct session *s)
{
    return s->version;
}

uint32_t session_next_serial(const struct session *s)
{
    return s->vm;
}

const char *session_state_name(const struct session *s)
{
    return spm_state_name(s->state);
}

/* ---- what the actions use ------------------------------------------------------------------- */

void spm_enter(struct session *s, enum spm_state next)
{
    uint32_t ms;

    assert(next < SPM_STATES || next == STA_SAME);
    if (next == STA_SAME || next == s->state)
        return;
    s->state = next;
    if (next == STA_01 || next == STA_16) {
        s->owned = 0;
        s->vact = false;
        ssdu_reset(&s->ssdu);
    }
    ms = s->timeout_ms[spm_state_timer(next)];
    if (ms > 0 || s->timer_running)
        s->sink->timer(s->sink->ctx, ms);
    s->timer_running = ms > 0;
}

/* X.225 8.3: how much user data version 1 allows. */
static bool fits_version(const struct session *s, enum spdu_type type, size_t len)
{
    if (s->version != 1 || type == SPDU_DT || type == SPDU_RF)
        return true;
    return len <= (type == SPDU_AB ? V1_ABORT_DATA : V1_USER_DATA);
}

int spm_send(struct session *s, const struct spdu *spdu, const struct gather *data)
{
    struct t_prim prim = {.service = T_DATA_REQUEST, .part = s->part_out};
    int err;

    if (!fits_version(s, spdu->type, data->len))
        return X4_ELIMIT;
    buf_reset(&s->head);
    err = spdu_build(spdu, data, &s->head);
    if (err)
        return err;
    prim.data = gather_prepend(buf_view(&s->head), data);
    s->sink->down(s->sink->ctx, &prim);
    return X4_OK;
}

void spm_up(struct session *s, const struct s_prim *prim)
{
    s->sink->up(s->sink->ctx, prim);
}

void spm_indicate(struct session *s, enum s_service service, enum prim_op op, struct slice data)
{
    struct s_prim prim = {.service = service, .op = op, .data = gather_one(data)};

    spm_up(s, &prim);
}

void spm_down(struct session *s, enum t_service service)
{
    struct t_prim prim = {.service = service, .reason = T_REASON_NORMAL};

    s->sink->down(s->sink->ctx, &prim);
}

void spm_p_abort(struct session *s, enum s_abort_cause cause, const char *text)
{
    struct s_prim prim = {.service = S_P_ABORT, .op = PRIM_INDICATION};

    prim.u.p_abort.cause = cause;
    prim.u.p_abort.text = text;
    spm_up(s, &prim);
}

void spm_provider_abort(struct session *s, enum s_abort_cause cause, const char *text)
{
    struct spdu ab = {.type = SPDU_AB};
    const struct gather no_data = {.count = 0};
    unsigned why = cause == S_ABORT_PROTOCOL_ERROR ? SPDU_TD_PROTOCOL_ERROR : SPDU_TD_UNDEFINED;

    spm_p_abort(s, cause, text);
    spdu_set_number(&ab, SP_TRANSPORT_DISCONNECT, SPDU_TD_RELEASE | why);
    if (spm_send(s, &ab, &no_data) != X4_OK)
        spm_down(s, T_DISCONNECT_REQUEST);
}

/* ---- incoming SPDUs ------------------------------------------------------------------------- */

/* A.4.1.2, or when memory fails: the session ends. */
static void abort_session(struct session *s, enum s_abort_cause cause, const char *text)
{
    spm_provider_abort(s, cause, text);
    spm_enter(s, STA_16);
}

static void run(struct session *s, const struct spm_transition *row, const struct spm_input *in)
{
    int err = row->action ? row->action(s, in) : X4_OK;

    if (err == X4_OK)
        spm_enter(s, row->next);
    else if (err == X4_EPROTO)
        abort_session(s, S_ABORT_PROTOCOL_ERROR, s->wrong);
    else
        abort_session(s, S_ABORT_LOCAL, x4_strerror(err));
}

/* An SPDU as a whole, that is with all its user data. */
static void on_whole_spdu(struct session *s, const struct spdu *spdu)
{
    const struct spm_input in = {.spdu = spdu};
    const struct spm_transition *row = spm_find(s, spdu->type, &in);

    if (row)
        run(s, row, &in);
    else
        abort_session(s, S_ABORT_PROTOCOL_ERROR, spdu_guard_text(spdu->type));
}

/* What may come between the SPDUs of a segmented SSDU: PT, and what makes an end of it. */
static bool may_interrupt(struct session *s, enum spdu_type type)
{
    switch (type) {
    case SPDU_PT: return true;
    case SPDU_AB:
    case SPDU_AI:
    case SPDU_AD:
    case SPDU_ED:
    case SPDU_ER: ssdu_reset(&s->ssdu); return true;
    default: return false;
    }
}

/* A valid SPDU; it may be one of several with one SSDU. */
static void on_valid_spdu(struct session *s, const struct spdu *spdu)
{
    bool whole = spdu_number(spdu, SP_ENCLOSURE, SPDU_ENCLOSURE_WHOLE) == SPDU_ENCLOSURE_WHOLE;
    struct spdu assembled;
    int err;

    if (s->version == 1 && !whole && spdu->type != SPDU_DT) {
        abort_session(s, S_ABORT_PROTOCOL_ERROR, "segmented SPDU in version 1");
        return;
    }
    if (whole && (!s->ssdu.active || may_interrupt(s, spdu->type))) {
        on_whole_spdu(s, spdu);
        return;
    }
    if (s->ssdu.active && spdu->type != s->ssdu.first.type)
        may_interrupt(s, spdu->type);
    err = ssdu_add(&s->ssdu, spdu, &assembled);
    if (err == X4_OK)
        on_whole_spdu(s, &assembled);
    else if (err == X4_EPROTO)
        abort_session(s, S_ABORT_PROTOCOL_ERROR, "SPDU out of order in a segmented SSDU");
    else if (err != X4_EAGAIN)
        abort_session(s, S_ABORT_LOCAL, "segmented SSDU too large");
}

static void judge(struct session *s, unsigned event, const struct spdu *spdu, const char *wrong)
{
    switch (spm_verdict(s->state, event)) {
    case VERDICT_VALID:
    case VERDICT_UPDATE: on_valid_spdu(s, spdu); break;
    case VERDICT_DISCARD:
        if (spdu && s->ssdu.active && s->ssdu.first.type == spdu->type)
            ssdu_reset(&s->ssdu);
        break;
    case VERDICT_DISCONNECT:
        spm_down(s, T_DISCONNECT_REQUEST);
        spm_enter(s, STA_01);
        break;
    case VERDICT_INVALID: abort_session(s, S_ABORT_PROTOCOL_ERROR, wrong); break;
    }
}

static void on_spdu(struct session *s, const struct spdu *spdu)
{
    if (s->version == 1 && spdu->data.len > V1_USER_DATA && spdu->type != SPDU_DT)
        judge(s, EV_BAD_SPDU, NULL, "more user data than version 1 allows");
    else
        judge(s, spdu->type, spdu, spdu_unexpected_text(spdu->type));
}

/* Only S-DATA can be as long as that, and for a reliable-transfer user it is never segmented as
 * well. */
static bool may_be_first_part(const struct spdu_tsdu *tsdu)
{
    const struct spdu *dt = &tsdu->spdu[1];

    return tsdu->count == 2 && dt->type == SPDU_DT &&
           spdu_number(dt, SP_ENCLOSURE, SPDU_ENCLOSURE_WHOLE) == SPDU_ENCLOSURE_WHOLE;
}

/* A GT or PT with tokens counts; without, it is nothing or a prefix. Behind a prefix with tokens,
 * the category 2 SPDU comes first. */
static void on_tsdu(struct session *s, struct slice octets)
{
    struct spdu_tsdu tsdu;
    const struct spdu *first = &tsdu.spdu[0];
    bool token_spdu;

    if (spdu_parse(octets, &tsdu) != X4_OK) {
        judge(s, EV_BAD_SPDU, NULL, tsdu.wrong);
        return;
    }
    if (s->part_in == PART_FIRST && !may_be_first_part(&tsdu)) {
        judge(s, EV_BAD_SPDU, NULL, "the TSDU is too large");
        return;
    }
    token_spdu = first->type == SPDU_GT || first->type == SPDU_PT;
    if (tsdu.count == 2)
        on_spdu(s, &tsdu.spdu[1]);
    if (!token_spdu || spdu_number(first, SP_TOKENS, 0) != 0)
        on_spdu(s, first);
}

/* The rest of an SSDU, as long as its beginning was taken and its state lasts. */
static void on_rest(struct session *s, const struct t_prim *prim)
{
    struct s_prim up = {
        .service = S_DATA, .op = PRIM_INDICATION, .data = prim->data, .part = prim->part};

    if (!s->rest_comes)
        return;
    s->rest_comes = prim->part != PART_LAST && spm_verdict(s->state, SPDU_DT) == VERDICT_VALID;
    if (spm_verdict(s->state, SPDU_DT) == VERDICT_VALID)
        spm_up(s, &up);
}

static void on_data(struct session *s, const struct t_prim *prim)
{
    if (prim->part == PART_MIDDLE || prim->part == PART_LAST) {
        on_rest(s, prim);
        return;
    }
    s->rest_comes = false;
    s->part_in = prim->part;
    on_tsdu(s, prim->data.count ? prim->data.part[0] : SLICE_NONE);
    s->part_in = PART_WHOLE;
}

/* ---- events --------------------------------------------------------------------------------- */

/* A transport or timer event; where it has no transition it means nothing. */
static void on_event(struct session *s, unsigned event, const struct t_prim *prim)
{
    const struct spm_input in = {.transport = prim};
    const struct spm_transition *row = spm_find(s, event, &in);

    if (row)
        run(s, row, &in);
}

void session_input(struct session *s, const struct t_prim *prim)
{
    switch (prim->service) {
    case T_CONNECT_INDICATION: on_event(s, EV_T_CONNECT_IND, prim); break;
    case T_CONNECT_CONFIRM: on_event(s, EV_T_CONNECT_CNF, prim); break;
    case T_DISCONNECT_INDICATION: on_event(s, EV_T_DISCONNECT_IND, prim); break;
    case T_DATA_INDICATION: on_data(s, prim); break;
    default: break;
    }
}

void session_timeout(struct session *s)
{
    if (!s->timer_running)
        return;
    s->timer_running = false;
    on_event(s, EV_TIMER, NULL);
}

/* The event of a request or response, or SPM_EVENTS. */
static unsigned request_event(const struct s_prim *prim)
{
    static const uint8_t events[S_SERVICES][2] = {
        [S_RELEASE] = {EV_S_RELEASE_REQ, EV_S_RELEASE_RSP},
        [S_U_ABORT] = {EV_S_U_ABORT_REQ, 0},
        [S_DATA] = {EV_S_DATA_REQ, 0},
        [S_TOKEN_PLEASE] = {EV_S_TOKEN_PLEASE_REQ, 0},
        [S_TOKEN_GIVE] = {EV_S_TOKEN_GIVE_REQ, 0},
        [S_CONTROL_GIVE] = {EV_S_CONTROL_GIVE_REQ, 0},
        [S_SYNC_MINOR] = {EV_S_SYNC_MINOR_REQ, EV_S_SYNC_MINOR_RSP},
        [S_ACTIVITY_START] = {EV_S_ACTIVITY_START_REQ, 0},
        [S_ACTIVITY_RESUME] = {EV_S_ACTIVITY_RESUME_REQ, 0},
        [S_ACTIVITY_END] = {EV_S_ACTIVITY_END_REQ, EV_S_ACTIVITY_END_RSP},
        [S_ACTIVITY_INTERRUPT] = {EV_S_ACTIVITY_INTERRUPT_REQ, EV_S_ACTIVITY_INTERRUPT_RSP},
        [S_ACTIVITY_DISCARD] = {EV_S_ACTIVITY_DISCARD_REQ, EV_S_ACTIVITY_DISCARD_RSP},
        [S_U_EXCEPTION_REPORT] = {EV_S_U_EXCEPTION_REPORT_REQ, 0},
    };
    bool response = prim->op == PRIM_RESPONSE;

    if (prim->service >= S_SERVICES || (prim->op != PRIM_REQUEST && !response))
        return SPM_EVENTS;
    if (prim->service == S_CONNECT && response)
        return prim->u.connect.result == S_ACCEPTED ? EV_S_CONNECT_ACCEPT : EV_S_CONNECT_REFUSE;
    if (prim->service == S_CONNECT)
        return EV_S_CONNECT_REQ;
    return events[prim->service][response] ? events[prim->service][response] : SPM_EVENTS;
}

/* The rest of an SSDU has no SPDU header of its own. */
static int send_rest(struct session *s, const struct s_prim *prim)
{
    const struct t_prim down = {.service = T_DATA_REQUEST, .data = prim->data, .part = prim->part};

    if (!s->rest_goes)
        return X4_ESTATE;
    s->rest_goes = prim->part != PART_LAST;
    s->sink->down(s->sink->ctx, &down);
    return X4_OK;
}

int session_request(struct session *s, const struct s_prim *prim)
{
    const struct spm_input in = {.prim = prim};
    unsigned event = request_event(prim);
    const struct spm_transition *row;
    int err;

    if (event == SPM_EVENTS)
        return X4_EINVAL;
    if (prim->service == S_DATA && (prim->part == PART_MIDDLE || prim->part == PART_LAST))
        return send_rest(s, prim);
    row = spm_find(s, event, &in);
    if (!row)
        return X4_ESTATE;
    err = row->action ? row->action(s, &in) : X4_OK;
    if (prim->service == S_DATA)
        s->rest_goes = !err && s->part_out == PART_FIRST;
    s->part_out = PART_WHOLE;
    if (!err)
        spm_enter(s, row->next);
    return err;
}
