/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a content for people. */
#include "ipm/part.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/limits.h"

#include <inttypes.h>

enum { STEP = 4, LABEL_WIDTH = 14, OID_TEXT = 256 };

struct show {
    struct arena *arena;
    unsigned what; /* IPM_SHOW_* */
    unsigned indent;
    unsigned depth;
    struct buf *out;
};

static void show_content(struct show *s, const struct ipm_content *content);

static void label(struct show *s, const char *name)
{
    buf_printf(s->out, "%*s%-*s", (int)s->indent, "", LABEL_WIDTH, name);
}

static void put_text(struct show *s, struct slice utf8)
{
    utf8_put_safe(utf8, s->indent + LABEL_WIDTH, s->out);
}

/* ---- names ---------------------------------------------------------------------------------- */

static void put_descriptor(struct show *s, const struct ipm_or_descriptor *d)
{
    bool named = slice_present(d->free_form_name);

    if (named)
        put_text(s, ipm_text(d->free_form_name, CHARSET_T61, s->arena));
    if (d->formal_name) {
        buf_text(s->out, named ? " <" : "");
        or_address_print(&d->formal_name->address, OR_TEXT_A, s->out);
        buf_text(s->out, named ? ">" : "");
        if (slice_present(d->formal_name->directory_name))
            buf_text(s->out, " (with a directory name)");
    }
    if (slice_present(d->telephone_number)) {
        buf_text(s->out, ", tel. ");
        put_text(s, d->telephone_number);
    }
}

static void show_descriptor(struct show *s, const char *name, const struct ipm_or_descriptor *d)
{
    if (!d)
        return;
    label(s, name);
    put_descriptor(s, d);
    buf_u8(s->out, '\n');
}

static void show_descriptors(struct show *s, const char *name, const struct ber_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        show_descriptor(s, name, BER_ITEM(*list, struct ipm_or_descriptor, i));
}

static void show_recipients(struct show *s, const char *name, const struct ber_list *list)
{
    static const char *const requests[] = {"receipt", "non-receipt", "return of the message"};

    for (size_t i = 0; i < list->count; i++) {
        const struct ipm_recipient_specifier *r =
            BER_ITEM(*list, struct ipm_recipient_specifier, i);

        label(s, name);
        put_descriptor(s, &r->recipient);
        for (unsigned bit = 0; bit < 3; bit++)
            if (ber_bit(&r->notification_requests, bit))
                buf_printf(s->out, " [%s asked for]", requests[bit]);
        if (r->reply_requested)
            buf_text(s->out, " [reply asked for]");
        buf_u8(s->out, '\n');
    }
}

static void show_id(struct show *s, const char *name, const struct ipm_identifier *id)
{
    label(s, name);
    put_text(s, id->user_relative_identifier);
    if (id->user) {
        buf_text(s->out, " of ");
        or_address_print(&id->user->address, OR_TEXT_A, s->out);
    }
    buf_u8(s->out, '\n');
}

static void show_ids(struct show *s, const char *name, const struct ber_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        show_id(s, name, BER_ITEM(*list, struct ipm_identifier, i));
}

/* "YYMMDDhhmm[ss]zone", or with four digits of the year: as it came, but with separators. */
static void put_time(struct show *s, struct slice t, bool utctime)
{
    static const char before[] = "-- :: "; /* month, day, hour, minute, second */
    size_t year = utctime ? 2 : 4;
    size_t digits = 0;

    while (digits < t.len && ascii_is_digit(t.p[digits]))
        digits++;
    if (digits < year + 6) {
        put_text(s, t);
        return;
    }
    put_text(s, slice_sub(t, 0, year));
    for (size_t at = year; at < digits; at += 2) {
        buf_u8(s->out, (uint8_t)before[at < year + 10 ? (at - year) / 2 : 5]);
        put_text(s, slice_sub(t, at, digits - at < 2 ? 1 : 2));
    }
    put_text(s, slice_from(t, digits));
}

static void show_time(struct show *s, const char *name, struct slice time)
{
    if (!slice_present(time))
        return;
    label(s, name);
    put_time(s, time, true);
    buf_u8(s->out, '\n');
}

