/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of entries that a plan can have, and what they do. */
#include "base/error.h"
#include "operate.h"

#include <stdio.h>

static struct io *host_of(struct sim_world *w, const struct sim_entry *e, const char *name)
{
    const int64_t i = sim_get(e, name);

    return i >= 1 && i <= w->nodes ? sim_node_io(&w->node[i]) : NULL;
}

static struct sim_disk *disk_of(struct sim_world *w, const struct sim_entry *e)
{
    const int64_t i = sim_get(e, "node");

    return i >= 1 && i <= w->nodes ? w->node[i].disk : NULL;
}

/* ---- what users and operators do ------------------------------------------------------------- */

static void send_letter(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_robot *robot = sim_robot_at(w, sim_get(e, "node"));
    struct sim_node *n = robot ? NULL : sim_running(w, e, "node");

    if (robot)
        sim_robot_submit(w, robot, e);
    else if (n)
        sim_ledger_submit(w, n, e);
}

/* ---- machines and processes ------------------------------------------------------------------ */

static void kill_node(struct sim_world *w, const struct sim_entry *e)
{
    if (sim_running(w, e, "node"))
        sim_world_crash(w, (int)sim_get(e, "node"), false, sim_get(e, "down"));
}

static void power_off(struct sim_world *w, const struct sim_entry *e)
{
    if (sim_running(w, e, "node"))
        sim_world_crash(w, (int)sim_get(e, "node"), true, sim_get(e, "down"));
}

static void power_off_writing(struct sim_world *w, const struct sim_entry *e)
{
    if (!disk_of(w, e))
        return;
    w->place[sim_get(e, "node")].down_ms = sim_get(e, "down");
    sim_disk_cut_after(disk_of(w, e), (uint64_t)sim_get(e, "changes") + 1);
}

static void stop_node(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_node *n = sim_running(w, e, "node");

    if (!n)
        return;
    sim_ledger_dying(w, n);
    sim_node_stop(n);
    w->place[n->number].start_at = sim_now(w) + sim_get(e, "down");
}

/* The other machine of a cluster takes over: address and disk are its own now. */
static void fail_over(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_node *n = sim_running(w, e, "node");
    char address[IO_ADDR_TEXT];

    if (!n)
        return;
    sim_world_crash(w, n->number, true, sim_get(e, "down"));
    snprintf(address, sizeof(address), "10.0.0.%d", n->number);
    sim_host_move(n->host[n->at], n->host[1 - n->at], address);
    n->at = 1 - n->at;
}

static void clock_jump(struct sim_world *w, const struct sim_entry *e)
{
    if (host_of(w, e, "node"))
        sim_host_clock(host_of(w, e, "node"), sim_get(e, "ahead"));
}

/* ---- disks ----------------------------------------------------------------------------------- */

static void disk_full(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_disk *d = disk_of(w, e);

    if (d)
        sim_disk_set_capacity(d, sim_disk_used(d) + (uint64_t)sim_get(e, "room"));
}

static void disk_room(struct sim_world *w, const struct sim_entry *e)
{
    if (disk_of(w, e))
        sim_disk_set_capacity(disk_of(w, e), 0);
}

static void disk_fails(struct sim_world *w, const struct sim_entry *e)
{
    if (disk_of(w, e))
        sim_disk_fail(disk_of(w, e), (unsigned)sim_get(e, "calls"),
                      (uint64_t)sim_get(e, "after") + 1, (uint64_t)sim_get(e, "times"));
}

static void disk_chances(struct sim_world *w, const struct sim_entry *e)
{
    const struct sim_disk_chances chances = {
        .read_fails = (unsigned)sim_get(e, "read"),
        .write_fails = (unsigned)sim_get(e, "write"),
        .sync_fails = (unsigned)sim_get(e, "sync"),
        .sync_is_slow = (unsigned)sim_get(e, "slow"),
        .slow_ms = sim_get(e, "ms"),
    };

    if (disk_of(w, e))
        sim_disk_set_chances(disk_of(w, e), &chances);
}

