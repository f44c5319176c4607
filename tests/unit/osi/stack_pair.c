/* SPDX-License-Identifier: Apache-2.0 */
#include "stack_pair.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { WIRE_MAX = 64 * 1024 * 1024 };

/* MTABindArgument and -Result: name and simple credentials */
const struct slice pair_bind_argument = {
    .p = (const uint8_t *)"\xa1\x0f\x80\x05mta-a\xa1\x06\x16\x04slim", .len = 17};
const struct slice pair_bind_result = {
    .p = (const uint8_t *)"\xa1\x0f\x80\x05mta-b\xa1\x06\x16\x04slam", .len = 17};

void end_init(struct end *e, const struct stack_params *params)
{
    *e = (struct end){.confirm_every = 1, .bind_error = -1};
    e->st = stack_new(params);
    assert_non_null(e->st);
    buf_init(&e->received, WIRE_MAX);
    buf_init(&e->bind, LIMIT_CN_USER_DATA);
    buf_init(&e->called, LIMIT_TSEL);
}

void end_free(struct end *e)
{
    buf_free(&e->received);
    buf_free(&e->bind);
    buf_free(&e->called);
    stack_free(&e->st);
}

static void on_send(struct end *e, size_t want, int64_t now)
{
    struct slice piece;

    assert_true(want > 0);
    if (e->piece && want > e->piece)
        want = e->piece;
    piece = slice_sub(e->apdu, e->sent, want);
    assert_int_equal(piece.len, want);
    e->sent += want;
    assert_int_equal(stack_send_segment(e->st, piece, now), X4_OK);
}

static void on_open(struct end *e, const struct stack_event *ev, int64_t now)
{
    e->open = ev->u.open;
    buf_reset(&e->bind);
    buf_slice(&e->bind, ev->u.open.bind);
    if (ev->type != STACK_EV_OPEN_IND)
        return;
    if (e->bind_error >= 0)
        assert_int_equal(stack_refuse(e->st, e->bind_error, now), X4_OK);
    else
        assert_int_equal(stack_accept(e->st, pair_bind_result, now), X4_OK);
}

static void on_checkpoint(struct end *e, uint32_t checkpoint, int64_t now)
{
    if (e->confirm_every && checkpoint % e->confirm_every == 0)
        assert_int_equal(stack_checkpoint_secured(e->st, checkpoint, now), X4_OK);
}

static void act(struct end *e, const struct stack_event *ev, int64_t now)
{
    switch (ev->type) {
    case STACK_EV_SEND: on_send(e, ev->u.want, now); return;
    case STACK_EV_RECEIVE_DATA:
        assert_true(ev->u.data.len > 0);
        buf_slice(&e->received, ev->u.data);
        return;
    case STACK_EV_OPEN_IND:
    case STACK_EV_OPENED: on_open(e, ev, now); break;
    case STACK_EV_RECEIVE_START: buf_reset(&e->received); break;
    case STACK_EV_RECEIVE_CHECKPOINT: on_checkpoint(e, ev->u.checkpoint, now); break;
    case STACK_EV_RECEIVE_END:
        if (!e->hold_end)
            assert_int_equal(stack_receive_secured(e->st, now), X4_OK);
        break;
    default: break;
    }
    assert_true(e->count < EVENTS_MAX);
    e->seen[e->count++] = ev->type;
    e->last = *ev;
    if (ev->type != STACK_EV_REFUSED || !slice_present(ev->u.refusal.called))
        return;
    buf_slice(&e->called, ev->u.refusal.called);
    e->last.u.refusal.called = buf_view(&e->called);
}

void end_run(struct end *e, int64_t now)
{
    struct stack_event ev;

    while (stack_next(e->st, &ev))
        act(e, &ev, now);
}

void end_send(struct end *e, struct slice apdu, int64_t now)
{
    e->apdu = apdu;
    e->sent = 0;
    assert_int_equal(stack_transfer(e->st, apdu.len, now), X4_OK);
}

bool end_saw(const struct end *e, enum stack_event_type type)
{
    for (unsigned i = 0; i < e->count; i++) {
        if (e->seen[i] == type)
            return true;
    }
    return false;
}

void pair_init(struct pair *p, const struct stack_params *params)
{
    struct stack_params responder = {
        .max_tpdu = params->max_tpdu,
        .checkpoint_kib = params->checkpoint_kib,
        .window = params->window,
        .open_timeout_ms = params->open_timeout_ms,
        .answer_timeout_ms = params->answer_timeout_ms,
        .user_reference = "mta-b",
    };

    *p = (struct pair){.now = 1000};
    buf_init(&p->a_wire, WIRE_MAX);
    buf_init(&p->b_wire, WIRE_MAX);
    end_init(&p->a, params);
    end_init(&p->b, &responder);
}

void pair_free(struct pair *p)
{
    end_free(&p->a);
    end_free(&p->b);
    buf_free(&p->a_wire);
    buf_free(&p->b_wire);
}

/* Moves what from has written to to; false when there was nothing. */
static bool move(struct pair *p, struct end *from, struct end *to, struct buf *wire)
{
    struct slice octets = stack_output(from->st);
    size_t n = octets.len;

    if (p->chunk && n > p->chunk)
        n = p->chunk;
    if (n == 0)
        return false;
    buf_append(wire, octets.p, n);
    stack_input(to->st, slice_make(wire->p + wire->len - n, n), p->now);
    stack_sent(from->st, n);
    return true;
}

void pair_run(struct pair *p)
{
    bool moved = true;

    while (moved) {
        end_run(&p->a, p->now);
        end_run(&p->b, p->now);
        moved = move(p, &p->a, &p->b, &p->a_wire);
        moved = move(p, &p->b, &p->a, &p->b_wire) || moved;
    }
}

void pair_open(struct pair *p)
{
    assert_int_equal(stack_open(p->a.st, pair_bind_argument, p->now), X4_OK);
    pair_run(p);
    assert_true(stack_is_open(p->a.st));
    assert_true(stack_is_open(p->b.st));
}

const enum stack_mode pair_modes[3] = {STACK_NORMAL, STACK_X410_1988, STACK_X410_1984};

struct stack_params pair_params(enum stack_mode mode)
{
    return (struct stack_params){
        .initiator = true,
        .mode = mode,
        .max_tpdu = 65531,
        .checkpoint_kib = 30,
        .window = 3,
        .two_way_alternate = true,
        .open_timeout_ms = 120000,
        .answer_timeout_ms = PAIR_ANSWER_MS,
        .connection_number = 7,
        .user_reference = "mta-a",
        .utctime = "261122193300Z",
    };
}

void pair_start(struct pair *p, enum stack_mode mode)
{
    struct stack_params params = pair_params(mode);

    pair_init(p, &params);
}

struct slice pair_apdu(size_t len)
{
    static uint8_t octets[PAIR_APDU_MAX];

    static bool filled;

    for (size_t i = 0; !filled && i < sizeof(octets); i++)
        octets[i] = (uint8_t)(i * 7 + i / 251);
    filled = true;
    return slice_make(octets, len);
}

void pair_transfer(struct pair *p, struct end *from, struct end *to, struct slice octets)
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
