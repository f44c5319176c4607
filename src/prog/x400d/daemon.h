/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the daemon, put together and taken apart in order. */
#pragma once

#include "conf/error.h"
#include "control/control.h"
#include "io/io_uv.h"

#include <sys/types.h>

enum { DAEMON_TEXT = CONF_ERROR_TEXT };

struct daemon {
    struct conf_object node;
    const char *config; /* path of the node file */
    char name[128];     /* this node */
    gid_t group;        /* of the control socket; (gid_t)-1: none */
    struct log *log;
    struct io *io;
    struct store *store;
    struct mta *mta;
    struct mailboxes *mailboxes;
    struct x400 *x400;
    struct control *control;
    struct admin *admin;
    struct io_timer *admin_timer;
    struct io_timer *memory_timer;
    bool started;
    bool stopping;
    bool hurried;          /* told to stop a second time */
    char why[DAEMON_TEXT]; /* it cannot start */
};

/* Reads the node file; errors go to stderr. X4_OK, X4_ECONFIG, X4_ENOMEM. */
int daemon_load(struct daemon *d, const char *path);
/* Checks the site file that the node file names. */
int daemon_test(struct daemon *d);
/* Runs until SIGTERM. */
int daemon_run(struct daemon *d);
void daemon_unload(struct daemon *d);
