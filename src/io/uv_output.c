/* SPDX-License-Identifier: Apache-2.0 */
/* Output. What an owner writes during a round of the loop is collected and leaves with one system
 * call; what is long leaves at once. What the system does not take at once is moved to `sending`
 * and goes on by itself, while new output collects in `waiting`. */
#include "base/error.h"
#include "io/uv_internal.h"

#include <stdio.h>

enum {
    KEEP_BUFFER = 4096,  /* an idle connection keeps no larger buffer */
    AT_ONCE = 16 * 1024, /* so much is not worth a copy */
};

static size_t octets_waiting(const struct io_conn *conn)
{
    const uv_stream_t *tcp = (const uv_stream_t *)&conn->tcp;

    return (conn->writing ? uv_stream_get_write_queue_size(tcp) : 0) + conn->waiting.len;
}

static void buf_trim(struct buf *b)
{
    if (b->cap > KEEP_BUFFER)
        buf_free(b);
    buf_clear(b); /* a password may have been in it */
}

/* What the system takes of it right now. Trouble shows when the rest is flushed. */
static size_t write_at_once(struct io_conn *conn, struct slice octets)
{
    uv_buf_t all[2] = {uv_buf_init((char *)conn->waiting.p, (unsigned)conn->waiting.len),
                       uv_buf_init((char *)(uintptr_t)octets.p, (unsigned)octets.len)};
    const unsigned skip = conn->waiting.len == 0;
    int taken;

    if (octets.len < AT_ONCE || conn->waiting.len >= AT_ONCE || conn->writing ||
        conn->state != CONN_OPEN)
        return 0;
    taken = uv_try_write((uv_stream_t *)&conn->tcp, all + skip, 2 - skip);
    if (taken <= 0)
        return 0;
    if ((size_t)taken < conn->waiting.len) {
        buf_consume(&conn->waiting, (size_t)taken);
        return 0;
    }
    taken -= (int)conn->waiting.len;
    buf_reset(&conn->waiting);
    return (size_t)taken;
}

size_t uv_op_write(struct io_conn *conn, struct slice octets)
{
    if ((conn->state != CONN_OPEN && conn->state != CONN_CONNECTING) || conn->error)
        return 0;
    if (octets.len == 0)
        return octets_waiting(conn);
    buf_slice(&conn->waiting, slice_from(octets, write_at_once(conn, octets)));
    if (conn->waiting.error) {
        snprintf(conn->text, sizeof(conn->text), "output does not fit into memory: %s",
                 x4_strerror(conn->waiting.error));
        uv_conn_end_soon(conn, conn->waiting.error);
        return 0;
    }
    uv_mark_dirty(conn);
    return octets_waiting(conn);
}

/* ---- the end of output ----------------------------------------------------------------------- */

static void on_shutdown(uv_shutdown_t *req, int status)
{
    struct io_conn *conn = req->data;

    if (conn->state != CONN_DRAINING)
        return;
    conn->shut = true;
    if (status || conn->eof)
        uv_conn_drop(conn, status != 0);
}

/* All output has left. Closing now, with octets of the peer's unread, would make the kernel send a
 * reset that can overtake our last PDU; so only our side is shut, and the peer's FIN is awaited. */
static void shut_output(struct io_conn *conn)
{
    if (uv_shutdown(&conn->shutdown_req, (uv_stream_t *)&conn->tcp, on_shutdown))
        uv_conn_drop(conn, true);
}

static void all_written(struct io_conn *conn)
{
    buf_trim(&conn->sending);
    buf_trim(&conn->waiting);
    if (conn->state == CONN_OPEN)
        conn->cb.on_writable(conn->ctx);
    else
        shut_output(conn);
}

/* ---- flush ----------------------------------------------------------------------------------- */

static void on_written(uv_write_t *req, int status)
{
    struct io_conn *conn = req->data;

    conn->writing = false;
    buf_reset(&conn->sending);
    if (conn->state == CONN_CLOSING)
        return;
    if (status)
        uv_conn_lost(conn, status);
    else
        uv_conn_flush(conn);
}

/* The system has taken the first `taken` octets of what waits; send the rest when it can. */
static void send_rest(struct io_conn *conn, size_t taken)
{
    struct buf swap = conn->sending;
    uv_buf_t rest;
    int status;

    conn->sending = conn->waiting;
    conn->waiting = swap;
    rest.base = (char *)conn->sending.p + taken;
    rest.len = conn->sending.len - taken;
    status = uv_write(&conn->write_req, (uv_stream_t *)&conn->tcp, &rest, 1, on_written);
    conn->writing = status == 0;
    if (status)
        uv_conn_lost(conn, status);
}

void uv_conn_flush(struct io_conn *conn)
{
    uv_buf_t all = uv_buf_init((char *)conn->waiting.p, (unsigned)conn->waiting.len);
    int taken = 0;

    if (conn->writing || conn->error || conn->state == CONN_CONNECTING)
        return;
    if (all.len > 0)
        taken = uv_try_write((uv_stream_t *)&conn->tcp, &all, 1);
    if (taken == UV_EAGAIN)
        taken = 0;
    if (taken < 0)
        uv_conn_lost(conn, taken);
    else if ((size_t)taken < all.len)
        send_rest(conn, (size_t)taken);
    else
        all_written(conn);
}
