/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM row by row over a recording lower service. */
#include "base/error.h"
#include "hex.h"
#include "rtse_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A sender with one confirmed checkpoint, still sending or waiting for the end. */
static void sending(struct machine *m, bool ending)
{
    machine_opened_sender(m, true);
    assert_int_equal(rtpm_transfer(&m->r), X4_OK);
    machine_segment(m, 1024, false, X4_OK);
    machine_input(m, S_SYNC_MINOR, PRIM_CONFIRM, 1);
    if (ending)
        machine_segment(m, 10, true, X4_OK);
    buf_reset(&m->told);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void judges_the_rtorq(void **state)
{
    static const struct {
        const char *connection_data;
        int64_t checkpoint, window, mode, protocol;
        const char *told;
    } cases[] = {
        {"a0020500", 63, 3, 1, 12, "OPEN-IND; "},
        {"8000", 0, 0, 0, 1, "OPEN-IND; "},
        {"a0028000", 0, 3, 0, 12, "OPEN-IND; "},
        {"a1191408506572636976616c170d3035313030313134343435345a", 1, 3, 0, 12,
         "CONNECT rsp 1; REFUSED; "},
        {"a1190408506572636976616c170d3035313030313134343435345a", 1, 3, 0, 12,
         "CONNECT rsp 1; REFUSED; "},
        {"a2020500", 1, 3, 0, 12, "CONNECT rsp 2; REFUSED; "},
        {"a10405000500", 1, 3, 0, 12, "CONNECT rsp 1; REFUSED; "},
        {"a00405000500", 1, 3, 0, 12, "CONNECT rsp 2; REFUSED; "},
        {"a0020500", -1, 3, 0, 12, "CONNECT rsp 2; REFUSED; "},
        {"a0020500", 1, -1, 0, 12, "CONNECT rsp 2; REFUSED; "},
        {"a0020500", 1, 3, 2, 12, "CONNECT rsp 2; REFUSED; "},
        {"a0020500", 1, 3, 0, 3, "CONNECT rsp 2; REFUSED; "},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_prim ind = machine_connect(PRIM_INDICATION, cases[i].checkpoint, cases[i].window);
        struct machine m;

        machine_init(&m, false, false);
        ind.u.connect.rq.dialogue_mode = cases[i].mode;
        ind.u.connect.rq.connection_data = hex(cases[i].connection_data);
        ind.u.connect.rq.application_protocol =
            (struct ber_optint){.present = true, .value = cases[i].protocol};
        rtpm_input(&m.r, &ind);
        machine_told(&m, cases[i].told);
        if (m.last.type == RT_REFUSED)
            assert_non_null(m.last.u.refusal.text);
        machine_free(&m);
    }
}

/* Proposed: checkpoint 1, window 2. */
static void judges_the_rtoac(void **state)
{
    static const struct {
        int64_t checkpoint, window;
        bool turn;
        const char *told;
        unsigned in_force;
    } cases[] = {
        {1, 2, true, "OPEN-CNF; ", 2},
        {0, 1, true, "OPEN-CNF; ", 1},
        {1, 0, true, "OPEN-CNF; ", 1}, /* window 0 is not defined: 1 */
        {1, 3, true, "OPEN-CNF; ", 2}, /* the default, perhaps absent */
        {1, 4, true, "U-ABORT 4; REFUSED; ", 0},
        {2, 2, true, "U-ABORT 4; REFUSED; ", 0},
        {-1, 2, true, "U-ABORT 4; REFUSED; ", 0},
        {1, 2, false, "U-ABORT 4; REFUSED; ", 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_prim cnf = machine_connect(PRIM_CONFIRM, cases[i].checkpoint, cases[i].window);
        struct machine m;

        machine_init(&m, true, true);
        assert_int_equal(rtpm_open(&m.r, SLICE_NONE), X4_OK);
        buf_reset(&m.told);
        cnf.u.connect.turn_here = cases[i].turn;
        rtpm_input(&m.r, &cnf);
        machine_told(&m, cases[i].told);
        if (cases[i].in_force)
            assert_int_equal(m.last.u.open.window, cases[i].in_force);
        machine_free(&m);
    }
}

static void an_abort_while_opening_refuses(void **state)
{
    struct machine m;

    (void)state;
    machine_init(&m, true, true);
    assert_int_equal(rtpm_open(&m.r, SLICE_NONE), X4_OK);
    machine_input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_PERMANENT_PROBLEM);
    machine_told(&m, "CONNECT 0; REFUSED; ");
    assert_false(m.last.u.refusal.transient);
    assert_int_equal(m.last.u.refusal.code, RT_ABORT_PERMANENT_PROBLEM);
    machine_free(&m);
    machine_init(&m, true, true);
    assert_int_equal(rtpm_open(&m.r, SLICE_NONE), X4_OK);
    rtpm_timeout(&m.r);
    machine_told(&m, "CONNECT 0; U-ABORT 0; REFUSED; ");
    rtpm_timeout(&m.r);
    machine_told(&m, "");
    machine_free(&m);
}

/* ---- sending --------------------------------------------------------------------------------- */

static void sends_by_the_window(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_sender(&m, true);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    assert_int_equal(rtpm_segment_size(&m.r), 1024);
    machine_segment(&m, 1000, false, X4_EINVAL);
    machine_segment(&m, 1024, false, X4_OK);
    assert_true(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, 0);
    machine_segment(&m, 1024, false, X4_OK);
    machine_told(&m, "ACTIVITY-START; DATA 1024; SYNC-MINOR 1; DATA 1024; SYNC-MINOR 2; ");
    assert_false(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, MACHINE_ANSWER_MS);
    machine_segment(&m, 1024, false, X4_ESTATE);
    machine_segment(&m, 1024, true, X4_ESTATE);
    machine_input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* for both */
    assert_true(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, 0);
    machine_input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* again: harmless */
    machine_segment(&m, 1024, false, X4_OK);
    machine_segment(&m, 1024, true, X4_OK); /* no sync behind the last */
    machine_told(&m, "DATA 1024; SYNC-MINOR 3; DATA 1024; ACTIVITY-END; ");
    assert_int_equal(m.timer, MACHINE_ANSWER_MS);
    machine_input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 3);
    machine_input(&m, S_ACTIVITY_END, PRIM_CONFIRM, 4);
    machine_told(&m, "SENT; ");
    assert_int_equal(rtpm_transfer(&m.r), X4_OK); /* numbers begin again */
    machine_segment(&m, 1024, false, X4_OK);
    machine_told(&m, "ACTIVITY-START; DATA 1024; SYNC-MINOR 1; ");
    machine_input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* never sent */
    machine_told(&m, "U-ABORT 4; ABORTED; ");
    assert_int_equal(rtpm_transfer(&m.r), X4_ESTATE);
    machine_free(&m);
}

