/* SPDX-License-Identifier: Apache-2.0 */
/* The object identifiers of X.420: extended body part types and extensions, with their tables. */
#pragma once

#include "ber/ber.h"

/* An extended body part type: id-et-N with the parameters id-ep-N. */
enum ipm_extended {
    IPM_EXT_IA5_TEXT = 0,
    IPM_EXT_G3_FACSIMILE = 2,
    IPM_EXT_G4_CLASS1 = 3,
    IPM_EXT_TELETEX = 4,
    IPM_EXT_VIDEOTEX = 5,
    IPM_EXT_ENCRYPTED = 6,
    IPM_EXT_MESSAGE = 7,
    IPM_EXT_MIXED_MODE = 8,
    IPM_EXT_BILATERALLY_DEFINED = 9,
    IPM_EXT_NATIONALLY_DEFINED = 10,
    IPM_EXT_GENERAL_TEXT = 11,
    IPM_EXT_FILE_TRANSFER = 12,
    IPM_EXT_REPORT = 14,
    IPM_EXT_NOTIFICATION = 15,
    IPM_EXT_VOICE = 16,
    IPM_EXT_CONTENT = 17, /* a prefix: the content type follows */
    IPM_EXT_PKCS7 = 18,
    IPM_EXT_UNKNOWN = -1,
};

/* The N of id-et-N (ep false) or id-ep-N (ep true). For a forwarded content *rest, which may be
 * NULL, is what follows the prefix; for any other type it is empty. */
enum ipm_extended ipm_extended_find(struct slice oid, bool ep, struct slice *rest);
const char *ipm_extended_name(enum ipm_extended type); /* "file-transfer"; "unknown" */
/* Tables of the parameters and the data; NULL: none, or printed as a tree. */
const struct ber_type *ipm_extended_parameters_type(enum ipm_extended type);
const struct ber_type *ipm_extended_data_type(enum ipm_extended type);

/* The contents of id-et-N and id-ep-N, 4 octets in static memory. */
struct slice ipm_extended_oid(enum ipm_extended type, bool ep);

/* An extension of the heading, of a recipient or of a notification. */
struct ipm_extension_info {
    uint8_t oid[4];              /* contents of 2.6.1.x.y */
    const char *name;            /* "extended-subject" */
    const struct ber_type *type; /* of the value; NULL: printed as a tree */
};
/* NULL: unknown. */
const struct ipm_extension_info *ipm_extension_find(struct slice oid);

/* OIDs that heading and parts are written with; contents, static. */
extern const struct slice ipm_oid_extended_subject, ipm_oid_languages, ipm_oid_unstructured_binary,
    ipm_oid_unstructured_text, ipm_oid_binary_syntax, ipm_oid_basic_encoding;
/* SET OF Language; UniversalOrBMPString */
extern const struct ber_type ipm_type_languages, ipm_type_wide_string;

/* UniversalOrBMPString ::= SET { CHOICE { two-octets BMPString, four-octets UniversalString },
 * iso-639-language-code PrintableString OPTIONAL } */
struct ipm_wide_string {
    struct slice raw;
    struct ipm_wide_choice {
        struct slice raw;
        int which; /* 1 two octets, 2 four octets */
        struct slice characters;
    } encoding;
    struct slice language;
};
