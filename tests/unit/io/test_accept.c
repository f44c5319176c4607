/* SPDX-License-Identifier: Apache-2.0 */
/* A system that has a caller and cannot hand it over. */
#include "loop.h"

#include <uv.h>

int __real_uv_accept(uv_stream_t *server, uv_stream_t *client);
int __wrap_uv_accept(uv_stream_t *server, uv_stream_t *client);

static int result; /* of uv_accept(); 0: as the real one */

int __wrap_uv_accept(uv_stream_t *server, uv_stream_t *client)
{
    return result ? result : __real_uv_accept(server, client);
}

struct failure {
    struct io *io;
    unsigned count;
    char text[TEXT_MAX];
};

static void on_failed(void *ctx, const char *text)
{
    struct failure *f = ctx;

    f->count++;
    snprintf(f->text, sizeof(f->text), "%s", text);
    io_uv_stop(f->io);
}

static void nobody_comes(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                         const struct io_addr *local)
{
    (void)ctx;
    (void)conn;
    (void)remote;
    (void)local;
    fail();
}

static void failed_accept_is_told(void **state)
{
    struct bench *b = bench_new();
    struct failure failure = {.io = b->io};
    struct io_listen_params params = {
        .on_incoming = nobody_comes, .on_failed = on_failed, .ctx = &failure};
    struct io_listener *l;
    struct end client;

    (void)state;
    params.local = loopback(0);
    assert_int_equal(b->io->ops->listen(b->io, &params, &l, failure.text, TEXT_MAX), X4_OK);
    b->io->ops->listener_addr(l, &b->addr);
    result = UV_ENFILE;
    bench_connect(b, &client);
    RUN_UNTIL(b, failure.count);
    assert_non_null(strstr(failure.text, "too many open files"));
    b->io->ops->listener_free(&l);
    buf_free(&client.got);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(failed_accept_is_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
