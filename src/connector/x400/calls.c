/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from outside: which are taken, and what is told of the others. */
#include "connector/x400/internal.h"

#include <stdlib.h>
#include <sys/random.h>

enum { SECOND_MS = 1000 };

int x400_calls_init(struct x400 *x)
{
    uint64_t secret = 0;

    if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) < 0)
        secret = (uint64_t)(uintptr_t)x; /* too early after boot: better than a constant */
    x->guard = guard_new(secret);
    return x->guard ? X4_OK : X4_ENOMEM;
}

void x400_calls_configure(struct x400 *x)
{
    const struct conf_object *server = mta_server(x->mta);
    const struct guard_limits limits = {
        .connections = (unsigned)conf_int(server, "max-connections"),
        .unbound = (unsigned)conf_int(server, "max-unbound"),
        .source_unbound = (unsigned)conf_int(server, "max-unbound-per-source"),
        .failures = (unsigned)conf_int(server, "bind-failures"),
        .block_ms = conf_int(server, "bind-block") * SECOND_MS,
        .block_max_ms = conf_int(server, "bind-block-max") * SECOND_MS,
    };

    guard_set_limits(x->guard, &limits);
    guard_forgive(x->guard);
}

static bool is_known(const struct x400 *x, const struct io_addr *remote)
{
    LIST_EACH(it, &x->connectors)
    {
        const struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        if (!c->removed && x400_host_matches(&c->profile, remote))
            return true;
    }
    return false;
}

unsigned x400_call_expected(const struct x400 *x, const struct io_addr *remote)
{
    unsigned expected = 0;

    if (!is_known(x, remote)) /* most calls of a flood are done with */
        return 0;
    LIST_EACH(it, &x->connectors)
    {
        const struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);
        const struct x400_profile *p = &c->profile;

        if (!c->removed && (x400_host_matches(p, remote) || x400_neighbour_matches(p, remote)))
            expected += p->max_associations + p->urgent_associations;
    }
    return expected;
}

static void tell_limit(struct x400 *x, const struct guard_verdict *v, const struct io_addr *remote,
                       const struct io_addr *local)
{
    char peer[IO_ADDR_TEXT];
    char own[IO_ADDR_TEXT];

    io_addr_print(remote, true, peer);
    io_addr_print(local, true, own);
    if (v->limit == GUARD_CONNECTIONS)
        LOG_EVENT(x->log, x400_wall(x), EVENT_CONNECTION_LIMIT, EV_STR("peer", peer),
                  EV_STR("local", own), EV_INT("limit", v->value));
    else if (v->limit == GUARD_UNBOUND)
        LOG_EVENT(x->log, x400_wall(x), EVENT_UNBOUND_LIMIT, EV_STR("peer", peer),
                  EV_STR("local", own), EV_INT("limit", v->value));
    else
        LOG_EVENT(x->log, x400_wall(x), EVENT_SOURCE_LIMIT, EV_STR("peer", peer),
                  EV_STR("local", own), EV_INT("limit", v->value));
}

/* No courtesies: an orderly close would keep the socket for seconds. */
static void give_up(struct x400_assoc *a)
{
    a->x->io->ops->close(&a->conn, false);
    x400_assoc_free(a);
}

bool x400_call_taken(struct x400 *x, const struct guard_call *call, const struct io_addr *local,
                     struct guard_verdict *verdict)
{
    if (x->draining)
        return false;
    guard_call(x->guard, call, verdict);
    if (verdict->acts && verdict->tell)
        tell_limit(x, verdict, call->remote, local);
    if (verdict->evict)
        give_up(LIST_ITEM(verdict->evict, struct x400_assoc, ticket));
    return verdict->take;
}

void x400_calls_give_up(struct x400 *x)
{
    LIST_EACH_SAFE(it, &x->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->ticket.unbound)
            give_up(a);
    }
}

bool x400_call_may_tell(struct x400_assoc *a)
{
    return a->ticket.known || guard_may_tell(a->x->guard, x400_now(a->x));
}

void x400_call_failed(struct x400_assoc *a)
{
    struct x400 *x = a->x;
    int64_t block_ms = guard_failed(x->guard, &a->ticket, x400_now(x));
    char source[IO_ADDR_TEXT];

    if (!block_ms || !x400_call_may_tell(a))
        return;
    guard_source_print(&a->ticket, source);
    LOG_EVENT(x->log, x400_wall(x), EVENT_SOURCE_BLOCKED, EV_STR("source", source),
              EV_INT("seconds", block_ms / SECOND_MS));
}

/* ---- for the API ----------------------------------------------------------------------------- */

void x400_count_calls(const struct x400 *x, struct guard_counters *out)
{
    guard_count(x->guard, x400_now(x), out);
}

json_t *x400_calls(const struct x400 *x)
{
    struct guard_counters n;
    json_t *refused = json_object();

    x400_count_calls(x, &n);
    for (int i = 0; i < GUARD_LIMITS; i++)
        json_object_set_new(refused, guard_limit_name((enum guard_limit)i),
                            json_integer((json_int_t)n.acted[i]));
    return json_pack("{s:i, s:i, s:i, s:I, s:I, s:o}", "unbound", (int)n.unbound, "sources",
                     (int)n.sources, "blocked-sources", (int)n.blocked, "failed-binds",
                     (json_int_t)n.failed_binds, "untold", (json_int_t)n.untold, "refused",
                     refused);
}
