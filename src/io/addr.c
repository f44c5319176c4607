/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "base/error.h"
#include "io/io.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    HOST_OCTETS = 16,
    V4_BITS = 32,
    V6_BITS = 128,
    V4_IN_V6_BITS = V6_BITS - V4_BITS,
    V6_NETWORK_BITS = 64,
};

static bool is_v4(const struct io_addr *addr)
{
    return addr->u.any.sa_family == AF_INET;
}

static bool is_v6(const struct io_addr *addr)
{
    return addr->u.any.sa_family == AF_INET6;
}

/* The host as one 128-bit number, IPv4 in its mapped form (RFC 4291 2.5.5.2), so that both
 * spellings of one IPv4 host compare equal. False when addr holds no address. */
static bool host_octets(const struct io_addr *addr, uint8_t host[HOST_OCTETS])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (is_v6(addr)) {
        memcpy(host, &addr->u.v6.sin6_addr, HOST_OCTETS);
        return true;
    }
    if (!is_v4(addr))
        return false;
    memcpy(host, mapped, sizeof(mapped));
    memcpy(host + sizeof(mapped), &addr->u.v4.sin_addr, 4);
    return true;
}

void io_addr_print(const struct io_addr *addr, bool with_port, char text[IO_ADDR_TEXT])
{
    char host[INET6_ADDRSTRLEN];

    if (is_v6(addr) && IN6_IS_ADDR_V4MAPPED(&addr->u.v6.sin6_addr)) {
        inet_ntop(AF_INET, &addr->u.v6.sin6_addr.s6_addr[12], host, sizeof(host));
    } else if (is_v6(addr)) {
        inet_ntop(AF_INET6, &addr->u.v6.sin6_addr, host, sizeof(host));
    } else if (is_v4(addr)) {
        inet_ntop(AF_INET, &addr->u.v4.sin_addr, host, sizeof(host));
    } else {
        snprintf(text, IO_ADDR_TEXT, "(no address)");
        return;
    }
    if (!with_port)
        snprintf(text, IO_ADDR_TEXT, "%s", host);
    else if (strchr(host, ':'))
        snprintf(text, IO_ADDR_TEXT, "[%s]:%u", host, io_addr_port(addr));
    else
        snprintf(text, IO_ADDR_TEXT, "%s:%u", host, io_addr_port(addr));
}

/* text[0..len) without an IPv6 literal's brackets, as a string. */
static int copy_literal(const char *text, size_t len, char out[INET6_ADDRSTRLEN])
{
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
        if (!memchr(text, ':', len))
            return X4_ESYNTAX;
    }
    if (len == 0 || len >= INET6_ADDRSTRLEN)
        return X4_ESYNTAX;
    memcpy(out, text, len);
    out[len] = 0;
    return X4_OK;
}

static int parse_literal(const char *text, size_t len, uint16_t port, struct io_addr *out)
{
    char host[INET6_ADDRSTRLEN];

    if (copy_literal(text, len, host))
        return X4_ESYNTAX;
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, host, &out->u.v4.sin_addr) == 1) {
        out->u.v4.sin_family = AF_INET;
        out->u.v4.sin_port = htons(port);
        return X4_OK;
    }
    if (inet_pton(AF_INET6, host, &out->u.v6.sin6_addr) == 1) {
        out->u.v6.sin6_family = AF_INET6;
        out->u.v6.sin6_port = htons(port);
        return X4_OK;
    }
    return X4_ESYNTAX;
}

int io_addr_parse(const char *text, uint16_t port, struct io_addr *out)
{
    return parse_literal(text, strlen(text), port, out);
}

bool io_addr_same_host(const struct io_addr *a, const struct io_addr *b)
{
    uint8_t host_a[HOST_OCTETS];
    uint8_t host_b[HOST_OCTETS];

    return host_octets(a, host_a) && host_octets(b, host_b) &&
           memcmp(host_a, host_b, HOST_OCTETS) == 0;
}

void io_addr_network(const struct io_addr *addr, struct io_addr *out)
{
    uint8_t host[HOST_OCTETS] = {0};

    memset(out, 0, sizeof(*out));
    host_octets(addr, host);
    if (is_v4(addr) || (is_v6(addr) && IN6_IS_ADDR_V4MAPPED(&addr->u.v6.sin6_addr))) {
        out->u.v4.sin_family = AF_INET;
        memcpy(&out->u.v4.sin_addr, host + V4_IN_V6_BITS / 8, V4_BITS / 8);
    } else {
        out->u.v6.sin6_family = AF_INET6;
        memcpy(&out->u.v6.sin6_addr, host, V6_NETWORK_BITS / 8);
    }
}

uint16_t io_addr_port(const struct io_addr *addr)
{
    if (is_v6(addr))
        return ntohs(addr->u.v6.sin6_port);
    return is_v4(addr) ? ntohs(addr->u.v4.sin_port) : 0;
}

/* Decimal digits only, no sign, no leading zero: "/08" is a slip that must not pass. */
static int parse_bits(const char *text, unsigned max, unsigned *bits)
{
    unsigned n = 0;

    if (!*text || (text[0] == '0' && text[1]))
        return X4_ESYNTAX;
    for (; *text; text++) {
        if (!ascii_is_digit((uint8_t)*text))
            return X4_ESYNTAX;
        n = n * 10 + (unsigned)(*text - '0');
        if (n > max)
            return X4_ESYNTAX;
    }
    *bits = n;
    return X4_OK;
}

int io_prefix_parse(const char *text, struct io_prefix *out)
{
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    int error = parse_literal(text, len, 0, &out->addr);
    unsigned max = is_v4(&out->addr) ? V4_BITS : V6_BITS;

    out->bits = max;
    if (error || !slash)
        return error;
    return parse_bits(slash + 1, max, &out->bits);
}

bool io_prefix_holds(const struct io_prefix *prefix, const struct io_addr *addr)
{
    unsigned bits = prefix->bits + (is_v4(&prefix->addr) ? V4_IN_V6_BITS : 0);
    uint8_t want[HOST_OCTETS];
    uint8_t host[HOST_OCTETS];
    uint8_t last = (uint8_t)(0xff00u >> bits % 8);

    if (bits > V6_BITS || !host_octets(&prefix->addr, want) || !host_octets(addr, host))
        return false;
    if (memcmp(want, host, bits / 8) != 0)
        return false;
    return bits % 8 == 0 || ((want[bits / 8] ^ host[bits / 8]) & last) == 0;
}
