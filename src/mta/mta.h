/* SPDX-License-Identifier: Apache-2.0 */
/* The message transfer agent itself: takes responsibility for what comes in, decides for every
 * recipient, queues, reports. It knows no protocol below P1 and no way of delivery: those are
 * connectors, which serve a queue (mta/outbound.h) or deliver locally (struct mta_local).
 *
 * Everything runs on the event loop's thread. One transaction per object accepted: its envelope and
 * content, its place in the queues, deliveries and reports become durable together or not at all,
 * and only then is responsibility acknowledged. */
#pragma once

#include "conf/directory.h"
#include "io/io.h"
#include "log/event.h"
#include "mta/queue.h"
#include "mts/report.h"
#include "mts/submit.h"
#include "store/store.h"

struct mta;

/* One recipient to whom an object is to be handed over here. */
struct mta_delivery {
    struct store_txn *txn; /* note it here */
    int64_t object_id;
    const struct mts_apdu *apdu;
    uint32_t recipient; /* index; of a report: 0 */
    uint64_t content_len;
    int64_t now_ms;
    bool test_only; /* a probe: do the tests, note nothing */
    bool no_limits; /* a dead letter: take it whatever it is */
};

/* What a local deliverer says. */
struct mta_verdict {
    bool delivered;
    enum mts_type_of_user type_of_user;
    int64_t reason, diagnostic; /* not delivered */
    const char *text;           /* for people, static; or NULL */
};

/* Local recipients (connector/mailbox). */
struct mta_local {
    void *ctx;
    /* Is this one of ours? *mailbox is opaque, or NULL. X4_OK, X4_ENOMEM. */
    int (*find)(void *ctx, const struct or_address *address, const void **mailbox);
    /* The mailbox with this DN, or NULL. */
    const void *(*find_dn)(void *ctx, const char *dn);
    void (*deliver)(void *ctx, const void *mailbox, const struct mta_delivery *delivery,
                    struct mta_verdict *verdict);
    /* Does it look like one of ours: the domain, organization and units of one of the mailboxes?
     * X4_OK, X4_ENOMEM. */
    int (*is_near)(void *ctx, const struct or_address *address, bool *near);
    /* The mailbox's DN, for the log. */
    const char *(*dn)(void *ctx, const void *mailbox);
};

struct mta_params {
    struct io *io;
    struct store *store;
    struct log *log;
    const char *store_name; /* as events call it: its directory */
    const char *server_dn;  /* our server object; NULL: the only one of the directory */
};

struct mta_counters {
    uint64_t received, submitted, sent, delivered; /* objects, objects, copies, recipients */
    uint64_t reports_made, non_delivered, duplicates, quarantined, loops, expired;
    uint64_t dead_letters;
    uint64_t octets_in, octets_out;
};

/* X4_OK, X4_ENOMEM. Then mta_configure(), then mta_load(). */
int mta_new(const struct mta_params *params, struct mta **out);
/* Connectors must have let go of their queues and items. */
void mta_free(struct mta **mta);

void mta_set_local(struct mta *mta, const struct mta_local *local);
/* Puts a directory in force (takes a reference of its own): identity, limits, routes. Items of
 * connectors that are gone are routed anew. X4_ECONFIG with text: nothing changed. */
int mta_configure(struct mta *mta, struct directory *directory, char *text, size_t size);

/* Would mta_configure() take it? */
int mta_check(struct mta *mta, struct directory *directory, char *text, size_t size);
/* Reads the queue from the store. */
int mta_load(struct mta *mta);

/* The server object that a node is: the one named dn, or the only one when dn is NULL. NULL: there
 * is none, or there are several; text says so. */
const struct conf_object *mta_pick_server(const struct directory *directory, const char *dn,
                                          char *text, size_t size);
struct directory *mta_directory(const struct mta *mta);
/* Is there room on the disk for new objects? When not, they are refused for now; what is queued is
 * kept and goes on. */
bool mta_has_room(const struct mta *mta);
/* Our server object in it. */
const struct conf_object *mta_server(const struct mta *mta);
const struct mts_identity *mta_identity(const struct mta *mta);
const struct mta_counters *mta_counters(const struct mta *mta);
struct mta_counters *mta_count(struct mta *mta); /* for connectors */
struct io *mta_io(const struct mta *mta);
/* Whether the events of single messages go into the store (server attribute keep-message-events).
 */
bool mta_keeps_message_events(const struct mta *mta);
struct store *mta_store(const struct mta *mta);
struct log *mta_log(const struct mta *mta);
int64_t mta_wall(const struct mta *mta);
const struct mta_local *mta_local(const struct mta *mta);

/* A fresh MTS-identifier of this MTA; its texts live in the arena. */
int mta_new_identifier(struct mta *mta, struct arena *arena, struct mts_identifier *out);

/* For people: "message", "report", "probe", "quarantine"; "urgent", "normal", "non-urgent". */
const char *mta_kind_name(enum store_kind kind);
const char *mta_priority_name(int priority);

/* The queue of a connector, made when there is none; NULL: out of memory. */
struct mta_queue *mta_queue_of(struct mta *mta, const char *dn);
struct mta_queue *mta_find_queue(const struct mta *mta, const char *dn);
struct mta_queue *mta_next_queue(const struct mta *mta, const struct mta_queue *after);
struct mta_item *mta_find_item(const struct mta *mta, int64_t id);
/* A connector begins or ends to serve its queue. */
void mta_serve(struct mta_queue *queue, const struct mta_queue_ops *ops, void *ctx);

/* ---- steering the queue (operator, API) ------------------------------------------------------ */
/* X4_ENOTFOUND, X4_ESTATE (being sent right now). done is called when it is durable. */
typedef void mta_done_fn(void *ctx, int result);
struct mta_done {
    mta_done_fn *fn; /* NULL: nobody waits */
    void *ctx;
};
int mta_hold(struct mta *mta, int64_t item, struct mta_done done);
/* A held item goes on; one that waits is tried at once. What waits for its deferred delivery time
 * goes on waiting for it, unless now is set: X4_EAGAIN when that is all it does. */
int mta_release(struct mta *mta, int64_t item, bool now, struct mta_done done);
int mta_delete(struct mta *mta, int64_t item, struct mta_done done);
/* How many recipients an item of the store is for; 0: it is a report's. */
size_t mta_recipients_count(struct slice recipients);
/* Back to the originator with this reason. */
int mta_return(struct mta *mta, int64_t item, int64_t reason, int64_t diagnostic,
               struct mta_done done);

/* ---- routing, explained ---------------------------------------------------------------------- */

struct mta_candidate {
    const char *connector; /* DN */
    const char *space;     /* the address space that matched */
    int cost;
    bool usable;
    const char *why; /* chosen, or why not */
};
enum { MTA_CANDIDATES = 64 };
struct mta_route_explained {
    const char *mailbox; /* DN, when local */
    struct mta_candidate candidate[MTA_CANDIDATES];
    size_t count;
    int chosen; /* index, -1: none */
};
int mta_route_explain(struct mta *mta, const struct or_address *address, struct arena *arena,
                      struct mta_route_explained *out);

/* ---- submission ------------------------------------------------------------------------------ */

struct mta_in;
/* A message or probe made here: its stored form as from mts_submit(). Content follows with
 * mta_in_content(), then mta_in_end(). See mta/inbound.h. NULL: out of memory. */
struct mta_in *mta_submit(struct mta *mta, struct slice stored);
