/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_hostile dep_mutate */
/* slow: 24 */
/* A whole MTA with messages for a peer: it calls, and the peer follows a script (mutate.h), see
 * enum step. First octet: the conformance that the MTA calls with, and how many messages it has.
 *
 * Whatever the peer does: what the MTA says are SPDUs; a message leaves the queue only when the
 * peer has taken it over, or with a report. */
#include "base/error.h"
#include "hostile.h"

#include <stdlib.h>

enum step {
    STEP_TSDU,
    STEP_ANSWER,  /* the stack hears and answers: so many times, 0: until nothing comes */
    STEP_REQUEST, /* of the peer's RTSE user */
    STEP_HANG_UP, /* bit 0: in order */
    STEP_WAIT,    /* seconds, or with bit 7 minutes */
    STEP_TCP,     /* octets */
    STEPS,
};

enum { SECOND = 1000, LETTERS_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* How often the peer may have taken a message over: an AEA; an exception that says "sequence error"
 * or an abort "transfer completed" say that it has it already. */
static unsigned taken_over(const struct hostile_ear *ours)
{
    return ours->heard[SPDU_AEA] + ours->completed + ours->heard[SPDU_AB];
}

static void check_promises(const struct hostile *h, size_t letters)
{
    const struct site *mta = &h->pair->a;
    uint64_t sent = mta_counters(mta->mta)->sent;
    size_t queued = site_queued(mta);

    hostile_require(h->theirs.garbled == 0, "everything that is sent is a TPDU and an SPDU");
    hostile_require(sent <= taken_over(&h->ours), "nothing is sent that nobody has taken over");
    hostile_require(queued + sent + site_reports(mta) >= letters, "a message is queued until then");
}

static void take(struct hostile *h, unsigned kind, struct slice rest)
{
    unsigned value = rest.len ? rest.p[0] : 0;

    switch (kind % STEPS) {
    case STEP_TSDU: hostile_say(h, rest); break;
    case STEP_ANSWER: hostile_pump(h, value); break;
    case STEP_REQUEST: hostile_request(h, value); break;
    case STEP_HANG_UP: hostile_hang_up(h, value & 1); break;
    case STEP_WAIT:
        pair_advance(h->pair, (int64_t)(value & 0x7f) * (value & 0x80 ? 60 : 1) * SECOND);
        break;
    default: hostile_write(h, rest); break;
    }
    pair_settle(h->pair);
}

static struct pair *make_pair(unsigned choice)
{
    static const char *const connectors[] = {
        "conformance: 1988-normal, remote-hosts: 10.0.0.9, two-way-alternate: true",
        "conformance: 1988-x410, remote-hosts: 10.0.0.9",
        "conformance: '1984', remote-hosts: 10.0.0.9, two-way-alternate: true",
    };
    const struct pair_options options = {.a_connector = connectors[choice % 3]};

    return pair_new(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct parcel letter = {.octets = 5000, .report = true};
    struct slice script = slice_from(slice_make(data, size), 1);
    size_t letters = size ? 1 + data[0] / 3u % LETTERS_MAX : 0;
    struct hostile h;
    struct slice rest;
    unsigned kind;
    struct pair *pair;

    if (size == 0)
        return 0;
    pair = make_pair(data[0]);
    hostile_init(&h, pair, sim_host(pair->net, "10.0.0.9"), "PARIS");
    hostile_listen(&h, "10.0.0.9");
    for (size_t i = 0; i < letters; i++)
        site_send(&pair->a, &letter);
    pair_settle(pair);
    while (mutate_next_record(&script, &kind, &rest)) {
        take(&h, kind, rest);
        check_promises(&h, letters);
    }
    hostile_free(&h);
    check_promises(&h, letters);
    pair_free(&pair);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const struct mutate_record records[STEPS] = {[STEP_TSDU] = {.form = RECORD_TSDU}};
    static const struct mutate_script script = {.head = 1, .kinds = STEPS, .records = records};

    return mutate_script(&script, data, size, max, seed);
}
