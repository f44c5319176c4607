/* SPDX-License-Identifier: Apache-2.0 */
/* The table of functions by which an MTA sees its machine. */
#include "network_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *net_obtain(size_t size)
{
    void *p = calloc(1, size);

    if (!p)
        abort();
    return p;
}

struct host *net_host_of(struct io *io)
{
    return (struct host *)(void *)io;
}

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t op_now(struct io *io)
{
    return net_host_of(io)->net->now;
}

static int64_t op_wall(struct io *io)
{
    return net_host_of(io)->net->wall + net_host_of(io)->net->now + net_host_of(io)->wall;
}

static struct io_timer *op_timer_new(struct io *io, void (*fire)(void *ctx), void *ctx)
{
    struct io_timer *t = net_obtain(sizeof(*t));

    *t = (struct io_timer){.net = net_host_of(io)->net, .fire = fire, .ctx = ctx, .at = -1};
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
    net_host_of(io)->woken = true;
}

/* ---- connections ----------------------------------------------------------------------------- */

struct io_conn *net_other(struct io_conn *c)
{
    return c == &c->connection->end[0] ? &c->connection->end[1] : &c->connection->end[0];
}

/* When what is sent now arrives. What follows octets that have just arrived is close behind them,
 * but now and then something has to be sent again. */
int64_t net_arrival(struct connection *n, bool follows)
{
    enum { CLOSE = 50, AGAIN_PERCENT = 5 };
    const struct sim_net *net = n->end[0].host->net;
    int64_t most = net->weather.delay_ms;

    if (follows && !sim_rng_percent(&n->rng, AGAIN_PERCENT))
        most /= CLOSE;
    return net->now + (most ? sim_rng_between(&n->rng, 0, most) : 0);
}

bool net_is_severed(const struct sim_net *net, const struct host *a, const struct host *b)
{
    LIST_EACH(it, &net->severed)
    {
        const struct severed *s = LIST_ITEM(it, struct severed, link);

        if ((s->a == a && s->b == b) || (s->a == b && s->b == a))
            return true;
    }
    return false;
}

void net_drop_inbox(struct io_conn *c)
{
    free(c->inbox);
    c->inbox = NULL;
    c->len = c->room = 0;
}

void net_release_if_over(struct connection *n)
{
    if (n->end[0].open || n->end[1].open || n->end[1].len || n->end[0].len)
        return;
    net_drop_inbox(&n->end[0]);
    net_drop_inbox(&n->end[1]);
    list_remove(&n->link);
    free(n);
}

/* Nothing more reaches this end: it is told, and then gone. */
void net_end_closed(struct io_conn *c, int error, const char *text)
{
    c->open = false;
    net_drop_inbox(c);
    c->cb.on_closed(c->ctx, error, text);
    net_release_if_over(c->connection);
}

void net_break_connection(struct connection *n)
{
    n->end[0].reset = n->end[0].open;
    n->end[1].reset = n->end[1].open;
}

bool net_owns(const struct host *h, const struct io_addr *a)
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
    struct host *h = net_host_of(io);
    const struct io_addr *local = params->local ? params->local : any_of_family(h, &params->remote);
    struct connection *n;

    h->net->calls++;
    if (!local || !net_owns(h, local))
        return X4_ENET;
    n = net_obtain(sizeof(*n));
    n->end[0] = (struct io_conn){.connection = n, .host = h, .cb = *cb, .ctx = ctx, .open = true};
    n->end[1] = (struct io_conn){.connection = n, .local = params->remote};
    n->end[0].lost_at = n->end[1].lost_at = -1;
    n->end[0].local = *local;
    set_port(&n->end[0].local, (uint16_t)(EPHEMERAL + h->net->port++));
    n->rng = sim_rng_make(h->net->weather.seed, h->net->calls);
    n->ready_at = net_arrival(n, false);
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

size_t net_waiting(const struct io_conn *to)
{
    return to->len > SIM_SOCKET ? to->len - SIM_SOCKET : 0;
}

static size_t op_write(struct io_conn *c, struct slice octets)
{
    struct io_conn *to = net_other(c);

    if (c->connection->silent && !c->dead && c->open && !to->host->down)
        c->reset_late = true; /* the machine is there again and knows nothing of it */
    if (c->dead || !to->open || to->reset || to->reset_late)
        return 0; /* nobody hears it */
    if (!octets.len)
        return net_waiting(to);
    if (!to->len)
        to->ready_at = net_arrival(c->connection, false);
    if (to->len + octets.len > to->room) {
        to->room = (to->len + octets.len) * 2;
        to->inbox = realloc(to->inbox, to->room);
        if (!to->inbox)
            abort();
    }
    memcpy(to->inbox + to->len, octets.p, octets.len);
    to->len += octets.len;
    c->crowded = net_waiting(to) > 0;
    return net_waiting(to);
}

static void op_pause(struct io_conn *c, bool paused)
{
    c->paused = paused;
}

/* Nothing is acknowledged here; it is counted for those who look. */
static void op_heard_out(struct io_conn *c)
{
    c->host->net->heard_out++;
}

static void op_close(struct io_conn **handle, bool graceful)
{
    struct io_conn *c = *handle;
    struct io_conn *to = net_other(c);

    *handle = NULL;
    c->open = false;
    net_drop_inbox(c);
    if (graceful && !c->dead)
        to->fin = true;
    else if (!c->dead)
        to->reset = to->open;
    net_release_if_over(c->connection);
}

static void op_conn_addrs(const struct io_conn *c, struct io_addr *local, struct io_addr *remote)
{
    const struct connection *n = c->connection;

    *local = c->local;
    *remote = n->end[c == &n->end[0]].local;
}

/* ---- listeners ------------------------------------------------------------------------------- */

static int op_listen(struct io *io, const struct io_listen_params *params, struct io_listener **out,
                     char *text, size_t size)
{
    struct host *h = net_host_of(io);
    struct io_listener *l = net_obtain(sizeof(*l));

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

bool net_listens(const struct io_listener *l, const struct io_addr *to)
{
    if (io_addr_port(&l->params.local) != io_addr_port(to) || !net_owns(l->host, to))
        return false;
    return io_addr_same_host(&l->params.local, to) ||
           (is_wildcard(&l->params.local) &&
            l->params.local.u.any.sa_family == to->u.any.sa_family);
}

/* ---- names ----------------------------------------------------------------------------------- */

static int op_resolve(struct io *io, const char *name, uint16_t port,
                      void (*done)(void *ctx, int error, const struct io_addr *addrs,
                                   unsigned count),
                      void *ctx)
{
    struct sim_net *net = net_host_of(io)->net;
    struct lookup *l = net_obtain(sizeof(*l));

    *l = (struct lookup){
        .at = net->now + net->resolve_delay, .port = port, .done = done, .ctx = ctx};
    snprintf(l->name, sizeof(l->name), "%s", name);
    list_push_back(&net->lookups, &l->link);
    return X4_OK;
}

void net_answer(struct sim_net *net, struct lookup *l)
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

const struct io_ops net_io_ops = {
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
    .heard_out = op_heard_out,
    .close = op_close,
    .conn_addrs = op_conn_addrs,
    .resolve = op_resolve,
    .wake = op_wake,
};
