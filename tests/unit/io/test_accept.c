/* SPDX-License-Identifier: Apache-2.0 */
/* A system that has a caller and cannot hand it over. */
#include "loop.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
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

/* ---- the last file descriptors --------------------------------------------------------------- */

enum { FILES = 64, SOCKETS_END = FILES / 2 };

static void take_files(int *last)
{
    do
        *last = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (*last >= 0 && *last < SOCKETS_END);
    assert_true(*last >= SOCKETS_END);
}

static void give_files_back(int first, int last)
{
    for (int fd = first; fd <= last; fd++)
        close(fd);
}

/* A caller that is not of the loop. */
static int caller(const struct io_addr *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &to->u.any, sizeof(to->u.v4)), 0);
    return fd;
}

/* Callers cannot take those that files need. */
static void some_files_are_left(void **state)
{
    struct rlimit before, few;
    struct end outgoing;
    struct bench *b;
    int first, last, calling;
    uint8_t octet;

    (void)state;
    result = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = FILES, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    b = bench_new();
    first = dup(STDERR_FILENO);
    take_files(&last);
    calling = caller(&b->addr);
    RUN_UNTIL(b, b->failed);
    assert_int_equal(b->failed, 1);
    assert_string_equal(b->why, "too many open files in this process");
    assert_int_equal(b->incoming, 0);
    assert_true(read(calling, &octet, 1) <= 0); /* closed */
    close(calling);
    bench_connect(b, &outgoing);
    RUN_UNTIL(b, outgoing.closed);
    assert_int_equal(outgoing.error, X4_ELIMIT);
    assert_non_null(strstr(outgoing.text, "too many open files"));
    give_files_back(first, last);
    calling = caller(&b->addr);
    RUN_UNTIL(b, b->incoming);
    close(calling);
    assert_int_equal(b->failed, 1); /* it was not told again and again */
    buf_free(&outgoing.got);
    bench_free(b);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_accept_is_told),
        cmocka_unit_test(some_files_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
