/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from outside, before it is known who calls: how many may wait for their bind, and whose
 * calls are not taken for a while because his binds failed. One stranger must not keep out the
 * others, nor many strangers the peers that are configured.
 *
 * A source is an IPv4 address, or the /64 of an IPv6 address. Each limit tells once when it begins
 * to act, and counts from then on. Sans-I/O: now is monotonic milliseconds. */
#pragma once

#include "base/list.h"
#include "io/io.h"

enum guard_limit {
    GUARD_CONNECTIONS,    /* all connections there are */
    GUARD_UNBOUND,        /* without a bind yet, of addresses that no connector lists */
    GUARD_SOURCE_UNBOUND, /* without a bind yet, of one source; its strangers apart */
    GUARD_FAILED_BINDS,   /* of one source */
    GUARD_LIMITS,
};
/* "connections", "unbound", "unbound-of-source", "failed-binds" */
const char *guard_limit_name(enum guard_limit limit);

/* Several peers may call from one source: those that connectors list may have as many calls without
 * a bind there as they may have associations, if that is more than source_unbound. */
struct guard_limits {
    unsigned connections, unbound, source_unbound;
    unsigned failures; /* failed binds that are borne; 0: any number */
    int64_t block_ms;  /* for the first one beyond; each further one doubles it */
    int64_t block_max_ms;
};

struct guard;

/* A connection as the guard sees it. Embed it; link is the guard's. */
struct guard_ticket {
    struct list link; /* among the unbound, oldest first */
    struct guard_source *source;
    bool known;
    bool unbound;
};

struct guard_call {
    const struct io_addr *remote;
    /* Connectors list the address: so many associations those may have that list an address of its
     * source. 0: none does, the caller is a stranger. */
    unsigned expected;
    unsigned connections; /* there are now, all told */
    int64_t now;
};

struct guard_verdict {
    bool take;                   /* then guard_take() */
    struct guard_source *source; /* of the call */
    bool acts; /* a limit acts: the call is not taken, or another one is given up for it */
    bool tell; /* it has just begun to */
    enum guard_limit limit;
    int64_t value;              /* connections, or for GUARD_FAILED_BINDS milliseconds left */
    struct guard_ticket *evict; /* end this connection, and its ticket, first; or NULL */
};

/* secret: anything that a caller cannot guess. NULL: out of memory. */
struct guard *guard_new(uint64_t secret);
/* All tickets must have been ended. */
void guard_free(struct guard **g);
void guard_set_limits(struct guard *g, const struct guard_limits *limits);
/* What was wrong with the binds may be mended: every source starts anew. */
void guard_forgive(struct guard *g);

/* A call: is it taken? */
void guard_call(struct guard *g, const struct guard_call *call, struct guard_verdict *out);
/* It is: ticket stands for it until guard_end(). Directly after guard_call(). */
void guard_take(struct guard *g, const struct guard_call *call, const struct guard_verdict *verdict,
                struct guard_ticket *ticket);
/* Its caller is known and let in; the source's failures are forgotten. */
void guard_bound(struct guard *g, struct guard_ticket *ticket);
/* Its bind was refused because of who calls, or it never came to one. The time for which the source
 * is blocked from now on, 0: it is not. */
int64_t guard_failed(struct guard *g, struct guard_ticket *ticket, int64_t now);
void guard_end(struct guard *g, struct guard_ticket *ticket);
/* The source of a ticket: "192.0.2.1", "2001:db8:1:2::/64". */
void guard_source_print(const struct guard_ticket *ticket, char text[IO_ADDR_TEXT]);

/* Is there room for one more event about a stranger? So that no flood fills the log. */
bool guard_may_tell(struct guard *g, int64_t now);

struct guard_counters {
    uint64_t acted[GUARD_LIMITS]; /* calls that were not taken, or given up */
    uint64_t failed_binds;
    uint64_t untold;                    /* events that guard_may_tell() held back */
    unsigned unbound, sources, blocked; /* now */
};
void guard_count(const struct guard *g, int64_t now, struct guard_counters *out);
