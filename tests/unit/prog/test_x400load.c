/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of x400load that judge: durations, the ledger, stamps, messages and their check. */
#include "base/error.h"
#include "prog/x400load/check.h"
#include "prog/x400load/latency.h"
#include "prog/x400load/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RUN = 0x1234abcd, NOW_US = 1790000000, CONTENT = 200 * 1024, PIECE = 1000 };

/* ---- durations ------------------------------------------------------------------------------- */

static void quantiles_are_at_most_a_bucket_too_high(void **state)
{
    struct latency l = {0};

    (void)state;
    for (int64_t us = 1; us <= 100000; us++)
        latency_add(&l, us);
    assert_int_equal(l.count, 100000);
    assert_int_equal(l.max_us, 100000);
    assert_in_range(latency_quantile(&l, 0.5), 50000, 50000 + 50000 / 32);
    assert_in_range(latency_quantile(&l, 0.99), 99000, 100000);
    assert_int_equal(latency_quantile(&l, 1), 100000);
}

static void small_durations_are_exact(void **state)
{
    struct latency l = {0};

    (void)state;
    assert_int_equal(latency_quantile(&l, 0.5), 0);
    latency_add(&l, -5);
    latency_add(&l, 63);
    latency_add(&l, 7);
    assert_int_equal(latency_quantile(&l, 0), 0);
    assert_int_equal(latency_quantile(&l, 0.5), 7);
    assert_int_equal(latency_quantile(&l, 0.99), 63);
}

static void the_longest_duration_has_a_place(void **state)
{
    struct latency l = {0};

    (void)state;
    latency_add(&l, INT64_MAX);
    assert_int_equal(latency_quantile(&l, 0.5), INT64_MAX);
}

/* ---- ledger ---------------------------------------------------------------------------------- */

static void a_second_mark_is_told(void **state)
{
    struct ledger l = {0};

    (void)state;
    assert_int_equal(ledger_mark(&l, RUN, 0), X4_OK);
    assert_int_equal(ledger_mark(&l, RUN, 7), X4_OK);
    assert_int_equal(ledger_mark(&l, RUN, 8), X4_OK);
    assert_int_equal(ledger_mark(&l, RUN, 7), X4_EEXIST);
    assert_int_equal(ledger_mark(&l, RUN + 1, 7), X4_OK); /* another run's */
    assert_int_equal(ledger_mark(&l, RUN, 5000000), X4_OK);
    assert_int_equal(ledger_mark(&l, RUN, 5000000), X4_EEXIST);
    assert_int_equal(ledger_mark(&l, RUN, 8), X4_EEXIST);
    assert_int_equal(l.marked, 5);
    assert_int_equal(l.again, 3);
    ledger_free(&l);
}

static void a_ledger_has_limits(void **state)
{
    struct ledger l = {0};

    (void)state;
    assert_int_equal(ledger_mark(&l, RUN, LEDGER_MAX), X4_ELIMIT);
    for (uint32_t run = 0; run < LEDGER_RUNS; run++)
        assert_int_equal(ledger_mark(&l, run, 1), X4_OK);
    assert_int_equal(ledger_mark(&l, LEDGER_RUNS, 1), X4_ELIMIT);
    assert_int_equal(l.marked, LEDGER_RUNS);
    ledger_free(&l);
}

/* ---- stamps ---------------------------------------------------------------------------------- */

static void a_stamp_is_read_as_written(void **state)
{
    const struct stamp in = {RUN, 9999999999, 32767, 1099511627776, 1790000000123456};
    char line[STAMP_LEN];
    struct stamp out;

    (void)state;
    stamp_print(&in, line);
    assert_true(stamp_parse(slice_make(line, sizeof(line)), &out));
    assert_int_equal(out.run, in.run);
    assert_int_equal(out.number, in.number);
    assert_int_equal(out.recipients, in.recipients);
    assert_int_equal(out.text_len, in.text_len);
    assert_int_equal(out.wall_us, in.wall_us);
    assert_false(stamp_parse(slice_make(line, sizeof(line) - 1), &out));
    line[20] = 'z';
    assert_false(stamp_parse(slice_make(line, sizeof(line)), &out));
}

