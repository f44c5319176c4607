/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM's interface: every request and primitive becomes one input of the state table. */
#include "osi/rtse/rtpm_internal.h"

#include "base/error.h"

enum {
    KIB = 1024,
    /* ISODE loses the discard that follows its own exception report: then only an abort helps. */
    DISCARD_REPORTED_MS = 20 * 1000,
};

void rtpm_init(struct rtpm *r, const struct rtpm_params *params, const struct rtpm_sink *sink,
               struct arena *arena)
{
    unsigned window = params->window ? params->window : 1;

    *r = (struct rtpm){
        .params = *params,
        .sink = sink,
        .arena = arena,
        .two_way_alternate = params->two_way_alternate,
        .checkpoint_kib = params->checkpoint_kib < RT_CHECKPOINT_KIB_MAX ? params->checkpoint_kib
                                                                         : RT_CHECKPOINT_KIB_MAX,
        .window = window < LIMIT_WINDOW ? window : LIMIT_WINDOW,
    };
}

/* ---- the machine ----------------------------------------------------------------------------- */

/* Local timers: how long a state may last, 0 for ever. SENDING with a closed window sets its own.
 */
static uint32_t state_timeout(const struct rtpm *r, enum rt_state state)
{
    const uint32_t answer_ms = r->params.answer_timeout_ms;
    const bool reported = r->failure.reason >= 0;

    switch (state) {
    case RT_OPENING: return r->params.open_timeout_ms;
    case RT_DISCARDING:
        return reported && answer_ms > DISCARD_REPORTED_MS ? DISCARD_REPORTED_MS : answer_ms;
    case RT_ENDING:
    case RT_REPORTED:
    case RT_CLOSING: return answer_ms;
    default: return 0;
    }
}

static void move(struct rtpm *r, enum rt_state next)
{
    r->state = next;
    r->sink->timer(r->sink->ctx, state_timeout(r, next));
}

static int step(struct rtpm *r, const struct rt_input *in)
{
    const struct rt_row *row = rt_find_row(r, in);

    if (!row)
        return X4_ESTATE;
    if (row->action)
        row->action(r, in);
    if (row->next != RT_SAME)
        move(r, (enum rt_state)row->next);
    return X4_OK;
}

static int request(struct rtpm *r, enum rt_input_type type, int64_t value)
{
    struct rt_input in = {.type = type, .value = value};

    return step(r, &in);
}

/* ---- requests -------------------------------------------------------------------------------- */

int rtpm_open(struct rtpm *r, struct slice user_data)
{
    struct rt_input in = {.type = RT_U_OPEN, .user_data = user_data};

    return step(r, &in);
}

void rtpm_choose_checkpoint(struct rtpm *r, unsigned checkpoint_kib)
{
    if (r->state == RT_OPEN_INDICATED && r->choice_here && checkpoint_kib < r->checkpoint_kib)
        r->checkpoint_kib = checkpoint_kib;
}

int rtpm_accept(struct rtpm *r, struct slice user_data)
{
    struct rt_input in = {.type = RT_U_ACCEPT, .user_data = user_data};

    return step(r, &in);
}

int rtpm_refuse(struct rtpm *r, enum rt_refuse_reason refuse_reason, struct slice user_data,
                bool transient)
{
    struct rt_input in = {.type = RT_U_REFUSE,
                          .user_data = user_data,
                          .transient = transient,
                          .value = refuse_reason};

    return step(r, &in);
}

int rtpm_transfer(struct rtpm *r)
{
    return request(r, RT_U_TRANSFER, 0);
}

bool rtpm_may_send(const struct rtpm *r)
{
    return r->state == RT_SENDING && rt_window_open(r, NULL);
}

unsigned rtpm_window_left(const struct rtpm *r)
{
    return rt_window_open(r, NULL) ? r->window - (r->synced - r->confirmed) : 0;
}

size_t rtpm_segment_size(const struct rtpm *r)
{
    return (size_t)r->checkpoint_kib * KIB;
}

int rtpm_segment(struct rtpm *r, const struct gather *segment, bool last)
{
    struct rt_input in = {.type = RT_U_SEGMENT, .segment = segment, .last = last};

    if (!last && (r->checkpoint_kib == 0 || segment->len != rtpm_segment_size(r)))
        return X4_EINVAL;
    return step(r, &in);
}

