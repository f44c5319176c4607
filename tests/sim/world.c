/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/error.h"
#include "memory.h"
#include "mta/internal.h"
#include "operate.h"

#include "zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECOND = 1000,
    HOUR = 3600 * SECOND,
    TRACE_MAX = 256 * 1024 * 1024,
    RESTART_MS = 5 * SECOND, /* systemd's RestartSec */
    STEPS_AT_ONCE = 2 * 1000 * 1000,
    PUT_AWAY_MS = 300 * SECOND,
    IDLE_MS = 1200 * SECOND,
};
#define DRAIN_MS (INT64_C(12) * HOUR)

int64_t sim_now(const struct sim_world *w)
{
    return sim_time(w->net);
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void put_line(struct sim_world *w, const struct sim_node *node, const char *text)
{
    struct buf *t = &w->result->trace;
    const size_t from = t->len;

    buf_printf(t, "%9" PRId64 ".%03d %-4s %s\n", sim_now(w) / SECOND, (int)(sim_now(w) % SECOND),
               node ? node->name : "*", text);
    for (size_t i = from; i < t->len; i++)
        w->result->digest = (w->result->digest ^ t->p[i]) * 0x100000001b3u; /* FNV-1a */
    if (w->out)
        fwrite(t->p + from, 1, t->len - from, w->out);
}

void sim_say(struct sim_world *w, const struct sim_node *node, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put_line(w, node, text);
}

static void fail(struct sim_result *r, const char *invariant, unsigned serial, const char *text)
{
    if (r->failed)
        return;
    r->failed = true;
    r->serial = serial;
    snprintf(r->invariant, sizeof(r->invariant), "%s", invariant);
    snprintf(r->text, sizeof(r->text), "%s", text);
}

void sim_violated(struct sim_world *w, const char *invariant, unsigned serial, const char *format,
                  ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sim_say(w, NULL, "VIOLATED %s, letter %u: %s", invariant, serial, text);
    fail(w->result, invariant, serial, text);
}

/* ---- what the MTAs say ----------------------------------------------------------------------- */

static struct slice field(const struct event_record *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->fields[i].name, name) == 0)
            return r->fields[i].text;
    }
    return SLICE_NONE;
}

static int64_t number_field(const struct event_record *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->fields[i].name, name) == 0)
            return r->fields[i].number;
    }
    return 0;
}

/* Does the plan let the robot behind a connector send what is no APDU? */
static bool sends_broken(const struct sim_world *w, struct slice connector)
{
    for (size_t i = 0; i < w->plan->count; i++) {
        const struct sim_entry *e = &w->plan->entry[i];
        char dn[SIM_DN];

        if (strcmp(e->kind->name, "send") != 0 || sim_broken(e) == SIM_WHOLE)
            continue;
        snprintf(dn, sizeof(dn), SIM_CONNECTIONS "R%d", (int)sim_get(e, "node") - SIM_ROBOT_NODE);
        if (slice_eq(connector, slice_str(dn)))
            return true;
    }
    return false;
}

static void watch_event(struct sim_world *w, const struct event_record *r)
{
    switch (r->entry->number) {
    case EVENT_DELIVERY_FAILED:
        sim_ledger_given_up(&w->ledger, field(r, "mts-id"), number_field(r, "recipient"));
        break;
    case EVENT_MESSAGE_SENT:
        w->result->transfers++;
        sim_ledger_passed(&w->ledger, field(r, "mts-id"));
        break;
    case EVENT_LOOP_DETECTED:
    case EVENT_TRACE_TOO_LONG:
    case EVENT_REPORT_UNROUTABLE: sim_ledger_dropped(&w->ledger, field(r, "mts-id")); break;
    case EVENT_REPORT_DROPPED:
        if (!slice_find(field(r, "detail"), SLICE_LIT("asked for none")) &&
            !slice_find(field(r, "detail"), SLICE_LIT("by the operator")))
            sim_ledger_dropped(&w->ledger, field(r, "mts-id"));
        break;
    case EVENT_QUARANTINED:
        if (sends_broken(w, field(r, "connector")))
            break;
        __attribute__((fallthrough));
    case EVENT_INTERNAL_ERROR:
        if (!slice_find(field(r, "detail"), slice_str(x4_strerror(X4_EIO))))
            sim_violated(w, "no-internal-error", 0, "%s", r->text);
        break;
    default: break;
    }
}

