/* SPDX-License-Identifier: Apache-2.0 */
/* ACSE and RTSE APDUs and the MTA's bind. */
#include "prog/x400dump/assoc.h"

#include "base/error.h"
#include "osi/acse/acse.h"
#include "osi/presentation/presentation.h"
#include "osi/rtse/apdu.h"
#include "p1/p1_bind.h"

#include <stdio.h>

enum {
    RTORQ = 16,
    RTOAC = 17,
    RTORJ = 18,
    RTAB = 22,
    BIND_INVOKE = 16,
    BIND_RESULT = 17,
    BIND_ERROR = 18,
    OID_TEXT = 256,
    PP_PROTOCOL_12 = 12 << 8,
};

static void put_tree(struct out *o, const char *name, struct slice tlv)
{
    struct buf text;

    buf_init(&text, tlv.len * 64 + 4096);
    ber_dump_tree(tlv, 0, &text);
    out_block(o, name, &text);
    buf_free(&text);
}

static void unreadable(struct assoc *a, const char *what, int error)
{
    out_problem(a->out, &a->where, "%s cannot be read: %s", what, x4_strerror(error));
}

/* ---- MTABind -------------------------------------------------------------------------------- */

static const char *credentials_text(enum p1_credentials credentials)
{
    switch (credentials) {
    case P1_CREDENTIALS_NONE: return "none";
    case P1_CREDENTIALS_IA5: return "simple, IA5String";
    case P1_CREDENTIALS_OCTETS: return "simple, OCTET STRING";
    case P1_CREDENTIALS_STRONG: return "strong";
    case P1_CREDENTIALS_PROTECTED: return "protected";
    }
    return "unknown";
}

static void bind_error(struct assoc *a, struct slice tlv)
{
    struct ber_tlv integer;
    int64_t value = -1;

    if (ber_single(tlv, &integer) || ber_integer_value(integer.value, &value)) {
        unreadable(a, "MTABindError", X4_ESYNTAX);
        return;
    }
    out_begin(a->out, &a->where, "mts", "MTABindError", NULL);
    out_field(a->out, "error", "%s (%lld)", p1_bind_error_text((int)value), (long long)value);
    out_end(a->out);
}

void assoc_bind(struct assoc *a, const char *name, struct slice tlv, bool error)
{
    struct p1_bind bind;
    int result;

    if (error) {
        bind_error(a, tlv);
        return;
    }
    result = p1_bind_parse(tlv, &a->arena, &bind);
    if (result) {
        unreadable(a, name, result);
        return;
    }
    out_begin(a->out, &a->where, "mts", name, NULL);
    out_octets(a->out, "MTA-name", bind.mta_name);
    out_field(a->out, "credentials", "%s", credentials_text(bind.credentials));
    if (slice_present(bind.password) && !a->out->options.show_secrets)
        out_field(a->out, "password", "(hidden)");
    else
        out_octets(a->out, "password", bind.password);
    if (bind.security_context)
        out_field(a->out, "security-context", "present");
    out_end(a->out);
}

/* The user data of RTORQ, RTOAC, RTORJ or RTAB: in normal mode the bind in its wrapper. */
static void user_bind(struct assoc *a, const char *name, struct slice tlv)
{
    struct ber_tlv outer;

    if (!slice_present(tlv))
        return;
    if (ber_single(tlv, &outer)) {
        unreadable(a, name, X4_ESYNTAX);
        return;
    }
    if (outer.tag == BER_CONTEXT(BIND_INVOKE) || outer.tag == BER_CONTEXT(BIND_RESULT))
        assoc_bind(a, name, outer.value, false);
    else if (outer.tag == BER_CONTEXT(BIND_ERROR))
        assoc_bind(a, name, outer.value, true);
    else
        assoc_bind(a, name, tlv, outer.tag == BER_T_INTEGER);
}

/* ---- RTSE ----------------------------------------------------------------------------------- */

