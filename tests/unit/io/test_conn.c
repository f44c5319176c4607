/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners and connections on loopback. */
#include "loop.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static const char absent[] = "192.0.2.1"; /* TEST-NET-1: on no node */

/* ---- listening ------------------------------------------------------------------------------- */

static int try_listen(struct bench *b, const struct io_addr *at, bool freebind, char *text)
{
    const struct io_listen_params params = {
        .local = *at, .freebind = freebind, .on_incoming = bench_incoming, .ctx = b};
    struct io_listener *l = NULL;
    int error = b->io->ops->listen(b->io, &params, &l, text, TEXT_MAX);

    assert_true((l == NULL) == (error != X4_OK));
    b->io->ops->listener_free(&l);
    assert_null(l);
    return error;
}

static void listener_knows_its_port(void **state)
{
    struct bench *b = bench_new();
    char text[IO_ADDR_TEXT];

    (void)state;
    assert_int_not_equal(io_addr_port(&b->addr), 0);
    io_addr_print(&b->addr, false, text);
    assert_string_equal(text, "127.0.0.1");
    bench_free(b);
}

static void listening_twice_is_refused_in_words(void **state)
{
    struct bench *b = bench_new();
    char text[TEXT_MAX];

    (void)state;
    assert_int_equal(try_listen(b, &b->addr, false, text), X4_EBUSY);
    assert_string_equal(text, "address and port already in use");
    bench_free(b);
}

static void absent_address_needs_freebind(void **state)
{
    struct bench *b = bench_new();
    struct io_addr at;
    char text[TEXT_MAX];

    (void)state;
    assert_int_equal(io_addr_parse(absent, 0, &at), X4_OK);
    assert_int_equal(try_listen(b, &at, false, text), X4_ENET);
    assert_string_equal(text, "address not available on this node");
    assert_int_equal(try_listen(b, &at, true, text), X4_OK);
    bench_free(b);
}

/* Listens on a port of :: that the system picks, and then on the same port of 0.0.0.0. */
static int listen_on_both(struct bench *b)
{
    struct io_addr any4;
    struct io_addr any6;
    struct io_listen_params params = {.on_incoming = bench_incoming, .ctx = b};
    struct io_listener *l = NULL;
    char text[TEXT_MAX];
    int rc;

    assert_int_equal(io_addr_parse("::", 0, &params.local), X4_OK);
    rc = b->io->ops->listen(b->io, &params, &l, text, sizeof(text));
    if (rc != X4_OK)
        return rc;
    b->io->ops->listener_addr(l, &any6);
    assert_int_equal(io_addr_parse("0.0.0.0", io_addr_port(&any6), &any4), X4_OK);
    return try_listen(b, &any4, false, text);
}

/* A port that is free for IPv6 may be another process's for IPv4: then the next one is tried. */
static void ipv6_and_ipv4_share_a_port(void **state)
{
    int rc = X4_EBUSY;

    (void)state;
    for (int i = 0; i < 16 && rc == X4_EBUSY; i++) {
        struct bench *b = bench_new();

        rc = listen_on_both(b);
        bench_free(b);
    }
    if (rc == X4_EUNSUPP)
        skip();
    assert_int_equal(rc, X4_OK);
}

static void unaccepted_connection_is_closed(void **state)
{
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    b->refuse = true;
    bench_connect(b, &client);
    RUN_UNTIL(b, client.closed);
    assert_int_equal(b->incoming, 1);
    assert_null(b->server.conn);
    bench_free(b);
}

/* ---- connecting ------------------------------------------------------------------------------ */

static void both_sides_know_both_addresses(void **state)
{
    struct bench *b = bench_new();
    struct end client;
    struct io_addr local;
    struct io_addr remote;

    (void)state;
    bench_join(b, &client);
    b->io->ops->conn_addrs(client.conn, &local, &remote);
    assert_true(io_addr_same_host(&local, &b->seen_remote));
    assert_int_equal(io_addr_port(&local), io_addr_port(&b->seen_remote));
    assert_int_equal(io_addr_port(&remote), io_addr_port(&b->addr));
    assert_int_equal(io_addr_port(&b->seen_local), io_addr_port(&b->addr));
    assert_int_equal(client.connected, 1);
    bench_free(b);
}

/* The file descriptor of a connection, found by its addresses. */
static int descriptor_of(struct bench *b, const struct end *e)
{
    struct io_addr local, remote;

    b->io->ops->conn_addrs(e->conn, &local, &remote);
    for (int fd = 3; fd < 1024; fd++) {
        struct io_addr at = {.u.any.sa_family = AF_UNSPEC};
        socklen_t len = sizeof(at.u);

        if (getpeername(fd, &at.u.any, &len) || !io_addr_same_host(&at, &remote) ||
            io_addr_port(&at) != io_addr_port(&remote))
            continue;
        return fd;
    }
    return -1;
}

