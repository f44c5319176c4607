/* SPDX-License-Identifier: Apache-2.0 */
/* Writing messages and notifications. */
#include "ipm/compose.h"

#include "base/error.h"

enum {
    SUBJECT_MAX = 128,          /* ub-subject-field */
    EXTENDED_SUBJECT_MAX = 256, /* ub-extended-subject-length */
    EXTENSIONS_MAX = 2,
    COMMENT_MAX = 256,
    LANGUAGE_MAX = 5,
};

/* ---- heading -------------------------------------------------------------------------------- */

static struct ber_list descriptors(struct composer *c, const struct ipm_people *people)
{
    struct ipm_or_descriptor *items;

    if (people->count == 0)
        return (struct ber_list){NULL, 0};
    items = composer_alloc(c, people->count, sizeof(*items));
    for (size_t i = 0; items && i < people->count; i++)
        items[i] = composer_descriptor(c, &people->items[i]);
    return (struct ber_list){items, items ? people->count : 0};
}

static struct ber_bits request_bits(struct composer *c, unsigned requests)
{
    uint8_t *octet;

    if (requests == 0)
        return (struct ber_bits){SLICE_NONE, 0};
    octet = composer_alloc(c, 1, 1);
    if (!octet)
        return (struct ber_bits){SLICE_NONE, 0};
    for (unsigned bit = 0; bit < 3; bit++)
        if (requests >> bit & 1)
            *octet |= (uint8_t)(0x80 >> bit);
    return (struct ber_bits){slice_make(octet, 1), 5};
}

static struct ber_list recipients(struct composer *c, const struct ipm_people *people)
{
    struct ipm_recipient_specifier *items;

    if (people->count == 0)
        return (struct ber_list){NULL, 0};
    items = composer_alloc(c, people->count, sizeof(*items));
    for (size_t i = 0; items && i < people->count; i++) {
        items[i].recipient = composer_descriptor(c, &people->items[i]);
        items[i].notification_requests = request_bits(c, people->items[i].requests);
        items[i].reply_requested = people->items[i].reply_requested;
    }
    return (struct ber_list){items, items ? people->count : 0};
}

static struct ber_list identifiers(struct composer *c, const struct ipm_ids *ids)
{
    struct ipm_identifier *items;

    if (ids->count == 0)
        return (struct ber_list){NULL, 0};
    items = composer_alloc(c, ids->count, sizeof(*items));
    for (size_t i = 0; items && i < ids->count; i++)
        items[i] = composer_id(c, &ids->items[i]);
    return (struct ber_list){items, items ? ids->count : 0};
}

/* A slot in the heading's extensions; EXTENSIONS_MAX are enough for all that we write. */
static void add_extension(struct composer *c, struct ipm_heading *h, struct slice type,
                          const struct ber_type *value_type, const void *value)
{
    struct ipm_extension *items = h->extensions.items;
    struct buf tlv;
    int error;

    if (!items)
        items = h->extensions.items = composer_alloc(c, EXTENSIONS_MAX, sizeof(*items));
    if (!items)
        return;
    buf_init(&tlv, EXTENDED_SUBJECT_MAX * 2 + 64);
    error = ber_encode(value_type, value, &tlv, NULL);
    if (error)
        composer_fail(c, error);
    items[h->extensions.count++] =
        (struct ipm_extension){.type = type, .value = composer_keep(c, &tlv)};
}

static void set_subject(struct composer *c, const char *subject, struct ipm_heading *h)
{
    struct ipm_wide_string wide = {.encoding = {.which = 1}};
    struct buf bmp;
    bool lost = false;

    if (!subject)
        return;
    if (!utf8_valid(slice_str(subject)))
        composer_fail(c, X4_EINVAL);
    h->subject = composer_text(c, slice_str(subject), CHARSET_T61, SUBJECT_MAX, &lost);
    if (!lost)
        return;
    buf_init(&bmp, EXTENDED_SUBJECT_MAX * 2);
    charset_utf8_to_bmp(slice_str(subject), EXTENDED_SUBJECT_MAX, &bmp);
    wide.encoding.characters = composer_keep(c, &bmp);
    add_extension(c, h, ipm_oid_extended_subject, &ipm_type_wide_string, &wide);
}

