/* SPDX-License-Identifier: Apache-2.0 */
/* When a connector opens associations, and to which address: its queue, its schedule, its retry
 * timer and its limits decide. Runs from the connector's timer only, never from inside a call. */
#include "connector/x400/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SECOND_MS = 1000,
    PERMANENT_FACTOR = 2,
    HOURS_LOOK_MS = 60 * SECOND_MS,
    BREAKS_MAX = 20, /* doublings of the time after a break */
};

void x400_connector_kick(struct x400_connector *c)
{
    c->x->io->ops->timer_set(c->timer, 0);
}

/* A peer that was asked for the turn and keeps it: better open an association of our own. */
static bool lost_patience(const struct x400_assoc *a)
{
    return a->asked_turn && x400_now(a->x) - a->asked_at > X400_TURN_PATIENCE_MS;
}

/* Associations that can carry what is queued: those we opened, and two-way alternate ones whose
 * turn we can ask for. Either those for everything, or those for urgent mail only. */
static unsigned usable(const struct x400_connector *c, bool urgent)
{
    unsigned n = 0;

    LIST_EACH(it, &c->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        if (a->urgent == urgent)
            n += a->initiator || (a->two_way && a->state == X400_OPEN && !lost_patience(a));
    }
    return n;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* It outlives what asked for it: there is no way to call a resolution off. */
struct x400_lookup {
    struct list link;         /* of the connector */
    struct x400_connector *c; /* NULL: gone meanwhile */
    unsigned host;
    char name[256];
};

static void take_addresses(struct x400_host *h, const struct io_addr *addrs, unsigned count)
{
    const unsigned room = sizeof(h->found) / sizeof(h->found[0]);

    h->found_count = 0;
    for (unsigned i = 0; i < count && h->found_count < room; i++)
        h->found[h->found_count++] = addrs[i];
}

static void resolved(void *ctx, int error, const struct io_addr *addrs, unsigned count)
{
    struct x400_lookup *l = ctx;
    struct x400_connector *c = l->c;
    struct x400_host *h = c && l->host < c->profile.host_count ? &c->profile.host[l->host] : NULL;

    list_remove(&l->link);
    if (h && strcmp(h->name, l->name) == 0) {
        if (error)
            LOG_EVENT(c->x->log, x400_wall(c->x), EVENT_NAME_FAILED, EV_STR("host", l->name),
                      EV_STR("connector", c->dn), EV_STR("detail", x4_strerror(error)));
        else
            take_addresses(h, addrs, count);
    }
    if (c && list_empty(&c->lookups))
        x400_connector_kick(c);
    free(l);
}

void x400_resolve(struct x400_connector *c)
{
    if (!list_empty(&c->lookups)) /* a name server that is slow is not asked again meanwhile */
        return;
    for (unsigned i = 0; i < c->profile.host_count; i++) {
        const struct x400_host *h = &c->profile.host[i];
        struct x400_lookup *l;

        if (h->is_prefix)
            continue;
        l = calloc(1, sizeof(*l));
        if (!l)
            return;
        l->c = c;
        l->host = i;
        snprintf(l->name, sizeof(l->name), "%s", h->name);
        list_push_back(&c->lookups, &l->link);
        if (c->x->io->ops->resolve(c->x->io, h->name, c->profile.remote_port, resolved, l)) {
            list_remove(&l->link);
            free(l);
        }
    }
}

void x400_forget_lookups(struct x400_connector *c)
{
    while (!list_empty(&c->lookups)) {
        struct x400_lookup *l = LIST_ITEM(c->lookups.next, struct x400_lookup, link);

        l->c = NULL;
        list_remove(&l->link);
    }
}

const struct io_addr *x400_address_at(const struct x400_profile *p, unsigned n)
{
    for (unsigned i = 0; i < p->host_count; i++) {
        const struct x400_host *h = &p->host[i];

        if (!h->callable)
            continue;
        if (n < h->found_count)
            return &h->found[n];
        n -= h->found_count;
    }
    return NULL;
}

static unsigned address_count(const struct x400_profile *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->host_count; i++)
        n += p->host[i].callable ? p->host[i].found_count : 0;
    return n;
}

