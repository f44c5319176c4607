/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and accepting: MTABind, and who may. */
#include "connector/x400/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdio.h>

enum { BIND_ARENA = 64 * 1024, RTAB_LOCAL = 0 };

int x400_build_bind(const struct x400_profile *p, enum p1_credentials kind, struct buf *out)
{
    const struct p1_bind bind = {
        .credentials = kind,
        .mta_name = slice_str(p->local_name),
        .password = p->local_password ? slice_str(p->local_password) : SLICE_LIT(""),
    };

    return p1_bind_build(&bind, out);
}

static uint32_t seconds(int64_t ms)
{
    return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* Selectors that the mode has: X.410 modes have no session and presentation addressing. */
struct stack_selectors x400_called_selectors(const struct x400_profile *p)
{
    struct stack_selectors s = {.tsel = x400_selector_slice(&p->outgoing.t)};

    if (p->mode == STACK_NORMAL) {
        s.ssel = x400_selector_slice(&p->outgoing.s);
        s.psel = x400_selector_slice(&p->outgoing.p);
    }
    return s;
}

struct stack_selectors x400_calling_selectors(const struct x400 *x, const struct x400_profile *p)
{
    const struct x400_stack *own = x400_stack_of(x, p->stack_dn);
    struct stack_selectors s = {.tsel = SLICE_NONE};

    if (!own)
        return s;
    s.tsel = x400_selector_slice(&own->profile.called.t);
    if (p->mode == STACK_NORMAL) {
        s.ssel = x400_selector_slice(&own->profile.called.s);
        s.psel = x400_selector_slice(&own->profile.called.p);
    }
    return s;
}

unsigned x400_offered_tpdu(const struct x400 *x, const struct x400_profile *p)
{
    const struct x400_stack *own = x400_stack_of(x, p->stack_dn);

    return own ? own->profile.max_tpdu : LIMIT_TPDU_DEFAULT;
}

int x400_start_open(struct x400_assoc *a)
{
    const struct x400_profile *p = &a->connector->profile;
    const struct conf_object *server = mta_server(a->x->mta);
    char utctime[MTS_UTCTIME_LEN + 1];
    struct stack_params params = {
        .initiator = true,
        .mode = p->mode,
        .calling = x400_calling_selectors(a->x, p),
        .called = x400_called_selectors(p),
        .max_tpdu = x400_offered_tpdu(a->x, p),
        .checkpoint_kib = p->checkpoint_kib,
        .window = p->window,
        .two_way_alternate = p->two_way && !a->connector->monologue_only,
        .open_timeout_ms = seconds(conf_int(server, "open-timeout") * 1000),
        .answer_timeout_ms = seconds(conf_int(server, "answer-timeout") * 1000),
        .connection_number = a->number,
        .user_reference = p->local_name,
        .utctime = utctime,
    };
    struct buf bind;
    int error;

    mts_utctime_print(x400_wall(a->x), utctime);
    a->stack = stack_new(&params);
    if (!a->stack)
        return X4_ENOMEM;
    buf_init(&bind, BIND_ARENA);
    error = x400_build_bind(p, P1_CREDENTIALS_IA5, &bind);
    if (!error)
        error = stack_open(a->stack, buf_view(&bind), x400_now(a->x));
    buf_wipe(&bind);
    return error;
}

/* ---- the result, as initiator ---------------------------------------------------------------- */

static const char *wrong_name(struct slice name, struct buf *space)
{
    buf_text(space, "the MTA that answered calls itself ");
    event_escape(space, name);
    return buf_cstr(space) ? buf_cstr(space) : "the MTA that answered has another name";
}

const char *x400_result_problem(const struct x400_profile *p, struct slice bind, struct buf *space)
{
    struct arena arena;
    struct p1_bind got = {.credentials = P1_CREDENTIALS_NONE}; /* RTOAC may have no user data */
    const char *problem = NULL;

    arena_init(&arena, BIND_ARENA);
    if (slice_present(bind) && p1_bind_parse(bind, &arena, &got))
        problem = "the bind result cannot be read";
    else if (got.credentials == P1_CREDENTIALS_NONE)
        problem = p->remote_password ? "the bind result carries no credentials" : NULL;
    else if (!p1_name_equal(got.mta_name, slice_str(p->remote_name), false))
        problem = wrong_name(got.mta_name, space);
    else if (p->remote_password && !p1_password_equal(got.password, slice_str(p->remote_password)))
        problem = "the MTA that answered gave another password (case matters)";
    arena_wipe(&arena);
    return problem;
}

static void remember(struct x400_assoc *a, const struct stack_open *open)
{
    const struct x400_connector *c = a->connector;

    a->state = X400_OPEN;
    if (!a->initiator)
        guard_bound(a->x->guard, &a->ticket);
    a->mode = open->mode;
    a->two_way = open->two_way_alternate;
    a->checkpoint_kib = stack_checkpoint_kib(a->stack);
    a->window = stack_window(a->stack);
    a->opened_ms = x400_wall(a->x);
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_ASSOCIATION_OPENED,
              EV_INT("association", a->number), EV_STR("connector", c->dn),
              EV_STR("direction", a->initiator ? "outgoing" : "incoming"),
              EV_STR("peer", a->peer_text), EV_STR("local", a->local_text),
              EV_STR("mode", x400_mode_name(a->mode)),
              EV_STR("dialogue", a->two_way ? "two-way alternate" : "monologue"),
              EV_INT("checkpoint", a->checkpoint_kib), EV_INT("window", a->window));
}

