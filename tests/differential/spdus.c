/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/spdus.h"

#include "base/limits.h"
#include "differential/values.h"
#include "osi/session/spdu_table.h"

#include <inttypes.h>

enum { USUAL_OCTETS = 16, SERIALS = 999999, REASONS = 3 };

/* ---- generating ------------------------------------------------------------------------------ */

/* What nobody else reads: user data would be a presentation PDU, and a part of it waits for more.
 */
static bool is_left_out(enum spdu_param p)
{
    return spdu_params[p].kind == KIND_DATA || p == SP_ENCLOSURE || p == SP_DATA_OVERFLOW ||
           p == SP_REFLECTED_SPDU;
}

static void put_param(struct gen *g, enum spdu_param p, struct spdu *spdu, struct arena *arena)
{
    const struct spdu_param_info *info = &spdu_params[p];
    size_t len = size_within(g, info->min, info->max, USUAL_OCTETS);
    uint8_t *octets = arena_alloc(arena, len + 1);

    switch (info->kind) {
    case KIND_NUMBER:
        spdu_set_number(spdu, p, (uint32_t)below(g, (size_t)1 << 8 * info->min));
        break;
    case KIND_DIGITS: spdu_set_number(spdu, p, (uint32_t)below(g, SERIALS)); break;
    case KIND_REFUSAL: spdu_set_number(spdu, p, (uint32_t)below(g, REASONS)); break;
    default:
        for (size_t i = 0; octets && i < len; i++)
            octets[i] = (uint8_t)below(g, 256);
        spdu_set_octets(spdu, p, slice_make(octets, len));
        break;
    }
}

void spdus_generate(struct gen *g, struct buf *out)
{
    struct spdu spdu = {.type = (enum spdu_type)below(g, SPDU_TYPES)};
    const struct spdu_info *info = &spdu_infos[spdu.type];
    struct gather none = gather_one(SLICE_NONE);
    struct arena arena;

    arena_init(&arena, LIMIT_ENVELOPE);
    for (size_t i = 0; i < info->count; i++) {
        enum spdu_param p = (enum spdu_param)info->slots[i].param;

        if (info->slots[i].mandatory || (!is_left_out(p) && one_in(g, 2)))
            put_param(g, p, &spdu, &arena);
    }
    spdu_build(&spdu, &none, out);
    arena_free(&arena);
}

/* ---- decoding -------------------------------------------------------------------------------- */

static void put_value(const struct spdu *spdu, enum spdu_param p, struct buf *out)
{
    buf_printf(out, "\"%s\": ", spdu_pi_name(spdu_params[p].pi));
    if (spdu_params[p].kind == KIND_OCTETS) {
        buf_text(out, "\"x'");
        buf_hex(out, spdu->param[p].octets);
        buf_u8(out, '"');
    } else {
        buf_printf(out, "%" PRIu32, spdu->param[p].number);
    }
}

/* An AR has two activity identifiers, one of them inside of a group. */
static void put_spdu(const struct spdu *spdu, struct buf *out)
{
    buf_printf(out, "{\"SPDU Type\": %u", spdu_infos[spdu->type].si);
    for (unsigned i = 0; i < SPDU_PARAMS; i++) {
        enum spdu_param p = (enum spdu_param)i;

        if (!spdu_has(spdu, p) || is_left_out(p))
            continue;
        buf_text(out, p == SP_OLD_ACTIVITY ? ", \"Linking Information\": {" : ", ");
        put_value(spdu, p, out);
        buf_text(out, p == SP_OLD_ACTIVITY ? "}" : "");
    }
    buf_u8(out, '}');
}

const char *spdus_list(struct slice in, struct buf *out)
{
    struct spdu_tsdu tsdu;

    if (spdu_parse(in, &tsdu))
        return tsdu.wrong;
    for (unsigned i = 0; i < tsdu.count; i++) {
        buf_u8(out, i ? ',' : '[');
        put_spdu(&tsdu.spdu[i], out);
    }
    buf_u8(out, ']');
    return NULL;
}
