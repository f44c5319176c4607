/* SPDX-License-Identifier: Apache-2.0 */
/* What the API asks of the MTA: a table of functions that the daemon fills in.
 *
 * Every call gets a reply object and must finish it exactly once, inside the call or later (from
 * the event loop's thread), with one of the admin_reply_*() functions. A client that went away
 * changes nothing: finish it all the same. Before admin_free() every reply must be finished.
 *
 * DNs that come in have been found in the directory; texts are UTF-8 without control characters.
 * The backend answers with JSON as described at each call; names of fields are lower case, words
 * joined by '-', times are milliseconds since 1970 UTC in fields that end in "-ms". */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "conf/directory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct admin_reply;

/* Finish with 200 and this body; takes the reference, also when it is NULL (500: no memory). */
void admin_reply_json(struct admin_reply *reply, json_t *body);
/* Finish with an error: the HTTP status follows from enum x4_error (404 X4_ENOTFOUND, 409
 * X4_ESTATE/X4_EEXIST, 400 X4_EINVAL/X4_ESYNTAX/X4_EBOUNDS, 422 X4_ECONFIG, 503 X4_EBUSY, 507
 * X4_EFULL, 504 X4_ETIMEOUT, 413 X4_ELIMIT, 403 X4_EDENIED, 501 X4_EUNSUPP, else 500). */
