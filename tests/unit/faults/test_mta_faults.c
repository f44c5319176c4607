/* SPDX-License-Identifier: Apache-2.0 */
/* An MTA without memory: whichever allocation fails while an object comes in, the object is taken
 * over as it should be, or not at all, and then the peer sends it again; what is here already stays
 * until there is memory. Nobody is told of a failure that is none of his. */
#include "faults.h"

#include "../mta/fixture.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")

enum { ALLOCATIONS_MAX = 100 * 1000, LATER_MS = 3 * 60 * 1000, HOUR_MS = 3600 * 1000 };

/* What is where in the end. */
struct expected {
    size_t jim, paris, berlin, deferred;
};

static void receive(struct bench *b, struct slice apdu)
{
    const struct mts_gdi gdi = mts_gdi_make("FR", " ", "BISTRO");
    const struct mta_in_source source = {.connector = TO_PARIS, .gdi = &gdi};
    struct mta_in *in = mta_in_new(b->mta, &source);

    if (!in)
        return; /* no room for now */
    mta_in_put(in, apdu);
    bench_end(b, &in);
    bench_settle(b);
}

static void assert_where(struct bench *b, const struct expected *e, unsigned n)
{
    if (bench_entries(b, BOX_JIM) != e->jim || bench_queued(b, TO_PARIS) != e->paris ||
        bench_queued(b, TO_BERLIN) != e->berlin || bench_queued(b, "(deferred)") != e->deferred ||
        bench_queued(b, "(quarantine)") != 0)
        fail_msg("allocation %u: Jim %zu, Paris %zu, Berlin %zu, deferred %zu, quarantine %zu", n,
                 bench_entries(b, BOX_JIM), bench_queued(b, TO_PARIS), bench_queued(b, TO_BERLIN),
                 bench_queued(b, "(deferred)"), bench_queued(b, "(quarantine)"));
}

/* Each allocation fails once; then the peer, who may not have been answered, sends it again. */
static void fail_each(const struct letter *letter, const struct expected *e)
{
    static const struct expected nothing = {0};
    bool failed = true;

    for (unsigned n = 1; failed; n++) {
        struct bench *b = bench_new("");
        struct letter own = *letter;
        struct slice apdu;

        if (letter->deferred_ms)
            own.deferred_ms += bench_now(b);
        apdu = bench_foreign(b, &own, letter->kind == MTS_PROBE ? SLICE_NONE : CONTENT);
        assert_true(n < ALLOCATIONS_MAX);
        b->result = X4_EIO;
        fault_at(n);
        receive(b, apdu);
        failed = fault_happened();
        assert_where(b, b->result ? &nothing : e, n);
        receive(b, apdu);
        assert_where(b, e, n);
        bench_free(&b);
    }
}

static void a_message(void **state)
{
    (void)state;
    fail_each(&(struct letter){.originator = BOB,
                               .recipients = {JIM, EVA},
                               .report = MTS_NON_DELIVERY_REPORT},
              &(struct expected){.jim = 1, .berlin = 1});
}

static void a_message_that_is_reported_on(void **state)
{
    (void)state;
    fail_each(&(struct letter){.originator = BOB,
                               .recipients = {JIM, NOBODY},
                               .report = MTS_REPORT_BOTH,
                               .return_content = true},
              &(struct expected){.jim = 1, .paris = 1});
}

static void a_deferred_message(void **state)
{
    (void)state;
    fail_each(&(struct letter){.originator = BOB, .recipients = {JIM, EVA}, .deferred_ms = HOUR_MS},
              &(struct expected){.deferred = 1});
}

static void a_probe(void **state)
{
    (void)state;
    fail_each(&(struct letter){.kind = MTS_PROBE,
                               .originator = BOB,
                               .recipients = {JIM, EVA},
                               .report = MTS_REPORT_BOTH},
              &(struct expected){.paris = 1, .berlin = 1});
}

/* ---- what is here already -------------------------------------------------------------------- */

/* A letter from Ann is queued; then something happens, while each allocation fails once; a while
 * later all is as it should be. */
struct trial {
    struct letter letter;
    void (*happens)(struct bench *b);
    struct expected expected;
    size_t ann; /* reports that she has */
};

