/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM row by row over a recording lower service, and the two providers octet by octet. */
#include "base/error.h"
#include "hex.h"
#include "osi/rtse/rtpm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ARENA_MAX = 1024 * 1024, TOLD_MAX = 4096, ANSWER_MS = 500, OPEN_MS = 900 };

/* ---- a machine with sinks that write down what they are told -----------------------------------
 */

struct machine {
    struct rtpm r;
    struct rtpm_sink sink;
    struct arena arena;
    struct buf told; /* "up RECEIVE-START; down S-DATA req 10; " */
    uint32_t timer;
    struct rt_event last;
};

static const char *const event_names[] = {
    [RT_OPEN_IND] = "OPEN-IND", [RT_OPEN_CNF] = "OPEN-CNF",
    [RT_REFUSED] = "REFUSED",   [RT_TURN_PLEASE] = "PLEASE",
    [RT_TURN_GIVEN] = "GIVEN",  [RT_SENT] = "SENT",
    [RT_NOT_SENT] = "NOT-SENT", [RT_RECEIVE_START] = "START",
    [RT_RECEIVE_DATA] = "DATA", [RT_RECEIVE_CHECKPOINT] = "CHECKPOINT",
    [RT_RECEIVE_END] = "END",   [RT_RECEIVE_DROPPED] = "DROPPED",
    [RT_CLOSED] = "CLOSED",     [RT_ABORTED] = "ABORTED",
};

static void note_up(void *ctx, const struct rt_event *event)
{
    struct machine *m = ctx;

    m->last = *event;
    buf_printf(&m->told, "%s; ", event_names[event->type]);
}

static int64_t number_of(const struct rl_prim *prim)
{
    switch (prim->service) {
    case S_SYNC_MINOR: return prim->u.serial;
    case S_ACTIVITY_INTERRUPT:
    case S_ACTIVITY_DISCARD:
    case S_U_EXCEPTION_REPORT: return prim->op == PRIM_REQUEST ? (int64_t)prim->u.reason : -1;
    case S_TOKEN_PLEASE: return prim->u.priority;
    case S_U_ABORT: return prim->u.abort.rtab.reason.value;
    case S_DATA: return (int64_t)prim->data.len;
    case S_CONNECT: return prim->u.connect.accepted ? -1 : prim->u.connect.rj.refuse_reason.value;
    default: return -1;
    }
}

static void note_down(void *ctx, const struct rl_prim *prim)
{
    struct machine *m = ctx;

    buf_printf(&m->told, "%s%s", s_service_name(prim->service) + 2,
               prim->op == PRIM_RESPONSE ? " rsp" : "");
    if (number_of(prim) >= 0)
        buf_printf(&m->told, " %lld", (long long)number_of(prim));
    buf_text(&m->told, "; ");
}

static void note_timer(void *ctx, uint32_t ms)
{
    struct machine *m = ctx;

    m->timer = ms;
}

static void assert_told(struct machine *m, const char *expected)
{
    assert_string_equal(buf_cstr(&m->told), expected);
    buf_reset(&m->told);
}

static void machine_init(struct machine *m, bool initiator, bool twa)
{
    const struct rtpm_params params = {
        .initiator = initiator,
        .checkpoint_kib = 1,
        .window = 2,
        .two_way_alternate = twa,
        .application_protocol = 12,
        .open_timeout_ms = OPEN_MS,
        .answer_timeout_ms = ANSWER_MS,
    };

    *m = (struct machine){.timer = 0};
    m->sink = (struct rtpm_sink){.ctx = m, .up = note_up, .down = note_down, .timer = note_timer};
    arena_init(&m->arena, ARENA_MAX);
    buf_init(&m->told, TOLD_MAX);
    rtpm_init(&m->r, &params, &m->sink, &m->arena);
}

static void machine_free(struct machine *m)
{
    arena_free(&m->arena);
    buf_free(&m->told);
}

static void input(struct machine *m, enum s_service service, enum prim_op op, int64_t number)
{
    static const uint8_t octets[4096];
    struct rl_prim prim = {.service = service, .op = op};

    if (service == S_SYNC_MINOR)
        prim.u.serial = (uint32_t)number;
    else if (service == S_TOKEN_PLEASE)
        prim.u.priority = number;
    else if (service == S_DATA)
        prim.data = gather_one(slice_make(octets, (size_t)number));
    else if (service == S_U_ABORT)
        prim.u.abort = (struct rl_abort){.layer = RT_LAYER_RTSE,
                                         .by_peer = true,
                                         .has_rtab = true,
                                         .rtab.reason = {.present = true, .value = number}};
    else if (service != S_P_ABORT)
        prim.u.reason = (unsigned)number;
    rtpm_input(&m->r, &prim);
}

