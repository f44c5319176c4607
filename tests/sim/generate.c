/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include "operate.h"

#include "rng.h"
#include "robot.h"
#include "site.h"
#include "zone.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, KIB = 1024, PER_MILLION = 1000000 };

struct making {
    struct sim_plan *plan;
    struct sim_rng rng;
    int nodes, robots;
    bool mixed; /* the modes of a link differ often: a ring may hide what it has passed */
    bool times; /* connectors keep to times of the week */
};

static int64_t between(struct making *m, int64_t least, int64_t most)
{
    return sim_rng_between(&m->rng, least, most);
}

static bool percent(struct making *m, unsigned p)
{
    return sim_rng_percent(&m->rng, p);
}

static int64_t any_node(struct making *m)
{
    return between(m, 1, m->nodes);
}

/* ---- the network ----------------------------------------------------------------------------- */

static void make_world(struct making *m)
{
    struct sim_entry *e = sim_plan_add(m->plan, 0, "world");

    m->nodes = percent(m, 60) ? (int)between(m, 2, 3) : (int)between(m, 3, percent(m, 80) ? 6 : 12);
    *sim_arg(e, "nodes") = m->nodes;
    *sim_arg(e, "shared") = percent(m, 30);
    *sim_arg(e, "alternates") = percent(m, 25);
    *sim_arg(e, "loops") = percent(m, 10);
    m->mixed = *sim_arg(e, "shared") && *sim_arg(e, "loops");
    *sim_arg(e, "patience") = percent(m, 15) ? between(m, 1, 6) : 0;
    *sim_arg(e, "timeout") = percent(m, 15) ? between(m, 1, 120) : 0;
    *sim_arg(e, "delay") = percent(m, 30) ? 0 : between(m, 1, percent(m, 80) ? 50 : 3000);
    *sim_arg(e, "pieces") = percent(m, 50);
    *sim_arg(e, "most") = percent(m, 15) ? between(m, 1, 6) : 0;
    *sim_arg(e, "connections") = percent(m, 15) ? between(m, 1, 8) : 0;
    *sim_arg(e, "zone") = percent(m, 15) ? between(m, 1, SIM_ZONES - 1) : 0;
    m->times = *sim_arg(e, "zone") != 0;
    *sim_arg(e, "before") = m->times ? between(m, 0, 40 * MINUTE) : 0;
    *sim_arg(e, "commit") = percent(m, 30) ? 0 : between(m, 1, percent(m, 80) ? 30 : 2000);
}

static void make_link(struct making *m, int64_t a, int64_t b)
{
    struct sim_entry *e;

    if (a == b || a < 1 || b < 1 || sim_site_link(m->plan, (int)a, (int)b))
        return;
    e = sim_plan_add(m->plan, 0, "link");
    *sim_arg(e, "a") = a;
    *sim_arg(e, "b") = b;
    *sim_arg(e, "mode") = between(m, 0, 2);
    *sim_arg(e, "back") = percent(m, m->mixed ? 30 : 80) ? *sim_arg(e, "mode") : between(m, 0, 2);
    *sim_arg(e, "twa") = percent(m, 40);
    *sim_arg(e, "cost") = between(m, 1, 3);
    *sim_arg(e, "window") = between(m, 0, 4);
    *sim_arg(e, "checkpoint") = percent(m, 20) ? 0 : between(m, 1, 30);
    *sim_arg(e, "associations") = between(m, 0, 4);
    *sim_arg(e, "urgent") = between(m, 0, 2);
    *sim_arg(e, "threshold") = between(m, 0, 9);
    *sim_arg(e, "times") = m->times ? between(m, 0, SIM_TIMES - 1) : 0;
}

static void make_line(struct making *m)
{
    for (int i = 2; i <= m->nodes; i++)
        make_link(m, i - 1, i);
}

static void make_star(struct making *m)
{
    for (int i = 2; i <= m->nodes; i++)
        make_link(m, 1, i);
}

