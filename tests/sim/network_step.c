/* SPDX-License-Identifier: Apache-2.0 */
/* What happens without anybody calling: one thing that is due at a time. */
#include "network_internal.h"

#include <string.h>

/* ---- one step -------------------------------------------------------------------------------- */

static struct host *host_at(const struct sim_net *net, const struct io_addr *a)
{
    LIST_EACH(it, &net->hosts)
    {
        struct host *h = LIST_ITEM(it, struct host, link);

        if (net_owns(h, a))
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
        net_release_if_over(n);
        return true;
    }
    if (net->now < n->ready_at)
        return false;
    if (!h || n->end[0].host->down || net_is_severed(net, h, n->end[0].host)) {
        if (n->give_up < 0 || net->now < n->give_up)
            return false;
        net_end_closed(&n->end[0], X4_ETIMEOUT, "no answer in time");
        return true;
    }
    LIST_EACH(it, &net->listeners)
    {
        struct io_listener *l = LIST_ITEM(it, struct io_listener, link);

        if (l->host == h && !h->refuses && net_listens(l, &n->end[1].local)) {
            establish(n, l);
            return true;
        }
    }
    net_end_closed(&n->end[0], X4_ENET, "connection refused");
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
        net_break_connection(c->connection);
    }
    memcpy(octets, c->inbox, n);
    memmove(c->inbox, c->inbox + n, c->len - n);
    c->len -= n;
    c->ready_at = net_arrival(c->connection, true);
    net->octets += n;
    if (n)
        c->cb.on_data(c->ctx, slice_make(octets, n));
}

/* Does nobody answer the keepalive probes any more? */
static bool is_lost(const struct sim_net *net, struct io_conn *c)
{
    const struct io_conn *from = net_other(c);
    bool answers =
        from->open && !from->dead && !from->host->down && !net_is_severed(net, c->host, from->host);

    if (answers ||
        ((c->fin || c->reset || c->reset_late) && !net_is_severed(net, c->host, from->host)))
        c->lost_at = -1;
    else if (c->lost_at < 0)
        c->lost_at = net->now;
    return c->lost_at >= 0 && net->now >= c->lost_at + SIM_KEEPALIVE_MS;
}

static bool step_end(struct sim_net *net, struct io_conn *c)
{
    struct io_conn *from = net_other(c);

    if (c->open && !c->dead && is_lost(net, c)) {
        net_end_closed(c, X4_ENET, "connection timed out");
        return true;
    }
    if (c->open && !c->dead && net_is_severed(net, c->host, from->host))
        return false;
    if (c->open && (c->reset || (c->reset_late && !c->len))) {
        net_end_closed(c, X4_ENET, "connection reset");
        return true;
    }
    if (c->open && c->crowded && !net_waiting(from)) {
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
        net_end_closed(c, X4_OK, "closed by the peer");
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
            net_answer(net, l);
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