static void connection_data(struct assoc *a, const char *bind, struct slice tlv)
{
    struct rt_connection_data cd;
    int error = rtse_take_connection_data(tlv, &a->arena, &cd);

    if (error) {
        out_field(a->out, "connectionData", "malformed");
        out_end(a->out);
        unreadable(a, "connectionData", error);
        return;
    }
    out_field(a->out, "connectionData", cd.recover ? "recover" : "open");
    if (cd.recover) {
        out_octets(a->out, "old calling SS-user reference", cd.old_id.calling);
        out_octets(a->out, "old common reference", cd.old_id.common);
        out_octets(a->out, "old additional reference", cd.old_id.additional);
    }
    out_end(a->out);
    if (!cd.recover)
        user_bind(a, bind, cd.user_data);
}

static void dump_rtorq(struct assoc *a, uint32_t tag, struct slice apdu)
{
    struct rtorq rq;
    int error = rtse_take(&rtse_type_rtorq, tag, apdu, &a->arena, &rq);

    if (error) {
        unreadable(a, "RTORQ", error);
        return;
    }
    out_begin(a->out, &a->where, "rtse", "RTORQ", "OPEN REQUEST");
    out_field(a->out, "checkpointSize", "%lld", (long long)rq.checkpoint_size);
    out_field(a->out, "windowSize", "%lld", (long long)rq.window_size);
    out_field(a->out, "dialogueMode", "%s",
              rq.dialogue_mode == RT_MONOLOGUE ? "monologue"
              : rq.dialogue_mode == RT_TWA     ? "twa"
                                               : "unknown");
    if (rq.application_protocol.present)
        out_field(a->out, "applicationProtocol", "%lld%s", (long long)rq.application_protocol.value,
                  rq.application_protocol.value == PP_PROTOCOL_12 ? " (so PP writes 12)" : "");
    connection_data(a, "MTABindArgument", rq.connection_data);
}

static void dump_rtoac(struct assoc *a, uint32_t tag, struct slice apdu)
{
    struct rtoac ac;
    int error = rtse_take(&rtse_type_rtoac, tag, apdu, &a->arena, &ac);

    if (error) {
        unreadable(a, "RTOAC", error);
        return;
    }
    out_begin(a->out, &a->where, "rtse", "RTOAC", "OPEN ACCEPT");
    out_field(a->out, "checkpointSize", "%lld", (long long)ac.checkpoint_size);
    out_field(a->out, "windowSize", "%lld", (long long)ac.window_size);
    connection_data(a, "MTABindResult", ac.connection_data);
}

static const char *refuse_reason(int64_t reason)
{
    static const char *const names[] = {"rtsBusy", "cannotRecover", "validationFailure",
                                        "unacceptableDialogueMode"};

    return reason >= 0 && reason <= 3 ? names[reason] : "unknown";
}

static void dump_rtorj(struct assoc *a, uint32_t tag, struct slice apdu)
{
    struct rtorj rj;
    int error = rtse_take(&rtse_type_rtorj, tag, apdu, &a->arena, &rj);

    if (error) {
        unreadable(a, "RTORJ", error);
        return;
    }
    out_begin(a->out, &a->where, "rtse", "RTORJ", "OPEN REJECT");
    if (rj.refuse_reason.present)
        out_field(a->out, "refuseReason", "%s (%lld)", refuse_reason(rj.refuse_reason.value),
                  (long long)rj.refuse_reason.value);
    out_end(a->out);
    user_bind(a, "MTABindError", rj.user_data);
}

static const char *abort_reason(int64_t reason)
{
    static const char *const names[] = {
        "localSystemProblem", "invalidParameter", "unrecognizedActivity",
        "temporaryProblem",   "protocolError",    "permanentProblem",
        "userError",          "transferCompleted"};

    return reason >= 0 && reason <= 7 ? names[reason] : "unknown";
}

