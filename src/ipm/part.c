/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one body part: what it is, its text, its file. */
#include "ipm/part.h"

#include "base/error.h"

enum { OID_TEXT = 256, TEXT_GROWTH = 3 /* octets of UTF-8 for one octet of any of our sets */ };

/* ---- text ----------------------------------------------------------------------------------- */

struct slice ipm_text(struct slice in, enum charset upper, struct arena *arena)
{
    struct slice out = SLICE_NONE;
    struct buf text;

    if (!slice_present(in))
        return out;
    buf_init(&text, in.len * TEXT_GROWTH + 1);
    charset_to_utf8(in, upper, &text);
    if (!text.error)
        out = arena_dup(arena, buf_view(&text));
    buf_free(&text);
    return out;
}

struct slice ipm_joined(const struct ber_list *strings, char separator, struct arena *arena)
{
    struct slice out = SLICE_NONE;
    struct buf text;
    size_t max = 1;

    if (!strings->items)
        return out;
    for (size_t i = 0; i < strings->count; i++)
        max += BER_ITEM(*strings, struct slice, i)->len * TEXT_GROWTH + 1;
    buf_init(&text, max);
    for (size_t i = 0; i < strings->count; i++) {
        if (i > 0)
            buf_u8(&text, (uint8_t)separator);
        charset_to_utf8(*BER_ITEM(*strings, struct slice, i), CHARSET_8859_1, &text);
    }
    if (!text.error)
        out = arena_dup(arena, buf_view(&text));
    buf_free(&text);
    return out;
}

static const char *oid_text(struct slice oid, struct arena *arena)
{
    char text[OID_TEXT];

    if (ber_oid_print(oid, text, sizeof(text)) < 0)
        return NULL;
    return arena_printf(arena, "%s", text);
}

/* ---- EXTERNAL ------------------------------------------------------------------------------- */

struct slice ipm_external_tlv(const struct ber_external *external)
{
    struct ber_tlv tlv;
    struct slice in = external->encoding.which == 1   ? external->encoding.single
                      : external->encoding.which == 2 ? external->encoding.octets
                                                      : SLICE_NONE;

    return slice_present(in) && ber_single(in, &tlv) == X4_OK ? in : SLICE_NONE;
}

/* The octets that an EXTERNAL carries as a string with this tag. Octet-aligned ones are such a TLV
 * or, as many send it, the bare octets. */
static int external_octets(const struct ber_external *external, uint32_t tag, struct arena *arena,
                           struct slice *out)
{
    struct slice in = ipm_external_tlv(external);
    struct ber_tlv tlv;

    if (slice_present(in) && ber_single(in, &tlv) == X4_OK && tlv.tag == tag)
        return ber_string_value(&tlv, arena, out);
    if (external->encoding.which == 2)
        *out = external->encoding.octets;
    else if (external->encoding.which == 3)
        *out = external->encoding.arbitrary.octets;
    else
        return X4_ESYNTAX;
    return X4_OK;
}

/* The parameters of an extended body part; X4_EMISSING when there are none. */
static int extended_parameters(const struct ipm_extended_part *part, const struct ber_type *type,
                               struct arena *arena, void *value)
{
    struct slice in;

    memset(value, 0, type->size);
    if (!part->parameters)
        return X4_EMISSING;
    in = ipm_external_tlv(part->parameters);
    return slice_present(in) ? ber_decode(type, in, arena, value, NULL, NULL) : X4_ESYNTAX;
}

/* ---- texts ---------------------------------------------------------------------------------- */

static void set_text(struct ipm_part *out, struct slice in, enum charset upper, struct arena *arena)
{
    out->kind = IPM_PART_TEXT;
    out->text = ipm_text(in, upper, arena);
    if (slice_present(out->text))
        out->octets = out->text;
    else
        out->problem = "the text is too long";
}

/* X.420 has nothing designated at the start (RFC 1502 3.2), but many send no escape sequence: then
 * the parameters tell. */
static enum charset general_text_upper(const struct ipm_extended_part *part, struct arena *arena)
{
    struct ber_list sets;
    enum charset upper = CHARSET_ASCII;

    if (extended_parameters(part, &ipm_type_general_text_parameters, arena, &sets))
        return upper;
    for (size_t i = 0; i < sets.count; i++) {
        enum charset set = charset_by_registration(*BER_ITEM(sets, int64_t, i));

        if (set > CHARSET_ASCII)
            upper = set;
    }
    return upper;
}

static void read_text(const struct ipm_extended_part *part, uint32_t tag, enum charset upper,
                      struct arena *arena, struct ipm_part *out)
{
    struct slice in;

    if (external_octets(&part->data, tag, arena, &in) == X4_OK)
        set_text(out, in, upper, arena);
    else
        out->problem = "the text cannot be read";
}

