/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/transport/transport.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/list.h"
#include "osi/transport/tpdu.h"

#include <assert.h>
#include <stdlib.h>

/* Reference of our end. One TCP connection carries one transport connection in class 0, so any
 * value but zero will do (X.224 6.5.5). */
enum { OWN_REF = 1 };

/* Buffers up to this size are kept for the next TSDU, larger ones given back when it is done: there
 * may be thousands of associations that do nothing. */
enum { KEEP_MAX = 4096 };

enum t_state {
    T_IDLE,          /* initiator: no T-CONNECT request yet */
    T_WAIT_CR,       /* responder */
    T_WAIT_CC,       /* initiator: CR sent */
    T_WAIT_RESPONSE, /* responder: T-CONNECT indication given */
    T_OPEN,
    T_CLOSED,
    T_STATES,
};

/* A TSDU that came in several TPDUs. Finished ones stay until the next transport_input(). */
struct tsdu {
    struct list item;
    struct buf octets;
};

struct transport {
    struct transport_params params;
    const struct transport_sink *sink;
    enum t_state state;
    uint16_t peer_ref;
    unsigned size; /* TPDU size in force */
    bool size_negotiated;
    bool trusted;          /* TSDUs may be long */
    struct buf partial[2]; /* a TPKT that came in several pieces; the other one is still in use */
    unsigned filling;      /* index of the one that is being filled */
    struct tsdu *tsdu;     /* being assembled, or NULL */
    bool in_parts;         /* the TSDU being received is handed on in parts */
    bool out_parts;        /* the TSDU being sent is not complete */
    struct list done;      /* struct tsdu, told to the session in this call */
};

struct transport *transport_new(const struct transport_params *params,
                                const struct transport_sink *sink)
{
    struct transport *t;

    if (params->max_tpdu < 128 || params->max_tpdu > LIMIT_TPDU_DEFAULT)
        return NULL;
    t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->params = *params;
    t->sink = sink;
    t->state = params->initiator ? T_IDLE : T_WAIT_CR;
    t->size = params->max_tpdu;
    t->trusted = params->initiator;
    buf_init(&t->partial[0], LIMIT_TPKT);
    buf_init(&t->partial[1], LIMIT_TPKT);
    list_init(&t->done);
    return t;
}

static void tsdu_free(struct tsdu *tsdu)
{
    if (!tsdu)
        return;
    buf_free(&tsdu->octets);
    free(tsdu);
}

static void release(struct buf *done)
{
    if (done->cap > KEEP_MAX)
        buf_free(done);
    buf_clear(done); /* it may have held a bind */
}

/* What the last call told is no longer in use. One small finished TSDU is kept as the next one. */
static void release_done(struct transport *t)
{
    LIST_EACH_SAFE(it, &t->done)
    {
        struct tsdu *tsdu = LIST_ITEM(it, struct tsdu, item);

        list_remove(it);
        if (!t->tsdu && tsdu->octets.cap <= KEEP_MAX) {
            buf_clear(&tsdu->octets);
            t->tsdu = tsdu;
        } else {
            tsdu_free(tsdu);
        }
    }
    release(&t->partial[!t->filling]);
    if (t->partial[t->filling].len == 0)
        release(&t->partial[t->filling]);
}

void transport_free(struct transport **t)
{
    if (!*t)
        return;
    release_done(*t);
    tsdu_free((*t)->tsdu);
    buf_free(&(*t)->partial[0]);
    buf_free(&(*t)->partial[1]);
    free(*t);
    *t = NULL;
}

void transport_trust(struct transport *t)
{
    t->trusted = true;
}

size_t transport_memory(const struct transport *t)
{
    size_t octets = t->partial[0].cap + t->partial[1].cap + (t->tsdu ? t->tsdu->octets.cap : 0);

    LIST_EACH(it, &t->done)
    {
        octets += LIST_ITEM(it, struct tsdu, item)->octets.cap;
    }
    return octets;
}

bool transport_is_unfinished(const struct transport *t)
{
    return t->in_parts || t->partial[t->filling].len > 0 || (t->tsdu && t->tsdu->octets.len > 0);
}

unsigned transport_tpdu_size(const struct transport *t)
{
    return t->size;
}

/* ---- the end of a connection -------------------------------------------------------------- */