static void show_text(struct show *s, const char *name, struct slice utf8)
{
    if (!slice_present(utf8))
        return;
    label(s, name);
    put_text(s, utf8);
    buf_u8(s->out, '\n');
}

/* ---- heading -------------------------------------------------------------------------------- */

static void show_extensions(struct show *s, const struct ber_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ipm_extension *e = BER_ITEM(*list, struct ipm_extension, i);
        const struct ipm_extension_info *info = ipm_extension_find(e->type);
        char oid[OID_TEXT];

        if (slice_eq(e->type, ipm_oid_extended_subject))
            continue; /* shown as the subject */
        label(s, "Extension:");
        if (info)
            buf_text(s->out, info->name);
        else if (ber_oid_print(e->type, oid, sizeof(oid)) > 0)
            buf_text(s->out, oid);
        else
            buf_text(s->out, "(unreadable identifier)");
        buf_u8(s->out, '\n');
    }
}

static void show_choices(struct show *s, const struct ipm_heading *h)
{
    static const char *const sensitivities[] = {"", "personal", "private", "company-confidential"};

    if (h->importance != IPM_IMPORTANCE_NORMAL)
        show_text(s, "Importance:",
                  slice_str(h->importance == IPM_IMPORTANCE_LOW    ? "low"
                            : h->importance == IPM_IMPORTANCE_HIGH ? "high"
                                                                   : "unknown value"));
    if (h->sensitivity.present)
        show_text(s, "Sensitivity:",
                  slice_str(h->sensitivity.value >= 1 && h->sensitivity.value <= 3
                                ? sensitivities[h->sensitivity.value]
                                : "unknown value"));
    if (h->auto_forwarded)
        show_text(s, "Forwarded:", SLICE_LIT("automatically"));
}

static void show_heading(struct show *s, const struct ipm_content *content)
{
    const struct ipm_heading *h = content->heading;

    show_id(s, "Message:", &h->this_ipm);
    show_descriptor(s, "From:", h->originator);
    show_descriptors(s, "Authorized by:", &h->authorizing_users);
    show_recipients(s, "To:", &h->primary_recipients);
    show_recipients(s, "Cc:", &h->copy_recipients);
    show_recipients(s, "Bcc:", &h->blind_copy_recipients);
    show_descriptors(s, "Reply to:", &h->reply_recipients);
    if (h->replied_to_ipm)
        show_id(s, "In reply to:", h->replied_to_ipm);
    show_ids(s, "Obsoletes:", &h->obsoleted_ipms);
    show_ids(s, "Related to:", &h->related_ipms);
    show_text(s, "Subject:", slice_str(content->subject));
    show_time(s, "Expires:", h->expiry_time);
    show_time(s, "Reply by:", h->reply_time);
    show_choices(s, h);
    show_extensions(s, &h->extensions);
}

/* ---- body ----------------------------------------------------------------------------------- */

/* "[2] file-transfer "plan.doc", 1234 octets, changed 2026-11-22 17:01Z" */
static void show_part_line(struct show *s, const struct ipm_part *part, size_t number)
{
    buf_printf(s->out, "%*s[%zu] %s", (int)s->indent, "", number, part->type);
    if (slice_present(part->name)) {
        buf_text(s->out, " \"");
        put_text(s, part->name);
        buf_u8(s->out, '"');
    }
    if (part->kind != IPM_PART_TEXT)
        buf_printf(s->out, ", %zu octets", part->octets.len);
    if (part->size >= 0 && (uint64_t)part->size != part->octets.len)
        buf_printf(s->out, " (stated: %" PRId64 ")", part->size);
    if (slice_present(part->modified)) {
        buf_text(s->out, ", changed ");
        put_time(s, part->modified, false);
    }
    if (slice_present(part->application)) {
        buf_text(s->out, ", of ");
        put_text(s, part->application);
    }
    if (part->problem)
        buf_printf(s->out, " (%s)", part->problem);
    buf_u8(s->out, '\n');
}

static void show_nested(struct show *s, struct slice content)
{
    struct ipm_content nested;
    struct show inner = *s;

    inner.indent += STEP;
    inner.depth++;
    if (inner.depth > IPM_NESTING_MAX) {
        buf_printf(s->out, "%*s(nested too deep)\n", (int)inner.indent, "");
        return;
    }
    if (ipm_parse(content, s->arena, &nested))
        buf_printf(s->out, "%*s(cannot be read)\n", (int)inner.indent, "");
    else
        show_content(&inner, &nested);
}

