/* SPDX-License-Identifier: Apache-2.0 */
/* The two providers of RTSE's lower service, octet by octet. */
#include "base/error.h"
#include "hex.h"
#include "osi/rtse/rtpm.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ARENA_MAX = 1024 * 1024 };

static const struct slice syntaxes[RL_SYNTAXES] = {
    {.p = (const uint8_t *)"\x52\x01\x00\x01", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x0c", .len = 4},
    {.p = (const uint8_t *)"\x56\x00\x02\x07", .len = 4},
};

struct provider {
    struct rt_lower l;
    struct arena arena;
};

static void provider_init(struct provider *p, const struct rt_provider *provider)
{
    const struct rt_lower_params params = {
        .syntaxes = syntaxes,
        .application_context = {.p = (const uint8_t *)"\x56\x00\x01\x06", .len = 4},
        .user_reference = "vm",
        .utctime = "2611221207Z",
        .called_psel = SLICE_LIT("P"),
        .connection_number = 37,
    };

    arena_init(&p->arena, ARENA_MAX);
    rt_lower_init(&p->l, provider, &params, &p->arena);
}

static void provider_free(struct provider *p)
{
    rt_lower_free(&p->l);
    arena_free(&p->arena);
}

static void assert_data(const struct s_prim *prim, const char *text)
{
    struct slice expected = hex(text);
    uint8_t octets[1024];
    size_t len = 0;

    for (unsigned i = 0; i < prim->data.count; i++) {
        assert_true(len + prim->data.part[i].len <= sizeof(octets));
        memcpy(octets + len, prim->data.part[i].p, prim->data.part[i].len);
        len += prim->data.part[i].len;
    }
    assert_int_equal(len, expected.len);
    assert_memory_equal(octets, expected.p, len);
}

static struct rl_prim request_of(enum s_service service, enum prim_op op)
{
    return (struct rl_prim){.service = service, .op = op};
}

/* WIRE: X.410 mode connect, accept, refuse, data, please, abort. */
static void x410_octets(void **state)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct provider p;
    struct s_prim out;

    (void)state;
    provider_init(&p, &rt_provider_x410);
    prim.u.connect.rq = (struct rtorq){
        .checkpoint_size = 63,
        .window_size = 3,
        .connection_data = {.p = (const uint8_t *)"\xa0\x02\x05\x00", .len = 4},
        .application_protocol = {.present = true, .value = 12},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3113 a003800100 a10c 80013f a304a0020500 84010c");
    assert_true(slice_eq(out.u.connect.id.user_ref, hex("1402766d")));
    assert_true(slice_eq(out.u.connect.id.common_ref, hex("170b323631313232313230375a")));
    assert_true(slice_eq(out.u.connect.id.additional_ref, hex("14023131")));
    assert_int_equal(out.u.connect.requirements, 0x0249);

    prim = request_of(S_CONNECT, PRIM_RESPONSE);
    prim.u.connect.accepted = true;
    prim.u.connect.ac = (struct rtoac){
        .checkpoint_size = 1,
        .window_size = 1,
        .connection_data = {.p = (const uint8_t *)"\x80\x00", .len = 2},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3111 a003800100 a10a 800101 810101 a2028000");
    assert_int_equal(out.u.connect.result, S_ACCEPTED);

    prim = request_of(S_CONNECT, PRIM_RESPONSE);
    prim.u.connect.rj.refuse_reason = (struct ber_optint){.present = true, .value = 2};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3103800102");
    assert_int_equal(out.u.connect.result, S_REFUSED_BY_USER);

    prim = request_of(S_TOKEN_PLEASE, PRIM_REQUEST);
    prim.u.priority = 3;
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "020103");
    assert_int_equal(out.u.tokens, 1);

    prim = request_of(S_U_ABORT, PRIM_REQUEST);
    prim.u.abort.rtab.reason = (struct ber_optint){.present = true, .value = 6};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "3103800100"); /* userError exists in normal mode only */

    prim = request_of(S_DATA, PRIM_REQUEST);
    prim.data = gather_one(SLICE_LIT("abc"));
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "616263");
    prim = request_of(S_RELEASE, PRIM_REQUEST);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "");
    provider_free(&p);
}

#define CONTEXTS                                                                                   \
    "a433 300f 020101 0604 52010001 3004 06025101 300f 020103 0604 5600020c 3004 06025101"         \
    "300f 020105 0604 56000207 3004 06025101"
#define RESULTS "a51b 3007 800100 81025101 3007 800100 81025101 3007 800100 81025101"

