/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_medium.h"

#include <errno.h>
#include <stdlib.h>

/* NULL octets: zeros. What is seen and not changed since is the platter's own octets. */
struct block {
    uint8_t *seen;
    uint8_t *platter;
    uint8_t dirty; /* sectors that the next sync writes */
    uint8_t lying; /* sectors that a sync failed to write: taken for clean */
    bool listed;
};

/* A name of a file: as it is seen, and on the platter. */
struct name {
    struct list link;
    struct medium_file *seen;
    struct medium_file *platter;
    char path[];
};

/* ---- files ----------------------------------------------------------------------------------- */

struct medium_file *medium_anonymous(struct sim_disk *disk)
{
    struct medium_file *file = medium_alloc(NULL, sizeof(*file));

    *file = (struct medium_file){.disk = disk, .refs = 1};
    list_push_back(&disk->files, &file->link);
    return file;
}

static void set_seen(struct medium_file *file, struct block *b, uint8_t *octets)
{
    if (b->seen && b->seen != b->platter)
        free(b->seen);
    file->disk->blocks += (octets != NULL);
    file->disk->blocks -= (b->seen != NULL);
    b->seen = octets;
}

static void set_platter(struct block *b, uint8_t *octets)
{
    if (b->platter && b->platter != b->seen && b->platter != octets)
        free(b->platter);
    b->platter = octets;
}

void medium_release(struct medium_file *file)
{
    if (--file->refs > 0)
        return;
    for (size_t i = 0; i < file->block_count; i++) {
        set_seen(file, &file->blocks[i], NULL);
        set_platter(&file->blocks[i], NULL);
    }
    list_remove(&file->link);
    free(file->blocks);
    free(file->dirty);
    free(file->locks);
    free(file);
}

static struct block *block_at(struct medium_file *file, size_t i)
{
    if (i >= file->block_count) {
        size_t count = i + 1 + file->block_count / 2;

        file->blocks = medium_alloc(file->blocks, count * sizeof(struct block));
        memset(file->blocks + file->block_count, 0,
               (count - file->block_count) * sizeof(struct block));
        file->block_count = count;
    }
    return &file->blocks[i];
}

/* The block's octets, to be changed in these sectors; NULL: the disk is full. */
static uint8_t *change_block(struct medium_file *file, size_t i, unsigned sectors)
{
    const struct sim_disk *disk = file->disk;
    struct block *b = block_at(file, i);

    if (!b->seen && disk->capacity > 0 && (disk->blocks + 1) * MEDIUM_BLOCK > disk->capacity)
        return NULL;
    if (!b->seen || b->seen == b->platter) {
        uint8_t *octets = medium_alloc(NULL, MEDIUM_BLOCK);

        if (b->seen)
            memcpy(octets, b->seen, MEDIUM_BLOCK);
        else
            memset(octets, 0, MEDIUM_BLOCK);
        set_seen(file, b, octets);
    }
    /* the system writes blocks as a whole: what lay in it goes with it */
    b->dirty = (uint8_t)(b->dirty | b->lying | sectors);
    b->lying = 0;
    if (!b->listed) {
        if (file->dirty_count == file->dirty_room) {
            file->dirty_room = 2 * file->dirty_room + 16;
            file->dirty = medium_alloc(file->dirty, file->dirty_room * sizeof(size_t));
        }
        file->dirty[file->dirty_count++] = i;
        b->listed = true;
    }
    return b->seen;
}

/* The sectors in which a range within a block lies. */
static unsigned sectors_of(size_t from, size_t len)
{
    const unsigned first = (unsigned)(from / SIM_SECTOR);
    const unsigned last = (unsigned)((from + len - 1) / SIM_SECTOR);

    return ((2u << last) - 1) & ~((1u << first) - 1);
}

int64_t medium_read(struct medium_file *file, void *to, size_t len, int64_t at)
{
    uint8_t *out = to;
    int64_t end = at + (int64_t)len;
    int rc = disk_judge(file->disk, SIM_DISK_READ);

    if (rc < 0)
        return rc;
    if (end > file->size)
        end = file->size;
    for (int64_t pos = at; pos < end;) {
        const size_t i = (size_t)(pos / MEDIUM_BLOCK);
        const size_t from = (size_t)(pos % MEDIUM_BLOCK);
        size_t n = MEDIUM_BLOCK - from;

        if ((int64_t)n > end - pos)
            n = (size_t)(end - pos);
        if (i < file->block_count && file->blocks[i].seen)
            memcpy(out, file->blocks[i].seen + from, n);
        else
            memset(out, 0, n);
        out += n;
        pos += (int64_t)n;
    }
    return end > at ? end - at : 0;
}

