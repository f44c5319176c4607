/* SPDX-License-Identifier: Apache-2.0 */
/* From 1988 to 1984 P1 (9.2, 9.3). Messages and probes are refused where something would be lost
 * that matters, reports lose what 1984 does not know. */
#include "p1/edit.h"

#include "oraddr/charset.h"

enum { DDA_MAX_1984 = 4 };

/* ---- O/R names (9.3) ------------------------------------------------------------------------- */

static const struct or_extension *find_attribute(const struct or_address *a, int64_t type)
{
    for (size_t i = 0; i < a->extensions.count; i++) {
        const struct or_extension *ext = BER_ITEM(a->extensions, struct or_extension, i);

        if (ext->type == type)
            return ext;
    }
    return NULL;
}

/* Does 1984 have this in another form, or is it a twin of what it has? Rules 2 and 3. */
static bool is_expressible(const struct or_address *a, const struct or_extension *ext)
{
    const struct or_standard_attributes *s = &a->standard;

    switch (ext->type) {
    case OR_EXT_COMMON_NAME:
    case OR_EXT_TELETEX_COMMON_NAME: return true;
    case OR_EXT_UNIVERSAL_COMMON_NAME:
        return find_attribute(a, OR_EXT_COMMON_NAME) ||
               find_attribute(a, OR_EXT_TELETEX_COMMON_NAME);
    case OR_EXT_TELETEX_ORGANIZATION_NAME:
    case OR_EXT_UNIVERSAL_ORGANIZATION_NAME: return slice_present(s->organization_name);
    case OR_EXT_TELETEX_PERSONAL_NAME:
    case OR_EXT_UNIVERSAL_PERSONAL_NAME: return s->personal_name != NULL;
    case OR_EXT_TELETEX_ORGANIZATIONAL_UNIT_NAMES:
    case OR_EXT_UNIVERSAL_ORGANIZATIONAL_UNIT_NAMES: return s->organizational_unit_names.count > 0;
    case OR_EXT_TELETEX_DOMAIN_DEFINED_ATTRIBUTES:
    case OR_EXT_UNIVERSAL_DOMAIN_DEFINED_ATTRIBUTES: return a->ddas.count > 0;
    default: return false;
    }
}

/* The common name as PrintableString: X4_ENOTFOUND there is none, X4_EUNSUPP not printable. */
static int common_name(const struct or_address *a, struct arena *arena, struct slice *out)
{
    const struct or_extension *ext = find_attribute(a, OR_EXT_COMMON_NAME);
    bool teletex = !ext;
    struct ber_tlv tlv;
    int error;

    if (!ext)
        ext = find_attribute(a, OR_EXT_TELETEX_COMMON_NAME);
    if (!ext)
        return X4_ENOTFOUND;
    error = ber_single(ext->value, &tlv);
    if (!error)
        error = ber_string_value(&tlv, arena, out);
    if (!error && teletex)
        error = or_text_from_t61(*out, arena, out);
    if (error)
        return error;
    return or_text_is_printable(*out) ? X4_OK : X4_EUNSUPP;
}

/* Appends DDA Common=name (RFC 1328 3.2). */
static int add_common_dda(struct or_address *a, struct slice name, struct arena *arena)
{
    struct or_dda *items = arena_array(arena, a->ddas.count + 1, sizeof(*items));

    if (!items)
        return X4_ENOMEM;
    if (a->ddas.count)
        memcpy(items, a->ddas.items, a->ddas.count * sizeof(*items));
    items[a->ddas.count] = (struct or_dda){.type = SLICE_LIT("Common"), .value = name};
    a->ddas = (struct ber_list){.items = items, .count = a->ddas.count + 1};
    return X4_OK;
}

