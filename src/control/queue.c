/* SPDX-License-Identifier: Apache-2.0 */
/* The queue, tracking and routes, as the API shows them. */
#include "control/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *control_text(struct slice s)
{
    struct buf escaped;
    json_t *text;

    buf_init(&escaped, LIMIT_EVENT_TEXT);
    event_escape(&escaped, s);
    text = json_string(buf_cstr(&escaped) ? buf_cstr(&escaped) : "");
    buf_free(&escaped);
    return text;
}

json_t *control_address(const struct or_address *address)
{
    struct buf text;
    json_t *out;

    buf_init(&text, LIMIT_ORADDR_TEXT);
    or_address_print(address, OR_TEXT_B, &text);
    out = json_string(buf_cstr(&text) ? buf_cstr(&text) : "?");
    buf_free(&text);
    return out;
}

/* ---- listing --------------------------------------------------------------------------------- */

struct listing {
    struct control *c;
    const struct admin_queue_filter *filter;
    json_t *items;
    json_int_t total;
};

static const char *state_of(const struct mta_item *item)
{
    static const char *const names[] = {[MTA_PLACE_NONE] = "ready",
                                        [MTA_PLACE_READY] = "ready",
                                        [MTA_PLACE_WAITING] = "deferred",
                                        [MTA_PLACE_HELD] = "held",
                                        [MTA_PLACE_TAKEN] = "sending"};

    return item ? names[item->place] : "ready";
}

static json_t *item_json(const struct store_queued *row, const char *state)
{
    return json_pack(
        "{s:I, s:o, s:s, s:s, s:s, s:o, s:i, s:I, s:I, s:I, s:I, s:o, s:i, s:o}", "item",
        (json_int_t)row->item.id, "mts-id", control_text(row->mts_id), "kind",
        mta_kind_name(row->kind), "priority", mta_priority_name(row->priority), "state", state,
        "connector", control_text(row->item.queue), "attempts", row->item.attempts, "next-ms",
        (json_int_t)row->item.next_ms, "expires-ms", (json_int_t)row->item.expires_ms, "arrival-ms",
        (json_int_t)row->arrival_ms, "content-length", (json_int_t)row->content_len, "from",
        control_text(row->source), "recipients", (int)mta_recipients_count(row->item.recipients),
        "reason", control_text(row->item.reason));
}

static bool list_item(void *ctx, const struct store_queued *row)
{
    struct listing *l = ctx;
    const struct admin_queue_filter *f = l->filter;
    const char *state = state_of(mta_find_item(control_mta(l->c), row->item.id));

    if (row->item.id <= f->after || (f->state && strcmp(f->state, state) != 0) ||
        (f->connector && !slice_eq_nocase(slice_str(f->connector), row->item.queue)))
        return true;
    l->total++;
    if (json_array_size(l->items) < f->limit)
        json_array_append_new(l->items, item_json(row, state));
    return true;
}

void control_queue(void *ctx, const struct admin_queue_filter *filter, struct admin_reply *reply)
{
    struct listing l = {.c = ctx, .filter = filter, .items = json_array()};
    int error = store_scan_items(control_store(ctx), list_item, &l);

    if (error && error != X4_ENOTFOUND) {
        json_decref(l.items);
        admin_reply_error(reply, error, "the store cannot be read");
        return;
    }
    admin_reply_json(reply, json_pack("{s:o, s:I}", "items", l.items, "total", l.total));
}

void control_queue_show(void *ctx, int64_t id, struct admin_reply *reply)
{
    struct control *c = ctx;
    const struct mta_item *item = mta_find_item(control_mta(c), id);
    json_t *body;

    if (!item) {
        admin_reply_error(reply, X4_ENOTFOUND, "no item %lld in the queue", (long long)id);
        return;
    }
    body = control_object_json(c, item->object_id);
    if (!body)
        body = json_pack("{s:s}", "problem", "the envelope cannot be read");
    json_object_set_new(body, "item", json_integer((json_int_t)id));
    json_object_set_new(body, "connector", json_string(item->queue->dn));
    json_object_set_new(body, "state", json_string(state_of(item)));
    json_object_set_new(body, "attempts", json_integer(item->attempts));
    json_object_set_new(body, "next-ms", json_integer((json_int_t)item->next_ms));
    json_object_set_new(body, "expires-ms", json_integer((json_int_t)item->expires_ms));
    admin_reply_json(reply, body);
}

/* An order that is carried out: which message it is about and where that was, read before the item
 * is gone, and told once what was done is durable. */
struct ordered {
    struct control *c;
    struct control_wait *wait;
    struct admin_queue_order order;
    struct arena arena;
    struct store_object object;
    const char *connector; /* NULL: there is no such item */
    char user[CONTROL_TEXT];
};

static void find_subject(struct ordered *o)
{
    const struct mta_item *item = mta_find_item(control_mta(o->c), o->order.item);

    if (!item || store_get_object(control_store(o->c), item->object_id, &o->arena, &o->object))
        return;
    o->connector = arena_str(&o->arena, slice_str(item->queue->dn));
}

static struct ordered *ordered_new(struct control *c, const struct admin_queue_order *order,
                                   struct admin_reply *reply)
{
    struct ordered *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->wait = control_wait_new(reply, json_pack("{s:I}", "item", (json_int_t)order->item));
    if (!o->wait) {
        free(o);
        return NULL;
    }
    o->c = c;
    o->order = *order;
    arena_init(&o->arena, CONTROL_ARENA);
    snprintf(o->user, sizeof(o->user), "%s", admin_reply_user(reply));
    find_subject(o);
    return o;
}

