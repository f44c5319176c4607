/* SPDX-License-Identifier: Apache-2.0 */
/* Inside route/. */
#pragma once

#include "oraddr/attr.h"
#include "route/route.h"

/* Levels of specificity: C, ADMD, PRMD, O, OU1 to OU4, then the attributes behind OR_OU. */
enum {
    ROUTE_UNITS = 4,
    ROUTE_LEVELS = OR_OU + ROUTE_UNITS + (OR_ATTR_COUNT - OR_CN),
    ROUTE_RANK_NONE = 0,
    ROUTE_RANK_ANY = 1, /* plus one for each character of a pattern */
    ROUTE_RANK_EXACT = UINT16_MAX,
};

enum route_test_kind { ROUTE_EXACT, ROUTE_PATTERN, ROUTE_ANY };

/* One attribute of a row; texts are folded. */
struct route_test {
    enum or_attr attr;
    unsigned index; /* of OUs */
    enum route_test_kind kind;
    struct slice type; /* of a DDA, may be a pattern */
    struct slice pattern;
};

struct route_row {
    struct slice space;
    unsigned cost;
    uint32_t target;
    unsigned number; /* in the order they were added */
    bool foreign;    /* only DDAs: a foreign type of address */
    unsigned count;
    const struct route_test *tests; /* in the order of the levels */
    uint16_t rank[ROUTE_LEVELS];
};

/* Rows under a key: a chain by next[]. */
struct route_slot {
    uint64_t hash; /* 0: free */
    uint32_t first;
};

struct route_table {
    struct arena arena;
    struct route_row *rows; /* sealed: best first */
    size_t count;
    size_t room;
    bool sealed;
    struct route_slot *slots; /* a power of two */
    size_t slot_count;
    uint32_t *next;      /* for each entry the next one of the same key */
    uint32_t *entry_row; /* for each entry its row; each row has one or two entries */
    size_t entry_count;
    struct route_domain *domains; /* hashed by country and PRMD */
    size_t domain_count;          /* a power of two */
};
#define ROUTE_END UINT32_MAX /* of a chain */

/* The ADMD under which a PRMD of a country is known. */
struct route_domain {
    uint64_t hash; /* 0: free */
    struct slice country;
    struct slice prmd;
    struct slice admd;
    bool ambiguous;
};

/* An address made ready for comparison. */
struct route_value {
    enum or_attr attr;
    unsigned index;
    struct slice type;
    struct slice text;
};

struct route_query {
    const struct route_table *table;
    struct arena *arena;
    struct route_value *values; /* by attribute and index */
    size_t count;
    struct slice country;
    struct slice admd; /* empty: blank */
    struct slice prmd;
    const struct route_domain *domain; /* for a blank ADMD: where the PRMD is known, or NULL */
};

int route_query_init(struct route_query *q, const struct route_table *t, const struct or_address *a,
                     struct arena *arena);

/* match.c */
unsigned route_level(enum or_attr attr, unsigned index);
uint16_t route_test_rank(const struct route_test *test);
bool route_glob(struct slice pattern, struct slice text);
/* Does the row match? If not, *failed is the first test that does not. */
bool route_row_matches(const struct route_row *row, const struct route_query *q,
                       const struct route_test **failed);
/* Rows in the order of preference for this address; < 0: x first. 0: equally specific. */
int route_compare_rank(const struct route_row *x, const struct route_row *y, bool blank_admd);
/* index.c */
int route_index_build(struct route_table *t);
const struct route_domain *route_domain_find(const struct route_table *t, struct slice country,
                                             struct slice prmd);

/* Calls found for every row that may match. */
typedef int route_found(void *context, const struct route_row *row);
int route_index_search(const struct route_query *q, route_found *found, void *context);

/* lookup.c: the order of two rows for an address; 0 only for the same row. */
int route_compare_rows(const struct route_row *x, const struct route_row *y, bool blank_admd);
