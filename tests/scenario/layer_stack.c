/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of whole associations, as a connector sees them above and as TCP carries them below:
 *
 *     end A mode=normal checkpoint=1 window=2 twa tpdu=2048    mode=x410-1988, mode=x410-1984
 *     end A tsel="mta-b" ssel="s" psel="p"                     the peer's; of B: its own
 *     end A apdus                                              the messages that it sends are shown
 *     A open mta="mta-a" password="slim"
 *     B accept mta="mta-b" password="slam"        or: refuse error=2
 *     A transfer 3000 octets                      also: transfer file=message.ber
 *     A transfer 3000 octets now=1000             no more than so many
 *     B secured 1    B secured                    a checkpoint; all of it
 *     B failed temporary    A discard    B please priority=2    A give    A close    A abort
 * reason=6 A TCP ends    A timer    A state
 *
 * SEND events are answered at once. On the wire are TPDUs and the end of TCP, with all the PDUs
 * that are whole then. */
#include "trace.h"

#include "base/error.h"
#include "osi/stack/stack.h"
#include "wire.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { TPDU_DEFAULT = 65531, TIMEOUT_MS = 60000, BIND_MAX = 1024 };

struct machine {
    struct trace_end *end;
    struct stack *st;
    struct pdu_text *shown;
    struct buf apdu;     /* being sent */
    struct buf received; /* the APDU being received */
    size_t sent;
    size_t supply; /* octets of it that are handed over; then it stops */
    int64_t now;
    bool over; /* the end of TCP is on the wire */
};

static const char *const mode_names[] = {
    [STACK_NORMAL] = "normal",
    [STACK_X410_1988] = "x410-1988",
    [STACK_X410_1984] = "x410-1984",
};

/* ---- events ---------------------------------------------------------------------------------- */

static void tell_open(struct machine *m, const struct stack_event *event)
{
    const struct stack_open *open = &event->u.open;
    struct buf *told = trace_tell(m->end);

    buf_printf(told, "%s mode=%s checkpoint=%u window=%u %s turn=%s tpdu=%u",
               event->type == STACK_EV_OPEN_IND ? "OPEN-IND" : "OPENED", mode_names[open->mode],
               open->checkpoint_kib, open->window, open->two_way_alternate ? "twa" : "monologue",
               open->turn_here ? "here" : "there", open->tpdu_size);
    pdu_text_bind(open->bind, told);
}

static void on_send(struct machine *m, size_t want)
{
    struct slice piece = slice_sub(buf_view(&m->apdu), m->sent, want);

    if (m->sent + want > m->supply)
        return;
    m->sent += want;
    trace_result(m->end, stack_send_segment(m->st, piece, m->now));
}

static void tell_end(struct machine *m)
{
    struct buf *told = trace_tell(m->end);

    buf_text(told, "RECEIVE-END ");
    trace_show_octets(buf_view(&m->received), told);
}

static void tell(struct machine *m, const struct stack_event *event)
{
    switch (event->type) {
    case STACK_EV_REFUSED:
        buf_printf(trace_tell(m->end), "REFUSED: %s%s", event->u.refusal.text,
                   event->u.refusal.transient ? " (transient)" : "");
        break;
    case STACK_EV_TURN_PLEASE:
        buf_printf(trace_tell(m->end), "TURN-PLEASE %lld", (long long)event->u.priority);
        break;
    case STACK_EV_TURN_GIVEN: buf_text(trace_tell(m->end), "TURN-GIVEN"); break;
    case STACK_EV_SENT: buf_text(trace_tell(m->end), "SENT"); break;
    case STACK_EV_NOT_SENT:
        buf_printf(trace_tell(m->end), "NOT-SENT: %s%s", event->u.failure.text,
                   event->u.failure.retry_here ? ", may be tried again here" : "");
        break;
    case STACK_EV_RECEIVE_START: buf_text(trace_tell(m->end), "RECEIVE-START"); break;
    case STACK_EV_RECEIVE_CHECKPOINT:
        buf_printf(trace_tell(m->end), "CHECKPOINT %u", event->u.checkpoint);
        break;
    case STACK_EV_RECEIVE_END: tell_end(m); break;
    case STACK_EV_RECEIVE_DROPPED: buf_text(trace_tell(m->end), "RECEIVE-DROPPED"); break;
    case STACK_EV_CLOSED: buf_text(trace_tell(m->end), "CLOSED"); break;
    case STACK_EV_ABORTED:
        buf_printf(trace_tell(m->end), "ABORTED: %s%s", event->u.abort.text,
                   event->u.abort.transfer_completed ? "; the transfer was completed" : "");
        break;
    default: break;
    }
}

