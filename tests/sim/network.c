/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include "base/error.h"
#include "base/list.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 64, EPHEMERAL = 40000 };

struct host {
    struct io io; /* first */
    struct list link;
    struct sim_net *net;
    struct io_addr address[SIM_HOST_ADDRESSES];
    unsigned address_count;
    int64_t wall; /* its clock is so far ahead of the network's */
    bool down, woken, refuses;
};

struct io_timer {
    struct list link;
    struct sim_net *net;
    void (*fire)(void *ctx);
    void *ctx;
    int64_t at; /* -1: not set */
};

struct io_listener {
    struct list link;
    struct host *host;
    struct io_listen_params params;
};

/* One end of a connection. What is on the way to it waits here. */
struct io_conn {
    struct connection *connection;
    struct host *host;
    struct io_addr local;
    struct io_conn_cb cb;
    void *ctx;
    bool open; /* its owner has it */
    bool paused;
    bool crowded; /* its owner waits for on_writable */
    bool dead;    /* so is its owner: what he does is not to be seen */
    uint8_t *inbox;
    size_t len, room;
    int64_t ready_at; /* not before that the next octets arrive */
    bool fin, reset;  /* after the inbox; at once */
    bool reset_late;  /* after the inbox too */
    int64_t lost_at;  /* since when its peer does not answer probes: -1, or time */
};

struct connection {
    struct list link;
    struct io_conn end[2]; /* 0 called, 1 was called */
    bool established;
    bool silent;      /* one end is gone and could not tell */
    int64_t ready_at; /* not before that it is established */
    int64_t give_up;  /* while it is not established: -1, or when */
    struct sim_rng rng;
};

/* Nothing passes between two machines. */
struct severed {
    struct list link;
    const struct host *a, *b;
};

struct lookup {
    struct list link;
    int64_t at;
    char name[NAME_MAX_LEN];
    uint16_t port;
    void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count);
    void *ctx;
};

struct name {
    struct list link;
    char text[NAME_MAX_LEN], address[IO_ADDR_TEXT];
};

struct sim_net {
    int64_t now, wall;
    struct list hosts, timers, listeners, connections, lookups, names, severed;
    struct sim_weather weather;
    int64_t resolve_delay;
    uint64_t octets, cut_at; /* 0: never */
    unsigned calls;
    unsigned kind; /* of the last step */
    uint16_t port;
};

static void *obtain(size_t size)
{
    void *p = calloc(1, size);

    if (!p)
        abort();
    return p;
}

static struct host *host_of(struct io *io)
{
    return (struct host *)(void *)io;
}

/* ---- time
 * ---------------------------------------------------------------------------------------- */

static int64_t op_now(struct io *io)
{
    return host_of(io)->net->now;
}

static int64_t op_wall(struct io *io)
{
    return host_of(io)->net->wall + host_of(io)->net->now + host_of(io)->wall;
}

static struct io_timer *op_timer_new(struct io *io, void (*fire)(void *ctx), void *ctx)
{
    struct io_timer *t = obtain(sizeof(*t));

    *t = (struct io_timer){.net = host_of(io)->net, .fire = fire, .ctx = ctx, .at = -1};
    list_push_back(&t->net->timers, &t->link);
    return t;
}

static void op_timer_set(struct io_timer *t, int64_t delay)
{
    t->at = delay < 0 ? -1 : t->net->now + delay;
}

static void op_timer_free(struct io_timer **t)
{
    list_remove(&(*t)->link);
    free(*t);
    *t = NULL;
}

static void op_wake(struct io *io)
{
    host_of(io)->woken = true;
}

/* ---- connections
 * --------------------------------------------------------------------------------- */

static struct io_conn *other(struct io_conn *c)
{
    return c == &c->connection->end[0] ? &c->connection->end[1] : &c->connection->end[0];
}

/* When what is sent now arrives. What follows octets that have just arrived is close behind them,
 * but now and then something has to be sent again. */
static int64_t arrival(struct connection *n, bool follows)
{
    enum { CLOSE = 50, AGAIN_PERCENT = 5 };
    const struct sim_net *net = n->end[0].host->net;
    int64_t most = net->weather.delay_ms;

    if (follows && !sim_rng_percent(&n->rng, AGAIN_PERCENT))
        most /= CLOSE;
    return net->now + (most ? sim_rng_between(&n->rng, 0, most) : 0);
}

