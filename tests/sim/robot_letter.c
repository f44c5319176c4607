/* SPDX-License-Identifier: Apache-2.0 */
/* The APDUs of a robot: letters that it writes, and what it reads of those that come. */
#include "base/error.h"
#include "base/limits.h"
#include "p1/p1_in.h"
#include "p1/p1_out.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

enum { APDU_MAX = 64 * 1024 * 1024, MODE_1984 = 2, LOCAL_ID = 32, DISCLOSE = 0x80, RETURN = 0x10 };

/* ---- writing --------------------------------------------------------------------------------- */

struct writing {
    struct sim_robot *robot;
    struct sim_letter *letter;
    struct arena arena;
    struct or_name originator, name[SIM_TO];
    struct mts_submit_recipient recipient[SIM_TO];
    uint32_t all[SIM_TO];
    struct mts_identity own;
    char local_id[LOCAL_ID], content_id[MTS_UB_CONTENT_ID + 1];
    int64_t now_ms;
};

static void parse_name(struct writing *w, int recipient, struct or_name *out)
{
    char text[SIM_ADDRESS];

    sim_site_address(w->robot->world->plan, recipient, text);
    if (or_name_parse(arena_dup(&w->arena, slice_str(text)), &w->arena, out, NULL))
        abort();
}

static void fill_in(struct writing *w)
{
    const struct sim_robot *r = w->robot;
    const struct sim_entry *e = w->letter->entry;

    w->now_ms = r->io->ops->wall(r->io);
    w->own.mta_name = slice_str(r->name);
    w->own.gdi = mts_gdi_make("GB", " ", r->name);
    parse_name(w, (int)(sim_get(e, "node") * 100 + sim_get(e, "from")), &w->originator);
    for (unsigned i = 0; i < e->to_count; i++) {
        parse_name(w, e->to[i], &w->name[i]);
        w->all[i] = i;
        w->recipient[i] = (struct mts_submit_recipient){
            .name = &w->name[i],
            .report = (enum mts_originator_report_request)(sim_get(e, "report") % 3)};
    }
    snprintf(w->local_id, sizeof(w->local_id), "%s.%u", r->name, w->letter->serial);
    snprintf(w->content_id, sizeof(w->content_id), "SIM %u", w->letter->serial);
}

static void put_stored(const struct writing *w, struct buf *out)
{
    const struct sim_entry *e = w->letter->entry;
    const bool probe = sim_get(e, "probe") != 0;
    const struct mts_submission s = {
        .kind = probe ? MTS_PROBE : MTS_MESSAGE,
        .own = &w->own,
        .identifier = {.gdi = w->own.gdi, .local = slice_str(w->local_id)},
        .now_ms = w->now_ms,
        .originator = &w->originator,
        .recipients = w->recipient,
        .recipient_count = e->to_count,
        .content_type = {.which = MTS_CONTENT_BUILT_IN, .built_in = MTS_CONTENT_P2},
        .content_identifier = slice_str(w->content_id),
        .priority = (enum mts_priority)(sim_get(e, "priority") % 3),
        .indicators = (uint8_t)((sim_get(e, "disclose") ? DISCLOSE : 0) |
                                (sim_get(e, "return") ? RETURN : 0)),
        .deferred_ms = sim_get(e, "defer") ? w->now_ms + sim_get(e, "defer") : MTS_NO_TIME,
        .latest_ms = sim_get(e, "latest") ? w->now_ms + sim_get(e, "latest") : MTS_NO_TIME,
        .content_length = probe ? sim_get(e, "size") : -1,
    };
    struct buf id;

    if (mts_submit(&s, out))
        abort();
    buf_init(&id, sizeof(w->letter->mts_id));
    mts_identifier_print(&s.identifier, &id);
    snprintf(w->letter->mts_id, sizeof(w->letter->mts_id), "%s", buf_cstr(&id));
    buf_free(&id);
}

static void put_content(const struct sim_letter *l, uint64_t len, struct buf *out)
{
    uint8_t *at = buf_grow(out, len);

    if (!at)
        abort();
    sim_ledger_fill(l->serial, 0, at, len);
}

