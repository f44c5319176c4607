/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a content field by field, with the names of X.420. */
#include "ipm/part.h"

#include "base/error.h"
#include "base/limits.h"

enum { STEP = 2, OID_TEXT = 256 };

struct dump {
    struct arena arena;
    struct buf *out;
    unsigned depth;
};

static void dump_content(struct dump *d, struct slice content, unsigned indent);

static void line(struct dump *d, unsigned indent, const char *text)
{
    buf_printf(d->out, "%*s%s\n", (int)indent, "", text);
}

static void put_oid(struct dump *d, struct slice oid)
{
    char text[OID_TEXT];

    buf_text(d->out, ber_oid_print(oid, text, sizeof(text)) > 0 ? text : "(no identifier)");
}

/* By its table where there is one. */
static void dump_value(struct dump *d, const struct ber_type *type, struct slice tlv,
                       unsigned indent)
{
    if (type)
        ber_dump(type, tlv, indent, d->out);
    else
        ber_dump_tree(tlv, indent, d->out);
}

/* ---- extensions ----------------------------------------------------------------------------- */

static void dump_extensions(struct dump *d, const struct ber_list *list, unsigned indent)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ipm_extension *e = BER_ITEM(*list, struct ipm_extension, i);
        const struct ipm_extension_info *info = ipm_extension_find(e->type);

        buf_printf(d->out, "%*sextension ", (int)indent, "");
        put_oid(d, e->type);
        buf_printf(d->out, " (%s)\n", info ? info->name : "unknown");
        if (info && slice_present(e->value))
            dump_value(d, info->type, e->value, indent + STEP);
    }
}

static void dump_recipient_extensions(struct dump *d, const struct ber_list *list, unsigned indent)
{
    for (size_t i = 0; i < list->count; i++)
        dump_extensions(
            d, &BER_ITEM(*list, struct ipm_recipient_specifier, i)->recipient_extensions, indent);
}

/* The heading by its table, then what its extensions are. */
static void dump_heading(struct dump *d, struct slice tlv, unsigned indent)
{
    struct ipm_heading h;

    ber_dump(&ipm_type_heading, tlv, indent, d->out);
    if (ber_decode(&ipm_type_heading, tlv, &d->arena, &h, NULL, NULL))
        return;
    dump_extensions(d, &h.extensions, indent + STEP);
    dump_recipient_extensions(d, &h.primary_recipients, indent + STEP);
    dump_recipient_extensions(d, &h.copy_recipients, indent + STEP);
    dump_recipient_extensions(d, &h.blind_copy_recipients, indent + STEP);
}

/* ---- body parts ----------------------------------------------------------------------------- */

/* A forwarded content, in the form ipm_part_read() made of it. */
static void dump_nested(struct dump *d, struct slice tlv, unsigned indent)
{
    struct ipm_part part;

    if (ipm_part_read(tlv, &d->arena, &part) || part.problem ||
        (part.kind != IPM_PART_MESSAGE && part.kind != IPM_PART_NOTIFICATION)) {
        line(d, indent, "(not interpersonal, or cannot be read)");
        return;
    }
    if (++d->depth > IPM_NESTING_MAX)
        line(d, indent, "(nested too deep)");
    else
        dump_content(d, part.octets, indent);
    d->depth--;
}

static void dump_extended(struct dump *d, const struct ipm_extended_part *part, struct slice tlv,
                          unsigned indent)
{
    enum ipm_extended type = ipm_extended_find(part->data.direct_reference, false, NULL);
    struct slice data = ipm_external_tlv(&part->data);

    buf_printf(d->out, "%*sextended: %s ", (int)indent, "", ipm_extended_name(type));
    put_oid(d, part->data.direct_reference);
    buf_u8(d->out, '\n');
    if (part->parameters) {
        struct slice parameters = ipm_external_tlv(part->parameters);

        line(d, indent + STEP, "parameters:");
        if (slice_present(parameters))
            dump_value(d, ipm_extended_parameters_type(type), parameters, indent + 2 * STEP);
        else
            ber_dump(&ber_type_external, part->parameters->raw, indent + 2 * STEP, d->out);
    }
    line(d, indent + STEP, "data:");
    if (type == IPM_EXT_MESSAGE || type == IPM_EXT_NOTIFICATION || type == IPM_EXT_CONTENT)
        dump_nested(d, tlv, indent + 2 * STEP);
    else if (slice_present(data))
        dump_value(d, ipm_extended_data_type(type), data, indent + 2 * STEP);
    else
        ber_dump(&ber_type_external, part->data.raw, indent + 2 * STEP, d->out);
}

static void dump_part(struct dump *d, struct slice tlv, unsigned indent)
{
    struct ipm_body_part part;

    if (ber_decode(&ipm_type_body_part, tlv, &d->arena, &part, NULL, NULL)) {
        ber_dump(&ipm_type_body_part, tlv, indent, d->out);
    } else if (part.which == IPM_BODY_EXTENDED) {
        dump_extended(d, &part.extended, tlv, indent);
    } else if (part.which == IPM_BODY_MESSAGE) {
        line(d, indent, "message:");
        ber_dump(&ipm_type_message_parameters, part.message.parameters.raw, indent + STEP, d->out);
        dump_nested(d, tlv, indent + STEP);
    } else {
        ber_dump(&ipm_type_body_part, tlv, indent, d->out);
    }
}

/* ---- content -------------------------------------------------------------------------------- */

/* contents of the IPM's SEQUENCE */
static void dump_ipm(struct dump *d, struct slice in, unsigned indent)
{
    struct ber_tlv heading, body;

    line(d, indent, "IPM");
    if (ber_next(&in, &heading) || ber_next(&in, &body)) {
        ber_dump_tree(in, indent + STEP, d->out);
        return;
    }
    dump_heading(d, heading.raw, indent + STEP);
    line(d, indent + STEP, "Body");
    in = body.value;
    for (size_t i = 1; in.len > 0 && !d->out->error; i++) {
        struct ber_tlv part;

        if (ber_next(&in, &part)) {
            ber_dump_tree(in, indent + 2 * STEP, d->out);
            return;
        }
        buf_printf(d->out, "%*sBodyPart %zu\n", (int)(indent + 2 * STEP), "", i);
        dump_part(d, part.raw, indent + 3 * STEP);
    }
}

static void dump_ipn(struct dump *d, struct slice tlv, unsigned indent)
{
    struct ipm_information_object object;

    ber_dump(&ipm_type_information_object, tlv, indent, d->out);
    if (ber_decode(&ipm_type_information_object, tlv, &d->arena, &object, NULL, NULL))
        return;
    dump_extensions(d, &object.ipn.notification_extensions, indent + STEP);
    if (object.ipn.choice.which == IPM_NOTIFY_OTHER)
        dump_extensions(d, &object.ipn.choice.other, indent + STEP);
}

static void dump_content(struct dump *d, struct slice content, unsigned indent)
{
    struct ber_tlv tlv;

    if (ber_single(content, &tlv) == X4_OK && tlv.tag == BER_CONTEXT(0) && tlv.constructed)
        dump_ipm(d, tlv.value, indent);
    else
        dump_ipn(d, content, indent);
}

void ipm_dump(struct slice content, unsigned indent, struct buf *out)
{
    struct dump d = {.out = out};

    arena_init(&d.arena, LIMIT_ENVELOPE_ARENA + content.len * 4);
    dump_content(&d, content, indent);
    arena_free(&d.arena);
}
