/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers that ask the MTA: parameters are checked here, the rest is the backend's. */
#include "admin/admin_internal.h"
#include "base/error.h"

enum { EVENTS_DEFAULT = 100, EVENTS_MAX = 10000, UNABLE_TO_TRANSFER = 1, CODE_MAX = 32767 };

#define BACKEND(request) (request)->reply.admin->params.backend
#define CTX(request)     (request)->reply.admin->params.backend_ctx

/* The object of the path in its own spelling; NULL after an error reply. */
static const char *known_dn(struct request *request, enum conf_class_id id)
{
    const struct conf_object *object =
        directory_find(BACKEND(request)->directory(CTX(request)), request->match.dn);

    if (object && object->class_->id == id)
        return object->dn;
    admin_reply_error(&request->reply, X4_ENOTFOUND, "there is no %s %s", conf_class(id)->name,
                      request->match.dn);
    return NULL;
}

/* A text parameter; NULL after an error reply. */
static const char *needed(struct request *request, const char *name)
{
    const char *text = request_param(request, name);

    if (!text || !*text)
        admin_reply_error(&request->reply, X4_EMISSING, "%s: missing", name);
    return text && *text ? text : NULL;
}

void admin_get_status(struct request *request)
{
    BACKEND(request)->status(CTX(request), &request->reply);
}

void admin_get_openapi(struct request *request)
{
    admin_reply_json(&request->reply, admin_openapi(request->reply.admin->params.version));
}

void admin_get_connectors(struct request *request)
{
    BACKEND(request)->connectors(CTX(request), NULL, &request->reply);
}

void admin_get_connector(struct request *request)
{
    const char *dn = known_dn(request, CONF_CONNECTOR);

    if (dn)
        BACKEND(request)->connectors(CTX(request), dn, &request->reply);
}

static void do_connector(struct request *request, enum admin_connector_action action)
{
    const char *dn = known_dn(request, CONF_CONNECTOR);

    if (dn)
        BACKEND(request)->connector_do(CTX(request), dn, action, &request->reply);
}

void admin_open_connector(struct request *request)
{
    do_connector(request, ADMIN_CONNECTOR_OPEN);
}

void admin_close_connector(struct request *request)
{
    do_connector(request, ADMIN_CONNECTOR_CLOSE);
}

void admin_get_associations(struct request *request)
{
    BACKEND(request)->associations(CTX(request), &request->reply);
}

static bool is_state(const char *text)
{
    static const char *const states[] = {"ready", "held", "deferred", "sending"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(states[i], text) == 0)
            return true;
    return false;
}

void admin_get_queue(struct request *request)
{
    struct admin_queue_filter filter = {
        .connector = request_param(request, "connector"),
        .state = request_param(request, "state"),
    };
    int64_t limit = EVENTS_DEFAULT;

    if (!request_int(request, "limit", &limit, 1, EVENTS_MAX) ||
        !request_int(request, "after", &filter.after, 0, INT64_MAX))
        return;
    if (filter.state && !is_state(filter.state)) {
        admin_reply_error(&request->reply, X4_EINVAL,
                          "state: '%.64s' is not allowed, ready, held, deferred or sending",
                          filter.state);
        return;
    }
    filter.limit = (unsigned)limit;
    BACKEND(request)->queue(CTX(request), &filter, &request->reply);
}

void admin_get_queue_item(struct request *request)
{
    BACKEND(request)->queue_show(CTX(request), request->match.id, &request->reply);
}

static void do_item(struct request *request, enum admin_queue_action action)
{
    int64_t reason = UNABLE_TO_TRANSFER, diagnostic = -1;
    struct admin_queue_order order = {.item = request->match.id, .action = action};

    if (!request_int(request, "reason", &reason, 0, CODE_MAX) ||
        !request_int(request, "diagnostic", &diagnostic, 0, CODE_MAX))
        return;
    order.reason = (int)reason;
    order.diagnostic = (int)diagnostic;
    order.now = request_flag(request, "now");
    BACKEND(request)->queue_do(CTX(request), &order, &request->reply);
}

