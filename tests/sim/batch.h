/* SPDX-License-Identifier: Apache-2.0 */
/* Many seeds: each in a process of its own, so that one that crashes is an outcome like others. */
#pragma once

#include "generate.h"
#include "world.h"

enum { SIM_JOBS = 64 };

struct sim_batch {
    uint64_t runs, from; /* runs 0: for ever */
    unsigned jobs;
    bool keep_going;
    bool replay;
    struct sim_choice choice;
};

/* Once, at the start of the program: whatever would make two runs of a seed differ. */
void sim_setup(void);
/* True: all of them hold. Prints each failure with its story, and at the end a line of summary. */
bool sim_batch(const struct sim_batch *batch);
/* The outcome of a run. story: where to tell what happened to the letter concerned, or NULL. */
void sim_tell(const char *name, const struct sim_result *result, FILE *story);
