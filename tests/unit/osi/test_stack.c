/* SPDX-License-Identifier: Apache-2.0 */
/* Two stacks back to back, in all three modes. */
#include "base/error.h"
#include "base/limits.h"
#include "hex.h"
#include "osi/stack/dialect.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { APDU_MAX = 300 * 1000, LARGE_MAX = 6 * 1000 * 1000, ANSWER_MS = 60000 };

static const enum stack_mode modes[] = {STACK_NORMAL, STACK_X410_1988, STACK_X410_1984};
static uint8_t apdu_octets[LARGE_MAX];

static struct stack_params params_for(enum stack_mode mode)
{
    return (struct stack_params){
        .initiator = true,
        .mode = mode,
        .max_tpdu = 65531,
        .checkpoint_kib = 30,
        .window = 3,
        .two_way_alternate = true,
        .open_timeout_ms = 120000,
        .answer_timeout_ms = ANSWER_MS,
        .connection_number = 7,
        .user_reference = "mta-a",
        .utctime = "261122193300Z",
    };
}

static int fill_apdu(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(apdu_octets); i++)
        apdu_octets[i] = (uint8_t)(i * 7 + i / 251);
    return 0;
}

static struct slice apdu(size_t len)
{
    return slice_make(apdu_octets, len);
}

static void start(struct pair *p, enum stack_mode mode)
{
    struct stack_params params = params_for(mode);

    pair_init(p, &params);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static void opens_and_closes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_params params = params_for(modes[i]);
        struct pair p;

        params.calling =
            (struct stack_selectors){SLICE_LIT("from"), SLICE_LIT("S1"), SLICE_LIT("P1")};
        params.called =
            (struct stack_selectors){SLICE_LIT("593"), SLICE_LIT("MTA"), SLICE_LIT("P")};
        pair_init(&p, &params);
        pair_open(&p);
        assert_int_equal(p.b.open.mode, modes[i]);
        assert_int_equal(p.a.open.mode, modes[i]);
        assert_true(p.b.open.two_way_alternate);
        assert_false(p.b.open.turn_here);
        assert_true(p.a.open.turn_here);
        assert_int_equal(p.b.open.session_version, 0);
        assert_int_equal(p.a.open.session_version, 2);
        assert_int_equal(p.a.open.tpdu_size, 65531);
        assert_int_equal(p.a.open.checkpoint_kib, 30);
        assert_int_equal(p.a.open.window, 3);
        assert_true(slice_eq(buf_view(&p.b.bind), pair_bind_argument));
        assert_true(slice_eq(buf_view(&p.a.bind), pair_bind_result));
        assert_true(slice_eq(p.b.open.called.tsel, SLICE_LIT("593")));
        assert_true(slice_eq(p.b.open.calling.tsel, SLICE_LIT("from")));
        assert_true(slice_eq(p.b.open.called.ssel, SLICE_LIT("MTA")));
        assert_true(slice_eq(p.b.open.calling.ssel, SLICE_LIT("S1")));
        if (modes[i] == STACK_NORMAL) {
            assert_true(slice_eq(p.b.open.called.psel, SLICE_LIT("P")));
            assert_true(slice_eq(p.b.open.calling.psel, SLICE_LIT("P1")));
        }
        assert_int_equal(stack_close(p.b.st, p.now), X4_ESTATE);
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_CLOSED);
        assert_int_equal(p.b.last.type, STACK_EV_CLOSED);
        assert_true(stack_wants_close(p.a.st));
        pair_free(&p);
    }
}

static void refuses_with_a_bind_error(void **state)
{
    static const struct {
        int bind_error;
        int in_x410; /* what arrives in X.410 mode, which knows fewer */
        bool transient;
    } cases[] = {{0, 0, true}, {2, 2, false}, {3, 3, false}, {4, 2, false}, {5, 2, false}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
            const struct stack_refusal *r;
            struct pair p;

            start(&p, modes[i]);
            p.b.bind_error = cases[k].bind_error;
            assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
            pair_run(&p);
            r = &p.a.last.u.refusal;
            assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
            assert_int_equal(r->layer, STACK_LAYER_MTA);
            assert_int_equal(r->bind_error,
                             modes[i] == STACK_NORMAL ? cases[k].bind_error : cases[k].in_x410);
            assert_int_equal(r->transient, cases[k].transient);
            assert_true(strlen(r->text) > 20);
            assert_int_equal(p.b.last.type, STACK_EV_REFUSED);
            assert_int_equal(p.b.last.u.refusal.layer, STACK_LAYER_LOCAL);
            assert_int_equal(stack_transfer(p.a.st, 10, p.now), X4_ESTATE);
            pair_free(&p);
        }
    }
}

