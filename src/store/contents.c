/* SPDX-License-Identifier: Apache-2.0 */
#include "store/contents.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME "contents"

enum {
    WORD_BITS = 64,
    NUMBER_OCTETS = 4,  /* of a block in the database */
    TRIM_BLOCKS = 1024, /* 64 MiB */
};

static const uint32_t NO_BLOCK = UINT32_MAX;

struct undo {
    struct reception *reception;
    uint32_t seq;
    struct place before;
};

static int note(struct contents *c, int64_t error)
{
    return files_error((int)error, c->path, c->text, sizeof(c->text));
}

static int out_of_memory(struct contents *c)
{
    snprintf(c->text, sizeof(c->text), FILE_NAME ": out of memory");
    return X4_ENOMEM;
}

/* Room for one more in an array that grows; NULL: out of memory, and nothing has changed. */
static void *grown(void *items, size_t count, size_t *room, size_t size)
{
    const size_t wanted = count < *room ? *room : 2 * *room + 16;
    void *p = wanted == *room ? items : reallocarray(items, wanted, size);

    if (p)
        *room = wanted;
    return p;
}

/* ---- opening --------------------------------------------------------------------------------- */

int contents_open(struct contents *c, const struct store_files *files, const char *directory,
                  bool make)
{
    int rc;

    *c = (struct contents){.files = files, .file = -1};
    list_init(&c->receptions);
    if (asprintf(&c->path, "%s/" FILE_NAME, directory) < 0) {
        c->path = NULL;
        return out_of_memory(c);
    }
    rc = files->open(files->ctx, c->path, make);
    if (rc == -ENOENT && !make)
        return X4_OK;
    if (rc >= 0) {
        c->file = rc;
        rc = make ? files->sync_directory(files->ctx, directory) : 0;
    }
    if (rc >= 0) {
        const int64_t size = files->size(files->ctx, c->file);

        if (size < 0)
            return note(c, size);
        c->written = (uint32_t)((size + LIMIT_CHUNK - 1) / LIMIT_CHUNK);
    }
    return rc < 0 ? note(c, rc) : X4_OK;
}

static void free_reception(struct reception *r)
{
    list_remove(&r->link);
    free(r->places);
    free(r);
}