static void dump_rtab(struct assoc *a, uint32_t tag, struct slice apdu)
{
    struct rtab ab;
    int error = rtse_take(&rtse_type_rtab, tag, apdu, &a->arena, &ab);

    if (error) {
        unreadable(a, "RTAB", error);
        return;
    }
    out_begin(a->out, &a->where, "rtse", "RTAB", "ABORT");
    if (ab.reason.present)
        out_field(a->out, "abortReason", "%s (%lld)", abort_reason(ab.reason.value),
                  (long long)ab.reason.value);
    out_octets(a->out, "reflectedParameter", ab.reflected.octets);
    out_end(a->out);
    user_bind(a, "MTABindError", ab.user_data);
}

void assoc_rtse(struct assoc *a, uint32_t tag, struct slice apdu)
{
    struct ber_tlv tlv;
    uint32_t own;

    /* In X.410 mode the members stand in a SET of another tag. */
    if (ber_single(apdu, &tlv)) {
        unreadable(a, "the RTSE APDU", X4_ESYNTAX);
        return;
    }
    own = tlv.tag;
    switch (tag & 0xff) {
    case RTORQ: dump_rtorq(a, own, apdu); break;
    case RTOAC: dump_rtoac(a, own, apdu); break;
    case RTORJ: dump_rtorj(a, own, apdu); break;
    case RTAB: dump_rtab(a, own, apdu); break;
    default: unreadable(a, "the RTSE APDU", X4_EUNSUPP); break;
    }
}

/* ---- ACSE ----------------------------------------------------------------------------------- */

/* Application contexts without RTSE: P3 and P7, where the bind stands directly in ACSE. */
static bool is_without_rtse(struct slice context_name)
{
    static const uint8_t application_context[] = {0x56, 0, 1};
    static const uint8_t with_rtse[] = {2, 3, 5, 6, 9, 10, 12};
    struct slice prefix = slice_make(application_context, sizeof(application_context));

    return context_name.len == sizeof(application_context) + 1 &&
           slice_eq(slice_sub(context_name, 0, prefix.len), prefix) &&
           !memchr(with_rtse, context_name.p[prefix.len], sizeof(with_rtse));
}

static void user_information(struct assoc *a, const struct ber_list *list)
{
    struct acse_value value;
    struct ber_tlv tlv;

    if (list->count == 0 || acse_user_information(list, &value) || !slice_present(value.tlv) ||
        ber_single(value.tlv, &tlv))
        return;
    /* ISODE tags the RTAB of a provider abort as a universal type. */
    assoc_rtse(a, tlv.tag == BER_UNIVERSAL(RTAB) ? BER_CONTEXT(RTAB) : tlv.tag, value.tlv);
}

/* The bind of P3 or P7: not taken apart, and not shown either, because there are passwords in it.
 */
static void access_bind(struct assoc *a, const struct ber_list *list)
{
    struct acse_value value;

    if (list->count == 0 || acse_user_information(list, &value) || !slice_present(value.tlv))
        return;
    out_begin(a->out, &a->where, "mts", "Bind", "of an access protocol");
    out_field(a->out, "octets", "%zu", value.tlv.len);
    if (a->out->options.show_secrets)
        put_tree(a->out, "value", value.tlv);
    out_end(a->out);
}

static void dump_associate(struct assoc *a, struct slice apdu, bool request)
{
    struct acse_associate acse;
    char oid[OID_TEXT];
    int error =
        ber_decode(request ? &acse_type_aarq : &acse_type_aare, apdu, &a->arena, &acse, NULL, NULL);

    if (error) {
        unreadable(a, request ? "AARQ" : "AARE", error);
        return;
    }
    out_begin(a->out, &a->where, "acse", request ? "AARQ" : "AARE",
              request ? "A-ASSOCIATE-REQUEST" : "A-ASSOCIATE-RESPONSE");
    if (ber_oid_print(acse.context_name, oid, sizeof(oid)) > 0)
        out_field(a->out, "application-context-name", "%s", oid);
    if (!request) {
        static const char *const results[] = {"accepted", "rejected-permanent",
                                              "rejected-transient"};
        bool user = acse.diagnostic.which == ACSE_SERVICE_USER;

        out_field(a->out, "result", "%s (%lld)",
                  acse.result >= 0 && acse.result <= 2 ? results[acse.result] : "unknown",
                  (long long)acse.result);
        out_field(a->out, "diagnostic", "%s %lld", user ? "service-user" : "service-provider",
                  (long long)(user ? acse.diagnostic.user : acse.diagnostic.provider));
    }
    out_octets(a->out, "called AP-title", acse.called_ap_title);
    out_octets(a->out, "called AE-qualifier", acse.called_ae_qualifier);
    out_octets(a->out, "calling AP-title", acse.calling_ap_title);
    out_octets(a->out, "calling AE-qualifier", acse.calling_ae_qualifier);
    out_end(a->out);
    if (is_without_rtse(acse.context_name))
        access_bind(a, &acse.user_information);
    else
        user_information(a, &acse.user_information);
}

