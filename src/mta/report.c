/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: made of the outcomes of a work, and routed like any report that comes in (4.7, 4.8). */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdlib.h>

void mta_report_drop(struct mta_work *w, const char *why)
{
    const struct mts_report *report = &w->apdu.report;
    struct buf subject;
    struct buf to;

    buf_init(&subject, LIMIT_ORADDR_TEXT);
    buf_init(&to, LIMIT_ORADDR_TEXT);
    mts_identifier_print(&report->content.subject, &subject);
    or_address_print(&report->envelope.destination.address, OR_TEXT_B, &to);
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_REPORT_UNROUTABLE, EV_STR("mts-id", w->mts_id),
              EV_SLICE("subject-mts-id", buf_view(&subject)),
              EV_SLICE("destination", buf_view(&to)), EV_STR("detail", why));
    buf_free(&subject);
    buf_free(&to);
    mta_work_track(w, "report-discarded", json_pack("{s:s}", "why", why));
    mta_work_bury(w, 0, why);
}

/* The originator is ours: hand the report over, unless he asked for none (R4.2b, 4.2c). False: his
 * mailbox does not take it. */
static bool to_originator(struct mta_work *w, const void *mailbox)
{
    const struct mta_local *local = &w->mta->local;
    const struct mta_delivery d = {
        .txn = w->txn,
        .object_id = w->object_id,
        .apdu = &w->apdu,
        .content_len = w->content_len,
        .now_ms = mta_wall(w->mta),
    };
    struct mta_verdict v = {.delivered = false};
    struct buf subject;

    if (mts_report_user_count(&w->apdu.report) == 0) {
        LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_REPORT_DROPPED, EV_STR("mts-id", w->mts_id),
                  EV_STR("detail", "the originator asked for none"));
        mta_work_track(w, "report-absorbed", NULL);
        return true;
    }
    if (!mta_work_report_once(w))
        return true;
    local->deliver(local->ctx, mailbox, &d, &v);
    if (!v.delivered) {
        mta_report_drop(w, v.text ? v.text : "the originator's mailbox does not take it");
        return false;
    }
    w->deliveries++;
    mta_work_track(w, "report-delivered",
                   json_pack("{s:s}", "mailbox", local->dn(local->ctx, mailbox)));
    buf_init(&subject, LIMIT_ORADDR_TEXT);
    mts_identifier_print(&w->apdu.report.content.subject, &subject);
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DELIVERY_REPORTED, EV_STR("mts-id", w->mts_id),
              EV_SLICE("subject-mts-id", buf_view(&subject)),
              EV_STR("mailbox", local->dn(local->ctx, mailbox)));
    buf_free(&subject);
    return true;
}

bool mta_decide_report(struct mta_work *w)
{
    const struct or_address *to = &w->apdu.report.envelope.destination.address;
    const void *mailbox = mta_work_mailbox(w, to);
    struct mta_choice choice;

    if (mailbox)
        return to_originator(w, mailbox);
    choice = mta_work_choose(w, 0, "");
    if (w->error)
        return false;
    if (!choice.queue)
        mta_report_drop(w, choice.why == MTA_WAY_BACK
                               ? "the only way leads back to where it came from"
                               : "no way to the report's destination");
    else if (mta_work_goes_again(w, 0, &choice))
        mta_work_end_loop(w, 0);
    else
        mta_work_route(w, &choice, 0);
    mta_work_queue(w);
    return w->group_count > 0 && !w->error;
}

/* The subject will not be delivered, and nobody will be told. */
static void bury_subject(struct mta_work *w)
{
    for (size_t i = 0; w->kind == STORE_MESSAGE && i < w->outcome_count; i++) {
        if (w->outcomes[i].delivered)
            continue;
        mta_work_bury(w, (uint32_t)w->outcomes[i].recipient, w->outcomes[i].supplementary);
        return;
    }
}

/* No report can be made: without memory nothing of it all may be committed. */
static void cannot_report(struct mta_work *w, int error)
{
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_INTERNAL_ERROR, EV_STR("mts-id", w->mts_id),
              EV_STR("where", "making a report"), EV_STR("detail", x4_strerror(error)));
    if (error == X4_ENOMEM)
        w->error = error;
    else
        bury_subject(w);
}

static int build(const struct mts_report_params *p, enum mts_report_class which,
                 struct arena *arena, struct slice *out)
{
    struct buf stored;
    int error;

