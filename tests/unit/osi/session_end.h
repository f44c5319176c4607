/* SPDX-License-Identifier: Apache-2.0 */
/* One session under test and a script that drives it, one step a line:
 *
 *     > S-ACTIVITY-START req act=01     a primitive from the user
 *     < 01002d03290101                  a TSDU from the peer, hexadecimal
 *     T-CONNECT ind | T-CONNECT cnf | T-DISCONNECT ind | timer
 */
#pragma once

#include "base/buf.h"
#include "osi/session/session.h"

enum { END_TIM_MS = 30000, END_ANSWER_MS = 60000 };

struct end {
    struct session *s;
    struct session_sink sink;
    struct buf told;   /* what it told, a line each: "up: ..." and "down: ..." */
    uint32_t timer_ms; /* 0: not running */
};

void end_init(struct end *e, bool initiator, struct slice local_ssel);
void end_free(struct end *e);
/* Run one step; the result of a request, else X4_OK. */
int end_step(struct end *e, const char *step);
/* Run all lines of a script; all requests must succeed. Forgets what was told. */
void end_run(struct end *e, const char *script);
/* What was told since the last time must be this. */
void end_told(struct end *e, const char *text);
/* The state's name begins with "STA " and this. */
bool end_in_state(const struct end *e, const char *state);
