/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/presentation/presentation.h"

#include "base/error.h"

#include <assert.h>

static const uint8_t oid_ber[] = {0x51, 0x01}; /* {joint-iso-itu-t asn1(1) basic-encoding(1)} */

#define TAG_FULLY_ENCODED BER_APPLICATION(1)
#define TAG_MODE_SELECTOR BER_CONTEXT(0)
#define TAG_X410_PARAMS   BER_CONTEXT(1)

static struct slice transfer_syntax(void)
{
    return slice_make(oid_ber, sizeof(oid_ber));
}

void presentation_init(struct presentation *p, const struct slice *syntaxes, unsigned count)
{
    assert(count <= LIMIT_CONTEXTS);
    *p = (struct presentation){.syntaxes = syntaxes, .syntax_count = count};
}

int64_t presentation_context_id(const struct presentation *p, unsigned syntax)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct p_context *c = &p->contexts[i];

        if (c->syntax == (int)syntax && c->result == P_ACCEPTANCE)
            return c->id;
    }
    return 0;
}

/* ---- contexts -------------------------------------------------------------------------------- */

static int find_syntax(const struct presentation *p, struct slice name)
{
    for (unsigned i = 0; i < p->syntax_count; i++) {
        if (slice_eq(p->syntaxes[i], name))
            return (int)i;
    }
    return -1;
}

static bool offers_ber(const struct p_context_item *item)
{
    for (size_t i = 0; i < item->transfer_syntaxes.count; i++) {
        if (slice_eq(*BER_ITEM(item->transfer_syntaxes, struct slice, i), transfer_syntax()))
            return true;
    }
    return false;
}

static bool id_in_use(const struct presentation *p, int64_t id)
{
    for (unsigned i = 0; i < p->count; i++) {
        if (p->contexts[i].id == id)
            return true;
    }
    return false;
}

/* Settles the contexts that a CP proposes, in its order. */
static int negotiate(struct presentation *p, const struct ber_list *proposed, int *refusal)
{
    p->count = 0;
    if (proposed->count > LIMIT_CONTEXTS) {
        *refusal = P_REFUSED_LOCAL_LIMIT;
        return X4_EPROTO;
    }
    for (size_t i = 0; i < proposed->count; i++) {
        const struct p_context_item *item = BER_ITEM(*proposed, struct p_context_item, i);
        struct p_context c = {.id = item->id, .syntax = find_syntax(p, item->abstract_syntax)};

        if (item->id <= 0 || id_in_use(p, item->id)) {
            *refusal = P_REFUSED_NOT_SPECIFIED;
            return X4_EPROTO;
        }
        if (c.syntax < 0) {
            c.result = P_PROVIDER_REJECTION;
            c.reason = P_ABSTRACT_SYNTAX_NOT_SUPPORTED;
        } else if (!offers_ber(item)) {
            c.result = P_PROVIDER_REJECTION;
            c.reason = P_TRANSFER_SYNTAXES_NOT_SUPPORTED;
        }
        p->contexts[p->count++] = c;
    }
    p->settled = true;
    return X4_OK;
}

/* Notes the results of a CPA or CPR, one for each proposed context, same order. */
static int note_results(struct presentation *p, const struct ber_list *results)
{
    if (results->count != p->count)
        return X4_EPROTO;
    for (unsigned i = 0; i < p->count; i++) {
        const struct p_result_item *item = BER_ITEM(*results, struct p_result_item, i);

        if (item->result < P_ACCEPTANCE || item->result > P_PROVIDER_REJECTION)
            return X4_EPROTO;
        if (slice_present(item->transfer_syntax) &&
            !slice_eq(item->transfer_syntax, transfer_syntax()))
            return X4_EPROTO;
        p->contexts[i].result = (enum p_result)item->result;
    }
    p->settled = true;
    return X4_OK;
}

/* ---- user data ------------------------------------------------------------------------------- */

struct user_data_out {
    struct p_pdv_list pdv;
    struct p_user_data data;
};

static int make_user_data(const struct presentation *p, const struct p_value *value,
                          struct user_data_out *out)
{
    int64_t id;

    *out = (struct user_data_out){.data.which = 0};
    if (!slice_present(value->tlv))
        return X4_OK;
    id = presentation_context_id(p, value->syntax);
    if (id == 0)
        return X4_ESTATE;
    out->pdv.context = id;
    out->pdv.values.which = 1;
    out->pdv.values.single = value->tlv;
    out->data.which = 2;
    out->data.full = (struct ber_list){.items = &out->pdv, .count = 1};
    return X4_OK;
}

