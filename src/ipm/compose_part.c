/* SPDX-License-Identifier: Apache-2.0 */
/* Writing one body part. */
#include "ipm/compose.h"

#include "base/ascii.h"
#include "base/error.h"

enum { NAME_MAX_OCTETS = 256, APPLICATION_MAX = 256 };

/* ISO-IR 1: the control characters; 6: ASCII as lower half */
enum { IR_C0 = 1, IR_ASCII = 6 };

/* The TLV of a value of this type, in a buffer that the caller frees. */
static struct slice encoded(struct composer *c, const struct ber_type *type, const void *value,
                            size_t max, struct buf *b)
{
    int error;

    buf_init(b, max);
    error = ber_encode(type, value, b, NULL);
    if (error)
        composer_fail(c, error);
    return buf_view(b);
}

/* Appends an extended body part with these TLVs; no parameters when absent. */
static void put_extended(struct composer *c, enum ipm_extended type, struct slice parameters,
                         struct slice data, struct buf *out)
{
    struct ber_external external = {.direct_reference = ipm_extended_oid(type, true)};
    struct ipm_body_part part = {.which = IPM_BODY_EXTENDED};
    int error;

    external.encoding.which = 1;
    external.encoding.single = parameters;
    if (slice_present(parameters))
        part.extended.parameters = &external;
    part.extended.data.direct_reference = ipm_extended_oid(type, false);
    part.extended.data.encoding.which = 1;
    part.extended.data.encoding.single = data;
    error = c->error ? c->error : ber_encode(&ipm_type_body_part, &part, out, NULL);
    if (error)
        composer_fail(c, error);
}

/* ---- text ----------------------------------------------------------------------------------- */

/* Lines end with CR LF in X.400. */
static void put_lines(struct slice text, struct buf *out)
{
    uint8_t before = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '\n' && before != '\r')
            buf_u8(out, '\r');
        buf_u8(out, text.p[i]);
        before = text.p[i];
    }
}

static void put_ia5(struct composer *c, struct slice text, struct buf *out)
{
    struct ipm_body_part part = {.which = IPM_BODY_IA5_TEXT};
    int error;

    part.ia5_text.parameters.repertoire = 5;
    part.ia5_text.data = text;
    error = ber_encode(&ipm_type_body_part, &part, out, NULL);
    if (error)
        composer_fail(c, error);
}

static void put_general(struct composer *c, struct slice text, enum charset set, struct buf *out)
{
    static const uint8_t ascii_lower_half[] = {0x1b, '(', 'B'};
    int64_t registrations[] = {IR_C0, IR_ASCII, charset_registration(set)};
    struct ber_list list = {registrations, sizeof(registrations) / sizeof(registrations[0])};
    struct buf octets, data, parameters;

    buf_init(&octets, text.len * 2 + 16);
    buf_append(&octets, ascii_lower_half, sizeof(ascii_lower_half));
    charset_put_designation(set, &octets);
    charset_from_utf8(text, set, SIZE_MAX, &octets);
    buf_init(&data, octets.len + 16);
    ber_put_tlv(&data, BER_T_GENERAL, false, buf_view(&octets));
    put_extended(c, IPM_EXT_GENERAL_TEXT,
                 encoded(c, &ipm_type_general_text_parameters, &list, 64, &parameters),
                 buf_view(&data), out);
    if (octets.error || data.error)
        composer_fail(c, X4_ENOMEM);
    buf_free(&parameters);
    buf_free(&data);
    buf_free(&octets);
}

static void put_text(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    enum charset set = charset_choose(part->data);
    struct buf lines;

    if (!utf8_valid(part->data)) {
        composer_fail(c, X4_EINVAL);
        return;
    }
    buf_init(&lines, part->data.len * 2 + 1);
    put_lines(part->data, &lines);
    if (lines.error)
        composer_fail(c, lines.error);
    else if (set == CHARSET_ASCII)
        put_ia5(c, buf_view(&lines), out);
    else
        put_general(c, buf_view(&lines), set, out);
    buf_free(&lines);
}

/* ---- file ----------------------------------------------------------------------------------- */

/* A list of one GraphicString. */
static struct ber_list one_string(struct composer *c, const char *text, size_t max)
{
    struct slice *item = composer_alloc(c, 1, sizeof(*item));

    if (!item)
        return (struct ber_list){NULL, 0};
    *item = composer_text(c, slice_str(text), CHARSET_8859_1, max, NULL);
    return (struct ber_list){item, 1};
}

static void set_application(struct composer *c, const char *application,
                            struct ipm_graphic_strings *out)
{
    struct slice s = slice_str(application);
    bool dotted = s.len > 0 && ascii_is_digit(s.p[0]) && strchr(application, '.');

    if (dotted && ber_oid_parse(application, &c->arena, &out->registered) == X4_OK) {
        out->which = 1;
        return;
    }
    out->which = 2;
    out->descriptive = one_string(c, application, APPLICATION_MAX);
}

