/* SPDX-License-Identifier: Apache-2.0 */
#include "puppet.h"

#include "base/error.h"
#include "base/limits.h"
#include "peer.h"

#include <assert.h>
#include <string.h>

enum { PORT = 102, OWN_PORT = 103, BIND_MAX = 1024, APDU = 10000, TPKT_HEADER = 4 };

static int64_t now(const struct puppet *p)
{
    return sim_time(p->pair->net);
}

static void mark(struct puppet *p)
{
    p->mark_ms = now(p);
}

/* ---- output ---------------------------------------------------------------------------------- */

void puppet_say(struct puppet *p, const void *octets, size_t len)
{
    p->io->ops->write(p->conn, slice_make(octets, len));
    mark(p);
}

static void drip(void *ctx)
{
    struct puppet *p = ctx;
    struct slice octets = p->stack ? stack_output(p->stack) : SLICE_NONE;

    if (!p->conn || !octets.len)
        return;
    p->io->ops->write(p->conn, slice_sub(octets, 0, 1));
    stack_sent(p->stack, 1);
    p->io->ops->timer_set(p->timer, p->drip_ms);
}

static void flush(struct puppet *p)
{
    struct slice octets = stack_output(p->stack);

    while (octets.len >= TPKT_HEADER && p->packets > 0) {
        size_t len = (size_t)octets.p[2] << 8 | octets.p[3];

        p->io->ops->write(p->conn, slice_sub(octets, 0, len));
        stack_sent(p->stack, len);
        if (p->packets != PUPPET_ALL)
            p->packets--;
        octets = stack_output(p->stack);
        if (!p->opened)
            mark(p);
    }
    if (octets.len && p->drip_ms)
        p->io->ops->timer_set(p->timer, p->drip_ms);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void make_bind(struct buf *out)
{
    buf_init(out, BIND_MAX);
    sim_peer_bind("PARIS", "", out);
}

static void accept_bind(struct puppet *p)
{
    struct buf bind;

    make_bind(&bind);
    stack_accept(p->stack, buf_view(&bind), now(p));
    p->opened = true;
    mark(p);
    buf_free(&bind);
}

static void send_segment(struct puppet *p, size_t want)
{
    static const uint8_t zeros[APDU];

    if (p->segments == 0)
        return;
    p->segments--;
    stack_send_segment(p->stack, slice_make(zeros, want < APDU ? want : APDU), now(p));
}

static void handle(struct puppet *p, const struct stack_event *ev)
{
    switch (ev->type) {
    case STACK_EV_OPEN_IND: accept_bind(p); break;
    case STACK_EV_OPENED:
        p->opened = true;
        mark(p);
        break;
    case STACK_EV_SEND: send_segment(p, ev->u.want); break;
    case STACK_EV_RECEIVE_START:
        mark(p);
        p->io->ops->pause(p->conn, p->deaf);
        break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        p->checkpoint = ev->u.checkpoint;
        if (!p->refuses_checkpoints)
            stack_checkpoint_secured(p->stack, ev->u.checkpoint, now(p));
        break;
    case STACK_EV_RECEIVE_END:
        mark(p);
        if (!p->refuses_end)
            stack_receive_secured(p->stack, now(p));
        if (p->mute) {
            flush(p);
            p->packets = 0;
        }
        break;
    default: break;
    }
}

void puppet_pump(struct puppet *p)
{
    struct stack_event ev;

    while (p->stack && p->conn && stack_next(p->stack, &ev)) {
        handle(p, &ev);
        flush(p);
    }
    if (p->stack && p->conn)
        flush(p);
}

void puppet_transfer(struct puppet *p)
{
    int error = stack_transfer(p->stack, APDU, now(p));

    assert(!error);
    puppet_pump(p);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void on_data(void *ctx, struct slice octets)
{
    struct puppet *p = ctx;

    if (!p->stack)
        return;
    stack_input(p->stack, octets, now(p));
    puppet_pump(p);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct puppet *p = ctx;

    (void)error;
    (void)text;
    p->conn = NULL;
}

static void on_writable(void *ctx)
{
    (void)ctx;
}

static void make_stack(struct puppet *p, bool initiator)
{
    const struct stack_params params = {
        .initiator = initiator,
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = p->checkpoint_kib,
        .window = p->deaf ? 8 : 2,
        .open_timeout_ms = UINT32_MAX / 2,
        .answer_timeout_ms = UINT32_MAX / 2,
        .user_reference = "PARIS",
        .utctime = "261122120000Z",
    };

    p->stack = stack_new(&params);
    assert(p->stack);
}

static void on_connected(void *ctx)
{
    struct puppet *p = ctx;
    struct buf bind;

    mark(p);
    make_stack(p, true);
    make_bind(&bind);
    stack_open(p->stack, buf_view(&bind), now(p));
    buf_free(&bind);
    puppet_pump(p);
}

static const struct io_conn_cb callbacks = {.on_connected = on_connected,
                                            .on_data = on_data,
                                            .on_writable = on_writable,
                                            .on_closed = on_closed};

static void on_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                        const struct io_addr *local)
{
    struct puppet *p = ctx;

    (void)remote;
    (void)local;
    if (p->stack)
        return; /* one call is enough */
    p->io->ops->accept(conn, &callbacks, p);
    p->conn = conn;
    mark(p);
    make_stack(p, false);
}

static void prepare(struct puppet *p, struct pair *pair)
{
    p->pair = pair;
    p->io = pair->b.io;
    p->timer = p->io->ops->timer_new(p->io, drip, p);
    assert(p->timer);
}

void puppet_call(struct puppet *p, struct pair *pair)
{
    struct io_connect_params params = {.local = NULL};
    int error;

    prepare(p, pair);
    io_addr_parse("10.0.0.1", PORT, &params.remote);
    error = p->io->ops->connect(p->io, &params, &callbacks, p, &p->conn);
    assert(!error);
}

void puppet_listen(struct puppet *p, struct pair *pair)
{
    struct io_listen_params params = {.on_incoming = on_incoming, .ctx = p};
    int error;

    prepare(p, pair);
    p->responder = true;
    io_addr_parse("10.0.0.2", OWN_PORT, &params.local);
    error = p->io->ops->listen(p->io, &params, &p->listener, NULL, 0);
    assert(!error);
}

void puppet_end(struct puppet *p)
{
    if (p->conn)
        p->io->ops->close(&p->conn, false);
    if (p->listener)
        p->io->ops->listener_free(&p->listener);
    p->io->ops->timer_free(&p->timer);
    stack_free(&p->stack);
}