int rtpm_part(struct rtpm *r, const struct gather *piece, enum data_part part, uint64_t total)
{
    const struct rt_input in = {.type = RT_U_SEGMENT,
                                .segment = piece,
                                .last = part == PART_LAST,
                                .part = part,
                                .total = total};

    if (r->checkpoint_kib != 0 || r->in_part != (part == PART_MIDDLE || part == PART_LAST))
        return X4_EINVAL;
    return step(r, &in);
}

int rtpm_discard(struct rtpm *r)
{
    return request(r, RT_U_DISCARD, 0);
}

int rtpm_confirm(struct rtpm *r, uint32_t serial)
{
    bool receiving = r->state == RT_RECEIVING || r->state == RT_SECURING;

    if (!receiving || serial <= r->confirmed)
        return X4_OK;
    return request(r, RT_U_CONFIRM, serial) == X4_OK ? X4_OK : X4_EINVAL;
}

int rtpm_secured(struct rtpm *r)
{
    return request(r, RT_U_SECURED, 0);
}

int rtpm_exception(struct rtpm *r, enum s_reason reason)
{
    return request(r, RT_U_EXCEPTION, reason);
}

int rtpm_turn_please(struct rtpm *r, int64_t priority)
{
    return request(r, RT_U_PLEASE, priority);
}

int rtpm_turn_give(struct rtpm *r)
{
    return request(r, RT_U_GIVE, 0);
}

int rtpm_close(struct rtpm *r)
{
    return request(r, RT_U_CLOSE, 0);
}

int rtpm_abort(struct rtpm *r, enum rt_abort_reason reason)
{
    return request(r, RT_U_ABORT, reason);
}

/* ---- from below ------------------------------------------------------------------------------ */

static enum rt_input_type input_type(const struct rl_prim *prim)
{
    static const struct {
        enum rt_input_type indication, confirm;
    } types[S_SERVICES] = {
        [S_CONNECT] = {RT_L_CONNECT_IND, RT_L_CONNECT_CNF},
        [S_RELEASE] = {RT_L_RELEASE_IND, RT_L_RELEASE_CNF},
        [S_U_ABORT] = {RT_L_ABORT, RT_L_OTHER},
        [S_P_ABORT] = {RT_L_ABORT, RT_L_OTHER},
        [S_DATA] = {RT_L_DATA, RT_L_OTHER},
        [S_TOKEN_PLEASE] = {RT_L_PLEASE, RT_L_OTHER},
        [S_CONTROL_GIVE] = {RT_L_GIVE, RT_L_OTHER},
        [S_SYNC_MINOR] = {RT_L_SYNC_IND, RT_L_SYNC_CNF},
        [S_ACTIVITY_START] = {RT_L_START, RT_L_OTHER},
        [S_ACTIVITY_RESUME] = {RT_L_RESUME, RT_L_OTHER},
        [S_ACTIVITY_END] = {RT_L_END_IND, RT_L_END_CNF},
        [S_ACTIVITY_INTERRUPT] = {RT_L_INTERRUPT_IND, RT_L_OTHER},
        [S_ACTIVITY_DISCARD] = {RT_L_DISCARD_IND, RT_L_DISCARD_CNF},
        [S_U_EXCEPTION_REPORT] = {RT_L_U_EXCEPTION, RT_L_OTHER},
        [S_P_EXCEPTION_REPORT] = {RT_L_P_EXCEPTION, RT_L_OTHER},
        [S_TOKEN_GIVE] = {RT_L_OTHER, RT_L_OTHER},
    };

    if (prim->op == PRIM_CONFIRM)
        return types[prim->service].confirm;
    return prim->op == PRIM_INDICATION ? types[prim->service].indication : RT_L_OTHER;
}

/* The number that comes with a primitive. */
static int64_t input_value(const struct rl_prim *prim)
{
    switch (prim->service) {
    case S_SYNC_MINOR: return prim->u.serial;
    case S_TOKEN_PLEASE: return prim->u.priority;
    case S_U_EXCEPTION_REPORT:
    case S_P_EXCEPTION_REPORT: return prim->u.reason;
    default: return 0;
    }
}

void rtpm_input(struct rtpm *r, const struct rl_prim *prim)
{
    struct rt_input in = {.type = input_type(prim), .prim = prim, .value = input_value(prim)};

    if (r->state == RT_OVER || step(r, &in) == X4_OK)
        return;
    rt_abort_protocol(r, &in);
    move(r, RT_OVER);
}

void rtpm_timeout(struct rtpm *r)
{
    request(r, RT_TIMER, 0);
}

const char *rtpm_state_name(const struct rtpm *r)
{
    return rt_state_text(r->state);
}
