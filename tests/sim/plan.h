/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in a simulated world, as a list: how it is made, what is submitted, what breaks. A
 * seed makes a plan (generate.h), and a plan has a form in text, one entry a line:
 *
 *     AT KIND NAME=VALUE... [to=RECIPIENT,...]
 *     4200 send node=1 size=300 priority=2 report=2 to=100,201
 *
 * AT is virtual milliseconds from the start. Entries can be left out one by one; that is how a plan
 * is made shorter when it fails. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

enum {
    SIM_NODES = 12,
    SIM_USERS = 3, /* per node, and per robot */
    SIM_ROBOTS = 3,
    SIM_ROBOT_NODE = 50, /* a robot's number as that of a node: this and its own */
    SIM_ARGS = 16,
    SIM_TO = 32,
};

struct sim_world;
struct sim_entry;

/* A kind of entry. */
struct sim_kind {
    const char *name;
    const char *arg[SIM_ARGS + 1]; /* names of its arguments, then NULL */
    const char *fault;             /* the name of the faults that it is one of, or NULL */
    const char *doc;
    void (*act)(struct sim_world *world, const struct sim_entry *entry);
};

struct sim_entry {
    int64_t at;
    const struct sim_kind *kind;
    int64_t arg[SIM_ARGS]; /* in the order of the kind's names */
    int to[SIM_TO];        /* recipients: node * 100 + user */
    unsigned to_count;
    bool off; /* left out */
};

struct sim_plan {
    uint64_t seed; /* of what is drawn while it runs */
    struct sim_entry *entry;
    size_t count, room;
};

/* All kinds, ended by one without name; and one by name, NULL: there is none. */
extern const struct sim_kind sim_kinds[];
const struct sim_kind *sim_kind_find(const char *name);

void sim_plan_init(struct sim_plan *plan, uint64_t seed);
void sim_plan_free(struct sim_plan *plan);
/* An entry of the kind at its end, arguments 0; valid until the next one is added. */
struct sim_entry *sim_plan_add(struct sim_plan *plan, int64_t at, const char *kind);
/* The argument of that name. */
int64_t *sim_arg(struct sim_entry *entry, const char *name);
int64_t sim_get(const struct sim_entry *entry, const char *name);
/* By time; entries of the same time keep their order. */
void sim_plan_sort(struct sim_plan *plan);

void sim_entry_print(const struct sim_entry *entry, struct buf *out);
void sim_plan_print(const struct sim_plan *plan, struct buf *out);
/* Lines that begin with # are comments. False: line *wrong cannot be read. */
bool sim_plan_parse(struct sim_plan *plan, const char *text, unsigned *wrong);
