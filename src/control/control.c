/* SPDX-License-Identifier: Apache-2.0 */
#include "control/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENT_DELAY_MS = 100, SECOND_MS = 1000 };

struct mta *control_mta(const struct control *c)
{
    return c->p.mta;
}

struct store *control_store(const struct control *c)
{
    return mta_store(c->p.mta);
}

/* ---- waiting for the disk -------------------------------------------------------------------- */

struct control_wait {
    struct admin_reply *reply;
    json_t *body;
};

struct control_wait *control_wait_new(struct admin_reply *reply, json_t *body)
{
    struct control_wait *w = calloc(1, sizeof(*w));

    if (!w) {
        json_decref(body);
        return NULL;
    }
    w->reply = reply;
    w->body = body;
    return w;
}

void control_wait_done(void *ctx, int result)
{
    struct control_wait *w = ctx;

    if (result) {
        admin_reply_error(w->reply, result, "%s", x4_strerror(result));
        json_decref(w->body);
    } else {
        admin_reply_json(w->reply, w->body);
    }
    free(w);
}

void control_wait_cancel(struct control_wait *w)
{
    json_decref(w->body);
    free(w);
}

/* ---- status ---------------------------------------------------------------------------------- */

static void count_places(const struct mta *mta, json_int_t *queued, json_int_t *held,
                         json_int_t *waiting)
{
    for (struct mta_queue *q = mta_next_queue(mta, NULL); q; q = mta_next_queue(mta, q)) {
        *queued += (json_int_t)q->count;
        LIST_EACH(it, &q->held)
        {
            ++*held;
        }
        LIST_EACH(it, &q->waiting)
        {
            ++*waiting;
        }
    }
}

static void status(void *ctx, struct admin_reply *reply)
{
    struct control *c = ctx;
    struct mta *mta = c->p.mta;
    const struct mta_counters *n = mta_counters(mta);
    int64_t now = mta_wall(mta);
    json_int_t queued = 0;
    json_int_t held = 0;
    json_int_t waiting = 0;
    json_t *associations = x400_associations(c->p.x400);
    json_t *body;

    count_places(mta, &queued, &held, &waiting);
    body = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I, s:o, s:o}",
        "mta-name", conf_str(mta_server(mta), "mta-name"), "version", c->p.version, "node",
        c->p.node, "started-ms", (json_int_t)c->p.started_ms, "uptime-s",
        (json_int_t)((now - c->p.started_ms) / SECOND_MS), "store", c->p.store_path,
        "store-pending", (json_int_t)store_pending(control_store(c)), "associations",
        (json_int_t)json_array_size(associations), "queued", queued, "held", held, "deferred",
        waiting, "received", (json_int_t)n->received, "submitted", (json_int_t)n->submitted, "sent",
        (json_int_t)n->sent, "delivered", (json_int_t)n->delivered, "non-delivered",
        (json_int_t)n->non_delivered, "reports", (json_int_t)n->reports_made, "duplicates",
        (json_int_t)n->duplicates, "quarantined", (json_int_t)n->quarantined, "calls",
        x400_calls(c->p.x400), "listeners", x400_listeners(c->p.x400));
    json_decref(associations);
    admin_reply_json(reply, body);
}

static void call_metrics(struct control *c, struct admin_metrics *out)
{
    struct guard_counters n;

    x400_count_calls(c->p.x400, &n);
    admin_metric(out, ADMIN_COUNTER, "x400d_calls_refused_total",
                 "Calls from outside that a limit did not let in");
    for (int i = 0; i < GUARD_LIMITS; i++)
        admin_metric_value(out, "limit", guard_limit_name((enum guard_limit)i), (double)n.acted[i]);
    admin_metric(out, ADMIN_COUNTER, "x400d_failed_binds_total", "Calls that came to no bind");
    admin_metric_value(out, NULL, NULL, (double)n.failed_binds);
    admin_metric(out, ADMIN_GAUGE, "x400d_connections_unbound", "Callers that have not bound yet");
    admin_metric_value(out, NULL, NULL, (double)n.unbound);
    admin_metric(out, ADMIN_GAUGE, "x400d_sources_blocked",
                 "Sources whose calls are not taken because their binds failed");
    admin_metric_value(out, NULL, NULL, (double)n.blocked);
}

