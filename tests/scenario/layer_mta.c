/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of two whole MTAs, LONDON (A) and PARIS (B), each with a connector to the other: P1 as the
 * connectors speak it, and the events that operators read.
 *
 *     end A connector="local-mta-password: slim"    attributes of its connector, as in YAML
 *     end A apdus                                   the messages that it sends are shown
 *     A sends 100 octets                            a message from its user to the other's
 *     A sends probe
 *     A waits 60 s                                  virtual time goes on for this MTA
 *     A loses the line                              its TCP connection breaks
 *     A holds 1 messages, 0 reports, 0 queued       what its user and its queue have then
 *
 * On the wire are TPDUs and the end of TCP, with all the PDUs that are whole then. Each MTA lives
 * in a network of its own; the other one's address there is the trace. */
#include "trace.h"

#include "base/error.h"
#include "base/limits.h"
#include "osi/transport/tpdu.h"
#include "pair.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>

#define WALL_START INT64_C(1795000000000) /* in November 2026 */

enum { PORT = 102, SECOND = 1000, STREAM_MAX = 4 * LIMIT_TPKT };

struct machine {
    struct trace_end *end;
    struct sim_net *net;
    struct site site;
    struct pdu_text *shown;
    struct io *other; /* the machine at the other MTA's address */
    struct io_listener *listener;
    struct io_conn *conn; /* between the two; NULL: none */
    struct buf stream;    /* octets of the MTA that are no whole TPKT yet */
};

/* ---- what it tells --------------------------------------------------------------------------- */

static void note_event(void *ctx, const struct event_record *record)
{
    struct machine *m = ctx;

    buf_printf(trace_tell(m->end), "%d %s", record->entry->number, record->text);
}

/* ---- the other address ----------------------------------------------------------------------- */

static void on_data(void *ctx, struct slice octets)
{
    struct machine *m = ctx;

    buf_slice(&m->stream, octets);
    buf_consume(&m->stream, wire_send(m->end, buf_view(&m->stream)));
}

static void on_closed(void *ctx, int error, const char *text)
{
    struct machine *m = ctx;

    (void)error;
    (void)text;
    m->conn = NULL;
    wire_end(m->end);
}

static void on_nothing(void *ctx)
{
    (void)ctx;
}

static const struct io_conn_cb callbacks = {.on_connected = on_nothing,
                                            .on_data = on_data,
                                            .on_writable = on_nothing,
                                            .on_closed = on_closed};

static void on_incoming(void *ctx, struct io_conn *conn, const struct io_addr *remote,
                        const struct io_addr *local)
{
    struct machine *m = ctx;

    (void)remote;
    (void)local;
    assert(!m->conn); /* one association at a time is enough for a trace */
    m->conn = conn;
    m->other->ops->accept(conn, &callbacks, m);
}

static void settle(struct machine *m)
{
    while (store_dispatch(m->site.store) || sim_step(m->net))
        ;
}

static const char *address(bool of_london)
{
    return of_london ? "10.0.0.1" : "10.0.0.2";
}

static void connect_to_mta(struct machine *m)
{
    struct io_connect_params params = {.timeout_ms = SECOND};
    int error = io_addr_parse(address(m->site.is_london), PORT, &params.remote);

    if (!error)
        error = m->other->ops->connect(m->other, &params, &callbacks, m, &m->conn);
    assert(!error);
    settle(m);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void listen_at_the_other_address(struct machine *m)
{
    struct io_listen_params params = {.on_incoming = on_incoming, .ctx = m};
    const char *other = address(!m->site.is_london);
    char text[128];
    int error = io_addr_parse(other, PORT, &params.local);

    m->other = sim_host(m->net, other);
    if (!error)
        error = m->other->ops->listen(m->other, &params, &m->listener, text, sizeof(text));
    assert(!error);
}

static void *create(struct trace_end *e, const char *params)
{
    bool is_london = trace_is_initiator(e);
    char connector[256];
    const char *attributes = trace_word(params, "connector", connector);
    const struct pair_options options = {.a_connector = attributes, .b_connector = attributes};
    struct machine *m = calloc(1, sizeof(*m));
    int error;

    assert(m);
    m->end = e;
    m->net = sim_net_new(WALL_START);
    buf_init(&m->stream, STREAM_MAX);
    m->shown = pdu_text_new(is_london, trace_has(params, "apdus") ? PDU_TEXT_APDUS : PDU_TEXT_PDUS);
    site_open(&m->site, is_london, m->net, &options);
    listen_at_the_other_address(m);
    settle(m);
    error = log_add_callback(m->site.log, SEVERITY_INFO, note_event, m);
    assert(!error);
    return m;
}

static void destroy(void *machine)
{
    struct machine *m = machine;

    site_close(&m->site);
    m->other->ops->listener_free(&m->listener);
    if (m->conn)
        m->other->ops->close(&m->conn, false);
    sim_net_free(&m->net);
    buf_free(&m->stream);
    pdu_text_free(&m->shown);
    free(m);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void wait(struct machine *m, int64_t ms)
{
    const int64_t until = sim_time(m->net) + ms;

    while (sim_time(m->net) < until) {
        int64_t next = sim_next(m->net);

        sim_set_time(m->net, next < until ? next : until);
        settle(m);
    }
}

static void show_holdings(struct machine *m)
{
    buf_printf(trace_answer(m->end), "%zu messages, %zu reports, %zu queued",
               site_messages(&m->site), site_reports(&m->site), site_queued(&m->site));
}

static bool local(void *machine, const char *what)
{
    struct machine *m = machine;
    const char *parcel = trace_command(what, "sends");
    const char *time = trace_command(what, "waits");

    if (parcel)
        site_send(&m->site, &(struct parcel){.octets = strtoul(parcel, NULL, 10),
                                             .probe = trace_has(parcel, "probe"),
                                             .report = trace_has(parcel, "report")});
    else if (time)
        wait(m, strtol(time, NULL, 10) * SECOND);
    else if (strcmp(what, "loses the line") == 0 && m->conn)
        m->other->ops->close(&m->conn, false);
    else if (strcmp(what, "holds") == 0)
        show_holdings(m);
    else
        return false;
    settle(m);
    return true;
}

/* With a CR TCP begins; what comes when this MTA has closed it already is lost. */
static void receive(void *machine, const struct trace_item *item)
{
    struct slice octets = buf_view(&item->octets);
    struct machine *m = machine;

    if (item->kind == WIRE_OCTETS && !m->conn && octets.p[TPKT_HEADER + 1] == TPDU_CR)
        connect_to_mta(m);
    if (m->conn && item->kind == WIRE_OCTETS)
        m->other->ops->write(m->conn, octets);
    else if (m->conn)
        m->other->ops->close(&m->conn, true);
    settle(m);
}

static void show(void *machine, const struct trace_item *item, struct buf *out)
{
    struct machine *m = machine;

    wire_show(m->shown, item, out);
}

static const char *const opening[] = {NULL}; /* MTAs open when they have something to say */

const struct trace_layer trace_mta = {
    .name = "mta",
    .opening = opening,
    .create = create,
    .destroy = destroy,
    .local = local,
    .receive = receive,
    .foreign = wire_foreign,
    .show = show,
};
