/* SPDX-License-Identifier: Apache-2.0 */
/* The loop itself: time, timers, waking from another thread, signals, foreign descriptors. */
#include "base/error.h"
#include "base/forget.h"
#include "io/uv_internal.h"

#include <signal.h>
#include <stdlib.h>

struct io_timer {
    uv_timer_t handle;
    struct uv_item item;
    void (*fire)(void *ctx);
    void *ctx;
};

struct uv_signal_watch {
    uv_signal_t handle;
    struct uv_item item;
    void (*fn)(void *ctx, int signum);
    void *ctx;
};

struct uv_fd_watch {
    uv_poll_t handle;
    struct uv_item item;
    int fd;
    void (*fn)(void *ctx);
    void *ctx;
};

struct io_uv *uv_of(struct io *io)
{
    return (struct io_uv *)(void *)io;
}

void uv_item_add(struct io_uv *loop, struct uv_item *item, void (*end)(struct uv_item *item))
{
    item->end = end;
    list_push_back(&loop->items, &item->link);
}

static void free_with_data(uv_handle_t *handle)
{
    free(handle->data);
}

/* ---- time and timers ------------------------------------------------------------------------- */

static int64_t op_now(struct io *io)
{
    return (int64_t)uv_now(&uv_of(io)->loop);
}

static int64_t op_wall(struct io *io)
{
    uv_timeval64_t now;

    (void)io;
    uv_gettimeofday(&now);
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}

static void on_timer(uv_timer_t *handle)
{
    struct io_timer *t = handle->data;

    t->fire(t->ctx);
}

static void timer_end(struct uv_item *item)
{
    struct io_timer *t = LIST_ITEM(item, struct io_timer, item);

    list_remove(&item->link);
    uv_close((uv_handle_t *)&t->handle, free_with_data);
}

static struct io_timer *op_timer_new(struct io *io, void (*fire)(void *ctx), void *ctx)
{
    struct io_timer *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->fire = fire;
    t->ctx = ctx;
    uv_timer_init(&uv_of(io)->loop, &t->handle);
    t->handle.data = t;
    uv_item_add(uv_of(io), &t->item, timer_end);
    return t;
}

static void op_timer_set(struct io_timer *t, int64_t delay_ms)
{
    if (delay_ms < 0) {
        uv_timer_stop(&t->handle);
        return;
    }
    /* libuv counts from the start of the round; a long callback must not shorten the delay. */
    uv_update_time(t->handle.loop);
    uv_timer_start(&t->handle, on_timer, (uint64_t)delay_ms, 0);
}

static void op_timer_free(struct io_timer **t)
{
    if (*t)
        timer_end(&(*t)->item);
    *t = NULL;
}

/* ---- waking ---------------------------------------------------------------------------------- */

static void on_wake(uv_async_t *handle)
{
    struct io_uv *loop = handle->data;

    if (loop->io.on_wake)
        loop->io.on_wake(loop->io.wake_ctx);
}

static void op_wake(struct io *io)
{
    uv_async_send(&uv_of(io)->wake);
}

/* ---- output of a round ----------------------------------------------------------------------- */

void uv_mark_dirty(struct io_conn *conn)
{
    if (list_empty(&conn->dirty))
        list_push_back(&conn->loop->dirty, &conn->dirty);
}

static void on_again(uv_idle_t *handle)
{
    (void)handle; /* being active is its whole work */
}

/* Runs before the loop waits. What the callbacks write while it runs goes out in the next round, so
 * that input and timers get their turn, and that round must not wait. */
static void on_flush(uv_prepare_t *handle)
{
    struct io_uv *loop = handle->data;
    struct list batch;

    list_init(&batch);
    while (!list_empty(&loop->dirty)) {
        struct list *link = loop->dirty.next;

        list_remove(link);
        list_push_back(&batch, link);
    }
    while (!list_empty(&batch)) {
        struct io_conn *conn = LIST_ITEM(batch.next, struct io_conn, dirty);

        list_remove(&conn->dirty);
        uv_conn_flush(conn);
    }
    if (list_empty(&loop->dirty))
        uv_idle_stop(&loop->again);
    else
        uv_idle_start(&loop->again, on_again);
    forget_registers();
}

/* ---- signals --------------------------------------------------------------------------------- */

static void on_signal(uv_signal_t *handle, int signum)
{
    struct uv_signal_watch *watch = handle->data;

    watch->fn(watch->ctx, signum);
}

static void signal_end(struct uv_item *item)
{
    struct uv_signal_watch *watch = LIST_ITEM(item, struct uv_signal_watch, item);

    list_remove(&item->link);
    uv_close((uv_handle_t *)&watch->handle, free_with_data);
}

