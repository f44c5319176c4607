/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 64 * 1024 * 1024 };

int http_connect(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void send_all(int fd, struct slice octets)
{
    while (octets.len > 0) {
        ssize_t n = send(fd, octets.p, octets.len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server has answered already */
        octets = slice_from(octets, (size_t)n);
    }
}

void http_send(int fd, const char *request, const char *headers, struct slice body)
{
    char head[2048];

    snprintf(head, sizeof(head),
             "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
             request, body.len, headers);
    send_all(fd, slice_str(head));
    send_all(fd, body);
}

void http_receive(int fd, struct http_answer *answer)
{
    char block[65536], *end;
    ssize_t n;

    *answer = (struct http_answer){.status = 0};
    buf_init(&answer->body, ANSWER_MAX);
    while ((n = recv(fd, block, sizeof(block), 0)) > 0)
        buf_append(&answer->body, block, (size_t)n);
    if (!buf_cstr(&answer->body) ||
        sscanf(buf_cstr(&answer->body), "HTTP/1.1 %d", &answer->status) != 1)
        return;
    end = strstr(buf_cstr(&answer->body), "\r\n\r\n");
    snprintf(answer->headers, sizeof(answer->headers), "%.*s", (int)(end - buf_cstr(&answer->body)),
             buf_cstr(&answer->body));
    buf_consume(&answer->body, (size_t)(end + 4 - buf_cstr(&answer->body)));
    answer->json = json_loadb((const char *)answer->body.p, answer->body.len, 0, NULL);
}

void http(const char *socket_path, const char *request, const char *headers, struct slice body,
          struct http_answer *answer)
{
    int fd = http_connect(socket_path);

    *answer = (struct http_answer){.status = -1};
    if (fd < 0)
        return;
    http_send(fd, request, headers, body);
    http_receive(fd, answer);
    close(fd);
}

void http_free(struct http_answer *answer)
{
    buf_free(&answer->body);
    json_decref(answer->json);
    answer->json = NULL;
}
