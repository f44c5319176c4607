/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of admin/. A request is the connection's current HTTP request and, to the
 * backend, the reply. MHD has it freed (admin_completed()) when the answer has left or the client
 * has gone, which cannot happen while it is suspended: so a late answer always finds it. */
#pragma once

#include "admin/admin.h"
#include "base/list.h"

#include <microhttpd.h>

enum {
    ADMIN_BODY_MAX = 16 * 1024 * 1024, /* of a request; a submission's content is streamed */
    ADMIN_ENVELOPE_MAX = 8 * 1024 * 1024,
    ADMIN_CONNECTIONS = 64,
    ADMIN_VIEWERS = 32,          /* of these, of clients that may only look */
    ADMIN_SILENT_MS = 30 * 1000, /* from connecting, or the last answer, to a request's head */
    ADMIN_IDLE_S = 120,
    ADMIN_FOLLOW_BUFFER = 256 * 1024,
    ADMIN_FOLLOW_POLL_MS = 1000,
    ADMIN_FOLLOW_ALIVE_MS = 15000,
    ADMIN_UPLOAD_RETRY_MS = 5,
};

enum admin_right { ADMIN_VIEW, ADMIN_CONTROL };

struct request;
typedef void admin_handler(struct request *request);

/* A parameter of a query. */
struct route_param {
    const char *name;
    const char *type; /* of OpenAPI: "string", "integer", "boolean" */
    const char *doc;
};
enum { ROUTE_PARAMS = 5 };

enum route_body { BODY_NONE, BODY_JSON, BODY_DOCUMENT, BODY_SUBMISSION };
enum route_answer { ANSWER_JSON, ANSWER_OCTETS, ANSWER_EVENTS, ANSWER_TEXT };

struct route {
    const char *method;
    const char *path; /* {dn}: steps with '='; {id}: digits */
    enum admin_right right;
    enum route_body body;
    enum route_answer answer;
    admin_handler *handler;
    const char *doc;
    struct route_param params[ROUTE_PARAMS];
};
const struct route *admin_routes(size_t *count);

enum { ROUTE_DN_MAX = CONF_DN_MAX };
struct route_match {
    char dn[ROUTE_DN_MAX + 1];
    int64_t id;
};
/* NULL: no such path, or (*other_method) not with this method. */
const struct route *admin_route_find(const char *method, const char *path,
                                     struct route_match *match, bool *other_method);
/* Does the path fit the pattern? */
bool admin_path_fits(const char *pattern, const char *path, struct route_match *match);

/* What a handler is in the middle of. */
struct admin_reply {
    struct admin *admin;
    struct MHD_Connection *connection;
    struct MHD_Response *response; /* the answer, when finished */
    unsigned status;
    bool finished;
    bool suspended;
    char user[32];
};

struct upload {
    struct buf line;  /* the envelope until its newline */
    void *submission; /* the backend's; NULL: none yet */
    bool waiting;     /* the backend takes no more for now */
};

struct request {
    struct admin_reply reply; /* first: admin_reply and request are cast into each other */
    const struct route *route;
    struct route_match match;
    struct buf body;
    struct upload upload;
    bool dispatched;
    struct list link;        /* among admin->waiting or admin->stalled */
    struct directory *after; /* of a change that waits */
    struct directory *before;
};

/* Who follows the events. */
struct follower {
    struct list link;
    struct admin *admin;
    struct MHD_Connection *connection;
    struct buf out;
    int64_t after; /* seq of the last event in out */
    int64_t spoke_ms;
    bool suspended;
};

struct admin {
    struct admin_params params;
    char *socket;
    struct MHD_Daemon *daemon;
    int epoll;           /* over MHD's own and wake: what the loop polls */
    int wake;            /* eventfd: a connection was resumed, which MHD itself does not signal */
    struct list waiting; /* requests whose change waits for the one that runs */
    struct request *changing; /* NULL: none */
    struct list stalled;      /* uploads that the backend takes no more of for now */
    int64_t next_retry_ms;
    struct list clients;
    unsigned viewers; /* of these, may only look */
    struct list followers;
    int64_t next_poll_ms;
    bool stopping;
};

