/* SPDX-License-Identifier: Apache-2.0 */
#include "ipm/names.h"

#include "ipm/table.h"

#include <string.h>

/* 2.6.1: joint-iso-itu-t mhs(6) ipms(1), in contents octets */
enum {
    OID_2_6 = 0x56,
    IPMS = 1,
    ID_ET = 4,
    ID_HEX = 5,
    ID_EP = 11,
    ID_SEC = 18,
    ID_ON = 19,
    ID_REX = 20
};

/* IPMSUpperBounds */
enum {
    UB_CIRCULATION_LIST_MEMBERS = 256,
    UB_DISTRIBUTION_CODES = 16,
    UB_INFORMATION_CATEGORIES = 16,
    UB_MANUAL_HANDLING_INSTRUCTIONS = 16,
    UB_PRECEDENCE = 127
};

/* ---- types of extension values -------------------------------------------------------------- */

static BER_STRING_TYPE(language, "Language", BER_T_PRINTABLE, 2, 5);
BER_LIST_TYPE(ipm_type_languages, "SET OF Language", BER_SET_OF, BER_T_SET, &language, 0, 0);

static const struct ber_name auto_submitted_names[] = {
    {0, "not-auto-submitted"}, {1, "auto-generated"}, {2, "auto-replied"}, {0, NULL}};
static BER_NUMBER_TYPE(auto_submitted, "AutoSubmitted", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       auto_submitted_names);

