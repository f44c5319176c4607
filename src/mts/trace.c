/* SPDX-License-Identifier: Apache-2.0 */
#include "mts/trace.h"

#include "mts/table.h"

/* ---- tables (X.411 MTAAbstractService) ------------------------------------------------------- */

static const struct ber_name routing_names[] = {
    {MTS_RELAYED, "relayed"},
    {MTS_REROUTED, "rerouted"},
    {0, NULL},
};
BER_NUMBER_TYPE(mts_type_routing_action, "RoutingAction", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                routing_names);

static const struct ber_name action_names[] = {
    {0, "redirected"},
    {1, "dl-operation"},
    {0, NULL},
};
BER_BITS_TYPE(mts_type_other_actions, "OtherActions", BER_T_BIT_STRING, 0, MTS_UB_BIT_OPTIONS,
              action_names);

static const struct ber_field domain_supplied_fields[] = {
    BER_FIELD("arrival-time", struct mts_domain_supplied, arrival_time, &ber_type_utctime,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("routing-action", struct mts_domain_supplied, routing_action,
              &mts_type_routing_action, BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_FIELD("attempted-domain", struct mts_domain_supplied, attempted_domain,
              &ber_type_global_domain_identifier, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("deferred-time", struct mts_domain_supplied, deferred_time, &ber_type_utctime,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("converted-encoded-information-types", struct mts_domain_supplied, converted_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("other-actions", struct mts_domain_supplied, other_actions, &mts_type_other_actions,
              BER_CONTEXT(3), BER_DEFAULT, 0),
    BER_END,
};
static BER_STRUCT_TYPE(domain_supplied, "DomainSuppliedInformation", BER_SET, BER_T_SET,
                       struct mts_domain_supplied, domain_supplied_fields);

static const struct ber_field trace_element_fields[] = {
    BER_FIELD("global-domain-identifier", struct mts_trace_element, gdi,
              &ber_type_global_domain_identifier, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("domain-supplied-information", struct mts_trace_element, info, &domain_supplied,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_trace_information_element, "TraceInformationElement", BER_SEQUENCE,
                BER_T_SEQUENCE, struct mts_trace_element, trace_element_fields);
BER_LIST_TYPE(ber_type_trace_information, "TraceInformation", BER_SEQUENCE_OF, BER_APPLICATION(9),
              &ber_type_trace_information_element, 1, MTS_UB_TRANSFERS);

static const struct ber_field attempted_fields[] = {
    BER_FIELD("mta", struct mts_attempted, mta, &ber_type_mta_name, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("domain", struct mts_attempted, domain, &ber_type_global_domain_identifier,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(attempted, "attempted", BER_CHOICE, BER_TAG_NONE, struct mts_attempted,
                       attempted_fields);

static const struct ber_field mta_supplied_fields[] = {
    BER_FIELD("arrival-time", struct mts_mta_supplied, arrival_time, &ber_type_utctime,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("routing-action", struct mts_mta_supplied, routing_action, &mts_type_routing_action,
              BER_CONTEXT(2), BER_MANDATORY, 0),
    BER_FIELD("attempted", struct mts_mta_supplied, attempted, &attempted, BER_TAG_NONE,
              BER_OPTIONAL, 0),
    BER_FIELD("deferred-time", struct mts_mta_supplied, deferred_time, &ber_type_utctime,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("converted-encoded-information-types", struct mts_mta_supplied, converted_eits,
              &ber_type_encoded_information_types, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_FIELD("other-actions", struct mts_mta_supplied, other_actions, &mts_type_other_actions,
              BER_CONTEXT(3), BER_DEFAULT, 0),
    BER_END,
};
static BER_STRUCT_TYPE(mta_supplied, "MTASuppliedInformation", BER_SET, BER_T_SET,
                       struct mts_mta_supplied, mta_supplied_fields);

static const struct ber_field internal_element_fields[] = {
    BER_FIELD("global-domain-identifier", struct mts_internal_element, gdi,
              &ber_type_global_domain_identifier, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("mta-name", struct mts_internal_element, mta_name, &ber_type_mta_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("mta-supplied-information", struct mts_internal_element, info, &mta_supplied,
              BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_internal_trace_information_element, "InternalTraceInformationElement",
                BER_SEQUENCE, BER_T_SEQUENCE, struct mts_internal_element, internal_element_fields);
BER_LIST_TYPE(ber_type_internal_trace_information, "InternalTraceInformation", BER_SEQUENCE_OF,
              BER_T_SEQUENCE, &ber_type_internal_trace_information_element, 1, MTS_UB_TRANSFERS);

/* ---- questions ------------------------------------------------------------------------------- */

bool mts_has_actions(const struct ber_bits *other_actions)
{
    for (unsigned n = 0; n < MTS_UB_BIT_OPTIONS; n++) {
        if (ber_bit(other_actions, n))
            return true;
    }
    return false;
}

const struct mts_eits *mts_converted_eits(const struct ber_list *trace)
{
    for (size_t i = trace->count; i > 0; i--) {
        const struct mts_trace_element *e = BER_ITEM(*trace, struct mts_trace_element, i - 1);

        if (e->info.converted_eits)
            return e->info.converted_eits;
    }
    return NULL;
}

bool mts_trace_ends_with(const struct ber_list *trace, const struct mts_gdi *own)
{
    return trace->count > 0 &&
           mts_gdi_equal(&BER_ITEM(*trace, struct mts_trace_element, trace->count - 1)->gdi, own);
}

bool mts_trace_begins_with(const struct ber_list *trace, const struct mts_gdi *gdi)
{
    return trace->count > 0 &&
           mts_gdi_equal(&BER_ITEM(*trace, struct mts_trace_element, 0)->gdi, gdi);
}

/* ---- own elements (2.5, 2.14) ---------------------------------------------------------------- */

/* The members that both kinds of element share; they live while one is encoded. */
struct passage_values {
    char deferred[MTS_UTCTIME_LEN + 1];
    uint8_t actions[MTS_UB_BIT_OPTIONS / 8];
    struct mts_eits converted;
};

/* A named bit list: no trailing zero bits, left out when empty. */
static struct ber_bits join_actions(uint8_t *octets, const struct ber_bits *before,
                                    unsigned actions)
{
    unsigned bits = 0;

    memset(octets, 0, MTS_UB_BIT_OPTIONS / 8);
    for (unsigned n = 0; n < MTS_UB_BIT_OPTIONS; n++) {
        if (!ber_bit(before, n) && !(actions & 1u << n))
            continue;
        octets[n / 8] |= (uint8_t)(0x80 >> n % 8);
        bits = n + 1;
    }
    if (bits == 0)
        return (struct ber_bits){.octets = SLICE_NONE};
    return (struct ber_bits){
        .octets = slice_make(octets, (bits + 7) / 8),
        .unused = (uint8_t)((8 - bits % 8) % 8),
    };
}

static struct slice time_value(char text[MTS_UTCTIME_LEN + 1], int64_t ms)
{
    mts_utctime_print(ms, text);
    return slice_make(text, MTS_UTCTIME_LEN);
}

int mts_amend_trace_element(const struct mts_passage *p, const struct mts_trace_element *last,
                            struct buf *out)
{
    struct passage_values v;
    struct mts_gdi attempted_copy;
    struct mts_trace_element e = *last;

    e.raw = SLICE_NONE;
    e.info.raw = SLICE_NONE;
    e.info.other_actions = join_actions(v.actions, &last->info.other_actions, p->actions);
    if (p->deferred_ms != MTS_NO_TIME)
        e.info.deferred_time = time_value(v.deferred, p->deferred_ms);
    if (slice_present(p->converted_eits)) {
        v.converted = (struct mts_eits){.raw = p->converted_eits};
        e.info.converted_eits = &v.converted;
    }
    /* For the domain only another domain was attempted (R2.14a). */
    if (p->attempted_domain && !mts_gdi_equal(p->attempted_domain, &p->own->gdi)) {
        attempted_copy = *p->attempted_domain;
        e.info.routing_action = MTS_REROUTED;
        e.info.attempted_domain = &attempted_copy;
    }
    return ber_encode(&ber_type_trace_information_element, &e, out, NULL);
}

static void set_attempted(const struct mts_passage *p, struct mts_mta_supplied *info)
{
    if (!p->attempted_domain && !slice_present(p->attempted_mta))
        return;
    info->routing_action = MTS_REROUTED;
    info->attempted = (struct mts_attempted){.which = MTS_ATTEMPTED_MTA, .mta = p->attempted_mta};
    if (!slice_present(p->attempted_mta)) {
        info->attempted.which = MTS_ATTEMPTED_DOMAIN;
        info->attempted.domain = *p->attempted_domain;
    }
}

int mts_amend_internal_element(const struct mts_passage *p, const struct mts_internal_element *last,
                               struct buf *out)
{
    struct passage_values v;
    struct mts_internal_element e = *last;

    e.raw = SLICE_NONE;
    e.info.raw = SLICE_NONE;
    e.info.other_actions = join_actions(v.actions, &last->info.other_actions, p->actions);
    if (p->deferred_ms != MTS_NO_TIME)
        e.info.deferred_time = time_value(v.deferred, p->deferred_ms);
    if (slice_present(p->converted_eits)) {
        v.converted = (struct mts_eits){.raw = p->converted_eits};
        e.info.converted_eits = &v.converted;
    }
    set_attempted(p, &e.info);
    return ber_encode(&ber_type_internal_trace_information_element, &e, out, NULL);
}

int mts_put_trace_element(const struct mts_passage *p, struct buf *out)
{
    char arrival[MTS_UTCTIME_LEN + 1];
    struct mts_trace_element e = {.gdi = p->own->gdi};

    e.info.arrival_time = time_value(arrival, p->arrival_ms);
    return mts_amend_trace_element(p, &e, out);
}

int mts_put_internal_element(const struct mts_passage *p, struct buf *out)
{
    char arrival[MTS_UTCTIME_LEN + 1];
    struct mts_internal_element e = {.gdi = p->own->gdi, .mta_name = p->own->mta_name};

    e.info.arrival_time = time_value(arrival, p->arrival_ms);
    return mts_amend_internal_element(p, &e, out);
}
