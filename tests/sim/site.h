/* SPDX-License-Identifier: Apache-2.0 */
/* The sites of a plan: who is connected to whom, what each MTA's directory says, who its users are.
 *
 * Node n is MTA "Nn" at 10.0.0.n, in domain PRMD=Pn, or as O=Nn in PRMD=P which all share. Its
 * users are U0, U1, ... Robot n is MTA "Rn" at 10.0.2.n, in domain PRMD=Rn, next to one of the
 * nodes.
 */
#pragma once

#include "plan.h"

/* By which a robot and its MTA know each other. */
#define SIM_ROBOT_PASSWORD "sesame"

enum {
    SIM_UNKNOWN_USER = 90, /* and above: a user whom his MTA does not know */
    SIM_NOWHERE = 99,      /* as a node: a domain that is not there */
    SIM_ADDRESS = 96,
};

/* The entry "world", and the one "link" between two nodes; NULL: there is none. */
const struct sim_entry *sim_site_world(const struct sim_plan *plan);
const struct sim_entry *sim_site_link(const struct sim_plan *plan, int a, int b);
/* The entry of a robot that has a node beside it; NULL: there is none. */
const struct sim_entry *sim_site_robot(const struct sim_plan *plan, int robot);
unsigned sim_site_nodes(const struct sim_plan *plan);
/* The O/R address of a recipient as in struct sim_entry. */
void sim_site_address(const struct sim_plan *plan, int recipient, char text[SIM_ADDRESS]);
/* The directory of a node, YAML; the caller's to free(). */
char *sim_site_text(const struct sim_plan *plan, int node);