static void on_event(void *ctx, const struct event_record *r)
{
    struct sim_node *n = ctx;
    struct sim_world *w = n->world;
    char text[1024];
    size_t len = 0;

    if (n->dying)
        return;
    for (const char *at = r->text; *at && len < sizeof(text) - 1;) {
        if (strncmp(at, SIM_CONNECTIONS, sizeof(SIM_CONNECTIONS) - 1) == 0)
            at += sizeof(SIM_CONNECTIONS) - 1;
        text[len++] = *at ? *at++ : ' ';
    }
    text[len] = '\0';
    sim_say(w, n, "%d %s", r->entry->number, text);
    watch_event(w, r);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

struct sim_node *sim_running(struct sim_world *w, const struct sim_entry *e, const char *name)
{
    const int64_t i = sim_get(e, name);

    return i >= 1 && i <= w->nodes && w->node[i].running ? &w->node[i] : NULL;
}

void sim_world_start(struct sim_world *w, unsigned i)
{
    struct sim_place *p = &w->place[i];
    int error = sim_node_start(&w->node[i]);

    p->turn = SIM_TURN_NONE;
    p->restore_at = w->healed ? sim_now(w) : -1;
    sim_watch_reset(&p->watch);
    p->start_at = error ? sim_now(w) + RESTART_MS : -1;
    sim_say(w, &w->node[i], error ? "cannot start: %s" : "started%.0s", x4_strerror(error));
}

void sim_world_crash(struct sim_world *w, int node, bool power, int64_t down_ms)
{
    struct sim_node *n = &w->node[node];
    struct sim_place *p = &w->place[node];

    if (n->running) {
        sim_say(w, n, power ? "power fails" : "killed");
        w->result->crashes += !w->healed;
        n->dying = true;
        sim_ledger_dying(w, n);
        sim_node_crash(n, power);
    }
    p->start_at = sim_now(w) + (down_ms > 0 ? down_ms : RESTART_MS);
}

/* A store has its turn when something waits for it: first the commits, later the completions; in
 * between the rest of the world goes on. */
static bool step_store(struct sim_world *w, unsigned i)
{
    struct sim_node *n = &w->node[i];
    struct sim_place *p = &w->place[i];
    const int64_t most = sim_get(sim_site_world(w->plan), "commit");

    if (!n->running)
        return false;
    if (p->turn == SIM_TURN_NONE && store_pending(n->store) > 0) {
        p->turn = SIM_TURN_WRITE;
        p->turn_at = sim_now(w) + sim_rng_between(&w->rng, 0, most);
    }
    if (p->turn == SIM_TURN_NONE || sim_now(w) < p->turn_at)
        return false;
    if (p->turn == SIM_TURN_COMPLETE) {
        p->turn = SIM_TURN_NONE;
        store_complete(n->store);
        return true;
    }
    store_write(n->store);
    if (sim_process_is_dead(n->process)) {
        sim_world_crash(w, (int)i, true, p->down_ms);
        return true;
    }
    p->turn = SIM_TURN_COMPLETE;
    p->turn_at =
        sim_now(w) + sim_process_take_delay(n->process) + sim_rng_between(&w->rng, 0, most);
    return true;
}

/* What waits for the store but has no octets, and its upkeep. */
static bool step_idle_store(struct sim_world *w, unsigned i)
{
    struct sim_node *n = &w->node[i];
    bool did;

    if (!n->running || w->place[i].turn != SIM_TURN_NONE)
        return false;
    did = store_dispatch(n->store) > 0;
    if (sim_process_is_dead(n->process))
        sim_world_crash(w, (int)i, true, w->place[i].down_ms);
    return did;
}

static bool step_node(struct sim_world *w, unsigned i)
{
    if (w->place[i].start_at >= 0 && w->place[i].start_at <= sim_now(w)) {
        sim_world_start(w, i);
        return true;
    }
    if (w->node[i].running && w->place[i].restore_at >= 0 && w->place[i].restore_at <= sim_now(w)) {
        const bool done = sim_operate_restore(w, &w->node[i]);

        w->place[i].restore_at = done ? -1 : sim_now(w) + SECOND;
        return true;
    }
    return step_store(w, i);
}

/* ---- time ------------------------------------------------------------------------------------ */

static bool step_plan(struct sim_world *w)
{
    const struct sim_entry *e;
    struct buf text;

    if (w->next == w->plan->count || w->plan->entry[w->next].at > sim_now(w))
        return false;
    e = &w->plan->entry[w->next++];
    if (e->off || !e->kind->act)
        return true;
    buf_init(&text, sizeof(struct sim_entry) * 8);
    sim_entry_print(e, &text);
    sim_say(w, NULL, "%.*s", (int)text.len - 1, (const char *)text.p);
    buf_free(&text);
    e->kind->act(w, e);
    return true;
}

static bool step(struct sim_world *w)
{
    bool did = step_plan(w);

    for (unsigned i = 1; i <= w->nodes && !did; i++)
        did = step_node(w, i);
    if (!did)
        did = sim_robots_step(w);
    if (!did)
        did = sim_step(w->net);
    for (unsigned i = 1; i <= w->nodes && !did; i++)
        did = step_idle_store(w, i);
    for (unsigned i = 1; i <= w->nodes; i++) {
        if (w->node[i].running)
            sim_watch_node(w, &w->node[i], &w->place[i].watch);
    }
    w->result->steps += did;
    return did;
}

static int64_t next_time(const struct sim_world *w)
{
    int64_t next = sim_next(w->net);

    if (sim_robots_next(w) < next)
        next = sim_robots_next(w);
    if (w->next < w->plan->count && w->plan->entry[w->next].at < next)
        next = w->plan->entry[w->next].at;
    for (unsigned i = 1; i <= w->nodes; i++) {
        const struct sim_place *p = &w->place[i];

        if (p->start_at >= 0 && p->start_at < next)
            next = p->start_at;
        if (w->node[i].running && p->restore_at >= 0 && p->restore_at < next)
            next = p->restore_at;
        if (w->node[i].running && p->turn != SIM_TURN_NONE && p->turn_at < next)
            next = p->turn_at;
    }
    return next;
}

/* All that is due now. */
static void settle(struct sim_world *w)
{
    unsigned steps = 0;

    while (step(w)) {
        if (++steps < STEPS_AT_ONCE)
            continue;
        sim_violated(w, "time-goes-on", 0, "%u steps at one moment", steps);
        return;
    }
}

/* Until then, or until over() says so at some moment before. */
static bool run_until(struct sim_world *w, int64_t until, bool (*over)(const struct sim_world *))
{
    settle(w);
    while (sim_now(w) < until && !w->result->failed) {
        int64_t next = next_time(w);

        if (over && over(w))
            return true;
        sim_set_time(w->net, next < until ? next : until);
        settle(w);
    }
    return over && over(w);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void make_nodes(struct sim_world *w)
{
    const struct sim_entry *world = sim_site_world(w->plan);
    const struct sim_weather weather = {.seed = w->plan->seed,
                                        .delay_ms = (unsigned)sim_get(world, "delay"),
                                        .pieces = sim_get(world, "pieces") != 0};

    sim_weather(w->net, &weather);
    for (unsigned i = 1; i <= w->nodes; i++) {
        struct sim_node *n = &w->node[i];
        char address[IO_ADDR_TEXT];

        n->world = w;
        n->number = (int)i;
        n->on_event = on_event;
        snprintf(n->name, sizeof(n->name), "N%u", i);
        snprintf(address, sizeof(address), "10.0.0.%u", i);
        n->host[0] = sim_host(w->net, address);
        snprintf(address, sizeof(address), "10.0.1.%u", i);
        n->host[1] = sim_host(w->net, address);
        n->disk = sim_disk_new(w->plan->seed + i);
        n->site = sim_site_text(w->plan, (int)i);
        w->place[i].start_at = 0;
        w->place[i].restore_at = -1;
    }
}

static void end(struct sim_world *w)
{
    for (unsigned i = 1; i <= w->nodes; i++) {
        struct sim_node *n = &w->node[i];

        if (n->running) {
            n->dying = true;
            sim_ledger_dying(w, n);
            sim_node_crash(n, false);
        }
    }
    w->result->end_ms = sim_now(w);
    w->result->letters = w->ledger.count;
    w->result->octets = sim_octets(w->net);
    sim_robots_free(w);
    if (sim_handles(w->net))
        sim_violated(w, "memory", 0, "%u timers, listeners and connections are left over",
                     sim_handles(w->net));
    sim_net_free(&w->net);
    for (unsigned i = 1; i <= w->nodes; i++) {
        sim_disk_free(&w->node[i].disk);
        free(w->node[i].site);
    }
    sim_ledger_free(&w->ledger);
}

/* Nothing is to be done any more: what has been used for it is put away in some minutes, and in a
 * while with nothing but the ticking of timers nothing gathers. */
static void idle(struct sim_world *w)
{
    struct sim_memory before, after;

    run_until(w, sim_now(w) + PUT_AWAY_MS, NULL);
    run_until(w, sim_now(w) + PUT_AWAY_MS, sim_is_quiet);
    sim_check_idle(w);
    before = sim_memory_now();
    run_until(w, sim_now(w) + IDLE_MS, NULL);
    run_until(w, sim_now(w) + PUT_AWAY_MS, sim_is_quiet);
    after = sim_memory_now();
    if (after.blocks > before.blocks)
        sim_violated(w, "memory", 0, "%" PRId64 " blocks more after nothing but time has gone by",
                     after.blocks - before.blocks);
}

static void check_memory(struct sim_result *r, const struct sim_memory *before)
{
    const struct sim_memory now = sim_memory_now();
    const int64_t blocks = now.blocks - before->blocks - (r->trace.p != NULL);
    char text[128];

    if (blocks == 0 && now.sqlite == before->sqlite)
        return;
    snprintf(text, sizeof(text),
             "%" PRId64 " blocks of %" PRId64 " octets are left over, and %" PRId64 " of SQLite's",
             blocks, now.octets - before->octets - (int64_t)r->trace.cap,
             now.sqlite - before->sqlite);
    fail(r, "memory", 0, text);
}

void sim_run(const struct sim_plan *plan, FILE *out, struct sim_result *result)
{
    const struct sim_memory before = sim_memory_now();
    struct sim_world *w = calloc(1, sizeof(*w));

    if (!w)
        abort();
    *result = (struct sim_result){.digest = 0xcbf29ce484222325u};
    buf_init(&result->trace, TRACE_MAX);
    w->plan = plan;
    w->result = result;
    w->out = out;
    w->rng = sim_rng_make(plan->seed, 1);
    w->nodes = sim_site_nodes(plan);
    w->net = sim_net_new(sim_zone_begin(plan));
    sim_ledger_init(&w->ledger);
    make_nodes(w);
    sim_robots_start(w);
    run_until(w, plan->count ? plan->entry[plan->count - 1].at : 0, NULL);
    sim_heal(w);
    if (!run_until(w, sim_now(w) + DRAIN_MS, sim_is_quiet) && !result->failed)
        sim_tell_waiting(w);
    if (!result->failed)
        idle(w);
    sim_inspect(w);
    if (!result->failed)
        sim_ledger_judge(w);
    end(w);
    free(w);
    check_memory(result, &before);
}
