/* SPDX-License-Identifier: Apache-2.0 */
/* From a capture to associations. */
#include "prog/x400dump/assoc.h"
#include "prog/x400dump/dump.h"
#include "prog/x400dump/tcp.h"

#include "base/error.h"

#include <stdlib.h>

struct reader {
    const struct dump_params *params;
    struct out *out;
    unsigned associations;
    int error;
};

/* What hangs on a TCP connection: an association, or the note that it is none. */
struct watched {
    struct assoc *assoc;            /* NULL: not X.400 */
    unsigned initiator;             /* TCP side */
    char ends[2][IP_ENDPOINT_TEXT]; /* initiator, responder */
};

static bool is_our_port(const struct reader *r, uint16_t port)
{
    for (unsigned i = 0; i < r->params->port_count; i++)
        if (r->params->ports[i] == port)
            return true;
    return false;
}

static unsigned find_initiator(const struct reader *r, const struct tcp_conn *conn, unsigned side,
                               struct slice octets)
{
    if (conn->from_start)
        return 0;
    if (assoc_looks_right(octets))
        return side;
    return is_our_port(r, conn->side[0].end.port) ? 1 : 0;
}

static void begin_record(struct reader *r, const struct watched *w)
{
    struct out_where where = w->assoc->where;

    where.side = -1;
    where.time_us = w->assoc->began_us;
    out_begin(r->out, &where, "tcp", "CONNECTION", NULL);
    out_time(r->out, "began", where.time_us);
    out_field(r->out, "from", "%s", w->ends[0]);
    out_field(r->out, "to", "%s", w->ends[1]);
    out_end(r->out);
}

/* Decides with the first octets whether the connection is ours. */
static struct watched *watch(struct reader *r, struct tcp_conn *conn, unsigned side,
                             struct slice octets, int64_t time_us)
{
    struct watched *w = conn->user;

    if (w)
        return w;
    w = conn->user = calloc(1, sizeof(*w));
    if (!w) {
        r->error = X4_ENOMEM;
        return NULL;
    }
    if (!is_our_port(r, conn->side[0].end.port) && !is_our_port(r, conn->side[1].end.port) &&
        !assoc_looks_right(octets))
        return w;
    w->initiator = find_initiator(r, conn, side, octets);
    ip_endpoint_print(&conn->side[w->initiator].end, w->ends[0]);
    ip_endpoint_print(&conn->side[1 - w->initiator].end, w->ends[1]);
    w->assoc = assoc_new(r->out, ++r->associations, time_us);
    if (w->assoc)
        begin_record(r, w);
    else
        r->error = X4_ENOMEM;
    return w;
}

static void on_data(void *ctx, struct tcp_conn *conn, unsigned side, struct slice octets,
                    int64_t time_us)
{
    struct watched *w = watch(ctx, conn, side, octets, time_us);

    if (w && w->assoc)
        assoc_input(w->assoc, side != w->initiator, octets, time_us);
}

static void on_gap(void *ctx, struct tcp_conn *conn, unsigned side, size_t octets, int64_t time_us)
{
    struct watched *w = watch(ctx, conn, side, SLICE_NONE, time_us);

    if (w && w->assoc)
        assoc_gap(w->assoc, side != w->initiator, octets, time_us);
}

static void on_finished(void *ctx, struct tcp_conn *conn, unsigned side, const char *how,
                        int64_t time_us)
{
    struct watched *w = conn->user;

    (void)ctx;
    if (w && w->assoc)
        assoc_finished(w->assoc, side != w->initiator, how, time_us);
}

static void on_forget(void *ctx, struct tcp_conn *conn)
{
    struct watched *w = conn->user;

    (void)ctx;
    if (!w)
        return;
    if (w->assoc)
        assoc_summary(w->assoc, w->ends[0], w->ends[1]);
    assoc_free(&w->assoc);
    free(w);
    conn->user = NULL;
}

int dump_capture(const struct dump_params *params, struct slice file, struct out *out)
{
    struct reader r = {.params = params, .out = out};
    struct out_where nowhere = {.side = -1};
    struct tcp_sink sink = {
        .ctx = &r, .data = on_data, .gap = on_gap, .finished = on_finished, .forget = on_forget};
    struct capture_packet packet;
    struct tcp_segment segment;
    struct capture capture;
    struct tcp *tcp;
    int error;

    if (capture_open(&capture, file))
        return X4_EUNSUPP;
    tcp = malloc(sizeof(*tcp));
    if (!tcp)
        return X4_ENOMEM;
    tcp_init(tcp, &sink);
    while ((error = capture_next(&capture, &packet)) == X4_OK && !r.error)
        if (packet_parse(&packet, &segment))
            r.error = tcp_input(tcp, &segment, packet.time_us);
    tcp_end(tcp);
    free(tcp);
    if (error && error != X4_ENOTFOUND)
        out_problem(out, &nowhere, "the capture is broken: %s", capture.wrong);
    else if (r.error)
        out_problem(out, &nowhere, "the capture was not read to its end: %s", x4_strerror(r.error));
    else if (r.associations == 0)
        out_problem(out, &nowhere, "no X.400 association found");
    return r.error;
}
