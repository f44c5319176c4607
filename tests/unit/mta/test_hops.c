/* SPDX-License-Identifier: Apache-2.0 */
/* One object and very many next hops. */
#include "fixture.h"

#include "base/error.h"
#include "mta/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { HOPS = 1000 };

static struct mta_queue *hop(struct bench *b, int i)
{
    char dn[32];

    snprintf(dn, sizeof(dn), "(hop %d)", i);
    return mta_queue_of(b->mta, dn);
}

/* 2.12: a copy for each, and nobody fails because there are many. */
static void every_next_hop_has_its_copy(void **state)
{
    struct bench *b = bench_new("");
    const struct letter letter = {.originator = BOB, .recipients = {EVA}};
    struct mta_work *w = mta_work_new(b->mta, store_new_id(b->store));

    (void)state;
    assert_non_null(w);
    w->stored = bench_foreign(b, &letter, SLICE_LIT(""));
    assert_int_equal(mta_work_decode(w, NULL), X4_OK);
    w->arrival_ms = bench_now(b);
    mta_work_put_object(w, SLICE_NONE);
    for (int i = 0; i < HOPS; i++)
        mta_work_route(w, hop(b, i), 0);
    mta_work_queue(w);
    assert_int_equal(w->outcome_count, 0);
    assert_int_equal(mta_work_commit(&w, NULL, NULL), X4_OK);
    bench_settle(b);
    for (int i = 0; i < HOPS; i++)
        assert_int_equal(hop(b, i)->count, 1);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_next_hop_has_its_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
