/* SPDX-License-Identifier: Apache-2.0 */
#include "osi/session/spdu_table.h"

#include "base/limits.h"

/* Lengths: X.225 8.3. User data is bounded by the length indicator; version 1 is stricter, and the
 * protocol machine sees to it. */
const struct spdu_param_info spdu_params[SPDU_PARAMS] = {
    [SP_CALLED_REF] = {9, KIND_OCTETS, 0, LIMIT_SESSION_REF},
    [SP_CALLING_REF] = {10, KIND_OCTETS, 0, LIMIT_SESSION_REF},
    [SP_COMMON_REF] = {11, KIND_OCTETS, 0, LIMIT_SESSION_REF},
    [SP_ADDITIONAL_REF] = {12, KIND_OCTETS, 0, 4},
    [SP_SYNC_TYPE] = {15, KIND_NUMBER, 1, 1},
    [SP_TOKENS] = {16, KIND_NUMBER, 1, 1},
    [SP_TRANSPORT_DISCONNECT] = {17, KIND_NUMBER, 1, 1},
    [SP_PROTOCOL_OPTIONS] = {19, KIND_NUMBER, 1, 1},
    [SP_REQUIREMENTS] = {20, KIND_NUMBER, 2, 2},
    [SP_TSDU_SIZE] = {21, KIND_NUMBER, 4, 4},
    [SP_VERSION] = {22, KIND_NUMBER, 1, 1},
    [SP_INITIAL_SERIAL] = {23, KIND_DIGITS, 1, 6},
    [SP_ENCLOSURE] = {25, KIND_NUMBER, 1, 1},
    [SP_TOKEN_SETTING] = {26, KIND_NUMBER, 1, 1},
    [SP_OLD_ACTIVITY] = {41, KIND_OCTETS, 1, LIMIT_ACTIVITY_ID},
    [SP_SERIAL] = {42, KIND_DIGITS, 1, 6},
    [SP_ACTIVITY] = {41, KIND_OCTETS, 1, LIMIT_ACTIVITY_ID},
    [SP_MIA_DATA] = {46, KIND_DATA, 0, UINT16_MAX},
    [SP_REFLECT] = {49, KIND_OCTETS, 0, 9},
    [SP_REFLECTED_SPDU] = {49, KIND_OCTETS, 0, UINT16_MAX},
    [SP_REASON] = {50, KIND_NUMBER, 1, 1},
    [SP_REFUSAL] = {50, KIND_REFUSAL, 1, UINT16_MAX},
    [SP_CALLING_SSEL] = {51, KIND_OCTETS, 0, LIMIT_SSEL},
    [SP_CALLED_SSEL] = {52, KIND_OCTETS, 0, LIMIT_SSEL},
    [SP_DATA_OVERFLOW] = {60, KIND_NUMBER, 1, 1},
    [SP_USER_DATA] = {193, KIND_DATA, 0, UINT16_MAX},
    [SP_EXTENDED_DATA] = {194, KIND_DATA, 0, LIMIT_CN_USER_DATA},
};

/* CN is never segmented: PGI 194 carries what PGI 193 cannot. */
static const struct spdu_slot cn[] = {
    {PGI_CONNECTION_ID, SP_CALLING_REF, false},
    {PGI_CONNECTION_ID, SP_COMMON_REF, false},
    {PGI_CONNECTION_ID, SP_ADDITIONAL_REF, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_PROTOCOL_OPTIONS, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_TSDU_SIZE, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_VERSION, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_INITIAL_SERIAL, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_TOKEN_SETTING, false},
    {PGI_NONE, SP_REQUIREMENTS, false},
    {PGI_NONE, SP_CALLING_SSEL, false},
    {PGI_NONE, SP_CALLED_SSEL, false},
    {PGI_NONE, SP_DATA_OVERFLOW, false},
    {PGI_NONE, SP_USER_DATA, false},
    {PGI_NONE, SP_EXTENDED_DATA, false},
};

