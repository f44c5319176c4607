/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners. */
#include "base/error.h"
#include "io/uv_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_connection(uv_stream_t *stream, int status)
{
    struct io_listener *l = stream->data;
    struct io_conn *conn = status ? NULL : uv_conn_incoming(l->loop, stream, &status);

    if (!conn) {
        if (l->params.on_failed)
            l->params.on_failed(l->params.ctx, uv_reason_of(status));
        return;
    }
    l->params.on_incoming(l->params.ctx, conn, &conn->remote, &conn->local);
    if (conn->state == CONN_OFFERED)
        uv_conn_drop(conn, true);
}

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void listener_end(struct uv_item *item)
{
    struct io_listener *l = LIST_ITEM(item, struct io_listener, item);

    list_remove(&item->link);
    uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
}

int uv_op_listen(struct io *io, const struct io_listen_params *params, struct io_listener **out,
                 char *text, size_t size)
{
    struct io_listener *l;
    int fd;
    int error = uv_socket_listening(params, &fd, text, size);

    if (error)
        return error;
    l = calloc(1, sizeof(*l));
    if (!l) {
        close(fd);
        snprintf(text, size, "%s", x4_strerror(X4_ENOMEM));
        return X4_ENOMEM;
    }
    l->loop = uv_of(io);
    l->params = *params;
    uv_tcp_init(&l->loop->loop, &l->tcp);
    l->tcp.data = l;
    uv_item_add(l->loop, &l->item, listener_end);
    uv_tcp_open(&l->tcp, fd);
    uv_socket_addrs(&l->tcp, &l->local, NULL);
    error = uv_listen((uv_stream_t *)&l->tcp, UV_BACKLOG, on_connection);
    if (error) {
        snprintf(text, size, "%s", uv_reason_of(error));
        listener_end(&l->item);
        return uv_error_of(error);
    }
    *out = l;
    return X4_OK;
}

void uv_op_listener_addr(const struct io_listener *l, struct io_addr *out)
{
    *out = l->local;
}

void uv_op_listener_free(struct io_listener **l)
{
    if (*l)
        listener_end(&(*l)->item);
    *l = NULL;
}
