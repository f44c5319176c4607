/* SPDX-License-Identifier: Apache-2.0 */
#include "robot.h"

#include "base/buf.h"
#include "base/limits.h"
#include "p1/p1_bind.h"

#include <assert.h>
#include <string.h>

enum { OPEN_MS = 60 * 1000, CHECKPOINT_KIB = 4, WINDOW = 3, BIND_MAX = 4096 };

static int64_t now(const struct robot *r)
{
    return r->io->ops->now(r->io);
}

static void make_bind(const struct robot *r, struct buf *out)
{
    const struct p1_bind bind = {.credentials = P1_CREDENTIALS_IA5,
                                 .mta_name = slice_str(r->name),
                                 .password = SLICE_LIT("")};

    buf_init(out, BIND_MAX);
    p1_bind_build(&bind, out);
    assert(!out->error);
}

static void accept_open(struct robot *r)
{
    struct buf bind;

    make_bind(r, &bind);
    stack_accept(r->stack, buf_view(&bind), now(r));
    buf_free(&bind);
    r->opened++;
}

static void received(struct robot *r)
{
    r->received++;
    stack_receive_secured(r->stack, now(r));
    if (r->takes_turn)
        stack_turn_please(r->stack, 1, now(r));
}

/* As much as the stack wants and the test allows. */
static void supply(struct robot *r)
{
    static const uint8_t octets[LIMIT_CHUNK];
    size_t n = r->wanted < r->supply ? r->wanted : r->supply;

    if (n == 0)
        return;
    r->wanted = 0;
    r->supply -= n;
    stack_send_segment(r->stack, slice_make(octets, n), now(r));
}

static void act(struct robot *r, const struct stack_event *ev)
{
    switch (ev->type) {
    case STACK_EV_OPEN_IND: accept_open(r); break;
    case STACK_EV_OPENED: r->opened++; break;
    case STACK_EV_SEND:
        r->wanted = ev->u.want;
        supply(r);
        break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        stack_checkpoint_secured(r->stack, ev->u.checkpoint, now(r));
        break;
    case STACK_EV_RECEIVE_END: received(r); break;
    case STACK_EV_TURN_PLEASE:
        r->asked++;
        if (!r->keeps_turn)
            stack_turn_give(r->stack, now(r));
        break;
    default: break;
    }
}

static void pump(struct robot *r)
{
    struct stack_event ev;
    struct slice octets;

    while (stack_next(r->stack, &ev))
        act(r, &ev);
    octets = stack_output(r->stack);
    if (r->conn && octets.len) {
        r->io->ops->write(r->conn, octets);
        stack_sent(r->stack, octets.len);
    }
}

static void on_ready(void *ctx)
{
    pump(ctx);
}

static void on_data(void *ctx, struct slice octets)
{
    struct robot *r = ctx;

    stack_input(r->stack, octets, now(r));
    pump(r);
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct robot *r = ctx;

    (void)error;
    (void)text;
    r->conn = NULL;
    r->closed++;
}

static const struct io_conn_cb callbacks = {on_ready, on_data, on_ready, on_closed};

static void new_stack(struct robot *r, bool initiator)
{
    const struct stack_params params = {
        .initiator = initiator,
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = r->no_checkpoints ? 0 : CHECKPOINT_KIB,
        .window = WINDOW,
        .open_timeout_ms = OPEN_MS,
        .answer_timeout_ms = OPEN_MS,
        .connection_number = 1,
        .user_reference = r->name,
        .utctime = "261122000000Z",
    };

    stack_free(&r->stack);
    r->stack = stack_new(&params);
    assert(r->stack);
}

/* The last one to call is the one that it talks to. */
static void incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                     const struct io_addr *local)
{
    struct robot *r = ctx;

    (void)remote;
    (void)local;
    new_stack(r, false);
    r->conn = conn;
    r->io->ops->accept(conn, &callbacks, r);
}

void robot_init(struct robot *r, struct sim_net *net, const char *address, const char *name)
{
    struct io_listen_params params = {.on_incoming = incoming, .ctx = r};
    char text[128];
    int error;

    *r = (struct robot){.io = sim_host(net, address), .name = name};
    error = io_addr_parse(address, 102, &params.local);
    if (!error)
        error = r->io->ops->listen(r->io, &params, &r->listener, text, sizeof(text));
    assert(!error);
}

void robot_free(struct robot *r)
{
    if (r->conn)
        r->io->ops->close(&r->conn, false);
    r->io->ops->listener_free(&r->listener);
    stack_free(&r->stack);
}

void robot_call(struct robot *r, const char *address)
{
    struct io_connect_params params = {.timeout_ms = OPEN_MS};
    struct buf bind;
    int error = io_addr_parse(address, 102, &params.remote);

    new_stack(r, true);
    make_bind(r, &bind);
    if (!error)
        error = stack_open(r->stack, buf_view(&bind), now(r));
    buf_free(&bind);
    if (!error)
        error = r->io->ops->connect(r->io, &params, &callbacks, r, &r->conn);
    assert(!error);
}

void robot_go_on(struct robot *r)
{
    supply(r);
    pump(r);
}

void robot_transfer(struct robot *r, size_t len)
{
    int error = stack_transfer(r->stack, len, now(r));

    assert(!error);
    pump(r);
}
