/* SPDX-License-Identifier: Apache-2.0 */
/* The directory read back from the store: all of it, or an error. What cannot be read must not look
 * like a store that has none yet, because then the seed would take its place. */
#include "control/control.h"

#include "fault_vfs.h"
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>

enum { MAILBOXES = 400, CALLS_MAX = 1000 };

static int load(struct fixture *f, size_t *objects)
{
    struct directory *directory;
    struct conf_errors errors;
    int error;

    conf_errors_init(&errors, "directory");
    error = control_load_directory(f->store, &directory, &errors);
    *objects = error ? 0 : directory_size(directory);
    assert_int_equal(error == X4_OK, directory != NULL);
    if (directory)
        directory_unref(&directory);
    conf_errors_free(&errors);
    return error;
}

static struct directory *make_directory(void)
{
    static const char head[] = "objects:\n  /o=Net: {}\n"
                               "  /o=Net/ou=S: {gdi: {country: GB, admd: ' ', prmd: ACME}}\n";
    struct directory *empty = directory_empty(), *made = NULL;
    struct conf_document document;
    struct conf_errors errors;
    struct buf text;

    buf_init(&text, 1 << 20);
    buf_text(&text, head);
    for (int i = 0; i < MAILBOXES; i++)
        buf_printf(&text,
                   "  /o=Net/ou=S/cn=Recipients/cn=u%d: {addresses: ['/S=U%d/C=GB/ADMD= /']}\n", i,
                   i);
    conf_errors_init(&errors, "test");
    assert_int_equal(conf_document_parse(buf_view(&text), &document, &errors), X4_OK);
    assert_int_equal(directory_apply(empty, &document, DIRECTORY_MERGE, &made, &errors), X4_OK);
    conf_errors_free(&errors);
    conf_document_free(&document);
    directory_unref(&empty);
    buf_free(&text);
    return made;
}

/* Stores it; the number of its objects. */
static size_t fill(struct fixture *f)
{
    struct directory *directory = make_directory();
    size_t objects = directory_size(directory);

    COMMIT_OK(f, control_put_entries(txn, directory));
    directory_unref(&directory);
    return objects;
}

static void an_empty_store_has_none(void **state)
{
    size_t objects;

    assert_int_equal(load(*state, &objects), X4_ENOTFOUND);
}

static void all_of_it_comes_back(void **state)
{
    struct fixture *f = *state;
    size_t stored = fill(f), objects;

    assert_true(stored >= MAILBOXES);
    fixture_reopen(f);
    assert_int_equal(load(f, &objects), X4_OK);
    assert_int_equal(objects, stored);
}

/* Each read fails in turn, from the first page of the table to the last. */
static void what_cannot_be_read_is_not_empty(void **state)
{
    struct fixture *f = *state;
    size_t stored = fill(f), objects;
    unsigned n, failed = 1;

    for (n = 1; failed && n < CALLS_MAX; n++) {
        int error;

        fixture_reopen(f); /* nothing is cached */
        fault_arm(FAULT_READ, n, SQLITE_IOERR_READ, false);
        error = load(f, &objects);
        failed = fault_disarm();
        assert_int_equal(error, failed ? X4_EIO : X4_OK);
        assert_int_equal(objects, failed ? 0 : stored);
    }
    assert_in_range(n, 5, CALLS_MAX - 1); /* several could fail, and all were tried */
}

static void a_damaged_entry_is_an_error(void **state)
{
    const struct store_entry entry = {.dn = SLICE_LIT("/o=Net/ou=S/cn=Recipients/cn=u7"),
                                      .class_name = SLICE_LIT("mailbox"),
                                      .json = SLICE_LIT("{\"addresses\":")};
    struct fixture *f = *state;
    size_t objects;

    fill(f);
    COMMIT_OK(f, store_put_entry(txn, &entry));
    assert_int_equal(load(f, &objects), X4_ESYNTAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_store_has_none, fixture_setup_faulty,
                                        fixture_teardown_faulty),
        cmocka_unit_test_setup_teardown(all_of_it_comes_back, fixture_setup_faulty,
                                        fixture_teardown_faulty),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_not_empty, fixture_setup_faulty,
                                        fixture_teardown_faulty),
        cmocka_unit_test_setup_teardown(a_damaged_entry_is_an_error, fixture_setup_faulty,
                                        fixture_teardown_faulty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
