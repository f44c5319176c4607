/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "admin/admin.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

struct admin_reply *sim_reply_new(const struct admin_reply *from)
{
    struct admin_reply *r = malloc(sizeof(*r));

    if (!r)
        abort();
    *r = *from;
    return r;
}

void admin_reply_json(struct admin_reply *r, json_t *body)
{
    if (r->done)
        r->done(r->ctx, body ? X4_OK : X4_ENOMEM, body, "");
    json_decref(body);
    free(r);
}

void admin_reply_error(struct admin_reply *r, int error, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (r->done)
        r->done(r->ctx, error, NULL, text);
    free(r);
}

void admin_reply_stream(struct admin_reply *r, const struct admin_stream *stream)
{
    if (r->stream)
        r->stream(r->ctx, stream);
    stream->done(stream->ctx);
    free(r);
}

const char *admin_reply_user(const struct admin_reply *r)
{
    (void)r;
    return "simulator";
}

void admin_reply_resume(struct admin_reply *r)
{
    if (r->resume)
        r->resume(r->ctx);
}

/* Nobody asks for metrics or follows events here. */
void admin_metric(struct admin_metrics *out, enum admin_metric_type type, const char *name,
                  const char *help)
{
    (void)out;
    (void)type;
    (void)name;
    (void)help;
}

void admin_metric_value(struct admin_metrics *out, const char *label, const char *label_value,
                        double value)
{
    (void)out;
    (void)label;
    (void)label_value;
    (void)value;
}

void admin_events_changed(struct admin *admin)
{
    (void)admin;
}