struct call {
    const char *t, *s, *p;  /* what the caller names; NULL: nothing */
    enum stack_layer layer; /* that refuses; LOCAL: none does */
    const char *text;       /* what the caller reads */
};

static struct slice named(const char *text)
{
    return text ? slice_str(text) : SLICE_NONE;
}

/* The responder says whose selector it was and both values; the caller gets that layer's own
 * answer. */
static void check_call(const struct call *c, enum stack_mode mode)
{
    struct stack_params a = params_for(mode);
    struct stack_params b = {.max_tpdu = 2048, .open_timeout_ms = 1000, .window = 3};
    const struct stack_refusal *r;
    struct pair p;

    a.called = (struct stack_selectors){named(c->t), named(c->s), named(c->p)};
    b.called = (struct stack_selectors){SLICE_LIT("593"), SLICE_LIT("MTA"), SLICE_LIT("P")};
    pair_init(&p, &a);
    end_free(&p.b);
    end_init(&p.b, &b);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
    pair_run(&p);
    if (c->layer == STACK_LAYER_LOCAL) {
        assert_true(stack_is_open(p.a.st) && stack_is_open(p.b.st));
        pair_free(&p);
        return;
    }
    r = &p.b.last.u.refusal;
    assert_int_equal(p.b.last.type, STACK_EV_REFUSED);
    assert_int_equal(r->layer, c->layer);
    assert_true(slice_eq(r->called, named(c->layer == STACK_LAYER_TRANSPORT ? c->t
                                          : c->layer == STACK_LAYER_SESSION ? c->s
                                                                            : c->p)));
    assert_true(slice_present(r->expected));
    assert_non_null(strstr(r->text, "another"));
    r = &p.a.last.u.refusal;
    assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
    assert_int_equal(r->layer, c->layer);
    assert_false(r->transient);
    assert_non_null(strstr(r->text, c->text));
    pair_free(&p);
}

static void wrong_selectors_are_refused_by_their_layer(void **state)
{
    static const struct call calls[] = {
        {"593", "MTA", "P", STACK_LAYER_LOCAL, NULL},
        {"593", NULL, NULL, STACK_LAYER_LOCAL, NULL},
        {"593", "", "", STACK_LAYER_LOCAL, NULL},
        {"592", "MTA", "P", STACK_LAYER_TRANSPORT, "address unknown"},
        {NULL, "MTA", "P", STACK_LAYER_TRANSPORT, "address unknown"},
        {"593", "mta", "P", STACK_LAYER_SESSION, "the session selector is unknown there"},
        {"593", "mta", NULL, STACK_LAYER_SESSION, "the session selector is unknown there"},
    };
    static const struct call wrong_p = {"593", NULL, "Q", STACK_LAYER_PRESENTATION,
                                        "the presentation selector is unknown there"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++)
            check_call(&calls[k], modes[i]);
    }
    check_call(&wrong_p, STACK_NORMAL);
}