void contents_close(struct contents *c)
{
    while (c->receptions.next && !list_empty(&c->receptions))
        free_reception(LIST_ITEM(c->receptions.next, struct reception, link));
    if (c->files && c->file >= 0)
        c->files->close(c->files->ctx, c->file);
    free(c->path);
    free(c->used);
    free(c->undos);
    free(c->taken.blocks);
    free(c->freed.blocks);
    free(c->resting.blocks);
    *c = (struct contents){.file = -1};
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static bool is_used(const struct contents *c, uint32_t block)
{
    const uint32_t word = block / WORD_BITS;

    return word < c->words && (c->used[word] >> block % WORD_BITS & 1);
}

static int mark_used(struct contents *c, uint32_t block)
{
    const uint32_t word = block / WORD_BITS;

    if (word >= c->words) {
        const uint32_t words = word + 1 + c->words / 2;
        uint64_t *used = reallocarray(c->used, words, sizeof(*used));

        if (!used)
            return out_of_memory(c);
        memset(used + c->words, 0, (words - c->words) * sizeof(*used));
        c->used = used;
        c->words = words;
    }
    c->used[word] |= UINT64_C(1) << block % WORD_BITS;
    if (block >= c->end)
        c->end = block + 1;
    return X4_OK;
}

static void mark_free(struct contents *c, uint32_t block)
{
    const uint32_t word = block / WORD_BITS;

    if (!is_used(c, block))
        return;
    c->used[word] &= ~(UINT64_C(1) << block % WORD_BITS);
    if (word < c->lowest)
        c->lowest = word;
    while (c->end > 0 && !is_used(c, c->end - 1))
        c->end--;
}

static void mark_all_free(struct contents *c, struct block_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mark_free(c, list->blocks[i]);
    list->count = 0;
}

/* The lowest, so that the file stays short and its blocks in memory. */
static uint32_t lowest_free(struct contents *c)
{
    while (c->lowest < c->words && c->used[c->lowest] == UINT64_MAX)
        c->lowest++;
    if (c->lowest == c->words)
        return c->words * WORD_BITS;
    return c->lowest * WORD_BITS + (uint32_t)__builtin_ctzll(~c->used[c->lowest]);
}

static int append(struct contents *c, struct block_list *list, uint32_t block)
{
    uint32_t *blocks = grown(list->blocks, list->count, &list->room, sizeof(*blocks));

    if (!blocks)
        return out_of_memory(c);
    list->blocks = blocks;
    list->blocks[list->count++] = block;
    return X4_OK;
}

/* A block for the transaction; preferred if that is free. */
static int take(struct contents *c, uint32_t preferred, uint32_t *block)
{
    int rc;

    *block = preferred != NO_BLOCK && !is_used(c, preferred) ? preferred : lowest_free(c);
    rc = append(c, &c->taken, *block);
    if (!rc)
        rc = mark_used(c, *block);
    return rc;
}

/* ---- blocks in the database ------------------------------------------------------------------ */

static uint32_t number_at(struct slice blocks, uint64_t i)
{
    const uint8_t *p = blocks.p + i * NUMBER_OCTETS;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct place contents_place(struct slice blocks, uint64_t len, uint64_t i)
{
    const uint64_t start = i * LIMIT_CHUNK;
    struct place place = {.len = 0};

    if (start >= len || i >= blocks.len / NUMBER_OCTETS)
        return place;
    place.block = number_at(blocks, i);
    place.len = len - start < LIMIT_CHUNK ? (uint32_t)(len - start) : LIMIT_CHUNK;
    return place;
}

int contents_claim(struct contents *c, struct slice blocks)
{
    bool twice = false;
    int rc = X4_OK;

    for (uint64_t i = 0; i < blocks.len / NUMBER_OCTETS && !rc; i++) {
        twice = twice || is_used(c, number_at(blocks, i));
        rc = mark_used(c, number_at(blocks, i));
    }
    return rc ? rc : twice ? X4_EDUP : X4_OK;
}

bool contents_is_whole(const struct contents *c, struct slice blocks, uint64_t len)
{
    const uint64_t count = blocks.len / NUMBER_OCTETS;
    const int64_t size = c->file < 0 ? 0 : c->files->size(c->files->ctx, c->file);

    if (blocks.len % NUMBER_OCTETS || count != (len + LIMIT_CHUNK - 1) / LIMIT_CHUNK)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const struct place place = contents_place(blocks, len, i);

        if ((int64_t)place.block * LIMIT_CHUNK + place.len > size)
            return false;
    }
    return true;
}

int contents_free(struct contents *c, struct slice blocks)
{
    int rc = X4_OK;

    for (uint64_t i = 0; i < blocks.len / NUMBER_OCTETS && !rc; i++)
        rc = append(c, &c->freed, number_at(blocks, i));
    return rc;
}

/* ---- receptions ------------------------------------------------------------------------------ */

static struct reception *find(const struct contents *c, int64_t object_id)
{
    LIST_EACH(link, &c->receptions)
    {
        struct reception *r = LIST_ITEM(link, struct reception, link);

        if (r->object_id == object_id)
            return r;
    }
    return NULL;
}

const struct reception *contents_reception(const struct contents *c, int64_t object_id)
{
    const struct reception *r = find(c, object_id);

    return r && r->filled > 0 ? r : NULL;
}

/* There, or made; the latest is the first in the list, as most go on. NULL: out of memory. */
static struct reception *reception_of(struct contents *c, int64_t object_id)
{
    struct reception *r = find(c, object_id);

    if (!r) {
        r = calloc(1, sizeof(*r));
        if (!r)
            return NULL;
        r->object_id = object_id;
        list_init(&r->link);
    }
    list_remove(&r->link);
    list_push_front(&c->receptions, &r->link);
    return r;
}

static struct place *place_at(struct reception *r, uint32_t seq)
{
    if (seq >= r->room) {
        const uint32_t room = seq + 1 + r->room;
        struct place *places = reallocarray(r->places, room, sizeof(*places));

        if (!places)
            return NULL;
        memset(places + r->room, 0, (room - r->room) * sizeof(*places));
        r->places = places;
        r->room = room;
    }
    if (seq >= r->count)
        r->count = seq + 1;
    return &r->places[seq];
}

static void change(struct reception *r, struct place *at, struct place place)
{
    r->filled += place.len > 0;
    r->filled -= at->len > 0;
    *at = place;
}

/* Receptions stay until the end of the transaction, be they empty: undoing needs no memory. */
static int set_place(struct contents *c, struct reception *r, uint32_t seq, struct place place)
{
    struct place *at = place_at(r, seq);
    struct undo *undos = grown(c->undos, c->undo_count, &c->undo_room, sizeof(*undos));

    if (undos)
        c->undos = undos;
    if (!at || !undos)
        return out_of_memory(c);
    c->undos[c->undo_count++] = (struct undo){.reception = r, .seq = seq, .before = *at};
    change(r, at, place);
    return X4_OK;
}

int contents_put(struct contents *c, int64_t object_id, uint32_t seq, struct slice data)
{
    struct reception *r = seq < CONTENTS_BLOCKS_MAX ? reception_of(c, object_id) : NULL;
    const bool follows = r && seq > 0 && seq <= r->count && r->places[seq - 1].len > 0;
    struct place place = {.len = (uint32_t)data.len};
    int rc;

    if (!r)
        return out_of_memory(c);
    rc = take(c, follows ? r->places[seq - 1].block + 1 : NO_BLOCK, &place.block);
    if (!rc && seq < r->count && r->places[seq].len > 0)
        rc = append(c, &c->freed, r->places[seq].block);
    if (!rc)
        rc = set_place(c, r, seq, place);
    if (rc)
        return rc;
    c->unsynced += data.len;
    if (place.block >= c->written)
        c->written = place.block + 1;
    rc = c->files->write(c->files->ctx, c->file, data, (int64_t)place.block * LIMIT_CHUNK);
    return rc < 0 ? note(c, rc) : X4_OK;
}

int contents_load(struct contents *c, int64_t object_id, struct slice blocks, uint64_t len)
{
    struct reception *r = reception_of(c, object_id);
    int rc = r ? X4_OK : out_of_memory(c);

    for (uint32_t seq = 0; !rc && seq < blocks.len / NUMBER_OCTETS; seq++)
        rc = set_place(c, r, seq, contents_place(blocks, len, seq));
    return rc;
}

int contents_drop(struct contents *c, int64_t object_id)
{
    struct reception *r = find(c, object_id);
    int rc = X4_OK;

    for (uint32_t seq = 0; r && seq < r->count && !rc; seq++) {
        if (r->places[seq].len == 0)
            continue;
        rc = append(c, &c->freed, r->places[seq].block);
        if (!rc)
            rc = set_place(c, r, seq, (struct place){.len = 0});
    }
    return rc;
}

int contents_adopt(struct contents *c, int64_t object_id, struct buf *blocks, uint64_t *len)
{
    struct reception *r = find(c, object_id);
    int rc = X4_OK;

    *len = 0;
    for (uint32_t seq = 0; r && seq < r->count && !rc; seq++) {
        const struct place place = r->places[seq];

        if (place.len == 0 && r->filled == 0)
            break;
        if (place.len == 0 || *len != (uint64_t)seq * LIMIT_CHUNK) {
            snprintf(c->text, sizeof(c->text), "content is incomplete: object %lld",
                     (long long)object_id);
            return X4_EMISSING;
        }
        *len += place.len;
        buf_be32(blocks, place.block);
        rc = set_place(c, r, seq, (struct place){.len = 0});
    }
    return rc ? rc : blocks->error;
}

/* ---- the end of a transaction ---------------------------------------------------------------- */

int contents_sync(struct contents *c)
{
    int rc;

    if (c->unsynced == 0)
        return X4_OK;
    c->unsynced = 0; /* also when it fails: the system takes it for written */
    rc = c->files->sync(c->files->ctx, c->file);
    c->failed = rc < 0;
    return rc < 0 ? note(c, rc) : X4_OK;
}

static void end_transaction(struct contents *c)
{
    c->undo_count = 0;
    c->taken.count = 0;
    c->freed.count = 0;
    LIST_EACH_SAFE(link, &c->receptions)
    {
        struct reception *r = LIST_ITEM(link, struct reception, link);

        if (r->filled == 0)
            free_reception(r);
    }
}

/* Who began to read after the commit cannot come upon these blocks; who is reading since before it
 * may. */
static void rest_freed(struct contents *c, uint64_t readings)
{
    const struct block_list was = c->resting;

    if (c->resting.count > 0 && c->resting_since != readings)
        mark_all_free(c, &c->resting);
    if (readings % 2 == 0) {
        mark_all_free(c, &c->freed);
    } else if (c->resting.count == 0) {
        c->resting = c->freed;
        c->freed = was;
        c->freed.count = 0;
        c->resting_since = readings;
    } else {
        for (size_t i = 0; i < c->freed.count; i++) {
            /* without memory to remember them they are free at the next start */
            if (append(c, &c->resting, c->freed.blocks[i]))
                break;
        }
    }
}

void contents_commit(struct contents *c, uint64_t readings)
{
    rest_freed(c, readings);
    end_transaction(c);
}

static void forget_receptions(struct contents *c)
{
    LIST_EACH_SAFE(link, &c->receptions)
    {
        struct reception *r = LIST_ITEM(link, struct reception, link);

        for (uint32_t seq = 0; seq < r->count; seq++) {
            if (r->places[seq].len > 0)
                mark_free(c, r->places[seq].block);
        }
        free_reception(r);
    }
}

void contents_rollback(struct contents *c)
{
    while (c->undo_count > 0) {
        const struct undo *undo = &c->undos[--c->undo_count];

        change(undo->reception, &undo->reception->places[undo->seq], undo->before);
    }
    mark_all_free(c, &c->taken);
    end_transaction(c);
    if (c->failed)
        forget_receptions(c);
    c->failed = false;
}

int contents_trim(struct contents *c)
{
    int rc;

    if (c->written - c->end < TRIM_BLOCKS || c->undo_count > 0)
        return X4_OK;
    rc = c->files->truncate(c->files->ctx, c->file, (int64_t)c->end * LIMIT_CHUNK);
    if (rc >= 0)
        c->written = c->end;
    return rc < 0 ? note(c, rc) : X4_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

int contents_read(const struct contents *c, struct place place, size_t offset, void *to, size_t len)
{
    const int64_t at = (int64_t)place.block * LIMIT_CHUNK + (int64_t)offset;

    if (c->file < 0 || c->files->read(c->files->ctx, c->file, to, len, at) != (int64_t)len)
        return X4_EIO;
    return X4_OK;
}
