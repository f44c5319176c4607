/* SPDX-License-Identifier: Apache-2.0 */
#include "mts/common.h"

#include "mts/table.h"

/* ---- GlobalDomainIdentifier, MTSIdentifier --------------------------------------------------- */

static const struct ber_field gdi_fields[] = {
    BER_FIELD("country-name", struct mts_gdi, country, &ber_type_country_name, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("administration-domain-name", struct mts_gdi, admd,
              &ber_type_administration_domain_name, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("private-domain-identifier", struct mts_gdi, prmd,
              &ber_type_private_domain_identifier, BER_TAG_NONE, BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_global_domain_identifier, "GlobalDomainIdentifier", BER_SEQUENCE,
                BER_APPLICATION(3), struct mts_gdi, gdi_fields);

static BER_STRING_TYPE(local_identifier, "LocalIdentifier", BER_T_IA5, 1, MTS_UB_LOCAL_ID);

static const struct ber_field mts_identifier_fields[] = {
    BER_FIELD("global-domain-identifier", struct mts_identifier, gdi,
              &ber_type_global_domain_identifier, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("local-identifier", struct mts_identifier, local, &local_identifier, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_mts_identifier, "MTSIdentifier", BER_SEQUENCE, BER_APPLICATION(4),
                struct mts_identifier, mts_identifier_fields);

/* ---- EncodedInformationTypes ----------------------------------------------------------------- */

static const struct ber_name eit_names[] = {
    {MTS_EIT_UNKNOWN, "unknown"},
    {MTS_EIT_IA5_TEXT, "ia5-text"},
    {MTS_EIT_G3_FACSIMILE, "g3-facsimile"},
    {MTS_EIT_G4_CLASS_1, "g4-class-1"},
    {MTS_EIT_TELETEX, "teletex"},
    {MTS_EIT_VIDEOTEX, "videotex"},
    {MTS_EIT_VOICE, "voice"},
    {MTS_EIT_SFD, "sfd"},
    {MTS_EIT_MIXED_MODE, "mixed-mode"},
    {0, NULL},
};
static BER_BITS_TYPE(built_in_eits, "BuiltInEncodedInformationTypes", BER_T_BIT_STRING, 0, 32,
                     eit_names);

static const struct ber_field teletex_fields[] = {
    BER_FIELD("graphic-character-sets", struct mts_teletex_parameters, graphic_character_sets,
              &ber_type_teletex_string, BER_CONTEXT(0), BER_OPTIONAL, 0),
    BER_FIELD("control-character-sets", struct mts_teletex_parameters, control_character_sets,
              &ber_type_teletex_string, BER_CONTEXT(1), BER_OPTIONAL, 0),
    BER_FIELD("page-formats", struct mts_teletex_parameters, page_formats, &ber_type_octet_string,
              BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_FIELD("miscellaneous-terminal-capabilities", struct mts_teletex_parameters, miscellaneous,
              &ber_type_teletex_string, BER_CONTEXT(3), BER_OPTIONAL, 0),
    BER_FIELD("private-use", struct mts_teletex_parameters, private_use, &ber_type_octet_string,
              BER_CONTEXT(4), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(teletex_parameters, "TeletexNonBasicParameters", BER_SET, BER_T_SET,
                       struct mts_teletex_parameters, teletex_fields);

/* As T.30 numbers them. */
static const struct ber_name g3_facsimile_names[] = {
    {8, "two-dimensional"},
    {9, "fine-resolution"},
    {20, "unlimited-length"},
    {21, "b4-length"},
    {22, "a3-width"},
    {23, "b4-width"},
    {25, "t6-coding"},
    {30, "uncompressed"},
    {37, "width-middle-864-of-1728"},
    {38, "width-middle-1216-of-1728"},
    {44, "resolution-type"},
    {45, "resolution-400x400"},
    {46, "resolution-300x300"},
    {47, "resolution-8x15"},
    {49, "edi"},
    {50, "dtm"},
    {51, "bft"},
    {58, "mixed-mode"},
    {60, "character-mode"},
    {65, "twelve-bits"},
    {66, "preferred-huffmann"},
    {67, "full-colour"},
    {68, "jpeg"},
    {71, "processable-mode-26"},
    {0, NULL},
};
static BER_BITS_TYPE(g3_facsimile, "G3FacsimileNonBasicParameters", BER_T_BIT_STRING, 0, 0,
                     g3_facsimile_names);

static BER_LIST_TYPE(extended_eits, "ExtendedEncodedInformationTypes", BER_SET_OF, BER_T_SET,
                     &ber_type_oid, 1, 1024);

static const struct ber_field eits_fields[] = {
    BER_FIELD("built-in-encoded-information-types", struct mts_eits, built_in, &built_in_eits,
              BER_CONTEXT(0), BER_MANDATORY, 0),
    BER_FIELD("g3-facsimile", struct mts_eits, g3_facsimile, &g3_facsimile, BER_CONTEXT(1),
              BER_OPTIONAL, 0),
    BER_FIELD("teletex", struct mts_eits, teletex, &teletex_parameters, BER_CONTEXT(2),
              BER_OPTIONAL, 0),
    BER_FIELD("extended-encoded-information-types", struct mts_eits, extended, &extended_eits,
              BER_CONTEXT(4), BER_OPTIONAL, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_encoded_information_types, "EncodedInformationTypes", BER_SET,
                BER_APPLICATION(5), struct mts_eits, eits_fields);

/* ---- ContentType ----------------------------------------------------------------------------- */

static const struct ber_name content_type_names[] = {
    {MTS_CONTENT_UNIDENTIFIED, "unidentified"},
    {MTS_CONTENT_EXTERNAL, "external"},
    {MTS_CONTENT_P2, "interpersonal-messaging-1984"},
    {MTS_CONTENT_P22, "interpersonal-messaging-1988"},
    {MTS_CONTENT_EDI, "edi-messaging"},
    {MTS_CONTENT_VOICE, "voice-messaging"},
    {0, NULL},
};
static BER_NUMBER_TYPE(built_in_content_type, "BuiltInContentType", BER_INTEGER, BER_APPLICATION(6),
                       0, 32767, content_type_names);

static BER_PLAIN_TYPE(relative_oid, "RELATIVE-OID", BER_OID, 13, struct slice);

static const struct ber_field content_type_fields[] = {
    BER_FIELD("built-in", struct mts_content_type, built_in, &built_in_content_type, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("extended", struct mts_content_type, extended, &ber_type_oid, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_FIELD("extended", struct mts_content_type, relative, &relative_oid, BER_TAG_NONE,
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_content_type, "ContentType", BER_CHOICE, BER_TAG_NONE,
                struct mts_content_type, content_type_fields);

static void print_built_in(int64_t type, struct buf *out)
{
    switch (type) {
    case MTS_CONTENT_UNIDENTIFIED: buf_text(out, "unidentified"); break;
    case MTS_CONTENT_EXTERNAL: buf_text(out, "external"); break;
    case MTS_CONTENT_P2: buf_text(out, "P2"); break;
    case MTS_CONTENT_P22: buf_text(out, "P22"); break;
    case MTS_CONTENT_EDI: buf_text(out, "EDI"); break;
    case MTS_CONTENT_VOICE: buf_text(out, "voice"); break;
    default: buf_printf(out, "%lld", (long long)type); break;
    }
}

void mts_content_type_print(const struct mts_content_type *type, struct buf *out)
{
    char text[256];

    switch (type->which) {
    case MTS_CONTENT_BUILT_IN: print_built_in(type->built_in, out); return;
    case MTS_CONTENT_EXTENDED:
        if (ber_oid_print(type->extended, text, sizeof(text)) >= 0)
            buf_text(out, text);
        else
            buf_hex(out, type->extended);
        return;
    case MTS_CONTENT_RELATIVE:
        buf_text(out, "relative ");
        buf_hex(out, type->relative);
        return;
    default: buf_text(out, "none"); return;
    }
}

/* ---- small ones ------------------------------------------------------------------------------ */

BER_STRING_TYPE(ber_type_mta_name, "MTAName", BER_T_IA5, 1, MTS_UB_MTA_NAME);
BER_STRING_TYPE(ber_type_content_identifier, "ContentIdentifier", BER_APPLICATION(10), 1,
                MTS_UB_CONTENT_ID);

static const struct ber_name priority_names[] = {
    {MTS_NORMAL, "normal"},
    {MTS_NON_URGENT, "non-urgent"},
    {MTS_URGENT, "urgent"},
    {0, NULL},
};
BER_NUMBER_TYPE(ber_type_priority, "Priority", BER_ENUMERATED, BER_APPLICATION(7), 0, 0,
                priority_names);

static const struct ber_name message_indicator_names[] = {
    {MTS_DISCLOSURE_OF_OTHER_RECIPIENTS, "disclosure-of-other-recipients"},
    {MTS_IMPLICIT_CONVERSION_PROHIBITED, "implicit-conversion-prohibited"},
    {MTS_ALTERNATE_RECIPIENT_ALLOWED, "alternate-recipient-allowed"},
    {MTS_CONTENT_RETURN_REQUEST, "content-return-request"},
    {4, "reserved"},
    {5, "bit-5"},
    {6, "bit-6"},
    {MTS_SERVICE_MESSAGE, "service-message"},
    {0, NULL},
};
BER_BITS_TYPE(ber_type_per_message_indicators, "PerMessageIndicators", BER_APPLICATION(8), 0,
              MTS_UB_BIT_OPTIONS, message_indicator_names);

static const struct ber_name recipient_indicator_names[] = {
    {MTS_RESPONSIBILITY, "responsibility"},
    {MTS_ORIGINATING_MTA_REPORT, "originating-MTA-report"},
    {MTS_ORIGINATING_MTA_NON_DELIVERY_REPORT, "originating-MTA-non-delivery-report"},
    {MTS_ORIGINATOR_REPORT, "originator-report"},
    {MTS_ORIGINATOR_NON_DELIVERY_REPORT, "originator-non-delivery-report"},
    {5, "reserved-5"},
    {6, "reserved-6"},
    {7, "reserved-7"},
    {0, NULL},
};
BER_BITS_TYPE(ber_type_per_recipient_indicators, "PerRecipientIndicators", BER_T_BIT_STRING, 8,
              MTS_UB_BIT_OPTIONS, recipient_indicator_names);

static const struct ber_name conversion_names[] = {
    {0, "ia5-text-to-teletex"},
    {8, "ia5-text-to-g3-facsimile"},
    {9, "ia5-text-to-g4-class-1"},
    {10, "ia5-text-to-videotex"},
    {11, "teletex-to-ia5-text"},
    {12, "teletex-to-g3-facsimile"},
    {13, "teletex-to-g4-class-1"},
    {14, "teletex-to-videotex"},
    {16, "videotex-to-ia5-text"},
    {17, "videotex-to-teletex"},
    {0, NULL},
};
BER_NUMBER_TYPE(ber_type_explicit_conversion, "ExplicitConversion", BER_INTEGER, BER_T_INTEGER, 0,
                MTS_UB_INTEGER_OPTIONS, conversion_names);

/* ---- domains and identifiers ----------------------------------------------------------------- */

struct mts_gdi mts_gdi_make(const char *country, const char *admd, const char *prmd)
{
    struct mts_gdi gdi = {
        .country = or_domain_name_make(slice_str(country)),
        .admd = or_domain_name_make(slice_str(admd)),
    };

    if (prmd && prmd[0] != '\0')
        gdi.prmd = or_domain_name_make(slice_str(prmd));
    return gdi;
}

bool mts_gdi_equal(const struct mts_gdi *a, const struct mts_gdi *b)
{
    if ((a->prmd.which == 0) != (b->prmd.which == 0))
        return false;
    return or_domain_name_equal(&a->country, &b->country) &&
           or_domain_name_equal(&a->admd, &b->admd) &&
           (a->prmd.which == 0 || or_domain_name_equal(&a->prmd, &b->prmd));
}

bool mts_identifier_equal(const struct mts_identifier *a, const struct mts_identifier *b)
{
    return slice_eq(a->local, b->local) && mts_gdi_equal(&a->gdi, &b->gdi);
}
