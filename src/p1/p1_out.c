/* SPDX-License-Identifier: Apache-2.0 */
#include "p1/p1_out.h"

#include "p1/edit.h"

/* ---- walking --------------------------------------------------------------------------------- */

int p1_edit_members(struct p1_editor *e, struct slice members, const struct p1_edit_rule *rules,
                    struct buf *out)
{
    while (members.len) {
        const struct p1_edit_rule *rule = rules;
        struct ber_tlv tlv;
        int error = ber_next(&members, &tlv);

        if (error)
            return error;
        while (rule->tag != BER_TAG_NONE && rule->tag != tlv.tag)
            rule++;
        if (rule->tag == BER_TAG_NONE)
            buf_slice(out, tlv.raw);
        else if (rule->edit)
            error = rule->edit(e, &tlv, out);
        if (error)
            return error;
    }
    return out->error;
}

int p1_put_contents(const struct ber_tlv *tlv, const struct buf *contents, struct buf *out)
{
    struct slice view = buf_view(contents);

    if (contents->error)
        return contents->error;
    if (slice_eq(view, tlv->value))
        buf_slice(out, tlv->raw);
    else
        ber_put_tlv(out, tlv->tag, true, view);
    return out->error;
}

int p1_edit_within(struct p1_editor *e, const struct ber_tlv *tlv, const struct p1_edit_rule *rules,
                   struct buf *out)
{
    struct buf contents;
    int error;

