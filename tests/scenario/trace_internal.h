/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a trace that is being played, shared by trace.c and play.c. */
#pragma once

#include "trace.h"

enum { QUEUE_MAX = 64, PARAMS_MAX = 512 };

struct trace_end {
    char name;
    struct trace *trace;
    char params[PARAMS_MAX];
    void *machine;                      /* NULL: no step of this layer was played yet */
    struct trace_item queue[QUEUE_MAX]; /* sent and not delivered yet */
    unsigned first, count;
};

struct trace {
    const char *file;
    unsigned line;
    unsigned faults;
    bool write;                      /* nothing is compared */
    const struct trace_layer *layer; /* NULL: not chosen yet */
    struct trace_end end[2];
    struct buf event;    /* first column of the step */
    struct buf expected; /* second column: what the file says, a line for each */
    struct buf told;     /* and what was told */
    struct buf written;  /* the whole trace as it happened */
};

/* Both ends anew, with their parameters; what is still on the wire is forgotten. */
void trace_begin(struct trace *t);
void trace_end_all(struct trace *t);
/* Do what the first column says. happened: the same text, or what was there instead. */
void trace_play(struct trace *t, const char *what, struct buf *happened);
