/* SPDX-License-Identifier: Apache-2.0 */
#include "mta/internal.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

/* Queues of no connector; no DN looks like these. */
#define DEFERRED_QUEUE   "(deferred)"
#define QUARANTINE_QUEUE "(quarantine)"

static void deferred_ready(void *ctx)
{
    struct mta *mta = ctx;

    mta_queue_redecide(mta, mta->deferred);
}

static const struct mta_queue_ops deferred_ops = {.kick = deferred_ready};

int mta_new(const struct mta_params *params, struct mta **out)
{
    struct mta *mta = calloc(1, sizeof(*mta));

    *out = NULL;
    if (!mta)
        return X4_ENOMEM;
    mta->io = params->io;
    mta->store = params->store;
    mta->log = params->log;
    list_init(&mta->queues);
    list_init(&mta->failed);
    list_init(&mta->gone);
    mta->store_name = strdup(params->store_name);
    mta->server_dn = params->server_dn ? strdup(params->server_dn) : NULL;
    mta->sweep = mta->io->ops->timer_new(mta->io, mta_sweep, mta);
    if (mta->store_name && mta->sweep && mta_table_init(&mta->items) == X4_OK) {
        mta->deferred = mta_queue_of(mta, DEFERRED_QUEUE);
        mta->quarantine = mta_queue_of(mta, QUARANTINE_QUEUE);
    }
    if (!mta->deferred || !mta->quarantine) {
        mta_free(&mta);
        return X4_ENOMEM;
    }
    mta_serve(mta->deferred, &deferred_ops, mta);
    *out = mta;
    return X4_OK;
}

static void free_list(struct list *items)
{
    while (!list_empty(items)) {
        struct mta_item *item = LIST_ITEM(items->next, struct mta_item, in_place);

        list_remove(&item->in_place);
        free(item);
    }
}

static void queue_free(struct mta_queue *q)
{
    for (int rank = 0; rank < MTA_RANKS; rank++)
        free_list(&q->ready[rank]);
    free_list(&q->waiting);
    free_list(&q->held);
    free_list(&q->taken);
    list_remove(&q->link);
    free(q->dn);
    free(q);
}

void mta_free(struct mta **handle)
{
    struct mta *mta = *handle;

    *handle = NULL;
    if (!mta)
        return;
    while (!list_empty(&mta->failed)) {
        struct list *first = mta->failed.next;

        list_remove(first);
        free(LIST_ITEM(first, struct mta_pending, link));
    }
    mta_gone_free(mta);
    mta_recent_free(&mta->recent);
    while (!list_empty(&mta->queues))
        queue_free(LIST_ITEM(mta->queues.next, struct mta_queue, link));
    mta_table_free(&mta->items);
    if (mta->sweep)
        mta->io->ops->timer_free(&mta->sweep);
    mta_settings_free(&mta->settings);
    if (mta->directory)
        directory_unref(&mta->directory);
    free(mta->server_dn);
    free(mta->store_name);
    free(mta);
}

void mta_set_local(struct mta *mta, const struct mta_local *local)
{
    mta->local = *local;
}

int mta_configure(struct mta *mta, struct directory *directory, char *text, size_t size)
{
    struct mta_settings *settings;
    int error = mta_settings_make(mta, directory, &settings, text, size);

    if (error)
        return error;
    mta_settings_free(&mta->settings);
    if (mta->directory)
        directory_unref(&mta->directory);
    mta->settings = settings;
    mta->directory = directory_ref(directory);
    mta_check_room(mta);
    mta_redecide_orphans(mta);
    return X4_OK;
}

