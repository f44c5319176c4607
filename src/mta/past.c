/* SPDX-License-Identifier: Apache-2.0 */
/* The store's octets for the recipients of an item: their indices, and what happened to them on
 * their way into its queue. Whatever a copy's trace tells must be kept, because a copy that is sent
 * again has to be the same octets: the peer knows duplicates by them. */
#include "mta/internal.h"

#include "base/error.h"
#include "base/limits.h"
#include "ber/define.h"

enum { INDEX_OCTETS = 4 };
/* Stands between the indices and the past; ub-recipients is far below. */
#define END_OF_INDICES UINT32_C(0xffffffff)

static const struct ber_field past_fields[] = {
    BER_FIELD("released", struct mta_past, released_ms, &ber_type_integer, BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("reroutes", struct mta_past, reroutes, &ber_type_integer, BER_CONTEXT(1), BER_DEFAULT,
              0),
    BER_FIELD("passage", struct mta_past, passage, &ber_type_integer, BER_CONTEXT(2), BER_DEFAULT,
              MTA_PASSAGE_OPEN),
    BER_FIELD("attempted-domain", struct mta_past, domain, &ber_type_global_domain_identifier,
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("attempted-mta", struct mta_past, mta, &ber_type_ia5_string, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(past_type, "Past", BER_SEQUENCE, BER_T_SEQUENCE, struct mta_past,
                       past_fields);

static uint32_t index_at(struct slice octets, size_t i)
{
    const uint8_t *p = octets.p + i * INDEX_OCTETS;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_index(struct buf *out, uint32_t index)
{
    for (unsigned shift = 32; shift > 0; shift -= 8)
        buf_u8(out, (uint8_t)(index >> (shift - 8)));
}

size_t mta_recipients_count(struct slice octets)
{
    size_t most = octets.len / INDEX_OCTETS;
    size_t n = 0;

    while (n < most && index_at(octets, n) != END_OF_INDICES)
        n++;
    return n;
}

int mta_recipients_read(struct slice octets, struct arena *arena, struct mta_recipients *out)
{
    const size_t count = mta_recipients_count(octets);
    struct slice rest = slice_from(octets, count * INDEX_OCTETS);

    *out = (struct mta_recipients){.count = count};
    out->index = arena_array(arena, count + 1, sizeof(*out->index));
    if (!out->index)
        return X4_ENOMEM;
    for (size_t i = 0; i < count; i++)
        out->index[i] = index_at(octets, i);
    if (rest.len == 0)
        return X4_OK;
    return ber_decode(&past_type, slice_from(rest, INDEX_OCTETS), arena, &out->past, NULL, NULL);
}

static bool is_eventful(const struct mta_past *past)
{
    return past->released_ms.present || past->reroutes > 0 || past->passage != MTA_PASSAGE_OPEN ||
           past->domain || slice_present(past->mta);
}

struct slice mta_recipients_write(struct arena *arena, const struct mta_recipients *r)
{
    struct mta_past past = r->past;
    struct slice octets = SLICE_NONE;
    struct buf out;

    buf_init(&out, LIMIT_ENVELOPE);
    for (size_t i = 0; i < r->count; i++)
        put_index(&out, r->index[i]);
    if (is_eventful(&past)) {
        past.raw = SLICE_NONE;
        put_index(&out, END_OF_INDICES);
        if (ber_encode(&past_type, &past, &out, NULL))
            out.error = X4_ENOMEM;
    }
    if (!out.error)
        octets = out.len ? arena_dup(arena, buf_view(&out)) : SLICE_LIT("");
    buf_free(&out);
    return octets;
}
