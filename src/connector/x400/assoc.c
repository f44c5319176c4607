/* SPDX-License-Identifier: Apache-2.0 */
/* One association: joins a TCP connection, the OSI stack, and the MTA. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECOND_MS = 1000, RTAB_TEMPORARY = 3 };

/* ---- life ------------------------------------------------------------------------------------ */

static void timer_fired(void *ctx)
{
    struct x400_assoc *a = ctx;

    if (a->stack)
        stack_timeout(a->stack, x400_now(a->x));
    x400_assoc_pump(a);
}

static struct x400_assoc *assoc_new(struct x400 *x)
{
    struct x400_assoc *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->x = x;
    list_init(&a->in_connector);
    a->number = ++x->last_number;
    a->idle_since = x400_now(x);
    a->unread_since = INT64_MAX;
    a->timer = x->io->ops->timer_new(x->io, timer_fired, a);
    if (!a->timer) {
        free(a);
        return NULL;
    }
    list_push_back(&x->associations, &a->link);
    x->association_count++;
    return a;
}

void x400_assoc_join(struct x400_assoc *a, struct x400_connector *c)
{
    a->connector = c;
    list_push_back(&c->associations, &a->in_connector);
    a->x->joined_count++;
}

bool x400_is_full(const struct x400 *x)
{
    return x->joined_count >= (unsigned)conf_int(mta_server(x->mta), "max-associations");
}

void x400_assoc_free(struct x400_assoc *a)
{
    struct x400_connector *c = a->connector;
    bool full = x400_is_full(a->x);

    x400_send_lost(a, false, "the association ended");
    x400_receive_dropped(a);
    if (a->conn)
        a->x->io->ops->close(&a->conn, true);
    a->x->io->ops->timer_free(&a->timer);
    stack_free(&a->stack);
    list_remove(&a->link);
    list_remove(&a->in_connector);
    guard_end(a->x->guard, &a->ticket);
    a->x->memory -= a->memory;
    x400_room_leave(a);
    a->x->association_count--;
    a->x->joined_count -= c != NULL;
    if (c)
        x400_connector_lost(c);
    if (full && c)
        x400_kick_held(a->x);
    free(a);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void on_connected(void *ctx)
{
    struct x400_assoc *a = ctx;
    struct io_addr local;
    struct io_addr remote;
    int error;

    a->x->io->ops->conn_addrs(a->conn, &local, &remote);
    io_addr_print(&local, true, a->local_text);
    a->state = X400_OPENING;
    error = x400_start_open(a);
    if (error) {
        x400_connector_failed(a->connector, a, false, x4_strerror(error));
        x400_assoc_free(a);
        return;
    }
    x400_assoc_pump(a);
}

static void on_data(void *ctx, struct slice octets)
{
    struct x400_assoc *a = ctx;

    x400_receive_octets(a, octets.len);
    stack_input(a->stack, octets, x400_now(a->x));
    x400_assoc_pump(a);
}

static void on_writable(void *ctx)
{
    struct x400_assoc *a = ctx;

    a->blocked = false;
    x400_assoc_pump(a);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct x400_assoc *a = ctx;

    a->conn = NULL; /* the handle is gone */
    if (a->state == X400_CONNECTING) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_CONNECT_FAILED,
                  EV_STR("connector", a->connector->dn), EV_STR("peer", a->peer_text),
                  EV_STR("local", *a->local_text ? a->local_text : "any"), EV_STR("detail", text));
        x400_connector_failed(a->connector, a, false, text ? text : x4_strerror(error));
        x400_assoc_free(a);
        return;
    }
    if (error && !a->ticket.unbound) /* else no_bind() tells, or nobody */
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_CONNECTION_LOST,
                  EV_INT("association", a->number),
                  EV_STR("connector", a->connector ? a->connector->dn : "-"),
                  EV_STR("detail", text ? text : x4_strerror(error)));
    stack_closed(a->stack, x400_now(a->x));
    x400_assoc_pump(a);
}

