/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/stack/external.h"

#include "base/error.h"
#include "ber/ber.h"

#define TAG_SINGLE_ASN1_TYPE BER_CONTEXT(0)
#define TAG_OCTET_ALIGNED    BER_CONTEXT(1)

static size_t integer_octets(int64_t v)
{
    size_t n = 1;

    for (; v > 0x7f; v >>= 8)
        n++;
    return n;
}

int external_put_header(int64_t context, size_t len, struct buf *out)
{
    size_t reference = ber_header_size(BER_T_INTEGER, 1) + integer_octets(context);
    size_t contents = reference + ber_header_size(TAG_SINGLE_ASN1_TYPE, len) + len;

    ber_put_header(out, BER_T_EXTERNAL, true, contents);
    ber_put_integer(out, BER_T_INTEGER, context);
    ber_put_header(out, TAG_SINGLE_ASN1_TYPE, true, len);
    return out->error;
}

/* References and descriptor are primitive, few and short; then comes the encoding. */
static int on_begin(struct external_strip *s, const struct ber_token *t)
{
    if (t->depth == 0)
        return t->tag == BER_T_EXTERNAL && t->constructed ? X4_OK : X4_EPROTO;
    s->done = (t->tag == TAG_SINGLE_ASN1_TYPE && t->constructed) || t->tag == TAG_OCTET_ALIGNED;
    s->segmented = t->tag == TAG_OCTET_ALIGNED && t->constructed;
    if (!s->done && (t->tag & BER_PRIVATE(0) || t->constructed))
        return X4_EPROTO;
    s->references++;
    return X4_OK;
}

static int before_apdu(struct external_strip *s, const struct ber_token *t)
{
    int error = X4_OK;

    if (t->kind == BER_TOKEN_BEGIN)
        error = on_begin(s, t);
    else if (t->kind == BER_TOKEN_CONTENTS)
        s->references += t->octets.len;
    else if (t->depth == 0)
        error = X4_EPROTO; /* without an encoding */
    return !error && s->references > EXTERNAL_REFERENCES_MAX ? X4_ELIMIT : error;
}

int external_strip(struct external_strip *s, struct slice *in, struct slice *octets)
{
    for (;;) {
        struct ber_token t;
        int error;

        if (s->done && !s->segmented) {
            *octets = *in;
            *in = slice_from(*in, in->len);
            return octets->len ? X4_OK : X4_EAGAIN;
        }
        error = ber_stream_next(&s->stream, in, &t);
        if (!error && !s->done)
            error = before_apdu(s, &t);
        else if (!error && t.kind == BER_TOKEN_BEGIN && t.tag != BER_T_OCTET_STRING)
            error = X4_EPROTO;
        if (error)
            return error;
        *octets = t.octets;
        if (s->segmented && t.kind == BER_TOKEN_CONTENTS)
            return X4_OK;
    }
}
