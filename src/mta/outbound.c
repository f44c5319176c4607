/* SPDX-License-Identifier: Apache-2.0 */
/* Objects on their way out, and what becomes of an item whose transfer fails. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdlib.h>

struct mta_out {
    struct mta *mta;
    struct mta_item *item;
    char *mts_id;
    struct buf prefix; /* octets of the APDU before the content */
    uint64_t content_len;
    uint64_t read_to; /* octets that the connector has had */
    uint32_t association;
    int priority;
};

/* Loads what an item is about, and which recipients it is for. */
int mta_work_load(struct mta *mta, struct mta_item *item, struct mta_work **out)
{
    struct mta_work *w = mta_work_new(mta, item->object_id);
    struct store_object object;
    struct store_item row;
    int error;

    if (!w)
        return X4_ENOMEM;
    w->object_exists = true;
    w->replaced = item;
    error = store_get_object(mta->store, item->object_id, w->arena, &object);
    if (!error)
        error = store_get_item(mta->store, item->id, w->arena, &row);
    if (!error) {
        w->stored = object.envelope;
        w->arrival_ms = object.arrival_ms;
        w->content_len = object.content_len;
        w->kind = object.kind;
        w->source = arena_str(w->arena, object.source);
        error = w->source ? mta_recipients_read(row.recipients, w->arena, &w->dealt) : X4_ENOMEM;
        w->next = w->dealt.past;
    }
    if (!error && object.kind != STORE_QUARANTINE)
        error = mta_work_decode(w, NULL);
    if (error) {
        LOG_EVENT(mta->log, mta_wall(mta), EVENT_INTERNAL_ERROR,
                  EV_STR("where", "reading a queued item"), EV_INT("item", item->id),
                  EV_STR("detail", x4_strerror(error)));
        mta_work_free(&w);
    }
    *out = w;
    return error;
}

/* Recipients of an item end without being transferred. */
static void return_work(struct mta_work *w, int64_t reason, int64_t diagnostic, const char *text)
{
    struct mta_item *item = w->replaced;

    if (w->kind == STORE_MESSAGE || w->kind == STORE_PROBE) {
        for (size_t i = 0; i < w->dealt.count; i++)
            mta_work_fail(w, w->dealt.index[i], reason, diagnostic, text);
        mta_work_report(w);
    } else {
        LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_REPORT_DROPPED, EV_STR("mts-id", w->mts_id),
                  EV_STR("detail", text)); /* I4: no report about a report */
        mta_work_bury(w, 0, text);
    }
    store_delete_item(w->txn, item->id, item->object_id);
}

int mta_item_return(struct mta *mta, struct mta_item *item, const struct mta_failed *why,
                    struct mta_done done)
{
    struct mta_work *w;
    int error = mta_work_load(mta, item, &w);

    if (item->place != MTA_PLACE_TAKEN)
        mta_queue_move(item, MTA_PLACE_TAKEN);
    if (error) {
        mta_item_put_off(mta, item);
        return error;
    }
    if (why->expired)
        LOG_EVENT(mta->log, mta_wall(mta), EVENT_MESSAGE_EXPIRED, EV_STR("mts-id", w->mts_id),
                  EV_STR("connector", item->queue->dn));
    return_work(w, why->reason, why->diagnostic, why->text);
    error = mta_work_commit(&w, done.fn, done.ctx);
    if (error)
        mta_item_put_off(mta, item);
    return error;
}

/* ---- making the copy ------------------------------------------------------------------------- */

/* Who of an item cannot go over this association, and with what he fails if there is no other way.
 */
struct unfit {
    bool *recipient; /* by index in work->dealt */
    bool any;
    struct mta_failed failed;
};

static void find_too_long(struct mta_work *w, const struct mta_peer *peer, struct unfit *unfit)
{
    if (!peer->size_limit || w->kind != STORE_MESSAGE || w->content_len <= peer->size_limit)
        return;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_CONTENT_TOO_LONG, EV_STR("mts-id", w->mts_id),
              EV_INT("content-length", w->content_len), EV_INT("limit", peer->size_limit),
              EV_STR("connector", w->replaced->queue->dn));
    unfit->any = true;
    unfit->failed = (struct mta_failed){
        .reason = MTS_UNABLE_TO_TRANSFER,
        .diagnostic = MTS_CONTENT_TOO_LONG,
        .text = "the content exceeds the size limit of the connector",
    };
    for (size_t i = 0; i < w->dealt.count; i++)
        unfit->recipient[i] = true;
}

