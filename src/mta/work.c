/* SPDX-License-Identifier: Apache-2.0 */
/* One object being decided upon: what is to become of its recipients, gathered into one
 * transaction. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <assert.h>
#include <stdlib.h>

enum { OUTCOMES_MIN = 8, GROUPS_MIN = 8, GROUP_MIN = 4 };

struct mta_work *mta_work_new(struct mta *mta, int64_t object_id)
{
    struct mta_work *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->mta = mta;
    w->object_id = object_id;
    w->source = "";
    w->from_other_md = true;
    list_init(&w->items);
    w->arena = &w->memory;
    arena_init(w->arena, MTA_ARENA);
    w->txn = store_begin(mta->store);
    if (!w->txn)
        mta_work_free(&w);
    return w;
}

static void free_items(struct list *items)
{
    while (!list_empty(items)) {
        struct list *first = items->next;

        list_remove(first);
        free(LIST_ITEM(first, struct mta_item, in_place));
    }
}

void mta_work_free(struct mta_work **work)
{
    struct mta_work *w = *work;

    if (!w)
        return;
    if (w->txn)
        store_abandon(&w->txn);
    free_items(&w->items);
    free(w->mts_id);
    arena_free(w->arena);
    free(w);
    *work = NULL;
}

int mta_work_name(struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    struct buf text;
    int error;

    buf_init(&text, LIMIT_ORADDR_TEXT);
    mts_identifier_print(env ? &env->identifier : &w->apdu.report.envelope.identifier, &text);
    free(w->mts_id);
    w->mts_id = buf_cstr(&text) ? strdup(buf_cstr(&text)) : NULL;
    error = text.error ? text.error : w->mts_id ? X4_OK : X4_ENOMEM;
    buf_free(&text);
    return error;
}

int mta_work_decode(struct mta_work *w, struct ber_error *err)
{
    const size_t max = w->arena->max;
    int error;

    /* What is over is for deciding: what decodes can be dealt with. */
    w->arena->max = w->arena->used + LIMIT_ENVELOPE_ARENA;
    error = mts_apdu_decode(w->stored, w->arena, &w->apdu, err);
    w->arena->max = max;
    if (error == X4_ENOMEM)
        error = arena_error(w->arena);
    if (error)
        return error;
    w->kind = (enum store_kind)mts_apdu_kind(&w->apdu);
    return mta_work_name(w);
}

bool mta_work_salvage(struct mta_work *w)
{
    const size_t max = w->arena->max;
    unsigned found;

    w->arena->max = w->arena->used + LIMIT_ENVELOPE_ARENA;
    found = mts_salvage(w->stored, w->arena, &w->apdu);
    w->arena->max = max;
    return (found & MTS_SALVAGED_ENOUGH) == MTS_SALVAGED_ENOUGH && mta_work_name(w) == X4_OK;
}

void mta_work_put_object(struct mta_work *w, struct slice inline_content)
{
    const struct store_object object = {
        .id = w->object_id,
        .kind = w->kind,
        .priority = mta_work_priority(w),
        .arrival_ms = w->arrival_ms,
        .mts_id = slice_str(w->mts_id ? w->mts_id : ""),
        .source = slice_str(w->source),
        .envelope = w->stored,
        .content_len = w->content_len,
        .content = inline_content,
    };

    store_put_object(w->txn, &object);
}

uint64_t mta_work_length(const struct mta_work *w)
{
    const struct ber_optint *stated = &mta_work_envelope(w)->content_length;

    if (w->kind != STORE_PROBE)
        return w->content_len;
    return stated->present ? (uint64_t)stated->value : 0;
}

int mta_work_priority(const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);

    return env ? (int)env->priority : MTS_URGENT;
}

const char *mta_kind_name(enum store_kind kind)
{
    static const char *const names[] = {[STORE_MESSAGE] = "message",
                                        [STORE_REPORT] = "report",
                                        [STORE_PROBE] = "probe",
                                        [STORE_QUARANTINE] = "quarantine"};

    return names[kind];
}

const char *mta_priority_name(int priority)
{
    return priority == MTS_URGENT ? "urgent" : priority == MTS_NON_URGENT ? "non-urgent" : "normal";
}

