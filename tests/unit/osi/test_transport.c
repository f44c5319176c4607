/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/limits.h"
#include "hex.h"
#include "osi/transport/tpdu.h"
#include "osi/transport/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* One end, with what it has told. */
struct end {
    struct transport *t;
    struct transport_sink sink;
    struct buf output;
    struct buf told; /* text: one line for each primitive */
    struct slice data[16];
    unsigned data_count;
    unsigned closed;
};

static void note_up(void *ctx, const struct t_prim *prim)
{
    struct end *e = ctx;
    static const char *const names[] = {
        [T_CONNECT_INDICATION] = "connect-ind",
        [T_CONNECT_CONFIRM] = "connect-cnf",
        [T_DATA_INDICATION] = "data-ind",
        [T_DISCONNECT_INDICATION] = "disconnect-ind",
    };
    static const char *const parts[] = {"whole", "first", "middle", "last"};

    buf_printf(&e->told, "%s", names[prim->service]);
    if (prim->service == T_DISCONNECT_INDICATION)
        buf_printf(&e->told, " %d %s", (int)prim->reason, prim->text);
    if (slice_present(prim->calling_tsel)) {
        buf_text(&e->told, " calling=");
        buf_hex(&e->told, prim->calling_tsel);
    }
    if (slice_present(prim->called_tsel)) {
        buf_text(&e->told, " called=");
        buf_hex(&e->told, prim->called_tsel);
    }
    if (prim->part != PART_WHOLE)
        buf_printf(&e->told, " %s", parts[prim->part]);
    if (prim->service == T_DATA_INDICATION && e->data_count < 16)
        e->data[e->data_count++] = prim->data.count ? prim->data.part[0] : SLICE_LIT("");
    buf_text(&e->told, "\n");
}

static void note_close(void *ctx)
{
    ((struct end *)ctx)->closed++;
}

static void end_init(struct end *e, bool initiator, unsigned max_tpdu)
{
    const struct transport_params params = {.initiator = initiator, .max_tpdu = max_tpdu};

    *e = (struct end){.sink = {.ctx = e, .up = note_up, .close = note_close, .output = &e->output}};
    buf_init(&e->output, 16 * 1024 * 1024);
    buf_init(&e->told, 1024 * 1024);
    e->t = transport_new(&params, &e->sink);
    assert_non_null(e->t);
}

static void end_free(struct end *e)
{
    transport_free(&e->t);
    assert_null(e->t);
    buf_free(&e->output);
    buf_free(&e->told);
}

static void feed(struct end *e, const char *octets)
{
    transport_input(e->t, hex(octets));
}

static int request(struct end *e, enum t_service service)
{
    const struct t_prim prim = {.service = service, .reason = T_REASON_NORMAL};

    return transport_request(e->t, &prim);
}

/* What was told since the last time. */
static void assert_told(struct end *e, const char *text)
{
    assert_string_equal(buf_cstr(&e->told), text);
    buf_reset(&e->told);
}

static void assert_sent(struct end *e, const char *octets)
{
    struct buf text;
    struct buf expected;

    buf_init(&text, 8192);
    buf_init(&expected, 8192);
    buf_hex(&text, buf_view(&e->output));
    buf_hex(&expected, hex(octets));
    assert_string_equal(buf_cstr(&text), buf_cstr(&expected));
    buf_free(&text);
    buf_free(&expected);
    buf_reset(&e->output);
}

/* A responder in the open state, its peer's reference 0237. */
static void open_responder(struct end *e)
{
    end_init(e, false, LIMIT_TPDU_DEFAULT);
    feed(e, "0300000b 06e00000 023700");
    assert_int_equal(request(e, T_CONNECT_RESPONSE), X4_OK);
    transport_trust(e->t);
    buf_reset(&e->told);
    buf_reset(&e->output);
}

static void open_initiator(struct end *e, unsigned max_tpdu)
{
    end_init(e, true, max_tpdu);
    assert_int_equal(request(e, T_CONNECT_REQUEST), X4_OK);
}

