/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made up here: every file format, link type and way in which TCP octets arrive. */
#include "base/cursor.h"
#include "base/error.h"
#include "prog/x400dump/dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CLIENT = 0, SERVER = 1, PORT = 102, SYN = 0x02, ACK = 0x10, FIN = 0x01, RST = 0x04 };

/* A transport connection request, a confirm, and an S-RELEASE request and response of X.410. */
#define CR "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00"
#define CC "\x03\x00\x00\x0b\x06\xd0\x00\x01\x00\x02\x00"
#define FN "\x03\x00\x00\x0c\x02\xf0\x80\x09\x03\x11\x01\x01"
#define DN "\x03\x00\x00\x09\x02\xf0\x80\x0a\x00"

struct maker {
    struct buf file;
    bool swapped;  /* the octet order that this is not */
    unsigned link; /* link type */
    bool v6;
    uint32_t seq[2]; /* next of each side */
    unsigned cut;    /* octets that the next packet lacks */
    unsigned client_host, server_host;
};

static void put16(struct buf *b, unsigned v, bool little)
{
    if (little)
        v = (v >> 8 & 0xff) | (v << 8 & 0xff00);
    buf_be16(b, v);
}

static void put32(struct buf *b, uint32_t v, bool little)
{
    if (little)
        v = v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
    buf_be32(b, v);
}

