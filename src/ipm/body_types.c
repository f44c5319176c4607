/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of X.420's body parts (IPMSInformationObjects, IPMSExtendedBodyPartTypes,
 * IPMSForwardedContentBodyPartType). */
#include "ipm/table.h"

static const struct ber_field opaque_fields[] = {BER_END};

static BER_STRUCT_TYPE(ipm_data, "IPM", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);
static BER_STRUCT_TYPE(g3_facsimile, "G3FacsimileBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_opaque, opaque_fields);
static BER_STRUCT_TYPE(g4_class1, "G4Class1BodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_opaque, opaque_fields);
static BER_STRUCT_TYPE(teletex, "TeletexBodyPart", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);
static BER_STRUCT_TYPE(videotex, "VideotexBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_opaque, opaque_fields);
static BER_STRUCT_TYPE(encrypted, "EncryptedBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_opaque, opaque_fields);
static BER_STRUCT_TYPE(mixed_mode, "MixedModeBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_opaque, opaque_fields);
static BER_STRUCT_TYPE(telex, "TLXBodyPart", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);
static BER_STRUCT_TYPE(voice, "VoiceBodyPart", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);
static BER_STRUCT_TYPE(sfd, "SFDBodyPart", BER_SEQUENCE, BER_T_SEQUENCE, struct ipm_opaque,
                       opaque_fields);

/* ---- ia5-text ------------------------------------------------------------------------------- */

static const struct ber_name repertoire_names[] = {{2, "ita2"}, {5, "ia5"}, {0, NULL}};
static BER_NUMBER_TYPE(repertoire, "Repertoire", BER_ENUMERATED, BER_T_ENUMERATED, 0, 0,
                       repertoire_names);

static const struct ber_field ia5_parameters_fields[] = {
    BER_FIELD("repertoire", struct ipm_ia5_parameters, repertoire, &repertoire, BER_CONTEXT(0),
              BER_DEFAULT, 5),
    BER_END,
};
BER_STRUCT_TYPE(ipm_type_ia5_parameters, "IA5TextParameters", BER_SET, BER_T_SET,
                struct ipm_ia5_parameters, ia5_parameters_fields);

#define F(nm, member, typ)                                                                         \
    BER_FIELD(nm, struct ipm_ia5_text, member, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field ia5_text_fields[] = {
    F("parameters", parameters, &ipm_type_ia5_parameters),
    F("data", data, T(ia5_string)),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(ia5_text, "IA5TextBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_ia5_text, ia5_text_fields);

/* ---- message -------------------------------------------------------------------------------- */

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_message_parameters, member, typ, BER_CONTEXT(n), BER_OPTIONAL, 0)
static const struct ber_field message_parameters_fields[] = {
    F("delivery-time", delivery_time, T(utctime), 0),
    F("delivery-envelope", delivery_envelope, &ipm_type_delivery_fields, 1),
    BER_END,
};
static const struct ber_field content_parameters_fields[] = {
    F("delivery-time", delivery_time, T(utctime), 0),
    F("delivery-envelope", delivery_envelope, &ipm_type_delivery_fields, 1),
    F("mts-identifier", mts_identifier, T(mts_identifier), 2),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_message_parameters, "MessageParameters", BER_SET, BER_T_SET,
                struct ipm_message_parameters, message_parameters_fields);
BER_STRUCT_TYPE(ipm_type_content_parameters, "ForwardedContentParameters", BER_SET, BER_T_SET,
                struct ipm_message_parameters, content_parameters_fields);

#define F(nm, member, typ)                                                                         \
    BER_FIELD(nm, struct ipm_message_part, member, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field message_fields[] = {
    F("parameters", parameters, &ipm_type_message_parameters),
    F("data", data, &ipm_data),
    BER_END,
};
#undef F
static BER_STRUCT_TYPE(message, "MessageBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_message_part, message_fields);

/* ---- extended and the whole BodyPart -------------------------------------------------------- */

static const struct ber_field extended_fields[] = {
    BER_FIELD("parameters", struct ipm_extended_part, parameters, T(external), BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("data", struct ipm_extended_part, data, T(external), BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(extended, "ExtendedBodyPart", BER_SEQUENCE, BER_T_SEQUENCE,
                       struct ipm_extended_part, extended_fields);

#define F(nm, member, typ, n)                                                                      \
    BER_FIELD(nm, struct ipm_body_part, member, typ, BER_CONTEXT(n), BER_MANDATORY, 0)
static const struct ber_field body_part_fields[] = {
    F("ia5-text", ia5_text, &ia5_text, 0),
    F("telex", other, &telex, 1),
    F("voice", other, &voice, 2),
    F("g3-facsimile", other, &g3_facsimile, 3),
    F("g4-class1", other, &g4_class1, 4),
    F("teletex", other, &teletex, 5),
    F("videotex", other, &videotex, 6),
    F("nationally-defined", nationally_defined, T(any), 7),
    F("encrypted", other, &encrypted, 8),
    F("message", message, &message, 9),
    F("sfd", other, &sfd, 10),
    F("mixed-mode", other, &mixed_mode, 11),
    F("bilaterally-defined", bilaterally_defined, T(octet_string), 14),
    F("extended", extended, &extended, 15),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_body_part, "BodyPart", BER_CHOICE, BER_TAG_NONE, struct ipm_body_part,
                body_part_fields);

/* ---- parameters of extended types ----------------------------------------------------------- */

static BER_NUMBER_TYPE(registration, "CharacterSetRegistration", BER_INTEGER, BER_T_INTEGER, 1,
                       32767, NULL);
BER_LIST_TYPE(ipm_type_general_text_parameters, "GeneralTextParameters", BER_SET_OF, BER_T_SET,
              &registration, 0, 0);

/* VoiceParameters, printed only */
struct voice_parameters {
    struct slice raw;
    struct ber_optint duration;
    struct slice encoding;
    struct slice information;
};
#define F(nm, member, typ, n, flg)                                                                 \
    BER_FIELD(nm, struct voice_parameters, member, typ, BER_CONTEXT(n), flg, 0)
static const struct ber_field voice_parameters_fields[] = {
    F("voice-message-duration", duration, T(integer), 0, BER_OPTIONAL),
    F("voice-encoding-type", encoding, T(oid), 1, BER_MANDATORY),
    F("supplementary-information", information, T(ia5_string), 2, BER_OPTIONAL),
    BER_END,
};
#undef F
BER_STRUCT_TYPE(ipm_type_voice_parameters, "VoiceParameters", BER_SEQUENCE, BER_T_SEQUENCE,
                struct voice_parameters, voice_parameters_fields);
