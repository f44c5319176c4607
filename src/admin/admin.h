/* SPDX-License-Identifier: Apache-2.0 */
/* The API: HTTP/1.1 and JSON on a Unix socket, REST below /v1, server-sent events, /metrics. It has
 * no thread: the daemon's loop polls admin_poll_fd() and calls admin_run(). */
#pragma once

#include "admin/backend.h"
#include "log/event.h"

#include <sys/types.h>

struct admin;

struct admin_params {
    const char *socket; /* path of the control socket; a stale one is replaced */
    unsigned mode;      /* its permissions, 0660 */
    gid_t group;        /* its group; members may write. (gid_t)-1: none */
    uid_t owner;        /* this uid, and root, may write. Others may read if the socket's mode
                         * lets them in */
    const char *version;
    const struct admin_backend *backend;
    void *backend_ctx;
    struct log *log;            /* may be NULL */
    int64_t (*wall)(void *ctx); /* ms since 1970, for events of the API itself */
    void *wall_ctx;
};

/* X4_OK; X4_EBUSY: another daemon answers on the socket; X4_ENOTFOUND, X4_EDENIED: its path leads
 * nowhere or may not be used; X4_EIO, X4_ENOMEM. text says why. */
int admin_new(const struct admin_params *params, struct admin **out, char *text, size_t size);
/* Closes the socket and all connections. Every reply must have been finished before. */
void admin_free(struct admin **admin);

/* Readable whenever admin_run() has something to do. Never changes. */
int admin_poll_fd(const struct admin *admin);
/* Milliseconds after which admin_run() wants to be called all the same, -1: never. */
int admin_timeout_ms(const struct admin *admin);
void admin_run(struct admin *admin);

/* Events have been committed to the store: those who follow /v1/events/stream read them now.
 * Without this call they see them within a second. */
void admin_events_changed(struct admin *admin);

/* The OpenAPI 3 description of the API, made from the route and schema tables. */
json_t *admin_openapi(const char *version);
