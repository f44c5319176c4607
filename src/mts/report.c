/* SPDX-License-Identifier: Apache-2.0 */
/* When a report is due, and who gets to see it (4.2). */
#include "mts/report_build.h"

/* ---- the table of 4.2 ------------------------------------------------------------------------ */

/* Index: originating-MTA bits 1 and 2 as a number (00 illegal, 01 non-delivery, 10 report, 11
 * audited), then originator bits 3 and 4 (00 no-report, 01 non-delivery, 10 report, 11 illegal and
 * read as report). Where the originator asks for more than the MTA, which is illegal, a delivery
 * report is made all the same (R1.4a). */
#define RULE(success, user_ok, user_bad, trace)                                                    \
    {                                                                                              \
        .on_success = (success), .on_failure = true, .user_success = (user_ok),                    \
        .user_failure = (user_bad), .subject_trace = (trace)                                       \
    }

static const struct mts_report_rule rules[4][4] = {
    [0] = {RULE(false, false, false, false), RULE(false, false, true, false),
           RULE(true, true, true, false), RULE(true, true, true, false)},
    [1] = {RULE(false, false, false, false), RULE(false, false, true, false),
           RULE(true, true, true, false), RULE(true, true, true, false)},
    [2] = {RULE(true, false, false, false), RULE(true, false, true, false),
           RULE(true, true, true, false), RULE(true, true, true, false)},
    [3] = {RULE(true, false, false, true), RULE(true, false, true, true),
           RULE(true, true, true, true), RULE(true, true, true, true)},
};

static unsigned two_bits(const struct ber_bits *bits, unsigned first)
{
    return (ber_bit(bits, first) ? 2u : 0u) | (ber_bit(bits, first + 1) ? 1u : 0u);
}

const struct mts_report_rule *mts_report_rule(const struct ber_bits *indicators)
{
    return &rules[two_bits(indicators, MTS_ORIGINATING_MTA_REPORT)]
                 [two_bits(indicators, MTS_ORIGINATOR_REPORT)];
}

/* ---- at the originating MTA (4.2c) ----------------------------------------------------------- */

bool mts_report_wanted_by_user(const struct mts_reported_recipient *r)
{
    const struct mts_report_rule *rule = mts_report_rule(&r->indicators);

    return r->last_trace.report_type.which == MTS_REPORT_DELIVERY ? rule->user_success
                                                                  : rule->user_failure;
}

size_t mts_report_user_count(const struct mts_report *report)
{
    const struct ber_list *list = &report->content.recipients;
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (mts_report_wanted_by_user(BER_ITEM(*list, struct mts_reported_recipient, i)))
            n++;
    }
    return n;
}

/* ---- at the reporting MTA -------------------------------------------------------------------- */

const struct mts_recipient *mts_report_subject_of(const struct mts_report_params *p,
                                                  enum mts_report_class class,
                                                  const struct mts_outcome *outcome)
{
    const struct mts_envelope *env = mts_apdu_envelope(p->subject);
    const struct mts_report_rule *rule;
    const struct mts_recipient *r;

    if (!env || outcome->recipient >= env->recipients.count)
        return NULL;
    r = BER_ITEM(env->recipients, struct mts_recipient, outcome->recipient);
    rule = mts_report_rule(&r->indicators);
    if (!mts_responsible(r) || rule->subject_trace != (class == MTS_REPORT_AUDITED))
        return NULL;
    return (outcome->delivered ? rule->on_success : rule->on_failure) ? r : NULL;
}

bool mts_report_due(const struct mts_report_params *p, enum mts_report_class class)
{
    for (size_t i = 0; i < p->outcome_count; i++) {
        if (mts_report_subject_of(p, class, &p->outcomes[i]))
            return true;
    }
    return false;
}

bool mts_report_returns_content(const struct mts_report_params *p, enum mts_report_class class,
                                uint64_t content_len, uint64_t max)
{
    const struct mts_envelope *env = mts_apdu_envelope(p->subject);

    if (!env || mts_apdu_kind(p->subject) != MTS_MESSAGE || content_len == 0 || content_len > max ||
        !ber_bit(&env->indicators, MTS_CONTENT_RETURN_REQUEST))
        return false;
    for (size_t i = 0; i < p->outcome_count; i++) {
        if (!p->outcomes[i].delivered && mts_report_subject_of(p, class, &p->outcomes[i]))
            return true;
    }
    return false;
}
