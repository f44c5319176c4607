/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a connection. libuv closes handles asynchronously: memory goes when both handles of a
 * connection are closed, whoever let go of it first. */
#include "base/error.h"
#include "io/uv_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_handle_closed(uv_handle_t *handle)
{
    struct io_conn *conn = handle->data;

    if (--conn->handles > 0)
        return;
    buf_free(&conn->sending);
    buf_free(&conn->waiting);
    free(conn);
}

void uv_conn_drop(struct io_conn *conn, bool reset)
{
    uv_handle_t *tcp = (uv_handle_t *)&conn->tcp;

    conn->state = CONN_CLOSING;
    conn->has_owner = false;
    list_remove(&conn->dirty);
    list_remove(&conn->item.link);
    uv_close((uv_handle_t *)&conn->timer, on_handle_closed);
    /* A reset is refused while a shutdown is on its way: then FIN has to do. */
    if (!reset || uv_tcp_close_reset(&conn->tcp, on_handle_closed))
        uv_close(tcp, on_handle_closed);
}

static void end_item(struct uv_item *item)
{
    uv_conn_drop(LIST_ITEM(item, struct io_conn, item), true);
}

static void on_timer(uv_timer_t *timer)
{
    struct io_conn *conn = timer->data;

    if (conn->state == CONN_DRAINING) {
        uv_conn_drop(conn, true);
        return;
    }
    if (!conn->error) {
        conn->error = X4_ETIMEOUT;
        snprintf(conn->text, sizeof(conn->text), "no answer in time");
    }
    uv_conn_end(conn, conn->error, conn->text);
}

/* libuv counts from the start of the round; a long callback must not shorten the delay. */
static void set_timer(struct io_conn *conn, uint64_t delay_ms)
{
    uv_update_time(conn->timer.loop);
    uv_timer_start(&conn->timer, on_timer, delay_ms, 0);
}

/* The owner is gone: let output leave, then close, all within IO_LINGER_MS. */
static void drain(struct io_conn *conn)
{
    uv_op_pause(conn, conn->eof);
    conn->state = CONN_DRAINING;
    set_timer(conn, IO_LINGER_MS);
    uv_mark_dirty(conn);
}

void uv_conn_end(struct io_conn *conn, int error, const char *text)
{
    const struct io_conn_cb cb = conn->cb;
    bool tell = conn->has_owner;

    conn->has_owner = false;
    if (error == X4_OK)
        drain(conn);
    else
        uv_conn_drop(conn, true);
    if (tell)
        cb.on_closed(conn->ctx, error, text);
}

void uv_conn_lost(struct io_conn *conn, int status)
{
    char name[IO_ADDR_TEXT];
    char text[UV_TEXT];

    io_addr_print(&conn->remote, true, name);
    snprintf(text, sizeof(text), "connection with %s lost: %s", name, uv_reason_of(status));
    uv_conn_end(conn, uv_error_of(status), text);
}

void uv_conn_end_soon(struct io_conn *conn, int error)
{
    conn->error = error;
    uv_read_stop((uv_stream_t *)&conn->tcp);
    set_timer(conn, 0);
}

static struct io_conn *conn_new(struct io_uv *loop)
{
    struct io_conn *conn = calloc(1, sizeof(*conn));

    if (!conn)
        return NULL;
    conn->loop = loop;
    list_init(&conn->dirty);
    buf_init(&conn->sending, IO_OUT_MAX);
    buf_init(&conn->waiting, IO_OUT_MAX);
    uv_tcp_init(&loop->loop, &conn->tcp);
    uv_timer_init(&loop->loop, &conn->timer);
    conn->handles = 2;
    conn->tcp.data = conn;
    conn->timer.data = conn;
    conn->connect_req.data = conn;
    conn->write_req.data = conn;
    conn->shutdown_req.data = conn;
    uv_item_add(loop, &conn->item, end_item);
    return conn;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The octets of one read are consumed inside on_read(), so all connections share the buffer. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct io_conn *conn = handle->data;

    (void)suggested;
    *buf = uv_buf_init((char *)conn->loop->read_buffer, UV_READ_BUFFER);
}

static void on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    struct io_conn *conn = stream->data;
    bool open = conn->state == CONN_OPEN;
    int status;

    conn->heard_out = false;
    if (nread > 0 && open)
        conn->cb.on_data(conn->ctx, slice_make(buf->base, (size_t)nread));
    /* An answer takes the acknowledgement along. Without one the system would keep it back for 40
     * ms, and a peer with Nagle's algorithm, as ISODE is, its next SPDU as long, if it has one. */
    if (nread > 0 && conn->state == CONN_OPEN && list_empty(&conn->dirty) && !conn->heard_out)
        uv_socket_acknowledge(&conn->tcp);
    if (nread > 0)
        explicit_bzero(buf->base, (size_t)nread); /* a password may have been in it */
    if (nread >= 0)
        return; /* nothing, or octets nobody waits for any more */
    uv_read_stop(stream);
    /* libuv calls a reset that follows octets an end of file; the socket knows better. */
    status = nread == UV_EOF ? uv_socket_status(&conn->tcp) : (int)nread;
    conn->eof = status == 0;
    if (status)
        uv_conn_lost(conn, status);
    else if (open)
        uv_conn_end(conn, X4_OK, "closed by the peer");
    else if (conn->shut)
        uv_conn_drop(conn, false);
}