/* One who has no 1984 form does not keep the others from going (R2.12f). */
static void find_without_1984_form(struct mta_work *w, struct unfit *unfit)
{
    const struct mts_envelope *env = mta_work_envelope(w);
    struct buf why;

    buf_init(&why, LIMIT_EVENT_TEXT);
    for (size_t i = 0; i < w->dealt.count; i++) {
        struct buf *first = unfit->any ? NULL : &why;

        enum p1_downgrade down = p1_downgrade_check(env, w->dealt.index[i], first);

        if (down == P1_DOWN_UNTOLD)
            w->error = X4_ENOMEM;
        unfit->recipient[i] = down != P1_DOWN_OK;
        unfit->any |= unfit->recipient[i];
    }
    unfit->failed = (struct mta_failed){
        .reason = MTS_UNABLE_TO_TRANSFER,
        .diagnostic = MTS_UNABLE_TO_DOWNGRADE,
        .text = "the next hop speaks 1984 P1 and the object has no 1984 form",
    };
    if (unfit->any)
        LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DOWNGRADE_FAILED,
                  EV_STR("mts-id", w->mts_id), EV_STR("connector", w->replaced->queue->dn),
                  EV_SLICE("detail", buf_view(&why)));
    buf_free(&why);
}

/* X4_OK: all of it can go to this peer. X4_EUNSUPP: w now says what becomes of its recipients
 * instead. A report always can. */
static int find_unfit(struct mta_work *w, const struct mta_peer *peer)
{
    struct unfit unfit = {.recipient =
                              arena_array(w->arena, w->dealt.count + 1, sizeof(*unfit.recipient))};

    if (!unfit.recipient)
        return X4_ENOMEM;
    if (w->kind == STORE_REPORT)
        return X4_OK;
    find_too_long(w, peer, &unfit);
    if (!unfit.any && peer->to_1984)
        find_without_1984_form(w, &unfit);
    if (!unfit.any)
        return X4_OK;
    mta_work_divert(w, unfit.recipient, &unfit.failed);
    return X4_EUNSUPP;
}

/* Copies for this peer do not show that they have been here. */
static bool hides_visits(const struct mta_peer *peer)
{
    return peer->same_domain && (peer->to_1984 || peer->internal_trace == P1_INTERNAL_NONE);
}

/* The connector was to show the passage, and the association does not: it was opened by the peer in
 * another mode, or the configuration has changed since. So the passage is claimed now, durably
 * before the first octet of it goes, and a ring is seen that was none as long as it showed. */
static void claim_passages(struct mta_work *w)
{
    const struct mta_choice here = {.queue = w->replaced->queue, .sight = MTA_SIGHT_NONE};
    const bool is_report = w->kind == STORE_REPORT;

    for (size_t i = 0; i < (is_report ? 1 : w->dealt.count); i++) {
        const uint32_t recipient = is_report ? 0 : w->dealt.index[i];

        if (mta_work_goes_again(w, recipient, &here))
            mta_work_end_loop(w, recipient);
        else
            mta_work_route(w, &here, recipient);
    }
    mta_work_queue(w);
    if (!is_report)
        mta_work_report(w);
    store_delete_item(w->txn, w->replaced->id, w->object_id);
}

/* X4_OK: the copy can be made. X4_EUNSUPP: w says what is to become of the item instead. */
static int look_at_peer(struct mta_work *w, const struct mta_peer *peer)
{
    int error = find_unfit(w, peer);

    if (error || !hides_visits(peer) || w->dealt.past.passage == MTA_PASSAGE_CLAIMED)
        return error;
    claim_passages(w);
    return X4_EUNSUPP;
}

/* Must the other recipients be left out? A 1984 system cannot be shown all names. */
static bool drops_others(const struct mts_envelope *env, const struct mta_peer *peer)
{
    if (!env || p1_hides_others(env))
        return env != NULL;
    for (size_t i = 0; peer->to_1984 && i < env->recipients.count; i++) {
        if (p1_downgrade_check(env, i, NULL) != P1_DOWN_OK)
            return true;
    }
    return false;
}

/* When a deferred object was let go; MTS_NO_TIME: it was none. */
static int64_t released_at(const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);

    if (w->dealt.past.released_ms.present)
        return w->dealt.past.released_ms.value;
    return env ? mts_deferred_until(env, w->arrival_ms) : MTS_NO_TIME;
}