static const struct io_conn_cb callbacks = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

void x400_assoc_incoming(struct x400_stack *s, struct io_conn *conn, const struct io_addr *remote,
                         const struct io_addr *local)
{
    struct x400 *x = s->x;
    const struct conf_object *server = mta_server(x->mta);
    const struct stack_params params = {
        .initiator = false,
        .called = {.tsel = x400_selector_slice(&s->profile.called.t),
                   .ssel = x400_selector_slice(&s->profile.called.s),
                   .psel = x400_selector_slice(&s->profile.called.p)},
        .max_tpdu = s->profile.max_tpdu,
        .checkpoint_kib = LIMIT_CHECKPOINT_KIB,
        .window = LIMIT_WINDOW,
        .open_timeout_ms = (uint32_t)conf_int(server, "open-timeout") * 1000,
        .answer_timeout_ms = (uint32_t)conf_int(server, "answer-timeout") * 1000,
        .connection_number = x->last_number + 1,
        .user_reference = conf_str(server, "mta-name"),
    };
    const struct guard_call call = {.remote = remote,
                                    .expected = x400_call_expected(x, remote),
                                    .connections = x->association_count,
                                    .now = x400_now(x)};
    struct guard_verdict verdict;
    struct x400_assoc *a;

    if (!x400_call_taken(x, &call, local, &verdict))
        return; /* not accepting closes it */
    a = assoc_new(x);
    if (!a)
        return;
    guard_take(x->guard, &call, &verdict, &a->ticket);
    a->stack = stack_new(&params);
    if (!a->stack) {
        x400_assoc_free(a);
        return;
    }
    a->called = s;
    a->peer = *remote;
    a->state = X400_OPENING;
    io_addr_print(remote, true, a->peer_text);
    io_addr_print(local, true, a->local_text);
    a->conn = conn;
    x->io->ops->accept(conn, &callbacks, a);
    x400_assoc_pump(a);
}

const struct io_addr *x400_source_address(const struct x400 *x, const struct x400_profile *p,
                                          const struct io_addr *remote)
{
    const struct x400_stack *s = x400_stack_of(x, p->stack_dn);

    if (p->has_local_address)
        return &p->local_address;
    for (unsigned i = 0; s && i < s->profile.source_count; i++) {
        if (s->profile.source[i].u.any.sa_family == remote->u.any.sa_family)
            return &s->profile.source[i];
    }
    return NULL;
}

void x400_assoc_call(struct x400_connector *c, const struct io_addr *remote, bool urgent)
{
    struct x400 *x = c->x;
    const struct io_addr *source = x400_source_address(x, &c->profile, remote);
    struct io_connect_params params = {
        .remote = *remote,
        .timeout_ms = (uint32_t)conf_int(mta_server(x->mta), "open-timeout") * 1000,
    };
    struct x400_assoc *a = assoc_new(x);
    int error;

    if (!a) {
        x400_connector_failed(c, NULL, false, x4_strerror(X4_ENOMEM));
        return;
    }
    a->initiator = true;
    a->urgent = urgent;
    a->peer = *remote;
    a->state = X400_CONNECTING;
    x400_assoc_join(a, c);
    io_addr_print(remote, true, a->peer_text);
    params.local = source;
    if (source)
        io_addr_print(source, false, a->local_text);
    error = x->io->ops->connect(x->io, &params, &callbacks, a, &a->conn);
    if (error) {
        x400_connector_failed(c, a, false, x4_strerror(error));
        x400_assoc_free(a);
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

static bool offers_two_way(const struct x400_connector *c)
{
    return c->profile.two_way && !c->monologue_only;
}

/* The caller wanted somebody else at this address. */
static void tell_wrong_selector(const struct x400_assoc *a, const struct stack_refusal *r)
{
    if (r->layer == STACK_LAYER_TRANSPORT)
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_WRONG_TSELECTOR, EV_STR("peer", a->peer_text),
                  EV_STR("local", a->local_text), EV_HEX("called-tsel", r->called),
                  EV_HEX("expected", r->expected));
    else
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_WRONG_SELECTOR, EV_STR("peer", a->peer_text),
                  EV_STR("local", a->local_text), EV_STR("layer", x400_layer_name(r->layer)),
                  EV_HEX("called", r->called), EV_HEX("expected", r->expected));
}