/* The accepted context with this identifier, or NULL. */
static const struct p_context *accepted_context(const struct presentation *p, int64_t id)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct p_context *c = &p->contexts[i];

        if (c->id == id && c->syntax >= 0 && c->result == P_ACCEPTANCE)
            return c;
    }
    return NULL;
}

static int read_values(const struct p_values *values, struct slice *tlv)
{
    struct ber_tlv one;

    if (values->which == 1)
        *tlv = values->single;
    else if (values->which == 2)
        *tlv = values->octets; /* octet-aligned holds the same TLV */
    else
        return X4_EUNSUPP;
    return ber_single(*tlv, &one);
}

static int read_user_data(const struct presentation *p, const struct p_user_data *data,
                          struct p_value *value)
{
    const struct p_pdv_list *pdv;
    const struct p_context *context;

    *value = (struct p_value){.tlv = SLICE_NONE};
    if (data->which == 0)
        return X4_OK;
    if (data->which != 2 || data->full.count != 1)
        return X4_EUNSUPP;
    pdv = BER_ITEM(data->full, struct p_pdv_list, 0);
    context = accepted_context(p, pdv->context);
    if (!context)
        return X4_EPROTO;
    value->syntax = (unsigned)context->syntax;
    return read_values(&pdv->values, &value->tlv);
}

int presentation_put_data(const struct presentation *p, const struct p_value *value,
                          struct buf *out)
{
    int error = presentation_put_data_header(p, value->syntax, value->tlv.len, out);

    buf_slice(out, value->tlv);
    return error ? error : out->error;
}

int presentation_put_data_header(const struct presentation *p, unsigned syntax, size_t len,
                                 struct buf *out)
{
    int64_t id = presentation_context_id(p, syntax);
    size_t value_len = ber_header_size(BER_CONTEXT(0), len) + len;
    size_t id_len = 1;
    size_t list_len;

    if (id == 0)
        return X4_ESTATE;
    for (int64_t rest = id; rest > 0x7f; rest >>= 8)
        id_len++;
    list_len = ber_header_size(BER_T_INTEGER, id_len) + id_len + value_len;
    ber_put_header(out, TAG_FULLY_ENCODED, true,
                   ber_header_size(BER_T_SEQUENCE, list_len) + list_len);
    ber_put_header(out, BER_T_SEQUENCE, true, list_len);
    ber_put_integer(out, BER_T_INTEGER, id);
    ber_put_header(out, BER_CONTEXT(0), true, len);
    return out->error;
}

int presentation_take_data(const struct presentation *p, struct slice data, struct arena *arena,
                           struct p_value *value)
{
    struct p_user_data user_data;
    int error = ber_decode(&p_type_user_data, data, arena, &user_data, NULL, NULL);

    return error ? error : read_user_data(p, &user_data, value);
}

/* ---- connect --------------------------------------------------------------------------------- */

void presentation_propose(struct presentation *p)
{
    p->count = p->syntax_count;
    for (unsigned i = 0; i < p->count; i++)
        p->contexts[i] = (struct p_context){.id = 2 * i + 1, .syntax = (int)i};
}

int presentation_put_cp(const struct presentation *p, const struct p_connect_info *info,
                        struct buf *out)
{
    struct slice ber = transfer_syntax();
    struct p_context_item items[LIMIT_CONTEXTS];
    struct user_data_out user;
    struct p_connect_params params = {.calling_psel = info->calling_psel,
                                      .called_psel = info->called_psel};
    struct p_connect_ppdu cp = {.mode_selector.mode = P_MODE_NORMAL, .normal = &params};
    int error;

    for (unsigned i = 0; i < p->count; i++) {
        items[i] = (struct p_context_item){
            .id = p->contexts[i].id,
            .abstract_syntax = p->syntaxes[p->contexts[i].syntax],
            .transfer_syntaxes = {.items = &ber, .count = 1},
        };
    }
    params.contexts = (struct ber_list){.items = items, .count = p->count};
    error = make_user_data(p, &info->value, &user);
    if (error)
        return error;
    params.user_data = user.data;
    return ber_encode(&p_type_cp, &cp, out, NULL);
}

int presentation_take_cp(struct presentation *p, struct slice ppdu, struct arena *arena,
                         struct p_connect_info *info, int *refusal)
{
    struct p_connect_ppdu cp;
    int error = ber_decode(&p_type_cp, ppdu, arena, &cp, NULL, NULL);