    if (!tlv->constructed)
        return X4_ESYNTAX;
    buf_init(&contents, LIMIT_ENVELOPE);
    error = p1_edit_members(e, tlv->value, rules, &contents);
    if (!error)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* ---- recipients ------------------------------------------------------------------------------ */

/* per-recipient-indicators with responsibility 0; 8 bits at least, whatever came (1.2). */
static int edit_not_responsible(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct ber_bits bits;
    uint8_t octets[1 + MTS_UB_BIT_OPTIONS / 8] = {0}; /* unused bits first: none */
    size_t len = 1;
    struct slice own;
    struct buf retagged;
    int error;

    buf_init(&retagged, tlv->raw.len + 16);
    ber_put_tlv(&retagged, BER_T_BIT_STRING, tlv->constructed, tlv->value);
    own = arena_dup(&e->arena, buf_view(&retagged));
    buf_free(&retagged);
    if (!slice_present(own))
        return X4_ENOMEM;
    error = ber_decode(&ber_type_bit_string, own, &e->arena, &bits, NULL, NULL);
    if (error)
        return error;
    if (!ber_bit(&bits, MTS_RESPONSIBILITY)) {
        buf_slice(out, tlv->raw);
        return out->error;
    }
    for (unsigned n = 1; n < MTS_UB_BIT_OPTIONS; n++) {
        if (ber_bit(&bits, n))
            octets[1 + n / 8] |= (uint8_t)(0x80 >> n % 8);
    }
    if (bits.octets.len > 1)
        len = sizeof(octets) - 1;
    ber_put_tlv(out, tlv->tag, false, slice_make(octets, 1 + len));
    return out->error;
}

static const struct p1_edit_rule keep_rules_1984[] = {
    {BER_APPLICATION(0), p1_1984_name},
    {BER_CONTEXT(3), NULL},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule other_rules[] = {
    {BER_CONTEXT(1), edit_not_responsible},
    {.tag = BER_TAG_NONE},
};
/* A name that 1984 cannot have is no reason to fail where the recipient is another copy's. */
static const struct p1_edit_rule other_rules_1984[] = {
    {BER_APPLICATION(0), p1_1984_report_name},
    {BER_CONTEXT(1), edit_not_responsible},
    {BER_CONTEXT(3), NULL},
    {.tag = BER_TAG_NONE},
};

static int put_recipient(struct p1_editor *e, size_t index, const struct ber_tlv *tlv,
                         struct buf *out)
{
    const struct p1_relay *relay = e->relay;

    if (e->recipients_found < relay->recipient_count &&
        relay->recipients[e->recipients_found] == index) {
        e->recipients_found++;
        if (relay->to_1984)
            return p1_edit_within(e, tlv, keep_rules_1984, out);
        buf_slice(out, tlv->raw);
        return out->error;
    }
    if (relay->drop_others)
        return X4_OK;
    return p1_edit_within(e, tlv, relay->to_1984 ? other_rules_1984 : other_rules, out);
}

/* per-recipient-fields: this copy's group and the others (2.12b) */
static int edit_recipients(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct slice in = tlv->value;
    struct buf contents;
    int error = X4_OK;

    buf_init(&contents, LIMIT_ENVELOPE);
    for (size_t i = 0; in.len && !error; i++) {
        struct ber_tlv recipient;

        error = ber_next(&in, &recipient);
        if (!error)
            error = put_recipient(e, i, &recipient, &contents);
    }
    if (!error)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* ---- members of the envelopes ---------------------------------------------------------------- */

static int edit_bilateral(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    if (e->relay->strip_bilateral)
        return X4_OK;
    if (e->relay->to_1984)
        return p1_1984_bilateral(e, tlv, out);
    buf_slice(out, tlv->raw);
    return out->error;
}

static int edit_deferred(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    if (!e->relay->strip_deferred)
        buf_slice(out, tlv->raw);
    return out->error;
}

static const struct p1_edit_rule message_rules[] = {
    {BER_APPLICATION(9), p1_edit_trace},  {BER_CONTEXT(0), edit_deferred},
    {BER_CONTEXT(1), edit_bilateral},     {BER_CONTEXT(2), edit_recipients},
    {BER_CONTEXT(3), p1_edit_extensions}, {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule message_rules_1984[] = {
    {BER_T_OID, p1_1984_content_type},
    {BER_APPLICATION(0), p1_1984_name},
    {BER_APPLICATION(5), p1_1984_eits},
    {BER_APPLICATION(8), p1_1984_indicators},
    {BER_APPLICATION(9), p1_edit_trace},
    {BER_CONTEXT(0), edit_deferred},
    {BER_CONTEXT(1), edit_bilateral},
    {BER_CONTEXT(2), edit_recipients},
    {BER_CONTEXT(3), NULL},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule probe_rules[] = {
    {BER_APPLICATION(9), p1_edit_trace},
    {BER_CONTEXT(1), edit_bilateral},
    {BER_CONTEXT(2), edit_recipients},
    {BER_CONTEXT(3), p1_edit_extensions},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule probe_rules_1984[] = {
    {BER_T_OID, p1_1984_content_type},
    {BER_APPLICATION(0), p1_1984_name},
    {BER_APPLICATION(5), p1_1984_eits},
    {BER_APPLICATION(8), p1_1984_indicators},
    {BER_APPLICATION(9), p1_edit_trace},
    {BER_CONTEXT(0), p1_1984_content_length},
    {BER_CONTEXT(1), edit_bilateral},
    {BER_CONTEXT(2), edit_recipients},
    {BER_CONTEXT(3), NULL},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule report_rules[] = {
    {BER_APPLICATION(9), p1_edit_trace},
    {BER_CONTEXT(1), p1_edit_extensions},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule report_rules_1984[] = {
    {BER_APPLICATION(0), p1_1984_report_name},
    {BER_APPLICATION(9), p1_edit_trace},
    {BER_CONTEXT(1), NULL},
    {.tag = BER_TAG_NONE},
};
static const struct p1_edit_rule report_content_rules[] = {{.tag = BER_TAG_NONE}};
/* 1984 has identifier, intermediate trace, content identifier, reported recipients, returned
 * content; downgrading drops the rest, never the report (4.8). */
static const struct p1_edit_rule report_content_rules_1984[] = {
    {BER_APPLICATION(5), NULL},
    {BER_APPLICATION(6), NULL},
    {BER_APPLICATION(9), p1_1984_subject_trace},
    {BER_T_OID, NULL},
    {BER_CONTEXT(0), p1_1984_reported_recipients},
    {BER_CONTEXT(2), NULL},
    {BER_CONTEXT(3), NULL},
    {.tag = BER_TAG_NONE},
};

/* index: enum mts_kind, then 1984 or not */
static const struct envelope_rules {
    const struct p1_edit_rule *rules;
    uint32_t extensions; /* tag of the member */
} envelope_rules[3][2] = {
    [MTS_MESSAGE] = {{message_rules, BER_CONTEXT(3)}, {message_rules_1984, BER_CONTEXT(3)}},
    [MTS_REPORT] = {{report_rules, BER_CONTEXT(1)}, {report_rules_1984, BER_CONTEXT(1)}},
    [MTS_PROBE] = {{probe_rules, BER_CONTEXT(3)}, {probe_rules_1984, BER_CONTEXT(3)}},
};

/* ---- the three kinds of APDU ----------------------------------------------------------------- */

static int edit_envelope(struct p1_editor *e, struct slice members, struct buf *out)
{
    const struct envelope_rules *r = &envelope_rules[e->kind][e->relay->to_1984];
    struct ber_tlv type;
    int error;

    if (e->relay->to_1984 && ber_find(members, BER_T_OID, &type) == X4_OK)
        e->external = type.value;
    error = p1_edit_members(e, members, r->rules, out);
    if (!error)
        error = p1_add_missing(e, r->extensions, out);
    if (!error && e->kind != MTS_REPORT &&
        (e->recipients_found != e->relay->recipient_count || e->recipients_found == 0))
        error = X4_EINVAL;
    return error;
}

/* Octets of a TLV with so many octets of contents; 64 bits, for contents beyond memory. */
static uint64_t tlv_size(uint32_t tag, uint64_t len)
{
    return ber_header_size(tag, (size_t)len) + len;
}

/* Envelope and content stand first and second in a stored form, with nothing between. */
static int next_set(struct slice *in, struct ber_tlv *set)
{
    int error = ber_next(in, set);

    if (error)
        return error;
    return set->tag == BER_T_SET && set->constructed ? X4_OK : X4_ESYNTAX;
}

static int put_message(struct p1_editor *e, struct slice value, uint64_t content_len,
                       struct buf *out)
{
    struct ber_tlv set;
    struct buf members, external;
    int error = next_set(&value, &set);

    if (error)
        return error;
    buf_init(&members, LIMIT_ENVELOPE);
    buf_init(&external, LIMIT_ENVELOPE);
    error = edit_envelope(e, set.value, &members);
    if (!error && slice_present(e->external)) {
        p1_1984_put_external(e->external, content_len, &external);
        error = external.error;
    }
    if (!error) {
        uint64_t string = external.len + content_len;
        uint64_t len = tlv_size(BER_T_SET, members.len) + tlv_size(BER_T_OCTET_STRING, string);

        ber_put_header(out, BER_CONTEXT(MTS_MESSAGE), true, (size_t)len);
        ber_put_tlv(out, BER_T_SET, true, buf_view(&members));
        ber_put_header(out, BER_T_OCTET_STRING, false, (size_t)string);
        buf_slice(out, buf_view(&external));
        error = out->error;
    }
    buf_free(&external);
    buf_free(&members);
    return error;
}

static int put_probe(struct p1_editor *e, struct slice value, struct buf *out)
{
    struct buf members;
    int error;

    buf_init(&members, LIMIT_ENVELOPE);
    error = edit_envelope(e, value, &members);
    if (!error) {
        ber_put_tlv(out, BER_CONTEXT(MTS_PROBE), true, buf_view(&members));
        error = out->error;
    }
    buf_free(&members);
    return error;
}

/* returned-content goes to the end of its SET, so that it is the end of the APDU. */
static void frame_report(const struct buf *envelope, const struct buf *content,
                         uint64_t content_len, struct buf *out)
{
    uint64_t returned = content_len ? tlv_size(BER_CONTEXT(1), content_len) : 0;
    uint64_t set = content->len + returned;

    ber_put_header(out, BER_CONTEXT(MTS_REPORT), true,
                   (size_t)(tlv_size(BER_T_SET, envelope->len) + tlv_size(BER_T_SET, set)));
    ber_put_tlv(out, BER_T_SET, true, buf_view(envelope));
    ber_put_header(out, BER_T_SET, true, (size_t)set);
    buf_slice(out, buf_view(content));
    if (content_len)
        ber_put_header(out, BER_CONTEXT(1), false, (size_t)content_len);
}

static int put_report(struct p1_editor *e, struct slice value, uint64_t content_len,
                      struct buf *out)
{
    struct ber_tlv envelope_set, content_set;
    struct buf envelope, content;
    int error = next_set(&value, &envelope_set);

    if (!error)
        error = next_set(&value, &content_set);
    if (error)
        return error;
    buf_init(&envelope, LIMIT_ENVELOPE);
    buf_init(&content, LIMIT_ENVELOPE);
    error = edit_envelope(e, envelope_set.value, &envelope);
    if (!error)
        error = p1_edit_members(
            e, content_set.value,
            e->relay->to_1984 ? report_content_rules_1984 : report_content_rules, &content);
    if (!error) {
        frame_report(&envelope, &content, content_len, out);
        error = out->error;
    }
    buf_free(&envelope);
    buf_free(&content);
    return error;
}

static int put_apdu(struct p1_editor *e, const struct ber_tlv *apdu, uint64_t content_len,
                    struct buf *out)
{
    switch (apdu->tag) {
    case BER_CONTEXT(MTS_MESSAGE):
        e->kind = MTS_MESSAGE;
        return put_message(e, apdu->value, content_len, out);
    case BER_CONTEXT(MTS_REPORT):
        e->kind = MTS_REPORT;
        return put_report(e, apdu->value, content_len, out);
    case BER_CONTEXT(MTS_PROBE): e->kind = MTS_PROBE; return put_probe(e, apdu->value, out);
    default: return X4_ESYNTAX;
    }
}

int p1_out_prefix(struct slice stored, uint64_t content_len, const struct p1_relay *relay,
                  struct buf *out)
{
    struct p1_editor e = {.relay = relay};
    struct ber_tlv apdu;
    int error = ber_single(stored, &apdu);

    if (error)
        return error;
    arena_init(&e.arena, LIMIT_ENVELOPE_ARENA);
    error = put_apdu(&e, &apdu, content_len, out);
    if (error == X4_ENOMEM)
        error = arena_error(&e.arena);
    arena_free(&e.arena);
    return error;
}

bool p1_hides_others(const struct mts_envelope *env)
{
    return !ber_bit(&env->indicators, MTS_DISCLOSURE_OF_OTHER_RECIPIENTS);
}
