/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out: the n-th allocation fails, by malloc and its kin or from an arena. A
 * program that uses this is linked with fault_args of this folder's meson.build. */
#pragma once

#include <stdbool.h>

/* Of the allocations from now on the n-th fails (1 is the next one); 0: none. */
void fault_at(unsigned n);
/* Has one failed since fault_at()? Ends it. */
bool fault_happened(void);
