/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400dump/capture.h"

#define PCAP_MICRO UINT32_C(0xa1b2c3d4)
#define PCAP_NANO  UINT32_C(0xa1b23c4d)

enum {
    BLOCK_SECTION = 0x0a0d0d0au,
    BLOCK_INTERFACE = 1,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4du,
    OPTION_END = 0,
    OPTION_TSRESOL = 9,
    MICRO = 1000000,
    NANO = 1000000000,
    BLOCK_MIN = 12,
};

static uint32_t swap32(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xff00u) | (v << 8 & 0xff0000u) | v << 24;
}

static uint32_t get32(struct cursor *in, bool little)
{
    uint32_t high = cursor_be16(in);
    uint32_t v = high << 16 | cursor_be16(in);

    return little ? swap32(v) : v;
}

static unsigned get16(struct cursor *in, bool little)
{
    unsigned v = cursor_be16(in);

    return little ? (v >> 8 | (v << 8 & 0xff00u)) : v;
}

static int broken(struct capture *c, int error, const char *wrong)
{
    c->wrong = wrong;
    cursor_fail(&c->in, error);
    return error;
}

/* Ticks to microseconds without overflow. */
static int64_t to_us(uint64_t ticks, uint32_t per_second)
{
    uint64_t seconds = ticks / per_second, rest = ticks % per_second;

    return (int64_t)(seconds % (UINT64_C(1) << 40)) * MICRO + (int64_t)(rest * MICRO / per_second);
}

/* ---- classic pcap --------------------------------------------------------------------------- */

static int open_classic(struct capture *c, uint32_t magic)
{
    c->little = magic == swap32(PCAP_MICRO) || magic == swap32(PCAP_NANO);
    c->interface_count = 1;
    c->interfaces[0].ticks_per_second =
        magic == PCAP_NANO || magic == swap32(PCAP_NANO) ? NANO : MICRO;
    cursor_take(&c->in, 16); /* version, zone, accuracy, snapshot length */
    /* the upper half holds the length of frame check sequences */
    c->interfaces[0].link = get32(&c->in, c->little) & 0xffff;
    return c->in.error ? broken(c, X4_ETRUNC, "the file header is cut off") : X4_OK;
}

static int next_classic(struct capture *c, struct capture_packet *out)
{
    uint32_t seconds, fraction, captured, original;

    if (cursor_left(&c->in) == 0)
        return X4_ENOTFOUND;
    seconds = get32(&c->in, c->little);
    fraction = get32(&c->in, c->little);
    captured = get32(&c->in, c->little);
    original = get32(&c->in, c->little);
    *out = (struct capture_packet){
        .link = c->interfaces[0].link,
        .time_us = (int64_t)seconds * MICRO + to_us(fraction, c->interfaces[0].ticks_per_second),
        .octets = cursor_take(&c->in, captured),
        .cut = captured < original,
    };
    return c->in.error ? broken(c, X4_ETRUNC, "the last packet is cut off") : X4_OK;
}

/* ---- pcapng --------------------------------------------------------------------------------- */

/* 10^-n or, with the top bit set, 2^-n seconds; what does not fit 32 bits is not used by anybody.
 */
static uint32_t resolution(unsigned v)
{
    uint32_t ticks = 1;
    unsigned n = v & 0x7f;

    if (v & 0x80)
        return n < 32 ? UINT32_C(1) << n : MICRO;
    for (; n > 0 && ticks <= NANO / 10; n--)
        ticks *= 10;
    return ticks;
}

static int read_interface(struct capture *c, struct cursor *b)
{
    struct capture_interface *i = &c->interfaces[c->interface_count];

    if (c->interface_count == CAPTURE_INTERFACES_MAX)
        return broken(c, X4_ELIMIT, "too many interfaces");
    i->link = get16(b, c->little);
    i->ticks_per_second = MICRO;
    cursor_take(b, 6); /* reserved, snapshot length */
    while (cursor_left(b) >= 4) {
        unsigned code = get16(b, c->little);
        unsigned len = get16(b, c->little);
        struct slice value = cursor_take(b, len);

        cursor_take(b, (4 - len % 4) % 4);
        if (code == OPTION_END || b->error)
            break;
        if (code == OPTION_TSRESOL && len == 1)
            i->ticks_per_second = resolution(value.p[0]);
    }
    c->interface_count++;
    return X4_OK;
}

