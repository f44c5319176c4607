/* SPDX-License-Identifier: Apache-2.0 */
/* ExtensionField and criticality (X.411, rules 1.7 and 2.7). */
#include "mts/extension.h"

#include "mts/table.h"

/* ---- tables ---------------------------------------------------------------------------------- */

static const struct ber_name criticality_names[] = {
    {MTS_FOR_SUBMISSION, "for-submission"},
    {MTS_FOR_TRANSFER, "for-transfer"},
    {MTS_FOR_DELIVERY, "for-delivery"},
    {0, NULL},
};
static BER_BITS_TYPE(criticality, "Criticality", BER_T_BIT_STRING, 0, MTS_UB_BIT_OPTIONS,
                     criticality_names);

static const struct ber_field extension_fields[] = {
    BER_FIELD("type", struct mts_extension, type, &ber_type_any, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("criticality", struct mts_extension, criticality, &criticality, BER_CONTEXT(1),
              BER_DEFAULT, 0),
    BER_FIELD("value", struct mts_extension, value, &ber_type_any, BER_CONTEXT(2), BER_DEFAULT, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_extension_field, "ExtensionField", BER_SEQUENCE, BER_T_SEQUENCE,
                struct mts_extension, extension_fields);
BER_LIST_TYPE(ber_type_extensions, "extensions", BER_SET_OF, BER_T_SET, &ber_type_extension_field,
              0, 0);

/* ---- which one is it? ------------------------------------------------------------------------ */

struct mts_extension_id mts_extension_id(const struct mts_extension *ext)
{
    struct mts_extension_id id = {.standard = -1, .oid = SLICE_NONE};
    struct ber_tlv type, inner;
    uint32_t tag;

    if (ber_single(ext->type, &type) != X4_OK)
        return id;
    tag = type.tag;
    /* ISODE of 1991 took the tag for explicit (R1.7c). */
    if (type.constructed) {
        if (ber_single(type.value, &inner) != X4_OK || inner.constructed)
            return id;
        type = inner;
    }
    if (tag == BER_CONTEXT(0) && ber_integer_value(type.value, &id.standard) != X4_OK)
        id.standard = -1;
    if (tag == BER_CONTEXT(3) && type.value.len > 0)
        id.oid = type.value;
    return id;
}

void mts_extension_print_id(const struct mts_extension *ext, struct buf *out)
{
    struct mts_extension_id id = mts_extension_id(ext);
    const struct mts_extension_info *info = mts_extension_info(id.standard);
    char text[256];

    if (info)
        buf_text(out, info->name);
    else if (id.standard >= 0)
        buf_printf(out, "standard extension %lld", (long long)id.standard);
    else if (slice_present(id.oid) && ber_oid_print(id.oid, text, sizeof(text)) >= 0)
        buf_text(out, text);
    else
        buf_text(out, "malformed extension type");
}

const struct mts_extension *mts_extension_find(const struct ber_list *extensions, int64_t number)
{
    for (size_t i = 0; i < extensions->count; i++) {
        const struct mts_extension *ext = BER_ITEM(*extensions, struct mts_extension, i);

        if (mts_extension_id(ext).standard == number)
            return ext;
    }
    return NULL;
}

int mts_extension_get(const struct ber_list *extensions, int64_t number, struct arena *arena,
                      void *value)
{
    const struct mts_extension *ext = mts_extension_find(extensions, number);
    const struct mts_extension_info *info = mts_extension_info(number);

    if (!info)
        return X4_EUNSUPP;
    if (!ext || !slice_present(ext->value))
        return X4_ENOTFOUND;
    return ber_decode(info->type, ext->value, arena, value, NULL, NULL);
}

static int64_t enum_value(const struct mts_extension *ext)
{
    struct ber_tlv tlv;
    int64_t value;

    if (!slice_present(ext->value) || ber_single(ext->value, &tlv) != X4_OK || tlv.constructed ||
        ber_integer_value(tlv.value, &value) != X4_OK)
        return 0;
    return value;
}

int64_t mts_extension_enum(const struct ber_list *extensions, int64_t number)
{
    const struct mts_extension *ext = mts_extension_find(extensions, number);

    return ext ? enum_value(ext) : 0;
}

/* ---- criticality (2.7) ----------------------------------------------------------------------- */

/* A role enforces the bits of its own stage; whoever delivers has also received by transfer. */
static bool is_critical(const struct mts_extension *ext, enum mts_role role)
{
    switch (role) {
    case MTS_ROLE_RELAY: return ber_bit(&ext->criticality, MTS_FOR_TRANSFER);
    case MTS_ROLE_DELIVERY:
        return ber_bit(&ext->criticality, MTS_FOR_TRANSFER) ||
               ber_bit(&ext->criticality, MTS_FOR_DELIVERY);
    case MTS_ROLE_SUBMISSION: return ber_bit(&ext->criticality, MTS_FOR_SUBMISSION);
    }
    return true;
}

static bool is_understood(const struct mts_extension *ext, enum mts_role role)
{
    const struct mts_extension_info *info = mts_extension_info(mts_extension_id(ext).standard);
    unsigned needed = role == MTS_ROLE_DELIVERY ? MTS_UNDERSTOOD_DELIVERY : MTS_UNDERSTOOD_TRANSFER;

    return info && (info->understood & needed);
}

const struct mts_extension *mts_critical_unsupported(const struct ber_list *extensions,
                                                     enum mts_role role)
{
    for (size_t i = 0; i < extensions->count; i++) {
        const struct mts_extension *ext = BER_ITEM(*extensions, struct mts_extension, i);

        if (is_critical(ext, role) && !is_understood(ext, role))
            return ext;
    }
    return NULL;
}

/* Does it say no more than its absence would? */
static bool is_void(const struct mts_extension *ext)
{
    int64_t number = mts_extension_id(ext).standard;

    return (number == MTS_EXT_RECIPIENT_REASSIGNMENT_PROHIBITED ||
            number == MTS_EXT_DL_EXPANSION_PROHIBITED ||
            number == MTS_EXT_CONVERSION_WITH_LOSS_PROHIBITED) &&
           enum_value(ext) == 0;
}

const struct mts_extension *mts_critical_for_1984(const struct ber_list *extensions)
{
    for (size_t i = 0; i < extensions->count; i++) {
        const struct mts_extension *ext = BER_ITEM(*extensions, struct mts_extension, i);

        if (is_critical(ext, MTS_ROLE_DELIVERY) && !is_void(ext))
            return ext;
    }
    return NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

void mts_put_extension(struct buf *out, int number, struct slice value)
{
    const struct mts_extension_info *info = mts_extension_info(number);
    uint8_t type[4] = {0x80, 1, (uint8_t)number};
    uint8_t bits = 0;
    struct mts_extension ext = {.value = value};

    if (number > 127) { /* a second octet keeps the INTEGER positive */
        type[1] = 2;
        type[2] = (uint8_t)(number >> 8);
        type[3] = (uint8_t)number;
    }
    ext.type = slice_make(type, 2u + type[1]);
    if (info && info->recommended != MTS_NOT_CRITICAL) {
        bits = (uint8_t)(0x80 >> info->recommended);
        ext.criticality = (struct ber_bits){.octets = slice_make(&bits, 1),
                                            .unused = (uint8_t)(7 - info->recommended)};
    }
    (void)ber_encode(&ber_type_extension_field, &ext, out, NULL); /* out->error is sticky */
}
