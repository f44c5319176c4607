/* SPDX-License-Identifier: Apache-2.0 */
/* How long an association waits for its peer, outside of what the protocol machines wait for: those
 * have their times in their state tables, and stack_deadline() is the next of them. */
#include "connector/x400/internal.h"

enum { SECOND_MS = 1000, KIB = 1024, RTAB_TEMPORARY = 3 };

static int64_t after(int64_t since, int64_t ms)
{
    return since == INT64_MAX ? INT64_MAX : since + ms;
}

/* ---- it is idle ------------------------------------------------------------------------------ */

static int64_t idle_until(const struct x400_assoc *a)
{
    if (a->state != X400_OPEN || !a->initiator || !stack_is_idle(a->stack))
        return INT64_MAX;
    return a->idle_since + a->connector->profile.lifetime_ms;
}

/* ---- it ends, and the peer does not hand the turn over, or does not answer ------------------- */

static int64_t ending_until(const struct x400_assoc *a)
{
    if (a->state != X400_CLOSING)
        return INT64_MAX;
    return a->idle_since + a->connector->profile.disconnect_ms;
}

static void does_not_end(struct x400_assoc *a)
{
    x400_assoc_abort(a, RTAB_TEMPORARY, "the peer did not let it be released in time");
}

/* ---- the peer has the turn, and neither uses it nor gives it --------------------------------- */

static int64_t turn_until(const struct x400_assoc *a)
{
    return a->initiator ? after(x400_turn_withheld_since(a), X400_TURN_PATIENCE_MS) : INT64_MAX;
}

static void turn_withheld(struct x400_assoc *a)
{
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_TURN_WITHHELD, EV_STR("peer", a->peer_text),
              EV_INT("association", a->number), EV_STR("connector", a->connector->dn),
              EV_INT("seconds", X400_TURN_PATIENCE_MS / SECOND_MS));
    x400_assoc_abort(a, RTAB_TEMPORARY, "the peer keeps the turn");
}

/* ---- the peer began something, and does not go on -------------------------------------------- */

static void sends_too_slowly(struct x400_assoc *a)
{
    const int64_t ms = a->connector->profile.timeout_ms_per_kib[MTS_NORMAL];

    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_RECEIVE_TIMEOUT, EV_STR("peer", a->peer_text),
              EV_INT("association", a->number), EV_STR("connector", a->connector->dn),
              EV_INT("seconds", ms / SECOND_MS));
    x400_assoc_abort(a, RTAB_TEMPORARY, "the peer does not go on sending");
}

static void sends_below_rate(struct x400_assoc *a)
{
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_RECEIVE_RATE, EV_STR("peer", a->peer_text),
              EV_INT("association", a->number), EV_STR("connector", a->connector->dn),
              EV_INT("rate", conf_int(mta_server(a->x->mta), "minimum-rate")),
              EV_INT("seconds", X400_RATE_WINDOW_MS / SECOND_MS));
    x400_assoc_abort(a, RTAB_TEMPORARY, "the peer sends too slowly");
}

/* ---- the peer does not read ------------------------------------------------------------------ */

static int64_t reader_patience_ms(const struct x400_assoc *a)
{
    return conf_int(mta_server(a->x->mta), "answer-timeout") * SECOND_MS;
}

static int64_t reader_until(const struct x400_assoc *a)
{
    return after(a->unread_since, reader_patience_ms(a));
}

static void does_not_read(struct x400_assoc *a)
{
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_UNREAD, EV_STR("peer", a->peer_text),
              EV_INT("association", a->number),
              EV_STR("connector", a->connector ? a->connector->dn : "-"),
              EV_INT("seconds", reader_patience_ms(a) / SECOND_MS));
    x400_assoc_abort(a, RTAB_TEMPORARY, "the peer does not read");
}

/* Less than a KiB in all that time is nothing. */
void x400_patience_look(struct x400_assoc *a)
{
    size_t waiting = a->conn ? a->x->io->ops->write(a->conn, SLICE_NONE) : 0;
    uint64_t taken = a->written - waiting;

    if (waiting == 0)
        a->unread_since = INT64_MAX;
    else if (a->unread_since == INT64_MAX || taken >= a->taken + KIB)
        a->unread_since = x400_now(a->x);
    else
        return;
    a->taken = taken;
}

/* ---- a transfer takes too long --------------------------------------------------------------- */

static int64_t transfer_until(const struct x400_assoc *a)
{
    return a->out ? a->out_deadline : INT64_MAX;
}

static void discard_transfer(struct x400_assoc *a)
{
    LOG_EVENT(a->x->log, x400_wall(a->x), EVENT_TRANSFER_TIMEOUT,
              EV_STR("mts-id", mta_out_mts_id(a->out)), EV_INT("association", a->number),
              EV_STR("connector", a->connector->dn),
              EV_INT("seconds", a->out_limit_ms / SECOND_MS));
    a->out_deadline = INT64_MAX;
    stack_discard(a->stack, x400_now(a->x));
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct patience {
    int64_t (*until)(const struct x400_assoc *a); /* monotonic; INT64_MAX: nothing is waited for */
    void (*give_up)(struct x400_assoc *a);
} patience[] = {
    {reader_until, does_not_read},
    {turn_until, turn_withheld},
    {x400_receive_deadline, sends_too_slowly},
    {x400_receive_rate_deadline, sends_below_rate},
    {transfer_until, discard_transfer},
    {ending_until, does_not_end},
    {idle_until, x400_assoc_finish},
};

enum { PATIENCE_COUNT = sizeof(patience) / sizeof(patience[0]) };

int64_t x400_patience_until(const struct x400_assoc *a)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < PATIENCE_COUNT; i++) {
        int64_t until = patience[i].until(a);

        least = until < least ? until : least;
    }
    return least;
}

void x400_patience_check(struct x400_assoc *a)
{
    int64_t now = x400_now(a->x);

    x400_patience_look(a);
    for (size_t i = 0; i < PATIENCE_COUNT; i++) {
        if (patience[i].until(a) <= now) {
            patience[i].give_up(a);
            return;
        }
    }
}