static void make_ring(struct making *m)
{
    make_line(m);
    make_link(m, m->nodes, 1);
}

static void make_mesh(struct making *m)
{
    for (int i = 2; i <= m->nodes; i++) {
        for (int k = 1; k < i; k++)
            make_link(m, i, k);
    }
}

static void make_tree(struct making *m)
{
    for (int i = 2; i <= m->nodes; i++)
        make_link(m, i, between(m, 1, i - 1));
}

/* Robots beside some of the nodes. */
static void make_robots(struct making *m)
{
    m->robots = percent(m, 35) ? (int)between(m, 1, SIM_ROBOTS) : 0;
    for (int i = 1; i <= m->robots; i++) {
        struct sim_entry *e = sim_plan_add(m->plan, 0, "robot");

        *sim_arg(e, "robot") = i;
        *sim_arg(e, "a") = any_node(m);
        *sim_arg(e, "mode") = between(m, 0, 2);
        *sim_arg(e, "twa") = percent(m, 40);
        *sim_arg(e, "window") = between(m, 0, 4);
        *sim_arg(e, "checkpoint") = percent(m, 20) ? 0 : between(m, 1, 30);
        *sim_arg(e, "associations") = between(m, 0, 4);
        *sim_arg(e, "urgent") = between(m, 0, 2);
        *sim_arg(e, "threshold") = between(m, 0, 9);
        *sim_arg(e, "times") = m->times ? between(m, 0, SIM_TIMES - 1) : 0;
    }
}

static void make_network(struct making *m, const struct sim_choice *choice)
{
    static void (*const shapes[])(struct making *) = {make_line, make_star, make_ring, make_mesh,
                                                      make_tree};

    make_world(m);
    shapes[between(m, 0, sizeof(shapes) / sizeof(shapes[0]) - 1)](m);
    if (sim_is_chosen(choice, "robot"))
        make_robots(m);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static int64_t any_size(struct making *m)
{
    const int64_t roll = between(m, 0, 99);

    if (roll < 50)
        return between(m, 1, 4 * KIB);
    if (roll < 85)
        return between(m, 1, 40 * KIB);
    if (roll < 98)
        return between(m, 1, 300 * KIB);
    return between(m, 1, 3 * KIB * KIB);
}

/* A node, or a robot now and then. */
static int64_t any_home(struct making *m)
{
    return m->robots && percent(m, 25) ? SIM_ROBOT_NODE + between(m, 1, m->robots) : any_node(m);
}

static int any_user(struct making *m)
{
    return (int)(any_home(m) * 100 + between(m, 0, SIM_USERS - 1));
}

static void add_recipient(struct sim_entry *e, int to)
{
    for (unsigned i = 0; i < e->to_count; i++) {
        if (e->to[i] == to)
            return;
    }
    if (e->to_count < SIM_TO)
        e->to[e->to_count++] = to;
}

static struct sim_entry *make_letter(struct making *m, int64_t at)
{
    struct sim_entry *e = sim_plan_add(m->plan, at, "send");

    *sim_arg(e, "node") = any_home(m);
    if (*sim_arg(e, "node") > SIM_ROBOT_NODE && percent(m, 15))
        *sim_arg(e, "broken") = between(m, 1, SIM_BROKEN_KINDS - 1);
    *sim_arg(e, "from") = between(m, 0, SIM_USERS - 1);
    *sim_arg(e, "size") = any_size(m);
    *sim_arg(e, "priority") = between(m, 0, 2);
    *sim_arg(e, "report") = percent(m, 60) ? 2 : between(m, 0, 1);
    *sim_arg(e, "return") = percent(m, 30);
    *sim_arg(e, "disclose") = percent(m, 30);
    add_recipient(e, any_user(m));
    return e;
}

/* What is made of a letter: one row for each element of service. What must come of it follows from
 * the entry, see judge.c. */
static void to_one(struct making *m, struct sim_entry *e)
{
    (void)m;
    (void)e;
}

static void to_many(struct making *m, struct sim_entry *e)
{
    for (int64_t n = between(m, 1, SIM_TO); n; n--)
        add_recipient(e, any_user(m));
}

static void to_nobody(struct making *m, struct sim_entry *e)
{
    add_recipient(e, (int)(any_node(m) * 100 + SIM_UNKNOWN_USER + between(m, 0, 9)));
    if (percent(m, 40))
        add_recipient(e, SIM_NOWHERE * 100 + (int)between(m, 0, 9));
}

static void as_probe(struct making *m, struct sim_entry *e)
{
    *sim_arg(e, "probe") = 1;
    if (percent(m, 50))
        to_many(m, e);
    if (percent(m, 30))
        to_nobody(m, e);
}

static void deferred(struct making *m, struct sim_entry *e)
{
    *sim_arg(e, "defer") = between(m, 1, 2 * HOUR);
}

static void with_latest(struct making *m, struct sim_entry *e)
{
    *sim_arg(e, "latest") = between(m, SECOND, percent(m, 50) ? MINUTE : HOUR);
}

static void empty(struct making *m, struct sim_entry *e)
{
    (void)m;
    *sim_arg(e, "size") = 0;
}

static const struct {
    const char *name;
    unsigned weight;
    void (*make)(struct making *m, struct sim_entry *e);
} services[] = {
    {"one recipient", 40, to_one},         {"many recipients", 20, to_many},
    {"unknown recipients", 12, to_nobody}, {"probe", 10, as_probe},
    {"deferred delivery", 8, deferred},    {"latest delivery", 8, with_latest},
    {"empty content", 2, empty},
};

static void make_letters(struct making *m, int64_t span)
{
    unsigned total = 0;

    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        total += services[i].weight;
    for (int64_t n = between(m, 3, percent(m, 80) ? 40 : 120); n; n--) {
        struct sim_entry *e = make_letter(m, between(m, 0, span));
        int64_t roll = between(m, 0, total - 1);

        for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
            roll -= services[i].weight;
            if (roll < 0) {
                services[i].make(m, e);
                break;
            }
        }
    }
}

