/* SPDX-License-Identifier: Apache-2.0 */
/* A request from its first line to its answer. */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>

const char *request_param(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->reply.connection, MHD_GET_ARGUMENT_KIND, name);
}

/* "?dry-run", "?dry-run=1" and "?dry-run=true" say yes. */
bool request_flag(const struct request *request, const char *name)
{
    const char *value = NULL;
    size_t size = 0;

    if (MHD_lookup_connection_value_n(request->reply.connection, MHD_GET_ARGUMENT_KIND, name,
                                      strlen(name), &value, &size) == MHD_NO)
        return false;
    return !value || size == 0 || strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
}

bool request_int(struct request *request, const char *name, int64_t *value, int64_t min,
                 int64_t max)
{
    const char *text = request_param(request, name);
    char *end;
    long long number;

    if (!text)
        return true;
    number = strtoll(text, &end, 10);
    if (end == text || *end || number < min || number > max) {
        admin_reply_error(&request->reply, X4_EINVAL,
                          "%s: '%.64s' is not allowed, %" PRId64 "..%" PRId64, name, text, min,
                          max);
        return false;
    }
    *value = number;
    return true;
}

bool request_is_json(const struct request *request)
{
    const char *type = MHD_lookup_connection_value(request->reply.connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);

    return type && strncmp(type, "application/json", strlen("application/json")) == 0;
}

json_t *request_json(struct request *request)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)buf_view(&request->body).p, request->body.len,
                              JSON_REJECT_DUPLICATES, &error);

    if (!json)
        admin_reply_error(&request->reply, X4_ESYNTAX, "the body is not JSON: line %d: %s",
                          error.line, error.text);
    return json;
}

void admin_request_free(struct request *request)
{
    if (request->upload.submission)
        admin_upload_abandon(request);
    if (request->reply.response)
        MHD_destroy_response(request->reply.response);
    list_remove(&request->link);
    buf_free(&request->body);
    buf_free(&request->upload.line);
    free(request);
}

void admin_completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode why)
{
    (void)ctx;
    (void)why;
    admin_client_asks(connection, false);
    if (*con_cls)
        admin_request_free(*con_cls);
    *con_cls = NULL;
}

static bool is_too_long(const struct request *request)
{
    const char *text = MHD_lookup_connection_value(request->reply.connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_LENGTH);

    return text && strtoull(text, NULL, 10) > ADMIN_BODY_MAX;
}

static void refuse_caller(struct request *request, const char *method, const char *path)
{
    struct admin *admin = request->reply.admin;
    int64_t wall = admin->params.wall ? admin->params.wall(admin->params.wall_ctx) : 0;

    LOG_EVENT(admin->params.log, wall, EVENT_ADMIN_DENIED, EV_STR("user", request->reply.user),
              EV_STR("method", method), EV_STR("path", path));
    admin_reply_error(&request->reply, X4_EDENIED,
                      "%s may look, but not do this; root, the MTA's user and the members of the "
                      "socket's group may",
                      request->reply.user);
}

/* Everything that can be decided by the first line and the headers. */
static void begin(struct request *request, const char *method, const char *path)
{
    struct admin_reply *reply = &request->reply;
    enum admin_right right = admin_peer_right(reply->admin, reply->connection, reply->user);
    bool other_method;

    request->route = admin_route_find(method, path, &request->match, &other_method);
    if (!request->route && other_method)
        admin_reply_status(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "method",
                           "this path does not have this method");
    else if (!request->route)
        admin_reply_error(reply, X4_ENOTFOUND, "there is no such path; see /v1/openapi.json");
    else if (request->route->right > right ||
             (right == ADMIN_VIEW && request_flag(request, "secrets")))
        refuse_caller(request, method, path);
    else if (request->route->body != BODY_SUBMISSION && is_too_long(request))
        admin_reply_error(reply, X4_ELIMIT, "the body is longer than %d octets", ADMIN_BODY_MAX);
}

static struct request *request_new(struct admin *admin, struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    request->reply.admin = admin;
    request->reply.connection = connection;
    list_init(&request->link);
    buf_init(&request->body, ADMIN_BODY_MAX);
    buf_init(&request->upload.line, ADMIN_ENVELOPE_MAX);
    return request;
}

/* Nothing new is begun, and no half content is taken for a whole one. */
static void refuse_stopping(struct request *request)
{
    if (request->reply.finished)
        return;
    if (request->upload.submission)
        admin_upload_abandon(request);
    admin_reply_error(&request->reply, X4_EBUSY, "the MTA is stopping");
}

/* After an error the rest of the body is read and dropped: HTTP allows no answer before its end. */
static void take_data(struct request *request, const char *data, size_t *size)
{
    if (request->reply.admin->stopping)
        refuse_stopping(request);
    if (request->reply.finished) {
        *size = 0;
    } else if (request->route->body == BODY_SUBMISSION && !request_is_json(request)) {
        admin_upload_data(request, data, size);
    } else {
        buf_append(&request->body, data, *size);
        *size = 0;
        if (request->body.error)
            admin_reply_error(&request->reply, X4_ELIMIT, "the body is longer than %d octets",
                              ADMIN_BODY_MAX);
    }
}

static void dispatch(struct request *request)
{
    request->dispatched = true;
    if (request->reply.admin->stopping)
        refuse_stopping(request);
    if (request->reply.finished)
        return;
    if (request->route->body == BODY_SUBMISSION)
        admin_upload_end(request);
    else
        request->route->handler(request);
}

static enum MHD_Result answer(struct request *request)
{
    struct MHD_Response *response = request->reply.response;
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    result = MHD_queue_response(request->reply.connection, request->reply.status, response);
    MHD_destroy_response(response);
    request->reply.response = NULL;
    return result;
}

static void suspend(struct request *request)
{
    request->reply.suspended = true;
    MHD_suspend_connection(request->reply.connection);
}

/* The rest of an upload waits until the backend takes it. */
static void stall(struct request *request)
{
    struct admin *admin = request->reply.admin;

    if (list_empty(&admin->stalled))
        admin->next_retry_ms = admin_clock_ms() + ADMIN_UPLOAD_RETRY_MS;
    list_push_back(&admin->stalled, &request->link);
    suspend(request);
}

enum MHD_Result admin_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *data_size, void **con_cls)
{
    struct request *request = *con_cls;

    (void)version;
    if (!request) {
        request = request_new(ctx, connection);
        if (!request)
            return MHD_NO;
        *con_cls = request;
        admin_client_asks(connection, true);
        begin(request, method, url);
        return request->reply.finished ? answer(request) : MHD_YES;
    }
    if (*data_size > 0) {
        take_data(request, data, data_size);
        if (request->upload.waiting)
            stall(request);
        return MHD_YES;
    }
    if (!request->dispatched)
        dispatch(request);
    if (request->reply.finished)
        return answer(request);
    suspend(request);
    return MHD_YES;
}

void admin_reply_resume(struct admin_reply *reply)
{
    struct request *request = (struct request *)(void *)reply;

    if (request->upload.waiting && reply->suspended) {
        list_remove(&request->link);
        reply->suspended = false;
        admin_resume(reply->admin, reply->connection);
    }
    request->upload.waiting = false;
}

void admin_retry_uploads(struct admin *admin, bool now)
{
    if (list_empty(&admin->stalled) || (!now && admin_clock_ms() < admin->next_retry_ms))
        return;
    LIST_EACH_SAFE(it, &admin->stalled)
    admin_reply_resume(&LIST_ITEM(it, struct request, link)->reply);
}
