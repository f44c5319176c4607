/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

struct fault_file {
    sqlite3_file base; /* first */
    bool log;
    int64_t real[]; /* sqlite3_file of the system's VFS */
};

static struct {
    unsigned calls;
    int error;
    bool sticky;
    atomic_uint left; /* calls until the first failure; 0: it has been */
    atomic_uint failed, seen;
} plan;

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return (sqlite3_file *)((struct fault_file *)file)->real;
}

/* The error for this call, or SQLITE_OK. */
static int judge(enum fault_call call)
{
    if (!(plan.calls & call))
        return SQLITE_OK;
    plan.seen++;
    if (plan.left > 1) {
        plan.left--;
        return SQLITE_OK;
    }
    if (plan.left == 0 && !plan.sticky)
        return SQLITE_OK;
    plan.left = 0;
    plan.failed++;
    return plan.error;
}

void fault_arm(unsigned calls, unsigned n, int error, bool sticky)
{
    plan.error = error;
    plan.sticky = sticky;
    plan.left = n;
    plan.failed = plan.seen = 0;
    plan.calls = calls;
}

unsigned fault_seen(void)
{
    return plan.seen;
}

unsigned fault_disarm(void)
{
    plan.calls = 0;
    return plan.failed;
}

/* ---- files ----------------------------------------------------------------------------------- */

#define REAL(file, method) real_of(file)->pMethods->method

static int file_close(sqlite3_file *file)
{
    return REAL(file, xClose)(real_of(file));
}

static int file_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    int rc = judge(FAULT_READ);

    return rc ? rc : REAL(file, xRead)(real_of(file), to, len, at);
}

static int file_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    const bool log = ((struct fault_file *)file)->log;
    int rc = judge(log ? FAULT_WRITE_LOG : FAULT_WRITE_DATABASE);

    if (rc) /* half of it may be there */
        REAL(file, xWrite)(real_of(file), from, len / 2, at);
    return rc ? rc : REAL(file, xWrite)(real_of(file), from, len, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return REAL(file, xTruncate)(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int fault = judge(FAULT_SYNC);
    int rc = REAL(file, xSync)(real_of(file), flags);

    return fault ? fault : rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return REAL(file, xFileSize)(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return REAL(file, xLock)(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return REAL(file, xUnlock)(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *out)
{
    return REAL(file, xCheckReservedLock)(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    return REAL(file, xFileControl)(real_of(file), op, arg);
}

static int file_sector_size(sqlite3_file *file)
{
    return REAL(file, xSectorSize)(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return REAL(file, xDeviceCharacteristics)(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return REAL(file, xShmMap)(real_of(file), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return REAL(file, xShmLock)(real_of(file), at, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    REAL(file, xShmBarrier)(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return REAL(file, xShmUnmap)(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS --------------------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct fault_file *f = (struct fault_file *)file;
    int rc = real_vfs->xOpen(real_vfs, name, real_of(file), flags, out);

    (void)vfs;
    f->log = (flags & SQLITE_OPEN_WAL) != 0;
    f->base.pMethods = real_of(file)->pMethods ? &methods : NULL;
    return rc;
}

void fault_register(void)
{
    static sqlite3_vfs vfs;

    if (real_vfs)
        return;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs; /* all but opening is the system's own */
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    sqlite3_vfs_register(&vfs, 0);
}
