/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400load/check.h"

#include "base/error.h"
#include "mts/envelope.h"

/* ---- content --------------------------------------------------------------------------------- */

static void compare(struct check *c, struct slice octets)
{
    uint64_t left = c->stamp.text_len - c->offset;

    c->damaged |= octets.len > left;
    octets = slice_sub(octets, 0, left < octets.len ? (size_t)left : octets.len);
    while (octets.len > 0) {
        struct slice expected = stamp_text_at(c->text, c->stamp.number, c->offset, octets.len);

        c->damaged |= memcmp(octets.p, expected.p, expected.len) != 0;
        c->offset += expected.len;
        octets = slice_from(octets, expected.len);
    }
}

/* The stamp may come in pieces: octets are gathered until it is whole. */
static void look_for_stamp(struct check *c, struct slice octets)
{
    size_t room = CHECK_HEAD - c->head_len;
    struct slice part = slice_sub(octets, 0, room);
    struct slice head;
    const uint8_t *at;

    memcpy(c->head + c->head_len, part.p, part.len);
    c->head_len += part.len;
    head = slice_make(c->head, c->head_len);
    at = stamp_find(head);
    if (!at || !stamp_parse(slice_from(head, (size_t)(at - head.p)), &c->stamp))
        return;
    c->stamped = true;
    c->offset = STAMP_LEN;
    compare(c, slice_from(head, (size_t)(at - head.p) + STAMP_LEN));
    compare(c, slice_from(octets, part.len));
}

static void take_content(void *ctx, struct slice octets)
{
    struct check *c = ctx;

    if (c->stamped)
        compare(c, octets);
    else if (c->head_len < CHECK_HEAD)
        look_for_stamp(c, octets);
}

/* ---- envelope -------------------------------------------------------------------------------- */

/* Every recipient that this copy is for is marked. */
static void mark_message(const struct check *c, const struct mts_envelope *env, struct arrivals *a)
{
    for (size_t i = 0; i < env->recipients.count; i++) {
        const struct mts_recipient *r = BER_ITEM(env->recipients, struct mts_recipient, i);

        if (!mts_responsible(r))
            continue;
        if (r->number < 1 || r->number > c->stamp.recipients)
            a->foreign++;
        else
            ledger_mark(&a->messages, c->stamp.run,
                        c->stamp.number * c->stamp.recipients + (uint64_t)r->number - 1);
    }
}

static void mark_report(const struct mts_report *report, unsigned recipients, struct arrivals *a)
{
    const struct mts_report_content *content = &report->content;
    uint32_t run;
    uint64_t number;

    if (!stamp_local_id_parse(content->subject.local, &run, &number)) {
        a->foreign++;
        return;
    }
    for (size_t i = 0; i < content->recipients.count; i++) {
        const struct mts_reported_recipient *r =
            BER_ITEM(content->recipients, struct mts_reported_recipient, i);

        if (r->last_trace.report_type.which == MTS_REPORT_DELIVERY)
            a->delivered++;
        else
            a->not_delivered++;
        if (r->number < 1 || r->number > recipients)
            a->foreign++;
        else
            ledger_mark(&a->reports, run, number * recipients + (uint64_t)r->number - 1);
    }
}

/* The identifier in the envelope is the one that went with this text. */
static bool belongs(const struct check *c, const struct mts_envelope *env)
{
    uint32_t run;
    uint64_t number;

    return stamp_local_id_parse(env->identifier.local, &run, &number) && run == c->stamp.run &&
           number == c->stamp.number;
}

static const struct stamp *judge(const struct check *c, const struct mts_apdu *apdu,
                                 unsigned recipients, struct arrivals *a)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);

    if (mts_apdu_kind(apdu) == MTS_REPORT) {
        mark_report(&apdu->report, recipients, a);
        return NULL;
    }
    if (mts_apdu_kind(apdu) == MTS_PROBE || !c->stamped) {
        a->foreign++;
        return NULL;
    }
    a->transfers++;
    mark_message(c, env, a);
    if (c->damaged || c->offset != c->stamp.text_len || !belongs(c, env)) {
        a->damaged++;
        return NULL;
    }
    return &c->stamp;
}

/* ---- one APDU -------------------------------------------------------------------------------- */

void check_begin(struct check *c, const struct stamp_text *text)
{
    c->text = text;
    c->head_len = 0;
    c->stamped = false;
    c->damaged = false;
    c->offset = 0;
    p1_in_init(&c->in, take_content, c);
}

void check_put(struct check *c, struct slice octets)
{
    p1_in_put(&c->in, octets);
}

const struct stamp *check_end(struct check *c, unsigned recipients, struct arrivals *a)
{
    const struct stamp *stamp = NULL;
    struct p1_in_result result;
    struct mts_apdu apdu;
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    if (p1_in_finish(&c->in, &result) || mts_apdu_decode(result.stored, &arena, &apdu, NULL)) {
        a->damaged++;
    } else {
        a->octets += result.content_len;
        stamp = judge(c, &apdu, recipients, a);
    }
    arena_free(&arena);
    p1_in_free(&c->in);
    return stamp;
}

void check_drop(struct check *c)
{
    p1_in_free(&c->in);
}
