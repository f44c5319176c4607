/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's VFS of a process: its calls, its locks, and the shared memory of the log's index. */
#include "disk_medium.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_ROOM = 512, NAME_ROOM = 40 };

/* Shared memory: regions and their locks. It goes with the last that has it mapped, be it a dead
 * process that has yet to close its files; a file has none when all that had it are dead. */
struct shared {
    unsigned refs;
    unsigned living;
    void **regions;
    int region_count;
    unsigned shared[SQLITE_SHM_NLOCK]; /* how many */
    struct vfs_file *exclusive[SQLITE_SHM_NLOCK];
};

/* Who holds the levels of SQLite's lock on a file; the owner of all of it, in the store's table. */
struct vfs_locks {
    unsigned readers;
    struct vfs_file *reserved;
    struct vfs_file *pending; /* or exclusive */
    const void *whole;
    struct shared *shared;
};

struct vfs_file {
    sqlite3_file base; /* first */
    struct list link;  /* of the process */
    struct sim_process *process;
    struct medium_file *file;
    const char *path;
    bool sync_name; /* the next sync makes the name durable too */
    int level;      /* SQLITE_LOCK_... */
    struct shared *shared;
    unsigned held_shared; /* its locks there, a bit for each */
    unsigned held_exclusive;
};

static struct vfs_file *vfs_file(sqlite3_file *file)
{
    return (struct vfs_file *)file;
}

static struct vfs_locks *locks_of(struct medium_file *file)
{
    if (!file->locks) {
        file->locks = medium_alloc(NULL, sizeof(*file->locks));
        *file->locks = (struct vfs_locks){.readers = 0};
    }
    return file->locks;
}

/* ---- locks ----------------------------------------------------------------------------------- */

int vfs_lock_whole(struct medium_file *file, const void *owner)
{
    struct vfs_locks *locks = locks_of(file);

    if (locks->whole && locks->whole != owner)
        return -EAGAIN;
    locks->whole = owner;
    return 0;
}

void vfs_unlock_whole(struct medium_file *file, const void *owner)
{
    struct vfs_locks *locks = locks_of(file);

    if (locks->whole == owner)
        locks->whole = NULL;
}

static int file_lock(sqlite3_file *file, int level)
{
    struct vfs_file *f = vfs_file(file);
    struct vfs_locks *locks = locks_of(f->file);

    if (f->process->dead)
        return SQLITE_IOERR_LOCK;
    if (level <= f->level)
        return SQLITE_OK;
    if (f->level == SQLITE_LOCK_NONE) {
        if (locks->pending)
            return SQLITE_BUSY;
        locks->readers++;
        f->level = SQLITE_LOCK_SHARED;
    }
    if (level == SQLITE_LOCK_SHARED)
        return SQLITE_OK;
    if ((locks->reserved && locks->reserved != f) || (locks->pending && locks->pending != f))
        return SQLITE_BUSY;
    locks->reserved = f;
    if (f->level < SQLITE_LOCK_RESERVED)
        f->level = SQLITE_LOCK_RESERVED;
    if (level == SQLITE_LOCK_RESERVED)
        return SQLITE_OK;
    locks->pending = f;
    if (f->level < SQLITE_LOCK_PENDING)
        f->level = SQLITE_LOCK_PENDING;
    if (locks->readers > 1)
        return SQLITE_BUSY;
    f->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *file, int level)
{
    struct vfs_file *f = vfs_file(file);
    struct vfs_locks *locks = locks_of(f->file);

    if (level >= f->level)
        return SQLITE_OK;
    if (locks->pending == f)
        locks->pending = NULL;
    if (locks->reserved == f)
        locks->reserved = NULL;
    if (level == SQLITE_LOCK_NONE)
        locks->readers--;
    f->level = level;
    return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *file, int *out)
{
    *out = locks_of(vfs_file(file)->file)->reserved != NULL;
    return SQLITE_OK;
}

/* ---- shared memory --------------------------------------------------------------------------- */

