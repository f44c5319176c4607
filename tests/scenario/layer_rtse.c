/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of the reliable transfer service over either of its providers: the RTPM with ACSE and
 * presentation in normal mode, or with the connect parameters of X.410-1984 mode.
 *
 *     end A mode=normal checkpoint=1 window=2 twa     mode=x410 protocol=12
 *     A RT-OPEN req mta="mta-a" password="slim"
 *     B RT-OPEN rsp mta="mta-b"                       or: refused reason=0 error=0 transient
 *     A RT-TRANSFER req 2500 octets                   segments go as the window allows
 *     B secured 1                                     checkpoint 1 is on the disk
 *     B RT-TRANSFER rsp                               all is
 *     A discard    B exception reason=1    A lost     (the session's provider aborts)
 *     A RT-TURN-PLEASE req priority=3    B RT-TURN-GIVE req    A RT-CLOSE req
 *     A RT-U-ABORT req reason=6    A timer    A state
 *
 * On the wire are session requests and responses, as session_text.h writes them, and below them
 * what is in their user data. A foreign peer's are written in the same way, user data as
 * <hexadecimal>. */
#include "trace.h"

#include "base/error.h"
#include "osi/rtse/rtpm.h"
#include "pdu_text.h"
#include "session_text.h"

#include <assert.h>
#include <stdlib.h>

enum { ARENA_MAX = 4 * 1024 * 1024, BIND_MAX = 1024, TIMEOUT_MS = 1000 };

struct machine {
    struct trace_end *end;
    struct rtpm r;
    struct rtpm_sink sink;
    struct rt_lower lower;
    struct arena arena;
    struct pdu_text *shown;
    struct buf apdu; /* being sent */
    size_t sent;
};

/* ---- what it tells --------------------------------------------------------------------------- */

static void tell_open(struct machine *m, const struct rt_event *event)
{
    const struct rt_open *open = &event->u.open;
    struct buf *told = trace_tell(m->end);

    buf_printf(told, "RT-OPEN %s checkpoint=%u window=%u %s turn=%s",
               event->type == RT_OPEN_IND ? "ind" : "cnf accepted", open->checkpoint_kib,
               open->window, open->two_way_alternate ? "twa" : "monologue",
               open->turn_here ? "here" : "there");
    pdu_text_bind(open->user_data, told);
}

static void tell_refused(struct machine *m, const struct rt_refusal *refusal)
{
    struct buf *told = trace_tell(m->end);

    buf_printf(told, "RT-OPEN refused by %s", rt_layer_name(refusal->layer));
    if (refusal->code >= 0)
        buf_printf(told, " %s=%d", refusal->aborted ? "abort" : "code", refusal->code);
    buf_text(told, refusal->transient ? " transient" : "");
    pdu_text_bind(refusal->user_data, told);
    if (refusal->text)
        buf_printf(told, ": %s", refusal->text);
}

static void tell_aborted(struct machine *m, const struct rt_abort *abort)
{
    struct buf *told = trace_tell(m->end);

    if (abort->by_peer)
        buf_printf(told, "aborted by the peer's %s", rt_layer_name(abort->layer));
    else
        buf_text(told, "aborted here");
    if (abort->reason >= 0)
        buf_printf(told, " reason=%d", abort->reason);
    if (abort->transfer_completed)
        buf_text(told, ", the transfer was completed");
    if (abort->text)
        buf_printf(told, ": %s", abort->text);
}

static void tell_not_sent(struct machine *m, const struct rt_failure *failure)
{
    struct buf *told = trace_tell(m->end);

    buf_text(told, "RT-TRANSFER cnf negative");
    if (failure->reason >= 0)
        buf_printf(told, " reason=%d", failure->reason);
    buf_text(told, failure->completed ? ", completed" : "");
    buf_text(told, failure->retry_here ? ", may be tried again here" : "");
}

static void note_up(void *ctx, const struct rt_event *event)
{
    struct machine *m = ctx;
    struct buf *told;

    switch (event->type) {
    case RT_OPEN_IND:
    case RT_OPEN_CNF: tell_open(m, event); return;
    case RT_REFUSED: tell_refused(m, &event->u.refusal); return;
    case RT_ABORTED: tell_aborted(m, &event->u.abort); return;
    case RT_NOT_SENT: tell_not_sent(m, &event->u.failure); return;
    default: break;
    }
    told = trace_tell(m->end);
    switch (event->type) {
    case RT_TURN_PLEASE:
        buf_printf(told, "RT-TURN-PLEASE ind priority=%lld", (long long)event->u.priority);
        break;
    case RT_TURN_GIVEN: buf_text(told, "RT-TURN-GIVE ind"); break;
    case RT_SENT: buf_text(told, "RT-TRANSFER cnf"); break;
    case RT_RECEIVE_START: buf_text(told, "RT-TRANSFER begins"); break;
    case RT_RECEIVE_DATA:
        buf_text(told, "RT-TRANSFER ");
        trace_show_octets(event->u.data, told);
        break;
    case RT_RECEIVE_CHECKPOINT: buf_printf(told, "checkpoint %u", event->u.serial); break;
    case RT_RECEIVE_END: buf_text(told, "RT-TRANSFER ind"); break;
    case RT_RECEIVE_DROPPED: buf_text(told, "RT-TRANSFER dropped"); break;
    default: buf_text(told, "RT-CLOSE"); break;
    }
}

/* ---- the wire -------------------------------------------------------------------------------- */

/* The item's octets are the primitive as text, NUL-terminated, its user data in one piece. */
static void send(struct machine *m, const struct s_prim *prim)
{
    struct s_prim flat = *prim;
    struct buf *item;
    struct buf data;

    buf_init(&data, TRACE_ITEM_MAX);
    for (unsigned i = 0; i < prim->data.count; i++)
        buf_slice(&data, prim->data.part[i]);
    flat.data = gather_one(buf_view(&data));
    item = &trace_send(m->end, prim->service)->octets;
    prim_text(&flat, item);
    buf_cstr(item);
    buf_free(&data);
}

static void note_down(void *ctx, const struct rl_prim *prim)
{
    struct machine *m = ctx;
    struct s_prim request;
    int error = rt_lower_put(&m->lower, prim, &request);

    trace_result(m->end, error);
    if (!error)
        send(m, &request);
}

static void note_timer(void *ctx, uint32_t ms)
{
    (void)ctx; /* expires when the trace says so */
    (void)ms;
}

/* A session indication or confirm reaches the provider, and what it makes of it the RTPM. */
static void take(struct machine *m, const struct s_prim *prim)
{
    struct s_prim reply;
    struct rl_prim up;
    int error;

    arena_reset(&m->arena);
    error = rt_lower_take(&m->lower, prim, &up, &reply);
    if (error == X4_EPROTO)
        send(m, &reply);
    else
        trace_result(m->end, error);
    rtpm_input(&m->r, &up);
}

/* ---- life ------------------------------------------------------------------------------------ */

static struct rt_lower_params lower_params(void)
{
    static const struct slice syntaxes[RL_SYNTAXES] = {
        {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4}, /* acse */
        {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4}, /* rtse */
        {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4}, /* mts-transfer */
    };

    return (struct rt_lower_params){
        .syntaxes = syntaxes,
        .application_context = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4},
        .user_reference = "vm",
        .utctime = "261122120700Z",
    };
}