/* ---- connection --------------------------------------------------------------------------- */

static void test_responder_answers_isode(void **state)
{
    struct end e;

    (void)state;
    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    feed(&e, "03000012 0de0 0000 0237 00 c2020001 c0010b");
    assert_told(&e, "connect-ind called=0001\n");
    assert_int_equal(request(&e, T_CONNECT_RESPONSE), X4_OK);
    assert_sent(&e, "0300000e 09d0 0237 0001 00 c0010b");
    assert_int_equal(transport_tpdu_size(e.t), 2048);
    feed(&e, "0300000b 06800381 038980");
    assert_told(&e, "disconnect-ind 128 normal disconnect\n");
    assert_int_equal(e.closed, 1);
    end_free(&e);
}

static void test_initiator_with_isode(void **state)
{
    const struct t_prim connect = {.service = T_CONNECT_REQUEST,
                                   .calling_tsel = SLICE_LIT("X"),
                                   .called_tsel = SLICE_LIT("591")};
    struct end e;

    (void)state;
    end_init(&e, true, LIMIT_TPDU_DEFAULT);
    assert_int_equal(transport_request(e.t, &connect), X4_OK);
    assert_sent(&e, "03000013 0ee0 0000 0001 00 c10158 c203353931");
    assert_int_equal(transport_tpdu_size(e.t), 65531);
    feed(&e, "0300000e 09d0 0001 0209 00 c0010b"); /* a size although none was proposed */
    assert_told(&e, "connect-cnf\n");
    assert_int_equal(transport_tpdu_size(e.t), 2048);
    assert_int_equal(request(&e, T_DISCONNECT_REQUEST), X4_OK);
    assert_sent(&e, "0300000b 06800209 000180");
    assert_int_equal(e.closed, 1);
    assert_told(&e, "");
    end_free(&e);
}

