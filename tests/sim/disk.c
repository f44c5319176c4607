/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_medium.h"

#include <errno.h>
#include <stdlib.h>

enum { MILLION = 1000000 };

void *medium_alloc(void *old, size_t size)
{
    void *p = realloc(old, size);

    if (!p)
        abort();
    return p;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* SplitMix64: well mixed whatever the seed. */
uint64_t disk_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t disk_draw(struct sim_disk *disk, enum draw what, uint64_t below)
{
    return disk_random(&disk->random[what]) % below;
}

static bool chance(struct sim_disk *disk, enum draw what, unsigned millionths)
{
    return millionths > 0 && disk_draw(disk, what, MILLION) < millionths;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static bool is_ordered(struct sim_disk *disk, unsigned call)
{
    if (!(disk->fail_calls & call))
        return false;
    if (disk->fail_skip > 0) {
        disk->fail_skip--;
        return false;
    }
    if (disk->fail_times == 0)
        return false;
    disk->fail_times--;
    return true;
}

int disk_judge(struct sim_disk *disk, unsigned call)
{
    bool fails = is_ordered(disk, call);

    switch (call) {
    case SIM_DISK_READ:
        disk->counts.reads++;
        fails |= chance(disk, DRAW_READ, disk->chances.read_fails);
        break;
    case SIM_DISK_SYNC:
        disk->counts.syncs++;
        fails |= chance(disk, DRAW_SYNC, disk->chances.sync_fails);
        break;
    default: fails |= chance(disk, DRAW_WRITE, disk->chances.write_fails);
    }
    disk->counts.failed += fails;
    return fails ? -EIO : 0;
}

bool disk_is_cut_by(struct sim_disk *disk)
{
    disk->counts.changes++;
    return disk->cut_after > 0 && --disk->cut_after == 0;
}

int disk_cut_now(struct sim_disk *disk)
{
    sim_disk_cut(disk);
    return -EIO;
}

int64_t disk_slowness(struct sim_disk *disk)
{
    if (disk->chances.slow_ms <= 0 || !chance(disk, DRAW_SLOW, disk->chances.sync_is_slow))
        return 0;
    disk->counts.slow++;
    return 1 + (int64_t)disk_draw(disk, DRAW_SLOW, (uint64_t)disk->chances.slow_ms);
}

/* ---- the disk -------------------------------------------------------------------------------- */

struct sim_disk *sim_disk_new(uint64_t seed)
{
    struct sim_disk *disk = medium_alloc(NULL, sizeof(*disk));

    *disk = (struct sim_disk){.capacity = 0};
    list_init(&disk->files);
    list_init(&disk->names);
    list_init(&disk->processes);
    for (int i = 0; i < DRAW_COUNT; i++)
        disk->random[i] = disk_random(&seed);
    return disk;
}

void sim_disk_free(struct sim_disk **disk)
{
    if (!*disk)
        return;
    medium_free(*disk);
    free(*disk);
    *disk = NULL;
}

void sim_disk_cut(struct sim_disk *disk)
{
    LIST_EACH(link, &disk->processes) sim_process_kill(LIST_ITEM(link, struct sim_process, link));
    disk->counts.cuts++;
    disk->cut_after = 0;
    medium_cut(disk);
}

void sim_disk_cut_after(struct sim_disk *disk, uint64_t n)
{
    disk->cut_after = n;
}

void sim_disk_set_capacity(struct sim_disk *disk, uint64_t octets)
{
    disk->capacity = octets;
}

uint64_t sim_disk_used(const struct sim_disk *disk)
{
    return disk->blocks * MEDIUM_BLOCK;
}

void sim_disk_fail(struct sim_disk *disk, unsigned calls, uint64_t n, uint64_t times)
{
    disk->fail_calls = calls;
    disk->fail_skip = n > 0 ? n - 1 : 0;
    disk->fail_times = times;
}

void sim_disk_set_chances(struct sim_disk *disk, const struct sim_disk_chances *chances)
{
    disk->chances = *chances;
}

const struct sim_disk_counts *sim_disk_counts(const struct sim_disk *disk)
{
    return &disk->counts;
}

bool sim_disk_is_clean(const struct sim_disk *disk)
{
    return medium_is_clean(disk);
}
