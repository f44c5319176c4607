/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include "base/error.h"
#include "hex.h"
#include "trace_internal.h"

#include <stdlib.h>

/* ---- what ends say --------------------------------------------------------------------------- */

bool trace_is_initiator(const struct trace_end *e)
{
    return e->name == 'A';
}

struct buf *trace_answer(struct trace_end *e)
{
    struct buf *told = &e->trace->told;

    if (told->len > 0)
        buf_text(told, "\n");
    return told;
}

struct buf *trace_tell(struct trace_end *e)
{
    struct buf *told = trace_answer(e);

    buf_printf(told, "%c ", e->name);
    return told;
}

void trace_result(struct trace_end *e, int error)
{
    if (error)
        buf_text(trace_answer(e), x4_strerror(error));
}

struct trace_item *trace_send(struct trace_end *e, unsigned kind)
{
    struct trace_item *item = &e->queue[(e->first + e->count) % QUEUE_MAX];

    assert(e->count < QUEUE_MAX);
    e->count++;
    item->kind = kind;
    buf_init(&item->octets, TRACE_ITEM_MAX);
    return item;
}

/* ---- the two ends ---------------------------------------------------------------------------- */

static void drop_first(struct trace_end *e)
{
    buf_free(&e->queue[e->first].octets);
    e->first = (e->first + 1) % QUEUE_MAX;
    e->count--;
}

void trace_end_all(struct trace *t)
{
    for (unsigned i = 0; i < 2; i++) {
        struct trace_end *e = &t->end[i];

        while (e->count > 0)
            drop_first(e);
        if (e->machine)
            t->layer->destroy(e->machine);
        e->machine = NULL;
    }
}

void trace_begin(struct trace *t)
{
    for (unsigned i = 0; i < 2; i++) {
        t->end[i].machine = t->layer->create(&t->end[i], t->end[i].params);
        assert(t->end[i].machine);
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The next item from one end reaches the other, or a foreign peer (to is NULL); its text becomes
 * what happened. */
static void deliver(struct trace *t, struct trace_end *from, struct trace_end *to,
                    struct buf *happened)
{
    struct trace_item item;

    if (from->count == 0) {
        buf_text(happened, "nothing");
        return;
    }
    item = from->queue[from->first];
    from->first = (from->first + 1) % QUEUE_MAX;
    from->count--;
    t->layer->show(from->machine, &item, happened);
    if (to)
        t->layer->receive(to->machine, &item);
    buf_free(&item.octets);
}

static bool inject(struct trace *t, struct trace_end *to, const char *text)
{
    struct trace_item item = {.kind = 0};
    bool understood;

    buf_init(&item.octets, TRACE_ITEM_MAX);
    understood = t->layer->foreign(text, &item);
    if (understood)
        t->layer->receive(to->machine, &item);
    buf_free(&item.octets);
    return understood;
}

/* The arrows: what the first column begins with when something leaves the wire. */
static bool play_arrow(struct trace *t, const char *what, struct buf *happened)
{
    struct trace_end *a = &t->end[0];
    struct trace_end *b = &t->end[1];
    const struct {
        const char *arrow;
        struct trace_end *from, *to;
    } arrows[] = {{"->>", a, NULL}, {"<<-", b, NULL}, {"->", a, b}, {"<-", b, a}};

    for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
        if (trace_command(what, arrows[i].arrow)) {
            buf_printf(happened, "%s ", arrows[i].arrow);
            deliver(t, arrows[i].from, arrows[i].to, happened);
            return true;
        }
    }
    return false;
}

void trace_play(struct trace *t, const char *what, struct buf *happened)
{
    struct trace_end *a = &t->end[0];
    struct trace_end *b = &t->end[1];
    bool understood = false;

    if (play_arrow(t, what, happened))
        return;
    buf_text(happened, what);
    if (strncmp(what, "=> ", 3) == 0 || strncmp(what, "<= ", 3) == 0)
        understood = inject(t, what[0] == '=' ? b : a, what + 3);
    else if ((what[0] == 'A' || what[0] == 'B') && what[1] == ' ')
        understood = t->layer->local((what[0] == 'B' ? b : a)->machine, what + 2);
    if (!understood)
        buf_text(trace_answer(a), "what is this?");
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Where key begins in text, at the beginning of a word and outside of quotes. */
static const char *find_word(const char *text, const char *key)
{
    size_t len = strlen(key);
    bool quoted = false;
    bool at_start = true;

    for (; *text; text++) {
        if (at_start && !quoted && strncmp(text, key, len) == 0)
            return text;
        quoted ^= *text == '"';
        at_start = *text == ' ';
    }
    return NULL;
}

const char *trace_word(const char *text, const char *key, char value[256])
{
    const char *p = text;
    size_t len;

    do {
        p = find_word(p, key);
        if (!p)
            return NULL;
        p += strlen(key);
    } while (*p != '=');
    p++;
    len = *p == '"' ? strcspn(p + 1, "\"") : strcspn(p, " ");
    p += *p == '"';
    assert(len < 256);
    memcpy(value, p, len);
    value[len] = 0;
    return value;
}

unsigned trace_number(const char *text, const char *key, unsigned otherwise)
{
    char value[256];

    return trace_word(text, key, value) ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

bool trace_has(const char *text, const char *word)
{
    const char *p = find_word(text, word);

    return p && (p[strlen(word)] == 0 || p[strlen(word)] == ' ');
}

const char *trace_command(const char *text, const char *command)
{
    size_t len = strlen(command);

    if (strncmp(text, command, len) != 0 || (text[len] != 0 && text[len] != ' '))
        return NULL;
    return text + len + (text[len] == ' ');
}

/* ---- octets ---------------------------------------------------------------------------------- */

bool trace_octets(const char *text, struct buf *out)
{
    char *end;
    unsigned long count;

    if (*text == '"') {
        buf_append(out, text + 1, strcspn(text + 1, "\""));
        return true;
    }
    if (*text == '<') {
        hex_append(out, text);
        return true;
    }
    count = strtoul(text, &end, 10);
    if (end == text || !trace_command(end, " octets"))
        return false;
    for (unsigned long i = 0; i < count; i++)
        buf_u8(out, 'a' + (unsigned)(i % 26));
    return true;
}

void trace_show_octets(struct slice octets, struct buf *out)
{
    bool printable = true;

    for (size_t i = 0; i < octets.len; i++)
        printable = printable && octets.p[i] >= ' ' && octets.p[i] < 0x7f && octets.p[i] != '"';
    if (octets.len > TRACE_SHORT) {
        buf_printf(out, "%zu octets", octets.len);
    } else if (printable) {
        buf_text(out, "\"");
        buf_slice(out, octets);
        buf_text(out, "\"");
    } else {
        buf_text(out, "<");
        buf_hex(out, octets);
        buf_text(out, ">");
    }
}
