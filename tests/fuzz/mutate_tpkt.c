/* SPDX-License-Identifier: Apache-2.0 */
/* TCP streams of TPKTs with TPDUs of class 0 (RFC 1006, X.224 clause 13). */
#include "base/cursor.h"
#include "mutate.h"
#include "osi/transport/tpdu.h"

#include <stdlib.h>

enum {
    PACKETS_MAX = 128,
    ARENA_MAX = 16 * 1024 * 1024,
    GROWTH = 256,
    TPKT_VERSION = 3,
    DT_HEADER = 2,      /* code, EOT */
    CONNECT_HEADER = 6, /* code, references, class */
    EOT = 0x80,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct packet {
    uint8_t version;
    int wrong_len, wrong_li; /* added to what is right */
    struct slice header;     /* behind the length indicator */
    struct slice data;
};

struct stream {
    struct chance chance;
    struct arena arena;
    struct packet packet[PACKETS_MAX];
    uint32_t count;
    struct slice rest; /* what is no TPKT */
};

static void read_stream(struct stream *s, struct slice in)
{
    size_t len;

    while (s->count < PACKETS_MAX - 1 && tpkt_length(in, &len) == X4_OK && len <= in.len) {
        struct cursor c = cursor_make(slice_sub(in, TPKT_HEADER, len - TPKT_HEADER));
        size_t li = cursor_u8(&c);
        struct packet *p = &s->packet[s->count++];

        *p = (struct packet){.version = in.p[0]};
        p->header = cursor_take(&c, li < cursor_left(&c) ? li : cursor_left(&c));
        p->data = cursor_rest(&c);
        in = slice_from(in, len);
    }
    s->rest = in;
}

static void put_packet(const struct packet *p, struct buf *out)
{
    size_t len = TPKT_HEADER + 1 + p->header.len + p->data.len;

    buf_u8(out, p->version);
    buf_u8(out, 0);
    buf_be16(out, (unsigned)(len + (size_t)p->wrong_len) & 0xffff);
    buf_u8(out, (unsigned)(p->header.len + (size_t)p->wrong_li) & 0xff);
    buf_slice(out, p->header);
    buf_slice(out, p->data);
}

/* A copy with room for more. */
static uint8_t *copy(struct stream *s, struct slice octets, size_t room)
{
    uint8_t *p = arena_alloc(&s->arena, octets.len + room);

    if (!p)
        abort();
    if (octets.len)
        memcpy(p, octets.p, octets.len);
    return p;
}

/* ---- changes --------------------------------------------------------------------------------- */

static void change_octet(struct stream *s, struct packet *p, size_t at, unsigned value)
{
    uint8_t *header = copy(s, p->header, at + 1);

    header[at] = (uint8_t)value;
    p->header = slice_make(header, p->header.len > at ? p->header.len : at + 1);
}

/* Another TPDU, with its fixed part or with the header that is there. */
static void change_code(struct stream *s, struct packet *p)
{
    static const struct slice headers[] = {
        {(const uint8_t *)"\xe0\0\0\0\1\0", 6}, {(const uint8_t *)"\xd0\0\1\0\2\0", 6},
        {(const uint8_t *)"\x80\0\1\0\2\3", 6}, {(const uint8_t *)"\xf0\x80", 2},
        {(const uint8_t *)"\x70\0\1\1", 4},     {(const uint8_t *)"\xc0\0\1\0\2", 5},
        {(const uint8_t *)"\x10\0\1\x80", 4},
    };
    struct slice header = headers[chance_below(&s->chance, COUNT(headers))];

    if (chance_in(&s->chance, 2))
        change_octet(s, p, 0, header.p[0]);
    else
        p->header = header;
}

static void change_fixed(struct stream *s, struct packet *p)
{
    static const uint8_t values[] = {0, 1, 0x10, 0x20, 0x40, 0x80, 0xff};

    change_octet(s, p, 1 + chance_below(&s->chance, CONNECT_HEADER - 1),
                 values[chance_below(&s->chance, COUNT(values))]);
}

/* One more parameter, or instead of all there are. */
static void add_param(struct stream *s, struct packet *p)
{
    static const uint8_t codes[] = {0xc0, 0xc1, 0xc2, 0xc7, 0xc6, 0x77};
    static const uint8_t lengths[] = {0, 1, 2, 4, 64, 65};
    size_t len = lengths[chance_below(&s->chance, COUNT(lengths))];
    size_t keep = chance_in(&s->chance, 3) ? CONNECT_HEADER : p->header.len;
    uint8_t *header;

    if (keep > p->header.len)
        keep = p->header.len;
    header = copy(s, slice_sub(p->header, 0, keep), 2 + len);
    header[keep] = codes[chance_below(&s->chance, COUNT(codes))];
    header[keep + 1] = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        header[keep + 2 + i] = (uint8_t)(6 + chance_below(&s->chance, 11)); /* sizes, mostly */
    p->header = slice_make(header, keep + 2 + len);
}

/* Its data in two TPDUs, the first without end of TSDU. */
static void split(struct stream *s, uint32_t i)
{
    struct packet *p = &s->packet[i];
    size_t cut = p->data.len ? chance_below(&s->chance, (uint32_t)p->data.len) : 0;

    if (s->count == PACKETS_MAX || p->header.len < DT_HEADER)
        return;
    memmove(p + 1, p, (s->count - i) * sizeof(*p));
    s->count++;
    p[0].data = slice_sub(p[0].data, 0, cut);
    p[1].data = slice_from(p[1].data, cut);
    change_octet(s, &p[0], 1, p[0].header.p[1] & ~(unsigned)EOT);
}

static void change_data(struct stream *s, struct packet *p)
{
    size_t max = p->data.len + GROWTH;
    uint8_t *data = copy(s, p->data, GROWTH);

    p->data =
        slice_make(data, mutate_tsdu(data, p->data.len, max, chance_below(&s->chance, UINT32_MAX)));
}

static void change_frame(struct stream *s, struct packet *p)
{
    static const int wrongs[] = {-1, 1, 2, 250};
    int wrong = wrongs[chance_below(&s->chance, COUNT(wrongs))];

    switch (chance_below(&s->chance, 3)) {
    case 0: p->version = (uint8_t)chance_below(&s->chance, 5); break;
    case 1: p->wrong_len = wrong; break;
    default: p->wrong_li = wrong; break;
    }
}

static void change_order(struct stream *s, uint32_t i)
{
    uint32_t other = chance_below(&s->chance, s->count);
    struct packet p = s->packet[i];

    switch (chance_below(&s->chance, 3)) {
    case 0: s->packet[i] = s->packet[--s->count]; break;
    case 1: s->packet[s->count++] = p; break;
    default:
        s->packet[i] = s->packet[other];
        s->packet[other] = p;
        break;
    }
}

static void change_once(struct stream *s)
{
    uint32_t i = s->count ? chance_below(&s->chance, s->count) : 0;
    struct packet *p = &s->packet[i];

    if (s->count == 0 || s->count == PACKETS_MAX)
        return;
    switch (chance_below(&s->chance, 10)) {
    case 0: change_code(s, p); break;
    case 1: change_fixed(s, p); break;
    case 2:
    case 3: add_param(s, p); break;
    case 4: split(s, i); break;
    case 5:
    case 6: change_data(s, p); break;
    case 7: change_frame(s, p); break;
    default: change_order(s, i); break;
    }
}

size_t mutate_tpkts(uint8_t *data, size_t size, size_t max, uint32_t seed)
{
    struct stream *s = calloc(1, sizeof(*s));
    struct buf out;
    size_t made = 0;

    if (!s)
        abort();
    s->chance = chance_make(seed);
    arena_init(&s->arena, ARENA_MAX);
    buf_init(&out, max);
    read_stream(s, slice_make(data, size));
    if (s->count == 0) /* begin with a connect request */
        s->packet[s->count++] = (struct packet){
            .version = TPKT_VERSION, .header = SLICE_LIT("\xe0\0\0\0\1\0"), .data = SLICE_LIT("")};
    do
        change_once(s);
    while (chance_in(&s->chance, 2));
    for (uint32_t i = 0; i < s->count; i++)
        put_packet(&s->packet[i], &out);
    buf_slice(&out, s->rest);
    if (!out.error && out.len) {
        memcpy(data, out.p, out.len);
        made = out.len;
    }
    buf_free(&out);
    arena_free(&s->arena);
    free(s);
    return made || max == 0 ? made : LLVMFuzzerMutate(data, size, max);
}
