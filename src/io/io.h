/* SPDX-License-Identifier: Apache-2.0 */
/* The edge: time, timers, TCP and name resolution, as a table of functions. io/uv_*.c implements it
 * over libuv for the daemon; the simulator implements it over virtual time. Everything runs and
 * calls back on one thread. No callback comes from inside the call that asked for it. */
#pragma once

#include "base/slice.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An address with port, IPv4 or IPv6. */
struct io_addr {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
};
enum { IO_ADDR_TEXT = 64 };
/* "192.0.2.1:102", "[2001:db8::1]:102"; without the port when with_port is false. */
void io_addr_print(const struct io_addr *addr, bool with_port, char text[IO_ADDR_TEXT]);
/* A literal address, no names. X4_ESYNTAX. */
int io_addr_parse(const char *text, uint16_t port, struct io_addr *out);
bool io_addr_same_host(const struct io_addr *a, const struct io_addr *b);
/* The network in which a host may choose its address: an IPv4 address as it is, the /64 of an IPv6
 * address; without port. All octets of *out are set. */
void io_addr_network(const struct io_addr *addr, struct io_addr *out);
uint16_t io_addr_port(const struct io_addr *addr);
/* "10.0.0.0/8", "2001:db8::/32" or a single address. An IPv4 address inside IPv6 counts as IPv4. */
struct io_prefix {
    struct io_addr addr;
    unsigned bits;
};
int io_prefix_parse(const char *text, struct io_prefix *out);
bool io_prefix_holds(const struct io_prefix *prefix, const struct io_addr *addr);

struct io;
struct io_timer;
struct io_listener;
struct io_conn;

/* What a connection tells its owner. After closed() nothing more comes and the handle is gone; its
 * text says why in words, without the address of the other side while there is no connection.
 * on_data: octets as they arrive, valid during the call. on_writable: everything handed over
 * with write() has been given to the system. */
struct io_conn_cb {
    void (*on_connected)(void *ctx); /* outgoing only */
    void (*on_data)(void *ctx, struct slice octets);
    void (*on_writable)(void *ctx);
    void (*on_closed)(void *ctx, int error, const char *text); /* X4_OK: peer's FIN or our close */
};

struct io_connect_params {
    struct io_addr remote;
    const struct io_addr *local; /* bind the socket to this host first; NULL: the system chooses.
                                  * Port 0 = any */
    uint32_t timeout_ms;         /* 0: as long as the system tries */
};

struct io_listen_params {
    struct io_addr local; /* port 0: the kernel picks, see listener_addr() */
    bool freebind;        /* IP_FREEBIND: listen before the address is there */
    /* Accept by calling accept() inside, with the owner's callbacks; not calling it closes. */
    void (*on_incoming)(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                        const struct io_addr *local);
    /* The system has a caller and cannot hand it over. May be NULL. */
    void (*on_failed)(void *ctx, const char *text);
    void *ctx;
};

/* File descriptors that sockets leave free (or half of what the process may have, if that is less),
 * so that files can still be opened when callers take all the others. */
enum { IO_RESERVED_FILES = 128 };

struct io_ops {
    int64_t (*now)(struct io *io);  /* monotonic ms */
    int64_t (*wall)(struct io *io); /* ms since 1970 UTC */
    struct io_timer *(*timer_new)(struct io *io, void (*fire)(void *ctx), void *ctx);
    void (*timer_set)(struct io_timer *t, int64_t delay_ms); /* resets; < 0 stops */
    void (*timer_free)(struct io_timer **t);
    /* text: why not, in words, without the address. */
    int (*listen)(struct io *io, const struct io_listen_params *params, struct io_listener **out,
                  char *text, size_t size);
    void (*listener_addr)(const struct io_listener *l, struct io_addr *out);
    void (*listener_free)(struct io_listener **l);
    int (*connect)(struct io *io, const struct io_connect_params *params,
                   const struct io_conn_cb *cb, void *ctx, struct io_conn **out);
    void (*accept)(struct io_conn *conn, const struct io_conn_cb *cb, void *ctx);
    /* Copies what the system does not take at once. Returns octets waiting in all. */
    size_t (*write)(struct io_conn *conn, struct slice octets);
    void (*pause)(struct io_conn *conn, bool paused); /* stop or go on reading */
    /* In on_data: the peer says nothing more before it hears from us, so that what has been read
     * needs no acknowledgement of its own. */
    void (*heard_out)(struct io_conn *conn);
    /* Close after what is written has left (graceful) or at once (reset). No callback follows. */
    void (*close)(struct io_conn **conn, bool graceful);
    void (*conn_addrs)(const struct io_conn *conn, struct io_addr *local, struct io_addr *remote);
    /* Asynchronous forward resolution; addrs are valid during the call; count 0 with error. */
    int (*resolve)(struct io *io, const char *name, uint16_t port,
                   void (*done)(void *ctx, int error, const struct io_addr *addrs, unsigned count),
                   void *ctx);
    /* May be called from another thread: run fn(ctx) on the loop's thread soon. */
    void (*wake)(struct io *io);
};

/* Implementations embed this as their first member. */
struct io {
    const struct io_ops *ops;
    void (*on_wake)(void *ctx);
    void *wake_ctx;
};
