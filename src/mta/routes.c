/* SPDX-License-Identifier: Apache-2.0 */
/* The next hop: the connectors' address spaces as a routing table, and the choice among what
 * matches (2.11). */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"
#include "p1/p1_out.h"

#include <stdio.h>

enum { LOOKUP_ARENA = 4 * 1024 * 1024, KIB = 1024 };

static int add_spaces(struct mta_settings *s, const struct conf_object *o, uint32_t target,
                      char *text, size_t size)
{
    for (size_t i = 0; i < conf_count(o, "address-spaces"); i++) {
        const char *space = conf_item(o, "address-spaces", i);
        struct buf why;
        int error;

        buf_init(&why, LIMIT_EVENT_TEXT);
        error = route_table_add(s->routes, slice_str(space),
                                (unsigned)conf_space_cost(o, "address-spaces", i), target, &why);
        if (error)
            snprintf(text, size, "%s: address-spaces: \"%s\": %.*s", o->dn, space,
                     SLICE_ARG(buf_view(&why)));
        buf_free(&why);
        if (error)
            return error == X4_ENOMEM ? error : X4_ECONFIG;
    }
    return X4_OK;
}

static size_t count_connectors(const struct directory *d)
{
    size_t n = 0;

    for (const struct conf_object *o = directory_next(d, CONF_CONNECTOR, NULL); o;
         o = directory_next(d, CONF_CONNECTOR, o))
        n++;
    return n;
}

static bool in_domain(const struct conf_object *o, const struct mts_gdi *own)
{
    struct conf_gdi gdi;
    struct mts_gdi remote;

    if (!conf_gdi(o, "remote-gdi", &gdi))
        return true;
    remote = mts_gdi_make(gdi.country, gdi.admd, gdi.prmd);
    return mts_gdi_equal(&remote, own);
}

static enum mta_sight sight_of(const struct conf_object *o, const struct mts_gdi *own)
{
    if (!in_domain(o, own))
        return MTA_SIGHT_EXTERNAL;
    return conf_enum(o, "conformance") == CONF_1984 ||
                   conf_enum(o, "internal-trace") == CONF_TRACE_STRIP
               ? MTA_SIGHT_NONE
               : MTA_SIGHT_INTERNAL;
}

int mta_routes_make(struct mta_settings *s, struct directory *d, char *text, size_t size)
{
    int error = route_table_new(&s->routes);

    s->targets = arena_array(&s->arena, count_connectors(d), sizeof(*s->targets));
    if (!s->targets)
        return X4_ENOMEM;
    for (const struct conf_object *o = directory_next(d, CONF_CONNECTOR, NULL); o && !error;
         o = directory_next(d, CONF_CONNECTOR, o)) {
        const struct conf_object *stack = directory_follow(d, o, "stack");
        struct conf_week week;

        if (!stack || directory_above(d, stack, CONF_SERVER) != s->server)
            continue; /* another server's */
        s->targets[s->target_count] = (struct mta_target){
            .dn = o->dn,
            .size_limit = (uint64_t)conf_int(o, "message-size-limit") * KIB,
            .to_1984 = conf_enum(o, "conformance") == CONF_1984,
            .closed = !conf_bool(o, "enabled") || conf_schedule(o, "schedule", &week) == CONF_NEVER,
            .sight = sight_of(o, &s->identity.gdi),
            .own_name = conf_str(o, "local-mta-name")};
        error = add_spaces(s, o, (uint32_t)s->target_count++, text, size);
    }
    return error ? error : route_table_seal(s->routes);
}

void mta_routes_free(struct mta_settings *s)
{
    if (s->routes)
        route_table_free(&s->routes);
}

/* A candidate, with what the choice looks at. */
struct way {
    struct mta_queue *queue;
    const struct route_candidate *row;
    bool to_1984;
    enum mta_sight sight;
    enum mta_activation activation;
};

static bool works_at_present(const struct way *w)
{
    return w->queue && w->activation == MTA_ACTIVE && !w->queue->open_retry;
}

/* Is a better than b, of candidates that are equally specific? As in Exchange the one that is
 * active first, then one that does not wait after a failed open, then the cheaper one; then one
 * that loses nothing by downgrading (R9.3), then the shorter queue. */
