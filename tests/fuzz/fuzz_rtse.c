/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_rtse dep_mutate */
/* The RTPM over both providers, fed with session primitives. The first octet chooses provider and
 * role; then comes a script (mutate.h): service; operation, number (of S-DATA: which part), SS-user
 * data. A user answers.
 */
#include "base/error.h"
#include "mutate.h"
#include "osi/rtse/rtpm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { ARENA_MAX = 4 * 1024 * 1024, HEAD = 2 };

static const struct slice syntaxes[RL_SYNTAXES] = {
    {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

struct world {
    struct rt_lower lower;
    struct rtpm rtpm;
    struct rtpm_sink sink;
    struct arena arena;
    enum rt_event_type told; /* the last event */
    bool has_told;
    unsigned ends;
};

static void note_up(void *ctx, const struct rt_event *event)
{
    struct world *w = ctx;

    w->told = event->type;
    w->has_told = true;
    if (event->type == RT_REFUSED || event->type == RT_CLOSED || event->type == RT_ABORTED)
        w->ends++;
    if (w->ends > 1)
        abort(); /* an association ends once */
}

static void note_down(void *ctx, const struct rl_prim *prim)
{
    struct world *w = ctx;
    struct s_prim out;

    rt_lower_put(&w->lower, prim, &out);
}

static void note_timer(void *ctx, uint32_t ms)
{
    (void)ctx;
    (void)ms;
}

static void react(struct world *w, uint8_t number)
{
    const struct gather piece = gather_one(SLICE_LIT("octets"));

    if (!w->has_told)
        return;
    w->has_told = false;
    switch (w->told) {
    case RT_OPEN_IND: rtpm_accept(&w->rtpm, SLICE_NONE); break;
    case RT_OPEN_CNF:
    case RT_TURN_GIVEN: rtpm_transfer(&w->rtpm); break;
    case RT_RECEIVE_CHECKPOINT: rtpm_confirm(&w->rtpm, number); break;
    case RT_RECEIVE_END: rtpm_secured(&w->rtpm); break;
    case RT_TURN_PLEASE: rtpm_turn_give(&w->rtpm); break;
    default: break;
    }
    if (number & 1)
        rtpm_segment(&w->rtpm, &piece, true);
}

static void feed(struct world *w, unsigned service, struct slice rest)
{
    struct s_prim prim = {.service = (enum s_service)(service % S_SERVICES)};
    unsigned op = rest.len > 0 ? rest.p[0] : 0;
    unsigned number = rest.len > 1 ? rest.p[1] : 0;
    struct slice user_data = rest.len > HEAD ? slice_from(rest, HEAD) : SLICE_NONE;
    struct s_prim reply;
    struct rl_prim up;
    int error;

    prim.op = op & 1 ? PRIM_CONFIRM : PRIM_INDICATION;
    if (slice_present(user_data))
        prim.data = gather_one(user_data);
    if (prim.service == S_CONNECT) {
        prim.u.connect.result = number ? S_ACCEPTED : S_REFUSED_BY_USER;
        prim.u.connect.turn_here = op & 1;
    } else if (prim.service == S_SYNC_MINOR) {
        prim.u.serial = number;
    } else if (prim.service == S_DATA) {
        prim.part = (enum data_part)(number % 4);
    } else if (prim.service != S_P_ABORT) {
        prim.u.reason = number;
    }
    error = rt_lower_take(&w->lower, &prim, &up, &reply);
    if (error == X4_OK || error == X4_EPROTO)
        rtpm_input(&w->rtpm, &up);
    react(w, (uint8_t)number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice script = slice_make(data, size);
    unsigned choice = size ? data[0] : 0;
    const struct rt_lower_params lower = {
        .syntaxes = syntaxes,
        .application_context = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4},
    };
    const struct rtpm_params params = {
        .initiator = choice & 2,
        .checkpoint_kib = 1,
        .window = 3,
        .two_way_alternate = choice & 4,
    };
    struct world w = {.ends = 0};
    struct slice rest;
    unsigned kind;

    arena_init(&w.arena, ARENA_MAX);
    w.sink = (struct rtpm_sink){.ctx = &w, .up = note_up, .down = note_down, .timer = note_timer};
    rt_lower_init(&w.lower, choice & 1 ? &rt_provider_normal : &rt_provider_x410, &lower, &w.arena);
    rtpm_init(&w.rtpm, &params, &w.sink, &w.arena);
    if (params.initiator)
        rtpm_open(&w.rtpm, SLICE_NONE);
    script = slice_from(script, 1);
    while (mutate_next_record(&script, &kind, &rest))
        feed(&w, kind, rest);
    rtpm_timeout(&w.rtpm);
    rt_lower_free(&w.lower);
    arena_free(&w.arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const struct mutate_record primitive = {.form = RECORD_BER, .skip = HEAD};
    static const struct mutate_script script = {.head = 1, .kinds = 1, .records = &primitive};

    return mutate_script(&script, data, size, max, seed);
}
