/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind spdu.h: what every SPDU and parameter looks like. Private to this folder. */
#pragma once

#include "osi/session/spdu.h"

enum {
    PGI_NONE = 0,
    PGI_CONNECTION_ID = 1,
    PGI_CONNECT_ACCEPT_ITEM = 5,
    PGI_LINKING_INFORMATION = 33,
};

enum spdu_kind {
    KIND_OCTETS,
    KIND_NUMBER,  /* binary, of a fixed length */
    KIND_DIGITS,  /* a serial number in ASCII digits */
    KIND_DATA,    /* SS-user data */
    KIND_REFUSAL, /* one octet of reason, then SS-user data */
};

struct spdu_param_info {
    uint8_t pi;
    enum spdu_kind kind;
    uint16_t min, max; /* length; a length of 0 counts as absent and is always accepted */
};

/* A place for a parameter in an SPDU. Slots stand in the order of sending. */
struct spdu_slot {
    uint8_t pgi;
    uint8_t param; /* enum spdu_param */
    bool mandatory;
};

/* Where in a TSDU an SPDU stands (X.225 6.3.7, basic concatenation) */
enum spdu_place {
    PLACE_ALONE,    /* category 1 */
    PLACE_FIRST,    /* category 0: alone, or as the prefix */
    PLACE_AFTER_GT, /* category 2 */
    PLACE_AFTER_PT, /* category 2 */
};

struct spdu_info {
    const char *name;
    const char *long_name;
    const char *unexpected;
    const char *guarded;
    uint8_t si;
    enum spdu_place place;
    const struct spdu_slot *slots;
    size_t count;
};

extern const struct spdu_param_info spdu_params[SPDU_PARAMS];
extern const struct spdu_info spdu_infos[SPDU_TYPES];
