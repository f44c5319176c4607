/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the store: opening, handing over, completions, ids; reads go to the engine. */
#include "store/store.h"

#include "store/engines.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>

struct store {
    struct engine *engine;
    struct writer writer;
    struct list ended;  /* struct store_txn whose completion has not run */
    uint64_t handed;    /* transactions handed over */
    uint64_t completed; /* transactions whose completion has run, or is running */
    size_t pending;     /* their octets */
    int64_t last_id;
    bool read_only;
    bool closing;
    void (*fault)(void *ctx, int error, const char *text);
    void *fault_ctx;
};

static const struct engine_ops *const engines[] = {&engine_sqlite, &engine_memory};

static const struct engine_ops *find_engine(const char *name)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (name && strcmp(engines[i]->name, name) == 0)
            return engines[i];
    }
    return NULL;
}

/* ---- opening and closing --------------------------------------------------------------------- */

int store_open(const struct store_params *params, struct store **out, char *text, size_t size)
{
    const struct engine_ops *ops = find_engine(params->engine);
    struct store *store = calloc(1, sizeof(*store));
    char why[ENGINE_TEXT] = "out of memory";
    int rc = store ? X4_OK : X4_ENOMEM;

    *out = NULL;
    if (!rc && !ops) {
        snprintf(why, sizeof(why), "unknown storage engine %s",
                 params->engine ? params->engine : "(none)");
        rc = X4_EUNSUPP;
    }
    if (!rc)
        rc = ops->open(params, &store->engine, why);
    if (!rc) {
        rc = writer_start(&store->writer, store->engine, params);
        if (rc)
            ops->close(&store->engine);
    }
    if (rc) {
        snprintf(text, size, "%s", why);
        free(store);
        return rc;
    }
    list_init(&store->ended);
    store->last_id = store->engine->epoch << 32;
    store->read_only = params->read_only;
    store->fault = params->fault;
    store->fault_ctx = params->fault_ctx;
    *out = store;
    return X4_OK;
}

void store_close(struct store **store)
{
    struct store *s = *store;

    if (!s)
        return;
    store_flush(s);
    s->closing = true;
    while (s->completed < s->handed)
        store_flush(s);
    writer_stop(&s->writer);
    s->engine->ops->close(&s->engine);
    free(s);
    *store = NULL;
}

/* ---- handing over and completions ------------------------------------------------------------ */

int64_t store_new_id(struct store *store)
{
    return store->read_only ? 0 : ++store->last_id;
}

size_t store_pending(const struct store *store)
{
    return store->pending;
}

/* What can be refused is ended at once, without troubling the engine. But it must not overtake what
 * was handed over before; so it waits for its turn in the queue, with its result set. */
void store_commit(struct store_txn **txn, void (*done)(void *ctx, int result), void *ctx)
{
    struct store_txn *t = *txn;
    struct store *store = t->store;

    *txn = NULL;
    if (store->read_only)
        t->result = X4_EDENIED;
    else if (store->closing)
        t->result = X4_ESTATE;
    if (t->result)
        t->first = NULL;
    t->done = done;
    t->lazy = t->lazy || !done;
    t->ctx = ctx;
    t->number = ++store->handed;
    store->pending += t->arena.used;
    writer_submit(&store->writer, t);
}

static void collect(struct store *store)
{
    struct writer_fault fault;

    writer_collect(&store->writer, &store->ended, &fault);
    if (fault.error && store->fault)
        store->fault(store->fault_ctx, fault.error, fault.text);
}

/* A completion may itself call store_dispatch() or store_flush(): the list is kept in the store and
 * taken from one by one, so that order holds. */
static unsigned complete(struct store *store)
{
    unsigned n = 0;

    while (!list_empty(&store->ended)) {
        struct store_txn *txn = LIST_ITEM(store->ended.next, struct store_txn, link);

        list_remove(&txn->link);
        store->pending -= txn->arena.used;
        store->completed = txn->number;
        if (txn->done)
            txn->done(txn->ctx, txn->result);
        store_abandon(&txn);
        n++;
    }
    return n;
}

void store_write(struct store *store)
{
    if (!store->writer.threaded && (store->completed != store->handed || store->writer.upkeep_due))
        writer_run(&store->writer);
}

unsigned store_complete(struct store *store)
{
    collect(store);
    return complete(store);
}

unsigned store_dispatch(struct store *store)
{
    store_write(store);
    return store_complete(store);
}

void store_flush(struct store *store)
{
    const uint64_t last = store->handed;

    while (store->completed < last) {
        if (store->writer.threaded && list_empty(&store->ended))
            writer_wait(&store->writer);
        store_dispatch(store);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

int store_get_object(struct store *store, int64_t id, struct arena *arena, struct store_object *out)
{
    return store->engine->ops->get_object(store->engine, id, arena, out);
}

int store_read_content(struct store *store, int64_t object_id, uint64_t offset, void *to,
                       size_t len, size_t *got)
{
    struct content_span span = {.offset = offset, .to = to, .len = len};
    int rc = store->engine->ops->read_content(store->engine, object_id, &span);

    *got = rc ? 0 : span.got;
    return rc;
}

int store_get_item(struct store *store, int64_t id, struct arena *arena, struct store_item *out)
{
    return store->engine->ops->get_item(store->engine, id, arena, out);
}

int store_scan_items(struct store *store,
                     bool (*each)(void *ctx, const struct store_queued *queued), void *ctx)
{
    return store->engine->ops->scan_items(store->engine, each, ctx);
}

bool store_has_digest(struct store *store, struct slice digest)
{
    bool there = false;

    return store->engine->ops->has_digest(store->engine, digest, &there) == X4_OK && there;
}

int store_scan_deliveries(struct store *store, struct slice mailbox,
                          bool (*each)(void *ctx, const struct store_delivery *delivery), void *ctx)
{
    return store->engine->ops->scan_deliveries(store->engine, mailbox, each, ctx);
}

int store_get_delivery(struct store *store, int64_t id, struct arena *arena,
                       struct store_delivery *out)
{
    return store->engine->ops->get_delivery(store->engine, id, arena, out);
}

int store_scan_track(struct store *store, struct slice mts_id,
                     bool (*each)(void *ctx, const struct store_track *track), void *ctx)
{
    return store->engine->ops->scan_track(store->engine, mts_id, each, ctx);
}

int store_scan_events(struct store *store, int64_t after, unsigned limit,
                      bool (*each)(void *ctx, const struct store_event *event), void *ctx)
{
    const struct event_range range = {.after = after, .limit = limit};

    return store->engine->ops->scan_events(store->engine, &range, each, ctx);
}

int store_scan_entries(struct store *store,
                       bool (*each)(void *ctx, const struct store_entry *entry), void *ctx)
{
    return store->engine->ops->scan_entries(store->engine, each, ctx);
}

int64_t store_free_space(struct store *store)
{
    return store->engine->ops->free_space(store->engine);
}

int store_check(struct store *store, char *text, size_t size)
{
    if (size)
        text[0] = 0;
    return store->engine->ops->check(store->engine, text, size);
}
