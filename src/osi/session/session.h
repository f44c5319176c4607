/* SPDX-License-Identifier: Apache-2.0 */
/* The session service (X.215) and its protocol machine (X.225) for a reliable-transfer user:
 * functional units kernel, half-duplex, minor synchronize, activity management, exceptions.
 *
 * Sans-I/O: session_request() takes a primitive from the user, session_input() a transport
 * primitive from below, session_timeout() an expired timer. Each tells what follows through the
 * sink; the sink only notes what it is told and never calls back into the session. */
#pragma once

#include "base/gather.h"
#include "base/slice.h"
#include "osi/transport/transport.h"

#include <stdbool.h>
#include <stdint.h>

enum s_service {
    S_CONNECT,
    S_RELEASE,
    S_U_ABORT,
    S_P_ABORT, /* indication only */
    S_DATA,
    S_TOKEN_PLEASE,
    S_CONTROL_GIVE,
    S_SYNC_MINOR,
    S_ACTIVITY_START,
    S_ACTIVITY_RESUME,
    S_ACTIVITY_END,
    S_ACTIVITY_INTERRUPT,
    S_ACTIVITY_DISCARD,
    S_U_EXCEPTION_REPORT,
    S_P_EXCEPTION_REPORT, /* indication only */
    S_TOKEN_GIVE,         /* single tokens; a reliable-transfer user never sends it */
    S_SERVICES,
};

/* X.210: what a primitive is at its service access point */
enum prim_op { PRIM_REQUEST, PRIM_INDICATION, PRIM_RESPONSE, PRIM_CONFIRM };

/* Functional units, the bits of PI 20 (X.225 8.3.1.15) */
enum {
    SESSION_HALF_DUPLEX = 0x0001,
    SESSION_DUPLEX = 0x0002,
    SESSION_MINOR_SYNC = 0x0008,
    SESSION_ACTIVITY = 0x0040,
    SESSION_EXCEPTIONS = 0x0200,
    SESSION_RTS_UNITS = 0x0249,
};

/* Tokens, the bits of PI 16 */
enum {
    SESSION_TOKEN_DATA = 0x01,
    SESSION_TOKEN_MINOR = 0x04,
    SESSION_TOKEN_ACTIVITY = 0x10,
    SESSION_TOKENS_ALL = 0x15, /* "the turn": an RTS user moves them together */
};

/* Reasons of S-ACTIVITY-INTERRUPT, S-ACTIVITY-DISCARD and S-U-EXCEPTION-REPORT */
enum s_reason {
    S_REASON_NON_SPECIFIC = 0,
    S_REASON_RECEIVING_ABILITY_JEOPARDIZED = 1,
    S_REASON_SEQUENCE_ERROR = 3,
    S_REASON_PROTOCOL_ERROR = 4, /* S-P-EXCEPTION-REPORT only */
    S_REASON_LOCAL_SS_USER_ERROR = 5,
    S_REASON_UNRECOVERABLE_PROCEDURAL_ERROR = 6,
    S_REASON_DEMAND_DATA_TOKEN = 128,
};

/* Result of S-CONNECT: 0 accepted, else the reason octet of RF (PI 50) */
enum s_refusal {
    S_ACCEPTED = 0,
    S_REFUSED_UNSPECIFIED = 0x100, /* RF reason 0; 0x100 keeps it apart from "accepted" */
    S_REFUSED_CONGESTION = 1,
    S_REFUSED_BY_USER = 2, /* with user data */
    S_REFUSED_SSEL_UNKNOWN = 0x81,
    S_REFUSED_NOT_ATTACHED = 0x82,
    S_REFUSED_SPM_CONGESTION = 0x83,
    S_REFUSED_VERSION = 0x84,
    S_REFUSED_PROVIDER = 0x85,
    S_REFUSED_IMPLEMENTATION = 0x86,
};

/* Session connection identifier (PGI 1); contents as on the wire, that is BER items for RTS. */
struct s_connection_id {
    struct slice user_ref; /* calling in CN, called in AC and RF */
    struct slice common_ref;
    struct slice additional_ref;
};

