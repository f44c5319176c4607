/* SPDX-License-Identifier: Apache-2.0 */
/* The user data of CN, AC and RF: presentation connect PDUs in both modes, and the bind in them. */
#include "prog/x400dump/assoc.h"

#include "base/error.h"
#include "osi/acse/acse.h"
#include "osi/presentation/presentation.h"
#include "osi/rtse/apdu.h"
#include "p1/p1_bind.h"

#include <stdio.h>

enum { OID_TEXT = 256, FIELD_NAME = 32 };

/* ---- names ---------------------------------------------------------------------------------- */

static const struct oid_name {
    uint8_t octets[5];
    uint8_t len;
    const char *name;
} oid_names[] = {
    {{0x52, 1, 0, 1}, 4, "ACSE"},
    {{0x56, 0, 2, 12}, 4, "mta-rtse"},
    {{0x56, 0, 2, 7}, 4, "mtse"},
    {{0x56, 0, 2, 8}, 4, "mts-rtse"},
    {{0x56, 0, 2, 10}, 4, "ms-rtse"},
    {{0x51, 1}, 2, "BER"},
    {{0x56, 0, 1, 6}, 4, "mts-transfer"},
    {{0x56, 0, 1, 0}, 4, "mts-access-88"},
    {{0x56, 0, 1, 2}, 4, "mts-reliable-access-88"},
};

static const char *oid_name(struct slice oid)
{
    for (size_t i = 0; i < sizeof(oid_names) / sizeof(oid_names[0]); i++)
        if (slice_eq(oid, slice_make(oid_names[i].octets, oid_names[i].len)))
            return oid_names[i].name;
    return NULL;
}

static void put_oid(struct out *o, const char *field, struct slice oid)
{
    char text[OID_TEXT];
    const char *name = oid_name(oid);

    if (!slice_present(oid))
        return;
    if (ber_oid_print(oid, text, sizeof(text)) < 0)
        out_octets(o, field, oid);
    else
        out_field(o, field, name ? "%s (%s)" : "%s", text, name);
}

/* ---- presentation, normal mode -------------------------------------------------------------- */

static void put_contexts(struct out *o, const struct ber_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct p_context_item *item = BER_ITEM(*list, struct p_context_item, i);
        char field[FIELD_NAME];

        snprintf(field, sizeof(field), "context %lld", (long long)item->id);
        put_oid(o, field, item->abstract_syntax);
    }
}

static void put_results(struct out *o, const struct ber_list *list)
{
    static const char *const results[] = {"acceptance", "user-rejection", "provider-rejection"};

    for (size_t i = 0; i < list->count; i++) {
        const struct p_result_item *item = BER_ITEM(*list, struct p_result_item, i);
        char field[FIELD_NAME];

        snprintf(field, sizeof(field), "result %zu", i + 1);
        out_field(o, field, "%s (%lld)",
                  item->result >= 0 && item->result <= 2 ? results[item->result] : "unknown",
                  (long long)item->result);
    }
}

static int read_normal(struct assoc *a, enum assoc_connect_kind kind, struct slice data,
                       struct p_connect_params *out, struct ber_optint *provider_reason)
{
    struct p_connect_ppdu ppdu;
    struct p_cpr cpr;
    int error;

    *provider_reason = (struct ber_optint){false, 0};
    *out = (struct p_connect_params){.raw = SLICE_NONE};
    if (kind == ASSOC_REFUSE) {
        error = ber_decode(&p_type_cpr, data, &a->arena, &cpr, NULL, NULL);
        if (!error) {
            out->responding_psel = cpr.responding_psel;
            out->results = cpr.results;
            out->user_data = cpr.user_data;
            *provider_reason = cpr.provider_reason;
        }
        return error;
    }
    error = ber_decode(kind == ASSOC_REQUEST ? &p_type_cp : &p_type_cpa, data, &a->arena, &ppdu,
                       NULL, NULL);
    if (!error && !ppdu.normal)
        error = X4_EMISSING;
    if (!error)
        *out = *ppdu.normal;
    return error;
}

static void dump_normal(struct assoc *a, enum assoc_connect_kind kind, struct slice data)
{
    static const char *const names[] = {"CP", "CPA", "CPR"};
    static const char *const long_names[] = {"CONNECT PRESENTATION", "CONNECT PRESENTATION ACCEPT",
                                             "CONNECT PRESENTATION REJECT"};
    struct p_connect_params p;
    struct ber_optint reason;
    int error = read_normal(a, kind, data, &p, &reason);

    if (error) {
        out_problem(a->out, &a->where, "the %s PPDU cannot be read: %s", names[kind],
                    x4_strerror(error));
        return;
    }
    out_begin(a->out, &a->where, "presentation", names[kind], long_names[kind]);
    out_octets(a->out, "calling presentation selector", p.calling_psel);
    out_octets(a->out, "called presentation selector", p.called_psel);
    out_octets(a->out, "responding presentation selector", p.responding_psel);
    put_contexts(a->out, &p.contexts);
    put_results(a->out, &p.results);
    if (reason.present)
        out_field(a->out, "provider-reason", "%lld", (long long)reason.value);
    out_end(a->out);
    assoc_values(a, &p.user_data);
}

