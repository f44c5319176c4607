/* SPDX-License-Identifier: Apache-2.0 */
/* One layer without memory: what is promised for that, where no whole association comes by. */
#include "base/error.h"
#include "faults.h"
#include "mts/common.h"
#include "oraddr/oraddr.h"
#include "osi/session/session.h"
#include "osi/transport/transport.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What a layer has told: of each thing the last one. */
struct told {
    struct session_sink session_sink;
    struct transport_sink transport_sink;
    struct buf output;
    unsigned services; /* a bit for each transport service asked for or indicated */
    unsigned aborts;   /* S-P-ABORT indications */
    unsigned si;       /* the first octet of the TSDU */
    enum t_reason reason;
    bool closed;
};

static void note_transport(void *ctx, const struct t_prim *prim)
{
    struct told *told = ctx;

    told->services |= 1u << prim->service;
    told->reason = prim->reason;
    if (prim->data.count)
        told->si = prim->data.part[0].p[0];
}

static void note_session(void *ctx, const struct s_prim *prim)
{
    ((struct told *)ctx)->aborts += prim->service == S_P_ABORT;
}

static void note_timer(void *ctx, uint32_t ms)
{
    (void)ctx;
    (void)ms;
}

static void note_close(void *ctx)
{
    ((struct told *)ctx)->closed = true;
}

static struct session *start_session(struct told *told, bool initiator)
{
    const struct session_params params = {
        .initiator = initiator, .abort_timeout_ms = 1000, .answer_timeout_ms = 1000};
    struct session *s;

    *told = (struct told){
        .session_sink = {
            .ctx = told, .up = note_session, .down = note_transport, .timer = note_timer}};
    s = session_new(&params, &told->session_sink);
    assert_non_null(s);
    return s;
}

static void transport_tells(struct session *s, enum t_service service, struct slice tsdu)
{
    const struct t_prim prim = {.service = service, .data = gather_one(tsdu)};

    session_input(s, &prim);
}

static const struct s_prim connect = {
    .service = S_CONNECT, .op = PRIM_REQUEST, .u.connect = {.requirements = SESSION_RTS_UNITS}};

enum { SI_RF = 12, SI_AB = 25 };

/* Nothing was asked of the transport, and it may be tried again. */
static void a_connect_without_memory_changes_nothing(void **state)
{
    static const uint8_t user_data[1000];
    struct s_prim request = connect;
    struct told told;
    struct session *s = start_session(&told, true);

    (void)state;
    request.data = gather_one(slice_make(user_data, sizeof(user_data)));
    for (unsigned n = 1; n <= 2; n++) { /* for the header, and for the user data */
        fault_at(n);
        assert_int_equal(session_request(s, &request), X4_ENOMEM);
        assert_true(fault_happened());
        assert_int_equal(told.services, 0);
    }
    assert_int_equal(session_request(s, &request), X4_OK);
    assert_int_equal(told.services, 1u << T_CONNECT_REQUEST);
    session_free(&s);
}

/* Where there is no memory for an AB the transport connection ends without one. */
static void an_abort_without_memory_disconnects(void **state)
{
    struct told told;
    struct session *s = start_session(&told, true);

    (void)state;
    assert_int_equal(session_request(s, &connect), X4_OK);
    transport_tells(s, T_CONNECT_CONFIRM, SLICE_NONE);
    told.services = 0;
    fault_at(1);
    transport_tells(s, T_DATA_INDICATION, SLICE_LIT("\x01\x00\x01\x00"));
    assert_true(fault_happened());
    assert_int_equal(told.services, 1u << T_DISCONNECT_REQUEST);
    assert_int_equal(told.aborts, 1);
    session_free(&s);
}

