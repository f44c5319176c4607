/* SPDX-License-Identifier: Apache-2.0 */
/* Loop detection (2.6). Only the part of a trace from the last redirection or expansion on is
 * looked at, because an object may legally pass an MD again after those (RFC 1615 4.3). */
#include "mts/trace.h"

const struct mts_loop_limits mts_loop_defaults = {.reroutes = 2, .hops = 100, .passes = 10};

/* What the window of a trace shows. */
struct visits {
    size_t own;      /* runs of own elements, resp. own elements */
    size_t rerouted; /* elements after the first own one that excuse a visit */
};

static bool is_loop(struct visits v, const struct mts_loop_limits *limits)
{
    size_t allowed = v.rerouted < limits->reroutes ? v.rerouted : limits->reroutes;

    return v.own > allowed;
}

/* An own run counts once: R2.5b lets an MD write one element per attempt. A rerouted element
 * inside the first run is no excuse for it. */
static struct visits external_visits(const struct mts_gdi *own, const struct ber_list *trace)
{
    struct visits v = {0};
    bool in_run = false;
    size_t i = trace->count;

    while (i > 0 &&
           !mts_has_actions(&BER_ITEM(*trace, struct mts_trace_element, i - 1)->info.other_actions))
        i--;
    for (i = i > 0 ? i - 1 : 0; i < trace->count; i++) {
        const struct mts_trace_element *e = BER_ITEM(*trace, struct mts_trace_element, i);
        bool mine = mts_gdi_equal(&e->gdi, own);

        if (mine && !in_run)
            v.own++;
        if (v.own > 0 && !(mine && v.own == 1) && e->info.routing_action == MTS_REROUTED)
            v.rerouted++;
        in_run = mine;
    }
    return v;
}

static bool is_own(const struct mts_identity *own, const struct mts_internal_element *e)
{
    return slice_eq_nocase(e->mta_name, own->mta_name) && mts_gdi_equal(&e->gdi, &own->gdi);
}

static struct visits internal_visits(const struct mts_identity *own, const struct ber_list *trace)
{
    struct visits v = {0};
    size_t i = trace->count;

    while (i > 0 && !mts_has_actions(
                        &BER_ITEM(*trace, struct mts_internal_element, i - 1)->info.other_actions))
        i--;
    for (i = i > 0 ? i - 1 : 0; i < trace->count; i++) {
        const struct mts_internal_element *e = BER_ITEM(*trace, struct mts_internal_element, i);

        if (v.own > 0 && mts_gdi_equal(&e->gdi, &own->gdi) &&
            e->info.routing_action == MTS_REROUTED)
            v.rerouted++;
        if (is_own(own, e))
            v.own++;
    }
    return v;
}

static size_t passes(const struct mts_identity *own, const struct ber_list *trace)
{
    size_t n = 0;

    for (size_t i = 0; i < trace->count; i++) {
        if (is_own(own, BER_ITEM(*trace, struct mts_internal_element, i)))
            n++;
    }
    return n;
}

enum mts_loop mts_loop_check(const struct mts_identity *own, const struct ber_list *trace,
                             const struct ber_list *internal, bool from_other_md,
                             const struct mts_loop_limits *limits)
{
    static const struct ber_list none = {.count = 0};

    if (!internal)
        internal = &none;
    if (!limits)
        limits = &mts_loop_defaults;
    if (trace->count >= MTS_UB_TRANSFERS || internal->count >= MTS_UB_TRANSFERS)
        return MTS_LOOP_TRACE_FULL;
    if (trace->count > limits->hops)
        return MTS_LOOP_HOPS;
    if (passes(own, internal) > limits->passes)
        return MTS_LOOP_PASSES;
    /* One test each: what comes back from another MD may carry our internal elements of its first
     * visit, although the external trace shows that it returns rightly (R2.6d). */
    if (from_other_md)
        return is_loop(external_visits(&own->gdi, trace), limits) ? MTS_LOOP_EXTERNAL
                                                                  : MTS_LOOP_NONE;
    return is_loop(internal_visits(own, internal), limits) ? MTS_LOOP_INTERNAL : MTS_LOOP_NONE;
}

const char *mts_loop_text(enum mts_loop loop)
{
    switch (loop) {
    case MTS_LOOP_NONE: return "no loop";
    case MTS_LOOP_EXTERNAL: return "the trace shows that this management domain has seen it before";
    case MTS_LOOP_INTERNAL: return "the internal trace shows that this MTA has seen it before";
    case MTS_LOOP_HOPS: return "it has passed too many management domains";
    case MTS_LOOP_PASSES: return "it has passed this MTA too often";
    case MTS_LOOP_TRACE_FULL: return "its trace has no room for another element";
    }
    return "unknown loop result";
}
