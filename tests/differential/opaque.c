/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/opaque.h"

#include "ber/define.h"
#include "ber/table.h"
#include "ipm/names.h"
#include "ipm/types.h"
#include "mts/envelope.h"

/* Initialises a slice; TLV() is no constant expression. */
#define TLV(octets)                                                                                \
    {                                                                                              \
        .p = (const uint8_t *)(octets), .len = sizeof(octets) - 1                                  \
    }

static const struct {
    int number;
    struct slice tlv;
} extensions[] = {
    /* Token { 1.2.3.4, INTEGER 7 } */
    {MTS_EXT_MESSAGE_TOKEN, TLV("\x30\x0a\x80\x03\x2a\x03\x04\xa1\x03\x02\x01\x07")},
    /* AlgorithmIdentifier { 1.2.3.4 } */
    {MTS_EXT_CONTENT_CONFIDENTIALITY_ALGORITHM_IDENTIFIER, TLV("\x30\x05\x06\x03\x2a\x03\x04")},
#define SIGNATURE TLV("\x30\x0b\x30\x05\x06\x03\x2a\x03\x04\x03\x02\x00\x55")
    {MTS_EXT_CONTENT_INTEGRITY_CHECK, SIGNATURE},
    {MTS_EXT_MESSAGE_ORIGIN_AUTHENTICATION_CHECK, SIGNATURE},
    {MTS_EXT_PROBE_ORIGIN_AUTHENTICATION_CHECK, SIGNATURE},
    {MTS_EXT_PROOF_OF_DELIVERY, SIGNATURE},
    {MTS_EXT_REPORT_ORIGIN_AUTHENTICATION_CHECK, SIGNATURE},
    /* SET OF { certificate [1] } */
    {MTS_EXT_MULTIPLE_ORIGINATOR_CERTIFICATES, TLV("\x31\x05\xa1\x03\x02\x01\x07")},
    /* SEQUENCE OF RecipientSpecifier { recipient { } } */
    {MTS_EXT_BLIND_COPY_RECIPIENTS, TLV("\x30\x04\x31\x02\xa0\x00")},
    {MTS_EXT_BODY_PART_ENCRYPTION_TOKEN, TLV("\x31\x00")},
    {MTS_EXT_FORWARDED_CONTENT_TOKEN, TLV("\x31\x00")},
    /* CertificateSelectors { encryption-recipient [0] } */
    {MTS_EXT_CERTIFICATE_SELECTORS, TLV("\x31\x05\xa0\x03\x02\x01\x07")},
    {MTS_EXT_CERTIFICATE_SELECTORS_OVERRIDE, TLV("\x31\x05\xa0\x03\x02\x01\x07")},
};

