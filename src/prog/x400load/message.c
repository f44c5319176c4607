/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400load/message.h"

#include "base/error.h"
#include "base/limits.h"
#include "p1/p1_out.h"

#include <stdio.h>

enum {
    STORED_MAX = LIMIT_ENVELOPE,
    HEADING_MAX = 1024,
    TAG_THIS_IPM = 11, /* IPMIdentifier [APPLICATION 11] */
    TAG_SUBJECT = 8,
};

/* ---- content --------------------------------------------------------------------------------- */

/* Heading of X.420: this-IPM and subject. */
static void put_heading(struct buf *out, struct slice local_id)
{
    static const char subject[] = "x400load";
    size_t id = ber_header_size(BER_T_PRINTABLE, local_id.len) + local_id.len;
    size_t text = ber_header_size(BER_T_TELETEX, sizeof(subject) - 1) + sizeof(subject) - 1;

    ber_put_header(out, BER_T_SET, true,
                   ber_header_size(BER_APPLICATION(TAG_THIS_IPM), id) + id +
                       ber_header_size(BER_CONTEXT(TAG_SUBJECT), text) + text);
    ber_put_header(out, BER_APPLICATION(TAG_THIS_IPM), true, id);
    ber_put_tlv(out, BER_T_PRINTABLE, false, local_id);
    ber_put_header(out, BER_CONTEXT(TAG_SUBJECT), true, text);
    ber_put_tlv(out, BER_T_TELETEX, false, slice_str(subject));
}

static uint64_t with_header(uint32_t tag, uint64_t len)
{
    return ber_header_size(tag, len) + len;
}

/* The lengths of an IPM from the inside out. */
struct lengths {
    uint64_t text, part, body_part, members, content;
};

static struct lengths lengths_of(uint64_t text, size_t heading)
{
    struct lengths l = {.text = text};

    l.part = with_header(BER_T_SET, 0) + with_header(BER_T_IA5, text);
    l.body_part = with_header(BER_CONTEXT(0), l.part);
    l.members = heading + with_header(BER_T_SEQUENCE, l.body_part);
    l.content = with_header(BER_CONTEXT(0), l.members);
    return l;
}

/* The longest text with which the content is not longer than wanted. */
static struct lengths fit(uint64_t wanted, size_t heading)
{
    uint64_t around = lengths_of(wanted, heading).content - wanted; /* at its largest */
    uint64_t text = wanted > around + STAMP_LEN ? wanted - around : STAMP_LEN;
    struct lengths l = lengths_of(text, heading);

    while (lengths_of(l.text + 1, heading).content <= wanted)
        l = lengths_of(l.text + 1, heading);
    return l;
}

/* InformationObject ipm [0] { heading, body { ia5-text [0] { parameters, data } } } up to the text,
 * whose stamp is left blank. */
static void put_content(struct buf *out, const struct lengths *l, struct slice heading)
{
    ber_put_header(out, BER_CONTEXT(0), true, l->members);
    buf_slice(out, heading);
    ber_put_header(out, BER_T_SEQUENCE, true, with_header(BER_CONTEXT(0), l->part));
    ber_put_header(out, BER_CONTEXT(0), true, l->part);
    ber_put_header(out, BER_T_SET, true, 0);
    ber_put_header(out, BER_T_IA5, false, l->text);
    buf_grow(out, STAMP_LEN);
}

/* ---- envelope -------------------------------------------------------------------------------- */

struct builder {
    const struct message_params *params;
    struct arena arena;
    struct or_name originator;
    struct mts_identity own;
    struct mts_submit_recipient *recipients;
    uint32_t *all; /* indices of all recipients */
    char local_id[STAMP_LOCAL_ID_LEN];
};

static int parse_name(struct builder *b, const char *text, struct or_name *out, struct buf *why)
{
    char *kept = arena_alloc(&b->arena, strlen(text) + 1);
    int error;

    if (!kept)
        return X4_ENOMEM;
    memcpy(kept, text, strlen(text));
    error = or_name_parse(slice_str(kept), &b->arena, out, why);
    if (error)
        buf_printf(why, " in the address '%s'", text);
    return error;
}

/* The address of recipient n, counted from 1. */
static int parse_recipient(struct builder *b, unsigned n, struct or_name *out, struct buf *why)
{
    char text[LIMIT_ORADDR_TEXT];
    const char *pattern = b->params->recipient;
    const char *mark = strchr(pattern, '#');

    if (mark)
        snprintf(text, sizeof(text), "%.*s%u%s", (int)(mark - pattern), pattern, n, mark + 1);
    else
        snprintf(text, sizeof(text), "%s", pattern);
    return parse_name(b, text, out, why);
}

static int make_recipients(struct builder *b, struct buf *why)
{
    unsigned count = b->params->recipients;
    struct or_name *names = arena_alloc(&b->arena, count * sizeof(*names));
    int error = X4_OK;

    b->recipients = arena_alloc(&b->arena, count * sizeof(*b->recipients));
    b->all = arena_alloc(&b->arena, count * sizeof(*b->all));
    if (!names || !b->recipients || !b->all)
        return X4_ENOMEM;
    for (unsigned i = 0; i < count && !error; i++) {
        error = parse_recipient(b, i + 1, &names[i], why);
        b->recipients[i] =
            (struct mts_submit_recipient){.name = &names[i], .report = b->params->reports};
        b->all[i] = i;
    }
    return error;
}