static void negotiates_sizes(void **state)
{
    static const struct {
        unsigned proposed, ours, proposed_window, our_window;
        unsigned checkpoint, window;
    } cases[] = {
        {30, 30, 3, 3, 30, 3},
        {63, 30, 5, 3, 30, 3},
        {30, 63, 3, 5, 30, 3},
        {0, 15, 1, 3, 15, 1},
        {30, 0, 3, 3, 0, 3},
        {0, 0, 3, 3, 0, 3},
        {5000, 5000, 100, 100, 1023, 64},
    };

    (void)state;
    for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        struct stack_params a = params_for(STACK_NORMAL);
        struct stack_params b = {.max_tpdu = 2048, .open_timeout_ms = 1000};
        struct pair p;

        a.checkpoint_kib = cases[k].proposed;
        a.window = cases[k].proposed_window;
        b.checkpoint_kib = cases[k].ours;
        b.window = cases[k].our_window;
        pair_init(&p, &a);
        end_free(&p.b);
        end_init(&p.b, &b);
        pair_open(&p);
        assert_int_equal(p.a.open.checkpoint_kib, cases[k].checkpoint);
        assert_int_equal(p.a.open.window, cases[k].window);
        pair_free(&p);
    }
}

/* ---- transfer ----------------------------------------------------------------------------------
 */

static void transfer_one(struct pair *p, struct end *from, struct end *to, struct slice octets)
{
    unsigned before = from->count;

    end_send(from, octets, p->now);
    assert_false(stack_is_idle(from->st));
    pair_run(p);
    assert_true(from->count > before);
    assert_int_equal(from->last.type, STACK_EV_SENT);
    assert_int_equal(to->last.type, STACK_EV_RECEIVE_END);
    assert_true(slice_eq(buf_view(&to->received), octets));
    assert_true(stack_is_idle(from->st) && stack_is_idle(to->st));
}

static void transfers_all_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 30 * 1024 - 10, 30 * 1024, 30 * 1024 + 1, 300 * 1000};
    static const unsigned checkpoints[] = {0, 1, 30};
    static const unsigned windows[] = {1, 3};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned c = 0; c < 6; c++) {
            struct stack_params params = params_for(modes[i]);
            struct pair p;

            params.checkpoint_kib = checkpoints[c % 3];
            params.window = windows[c / 3];
            params.max_tpdu = c % 2 ? 2048 : 65531;
            pair_init(&p, &params);
            p.a.piece = c == 4 ? 1000 : 0;
            pair_open(&p);
            for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
                transfer_one(&p, &p.a, &p.b, apdu(sizes[k]));
            pair_free(&p);
        }
    }
}

static void transfers_when_octets_come_one_by_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct stack_params params = params_for(modes[i]);
        struct pair p;

        params.checkpoint_kib = 1;
        pair_init(&p, &params);
        p.chunk = 1;
        pair_open(&p);
        transfer_one(&p, &p.a, &p.b, apdu(3000));
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_CLOSED);
        pair_free(&p);
    }
}

/* The receiver confirms only every third checkpoint: the window holds the sender back, not more. */
static void the_window_holds_the_sender(void **state)
{
    struct stack_params params = params_for(STACK_X410_1988);
    struct pair p;

    (void)state;
    params.checkpoint_kib = 1;
    pair_init(&p, &params);
    pair_open(&p);
    p.b.confirm_every = 0;
    end_send(&p.a, apdu(10 * 1024), p.now);
    pair_run(&p);
    assert_int_equal(p.a.sent, 3 * 1024);
    assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_CHECKPOINT);
    assert_int_equal(p.b.last.u.checkpoint, 3);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 4, p.now), X4_EINVAL);
    p.b.confirm_every = 3;
    assert_int_equal(stack_checkpoint_secured(p.b.st, 3, p.now), X4_OK);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 2, p.now), X4_OK); /* late: nothing */
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    assert_int_equal(stack_checkpoint_secured(p.b.st, 9, p.now), X4_OK); /* over: nothing */
    pair_free(&p);
}

static void a_closed_window_times_out(void **state)
{
    struct stack_params params = params_for(STACK_NORMAL);
    struct pair p;

    (void)state;
    params.checkpoint_kib = 1;
    params.window = 1;
    pair_init(&p, &params);
    pair_open(&p);
    p.b.confirm_every = 0;
    assert_int_equal(stack_deadline(p.a.st), INT64_MAX);
    end_send(&p.a, apdu(10 * 1024), p.now);
    pair_run(&p);
    assert_int_equal(stack_deadline(p.a.st), p.now + ANSWER_MS);
    p.now += ANSWER_MS;
    stack_timeout(p.a.st, p.now);
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
    assert_non_null(strstr(p.a.last.u.abort.text, "checkpoint"));
    assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
    assert_true(p.b.last.u.abort.by_peer);
    assert_int_equal(p.b.last.u.abort.reason, 0);
    pair_free(&p);
}

