/* SPDX-License-Identifier: Apache-2.0 */
/* Room for what comes in. When many peers begin to send at the same time, those who have not begun
 * yet are not read from until others are done: TCP holds them back. Who has begun goes on and comes
 * to an end, so nobody waits for himself; but who has begun may also be in no hurry, so the others
 * do not wait for ever. What then goes beyond receive-memory is shed, see x400_receive_shed(). */
#include "connector/x400/internal.h"

enum {
    MIB = 1024 * 1024,
    /* What a reception may take: all that is read at once, until it is on disk. It is set aside
     * when one begins, as it may not come to that before others begin. */
    RECEPTION = 4 * LIMIT_CHUNK,
    QUARTERS_FULL = 3, /* of receive-memory, and the others wait; */
    QUARTERS_FREE = 2, /* and no longer */
    PATIENCE_MS = 10 * 1000,
};

static uint64_t quarters(const struct x400 *x, unsigned count)
{
    return (uint64_t)conf_int(mta_server(x->mta), "receive-memory") * MIB / 4 * count;
}

bool x400_room_is_waited_for(const struct x400_assoc *a)
{
    return a->x->room == X400_NO_ROOM && a->state == X400_OPEN && !a->in && !a->unfinished &&
           !a->asked_turn && stack_is_idle(a->stack) && !stack_has_turn(a->stack);
}

static void enter(struct x400 *x, enum x400_room room)
{
    x->room = room;
    x->io->ops->timer_set(x->room_timer, room == X400_NO_ROOM ? PATIENCE_MS : -1);
    LIST_EACH(it, &x->associations)
    {
        x400_assoc_room_changed(LIST_ITEM(it, struct x400_assoc, link));
    }
}

static void waited_long_enough(void *ctx)
{
    enter(ctx, X400_ROOM_IN_DOUBT);
}

static void settle(struct x400 *x)
{
    if (x->room == X400_ROOM && x->receiving > quarters(x, QUARTERS_FULL))
        enter(x, X400_NO_ROOM);
    else if (x->room != X400_ROOM && x->receiving <= quarters(x, QUARTERS_FREE))
        enter(x, X400_ROOM);
}

static void set_aside(struct x400_assoc *a, size_t octets)
{
    a->x->receiving += octets;
    a->x->receiving -= a->set_aside;
    a->set_aside = octets;
    settle(a->x);
}

void x400_room_look(struct x400_assoc *a)
{
    const bool receives = a->connector && (a->in || a->unfinished);

    set_aside(a, !receives ? 0 : a->memory > RECEPTION ? a->memory : RECEPTION);
}

void x400_room_leave(struct x400_assoc *a)
{
    set_aside(a, 0);
}

int x400_room_init(struct x400 *x)
{
    x->room_timer = x->io->ops->timer_new(x->io, waited_long_enough, x);
    return x->room_timer ? X4_OK : X4_ENOMEM;
}