/* A call that ends before its bind. Who closes without a word only looked whether we listen, as
 * monitors do. */
static void no_bind(struct x400_assoc *a, enum event_number number, enum stack_layer layer,
                    const char *text, bool blame)
{
    if (a->refused_here || (!a->heard_octets && !a->conn))
        return;
    if (x400_call_may_tell(a))
        LOG_EVENT(a->x->log, x400_wall(a->x), number, EV_INT("association", a->number),
                  EV_STR("connector", "-"), EV_STR("peer", a->peer_text),
                  EV_STR("local", a->local_text), EV_STR("layer", x400_layer_name(layer)),
                  EV_STR("detail", text));
    if (blame)
        x400_call_failed(a);
}

static void refused(struct x400_assoc *a, const struct stack_refusal *r)
{
    if (slice_present(r->expected)) {
        if (x400_call_may_tell(a))
            tell_wrong_selector(a, r);
        x400_call_failed(a);
    } else if (a->initiator) {
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_LOCAL_OPEN_REFUSED,
                  EV_STR("connector", a->connector->dn), EV_STR("layer", x400_layer_name(r->layer)),
                  EV_STR("peer", a->peer_text), EV_STR("local", a->local_text),
                  EV_STR("detail", r->text));
        if (r->bind_error == P1_BIND_UNACCEPTABLE_DIALOGUE_MODE && offers_two_way(a->connector))
            a->connector->monologue_only = true; /* and at once, when this one is gone */
        else
            x400_connector_failed(a->connector, a, !r->transient && r->bind_error != P1_BIND_BUSY,
                                  r->text);
    } else {
        /* A peer that asks for each of its old associations whether it goes on does as X.228 says.
         */
        no_bind(a, EVENT_REMOTE_OPEN_REFUSED, r->layer, r->text, !(r->recover && a->ticket.known));
    }
    a->over = true;
}

static void tell_closed(struct x400_assoc *a, const char *detail)
{
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_ASSOCIATION_CLOSED,
              EV_INT("association", a->number),
              EV_STR("connector", a->connector ? a->connector->dn : "-"), EV_INT("sent", a->sent),
              EV_INT("received", a->received), EV_STR("detail", detail));
}

static void aborted(struct x400_assoc *a, const struct stack_abort *ab)
{
    a->over = true;
    if (a->ticket.unbound) {
        no_bind(a, EVENT_ASSOCIATION_ABORTED, ab->layer, ab->text, true);
        return;
    }
    if (a->done_with)
        tell_closed(a, a->abort_why);
    else
        LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_ASSOCIATION_ABORTED,
                  EV_INT("association", a->number),
                  EV_STR("connector", a->connector ? a->connector->dn : "-"),
                  EV_STR("peer", a->peer_text), EV_STR("layer", x400_layer_name(ab->layer)),
                  EV_STR("detail", a->abort_why ? a->abort_why : ab->text));
    if (a->state == X400_OPENING && a->initiator)
        x400_connector_failed(a->connector, a, false, ab->text);
    x400_send_lost(a, ab->transfer_completed, ab->text);
}

static void closed(struct x400_assoc *a)
{
    tell_closed(a, a->state == X400_CLOSING ? "released here" : "released by the peer");
    a->over = true;
}

static void turn_given(struct x400_assoc *a)
{
    a->asked_turn = false;
    if (a->state == X400_CLOSING)
        stack_close(a->stack, x400_now(a->x));
    else
        x400_send_next(a);
}

