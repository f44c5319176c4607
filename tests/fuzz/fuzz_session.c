/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_session dep_mutate */
/* A session between a wild user and a wild peer. First octet: bit 0 initiator, bit 1 we answer to
 * the selector "MTA" only. Then a script (mutate.h), see enum step; a record's kind also says which
 * part of a TSDU or SSDU its data are. What we send must be valid SPDUs, and a part must not come
 * without the one before it. */
#include "base/error.h"
#include "mutate.h"
#include "osi/session/session.h"
#include "osi/session/spdu.h"

#include <stdlib.h>

enum { TSDU_MAX = 128 * 1024 };

enum step {
    STEP_TSDU,      /* from the peer */
    STEP_REQUEST,   /* of the user: which, a value */
    STEP_TRANSPORT, /* an event of the transport, or the timer */
    STEPS,
};

struct world {
    struct session *s;
    bool connected; /* the transport */
    bool ask_connect;
    bool telling, sending; /* an SSDU, a TSDU in parts: the last part is still to come */
    struct buf tsdu;
};

static bool goes_on(enum data_part part)
{
    return part == PART_MIDDLE || part == PART_LAST;
}

static void up(void *ctx, const struct s_prim *prim)
{
    struct world *w = ctx;
    unsigned sum = 0;

    if (goes_on(prim->part) && !w->telling)
        abort();
    if (prim->service == S_DATA)
        w->telling = prim->part == PART_FIRST || prim->part == PART_MIDDLE;
    if (prim->op != PRIM_INDICATION && prim->op != PRIM_CONFIRM)
        abort();
    if (prim->service == S_P_ABORT && !prim->u.p_abort.text)
        abort();
    for (unsigned i = 0; i < prim->data.count; i++) {
        for (size_t k = 0; k < prim->data.part[i].len; k++)
            sum += prim->data.part[i].p[k];
    }
    if (sum == UINT32_MAX)
        abort(); /* keeps the sum alive; never so large */
}

static void down(void *ctx, const struct t_prim *prim)
{
    struct world *w = ctx;
    struct spdu_tsdu tsdu;

    if (prim->service == T_CONNECT_REQUEST)
        w->ask_connect = true;
    if (prim->service == T_CONNECT_RESPONSE)
        w->connected = true;
    if (prim->service == T_DISCONNECT_REQUEST)
        w->connected = false;
    if (prim->service != T_DATA_REQUEST)
        return;
    if (!w->connected || (goes_on(prim->part) && !w->sending))
        abort();
    if (w->sending && !goes_on(prim->part))
        return; /* the transport refuses it */
    w->sending = prim->part == PART_FIRST || prim->part == PART_MIDDLE;
    if (goes_on(prim->part))
        return;
    buf_reset(&w->tsdu);
    for (unsigned i = 0; i < prim->data.count; i++)
        buf_slice(&w->tsdu, prim->data.part[i]);
    if (spdu_parse(buf_view(&w->tsdu), &tsdu) != X4_OK)
        abort();
}

static void timer(void *ctx, uint32_t ms)
{
    (void)ctx;
    (void)ms;
}

/* One of the user's primitives, with parameters that are mostly right. */
static void request(struct world *w, enum data_part part, unsigned which, unsigned value)
{
    static const uint8_t octets[700];
    const enum prim_op op = which & 0x20 ? PRIM_RESPONSE : PRIM_REQUEST;
    struct s_prim prim = {.service = (enum s_service)(which & 0x1f), .op = op, .part = part};

    switch (prim.service) {
    case S_CONNECT:
        prim.u.connect.requirements = SESSION_RTS_UNITS;
        prim.u.connect.turn_here = value & 1;
        prim.u.connect.result = value & 2 ? S_REFUSED_BY_USER : S_ACCEPTED;
        break;
    case S_ACTIVITY_START:
    case S_ACTIVITY_RESUME:
        prim.u.activity.id = slice_make(octets, value & 7);
        prim.u.activity.old_id = slice_make(octets, 3);
        prim.u.activity.serial = value;
        break;
    case S_TOKEN_PLEASE:
    case S_TOKEN_GIVE: prim.u.tokens = (uint8_t)value; break;
    case S_SYNC_MINOR: prim.u.serial = value & 0x0f; break;
    default: break;
    }
    if (value & 0x80)
        prim.data = gather_one(slice_make(octets, (size_t)(value & 0x7f) * 5));
    session_request(w->s, &prim);
}

static void transport_event(struct world *w, enum t_service service)
{
    const struct t_prim prim = {.service = service, .text = "ended"};

    if (service == T_CONNECT_CONFIRM) {
        if (!w->ask_connect)
            return;
        w->connected = true;
        w->ask_connect = false;
    }
    if (service == T_DISCONNECT_INDICATION)
        w->connected = false;
    session_input(w->s, &prim);
}

static void tsdu_arrives(struct world *w, enum data_part part, struct slice tsdu)
{
    const struct t_prim data = {
        .service = T_DATA_INDICATION, .data = gather_one(tsdu), .part = part};

    if (w->connected)
        session_input(w->s, &data);
}

static void happens(struct world *w, unsigned which)
{
    static const enum t_service events[] = {T_DISCONNECT_INDICATION, T_CONNECT_CONFIRM,
                                            T_CONNECT_INDICATION};

    if (which % 4 == 3)
        session_timeout(w->s);
    else
        transport_event(w, events[which % 4]);
}

static void run_script(struct world *w, struct slice script)
{
    struct slice rest;
    unsigned kind;

    while (mutate_next_record(&script, &kind, &rest)) {
        unsigned which = rest.len > 0 ? rest.p[0] : 0;
        enum data_part part = (enum data_part)(kind / STEPS % (PART_LAST + 1));

        switch (kind % STEPS) {
        case STEP_TSDU: tsdu_arrives(w, part, rest); break;
        case STEP_REQUEST: request(w, part, which & 0x3f, rest.len > 1 ? rest.p[1] : 0); break;
        default: happens(w, which); break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.connected = false};
    const struct session_sink sink = {.ctx = &w, .up = up, .down = down, .timer = timer};
    struct session_params params = {.abort_timeout_ms = 1, .answer_timeout_ms = 1};

    if (size < 1)
        return 0;
    params.initiator = data[0] & 1;
    if (data[0] & 2)
        params.local_ssel = SLICE_LIT("MTA");
    w.s = session_new(&params, &sink);
    if (!w.s)
        return 0;
    buf_init(&w.tsdu, TSDU_MAX);
    run_script(&w, slice_make(data + 1, size - 1));
    session_free(&w.s);
    buf_free(&w.tsdu);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const struct mutate_record records[STEPS] = {[STEP_TSDU] = {.form = RECORD_TSDU}};
    static const struct mutate_script script = {.head = 1, .kinds = STEPS, .records = records};

    return mutate_script(&script, data, size, max, seed);
}