int io_uv_signal(struct io *io, int signum, void (*fn)(void *ctx, int signum), void *ctx)
{
    struct uv_signal_watch *watch = calloc(1, sizeof(*watch));

    if (!watch)
        return X4_ENOMEM;
    watch->fn = fn;
    watch->ctx = ctx;
    uv_signal_init(&uv_of(io)->loop, &watch->handle);
    watch->handle.data = watch;
    uv_item_add(uv_of(io), &watch->item, signal_end);
    if (uv_signal_start(&watch->handle, on_signal, signum)) {
        signal_end(&watch->item);
        return X4_EINVAL;
    }
    return X4_OK;
}

/* ---- descriptors of others ------------------------------------------------------------------- */

/* An error on the descriptor counts as readable: its owner finds it by reading. */
static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct uv_fd_watch *watch = handle->data;

    (void)status;
    (void)events;
    watch->fn(watch->ctx);
}

static void poll_end(struct uv_item *item)
{
    struct uv_fd_watch *watch = LIST_ITEM(item, struct uv_fd_watch, item);

    list_remove(&item->link);
    uv_close((uv_handle_t *)&watch->handle, free_with_data);
}

static struct uv_fd_watch *find_poll(struct io_uv *loop, int fd)
{
    LIST_EACH(link, &loop->items)
    {
        struct uv_item *item = LIST_ITEM(link, struct uv_item, link);
        struct uv_fd_watch *watch = LIST_ITEM(item, struct uv_fd_watch, item);

        if (item->end == poll_end && watch->fd == fd)
            return watch;
    }
    return NULL;
}

int io_uv_poll_fd(struct io *io, int fd, void (*fn)(void *ctx), void *ctx)
{
    struct uv_fd_watch *watch;

    if (find_poll(uv_of(io), fd))
        return X4_EEXIST;
    watch = calloc(1, sizeof(*watch));
    if (!watch)
        return X4_ENOMEM;
    watch->fd = fd;
    watch->fn = fn;
    watch->ctx = ctx;
    if (uv_poll_init(&uv_of(io)->loop, &watch->handle, fd)) {
        free(watch);
        return X4_EINVAL;
    }
    watch->handle.data = watch;
    uv_item_add(uv_of(io), &watch->item, poll_end);
    uv_poll_start(&watch->handle, UV_READABLE, on_readable);
    return X4_OK;
}

void io_uv_unpoll_fd(struct io *io, int fd)
{
    struct uv_fd_watch *watch = find_poll(uv_of(io), fd);

    if (watch)
        poll_end(&watch->item);
}

/* ---- life ------------------------------------------------------------------------------------ */

static const struct io_ops ops = {
    .now = op_now,
    .wall = op_wall,
    .timer_new = op_timer_new,
    .timer_set = op_timer_set,
    .timer_free = op_timer_free,
    .listen = uv_op_listen,
    .listener_addr = uv_op_listener_addr,
    .listener_free = uv_op_listener_free,
    .connect = uv_op_connect,
    .accept = uv_op_accept,
    .write = uv_op_write,
    .pause = uv_op_pause,
    .heard_out = uv_op_heard_out,
    .close = uv_op_close,
    .conn_addrs = uv_op_conn_addrs,
    .resolve = uv_op_resolve,
    .wake = op_wake,
};

struct io *io_uv_new(void)
{
    struct io_uv *loop = calloc(1, sizeof(*loop));

    if (!loop)
        return NULL;
    loop->read_buffer = malloc(UV_READ_BUFFER);
    if (!loop->read_buffer || uv_loop_init(&loop->loop)) {
        free(loop->read_buffer);
        free(loop);
        return NULL;
    }
    if (uv_async_init(&loop->loop, &loop->wake, on_wake)) {
        uv_loop_close(&loop->loop);
        free(loop->read_buffer);
        free(loop);
        return NULL;
    }
    loop->io.ops = &ops;
    loop->socket_end = uv_socket_end();
    loop->wake.data = loop;
    list_init(&loop->dirty);
    list_init(&loop->items);
    uv_idle_init(&loop->loop, &loop->again);
    uv_prepare_init(&loop->loop, &loop->flush);
    loop->flush.data = loop;
    uv_prepare_start(&loop->flush, on_flush);
    signal(SIGPIPE, SIG_IGN);
    return &loop->io;
}

void io_uv_run(struct io *io)
{
    uv_run(&uv_of(io)->loop, UV_RUN_DEFAULT);
}

void io_uv_stop(struct io *io)
{
    uv_stop(&uv_of(io)->loop);
}

void io_uv_free(struct io **io)
{
    struct io_uv *loop = *io ? uv_of(*io) : NULL;

    if (!loop)
        return;
    while (!list_empty(&loop->items)) {
        struct uv_item *item = LIST_ITEM(loop->items.next, struct uv_item, link);

        item->end(item);
    }
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->flush, NULL);
    uv_close((uv_handle_t *)&loop->again, NULL);
    uv_run(&loop->loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop->loop);
    free(loop->read_buffer);
    free(loop);
    *io = NULL;
}