static void shm_release(struct vfs_file *f, unsigned slots)
{
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++) {
        if (!(slots & 1u << i))
            continue;
        if (f->held_shared & 1u << i)
            f->shared->shared[i]--;
        if (f->held_exclusive & 1u << i)
            f->shared->exclusive[i] = NULL;
    }
    f->held_shared &= ~slots;
    f->held_exclusive &= ~slots;
}

/* Not counted among the living any more. */
static void shm_leave(struct vfs_file *f)
{
    shm_release(f, ~0u);
    if (--f->shared->living == 0)
        locks_of(f->file)->shared = NULL;
}

static void shm_free(struct shared *shared)
{
    if (--shared->refs > 0)
        return;
    for (int i = 0; i < shared->region_count; i++)
        free(shared->regions[i]);
    free(shared->regions);
    free(shared);
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    struct vfs_file *f = vfs_file(file);

    (void)remove;
    if (!f->shared)
        return SQLITE_OK;
    if (!f->process->dead)
        shm_leave(f);
    shm_free(f->shared);
    f->shared = NULL;
    return SQLITE_OK;
}

static void shm_join(struct vfs_file *f)
{
    struct vfs_locks *locks = locks_of(f->file);

    if (!locks->shared) {
        locks->shared = medium_alloc(NULL, sizeof(*locks->shared));
        *locks->shared = (struct shared){.refs = 0};
    }
    f->shared = locks->shared;
    f->shared->refs++;
    f->shared->living++;
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    struct vfs_file *f = vfs_file(file);
    struct shared *s;

    *out = NULL;
    if (!f->shared && f->process->dead)
        return SQLITE_IOERR_SHMMAP;
    if (!f->shared)
        shm_join(f);
    s = f->shared;
    if (page >= s->region_count && f->process->dead)
        return SQLITE_IOERR_SHMMAP;
    if (page >= s->region_count && !extend)
        return SQLITE_OK;
    while (page >= s->region_count) {
        s->regions = medium_alloc(s->regions, (size_t)(s->region_count + 1) * sizeof(void *));
        s->regions[s->region_count] = medium_alloc(NULL, (size_t)size);
        memset(s->regions[s->region_count++], 0, (size_t)size);
    }
    *out = s->regions[page];
    return SQLITE_OK;
}

static int file_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    struct vfs_file *f = vfs_file(file);
    const unsigned slots = ((1u << n) - 1) << at;

    if (f->process->dead)
        return flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : SQLITE_IOERR_SHMLOCK;
    if (flags & SQLITE_SHM_UNLOCK) {
        shm_release(f, slots);
        return SQLITE_OK;
    }
    for (int i = at; i < at + n; i++) {
        const unsigned mine = (f->held_shared >> i) & 1;

        if (f->shared->exclusive[i] && f->shared->exclusive[i] != f)
            return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && f->shared->shared[i] > mine)
            return SQLITE_BUSY;
    }
    for (int i = at; i < at + n; i++) {
        if (flags & SQLITE_SHM_EXCLUSIVE)
            f->shared->exclusive[i] = f;
        else if (!(f->held_shared & 1u << i))
            f->shared->shared[i]++;
    }
    if (flags & SQLITE_SHM_EXCLUSIVE)
        f->held_exclusive |= slots;
    else
        f->held_shared |= slots;
    return SQLITE_OK;
}

static void file_shm_barrier(sqlite3_file *file)
{
    (void)file; /* one thread */
}

