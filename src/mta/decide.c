/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to an object that has been accepted: the tests of 2.1 in their order,
 * then a decision for each recipient that this MTA is responsible for. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

struct refusal {
    int64_t reason, diagnostic;
    const char *text;
};

static size_t recipient_count(const struct mta_work *w)
{
    return mta_work_envelope(w)->recipients.count;
}

static struct mts_recipient *recipient(const struct mta_work *w, uint32_t i)
{
    return BER_ITEM(mta_work_envelope(w)->recipients, struct mts_recipient, i);
}

static void fail_all(struct mta_work *w, const struct refusal *r)
{
    for (uint32_t i = 0; i < recipient_count(w); i++) {
        if (mta_work_concerns(w, i))
            mta_work_fail(w, i, r->reason, r->diagnostic, r->text);
    }
}

/* ---- tests of the whole object; each says whether it ends here ------------------------------- */

static bool is_expired(const struct mta_work *w, struct refusal *r)
{
    int64_t latest = mts_latest_delivery_time(mta_work_envelope(w), w->arrival_ms);
    int64_t deferred = mts_deferred_until(mta_work_envelope(w), w->arrival_ms);

    if (latest == MTS_NO_TIME)
        return false;
    if (deferred != MTS_NO_TIME && deferred > latest) { /* R2.9e */
        *r = (struct refusal){MTS_DEFERRED_DELIVERY_NOT_PERFORMED, MTS_MAXIMUM_TIME_EXPIRED,
                              "deferred delivery time is after latest delivery time"};
        return true;
    }
    *r = (struct refusal){MTS_UNABLE_TO_TRANSFER, MTS_MAXIMUM_TIME_EXPIRED,
                          "latest delivery time had passed on arrival"};
    return latest <= w->arrival_ms;
}

/* Does one of these extensions demand what this MTA cannot do? */
static bool demands_too_much(struct mta_work *w, const struct ber_list *extensions,
                             enum mts_role role)
{
    const struct mts_extension *ext = mts_critical_unsupported(extensions, role);
    struct buf name;

    if (!ext)
        return false;
    buf_init(&name, LIMIT_EVENT_TEXT);
    mts_extension_print_id(ext, &name);
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_CRITICAL_UNSUPPORTED,
              EV_STR("mts-id", w->mts_id), EV_SLICE("extension", buf_view(&name)),
              EV_STR("function", role == MTS_ROLE_DELIVERY ? "delivery" : "transfer"));
    buf_free(&name);
    return true;
}

static bool is_critical(struct mta_work *w, struct refusal *r)
{
    *r = (struct refusal){MTS_UNABLE_TO_TRANSFER, MTS_UNSUPPORTED_CRITICAL_FUNCTION,
                          "an extension critical for transfer is not supported"};
    return demands_too_much(w, &mta_work_envelope(w)->extensions, MTS_ROLE_RELAY);
}

/* A neighbour in our domain hands over a trace that ends with it. What ends otherwise was in
 * another domain last, also where the connector has no remote-gdi to tell. */
static bool was_elsewhere(const struct mta_work *w, const struct ber_list *trace)
{
    return w->from_other_md || !mts_trace_ends_with(trace, &w->mta->settings->identity.gdi);
}

/* Under every name that our copies bear: a connector may have one of its own. */
static enum mts_loop check_loop(const struct mta_work *w, const struct ber_list *trace,
                                const struct ber_list *internal)
{
    const struct mta_settings *s = w->mta->settings;
    const bool elsewhere = was_elsewhere(w, trace);
    enum mts_loop loop = mts_loop_check(&s->identity, trace, internal, elsewhere, NULL);

    for (size_t i = 0; i < s->target_count && loop == MTS_LOOP_NONE && internal->count > 0; i++) {
        struct mts_identity own = s->identity;

        own.mta_name = slice_str(s->targets[i].own_name);
        if (slice_present(own.mta_name))
            loop = mts_loop_check(&own, trace, internal, elsewhere, NULL);
    }
    return loop;
}

