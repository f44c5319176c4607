/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include "base/ascii.h"

#include <stdlib.h>

bool slice_eq_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    }
    return true;
}

const uint8_t *slice_find(struct slice s, struct slice part)
{
    return s.p && part.p ? memmem(s.p, s.len, part.p, part.len) : NULL;
}

char *slice_strdup(struct slice s)
{
    char *copy = malloc(s.len + 1);

    if (!copy)
        return NULL;
    if (s.len)
        memcpy(copy, s.p, s.len);
    copy[s.len] = '\0';
    return copy;
}