static void *create(struct trace_end *e, const char *params)
{
    const struct rt_lower_params lower = lower_params();
    const struct rtpm_params rtpm = {
        .initiator = trace_is_initiator(e),
        .checkpoint_kib = trace_number(params, "checkpoint", 1),
        .window = trace_number(params, "window", 2),
        .two_way_alternate = trace_has(params, "twa"),
        .application_protocol = (int)trace_number(params, "protocol", 0),
        .open_timeout_ms = TIMEOUT_MS,
        .answer_timeout_ms = TIMEOUT_MS,
    };
    struct machine *m = calloc(1, sizeof(*m));
    char mode[256];
    bool x410 = trace_word(params, "mode", mode) && strcmp(mode, "x410") == 0;

    assert(m);
    m->end = e;
    m->sink = (struct rtpm_sink){.ctx = m, .up = note_up, .down = note_down, .timer = note_timer};
    m->shown = pdu_text_new(rtpm.initiator, PDU_TEXT_PDUS);
    arena_init(&m->arena, ARENA_MAX);
    buf_init(&m->apdu, TRACE_ITEM_MAX);
    rt_lower_init(&m->lower, x410 ? &rt_provider_x410 : &rt_provider_normal, &lower, &m->arena);
    rtpm_init(&m->r, &rtpm, &m->sink, &m->arena);
    return m;
}

