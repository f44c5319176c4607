/* SPDX-License-Identifier: Apache-2.0 */
/* What operators do in a simulated world. */
#pragma once

#include "world.h"

/* Is it the attribute that an entry "change" sets? */
bool sim_operate_changes(const struct sim_entry *entry, const char *attribute);
enum { SIM_CHANGES = 14 };
/* Sets an attribute of a connector, as entry "change" says. */
void sim_operate_change(struct sim_world *world, const struct sim_entry *entry);
/* Deals with an item of a queue, as entry "steer" says; returns it with these. */
enum { SIM_RETURN_REASON = 1, SIM_RETURN_DIAGNOSTIC = 4 };
void sim_operate_steer(struct sim_world *world, const struct sim_entry *entry);
/* Puts everything back as the plan's sites have it; true: it is done. */
bool sim_operate_restore(struct sim_world *world, struct sim_node *node);