/* TeletexData: pages. pages is the contents of the SEQUENCE. */
static void read_teletex(struct slice pages, struct arena *arena, struct ipm_part *out)
{
    struct buf text;

    buf_init(&text, pages.len + 1);
    while (pages.len > 0) {
        struct ber_tlv page;
        struct slice octets;

        if (ber_next(&pages, &page) || ber_string_value(&page, arena, &octets)) {
            out->problem = "a page cannot be read";
            break;
        }
        buf_slice(&text, octets);
    }
    set_text(out, buf_view(&text), CHARSET_T61, arena);
    buf_free(&text);
}

/* TeletexBodyPart: parameters, data */
static void read_basic_teletex(struct slice body_part, struct arena *arena, struct ipm_part *out)
{
    struct ber_tlv tlv, pages;
    struct slice in;

    if (ber_single(body_part, &tlv) == X4_OK) {
        in = tlv.value;
        if (ber_next(&in, &pages) == X4_OK && ber_next(&in, &pages) == X4_OK) {
            read_teletex(pages.value, arena, out);
            return;
        }
    }
    out->problem = "the text cannot be read";
}

/* ---- files ---------------------------------------------------------------------------------- */

static struct slice file_time(const struct ipm_file_time *time)
{
    return time->which == 2 ? time->time : SLICE_NONE;
}

static void read_file_parameters(const struct ipm_file_parameters *p, struct arena *arena,
                                 struct ipm_part *out)
{
    const struct ipm_file_attributes *a = p->file_attributes;

    if (p->environment) {
        const struct ipm_graphic_strings *app = &p->environment->application_reference;

        if (app->which == 1)
            out->application = slice_str(oid_text(app->registered, arena));
        else if (app->which == 2)
            out->application = ipm_joined(&app->descriptive, ' ', arena);
    }
    if (a) {
        out->name = ipm_joined(&a->pathname.names, '/', arena);
        out->modified = file_time(&a->last_modification);
        out->created = file_time(&a->creation);
        if (a->object_size.which == 2)
            out->size = a->object_size.octets;
    }
    /* Others put the name where people see it (RFC 2157 2.3.2). */
    if (!slice_present(out->name) && p->environment)
        out->name = ipm_joined(&p->environment->user_visible_string, ' ', arena);
    if (p->compression)
        out->problem = "the file is compressed";
}

/* FileTransferData: a SEQUENCE OF EXTERNAL that are the file one after the other. */
static int read_file_data(struct slice in, struct arena *arena, struct slice *out)
{
    struct ber_list pieces;
    size_t len = 0, at = 0;
    uint8_t *whole;
    int error = ber_decode(&ipm_type_file_data, in, arena, &pieces, NULL, NULL);

    for (size_t i = 0; i < pieces.count && !error; i++) {
        error = external_octets(BER_ITEM(pieces, struct ber_external, i), BER_T_OCTET_STRING, arena,
                                out);
        len += out->len;
    }
    if (error || pieces.count == 1)
        return error;
    whole = arena_alloc(arena, len);
    if (!whole)
        return X4_ENOMEM;
    for (size_t i = 0; i < pieces.count && !error; i++) {
        struct slice piece;

        error = external_octets(BER_ITEM(pieces, struct ber_external, i), BER_T_OCTET_STRING, arena,
                                &piece);
        if (!error && piece.len > 0)
            memcpy(whole + at, piece.p, piece.len);
        at += error ? 0 : piece.len;
    }
    *out = slice_make(whole, len);
    return error;
}

static void read_file(const struct ipm_extended_part *part, struct arena *arena,
                      struct ipm_part *out)
{
    struct ipm_file_parameters p;
    struct slice data = ipm_external_tlv(&part->data);
    struct slice octets = SLICE_NONE;

    out->kind = IPM_PART_FILE;
    if (extended_parameters(part, &ipm_type_file_parameters, arena, &p) == X4_OK)
        read_file_parameters(&p, arena, out);
    else if (part->parameters)
        out->problem = "the file's parameters cannot be read";
    if (slice_present(data) && read_file_data(data, arena, &octets) == X4_OK)
        out->octets = octets;
    else
        out->problem = "the file's data cannot be read";
}

/* ---- forwarded ------------------------------------------------------------------------------ */

/* An IPM as the content that it was: InformationObject with this tag, [0] or [1]. */
static void set_content(struct slice ipm, uint32_t tag, enum ipm_part_kind kind,
                        struct arena *arena, struct ipm_part *out)
{
    struct ber_tlv tlv;
    struct buf content;