/* DT TPDUs with the end mark in the wire's octets from a place on: TSDUs. */
static unsigned count_tsdus(const struct buf *wire, size_t from)
{
    unsigned n = 0;

    for (size_t at = from; at < wire->len; at += (size_t)wire->p[at + 2] << 8 | wire->p[at + 3])
        n += wire->p[at + 5] == 0xf0 && (wire->p[at + 6] & 0x80);
    return n;
}

/* Without checkpoints an APDU is one segment, one SSDU and one TSDU, however long: activity start,
 * data, activity end. No end holds more of it than LIMIT_TSDU. */
static void without_checkpoints_all_is_one_tsdu(void **state)
{
    static const size_t sizes[] = {LIMIT_TSDU - 64, LIMIT_TSDU - 63,        LIMIT_TSDU,
                                   LIMIT_TSDU + 1,  LIMIT_TSDU + 65536 * 3, 5 * 1000 * 1000 + 7};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct stack_params params = params_for(modes[i % 3]);
        struct pair p;

        params.checkpoint_kib = 0;
        params.max_tpdu = i < 3 ? 65531 : 2048;
        pair_init(&p, &params);
        p.chunk = i < 3 ? 0 : 10000;
        pair_open(&p);
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            size_t before = p.a_wire.len;

            transfer_one(&p, &p.a, &p.b, apdu(sizes[k]));
            assert_int_equal(count_tsdus(&p.a_wire, before), 3);
        }
        transfer_one(&p, &p.a, &p.b, apdu(1000));
        pair_free(&p);
    }
}

static void begin_large(struct pair *p, enum stack_mode mode)
{
    struct stack_params params = params_for(mode);

    params.checkpoint_kib = 0;
    pair_init(p, &params);
    pair_open(p);
    p->a.piece = 1024 * 1024;
    end_send(&p->a, apdu(5 * 1000 * 1000), p->now);
}

/* In the middle of a TSDU nothing else can be said: giving the transfer up ends the association. */
static void giving_up_within_one_tsdu_ends_the_association(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        begin_large(&p, modes[i]);
        end_run(&p.a, p.now);
        assert_true(p.a.sent > 0 && p.a.sent < 5 * 1000 * 1000);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_non_null(strstr(p.a.last.u.abort.text, "checkpoints"));
        pair_free(&p);

        begin_large(&p, modes[i]);
        end_run(&p.a, p.now);
        stack_input(p.b.st, stack_output(p.a.st), p.now);
        stack_sent(p.a.st, stack_output(p.a.st).len);
        end_run(&p.b, p.now);
        assert_int_equal(stack_receive_failed(p.b.st, false, p.now), X4_OK);
        stack_input(p.a.st, stack_output(p.b.st), p.now);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        pair_free(&p);
    }
}

static void feed_dt(struct pair *p, bool eot, size_t octets)
{
    static const uint8_t header[] = {3, 0, 0, 0, 2, 0xf0, 0};
    uint8_t tpkt[LIMIT_TPKT];

    memcpy(tpkt, header, sizeof(header));
    memset(tpkt + sizeof(header), 'x', octets);
    tpkt[2] = (uint8_t)((octets + sizeof(header)) >> 8);
    tpkt[3] = (uint8_t)(octets + sizeof(header));
    tpkt[6] = eot ? 0x80 : 0;
    stack_input(p->b.st, slice_make(tpkt, octets + sizeof(header)), p->now);
    end_run(&p->b, p->now);
}

/* A TSDU larger than memory that is no data; and one whose value is not as long as it says, which
 * only presentation knows. */
