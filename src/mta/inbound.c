/* SPDX-License-Identifier: Apache-2.0 */
/* Objects on their way in: contents to the store in chunks while they arrive, and at the end one
 * transaction that makes the object and all that follows from it durable. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"
#include "p1/p1_in.h"

#include <stdlib.h>

struct mta_in {
    struct mta *mta;
    char *source; /* DN; "" = submitted here */
    bool from_other_md;
    bool submission;
    uint32_t association;
    struct mta_work *work; /* submission: already decoded */
    struct p1_in split;
    struct p1_in_result framed; /* received: what the splitter says at the end, */
    int framing;                /* and its error */
    struct mta_digest *digest;
    int64_t object_id;
    struct buf chunk;     /* content not handed to the store yet */
    uint32_t chunks;      /* handed over */
    unsigned outstanding; /* of them, not durable yet */
    uint64_t content_len;
    int error;   /* first failure of a chunk */
    bool ending; /* mta_in_end() waits for the chunks */
    bool dropped;
    struct mta_pending *pending;
    mta_done_fn *secured;
    void *ctx;
};

static void finish(struct mta_in *in);

static void in_free(struct mta_in *in)
{
    p1_in_free(&in->split);
    buf_free(&in->chunk);
    mta_digest_free(&in->digest);
    mta_work_free(&in->work);
    free(in->source);
    free(in->pending);
    free(in);
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static void chunk_done(void *ctx, int result)
{
    struct mta_in *in = ctx;

    in->outstanding--;
    if (result && !in->error)
        in->error = result;
    if (in->outstanding)
        return;
    if (in->dropped)
        in_free(in);
    else if (in->ending)
        finish(in);
}

static void put_chunk(struct mta_in *in)
{
    struct store_txn *txn = store_begin(in->mta->store);

    if (!txn) {
        in->error = X4_ENOMEM;
        return;
    }
    store_give_chunk(txn, in->object_id, in->chunks++, &in->chunk);
    buf_reserve(&in->chunk, LIMIT_CHUNK); /* the next one */
    in->outstanding++;
    store_commit(&txn, chunk_done, in);
}

static void take_content(void *ctx, struct slice octets)
{
    struct mta_in *in = ctx;

    in->content_len += octets.len;
    while (octets.len && !in->error) {
        size_t room = LIMIT_CHUNK - in->chunk.len;
        struct slice part = slice_sub(octets, 0, room);

        buf_slice(&in->chunk, part);
        if (in->chunk.error)
            in->error = in->chunk.error;
        octets = slice_from(octets, part.len);
        if (in->chunk.len == LIMIT_CHUNK && octets.len)
            put_chunk(in); /* the last chunk goes with the object */
    }
}

/* ---- the life of a mta_in -------------------------------------------------------------------- */

static struct mta_in *in_new(struct mta *mta, const char *source)
{
    struct mta_in *in = calloc(1, sizeof(*in));

    if (!in)
        return NULL;
    in->mta = mta;
    in->object_id = store_new_id(mta->store);
    in->from_other_md = true;
    p1_in_init(&in->split, take_content, in);
    buf_init(&in->chunk, LIMIT_CHUNK);
    in->source = strdup(source);
    in->pending = calloc(1, sizeof(*in->pending));
    if (!in->source || !in->pending) {
        in_free(in);
        return NULL;
    }
    list_init(&in->pending->link);
    return in;
}

struct mta_in *mta_in_new(struct mta *mta, const struct mta_in_source *source)
{
    struct mta_in *in = mta_has_room(mta) ? in_new(mta, source->connector) : NULL;

    if (!in)
        return NULL;
    if (source->gdi)
        in->from_other_md = !mts_gdi_equal(source->gdi, &mta->settings->identity.gdi);
    in->association = source->association;
    in->digest = mta_digest_new();
    if (!in->digest) {
        in_free(in);
        return NULL;
    }
    return in;
}

struct mta_in *mta_submit(struct mta *mta, struct slice stored)
{
    struct mta_in *in = in_new(mta, "");

    if (!in)
        return NULL;
    in->submission = true;
    in->work = mta_work_new(mta, in->object_id);
    if (in->work) {
        in->work->stored = arena_dup(in->work->arena, stored);
        if (mta_work_decode(in->work, NULL) == X4_OK)
            return in;
    }
    in_free(in);
    return NULL;
}

const char *mta_in_mts_id(const struct mta_in *in)
{
    return in->work && in->work->mts_id ? in->work->mts_id : "";
}

void mta_in_put(struct mta_in *in, struct slice octets)
{
    in->mta->counters.octets_in += octets.len;
    mta_digest_put(in->digest, octets);
    p1_in_put(&in->split, octets);
}

void mta_in_content(struct mta_in *in, struct slice octets)
{
    take_content(in, octets);
}

size_t mta_in_memory(const struct mta_in *in)
{
    return in->split.head.cap + in->split.stored.cap + in->chunk.cap +
           (size_t)in->outstanding * LIMIT_CHUNK;
}

bool mta_in_congested(const struct mta_in *in)
{
    return store_pending(in->mta->store) > MTA_CONGESTED;
}

void mta_in_drop(struct mta_in **handle)
{
    struct mta_in *in = *handle;

    *handle = NULL;
    if (!in)
        return;
    if (in->chunks) {
        struct store_txn *txn = store_begin(in->mta->store);

        if (txn) {
            store_drop_chunks(txn, in->object_id);
            store_commit(&txn, NULL, NULL);
        }
    }
    in->dropped = true;
    if (!in->outstanding)
        in_free(in);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The object with the rest of its content: inline when it is all, else as the last chunk. */
static void put_object(struct mta_in *in, struct mta_work *w)
{
    if (in->chunks) {
        store_give_chunk(w->txn, in->object_id, in->chunks, &in->chunk);
        mta_work_put_object(w, SLICE_NONE);
    } else {
        mta_work_put_object(w, buf_view(&in->chunk));
    }
}

/* A peer's APDU that cannot be understood is kept, so that the peer does not send it for ever, and
 * an operator can look at it (2.3). */
static int quarantine(struct mta_in *in, struct mta_work *w, const char *why, uint64_t at)
{
    struct mta_item *item;

    w->kind = STORE_QUARANTINE;
    w->apdu = (struct mts_apdu){.which = 0};
    w->stored = arena_dup(w->arena, p1_in_head(&in->split));
    w->mta->counters.quarantined++;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_APDU_SYNTAX,
              EV_STR("mts-id", w->mts_id ? w->mts_id : "-"), EV_STR("connector", w->source),
              EV_INT("offset", at), EV_STR("detail", why));
    put_object(in, w);
    item = mta_work_item(w, w->mta->quarantine, SLICE_LIT(""));
    if (!item)
        return X4_ENOMEM;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_QUARANTINED,
              EV_STR("mts-id", w->mts_id ? w->mts_id : "-"), EV_STR("connector", w->source),
              EV_INT("item", item->id), EV_STR("detail", why));
    return X4_OK;
}