static void disconnect_indication(struct transport *t, unsigned reason, const char *text)
{
    struct t_prim prim = {
        .service = T_DISCONNECT_INDICATION, .reason = (enum t_reason)reason, .text = text};

    t->state = T_CLOSED;
    t->sink->up(t->sink->ctx, &prim);
}

static void send_dr(struct transport *t, unsigned reason)
{
    struct tpdu dr = {.code = TPDU_DR, .dst_ref = t->peer_ref, .reason = (uint8_t)reason};

    dr.src_ref = t->state == T_OPEN ? OWN_REF : 0; /* a refusal has none (X.224 13.5.3) */
    tpdu_build(&dr, t->sink->output);
}

/* The peer broke the protocol: tell it by an ER when it knows this connection, and end it
 * (X.224 6.22.3). */
static void protocol_error(struct transport *t, struct slice octets, const struct tpdu_fault *fault)
{
    struct tpdu er = {.code = TPDU_ER,
                      .dst_ref = t->peer_ref,
                      .reason = (uint8_t)fault->cause,
                      .rejected = slice_sub(octets, 0, fault->at + 1)};

    if (t->state == T_OPEN)
        tpdu_build(&er, t->sink->output);
    disconnect_indication(t, T_REASON_PROTOCOL_ERROR, fault->text);
    t->sink->close(t->sink->ctx);
}

/* ---- negotiation -------------------------------------------------------------------------- */

/* The largest size code that is not above size octets. */
static unsigned size_code_for(unsigned size)
{
    unsigned code = TPDU_SIZE_CODE_MIN;

    while (code < TPDU_SIZE_CODE_MAX && (2u << code) <= size)
        code++;
    return code;
}

static unsigned size_of_code(unsigned code)
{
    return code >= 16 ? LIMIT_TPDU_DEFAULT : 1u << code;
}

/* May we answer this CR with class 0? Preferred class 0 or 1, or class 0 among the alternatives
 * (X.224 table 3, RFC 2126 6.3). */
static bool class_0_possible(const struct tpdu *cr)
{
    unsigned preferred = cr->class_options >> 4;

    for (size_t i = 0; i < cr->alternatives.len; i++) {
        if (cr->alternatives.p[i] >> 4 == 0)
            return true;
    }
    return preferred == 0 || (preferred == 1 && cr->alternatives.len == 0);
}

static void on_cr(struct transport *t, const struct tpdu *cr)
{
    struct t_prim prim = {.service = T_CONNECT_INDICATION,
                          .calling_tsel = cr->calling_tsel,
                          .called_tsel = cr->called_tsel};

    t->peer_ref = cr->src_ref;
    if (!class_0_possible(cr)) {
        send_dr(t, T_REASON_NEGOTIATION_FAILED);
        disconnect_indication(t, T_REASON_NEGOTIATION_FAILED, "the peer does not offer class 0");
        t->sink->close(t->sink->ctx);
        return;
    }
    t->size_negotiated = cr->size_code != 0 || t->params.max_tpdu < LIMIT_TPDU_DEFAULT;
    if (cr->size_code && size_of_code(cr->size_code) < t->size)
        t->size = size_of_code(cr->size_code);
    if (t->size_negotiated)
        t->size = size_of_code(size_code_for(t->size));
    t->state = T_WAIT_RESPONSE;
    t->sink->up(t->sink->ctx, &prim);
}

/* What is wrong with a CC, or NULL. */
static const char *cc_fault(const struct transport *t, const struct tpdu *cc)
{
    if (cc->dst_ref != OWN_REF)
        return "CC for another reference";
    if (cc->class_options >> 4 != 0)
        return "CC selects another class than 0";
    if (cc->size_code && size_of_code(cc->size_code) > t->size)
        return "CC selects a larger TPDU size than proposed";
    return NULL;
}

static void on_cc(struct transport *t, const struct tpdu *cc)
{
    struct t_prim prim = {.service = T_CONNECT_CONFIRM,
                          .calling_tsel = cc->calling_tsel,
                          .called_tsel = cc->called_tsel};
    struct tpdu_fault fault = {.cause = TPDU_CAUSE_PARAMETER_VALUE, .text = cc_fault(t, cc)};

    if (fault.text) {
        protocol_error(t, SLICE_NONE, &fault);
        return;
    }
    /* A CC without C0: what we proposed stays our limit. The peer may send larger TPDUs. */
    if (cc->size_code)
        t->size = size_of_code(cc->size_code);
    t->peer_ref = cc->src_ref;
    t->state = T_OPEN;
    t->sink->up(t->sink->ctx, &prim);
}

