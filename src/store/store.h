/* SPDX-License-Identifier: Apache-2.0 */
/* The store: queue, contents, mailboxes, directory, tracking and events, behind a table of engine
 * functions (store/engine.h). Engines: sqlite (a directory on disk) and memory (tests).
 *
 * Writing: changes are gathered in a transaction and committed together with whatever else is
 * pending (group commit): one flush serves many associations. With params.threaded the commits run
 * on the store's own thread and `done` is called by store_dispatch() on the caller's thread;
 * without it store_dispatch() does everything itself (simulator, tools).
 * Reading: synchronous, on the caller's thread, over a read-only connection; it sees what has been
 * committed.
 *
 * Durability contract: when done() says X4_OK for a transaction, it survives a crash of process and
 * machine. After X4_EFULL or X4_EIO nothing of it is there.
 *
 * All times are wall-clock milliseconds since 1970 UTC. Ids are never reused. */
#pragma once

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct store;
struct store_files;
struct store_txn;

struct store_params {
    const char *engine;    /* "sqlite" or "memory" */
    const char *directory; /* sqlite: made (0700) when missing */
    const char *owner;     /* this node's name, written into the lock for the other node to see */
    const char *vfs;       /* sqlite: name of a registered VFS, NULL = the system's (simulator) */
    /* sqlite: all other files (store/files.h), NULL = the system's (simulator) */
    const struct store_files *files;
    bool threaded;
    bool read_only; /* for tools: takes no lock, all writes fail with X4_EDENIED */
    void (*wake)(
        void *ctx); /* threaded: called on the store's thread: call store_dispatch() soon */
    void *wake_ctx;
    /* May be NULL. Called by store_dispatch() when a transaction that nobody waits for has failed,
     * or the store's own upkeep, or when an I/O error made it open its database anew; text is
     * valid during the call. */
    void (*fault)(void *ctx, int error, const char *text);
    void *fault_ctx;
    int64_t now_ms; /* wall clock at opening, 0: ask the system (simulator: virtual time) */
};

/* The functions of an allocator, as malloc(3) has them; sizes are above 0, and p is not NULL. */
struct store_memory {
    void *(*alloc)(int size);
    void (*free)(void *p);
    void *(*realloc)(void *p, int size);
    int (*size)(void *p); /* octets that p has room for */
};

/* Where the sqlite engine keeps what it has read, instead of malloc()'s memory: for all stores of
 * the process, and before the first of them is opened. X4_ESTATE: it is too late for that. */
int store_use_memory(const struct store_memory *memory);

/* Opens and locks the store; contents that no object owns (a crash during reception) are gone.
 * X4_EBUSY: another node has it; text (size octets) then names it and since when.
 * X4_EUNSUPP: written by a newer program, or engine unknown; X4_ENOTFOUND: the path leads
 * nowhere, or read_only and nothing there; X4_EDENIED: it may not be used. text says more after
 * every failure. */
int store_open(const struct store_params *params, struct store **out, char *text, size_t size);
/* Commits what is pending, runs the completions, then closes. A transaction handed over by one of
 * these completions ends with X4_ESTATE; do not hand it over again. */
void store_close(struct store **store);
/* Runs completions (and, not threaded, the commits). Returns how many transactions ended. */
unsigned store_dispatch(struct store *store);
/* Its two halves, between which the simulator lets other things happen, as they do when the store
 * has a thread: not threaded, the commits alone; the completions alone. */
void store_write(struct store *store);
unsigned store_complete(struct store *store);
/* Commits everything that is pending at the call and runs its completions before it returns. */
void store_flush(struct store *store);
/* A fresh id: larger than every id handed out before, also before a crash. 0 when read-only. */
int64_t store_new_id(struct store *store);
/* Octets handed to the store whose transactions have not ended yet: back-pressure for receivers. */
size_t store_pending(const struct store *store);

/* ---- what is kept ---------------------------------------------------------------------------- */

enum store_kind { STORE_MESSAGE = 0, STORE_REPORT = 1, STORE_PROBE = 2, STORE_QUARANTINE = 3 };

