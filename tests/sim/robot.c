/* SPDX-License-Identifier: Apache-2.0 */
#include "robot.h"

#include "base/error.h"
#include "base/limits.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SECOND = 1000,
    AGAIN_MS = 20 * SECOND,
    OPEN_MS = 60 * SECOND,
    ANSWER_MS = 1200 * SECOND, /* counts from when all is said, and lines can be slow */
    BIND_MAX = 1024,
    APDU_MAX = 64 * 1024 * 1024,
    RTAB_TEMPORARY = 3,
};

void sim_robot_say(const struct sim_robot *r, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sim_say(r->world, NULL, "%s %s", r->name, text);
}

uint64_t sim_robot_draw(struct sim_robot *r)
{
    struct sim_rng rng = sim_rng_make(r->world->plan->seed + ++r->drawn, (uint64_t)r->number + 100);

    return sim_rng_next(&rng);
}

struct sim_robot *sim_robot_of(struct sim_world *w, int64_t number)
{
    return number >= 1 && number <= SIM_ROBOTS && w->robot[number].entry ? &w->robot[number] : NULL;
}

struct sim_robot *sim_robot_at(struct sim_world *w, int64_t node)
{
    return sim_robot_of(w, node - SIM_ROBOT_NODE);
}

/* ---- sending --------------------------------------------------------------------------------- */

static struct sim_post *next_post(const struct sim_robot *r)
{
    LIST_EACH(it, &r->outbox)
    {
        struct sim_post *p = LIST_ITEM(it, struct sim_post, link);

        if (!p->on_its_way)
            return p;
    }
    return NULL;
}

static void let_go(struct sim_visit *v)
{
    if (v->out)
        v->out->on_its_way = false;
    v->out = NULL;
}

void sim_visit_go_on(struct sim_visit *v)
{
    const int64_t now = sim_peer_now(&v->peer);
    struct sim_post *next = next_post(v->robot);

    if (!stack_has_turn(v->peer.stack)) {
        stack_turn_please(v->peer.stack, 1, now);
        return;
    }
    if (!next) {
        stack_close(v->peer.stack, now);
        return;
    }
    if (stack_transfer(v->peer.stack, next->apdu.len, now))
        return;
    next->on_its_way = true;
    v->out = next;
    v->said = 0;
}

void sim_visit_say(struct sim_visit *v, size_t len)
{
    const struct slice part =
        v->out ? slice_sub(buf_view(&v->out->apdu), v->said, len) : SLICE_NONE;

    if (!part.len)
        return;
    if (stack_send_segment(v->peer.stack, part, sim_peer_now(&v->peer)) == X4_OK)
        v->said += part.len;
}

/* The MTA has confirmed it. */
void sim_visit_sent(struct sim_visit *v)
{
    struct sim_post *p = v->out;

    v->out = NULL;
    if (!p)
        return;
    if (p->letter->state != SIM_ACCEPTED)
        sim_robot_say(v->robot, "letter %u accepted as %s", p->letter->serial, p->letter->mts_id);
    p->letter->state = SIM_ACCEPTED;
    list_remove(&p->link);
    buf_free(&p->apdu);
    free(p);
}

void sim_robot_submit(struct sim_world *w, struct sim_robot *r, const struct sim_entry *e)
{
    struct sim_post *p = calloc(1, sizeof(*p));

    if (!p)
        abort();
    p->letter = sim_ledger_letter(&w->ledger, e);
    sim_robot_say(r, "letter %u: %s of %" PRId64 " octets to %u recipients%s", p->letter->serial,
                  sim_get(e, "probe") ? "probe" : "message", sim_get(e, "size"), e->to_count,
                  sim_broken(e) ? ", breaks the protocol" : "");
    buf_init(&p->apdu, APDU_MAX);
    sim_robot_write(r, p->letter, &p->apdu);
    list_push_back(&r->outbox, &p->link);
}

/* ---- events of an association ---------------------------------------------------------------- */

/* Odd values of one that lies are another name, even ones another password. */
static void make_bind(const struct sim_visit *v, struct buf *bind)
{
    const bool lies = v->manner->lies;

    buf_init(bind, BIND_MAX);
    sim_peer_bind(lies && v->value % 2 ? "NOBODY" : v->robot->name,
                  lies && v->value % 2 == 0 ? "wrong" : SIM_ROBOT_PASSWORD, bind);
}

