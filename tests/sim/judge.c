/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of letters, whatever happened: one table. */
#include "base/error.h"
#include "mts/report.h"
#include "operate.h"

#include <string.h>

enum { KIB = 1024 };

/* One recipient of a letter that was accepted, and what is known of him. */
struct case_ {
    struct sim_world *world;
    const struct sim_letter *letter;
    const struct sim_fate *fate;
    const struct sim_steered *steered;
    int to;
    bool probe;
    int64_t report; /* 0 none asked for, 1 of a failure, 2 of both */
    bool exists;    /* there is such a user */
    bool robot;     /* he is a robot's: nobody answers for him with reports */
    enum sim_broken broken;
};

static bool is_true_of_all(const struct sim_world *w, const char *setting)
{
    return sim_get(sim_site_world(w->plan), setting) != 0;
}

static bool has_entry(const struct sim_world *w, const char *kind)
{
    for (size_t i = 0; i < w->plan->count; i++) {
        if (strcmp(w->plan->entry[i].kind->name, kind) == 0)
            return true;
    }
    return false;
}

/* An MTA that relays knows an APDU again by its octets. They are other ones when a copy in doubt
 * goes another way, or over an association of another mode; who delivers it knows that too, a robot
 * does not. */
static bool has_other_octets(const struct sim_world *w)
{
    for (size_t i = 0; i < w->plan->count; i++) {
        const struct sim_entry *e = &w->plan->entry[i];

        if (strcmp(e->kind->name, "change") == 0 && sim_operate_changes(e, "conformance"))
            return true;
        if (strcmp(e->kind->name, "link") == 0 && sim_get(e, "twa") &&
            sim_get(e, "mode") % 3 != sim_get(e, "back") % 3)
            return true;
    }
    return is_true_of_all(w, "alternates");
}

/* An operator has returned it, and the report says his reason. */
static bool is_returned(const struct case_ *c)
{
    return c->steered->returned && c->fate->reason == SIM_RETURN_REASON &&
           c->fate->diagnostic == SIM_RETURN_DIAGNOSTIC;
}

/* A second copy of other octets looks like a ring to an MTA that hid the first one's passage. */
static bool looks_like_a_ring(const struct case_ *c)
{
    return c->fate->diagnostic == MTS_LOOP_DETECTED && is_true_of_all(c->world, "shared") &&
           has_other_octets(c->world);
}

/* It is longer than what somebody takes for a while. */
static bool is_too_long(const struct case_ *c)
{
    const struct sim_plan *plan = c->world->plan;

    if (c->fate->diagnostic != MTS_CONTENT_TOO_LONG)
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct sim_entry *e = &plan->entry[i];

        if (strcmp(e->kind->name, "change") == 0 && sim_operate_changes(e, "message-size-limit") &&
            sim_get(e, "value") && sim_get(c->letter->entry, "size") > sim_get(e, "value") * KIB)
            return true;
    }
    return false;
}

/* Anything that can make a letter fail though its recipient exists. */
static bool may_fail(const struct case_ *c)
{
    const struct sim_entry *e = c->letter->entry;

    return sim_get(e, "latest") || is_true_of_all(c->world, "patience") ||
           is_true_of_all(c->world, "timeout") || is_too_long(c) ||
           (is_true_of_all(c->world, "alternates") && c->fate->diagnostic == MTS_LOOP_DETECTED) ||
           looks_like_a_ring(c);
}

static bool has_ended(const struct case_ *c)
{
    const struct sim_fate *f = c->fate;

    if (f->delivered || f->reported_failed || f->reported_delivered || f->failed)
        return true;
    return (c->probe && c->report < 2 && c->exists) || c->steered->deleted ||
           (c->probe && c->steered->report_lost) || (c->probe && c->world->ledger.reports_lost) ||
           c->broken > SIM_NO_MEMBER;
}

static bool is_delivered_once(const struct case_ *c)
{
    if (c->robot)
        return c->fate->delivered <= 1 || has_other_octets(c->world);
    return c->fate->delivered <= (c->probe ? 0u : 1u);
}

/* A copy that was transferred but not confirmed may be given up later, when all attempts to send it
 * again are used up: nobody can know. Its time alone is no reason, as long as the clock goes right
 * and no schedule keeps next hops from being asked again within the hour that it has for that. */