/* One APDU for which this MTA is responsible. Its content is kept in chunks of LIMIT_CHUNK. */
struct store_object {
    int64_t id;
    enum store_kind kind;
    int priority; /* X.411 values: 0 normal, 1 non-urgent, 2 urgent */
    int64_t arrival_ms;
    struct slice mts_id;   /* text form */
    struct slice source;   /* connector's or mailbox's DN it came from, "" = made here */
    struct slice envelope; /* BER as received, content cut out (see p1/) */
    uint64_t content_len;
    struct slice content; /* put: the content when it fits one chunk and none was put before;
                           * absent when chunks were put. get: always absent, use
                           * store_read_content() */
};

enum store_item_state { STORE_READY = 0, STORE_HELD = 1, STORE_DEFERRED = 2 };

/* A copy of an object on its way to one next hop, for some of its recipients. */
struct store_item {
    int64_t id;
    int64_t object_id;
    enum store_item_state state;
    int attempts;
    int64_t next_ms; /* not before */
    int64_t expires_ms;
    struct slice queue;      /* DN of the connector */
    struct slice recipients; /* opaque to the store: which recipients, and how they got here */
    struct slice reason;     /* text: why it is where it is, "" */
};

/* Object columns that a queue scan needs, without the envelope. */
struct store_queued {
    struct store_item item;
    enum store_kind kind;
    int priority;
    int64_t arrival_ms;
    uint64_t content_len;
    struct slice mts_id;
    struct slice source;
};

/* A delivered object in a mailbox. */
struct store_delivery {
    int64_t id;
    int64_t object_id;
    struct slice mailbox; /* DN */
    int64_t delivered_ms;
    bool read;
    struct slice envelope; /* BER of what the delivery shows (X.411 delivery envelope), may be "" */
};

struct store_track {
    int64_t time_ms;
    struct slice mts_id;
    struct slice action; /* "transfer-in", "delivered", ... */
    struct slice detail; /* JSON object */
};

struct store_event {
    int64_t seq; /* get only */
    int64_t time_ms;
    int number;
    int severity;
    struct slice json;
};

struct store_entry { /* directory */
    struct slice dn;
    struct slice class_name;
    struct slice json;
};

/* ---- writing --------------------------------------------------------------------------------- */

/* Transactions are executed in the order in which they were handed over, and end in that order.
 * One fails as a whole, with:
 *   X4_ENOMEM    memory; an operation could not be noted or executed
 *   X4_EINVAL    content and content_len disagree, a chunk is empty or too long, an id is not > 0,
 *                content_len is beyond INT64_MAX
 *   X4_ELIMIT    a DN, digest or MTS-identifier is longer than LIMIT_ORADDR_TEXT
 *   X4_ENOTFOUND an item, a delivery or a copy names an object that is not there
 *   X4_EMISSING  an object that it touched would be left with a content that is not as long as
 *                stated (an earlier chunk failed), or that is there twice
 *   X4_EEXIST    store_claim_digest(): it is a duplicate; store_copy_content(): to has chunks
 *   X4_EFULL     the disk is full; X4_EIO: a device failed; X4_EDENIED: opened read-only
 *   X4_EBUSY     a foreign process keeps the database locked for writing */

/* NULL: out of memory. All slices are copied before return. Operations run in the order given; an
 * operation that cannot be noted (memory) makes the commit fail with X4_ENOMEM. */
struct store_txn *store_begin(struct store *store);
/* New or changed; a change without content keeps the content that is there. content_len must be
 * the length of the content, but for a STORE_PROBE, which may have none. */
void store_put_object(struct store_txn *txn, const struct store_object *object);
/* seq counts from 0; every chunk but the last is LIMIT_CHUNK octets. May be committed before the
 * object is there; it is durable when the object is. */
void store_put_chunk(struct store_txn *txn, int64_t object_id, uint32_t seq, struct slice data);
/* The same, but the octets are taken over instead of copied: *data is empty then. */
void store_give_chunk(struct store_txn *txn, int64_t object_id, uint32_t seq, struct buf *data);
/* Drops the chunks of an object that will not come; its id is not to be used again. */
void store_drop_chunks(struct store_txn *txn, int64_t object_id);
/* to gets a copy of from's content (returned content of a report); put it without content, before
 * or after, and with content_len set. */