static void on_event(struct machine *m, const struct stack_event *event)
{
    switch (event->type) {
    case STACK_EV_SEND: on_send(m, event->u.want); return;
    case STACK_EV_RECEIVE_DATA: buf_slice(&m->received, event->u.data); return;
    case STACK_EV_RECEIVE_START: buf_reset(&m->received); break;
    case STACK_EV_OPEN_IND:
    case STACK_EV_OPENED: tell_open(m, event); return;
    default: break;
    }
    tell(m, event);
}

/* ---- the wire -------------------------------------------------------------------------------- */

/* The output, and the end of TCP when the stack wants it. False: there was none. */
static bool flush(struct machine *m)
{
    size_t sent = wire_send(m->end, stack_output(m->st));

    stack_sent(m->st, sent);
    if (stack_wants_close(m->st) && !m->over) {
        m->over = true;
        wire_end(m->end);
    }
    return sent > 0;
}

static void run(struct machine *m)
{
    struct stack_event event;

    do {
        while (stack_next(m->st, &event))
            on_event(m, &event);
    } while (flush(m)); /* the stack holds back while much of it waits */
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum stack_mode mode_of(const char *params)
{
    char value[256];

    if (!trace_word(params, "mode", value))
        return STACK_NORMAL;
    return strcmp(value, mode_names[STACK_X410_1988]) == 0   ? STACK_X410_1988
           : strcmp(value, mode_names[STACK_X410_1984]) == 0 ? STACK_X410_1984
                                                             : STACK_NORMAL;
}

static struct slice selector(const char *params, const char *key, char value[256])
{
    return trace_word(params, key, value) ? slice_str(value) : SLICE_NONE;
}

static void *create(struct trace_end *e, const char *params)
{
    char tsel[256], ssel[256], psel[256];
    const struct stack_params p = {
        .initiator = trace_is_initiator(e),
        .mode = mode_of(params),
        .called = {.tsel = selector(params, "tsel", tsel),
                   .ssel = selector(params, "ssel", ssel),
                   .psel = selector(params, "psel", psel)},
        .max_tpdu = trace_number(params, "tpdu", TPDU_DEFAULT),
        .checkpoint_kib = trace_number(params, "checkpoint", 1),
        .window = trace_number(params, "window", 2),
        .two_way_alternate = trace_has(params, "twa"),
        .open_timeout_ms = TIMEOUT_MS,
        .answer_timeout_ms = TIMEOUT_MS,
        .user_reference = trace_is_initiator(e) ? "mta-a" : "mta-b",
        .utctime = "261122120700Z",
    };
    struct machine *m = calloc(1, sizeof(*m));

    assert(m);
    m->end = e;
    m->st = stack_new(&p);
    assert(m->st);
    m->shown =
        pdu_text_new(p.initiator, trace_has(params, "apdus") ? PDU_TEXT_CONTENTS : PDU_TEXT_PDUS);
    buf_init(&m->apdu, TRACE_ITEM_MAX);
    buf_init(&m->received, TRACE_ITEM_MAX);
    return m;
}

static void destroy(void *machine)
{
    struct machine *m = machine;

    stack_free(&m->st);
    buf_free(&m->apdu);
    buf_free(&m->received);
    pdu_text_free(&m->shown);
    free(m);
}

/* ---- requests -------------------------------------------------------------------------------- */

static int open_or_accept(struct machine *m, const char *words, bool accept)
{
    struct buf bind;
    int error;

    buf_init(&bind, BIND_MAX);
    pdu_text_put_bind(words, &bind);
    error = accept ? stack_accept(m->st, buf_view(&bind), m->now)
                   : stack_open(m->st, buf_view(&bind), m->now);
    buf_free(&bind);
    return error;
}

static int open_association(struct machine *m, const char *words)
{
    return open_or_accept(m, words, false);
}

static int accept_association(struct machine *m, const char *words)
{
    return open_or_accept(m, words, true);
}

static int refuse(struct machine *m, const char *words)
{
    return stack_refuse(m->st, (int)trace_number(words, "error", 0), m->now);
}

static void read_apdu(struct machine *m, const char *file)
{
    uint8_t octets[4096];
    FILE *in = fopen(file, "rb");
    size_t len;

    if (!in) {
        perror(file);
        return;
    }
    while ((len = fread(octets, 1, sizeof(octets), in)) > 0)
        buf_append(&m->apdu, octets, len);
    fclose(in);
}

static int transfer(struct machine *m, const char *words)
{
    char file[256];

    buf_reset(&m->apdu);
    m->sent = 0;
    m->supply = trace_number(words, "now", UINT_MAX);
    if (trace_word(words, "file", file))
        read_apdu(m, file);
    else if (!trace_octets(words, &m->apdu))
        return X4_EINVAL;
    return stack_transfer(m->st, m->apdu.len, m->now);
}

static int secured(struct machine *m, const char *words)
{
    if (*words)
        return stack_checkpoint_secured(m->st, (uint32_t)strtoul(words, NULL, 10), m->now);
    return stack_receive_secured(m->st, m->now);
}

static int failed(struct machine *m, const char *words)
{
    return stack_receive_failed(m->st, trace_has(words, "temporary"), m->now);
}

static int discard(struct machine *m, const char *words)
{
    (void)words;
    return stack_discard(m->st, m->now);
}

static int please(struct machine *m, const char *words)
{
    return stack_turn_please(m->st, trace_number(words, "priority", 0), m->now);
}

static int give(struct machine *m, const char *words)
{
    (void)words;
    return stack_turn_give(m->st, m->now);
}

static int request_close(struct machine *m, const char *words)
{
    (void)words;
    return stack_close(m->st, m->now);
}

static int request_abort(struct machine *m, const char *words)
{
    stack_abort(m->st, (int)trace_number(words, "reason", 0), m->now);
    return X4_OK;
}

static int tcp_ends(struct machine *m, const char *words)
{
    (void)words;
    stack_closed(m->st, m->now);
    return X4_OK;
}

static int expire(struct machine *m, const char *words)
{
    (void)words;
    if (stack_deadline(m->st) != INT64_MAX)
        m->now = stack_deadline(m->st);
    stack_timeout(m->st, m->now);
    return X4_OK;
}

static int show_state(struct machine *m, const char *words)
{
    char text[128];

    (void)words;
    stack_describe(m->st, text, sizeof(text));
    buf_text(trace_answer(m->end), text);
    return X4_OK;
}

static bool local(void *machine, const char *what)
{
    static const struct {
        const char *command;
        int (*act)(struct machine *m, const char *words);
    } commands[] = {
        {"open", open_association},
        {"accept", accept_association},
        {"refuse", refuse},
        {"transfer", transfer},
        {"secured", secured},
        {"failed", failed},
        {"discard", discard},
        {"please", please},
        {"give", give},
        {"close", request_close},
        {"abort", request_abort},
        {"TCP ends", tcp_ends},
        {"timer", expire},
        {"state", show_state},
    };
    struct machine *m = machine;
    bool understood = false;

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && !understood; i++) {
        const char *words = trace_command(what, commands[i].command);

        if (words)
            trace_result(m->end, commands[i].act(m, words));
        understood = words;
    }
    run(m);
    return understood;
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void receive(void *machine, const struct trace_item *item)
{
    struct machine *m = machine;

    if (item->kind == WIRE_TCP_END)
        stack_closed(m->st, m->now);
    else
        stack_input(m->st, buf_view(&item->octets), m->now);
    run(m);
}

static void show(void *machine, const struct trace_item *item, struct buf *out)
{
    struct machine *m = machine;

    wire_show(m->shown, item, out);
}

static const char *const opening[] = {"A open mta=\"mta-a\"",   "->", "<-", "->",
                                      "B accept mta=\"mta-b\"", "<-", NULL};

const struct trace_layer trace_stack = {
    .name = "stack",
    .opening = opening,
    .create = create,
    .destroy = destroy,
    .local = local,
    .receive = receive,
    .foreign = wire_foreign,
    .show = show,
};