/* When the serial numbers are used up the rest goes without checkpoints. */
static void sends_beyond_the_last_serial_number(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_sender(&m, true);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    m.r.synced = LIMIT_SERIAL - 2;
    m.r.confirmed = LIMIT_SERIAL - 2;
    machine_segment(&m, 1024, false, X4_OK); /* 999998 */
    machine_segment(&m, 1024, false, X4_OK);
    machine_segment(&m, 1, true, X4_OK);
    machine_told(&m,
                 "ACTIVITY-START; DATA 1024; SYNC-MINOR 999998; DATA 1024; DATA 1; ACTIVITY-END; ");
    machine_free(&m);
}

/* The matrix of exception reasons (sender). */
static void reacts_to_exceptions(void **state)
{
    static const struct {
        int reason;
        bool ending;
        const char *told;
        bool completed;
    } cases[] = {
        {0, false, "ACTIVITY-DISCARD 0; ", false},  {0, true, "ACTIVITY-DISCARD 0; ", false},
        {1, false, "U-ABORT 3; ABORTED; ", false},  {1, true, "U-ABORT 3; ABORTED; ", false},
        {3, false, "ACTIVITY-DISCARD 0; ", false},  {3, true, "ACTIVITY-DISCARD 0; ", true},
        {5, false, "ACTIVITY-DISCARD 0; ", false},  {6, false, "ACTIVITY-DISCARD 0; ", false},
        {128, true, "ACTIVITY-DISCARD 0; ", false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct machine m;

        sending(&m, cases[i].ending);
        machine_input(&m, S_U_EXCEPTION_REPORT, PRIM_INDICATION, cases[i].reason);
        machine_told(&m, cases[i].told);
        if (m.r.state == RT_DISCARDING) {
            assert_int_equal(m.timer, MACHINE_ANSWER_MS);
            assert_false(rtpm_may_send(&m.r));
            machine_input(&m, S_ACTIVITY_DISCARD, PRIM_CONFIRM, 0);
            machine_told(&m, "NOT-SENT; ");
            assert_int_equal(m.last.u.failure.reason, cases[i].reason);
            assert_int_equal(m.last.u.failure.completed, cases[i].completed);
            assert_int_equal(m.last.u.failure.retry_here, !cases[i].completed);
            assert_int_equal(rtpm_transfer(&m.r), X4_OK);
        }
        machine_free(&m);
    }
}

/* ISODE loses a discard that follows its own report. That is not waited for as long as for others.
 */
static void a_discard_after_a_report_is_not_waited_for_long(void **state)
{
    enum { MINUTES = 10 * 60 * 1000 };
    struct machine m;

    (void)state;
    for (unsigned own = 0; own < 2; own++) {
        sending(&m, true);
        m.r.params.answer_timeout_ms = MINUTES;
        if (own)
            assert_int_equal(rtpm_discard(&m.r), X4_OK);
        else
            machine_input(&m, S_U_EXCEPTION_REPORT, PRIM_INDICATION, 5);
        assert_int_equal(m.timer, own ? MINUTES : 20 * 1000);
        buf_reset(&m.told);
        rtpm_timeout(&m.r);
        machine_told(&m, "U-ABORT 0; ABORTED; ");
        machine_free(&m);
    }
}

static void reacts_to_a_provider_exception(void **state)
{
    struct machine m;

    (void)state;
    sending(&m, false);
    machine_input(&m, S_P_EXCEPTION_REPORT, PRIM_INDICATION, 4);
    machine_input(&m, S_ACTIVITY_DISCARD, PRIM_CONFIRM, 0);
    machine_told(&m, "ACTIVITY-DISCARD 0; NOT-SENT; ");
    machine_free(&m);
}

/* The only segment may come in parts, in their order, where there are no checkpoints. */
static void parts_have_an_order(void **state)
{
    const struct gather piece = gather_one(SLICE_LIT("abc"));
    struct machine m;

    (void)state;
    machine_opened_sender(&m, true);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    assert_int_equal(rtpm_part(&m.r, &piece, PART_FIRST, 9), X4_EINVAL); /* there are checkpoints */
    m.r.checkpoint_kib = 0;
    assert_int_equal(rtpm_part(&m.r, &piece, PART_MIDDLE, 0), X4_EINVAL);
    assert_int_equal(rtpm_part(&m.r, &piece, PART_FIRST, 9), X4_OK);
    assert_int_equal(rtpm_part(&m.r, &piece, PART_FIRST, 9), X4_EINVAL);
    assert_int_equal(rtpm_part(&m.r, &piece, PART_MIDDLE, 0), X4_OK);
    assert_int_equal(rtpm_part(&m.r, &piece, PART_LAST, 0), X4_OK);
    machine_told(&m, "ACTIVITY-START; DATA 3; DATA 3; DATA 3; ACTIVITY-END; ");
    assert_int_equal(rtpm_part(&m.r, &piece, PART_LAST, 0), X4_EINVAL);
    machine_free(&m);
}

static void an_abort_can_say_completed(void **state)
{
    struct machine m;

    (void)state;
    sending(&m, true);
    assert_int_equal(rtpm_discard(&m.r), X4_OK);
    machine_input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_TRANSFER_COMPLETED);
    machine_told(&m, "ACTIVITY-DISCARD 5; ABORTED; ");
    assert_true(m.last.u.abort.transfer_completed);
    machine_free(&m);
    machine_opened_sender(&m, true); /* nothing was being sent */
    machine_input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_TRANSFER_COMPLETED);
    assert_false(m.last.u.abort.transfer_completed);
    machine_free(&m);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void receives(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_receiver(&m);
    machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    machine_input(&m, S_DATA, PRIM_INDICATION, 700); /* any size */
    machine_input(&m, S_SYNC_MINOR, PRIM_INDICATION, 1);
    machine_input(&m, S_SYNC_MINOR, PRIM_INDICATION, 2);
    machine_input(&m, S_SYNC_MINOR, PRIM_INDICATION, 3); /* window 2: one more is tolerated */
    machine_told(&m, "START; DATA; CHECKPOINT; CHECKPOINT; CHECKPOINT; ");
    assert_int_equal(rtpm_secured(&m.r), X4_ESTATE);
    assert_int_equal(rtpm_confirm(&m.r, 4), X4_EINVAL);
    assert_int_equal(rtpm_confirm(&m.r, 2), X4_OK);
    assert_int_equal(rtpm_confirm(&m.r, 1), X4_OK);
    machine_told(&m, "SYNC-MINOR rsp 2; ");
    machine_input(&m, S_ACTIVITY_END, PRIM_INDICATION, 4);
    assert_int_equal(rtpm_confirm(&m.r, 3), X4_OK);
    machine_told(&m, "END; SYNC-MINOR rsp 3; ");
    assert_int_equal(rtpm_secured(&m.r), X4_OK);
    machine_told(&m, "ACTIVITY-END rsp; ");
    assert_int_equal(rtpm_secured(&m.r), X4_ESTATE);
    machine_free(&m);
}