static void report_violation(struct mta_work *w)
{
    const struct mts_envelope *env = mta_work_envelope(w);

    for (uint32_t i = 0; i < env->recipients.count; i++) {
        if (mta_work_concerns(w, i))
            mta_work_fail(w, i, MTS_UNABLE_TO_TRANSFER, MTS_PROTOCOL_VIOLATION,
                          "the envelope breaks the protocol");
    }
    mta_work_report(w);
}

/* The envelope is framed well, but does not decode: keep it, and report what can be reported. The
 * object comes first, because a report may return its content. */
static int salvage(struct mta_in *in, struct mta_work *w, const struct ber_error *err)
{
    bool enough = mta_work_salvage(w);
    const struct mts_apdu apdu = w->apdu;
    char *why = arena_printf(w->arena, "%s in %s, %s", x4_strerror(err->code),
                             err->type ? err->type : "APDU", err->member ? err->member : "-");
    int error;

    error = quarantine(in, w, why ? why : "", err->offset);
    if (error || !enough)
        return error;
    w->apdu = apdu;
    w->kind = (enum store_kind)mts_apdu_kind(&w->apdu);
    w->kept = true;
    report_violation(w);
    return X4_OK;
}

static void tell(const struct mta_in *in, const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    const size_t recipients = env ? env->recipients.count : w->apdu.report.content.recipients.count;

    LOG_EVENT(w->mta->log, mta_wall(w->mta),
              in->submission ? EVENT_SUBMITTED : EVENT_MESSAGE_RECEIVED,
              EV_STR("mts-id", w->mts_id), EV_STR("kind", mta_kind_name(w->kind)),
              EV_STR("connector", w->source), EV_INT("association", in->association),
              EV_STR("priority", mta_priority_name(mta_work_priority(w))),
              EV_INT("recipients", recipients), EV_INT("content-length", w->content_len));
}