/* A member that every envelope must have gets a tag that nobody knows: who sent it to whom can
 * still be read. */
static void lose_member(struct writing *w, struct buf *apdu)
{
    enum { CONSTRUCTED = 0x20, UNKNOWN = 0x40 | 29 };
    struct mts_apdu read;
    struct slice type;

    if (mts_apdu_decode(buf_view(apdu), &w->arena, &read, NULL))
        abort();
    type = mts_apdu_envelope(&read)->content_type.raw;
    apdu->p[type.p - apdu->p] = (uint8_t)((type.p[0] & CONSTRUCTED) | UNKNOWN);
}

static void lose_end(struct writing *w, struct buf *apdu)
{
    apdu->len -= 1 + sim_robot_draw(w->robot) % (apdu->len / 2);
}

static void lose_sense(struct writing *w, struct buf *apdu)
{
    for (size_t i = 0; i < apdu->len; i++)
        apdu->p[i] ^= 0xa5;
    (void)w;
}

/* By argument "broken" of an entry. */
static void (*const breaks[])(struct writing *w, struct buf *apdu) = {
    [SIM_WHOLE] = NULL,
    [SIM_NO_MEMBER] = lose_member,
    [SIM_NO_END] = lose_end,
    [SIM_NO_SENSE] = lose_sense,
};

void sim_robot_write(struct sim_robot *r, struct sim_letter *l, struct buf *out)
{
    struct writing w = {.robot = r, .letter = l};
    const uint64_t len = sim_get(l->entry, "probe") ? 0 : (uint64_t)sim_get(l->entry, "size");
    const struct mts_passage passage = {
        .own = &w.own, .arrival_ms = w.now_ms, .deferred_ms = MTS_NO_TIME};
    const struct p1_relay relay = {
        .passage = &passage,
        .internal = P1_INTERNAL_NONE,
        .recipients = w.all,
        .recipient_count = l->entry->to_count,
        .to_1984 = sim_get(r->entry, "mode") % 3 == MODE_1984,
    };
    struct buf stored;

    arena_init(&w.arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&stored, LIMIT_ENVELOPE);
    fill_in(&w);
    put_stored(&w, &stored);
    if (p1_out_prefix(buf_view(&stored), len, &relay, out))
        abort();
    put_content(l, len, out);
    if (breaks[sim_broken(l->entry)])
        breaks[sim_broken(l->entry)](&w, out);
    buf_free(&stored);
    arena_free(&w.arena);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct sim_robot *robot;
    struct arena arena;
    struct mts_apdu apdu;
    struct buf content;
    struct sim_letter *letter;
    char mts_id[128];
};

static void note(struct reading *r, int64_t number, struct sim_taken taken)
{
    struct sim_robot *robot = r->robot;
    struct sim_taken *all = realloc(robot->taken, (robot->taken_count + 1) * sizeof(*robot->taken));

    if (!all)
        abort();
    if (number < 1 || number > r->letter->entry->to_count) {
        sim_violated(robot->world, "nothing-unknown", r->letter->serial, "recipient %lld at %s",
                     (long long)number, robot->name);
        number = 1;
    }
    taken.serial = r->letter->serial;
    taken.number = number;
    snprintf(taken.mts_id, sizeof(taken.mts_id), "%s", r->mts_id);
    robot->taken = all;
    robot->taken[robot->taken_count++] = taken;
}

static void find_letter(struct reading *r, const struct mts_identifier *id, struct slice content_id)
{
    char text[MTS_UB_CONTENT_ID + 1];
    struct buf printed;

    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(content_id));
    r->letter = sim_ledger_find(r->robot->world, text, r->robot->name);
    buf_init(&printed, sizeof(r->mts_id));
    mts_identifier_print(id, &printed);
    snprintf(r->mts_id, sizeof(r->mts_id), "%s", buf_cstr(&printed) ? buf_cstr(&printed) : "-");
    buf_free(&printed);
}

