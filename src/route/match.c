/* SPDX-License-Identifier: Apache-2.0 */
/* Does a row match an address, and how specific is it? */
#include "base/limits.h"
#include "route/internal.h"
#include "text/utf8.h"

unsigned route_level(enum or_attr attr, unsigned index)
{
    if (attr < OR_OU)
        return attr;
    if (attr == OR_OU)
        return OR_OU + index;
    return OR_OU + ROUTE_UNITS + (attr - OR_CN);
}

uint16_t route_test_rank(const struct route_test *test)
{
    size_t characters = 0;

    if (test->kind == ROUTE_EXACT)
        return ROUTE_RANK_EXACT;
    for (size_t i = 0; i < test->pattern.len; i++)
        characters += test->pattern.p[i] != '*';
    return (uint16_t)(ROUTE_RANK_ANY + characters);
}

static bool take_character(struct slice *text)
{
    uint32_t code;

    return utf8_take(text, &code);
}

/* The usual matching with one point to come back to: the last "*" seen. */
bool route_glob(struct slice pattern, struct slice text)
{
    struct slice star = SLICE_NONE; /* the pattern behind it */
    struct slice back = SLICE_NONE; /* the text from which it was tried last */

    if (text.len > LIMIT_ORADDR_TEXT)
        return false;
    for (;;) {
        if (pattern.len && pattern.p[0] == '*') {
            pattern = slice_from(pattern, 1);
            star = pattern;
            back = text;
        } else if (pattern.len && text.len && pattern.p[0] == '%' && take_character(&text)) {
            pattern = slice_from(pattern, 1);
        } else if (pattern.len && text.len && pattern.p[0] == text.p[0]) {
            pattern = slice_from(pattern, 1);
            text = slice_from(text, 1);
        } else if (pattern.len == 0 && text.len == 0) {
            return true;
        } else {
            if (!slice_present(star) || !take_character(&back))
                return false;
            pattern = star;
            text = back;
        }
    }
}

static bool text_matches(const struct route_test *test, struct slice text)
{
    switch (test->kind) {
    case ROUTE_ANY: return true;
    case ROUTE_EXACT: return slice_eq(test->pattern, text);
    case ROUTE_PATTERN: return route_glob(test->pattern, text);
    }
    return false;
}

/* A blank ADMD stands for any under which the PRMD is known, if that is only one (RFC 1685). */
static bool blank_admd_matches(const struct route_row *row, const struct route_query *q)
{
    bool names_domain =
        row->rank[OR_C] == ROUTE_RANK_EXACT && row->rank[OR_PRMD] == ROUTE_RANK_EXACT;

    return names_domain && q->domain && !q->domain->ambiguous;
}

static bool test_matches(const struct route_test *test, const struct route_row *row,
                         const struct route_query *q)
{
    if (test->attr == OR_ADMD) {
        bool named = test->kind == ROUTE_EXACT && test->pattern.len;

        return named && q->admd.len == 0 ? blank_admd_matches(row, q) : text_matches(test, q->admd);
    }
    for (size_t i = 0; i < q->count; i++) {
        const struct route_value *v = &q->values[i];

        if (v->attr != test->attr || v->index != test->index)
            continue;
        if (test->attr == OR_DDA && !route_glob(test->type, v->type))
            continue;
        if (text_matches(test, v->text))
            return true;
    }
    return test->kind == ROUTE_ANY && test->attr != OR_DDA;
}

bool route_row_matches(const struct route_row *row, const struct route_query *q,
                       const struct route_test **failed)
{
    for (unsigned i = 0; i < row->count; i++) {
        *failed = &row->tests[i];
        if (!test_matches(&row->tests[i], row, q))
            return false;
    }
    *failed = NULL;
    return true;
}

/* Among rows that match an address with a blank ADMD those that name one say no more than "*". */
static unsigned rank_of(const struct route_row *row, unsigned level, bool blank_admd)
{
    bool named = level == OR_ADMD && row->rank[level] == ROUTE_RANK_EXACT;

    for (unsigned i = 0; named && blank_admd && i < row->count; i++) {
        if (row->tests[i].attr == OR_ADMD && row->tests[i].pattern.len)
            return ROUTE_RANK_ANY;
    }
    return row->rank[level];
}

int route_compare_rank(const struct route_row *x, const struct route_row *y, bool blank_admd)
{
    if (x->foreign != y->foreign)
        return x->foreign ? -1 : 1;
    for (unsigned level = 0; level < ROUTE_LEVELS; level++) {
        unsigned rank_x = rank_of(x, level, blank_admd);
        unsigned rank_y = rank_of(y, level, blank_admd);

        if (rank_x != rank_y)
            return rank_x > rank_y ? -1 : 1;
    }
    return 0;
}