static void metrics(void *ctx, struct admin_metrics *out)
{
    struct control *c = ctx;
    const struct mta_counters *n = mta_counters(c->p.mta);
    const struct {
        const char *name, *help;
        uint64_t value;
    } counters[] = {
        {"x400d_received_total", "Objects received from peers", n->received},
        {"x400d_submitted_total", "Objects submitted here", n->submitted},
        {"x400d_sent_total", "Copies transferred to peers", n->sent},
        {"x400d_delivered_total", "Recipients delivered here", n->delivered},
        {"x400d_non_delivered_total", "Recipients not delivered", n->non_delivered},
        {"x400d_reports_total", "Reports made", n->reports_made},
        {"x400d_duplicates_total", "Duplicates dropped", n->duplicates},
        {"x400d_quarantined_total", "APDUs kept in quarantine", n->quarantined},
        {"x400d_loops_total", "Loops detected", n->loops},
        {"x400d_dead_letters_total", "Objects kept in the dead-letter mailbox", n->dead_letters},
        {"x400d_expired_total", "Items expired in a queue", n->expired},
        {"x400d_octets_in_total", "Octets of APDUs received", n->octets_in},
        {"x400d_octets_out_total", "Octets of APDUs sent", n->octets_out},
    };

    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        admin_metric(out, ADMIN_COUNTER, counters[i].name, counters[i].help);
        admin_metric_value(out, NULL, NULL, (double)counters[i].value);
    }
    call_metrics(c, out);
    admin_metric(out, ADMIN_GAUGE, "x400d_queue_length", "Items in a queue");
    for (struct mta_queue *q = mta_next_queue(c->p.mta, NULL); q; q = mta_next_queue(c->p.mta, q))
        admin_metric_value(out, "queue", q->dn, (double)q->count);
}

/* ---- configuration --------------------------------------------------------------------------- */

int control_configure(struct control *c, struct directory *directory, char *text, size_t size)
{
    int error = mailboxes_configure(c->p.mailboxes, directory, text, size);

    if (!error)
        error = mta_configure(c->p.mta, directory, text, size);
    if (error) {
        char ignored[CONTROL_TEXT];

        if (mta_directory(c->p.mta)) /* back to what is in force */
            mailboxes_configure(c->p.mailboxes, mta_directory(c->p.mta), ignored, sizeof(ignored));
        return error;
    }
    x400_configure(c->p.x400);
    return X4_OK;
}

static struct directory *directory(void *ctx)
{
    return mta_directory(((struct control *)ctx)->p.mta);
}

static int put_entry(struct store_txn *txn, const struct conf_object *o)
{
    char *text = json_dumps(o->json, JSON_COMPACT);
    const struct store_entry entry = {
        .dn = slice_str(o->dn),
        .class_name = slice_str(o->class_->name),
        .json = slice_str(text),
    };

    if (!text)
        return X4_ENOMEM;
    store_put_entry(txn, &entry);
    conf_json_text_free(text);
    return X4_OK;
}

int control_put_entries(struct store_txn *txn, const struct directory *d)
{
    int error = X4_OK;

    for (int id = 0; id < CONF_CLASS_COUNT; id++) {
        for (const struct conf_object *o = directory_next(d, (enum conf_class_id)id, NULL);
             o && !error; o = directory_next(d, (enum conf_class_id)id, o))
            error = put_entry(txn, o);
    }
    return error;
}