/* A peer with Nagle's algorithm waits for the acknowledgement of what is not answered. */
static void what_is_not_answered_is_acknowledged_at_once(void **state)
{
    struct bench *b = bench_new();
    struct end client;
    int at_once = 0;
    socklen_t len = sizeof(at_once);
    int fd;

    (void)state;
    bench_join(b, &client);
    fd = descriptor_of(b, &b->server);
    assert_true(fd >= 0);
    /* as in a conversation: the system expects an answer that takes the acknowledgement along */
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &at_once, len), 0);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &at_once, &len), 0);
    assert_int_equal(at_once, 0);
    b->server.heard_out = true; /* it waits for that answer */
    end_write(&client, "?");
    RUN_UNTIL(b, b->server.octets == 1);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &at_once, &len), 0);
    assert_int_equal(at_once, 0);
    b->server.heard_out = false;
    end_write(&client, "?");
    RUN_UNTIL(b, b->server.octets == 2);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &at_once, &len), 0);
    assert_int_equal(at_once, 1);
    bench_free(b);
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

/* A peer that is gone without a word is noticed by the kernel, whoever called: while nothing is
 * sent by its probes, else by what is not acknowledged. */
static void a_peer_that_is_gone_is_noticed(void **state)
{
    enum { PATIENCE_S = 60 };
    struct bench *b = bench_new();
    struct end client;
    const struct end *ends[] = {&client, &b->server};

    (void)state;
    bench_join(b, &client);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        int fd = descriptor_of(b, ends[i]);

        assert_true(fd >= 0);
        assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
        assert_true(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                        option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) *
                            option_of(fd, IPPROTO_TCP, TCP_KEEPCNT) <=
                    PATIENCE_S);
        assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), PATIENCE_S * 1000);
    }
    bench_free(b);
}

static void connection_leaves_from_the_given_address(void **state)
{
    struct bench *b = bench_new();
    struct io_addr local;
    const struct io_connect_params params = {
        .remote = b->addr, .local = &local, .timeout_ms = WAIT_MS};
    struct end client;

    (void)state;
    assert_int_equal(io_addr_parse("127.0.0.2", 0, &local), X4_OK);
    end_init(&client, b->io);
    assert_int_equal(b->io->ops->connect(b->io, &params, &end_cb, &client, &client.conn), X4_OK);
    RUN_UNTIL(b, client.connected && b->server.conn);
    assert_true(io_addr_same_host(&b->seen_remote, &local));
    bench_free(b);
}

static void failing_connect(struct bench *b, const struct io_connect_params *params, int error,
                            const char *text)
{
    struct end client;

    end_init(&client, b->io);
    assert_int_equal(b->io->ops->connect(b->io, params, &end_cb, &client, &client.conn), X4_OK);
    assert_int_equal(client.closed, 0); /* never from inside the call */
    RUN_UNTIL(b, client.closed);
    assert_int_equal(client.connected, 0);
    assert_int_equal(client.error, error);
    assert_string_equal(client.text, text);
}

static void absent_local_address_is_told(void **state)
{
    struct bench *b = bench_new();
    struct io_addr local;
    const struct io_connect_params params = {
        .remote = b->addr, .local = &local, .timeout_ms = WAIT_MS};

    (void)state;
    assert_int_equal(io_addr_parse(absent, 0, &local), X4_OK);
    failing_connect(b, &params, X4_ENET,
                    "cannot leave from 192.0.2.1: address not available on this node");
    assert_int_equal(b->incoming, 0);
    bench_free(b);
}

static void refused_connection_is_told(void **state)
{
    struct bench *b = bench_new();
    const struct io_connect_params params = {.remote = b->addr, .timeout_ms = WAIT_MS};

    (void)state;
    b->io->ops->listener_free(&b->listener);
    failing_connect(b, &params, X4_ENET, "connection refused; nothing listens there");
    bench_free(b);
}

static void families_must_agree(void **state)
{
    struct bench *b = bench_new();
    struct io_addr local;
    const struct io_connect_params params = {.remote = b->addr, .local = &local};
    struct end client = {.io = b->io};

    (void)state;
    assert_int_equal(io_addr_parse("::1", 0, &local), X4_OK);
    assert_int_equal(b->io->ops->connect(b->io, &params, &end_cb, &client, &client.conn),
                     X4_EINVAL);
    assert_null(client.conn);
    bench_free(b);
}

