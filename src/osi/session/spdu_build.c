/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "osi/session/spdu_table.h"

#include <stdio.h>

enum { LI_SHORT_MAX = 254, LI_MAX = 65535, USER_DATA_MAX = 512 };

/* Put an identifier and a length indicator in front of what was built from start on. The value is
 * that and extra octets more, which follow later. */
static int wrap(struct buf *out, size_t start, unsigned identifier, size_t extra)
{
    size_t built = out->len - start;
    size_t len = built + extra;
    size_t head = len > LI_SHORT_MAX ? 4 : 2;
    uint8_t *p;

    if (len > LI_MAX)
        return X4_ELIMIT;
    if (!buf_grow(out, head))
        return out->error;
    p = out->p + start;
    memmove(p + head, p, built);
    p[0] = (uint8_t)identifier;
    if (head == 2) {
        p[1] = (uint8_t)len;
    } else {
        p[1] = 0xff;
        p[2] = (uint8_t)(len >> 8);
        p[3] = (uint8_t)len;
    }
    return X4_OK;
}

/* The parameter that carries len octets of data in this SPDU, or SPDU_PARAMS. */
static enum spdu_param data_param(enum spdu_type type, size_t len)
{
    const struct spdu_info *info = &spdu_infos[type];

    if (type == SPDU_CN && len > USER_DATA_MAX)
        return SP_EXTENDED_DATA;
    for (size_t i = 0; i < info->count; i++) {
        enum spdu_param p = (enum spdu_param)info->slots[i].param;

        if (spdu_params[p].kind == KIND_DATA || spdu_params[p].kind == KIND_REFUSAL)
            return p;
    }
    return SPDU_PARAMS;
}

static void build_number(struct buf *out, uint32_t number, unsigned octets)
{
    while (octets-- > 0)
        buf_u8(out, number >> (8 * octets) & 0xff);
}

static int build_param(const struct spdu *s, enum spdu_param p, size_t data_len, struct buf *out)
{
    const struct spdu_param_info *info = &spdu_params[p];
    size_t start = out->len;
    size_t extra = 0;
    size_t len;

    switch (info->kind) {
    case KIND_OCTETS: buf_slice(out, s->param[p].octets); break;
    case KIND_NUMBER: build_number(out, s->param[p].number, info->max); break;
    case KIND_DIGITS: buf_printf(out, "%u", s->param[p].number); break;
    case KIND_REFUSAL:
        buf_u8(out, s->param[p].number);
        extra = data_len;
        break;
    case KIND_DATA: extra = data_len; break;
    }
    len = out->len - start + extra;
    if (len < info->min || len > info->max)
        return out->error ? out->error : X4_EBOUNDS;
    return wrap(out, start, info->pi, extra);
}

/* Is the parameter to be sent? */
static bool wanted(const struct spdu *s, enum spdu_param p, size_t data_len)
{
    if (spdu_params[p].kind == KIND_DATA)
        return data_len > 0 && p == data_param(s->type, data_len);
    return spdu_has(s, p);
}

/* The slots from *at on that are in the same group, or the one slot that is in none. */
static int build_group(const struct spdu *s, size_t *at, size_t data_len, struct buf *out)
{
    const struct spdu_info *info = &spdu_infos[s->type];
    unsigned pgi = info->slots[*at].pgi;
    size_t start = out->len;

    do {
        const struct spdu_slot *slot = &info->slots[*at];
        enum spdu_param p = (enum spdu_param)slot->param;
        int err = X4_OK;

        if (wanted(s, p, data_len))
            err = build_param(s, p, data_len, out);
        else if (slot->mandatory)
            err = X4_EMISSING;
        if (err)
            return err;
        *at += 1;
    } while (pgi != PGI_NONE && *at < info->count && info->slots[*at].pgi == pgi);
    if (pgi == PGI_NONE || out->len == start)
        return X4_OK;
    return wrap(out, start, pgi, 0);
}

/* Header and parameters; data is always in the last parameter, or behind everything in DT. */
static int build_spdu(const struct spdu *s, size_t data_len, struct buf *out)
{
    const struct spdu_info *info = &spdu_infos[s->type];
    bool user_information = s->type == SPDU_DT;
    size_t start = out->len;
    size_t at = 0;

    if (data_len > 0 && !user_information && data_param(s->type, data_len) == SPDU_PARAMS)
        return X4_EINVAL;
    while (at < info->count) {
        int err = build_group(s, &at, data_len, out);

        if (err)
            return err;
    }
    return wrap(out, start, info->si, user_information ? 0 : data_len);
}

int spdu_build(const struct spdu *s, const struct gather *data, struct buf *out)
{
    size_t start = out->len;
    enum spdu_place place = spdu_infos[s->type].place;
    int err;

    if (place == PLACE_AFTER_GT || place == PLACE_AFTER_PT) {
        enum spdu_type prefix = place == PLACE_AFTER_GT ? SPDU_GT : SPDU_PT;

        buf_u8(out, spdu_infos[prefix].si);
        buf_u8(out, 0);
    }
    err = build_spdu(s, data->len, out);
    if (!err)
        err = out->error;
    if (err)
        out->len = start;
    return err;
}