static void a_local_id_is_read_as_written(void **state)
{
    char id[STAMP_LOCAL_ID_LEN];
    uint64_t number;
    uint32_t run;

    (void)state;
    stamp_local_id(RUN, 1234567890, id);
    assert_true(stamp_local_id_parse(slice_make(id, sizeof(id)), &run, &number));
    assert_int_equal(run, RUN);
    assert_int_equal(number, 1234567890);
    assert_false(stamp_local_id_parse(slice_make(id, sizeof(id) - 1), &run, &number));
    id[0] = 'y';
    assert_false(stamp_local_id_parse(slice_make(id, sizeof(id)), &run, &number));
}

/* ---- messages -------------------------------------------------------------------------------- */

struct fixture {
    struct stamp_text text;
    struct message message;
    struct message_copy copy;
    struct arrivals arrivals;
    struct check check;
    uint8_t *apdu;
    size_t len;
};

static struct message_params params_of(uint64_t size, unsigned recipients)
{
    return (struct message_params){.mta_name = "LOAD",
                                   .originator = "/S=load/PRMD=LOAD/ADMD= /C=GB/",
                                   .recipient = "/S=bob#/PRMD=SINK/ADMD= /C=FR/",
                                   .recipients = recipients,
                                   .size = size,
                                   .run = RUN,
                                   .now_ms = 1790000000000};
}

static void build(struct fixture *f, uint64_t size, unsigned recipients)
{
    struct message_params params = params_of(size, recipients);

    assert_int_equal(message_build(&params, &f->message, NULL), X4_OK);
    message_copy_init(&f->copy, &f->text);
    f->apdu = malloc(f->message.apdu_len);
    assert_non_null(f->apdu);
}

/* The octets of message number, read in pieces that end anywhere. */
static void make(struct fixture *f, uint64_t number)
{
    size_t got;

    assert_int_equal(message_copy_begin(&f->copy, &f->message, number, NOW_US), X4_OK);
    f->len = 0;
    while ((got = message_copy_read(&f->copy, f->apdu + f->len, f->len % 7 == 0 ? 777 : PIECE)) > 0)
        f->len += got;
    assert_int_equal(f->len, f->message.apdu_len);
}

static const struct stamp *judge(struct fixture *f)
{
    check_begin(&f->check, &f->text);
    for (size_t at = 0; at < f->len; at += PIECE)
        check_put(&f->check, slice_sub(slice_make(f->apdu, f->len), at, PIECE));
    return check_end(&f->check, f->message.recipients, &f->arrivals);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    stamp_text_init(&f->text);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    message_free(&f->message);
    message_copy_free(&f->copy);
    ledger_free(&f->arrivals.messages);
    ledger_free(&f->arrivals.reports);
    free(f->apdu);
    free(f);
    return 0;
}

static void a_whole_message_is_recognised(void **state)
{
    struct fixture *f = *state;
    const struct stamp *stamp;

    build(f, CONTENT, 3);
    for (uint64_t number = 0; number < 5; number++) {
        make(f, number);
        stamp = judge(f);
        assert_non_null(stamp);
        assert_int_equal(stamp->number, number);
        assert_int_equal(stamp->wall_us, NOW_US);
    }
    assert_int_equal(f->arrivals.messages.marked, 15);
    assert_int_equal(f->arrivals.messages.again, 0);
    assert_int_equal(f->arrivals.octets, 5 * (uint64_t)CONTENT);
    assert_non_null(judge(f)); /* the last one comes again */
    assert_int_equal(f->arrivals.messages.again, 3);
}