static void destroy(void *machine)
{
    struct machine *m = machine;

    rt_lower_free(&m->lower);
    arena_free(&m->arena);
    buf_free(&m->apdu);
    pdu_text_free(&m->shown);
    free(m);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Segments of the APDU, until the window is closed or all is gone. */
static void go_on(struct machine *m)
{
    while (m->sent < m->apdu.len && rtpm_may_send(&m->r)) {
        size_t size = rtpm_segment_size(&m->r);
        struct slice segment = slice_from(buf_view(&m->apdu), m->sent);
        struct gather octets;

        if (size && segment.len > size)
            segment.len = size;
        octets = gather_one(segment);
        m->sent += segment.len;
        trace_result(m->end, rtpm_segment(&m->r, &octets, m->sent == m->apdu.len));
    }
}

static bool transfer(struct machine *m, const char *octets)
{
    buf_reset(&m->apdu);
    m->sent = 0;
    if (!trace_octets(octets, &m->apdu))
        return false;
    trace_result(m->end, rtpm_transfer(&m->r));
    return true;
}

static int refuse(struct machine *m, const char *words)
{
    unsigned reason = trace_number(words, "reason", RT_REFUSE_BUSY);
    struct buf error;
    int result;

    buf_init(&error, BIND_MAX);
    if (trace_has(words, "error"))
        ber_put_integer(&error, BER_T_INTEGER, reason);
    result = rtpm_refuse(&m->r, (enum rt_refuse_reason)reason,
                         error.len ? buf_view(&error) : SLICE_NONE, trace_has(words, "transient"));
    buf_free(&error);
    return result;
}

static int open_or_accept(struct machine *m, const char *words, bool accept)
{
    struct buf bind;
    struct slice data;
    int result;

    buf_init(&bind, BIND_MAX);
    pdu_text_put_bind(words, &bind);
    data = bind.len ? buf_view(&bind) : SLICE_NONE;
    result = accept ? rtpm_accept(&m->r, data) : rtpm_open(&m->r, data);
    buf_free(&bind);
    return result;
}

static int respond(struct machine *m, const char *words)
{
    return trace_has(words, "refused") ? refuse(m, words) : open_or_accept(m, words, true);
}

static int request_open(struct machine *m, const char *words)
{
    return open_or_accept(m, words, false);
}

static int secure(struct machine *m, const char *words)
{
    return rtpm_confirm(&m->r, (uint32_t)strtoul(words, NULL, 10));
}

static int request_secured(struct machine *m, const char *words)
{
    (void)words;
    return rtpm_secured(&m->r);
}

static int discard(struct machine *m, const char *words)
{
    (void)words;
    m->sent = m->apdu.len;
    return rtpm_discard(&m->r);
}

static int report(struct machine *m, const char *words)
{
    return rtpm_exception(&m->r, (enum s_reason)trace_number(words, "reason", 0));
}

static int please(struct machine *m, const char *words)
{
    return rtpm_turn_please(&m->r, trace_number(words, "priority", 0));
}

static int give(struct machine *m, const char *words)
{
    (void)words;
    return rtpm_turn_give(&m->r);
}

static int request_close(struct machine *m, const char *words)
{
    (void)words;
    return rtpm_close(&m->r);
}

static int request_abort(struct machine *m, const char *words)
{
    return rtpm_abort(&m->r, (enum rt_abort_reason)trace_number(words, "reason", 0));
}

static int lose(struct machine *m, const char *words)
{
    struct s_prim prim = {.service = S_P_ABORT, .op = PRIM_INDICATION};

    (void)words;
    prim.u.p_abort.cause = S_ABORT_TRANSPORT_LOST;
    prim.u.p_abort.text = "the line broke";
    take(m, &prim);
    return X4_OK;
}

static int expire(struct machine *m, const char *words)
{
    (void)words;
    rtpm_timeout(&m->r);
    return X4_OK;
}

static int show_state(struct machine *m, const char *words)
{
    (void)words;
    buf_text(trace_answer(m->end), rtpm_state_name(&m->r));
    return X4_OK;
}

static bool local(void *machine, const char *what)
{
    static const struct {
        const char *command;
        int (*act)(struct machine *m, const char *words);
    } commands[] = {
        {"RT-OPEN req", request_open},
        {"RT-OPEN rsp", respond},
        {"RT-TRANSFER rsp", request_secured},
        {"secured", secure},
        {"discard", discard},
        {"exception", report},
        {"RT-TURN-PLEASE req", please},
        {"RT-TURN-GIVE req", give},
        {"RT-CLOSE req", request_close},
        {"RT-U-ABORT req", request_abort},
        {"lost", lose},
        {"timer", expire},
        {"state", show_state},
    };
    struct machine *m = machine;
    const char *octets = trace_command(what, "RT-TRANSFER req");
    bool understood = octets && transfer(m, octets);

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && !understood; i++) {
        const char *words = trace_command(what, commands[i].command);

        if (words)
            trace_result(m->end, commands[i].act(m, words));
        understood = words;
    }
    go_on(m);
    return understood;
}