static bool is_in_doubt(const struct case_ *c)
{
    if (is_returned(c) && (c->steered->in_doubt || has_other_octets(c->world)))
        return true;
    if (looks_like_a_ring(c))
        return true;
    if (c->fate->diagnostic == MTS_MAXIMUM_TIME_EXPIRED && !has_entry(c->world, "clock") &&
        !is_true_of_all(c->world, "zone"))
        return false;
    return may_fail(c) && c->fate->reason == MTS_TRANSFER_FAILURE;
}

static bool is_reported_once(const struct case_ *c)
{
    /* nor does a robot know a result that it has been told */
    if (sim_robot_at(c->world, sim_get(c->letter->entry, "node")) && has_other_octets(c->world))
        return true;
    return c->fate->reported_delivered <= 1 && c->fate->reported_failed <= 1 &&
           (!c->fate->reported_delivered || !c->fate->reported_failed || is_in_doubt(c));
}

/* What an MTA says of giving up it says before that is durable; when it dies then, the object goes
 * on. A message shows that by being delivered, a probe does not. */
static bool is_reported(const struct case_ *c)
{
    const struct sim_fate *f = c->fate;
    bool due = (f->delivered && c->report == 2) || (c->probe && c->exists && c->report == 2);

    due = (due && !c->robot) ||
          (f->failed && !f->delivered && c->report >= 1 && !(c->probe && c->exists));

    return !due || f->reported_delivered || f->reported_failed || c->steered->report_lost ||
           c->world->ledger.reports_lost || (c->steered->deleted && (c->probe || !f->delivered));
}

static bool is_wanted(const struct case_ *c)
{
    return (c->report == 2 || !c->fate->reported_delivered) &&
           (c->report >= 1 || !c->fate->reported_failed);
}

static bool is_consistent(const struct case_ *c)
{
    return !(c->fate->delivered && c->fate->reported_failed && !is_in_doubt(c)) &&
           !(c->fate->reported_delivered && !c->fate->delivered && !c->probe);
}

static bool is_deserved(const struct case_ *c)
{
    if (!c->exists)
        return !c->fate->delivered && !c->fate->reported_delivered;
    return !c->fate->reported_failed || may_fail(c) || is_returned(c);
}

/* What operators have been told to be done is done, if the item was all that there was of it. */
static bool is_obeyed(const struct case_ *c)
{
    const struct sim_fate *f = c->fate;
    const struct sim_steered *s = c->steered;

    if (!s->durable || s->in_doubt || has_other_octets(c->world))
        return true;
    if (s->deleted)
        return !f->delivered && !f->reported_delivered && !f->reported_failed;
    return !f->delivered && !f->reported_delivered && f->failed;
}

/* What could not be read is not dealt with, but to say so (2.3). */
static bool is_refuted(const struct case_ *c)
{
    const struct sim_fate *f = c->fate;

    switch (c->broken) {
    case SIM_WHOLE: return true;
    case SIM_NO_MEMBER:
        return !f->delivered && !f->reported_delivered &&
               (!f->reported_failed ||
                (f->reason == MTS_UNABLE_TO_TRANSFER && f->diagnostic == MTS_PROTOCOL_VIOLATION));
    default: return !f->delivered && !f->reported_delivered && !f->reported_failed;
    }
}

static const struct {
    const char *name;
    bool (*holds)(const struct case_ *c);
    const char *promise;
} invariants[] = {
    {"nothing-lost", has_ended,
     "every recipient is delivered to or reported on, or an MTA said that it gave him up"},
    {"at-most-once", is_delivered_once, "no recipient has a message twice, or a probe at all"},
    {"reported-once", is_reported_once, "no outcome is reported twice"},
    {"reported", is_reported, "a report that was asked for comes"},
    {"report-wanted", is_wanted, "no report comes that was not asked for (X.411 8.2.1.1.1.22)"},
    {"consistent", is_consistent, "what is reported is what happened"},
    {"deserved", is_deserved, "who exists is not reported on as failed without a cause"},
    {"obeyed", is_obeyed, "what an operator has deleted or returned is gone"},
    {"refuted", is_refuted, "what breaks the protocol goes nowhere, and is reported on as such"},
};

