/* SPDX-License-Identifier: Apache-2.0 */
/* run_session [-p] TRACE...: plays text traces of two sessions, A and B, and compares what happens,
 * line by line. A line has two columns, "what happens | what is told then":
 *
 *     A S-DATA req "hello"     |                          the user of A asks
 *     -> DT "hello"            | B S-DATA ind "hello"      the next SPDU from A reaches B
 *     <- DT ...                | A ...                     likewise from B to A
 *     => 01007f00              | B ...                     a foreign SPDU reaches B (<= for A)
 *     A timer                  | A ...                     the timer of A expires
 *     A state                  | STA 713 data transfer, turn
 *
 * SPDUs wait on the wire until their line comes, so that crossings are written as they happen. A
 * line with an empty first column continues the second one; # begins a comment. Nothing may be left
 * on the wire at the end. -p prints the trace as it happened, for writing new ones. */
#include "base/buf.h"
#include "base/error.h"
#include "hex.h"
#include "osi/session/session.h"
#include "session_text.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUEUE_MAX = 64, TEXT_MAX = 65536, COLUMN = 52, TIMEOUT_MS = 1000 };

/* What a session handed down: a transport primitive on its way to the other end. */
struct item {
    enum t_service service;
    struct buf octets;
};

struct end {
    char name;
    struct session *s;
    struct session_sink sink;
    struct trace *trace;
    struct item queue[QUEUE_MAX]; /* sent and not delivered yet */
    unsigned first, count;
};

struct trace {
    const char *file;
    unsigned line;
    unsigned faults;
    bool print;
    struct end end[2];
    char event[1024];    /* first column of the step */
    struct buf expected; /* second column: what the file says */
    struct buf told;     /* and what was told */
};

/* ---- the two ends --------------------------------------------------------------------------- */

static void tell(struct trace *t, const char *text)
{
    if (t->told.len > 0)
        buf_text(&t->told, "; ");
    buf_text(&t->told, text);
}

static void note_up(void *ctx, const struct s_prim *prim)
{
    struct end *e = ctx;
    char name[3] = {e->name, ' ', 0};

    tell(e->trace, name);
    prim_text(prim, &e->trace->told);
}

static void note_down(void *ctx, const struct t_prim *prim)
{
    struct end *e = ctx;
    struct item *item = &e->queue[(e->first + e->count) % QUEUE_MAX];

    assert(e->count < QUEUE_MAX);
    e->count++;
    item->service = prim->service;
    buf_init(&item->octets, TEXT_MAX);
    for (unsigned i = 0; i < prim->data.count; i++)
        buf_slice(&item->octets, prim->data.part[i]);
}

static void note_timer(void *ctx, uint32_t ms)
{
    (void)ctx; /* expires when the trace says so */
    (void)ms;
}

static void end_init(struct trace *t, unsigned which)
{
    const struct session_params params = {
        .initiator = which == 0, .abort_timeout_ms = TIMEOUT_MS, .answer_timeout_ms = TIMEOUT_MS};
    struct end *e = &t->end[which];

    *e = (struct end){.name = "AB"[which], .trace = t};
    e->sink =
        (struct session_sink){.ctx = e, .up = note_up, .down = note_down, .timer = note_timer};
    e->s = session_new(&params, &e->sink);
    assert(e->s);
}

static void item_text(const struct item *item, struct buf *out)
{
    switch (item->service) {
    case T_CONNECT_REQUEST: buf_text(out, "T-CONNECT req"); break;
    case T_CONNECT_RESPONSE: buf_text(out, "T-CONNECT rsp"); break;
    case T_DISCONNECT_REQUEST: buf_text(out, "T-DISCONNECT req"); break;
    default: tsdu_text(buf_view(&item->octets), out);
    }
}

static void end_free(struct end *e)
{
    for (; e->count > 0; e->count--, e->first = (e->first + 1) % QUEUE_MAX)
        buf_free(&e->queue[e->first].octets);
    session_free(&e->s);
}

/* ---- steps ---------------------------------------------------------------------------------- */

static void receive(struct end *to, const struct item *item)
{
    static const enum t_service arrives[] = {
        [T_CONNECT_REQUEST] = T_CONNECT_INDICATION,
        [T_CONNECT_RESPONSE] = T_CONNECT_CONFIRM,
        [T_DATA_REQUEST] = T_DATA_INDICATION,
        [T_DISCONNECT_REQUEST] = T_DISCONNECT_INDICATION,
    };
    const struct t_prim prim = {.service = arrives[item->service],
                                .data = gather_one(buf_view(&item->octets)),
                                .text = "disconnected by the peer"};

    session_input(to->s, &prim);
}

/* The next item from one end reaches the other; its text becomes what happened. */
static void deliver(struct trace *t, unsigned from, struct buf *happened)
{
    struct end *e = &t->end[from];
    struct item *item = &e->queue[e->first];

    if (e->count == 0) {
        buf_text(happened, "nothing");
        return;
    }
    item_text(item, happened);
    receive(&t->end[!from], item);
    buf_free(&item->octets);
    e->first = (e->first + 1) % QUEUE_MAX;
    e->count--;
}

static void inject(struct end *to, const char *octets)
{
    struct item item = {.service = T_DATA_REQUEST};

    buf_init(&item.octets, TEXT_MAX);
    hex_append(&item.octets, octets);
    receive(to, &item);
    buf_free(&item.octets);
}