/* ---- opening --------------------------------------------------------------------------------- */

bool x400_off_hours(struct x400_connector *c)
{
    return c->profile.schedule == CONF_TIMES &&
           !x400_times_are_open(&c->times, &c->profile.week, x400_wall(c->x));
}

int64_t x400_hours_change(struct x400_connector *c)
{
    if (c->profile.schedule != CONF_TIMES)
        return INT64_MAX;
    x400_times_are_open(&c->times, &c->profile.week, x400_wall(c->x));
    return x400_now(c->x) + c->times.until - x400_wall(c->x);
}

static bool may_open(struct x400_connector *c)
{
    const struct x400_profile *p = &c->profile;

    return p->enabled && !c->removed && !c->x->draining &&
           (p->schedule == CONF_ALWAYS || (p->schedule == CONF_TIMES && !x400_off_hours(c)));
}

static void call(struct x400_connector *c, bool urgent)
{
    const struct io_addr *addr;
    unsigned count = address_count(&c->profile);

    if (count == 0) {
        if (!list_empty(&c->lookups))
            return;
        x400_connector_failed(c, NULL, false,
                              c->profile.host_count ? "no address of the remote hosts is known"
                                                    : "remote-hosts is empty");
        return;
    }
    addr = x400_address_at(&c->profile, c->host_at % count);
    x400_assoc_call(c, addr, urgent);
}

/* When a limit has been lowered there may be too many of one kind. */
static bool has_room(const struct x400_connector *c, bool urgent)
{
    const struct x400_profile *p = &c->profile;
    const unsigned have_urgent = usable(c, true);

    return usable(c, false) + have_urgent < p->max_associations + p->urgent_associations &&
           (!urgent || have_urgent < p->urgent_associations);
}

int x400_connector_call(struct x400_connector *c)
{
    const bool urgent = usable(c, false) >= c->profile.max_associations;

    if (x400_is_full(c->x) || !has_room(c, urgent))
        return X4_EBUSY;
    call(c, urgent);
    return X4_OK;
}

/* Associations wanted for what is queued: one, and one more for each threshold of messages; besides
 * those for urgent mail only, which leave the rest where it is. */
static unsigned wanted(const struct x400_connector *c)
{
    const struct x400_profile *p = &c->profile;
    size_t ready = c->queue->ready_count;
    size_t n = 1 + ready / p->threshold;

    if (ready == 0)
        return 0;
    return n > p->max_associations ? p->max_associations : (unsigned)n;
}

static bool urgent_waits(const struct x400_connector *c)
{
    return !list_empty(&c->queue->ready[MTA_RANK_URGENT]);
}

void x400_tell_full(const struct x400_connector *c, const char *direction)
{
    LOG_EVENT(c->x->log, x400_wall(c->x), EVENT_SERVER_FULL,
              EV_INT("limit", conf_int(mta_server(c->x->mta), "max-associations")),
              EV_STR("connector", c->dn), EV_STR("direction", direction));
}

void x400_kick_held(struct x400 *x)
{
    LIST_EACH(it, &x->connectors)
    {
        struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        if (c->held)
            x400_connector_kick(c);
    }
}

/* Ends an association that does nothing, of a connector that has nothing to send. */
static void end_an_idle_one(struct x400 *x)
{
    LIST_EACH(it, &x->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->initiator && a->state == X400_OPEN && stack_is_idle(a->stack) &&
            a->connector->queue->ready_count == 0) {
            x400_assoc_finish(a);
            return;
        }
    }
}