void x400_opened(struct x400_assoc *a, const struct stack_open *open)
{
    const char *problem;
    struct buf space;

    buf_init(&space, LIMIT_EVENT_TEXT);
    problem = x400_result_problem(&a->connector->profile, open->bind, &space);
    if (problem) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_BAD_CREDENTIALS,
                  EV_STR("mta-name", a->connector->profile.remote_name),
                  EV_STR("peer", a->peer_text), EV_STR("connector", a->connector->dn),
                  EV_STR("detail", problem));
        x400_connector_failed(a->connector, a, true, problem);
        a->state = X400_CLOSING; /* told already: this attempt failed */
        a->abort_why = "the answer is not that of the MTA that was called";
        stack_abort(a->stack, RTAB_LOCAL, x400_now(a->x));
    } else {
        remember(a, open);
        x400_connector_opened(a->connector, a);
        x400_send_next(a);
    }
    buf_free(&space);
}

/* ---- callers --------------------------------------------------------------------------------- */

struct judgement {
    struct x400_connector *connector; /* who it is, or NULL */
    struct x400_connector *nearest;   /* the one with the least against it */
    unsigned mismatches;              /* of the nearest */
    struct buf candidates;            /* why each was rejected */
};

static unsigned weight(unsigned mismatches)
{
    return (unsigned)__builtin_popcount(mismatches);
}

static void judge(struct x400_assoc *a, const struct x400_evidence *e, struct judgement *j)
{
    LIST_EACH(it, &a->x->connectors)
    {
        struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);
        unsigned m;

        if (c->removed)
            continue;
        m = x400_mismatches(&c->profile, &a->called->profile, e);
        if (m & X400_OTHER_STACK)
            continue;
        if (m == 0 && (!j->connector || !j->connector->profile.enabled))
            j->connector = c; /* one that is enabled, if several fit */
        if (!j->nearest || weight(m) < weight(j->mismatches)) {
            j->nearest = c;
            j->mismatches = m;
        }
        if (m) {
            buf_text(&j->candidates, j->candidates.len ? "; " : "");
            x400_explain(&c->profile, m, e, &j->candidates);
        }
    }
}

/* The event that tells the operator what is wrong: the wrong address first, then the name, then
 * the password. */
static enum event_number event_of(const struct judgement *j)
{
    if (!j->nearest || j->mismatches & X400_ADDRESS)
        return EVENT_NO_CONNECTOR;
    if (j->mismatches & X400_NAME)
        return EVENT_UNKNOWN_MTA;
    if (j->mismatches & X400_PASSWORD)
        return EVENT_BAD_CREDENTIALS;
    return EVENT_NO_CONNECTOR;
}

static void tell_refusal(struct x400_assoc *a, const struct x400_evidence *e,
                         const struct judgement *j)
{
    if (!x400_call_may_tell(a))
        return;
    LOG_EVENT(a->x->log, x400_wall(a->x), event_of(j), EV_STR("peer", a->peer_text),
              EV_STR("local", a->local_text), EV_STR("stack", e->stack_dn),
              EV_HEX("called-tsel", e->called.tsel), EV_HEX("called-ssel", e->called.ssel),
              EV_HEX("called-psel", e->called.psel), EV_HEX("calling-tsel", e->calling.tsel),
              EV_HEX("calling-ssel", e->calling.ssel), EV_HEX("calling-psel", e->calling.psel),
              EV_SLICE("mta-name", e->bind->mta_name),
              EV_STR("connector", j->nearest ? j->nearest->dn : NULL),
              EV_SLICE("candidates", buf_view(&j->candidates)),
              EV_SLICE("detail", buf_view(&j->candidates)));
}

/* Its event has been told already. */
static void refuse(struct x400_assoc *a, int bind_error)
{
    a->refused_here = true;
    if (bind_error == P1_BIND_AUTHENTICATION_ERROR)
        x400_call_failed(a);
    if (a->connector)
        a->connector->refused++;
    stack_refuse(a->stack, bind_error, x400_now(a->x));
}