/* A listener that never accepts, its queue full: the kernel drops further SYNs. */
static void connecting_ends_in_time(void **state)
{
    enum { FILL = 4 };
    struct bench *b = bench_new();
    struct io_addr at = loopback(0);
    socklen_t len = sizeof(at.u.v4);
    int queue = socket(AF_INET, SOCK_STREAM, 0);
    int fill[FILL];
    struct io_connect_params params = {.timeout_ms = 100};

    (void)state;
    assert_int_equal(bind(queue, &at.u.any, len), 0);
    assert_int_equal(listen(queue, 0), 0);
    assert_int_equal(getsockname(queue, &at.u.any, &len), 0);
    for (int i = 0; i < FILL; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_not_equal(connect(fill[i], &at.u.any, len), 0);
    }
    params.remote = at;
    failing_connect(b, &params, X4_ETIMEOUT, "no answer in time");
    for (int i = 0; i < FILL; i++)
        close(fill[i]);
    close(queue);
    bench_free(b);
}

/* ---- data ------------------------------------------------------------------------------------ */

static void octets_arrive(void **state)
{
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_connect(b, &client);
    end_write(&client, "before "); /* kept until the connection is there */
    RUN_UNTIL(b, client.connected && b->server.conn);
    end_write(&client, "and ");
    end_write(&client, "after");
    RUN_UNTIL(b, b->server.got.len == 16);
    assert_memory_equal(b->server.got.p, "before and after", 16);
    end_write(&b->server, "pong");
    RUN_UNTIL(b, client.got.len == 4);
    assert_int_equal(b->server.writable, 1);
    buf_free(&client.got);
    bench_free(b);
}

static void one_round_is_one_write(void **state)
{
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_join(b, &client);
    RUN_UNTIL(b, client.writable); /* connecting ends with an empty flush */
    client.writable = 0;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(b->io->ops->write(client.conn, SLICE_LIT("x")), i + 1);
    assert_int_equal(client.writable, 0);
    RUN_UNTIL(b, client.writable && b->server.octets == 1000);
    assert_int_equal(client.writable, 1);
    assert_int_equal(b->io->ops->write(client.conn, SLICE_LIT("")), 0);
    buf_free(&client.got);
    bench_free(b);
}

static void long_output_is_complete_and_in_order(void **state)
{
    enum { BLOCK = 100 * 1000, TOTAL = 200 * BLOCK, HIGH = 1024 * 1024 };
    static uint8_t block[BLOCK];
    struct bench *b = bench_new();
    struct end client;
    size_t sent = 0;

    (void)state;
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (uint8_t)(i * 7 % 251);
    bench_join(b, &client);
    while (sent < TOTAL) {
        size_t waiting = 0;

        while (sent < TOTAL && waiting < HIGH) {
            waiting = b->io->ops->write(client.conn, slice_make(block, BLOCK));
            sent += BLOCK;
        }
        client.writable = 0;
        RUN_UNTIL(b, client.writable);
    }
    RUN_UNTIL(b, b->server.got.len == TOTAL);
    for (size_t i = 0; i < TOTAL; i += BLOCK)
        assert_memory_equal(b->server.got.p + i, block, BLOCK);
    bench_free(b);
}

static void output_beyond_the_maximum_ends_the_connection(void **state)
{
    enum { BLOCK = 1024 * 1024 };
    static const uint8_t block[BLOCK];
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_join(b, &client);
    for (int i = 0; i <= 2 * IO_OUT_MAX / BLOCK; i++) /* what the system takes does not count */
        b->io->ops->write(client.conn, slice_make(block, BLOCK));
    assert_int_equal(b->io->ops->write(client.conn, SLICE_LIT("more")), 0);
    assert_int_equal(client.closed, 0);
    RUN_UNTIL(b, client.closed);
    assert_int_equal(client.error, X4_ELIMIT);
    bench_free(b);
}

static void on_tick(void *ctx)
{
    struct bench *b = ctx;

    io_uv_stop(b->io);
}

static void run_for(struct bench *b, int64_t ms)
{
    struct io_timer *t = b->io->ops->timer_new(b->io, bench_timeout, b);

    b->timed_out = false;
    b->io->ops->timer_set(t, ms);
    while (!b->timed_out)
        io_uv_run(b->io);
    b->io->ops->timer_free(&t);
}

