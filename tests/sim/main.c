/* SPDX-License-Identifier: Apache-2.0 */
/* x400sim: whole networks of MTAs in one process, under virtual time. */
#include "batch.h"
#include "robot.h"
#include "shrink.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_HOLDS = 0, EXIT_VIOLATED = 1, EXIT_USAGE = 2, PLAN_MAX = 16 * 1024 * 1024 };

static const char usage[] =
    "usage: x400sim --seed N [--shrink | --plan]     one run, with its trace\n"
    "       x400sim --replay FILE... [--shrink]      runs of plans\n"
    "       x400sim --runs N [--from S] [--jobs J]   runs of seeds S, S+1, ...\n"
    "       x400sim --list | --help\n"
    "\n"
    "Simulates networks of MTAs under virtual time: all of x400d but its edge, on disks and a\n"
    "network that fail in every way. A seed decides everything.\n"
    "\n"
    "  -s, --seed N         run this seed and show what happens, line by line\n"
    "  -r, --replay FILE    run a plan, as --plan and --shrink print it\n"
    "  -p, --plan           only print the plan of the seed\n"
    "  -q, --quiet          no trace, only the outcome\n"
    "  -S, --shrink         make what fails shorter, and print the plan that is left\n"
    "  -n, --runs N         run N seeds; 0: until one fails or it is stopped\n"
    "  -f, --from S         beginning with this one (1)\n"
    "  -j, --jobs J         so many at the same time (1)\n"
    "  -k, --keep-going     go on after a failure\n"
    "  -F, --faults LIST    only these faults, joined by ','; \"none\": no faults\n"
    "  -W, --without LIST   not these faults\n"
    "  -l, --list           the kinds of entries that a plan can have\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 all that was promised holds, 1 it does not, 2 usage.\n";

struct arguments {
    struct sim_batch batch;
    bool has_seed, has_runs, shrink, plan, quiet, list, help;
    uint64_t seed;
};

static bool number(const char *text, uint64_t *out)
{
    char *end;

    *out = strtoull(text, &end, 10);
    return end != text && !*end;
}

static bool take_option(int c, const char *value, struct arguments *a)
{
    uint64_t n = 0;

    switch (c) {
    case 's': a->has_seed = true; return number(value, &a->seed);
    case 'n': a->has_runs = true; return number(value, &a->batch.runs);
    case 'f': return number(value, &a->batch.from);
    case 'j':
        if (!number(value, &n) || n < 1 || n > SIM_JOBS)
            return false;
        a->batch.jobs = (unsigned)n;
        return true;
    case 'k': a->batch.keep_going = true; return true;
    case 'F': a->batch.choice.only = value; return true;
    case 'W': a->batch.choice.without = value; return true;
    case 'p': a->plan = true; return true;
    case 'q': a->quiet = true; return true;
    case 'S': a->shrink = true; return true;
    case 'l': a->list = true; return true;
    case 'h': a->help = true; return true;
    case 'r': a->batch.replay = true; return true;
    default: return false;
    }
}

static bool parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},    {"replay", no_argument, NULL, 'r'},
        {"plan", no_argument, NULL, 'p'},          {"quiet", no_argument, NULL, 'q'},
        {"shrink", no_argument, NULL, 'S'},        {"runs", required_argument, NULL, 'n'},
        {"from", required_argument, NULL, 'f'},    {"jobs", required_argument, NULL, 'j'},
        {"keep-going", no_argument, NULL, 'k'},    {"faults", required_argument, NULL, 'F'},
        {"without", required_argument, NULL, 'W'}, {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    int c;

    *a = (struct arguments){.batch = {.from = 1, .jobs = 1}};
    while ((c = getopt_long(argc, argv, "s:rpqSn:f:j:kF:W:lh", options, NULL)) != -1) {
        if (!take_option(c, optarg, a))
            return false;
    }
    return a->help || a->list || a->has_seed || a->has_runs || (a->batch.replay && optind < argc);
}

static void list_kinds(void)
{
    for (const struct sim_kind *k = sim_kinds; k->name; k++) {
        printf("%-8s %-7s %s:", k->name, k->fault ? k->fault : "-", k->doc);
        for (int i = 0; k->arg[i]; i++)
            printf(" %s", k->arg[i]);
        putchar('\n');
    }
    for (int i = 0; i < SIM_ANSWERS; i++)
        printf("answers how=%d: it %s\n", i, sim_when_called[i].name);
    for (int i = 0; i < SIM_CALLS; i++)
        printf("calls how=%d: it %s\n", i, sim_when_calling[i].name);
}

static void print_plan(const struct sim_plan *plan)
{
    struct buf text;

    buf_init(&text, PLAN_MAX);
    sim_plan_print(plan, &text);
    fwrite(text.p, 1, text.len, stdout);
    buf_free(&text);
}

static int run_one(struct sim_plan *plan, const struct arguments *a, const char *name)
{
    struct sim_result result;

    if (a->plan) {
        print_plan(plan);
        return EXIT_HOLDS;
    }
    if (a->shrink) {
        if (!sim_shrink(plan, stderr)) {
            printf("%s: nothing fails\n", name);
            return EXIT_HOLDS;
        }
        print_plan(plan);
        return EXIT_VIOLATED;
    }
    sim_run(plan, a->quiet ? NULL : stdout, &result);
    sim_tell(name, &result, a->quiet ? stdout : NULL);
    buf_free(&result.trace);
    return result.failed ? EXIT_VIOLATED : EXIT_HOLDS;
}

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    uint8_t octets[4096];
    size_t n;

    if (!f) {
        perror(path);
        return false;
    }
    while ((n = fread(octets, 1, sizeof(octets), f)) > 0)
        buf_append(out, octets, n);
    fclose(f);
    return buf_cstr(out) != NULL;
}

static int replay(const char *path, const struct arguments *a)
{
    struct sim_plan plan;
    struct buf text;
    unsigned wrong = 0;
    int status = EXIT_USAGE;

    buf_init(&text, PLAN_MAX);
    sim_plan_init(&plan, 0);
    if (!read_file(path, &text))
        status = EXIT_USAGE;
    else if (!sim_plan_parse(&plan, buf_cstr(&text), &wrong))
        fprintf(stderr, "%s:%u: cannot be read\n", path, wrong);
    else
        status = run_one(&plan, a, path);
    sim_plan_free(&plan);
    buf_free(&text);
    return status;
}

static int run_seed(const struct arguments *a)
{
    struct sim_plan plan;
    char name[32];
    int status;

    snprintf(name, sizeof(name), "seed %" PRIu64, a->seed);
    sim_generate(a->seed, &a->batch.choice, &plan);
    status = run_one(&plan, a, name);
    sim_plan_free(&plan);
    return status;
}

int main(int argc, char **argv)
{
    struct arguments a;
    int status = EXIT_HOLDS;

    if (!parse(argc, argv, &a)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    sim_setup();
    if (a.help)
        fputs(usage, stdout);
    else if (a.list)
        list_kinds();
    else if (a.has_seed)
        status = run_seed(&a);
    else if (a.has_runs)
        status = sim_batch(&a.batch) ? EXIT_HOLDS : EXIT_VIOLATED;
    for (int i = optind; a.batch.replay && i < argc && !status; i++)
        status = replay(argv[i], &a);
    return status;
}
