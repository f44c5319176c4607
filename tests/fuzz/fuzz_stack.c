/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_stack */
/* A whole stack, fed as by TCP. First octet: bits 0-1 the mode, 2 initiator, 3 open the association
 * with an honest peer first, 4 raw octets instead of records. Records are a length and a TSDU. */
#include "base/cursor.h"
#include "base/error.h"
#include "osi/stack/stack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TPKT_DT_HEADER = 7, ANSWER_MS = 1000, APDU = 100000, SEND_MAX = 64 };

struct end {
    struct stack *st;
    unsigned ends;
    unsigned sends;
};

static void send_piece(struct end *e, size_t want)
{
    static const uint8_t octets[64 * 1024];

    if (want == 0 || want > sizeof(octets))
        abort();
    if (++e->sends < SEND_MAX)
        stack_send_segment(e->st, slice_make(octets, want), 0);
}

static void act(struct end *e, const struct stack_event *ev)
{
    switch (ev->type) {
    case STACK_EV_OPEN_IND: stack_accept(e->st, SLICE_LIT("\x05\x00"), 0); break;
    case STACK_EV_OPENED:
    case STACK_EV_TURN_GIVEN: stack_transfer(e->st, APDU, 0); break;
    case STACK_EV_SEND: send_piece(e, ev->u.want); break;
    case STACK_EV_RECEIVE_CHECKPOINT: stack_checkpoint_secured(e->st, ev->u.checkpoint, 0); break;
    case STACK_EV_RECEIVE_END: stack_receive_secured(e->st, 0); break;
    case STACK_EV_TURN_PLEASE: stack_turn_give(e->st, 0); break;
    case STACK_EV_REFUSED:
    case STACK_EV_CLOSED:
    case STACK_EV_ABORTED:
        if (++e->ends > 1)
            abort(); /* an association ends once */
        break;
    default: break;
    }
}

static void run(struct end *e)
{
    struct stack_event ev;

    while (stack_next(e->st, &ev))
        act(e, &ev);
}

static struct stack *make(bool initiator, unsigned mode)
{
    const struct stack_params params = {
        .initiator = initiator,
        .mode = (enum stack_mode)(mode % 3),
        .max_tpdu = 65531,
        .checkpoint_kib = 1,
        .window = 3,
        .two_way_alternate = true,
        .open_timeout_ms = ANSWER_MS,
        .answer_timeout_ms = ANSWER_MS,
        .user_reference = "a",
        .utctime = "261122193300Z",
    };

    return stack_new(&params);
}

static bool move(struct end *from, struct end *to)
{
    struct slice octets = stack_output(from->st);

    if (octets.len == 0)
        return false;
    stack_input(to->st, octets, 0);
    stack_sent(from->st, octets.len);
    run(to);
    return true;
}

/* Until the bind is done: the transfer that follows is the fuzzer's. */
static void open_honestly(struct end *e, bool initiator, unsigned mode)
{
    struct end peer = {.st = make(!initiator, mode), .sends = SEND_MAX};

    if (!initiator)
        stack_open(peer.st, SLICE_LIT("\x05\x00"), 0);
    for (unsigned i = 0; i < 4 && !stack_is_open(e->st); i++) {
        move(e, &peer);
        move(&peer, e);
    }
    stack_free(&peer.st);
}

static void feed_records(struct end *e, struct cursor *c)
{
    while (cursor_left(c)) {
        struct slice tsdu = cursor_take(c, cursor_be16(c));
        size_t len = tsdu.len + TPKT_DT_HEADER;
        const uint8_t header[TPKT_DT_HEADER] = {3,    0,   (uint8_t)(len >> 8), (uint8_t)len, 2,
                                                0xf0, 0x80};

        if (c->error || len > UINT16_MAX)
            return;
        stack_input(e->st, slice_make(header, sizeof(header)), 0);
        stack_input(e->st, tsdu, 0);
        run(e);
        stack_sent(e->st, stack_output(e->st).len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_make(slice_make(data, size));
    unsigned choice = cursor_u8(&c);
    bool initiator = choice & 4;
    struct end e = {.st = make(initiator, choice & 3)};

    if (!e.st)
        return 0;
    if (initiator)
        stack_open(e.st, SLICE_LIT("\x05\x00"), 0);
    if (choice & 8)
        open_honestly(&e, initiator, choice & 3);
    if (choice & 16)
        stack_input(e.st, cursor_rest(&c), 0);
    else
        feed_records(&e, &c);
    run(&e);
    stack_timeout(e.st, 2 * ANSWER_MS);
    run(&e);
    stack_closed(e.st, 2 * ANSWER_MS);
    run(&e);
    if (e.ends != 1 || !stack_wants_close(e.st))
        abort(); /* nothing outlives TCP */
    stack_free(&e.st);
    return 0;
}
