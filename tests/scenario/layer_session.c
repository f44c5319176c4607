/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of the session service and its SPDUs. User data and selectors are any octets:
 *
 *     A S-CONNECT req units=0249 turn=here "bind"
 *     -> CN ... "bind"
 *     => 01 00 7f 00                                 a foreign TSDU, hexadecimal
 *
 * The notation of primitives and SPDUs is that of session_text.h. */
#include "trace.h"

#include "hex.h"
#include "osi/session/session.h"
#include "session_text.h"

#include <stdlib.h>

enum { TIMEOUT_MS = 1000 };

struct machine {
    struct trace_end *end;
    struct session *s;
    struct session_sink sink;
};

static void note_up(void *ctx, const struct s_prim *prim)
{
    struct machine *m = ctx;

    prim_text(prim, trace_tell(m->end));
}

/* An item's kind is the request; what comes of it at the other end is in arrives[]. */
static void note_down(void *ctx, const struct t_prim *prim)
{
    struct machine *m = ctx;
    struct trace_item *item = trace_send(m->end, prim->service);

    for (unsigned i = 0; i < prim->data.count; i++)
        buf_slice(&item->octets, prim->data.part[i]);
}

static void note_timer(void *ctx, uint32_t ms)
{
    (void)ctx; /* expires when the trace says so */
    (void)ms;
}

static void *create(struct trace_end *e, const char *params)
{
    const struct session_params p = {.initiator = trace_is_initiator(e),
                                     .abort_timeout_ms = TIMEOUT_MS,
                                     .answer_timeout_ms = TIMEOUT_MS};
    struct machine *m = calloc(1, sizeof(*m));

    (void)params;
    assert(m);
    m->end = e;
    m->sink =
        (struct session_sink){.ctx = m, .up = note_up, .down = note_down, .timer = note_timer};
    m->s = session_new(&p, &m->sink);
    assert(m->s);
    return m;
}

static void destroy(void *machine)
{
    struct machine *m = machine;

    session_free(&m->s);
    free(m);
}

static void show_state(const struct machine *m)
{
    buf_printf(trace_answer(m->end), "%s%s%s", session_state_name(m->s),
               session_has_turn(m->s) ? ", turn" : "",
               session_in_activity(m->s) ? ", activity" : "");
}

static bool local(void *machine, const char *what)
{
    struct machine *m = machine;
    struct text_memory memory;
    struct s_prim prim;

    if (strcmp(what, "timer") == 0)
        session_timeout(m->s);
    else if (strcmp(what, "state") == 0)
        show_state(m);
    else if (prim_parse(what, &memory, &prim))
        trace_result(m->end, session_request(m->s, &prim));
    else
        return false;
    return true;
}

static void receive(void *machine, const struct trace_item *item)
{
    static const enum t_service arrives[] = {
        [T_CONNECT_REQUEST] = T_CONNECT_INDICATION,
        [T_CONNECT_RESPONSE] = T_CONNECT_CONFIRM,
        [T_DATA_REQUEST] = T_DATA_INDICATION,
        [T_DISCONNECT_REQUEST] = T_DISCONNECT_INDICATION,
    };
    struct machine *m = machine;
    const struct t_prim prim = {.service = arrives[item->kind],
                                .data = gather_one(buf_view(&item->octets)),
                                .text = "disconnected by the peer"};

    session_input(m->s, &prim);
}

static bool foreign(const char *text, struct trace_item *item)
{
    item->kind = T_DATA_REQUEST;
    hex_append(&item->octets, text);
    return true;
}

static void show(void *machine, const struct trace_item *item, struct buf *out)
{
    (void)machine;
    switch (item->kind) {
    case T_CONNECT_REQUEST: buf_text(out, "T-CONNECT req"); break;
    case T_CONNECT_RESPONSE: buf_text(out, "T-CONNECT rsp"); break;
    case T_DISCONNECT_REQUEST: buf_text(out, "T-DISCONNECT req"); break;
    default: tsdu_text(buf_view(&item->octets), out); break;
    }
}

static const char *const opening[] = {"A S-CONNECT req units=0249 turn=here", "->", "<-", "->",
                                      "B S-CONNECT rsp accepted units=0249",  "<-", NULL};

const struct trace_layer trace_session = {
    .name = "session",
    .opening = opening,
    .create = create,
    .destroy = destroy,
    .local = local,
    .receive = receive,
    .foreign = foreign,
    .show = show,
};
