/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM's state table against a list of its own: every input in every state (X.228). What the
 * list does not have is an error for the user, and an abort with protocolError for the peer. */
#include "base/error.h"
#include "osi/session/session.h"
#include "rtse_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { KIB = 1024 };

/* ---- states ---------------------------------------------------------------------------------- */

static void idle(struct machine *m)
{
    machine_init(m, false, true);
}

static void opening(struct machine *m)
{
    machine_init(m, true, true);
    rtpm_open(&m->r, SLICE_NONE);
}

static void open_indicated(struct machine *m)
{
    struct rl_prim ind = machine_connect(PRIM_INDICATION, 1, 2);

    machine_init(m, false, true);
    rtpm_input(&m->r, &ind);
}

static void ready_turn(struct machine *m)
{
    machine_opened_sender(m, true);
}

/* One checkpoint is not confirmed yet. */
static void sending(struct machine *m)
{
    machine_opened_sender(m, true);
    rtpm_transfer(&m->r);
    machine_segment(m, KIB, false, X4_OK);
}

static void ending(struct machine *m)
{
    sending(m);
    machine_segment(m, 10, true, X4_OK);
}

static void discarding(struct machine *m)
{
    sending(m);
    rtpm_discard(&m->r);
}

static void receiving(struct machine *m)
{
    machine_opened_receiver(m);
    machine_input(m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    machine_input(m, S_SYNC_MINOR, PRIM_INDICATION, 1);
}

static void securing(struct machine *m)
{
    receiving(m);
    machine_input(m, S_ACTIVITY_END, PRIM_INDICATION, 0);
}

static void completing(struct machine *m)
{
    securing(m);
    machine_input(m, S_ACTIVITY_DISCARD, PRIM_INDICATION, 0);
}

static void reported(struct machine *m)
{
    receiving(m);
    rtpm_exception(&m->r, S_REASON_NON_SPECIFIC);
}

static void closing(struct machine *m)
{
    machine_opened_sender(m, true);
    rtpm_close(&m->r);
}

static void over(struct machine *m)
{
    machine_opened_sender(m, true);
    rtpm_abort(&m->r, RT_ABORT_USER_ERROR);
}

static const struct {
    const char *name;
    void (*reach)(struct machine *m);
} states[RT_STATES] = {
    [RT_IDLE] = {"IDLE", idle},
    [RT_OPENING] = {"OPENING", opening},
    [RT_OPEN_INDICATED] = {"OPEN?", open_indicated},
    [RT_READY_TURN] = {"READY+", ready_turn},
    [RT_READY] = {"READY-", machine_opened_receiver},
    [RT_SENDING] = {"SENDING", sending},
    [RT_ENDING] = {"ENDING", ending},
    [RT_DISCARDING] = {"DISCARDING", discarding},
    [RT_RECEIVING] = {"RECEIVING", receiving},
    [RT_SECURING] = {"SECURING", securing},
    [RT_COMPLETING] = {"COMPLETING", completing},
    [RT_REPORTED] = {"REPORTED", reported},
    [RT_CLOSING] = {"CLOSING", closing},
    [RT_OVER] = {"OVER", over},
};

/* ---- inputs ---------------------------------------------------------------------------------- */

static int u_open(struct machine *m)
{
    return rtpm_open(&m->r, SLICE_NONE);
}

static int u_accept(struct machine *m)
{
    return rtpm_accept(&m->r, SLICE_NONE);
}

static int u_refuse(struct machine *m)
{
    return rtpm_refuse(&m->r, RT_REFUSE_BUSY, SLICE_NONE, true);
}

static int u_transfer(struct machine *m)
{
    return rtpm_transfer(&m->r);
}

static int u_segment(struct machine *m)
{
    static const uint8_t octets[KIB];
    const struct gather segment = gather_one(slice_make(octets, sizeof(octets)));

    return rtpm_segment(&m->r, &segment, false);
}

static int u_last_segment(struct machine *m)
{
    const struct gather segment = gather_one(SLICE_LIT("end"));

    return rtpm_segment(&m->r, &segment, true);
}

static int u_discard(struct machine *m)
{
    return rtpm_discard(&m->r);
}

static int u_secured(struct machine *m)
{
    return rtpm_secured(&m->r);
}

static int u_exception(struct machine *m)
{
    return rtpm_exception(&m->r, S_REASON_NON_SPECIFIC);
}

static int u_please(struct machine *m)
{
    return rtpm_turn_please(&m->r, 1);
}

static int u_give(struct machine *m)
{
    return rtpm_turn_give(&m->r);
}

static int u_close(struct machine *m)
{
    return rtpm_close(&m->r);
}

static int u_abort(struct machine *m)
{
    return rtpm_abort(&m->r, RT_ABORT_USER_ERROR);
}

/* Requests of the user. */
static const struct {
    const char *name;
    int (*request)(struct machine *m);
} requests[] = {
    {"OPEN", u_open},          {"ACCEPT", u_accept},   {"REFUSE", u_refuse},
    {"TRANSFER", u_transfer},  {"SEGMENT", u_segment}, {"LAST SEGMENT", u_last_segment},
    {"DISCARD", u_discard},    {"SECURED", u_secured}, {"EXCEPTION", u_exception},
    {"TURN-PLEASE", u_please}, {"TURN-GIVE", u_give},  {"CLOSE", u_close},
    {"ABORT", u_abort},
};

/* Primitives from below. */
static const struct {
    const char *name;
    enum s_service service;
    enum prim_op op;
    int64_t number;
} primitives[] = {
    {"connect ind", S_CONNECT, PRIM_INDICATION, 0},
    {"connect cnf", S_CONNECT, PRIM_CONFIRM, 0},
    {"release ind", S_RELEASE, PRIM_INDICATION, 0},
    {"release cnf", S_RELEASE, PRIM_CONFIRM, 0},
    {"abort ind", S_U_ABORT, PRIM_INDICATION, 0},
    {"p-abort ind", S_P_ABORT, PRIM_INDICATION, 0},
    {"data ind", S_DATA, PRIM_INDICATION, 3},
    {"please ind", S_TOKEN_PLEASE, PRIM_INDICATION, 1},
    {"give ind", S_CONTROL_GIVE, PRIM_INDICATION, 0},
    {"sync ind", S_SYNC_MINOR, PRIM_INDICATION, 2},
    {"sync cnf", S_SYNC_MINOR, PRIM_CONFIRM, 1},
    {"start ind", S_ACTIVITY_START, PRIM_INDICATION, 0},
    {"resume ind", S_ACTIVITY_RESUME, PRIM_INDICATION, 0},
    {"end ind", S_ACTIVITY_END, PRIM_INDICATION, 0},
    {"end cnf", S_ACTIVITY_END, PRIM_CONFIRM, 0},
    {"interrupt ind", S_ACTIVITY_INTERRUPT, PRIM_INDICATION, 0},
    {"interrupt cnf", S_ACTIVITY_INTERRUPT, PRIM_CONFIRM, 0},
    {"discard ind", S_ACTIVITY_DISCARD, PRIM_INDICATION, 0},
    {"discard cnf", S_ACTIVITY_DISCARD, PRIM_CONFIRM, 0},
    {"u-exception ind", S_U_EXCEPTION_REPORT, PRIM_INDICATION, 0},
    {"p-exception ind", S_P_EXCEPTION_REPORT, PRIM_INDICATION, 4},
    {"token-give ind", S_TOKEN_GIVE, PRIM_INDICATION, 0}, /* which RTSE never uses */
};

/* ---- the law --------------------------------------------------------------------------------- */

#define ABORTED "U-ABORT 6; ABORTED; "

/* In which state which input is legal, what is told then (down in capitals with the number, up
 * after it), and the next state. */
static const struct cell {
    enum rt_state state;
    const char *input;
    const char *told;
    enum rt_state next;
} cells[] = {
    /* association establishment, 7.1 */
    {RT_IDLE, "OPEN", "CONNECT 0; ", RT_OPENING},
    {RT_IDLE, "connect ind", "OPEN-IND; ", RT_OPEN_INDICATED},
    {RT_OPEN_INDICATED, "ACCEPT", "CONNECT rsp; ", RT_READY},
    {RT_OPEN_INDICATED, "REFUSE", "CONNECT rsp 0; REFUSED; ", RT_OVER},
    {RT_OPENING, "connect cnf", "OPEN-CNF; ", RT_READY_TURN},
    {RT_OPENING, "abort ind", "REFUSED; ", RT_OVER},
    {RT_OPENING, "p-abort ind", "REFUSED; ", RT_OVER},
    /* transfer, 7.3: the sender */
    {RT_READY_TURN, "TRANSFER", "ACTIVITY-START; ", RT_SENDING},
    {RT_SENDING, "SEGMENT", "DATA 1024; SYNC-MINOR 2; ", RT_SENDING},
    {RT_SENDING, "LAST SEGMENT", "DATA 3; ACTIVITY-END; ", RT_ENDING},
    {RT_SENDING, "sync cnf", "", RT_SENDING},
    {RT_ENDING, "sync cnf", "", RT_ENDING},
    {RT_ENDING, "end cnf", "SENT; ", RT_READY_TURN},
    {RT_SENDING, "DISCARD", "ACTIVITY-DISCARD 5; ", RT_DISCARDING},
    {RT_ENDING, "DISCARD", "ACTIVITY-DISCARD 5; ", RT_DISCARDING},
    {RT_SENDING, "u-exception ind", "ACTIVITY-DISCARD 0; ", RT_DISCARDING},
    {RT_ENDING, "u-exception ind", "ACTIVITY-DISCARD 0; ", RT_DISCARDING},
    {RT_SENDING, "p-exception ind", "ACTIVITY-DISCARD 0; ", RT_DISCARDING},
    {RT_ENDING, "p-exception ind", "ACTIVITY-DISCARD 0; ", RT_DISCARDING},
    {RT_DISCARDING, "discard cnf", "NOT-SENT; ", RT_READY_TURN},
    /* the receiver */
    {RT_READY, "start ind", "START; ", RT_RECEIVING},
    {RT_READY, "resume ind", "U-EXCEPTION-REPORT 6; ", RT_REPORTED},
    {RT_RECEIVING, "data ind", "DATA; ", RT_RECEIVING},
    {RT_RECEIVING, "sync ind", "CHECKPOINT; ", RT_RECEIVING},
    {RT_RECEIVING, "end ind", "END; ", RT_SECURING},
    {RT_SECURING, "SECURED", "ACTIVITY-END rsp; ", RT_READY},
    {RT_RECEIVING, "EXCEPTION", "U-EXCEPTION-REPORT 0; ", RT_REPORTED},
    {RT_SECURING, "EXCEPTION", "U-EXCEPTION-REPORT 0; ", RT_REPORTED},
    {RT_RECEIVING, "interrupt ind", "ACTIVITY-INTERRUPT rsp; DROPPED; ", RT_READY},
    {RT_SECURING, "interrupt ind", "ACTIVITY-INTERRUPT rsp; DROPPED; ", RT_READY},
    {RT_REPORTED, "interrupt ind", "ACTIVITY-INTERRUPT rsp; ", RT_READY},
    {RT_RECEIVING, "discard ind", "ACTIVITY-DISCARD rsp; DROPPED; ", RT_READY},
    {RT_SECURING, "discard ind", "", RT_COMPLETING},
    {RT_COMPLETING, "SECURED", "U-ABORT 7; ABORTED; ", RT_OVER},
    {RT_COMPLETING, "EXCEPTION", "ACTIVITY-DISCARD rsp; DROPPED; ", RT_READY},
    {RT_REPORTED, "discard ind", "ACTIVITY-DISCARD rsp; ", RT_READY},
    /* turn, 7.4 */
    {RT_READY, "TURN-PLEASE", "TOKEN-PLEASE 1; ", RT_READY},
    {RT_RECEIVING, "TURN-PLEASE", "TOKEN-PLEASE 1; ", RT_RECEIVING},
    {RT_SECURING, "TURN-PLEASE", "TOKEN-PLEASE 1; ", RT_SECURING},
    {RT_READY_TURN, "please ind", "PLEASE; ", RT_READY_TURN},
    {RT_SENDING, "please ind", "PLEASE; ", RT_SENDING},
    {RT_ENDING, "please ind", "PLEASE; ", RT_ENDING},
    {RT_READY, "please ind", "", RT_READY},     /* it crossed our give */
    {RT_CLOSING, "please ind", "", RT_CLOSING}, /* it crossed our close */
    {RT_READY_TURN, "TURN-GIVE", "CONTROL-GIVE; ", RT_READY},
    {RT_READY, "give ind", "GIVEN; ", RT_READY_TURN},
    /* release */
    {RT_READY_TURN, "CLOSE", "RELEASE; ", RT_CLOSING},
    {RT_READY, "release ind", "RELEASE rsp; CLOSED; ", RT_OVER},
    {RT_CLOSING, "release cnf", "CLOSED; ", RT_OVER},
    {RT_CLOSING, "abort ind", "CLOSED; ", RT_OVER},
    {RT_CLOSING, "p-abort ind", "CLOSED; ", RT_OVER},
    /* abort by the user, 7.9.3 */
    {RT_OPENING, "ABORT", ABORTED, RT_OVER},
    {RT_OPEN_INDICATED, "ABORT", ABORTED, RT_OVER},
    {RT_READY_TURN, "ABORT", ABORTED, RT_OVER},
    {RT_READY, "ABORT", ABORTED, RT_OVER},
    {RT_SENDING, "ABORT", ABORTED, RT_OVER},
    {RT_ENDING, "ABORT", ABORTED, RT_OVER},
    {RT_DISCARDING, "ABORT", ABORTED, RT_OVER},
    {RT_RECEIVING, "ABORT", ABORTED, RT_OVER},
    {RT_SECURING, "ABORT", ABORTED, RT_OVER},
    {RT_COMPLETING, "ABORT", ABORTED, RT_OVER},
    {RT_REPORTED, "ABORT", ABORTED, RT_OVER},
    {RT_CLOSING, "ABORT", ABORTED, RT_OVER},
};

/* An abort from below is legal in every state but those that the list has. */
static const struct cell any_abort = {RT_STATES, "", "ABORTED; ", RT_OVER};

static const struct cell *find(enum rt_state state, const char *input)
{
    for (size_t i = 0; i < COUNT(cells); i++) {
        if (cells[i].state == state && strcmp(cells[i].input, input) == 0)
            return &cells[i];
    }
    if (strcmp(input, "abort ind") == 0 || strcmp(input, "p-abort ind") == 0)
        return &any_abort;
    return NULL;
}

static void check_state(const struct machine *m, enum rt_state expected, const char *input)
{
    if (strcmp(rtpm_state_name(&m->r), states[expected].name) != 0)
        fail_msg("%s: %s instead of %s", input, rtpm_state_name(&m->r), states[expected].name);
}

static void reach(struct machine *m, enum rt_state state)
{
    states[state].reach(m);
    check_state(m, state, "the way there");
    buf_reset(&m->told);
}

static void every_request_in_every_state(void **state)
{
    unsigned legal = 0;

    (void)state;
    for (unsigned s = 0; s < RT_STATES; s++) {
        for (size_t i = 0; i < COUNT(requests); i++) {
            const struct cell *cell = find((enum rt_state)s, requests[i].name);
            struct machine m;

            reach(&m, (enum rt_state)s);
            assert_int_equal(requests[i].request(&m), cell ? X4_OK : X4_ESTATE);
            machine_told(&m, cell ? cell->told : "");
            check_state(&m, cell ? cell->next : (enum rt_state)s, requests[i].name);
            legal += cell != NULL;
            machine_free(&m);
        }
    }
    assert_int_equal(legal, 30);
}

static void arrive(struct machine *m, size_t i)
{
    struct rl_prim connect = machine_connect(primitives[i].op, 1, 2);

    if (primitives[i].service == S_CONNECT)
        rtpm_input(&m->r, &connect);
    else
        machine_input(m, primitives[i].service, primitives[i].op, primitives[i].number);
}

static void every_primitive_in_every_state(void **state)
{
    unsigned legal = 0;

    (void)state;
    for (unsigned s = 0; s < RT_OVER; s++) {
        for (size_t i = 0; i < COUNT(primitives); i++) {
            const struct cell *cell = find((enum rt_state)s, primitives[i].name);
            struct machine m;

            reach(&m, (enum rt_state)s);
            arrive(&m, i);
            machine_told(&m, cell ? cell->told : "U-ABORT 4; ABORTED; ");
            check_state(&m, cell ? cell->next : RT_OVER, primitives[i].name);
            legal += cell != NULL && cell != &any_abort;
            machine_free(&m);
        }
    }
    assert_int_equal(legal + 30, COUNT(cells));
}

/* Nothing wakes an association that is over. */
static void over_is_over(void **state)
{
    struct machine m;

    (void)state;
    reach(&m, RT_OVER);
    for (size_t i = 0; i < COUNT(primitives); i++)
        arrive(&m, i);
    rtpm_timeout(&m.r);
    machine_told(&m, "");
    check_state(&m, RT_OVER, "anything");
    machine_free(&m);
}

/* Every state but OVER has an end when its timer expires. */
static void every_state_ends_in_time(void **state)
{
    (void)state;
    for (unsigned s = 0; s < RT_OVER; s++) {
        struct machine m;

        reach(&m, (enum rt_state)s);
        rtpm_timeout(&m.r);
        machine_told(&m, s == RT_IDLE      ? "ABORTED; " /* there is nobody to be told */
                         : s == RT_OPENING ? "U-ABORT 0; REFUSED; "
                                           : "U-ABORT 0; ABORTED; ");
        check_state(&m, RT_OVER, "timer");
        machine_free(&m);
    }
}

/* A checkpoint is confirmed where one is outstanding; elsewhere the answer came too late. */
static void every_confirmation_in_every_state(void **state)
{
    (void)state;
    for (unsigned s = 0; s < RT_STATES; s++) {
        bool outstanding = s == RT_RECEIVING || s == RT_SECURING;
        struct machine m;

        reach(&m, (enum rt_state)s);
        assert_int_equal(rtpm_confirm(&m.r, 1), X4_OK);
        machine_told(&m, outstanding ? "SYNC-MINOR rsp 1; " : "");
        check_state(&m, (enum rt_state)s, "confirm");
        machine_free(&m);
    }
}

/* What the sender interrupts or discards when all was secured is answered by what READY- knows. */
static void after_a_transfer_interruptions_are_known(void **state)
{
    static const struct {
        enum s_service service;
        const char *told;
        enum rt_state next;
    } cases[] = {
        {S_ACTIVITY_INTERRUPT, "ACTIVITY-INTERRUPT rsp; ", RT_READY},
        {S_ACTIVITY_DISCARD, "U-ABORT 7; ABORTED; ", RT_OVER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct machine m;

        reach(&m, RT_SECURING);
        assert_int_equal(rtpm_secured(&m.r), X4_OK);
        buf_reset(&m.told);
        machine_input(&m, cases[i].service, PRIM_INDICATION, 0);
        machine_told(&m, cases[i].told);
        check_state(&m, cases[i].next, "after a transfer");
        machine_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_in_every_state),
        cmocka_unit_test(every_primitive_in_every_state),
        cmocka_unit_test(over_is_over),
        cmocka_unit_test(every_state_ends_in_time),
        cmocka_unit_test(every_confirmation_in_every_state),
        cmocka_unit_test(after_a_transfer_interruptions_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