/* Noted only (1.8): systems that others submit through do it. */
static void tell_mismatch(const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    const struct mts_report_envelope *report = &w->apdu.report.envelope;

    if (!mts_trace_begins_with(env ? &env->trace : &report->trace,
                               env ? &env->identifier.gdi : &report->identifier.gdi))
        LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_TRACE_MISMATCH, EV_STR("mts-id", w->mts_id),
                  EV_STR("connector", w->source));
}

/* Does anything refer to the object itself? Reports on it are objects of their own. */
static bool is_needed(const struct mta_work *w)
{
    LIST_EACH(it, &w->items)
    {
        if (LIST_ITEM(it, struct mta_item, in_place)->object_id == w->object_id)
            return true;
    }
    return w->deliveries > 0;
}

static void take_over(struct mta_in *in, struct mta_work *w)
{
    put_object(in, w);
    mta_work_track(w, in->submission ? "submitted" : "transfer-in",
                   json_pack("{s:s*, s:I}", "from", in->submission ? NULL : w->source,
                             "content-length", (json_int_t)w->content_len));
    tell(in, w);
    if (!in->submission)
        tell_mismatch(w);
    mta_decide(w);
    if (!is_needed(w) && !w->error)
        store_delete_item(w->txn, w->object_id, w->object_id);
}

/* The work that a received APDU makes, in its transaction. */
static int decide_received(struct mta_in *in, struct mta_work *w)
{
    struct ber_error err;
    int error = in->framing;

    if (error == X4_ENOMEM)
        return error;
    if (error)
        return quarantine(in, w, x4_strerror(error), in->framed.error_at);
    w->stored = in->framed.stored;
    error = mta_digest_end(in->digest, in->source, p1_in_head(&in->split), w->digest);
    if (error)
        return error;
    if (mta_work_is_duplicate(w)) {
        in->mta->counters.duplicates++;
        if (in->chunks)
            store_drop_chunks(w->txn, in->object_id);
        LOG_EVENT(in->mta->log, mta_wall(in->mta), EVENT_DUPLICATE_DROPPED,
                  EV_STR("mts-id", mta_work_decode(w, NULL) ? "-" : w->mts_id),
                  EV_STR("connector", w->source));
        return X4_OK;
    }
    store_claim_digest(w->txn, slice_make(w->digest, sizeof(w->digest)),
                       w->arrival_ms + in->mta->settings->duplicate_ms);
    error = mta_work_decode(w, &err);
    if (error == X4_ENOMEM)
        return error;
    in->mta->counters.received++;
    err.code = error;
    if (error)
        return salvage(in, w, &err);
    take_over(in, w);
    return X4_OK;
}

static int decide(struct mta_in *in, struct mta_work *w)
{
    w->source = in->source;
    w->from_other_md = in->from_other_md;
    w->arrival_ms = mta_wall(in->mta);
    w->content_len = in->content_len;
    if (!in->submission)
        return decide_received(in, w);
    in->mta->counters.submitted++;
    take_over(in, w);
    return X4_OK;
}

/* Tells a failure that was found before anything was handed to the store; later, because callbacks
 * never come from inside mta_in_end(). */
static void fail_later(struct mta_in *in, int error)
{
    struct store_txn *txn = in->chunks ? store_begin(in->mta->store) : NULL;

    if (txn) { /* else they go when the store is opened again */
        store_drop_chunks(txn, in->object_id);
        store_commit(&txn, NULL, NULL);
    }
    mta_pending_fail(in->pending, error);
    in->pending = NULL;
}

static void finish(struct mta_in *in)
{
    struct mta_work *w = in->work ? in->work : mta_work_new(in->mta, in->object_id);
    int error = in->error ? in->error : w ? X4_OK : X4_ENOMEM;

    in->work = NULL;
    if (!error)
        error = decide(in, w);
    if (!error)
        error = w->error;
    if (error) {
        mta_work_free(&w);
        fail_later(in, error);
    } else {
        mta_work_commit_as(&w, in->pending);
        in->pending = NULL;
    }
    in_free(in);
}

struct mta_pending *mta_in_end(struct mta_in **handle, mta_done_fn *secured, void *ctx)
{
    struct mta_in *in = *handle;
    struct mta_pending *p = in->pending;

    *handle = NULL;
    p->mta = in->mta;
    p->done = secured;
    p->ctx = ctx;
    list_init(&p->items);
    in->ending = true;
    if (!in->submission) /* what the splitter still holds back is content, and may fill a chunk */
        in->framing = p1_in_finish(&in->split, &in->framed);
    if (!in->outstanding)
        finish(in);
    return p;
}
