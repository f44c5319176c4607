/* SPDX-License-Identifier: Apache-2.0 */
/* Names, labels and bounds of the attributes (X.402 18.3, F.401 Annex B, RFC 2156 4.1,
 * X.411 upper bounds). */
#include "oraddr/labels.h"

enum {
    CHOICE = OR_NUMERIC_CHOICE,
    NUMERIC = OR_NUMERIC_STRING,
    VARIANTS = OR_HAS_VARIANTS,
    REPEATS = OR_REPEATS,
};

static const struct or_attr_info infos[OR_ATTR_COUNT] = {
    [OR_C] = {"country-name", "C", "C", CHOICE, 3, 0},
    [OR_ADMD] = {"administration-domain-name", "A", "ADMD", CHOICE, 16, 0},
    [OR_PRMD] = {"private-domain-name", "P", "PRMD", CHOICE, 16, 0},
    [OR_O] = {"organization-name", "O", "O", VARIANTS, 64, 64},
    [OR_OU] = {"organizational-unit-names", "OU", "OU", VARIANTS | REPEATS, 32, 32},
    [OR_CN] = {"common-name", "CN", "CN", VARIANTS, 64, 64},
    [OR_S] = {"surname", "S", "S", VARIANTS, 40, 64},
    [OR_G] = {"given-name", "G", "G", VARIANTS, 16, 40},
    [OR_I] = {"initials", "I", "I", VARIANTS, 5, 16},
    [OR_Q] = {"generation-qualifier", "Q", "GQ", VARIANTS, 3, 16},
    [OR_N_ID] = {"numeric-user-identifier", "N-ID", "UA-ID", NUMERIC, 32, 0},
    [OR_X121] = {"network-address", "X.121", "X121", NUMERIC, 16, 0},
    [OR_E164] = {"e163-4-address number", "ISDN", "NET-NUM", NUMERIC, 15, 0},
    [OR_E164_SUB] = {"e163-4-address sub-address", "NET-SUB", "NET-SUB", NUMERIC, 40, 0},
    [OR_PSAP] = {"psap-address", "PSAP", "NET-PSAP", 0, 0, 0},
    [OR_T_ID] = {"terminal-identifier", "T-ID", "T-ID", 0, 24, 0},
    [OR_T_TY] = {"terminal-type", "T-TY", "T-TY", 0, 0, 0},
    [OR_DDA] = {"domain-defined-attributes", "DDA", "DD", VARIANTS | REPEATS, 128, 128},
    [OR_PD_SN] = {"pds-name", "PD-SN", "PD-SERVICE", 0, 16, 0},
    [OR_PD_C] = {"physical-delivery-country-name", "PD-C", "PD-C", CHOICE, 3, 0},
    [OR_PD_PC] = {"postal-code", "PD-PC", "PD-CODE", CHOICE, 16, 0},
    [OR_PD_OF] = {"physical-delivery-office-name", "PD-OF", "PD-OFFICE", VARIANTS, 30, 30},
    [OR_PD_OFN] = {"physical-delivery-office-number", "PD-OFN", "PD-OFFICE-NUM", VARIANTS, 30, 30},
    [OR_PD_EA] = {"extension-OR-address-components", "PD-EA", "PD-EXT-ADDRESS", VARIANTS, 30, 30},
    [OR_PD_PN] = {"physical-delivery-personal-name", "PD-PN", "PD-PN", VARIANTS, 30, 30},
    [OR_PD_O] = {"physical-delivery-organization-name", "PD-O", "PD-O", VARIANTS, 30, 30},
    [OR_PD_ED] = {"extension-physical-delivery-address-components", "PD-ED", "PD-EXT-DELIVERY",
                  VARIANTS, 30, 30},
    [OR_PD_A] = {"unformatted-postal-address", "PD-A", "PD-ADDRESS", VARIANTS, 30, 180},
    [OR_PD_S] = {"street-address", "PD-S", "PD-STREET", VARIANTS, 30, 30},
    [OR_PD_B] = {"post-office-box-address", "PD-B", "PD-BOX", VARIANTS, 30, 30},
    [OR_PD_R] = {"poste-restante-address", "PD-R", "PD-RESTANTE", VARIANTS, 30, 30},
    [OR_PD_U] = {"unique-postal-name", "PD-U", "PD-UNIQUE", VARIANTS, 30, 30},
    [OR_PD_L] = {"local-postal-attributes", "PD-L", "PD-LOCAL", VARIANTS, 30, 30},
    [OR_EXT] = {"extension-attribute", "EXT", "EXT", REPEATS, 0, 0},
};

/* Other spellings on input (RFC 2156 4.1, and what users write). */
static const struct {
    const char *label;
    enum or_attr attr;
} aliases[] = {
    {"PD-OFFICE NUMBER", OR_PD_OFN},
    {"E.164", OR_E164},
    {"NET-ISDN", OR_E164},
};

const struct or_attr_info *or_attr_info(enum or_attr attr)
{
    return &infos[attr];
}

int or_attr_by_label(struct slice label)
{
    for (int i = 0; i < OR_ATTR_COUNT; i++) {
        if (slice_eq_nocase(label, slice_str(infos[i].label)) ||
            slice_eq_nocase(label, slice_str(infos[i].key)))
            return i;
    }
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (slice_eq_nocase(label, slice_str(aliases[i].label)))
            return (int)aliases[i].attr;
    }
    return -1;
}

/* X.411 TerminalType and the values that F.401 recommends for it */
static const struct ber_name terminal_types[] = {
    {3, "tlx"}, {4, "ttx"}, {5, "g3fax"}, {6, "g4fax"}, {7, "ia5"}, {8, "vtx"}, {0, NULL},
};

const char *or_terminal_type_name(int64_t value)
{
    for (const struct ber_name *n = terminal_types; n->name; n++) {
        if (n->value == value)
            return n->name;
    }
    return NULL;
}

int or_terminal_type_value(struct slice text, int64_t *value)
{
    for (const struct ber_name *n = terminal_types; n->name; n++) {
        if (slice_eq_nocase(text, slice_str(n->name))) {
            *value = n->value;
            return X4_OK;
        }
    }
    return or_parse_number(text, INT32_MAX, value);
}

int or_parse_number(struct slice text, int64_t max, int64_t *value)
{
    *value = 0;
    if (text.len == 0 || text.len > 10)
        return X4_ESYNTAX;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.p[i]))
            return X4_ESYNTAX;
        *value = *value * 10 + (text.p[i] - '0');
    }
    return *value <= max ? X4_OK : X4_ESYNTAX;
}
