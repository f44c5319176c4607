/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what can be read of a message or probe that does not decode, so that its recipients can
 * at least be reported on (2.3). */
#include "mts/envelope.h"

/* The field of an envelope table for a tag; the members of a SET are told apart by it. */
static const struct ber_field *find_field(const struct ber_type *type, uint32_t tag)
{
    for (const struct ber_field *f = type->fields; f->name; f++) {
        uint32_t own = f->tag != BER_TAG_NONE ? f->tag : f->type->tag;

        if (own == tag)
            return f;
    }
    return NULL;
}

/* One member's TLV under the type's own tag, which is what ber_decode() wants. */
static int decode_field(const struct ber_field *f, const struct ber_tlv *tlv, struct arena *arena,
                        void *value)
{
    size_t room = tlv->value.len + 16;
    uint8_t *octets = arena_alloc(arena, room);
    struct buf own;
    int error;

    if (f->tag == BER_TAG_NONE)
        return ber_decode(f->type, tlv->raw, arena, value, NULL, NULL);
    if (!octets)
        return X4_ENOMEM;
    buf_init(&own, room);
    ber_put_tlv(&own, f->type->tag, tlv->constructed, tlv->value);
    error = own.error;
    if (!error) {
        memcpy(octets, own.p, own.len);
        error = ber_decode(f->type, slice_make(octets, own.len), arena, value, NULL, NULL);
    }
    buf_free(&own);
    return error;
}

enum { /* beyond enum mts_salvaged: read where they can be, not needed */
       FOUND_TRACE = 1 << 3,
       FOUND_EXTENSIONS = 1 << 4,
       FOUND_CONTENT_IDENTIFIER = 1 << 5,
};

/* The members worth salvaging; others are left alone. */
static const struct salvage_rule {
    size_t offset;
    unsigned bit;
} salvage_rules[] = {
    {offsetof(struct mts_envelope, identifier), MTS_SALVAGED_IDENTIFIER},
    {offsetof(struct mts_envelope, originator), MTS_SALVAGED_ORIGINATOR},
    {offsetof(struct mts_envelope, recipients), MTS_SALVAGED_RECIPIENTS},
    {offsetof(struct mts_envelope, content_identifier), FOUND_CONTENT_IDENTIFIER},
    {offsetof(struct mts_envelope, trace), FOUND_TRACE},
    {offsetof(struct mts_envelope, extensions), FOUND_EXTENSIONS},
};

/* The rule's bit if the member is one that is wanted, not there yet, and can be read. */
static unsigned salvage_member(const struct ber_field *f, const struct ber_tlv *tlv,
                               struct arena *arena, struct mts_envelope *env, unsigned found)
{
    for (size_t i = 0; f && i < sizeof(salvage_rules) / sizeof(salvage_rules[0]); i++) {
        const struct salvage_rule *rule = &salvage_rules[i];
        void *value = (char *)env + rule->offset;

        if (rule->offset != f->offset || found & rule->bit)
            continue;
        if (decode_field(f, tlv, arena, value) == X4_OK)
            return rule->bit;
        memset(value, 0, f->type->size);
    }
    return 0;
}

/* An identifier without a domain that can be read was given in the domain where the trace begins,
 * which should be the same (R8.8, 1.8). */
static unsigned repair_identifier(struct slice members, struct mts_envelope *env)
{
    struct ber_tlv identifier, local;

    if (env->trace.count == 0 ||
        ber_find(members, ber_type_mts_identifier.tag, &identifier) != X4_OK ||
        !identifier.constructed || ber_find(identifier.value, BER_T_IA5, &local) != X4_OK ||
        local.constructed || local.value.len == 0)
        return 0;
    env->identifier = (struct mts_identifier){
        .gdi = BER_ITEM(env->trace, struct mts_trace_element, 0)->gdi, .local = local.value};
    return MTS_SALVAGED_IDENTIFIER;
}

unsigned mts_salvage(struct slice stored, struct arena *arena, struct mts_apdu *out)
{
    const struct ber_type *type = &ber_type_probe_transfer_envelope;
    struct mts_envelope *env = &out->probe;
    struct ber_tlv apdu, set, member;
    struct slice members;
    unsigned found = 0;

    *out = (struct mts_apdu){.raw = stored, .which = MTS_PROBE + 1};
    if (ber_next(&stored, &apdu) != X4_OK)
        return 0;
    members = apdu.value;
    if (apdu.tag == BER_CONTEXT(MTS_MESSAGE)) {
        out->which = MTS_MESSAGE + 1;
        type = &ber_type_message_transfer_envelope;
        env = &out->message.envelope;
        if (ber_next(&members, &set) != X4_OK || set.tag != BER_T_SET)
            return 0;
        members = set.value;
    } else if (apdu.tag != BER_CONTEXT(MTS_PROBE)) {
        return 0;
    }
    for (struct slice in = members; ber_next(&in, &member) == X4_OK;)
        found |= salvage_member(find_field(type, member.tag), &member, arena, env, found);
    if (!(found & MTS_SALVAGED_IDENTIFIER))
        found |= repair_identifier(members, env);
    return found & MTS_SALVAGED_ENOUGH;
}
