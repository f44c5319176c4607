/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attributes and the groups of variants in them. */
#include "oraddr/group.h"

#include <stdlib.h>

static int compare_slices(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.p, b.p, len) : 0;

    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* The texts come last, so that the order of a SET's members does not matter. */
static int compare_items(const void *left, const void *right)
{
    const struct or_attribute *a = left;
    const struct or_attribute *b = right;
    int order;

    if (a->attr != b->attr)
        return a->attr < b->attr ? -1 : 1;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    if (a->variant != b->variant)
        return a->variant < b->variant ? -1 : 1;
    order = compare_slices(a->type, b->type);
    return order ? order : compare_slices(a->text, b->text);
}

void or_attributes_sort(struct or_attributes *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(list->items[0]), compare_items);
}

bool or_group_next(const struct or_attributes *in, size_t *pos, struct or_group *out)
{
    const struct or_attribute *first;

    if (*pos >= in->count)
        return false;
    first = &in->items[*pos];
    *out = (struct or_group){.attr = first->attr, .index = first->index};
    for (; *pos < in->count; ++*pos) {
        const struct or_attribute *item = &in->items[*pos];

        if (item->attr != first->attr || item->index != first->index)
            break;
        if (!out->variant[item->variant])
            out->variant[item->variant] = item;
    }
    return true;
}

const struct or_attribute *or_group_best(const struct or_group *g)
{
    for (unsigned v = 0; v < OR_VARIANTS; v++) {
        if (g->variant[v])
            return g->variant[v];
    }
    return NULL;
}

int or_attribute_list_add(struct or_attribute_list *l, const struct or_attribute *item)
{
    if (l->list.count == l->room) {
        size_t room = l->room ? 2 * l->room : 16;
        struct or_attribute *items = arena_array(l->arena, room, sizeof(*items));

        if (!items)
            return X4_ENOMEM;
        if (l->list.count)
            memcpy(items, l->list.items, l->list.count * sizeof(*items));
        l->list.items = items;
        l->room = room;
    }
    l->list.items[l->list.count++] = *item;
    return X4_OK;
}
