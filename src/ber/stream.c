/* SPDX-License-Identifier: Apache-2.0 */
#include "ber/stream.h"

#include "base/error.h"

static struct ber_stream_level *top(struct ber_stream *s)
{
    return &s->level[s->depth - 1];
}

/* Octets that the open definite lengths have room for. Each was checked to fit into those around it
 * when it began, so the innermost one is the smallest. */
static uint64_t room(const struct ber_stream *s)
{
    for (unsigned i = s->depth; i > 0; i--) {
        if (!s->level[i - 1].indefinite)
            return s->level[i - 1].left;
    }
    return UINT64_MAX;
}

/* Counts octets that room() has room for. */
static void advance(struct ber_stream *s, uint64_t n)
{
    for (unsigned i = 0; i < s->depth; i++) {
        if (!s->level[i].indefinite)
            s->level[i].left -= n;
    }
}

static void make_token(const struct ber_stream *s, enum ber_token_kind kind, struct ber_token *out)
{
    const struct ber_stream_level *level = &s->level[s->depth - 1];

    *out = (struct ber_token){
        .kind = kind, .depth = s->depth - 1, .tag = level->tag, .constructed = level->constructed};
}

static int end(struct ber_stream *s, struct ber_token *out)
{
    make_token(s, BER_TOKEN_END, out);
    s->depth--;
    return X4_OK;
}

/* ---- headers --------------------------------------------------------------------------------- */

/* Takes a header, of which a part may have come before. */
static int take_header(struct ber_stream *s, struct slice *in, struct ber_header *h)
{
    size_t before = s->header_len;
    struct slice more = slice_sub(*in, 0, sizeof(s->header) - before);
    int error;

    memcpy(s->header + before, more.p, more.len);
    s->header_len += more.len;
    error = ber_header(slice_make(s->header, s->header_len), h);
    if (error == X4_EAGAIN && s->header_len == sizeof(s->header))
        return X4_ELIMIT;
    if (error) {
        *in = slice_from(*in, more.len);
        return error;
    }
    *in = slice_from(*in, h->header_len - before);
    s->header_len = 0;
    return X4_OK;
}

static int begin(struct ber_stream *s, const struct ber_header *h, struct ber_token *out)
{
    if (h->len > room(s))
        return X4_ESYNTAX;
    if (s->depth == LIMIT_BER_STREAM_DEPTH)
        return X4_ELIMIT;
    s->depth++;
    *top(s) = (struct ber_stream_level){
        .tag = h->tag, .constructed = h->constructed, .indefinite = h->indefinite, .left = h->len};
    make_token(s, BER_TOKEN_BEGIN, out);
    return X4_OK;
}

static int on_header(struct ber_stream *s, struct slice *in, struct ber_token *out)
{
    struct ber_header h;
    int error = take_header(s, in, &h);

    if (error)
        return error;
    if (h.header_len > room(s))
        return X4_ESYNTAX;
    advance(s, h.header_len);
    if (h.tag != 0)
        return begin(s, &h, out);
    /* end-of-contents, X.690 8.1.5 */
    if (h.constructed || h.len != 0 || s->depth == 0 || !top(s)->indefinite)
        return X4_ESYNTAX;
    return end(s, out);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static int contents(struct ber_stream *s, struct slice *in, struct ber_token *out)
{
    uint64_t left = top(s)->left;

    make_token(s, BER_TOKEN_CONTENTS, out);
    out->octets = left < in->len ? slice_sub(*in, 0, (size_t)left) : *in;
    advance(s, out->octets.len);
    *in = slice_from(*in, out->octets.len);
    return X4_OK;
}

int ber_stream_next(struct ber_stream *s, struct slice *in, struct ber_token *out)
{
    if (s->depth > 0 && !top(s)->indefinite && top(s)->left == 0)
        return end(s, out);
    if (in->len == 0)
        return X4_EAGAIN;
    if (s->depth > 0 && !top(s)->constructed)
        return contents(s, in, out);
    return on_header(s, in, out);
}

bool ber_stream_is_idle(const struct ber_stream *s)
{
    return s->depth == 0 && s->header_len == 0;
}
