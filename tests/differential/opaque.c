/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/opaque.h"

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
};

struct slice opaque_extension(int number)
{
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        if (extensions[i].number == number)
            return extensions[i].tlv;
    }
    return SLICE_LIT("\x30\x03\x02\x01\x07"); /* SEQUENCE { INTEGER 7 } */
}

struct slice opaque_member(const char *name)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(members[i].name, name) == 0)
            return members[i].tlv;
    }
    return SLICE_LIT("\x30\x03\x02\x01\x07"); /* SEQUENCE { INTEGER 7 } */
}

const struct ber_type *opaque_element(const struct ber_type *list)
{
    if (list->element->kind != BER_ANY)
        return list->element;
    if (strcmp(list->name, "per-domain-bilateral-information") == 0)
        return &ber_type_per_domain_bilateral_information;
    return NULL;
}