static struct s_prim indication(enum s_service service, enum prim_op op, struct slice data)
{
    return (struct s_prim){.service = service, .op = op, .data = gather_one(data)};
}

/* WIRE: normal mode, as an initiator whose peer accepts. */
static void normal_octets(void **state)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct provider p;
    struct s_prim out;
    struct s_prim in;
    struct rl_prim up;

    (void)state;
    provider_init(&p, &rt_provider_normal);
    prim.u.connect.rq = (struct rtorq){
        .checkpoint_size = 63,
        .window_size = 3,
        .connection_data = {.p = (const uint8_t *)"\xa0\x04\xb0\x02\x05\x00", .len = 6},
    };
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "316c a003800101 a265 820150" CONTEXTS "612b 3029 020101 a024"
                      "6022 a106 0604 56000106 be18 2816 06025101 020103 a00d"
                      "b00b 80013f a306 a004 b0020500");
    assert_true(slice_eq(out.u.connect.id.user_ref, hex("0402766d")));

    in = indication(S_CONNECT, PRIM_CONFIRM,
                    hex("315b a003800101 a254" RESULTS "6135 3033 020101 a02e"
                        "612c a106 0604 56000106 a203 020100 a305 a103 020100"
                        "be16 2814 06025101 020103 a00b b109 800101 a204 a0020500"));
    assert_int_equal(rt_lower_take(&p.l, &in, &up, &out), X4_OK);
    assert_true(up.u.connect.accepted);
    assert_int_equal(up.u.connect.ac.checkpoint_size, 1);
    assert_int_equal(up.u.connect.ac.window_size, 3);
    assert_int_equal(rt_lower_user_context(&p.l), 5);

    prim = request_of(S_RELEASE, PRIM_REQUEST);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020101 a005 6203800100");
    prim = request_of(S_RELEASE, PRIM_RESPONSE);
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020101 a005 6303800100");
    prim = request_of(S_TOKEN_PLEASE, PRIM_REQUEST);
    prim.u.priority = 3;
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610a 3008 020103 a003 020103");
    prim = request_of(S_DATA, PRIM_REQUEST);
    prim.data = gather_one(SLICE_LIT("abc"));
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out, "610c 300a 020103 a005 0403616263");
    prim = request_of(S_U_ABORT, PRIM_REQUEST);
    prim.u.abort.rtab.reason = (struct ber_optint){.present = true, .value = 4};
    assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
    assert_data(&out,
                "a03d a01b 3007 020101 06025101 3007 020103 06025101 3007 020105 06025101"
                "611e 301c 020101 a017 6415 800100 be10 280e 06025101 020103 a005 b603800104");
    provider_free(&p);
}

/* A normal-mode initiator after an accepted association. */
static void normal_associated(struct provider *p)
{
    struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
    struct rl_prim up;
    struct s_prim out;
    struct s_prim in;

    provider_init(p, &rt_provider_normal);
    prim.u.connect.rq.connection_data = slice_make("\x80\x00", 2);
    assert_int_equal(rt_lower_put(&p->l, &prim, &out), X4_OK);
    in = indication(S_CONNECT, PRIM_CONFIRM,
                    hex("3156 a003800101 a24f" RESULTS "6130 302e 020101 a029"
                        "6127 a106 0604 56000106 a203 020100 a305 a103 020100"
                        "be11 280f 06025101 020103 a006 b104 a2028000"));
    assert_int_equal(rt_lower_take(&p->l, &in, &up, &out), X4_OK);
}

static void normal_data_comes_in_all_shapes(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"610c 300a 020103 a005 0403616263", true},
        {"6180 3080 020103 a080 0403616263 0000 0000 0000", true},
        {"6180 3080 020103 a080 2480 040161 04026263 0000 0000 0000 0000", true}, /* Nexor */
        {"610c 300a 020105 a005 0403616263", false}, /* in the context of the APDUs */
        {"610c 300a 020103 a005 0203616263", false}, /* not an OCTET STRING */
        {"616263", false},
        {"", false},
    };
    struct provider p;

    (void)state;
    normal_associated(&p);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_DATA, PRIM_INDICATION, hex(cases[i].text));
        struct s_prim reply;
        struct rl_prim up;
        int error = rt_lower_take(&p.l, &in, &up, &reply);

        assert_int_equal(error, cases[i].good ? X4_OK : X4_EPROTO);
        if (cases[i].good) {
            assert_true(slice_eq(up.data.part[0], SLICE_LIT("abc")));
        } else {
            assert_int_equal(up.service, S_P_ABORT);
            assert_int_equal(reply.service, S_U_ABORT);
            assert_data(&reply, "3003800106"); /* ARP */
        }
    }
    provider_free(&p);
}

