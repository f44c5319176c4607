/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest known name to a mistyped one. */
#include "base/ascii.h"
#include "conf/conf_internal.h"

#include <stdlib.h>

enum {
    NAME_MAX_LEN = 64,
    FAR = NAME_MAX_LEN,
    SHAPE_NEAR = 4, /* wrong letters in what the form of a name fixes */
};

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* '_' and ' ' for '-', and capitals, are the commonest slips: they cost nothing. */
static uint8_t fold(uint8_t c)
{
    return c == '_' || c == ' ' ? '-' : ascii_lower(c);
}

static bool same(struct slice a, size_t i, struct slice b, size_t j)
{
    return fold(a.p[i]) == fold(b.p[j]);
}

/* Edit distance: insert, delete, replace, exchange two neighbours. */
static unsigned distance(struct slice a, struct slice b)
{
    unsigned rows[3][NAME_MAX_LEN + 1]; /* of a[0..i]: this one and the two before */

    if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN)
        return FAR;
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned cost = same(a, i - 1, b, j - 1) ? 0 : 1;

            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1))
                row[j] = least(row[j], before[j - 2] + 1, FAR);
        }
    }
    return rows[a.len % 3][b.len];
}

/* Near: at most a third of the letters are wrong. */
static bool is_better(const char *name, const char *candidate, unsigned *best)
{
    unsigned d = distance(slice_str(name), slice_str(candidate));

    if (d >= *best || d > strlen(name) / 3)
        return false;
    *best = d;
    return true;
}

const char *conf_suggest_attribute(const struct conf_class *class_, const char *name)
{
    const char *found = NULL;
    unsigned best = FAR;

    for (size_t i = 0; i < class_->count; i++)
        if (is_better(name, class_->attributes[i].name, &best))
            found = class_->attributes[i].name;
    return found;
}

const char *conf_suggest_class(const char *name)
{
    const char *found = NULL;
    unsigned best = FAR;

    for (int i = 0; i < CONF_NODE; i++)
        if (is_better(name, conf_class((enum conf_class_id)i)->name, &best))
            found = conf_class((enum conf_class_id)i)->name;
    return found;
}

/* How much the values that the shape fixes differ from the name's. */
static unsigned shape_distance(const char *dn, const char *shape)
{
    unsigned sum = 0;

    while (*dn && *shape) {
        struct slice step = conf_dn_step(&dn), wanted = conf_dn_step(&shape);

        if (!conf_dn_step_fits(step, wanted))
            sum += distance(step, wanted);
    }
    return *dn || *shape ? FAR : sum;
}

const struct conf_class *conf_suggest_shape(const char *dn)
{
    const struct conf_class *found = NULL;
    unsigned best = SHAPE_NEAR + 1;

    for (int i = 0; i < CONF_NODE; i++) {
        const struct conf_class *class_ = conf_class((enum conf_class_id)i);
        unsigned d = shape_distance(dn, class_->shape);

        if (d < best) {
            found = class_;
            best = d;
        }
    }
    return found;
}
