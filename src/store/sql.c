/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include <stddef.h>

/* ---- schema ---------------------------------------------------------------------------------- */

/* objects: one row per APDU; content is there when it fits one chunk, and comes last, so that
 *     reading the other columns does not touch it.
 * chunks: longer contents; chunk seq holds the octets from seq * 64 KiB on. Since version 2 there
 * are new ones only where contents have no file of their own. loose: objects whose chunks nobody
 * owns: doomed 0 while the object is being received, 1 when they are to be removed, which upkeep
 * does in portions. items: repeats what a queue scan needs of the object, so that 100,000 are read
 * from compact pages without touching envelopes. rank is the order of service: 0 urgent, 1 normal,
 * 2 non-urgent. track, events: numbered in the order in which they were put. */
static const char *const step_1[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
    "CREATE TABLE objects (id @KEY, kind INTEGER NOT NULL, priority INTEGER NOT NULL,"
    " arrival_ms BIGINT NOT NULL, content_len BIGINT NOT NULL, mts_id TEXT NOT NULL,"
    " source TEXT NOT NULL, envelope BYTEA NOT NULL, content BYTEA)",
    "CREATE TABLE chunks (object_id BIGINT NOT NULL, seq INTEGER NOT NULL, data BYTEA NOT NULL,"
    " PRIMARY KEY (object_id, seq))",
    "CREATE TABLE loose (object_id @KEY, doomed INTEGER NOT NULL)",
    "CREATE TABLE items (id @KEY, object_id BIGINT NOT NULL, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, next_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL,"
    " queue TEXT NOT NULL, recipients BYTEA NOT NULL, reason TEXT NOT NULL,"
    " kind INTEGER NOT NULL, priority INTEGER NOT NULL, rank INTEGER NOT NULL,"
    " arrival_ms BIGINT NOT NULL, content_len BIGINT NOT NULL, mts_id TEXT NOT NULL,"
    " source TEXT NOT NULL)",
    "CREATE INDEX items_by_rank ON items (rank, arrival_ms, id)",
    "CREATE INDEX items_by_object ON items (object_id)",
    "CREATE TABLE deliveries (id @KEY, object_id BIGINT NOT NULL, mailbox TEXT NOT NULL,"
    " delivered_ms BIGINT NOT NULL, seen INTEGER NOT NULL, envelope BYTEA NOT NULL)",
    "CREATE INDEX deliveries_by_mailbox ON deliveries (mailbox, id)",
    "CREATE INDEX deliveries_by_object ON deliveries (object_id)",
    "CREATE TABLE digests (digest BYTEA NOT NULL PRIMARY KEY, until_ms BIGINT NOT NULL)@CLUSTERED",
    "CREATE INDEX digests_by_time ON digests (until_ms)",
    "CREATE TABLE track (id @KEY, time_ms BIGINT NOT NULL, mts_id TEXT NOT NULL,"
    " action TEXT NOT NULL, detail TEXT NOT NULL)",
    "CREATE INDEX track_by_mts_id ON track (mts_id, id)",
    "CREATE TABLE events (seq @KEY, time_ms BIGINT NOT NULL, number INTEGER NOT NULL,"
    " severity INTEGER NOT NULL, json TEXT NOT NULL)",
    "CREATE TABLE entries (dn TEXT NOT NULL PRIMARY KEY, class_name TEXT NOT NULL,"
    " json TEXT NOT NULL)",
    /* epoch: see store_new_id(); fence: counts recoveries after I/O errors */
    "INSERT INTO meta (name, value) VALUES ('schema', 1), ('epoch', 0), ('fence', 0)",
    NULL,
};

/* places: contents that lie in the file "contents", see store/contents.h. The numbers of the
 * blocks, 4 octets each, the first chunk's first. An object's content is inside of it, or here, or,
 * put by a program that knew version 1, in chunks. */
static const char *const step_2[] = {
    "CREATE TABLE places (object_id @KEY, length BIGINT NOT NULL, blocks BYTEA NOT NULL)",
    NULL,
};

const struct sql_step sql_steps[SQL_SCHEMA_VERSION] = {{1, step_1}, {2, step_2}};

/* ---- statements ------------------------------------------------------------------------------ */

/* SQLite takes $1 for a name and numbers names as they come: so the first uses must be in order. */