/* ---- what breaks ----------------------------------------------------------------------------- */

static int64_t any_while(struct making *m)
{
    return percent(m, 70) ? between(m, 1, MINUTE) : between(m, 1, 20 * MINUTE);
}

static struct sim_entry *at_node(struct making *m, int64_t at, const char *kind)
{
    struct sim_entry *e = sim_plan_add(m->plan, at, kind);

    *sim_arg(e, "node") = any_node(m);
    return e;
}

/* Between two neighbours. */
static struct sim_entry *at_link(struct making *m, int64_t at, const char *kind)
{
    const struct sim_entry *link = &m->plan->entry[between(m, 1, m->nodes - 1)];
    const int64_t a = sim_get(link, "a");
    const int64_t b = sim_get(link, "b");
    struct sim_entry *e = sim_plan_add(m->plan, at, kind);
    const bool turned = percent(m, 50);

    *sim_arg(e, "a") = turned ? b : a;
    *sim_arg(e, "b") = turned ? a : b;
    return e;
}

static void make_kill(struct making *m, int64_t at)
{
    *sim_arg(at_node(m, at, "kill"), "down") = any_while(m);
}

static void make_power(struct making *m, int64_t at)
{
    *sim_arg(at_node(m, at, "power"), "down") = any_while(m);
}

static void make_move(struct making *m, int64_t at)
{
    *sim_arg(at_node(m, at, "move"), "down") = between(m, 1, MINUTE);
}

static void make_torn(struct making *m, int64_t at)
{
    struct sim_entry *e = at_node(m, at, "torn");

    *sim_arg(e, "changes") = between(m, 0, 60);
    *sim_arg(e, "down") = any_while(m);
}