/* The loop test over a trace; what was made here has no passage before this one. */
static enum mts_loop loop_of(struct mta_work *w, const struct ber_list *trace,
                             const struct ber_list *extensions)
{
    struct ber_list internal;
    enum mts_loop loop;
    int error;

    if (*w->source == '\0')
        return MTS_LOOP_NONE;
    internal = mts_internal_trace(extensions, w->arena, &error);
    if (error)
        w->error = error;
    loop = check_loop(w, trace, &internal);
    if (loop == MTS_LOOP_NONE)
        return loop;
    w->mta->counters.loops++;
    LOG_EVENT(w->mta->log, mta_wall(w->mta),
              loop == MTS_LOOP_TRACE_FULL ? EVENT_TRACE_TOO_LONG : EVENT_LOOP_DETECTED,
              EV_STR("mts-id", w->mts_id), EV_STR("connector", w->source),
              EV_STR("detail", mts_loop_text(loop)));
    return loop;
}

static bool is_looping(struct mta_work *w, struct refusal *r)
{
    enum mts_loop loop =
        loop_of(w, &mta_work_envelope(w)->trace, &mta_work_envelope(w)->extensions);

    *r = (struct refusal){MTS_UNABLE_TO_TRANSFER,
                          loop == MTS_LOOP_TRACE_FULL ? MTS_SIZE_CONSTRAINT_VIOLATION
                                                      : MTS_LOOP_DETECTED,
                          mts_loop_text(loop)};
    return loop != MTS_LOOP_NONE;
}

static bool is_too_long(const struct mta_work *w, struct refusal *r)
{
    uint64_t limit = w->mta->settings->size_limit;

    *r = (struct refusal){MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG,
                          "the content exceeds the size limit of this MTA"};
    return limit && mta_work_length(w) > limit;
}

/* ---- recipients ------------------------------------------------------------------------------ */

static void delivered(struct mta_work *w, uint32_t i, const struct mta_verdict *v, const char *dn)
{
    const struct mts_outcome outcome = {
        .recipient = i,
        .delivered = true,
        .delivery_ms = mta_wall(w->mta),
        .type_of_user = v->type_of_user,
    };

    mta_work_outcome(w, &outcome);
    if (w->kind == STORE_PROBE) {
        LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_PROBE_ANSWERED, EV_STR("mts-id", w->mts_id),
                  EV_INT("recipient", mta_work_number(w, i)), EV_STR("mailbox", dn));
        return;
    }
    w->deliveries++;
    w->mta->counters.delivered++;
    mta_work_track(
        w, "delivered",
        json_pack("{s:s, s:I}", "mailbox", dn, "recipient", (json_int_t)mta_work_number(w, i)));
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_MAILBOX_DELIVERED, EV_STR("mts-id", w->mts_id),
              EV_STR("mailbox", dn), EV_INT("recipient", mta_work_number(w, i)));
}

static void deliver(struct mta_work *w, uint32_t i, const void *mailbox)
{
    const struct mta_local *local = &w->mta->local;
    const struct mta_delivery d = {
        .txn = w->txn,
        .object_id = w->object_id,
        .apdu = &w->apdu,
        .recipient = i,
        .content_len = w->content_len,
        .now_ms = mta_wall(w->mta),
        .test_only = w->kind == STORE_PROBE,
    };
    struct mta_verdict v = {.delivered = false};

    if (demands_too_much(w, &mta_work_envelope(w)->extensions, MTS_ROLE_DELIVERY) ||
        demands_too_much(w, &recipient(w, i)->extensions, MTS_ROLE_DELIVERY)) {
        mta_work_fail(w, i, MTS_UNABLE_TO_TRANSFER, MTS_UNSUPPORTED_CRITICAL_FUNCTION,
                      "an extension critical for delivery is not supported");
        return;
    }
    if (!mta_work_once(w, i))
        return;
    local->deliver(local->ctx, mailbox, &d, &v);
    if (v.delivered)
        delivered(w, i, &v, local->dn(local->ctx, mailbox));
    else
        mta_work_give_up(w, i, v.reason, v.diagnostic, v.text);
}

static void no_way(struct mta_work *w, uint32_t i, enum mta_no_way why)
{
    static const struct refusal refusals[] = {
        [MTA_WAY_UNKNOWN] = {MTS_UNABLE_TO_TRANSFER, MTS_UNRECOGNISED_OR_NAME,
                             "no such recipient, and no way to the address"},
        [MTA_WAY_NOT_SHARED] = {MTS_UNABLE_TO_TRANSFER, MTS_UNRECOGNISED_OR_NAME,
                                "no such mailbox here, and share-address-space is false"},
        [MTA_WAY_BACK] = {MTS_UNABLE_TO_TRANSFER, MTS_NO_BILATERAL_AGREEMENT,
                          "the only way leads back to where it came from"},
        [MTA_WAY_TOO_LONG] = {MTS_UNABLE_TO_TRANSFER, MTS_CONTENT_TOO_LONG,
                              "the content exceeds the size limit of every way"},
        [MTA_WAY_1984] = {MTS_UNABLE_TO_TRANSFER, MTS_UNABLE_TO_DOWNGRADE,
                          "the next hop speaks 1984 P1 and the object has no 1984 form"},
    };
    const struct refusal *r = &refusals[why];

    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_UNROUTABLE, EV_STR("mts-id", w->mts_id),
              EV_INT("recipient", mta_work_number(w, i)), EV_STR("detail", r->text));
    mta_work_fail(w, i, r->reason, r->diagnostic, r->text);
}