static void local(struct trace *t, struct end *e, const char *what)
{
    struct text_memory memory;
    struct s_prim prim;

    if (strcmp(what, "timer") == 0) {
        session_timeout(e->s);
    } else if (strcmp(what, "state") == 0) {
        tell(t, session_state_name(e->s));
        buf_text(&t->told, session_has_turn(e->s) ? ", turn" : "");
        buf_text(&t->told, session_in_activity(e->s) ? ", activity" : "");
    } else if (!prim_parse(what, &memory, &prim)) {
        tell(t, "what is this?");
    } else {
        int err = session_request(e->s, &prim);

        if (err)
            tell(t, x4_strerror(err));
    }
}

/* Do what the first column says. happened: the same text, or what was there instead. */
static void play(struct trace *t, struct buf *happened)
{
    const char *what = t->event;

    if (strncmp(what, "-> ", 3) == 0 || strncmp(what, "<- ", 3) == 0) {
        buf_append(happened, what, 3);
        deliver(t, what[0] == '<', happened);
        return;
    }
    buf_text(happened, what);
    if (strncmp(what, "=> ", 3) == 0 || strncmp(what, "<= ", 3) == 0)
        inject(&t->end[what[0] == '='], what + 3);
    else if ((what[0] == 'A' || what[0] == 'B') && what[1] == ' ')
        local(t, &t->end[what[0] == 'B'], what + 2);
    else
        tell(t, "what is this?");
}

static void fault(struct trace *t, const char *column, const char *expected, const char *happened)
{
    t->faults++;
    fprintf(stderr, "%s:%u: %s\n  expected: %s\n  happened: %s\n", t->file, t->line, column,
            expected, happened);
}

/* What is too long for its column gets a line of its own. */
static void print_step(const char *happened, const char *told)
{
    bool is_long = strlen(happened) > COLUMN;

    if (*told == 0)
        printf("%s\n", happened);
    else if (is_long)
        printf("%s\n%-*s | %s\n", happened, COLUMN, "", told);
    else
        printf("%-*s | %s\n", COLUMN, happened, told);
}

/* Play the step that has been read, and compare. */
static void finish_step(struct trace *t)
{
    struct buf happened;

    if (t->event[0] == 0)
        return;
    buf_init(&happened, TEXT_MAX);
    play(t, &happened);
    if (t->print)
        print_step(buf_cstr(&happened), buf_cstr(&t->told));
    if (strcmp(buf_cstr(&happened), t->event) != 0)
        fault(t, "event", t->event, buf_cstr(&happened));
    if (!slice_eq(buf_view(&t->expected), buf_view(&t->told)))
        fault(t, t->event, buf_cstr(&t->expected), buf_cstr(&t->told));
    buf_free(&happened);
    buf_reset(&t->expected);
    buf_reset(&t->told);
    t->event[0] = 0;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Without spaces at either end. */
static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t\n", text[len - 1]))
        text[--len] = 0;
    return text;
}

static void take_line(struct trace *t, char *line)
{
    char *second = strchr(line, '|');
    char *first = line;

    if (second)
        *second++ = 0;
    first = trim(first);
    second = second ? trim(second) : first + strlen(first);
    if (*first == 0 && *second == 0)
        return;
    if (*first) {
        finish_step(t);
        snprintf(t->event, sizeof(t->event), "%s", first);
    }
    if (*second && t->expected.len > 0)
        buf_text(&t->expected, "; ");
    buf_text(&t->expected, second);
}

/* Belongs in front of the next step. */
static void take_comment(struct trace *t, const char *line)
{
    finish_step(t);
    if (t->print)
        fputs(line, stdout);
}

static void check_wire(struct trace *t)
{
    for (unsigned i = 0; i < 2; i++) {
        struct end *e = &t->end[i];
        struct buf text;

        if (e->count == 0)
            continue;
        buf_init(&text, TEXT_MAX);
        item_text(&e->queue[e->first], &text);
        fault(t, "left on the wire", "nothing", buf_cstr(&text));
        buf_free(&text);
    }
}

/* The number of faults. */
static unsigned run(const char *file, bool print)
{
    struct trace *t = calloc(1, sizeof(*t));
    FILE *in = fopen(file, "r");
    char line[4096];
    unsigned faults;

    if (!in || !t) {
        perror(file);
        free(t);
        return 1;
    }
    t->file = file;
    t->print = print;
    buf_init(&t->expected, TEXT_MAX);
    buf_init(&t->told, TEXT_MAX);
    end_init(t, 0);
    end_init(t, 1);
    while (fgets(line, sizeof(line), in)) {
        if (line[0] != '#')
            take_line(t, line);
        else
            take_comment(t, line);
        t->line++;
    }
    finish_step(t);
    check_wire(t);
    fclose(in);
    faults = t->faults;
    end_free(&t->end[0]);
    end_free(&t->end[1]);
    buf_free(&t->expected);
    buf_free(&t->told);
    free(t);
    return faults;
}

int main(int argc, char **argv)
{
    bool print = argc > 1 && strcmp(argv[1], "-p") == 0;
    unsigned faults = 0;

    if (argc < 2 + print) {
        fprintf(stderr, "usage: run_session [-p] TRACE...\n");
        return 2;
    }
    for (int i = 1 + print; i < argc; i++)
        faults += run(argv[i], print);
    return faults ? 1 : 0;
}
