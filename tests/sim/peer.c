/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "base/error.h"
#include "osi/transport/tpdu.h"
#include "p1/p1_bind.h"

#include <stdlib.h>

enum { PORT = 102, CALL_MS = 60 * 1000, DT_LENGTH = 2, DT_EOT = 0x80 };

int64_t sim_peer_now(const struct sim_peer *p)
{
    return p->io->ops->now(p->io);
}

void sim_peer_bind(const char *name, const char *password, struct buf *out)
{
    const struct p1_bind bind = {.credentials = P1_CREDENTIALS_IA5,
                                 .mta_name = slice_str(name),
                                 .password = slice_str(password)};

    if (p1_bind_build(&bind, out))
        abort();
}

/* ---- octets ---------------------------------------------------------------------------------- */

void sim_peer_write(struct sim_peer *p, struct slice octets)
{
    p->raw = true;
    if (p->conn && octets.len)
        p->io->ops->write(p->conn, octets);
}

void sim_peer_wrap(struct slice tsdu, struct buf *out)
{
    const size_t len = tsdu.len + TPKT_MIN;
    const uint8_t header[TPKT_MIN] = {3,       0,     (uint8_t)(len >> 8), (uint8_t)len, DT_LENGTH,
                                      TPDU_DT, DT_EOT};

    buf_append(out, header, sizeof(header));
    buf_slice(out, tsdu);
}

void sim_peer_say(struct sim_peer *p, struct slice tsdu)
{
    struct buf tpkt;

    if (tsdu.len > UINT16_MAX - TPKT_MIN)
        abort();
    buf_init(&tpkt, UINT16_MAX);
    sim_peer_wrap(tsdu, &tpkt);
    sim_peer_write(p, buf_view(&tpkt));
    buf_free(&tpkt);
}

static void flush(struct sim_peer *p)
{
    const struct slice octets = stack_output(p->stack);

    if (!octets.len)
        return;
    if (p->conn && !p->raw)
        p->io->ops->write(p->conn, octets);
    stack_sent(p->stack, octets.len);
    p->again = true; /* there may be room for more now */
}

static void set_timer(struct sim_peer *p)
{
    const int64_t at = stack_deadline(p->stack);
    const int64_t now = sim_peer_now(p);

    p->io->ops->timer_set(p->timer, at == INT64_MAX || p->raw ? -1 : at > now ? at - now : 0);
}

void sim_peer_pump(struct sim_peer *p)
{
    struct stack_event ev;

    p->again = true;
    if (p->pumping || !p->stack)
        return;
    p->pumping = true;
    while (p->again) {
        p->again = false;
        while (stack_next(p->stack, &ev)) {
            if (p->on_event)
                p->on_event(p->ctx, &ev);
        }
        flush(p);
    }
    p->pumping = false;
    set_timer(p);
    if (!p->conn || p->raw || !stack_wants_close(p->stack))
        return;
    sim_peer_hang_up(p, true);
    if (p->on_gone)
        p->on_gone(p->ctx);
}

static void due(void *ctx)
{
    struct sim_peer *p = ctx;

    stack_timeout(p->stack, sim_peer_now(p));
    sim_peer_pump(p);
}

/* ---- the connection -------------------------------------------------------------------------- */

static void on_connected(void *ctx)
{
    struct sim_peer *p = ctx;

    if (p->on_tcp)
        p->on_tcp(p->ctx);
    sim_peer_pump(p);
}

static void on_data(void *ctx, struct slice octets)
{
    struct sim_peer *p = ctx;

    if (p->deaf)
        return;
    stack_input(p->stack, octets, sim_peer_now(p));
    sim_peer_pump(p);
}

static void on_writable(void *ctx)
{
    (void)ctx;
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct sim_peer *p = ctx;

    (void)error;
    (void)text;
    p->conn = NULL;
    stack_closed(p->stack, sim_peer_now(p));
    sim_peer_pump(p);
    if (p->on_gone)
        p->on_gone(p->ctx);
}

static const struct io_conn_cb callbacks = {on_connected, on_data, on_writable, on_closed};

void sim_peer_hang_up(struct sim_peer *p, bool graceful)
{
    if (p->conn)
        p->io->ops->close(&p->conn, graceful);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void make(struct sim_peer *p, const struct stack_params *params)
{
    p->stack = stack_new(params);
    p->timer = p->io->ops->timer_new(p->io, due, p);
    if (!p->stack || !p->timer)
        abort();
}

bool sim_peer_call(struct sim_peer *p, const char *address, const struct stack_params *params,
                   struct slice bind)
{
    struct io_connect_params to = {.timeout_ms = CALL_MS};

    if (io_addr_parse(address, PORT, &to.remote))
        abort();
    make(p, params);
    if (stack_open(p->stack, bind, sim_peer_now(p)) == X4_OK &&
        p->io->ops->connect(p->io, &to, &callbacks, p, &p->conn) == X4_OK)
        return true;
    sim_peer_free(p);
    return false;
}

void sim_peer_answer(struct sim_peer *p, struct io_conn *conn, const struct stack_params *params)
{
    make(p, params);
    p->conn = conn;
    p->io->ops->accept(conn, &callbacks, p);
    if (p->on_tcp)
        p->on_tcp(p->ctx);
}

void sim_peer_free(struct sim_peer *p)
{
    sim_peer_hang_up(p, false);
    if (p->timer)
        p->io->ops->timer_free(&p->timer);
    stack_free(&p->stack);
}