/* *name becomes its 1984 form. X4_EUNSUPP: it has none. */
static int downgrade_name(struct or_name *name, struct arena *arena)
{
    struct or_address *a = &name->address;
    struct slice common;
    int error;

    if (or_address_absent(a))
        return X4_EUNSUPP; /* a directory name alone */
    if (slice_present(a->standard.numeric_user_identifier) && a->standard.private_domain_name.which)
        return X4_EUNSUPP; /* rule 5 */
    if (a->extensions.count == 0 && !slice_present(name->directory_name))
        return X4_OK;
    for (size_t i = 0; i < a->extensions.count; i++) {
        if (!is_expressible(a, BER_ITEM(a->extensions, struct or_extension, i)))
            return X4_EUNSUPP;
    }
    error = common_name(a, arena, &common);
    if (!error && a->ddas.count >= DDA_MAX_1984)
        error = X4_EUNSUPP;
    if (!error)
        error = add_common_dda(a, common, arena);
    if (error && error != X4_ENOTFOUND)
        return error;
    a->extensions = (struct ber_list){.count = 0};
    name->directory_name = SLICE_NONE;
    name->raw = SLICE_NONE;
    return X4_OK;
}

/* Decodes an O/R name that may stand under a context tag. */
static int decode_name(struct p1_editor *e, const struct ber_tlv *tlv, struct or_name *name)
{
    struct buf own;
    struct slice octets;

    if (tlv->tag == ber_type_or_name.tag)
        return ber_decode(&ber_type_or_name, tlv->raw, &e->arena, name, NULL, NULL);
    buf_init(&own, LIMIT_ENVELOPE);
    ber_put_tlv(&own, ber_type_or_name.tag, tlv->constructed, tlv->value);
    octets = own.error ? SLICE_NONE : arena_dup(&e->arena, buf_view(&own));
    buf_free(&own);
    if (!slice_present(octets))
        return X4_ENOMEM;
    return ber_decode(&ber_type_or_name, octets, &e->arena, name, NULL, NULL);
}

int p1_1984_name(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct or_name name;
    int error = decode_name(e, tlv, &name);

    if (!error)
        error = downgrade_name(&name, &e->arena);
    return error ? error : ber_encode_tagged(&ber_type_or_name, tlv->tag, &name, out, NULL);
}

/* All that is known of who has a directory name only is who reports on him: 1984 systems discard a
 * report in which an address is empty. */
static void put_own_domain(const struct mts_gdi *own, struct or_address *address)
{
    struct or_standard_attributes *s = &address->standard;

    *address = (struct or_address){.raw = SLICE_NONE};
    s->country_name = own->country;
    s->administration_domain_name = own->admd;
    s->private_domain_name = own->prmd;
    s->country_name.raw = s->administration_domain_name.raw = s->private_domain_name.raw =
        SLICE_NONE;
}

/* A report goes out whatever its names lose. */
int p1_1984_report_name(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct or_name name;
    int error = decode_name(e, tlv, &name);

    if (error)
        return error;
    if (or_address_absent(&name.address))
        put_own_domain(&e->relay->passage->own->gdi, &name.address);
    error = downgrade_name(&name, &e->arena);
    if (error == X4_EUNSUPP) {
        name.address.extensions = (struct ber_list){.count = 0};
        name.directory_name = SLICE_NONE;
        name.raw = SLICE_NONE;
        error = X4_OK;
    }
    return error ? error : ber_encode_tagged(&ber_type_or_name, tlv->tag, &name, out, NULL);
}

/* ---- other members (9.2) --------------------------------------------------------------------- */

enum { BUILT_IN_BITS = 32 };

/* The bit that says the same as an extended type: id-eit n is 2.6.3.4.n. -1: there is none. */
static int built_in_of(struct slice oid)
{
    const struct slice id_eit = SLICE_LIT("\x56\x03\x04");

    if (oid.len != id_eit.len + 1 || !slice_eq(slice_sub(oid, 0, id_eit.len), id_eit))
        return -1;
    return oid.p[id_eit.len] < BUILT_IN_BITS ? oid.p[id_eit.len] : -1;
}