void mta_work_end_loop(struct mta_work *w, uint32_t recipient)
{
    static const char why[] =
        "it has come back and would go over the same connector again, without "
        "anything in it that shows that";

    w->mta->counters.loops++;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_LOOP_DETECTED, EV_STR("mts-id", w->mts_id),
              EV_STR("connector", w->source), EV_STR("detail", why));
    if (w->kind == STORE_REPORT)
        mta_report_drop(w, why);
    else
        mta_work_fail(w, recipient, MTS_UNABLE_TO_TRANSFER, MTS_LOOP_DETECTED, why);
}

void mta_decide_recipient(struct mta_work *w, uint32_t i)
{
    const struct mts_recipient *r = recipient(w, i);
    const void *mailbox = mta_work_mailbox(w, &r->name.address);
    struct mta_choice choice;

    if (w->error)
        return;
    if (mailbox) {
        deliver(w, i, mailbox);
        return;
    }
    if (demands_too_much(w, &r->extensions, MTS_ROLE_RELAY)) {
        mta_work_fail(w, i, MTS_UNABLE_TO_TRANSFER, MTS_UNSUPPORTED_CRITICAL_FUNCTION,
                      "a recipient's extension critical for transfer is not supported");
        return;
    }
    choice = mta_work_choose(w, i, "");
    if (w->error)
        return;
    if (!choice.queue)
        no_way(w, i, choice.why);
    else if (mta_work_goes_again(w, i, &choice))
        mta_work_end_loop(w, i);
    else
        mta_work_route(w, &choice, i);
}

/* Everything for a deferred object waits in one item and is decided upon at its time (2.9). */
static bool is_deferred(struct mta_work *w)
{
    int64_t until = mts_deferred_until(mta_work_envelope(w), mta_wall(w->mta));
    struct mta_recipients all = {.past = w->next};
    struct mta_item *item;
    struct slice octets;
    char text[24];

    if (until == MTS_NO_TIME)
        return false;
    all.index = arena_array(w->arena, recipient_count(w), sizeof(*all.index));
    if (!all.index) {
        w->error = X4_ENOMEM;
        return true;
    }
    for (uint32_t i = 0; i < recipient_count(w); i++) {
        if (mta_work_concerns(w, i))
            all.index[all.count++] = i;
    }
    octets = mta_recipients_write(w->arena, &all);
    item = all.count ? mta_work_item(w, w->mta->deferred, octets) : NULL;
    if (!item)
        return false;
    item->next_ms = until;
    mta_work_put_item(w, item, octets, "deferred delivery");
    mts_time_print_iso(until, text);
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DEFERRED_STARTED, EV_STR("mts-id", w->mts_id),
              EV_STR("until", text));
    return true;
}

static void decide_message(struct mta_work *w)
{
    struct refusal r;

    if (is_expired(w, &r) || is_critical(w, &r) || is_looping(w, &r) || is_too_long(w, &r)) {
        fail_all(w, &r);
        return;
    }
    if (is_deferred(w))
        return;
    for (uint32_t i = 0; i < recipient_count(w); i++) {
        if (mta_work_concerns(w, i))
            mta_decide_recipient(w, i);
    }
}

void mta_decide(struct mta_work *w)
{
    if (w->kind == STORE_REPORT) {
        const struct mts_report_envelope *env = &w->apdu.report.envelope;

        enum mts_loop loop = loop_of(w, &env->trace, &env->extensions);

        if (loop == MTS_LOOP_NONE)
            mta_decide_report(w);
        else
            mta_work_bury(w, 0, mts_loop_text(loop)); /* nothing is said of it: I4 */
        return;
    }
    decide_message(w);
    mta_work_queue(w);
    mta_work_report(w);
}