static bool is_severed(const struct sim_net *net, const struct host *a, const struct host *b)
{
    LIST_EACH(it, &net->severed)
    {
        const struct severed *s = LIST_ITEM(it, struct severed, link);

        if ((s->a == a && s->b == b) || (s->a == b && s->b == a))
            return true;
    }
    return false;
}

static void drop_inbox(struct io_conn *c)
{
    free(c->inbox);
    c->inbox = NULL;
    c->len = c->room = 0;
}

static void release_if_over(struct connection *n)
{
    if (n->end[0].open || n->end[1].open || n->end[1].len || n->end[0].len)
        return;
    drop_inbox(&n->end[0]);
    drop_inbox(&n->end[1]);
    list_remove(&n->link);
    free(n);
}

/* Nothing more reaches this end: it is told, and then gone. */
static void end_closed(struct io_conn *c, int error, const char *text)
{
    c->open = false;
    drop_inbox(c);
    c->cb.on_closed(c->ctx, error, text);
    release_if_over(c->connection);
}

static void break_connection(struct connection *n)
{
    n->end[0].reset = n->end[0].open;
    n->end[1].reset = n->end[1].open;
}

static bool owns(const struct host *h, const struct io_addr *a)
{
    for (unsigned i = 0; i < h->address_count; i++) {
        if (io_addr_same_host(&h->address[i], a))
            return true;
    }
    return false;
}

static const struct io_addr *any_of_family(const struct host *h, const struct io_addr *remote)
{
    for (unsigned i = 0; i < h->address_count; i++) {
        if (h->address[i].u.any.sa_family == remote->u.any.sa_family)
            return &h->address[i];
    }
    return NULL;
}

static void set_port(struct io_addr *a, uint16_t port)
{
    char text[IO_ADDR_TEXT];

    io_addr_print(a, false, text);
    io_addr_parse(text, port, a);
}

static int op_connect(struct io *io, const struct io_connect_params *params,
                      const struct io_conn_cb *cb, void *ctx, struct io_conn **out)
{
    struct host *h = host_of(io);
    const struct io_addr *local = params->local ? params->local : any_of_family(h, &params->remote);
    struct connection *n;

    h->net->calls++;
    if (!local || !owns(h, local))
        return X4_ENET;
    n = obtain(sizeof(*n));
    n->end[0] = (struct io_conn){.connection = n, .host = h, .cb = *cb, .ctx = ctx, .open = true};
    n->end[1] = (struct io_conn){.connection = n, .local = params->remote};
    n->end[0].lost_at = n->end[1].lost_at = -1;
    n->end[0].local = *local;
    set_port(&n->end[0].local, (uint16_t)(EPHEMERAL + h->net->port++));
    n->rng = sim_rng_make(h->net->weather.seed, h->net->calls);
    n->ready_at = arrival(n, false);
    n->give_up = params->timeout_ms ? h->net->now + params->timeout_ms : -1;
    list_push_back(&h->net->connections, &n->link);
    *out = &n->end[0];
    return X4_OK;
}

static void op_accept(struct io_conn *c, const struct io_conn_cb *cb, void *ctx)
{
    c->cb = *cb;
    c->ctx = ctx;
    c->open = true;
}

static size_t waiting(const struct io_conn *to)
{
    return to->len > SIM_SOCKET ? to->len - SIM_SOCKET : 0;
}

static size_t op_write(struct io_conn *c, struct slice octets)
{
    struct io_conn *to = other(c);

    if (c->connection->silent && !c->dead && c->open && !to->host->down)
        c->reset_late = true; /* the machine is there again and knows nothing of it */
    if (c->dead || !to->open || to->reset || to->reset_late)
        return 0; /* nobody hears it */
    if (!octets.len)
        return waiting(to);
    if (!to->len)
        to->ready_at = arrival(c->connection, false);
    if (to->len + octets.len > to->room) {
        to->room = (to->len + octets.len) * 2;
        to->inbox = realloc(to->inbox, to->room);
        if (!to->inbox)
            abort();
    }
    memcpy(to->inbox + to->len, octets.p, octets.len);
    to->len += octets.len;
    c->crowded = waiting(to) > 0;
    return waiting(to);
}

static void op_pause(struct io_conn *c, bool paused)
{
    c->paused = paused;
}