static struct rl_prim connect_prim(enum prim_op op, int64_t checkpoint, int64_t window)
{
    static const struct slice open = {.p = (const uint8_t *)"\xa0\x02\x05\x00", .len = 4};
    struct rl_prim prim = {.service = S_CONNECT, .op = op};

    prim.u.connect.rq = (struct rtorq){.checkpoint_size = checkpoint,
                                       .window_size = window,
                                       .dialogue_mode = RT_TWA,
                                       .connection_data = open};
    prim.u.connect.ac = (struct rtoac){
        .checkpoint_size = checkpoint, .window_size = window, .connection_data = open};
    prim.u.connect.accepted = true;
    prim.u.connect.turn_here = op == PRIM_CONFIRM;
    return prim;
}

/* An initiator that has the turn. */
static void opened_sender(struct machine *m, bool twa)
{
    struct rl_prim cnf = connect_prim(PRIM_CONFIRM, 1, 2);

    machine_init(m, true, twa);
    assert_int_equal(rtpm_open(&m->r, SLICE_NONE), X4_OK);
    assert_int_equal(m->timer, OPEN_MS);
    rtpm_input(&m->r, &cnf);
    assert_told(m, "CONNECT 0; OPEN-CNF; ");
    assert_int_equal(m->timer, 0);
    assert_string_equal(rtpm_state_name(&m->r), "READY+");
}

/* A responder whose peer has the turn. */
static void opened_receiver(struct machine *m)
{
    struct rl_prim ind = connect_prim(PRIM_INDICATION, 1, 2);

    machine_init(m, false, false);
    rtpm_input(&m->r, &ind);
    assert_int_equal(rtpm_accept(&m->r, SLICE_NONE), X4_OK);
    assert_told(m, "OPEN-IND; CONNECT rsp; ");
    assert_string_equal(rtpm_state_name(&m->r), "READY-");
}

static void send_segment(struct machine *m, size_t len, bool last, int expected)
{
    static const uint8_t octets[2048];
    const struct gather segment = gather_one(slice_make(octets, len));

    assert_int_equal(rtpm_segment(&m->r, &segment, last), expected);
}

/* A sender with one confirmed checkpoint, still sending or waiting for the end. */
static void sending(struct machine *m, bool ending)
{
    opened_sender(m, true);
    assert_int_equal(rtpm_transfer(&m->r), X4_OK);
    send_segment(m, 1024, false, X4_OK);
    input(m, S_SYNC_MINOR, PRIM_CONFIRM, 1);
    if (ending)
        send_segment(m, 10, true, X4_OK);
    buf_reset(&m->told);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

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
        struct rl_prim ind = connect_prim(PRIM_INDICATION, cases[i].checkpoint, cases[i].window);
        struct machine m;

        machine_init(&m, false, false);
        ind.u.connect.rq.dialogue_mode = cases[i].mode;
        ind.u.connect.rq.connection_data = hex(cases[i].connection_data);
        ind.u.connect.rq.application_protocol =
            (struct ber_optint){.present = true, .value = cases[i].protocol};
        rtpm_input(&m.r, &ind);
        assert_told(&m, cases[i].told);
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
        struct rl_prim cnf = connect_prim(PRIM_CONFIRM, cases[i].checkpoint, cases[i].window);
        struct machine m;

        machine_init(&m, true, true);
        assert_int_equal(rtpm_open(&m.r, SLICE_NONE), X4_OK);
        buf_reset(&m.told);
        cnf.u.connect.turn_here = cases[i].turn;
        rtpm_input(&m.r, &cnf);
        assert_told(&m, cases[i].told);
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
    input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_PERMANENT_PROBLEM);
    assert_told(&m, "CONNECT 0; REFUSED; ");
    assert_false(m.last.u.refusal.transient);
    assert_int_equal(m.last.u.refusal.code, RT_ABORT_PERMANENT_PROBLEM);
    machine_free(&m);
    machine_init(&m, true, true);
    assert_int_equal(rtpm_open(&m.r, SLICE_NONE), X4_OK);
    rtpm_timeout(&m.r);
    assert_told(&m, "CONNECT 0; U-ABORT 0; REFUSED; ");
    rtpm_timeout(&m.r);
    assert_told(&m, "");
    machine_free(&m);
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static void sends_by_the_window(void **state)
{
    struct machine m;

    (void)state;
    opened_sender(&m, true);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    assert_int_equal(rtpm_segment_size(&m.r), 1024);
    send_segment(&m, 1000, false, X4_EINVAL);
    send_segment(&m, 1024, false, X4_OK);
    assert_true(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, 0);
    send_segment(&m, 1024, false, X4_OK);
    assert_told(&m, "ACTIVITY-START; DATA 1024; SYNC-MINOR 1; DATA 1024; SYNC-MINOR 2; ");
    assert_false(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, ANSWER_MS);
    send_segment(&m, 1024, false, X4_ESTATE);
    send_segment(&m, 1024, true, X4_ESTATE);
    input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* for both */
    assert_true(rtpm_may_send(&m.r));
    assert_int_equal(m.timer, 0);
    input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* again: harmless */
    send_segment(&m, 1024, false, X4_OK);
    send_segment(&m, 1024, true, X4_OK); /* no sync behind the last */
    assert_told(&m, "DATA 1024; SYNC-MINOR 3; DATA 1024; ACTIVITY-END; ");
    assert_int_equal(m.timer, ANSWER_MS);
    input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 3);
    input(&m, S_ACTIVITY_END, PRIM_CONFIRM, 4);
    assert_told(&m, "SENT; ");
    assert_int_equal(rtpm_transfer(&m.r), X4_OK); /* numbers begin again */
    send_segment(&m, 1024, false, X4_OK);
    assert_told(&m, "ACTIVITY-START; DATA 1024; SYNC-MINOR 1; ");
    input(&m, S_SYNC_MINOR, PRIM_CONFIRM, 2); /* never sent */
    assert_told(&m, "U-ABORT 4; ABORTED; ");
    assert_int_equal(rtpm_transfer(&m.r), X4_ESTATE);
    machine_free(&m);
}

