/* SPDX-License-Identifier: Apache-2.0 */
/* Why an address takes the way it takes. */
#include "oraddr/charset.h"
#include "route/internal.h"

#include <stdlib.h>

enum { REASON_MAX = 1024, SHOWN_MAX = 64 };

static void put_label(struct buf *out, const struct route_test *test)
{
    buf_text(out, or_attr_info(test->attr)->label);
    if (test->attr == OR_OU || test->attr == OR_PD_A)
        buf_printf(out, "%u", test->index + 1);
    if (test->attr == OR_DDA) {
        buf_text(out, ":");
        buf_slice(out, or_text_head(test->type, SHOWN_MAX));
    }
}

static void put_quoted(struct buf *out, struct slice text)
{
    buf_text(out, "\"");
    buf_slice(out, or_text_head(text, SHOWN_MAX));
    buf_text(out, text.len > SHOWN_MAX ? "...\"" : "\"");
}

/* "C exact, A any, O pattern" */
static void put_specificity(struct buf *out, const struct route_row *row)
{
    static const char *const kinds[] = {
        [ROUTE_EXACT] = "exact", [ROUTE_PATTERN] = "pattern", [ROUTE_ANY] = "any"};

    if (row->count == 0)
        buf_text(out, "matches every address");
    for (unsigned i = 0; i < row->count; i++) {
        buf_text(out, i ? ", " : "");
        put_label(out, &row->tests[i]);
        buf_printf(out, " %s", kinds[row->tests[i].kind]);
    }
}

/* What the address has there: the first of the texts that a test looked at. */
static const struct route_value *value_for(const struct route_query *q,
                                           const struct route_test *test)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct route_value *v = &q->values[i];

        if (v->attr == test->attr && v->index == test->index &&
            (test->attr != OR_DDA || route_glob(test->type, v->type)))
            return v;
    }
    return NULL;
}

static void put_mismatch(struct buf *out, const struct route_query *q,
                         const struct route_test *test)
{
    const struct route_value *v = value_for(q, test);

    put_label(out, test);
    if (test->attr == OR_ADMD && q->admd.len == 0) {
        buf_text(out, " is blank");
        if (q->domain && q->domain->ambiguous)
            buf_text(out, " and the PRMD is known under several ADMDs");
    } else if (v) {
        buf_text(out, " is ");
        put_quoted(out, v->text);
    } else {
        buf_text(out, " is absent");
    }
    buf_text(out, ", the row wants ");
    if (test->pattern.len)
        put_quoted(out, test->pattern);
    else
        buf_text(out, "a blank one");
}

/* ---- one row --------------------------------------------------------------------------------- */

struct explainer {
    struct route_query q;
    struct route_candidates candidates;
    struct buf text;
};

static const struct route_candidate *candidate_for(const struct explainer *e,
                                                   const struct route_row *row)
{
    for (size_t i = 0; i < e->candidates.count; i++) {
        if (e->candidates.items[i].target == row->target)
            return &e->candidates.items[i];
    }
    return NULL;
}

static int explain_row(struct explainer *e, const struct route_row *row, struct route_reason *out)
{
    const struct route_candidate *best;
    const struct route_test *failed;

    out->row = (struct route_candidate){
        .target = row->target, .cost = row->cost, .row = row->number, .space = row->space};
    buf_reset(&e->text);
    if (!route_row_matches(row, &e->q, &failed)) {
        out->verdict = ROUTE_REJECTED;
        out->agreed = (unsigned)(failed - row->tests);
        put_mismatch(&e->text, &e->q, failed);
    } else {
        best = candidate_for(e, row);
        out->verdict = best && best->row == row->number ? ROUTE_CANDIDATE : ROUTE_SHADOWED;
        out->agreed = row->count;
        if (out->verdict == ROUTE_CANDIDATE)
            out->row.group = best->group;
        put_specificity(&e->text, row);
        if (out->verdict == ROUTE_SHADOWED)
            buf_printf(&e->text, "; row %u of the same target is better", best ? best->row : 0);
    }
    out->text = arena_str(e->q.arena, buf_view(&e->text));
    return out->text ? X4_OK : X4_ENOMEM;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* The rows are sorted already; only verdict and agreement come before that. */
static int compare(const void *x, const void *y)
{
    const struct route_reason *a = x;
    const struct route_reason *b = y;

    if (a->verdict != b->verdict)
        return a->verdict < b->verdict ? -1 : 1;
    if (a->verdict == ROUTE_REJECTED && a->agreed != b->agreed)
        return a->agreed > b->agreed ? -1 : 1;
    if (a->row.group != b->row.group)
        return a->row.group < b->row.group ? -1 : 1;
    if (a->row.cost != b->row.cost)
        return a->row.cost < b->row.cost ? -1 : 1;
    return (a->row.row > b->row.row) - (a->row.row < b->row.row);
}

int route_explain(const struct route_table *t, const struct or_address *a, struct arena *arena,
                  struct route_explanation *out)
{
    struct explainer e;
    int error;

    *out = (struct route_explanation){.count = 0};
    error = route_query_init(&e.q, t, a, arena);
    if (!error)
        error = route_lookup(t, a, arena, &e.candidates);
    if (error)
        return error;
    out->items = arena_array(arena, t->count, sizeof(*out->items));
    if (!out->items)
        return X4_ENOMEM;
    buf_init(&e.text, REASON_MAX);
    for (; out->count < t->count && !error; out->count++)
        error = explain_row(&e, &t->rows[out->count], &out->items[out->count]);
    buf_free(&e.text);
    out->candidates = e.candidates.count;
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), compare);
    return error;
}
