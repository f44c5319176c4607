/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the TLVs of an MTS-APDU as they come in. Only what must be told apart is looked into:
 * the APDU, a report's content SET, constructed content, and values of indefinite length, whose end
 * is found no other way. Everything else is an opaque run of octets. */
#include "p1/p1_in.h"

#include "base/error.h"

#include <assert.h>

enum role {
    ROLE_MESSAGE,        /* MTS-APDU [0] SEQUENCE { envelope, content } */
    ROLE_REPORT,         /* MTS-APDU [1] SEQUENCE { envelope, content } */
    ROLE_PROBE,          /* MTS-APDU [2] SET */
    ROLE_ENVELOPE,       /* of message or report: gathered */
    ROLE_REPORT_CONTENT, /* SET: its members are gathered, but for returned-content */
    ROLE_MEMBER,         /* anything in a gathered value: gathered */
    ROLE_CONTENT,        /* content or returned-content, and its segments: handed on */
    ROLE_SUPERFLUOUS,    /* dropped */
};

void p1_in_init(struct p1_in *in, p1_sink sink, void *ctx)
{
    *in = (struct p1_in){.sink = sink, .ctx = ctx, .kind = -1};
    buf_init(&in->head, LIMIT_ENVELOPE);
    buf_init(&in->stored, LIMIT_ENVELOPE + 64);
}

void p1_in_free(struct p1_in *in)
{
    buf_free(&in->head);
    buf_free(&in->stored);
}

struct slice p1_in_head(const struct p1_in *in)
{
    struct slice head = buf_view(&in->head);

    return in->has_content ? slice_sub(head, 0, in->content.to) : head;
}

static void hand_on(struct p1_in *in, struct slice octets)
{
    if (in->sink && octets.len)
        in->sink(in->ctx, octets);
}

/* From here on the APDU is swallowed as it comes. What followed the content, and the header that
 * is being read, come first. */
static void fail(struct p1_in *in, int error)
{
    in->error = error;
    in->error_at = in->position - in->header_len;
    if (in->has_content) {
        hand_on(in, slice_from(buf_view(&in->head), in->content.to));
        in->head.len = in->content.to;
    }
    hand_on(in, slice_make(in->header, in->header_len));
    in->header_len = 0;
}

static bool is_done(const struct p1_in *in)
{
    return in->kind >= 0 && in->depth == 0;
}

static struct p1_in_level *top(struct p1_in *in)
{
    return &in->level[in->depth - 1];
}

static bool is_gathered(int role)
{
    return role != ROLE_CONTENT && role != ROLE_SUPERFLUOUS;
}

/* Octets that belong to role go where they belong; false: the head is full, or there is no memory:
 * see its error. */
static bool place(struct p1_in *in, int role, struct slice octets)
{
    if (role == ROLE_SUPERFLUOUS)
        in->ignored += octets.len;
    if (!is_gathered(role))
        return true;
    buf_slice(&in->head, octets);
    return in->head.error == X4_OK;
}

/* ---- levels ---------------------------------------------------------------------------------- */

/* Counts octets against all open definite lengths. Nested lengths were checked to fit when they
 * began, so none gets below zero. */
static void advance(struct p1_in *in, uint64_t n)
{
    for (unsigned i = 0; i < in->depth; i++) {
        if (!in->level[i].indefinite)
            in->level[i].left -= n;
    }
}

/* Octets that the open definite lengths have room for. */
static uint64_t room(const struct p1_in *in)
{
    for (unsigned i = in->depth; i > 0; i--) {
        if (!in->level[i - 1].indefinite)
            return in->level[i - 1].left;
    }
    return UINT64_MAX;
}

/* The innermost TLV is complete; before: length of head before its end-of-contents. */
static void close_level(struct p1_in *in, size_t before)
{
    const struct p1_in_level *level = top(in);

    switch (level->role) {
    case ROLE_ENVELOPE: in->envelope.to = in->head.len; break;
    case ROLE_PROBE: in->envelope.to = before; break;
    case ROLE_REPORT_CONTENT: in->members.to = before; break;
    case ROLE_MESSAGE:
    case ROLE_REPORT:
        if (level->children < 2) {
            fail(in, X4_EMISSING);
            return;
        }
        break;
    default: break;
    }
    in->depth--;
}

static void close_complete(struct p1_in *in)
{
    while (!in->error && in->depth > 0 && !top(in)->indefinite && top(in)->left == 0)
        close_level(in, in->head.len);
}

