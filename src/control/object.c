/* SPDX-License-Identifier: Apache-2.0 */
/* An object's envelope as JSON. */
#include "control/internal.h"

#include "base/error.h"
#include "base/limits.h"

static json_t *time_json(struct slice utctime, int64_t now)
{
    int64_t ms;

    if (!slice_present(utctime) || mts_utctime_parse(utctime, now, &ms))
        return json_null();
    return json_integer((json_int_t)ms);
}

static json_t *gdi_json(const struct mts_gdi *gdi)
{
    return json_pack("{s:o, s:o, s:o*}", "country", control_text(gdi->country.value), "admd",
                     control_text(gdi->admd.value), "prmd",
                     gdi->prmd.which ? control_text(gdi->prmd.value) : NULL);
}

/* What happened on the way through, beyond plain relaying; attempted is taken. */
static void put_actions(json_t *element, json_t *attempted, json_t *deferred,
                        const struct ber_bits *actions)
{
    json_object_set_new(element, "action", json_string(attempted ? "rerouted" : "relayed"));
    if (attempted)
        json_object_set_new(element, "attempted", attempted);
    if (json_is_integer(deferred))
        json_object_set(element, "deferred-ms", deferred);
    json_decref(deferred);
    if (ber_bit(actions, 0)) /* OtherActions: redirected(0), dl-operation(1) */
        json_object_set_new(element, "redirected", json_true());
    if (ber_bit(actions, 1))
        json_object_set_new(element, "dl-operation", json_true());
}

static json_t *attempted_domain(const struct mts_domain_supplied *info)
{
    if (info->routing_action != MTS_REROUTED)
        return NULL;
    return info->attempted_domain ? gdi_json(info->attempted_domain) : json_string("?");
}

static json_t *attempted_mta(const struct mts_mta_supplied *info)
{
    if (info->routing_action != MTS_REROUTED)
        return NULL;
    switch (info->attempted.which) {
    case MTS_ATTEMPTED_MTA: return control_text(info->attempted.mta);
    case MTS_ATTEMPTED_DOMAIN: return gdi_json(&info->attempted.domain);
    default: return json_string("?");
    }
}

static json_t *trace_json(const struct ber_list *trace, int64_t now)
{
    json_t *list = json_array();

    for (size_t i = 0; i < trace->count; i++) {
        const struct mts_trace_element *e = BER_ITEM(*trace, struct mts_trace_element, i);

        json_t *element = json_pack("{s:o, s:o}", "domain", gdi_json(&e->gdi), "arrival-ms",
                                    time_json(e->info.arrival_time, now));

        put_actions(element, attempted_domain(&e->info), time_json(e->info.deferred_time, now),
                    &e->info.other_actions);
        json_array_append_new(list, element);
    }
    return list;
}

static json_t *internal_json(const struct ber_list *extensions, struct arena *arena, int64_t now)
{
    struct ber_list trace = mts_internal_trace(extensions, arena, NULL);
    json_t *list = json_array();

    for (size_t i = 0; i < trace.count; i++) {
        const struct mts_internal_element *e = BER_ITEM(trace, struct mts_internal_element, i);

        json_t *element = json_pack("{s:o, s:o, s:o}", "domain", gdi_json(&e->gdi), "mta-name",
                                    control_text(e->mta_name), "arrival-ms",
                                    time_json(e->info.arrival_time, now));

        put_actions(element, attempted_mta(&e->info), time_json(e->info.deferred_time, now),
                    &e->info.other_actions);
        json_array_append_new(list, element);
    }
    return list;
}

static const char *request_name(const struct ber_bits *bits)
{
    if (ber_bit(bits, MTS_ORIGINATOR_REPORT))
        return "delivery";
    return ber_bit(bits, MTS_ORIGINATOR_NON_DELIVERY_REPORT) ? "non-delivery" : "none";
}

static json_t *recipients_json(const struct mts_envelope *env)
{
    json_t *list = json_array();

    for (size_t i = 0; i < env->recipients.count; i++) {
        const struct mts_recipient *r = BER_ITEM(env->recipients, struct mts_recipient, i);

        json_array_append_new(
            list, json_pack("{s:o, s:I, s:b, s:s}", "address", control_address(&r->name.address),
                            "number", (json_int_t)r->number, "responsible", mts_responsible(r),
                            "report", request_name(&r->indicators)));
    }
    return list;
}

static json_t *content_type_json(const struct mts_content_type *type)
{
    struct buf text;
    json_t *out;

    buf_init(&text, LIMIT_EVENT_TEXT);
    mts_content_type_print(type, &text);
    out = json_string(buf_cstr(&text) ? buf_cstr(&text) : "");
    buf_free(&text);
    return out;
}

static json_t *extensions_json(const struct ber_list *extensions)
{
    json_t *list = json_array();

    for (size_t i = 0; i < extensions->count; i++) {
        struct buf name;

        buf_init(&name, LIMIT_EVENT_TEXT);
        mts_extension_print_id(BER_ITEM(*extensions, struct mts_extension, i), &name);
        json_array_append_new(list, json_string(buf_cstr(&name) ? buf_cstr(&name) : "?"));
        buf_free(&name);
    }
    return list;
}

