/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the uv_*.c files only: what the libuv implementation of io.h is made of. */
#pragma once

#include "base/buf.h"
#include "base/list.h"
#include "io/io_uv.h"

#include <uv.h>

enum {
    UV_READ_BUFFER = 256 * 1024, /* one per loop: a read is consumed before the next one starts */
    UV_BACKLOG = 511,
    UV_TEXT = 192, /* an error's clear text */
};

/* Something of the loop's that io_uv_free() ends if its owner has not. */
struct uv_item {
    struct list link; /* in io_uv.items */
    void (*end)(struct uv_item *item);
};

struct io_uv {
    struct io io; /* first: struct io * and struct io_uv * are the same address */
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t flush; /* hands collected output to the system once per round */
    uv_idle_t again;    /* active while the next round must not wait */
    struct list dirty;  /* connections with output to flush */
    struct list items;
    uint8_t *read_buffer;
    int socket_end; /* file descriptors of connections are below */
};

struct io_listener {
    uv_tcp_t tcp;
    struct uv_item item;
    struct io_uv *loop;
    struct io_addr local;
    struct io_listen_params params;
};

enum conn_state {
    CONN_OFFERED,    /* accepted from the kernel, the owner has not said anything yet */
    CONN_CONNECTING, /* outgoing, not there yet */
    CONN_OPEN,
    CONN_DRAINING, /* the owner is gone; output leaves, then FIN, then the peer's FIN */
    CONN_CLOSING,  /* uv_close() called for socket and timer */
};

struct io_conn {
    uv_tcp_t tcp;
    uv_timer_t timer; /* connection timeout, a failure to tell, the bound of a graceful close */
    struct uv_item item;
    uv_connect_t connect_req;
    uv_write_t write_req;
    uv_shutdown_t shutdown_req;
    struct io_uv *loop;
    struct list dirty; /* in loop->dirty while output waits for the flush */
    enum conn_state state;
    unsigned handles; /* of tcp and timer, not closed yet */
    bool writing;     /* write_req is on its way, with the octets of sending */
    bool shut;        /* our FIN has left */
    bool eof;         /* the peer's FIN has come */
    bool has_owner;   /* somebody to call back */
    bool heard_out;   /* the peer says nothing more before it hears from us */
    struct io_conn_cb cb;
    void *ctx;
    struct buf sending;
    struct buf waiting; /* collected for the next write */
    struct io_addr local;
    struct io_addr remote;
    int error; /* a failure found inside a call of the owner's, told by the timer */
    char text[UV_TEXT];
};

/* uv_loop.c */
struct io_uv *uv_of(struct io *io);
void uv_item_add(struct io_uv *loop, struct uv_item *item, void (*end)(struct uv_item *item));
/* conn has output: flush it before the loop waits again. */
void uv_mark_dirty(struct io_conn *conn);

/* uv_socket.c: sockets with our options. Errors are told in text (size octets). */
int uv_socket_listening(const struct io_listen_params *params, int *fd, char *text, size_t size);
/* local may be NULL. */
int uv_socket_outgoing(const struct io_addr *remote, const struct io_addr *local, int *fd,
                       char *text, size_t size);
/* For every connected socket. A failure only costs speed or a late notice, so none is told. */
void uv_socket_tune(const uv_tcp_t *tcp);
/* What has been read is acknowledged now. */
void uv_socket_acknowledge(const uv_tcp_t *tcp);
void uv_socket_addrs(const uv_tcp_t *tcp, struct io_addr *local, struct io_addr *remote);
/* Where the file descriptors end that connections may have (IO_RESERVED_FILES); does this one's? */
int uv_socket_end(void);
bool uv_socket_fits(const uv_tcp_t *tcp, int end);
/* The error that the socket has met and nobody has been told, or 0. */
int uv_socket_status(const uv_tcp_t *tcp);
/* Our error, and its reason in words, for libuv's status (a negative errno). */
int uv_error_of(int status);
const char *uv_reason_of(int status);

/* uv_listen.c */
int uv_op_listen(struct io *io, const struct io_listen_params *params, struct io_listener **out,
                 char *text, size_t size);
void uv_op_listener_addr(const struct io_listener *l, struct io_addr *out);
void uv_op_listener_free(struct io_listener **l);

/* uv_conn.c */
/* The connection that waits at listener, without an owner yet; NULL: there is no memory or no file
 * descriptor for it, or it is gone again, and *status says which. */
struct io_conn *uv_conn_incoming(struct io_uv *loop, uv_stream_t *listener, int *status);
/* Close it at once; the owner is not told. */
void uv_conn_drop(struct io_conn *conn, bool reset);
/* It has ended: let it go and tell the owner. Only from the loop. */
void uv_conn_end(struct io_conn *conn, int error, const char *text);
/* As uv_conn_end(), for libuv's status. */
void uv_conn_lost(struct io_conn *conn, int status);
/* As uv_conn_end() with conn->text, but soon: for failures inside a call of the owner's. */
void uv_conn_end_soon(struct io_conn *conn, int error);
int uv_op_connect(struct io *io, const struct io_connect_params *params,
                  const struct io_conn_cb *cb, void *ctx, struct io_conn **out);
void uv_op_accept(struct io_conn *conn, const struct io_conn_cb *cb, void *ctx);
void uv_op_pause(struct io_conn *conn, bool paused);
void uv_op_heard_out(struct io_conn *conn);
void uv_op_close(struct io_conn **conn, bool graceful);
void uv_op_conn_addrs(const struct io_conn *conn, struct io_addr *local, struct io_addr *remote);

/* uv_output.c */
size_t uv_op_write(struct io_conn *conn, struct slice octets);
/* Hand what waits to the system. Only from the loop. */
void uv_conn_flush(struct io_conn *conn);

/* uv_resolve.c */
int uv_op_resolve(struct io *io, const char *name, uint16_t port,
                  void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count),
                  void *ctx);
