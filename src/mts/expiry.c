/* SPDX-License-Identifier: Apache-2.0 */
/* Times of an envelope: deferral (2.9), latest delivery and age (2.10). */
#include "mts/envelope.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

const struct mts_age_limits mts_age_defaults = {
    .by_priority_ms =
        {[MTS_NORMAL] = 5LL * DAY_MS, [MTS_NON_URGENT] = 7LL * DAY_MS, [MTS_URGENT] = 2LL * DAY_MS},
    .absolute_ms = 60LL * DAY_MS,
};

int64_t mts_latest_delivery_time(const struct mts_envelope *env, int64_t now_ms)
{
    const struct mts_extension *ext =
        mts_extension_find(&env->extensions, MTS_EXT_LATEST_DELIVERY_TIME);
    struct ber_tlv tlv;
    int64_t ms;

    if (!ext || !slice_present(ext->value) || ber_single(ext->value, &tlv) != X4_OK)
        return MTS_NO_TIME;
    (void)mts_utctime_parse(tlv.value, now_ms, &ms);
    return ms;
}

int64_t mts_deferred_until(const struct mts_envelope *env, int64_t now_ms)
{
    int64_t ms;

    if (!slice_present(env->deferred_delivery_time))
        return MTS_NO_TIME;
    (void)mts_utctime_parse(env->deferred_delivery_time, now_ms, &ms);
    return ms > now_ms ? ms : MTS_NO_TIME;
}

int64_t mts_submission_time(const struct ber_list *trace, int64_t now_ms)
{
    int64_t ms;

    if (trace->count == 0)
        return MTS_NO_TIME;
    (void)mts_utctime_parse(BER_ITEM(*trace, struct mts_trace_element, 0)->info.arrival_time,
                            now_ms, &ms);
    return ms;
}

int64_t mts_expires(const struct mts_envelope *env, int64_t from_ms,
                    const struct mts_age_limits *limits)
{
    int64_t latest = mts_latest_delivery_time(env, from_ms);
    int64_t submitted = mts_submission_time(&env->trace, from_ms);
    int64_t priority = env->priority;
    int64_t end;

    if (!limits)
        limits = &mts_age_defaults;
    if (priority < MTS_NORMAL || priority > MTS_URGENT)
        priority = MTS_NORMAL;
    end = from_ms + limits->by_priority_ms[priority];
    if (submitted != MTS_NO_TIME && submitted + limits->absolute_ms > from_ms &&
        submitted + limits->absolute_ms < end)
        end = submitted + limits->absolute_ms;
    if (latest != MTS_NO_TIME && latest < end)
        end = latest;
    return end;
}
