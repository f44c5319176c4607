/* SPDX-License-Identifier: Apache-2.0 */
/* Building a report: envelope and content (1.6), per-recipient fields (4.5), check-list (4.9).
 *
 * The structs of envelope.h are filled and encoded by their tables; what is copied from the subject
 * keeps its raw octets. Parts that this MTA makes are encoded first and put in as raw. */
#include "mts/report_build.h"

#include "base/ascii.h"
#include "base/limits.h"

enum { REPORT_EXTENSIONS_MAX = 4 };

struct builder {
    const struct mts_report_params *p;
    const struct mts_envelope *subject;
    enum mts_report_class class;
    struct arena *arena;
    struct buf scratch;
    int error;
};

static void note(struct builder *b, int error)
{
    if (!b->error)
        b->error = error;
}

/* What scratch holds moves to the arena; scratch is empty again. */
static struct slice keep_scratch(struct builder *b)
{
    struct slice s = SLICE_NONE;

    if (b->scratch.error)
        note(b, b->scratch.error);
    else
        s = arena_dup(b->arena, buf_view(&b->scratch));
    if (!slice_present(s))
        note(b, X4_ENOMEM);
    buf_reset(&b->scratch);
    return s;
}

static void *make(struct builder *b, size_t count, size_t size)
{
    void *p = arena_array(b->arena, count, size);

    if (!p)
        note(b, X4_ENOMEM);
    return p;
}

/* ---- extensions ------------------------------------------------------------------------------ */

static void add_extension(struct ber_list *list, struct slice tlv)
{
    if (slice_present(tlv))
        BER_ITEM(*list, struct mts_extension, list->count++)->raw = tlv;
}

/* A new field: the value is in scratch. */
static void add_made_extension(struct builder *b, struct ber_list *list, int number)
{
    struct slice value = keep_scratch(b);

    mts_put_extension(&b->scratch, number, value);
    add_extension(list, keep_scratch(b));
}

static void copy_extension(const struct ber_list *from, int number, struct ber_list *to)
{
    const struct mts_extension *ext = mts_extension_find(from, number);

    if (ext)
        add_extension(to, ext->raw);
}

static struct ber_list extension_list(struct builder *b)
{
    struct mts_extension *items = make(b, REPORT_EXTENSIONS_MAX, sizeof(*items));

    return (struct ber_list){.items = items};
}

/* DEFAULT {} is left out when nothing is in it (4.9). */
static void close_list(struct ber_list *list)
{
    if (list->count == 0)
        list->items = NULL;
}

/* A history among the subject's extensions. One that cannot be read is as if it were not there. */
static struct ber_list get_history(struct builder *b, const struct ber_list *extensions, int number)
{
    struct ber_list history = {.count = 0};
    int error = mts_extension_get(extensions, number, b->arena, &history);

    if (error == X4_ENOMEM)
        note(b, error);
    return error ? (struct ber_list){.count = 0} : history;
}

/* ---- envelope -------------------------------------------------------------------------------- */

static struct mts_passage generation(const struct mts_report_params *p)
{
    return (struct mts_passage){.own = p->own, .arrival_ms = p->now_ms, .deferred_ms = MTS_NO_TIME};
}

static struct slice time_text(struct builder *b, int64_t ms)
{
    char text[MTS_UTCTIME_LEN + 1];

    mts_utctime_print(ms, text);
    buf_append(&b->scratch, text, MTS_UTCTIME_LEN);
    return keep_scratch(b);
}

static struct slice origination_time(struct builder *b)
{
    if (b->subject->trace.count == 0)
        return time_text(b, b->p->subject_arrival_ms);
    return BER_ITEM(b->subject->trace, struct mts_trace_element, 0)->info.arrival_time;
}

/* ext 30: the originator, then the subject's DL history as it is (1.6). */
static void add_dl_history(struct builder *b, const struct ber_list *history, struct ber_list *to)
{
    struct mts_dl_expansion *items = make(b, history->count + 1, sizeof(*items));
    struct ber_list list = {.items = items, .count = history->count + 1};

    if (!items)
        return;
    items[0].name = b->subject->originator;
    items[0].time = origination_time(b);
    memcpy(items + 1, history->items, history->count * sizeof(*items));
    note(b, ber_encode(&ber_type_originator_and_dl_expansion_history, &list, &b->scratch, NULL));
    add_made_extension(b, to, MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY);
}