/* Without faults but a full disk. */
static int write_octets(struct medium_file *file, struct slice from, int64_t at)
{
    while (from.len > 0) {
        const size_t start = (size_t)(at % MEDIUM_BLOCK);
        const size_t room = MEDIUM_BLOCK - start;
        const size_t n = from.len < room ? from.len : room;
        uint8_t *octets = change_block(file, (size_t)(at / MEDIUM_BLOCK), sectors_of(start, n));

        if (!octets) {
            file->disk->counts.full++;
            return -ENOSPC;
        }
        memcpy(octets + start, from.p, n);
        from = slice_from(from, n);
        at += (int64_t)n;
        if (at > file->size)
            file->size = at;
    }
    return 0;
}

int medium_write(struct medium_file *file, struct slice from, int64_t at)
{
    struct sim_disk *disk = file->disk;
    const bool cut = disk_is_cut_by(disk);
    int rc = disk_judge(disk, SIM_DISK_WRITE);

    disk->counts.writes++;
    disk->counts.octets += from.len;
    if (rc < 0) /* a part is there all the same */
        write_octets(file, slice_sub(from, 0, disk_draw(disk, DRAW_WRITE, from.len + 1)), at);
    else
        rc = write_octets(file, from, at);
    return cut ? disk_cut_now(disk) : rc;
}

/* What is cut off reads as zeros when the file grows again. */
static void drop_from(struct medium_file *file, int64_t size)
{
    const size_t first = (size_t)((size + MEDIUM_BLOCK - 1) / MEDIUM_BLOCK);
    const size_t rest = (size_t)(size % MEDIUM_BLOCK);

    if (rest > 0 && first <= file->block_count && file->blocks[first - 1].seen) {
        /* it is there, so no room is needed */
        uint8_t *octets = change_block(file, first - 1, sectors_of(rest, MEDIUM_BLOCK - rest));

        memset(octets + rest, 0, MEDIUM_BLOCK - rest);
    }
    for (size_t i = first; i < file->block_count; i++) {
        if (!file->blocks[i].seen)
            continue;
        change_block(file, i, 0);
        set_seen(file, &file->blocks[i], NULL);
        file->blocks[i].dirty = (1u << MEDIUM_SECTORS) - 1;
    }
}

int medium_truncate(struct medium_file *file, int64_t size)
{
    const bool cut = disk_is_cut_by(file->disk);
    int rc = disk_judge(file->disk, SIM_DISK_WRITE);

    if (rc >= 0) {
        if (size < file->size)
            drop_from(file, size);
        file->size = size;
    }
    return cut ? disk_cut_now(file->disk) : rc;
}

/* A failing sync writes some of the blocks; the others are taken for clean, and of these some are
 * dropped from memory, so that the platter's octets are seen again. */
static void fail_block(struct medium_file *file, struct block *b)
{
    switch (disk_draw(file->disk, DRAW_SYNC, 4)) {
    case 0: set_platter(b, b->seen); break;
    case 1: set_seen(file, b, b->platter); break;
    default: b->lying |= b->dirty;
    }
    b->dirty = 0;
    if (b->seen == b->platter)
        b->lying = 0;
}

static void sync_blocks(struct medium_file *file, bool fails)
{
    size_t left = 0;

    for (size_t n = 0; n < file->dirty_count; n++) {
        struct block *b = &file->blocks[file->dirty[n]];

        if (b->dirty && fails) {
            fail_block(file, b);
        } else if (b->dirty) {
            set_platter(b, b->seen);
            b->dirty = 0;
        }
        b->listed = b->lying != 0;
        if (b->listed)
            file->dirty[left++] = file->dirty[n];
    }
    file->dirty_count = left;
}

int medium_sync(struct medium_file *file)
{
    int rc;

    if (disk_is_cut_by(file->disk))
        return disk_cut_now(file->disk);
    rc = disk_judge(file->disk, SIM_DISK_SYNC);
    sync_blocks(file, rc < 0);
    if (rc >= 0)
        file->platter_size = file->size;
    return rc;
}

/* ---- names ----------------------------------------------------------------------------------- */

static struct name *find_name(const struct sim_disk *disk, const char *path)
{
    LIST_EACH(link, &disk->names)
    {
        struct name *name = LIST_ITEM(link, struct name, link);

        if (strcmp(name->path, path) == 0)
            return name;
    }
    return NULL;
}

static struct medium_file *find_file(const struct sim_disk *disk, const char *path)
{
    const struct name *name = find_name(disk, path);