/* Where there is none for an RF, an AB says the same. */
static void a_refusal_without_memory_aborts(void **state)
{
    const struct slice overflowing_cn = SLICE_LIT("\x0d\x08\x05\x03\x16\x01\x03\x3c\x01\x01");
    struct told told;
    struct session *s = start_session(&told, false);

    (void)state;
    transport_tells(s, T_CONNECT_INDICATION, SLICE_NONE);
    fault_at(1);
    transport_tells(s, T_DATA_INDICATION, overflowing_cn);
    assert_true(fault_happened());
    assert_int_equal(told.si, SI_AB);
    assert_int_equal(told.aborts, 1);
    session_free(&s);
    s = start_session(&told, false);
    transport_tells(s, T_CONNECT_INDICATION, SLICE_NONE);
    transport_tells(s, T_DATA_INDICATION, overflowing_cn);
    assert_int_equal(told.si, SI_RF);
    session_free(&s);
}

/* A TPKT in pieces that cannot be put together ends the connection, with its first piece or a later
 * one. */
static void a_tpkt_without_memory_ends_the_connection(void **state)
{
    static const uint8_t tpkt[300] = {3, 0, sizeof(tpkt) >> 8, sizeof(tpkt) & 0xff, 6, 0xe0};
    const struct slice pieces[] = {slice_make(tpkt, 5), slice_make(tpkt + 5, 294)};
    const struct transport_params params = {.max_tpdu = 2048};

    (void)state;
    for (unsigned bad = 0; bad < 2; bad++) {
        struct told told = {.closed = false};
        struct transport *t;

        told.transport_sink = (struct transport_sink){
            .ctx = &told, .up = note_transport, .output = &told.output, .close = note_close};
        buf_init(&told.output, 1000);
        t = transport_new(&params, &told.transport_sink);
        assert_non_null(t);
        for (unsigned i = 0; i <= bad; i++) {
            assert_false(told.closed);
            fault_at(i == bad);
            transport_input(t, pieces[i]);
        }
        assert_true(fault_happened());
        assert_int_equal(told.services, 1u << T_DISCONNECT_INDICATION);
        assert_int_equal(told.reason, T_REASON_CONGESTION);
        assert_true(told.closed);
        transport_free(&t);
        buf_free(&told.output);
    }
}

/* An address that cannot be looked at is neither valid nor within its bounds. */
static void an_address_without_memory_is_not_valid(void **state)
{
    struct or_address address;
    struct arena arena;
    struct buf why;

    (void)state;
    arena_init(&arena, 10000);
    buf_init(&why, 1000);
    assert_int_equal(or_address_parse(SLICE_LIT("/C=XX/A=a/S=s/"), &arena, &address, NULL), X4_OK);
    fault_at(1);
    assert_int_equal(or_address_form(&address, &why), OR_FORM_INVALID);
    assert_true(fault_happened());
    assert_string_equal(buf_cstr(&why), x4_strerror(X4_ENOMEM));
    fault_at(1);
    assert_int_equal(or_address_bounds(&address, NULL), 1);
    assert_true(fault_happened());
    buf_reset(&why);
    assert_int_not_equal(or_address_form(&address, &why), OR_FORM_INVALID);
    assert_int_equal(or_address_bounds(&address, &why), 0);
    buf_free(&why);
    arena_free(&arena);
}

/* No memory is not the text's fault. */
static void an_identifier_without_memory_says_so(void **state)
{
    const struct slice text = SLICE_LIT("[/PRMD=p/ADMD=a/C=XX/;local]");
    unsigned n = 1;

    (void)state;
    for (bool failed = true; failed; n++) {
        struct mts_identifier id;
        struct arena arena;
        int error;

        arena_init(&arena, 10000);
        fault_at(n);
        error = mts_identifier_parse(text, &arena, &id);
        failed = fault_happened();
        assert_int_equal(error, failed ? X4_ENOMEM : X4_OK);
        arena_free(&arena);
    }
    assert_true(n > 7); /* keys, values, the local identifier */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connect_without_memory_changes_nothing),
        cmocka_unit_test(an_abort_without_memory_disconnects),
        cmocka_unit_test(a_refusal_without_memory_aborts),
        cmocka_unit_test(a_tpkt_without_memory_ends_the_connection),
        cmocka_unit_test(an_address_without_memory_is_not_valid),
        cmocka_unit_test(an_identifier_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
