/* SPDX-License-Identifier: Apache-2.0 */
/* Inside oraddr/: the variants of one attribute taken together. */
#pragma once

#include "oraddr/attr.h"

enum { OR_VARIANTS = OR_UNIVERSAL + 1 };

struct or_group {
    enum or_attr attr;
    unsigned index;
    const struct or_attribute *variant[OR_VARIANTS]; /* NULL: not there */
};

/* The next group of a sorted list, from *pos on; false at the end. */
bool or_group_next(const struct or_attributes *in, size_t *pos, struct or_group *out);
/* The first variant there is, printable before teletex before universal. */
const struct or_attribute *or_group_best(const struct or_group *g);
/* Brings the items into the order that struct or_attributes promises. */
void or_attributes_sort(struct or_attributes *list);

/* A list that grows in an arena. */
struct or_attribute_list {
    struct or_attributes list;
    size_t room;
    struct arena *arena;
};
int or_attribute_list_add(struct or_attribute_list *l, const struct or_attribute *item);