static void add_reporting_mta_name(struct builder *b, struct ber_list *to)
{
    struct mts_reporting_mta_name name = {.domain = b->p->own->gdi,
                                          .mta_name = b->p->own->mta_name};

    note(b, ber_encode(&ber_type_reporting_mta_name, &name, &b->scratch, NULL));
    add_made_extension(b, to, MTS_EXT_REPORTING_MTA_NAME);
}

static void add_internal_trace(struct builder *b, struct ber_list *to)
{
    struct mts_passage passage = generation(b->p);
    struct mts_internal_element element = {.gdi = b->p->own->gdi};
    struct ber_list trace = {.items = &element, .count = 1};

    note(b, mts_put_internal_element(&passage, &b->scratch));
    element.raw = keep_scratch(b);
    note(b, ber_encode(&ber_type_internal_trace_information, &trace, &b->scratch, NULL));
    add_made_extension(b, to, MTS_EXT_INTERNAL_TRACE_INFORMATION);
}

static void build_envelope(struct builder *b, struct mts_report_envelope *env)
{
    struct mts_passage passage = generation(b->p);
    struct mts_trace_element *element = make(b, 1, sizeof(*element));
    struct ber_list history = get_history(b, &b->subject->extensions, MTS_EXT_DL_EXPANSION_HISTORY);

    env->extensions = extension_list(b);
    if (b->error)
        return;
    env->identifier = b->p->identifier;
    env->destination = b->subject->originator;
    if (history.count > 0) { /* R4.7a */
        env->destination = BER_ITEM(history, struct mts_dl_expansion, history.count - 1)->name;
        add_dl_history(b, &history, &env->extensions);
    }
    copy_extension(&b->subject->extensions, MTS_EXT_MESSAGE_SECURITY_LABEL, &env->extensions);
    add_reporting_mta_name(b, &env->extensions);
    add_internal_trace(b, &env->extensions);
    note(b, mts_put_trace_element(&passage, &b->scratch));
    element->raw = keep_scratch(b);
    env->trace = (struct ber_list){.items = element, .count = 1};
}

/* ---- per recipient (4.5) --------------------------------------------------------------------- */

/* 8 bits, 0 unused, whatever came: bits 3 and 4 are what counts. */
static struct ber_bits eight_bits(struct builder *b, const struct ber_bits *from)
{
    unsigned octet = 0;

    for (unsigned n = 0; n < 8; n++)
        octet |= ber_bit(from, n) ? 0x80u >> n : 0u;
    buf_u8(&b->scratch, octet);
    return (struct ber_bits){.octets = keep_scratch(b)};
}

/* PrintableString of at most 256 characters out of any text, or absent. */
static struct slice supplementary(struct builder *b, const char *text)
{
    if (!text)
        return SLICE_NONE;
    for (; *text && b->scratch.len < MTS_UB_SUPPLEMENTARY_INFO; text++) {
        if (ascii_is_printablestring((uint8_t)*text))
            buf_u8(&b->scratch, (uint8_t)*text);
        else if (*text == '_')
            buf_u8(&b->scratch, '-');
    }
    return b->scratch.len ? keep_scratch(b) : SLICE_NONE;
}

/* When the subject entered this MD: on record when another MTA of ours took it in (R2.5c). */
static struct slice entry_time(struct builder *b)
{
    const struct ber_list *trace = &b->subject->trace;

    if (!mts_trace_ends_with(trace, &b->p->own->gdi))
        return time_text(b, b->p->subject_arrival_ms);
    return BER_ITEM(*trace, struct mts_trace_element, trace->count - 1)->info.arrival_time;
}

static struct mts_report_type result_of(struct builder *b, const struct mts_outcome *outcome)
{
    struct mts_report_type type = {.which = MTS_REPORT_NON_DELIVERY};

