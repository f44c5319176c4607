/* SPDX-License-Identifier: Apache-2.0 */
/* play [--write] TRACE...: plays text traces of two machines of one layer, A and B, and compares
 * what happens with the file, line by line. A line has two columns, "what happens | what is told
 * then":
 *
 *     # Comments say what the trace is about.
 *     layer session            two new machines (also in the middle, with nothing on the wire)
 *     end A checkpoint=1       parameters of an end, before its first step
 *     opened                   the two open a connection, without a word of it here
 *     A S-DATA req "hello"     |                          the user of A asks
 *     -> DT "hello"            | B S-DATA ind "hello"      the next item from A reaches B
 *     <- DT ...                | A ...                     likewise from B to A
 *     => 01007f00              | B ...                     what a foreign peer sends reaches B
 *     <= 01007f00              | A ...                     likewise A
 *     ->> DT "hello"                                       B does not see the next item from A: the
 *     <<- DT ...                                           peer is a foreign one, or the layer
 * below drops it; likewise from B A timer                  | A ...                     the timer of
 * A expires A state                  | STA 713 data transfer, turn
 *
 * What the ends send waits on the wire until its line comes, so that crossings are written as they
 * happen. A line that begins with spaces continues the column that it has text in. Nothing may be
 * left on the wire at the end. --write replaces the second column, and what the arrows show, by
 * what happened: write the left side, let it be filled in, and read it. */
#include "trace_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN = 52, CONTINUED = 3, LINE_OCTETS = 8192 };

static void fault(struct trace *t, const char *column, const char *expected, const char *happened)
{
    t->faults++;
    fprintf(stderr, "%s:%u: %s\n  expected: %s\n  happened: %s\n", t->file, t->line, column,
            expected, happened);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The next line of *text, without its line feed; NULL at the end. Cuts the text. */
static char *next_line(char **text)
{
    return *text && **text ? strsep(text, "\n") : NULL;
}

/* What is long, or has several lines, has its lines for itself. */
static void write_step(struct trace *t, const char *happened, const char *told)
{
    char *left = strdup(happened);
    char *right = strdup(told);
    char *l = left;
    char *r = right;
    bool apart = strchr(happened, '\n') || strlen(happened) > COLUMN;
    const char *line;

    assert(left && right);
    for (bool first = true; (line = next_line(&l)); first = false) {
        const char *beside = apart ? NULL : next_line(&r);

        if (beside)
            buf_printf(&t->written, "%-*s | %s\n", COLUMN, line, beside);
        else
            buf_printf(&t->written, "%*s%s\n", first ? 0 : CONTINUED, "", line);
    }
    while ((line = next_line(&r)))
        buf_printf(&t->written, "%-*s | %s\n", COLUMN, "", line);
    free(left);
    free(right);
}

static bool replace_file(const char *file, struct slice text)
{
    FILE *out = fopen(file, "w");
    bool ok = out && fwrite(text.p, 1, text.len, out) == text.len;

    if (out && fclose(out) != 0)
        ok = false;
    if (!ok)
        perror(file);
    return ok;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Play the step that has been read, and compare. */
static void finish_step(struct trace *t)
{
    struct buf happened;

    if (t->event.len == 0)
        return;
    buf_init(&happened, TRACE_TEXT_MAX);
    if (!t->layer) {
        fault(t, "event", "a line \"layer\" first", buf_cstr(&t->event));
    } else {
        if (!t->end[0].machine)
            trace_begin(t);
        trace_play(t, buf_cstr(&t->event), &happened);
    }
    write_step(t, buf_cstr(&happened), buf_cstr(&t->told));
    if (!t->write && !slice_eq(buf_view(&happened), buf_view(&t->event)))
        fault(t, "event", buf_cstr(&t->event), buf_cstr(&happened));
    if (!t->write && !slice_eq(buf_view(&t->expected), buf_view(&t->told)))
        fault(t, buf_cstr(&t->event), buf_cstr(&t->expected), buf_cstr(&t->told));
    buf_free(&happened);
    buf_reset(&t->event);
    buf_reset(&t->expected);
    buf_reset(&t->told);
}

/* Nothing may be left on the wire. */
static void check_wire(struct trace *t)
{
    for (unsigned i = 0; i < 2; i++) {
        struct trace_end *e = &t->end[i];
        struct buf text;

        if (e->count == 0)
            continue;
        buf_init(&text, TRACE_TEXT_MAX);
        t->layer->show(e->machine, &e->queue[e->first], &text);
        fault(t, "left on the wire", "nothing", buf_cstr(&text));
        buf_free(&text);
    }
}

/* ---- the file -------------------------------------------------------------------------------- */

static void choose_layer(struct trace *t, const char *name)
{
    static const struct trace_layer *const layers[] = {&trace_transport, &trace_session,
                                                       &trace_rtse, &trace_stack, &trace_mta};

    check_wire(t);
    trace_end_all(t);
    buf_reset(&t->told); /* what their end told them */
    t->end[0].params[0] = t->end[1].params[0] = 0;
    t->layer = NULL;
    for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
        if (strcmp(layers[i]->name, name) == 0)
            t->layer = layers[i];
    }
    if (!t->layer)
        fault(t, "layer", "a layer", name);
}

static void add_params(struct trace *t, const char *text)
{
    struct trace_end *e = &t->end[*text == 'B'];
    size_t used = strlen(e->params);

    if ((*text != 'A' && *text != 'B') || e->machine)
        fault(t, "end", "A or B, before the first step", text);
    else
        snprintf(e->params + used, sizeof(e->params) - used, "%s ", text + 1 + (text[1] == ' '));
}

/* Its steps are shown and compared in other traces. */
static void open_silently(struct trace *t)
{
    struct buf unseen;

    buf_init(&unseen, TRACE_TEXT_MAX);
    trace_begin(t);
    for (const char *const *step = t->layer->opening; *step; step++)
        trace_play(t, *step, &unseen);
    buf_free(&unseen);
    buf_reset(&t->told);
}

/* What stands by itself: comments, empty lines, directives. False: line is none of these. */
static bool take_directive(struct trace *t, const char *line)
{
    const char *layer = trace_command(line, "layer");
    const char *end = trace_command(line, "end");

    bool opened = strcmp(line, "opened") == 0;

    if (!layer && !end && !opened && *line != '#' && *line != 0)
        return false;
    finish_step(t);
    if (opened)
        open_silently(t);
    else if (layer)
        choose_layer(t, layer);
    else if (end)
        add_params(t, end);
    buf_printf(&t->written, "%s\n", line);
    return true;
}

/* Cuts white space off the end. */
static void trim_end(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && strchr(" \t\n", text[len - 1]))
        text[--len] = 0;
}