/* When the serial numbers are used up the rest goes without checkpoints. */
static void sends_beyond_the_last_serial_number(void **state)
{
    struct machine m;

    (void)state;
    opened_sender(&m, true);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    m.r.synced = LIMIT_SERIAL - 2;
    m.r.confirmed = LIMIT_SERIAL - 2;
    send_segment(&m, 1024, false, X4_OK); /* 999998 */
    send_segment(&m, 1024, false, X4_OK);
    send_segment(&m, 1, true, X4_OK);
    assert_told(&m,
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
        input(&m, S_U_EXCEPTION_REPORT, PRIM_INDICATION, cases[i].reason);
        assert_told(&m, cases[i].told);
        if (m.r.state == RT_DISCARDING) {
            assert_int_equal(m.timer, ANSWER_MS);
            assert_false(rtpm_may_send(&m.r));
            input(&m, S_ACTIVITY_DISCARD, PRIM_CONFIRM, 0);
            assert_told(&m, "NOT-SENT; ");
            assert_int_equal(m.last.u.failure.reason, cases[i].reason);
            assert_int_equal(m.last.u.failure.completed, cases[i].completed);
            assert_int_equal(m.last.u.failure.retry_here, !cases[i].completed);
            assert_int_equal(rtpm_transfer(&m.r), X4_OK);
        }
        machine_free(&m);
    }
}

static void reacts_to_a_provider_exception(void **state)
{
    struct machine m;

    (void)state;
    sending(&m, false);
    input(&m, S_P_EXCEPTION_REPORT, PRIM_INDICATION, 4);
    input(&m, S_ACTIVITY_DISCARD, PRIM_CONFIRM, 0);
    assert_told(&m, "ACTIVITY-DISCARD 0; NOT-SENT; ");
    machine_free(&m);
}

static void an_abort_can_say_completed(void **state)
{
    struct machine m;

    (void)state;
    sending(&m, true);
    assert_int_equal(rtpm_discard(&m.r), X4_OK);
    input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_TRANSFER_COMPLETED);
    assert_told(&m, "ACTIVITY-DISCARD 5; ABORTED; ");
    assert_true(m.last.u.abort.transfer_completed);
    machine_free(&m);
    opened_sender(&m, true); /* nothing was being sent */
    input(&m, S_U_ABORT, PRIM_INDICATION, RT_ABORT_TRANSFER_COMPLETED);
    assert_false(m.last.u.abort.transfer_completed);
    machine_free(&m);
}

/* ---- receiving ---------------------------------------------------------------------------------
 */

