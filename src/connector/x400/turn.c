/* SPDX-License-Identifier: Apache-2.0 */
/* The turn of a two-way alternate association: who may send, who asks for it, and when it is given.
 */
#include "connector/x400/internal.h"

enum {
    PLEASE_URGENT = 1, /* RT-TURN-PLEASE priorities, R7.2 */
    PLEASE_NORMAL = 2,
    PLEASE_NON_URGENT = 3,
    SHARE_MS = 5 * 1000, /* who asks for what is no more urgent than what is sent waits so long */
    AGAIN_MS = 5 * 1000, /* between two pleases, if messages of the peer come in between */
};

enum mta_rank x400_worst_rank(const struct x400_assoc *a)
{
    return a->urgent ? MTA_RANK_URGENT : MTA_RANK_NON_URGENT;
}

/* Of the most urgent item that is ready and may go there; INT64_MAX: none may. */
static int64_t own_priority(const struct x400_assoc *a)
{
    static const int64_t priority[MTA_RANKS] = {[MTA_RANK_URGENT] = PLEASE_URGENT,
                                                [MTA_RANK_NORMAL] = PLEASE_NORMAL,
                                                [MTA_RANK_NON_URGENT] = PLEASE_NON_URGENT};

    for (int rank = 0; rank <= (int)x400_worst_rank(a); rank++) {
        if (!list_empty(&a->connector->queue->ready[rank]))
            return priority[rank];
    }
    return INT64_MAX;
}

/* ---- we have it ------------------------------------------------------------------------------ */

void x400_turn_please(struct x400_assoc *a, int64_t priority)
{
    if (!a->peer_wants_turn)
        a->peer_asked_at = x400_now(a->x);
    if (!a->peer_wants_turn || priority < a->peer_priority)
        a->peer_priority = priority;
    a->peer_wants_turn = true;
}

bool x400_peer_comes_first(const struct x400_assoc *a)
{
    if (!a->two_way || !a->peer_wants_turn)
        return false;
    return a->peer_priority < own_priority(a) || x400_now(a->x) - a->peer_asked_at >= SHARE_MS;
}

void x400_pass_turn(struct x400_assoc *a)
{
    if (a->state != X400_OPEN || !a->two_way || !stack_has_turn(a->stack) ||
        !stack_is_idle(a->stack) || (a->initiator && !a->peer_wants_turn))
        return;
    if (stack_turn_give(a->stack, x400_now(a->x)) != X4_OK)
        return;
    a->peer_wants_turn = false;
    if (a->connector->queue->ready_count)
        x400_connector_kick(a->connector); /* asks for it again */
}

/* ---- the peer has it ------------------------------------------------------------------------- */

int64_t x400_turn_withheld_since(const struct x400_assoc *a)
{
    if (a->state != X400_OPEN || !a->asked_turn || !stack_is_idle(a->stack))
        return INT64_MAX;
    return a->asked_at > a->idle_since ? a->asked_at : a->idle_since;
}

void x400_want_turn(struct x400_assoc *a)
{
    const int64_t now = x400_now(a->x);
    const int64_t priority = own_priority(a);

    if (a->state != X400_OPEN || !a->two_way || stack_has_turn(a->stack) || priority == INT64_MAX)
        return;
    if (a->asked_turn && now - a->pleased_at < AGAIN_MS)
        return;
    if (!a->asked_turn)
        a->asked_at = now;
    if (stack_turn_please(a->stack, priority, now) != X4_OK)
        return;
    a->asked_turn = true;
    a->pleased_at = now;
}

void x400_ask_again(struct x400_assoc *a, bool lost)
{
    if (!a->asked_turn)
        return;
    if (lost)
        a->pleased_at = x400_now(a->x) - AGAIN_MS;
    x400_connector_kick(a->connector);
}
