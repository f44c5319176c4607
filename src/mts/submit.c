/* SPDX-License-Identifier: Apache-2.0 */
/* From plain values to a transfer envelope, as the originating MTA makes it (1.8). It is written
 * member by member in the order of the Recommendation. */
#include "mts/submit.h"

#include "base/ascii.h"
#include "base/limits.h"

/* ---- checks ---------------------------------------------------------------------------------- */

static bool is_printable(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_printablestring(s.p[i]))
            return false;
    }
    return true;
}

static bool is_ia5(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] > 0x7f)
            return false;
    }
    return true;
}

/* A year of two digits goes 40 years ahead (R11.5): a time beyond would be read as another. */
static bool has_utctime(int64_t ms, int64_t now_ms)
{
    char text[MTS_UTCTIME_LEN + 1];
    int64_t again;

    if (ms == MTS_NO_TIME)
        return true;
    mts_utctime_print(ms, text);
    return mts_utctime_parse(slice_make(text, MTS_UTCTIME_LEN), now_ms, &again) == X4_OK &&
           again <= ms && ms - again < 1000;
}

static int check_recipients(const struct mts_submission *s)
{
    if (s->recipient_count == 0 || s->recipient_count > LIMIT_RECIPIENTS)
        return X4_EINVAL;
    for (size_t i = 0; i < s->recipient_count; i++) {
        const struct mts_submit_recipient *r = &s->recipients[i];

        if (or_address_absent(&r->name->address) ||
            (r->alternate && or_address_absent(&r->alternate->address)))
            return X4_EMISSING;
    }
    return X4_OK;
}

