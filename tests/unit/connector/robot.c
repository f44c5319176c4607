/* SPDX-License-Identifier: Apache-2.0 */
#include "robot.h"

#include "base/limits.h"

#include <assert.h>

enum {
    OPEN_MS = 60 * 1000,
    CHECKPOINT_KIB = 4,
    WINDOW = 3,
    BIND_MAX = 4096,
    TEMPORARY_PROBLEM = 3
};

static int64_t now(const struct robot *r)
{
    return sim_peer_now(&r->peer);
}

static void accept_open(struct robot *r, const struct stack_open *open)
{
    struct buf bind;

    buf_init(&bind, BIND_MAX);
    sim_peer_bind(r->name, "", &bind);
    stack_accept(r->peer.stack, r->nameless ? SLICE_NONE : buf_view(&bind), now(r));
    buf_free(&bind);
    r->tpdu_size = open->tpdu_size;
    r->opened++;
}

static void received(struct robot *r)
{
    if (r->takes_turn)
        stack_turn_please(r->peer.stack, r->priority, now(r));
    if (r->waits)
        return;
    if (r->aborts) {
        r->aborts--;
        stack_abort(r->peer.stack, TEMPORARY_PROBLEM, now(r));
        return;
    }
    r->received++;
    stack_receive_secured(r->peer.stack, now(r));
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
    stack_send_segment(r->peer.stack, slice_make(octets, n), now(r));
}

static void on_event(void *ctx, const struct stack_event *ev)
{
    struct robot *r = ctx;

    switch (ev->type) {
    case STACK_EV_OPEN_IND: accept_open(r, &ev->u.open); break;
    case STACK_EV_OPENED:
        r->checkpoint_kib = ev->u.open.checkpoint_kib;
        r->opened++;
        break;
    case STACK_EV_SEND:
        r->wanted = ev->u.want;
        supply(r);
        break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        stack_checkpoint_secured(r->peer.stack, ev->u.checkpoint, now(r));
        break;
    case STACK_EV_RECEIVE_END: received(r); break;
    case STACK_EV_TURN_PLEASE:
        r->asked++;
        r->asked_priority = ev->u.priority;
        if (!r->keeps_turn)
            stack_turn_give(r->peer.stack, now(r));
        break;
    case STACK_EV_ABORTED: r->completed = ev->u.abort.transfer_completed; break;
    case STACK_EV_TURN_GIVEN: r->turns++; break;
    default: break;
    }
}

static void on_gone(void *ctx)
{
    struct robot *r = ctx;

    r->closed++;
}

/* The last association is the one that it has to do with. */
static void new_peer(struct robot *r)
{
    sim_peer_free(&r->peer);
    r->peer = (struct sim_peer){.io = r->io, .on_event = on_event, .on_gone = on_gone, .ctx = r};
}

static struct stack_params params_of(const struct robot *r, bool initiator)
{
    return (struct stack_params){
        .initiator = initiator,
        .max_tpdu = LIMIT_TPDU_DEFAULT,
        .checkpoint_kib = r->no_checkpoints ? 0 : CHECKPOINT_KIB,
        .window = WINDOW,
        .two_way_alternate = r->two_way,
        .open_timeout_ms = OPEN_MS,
        .answer_timeout_ms = OPEN_MS,
        .connection_number = 1,
        .user_reference = r->name,
        .utctime = "261122000000Z",
    };
}

static void incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                     const struct io_addr *local)
{
    struct robot *r = ctx;
    const struct stack_params params = params_of(r, false);

    (void)remote;
    (void)local;
    if (r->takes_one && r->peer.conn)
        return; /* not accepting closes it */
    new_peer(r);
    sim_peer_answer(&r->peer, conn, &params);
}

void robot_init(struct robot *r, struct sim_net *net, const char *address, const char *name)
{
    struct io_listen_params params = {.on_incoming = incoming, .ctx = r};
    char text[128];
    int error;

    *r = (struct robot){.io = sim_host(net, address), .name = name, .priority = 1};
    r->peer.io = r->io;
    error = io_addr_parse(address, 102, &params.local);
    if (!error)
        error = r->io->ops->listen(r->io, &params, &r->listener, text, sizeof(text));
    assert(!error);
}

void robot_free(struct robot *r)
{
    sim_peer_free(&r->peer);
    r->io->ops->listener_free(&r->listener);
}

void robot_shut(struct robot *r, struct pair **pair)
{
    pair_advance(*pair, 1000);
    robot_free(r);
    pair_free(pair);
}

void robot_call(struct robot *r, const char *address)
{
    const struct stack_params params = params_of(r, true);
    struct buf bind;
    bool called;

    new_peer(r);
    buf_init(&bind, BIND_MAX);
    sim_peer_bind(r->name, "", &bind);
    called = sim_peer_call(&r->peer, address, &params, buf_view(&bind));
    buf_free(&bind);
    assert(called);
    (void)called;
}

void robot_secure(struct robot *r)
{
    r->waits = false;
    received(r);
    sim_peer_pump(&r->peer);
}

void robot_discard(struct robot *r)
{
    int error = stack_discard(r->peer.stack, now(r));

    assert(!error);
    (void)error;
    sim_peer_pump(&r->peer);
}

void robot_go_on(struct robot *r)
{
    supply(r);
    sim_peer_pump(&r->peer);
}

void robot_transfer(struct robot *r, size_t len)
{
    int error = stack_transfer(r->peer.stack, len, now(r));

    assert(!error);
    (void)error;
    sim_peer_pump(&r->peer);
}
