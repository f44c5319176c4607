/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a world: faults are over, everything drains, and what is left is looked at. */
#include "mta/internal.h"
#include "operate.h"

#include <string.h>

static void heal_host(struct sim_world *w, unsigned node, struct io *host)
{
    sim_host_refuse(host, false);
    for (unsigned k = 1; k < node; k++) {
        for (unsigned h = 0; h < SIM_HOSTS; h++)
            sim_sever(host, w->node[k].host[h], false);
    }
}

void sim_heal(struct sim_world *w)
{
    static const struct sim_disk_chances none = {.read_fails = 0};

    w->healed = true;
    for (unsigned i = 1; i <= w->nodes; i++) {
        struct sim_node *n = &w->node[i];

        sim_disk_cut_after(n->disk, 0);
        sim_disk_set_capacity(n->disk, 0);
        sim_disk_fail(n->disk, 0, 0, 0);
        sim_disk_set_chances(n->disk, &none);
        w->place[i].restore_at = sim_now(w);
        for (unsigned h = 0; h < SIM_HOSTS; h++)
            heal_host(w, i, n->host[h]);
    }
    sim_robots_heal(w);
    sim_say(w, NULL, "all faults are over");
}

bool sim_is_quiet(const struct sim_world *w)
{
    if (!list_empty(&w->ledger.open) || !sim_robots_are_quiet(w))
        return false;
    for (unsigned i = 1; i <= w->nodes; i++) {
        const struct sim_node *n = &w->node[i];

        if (!n->running || store_pending(n->store) || !list_empty(&n->mta->gone) ||
            w->place[i].restore_at >= 0)
            return false;
        for (struct mta_queue *q = mta_next_queue(n->mta, NULL); q; q = mta_next_queue(n->mta, q)) {
            if (q->count && q != n->mta->quarantine)
                return false;
        }
    }
    return true;
}

void sim_tell_waiting(struct sim_world *w)
{
    for (unsigned i = 1; i <= w->nodes; i++) {
        struct sim_node *n = &w->node[i];

        if (!n->running) {
            sim_violated(w, "drains", 0, "%s does not run", n->name);
            continue;
        }
        for (struct mta_queue *q = mta_next_queue(n->mta, NULL); q; q = mta_next_queue(n->mta, q)) {
            if (q->count && q != n->mta->quarantine)
                sim_violated(w, "drains", 0,
                             "%zu items wait in queue %s of %s, %zu ready, hours after the last "
                             "fault",
                             q->count, q->dn, n->name, q->ready_count);
        }
    }
    if (!list_empty(&w->ledger.open))
        sim_violated(w, "answered", 0, "a submission was never answered");
    sim_violated(w, "drains", 0, "something still waits hours after the last fault");
}

void sim_check_idle(struct sim_world *w)
{
    for (unsigned i = 1; i <= w->nodes; i++) {
        const struct sim_node *n = &w->node[i];
        const struct x400 *x = n->x400;

        if (!n->running)
            sim_violated(w, "put-away", 0, "%s does not run any more", n->name);
        else if (x->association_count || x->memory || !list_empty(&x->pings) ||
                 n->mta->items.count != n->mta->quarantine->count || !list_empty(&n->mta->failed))
            sim_violated(w, "put-away", 0,
                         "%s has %u associations, %llu octets for them, and %zu items when nothing "
                         "is to be done",
                         n->name, x->association_count, (unsigned long long)x->memory,
                         n->mta->items.count - n->mta->quarantine->count);
    }
}

/* What was confirmed to a robot and could not be read is all there. */
static void check_quarantine(struct sim_world *w, struct sim_node *n)
{
    size_t least = 0;

    for (size_t i = 0; i < w->ledger.count; i++) {
        const struct sim_letter *l = w->ledger.letter[i];
        const struct sim_robot *r = sim_robot_at(w, sim_get(l->entry, "node"));

        least += r && sim_get(r->entry, "a") == n->number && sim_broken(l->entry) != SIM_WHOLE &&
                 l->state == SIM_ACCEPTED;
    }
    if (n->mta->quarantine->count + w->ledger.unquarantined[n->number] < least)
        sim_violated(w, "quarantined", 0, "%s keeps %zu of %zu APDUs that nobody can read", n->name,
                     n->mta->quarantine->count, least);
}

/* Nothing comes back from the disk. */
static void check_drained(struct sim_world *w, struct sim_node *n)
{
    for (struct mta_queue *q = mta_next_queue(n->mta, NULL); q; q = mta_next_queue(n->mta, q)) {
        if (q->count && q != n->mta->quarantine)
            sim_violated(w, "stays-drained", 0, "%zu items are in queue %s of %s again", q->count,
                         q->dn, n->name);
    }
}

static void check_store(struct sim_world *w, struct sim_node *n)
{
    char text[256] = "";

    if (store_check(n->store, text, sizeof(text)))
        sim_violated(w, "store-sound", 0, "%s: %s", n->name, text);
}

void sim_inspect(struct sim_world *w)
{
    sim_ledger_clear(&w->ledger);
    for (unsigned i = 1; i <= w->nodes; i++) {
        struct sim_node *n = &w->node[i];

        if (n->running && i % 2)
            sim_node_stop(n);
        else if (n->running)
            sim_world_crash(w, (int)i, true, 1);
        sim_world_start(w, i);
        if (!n->running)
            continue;
        check_store(w, n);
        check_drained(w, n);
        check_quarantine(w, n);
        sim_ledger_collect(w, n);
    }
    sim_robots_collect(w);
}
