/* SPDX-License-Identifier: Apache-2.0 */
/* The user that the daemon runs as. Changed before anything is opened and before any thread is
 * started. The right to open ports below 1024 is kept, and no other: stacks open and close
 * listeners whenever the configuration changes, so dropping it after the first ones would cost live
 * changes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* gid of a group; (gid_t)-1 when name is NULL or unknown. */
gid_t privileges_group(const char *name);
/* Does this machine have the user? NULL: yes. */
bool privileges_has_user(const char *name);
/* Becomes the user, with its groups, for good; gives up every capability but that one if the
 * process is not root's afterwards, and the chance to gain others by execve(2). NULL: the user
 * stays. X4_EDENIED: not possible; text (size octets) says why. */
int privileges_drop(const char *user, char *text, size_t size);
