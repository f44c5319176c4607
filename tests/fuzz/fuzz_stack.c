/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_stack dep_mutate */
/* A whole stack, fed as by TCP. First octet: bits 0-1 the mode, 2 initiator, 3 open the association
 * with an honest peer first. Then a script (mutate.h), see enum step. */
#include "base/error.h"
#include "mutate.h"
#include "osi/stack/stack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { TPKT_DT_HEADER = 7, ANSWER_MS = 1000, APDU = 100000, SEND_MAX = 64 };

enum step {
    STEP_TSDU, /* from the peer */
    STEP_TCP,  /* octets from the peer */
    STEP_USER, /* a request of the user */
    STEPS,
};

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

static void tsdu_arrives(struct end *e, struct slice tsdu)
{
    size_t len = tsdu.len + TPKT_DT_HEADER;
    const uint8_t header[TPKT_DT_HEADER] = {3, 0, (uint8_t)(len >> 8), (uint8_t)len, 2, 0xf0, 0x80};

    if (len > UINT16_MAX)
        return;
    stack_input(e->st, slice_make(header, sizeof(header)), 0);
    stack_input(e->st, tsdu, 0);
}

/* Requests in any state: those that are not allowed now say so. */
static void request(struct end *e, unsigned which)
{
    switch (which % 8) {
    case 0: stack_turn_please(e->st, which, 0); break;
    case 1: stack_turn_give(e->st, 0); break;
    case 2: stack_transfer(e->st, APDU, 0); break;
    case 3: stack_discard(e->st, 0); break;
    case 4: stack_receive_failed(e->st, which & 8, 0); break;
    case 5: stack_checkpoint_secured(e->st, which >> 3, 0); break;
    case 6: stack_close(e->st, 0); break;
    default: stack_timeout(e->st, ANSWER_MS); break;
    }
}

static void run_script(struct end *e, struct slice script)
{
    struct slice rest;
    unsigned kind;

    while (mutate_next_record(&script, &kind, &rest)) {
        switch (kind % STEPS) {
        case STEP_TSDU: tsdu_arrives(e, rest); break;
        case STEP_TCP: stack_input(e->st, rest, 0); break;
        default: request(e, rest.len ? rest.p[0] : 0); break;
        }
        run(e);
        stack_sent(e->st, stack_output(e->st).len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned choice = size ? data[0] : 0;
    bool initiator = choice & 4;
    struct end e = {.st = make(initiator, choice & 3)};

    if (!e.st)
        return 0;
    if (initiator)
        stack_open(e.st, SLICE_LIT("\x05\x00"), 0);
    if (choice & 8)
        open_honestly(&e, initiator, choice & 3);
    run_script(&e, slice_from(slice_make(data, size), 1));
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

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const struct mutate_record records[STEPS] = {[STEP_TSDU] = {.form = RECORD_TSDU}};
    static const struct mutate_script script = {.head = 1, .kinds = STEPS, .records = records};

    return mutate_script(&script, data, size, max, seed);
}
