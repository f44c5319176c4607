/* SPDX-License-Identifier: Apache-2.0 */
/* From a seed to a plan: a network, what is sent in it, and what breaks. */
#pragma once

#include "plan.h"

/* What a plan may have. */
struct sim_choice {
    const char *only;    /* names of faults, joined by ','; NULL: all */
    const char *without; /* NULL: none is left out */
};
void sim_generate(uint64_t seed, const struct sim_choice *choice, struct sim_plan *plan);
/* Is it one of the faults that are wanted? */
bool sim_is_chosen(const struct sim_choice *choice, const char *fault);
