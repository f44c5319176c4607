/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIM_ANSWER_S = 60, SITE_TEXT = 256 * 1024, FAR = 1000, WORSE = 10 };

const struct sim_entry *sim_site_world(const struct sim_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->entry[i].kind->name, "world") == 0)
            return &plan->entry[i];
    }
    abort(); /* every plan has one */
}

unsigned sim_site_nodes(const struct sim_plan *plan)
{
    const int64_t n = sim_get(sim_site_world(plan), "nodes");

    return n < 1 ? 1 : n > SIM_NODES ? SIM_NODES : (unsigned)n;
}

const struct sim_entry *sim_site_link(const struct sim_plan *plan, int a, int b)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct sim_entry *e = &plan->entry[i];

        if (e->off || strcmp(e->kind->name, "link") != 0)
            continue;
        if ((sim_get(e, "a") == a && sim_get(e, "b") == b) ||
            (sim_get(e, "a") == b && sim_get(e, "b") == a))
            return e;
    }
    return NULL;
}

const struct sim_entry *sim_site_robot(const struct sim_plan *plan, int robot)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct sim_entry *e = &plan->entry[i];

        if (!e->off && strcmp(e->kind->name, "robot") == 0 && sim_get(e, "robot") == robot &&
            sim_get(e, "a") >= 1 && sim_get(e, "a") <= (int64_t)sim_site_nodes(plan))
            return e;
    }
    return NULL;
}

void sim_site_address(const struct sim_plan *plan, int recipient, char text[SIM_ADDRESS])
{
    const int node = recipient / 100;
    const int user = recipient % 100;

    if (node > SIM_ROBOT_NODE && node <= SIM_ROBOT_NODE + SIM_ROBOTS)
        snprintf(text, SIM_ADDRESS, "/S=U%d/PRMD=R%d/ADMD= /C=GB/", user, node - SIM_ROBOT_NODE);
    else if (sim_get(sim_site_world(plan), "shared"))
        snprintf(text, SIM_ADDRESS, "/S=U%d/O=N%d/PRMD=P/ADMD= /C=GB/", user, node);
    else
        snprintf(text, SIM_ADDRESS, "/S=U%d/PRMD=P%d/ADMD= /C=GB/", user, node);
}

/* ---- routes ---------------------------------------------------------------------------------- */

/* Hops from one node to all others. */
static void distances(const struct sim_plan *plan, int from, int out[SIM_NODES + 1])
{
    const int nodes = (int)sim_site_nodes(plan);

    for (int i = 1; i <= nodes; i++)
        out[i] = i == from ? 0 : FAR;
    for (int round = 0; round < nodes; round++) {
        for (int i = 1; i <= nodes; i++) {
            for (int k = 1; k <= nodes; k++) {
                if (out[i] + 1 < out[k] && sim_site_link(plan, i, k))
                    out[k] = out[i] + 1;
            }
        }
    }
}

static void put_space(const struct sim_plan *plan, int target, int64_t cost, struct buf *out)
{
    const bool shared = sim_get(sim_site_world(plan), "shared") != 0;

    if (target > SIM_ROBOT_NODE && target <= SIM_ROBOT_NODE + SIM_ROBOTS)
        buf_printf(out, "{space: 'C=GB; A= ; P=R%d', cost: %" PRId64 "}, ", target - SIM_ROBOT_NODE,
                   cost);
    else
        buf_printf(out, "{space: 'C=GB; A= ; P=P%s%d', cost: %" PRId64 "}, ", shared ? "; O=N" : "",
                   target, cost);
}

/* A neighbour gets what it is nearer to than we are; with alternates also what it is as near to, if
 * there is no better way at the moment. */
static void put_spaces(const struct sim_plan *plan, int node, int neighbour, struct buf *out)
{
    const struct sim_entry *world = sim_site_world(plan);
    const int nodes = (int)sim_site_nodes(plan);
    int own[SIM_NODES + 1] = {0};
    int theirs[SIM_NODES + 1] = {0};

    distances(plan, node, own);
    distances(plan, neighbour, theirs);
    for (int target = 1; target <= nodes; target++) {
        const int further = theirs[target] - own[target];
        const int64_t cost = 1 + sim_get(sim_site_link(plan, node, neighbour), "cost") +
                             theirs[target] + (further ? 0 : WORSE);

        if (target == node || theirs[target] >= FAR ||
            (further >= 0 && (further > 0 || !sim_get(world, "alternates"))))
            continue;
        put_space(plan, target, cost, out);
        for (int robot = 1; robot <= SIM_ROBOTS; robot++) {
            if (sim_site_robot(plan, robot) && sim_get(sim_site_robot(plan, robot), "a") == target)
                put_space(plan, SIM_ROBOT_NODE + robot, cost, out);
        }
    }
    /* What is nowhere goes round in circles, or there is no way to it. */
    if (sim_get(world, "loops"))
        put_space(plan, SIM_NOWHERE, 1, out);
}

/* ---- the text -------------------------------------------------------------------------------- */

static void put_gdi(const struct sim_plan *plan, int node, struct buf *out)
{
    if (sim_get(sim_site_world(plan), "shared"))
        buf_text(out, "{country: GB, admd: ' ', prmd: P}");
    else
        buf_printf(out, "{country: GB, admd: ' ', prmd: P%d}", node);
}

