/* SPDX-License-Identifier: Apache-2.0 */
/* The API as a table: the server answers by it, the OpenAPI document is made from it. */
#include "admin/admin_internal.h"
#include "base/ascii.h"

#define DRY_RUN                                                                                    \
    {                                                                                              \
        "dry-run", "boolean", "only say what would change"                                         \
    }

static const struct route routes[] = {
    {"GET",
     "/v1/status",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_status,
     "State of the MTA: version, uptime, listeners, counts",
     {{0}}},
    {"GET",
     "/v1/openapi.json",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_openapi,
     "This description",
     {{0}}},
    {"GET",
     "/v1/schema",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_schema,
     "Classes and attributes of the configuration",
     {{0}}},
    {"GET",
     "/metrics",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_TEXT,
     admin_get_metrics,
     "Counters for Prometheus",
     {{0}}},

    {"GET",
     "/v1/objects",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_objects,
     "All objects of the configuration, or those of a class",
     {{"class", "string", "only objects of this class"},
      {"effective", "boolean", "with what is inherited and defaulted"}}},
    {"GET",
     "/v1/objects{dn}",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_object,
     "One object",
     {{"effective", "boolean", "with what is inherited and defaulted"}}},
    {"PUT",
     "/v1/objects{dn}",
     ADMIN_CONTROL,
     BODY_JSON,
     ANSWER_JSON,
     admin_put_object,
     "Make or replace an object",
     {DRY_RUN}},
    {"PATCH",
     "/v1/objects{dn}",
     ADMIN_CONTROL,
     BODY_JSON,
     ANSWER_JSON,
     admin_patch_object,
     "Change attributes of an object; null gives an attribute back to its default",
     {DRY_RUN}},
    {"DELETE",
     "/v1/objects{dn}",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_delete_object,
     "Remove an object",
     {DRY_RUN}},
    {"POST",
     "/v1/apply",
     ADMIN_CONTROL,
     BODY_DOCUMENT,
     ANSWER_JSON,
     admin_apply,
     "Apply a site file, all of it or nothing; the answer is the difference",
     {DRY_RUN,
      {"replace", "boolean", "objects that the file does not name are removed"},
      {"file", "string", "name of the file, for error messages"}}},
    {"GET",
     "/v1/export",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_TEXT,
     admin_export,
     "The configuration as a site file",
     {{"format", "string", "yaml (default) or json"},
      {"secrets", "boolean", "passwords in clear; needs the right to control"}}},

    {"GET",
     "/v1/connectors",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_connectors,
     "Connectors with their state",
     {{0}}},
    {"GET",
     "/v1/connectors{dn}",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_connector,
     "State of one connector",
     {{0}}},
    {"POST",
     "/v1/connectors{dn}/open",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_open_connector,
     "Open an association now",
     {{0}}},
    {"POST",
     "/v1/connectors{dn}/close",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_close_connector,
     "Close all associations in order",
     {{0}}},
    {"POST",
     "/v1/connectors{dn}/enable",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_enable_connector,
     "Set enabled: true",
     {{0}}},
    {"POST",
     "/v1/connectors{dn}/disable",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_disable_connector,
     "Set enabled: false",
     {{0}}},
    {"GET",
     "/v1/associations",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_associations,
     "Open associations",
     {{0}}},

    {"GET",
     "/v1/queue",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_queue,
     "Messages, probes and reports on their way",
     {{"connector", "string", "only this connector's, by its DN"},
      {"state", "string", "ready, held, deferred or sending"},
      {"limit", "integer", "at most so many, 1..10000, 100 when absent"},
      {"after", "integer", "items above this number"}}},
    {"GET",
     "/v1/queue/{id}",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_queue_item,
     "One item with its envelope",
     {{0}}},
    {"POST",
     "/v1/queue/{id}/hold",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_hold_item,
     "Hold an item",
     {{0}}},
    {"POST",
     "/v1/queue/{id}/release",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_release_item,
     "Release an item, or try it at once",
     {{"now", "boolean", "also before its deferred delivery time"}}},
    {"POST",
     "/v1/queue/{id}/return",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_return_item,
     "Return an item to its originator with a non-delivery report",
     {{"reason", "integer", "X.411 non-delivery-reason-code, 1 (unable-to-transfer) when absent"},
      {"diagnostic", "integer", "X.411 non-delivery-diagnostic-code, none when absent"}}},
    {"DELETE",
     "/v1/queue/{id}",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_delete_item,
     "Delete an item without a report",
     {{0}}},
    {"GET",
     "/v1/route",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_route,
     "Where a message to this address would go, with every candidate",
     {{"address", "string", "O/R address"}}},

    {"POST",
     "/v1/messages",
     ADMIN_CONTROL,
     BODY_SUBMISSION,
     ANSWER_JSON,
     NULL,
     "Submit a message; the answer comes when it is on stable storage",
     {{0}}},
    {"POST",
     "/v1/probes",
     ADMIN_CONTROL,
     BODY_JSON,
     ANSWER_JSON,
     admin_post_probe,
     "Submit a probe",
     {{0}}},
    {"POST",
     "/v1/ping",
     ADMIN_CONTROL,
     BODY_JSON,
     ANSWER_JSON,
     admin_post_ping,
     "Open a test association to a connector or host and say what was offered and answered",
     {{0}}},

    {"GET",
     "/v1/mailboxes",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_mailboxes,
     "Mailboxes with their number of entries",
     {{0}}},
    {"GET",
     "/v1/mailboxes{dn}",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_entries,
     "Entries of a mailbox",
     {{0}}},
    {"GET",
     "/v1/mailboxes{dn}/{id}",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_entry,
     "One entry with its delivery envelope",
     {{0}}},
    {"GET",
     "/v1/mailboxes{dn}/{id}/content",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_OCTETS,
     admin_get_content,
     "The content of an entry, octet for octet",
     {{0}}},
    {"DELETE",
     "/v1/mailboxes{dn}/{id}",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_delete_entry,
     "Delete an entry",
     {{0}}},
    {"POST",
     "/v1/mailboxes{dn}/{id}/read",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_mark_read,
     "Mark an entry as read",
     {{0}}},
    {"POST",
     "/v1/mailboxes{dn}/{id}/unread",
     ADMIN_CONTROL,
     BODY_NONE,
     ANSWER_JSON,
     admin_mark_unread,
     "Mark an entry as unread",
     {{0}}},

    {"GET",
     "/v1/track",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_track,
     "What happened to a message",
     {{"mts-id", "string", "MTS-identifier as text"}}},
    {"GET",
     "/v1/events",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_JSON,
     admin_get_events,
     "Stored events, oldest first",
     {{"after", "integer", "events after this number; absent: the newest ones"},
      {"limit", "integer", "at most so many, 1..10000, 100 when absent"}}},
    {"GET",
     "/v1/events/stream",
     ADMIN_VIEW,
     BODY_NONE,
     ANSWER_EVENTS,
     admin_follow_events,
     "Events as they happen",
     {{"after", "integer", "begin after this number, as does Last-Event-ID; absent: now"}}},
};