static void receives(void **state)
{
    struct machine m;

    (void)state;
    opened_receiver(&m);
    input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    input(&m, S_DATA, PRIM_INDICATION, 700); /* any size */
    input(&m, S_SYNC_MINOR, PRIM_INDICATION, 1);
    input(&m, S_SYNC_MINOR, PRIM_INDICATION, 2);
    input(&m, S_SYNC_MINOR, PRIM_INDICATION, 3); /* window 2: one more is tolerated */
    assert_told(&m, "START; DATA; CHECKPOINT; CHECKPOINT; CHECKPOINT; ");
    assert_int_equal(rtpm_secured(&m.r), X4_ESTATE);
    assert_int_equal(rtpm_confirm(&m.r, 4), X4_EINVAL);
    assert_int_equal(rtpm_confirm(&m.r, 2), X4_OK);
    assert_int_equal(rtpm_confirm(&m.r, 1), X4_OK);
    assert_told(&m, "SYNC-MINOR rsp 2; ");
    input(&m, S_ACTIVITY_END, PRIM_INDICATION, 4);
    assert_int_equal(rtpm_confirm(&m.r, 3), X4_OK);
    assert_told(&m, "END; SYNC-MINOR rsp 3; ");
    assert_int_equal(rtpm_secured(&m.r), X4_OK);
    assert_told(&m, "ACTIVITY-END rsp; ");
    assert_int_equal(rtpm_secured(&m.r), X4_ESTATE);
    machine_free(&m);
}

static void a_peer_must_keep_the_window(void **state)
{
    struct machine m;

    (void)state;
    opened_receiver(&m);
    input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    for (int k = 1; k <= 4; k++)
        input(&m, S_SYNC_MINOR, PRIM_INDICATION, k);
    assert_told(&m, "START; CHECKPOINT; CHECKPOINT; CHECKPOINT; U-ABORT 4; ABORTED; ");
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

        opened_receiver(&m);
        input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        buf_reset(&m.told);
        input(&m, services[i], PRIM_INDICATION, 5);
        assert_told(&m, told[i]);
        input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        input(&m, S_ACTIVITY_END, PRIM_INDICATION, 1);
        buf_reset(&m.told);
        input(&m, services[i], PRIM_INDICATION, 5);
        assert_told(&m, told[i]);
        input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        assert_int_equal(rtpm_exception(&m.r, S_REASON_NON_SPECIFIC), X4_OK);
        assert_int_equal(m.timer, ANSWER_MS);
        assert_told(&m, "START; U-EXCEPTION-REPORT 0; ");
        input(&m, services[i], PRIM_INDICATION, 0);
        assert_told(&m, silent[i]);                 /* its user knows */
        input(&m, services[i], PRIM_INDICATION, 0); /* without an activity */
        assert_told(&m, "U-ABORT 4; ABORTED; ");
        machine_free(&m);
    }
}

/* Our end confirm crosses the sender's discard or interrupt. */
static void a_discard_comes_too_late(void **state)
{
    static const struct {
        enum s_service service;
        int protocol;
        const char *told;
    } cases[] = {
        {S_ACTIVITY_DISCARD, 12, "U-ABORT 7; ABORTED; "},
        {S_ACTIVITY_DISCARD, 1, "U-ABORT 0; ABORTED; "}, /* 1984 does not know 7 */
        {S_ACTIVITY_INTERRUPT, 12, "ACTIVITY-INTERRUPT rsp; "},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct machine m;

        opened_receiver(&m);
        m.r.params.application_protocol = cases[i].protocol;
        input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
        input(&m, S_ACTIVITY_END, PRIM_INDICATION, 1);
        assert_int_equal(rtpm_secured(&m.r), X4_OK);
        buf_reset(&m.told);
        input(&m, cases[i].service, PRIM_INDICATION, 5);
        assert_told(&m, cases[i].told);
        machine_free(&m);
    }
}

static void a_resumed_activity_is_reported(void **state)
{
    struct machine m;

    (void)state;
    opened_receiver(&m);
    input(&m, S_ACTIVITY_RESUME, PRIM_INDICATION, 0);
    assert_told(&m, "U-EXCEPTION-REPORT 6; ");
    input(&m, S_ACTIVITY_DISCARD, PRIM_INDICATION, 0);
    assert_told(&m, "ACTIVITY-DISCARD rsp; ");
    input(&m, S_ACTIVITY_START, PRIM_INDICATION, 0);
    assert_told(&m, "START; ");
    machine_free(&m);
}

/* ---- turn, release -----------------------------------------------------------------------------
 */

