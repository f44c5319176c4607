/* SPDX-License-Identifier: Apache-2.0 */
/* Presentation (X.226), kernel, normal mode: the contexts of one connection and the PPDUs around a
 * value of one of them; and the shell that X.410-1984 mode puts around RTSE's connect parameters.
 *
 * Every presentation primitive used here travels on exactly one session primitive, so there is no
 * queue: put functions append a PPDU for the SS-user data of a request, take functions read that of
 * an indication. Not used and therefore refused: context management, restoration, a default
 * context, typed data, transfer syntaxes other than BER.
 *
 * Errors are enum x4_error. Slices in results point into the octets read or come from the arena. */
#pragma once

#include "base/limits.h"
#include "ber/ber.h"
#include "osi/presentation/ppdu.h"

#include <stdbool.h>

enum p_mode { P_MODE_X410 = 0, P_MODE_NORMAL = 1 };

/* One context of the defined context set. */
struct p_context {
    int64_t id;
    int syntax; /* index of the abstract syntax, or -1: not ours */
    enum p_result result;
    enum p_result_reason reason; /* with P_PROVIDER_REJECTION */
};

struct presentation {
    const struct slice *syntaxes; /* OID contents of the abstract syntaxes we know, borrowed */
    unsigned syntax_count;
    struct p_context contexts[LIMIT_CONTEXTS];
    unsigned count;
    bool settled; /* results are known on both sides */
};

/* A presentation data value: which abstract syntax, and its TLV (single-ASN1-type). */
struct p_value {
    unsigned syntax;
    struct slice tlv; /* absent: no user data */
};

/* What CP, CPA and CPR carry besides contexts. */
struct p_connect_info {
    struct slice calling_psel, called_psel; /* CP; absent: not there */
    struct slice responding_psel;           /* CPA, CPR */
    struct ber_optint provider_reason;      /* CPR: enum p_provider_reason */
    struct p_value value;
};

/* syntaxes must live as long as p. */
void presentation_init(struct presentation *p, const struct slice *syntaxes, unsigned count);
/* The identifier of the accepted context of a syntax, or 0. */
int64_t presentation_context_id(const struct presentation *p, unsigned syntax);

/* Initiator: proposes one context for each syntax, with identifiers 1, 3, 5 ... (odd on this side).
 * Until the answer is there they count as accepted, so that the CP can carry a value. */
void presentation_propose(struct presentation *p);
int presentation_put_cp(const struct presentation *p, const struct p_connect_info *info,
                        struct buf *out);
/* Responder: reads a CP of normal mode and settles each context. X4_EPROTO with *refusal set (enum
 * p_provider_reason) when it must be answered with a CPR. */
int presentation_take_cp(struct presentation *p, struct slice ppdu, struct arena *arena,
                         struct p_connect_info *info, int *refusal);
int presentation_put_cpa(const struct presentation *p, const struct p_connect_info *info,
                         struct buf *out);
int presentation_take_cpa(struct presentation *p, struct slice ppdu, struct arena *arena,
                          struct p_connect_info *info);
int presentation_put_cpr(const struct presentation *p, const struct p_connect_info *info,
                         struct buf *out);
int presentation_take_cpr(struct presentation *p, struct slice ppdu, struct arena *arena,
                          struct p_connect_info *info);

/* User-data of all other session primitives. */
int presentation_put_data(const struct presentation *p, const struct p_value *value,
                          struct buf *out);
/* Only what stands in front of a value of len octets, for data that is not copied. */
int presentation_put_data_header(const struct presentation *p, unsigned syntax, size_t len,
                                 struct buf *out);
/* Exactly one value. X4_EPROTO: its context is not one of the accepted ones. For data that may be
 * large or several values: see pdv.h. */
int presentation_take_data(const struct presentation *p, struct slice data, struct arena *arena,
                           struct p_value *value);

/* SS-user data of S-U-ABORT. An ARU before the contexts are settled carries no value. */
int presentation_put_aru(const struct presentation *p, const struct p_value *value,
                         struct buf *out);
int presentation_put_arp(enum p_abort_reason reason, struct buf *out);
enum p_abort_kind { P_ABORT_USER, P_ABORT_PROVIDER, P_ABORT_X410 };
struct p_abort {
    enum p_abort_kind kind;
    struct p_value value;     /* P_ABORT_USER */
    struct ber_optint reason; /* P_ABORT_PROVIDER: enum p_abort_reason */
};
/* Kind P_ABORT_X410: data is a SET, the members of RTABapdu. */
int presentation_take_abort(const struct presentation *p, struct slice data, struct arena *arena,
                            struct p_abort *abort);

/* ---- X.410-1984 mode ------------------------------------------------------------------------- */

/* Which mode a CP or CPA is in. X4_ESYNTAX, X4_EMISSING: it is neither. */
int presentation_mode(struct slice ppdu, enum p_mode *mode);
/* Appends CP or CPA of X.410 mode around params, the whole TLV of [1] IMPLICIT SET {RTORQ or RTOAC
 * members}. */
int presentation_put_x410(struct slice params, struct buf *out);
/* The whole TLV of [1] out of a CP or CPA of X.410 mode. */
int presentation_take_x410(struct slice ppdu, struct slice *params);