bool p1_1984_plain_eits(struct mts_eits *eits, struct arena *arena)
{
    uint8_t *octets = arena_array(arena, BUILT_IN_BITS / 8, sizeof(*octets));
    unsigned bits = 0;

    if (!octets)
        return false;
    for (unsigned n = 0; n < BUILT_IN_BITS; n++) {
        bool set = ber_bit(&eits->built_in, n);

        for (size_t i = 0; i < eits->extended.count; i++)
            set = set || built_in_of(*BER_ITEM(eits->extended, struct slice, i)) == (int)n;
        if (!set)
            continue;
        octets[n / 8] |= (uint8_t)(0x80 >> n % 8);
        bits = n + 1;
    }
    if (bits == 0) { /* nothing that 1984 has a word for */
        octets[0] = 0x80 >> MTS_EIT_UNKNOWN;
        bits = MTS_EIT_UNKNOWN + 1;
    }
    eits->built_in = (struct ber_bits){.octets = slice_make(octets, (bits + 7) / 8),
                                       .unused = (uint8_t)((8 - bits % 8) % 8)};
    eits->extended = (struct ber_list){.count = 0};
    eits->raw = SLICE_NONE;
    return true;
}

int p1_1984_eits(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct mts_eits eits;
    int error =
        ber_decode(&ber_type_encoded_information_types, tlv->raw, &e->arena, &eits, NULL, NULL);

    if (error)
        return error;
    if (eits.extended.count > 0 && !p1_1984_plain_eits(&eits, &e->arena))
        return X4_ENOMEM;
    return ber_encode(&ber_type_encoded_information_types, &eits, out, NULL);
}

/* per-message-indicators: bits 0 to 3 */
int p1_1984_indicators(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    uint8_t octets[] = {4, 0};
    struct slice value = tlv->value;

    (void)e;
    if (tlv->constructed || value.len < 2 || (value.len == 2 && (value.p[1] & 0x0f) == 0)) {
        buf_slice(out, tlv->raw);
        return out->error;
    }
    octets[1] = value.p[1] & 0xf0;
    ber_put_tlv(out, tlv->tag, false, slice_make(octets, sizeof(octets)));
    return out->error;
}

/* A content type that is an object identifier becomes external, and the content is the encoding of
 * an EXTERNAL that carries it (X.411 MTSAbstractService, Content). octet-aligned, because whatever
 * the octets are, they fit. */
void p1_1984_put_external(struct slice oid, uint64_t content_len, struct buf *out)
{
    size_t header = ber_header_size(BER_CONTEXT(1), (size_t)content_len);
    size_t reference = ber_header_size(BER_T_OID, oid.len) + oid.len;

    ber_put_header(out, BER_T_EXTERNAL, true, (size_t)(reference + header + content_len));
    ber_put_tlv(out, BER_T_OID, false, oid);
    ber_put_header(out, BER_CONTEXT(1), false, (size_t)content_len);
}

int p1_1984_content_type(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    (void)e;
    (void)tlv;
    ber_put_integer(out, BER_APPLICATION(6), MTS_CONTENT_EXTERNAL);
    return out->error;
}

/* Of a probe: the message would be longer by what is put around its content. A length beyond
 * ub-content-length tells nothing and stays as it came. */
int p1_1984_content_length(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct buf around;
    int64_t len;
    int error;

    if (!slice_present(e->external) || ber_integer_value(tlv->value, &len) != X4_OK || len < 0 ||
        len > INT32_MAX) {
        buf_slice(out, tlv->raw);
        return out->error;
    }
    buf_init(&around, LIMIT_ENVELOPE);
    p1_1984_put_external(e->external, (uint64_t)len, &around);
    ber_put_integer(out, tlv->tag, len + (int64_t)around.len);
    error = around.error ? around.error : out->error;
    buf_free(&around);
    return error;
}