static void handles_the_turn(void **state)
{
    struct machine m;

    (void)state;
    opened_sender(&m, true);
    input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, -5);
    assert_int_equal(m.last.u.priority, -5);
    assert_int_equal(rtpm_transfer(&m.r), X4_OK);
    input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 1); /* during a transfer: only told */
    assert_int_equal(rtpm_turn_give(&m.r), X4_ESTATE);
    send_segment(&m, 5, true, X4_OK);
    input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0);
    input(&m, S_ACTIVITY_END, PRIM_CONFIRM, 1);
    assert_int_equal(rtpm_turn_give(&m.r), X4_OK);
    input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0); /* crossed the give */
    assert_int_equal(rtpm_turn_please(&m.r, 2), X4_OK);
    input(&m, S_CONTROL_GIVE, PRIM_INDICATION, 0);
    assert_int_equal(rtpm_close(&m.r), X4_OK);
    input(&m, S_TOKEN_PLEASE, PRIM_INDICATION, 0); /* crossed the close */
    input(&m, S_RELEASE, PRIM_CONFIRM, 0);
    assert_told(&m, "PLEASE; ACTIVITY-START; PLEASE; DATA 5; ACTIVITY-END; PLEASE; SENT; "
                    "CONTROL-GIVE; TOKEN-PLEASE 2; GIVEN; RELEASE; CLOSED; ");
    machine_free(&m);
}

static void a_turn_in_monologue_breaks_the_protocol(void **state)
{
    static const enum s_service services[] = {S_TOKEN_PLEASE, S_CONTROL_GIVE, S_TOKEN_GIVE};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct machine m;

        opened_sender(&m, false);
        input(&m, services[i], PRIM_INDICATION, 0);
        assert_told(&m, "U-ABORT 4; ABORTED; ");
        machine_free(&m);
    }
}

static void only_the_initiator_closes_two_way(void **state)
{
    struct machine m;

    (void)state;
    opened_receiver(&m); /* dialogue mode of the RTORQ: twa */
    input(&m, S_CONTROL_GIVE, PRIM_INDICATION, 0);
    assert_int_equal(rtpm_close(&m.r), X4_ESTATE);
    machine_free(&m);
    opened_sender(&m, true);
    assert_int_equal(rtpm_turn_give(&m.r), X4_OK);
    input(&m, S_RELEASE, PRIM_INDICATION, 0);
    assert_told(&m, "CONTROL-GIVE; U-ABORT 4; ABORTED; ");
    machine_free(&m);
    opened_sender(&m, false); /* monologue: who has the turn; a loss is as good as a confirm */
    assert_int_equal(rtpm_close(&m.r), X4_OK);
    input(&m, S_P_ABORT, PRIM_INDICATION, 0);
    assert_told(&m, "RELEASE; CLOSED; ");
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

        opened_sender(&m, false); /* READY+ */
        input(&m, services[i], PRIM_INDICATION, 1);
        assert_told(&m, "U-ABORT 4; ABORTED; ");
        assert_int_equal(m.last.u.abort.layer, RT_LAYER_LOCAL);
        assert_false(m.last.u.abort.by_peer);
        input(&m, services[i], PRIM_INDICATION, 1);
        input(&m, S_U_ABORT, PRIM_INDICATION, 1);
        assert_told(&m, "");
        assert_int_equal(rtpm_accept(&m.r, SLICE_NONE), X4_ESTATE);
        assert_int_equal(rtpm_refuse(&m.r, RT_REFUSE_BUSY, SLICE_NONE, true), X4_ESTATE);
        assert_int_equal(rtpm_discard(&m.r), X4_ESTATE);
        assert_int_equal(rtpm_exception(&m.r, S_REASON_NON_SPECIFIC), X4_ESTATE);
        assert_int_equal(rtpm_abort(&m.r, RT_ABORT_USER_ERROR), X4_ESTATE);
        assert_int_equal(rtpm_confirm(&m.r, 1), X4_OK);
        machine_free(&m);
    }
}

/* ---- the providers -----------------------------------------------------------------------------
 */

