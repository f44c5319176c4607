/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to its candidates. */
#include "oraddr/charset.h"
#include "route/internal.h"

#include <stdlib.h>

/* ---- the address ----------------------------------------------------------------------------- */

static int add_value(struct route_query *q, const struct or_attribute *item)
{
    struct route_value *v = &q->values[q->count];
    int error;

    v->attr = item->attr;
    v->index = item->attr == OR_DDA ? 0 : item->index;
    error = or_item_fold(item, q->arena, &v->type, &v->text);
    if (error)
        return error;
    if (q->count && item->attr != OR_DDA && v[-1].attr == v->attr && v[-1].index == v->index &&
        slice_eq(v[-1].text, v->text))
        return X4_OK; /* a twin that says the same */
    q->count++;
    if (item->attr == OR_C)
        q->country = v->text;
    if (item->attr == OR_ADMD)
        q->admd = v->text;
    if (item->attr == OR_PRMD)
        q->prmd = v->text;
    return X4_OK;
}

int route_query_init(struct route_query *q, const struct route_table *t, const struct or_address *a,
                     struct arena *arena)
{
    struct or_attributes list;
    int error;

    *q = (struct route_query){.table = t,
                              .arena = arena,
                              .country = SLICE_LIT(""),
                              .admd = SLICE_LIT(""),
                              .prmd = SLICE_LIT("")};
    if (!t->sealed)
        return X4_ESTATE;
    error = or_address_meaning(a, arena, &list);
    if (error)
        return error;
    q->values = arena_array(arena, list.count, sizeof(*q->values));
    if (!q->values)
        return X4_ENOMEM;
    for (size_t i = 0; i < list.count && !error; i++)
        error = add_value(q, &list.items[i]);
    if (q->admd.len == 0)
        q->domain = route_domain_find(t, q->country, q->prmd);
    return error;
}

/* ---- candidates ------------------------------------------------------------------------------ */

int route_compare_rows(const struct route_row *x, const struct route_row *y, bool blank_admd)
{
    int order = route_compare_rank(x, y, blank_admd);

    if (order)
        return order;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Matching rows in a list that grows in the arena. */
struct matches {
    const struct route_query *q;
    const struct route_row **rows;
    size_t count;
    size_t room;
};

static int take_match(void *context, const struct route_row *row)
{
    struct matches *m = context;
    const struct route_test *failed;

    if (!route_row_matches(row, m->q, &failed))
        return X4_OK;
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 8;
        const struct route_row **rows = arena_array(m->q->arena, room, sizeof(*rows));

        if (!rows)
            return X4_ENOMEM;
        if (m->count)
            memcpy(rows, m->rows, m->count * sizeof(*rows));
        m->rows = rows;
        m->room = room;
    }
    m->rows[m->count++] = row;
    return X4_OK;
}

/* Two orders, as qsort() hands no context to its function. */
static int compare_plain(const void *x, const void *y)
{
    const struct route_row *const *a = x;
    const struct route_row *const *b = y;

    return route_compare_rows(*a, *b, false);
}

static int compare_blank(const void *x, const void *y)
{
    const struct route_row *const *a = x;
    const struct route_row *const *b = y;

    return route_compare_rows(*a, *b, true);
}

static bool has_target(const struct route_candidates *list, uint32_t target)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].target == target)
            return true;
    }
    return false;
}

int route_lookup(const struct route_table *t, const struct or_address *a, struct arena *arena,
                 struct route_candidates *out)
{
    struct route_query q;
    struct matches m = {.q = &q};
    unsigned group = 0;
    int error = route_query_init(&q, t, a, arena);

    *out = (struct route_candidates){.count = 0};
    if (!error)
        error = route_index_search(&q, take_match, &m);
    if (error || m.count == 0)
        return error;
    qsort(m.rows, m.count, sizeof(*m.rows), q.admd.len ? compare_plain : compare_blank);
    out->items = arena_array(arena, m.count, sizeof(*out->items));
    if (!out->items)
        return X4_ENOMEM;
    for (size_t i = 0; i < m.count; i++) {
        const struct route_row *row = m.rows[i];

        if (i && route_compare_rank(m.rows[i - 1], row, q.admd.len == 0))
            group++;
        if (has_target(out, row->target))
            continue;
        out->items[out->count++] = (struct route_candidate){.target = row->target,
                                                            .cost = row->cost,
                                                            .group = group,
                                                            .row = row->number,
                                                            .space = row->space};
    }
    return X4_OK;
}
