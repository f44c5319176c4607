/* SPDX-License-Identifier: Apache-2.0 */
#include "network_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the network and its faults -------------------------------------------------------------- */

struct sim_net *sim_net_new(int64_t wall_ms)
{
    struct sim_net *net = net_obtain(sizeof(*net));

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

        net_drop_inbox(&n->end[0]);
        net_drop_inbox(&n->end[1]);
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
    struct host *h = net_obtain(sizeof(*h));

    h->io.ops = &net_io_ops;
    h->net = net;
    list_push_back(&net->hosts, &h->link);
    sim_host_address(&h->io, address);
    return &h->io;
}

void sim_host_address(struct io *io, const char *address)
{
    struct host *h = net_host_of(io);

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
        n = net_obtain(sizeof(*n));
        snprintf(n->text, sizeof(n->text), "%s", text);
        list_push_back(&net->names, &n->link);
    }
    snprintf(n->address, sizeof(n->address), "%s", address ? address : "");
}

void sim_host_down(struct io *io, bool down)
{
    struct host *h = net_host_of(io);

    h->down = down;
    LIST_EACH(it, &h->net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        if (down && n->established && (n->end[0].host == h || n->end[1].host == h))
            net_break_connection(n);
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
    net_drop_inbox(c);
}

void sim_host_kill(struct io *io, bool silent)
{
    struct host *h = net_host_of(io);

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
    net_host_of(io)->refuses = refuse;
}

void sim_host_clock(struct io *io, int64_t ahead_ms)
{
    net_host_of(io)->wall = ahead_ms;
}

void sim_host_move(struct io *from, struct io *to, const char *address)
{
    struct host *h = net_host_of(from);
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
    struct sim_net *net = net_host_of(a)->net;
    struct severed *s;

    LIST_EACH_SAFE(it, &net->severed)
    {
        s = LIST_ITEM(it, struct severed, link);
        if ((s->a == net_host_of(a) && s->b == net_host_of(b)) ||
            (s->a == net_host_of(b) && s->b == net_host_of(a))) {
            list_remove(&s->link);
            free(s);
        }
    }
    if (!severed)
        return;
    s = net_obtain(sizeof(*s));
    s->a = net_host_of(a);
    s->b = net_host_of(b);
    list_push_back(&net->severed, &s->link);
}

void sim_break(struct io *a, struct io *b, bool half)
{
    struct sim_net *net = net_host_of(a)->net;

    LIST_EACH(it, &net->connections)
    {
        struct connection *n = LIST_ITEM(it, struct connection, link);

        if (!n->established ||
            !((n->end[0].host == net_host_of(a) && n->end[1].host == net_host_of(b)) ||
              (n->end[0].host == net_host_of(b) && n->end[1].host == net_host_of(a))))
            continue;
        if (half)
            n->end[0].reset = n->end[0].open;
        else
            net_break_connection(n);
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

unsigned sim_heard_out(const struct sim_net *net)
{
    return net->heard_out;
}

unsigned sim_calls(const struct sim_net *net)
{
    return net->calls;
}

unsigned sim_handles(const struct sim_net *net)
{
    unsigned n = 0;

    LIST_EACH(it, &net->timers)
    {
        n++;
    }
    LIST_EACH(it, &net->listeners)
    {
        n++;
    }
    LIST_EACH(it, &net->connections)
    {
        const struct connection *c = LIST_ITEM(it, struct connection, link);

        n += c->end[0].open + c->end[1].open;
    }
    return n;
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
