/* SPDX-License-Identifier: Apache-2.0 */
/* Reading capture files that are in memory: classic pcap (both octet orders, microseconds or
 * nanoseconds) and pcapng. Lengths in the file are never trusted. */
#pragma once

#include "base/cursor.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { CAPTURE_INTERFACES_MAX = 64 };

/* Link types (the numbers of the capture formats) that packet.h understands. */
enum capture_link {
    LINK_NULL = 0, /* BSD loopback: address family in the octet order of the host */
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108, /* OpenBSD loopback: address family in network order */
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
};

struct capture_interface {
    uint32_t link;
    uint32_t ticks_per_second;
};

struct capture {
    struct cursor in;
    bool ng, little;
    struct capture_interface interfaces[CAPTURE_INTERFACES_MAX];
    unsigned interface_count;
    const char *wrong; /* static, after an error */
};

struct capture_packet {
    uint32_t link;
    int64_t time_us; /* since 1970; 0: not known */
    struct slice octets;
    bool cut; /* the capture has less than was on the wire */
};

/* X4_ESYNTAX: no capture file. file must live as long as the capture. */
int capture_open(struct capture *c, struct slice file);
/* X4_ENOTFOUND: the end. X4_ETRUNC, X4_ESYNTAX, X4_ELIMIT: broken, with c->wrong; there is no more.
 */
int capture_next(struct capture *c, struct capture_packet *out);
