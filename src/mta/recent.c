/* SPDX-License-Identifier: Apache-2.0 */
#include "mta/recent.h"

#include "base/error.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 256 };

struct mta_recent_entry {
    bool used, passed;
    uint8_t passage[MTA_DIGEST], apdu[MTA_DIGEST];
};

/* Where the passage is, or would be. */
static struct mta_recent_entry *slot(const struct mta_recent *r, const uint8_t passage[MTA_DIGEST])
{
    size_t at;

    memcpy(&at, passage, sizeof(at));
    for (at &= r->room - 1; r->entry[at].used; at = (at + 1) & (r->room - 1)) {
        if (memcmp(r->entry[at].passage, passage, MTA_DIGEST) == 0)
            break;
    }
    return &r->entry[at];
}

static int grow(struct mta_recent *r)
{
    struct mta_recent more = *r;

    more.room = r->room ? r->room * 2 : ROOM_MIN;
    more.entry = calloc(more.room, sizeof(*more.entry));
    if (!more.entry)
        return X4_ENOMEM;
    for (size_t i = 0; i < r->room; i++) {
        if (r->entry[i].used)
            *slot(&more, r->entry[i].passage) = r->entry[i];
    }
    free(r->entry);
    *r = more;
    return X4_OK;
}

int mta_recent_note(struct mta_recent *r, int64_t second, const uint8_t passage[MTA_DIGEST],
                    const uint8_t apdu[MTA_DIGEST])
{
    struct mta_recent_entry *e;

    if (second != r->second)
        mta_recent_free(r);
    r->second = second;
    if (r->count >= r->room / 2 && r->count < LIMIT_RECENT && grow(r))
        return X4_ENOMEM;
    e = slot(r, passage);
    if (e->used && e->passed && memcmp(e->apdu, apdu, MTA_DIGEST) != 0)
        return X4_EEXIST;
    if (!e->used && r->count >= LIMIT_RECENT)
        return X4_OK;
    r->count += !e->used;
    e->used = e->passed = true;
    memcpy(e->passage, passage, MTA_DIGEST);
    memcpy(e->apdu, apdu, MTA_DIGEST);
    return X4_OK;
}

void mta_recent_forget(struct mta_recent *r, const uint8_t apdu[MTA_DIGEST])
{
    for (size_t i = 0; i < r->room; i++) {
        if (r->entry[i].used && memcmp(r->entry[i].apdu, apdu, MTA_DIGEST) == 0)
            r->entry[i].passed = false;
    }
}

void mta_recent_free(struct mta_recent *r)
{
    free(r->entry);
    *r = (struct mta_recent){.entry = NULL};
}