const struct route *admin_routes(size_t *count)
{
    *count = sizeof(routes) / sizeof(routes[0]);
    return routes;
}

/* Takes the steps with '=' off the path: the DN, with its leading '/'. */
static bool take_dn(const char **path, struct route_match *match)
{
    const char *p = *path;
    size_t len;

    while (*p == '/') {
        size_t step = strcspn(p + 1, "/");

        if (!memchr(p + 1, '=', step))
            break;
        p += step + 1;
    }
    len = (size_t)(p - *path);
    if (len == 0 || len > ROUTE_DN_MAX)
        return false;
    memcpy(match->dn, *path, len);
    match->dn[len] = '\0';
    *path = p;
    return true;
}

static bool take_id(const char **path, struct route_match *match)
{
    enum { DIGITS = 18 };
    const char *p = *path;

    match->id = 0;
    while (ascii_is_digit((uint8_t)*p) && p - *path < DIGITS)
        match->id = match->id * 10 + (*p++ - '0');
    if (p == *path || ascii_is_digit((uint8_t)*p))
        return false;
    *path = p;
    return true;
}

bool admin_path_fits(const char *pattern, const char *path, struct route_match *match)
{
    while (*pattern) {
        if (strncmp(pattern, "{dn}", 4) == 0) {
            if (!take_dn(&path, match))
                return false;
            pattern += 4;
        } else if (strncmp(pattern, "{id}", 4) == 0) {
            if (!take_id(&path, match))
                return false;
            pattern += 4;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

const struct route *admin_route_find(const char *method, const char *path,
                                     struct route_match *match, bool *other_method)
{
    *other_method = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        struct route_match found = {.id = 0};

        if (!admin_path_fits(routes[i].path, path, &found))
            continue;
        if (strcmp(routes[i].method, method) == 0) {
            *match = found;
            return &routes[i];
        }
        *other_method = true;
    }
    return NULL;
}