void uv_op_pause(struct io_conn *conn, bool paused)
{
    if (conn->state != CONN_OPEN || conn->error)
        return;
    if (paused)
        uv_read_stop((uv_stream_t *)&conn->tcp);
    else
        uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
}

void uv_op_heard_out(struct io_conn *conn)
{
    conn->heard_out = true;
}

static void conn_open(struct io_conn *conn)
{
    conn->state = CONN_OPEN;
    uv_socket_tune(&conn->tcp);
    uv_op_pause(conn, false);
}

/* ---- incoming -------------------------------------------------------------------------------- */

struct io_conn *uv_conn_incoming(struct io_uv *loop, uv_stream_t *listener, int *status)
{
    struct io_conn *conn = conn_new(loop);

    *status = UV_ENOMEM;
    if (!conn)
        return NULL;
    conn->state = CONN_OFFERED;
    *status = uv_accept(listener, (uv_stream_t *)&conn->tcp);
    if (*status) {
        uv_conn_drop(conn, false);
        return NULL;
    }
    if (!uv_socket_fits(&conn->tcp, loop->socket_end)) {
        *status = UV_EMFILE;
        uv_conn_drop(conn, true);
        return NULL;
    }
    uv_socket_addrs(&conn->tcp, &conn->local, &conn->remote);
    return conn;
}

void uv_op_accept(struct io_conn *conn, const struct io_conn_cb *cb, void *ctx)
{
    conn->cb = *cb;
    conn->ctx = ctx;
    conn->has_owner = true;
    conn_open(conn);
}

/* ---- outgoing -------------------------------------------------------------------------------- */

static void on_connect(uv_connect_t *req, int status)
{
    struct io_conn *conn = req->data;

    if (conn->state != CONN_CONNECTING || conn->error)
        return;
    uv_timer_stop(&conn->timer);
    if (status) {
        snprintf(conn->text, sizeof(conn->text), "%s", uv_reason_of(status));
        uv_conn_end(conn, uv_error_of(status), conn->text);
        return;
    }
    uv_socket_addrs(&conn->tcp, &conn->local, &conn->remote);
    conn_open(conn);
    uv_mark_dirty(conn); /* what was written while connecting */
    conn->cb.on_connected(conn->ctx);
}

/* Failures are told by on_closed(), as everything else about a connection. */
static void start_connecting(struct io_conn *conn, const struct io_connect_params *params)
{
    int fd;
    int status;
    int error =
        uv_socket_outgoing(&params->remote, params->local, &fd, conn->text, sizeof(conn->text));

    if (error) {
        uv_conn_end_soon(conn, error);
        return;
    }
    status = uv_tcp_open(&conn->tcp, fd);
    if (status)
        close(fd);
    else if (!uv_socket_fits(&conn->tcp, conn->loop->socket_end))
        status = UV_EMFILE;
    else
        status = uv_tcp_connect(&conn->connect_req, &conn->tcp, &params->remote.u.any, on_connect);
    if (status) {
        snprintf(conn->text, sizeof(conn->text), "%s", uv_reason_of(status));
        uv_conn_end_soon(conn, uv_error_of(status));
        return;
    }
    if (params->timeout_ms)
        set_timer(conn, params->timeout_ms);
}

int uv_op_connect(struct io *io, const struct io_connect_params *params,
                  const struct io_conn_cb *cb, void *ctx, struct io_conn **out)
{
    struct io_conn *conn;

    if (params->local && params->local->u.any.sa_family != params->remote.u.any.sa_family)
        return X4_EINVAL;
    conn = conn_new(uv_of(io));
    if (!conn)
        return X4_ENOMEM;
    conn->state = CONN_CONNECTING;
    conn->cb = *cb;
    conn->ctx = ctx;
    conn->has_owner = true;
    conn->remote = params->remote;
    if (params->local)
        conn->local = *params->local;
    start_connecting(conn, params);
    *out = conn;
    return X4_OK;
}

/* ---- end ------------------------------------------------------------------------------------- */

void uv_op_close(struct io_conn **conn, bool graceful)
{
    struct io_conn *c = *conn;

    *conn = NULL;
    if (!c)
        return;
    c->has_owner = false;
    if (graceful && c->state == CONN_OPEN && !c->error)
        drain(c);
    else
        uv_conn_drop(c, c->state != CONN_CONNECTING);
}

void uv_op_conn_addrs(const struct io_conn *conn, struct io_addr *local, struct io_addr *remote)
{
    if (local)
        *local = conn->local;
    if (remote)
        *remote = conn->remote;
}