#define RANK "CASE priority WHEN 2 THEN 0 WHEN 0 THEN 1 ELSE 2 END"
#define ITEM_COLUMNS                                                                               \
    "id, object_id, state, attempts, next_ms, expires_ms, queue, recipients, reason"
#define QUEUED_COLUMNS "kind, priority, arrival_ms, content_len, mts_id, source"

const char *const sql_text[SQL_COUNT] = {
    [SQL_GET_META] = "SELECT value FROM meta WHERE name = $1",
    [SQL_SET_META] = "INSERT INTO meta (name, value) VALUES ($1, $2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_MAX_ID] = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM objects"
                   " UNION ALL SELECT MAX(id) FROM items UNION ALL SELECT MAX(id) FROM deliveries"
                   " UNION ALL SELECT MAX(object_id) FROM loose) AS ids",
    [SQL_DOOM_ABANDONED] = "UPDATE loose SET doomed = 1 WHERE doomed = 0 AND NOT EXISTS"
                           " (SELECT 1 FROM objects WHERE id = loose.object_id)",
    [SQL_FORGET_OWNED] = "DELETE FROM loose WHERE doomed = 0",
    [SQL_ANY_DOOMED] = "SELECT 1 FROM loose WHERE doomed = 1 LIMIT 1",
    [SQL_LAST_EVENT] = "SELECT COALESCE(MAX(seq), 0) FROM events",
    [SQL_LAST_TRACK] = "SELECT COALESCE(MAX(id), 0) FROM track",

    [SQL_INSERT_OBJECT] =
        "INSERT INTO objects (kind, priority, arrival_ms, content_len, mts_id, source, envelope,"
        " content, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    [SQL_UPDATE_OBJECT] =
        "UPDATE objects SET kind = $1, priority = $2, arrival_ms = $3, content_len = $4,"
        " mts_id = $5, source = $6, envelope = $7, content = COALESCE($8, content) WHERE id = $9",
    [SQL_UPDATE_ITEMS_OF_OBJECT] =
        "UPDATE items SET (rank, " QUEUED_COLUMNS ") = (SELECT " RANK ", " QUEUED_COLUMNS
        " FROM objects WHERE id = $1) WHERE object_id = $1",
    [SQL_PUT_PLACES] = "INSERT INTO places (object_id, length, blocks) VALUES ($1, $2, $3)"
                       " ON CONFLICT (object_id) DO UPDATE SET length = excluded.length,"
                       " blocks = excluded.blocks",
    [SQL_GET_PLACES] = "SELECT length, blocks FROM places WHERE object_id = $1",
    [SQL_TAKE_PLACES] = "DELETE FROM places WHERE object_id = $1 RETURNING blocks",
    [SQL_SCAN_PLACES] = "SELECT object_id, length, blocks FROM places",
    [SQL_DOOM_CHUNKS] = "INSERT INTO loose (object_id, doomed) VALUES ($1, 1)"
                        " ON CONFLICT (object_id) DO UPDATE SET doomed = 1",
    [SQL_OBJECT_SIZE] = "SELECT kind, content_len, LENGTH(content) FROM objects WHERE id = $1",
    [SQL_CHUNKS_SIZE] =
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT), COALESCE(MAX(last), 0) FROM"
        " (SELECT LENGTH(data) AS size, CAST(seq AS BIGINT) * 65536 + LENGTH(data) AS last"
        " FROM chunks WHERE object_id = $1"
        " UNION ALL SELECT length, length FROM places WHERE object_id = $1) AS parts",
    [SQL_REAP_OBJECT] = "DELETE FROM objects WHERE id = $1"
                        " AND NOT EXISTS (SELECT 1 FROM items WHERE object_id = $1)"
                        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE object_id = $1)"
                        " RETURNING CASE WHEN content IS NULL THEN content_len ELSE 0 END",
    [SQL_DELETE_CHUNKS] = "DELETE FROM chunks WHERE object_id = $1",
    [SQL_NEXT_DOOMED] = "SELECT object_id FROM loose WHERE doomed = 1 LIMIT 1",
    [SQL_DELETE_SOME_CHUNKS] =
        "DELETE FROM chunks WHERE object_id = $1 AND seq IN"
        " (SELECT seq FROM chunks WHERE object_id = $1 ORDER BY seq LIMIT $2)",
    [SQL_FORGET_DOOMED] = "DELETE FROM loose WHERE object_id = $1",

    [SQL_PUT_ITEM] =
        "INSERT INTO items (" ITEM_COLUMNS ", rank, " QUEUED_COLUMNS ")"
        " SELECT $1, id, $2, $3, $4, $5, $6, $7, $8, " RANK ", " QUEUED_COLUMNS
        " FROM objects WHERE id = $9"
        " ON CONFLICT (id) DO UPDATE SET object_id = excluded.object_id, state = excluded.state,"
        " attempts = excluded.attempts, next_ms = excluded.next_ms,"
        " expires_ms = excluded.expires_ms, queue = excluded.queue,"
        " recipients = excluded.recipients, reason = excluded.reason, rank = excluded.rank,"
        " kind = excluded.kind, priority = excluded.priority, arrival_ms = excluded.arrival_ms,"
        " content_len = excluded.content_len, mts_id = excluded.mts_id,"
        " source = excluded.source",
    [SQL_DELETE_ITEM] = "DELETE FROM items WHERE id = $1",
    [SQL_PUT_DELIVERY] =
        "INSERT INTO deliveries (id, object_id, mailbox, delivered_ms, seen, envelope)"
        " SELECT $1, id, $2, $3, $4, $5 FROM objects WHERE id = $6"
        " ON CONFLICT (id) DO UPDATE SET object_id = excluded.object_id,"
        " mailbox = excluded.mailbox, delivered_ms = excluded.delivered_ms,"
        " seen = excluded.seen, envelope = excluded.envelope",
    [SQL_DELETE_DELIVERY] = "DELETE FROM deliveries WHERE id = $1",
    [SQL_SET_READ] = "UPDATE deliveries SET seen = $1 WHERE id = $2",

    [SQL_PUT_DIGEST] = "INSERT INTO digests (digest, until_ms) VALUES ($1, $2)"
                       " ON CONFLICT (digest) DO UPDATE SET until_ms = excluded.until_ms",
    [SQL_CLAIM_DIGEST] = "INSERT INTO digests (digest, until_ms) VALUES ($1, $2)"
                         " ON CONFLICT DO NOTHING",
    [SQL_PUT_TRACK] = "INSERT INTO track (id, time_ms, mts_id, action, detail)"
                      " VALUES ($1, $2, $3, $4, $5)",
    [SQL_PUT_EVENT] = "INSERT INTO events (seq, time_ms, number, severity, json)"
                      " VALUES ($1, $2, $3, $4, $5)",
    [SQL_PUT_ENTRY] = "INSERT INTO entries (dn, class_name, json) VALUES ($1, $2, $3)"
                      " ON CONFLICT (dn) DO UPDATE SET class_name = excluded.class_name,"
                      " json = excluded.json",
    [SQL_DELETE_ENTRY] = "DELETE FROM entries WHERE dn = $1",
    /* The newest stays, so that numbers go on after it. */
    [SQL_EXPIRE_TRACK] = "DELETE FROM track WHERE time_ms < $1 AND id < (SELECT MAX(id) FROM track)"
                         " AND id IN (SELECT id FROM track ORDER BY id LIMIT $2)",
    [SQL_EXPIRE_EVENTS] =
        "DELETE FROM events WHERE time_ms < $1 AND seq < (SELECT MAX(seq) FROM events)"
        " AND seq IN (SELECT seq FROM events ORDER BY seq LIMIT $2)",
    [SQL_EXPIRE_DIGESTS] =
        "DELETE FROM digests WHERE digest IN"
        " (SELECT digest FROM digests WHERE until_ms < $1 ORDER BY until_ms LIMIT $2)",

    [SQL_GET_OBJECT] = "SELECT kind, priority, arrival_ms, content_len, mts_id, source, envelope"
                       " FROM objects WHERE id = $1",
    [SQL_GET_CONTENT] =
        "SELECT o.content_len, o.content, p.length, SUBSTR(p.blocks, $1, $2) FROM objects AS o"
        " LEFT JOIN places AS p ON p.object_id = o.id WHERE o.id = $3",
    [SQL_GET_CHUNK] = "SELECT data FROM chunks WHERE object_id = $1 AND seq = $2",
    [SQL_GET_ITEM] = "SELECT " ITEM_COLUMNS " FROM items WHERE id = $1",
    [SQL_SCAN_ITEMS] =
        "SELECT " ITEM_COLUMNS ", " QUEUED_COLUMNS " FROM items ORDER BY rank, arrival_ms, id",
    [SQL_HAS_DIGEST] = "SELECT 1 FROM digests WHERE digest = $1",
    [SQL_SCAN_DELIVERIES] = "SELECT id, object_id, mailbox, delivered_ms, seen, envelope"
                            " FROM deliveries WHERE mailbox = $1 ORDER BY id",
    [SQL_GET_DELIVERY] = "SELECT id, object_id, mailbox, delivered_ms, seen, envelope"
                         " FROM deliveries WHERE id = $1",
    [SQL_SCAN_TRACK] = "SELECT time_ms, mts_id, action, detail FROM track WHERE mts_id = $1"
                       " ORDER BY id",
    [SQL_SCAN_EVENTS_AFTER] = "SELECT seq, time_ms, number, severity, json FROM events"
                              " WHERE seq > $1 ORDER BY seq",
    [SQL_SCAN_EVENTS_LAST] =
        "SELECT seq, time_ms, number, severity, json FROM"
        " (SELECT seq, time_ms, number, severity, json FROM events ORDER BY seq DESC LIMIT $1)"
        " AS newest ORDER BY seq",
    [SQL_SCAN_ENTRIES] = "SELECT dn, class_name, json FROM entries ORDER BY dn",
};