#define F(nm, typ)                                                                                 \
    BER_FIELD(nm, struct ipm_wide_choice, characters, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field wide_choice_fields[] = {
    F("two-octets", T(bmp_string)),
    F("four-octets", T(universal_string)),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(wide_choice, "character-encoding", BER_CHOICE, BER_TAG_NONE,
                       struct ipm_wide_choice, wide_choice_fields);
static const struct ber_field wide_string_fields[] = {
    BER_FIELD("character-encoding", struct ipm_wide_string, encoding, &wide_choice, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("iso-639-language-code", struct ipm_wide_string, language, T(printable_string),
              BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(ipm_type_wide_string, "UniversalOrBMPString", BER_SET, BER_T_SET,
                struct ipm_wide_string, wide_string_fields);
static BER_LIST_TYPE(instructions, "ManualHandlingInstructions", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &ipm_type_wide_string, 1, UB_MANUAL_HANDLING_INSTRUCTIONS);

/* The rest are only printed, so their structs need no name outside. */
struct distribution_code {
    struct slice raw;
    struct slice oid;
    struct ipm_wide_string *alphanumeric;
    struct ipm_or_descriptor *descriptor;
};
#define F(nm, member, typ, tg)                                                                     \
    BER_FIELD(nm, struct distribution_code, member, typ, tg, BER_OPTIONAL, 0)
static const struct ber_field distribution_code_fields[] = {
    F("oid-code", oid, T(oid), BER_TAG_NONE),
    F("alphanumeric-code", alphanumeric, &ipm_type_wide_string, BER_TAG_NONE),
    F("or-descriptor", descriptor, &ipm_type_or_descriptor, BER_CONTEXT(0)),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(distribution_code, "DistributionCode", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct distribution_code, distribution_code_fields);
static BER_LIST_TYPE(distribution_codes, "DistributionCodes", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &distribution_code, 1, UB_DISTRIBUTION_CODES);

struct information_category {
    struct slice raw;
    struct slice reference;
    struct ipm_wide_string *description;
};
static const struct ber_field information_category_fields[] = {
    BER_FIELD("reference", struct information_category, reference, T(oid), BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("description", struct information_category, description, &ipm_type_wide_string,
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(information_category, "InformationCategory", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct information_category, information_category_fields);
static BER_LIST_TYPE(information_categories, "InformationCategories", BER_SEQUENCE_OF,
                     BER_T_SEQUENCE, &information_category, 1, UB_INFORMATION_CATEGORIES);

struct circulation_member {
    struct slice raw;
    struct ipm_recipient_specifier recipient;
    struct slice checked; /* NULL, GeneralizedTime or SIGNED */
};
static const struct ber_field circulation_member_fields[] = {
    BER_FIELD("circulation-recipient", struct circulation_member, recipient,
              &ipm_type_recipient_specifier, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("checked", struct circulation_member, checked, T(any), BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(circulation_member, "CirculationMember", BER_SET, BER_T_SET,
                       struct circulation_member, circulation_member_fields);
static BER_LIST_TYPE(circulation_list, "CirculationList", BER_SEQUENCE_OF, BER_T_SEQUENCE,
                     &circulation_member, 2, UB_CIRCULATION_LIST_MEMBERS);

struct change_of_address {
    struct slice raw;
    struct ipm_or_descriptor new_address;
    struct slice effective_from;
};
static const struct ber_field change_of_address_fields[] = {
    BER_FIELD("new-address", struct change_of_address, new_address, &ipm_type_or_descriptor,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("effective-from", struct change_of_address, effective_from, T(utctime),
              BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(change_of_address, "ChangeOfAddressAdvice", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct change_of_address, change_of_address_fields);

static BER_NUMBER_TYPE(precedence, "Precedence", BER_INTEGER, BER_T_INTEGER, 0, UB_PRECEDENCE,
                       NULL);

/* ---- extensions ----------------------------------------------------------------------------- */

static const struct ipm_extension_info extensions[] = {
    {{OID_2_6, IPMS, ID_HEX, 0}, "incomplete-copy", T(null)},
    {{OID_2_6, IPMS, ID_HEX, 1}, "languages", &ipm_type_languages},
    {{OID_2_6, IPMS, ID_HEX, 2}, "auto-submitted", &auto_submitted},
    {{OID_2_6, IPMS, ID_HEX, 3}, "body-part-signatures", NULL},
    {{OID_2_6, IPMS, ID_HEX, 4}, "ipm-security-label", NULL},
    {{OID_2_6, IPMS, ID_HEX, 5}, "authorization-time", &ipm_type_generalized_time},
    {{OID_2_6, IPMS, ID_HEX, 6}, "circulation-list-recipients", &circulation_list},
    {{OID_2_6, IPMS, ID_HEX, 7}, "distribution-codes", &distribution_codes},
    {{OID_2_6, IPMS, ID_HEX, 8}, "extended-subject", &ipm_type_wide_string},
    {{OID_2_6, IPMS, ID_HEX, 9}, "information-category", &information_categories},
    {{OID_2_6, IPMS, ID_HEX, 10}, "manual-handling-instructions", &instructions},
    {{OID_2_6, IPMS, ID_HEX, 11}, "originators-reference", &ipm_type_wide_string},
    {{OID_2_6, IPMS, ID_HEX, 12}, "precedence-policy-identifier", T(oid)},
    {{OID_2_6, IPMS, ID_SEC, 0}, "recipient-security-request", NULL},
    {{OID_2_6, IPMS, ID_SEC, 1}, "ipn-security-response", NULL},
    {{OID_2_6, IPMS, ID_ON, 0}, "absence-advice", NULL},
    {{OID_2_6, IPMS, ID_ON, 1}, "change-of-address-advice", &change_of_address},
    {{OID_2_6, IPMS, ID_REX, 0}, "circulation-list-indicator", T(null)},
    {{OID_2_6, IPMS, ID_REX, 1}, "precedence", &precedence},
};

const struct ipm_extension_info *ipm_extension_find(struct slice oid)
{
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (slice_eq(oid, slice_make(extensions[i].oid, sizeof(extensions[i].oid))))
            return &extensions[i];
    return NULL;
}

const struct slice ipm_oid_languages = {extensions[1].oid, sizeof(extensions[1].oid)};
const struct slice ipm_oid_extended_subject = {extensions[8].oid, sizeof(extensions[8].oid)};

/* 1.0.8571.5.3, 1.0.8571.5.1, 1.0.8571.2.4 (ISO 8571-2) and 2.1.1 */
const struct slice ipm_oid_unstructured_binary = {(const uint8_t *)"\x28\xc2\x7b\x05\x03", 5};
const struct slice ipm_oid_unstructured_text = {(const uint8_t *)"\x28\xc2\x7b\x05\x01", 5};
const struct slice ipm_oid_binary_syntax = {(const uint8_t *)"\x28\xc2\x7b\x02\x04", 5};
const struct slice ipm_oid_basic_encoding = {(const uint8_t *)"\x51\x01", 2};

/* ---- extended body part types --------------------------------------------------------------- */

static const struct extended_info {
    enum ipm_extended type;
    uint8_t et[4], ep[4];
    const char *name;
    const struct ber_type *parameters, *data;
} extended[] = {
#define ROW(n, nm, par, dat)                                                                       \
    {                                                                                              \
        n, {OID_2_6, IPMS, ID_ET, n}, {OID_2_6, IPMS, ID_EP, n}, nm, par, dat                      \
    }
    ROW(IPM_EXT_IA5_TEXT, "ia5-text", &ipm_type_ia5_parameters, T(ia5_string)),
    ROW(IPM_EXT_G3_FACSIMILE, "g3-facsimile", NULL, NULL),
    ROW(IPM_EXT_G4_CLASS1, "g4-class1", NULL, NULL),
    ROW(IPM_EXT_TELETEX, "teletex", NULL, NULL),
    ROW(IPM_EXT_VIDEOTEX, "videotex", NULL, NULL),
    ROW(IPM_EXT_ENCRYPTED, "encrypted", NULL, T(bit_string)),
    ROW(IPM_EXT_MESSAGE, "message", &ipm_type_message_parameters, NULL),
    ROW(IPM_EXT_MIXED_MODE, "mixed-mode", NULL, NULL),
    ROW(IPM_EXT_BILATERALLY_DEFINED, "bilaterally-defined", NULL, T(octet_string)),
    ROW(IPM_EXT_NATIONALLY_DEFINED, "nationally-defined", NULL, NULL),
    ROW(IPM_EXT_GENERAL_TEXT, "general-text", &ipm_type_general_text_parameters, T(general_string)),
    ROW(IPM_EXT_FILE_TRANSFER, "file-transfer", &ipm_type_file_parameters, &ipm_type_file_data),
    ROW(IPM_EXT_REPORT, "report", NULL, NULL),
    ROW(IPM_EXT_NOTIFICATION, "notification", &ipm_type_message_parameters, NULL),
    ROW(IPM_EXT_VOICE, "voice", &ipm_type_voice_parameters, T(octet_string)),
    ROW(IPM_EXT_CONTENT, "content", &ipm_type_content_parameters, T(octet_string)),
    ROW(IPM_EXT_PKCS7, "pkcs7", NULL, NULL),
#undef ROW
};

static const struct extended_info *extended_info(enum ipm_extended type)
{
    for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++)
        if (extended[i].type == type)
            return &extended[i];
    return NULL;
}

enum ipm_extended ipm_extended_find(struct slice oid, bool ep, struct slice *rest)
{
    for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
        const struct extended_info *e = &extended[i];
        struct slice own = slice_make(ep ? e->ep : e->et, sizeof(e->et));
        struct slice after = slice_from(oid, own.len);

        if (!slice_eq(slice_sub(oid, 0, own.len), own))
            continue;
        if (after.len > 0 && e->type != IPM_EXT_CONTENT)
            continue;
        if (rest)
            *rest = after;
        return e->type;
    }
    return IPM_EXT_UNKNOWN;
}

const char *ipm_extended_name(enum ipm_extended type)
{
    const struct extended_info *e = extended_info(type);

    return e ? e->name : "unknown";
}

const struct ber_type *ipm_extended_parameters_type(enum ipm_extended type)
{
    const struct extended_info *e = extended_info(type);

    return e ? e->parameters : NULL;
}

const struct ber_type *ipm_extended_data_type(enum ipm_extended type)
{
    const struct extended_info *e = extended_info(type);

    return e ? e->data : NULL;
}

struct slice ipm_extended_oid(enum ipm_extended type, bool ep)
{
    const struct extended_info *e = extended_info(type);

    return e ? slice_make(ep ? e->ep : e->et, sizeof(e->et)) : SLICE_NONE;
}