static void set_file_time(struct composer *c, const char *text, struct ipm_file_time *out)
{
    if (!text)
        return;
    out->which = 2;
    out->time = composer_generalized_time(c, text);
}

/* FileTransferData of one EXTERNAL, octet-aligned. The headers are written by hand so that a large
 * file is copied only once here. */
static void put_file_data(struct slice file, struct buf *out)
{
    struct slice oid = ipm_oid_binary_syntax;
    size_t octets = ber_header_size(BER_CONTEXT(1), file.len) + file.len;
    size_t external = ber_header_size(BER_T_OID, oid.len) + oid.len + octets;

    ber_put_header(out, BER_T_SEQUENCE, true, ber_header_size(BER_T_EXTERNAL, external) + external);
    ber_put_header(out, BER_T_EXTERNAL, true, external);
    ber_put_tlv(out, BER_T_OID, false, oid);
    ber_put_tlv(out, BER_CONTEXT(1), false, file);
}

static void put_file(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    struct ipm_file_attributes attributes = {.pathname = {.which = 0}};
    struct ipm_environment environment = {.raw = SLICE_NONE};
    struct ipm_file_parameters p = {.file_attributes = &attributes};
    struct buf parameters, data;

    p.contents_type.which = 1;
    p.contents_type.document_type.name = ipm_oid_unstructured_binary;
    if (part->application) {
        p.environment = &environment;
        set_application(c, part->application, &environment.application_reference);
    }
    if (part->name) {
        attributes.pathname.which = 1;
        attributes.pathname.names = one_string(c, part->name, NAME_MAX_OCTETS);
    }
    set_file_time(c, part->created, &attributes.creation);
    set_file_time(c, part->modified, &attributes.last_modification);
    attributes.object_size.which = 2;
    attributes.object_size.octets = (int64_t)part->data.len;
    buf_init(&data, part->data.len + 64);
    put_file_data(part->data, &data);
    if (data.error)
        composer_fail(c, data.error);
    put_extended(c, IPM_EXT_FILE_TRANSFER,
                 encoded(c, &ipm_type_file_parameters, &p, 4096, &parameters), buf_view(&data),
                 out);
    buf_free(&parameters);
    buf_free(&data);
}

/* ---- forwarded ------------------------------------------------------------------------------ */

static void put_message(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    struct ipm_body_part body = {.which = IPM_BODY_MESSAGE};
    int error;

    body.message.parameters.delivery_time = composer_utctime(c, part->delivered);
    body.message.data.raw = composer_inner(c, part->data, BER_T_SEQUENCE, BER_CONTEXT(0));
    error = c->error ? c->error : ber_encode(&ipm_type_body_part, &body, out, NULL);
    if (error)
        composer_fail(c, error);
}

static void put_notification(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    struct ipm_message_parameters p = {.delivery_time = composer_utctime(c, part->delivered)};
    struct ipm_ipn ipn = {
        .raw = composer_inner(c, part->data, BER_T_SET, BER_CONTEXT(1)),
    };
    struct buf parameters, data;

    if (c->error)
        return;
    put_extended(c, IPM_EXT_NOTIFICATION,
                 encoded(c, &ipm_type_message_parameters, &p, 64, &parameters),
                 encoded(c, &ipm_type_ipn, &ipn, part->data.len + 16, &data), out);
    buf_free(&parameters);
    buf_free(&data);
}

/* ---- the part ------------------------------------------------------------------------------- */

static void put_octets(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    struct ipm_body_part body = {.which = IPM_BODY_BILATERALLY_DEFINED};
    struct ber_tlv tlv;
    int error = X4_OK;

    if (part->kind == IPM_PART_NATIONAL) {
        body.which = IPM_BODY_NATIONALLY_DEFINED;
        body.nationally_defined = part->data;
        error = ber_single(part->data, &tlv);
    } else {
        body.bilaterally_defined = part->data;
    }
    if (!error)
        error = ber_encode(&ipm_type_body_part, &body, out, NULL);
    if (error)
        composer_fail(c, error);
}

void compose_part(struct composer *c, const struct ipm_new_part *part, struct buf *out)
{
    struct ipm_new_part p = *part;

    if (!slice_present(p.data))
        p.data = SLICE_LIT("");
    switch (p.kind) {
    case IPM_PART_TEXT: put_text(c, &p, out); break;
    case IPM_PART_FILE: put_file(c, &p, out); break;
    case IPM_PART_BILATERAL:
    case IPM_PART_NATIONAL: put_octets(c, &p, out); break;
    case IPM_PART_MESSAGE: put_message(c, &p, out); break;
    case IPM_PART_NOTIFICATION: put_notification(c, &p, out); break;
    default: composer_fail(c, X4_EINVAL); break;
    }
}