/* The content is an interpersonal message of the size that was asked for, the APDU well-formed. */
static void the_content_is_as_long_as_asked_for(void **state)
{
    static const uint64_t sizes[] = {1, 300, 511, 1024, 65536 + 150, CONTENT};
    struct fixture *f = *state;
    struct mts_apdu apdu;
    struct arena arena;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        build(f, sizes[i], 1);
        make(f, i);
        arena_init(&arena, 1024 * 1024);
        assert_int_equal(mts_apdu_decode(slice_make(f->apdu, f->len), &arena, &apdu, NULL), X4_OK);
        assert_int_equal(apdu.message.content.len, f->message.content_len);
        /* A length octet more or less may make one size impossible. */
        if (sizes[i] >= 300)
            assert_in_range(apdu.message.content.len, sizes[i] - 4, sizes[i]);
        assert_non_null(judge(f));
        arena_free(&arena);
        message_free(&f->message);
        message_copy_free(&f->copy);
        free(f->apdu);
        f->apdu = NULL;
    }
}

static void a_changed_octet_is_seen(void **state)
{
    struct fixture *f = *state;

    build(f, CONTENT, 1);
    make(f, 1);
    f->apdu[f->len / 2] ^= 1;
    assert_null(judge(f));
    make(f, 2);
    f->apdu[f->len - 1] ^= 1;
    assert_null(judge(f));
    assert_int_equal(f->arrivals.damaged, 2);
    assert_int_equal(f->arrivals.transfers, 2);
}

/* What a mix-up of chunks in a store would do. */
static void exchanged_chunks_are_seen(void **state)
{
    enum { CHUNK = 64 * 1024 };
    static uint8_t one[CHUNK];
    struct fixture *f = *state;
    uint8_t *at;

    build(f, CONTENT, 1);
    make(f, 1);
    at = f->apdu + f->len - 2 * CHUNK;
    memcpy(one, at, CHUNK);
    memcpy(at, at + CHUNK, CHUNK);
    memcpy(at + CHUNK, one, CHUNK);
    assert_null(judge(f));
    assert_int_equal(f->arrivals.damaged, 1);
}

static void another_messages_text_is_seen(void **state)
{
    enum { TAIL = 50 * 1024 };
    static uint8_t tail[TAIL];
    struct fixture *f = *state;

    build(f, CONTENT, 1);
    make(f, 1);
    memcpy(tail, f->apdu + f->len - TAIL, TAIL);
    make(f, 2);
    memcpy(f->apdu + f->len - TAIL, tail, TAIL);
    assert_null(judge(f));
    assert_int_equal(f->arrivals.damaged, 1);
}

/* An envelope with another message's content. */
static void an_envelope_of_another_message_is_seen(void **state)
{
    struct fixture *f = *state;
    uint8_t *id;

    build(f, CONTENT, 1);
    make(f, 1);
    id = f->apdu + f->message.local_id_at[0];
    id[STAMP_LOCAL_ID_LEN - 1] = '2';
    assert_null(judge(f));
    assert_int_equal(f->arrivals.damaged, 1);
}

static void what_ends_early_is_damaged(void **state)
{
    struct fixture *f = *state;

    build(f, CONTENT, 1);
    make(f, 1);
    f->len -= 1;
    assert_null(judge(f));
    assert_int_equal(f->arrivals.damaged, 1);
    assert_int_equal(f->arrivals.messages.marked, 0);
}

static void a_message_without_stamp_is_foreign(void **state)
{
    struct fixture *f = *state;

    build(f, CONTENT, 1);
    make(f, 1);
    f->apdu[f->message.head.len - STAMP_LEN] = 'X';
    assert_null(judge(f));
    assert_int_equal(f->arrivals.foreign, 1);
    assert_int_equal(f->arrivals.messages.marked, 0);
}

static void a_wrong_address_is_named(void **state)
{
    struct message_params params = params_of(CONTENT, 1);
    struct message message;
    struct buf why;

    (void)state;
    buf_init(&why, 4096);
    params.recipient = "/S=bob/NOSUCH=1/C=FR/";
    assert_int_equal(message_build(&params, &message, &why), X4_ESYNTAX);
    assert_non_null(strstr(buf_cstr(&why), "NOSUCH"));
    buf_free(&why);
}

