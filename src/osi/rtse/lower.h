/* SPDX-License-Identifier: Apache-2.0 */
/* The service that RTSE stands on, in one form for both modes.
 *
 * Its primitives are those of the session service, one for one, with RTSE's APDUs in decoded form:
 * in normal mode A-ASSOCIATE, P-ACTIVITY-START ... over ACSE and presentation, in X.410-1984 mode
 * S-CONNECT, S-ACTIVITY-START ... themselves. A provider turns requests into session primitives and
 * session indications into these. It keeps no queue and never calls anybody. */
#pragma once

#include "base/limits.h"
#include "osi/presentation/pdv.h"
#include "osi/presentation/presentation.h"
#include "osi/rtse/apdu.h"
#include "osi/session/session.h"

/* Who refused or aborted. The order is that of enum stack_layer. */
enum rt_layer {
    RT_LAYER_TRANSPORT,
    RT_LAYER_SESSION,
    RT_LAYER_PRESENTATION,
    RT_LAYER_ACSE,
    RT_LAYER_RTSE,
    RT_LAYER_USER, /* the MTA */
    RT_LAYER_LOCAL,
};
/* "session", "RTSE", "MTA", "this side"; static. */
const char *rt_layer_name(enum rt_layer layer);

/* Why an association was not opened. */
struct rt_refusal {
    enum rt_layer layer;
    int code;     /* that layer's own value, -1: none */
    bool aborted; /* by an abort; code of RTSE is an AbortReason then, else a RefuseReason */
    bool transient;
    struct slice user_data;        /* TLV of userDataRJ, absent: none */
    const char *text;              /* static, what is wrong, or NULL: code says it */
    struct slice called, expected; /* responder: the caller named a selector that is not ours */
    bool recover;                  /* responder: it was to continue an old association */
};

struct rl_connect {
    bool turn_here;            /* where this primitive is seen */
    bool accepted;             /* rsp, cnf */
    struct rtorq rq;           /* req, ind; ind of X.410 mode: with application_protocol */
    struct rtoac ac;           /* rsp and cnf when accepted */
    struct rtorj rj;           /* rsp when refused */
    bool transient;            /* likewise: the peer may try again soon */
    struct rt_refusal refusal; /* cnf when refused; ind: set when the provider refused it already */
    bool refused_below;        /* ind: see refusal */
    struct slice calling_ssel, called_ssel; /* ind */
    struct slice calling_psel, called_psel; /* ind */
};

struct rl_abort {
    enum rt_layer layer;
    bool by_peer;
    bool has_rtab;
    struct rtab rtab;
    int code;         /* the layer's own reason, -1: none */
    const char *text; /* static, or NULL */
};

/* service and op are those of the session primitive that carries it. */
struct rl_prim {
    enum s_service service;
    enum prim_op op;
    struct gather data; /* S_DATA: octets of one segment; ind: one slice */
    enum data_part part;
    uint64_t total; /* S_DATA req, PART_FIRST: octets of the whole segment */
    union {
        struct rl_connect connect;
        struct rl_abort abort; /* S_U_ABORT: RTAB; S_P_ABORT ind */
        struct slice activity; /* S_ACTIVITY_START req: identifier, a BER INTEGER */
        uint32_t serial;
        unsigned reason;
        int64_t priority; /* S_TOKEN_PLEASE */
    } u;
};

/* A reference of the session connection identifier, kept to be echoed. */
struct rl_reference {
    uint8_t octets[LIMIT_SESSION_REF];
    uint8_t len;
    bool present;
};

struct rt_lower_params {
    const struct slice *syntaxes; /* normal mode: OIDs of ACSE, RTSE and the user, in this order */
    struct slice application_context;        /* normal mode: OID contents */
    struct slice calling_ssel, calling_psel; /* initiator */
    /* Initiator: the peer's. Responder: our own; a caller that names others is refused, one that
     * names none is not, because many send none. */
    struct slice called_ssel, called_psel;
    const char *user_reference; /* initiator: text */
    const char *utctime;        /* initiator */
    uint32_t connection_number; /* initiator: 0 sends no additional reference */
};

/* Places of the abstract syntaxes in rt_lower_params.syntaxes. */
enum { RL_ACSE, RL_RTSE, RL_USER, RL_SYNTAXES };

struct rt_lower;

struct rt_provider {
    const char *name;
    /* A request or response as a session primitive whose slices live until the next call. */
    int (*put)(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out);
    /* A session indication or confirm. X4_EPROTO: *reply must go to the session, and *out tells the
     * user how the association ended. Any other error is our own (memory). */
    int (*take)(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                struct s_prim *reply);
};

struct rt_lower {
    const struct rt_provider *provider;
    struct rt_lower_params params;
    struct arena *arena; /* for what take() has to put together; borrowed */
    struct presentation presentation;
    struct rl_reference calling_ref, common_ref, additional_ref; /* responder: of the CN */
    uint8_t called_ssel[LIMIT_SSEL], called_psel[LIMIT_PSEL];    /* responder: to be echoed */
    uint8_t called_ssel_len, called_psel_len;
    bool has_called_ssel, has_called_psel;
    struct buf out;
    struct pdv_stream segment; /* normal mode: the S-DATA being received, perhaps in parts */
};

extern const struct rt_provider rt_provider_normal, rt_provider_x410;

/* params is copied, what it points to must live as long as l. */
void rt_lower_init(struct rt_lower *l, const struct rt_provider *provider,
                   const struct rt_lower_params *params, struct arena *arena);
void rt_lower_free(struct rt_lower *l);

int rt_lower_put(struct rt_lower *l, const struct rl_prim *prim, struct s_prim *out);
int rt_lower_take(struct rt_lower *l, const struct s_prim *prim, struct rl_prim *out,
                  struct s_prim *reply);
/* The identifier of the user's presentation context; 0 when there is none (X.410 mode). */
int64_t rt_lower_user_context(const struct rt_lower *l);
