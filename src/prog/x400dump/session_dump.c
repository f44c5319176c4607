/* SPDX-License-Identifier: Apache-2.0 */
/* SPDUs with their parameters, and the activities that they make. */
#include "prog/x400dump/assoc.h"

#include "base/error.h"
#include "ber/ber.h"
#include "osi/session/session.h"
#include "osi/session/spdu.h"

#include <stdio.h>

enum {
    PI_COMMON_REF_LAST = 12, /* 9 to 12: references, BER inside */
    PI_COMMON_REF_FIRST = 9,
    PI_TOKENS = 16,
    PI_DISCONNECT = 17,
    PI_REQUIREMENTS = 20,
    PI_TSDU_SIZE = 21,
    PI_VERSION = 22,
    PI_TOKEN_SETTING = 26,
    PI_ACTIVITY = 41,
    PI_MIA_DATA = 46,
    PI_REASON = 50,
    PI_USER_DATA = 193,
    PI_EXTENDED_DATA = 194,
    SI_GT = 1,
    SI_PT = 2,
    SI_RF = 12,
    FIELD_NAME = 96,
};

/* ---- parameters ----------------------------------------------------------------------------- */

static unsigned number(struct slice v)
{
    unsigned n = 0;

    for (size_t i = 0; i < v.len && i < 4; i++)
        n = n << 8 | v.p[i];
    return n;
}

struct bit_name {
    unsigned bit;
    const char *name;
};

static void put_bits(struct out *o, const char *field, struct slice v, const struct bit_name *names)
{
    unsigned value = number(v);
    char text[256];
    int len = 0;

    text[0] = '\0';
    for (; names->name; names++) {
        if (value & names->bit && len >= 0 && (size_t)len < sizeof(text))
            len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%s", len ? ", " : "",
                            names->name);
    }
    out_field(o, field, "%0*x (%s)", (int)v.len * 2, value, text);
}

static const char *reason_text(unsigned reason, bool refuse)
{
    switch (reason) {
    case S_REASON_NON_SPECIFIC: return refuse ? "not specified" : "non-specific error";
    case S_REASON_RECEIVING_ABILITY_JEOPARDIZED:
        return refuse ? "temporary congestion" : "receiving ability jeopardized";
    case S_REFUSED_BY_USER: return "rejected by the SS-user, data follow";
    case S_REASON_SEQUENCE_ERROR: return "user sequence error";
    case S_REASON_LOCAL_SS_USER_ERROR: return "local SS-user error";
    case S_REASON_UNRECOVERABLE_PROCEDURAL_ERROR: return "unrecoverable procedural error";
    case S_REASON_DEMAND_DATA_TOKEN: return "demand data token";
    case S_REFUSED_SSEL_UNKNOWN: return "session selector unknown";
    case S_REFUSED_NOT_ATTACHED: return "SS-user not attached";
    case S_REFUSED_SPM_CONGESTION: return "SPM congestion";
    case S_REFUSED_VERSION: return "protocol versions not supported";
    case S_REFUSED_PROVIDER: return "rejected by the SPM";
    case S_REFUSED_IMPLEMENTATION: return "implementation restriction";
    default: return "unknown reason";
    }
}

/* Two bits per token, the lowest are the data token's. */
static void put_token_setting(struct out *o, const char *field, unsigned v)
{
    static const char *const sides[] = {"initiator", "responder", "acceptor's choice", "reserved"};

    out_field(o, field, "%02x (data %s, minor %s, major %s)", v, sides[v & 3], sides[v >> 2 & 3],
              sides[v >> 4 & 3]);
}

/* A reference: BER inside, of which only the string matters to people. */
static void put_reference(struct out *o, const char *field, struct slice v)
{
    struct ber_tlv tlv;

    if (ber_single(v, &tlv) == X4_OK && !tlv.constructed)
        out_octets(o, field, tlv.value);
    else
        out_octets(o, field, v);
}

static void put_activity(struct out *o, const char *field, struct slice v)
{
    struct ber_tlv tlv;
    int64_t id;

    if (ber_single(v, &tlv) == X4_OK && tlv.tag == BER_T_INTEGER &&
        ber_integer_value(tlv.value, &id) == X4_OK)
        out_field(o, field, "%lld", (long long)id);
    else
        out_octets(o, field, v);
}

