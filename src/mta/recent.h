/* SPDX-License-Identifier: Apache-2.0 */
/* What has passed in this second. Traces tell seconds: two passages of one object within one, of
 * which nothing else tells, leave the same octets. Nothing older is kept, and nothing on disk:
 * whoever was away for a moment is in another second. */
#pragma once

#include "mta/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mta_recent_entry;

struct mta_recent {
    int64_t second;
    struct mta_recent_entry *entry; /* open addressing; NULL: none */
    size_t count, room;             /* room: a power of two */
};

/* Notes the passage of an APDU, known by its digest; of the first LIMIT_RECENT in each second.
 * X4_EEXIST: another APDU has passed there in this second; X4_ENOMEM. */
int mta_recent_note(struct mta_recent *recent, int64_t second, const uint8_t passage[MTA_DIGEST],
                    const uint8_t apdu[MTA_DIGEST]);
/* The APDU has not passed: what is noted of it is forgotten. */
void mta_recent_forget(struct mta_recent *recent, const uint8_t apdu[MTA_DIGEST]);
/* Forgets all. */
void mta_recent_free(struct mta_recent *recent);