static void op_close(struct io_conn **handle, bool graceful)
{
    struct io_conn *c = *handle;
    struct io_conn *to = other(c);

    *handle = NULL;
    c->open = false;
    drop_inbox(c);
    if (graceful && !c->dead)
        to->fin = true;
    else if (!c->dead)
        to->reset = to->open;
    release_if_over(c->connection);
}

static void op_conn_addrs(const struct io_conn *c, struct io_addr *local, struct io_addr *remote)
{
    const struct connection *n = c->connection;

    *local = c->local;
    *remote = n->end[c == &n->end[0]].local;
}

/* ---- listeners
 * ----------------------------------------------------------------------------------- */

static int op_listen(struct io *io, const struct io_listen_params *params, struct io_listener **out,
                     char *text, size_t size)
{
    struct host *h = host_of(io);
    struct io_listener *l = obtain(sizeof(*l));

    (void)text;
    (void)size;
    *l = (struct io_listener){.host = h, .params = *params};
    list_push_back(&h->net->listeners, &l->link);
    *out = l;
    return X4_OK;
}

static void op_listener_addr(const struct io_listener *l, struct io_addr *out)
{
    *out = l->params.local;
}

static void op_listener_free(struct io_listener **l)
{
    list_remove(&(*l)->link);
    free(*l);
    *l = NULL;
}

static bool is_wildcard(const struct io_addr *a)
{
    char text[IO_ADDR_TEXT];

    io_addr_print(a, false, text);
    return strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0 || strcmp(text, "[::]") == 0;
}

static bool listens(const struct io_listener *l, const struct io_addr *to)
{
    if (io_addr_port(&l->params.local) != io_addr_port(to) || !owns(l->host, to))
        return false;
    return io_addr_same_host(&l->params.local, to) ||
           (is_wildcard(&l->params.local) &&
            l->params.local.u.any.sa_family == to->u.any.sa_family);
}

/* ---- names
 * --------------------------------------------------------------------------------------- */

static int op_resolve(struct io *io, const char *name, uint16_t port,
                      void (*done)(void *ctx, int error, const struct io_addr *addrs,
                                   unsigned count),
                      void *ctx)
{
    struct sim_net *net = host_of(io)->net;
    struct lookup *l = obtain(sizeof(*l));

    *l = (struct lookup){
        .at = net->now + net->resolve_delay, .port = port, .done = done, .ctx = ctx};
    snprintf(l->name, sizeof(l->name), "%s", name);
    list_push_back(&net->lookups, &l->link);
    return X4_OK;
}

static void answer(struct sim_net *net, struct lookup *l)
{
    struct io_addr found;
    int error = X4_ENOTFOUND;

    LIST_EACH(it, &net->names)
    {
        const struct name *n = LIST_ITEM(it, struct name, link);

        if (error && strcmp(n->text, l->name) == 0)
            error = io_addr_parse(n->address, l->port, &found);
    }
    list_remove(&l->link);
    l->done(l->ctx, error, &found, error ? 0 : 1);
    free(l);
}

static const struct io_ops ops = {
    .now = op_now,
    .wall = op_wall,
    .timer_new = op_timer_new,
    .timer_set = op_timer_set,
    .timer_free = op_timer_free,
    .listen = op_listen,
    .listener_addr = op_listener_addr,
    .listener_free = op_listener_free,
    .connect = op_connect,
    .accept = op_accept,
    .write = op_write,
    .pause = op_pause,
    .close = op_close,
    .conn_addrs = op_conn_addrs,
    .resolve = op_resolve,
    .wake = op_wake,
};

/* ---- one step
 * ------------------------------------------------------------------------------------ */

static struct host *host_at(const struct sim_net *net, const struct io_addr *a)
{
    LIST_EACH(it, &net->hosts)
    {
        struct host *h = LIST_ITEM(it, struct host, link);

        if (owns(h, a))
            return h->down ? NULL : h;
    }
    return NULL;
}

static void establish(struct connection *n, struct io_listener *l)
{
    struct io_conn *called = &n->end[1];

    n->established = true;
    called->host = l->host;
    l->params.on_incoming(l->params.ctx, called, &n->end[0].local, &called->local);
    if (!called->open)
        n->end[0].fin = true; /* not accepted, or closed again already */
    if (n->end[0].open)
        n->end[0].cb.on_connected(n->end[0].ctx);
}

