/* SPDX-License-Identifier: Apache-2.0 */
/* The engines there are. */
#pragma once

#include "store/engine.h"

extern const struct engine_ops engine_sqlite; /* a directory on disk */
extern const struct engine_ops engine_memory; /* for tests and the simulator */