static const struct bit_name unit_names[] = {
    {SESSION_HALF_DUPLEX, "half-duplex"},
    {SESSION_DUPLEX, "duplex"},
    {0x0004, "expedited"},
    {SESSION_MINOR_SYNC, "minor synchronize"},
    {0x0010, "major synchronize"},
    {0x0020, "resynchronize"},
    {SESSION_ACTIVITY, "activity management"},
    {0x0080, "negotiated release"},
    {0x0100, "capability data"},
    {SESSION_EXCEPTIONS, "exceptions"},
    {0x0400, "typed data"},
    {0, NULL},
};
static const struct bit_name disconnect_names[] = {
    {SPDU_TD_RELEASE, "release transport"},
    {SPDU_TD_USER_ABORT, "user abort"},
    {SPDU_TD_PROTOCOL_ERROR, "protocol error"},
    {SPDU_TD_UNDEFINED, "no reason"},
    {SPDU_TD_RESTRICTION, "implementation restriction"},
    {0, NULL},
};
static const struct bit_name token_names[] = {
    {0x01, "data"}, {0x04, "minor"}, {0x10, "major/activity"}, {0x40, "release"}, {0, NULL},
};
static const struct bit_name version_names[] = {{1, "version 1"}, {2, "version 2"}, {0, NULL}};

static void put_parameter(struct out *o, const char *field, unsigned si, unsigned pi,
                          struct slice v)
{
    if (pi >= PI_COMMON_REF_FIRST && pi <= PI_COMMON_REF_LAST)
        put_reference(o, field, v);
    else if (pi == PI_TOKENS)
        put_bits(o, field, v, token_names);
    else if (pi == PI_DISCONNECT)
        put_bits(o, field, v, disconnect_names);
    else if (pi == PI_REQUIREMENTS)
        put_bits(o, field, v, unit_names);
    else if (pi == PI_VERSION)
        put_bits(o, field, v, version_names);
    else if (pi == PI_TSDU_SIZE && v.len == 4)
        out_field(o, field, "%u -> %u <-", number(v) >> 16, number(v) & 0xffff);
    else if (pi == PI_TOKEN_SETTING)
        put_token_setting(o, field, number(v));
    else if (pi == PI_ACTIVITY)
        put_activity(o, field, v);
    else if (pi == PI_REASON)
        out_field(o, field, "%s (%u)", reason_text(number(slice_sub(v, 0, 1)), si == SI_RF),
                  number(slice_sub(v, 0, 1)));
    else if (pi == PI_USER_DATA || pi == PI_EXTENDED_DATA || pi == PI_MIA_DATA)
        out_field(o, field, "%zu octets", v.len);
    else
        out_octets(o, field, v);
}

/* Groups one level deep, as X.225 has them. */
static void put_parameters(struct out *o, unsigned si, struct slice in, const char *group)
{
    struct cursor c = cursor_make(in);
    unsigned pi;
    struct slice v;

    while (spdu_next_tlv(&c, &pi, &v)) {
        const char *name = spdu_pi_name(pi);
        char field[FIELD_NAME];

        if (spdu_pi_is_group(pi) && !group && pi != PI_USER_DATA && pi != PI_EXTENDED_DATA) {
            put_parameters(o, si, v, name ? name : "?");
            continue;
        }
        if (name)
            snprintf(field, sizeof(field), "%s%s%s", group ? group : "", group ? ": " : "", name);
        else
            snprintf(field, sizeof(field), "PI %u", pi);
        put_parameter(o, field, si, pi, v);
    }
    if (c.error)
        out_field(o, "malformed", "%s", x4_strerror(c.error));
}

/* ---- activities ----------------------------------------------------------------------------- */

static void begin_activity(struct assoc *a, struct assoc_side *s)
{
    a->counts.activities++;
    buf_reset(&s->apdu);
    buf_reset(&s->ssdu);
    buf_reset(&s->checkpoints);
    s->apdu_broken = false;
}

/* Goes on behind the checkpoint with this serial number, when its octets are at hand. */
static void resume_activity(struct assoc *a, struct assoc_side *s, uint32_t serial)
{
    size_t at;

    a->counts.activities++;
    buf_reset(&s->ssdu);
    if (serial == 0 || s->checkpoints.len / sizeof(at) < serial) {
        begin_activity(a, s);
        a->counts.activities--;
        s->apdu_broken = true;
        return;
    }
    memcpy(&at, s->checkpoints.p + (serial - 1) * sizeof(at), sizeof(at));
    s->apdu.len = at < s->apdu.len ? at : s->apdu.len;
    s->checkpoints.len = serial * sizeof(at);
}

static void note_checkpoint(struct assoc *a, struct assoc_side *s)
{
    size_t at = s->apdu.len;

    a->counts.checkpoints++;
    buf_append(&s->checkpoints, &at, sizeof(at));
}

static void end_activity(struct assoc *a, struct assoc_side *s)
{
    if (s->apdu_broken || s->apdu.error)
        out_problem(a->out, &a->where, "the APDU of this activity cannot be put together");
    else
        assoc_apdu(a, buf_view(&s->apdu));
    buf_reset(&s->apdu);
    s->apdu_broken = false;
}