/* What the connectors to nodes and to robots have in common: the entry has arguments of the same
 * names. */
static void put_protocol(const struct sim_plan *plan, const struct sim_entry *e, int64_t mode,
                         struct buf *out)
{
    static const char *const modes[] = {"1988-normal", "1988-x410", "1984"};
    const int64_t patience = sim_get(sim_site_world(plan), "patience");

    buf_printf(out,
               "    conformance: %s, two-way-alternate: %s,\n"
               "    window-size: %" PRId64 ", checkpoint-size: %" PRId64 ",\n"
               "    max-associations: %" PRId64 ", urgent-associations: %" PRId64 ",\n"
               "    threshold: %" PRId64 ",\n",
               modes[mode % 3], sim_get(e, "twa") ? "true" : "false", 1 + sim_get(e, "window"),
               sim_get(e, "checkpoint"), 1 + sim_get(e, "associations"), sim_get(e, "urgent"),
               1 + sim_get(e, "threshold"));
    buf_printf(out,
               "    max-open-retries: %" PRId64 ", max-transfer-retries: %" PRId64 ",\n"
               "    open-interval: 20, transfer-interval: 10, recovery-timeout: 10,\n"
               "    association-lifetime: 30, disconnect-timeout: 20, schedule: '%s',\n",
               patience ? patience : 100000, patience ? patience : 1000,
               sim_zone_times(sim_get(e, "times")));
}

static void put_connector(const struct sim_plan *plan, int node, int peer, struct buf *out)
{
    const struct sim_entry *link = sim_site_link(plan, node, peer);
    const int64_t mode = sim_get(link, "a") == node ? sim_get(link, "mode") : sim_get(link, "back");

    buf_printf(out,
               "  cn=Configuration/cn=Connections/cn=N%d: {\n"
               "    stack: cn=Configuration/cn=Servers/cn=N%d/cn=TCP, remote-mta-name: N%d,\n"
               "    remote-hosts: 10.0.0.%d,\n",
               peer, node, peer, peer);
    put_protocol(plan, link, mode, out);
    buf_text(out, "    remote-gdi: ");
    put_gdi(plan, peer, out);
    buf_text(out, ",\n    address-spaces: [");
    put_spaces(plan, node, peer, out);
    buf_text(out, "]}\n");
}

static void put_robot(const struct sim_plan *plan, int node, int robot, struct buf *out)
{
    const struct sim_entry *e = sim_site_robot(plan, robot);

    if (!e || sim_get(e, "a") != node)
        return;
    buf_printf(out,
               "  cn=Configuration/cn=Connections/cn=R%d: {\n"
               "    stack: cn=Configuration/cn=Servers/cn=N%d/cn=TCP, remote-mta-name: R%d,\n"
               "    remote-mta-password: " SIM_ROBOT_PASSWORD ", remote-hosts: 10.0.2.%d,\n",
               robot, node, robot, robot);
    put_protocol(plan, e, sim_get(e, "mode"), out);
    buf_printf(out, "    remote-gdi: {country: GB, admd: ' ', prmd: R%d}, address-spaces: [",
               robot);
    put_space(plan, SIM_ROBOT_NODE + robot, 1, out);
    buf_text(out, "]}\n");
}

char *sim_site_text(const struct sim_plan *plan, int node)
{
    const struct sim_entry *world = sim_site_world(plan);
    const int64_t minutes = sim_get(world, "timeout") ? sim_get(world, "timeout") : 40 * 24 * 60;
    struct buf out;

    buf_init(&out, SITE_TEXT);
    buf_printf(&out, "base: /o=S/ou=S\nobjects:\n  /o=S: {}\n  /o=S/ou=S: {gdi: ");
    put_gdi(plan, node, &out);
    buf_printf(&out,
               "}\n"
               "  cn=Configuration/cn=Servers/cn=N%d: {mta-name: N%d, minimum-free-disk: 0,\n"
               "    max-associations: %" PRId64 ", max-connections: %" PRId64 ",\n"
               "    answer-timeout: %" PRId64 ", open-timeout: 30, message-timeout-urgent: %" PRId64
               ",\n"
               "    message-timeout-normal: %" PRId64 ", message-timeout-non-urgent: %" PRId64 "}\n"
               "  cn=Configuration/cn=Servers/cn=N%d/cn=TCP: {local-addresses: ['10.0.0.%d']}\n",
               node, node, sim_get(world, "most") ? sim_get(world, "most") : 1000,
               sim_get(world, "connections") ? sim_get(world, "connections") : 2000,
               SIM_ANSWER_S + sim_get(world, "delay"), minutes, minutes, minutes, node, node);
    for (int peer = 1; peer <= (int)sim_site_nodes(plan); peer++) {
        if (peer != node && sim_site_link(plan, node, peer))
            put_connector(plan, node, peer, &out);
    }
    for (int robot = 1; robot <= SIM_ROBOTS; robot++)
        put_robot(plan, node, robot, &out);
    for (int user = 0; user < SIM_USERS; user++) {
        char address[SIM_ADDRESS];

        sim_site_address(plan, node * 100 + user, address);
        buf_printf(&out, "  cn=Recipients/cn=U%d: {addresses: ['%s']}\n", user, address);
    }
    if (!buf_cstr(&out))
        abort();
    return (char *)out.p;
}