static void a_peer_must_keep_the_window(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_receiver(&m);
    machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    for (int k = 1; k <= 4; k++)
        machine_input(&m, S_SYNC_MINOR, PRIM_INDICATION, k);
    machine_told(&m, "START; CHECKPOINT; CHECKPOINT; CHECKPOINT; U-ABORT 4; ABORTED; ");
    assert_non_null(strstr(m.last.u.abort.text, "S-SYNC-MINOR"));
    machine_free(&m);
}

/* Interrupt and discard in each state of a reception. */
static void is_interrupted(void **state)
{
    static const enum s_service services[] = {S_ACTIVITY_INTERRUPT, S_ACTIVITY_DISCARD};
    static const char *const told[] = {"ACTIVITY-INTERRUPT rsp; DROPPED; ",
                                       "ACTIVITY-DISCARD rsp; DROPPED; "};
    static const char *const silent[] = {"ACTIVITY-INTERRUPT rsp; ", "ACTIVITY-DISCARD rsp; "};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct machine m;

        machine_opened_receiver(&m);
        machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        buf_reset(&m.told);
        machine_input(&m, services[i], PRIM_INDICATION, 5);
        machine_told(&m, told[i]);
        machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        machine_input(&m, S_ACTIVITY_END, PRIM_INDICATION, 1);
        buf_reset(&m.told);
        machine_input(&m, services[i], PRIM_INDICATION, 5);
        if (services[i] == S_ACTIVITY_DISCARD) { /* its user has it, and may be securing it */
            machine_told(&m, "");
            assert_int_equal(rtpm_exception(&m.r, S_REASON_NON_SPECIFIC), X4_OK);
        }
        machine_told(&m, told[i]);
        machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        assert_int_equal(rtpm_exception(&m.r, S_REASON_NON_SPECIFIC), X4_OK);
        assert_int_equal(m.timer, MACHINE_ANSWER_MS);
        machine_told(&m, "START; U-EXCEPTION-REPORT 0; ");
        machine_input(&m, services[i], PRIM_INDICATION, 0);
        machine_told(&m, silent[i]);                        /* its user knows */
        machine_input(&m, services[i], PRIM_INDICATION, 0); /* without an activity */
        machine_told(&m, "U-ABORT 4; ABORTED; ");
        machine_free(&m);
    }
}