/* DR is a refusal before the CC. Behind it class 0 has no DR, but ISODE ends every connection with
 * one. */
static void on_dr(struct transport *t, const struct tpdu *dr)
{
    disconnect_indication(t, dr->reason, t_reason_text(dr->reason));
    t->sink->close(t->sink->ctx);
}

static void on_er(struct transport *t, const struct tpdu *er)
{
    (void)er;
    disconnect_indication(t, T_REASON_PROTOCOL_ERROR, "the peer rejected our TPDU by an ER");
    t->sink->close(t->sink->ctx);
}

/* ---- data --------------------------------------------------------------------------------- */

static void data_indication(struct transport *t, struct slice octets, enum data_part part)
{
    struct t_prim prim = {.service = T_DATA_INDICATION, .data = gather_one(octets), .part = part};

    t->sink->up(t->sink->ctx, &prim);
}

/* Append to the TSDU that is being assembled. */
static int assemble(struct transport *t, struct slice data)
{
    if (!t->tsdu) {
        t->tsdu = calloc(1, sizeof(*t->tsdu));
        if (!t->tsdu)
            return X4_ENOMEM;
        list_init(&t->tsdu->item);
        buf_init(&t->tsdu->octets, LIMIT_TSDU);
    }
    if (!t->trusted && t->tsdu->octets.len + data.len > LIMIT_TSDU_UNKNOWN)
        return X4_ELIMIT;
    buf_slice(&t->tsdu->octets, data);
    return t->tsdu->octets.error;
}

/* What has been put together goes up, as a whole or as the first part. */
static void hand_on(struct transport *t, enum data_part part)
{
    struct tsdu *tsdu = t->tsdu;

    t->tsdu = NULL;
    list_push_back(&t->done, &tsdu->item);
    data_indication(t, buf_view(&tsdu->octets), part);
}

/* A TSDU that does not fit into memory: what follows goes up as it comes. */
static void on_dt_part(struct transport *t, const struct tpdu *dt)
{
    t->in_parts = !dt->eot;
    data_indication(t, dt->data, dt->eot ? PART_LAST : PART_MIDDLE);
}

static void on_dt(struct transport *t, const struct tpdu *dt)
{
    size_t have = t->tsdu ? t->tsdu->octets.len : 0;

    if (dt->eot && have == 0 && !t->in_parts) {
        data_indication(t, dt->data, PART_WHOLE);
        return;
    }
    if (t->trusted && have + dt->data.len > LIMIT_TSDU) {
        hand_on(t, PART_FIRST);
        t->in_parts = true;
    }
    if (t->in_parts) {
        on_dt_part(t, dt);
        return;
    }
    if (assemble(t, dt->data) != X4_OK) {
        send_dr(t, T_REASON_CONGESTION);
        disconnect_indication(t, T_REASON_CONGESTION, "TSDU too large");
        t->sink->close(t->sink->ctx);
        return;
    }
    if (dt->eot)
        hand_on(t, PART_WHOLE);
}

/* ---- input -------------------------------------------------------------------------------- */

typedef void (*tpdu_handler)(struct transport *t, const struct tpdu *tpdu);

/* TPDUs by the high half of their code, and where they are expected. Everything else is a protocol
 * error: ED too, because we never agree to expedited data. */
static const tpdu_handler handlers[T_STATES][16] = {
    [T_WAIT_CR] = {[TPDU_CR >> 4] = on_cr},
    [T_WAIT_CC] = {[TPDU_CC >> 4] = on_cc, [TPDU_DR >> 4] = on_dr, [TPDU_ER >> 4] = on_er},
    [T_WAIT_RESPONSE] = {[TPDU_DR >> 4] = on_dr, [TPDU_ER >> 4] = on_er},
    [T_OPEN] = {[TPDU_DT >> 4] = on_dt, [TPDU_DR >> 4] = on_dr, [TPDU_ER >> 4] = on_er},
};

