/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include "hex.h"
#include "osi/transport/tpdu.h"

size_t wire_send(struct trace_end *e, struct slice octets)
{
    size_t sent = 0;
    size_t len;

    while (tpkt_length(slice_from(octets, sent), &len) == 0 && len <= octets.len - sent) {
        buf_slice(&trace_send(e, WIRE_OCTETS)->octets, slice_sub(octets, sent, len));
        sent += len;
    }
    return sent;
}

void wire_end(struct trace_end *e)
{
    trace_send(e, WIRE_TCP_END);
}

bool wire_foreign(const char *text, struct trace_item *item)
{
    struct buf *octets = &item->octets;

    item->kind = WIRE_OCTETS;
    buf_append(octets, "\x03\x00\x00\x00\x02\xf0\x80", TPKT_HEADER + TPDU_DT_HEADER);
    hex_append(octets, text);
    octets->p[2] = (uint8_t)(octets->len >> 8);
    octets->p[3] = (uint8_t)octets->len;
    return true;
}

void wire_show(struct pdu_text *p, const struct trace_item *item, struct buf *out)
{
    size_t before = out->len;

    if (item->kind == WIRE_TCP_END) {
        buf_text(out, "TCP ends");
        return;
    }
    pdu_text_tpkt(p, buf_view(&item->octets), out);
    if (out->len == before)
        buf_printf(out, "DT %zu octets", item->octets.len - TPKT_HEADER - TPDU_DT_HEADER);
}
