/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of which something is large or many: they are dealt with, or kept for an operator, but
 * never sent back to a peer who would only send them again. */
#include "fixture.h"
#include "lists.h"

#include "base/error.h"
#include "base/limits.h"
#include "mta/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum {
    HOPS = 1000,
    HUGE_ID = 5000,
    HUGE_ADDRESS = 9 * 1024 * 1024,
    HUGE_HISTORY = 1536 * 1024,
    RECIPIENTS = 8,
    MANY_RECIPIENTS = 1000,
    MANY_EXTENSIONS = 2500, /* of each: twenty times as large when decoded */
};

static struct mta_queue *hop(struct bench *b, int i)
{
    char dn[32];

    snprintf(dn, sizeof(dn), "(hop %d)", i);
    return mta_queue_of(b->mta, dn);
}

/* 2.12: a copy for each, and nobody fails because there are many. */
static void every_next_hop_has_its_copy(void **state)
{
    struct bench *b = *state;
    const struct letter letter = {.originator = BOB, .recipients = {EVA}};
    struct mta_work *w = mta_work_new(b->mta, store_new_id(b->store));

    assert_non_null(w);
    w->stored = bench_foreign(b, &letter, SLICE_LIT(""));
    assert_int_equal(mta_work_decode(w, NULL), X4_OK);
    w->arrival_ms = bench_now(b);
    mta_work_put_object(w, SLICE_NONE);
    for (int i = 0; i < HOPS; i++)
        mta_work_route(w, &(struct mta_choice){.queue = hop(b, i)}, 0);
    mta_work_queue(w);
    assert_int_equal(w->outcome_count, 0);
    assert_int_equal(mta_work_commit(&w, NULL, NULL), X4_OK);
    bench_settle(b);
    for (int i = 0; i < HOPS; i++)
        assert_int_equal(hop(b, i)->count, 1);
}

/* ---- what a peer may send -------------------------------------------------------------------- */

/* A message from Bob to count times nobody, to be made larger. */
static struct mts_apdu *message(struct bench *b, size_t count)
{
    const struct letter letter = {
        .originator = BOB, .recipients = {NOBODY}, .report = MTS_NON_DELIVERY_REPORT};
    struct mts_apdu *apdu = bench_decode(b, bench_foreign(b, &letter, SLICE_LIT("content")));
    struct mts_envelope *env = &apdu->message.envelope;
    struct mts_recipient *all = arena_array(&b->arena, count, sizeof(*all));

    assert_non_null(all);
    for (size_t i = 0; i < count; i++) {
        all[i] = *BER_ITEM(env->recipients, struct mts_recipient, 0);
        all[i].raw = SLICE_NONE;
        all[i].number = (int64_t)i + 1;
    }
    env->recipients = (struct ber_list){.items = all, .count = count};
    env->raw = apdu->message.raw = apdu->raw = SLICE_NONE;
    return apdu;
}

static struct slice huge(struct bench *b, size_t len)
{
    uint8_t *octets = arena_alloc(&b->arena, len);

    assert_non_null(octets);
    return slice_make(memset(octets, 'x', len), len);
}

static int receive(struct bench *b, const struct mts_apdu *apdu)
{
    return bench_receive(b, TO_PARIS, bench_encoded(b, &ber_type_mts_apdu, apdu));
}

/* A name with a domain defined attribute of so many octets. */
static struct or_name huge_name(struct bench *b, size_t len)
{
    struct or_dda *dda = arena_alloc(&b->arena, sizeof(*dda));
    struct or_name name;

    assert_int_equal(or_name_parse(slice_str(NOBODY), &b->arena, &name, NULL), X4_OK);
    *dda = (struct or_dda){.type = SLICE_LIT("huge"), .value = huge(b, len)};
    name.raw = name.address.raw = SLICE_NONE;
    name.address.ddas = (struct ber_list){.items = dda, .count = 1};
    return name;
}

static void a_huge_address_has_no_way(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu = message(b, 1);

    BER_ITEM(apdu->message.envelope.recipients, struct mts_recipient, 0)->name =
        huge_name(b, HUGE_ADDRESS);
    assert_int_equal(receive(b, apdu), X4_OK);
    assert_true(bench_has_event(b, EVENT_UNROUTABLE));
    assert_int_equal(bench_queued(b, TO_PARIS), 1); /* the report */
}

static void a_huge_identifier_is_kept(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu = message(b, 1);

    apdu->message.envelope.identifier.raw = SLICE_NONE;
    apdu->message.envelope.identifier.local = huge(b, HUGE_ID);
    assert_int_equal(receive(b, apdu), X4_OK);
    assert_int_equal(bench_queued(b, "(quarantine)"), 1);
}

static void what_grows_too_much_when_decoded_is_kept(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu = message(b, MANY_RECIPIENTS);
    struct mts_extension *all = arena_array(&b->arena, MANY_EXTENSIONS, sizeof(*all));

    assert_non_null(all);
    for (size_t i = 0; i < MANY_EXTENSIONS; i++)
        all[i].raw = SLICE_LIT("\x30\x03\x80\x01\x7f");
    for (size_t i = 0; i < MANY_RECIPIENTS; i++)
        BER_ITEM(apdu->message.envelope.recipients, struct mts_recipient, i)->extensions =
            (struct ber_list){.items = all, .count = MANY_EXTENSIONS};
    assert_int_equal(receive(b, apdu), X4_OK);
    assert_int_equal(bench_queued(b, "(quarantine)"), 1);
}

/* A report names twice whom a recipient was redirected from. */
static void who_has_no_room_in_one_report_is_in_another(void **state)
{
    struct bench *b = *state;
    struct mts_apdu *apdu = message(b, RECIPIENTS);
    struct mts_redirection from = {
        .intended = {.name = huge_name(b, HUGE_HISTORY), .time = SLICE_LIT("261118110641Z")}};
    const struct ber_list history = {.items = &from, .count = 1};
    struct mts_extension ext;
    struct buf field;
    size_t told = 0;

    buf_init(&field, LIMIT_ENVELOPE);
    mts_put_extension(&field, MTS_EXT_REDIRECTION_HISTORY,
                      bench_encoded(b, &ber_type_redirection_history, &history));
    ext = (struct mts_extension){.raw = buf_view(&field)};
    for (size_t i = 0; i < RECIPIENTS; i++)
        BER_ITEM(apdu->message.envelope.recipients, struct mts_recipient, i)->extensions =
            (struct ber_list){.items = &ext, .count = 1};
    assert_int_equal(receive(b, apdu), X4_OK);
    assert_true(bench_queued(b, TO_PARIS) > 1);
    while (bench_queued(b, TO_PARIS) > 0)
        told += bench_decode(b, bench_send(b, TO_PARIS))->report.content.recipients.count;
    assert_int_equal(told, RECIPIENTS);
    buf_free(&field);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(every_next_hop_has_its_copy),
        T(a_huge_address_has_no_way),
        T(a_huge_identifier_is_kept),
        T(what_grows_too_much_when_decoded_is_kept),
        T(who_has_no_room_in_one_report_is_in_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
