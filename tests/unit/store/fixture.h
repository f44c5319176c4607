/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests share: a store in a directory of its own, and short ways to fill it. */
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FIXTURE_PATH = 256, FIXTURE_TEXT = 300 };

struct fixture {
    struct store *store;
    struct store_params params;
    char directory[FIXTURE_PATH];
    char text[FIXTURE_TEXT]; /* of the last store_open() or store_check() that failed */
    struct arena arena;
    int faults;      /* reports through params.fault */
    int fault_error; /* the last of them */
    char fault_text[FIXTURE_TEXT];
};

/* Makes the directory and opens the store; params.directory, owner and fault are filled in here. */
void fixture_open(struct fixture *f, const char *engine, bool threaded);
/* Closes, and opens what is there again. */
void fixture_reopen(struct fixture *f);
/* Closes and removes the directory. */
void fixture_close(struct fixture *f);
/* Path of a file in the store's directory, valid until the next call. */
const char *fixture_path(const struct fixture *f, const char *name);
void fixture_remove_tree(const char *directory);

/* Commits and waits; the result. */
int commit_wait(struct fixture *f, struct store_txn **txn);
/* Waits for one transaction with one operation, or fails the test. */
#define COMMIT_OK(f, call)                                                                         \
    do {                                                                                           \
        struct store_txn *txn = store_begin((f)->store);                                           \
        call;                                                                                      \
        assert_int_equal(commit_wait((f), &txn), X4_OK);                                           \
    } while (0)
#define COMMIT_FAILS(f, error, call)                                                               \
    do {                                                                                           \
        struct store_txn *txn = store_begin((f)->store);                                           \
        call;                                                                                      \
        assert_int_equal(commit_wait((f), &txn), (error));                                         \
    } while (0)

/* A normal message "mts-<id>" from "/cn=in" with the text as its content (NULL: none). */
struct store_object make_object(struct fixture *f, int64_t id, const char *content);
/* A ready item in queue "/cn=out". */
struct store_item make_item(int64_t id, int64_t object_id);
/* One transaction: a message and its item. */
int put_message(struct fixture *f, int64_t object_id, int64_t item_id, const char *content);
/* Octets that differ with where they are. */
void fill_pattern(uint8_t *to, size_t len, uint64_t offset);
/* Puts a message with len octets of pattern in chunks, and its item. */
void put_large(struct fixture *f, int64_t object_id, int64_t item_id, uint64_t len);

/* What a scan has shown, as a line of text. */
struct seen {
    char text[512];
    unsigned stop_after; /* 0: never */
    unsigned count;
};
/* Adds to the text; false when the scan is to stop. */
bool see(struct seen *seen, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool see_entry(void *ctx, const struct store_entry *entry); /* "<dn>=<class><json> " */

unsigned count_items(struct fixture *f);
unsigned count_events(struct fixture *f);
void assert_slice(struct slice s, const char *text);
/* The whole content of an object is the text. */
void assert_content(struct fixture *f, int64_t object_id, const char *text);
void assert_sound(struct fixture *f);

/* A table of cases, run with every engine, with and without a thread. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int run_everywhere(const struct CMUnitTest *tests, size_t count);
#define RUN_EVERYWHERE(tests) run_everywhere(tests, sizeof(tests) / sizeof(tests[0]))

/* With SQLite on the VFS of fault_vfs.h. */
int fixture_setup_faulty(void **state);
int fixture_teardown_faulty(void **state);