static void paused_connection_reads_nothing(void **state)
{
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_join(b, &client);
    b->io->ops->pause(b->server.conn, true);
    end_write(&client, "wait");
    run_for(b, 50);
    assert_int_equal(b->server.octets, 0);
    b->io->ops->pause(b->server.conn, false);
    RUN_UNTIL(b, b->server.octets == 4);
    bench_free(b);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void graceful_close_is_a_clean_end(void **state)
{
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_join(b, &client);
    end_write(&client, "last words");
    b->io->ops->close(&client.conn, true);
    assert_null(client.conn);
    RUN_UNTIL(b, b->server.closed);
    assert_int_equal(b->server.error, X4_OK);
    assert_int_equal(b->server.got.len, 10);
    assert_int_equal(client.closed, 0); /* who closes is not called back */
    bench_free(b);
}

static void graceful_close_survives_unread_input(void **state)
{
    enum { BLOCK = 4 * 1024 * 1024 };
    static const uint8_t block[BLOCK];
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    bench_join(b, &client);
    b->server.mute = true;
    b->io->ops->pause(client.conn, true);
    end_write(&b->server, "nobody reads this");
    b->io->ops->write(client.conn, slice_make(block, BLOCK));
    b->io->ops->close(&client.conn, true);
    RUN_UNTIL(b, b->server.closed);
    assert_int_equal(b->server.octets, BLOCK);
    assert_int_equal(b->server.error, X4_OK);
    bench_free(b);
}

static void graceful_close_is_bounded(void **state)
{
    enum { BLOCK = 60 * 1024 * 1024 }; /* more than the kernel buffers */
    uint8_t *block = calloc(1, BLOCK);
    struct bench *b = bench_new();
    struct end client;

    (void)state;
    assert_non_null(block);
    bench_join(b, &client);
    b->io->ops->pause(b->server.conn, true); /* the peer does not take it */
    b->io->ops->write(client.conn, slice_make(block, BLOCK));
    b->io->ops->close(&client.conn, true);
    run_for(b, IO_LINGER_MS + 200);
    b->io->ops->pause(b->server.conn, false);
    RUN_UNTIL(b, b->server.closed);
    assert_int_equal(b->server.error, X4_ENET);
    assert_true(b->server.octets < BLOCK);
    free(block);
    bench_free(b);
}

static void reset_is_told_to_the_peer(void **state)
{
    struct bench *b = bench_new();
    struct end client;
    char expected[TEXT_MAX];
    char name[IO_ADDR_TEXT];

    (void)state;
    bench_join(b, &client);
    b->io->ops->close(&client.conn, false);
    RUN_UNTIL(b, b->server.closed);
    assert_int_equal(b->server.error, X4_ENET);
    io_addr_print(&b->seen_remote, true, name);
    snprintf(expected, sizeof(expected), "connection with %s lost: connection reset by the peer",
             name);
    assert_string_equal(b->server.text, expected);
    bench_free(b);
}

static void data_closes(void *ctx, struct slice octets)
{
    struct end *e = ctx;

    (void)octets;
    e->io->ops->close(&e->conn, false);
    io_uv_stop(e->io);
}

static void closing_inside_a_callback_is_allowed(void **state)
{
    static const struct io_conn_cb closer = {.on_connected = end_connected,
                                             .on_data = data_closes,
                                             .on_writable = end_writable,
                                             .on_closed = end_closed};
    struct bench *b = bench_new();
    const struct io_connect_params params = {.remote = b->addr, .timeout_ms = WAIT_MS};
    struct end client;

    (void)state;
    end_init(&client, b->io);
    assert_int_equal(b->io->ops->connect(b->io, &params, &closer, &client, &client.conn), X4_OK);
    RUN_UNTIL(b, client.connected && b->server.conn);
    end_write(&b->server, "go away");
    RUN_UNTIL(b, !client.conn && b->server.closed);
    assert_int_equal(client.closed, 0);
    bench_free(b);
}

static void closing_nothing_is_nothing(void **state)
{
    struct bench *b = bench_new();
    struct io_conn *none = NULL;

    (void)state;
    b->io->ops->close(&none, true);
    b->io->ops->close(&none, false);
    bench_free(b);
}

/* ---- lifetimes, for the address sanitizer ---------------------------------------------------- */

enum { CHAOS_ENDS = 16, CHAOS_STEPS = 6000 };

struct chaos {
    struct bench *b;
    struct end ends[CHAOS_ENDS]; /* either side of something */
    uint32_t seed;
    unsigned opened;
};

static uint32_t chaos_next(struct chaos *c, uint32_t below)
{
    c->seed = c->seed * 1664525 + 1013904223;
    return (c->seed >> 8) % below;
}

static struct end *chaos_free_end(struct chaos *c)
{
    for (int i = 0; i < CHAOS_ENDS; i++) {
        if (!c->ends[i].conn)
            return &c->ends[i];
    }
    return NULL;
}

static void chaos_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                           const struct io_addr *local)
{
    struct chaos *c = ctx;
    struct end *e = chaos_free_end(c);

    (void)remote;
    (void)local;
    if (!e || chaos_next(c, 8) == 0)
        return;
    e->conn = conn;
    c->b->io->ops->accept(conn, &end_cb, e);
    if (chaos_next(c, 8) == 0)
        c->b->io->ops->close(&e->conn, chaos_next(c, 2));
}