static unsigned incoming(const struct x400_connector *c)
{
    unsigned n = 0;

    LIST_EACH(it, &c->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        n += !a->initiator && a->state != X400_OPENING;
    }
    return n;
}

/* The caller is known; may it come in now? -1: yes, else the bind error. */
static int admission(struct x400_assoc *a, const struct x400_connector *c,
                     const struct stack_open *open)
{
    const struct x400_profile *p = &c->profile;

    if (!p->enabled || p->schedule == CONF_NEVER) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_CONNECTOR_SUSPENDED,
                  EV_STR("peer", a->peer_text), EV_STR("connector", c->dn),
                  EV_STR("schedule", conf_str(p->object, "schedule")),
                  EV_BOOL("enabled", p->enabled));
        return P1_BIND_BUSY;
    }
    if (open->two_way_alternate && !p->two_way) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_WRONG_DIALOGUE_MODE,
                  EV_STR("peer", a->peer_text), EV_STR("connector", c->dn),
                  EV_STR("offered", "two-way alternate"), EV_STR("allowed", "monologue"));
        return P1_BIND_UNACCEPTABLE_DIALOGUE_MODE;
    }
    if (x400_is_full(a->x)) {
        x400_tell_full(c, "incoming");
        return P1_BIND_BUSY;
    }
    if (incoming(c) >= p->max_associations + p->urgent_associations) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_ASSOCIATION_LIMIT,
                  EV_INT("limit", p->max_associations + p->urgent_associations),
                  EV_STR("connector", c->dn), EV_STR("direction", "incoming"));
        return P1_BIND_BUSY;
    }
    return -1;
}

static void admit(struct x400_assoc *a, struct x400_connector *c, const struct stack_open *open,
                  enum p1_credentials kind)
{
    int bind_error = admission(a, c, open);
    struct buf bind;

    x400_assoc_join(a, c);
    if (bind_error >= 0) {
        refuse(a, bind_error);
        return;
    }
    stack_choose_checkpoint(a->stack, c->profile.checkpoint_kib);
    buf_init(&bind, BIND_ARENA);
    if (x400_build_bind(&c->profile, kind, &bind) ||
        stack_accept(a->stack, buf_view(&bind), x400_now(a->x)))
        refuse(a, P1_BIND_BUSY);
    else
        remember(a, open);
    buf_wipe(&bind);
    if (a->state == X400_OPEN)
        x400_connector_opened(c, a);
}

static void identify(struct x400_assoc *a, const struct stack_open *open,
                     const struct p1_bind *bind)
{
    const struct x400_evidence e = {
        .stack_dn = a->called->dn,
        .peer = &a->peer,
        .calling = open->calling,
        .called = open->called,
        .bind = bind,
        .mode = open->mode,
    };
    struct judgement j = {.connector = NULL};

    buf_init(&j.candidates, LIMIT_EVENT_TEXT);
    judge(a, &e, &j);
    if (j.connector) {
        admit(a, j.connector, open,
              bind->credentials == P1_CREDENTIALS_OCTETS ? P1_CREDENTIALS_OCTETS
                                                         : P1_CREDENTIALS_IA5);
    } else {
        if (!j.nearest)
            buf_text(&j.candidates, "none: no connector uses this stack");
        tell_refusal(a, &e, &j);
        refuse(a, P1_BIND_AUTHENTICATION_ERROR);
    }
    buf_free(&j.candidates);
}

/* What we cannot make anything of, whoever calls; NULL: nothing. */
static const char *bind_problem(int error, const struct p1_bind *bind)
{
    if (error)
        return "the bind argument cannot be read";
    if (bind->security_context)
        return "a security context was offered; none is supported";
    if (bind->credentials == P1_CREDENTIALS_STRONG || bind->credentials == P1_CREDENTIALS_PROTECTED)
        return "only simple credentials are supported";
    return NULL;
}

void x400_accept(struct x400_assoc *a, const struct stack_open *open)
{
    struct p1_bind bind = {.credentials = P1_CREDENTIALS_NONE};
    const char *problem;
    struct arena arena;
    int error = X4_OK;

    arena_init(&arena, BIND_ARENA);
    if (slice_present(open->bind))
        error = p1_bind_parse(open->bind, &arena, &bind);
    problem = bind_problem(error, &bind);
    if (problem) {
        if (x400_call_may_tell(a))
            LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_BAD_CREDENTIALS,
                      EV_SLICE("mta-name", bind.mta_name), EV_STR("peer", a->peer_text),
                      EV_STR("connector", "-"), EV_STR("detail", problem));
        refuse(a, !error && bind.security_context ? P1_BIND_UNACCEPTABLE_SECURITY_CONTEXT
                                                  : P1_BIND_AUTHENTICATION_ERROR);
    } else {
        identify(a, open, &bind);
    }
    arena_wipe(&arena);
}
