/* SPDX-License-Identifier: Apache-2.0 */
/* The server: socket, life, loop. */
#include "admin/admin.h"

#include "admin/admin_internal.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 16, CONNECTION_MEMORY = 64 * 1024 };

int64_t admin_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A socket that nobody answers on is left over from a crash. */
static int remove_stale(const struct sockaddr_un *address, char *text, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = X4_OK;

    if (fd < 0) {
        snprintf(text, size, "%s: %s", address->sun_path, strerror(errno));
        return X4_EIO;
    }
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
        snprintf(text, size, "%s: another process answers there", address->sun_path);
        result = X4_EBUSY;
    } else if (errno == ECONNREFUSED) {
        unlink(address->sun_path);
    }
    close(fd);
    return result;
}

/* The listening socket with its permissions, -1 after an error. It is made unusable for others
 * until the permissions are set. */
static int open_socket(const struct admin_params *params, int *result, char *text, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    *result = X4_ENOTFOUND;
    if (strlen(params->socket) >= sizeof(address.sun_path)) {
        snprintf(text, size, "%s: the name is too long for a socket", params->socket);
        return -1;
    }
    memcpy(address.sun_path, params->socket, strlen(params->socket) + 1);
    *result = remove_stale(&address, text, size);
    if (*result != X4_OK)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && fchmod(fd, 0600) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        (params->group == (gid_t)-1 || chown(params->socket, (uid_t)-1, params->group) == 0) &&
        chmod(params->socket, params->mode & 0777) == 0 && listen(fd, BACKLOG) == 0) {
        *result = X4_OK;
        return fd;
    }
    *result = x4_error_of_errno(errno);
    snprintf(text, size, "%s: %s", params->socket, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct MHD_Daemon *start_http(struct admin *admin, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, admin_handle, admin,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)ADMIN_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)ADMIN_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, admin_completed, admin,
        MHD_OPTION_NOTIFY_CONNECTION, admin_client_changed, admin, MHD_OPTION_END);
}

/* One descriptor to poll, over MHD's and ours. */
static bool join_descriptors(struct admin *admin)
{
    struct epoll_event event = {.events = EPOLLIN};
    int http = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    admin->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    admin->epoll = epoll_create1(EPOLL_CLOEXEC);
    return admin->wake >= 0 && admin->epoll >= 0 &&
           epoll_ctl(admin->epoll, EPOLL_CTL_ADD, admin->wake, &event) == 0 &&
           epoll_ctl(admin->epoll, EPOLL_CTL_ADD, http, &event) == 0;
}

static void release(struct admin *admin)
{
    if (admin->daemon) {
        MHD_stop_daemon(admin->daemon);
        unlink(admin->socket);
    }
    if (admin->wake >= 0)
        close(admin->wake);
    if (admin->epoll >= 0)
        close(admin->epoll);
    free(admin->socket);
    free(admin);
}

int admin_new(const struct admin_params *params, struct admin **out, char *text, size_t size)
{
    struct admin *admin = calloc(1, sizeof(*admin));
    int result = X4_ENOMEM;
    int fd;

    *out = NULL;
    snprintf(text, size, "out of memory");
    if (!admin)
        return X4_ENOMEM;
    admin->params = *params;
    admin->wake = -1;
    admin->epoll = -1;
    list_init(&admin->waiting);
    list_init(&admin->stalled);
    list_init(&admin->followers);
    list_init(&admin->clients);
    admin->socket = strdup(params->socket);
    fd = admin->socket ? open_socket(params, &result, text, size) : -1;
    if (fd >= 0) {
        admin->daemon = start_http(admin, fd);
        if (!admin->daemon) {
            close(fd);
            unlink(params->socket);
        }
        if (!admin->daemon || !join_descriptors(admin)) {
            result = X4_EIO;
            snprintf(text, size, "%s: the HTTP server cannot be started", params->socket);
        }
    }
    if (result != X4_OK) {
        release(admin);
        return result;
    }
    text[0] = '\0';
    *out = admin;
    return X4_OK;
}

void admin_resume(struct admin *admin, struct MHD_Connection *connection)
{
    MHD_resume_connection(connection);
    (void)eventfd_write(admin->wake, 1);
}

void admin_free(struct admin **admin)
{
    struct admin *a = *admin;

    *admin = NULL;
    if (!a)
        return;
    a->stopping = true;
    while (!list_empty(&a->waiting)) {
        struct request *request = LIST_ITEM(a->waiting.next, struct request, link);

        list_remove(&request->link);
        admin_reply_error(&request->reply, X4_EBUSY, "the MTA is stopping");
    }
    admin_retry_uploads(a, true);
    admin_follow_run(a, true);
    MHD_run(a->daemon);
    release(a);
}

int admin_poll_fd(const struct admin *admin)
{
    return admin->epoll;
}

/* Milliseconds from now until then, at most least. */
static int64_t sooner(int64_t least, int64_t then)
{
    int64_t wait = then - admin_clock_ms();

    if (wait < 0)
        wait = 0;
    return wait < least ? wait : least;
}

int admin_timeout_ms(const struct admin *admin)
{
    MHD_UNSIGNED_LONG_LONG wait;
    int64_t least = INT64_MAX;

    if (MHD_get_timeout(admin->daemon, &wait) == MHD_YES)
        least = wait < INT32_MAX ? (int64_t)wait : INT32_MAX;
    if (!list_empty(&admin->clients))
        least = sooner(least, admin_clients_next_ms(admin));
    if (!list_empty(&admin->followers))
        least = sooner(least, admin->next_poll_ms);
    if (!list_empty(&admin->stalled))
        least = sooner(least, admin->next_retry_ms);
    if (!admin->changing && !list_empty(&admin->waiting))
        least = 0;
    return least == INT64_MAX ? -1 : (int)least;
}

/* The next of the changes that wait, once none runs. */
static void run_waiting(struct admin *admin)
{
    while (!admin->changing && !list_empty(&admin->waiting)) {
        struct request *request = LIST_ITEM(admin->waiting.next, struct request, link);

        list_remove(&request->link);
        request->route->handler(request);
    }
}

void admin_run(struct admin *admin)
{
    eventfd_t count;

    (void)eventfd_read(admin->wake, &count);
    admin_clients_check(admin);
    admin_follow_run(admin, false);
    admin_retry_uploads(admin, false);
    MHD_run(admin->daemon);
    run_waiting(admin);
}

void admin_events_changed(struct admin *admin)
{
    admin_follow_run(admin, true);
}