/* Entries for private domains have no 1984 form. */
int p1_1984_bilateral(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    struct slice in = tlv->value;
    struct buf contents;
    int error = X4_OK;

    (void)e;
    buf_init(&contents, LIMIT_ENVELOPE);
    while (in.len && !error) {
        struct ber_tlv entry, admd;

        error = ber_next(&in, &entry);
        if (!error && ber_find(entry.value, BER_APPLICATION(2), &admd) == X4_OK)
            buf_slice(&contents, entry.raw);
    }
    if (!error && contents.len > 0)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* last-trace-information */
static int edit_last_trace(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    static const struct p1_edit_rule rules[] = {
        {BER_APPLICATION(5), p1_1984_eits},
        {.tag = BER_TAG_NONE},
    };

    return p1_edit_within(e, tlv, rules, out);
}

int p1_1984_reported_recipients(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out)
{
    static const struct p1_edit_rule rules[] = {
        {BER_CONTEXT(0), p1_1984_report_name},
        {BER_CONTEXT(3), edit_last_trace},
        {BER_CONTEXT(4), p1_1984_report_name},
        {BER_CONTEXT(6), NULL},
        {.tag = BER_TAG_NONE},
    };
    struct slice in = tlv->value;
    struct buf contents;
    int error = X4_OK;

    buf_init(&contents, LIMIT_ENVELOPE);
    while (in.len && !error) {
        struct ber_tlv recipient;

        error = ber_next(&in, &recipient);
        if (!error)
            error = p1_edit_within(e, &recipient, rules, &contents);
    }
    if (!error)
        error = p1_put_contents(tlv, &contents, out);
    buf_free(&contents);
    return error;
}

/* ---- can it be done? ------------------------------------------------------------------------- */

/* result: what it is if the name has none. */
static enum p1_downgrade check_name(const struct or_name *name, enum p1_downgrade result)
{
    struct arena arena;
    struct or_name copy = *name;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    error = downgrade_name(&copy, &arena);
    if (error == X4_ENOMEM)
        error = arena_error(&arena);
    arena_free(&arena);
    if (error == X4_ENOMEM)
        return P1_DOWN_UNTOLD;
    return error ? result : P1_DOWN_OK;
}

static enum p1_downgrade refuse(enum p1_downgrade result, const char *text, struct buf *why)
{
    if (why)
        buf_text(why, text);
    return result;
}

static enum p1_downgrade refuse_extension(enum p1_downgrade result, const struct mts_extension *ext,
                                          struct buf *why)
{
    if (why) {
        buf_text(why, "extension ");
        mts_extension_print_id(ext, why);
        buf_text(why, " is critical");
    }
    return result;
}

enum p1_downgrade p1_downgrade_check(const struct mts_envelope *env, size_t recipient,
                                     struct buf *why)
{
    const struct mts_extension *ext = mts_critical_for_1984(&env->extensions);
    const struct mts_recipient *r;
    enum p1_downgrade names = check_name(&env->originator, P1_DOWN_MESSAGE);

    if (ext)
        return refuse_extension(P1_DOWN_MESSAGE, ext, why);
    if (env->content_type.which == MTS_CONTENT_RELATIVE)
        return refuse(P1_DOWN_MESSAGE, "the content type is a relative object identifier", why);
    if (names != P1_DOWN_OK)
        return refuse(names, "the originator's name has no 1984 form", why);
    if (recipient >= env->recipients.count)
        return refuse(P1_DOWN_RECIPIENT, "there is no such recipient", why);
    r = BER_ITEM(env->recipients, struct mts_recipient, recipient);
    ext = mts_critical_for_1984(&r->extensions);
    if (ext)
        return refuse_extension(P1_DOWN_RECIPIENT, ext, why);
    names = check_name(&r->name, P1_DOWN_RECIPIENT);
    if (names != P1_DOWN_OK)
        return refuse(names, "the recipient's name has no 1984 form", why);
    return P1_DOWN_OK;
}