static void bad_large_tsdus_end_the_association(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        start(&p, modes[i]);
        pair_open(&p);
        for (unsigned k = 0; k < 17; k++)
            feed_dt(&p, false, 65000);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        pair_free(&p);

        begin_large(&p, modes[i]);
        while (p.a.sent < 2 * 1024 * 1024) {
            end_run(&p.a, p.now);
            stack_input(p.b.st, stack_output(p.a.st), p.now);
            stack_sent(p.a.st, stack_output(p.a.st).len);
            end_run(&p.b, p.now);
        }
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_START);
        assert_true(p.b.received.len > LIMIT_TSDU);
        feed_dt(&p, true, 100);
        assert_int_equal(p.b.last.type,
                         modes[i] == STACK_NORMAL ? STACK_EV_ABORTED : STACK_EV_RECEIVE_START);
        pair_free(&p);
    }
}

static void holds_back_while_output_waits(void **state)
{
    struct stack_params params = params_for(STACK_X410_1988);
    struct stack_event ev;
    struct pair p;

    (void)state;
    params.checkpoint_kib = 64;
    params.window = 64;
    pair_init(&p, &params);
    pair_open(&p);
    end_send(&p.a, apdu(APDU_MAX), p.now);
    end_run(&p.a, p.now);
    assert_true(stack_output(p.a.st).len >= STACK_OUTPUT_HIGH);
    assert_true(p.a.sent < APDU_MAX);
    assert_false(stack_next(p.a.st, &ev));
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    pair_free(&p);
}

static void wrong_segments_are_refused(void **state)
{
    struct pair p;
    struct stack_event ev;

    (void)state;
    start(&p, STACK_NORMAL);
    pair_open(&p);
    assert_int_equal(stack_send_segment(p.a.st, apdu(1), p.now), X4_ESTATE);
    assert_int_equal(stack_transfer(p.b.st, 1, p.now), X4_ESTATE);
    assert_int_equal(stack_transfer(p.a.st, 100, p.now), X4_OK);
    assert_int_equal(stack_transfer(p.a.st, 100, p.now), X4_ESTATE);
    assert_true(stack_next(p.a.st, &ev));
    assert_int_equal(ev.type, STACK_EV_SEND);
    assert_int_equal(ev.u.want, 100);
    assert_false(stack_next(p.a.st, &ev));
    assert_int_equal(stack_send_segment(p.a.st, apdu(101), p.now), X4_EINVAL);
    assert_int_equal(stack_send_segment(p.a.st, apdu(0), p.now), X4_EINVAL);
    assert_int_equal(stack_send_segment(p.a.st, apdu(100), p.now), X4_OK);
    assert_int_equal(stack_send_segment(p.a.st, apdu(1), p.now), X4_ESTATE);
    pair_run(&p);
    assert_int_equal(p.a.last.type, STACK_EV_SENT);
    pair_free(&p);
}

/* ---- trouble -----------------------------------------------------------------------------------
 */

static void sender_discards(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        start(&p, modes[i]);
        pair_open(&p);
        p.b.confirm_every = 0;
        end_send(&p.a, apdu(APDU_MAX), p.now);
        pair_run(&p);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_ESTATE);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_NOT_SENT);
        assert_int_equal(p.a.last.u.failure.reason, -1);
        assert_true(p.a.last.u.failure.retry_here);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_DROPPED);
        p.b.confirm_every = 1;
        transfer_one(&p, &p.a, &p.b, apdu(100));
        pair_free(&p);
    }
}

static void receiver_reports_an_exception(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        start(&p, modes[i]);
        pair_open(&p);
        p.b.hold_end = true;
        end_send(&p.a, apdu(1000), p.now);
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
        assert_int_equal(stack_receive_failed(p.b.st, false, p.now), X4_OK);
        assert_int_equal(stack_receive_secured(p.b.st, p.now), X4_ESTATE);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_NOT_SENT);
        assert_int_equal(p.a.last.u.failure.reason, 0);
        assert_true(p.a.last.u.failure.retry_here);
        assert_false(p.a.last.u.failure.completed);
        assert_true(stack_is_idle(p.b.st));
        p.b.hold_end = false;
        transfer_one(&p, &p.a, &p.b, apdu(1000));

        p.b.hold_end = true;
        end_send(&p.a, apdu(1000), p.now);
        pair_run(&p);
        assert_int_equal(stack_receive_failed(p.b.st, true, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_false(p.a.last.u.abort.by_peer);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_int_equal(p.b.last.u.abort.reason, 3);
        pair_free(&p);
    }
}

