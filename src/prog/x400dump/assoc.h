/* SPDX-License-Identifier: Apache-2.0 */
/* One association as a capture shows it: from TCP octets of both sides up to MTS-APDUs. Nothing is
 * judged as an implementation would have to; what is there is named. */
#pragma once

#include "base/arena.h"
#include "osi/presentation/ppdu.h"
#include "prog/x400dump/out.h"

enum {
    ASSOC_TSDU_MAX = 64 * 1024 * 1024,
    ASSOC_APDU_MAX = 256 * 1024 * 1024,
    ASSOC_ARENA_MAX = 512 * 1024 * 1024,
    ASSOC_CHECKPOINTS_MAX = 1000000, /* serial numbers have six digits */
};

enum assoc_mode { ASSOC_MODE_UNKNOWN = -1, ASSOC_MODE_X410 = 0, ASSOC_MODE_NORMAL = 1 };

/* What one side sends. */
struct assoc_side {
    struct buf stream;      /* TCP octets that are no whole TPKT yet */
    struct buf tsdu;        /* user data of DT TPDUs without end of TSDU */
    struct buf ssdu;        /* user information of DT SPDUs without last segment */
    struct buf apdu;        /* of the activity */
    struct buf checkpoints; /* size_t: octets of apdu before serial number 1, 2 ... */
    bool lost;              /* octets are missing: waiting for a TPKT to begin */
    bool apdu_broken;       /* octets of the APDU are missing */
};

struct assoc_counts {
    unsigned tpdus[2], tsdus[2]; /* by side */
    unsigned activities, checkpoints, messages, reports, probes;
    uint64_t apdu_octets;
};

struct assoc {
    struct out *out;
    struct out_where where; /* of the octets at hand */
    int64_t began_us;
    enum assoc_mode mode;
    struct assoc_side side[2]; /* 0: the initiator */
    struct assoc_counts counts;
    char outcome[64];   /* how it ended, as far as seen */
    struct arena arena; /* of the TSDU at hand */
};

/* NULL: out of memory. began_us: of the first octet. */
struct assoc *assoc_new(struct out *out, unsigned number, int64_t began_us);
void assoc_free(struct assoc **a);
/* Octets as TCP delivers them. side: 0 the initiator. */
void assoc_input(struct assoc *a, unsigned side, struct slice octets, int64_t time_us);
/* Octets are missing here. */
void assoc_gap(struct assoc *a, unsigned side, size_t octets, int64_t time_us);
/* TCP ended on this side; how is static text. */
void assoc_finished(struct assoc *a, unsigned side, const char *how, int64_t time_us);
/* The capture is over: the summary record. */
void assoc_summary(struct assoc *a, const char *from, const char *to);

/* Is this how a transport connection over TCP begins: a TPKT with a connect request? */
bool assoc_looks_right(struct slice octets);

/* ---- the layers, from below ----------------------------------------------------------------- */

/* One whole TSDU (session_dump.c). */
void assoc_tsdu(struct assoc *a, unsigned side, struct slice tsdu);

/* What the user data of CN, AC or RF holds (connect_dump.c). */
enum assoc_connect_kind { ASSOC_REQUEST, ASSOC_ACCEPT, ASSOC_REFUSE };
/* The password in it, as part of data; absent: none, or not in one piece (*hidden then). */
struct slice assoc_connect_password(struct assoc *a, enum assoc_connect_kind kind,
                                    struct slice data, bool *hidden);
void assoc_connect(struct assoc *a, enum assoc_connect_kind kind, struct slice data);

/* User data of FN, DN, AB, PT: ACSE and RTSE APDUs (upper_dump.c). */
void assoc_user_data(struct assoc *a, struct slice data);
void assoc_abort_data(struct assoc *a, struct slice data);
/* The presentation data values in User-data. */
void assoc_values(struct assoc *a, const struct p_user_data *data);
/* An ACSE APDU and what is in it. */
void assoc_acse(struct assoc *a, struct slice apdu);
/* RTORQ, RTOAC, RTORJ or RTAB with this tag, and the bind in it. */
void assoc_rtse(struct assoc *a, uint32_t tag, struct slice apdu);
/* The octets of the APDU in the user information of a DT; absent: none. */
struct slice assoc_transfer_octets(struct assoc *a, struct slice data);
/* The APDU of an activity is whole. */
void assoc_apdu(struct assoc *a, struct slice octets);
/* MTABindArgument, -Result (error false) or -Error. */
void assoc_bind(struct assoc *a, const char *name, struct slice tlv, bool error);