static void judge_one(const struct case_ *c)
{
    for (size_t i = 0; i < sizeof(invariants) / sizeof(invariants[0]); i++) {
        if (!invariants[i].holds(c))
            sim_violated(c->world, invariants[i].name, c->letter->serial,
                         "recipient %d: delivered %u, reported delivered %u, failed %u (%lld/%lld)"
                         "%s; but %s",
                         c->to, c->fate->delivered, c->fate->reported_delivered,
                         c->fate->reported_failed, (long long)c->fate->reason,
                         (long long)c->fate->diagnostic, c->fate->failed ? ", given up" : "",
                         invariants[i].promise);
    }
}

/* Notes whom MTAs have given up; events come before it is known which letter it is. */
static void note_given_up(struct sim_ledger *ledger, struct sim_letter *l)
{
    for (size_t i = 0; i < ledger->given_up_count; i++) {
        const struct sim_given_up *g = &ledger->given_up[i];

        if (*l->mts_id && strcmp(g->mts_id, l->mts_id) == 0 && g->recipient >= 1 &&
            g->recipient <= l->entry->to_count)
            l->fate[g->recipient - 1].failed = true;
    }
}

static bool has_traces(const struct sim_letter *l)
{
    for (unsigned i = 0; i < l->entry->to_count; i++) {
        const struct sim_fate *f = &l->fate[i];

        if (f->delivered || f->reported_delivered || f->reported_failed)
            return true;
    }
    return false;
}

static void judge_letter(struct sim_world *w, const struct sim_letter *l)
{
    struct case_ c = {.world = w, .letter = l};

    if (l->state == SIM_REFUSED && has_traces(l))
        sim_violated(w, "refused-is-gone", l->serial, "it was refused, and is there all the same");
    if (l->state == SIM_SUBMITTING)
        sim_violated(w, "answered", l->serial, "its submission was never answered");
    if (l->state == SIM_REFUSED || (l->state == SIM_UNSURE && !has_traces(l)))
        return;
    c.probe = sim_get(l->entry, "probe") != 0;
    c.report = sim_get(l->entry, "report");
    c.broken = sim_robot_at(w, sim_get(l->entry, "node")) ? sim_broken(l->entry) : SIM_WHOLE;
    for (unsigned i = 0; i < l->entry->to_count; i++) {
        c.fate = &l->fate[i];
        c.steered = &l->steered[i];
        c.to = l->entry->to[i];
        c.robot = sim_robot_at(w, c.to / 100) != NULL;
        /* a robot's own letters do not come back to it */
        c.exists = c.broken == SIM_WHOLE &&
                   (c.robot ? c.to / 100 != sim_get(l->entry, "node")
                            : c.to / 100 <= (int)w->nodes && c.to % 100 < SIM_USERS);
        judge_one(&c);
    }
}

/* Copies for one recipient visit an MTA once, and twice more when they were rerouted (mts/loop.c);
 * a crash may have them sent again. What goes round until its trace is full is far beyond that. */
static void judge_passages(struct sim_world *w, const struct sim_passed *p)
{
    enum { VISITS = 3 };
    const struct sim_letter *letter = NULL;
    unsigned recipients = SIM_TO; /* a report's subject is not known, nor a letter in doubt */
    unsigned most;

    for (size_t i = 0; i < w->ledger.count && !letter; i++) {
        if (strcmp(w->ledger.letter[i]->mts_id, p->mts_id) == 0)
            letter = w->ledger.letter[i];
    }
    if (letter)
        recipients = letter->entry->to_count;
    most = recipients * w->nodes * VISITS + (unsigned)w->result->crashes;
    if (p->times > most)
        sim_violated(w, "no-loop", letter ? letter->serial : 0,
                     "%s is handed on %u times, for %u recipients among %u MTAs", p->mts_id,
                     p->times, recipients, w->nodes);
}

void sim_ledger_judge(struct sim_world *w)
{
    for (size_t i = 0; i < w->ledger.passed_count; i++)
        judge_passages(w, &w->ledger.passed[i]);
    for (size_t i = 0; i < w->ledger.count; i++) {
        note_given_up(&w->ledger, w->ledger.letter[i]);
        judge_letter(w, w->ledger.letter[i]);
    }
}
