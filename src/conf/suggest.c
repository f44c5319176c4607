/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest known name to a mistyped one. */
#include "base/ascii.h"
#include "conf/schema.h"

#include <stdlib.h>

enum { NAME_MAX_LEN = 64 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* '_' and ' ' for '-', and capitals, are the commonest slips: they cost nothing. */
static uint8_t fold(char c)
{
    return c == '_' || c == ' ' ? '-' : ascii_lower((uint8_t)c);
}

/* Edit distance (insert, delete, replace). */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_LEN + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
        return NAME_MAX_LEN;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned above = row[j];
            unsigned cost = fold(a[i - 1]) == fold(b[j - 1]) ? 0 : 1;

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + cost);
            diagonal = above;
        }
    }
    return row[b_len];
}

/* Near: at most a third of the letters are wrong. */
static bool is_better(const char *name, const char *candidate, unsigned *best)
{
    unsigned d = distance(name, candidate);

    if (d >= *best || d > strlen(name) / 3)
        return false;
    *best = d;
    return true;
}

const char *conf_suggest_attribute(const struct conf_class *class_, const char *name)
{
    const char *found = NULL;
    unsigned best = NAME_MAX_LEN;

    for (size_t i = 0; i < class_->count; i++)
        if (is_better(name, class_->attributes[i].name, &best))
            found = class_->attributes[i].name;
    return found;
}

const char *conf_suggest_class(const char *name)
{
    const char *found = NULL;
    unsigned best = NAME_MAX_LEN;

    for (int i = 0; i < CONF_NODE; i++)
        if (is_better(name, conf_class((enum conf_class_id)i)->name, &best))
            found = conf_class((enum conf_class_id)i)->name;
    return found;
}
