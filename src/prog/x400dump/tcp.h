/* SPDX-License-Identifier: Apache-2.0 */
/* Putting TCP streams together by sequence numbers: retransmissions dropped, what comes out of
 * order put in its place, what never comes reported as a gap. Payloads stay where they are. */
#pragma once

#include "base/list.h"
#include "prog/x400dump/packet.h"

enum { TCP_BUCKETS = 1024, TCP_PENDING_MAX = 4096, TCP_CONNECTIONS_MAX = 65536 };

/* Two, and two more where an address translator made the answers look like another connection. */
enum { TCP_PATHS = 4 };

/* A segment that waits for one before it. */
struct tcp_pending {
    struct list node;
    uint32_t seq;
    struct slice payload;
    size_t missing;
    int64_t time_us;
};

struct tcp_side {
    struct ip_endpoint end; /* who sends on this side */
    bool known;             /* next is valid */
    uint32_t next;          /* sequence number expected */
    struct list pending;    /* by sequence number */
    unsigned pending_count;
    bool finished; /* FIN or reset was seen */
};

/* Segments from here to there belong to this side. */
struct tcp_path {
    struct list node; /* in a bucket of struct tcp */
    struct tcp_conn *conn;
    struct ip_endpoint from, to;
    unsigned side;
};

/* side[0] sent the first segment seen, or the SYN. */
struct tcp_conn {
    struct list order; /* in struct tcp: as they began */
    struct tcp_path paths[TCP_PATHS];
    unsigned path_count;
    struct tcp_side side[2];
    bool from_start; /* the SYN is there */
    void *user;      /* the sink's */
};

struct tcp_sink {
    void *ctx;
    void (*data)(void *ctx, struct tcp_conn *conn, unsigned side, struct slice octets,
                 int64_t time_us);
    void (*gap)(void *ctx, struct tcp_conn *conn, unsigned side, size_t octets, int64_t time_us);
    /* how: "FIN", "reset" */
    void (*finished)(void *ctx, struct tcp_conn *conn, unsigned side, const char *how,
                     int64_t time_us);
    void (*forget)(void *ctx, struct tcp_conn *conn); /* once per connection, at the end */
};

struct tcp {
    struct tcp_sink sink;
    struct list buckets[TCP_BUCKETS]; /* of struct tcp_path */
    struct list order;
    unsigned count;
};

void tcp_init(struct tcp *t, const struct tcp_sink *sink);
/* X4_ELIMIT too many connections, X4_ENOMEM. The payload must live until tcp_end(). */
int tcp_input(struct tcp *t, const struct tcp_segment *segment, int64_t time_us);
/* The capture is over: hands on what waits, with gaps, and forgets all connections. */
void tcp_end(struct tcp *t);
