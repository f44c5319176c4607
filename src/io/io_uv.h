/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's event loop: io.h over libuv. Everything here runs on the thread that calls
 * io_uv_run(), except the wake operation of io.h.
 *
 * Timers, listeners and connections belong to whoever made them. io_uv_free() ends those that are
 * left without calling anybody back; their handles must not be used after it.
 *
 * Sockets: IPv6 sockets carry IPv6 only, so "every address" means listening on 0.0.0.0 and on [::].
 * A connection whose peer stops answering is reset by the kernel after IO_USER_TIMEOUT_MS. */
#pragma once

#include "io/io.h"

enum {
    IO_USER_TIMEOUT_MS = 60 * 1000, /* sent octets unacknowledged for so long: X4_ETIMEOUT */
    IO_KEEPALIVE_S = 30,            /* idle seconds before the kernel probes the peer */
    IO_LINGER_MS = 5000,            /* bound of a graceful close */
    IO_OUT_MAX = 64 * 1024 * 1024,  /* octets waiting in one connection; more ends it, X4_ELIMIT */
};

/* NULL: out of memory or file descriptors. SIGPIPE is ignored from here on: a peer that went away
 * is told by on_closed(). */
struct io *io_uv_new(void);
/* Runs until io_uv_stop(). */
void io_uv_run(struct io *io);
/* From a callback: io_uv_run() returns after the current round. */
void io_uv_stop(struct io *io);
/* A name that is being resolved is waited for: the system's resolver cannot be stopped. */
void io_uv_free(struct io **io);

/* Calls fn on the loop's thread whenever signum (SIGTERM, SIGINT, SIGHUP ...) arrives; the default
 * action no longer happens. X4_ENOMEM, X4_EINVAL. */
int io_uv_signal(struct io *io, int signum, void (*fn)(void *ctx, int signum), void *ctx);
/* Calls fn while fd is readable (level-triggered). The caller keeps fd open until
 * io_uv_unpoll_fd() or io_uv_free(). X4_ENOMEM, X4_EINVAL (not pollable), X4_EEXIST. */
int io_uv_poll_fd(struct io *io, int fd, void (*fn)(void *ctx), void *ctx);
void io_uv_unpoll_fd(struct io *io, int fd);