void sim_visit_accept(struct sim_visit *v)
{
    struct buf bind;

    make_bind(v, &bind);
    stack_accept(v->peer.stack, buf_view(&bind), sim_peer_now(&v->peer));
    buf_free(&bind);
}

void sim_visit_take(struct sim_visit *v)
{
    sim_robot_take(v->robot, buf_view(&v->apdu));
    stack_receive_secured(v->peer.stack, sim_peer_now(&v->peer));
}

static void act_open_ind(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (v->manner->asked)
        v->manner->asked(v);
    else
        sim_visit_accept(v);
}

static void act_opened(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (v->manner->opened)
        v->manner->opened(v);
    else
        sim_visit_go_on(v);
}

static void act_turn_please(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (v->manner->turn)
        v->manner->turn(v);
    else
        stack_turn_give(v->peer.stack, sim_peer_now(&v->peer));
}

static void act_turn_given(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (!v->called && !v->out)
        sim_visit_go_on(v);
}

static void act_send(struct sim_visit *v, const struct stack_event *ev)
{
    if (v->manner->saying)
        v->manner->saying(v);
    if (v->peer.conn)
        sim_visit_say(v, ev->u.want);
}

static void act_sent(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (v->manner->sent) {
        v->manner->sent(v);
        return;
    }
    sim_visit_sent(v);
    sim_visit_go_on(v);
}

static void act_not_sent(struct sim_visit *v, const struct stack_event *ev)
{
    const bool completed = ev->u.failure.completed;

    if (completed)
        sim_visit_sent(v);
    let_go(v);
    v->robot->call_at = sim_now(v->robot->world) + AGAIN_MS;
    if (completed || v->done)
        sim_visit_go_on(v);
    else
        stack_abort(v->peer.stack, RTAB_TEMPORARY, sim_peer_now(&v->peer));
}

static void act_start(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    buf_reset(&v->apdu);
}

static void act_data(struct sim_visit *v, const struct stack_event *ev)
{
    buf_slice(&v->apdu, ev->u.data);
    if (v->manner->heard)
        v->manner->heard(v);
}

static void act_checkpoint(struct sim_visit *v, const struct stack_event *ev)
{
    if (v->manner->checkpoint)
        v->manner->checkpoint(v);
    else
        stack_checkpoint_secured(v->peer.stack, ev->u.checkpoint, sim_peer_now(&v->peer));
}

static void act_end(struct sim_visit *v, const struct stack_event *ev)
{
    (void)ev;
    if (v->manner->whole)
        v->manner->whole(v);
    else
        sim_visit_take(v);
}

static void act_over(struct sim_visit *v, const struct stack_event *ev)
{
    if (ev->type == STACK_EV_ABORTED && ev->u.abort.transfer_completed)
        sim_visit_sent(v);
    v->over = true;
}

static void on_event(void *ctx, const struct stack_event *ev)
{
    static void (*const acts[])(struct sim_visit * v, const struct stack_event *ev) = {
        [STACK_EV_OPEN_IND] = act_open_ind,
        [STACK_EV_OPENED] = act_opened,
        [STACK_EV_TURN_PLEASE] = act_turn_please,
        [STACK_EV_TURN_GIVEN] = act_turn_given,
        [STACK_EV_SEND] = act_send,
        [STACK_EV_SENT] = act_sent,
        [STACK_EV_NOT_SENT] = act_not_sent,
        [STACK_EV_RECEIVE_START] = act_start,
        [STACK_EV_RECEIVE_DATA] = act_data,
        [STACK_EV_RECEIVE_CHECKPOINT] = act_checkpoint,
        [STACK_EV_RECEIVE_END] = act_end,
        [STACK_EV_REFUSED] = act_over,
        [STACK_EV_CLOSED] = act_over,
        [STACK_EV_ABORTED] = act_over,
    };
    struct sim_visit *v = ctx;

    if ((size_t)ev->type < sizeof(acts) / sizeof(acts[0]) && acts[ev->type])
        acts[ev->type](v, ev);
}

