/* SPDX-License-Identifier: Apache-2.0 */
/* The routing table: which targets can take an O/R address, by address space.
 *
 * A row is an address space, a cost and a target (a number that means something to the caller: a
 * connector, a mailbox store). An address space is text as of an address, "C=US;A=*;P=ACME;O=R%D",
 * where "*" stands for any characters or none and "%" for one. Rules:
 *   - an attribute that the row does not name is not looked at; so "" matches every address;
 *   - "*" alone also matches an attribute that the address does not have, and is more specific than
 *     an attribute not named: the space "*" wins over "", whatever they cost;
 *   - "A= " (or "A=") wants a blank ADMD; an address without an ADMD has a blank one;
 *   - an address with a blank ADMD also matches rows that name an ADMD, if they name the country
 *     and the PRMD too and that PRMD is known under this one ADMD only;
 *   - "SMTP:*@acme.com" is the space of a foreign type: a DDA of that type. Such rows come first,
 *     as they did in Exchange's routing table; "X400:" in front of an X.400 space may be written.
 *
 * The most specific rows come first: attributes count in the order C, ADMD, PRMD, O, OU1 to OU4,
 * then the others; at each an exact value wins over a pattern, a pattern with more characters over
 * one with fewer, and any over "*". Equally specific rows are ordered by cost.
 *
 * A sealed table never changes, so any number of readers may use it; to reconfigure, build a new
 * one and swap the pointers. */
#pragma once

#include "oraddr/oraddr.h"

enum { ROUTE_COST_MIN = 1, ROUTE_COST_MAX = 100, ROUTE_ROWS_MAX = 1000000 };

struct route_table;

/* An empty table; X4_ENOMEM. */
int route_table_new(struct route_table **out);
/* Adds a row while the table is not sealed; space is copied. On an error one line of explanation
 * is appended to why (may be NULL). Errors: X4_EINVAL cost, X4_ESYNTAX, X4_EDUP (an attribute
 * twice), X4_ELIMIT, X4_ENOMEM, X4_ESTATE (sealed). */
int route_table_add(struct route_table *t, struct slice space, unsigned cost, uint32_t target,
                    struct buf *why);
/* Orders and indexes the rows; required before a lookup. X4_ENOMEM. */
int route_table_seal(struct route_table *t);
size_t route_table_rows(const struct route_table *t);
/* *t becomes NULL. */
void route_table_free(struct route_table **t);

struct route_candidate {
    uint32_t target;
    unsigned cost;
    unsigned group;     /* 0: the most specific rows, 1: the next less specific ones, ... */
    unsigned row;       /* in the order of route_table_add(), from 0 */
    struct slice space; /* the row's text, lives as long as the table */
};

struct route_candidates {
    struct route_candidate *items;
    size_t count;
};

/* The targets for an address, best first, each once (by its most specific row). None: count 0.
 * Errors: X4_ENOMEM, X4_ESTATE (not sealed). */
int route_lookup(const struct route_table *t, const struct or_address *a, struct arena *arena,
                 struct route_candidates *out);

enum route_verdict {
    ROUTE_CANDIDATE,
    ROUTE_SHADOWED, /* matches, but another row of the same target is better */
    ROUTE_REJECTED,
};

struct route_reason {
    enum route_verdict verdict;
    struct route_candidate row;
    unsigned agreed;  /* attributes that matched before one did not */
    const char *text; /* "C exact, A any, P exact" or "P is \"ORG\", the row wants \"ACME\"" */
};

struct route_explanation {
    struct route_reason *items; /* one for each row: candidates in their order, shadowed ones, then
                                 * rejected ones, those first that agreed longest */
    size_t count;
    size_t candidates;
};

/* Why: looks at every row, for people. Errors as route_lookup(). */
int route_explain(const struct route_table *t, const struct or_address *a, struct arena *arena,
                  struct route_explanation *out);