void store_copy_content(struct store_txn *txn, int64_t from, int64_t to);
void store_put_item(struct store_txn *txn, const struct store_item *item); /* new or changed */
/* An object that no item and no delivery refers to when the transaction ends goes with the last
 * one. So an item may be deleted and another put for the same object in any order. Deleting what
 * is not there is no error. */
void store_delete_item(struct store_txn *txn, int64_t item_id, int64_t object_id);
void store_put_delivery(struct store_txn *txn, const struct store_delivery *delivery);
void store_delete_delivery(struct store_txn *txn, int64_t id, int64_t object_id);
void store_set_read(struct store_txn *txn, int64_t delivery_id, bool read);
/* Remembers a digest until then, to catch duplicates. */
void store_put_digest(struct store_txn *txn, struct slice digest, int64_t until_ms);
/* The same, but when the digest is there already the whole transaction fails with X4_EEXIST. This
 * also catches a duplicate of what is still pending, which store_has_digest() cannot see. */
void store_claim_digest(struct store_txn *txn, struct slice digest, int64_t until_ms);
void store_put_track(struct store_txn *txn, const struct store_track *track);
void store_put_event(struct store_txn *txn, const struct store_event *event);
void store_put_entry(struct store_txn *txn, const struct store_entry *entry);
void store_delete_entry(struct store_txn *txn, struct slice dn);
/* Drops tracking, events and digests older than these times (the newest event and track stay).
 * Many are dropped in portions, after the transaction has ended, so that nobody waits long. */
void store_expire(struct store_txn *txn, int64_t track_before_ms, int64_t events_before_ms,
                  int64_t now_ms);

/* Nobody waits for the transaction ("lazy"): it may be put off for some milliseconds, to go with
 * another one. Its completion is told as ever. */
void store_put_off(struct store_txn *txn);
/* Hands the transaction over. done may be NULL, and it is lazy then. done is never called from
 * inside this function. Consumes *txn. */
void store_commit(struct store_txn **txn, void (*done)(void *ctx, int result), void *ctx);
void store_abandon(struct store_txn **txn);

/* ---- reading --------------------------------------------------------------------------------- */
/* Slices in results come from the arena, or are valid during the callback. A callback that returns
 * false ends the scan; it may read and commit, but not call store_dispatch() or store_flush().
 * Results: X4_OK, X4_ENOTFOUND, X4_EIO, X4_ENOMEM. */

int store_get_object(struct store *store, int64_t id, struct arena *arena,
                     struct store_object *out);
/* Up to len octets of the content from offset on; *got may be less only at its end. X4_ENOTFOUND:
 * no such object (chunks alone cannot be read). */
int store_read_content(struct store *store, int64_t object_id, uint64_t offset, void *to,
                       size_t len, size_t *got);
int store_get_item(struct store *store, int64_t id, struct arena *arena, struct store_item *out);
/* Urgent first, then normal, then non-urgent; within each by arrival. */
int store_scan_items(struct store *store,
                     bool (*each)(void *ctx, const struct store_queued *queued), void *ctx);
/* False also when reading failed: better a duplicate than a loss. */
bool store_has_digest(struct store *store, struct slice digest);
/* Oldest id first. */
int store_scan_deliveries(struct store *store, struct slice mailbox,
                          bool (*each)(void *ctx, const struct store_delivery *delivery),
                          void *ctx);
int store_get_delivery(struct store *store, int64_t id, struct arena *arena,
                       struct store_delivery *out);
/* In the order in which they were put. */
int store_scan_track(struct store *store, struct slice mts_id,
                     bool (*each)(void *ctx, const struct store_track *track), void *ctx);
/* Events with seq > after, oldest first; limit newest ones only when after is 0. */
int store_scan_events(struct store *store, int64_t after, unsigned limit,
                      bool (*each)(void *ctx, const struct store_event *event), void *ctx);
/* In the order of the DN's octets: what is above comes before what is below. */
int store_scan_entries(struct store *store,
                       bool (*each)(void *ctx, const struct store_entry *entry), void *ctx);
/* Octets that are free where the store lies; INT64_MAX: not known or not limited. */
int64_t store_free_space(struct store *store);
/* Full integrity check, for tools and tests; text says what is wrong. */
int store_check(struct store *store, char *text, size_t size);