static int make_prefix(struct mta_work *w, const struct mta_peer *peer, struct buf *prefix)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    const struct ber_list *trace = env ? &env->trace : &w->apdu.report.envelope.trace;
    bool made_here = *w->source == '\0';
    const struct mts_passage passage = {
        .own = peer->own,
        .arrival_ms = w->arrival_ms,
        .deferred_ms = released_at(w),
        .attempted_domain = w->dealt.past.domain,
        .attempted_mta = w->dealt.past.mta,
    };
    const struct p1_relay relay = {
        .passage = &passage,
        .add_external = !made_here && !mts_trace_ends_with(trace, &peer->own->gdi),
        .add_internal = !made_here,
        .internal = peer->internal_trace,
        .recipients = w->dealt.index,
        .recipient_count = w->dealt.count,
        .drop_others = drops_others(env, peer),
        .strip_bilateral = peer->strip_bilateral,
        .strip_deferred = passage.deferred_ms != MTS_NO_TIME,
        .to_1984 = peer->to_1984,
    };

    return p1_out_prefix(w->stored, w->content_len, &relay, prefix);
}

static void out_free(struct mta_out **out)
{
    if (!*out)
        return;
    buf_free(&(*out)->prefix);
    free((*out)->mts_id);
    free(*out);
    *out = NULL;
}

static struct mta_out *out_new(struct mta_work *w)
{
    struct mta_out *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->mta = w->mta;
    o->item = w->replaced;
    o->mts_id = strdup(w->mts_id);
    o->content_len = w->content_len;
    o->priority = mta_work_priority(w);
    buf_init(&o->prefix, LIMIT_ENVELOPE);
    if (!o->mts_id)
        out_free(&o);
    return o;
}

/* The copy could not be made. */
static void refuse(struct mta *mta, struct mta_item *item, int error)
{
    const bool full = error == X4_EBOUNDS;
    const struct mta_failed why = {
        .reason = MTS_UNABLE_TO_TRANSFER,
        .diagnostic = full ? MTS_SIZE_CONSTRAINT_VIOLATION : MTS_PROTOCOL_VIOLATION,
        .text = full ? "the trace is full" : "the envelope cannot be relayed",
    };

    if (error == X4_ENOMEM)
        mta_item_put_off(mta, item);
    else
        mta_item_return(mta, item, &why, MTA_NOBODY);
}

int mta_out_open(struct mta *mta, struct mta_item *item, const struct mta_peer *peer,
                 struct mta_out **out)
{
    struct mta_work *w;
    int error = mta_work_load(mta, item, &w);

    *out = NULL;
    if (error) {
        mta_item_put_off(mta, item);
        return error;
    }
    error = look_at_peer(w, peer);
    if (error) {
        if (error == X4_EUNSUPP)
            error = mta_work_commit(&w, NULL, NULL);
        else
            mta_work_free(&w);
        if (error)
            mta_item_put_off(mta, item);
        return X4_EUNSUPP;
    }
    *out = out_new(w);
    if (*out)
        (*out)->association = peer->association;
    error = *out ? make_prefix(w, peer, &(*out)->prefix) : X4_ENOMEM;
    mta_work_free(&w);
    if (error) {
        out_free(out);
        refuse(mta, item, error);
    }
    return error;
}

uint64_t mta_out_len(const struct mta_out *o)
{
    return o->prefix.len + o->content_len;
}

int mta_out_read(struct mta_out *o, uint64_t offset, void *to, size_t len, size_t *got)
{
    size_t head = 0;
    size_t more = 0;
    int error = X4_OK;

    if (offset < o->prefix.len) {
        struct slice part = slice_sub(buf_view(&o->prefix), (size_t)offset, len);

        memcpy(to, part.p, part.len);
        head = part.len;
        offset += head;
    }
    if (head < len && offset - o->prefix.len < o->content_len)
        error = store_read_content(o->mta->store, o->item->object_id, offset - o->prefix.len,
                                   (uint8_t *)to + head, len - head, &more);
    *got = head + more;
    if (offset + more > o->read_to)
        o->read_to = offset + more;
    return error;
}

struct mta_item *mta_out_item(const struct mta_out *o)
{
    return o->item;
}

const char *mta_out_mts_id(const struct mta_out *o)
{
    return o->mts_id;
}

uint64_t mta_out_content_len(const struct mta_out *o)
{
    return o->content_len;
}

/* ---- the result ------------------------------------------------------------------------------ */