/* A call finds a listener, is refused, or waits for a machine that is down. */
static bool step_call(struct sim_net *net, struct connection *n)
{
    struct host *h = host_at(net, &n->end[1].local);

    if (!n->end[0].open) {
        release_if_over(n);
        return true;
    }
    if (net->now < n->ready_at)
        return false;
    if (!h || n->end[0].host->down || is_severed(net, h, n->end[0].host)) {
        if (n->give_up < 0 || net->now < n->give_up)
            return false;
        end_closed(&n->end[0], X4_ETIMEOUT, "no answer in time");
        return true;
    }
    LIST_EACH(it, &net->listeners)
    {
        struct io_listener *l = LIST_ITEM(it, struct io_listener, link);

        if (l->host == h && !h->refuses && listens(l, &n->end[1].local)) {
            establish(n, l);
            return true;
        }
    }
    end_closed(&n->end[0], X4_ENET, "connection refused");
    return true;
}

/* The next octets arrive; the connection breaks when the fault is due. */
static void arrive(struct sim_net *net, struct io_conn *c)
{
    uint8_t octets[SIM_SEGMENT];
    size_t most = net->weather.pieces ? (size_t)sim_rng_between(&c->connection->rng, 1, SIM_SEGMENT)
                                      : SIM_SEGMENT;
    size_t n = c->len < most ? c->len : most;
    bool cut = net->cut_at && net->octets + n >= net->cut_at;

    if (cut) {
        n = (size_t)(net->cut_at - net->octets);
        net->cut_at = 0;
        break_connection(c->connection);
    }
    memcpy(octets, c->inbox, n);
    memmove(c->inbox, c->inbox + n, c->len - n);
    c->len -= n;
    c->ready_at = arrival(c->connection, true);
    net->octets += n;
    if (n)
        c->cb.on_data(c->ctx, slice_make(octets, n));
}

/* Does nobody answer the keepalive probes any more? */
static bool is_lost(const struct sim_net *net, struct io_conn *c)
{
    const struct io_conn *from = other(c);
    bool answers =
        from->open && !from->dead && !from->host->down && !is_severed(net, c->host, from->host);

    if (answers || ((c->fin || c->reset || c->reset_late) && !is_severed(net, c->host, from->host)))
        c->lost_at = -1;
    else if (c->lost_at < 0)
        c->lost_at = net->now;
    return c->lost_at >= 0 && net->now >= c->lost_at + SIM_KEEPALIVE_MS;
}

static bool step_end(struct sim_net *net, struct io_conn *c)
{
    struct io_conn *from = other(c);

    if (c->open && !c->dead && is_lost(net, c)) {
        end_closed(c, X4_ENET, "connection timed out");
        return true;
    }
    if (c->open && !c->dead && is_severed(net, c->host, from->host))
        return false;
    if (c->open && (c->reset || (c->reset_late && !c->len))) {
        end_closed(c, X4_ENET, "connection reset");
        return true;
    }
    if (c->open && c->crowded && !waiting(from)) {
        c->crowded = false;
        c->cb.on_writable(c->ctx);
        return true;
    }
    if (!c->open || c->paused || net->now < c->ready_at)
        return false;
    if (c->len) {
        arrive(net, c);
        return true;
    }
    if (c->fin) {
        end_closed(c, X4_OK, "closed by the peer");
        return true;
    }
    return false;
}

/* Each has its turn: one that is served or has nothing to do goes to the back. */
static bool step_connections(struct sim_net *net)
{
    for (unsigned left = sim_connections(net); left; left--) {
        struct connection *n = LIST_ITEM(net->connections.next, struct connection, link);

        list_remove(&n->link);
        list_push_back(&net->connections, &n->link);
        if (n->established ? step_end(net, &n->end[0]) || step_end(net, &n->end[1])
                           : step_call(net, n))
            return true;
    }
    return false;
}

static bool step_timers(struct sim_net *net)
{
    struct io_timer *first = NULL;

    LIST_EACH(it, &net->timers)
    {
        struct io_timer *t = LIST_ITEM(it, struct io_timer, link);

        if (t->at >= 0 && t->at <= net->now && (!first || t->at < first->at))
            first = t;
    }
    if (!first)
        return false;
    first->at = -1;
    list_remove(&first->link); /* the others first, next time */
    list_push_back(&net->timers, &first->link);
    first->fire(first->ctx);
    return true;
}

