/* SPDX-License-Identifier: Apache-2.0 */
/* An MTA that is not there: answers like one, remembers what it was asked. Asynchronous calls are
 * answered by fake_tick(), as the store's commit would. */
#pragma once

#include "admin/admin.h"

enum { FAKE_CALLS = 64, FAKE_EVENTS = 1000 };

struct fake {
    struct directory *directory;
    char last[1024];     /* the last call with its arguments */
    bool slow;           /* changes and submissions are answered by fake_tick() */
    bool refuse_changes; /* X4_EBUSY */
    int submit_error;    /* what submit_data() says */
    unsigned stall;      /* so many times submit_data() says X4_EAGAIN */
    bool silent;         /* and admin_reply_resume() is never called */
    struct buf content;  /* of the submission */
    unsigned abandoned, changes;
    struct admin_reply *pending; /* waits for fake_tick() */
    struct admin_reply *stalled;
    json_t *answer;
    struct directory *next;
    char mailbox_content[100000];
    int64_t events; /* numbers 1..events are there */
};

extern const struct admin_backend fake_backend;
void fake_init(struct fake *fake);
void fake_free(struct fake *fake);
/* Finishes what waits; true: there was something. */
bool fake_tick(struct fake *fake);

/* The server on its own thread with a socket in a new folder, for clients that block. */
struct fake_server;
struct fake_server *fake_server_start(struct fake *fake);
const char *fake_server_socket(const struct fake_server *server);
/* Runs fn(fake) on the server's thread and waits for it. */
void fake_server_call(struct fake_server *server, void (*fn)(struct fake *fake));
void fake_server_stop(struct fake_server **server);

/* A scene of cmocka: the MTA that is not there, and its server. */
struct fake_scene {
    struct fake fake;
    struct fake_server *server;
    const char *socket;
};
int fake_scene_set_up(void **state);
int fake_scene_tear_down(void **state);
