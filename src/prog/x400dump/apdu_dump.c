/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/apdu_dump.h"

#include "base/error.h"
#include "ipm/ipm.h"
#include "mts/extension.h"
#include "prog/x400dump/assoc.h"

enum { TEXT_MAX = 128 * 1024 * 1024 };

/* ---- content -------------------------------------------------------------------------------- */

/* Other contents are often made of P22's types: military messages (P772) are. */
static bool is_interpersonal(int64_t content_type, struct slice content)
{
    struct ipm_content parsed;
    struct arena arena;
    bool fine;

    if (content_type == MTS_CONTENT_P2 || content_type == MTS_CONTENT_P22)
        return true;
    arena_init(&arena, ASSOC_ARENA_MAX);
    fine = ipm_parse(content, &arena, &parsed) == X4_OK;
    arena_free(&arena);
    return fine;
}

void content_record(struct out *o, const struct out_where *where, int64_t content_type,
                    struct slice content)
{
    bool interpersonal = is_interpersonal(content_type, content);
    struct ber_tlv tlv;
    struct buf text;

    out_begin(o, where, "content", "content", interpersonal ? "as P22" : NULL);
    out_field(o, "octets", "%zu", content.len);
    buf_init(&text, TEXT_MAX);
    if (interpersonal)
        ipm_dump(content, 0, &text);
    else if (ber_single(content, &tlv) == X4_OK && tlv.constructed)
        ber_dump_tree(content, 0, &text);
    if (text.len > 0)
        out_block(o, "tree", &text);
    buf_reset(&text);
    if (interpersonal && o->options.content && ipm_show(content, IPM_SHOW_ALL, &text) == X4_OK)
        out_block(o, "content", &text);
    buf_free(&text);
    out_hex(o, "octets", content);
    out_end(o);
}

/* ---- extensions ----------------------------------------------------------------------------- */

/* The envelope's table shows extension fields as they are: numbers and trees. Here are their names
 * and the standard ones' values. */
static void put_extensions(const char *of, const struct ber_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct mts_extension *e = BER_ITEM(*list, struct mts_extension, i);
        const struct mts_extension_info *info = mts_extension_info(mts_extension_id(e).standard);

        buf_printf(out, "%s: ", of);
        mts_extension_print_id(e, out);
        buf_u8(out, '\n');
        if (info && info->type && slice_present(e->value))
            ber_dump(info->type, e->value, 2, out);
    }
}

static void put_message_extensions(const struct mts_envelope *env, struct buf *out)
{
    put_extensions("per message", &env->extensions, out);
    for (size_t i = 0; i < env->recipients.count; i++)
        put_extensions("recipient", &BER_ITEM(env->recipients, struct mts_recipient, i)->extensions,
                       out);
}

static void put_report_extensions(const struct mts_report *report, struct buf *out)
{
    const struct ber_list *recipients = &report->content.recipients;

    put_extensions("envelope", &report->envelope.extensions, out);
    put_extensions("content", &report->content.extensions, out);
    for (size_t i = 0; i < recipients->count; i++)
        put_extensions("recipient",
                       &BER_ITEM(*recipients, struct mts_reported_recipient, i)->extensions, out);
}

static void extensions_block(struct out *o, const struct mts_apdu *apdu)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (env)
        put_message_extensions(env, &text);
    else
        put_report_extensions(&apdu->report, &text);
    if (text.len > 0)
        out_block(o, "extensions", &text);
    buf_free(&text);
}

/* ---- APDU ----------------------------------------------------------------------------------- */

static const struct mts_identifier *identifier_of(const struct mts_apdu *apdu)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);

    return env ? &env->identifier : &apdu->report.envelope.identifier;
}

static void put_head(struct out *o, const struct mts_apdu *apdu, size_t octets)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);
    struct buf text;

    buf_init(&text, 4096);
    mts_identifier_print(identifier_of(apdu), &text);
    out_field(o, "MTS-identifier", "%s", buf_cstr(&text) ? buf_cstr(&text) : "?");
    buf_reset(&text);
    mts_content_type_print(env ? &env->content_type : &apdu->report.content.content_type, &text);
    if (text.len > 0)
        out_field(o, "content-type", "%s", buf_cstr(&text));
    buf_free(&text);
    out_field(o, "recipients", "%zu",
              env ? env->recipients.count : apdu->report.content.recipients.count);
    out_field(o, "octets", "%zu", octets);
}

static int64_t content_type_of(const struct mts_apdu *apdu)
{
    const struct mts_envelope *env = mts_apdu_envelope(apdu);
    const struct mts_content_type *type =
        env ? &env->content_type : &apdu->report.content.content_type;

    if (type->which == 0)
        return -1;
    return type->which == MTS_CONTENT_BUILT_IN ? type->built_in : MTS_CONTENT_EXTERNAL;
}

void apdu_record(struct out *o, const struct out_where *where, const struct mts_apdu *apdu,
                 struct slice octets)
{
    static const char *const names[] = {"message", "report", "probe"};
    enum mts_kind kind = mts_apdu_kind(apdu);
    struct slice content = kind == MTS_MESSAGE  ? apdu->message.content
                           : kind == MTS_REPORT ? apdu->report.content.returned_content
                                                : SLICE_NONE;
    struct buf text;

    out_begin(o, where, "mts", names[kind], NULL);
    put_head(o, apdu, octets.len);
    buf_init(&text, TEXT_MAX);
    ber_dump(&ber_type_mts_apdu, octets, 0, &text);
    out_block(o, "tree", &text);
    buf_free(&text);
    extensions_block(o, apdu);
    out_hex(o, "octets", octets);
    out_end(o);
    if (slice_present(content))
        content_record(o, where, content_type_of(apdu), content);
}

/* The APDU without the EXTERNAL that normal mode has around it. */
static struct slice unwrap_external(struct assoc *a, struct slice octets)
{
    struct ber_external external;

    if (octets.len > 0 && octets.p[0] == (0x20 | BER_T_EXTERNAL) &&
        ber_decode(&ber_type_external, octets, &a->arena, &external, NULL, NULL) == X4_OK &&
        external.encoding.which == 1)
        return external.encoding.single;
    return octets;
}

void assoc_apdu(struct assoc *a, struct slice octets)
{
    struct mts_apdu *apdu = arena_alloc(&a->arena, sizeof(*apdu));
    struct slice inner = unwrap_external(a, octets);
    struct ber_error err;
    int error = apdu ? mts_apdu_decode(inner, &a->arena, apdu, &err) : X4_ENOMEM;

    a->counts.apdu_octets += octets.len;
    if (error) {
        struct buf text;

        out_problem(a->out, &a->where, "the MTS-APDU of %zu octets cannot be read: %s", octets.len,
                    x4_strerror(error));
        out_begin(a->out, &a->where, "mts", "APDU", "as TLVs");
        buf_init(&text, TEXT_MAX);
        ber_dump_tree(inner, 0, &text);
        out_block(a->out, "tree", &text);
        buf_free(&text);
        out_end(a->out);
        return;
    }
    switch (mts_apdu_kind(apdu)) {
    case MTS_MESSAGE: a->counts.messages++; break;
    case MTS_REPORT: a->counts.reports++; break;
    case MTS_PROBE: a->counts.probes++; break;
    }
    apdu_record(a->out, &a->where, apdu, inner);
}
