/* SPDX-License-Identifier: Apache-2.0 */
/* TraceInformation and InternalTraceInformation (X.411 MTAAbstractService): the types, own
 * elements, and the loop test that looks at both. */
#pragma once

#include "mts/common.h"
#include "mts/time.h"

enum mts_routing_action { MTS_RELAYED = 0, MTS_REROUTED = 1 };

/* OtherActions, as a mask: bit n of the BIT STRING is 1 << n */
enum mts_other_actions {
    MTS_REDIRECTED = 1 << 0,
    MTS_DL_OPERATION = 1 << 1,
};

/* DomainSuppliedInformation */
struct mts_domain_supplied {
    struct slice raw;
    struct slice arrival_time;
    int64_t routing_action;
    struct mts_gdi *attempted_domain;
    struct slice deferred_time;
    struct mts_eits *converted_eits;
    struct ber_bits other_actions;
};

struct mts_trace_element {
    struct slice raw;
    struct mts_gdi gdi;
    struct mts_domain_supplied info;
};

enum mts_attempted_kind { MTS_ATTEMPTED_MTA = 1, MTS_ATTEMPTED_DOMAIN = 2 };
struct mts_attempted {
    struct slice raw;
    int which; /* enum mts_attempted_kind; 0: absent */
    struct slice mta;
    struct mts_gdi domain;
};

/* MTASuppliedInformation */
struct mts_mta_supplied {
    struct slice raw;
    struct slice arrival_time;
    int64_t routing_action;
    struct mts_attempted attempted;
    struct slice deferred_time;
    struct mts_eits *converted_eits;
    struct ber_bits other_actions;
};

struct mts_internal_element {
    struct slice raw;
    struct mts_gdi gdi;
    struct slice mta_name;
    struct mts_mta_supplied info;
};

/* SEQUENCE OF, as struct ber_list */
extern const struct ber_type ber_type_trace_information, /* of struct mts_trace_element */
    ber_type_internal_trace_information;                 /* of struct mts_internal_element */
extern const struct ber_type ber_type_trace_information_element,
    ber_type_internal_trace_information_element;

/* Has the MD or MTA redirected or expanded here? (other-actions with any bit set) */
bool mts_has_actions(const struct ber_bits *other_actions);

/* The subject's EITs now: the last converted-EITs in the trace, else NULL: the original ones
 * (R2.5d). */
const struct mts_eits *mts_converted_eits(const struct ber_list *trace);
/* Is the last external element ours, so that this passage through our MD is on record (2.5)? */
bool mts_trace_ends_with(const struct ber_list *trace, const struct mts_gdi *own);
/* Does it begin in this domain? It should begin in that of the object's identifier; where it does
 * not, a receiver notes it and goes on (1.8). */
bool mts_trace_begins_with(const struct ber_list *trace, const struct mts_gdi *gdi);

/* ---- own elements (2.5, 2.14) ---------------------------------------------------------------- */

/* One passage through this MTA, as its trace elements will tell it. */
struct mts_passage {
    const struct mts_identity *own;
    int64_t arrival_ms;
    int64_t deferred_ms;         /* release of a deferred message, or MTS_NO_TIME */
    unsigned actions;            /* mask of enum mts_other_actions */
    struct slice converted_eits; /* TLV of EncodedInformationTypes; absent: not converted */
    /* The hop that was tried first and failed; absent/NULL: not rerouted (R2.14a). The external
     * element names the domain; the internal one the MTA, if known, else the domain. */
    const struct mts_gdi *attempted_domain;
    struct slice attempted_mta;
};

/* Appends the TLV of one own TraceInformationElement, resp. InternalTraceInformationElement. */
int mts_put_trace_element(const struct mts_passage *p, struct buf *out);
int mts_put_internal_element(const struct mts_passage *p, struct buf *out);
/* The same when our element is there already: what the passage has to tell is added to it; its
 * arrival time stays. */
int mts_amend_trace_element(const struct mts_passage *p, const struct mts_trace_element *last,
                            struct buf *out);
int mts_amend_internal_element(const struct mts_passage *p, const struct mts_internal_element *last,
                               struct buf *out);

/* ---- loop detection (2.6) -------------------------------------------------------------------- */

enum mts_loop {
    MTS_LOOP_NONE,
    MTS_LOOP_EXTERNAL,   /* this MD has seen it: 1/3 */
    MTS_LOOP_INTERNAL,   /* this MTA has seen it: 1/3 */
    MTS_LOOP_HOPS,       /* too many MDs: 1/3 */
    MTS_LOOP_PASSES,     /* too many passes through this MTA: 1/3 */
    MTS_LOOP_TRACE_FULL, /* no room for our element: 1/13 size-constraint-violation */
};

struct mts_loop_limits {
    unsigned reroutes; /* visits that rerouting elsewhere excuses, RMAX */
    unsigned hops;     /* external elements */
    unsigned passes;   /* own internal elements */
};
extern const struct mts_loop_limits mts_loop_defaults; /* 2, 100, 10 */

/* Is the object looping? The trace is as received, without elements of this passage. internal may
 * be NULL (none). from_other_md: the peer belongs to another management domain. limits NULL: the
 * defaults. */
enum mts_loop mts_loop_check(const struct mts_identity *own, const struct ber_list *trace,
                             const struct ber_list *internal, bool from_other_md,
                             const struct mts_loop_limits *limits);
/* A clear sentence for the event, never NULL. */
const char *mts_loop_text(enum mts_loop loop);
