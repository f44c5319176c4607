/* SPDX-License-Identifier: Apache-2.0 */
/* Answers. */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { STREAM_BLOCK = 64 * 1024, MESSAGE_MAX = 1024 };

static const struct {
    int error;
    unsigned status;
    const char *name;
} errors[] = {
    {X4_ENOTFOUND, MHD_HTTP_NOT_FOUND, "not-found"},
    {X4_ESTATE, MHD_HTTP_CONFLICT, "wrong-state"},
    {X4_EEXIST, MHD_HTTP_CONFLICT, "exists"},
    {X4_EDUP, MHD_HTTP_CONFLICT, "exists"},
    {X4_EINVAL, MHD_HTTP_BAD_REQUEST, "invalid"},
    {X4_ESYNTAX, MHD_HTTP_BAD_REQUEST, "syntax"},
    {X4_EMISSING, MHD_HTTP_BAD_REQUEST, "missing"},
    {X4_EBOUNDS, MHD_HTTP_BAD_REQUEST, "out-of-bounds"},
    {X4_ECONFIG, MHD_HTTP_UNPROCESSABLE_CONTENT, "configuration"},
    {X4_EBUSY, MHD_HTTP_SERVICE_UNAVAILABLE, "busy"},
    {X4_EFULL, MHD_HTTP_INSUFFICIENT_STORAGE, "full"},
    {X4_ETIMEOUT, MHD_HTTP_GATEWAY_TIMEOUT, "timeout"},
    {X4_ENET, MHD_HTTP_BAD_GATEWAY, "network"},
    {X4_ELIMIT, MHD_HTTP_CONTENT_TOO_LARGE, "too-large"},
    {X4_EDENIED, MHD_HTTP_FORBIDDEN, "denied"},
    {X4_EUNSUPP, MHD_HTTP_NOT_IMPLEMENTED, "unsupported"},
};

/* The one place where an answer is settled. A late one wakes its connection. */
void admin_reply_response(struct admin_reply *reply, unsigned status, struct MHD_Response *response,
                          const char *content_type)
{
    struct request *request = (struct request *)(void *)reply;

    assert(!reply->finished);
    if (response) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
    reply->response = response;
    reply->status = status;
    reply->finished = true;
    if (reply->suspended) {
        reply->suspended = false;
        admin_resume(reply->admin, reply->connection);
    }
    if (reply->admin->changing == request)
        admin_change_ended(request);
}

void admin_reply_text(struct admin_reply *reply, const char *content_type, struct slice text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.p, MHD_RESPMEM_MUST_COPY);

    admin_reply_response(reply, MHD_HTTP_OK, response, content_type);
}

static void reply_json(struct admin_reply *reply, unsigned status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct MHD_Response *response = text ? MHD_create_response_from_buffer_with_free_callback(
                                               strlen(text), text, conf_json_text_free)
                                         : NULL;

    json_decref(body);
    if (!response)
        conf_json_text_free(text);
    admin_reply_response(reply, status, response, "application/json");
}

void admin_reply_json(struct admin_reply *reply, json_t *body)
{
    if (body)
        reply_json(reply, MHD_HTTP_OK, body);
    else
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
}

void admin_reply_status(struct admin_reply *reply, unsigned status, const char *error,
                        const char *message)
{
    json_t *text = json_string(message);

    if (!text)
        text = json_string("(the message is not readable text)");
    reply_json(reply, status,
               json_pack("{s:s, s:o, s:s}", "error", error, "message", text, "where", ""));
}

void admin_reply_error(struct admin_reply *reply, int error, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].error == error) {
            admin_reply_status(reply, errors[i].status, errors[i].name, message);
            return;
        }
    }
    admin_reply_status(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", message);
}

void admin_reply_errors(struct admin_reply *reply, const struct conf_errors *list)
{
    json_t *all = conf_errors_json(list);
    const json_t *first = json_array_get(all, 0);
    const char *text = json_string_value(json_object_get(first, "text"));
    const char *where = json_string_value(json_object_get(first, "object"));

    reply_json(reply, MHD_HTTP_UNPROCESSABLE_CONTENT,
               json_pack("{s:s, s:s, s:s, s:i, s:o}", "error", "configuration", "message",
                         text ? text : "the configuration is wrong", "where", where ? where : "",
                         "count", (int)list->count, "errors", all));
}

static ssize_t read_stream(void *ctx, uint64_t position, char *to, size_t max)
{
    const struct admin_stream *stream = ctx;
    size_t got = 0;

    if (stream->read(stream->ctx, position, to, max, &got) != X4_OK || got == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR; /* before its end: the client must see it */
    return (ssize_t)got;
}

static void end_stream(void *ctx)
{
    struct admin_stream *stream = ctx;

    stream->done(stream->ctx);
    free(stream);
}

void admin_reply_stream(struct admin_reply *reply, const struct admin_stream *stream)
{
    struct admin_stream *copy = malloc(sizeof(*copy));
    struct MHD_Response *response = NULL;

    if (copy && stream->length > 0) {
        *copy = *stream;
        response = MHD_create_response_from_callback(stream->length, STREAM_BLOCK, read_stream,
                                                     copy, end_stream);
    }
    if (!response) {
        free(copy);
        stream->done(stream->ctx);
    }
    if (response)
        admin_reply_response(reply, MHD_HTTP_OK, response, stream->content_type);
    else if (stream->length == 0)
        admin_reply_text(reply, stream->content_type, SLICE_LIT(""));
    else
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
}

const char *admin_reply_user(const struct admin_reply *reply)
{
    return reply->user;
}
