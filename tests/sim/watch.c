/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "world.h"
#include "zone.h"

enum {
    BEGIN_MS = 120 * 1000, /* until what may begin has begun */
    KIB = 1024,
};

/* ---- priority: what is taken is never less urgent than what has waited ----------------------- */

static int64_t first_of(const struct mta_queue *q, int rank)
{
    return list_empty(&q->ready[rank])
               ? 0
               : LIST_ITEM(q->ready[rank].next, struct mta_item, in_place)->id;
}

static bool was_sending(const struct sim_watch *w, uint32_t association, int64_t item)
{
    for (unsigned i = 0; i < w->sending_count; i++) {
        if (w->sending[i].association == association && w->sending[i].item == item)
            return true;
    }
    return false;
}

static void check_turn(struct sim_world *world, const struct sim_node *n, const struct sim_watch *w,
                       const struct mta_item *item)
{
    for (unsigned i = 0; i < w->turn_count; i++) {
        if (w->turn[i].queue != item->queue)
            continue;
        for (int rank = 0; rank < item->rank; rank++) {
            if (w->turn[i].first[rank] && w->turn[i].first[rank] == first_of(item->queue, rank))
                sim_violated(world, "urgent-first", 0,
                             "%s sends item %lld of rank %d, and item %lld of rank %d waits",
                             n->name, (long long)item->id, item->rank,
                             (long long)w->turn[i].first[rank], rank);
        }
    }
}

/* Reports are as long as they are. */
static void check_size(struct sim_world *world, const struct sim_node *n,
                       const struct x400_assoc *a)
{
    const int64_t kib = conf_int(a->connector->profile.object, "message-size-limit");

    if (kib && mta_out_item(a->out)->kind == STORE_MESSAGE &&
        mta_out_content_len(a->out) > (uint64_t)kib * KIB)
        sim_violated(world, "limits", 0, "%s sends %llu octets over %s, whose limit is %lld KiB",
                     n->name, (unsigned long long)mta_out_content_len(a->out), a->connector->dn,
                     (long long)kib);
}

static void check_sending(struct sim_world *world, const struct sim_node *n,
                          const struct sim_watch *w)
{
    LIST_EACH(it, &n->x400->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (!a->out || was_sending(w, a->number, mta_out_item(a->out)->id))
            continue;
        check_turn(world, n, w, mta_out_item(a->out));
        check_size(world, n, a);
    }
}

static void remember(const struct sim_node *n, struct sim_watch *w)
{
    w->sending_count = w->turn_count = 0;
    LIST_EACH(it, &n->x400->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->out && w->sending_count < SIM_WATCHED) {
            w->sending[w->sending_count].association = a->number;
            w->sending[w->sending_count++].item = mta_out_item(a->out)->id;
        }
    }
    for (struct mta_queue *q = mta_next_queue(n->mta, NULL); q && w->turn_count < SIM_WATCHED;
         q = mta_next_queue(n->mta, q)) {
        w->turn[w->turn_count].queue = q;
        for (int rank = 0; rank < MTA_RANKS; rank++)
            w->turn[w->turn_count].first[rank] = first_of(q, rank);
        w->turn_count++;
    }
}

/* ---- limits: those that there are already may stay when a limit is lowered ------------------- */

/* How it was after the last step; -1: it was not. */
static int find_connector(const struct sim_watch *w, const struct x400_connector *c)
{
    for (unsigned i = 0; i < w->connector_count; i++) {
        if (w->connector[i].connector == c)
            return (int)i;
    }
    return -1;
}

static void count(const struct x400_connector *c, unsigned *out, unsigned *in)
{
    *out = *in = 0;
    LIST_EACH(it, &c->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        *out += a->initiator;
        *in += !a->initiator && !a->refused_here;
    }
}

static void check_connector(struct sim_world *world, const struct sim_node *n,
                            const struct sim_watch *w, const struct x400_connector *c)
{
    const unsigned most = c->profile.max_associations + c->profile.urgent_associations;
    const int i = find_connector(w, c);
    const unsigned out_before = i < 0 ? 0 : w->connector[i].out;
    const unsigned in_before = i < 0 ? 0 : w->connector[i].in;
    unsigned out, in;

    count(c, &out, &in);
    if ((out > most && out > out_before) || (in > most && in > in_before))
        sim_violated(world, "limits", 0, "%s has %u associations out and %u in with %s, not %u",
                     n->name, out, in, c->dn, most);
}

