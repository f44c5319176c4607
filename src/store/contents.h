/* SPDX-License-Identifier: Apache-2.0 */
/* Long contents lie in a file of their own, in blocks of LIMIT_CHUNK octets, a chunk in each. Which
 * blocks an object has is kept in the database once the object is there. Before that it is known
 * here in memory only: so blocks of receptions that a crash has ended are simply free again.
 *
 * Blocks are written once and not changed while anybody may read them: a chunk that comes again
 * gets another block, and what a transaction frees is used again when it is durable and nobody is
 * reading any more. contents_read() is for any thread, all else for the writer's. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/list.h"
#include "store/files.h"

enum {
    CONTENTS_BLOCKS_MAX = 16 * 1024 * 1024, /* of one content: 1 TiB */
    CONTENTS_UNSYNCED_MAX = 8 * 1024 * 1024,
    CONTENTS_TEXT = 256,
};

/* A chunk's place; len 0: there is none. */
struct place {
    uint32_t block;
    uint32_t len;
};

/* The chunks of an object as they come in. */
struct reception {
    struct list link;
    int64_t object_id;
    struct place *places;
    uint32_t count;
    uint32_t room;
    uint32_t filled; /* of them are there */
};

struct block_list {
    uint32_t *blocks;
    size_t count;
    size_t room;
};

struct undo; /* a place before the transaction changed it */

struct contents {
    const struct store_files *files;
    int file; /* < 0: none */
    char *path;
    char text[CONTENTS_TEXT]; /* of the last error */
    uint64_t *used;           /* a bit for each block */
    uint32_t words;
    uint32_t lowest;  /* no word before this has a free block */
    uint32_t end;     /* one more than the last block in use */
    uint32_t written; /* the file is so many blocks long */
    struct list receptions;
    uint64_t unsynced; /* octets */
    bool failed;       /* a sync has: what is not in the database is lost */
    /* the transaction's */
    struct undo *undos;
    size_t undo_count;
    size_t undo_room;
    struct block_list taken;
    struct block_list freed;
    /* freed by transactions that are over, but may still be read; by the reading of readers */
    struct block_list resting;
    uint64_t resting_since;
};

/* Opens the file in directory, which make makes when it is missing; otherwise there may be none.
 * The result is an enum x4_error, whose words are in c->text, as with all that follows. */
int contents_open(struct contents *c, const struct store_files *files, const char *directory,
                  bool make);
/* Also after a failed open, or none on zeroed memory. */
void contents_close(struct contents *c);

/* At opening: the blocks of an object that is there, as contents_adopt() wrote them down. X4_EDUP:
 * another has one of them. */
int contents_claim(struct contents *c, struct slice blocks);

int contents_put(struct contents *c, int64_t object_id, uint32_t seq, struct slice data);
/* Takes what is in the database back into a reception, to be changed and adopted again. */
int contents_load(struct contents *c, int64_t object_id, struct slice blocks, uint64_t len);
/* NULL: none with a chunk. Valid until the next call. */
const struct reception *contents_reception(const struct contents *c, int64_t object_id);
int contents_drop(struct contents *c, int64_t object_id);
/* Ends a reception: its blocks are the database's from now on. *blocks (initialized) are to be kept
 * there, *len is the content's length. X4_EMISSING: a chunk is not there, or not full. */
int contents_adopt(struct contents *c, int64_t object_id, struct buf *blocks, uint64_t *len);
/* Blocks of an object that goes. */
int contents_free(struct contents *c, struct slice blocks);
/* Makes durable what was put. After X4_EIO, rollback drops all receptions, as what they wrote may
 * be lost. */
int contents_sync(struct contents *c);
/* So much was put that syncing it with an object would keep others waiting. */
static inline bool contents_are_due(const struct contents *c)
{
    return c->unsynced >= CONTENTS_UNSYNCED_MAX;
}
/* The transaction is durable, or void. readings: a number that changes whenever the reader begins
 * or ends to read, odd while it is reading. */
void contents_commit(struct contents *c, uint64_t readings);
void contents_rollback(struct contents *c);
/* Cuts off the file's end when much of it is free. */
int contents_trim(struct contents *c);

/* Where chunk i of a content of len octets lies; len 0: blocks do not have it. */
struct place contents_place(struct slice blocks, uint64_t len, uint64_t i);
/* Are these the blocks of a content of len octets, and in the file? */
bool contents_is_whole(const struct contents *c, struct slice blocks, uint64_t len);
/* Reads len octets from offset on of the place. X4_EIO also when the file ends before. */
int contents_read(const struct contents *c, struct place place, size_t offset, void *to,
                  size_t len);