static void on_tcp(void *ctx)
{
    struct sim_visit *v = ctx;

    if (v->manner->tcp)
        v->manner->tcp(v);
}

static void on_gone(void *ctx)
{
    struct sim_visit *v = ctx;

    v->over = true;
}

/* ---- associations ---------------------------------------------------------------------------- */

static struct stack_params params_of(const struct sim_robot *r, bool initiator)
{
    static const enum stack_mode modes[] = {STACK_NORMAL, STACK_X410_1988, STACK_X410_1984};

    return (struct stack_params){
        .initiator = initiator,
        .mode = modes[sim_get(r->entry, "mode") % 3],
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = (unsigned)sim_get(r->entry, "checkpoint"),
        .window = 1 + (unsigned)sim_get(r->entry, "window"),
        .two_way_alternate = sim_get(r->entry, "twa") != 0,
        .open_timeout_ms = OPEN_MS,
        .answer_timeout_ms = ANSWER_MS,
        .connection_number = 1,
        .user_reference = r->name,
        .utctime = "261122000000Z",
    };
}

static struct sim_visit *visit_new(struct sim_robot *r, const struct sim_manner *manner,
                                   int64_t value)
{
    struct sim_visit *v = calloc(1, sizeof(*v));

    if (!v)
        abort();
    v->robot = r;
    v->manner = manner;
    v->value = value;
    v->peer = (struct sim_peer){
        .io = r->io, .on_event = on_event, .on_gone = on_gone, .on_tcp = on_tcp, .ctx = v};
    buf_init(&v->apdu, APDU_MAX);
    list_push_back(&r->visits, &v->link);
    return v;
}

static void visit_free(struct sim_visit *v)
{
    let_go(v);
    list_remove(&v->link);
    sim_peer_free(&v->peer);
    buf_free(&v->apdu);
    free(v);
}

/* It lasts so many associations. */
static void wear_off(struct sim_mood *mood, const struct sim_manner *proper)
{
    if (mood->times && !--mood->times)
        mood->manner = proper;
}

static void incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                     const struct io_addr *local)
{
    struct sim_robot *r = ctx;
    struct sim_visit *v = visit_new(r, r->called.manner, r->called.value);
    const struct stack_params params = params_of(r, false);

    (void)remote;
    (void)local;
    v->called = true;
    if (v->manner != &sim_when_called[0])
        sim_robot_say(r, "is called, and %s", v->manner->name);
    wear_off(&r->called, &sim_when_called[0]);
    sim_peer_answer(&v->peer, conn, &params);
}

static void call(struct sim_robot *r, const struct sim_manner *manner, int64_t value)
{
    struct sim_visit *v = visit_new(r, manner, value);
    const struct stack_params params = params_of(r, true);
    char address[IO_ADDR_TEXT];
    struct buf bind;

    sim_robot_say(r, "calls, and %s", manner->name);
    snprintf(address, sizeof(address), "10.0.0.%" PRId64, sim_get(r->entry, "a"));
    make_bind(v, &bind);
    if (!sim_peer_call(&v->peer, address, &params, buf_view(&bind)))
        v->over = true;
    buf_free(&bind);
}

void sim_robot_answers(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_robot *r = sim_robot_of(w, sim_get(e, "robot"));

    if (!r)
        return;
    r->called = (struct sim_mood){&sim_when_called[(uint64_t)sim_get(e, "how") % SIM_ANSWERS],
                                  sim_get(e, "value"), sim_get(e, "times")};
}

/* Is there to be something that it sends? */
static bool needs_a_letter(const struct sim_manner *manner)
{
    return manner == &sim_when_calling[0] || manner->saying || manner->sent;
}