/* ---- what becomes of recipients -------------------------------------------------------------- */

void mta_work_outcome(struct mta_work *w, const struct mts_outcome *outcome)
{
    if (w->outcome_count == w->outcome_room) {
        size_t room = w->outcome_room ? w->outcome_room * 2 : OUTCOMES_MIN;
        struct mts_outcome *more = arena_array(w->arena, room, sizeof(*more));

        if (!more) {
            w->error = X4_ENOMEM;
            return;
        }
        if (w->outcome_count)
            memcpy(more, w->outcomes, w->outcome_count * sizeof(*more));
        w->outcomes = more;
        w->outcome_room = room;
    }
    w->outcomes[w->outcome_count++] = *outcome;
}

void mta_work_give_up(struct mta_work *w, uint32_t recipient, int64_t reason, int64_t diagnostic,
                      const char *text)
{
    const struct mts_outcome outcome = {
        .recipient = recipient,
        .reason = reason,
        .diagnostic = diagnostic,
        .supplementary = text,
    };

    mta_work_outcome(w, &outcome);
    w->mta->counters.non_delivered++;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DELIVERY_FAILED, EV_STR("mts-id", w->mts_id),
              EV_INT("recipient", mta_work_number(w, recipient)),
              EV_STR("reason", mts_reason_text(reason)),
              EV_STR("diagnostic", mts_diagnostic_text(diagnostic)), EV_STR("detail", text));
}

void mta_work_fail(struct mta_work *w, uint32_t recipient, int64_t reason, int64_t diagnostic,
                   const char *text)
{
    if (mta_work_once(w, recipient))
        mta_work_give_up(w, recipient, reason, diagnostic, text);
}

static bool make_room_for_group(struct mta_work *w)
{
    size_t room = w->group_room ? w->group_room * 2 : GROUPS_MIN;
    struct mta_group *more;

    if (w->group_count < w->group_room)
        return true;
    more = arena_array(w->arena, room, sizeof(*more));
    if (!more)
        return false;
    if (w->group_count)
        memcpy(more, w->groups, w->group_count * sizeof(*more));
    w->groups = more;
    w->group_room = room;
    return true;
}

/* NULL: out of memory. It stays where it is until another is made. */
static struct mta_group *group_of(struct mta_work *w, struct mta_queue *queue)
{
    for (size_t i = 0; i < w->group_count; i++) {
        if (w->groups[i].queue == queue)
            return &w->groups[i];
    }
    if (!make_room_for_group(w))
        return NULL;
    w->groups[w->group_count].queue = queue;
    return &w->groups[w->group_count++];
}

static bool make_room(struct mta_work *w, struct mta_group *g)
{
    uint32_t room = g->room ? g->room * 2 : GROUP_MIN;
    uint32_t *more;

    if (g->count < g->room)
        return true;
    more = arena_array(w->arena, room, sizeof(*more));
    if (!more)
        return false;
    if (g->count)
        memcpy(more, g->recipients, g->count * sizeof(*more));
    g->recipients = more;
    g->room = room;
    return true;
}

void mta_work_route(struct mta_work *w, const struct mta_choice *way, uint32_t recipient)
{
    struct mta_group *g = group_of(w, way->queue);

    if (!g || !make_room(w, g)) {
        w->error = X4_ENOMEM;
        return;
    }
    g->recipients[g->count++] = recipient;
    if (way->sight == MTA_SIGHT_NONE) {
        mta_work_claim_passage(w, recipient, way->queue);
        g->claimed = true;
    }
}

void mta_work_stay(struct mta_work *w, uint32_t recipient)
{
    mta_work_route(w, &(struct mta_choice){.queue = w->replaced->queue}, recipient);
}

const struct mts_envelope *mta_work_envelope(const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);

    assert(env);
    return env;
}

int64_t mta_work_number(const struct mta_work *w, uint32_t recipient)
{
    const struct mts_envelope *env = mta_work_envelope(w);

    return BER_ITEM(env->recipients, struct mts_recipient, recipient)->number;
}

bool mta_work_concerns(const struct mta_work *w, uint32_t recipient)
{
    const struct mts_envelope *env = mta_work_envelope(w);

    return mts_responsible(BER_ITEM(env->recipients, struct mts_recipient, recipient));
}

