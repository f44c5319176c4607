/* SPDX-License-Identifier: Apache-2.0 */
/* The writing side: a queue of transactions, and who executes them in groups. With a thread of its
 * own (threaded) or on the caller's thread in writer_run(). */
#pragma once

#include "store/engine.h"

#include <pthread.h>
#include <time.h>

enum {
    GROUP_TXNS_MAX = 512,               /* bounds how long the first of a group waits */
    GROUP_OCTETS_MAX = 8 * 1024 * 1024, /* and how much an engine has to hold uncommitted */
    /* Transactions that nobody waits for are put off until somebody waits, for so long and up to so
     * many: they share a flush instead of having one of their own, in whose way others would be. */
    LAZY_MS = 20,
    LAZY_TXNS_MAX = GROUP_TXNS_MAX / 2,
};

/* The last failure that concerns more than one waiting caller. */
struct writer_fault {
    int error;
    char text[ENGINE_TEXT];
};

struct writer {
    struct engine *engine;
    bool threaded;
    void (*wake)(void *ctx);
    void *wake_ctx;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what is below */
    pthread_cond_t work;  /* the queue has something, or stop */
    pthread_cond_t news;  /* ended has something */
    struct list queue;    /* struct store_txn, handed over */
    unsigned queued;      /* in it */
    unsigned awaited;     /* of them, those that somebody waits for */
    bool hurry;           /* writer_wait() waits for all */
    struct timespec due;  /* CLOCK_MONOTONIC: when the oldest that nobody waits for is to go */
    struct list ended;    /* struct store_txn with results */
    struct writer_fault fault;
    int upkeep_error; /* reported already, so that a full disk is told once */
    bool upkeep_due;
    bool stop;
};

/* X4_ENOMEM: no thread. */
int writer_start(struct writer *w, struct engine *engine, const struct store_params *params);
/* Executes what is queued, then ends the thread. */
void writer_stop(struct writer *w);
void writer_submit(struct writer *w, struct store_txn *txn);
/* Not threaded: executes what is queued now, and one portion of upkeep. */
void writer_run(struct writer *w);
/* Threaded: blocks until something has ended. */
void writer_wait(struct writer *w);
/* Moves everything that has ended to the end of the list, and hands out a fault (error 0: none). */
void writer_collect(struct writer *w, struct list *to, struct writer_fault *fault);
