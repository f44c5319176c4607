/* SPDX-License-Identifier: Apache-2.0 */
/* The user that the daemon runs as. Changed before anything is opened and before any thread is
 * started; the right to open ports below 1024 is kept. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* gid of a group; (gid_t)-1 when name is NULL or unknown. */
gid_t privileges_group(const char *name);
/* Becomes the user, with its groups, for good. NULL: no change. X4_ECONFIG: no such user,
 * X4_EDENIED: not possible; text says why. */
int privileges_drop(const char *user, char *text, size_t size);