static void append_line(struct buf *to, const char *text)
{
    if (*text == 0)
        return;
    if (to->len > 0)
        buf_text(to, "\n");
    buf_text(to, text);
}

static void take_step(struct trace *t, char *line)
{
    char *second = strstr(line, " | ");
    bool continued = *line == ' ';

    if (second) {
        *second = 0;
        second += strlen(" | ");
    }
    trim_end(line);
    if (!continued)
        finish_step(t);
    append_line(&t->event, continued && *line ? line + CONTINUED : line);
    append_line(&t->expected, second ? second : "");
}

static void play_file(struct trace *t, FILE *in)
{
    char line[LINE_OCTETS];

    while (fgets(line, sizeof(line), in)) {
        trim_end(line);
        if (!take_directive(t, line))
            take_step(t, line);
        t->line++;
    }
    finish_step(t);
    check_wire(t);
}

/* The number of faults. */
static unsigned run(const char *file, bool write)
{
    struct trace *t = calloc(1, sizeof(*t));
    FILE *in = fopen(file, "r");
    struct buf *bufs[] = {&t->event, &t->expected, &t->told, &t->written};
    unsigned faults;

    assert(t);
    if (!in) {
        perror(file);
        free(t);
        return 1;
    }
    t->file = file;
    t->write = write;
    for (unsigned i = 0; i < 2; i++)
        t->end[i] = (struct trace_end){.name = "AB"[i], .trace = t};
    for (unsigned i = 0; i < 4; i++)
        buf_init(bufs[i], TRACE_TEXT_MAX);
    play_file(t, in);
    fclose(in);
    faults = t->faults;
    if (write && !replace_file(file, buf_view(&t->written)))
        faults++;
    trace_end_all(t);
    for (unsigned i = 0; i < 4; i++)
        buf_free(bufs[i]);
    free(t);
    return faults;
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    unsigned faults = 0;

    if (argc < 2 + write) {
        fprintf(stderr, "usage: play [--write] TRACE...\n");
        return 2;
    }
    for (int i = 1 + write; i < argc; i++)
        faults += run(argv[i], write);
    return faults ? 1 : 0;
}