static void try_each(const struct trial *t)
{
    bool failed = true;

    for (unsigned n = 1; failed; n++) {
        struct bench *b = bench_new("");
        struct letter letter = t->letter;

        assert_true(n < ALLOCATIONS_MAX);
        if (letter.deferred_ms)
            letter.deferred_ms += bench_now(b);
        if (letter.latest_ms)
            letter.latest_ms += bench_now(b);
        bench_submit(b, &letter, CONTENT);
        fault_at(n);
        t->happens(b);
        failed = fault_happened();
        bench_advance(b, LATER_MS);
        assert_where(b, &t->expected, n);
        if (bench_entries(b, BOX_ANN) != t->ann)
            fail_msg("allocation %u: Ann %zu", n, bench_entries(b, BOX_ANN));
        bench_free(&b);
    }
}

static void begin_transfer(struct bench *b)
{
    static const struct mta_peer peer = {.to_1984 = true};
    static const struct mta_failed line_lost = {
        .what = MTA_FAIL_RETRY, .delay_ms = 1000, .max_attempts = 144, .text = "line lost"};
    struct mta_out *out = bench_open(b, TO_PARIS, &peer);

    if (out)
        mta_out_failed(&out, &line_lost);
    bench_settle(b);
}

/* With a name that has to be looked at for 1984. */
static void a_transfer(void **state)
{
    (void)state;
    try_each(&(struct trial){.letter = {.originator = ANN,
                                        .recipients = {"/CN=Bob/O=Paris/PRMD=BISTRO/ADMD= /C=FR/"},
                                        .report = MTS_NON_DELIVERY_REPORT},
                             .happens = begin_transfer,
                             .expected = {.paris = 1}});
}

/* The passage is noted, or it is later; and it is no ring because it has been noted before. */
static void send_unseen(struct bench *b)
{
    static const struct mta_peer peer = {.same_domain = true, .to_1984 = true};
    static const struct mta_failed line_lost = {.what = MTA_FAIL_ABANDON, .text = "line lost"};

    for (int i = 0; i < 3; i++) {
        struct mta_out *out = bench_open(b, TO_BERLIN, &peer);

        if (out)
            mta_out_failed(&out, &line_lost);
        bench_advance(b, LATER_MS);
    }
}

static void a_passage_without_a_trace(void **state)
{
    (void)state;
    try_each(&(struct trial){
        .letter = {.originator = ANN, .recipients = {EVA}, .report = MTS_NON_DELIVERY_REPORT},
        .happens = send_unseen,
        .expected = {.berlin = 1}});
}

/* The second one finds what the first has put off. */
static void fail_open_twice(struct bench *b)
{
    for (int i = 0; i < 2; i++) {
        mta_queue_open_failed(b->mta, mta_find_queue(b->mta, TO_BERLIN), 144, "no answer");
        bench_advance(b, LATER_MS);
    }
}

static void another_way(void **state)
{
    (void)state;
    try_each(&(struct trial){
        .letter = {.originator = ANN, .recipients = {EVA}, .report = MTS_NON_DELIVERY_REPORT},
        .happens = fail_open_twice,
        .expected = {.paris = 1}});
}

static void pass_two_hours(struct bench *b)
{
    bench_advance(b, 2 * HOUR_MS);
}

static void a_time_that_runs_out(void **state)
{
    (void)state;
    try_each(&(struct trial){.letter = {.originator = ANN,
                                        .recipients = {BOB},
                                        .report = MTS_NON_DELIVERY_REPORT,
                                        .latest_ms = HOUR_MS},
                             .happens = pass_two_hours,
                             .ann = 1});
}

static void a_time_that_comes(void **state)
{
    (void)state;
    try_each(&(struct trial){.letter = {.originator = ANN,
                                        .recipients = {JIM, BOB},
                                        .report = MTS_NON_DELIVERY_REPORT,
                                        .deferred_ms = HOUR_MS},
                             .happens = pass_two_hours,
                             .expected = {.jim = 1, .paris = 1}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message),          cmocka_unit_test(a_message_that_is_reported_on),
        cmocka_unit_test(a_deferred_message), cmocka_unit_test(a_probe),
        cmocka_unit_test(a_transfer),         cmocka_unit_test(a_passage_without_a_trace),
        cmocka_unit_test(another_way),        cmocka_unit_test(a_time_that_runs_out),
        cmocka_unit_test(a_time_that_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