/* ---- reports --------------------------------------------------------------------------------- */

/* The report that the MTA of recipient number 0 of a two-recipient message makes. */
static void make_report(struct fixture *f, uint64_t number, size_t recipient, bool delivered)
{
    const struct mts_identity own = {.gdi = mts_gdi_make("FR", " ", "SINK"),
                                     .mta_name = SLICE_LIT("SINK")};
    struct mts_outcome outcome = {.recipient = recipient,
                                  .delivered = delivered,
                                  .delivery_ms = 1790000000000,
                                  .reason = MTS_UNABLE_TO_TRANSFER,
                                  .diagnostic = MTS_UNRECOGNISED_OR_NAME};
    struct mts_report_params params = {.own = &own,
                                       .identifier = {.gdi = own.gdi, .local = SLICE_LIT("r1")},
                                       .now_ms = 1790000000000,
                                       .subject_arrival_ms = 1790000000000,
                                       .outcomes = &outcome,
                                       .outcome_count = 1};
    struct mts_apdu subject;
    struct arena arena;
    struct buf out;

    make(f, number);
    arena_init(&arena, 1024 * 1024);
    buf_init(&out, 1024 * 1024);
    assert_int_equal(mts_apdu_decode(slice_make(f->apdu, f->len), &arena, &subject, NULL), X4_OK);
    params.subject = &subject;
    assert_int_equal(mts_report_build(&params, MTS_REPORT_PLAIN, &arena, &out), X4_OK);
    assert_true(out.len <= f->message.apdu_len);
    memcpy(f->apdu, out.p, out.len);
    f->len = out.len;
    buf_free(&out);
    arena_free(&arena);
}

static void reports_are_counted_by_subject_and_recipient(void **state)
{
    struct fixture *f = *state;
    struct message_params params = params_of(CONTENT, 2);

    params.reports = MTS_REPORT_BOTH;
    assert_int_equal(message_build(&params, &f->message, NULL), X4_OK);
    message_copy_init(&f->copy, &f->text);
    f->apdu = malloc(f->message.apdu_len);
    assert_non_null(f->apdu);
    make_report(f, 3, 0, true);
    assert_null(judge(f));
    make_report(f, 3, 1, false);
    assert_null(judge(f));
    assert_int_equal(f->arrivals.delivered, 1);
    assert_int_equal(f->arrivals.not_delivered, 1);
    assert_int_equal(f->arrivals.reports.marked, 2);
    assert_int_equal(f->arrivals.reports.again, 0);
    assert_null(judge(f));
    assert_int_equal(f->arrivals.reports.again, 1);
    assert_int_equal(f->arrivals.foreign, 0);
    assert_int_equal(f->arrivals.transfers, 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_at_most_a_bucket_too_high),
        cmocka_unit_test(small_durations_are_exact),
        cmocka_unit_test(the_longest_duration_has_a_place),
        cmocka_unit_test(a_second_mark_is_told),
        cmocka_unit_test(a_ledger_has_limits),
        cmocka_unit_test(a_stamp_is_read_as_written),
        cmocka_unit_test(a_local_id_is_read_as_written),
        WITH_FIXTURE(a_whole_message_is_recognised),
        WITH_FIXTURE(the_content_is_as_long_as_asked_for),
        WITH_FIXTURE(a_changed_octet_is_seen),
        WITH_FIXTURE(exchanged_chunks_are_seen),
        WITH_FIXTURE(another_messages_text_is_seen),
        WITH_FIXTURE(an_envelope_of_another_message_is_seen),
        WITH_FIXTURE(what_ends_early_is_damaged),
        WITH_FIXTURE(a_message_without_stamp_is_foreign),
        cmocka_unit_test(a_wrong_address_is_named),
        WITH_FIXTURE(reports_are_counted_by_subject_and_recipient),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