void sim_robot_calls(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_robot *r = sim_robot_of(w, sim_get(e, "robot"));
    const struct sim_manner *manner = &sim_when_calling[(uint64_t)sim_get(e, "how") % SIM_CALLS];

    if (!r)
        return;
    if (needs_a_letter(manner)) {
        r->calling = (struct sim_mood){manner, sim_get(e, "value"), sim_get(e, "times")};
        return;
    }
    for (int64_t n = sim_get(e, "times"); n >= 0; n--)
        call(r, manner, sim_get(e, "value"));
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void start(struct sim_world *w, struct sim_robot *r, const struct sim_entry *e)
{
    struct io_listen_params params = {.on_incoming = incoming, .ctx = r};
    char address[IO_ADDR_TEXT];

    r->world = w;
    r->entry = e;
    r->number = (int)sim_get(e, "robot");
    r->called.manner = &sim_when_called[0];
    r->calling.manner = &sim_when_calling[0];
    list_init(&r->visits);
    list_init(&r->outbox);
    snprintf(r->name, sizeof(r->name), "R%d", r->number);
    snprintf(address, sizeof(address), "10.0.2.%d", r->number);
    r->io = sim_host(w->net, address);
    if (io_addr_parse(address, 102, &params.local) ||
        r->io->ops->listen(r->io, &params, &r->listener, NULL, 0))
        abort();
}

void sim_robots_start(struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        const struct sim_entry *e = sim_site_robot(w->plan, i);

        if (e)
            start(w, &w->robot[i], e);
    }
}

static bool is_calling(const struct sim_robot *r)
{
    LIST_EACH(it, &r->visits)
    {
        const struct sim_visit *v = LIST_ITEM(it, struct sim_visit, link);

        if (!v->called && needs_a_letter(v->manner))
            return true;
    }
    return false;
}

static bool wants_to_call(const struct sim_robot *r)
{
    return next_post(r) && !is_calling(r);
}

static bool step(struct sim_robot *r)
{
    LIST_EACH_SAFE(it, &r->visits)
    {
        struct sim_visit *v = LIST_ITEM(it, struct sim_visit, link);

        if (v->over || !v->peer.conn) {
            visit_free(v);
            return true;
        }
    }
    if (!wants_to_call(r) || r->call_at > sim_now(r->world))
        return false;
    r->call_at = sim_now(r->world) + AGAIN_MS;
    call(r, r->calling.manner, r->calling.value);
    wear_off(&r->calling, &sim_when_calling[0]);
    return true;
}

bool sim_robots_step(struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        if (w->robot[i].entry && step(&w->robot[i]))
            return true;
    }
    return false;
}

int64_t sim_robots_next(const struct sim_world *w)
{
    int64_t next = INT64_MAX;

    for (int i = 1; i <= SIM_ROBOTS; i++) {
        const struct sim_robot *r = &w->robot[i];

        if (r->entry && wants_to_call(r) && r->call_at < next)
            next = r->call_at;
    }
    return next;
}

void sim_robots_heal(struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        struct sim_robot *r = &w->robot[i];

        if (!r->entry)
            continue;
        r->called.manner = &sim_when_called[0];
        r->calling.manner = &sim_when_calling[0];
        LIST_EACH_SAFE(it, &r->visits)
        {
            struct sim_visit *v = LIST_ITEM(it, struct sim_visit, link);

            if (v->manner != &sim_when_called[0] && v->manner != &sim_when_calling[0])
                visit_free(v);
        }
    }
}

bool sim_robots_are_quiet(const struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        if (w->robot[i].entry && !list_empty(&w->robot[i].outbox))
            return false;
    }
    return true;
}

void sim_robots_collect(struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        for (size_t k = 0; k < w->robot[i].taken_count; k++)
            sim_ledger_taken(w, &w->robot[i].taken[k]);
    }
}

static void robot_free(struct sim_robot *r)
{
    LIST_EACH_SAFE(it, &r->visits)
    {
        visit_free(LIST_ITEM(it, struct sim_visit, link));
    }
    LIST_EACH_SAFE(it, &r->outbox)
    {
        struct sim_post *p = LIST_ITEM(it, struct sim_post, link);

        buf_free(&p->apdu);
        free(p);
    }
    r->io->ops->listener_free(&r->listener);
    free(r->digest);
    free(r->taken);
    r->entry = NULL;
}

void sim_robots_free(struct sim_world *w)
{
    for (int i = 1; i <= SIM_ROBOTS; i++) {
        if (w->robot[i].entry)
            robot_free(&w->robot[i]);
    }
}