void admin_reply_error(struct admin_reply *reply, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Finish with octets that are read piece by piece: read() gives up to len octets from offset, *got
 * 0 only at the end. done() releases ctx, whatever happens. */
struct admin_stream {
    const char *content_type;
    uint64_t length;
    int (*read)(void *ctx, uint64_t offset, void *to, size_t len, size_t *got);
    void (*done)(void *ctx);
    void *ctx;
};
void admin_reply_stream(struct admin_reply *reply, const struct admin_stream *stream);
/* Who asks, for the event log: "root", "uid 1000". Lives as long as the reply. */
const char *admin_reply_user(const struct admin_reply *reply);
/* The upload that submit_data() answered with X4_EAGAIN may go on. Optional: without it the data is
 * offered again every few milliseconds. */
void admin_reply_resume(struct admin_reply *reply);

/* What /metrics answers with, as it grows. */
struct admin_metrics;
enum admin_metric_type { ADMIN_COUNTER, ADMIN_GAUGE };
/* Begins a metric: all its values must follow before the next one begins. */
void admin_metric(struct admin_metrics *out, enum admin_metric_type type, const char *name,
                  const char *help);
/* A value of it, connector="to Paris" say, escaped here; label NULL: the only one. */
void admin_metric_value(struct admin_metrics *out, const char *label, const char *label_value,
                        double value);

enum admin_connector_action {
    ADMIN_CONNECTOR_OPEN,  /* open an association now, whatever the retry timers say */
    ADMIN_CONNECTOR_CLOSE, /* close all associations in order */
};
enum admin_queue_action {
    ADMIN_QUEUE_HOLD,
    ADMIN_QUEUE_RELEASE,
    ADMIN_QUEUE_DELETE, /* without report */
    ADMIN_QUEUE_RETURN, /* non-delivery report with reason and diagnostic */
};

struct admin_queue_filter {
    const char *connector; /* DN; NULL: all */
    const char *state;     /* "ready", "held", "deferred", "sending"; NULL: all */
    unsigned limit;        /* at most so many, 1..10000 */
    int64_t after;         /* item ids above this one */
};

struct admin_queue_order {
    int64_t item;
    enum admin_queue_action action;
    int reason;     /* RETURN: X.411 non-delivery-reason-code */
    int diagnostic; /* RETURN: non-delivery-diagnostic-code, -1 = none */
    bool now;       /* RELEASE: also before a deferred delivery time */
};

struct admin_change {
    struct directory *before, *after;
    json_t *diff; /* directory_diff_json() */
    bool dry_run;
};

struct admin_event {
    int64_t seq;
    struct slice json; /* one JSON object */
};

struct admin_backend {
    /* {mta-name, version, node, started-ms, uptime-s, store: {...}, associations, queued, held,
     * deferred, delivered, calls: {unbound, blocked-sources, refused: {LIMIT: n}, ...}, listeners:
     * [...], ...} */
    void (*status)(void *ctx, struct admin_reply *reply);

    /* The snapshot in force; borrowed, valid until the loop goes on. */
    struct directory *(*directory)(void *ctx);
    /* Make change->after the directory in force, durably, and finish with {changes, warnings:
     * [text]}, where changes is change->diff. With dry_run only look for warnings, such as messages
     * that would be left without a way. X4_EBUSY when before is no longer in force. What is needed
     * beyond the call is to be referenced. */
    void (*change)(void *ctx, const struct admin_change *change, struct admin_reply *reply);

    /* [{connector, name, state, schedule, enabled, associations, queued, oldest-ms, next-open-ms,
     * open-attempts, last-error, sent, received, ...}]; dn NULL: all, else one object. */
    void (*connectors)(void *ctx, const char *dn, struct admin_reply *reply);
    void (*connector_do)(void *ctx, const char *dn, enum admin_connector_action action,
                         struct admin_reply *reply);
    /* [{association, connector, direction, peer, local, mode, dialogue, state, turn, checkpoint,
     * window, opened-ms, idle-ms, sent, received, transfer: {mts-id, octets, of}}] */
    void (*associations)(void *ctx, struct admin_reply *reply);

    /* {items: [{item, mts-id, kind, priority, state, connector, attempts, next-ms, expires-ms,
     * arrival-ms, content-length, originator, recipients: n, reason}], total} */
    void (*queue)(void *ctx, const struct admin_queue_filter *filter, struct admin_reply *reply);
    /* One item with envelope: recipients, trace, extensions. */
    void (*queue_show)(void *ctx, int64_t item, struct admin_reply *reply);
    void (*queue_do)(void *ctx, const struct admin_queue_order *order, struct admin_reply *reply);

    /* {address, normal-form, candidates: [{connector|mailbox, space, cost, matched, usable,
     * why}], chosen} */
    void (*route)(void *ctx, const char *address, struct admin_reply *reply);

    /* Submission. envelope: {originator, recipients: [{address, report: "none"|"non-delivery"|
     * "delivery", ...}], priority: "urgent"|"normal"|"non-urgent", content-type: "p2"|"p22"|
     * "unidentified"|"external OID", content-identifier, deferred-until-ms, latest-delivery-ms,
     * disclose-recipients, conversion-prohibited, alternate-recipient-allowed, return-content}.
     * begin returns the backend's handle, or NULL after it finished the reply with an error.
     * data: X4_OK; X4_EAGAIN: nothing was taken, offer it again later; another error ends the
     * upload with it (abandon follows). end: answer when durable: {mts-id}. After end or abandon
     * the handle is gone. */
    void *(*submit_begin)(void *ctx, const json_t *envelope, struct admin_reply *reply);
    int (*submit_data)(void *ctx, void *submission, struct slice octets);
    void (*submit_end)(void *ctx, void *submission, struct admin_reply *reply);
    void (*submit_abandon)(void *ctx, void *submission);
    /* envelope as above, with content-length; {mts-id} */
    void (*probe)(void *ctx, const json_t *envelope, struct admin_reply *reply);

    /* [{mailbox, name, entries, unread}] */
    void (*mailboxes)(void *ctx, struct admin_reply *reply);
    /* [{entry, kind, mts-id, originator, delivered-ms, read, content-length, content-type}] */
    void (*mailbox_entries)(void *ctx, const char *dn, struct admin_reply *reply);
    /* One entry with its delivery envelope or report as JSON. */
    void (*mailbox_entry)(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
    /* Its content, streamed. */
    void (*mailbox_content)(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
    void (*mailbox_delete)(void *ctx, const char *dn, int64_t entry, struct admin_reply *reply);
    void (*mailbox_mark)(void *ctx, const char *dn, int64_t entry, bool read,
                         struct admin_reply *reply);

    /* [{time-ms, action, detail: {...}}], oldest first */
    void (*track)(void *ctx, const char *mts_id, struct admin_reply *reply);
    /* Stored events with seq > after, oldest first, at most limit; after 0: the newest limit. Each
     * returning false ends it. enum x4_error. */
    int (*events)(void *ctx, int64_t after, unsigned limit,
                  bool (*each)(void *each_ctx, const struct admin_event *event), void *each_ctx);

    /* A test bind. params: {connector: DN} or {host, port, mode, t-selector, ...}. Finishes with
     * {ok, steps: [{layer, offered: {...}, answered: {...}, result}], refused: {layer, field,
     * text}}. */
    void (*ping)(void *ctx, const json_t *params, struct admin_reply *reply);

    void (*metrics)(void *ctx, struct admin_metrics *out);
};