static int read_enhanced(struct capture *c, struct cursor *b, struct capture_packet *out)
{
    uint32_t interface = get32(b, c->little);
    uint64_t high = get32(b, c->little);
    uint64_t ticks = high << 32 | get32(b, c->little);
    uint32_t captured = get32(b, c->little);
    uint32_t original = get32(b, c->little);

    if (interface >= c->interface_count)
        return broken(c, X4_ESYNTAX, "a packet of an interface that is not described");
    *out = (struct capture_packet){
        .link = c->interfaces[interface].link,
        .time_us = to_us(ticks, c->interfaces[interface].ticks_per_second),
        .octets = cursor_take(b, captured),
        .cut = captured < original,
    };
    return b->error ? broken(c, X4_ESYNTAX, "a packet is longer than its block") : X4_OK;
}

static int read_simple(struct capture *c, struct cursor *b, struct capture_packet *out)
{
    uint32_t original = get32(b, c->little);
    size_t captured = cursor_left(b);

    if (c->interface_count == 0)
        return broken(c, X4_ESYNTAX, "a packet before any interface");
    captured = original < captured ? original : captured;
    *out = (struct capture_packet){
        .link = c->interfaces[0].link,
        .octets = cursor_take(b, captured),
        .cut = captured < original,
    };
    return X4_OK;
}

/* A section header sets the octet order of all that follows, its own length included. */
static void read_byte_order(struct capture *c)
{
    struct cursor ahead = c->in;

    cursor_take(&ahead, 8);
    c->little = get32(&ahead, false) != BYTE_ORDER_MAGIC;
    c->interface_count = 0;
}

static int next_ng(struct capture *c, struct capture_packet *out)
{
    while (cursor_left(&c->in) > 0) {
        struct cursor ahead = c->in;
        uint32_t type, len;
        struct cursor block;
        int error;

        if (get32(&ahead, false) == BLOCK_SECTION)
            read_byte_order(c);
        type = get32(&c->in, c->little);
        len = get32(&c->in, c->little);
        if (len < BLOCK_MIN || len % 4)
            return broken(c, X4_ESYNTAX, "a block's length is impossible");
        block = cursor_make(cursor_take(&c->in, len - BLOCK_MIN));
        cursor_take(&c->in, 4); /* the length again */
        if (c->in.error)
            return broken(c, X4_ETRUNC, "the last block is cut off");
        if (type == BLOCK_ENHANCED_PACKET)
            return read_enhanced(c, &block, out);
        if (type == BLOCK_SIMPLE_PACKET)
            return read_simple(c, &block, out);
        error = type == BLOCK_INTERFACE ? read_interface(c, &block) : X4_OK;
        if (error)
            return error;
    }
    return X4_ENOTFOUND;
}

/* ---- both ----------------------------------------------------------------------------------- */

int capture_open(struct capture *c, struct slice file)
{
    uint32_t magic;

    *c = (struct capture){.in = cursor_make(file)};
    magic = get32(&c->in, false);
    if (magic == BLOCK_SECTION) {
        c->ng = true;
        c->in = cursor_make(file);
        return X4_OK;
    }
    if (!c->in.error && (magic == PCAP_MICRO || magic == PCAP_NANO || magic == swap32(PCAP_MICRO) ||
                         magic == swap32(PCAP_NANO)))
        return open_classic(c, magic);
    return broken(c, X4_ESYNTAX, "no capture file");
}

int capture_next(struct capture *c, struct capture_packet *out)
{
    if (c->in.error)
        return X4_ENOTFOUND;
    return c->ng ? next_ng(c, out) : next_classic(c, out);
}