    *info = (struct p_connect_info){.calling_psel = SLICE_NONE};
    *refusal = P_REFUSED_NOT_SPECIFIED;
    if (error || cp.mode_selector.mode != P_MODE_NORMAL || !cp.normal)
        return X4_EPROTO;
    if (slice_present(cp.normal->version.octets) && !ber_bit(&cp.normal->version, 0)) {
        *refusal = P_REFUSED_VERSION;
        return X4_EPROTO;
    }
    info->calling_psel = cp.normal->calling_psel;
    info->called_psel = cp.normal->called_psel;
    if (info->calling_psel.len > LIMIT_PSEL || info->called_psel.len > LIMIT_PSEL) {
        *refusal = P_REFUSED_ADDRESS_UNKNOWN;
        return X4_EPROTO;
    }
    error = negotiate(p, &cp.normal->contexts, refusal);
    if (error)
        return error;
    if (read_user_data(p, &cp.normal->user_data, &info->value) || !slice_present(info->value.tlv)) {
        *refusal = P_REFUSED_DATA_NOT_READABLE;
        return X4_EPROTO;
    }
    return X4_OK;
}

static void make_results(const struct presentation *p, struct p_result_item *items,
                         struct ber_list *list)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct p_context *c = &p->contexts[i];

        items[i] = (struct p_result_item){.result = c->result};
        if (c->result == P_ACCEPTANCE)
            items[i].transfer_syntax = transfer_syntax();
        else if (c->result == P_PROVIDER_REJECTION)
            items[i].provider_reason = (struct ber_optint){.present = true, .value = c->reason};
    }
    *list = (struct ber_list){.items = p->count ? items : NULL, .count = p->count};
}

int presentation_put_cpa(const struct presentation *p, const struct p_connect_info *info,
                         struct buf *out)
{
    struct p_result_item items[LIMIT_CONTEXTS];
    struct user_data_out user;
    struct p_connect_params params = {.responding_psel = info->responding_psel};
    struct p_connect_ppdu cpa = {.mode_selector.mode = P_MODE_NORMAL, .normal = &params};
    int error = make_user_data(p, &info->value, &user);

    if (error)
        return error;
    make_results(p, items, &params.results);
    params.user_data = user.data;
    return ber_encode(&p_type_cpa, &cpa, out, NULL);
}

int presentation_take_cpa(struct presentation *p, struct slice ppdu, struct arena *arena,
                          struct p_connect_info *info)
{
    struct p_connect_ppdu cpa;
    int error = ber_decode(&p_type_cpa, ppdu, arena, &cpa, NULL, NULL);

    *info = (struct p_connect_info){.calling_psel = SLICE_NONE};
    if (error)
        return error;
    if (cpa.mode_selector.mode != P_MODE_NORMAL || !cpa.normal)
        return X4_EPROTO;
    info->responding_psel = cpa.normal->responding_psel;
    error = note_results(p, &cpa.normal->results);
    return error ? error : read_user_data(p, &cpa.normal->user_data, &info->value);
}

int presentation_put_cpr(const struct presentation *p, const struct p_connect_info *info,
                         struct buf *out)
{
    struct p_result_item items[LIMIT_CONTEXTS];
    struct user_data_out user;
    struct p_cpr cpr = {.responding_psel = info->responding_psel,
                        .provider_reason = info->provider_reason};
    int error = make_user_data(p, &info->value, &user);

    if (error)
        return error;
    make_results(p, items, &cpr.results);
    cpr.user_data = user.data;
    return ber_encode(&p_type_cpr, &cpr, out, NULL);
}

int presentation_take_cpr(struct presentation *p, struct slice ppdu, struct arena *arena,
                          struct p_connect_info *info)
{
    struct p_cpr cpr;
    int error = ber_decode(&p_type_cpr, ppdu, arena, &cpr, NULL, NULL);

    *info = (struct p_connect_info){.calling_psel = SLICE_NONE};
    if (error)
        return error;
    info->responding_psel = cpr.responding_psel;
    info->provider_reason = cpr.provider_reason;
    /* A provider that could not read the CP sends no results; then there is no value either. */
    if (cpr.results.count)
        error = note_results(p, &cpr.results);
    return error ? error : read_user_data(p, &cpr.user_data, &info->value);
}

/* ---- abort ----------------------------------------------------------------------------------- */