struct change {
    struct control *c;
    struct directory *after;
    struct admin_reply *reply;
    json_t *body;
    struct store_txn *txn;
    int error; /* of the transaction, before it is handed over */
    unsigned count[DIRECTORY_REMOVED + 1];
};

static void change_free(struct change *ch)
{
    directory_unref(&ch->after);
    json_decref(ch->body);
    free(ch);
}

static void put_change(void *ctx, enum directory_change change, const struct conf_object *before,
                       const struct conf_object *after)
{
    struct change *ch = ctx;

    ch->count[change]++;
    if (change == DIRECTORY_REMOVED)
        store_delete_entry(ch->txn, slice_str(before->dn));
    else if (!ch->error)
        ch->error = put_entry(ch->txn, after);
}

/* Told before the change is in force: then they are on their other ways. */
static void tell_stranded(void *ctx, enum directory_change change, const struct conf_object *before,
                          const struct conf_object *after)
{
    struct control *c = ctx;
    const struct mta_queue *q;

    (void)after;
    if (change != DIRECTORY_REMOVED || before->class_->id != CONF_CONNECTOR)
        return;
    q = mta_find_queue(c->p.mta, before->dn);
    if (q && q->count)
        LOG_EVENT(mta_log(c->p.mta), mta_wall(c->p.mta), EVENT_CONFIG_STRANDED,
                  EV_INT("count", q->count), EV_STR("connector", before->dn));
}

static void change_done(void *ctx, int result)
{
    struct change *ch = ctx;
    struct control *c = ch->c;
    char text[CONTROL_TEXT] = "";

    c->changing = false;
    if (!result) {
        directory_diff(mta_directory(c->p.mta), ch->after, tell_stranded, c);
        result = control_configure(c, ch->after, text, sizeof(text));
    }
    if (result) {
        admin_reply_error(ch->reply, result, "%s", *text ? text : x4_strerror(result));
    } else {
        LOG_EVENT(mta_log(c->p.mta), mta_wall(c->p.mta), EVENT_CONFIG_APPLIED,
                  EV_STR("user", admin_reply_user(ch->reply)),
                  EV_INT("added", ch->count[DIRECTORY_ADDED]),
                  EV_INT("changed", ch->count[DIRECTORY_CHANGED]),
                  EV_INT("removed", ch->count[DIRECTORY_REMOVED]));
        admin_reply_json(ch->reply, json_incref(ch->body));
    }
    change_free(ch);
}

struct stranding {
    struct control *c;
    json_t *warnings;
};

static bool count_entry(void *ctx, const struct store_delivery *d)
{
    (void)d;
    ++*(size_t *)ctx;
    return true;
}

/* What would be left behind without its connector or mailbox. */
static void look_for_stranded(void *ctx, enum directory_change change,
                              const struct conf_object *before, const struct conf_object *after)
{
    struct stranding *s = ctx;
    struct mta_queue *q = mta_find_queue(s->c->p.mta, before ? before->dn : after->dn);
    size_t entries = 0;

    if (change != DIRECTORY_REMOVED)
        return;
    if (before->class_->id == CONF_CONNECTOR && q && q->count)
        json_array_append_new(
            s->warnings,
            json_sprintf("%s: %zu queued messages will be routed anew", before->dn, q->count));
    if (before->class_->id == CONF_MAILBOX)
        store_scan_deliveries(control_store(s->c), slice_str(before->dn), count_entry, &entries);
    if (entries)
        json_array_append_new(
            s->warnings,
            json_sprintf(
                "%s: %zu entries can be read no more until there is a mailbox of this name",
                before->dn, entries));
}

/* Would the parts take it? Found out before anything is made durable. */
static int rehearse(struct control *c, struct directory *after, char *text, size_t size)
{
    return mta_check(c->p.mta, after, text, size);
}

