/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/session/ssdu.h"

#include "base/error.h"
#include "base/limits.h"
#include "osi/session/spdu_table.h"

enum { PARAMS_MAX = 128 * 1024 }; /* an ER may reflect 64 KiB */

void ssdu_init(struct ssdu *u)
{
    u->active = false;
    arena_init(&u->params, PARAMS_MAX);
    buf_init(&u->data, LIMIT_TSDU);
}

void ssdu_free(struct ssdu *u)
{
    arena_free(&u->params);
    buf_free(&u->data);
}

void ssdu_reset(struct ssdu *u)
{
    u->active = false;
}

/* The first SPDU brings the parameters, which must outlive its TSDU. */
static int begin(struct ssdu *u, const struct spdu *spdu)
{
    arena_reset(&u->params);
    buf_reset(&u->data);
    u->first = *spdu;
    for (unsigned p = 0; p < SPDU_PARAMS; p++) {
        struct slice *octets = &u->first.param[p].octets;

        if (!spdu_has(spdu, (enum spdu_param)p) || spdu_params[p].kind != KIND_OCTETS)
            continue;
        *octets = arena_dup(&u->params, *octets);
        if (!slice_present(*octets))
            return X4_ENOMEM;
    }
    u->active = true;
    return X4_OK;
}

int ssdu_add(struct ssdu *u, const struct spdu *spdu, struct spdu *whole)
{
    unsigned enclosure = spdu_number(spdu, SP_ENCLOSURE, SPDU_ENCLOSURE_WHOLE);
    bool is_first = enclosure & SPDU_ENCLOSURE_FIRST;
    int err = X4_OK;

    if (u->active == is_first || (u->active && spdu->type != u->first.type))
        err = X4_EPROTO;
    else if (is_first)
        err = begin(u, spdu);
    if (!err) {
        buf_slice(&u->data, spdu->data);
        err = u->data.error;
    }
    if (!err && !(enclosure & SPDU_ENCLOSURE_LAST))
        return X4_EAGAIN;
    u->active = false;
    if (!err) {
        *whole = u->first;
        whole->data = buf_view(&u->data);
    }
    return err;
}
