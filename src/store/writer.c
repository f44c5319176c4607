/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/forget.h"

#include <stdio.h>

enum { MS_NS = 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000 };

static struct store_txn *txn_of(struct list *link)
{
    return LIST_ITEM(link, struct store_txn, link);
}

/* ---- executing a group ----------------------------------------------------------------------- */

/* The first fault since the last report is the one that tells most. */
static void note_fault(struct writer *w, int error, const char *text)
{
    pthread_mutex_lock(&w->lock);
    if (!w->fault.error) {
        w->fault.error = error;
        snprintf(w->fault.text, sizeof(w->fault.text), "%s", text);
    }
    pthread_mutex_unlock(&w->lock);
}

static void note_engine_fault(struct writer *w, int error)
{
    note_fault(w, error, w->engine->ops->text(w->engine));
}

static int apply_txn(struct engine *engine, const struct store_txn *txn)
{
    int rc = X4_OK;

    for (const struct op *op = txn->first; op && !rc; op = op->next)
        rc = engine->ops->apply(engine, op);
    for (const struct op *op = txn->first; op && !rc; op = op->next)
        rc = engine->ops->settle(engine, op);
    return rc;
}

/* Executes the transactions from one link up to (not with) another in one go. */
static int commit_range(struct engine *engine, struct list *from, const struct list *to)
{
    int rc = engine->ops->begin(engine);

    if (rc)
        return rc;
    for (struct list *link = from; link != to && !rc; link = link->next)
        rc = apply_txn(engine, txn_of(link));
    if (!rc)
        rc = engine->ops->commit(engine);
    if (rc)
        engine->ops->rollback(engine);
    return rc;
}

static void fail_range(struct writer *w, struct list *from, const struct list *to, int error)
{
    for (struct list *link = from; link != to; link = link->next) {
        struct store_txn *txn = txn_of(link);

        if (txn->result)
            continue;
        txn->result = error;
        if (!txn->done)
            note_engine_fault(w, error);
    }
}

/* After an I/O error nothing is tried again: what became of the octets is unknown until the engine
 * has recovered, and the callers can hand their work over again. */
static void fail_on_device(struct writer *w, struct list *from, const struct list *to)
{
    note_engine_fault(w, X4_EIO);
    fail_range(w, from, to, X4_EIO);
    w->engine->ops->recover(w->engine);
}

/* Transactions that failed while they were built; they have no operations. */
static void note_unbuilt(struct writer *w, struct list *group)
{
    LIST_EACH(link, group)
    {
        const struct store_txn *txn = txn_of(link);

        if (txn->result && !txn->done)
            note_fault(w, txn->result, x4_strerror(txn->result));
    }
}

/* The group as one transaction of the engine: one flush serves all. If that fails, nothing of it
 * is there, and each is tried alone, so that one which must fail takes no other with it. */
static void execute_group(struct writer *w, struct list *group)
{
    bool alone = group->next->next == group;
    int rc;

    note_unbuilt(w, group);
    rc = commit_range(w->engine, group->next, group);
    if (rc == X4_EIO)
        fail_on_device(w, group->next, group);
    else if (rc && alone)
        fail_range(w, group->next, group, rc);
    if (!rc || rc == X4_EIO || alone)
        return;
    LIST_EACH(link, group)
    {
        rc = commit_range(w->engine, link, link->next);
        if (rc == X4_EIO) {
            fail_on_device(w, link, group);
            return;
        }
        if (rc)
            fail_range(w, link, link->next, rc);
    }
}

/* A failure is told once, not again at each portion, until upkeep has succeeded in between. */
static void execute_upkeep(struct writer *w)
{
    bool more = false;
    int rc = w->engine->ops->upkeep(w->engine, &more);

    if (rc && rc != w->upkeep_error)
        note_engine_fault(w, rc);
    w->upkeep_error = rc;
    w->upkeep_due = more && !rc;
}

/* ---- the queue ------------------------------------------------------------------------------- */

/* Moves the next group out of the queue; the lock is held. Oldest first, so nobody starves. */
static void take_group(struct writer *w, struct list *group)
{
    size_t octets = 0;

    list_init(group);
    for (unsigned n = 0; n < GROUP_TXNS_MAX && !list_empty(&w->queue); n++) {
        struct list *link = w->queue.next;

        octets += txn_of(link)->arena.used;
        if (n > 0 && octets > GROUP_OCTETS_MAX)
            break;
        list_remove(link);
        list_push_back(group, link);
        w->queued--;
        w->awaited -= !txn_of(link)->lazy;
    }
}