static bool better(const struct way *a, const struct way *b)
{
    if (a->activation != b->activation)
        return a->activation < b->activation;
    if (a->queue->open_retry != b->queue->open_retry)
        return b->queue->open_retry;
    if (a->row->cost != b->row->cost)
        return a->row->cost < b->row->cost;
    if (a->to_1984 != b->to_1984)
        return !a->to_1984;
    return a->queue->count < b->queue->count;
}

/* Until its connector serves it, a queue has only the configuration to tell. */
static enum mta_activation activation_of(const struct mta_queue *q, const struct mta_target *t)
{
    if (t->closed)
        return MTA_NEVER;
    return q->ops ? q->ops->activation(q->ctx) : MTA_ACTIVE;
}

/* Can the parcel not go there at all? */
static bool is_barred(const struct mta_target *t, const struct mta_parcel *parcel,
                      enum mta_no_way *why)
{
    if (conf_dn_equal(t->dn, parcel->aside))
        return true;
    if (conf_dn_equal(t->dn, parcel->from)) {
        if (*why == MTA_WAY_UNKNOWN)
            *why = MTA_WAY_BACK;
        return true;
    }
    if (t->size_limit && parcel->content_len > t->size_limit) {
        *why = MTA_WAY_TOO_LONG;
        return true;
    }
    if (t->to_1984 && parcel->envelope) {
        enum p1_downgrade down = p1_downgrade_check(parcel->envelope, parcel->recipient, NULL);

        if (down != P1_DOWN_OK)
            *why = down == P1_DOWN_UNTOLD ? MTA_WAY_UNTOLD : MTA_WAY_1984;
        return down != P1_DOWN_OK;
    }
    return false;
}

static struct way best_of(struct mta *mta, const struct route_candidates *all,
                          const struct mta_parcel *parcel, enum mta_no_way *why)
{
    struct way best = {.queue = NULL};

    for (size_t i = 0; i < all->count; i++) {
        const struct mta_target *t = &mta->settings->targets[all->items[i].target];
        struct way way = {.row = &all->items[i], .to_1984 = t->to_1984, .sight = t->sight};

        if (best.queue && way.row->group != best.row->group)
            break; /* less specific */
        if (is_barred(t, parcel, why) && *why != MTA_WAY_UNTOLD)
            continue;
        way.queue = *why == MTA_WAY_UNTOLD ? NULL : mta_queue_of(mta, t->dn);
        if (!way.queue) {
            *why = MTA_WAY_UNTOLD;
            return way;
        }
        way.activation = activation_of(way.queue, t);
        if (!best.queue || better(&way, &best))
            best = way;
    }
    return best;
}

/* An address of the mailboxes' own kind that is no mailbox: unless the address space is shared with
 * other systems, nobody else has it, and a connector with a wide address space would only send it
 * round. */
static int is_nobodys(struct mta *mta, const struct or_address *to, bool *nobodys)
{
    *nobodys = false;
    if (conf_bool(mta->settings->server, "share-address-space"))
        return X4_OK;
    return mta->local.is_near(mta->local.ctx, to, nobodys);
}

static struct way best_way(struct mta *mta, const struct mta_parcel *parcel, enum mta_no_way *why)
{
    struct route_candidates all = {.count = 0};
    enum mta_no_way reason = MTA_WAY_UNKNOWN;
    struct way best = {.queue = NULL};
    struct arena arena;
    bool nobodys;
    int error = is_nobodys(mta, parcel->to, &nobodys);

    arena_init(&arena, LOOKUP_ARENA);
    if (!error && nobodys)
        reason = MTA_WAY_NOT_SHARED;
    else if (!error)
        error = route_lookup(mta->settings->routes, parcel->to, &arena, &all);
    if (error == X4_ENOMEM && !arena.full)
        reason = MTA_WAY_UNTOLD;
    else if (!error && !nobodys)
        best = best_of(mta, &all, parcel, &reason);
    *why = reason;
    arena_free(&arena);
    return best;
}