static bool step_hosts(struct sim_net *net)
{
    LIST_EACH(it, &net->hosts)
    {
        struct host *h = LIST_ITEM(it, struct host, link);

        if (h->woken) {
            h->woken = false;
            if (h->io.on_wake)
                h->io.on_wake(h->io.wake_ctx);
            return true;
        }
    }
    return false;
}

static bool step_lookups(struct sim_net *net)
{
    LIST_EACH(it, &net->lookups)
    {
        struct lookup *l = LIST_ITEM(it, struct lookup, link);

        if (l->at <= net->now) {
            answer(net, l);
            return true;
        }
    }
    return false;
}

/* One thing of each kind in turn, so that none starves another. */
bool sim_step(struct sim_net *net)
{
    static bool (*const kinds[])(struct sim_net *) = {step_hosts, step_connections, step_lookups,
                                                      step_timers};
    const unsigned count = sizeof(kinds) / sizeof(kinds[0]);

    for (unsigned i = 0; i < count; i++) {
        net->kind = (net->kind + 1) % count;
        if (kinds[net->kind](net))
            return true;
    }
    return false;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a >= 0 && a < b ? a : b;
}

int64_t sim_next(const struct sim_net *net)
{
    int64_t next = INT64_MAX;

    LIST_EACH(it, &net->timers)
    {
        next = sooner(LIST_ITEM(it, struct io_timer, link)->at, next);
    }
    LIST_EACH(it, &net->lookups)
    {
        next = sooner(LIST_ITEM(it, struct lookup, link)->at, next);
    }
    LIST_EACH(it, &net->connections)
    {
        const struct connection *n = LIST_ITEM(it, struct connection, link);

        if (!n->established)
            next = sooner(n->give_up, next);
        if (!n->established && n->ready_at > net->now)
            next = sooner(n->ready_at, next);
        for (unsigned i = 0; i < 2; i++) {
            if ((n->end[i].len || n->end[i].fin) && n->end[i].ready_at > net->now)
                next = sooner(n->end[i].ready_at, next);
            if (n->end[i].open && n->end[i].lost_at >= 0)
                next = sooner(n->end[i].lost_at + SIM_KEEPALIVE_MS, next);
        }
    }
    return next;
}

void sim_set_time(struct sim_net *net, int64_t now)
{
    if (now > net->now)
        net->now = now;
}

int64_t sim_time(const struct sim_net *net)
{
    return net->now;
}

/* ---- the network and its faults
 * ------------------------------------------------------------------- */

struct sim_net *sim_net_new(int64_t wall_ms)
{
    struct sim_net *net = obtain(sizeof(*net));

    net->wall = wall_ms;
    list_init(&net->hosts);
    list_init(&net->timers);
    list_init(&net->listeners);
    list_init(&net->connections);
    list_init(&net->lookups);
    list_init(&net->names);
    list_init(&net->severed);
    return net;
}

void sim_net_free(struct sim_net **handle)
{
    struct sim_net *net = *handle;

    *handle = NULL;
    while (!list_empty(&net->lookups)) { /* as at the end of a program: told that it failed */
        struct lookup *l = LIST_ITEM(net->lookups.next, struct lookup, link);

        list_remove(&l->link);
        l->done(l->ctx, X4_ENET, NULL, 0);
        free(l);
    }
    LIST_EACH_SAFE(it, &net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        drop_inbox(&n->end[0]);
        drop_inbox(&n->end[1]);
        free(n);
    }
    LIST_EACH_SAFE(it, &net->hosts)
    {
        free(LIST_ITEM(it, struct host, link));
    }
    LIST_EACH_SAFE(it, &net->names)
    {
        free(LIST_ITEM(it, struct name, link));
    }
    LIST_EACH_SAFE(it, &net->severed)
    {
        free(LIST_ITEM(it, struct severed, link));
    }
    free(net);
}

struct io *sim_host(struct sim_net *net, const char *address)
{
    struct host *h = obtain(sizeof(*h));

    h->io.ops = &ops;
    h->net = net;
    list_push_back(&net->hosts, &h->link);
    sim_host_address(&h->io, address);
    return &h->io;
}

