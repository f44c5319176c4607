/* SPDX-License-Identifier: Apache-2.0 */
/* The schema and the statements, in the common subset of SQLite and PostgreSQL: parameters are $1,
 * $2 ... in the order of their first use, text compares by octets, no row is found by anything but
 * its declared key. The two marks below are what the engines spell differently. */
#pragma once

/* In schema statements: a 64 bit integer primary key, and the words after a table that is best kept
 * in the order of its key. */
#define SQL_MARK_KEY       "@KEY"
#define SQL_MARK_CLUSTERED "@CLUSTERED"

enum { SQL_SCHEMA_VERSION = 2 };

/* What leads from version - 1 to version; statements end with NULL. */
struct sql_step {
    int version;
    const char *const *statements;
};
extern const struct sql_step sql_steps[SQL_SCHEMA_VERSION];

enum sql_id {
    /* meta */
    SQL_GET_META,
    SQL_SET_META,
    SQL_MAX_ID,
    SQL_DOOM_ABANDONED,
    SQL_FORGET_OWNED,
    SQL_ANY_DOOMED,
    SQL_LAST_EVENT,
    SQL_LAST_TRACK,
    /* objects and contents */
    SQL_INSERT_OBJECT,
    SQL_UPDATE_OBJECT,
    SQL_UPDATE_ITEMS_OF_OBJECT,
    SQL_PUT_PLACES,
    SQL_GET_PLACES,
    SQL_TAKE_PLACES,
    SQL_SCAN_PLACES,
    SQL_DOOM_CHUNKS,
    SQL_OBJECT_SIZE,
    SQL_CHUNKS_SIZE,
    SQL_REAP_OBJECT,
    SQL_DELETE_CHUNKS,
    SQL_NEXT_DOOMED,
    SQL_DELETE_SOME_CHUNKS,
    SQL_FORGET_DOOMED,
    /* items and deliveries */
    SQL_PUT_ITEM,
    SQL_DELETE_ITEM,
    SQL_PUT_DELIVERY,
    SQL_DELETE_DELIVERY,
    SQL_SET_READ,
    /* the rest */
    SQL_PUT_DIGEST,
    SQL_CLAIM_DIGEST,
    SQL_PUT_TRACK,
    SQL_PUT_EVENT,
    SQL_PUT_ENTRY,
    SQL_DELETE_ENTRY,
    SQL_EXPIRE_TRACK,
    SQL_EXPIRE_EVENTS,
    SQL_EXPIRE_DIGESTS,
    /* reading */
    SQL_GET_OBJECT,
    SQL_GET_CONTENT,
    SQL_GET_CHUNK,
    SQL_GET_ITEM,
    SQL_SCAN_ITEMS,
    SQL_HAS_DIGEST,
    SQL_SCAN_DELIVERIES,
    SQL_GET_DELIVERY,
    SQL_SCAN_TRACK,
    SQL_SCAN_EVENTS_AFTER,
    SQL_SCAN_EVENTS_LAST,
    SQL_SCAN_ENTRIES,
    SQL_COUNT
};
extern const char *const sql_text[SQL_COUNT];

/* Conditions that must not hold; a statement gives the id of one offender, or no row. */
struct sql_check {
    const char *what;
    const char *statement;
};
enum { SQL_CHECKS = 8 };
extern const struct sql_check sql_checks[SQL_CHECKS];
