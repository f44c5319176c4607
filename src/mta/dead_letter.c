/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: reports that nobody can be given, and messages whose report is one. Without a
 * mailbox for them the events are all that is left. */
#include "mta/internal.h"

void mta_work_bury(struct mta_work *w, uint32_t recipient, const char *detail)
{
    const struct mta_local *local = &w->mta->local;
    const char *dn = w->mta->settings->dead_letters;
    const void *mailbox = dn ? local->find_dn(local->ctx, dn) : NULL;
    const struct mta_delivery d = {
        .txn = w->txn,
        .object_id = w->object_id,
        .apdu = &w->apdu,
        .recipient = recipient,
        .content_len = w->content_len,
        .now_ms = mta_wall(w->mta),
        .no_limits = true,
    };
    struct mta_verdict v = {.delivered = false};

    if (!mailbox || w->kept)
        return;
    local->deliver(local->ctx, mailbox, &d, &v);
    if (!v.delivered)
        return;
    w->deliveries++;
    w->kept = true;
    w->mta->counters.dead_letters++;
    mta_work_track(
        w, "dead-letter",
        json_pack("{s:s, s:s}", "mailbox", local->dn(local->ctx, mailbox), "why", detail));
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DEAD_LETTER, EV_STR("mts-id", w->mts_id),
              EV_STR("kind", mta_kind_name(w->kind)),
              EV_STR("mailbox", local->dn(local->ctx, mailbox)), EV_STR("detail", detail));
}