void admin_hold_item(struct request *request)
{
    do_item(request, ADMIN_QUEUE_HOLD);
}

void admin_release_item(struct request *request)
{
    do_item(request, ADMIN_QUEUE_RELEASE);
}

void admin_return_item(struct request *request)
{
    do_item(request, ADMIN_QUEUE_RETURN);
}

void admin_delete_item(struct request *request)
{
    do_item(request, ADMIN_QUEUE_DELETE);
}

void admin_get_route(struct request *request)
{
    const char *address = needed(request, "address");

    if (address)
        BACKEND(request)->route(CTX(request), address, &request->reply);
}

typedef void take_json(void *ctx, const json_t *json, struct admin_reply *reply);

static void pass_object(struct request *request, take_json *fn)
{
    json_t *json = request_json(request);

    if (json_is_object(json))
        fn(CTX(request), json, &request->reply);
    else if (json)
        admin_reply_error(&request->reply, X4_EINVAL, "the body must be a JSON object");
    json_decref(json);
}

void admin_post_probe(struct request *request)
{
    pass_object(request, BACKEND(request)->probe);
}

void admin_post_ping(struct request *request)
{
    pass_object(request, BACKEND(request)->ping);
}

void admin_get_track(struct request *request)
{
    const char *id = needed(request, "mts-id");

    if (id)
        BACKEND(request)->track(CTX(request), id, &request->reply);
}

void admin_get_mailboxes(struct request *request)
{
    BACKEND(request)->mailboxes(CTX(request), &request->reply);
}

void admin_get_entries(struct request *request)
{
    const char *dn = known_dn(request, CONF_MAILBOX);

    if (dn)
        BACKEND(request)->mailbox_entries(CTX(request), dn, &request->reply);
}

typedef void entry_fn(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);

static void pass_entry(struct request *request, entry_fn *fn)
{
    const char *dn = known_dn(request, CONF_MAILBOX);

    if (dn)
        fn(CTX(request), dn, request->match.id, &request->reply);
}

void admin_get_entry(struct request *request)
{
    pass_entry(request, BACKEND(request)->mailbox_entry);
}

void admin_get_content(struct request *request)
{
    pass_entry(request, BACKEND(request)->mailbox_content);
}

void admin_delete_entry(struct request *request)
{
    pass_entry(request, BACKEND(request)->mailbox_delete);
}

static void mark(struct request *request, bool read)
{
    const char *dn = known_dn(request, CONF_MAILBOX);

    if (dn)
        BACKEND(request)->mailbox_mark(CTX(request), dn, request->match.id, read, &request->reply);
}

void admin_mark_read(struct request *request)
{
    mark(request, true);
}

void admin_mark_unread(struct request *request)
{
    mark(request, false);
}

static bool append_event(void *ctx, const struct admin_event *event)
{
    json_t *json = json_loadb((const char *)event->json.p, event->json.len, 0, NULL);

    if (json && json_object_set_new(json, "seq", json_integer(event->seq)) == 0)
        json_array_append(ctx, json);
    json_decref(json);
    return true;
}

void admin_get_events(struct request *request)
{
    int64_t after = 0, limit = EVENTS_DEFAULT;
    json_t *list;
    int result;

    if (!request_int(request, "after", &after, 0, INT64_MAX) ||
        !request_int(request, "limit", &limit, 1, EVENTS_MAX))
        return;
    list = json_array();
    result = BACKEND(request)->events(CTX(request), after, (unsigned)limit, append_event, list);
    if (result == X4_OK) {
        admin_reply_json(&request->reply, list);
        return;
    }
    json_decref(list);
    admin_reply_error(&request->reply, result, "the events cannot be read: %s",
                      x4_strerror(result));
}