static void make_stop(struct making *m, int64_t at)
{
    *sim_arg(at_node(m, at, "stop"), "down") = any_while(m);
}

static void make_clock(struct making *m, int64_t at)
{
    *sim_arg(at_node(m, at, "clock"), "ahead") =
        percent(m, 50) ? between(m, -1, 1) * HOUR : between(m, -2 * MINUTE, 2 * MINUTE);
}

static void make_full(struct making *m, int64_t at)
{
    struct sim_entry *e = at_node(m, at, "full");
    const int64_t node = sim_get(e, "node");

    *sim_arg(e, "room") = between(m, 0, 200 * KIB);
    *sim_arg(sim_plan_add(m->plan, at + any_while(m), "room"), "node") = node;
}

static void make_fails(struct making *m, int64_t at)
{
    struct sim_entry *e = at_node(m, at, "fails");

    *sim_arg(e, "calls") = between(m, 1, 7);
    *sim_arg(e, "after") = between(m, 0, 30);
    *sim_arg(e, "times") = between(m, 1, 3);
}

static void make_chances(struct making *m, int64_t at)
{
    struct sim_entry *e = at_node(m, at, "chances");
    const int64_t node = sim_get(e, "node");

    *sim_arg(e, "read") = percent(m, 30) ? between(m, 0, PER_MILLION / 20) : 0;
    *sim_arg(e, "write") = percent(m, 30) ? between(m, 0, PER_MILLION / 20) : 0;
    *sim_arg(e, "sync") = percent(m, 30) ? between(m, 0, PER_MILLION / 5) : 0;
    *sim_arg(e, "slow") = percent(m, 60) ? between(m, 0, PER_MILLION) : 0;
    *sim_arg(e, "ms") = between(m, 1, 5 * SECOND);
    *sim_arg(sim_plan_add(m->plan, at + any_while(m), "chances"), "node") = node;
}

static void make_break(struct making *m, int64_t at)
{
    *sim_arg(at_link(m, at, "break"), "half") = percent(m, 30);
}

static void make_cut(struct making *m, int64_t at)
{
    *sim_arg(sim_plan_add(m->plan, at, "cut"), "octets") = between(m, 1, 100 * KIB);
}

static void make_sever(struct making *m, int64_t at)
{
    const struct sim_entry *on = at_link(m, at, "sever");
    const int64_t a = sim_get(on, "a");
    const int64_t b = sim_get(on, "b");
    struct sim_entry *off;

    *sim_arg(&m->plan->entry[m->plan->count - 1], "on") = 1;
    off = sim_plan_add(m->plan, at + any_while(m), "sever");
    *sim_arg(off, "a") = a;
    *sim_arg(off, "b") = b;
}

static void make_refuse(struct making *m, int64_t at)
{
    struct sim_entry *on = at_node(m, at, "refuse");
    const int64_t node = sim_get(on, "node");

    *sim_arg(on, "on") = 1;
    *sim_arg(sim_plan_add(m->plan, at + any_while(m), "refuse"), "node") = node;
}

static void make_change(struct making *m, int64_t at)
{
    const struct sim_entry *link = at_link(m, at, "break");
    const int64_t node = sim_get(link, "a");
    const int64_t peer = sim_get(link, "b");
    struct sim_entry *e;

    m->plan->count--; /* only for its ends */
    e = sim_plan_add(m->plan, at, "change");
    *sim_arg(e, "node") = node;
    *sim_arg(e, "peer") = peer;
    *sim_arg(e, "what") = between(m, 0, SIM_CHANGES - 1);
    *sim_arg(e, "value") = between(m, 0, 9);
}

/* When something has just been sent there is something in a queue. */
static int64_t soon_after_a_letter(struct making *m, int64_t at)
{
    const struct sim_entry *e = &m->plan->entry[between(m, 0, (int64_t)m->plan->count - 1)];

    return strcmp(e->kind->name, "send") == 0 ? e->at + between(m, 0, 2 * SECOND) : at;
}

