/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite writes each frame of its write-ahead log in two calls, a head of 24 octets and a page, and
 * a transaction of one message has some ten frames. This VFS stands in front of another, and hands
 * down at once what is written to the log in a row: when the log is synced, and whenever something
 * else is done with it. All other files are the other VFS's.
 *
 * Nobody looks in between: other connections read frames only after the commit has published them,
 * and with synchronous=FULL that is after the sync. */
#pragma once

struct log_vfs;

/* Registers one under a name of its own. base: the other's name, NULL: the default. X4_OK;
 * X4_ENOMEM; X4_ENOTFOUND: no such base. */
int log_vfs_new(const char *base, struct log_vfs **out);
const char *log_vfs_name(const struct log_vfs *vfs);
/* When no connection uses it any more. */
void log_vfs_free(struct log_vfs **vfs);