static const struct {
    const char *name;
    struct slice tlv;
} members[] = {
    /* Name: CN = "Ann" */
    {"directory-name", TLV("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x13\x03\x41\x6e\x6e")},
    {"mta-directory-name", TLV("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x13\x03\x41\x6e\x6e")},
    /* an item: SecurityCategory { 1.2.3.4, INTEGER 7 } */
    {"SecurityCategories", TLV("\x30\x0a\x80\x03\x2a\x03\x04\xa1\x03\x02\x01\x07")},
    {"content", TLV("\xa0\x09\x31\x05\x6b\x03\x13\x01\x41\x30\x00")},
    {"additional-information", TLV("\xa2\x03\x02\x01\x07")},
    {"RelatedStoredFile", TLV("\x30\x06\xa0\x04\xa0\x02\xa0\x00")},
    {"access-control", TLV("\x80\x00")},
    {"calling-AP-title", TLV("\x06\x03\x2a\x03\x04")},
    {"called-AP-title", TLV("\x06\x03\x2a\x03\x04")},
    {"responding-AP-title", TLV("\x06\x03\x2a\x03\x04")},
    {"calling-AE-qualifier", TLV("\x02\x01\x07")},
    {"called-AE-qualifier", TLV("\x02\x01\x07")},
    {"responding-AE-qualifier", TLV("\x02\x01\x07")},
    {"checked", TLV("\x05\x00")},
    /* Whatever the user, or the layer above, has to say. */
    {"open", TLV("\x30\x03\x02\x01\x07")},
    {"userDataRJ", TLV("\x30\x03\x02\x01\x07")},
    {"userdataAB", TLV("\x30\x03\x02\x01\x07")},
    {"single-ASN1-type", TLV("\x30\x03\x02\x01\x07")},
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

/* Contents of SEQUENCEs and SETs. */
static const struct {
    const char *name;
    struct slice contents;
} insides[] = {
    {"G3FacsimileBodyPart", TLV("\x31\x00\x30\x00")},
    {"TeletexBodyPart", TLV("\x31\x00\x30\x00")},
    {"VideotexBodyPart", TLV("\x31\x00\x15\x01\x41")},
    {"EncryptedBodyPart", TLV("\x31\x07\x30\x05\x06\x03\x2a\x03\x04\x03\x02\x00\x55")},
    {"SEQUENCE", TLV("\x06\x03\x2a\x03\x04\x06\x03\x2a\x03\x05")},
    {"ProtectedPassword", TLV("\x30\x0b\x30\x05\x06\x03\x2a\x03\x04\x03\x02\x00\x55")},
    {"SecurityContext", TLV("\x31\x00")},
};

#define NONE                                                                                       \
    {                                                                                              \
        .p = NULL                                                                                  \
    }
static const struct opaque_ipms_extension ipms_extensions[] = {
    {TLV("\x56\x01\x05\x00"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x01"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x02"), PLACE_IPM_HEADING, NONE},
    /* BodyPartSignatures { } */
    {TLV("\x56\x01\x05\x03"), PLACE_IPM_HEADING, TLV("\x31\x00")},
    /* IPMSecurityLabel { content-security-label { } } */
    {TLV("\x56\x01\x05\x04"), PLACE_IPM_HEADING, TLV("\x30\x02\xa0\x00")},
    {TLV("\x56\x01\x05\x05"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x06"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x07"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x08"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x09"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x0a"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x0b"), PLACE_IPM_HEADING, NONE},
    {TLV("\x56\x01\x05\x0c"), PLACE_IPM_HEADING, NONE},
    /* RecipientSecurityRequest { content-proof } */
    {TLV("\x56\x01\x12\x00"), PLACE_IPM_RECIPIENT, TLV("\x03\x02\x06\x40")},
    /* IpnSecurityResponse { original-content } */
    {TLV("\x56\x01\x12\x01"), PLACE_IPM_NOTIFICATION, TLV("\x31\x03\x04\x01\x41")},
    /* AbsenceAdvice { next-available } */
    {TLV("\x56\x01\x13\x00"), PLACE_IPM_OTHER_NOTIFICATION,
     TLV("\x30\x0d\x17\x0b"
         "2611230000Z")},
    {TLV("\x56\x01\x13\x01"), PLACE_IPM_OTHER_NOTIFICATION, NONE},
    {TLV("\x56\x01\x14\x00"), PLACE_IPM_RECIPIENT, NONE},
    {TLV("\x56\x01\x14\x01"), PLACE_IPM_RECIPIENT, NONE},
};

/* ---- what it is ------------------------------------------------------------------------------ */

unsigned opaque_place(const struct ber_type *type)
{
    static const struct {
        const char *name;
        unsigned place;
    } places[] = {
        {"MessageTransferEnvelope", MTS_PLACE_MESSAGE},
        {"PerRecipientMessageTransferFields", MTS_PLACE_MESSAGE_RECIPIENT},
        {"ProbeTransferEnvelope", MTS_PLACE_PROBE},
        {"PerRecipientProbeTransferFields", MTS_PLACE_PROBE_RECIPIENT},
        {"ReportTransferEnvelope", MTS_PLACE_REPORT_ENVELOPE},
        {"ReportTransferContent", MTS_PLACE_REPORT_CONTENT},
        {"PerRecipientReportTransferFields", MTS_PLACE_REPORT_RECIPIENT},
        {"OtherMessageDeliveryFields", PLACE_MESSAGE_DELIVERY},
        {"Heading", PLACE_IPM_HEADING},
        {"FileTransferParameters", PLACE_IPM_HEADING},
        {"RecipientSpecifier", PLACE_IPM_RECIPIENT},
        {"IPN", PLACE_IPM_NOTIFICATION},
        {"choice", PLACE_IPM_OTHER_NOTIFICATION},
        {"NonReceiptFields", PLACE_IPM_PRIVATE},
        {"ReceiptFields", PLACE_IPM_PRIVATE},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(places[i].name, type->name) == 0)
            return places[i].place;
    }
    return 0;
}