/* One TPDU. */
static void on_tpdu(struct transport *t, struct slice octets)
{
    struct tpdu tpdu;
    struct tpdu_fault fault;
    tpdu_handler handler;

    if (tpdu_parse(octets, &tpdu, &fault) != X4_OK) {
        if (t->state == T_WAIT_CR && tpdu.code == TPDU_CR) {
            t->peer_ref = tpdu.src_ref;
            send_dr(t, T_REASON_PROTOCOL_ERROR);
        }
        protocol_error(t, octets, &fault);
        return;
    }
    handler = handlers[t->state][tpdu.code >> 4];
    if (handler) {
        handler(t, &tpdu);
        return;
    }
    fault = (struct tpdu_fault){
        .cause = TPDU_CAUSE_TPDU_TYPE, .at = 1, .text = "TPDU not expected in this state"};
    protocol_error(t, octets, &fault);
}

static void bad_tpkt(struct transport *t)
{
    disconnect_indication(t, T_REASON_PROTOCOL_ERROR, "what came is no TPKT");
    t->sink->close(t->sink->ctx);
}

static void out_of_memory(struct transport *t)
{
    disconnect_indication(t, T_REASON_CONGESTION, "out of memory");
    t->sink->close(t->sink->ctx);
}

/* Move octets into the partial TPKT until it has want octets; false when they do not suffice. */
static bool fill_partial(struct buf *partial, struct slice *octets, size_t want)
{
    struct slice piece = slice_sub(*octets, 0, want - partial->len);

    buf_slice(partial, piece);
    *octets = slice_from(*octets, piece.len);
    return !partial->error && partial->len == want;
}

/* Go on with the TPKT that an earlier call left incomplete. False: no more to do now. */
static bool finish_partial(struct transport *t, struct slice *octets)
{
    struct buf *partial = &t->partial[t->filling];
    size_t len;
    bool complete = partial->len >= TPKT_HEADER || fill_partial(partial, octets, TPKT_HEADER);
    int err = tpkt_length(buf_view(partial), &len);

    if (complete && !err)
        complete = fill_partial(partial, octets, len);
    if (partial->error) {
        out_of_memory(t);
        return false;
    }
    if (err == X4_ESYNTAX) {
        bad_tpkt(t);
        return false;
    }
    if (!complete)
        return false;
    t->filling = !t->filling;
    on_tpdu(t, slice_from(buf_view(partial), TPKT_HEADER));
    return t->state != T_CLOSED;
}

void transport_input(struct transport *t, struct slice octets)
{
    release_done(t);
    if (t->state == T_CLOSED || octets.len == 0)
        return;
    if (t->partial[t->filling].len > 0 && !finish_partial(t, &octets))
        return;
    while (octets.len > 0 && t->state != T_CLOSED) {
        size_t len;
        int err = tpkt_length(octets, &len);

        if (err == X4_ESYNTAX) {
            bad_tpkt(t);
            return;
        }
        if (err == X4_EAGAIN || len > octets.len) {
            if (!err && t->trusted)
                buf_reserve(&t->partial[t->filling], len);
            buf_slice(&t->partial[t->filling], octets);
            if (t->partial[t->filling].error)
                out_of_memory(t);
            return;
        }
        on_tpdu(t, slice_sub(octets, TPKT_HEADER, len - TPKT_HEADER));
        octets = slice_from(octets, len);
    }
}

void transport_closed(struct transport *t)
{
    bool known = t->state == T_WAIT_CC || t->state == T_WAIT_RESPONSE || t->state == T_OPEN;

    if (known)
        disconnect_indication(t, T_REASON_TCP_CLOSED, t_reason_text(T_REASON_TCP_CLOSED));
    t->state = T_CLOSED;
}

/* ---- requests ----------------------------------------------------------------------------- */

static int connect_request(struct transport *t, const struct t_prim *prim)
{
    struct tpdu cr = {.code = TPDU_CR,
                      .src_ref = OWN_REF,
                      .class_options = TPDU_CLASS_0,
                      .calling_tsel = prim->calling_tsel,
                      .called_tsel = prim->called_tsel};

    if (t->params.max_tpdu < LIMIT_TPDU_DEFAULT) {
        cr.size_code = size_code_for(t->params.max_tpdu);
        t->size = size_of_code(cr.size_code);
    }
    tpdu_build(&cr, t->sink->output);
    t->state = T_WAIT_CC;
    return t->sink->output->error;
}

