/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/presentation/pdv.h"

#include "base/error.h"

#include <string.h>

#define TAG_FULLY_ENCODED BER_APPLICATION(1)
#define TAG_SINGLE        BER_CONTEXT(0)
#define TAG_OCTET_ALIGNED BER_CONTEXT(1)
#define TAG_ARBITRARY     BER_CONTEXT(2)

enum { VALUE_DEPTH = 3 }; /* of a single-ASN1-type's value in User-data */

enum { TOKEN_OF_VALUE = 1 }; /* a result of frame() besides X4_OK and errors */

void pdv_stream_init(struct pdv_stream *s, int64_t context)
{
    *s = (struct pdv_stream){.context = context};
}

/* ---- the frame around the values ------------------------------------------------------------- */

static int enter(struct pdv_stream *s, enum pdv_place place)
{
    s->place = place;
    return X4_OK;
}

static int in_start(struct pdv_stream *s, const struct ber_token *t)
{
    if (t->tag != TAG_FULLY_ENCODED || !t->constructed)
        return X4_EPROTO;
    return enter(s, PDV_LISTS);
}

/* At least one PDV-list. */
static int in_lists(struct pdv_stream *s, const struct ber_token *t)
{
    if (t->kind == BER_TOKEN_END)
        return s->has_value ? enter(s, PDV_END) : X4_EPROTO;
    if (t->tag != BER_T_SEQUENCE || !t->constructed)
        return X4_EPROTO;
    s->has_name = s->has_identifier = s->has_value = false;
    s->identifier_len = 0;
    return enter(s, PDV_MEMBERS);
}

static int in_members(struct pdv_stream *s, const struct ber_token *t)
{
    if (t->kind == BER_TOKEN_END)
        return X4_EPROTO;
    if (t->tag == BER_T_OID && !t->constructed && !s->has_name && !s->has_identifier)
        return enter(s, PDV_NAME);
    if (t->tag == BER_T_INTEGER && !t->constructed && !s->has_identifier)
        return enter(s, PDV_IDENTIFIER);
    if (!s->has_identifier)
        return X4_EPROTO;
    if (t->tag == TAG_SINGLE && t->constructed)
        return enter(s, PDV_SINGLE);
    if (t->tag == TAG_OCTET_ALIGNED)
        return enter(s, PDV_OCTETS);
    return t->tag == TAG_ARBITRARY ? X4_EUNSUPP : X4_EPROTO;
}

/* Our contexts have one transfer syntax each: its name says nothing new. */
static int in_name(struct pdv_stream *s, const struct ber_token *t)
{
    s->has_name = true;
    return t->kind == BER_TOKEN_END ? enter(s, PDV_MEMBERS) : X4_OK;
}

static int in_identifier(struct pdv_stream *s, const struct ber_token *t)
{
    int64_t id;
    int error;

    if (t->kind == BER_TOKEN_CONTENTS) {
        if (t->octets.len > sizeof(s->identifier) - s->identifier_len)
            return X4_EPROTO;
        memcpy(s->identifier + s->identifier_len, t->octets.p, t->octets.len);
        s->identifier_len += t->octets.len;
        return X4_OK;
    }
    error = ber_integer_value(slice_make(s->identifier, s->identifier_len), &id);
    if (!error && id != s->context)
        error = X4_EPROTO;
    s->has_identifier = true;
    return error ? error : enter(s, PDV_MEMBERS);
}

/* Exactly one value. */
static int in_single(struct pdv_stream *s, struct ber_token *t)
{
    if (t->depth < VALUE_DEPTH)
        return s->has_value ? enter(s, PDV_MEMBERS_ENDED) : X4_EPROTO;
    t->depth -= VALUE_DEPTH;
    if (t->depth == 0 && t->kind == BER_TOKEN_BEGIN) {
        if (s->has_value)
            return X4_EPROTO;
        s->has_value = true;
    }
    return TOKEN_OF_VALUE;
}

/* An OCTET STRING, perhaps in segments: what it holds is BER again. */
static int in_octets(struct pdv_stream *s, const struct ber_token *t)
{
    if (t->kind == BER_TOKEN_CONTENTS)
        s->aligned = t->octets;
    if (t->kind == BER_TOKEN_BEGIN && t->tag != BER_T_OCTET_STRING)
        return X4_EPROTO;
    if (t->kind != BER_TOKEN_END || t->depth >= VALUE_DEPTH)
        return X4_OK;
    if (!s->has_value || !ber_stream_is_idle(&s->value))
        return X4_EPROTO;
    return enter(s, PDV_MEMBERS_ENDED);
}

static int in_members_ended(struct pdv_stream *s, const struct ber_token *t)
{
    return t->kind == BER_TOKEN_END ? enter(s, PDV_LISTS) : X4_EPROTO;
}

/* X4_OK: it was of the frame, TOKEN_OF_VALUE: the user gets it. */
static int frame(struct pdv_stream *s, struct ber_token *t)
{
    switch (s->place) {
    case PDV_START: return in_start(s, t);
    case PDV_LISTS: return in_lists(s, t);
    case PDV_MEMBERS: return in_members(s, t);
    case PDV_NAME: return in_name(s, t);
    case PDV_IDENTIFIER: return in_identifier(s, t);
    case PDV_SINGLE: return in_single(s, t);
    case PDV_OCTETS: return in_octets(s, t);
    case PDV_MEMBERS_ENDED: return in_members_ended(s, t);
    case PDV_END: return X4_EPROTO; /* nothing follows */
    }
    return X4_EPROTO;
}

/* ---- tokens of the values -------------------------------------------------------------------- */

int pdv_stream_next(struct pdv_stream *s, struct slice *in, struct ber_token *out)
{
    for (;;) {
        int error = ber_stream_next(&s->value, &s->aligned, out);

        if (error != X4_EAGAIN) {
            s->has_value = true;
            return error;
        }
        error = ber_stream_next(&s->data, in, out);
        if (!error)
            error = frame(s, out);
        if (error)
            return error == TOKEN_OF_VALUE ? X4_OK : error;
    }
}

bool pdv_stream_is_whole(const struct pdv_stream *s)
{
    return s->place == PDV_END && ber_stream_is_idle(&s->data);
}
