/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sim_kind *sim_kind_find(const char *name)
{
    for (const struct sim_kind *k = sim_kinds; k->name; k++) {
        if (strcmp(k->name, name) == 0)
            return k;
    }
    return NULL;
}

void sim_plan_init(struct sim_plan *plan, uint64_t seed)
{
    *plan = (struct sim_plan){.seed = seed};
}

void sim_plan_free(struct sim_plan *plan)
{
    free(plan->entry);
    plan->entry = NULL;
    plan->count = plan->room = 0;
}

struct sim_entry *sim_plan_add(struct sim_plan *plan, int64_t at, const char *kind)
{
    struct sim_entry *e;

    if (plan->count == plan->room) {
        plan->room = plan->room ? plan->room * 2 : 64;
        plan->entry = realloc(plan->entry, plan->room * sizeof(*plan->entry));
        if (!plan->entry)
            abort();
    }
    e = &plan->entry[plan->count++];
    *e = (struct sim_entry){.at = at, .kind = sim_kind_find(kind)};
    if (!e->kind)
        abort();
    return e;
}

static int find_arg(const struct sim_entry *e, const char *name)
{
    for (int i = 0; i < SIM_ARGS && e->kind->arg[i]; i++) {
        if (strcmp(e->kind->arg[i], name) == 0)
            return i;
    }
    return -1;
}

int64_t *sim_arg(struct sim_entry *e, const char *name)
{
    int i = find_arg(e, name);

    if (i < 0)
        abort();
    return &e->arg[i];
}

int64_t sim_get(const struct sim_entry *e, const char *name)
{
    int i = find_arg(e, name);

    if (i < 0)
        abort();
    return e->arg[i];
}

/* Stable, and short enough: plans have some hundred entries. */
void sim_plan_sort(struct sim_plan *plan)
{
    for (size_t i = 1; i < plan->count; i++) {
        const struct sim_entry moved = plan->entry[i];
        size_t k = i;

        for (; k > 0 && plan->entry[k - 1].at > moved.at; k--)
            plan->entry[k] = plan->entry[k - 1];
        plan->entry[k] = moved;
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

void sim_entry_print(const struct sim_entry *e, struct buf *out)
{
    buf_printf(out, "%" PRId64 " %s", e->at, e->kind->name);
    for (int i = 0; e->kind->arg[i]; i++) {
        if (e->arg[i])
            buf_printf(out, " %s=%" PRId64, e->kind->arg[i], e->arg[i]);
    }
    for (unsigned i = 0; i < e->to_count; i++)
        buf_printf(out, "%s%d", i ? "," : " to=", e->to[i]);
    buf_text(out, "\n");
}

void sim_plan_print(const struct sim_plan *plan, struct buf *out)
{
    buf_printf(out, "seed %" PRIu64 "\n", plan->seed);
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->entry[i].off)
            sim_entry_print(&plan->entry[i], out);
    }
}

static bool parse_to(struct sim_entry *e, const char *text)
{
    char *end = NULL;

    for (;;) {
        if (e->to_count == SIM_TO)
            return false;
        e->to[e->to_count++] = (int)strtol(text, &end, 10);
        if (end == text || (*end && *end != ','))
            return false;
        if (!*end)
            return true;
        text = end + 1;
    }
}

static bool parse_arg(struct sim_entry *e, char *word)
{
    char *value = strchr(word, '=');
    char *end;
    int i;

    if (!value)
        return false;
    *value++ = '\0';
    if (strcmp(word, "to") == 0)
        return parse_to(e, value);
    i = find_arg(e, word);
    if (i < 0)
        return false;
    e->arg[i] = strtoll(value, &end, 10);
    return end != value && !*end;
}

static bool parse_line(struct sim_plan *plan, char *line)
{
    char *rest = NULL;
    char *word = strtok_r(line, " \t", &rest);
    struct sim_entry *e;
    char *end;

    if (!word || *word == '#')
        return true;
    if (strcmp(word, "seed") == 0) {
        plan->seed = strtoull(rest, &end, 10);
        return end != rest;
    }
    e = sim_plan_add(plan, strtoll(word, &end, 10), "world");
    word = strtok_r(NULL, " \t", &rest);
    e->kind = word ? sim_kind_find(word) : NULL;
    if (*end || !e->kind) {
        plan->count--;
        return false;
    }
    while ((word = strtok_r(NULL, " \t", &rest)) != NULL) {
        if (!parse_arg(e, word))
            return false;
    }
    return true;
}

bool sim_plan_parse(struct sim_plan *plan, const char *text, unsigned *wrong)
{
    char *copy = strdup(text);
    char *rest = NULL;
    bool ok = true;

    if (!copy)
        abort();
    *wrong = 0;
    for (char *line = copy; line && *line && ok; line = rest) {
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        ++*wrong;
        ok = parse_line(plan, line);
    }
    free(copy);
    return ok;
}
