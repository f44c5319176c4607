/* SPDX-License-Identifier: Apache-2.0 */
/* The APDUs of the reliable transfer service element (X.228, X.419 MTSTransferProtocol) as
 * descriptor tables. In normal mode each has its own tag; in X.410-1984 mode the same members stand
 * directly in a SET of the presentation PDU, see lower.h. */
#pragma once

#include "ber/ber.h"

#include <stdbool.h>

enum rt_dialogue_mode { RT_MONOLOGUE = 0, RT_TWA = 1 };

/* RefuseReason, only in X.410-1984 mode (X.228 7.1.6.1) */
enum rt_refuse_reason {
    RT_REFUSE_BUSY = 0,
    RT_REFUSE_CANNOT_RECOVER = 1,
    RT_REFUSE_VALIDATION_FAILURE = 2,
    RT_REFUSE_DIALOGUE_MODE = 3,
};

/* AbortReason (X.228 7.7.3.4.1) */
enum rt_abort_reason {
    RT_ABORT_LOCAL_SYSTEM_PROBLEM = 0,
    RT_ABORT_INVALID_PARAMETER = 1,
    RT_ABORT_UNRECOGNIZED_ACTIVITY = 2,
    RT_ABORT_TEMPORARY_PROBLEM = 3,
    RT_ABORT_PROTOCOL_ERROR = 4,
    RT_ABORT_PERMANENT_PROBLEM = 5,  /* only in normal mode */
    RT_ABORT_USER_ERROR = 6,         /* only in normal mode */
    RT_ABORT_TRANSFER_COMPLETED = 7, /* not in X.410-1984 itself */
};

/* applicationProtocol of message transfer (X.419) */
enum { RT_PROTOCOL_1984 = 1, RT_PROTOCOL_1988 = 12 };

struct rtorq {
    struct slice raw;
    int64_t checkpoint_size; /* units of 1024 octets */
    int64_t window_size;
    int64_t dialogue_mode;        /* enum rt_dialogue_mode */
    struct slice connection_data; /* TLV of ConnectionData */
    struct ber_optint application_protocol;
};

struct rtoac {
    struct slice raw;
    int64_t checkpoint_size;
    int64_t window_size;
    struct slice connection_data;
};

struct rtorj {
    struct slice raw;
    struct ber_optint refuse_reason; /* only in X.410-1984 mode */
    struct slice user_data;          /* only in normal mode: TLV */
};

struct rtab {
    struct slice raw;
    struct ber_optint reason;
    struct ber_bits reflected;
    struct slice user_data; /* TLV */
};

/* Tagged [16], [17], [18], [22]. */
extern const struct ber_type rtse_type_rtorq, rtse_type_rtoac, rtse_type_rtorj, rtse_type_rtab;

/* Decodes in, whose tag must be tag, by the members of type. */
int rtse_take(const struct ber_type *type, uint32_t tag, struct slice in, struct arena *arena,
              void *value);

/* SessionConnectionIdentifier: string contents, without their tags (peers mix T61String and OCTET
 * STRING). */
struct rt_session_id {
    struct slice raw;
    struct slice calling;
    struct slice common;
    struct slice additional;
};

struct rt_connection_data {
    bool recover;
    struct slice user_data;      /* open: TLV, absent when there is none */
    struct rt_session_id old_id; /* recover */
};

/* Appends the TLV of ConnectionData open. Without user data it is [0] IMPLICIT NULL. */
int rtse_put_open(struct slice user_data, struct buf *out);
/* X4_ESYNTAX: neither open nor recover. */
int rtse_take_connection_data(struct slice tlv, struct arena *arena,
                              struct rt_connection_data *out);
