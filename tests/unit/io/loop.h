/* SPDX-License-Identifier: Apache-2.0 */
/* A loop with ends of connections that note what happens to them. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "io/io_uv.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WAIT_MS = 20000, TEXT_MAX = 256, KEEP_MAX = 64 * 1024 * 1024 };

/* One end of a connection. */
struct end {
    struct io *io;
    struct io_conn *conn; /* NULL before and after */
    unsigned connected;
    unsigned writable;
    unsigned closed;
    int error;
    char text[TEXT_MAX];
    struct buf got;
    bool mute;      /* count octets, keep none */
    bool heard_out; /* the other end waits for this one */
    size_t octets;
};

/* The test's loop, a listener on loopback and the end that it accepts. */
struct bench {
    struct io *io;
    struct io_listener *listener;
    struct io_addr addr;
    struct end server;
    unsigned incoming;
    unsigned failed;    /* calls that could not be handed over, */
    char why[TEXT_MAX]; /* and why */
    bool refuse;
    struct io_addr seen_local;
    struct io_addr seen_remote;
    struct io_timer *guard;
    bool timed_out;
};

static inline void end_connected(void *ctx)
{
    ((struct end *)ctx)->connected++;
}

static inline void end_data(void *ctx, struct slice octets)
{
    struct end *e = ctx;

    e->octets += octets.len;
    if (e->heard_out)
        e->io->ops->heard_out(e->conn);
    if (!e->mute)
        buf_slice(&e->got, octets);
    io_uv_stop(e->io);
}

static inline void end_writable(void *ctx)
{
    struct end *e = ctx;

    e->writable++;
    io_uv_stop(e->io);
}

static inline void end_closed(void *ctx, int error, const char *text)
{
    struct end *e = ctx;

    e->conn = NULL;
    e->closed++;
    e->error = error;
    snprintf(e->text, sizeof(e->text), "%s", text);
    io_uv_stop(e->io);
}

static const struct io_conn_cb end_cb = {
    .on_connected = end_connected,
    .on_data = end_data,
    .on_writable = end_writable,
    .on_closed = end_closed,
};

static inline void end_init(struct end *e, struct io *io)
{
    *e = (struct end){.io = io};
    buf_init(&e->got, KEEP_MAX);
}

static inline void bench_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                                  const struct io_addr *local)
{
    struct bench *b = ctx;

    b->incoming++;
    b->seen_remote = *remote;
    b->seen_local = *local;
    if (b->refuse || b->server.conn)
        return;
    b->server.conn = conn;
    b->io->ops->accept(conn, &end_cb, &b->server);
    io_uv_stop(b->io);
}

static inline void bench_failed(void *ctx, const char *text)
{
    struct bench *b = ctx;

    b->failed++;
    snprintf(b->why, sizeof(b->why), "%s", text);
    io_uv_stop(b->io);
}

static inline void bench_timeout(void *ctx)
{
    struct bench *b = ctx;

    b->timed_out = true;
    io_uv_stop(b->io);
}

/* Runs the loop until the condition holds; fails the test when it never does. */
#define RUN_UNTIL(b, condition)                                                                    \
    do {                                                                                           \
        (b)->io->ops->timer_set((b)->guard, WAIT_MS);                                              \
        (b)->timed_out = false;                                                                    \
        while (!(condition)) {                                                                     \
            if ((b)->timed_out)                                                                    \
                fail_msg("never came true: %s", #condition);                                       \
            io_uv_run((b)->io);                                                                    \
        }                                                                                          \
        (b)->io->ops->timer_set((b)->guard, -1);                                                   \
    } while (0)

static inline struct io_addr loopback(uint16_t port)
{
    struct io_addr a;

    assert_int_equal(io_addr_parse("127.0.0.1", port, &a), X4_OK);
    return a;
}

static inline void bench_listen(struct bench *b, const char *host)
{
    struct io_listen_params params = {
        .on_incoming = bench_incoming, .on_failed = bench_failed, .ctx = b};
    char text[TEXT_MAX] = "";

    assert_int_equal(io_addr_parse(host, 0, &params.local), X4_OK);
    if (b->io->ops->listen(b->io, &params, &b->listener, text, sizeof(text)))
        fail_msg("%s", text);
    b->io->ops->listener_addr(b->listener, &b->addr);
}

static inline struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    b->io = io_uv_new();
    assert_non_null(b->io);
    b->guard = b->io->ops->timer_new(b->io, bench_timeout, b);
    assert_non_null(b->guard);
    end_init(&b->server, b->io);
    bench_listen(b, "127.0.0.1");
    return b;
}

static inline void bench_free(struct bench *b)
{
    buf_free(&b->server.got);
    io_uv_free(&b->io);
    assert_null(b->io);
    free(b);
}

static inline void bench_connect(struct bench *b, struct end *client)
{
    const struct io_connect_params params = {.remote = b->addr, .timeout_ms = WAIT_MS};

    end_init(client, b->io);
    assert_int_equal(b->io->ops->connect(b->io, &params, &end_cb, client, &client->conn), X4_OK);
}

/* A client end joined with the server's end. */
static inline void bench_join(struct bench *b, struct end *client)
{
    bench_connect(b, client);
    RUN_UNTIL(b, client->connected && b->server.conn);
}

static inline void end_write(struct end *e, const char *text)
{
    e->io->ops->write(e->conn, slice_str(text));
}