/* ---- X.410 mode ----------------------------------------------------------------------------- */

static void dump_x410(struct assoc *a, enum assoc_connect_kind kind, struct slice data)
{
    struct slice params;

    if (kind == ASSOC_REFUSE) {
        assoc_rtse(a, BER_CONTEXT(18), data);
        return;
    }
    if (presentation_take_x410(data, &params)) {
        out_problem(a->out, &a->where, "the X.410 connect parameters cannot be read");
        return;
    }
    assoc_rtse(a, BER_CONTEXT(kind == ASSOC_REQUEST ? 16 : 17), params);
}

/* A CPR of normal mode is a SEQUENCE, what X.410 mode has there a SET (RTORJ). */
static enum assoc_mode mode_of(enum assoc_connect_kind kind, struct slice data)
{
    struct ber_tlv tlv;
    enum p_mode mode;

    if (kind == ASSOC_REFUSE && ber_single(data, &tlv) == X4_OK)
        return tlv.tag == BER_T_SEQUENCE ? ASSOC_MODE_NORMAL
               : tlv.tag == BER_T_SET    ? ASSOC_MODE_X410
                                         : ASSOC_MODE_UNKNOWN;
    if (presentation_mode(data, &mode) == X4_OK)
        return mode == P_MODE_NORMAL ? ASSOC_MODE_NORMAL : ASSOC_MODE_X410;
    return ASSOC_MODE_UNKNOWN;
}

void assoc_connect(struct assoc *a, enum assoc_connect_kind kind, struct slice data)
{
    enum assoc_mode mode;

    if (!slice_present(data) || data.len == 0)
        return;
    mode = mode_of(kind, data);
    if (mode != ASSOC_MODE_UNKNOWN)
        a->mode = mode;
    if (mode == ASSOC_MODE_NORMAL)
        dump_normal(a, kind, data);
    else if (mode == ASSOC_MODE_X410)
        dump_x410(a, kind, data);
    else
        out_problem(a->out, &a->where, "the user data is neither of normal nor of X.410 mode");
}

/* ---- the password, to be hidden ------------------------------------------------------------- */

/* The TLV of RTORQ or RTOAC in connect data; absent: none. *tag: its tag. */
static struct slice find_rtse(struct assoc *a, enum assoc_connect_kind kind, struct slice data,
                              uint32_t *tag)
{
    struct p_connect_params p;
    struct ber_optint reason;
    struct acse_associate acse;
    struct acse_value value = {.tlv = SLICE_NONE};
    struct slice params = SLICE_NONE;
    const struct p_pdv_list *pdv;

    *tag = BER_CONTEXT(kind == ASSOC_REQUEST ? 16 : 17);
    if (mode_of(kind, data) == ASSOC_MODE_X410) {
        *tag = BER_CONTEXT(1);
        return presentation_take_x410(data, &params) == X4_OK ? params : SLICE_NONE;
    }
    if (read_normal(a, kind, data, &p, &reason) || p.user_data.which != 2 ||
        p.user_data.full.count == 0)
        return SLICE_NONE;
    pdv = BER_ITEM(p.user_data.full, struct p_pdv_list, 0);
    if (ber_decode(kind == ASSOC_REQUEST ? &acse_type_aarq : &acse_type_aare, pdv->values.single,
                   &a->arena, &acse, NULL, NULL) ||
        acse_user_information(&acse.user_information, &value))
        return SLICE_NONE;
    return value.tlv;
}

/* bind-invoke [16], bind-result [17] around the argument, in normal mode. */
static struct slice unwrap_bind(struct slice tlv)
{
    struct ber_tlv outer;

    if (ber_single(tlv, &outer) == X4_OK && outer.constructed &&
        (outer.tag == BER_CONTEXT(16) || outer.tag == BER_CONTEXT(17)))
        return outer.value;
    return tlv;
}

struct slice assoc_connect_password(struct assoc *a, enum assoc_connect_kind kind,
                                    struct slice data, bool *hidden)
{
    uint32_t tag;
    struct slice apdu = find_rtse(a, kind, data, &tag);
    struct rtorq rq;
    struct rtoac ac;
    struct rt_connection_data cd;
    struct p1_bind bind;
    int error;

    /* what cannot be read may hold a password all the same */
    *hidden = data.len > 0;
    if (!slice_present(apdu))
        return SLICE_NONE;
    if (kind == ASSOC_REQUEST)
        error = rtse_take(&rtse_type_rtorq, tag, apdu, &a->arena, &rq);
    else
        error = rtse_take(&rtse_type_rtoac, tag, apdu, &a->arena, &ac);
    if (error ||
        rtse_take_connection_data(kind == ASSOC_REQUEST ? rq.connection_data : ac.connection_data,
                                  &a->arena, &cd))
        return SLICE_NONE;
    if (cd.recover || !slice_present(cd.user_data)) {
        *hidden = false;
        return SLICE_NONE;
    }
    if (p1_bind_parse(unwrap_bind(cd.user_data), &a->arena, &bind))
        return SLICE_NONE;
    *hidden = slice_present(bind.password) &&
              (bind.password.p < data.p || bind.password.p >= data.p + data.len);
    return *hidden ? SLICE_NONE : bind.password;
}
