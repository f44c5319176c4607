/* SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

#include "base/error.h"
#include "base/limits.h"
#include "osi/session/session.h"
#include "osi/transport/tpdu.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    OPEN_MS = 60 * 1000,
    BUFFER_MAX = 64 * 1024 * 1024,
    BIND_MAX = 4096,
    PORT = 102,
    OPEN_ROUNDS = 16,
    PUMP_ROUNDS = 256,
};

void hostile_require(bool holds, const char *promise)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", promise);
    abort();
}

/* ---- reading along --------------------------------------------------------------------------- */

static void hear_tsdu(struct hostile_ear *e)
{
    struct spdu_tsdu tsdu;
    const struct spdu *last = NULL;

    if (spdu_parse(buf_view(&e->tsdu), &tsdu) == X4_OK)
        last = &tsdu.spdu[tsdu.count - 1];
    if (last)
        e->heard[last->type]++;
    else
        e->garbled++;
    if (last && last->type == SPDU_ED && spdu_number(last, SP_REASON, 0) == S_REASON_SEQUENCE_ERROR)
        e->completed++;
    buf_reset(&e->tsdu);
}

static void hear(struct hostile_ear *e, struct slice octets)
{
    size_t len;

    buf_slice(&e->tcp, octets);
    while (tpkt_length(buf_view(&e->tcp), &len) == X4_OK && len <= e->tcp.len) {
        struct tpdu_fault fault;
        struct tpdu tpdu;

        if (tpdu_parse(slice_sub(buf_view(&e->tcp), TPKT_HEADER, len - TPKT_HEADER), &tpdu,
                       &fault) != X4_OK) {
            e->garbled++;
        } else if (tpdu.code == TPDU_DT) {
            buf_slice(&e->tsdu, tpdu.data);
            if (tpdu.eot)
                hear_tsdu(e);
        }
        buf_consume(&e->tcp, len);
    }
}

static void ear_init(struct hostile_ear *e)
{
    *e = (struct hostile_ear){.garbled = 0};
    buf_init(&e->tcp, BUFFER_MAX);
    buf_init(&e->tsdu, BUFFER_MAX);
}

static void ear_free(struct hostile_ear *e)
{
    buf_free(&e->tcp);
    buf_free(&e->tsdu);
}

/* A new connection begins with a new TPDU. */
static void ear_reset(struct hostile_ear *e)
{
    buf_reset(&e->tcp);
    buf_reset(&e->tsdu);
}

/* ---- the connection -------------------------------------------------------------------------- */

static int64_t now(const struct hostile *h)
{
    return h->io->ops->now(h->io);
}

void hostile_write(struct hostile *h, struct slice octets)
{
    if (!h->conn || !octets.len)
        return;
    hear(&h->ours, octets);
    h->io->ops->write(h->conn, octets);
    pair_settle(h->pair);
}

void hostile_say(struct hostile *h, struct slice tsdu)
{
    struct buf tpkt;

    if (tsdu.len > UINT16_MAX - TPKT_MIN)
        return;
    h->raw = true;
    buf_init(&tpkt, UINT16_MAX);
    sim_peer_wrap(tsdu, &tpkt);
    hostile_write(h, buf_view(&tpkt));
    buf_free(&tpkt);
}

static void on_ready(void *ctx)
{
    (void)ctx;
}

static void on_data(void *ctx, struct slice octets)
{
    struct hostile *h = ctx;

    hear(&h->theirs, octets);
    buf_slice(&h->inbox, octets);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct hostile *h = ctx;

    (void)error;
    (void)text;
    h->conn = NULL;
}

static const struct io_conn_cb callbacks = {on_ready, on_data, on_ready, on_closed};

void hostile_hang_up(struct hostile *h, bool graceful)
{
    if (h->conn)
        h->io->ops->close(&h->conn, graceful);
    pair_settle(h->pair);
}

/* ---- the stack ------------------------------------------------------------------------------- */

static void make_bind(const struct hostile *h, struct buf *out)
{
    buf_init(out, BIND_MAX);
    sim_peer_bind(h->name, "", out);
}

static void send_segment(struct hostile *h, size_t want)
{
    if (h->stop_after == 0)
        return;
    h->stop_after--;
    stack_send_segment(h->stack, slice_sub(h->apdu, h->sent, want), now(h));
    h->sent += want;
}

static void accept_open(struct hostile *h)
{
    struct buf bind;

    make_bind(h, &bind);
    stack_accept(h->stack, buf_view(&bind), now(h));
    buf_free(&bind);
    h->opened++;
}

static void act(struct hostile *h, const struct stack_event *ev)
{
    switch (ev->type) {
    case STACK_EV_OPEN_IND: accept_open(h); break;
    case STACK_EV_OPENED: h->opened++; break;
    case STACK_EV_SEND: send_segment(h, ev->u.want); break;
    case STACK_EV_SENT: h->secured++; break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        stack_checkpoint_secured(h->stack, ev->u.checkpoint, now(h));
        break;
    case STACK_EV_RECEIVE_END: stack_receive_secured(h->stack, now(h)); break;
    case STACK_EV_TURN_PLEASE: stack_turn_give(h->stack, now(h)); break;
    default: break;
    }
}