    out->kind = kind;
    if (!slice_present(ipm) || ber_single(ipm, &tlv) != X4_OK) {
        out->problem = "the forwarded content cannot be read";
        return;
    }
    buf_init(&content, tlv.value.len + 16);
    ber_put_tlv(&content, tag, true, tlv.value);
    out->octets = content.error ? SLICE_NONE : arena_dup(arena, buf_view(&content));
    if (!slice_present(out->octets)) {
        out->octets = tlv.raw;
        out->problem = "the forwarded content is too long";
    }
    buf_free(&content);
}

/* ForwardedContent: the octets are the content; only interpersonal ones are messages to us. */
static void read_content(const struct ipm_extended_part *part, struct arena *arena,
                         struct ipm_part *out)
{
    struct ber_tlv tlv;
    struct slice content;

    if (external_octets(&part->data, BER_T_OCTET_STRING, arena, &content)) {
        out->problem = "the forwarded content cannot be read";
        return;
    }
    out->octets = content;
    if (ber_single(content, &tlv) == X4_OK)
        out->kind = tlv.tag == BER_CONTEXT(0)   ? IPM_PART_MESSAGE
                    : tlv.tag == BER_CONTEXT(1) ? IPM_PART_NOTIFICATION
                                                : IPM_PART_OTHER;
}

/* ---- the part ------------------------------------------------------------------------------- */

static void read_bilateral(const struct ipm_extended_part *part, struct arena *arena,
                           struct ipm_part *out)
{
    out->kind = IPM_PART_BILATERAL;
    if (external_octets(&part->data, BER_T_OCTET_STRING, arena, &out->octets))
        out->problem = "the octets cannot be read";
}

static void read_extended(const struct ipm_extended_part *part, struct arena *arena,
                          struct ipm_part *out)
{
    struct slice oid = part->data.direct_reference;
    enum ipm_extended type = ipm_extended_find(oid, false, NULL);
    struct slice tlv = ipm_external_tlv(&part->data);
    struct ber_tlv inner;

    if (slice_present(tlv))
        out->octets = tlv;
    out->type = type == IPM_EXT_UNKNOWN && slice_present(oid) ? oid_text(oid, arena)
                                                              : ipm_extended_name(type);
    switch (type) {
    case IPM_EXT_IA5_TEXT: read_text(part, BER_T_IA5, CHARSET_8859_1, arena, out); break;
    case IPM_EXT_GENERAL_TEXT:
        read_text(part, BER_T_GENERAL, general_text_upper(part, arena), arena, out);
        break;
    case IPM_EXT_TELETEX:
        if (slice_present(tlv) && ber_single(tlv, &inner) == X4_OK)
            read_teletex(inner.value, arena, out);
        break;
    case IPM_EXT_FILE_TRANSFER: read_file(part, arena, out); break;
    case IPM_EXT_BILATERALLY_DEFINED: read_bilateral(part, arena, out); break;
    case IPM_EXT_NATIONALLY_DEFINED: out->kind = IPM_PART_NATIONAL; break;
    case IPM_EXT_MESSAGE: set_content(tlv, BER_CONTEXT(0), IPM_PART_MESSAGE, arena, out); break;
    case IPM_EXT_NOTIFICATION:
        set_content(tlv, BER_CONTEXT(1), IPM_PART_NOTIFICATION, arena, out);
        break;
    case IPM_EXT_REPORT: out->kind = IPM_PART_REPORT; break;
    case IPM_EXT_CONTENT: read_content(part, arena, out); break;
    default: break;
    }
}

int ipm_part_read(struct slice tlv, struct arena *arena, struct ipm_part *out)
{
    struct ipm_body_part part;
    int error = ber_decode(&ipm_type_body_part, tlv, arena, &part, NULL, NULL);

    *out = (struct ipm_part){
        .kind = IPM_PART_OTHER, .type = "unknown", .tlv = tlv, .octets = tlv, .size = -1};
    if (error) {
        out->problem = "the body part cannot be read";
        return error == X4_ENOMEM ? error : X4_OK;
    }
    out->type = ipm_type_body_part.fields[part.which - 1].name;
    switch (part.which) {
    case IPM_BODY_IA5_TEXT: set_text(out, part.ia5_text.data, CHARSET_8859_1, arena); break;
    case IPM_BODY_TELETEX: read_basic_teletex(tlv, arena, out); break;
    case IPM_BODY_BILATERALLY_DEFINED:
        out->kind = IPM_PART_BILATERAL;
        out->octets = part.bilaterally_defined;
        break;
    case IPM_BODY_NATIONALLY_DEFINED:
        out->kind = IPM_PART_NATIONAL;
        out->octets = part.nationally_defined;
        break;
    case IPM_BODY_MESSAGE:
        set_content(part.message.data.raw, BER_CONTEXT(0), IPM_PART_MESSAGE, arena, out);
        break;
    case IPM_BODY_EXTENDED: read_extended(&part.extended, arena, out); break;
    default: break;
    }
    return out->type ? X4_OK : X4_ENOMEM;
}