static void test_negotiates_size(void **state)
{
    static const struct {
        const char *cr;
        unsigned ours, in_force;
        const char *cc;
    } cases[] = {
        {"0300000b 06e00000 023700", 65531, 65531, "0300000b 06d00237 000100"},
        {"0300000b 06e00000 023700", 2048, 2048, "0300000e 09d00237 000100 c0010b"},
        {"0300000b 06e00000 023700", 3000, 2048, "0300000e 09d00237 000100 c0010b"},
        {"0300000e 09e00000 023700 c00107", 65531, 128, "0300000e 09d00237 000100 c00107"},
        {"0300000e 09e00000 023700 c0010d", 65531, 8192, "0300000e 09d00237 000100 c0010d"},
        {"0300000e 09e00000 023700 c0010d", 1024, 1024, "0300000e 09d00237 000100 c0010a"},
        {"0300000e 09e00000 023700 c00110", 65531, 8192, "0300000e 09d00237 000100 c0010d"},
        /* values that no size has, and parameters that nobody knows, are ignored in a CR */
        {"0300000e 09e00000 023700 c00103", 65531, 65531, "0300000b 06d00237 000100"},
        {"0300000f 0ae00000 023700 c0020b0b", 65531, 65531, "0300000b 06d00237 000100"},
        {"0300000e 09e00000 023700 770100", 65531, 65531, "0300000b 06d00237 000100"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct end e;

        end_init(&e, false, cases[i].ours);
        feed(&e, cases[i].cr);
        assert_told(&e, "connect-ind\n");
        assert_int_equal(request(&e, T_CONNECT_RESPONSE), X4_OK);
        assert_sent(&e, cases[i].cc);
        assert_int_equal(transport_tpdu_size(e.t), cases[i].in_force);
        end_free(&e);
    }
}

static void test_proposes_size(void **state)
{
    struct end e;

    (void)state;
    open_initiator(&e, 2048);
    assert_sent(&e, "0300000e 09e00000 000100 c0010b");
    feed(&e, "0300000b 06d00001 020900"); /* no size in the CC: ours stays */
    assert_told(&e, "connect-cnf\n");
    assert_int_equal(transport_tpdu_size(e.t), 2048);
    end_free(&e);
}

static void test_class_negotiation(void **state)
{
    static const struct {
        const char *cr;
        bool accepted;
    } cases[] = {
        {"0300000b 06e00000 023710", true},            /* class 1 implies 0 */
        {"0300000b 06e00000 023740", false},           /* class 4 only */
        {"0300000e 09e00000 023740 c70120", false},    /* class 4 or 2 */
        {"0300000f 0ae00000 023740 c7022000", true},   /* class 4, 2 or 0 */
        {"0300000e 09e00000 023720 c70100", true},     /* RFC 2126: class 2 or 0 */
        {"0300000f 0be00000 023720 c70100 aa", false}, /* header longer than the TPKT */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct end e;

        end_init(&e, false, LIMIT_TPDU_DEFAULT);
        feed(&e, cases[i].cr);
        if (cases[i].accepted) {
            assert_told(&e, "connect-ind\n");
            assert_int_equal(e.closed, 0);
        } else {
            assert_non_null(strstr(buf_cstr(&e.told), "disconnect-ind 13"));
            assert_int_equal(e.closed, 1);
        }
        end_free(&e);
    }
}

static void test_refuses_by_dr(void **state)
{
    struct t_prim refuse = {.service = T_DISCONNECT_REQUEST, .reason = T_REASON_ADDRESS_UNKNOWN};
    struct end e;

    (void)state;
    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    feed(&e, "03000012 0de0 0000 0237 00 c2020001 c0010b");
    assert_int_equal(transport_request(e.t, &refuse), X4_OK);
    assert_sent(&e, "0300000b 06800237 000003");
    assert_int_equal(e.closed, 1);
    feed(&e, "03000008 02f08001"); /* too late */
    assert_int_equal(request(&e, T_DATA_REQUEST), X4_ESTATE);
    assert_told(&e, "connect-ind called=0001\n");
    end_free(&e);

    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    feed(&e, "0300000b 06e00000 023740");
    assert_sent(&e, "0300000b 06800237 000082");
    end_free(&e);
}

static void test_is_refused(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
    } cases[] = {
        {"0300000b 06800001 000003", "disconnect-ind 3 transport address unknown\n"},
        {"0300000e 09800001 000002 e00100",
         "disconnect-ind 2 no session entity attached to the TSAP\n"},
        {"0300000b 06800001 0000fe", "disconnect-ind 254 unknown reason\n"},
        {"03000009 04700001 01", "disconnect-ind 133 the peer rejected our TPDU by an ER\n"},
        {"0300000b 06d00002 020900", "disconnect-ind 133 CC for another reference\n"},
        {"0300000b 06d00001 020920", "disconnect-ind 133 CC selects another class than 0\n"},
        {"0300000e 09d00001 020900 c0010c",
         "disconnect-ind 133 CC selects a larger TPDU size than proposed\n"},
        {"0300000e 09d00001 020900 c00100", "disconnect-ind 133 bad TPDU size\n"},
        {"0300000e 09d00001 020900 770100", "disconnect-ind 133 unknown parameter\n"},
        {"0300000e 09d00001 020900 c60100", "connect-cnf\n"},
        {"03000008 02f08001", "disconnect-ind 133 TPDU not expected in this state\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct end e;

        open_initiator(&e, 2048);
        feed(&e, cases[i].answer);
        assert_told(&e, cases[i].told);
        end_free(&e);
    }
}

/* X.224 13.5.3: what an operator reads when a peer disconnects. */
static void test_reasons_have_texts(void **state)
{
    static const unsigned reasons[] = {
        T_REASON_UNSPECIFIED,
        T_REASON_CONGESTION,
        T_REASON_NOT_ATTACHED,
        T_REASON_ADDRESS_UNKNOWN,
        T_REASON_NORMAL,
        T_REASON_REMOTE_CONGESTION,
        T_REASON_NEGOTIATION_FAILED,
        T_REASON_DUPLICATE_REF,
        T_REASON_MISMATCHED_REF,
        T_REASON_PROTOCOL_ERROR,
        T_REASON_REF_OVERFLOW,
        T_REASON_REFUSED_ON_NC,
        T_REASON_LENGTH,
        T_REASON_TCP_CLOSED,
    };
    const size_t count = sizeof(reasons) / sizeof(reasons[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(t_reason_text(reasons[i]), "unknown reason");
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(t_reason_text(reasons[i]), t_reason_text(reasons[k]));
    }
    assert_string_equal(t_reason_text(254), "unknown reason");
}

static void test_selectors_are_bounded(void **state)
{
    static const uint8_t long_tsel[LIMIT_TSEL + 1];
    struct t_prim connect = {.service = T_CONNECT_REQUEST,
                             .called_tsel = slice_make(long_tsel, sizeof(long_tsel))};
    struct buf cr;
    struct end e;

    (void)state;
    end_init(&e, true, LIMIT_TPDU_DEFAULT);
    assert_int_equal(transport_request(e.t, &connect), X4_EINVAL);
    connect.called_tsel.len = LIMIT_TSEL;
    assert_int_equal(transport_request(e.t, &connect), X4_OK);
    end_free(&e);

    buf_init(&cr, 256);
    hex_append(&cr, "0300004e 49e00000 023700 c241");
    buf_append(&cr, long_tsel, sizeof(long_tsel));
    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    transport_input(e.t, buf_view(&cr));
    assert_told(&e, "disconnect-ind 133 TSAP-ID too long\n");
    assert_sent(&e, "0300000b 06800237 000085");
    end_free(&e);
    buf_free(&cr);
}

/* ---- data --------------------------------------------------------------------------------- */

/* A TSDU of len octets goes from one end to the other in TPDUs of at most size octets. */
static void check_transfer(unsigned size, size_t len)
{
    size_t room = size - TPDU_DT_HEADER;
    size_t count = (len + room - 1) / room;
    uint8_t *octets = malloc(len);
    struct t_prim data = {.service = T_DATA_REQUEST};
    struct end a;
    struct end b;

    assert_non_null(octets);
    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(i * 7 + i / 256);
    open_initiator(&a, size);
    end_init(&b, false, LIMIT_TPDU_DEFAULT);
    transport_input(b.t, buf_view(&a.output));
    assert_int_equal(request(&b, T_CONNECT_RESPONSE), X4_OK);
    transport_trust(b.t);
    transport_input(a.t, buf_view(&b.output));
    buf_reset(&a.output);
    /* a gather whose parts do not fall on the TPDUs' bounds */
    gather_add(&data.data, slice_make(octets, len / 3));
    gather_add(&data.data, slice_make(octets + len / 3, len - len / 3));
    assert_int_equal(transport_request(a.t, &data), X4_OK);
    assert_int_equal(a.output.len, len + 7 * count);
    transport_input(b.t, buf_view(&a.output));
    assert_int_equal(b.data_count, 1);
    assert_int_equal(b.data[0].len, len);
    assert_memory_equal(b.data[0].p, octets, len);
    if (count == 1)
        assert_ptr_equal(b.data[0].p, a.output.p + 7); /* not copied */
    end_free(&a);
    end_free(&b);
    free(octets);
}

static void test_segments(void **state)
{
    static const struct {
        unsigned size;
        size_t len;
    } cases[] = {
        {128, 1},       {128, 125},    {128, 126},    {128, 250},
        {128, 251},     {2048, 2045},  {2048, 2046},  {65531, 65528},
        {65531, 65529}, {2048, 70000}, {8192, 65536}, {65531, LIMIT_TSDU},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_transfer(cases[i].size, cases[i].len);
}

/* However TCP cuts the octets, the same TSDUs come out. */
static void test_any_pieces(void **state)
{
    static const char stream[] = "03000008 02f08011"
                                 "03000009 02f00021 22"
                                 "03ff0007 02f000"   /* reserved octet set, empty TPDU */
                                 "03000008 02f0ff23" /* TPDU number set */
                                 "0300000a 02f08031 3233";
    struct buf octets;

    (void)state;
    buf_init(&octets, 256);
    hex_append(&octets, stream);
    for (size_t piece = 1; piece <= octets.len; piece++) {
        struct end e;
        struct buf got;

        open_responder(&e);
        buf_init(&got, 256);
        for (size_t at = 0; at < octets.len; at += piece) {
            e.data_count = 0;
            transport_input(e.t, slice_sub(buf_view(&octets), at, piece));
            for (unsigned i = 0; i < e.data_count; i++) {
                buf_hex(&got, e.data[i]);
                buf_text(&got, ".");
            }
        }
        assert_string_equal(buf_cstr(&got), "11.212223.313233.");
        assert_int_equal(e.closed, 0);
        buf_free(&got);
        end_free(&e);
    }
    buf_free(&octets);
}

/* All that one call tells stays until the next one, whether whole, in pieces or segmented. */
static void test_data_stays(void **state)
{
    struct end e;

    (void)state;
    open_responder(&e);
    feed(&e, "03000008 02f0");
    feed(&e, "8011 03000008 02f00021 03000008 02f08022 03000008 02f00031 03000008 02f08032 0300");
    assert_int_equal(e.data_count, 3);
    assert_true(slice_eq(e.data[0], SLICE_LIT("\x11")));
    assert_true(slice_eq(e.data[1], SLICE_LIT("\x21\x22")));
    assert_true(slice_eq(e.data[2], SLICE_LIT("\x31\x32")));
    end_free(&e);
}

/* A TSDU that exceeds LIMIT_TSDU goes up in parts: what there is by then, and then as it comes. */
static void test_a_large_tsdu_goes_up_in_parts(void **state)
{
    struct buf dt;
    struct end e;

    (void)state;
    buf_init(&dt, LIMIT_TPKT);
    hex_append(&dt, "03 00 ffff 02 f0 00");
    memset(buf_grow(&dt, LIMIT_TPKT - 7), 'x', LIMIT_TPKT - 7);
    open_responder(&e);
    for (unsigned i = 0; i < 16; i++)
        transport_input(e.t, buf_view(&dt));
    assert_told(&e, "");
    assert_true(transport_is_unfinished(e.t));
    transport_input(e.t, buf_view(&dt));
    assert_told(&e, "data-ind first\ndata-ind middle\n");
    assert_int_equal(e.data[0].len, 16 * (LIMIT_TPKT - 7));
    assert_int_equal(e.data[1].len, LIMIT_TPKT - 7);
    assert_true(transport_is_unfinished(e.t));
    feed(&e, "03 00 0009 02 f0 00 0102");
    assert_told(&e, "data-ind middle\n");
    feed(&e, "03 00 0009 02 f0 80 0304");
    assert_told(&e, "data-ind last\n");
    assert_true(slice_eq(e.data[3], SLICE_LIT("\x03\x04")));
    assert_false(transport_is_unfinished(e.t));
    feed(&e, "03 00 0009 02 f0 80 0506");
    assert_told(&e, "data-ind\n");
    end_free(&e);
    buf_free(&dt);
}

static int send_part(struct end *e, const char *text, enum data_part part)
{
    const struct t_prim prim = {
        .service = T_DATA_REQUEST, .data = gather_one(slice_str(text)), .part = part};

    return transport_request(e->t, &prim);
}

/* Only the last part ends the TSDU, and nothing else comes in between. */
static void test_a_tsdu_is_sent_in_parts(void **state)
{
    struct end e;

    (void)state;
    open_responder(&e);
    buf_reset(&e.output);
    assert_int_equal(send_part(&e, "m", PART_MIDDLE), X4_ESTATE);
    assert_int_equal(send_part(&e, "l", PART_LAST), X4_ESTATE);
    assert_int_equal(send_part(&e, "ab", PART_FIRST), X4_OK);
    assert_sent(&e, "03000009 02f000 6162");
    assert_int_equal(send_part(&e, "w", PART_WHOLE), X4_ESTATE);
    assert_int_equal(send_part(&e, "f", PART_FIRST), X4_ESTATE);
    assert_int_equal(send_part(&e, "c", PART_MIDDLE), X4_OK);
    assert_sent(&e, "03000008 02f000 63");
    assert_int_equal(send_part(&e, "d", PART_LAST), X4_OK);
    assert_sent(&e, "03000008 02f080 64");
    assert_int_equal(send_part(&e, "w", PART_WHOLE), X4_OK);
    assert_sent(&e, "03000008 02f080 77");
    end_free(&e);
}

/* Who has not said who he is gets less memory; his first TSDU is a CN, which is short. */
static void test_tsdu_of_a_stranger_is_bounded(void **state)
{
    struct buf dt;
    struct end e;

    (void)state;
    buf_init(&dt, LIMIT_TPKT);
    hex_append(&dt, "03 00 1007 02 f0 00");
    memset(buf_grow(&dt, 4096), 'x', 4096);
    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    feed(&e, "0300000b 06e00000 023700");
    assert_int_equal(request(&e, T_CONNECT_RESPONSE), X4_OK);
    buf_reset(&e.told);
    for (unsigned i = 0; i < LIMIT_TSDU_UNKNOWN / 4096; i++)
        transport_input(e.t, buf_view(&dt));
    assert_true(transport_is_unfinished(e.t));
    assert_told(&e, "");
    transport_input(e.t, buf_view(&dt));
    assert_told(&e, "disconnect-ind 1 TSDU too large\n");
    end_free(&e);
    buf_free(&dt);
}

static void test_a_part_is_unfinished(void **state)
{
    struct end e;

    (void)state;
    open_responder(&e);
    assert_false(transport_is_unfinished(e.t));
    feed(&e, "03");
    assert_true(transport_is_unfinished(e.t));
    feed(&e, "000008 02f08011");
    assert_false(transport_is_unfinished(e.t));
    feed(&e, "03000008 02f00021");
    assert_true(transport_is_unfinished(e.t));
    feed(&e, "03000008 02f08022");
    assert_false(transport_is_unfinished(e.t));
    end_free(&e);
}

static void test_output_is_bounded(void **state)
{
    static const uint8_t octets[2000];
    struct t_prim data = {.service = T_DATA_REQUEST};
    struct end e;

    (void)state;
    open_responder(&e);
    buf_free(&e.output);
    buf_init(&e.output, 1000);
    assert_int_equal(request(&e, T_DATA_REQUEST), X4_EINVAL); /* no empty TSDU */
    data.data = gather_one(slice_make(octets, sizeof(octets)));
    assert_int_equal(transport_request(e.t, &data), X4_ELIMIT);
    assert_int_equal(e.output.len, 0);
    end_free(&e);
}

/* ---- errors ------------------------------------------------------------------------------- */

static void test_protocol_errors(void **state)
{
    static const struct {
        const char *octets;
        const char *sent; /* ER: cause, and the TPDU up to the octet in error */
        const char *text;
    } cases[] = {
        {"04000008 02f08001", "", "what came is no TPKT"},
        {"03000006 02f0", "", "what came is no TPKT"},
        {"0300000b 06d00001 020900", "0300000d 0870 0237 02 c102 06d0",
         "TPDU not expected in this state"},
        {"0300000b 06e00000 023700", "0300000d 0870 0237 02 c102 06e0",
         "TPDU not expected in this state"},
        {"03000008 02108001", "0300000d 0870 0237 02 c102 0210", "TPDU not expected in this state"},
        {"03000008 02c08001", "0300000d 0870 0237 02 c102 02c0", "TPDU of an unknown type"},
        {"03000007 01f080", "0300000c 0770 0237 00 c101 01", "TPDU header too short"},
        {"03000008 03f08001", "0300000c 0770 0237 00 c101 03", "TPDU header too long"},
        {"03000007 fff080", "0300000c 0770 0237 00 c101 ff", "bad length indicator"},
        {"03000007 03f080", "0300000c 0770 0237 00 c101 03", "bad length indicator"},
        {"0300000e 09800001 000002 e00200", "03000013 0e70 0237 00 c108 0980 0001 0000 02e0",
         "parameter beyond the header"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf told;
        struct end e;

        buf_init(&told, 256);
        buf_printf(&told, "disconnect-ind 133 %s\n", cases[i].text);
        open_responder(&e);
        feed(&e, cases[i].octets);
        assert_told(&e, buf_cstr(&told));
        assert_sent(&e, cases[i].sent);
        assert_int_equal(e.closed, 1);
        end_free(&e);
        buf_free(&told);
    }
}

/* A stranger gets no ER: it has no connection that this could be about. */
static void test_stranger(void **state)
{
    static const char *const octets[] = {"474554202f20", "03000008 02f08001",
                                         "0300000b 06d00001 020900"};

    (void)state;
    for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
        struct end e;

        end_init(&e, false, LIMIT_TPDU_DEFAULT);
        feed(&e, octets[i]);
        assert_int_equal(e.closed, 1);
        assert_int_equal(e.output.len, 0);
        end_free(&e);
    }
}

static void test_tcp_ends(void **state)
{
    struct end e;

    (void)state;
    end_init(&e, false, LIMIT_TPDU_DEFAULT);
    transport_closed(e.t);
    assert_told(&e, ""); /* nobody has heard of a connection yet */
    end_free(&e);

    open_responder(&e);
    transport_closed(e.t);
    assert_told(&e, "disconnect-ind 256 TCP connection closed\n");
    transport_closed(e.t);
    assert_told(&e, "");
    assert_int_equal(request(&e, T_DISCONNECT_REQUEST), X4_ESTATE);
    end_free(&e);
}

static void test_requests_in_wrong_states(void **state)
{
    struct end e;

    (void)state;
    end_init(&e, true, LIMIT_TPDU_DEFAULT);
    assert_int_equal(request(&e, T_DATA_REQUEST), X4_ESTATE);
    assert_int_equal(request(&e, T_CONNECT_RESPONSE), X4_ESTATE);
    assert_int_equal(request(&e, T_CONNECT_INDICATION), X4_EINVAL);
    assert_int_equal(request(&e, T_CONNECT_REQUEST), X4_OK);
    assert_int_equal(request(&e, T_CONNECT_REQUEST), X4_ESTATE);
    end_free(&e);

    open_responder(&e);
    assert_int_equal(request(&e, T_CONNECT_REQUEST), X4_ESTATE);
    assert_int_equal(request(&e, T_CONNECT_RESPONSE), X4_ESTATE);
    end_free(&e);
}

static void test_params_are_checked(void **state)
{
    const struct transport_sink sink = {.ctx = NULL};

    (void)state;
    assert_null(transport_new(&(struct transport_params){.max_tpdu = 127}, &sink));
    assert_null(transport_new(&(struct transport_params){.max_tpdu = 65532}, &sink));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_responder_answers_isode),
        cmocka_unit_test(test_initiator_with_isode),
        cmocka_unit_test(test_negotiates_size),
        cmocka_unit_test(test_proposes_size),
        cmocka_unit_test(test_class_negotiation),
        cmocka_unit_test(test_refuses_by_dr),
        cmocka_unit_test(test_is_refused),
        cmocka_unit_test(test_reasons_have_texts),
        cmocka_unit_test(test_selectors_are_bounded),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_any_pieces),
        cmocka_unit_test(test_data_stays),
        cmocka_unit_test(test_a_large_tsdu_goes_up_in_parts),
        cmocka_unit_test(test_a_tsdu_is_sent_in_parts),
        cmocka_unit_test(test_tsdu_of_a_stranger_is_bounded),
        cmocka_unit_test(test_a_part_is_unfinished),
        cmocka_unit_test(test_output_is_bounded),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_stranger),
        cmocka_unit_test(test_tcp_ends),
        cmocka_unit_test(test_requests_in_wrong_states),
        cmocka_unit_test(test_params_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