/* The most common fault of normal mode: the APDU without the EXTERNAL around it. */
static void an_apdu_without_external_is_refused(void **state)
{
    static const char *const ends[] = {
        "0300 0018 02f080 01000100 610b 3009 020103 a004 0402a000", /* something else */
        "0300 000e 02f080 01002903 2a0131",                         /* nothing at all */
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;

        start(&p, STACK_NORMAL);
        pair_open(&p);
        stack_input(p.b.st, hex("0300 0010 02f080 01002d05 2903020101"), p.now);
        end_run(&p.b, p.now);
        stack_input(p.b.st, hex(ends[i]), p.now);
        end_run(&p.b, p.now);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_non_null(strstr(p.b.last.u.abort.text, "EXTERNAL"));
        stack_input(p.a.st, stack_output(p.b.st), p.now);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_int_equal(p.a.last.u.abort.reason, 4);
        pair_free(&p);
    }
}

/* What has been received waits until it is asked for; nothing is lost by a late reader. */
static void input_may_come_before_events_are_taken(void **state)
{
    struct pair p;

    (void)state;
    start(&p, STACK_NORMAL);
    pair_open(&p);
    p.a.piece = 1000;
    end_send(&p.a, apdu(20000), p.now);
    end_run(&p.a, p.now);
    while (stack_output(p.a.st).len) {
        uint8_t copy[100];
        size_t n =
            stack_output(p.a.st).len < sizeof(copy) ? stack_output(p.a.st).len : sizeof(copy);

        memcpy(copy, stack_output(p.a.st).p, n);
        stack_input(p.b.st, slice_make(copy, n), p.now);
        memset(copy, 0, sizeof(copy));
        stack_sent(p.a.st, n);
    }
    end_run(&p.b, p.now);
    assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
    assert_true(slice_eq(buf_view(&p.b.received), apdu(20000)));
    pair_free(&p);
}

static void turn_goes_back_and_forth(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        start(&p, modes[i]);
        pair_open(&p);
        assert_int_equal(stack_turn_please(p.a.st, 1, p.now), X4_ESTATE);
        assert_int_equal(stack_turn_give(p.b.st, p.now), X4_ESTATE);
        assert_int_equal(stack_turn_please(p.b.st, 2, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_TURN_PLEASE);
        assert_int_equal(p.a.last.u.priority, 2);
        assert_int_equal(stack_turn_give(p.a.st, p.now), X4_OK);
        assert_false(stack_has_turn(p.a.st));
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_TURN_GIVEN);
        assert_true(stack_has_turn(p.b.st));
        transfer_one(&p, &p.b, &p.a, apdu(50000));
        assert_int_equal(stack_close(p.b.st, p.now), X4_ESTATE); /* twa: the initiator closes */
        assert_int_equal(stack_turn_give(p.b.st, p.now), X4_OK);
        pair_run(&p);
        transfer_one(&p, &p.a, &p.b, apdu(10));
        assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        pair_run(&p);
        assert_int_equal(p.a.last.type, STACK_EV_CLOSED);
        pair_free(&p);
    }
}

/* Just after a give, before the peer has acknowledged it. */
static void a_please_may_follow_a_give(void **state)
{
    struct pair p;

    (void)state;
    start(&p, STACK_NORMAL);
    pair_open(&p);
    assert_int_equal(stack_turn_give(p.a.st, p.now), X4_OK);
    assert_int_equal(stack_turn_please(p.a.st, 1, p.now), X4_OK);
    pair_run(&p);
    assert_int_equal(p.b.last.type, STACK_EV_TURN_PLEASE);
    assert_int_equal(p.b.last.u.priority, 1);
    assert_true(end_saw(&p.b, STACK_EV_TURN_GIVEN));
    pair_free(&p);
}

