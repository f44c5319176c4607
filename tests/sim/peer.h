/* SPDX-License-Identifier: Apache-2.0 */
/* One end of an association on the network in memory that is no MTA: a stack that does as it
 * should, and a user who decides what it does, or says other octets than the stack would. */
#pragma once

#include "base/buf.h"
#include "network.h"
#include "osi/stack/stack.h"

struct sim_peer {
    struct io *io;
    struct io_conn *conn; /* NULL: none any more */
    struct stack *stack;
    struct io_timer *timer;
    /* The user: an event of the stack; the connection is gone; TCP is there, before the stack says
     * anything. NULL: he does not mind. None may call sim_peer_free(). */
    void (*on_event)(void *ctx, const struct stack_event *ev);
    void (*on_gone)(void *ctx);
    void (*on_tcp)(void *ctx);
    void *ctx;
    bool raw;  /* what the stack says is not sent any more */
    bool deaf; /* what is heard does not reach the stack */
    bool pumping, again;
};

/* Appends the argument or result of MTABind with simple credentials. */
void sim_peer_bind(const char *name, const char *password, struct buf *out);

/* Appends the only TPKT of a TSDU, which must fit in. */
void sim_peer_wrap(struct slice tsdu, struct buf *out);

/* io, the user's functions and ctx are set, all else is zero. Calls port 102 of an address, and
 * opens an association as the parameters have it, whose bind argument this is. False: there is no
 * way to call; nothing has happened. */
bool sim_peer_call(struct sim_peer *p, const char *address, const struct stack_params *params,
                   struct slice bind);
/* Takes a call. */
void sim_peer_answer(struct sim_peer *p, struct io_conn *conn, const struct stack_params *params);
void sim_peer_free(struct sim_peer *p);

int64_t sim_peer_now(const struct sim_peer *p);
/* Works off what follows from requests that were made of the stack. Not needed in on_event. */
void sim_peer_pump(struct sim_peer *p);
/* Octets on TCP; a TSDU; past the stack, which is out of it then. */
void sim_peer_write(struct sim_peer *p, struct slice octets);
void sim_peer_say(struct sim_peer *p, struct slice tsdu);
/* Breaks the connection, or ends it after what is on the way. on_gone is not called. */
void sim_peer_hang_up(struct sim_peer *p, bool graceful);
