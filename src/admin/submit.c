/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/messages: the envelope as one line of JSON, a line feed, then the content octet for
 * octet, streamed to the backend as it comes. For small messages and for people at a shell: one
 * JSON object (Content-Type: application/json), the envelope with a member "content" in base64. */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <stdlib.h>

static const struct admin_backend *backend(const struct request *request)
{
    return request->reply.admin->params.backend;
}

static void *backend_ctx(const struct request *request)
{
    return request->reply.admin->params.backend_ctx;
}

/* Hands the envelope to the backend; the reply is finished when there is no submission after. */
static void begin(struct request *request, const json_t *envelope)
{
    if (!json_is_object(envelope)) {
        admin_reply_error(&request->reply, X4_ESYNTAX, "the envelope must be a JSON object");
        return;
    }
    request->upload.submission =
        backend(request)->submit_begin(backend_ctx(request), envelope, &request->reply);
}

static void begin_with_line(struct request *request)
{
    json_error_t error;
    json_t *envelope = json_loadb((const char *)request->upload.line.p, request->upload.line.len,
                                  JSON_REJECT_DUPLICATES, &error);

    if (envelope)
        begin(request, envelope);
    else
        admin_reply_error(&request->reply, X4_ESYNTAX,
                          "the first line must be the envelope as JSON: %s", error.text);
    json_decref(envelope);
}

void admin_upload_abandon(struct request *request)
{
    void *submission = request->upload.submission;

    request->upload.submission = NULL;
    backend(request)->submit_abandon(backend_ctx(request), submission);
}

static void give_content(struct request *request, struct slice octets, size_t *left)
{
    int result =
        backend(request)->submit_data(backend_ctx(request), request->upload.submission, octets);

    *left = 0;
    if (result == X4_EAGAIN) {
        *left = octets.len;
        request->upload.waiting = true;
    } else if (result != X4_OK) {
        admin_upload_abandon(request);
        admin_reply_error(&request->reply, result, "the content was not taken: %s",
                          x4_strerror(result));
    }
}

void admin_upload_data(struct request *request, const char *data, size_t *size)
{
    struct slice octets = slice_make(data, *size);

    *size = 0;
    if (!request->upload.submission) {
        const char *end = memchr(data, '\n', octets.len);
        size_t take = end ? (size_t)(end - data) : octets.len;

        buf_append(&request->upload.line, data, take);
        if (request->upload.line.error)
            admin_reply_error(&request->reply, X4_ELIMIT, "the envelope is longer than %d octets",
                              ADMIN_ENVELOPE_MAX);
        if (!end || request->reply.finished)
            return;
        begin_with_line(request);
        octets = slice_from(octets, take + 1);
    }
    if (request->upload.submission && octets.len > 0)
        give_content(request, octets, size);
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* RFC 4648 section 4, line breaks allowed. false: not that. */
static bool decode_base64(const char *text, struct buf *out)
{
    unsigned bits = 0, count = 0, padding = 0;

    for (; *text; text++) {
        int value = base64_value(*text);

        if (*text == '\n' || *text == '\r')
            continue;
        if (*text == '=') {
            padding++;
            continue;
        }
        if (value < 0 || padding > 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xFFFFFF;
        if (++count % 4 == 0) {
            buf_u8(out, bits >> 16 & 0xFF);
            buf_u8(out, bits >> 8 & 0xFF);
            buf_u8(out, bits & 0xFF);
        }
    }
    if (count % 4 == 1 || padding != (4 - count % 4) % 4)
        return false;
    if (count % 4 >= 2)
        buf_u8(out, (count % 4 == 2 ? bits >> 4 : bits >> 10) & 0xFF);
    if (count % 4 == 3)
        buf_u8(out, bits >> 2 & 0xFF);
    return !out->error;
}

static void submit_json(struct request *request)
{
    json_t *envelope = request_json(request);
    const char *text = json_string_value(json_object_get(envelope, "content"));
    struct buf content;
    size_t left = 0;

    buf_init(&content, ADMIN_BODY_MAX);
    if (envelope && (!text || !decode_base64(text, &content))) {
        admin_reply_error(&request->reply, X4_ESYNTAX, "content must be there, in base64");
    } else if (envelope) {
        json_object_del(envelope, "content");
        begin(request, envelope);
        if (request->upload.submission && content.len > 0)
            give_content(request, buf_view(&content), &left);
    }
    if (request->upload.waiting) {
        request->upload.waiting = false;
        admin_upload_abandon(request);
        admin_reply_error(&request->reply, X4_EBUSY, "the store is busy; try again");
    }
    buf_free(&content);
    json_decref(envelope);
}

void admin_upload_end(struct request *request)
{
    void *submission;

    if (request_is_json(request))
        submit_json(request);
    if (request->reply.finished)
        return;
    submission = request->upload.submission;
    request->upload.submission = NULL;
    if (submission)
        backend(request)->submit_end(backend_ctx(request), submission, &request->reply);
    else
        admin_reply_error(&request->reply, X4_ESYNTAX,
                          "the body must be the envelope as one line of JSON, then the content");
}