static void set_language(struct composer *c, const char *language, struct ipm_heading *h)
{
    struct slice code = composer_printable(c, language, LANGUAGE_MAX);
    struct ber_list list = {&code, 1};

    if (!language)
        return;
    if (code.len != 2 && code.len != LANGUAGE_MAX)
        composer_fail(c, X4_EINVAL);
    add_extension(c, h, ipm_oid_languages, &ipm_type_languages, &list);
}

static void set_heading(struct composer *c, const struct ipm_message *m, struct ipm_heading *h)
{
    h->this_ipm = composer_id(c, &m->this_ipm);
    h->originator = composer_descriptor_opt(c, m->originator);
    h->authorizing_users = descriptors(c, &m->authorizing);
    h->primary_recipients = recipients(c, &m->to);
    h->copy_recipients = recipients(c, &m->cc);
    h->blind_copy_recipients = recipients(c, &m->bcc);
    if (m->in_reply_to.local) {
        h->replied_to_ipm = composer_alloc(c, 1, sizeof(*h->replied_to_ipm));
        if (h->replied_to_ipm)
            *h->replied_to_ipm = composer_id(c, &m->in_reply_to);
    }
    h->obsoleted_ipms = identifiers(c, &m->obsoletes);
    h->related_ipms = identifiers(c, &m->related);
    set_subject(c, m->subject, h);
    h->expiry_time = composer_utctime(c, m->expiry_time);
    h->reply_time = composer_utctime(c, m->reply_time);
    h->reply_recipients = descriptors(c, &m->reply_to);
    h->importance = m->importance;
    h->sensitivity =
        (struct ber_optint){m->sensitivity != IPM_SENSITIVITY_NONE, (int64_t)m->sensitivity};
    h->auto_forwarded = m->auto_forwarded;
    set_language(c, m->language, h);
}

/* ---- message -------------------------------------------------------------------------------- */

/* What X.420 demands of numbers; texts and times are checked where they are written. */
static int check_message(const struct ipm_message *m)
{
    if (!m->this_ipm.local)
        return X4_EMISSING;
    if (m->importance < IPM_IMPORTANCE_LOW || m->importance > IPM_IMPORTANCE_HIGH)
        return X4_EINVAL;
    if (m->sensitivity < IPM_SENSITIVITY_NONE ||
        m->sensitivity > IPM_SENSITIVITY_COMPANY_CONFIDENTIAL)
        return X4_EINVAL;
    return X4_OK;
}

/* Encodes the parts into octets, one after the other, and lists them as TLVs. */
static struct ber_list compose_body(struct composer *c, const struct ipm_message *m,
                                    struct buf *octets)
{
    struct slice *items = composer_alloc(c, m->part_count, sizeof(*items));
    struct slice rest;

    for (size_t i = 0; i < m->part_count; i++)
        compose_part(c, &m->parts[i], octets);
    if (octets->error)
        composer_fail(c, octets->error);
    rest = buf_view(octets);
    for (size_t i = 0; i < m->part_count && !c->error; i++) {
        struct ber_tlv tlv;

        composer_fail(c, ber_next(&rest, &tlv));
        items[i] = tlv.raw;
    }
    return (struct ber_list){items, c->error ? 0 : m->part_count};
}

/* Encodes; after an error out is as before. */
static int finish(struct composer *c, const struct ipm_information_object *object, struct buf *out)
{
    size_t before = out->len;
    int error = c->error;

    if (!error)
        error = ber_encode(&ipm_type_information_object, object, out, NULL);
    if (error)
        out->len = before;
    composer_free(c);
    return error;
}

