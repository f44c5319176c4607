/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which a robot can break the protocol, or use it as nobody does. */
#include "robot.h"

#include "p1/p1_bind.h"
#include "world.h"

enum {
    SI_GIVE_TOKENS = 0x01,
    SI_ACTIVITY_INTERRUPT = 0x19,
    PI_REASON = 0x32,
    NON_SPECIFIC = 0,
    RTAB_COMPLETED = 7,
    RTAB_REASONS = 8,
    GARBAGE = 300,
};

static int64_t now(const struct sim_visit *v)
{
    return sim_peer_now(&v->peer);
}

/* Once, when so much of an APDU has come or gone. */
static bool is_time(struct sim_visit *v, size_t octets)
{
    if (v->done || octets < (uint64_t)v->value)
        return false;
    v->done = true;
    return true;
}

/* ---- what is said past the stack ------------------------------------------------------------- */

static void say_garbage(struct sim_visit *v)
{
    uint8_t octets[GARBAGE];

    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)sim_robot_draw(v->robot);
    v->peer.deaf = true;
    sim_peer_write(&v->peer, slice_make(octets, sizeof(octets)));
}

static void say_nothing(struct sim_visit *v)
{
    v->peer.deaf = v->peer.raw = true;
}

/* SPDUs that are unknown, broken, of another state, or of a functional unit that nobody chose. */
static void say_wrong_spdu(struct sim_visit *v)
{
    static const struct {
        uint8_t octets[12];
        size_t len;
    } wrong[] = {
        {{0x7e, 0}, 2},                           /* unknown */
        {{0x0e, 0}, 2},                           /* AC: it is open */
        {{0x01, 0, 0x2a, 0}, 4},                  /* AEA: nothing has ended, or it is ours to say */
        {{0x01, 0, 0x32, 3, 0x2a, 1, '9'}, 7},    /* MIA of a point that was not made */
        {{0x01, 0, 0x29, 0xfe, 0x2a}, 5},         /* longer than it is */
        {{0x01}, 1},                              /* cut off */
        {{0x01, 0, 0x31, 3, 0x2a, 1, 'x'}, 7},    /* MIP without a number */
        {{0x01, 0, 0x1a, 0}, 4},                  /* AIA: nothing was interrupted */
        {{0x0a, 0}, 2},                           /* DN: nothing is being released */
        {{0x01, 0, 0x2d, 3, 0x29, 1, 'A'}, 7},    /* AS without the turn, or in an activity */
        {{0x30, 3, PI_REASON, 1, 5}, 5},          /* ED: procedural error */
        {{0x01, 0, 0x15, 3, PI_REASON, 1, 0}, 7}, /* AR-like SPDU of no unit that is in use */
    };
    const size_t i = sim_robot_draw(v->robot) % (sizeof(wrong) / sizeof(wrong[0]));

    sim_peer_say(&v->peer, slice_make(wrong[i].octets, wrong[i].len));
}

static void say_interrupt(struct sim_visit *v)
{
    static const uint8_t tsdu[] = {SI_GIVE_TOKENS, 0, SI_ACTIVITY_INTERRUPT, 3,
                                   PI_REASON,      1, NON_SPECIFIC};

    sim_peer_say(&v->peer, slice_make(tsdu, sizeof(tsdu)));
}

/* Breaks the connection, ends it in order, or aborts the association with any reason. */
static void give_up(struct sim_visit *v)
{
    const uint64_t how = sim_robot_draw(v->robot);

    if (how % 3 == 2)
        stack_abort(v->peer.stack, (int)(how / 3 % RTAB_REASONS), now(v));
    else
        sim_peer_hang_up(&v->peer, how % 3 == 1);
}

/* ---- when it is called ----------------------------------------------------------------------- */

static void refuse(struct sim_visit *v)
{
    static const int errors[] = {
        P1_BIND_BUSY, P1_BIND_AUTHENTICATION_ERROR, P1_BIND_UNACCEPTABLE_DIALOGUE_MODE,
        P1_BIND_UNACCEPTABLE_SECURITY_CONTEXT, P1_BIND_INADEQUATE_CONFIDENTIALITY};

    stack_refuse(v->peer.stack, errors[(uint64_t)v->value % (sizeof(errors) / sizeof(errors[0]))],
                 now(v));
}

static void abort_in_transfer(struct sim_visit *v)
{
    if (is_time(v, v->apdu.len))
        give_up(v);
}

