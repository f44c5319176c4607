/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory, for stores in simulated machines: what the processes see, and what is on the
 * platter, where it comes only by a sync. Power cuts, full disks, and calls that fail or take long
 * are told by the caller or drawn from the disk's seed; the same calls have the same outcome.
 *
 *     disk = sim_disk_new(seed);
 *     process = sim_process_new(disk);
 *     sim_process_params(process, &params);           then store_open(&params, ...)
 *     sim_disk_cut(disk);                             or sim_process_kill(process)
 *     store_close(&store); sim_process_free(&process);    only frees memory, the disk stays
 *     process = sim_process_new(disk); ...            the machine starts again
 *
 * Running out of memory ends the program. One thread at a time. */
#pragma once

#include "store/store.h"

enum { SIM_SECTOR = 512 };

/* ---- disk and processes ---------------------------------------------------------------------- */

struct sim_disk;
struct sim_process;

struct sim_disk *sim_disk_new(uint64_t seed);
/* Its processes must be gone. */
void sim_disk_free(struct sim_disk **disk);

/* A process that uses the disk: holder of open files and locks. Two of them may share a disk, be
 * they on one machine or on two of a cluster: they see each other's writes and locks at once. */
struct sim_process *sim_process_new(struct sim_disk *disk);
/* A store of it must be closed. */
void sim_process_free(struct sim_process **process);
/* Sets engine, directory, vfs and files, so that the store opened with them lies on this disk. The
 * rest stays the caller's: not threaded, and now_ms should be virtual time. */
void sim_process_params(struct sim_process *process, struct store_params *params);

/* The process dies (kill -9): what it wrote stays, synced or not, its locks are free. Whatever it
 * calls afterwards fails and changes nothing, so that closing its store only frees memory: though
 * the completions that store_close() runs say X4_EIO, it is not there to hear them. */
void sim_process_kill(struct sim_process *process);
/* By sim_process_kill() or a power cut. */
bool sim_process_is_dead(const struct sim_process *process);

/* ---- faults ---------------------------------------------------------------------------------- */

/* Power fails: all processes die. Of what was not synced, sectors are lost or kept, in whatever
 * order, or torn within; so are creations and deletions of files and changes of their sizes. */
void sim_disk_cut(struct sim_disk *disk);
/* The same in the midst of the n-th change from now on (write, truncation, creation, deletion,
 * sync); 0: never. */
void sim_disk_cut_after(struct sim_disk *disk, uint64_t n);

/* Room for so many octets in all, in blocks of 4 KiB; 0: no limit (at first). What needs a block
 * more fails with ENOSPC. A full disk: sim_disk_set_capacity(disk, sim_disk_used(disk) + n). */
void sim_disk_set_capacity(struct sim_disk *disk, uint64_t octets);
uint64_t sim_disk_used(const struct sim_disk *disk);

/* Kinds of calls that can fail. */
enum sim_disk_call {
    SIM_DISK_READ = 1,
    SIM_DISK_WRITE =
        2, /* also truncation, creation, deletion; a failed write may be there in part */
    SIM_DISK_SYNC = 4, /* blocks that it could not write are taken for clean from then on: they show
                        * what was written until they are dropped from memory, and no later sync
                        * writes them */
    SIM_DISK_ANY = 7,
};
/* From the n-th of these calls (enum sim_disk_call, or'ed) on, counted from 1, so many fail with
 * EIO. calls 0: none. */
void sim_disk_fail(struct sim_disk *disk, unsigned calls, uint64_t n, uint64_t times);

/* Drawn at each call, in millionths. */
struct sim_disk_chances {
    unsigned read_fails;
    unsigned write_fails;
    unsigned sync_fails;
    unsigned sync_is_slow;
    int64_t slow_ms; /* a slow sync takes 1 to so long */
};
/* All 0 at first. */
void sim_disk_set_chances(struct sim_disk *disk, const struct sim_disk_chances *chances);
/* Milliseconds that calls of this process have taken since this was asked last, for the world to
 * add to the process's time. */
int64_t sim_process_take_delay(struct sim_process *process);

/* ---- what happened --------------------------------------------------------------------------- */

struct sim_disk_counts {
    uint64_t reads;
    uint64_t writes;
    uint64_t octets; /* written */
    uint64_t syncs;
    uint64_t changes; /* as sim_disk_cut_after() counts them */
    uint64_t failed;  /* with EIO */
    uint64_t full;    /* with ENOSPC */
    uint64_t slow;
    uint64_t cuts;
    uint64_t lost; /* sectors that power cuts have lost */
    uint64_t torn; /* or torn */
};
const struct sim_disk_counts *sim_disk_counts(const struct sim_disk *disk);
/* True when every octet, name and size is on the platter: a cut would change nothing. */
bool sim_disk_is_clean(const struct sim_disk *disk);