static void move_all(struct list *from, struct list *to)
{
    LIST_EACH_SAFE(link, from)
    {
        list_remove(link);
        list_push_back(to, link);
    }
}

/* Executes one group, if there is one, and one portion of upkeep. The lock is held at entry and at
 * return, and released in between. */
static void work_once(struct writer *w)
{
    struct list group;
    bool first;

    take_group(w, &group);
    pthread_mutex_unlock(&w->lock);
    if (!list_empty(&group))
        execute_group(w, &group);
    forget_registers(); /* there may have been passwords of the directory in the group */
    pthread_mutex_lock(&w->lock);
    first = list_empty(&w->ended) && !list_empty(&group);
    move_all(&group, &w->ended);
    pthread_cond_signal(&w->news);
    pthread_mutex_unlock(&w->lock);
    if (first && w->wake)
        w->wake(w->wake_ctx);
    execute_upkeep(w);
    pthread_mutex_lock(&w->lock);
}

/* ---- putting off ----------------------------------------------------------------------------- */

static void put_off(struct writer *w)
{
    clock_gettime(CLOCK_MONOTONIC, &w->due);
    w->due.tv_nsec += LAZY_MS * MS_NS;
    if (w->due.tv_nsec >= SECOND_NS) {
        w->due.tv_nsec -= SECOND_NS;
        w->due.tv_sec++;
    }
}

static bool is_over(const struct timespec *due)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > due->tv_sec || (now.tv_sec == due->tv_sec && now.tv_nsec >= due->tv_nsec);
}

/* The queue is not empty: shall it be executed now? */
static bool is_due(const struct writer *w)
{
    return w->awaited > 0 || w->queued >= LAZY_TXNS_MAX || w->hurry || w->stop || is_over(&w->due);
}

/* The lock is held at entry and at return. */
static void upkeep_once(struct writer *w)
{
    pthread_mutex_unlock(&w->lock);
    execute_upkeep(w);
    pthread_mutex_lock(&w->lock);
}

static void *thread_main(void *ctx)
{
    struct writer *w = ctx;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        bool idle = list_empty(&w->queue);

        if (!idle && is_due(w))
            work_once(w);
        else if (w->upkeep_due && !w->stop)
            upkeep_once(w);
        else if (w->stop)
            break;
        else if (idle)
            pthread_cond_wait(&w->work, &w->lock);
        else
            pthread_cond_timedwait(&w->work, &w->lock, &w->due);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void writer_submit(struct writer *w, struct store_txn *txn)
{
    pthread_mutex_lock(&w->lock);
    if (w->queued == 0)
        put_off(w);
    if (w->queued == 0 || !txn->lazy || w->queued + 1 == LAZY_TXNS_MAX)
        pthread_cond_signal(&w->work);
    list_push_back(&w->queue, &txn->link);
    w->queued++;
    w->awaited += !txn->lazy;
    pthread_mutex_unlock(&w->lock);
}

void writer_run(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    do
        work_once(w);
    while (!list_empty(&w->queue));
    pthread_mutex_unlock(&w->lock);
}

void writer_wait(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->hurry = true;
    pthread_cond_signal(&w->work);
    while (list_empty(&w->ended))
        pthread_cond_wait(&w->news, &w->lock);
    w->hurry = false;
    pthread_mutex_unlock(&w->lock);
}

void writer_collect(struct writer *w, struct list *to, struct writer_fault *fault)
{
    pthread_mutex_lock(&w->lock);
    move_all(&w->ended, to);
    *fault = w->fault;
    w->fault.error = X4_OK;
    pthread_mutex_unlock(&w->lock);
}

int writer_start(struct writer *w, struct engine *engine, const struct store_params *params)
{
    pthread_condattr_t monotonic;

    *w = (struct writer){
        .engine = engine, .threaded = params->threaded && !params->read_only, .upkeep_due = true};
    if (w->threaded) {
        w->wake = params->wake;
        w->wake_ctx = params->wake_ctx;
    }
    list_init(&w->queue);
    list_init(&w->ended);
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&w->news, NULL);
    if (w->threaded && pthread_create(&w->thread, NULL, thread_main, w) != 0)
        return X4_ENOMEM;
    return X4_OK;
}

void writer_stop(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    if (w->threaded)
        pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->news);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
}
