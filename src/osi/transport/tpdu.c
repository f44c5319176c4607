/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/transport/tpdu.h"

#include "base/cursor.h"
#include "base/limits.h"

enum {
    TPKT_VERSION = 3,
    LI_RESERVED = 255,
    /* an ER must fit into the smallest TPDU, 128 octets: header 5, parameter header 2 */
    REJECTED_MAX = 121,

    PARAM_TPDU_SIZE = 0xc0,
    PARAM_CALLING = 0xc1, /* in ER: the rejected TPDU */
    PARAM_CALLED = 0xc2,
    PARAM_ALTERNATIVES = 0xc7,
};

const char *tpdu_name(enum tpdu_code code)
{
    switch (code) {
    case TPDU_CR: return "CR";
    case TPDU_CC: return "CC";
    case TPDU_DR: return "DR";
    case TPDU_DT: return "DT";
    case TPDU_ER: return "ER";
    case TPDU_ED: return "ED";
    }
    return NULL;
}

int tpkt_length(struct slice octets, size_t *len)
{
    struct cursor c = cursor_make(octets);
    unsigned version = cursor_u8(&c);

    if (octets.len > 0 && version != TPKT_VERSION)
        return X4_ESYNTAX;
    cursor_u8(&c); /* reserved: ignored */
    *len = cursor_be16(&c);
    if (c.error)
        return X4_EAGAIN;
    return *len < TPKT_MIN ? X4_ESYNTAX : X4_OK;
}

static int fault_set(struct tpdu_fault *fault, enum tpdu_cause cause, size_t at, const char *text)
{
    *fault = (struct tpdu_fault){.cause = cause, .at = at, .text = text};
    return X4_ESYNTAX;
}

/* Is this a parameter code that X.224 defines (13.3.4, 13.4.4, 13.5.4)? Those that class 0 does not
 * use are ignored. */
static bool param_is_defined(unsigned code)
{
    static const uint8_t others[] = {0x85, 0x86, 0x87, 0x88, 0x89, 0x8b, 0xe0, 0xf0, 0xf2};

    if (code >= 0xc0 && code <= 0xc7)
        return true;
    return memchr(others, (int)code, sizeof(others)) != NULL;
}

/* One parameter of the variable part; at is where its value begins. */
static int take_param(struct tpdu *t, unsigned code, struct slice value, size_t at,
                      struct tpdu_fault *fault)
{
    bool connect = t->code == TPDU_CR || t->code == TPDU_CC;

    if (!connect) {
        if (t->code == TPDU_ER && code == PARAM_CALLING)
            t->rejected = value;
        return X4_OK;
    }
    switch (code) {
    case PARAM_TPDU_SIZE:
        if (value.len == 1 && value.p[0] >= TPDU_SIZE_CODE_MIN && value.p[0] < 32)
            t->size_code = value.p[0];
        else if (t->code == TPDU_CC) /* 13.2.3: in a CR it may be ignored */
            return fault_set(fault, TPDU_CAUSE_PARAMETER_VALUE, at, "bad TPDU size");
        break;
    case PARAM_CALLING:
    case PARAM_CALLED:
        if (value.len > LIMIT_TSEL)
            return fault_set(fault, TPDU_CAUSE_PARAMETER_VALUE, at, "TSAP-ID too long");
        *(code == PARAM_CALLING ? &t->calling_tsel : &t->called_tsel) = value;
        break;
    case PARAM_ALTERNATIVES: t->alternatives = value; break;
    default:
        if (t->code != TPDU_CR && !param_is_defined(code))
            return fault_set(fault, TPDU_CAUSE_PARAMETER_CODE, at - 2, "unknown parameter");
    }
    return X4_OK;
}

static int parse_variable_part(struct tpdu *t, struct cursor *c, struct tpdu_fault *fault)
{
    while (cursor_left(c) > 0) {
        size_t at = c->pos;
        unsigned code = cursor_u8(c);
        struct slice value = cursor_take(c, cursor_u8(c));
        int err;

        if (c->error)
            return fault_set(fault, TPDU_CAUSE_UNSPECIFIED, at, "parameter beyond the header");
        err = take_param(t, code, value, at + 2, fault);
        if (err)
            return err;
    }
    return X4_OK;
}

