/* SPDX-License-Identifier: Apache-2.0 */
/* Building the table. */
#include "base/ascii.h"
#include "base/limits.h"
#include "oraddr/charset.h"
#include "route/internal.h"

#include <stdlib.h>

enum { TABLE_MAX = 1024 * 1024 * 1024 };

int route_table_new(struct route_table **out)
{
    struct route_table *t = calloc(1, sizeof(*t));

    *out = t;
    if (!t)
        return X4_ENOMEM;
    arena_init(&t->arena, TABLE_MAX);
    return X4_OK;
}

void route_table_free(struct route_table **t)
{
    if (!*t)
        return;
    arena_free(&(*t)->arena);
    free((*t)->rows);
    free(*t);
    *t = NULL;
}

size_t route_table_rows(const struct route_table *t)
{
    return t->count;
}

/* ---- address spaces -------------------------------------------------------------------------- */

static int explain(struct buf *why, int error, const char *text)
{
    if (why)
        buf_text(why, text);
    return error;
}

/* "SMTP:" in front of a pattern, but not "DDA:" or "X400:": the length of the type, else 0. */
static size_t foreign_type(struct slice space)
{
    static const char *const labels[] = {"X400", "X.400", "DDA", "DD"};
    size_t n = 0;

    while (n < space.len &&
           (ascii_is_alpha(space.p[n]) || ascii_is_digit(space.p[n]) || strchr("-.*%", space.p[n])))
        n++;
    if (n == 0 || n == space.len || space.p[n] != ':')
        return 0;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (slice_eq_nocase(slice_sub(space, 0, n), slice_str(labels[i])))
            return 0;
    }
    return n;
}

/* The attributes of a space; one of "*" alone is "C=*". */
static int parse_space(struct slice space, struct arena *arena, struct or_attributes *out,
                       struct buf *why)
{
    size_t type = foreign_type(space);
    struct or_attribute *item;

    if (!type && !slice_eq(space, SLICE_LIT("*")))
        return or_attributes_parse(space, OR_PARSE_PATTERN, arena, out, why);
    if (space.len > LIMIT_ORADDR_TEXT)
        return explain(why, X4_ELIMIT, "address space is too long");
    if (!or_text_valid(space))
        return explain(why, X4_ESYNTAX, "address space is not UTF-8 text");
    item = arena_alloc(arena, sizeof(*item));
    if (!item)
        return X4_ENOMEM;
    item->attr = type ? OR_DDA : OR_C;
    item->type = type ? slice_sub(space, 0, type) : SLICE_NONE;
    item->text = type ? slice_from(space, type + 1) : space;
    *out = (struct or_attributes){.items = item, .count = 1};
    return X4_OK;
}

static bool is_pattern(struct slice text)
{
    return text.len && (memchr(text.p, '*', text.len) || memchr(text.p, '%', text.len));
}

static int make_test(const struct or_attribute *item, struct arena *arena, struct route_test *out)
{
    int error;

    *out = (struct route_test){.attr = item->attr, .kind = ROUTE_EXACT};
    if (item->attr != OR_DDA)
        out->index = item->index;
    error = or_item_fold(item, arena, &out->type, &out->pattern);
    if (slice_eq(out->pattern, SLICE_LIT("*")) || (item->attr == OR_DDA && !out->pattern.len))
        out->kind = ROUTE_ANY;
    else if (is_pattern(out->pattern) || (item->attr == OR_DDA && is_pattern(out->type)))
        out->kind = ROUTE_PATTERN;
    return error;
}

/* An attribute without a value is not named, except an ADMD, which is a blank one, and a DDA, where
 * the type alone says something. */
static bool is_named(const struct or_attribute *item)
{
    for (size_t i = 0; i < item->text.len; i++) {
        if (item->text.p[i] != ' ')
            return true;
    }
    return item->attr == OR_ADMD || item->attr == OR_DDA;
}

/* What the row does not name, but something below it is named, is as good as "*". */
static void fill_ranks(struct route_row *row)
{
    unsigned lowest = 0;

    for (unsigned i = 0; i < row->count; i++) {
        const struct route_test *test = &row->tests[i];
        unsigned level = route_level(test->attr, test->index);
        uint16_t rank = route_test_rank(test);

        if (rank > row->rank[level])
            row->rank[level] = rank;
        if (level > lowest)
            lowest = level;
    }
    for (unsigned level = 0; level < lowest; level++) {
        if (row->rank[level] == ROUTE_RANK_NONE)
            row->rank[level] = ROUTE_RANK_ANY;
    }
}

static int make_row(const struct or_attributes *list, struct arena *arena, struct route_row *row,
                    struct buf *why)
{
    struct route_test *tests = arena_array(arena, list->count, sizeof(*tests));

    if (!tests)
        return X4_ENOMEM;
    row->tests = tests;
    row->foreign = true;
    for (size_t i = 0; i < list->count; i++) {
        int error;

        if (!is_named(&list->items[i]))
            continue;
        if (list->items[i].attr == OR_OU && list->items[i].index >= ROUTE_UNITS)
            return explain(why, X4_ESYNTAX, "an address space has no more than OU1 to OU4");
        error = make_test(&list->items[i], arena, &tests[row->count]);
        if (error)
            return error;
        row->foreign = row->foreign && tests[row->count].attr == OR_DDA;
        row->count++;
    }
    row->foreign = row->foreign && row->count > 0;
    fill_ranks(row);
    return X4_OK;
}

static int make_room(struct route_table *t)
{
    size_t room = t->room ? 2 * t->room : 64;
    struct route_row *rows;

    if (t->count < t->room)
        return X4_OK;
    rows = realloc(t->rows, room * sizeof(*rows));
    if (!rows)
        return X4_ENOMEM;
    t->rows = rows;
    t->room = room;
    return X4_OK;
}

int route_table_add(struct route_table *t, struct slice space, unsigned cost, uint32_t target,
                    struct buf *why)
{
    struct route_row row = {.cost = cost, .target = target, .number = (unsigned)t->count};
    struct or_attributes list;
    int error;

    if (t->sealed)
        return X4_ESTATE;
    if (cost < ROUTE_COST_MIN || cost > ROUTE_COST_MAX)
        return explain(why, X4_EINVAL, "cost must be 1 to 100");
    if (t->count >= ROUTE_ROWS_MAX)
        return explain(why, X4_ELIMIT, "too many address spaces");
    row.space = arena_dup(&t->arena, slice_present(space) ? space : SLICE_LIT(""));
    if (!slice_present(row.space))
        return X4_ENOMEM;
    error = parse_space(row.space, &t->arena, &list, why);
    if (!error)
        error = make_row(&list, &t->arena, &row, why);
    if (!error)
        error = make_room(t);
    if (!error)
        t->rows[t->count++] = row;
    return error;
}

static int compare(const void *x, const void *y)
{
    return route_compare_rows(x, y, false);
}

int route_table_seal(struct route_table *t)
{
    int error;

    if (t->sealed)
        return X4_OK;
    if (t->count)
        qsort(t->rows, t->count, sizeof(*t->rows), compare);
    error = route_index_build(t);
    t->sealed = !error;
    return error;
}
