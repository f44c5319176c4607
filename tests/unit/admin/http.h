/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest HTTP client: one request, one connection. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

struct http_answer {
    int status;
    char headers[4096];
    struct buf body;
    json_t *json; /* NULL: the body is not JSON */
};

/* Connects, or -1. */
int http_connect(const char *socket);
/* Sends "METHOD PATH", extra header lines (each with CRLF, or ""), and the body. */
void http_send(int fd, const char *request, const char *headers, struct slice body);
/* Reads until the connection ends. */
void http_receive(int fd, struct http_answer *answer);
/* All of it. */
void http(const char *socket, const char *request, const char *headers, struct slice body,
          struct http_answer *answer);
void http_free(struct http_answer *answer);
