/* SPDX-License-Identifier: Apache-2.0 */
/* Trace on the way out: own elements (2.5), reroutes (2.14), and what of the internal trace leaves
 * the domain (2.13). */
#include "p1/edit.h"

/* Has this passage to tell anything besides its arrival? */
static bool is_eventful(const struct mts_passage *p)
{
    return p->actions != 0 || p->deferred_ms != MTS_NO_TIME || slice_present(p->converted_eits) ||
           p->attempted_domain || slice_present(p->attempted_mta);
}

/* ---- external (TraceInformation) ------------------------------------------------------------- */

/* 1984 knows neither other-actions nor extended EITs (9.2). */
static int plain_1984(struct p1_editor *e, struct mts_trace_element *t)
{
    struct mts_eits *eits = t->info.converted_eits;
    bool extended = eits && eits->extended.count > 0;

    if (!extended && !slice_present(t->info.other_actions.octets))
        return X4_OK;
    if (extended && !p1_1984_plain_eits(eits, &e->arena))
        return X4_ENOMEM;
    t->info.other_actions = (struct ber_bits){.octets = SLICE_NONE};
    t->info.raw = SLICE_NONE;
    t->raw = SLICE_NONE;
    return X4_OK;
}

/* Elements of others are copied as they came. */
static int put_received(struct p1_editor *e, const struct ber_tlv *element, struct buf *out)
{
    struct mts_trace_element t;
    int error;

    if (!e->relay->to_1984) {
        buf_slice(out, element->raw);
        return out->error;
    }
    error =
        ber_decode(&ber_type_trace_information_element, element->raw, &e->arena, &t, NULL, NULL);
    if (!error)
        error = plain_1984(e, &t);
    if (error)
        return error;
    return ber_encode(&ber_type_trace_information_element, &t, out, NULL);
}

static int put_own(struct p1_editor *e, struct buf *out)
{
    struct mts_passage passage = *e->relay->passage;

    if (e->relay->to_1984)
        passage.actions = 0;
    return mts_put_trace_element(&passage, out);
}

/* The last element: ours if this passage is on record already, then it tells its events as well. */
static int put_last(struct p1_editor *e, const struct ber_tlv *element, struct buf *out)
{
    struct mts_passage passage = *e->relay->passage;
    struct mts_trace_element t;
    int error;

    if (e->relay->to_1984)
        passage.actions = 0;
    if (e->relay->add_external || !is_eventful(&passage))
        return put_received(e, element, out);
    error =
        ber_decode(&ber_type_trace_information_element, element->raw, &e->arena, &t, NULL, NULL);
    if (error == X4_ENOMEM)
        return error;
    if (error || !mts_gdi_equal(&t.gdi, &passage.own->gdi))
        return put_received(e, element, out);
    if (e->relay->to_1984 && plain_1984(e, &t))
        return X4_ENOMEM;
    return mts_amend_trace_element(&passage, &t, out);
}

static int put_trace(struct p1_editor *e, struct slice in, struct buf *out)
{
    size_t count = 0;
    int error = X4_OK;

    for (; in.len && !error; count++) {
        struct ber_tlv element;

        error = ber_next(&in, &element);
        if (!error && in.len == 0)
            error = put_last(e, &element, out);
        else if (!error)
            error = put_received(e, &element, out);
    }
    if (error || !e->relay->add_external)
        return error;
    return count >= MTS_UB_TRANSFERS ? X4_EBOUNDS : put_own(e, out);
}