static json_t *message_json(const struct mts_envelope *env, struct arena *arena, int64_t now)
{
    json_t *out = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "originator",
                            control_address(&env->originator.address), "priority",
                            mta_priority_name((int)env->priority), "content-type",
                            content_type_json(&env->content_type), "recipients",
                            recipients_json(env), "trace", trace_json(&env->trace, now),
                            "internal-trace", internal_json(&env->extensions, arena, now),
                            "extensions", extensions_json(&env->extensions));

    json_object_set_new(
        out, "disclose-recipients",
        json_boolean(ber_bit(&env->indicators, MTS_DISCLOSURE_OF_OTHER_RECIPIENTS)));
    if (slice_present(env->deferred_delivery_time))
        json_object_set_new(out, "deferred-until-ms", time_json(env->deferred_delivery_time, now));
    if (slice_present(env->content_identifier))
        json_object_set_new(out, "content-identifier", control_text(env->content_identifier));
    return out;
}

static json_t *reported_json(const struct mts_reported_recipient *r, int64_t now)
{
    const struct mts_report_type *t = &r->last_trace.report_type;
    json_t *out =
        json_pack("{s:o, s:I, s:b}", "address", control_address(&r->actual.address), "number",
                  (json_int_t)r->number, "delivered", t->which == MTS_REPORT_DELIVERY);

    if (t->which == MTS_REPORT_DELIVERY) {
        json_object_set_new(out, "delivery-ms", time_json(t->delivery.delivery_time, now));
    } else {
        const struct mts_non_delivery_report *n = &t->non_delivery;
        const char *reason = mts_reason_text(n->reason);
        const char *diagnostic =
            n->diagnostic.present ? mts_diagnostic_text(n->diagnostic.value) : NULL;

        json_object_set_new(out, "reason", json_integer((json_int_t)n->reason));
        json_object_set_new(out, "reason-text", json_string(reason ? reason : "?"));
        if (n->diagnostic.present)
            json_object_set_new(out, "diagnostic", json_integer((json_int_t)n->diagnostic.value));
        if (diagnostic)
            json_object_set_new(out, "diagnostic-text", json_string(diagnostic));
    }
    if (slice_present(r->supplementary))
        json_object_set_new(out, "supplementary", control_text(r->supplementary));
    json_object_set_new(out, "for-originator", json_boolean(mts_report_wanted_by_user(r)));
    return out;
}

static json_t *id_json(const struct mts_identifier *id)
{
    struct buf text;
    json_t *out;

    buf_init(&text, LIMIT_ORADDR_TEXT);
    mts_identifier_print(id, &text);
    out = json_string(buf_cstr(&text) ? buf_cstr(&text) : "");
    buf_free(&text);
    return out;
}

static json_t *report_json(const struct mts_report *report, int64_t now)
{
    json_t *list = json_array();
    json_t *out;

    for (size_t i = 0; i < report->content.recipients.count; i++)
        json_array_append_new(
            list, reported_json(
                      BER_ITEM(report->content.recipients, struct mts_reported_recipient, i), now));
    out = json_pack("{s:o, s:o, s:o, s:o}", "destination",
                    control_address(&report->envelope.destination.address), "subject-mts-id",
                    id_json(&report->content.subject), "results", list, "trace",
                    trace_json(&report->envelope.trace, now));
    if (slice_present(report->content.content_identifier))
        json_object_set_new(out, "content-identifier",
                            control_text(report->content.content_identifier));
    return out;
}

json_t *control_object_json(struct control *c, int64_t object_id)
{
    int64_t now = mta_wall(control_mta(c));
    struct store_object object;
    struct mts_apdu apdu;
    struct arena arena;
    json_t *out = NULL;

    arena_init(&arena, CONTROL_ARENA);
    if (store_get_object(control_store(c), object_id, &arena, &object) == X4_OK) {
        if (object.kind == STORE_QUARANTINE)
            out = json_pack("{s:s}", "problem", "an APDU that could not be understood");
        else if (mts_apdu_decode(object.envelope, &arena, &apdu, NULL) == X4_OK)
            out = mts_apdu_envelope(&apdu) ? message_json(mts_apdu_envelope(&apdu), &arena, now)
                                           : report_json(&apdu.report, now);
    }
    if (out) {
        json_object_set_new(out, "mts-id", control_text(object.mts_id));
        json_object_set_new(out, "kind", json_string(mta_kind_name(object.kind)));
        json_object_set_new(out, "arrival-ms", json_integer((json_int_t)object.arrival_ms));
        json_object_set_new(out, "content-length", json_integer((json_int_t)object.content_len));
        json_object_set_new(out, "from", control_text(object.source));
    }
    arena_free(&arena);
    return out;
}