    if (outcome->delivered) {
        type.which = MTS_REPORT_DELIVERY;
        type.delivery.delivery_time = time_text(b, outcome->delivery_ms);
        type.delivery.type_of_user = outcome->type_of_user;
        return type;
    }
    type.non_delivery.reason = outcome->reason;
    type.non_delivery.diagnostic.present = outcome->diagnostic >= 0;
    type.non_delivery.diagnostic.value = outcome->diagnostic;
    return type;
}

static void build_recipient(struct builder *b, const struct mts_outcome *outcome,
                            const struct mts_recipient *r, struct mts_reported_recipient *to)
{
    const struct mts_eits *converted = mts_converted_eits(&b->subject->trace);
    struct ber_list history = get_history(b, &r->extensions, MTS_EXT_REDIRECTION_HISTORY);

    to->actual = outcome->actual ? *outcome->actual : r->name;
    to->number = r->number;
    to->indicators = eight_bits(b, &r->indicators);
    to->last_trace.arrival_time = entry_time(b);
    to->last_trace.report_type = result_of(b, outcome);
    to->supplementary = supplementary(b, outcome->supplementary);
    to->extensions = extension_list(b);
    if (b->error)
        return;
    if (converted && (to->last_trace.converted_eits = make(b, 1, sizeof(*converted))))
        *to->last_trace.converted_eits = *converted;
    if (history.count > 0 &&
        (to->originally_intended = make(b, 1, sizeof(*to->originally_intended)))) {
        *to->originally_intended = BER_ITEM(history, struct mts_redirection, 0)->intended.name;
        copy_extension(&r->extensions, MTS_EXT_REDIRECTION_HISTORY, &to->extensions);
    }
    close_list(&to->extensions);
}

static void build_recipients(struct builder *b, struct ber_list *list)
{
    list->items = make(b, b->p->outcome_count, sizeof(struct mts_reported_recipient));
    for (size_t i = 0; i < b->p->outcome_count && !b->error; i++) {
        const struct mts_outcome *outcome = &b->p->outcomes[i];
        const struct mts_recipient *r = mts_report_subject_of(b->p, b->class, outcome);

        if (r)
            build_recipient(b, outcome, r,
                            BER_ITEM(*list, struct mts_reported_recipient, list->count++));
    }
}

/* ---- content --------------------------------------------------------------------------------- */

/* The subject's trace as it was when it entered this MD: without our own passage (4.5). */
static struct ber_list intermediate_trace(const struct builder *b)
{
    struct ber_list trace = b->subject->trace;

    while (mts_trace_ends_with(&trace, &b->p->own->gdi))
        trace.count--;
    if (trace.count == 0 || b->class != MTS_REPORT_AUDITED)
        return (struct ber_list){.count = 0};
    return trace;
}

static void build_content(struct builder *b, struct mts_report_content *content)
{
    content->subject = b->subject->identifier;
    content->intermediate_trace = intermediate_trace(b);
    content->original_eits = b->subject->original_eits;
    content->content_type = b->subject->content_type;
    if (b->subject->content_identifier.len > 0)
        content->content_identifier = b->subject->content_identifier;
    content->extensions = extension_list(b);
    if (b->error)
        return;
    copy_extension(&b->subject->extensions, MTS_EXT_CONTENT_CORRELATOR, &content->extensions);
    close_list(&content->extensions);
    build_recipients(b, &content->recipients);
}

int mts_report_build(const struct mts_report_params *p, enum mts_report_class class,
                     struct arena *arena, struct buf *out)
{
    struct builder b = {.p = p, .class = class, .arena = arena};
    struct mts_apdu apdu = {.which = MTS_REPORT + 1};

    b.subject = mts_apdu_envelope(p->subject);
    if (!b.subject)
        return X4_EINVAL;
    if (!mts_report_due(p, class))
        return X4_ENOTFOUND;
    buf_init(&b.scratch, LIMIT_ENVELOPE);
    build_envelope(&b, &apdu.report.envelope);
    build_content(&b, &apdu.report.content);
    if (!b.error)
        note(&b, ber_encode(&ber_type_mts_apdu, &apdu, out, NULL));
    buf_free(&b.scratch);
    return b.error;
}