static void put_host(struct buf *b, const struct maker *m, unsigned side)
{
    if (m->v6)
        buf_append(b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0", 11);
    else
        buf_append(b, "\xc0\x00\x02", 3);
    if (m->v6)
        buf_append(b, "\0\0\0\0", 4);
    buf_u8(b, side == CLIENT ? m->client_host : m->server_host);
}

/* A TCP segment. */
struct segment {
    unsigned side;
    uint32_t seq, ack;
    unsigned flags;
    struct slice payload;
};

static void put_tcp(struct buf *b, const struct segment *s)
{
    buf_be16(b, s->side == CLIENT ? 1025 : PORT);
    buf_be16(b, s->side == CLIENT ? PORT : 1025);
    buf_be32(b, s->seq);
    buf_be32(b, s->ack);
    buf_u8(b, 0x50);
    buf_u8(b, s->flags);
    buf_append(b, "\xff\xff\0\0\0\0", 6);
    buf_slice(b, s->payload);
}

static void put_ip(struct buf *b, const struct maker *m, unsigned side, size_t tcp_len)
{
    if (m->v6) {
        buf_be32(b, 0x60000000);
        buf_be16(b, (unsigned)tcp_len + 8);
        buf_append(b, "\x00\x40", 2); /* next: hop-by-hop options */
    } else {
        buf_append(b, "\x45\0", 2);
        buf_be16(b, (unsigned)tcp_len + 20);
        buf_append(b, "\0\0\0\0\x40\x06\0\0", 8);
    }
    put_host(b, m, side);
    put_host(b, m, 1 - side);
    if (m->v6)
        buf_append(b, "\x06\x00\x01\x04\0\0\0\0", 8);
}

static void put_link(struct buf *b, const struct maker *m)
{
    switch (m->link) {
    case 1: /* Ethernet, with a VLAN tag */
        buf_append(b, "\1\2\3\4\5\6\1\2\3\4\5\6\x81\x00\x00\x05", 16);
        buf_be16(b, m->v6 ? 0x86dd : 0x0800);
        break;
    case 0: buf_append(b, "\x02\0\0\0", 4); break;
    case 113: buf_append(b, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\0", 16); break;
    default: break;
    }
}

/* One packet as classic pcap. */
static void packet(struct maker *m, const struct segment s)
{
    struct buf p;

    buf_init(&p, 4096);
    put_link(&p, m);
    put_ip(&p, m, s.side, 20 + s.payload.len);
    put_tcp(&p, &s);
    put32(&m->file, 1, m->swapped);
    put32(&m->file, 500, m->swapped);
    put32(&m->file, (uint32_t)p.len - m->cut, m->swapped);
    put32(&m->file, (uint32_t)p.len, m->swapped);
    buf_slice(&m->file, slice_sub(buf_view(&p), 0, p.len - m->cut));
    m->cut = 0;
    buf_free(&p);
}

static void begin(struct maker *m)
{
    put32(&m->file, 0xa1b2c3d4, m->swapped);
    put16(&m->file, 2, m->swapped);
    put16(&m->file, 4, m->swapped);
    buf_append(&m->file, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    put32(&m->file, m->link, m->swapped);
}

static void hand_shake(struct maker *m)
{
    packet(m, (struct segment){CLIENT, m->seq[CLIENT]++, 0, SYN, SLICE_LIT("")});
    packet(m, (struct segment){SERVER, m->seq[SERVER]++, m->seq[CLIENT], SYN | ACK, SLICE_LIT("")});
}

static void say(struct maker *m, unsigned side, struct slice octets)
{
    packet(m, (struct segment){side, m->seq[side], 0, ACK, octets});
    m->seq[side] += (uint32_t)octets.len;
}

/* Leaves out these octets, or says them later. */
static uint32_t leave_out(struct maker *m, unsigned side, size_t octets)
{
    uint32_t at = m->seq[side];

    m->seq[side] += (uint32_t)octets;
    return at;
}

/* ---- what x400dump makes of it -------------------------------------------------------------- */

static struct maker maker(void)
{
    struct maker m = {.link = 101, .seq = {1000, 2000}, .client_host = 1, .server_host = 2};

    buf_init(&m.file, 65536);
    return m;
}

static void keep(void *ctx, struct slice octets)
{
    buf_slice(ctx, octets);
}

static bool dump(struct slice file, struct buf *text)
{
    static const struct out_options options = {.summary = false};
    struct dump_params params = {.ports = {PORT}, .port_count = 1};
    struct out out;
    bool problems;

    out_init(&out, &options, keep, text);
    assert_int_equal(dump_file(&params, file, &out), X4_OK);
    problems = out.problems;
    out_free(&out);
    return problems;
}

static unsigned count(struct buf *text, const char *what)
{
    const char *at = buf_cstr(text);
    unsigned n = 0;

    assert_non_null(at);
    for (; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* Dumps, expects these numbers of FN and DN, and a problem or none. */
static void expect(struct maker *m, unsigned fn, unsigned dn, const char *problem)
{
    struct buf text;
    bool problems;

    buf_init(&text, 1024 * 1024);
    problems = dump(buf_view(&m->file), &text);
    if (count(&text, "FN FINISH") != fn || count(&text, "DN DISCONNECT") != dn ||
        problems != (problem != NULL) || (problem && count(&text, problem) != 1))
        print_error("%s\n", buf_cstr(&text));
    assert_int_equal(count(&text, "FN FINISH"), fn);
    assert_int_equal(count(&text, "DN DISCONNECT"), dn);
    assert_int_equal(problems, problem != NULL);
    if (problem)
        assert_int_equal(count(&text, problem), 1);
    buf_free(&text);
    buf_free(&m->file);
}

static void usual_story(struct maker *m)
{
    begin(m);
    hand_shake(m);
    say(m, CLIENT, SLICE_LIT(CR));
    say(m, SERVER, SLICE_LIT(CC));
    say(m, CLIENT, SLICE_LIT(FN));
    say(m, SERVER, SLICE_LIT(DN));
}

static void every_link_type(void **state)
{
    static const unsigned links[] = {0, 1, 12, 101, 113, 228};

    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        for (unsigned variant = 0; variant < 4; variant++) {
            struct maker m = maker();

            m.link = links[i];
            m.swapped = variant & 1;
            m.v6 = variant & 2;
            usual_story(&m);
            expect(&m, 1, 1, NULL);
        }
    }
}

static void sequence_numbers_wrap(void **state)
{
    struct maker m = maker();

    (void)state;
    m.seq[CLIENT] = UINT32_MAX - 5;
    m.seq[SERVER] = UINT32_MAX - 14;
    usual_story(&m);
    expect(&m, 1, 1, NULL);
}

static void split_and_joined_segments(void **state)
{
    struct maker m = maker();

    (void)state;
    begin(&m);
    hand_shake(&m);
    for (size_t i = 0; i < sizeof(CR FN) - 1; i++)
        say(&m, CLIENT, slice_sub(SLICE_LIT(CR FN), i, 1));
    say(&m, SERVER, SLICE_LIT(CC DN DN));
    expect(&m, 1, 2, NULL);
}

static void out_of_order_and_again(void **state)
{
    struct maker m = maker();
    uint32_t first, second;

    (void)state;
    begin(&m);
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT(CR));
    first = leave_out(&m, CLIENT, sizeof(FN) - 1);
    second = leave_out(&m, CLIENT, sizeof(FN) - 1);
    say(&m, CLIENT, SLICE_LIT(FN));
    packet(&m, (struct segment){CLIENT, second, 0, ACK, SLICE_LIT(FN)});
    packet(&m, (struct segment){CLIENT, second, 0, ACK, SLICE_LIT(FN)});
    packet(&m, (struct segment){CLIENT, first, 0, ACK, SLICE_LIT(FN FN)}); /* overlaps what waits */
    packet(&m, (struct segment){CLIENT, first, 0, ACK, SLICE_LIT(FN)});    /* and once more */
    expect(&m, 3, 0, NULL);
}

static void gaps_are_reported(void **state)
{
    struct maker m = maker();

    (void)state;
    begin(&m);
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT(CR));
    leave_out(&m, CLIENT, 100);
    say(&m, CLIENT, SLICE_LIT(FN));
    say(&m, SERVER, SLICE_LIT(CC DN));
    expect(&m, 1, 1, "100 octets are missing");
}

/* After a gap in the middle of a TPKT decoding goes on where a segment begins with one. */
static void goes_on_after_a_gap(void **state)
{
    struct maker m = maker();

    (void)state;
    begin(&m);
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT(CR));
    leave_out(&m, CLIENT, 7);
    say(&m, CLIENT, slice_from(SLICE_LIT(FN), 7));
    say(&m, CLIENT, SLICE_LIT(FN));
    expect(&m, 1, 0, "7 octets are missing");
}

static void packets_cut_by_the_capture(void **state)
{
    struct maker m = maker();

    (void)state;
    begin(&m);
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT(CR));
    m.cut = 4;
    say(&m, CLIENT, SLICE_LIT(FN));
    say(&m, CLIENT, SLICE_LIT(FN));
    expect(&m, 1, 0, "4 octets are missing");
}

