/* SPDX-License-Identifier: Apache-2.0 */
/* One MTA of a simulated world: all of x400d but its edge, on a simulated machine and disk. It is
 * put together as the daemon does, and can die at any moment. */
#pragma once

#include "connector/x400/internal.h"
#include "control/internal.h"
#include "disk.h"
#include "network.h"
#include "plan.h"
#include "reply.h"

#define SIM_BASE        "/o=S/ou=S"
#define SIM_CONNECTIONS SIM_BASE "/cn=Configuration/cn=Connections/cn="
#define SIM_SERVERS     SIM_BASE "/cn=Configuration/cn=Servers/cn="
#define SIM_RECIPIENTS  SIM_BASE "/cn=Recipients/cn="

enum { SIM_DN = 96, SIM_HOSTS = 2 };

struct sim_node {
    struct sim_world *world;
    int number;
    char name[8];               /* N1: of node and MTA */
    struct io *host[SIM_HOSTS]; /* machines it can run on */
    unsigned at;                /* which it runs on */
    struct sim_disk *disk;      /* shared by the machines */
    char *site;                 /* YAML: what its directory is at first */
    event_sink_fn *on_event;    /* ctx: this node */
    void *owner;                /* of the maker */

    bool running;
    bool dying; /* what it says and does is not there any more */
    struct sim_process *process;
    struct store *store;
    struct log *log;
    struct mta *mta;
    struct mailboxes *mailboxes;
    struct x400 *x400;
    struct control *control;
};

struct io *sim_node_io(const struct sim_node *node);
/* X4_OK, or why it could not start; then nothing is left of the attempt but what is on the disk. */
int sim_node_start(struct sim_node *node);
/* In order, as after SIGTERM: what is handed over is finished. */
void sim_node_stop(struct sim_node *node);
/* The process is gone as it is. power: so is the machine, and what was not on the platter. */
void sim_node_crash(struct sim_node *node, bool power);
