/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of X.420's body parts (IPMSInformationObjects, IPMSExtendedBodyPartTypes,
 * IPMSForwardedContentBodyPartType). */
#include "ipm/types.h"

#define T(id) (&ber_type_##id)

static const struct ber_field opaque_fields[] = {BER_END};
#define OPAQUE(ident, nm, knd)                                                                     \
    static const struct ber_type ident = {.name = (nm),                                            \
                                          .kind = (knd),                                           \
                                          .tag = (knd) == BER_SET ? BER_T_SET : BER_T_SEQUENCE,    \
                                          .size = sizeof(struct ipm_opaque),                       \
                                          .fields = opaque_fields}

OPAQUE(ipm_data, "IPM", BER_SEQUENCE);
OPAQUE(g3_facsimile, "G3FacsimileBodyPart", BER_SEQUENCE);
OPAQUE(g4_class1, "G4Class1BodyPart", BER_SEQUENCE);
OPAQUE(teletex, "TeletexBodyPart", BER_SEQUENCE);
OPAQUE(videotex, "VideotexBodyPart", BER_SEQUENCE);
OPAQUE(encrypted, "EncryptedBodyPart", BER_SEQUENCE);
OPAQUE(mixed_mode, "MixedModeBodyPart", BER_SEQUENCE);
OPAQUE(telex, "TLXBodyPart", BER_SEQUENCE);
OPAQUE(voice, "VoiceBodyPart", BER_SEQUENCE);
OPAQUE(sfd, "SFDBodyPart", BER_SEQUENCE);

/* ---- ia5-text ------------------------------------------------------------------------------- */

static const struct ber_name repertoire_names[] = {{2, "ita2"}, {5, "ia5"}, {0, NULL}};
static const struct ber_type repertoire = {
    .name = "Repertoire",
    .kind = BER_ENUMERATED,
    .tag = BER_T_ENUMERATED,
    .size = sizeof(int64_t),
    .names = repertoire_names,
};

static const struct ber_field ia5_parameters_fields[] = {
    BER_FIELD("repertoire", struct ipm_ia5_parameters, repertoire, &repertoire, BER_CONTEXT(0),
              BER_DEFAULT, 5),
    BER_END,
};
const struct ber_type ipm_type_ia5_parameters = {
    .name = "IA5TextParameters",
    .kind = BER_SET,
    .tag = BER_T_SET,
    .size = sizeof(struct ipm_ia5_parameters),
    .fields = ia5_parameters_fields,
};

#define F(nm, member, typ)                                                                         \
    BER_FIELD(nm, struct ipm_ia5_text, member, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field ia5_text_fields[] = {
    F("parameters", parameters, &ipm_type_ia5_parameters),
    F("data", data, T(ia5_string)),
    BER_END,
};
#undef F
static const struct ber_type ia5_text = {
    .name = "IA5TextBodyPart",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ipm_ia5_text),
    .fields = ia5_text_fields,
};

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
const struct ber_type ipm_type_message_parameters = {
    .name = "MessageParameters",
    .kind = BER_SET,
    .tag = BER_T_SET,
    .size = sizeof(struct ipm_message_parameters),
    .fields = message_parameters_fields,
};
const struct ber_type ipm_type_content_parameters = {
    .name = "ForwardedContentParameters",
    .kind = BER_SET,
    .tag = BER_T_SET,
    .size = sizeof(struct ipm_message_parameters),
    .fields = content_parameters_fields,
};

#define F(nm, member, typ)                                                                         \
    BER_FIELD(nm, struct ipm_message_part, member, typ, BER_TAG_NONE, BER_MANDATORY, 0)
static const struct ber_field message_fields[] = {
    F("parameters", parameters, &ipm_type_message_parameters),
    F("data", data, &ipm_data),
    BER_END,
};
#undef F
static const struct ber_type message = {
    .name = "MessageBodyPart",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ipm_message_part),
    .fields = message_fields,
};

/* ---- extended and the whole BodyPart -------------------------------------------------------- */

static const struct ber_field extended_fields[] = {
    BER_FIELD("parameters", struct ipm_extended_part, parameters, T(external), BER_CONTEXT(0),
              BER_OPTIONAL, 0),
    BER_FIELD("data", struct ipm_extended_part, data, T(external), BER_TAG_NONE, BER_MANDATORY, 0),
    BER_END,
};
static const struct ber_type extended = {
    .name = "ExtendedBodyPart",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct ipm_extended_part),
    .fields = extended_fields,
};

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
const struct ber_type ipm_type_body_part = {
    .name = "BodyPart",
    .kind = BER_CHOICE,
    .tag = BER_TAG_NONE,
    .size = sizeof(struct ipm_body_part),
    .fields = body_part_fields,
};

/* ---- parameters of extended types ----------------------------------------------------------- */

static const struct ber_type registration = {
    .name = "CharacterSetRegistration",
    .kind = BER_INTEGER,
    .tag = BER_T_INTEGER,
    .size = sizeof(int64_t),
    .min = 1,
    .max = 32767,
};
const struct ber_type ipm_type_general_text_parameters = {
    .name = "GeneralTextParameters",
    .kind = BER_SET_OF,
    .tag = BER_T_SET,
    .size = sizeof(struct ber_list),
    .element = &registration,
};

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
const struct ber_type ipm_type_voice_parameters = {
    .name = "VoiceParameters",
    .kind = BER_SEQUENCE,
    .tag = BER_T_SEQUENCE,
    .size = sizeof(struct voice_parameters),
    .fields = voice_parameters_fields,
};
