/* SPDX-License-Identifier: Apache-2.0 */
/* What comes round again is found, by whatever its trace has to tell (2.6). */
#include "fixture.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CONTENT SLICE_LIT("content, opaque to an MTA")
#define MAX     "/S=Max/O=Wien/PRMD=WALZER/ADMD= /C=AT/" /* Berlin is the only way there */

/* The APDU as Berlin would hand it on, which keeps internal trace to itself. */
static struct slice passed_through_berlin(struct bench *b, struct slice apdu)
{
    const struct mts_identity berlin = {.gdi = mts_gdi_make("DE", " ", "BIER")};
    const struct mts_passage passage = {
        .own = &berlin, .arrival_ms = bench_now(b), .deferred_ms = MTS_NO_TIME};
    struct mts_apdu *decoded = bench_decode(b, apdu);
    struct mts_envelope *env = &decoded->message.envelope;
    struct mts_trace_element *trace = arena_array(&b->arena, env->trace.count + 1, sizeof(*trace));
    struct buf out;

    buf_init(&out, LIMIT_ENVELOPE);
    assert_int_equal(mts_put_trace_element(&passage, &out), X4_OK);
    memcpy(trace, env->trace.items, env->trace.count * sizeof(*trace));
    trace[env->trace.count] =
        (struct mts_trace_element){.raw = arena_dup(&b->arena, buf_view(&out))};
    env->trace = (struct ber_list){.items = trace, .count = env->trace.count + 1};
    env->extensions = (struct ber_list){.items = NULL};
    env->raw = decoded->message.raw = decoded->raw = SLICE_NONE;
    buf_reset(&out);
    assert_int_equal(ber_encode(&ber_type_mts_apdu, decoded, &out, NULL), X4_OK);
    apdu = arena_dup(&b->arena, buf_view(&out));
    buf_free(&out);
    return apdu;
}

/* 2.6: a connector without remote-gdi does not say whose domain the neighbour is, the trace does.
 */
static void a_loop_through_a_domain_that_nobody_named_is_found(void **state)
{
    struct bench *b = bench_new("");
    const struct mta_in_source berlin = {.connector = TO_BERLIN, .gdi = &mta_identity(b->mta)->gdi};
    struct mta_in *in;

    (void)state;
    bench_submit(b, &(struct letter){.recipients = {MAX}, .report = MTS_NON_DELIVERY_REPORT},
                 CONTENT);
    in = mta_in_new(b->mta, &berlin);
    assert_non_null(in);
    mta_in_put(in, passed_through_berlin(b, bench_send(b, TO_BERLIN)));
    bench_end(b, &in);
    bench_settle(b);
    assert_true(bench_has_event(b, EVENT_LOOP_DETECTED));
    assert_int_equal(bench_entries(b, BOX_ANN), 1);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_through_a_domain_that_nobody_named_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
