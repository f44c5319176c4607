/* SPDX-License-Identifier: Apache-2.0 */
/* What the store asks of the system's files outside of SQLite, as a table, so that a simulated disk
 * can stand in for it. Functions return 0 or more, or -errno. A file is a small number >= 0. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct store_files {
    void *ctx;
    long (*process)(void *ctx);                         /* its number, for the lock's text */
    int (*make_directory)(void *ctx, const char *path); /* 0700; -EEXIST */
    /* Makes names that were added to and removed from a directory durable. */
    int (*sync_directory)(void *ctx, const char *path);
    int (*exists)(void *ctx, const char *path); /* 0, or -ENOENT */
    /* Octets that are free where path lies; INT64_MAX: not known. */
    int64_t (*free_space)(void *ctx, const char *path);
    /* For writing: made when missing, and with mode 0600 in any case. No symbolic link. */
    int (*open)(void *ctx, const char *path, bool for_writing);
    void (*close)(void *ctx, int file); /* gives up its lock */
    /* The whole file for this open file alone; -EAGAIN: another has it. */
    int (*lock)(void *ctx, int file);
    /* Up to len octets; how many, fewer only at the end of the file. */
    int64_t (*read)(void *ctx, int file, void *to, size_t len, int64_t at);
    int64_t (*size)(void *ctx, int file);
    int (*write)(void *ctx, int file, struct slice from, int64_t at); /* all of it */
    int (*truncate)(void *ctx, int file, int64_t size);
    int (*sync)(void *ctx, int file); /* its octets and size are durable */
};

/* The system's own. */
extern const struct store_files files_system;

/* Puts "path: what -errno means" into text (size octets). X4_ENOTFOUND: the path leads nowhere;
 * X4_EDENIED: it may not be used; X4_EFULL: no room; X4_EIO: anything else. */
int files_error(int error, const char *path, char *text, size_t size);
