/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that takes nothing: what two MTAs do meanwhile and afterwards. */
#include "pair.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct parcel letter = {.octets = 5000};
static const struct parcel heavy = {.octets = 1000 * 1000};

/* ---- the fault: the linker puts this in the place of store_commit() -------------------------- */

static struct store *ledger; /* carries the bad news */
static int failure;          /* X4_OK: none */
static unsigned failures;

typedef void done_fn(void *ctx, int result);

void __real_store_commit(struct store_txn **txn, done_fn *done, void *ctx);
void __wrap_store_commit(struct store_txn **txn, done_fn *done, void *ctx);

struct news {
    done_fn *done;
    void *ctx;
    int result;
};

static void tell(void *ctx, int result)
{
    struct news *n = ctx;

    (void)result;
    if (n->done)
        n->done(n->ctx, n->result);
    free(n);
}

void __wrap_store_commit(struct store_txn **txn, done_fn *done, void *ctx)
{
    struct news *n;
    struct store_txn *empty;

    if (!failure) {
        __real_store_commit(txn, done, ctx);
        return;
    }
    failures++;
    store_abandon(txn);
    n = malloc(sizeof(*n));
    assert_non_null(n);
    *n = (struct news){done, ctx, failure};
    empty = store_begin(ledger);
    __real_store_commit(&empty, tell, n);
}

static struct pair *make_with(const struct pair_options *options)
{
    struct pair *p = pair_new(options);

    ledger = p->a.store;
    failures = 0;
    return p;
}

static struct pair *make(const char *a, const char *b)
{
    const struct pair_options options = {.a_connector = a, .b_connector = b};

    return make_with(&options);
}

/* ---- scenes ---------------------------------------------------------------------------------- */

/* Refused for now, and taken later; nothing doubled. */
static void test_receiving(void **state)
{
    static const int errors[] = {X4_EFULL, X4_EIO, X4_ENOMEM};
    static const struct parcel *const parcels[] = {&letter, &heavy};

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]) * 2; i++) {
        struct pair *p = make("transfer-interval: 10", "");

        sim_host_down(p->b.io, true);
        site_send(&p->a, parcels[i % 2]);
        pair_advance(p, SECOND);
        failure = errors[i / 2];
        sim_host_down(p->b.io, false);
        pair_advance(p, 30 * SECOND);
        assert_true(failures > 0);
        assert_int_equal(site_messages(&p->b), 0);
        assert_int_equal(site_queued(&p->a), 1);
        failure = X4_OK;
        pair_advance(p, 5 * MINUTE);
        assert_int_equal(site_messages(&p->b), 1);
        assert_int_equal(site_queued(&p->a), 0);
        pair_free(&p);
    }
}

/* What cannot be submitted is refused, and leaves nothing. */
static void test_submitting(void **state)
{
    struct pair *p = make("", "");

    (void)state;
    failure = X4_EFULL;
    site_send(&p->a, &letter);
    site_send(&p->a, &heavy);
    pair_advance(p, MINUTE);
    failure = X4_OK;
    assert_int_equal(p->a.accepted, 0);
    assert_int_equal(site_queued(&p->a), 0);
    site_send(&p->a, &letter);
    pair_advance(p, MINUTE);
    assert_int_equal(p->a.accepted, 1);
    assert_int_equal(site_messages(&p->b), 1);
    pair_free(&p);
}

/* The connector goes while nothing can be written: the messages are kept, and returned later. */
static void test_rerouting(void **state)
{
    struct pair *p = make("", "");

    (void)state;
    sim_host_down(p->b.io, true);
    site_send(&p->a, &letter);
    site_send(&p->a, &letter);
    pair_advance(p, SECOND);
    failure = X4_EFULL;
    site_change(&p->a, "null");
    pair_advance(p, 5 * MINUTE);
    assert_int_equal(site_queued(&p->a), 2);
    assert_int_equal(site_reports(&p->a), 0);
    failure = X4_OK;
    pair_advance(p, 5 * MINUTE);
    assert_int_equal(site_queued(&p->a), 0);
    assert_int_equal(site_reports(&p->a), 2);
    pair_free(&p);
}

/* Their time runs out while nothing can be written. */
static void test_expiring(void **state)
{
    struct pair *p = make_with(&(struct pair_options){.a_server = "message-timeout-normal: 10"});

    (void)state;
    sim_host_down(p->b.io, true);
    site_send(&p->a, &letter);
    site_send(&p->a, &letter);
    site_send(&p->a, &letter);
    pair_advance(p, SECOND);
    failure = X4_EIO;
    pair_advance(p, HOUR);
    assert_int_equal(site_queued(&p->a), 3);
    failure = X4_OK;
    pair_advance(p, 5 * MINUTE);
    assert_int_equal(site_queued(&p->a), 0);
    assert_int_equal(site_reports(&p->a), 3);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receiving),
        cmocka_unit_test(test_submitting),
        cmocka_unit_test(test_rerouting),
        cmocka_unit_test(test_expiring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