/* Resumes a connection and makes the loop come by. */
void admin_resume(struct admin *admin, struct MHD_Connection *connection);

/* ---- request.c: what handlers use ------------------------------------------------------------ */

/* NULL: not given. */
const char *request_param(const struct request *request, const char *name);
bool request_flag(const struct request *request, const char *name);
/* The default when absent; false after an error reply when it is not in min..max. */
bool request_int(struct request *request, const char *name, int64_t *value, int64_t min,
                 int64_t max);
/* The body as JSON (a new reference), NULL after an error reply. */
json_t *request_json(struct request *request);
bool request_is_json(const struct request *request);
void admin_request_free(struct request *request);
/* Lets stalled uploads try again, when it is time or now. */
void admin_retry_uploads(struct admin *admin, bool now);
enum MHD_Result admin_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *data_size, void **con_cls);
void admin_completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode why);

/* ---- clients.c ------------------------------------------------------------------------------- */

void admin_client_changed(void *ctx, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what);
/* A request has begun, or has been answered. */
void admin_client_asks(struct MHD_Connection *connection, bool asks);
/* Ends connections on which nothing is asked. */
void admin_clients_check(struct admin *admin);
/* When that is next to be done, admin_clock_ms(); INT64_MAX: no connections. */
int64_t admin_clients_next_ms(const struct admin *admin);

/* ---- peer.c ---------------------------------------------------------------------------------- */

/* What the caller on the other end may do; user gets his name. */
enum admin_right admin_peer_right(const struct admin *admin, struct MHD_Connection *connection,
                                  char user[32]);

/* ---- reply.c --------------------------------------------------------------------------------- */

void admin_reply_response(struct admin_reply *reply, unsigned status, struct MHD_Response *response,
                          const char *content_type);
void admin_reply_text(struct admin_reply *reply, const char *content_type, struct slice text);
/* 422 with the list of errors. */
void admin_reply_errors(struct admin_reply *reply, const struct conf_errors *errors);
void admin_reply_status(struct admin_reply *reply, unsigned status, const char *error,
                        const char *message);

/* ---- change.c -------------------------------------------------------------------------------- */

/* The change that ran is answered: the next one may. */
void admin_change_ended(struct request *request);

/* ---- submit.c -------------------------------------------------------------------------------- */

/* Octets of a submission; takes what it can and says how much is left in *size. */
void admin_upload_data(struct request *request, const char *data, size_t *size);
void admin_upload_end(struct request *request);
void admin_upload_abandon(struct request *request);

/* ---- follow.c -------------------------------------------------------------------------------- */

/* Wakes followers for which there is something. */
void admin_follow_run(struct admin *admin, bool now);
int64_t admin_clock_ms(void);

/* ---- handlers -------------------------------------------------------------------------------- */

admin_handler admin_get_status, admin_get_openapi, admin_get_schema, admin_get_metrics;
admin_handler admin_get_objects, admin_get_object, admin_put_object, admin_patch_object,
    admin_delete_object, admin_apply, admin_export;
admin_handler admin_get_connectors, admin_get_connector, admin_open_connector,
    admin_close_connector, admin_enable_connector, admin_disable_connector;
admin_handler admin_get_associations, admin_get_queue, admin_get_queue_item, admin_hold_item,
    admin_release_item, admin_return_item, admin_delete_item;
admin_handler admin_get_route, admin_post_probe, admin_post_ping, admin_get_track;
admin_handler admin_get_mailboxes, admin_get_entries, admin_get_entry, admin_get_content,
    admin_delete_entry, admin_mark_read, admin_mark_unread;
admin_handler admin_get_events, admin_follow_events;