/* The server has as many associations as it may have: is told once, until there is room. */
static bool is_held(struct x400_connector *c)
{
    bool held = x400_is_full(c->x);

    if (held && !c->held)
        x400_tell_full(c, "outgoing");
    c->held = held;
    if (held)
        end_an_idle_one(c->x);
    return held;
}

static bool has_open(const struct x400_connector *c)
{
    LIST_EACH(it, &c->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        if (a->state == X400_OPEN && (a->initiator || a->two_way))
            return true;
    }
    return false;
}

enum mta_activation x400_connector_activation(struct x400_connector *c)
{
    const struct x400_profile *p = &c->profile;

    if (!p->enabled || p->schedule == CONF_NEVER)
        return MTA_NEVER;
    if (p->schedule == CONF_ALWAYS || has_open(c))
        return MTA_ACTIVE;
    if (p->schedule == CONF_REMOTE_INITIATED)
        return MTA_WHEN_CALLED;
    return x400_off_hours(c) ? MTA_LATER : MTA_ACTIVE;
}

static void open_more(struct x400_connector *c)
{
    const struct x400_profile *p = &c->profile;
    const unsigned have = usable(c, false);
    bool urgent;

    if (!may_open(c) || x400_now(c->x) < c->held_until)
        return;
    if (c->retry_at) {
        if (x400_now(c->x) < c->retry_at)
            return;
        c->retry_at = 0;
        c->hinted = false;
    }
    /* Whether the peer can be called shows with one; the others follow when it is open. Else a peer
     * that is down would use up an attempt for each of them at once. */
    if (have + usable(c, true) && (c->open_attempts || !has_open(c)))
        return;
    urgent = have >= p->max_associations && urgent_waits(c);
    if (!urgent && !(c->open_attempts ? c->queue->ready_count > 0 : have < wanted(c)))
        return;
    if (!has_room(c, urgent) || is_held(c))
        return;
    call(c, urgent);
    if (have && usable(c, false) < wanted(c))
        x400_connector_kick(c);
}

int64_t x400_next_attempt(const struct x400_connector *c)
{
    return c->retry_at > c->held_until ? c->retry_at : c->held_until;
}

void x400_connector_may_call(struct x400_connector *c)
{
    c->retry_at = 0;
    c->held_until = 0;
}

static void use_open(struct x400_connector *c)
{
    LIST_EACH_SAFE(it, &c->associations)
    {
        struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        if (!c->queue->ready_count)
            return;
        if (a->state != X400_OPEN)
            continue;
        if (x400_assoc_can_send(a) && (a->initiator || a->two_way)) {
            x400_send_next(a);
            x400_assoc_pump(a);
        } else if (a->two_way) {
            x400_want_turn(a);
            x400_assoc_pump(a);
        }
    }
}

/* The clock may be set meanwhile. */
static void wait_for_hours(struct x400_connector *c)
{
    const int64_t wait = x400_hours_change(c) - x400_now(c->x);

    c->x->io->ops->timer_set(c->timer, wait < HOURS_LOOK_MS ? wait : HOURS_LOOK_MS);
}

void x400_dispatch(void *ctx)
{
    struct x400_connector *c = ctx;

    if (c->removed) {
        x400_connector_drop_if_done(c);
        return;
    }
    if (!c->queue->ready_count)
        return;
    if (c->profile.two_way) /* unless something below asks for an earlier look */
        c->x->io->ops->timer_set(c->timer, X400_TURN_PATIENCE_MS + 1);
    use_open(c);
    if (c->queue->ready_count)
        open_more(c);
    if (x400_next_attempt(c) > x400_now(c->x))
        c->x->io->ops->timer_set(c->timer, x400_next_attempt(c) - x400_now(c->x));
    else if (x400_off_hours(c))
        wait_for_hours(c);
}

/* ---- results --------------------------------------------------------------------------------- */

/* While another association is open the queue is served, and nothing that waits has failed. An
 * attempt before its time, because the peer called or an association came and went, is none of
 * those that max-open-retries allows. */
