/* SPDX-License-Identifier: Apache-2.0 */
/* Operators who deal with items of queues. What may then be missing, or reported on, is noted for
 * each recipient of the item, and for nobody else. */
#include "base/error.h"
#include "mta/internal.h"
#include "operate.h"

#include <stdio.h>
#include <stdlib.h>

/* Whom an item is for; of a report: whom it tells of. */
struct subject {
    struct sim_letter *letter; /* NULL: of no letter */
    uint32_t recipients;       /* bit n: recipient n of the letter, from 0 */
    bool is_report, is_quarantined;
    bool in_doubt; /* the next hop may have it already */
};

/* Lives until the order has been carried out, or refused. */
struct order {
    struct sim_world *world;
    struct sim_node *node;
    struct subject subject;
    enum admin_queue_action action;
    bool answered, refused, placed;
};

/* ---- which item ------------------------------------------------------------------------------ */

static struct mta_item *nth_item(struct list *items, int64_t *n)
{
    LIST_EACH(it, items)
    {
        if ((*n)-- == 0)
            return LIST_ITEM(it, struct mta_item, in_place);
    }
    return NULL;
}

static struct mta_item *pick(struct sim_node *node, int64_t n)
{
    struct mta_item *found = NULL;

    for (struct mta_queue *q = mta_next_queue(node->mta, NULL); q && !found;
         q = mta_next_queue(node->mta, q)) {
        found = nth_item(&q->held, &n);
        if (!found)
            found = nth_item(&q->waiting, &n);
        for (int rank = 0; rank < MTA_RANKS && !found; rank++)
            found = nth_item(&q->ready[rank], &n);
    }
    return found;
}

/* ---- what it is about ------------------------------------------------------------------------ */

static struct sim_letter *letter_of(struct sim_world *w, struct slice content_identifier)
{
    char text[MTS_UB_CONTENT_ID + 1];

    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(content_identifier));
    return sim_ledger_find(w, text, "a queue");
}

static void add(struct subject *s, int64_t number)
{
    if (number >= 1 && number <= SIM_TO)
        s->recipients |= UINT32_C(1) << (number - 1);
}

static void read_report(struct sim_world *w, const struct mts_report_content *c, struct subject *s)
{
    s->letter = letter_of(w, c->content_identifier);
    for (size_t i = 0; i < c->recipients.count; i++)
        add(s, BER_ITEM(c->recipients, struct mts_reported_recipient, i)->number);
}

static void read_envelope(struct sim_world *w, const struct mts_envelope *env,
                          const struct mta_recipients *dealt, struct subject *s)
{
    s->letter = letter_of(w, env->content_identifier);
    for (size_t i = 0; i < dealt->count; i++)
        add(s, BER_ITEM(env->recipients, struct mts_recipient, dealt->index[i])->number);
}

/* A disk that fails may keep it from being read; then there will be no order either. */
static bool read_item(struct sim_world *w, struct sim_node *n, const struct mta_item *item,
                      struct subject *s)
{
    struct store_object object;
    struct store_item row;
    struct mta_recipients dealt;
    struct mts_apdu apdu;
    struct arena arena;
    bool ok;

    *s = (struct subject){.in_doubt = item->in_doubt, .is_report = item->kind == STORE_REPORT};
    s->is_quarantined = item->kind == STORE_QUARANTINE;
    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    ok = store_get_object(n->store, item->object_id, &arena, &object) == X4_OK &&
         store_get_item(n->store, item->id, &arena, &row) == X4_OK;
    if (ok && !s->is_quarantined)
        ok = mta_recipients_read(row.recipients, &arena, &dealt) == X4_OK &&
             mts_apdu_decode(object.envelope, &arena, &apdu, NULL) == X4_OK;
    if (ok && s->is_report)
        read_report(w, &apdu.report.content, s);
    else if (ok && !s->is_quarantined)
        read_envelope(w, mts_apdu_envelope(&apdu), &dealt, s);
    arena_free(&arena);
    return ok;
}

/* ---- the order ------------------------------------------------------------------------------- */

static void note(const struct subject *s, enum admin_queue_action action, bool durable)
{
    for (unsigned i = 0; s->letter && i < SIM_TO; i++) {
        struct sim_steered *t = &s->letter->steered[i];

        if (!(s->recipients >> i & 1))
            continue;
        t->report_lost |= s->is_report;
        t->deleted |= !s->is_report && action == ADMIN_QUEUE_DELETE;
        t->returned |= !s->is_report && action == ADMIN_QUEUE_RETURN;
        t->in_doubt |= s->in_doubt;
        t->durable |= durable && !s->is_report;
    }
}

static void carried_out(void *ctx, int error, json_t *body, const char *text)
{
    struct order *o = ctx;

    (void)body;
    if (!o->node->dying)
        sim_say(o->world, o->node, "order %s: %s", error ? "refused" : "carried out", text);
    o->answered = true;
    o->refused = error != X4_OK;
    if (!o->placed)
        return;
    if (!error && !o->node->dying)
        note(&o->subject, o->action, true);
    free(o);
}

static bool puts_an_end(enum admin_queue_action action)
{
    return action == ADMIN_QUEUE_DELETE || action == ADMIN_QUEUE_RETURN;
}

void sim_operate_steer(struct sim_world *w, const struct sim_entry *e)
{
    struct sim_node *n = sim_running(w, e, "node");
    struct mta_item *item = n ? pick(n, sim_get(e, "nth")) : NULL;
    struct order *o = item ? calloc(1, sizeof(*o)) : NULL;
    struct admin_queue_order order = {.action = (enum admin_queue_action)(sim_get(e, "action") % 4),
                                      .reason = SIM_RETURN_REASON,
                                      .diagnostic = SIM_RETURN_DIAGNOSTIC};

    if (!o || (puts_an_end(order.action) && !read_item(w, n, item, &o->subject))) {
        free(o);
        return;
    }
    o->world = w;
    o->node = n;
    o->action = order.action;
    order.item = item->id;
    sim_say(w, n, "item %lld, of letter %u%s", (long long)order.item,
            o->subject.letter ? o->subject.letter->serial : 0,
            o->subject.in_doubt ? ", in doubt" : "");
    control_queue_do(n->control, &order,
                     sim_reply_new(&(struct admin_reply){.done = carried_out, .ctx = o}));
    o->placed = true;
    if (!o->refused)
        note(&o->subject, o->action, o->answered);
    if (!o->refused && o->subject.is_quarantined && o->action == ADMIN_QUEUE_DELETE)
        w->ledger.unquarantined[n->number]++;
    if (o->answered)
        free(o);
}
