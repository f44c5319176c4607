/* SPDX-License-Identifier: Apache-2.0 */
#include "store/log_vfs.h"

#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No VFS is ever asked to write more than the largest page at once, and the system's cannot. */
enum { HELD_MAX = 64 * 1024, NAME_ROOM = 40 };

struct log_vfs {
    sqlite3_vfs vfs; /* first; a copy of base's, whose pAppData its functions look for */
    sqlite3_vfs *base;
    char name[NAME_ROOM];
    bool padded; /* a log is padded to whole sectors */
};

struct log_file {
    sqlite3_file file; /* first */
    uint8_t *held;     /* octets that were written and not handed down; NULL: none so far */
    int len;
    sqlite3_int64 at; /* their place */
    int64_t base[];   /* the other VFS's file */
};

static struct log_file *log_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

static sqlite3_file *base_of(sqlite3_file *file)
{
    return (sqlite3_file *)log_of(file)->base;
}

#define BASE(file, method) base_of(file)->pMethods->method

/* What fails is given up, as SQLite does with the frames of a transaction that fails. */
static int hand_down(sqlite3_file *file)
{
    struct log_file *f = log_of(file);
    const int len = f->len;

    f->len = 0;
    return len ? BASE(file, xWrite)(base_of(file), f->held, len, f->at) : SQLITE_OK;
}

/* Without memory it is done without. In it are pages, with whatever is in the database. */
static bool can_hold(struct log_file *f, int len)
{
    if (!f->held)
        f->held = sqlite3_malloc(HELD_MAX);
    return f->held && len <= HELD_MAX;
}

static int log_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    struct log_file *f = log_of(file);
    int rc = SQLITE_OK;

    if (at != f->at + f->len || len > HELD_MAX - f->len)
        rc = hand_down(file);
    if (rc)
        return rc;
    if (!can_hold(f, len))
        return BASE(file, xWrite)(base_of(file), from, len, at);
    if (!f->len)
        f->at = at;
    memcpy(f->held + f->len, from, (size_t)len);
    f->len += len;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    int rc = hand_down(file);

    return rc ? rc : BASE(file, xRead)(base_of(file), to, len, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = hand_down(file);

    return rc ? rc : BASE(file, xTruncate)(base_of(file), size);
}

static int log_sync(sqlite3_file *file, int flags)
{
    int rc = hand_down(file);

    return rc ? rc : BASE(file, xSync)(base_of(file), flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
    int rc = hand_down(file);

    return rc ? rc : BASE(file, xFileSize)(base_of(file), size);
}

static int log_control(sqlite3_file *file, int op, void *arg)
{
    int rc = hand_down(file);

    return rc ? rc : BASE(file, xFileControl)(base_of(file), op, arg);
}

static int log_close(sqlite3_file *file)
{
    int failed = hand_down(file);
    int rc = BASE(file, xClose)(base_of(file));

    sqlite3_free(log_of(file)->held);
    return failed ? failed : rc;
}

static int log_lock(sqlite3_file *file, int level)
{
    return BASE(file, xLock)(base_of(file), level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    return BASE(file, xUnlock)(base_of(file), level);
}

static int log_check_lock(sqlite3_file *file, int *out)
{
    return BASE(file, xCheckReservedLock)(base_of(file), out);
}

static int log_sector_size(sqlite3_file *file)
{
    return BASE(file, xSectorSize)(base_of(file));
}

static int log_characteristics(sqlite3_file *file)
{
    return BASE(file, xDeviceCharacteristics)(base_of(file));
}

/* A log is neither mapped nor shared: version 1 is all there is. */
static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_lock,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_characteristics,
};

static int open_log(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct log_file *f = log_of(file);
    int rc;

    *f = (struct log_file){.held = NULL};
    rc = base->xOpen(base, name, base_of(file), flags, out);
    f->file.pMethods = base_of(file)->pMethods ? &log_methods : NULL;
    return rc;
}

/* Where a write may spoil what stands beside it, SQLite pads the log of this database to the end of
 * a sector, and part of that comes after the sync: such a log is not for us. */
static bool is_padded(sqlite3_file *database)
{
    return !(database->pMethods->xDeviceCharacteristics(database) &
             SQLITE_IOCAP_POWERSAFE_OVERWRITE);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct log_vfs *v = (struct log_vfs *)vfs;
    int rc;

    if (flags & SQLITE_OPEN_WAL && !v->padded)
        return open_log(v->base, name, file, flags, out);
    rc = v->base->xOpen(v->base, name, file, flags, out);
    if (rc == SQLITE_OK && flags & SQLITE_OPEN_MAIN_DB)
        v->padded |= is_padded(file);
    return rc;
}

int log_vfs_new(const char *base, struct log_vfs **out)
{
    struct log_vfs *v;
    sqlite3_vfs *real = sqlite3_vfs_find(base);

    if (!real)
        return X4_ENOTFOUND;
    v = malloc(sizeof(*v));
    if (!v)
        return X4_ENOMEM;
    *v = (struct log_vfs){.vfs = *real, .base = real};
    snprintf(v->name, sizeof(v->name), "x400d's log %p", (void *)v);
    v->vfs.zName = v->name;
    v->vfs.szOsFile = (int)sizeof(struct log_file) + real->szOsFile;
    v->vfs.xOpen = vfs_open;
    if (sqlite3_vfs_register(&v->vfs, 0) != SQLITE_OK) {
        free(v);
        return X4_ENOMEM;
    }
    *out = v;
    return X4_OK;
}

const char *log_vfs_name(const struct log_vfs *v)
{
    return v->name;
}

void log_vfs_free(struct log_vfs **vfs)
{
    if (!*vfs)
        return;
    sqlite3_vfs_unregister(&(*vfs)->vfs);
    free(*vfs);
    *vfs = NULL;
}
