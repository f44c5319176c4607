/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "world.h"

/* ---- priority: what is taken is never less urgent than what has waited -------------------------
 */

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

static void check_sending(struct sim_world *world, const struct sim_node *n,
                          const struct sim_watch *w)
{
    LIST_EACH(it, &n->x400->associations)
    {
        const struct x400_assoc *a = LIST_ITEM(it, struct x400_assoc, link);

        if (a->out && !was_sending(w, a->number, mta_out_item(a->out)->id))
            check_turn(world, n, w, mta_out_item(a->out));
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

/* ---- limits ------------------------------------------------------------------------------------
 */

static void check_limits(struct sim_world *world, const struct sim_node *n)
{
    LIST_EACH(it, &n->x400->connectors)
    {
        const struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);
        const unsigned most = c->profile.max_associations + c->profile.urgent_associations;
        unsigned out = 0;
        unsigned in = 0;

        LIST_EACH(at, &c->associations)
        {
            const struct x400_assoc *a = LIST_ITEM(at, struct x400_assoc, in_connector);

            out += a->initiator;
            in += !a->initiator;
        }
        if (out > most || in > most)
            sim_violated(world, "limits", 0, "%s has %u associations out and %u in with %s, not %u",
                         n->name, out, in, c->dn, most);
    }
}

void sim_watch_reset(struct sim_watch *w)
{
    w->sending_count = w->turn_count = 0;
}

void sim_watch_node(struct sim_world *world, struct sim_node *n, struct sim_watch *w)
{
    check_sending(world, n, w);
    check_limits(world, n);
    remember(n, w);
}