/* Takes data in parts, as a large SSDU comes. X4_EPROTO: refused at some part. */
static int take_in_parts(struct provider *p, struct slice data, size_t piece, struct buf *out)
{
    buf_reset(out);
    for (size_t at = 0; at < data.len; at += piece) {
        bool last = at + piece >= data.len;
        struct s_prim in = indication(S_DATA, PRIM_INDICATION, slice_sub(data, at, piece));
        struct s_prim reply;
        struct rl_prim up;
        int error;

        in.part = at == 0 ? PART_FIRST : last ? PART_LAST : PART_MIDDLE;
        error = rt_lower_take(&p->l, &in, &up, &reply);
        if (error)
            return error;
        for (unsigned i = 0; i < up.data.count; i++)
            buf_slice(out, up.data.part[i]);
    }
    return X4_OK;
}

static void large_data_comes_in_all_shapes(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"610c 300a 020103 a005 0403616263", true},
        {"6180 3080 020103 a080 2480 040161 2403 040162 040163 0000 0000 0000 0000", true},
        {"6180 3080 020103 a180 2480 040104 040203 61 0000 04026263 0000 0000 0000", true},
        {"6116 3008 020103 8103 040161 3080 020103 a004 04026263 0000", false}, /* one short */
        {"6117 3008 020103 8103 040161 3080 020103 a004 04026263 0000", true},
        {"6180 3080 020103 a080 0403616263 0000 0000", false}, /* no end */
        {"610c 300a 020103 a005 0403616263 00", false},        /* no end of it */
        {"610c 300a 020103 a005 0203616263", false},
    };
    struct provider p;
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    normal_associated(&p);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct slice data = hex(cases[i].text);

        for (size_t piece = 1; piece < data.len; piece++) {
            assert_int_equal(take_in_parts(&p, data, piece, &out),
                             cases[i].good ? X4_OK : X4_EPROTO);
            assert_true(!cases[i].good || slice_eq(buf_view(&out), SLICE_LIT("abc")));
        }
    }
    buf_free(&out);
    provider_free(&p);
}

/* Pieces of a segmented string are put together in the arena; without room there it is our fault.
 */
static void without_memory_large_data_is_no_fault_of_the_peer(void **state)
{
    struct provider p;
    struct s_prim in;
    struct s_prim reply;
    struct rl_prim up;

    (void)state;
    normal_associated(&p);
    in = indication(S_DATA, PRIM_INDICATION,
                    hex("6180 3080 020103 a080 2480 040161 04026263 0000 0000 0000 0000"));
    p.arena.max = p.arena.used;
    assert_int_equal(rt_lower_take(&p.l, &in, &up, &reply), X4_ENOMEM);
    provider_free(&p);
}

static void aborts_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *text;
        enum rt_layer layer;
        int reason; /* of RTAB; -1: there is none */
        int code;
    } cases[] = {
        {"3103800104", RT_LAYER_RTSE, 4, -1},
        {"3100", RT_LAYER_RTSE, -1, -1},
        {"", RT_LAYER_SESSION, -1, -1},
        {"3003800102", RT_LAYER_PRESENTATION, -1, 2},
        {"a01c 611a 3018 020101 a013 6411 800100 be0c 280a 020103 a005 3603800104", RT_LAYER_RTSE,
         4, -1}, /* ISODE's tag, no direct reference */
        {"a00f 610d 300b 020101 a006 6403800101 00", RT_LAYER_SESSION, -1, -1}, /* garbage */
        {"a00e 610c 300a 020101 a005 6403800101", RT_LAYER_ACSE, -1, -1},
    };
    struct provider p;

    (void)state;
    normal_associated(&p);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_U_ABORT, PRIM_INDICATION, hex(cases[i].text));
        struct s_prim reply;
        struct rl_prim up;

        assert_int_equal(rt_lower_take(&p.l, &in, &up, &reply), X4_OK);
        assert_true(up.u.abort.by_peer);
        assert_int_equal(up.u.abort.layer, cases[i].layer);
        assert_int_equal(up.u.abort.has_rtab && up.u.abort.rtab.reason.present
                             ? up.u.abort.rtab.reason.value
                             : -1,
                         cases[i].reason);
        assert_int_equal(up.u.abort.code, cases[i].code);
    }
    provider_free(&p);
}