static void read_report(struct reading *r)
{
    const struct mts_report_content *c = &r->apdu.report.content;

    find_letter(r, &c->subject, c->content_identifier);
    if (!r->letter)
        return;
    if (sim_robot_at(r->robot->world, sim_get(r->letter->entry, "node")) != r->robot)
        sim_violated(r->robot->world, "right-mailbox", r->letter->serial, "%s got a report on it",
                     r->robot->name);
    for (size_t i = 0; i < c->recipients.count; i++) {
        const struct mts_reported_recipient *one =
            BER_ITEM(c->recipients, struct mts_reported_recipient, i);
        const struct mts_report_type *type = &one->last_trace.report_type;
        const bool delivered = type->which == MTS_REPORT_DELIVERY;

        if (!mts_report_wanted_by_user(one))
            continue;
        sim_robot_say(r->robot, "hears that recipient %lld of letter %u %s", (long long)one->number,
                      r->letter->serial, delivered ? "has it" : "does not get it");
        note(r, one->number,
             (struct sim_taken){.is_report = true,
                                .delivered = delivered,
                                .reason = delivered ? 0 : type->non_delivery.reason,
                                .diagnostic = delivered ? 0 : type->non_delivery.diagnostic.value});
    }
}

static void read_message(struct reading *r, const struct mts_envelope *env)
{
    find_letter(r, &env->identifier, env->content_identifier);
    if (!r->letter)
        return;
    if (mts_apdu_kind(&r->apdu) == MTS_MESSAGE)
        sim_ledger_compare(r->robot->world, r->letter, buf_view(&r->content), r->robot->name);
    for (size_t i = 0; i < env->recipients.count; i++) {
        const struct mts_recipient *one = BER_ITEM(env->recipients, struct mts_recipient, i);

        if (!mts_responsible(one))
            continue;
        sim_robot_say(r->robot, "takes letter %u for recipient %lld", r->letter->serial,
                      (long long)one->number);
        if (one->number < 1 || one->number > r->letter->entry->to_count ||
            r->letter->entry->to[one->number - 1] / 100 != SIM_ROBOT_NODE + r->robot->number)
            sim_violated(r->robot->world, "right-mailbox", r->letter->serial,
                         "%s is to answer for recipient %lld", r->robot->name,
                         (long long)one->number);
        else
            note(r, one->number, (struct sim_taken){.delivered = true});
    }
}

static void keep_content(void *ctx, struct slice octets)
{
    buf_slice(ctx, octets);
}

static void read_apdu(struct reading *r, struct slice octets)
{
    struct p1_in in;
    struct p1_in_result result;
    int error;

    p1_in_init(&in, keep_content, &r->content);
    p1_in_put(&in, octets);
    error = p1_in_finish(&in, &result);
    if (!error)
        error = mts_apdu_decode(result.stored, &r->arena, &r->apdu, NULL);
    if (error)
        sim_violated(r->robot->world, "well-formed", 0, "%s got an APDU that cannot be read: %s",
                     r->robot->name, x4_strerror(error));
    else if (mts_apdu_kind(&r->apdu) == MTS_REPORT)
        read_report(r);
    else
        read_message(r, mts_apdu_envelope(&r->apdu));
    p1_in_free(&in);
}

static bool is_new(struct sim_robot *r, struct slice apdu)
{
    uint64_t digest = 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t i = 0; i < apdu.len; i++)
        digest = (digest ^ apdu.p[i]) * 0x100000001b3u;
    for (size_t i = 0; i < r->digest_count; i++) {
        if (r->digest[i] == digest)
            return false;
    }
    r->digest = realloc(r->digest, (r->digest_count + 1) * sizeof(*r->digest));
    if (!r->digest)
        abort();
    r->digest[r->digest_count++] = digest;
    return true;
}

/* Like every MTA it knows by their octets those that it has taken. */
void sim_robot_take(struct sim_robot *robot, struct slice apdu)
{
    struct reading r = {.robot = robot};

    if (!is_new(robot, apdu)) {
        sim_robot_say(robot, "has had this APDU before");
        return;
    }
    arena_init(&r.arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&r.content, APDU_MAX);
    read_apdu(&r, apdu);
    buf_free(&r.content);
    arena_free(&r.arena);
}
