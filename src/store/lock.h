/* SPDX-License-Identifier: Apache-2.0 */
/* The lock that makes one process the only writer of a store directory. It is an open file
 * description lock on the file "lock": freed by the kernel when the holder dies, and not lost when
 * some other descriptor of the file is closed. Across nodes that share a disk it holds as far as
 * the file system carries it; fencing is the cluster manager's business. */
#pragma once

#include "store/files.h"

enum { LOCK_TEXT = 256 };

struct lock {
    const struct store_files *files;
    int file; /* < 0: not held */
};

/* Who wants it, as the other node will read it. */
struct lock_owner {
    const char *name; /* may be NULL */
    int64_t now_ms;
};

/* Locks directory and writes owner, process and time into the file, for the other node to read;
 * lock->files is set. X4_EBUSY: text (LOCK_TEXT octets) says who has it; else as files_error(). */
int lock_take(struct lock *lock, const char *directory, const struct lock_owner *owner, char *text);
/* Frees the lock, if it is held. */
void lock_release(struct lock *lock);
