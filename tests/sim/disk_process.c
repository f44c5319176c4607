/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_medium.h"

#include <errno.h>
#include <stdlib.h>

#define DIRECTORY "/store"

/* ---- the store's table of files -------------------------------------------------------------- */

static long number(void *ctx)
{
    return ((struct sim_process *)ctx)->number;
}

static int make_directory(void *ctx, const char *path)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : medium_make_directory(p->disk, path);
}

static int sync_directory(void *ctx, const char *path)
{
    struct sim_process *p = ctx;

    p->delay_ms += disk_slowness(p->disk);
    return p->dead ? -EIO : medium_sync_directory(p->disk, path);
}

static int exists(void *ctx, const char *path)
{
    struct sim_process *p = ctx;

    if (p->dead)
        return -EIO;
    return medium_size(p->disk, path) < 0 ? -ENOENT : 0;
}

static int64_t free_space(void *ctx, const char *path)
{
    const struct sim_process *p = ctx;

    (void)path;
    return medium_free_space(p->disk);
}

static int open_file(void *ctx, const char *path, bool for_writing)
{
    struct sim_process *p = ctx;

    if (p->dead)
        return -EIO;
    for (int i = 0; i < PROCESS_FILES; i++) {
        int rc;

        if (p->opened[i])
            continue;
        rc = medium_open(p->disk, path, for_writing, &p->opened[i]);
        if (rc < 0)
            p->opened[i] = NULL;
        return rc < 0 ? rc : i;
    }
    return -EMFILE;
}

static void close_file(void *ctx, int file)
{
    struct sim_process *p = ctx;

    vfs_unlock_whole(p->opened[file], &p->opened[file]);
    medium_release(p->opened[file]);
    p->opened[file] = NULL;
}

static int lock_file(void *ctx, int file)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : vfs_lock_whole(p->opened[file], &p->opened[file]);
}

static int64_t read_file(void *ctx, int file, void *to, size_t len, int64_t at)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : medium_read(p->opened[file], to, len, at);
}

static int64_t size_file(void *ctx, int file)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : p->opened[file]->size;
}

static int write_file(void *ctx, int file, struct slice from, int64_t at)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : medium_write(p->opened[file], from, at);
}

static int truncate_file(void *ctx, int file, int64_t size)
{
    struct sim_process *p = ctx;

    return p->dead ? -EIO : medium_truncate(p->opened[file], size);
}

static int sync_file(void *ctx, int file)
{
    struct sim_process *p = ctx;

    p->delay_ms += disk_slowness(p->disk);
    return p->dead ? -EIO : medium_sync(p->opened[file]);
}

static const struct store_files all_files = {
    .process = number,
    .make_directory = make_directory,
    .sync_directory = sync_directory,
    .exists = exists,
    .free_space = free_space,
    .open = open_file,
    .close = close_file,
    .lock = lock_file,
    .read = read_file,
    .size = size_file,
    .write = write_file,
    .truncate = truncate_file,
    .sync = sync_file,
};

/* ---- processes ------------------------------------------------------------------------------- */

struct sim_process *sim_process_new(struct sim_disk *disk)
{
    struct sim_process *p = medium_alloc(NULL, sizeof(*p));

    *p = (struct sim_process){.disk = disk,
                              .files = all_files,
                              .number = ++disk->last_process,
                              .random = disk_random(&disk->random[DRAW_SEED])};
    p->files.ctx = p;
    list_init(&p->open);
    list_push_back(&disk->processes, &p->link);
    p->vfs = vfs_new(p);
    return p;
}

void sim_process_free(struct sim_process **process)
{
    struct sim_process *p = *process;

    if (!p)
        return;
    for (int i = 0; i < PROCESS_FILES; i++) {
        if (p->opened[i])
            close_file(p, i);
    }
    vfs_free(&p->vfs);
    list_remove(&p->link);
    free(p);
    *process = NULL;
}

void sim_process_params(struct sim_process *process, struct store_params *params)
{
    params->engine = "sqlite";
    params->directory = DIRECTORY;
    params->vfs = vfs_name(process);
    params->files = &process->files;
    params->threaded = false;
}

void sim_process_kill(struct sim_process *process)
{
    if (process->dead)
        return;
    process->dead = true;
    vfs_release_locks(process);
    for (int i = 0; i < PROCESS_FILES; i++) {
        if (process->opened[i])
            vfs_unlock_whole(process->opened[i], &process->opened[i]);
    }
}

bool sim_process_is_dead(const struct sim_process *process)
{
    return process->dead;
}

int64_t sim_process_take_delay(struct sim_process *process)
{
    const int64_t ms = process->delay_ms;

    process->delay_ms = 0;
    return ms;
}