static void show_part(struct show *s, const struct ipm_part *part, size_t number)
{
    show_part_line(s, part, number);
    if (part->kind == IPM_PART_TEXT && s->what & IPM_SHOW_TEXT) {
        buf_printf(s->out, "%*s", (int)s->indent, "");
        utf8_put_safe(part->text, s->indent, s->out);
        buf_text(s->out, "\n");
    }
    if (part->kind == IPM_PART_MESSAGE || part->kind == IPM_PART_NOTIFICATION)
        show_nested(s, part->octets);
}

/* ---- notification --------------------------------------------------------------------------- */

static void show_non_receipt(struct show *s, const struct ipm_non_receipt *n)
{
    static const char *const discards[] = {"expired", "obsoleted",
                                           "the recipient is no longer a user", "deleted"};
    struct buf content;

    show_text(s, "Kind:", SLICE_LIT("non-receipt notification"));
    show_text(s, "Reason:",
              slice_str(n->reason == 0   ? "the message was discarded"
                        : n->reason == 1 ? "the message was forwarded automatically"
                                         : "unknown value"));
    if (n->discard_reason.present)
        show_text(s, "Discarded:",
                  slice_str(n->discard_reason.value >= 0 && n->discard_reason.value <= 3
                                ? discards[n->discard_reason.value]
                                : "unknown value"));
    show_text(s, "Comment:", n->auto_forward_comment);
    if (!n->returned_ipm)
        return;
    show_text(s, "Returned:", SLICE_LIT("the message"));
    buf_init(&content, n->returned_ipm->raw.len + 16);
    if (ber_encode_tagged(&ipm_type_ipm, BER_CONTEXT(0), n->returned_ipm, &content, NULL) == X4_OK)
        show_nested(s, buf_view(&content));
    buf_free(&content);
}

static void show_notification(struct show *s, const struct ipm_ipn *ipn)
{
    show_id(s, "About:", &ipn->subject_ipm);
    show_descriptor(s, "From:", ipn->originator);
    show_descriptor(s, "Meant for:", ipn->intended_recipient);
    if (ipn->choice.which == IPM_NOTIFY_NON_RECEIPT) {
        show_non_receipt(s, &ipn->choice.non_receipt);
    } else if (ipn->choice.which == IPM_NOTIFY_RECEIPT) {
        show_text(s, "Kind:", SLICE_LIT("receipt notification"));
        show_time(s, "Received:", ipn->choice.receipt.receipt_time);
        if (ipn->choice.receipt.acknowledgment_mode == 1)
            show_text(s, "Sent:", SLICE_LIT("automatically"));
        show_text(s, "Information:", ipn->choice.receipt.suppl_receipt_info);
    } else {
        show_text(s, "Kind:", SLICE_LIT("other notification"));
        show_extensions(s, &ipn->choice.other);
    }
    show_extensions(s, &ipn->notification_extensions);
}

/* ---- content -------------------------------------------------------------------------------- */

static void show_content(struct show *s, const struct ipm_content *content)
{
    if (content->ipn) {
        show_notification(s, content->ipn);
        return;
    }
    if (s->what & IPM_SHOW_HEADINGS)
        show_heading(s, content);
    for (size_t i = 0; i < content->part_count; i++) {
        if (i > 0 || s->what & IPM_SHOW_HEADINGS)
            buf_u8(s->out, '\n');
        show_part(s, &content->parts[i], i + 1);
    }
}

int ipm_show(struct slice content, unsigned what, struct buf *out)
{
    struct ipm_content parsed;
    struct arena arena;
    struct show s = {.arena = &arena, .what = what, .out = out};
    int error;

    /* texts may grow threefold, and forwarded messages are copied once per level */
    arena_init(&arena, LIMIT_ENVELOPE_ARENA + content.len * 4);
    error = ipm_parse(content, &arena, &parsed);
    if (!error)
        show_content(&s, &parsed);
    arena_free(&arena);
    return error ? error : out->error;
}
