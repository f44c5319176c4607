/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory there is in use: blocks of x400d, of jansson, libcrypto and the simulator itself,
 * and octets of SQLite. The linker wraps malloc() and its like for that (meson.build). */
#pragma once

#include <stdint.h>

struct sim_memory {
    int64_t blocks;
    int64_t octets; /* of these */
    int64_t sqlite; /* octets */
};

/* Before anything else happens in the program. */
void sim_memory_begin(void);
struct sim_memory sim_memory_now(void);