/* For people who look at how the protocol went; not each segment. */
static void tell_step(struct x400_assoc *a, enum stack_event_type type)
{
    static const char *const steps[] = {
        [STACK_EV_OPEN_IND] = "the peer opens",
        [STACK_EV_OPENED] = "open",
        [STACK_EV_REFUSED] = "refused",
        [STACK_EV_TURN_PLEASE] = "the peer asks for the turn",
        [STACK_EV_TURN_GIVEN] = "the peer gives the turn",
        [STACK_EV_SENT] = "sent and acknowledged",
        [STACK_EV_NOT_SENT] = "not sent",
        [STACK_EV_RECEIVE_START] = "the peer begins a transfer",
        [STACK_EV_RECEIVE_END] = "the peer ends the transfer",
        [STACK_EV_RECEIVE_DROPPED] = "the peer drops the transfer",
        [STACK_EV_CLOSED] = "released",
        [STACK_EV_ABORTED] = "aborted",
    };
    char state[X400_TEXT];

    if (!steps[type] || !log_wants(a->x->log, SEVERITY_DEBUG))
        return;
    stack_describe(a->stack, state, sizeof(state));
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_ASSOCIATION_STEP, EV_INT("association", a->number),
              EV_STR("peer", a->peer_text), EV_STR("step", steps[type]), EV_STR("detail", state));
}

static void handle(struct x400_assoc *a, const struct stack_event *ev)
{
    a->idle_since = x400_now(a->x);
    tell_step(a, ev->type);
    switch (ev->type) {
    case STACK_EV_NONE: break;
    case STACK_EV_OPEN_IND: x400_accept(a, &ev->u.open); break;
    case STACK_EV_OPENED: x400_opened(a, &ev->u.open); break;
    case STACK_EV_REFUSED: refused(a, &ev->u.refusal); break;
    case STACK_EV_TURN_PLEASE: x400_turn_please(a, ev->u.priority); break;
    case STACK_EV_TURN_GIVEN: turn_given(a); break;
    case STACK_EV_SEND: x400_send_segment(a, ev->u.want); break;
    case STACK_EV_SENT: x400_send_done(a); break;
    case STACK_EV_NOT_SENT: x400_send_failed(a, &ev->u.failure); break;
    case STACK_EV_RECEIVE_START: x400_receive_start(a); break;
    case STACK_EV_RECEIVE_DATA:
        if (a->in)
            mta_in_put(a->in, ev->u.data);
        break;
    case STACK_EV_RECEIVE_CHECKPOINT: x400_receive_checkpoint(a, ev->u.checkpoint); break;
    case STACK_EV_RECEIVE_END: x400_receive_end(a); break;
    case STACK_EV_RECEIVE_DROPPED: x400_receive_dropped(a); break;
    case STACK_EV_CLOSED: closed(a); break;
    case STACK_EV_ABORTED: aborted(a, &ev->u.abort); break;
    }
}

/* ---- the pump -------------------------------------------------------------------------------- */

static void write_output(struct x400_assoc *a)
{
    struct slice octets = stack_output(a->stack);

    if (!octets.len || !a->conn || a->blocked)
        return;
    a->blocked = a->x->io->ops->write(a->conn, octets) > X400_IO_HIGH;
    a->written += octets.len;
    stack_sent(a->stack, octets.len);
    a->again = true; /* there may be room for the next segment */
}

/* Acknowledgements pile up, because the peer sends and does not read. */
static bool unheard(const struct x400_assoc *a)
{
    return a->blocked && stack_output(a->stack).len > X400_UNREAD_MAX;
}

static void read_unless(struct x400_assoc *a, bool paused, bool waits)
{
    const bool was = a->paused || a->waits;

    a->paused = paused;
    a->waits = waits;
    if ((paused || waits) != was && a->conn)
        a->x->io->ops->pause(a->conn, !was);
}