/* The fixed part behind the TPDU code. */
static void parse_fixed_part(struct tpdu *t, struct cursor *c)
{
    switch (t->code) {
    case TPDU_CR:
    case TPDU_CC:
        t->dst_ref = (uint16_t)cursor_be16(c);
        t->src_ref = (uint16_t)cursor_be16(c);
        t->class_options = (uint8_t)cursor_u8(c);
        break;
    case TPDU_DR:
        t->dst_ref = (uint16_t)cursor_be16(c);
        t->src_ref = (uint16_t)cursor_be16(c);
        t->reason = (uint8_t)cursor_u8(c);
        break;
    case TPDU_ER:
        t->dst_ref = (uint16_t)cursor_be16(c);
        t->reason = (uint8_t)cursor_u8(c);
        break;
    case TPDU_DT:
    case TPDU_ED:
        t->eot = cursor_u8(c) & 0x80; /* the TPDU number is ignored (RFC 1006 section 6) */
        break;
    }
}

int tpdu_parse(struct slice octets, struct tpdu *out, struct tpdu_fault *fault)
{
    struct cursor whole = cursor_make(octets);
    unsigned li = cursor_u8(&whole);
    struct cursor c = cursor_make(slice_sub(octets, 0, li + 1));
    bool is_data;

    *out = (struct tpdu){.code = TPDU_DT};
    *fault = (struct tpdu_fault){.cause = TPDU_CAUSE_UNSPECIFIED};
    if (whole.error || li == LI_RESERVED || li + 1 > octets.len)
        return fault_set(fault, TPDU_CAUSE_UNSPECIFIED, 0, "bad length indicator");
    cursor_u8(&c);
    out->code = (enum tpdu_code)(cursor_u8(&c) & 0xf0); /* low half: credit, ignored */
    if (!tpdu_name(out->code)) {
        fault_set(fault, TPDU_CAUSE_TPDU_TYPE, 1, "TPDU of an unknown type");
        return X4_EUNSUPP;
    }
    parse_fixed_part(out, &c);
    if (c.error)
        return fault_set(fault, TPDU_CAUSE_UNSPECIFIED, 0, "TPDU header too short");
    is_data = out->code == TPDU_DT || out->code == TPDU_ED;
    if (is_data) {
        out->data = slice_from(octets, li + 1);
        if (cursor_left(&c) > 0)
            return fault_set(fault, TPDU_CAUSE_UNSPECIFIED, 0, "TPDU header too long");
        return X4_OK;
    }
    return parse_variable_part(out, &c, fault);
}

static void build_param(struct buf *out, unsigned code, struct slice value)
{
    if (!slice_present(value))
        return;
    buf_u8(out, code);
    buf_u8(out, (unsigned)value.len);
    buf_slice(out, value);
}

static void build_connect(const struct tpdu *t, struct buf *out)
{
    const uint8_t size_code = (uint8_t)t->size_code;

    buf_be16(out, t->dst_ref);
    buf_be16(out, t->src_ref);
    buf_u8(out, t->class_options);
    build_param(out, PARAM_CALLING, t->calling_tsel);
    build_param(out, PARAM_CALLED, t->called_tsel);
    if (t->size_code)
        build_param(out, PARAM_TPDU_SIZE, slice_make(&size_code, 1));
}

void tpdu_build(const struct tpdu *t, struct buf *out)
{
    size_t start = out->len;
    size_t len;

    buf_be32(out, (uint32_t)TPKT_VERSION << 24);
    buf_u8(out, 0);
    buf_u8(out, t->code);
    if (t->code == TPDU_ER) {
        buf_be16(out, t->dst_ref);
        buf_u8(out, t->reason);
        build_param(out, PARAM_CALLING, slice_sub(t->rejected, 0, REJECTED_MAX));
    } else if (t->code == TPDU_DR) {
        buf_be16(out, t->dst_ref);
        buf_be16(out, t->src_ref);
        buf_u8(out, t->reason);
    } else {
        build_connect(t, out);
    }
    if (out->error)
        return;
    len = out->len - start;
    out->p[start + 2] = (uint8_t)(len >> 8);
    out->p[start + 3] = (uint8_t)len;
    out->p[start + TPKT_HEADER] = (uint8_t)(len - TPKT_HEADER - 1);
}