static void dump_release(struct assoc *a, struct slice apdu, bool request)
{
    struct acse_release release;
    int error = ber_decode(request ? &acse_type_rlrq : &acse_type_rlre, apdu, &a->arena, &release,
                           NULL, NULL);

    if (error) {
        unreadable(a, request ? "RLRQ" : "RLRE", error);
        return;
    }
    out_begin(a->out, &a->where, "acse", request ? "RLRQ" : "RLRE",
              request ? "A-RELEASE-REQUEST" : "A-RELEASE-RESPONSE");
    if (release.reason.present)
        out_field(a->out, "reason", release.reason.value == 0 ? "normal (%lld)" : "%lld",
                  (long long)release.reason.value);
    out_end(a->out);
    user_information(a, &release.user_information);
}

static void dump_abrt(struct assoc *a, struct slice apdu)
{
    struct acse_abort abrt;
    int error = ber_decode(&acse_type_abrt, apdu, &a->arena, &abrt, NULL, NULL);

    if (error) {
        unreadable(a, "ABRT", error);
        return;
    }
    out_begin(a->out, &a->where, "acse", "ABRT", "A-ABORT");
    out_field(a->out, "source", "%s", abrt.source == 0 ? "service-user" : "service-provider");
    if (abrt.diagnostic.present)
        out_field(a->out, "diagnostic", "%lld", (long long)abrt.diagnostic.value);
    out_end(a->out);
    user_information(a, &abrt.user_information);
}

static void dump_turn_please(struct assoc *a, struct slice value)
{
    int64_t priority;

    if (ber_integer_value(value, &priority)) {
        unreadable(a, "RTTP", X4_ESYNTAX);
        return;
    }
    out_begin(a->out, &a->where, "rtse", "RTTP", "TURN PLEASE");
    out_field(a->out, "priority", "%lld", (long long)priority);
    out_end(a->out);
}

void assoc_acse(struct assoc *a, struct slice apdu)
{
    struct ber_tlv tlv;

    if (ber_single(apdu, &tlv)) {
        unreadable(a, "the presentation data value", X4_ESYNTAX);
        return;
    }
    switch (tlv.tag) {
    case BER_APPLICATION(0): dump_associate(a, apdu, true); break;
    case BER_APPLICATION(1): dump_associate(a, apdu, false); break;
    case BER_APPLICATION(2): dump_release(a, apdu, true); break;
    case BER_APPLICATION(3): dump_release(a, apdu, false); break;
    case BER_APPLICATION(4): dump_abrt(a, apdu); break;
    case BER_T_INTEGER: dump_turn_please(a, tlv.value); break;
    default:
        out_begin(a->out, &a->where, "presentation", "PDV", "of an unknown kind");
        put_tree(a->out, "value", apdu);
        out_end(a->out);
        break;
    }
}

/* ---- user data of other primitives ---------------------------------------------------------- */

void assoc_values(struct assoc *a, const struct p_user_data *data)
{
    if (data->which == 1)
        assoc_acse(a, data->simple);
    for (size_t i = 0; data->which == 2 && i < data->full.count; i++) {
        const struct p_pdv_list *pdv = BER_ITEM(data->full, struct p_pdv_list, i);

        if (pdv->values.which == 1)
            assoc_acse(a, pdv->values.single);
    }
}