static void track_sent(struct mta_out *o, struct store_txn *txn)
{
    json_t *detail = json_pack("{s:s, s:I}", "connector", o->item->queue->dn, "content-length",
                               (json_int_t)o->content_len);
    char *text = json_dumps(detail, JSON_COMPACT);
    const struct store_track track = {
        .time_ms = mta_wall(o->mta),
        .mts_id = slice_str(o->mts_id),
        .action = SLICE_LIT("transfer-out"),
        .detail = slice_str(text ? text : "{}"),
    };

    store_put_track(txn, &track);
    conf_json_text_free(text);
    json_decref(detail);
}

void mta_out_sent(struct mta_out **out)
{
    struct mta_out *o = *out;
    struct mta *mta = o->mta;
    struct store_txn *txn = store_begin(mta->store);

    mta->counters.sent++;
    mta->counters.octets_out += mta_out_len(o);
    LOG_EVENT(mta->log, mta_wall(mta), EVENT_MESSAGE_SENT, EV_STR("mts-id", o->mts_id),
              EV_STR("kind", mta_kind_name((enum store_kind)o->item->kind)),
              EV_STR("connector", o->item->queue->dn), EV_INT("association", o->association),
              EV_STR("priority", mta_priority_name(o->priority)),
              EV_INT("content-length", o->content_len));
    if (txn) { /* nobody waits for it: after a crash it is sent again, the peer drops it */
        track_sent(o, txn);
        mta_gone(mta, o->item, &txn);
    }
    mta_item_drop(mta, &o->item);
    out_free(out);
}

static void save_item(struct mta *mta, const struct mta_item *item, const char *reason)
{
    struct arena arena;
    struct store_item row;
    struct store_txn *txn;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    if (store_get_item(mta->store, item->id, &arena, &row) == X4_OK &&
        (txn = store_begin(mta->store)) != NULL) {
        row.attempts = item->attempts;
        row.next_ms = item->next_ms;
        row.reason = slice_str(reason);
        row.state = item->place == MTA_PLACE_HELD      ? STORE_HELD
                    : item->place == MTA_PLACE_WAITING ? STORE_DEFERRED
                                                       : STORE_READY;
        store_put_item(txn, &row);
        store_commit(&txn, NULL, NULL);
    }
    arena_free(&arena);
}

/* All tries over this connector have failed. */
static void give_up(struct mta *mta, struct mta_item *item, const char *text)
{
    const struct mta_failed why = {
        .reason = MTS_TRANSFER_FAILURE,
        .diagnostic = MTS_UNABLE_TO_COMPLETE_TRANSFER,
        .text = text,
    };

    if (!mta_item_reroute(mta, item, true, text))
        mta_item_return(mta, item, &why, MTA_NOBODY);
}

static void retry(struct mta *mta, struct mta_item *item, const struct mta_failed *f)
{
    int tries = f->refused ? ++item->refusals : ++item->attempts;
    bool patient = item->kind == STORE_REPORT && !f->refused; /* R4.8c */

    if (f->max_attempts >= 0 && tries > f->max_attempts && !patient) {
        give_up(mta, item, f->text);
        return;
    }
    item->next_ms = mta_wall(mta) + f->delay_ms;
    mta_queue_move(item, MTA_PLACE_WAITING);
    save_item(mta, item, f->text);
    mta_sweep_soon(mta, item->next_ms);
}

void mta_out_failed(struct mta_out **out, const struct mta_failed *f)
{
    struct mta_out *o = *out;
    struct mta_item *item = o->item;
    struct mta *mta = o->mta;

    /* Who had all of it has it, or said no; what broke off says nothing of an earlier transfer. */
    if (f->what == MTA_FAIL_RETRY && o->read_to >= mta_out_len(o))
        item->in_doubt = !f->refused;
    LOG_EVENT(mta->log, mta_wall(mta), EVENT_TRANSFER_FAILED, EV_STR("mts-id", o->mts_id),
              EV_INT("association", o->association), EV_STR("connector", item->queue->dn),
              EV_STR("detail", f->text));
    out_free(out);
    switch (f->what) {
    case MTA_FAIL_RETRY: retry(mta, item, f); break;
    case MTA_FAIL_ABANDON:
        mta_queue_move(item, MTA_PLACE_READY);
        mta_kick(item->queue);
        break;
    case MTA_FAIL_RETURN: mta_item_return(mta, item, f, MTA_NOBODY); break;
    }
}