/* Associations that are let in, and those that it opens. */
static unsigned joined(const struct x400 *x)
{
    unsigned n = 0;

    LIST_EACH(it, &x->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        n += a->connector && !a->refused_here;
    }
    return n;
}

static void check_server(struct sim_world *world, const struct sim_node *n,
                         const struct sim_watch *w)
{
    const struct conf_object *server = mta_server(n->mta);
    const unsigned most = (unsigned)conf_int(server, "max-associations");
    const unsigned connections = (unsigned)conf_int(server, "max-connections");
    const struct x400_assoc *last =
        list_empty(&n->x400->associations)
            ? NULL
            : LIST_ITEM(n->x400->associations.prev, struct x400_assoc, link);
    const bool called = last && !last->initiator && last->number > w->server.known;

    if (joined(n->x400) > most && joined(n->x400) > w->server.joined)
        sim_violated(world, "limits", 0, "%s has %u associations, and may have %u", n->name,
                     joined(n->x400), most);
    if (called && n->x400->association_count > connections)
        sim_violated(world, "limits", 0, "%s takes a call as the %u. connection of %u", n->name,
                     n->x400->association_count, connections);
}

/* ---- times: nothing begins when it may not, and what may begin does -------------------------- */

static bool is_on(const struct x400_connector *c)
{
    return c->profile.schedule == CONF_ALWAYS ||
           (c->profile.schedule == CONF_TIMES && sim_zone_is_on(&c->profile.week, x400_wall(c->x)));
}

static void check_times(struct sim_world *world, const struct sim_node *n,
                        const struct sim_watch *w, const struct x400_connector *c)
{
    if (is_on(c))
        return;
    LIST_EACH(it, &c->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, in_connector);

        if (a->initiator && a->number > w->server.known)
            sim_violated(world, "in-time", 0, "%s calls over %s, whose schedule is \"%s\"", n->name,
                         c->dn, conf_str(c->profile.object, "schedule"));
        if (a->initiator && a->out && !was_sending(w, a->number, mta_out_item(a->out)->id) &&
            c->profile.schedule == CONF_TIMES)
            sim_violated(world, "in-time", 0, "%s sends over %s, whose schedule is \"%s\"", n->name,
                         c->dn, conf_str(c->profile.object, "schedule"));
    }
}

/* Nothing keeps it from opening an association. */
static bool could_begin(const struct x400_connector *c)
{
    return is_on(c) && c->profile.enabled && !c->removed && !c->held && !c->x->draining &&
           !c->retry_at && c->queue->ready_count && list_empty(&c->associations);
}

static void check_waiting(struct sim_world *world, const struct sim_node *n,
                          const struct sim_watch *w, const struct x400_connector *c)
{
    const int i = find_connector(w, c);

    if (i < 0 || !could_begin(c) || w->connector[i].waits_since < 0 ||
        sim_now(world) - w->connector[i].waits_since <= BEGIN_MS)
        return;
    sim_violated(world, "in-time", 0,
                 "%s has %zu items for %s, may open an association, and does not", n->name,
                 c->queue->ready_count, c->dn);
}

static void remember_connectors(struct sim_world *world, const struct sim_node *n,
                                struct sim_watch *w)
{
    const struct sim_watch before = *w;

    w->connector_count = 0;
    LIST_EACH(it, &n->x400->connectors)
    {
        const struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);
        const int was = find_connector(&before, c);
        const unsigned i = w->connector_count++;

        w->connector[i].connector = c;
        count(c, &w->connector[i].out, &w->connector[i].in);
        w->connector[i].waits_since = !could_begin(c) ? -1
                                      : was >= 0 && before.connector[was].waits_since >= 0
                                          ? before.connector[was].waits_since
                                          : sim_now(world);
        if (w->connector_count == SIM_WATCHED)
            break;
    }
    w->server.joined = joined(n->x400);
    w->server.known = n->x400->last_number;
}

void sim_watch_reset(struct sim_watch *w)
{
    *w = (struct sim_watch){.sending_count = 0};
}

void sim_watch_node(struct sim_world *world, struct sim_node *n, struct sim_watch *w)
{
    check_sending(world, n, w);
    check_server(world, n, w);
    LIST_EACH(it, &n->x400->connectors)
    {
        const struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        check_connector(world, n, w, c);
        check_times(world, n, w, c);
        check_waiting(world, n, w, c);
    }
    remember_connectors(world, n, w);
    remember(n, w);
}
