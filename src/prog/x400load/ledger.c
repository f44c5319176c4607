/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400load/ledger.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { LEDGER_FIRST = 4096 }; /* octets of a new run */

static struct ledger_run *find_run(struct ledger *l, uint32_t run)
{
    for (unsigned i = 0; i < l->run_count; i++) {
        if (l->runs[i].run == run)
            return &l->runs[i];
    }
    if (l->run_count == LEDGER_RUNS)
        return NULL;
    l->runs[l->run_count] = (struct ledger_run){.run = run};
    return &l->runs[l->run_count++];
}

/* Room for the bit, at least doubling what there is. */
static int grow(struct ledger_run *r, uint64_t index)
{
    size_t want = r->octets > 0 ? 2 * r->octets : LEDGER_FIRST;
    uint8_t *bits;

    if (index / 8 < r->octets)
        return X4_OK;
    if (want <= index / 8)
        want = (size_t)(index / 8 + 1);
    bits = realloc(r->bits, want);
    if (!bits)
        return X4_ENOMEM;
    memset(bits + r->octets, 0, want - r->octets);
    r->bits = bits;
    r->octets = want;
    return X4_OK;
}

int ledger_mark(struct ledger *l, uint32_t run, uint64_t index)
{
    struct ledger_run *r = index < LEDGER_MAX ? find_run(l, run) : NULL;
    uint8_t bit = (uint8_t)(1u << index % 8);
    int error = r ? grow(r, index) : X4_ELIMIT;

    if (error)
        return error;
    if (r->bits[index / 8] & bit) {
        l->again++;
        return X4_EEXIST;
    }
    r->bits[index / 8] |= bit;
    l->marked++;
    return X4_OK;
}

void ledger_free(struct ledger *l)
{
    for (unsigned i = 0; i < l->run_count; i++)
        free(l->runs[i].bits);
    *l = (struct ledger){0};
}