/* ---- headers --------------------------------------------------------------------------------- */

static int apdu_role(struct p1_in *in, const struct ber_header *h, int *role)
{
    static const int roles[] = {
        [MTS_MESSAGE] = ROLE_MESSAGE, [MTS_REPORT] = ROLE_REPORT, [MTS_PROBE] = ROLE_PROBE};

    if (!h->constructed || h->tag < BER_CONTEXT(MTS_MESSAGE) || h->tag > BER_CONTEXT(MTS_PROBE))
        return X4_ESYNTAX;
    in->kind = (int)(h->tag - BER_CONTEXT(0));
    *role = roles[in->kind];
    return X4_OK;
}

/* Members of Message and Report, by their place. */
static int sequence_role(const struct p1_in_level *parent, const struct ber_header *h, int *role)
{
    uint32_t second = parent->role == ROLE_MESSAGE ? BER_T_OCTET_STRING : BER_T_SET;

    if (parent->children >= 2) {
        *role = ROLE_SUPERFLUOUS;
        return X4_OK;
    }
    if (parent->children == 0) {
        *role = ROLE_ENVELOPE;
        return h->tag == BER_T_SET && h->constructed ? X4_OK : X4_ESYNTAX;
    }
    *role = parent->role == ROLE_MESSAGE ? ROLE_CONTENT : ROLE_REPORT_CONTENT;
    return h->tag == second && (h->constructed || second != BER_T_SET) ? X4_OK : X4_ESYNTAX;
}

static int child_role(struct p1_in *in, const struct ber_header *h, int *role)
{
    const struct p1_in_level *parent;

    if (in->depth == 0)
        return apdu_role(in, h, role);
    parent = top(in);
    switch (parent->role) {
    case ROLE_MESSAGE:
    case ROLE_REPORT: return sequence_role(parent, h, role);
    case ROLE_REPORT_CONTENT:
        *role = h->tag == BER_CONTEXT(1) ? ROLE_CONTENT : ROLE_MEMBER;
        return *role == ROLE_CONTENT && in->has_content ? X4_EDUP : X4_OK;
    case ROLE_CONTENT: /* a segment of a constructed content (X.690 8.7.3) */
        *role = ROLE_CONTENT;
        return h->tag == BER_T_OCTET_STRING ? X4_OK : X4_ESYNTAX;
    case ROLE_SUPERFLUOUS: *role = ROLE_SUPERFLUOUS; return X4_OK;
    default: *role = ROLE_MEMBER; return X4_OK;
    }
}

/* Contents that are looked into, because their TLVs have different roles. */
static bool is_opaque(int role, const struct ber_header *h)
{
    switch (role) {
    case ROLE_ENVELOPE:
    case ROLE_MEMBER:
    case ROLE_SUPERFLUOUS: return !h->indefinite;
    case ROLE_CONTENT: return !h->constructed;
    default: return false;
    }
}

/* Where the ranges of head begin; called when the header is in head. */
static void note_begin(struct p1_in *in, int role, size_t before)
{
    switch (role) {
    case ROLE_ENVELOPE: in->envelope.from = before; break;
    case ROLE_PROBE: in->envelope.from = in->head.len; break;
    case ROLE_REPORT_CONTENT: in->members.from = in->head.len; break;
    default: break;
    }
}

static void open_level(struct p1_in *in, const struct ber_header *h)
{
    struct slice octets = slice_make(in->header, in->header_len);
    size_t before = in->head.len;
    bool first_content;
    int role;
    int error = child_role(in, h, &role);

    if (!error && !h->indefinite && h->len > room(in) - in->header_len)
        error = X4_ESYNTAX;
    if (!error && in->depth == LIMIT_BER_DEPTH)
        error = X4_ELIMIT;
    if (error) {
        fail(in, error);
        return;
    }
    first_content = role == ROLE_CONTENT && !in->has_content;
    if (!place(in, first_content ? ROLE_MEMBER : role, octets)) {
        fail(in, in->head.error);
        return;
    }
    if (first_content) {
        in->has_content = true;
        in->content = (struct p1_in_range){.from = before, .to = in->head.len};
    }
    note_begin(in, role, before);
    advance(in, in->header_len);
    if (in->depth > 0)
        top(in)->children++;
    in->header_len = 0;
    in->level[in->depth++] = (struct p1_in_level){
        .role = role, .indefinite = h->indefinite, .opaque = is_opaque(role, h), .left = h->len};
}

