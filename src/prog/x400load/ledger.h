/* SPDX-License-Identifier: Apache-2.0 */
/* What has arrived, one bit for each message and recipient, so that "every one exactly once" can be
 * said of hundred millions. Several senders may be told apart: each has a run number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LEDGER_RUNS = 64 };
/* Messages times recipients of one run. */
#define LEDGER_MAX ((uint64_t)1 << 30)

struct ledger_run {
    uint32_t run;
    uint8_t *bits;
    size_t octets;
};

struct ledger {
    struct ledger_run runs[LEDGER_RUNS];
    unsigned run_count;
    uint64_t marked; /* different ones */
    uint64_t again;  /* marks beyond the first */
};

/* Marks one. X4_OK, X4_EEXIST (it was marked before: counted in again), X4_ELIMIT, X4_ENOMEM. */
int ledger_mark(struct ledger *l, uint32_t run, uint64_t index);
void ledger_free(struct ledger *l);