static struct mta_choice choice_of(const struct way *way, enum mta_no_way why)
{
    return (struct mta_choice){.queue = way->queue,
                               .why = why,
                               .to_1984 = way->queue && way->to_1984,
                               .sight = way->sight};
}

struct mta_choice mta_choose(struct mta *mta, const struct mta_parcel *parcel)
{
    enum mta_no_way why;
    const struct way way = best_way(mta, parcel, &why);

    return choice_of(&way, why);
}

struct mta_choice mta_choose_working(struct mta *mta, const struct mta_parcel *parcel)
{
    enum mta_no_way why;
    const struct way way = best_way(mta, parcel, &why);

    return works_at_present(&way) ? choice_of(&way, why) : (struct mta_choice){.queue = NULL};
}

struct mta_parcel mta_work_parcel(const struct mta_work *w, uint32_t recipient, const char *aside)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    struct mta_parcel parcel = {.from = w->source, .aside = aside, .envelope = env};

    if (!env) {
        parcel.to = &w->apdu.report.envelope.destination.address;
        return parcel;
    }
    parcel.to = &BER_ITEM(env->recipients, struct mts_recipient, recipient)->name.address;
    parcel.content_len = mta_work_length(w);
    parcel.recipient = recipient;
    return parcel;
}

struct mta_choice mta_work_choose(struct mta_work *w, uint32_t recipient, const char *aside)
{
    const struct mta_parcel parcel = mta_work_parcel(w, recipient, aside);
    const struct mta_choice choice = mta_choose(w->mta, &parcel);

    if (!choice.queue && choice.why == MTA_WAY_UNTOLD)
        w->error = X4_ENOMEM;
    return choice;
}

const void *mta_work_mailbox(struct mta_work *w, const struct or_address *address)
{
    const void *mailbox;
    int error = w->mta->local.find(w->mta->local.ctx, address, &mailbox);

    if (error)
        w->error = error;
    return mailbox;
}

/* What the choice looks at besides the row, in words. */
static const char *explain_state(const struct mta_queue *q, const struct mta_target *t)
{
    static const char *const states[] = {[MTA_ACTIVE] = "",
                                         [MTA_LATER] = "; closed at this time of the week",
                                         [MTA_WHEN_CALLED] = "; waits until the peer calls",
                                         [MTA_NEVER] = "; closed by an operator"};
    const enum mta_activation activation = activation_of(q, t);

    return activation == MTA_ACTIVE && q->open_retry ? "; waits after a failed open"
                                                     : states[activation];
}

int mta_route_explain(struct mta *mta, const struct or_address *address, struct arena *arena,
                      struct mta_route_explained *out)
{
    const void *mailbox;
    const struct mta_parcel parcel = {.to = address, .from = "", .aside = ""};
    const struct mta_choice best = mta_choose(mta, &parcel);
    bool nobodys;
    struct route_explanation all;
    int error = mta->local.find(mta->local.ctx, address, &mailbox);

    *out = (struct mta_route_explained){.chosen = -1};
    if (!error)
        error = route_explain(mta->settings->routes, address, arena, &all);
    nobodys = !mailbox && best.why == MTA_WAY_NOT_SHARED;
    if (mailbox)
        out->mailbox = mta->local.dn(mta->local.ctx, mailbox);
    for (size_t i = 0; !error && i < all.count && out->count < MTA_CANDIDATES; i++) {
        const struct route_reason *r = &all.items[i];
        const struct mta_target *t = &mta->settings->targets[r->row.target];
        const struct mta_queue *q = mta_find_queue(mta, t->dn);
        struct mta_candidate *c = &out->candidate[out->count++];

        *c = (struct mta_candidate){
            .connector = t->dn,
            .space = arena_str(arena, r->row.space),
            .cost = (int)r->row.cost,
            .usable = r->verdict == ROUTE_CANDIDATE && !nobodys,
            .why = nobodys ? "no such mailbox, and share-address-space is false" : r->text,
        };
        if (c->usable && q && q == best.queue && out->chosen < 0 && !mailbox)
            out->chosen = (int)out->count - 1;
        if (c->usable && q)
            c->why = arena_printf(arena, "%s%s", r->text, explain_state(q, t));
    }
    return error;
}
