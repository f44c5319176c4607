/* SPDX-License-Identifier: Apache-2.0 */
/* Every hard limit on input and memory, in one list. Soft limits are configuration. Sizes are in
 * octets. Bounds of X.411 fields ("ub-...") stand in the descriptor tables of mts/. */
#pragma once

enum {
    /* transport, RFC 1006 and X.224 class 0 */
    LIMIT_TPKT = 65535,
    LIMIT_TPDU_DEFAULT = 65531,     /* no size parameter on RFC 1006 */
    LIMIT_TSDU = 1024 * 1024,       /* reassembled; a peer may send a whole segment as one TSDU */
    LIMIT_TSDU_UNKNOWN = 64 * 1024, /* likewise, before it is known who calls */
    LIMIT_TSEL = 64,

    LIMIT_SOURCES = 16384, /* networks that are remembered for what their calls did */

    /* session */
    LIMIT_SSEL = 16,
    LIMIT_CN_USER_DATA = 10240, /* X.225 8.3.1, version 2 */
    LIMIT_SESSION_REF = 64,
    LIMIT_ACTIVITY_ID = 6,
    LIMIT_SERIAL = 999999,

    /* presentation, ACSE */
    LIMIT_PSEL = 64,
    LIMIT_CONTEXTS = 16,

    /* BER */
    LIMIT_BER_DEPTH = 64,
    LIMIT_BER_STREAM_DEPTH = 16, /* likewise, of what is read as it comes */
    LIMIT_BER_MEMBERS = 100000,  /* items of one SET or SEQUENCE */
    LIMIT_OID = 128,

    /* RTSE */
    LIMIT_CHECKPOINT_KIB = 1024, /* the largest checkpoint size we propose or accept */
    LIMIT_WINDOW = 64,

    /* P1 */
    LIMIT_ENVELOPE = 16 * 1024 * 1024, /* a message's envelope, a probe, a report less content */
    LIMIT_ENVELOPE_ARENA = 64 * 1024 * 1024, /* its decoded form */
    LIMIT_RECIPIENTS = 32767,                /* ub-recipients */
    LIMIT_TRACE = 512,                       /* ub-transfers */
    LIMIT_MTA_NAME = 64,                     /* ub-mta-name-length is 32; accept 64 */
    LIMIT_PASSWORD = 64,

    /* store */
    LIMIT_CHUNK = 64 * 1024, /* one row of content */
    LIMIT_RECENT = 65536,    /* passages of one second that are remembered */

    /* text */
    LIMIT_ORADDR_TEXT = 4096,
    LIMIT_EVENT_TEXT = 4096,
};
