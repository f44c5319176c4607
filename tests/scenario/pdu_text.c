/* SPDX-License-Identifier: Apache-2.0 */
#include "pdu_text.h"

#include "p1/p1_bind.h"
#include "prog/x400dump/assoc.h"
#include "trace.h"

#include <assert.h>
#include <stdlib.h>

enum {
    ARROW = 3,         /* octets of "-> " in front of a record */
    FIELD_CUT = 6,     /* of the spaces in front of a field, so many are too much here */
    BIND_ARENA = 4096, /* a bind is small */
};

struct pdu_text {
    unsigned side;
    enum pdu_text_depth depth;
    struct out out;
    struct assoc *assoc;
    struct buf records; /* as x400dump writes them */
};

static void note(void *ctx, struct slice octets)
{
    struct pdu_text *p = ctx;

    buf_slice(&p->records, octets);
}

struct pdu_text *pdu_text_new(bool initiator, enum pdu_text_depth depth)
{
    const struct out_options options = {.hex = false};
    struct pdu_text *p = calloc(1, sizeof(*p));

    assert(p);
    p->side = !initiator;
    p->depth = depth;
    buf_init(&p->records, TRACE_TEXT_MAX);
    out_init(&p->out, &options, note, p);
    p->assoc = assoc_new(&p->out, 0, 0);
    assert(p->assoc);
    p->assoc->where.side = (int)p->side;
    return p;
}

void pdu_text_free(struct pdu_text **p)
{
    assoc_free(&(*p)->assoc);
    out_free(&(*p)->out);
    buf_free(&(*p)->records);
    free(*p);
    *p = NULL;
}

/* The records go to out, each line without its arrow, and are forgotten. */
static void take_records(struct pdu_text *p, struct buf *out)
{
    struct slice rest = buf_view(&p->records);

    while (rest.len > 0) {
        const uint8_t *end = memchr(rest.p, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.p) : rest.len;
        struct slice line = slice_sub(rest, 0, len);

        if (out->len > 0 && out->p[out->len - 1] != ' ')
            buf_text(out, "\n");
        buf_slice(out, slice_from(line, line.len && line.p[0] == ' ' ? FIELD_CUT : ARROW));
        rest = slice_from(rest, len + 1);
    }
    buf_reset(&p->records);
}

/* Cuts the records off behind the first one that begins with this, or in front of it. */
static void cut_records(struct pdu_text *p, const char *begins, bool behind)
{
    const char *records = buf_cstr(&p->records);
    const char *line = records;

    while (strlen(line) > ARROW && strncmp(line + ARROW, begins, strlen(begins)) != 0)
        line = strchr(line, '\n') + 1;
    if (*line == 0)
        return;
    if (behind)
        line = strchr(line, '\n') + 1;
    p->records.len = (size_t)(line - records);
}

void pdu_text_tpkt(struct pdu_text *p, struct slice tpkt, struct buf *out)
{
    assoc_input(p->assoc, p->side, tpkt, 0);
    if (p->depth == PDU_TEXT_PDUS)
        cut_records(p, "AE ", true);
    else if (p->depth == PDU_TEXT_APDUS)
        cut_records(p, "content ", false);
    take_records(p, out);
}

static enum assoc_connect_kind connect_kind(const struct s_prim *prim)
{
    if (prim->op == PRIM_REQUEST)
        return ASSOC_REQUEST;
    return prim->u.connect.result == S_ACCEPTED ? ASSOC_ACCEPT : ASSOC_REFUSE;
}

void pdu_text_user_data(struct pdu_text *p, const struct s_prim *prim, struct buf *out)
{
    struct slice data = prim->data.count ? prim->data.part[0] : SLICE_NONE;

    if (prim->service == S_DATA) {
        data = assoc_transfer_octets(p->assoc, data);
        buf_text(out, "\nRTTR ");
        trace_show_octets(data, out);
    } else if (prim->service == S_CONNECT) {
        assoc_connect(p->assoc, connect_kind(prim), data);
    } else if (prim->service == S_U_ABORT) {
        assoc_abort_data(p->assoc, data);
    } else {
        assoc_user_data(p->assoc, data);
    }
    take_records(p, out);
    arena_reset(&p->assoc->arena);
}

/* ---- binds ----------------------------------------------------------------------------------- */

void pdu_text_put_bind(const char *words, struct buf *out)
{
    char name[256], password[256];
    struct p1_bind bind = {.credentials = P1_CREDENTIALS_IA5};

    if (!trace_word(words, "mta", name))
        return;
    bind.mta_name = slice_str(name);
    bind.password = trace_word(words, "password", password) ? slice_str(password) : SLICE_LIT("");
    assert(p1_bind_build(&bind, out) == 0);
}

/* The bind in the [16], [17] or [18] of normal mode. */
static struct slice unwrap(struct slice tlv)
{
    struct ber_tlv outer;

    if (ber_single(tlv, &outer) == 0 && outer.constructed && outer.tag >= BER_CONTEXT(16) &&
        outer.tag <= BER_CONTEXT(18))
        return outer.value;
    return tlv;
}

void pdu_text_bind(struct slice tlv, struct buf *out)
{
    struct arena arena;
    struct p1_bind bind;
    struct ber_tlv error;
    int64_t value;

    if (!slice_present(tlv))
        return;
    tlv = unwrap(tlv);
    arena_init(&arena, BIND_ARENA);
    if (ber_single(tlv, &error) == 0 && error.tag == BER_T_INTEGER &&
        ber_integer_value(error.value, &value) == 0)
        buf_printf(out, " error=%s", p1_bind_error_text((int)value));
    else if (p1_bind_parse(tlv, &arena, &bind) == 0 && bind.credentials == P1_CREDENTIALS_NONE)
        buf_text(out, " no credentials");
    else if (p1_bind_parse(tlv, &arena, &bind) == 0)
        buf_printf(out, " mta=\"%.*s\" password=\"%.*s\"", (int)bind.mta_name.len,
                   (const char *)bind.mta_name.p, (int)bind.password.len,
                   (const char *)bind.password.p);
    else
        buf_text(out, " user data that is no bind");
    arena_free(&arena);
}