/* Our end confirm crosses the sender's discard or interrupt; or the discard comes when the user has
 * the APDU already. */
static void a_discard_comes_too_late(void **state)
{
    static const struct {
        enum s_service service;
        int protocol;
        const char *told;
        bool before; /* it was secured */
    } cases[] = {
        {S_ACTIVITY_DISCARD, 12, "U-ABORT 7; ABORTED; ", false},
        {S_ACTIVITY_DISCARD, 1, "U-ABORT 0; ABORTED; ", false}, /* 1984 does not know 7 */
        {S_ACTIVITY_INTERRUPT, 12, "ACTIVITY-INTERRUPT rsp; ", false},
        {S_ACTIVITY_DISCARD, 12, "U-ABORT 7; ABORTED; ", true},
        {S_ACTIVITY_DISCARD, 1, "U-ABORT 0; ABORTED; ", true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct machine m;

        machine_opened_receiver(&m);
        m.r.params.application_protocol = cases[i].protocol;
        machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        machine_input(&m, S_ACTIVITY_END, PRIM_INDICATION, 1);
        if (!cases[i].before)
            assert_int_equal(rtpm_secured(&m.r), X4_OK);
        buf_reset(&m.told);
        machine_input(&m, cases[i].service, PRIM_INDICATION, 5);
        if (cases[i].before)
            assert_int_equal(rtpm_secured(&m.r), X4_OK);
        machine_told(&m, cases[i].told);
        machine_free(&m);
    }
}

static void a_resumed_activity_is_reported(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_receiver(&m);
    machine_input(&m, S_ACTIVITY_RESUME, PRIM_INDICATION, 0);
    machine_told(&m, "U-EXCEPTION-REPORT 6; ");
    machine_input(&m, S_ACTIVITY_DISCARD, PRIM_INDICATION, 0);
    machine_told(&m, "ACTIVITY-DISCARD rsp; ");
    machine_input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    machine_told(&m, "START; ");
    machine_free(&m);
}

/* ---- turn, release --------------------------------------------------------------------------- */

static void handles_the_turn(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_sender(&m, true);
    machine_input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, -5);
    assert_int_equal(m.last.u.priority, -5);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    machine_input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 1); /* during a transfer: only told */
    assert_int_equal(rtpm_turn_give(&m.r), X4_ESTATE);
    machine_segment(&m, 5, true, X4_OK);
    machine_input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0);
    machine_input(&m, S_ACTIVITY_END, PRIM_CONFIRM, 1);
    assert_int_equal(rtpm_turn_give(&m.r), X4_OK);
    machine_input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0); /* crossed the give */
    assert_int_equal(rtpm_turn_please(&m.r, 2), X4_OK);
    machine_input(&m, S_CONTROL_GIVE, PRIM_INDICATION, 0);
    assert_int_equal(rtpm_close(&m.r), X4_OK);
    machine_input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0); /* crossed the close */
    machine_input(&m, S_RELEASE, PRIM_CONFIRM, 0);
    machine_told(&m, "PLEASE; ACTIVITY-START; PLEASE; DATA 5; ACTIVITY-END; PLEASE; SENT; "
                     "CONTROL-GIVE; TOKEN-PLEASE 2; GIVEN; RELEASE; CLOSED; ");
    machine_free(&m);
}

