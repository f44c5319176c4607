/* SPDX-License-Identifier: Apache-2.0 */
/* Delta debugging: ever smaller portions are left out, as long as it still fails the same way. */
#include "shrink.h"

#include "world.h"

#include <string.h>

struct shrinking {
    struct sim_plan *plan;
    char invariant[48];
    FILE *progress;
    unsigned runs;
};

/* Runs what is left, as it would be printed: what is left out must not even be a moment in time. */
static bool still_fails(struct shrinking *s)
{
    struct sim_plan rest;
    struct sim_result r;

    sim_plan_init(&rest, s->plan->seed);
    for (size_t i = 0; i < s->plan->count; i++) {
        if (!s->plan->entry[i].off)
            *sim_plan_add(&rest, 0, "world") = s->plan->entry[i];
    }
    sim_run(&rest, NULL, &r);
    buf_free(&r.trace);
    sim_plan_free(&rest);
    s->runs++;
    return r.failed && strcmp(r.invariant, s->invariant) == 0;
}

static bool may_go(const struct sim_entry *e)
{
    return strcmp(e->kind->name, "world") != 0 && !e->off;
}

static unsigned left(const struct sim_plan *plan)
{
    unsigned n = 0;

    for (size_t i = 0; i < plan->count; i++)
        n += may_go(&plan->entry[i]);
    return n;
}

/* Leaves out so many entries from the at-th on; false: it does not fail then, and they are back. */
static bool try_without(struct shrinking *s, unsigned at, unsigned count)
{
    unsigned n = 0;
    bool fails;

    for (size_t i = 0; i < s->plan->count; i++) {
        struct sim_entry *e = &s->plan->entry[i];

        if (may_go(e) && n++ >= at && n <= at + count) {
            e->off = true;
            n--;
            at--;
            count--;
        }
        if (!count)
            break;
    }
    fails = still_fails(s);
    return fails;
}

static void leave_out(struct shrinking *s)
{
    struct sim_entry *saved = malloc(s->plan->count * sizeof(*saved));

    if (!saved)
        abort();
    for (unsigned portion = left(s->plan); portion; portion /= 2) {
        for (unsigned at = 0; at < left(s->plan);) {
            memcpy(saved, s->plan->entry, s->plan->count * sizeof(*saved));
            if (try_without(s, at, portion))
                continue;
            memcpy(s->plan->entry, saved, s->plan->count * sizeof(*saved));
            at += portion;
        }
        fprintf(s->progress, "%u entries left after %u runs\n", left(s->plan), s->runs);
    }
    free(saved);
}

/* Other values for arguments: 0, else half. */
static void simplify(struct shrinking *s)
{
    for (size_t i = 0; i < s->plan->count; i++) {
        struct sim_entry *e = &s->plan->entry[i];

        for (int k = 0; e->kind->arg[k] && !e->off; k++) {
            const bool name = strcmp(e->kind->arg[k], "a") == 0 ||
                              strcmp(e->kind->arg[k], "b") == 0 ||
                              strncmp(e->kind->arg[k], "node", 4) == 0;

            while (e->arg[k] && !name) {
                const int64_t before = e->arg[k];

                e->arg[k] = 0;
                if (still_fails(s))
                    break;
                e->arg[k] = before / 2;
                if (e->arg[k] && still_fails(s))
                    continue;
                e->arg[k] = before;
                break;
            }
        }
        while (e->to_count > 1 && !e->off) {
            const struct sim_entry before = *e;

            e->to[0] = e->to[--e->to_count];
            if (still_fails(s))
                continue;
            *e = before;
            e->to_count--;
            if (still_fails(s))
                continue;
            *e = before;
            break;
        }
    }
}

bool sim_shrink(struct sim_plan *plan, FILE *progress)
{
    struct shrinking s = {.plan = plan, .progress = progress};
    struct sim_result r;

    sim_run(plan, NULL, &r);
    buf_free(&r.trace);
    if (!r.failed)
        return false;
    memcpy(s.invariant, r.invariant, sizeof(s.invariant));
    leave_out(&s);
    simplify(&s);
    leave_out(&s);
    fprintf(progress, "%s: %u entries, after %u runs\n", s.invariant, left(plan), s.runs);
    return true;
}
