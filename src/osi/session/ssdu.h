/* SPDX-License-Identifier: Apache-2.0 */
/* Putting together an SSDU that came in several SPDUs (Enclosure Item, X.225 6.3.5). Private. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "osi/session/spdu.h"

struct ssdu {
    bool active;
    struct spdu first; /* with the parameters; those of octets are in params */
    struct arena params;
    struct buf data;
};

void ssdu_init(struct ssdu *u);
void ssdu_free(struct ssdu *u);
/* Forget what is there. */
void ssdu_reset(struct ssdu *u);

/* Add one SPDU of several. X4_OK: the SSDU is whole; *whole has its parameters and data, valid
 * until the next call. X4_EAGAIN: more must follow. X4_EPROTO: not the right one now. X4_ENOMEM,
 * X4_ELIMIT: too much. After anything but X4_EAGAIN nothing is being put together any more. */
int ssdu_add(struct ssdu *u, const struct spdu *spdu, struct spdu *whole);