int mta_check(struct mta *mta, struct directory *directory, char *text, size_t size)
{
    struct mta_settings *settings;
    int error = mta_settings_make(mta, directory, &settings, text, size);

    mta_settings_free(&settings);
    return error;
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool load_item(void *ctx, const struct store_queued *row)
{
    struct mta *mta = ctx;
    struct mta_item *item = calloc(1, sizeof(*item));
    char *dn = slice_strdup(row->item.queue);
    struct mta_queue *queue = item && dn ? mta_queue_of(mta, dn) : NULL;

    free(dn);
    if (!queue) {
        free(item);
        return false;
    }
    list_init(&item->in_place);
    list_init(&item->by_id);
    item->id = row->item.id;
    item->object_id = row->item.object_id;
    item->arrival_ms = row->arrival_ms;
    item->next_ms = row->item.next_ms;
    item->expires_ms = row->item.expires_ms;
    item->content_len = row->content_len;
    item->attempts = row->item.attempts;
    item->kind = (uint8_t)row->kind;
    item->rank = (uint8_t)mta_rank_of(row->kind, row->priority);
    /* who knows what was under way when the last run ended */
    item->in_doubt = queue != mta->deferred && queue != mta->quarantine;
    mta_table_add(&mta->items, item);
    mta_queue_put(queue, item,
                  row->item.state == STORE_HELD       ? MTA_PLACE_HELD
                  : row->item.state == STORE_DEFERRED ? MTA_PLACE_WAITING
                                                      : MTA_PLACE_READY);
    return true;
}

int mta_load(struct mta *mta)
{
    int error = store_scan_items(mta->store, load_item, mta);

    if (error == X4_ENOTFOUND)
        error = X4_OK;
    mta_redecide_orphans(mta); /* a crash may have come between a change and this */
    mta_sweep_soon(mta, mta_wall(mta));
    return error;
}

/* ---- identifiers ----------------------------------------------------------------------------- */

/* Local identifiers are the first letters of the MTA name, and the store's next id, which is never
 * used again even after a crash (R8.2, R8.6). */
int mta_new_identifier(struct mta *mta, struct arena *arena, struct mts_identifier *out)
{
    const struct mta_settings *s = mta->settings;
    char *local =
        arena_printf(arena, "%s.%llx", s->token, (unsigned long long)store_new_id(mta->store));

    if (!local)
        return X4_ENOMEM;
    *out = (struct mts_identifier){.gdi = s->identity.gdi, .local = slice_str(local)};
    return X4_OK;
}

/* ---- queues and items ------------------------------------------------------------------------ */

struct mta_queue *mta_find_queue(const struct mta *mta, const char *dn)
{
    LIST_EACH(it, &mta->queues)
    {
        struct mta_queue *q = LIST_ITEM(it, struct mta_queue, link);

        if (conf_dn_equal(q->dn, dn))
            return q;
    }
    return NULL;
}

struct mta_queue *mta_queue_of(struct mta *mta, const char *dn)
{
    struct mta_queue *q = mta_find_queue(mta, dn);

    if (q)
        return q;
    q = malloc(sizeof(*q));
    if (!q)
        return NULL;
    mta_queue_init(q);
    q->dn = strdup(dn);
    if (!q->dn) {
        free(q);
        return NULL;
    }
    list_push_back(&mta->queues, &q->link);
    return q;
}

struct mta_queue *mta_next_queue(const struct mta *mta, const struct mta_queue *after)
{
    struct list *next = after ? after->link.next : mta->queues.next;

    return next == &mta->queues ? NULL : LIST_ITEM(next, struct mta_queue, link);
}

struct mta_item *mta_find_item(const struct mta *mta, int64_t id)
{
    return mta_table_find(&mta->items, id);
}

void mta_serve(struct mta_queue *queue, const struct mta_queue_ops *ops, void *ctx)
{
    queue->ops = ops;
    queue->ctx = ctx;
}

void mta_kick(struct mta_queue *queue)
{
    if (queue->ops && queue->ready_count)
        queue->ops->kick(queue->ctx);
}

void mta_item_drop(struct mta *mta, struct mta_item **item)
{
    mta_queue_remove(*item);
    mta_table_remove(&mta->items, *item);
    free(*item);
    *item = NULL;
}

/* ---- getters --------------------------------------------------------------------------------- */

struct directory *mta_directory(const struct mta *mta)
{
    return mta->directory;
}

bool mta_has_room(const struct mta *mta)
{
    return !mta->no_room;
}

const struct conf_object *mta_server(const struct mta *mta)
{
    return mta->settings->server;
}

const struct mts_identity *mta_identity(const struct mta *mta)
{
    return &mta->settings->identity;
}

const struct mta_counters *mta_counters(const struct mta *mta)
{
    return &mta->counters;
}

struct mta_counters *mta_count(struct mta *mta)
{
    return &mta->counters;
}

bool mta_keeps_message_events(const struct mta *mta)
{
    return mta->settings && mta->settings->keep_message_events;
}

struct io *mta_io(const struct mta *mta)
{
    return mta->io;
}

struct store *mta_store(const struct mta *mta)
{
    return mta->store;
}

struct log *mta_log(const struct mta *mta)
{
    return mta->log;
}

int64_t mta_wall(const struct mta *mta)
{
    return mta->io->ops->wall(mta->io);
}

const struct mta_local *mta_local(const struct mta *mta)
{
    return &mta->local;
}
