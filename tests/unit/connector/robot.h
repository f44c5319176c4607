/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that does what a test wants: an association on the network in memory, driven by hand. It
 * says that it is the MTA PARIS, accepts whatever comes, and secures what it receives. */
#pragma once

#include "pair.h"
#include "peer.h"

struct robot {
    struct io *io;
    struct io_listener *listener;
    struct sim_peer peer; /* of the association now */
    const char *name;     /* in binds */
    bool no_checkpoints;
    bool completed;          /* it was told that what it gave up is secured */
    bool nameless;           /* its bind result is absent */
    bool takes_one;          /* association at a time: it closes further calls */
    bool waits;              /* does not secure what it receives before robot_secure() */
    unsigned aborts;         /* so many of the transfers that come next, with temporaryProblem */
    bool keeps_turn;         /* never gives it back */
    bool takes_turn;         /* asks for it when a message has come, */
    int priority;            /* with this priority, 1 at first */
    bool two_way;            /* what it calls for */
    size_t supply;           /* octets of its own transfer that it sends; then it is silent */
    size_t wanted;           /* octets that the stack waits for */
    unsigned checkpoint_kib; /* in force on the association that it opened */
    unsigned tpdu_size;      /* of the last association that it took */
    int64_t asked_priority;  /* of the last please */
    unsigned opened, received, closed, asked, turns;
};

/* At an address of its own; it listens on port 102 there. */
void robot_init(struct robot *r, struct sim_net *net, const char *address, const char *name);
void robot_free(struct robot *r);
/* A second later, and the pair that it had to do with. */
void robot_shut(struct robot *r, struct pair **pair);
/* Opens an association with an MTA, in normal mode. */
void robot_call(struct robot *r, const char *address);
/* Begins to send an APDU of len octets; of these it sends r->supply. */
void robot_transfer(struct robot *r, size_t len);
/* Secures what r->waits held back, and waits no more. */
void robot_secure(struct robot *r);
/* Gives up what it sends. */
void robot_discard(struct robot *r);
/* Goes on after r->supply has been raised. */
void robot_go_on(struct robot *r);