/* ---- checks ---------------------------------------------------------------------------------- */

#define CONTENT_OF                                                                                 \
    "FROM objects AS o LEFT JOIN chunks AS c ON c.object_id = o.id"                                \
    " LEFT JOIN places AS p ON p.object_id = o.id"

const struct sql_check sql_checks[SQL_CHECKS] = {
    {"item without its object",
     "SELECT id FROM items WHERE object_id NOT IN (SELECT id FROM objects) LIMIT 1"},
    {"delivery without its object",
     "SELECT id FROM deliveries WHERE object_id NOT IN (SELECT id FROM objects) LIMIT 1"},
    {"item that contradicts its object",
     "SELECT i.id FROM items AS i JOIN objects AS o ON o.id = i.object_id WHERE i.kind <> o.kind"
     " OR i.priority <> o.priority OR i.arrival_ms <> o.arrival_ms OR i.mts_id <> o.mts_id"
     " OR i.source <> o.source OR i.content_len <> o.content_len LIMIT 1"},
    /* kind 3 is quarantine, which nothing need refer to */
    {"object that nothing refers to",
     "SELECT id FROM objects WHERE kind <> 3 AND id NOT IN (SELECT object_id FROM items)"
     " AND id NOT IN (SELECT object_id FROM deliveries) LIMIT 1"},
    {"content with a wrong length",
     "SELECT id FROM objects WHERE content IS NOT NULL AND LENGTH(content) <> content_len LIMIT 1"},
    /* kind 2 is a probe, which states a length and has no content */
    {"content that is incomplete",
     "SELECT o.id " CONTENT_OF " WHERE o.content IS NULL AND o.kind <> 2 GROUP BY o.id"
     " HAVING COALESCE(SUM(LENGTH(c.data)), 0) + COALESCE(MAX(p.length), 0) <> MAX(o.content_len)"
     " OR COALESCE(MAX(CAST(c.seq AS BIGINT) * 65536 + LENGTH(c.data)), 0)"
     " + COALESCE(MAX(p.length), 0) <> MAX(o.content_len) LIMIT 1"},
    {"content that is there twice", "SELECT o.id " CONTENT_OF " WHERE o.content IS NOT NULL"
                                    " AND (c.seq IS NOT NULL OR p.length IS NOT NULL) LIMIT 1"},
    {"content that nothing owns",
     "SELECT object_id FROM chunks WHERE object_id NOT IN (SELECT id FROM objects)"
     " AND object_id NOT IN (SELECT object_id FROM loose)"
     " UNION ALL SELECT object_id FROM places WHERE object_id NOT IN (SELECT id FROM objects)"
     " LIMIT 1"},
};