static const struct spdu_slot ac[] = {
    {PGI_CONNECTION_ID, SP_CALLED_REF, false},
    {PGI_CONNECTION_ID, SP_COMMON_REF, false},
    {PGI_CONNECTION_ID, SP_ADDITIONAL_REF, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_PROTOCOL_OPTIONS, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_TSDU_SIZE, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_VERSION, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_INITIAL_SERIAL, false},
    {PGI_CONNECT_ACCEPT_ITEM, SP_TOKEN_SETTING, false},
    {PGI_NONE, SP_TOKENS, false},
    {PGI_NONE, SP_REQUIREMENTS, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_CALLING_SSEL, false},
    {PGI_NONE, SP_CALLED_SSEL, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot rf[] = {
    {PGI_CONNECTION_ID, SP_CALLED_REF, false},
    {PGI_CONNECTION_ID, SP_COMMON_REF, false},
    {PGI_CONNECTION_ID, SP_ADDITIONAL_REF, false},
    {PGI_NONE, SP_TRANSPORT_DISCONNECT, false},
    {PGI_NONE, SP_REQUIREMENTS, false},
    {PGI_NONE, SP_VERSION, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_REFUSAL, false},
};

/* A missing PI 17 means "released" (ISODE insists on it in AB, others do not). */
static const struct spdu_slot fn[] = {
    {PGI_NONE, SP_TRANSPORT_DISCONNECT, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot ab[] = {
    {PGI_NONE, SP_TRANSPORT_DISCONNECT, false},
    {PGI_NONE, SP_REFLECT, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

/* GT and PT; without a token item they are only the prefix of a category 2 SPDU. */
static const struct spdu_slot tokens[] = {
    {PGI_NONE, SP_TOKENS, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

/* DN, GTC, GTA, AIA, ADA. Later editions of X.225 allow user data in all of them. */
static const struct spdu_slot data_only[] = {
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot dt[] = {
    {PGI_NONE, SP_ENCLOSURE, false},
};

static const struct spdu_slot mip[] = {
    {PGI_NONE, SP_SYNC_TYPE, false},
    {PGI_NONE, SP_SERIAL, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot mia[] = {
    {PGI_NONE, SP_SERIAL, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_MIA_DATA, false},
    {PGI_NONE, SP_USER_DATA, false}, /* read only */
};

static const struct spdu_slot aea[] = {
    {PGI_NONE, SP_SERIAL, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot as[] = {
    {PGI_NONE, SP_ACTIVITY, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot ar[] = {
    {PGI_LINKING_INFORMATION, SP_CALLED_REF, false},
    {PGI_LINKING_INFORMATION, SP_CALLING_REF, false},
    {PGI_LINKING_INFORMATION, SP_COMMON_REF, false},
    {PGI_LINKING_INFORMATION, SP_ADDITIONAL_REF, false},
    {PGI_LINKING_INFORMATION, SP_OLD_ACTIVITY, true},
    {PGI_LINKING_INFORMATION, SP_SERIAL, true},
    {PGI_NONE, SP_ACTIVITY, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

/* AI and AD: a missing reason counts as non-specific. */
static const struct spdu_slot ai[] = {
    {PGI_NONE, SP_REASON, false},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot ed[] = {
    {PGI_NONE, SP_REASON, true},
    {PGI_NONE, SP_ENCLOSURE, false},
    {PGI_NONE, SP_USER_DATA, false},
};

static const struct spdu_slot er[] = {
    {PGI_NONE, SP_REFLECTED_SPDU, false},
    {PGI_NONE, SP_ENCLOSURE, false},
};

#define NAMES(abbreviation, text)                                                                  \
    abbreviation, text, text " SPDU not allowed in this state",                                    \
        text " SPDU with a wrong serial number, or without the token or activity it needs"
#define SLOTS(table) table, sizeof(table) / sizeof((table)[0])

const struct spdu_info spdu_infos[SPDU_TYPES] = {
    [SPDU_CN] = {NAMES("CN", "CONNECT"), 13, PLACE_ALONE, SLOTS(cn)},
    [SPDU_AC] = {NAMES("AC", "ACCEPT"), 14, PLACE_ALONE, SLOTS(ac)},
    [SPDU_RF] = {NAMES("RF", "REFUSE"), 12, PLACE_ALONE, SLOTS(rf)},
    [SPDU_DT] = {NAMES("DT", "DATA TRANSFER"), 1, PLACE_AFTER_GT, SLOTS(dt)},
    [SPDU_MIP] = {NAMES("MIP", "MINOR SYNC POINT"), 49, PLACE_AFTER_GT, SLOTS(mip)},
    [SPDU_MIA] = {NAMES("MIA", "MINOR SYNC ACK"), 50, PLACE_AFTER_PT, SLOTS(mia)},
    [SPDU_AS] = {NAMES("AS", "ACTIVITY START"), 45, PLACE_AFTER_GT, SLOTS(as)},
    [SPDU_AR] = {NAMES("AR", "ACTIVITY RESUME"), 29, PLACE_AFTER_GT, SLOTS(ar)},
    [SPDU_AE] = {NAMES("AE", "ACTIVITY END"), 41, PLACE_AFTER_GT, SLOTS(mip)},
    [SPDU_AEA] = {NAMES("AEA", "ACTIVITY END ACK"), 42, PLACE_AFTER_PT, SLOTS(aea)},
    [SPDU_AI] = {NAMES("AI", "ACTIVITY INTERRUPT"), 25, PLACE_AFTER_GT, SLOTS(ai)},
    [SPDU_AD] = {NAMES("AD", "ACTIVITY DISCARD"), 57, PLACE_AFTER_GT, SLOTS(ai)},
    [SPDU_AIA] = {NAMES("AIA", "ACTIVITY INTERRUPT ACK"), 26, PLACE_AFTER_PT, SLOTS(data_only)},
    [SPDU_ADA] = {NAMES("ADA", "ACTIVITY DISCARD ACK"), 58, PLACE_AFTER_PT, SLOTS(data_only)},
    [SPDU_ED] = {NAMES("ED", "EXCEPTION DATA"), 48, PLACE_AFTER_PT, SLOTS(ed)},
    [SPDU_ER] = {NAMES("ER", "EXCEPTION REPORT"), 0, PLACE_AFTER_PT, SLOTS(er)},
    [SPDU_GT] = {NAMES("GT", "GIVE TOKENS"), 1, PLACE_FIRST, SLOTS(tokens)},
    [SPDU_PT] = {NAMES("PT", "PLEASE TOKENS"), 2, PLACE_FIRST, SLOTS(tokens)},
    [SPDU_GTC] = {NAMES("GTC", "GIVE TOKENS CONFIRM"), 21, PLACE_ALONE, SLOTS(data_only)},
    [SPDU_GTA] = {NAMES("GTA", "GIVE TOKENS ACK"), 22, PLACE_ALONE, SLOTS(data_only)},
    [SPDU_FN] = {NAMES("FN", "FINISH"), 9, PLACE_ALONE, SLOTS(fn)},
    [SPDU_DN] = {NAMES("DN", "DISCONNECT"), 10, PLACE_ALONE, SLOTS(data_only)},
    [SPDU_AA] = {NAMES("AA", "ABORT ACCEPT"), 26, PLACE_ALONE, NULL, 0},
    [SPDU_AB] = {NAMES("AB", "ABORT"), 25, PLACE_ALONE, SLOTS(ab)},
};

const char *spdu_name(enum spdu_type type)
{
    return spdu_infos[type].name;
}

const char *spdu_long_name(enum spdu_type type)
{
    return spdu_infos[type].long_name;
}

const char *spdu_unexpected_text(enum spdu_type type)
{
    return spdu_infos[type].unexpected;
}

const char *spdu_guard_text(enum spdu_type type)
{
    return spdu_infos[type].guarded;
}

const char *spdu_si_name(unsigned si, bool second)
{
    static const struct {
        uint8_t si;
        const char *name;
    } unselected[] = {
        {5, "EXPEDITED DATA"},       {7, "PREPARE"},          {8, "NOT FINISHED"},
        {15, "CONNECT OVERFLOW"},    {16, "OVERFLOW ACCEPT"}, {33, "TYPED DATA"},
        {34, "RESYNC ACK"},          {53, "RESYNCHRONIZE"},   {61, "CAPABILITY DATA"},
        {62, "CAPABILITY DATA ACK"},
    };

    for (size_t i = 0; i < SPDU_TYPES; i++) {
        bool category_2 = spdu_infos[i].place >= PLACE_AFTER_GT;

        if (spdu_infos[i].si == si && category_2 == second)
            return spdu_infos[i].long_name;
    }
    for (size_t i = 0; i < sizeof(unselected) / sizeof(unselected[0]); i++) {
        if (unselected[i].si == si)
            return unselected[i].name;
    }
    return NULL;
}

bool spdu_pi_is_group(unsigned pi)
{
    return pi == PGI_CONNECTION_ID || pi == PGI_CONNECT_ACCEPT_ITEM ||
           pi == PGI_LINKING_INFORMATION;
}

const char *spdu_pi_name(unsigned pi)
{
    switch (pi) {
    case PGI_CONNECTION_ID: return "Connection Identifier";
    case PGI_CONNECT_ACCEPT_ITEM: return "Connect/Accept Item";
    case 9: return "Called SS-user Reference";
    case 10: return "Calling SS-user Reference";
    case 11: return "Common Reference";
    case 12: return "Additional Reference Information";
    case 15: return "Sync Type Item";
    case 16: return "Token Item";
    case 17: return "Transport Disconnect";
    case 19: return "Protocol Options";
    case 20: return "Session User Requirements";
    case 21: return "TSDU Maximum Size";
    case 22: return "Version Number";
    case 23: return "Initial Serial Number";
    case 24: return "Prepare Type";
    case 25: return "Enclosure Item";
    case 26: return "Token Setting Item";
    case 27: return "Resync Type";
    case PGI_LINKING_INFORMATION: return "Linking Information";
    case 41: return "Activity Identifier";
    case 42: return "Serial Number";
    case 46: return "User Data (MIA)";
    case 49: return "Reflect Parameter";
    case 50: return "Reason Code";
    case 51: return "Calling Session Selector";
    case 52: return "Called Session Selector";
    case 60: return "Data Overflow";
    case 193: return "User Data";
    case 194: return "Extended User Data";
    default: return NULL;
    }
}