void sim_host_address(struct io *io, const char *address)
{
    struct host *h = host_of(io);

    if (h->address_count == SIM_HOST_ADDRESSES ||
        io_addr_parse(address, 0, &h->address[h->address_count]))
        abort();
    h->address_count++;
}

void sim_name(struct sim_net *net, const char *text, const char *address)
{
    struct name *n = NULL;

    LIST_EACH(it, &net->names)
    {
        if (strcmp(LIST_ITEM(it, struct name, link)->text, text) == 0)
            n = LIST_ITEM(it, struct name, link);
    }
    if (!n) {
        n = obtain(sizeof(*n));
        snprintf(n->text, sizeof(n->text), "%s", text);
        list_push_back(&net->names, &n->link);
    }
    snprintf(n->address, sizeof(n->address), "%s", address ? address : "");
}

void sim_host_down(struct io *io, bool down)
{
    struct host *h = host_of(io);

    h->down = down;
    LIST_EACH(it, &h->net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        if (down && n->established && (n->end[0].host == h || n->end[1].host == h))
            break_connection(n);
    }
}

void sim_weather(struct sim_net *net, const struct sim_weather *weather)
{
    net->weather = *weather;
}

/* One end of a connection goes without a word. */
static void die(struct io_conn *c)
{
    c->dead = true;
    c->paused = true;
    drop_inbox(c);
}

void sim_host_kill(struct io *io, bool silent)
{
    struct host *h = host_of(io);

    h->woken = false;
    LIST_EACH(it, &h->net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        for (unsigned i = 0; i < 2; i++) {
            struct io_conn *peer = &n->end[1 - i];

            if (n->end[i].host != h || n->end[i].dead)
                continue;
            die(&n->end[i]);
            n->silent |= silent;
            if (!silent && peer->open && sim_rng_percent(&n->rng, 50))
                peer->reset = true;
            else if (!silent)
                peer->reset_late = peer->open;
        }
    }
}

void sim_host_refuse(struct io *io, bool refuse)
{
    host_of(io)->refuses = refuse;
}

void sim_host_clock(struct io *io, int64_t ahead_ms)
{
    host_of(io)->wall = ahead_ms;
}

void sim_host_move(struct io *from, struct io *to, const char *address)
{
    struct host *h = host_of(from);
    struct io_addr a;

    if (io_addr_parse(address, 0, &a))
        abort();
    for (unsigned i = 0; i < h->address_count; i++) {
        if (!io_addr_same_host(&h->address[i], &a))
            continue;
        h->address[i] = h->address[--h->address_count];
        sim_host_address(to, address);
        return;
    }
}

void sim_sever(struct io *a, struct io *b, bool severed)
{
    struct sim_net *net = host_of(a)->net;
    struct severed *s;

    LIST_EACH_SAFE(it, &net->severed)
    {
        s = LIST_ITEM(it, struct severed, link);
        if ((s->a == host_of(a) && s->b == host_of(b)) ||
            (s->a == host_of(b) && s->b == host_of(a))) {
            list_remove(&s->link);
            free(s);
        }
    }
    if (!severed)
        return;
    s = obtain(sizeof(*s));
    s->a = host_of(a);
    s->b = host_of(b);
    list_push_back(&net->severed, &s->link);
}

void sim_break(struct io *a, struct io *b, bool half)
{
    struct sim_net *net = host_of(a)->net;

    LIST_EACH(it, &net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        if (!n->established || !((n->end[0].host == host_of(a) && n->end[1].host == host_of(b)) ||
                                 (n->end[0].host == host_of(b) && n->end[1].host == host_of(a))))
            continue;
        if (half)
            n->end[0].reset = n->end[0].open;
        else
            break_connection(n);
    }
}

void sim_cut_after(struct sim_net *net, uint64_t octets)
{
    net->cut_at = octets ? net->octets + octets : 0;
}

void sim_resolve_delay(struct sim_net *net, int64_t ms)
{
    net->resolve_delay = ms;
}

uint64_t sim_octets(const struct sim_net *net)
{
    return net->octets;
}

unsigned sim_calls(const struct sim_net *net)
{
    return net->calls;
}

unsigned sim_connections(const struct sim_net *net)
{
    unsigned n = 0;

    LIST_EACH(it, &net->connections)
    {
        n++;
    }
    return n;
}