static void make_steer(struct making *m, int64_t at)
{
    for (int64_t n = between(m, 1, 5); n; n--) {
        struct sim_entry *e = at_node(m, soon_after_a_letter(m, at), "steer");

        *sim_arg(e, "nth") = between(m, 0, 5);
        *sim_arg(e, "action") = between(m, 0, 3);
    }
}

/* What a robot does: now and then something lasts, or is done many times over. There is a letter
 * for it to be done with. */
static void make_manner(struct making *m, int64_t at)
{
    const bool calls = percent(m, 50);
    const int64_t robot = between(m, 1, m->robots);
    struct sim_entry *e = sim_plan_add(m->plan, at, calls ? "calls" : "answers");

    *sim_arg(e, "robot") = robot;
    *sim_arg(e, "how") = between(m, 0, (calls ? SIM_CALLS : SIM_ANSWERS) - 1);
    *sim_arg(e, "value") = percent(m, 60) ? between(m, 0, 4 * KIB) : between(m, 0, 100 * KIB);
    *sim_arg(e, "times") = percent(m, 20) ? between(m, 0, 20) : between(m, 1, 3);
    e = make_letter(m, at + 1);
    if (calls)
        *sim_arg(e, "node") = SIM_ROBOT_NODE + robot;
    else
        add_recipient(e, (int)((SIM_ROBOT_NODE + robot) * 100));
    if (percent(m, calls ? 20 : 40))
        with_latest(m, e);
}

static void make_manners(struct making *m, int64_t span)
{
    for (int64_t n = m->robots ? between(m, 0, 15) : 0; n; n--)
        make_manner(m, between(m, 0, span));
}

static const struct {
    const char *fault;
    void (*make)(struct making *m, int64_t at);
} faults[] = {
    {"kill", make_kill},   {"power", make_power},   {"power", make_torn},
    {"stop", make_stop},   {"clock", make_clock},   {"full", make_full},
    {"eio", make_fails},   {"eio", make_chances},   {"break", make_break},
    {"break", make_cut},   {"sever", make_sever},   {"refuse", make_refuse},
    {"move", make_move},   {"change", make_change}, {"steer", make_steer},
    {"steer", make_steer}, {"change", make_change},
};

static bool is_listed(const char *list, const char *name)
{
    const size_t len = strlen(name);

    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : "") {
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    }
    return false;
}

bool sim_is_chosen(const struct sim_choice *choice, const char *fault)
{
    return (!choice->only || is_listed(choice->only, fault)) && !is_listed(choice->without, fault);
}

/* A few of the kinds of faults only, so that each is also seen alone. */
static void make_faults(struct making *m, const struct sim_choice *choice, int64_t span)
{
    enum { TOGETHER = 5 };
    const int64_t kinds = (int64_t)(sizeof(faults) / sizeof(faults[0]));
    const int64_t together = between(m, 1, TOGETHER);
    int64_t chosen[TOGETHER];

    for (int64_t i = 0; i < together; i++)
        chosen[i] = between(m, 0, kinds - 1);
    for (int64_t n = between(m, 1, 20); n; n--) {
        const int64_t i = chosen[between(m, 0, together - 1)];
        const int64_t at = between(m, 0, span);

        if (sim_is_chosen(choice, faults[i].fault))
            faults[i].make(m, at);
    }
}

void sim_generate(uint64_t seed, const struct sim_choice *choice, struct sim_plan *plan)
{
    struct making m = {.plan = plan, .rng = sim_rng_make(seed, 2)};
    int64_t span;

    sim_plan_init(plan, seed);
    make_network(&m, choice);
    span = between(&m, SECOND, percent(&m, 50) ? MINUTE : 30 * MINUTE);
    make_letters(&m, span);
    if (percent(&m, 90))
        make_faults(&m, choice, span + span / 4);
    make_manners(&m, span + span / 4);
    sim_plan_sort(plan);
}
