/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in open types, and how it is found: the registries of X.411 and X.420. */
#include "base/error.h"
#include "ipm/names.h"
#include "ipm/types.h"
#include "mts/extension.h"
#include "oraddr/oraddr.h"
#include "tree.h"

enum { STANDARD_MAX = 50, ATTRIBUTE_MAX = 42, BODY_TYPES = 19, HEX = 5 };

static struct node *number(struct maker *m, uint32_t tag, int64_t v)
{
    struct node *n = node_new(m->arena, tag, SLICE_LIT(""));
    uint8_t octet = (uint8_t)v;

    if (n)
        n->value = arena_dup(m->arena, slice_make(&octet, 1));
    return n;
}

/* ---- ExtensionField: [0] standard number or [3] private identifier */

static const struct ber_type *find_extension(struct slice tlv, struct arena *arena)
{
    struct mts_extension ext;
    const struct mts_extension_info *info;

    if (ber_decode(&ber_type_extension_field, tlv, arena, &ext, NULL, NULL) != X4_OK)
        return NULL;
    info = mts_extension_info(mts_extension_id(&ext).standard);
    return info ? info->type : NULL;
}

static struct node *make_extension(struct maker *m, const struct ber_type **open)
{
    int64_t which = chance_below(m->chance, STANDARD_MAX);
    const struct mts_extension_info *info = mts_extension_info(which);

    if (chance_in(m->chance, 12))
        return node_new(m->arena, BER_CONTEXT(3), make_octets(m, &ber_type_oid));
    *open = info ? info->type : NULL;
    return number(m, BER_CONTEXT(0), which);
}

/* ---- ExtensionAttribute: a number */

static const struct ber_type *find_attribute(struct slice tlv, struct arena *arena)
{
    struct ber_tlv whole, type;
    int64_t which;

    (void)arena;
    if (ber_single(tlv, &whole) != X4_OK || ber_next(&whole.value, &type) != X4_OK ||
        ber_integer_value(type.value, &which) != X4_OK)
        return NULL;
    return or_extension_ber_type(which);
}

static struct node *make_attribute(struct maker *m, const struct ber_type **open)
{
    int64_t which = chance_below(m->chance, ATTRIBUTE_MAX);

    *open = or_extension_ber_type(which);
    return number(m, BER_UNIVERSAL(BER_T_INTEGER), which);
}

/* ---- IPMSExtension: an object identifier */

static const struct ber_type *find_ipms(struct slice tlv, struct arena *arena)
{
    struct ber_tlv whole, type;
    const struct ipm_extension_info *info;

    (void)arena;
    if (ber_single(tlv, &whole) != X4_OK || ber_next(&whole.value, &type) != X4_OK)
        return NULL;
    info = ipm_extension_find(type.value);
    return info ? info->type : NULL;
}

static struct node *make_ipms(struct maker *m, const struct ber_type **open)
{
    uint8_t oid[] = {0x56, 1, HEX, (uint8_t)chance_below(m->chance, 14)};
    const struct ipm_extension_info *info = ipm_extension_find(slice_make(oid, sizeof(oid)));

    *open = info ? info->type : NULL;
    return node_new(m->arena, BER_UNIVERSAL(BER_T_OID),
                    arena_dup(m->arena, slice_make(oid, sizeof(oid))));
}

/* ---- EXTERNAL: the parameters or the data of an extended body part */

static const struct ber_type *find_external(struct slice tlv, struct arena *arena)
{
    struct ber_external external;
    struct slice rest;
    enum ipm_extended which;

    if (ber_decode(&ber_type_external, tlv, arena, &external, NULL, NULL) != X4_OK)
        return NULL;
    which = ipm_extended_find(external.direct_reference, false, &rest);
    if (which != IPM_EXT_UNKNOWN)
        return ipm_extended_data_type(which);
    return ipm_extended_parameters_type(ipm_extended_find(external.direct_reference, true, &rest));
}

static struct node *make_external(struct maker *m, const struct ber_type **open)
{
    enum ipm_extended which = (enum ipm_extended)chance_below(m->chance, BODY_TYPES);
    bool ep = chance_in(m->chance, 3);
    struct slice oid = ipm_extended_oid(which, ep);

    *open = ep ? ipm_extended_parameters_type(which) : ipm_extended_data_type(which);
    if (!slice_present(oid))
        oid = make_octets(m, &ber_type_oid);
    return node_new(m->arena, BER_UNIVERSAL(BER_T_OID), oid);
}

const struct open_rule *open_rule_find(const struct ber_type *type)
{
    static const struct open_rule rules[] = {
        {"ExtensionField", "type", find_extension, make_extension},
        {"ExtensionAttribute", "extension-attribute-type", find_attribute, make_attribute},
        {"IPMSExtension", "type", find_ipms, make_ipms},
        {"EXTERNAL", "direct-reference", find_external, make_external},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].name, type->name) == 0)
            return &rules[i];
    }
    return NULL;
}