static void except(struct sim_visit *v)
{
    if (is_time(v, v->apdu.len))
        stack_receive_failed(v->peer.stack, v->value & 1, now(v));
}

static void except_at_end(struct sim_visit *v)
{
    if (v->done) {
        sim_visit_take(v);
        return;
    }
    v->done = true;
    stack_receive_failed(v->peer.stack, v->value & 1, now(v));
}

static void wrong_in_transfer(struct sim_visit *v)
{
    if (is_time(v, v->apdu.len))
        say_wrong_spdu(v);
}

static void do_nothing(struct sim_visit *v)
{
    (void)v;
}

static void take_only(struct sim_visit *v)
{
    sim_robot_take(v->robot, buf_view(&v->apdu));
}

static void take_and_give_up(struct sim_visit *v)
{
    take_only(v);
    sim_peer_hang_up(&v->peer, v->value & 1);
}

static void take_and_say_so(struct sim_visit *v)
{
    take_only(v);
    stack_abort(v->peer.stack, RTAB_COMPLETED, now(v));
}

static void take_and_want_turn(struct sim_visit *v)
{
    sim_visit_take(v);
    stack_turn_please(v->peer.stack, 1, now(v));
}

const struct sim_manner sim_when_called[SIM_ANSWERS] = {
    {.name = "answers as it should"},
    {.name = "says nothing", .tcp = say_nothing},
    {.name = "says what is no protocol", .tcp = say_garbage},
    {.name = "refuses the bind", .asked = refuse},
    {.name = "hangs up when it is to bind", .asked = give_up},
    {.name = "never answers the bind", .asked = do_nothing},
    {.name = "binds as somebody else", .lies = true},
    {.name = "aborts in a transfer", .heard = abort_in_transfer},
    {.name = "reports an exception in a transfer", .heard = except},
    {.name = "reports an exception at the end", .whole = except_at_end},
    {.name = "says a wrong SPDU in a transfer", .heard = wrong_in_transfer},
    {.name = "confirms no checkpoints", .checkpoint = do_nothing},
    {.name = "takes, and does not confirm", .whole = take_only},
    {.name = "takes, and hangs up", .whole = take_and_give_up},
    {.name = "takes, and aborts with \"transfer completed\"", .whole = take_and_say_so},
    {.name = "keeps the turn", .whole = take_and_want_turn, .turn = do_nothing},
};

/* ---- when it calls --------------------------------------------------------------------------- */

static void abort_saying(struct sim_visit *v)
{
    if (is_time(v, v->said))
        give_up(v);
}

static void discard(struct sim_visit *v)
{
    if (is_time(v, v->said))
        stack_discard(v->peer.stack, now(v));
}

static void interrupt(struct sim_visit *v)
{
    if (is_time(v, v->said))
        say_interrupt(v);
}

static void wrong_saying(struct sim_visit *v)
{
    if (is_time(v, v->said))
        say_wrong_spdu(v);
}

static void stall(struct sim_visit *v)
{
    if (is_time(v, v->said))
        v->peer.raw = true;
}

/* All is said, and nobody waits for the confirmation. */
static void hang_up_after(struct sim_visit *v)
{
    sim_peer_hang_up(&v->peer, v->value & 1);
}

/* Its post stays in the outbox: it goes once more, at once. */
static void forget(struct sim_visit *v)
{
    if (v->done) {
        sim_visit_sent(v);
    } else {
        v->done = true;
        v->out->on_its_way = false;
        v->out = NULL;
    }
    sim_visit_go_on(v);
}

const struct sim_manner sim_when_calling[SIM_CALLS] = {
    {.name = "sends what it has"},
    {.name = "says nothing", .tcp = say_nothing},
    {.name = "says what is no protocol", .tcp = say_garbage},
    {.name = "binds as somebody else", .lies = true},
    {.name = "binds, and says nothing more", .opened = do_nothing, .turn = do_nothing},
    {.name = "binds, and says a wrong SPDU", .opened = say_wrong_spdu},
    {.name = "aborts in a transfer", .saying = abort_saying},
    {.name = "discards a transfer", .saying = discard},
    {.name = "interrupts a transfer", .saying = interrupt},
    {.name = "says a wrong SPDU in a transfer", .saying = wrong_saying},
    {.name = "stops in a transfer", .saying = stall},
    {.name = "hears the confirmation, and hangs up", .sent = hang_up_after},
    {.name = "forgets the confirmation, and sends again", .sent = forget},
};
