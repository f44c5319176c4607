/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody is dealt with twice. A copy whose transfer was in doubt may be sent another way, so that
 * the same recipient of the same message arrives here over two connectors, or in other octets over
 * the same one: the digest of the APDU does not know it again. So what ends here — delivered,
 * answered for, given up, reported to its originator — is claimed by what it is about, in the
 * transaction that does it. And nobody goes round: passages that leave no trace are claimed
 * likewise. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"

#include <openssl/evp.h>

enum { NUMBER_OCTETS = 8 };

/* What is dealt with: a recipient, or a result of his in a report. The number alone says little, as
 * all members of a list have that of the list; and one whom two lists have gets a copy from each,
 * which are two deals. */
struct deal {
    const struct mts_identifier *subject;
    int64_t number;
    const struct or_address *address;
    const struct ber_list *extensions; /* with his redirection history */
    int reported;                      /* enum mts_report_type_kind, or 0 */
    const char *passage;               /* the connector over which he goes on, or NULL */
    bool bare;                         /* by 1984 P1, which has no histories */
};

/* However an address is written, it means the same: 1984 P1 has other words for it. */
static void put_address(struct mta_work *w, const struct or_address *address, struct buf *out)
{
    int error = or_address_key(address, out);

    if (error == X4_ENOMEM)
        w->error = error;
    else if (error)
        or_address_print(address, OR_TEXT_B, out);
    buf_u8(out, '\n');
}

/* A history; without one, or with one that cannot be read, an empty list. */
static struct ber_list history_of(struct mta_work *w, const struct ber_list *extensions, int number)
{
    struct ber_list history = {.count = 0};
    int error = mts_extension_get(extensions, number, w->arena, &history);

    if (error == X4_ENOMEM)
        w->error = error;
    return error ? (struct ber_list){.count = 0} : history;
}

/* Names only: the times in a history are those of one copy. */
static void put_lists(struct mta_work *w, const struct ber_list *extensions, int number,
                      struct buf *out)
{
    const struct ber_list history = history_of(w, extensions, number);

    for (size_t i = 0; i < history.count; i++)
        put_address(w, &BER_ITEM(history, struct mts_dl_expansion, i)->name.address, out);
}

static void put_redirections(struct mta_work *w, const struct ber_list *extensions, struct buf *out)
{
    const struct ber_list history = history_of(w, extensions, MTS_EXT_REDIRECTION_HISTORY);

    for (size_t i = 0; i < history.count; i++)
        put_address(w, &BER_ITEM(history, struct mts_redirection, i)->intended.name.address, out);
}

static bool digest(struct mta_work *w, const struct buf *text, uint8_t key[MTA_DIGEST])
{
    unsigned len = MTA_DIGEST;

    /* What is longer than any envelope is known by its beginning. */
    if (text->error == X4_ENOMEM ||
        EVP_Digest(text->p, text->len, key, &len, EVP_sha256(), NULL) != 1)
        w->error = X4_ENOMEM;
    return w->error == X4_OK;
}

/* The lists that expanded the subject, or that the report has passed: the same for all. */
static const uint8_t *lists_of(struct mta_work *w)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    struct buf text;

    if (w->has_lists)
        return w->lists;
    buf_init(&text, LIMIT_ENVELOPE);
    if (env)
        put_lists(w, &env->extensions, MTS_EXT_DL_EXPANSION_HISTORY, &text);
    else
        put_lists(w, &w->apdu.report.envelope.extensions,
                  MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY, &text);
    w->has_lists = digest(w, &text, w->lists);
    buf_free(&text);
    return w->lists;
}

static void digest_of_nothing(struct mta_work *w, uint8_t key[MTA_DIGEST])
{
    const struct buf nothing = {.len = 0};

    digest(w, &nothing, key);
}

static void make_key(struct mta_work *w, const struct deal *deal, uint8_t key[MTA_DIGEST])
{
    uint8_t lists[MTA_DIGEST] = {0};
    struct buf text;

    buf_init(&text, LIMIT_ENVELOPE);
    mts_identifier_print(deal->subject, &text);
    buf_u8(&text, (unsigned)deal->reported);
    for (unsigned i = 0; i < NUMBER_OCTETS; i++)
        buf_u8(&text, (unsigned)(deal->number >> (8 * i)) & 0xff);
    if (deal->passage)
        buf_append(&text, deal->passage, strlen(deal->passage) + 1);
    put_address(w, deal->address, &text);
    if (!deal->bare)
        put_redirections(w, deal->extensions, &text);
    if (deal->bare)
        digest_of_nothing(w, lists);
    buf_append(&text, deal->bare ? lists : lists_of(w), MTA_DIGEST);
    digest(w, &text, key);
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
    w->claimed_room *= 4; /* for what ends here, and for what goes on, in two forms */
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

    if (*w->source == '\0') /* submitted here: there is but one */
        return true;
    return tell(w, claim(w, &(struct deal){.subject = &env->identifier,
                                           .number = r->number,
                                           .address = &r->name.address,
                                           .extensions = &r->extensions}));
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
                                        .address = &r->actual.address,
                                        .extensions = &r->extensions,
                                        .reported = r->last_trace.report_type.which});
    }
    return tell(w, news);
}