void vfs_release_locks(struct sim_process *process)
{
    LIST_EACH(link, &process->open)
    {
        struct vfs_file *f = LIST_ITEM(link, struct vfs_file, link);

        file_unlock(&f->base, SQLITE_LOCK_NONE);
        if (f->shared)
            shm_leave(f);
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

static int code(int rc, int failure)
{
    return rc >= 0 ? SQLITE_OK : rc == -ENOSPC ? SQLITE_FULL : failure;
}

static int file_close(sqlite3_file *file)
{
    struct vfs_file *f = vfs_file(file);

    file_shm_unmap(file, 0);
    file_unlock(file, SQLITE_LOCK_NONE);
    medium_release(f->file);
    list_remove(&f->link);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    struct vfs_file *f = vfs_file(file);
    int64_t n = f->process->dead ? -EIO : medium_read(f->file, to, (size_t)len, at);

    if (n < 0)
        return SQLITE_IOERR_READ;
    memset((char *)to + n, 0, (size_t)(len - n));
    return n < len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    struct vfs_file *f = vfs_file(file);

    if (f->process->dead)
        return SQLITE_IOERR_WRITE;
    return code(medium_write(f->file, slice_make(from, (size_t)len), at), SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *f = vfs_file(file);

    if (f->process->dead)
        return SQLITE_IOERR_TRUNCATE;
    return code(medium_truncate(f->file, size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct vfs_file *f = vfs_file(file);
    struct sim_process *p = f->process;
    int rc;

    (void)flags;
    if (p->dead)
        return SQLITE_IOERR_FSYNC;
    p->delay_ms += disk_slowness(p->disk);
    rc = medium_sync(f->file);
    if (rc >= 0 && f->sync_name)
        medium_settle_names(p->disk, f->path);
    f->sync_name = f->sync_name && rc < 0;
    return code(rc, SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct vfs_file *f = vfs_file(file);

    *size = f->file->size;
    return f->process->dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    (void)file;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return MEDIUM_BLOCK;
}

/* What was not written is not changed, be it in the same sector. */
static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
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

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    const int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    struct sim_process *process = vfs->pAppData;
    struct vfs_file *f = vfs_file(file);

    *f = (struct vfs_file){.process = process, .path = path};
    if (process->dead)
        return SQLITE_CANTOPEN;
    if (!path)
        f->file = medium_anonymous(process->disk);
    else if (medium_open(process->disk, path, flags & SQLITE_OPEN_CREATE, &f->file) < 0)
        return SQLITE_CANTOPEN;
    f->sync_name = (flags & SQLITE_OPEN_CREATE) && (flags & journals);
    f->base.pMethods = &methods;
    list_push_back(&process->open, &f->link);
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    struct sim_process *process = vfs->pAppData;
    int rc = process->dead ? -EIO : medium_remove(process->disk, path);

    if (rc == -ENOENT)
        return SQLITE_IOERR_DELETE_NOENT;
    if (rc >= 0 && sync)
        medium_settle_names(process->disk, path);
    return code(rc, SQLITE_IOERR_DELETE);
}

/* SQLite takes an empty log for none. */
static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    struct sim_process *process = vfs->pAppData;
    const int64_t size = medium_size(process->disk, path);

    *out = flags == SQLITE_ACCESS_EXISTS ? size > 0 : size >= 0;
    return process->dead ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    return snprintf(out, (size_t)size, "%s", path) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    struct sim_process *process = vfs->pAppData;

    for (int i = 0; i < size; i++)
        out[i] = (char)disk_random(&process->random);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    ((struct sim_process *)vfs->pAppData)->delay_ms += (us + 999) / 1000;
    return us;
}

/* 1970; nothing in the store asks SQLite for the time. */
static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *ms)
{
    (void)vfs;
    *ms = 210866760000000;
    return SQLITE_OK;
}

struct sqlite3_vfs *vfs_new(struct sim_process *process)
{
    sqlite3_vfs *vfs = medium_alloc(NULL, sizeof(*vfs) + NAME_ROOM);
    char *name = (char *)(vfs + 1);

    snprintf(name, NAME_ROOM, "disk of %p", (void *)process);
    *vfs = (sqlite3_vfs){.iVersion = 2,
                         .szOsFile = sizeof(struct vfs_file),
                         .mxPathname = PATH_ROOM,
                         .zName = name,
                         .pAppData = process,
                         .xOpen = vfs_open,
                         .xDelete = vfs_delete,
                         .xAccess = vfs_access,
                         .xFullPathname = vfs_full_path,
                         .xRandomness = vfs_randomness,
                         .xSleep = vfs_sleep,
                         .xCurrentTimeInt64 = vfs_time};
    if (sqlite3_vfs_register(vfs, 0) != SQLITE_OK)
        abort();
    return vfs;
}

const char *vfs_name(const struct sim_process *process)
{
    return process->vfs->zName;
}

void vfs_free(struct sqlite3_vfs **vfs)
{
    sqlite3_vfs_unregister(*vfs);
    free(*vfs);
    *vfs = NULL;
}