/* ---- queue items ----------------------------------------------------------------------------- */

static int64_t expiry(const struct mta_work *w)
{
    const struct mta_settings *s = w->mta->settings;
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    int64_t from = w->arrival_ms;
    int64_t deferred;

    if (!env)
        return from + s->ages.by_priority_ms[MTS_NORMAL];
    deferred = w->next.released_ms.present ? w->next.released_ms.value
                                           : mts_deferred_until(env, w->arrival_ms);
    if (deferred != MTS_NO_TIME && deferred > from)
        from = deferred; /* R2.9c: the age counts from release */
    return mts_expires(env, from, &s->ages);
}

static bool stays_in(const struct mta_work *w, const struct mta_queue *queue)
{
    return w->replaced && w->replaced->queue == queue;
}

struct mta_item *mta_work_item(struct mta_work *w, struct mta_queue *queue, struct slice recipients)
{
    struct mta_item *item = slice_present(recipients) ? calloc(1, sizeof(*item)) : NULL;

    if (!item) {
        w->error = X4_ENOMEM;
        return NULL;
    }
    list_init(&item->in_place);
    list_init(&item->by_id);
    item->queue = queue;
    item->id = store_new_id(w->mta->store);
    item->object_id = w->object_id;
    item->arrival_ms = w->arrival_ms;
    item->content_len = w->content_len;
    item->kind = (uint8_t)w->kind;
    item->rank = (uint8_t)mta_rank_of(w->kind, mta_work_priority(w));
    if (stays_in(w, queue)) {
        item->attempts =
            w->replaced->attempts + (int)(queue->open_failures - w->replaced->open_base);
        item->refusals = w->replaced->refusals;
        item->in_doubt = w->replaced->in_doubt;
    }
    item->expires_ms = w->kind == STORE_QUARANTINE ? INT64_MAX : expiry(w);
    list_push_back(&w->items, &item->in_place);
    mta_work_put_item(w, item, recipients, "");
    return item;
}

void mta_work_put_item(struct mta_work *w, const struct mta_item *item, struct slice recipients,
                       const char *reason)
{
    const struct store_item row = {
        .id = item->id,
        .object_id = item->object_id,
        .state = item->queue == w->mta->quarantine ? STORE_HELD
                 : item->next_ms                   ? STORE_DEFERRED
                                                   : STORE_READY,
        .attempts = item->attempts,
        .next_ms = item->next_ms,
        .expires_ms = item->expires_ms,
        .queue = slice_str(item->queue->dn),
        .recipients = recipients,
        .reason = slice_str(reason),
    };

    store_put_item(w->txn, &row);
}

static struct mta_past past_of(const struct mta_work *w, const struct mta_group *g)
{
    struct mta_past past = w->dealt.past;

    if (!stays_in(w, g->queue)) {
        past = w->next;
        past.passage =
            w->dealt.past.passage == MTA_PASSAGE_OPEN ? MTA_PASSAGE_OPEN : MTA_PASSAGE_ANEW;
    }
    if (g->claimed)
        past.passage = MTA_PASSAGE_CLAIMED;
    return past;
}

void mta_work_queue(struct mta_work *w)
{
    for (size_t i = 0; i < w->group_count; i++) {
        const struct mta_group *g = &w->groups[i];
        const struct mta_recipients recipients = {
            .index = g->recipients,
            .count = w->kind == STORE_REPORT ? 0 : g->count,
            .past = past_of(w, g),
        };

        mta_work_item(w, g->queue, mta_recipients_write(w->arena, &recipients));
    }
}

void mta_work_track(struct mta_work *w, const char *action, json_t *detail)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
    const struct store_track track = {
        .time_ms = mta_wall(w->mta),
        .mts_id = slice_str(w->mts_id ? w->mts_id : ""),
        .action = slice_str(action),
        .detail = slice_str(text ? text : "{}"),
    };

    store_put_track(w->txn, &track);
    conf_json_text_free(text);
    json_decref(detail);
}

/* ---- commit ---------------------------------------------------------------------------------- */

