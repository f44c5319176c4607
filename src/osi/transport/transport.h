/* SPDX-License-Identifier: Apache-2.0 */
/* Transport over TCP: TPKT (RFC 1006, RFC 2126) and X.224 class 0.
 *
 * Sans-I/O: transport_input() takes octets as TCP delivers them, transport_request() a primitive
 * from the session. What follows is told through the sink, which only notes it. Octets for the
 * peer are appended to the sink's output buffer. */
#pragma once

#include "base/buf.h"
#include "base/gather.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum t_service {
    T_CONNECT_REQUEST,
    T_CONNECT_INDICATION,
    T_CONNECT_RESPONSE,
    T_CONNECT_CONFIRM,
    T_DATA_REQUEST,
    T_DATA_INDICATION, /* one TSDU, or a part of one that exceeds LIMIT_TSDU */
    T_DISCONNECT_REQUEST,
    T_DISCONNECT_INDICATION,
};

/* X.224 13.5.3 and RFC 1006: reasons of DR */
enum t_reason {
    T_REASON_UNSPECIFIED = 0,
    T_REASON_CONGESTION = 1,
    T_REASON_NOT_ATTACHED = 2,
    T_REASON_ADDRESS_UNKNOWN = 3,
    T_REASON_NORMAL = 128,
    T_REASON_REMOTE_CONGESTION = 129,
    T_REASON_NEGOTIATION_FAILED = 130,
    T_REASON_DUPLICATE_REF = 131,
    T_REASON_MISMATCHED_REF = 132,
    T_REASON_PROTOCOL_ERROR = 133,
    T_REASON_REF_OVERFLOW = 135,
    T_REASON_REFUSED_ON_NC = 136,
    T_REASON_LENGTH = 138,
    T_REASON_TCP_CLOSED = 0x100, /* local: the connection ended without a DR */
};

/* What a reason means, in words: "address unknown". Never NULL. */
const char *t_reason_text(unsigned reason);

struct t_prim {
    enum t_service service;
    struct gather data;  /* T-DATA; in indications one slice, valid until the next
                          * transport_input() */
    enum data_part part; /* T-DATA */
    struct slice calling_tsel;
    struct slice called_tsel;
    enum t_reason reason; /* T-DISCONNECT */
    const char *text;     /* T-DISCONNECT indication: what was wrong (static) */
};

struct transport_sink {
    void *ctx;
    void (*up)(void *ctx, const struct t_prim *prim);
    struct buf *output; /* octets for TCP, in order */
    /* Close TCP once the output is written. */
    void (*close)(void *ctx);
};

struct transport;

struct transport_params {
    bool initiator;
    unsigned max_tpdu; /* the size we propose or accept at most: 128..65531. 65531 = no size
                        * parameter is sent (RFC 1006's default) */
};

/* NULL when out of memory or max_tpdu is out of range. sink is kept by reference. */
struct transport *transport_new(const struct transport_params *params,
                                const struct transport_sink *sink);
void transport_free(struct transport **t);
/* A request or response from the session; T-CONNECT takes the selectors (absent ones are not sent),
 * T-DISCONNECT the reason. X4_ESTATE: not allowed now; of T-DATA also the beginning of a TSDU
 * within another, or a part that continues none. X4_EINVAL: a selector is too long, a TSDU
 * empty. X4_ENOMEM, X4_ELIMIT: the output buffer is full. May be called from the sink's up(). */
int transport_request(struct transport *t, const struct t_prim *prim);
/* Octets from TCP, any amount. The data of an indication points into them or into the transport's
 * own buffers, so octets must stay as long as the data is used. */
void transport_input(struct transport *t, struct slice octets);
/* TCP ended (FIN, reset, time-out). */
void transport_closed(struct transport *t);
/* Who calls is known: from now on TSDUs may be as long as LIMIT_TSDU. A responder's caller is held
 * to LIMIT_TSDU_UNKNOWN before. */
void transport_trust(struct transport *t);
/* Octets of memory that what has come takes. */
size_t transport_memory(const struct transport *t);
/* Has a part of a TPKT or TSDU come, and the rest not yet? */
bool transport_is_unfinished(const struct transport *t);
/* The TPDU size in force, octets: header of the TPDU and user data, without the TPKT header. */
unsigned transport_tpdu_size(const struct transport *t);
