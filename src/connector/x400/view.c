/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors and associations, as the API shows them. */
#include "connector/x400/internal.h"

static const char *const state_names[] = {[X400_CONNECTING] = "connecting",
                                          [X400_OPENING] = "opening",
                                          [X400_OPEN] = "open",
                                          [X400_CLOSING] = "closing"};

json_t *x400_listeners(const struct x400 *x)
{
    json_t *list = json_array();

    LIST_EACH(it, &x->stacks)
    {
        const struct x400_stack *s = LIST_ITEM(it, struct x400_stack, link);

        LIST_EACH(lt, &s->listeners)
        {
            json_array_append_new(list, json_pack("{s:s, s:s}", "stack", s->dn, "local",
                                                  LIST_ITEM(lt, struct x400_listener, link)->text));
        }
    }
    return list;
}

static const char *connector_state(struct x400_connector *c)
{
    if (!c->profile.enabled)
        return "disabled";
    LIST_EACH(it, &c->associations)
    {
        if (LIST_ITEM(it, struct x400_assoc, in_connector)->state == X400_OPEN)
            return "connected";
    }
    if (!list_empty(&c->associations))
        return "opening";
    if (c->retry_at || c->held_until > x400_now(c->x))
        return "retrying";
    return x400_off_hours(c) ? "scheduled" : "idle";
}

static json_int_t open_count(const struct x400_connector *c)
{
    json_int_t n = 0;

    LIST_EACH(it, &c->associations)
    {
        n += LIST_ITEM(it, struct x400_assoc, in_connector)->state >= X400_OPEN;
    }
    return n;
}

static json_t *connector_json(struct x400_connector *c)
{
    const struct x400_profile *p = &c->profile;
    json_int_t next = 0;

    if (x400_next_attempt(c) > x400_now(c->x))
        next = (json_int_t)(x400_wall(c->x) + x400_next_attempt(c) - x400_now(c->x));
    else if (x400_off_hours(c))
        next = (json_int_t)c->times.until;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:s, "
        "s:I, s:I, s:I}",
        "connector", c->dn, "name", conf_dn_leaf(c->dn), "state", connector_state(c), "schedule",
        conf_str(p->object, "schedule"), "enabled", p->enabled, "conformance",
        x400_mode_name(p->mode), "remote-mta-name", p->remote_name, "associations", open_count(c),
        "queued", (json_int_t)c->queue->count, "queued-octets", (json_int_t)c->queue->octets,
        "ready", (json_int_t)c->queue->ready_count, "oldest-ms",
        (json_int_t)mta_queue_oldest(c->queue), "next-open-ms", next, "open-attempts",
        (int)c->open_attempts, "last-error", c->last_error, "sent", (json_int_t)c->sent, "received",
        (json_int_t)c->received, "refused", (json_int_t)c->refused);
}

json_t *x400_connectors(struct x400 *x, const char *dn)
{
    json_t *list;

    if (dn) {
        struct x400_connector *c = x400_find(x, dn);

        return c ? connector_json(c) : NULL;
    }
    list = json_array();
    LIST_EACH(it, &x->connectors)
    {
        struct x400_connector *c = LIST_ITEM(it, struct x400_connector, link);

        if (!c->removed)
            json_array_append_new(list, connector_json(c));
    }
    return list;
}

static json_t *transfer_json(const struct x400_assoc *a)
{
    if (!a->out)
        return NULL;
    return json_pack("{s:s, s:I, s:I}", "mts-id", mta_out_mts_id(a->out), "octets",
                     (json_int_t)a->out_offset, "of", (json_int_t)mta_out_len(a->out));
}

static json_t *assoc_json(const struct x400_assoc *a)
{
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:I, s:I, s:I, s:I, "
        "s:o*}",
        "association", (json_int_t)a->number, "connector", a->connector ? a->connector->dn : "",
        "direction", a->initiator ? "outgoing" : "incoming", "peer", a->peer_text, "local",
        a->local_text, "mode", a->state >= X400_OPEN ? x400_mode_name(a->mode) : "", "dialogue",
        a->two_way ? "two-way-alternate" : "monologue", "state", state_names[a->state], "turn",
        a->stack && a->state >= X400_OPEN && stack_has_turn(a->stack), "checkpoint",
        (int)a->checkpoint_kib, "window", (int)a->window, "opened-ms", (json_int_t)a->opened_ms,
        "idle-ms", (json_int_t)(x400_now(a->x) - a->idle_since), "sent", (json_int_t)a->sent,
        "received", (json_int_t)a->received, "transfer", transfer_json(a));
}

json_t *x400_associations(const struct x400 *x)
{
    json_t *list = json_array();

    LIST_EACH(it, &x->associations)
    {
        json_array_append_new(list, assoc_json(LIST_ITEM(it, struct x400_assoc, link)));
    }
    return list;
}