void assoc_user_data(struct assoc *a, struct slice data)
{
    struct p_user_data user;
    struct ber_tlv tlv;

    if (!slice_present(data) || data.len == 0)
        return;
    if (ber_single(data, &tlv) == X4_OK && tlv.tag == BER_T_INTEGER)
        dump_turn_please(a, tlv.value);
    else if (ber_decode(&p_type_user_data, data, &a->arena, &user, NULL, NULL) == X4_OK)
        assoc_values(a, &user);
    else
        out_problem(a->out, &a->where, "the user data cannot be read");
}

static void provider_abort(struct assoc *a, struct slice data)
{
    struct p_arp arp;
    int error = ber_decode(&p_type_arp, data, &a->arena, &arp, NULL, NULL);

    if (error) {
        unreadable(a, "the ARP PPDU", error);
        return;
    }
    out_begin(a->out, &a->where, "presentation", "ARP", "ABNORMAL RELEASE PROVIDER");
    if (arp.provider_reason.present)
        out_field(a->out, "provider-reason", "%lld", (long long)arp.provider_reason.value);
    if (arp.event.present)
        out_field(a->out, "event-identifier", "%lld", (long long)arp.event.value);
    out_end(a->out);
}

void assoc_abort_data(struct assoc *a, struct slice data)
{
    struct p_aru aru;
    struct ber_tlv tlv;

    if (!slice_present(data) || data.len == 0)
        return;
    if (ber_single(data, &tlv)) {
        unreadable(a, "the abort's user data", X4_ESYNTAX);
    } else if (tlv.tag == BER_T_SET) {
        assoc_rtse(a, BER_CONTEXT(RTAB), data);
    } else if (tlv.tag == BER_T_SEQUENCE) {
        provider_abort(a, data);
    } else if (ber_decode(&p_type_aru, data, &a->arena, &aru, NULL, NULL) == X4_OK) {
        out_begin(a->out, &a->where, "presentation", "ARU", "ABNORMAL RELEASE USER");
        out_end(a->out);
        assoc_values(a, &aru.user_data);
    } else {
        unreadable(a, "the ARU PPDU", X4_ESYNTAX);
    }
}

/* ---- transfer ------------------------------------------------------------------------------- */

/* The OCTET STRINGs in the values of a PDV-list; false: there is something else. */
static bool add_rttr(struct assoc *a, const struct p_values *values, struct arena_run *run)
{
    struct slice rest = values->which == 2 ? values->octets : values->single;
    struct ber_tlv rttr;
    struct slice octets;

    do {
        if (ber_next(&rest, &rttr) != X4_OK || rttr.tag != BER_T_OCTET_STRING ||
            ber_string_value(&rttr, &a->arena, &octets) != X4_OK ||
            arena_run_add(&a->arena, run, octets) != X4_OK)
            return false;
    } while (rest.len > 0);
    return true;
}

struct slice assoc_transfer_octets(struct assoc *a, struct slice data)
{
    struct arena_run run = {.octets = SLICE_LIT(""), .max = data.len};
    struct p_user_data user;

    if (a->mode == ASSOC_MODE_X410)
        return data;
    /* The capture may have begun late: user data of normal mode has a tag that an APDU has not. */
    if (a->mode == ASSOC_MODE_UNKNOWN && (data.len == 0 || data.p[0] != 0x61))
        return data;
    if (ber_decode(&p_type_user_data, data, &a->arena, &user, NULL, NULL) || user.which != 2 ||
        user.full.count == 0) {
        out_problem(a->out, &a->where, "the presentation data cannot be read");
        return SLICE_NONE;
    }
    for (size_t i = 0; i < user.full.count; i++) {
        if (add_rttr(a, &BER_ITEM(user.full, struct p_pdv_list, i)->values, &run))
            continue;
        assoc_values(a, &user); /* no RTTR: an operation of an access protocol */
        return SLICE_NONE;
    }
    return run.octets;
}
