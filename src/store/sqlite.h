/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the sqlite engine: sqlite.c opens, commits, recovers and keeps up; sqlite_write.c
 * executes operations, sqlite_content.c those on contents; sqlite_read.c answers. */
#pragma once

#include "store/contents.h"
#include "store/lock.h"
#include "store/log_vfs.h"
#include "store/sqlite_conn.h"

struct engine_sqlite {
    struct engine base; /* first */
    struct conn reader; /* on the caller's thread */
    char *path;
    char *vfs;           /* may be NULL */
    struct log_vfs *log; /* the writer's, in front of that */
    const struct store_files *files;
    struct lock lock; /* not held: read-only */
    struct contents contents;

    /* the writer's thread only */
    struct conn writer;
    int64_t last_event; /* numbers given so far */
    int64_t last_track;
    bool numbers_known;
    bool distrust; /* after X4_EIO, until recovered */
    bool adopted;  /* the transaction has made contents objects' own */
    bool doomed;   /* there may be chunks to remove */
    bool expiring; /* a portion was full: more is to be dropped */
    struct op_expire expire;
    int wal_pages;   /* length of the write-ahead log at the last commit */
    int wal_checked; /* its length at the last checkpoint that could not finish */
};

static inline struct engine_sqlite *sqlite_of(struct engine *engine)
{
    return (struct engine_sqlite *)engine;
}

/* ---- sqlite_write.c: */
int sqlite_apply(struct engine *engine, const struct op *op);
int sqlite_settle(struct engine *engine, const struct op *op);
/* Drops a portion of what e->expire says; sets e->expiring when there may be more. */
int sqlite_expire_portion(struct engine_sqlite *e);

/* ---- sqlite_content.c: the writer's side of contents */
int content_put_chunk(struct engine_sqlite *e, const struct op *op);
int content_drop_chunks(struct engine_sqlite *e, const struct op *op);
int content_copy(struct engine_sqlite *e, const struct op *op);
/* The content of an object that was touched must be complete at the end of the transaction. */
int content_settle(struct engine_sqlite *e, int64_t object_id);
/* The object goes if nothing refers to it, and its content with it. */
int content_settle_delete(struct engine_sqlite *e, int64_t object_id);
/* At opening: notes which blocks are in use. */
int content_claim_all(struct engine_sqlite *e);
/* Removes a portion of doomed chunks; clears e->doomed when there are none. */
int content_remove_portion(struct engine_sqlite *e);

/* ---- sqlite_read.c: as in store.h */
int sqlite_get_object(struct engine *engine, int64_t id, struct arena *arena,
                      struct store_object *out);
int sqlite_read_content(struct engine *engine, int64_t object_id, struct content_span *span);
int sqlite_get_item(struct engine *engine, int64_t id, struct arena *arena, struct store_item *out);
int sqlite_scan_items(struct engine *engine,
                      bool (*each)(void *ctx, const struct store_queued *queued), void *ctx);
int sqlite_has_digest(struct engine *engine, struct slice digest, bool *out);
int sqlite_scan_deliveries(struct engine *engine, struct slice mailbox,
                           bool (*each)(void *ctx, const struct store_delivery *delivery),
                           void *ctx);
int sqlite_get_delivery(struct engine *engine, int64_t id, struct arena *arena,
                        struct store_delivery *out);
int sqlite_scan_track(struct engine *engine, struct slice mts_id,
                      bool (*each)(void *ctx, const struct store_track *track), void *ctx);
int sqlite_scan_events(struct engine *engine, const struct event_range *range,
                       bool (*each)(void *ctx, const struct store_event *event), void *ctx);
int sqlite_scan_entries(struct engine *engine,
                        bool (*each)(void *ctx, const struct store_entry *entry), void *ctx);
int sqlite_check(struct engine *engine, char *text, size_t size);
int64_t sqlite_free_space(struct engine *engine);
