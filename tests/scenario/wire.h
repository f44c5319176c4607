/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the wire of the layers that speak to TCP: TPKTs and its end. */
#pragma once

#include "pdu_text.h"
#include "trace.h"

enum { WIRE_OCTETS, WIRE_TCP_END };

/* Each whole TPKT of octets becomes an item of this end. How many octets that were. */
size_t wire_send(struct trace_end *e, struct slice octets);
void wire_end(struct trace_end *e);
/* Hexadecimal octets as a TSDU in one TPDU: for struct trace_layer. */
bool wire_foreign(const char *text, struct trace_item *item);
/* An item with all the PDUs that are whole with it; a TPDU with which none is, is one of several.
 */
void wire_show(struct pdu_text *p, const struct trace_item *item, struct buf *out);
