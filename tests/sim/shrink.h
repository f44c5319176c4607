/* SPDX-License-Identifier: Apache-2.0 */
/* Making a plan that fails shorter. */
#pragma once

#include "plan.h"

#include <stdio.h>

/* Leaves out entries, recipients and octets as long as the same invariant does not hold. Tells its
 * progress. False: the plan does not fail. */
bool sim_shrink(struct sim_plan *plan, FILE *progress);