    return name ? name->seen : NULL;
}

/* The length of the path of the directory in which path lies. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* The root is always there. */
static bool has_parent(const struct sim_disk *disk, const char *path)
{
    const size_t len = parent_length(path);

    if (len == 0)
        return true;
    LIST_EACH(link, &disk->names)
    {
        const struct name *name = LIST_ITEM(link, struct name, link);

        if (strlen(name->path) == len && memcmp(name->path, path, len) == 0)
            return name->seen && name->seen->directory;
    }
    return false;
}

static void point(struct medium_file **at, struct medium_file *file)
{
    if (file)
        file->refs++;
    if (*at)
        medium_release(*at);
    *at = file;
}

static void forget_unused(struct name *name)
{
    if (name->seen || name->platter)
        return;
    list_remove(&name->link);
    free(name);
}

/* A new file with this name and no other; *out is a reference. */
static int make_name(struct sim_disk *disk, const char *path, bool directory,
                     struct medium_file **out)
{
    const bool cut = disk_is_cut_by(disk);
    struct name *name = find_name(disk, path);
    const size_t size = strlen(path) + 1;
    int rc = has_parent(disk, path) ? disk_judge(disk, SIM_DISK_WRITE) : -ENOENT;

    if (rc < 0)
        return cut ? disk_cut_now(disk) : rc;
    if (!name) {
        name = medium_alloc(NULL, sizeof(*name) + size);
        *name = (struct name){.seen = NULL};
        memcpy(name->path, path, size);
        list_push_back(&disk->names, &name->link);
    }
    *out = medium_anonymous(disk);
    (*out)->directory = directory;
    point(&name->seen, *out);
    if (!cut)
        return 0;
    medium_release(*out);
    return disk_cut_now(disk);
}

int medium_open(struct sim_disk *disk, const char *path, bool make, struct medium_file **out)
{
    *out = find_file(disk, path);
    if (*out && (*out)->directory)
        return -EISDIR;
    if (*out)
        (*out)->refs++;
    else
        return make ? make_name(disk, path, false, out) : -ENOENT;
    return 0;
}

int64_t medium_size(struct sim_disk *disk, const char *path)
{
    const struct medium_file *file = find_file(disk, path);

    return file ? file->size : -ENOENT;
}

int medium_remove(struct sim_disk *disk, const char *path)
{
    struct name *name = find_name(disk, path);
    bool cut;
    int rc;

    if (!name || !name->seen)
        return -ENOENT;
    cut = disk_is_cut_by(disk);
    rc = disk_judge(disk, SIM_DISK_WRITE);
    if (rc >= 0) {
        point(&name->seen, NULL);
        forget_unused(name);
    }
    return cut ? disk_cut_now(disk) : rc;
}

int medium_make_directory(struct sim_disk *disk, const char *path)
{
    struct medium_file *file = NULL;
    int rc = find_file(disk, path) ? -EEXIST : make_name(disk, path, true, &file);

    if (rc >= 0)
        medium_release(file);
    return rc;
}

static void settle_names(struct sim_disk *disk, const char *directory, size_t len)
{
    LIST_EACH_SAFE(link, &disk->names)
    {
        struct name *name = LIST_ITEM(link, struct name, link);

        if (parent_length(name->path) != len || memcmp(name->path, directory, len) != 0)
            continue;
        point(&name->platter, name->seen);
        forget_unused(name);
    }
}

void medium_settle_names(struct sim_disk *disk, const char *path)
{
    settle_names(disk, path, parent_length(path));
}

