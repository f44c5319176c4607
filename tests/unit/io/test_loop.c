/* SPDX-License-Identifier: Apache-2.0 */
/* Time, timers, waking, signals, descriptors, names. */
#include "loop.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* ---- timers ---------------------------------------------------------------------------------- */

struct ticks {
    struct io *io;
    struct io_timer *timer;
    unsigned fired;
    int64_t at;
};

static void on_tick(void *ctx)
{
    struct ticks *t = ctx;

    t->fired++;
    t->at = t->io->ops->now(t->io);
    io_uv_stop(t->io);
}

static void on_tick_free(void *ctx)
{
    struct ticks *t = ctx;

    on_tick(ctx);
    t->io->ops->timer_free(&t->timer);
}

static void timer_fires_once_and_not_early(void **state)
{
    struct bench *b = bench_new();
    struct ticks t = {.io = b->io};
    struct ticks later = {.io = b->io};
    int64_t start;

    (void)state;
    t.timer = b->io->ops->timer_new(b->io, on_tick, &t);
    later.timer = b->io->ops->timer_new(b->io, on_tick, &later);
    b->io->ops->timer_set(t.timer, 30);
    start = b->io->ops->now(b->io);
    b->io->ops->timer_set(later.timer, 90);
    assert_int_equal(t.fired, 0);
    RUN_UNTIL(b, later.fired);
    assert_int_equal(t.fired, 1);
    assert_true(t.at >= start + 30);
    assert_true(later.at >= start + 90);
    bench_free(b);
}

static void timer_delay_starts_at_the_call(void **state)
{
    struct bench *b = bench_new();
    struct ticks t = {.io = b->io};
    int64_t wall;

    (void)state;
    t.timer = b->io->ops->timer_new(b->io, on_tick, &t);
    usleep(60 * 1000); /* a long callback: the loop's clock stands still meanwhile */
    wall = b->io->ops->wall(b->io);
    b->io->ops->timer_set(t.timer, 50);
    RUN_UNTIL(b, t.fired);
    assert_true(b->io->ops->wall(b->io) >= wall + 45);
    bench_free(b);
}

static void timer_can_be_reset_and_stopped(void **state)
{
    struct bench *b = bench_new();
    struct ticks moved = {.io = b->io};
    struct ticks stopped = {.io = b->io};
    struct ticks end = {.io = b->io};

    (void)state;
    moved.timer = b->io->ops->timer_new(b->io, on_tick, &moved);
    stopped.timer = b->io->ops->timer_new(b->io, on_tick, &stopped);
    end.timer = b->io->ops->timer_new(b->io, on_tick, &end);
    b->io->ops->timer_set(moved.timer, 0);
    b->io->ops->timer_set(moved.timer, 3600 * 1000);
    b->io->ops->timer_set(stopped.timer, 0);
    b->io->ops->timer_set(stopped.timer, -1);
    b->io->ops->timer_set(end.timer, 30);
    RUN_UNTIL(b, end.fired);
    assert_int_equal(moved.fired, 0);
    assert_int_equal(stopped.fired, 0);
    bench_free(b);
}

static void timer_may_free_itself(void **state)
{
    struct bench *b = bench_new();
    struct ticks t = {.io = b->io};

    (void)state;
    t.timer = b->io->ops->timer_new(b->io, on_tick_free, &t);
    b->io->ops->timer_set(t.timer, 0);
    RUN_UNTIL(b, t.fired);
    assert_null(t.timer);
    b->io->ops->timer_free(&t.timer); /* NULL is nothing to free */
    bench_free(b);
}

/* ---- other events ---------------------------------------------------------------------------- */

struct seen {
    struct io *io;
    unsigned count;
    int signum;
    int fd;
};

static void on_wake(void *ctx)
{
    struct seen *s = ctx;

    s->count++;
    io_uv_stop(s->io);
}

static void *wake_from_thread(void *arg)
{
    struct io *io = arg;

    io->ops->wake(io);
    return NULL;
}

static void another_thread_wakes_the_loop(void **state)
{
    struct bench *b = bench_new();
    struct seen s = {.io = b->io};
    pthread_t thread;

    (void)state;
    b->io->on_wake = on_wake;
    b->io->wake_ctx = &s;
    assert_int_equal(pthread_create(&thread, NULL, wake_from_thread, b->io), 0);
    RUN_UNTIL(b, s.count == 1);
    pthread_join(thread, NULL);
    bench_free(b);
}

static void wake_without_a_listener_is_harmless(void **state)
{
    struct bench *b = bench_new();
    struct ticks t = {.io = b->io};

    (void)state;
    b->io->ops->wake(b->io);
    t.timer = b->io->ops->timer_new(b->io, on_tick, &t);
    b->io->ops->timer_set(t.timer, 10);
    RUN_UNTIL(b, t.fired);
    bench_free(b);
}

static void on_signal(void *ctx, int signum)
{
    struct seen *s = ctx;

    s->count++;
    s->signum = signum;
    io_uv_stop(s->io);
}

