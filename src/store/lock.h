/* SPDX-License-Identifier: Apache-2.0 */
/* The lock that makes one process the only writer of a store directory. It is an open file
 * description lock on the file "lock": freed by the kernel when the holder dies, and not lost when
 * some other descriptor of the file is closed. Across nodes that share a disk it holds as far as
 * the file system carries it; fencing is the cluster manager's business. */
#pragma once

#include <stdint.h>

enum { LOCK_TEXT = 256 };

/* Locks directory and writes owner, pid and time into the file, for the other node to read. *fd is
 * the lock. X4_EBUSY: text (LOCK_TEXT octets) says who has it; else as lock_system_error(). */
int lock_take(const char *directory, const char *owner, int64_t now_ms, int *fd, char *text);
/* Puts "path: what errno means" into text (LOCK_TEXT octets). X4_ENOTFOUND: the path leads nowhere;
 * X4_EDENIED: it may not be used; X4_EFULL: no room; X4_EIO: anything else. */
int lock_system_error(const char *path, char *text);
/* Frees the lock; *fd becomes -1. */
void lock_release(int *fd);