static bool is_of_reports(int64_t number)
{
    static const int numbers[] = {MTS_EXT_CONTENT_CORRELATOR,
                                  MTS_EXT_PHYSICAL_FORWARDING_ADDRESS,
                                  MTS_EXT_PROOF_OF_DELIVERY,
                                  MTS_EXT_ORIGINATOR_AND_DL_EXPANSION_HISTORY,
                                  MTS_EXT_REPORTING_DL_NAME,
                                  MTS_EXT_REPORTING_MTA_CERTIFICATE,
                                  MTS_EXT_REPORT_ORIGIN_AUTHENTICATION_CHECK,
                                  MTS_EXT_REPORTING_MTA_NAME};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

const struct mts_extension_info *opaque_mts_extension(int64_t number, unsigned place)
{
    const struct mts_extension_info *info = mts_extension_info(number);

    if (place == PLACE_MESSAGE_DELIVERY)
        return info && info->places & MTS_PLACE_DELIVERY && !is_of_reports(number) ? info : NULL;
    return info && info->places & place ? info : NULL;
}

const struct opaque_ipms_extension *opaque_ipms_extension(size_t i)
{
    return i < sizeof(ipms_extensions) / sizeof(ipms_extensions[0]) ? &ipms_extensions[i] : NULL;
}

const struct ber_type *opaque_ipms_type(struct slice oid, unsigned place)
{
    const struct ipm_extension_info *info = ipm_extension_find(oid);

    for (size_t i = 0; info && opaque_ipms_extension(i); i++) {
        if (ipms_extensions[i].place == place && slice_eq(ipms_extensions[i].oid, oid))
            return info->type;
    }
    return NULL;
}

const struct ber_type *opaque_element(const struct ber_type *list)
{
    if (list->element->kind != BER_ANY)
        return list->element;
    if (strcmp(list->name, "per-domain-bilateral-information") == 0)
        return &ber_type_per_domain_bilateral_information;
    if (strcmp(list->name, "Body") == 0)
        return &ipm_type_body_part;
    return NULL;
}

/* ConnectionData of RTORQ and RTOAC: for generating and noting, not for reading. */
struct connection_data {
    struct slice raw;
    int which;
    struct slice open;
    struct session_id {
        struct slice raw;
        struct calling {
            struct slice raw;
            int which;
            struct slice octets;
        } calling;
        struct slice common, additional;
    } recover;
};
static const struct ber_field calling_fields[] = {
    BER_FIELD("t61String", struct calling, octets, &ber_type_teletex_string, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("octetString", struct calling, octets, &ber_type_octet_string, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(calling, "CallingSSuserReference", BER_CHOICE, BER_TAG_NONE, struct calling,
                       calling_fields);
static const struct ber_field session_id_fields[] = {
    BER_FIELD("callingSSuserReference", struct session_id, calling, &calling, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("commonReference", struct session_id, common, &ber_type_utctime, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("additionalReferenceInformation", struct session_id, additional,
              &ber_type_teletex_string, BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(session_id, "SessionConnectionIdentifier", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct session_id, session_id_fields);
static const struct ber_field connection_data_fields[] = {
    BER_FIELD("open", struct connection_data, open, &ber_type_any, BER_CONTEXT(0), BER_MANDATORY,
              0),
    BER_FIELD("recover", struct connection_data, recover, &session_id, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(connection_data, "ConnectionData", BER_CHOICE, BER_TAG_NONE,
                       struct connection_data, connection_data_fields);

const struct ber_type *opaque_type(const struct ber_field *member)
{
    return strncmp(member->name, "connectionData", 14) == 0 ? &connection_data : NULL;
}

bool opaque_is_inside(const struct ber_type *type)
{
    return ber_is_struct(type) && !type->fields[0].name;
}

const struct ber_type *opaque_inside(const struct ber_type *type)
{
    return opaque_is_inside(type) && strcmp(type->name, "IPM") == 0 ? &ipm_type_ipm : NULL;
}

int64_t opaque_bound(const struct ber_type *type)
{
    bool doubled =
        strcmp(type->name, "FreeFormName") == 0 || strcmp(type->name, "SubjectField") == 0;

    return doubled ? type->max / 2 : type->max;
}

/* ---- legal values ---------------------------------------------------------------------------- */

struct slice opaque_extension(int number)
{
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        if (extensions[i].number == number)
            return extensions[i].tlv;
    }
    return SLICE_LIT("\x30\x03\x02\x01\x07"); /* SEQUENCE { INTEGER 7 } */
}

static size_t member_row(const char *name)
{
    size_t i = 0;

    while (i < MEMBERS && strcmp(members[i].name, name) != 0)
        i++;
    return i;
}

bool opaque_has_member(const char *name)
{
    return member_row(name) < MEMBERS;
}

struct slice opaque_member(const char *name)
{
    size_t i = member_row(name);

    if (i < MEMBERS)
        return members[i].tlv;
    return SLICE_LIT("\x30\x03\x02\x01\x07"); /* SEQUENCE { INTEGER 7 } */
}

struct slice opaque_contents(const char *type)
{
    for (size_t i = 0; i < sizeof(insides) / sizeof(insides[0]); i++) {
        if (strcmp(insides[i].name, type) == 0)
            return insides[i].contents;
    }
    return SLICE_LIT("");
}

/* types.c, envelope.h and types.h say why. */
bool opaque_is_mandatory(const struct ber_field *member)
{
    static const char *const names[] = {"surname", "content", "compression-algorithm-param"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], member->name) == 0)
            return true;
    }
    return false;
}
