/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that does what a test wants: it speaks the protocol, but says no more than it is let, says
 * it slowly, does not read, or leaves the next step out. */
#pragma once

#include "osi/stack/stack.h"
#include "pair.h"

#define PUPPET_ALL SIZE_MAX

struct puppet {
    struct pair *pair;
    struct io *io; /* the machine it runs on */
    struct io_listener *listener;
    struct io_conn *conn;
    struct io_timer *timer;
    struct stack *stack;
    bool responder;
    unsigned checkpoint_kib;
    size_t packets;  /* how many TPKTs it may still send whole; PUPPET_ALL: any number */
    int64_t drip_ms; /* > 0: after these, one octet in so many ms */
    bool refuses_checkpoints, refuses_end; /* never confirms */
    uint32_t checkpoint;                   /* the last that it could confirm */
    bool mute;                             /* says nothing more once it has confirmed an APDU */
    bool deaf;                             /* does not read any more once a transfer has begun */
    size_t segments;                       /* of an APDU that it sends: how many it supplies */
    bool opened;
    int64_t mark_ms; /* when it last did something that a time-out counts from */
};

/* On PARIS's machine, calling LONDON as PARIS; or answering at port 103. */
void puppet_call(struct puppet *p, struct pair *pair);
void puppet_listen(struct puppet *p, struct pair *pair);
void puppet_end(struct puppet *p);
/* Octets as they are, past the stack. */
void puppet_say(struct puppet *p, const void *octets, size_t len);
/* Begins to transfer an APDU of 10,000 octets. */
void puppet_transfer(struct puppet *p);
/* What has happened since: works on. */
void puppet_pump(struct puppet *p);
