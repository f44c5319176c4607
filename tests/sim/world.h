/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated world: MTAs on a network and on disks, under virtual time. It carries out a plan and
 * watches over what must hold. */
#pragma once

#include "ledger.h"
#include "node.h"
#include "plan.h"
#include "rng.h"
#include "robot.h"
#include "site.h"
#include "watch.h"

/* What a run has shown. */
struct sim_result {
    bool failed;
    char invariant[48]; /* the first that did not hold */
    char text[512];     /* what was seen instead */
    unsigned serial;    /* of the letter concerned, 0: none */
    uint64_t digest;    /* of the trace */
    uint64_t steps, letters, recipients, transfers, crashes, octets;
    int64_t end_ms; /* virtual time */
    struct buf trace;
};

enum sim_turn { SIM_TURN_NONE, SIM_TURN_WRITE, SIM_TURN_COMPLETE };

/* What the world keeps of a node beside it. */
struct sim_place {
    int64_t start_at;   /* -1: it runs, or is not to */
    enum sim_turn turn; /* what its store does next */
    int64_t turn_at;
    bool power; /* how it dies when its disk has been cut */
    int64_t down_ms;
    int64_t restore_at; /* -1: it is as its site says, or is not to be yet */
    struct sim_watch watch;
};

struct sim_world {
    const struct sim_plan *plan;
    size_t next; /* entry */
    struct sim_net *net;
    struct sim_rng rng;
    unsigned nodes;
    struct sim_node node[SIM_NODES + 1]; /* from 1 */
    struct sim_place place[SIM_NODES + 1];
    struct sim_robot robot[SIM_ROBOTS + 1]; /* from 1 */
    struct sim_ledger ledger;
    struct sim_result *result;
    FILE *out; /* of the trace while it runs, or NULL */
    bool healed;
};

/* Runs a plan. out: where the trace goes line by line, or NULL. The result's trace is the caller's
 * to buf_free(). */
void sim_run(const struct sim_plan *plan, FILE *out, struct sim_result *result);

/* ---- its end (finish.c) ---------------------------------------------------------------------- */

/* All faults are over. */
void sim_heal(struct sim_world *world);
/* Is nothing left to be done? And what is it that is left? */
bool sim_is_quiet(const struct sim_world *world);
void sim_tell_waiting(struct sim_world *world);
/* Nothing has been to be done for some time: is everything put away? */
void sim_check_idle(struct sim_world *world);
/* The machines are switched off and on again; what is there now is what is on the platters. */
void sim_inspect(struct sim_world *world);

/* ---- for the files that make a world --------------------------------------------------------- */

int64_t sim_now(const struct sim_world *world);
/* One line of the trace: virtual time, node (NULL: the world), what. */
void sim_say(struct sim_world *world, const struct sim_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An invariant does not hold; the first time is kept. serial: of the letter concerned, or 0. */
void sim_violated(struct sim_world *world, const char *invariant, unsigned serial,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The node of an entry's argument, NULL: there is none, or it does not run. */
struct sim_node *sim_running(struct sim_world *world, const struct sim_entry *entry,
                             const char *name);
/* Starts a node that does not run; when it cannot be, that is tried again later. */
void sim_world_start(struct sim_world *world, unsigned node);
void sim_world_crash(struct sim_world *world, int node, bool power, int64_t down_ms);