int ipm_compose(const struct ipm_message *message, struct buf *out)
{
    struct ipm_information_object object = {.which = 1};
    struct composer c;
    struct buf octets;
    int error = check_message(message);

    if (error)
        return error;
    composer_init(&c);
    buf_init(&octets, out->max);
    set_heading(&c, message, &object.ipm.heading);
    object.ipm.body = compose_body(&c, message, &octets);
    error = finish(&c, &object, out);
    buf_free(&octets);
    return error;
}

static bool needs_p22(const struct ipm_new_part *part)
{
    switch (part->kind) {
    case IPM_PART_TEXT: return charset_choose(part->data) != CHARSET_ASCII;
    case IPM_PART_FILE:
    case IPM_PART_BILATERAL:
    case IPM_PART_NOTIFICATION: return true;
    default: return false;
    }
}

int ipm_content_type(const struct ipm_message *message)
{
    struct buf octets;
    struct slice subject = slice_str(message->subject);
    size_t lost;

    buf_init(&octets, subject.len * 2 + 1);
    lost = charset_from_utf8(subject, CHARSET_T61, SIZE_MAX, &octets);
    if (octets.error || octets.len > SUBJECT_MAX)
        lost++;
    buf_free(&octets);
    if (lost || message->language)
        return IPM_CONTENT_P22;
    for (size_t i = 0; i < message->part_count; i++)
        if (needs_p22(&message->parts[i]))
            return IPM_CONTENT_P22;
    return IPM_CONTENT_P2;
}

/* ---- notification --------------------------------------------------------------------------- */

static void set_non_receipt(struct composer *c, const struct ipm_notification *n,
                            struct ipm_non_receipt *out)
{
    out->reason = n->non_receipt_reason;
    out->discard_reason = (struct ber_optint){n->discard_reason >= 0, n->discard_reason};
    out->auto_forward_comment = composer_printable(c, n->auto_forward_comment, COMMENT_MAX);
    if (slice_present(n->returned_ipm)) {
        out->returned_ipm = composer_alloc(c, 1, sizeof(*out->returned_ipm));
        if (out->returned_ipm)
            out->returned_ipm->raw =
                composer_inner(c, n->returned_ipm, BER_T_SEQUENCE, BER_CONTEXT(0));
    }
}

static void set_receipt(struct composer *c, const struct ipm_notification *n,
                        struct ipm_receipt *out)
{
    out->receipt_time = composer_utctime(c, n->receipt_time);
    out->acknowledgment_mode = n->automatic;
}

static int check_notification(const struct ipm_notification *n)
{
    if (!n->subject_ipm.local)
        return X4_EMISSING;
    if (n->kind == IPM_NOTIFY_RECEIPT)
        return n->receipt_time ? X4_OK : X4_EMISSING;
    if (n->kind != IPM_NOTIFY_NON_RECEIPT)
        return X4_EINVAL;
    if (n->non_receipt_reason < 0 || n->non_receipt_reason > 1 || n->discard_reason > 3)
        return X4_EINVAL;
    return X4_OK;
}

int ipm_compose_notification(const struct ipm_notification *notification, struct buf *out)
{
    struct ipm_information_object object = {.which = 2};
    struct ipm_ipn *ipn = &object.ipn;
    struct composer c;
    int error = check_notification(notification);

    if (error)
        return error;
    composer_init(&c);
    ipn->subject_ipm = composer_id(&c, &notification->subject_ipm);
    ipn->originator = composer_descriptor_opt(&c, notification->originator);
    ipn->intended_recipient = composer_descriptor_opt(&c, notification->intended);
    ipn->choice.which = (int)notification->kind;
    if (notification->kind == IPM_NOTIFY_RECEIPT)
        set_receipt(&c, notification, &ipn->choice.receipt);
    else
        set_non_receipt(&c, notification, &ipn->choice.non_receipt);
    return finish(&c, &object, out);
}
