/* SPDX-License-Identifier: Apache-2.0 */
/* Parameter types that all MTS objects share (X.411 MTSAbstractService, "Common Parameter Types"):
 * domains, identifiers, encoded information types, content types, indicators. */
#pragma once

#include "ber/ber.h"
#include "oraddr/oraddr.h"

/* X.411 MTSUpperBounds, as far as they are used in more than one place */
enum {
    MTS_UB_BIT_OPTIONS = 16,
    MTS_UB_CONTENT_ID = 16,
    MTS_UB_CONTENT_CORRELATOR = 512,
    MTS_UB_DL_EXPANSIONS = 512,
    MTS_UB_DOMAIN_NAME = 16,
    MTS_UB_INTEGER_OPTIONS = 256,
    MTS_UB_LOCAL_ID = 32,
    MTS_UB_MTA_NAME = 32,
    MTS_UB_RECIPIENTS = 32767,
    MTS_UB_REDIRECTIONS = 512,
    MTS_UB_SUPPLEMENTARY_INFO = 256,
    MTS_UB_TRANSFERS = 512,
};

/* ---- GlobalDomainIdentifier [APPLICATION 3] -------------------------------------------------- */

struct mts_gdi {
    struct slice raw;
    struct or_domain_name country;
    struct or_domain_name admd;
    struct or_domain_name prmd; /* which 0: absent */
};
extern const struct ber_type ber_type_global_domain_identifier;

/* A domain's identifier from texts, which must outlive it; prmd may be NULL or "". */
struct mts_gdi mts_gdi_make(const char *country, const char *admd, const char *prmd);
/* By or_domain_name_equal(), part by part; an absent PRMD equals only an absent one (R8.3). */
bool mts_gdi_equal(const struct mts_gdi *a, const struct mts_gdi *b);

/* An MTA: its management domain and its name in it. */
struct mts_identity {
    struct mts_gdi gdi;
    struct slice mta_name;
};

/* ---- MTSIdentifier [APPLICATION 4] ----------------------------------------------------------- */

struct mts_identifier {
    struct slice raw;
    struct mts_gdi gdi;
    struct slice local;
};
extern const struct ber_type ber_type_mts_identifier;

/* Domains by mts_gdi_equal(), local identifiers octet for octet (R8.3). */
bool mts_identifier_equal(const struct mts_identifier *a, const struct mts_identifier *b);
/* Appends "[/PRMD=p/ADMD=a/C=c/;local]" (RFC 2156 mts-msg-id). A '$' goes before '/', ';', '=',
 * '$', '{' and ']' in values, other octets than printing ASCII become {ddd} in decimal. */
void mts_identifier_print(const struct mts_identifier *id, struct buf *out);
/* Reads that form; what is in *out is borrowed from text or the arena. Errors: X4_ESYNTAX,
 * X4_EMISSING (no country, ADMD or local identifier), X4_EDUP, X4_ENOMEM. */
int mts_identifier_parse(struct slice text, struct arena *arena, struct mts_identifier *out);

/* ---- EncodedInformationTypes [APPLICATION 5] ------------------------------------------------- */

struct mts_teletex_parameters {
    struct slice raw;
    struct slice graphic_character_sets;
    struct slice control_character_sets;
    struct slice page_formats;
    struct slice miscellaneous;
    struct slice private_use;
};

struct mts_eits {
    struct slice raw;
    struct ber_bits built_in; /* enum mts_eit */
    struct ber_bits g3_facsimile;
    struct mts_teletex_parameters *teletex;
    struct ber_list extended; /* of struct slice: contents of OBJECT IDENTIFIERs */
};
extern const struct ber_type ber_type_encoded_information_types;

enum mts_eit {
    MTS_EIT_UNKNOWN = 0,
    MTS_EIT_IA5_TEXT = 2,
    MTS_EIT_G3_FACSIMILE = 3,
    MTS_EIT_G4_CLASS_1 = 4,
    MTS_EIT_TELETEX = 5,
    MTS_EIT_VIDEOTEX = 6,
    MTS_EIT_VOICE = 7,
    MTS_EIT_SFD = 8,
    MTS_EIT_MIXED_MODE = 9,
};

/* ---- ContentType ----------------------------------------------------------------------------- */

enum mts_content_type_kind {
    MTS_CONTENT_BUILT_IN = 1,
    MTS_CONTENT_EXTENDED = 2,
    MTS_CONTENT_RELATIVE = 3, /* RELATIVE-OID, as the module of 1999 prints it */
};

enum mts_built_in_content_type {
    MTS_CONTENT_UNIDENTIFIED = 0,
    MTS_CONTENT_EXTERNAL = 1,
    MTS_CONTENT_P2 = 2,
    MTS_CONTENT_P22 = 22,
    MTS_CONTENT_EDI = 35,
    MTS_CONTENT_VOICE = 40,
};

struct mts_content_type {
    struct slice raw;
    int which;             /* enum mts_content_type_kind; 0: absent */
    int64_t built_in;      /* any value may come: keep it */
    struct slice extended; /* contents of the OBJECT IDENTIFIER */
    struct slice relative;
};
extern const struct ber_type ber_type_content_type;

/* Appends "P22", "P2", "EDI", ... a number, or the object identifier. */
void mts_content_type_print(const struct mts_content_type *type, struct buf *out);

/* ---- small ones ------------------------------------------------------------------------------ */

enum mts_priority { MTS_NORMAL = 0, MTS_NON_URGENT = 1, MTS_URGENT = 2 };

/* PerMessageIndicators [APPLICATION 8], bit numbers */
enum mts_message_indicator {
    MTS_DISCLOSURE_OF_OTHER_RECIPIENTS = 0,
    MTS_IMPLICIT_CONVERSION_PROHIBITED = 1,
    MTS_ALTERNATE_RECIPIENT_ALLOWED = 2,
    MTS_CONTENT_RETURN_REQUEST = 3,
    MTS_SERVICE_MESSAGE = 7,
};

/* PerRecipientIndicators, bit numbers */
enum mts_recipient_indicator {
    MTS_RESPONSIBILITY = 0,
    MTS_ORIGINATING_MTA_REPORT = 1,
    MTS_ORIGINATING_MTA_NON_DELIVERY_REPORT = 2,
    MTS_ORIGINATOR_REPORT = 3,
    MTS_ORIGINATOR_NON_DELIVERY_REPORT = 4,
};

enum mts_type_of_user {
    MTS_USER_PUBLIC = 0,
    MTS_USER_PRIVATE = 1,
    MTS_USER_MS = 2,
    MTS_USER_DL = 3,
    MTS_USER_PDAU = 4,
    MTS_USER_PHYSICAL_RECIPIENT = 5,
    MTS_USER_OTHER = 6,
};

/* Types with a tag or bounds of their own. MTAName is an IA5String, Time a UTCTime. */
extern const struct ber_type ber_type_mta_name, ber_type_content_identifier, ber_type_priority,
    ber_type_per_message_indicators, ber_type_per_recipient_indicators,
    ber_type_explicit_conversion;
