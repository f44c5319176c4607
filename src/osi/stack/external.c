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

/* Octets of the header that head begins with. X4_EAGAIN: it is not complete. */
static int header_length(struct slice head, size_t *len)
{
    struct ber_header h;
    int error = ber_header(head, &h);

    if (error)
        return error;
    if (h.tag != BER_T_EXTERNAL || !h.constructed)
        return X4_EPROTO;
    *len = h.header_len;
    for (;;) {
        error = *len > head.len ? X4_EAGAIN : ber_header(slice_from(head, *len), &h);
        if (error)
            return error;
        *len += h.header_len;
        if ((h.tag == TAG_SINGLE_ASN1_TYPE && h.constructed) ||
            (h.tag == TAG_OCTET_ALIGNED && !h.constructed))
            return X4_OK;
        /* direct- and indirect-reference, descriptor: all primitive and short */
        if (h.tag & BER_PRIVATE(0) || h.constructed)
            return X4_EPROTO;
        if (h.len > EXTERNAL_HEAD_MAX)
            return X4_ELIMIT;
        *len += (size_t)h.len;
    }
}

int external_strip(struct external_strip *s, struct slice piece, struct slice *rest)
{
    size_t before = s->len;
    size_t room = sizeof(s->head) - s->len;
    size_t take = piece.len < room ? piece.len : room;
    size_t len;
    int error;

    *rest = piece;
    if (s->done)
        return X4_OK;
    if (take)
        memcpy(s->head + s->len, piece.p, take);
    s->len += take;
    error = header_length(slice_make(s->head, s->len), &len);
    if (error == X4_EAGAIN && s->len == sizeof(s->head))
        return X4_ELIMIT;
    if (error && error != X4_EAGAIN)
        return error;
    if (error == X4_EAGAIN || len > s->len)
        len = s->len;
    else
        s->done = true;
    *rest = slice_from(piece, len - before);
    return X4_OK;
}
