/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_hostile dep_mutate */
/* slow: 24 */
/* A whole MTA with its store, called by a peer who binds as it should and then follows a script.
 * First octet: the mode of the first association. Then a script (mutate.h), see enum step.
 *
 * Whatever the peer does: what the MTA says are SPDUs; it acknowledges no APDU that it has not
 * received, recognised as a duplicate, or quarantined; and at the end queue and store agree. */
#include "base/error.h"
#include "hostile.h"
#include "mts/envelope.h"

#include <stdlib.h>

enum step {
    STEP_TSDU,
    STEP_APDU,
    STEP_PART,    /* of an APDU: so many segments; APDU */
    STEP_REQUEST, /* of the peer's RTSE user */
    STEP_CALL,    /* a new association: the mode */
    STEP_HANG_UP, /* bit 0: in order */
    STEP_WAIT,    /* seconds, or with bit 7 minutes */
    STEP_LETTER,  /* the MTA gets something to send */
    STEPS,
};

enum { EVENT_RECEIVED = 272, EVENT_DUPLICATE = 20030, EVENT_QUARANTINE = 20034, SECOND = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static void check_promises(const struct hostile *h)
{
    const struct site *mta = &h->pair->b;
    unsigned kept = site_events(mta, EVENT_RECEIVED) + site_events(mta, EVENT_DUPLICATE) +
                    site_events(mta, EVENT_QUARANTINE);

    hostile_require(h->theirs.garbled == 0, "everything that is sent is a TPDU and an SPDU");
    hostile_require(h->theirs.heard[SPDU_AEA] <= kept, "nothing is acknowledged that is not kept");
}

struct census {
    const struct mta *mta;
    size_t items, quarantined;
};

static bool count_item(void *ctx, const struct store_queued *queued)
{
    struct census *c = ctx;

    c->items++;
    c->quarantined += queued->kind == STORE_QUARANTINE;
    hostile_require(mta_find_item(c->mta, queued->item.id) != NULL, "what is stored is queued");
    return true;
}

static void check_store(const struct site *s)
{
    struct census c = {.mta = s->mta};
    size_t queued = 0;
    char text[256];

    hostile_require(store_scan_items(s->store, count_item, &c) == X4_OK, "the store can be read");
    for (struct mta_queue *q = mta_next_queue(s->mta, NULL); q; q = mta_next_queue(s->mta, q))
        queued += q->count;
    hostile_require(queued == c.items, "what is queued is stored");
    hostile_require(site_events(s, EVENT_QUARANTINE) == c.quarantined, "quarantine keeps all");
    if (store_check(s->store, text, sizeof(text)) != X4_OK)
        hostile_require(false, text);
}

static void take(struct hostile *h, unsigned kind, struct slice rest)
{
    const struct parcel letter = {.octets = 3000, .report = true};
    unsigned value = rest.len ? rest.p[0] : 0;

    switch (kind % STEPS) {
    case STEP_TSDU: hostile_say(h, rest); break;
    case STEP_APDU: hostile_transfer(h, rest, SIZE_MAX); break;
    case STEP_PART: hostile_transfer(h, slice_from(rest, 1), value); break;
    case STEP_REQUEST: hostile_request(h, value); break;
    case STEP_CALL: hostile_call(h, "10.0.0.2", (enum stack_mode)(value % 3)); break;
    case STEP_HANG_UP: hostile_hang_up(h, value & 1); break;
    case STEP_WAIT:
        pair_advance(h->pair, (int64_t)(value & 0x7f) * (value & 0x80 ? 60 : 1) * SECOND);
        break;
    default: site_send(&h->pair->b, &letter); break;
    }
    hostile_pump(h, 0);
    check_promises(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pair_options options = {.b_connector = "two-way-alternate: true"};
    struct slice script = slice_from(slice_make(data, size), 1);
    struct hostile h;
    struct slice rest;
    unsigned kind;
    struct pair *pair;

    if (size == 0)
        return 0;
    pair = pair_new(&options);
    hostile_init(&h, pair, pair->a.io, "LONDON");
    hostile_call(&h, "10.0.0.2", (enum stack_mode)(data[0] % 3));
    while (mutate_next_record(&script, &kind, &rest))
        take(&h, kind, rest);
    hostile_free(&h);
    check_store(&pair->b);
    pair_free(&pair);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const struct mutate_record records[STEPS] = {
        [STEP_TSDU] = {.form = RECORD_TSDU},
        [STEP_APDU] = {.form = RECORD_BER, .type = &ber_type_mts_apdu},
        [STEP_PART] = {.form = RECORD_BER, .skip = 1, .type = &ber_type_mts_apdu},
    };
    static const struct mutate_script script = {.head = 1, .kinds = STEPS, .records = records};

    return mutate_script(&script, data, size, max, seed);
}