static void monologue_has_no_turn(void **state)
{
    struct stack_params params = params_for(STACK_NORMAL);
    struct pair p;

    (void)state;
    params.two_way_alternate = false;
    pair_init(&p, &params);
    pair_open(&p);
    assert_false(p.b.open.two_way_alternate);
    assert_int_equal(stack_turn_give(p.a.st, p.now), X4_ESTATE);
    assert_int_equal(stack_turn_please(p.b.st, 0, p.now), X4_ESTATE);
    pair_free(&p);
}

static void aborts_carry_their_reason(void **state)
{
    static const int in_x410[] = {0, 1, 2, 3, 4, 0, 0, 7};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (int reason = 0; reason <= 7; reason++) {
            struct pair p;

            start(&p, modes[i]);
            pair_open(&p);
            p.b.hold_end = true;
            end_send(&p.a, apdu(10), p.now);
            pair_run(&p);
            stack_abort(p.b.st, reason, p.now);
            pair_run(&p);
            assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
            assert_false(p.b.last.u.abort.by_peer);
            assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
            assert_true(p.a.last.u.abort.by_peer);
            assert_int_equal(p.a.last.u.abort.layer, STACK_LAYER_RTSE);
            assert_int_equal(p.a.last.u.abort.reason,
                             modes[i] == STACK_NORMAL ? reason : in_x410[reason]);
            assert_int_equal(p.a.last.u.abort.transfer_completed, reason == 7);
            assert_true(stack_wants_close(p.a.st));
            pair_free(&p);
        }
    }
}

/* The end of TCP at each moment of an association ends it with one event on that side. */
static void tcp_ends_at_any_moment(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        size_t whole = SIZE_MAX;

        for (size_t cut = 0; cut < whole; cut += 7) {
            struct stack_params params = params_for(modes[i]);
            struct pair p;
            size_t delivered = 0;

            pair_init(&p, &params);
            assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
            while (delivered < cut && stack_output(p.a.st).len) {
                stack_input(p.b.st, slice_sub(stack_output(p.a.st), 0, 1), p.now);
                stack_sent(p.a.st, 1);
                delivered++;
                end_run(&p.b, p.now);
                stack_input(p.a.st, stack_output(p.b.st), p.now);
                stack_sent(p.b.st, stack_output(p.b.st).len);
                end_run(&p.a, p.now);
            }
            if (delivered < cut)
                whole = 0;
            stack_closed(p.b.st, p.now);
            stack_closed(p.a.st, p.now);
            end_run(&p.b, p.now);
            end_run(&p.a, p.now);
            assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
            assert_true(p.a.last.type == STACK_EV_REFUSED || p.a.last.type == STACK_EV_ABORTED);
            assert_true(p.a.last.type == STACK_EV_ABORTED || p.a.last.u.refusal.transient);
            assert_true(stack_wants_close(p.a.st) && stack_wants_close(p.b.st));
            assert_false(stack_is_open(p.a.st) || stack_is_open(p.b.st));
            pair_free(&p);
        }
    }
}

static void opening_takes_too_long(void **state)
{
    struct pair p;

    (void)state;
    start(&p, STACK_NORMAL);
    assert_int_equal(stack_deadline(p.a.st), INT64_MAX);
    assert_int_equal(stack_deadline(p.b.st), 0);
    stack_timeout(p.b.st, p.now);
    assert_int_equal(stack_deadline(p.b.st), p.now + 120000);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_OK);
    assert_int_equal(stack_open(p.a.st, pair_bind_argument, p.now), X4_ESTATE);
    assert_int_equal(stack_deadline(p.a.st), p.now + 120000);
    stack_timeout(p.a.st, p.now + 120000);
    end_run(&p.a, p.now);
    assert_int_equal(p.a.last.type, STACK_EV_REFUSED);
    assert_true(p.a.last.u.refusal.transient);
    stack_timeout(p.b.st, p.now + 120000);
    end_run(&p.b, p.now);
    assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
    assert_true(stack_wants_close(p.b.st));
    pair_free(&p);
}

