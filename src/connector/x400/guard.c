/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/x400/guard.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 1024,         /* a power of two */
    EPISODE_MS = 60 * 1000, /* a limit that has not acted for so long tells anew */
    FORGET_FACTOR = 2,      /* a block is forgotten after so many times its length */
    TELL_BURST = 100,       /* events about strangers at once, */
    TELL_EACH_MS = 1000,    /* and one more after each of these times */
};

struct guard_source {
    struct list in_bucket;
    struct list in_age; /* of those without connections, longest unused first */
    struct io_addr network;
    unsigned connections;
    unsigned unbound[2]; /* of strangers, and of known callers */
    unsigned failures;
    int64_t block_ms; /* length of the last block, 0: none */
    int64_t blocked_until;
    int64_t forget_at;
    int64_t acted_at[GUARD_LIMITS]; /* 0: never */
};

struct guard {
    struct guard_limits limits;
    uint64_t secret;
    struct list bucket[BUCKETS];
    struct list unused;  /* sources without connections */
    struct list unbound; /* tickets of unknown callers */
    unsigned strangers;  /* length of unbound */
    unsigned source_count;
    int64_t acted_at[GUARD_LIMITS];
    int64_t tell_from; /* TELL_EACH_MS for each event told; no more than TELL_BURST ahead of now */
    struct guard_counters counters;
};

const char *guard_limit_name(enum guard_limit limit)
{
    static const char *const names[GUARD_LIMITS] = {[GUARD_CONNECTIONS] = "connections",
                                                    [GUARD_UNBOUND] = "unbound",
                                                    [GUARD_SOURCE_UNBOUND] = "unbound-of-source",
                                                    [GUARD_FAILED_BINDS] = "failed-binds"};

    return names[limit];
}

struct guard *guard_new(uint64_t secret)
{
    struct guard *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->secret = secret;
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&g->bucket[i]);
    list_init(&g->unused);
    list_init(&g->unbound);
    return g;
}

void guard_set_limits(struct guard *g, const struct guard_limits *limits)
{
    g->limits = *limits;
}

/* ---- sources --------------------------------------------------------------------------------- */

/* Callers choose their addresses, so the bucket depends on the secret in every bit. */
static struct list *bucket_of(struct guard *g, const struct io_addr *network)
{
    const uint8_t *octets = (const uint8_t *)network;
    uint64_t hash = g->secret;

