/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/stack/dialect.h"

#include "base/error.h"

static const struct stack_dialect dialects[] = {
    [STACK_NORMAL] = {.name = "normal",
                      .provider = &rt_provider_normal,
                      .tagged_bind = true,
                      .external = true},
    [STACK_X410_1988] = {.name = "X.410 (1988)",
                         .provider = &rt_provider_x410,
                         .application_protocol = RT_PROTOCOL_1988},
    [STACK_X410_1984] = {.name = "X.410 (1984)",
                         .provider = &rt_provider_x410,
                         .application_protocol = RT_PROTOCOL_1984},
};

const struct stack_dialect *stack_dialect(enum stack_mode mode)
{
    return &dialects[mode];
}

enum stack_mode stack_detect_mode(struct slice connect_data)
{
    enum p_mode mode;

    if (presentation_mode(connect_data, &mode) == X4_OK && mode == P_MODE_X410)
        return STACK_X410_1984;
    return STACK_NORMAL;
}

enum stack_mode stack_x410_mode(const struct ber_optint *application_protocol)
{
    return application_protocol->value == RT_PROTOCOL_1988 ? STACK_X410_1988 : STACK_X410_1984;
}

/* id-as-acse 2.2.1.0.1, id-as-mta-rtse 2.6.0.2.12, id-as-mtse 2.6.0.2.7 */
const struct slice stack_syntaxes[RL_SYNTAXES] = {
    [RL_ACSE] = {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    [RL_RTSE] = {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    [RL_USER] = {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

/* mts-transfer 2.6.0.1.6 */
const struct slice stack_mts_transfer = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4};

struct slice stack_bind_wrap(const struct stack_dialect *d, enum bind_tag tag, struct slice tlv,
                             struct buf *out)
{
    if (!d->tagged_bind || !slice_present(tlv))
        return tlv;
    ber_put_tlv(out, BER_CONTEXT(tag), true, tlv);
    return buf_view(out);
}

struct slice stack_bind_unwrap(const struct stack_dialect *d, enum bind_tag tag, struct slice tlv)
{
    struct ber_tlv outer;
    struct ber_tlv inner;

    if (!d->tagged_bind || !slice_present(tlv))
        return tlv;
    if (ber_single(tlv, &outer) != X4_OK || outer.tag != BER_CONTEXT(tag) || !outer.constructed ||
        ber_single(outer.value, &inner) != X4_OK)
        return SLICE_NONE;
    return inner.raw;
}

int stack_bind_error(struct slice user_data)
{
    struct ber_tlv tlv;
    int64_t v;

    if (!slice_present(user_data) || ber_single(user_data, &tlv) != X4_OK)
        return -1;
    if (tlv.tag == BER_CONTEXT(BIND_ERROR) && tlv.constructed &&
        ber_single(tlv.value, &tlv) != X4_OK)
        return -1;
    if (tlv.tag != BER_T_INTEGER || ber_integer_value(tlv.value, &v) != X4_OK || v < 0 ||
        v > INT16_MAX)
        return -1;
    return (int)v;
}

void stack_put_bind_error(int bind_error, struct buf *out)
{
    struct buf integer;

    buf_init(&integer, 2 + sizeof(int64_t));
    ber_put_integer(&integer, BER_T_INTEGER, bind_error);
    ber_put_tlv(out, BER_CONTEXT(BIND_ERROR), true, buf_view(&integer));
    buf_free(&integer);
}

/* Bind errors 0 and 3 have the values of their RefuseReason; all others are failed validation. */
enum rt_refuse_reason stack_refuse_reason(int bind_error)
{
    if (bind_error == RT_REFUSE_BUSY || bind_error == RT_REFUSE_DIALOGUE_MODE)
        return (enum rt_refuse_reason)bind_error;
    return RT_REFUSE_VALIDATION_FAILURE;
}