static void note_failure(struct x400_connector *c, int64_t delay, const char *text)
{
    const int max = c->profile.max_open_retries;
    const int64_t now = x400_now(c->x);

    if (has_open(c))
        return;
    c->open_attempts++;
    if (now < c->attempt_until) {
        mta_queue_open_failed_early(c->x->mta, c->queue, max, text);
        return;
    }
    c->attempt_until = now + delay;
    mta_queue_open_failed(c->x->mta, c->queue, max, text);
}

void x400_connector_failed(struct x400_connector *c, const struct x400_assoc *a, bool permanent,
                           const char *text)
{
    const char *peer = a ? a->peer_text : "-";
    const char *local = a && *a->local_text ? a->local_text : "any";
    const struct x400_profile *p = &c->profile;
    unsigned count = address_count(p);
    const unsigned attempt = c->open_attempts + 1;
    int64_t delay = p->open_interval_ms * (permanent ? PERMANENT_FACTOR : 1);

    snprintf(c->last_error, sizeof(c->last_error), "%s: %s", peer, text ? text : "-");
    c->host_at++;
    if (++c->host_tried < count) { /* the other addresses first */
        x400_connector_kick(c);
        return;
    }
    c->host_tried = 0;
    c->retry_at = x400_now(c->x) + delay;
    LOG_EVENT(c->x->log, x400_wall(c->x), EVENT_OPEN_FAILED, EV_STR("connector", c->dn),
              EV_STR("peer", peer), EV_STR("local", local), EV_INT("attempt", attempt),
              EV_INT("limit", p->max_open_retries), EV_STR("detail", text));
    LOG_EVENT(c->x->log, x400_wall(c->x), EVENT_OPEN_RETRY, EV_STR("connector", c->dn),
              EV_INT("seconds", delay / SECOND_MS), EV_INT("attempt", attempt + 1),
              EV_INT("limit", p->max_open_retries));
    note_failure(c, delay, text);
    x400_resolve(c); /* addresses may have changed */
    c->x->io->ops->timer_set(c->timer, delay);
}

/* The peer called: it is up, which does not say that it can be called. One more attempt, but only
 * one before the retry timer fires by itself, so that a busy caller does not use them up. */
static void try_again(struct x400_connector *c)
{
    if (c->retry_at && !c->hinted) {
        c->hinted = true;
        c->retry_at = 0;
    }
    x400_connector_kick(c);
}

void x400_connector_opened(struct x400_connector *c, struct x400_assoc *a)
{
    c->opened++;
    c->last_opened_ms = a->opened_ms;
    if (!a->initiator && !a->two_way) {
        try_again(c);
        return;
    }
    if (c->open_attempts)
        LOG_EVENT(c->x->log, x400_wall(c->x), EVENT_CONNECTOR_RECOVERED, EV_STR("connector", c->dn),
                  EV_INT("attempts", c->open_attempts));
    c->open_attempts = 0;
    c->host_tried = 0;
    c->retry_at = 0;
    c->hinted = false;
    *c->last_error = '\0';
    mta_queue_open_succeeded(c->queue);
    x400_connector_kick(c);
}

/* One message may do that to the peer, then the others get through after a moment. If it does not
 * end so, the peer is in trouble: twice as long each time, as long as after a failed open at last.
 * What breaks at the same time is one break. */
void x400_connector_broke(struct x400_connector *c)
{
    const int64_t longest = c->profile.open_interval_ms;
    int64_t delay = (int64_t)SECOND_MS << (c->breaks < BREAKS_MAX ? c->breaks : BREAKS_MAX);

    if (x400_now(c->x) < c->held_until)
        return;
    c->breaks++;
    c->held_until = x400_now(c->x) + (delay < longest ? delay : longest);
}

void x400_connector_lost(struct x400_connector *c)
{
    x400_connector_kick(c); /* open another one for what is left */
}