/* ---- the network ----------------------------------------------------------------------------- */

static void break_lines(struct sim_world *w, const struct sim_entry *e)
{
    struct io *a = host_of(w, e, "a");
    struct io *b = host_of(w, e, "b");

    if (a && b && a != b)
        sim_break(a, b, sim_get(e, "half") != 0);
}

static void cut_after(struct sim_world *w, const struct sim_entry *e)
{
    sim_cut_after(w->net, (uint64_t)sim_get(e, "octets"));
}

static void sever(struct sim_world *w, const struct sim_entry *e)
{
    struct io *a = host_of(w, e, "a");
    struct io *b = host_of(w, e, "b");

    if (a && b && a != b)
        sim_sever(a, b, sim_get(e, "on") != 0);
}

static void refuse(struct sim_world *w, const struct sim_entry *e)
{
    if (host_of(w, e, "node"))
        sim_host_refuse(host_of(w, e, "node"), sim_get(e, "on") != 0);
}

const struct sim_kind sim_kinds[] = {
    {"world",
     {"nodes", "shared", "alternates", "loops", "patience", "timeout", "delay", "pieces", "commit",
      "most", "connections", "zone", "before"},
     NULL,
     "what all sites have in common: limits, the zone, when its clocks change; the weather",
     NULL},
    {"link",
     {"a", "b", "mode", "back", "twa", "cost", "window", "checkpoint", "associations", "urgent",
      "threshold", "times"},
     NULL,
     "two connectors, one at each end",
     NULL},
    {"robot",
     {"robot", "a", "mode", "twa", "window", "checkpoint", "associations", "urgent", "threshold",
      "times"},
     "robot",
     "a neighbour of node a that is no x400d",
     NULL},
    {"answers",
     {"robot", "how", "value", "times"},
     "robot",
     "how a robot behaves when it is called",
     sim_robot_answers},
    {"calls",
     {"robot", "how", "value", "times"},
     "robot",
     "a robot calls its MTA, or does so when it has a letter, and behaves like that",
     sim_robot_calls},
    {"send",
     {"node", "from", "probe", "size", "priority", "report", "return", "disclose", "defer",
      "latest", "broken"},
     NULL,
     "a message or probe is submitted, or sent by a robot, perhaps broken",
     send_letter},
    {"kill", {"node", "down"}, "kill", "a process dies, and is started again", kill_node},
    {"power", {"node", "down"}, "power", "a machine loses its power", power_off},
    {"torn",
     {"node", "changes", "down"},
     "power",
     "the same in the midst of a later change of its disk",
     power_off_writing},
    {"move", {"node", "down"}, "move", "the other machine of a cluster takes over", fail_over},
    {"stop", {"node", "down"}, "stop", "a process is stopped in order", stop_node},
    {"clock", {"node", "ahead"}, "clock", "a wall clock is set", clock_jump},
    {"full", {"node", "room"}, "full", "a disk takes only so many octets more", disk_full},
    {"room", {"node"}, "full", "there is room again", disk_room},
    {"fails", {"node", "calls", "after", "times"}, "eio", "calls of a disk fail", disk_fails},
    {"chances",
     {"node", "read", "write", "sync", "slow", "ms"},
     "eio",
     "calls of a disk fail or take long at random",
     disk_chances},
    {"break", {"a", "b", "half"}, "break", "connections break", break_lines},
    {"cut", {"octets"}, "break", "the connection that carries an octet breaks there", cut_after},
    {"sever", {"a", "b", "on"}, "sever", "nothing passes between two machines", sever},
    {"refuse", {"node", "on"}, "refuse", "calls to a machine are refused", refuse},
    {"change",
     {"node", "peer", "what", "value"},
     "change",
     "an attribute of a connector is changed",
     sim_operate_change},
    {"steer",
     {"node", "nth", "action"},
     "steer",
     "an operator deals with an item",
     sim_operate_steer},
    {.name = NULL},
};
