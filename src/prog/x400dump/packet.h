/* SPDX-License-Identifier: Apache-2.0 */
/* From a captured packet to its TCP segment. */
#pragma once

#include "prog/x400dump/capture.h"

struct ip_endpoint {
    uint8_t address[16]; /* IPv4: the first four */
    bool v6;
    uint16_t port;
};

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

struct tcp_segment {
    struct ip_endpoint from, to;
    uint32_t seq, ack;
    unsigned flags;
    struct slice payload;
    size_t missing; /* octets at the payload's end that the capture does not have */
};

/* False: no TCP over IP, a fragment, or broken. */
bool packet_parse(const struct capture_packet *packet, struct tcp_segment *out);

bool ip_endpoint_equal(const struct ip_endpoint *a, const struct ip_endpoint *b);
enum { IP_ENDPOINT_TEXT = 64 };
/* "192.0.2.1:102", "[2001:db8::1]:102" */
void ip_endpoint_print(const struct ip_endpoint *e, char text[IP_ENDPOINT_TEXT]);