static const struct slice syntaxes[RL_SYNTAXES] = {
    {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

struct provider {
    struct rt_lower l;
    struct arena arena;
};

static void provider_init(struct provider *p, const struct rt_provider *provider)
{
    const struct rt_lower_params params = {
        .syntaxes = syntaxes,
        .application_context = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4},
        .user_reference = "vm",
        .utctime = "2611221207Z",
        .called_psel = SLICE_LIT("P"),
        .connection_number = 37,
    };

    arena_init(&p->arena, ARENA_MAX);
    rt_lower_init(&p->l, provider, &params, &p->arena);
}

static void provider_free(struct provider *p)
{
    rt_lower_free(&p->l);
    arena_free(&p->arena);
}

static void assert_data(const struct s_prim *prim, const char *text)
{
    struct slice expected = hex(text);
    uint8_t octets[1024];
    size_t len = 0;

    for (unsigned i = 0; i < prim->data.count; i++) {
        assert_true(len + prim->data.part[i].len <= sizeof(octets));
        memcpy(octets + len, prim->data.part[i].p, prim->data.part[i].len);
        len += prim->data.part[i].len;
    }
    assert_int_equal(len, expected.len);
    assert_memory_equal(octets, expected.p, len);
}

static struct rl_prim request_of(enum s_service service, enum prim_op op)
{
    return (struct rl_prim){.service = service, .op = op};
}

/* WIRE: X.410 mode connect, accept, refuse, data, please, abort. */
static void x410_octets(void **state)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct provider p;
    struct s_prim out;

    (void)state;
    provider_init(&p, &rt_provider_x410);
    prim.u.connect.rq = (struct rtorq){
        .checkpoint_size = 63,
        .window_size = 3,
        .connection_data = {.p = (const uint8_t *)"\xa0\x02\x05\x00", .len = 4},
        .application_protocol = {.present = true, .value = 12},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3113 a003800100 a10c 80013f a304a0020500 84010c");
    assert_true(slice_eq(out.u.connect.id.user_ref, hex("1402766d")));
    assert_true(slice_eq(out.u.connect.id.common_ref, hex("170b323631313232313230375a")));
    assert_true(slice_eq(out.u.connect.id.additional_ref, hex("14023131")));
    assert_int_equal(out.u.connect.requirements, 0x0249);

    prim = request_of(S_CONNECT, PRIM_RESPONSE);
    prim.u.connect.accepted = true;
    prim.u.connect.ac = (struct rtoac){
        .checkpoint_size = 1,
        .window_size = 1,
        .connection_data = {.p = (const uint8_t *)"\x80\x00", .len = 2},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3111 a003800100 a10a 800101 810101 a2028000");
    assert_int_equal(out.u.connect.result, S_ACCEPTED);

    prim = request_of(S_CONNECT, PRIM_RESPONSE);
    prim.u.connect.rj.refuse_reason = (struct ber_optint){.present = true, .value = 2};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3103800102");
    assert_int_equal(out.u.connect.result, S_REFUSED_BY_USER);

    prim = request_of(S_TOKEN_PLEASE, PRIM_REQUEST);
    prim.u.priority = 3;
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "020103");
    assert_int_equal(out.u.tokens, 1);

    prim = request_of(S_U_ABORT, PRIM_REQUEST);
    prim.u.abort.rtab.reason = (struct ber_optint){.present = true, .value = 6};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3103800100"); /* userError exists in normal mode only */

    prim = request_of(S_DATA, PRIM_REQUEST);
    prim.data = gather_one(SLICE_LIT("abc"));
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "616263");
    prim = request_of(S_RELEASE, PRIM_REQUEST);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "");
    provider_free(&p);
}

#define CONTEXTS                                                                                   \
    "a433 300f 020101 0604 52010001 3004 06025101 300f 020103 0604 5600020c 3004 06025101"         \
    "300f 020105 0604 56000207 3004 06025101"
#define RESULTS "a51b 3007 800100 81025101 3007 800100 81025101 3007 800100 81025101"

static struct s_prim indication(enum s_service service, enum prim_op op, struct slice data)
{
    return (struct s_prim){.service = service, .op = op, .data = gather_one(data)};
}

/* WIRE: normal mode, as an initiator whose peer accepts. */
static void normal_octets(void **state)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct provider p;
    struct s_prim out;
    struct s_prim in;
    struct rl_prim up;

    (void)state;
    provider_init(&p, &rt_provider_normal);
    prim.u.connect.rq = (struct rtorq){
        .checkpoint_size = 63,
        .window_size = 3,
        .connection_data = {.p = (const uint8_t *)"\xa0\x04\xb0\x02\x05\x00", .len = 6},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "316c a003800101 a265 820150" CONTEXTS "612b 3029 020101 a024"
                      "6022 a106 0604 56000106 be18 2816 06025101 020103 a00d"
                      "b00b 80013f a306 a004 b0020500");
    assert_true(slice_eq(out.u.connect.id.user_ref, hex("0402766d")));

    in = indication(S_CONNECT, PRIM_CONFIRM,
                    hex("315b a003800101 a254" RESULTS "6135 3033 020101 a02e"
                        "612c a106 0604 56000106 a203 020100 a305 a103 020100"
                        "be16 2814 06025101 020103 a00b b109 800101 a204 a0020500"));
    assert_int_equal(rt_lower_take(&p.l, &in, &up, &out), X4_OK);
    assert_true(up.u.connect.accepted);
    assert_int_equal(up.u.connect.ac.checkpoint_size, 1);
    assert_int_equal(up.u.connect.ac.window_size, 3);
    assert_int_equal(rt_lower_user_context(&p.l), 5);

    prim = request_of(S_RELEASE, PRIM_REQUEST);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020101 a005 6203800100");
    prim = request_of(S_RELEASE, PRIM_RESPONSE);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020101 a005 6303800100");
    prim = request_of(S_TOKEN_PLEASE, PRIM_REQUEST);
    prim.u.priority = 3;
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610a 3008 020103 a003 020103");
    prim = request_of(S_DATA, PRIM_REQUEST);
    prim.data = gather_one(SLICE_LIT("abc"));
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020103 a005 0403616263");
    prim = request_of(S_U_ABORT, PRIM_REQUEST);
    prim.u.abort.rtab.reason = (struct ber_optint){.present = true, .value = 4};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out,
                "a03d a01b 3007 020101 06025101 3007 020103 06025101 3007 020105 06025101"
                "611e 301c 020101 a017 6415 800100 be10 280e 06025101 020103 a005 b603800104");
    provider_free(&p);
}

