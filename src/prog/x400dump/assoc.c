/* SPDX-License-Identifier: Apache-2.0 */
/* From TCP octets to TSDUs. */
#include "prog/x400dump/assoc.h"

#include "base/error.h"
#include "base/limits.h"
#include "osi/transport/tpdu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct assoc *assoc_new(struct out *out, unsigned number, int64_t began_us)
{
    struct assoc *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->out = out;
    a->where.association = number;
    a->began_us = began_us;
    a->mode = ASSOC_MODE_UNKNOWN;
    arena_init(&a->arena, ASSOC_ARENA_MAX);
    for (unsigned i = 0; i < 2; i++) {
        buf_init(&a->side[i].stream, (size_t)LIMIT_TPKT * 4);
        buf_init(&a->side[i].tsdu, ASSOC_TSDU_MAX);
        buf_init(&a->side[i].ssdu, ASSOC_TSDU_MAX);
        buf_init(&a->side[i].apdu, ASSOC_APDU_MAX);
        buf_init(&a->side[i].checkpoints, ASSOC_CHECKPOINTS_MAX * sizeof(size_t));
    }
    return a;
}

void assoc_free(struct assoc **a)
{
    if (!*a)
        return;
    for (unsigned i = 0; i < 2; i++) {
        buf_free(&(*a)->side[i].stream);
        buf_free(&(*a)->side[i].tsdu);
        buf_free(&(*a)->side[i].ssdu);
        buf_free(&(*a)->side[i].apdu);
        buf_free(&(*a)->side[i].checkpoints);
    }
    arena_free(&(*a)->arena);
    free(*a);
    *a = NULL;
}

bool assoc_looks_right(struct slice octets)
{
    size_t len;

    return octets.len > TPKT_HEADER + 1 && tpkt_length(octets, &len) == X4_OK &&
           (octets.p[TPKT_HEADER + 1] & 0xf0) == TPDU_CR;
}

static void set_where(struct assoc *a, unsigned side, int64_t time_us)
{
    a->where.side = (int)side;
    a->where.time_us = time_us;
    a->where.relative_us = time_us - a->began_us;
}

/* ---- TPDUs ---------------------------------------------------------------------------------- */

static const char *disconnect_reason(unsigned reason)
{
    switch (reason) {
    case 0: return "not specified";
    case 1: return "congestion at TSAP";
    case 2: return "session entity not attached to TSAP";
    case 3: return "address unknown";
    case 128: return "normal, by the session entity";
    case 129: return "remote transport entity congestion";
    case 130: return "connection negotiation failed";
    case 131: return "duplicate source reference";
    case 133: return "protocol error";
    case 135: return "reference overflow";
    case 136: return "refused on this network connection";
    case 138: return "header or parameter length invalid";
    default: return "unknown reason";
    }
}

static void connect_tpdu(struct assoc *a, const struct tpdu *t)
{
    bool request = t->code == TPDU_CR;

    out_begin(a->out, &a->where, "transport", tpdu_name(t->code),
              request ? "CONNECTION REQUEST" : "CONNECTION CONFIRM");
    if (!request)
        out_field(a->out, "dst-ref", "%04x", t->dst_ref);
    out_field(a->out, "src-ref", "%04x", t->src_ref);
    out_field(a->out, "class", "%u", t->class_options >> 4);
    out_octets(a->out, "calling TSAP-ID", t->calling_tsel);
    out_octets(a->out, request ? "called TSAP-ID" : "responding TSAP-ID", t->called_tsel);
    if (t->size_code)
        out_field(a->out, "TPDU size", "%u", 1u << t->size_code);
    out_end(a->out);
}

static void disconnect_tpdu(struct assoc *a, const struct tpdu *t)
{
    out_begin(a->out, &a->where, "transport", "DR", "DISCONNECT REQUEST");
    out_field(a->out, "reason", "%s (%u)", disconnect_reason(t->reason), t->reason);
    out_end(a->out);
    if (!a->outcome[0])
        snprintf(a->outcome, sizeof(a->outcome), "transport disconnect, %s",
                 disconnect_reason(t->reason));
}

static void error_tpdu(struct assoc *a, const struct tpdu *t)
{
    out_begin(a->out, &a->where, "transport", "ER", "TPDU ERROR");
    out_field(a->out, "cause", "%u", t->reason);
    out_octets(a->out, "rejected TPDU", t->rejected);
    out_end(a->out);
}

static void data_tpdu(struct assoc *a, unsigned side, const struct tpdu *t)
{
    struct buf *tsdu = &a->side[side].tsdu;

    if (t->eot && tsdu->len == 0) {
        a->counts.tsdus[side]++;
        assoc_tsdu(a, side, t->data);
        return;
    }
    buf_slice(tsdu, t->data);
    if (!t->eot)
        return;
    a->counts.tsdus[side]++;
    if (tsdu->error)
        out_problem(a->out, &a->where, "a TSDU is longer than %d octets", ASSOC_TSDU_MAX);
    else
        assoc_tsdu(a, side, buf_view(tsdu));
    buf_reset(tsdu);
}