int medium_sync_directory(struct sim_disk *disk, const char *path)
{
    int rc;

    if (disk_is_cut_by(disk))
        return disk_cut_now(disk);
    rc = disk_judge(disk, SIM_DISK_SYNC);
    if (rc >= 0)
        settle_names(disk, path, strcmp(path, "/") == 0 ? 0 : strlen(path));
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------- */

int64_t medium_free_space(const struct sim_disk *disk)
{
    if (disk->capacity == 0)
        return INT64_MAX;
    return disk->capacity > sim_disk_used(disk) ? (int64_t)(disk->capacity - sim_disk_used(disk))
                                                : 0;
}

bool medium_is_clean(const struct sim_disk *disk)
{
    LIST_EACH(link, &disk->names)
    {
        const struct name *name = LIST_ITEM(link, struct name, link);

        if (name->seen != name->platter)
            return false;
    }
    LIST_EACH(link, &disk->files)
    {
        const struct medium_file *file = LIST_ITEM(link, struct medium_file, link);

        if (file->dirty_count > 0 || file->size != file->platter_size)
            return false;
    }
    return true;
}

void medium_free(struct sim_disk *disk)
{
    LIST_EACH_SAFE(link, &disk->names)
    {
        struct name *name = LIST_ITEM(link, struct name, link);

        point(&name->seen, NULL);
        point(&name->platter, NULL);
        forget_unused(name);
    }
}

/* ---- power cuts ------------------------------------------------------------------------------ */

enum { CERTAIN = 8 };

/* How much of what was not synced is kept, in eighths: from nothing to all, each as likely, as the
 * nearly whole and the nearly lost are where a store errs. */
static unsigned draw_leniency(struct sim_disk *disk)
{
    static const unsigned eighths[] = {0, 1, 4, 7, CERTAIN};

    return eighths[disk_draw(disk, DRAW_CUT, sizeof(eighths) / sizeof(eighths[0]))];
}

static bool is_kept(struct sim_disk *disk, unsigned leniency)
{
    return disk_draw(disk, DRAW_CUT, CERTAIN) < leniency;
}

/* One sector of what was seen goes to the platter, or not, or its front does. */
static void cut_sector(struct sim_disk *disk, uint8_t *platter, const uint8_t *seen,
                       unsigned leniency)
{
    size_t kept = is_kept(disk, leniency) ? SIM_SECTOR : 0;

    if (leniency > 0 && leniency < CERTAIN && disk_draw(disk, DRAW_CUT, 8) == 0)
        kept = (size_t)disk_draw(disk, DRAW_CUT, SIM_SECTOR);
    disk->counts.lost += kept == 0;
    disk->counts.torn += kept > 0 && kept < SIM_SECTOR;
    memcpy(platter, seen, kept);
}

static void cut_block(struct medium_file *file, struct block *b, unsigned leniency)
{
    const unsigned open = b->dirty | b->lying;
    uint8_t *left;

    if (!b->seen) { /* was cut off: the size decides */
        set_seen(file, b, b->platter);
        return;
    }
    left = medium_alloc(NULL, MEDIUM_BLOCK);
    if (b->platter)
        memcpy(left, b->platter, MEDIUM_BLOCK);
    else
        memset(left, 0, MEDIUM_BLOCK);
    for (unsigned s = 0; s < MEDIUM_SECTORS; s++) {
        if (open & 1u << s)
            cut_sector(file->disk, left + s * SIM_SECTOR, b->seen + s * SIM_SECTOR, leniency);
    }
    set_seen(file, b, left);
    set_platter(b, left);
}

/* The size on the platter, the one that was seen, or one in between. */
static int64_t draw_size(struct medium_file *file, unsigned leniency)
{
    const int64_t low = file->size < file->platter_size ? file->size : file->platter_size;
    const int64_t high = file->size < file->platter_size ? file->platter_size : file->size;

    if (low == high || is_kept(file->disk, leniency))
        return file->size;
    if (leniency == 0 || is_kept(file->disk, CERTAIN - leniency))
        return file->platter_size;
    return low + (int64_t)disk_draw(file->disk, DRAW_CUT, (uint64_t)(high - low));
}

static void cut_file(struct medium_file *file, unsigned leniency)
{
    const int64_t size = draw_size(file, leniency);

    for (size_t n = 0; n < file->dirty_count; n++) {
        struct block *b = &file->blocks[file->dirty[n]];

        cut_block(file, b, leniency);
        b->dirty = 0;
        b->lying = 0;
        b->listed = false;
    }
    file->dirty_count = 0;
    drop_from(file, size);
    file->size = size;
    sync_blocks(file, false);
    file->platter_size = size;
}

static void cut_name(struct sim_disk *disk, struct name *name, unsigned leniency)
{
    if (name->seen != name->platter && is_kept(disk, leniency))
        point(&name->platter, name->seen);
    else
        point(&name->seen, name->platter);
}

void medium_cut(struct sim_disk *disk)
{
    const unsigned leniency = draw_leniency(disk);

    LIST_EACH(link, &disk->names) cut_name(disk, LIST_ITEM(link, struct name, link), leniency);
    LIST_EACH_SAFE(link, &disk->names)
    {
        struct name *name = LIST_ITEM(link, struct name, link);

        /* what lay in a directory that is not there is lost; those above come first in the list */
        if (!has_parent(disk, name->path)) {
            point(&name->seen, NULL);
            point(&name->platter, NULL);
        }
        forget_unused(name);
    }
    LIST_EACH(link, &disk->files) cut_file(LIST_ITEM(link, struct medium_file, link), leniency);
}