    for (size_t i = 0; i < sizeof(*network); i++) {
        hash = (hash ^ octets[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return &g->bucket[hash & (BUCKETS - 1)];
}

static void source_free(struct guard *g, struct guard_source *s)
{
    list_remove(&s->in_bucket);
    list_remove(&s->in_age);
    g->source_count--;
    free(s);
}

void guard_free(struct guard **handle)
{
    struct guard *g = *handle;

    *handle = NULL;
    if (!g)
        return;
    while (!list_empty(&g->unused))
        source_free(g, LIST_ITEM(g->unused.next, struct guard_source, in_age));
    free(g);
}

static void clear(struct guard_source *s)
{
    s->failures = 0;
    s->block_ms = 0;
    s->blocked_until = 0;
}

/* The source of a call; NULL: out of memory. When there are too many, the one that was longest not
 * heard of goes. */
static struct guard_source *source_of(struct guard *g, const struct guard_call *call)
{
    struct io_addr network;
    struct guard_source *s;
    struct list *bucket;

    io_addr_network(call->remote, &network);
    bucket = bucket_of(g, &network);
    LIST_EACH(it, bucket)
    {
        s = LIST_ITEM(it, struct guard_source, in_bucket);
        if (!io_addr_same_host(&s->network, &network))
            continue;
        if (call->now >= s->forget_at)
            clear(s);
        return s;
    }
    if (g->source_count >= LIMIT_SOURCES && !list_empty(&g->unused))
        source_free(g, LIST_ITEM(g->unused.next, struct guard_source, in_age));
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->network = network;
    list_push_back(bucket, &s->in_bucket);
    list_init(&s->in_age);
    list_push_back(&g->unused, &s->in_age);
    g->source_count++;
    return s;
}

void guard_source_print(const struct guard_ticket *ticket, char text[IO_ADDR_TEXT])
{
    const struct io_addr *network = &ticket->source->network;

    io_addr_print(network, false, text);
    if (network->u.any.sa_family == AF_INET6)
        snprintf(text + strlen(text), IO_ADDR_TEXT - strlen(text), "/64");
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void act(struct guard *g, enum guard_limit limit, int64_t *acted_at,
                const struct guard_call *call, struct guard_verdict *out)
{
    out->acts = true;
    out->limit = limit;
    out->tell = *acted_at == 0 || call->now - *acted_at > EPISODE_MS;
    *acted_at = call->now ? call->now : 1;
    g->counters.acted[limit]++;
}

static void refuse(struct guard *g, enum guard_limit limit, struct guard_source *s,
                   const struct guard_call *call, struct guard_verdict *out)
{
    act(g, limit, s ? &s->acted_at[limit] : &g->acted_at[limit], call, out);
    out->take = false;
}

void guard_take(struct guard *g, const struct guard_call *call, const struct guard_verdict *verdict,
                struct guard_ticket *ticket)
{
    struct guard_source *s = verdict->source;

    *ticket = (struct guard_ticket){.source = s, .known = call->expected > 0, .unbound = true};
    list_init(&ticket->link);
    list_remove(&s->in_age);
    s->connections++;
    s->unbound[ticket->known]++;
    g->counters.unbound++;
    if (ticket->known)
        return;
    list_push_back(&g->unbound, &ticket->link);
    g->strangers++;
}

/* Who has waited longest is given up: a peer that means it has bound within that time. */
static void make_room(struct guard *g, const struct guard_call *call, struct guard_verdict *out)
{
    if (call->expected || g->strangers < g->limits.unbound)
        return;
    act(g, GUARD_UNBOUND, &g->acted_at[GUARD_UNBOUND], call, out);
    out->value = g->limits.unbound;
    out->evict = LIST_ITEM(g->unbound.next, struct guard_ticket, link);
}

static unsigned source_limit(const struct guard *g, const struct guard_call *call)
{
    return call->expected > g->limits.source_unbound ? call->expected : g->limits.source_unbound;
}

void guard_call(struct guard *g, const struct guard_call *call, struct guard_verdict *out)
{
    struct guard_source *s;

    *out = (struct guard_verdict){.take = true};
    if (call->connections >= g->limits.connections) {
        refuse(g, GUARD_CONNECTIONS, NULL, call, out);
        out->value = g->limits.connections;
        return;
    }
    s = source_of(g, call);
    if (!s) {
        out->take = false;
        return;
    }
    if (call->now < s->blocked_until) {
        refuse(g, GUARD_FAILED_BINDS, s, call, out);
        out->tell = false; /* guard_failed() told */
        out->value = s->blocked_until - call->now;
        return;
    }
    if (s->unbound[call->expected > 0] >= source_limit(g, call)) {
        refuse(g, GUARD_SOURCE_UNBOUND, s, call, out);
        out->value = source_limit(g, call);
        return;
    }
    out->source = s;
    make_room(g, call, out);
}

static void no_longer_unbound(struct guard *g, struct guard_ticket *ticket)
{
    if (!ticket->unbound)
        return;
    ticket->unbound = false;
    list_remove(&ticket->link);
    g->strangers -= !ticket->known;
    ticket->source->unbound[ticket->known]--;
    g->counters.unbound--;
}

void guard_bound(struct guard *g, struct guard_ticket *ticket)
{
    no_longer_unbound(g, ticket);
    clear(ticket->source);
}

int64_t guard_failed(struct guard *g, struct guard_ticket *ticket, int64_t now)
{
    struct guard_source *s = ticket->source;
    const struct guard_limits *l = &g->limits;

    g->counters.failed_binds++;
    s->failures++;
    s->forget_at = now + FORGET_FACTOR * l->block_max_ms;
    if (l->failures == 0 || s->failures <= l->failures || now < s->blocked_until)
        return 0;
    s->block_ms = s->block_ms ? s->block_ms * 2 : l->block_ms;
    if (s->block_ms > l->block_max_ms)
        s->block_ms = l->block_max_ms;
    s->blocked_until = now + s->block_ms;
    s->forget_at = s->blocked_until + FORGET_FACTOR * s->block_ms;
    return s->block_ms;
}

void guard_end(struct guard *g, struct guard_ticket *ticket)
{
    struct guard_source *s = ticket->source;

    if (!s)
        return;
    no_longer_unbound(g, ticket);
    ticket->source = NULL;
    if (--s->connections == 0)
        list_push_back(&g->unused, &s->in_age);
}

void guard_forgive(struct guard *g)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        LIST_EACH(it, &g->bucket[i])
        {
            clear(LIST_ITEM(it, struct guard_source, in_bucket));
        }
    }
}

/* ---- events and counters --------------------------------------------------------------------- */

bool guard_may_tell(struct guard *g, int64_t now)
{
    if (g->tell_from < now)
        g->tell_from = now;
    if (g->tell_from - now >= (int64_t)TELL_BURST * TELL_EACH_MS) {
        g->counters.untold++;
        return false;
    }
    g->tell_from += TELL_EACH_MS;
    return true;
}

void guard_count(const struct guard *g, int64_t now, struct guard_counters *out)
{
    *out = g->counters;
    out->sources = g->source_count;
    for (size_t i = 0; i < BUCKETS; i++) {
        LIST_EACH(it, &g->bucket[i])
        {
            out->blocked += now < LIST_ITEM(it, struct guard_source, in_bucket)->blocked_until;
        }
    }
}
