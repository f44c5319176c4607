/* SPDX-License-Identifier: Apache-2.0 */
/* Session protocol data units (X.225 clause 8): reading a TSDU into SPDUs with named parameters,
 * and building one. Which parameters an SPDU may and must have stands in static tables. */
#pragma once

#include "base/buf.h"
#include "base/cursor.h"
#include "base/gather.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* The SPDUs of the functional units that a reliable-transfer user needs. */
enum spdu_type {
    SPDU_CN,
    SPDU_AC,
    SPDU_RF,
    SPDU_DT,
    SPDU_MIP,
    SPDU_MIA,
    SPDU_AS,
    SPDU_AR,
    SPDU_AE,
    SPDU_AEA,
    SPDU_AI,
    SPDU_AD,
    SPDU_AIA,
    SPDU_ADA,
    SPDU_ED,
    SPDU_ER,
    SPDU_GT,
    SPDU_PT,
    SPDU_GTC,
    SPDU_GTA,
    SPDU_FN,
    SPDU_DN,
    SPDU_AA,
    SPDU_AB,
    SPDU_TYPES,
};

enum spdu_param {
    SP_CALLED_REF,           /* 9 */
    SP_CALLING_REF,          /* 10 */
    SP_COMMON_REF,           /* 11 */
    SP_ADDITIONAL_REF,       /* 12 */
    SP_SYNC_TYPE,            /* 15 */
    SP_TOKENS,               /* 16 Token Item */
    SP_TRANSPORT_DISCONNECT, /* 17 */
    SP_PROTOCOL_OPTIONS,     /* 19 */
    SP_REQUIREMENTS,         /* 20 Session User Requirements */
    SP_TSDU_SIZE,      /* 21 TSDU Maximum Size, both directions: initiator's in the high half */
    SP_VERSION,        /* 22 */
    SP_INITIAL_SERIAL, /* 23 */
    SP_ENCLOSURE,      /* 25 */
    SP_TOKEN_SETTING,  /* 26 */
    SP_OLD_ACTIVITY,   /* 41 inside of Linking Information */
    SP_SERIAL,         /* 42 */
    SP_ACTIVITY,       /* 41 */
    SP_MIA_DATA,       /* 46 */
    SP_REFLECT,        /* 49 in AB */
    SP_REFLECTED_SPDU, /* 49 in ER */
    SP_REASON,         /* 50 */
    SP_REFUSAL,        /* 50 in RF: the reason, then user data */
    SP_CALLING_SSEL,   /* 51 */
    SP_CALLED_SSEL,    /* 52, in AC the responding selector */
    SP_DATA_OVERFLOW,  /* 60 */
    SP_USER_DATA,      /* 193 */
    SP_EXTENDED_DATA,  /* 194 */
    SPDU_PARAMS,
};

/* Transport Disconnect (PI 17) */
enum {
    SPDU_TD_RELEASE = 0x01,
    SPDU_TD_USER_ABORT = 0x02,
    SPDU_TD_PROTOCOL_ERROR = 0x04,
    SPDU_TD_UNDEFINED = 0x08,
    SPDU_TD_RESTRICTION = 0x10,
};

/* Enclosure Item (PI 25). Absent means whole. */
enum { SPDU_ENCLOSURE_FIRST = 0x01, SPDU_ENCLOSURE_LAST = 0x02, SPDU_ENCLOSURE_WHOLE = 0x03 };

union spdu_value {
    struct slice octets;
    uint32_t number;
};

struct spdu {
    enum spdu_type type;
    uint32_t present; /* bits 1 << enum spdu_param */
    union spdu_value param[SPDU_PARAMS];
    /* Reading only: SS-user data, whichever parameter carried it, or the user information of DT. */
    struct slice data;
};

/* The SPDUs of one TSDU. With two, the first is the GT or PT that prefixes a category 2 SPDU. */
struct spdu_tsdu {
    struct spdu spdu[2];
    unsigned count;
    const char *wrong; /* static; what is wrong, when spdu_parse() fails */
};

static inline bool spdu_has(const struct spdu *s, enum spdu_param p)
{
    return s->present >> p & 1;
}

/* The value of a numeric parameter, or absent when it is not there. */
static inline uint32_t spdu_number(const struct spdu *s, enum spdu_param p, uint32_t absent)
{
    return spdu_has(s, p) ? s->param[p].number : absent;
}

static inline struct slice spdu_octets(const struct spdu *s, enum spdu_param p)
{
    return spdu_has(s, p) ? s->param[p].octets : SLICE_NONE;
}

static inline void spdu_set_number(struct spdu *s, enum spdu_param p, uint32_t number)
{
    s->param[p].number = number;
    s->present |= 1u << p;
}

/* Absent octets are not set. */
static inline void spdu_set_octets(struct spdu *s, enum spdu_param p, struct slice octets)
{
    if (!slice_present(octets))
        return;
    s->param[p].octets = octets;
    s->present |= 1u << p;
}

/* Read all SPDUs of a TSDU. Slices point into it. On an error (X4_ESYNTAX, X4_ETRUNC, X4_EDUP,
 * X4_EMISSING, X4_EBOUNDS; X4_EUNSUPP for an SPDU of a functional unit that is never selected)
 * out->wrong says in words what it is. */
int spdu_parse(struct slice tsdu, struct spdu_tsdu *out);

/* Append to out the octets of a TSDU with this SPDU, up to where data begins: the prefix SPDU of a
 * category 2 one, the header, and the header of the parameter that carries data. Nothing of data is
 * copied; it follows right behind. X4_EMISSING: a mandatory parameter is not set. X4_EBOUNDS: one
 * is too long. X4_EINVAL: data in an SPDU without. X4_ELIMIT: longer than the length indicator can
 * say. */
int spdu_build(const struct spdu *spdu, const struct gather *data, struct buf *out);

/* "AS" */
const char *spdu_name(enum spdu_type type);
/* "ACTIVITY START" */
const char *spdu_long_name(enum spdu_type type);
/* "ACTIVITY START SPDU not allowed in this state" */
const char *spdu_unexpected_text(enum spdu_type type);
/* "ACTIVITY START SPDU with a wrong serial number, or without the token or activity it needs" */
const char *spdu_guard_text(enum spdu_type type);

/* ---- for dumping: SPDUs octet by octet, without judging them -------------------------------- */

/* The name of an SPDU by its octet; second: it stands behind a GT or PT. NULL: unknown. */
const char *spdu_si_name(unsigned si, bool second);
/* The name of a PI or PGI, NULL: unknown. */
const char *spdu_pi_name(unsigned pi);
bool spdu_pi_is_group(unsigned pi);
/* The next identifier, length indicator and value. A length of 255 or more has the long form; the
 * long form is accepted for any length. False at the end or after an error (c->error). */
bool spdu_next_tlv(struct cursor *c, unsigned *identifier, struct slice *value);