static void make_durable(struct change *ch, const struct admin_change *order)
{
    directory_diff(order->before, order->after, put_change, ch);
    if (ch->error) {
        store_abandon(&ch->txn);
        admin_reply_error(ch->reply, ch->error, "%s", x4_strerror(ch->error));
        change_free(ch);
    } else {
        ch->c->changing = true;
        store_commit(&ch->txn, change_done, ch);
    }
}

static void change(void *ctx, const struct admin_change *order, struct admin_reply *reply)
{
    struct control *c = ctx;
    struct stranding stranding = {c, json_array()};
    char text[CONTROL_TEXT] = "";
    struct change *ch;
    json_t *body;
    bool current = order->before == mta_directory(c->p.mta) && (order->dry_run || !c->changing);
    int error = current ? X4_OK : X4_EBUSY;

    if (!error)
        error = rehearse(c, order->after, text, sizeof(text));
    directory_diff(order->before, order->after, look_for_stranded, &stranding);
    body = json_pack("{s:O, s:o}", "changes", order->diff, "warnings", stranding.warnings);
    if (error) {
        admin_reply_error(reply, error, "%s", *text ? text : x4_strerror(error));
        json_decref(body);
        return;
    }
    if (order->dry_run) {
        admin_reply_json(reply, body);
        return;
    }
    ch = calloc(1, sizeof(*ch));
    if (ch)
        ch->txn = store_begin(control_store(c));
    if (!ch || !ch->txn) {
        free(ch);
        json_decref(body);
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
        return;
    }
    ch->c = c;
    ch->after = directory_ref(order->after);
    ch->reply = reply;
    ch->body = body;
    make_durable(ch, order);
}

/* ---- connectors ------------------------------------------------------------------------------ */

static void connectors(void *ctx, const char *dn, struct admin_reply *reply)
{
    struct control *c = ctx;
    json_t *body = x400_connectors(c->p.x400, dn);

    if (body)
        admin_reply_json(reply, body);
    else
        admin_reply_error(reply, X4_ENOTFOUND, "%s: no such connector of this server", dn);
}

static void connector_do(void *ctx, const char *dn, enum admin_connector_action action,
                         struct admin_reply *reply)
{
    struct control *c = ctx;
    bool open = action == ADMIN_CONNECTOR_OPEN;
    int error = open ? x400_open_now(c->p.x400, dn) : x400_close_all(c->p.x400, dn);

    if (error) {
        admin_reply_error(reply, error,
                          error == X4_ENOTFOUND ? "%s: no such connector of this server"
                          : error == X4_EBUSY
                              ? "%s: there are as many associations as it may have"
                              : "%s: disabled, or its schedule does not allow it now",
                          dn);
        return;
    }
    LOG_EVENT(mta_log(c->p.mta), mta_wall(c->p.mta), EVENT_CONNECTOR_STATE, EV_STR("connector", dn),
              EV_STR("action", open ? "opened" : "closed"),
              EV_STR("user", admin_reply_user(reply)));
    admin_reply_json(
        reply, json_pack("{s:s, s:s}", "connector", dn, "action", open ? "opening" : "closing"));
}

static void associations(void *ctx, struct admin_reply *reply)
{
    admin_reply_json(reply, x400_associations(((struct control *)ctx)->p.x400));
}

static void ping_done(void *ctx, json_t *result)
{
    admin_reply_json(ctx, result);
}

static void ping(void *ctx, const json_t *params, struct admin_reply *reply)
{
    struct control *c = ctx;
    const char *dn = json_string_value(json_object_get(params, "connector"));
    int error = x400_ping(c->p.x400, params, ping_done, reply);

    if (error == X4_ENOTFOUND && dn)
        admin_reply_error(reply, error, "%s: no such connector of this server", dn);
    else if (error == X4_ENOTFOUND)
        admin_reply_error(reply, error,
                          "there is no connector that could lend its names to a call");
    else if (error == X4_EINVAL)
        admin_reply_error(reply, error, "host: a name or an address; port: 1 to 65535");
    else if (error)
        admin_reply_error(reply, error, "%s", x4_strerror(error));
}

