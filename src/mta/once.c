/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody is dealt with twice. A copy whose transfer was in doubt may be sent another way, so that
 * the same recipient of the same message arrives here over two connectors, or in other octets over
 * the same one: the digest of the APDU does not know it again. So what ends here — delivered,
 * answered for, given up, reported to its originator — is claimed by what it is about, in the
 * transaction that does it. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <openssl/evp.h>

enum { NUMBER_OCTETS = 8 };

/* What is dealt with: a recipient, by number and address, or a result of his in a report, by number
 * and kind. */
struct deal {
    const struct mts_identifier *subject;
    int64_t number;
    const struct or_address *address;
    int reported; /* enum mts_report_type_kind, or 0 */
};

static void make_key(struct mta_work *w, const struct deal *deal, uint8_t key[MTA_DIGEST])
{
    struct buf text;
    unsigned len = MTA_DIGEST;

    buf_init(&text, LIMIT_ENVELOPE);
    mts_identifier_print(deal->subject, &text);
    buf_u8(&text, (unsigned)deal->reported);
    for (unsigned i = 0; i < NUMBER_OCTETS; i++)
        buf_u8(&text, (unsigned)(deal->number >> (8 * i)) & 0xff);
    if (deal->address)
        or_address_print(deal->address, OR_TEXT_B, &text);
    if (text.error || EVP_Digest(text.p, text.len, key, &len, EVP_sha256(), NULL) != 1)
        w->error = X4_ENOMEM;
    buf_free(&text);
}

static size_t deals(const struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);

    return env ? env->recipients.count : w->apdu.report.content.recipients.count;
}

static bool make_set(struct mta_work *w)
{
    for (w->claimed_room = 2; w->claimed_room <= deals(w);)
        w->claimed_room *= 2;
    w->claimed_room *= 2;
    w->claimed = arena_array(w->arena, w->claimed_room, sizeof(*w->claimed));
    if (!w->claimed)
        w->error = X4_ENOMEM;
    return w->claimed != NULL;
}

/* A peer may name a recipient twice in one APDU. */
static bool is_claimed(struct mta_work *w, const uint8_t key[MTA_DIGEST])
{
    size_t at;

    if (!w->claimed && !make_set(w))
        return false;
    memcpy(&at, key, sizeof(at));
    for (at &= w->claimed_room - 1; w->claimed[at]; at = (at + 1) & (w->claimed_room - 1)) {
        if (memcmp(w->claimed[at], key, MTA_DIGEST) == 0)
            return true;
    }
    w->claimed[at] = arena_dup(w->arena, slice_make(key, MTA_DIGEST)).p;
    if (!w->claimed[at])
        w->error = X4_ENOMEM;
    return false;
}

static bool claim(struct mta_work *w, const struct deal *deal)
{
    uint8_t key[MTA_DIGEST] = {0};
    const struct slice digest = slice_make(key, sizeof(key));

    make_key(w, deal, key);
    if (is_claimed(w, key) || store_has_digest(w->mta->store, digest))
        return false;
    store_claim_digest(w->txn, digest, mta_wall(w->mta) + w->mta->settings->duplicate_ms);
    return true;
}

static bool tell(struct mta_work *w, bool first)
{
    if (first)
        return true;
    w->mta->counters.duplicates++;
    LOG_EVENT(w->mta->log, mta_wall(w->mta), EVENT_DUPLICATE_DROPPED, EV_STR("mts-id", w->mts_id),
              EV_STR("connector", w->source));
    return false;
}

bool mta_work_once(struct mta_work *w, uint32_t recipient)
{
    const struct mts_envelope *env = mta_work_envelope(w);
    const struct mts_recipient *r = BER_ITEM(env->recipients, struct mts_recipient, recipient);

    return *w->source == '\0' || /* submitted here: there is but one */ tell(
                                     w, claim(w, &(struct deal){.subject = &env->identifier,
                                                                .number = r->number,
                                                                .address = &r->name.address}));
}

bool mta_work_report_once(struct mta_work *w)
{
    const struct mts_report_content *content = &w->apdu.report.content;
    bool news = false;

    for (size_t i = 0; i < content->recipients.count; i++) {
        const struct mts_reported_recipient *r =
            BER_ITEM(content->recipients, struct mts_reported_recipient, i);

        news |= claim(w, &(struct deal){.subject = &content->subject,
                                        .number = r->number,
                                        .reported = r->last_trace.report_type.which});
    }
    return tell(w, news);
}
