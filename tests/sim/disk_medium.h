/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the simulated disk: disk.c has its faults and counts, disk_medium.c files and names,
 * what is seen of them and what is on the platter; disk_process.c and disk_vfs.c are what a process
 * sees: the store's table of files and SQLite's VFS with locks and shared memory. */
#pragma once

#include "base/list.h"
#include "disk.h"
#include "store/files.h"

enum { MEDIUM_BLOCK = 4096, MEDIUM_SECTORS = MEDIUM_BLOCK / SIM_SECTOR };

/* Each has its own random numbers, so that one kind of fault does not change another. */
enum draw { DRAW_READ, DRAW_WRITE, DRAW_SYNC, DRAW_SLOW, DRAW_CUT, DRAW_SEED, DRAW_COUNT };

struct sim_disk {
    struct list files;     /* struct medium_file */
    struct list names;     /* struct name */
    struct list processes; /* struct sim_process */
    struct sim_disk_counts counts;
    struct sim_disk_chances chances;
    uint64_t random[DRAW_COUNT];
    uint64_t capacity;
    uint64_t blocks; /* in use */
    uint64_t cut_after;
    unsigned fail_calls;
    uint64_t fail_skip;
    uint64_t fail_times;
    long last_process;
};

/* A file or a directory, whatever its names. */
struct medium_file {
    struct list link;
    struct sim_disk *disk;
    bool directory;
    unsigned refs; /* names, and open files */
    int64_t size;
    int64_t platter_size;
    struct block *blocks;
    size_t block_count;
    size_t *dirty; /* numbers of the blocks that are to be synced, or lie */
    size_t dirty_count;
    size_t dirty_room;
    struct vfs_locks *locks;
};

/* Running out of memory ends the program. */
void *medium_alloc(void *old, size_t size);

/* ---- disk.c: faults -------------------------------------------------------------------------- */

uint64_t disk_random(uint64_t *state);
/* A number from 0 to below - 1. */
uint64_t disk_draw(struct sim_disk *disk, enum draw what, uint64_t below);
/* Counts the call; -EIO when it is to fail. call is one of enum sim_disk_call. */
int disk_judge(struct sim_disk *disk, unsigned call);
/* Counts a change; true when power fails in its midst: the caller does it, or not, and returns
 * disk_cut_now(). */
bool disk_is_cut_by(struct sim_disk *disk);
int disk_cut_now(struct sim_disk *disk);
/* Milliseconds that a sync takes. */
int64_t disk_slowness(struct sim_disk *disk);

/* ---- disk_medium.c: files -------------------------------------------------------------------- */
/* These return 0 or more, or -errno. */

/* *out is a reference. -ENOENT: not there and not to be made, or no such directory. */
int medium_open(struct sim_disk *disk, const char *path, bool make, struct medium_file **out);
/* A file without a name. */
struct medium_file *medium_anonymous(struct sim_disk *disk);
void medium_release(struct medium_file *file);
int64_t medium_read(struct medium_file *file, void *to, size_t len, int64_t at);
int medium_write(struct medium_file *file, struct slice from, int64_t at);
int medium_truncate(struct medium_file *file, int64_t size);
int medium_sync(struct medium_file *file);
/* The size of a file or 0 of a directory, or -ENOENT. */
int64_t medium_size(struct sim_disk *disk, const char *path);
int medium_remove(struct sim_disk *disk, const char *path);
int medium_make_directory(struct sim_disk *disk, const char *path);
int medium_sync_directory(struct sim_disk *disk, const char *path);
/* The names in the directory of path are durable. This cannot fail: it comes with the sync of a
 * file, as on ext4 and XFS. */
void medium_settle_names(struct sim_disk *disk, const char *path);
int64_t medium_free_space(const struct sim_disk *disk);
bool medium_is_clean(const struct sim_disk *disk);
/* What is left after a power cut. */
void medium_cut(struct sim_disk *disk);
void medium_free(struct sim_disk *disk);

/* ---- disk_process.c, disk_vfs.c -------------------------------------------------------------- */

enum { PROCESS_FILES = 16 };

struct sqlite3_vfs;
struct sim_process {
    struct list link; /* of the disk */
    struct list open; /* struct vfs_file */
    struct sim_disk *disk;
    struct sqlite3_vfs *vfs;
    struct store_files files;
    struct medium_file *opened[PROCESS_FILES]; /* by files.open; NULL: closed */
    bool dead;
    long number;
    int64_t delay_ms;
    uint64_t random;
};

/* Registers a VFS. */
struct sqlite3_vfs *vfs_new(struct sim_process *process);
const char *vfs_name(const struct sim_process *process);
void vfs_free(struct sqlite3_vfs **vfs);
/* The dead process's locks are free. */
void vfs_release_locks(struct sim_process *process);
/* 0, or -EAGAIN: another has it. owner is whatever is one's own. */
int vfs_lock_whole(struct medium_file *file, const void *owner);
void vfs_unlock_whole(struct medium_file *file, const void *owner);
