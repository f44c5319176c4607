/* SPDX-License-Identifier: Apache-2.0 */
/* A SQLite VFS "fault" in front of the system's, whose calls fail on demand. */
#pragma once

#include <stdbool.h>

enum fault_call {
    FAULT_WRITE_LOG = 1,
    FAULT_WRITE_DATABASE = 2,
    FAULT_SYNC = 4,
    FAULT_READ = 8,
    FAULT_WRITE = FAULT_WRITE_LOG | FAULT_WRITE_DATABASE,
};

void fault_register(void);
/* The n-th (from 1) of these calls from now on fails with an SQLITE_... error, and with sticky all
 * that follow. A sync that fails has done its work, as on a system that drops what it could not
 * write and shows it all the same. */
void fault_arm(unsigned calls, unsigned n, int error, bool sticky);
/* How many of these calls there have been since. */
unsigned fault_seen(void);
/* How many calls have failed since fault_arm(); no more do. */
unsigned fault_disarm(void);