static int check(const struct mts_submission *s)
{
    if (s->kind == MTS_REPORT || s->identifier.local.len == 0 ||
        !mts_gdi_equal(&s->identifier.gdi, &s->own->gdi))
        return X4_EINVAL;
    if (s->deferred_ms != MTS_NO_TIME && s->latest_ms != MTS_NO_TIME &&
        s->deferred_ms > s->latest_ms)
        return X4_EINVAL; /* inconsistent-request (R2.9e) */
    if (!has_utctime(s->deferred_ms, s->now_ms) || !has_utctime(s->latest_ms, s->now_ms))
        return X4_EINVAL;
    if (slice_present(s->content_identifier) &&
        (s->content_identifier.len == 0 || s->content_identifier.len > MTS_UB_CONTENT_ID ||
         !is_printable(s->content_identifier)))
        return X4_EINVAL;
    if (s->correlator.len > MTS_UB_CONTENT_CORRELATOR || !is_ia5(s->correlator))
        return X4_EINVAL;
    if (or_address_absent(&s->originator->address))
        return X4_EMISSING;
    return check_recipients(s);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Scratch buffers of one call, from the outside in: members of the envelope; items of one of its
 * lists; members of one recipient; its extensions; value of one extension. */
enum depth { ENVELOPE, LIST, RECIPIENT, FIELD, VALUE, DEPTHS };

struct writer {
    const struct mts_submission *s;
    struct buf buf[DEPTHS];
    int error;
};

static void note(struct writer *w, int error)
{
    if (!w->error)
        w->error = error;
}

static void encode(struct writer *w, enum depth at, const struct ber_type *type, const void *value)
{
    note(w, ber_encode(type, value, &w->buf[at], NULL));
}

static void put_time(struct writer *w, enum depth at, uint32_t tag, int64_t ms)
{
    char text[MTS_UTCTIME_LEN + 1];

    mts_utctime_print(ms, text);
    ber_put_tlv(&w->buf[at], tag, false, slice_make(text, MTS_UTCTIME_LEN));
}

/* What one buffer holds goes into another as a constructed value. */
static void close_into(struct writer *w, enum depth inner, enum depth outer, uint32_t tag)
{
    note(w, w->buf[inner].error);
    ber_put_tlv(&w->buf[outer], tag, true, buf_view(&w->buf[inner]));
    buf_reset(&w->buf[inner]);
}

/* The TLV in VALUE becomes an extension. */
static void close_extension(struct writer *w, enum depth outer, int number)
{
    note(w, w->buf[VALUE].error);
    mts_put_extension(&w->buf[outer], number, buf_view(&w->buf[VALUE]));
    buf_reset(&w->buf[VALUE]);
}

static void put_flag(struct writer *w, int number, bool set)
{
    if (!set)
        return;
    ber_put_integer(&w->buf[VALUE], BER_T_ENUMERATED, 1);
    close_extension(w, LIST, number);
}

static struct mts_passage submission_passage(const struct mts_submission *s)
{
    return (struct mts_passage){.own = s->own, .arrival_ms = s->now_ms, .deferred_ms = MTS_NO_TIME};
}

static void put_extensions(struct writer *w)
{
    const struct mts_submission *s = w->s;
    struct mts_passage passage = submission_passage(s);

    put_flag(w, MTS_EXT_RECIPIENT_REASSIGNMENT_PROHIBITED, s->recipient_reassignment_prohibited);
    put_flag(w, MTS_EXT_DL_EXPANSION_PROHIBITED, s->dl_expansion_prohibited);
    put_flag(w, MTS_EXT_CONVERSION_WITH_LOSS_PROHIBITED, s->conversion_with_loss_prohibited);
    if (s->kind == MTS_MESSAGE && s->latest_ms != MTS_NO_TIME) {
        put_time(w, VALUE, BER_T_UTCTIME, s->latest_ms);
        close_extension(w, LIST, MTS_EXT_LATEST_DELIVERY_TIME);
    }
    if (slice_present(s->correlator)) {
        ber_put_tlv(&w->buf[VALUE], BER_T_IA5, false, s->correlator);
        close_extension(w, LIST, MTS_EXT_CONTENT_CORRELATOR);
    }
    note(w, mts_put_internal_element(&passage, &w->buf[FIELD]));
    close_into(w, FIELD, VALUE, BER_T_SEQUENCE);
    close_extension(w, LIST, MTS_EXT_INTERNAL_TRACE_INFORMATION);
    close_into(w, LIST, ENVELOPE, BER_CONTEXT(3));
}

/* The report bits that an originating MTA writes without a policy of its own (R1.4b). */
static unsigned recipient_bits(const struct mts_submit_recipient *r)
{
    static const uint8_t request[] = {
        [MTS_NO_REPORT] = 0x20, [MTS_NON_DELIVERY_REPORT] = 0x28, [MTS_REPORT_BOTH] = 0x50};

    return 0x80u | request[r->report] | (r->audited ? 0x60u : 0u);
}

static void put_alternate(struct writer *w, const struct or_name *name)
{
    encode(w, VALUE, &ber_type_or_name, name);
    close_extension(w, FIELD, MTS_EXT_ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT);
    close_into(w, FIELD, RECIPIENT, BER_CONTEXT(3));
}

static void put_recipient(struct writer *w, size_t index)
{
    const struct mts_submit_recipient *r = &w->s->recipients[index];
    uint8_t bits[] = {0, (uint8_t)recipient_bits(r)}; /* no unused bits: 81 02 00 xx */

    encode(w, RECIPIENT, &ber_type_or_name, r->name);
    ber_put_integer(&w->buf[RECIPIENT], BER_CONTEXT(0), (int64_t)index + 1);
    ber_put_tlv(&w->buf[RECIPIENT], BER_CONTEXT(1), false, slice_make(bits, sizeof(bits)));
    if (r->alternate)
        put_alternate(w, r->alternate);
    close_into(w, RECIPIENT, LIST, BER_T_SET);
}

static void put_indicators(struct writer *w)
{
    uint8_t bits[] = {0, w->s->indicators};

    while (bits[0] < 7 && !(bits[1] & 1u << bits[0]))
        bits[0]++; /* trailing zero bits of a named bit list are not sent */
    if (bits[1] != 0)
        ber_put_tlv(&w->buf[ENVELOPE], BER_APPLICATION(8), false, slice_make(bits, sizeof(bits)));
}

static void put_members(struct writer *w)
{
    const struct mts_submission *s = w->s;
    struct buf *set = &w->buf[ENVELOPE];
    struct mts_passage passage = submission_passage(s);

    encode(w, ENVELOPE, &ber_type_mts_identifier, &s->identifier);
    encode(w, ENVELOPE, &ber_type_or_name, s->originator);
    if (s->eits)
        encode(w, ENVELOPE, &ber_type_encoded_information_types, s->eits);
    encode(w, ENVELOPE, &ber_type_content_type, &s->content_type);
    if (slice_present(s->content_identifier))
        ber_put_tlv(set, BER_APPLICATION(10), false, s->content_identifier);
    if (s->kind == MTS_MESSAGE && s->priority != MTS_NORMAL)
        ber_put_integer(set, BER_APPLICATION(7), s->priority);
    if (s->kind == MTS_PROBE && s->content_length >= 0)
        ber_put_integer(set, BER_CONTEXT(0), s->content_length);
    put_indicators(w);
    if (s->kind == MTS_MESSAGE && s->deferred_ms != MTS_NO_TIME)
        put_time(w, ENVELOPE, BER_CONTEXT(0), s->deferred_ms);
    note(w, mts_put_trace_element(&passage, &w->buf[LIST]));
    close_into(w, LIST, ENVELOPE, BER_APPLICATION(9));
    put_extensions(w);
    for (size_t i = 0; i < s->recipient_count; i++)
        put_recipient(w, i);
    close_into(w, LIST, ENVELOPE, BER_CONTEXT(2));
    note(w, set->error);
}

static void put_apdu(const struct writer *w, struct buf *out)
{
    struct slice members = buf_view(&w->buf[ENVELOPE]);

    if (w->s->kind == MTS_PROBE) {
        ber_put_tlv(out, BER_CONTEXT(MTS_PROBE), true, members);
        return;
    }
    ber_put_header(out, BER_CONTEXT(MTS_MESSAGE), true,
                   ber_header_size(BER_T_SET, members.len) + members.len);
    ber_put_tlv(out, BER_T_SET, true, members);
}

int mts_submit(const struct mts_submission *s, struct buf *out)
{
    struct writer w = {.s = s, .error = check(s)};

    if (w.error)
        return w.error;
    for (int i = 0; i < DEPTHS; i++)
        buf_init(&w.buf[i], LIMIT_ENVELOPE);
    put_members(&w);
    if (!w.error)
        put_apdu(&w, out);
    for (int i = 0; i < DEPTHS; i++)
        buf_free(&w.buf[i]);
    return w.error ? w.error : out->error;
}