/* A normal-mode initiator after an accepted association. */
static void normal_associated(struct provider *p)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct rl_prim up;
    struct s_prim out;
    struct s_prim in;

    provider_init(p, &rt_provider_normal);
    prim.u.connect.rq.connection_data = slice_make("\x80\x00", 2);
    assert_int_equal(rt_lower_put(&p->l, &prim, &out), X4_OK);
    in = indication(S_CONNECT, PRIM_CONFIRM,
                    hex("3156 a003800101 a24f" RESULTS "6130 302e 020101 a029"
                        "6127 a106 0604 56000106 a203 020100 a305 a103 020100"
                        "be11 280f 06025101 020103 a006 b104 a2028000"));
    assert_int_equal(rt_lower_take(&p->l, &in, &up, &out), X4_OK);
}

static void normal_data_comes_in_all_shapes(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"610c 300a 020103 a005 0403616263", true},
        {"6180 3080 020103 a080 0403616263 0000 0000 0000", true},
        {"6180 3080 020103 a080 2480 040161 04026263 0000 0000 0000 0000", true}, /* Nexor */
        {"610c 300a 020105 a005 0403616263", false}, /* in the context of the APDUs */
        {"610c 300a 020103 a005 0203616263", false}, /* not an OCTET STRING */
        {"616263", false},
        {"", false},
    };
    struct provider p;

    (void)state;
    normal_associated(&p);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_DATA, PRIM_INDICATION, hex(cases[i].text));
        struct s_prim reply;
        struct rl_prim up;
        int error = rt_lower_take(&p.l, &in, &up, &reply);

        assert_int_equal(error, cases[i].good ? X4_OK : X4_EPROTO);
        if (cases[i].good) {
            assert_true(slice_eq(up.data.part[0], SLICE_LIT("abc")));
        } else {
            assert_int_equal(up.service, S_P_ABORT);
            assert_int_equal(reply.service, S_U_ABORT);
            assert_data(&reply, "3003800106"); /* ARP */
        }
    }
    provider_free(&p);
}

static void aborts_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *text;
        enum rt_layer layer;
        int reason; /* of RTAB; -1: there is none */
        int code;
    } cases[] = {
        {"3103800104", RT_LAYER_RTSE, 4, -1},
        {"3100", RT_LAYER_RTSE, -1, -1},
        {"", RT_LAYER_SESSION, -1, -1},
        {"3003800102", RT_LAYER_PRESENTATION, -1, 2},
        {"a01c 611a 3018 020101 a013 6411 800100 be0c 280a 020103 a005 3603800104", RT_LAYER_RTSE,
         4, -1}, /* ISODE's tag, no direct reference */
        {"a00f 610d 300b 020101 a006 6403800101 00", RT_LAYER_SESSION, -1, -1}, /* garbage */
        {"a00e 610c 300a 020101 a005 6403800101", RT_LAYER_ACSE, -1, -1},
    };
    struct provider p;

    (void)state;
    normal_associated(&p);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_U_ABORT, PRIM_INDICATION, hex(cases[i].text));
        struct s_prim reply;
        struct rl_prim up;

        assert_int_equal(rt_lower_take(&p.l, &in, &up, &reply), X4_OK);
        assert_true(up.u.abort.by_peer);
        assert_int_equal(up.u.abort.layer, cases[i].layer);
        assert_int_equal(up.u.abort.has_rtab && up.u.abort.rtab.reason.present
                             ? up.u.abort.rtab.reason.value
                             : -1,
                         cases[i].reason);
        assert_int_equal(up.u.abort.code, cases[i].code);
    }
    provider_free(&p);
}