static void place_item(struct mta *mta, struct mta_item *item)
{
    struct mta_queue *queue = item->queue;
    enum mta_place place = MTA_PLACE_READY;

    if (queue == mta->quarantine)
        place = MTA_PLACE_HELD;
    else if (item->next_ms)
        place = MTA_PLACE_WAITING;
    mta_table_add(&mta->items, item);
    mta_queue_put(queue, item, place);
}

static void place_items(struct mta_pending *p)
{
    while (!list_empty(&p->items)) {
        struct mta_item *item = LIST_ITEM(p->items.next, struct mta_item, in_place);
        struct mta_queue *queue = item->queue;

        list_remove(&item->in_place);
        place_item(p->mta, item);
        mta_kick(queue);
    }
}

static bool is_known(const struct mta *mta, const uint8_t digest[MTA_DIGEST])
{
    return store_has_digest(mta->store, slice_make(digest, MTA_DIGEST));
}

void mta_pending_committed(void *ctx, int result)
{
    struct mta_pending *p = ctx;

    if (p->result)
        result = p->result;
    list_remove(&p->link);
    if (result == X4_EEXIST && !is_known(p->mta, p->digest))
        result = X4_EBUSY; /* a recipient was dealt with at the same moment, see mta_work_once() */
    if (result == X4_EEXIST) { /* accepted over another association at the same moment */
        p->mta->counters.duplicates++;
        free_items(&p->items);
        result = X4_OK;
    } else if (result == X4_OK) {
        if (p->replaced)
            mta_item_drop(p->mta, &p->replaced);
        place_items(p);
    } else {
        mta_recent_forget(&p->mta->recent, p->digest);
        if (result != X4_EBUSY)
            LOG_EVENT(p->mta->log, mta_wall(p->mta),
                      result == X4_EFULL ? EVENT_STORE_FULL : EVENT_STORE_WRITE_FAILED,
                      EV_STR("store", p->mta->store_name), EV_STR("detail", x4_strerror(result)));
        if (p->replaced)
            mta_item_put_off(p->mta, p->replaced);
        free_items(&p->items);
    }
    if (p->done)
        p->done(p->ctx, result);
    free(p);
}

void mta_pending_fail(struct mta_pending *p, int error)
{
    struct store_txn *txn = store_begin(p->mta->store);

    p->result = error;
    if (txn) { /* in its turn, and also when the store is closed meanwhile */
        store_commit(&txn, mta_pending_committed, p);
        return;
    }
    list_push_back(&p->mta->failed, &p->link);
    mta_sweep_soon(p->mta, mta_wall(p->mta));
}

void mta_item_put_off(struct mta *mta, struct mta_item *item)
{
    const int64_t later = mta_wall(mta) + MTA_REPAIR_MS;

    if (item->expires_ms < later)
        item->expires_ms = later; /* in memory only: not again before that */
    if (item->taken_from == MTA_PLACE_HELD) {
        mta_queue_move(item, MTA_PLACE_HELD);
        return;
    }
    item->next_ms = later;
    mta_queue_move(item, MTA_PLACE_WAITING);
    mta_sweep_soon(mta, later);
}

void mta_work_commit_as(struct mta_work **work, struct mta_pending *p)
{
    struct mta_work *w = *work;

    p->mta = w->mta;
    p->replaced = w->replaced;
    memcpy(p->digest, w->digest, sizeof(p->digest));
    list_init(&p->items);
    while (!list_empty(&w->items)) {
        struct list *first = w->items.next;

        list_remove(first);
        list_push_back(&p->items, first);
    }
    list_init(&p->link);
    store_commit(&w->txn, mta_pending_committed, p);
    mta_work_free(work);
}

int mta_work_commit(struct mta_work **work, mta_done_fn *done, void *ctx)
{
    struct mta_pending *p = (*work)->error ? NULL : calloc(1, sizeof(*p));

    if (!p) {
        mta_work_free(work);
        return X4_ENOMEM;
    }
    p->done = done;
    p->ctx = ctx;
    list_init(&p->link);
    mta_work_commit_as(work, p);
    return X4_OK;
}

bool mta_work_is_duplicate(const struct mta_work *w)
{
    return is_known(w->mta, w->digest);
}

void mta_in_forget(struct mta_pending *pending)
{
    pending->done = NULL;
}