/* ---- loops that leave no trace --------------------------------------------------------------- */

static void take_subject(struct mta_work *w, uint32_t recipient, struct deal *out)
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    static const struct ber_list none = {.count = 0};
    const struct mts_recipient *r;

    if (!env) {
        out->subject = &w->apdu.report.envelope.identifier;
        out->address = &w->apdu.report.envelope.destination.address;
        out->extensions = &none;
        return;
    }
    r = BER_ITEM(env->recipients, struct mts_recipient, recipient);
    out->subject = &env->identifier;
    out->number = r->number;
    out->address = &r->name.address;
    out->extensions = &r->extensions;
}

/* What an object looks like where nothing but its octets tells of it. Both forms are claimed: it
 * may come back in either, as one hop of the ring speaks 1984 P1, or none. */
enum { FORM_BARE, FORM_FULL, FORMS };

static void make_passage_key(struct mta_work *w, uint32_t recipient, const struct mta_queue *queue,
                             int form, uint8_t key[MTA_DIGEST])
{
    struct deal deal = {.passage = queue->dn, .bare = form == FORM_BARE};

    take_subject(w, recipient, &deal);
    make_key(w, &deal, key);
}

static bool has_gone_there(struct mta_work *w, uint32_t recipient, const struct mta_queue *queue)
{
    uint8_t passage[MTA_DIGEST] = {0};

    make_passage_key(w, recipient, queue, FORM_FULL, passage);
    return store_has_digest(w->mta->store, slice_make(passage, sizeof(passage)));
}

/* Octets, as a next hop that is shown the trace knows copies by them only. */
static void make_recent_key(struct mta_work *w, uint32_t recipient, const struct mta_queue *queue,
                            uint8_t key[MTA_DIGEST])
{
    const struct mts_envelope *env = mts_apdu_envelope(&w->apdu);
    struct slice id = env ? env->identifier.raw : w->apdu.report.envelope.identifier.raw;
    struct buf text;

    buf_init(&text, LIMIT_ENVELOPE);
    buf_append(&text, queue->dn, strlen(queue->dn) + 1);
    buf_slice(&text, id);
    if (env) {
        buf_slice(&text, BER_ITEM(env->recipients, struct mts_recipient, recipient)->raw);
        if (history_of(w, &env->extensions, MTS_EXT_DL_EXPANSION_HISTORY).count)
            buf_append(&text, lists_of(w), MTA_DIGEST);
    }
    digest(w, &text, key);
    buf_free(&text);
}

static bool has_just_gone_there(struct mta_work *w, uint32_t recipient,
                                const struct mta_queue *queue)
{
    uint8_t passage[MTA_DIGEST] = {0};
    int error;

    if (w->replaced) /* it tells of what has happened since */
        return false;
    make_recent_key(w, recipient, queue, passage);
    error = mta_recent_note(&w->mta->recent, mta_wall(w->mta) / MTA_SECOND_MS, passage, w->digest);
    if (error == X4_ENOMEM)
        w->error = error;
    return error == X4_EEXIST;
}

/* A ring of MTAs in one domain of which one speaks 1984 P1, or is not shown the internal trace:
 * what goes round in it is the same octets each time. Its next hop takes the second passage for a
 * copy that it has already, and drops it without a word to anybody; so it is found out here: does
 * what has come look like what has gone? What is decided about anew may have gone itself.
 *
 * Also before a next hop that is shown the trace, when it drops out further on: ours would be the
 * same again, as long as it is the same second. */
bool mta_work_goes_again(struct mta_work *w, uint32_t recipient, const struct mta_choice *way)
{
    if (way->sight == MTA_SIGHT_EXTERNAL || w->dealt.past.passage != MTA_PASSAGE_OPEN)
        return false;
    return way->sight == MTA_SIGHT_NONE ? has_gone_there(w, recipient, way->queue)
                                        : has_just_gone_there(w, recipient, way->queue);
}

void mta_work_claim_passage(struct mta_work *w, uint32_t recipient, const struct mta_queue *queue)
{
    const int64_t until_ms = mta_wall(w->mta) + w->mta->settings->duplicate_ms;

    for (int form = 0; form < FORMS; form++) {
        uint8_t key[MTA_DIGEST] = {0};
        const struct slice digest = slice_make(key, sizeof(key));

        make_passage_key(w, recipient, queue, form, key);
        /* The APDU may name him twice, or have gone there before. */
        if (!is_claimed(w, key) && !store_has_digest(w->mta->store, digest))
            store_claim_digest(w->txn, digest, until_ms);
    }
}