static void a_turn_in_monologue_breaks_the_protocol(void **state)
{
    static const enum s_service services[] = {S_TOKEN_PLEASE, S_CONTROL_GIVE, S_TOKEN_GIVE};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct machine m;

        machine_opened_sender(&m, false);
        machine_input(&m, services[i], PRIM_INDICATION, 0);
        machine_told(&m, "U-ABORT 4; ABORTED; ");
        machine_free(&m);
    }
}

static void only_the_initiator_closes_two_way(void **state)
{
    struct machine m;

    (void)state;
    machine_opened_receiver(&m); /* dialogue mode of the RTORQ: twa */
    machine_input(&m, S_CONTROL_GIVE, PRIM_INDICATION, 0);
    assert_int_equal(rtpm_close(&m.r), X4_ESTATE);
    machine_free(&m);
    machine_opened_sender(&m, true);
    assert_int_equal(rtpm_turn_give(&m.r), X4_OK);
    machine_input(&m, S_RELEASE, PRIM_INDICATION, 0);
    machine_told(&m, "CONTROL-GIVE; U-ABORT 4; ABORTED; ");
    machine_free(&m);
    machine_opened_sender(&m,
                          false); /* monologue: who has the turn; a loss is as good as a confirm */
    assert_int_equal(rtpm_close(&m.r), X4_OK);
    machine_input(&m, S_P_ABORT, PRIM_INDICATION, 0);
    machine_told(&m, "RELEASE; CLOSED; ");
    machine_free(&m);
}