static void end_of_contents(struct p1_in *in, const struct ber_header *h)
{
    size_t before = in->head.len;
    struct slice octets = slice_make(in->header, in->header_len);

    if (in->depth == 0 || !top(in)->indefinite || h->constructed || h->len != 0) {
        fail(in, X4_ESYNTAX);
        return;
    }
    if (!place(in, top(in)->role, octets)) {
        fail(in, in->head.error);
        return;
    }
    advance(in, in->header_len);
    in->header_len = 0;
    close_level(in, before);
}

/* Takes one octet of a header. */
static void put_header_octet(struct p1_in *in, uint8_t octet)
{
    struct ber_header h;
    int error;

    assert(in->header_len < sizeof(in->header));
    in->header[in->header_len++] = octet;
    in->position++;
    error = ber_header(slice_make(in->header, in->header_len), &h);
    if (in->header_len > room(in))
        error = X4_ESYNTAX;
    else if (error == X4_EAGAIN && in->header_len == sizeof(in->header))
        error = X4_ELIMIT;
    if (error == X4_EAGAIN)
        return;
    if (error)
        fail(in, error);
    else if (h.tag == 0)
        end_of_contents(in, &h);
    else
        open_level(in, &h);
    close_complete(in);
}

/* ---- input ----------------------------------------------------------------------------------- */

/* Takes octets of the innermost, opaque TLV; returns how many. */
static size_t put_run(struct p1_in *in, struct slice octets)
{
    int role = top(in)->role;

    if (octets.len > top(in)->left)
        octets.len = (size_t)top(in)->left;
    if (!place(in, role, octets)) {
        fail(in, in->head.error);
        return 0;
    }
    if (role == ROLE_CONTENT) {
        hand_on(in, octets);
        in->content_len += octets.len;
    }
    in->position += octets.len;
    advance(in, octets.len);
    close_complete(in);
    return octets.len;
}

static void count_trailing(struct p1_in *in, struct slice octets)
{
    for (size_t i = 0; i < octets.len; i++)
        in->ignored += octets.p[i] != 0;
}

void p1_in_put(struct p1_in *in, struct slice octets)
{
    size_t i = 0;

    while (i < octets.len && !in->error && !is_done(in)) {
        if (in->depth > 0 && top(in)->opaque)
            i += put_run(in, slice_from(octets, i));
        else
            put_header_octet(in, octets.p[i++]);
    }
    octets = slice_from(octets, i);
    if (in->error)
        hand_on(in, octets);
    else
        count_trailing(in, octets);
    in->position += octets.len;
}

/* ---- the stored form ------------------------------------------------------------------------- */

static struct slice part(const struct p1_in *in, size_t from, size_t to)
{
    return slice_sub(buf_view(&in->head), from, to - from);
}

static void store_report(struct p1_in *in, struct slice envelope)
{
    size_t cut = in->has_content ? in->content.from : in->members.to;
    size_t resume = in->has_content ? in->content.to : in->members.to;
    struct slice first = part(in, in->members.from, cut);
    struct slice second = part(in, resume, in->members.to);
    size_t len = first.len + second.len;

    ber_put_header(&in->stored, BER_CONTEXT(MTS_REPORT), true,
                   envelope.len + ber_header_size(BER_T_SET, len) + len);
    buf_slice(&in->stored, envelope);
    ber_put_header(&in->stored, BER_T_SET, true, len);
    buf_slice(&in->stored, first);
    buf_slice(&in->stored, second);
}

int p1_in_finish(struct p1_in *in, struct p1_in_result *result)
{
    struct slice envelope;

    if (!in->error && !is_done(in))
        fail(in, X4_ETRUNC);
    *result = (struct p1_in_result){
        .kind = in->kind < 0 ? MTS_MESSAGE : (enum mts_kind)in->kind,
        .content_len = in->content_len,
        .has_content = in->has_content,
        .ignored = in->ignored,
        .error_at = in->error_at,
    };
    if (in->error)
        return in->error;
    buf_reset(&in->stored);
    envelope = part(in, in->envelope.from, in->envelope.to);
    if (in->kind == MTS_REPORT)
        store_report(in, envelope);
    else
        ber_put_tlv(&in->stored, BER_CONTEXT((unsigned)in->kind), true, envelope);
    if (in->stored.error)
        return in->stored.error;
    result->stored = buf_view(&in->stored);
    return X4_OK;
}