static void a_capture_that_began_late(void **state)
{
    struct maker m = maker();

    (void)state;
    begin(&m);
    say(&m, SERVER, SLICE_LIT(DN));
    say(&m, CLIENT, SLICE_LIT(FN));
    expect(&m, 1, 1, NULL);
}

static void ports_used_again(void **state)
{
    struct maker m = maker();

    (void)state;
    usual_story(&m);
    m.seq[CLIENT] += 5000;
    m.seq[SERVER] += 9000;
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT(CR FN));
    expect(&m, 2, 1, NULL);
}

static void both_sides_of_an_address_translator(void **state)
{
    struct maker m = maker();
    struct buf text;

    (void)state;
    begin(&m);
    packet(&m, (struct segment){CLIENT, m.seq[CLIENT]++, 0, SYN, SLICE_LIT("")});
    m.client_host = 8;
    m.server_host = 9;
    packet(&m, (struct segment){SERVER, m.seq[SERVER]++, m.seq[CLIENT], SYN | ACK, SLICE_LIT("")});
    m.client_host = 1;
    m.server_host = 2;
    say(&m, CLIENT, SLICE_LIT(CR FN));
    m.client_host = 8;
    m.server_host = 9;
    say(&m, SERVER, SLICE_LIT(CC DN));
    buf_init(&text, 65536);
    assert_false(dump(buf_view(&m.file), &text));
    assert_int_equal(count(&text, "[1]"), count(&text, "["));
    assert_int_equal(count(&text, "DN DISCONNECT"), 1);
    buf_free(&text);
    buf_free(&m.file);
}

static void other_connections_are_left_alone(void **state)
{
    struct maker m = maker();
    struct dump_params params = {.ports = {4711}, .port_count = 1};
    static const struct out_options options = {.summary = false};
    struct buf text;
    struct out out;

    (void)state;
    begin(&m);
    hand_shake(&m);
    say(&m, CLIENT, SLICE_LIT("GET / HTTP/1.0\r\n\r\n"));
    buf_init(&text, 65536);
    out_init(&out, &options, keep, &text);
    assert_int_equal(dump_file(&params, buf_view(&m.file), &out), X4_OK);
    assert_true(out.problems);
    assert_int_equal(count(&text, "no X.400 association found"), 1);
    out_free(&out);
    buf_free(&text);
    buf_free(&m.file);
}

static void ends_of_connections(void **state)
{
    struct maker m = maker();
    struct buf text;

    (void)state;
    usual_story(&m);
    packet(&m, (struct segment){CLIENT, m.seq[CLIENT], 0, FIN | ACK, SLICE_LIT("")});
    packet(&m, (struct segment){SERVER, m.seq[SERVER], 0, RST, SLICE_LIT("")});
    buf_init(&text, 65536);
    assert_false(dump(buf_view(&m.file), &text));
    assert_int_equal(count(&text, "-> TCP FIN"), 1);
    assert_int_equal(count(&text, "<- TCP reset"), 1);
    assert_int_equal(count(&text, "outcome: released"), 1);
    buf_free(&text);
    buf_free(&m.file);
}

