/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/packet.h"

#include <arpa/inet.h>
#include <stdio.h>

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86dd,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88a8,
    PROTOCOL_TCP = 6,
    HEADERS_MAX = 8, /* IPv6 extension headers, VLAN tags */
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_FRAGMENT = 44,
    IPV6_DESTINATION = 60,
};

/* ---- TCP ------------------------------------------------------------------------------------ */

/* ip_payload: octets of the segment on the wire, of which in may hold less. */
static bool parse_tcp(struct slice in, size_t ip_payload, struct tcp_segment *out)
{
    struct cursor c = cursor_make(in);
    uint32_t high;
    size_t header;

    out->from.port = (uint16_t)cursor_be16(&c);
    out->to.port = (uint16_t)cursor_be16(&c);
    high = cursor_be16(&c);
    out->seq = high << 16 | cursor_be16(&c);
    high = cursor_be16(&c);
    out->ack = high << 16 | cursor_be16(&c);
    header = (cursor_u8(&c) >> 4) * 4u;
    out->flags = cursor_u8(&c);
    if (c.error || header < 20 || header > ip_payload || header > in.len)
        return false;
    out->payload = slice_sub(in, header, ip_payload - header);
    out->missing = ip_payload - header - out->payload.len;
    return true;
}

/* ---- IP ------------------------------------------------------------------------------------- */

static bool parse_ipv4(struct slice in, struct tcp_segment *out)
{
    struct cursor c = cursor_make(in);
    size_t header = (cursor_u8(&c) & 0x0f) * 4u;
    size_t total;
    unsigned fragment;
    struct slice address;

    cursor_u8(&c);
    total = cursor_be16(&c);
    cursor_be16(&c);
    fragment = cursor_be16(&c);
    cursor_u8(&c);
    if (cursor_u8(&c) != PROTOCOL_TCP || fragment & 0x3fff)
        return false;
    cursor_be16(&c);
    address = cursor_take(&c, 8);
    if (total == 0) /* segmentation offload: the length is not filled in */
        total = in.len;
    if (c.error || header < 20 || header > total || header > in.len)
        return false;
    memcpy(out->from.address, address.p, 4);
    memcpy(out->to.address, address.p + 4, 4);
    return parse_tcp(slice_sub(in, header, total - header), total - header, out);
}

static bool is_ipv6_option(unsigned next)
{
    return next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING || next == IPV6_DESTINATION;
}

static bool parse_ipv6(struct slice in, struct tcp_segment *out)
{
    struct cursor c = cursor_make(in);
    size_t left;
    unsigned next;
    struct slice addresses;

    cursor_take(&c, 4);
    left = cursor_be16(&c);
    next = cursor_u8(&c);
    cursor_u8(&c);
    addresses = cursor_take(&c, 32);
    if (c.error)
        return false;
    memcpy(out->from.address, addresses.p, 16);
    memcpy(out->to.address, addresses.p + 16, 16);
    out->from.v6 = out->to.v6 = true;
    if (left == 0)
        left = cursor_left(&c);
    for (unsigned n = 0; is_ipv6_option(next) && n < HEADERS_MAX; n++) {
        size_t len;

        next = cursor_u8(&c);
        len = (cursor_u8(&c) + 1u) * 8;
        cursor_take(&c, len - 2);
        if (c.error || len > left)
            return false;
        left -= len;
    }
    if (next != PROTOCOL_TCP)
        return false;
    return parse_tcp(slice_sub(cursor_rest(&c), 0, left), left, out);
}

static bool parse_ip(struct slice in, struct tcp_segment *out)
{
    if (in.len == 0)
        return false;
    if (in.p[0] >> 4 == 4)
        return parse_ipv4(in, out);
    return in.p[0] >> 4 == 6 && parse_ipv6(in, out);
}

/* ---- link ----------------------------------------------------------------------------------- */

static struct slice strip_ethernet(struct slice in)
{
    struct cursor c = cursor_make(in);
    unsigned type;

    cursor_take(&c, 12);
    type = cursor_be16(&c);
    for (unsigned n = 0; (type == ETHER_VLAN || type == ETHER_QINQ) && n < HEADERS_MAX; n++) {
        cursor_be16(&c);
        type = cursor_be16(&c);
    }
    return type == ETHER_IPV4 || type == ETHER_IPV6 ? cursor_rest(&c) : SLICE_NONE;
}

/* The IP packet inside; absent: the link type is not known, or something else is inside. */
static struct slice strip_link(const struct capture_packet *packet)
{
    switch (packet->link) {
    case LINK_ETHERNET: return strip_ethernet(packet->octets);
    case LINK_NULL:
    case LINK_LOOP: return slice_from(packet->octets, 4);
    case LINK_LINUX_SLL: return slice_from(packet->octets, 16);
    case LINK_LINUX_SLL2: return slice_from(packet->octets, 20);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6: return packet->octets;
    default: return SLICE_NONE;
    }
}

bool packet_parse(const struct capture_packet *packet, struct tcp_segment *out)
{
    *out = (struct tcp_segment){.seq = 0};
    return parse_ip(strip_link(packet), out);
}

/* ---- endpoints ------------------------------------------------------------------------------ */

bool ip_endpoint_equal(const struct ip_endpoint *a, const struct ip_endpoint *b)
{
    return a->port == b->port && a->v6 == b->v6 &&
           memcmp(a->address, b->address, a->v6 ? 16 : 4) == 0;
}

void ip_endpoint_print(const struct ip_endpoint *e, char text[IP_ENDPOINT_TEXT])
{
    char address[INET6_ADDRSTRLEN];

    if (!inet_ntop(e->v6 ? AF_INET6 : AF_INET, e->address, address, sizeof(address)))
        address[0] = '\0';
    snprintf(text, IP_ENDPOINT_TEXT, e->v6 ? "[%s]:%u" : "%s:%u", address, e->port);
}
