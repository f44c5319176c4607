/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of the transport service and its TPDUs:
 *
 *     end A size=1024                              the largest TPDU it proposes or accepts
 *     A T-CONNECT req calling="a" called="b"
 *     -> CR ...
 *     A T-DATA req "hello"                         also: 3000 octets, first | middle | last
 *     A T-DISCONNECT req reason=128
 *     A TCP ends
 *     => 0300000702f080                            octets from a foreign peer, hexadecimal
 *
 * On the wire are TPDUs, each in its TPKT, and the end of TCP. */
#include "trace.h"

#include "hex.h"
#include "osi/transport/tpdu.h"
#include "osi/transport/transport.h"
#include "wire.h"

#include <stdlib.h>

enum { OUTPUT_MAX = 8 * 1024 * 1024, SIZE_DEFAULT = 65531 };

struct machine {
    struct trace_end *end;
    struct transport *t;
    struct transport_sink sink;
    struct buf output;
    bool close;
};

static const char *const part_names[] = {
    [PART_WHOLE] = "", [PART_FIRST] = " first", [PART_MIDDLE] = " middle", [PART_LAST] = " last"};

/* ---- what it tells --------------------------------------------------------------------------- */

static void show_selector(const char *name, struct slice selector, struct buf *out)
{
    if (!slice_present(selector))
        return;
    buf_printf(out, " %s=", name);
    trace_show_octets(selector, out);
}

static void note_up(void *ctx, const struct t_prim *prim)
{
    struct machine *m = ctx;
    struct buf *told = trace_tell(m->end);

    switch (prim->service) {
    case T_DATA_INDICATION:
        buf_text(told, "T-DATA ind ");
        trace_show_octets(prim->data.count ? prim->data.part[0] : SLICE_NONE, told);
        buf_text(told, part_names[prim->part]);
        break;
    case T_DISCONNECT_INDICATION:
        buf_printf(told, "T-DISCONNECT ind reason=%u: %s", (unsigned)prim->reason, prim->text);
        break;
    default:
        buf_printf(told, "T-CONNECT %s", prim->service == T_CONNECT_INDICATION ? "ind" : "cnf");
        show_selector("calling", prim->calling_tsel, told);
        show_selector("called", prim->called_tsel, told);
        buf_printf(told, " size=%u", transport_tpdu_size(m->t));
        break;
    }
}

static void note_close(void *ctx)
{
    struct machine *m = ctx;

    m->close = true;
}