/* ---- pcapng ---------------------------------------------------------------------------------- */

static void block(struct buf *b, uint32_t type, struct slice body, bool little)
{
    uint32_t len = (uint32_t)(12 + (body.len + 3) / 4 * 4);

    put32(b, type, little);
    put32(b, len, little);
    buf_slice(b, body);
    buf_append(b, "\0\0\0", (4 - body.len % 4) % 4);
    put32(b, len, little);
}

/* The classic capture of the usual story as pcapng: enhanced packets with nanoseconds. */
static void to_ng(struct maker *m, struct buf *ng, bool little, bool simple)
{
    struct cursor in = cursor_make(buf_view(&m->file));
    struct buf body;

    buf_init(&body, 65536);
    put32(&body, 0x1a2b3c4d, little);
    put16(&body, 1, little);
    put16(&body, 0, little);
    buf_append(&body, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    block(ng, 0x0a0d0d0a, buf_view(&body), little);
    buf_reset(&body);
    put16(&body, 101, little);
    buf_append(&body, "\0\0\0\0\0\0", 6);
    put16(&body, 9, little);
    put16(&body, 1, little);
    buf_append(&body, "\x09\0\0\0", 4);
    block(ng, 1, buf_view(&body), little);
    block(ng, 5, SLICE_LIT("statistics!!"), little);
    cursor_take(&in, 24);
    while (cursor_left(&in) > 0) {
        uint32_t len;

        cursor_take(&in, 10);
        len = cursor_be16(&in);
        cursor_take(&in, 4);
        buf_reset(&body);
        if (!simple) {
            put32(&body, 0, little);
            put32(&body, 0, little);
            put32(&body, 1000, little);
            put32(&body, len, little);
        }
        put32(&body, len, little);
        buf_slice(&body, cursor_take(&in, len));
        block(ng, simple ? 3 : 6, buf_view(&body), little);
    }
    buf_free(&body);
}

static void pcapng(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 4; variant++) {
        struct maker classic = maker(), m = maker();

        usual_story(&classic);
        to_ng(&classic, &m.file, variant & 1, variant & 2);
        buf_free(&classic.file);
        expect(&m, 1, 1, NULL);
    }
}

/* ---- broken files ---------------------------------------------------------------------------- */

static void truncated_files(void **state)
{
    struct maker classic = maker(), ng = maker();

    (void)state;
    usual_story(&classic);
    to_ng(&classic, &ng.file, true, false);
    for (unsigned kind = 0; kind < 2; kind++) {
        struct slice whole = buf_view(kind ? &ng.file : &classic.file);

        for (size_t len = 24; len < whole.len; len++) {
            struct buf text;

            buf_init(&text, 65536);
            dump(slice_sub(whole, 0, len), &text);
            assert_true(count(&text, "FN FINISH") <= 1);
            buf_free(&text);
        }
    }
    buf_free(&classic.file);
    buf_free(&ng.file);
}

static void lengths_that_lie(void **state)
{
    struct maker m = maker();

    (void)state;
    usual_story(&m);
    memset(m.file.p + 24 + 8, 0xff, 4); /* the first packet's captured length */
    expect(&m, 0, 0, "the last packet is cut off");
}

static void not_ours(void **state)
{
    static const struct slice files[] = {{(const uint8_t *)"", 0},
                                         {(const uint8_t *)"hello, world", 12}};
    static const struct out_options options = {.summary = false};
    struct dump_params params = {.port_count = 0};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct buf text;
        struct out out;

        buf_init(&text, 4096);
        out_init(&out, &options, keep, &text);
        assert_int_equal(dump_file(&params, files[i], &out), X4_EUNSUPP);
        assert_int_equal(text.len, 0);
        out_free(&out);
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_type),
        cmocka_unit_test(sequence_numbers_wrap),
        cmocka_unit_test(split_and_joined_segments),
        cmocka_unit_test(out_of_order_and_again),
        cmocka_unit_test(gaps_are_reported),
        cmocka_unit_test(goes_on_after_a_gap),
        cmocka_unit_test(packets_cut_by_the_capture),
        cmocka_unit_test(a_capture_that_began_late),
        cmocka_unit_test(ports_used_again),
        cmocka_unit_test(both_sides_of_an_address_translator),
        cmocka_unit_test(other_connections_are_left_alone),
        cmocka_unit_test(ends_of_connections),
        cmocka_unit_test(pcapng),
        cmocka_unit_test(truncated_files),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test(not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
