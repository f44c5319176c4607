/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_backend.h"

#include "base/error.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fake_server {
    struct admin *admin;
    struct fake *fake;
    char folder[32];
    char socket[64];
    pthread_t thread;
    int order[2], done[2]; /* pipes: a function to run, and that it ran */
};

static void *serve(void *arg)
{
    struct fake_server *s = arg;
    void (*fn)(struct fake *);

    for (;;) {
        struct pollfd fds[] = {{.fd = admin_poll_fd(s->admin), .events = POLLIN},
                               {.fd = s->order[0], .events = POLLIN}};
        int wait = admin_timeout_ms(s->admin);

        (void)poll(fds, 2, s->fake->pending || s->fake->stalled ? 1 : wait);
        admin_run(s->admin);
        fake_tick(s->fake);
        if (!fds[1].revents)
            continue;
        if (read(s->order[0], &fn, sizeof(fn)) != sizeof(fn) || !fn)
            return NULL;
        fn(s->fake);
        admin_events_changed(s->admin);
        if (write(s->done[1], "", 1) != 1)
            return NULL;
    }
}

struct fake_server *fake_server_start(struct fake *fake)
{
    struct fake_server *s = calloc(1, sizeof(*s));
    struct admin_params params = {.mode = 0600,
                                  .group = (gid_t)-1,
                                  .owner = getuid(),
                                  .version = "9.9",
                                  .backend = &fake_backend,
                                  .backend_ctx = fake};
    char text[256];

    snprintf(s->folder, sizeof(s->folder), "/tmp/x400admin.XXXXXX");
    if (!mkdtemp(s->folder) || pipe(s->order) != 0 || pipe(s->done) != 0)
        abort();
    snprintf(s->socket, sizeof(s->socket), "%s/control", s->folder);
    params.socket = s->socket;
    s->fake = fake;
    if (admin_new(&params, &s->admin, text, sizeof(text)) != X4_OK ||
        pthread_create(&s->thread, NULL, serve, s) != 0)
        abort();
    return s;
}

const char *fake_server_socket(const struct fake_server *server)
{
    return server->socket;
}

void fake_server_call(struct fake_server *server, void (*fn)(struct fake *fake))
{
    char c;

    if (write(server->order[1], &fn, sizeof(fn)) != sizeof(fn) || read(server->done[0], &c, 1) != 1)
        abort();
}

void fake_server_stop(struct fake_server **server)
{
    struct fake_server *s = *server;
    void (*none)(struct fake *) = NULL;

    *server = NULL;
    if (write(s->order[1], &none, sizeof(none)) != sizeof(none))
        abort();
    pthread_join(s->thread, NULL);
    admin_free(&s->admin);
    rmdir(s->folder);
    for (int i = 0; i < 2; i++) {
        close(s->order[i]);
        close(s->done[i]);
    }
    free(s);
}

int fake_scene_set_up(void **state)
{
    struct fake_scene *s = calloc(1, sizeof(*s));

    fake_init(&s->fake);
    s->server = fake_server_start(&s->fake);
    s->socket = fake_server_socket(s->server);
    *state = s;
    return 0;
}

int fake_scene_tear_down(void **state)
{
    struct fake_scene *s = *state;

    fake_server_stop(&s->server);
    fake_free(&s->fake);
    free(s);
    return 0;
}