static void take_tpdu(struct assoc *a, unsigned side, struct slice octets)
{
    struct tpdu_fault fault = {.text = NULL};
    struct tpdu t;

    a->counts.tpdus[side]++;
    if (tpdu_parse(octets, &t, &fault)) {
        out_problem(a->out, &a->where, "a TPDU cannot be read: %s",
                    fault.text ? fault.text : "malformed");
        return;
    }
    switch (t.code) {
    case TPDU_CR:
    case TPDU_CC: connect_tpdu(a, &t); break;
    case TPDU_DR: disconnect_tpdu(a, &t); break;
    case TPDU_ER: error_tpdu(a, &t); break;
    case TPDU_DT: data_tpdu(a, side, &t); break;
    default:
        out_begin(a->out, &a->where, "transport", tpdu_name(t.code), NULL);
        out_field(a->out, "octets", "%zu", octets.len);
        out_end(a->out);
        break;
    }
}

/* ---- TCP ------------------------------------------------------------------------------------ */

static void lose(struct assoc *a, unsigned side)
{
    struct assoc_side *s = &a->side[side];

    s->lost = true;
    s->apdu_broken = true;
    buf_reset(&s->stream);
    buf_reset(&s->tsdu);
    buf_reset(&s->ssdu);
}

static void take_tpkts(struct assoc *a, unsigned side)
{
    struct assoc_side *s = &a->side[side];
    size_t at = 0, len;
    int error = X4_OK;

    while (!s->lost) {
        struct slice rest = slice_from(buf_view(&s->stream), at);

        error = tpkt_length(rest, &len);
        if (error || rest.len < len)
            break;
        take_tpdu(a, side, slice_sub(rest, TPKT_HEADER, len - TPKT_HEADER));
        at += len;
    }
    if (error && error != X4_EAGAIN) {
        out_problem(a->out, &a->where, "no TPKT where one should begin");
        lose(a, side);
    } else {
        buf_consume(&s->stream, at);
    }
}

void assoc_input(struct assoc *a, unsigned side, struct slice octets, int64_t time_us)
{
    struct assoc_side *s = &a->side[side];
    size_t len;

    set_where(a, side, time_us);
    if (s->lost && tpkt_length(octets, &len) != X4_OK)
        return;
    s->lost = false;
    buf_slice(&s->stream, octets);
    if (s->stream.error) {
        out_problem(a->out, &a->where, "more octets than a TPKT can have");
        lose(a, side);
        return;
    }
    take_tpkts(a, side);
}

void assoc_gap(struct assoc *a, unsigned side, size_t octets, int64_t time_us)
{
    set_where(a, side, time_us);
    out_problem(a->out, &a->where, "%zu octets are missing in the capture", octets);
    lose(a, side);
}

void assoc_finished(struct assoc *a, unsigned side, const char *how, int64_t time_us)
{
    set_where(a, side, time_us);
    out_begin(a->out, &a->where, "tcp", "TCP", how);
    out_end(a->out);
}

/* ---- summary -------------------------------------------------------------------------------- */

void assoc_summary(struct assoc *a, const char *from, const char *to)
{
    const struct assoc_counts *c = &a->counts;
    struct out_where where = {.association = a->where.association,
                              .side = -1,
                              .time_us = a->where.time_us,
                              .relative_us = a->where.relative_us};

    out_begin(a->out, &where, "association", "association", NULL);
    out_field(a->out, "number", "%u", a->where.association);
    out_field(a->out, "initiator", "%s", from);
    out_field(a->out, "responder", "%s", to);
    out_field(a->out, "mode", "%s",
              a->mode == ASSOC_MODE_NORMAL ? "normal"
              : a->mode == ASSOC_MODE_X410 ? "X.410-1984"
                                           : "unknown");
    out_field(a->out, "TPDUs", "%u -> %u <-", c->tpdus[0], c->tpdus[1]);
    out_field(a->out, "TSDUs", "%u -> %u <-", c->tsdus[0], c->tsdus[1]);
    out_field(a->out, "activities", "%u", c->activities);
    out_field(a->out, "checkpoints", "%u", c->checkpoints);
    out_field(a->out, "APDUs", "%u messages, %u reports, %u probes, %" PRIu64 " octets",
              c->messages, c->reports, c->probes, c->apdu_octets);
    out_field(a->out, "outcome", "%s", a->outcome[0] ? a->outcome : "open when the capture ends");
    out_end(a->out);
}