struct s_connect {
    struct s_connection_id id;
    struct slice calling_ssel; /* absent: not sent */
    struct slice called_ssel;  /* in AC: responding */
    uint16_t requirements;     /* proposed, or in rsp/cnf the selected units */
    bool turn_here;            /* all tokens: true = on the side where this primitive is seen */
    enum s_refusal result;     /* rsp and cnf */
};

/* S-ACTIVITY-START uses id only. RESUME: old_*, and the connection of the old activity when it was
 * another one (called_ref etc. absent when it is this one). */
struct s_activity {
    struct slice id;
    struct slice old_id;
    uint32_t serial;
    struct slice called_ref, calling_ref, common_ref, additional_ref;
};

enum s_abort_cause {
    S_ABORT_PROTOCOL_ERROR,
    S_ABORT_TRANSPORT_LOST,
    S_ABORT_PEER_PROVIDER, /* AB without the user bit */
    S_ABORT_TIMEOUT,
    S_ABORT_LOCAL, /* resources */
};

struct s_prim {
    enum s_service service;
    enum prim_op op;
    struct gather data;  /* SS-user data; in indications one slice, valid until the next call */
    enum data_part part; /* S-DATA: an SSDU that exceeds LIMIT_TSDU comes in several primitives.
                          * Nothing else can be sent between its parts */
    union {
        struct s_connect connect;
        struct s_activity activity;
        uint32_t serial; /* SYNC-MINOR, ACTIVITY-END ind */
        unsigned reason; /* INTERRUPT, DISCARD, exceptions */
        uint8_t tokens;  /* TOKEN-PLEASE, TOKEN-GIVE: SESSION_TOKEN_* as in PI 16 */
        struct {
            enum s_abort_cause cause;
            const char *text; /* static, what was wrong, for the event */
        } p_abort;
    } u;
};

const char *s_service_name(enum s_service service); /* "S-ACTIVITY-START" */

/* What the session tells. Called in order; the callee copies nothing it does not need longer, and
 * must not call back into the session from here. */
struct session_sink {
    void *ctx;
    void (*up)(void *ctx, const struct s_prim *prim);
    /* The data of a T-DATA request is valid until the next call of the session, as far as it is not
     * the user's own. */
    void (*down)(void *ctx, const struct t_prim *prim);
    /* Set (or reset) the session's one timer to fire in ms; 0 cancels it. */
    void (*timer)(void *ctx, uint32_t ms);
};

struct session;

struct session_params {
    struct slice local_ssel; /* as responder: called SSEL we answer to; absent = any */
    bool initiator;
    uint32_t abort_timeout_ms;  /* TIM of X.225, waiting for the peer to disconnect */
    uint32_t answer_timeout_ms; /* local: CN, FN, AE, AI, AD, GTC without an answer */
};

/* NULL when out of memory. sink is kept by reference. */
struct session *session_new(const struct session_params *params, const struct session_sink *sink);
void session_free(struct session **s);

/* A primitive from the user. On an error nothing was sent and no state changed. X4_ESTATE: not
 * allowed now. X4_EUNSUPP: functional units other than SESSION_RTS_UNITS. X4_ELIMIT: more user data
 * than the version in force allows (an S-U-ABORT then leaves it out), or no serial number left.
 * X4_EINVAL, X4_EMISSING, X4_EBOUNDS: a parameter is wrong, missing or too long. */
int session_request(struct session *s, const struct s_prim *prim);
/* A transport primitive from below. Whatever a peer sends ends at worst in an abort. */
void session_input(struct session *s, const struct t_prim *prim);
void session_timeout(struct session *s);

/* Protocol version in force: 1 or 2; 0 before it is settled. */
unsigned session_version(const struct session *s);
/* All three tokens are ours. */
bool session_has_turn(const struct session *s);
bool session_in_activity(const struct session *s);
/* V(M): the serial number of the next S-SYNC-MINOR or S-ACTIVITY-END. */
uint32_t session_next_serial(const struct session *s);
/* "STA 713 data transfer" */
const char *session_state_name(const struct session *s);