/* No answer to what we wait for: each state has its timer. */
static void answers_take_too_long(void **state)
{
    struct stack_event ev;

    (void)state;
    for (unsigned what = 0; what < 3; what++) {
        struct pair p;

        start(&p, STACK_X410_1988);
        pair_open(&p);
        if (what == 2) {
            assert_int_equal(stack_close(p.a.st, p.now), X4_OK);
        } else {
            end_send(&p.a, apdu(10), p.now);
            end_run(&p.a, p.now);
        }
        if (what == 1)
            assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        assert_int_equal(stack_deadline(p.a.st), p.now + ANSWER_MS);
        stack_timeout(p.a.st, p.now + ANSWER_MS - 1);
        assert_false(stack_next(p.a.st, &ev));
        stack_timeout(p.a.st, p.now + ANSWER_MS);
        assert_true(stack_next(p.a.st, &ev));
        assert_int_equal(ev.type, STACK_EV_ABORTED);
        assert_non_null(strstr(ev.u.abort.text, "in time"));
        pair_free(&p);
    }
}

/* [16] and [17] around MTABind, [18] around its error; X.410 mode has the bare integer. */
static void binds_are_unwrapped_strictly(void **state)
{
    static const struct {
        const char *tlv;
        bool unwrapped;
    } binds[] = {
        {"b002 0500", true},     {"b102 0500", false}, {"9002 0500", false}, {"0500", false},
        {"b003 0500 00", false}, {"b000", false},      {"b0", false},
    };
    static const struct {
        const char *tlv;
        int error;
    } errors[] = {
        {"b203 020102", 2}, {"020102", 2},  {"b200", -1},        {"b203 0201", -1},
        {"0a0102", -1},     {"0201ff", -1}, {"0203 010000", -1}, {"0200", -1},
    };
    const struct stack_dialect *normal = stack_dialect(STACK_NORMAL);

    (void)state;
    for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
        struct slice bind = stack_bind_unwrap(normal, BIND_INVOKE, hex(binds[i].tlv));

        assert_int_equal(slice_present(bind), binds[i].unwrapped);
        if (binds[i].unwrapped)
            assert_true(slice_eq(bind, SLICE_LIT("\x05\x00")));
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        assert_int_equal(stack_bind_error(hex(errors[i].tlv)), errors[i].error);
    assert_int_equal(stack_bind_error(SLICE_NONE), -1);
}

static void describes_itself(void **state)
{
    char text[100];
    struct pair p;

    (void)state;
    start(&p, STACK_NORMAL);
    pair_open(&p);
    stack_describe(p.a.st, text, sizeof(text));
    assert_non_null(strstr(text, "READY+"));
    stack_describe(p.b.st, text, 10);
    assert_true(strlen(text) < 10);
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_and_closes),
        cmocka_unit_test(refuses_with_a_bind_error),
        cmocka_unit_test(wrong_selectors_are_refused_by_their_layer),
        cmocka_unit_test(negotiates_sizes),
        cmocka_unit_test(transfers_all_sizes),
        cmocka_unit_test(transfers_when_octets_come_one_by_one),
        cmocka_unit_test(the_window_holds_the_sender),
        cmocka_unit_test(a_closed_window_times_out),
        cmocka_unit_test(without_checkpoints_all_is_one_tsdu),
        cmocka_unit_test(giving_up_within_one_tsdu_ends_the_association),
        cmocka_unit_test(bad_large_tsdus_end_the_association),
        cmocka_unit_test(holds_back_while_output_waits),
        cmocka_unit_test(wrong_segments_are_refused),
        cmocka_unit_test(sender_discards),
        cmocka_unit_test(receiver_reports_an_exception),
        cmocka_unit_test(an_apdu_without_external_is_refused),
        cmocka_unit_test(input_may_come_before_events_are_taken),
        cmocka_unit_test(turn_goes_back_and_forth),
        cmocka_unit_test(a_please_may_follow_a_give),
        cmocka_unit_test(monologue_has_no_turn),
        cmocka_unit_test(aborts_carry_their_reason),
        cmocka_unit_test(tcp_ends_at_any_moment),
        cmocka_unit_test(opening_takes_too_long),
        cmocka_unit_test(answers_take_too_long),
        cmocka_unit_test(binds_are_unwrapped_strictly),
        cmocka_unit_test(describes_itself),
    };

    return cmocka_run_group_tests(tests, fill_apdu, NULL);
}
