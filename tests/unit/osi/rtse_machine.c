/* SPDX-License-Identifier: Apache-2.0 */
#include "rtse_machine.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ARENA_MAX = 1024 * 1024, TOLD_MAX = 4096 };

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

void machine_told(struct machine *m, const char *expected)
{
    assert_string_equal(buf_cstr(&m->told), expected);
    buf_reset(&m->told);
}

void machine_init(struct machine *m, bool initiator, bool twa)
{
    const struct rtpm_params params = {
        .initiator = initiator,
        .checkpoint_kib = 1,
        .window = 2,
        .two_way_alternate = twa,
        .application_protocol = 12,
        .open_timeout_ms = MACHINE_OPEN_MS,
        .answer_timeout_ms = MACHINE_ANSWER_MS,
    };

    *m = (struct machine){.timer = 0};
    m->sink = (struct rtpm_sink){.ctx = m, .up = note_up, .down = note_down, .timer = note_timer};
    arena_init(&m->arena, ARENA_MAX);
    buf_init(&m->told, TOLD_MAX);
    rtpm_init(&m->r, &params, &m->sink, &m->arena);
}

void machine_free(struct machine *m)
{
    arena_free(&m->arena);
    buf_free(&m->told);
}

void machine_input(struct machine *m, enum s_service service, enum prim_op op, int64_t number)
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

struct rl_prim machine_connect(enum prim_op op, int64_t checkpoint, int64_t window)
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

void machine_opened_sender(struct machine *m, bool twa)
{
    struct rl_prim cnf = machine_connect(PRIM_CONFIRM, 1, 2);

    machine_init(m, true, twa);
    assert_int_equal(rtpm_open(&m->r, SLICE_NONE), X4_OK);
    assert_int_equal(m->timer, MACHINE_OPEN_MS);
    rtpm_input(&m->r, &cnf);
    machine_told(m, "CONNECT 0; OPEN-CNF; ");
    assert_int_equal(m->timer, 0);
    assert_string_equal(rtpm_state_name(&m->r), "READY+");
}

void machine_opened_receiver(struct machine *m)
{
    struct rl_prim ind = machine_connect(PRIM_INDICATION, 1, 2);

    machine_init(m, false, false);
    rtpm_input(&m->r, &ind);
    assert_int_equal(rtpm_accept(&m->r, SLICE_NONE), X4_OK);
    machine_told(m, "OPEN-IND; CONNECT rsp; ");
    assert_string_equal(rtpm_state_name(&m->r), "READY-");
}

void machine_segment(struct machine *m, size_t len, bool last, int expected)
{
    static const uint8_t octets[2048];
    const struct gather segment = gather_one(slice_make(octets, len));

    assert_int_equal(rtpm_segment(&m->r, &segment, last), expected);
}
