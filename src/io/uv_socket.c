/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets with the options an MTA wants, and what the system says about them in plain words. */
#include "base/error.h"
#include "io/uv_internal.h"

#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { KEEPALIVE_INTERVAL_S = 10, KEEPALIVE_PROBES = 3 };

struct reason {
    int status; /* libuv's, that is a negative errno */
    int error;
    const char *text;
};

static const struct reason reasons[] = {
    {UV_EADDRNOTAVAIL, X4_ENET, "address not available on this node"},
    {UV_EADDRINUSE, X4_EBUSY, "address and port already in use"},
    {UV_EACCES, X4_EDENIED, "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"},
    {UV_EPERM, X4_EDENIED, "not permitted; a packet filter forbids it"},
    {UV_EAFNOSUPPORT, X4_EUNSUPP, "address family not supported on this node"},
    {UV_ECONNREFUSED, X4_ENET, "connection refused; nothing listens there"},
    {UV_ECONNRESET, X4_ENET, "connection reset by the peer"},
    {UV_EPIPE, X4_ENET, "connection closed by the peer"},
    {UV_ENETUNREACH, X4_ENET, "no route to the network"},
    {UV_EHOSTUNREACH, X4_ENET, "no route to the host"},
    {UV_ETIMEDOUT, X4_ETIMEOUT, "the peer does not answer"},
    {UV_EMFILE, X4_ELIMIT, "too many open files in this process"},
    {UV_ENFILE, X4_ELIMIT, "too many open files on this node"},
    {UV_ENOMEM, X4_ENOMEM, "out of memory"},
};

static const struct reason *find_reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return &reasons[i];
    }
    return NULL;
}

int uv_error_of(int status)
{
    const struct reason *r = find_reason(status);

    return r ? r->error : X4_ENET;
}

const char *uv_reason_of(int status)
{
    const struct reason *r = find_reason(status);

    return r ? r->text : uv_strerror(status);
}

static socklen_t addr_len(const struct io_addr *addr)
{
    return addr->u.any.sa_family == AF_INET6 ? sizeof(addr->u.v6) : sizeof(addr->u.v4);
}

/* Options are requests: one that this kernel lacks leaves the socket usable. */
static void set_option(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

/* Says the reason for the errno at hand. */
static int fail(int fd, char *text, size_t size)
{
    int status = -errno;

    snprintf(text, size, "%s", uv_reason_of(status));
    if (fd >= 0)
        close(fd);
    return uv_error_of(status);
}

int uv_socket_listening(const struct io_listen_params *params, int *fd, char *text, size_t size)
{
    int s = open_socket(params->local.u.any.sa_family);

    if (s < 0)
        return fail(s, text, size);
    set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
    if (params->freebind)
        set_option(s, IPPROTO_IP, IP_FREEBIND, 1);
    if (bind(s, &params->local.u.any, addr_len(&params->local)) || listen(s, UV_BACKLOG))
        return fail(s, text, size);
    *fd = s;
    return X4_OK;
}

/* Nothing is wrong with the other side: the reason is about an address of ours. */
static int fail_to_leave(int fd, const struct io_addr *local, char *text, size_t size)
{
    char name[IO_ADDR_TEXT], reason[256];
    int error = fail(fd, reason, sizeof(reason));

    io_addr_print(local, false, name);
    snprintf(text, size, "cannot leave from %s: %s", name, reason);
    return error;
}

int uv_socket_outgoing(const struct io_addr *remote, const struct io_addr *local, int *fd,
                       char *text, size_t size)
{
    int s = open_socket(remote->u.any.sa_family);

    if (s < 0)
        return fail(s, text, size);
    if (local) {
        set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
        /* The port is chosen when the remote side is known: one local address then serves more
         * than 64 Ki connections. */
        set_option(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        if (bind(s, &local->u.any, addr_len(local)))
            return fail_to_leave(s, local, text, size);
    }
    *fd = s;
    return X4_OK;
}

void uv_socket_tune(const uv_tcp_t *tcp)
{
    int fd;

    if (uv_fileno((const uv_handle_t *)tcp, &fd))
        return;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, IO_KEEPALIVE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, IO_USER_TIMEOUT_MS);
}

void uv_socket_acknowledge(const uv_tcp_t *tcp)
{
    int fd;

    if (uv_fileno((const uv_handle_t *)tcp, &fd) == 0)
        set_option(fd, IPPROTO_TCP, TCP_QUICKACK, 1); /* holds until the next write, not longer */
}

int uv_socket_status(const uv_tcp_t *tcp)
{
    int error = 0;
    socklen_t len = sizeof(error);
    int fd;

    if (uv_fileno((const uv_handle_t *)tcp, &fd) ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
        return 0;
    return -error;
}

int uv_socket_end(void)
{
    struct rlimit limit;
    rlim_t reserved = IO_RESERVED_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    if (limit.rlim_cur < 2 * reserved)
        reserved = limit.rlim_cur / 2;
    return (int)(limit.rlim_cur - reserved);
}

/* The system gives the lowest number that is free: a high one says that the others are taken. */
bool uv_socket_fits(const uv_tcp_t *tcp, int end)
{
    int fd;

    return uv_fileno((const uv_handle_t *)tcp, &fd) == 0 && fd < end;
}

void uv_socket_addrs(const uv_tcp_t *tcp, struct io_addr *local, struct io_addr *remote)
{
    int size = sizeof(*local);

    memset(local, 0, sizeof(*local));
    uv_tcp_getsockname(tcp, &local->u.any, &size);
    if (!remote)
        return;
    size = sizeof(*remote);
    memset(remote, 0, sizeof(*remote));
    uv_tcp_getpeername(tcp, &remote->u.any, &size);
}
