/* SPDX-License-Identifier: Apache-2.0 */
/* The RTPM row by row over a recording lower service. */
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
