/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/events/stream: server-sent events (the EventSource format of WHATWG HTML), read from the
 * store, so that a follower who comes back with Last-Event-ID misses nothing and sees nothing
 * twice. A follower for whom there is nothing is suspended. */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK = 16 * 1024, EVENTS_AT_ONCE = 100 };

static bool put_event(void *ctx, const struct admin_event *event)
{
    struct follower *f = ctx;

    buf_printf(&f->out, "id: %" PRId64 "\ndata: ", event->seq);
    buf_slice(&f->out, event->json);
    buf_text(&f->out, "\n\n");
    f->after = event->seq;
    return f->out.len < ADMIN_FOLLOW_BUFFER / 2;
}

static void refill(struct follower *f)
{
    const struct admin_params *params = &f->admin->params;

    buf_reset(&f->out);
    (void)params->backend->events(params->backend_ctx, f->after, EVENTS_AT_ONCE, put_event, f);
    if (f->out.error) /* one event beyond all measure: leave it out */
        buf_reset(&f->out);
    if (f->out.len == 0 && admin_clock_ms() - f->spoke_ms >= ADMIN_FOLLOW_ALIVE_MS)
        buf_text(&f->out, ": alive\n\n");
    if (f->out.len > 0)
        f->spoke_ms = admin_clock_ms();
}

static ssize_t read_events(void *ctx, uint64_t position, char *to, size_t max)
{
    struct follower *f = ctx;
    size_t len;

    (void)position;
    if (f->admin->stopping)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (f->out.len == 0)
        refill(f);
    if (f->out.len == 0) {
        f->suspended = true;
        MHD_suspend_connection(f->connection);
        return 0;
    }
    len = f->out.len < max ? f->out.len : max;
    memcpy(to, f->out.p, len);
    buf_consume(&f->out, len);
    return (ssize_t)len;
}

static void end_events(void *ctx)
{
    struct follower *f = ctx;

    list_remove(&f->link);
    buf_free(&f->out);
    free(f);
}

static bool note_seq(void *ctx, const struct admin_event *event)
{
    *(int64_t *)ctx = event->seq;
    return true;
}

void admin_follow_events(struct request *request)
{
    struct admin *admin = request->reply.admin;
    const struct admin_params *params = &admin->params;
    const char *last =
        MHD_lookup_connection_value(request->reply.connection, MHD_HEADER_KIND, "Last-Event-ID");
    struct MHD_Response *response;
    struct follower *f;
    int64_t after = last ? strtoll(last, NULL, 10) : -1;

    if (!request_int(request, "after", &after, 0, INT64_MAX))
        return;
    if (after < 0) {
        after = 0;
        (void)params->backend->events(params->backend_ctx, 0, 1, note_seq, &after);
    }
    f = calloc(1, sizeof(*f));
    response =
        f ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, f, end_events)
          : NULL;
    if (!response) {
        free(f);
        admin_reply_error(&request->reply, X4_ENOMEM, "out of memory");
        return;
    }
    f->admin = admin;
    f->connection = request->reply.connection;
    f->after = after;
    f->spoke_ms = admin_clock_ms();
    buf_init(&f->out, ADMIN_FOLLOW_BUFFER);
    buf_text(&f->out, "retry: 1000\n\n");
    if (list_empty(&admin->followers))
        admin->next_poll_ms = admin_clock_ms() + ADMIN_FOLLOW_POLL_MS;
    list_push_back(&admin->followers, &f->link);
    admin_reply_response(&request->reply, MHD_HTTP_OK, response, "text/event-stream");
}

void admin_follow_run(struct admin *admin, bool now)
{
    int64_t clock = list_empty(&admin->followers) ? 0 : admin_clock_ms();

    if (list_empty(&admin->followers) || (!now && clock < admin->next_poll_ms))
        return;
    admin->next_poll_ms = clock + ADMIN_FOLLOW_POLL_MS;
    LIST_EACH(it, &admin->followers)
    {
        struct follower *f = LIST_ITEM(it, struct follower, link);

        if (!f->suspended)
            continue;
        f->suspended = false;
        admin_resume(admin, f->connection);
    }
}