static int connect_response(struct transport *t, const struct t_prim *prim)
{
    struct tpdu cc = {.code = TPDU_CC,
                      .dst_ref = t->peer_ref,
                      .src_ref = OWN_REF,
                      .class_options = TPDU_CLASS_0,
                      .calling_tsel = prim->calling_tsel,
                      .called_tsel = prim->called_tsel};

    if (t->size_negotiated)
        cc.size_code = size_code_for(t->size);
    tpdu_build(&cc, t->sink->output);
    t->state = T_OPEN;
    return t->sink->output->error;
}

/* Copy len octets of data, from *part and *offset on, to to. */
static void copy_out(const struct gather *data, unsigned *part, size_t *offset, uint8_t *to,
                     size_t len)
{
    while (len > 0) {
        struct slice piece = slice_sub(data->part[*part], *offset, len);

        memcpy(to, piece.p, piece.len);
        to += piece.len;
        len -= piece.len;
        *offset += piece.len;
        if (*offset == data->part[*part].len) {
            *part += 1;
            *offset = 0;
        }
    }
}

/* One TSDU, or a part of one, becomes one run of TPKTs in the output, each with a DT of at most the
 * TPDU size. */
static int data_request(struct transport *t, const struct t_prim *prim)
{
    const struct gather *data = &prim->data;
    size_t room = t->size - TPDU_DT_HEADER;
    size_t count = (data->len + room - 1) / room;
    size_t left = data->len;
    bool more = prim->part == PART_FIRST || prim->part == PART_MIDDLE;
    bool goes_on = prim->part == PART_MIDDLE || prim->part == PART_LAST;
    size_t offset = 0;
    unsigned part = 0;
    uint8_t *to;

    if (data->len == 0)
        return X4_EINVAL;
    if (goes_on != t->out_parts)
        return X4_ESTATE;
    to = buf_grow(t->sink->output, data->len + count * (TPKT_HEADER + TPDU_DT_HEADER));
    if (!to)
        return t->sink->output->error;
    while (left > 0) {
        size_t len = left < room ? left : room;
        size_t packet = len + TPKT_HEADER + TPDU_DT_HEADER;
        const uint8_t header[TPKT_HEADER + TPDU_DT_HEADER] = {
            3, 0,       (uint8_t)(packet >> 8),         (uint8_t)packet,
            2, TPDU_DT, len == left && !more ? 0x80 : 0};

        memcpy(to, header, sizeof(header));
        copy_out(data, &part, &offset, to + sizeof(header), len);
        to += packet;
        left -= len;
    }
    t->out_parts = more;
    return X4_OK;
}

/* A refusal is a DR. In the open state class 0 would just close; the DR with its reason costs
 * nothing and is what ISODE does. */
static int disconnect_request(struct transport *t, const struct t_prim *prim)
{
    if (t->state == T_WAIT_RESPONSE || t->state == T_OPEN)
        send_dr(t, prim->reason);
    t->state = T_CLOSED;
    t->sink->close(t->sink->ctx);
    return t->sink->output->error;
}

int transport_request(struct transport *t, const struct t_prim *prim)
{
    static const struct {
        enum t_state state; /* where it is allowed; T_STATES: anywhere but in T_CLOSED */
        int (*handler)(struct transport *t, const struct t_prim *prim);
    } requests[] = {
        [T_CONNECT_REQUEST] = {T_IDLE, connect_request},
        [T_CONNECT_RESPONSE] = {T_WAIT_RESPONSE, connect_response},
        [T_DATA_REQUEST] = {T_OPEN, data_request},
        [T_DISCONNECT_REQUEST] = {T_STATES, disconnect_request},
    };

    if (prim->calling_tsel.len > LIMIT_TSEL || prim->called_tsel.len > LIMIT_TSEL)
        return X4_EINVAL;
    if (prim->service >= sizeof(requests) / sizeof(requests[0]) || !requests[prim->service].handler)
        return X4_EINVAL;
    if (t->state == T_CLOSED ||
        (requests[prim->service].state != T_STATES && requests[prim->service].state != t->state))
        return X4_ESTATE;
    return requests[prim->service].handler(t, prim);
}