static bool flush(struct hostile *h)
{
    struct slice octets = stack_output(h->stack);
    struct buf copy;

    if (!octets.len)
        return false;
    buf_init(&copy, BUFFER_MAX);
    buf_slice(&copy, octets);
    stack_sent(h->stack, octets.len);
    if (!h->raw)
        hostile_write(h, buf_view(&copy));
    buf_free(&copy);
    return true;
}

/* One round: false when there was nothing to do. */
static bool round_of(struct hostile *h)
{
    struct stack_event ev;
    bool heard = h->inbox.len > 0;

    if (heard) {
        stack_input(h->stack, buf_view(&h->inbox), now(h));
        buf_reset(&h->inbox);
    }
    while (stack_next(h->stack, &ev))
        act(h, &ev);
    return flush(h) || heard;
}

void hostile_pump(struct hostile *h, unsigned rounds)
{
    if (rounds == 0)
        rounds = PUMP_ROUNDS;
    pair_settle(h->pair);
    while (h->stack && rounds-- > 0 && round_of(h))
        ;
}

static void new_stack(struct hostile *h, bool initiator, enum stack_mode mode)
{
    const struct stack_params params = {
        .initiator = initiator,
        .mode = mode,
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = 1,
        .window = 3,
        .two_way_alternate = true,
        .open_timeout_ms = OPEN_MS,
        .answer_timeout_ms = OPEN_MS,
        .connection_number = 1,
        .user_reference = h->name,
        .utctime = "261122000000Z",
    };

    stack_free(&h->stack);
    h->stack = stack_new(&params);
    hostile_require(h->stack, "there is memory");
    buf_reset(&h->inbox);
    ear_reset(&h->theirs);
    ear_reset(&h->ours);
    h->raw = false;
}

void hostile_call(struct hostile *h, const char *address, enum stack_mode mode)
{
    struct io_connect_params params = {.timeout_ms = OPEN_MS};
    unsigned before = h->opened;
    struct buf bind;

    hostile_hang_up(h, false);
    new_stack(h, true, mode);
    make_bind(h, &bind);
    stack_open(h->stack, buf_view(&bind), now(h));
    buf_free(&bind);
    if (io_addr_parse(address, PORT, &params.remote) != X4_OK ||
        h->io->ops->connect(h->io, &params, &callbacks, h, &h->conn) != X4_OK)
        return;
    for (unsigned i = 0; i < OPEN_ROUNDS && h->opened == before; i++)
        hostile_pump(h, 1);
}

static void incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                     const struct io_addr *local)
{
    struct hostile *h = ctx;

    (void)remote;
    (void)local;
    if (h->conn)
        h->io->ops->close(&h->conn, false);
    new_stack(h, false, STACK_NORMAL);
    h->calls++;
    h->conn = conn;
    h->io->ops->accept(conn, &callbacks, h);
}

void hostile_listen(struct hostile *h, const char *address)
{
    struct io_listen_params params = {.on_incoming = incoming, .ctx = h};
    char text[128];

    hostile_require(io_addr_parse(address, PORT, &params.local) == X4_OK &&
                        h->io->ops->listen(h->io, &params, &h->listener, text, sizeof(text)) ==
                            X4_OK,
                    "the address can be listened on");
}

void hostile_init(struct hostile *h, struct pair *pair, struct io *io, const char *name)
{
    *h = (struct hostile){.pair = pair, .io = io, .name = name};
    buf_init(&h->inbox, BUFFER_MAX);
    ear_init(&h->theirs);
    ear_init(&h->ours);
}

void hostile_free(struct hostile *h)
{
    hostile_hang_up(h, false);
    if (h->listener)
        h->io->ops->listener_free(&h->listener);
    stack_free(&h->stack);
    buf_free(&h->inbox);
    ear_free(&h->theirs);
    ear_free(&h->ours);
}

void hostile_transfer(struct hostile *h, struct slice apdu, size_t segments)
{
    if (!h->stack || apdu.len == 0 || h->raw)
        return;
    h->apdu = apdu;
    h->sent = 0;
    h->stop_after = segments;
    stack_transfer(h->stack, apdu.len, now(h));
    hostile_pump(h, 0);
}

void hostile_request(struct hostile *h, unsigned which)
{
    if (!h->stack)
        return;
    switch (which % 8) {
    case 0: stack_turn_please(h->stack, which >> 3, now(h)); break;
    case 1: stack_turn_give(h->stack, now(h)); break;
    case 2: stack_discard(h->stack, now(h)); break;
    case 3: stack_receive_failed(h->stack, which & 8, now(h)); break;
    case 4: stack_close(h->stack, now(h)); break;
    case 5: stack_abort(h->stack, (int)(which >> 3) % 8, now(h)); break;
    case 6: stack_timeout(h->stack, now(h) + 2 * OPEN_MS); break;
    default: h->stop_after = which >> 3; break;
    }
    hostile_pump(h, 1);
}