static void ordered_free(struct ordered *o)
{
    arena_free(&o->arena);
    free(o);
}

static void tell(const struct ordered *o)
{
    static const enum event_number events[] = {[ADMIN_QUEUE_HOLD] = EVENT_QUEUE_HELD,
                                               [ADMIN_QUEUE_RELEASE] = EVENT_QUEUE_RELEASED,
                                               [ADMIN_QUEUE_DELETE] = EVENT_QUEUE_DELETED,
                                               [ADMIN_QUEUE_RETURN] = EVENT_QUEUE_RETURNED};
    const struct admin_queue_order *order = &o->order;
    const struct mta *mta = control_mta(o->c);
    bool returned = order->action == ADMIN_QUEUE_RETURN;

    LOG_EVENT(mta_log(mta), mta_wall(mta), events[order->action],
              EV_SLICE("mts-id", o->object.mts_id), EV_STR("connector", o->connector),
              EV_STR("user", o->user),
              EV_STR("reason", returned ? mts_reason_text(order->reason) : NULL),
              EV_STR("diagnostic", returned ? mts_diagnostic_text(order->diagnostic) : NULL));
}

static void carried_out(void *ctx, int result)
{
    struct ordered *o = ctx;

    if (result == X4_OK)
        tell(o);
    control_wait_done(o->wait, result);
    ordered_free(o);
}

static const char *refusal(int error)
{
    switch (error) {
    case X4_ESTATE: return "it is being transferred right now, or in quarantine";
    case X4_EAGAIN: return "it waits for its deferred delivery time; only \"now\" sends it before";
    default: return x4_strerror(error);
    }
}

/* Ends in carried_out() unless there is an error. */
static int carry_out(struct ordered *o)
{
    const struct mta_done done = {carried_out, o};
    const struct admin_queue_order *order = &o->order;
    struct mta *mta = control_mta(o->c);

    switch (order->action) {
    case ADMIN_QUEUE_HOLD: return mta_hold(mta, order->item, done);
    case ADMIN_QUEUE_RELEASE: return mta_release(mta, order->item, order->now, done);
    case ADMIN_QUEUE_DELETE: return mta_delete(mta, order->item, done);
    case ADMIN_QUEUE_RETURN:
        return mta_return(mta, order->item, order->reason, order->diagnostic, done);
    }
    return X4_EINVAL;
}

void control_queue_do(void *ctx, const struct admin_queue_order *order, struct admin_reply *reply)
{
    struct ordered *o = ordered_new(ctx, order, reply);
    int error = o ? carry_out(o) : X4_ENOMEM;

    if (!error)
        return;
    if (o) {
        control_wait_cancel(o->wait);
        ordered_free(o);
    }
    admin_reply_error(reply, error == X4_EAGAIN ? X4_ESTATE : error, "item %lld: %s",
                      (long long)order->item, refusal(error));
}

/* ---- tracking -------------------------------------------------------------------------------- */

static bool list_track(void *ctx, const struct store_track *t)
{
    json_t *detail = json_loadb((const char *)t->detail.p, t->detail.len, 0, NULL);

    json_array_append_new(ctx, json_pack("{s:I, s:o, s:o}", "time-ms", (json_int_t)t->time_ms,
                                         "action", control_text(t->action), "detail",
                                         detail ? detail : json_object()));
    return true;
}

void control_track(void *ctx, const char *mts_id, struct admin_reply *reply)
{
    json_t *list = json_array();
    int error = store_scan_track(control_store(ctx), slice_str(mts_id), list_track, list);

    if (error && error != X4_ENOTFOUND) {
        json_decref(list);
        admin_reply_error(reply, error, "the store cannot be read");
        return;
    }
    admin_reply_json(reply, list);
}

/* ---- routes ---------------------------------------------------------------------------------- */

static json_t *explained_json(const struct mta_route_explained *e)
{
    json_t *list = json_array();

    for (size_t i = 0; i < e->count; i++) {
        const struct mta_candidate *c = &e->candidate[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:b, s:b, s:s}", "connector",
                                              c->connector, "space", c->space ? c->space : "",
                                              "cost", c->cost, "matched", c->usable, "usable",
                                              c->usable, "why", c->why ? c->why : ""));
    }
    return list;
}

void control_route(void *ctx, const char *address, struct admin_reply *reply)
{
    struct mta_route_explained e;
    struct or_address parsed;
    struct arena arena;
    struct buf why;
    json_t *body;

    arena_init(&arena, CONTROL_ARENA);
    buf_init(&why, LIMIT_EVENT_TEXT);
    if (or_address_parse(slice_str(address), &arena, &parsed, &why)) {
        admin_reply_error(reply, X4_ESYNTAX, "%.*s", SLICE_ARG(buf_view(&why)));
    } else if (mta_route_explain(control_mta(ctx), &parsed, &arena, &e)) {
        admin_reply_error(reply, X4_ENOMEM, "out of memory");
    } else {
        body = json_pack("{s:s, s:o, s:o}", "address", address, "normal-form",
                         control_address(&parsed), "candidates", explained_json(&e));
        if (e.mailbox)
            json_object_set_new(body, "chosen", json_string(e.mailbox));
        else
            json_object_set_new(body, "chosen",
                                e.chosen >= 0 ? json_string(e.candidate[e.chosen].connector)
                                              : json_null());
        if (e.mailbox)
            json_object_set_new(body, "mailbox", json_string(e.mailbox));
        admin_reply_json(reply, body);
    }
    buf_free(&why);
    arena_free(&arena);
}
