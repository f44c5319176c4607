/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STUCK_S = 120, STORY_LINES = 200 };

/* Libraries keep what they make when they are first used. */
static void warm_up(void)
{
    static const char text[] = "0 world nodes=2\n"
                               "0 link a=1 b=2\n"
                               "1 send node=1 size=9 report=2 to=100,200,290\n";
    struct sim_plan plan;
    struct sim_result result;
    unsigned wrong;

    sim_plan_init(&plan, 1);
    if (!sim_plan_parse(&plan, text, &wrong))
        abort();
    sim_run(&plan, NULL, &result);
    sim_plan_free(&plan);
    buf_free(&result.trace);
}

void sim_setup(void)
{
    sim_memory_begin();
    json_object_seed(1);
    warm_up();
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

/* ---- telling --------------------------------------------------------------------------------- */

static bool concerns(struct slice line, const struct sim_result *r, struct slice mts_id)
{
    char mark[32];

    snprintf(mark, sizeof(mark), "letter %u", r->serial);
    if (mts_id.len && slice_find(line, mts_id))
        return true;
    return slice_find(line, SLICE_LIT(" *    ")) != NULL ||
           slice_find(line, SLICE_LIT(" started")) != NULL ||
           slice_find(line, SLICE_LIT(" killed")) != NULL ||
           slice_find(line, SLICE_LIT(" power fails")) != NULL ||
           (r->serial && slice_find(line, slice_str(mark)) != NULL);
}

static struct slice next_line(struct slice *rest)
{
    const uint8_t *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
    struct slice line = slice_sub(*rest, 0, end ? (size_t)(end - rest->p) + 1 : rest->len);

    *rest = slice_from(*rest, line.len);
    return line;
}

/* "letter 7 accepted as ID": the ID. */
static struct slice id_of(const struct sim_result *r)
{
    char mark[48];
    struct slice rest = buf_view(&r->trace);
    const uint8_t *at;

    snprintf(mark, sizeof(mark), "letter %u accepted as ", r->serial);
    at = r->serial ? slice_find(rest, slice_str(mark)) : NULL;
    if (!at)
        return SLICE_NONE;
    rest = slice_from(rest, (size_t)(at - rest.p) + strlen(mark));
    rest = next_line(&rest);
    return slice_sub(rest, 0, rest.len - 1);
}

static void tell_story(const struct sim_result *r, FILE *out)
{
    const struct slice id = id_of(r);
    struct slice rest = buf_view(&r->trace);

    while (rest.len) {
        struct slice line = next_line(&rest);

        if (concerns(line, r, id))
            fwrite(line.p, 1, line.len, out);
    }
}

void sim_tell(const char *name, const struct sim_result *r, FILE *story)
{
    if (r->failed && story)
        tell_story(r, story);
    if (r->failed)
        printf("%s: %s does not hold for letter %u: %s\n", name, r->invariant, r->serial, r->text);
    else
        printf("%s: holds; %" PRIu64 " letters, %" PRIu64 " transfers, %" PRIu64
               " crashes, %" PRIu64 " octets, %" PRIu64 " steps, %" PRId64 " s, digest %016" PRIx64
               "\n",
               name, r->letters, r->transfers, r->crashes, r->octets, r->steps, r->end_ms / 1000,
               r->digest);
    fflush(stdout);
}

/* ---- processes ------------------------------------------------------------------------------- */

struct job {
    pid_t pid; /* 0: none */
    int pipe;
    uint64_t seed;
};

struct running {
    const struct sim_batch *batch;
    struct job job[SIM_JOBS];
    unsigned busy;
    uint64_t next, done, failed;
    struct sim_result sum;
};

static void run_child(const struct sim_batch *b, uint64_t seed, int to)
{
    struct sim_result result;
    struct sim_plan plan;

    alarm(STUCK_S);
    sim_generate(seed, &b->choice, &plan);
    sim_run(&plan, NULL, &result);
    sim_plan_free(&plan);
    buf_free(&result.trace);
    if (write(to, &result, sizeof(result)) != (ssize_t)sizeof(result))
        _exit(EXIT_FAILURE);
    exit(EXIT_SUCCESS);
}

static void begin(struct running *r)
{
    struct job *j = r->job;
    int ends[2];

    while (j->pid)
        j++;
    j->seed = r->next++;
    fflush(stdout);
    if (pipe(ends))
        abort();
    j->pid = fork();
    if (j->pid < 0)
        abort();
    if (j->pid == 0) {
        close(ends[0]);
        run_child(r->batch, j->seed, ends[1]);
    }
    close(ends[1]);
    j->pipe = ends[0];
    r->busy++;
}

static void add(struct sim_result *sum, const struct sim_result *one)
{
    sum->letters += one->letters;
    sum->transfers += one->transfers;
    sum->crashes += one->crashes;
    sum->octets += one->octets;
    sum->steps += one->steps;
    sum->end_ms += one->end_ms;
}

/* The failing run once more, for its story. */
static void tell_again(const struct running *r, uint64_t seed)
{
    struct sim_result result;
    struct sim_plan plan;
    char name[32];

    snprintf(name, sizeof(name), "seed %" PRIu64, seed);
    sim_generate(seed, &r->batch->choice, &plan);
    sim_run(&plan, NULL, &result);
    sim_tell(name, &result, r->batch->keep_going ? NULL : stdout);
    buf_free(&result.trace);
    sim_plan_free(&plan);
}

static void finish(struct running *r, struct job *j, int status)
{
    struct sim_result result = {.failed = true};
    const bool told = read(j->pipe, &result, sizeof(result)) == (ssize_t)sizeof(result);

    close(j->pipe);
    j->pid = 0;
    r->busy--;
    r->done++;
    if (told && !result.failed && WIFEXITED(status) && !WEXITSTATUS(status)) {
        add(&r->sum, &result);
        return;
    }
    r->failed++;
    if (told && result.failed)
        tell_again(r, j->seed);
    else
        printf("seed %" PRIu64 ": the program ended with %s %d\n", j->seed,
               WIFSIGNALED(status) ? "signal" : "status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    fflush(stdout);
}

static void wait_one(struct running *r)
{
    int status;
    pid_t pid = wait(&status);

    for (struct job *j = r->job; pid > 0 && j < r->job + SIM_JOBS; j++) {
        if (j->pid == pid) {
            finish(r, j, status);
            return;
        }
    }
    if (pid < 0 && errno != EINTR)
        abort();
}

bool sim_batch(const struct sim_batch *b)
{
    struct running *r = calloc(1, sizeof(*r));
    const time_t start = time(NULL);
    bool ok;

    if (!r)
        abort();
    r->batch = b;
    r->next = b->from;
    for (;;) {
        bool more = (!b->runs || r->next < b->from + b->runs) && (!r->failed || b->keep_going);

        if (more && r->busy < b->jobs)
            begin(r);
        else if (r->busy)
            wait_one(r);
        else
            break;
    }
    ok = !r->failed;
    printf("x400sim: %" PRIu64 " runs, %" PRIu64 " failed; %" PRIu64 " letters, %" PRIu64
           " transfers, %" PRIu64 " crashes, %" PRIu64 " octets, %" PRId64
           " h of virtual time in %ld s\n",
           r->done, r->failed, r->sum.letters, r->sum.transfers, r->sum.crashes, r->sum.octets,
           r->sum.end_ms / 3600000, (long)(time(NULL) - start));
    free(r);
    return ok;
}
