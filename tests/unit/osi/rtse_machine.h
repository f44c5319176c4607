/* SPDX-License-Identifier: Apache-2.0 */
/* An RTPM over a lower service that writes down what it is told. */
#pragma once

#include "osi/rtse/rtpm.h"

enum { MACHINE_ANSWER_MS = 500, MACHINE_OPEN_MS = 900 };

struct machine {
    struct rtpm r;
    struct rtpm_sink sink;
    struct arena arena;
    struct buf told; /* "up RECEIVE-START; down S-DATA req 10; " */
    uint32_t timer;
    struct rt_event last;
};

/* Checkpoints of 1 KiB, a window of 2. */
void machine_init(struct machine *m, bool initiator, bool twa);
void machine_free(struct machine *m);
/* A primitive from below; number: its serial, reason, priority or octets. */
void machine_input(struct machine *m, enum s_service service, enum prim_op op, int64_t number);
/* S-CONNECT indication or confirm with these sizes, two-way alternate; the turn is the
 * initiator's. */
struct rl_prim machine_connect(enum prim_op op, int64_t checkpoint, int64_t window);
/* A segment of len octets. */
void machine_segment(struct machine *m, size_t len, bool last, int expected);
/* What was told since the last time. */
void machine_told(struct machine *m, const char *expected);
/* An initiator that has the turn. */
void machine_opened_sender(struct machine *m, bool twa);
/* A responder whose peer has the turn. */
void machine_opened_receiver(struct machine *m);