    buf_init(&stored, LIMIT_ENVELOPE);
    error = mts_report_build(p, which, arena, &stored);
    if (!error) {
        *out = arena_dup(arena, buf_view(&stored));
        if (!slice_present(*out))
            error = X4_ENOMEM;
    }
    buf_free(&stored);
    return error;
}

static void tell(const struct mta_work *subject, const struct mts_report_params *p,
                 const struct mta_work *report)
{
    const struct mts_outcome *first = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < p->outcome_count; i++) {
        if (p->outcomes[i].delivered)
            continue;
        failed++;
        if (!first)
            first = &p->outcomes[i];
    }
    if (first)
        LOG_EVENT(subject->mta->log, mta_wall(subject->mta), EVENT_NON_DELIVERY,
                  EV_STR("mts-id", subject->mts_id), EV_STR("report-mts-id", report->mts_id),
                  EV_INT("recipients", failed), EV_STR("reason", mts_reason_text(first->reason)),
                  EV_STR("diagnostic", mts_diagnostic_text(first->diagnostic)),
                  EV_STR("detail", first->supplementary));
}

/* A work for the report, in the transaction of its subject; what it needs is in arena. */
static int begin(const struct mta_work *subject, struct mts_report_params *p,
                 enum mts_report_class which, struct mta_work *report, struct arena *arena)
{
    int error = mta_new_identifier(subject->mta, arena, &p->identifier);

    *report = (struct mta_work){
        .mta = subject->mta,
        .txn = subject->txn,
        .arena = arena,
        .object_id = store_new_id(subject->mta->store),
        .source = "",
        .from_other_md = true,
        .arrival_ms = p->now_ms,
    };
    list_init(&report->items);
    if (!error)
        error = build(p, which, arena, &report->stored);
    if (error == X4_ENOMEM)
        error = arena_error(arena);
    return error ? error : mta_work_decode(report, NULL);
}

/* A report is an object of its own, and what becomes of it a part of what becomes of its subject.
 */
static void place(struct mta_work *subject, const struct mts_report_params *p,
                  enum mts_report_class which, struct mta_work *report)
{
    struct mta *mta = subject->mta;

    if (mts_report_returns_content(p, which, subject->content_len, mta->settings->return_max))
        report->content_len = subject->content_len;
    mta_work_put_object(report, SLICE_NONE);
    if (report->content_len)
        store_copy_content(report->txn, subject->object_id, report->object_id);
    mta->counters.reports_made++;
    tell(subject, p, report);
    mta_work_track(report, "report-made", json_pack("{s:s}", "subject", subject->mts_id));
    if (!mta_decide_report(report))
        bury_subject(subject);
    if (!subject->error)
        subject->error = report->error;
    if (list_empty(&report->items) && !report->deliveries)
        store_delete_item(report->txn, report->object_id, report->object_id);
    while (!list_empty(&report->items)) {
        struct list *item = report->items.next;

        list_remove(item);
        list_push_back(&subject->items, item);
    }
}

/* Makes a report on these outcomes; two when it would be larger than a report can be. */
static void report_on(struct mta_work *w, enum mts_report_class which, struct mts_report_params p)
{
    struct mta_work report;
    struct arena arena;
    int error;

    if (!mts_report_due(&p, which))
        return;
    arena_init(&arena, MTA_ARENA);
    error = begin(w, &p, which, &report, &arena);
    if (!error)
        place(w, &p, which, &report);
    free(report.mts_id);
    arena_free(&arena);
    if (error == X4_ELIMIT && p.outcome_count > 1) {
        const size_t half = p.outcome_count / 2;
        struct mts_report_params rest = p;

        rest.outcomes += half;
        rest.outcome_count -= half;
        p.outcome_count = half;
        report_on(w, which, p);
        report_on(w, which, rest);
    } else if (error) {
        cannot_report(w, error);
    }
}

void mta_work_report(struct mta_work *w)
{
    const struct mts_report_params p = {
        .own = &w->mta->settings->identity,
        .now_ms = mta_wall(w->mta),
        .subject = &w->apdu,
        .subject_arrival_ms = w->arrival_ms,
        .outcomes = w->outcomes,
        .outcome_count = w->outcome_count,
    };

    report_on(w, MTS_REPORT_PLAIN, p);
    report_on(w, MTS_REPORT_AUDITED, p);
}