/* The output, and the end of TCP behind it. */
static void flush(struct machine *m)
{
    wire_send(m->end, buf_view(&m->output));
    buf_reset(&m->output);
    if (m->close)
        wire_end(m->end);
    m->close = false;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void *create(struct trace_end *e, const char *params)
{
    const struct transport_params p = {.initiator = trace_is_initiator(e),
                                       .max_tpdu = trace_number(params, "size", SIZE_DEFAULT)};
    struct machine *m = calloc(1, sizeof(*m));

    assert(m);
    m->end = e;
    buf_init(&m->output, OUTPUT_MAX);
    m->sink =
        (struct transport_sink){.ctx = m, .up = note_up, .output = &m->output, .close = note_close};
    m->t = transport_new(&p, &m->sink);
    assert(m->t);
    if (trace_has(params, "trusts"))
        transport_trust(m->t);
    return m;
}

static void destroy(void *machine)
{
    struct machine *m = machine;

    transport_free(&m->t);
    buf_free(&m->output);
    free(m);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static enum data_part part_of(const char *text)
{
    if (trace_has(text, "first"))
        return PART_FIRST;
    if (trace_has(text, "middle"))
        return PART_MIDDLE;
    return trace_has(text, "last") ? PART_LAST : PART_WHOLE;
}

static struct slice selector(const char *text, const char *key, char value[256])
{
    return trace_word(text, key, value) ? slice_str(value) : SLICE_NONE;
}

static bool request(struct machine *m, const char *what)
{
    char calling[256], called[256];
    struct t_prim prim = {.service = T_DISCONNECT_REQUEST};
    const char *data = trace_command(what, "T-DATA req");
    struct buf octets;
    bool understood = true;

    buf_init(&octets, TRACE_ITEM_MAX);
    prim.calling_tsel = selector(what, "calling", calling);
    prim.called_tsel = selector(what, "called", called);
    prim.reason = (enum t_reason)trace_number(what, "reason", T_REASON_NORMAL);
    if (trace_command(what, "T-CONNECT req")) {
        prim.service = T_CONNECT_REQUEST;
    } else if (trace_command(what, "T-CONNECT rsp")) {
        prim.service = T_CONNECT_RESPONSE;
    } else if (data) {
        prim.service = T_DATA_REQUEST;
        prim.part = part_of(data);
        understood = trace_octets(data, &octets);
        prim.data = gather_one(buf_view(&octets));
    } else {
        understood = trace_command(what, "T-DISCONNECT req");
    }
    if (understood)
        trace_result(m->end, transport_request(m->t, &prim));
    buf_free(&octets);
    return understood;
}

static bool local(void *machine, const char *what)
{
    struct machine *m = machine;
    bool understood = true;

    if (strcmp(what, "TCP ends") == 0)
        transport_closed(m->t);
    else
        understood = request(m, what);
    flush(m);
    return understood;
}

static void receive(void *machine, const struct trace_item *item)
{
    struct machine *m = machine;

    if (item->kind == WIRE_TCP_END)
        transport_closed(m->t);
    else
        transport_input(m->t, buf_view(&item->octets));
    flush(m);
}

static bool foreign(const char *text, struct trace_item *item)
{
    item->kind = WIRE_OCTETS;
    hex_append(&item->octets, text);
    return true;
}

/* ---- TPDUs ----------------------------------------------------------------------------------- */

static void show_connect(const struct tpdu *t, struct buf *out)
{
    if (t->code == TPDU_CC)
        buf_printf(out, " dst-ref=%04x", t->dst_ref);
    buf_printf(out, " src-ref=%04x class=%u", t->src_ref, t->class_options >> 4);
    if (t->size_code)
        buf_printf(out, " size=%u", 1u << t->size_code);
    show_selector("calling", t->calling_tsel, out);
    show_selector(t->code == TPDU_CR ? "called" : "responding", t->called_tsel, out);
}

static void show(void *machine, const struct trace_item *item, struct buf *out)
{
    struct tpdu_fault fault;
    struct tpdu t;

    (void)machine;
    if (item->kind == WIRE_TCP_END) {
        buf_text(out, "TCP ends");
        return;
    }
    if (tpdu_parse(slice_from(buf_view(&item->octets), TPKT_HEADER), &t, &fault)) {
        buf_printf(out, "bad: %s", fault.text);
        return;
    }
    buf_text(out, tpdu_name(t.code));
    switch (t.code) {
    case TPDU_CR:
    case TPDU_CC: show_connect(&t, out); break;
    case TPDU_DR:
        buf_printf(out, " dst-ref=%04x src-ref=%04x reason=%u: %s", t.dst_ref, t.src_ref, t.reason,
                   t_reason_text(t.reason));
        break;
    case TPDU_ER:
        buf_printf(out, " dst-ref=%04x cause=%u rejected=", t.dst_ref, t.reason);
        trace_show_octets(t.rejected, out);
        break;
    case TPDU_DT:
    case TPDU_ED:
        buf_text(out, t.eot ? " EOT " : " ");
        trace_show_octets(t.data, out);
        break;
    }
}

static const char *const opening[] = {"A T-CONNECT req called=\"b\"", "->", "B T-CONNECT rsp", "<-",
                                      NULL};

const struct trace_layer trace_transport = {
    .name = "transport",
    .opening = opening,
    .create = create,
    .destroy = destroy,
    .local = local,
    .receive = receive,
    .foreign = foreign,
    .show = show,
};