int presentation_put_aru(const struct presentation *p, const struct p_value *value, struct buf *out)
{
    struct p_context_id ids[LIMIT_CONTEXTS];
    struct user_data_out user;
    struct p_aru aru = {.raw = SLICE_NONE};
    size_t count = 0;
    int error;

    if (!p->settled)
        return ber_encode(&p_type_aru, &aru, out, NULL);
    for (unsigned i = 0; i < p->count; i++) {
        if (p->contexts[i].result == P_ACCEPTANCE)
            ids[count++] = (struct p_context_id){.id = p->contexts[i].id,
                                                 .transfer_syntax = transfer_syntax()};
    }
    aru.contexts = (struct ber_list){.items = count ? ids : NULL, .count = count};
    error = make_user_data(p, value, &user);
    if (error)
        return error;
    aru.user_data = user.data;
    return ber_encode(&p_type_aru, &aru, out, NULL);
}

int presentation_put_arp(enum p_abort_reason reason, struct buf *out)
{
    struct p_arp arp = {.provider_reason = {.present = true, .value = reason}};

    return ber_encode(&p_type_arp, &arp, out, NULL);
}

static int take_aru(const struct presentation *p, struct slice data, struct arena *arena,
                    struct p_abort *abort)
{
    struct p_aru aru;
    int error = ber_decode(&p_type_aru, data, arena, &aru, NULL, NULL);

    abort->kind = P_ABORT_USER;
    return error ? error : read_user_data(p, &aru.user_data, &abort->value);
}

static int take_arp(struct slice data, struct arena *arena, struct p_abort *abort)
{
    struct p_arp arp;
    int error = ber_decode(&p_type_arp, data, arena, &arp, NULL, NULL);

    abort->kind = P_ABORT_PROVIDER;
    if (!error)
        abort->reason = arp.provider_reason;
    return error;
}

int presentation_take_abort(const struct presentation *p, struct slice data, struct arena *arena,
                            struct p_abort *abort)
{
    struct ber_tlv tlv;
    int error = ber_single(data, &tlv);

    *abort = (struct p_abort){.kind = P_ABORT_USER};
    if (error)
        return error;
    switch (tlv.tag) {
    case BER_CONTEXT(0): return take_aru(p, data, arena, abort);
    case BER_T_SEQUENCE: return take_arp(data, arena, abort);
    case BER_T_SET: abort->kind = P_ABORT_X410; return X4_OK;
    default: return X4_ESYNTAX;
    }
}

/* ---- X.410-1984 mode ------------------------------------------------------------------------- */

/* The contents of a CP or CPA. */
static int connect_contents(struct slice ppdu, struct slice *contents)
{
    struct ber_tlv set;
    int error = ber_single(ppdu, &set);

    if (error)
        return error;
    if (set.tag != BER_T_SET || !set.constructed)
        return X4_ESYNTAX;
    *contents = set.value;
    return X4_OK;
}

int presentation_mode(struct slice ppdu, enum p_mode *mode)
{
    struct slice contents;
    struct ber_tlv selector;
    struct ber_tlv value;
    int64_t v;
    int error = connect_contents(ppdu, &contents);

    if (!error)
        error = ber_find(contents, TAG_MODE_SELECTOR, &selector);
    if (!error && !selector.constructed)
        error = X4_ESYNTAX;
    if (!error)
        error = ber_find(selector.value, BER_CONTEXT(0), &value);
    if (!error)
        error = ber_integer_value(value.value, &v);
    if (error)
        return error == X4_ENOTFOUND ? X4_EMISSING : error;
    if (v != P_MODE_X410 && v != P_MODE_NORMAL)
        return X4_ESYNTAX;
    *mode = (enum p_mode)v;
    return X4_OK;
}

int presentation_put_x410(struct slice params, struct buf *out)
{
    static const uint8_t selector[] = {0xa0, 0x03, 0x80, 0x01, P_MODE_X410};

    ber_put_header(out, BER_T_SET, true, sizeof(selector) + params.len);
    buf_append(out, selector, sizeof(selector));
    buf_slice(out, params);
    return out->error;
}

int presentation_take_x410(struct slice ppdu, struct slice *params)
{
    struct slice contents;
    struct ber_tlv tlv;
    int error = connect_contents(ppdu, &contents);

    if (!error)
        error = ber_find(contents, TAG_X410_PARAMS, &tlv);
    if (error)
        return error == X4_ENOTFOUND ? X4_EMISSING : error;
    *params = tlv.raw;
    return X4_OK;
}