/* ---- events ---------------------------------------------------------------------------------- */

static void events_kept(void *ctx, int result)
{
    struct control *c = ctx;

    if (c->admin && result == X4_OK)
        admin_events_changed(c->admin);
}

static void flush_events(void *ctx)
{
    struct control *c = ctx;

    if (!c->events)
        return;
    store_put_off(c->events);
    store_commit(&c->events, events_kept, c);
}

/* What happens to every message is in the tracking records already: two rows less for each. */
static bool is_per_message(int number)
{
    return number == EVENT_MESSAGE_SENT || number == EVENT_MESSAGE_RECEIVED ||
           number == EVENT_MAILBOX_DELIVERED || number == EVENT_DELIVERY_REPORTED ||
           number == EVENT_SUBMITTED;
}

void control_event(void *ctx, const struct event_record *record)
{
    struct control *c = ctx;
    struct store_event event = {
        .time_ms = record->wall_ms,
        .number = record->entry->number,
        .severity = (int)record->entry->severity,
    };

    if (is_per_message(record->entry->number) && !mta_keeps_message_events(c->p.mta))
        return;
    if (!c->events) {
        c->events = store_begin(control_store(c));
        mta_io(c->p.mta)->ops->timer_set(c->event_timer, EVENT_DELAY_MS);
    }
    event.json = event_json(record);
    if (c->events && slice_present(event.json))
        store_put_event(c->events, &event);
}

struct relay {
    bool (*each)(void *ctx, const struct admin_event *event);
    void *ctx;
};

static bool relay_event(void *ctx, const struct store_event *event)
{
    const struct relay *r = ctx;
    const struct admin_event out = {.seq = event->seq, .json = event->json};

    return r->each(r->ctx, &out);
}

int control_events(void *ctx, int64_t after, unsigned limit,
                   bool (*each)(void *each_ctx, const struct admin_event *event), void *each_ctx)
{
    struct relay r = {each, each_ctx};
    int error = store_scan_events(control_store(ctx), after, limit, relay_event, &r);

    return error == X4_ENOTFOUND ? X4_OK : error;
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct control *control_new(const struct control_params *params)
{
    struct control *c = calloc(1, sizeof(*c));
    struct io *io = mta_io(params->mta);

    if (!c)
        return NULL;
    c->p = *params;
    c->event_timer = io->ops->timer_new(io, flush_events, c);
    if (!c->event_timer) {
        free(c);
        return NULL;
    }
    return c;
}

void control_free(struct control **handle)
{
    struct control *c = *handle;

    *handle = NULL;
    if (!c)
        return;
    if (c->events)
        store_abandon(&c->events);
    mta_io(c->p.mta)->ops->timer_free(&c->event_timer);
    free(c);
}

void control_set_admin(struct control *c, struct admin *admin)
{
    c->admin = admin;
    if (!admin)
        flush_events(c);
}

const struct admin_backend control_backend = {
    .status = status,
    .directory = directory,
    .change = change,
    .connectors = connectors,
    .connector_do = connector_do,
    .associations = associations,
    .queue = control_queue,
    .queue_show = control_queue_show,
    .queue_do = control_queue_do,
    .route = control_route,
    .submit_begin = control_submit_begin,
    .submit_data = control_submit_data,
    .submit_end = control_submit_end,
    .submit_abandon = control_submit_abandon,
    .probe = control_probe,
    .mailboxes = control_mailboxes,
    .mailbox_entries = control_mailbox_entries,
    .mailbox_entry = control_mailbox_entry,
    .mailbox_content = control_mailbox_content,
    .mailbox_delete = control_mailbox_delete,
    .mailbox_mark = control_mailbox_mark,
    .track = control_track,
    .events = control_events,
    .ping = ping,
    .metrics = metrics,
};