static void chaos_open(struct chaos *c, struct end *e, const struct io_addr *to)
{
    static struct io_addr nowhere;
    const struct io_connect_params params = {.remote = *to,
                                             .local = chaos_next(c, 16) ? NULL : &nowhere,
                                             .timeout_ms = chaos_next(c, 3)};

    assert_int_equal(io_addr_parse(absent, 0, &nowhere), X4_OK);
    assert_int_equal(c->b->io->ops->connect(c->b->io, &params, &end_cb, e, &e->conn), X4_OK);
    c->opened++;
}

static void chaos_step(struct chaos *c, const struct io_addr *to)
{
    static const uint8_t block[70000];
    struct end *e = &c->ends[chaos_next(c, CHAOS_ENDS)];
    const struct io_ops *ops = c->b->io->ops;

    if (!e->conn) {
        chaos_open(c, e, to);
        return;
    }
    switch (chaos_next(c, 6)) {
    case 0: ops->close(&e->conn, true); break;
    case 1: ops->close(&e->conn, false); break;
    case 2: ops->pause(e->conn, chaos_next(c, 2)); break;
    default: ops->write(e->conn, slice_make(block, chaos_next(c, sizeof(block)))); break;
    }
}

static void any_order_of_events_is_survived(void **state)
{
    struct chaos c = {.b = bench_new(), .seed = 400};
    const struct io_listen_params params = {
        .local = loopback(0), .on_incoming = chaos_incoming, .ctx = &c};
    struct io_timer *tick = c.b->io->ops->timer_new(c.b->io, on_tick, c.b);
    struct io_listener *l;
    struct io_addr to;
    char text[TEXT_MAX];

    (void)state;
    assert_int_equal(c.b->io->ops->listen(c.b->io, &params, &l, text, sizeof(text)), X4_OK);
    c.b->io->ops->listener_addr(l, &to);
    for (int i = 0; i < CHAOS_ENDS; i++) {
        end_init(&c.ends[i], c.b->io);
        c.ends[i].mute = true;
    }
    for (int i = 0; i < CHAOS_STEPS; i++) {
        chaos_step(&c, &to);
        c.b->io->ops->timer_set(tick, 0); /* at least one round between steps */
        io_uv_run(c.b->io);
    }
    assert_true(c.opened > CHAOS_STEPS / 10);
    bench_free(c.b); /* in the middle of everything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listener_knows_its_port),
        cmocka_unit_test(listening_twice_is_refused_in_words),
        cmocka_unit_test(absent_address_needs_freebind),
        cmocka_unit_test(ipv6_and_ipv4_share_a_port),
        cmocka_unit_test(unaccepted_connection_is_closed),
        cmocka_unit_test(both_sides_know_both_addresses),
        cmocka_unit_test(what_is_not_answered_is_acknowledged_at_once),
        cmocka_unit_test(a_peer_that_is_gone_is_noticed),
        cmocka_unit_test(connection_leaves_from_the_given_address),
        cmocka_unit_test(absent_local_address_is_told),
        cmocka_unit_test(refused_connection_is_told),
        cmocka_unit_test(families_must_agree),
        cmocka_unit_test(connecting_ends_in_time),
        cmocka_unit_test(octets_arrive),
        cmocka_unit_test(one_round_is_one_write),
        cmocka_unit_test(long_output_is_complete_and_in_order),
        cmocka_unit_test(output_beyond_the_maximum_ends_the_connection),
        cmocka_unit_test(paused_connection_reads_nothing),
        cmocka_unit_test(graceful_close_is_a_clean_end),
        cmocka_unit_test(graceful_close_survives_unread_input),
        cmocka_unit_test(graceful_close_is_bounded),
        cmocka_unit_test(reset_is_told_to_the_peer),
        cmocka_unit_test(closing_inside_a_callback_is_allowed),
        cmocka_unit_test(closing_nothing_is_nothing),
        cmocka_unit_test(any_order_of_events_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
