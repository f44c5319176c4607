/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of an MTA at every moment, looked at after each step. */
#pragma once

#include "node.h"

enum { SIM_WATCHED = 64 }; /* transfers and queues of a node */

struct sim_watch {
    struct {
        uint32_t association;
        int64_t item;
    } sending[SIM_WATCHED];
    unsigned sending_count;
    struct {
        const struct mta_queue *queue;
        int64_t first[MTA_RANKS]; /* ready items that are next in turn, 0: none */
    } turn[SIM_WATCHED];
    unsigned turn_count;
    struct {
        uint32_t known; /* the number of the last association that has been seen */
        unsigned joined;
    } server;
    struct {
        const struct x400_connector *connector;
        unsigned out, in;
        int64_t waits_since; /* with work, and free to begin; -1: it does not */
    } connector[SIM_WATCHED];
    unsigned connector_count;
};

struct sim_world;

/* A process has just started. */
void sim_watch_reset(struct sim_watch *watch);
void sim_watch_node(struct sim_world *world, struct sim_node *node, struct sim_watch *watch);