/* Whatever a state has no row for: errors for the user, an abort for the peer, nothing afterwards.
 */
static void everything_else_is_refused(void **state)
{
    static const enum s_service services[] = {
        S_DATA,         S_SYNC_MINOR,         S_ACTIVITY_START,     S_ACTIVITY_RESUME,
        S_ACTIVITY_END, S_CONTROL_GIVE,       S_U_EXCEPTION_REPORT, S_P_EXCEPTION_REPORT,
        S_CONNECT,      S_ACTIVITY_INTERRUPT,
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        struct machine m;

        machine_opened_sender(&m, false); /* READY+ */
        machine_input(&m, services[i], PRIM_INDICATION, 1);
        machine_told(&m, "U-ABORT 4; ABORTED; ");
        assert_int_equal(m.last.u.abort.layer, RT_LAYER_LOCAL);
        assert_false(m.last.u.abort.by_peer);
        machine_input(&m, services[i], PRIM_INDICATION, 1);
        machine_input(&m, S_U_ABORT, PRIM_INDICATION, 1);
        machine_told(&m, "");
        assert_int_equal(rtpm_accept(&m.r, SLICE_NONE), X4_ESTATE);
        assert_int_equal(rtpm_refuse(&m.r, RT_REFUSE_BUSY, SLICE_NONE, true), X4_ESTATE);
        assert_int_equal(rtpm_discard(&m.r), X4_ESTATE);
        assert_int_equal(rtpm_exception(&m.r, S_REASON_NON_SPECIFIC), X4_ESTATE);
        assert_int_equal(rtpm_abort(&m.r, RT_ABORT_USER_ERROR), X4_ESTATE);
        assert_int_equal(rtpm_confirm(&m.r, 1), X4_OK);
        machine_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_the_rtorq),
        cmocka_unit_test(judges_the_rtoac),
        cmocka_unit_test(an_abort_while_opening_refuses),
        cmocka_unit_test(sends_by_the_window),
        cmocka_unit_test(sends_beyond_the_last_serial_number),
        cmocka_unit_test(reacts_to_exceptions),
        cmocka_unit_test(a_discard_after_a_report_is_not_waited_for_long),
        cmocka_unit_test(reacts_to_a_provider_exception),
        cmocka_unit_test(parts_have_an_order),
        cmocka_unit_test(an_abort_can_say_completed),
        cmocka_unit_test(receives),
        cmocka_unit_test(a_peer_must_keep_the_window),
        cmocka_unit_test(is_interrupted),
        cmocka_unit_test(a_discard_comes_too_late),
        cmocka_unit_test(a_resumed_activity_is_reported),
        cmocka_unit_test(handles_the_turn),
        cmocka_unit_test(a_turn_in_monologue_breaks_the_protocol),
        cmocka_unit_test(only_the_initiator_closes_two_way),
        cmocka_unit_test(everything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