static int make_names(struct builder *b, struct buf *why)
{
    int error = parse_name(b, b->params->originator, &b->originator, why);
    const struct or_standard_attributes *at = &b->originator.address.standard;

    if (error)
        return error;
    b->own.mta_name = slice_str(b->params->mta_name);
    b->own.gdi = (struct mts_gdi){.country = at->country_name,
                                  .admd = at->administration_domain_name,
                                  .prmd = at->private_domain_name};
    stamp_local_id(b->params->run, 0, b->local_id);
    return make_recipients(b, why);
}

static int put_envelope(const struct builder *b, uint64_t content_len, struct buf *out)
{
    static const uint8_t ia5_text[] = {0x20}; /* bit 2 */
    const struct mts_eits eits = {
        .built_in = {.octets = slice_make(ia5_text, sizeof(ia5_text)), .unused = 5}};
    const struct mts_submission submission = {
        .kind = MTS_MESSAGE,
        .own = &b->own,
        .identifier = {.gdi = b->own.gdi, .local = slice_make(b->local_id, STAMP_LOCAL_ID_LEN)},
        .now_ms = b->params->now_ms,
        .originator = &b->originator,
        .recipients = b->recipients,
        .recipient_count = b->params->recipients,
        .content_type = {.which = MTS_CONTENT_BUILT_IN, .built_in = MTS_CONTENT_P22},
        .eits = &eits,
        .priority = b->params->priority,
        .deferred_ms = MTS_NO_TIME,
        .latest_ms = MTS_NO_TIME,
    };
    const struct mts_passage passage = {
        .own = &b->own, .arrival_ms = b->params->now_ms, .deferred_ms = MTS_NO_TIME};
    const struct p1_relay relay = {
        .passage = &passage,
        .internal = P1_INTERNAL_NONE,
        .recipients = b->all,
        .recipient_count = b->params->recipients,
    };
    struct buf stored;
    int error;

    buf_init(&stored, STORED_MAX);
    error = mts_submit(&submission, &stored);
    if (!error)
        error = p1_out_prefix(buf_view(&stored), content_len, &relay, out);
    buf_free(&stored);
    return error;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Where the identifiers stand that each copy has another number in. */
static int find_marks(struct message *m, struct slice local_id)
{
    struct slice head = buf_view(&m->head);
    size_t from = 0;

    for (unsigned i = 0; i < MESSAGE_MARKS; i++) {
        const uint8_t *at = slice_find(slice_from(head, from), local_id);

        if (!at)
            return X4_ENOTFOUND;
        m->local_id_at[i] = (size_t)(at - head.p);
        from = m->local_id_at[i] + local_id.len;
    }
    return X4_OK;
}

static int build(struct builder *b, struct message *m, struct buf *why)
{
    struct slice local_id = slice_make(b->local_id, STAMP_LOCAL_ID_LEN);
    struct buf heading;
    struct lengths l;
    int error = make_names(b, why);

    buf_init(&heading, HEADING_MAX);
    put_heading(&heading, local_id);
    l = fit(b->params->size, heading.len);
    if (!error)
        error = put_envelope(b, l.content, &m->head);
    if (!error) {
        m->apdu_len = m->head.len + l.content;
        put_content(&m->head, &l, buf_view(&heading));
        error = heading.error ? heading.error : m->head.error;
    }
    buf_free(&heading);
    m->text_len = l.text;
    m->content_len = l.content;
    return error ? error : find_marks(m, local_id);
}

int message_build(const struct message_params *params, struct message *out, struct buf *why)
{
    struct builder b = {.params = params};
    int error;

    *out = (struct message){.run = params->run, .recipients = params->recipients};
    buf_init(&out->head, LIMIT_ENVELOPE);
    arena_init(&b.arena, LIMIT_ENVELOPE_ARENA);
    error = build(&b, out, why);
    arena_free(&b.arena);
    if (error)
        message_free(out);
    return error;
}

void message_free(struct message *m)
{
    buf_free(&m->head);
}

/* ---- copies ---------------------------------------------------------------------------------- */

void message_copy_init(struct message_copy *copy, const struct stamp_text *text)
{
    *copy = (struct message_copy){.text = text};
    buf_init(&copy->head, LIMIT_ENVELOPE);
}

void message_copy_free(struct message_copy *copy)
{
    buf_free(&copy->head);
}

int message_copy_begin(struct message_copy *copy, const struct message *message, uint64_t number,
                       int64_t wall_us)
{
    const struct stamp stamp = {.run = message->run,
                                .number = number,
                                .recipients = message->recipients,
                                .text_len = message->text_len,
                                .wall_us = wall_us};
    uint8_t *head;

    copy->message = message;
    copy->number = number;
    copy->offset = 0;
    buf_reset(&copy->head);
    buf_slice(&copy->head, buf_view(&message->head));
    if (copy->head.error)
        return copy->head.error;
    head = copy->head.p;
    for (unsigned i = 0; i < MESSAGE_MARKS; i++)
        stamp_local_id(message->run, number, (char *)head + message->local_id_at[i]);
    stamp_print(&stamp, (char *)head + copy->head.len - STAMP_LEN);
    return X4_OK;
}

static struct slice next_octets(const struct message_copy *copy, size_t max)
{
    uint64_t head = copy->head.len;
    uint64_t left = copy->message->apdu_len - copy->offset;

    if (copy->offset < head)
        return slice_sub(buf_view(&copy->head), (size_t)copy->offset, max);
    return stamp_text_at(copy->text, copy->number, copy->offset - head + STAMP_LEN,
                         left < max ? left : max);
}

size_t message_copy_read(struct message_copy *copy, uint8_t *out, size_t size)
{
    size_t len = 0;

    while (len < size && copy->offset < copy->message->apdu_len) {
        struct slice part = next_octets(copy, size - len);

        memcpy(out + len, part.p, part.len);
        len += part.len;
        copy->offset += part.len;
    }
    return len;
}