int p1_edit_trace(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct buf contents;
    int error;

    e->has_trace = true;
    buf_init(&contents, LIMIT_ENVELOPE);
    error = put_trace(e, tlv->value, &contents);
    if (!error)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* The trace of a report's subject tells where that has been; nothing of ours is added. */
int p1_1984_subject_trace(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct slice in = tlv->value;
    struct buf contents;
    int error = X4_OK;

    buf_init(&contents, LIMIT_ENVELOPE);
    while (in.len && !error) {
        struct ber_tlv element;

        error = ber_next(&in, &element);
        if (!error)
            error = put_received(e, &element, &contents);
    }
    if (!error)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* ---- internal (InternalTraceInformation, extension 38) --------------------------------------- */

static bool wants_own_internal(const struct p1_relay *relay)
{
    if (!relay->add_internal || relay->internal == P1_INTERNAL_NONE)
        return false;
    return relay->internal == P1_INTERNAL_ALL || relay->passage->actions != 0;
}

static bool is_ours(const struct p1_editor *e, const struct mts_internal_element *t)
{
    const struct mts_identity *own = e->relay->passage->own;

    return slice_eq_nocase(t->mta_name, own->mta_name) && mts_gdi_equal(&t->gdi, &own->gdi);
}

/* One received element: copied as it came, amended if it is ours of this passage, or left out.
 * What cannot be read goes no further than the domain. */
static int put_internal_element(struct p1_editor *e, const struct ber_tlv *element, bool last,
                                struct buf *out)
{
    const struct p1_relay *relay = e->relay;
    bool may_amend = last && !relay->add_internal && is_eventful(relay->passage);
    bool flagged_only = relay->internal == P1_INTERNAL_FLAGGED;
    struct mts_internal_element t;
    int error = X4_ENOTFOUND; /* not looked at */
    bool readable, amend;

    if (may_amend || flagged_only)
        error = ber_decode(&ber_type_internal_trace_information_element, element->raw, &e->arena,
                           &t, NULL, NULL);
    if (error == X4_ENOMEM)
        return error;
    readable = error == X4_OK;
    amend = may_amend && readable && is_ours(e, &t);
    if (flagged_only && !(readable && mts_has_actions(&t.info.other_actions)) &&
        !(amend && relay->passage->actions != 0))
        return X4_OK;
    if (amend)
        return mts_amend_internal_element(relay->passage, &t, out);
    buf_slice(out, element->raw);
    return out->error;
}

static int put_internal_trace(struct p1_editor *e, struct slice in, struct buf *out)
{
    size_t count = 0;
    int error = X4_OK;

    for (; in.len && !error; count++) {
        struct ber_tlv element;

        error = ber_next(&in, &element);
        if (!error)
            error = put_internal_element(e, &element, in.len == 0, out);
    }
    if (error || !wants_own_internal(e->relay))
        return error;
    return count >= MTS_UB_TRANSFERS ? X4_EBOUNDS
                                     : mts_put_internal_element(e->relay->passage, out);
}

/* The value member of the extension: [2] { SEQUENCE OF element }. An empty list is put as nothing.
 */
static int edit_internal_value(struct p1_editor *e, const struct ber_tlv *value, struct buf *out)
{
    struct ber_tlv list;
    struct buf elements;
    struct buf whole;
    int error = ber_single(value->value, &list);

    if (error)
        return error;
    buf_init(&elements, LIMIT_ENVELOPE);
    buf_init(&whole, LIMIT_ENVELOPE);
    error = put_internal_trace(e, list.value, &elements);
    if (!error && elements.len > 0)
        error = p1_put_contents(&list, &elements, &whole);
    if (!error && elements.len > 0)
        error = p1_put_contents(value, &whole, out);
    buf_free(&whole);
    buf_free(&elements);
    return error;
}

/* The extension field: type and criticality stay as they came. */
static int edit_internal(struct p1_editor *e, const struct ber_tlv *field, struct buf *out)
{
    static const struct p1_edit_rule rules[] = {
        {BER_CONTEXT(2), edit_internal_value},
        {.tag = BER_TAG_NONE},
    };
    struct ber_tlv value;
    struct buf contents;
    int error;

    e->has_internal = true;
    if (e->relay->internal == P1_INTERNAL_NONE)
        return X4_OK;
    buf_init(&contents, LIMIT_ENVELOPE);
    error = p1_edit_members(e, field->value, rules, &contents);
    if (!error && ber_find(buf_view(&contents), BER_CONTEXT(2), &value) == X4_OK)
        error = p1_put_contents(field, &contents, out);
    buf_free(&contents);
    return error;
}

static int put_own_internal_extension(struct p1_editor *e, struct buf *out)
{
    struct buf element;
    struct buf list;
    int error;

    buf_init(&element, LIMIT_ENVELOPE);
    buf_init(&list, LIMIT_ENVELOPE);
    error = mts_put_internal_element(e->relay->passage, &element);
    ber_put_tlv(&list, BER_T_SEQUENCE, true, buf_view(&element));
    if (!error)
        error = list.error;
    if (!error)
        mts_put_extension(out, MTS_EXT_INTERNAL_TRACE_INFORMATION, buf_view(&list));
    buf_free(&list);
    buf_free(&element);
    return error ? error : out->error;
}

/* ---- extensions ------------------------------------------------------------------------------ */

static bool is_internal_trace(const struct ber_tlv *field)
{
    struct slice in = field->value;
    struct ber_tlv type;
    struct mts_extension ext = {.type = SLICE_NONE};

    if (ber_next(&in, &type) != X4_OK)
        return false;
    ext.type = type.raw;
    return mts_extension_id(&ext).standard == MTS_EXT_INTERNAL_TRACE_INFORMATION;
}

static int put_extensions(struct p1_editor *e, struct slice in, struct buf *out)
{
    int error = X4_OK;

    while (in.len && !error) {
        struct ber_tlv field;

        error = ber_next(&in, &field);
        if (!error && is_internal_trace(&field))
            error = edit_internal(e, &field, out);
        else if (!error)
            buf_slice(out, field.raw);
    }
    if (!error && !e->has_internal && wants_own_internal(e->relay))
        error = put_own_internal_extension(e, out);
    return error ? error : out->error;
}

int p1_edit_extensions(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct buf contents;
    int error;

    e->has_extensions = true;
    buf_init(&contents, LIMIT_ENVELOPE);
    error = put_extensions(e, tlv->value, &contents);
    /* Never an empty SET: some systems refuse it (1.6). */
    if (!error && contents.len > 0)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* ---- what was not there ---------------------------------------------------------------------- */

int p1_add_missing(struct p1_editor *e, uint32_t tag, struct buf *out)
{
    struct buf contents;
    int error = X4_OK;

    buf_init(&contents, LIMIT_ENVELOPE);
    if (!e->has_trace && e->relay->add_external) {
        error = put_own(e, &contents);
        ber_put_tlv(out, BER_APPLICATION(9), true, buf_view(&contents));
        buf_reset(&contents);
    }
    if (!error && !e->has_extensions && !e->relay->to_1984 && wants_own_internal(e->relay)) {
        error = put_own_internal_extension(e, &contents);
        ber_put_tlv(out, tag, true, buf_view(&contents));
    }
    buf_free(&contents);
    return error ? error : out->error;
}