/* A refusal is read in the mode it was written in. */
static void refusals_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *text;
        enum s_refusal result;
        enum rt_layer layer;
        int code;
        bool transient;
    } cases[] = {
        {"", S_REFUSED_SSEL_UNKNOWN, RT_LAYER_SESSION, 0x81, false},
        {"", S_REFUSED_UNSPECIFIED, RT_LAYER_SESSION, 0, false},
        {"", S_REFUSED_CONGESTION, RT_LAYER_SESSION, 1, true},
        {"", S_REFUSED_BY_USER, RT_LAYER_SESSION, 2, false},
        {"3103800100", S_REFUSED_BY_USER, RT_LAYER_RTSE, 0, true},
        {"3103800102", S_REFUSED_BY_USER, RT_LAYER_RTSE, 2, false},
        {"30038a0103", S_REFUSED_BY_USER, RT_LAYER_PRESENTATION, 3, false},
        {"30038a0101", S_REFUSED_BY_USER, RT_LAYER_PRESENTATION, 1, true},
        {"303a" RESULTS "611b 3019 020101 a014 6112 a106 0604 56000106 a203 020102 a303 a1010200",
         S_REFUSED_BY_USER, RT_LAYER_SESSION, 2, false}, /* AARE garbled */
        {"303e" RESULTS "611f 301d 020101 a018 6116 a106 0604 56000106 a203 020102 a305 a103 020102"
         "0500",
         S_REFUSED_BY_USER, RT_LAYER_ACSE, 2, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_prim prim = request_of(S_CONNECT, PRIM_REQUEST);
        struct s_prim in = indication(S_CONNECT, PRIM_CONFIRM, SLICE_NONE);
        struct provider p;
        struct s_prim out;
        struct rl_prim up;

        provider_init(&p, &rt_provider_normal);
        prim.u.connect.rq.connection_data = slice_make("\x80\x00", 2);
        assert_int_equal(rt_lower_put(&p.l, &prim, &out), X4_OK);
        in.data = gather_one(hex(cases[i].text));
        in.u.connect.result = cases[i].result;
        assert_int_equal(rt_lower_take(&p.l, &in, &up, &out), X4_OK);
        assert_true(up.u.connect.refused_below);
        assert_int_equal(up.u.connect.refusal.layer, cases[i].layer);
        assert_int_equal(up.u.connect.refusal.code, cases[i].code);
        assert_int_equal(up.u.connect.refusal.transient, cases[i].transient);
        provider_free(&p);
    }
}

/* What a responder in normal mode answers by itself. */
static void bad_requests_are_refused_by_the_right_layer(void **state)
{
    static const struct {
        const char *text;
        const char *reply;
    } cases[] = {
        {"0500", "3003 8a0100"},
        {"3105 a003800101", "3003 8a0100"},
        /* a CP without user data */
        {"313c a003800101 a235" CONTEXTS, "3020" RESULTS "8a0106"},
        /* another application context: AARE rejected-permanent, diagnostic 2 */
        {"314f a003800101 a248" CONTEXTS "6111 300f 020101 a00a 6008 a106 0604 56000107",
         "303c" RESULTS "611d 301b 020101 a016 6114 a106 0604 56000106 a203 020101 a305"
         "a103 020102"},
        /* no RTORQ */
        {"314f a003800101 a248" CONTEXTS "6111 300f 020101 a00a 6008 a106 0604 56000106",
         "303c" RESULTS "611d 301b 020101 a016 6114 a106 0604 56000106 a203 020101 a305"
         "a103 020101"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s_prim in = indication(S_CONNECT, PRIM_INDICATION, hex(cases[i].text));
        struct provider p;
        struct s_prim reply;
        struct rl_prim up;

        provider_init(&p, &rt_provider_normal);
        assert_int_equal(rt_lower_take(&p.l, &in, &up, &reply), X4_EPROTO);
        assert_true(up.u.connect.refused_below);
        assert_int_equal(reply.service, S_CONNECT);
        assert_int_equal(reply.op, PRIM_RESPONSE);
        assert_int_equal(reply.u.connect.result, S_REFUSED_BY_USER);
        assert_data(&reply, cases[i].reply);
        provider_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x410_octets),
        cmocka_unit_test(normal_octets),
        cmocka_unit_test(normal_data_comes_in_all_shapes),
        cmocka_unit_test(large_data_comes_in_all_shapes),
        cmocka_unit_test(without_memory_large_data_is_no_fault_of_the_peer),
        cmocka_unit_test(aborts_are_read_in_every_shape),
        cmocka_unit_test(refusals_are_read_in_every_shape),
        cmocka_unit_test(bad_requests_are_refused_by_the_right_layer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