static void signals_come_on_the_loop(void **state)
{
    struct bench *b = bench_new();
    struct seen hup = {.io = b->io};
    struct seen term = {.io = b->io};

    (void)state;
    assert_int_equal(io_uv_signal(b->io, SIGHUP, on_signal, &hup), X4_OK);
    assert_int_equal(io_uv_signal(b->io, SIGTERM, on_signal, &term), X4_OK);
    raise(SIGHUP);
    assert_int_equal(hup.count, 0);
    RUN_UNTIL(b, hup.count == 1);
    assert_int_equal(hup.signum, SIGHUP);
    assert_int_equal(term.count, 0);
    assert_int_equal(io_uv_signal(b->io, SIGKILL, on_signal, &term), X4_EINVAL);
    bench_free(b);
}

static void on_fd(void *ctx)
{
    struct seen *s = ctx;
    char octet;

    s->count++;
    if (read(s->fd, &octet, 1) < 0)
        s->fd = -1;
    io_uv_stop(s->io);
}

static void foreign_descriptors_are_watched(void **state)
{
    struct bench *b = bench_new();
    struct seen s = {.io = b->io};
    struct ticks t = {.io = b->io};
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    s.fd = fds[0];
    assert_int_equal(io_uv_poll_fd(b->io, fds[0], on_fd, &s), X4_OK);
    assert_int_equal(io_uv_poll_fd(b->io, fds[0], on_fd, &s), X4_EEXIST);
    assert_int_equal(write(fds[1], "ab", 2), 2);
    RUN_UNTIL(b, s.count == 2); /* level-triggered: one octet is read each time */
    io_uv_unpoll_fd(b->io, fds[0]);
    io_uv_unpoll_fd(b->io, fds[0]);
    assert_int_equal(write(fds[1], "c", 1), 1);
    t.timer = b->io->ops->timer_new(b->io, on_tick, &t);
    b->io->ops->timer_set(t.timer, 20);
    RUN_UNTIL(b, t.fired);
    assert_int_equal(s.count, 2);
    assert_int_equal(io_uv_poll_fd(b->io, -1, on_fd, &s), X4_EINVAL);
    close(fds[0]);
    close(fds[1]);
    bench_free(b);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct answer {
    struct io *io;
    unsigned done;
    int error;
    unsigned count;
    struct io_addr first;
};

static void on_answer(void *ctx, int error, const struct io_addr *addrs, unsigned count)
{
    struct answer *a = ctx;

    a->done++;
    a->error = error;
    a->count = count;
    if (count)
        a->first = addrs[0];
    io_uv_stop(a->io);
}

static void names_resolve(void **state)
{
    struct bench *b = bench_new();
    struct answer a = {.io = b->io};

    (void)state;
    assert_int_equal(b->io->ops->resolve(b->io, "127.0.0.1", 102, on_answer, &a), X4_OK);
    assert_int_equal(a.done, 0);
    RUN_UNTIL(b, a.done);
    assert_int_equal(a.error, X4_OK);
    assert_int_equal(a.count, 1);
    assert_int_equal(io_addr_port(&a.first), 102);
    assert_int_equal(b->io->ops->resolve(b->io, "localhost", 1102, on_answer, &a), X4_OK);
    RUN_UNTIL(b, a.done == 2);
    assert_int_equal(a.error, X4_OK);
    assert_true(a.count >= 1);
    assert_int_equal(io_addr_port(&a.first), 1102);
    bench_free(b);
}

static void unknown_names_fail(void **state)
{
    struct bench *b = bench_new();
    struct answer a = {.io = b->io};
    char long_name[400];

    (void)state;
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = 0;
    assert_int_equal(b->io->ops->resolve(b->io, long_name, 1, on_answer, &a), X4_EINVAL);
    assert_int_equal(a.done, 0);
    assert_int_equal(b->io->ops->resolve(b->io, "a..b", 1, on_answer, &a), X4_OK);
    RUN_UNTIL(b, a.done);
    assert_int_not_equal(a.error, X4_OK);
    assert_int_equal(a.count, 0);
    bench_free(b);
}

static void nobody_is_called_after_the_end(void **state)
{
    struct bench *b = bench_new();
    struct answer a = {.io = b->io};

    (void)state;
    assert_int_equal(b->io->ops->resolve(b->io, "localhost", 1, on_answer, &a), X4_OK);
    bench_free(b);
    assert_int_equal(a.done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timer_fires_once_and_not_early),
        cmocka_unit_test(timer_delay_starts_at_the_call),
        cmocka_unit_test(timer_can_be_reset_and_stopped),
        cmocka_unit_test(timer_may_free_itself),
        cmocka_unit_test(another_thread_wakes_the_loop),
        cmocka_unit_test(wake_without_a_listener_is_harmless),
        cmocka_unit_test(signals_come_on_the_loop),
        cmocka_unit_test(foreign_descriptors_are_watched),
        cmocka_unit_test(names_resolve),
        cmocka_unit_test(unknown_names_fail),
        cmocka_unit_test(nobody_is_called_after_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