static struct s_prim parse(const struct trace_item *item, struct text_memory *memory)
{
    struct s_prim prim;
    bool understood = prim_parse((const char *)item->octets.p, memory, &prim);

    assert(understood);
    return prim;
}

static void receive(void *machine, const struct trace_item *item)
{
    struct machine *m = machine;
    struct text_memory memory;
    struct s_prim prim = parse(item, &memory);

    prim.op = prim.op == PRIM_REQUEST ? PRIM_INDICATION : PRIM_CONFIRM;
    if (prim.service == S_CONNECT)
        prim.u.connect.turn_here = !prim.u.connect.turn_here;
    take(m, &prim);
    go_on(m);
}

static bool foreign(const char *text, struct trace_item *item)
{
    struct text_memory memory;
    struct s_prim prim;

    buf_text(&item->octets, text);
    buf_cstr(&item->octets);
    return prim_parse(text, &memory, &prim);
}

/* The primitive without its user data, and that below. */
static void show(void *machine, const struct trace_item *item, struct buf *out)
{
    struct machine *m = machine;
    struct text_memory memory;
    const struct s_prim prim = parse(item, &memory);
    struct s_prim bare = prim;

    bare.data = (struct gather){.count = 0};
    prim_text(&bare, out);
    if (prim.data.count)
        pdu_text_user_data(m->shown, &prim, out);
}

static const char *const opening[] = {"A RT-OPEN req mta=\"mta-a\"", "->",
                                      "B RT-OPEN rsp mta=\"mta-b\"", "<-", NULL};

const struct trace_layer trace_rtse = {
    .name = "rtse",
    .opening = opening,
    .create = create,
    .destroy = destroy,
    .local = local,
    .receive = receive,
    .foreign = foreign,
    .show = show,
};