/* A refusal is read in the mode it was written in. */
static void refusals_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *text;
        enum s_refusal result;
        enum rt_layer layer;
        int code;
        bool transient;
    } cases[] = {
        {"", S_REFUSED_SSEL_UNKNOWN, RT_LAYER_SESSION, 0x81, false},
        {"", S_REFUSED_UNSPECIFIED, RT_LAYER_SESSION, 0, false},
        {"", S_REFUSED_CONGESTION, RT_LAYER_SESSION, 1, true},
        {"", S_REFUSED_BY_USER, RT_LAYER_SESSION, 2, false},
        {"3103800100", S_REFUSED_BY_USER, RT_LAYER_RTSE, 0, true},
        {"3103800102", S_REFUSED_BY_USER, RT_LAYER_RTSE, 2, false},
        {"30038a0103", S_REFUSED_BY_USER, RT_LAYER_PRESENTATION, 3, false},
        {"30038a0101", S_REFUSED_BY_USER, RT_LAYER_PRESENTATION, 1, true},
        {"303a" RESULTS "611b 3019 020101 a014 6112 a106 0604 56000106 a203 020102 a303 a1010200",
         S_REFUSED_BY_USER, RT_LAYER_SESSION, 2, false}, /* AARE garbled */
        {"303e" RESULTS "611f 301d 020101 a018 6116 a106 0604 56000106 a203 020102 a305 a103 020102"
         "0500",
         S_REFUSED_BY_USER, RT_LAYER_ACSE, 2, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
        struct s_prim in = indication(S_CONNECT, PRIM_CONFIRM, SLICE_NONE);
        struct provider p;
        struct s_prim out;
        struct rl_prim up;

        provider_init(&p, &rt_provider_normal);
        prim.u.connect.rq.connection_data = slice_make("\x80\x00", 2);
        assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
        in.data = gather_one(hex(cases[i].text));
        in.u.connect.result = cases[i].result;
        assert_int_equal(rt_lower_take(&p.l, &in, &up, &out), X4_OK);
        assert_true(up.u.connect.refused_below);
        assert_int_equal(up.u.connect.refusal.layer, cases[i].layer);
        assert_int_equal(up.u.connect.refusal.code, cases[i].code);
        assert_int_equal(up.u.connect.refusal.transient, cases[i].transient);
        provider_free(&p);
    }
}

/* What a responder in normal mode answers by itself. */
static void bad_requests_are_refused_by_the_right_layer(void **state)
{
    static const struct {
        const char *text;
        const char *reply;
    } cases[] = {
        {"0500", "3003 8a0100"},
        {"3105 a003800101", "3003 8a0100"},
        /* a CP without user data */
        {"313c a003800101 a235" CONTEXTS, "3020" RESULTS "8a0106"},
        /* another application context: AARE rejected-permanent, diagnostic 2 */
        {"314f a003800101 a248" CONTEXTS "6111 300f 020101 a00a 6008 a106 0604 56000107",
         "303c" RESULTS "611d 301b 020101 a016 6114 a106 0604 56000106 a203 020101 a305"
         "a103 020102"},
        /* no RTORQ */
        {"314f a003800101 a248" CONTEXTS "6111 300f 020101 a00a 6008 a106 0604 56000106",
         "303c" RESULTS "611d 301b 020101 a016 6114 a106 0604 56000106 a203 020101 a305"
         "a103 020101"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_CONNECT, PRIM_INDICATION, hex(cases[i].text));
        struct provider p;
        struct s_prim reply;
        struct rl_prim up;

        provider_init(&p, &rt_provider_normal);
        assert_int_equal(rt_lower_take(&p.l, &in, &up, &reply), X4_EPROTO);
        assert_true(up.u.connect.refused_below);
        assert_int_equal(reply.service, S_CONNECT);
        assert_int_equal(reply.op, PRIM_RESPONSE);
        assert_int_equal(reply.u.connect.result, S_REFUSED_BY_USER);
        assert_data(&reply, cases[i].reply);
        provider_free(&p);
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
        cmocka_unit_test(reacts_to_a_provider_exception),
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
        cmocka_unit_test(x410_octets),
        cmocka_unit_test(normal_octets),
        cmocka_unit_test(normal_data_comes_in_all_shapes),
        cmocka_unit_test(aborts_are_read_in_every_shape),
        cmocka_unit_test(refusals_are_read_in_every_shape),
        cmocka_unit_test(bad_requests_are_refused_by_the_right_layer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
