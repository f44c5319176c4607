/* SPDX-License-Identifier: Apache-2.0 */
/* The API: whatever a client of the control socket sends, the server goes on. */
/* needs: dep_lib_admin dep_fake_backend */
/* words: src/admin/routes.c src/admin/request.c src/admin/submit.c */
#include "../unit/admin/fake_backend.h"

#include "base/error.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUNDS = 64, QUIET_ROUNDS = 3 };

/* Made by the first input, used by all. */
static struct fake fake;
static struct admin *admin;
static char socket_path[64];

static int64_t no_wall(void *ctx)
{
    (void)ctx;
    return 0;
}

static void stop(void)
{
    while (fake_tick(&fake))
        admin_run(admin);
    admin_free(&admin);
    fake_free(&fake);
}

static void start(void)
{
    struct admin_params params = {.socket = socket_path,
                                  .mode = 0600,
                                  .group = (gid_t)-1,
                                  .owner = getuid(),
                                  .version = "0",
                                  .backend = &fake_backend,
                                  .backend_ctx = &fake,
                                  .wall = no_wall};
    char text[256];

    fake_init(&fake);
    fake.slow = true;
    snprintf(socket_path, sizeof(socket_path), "/tmp/x400fuzz.%ld", (long)getpid());
    if (admin_new(&params, &admin, text, sizeof(text)) != X4_OK)
        abort();
    atexit(stop);
}

static int connect_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        abort();
    return fd;
}

/* Lets the server work until the client hears nothing new for some rounds. */
static void exchange(int fd, const uint8_t *data, size_t size)
{
    char answer[65536];
    int quiet = 0;

    for (int i = 0; i < ROUNDS && quiet < QUIET_ROUNDS; i++) {
        ssize_t sent = size > 0 ? send(fd, data, size, MSG_NOSIGNAL) : 0;
        ssize_t got;

        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        }
        admin_run(admin);
        (void)fake_tick(&fake);
        admin_run(admin);
        got = recv(fd, answer, sizeof(answer), 0);
        if (got == 0)
            return;
        quiet = sent > 0 || got > 0 ? 0 : quiet + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;

    if (!admin)
        start();
    fd = connect_client();
    exchange(fd, data, size);
    close(fd);
    fake.events++; /* followers notice that nobody is there any more */
    admin_events_changed(admin);
    for (int i = 0; i < QUIET_ROUNDS; i++) {
        admin_run(admin);
        (void)fake_tick(&fake);
    }
    return 0;
}