/* Neither one who is ahead of the disk nor one who does not read is read any further for a while.
 */
static void throttle(struct x400_assoc *a)
{
    const bool paused = (a->in && mta_in_congested(a->in)) || unheard(a);

    if (a->paused && !paused && a->in)
        x400_receive_allow(a); /* it waited for us */
    read_unless(a, paused, x400_room_is_waited_for(a));
}

void x400_assoc_room_changed(struct x400_assoc *a)
{
    read_unless(a, a->paused, x400_room_is_waited_for(a));
}

static void set_timer(struct x400_assoc *a)
{
    int64_t now = x400_now(a->x);
    int64_t at = stack_deadline(a->stack);

    if (x400_patience_until(a) < at)
        at = x400_patience_until(a);
    if (a->initiator && a->state == X400_OPEN && x400_hours_change(a->connector) < at)
        at = x400_hours_change(a->connector);
    if ((a->owes_checkpoint || a->paused) && now + X400_CONGESTION_POLL_MS < at)
        at = now + X400_CONGESTION_POLL_MS;
    a->x->io->ops->timer_set(a->timer, at == INT64_MAX ? -1 : at > now ? at - now : 0);
}

/* Is the connector still one that has associations? It may have been disabled during a transfer, or
 * its time is over. */
static bool may_stay(const struct x400_assoc *a)
{
    return a->state != X400_OPEN ||
           (a->connector->profile.enabled && a->connector->profile.schedule != CONF_NEVER &&
            !(a->initiator && x400_off_hours(a->connector)));
}

static void check_times(struct x400_assoc *a)
{
    x400_patience_check(a);
    if (!may_stay(a))
        x400_assoc_finish(a);
    x400_receive_poll(a);
}

void x400_assoc_pump(struct x400_assoc *a)
{
    struct stack_event ev;

    if (a->pumping) {
        a->again = true;
        return;
    }
    a->pumping = true;
    do {
        a->again = false;
        while (!a->over && stack_next(a->stack, &ev)) {
            handle(a, &ev);
            a->again = true;
        }
        if (!a->over) {
            check_times(a);
            x400_pass_turn(a);
        }
        write_output(a);
        if (stack_wants_close(a->stack) && stack_output(a->stack).len == 0)
            a->over = true;
    } while (a->again && !a->over);
    a->pumping = false;
    if (a->over || !a->conn) {
        write_output(a);
        x400_assoc_free(a);
        return;
    }
    x400_receive_look(a);
    x400_room_look(a);
    throttle(a);
    if (x400_receive_is_too_much(a)) {
        x400_receive_shed(a);
        return;
    }
    x400_patience_look(a);
    set_timer(a);
}

void x400_assoc_finish(struct x400_assoc *a)
{
    int64_t now = x400_now(a->x);

    if (a->state != X400_OPEN || !stack_is_idle(a->stack))
        return;
    if (!a->initiator) { /* only its initiator may release it */
        a->done_with = true;
        x400_assoc_abort(a, RTAB_TEMPORARY,
                         "ended here by an abort, only its caller may release it");
        return;
    }
    a->state = X400_CLOSING;
    a->idle_since = now;
    if (stack_has_turn(a->stack))
        stack_close(a->stack, now);
    else
        stack_turn_please(a->stack, 0, now); /* 0: to release the association */
    x400_assoc_pump(a);
}

void x400_assoc_abort(struct x400_assoc *a, int rtab_reason, const char *why)
{
    a->abort_why = why;
    stack_abort(a->stack, rtab_reason, x400_now(a->x));
    x400_assoc_pump(a);
}

bool x400_assoc_can_send(const struct x400_assoc *a)
{
    return a->state == X400_OPEN && !a->out && stack_is_open(a->stack) &&
           stack_has_turn(a->stack) && stack_is_idle(a->stack);
}