/* The user information of a DT; a segmented SSDU is put together first. */
static void take_data(struct assoc *a, struct assoc_side *s, const struct spdu *spdu)
{
    uint32_t enclosure = spdu_number(spdu, SP_ENCLOSURE, SPDU_ENCLOSURE_WHOLE);
    struct slice data = spdu->data;

    if (enclosure != SPDU_ENCLOSURE_WHOLE) {
        buf_slice(&s->ssdu, data);
        if (!(enclosure & SPDU_ENCLOSURE_LAST))
            return;
        data = buf_view(&s->ssdu);
    }
    data = assoc_transfer_octets(a, data);
    if (slice_present(data))
        buf_slice(&s->apdu, data);
    else
        s->apdu_broken = true;
    buf_reset(&s->ssdu);
}

static void set_outcome(struct assoc *a, const char *outcome)
{
    snprintf(a->outcome, sizeof(a->outcome), "%s", outcome);
}

/* What follows from an SPDU, after its record. */
static void follow(struct assoc *a, unsigned side, const struct spdu *spdu)
{
    struct assoc_side *s = &a->side[side];

    switch (spdu->type) {
    case SPDU_CN: assoc_connect(a, ASSOC_REQUEST, spdu->data); break;
    case SPDU_AC: assoc_connect(a, ASSOC_ACCEPT, spdu->data); break;
    case SPDU_RF:
        assoc_connect(a, ASSOC_REFUSE, spdu->data);
        set_outcome(a, "refused");
        break;
    case SPDU_AS: begin_activity(a, s); break;
    case SPDU_AR: resume_activity(a, s, spdu_number(spdu, SP_SERIAL, 0)); break;
    case SPDU_MIP: note_checkpoint(a, s); break;
    case SPDU_DT: take_data(a, s, spdu); break;
    case SPDU_AE: end_activity(a, s); break;
    case SPDU_AD: buf_reset(&s->apdu); break;
    case SPDU_AB:
        assoc_abort_data(a, spdu->data);
        set_outcome(a, side == 0 ? "aborted by the initiator" : "aborted by the responder");
        break;
    case SPDU_DN:
        set_outcome(a, "released");
        assoc_user_data(a, spdu->data);
        break;
    case SPDU_FN:
    case SPDU_PT: assoc_user_data(a, spdu->data); break;
    default: break;
    }
}

/* ---- TSDU ----------------------------------------------------------------------------------- */

/* The octets with the password written over. */
static void put_hex(struct assoc *a, struct slice tsdu, const struct spdu *spdu)
{
    bool hidden = false;
    struct slice password = SLICE_NONE;
    uint8_t *copy;

    if (!a->out->options.hex)
        return;
    if (!a->out->options.show_secrets && spdu && (spdu->type == SPDU_CN || spdu->type == SPDU_AC))
        password = assoc_connect_password(a, spdu->type == SPDU_CN ? ASSOC_REQUEST : ASSOC_ACCEPT,
                                          spdu->data, &hidden);
    copy = arena_alloc(&a->arena, tsdu.len);
    if (!copy || hidden) {
        out_field(a->out, "octets", "%zu, not shown because of the password in them", tsdu.len);
        return;
    }
    memcpy(copy, tsdu.p, tsdu.len);
    if (slice_present(password))
        memset(copy + (password.p - tsdu.p), '*', password.len);
    out_hex(a->out, "octets", slice_make(copy, tsdu.len));
}

/* Where the SPDU that matters begins: behind the GT or PT that is only a prefix. */
static bool is_prefixed(struct slice tsdu)
{
    return tsdu.len > 2 && (tsdu.p[0] == SI_GT || tsdu.p[0] == SI_PT) && tsdu.p[1] == 0;
}

static void put_record(struct assoc *a, struct slice tsdu, const struct spdu *spdu)
{
    bool second = is_prefixed(tsdu);
    struct cursor c = cursor_make(second ? slice_from(tsdu, 2) : tsdu);
    unsigned si = 0;
    struct slice parameters = SLICE_NONE;
    const char *long_name;

    spdu_next_tlv(&c, &si, &parameters);
    long_name = spdu_si_name(si, second);
    out_begin(a->out, &a->where, "session", spdu ? spdu_name(spdu->type) : "SPDU",
              spdu ? spdu_long_name(spdu->type) : long_name);
    if (!spdu)
        out_field(a->out, "SI", "%u", si);
    if (slice_present(parameters))
        put_parameters(a->out, si, parameters, NULL);
    if (spdu && spdu->type == SPDU_DT)
        out_field(a->out, "user information", "%zu octets", spdu->data.len);
    put_hex(a, tsdu, spdu);
    out_end(a->out);
}

void assoc_tsdu(struct assoc *a, unsigned side, struct slice tsdu)
{
    struct spdu_tsdu parsed = {.count = 0};
    int error = spdu_parse(tsdu, &parsed);
    const struct spdu *spdu = error || parsed.count == 0 ? NULL : &parsed.spdu[parsed.count - 1];

    put_record(a, tsdu, spdu);
    if (error)
        out_problem(a->out, &a->where, "the SPDU cannot be read: %s",
                    parsed.wrong ? parsed.wrong : x4_strerror(error));
    else if (spdu)
        follow(a, side, spdu);
    arena_reset(&a->arena);
}
