/* SPDX-License-Identifier: Apache-2.0 */
/* The transport's two tables, of TPDUs and of requests, cell by cell (X.224 annex A, class 0). */
#include "base/error.h"
#include "base/limits.h"
#include "hex.h"
#include "osi/transport/tpdu.h"
#include "osi/transport/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum column { IDLE, WAIT_CR, WAIT_CC, WAIT_RESPONSE, OPEN, CLOSED, COLUMNS };

struct end {
    struct transport *t;
    struct transport_sink sink;
    struct buf output;
    char told; /* the last primitive: i, c connect; d data; D disconnect; 0: nothing */
    bool closes;
};

static void note_up(void *ctx, const struct t_prim *prim)
{
    struct end *e = ctx;

    switch (prim->service) {
    case T_CONNECT_INDICATION: e->told = 'i'; break;
    case T_CONNECT_CONFIRM: e->told = 'c'; break;
    case T_DATA_INDICATION: e->told = 'd'; break;
    default: e->told = 'D'; break;
    }
}

static void note_close(void *ctx)
{
    struct end *e = ctx;

    e->closes = true;
}

static int request(struct end *e, enum t_service service)
{
    const struct t_prim prim = {
        .service = service, .data = gather_one(SLICE_LIT("octets")), .reason = T_REASON_NORMAL};

    return transport_request(e->t, &prim);
}

static void feed(struct end *e, const char *octets)
{
    transport_input(e->t, hex(octets));
}

/* ---- how to get there ------------------------------------------------------------------------ */

#define CR "0300000b 06e00000 000700"
#define CC "0300000b 06d00001 000700"

static void reach(struct end *e, enum column c)
{
    const struct transport_params params = {.initiator = c == IDLE || c == WAIT_CC,
                                            .max_tpdu = LIMIT_TPDU_DEFAULT};

    *e = (struct end){.sink = {.ctx = e, .up = note_up, .close = note_close, .output = &e->output}};
    buf_init(&e->output, 4096);
    e->t = transport_new(&params, &e->sink);
    assert_non_null(e->t);
    if (c == WAIT_CC)
        assert_int_equal(request(e, T_CONNECT_REQUEST), X4_OK);
    if (c >= WAIT_RESPONSE)
        feed(e, CR);
    if (c >= OPEN)
        assert_int_equal(request(e, T_CONNECT_RESPONSE), X4_OK);
    if (c == CLOSED)
        assert_int_equal(request(e, T_DISCONNECT_REQUEST), X4_OK);
    e->told = 0;
    e->closes = false;
    buf_reset(&e->output);
}

static void leave(struct end *e)
{
    transport_free(&e->t);
    buf_free(&e->output);
}

/* ---- TPDUs ----------------------------------------------------------------------------------- */

/* i, c, d: that primitive, the connection goes on. D: T-DISCONNECT indication, and TCP is closed.
 * E: the same, after an ER. '.': not looked at. */
static const struct {
    const char *name;
    const char *octets;
    const char *cells; /* IDLE WAIT-CR WAIT-CC WAIT-RESPONSE OPEN CLOSED */
} tpdus[] = {
    {"CR", CR, "DiDDE."},
    {"CC", CC, "DDcDE."},
    {"DR", "0300000b 06800001 000780", "DDDDD."},
    {"DT", "03000008 02f08041", "DDDDd."},
    {"ED", "03000008 02108041", "DDDDE."},
    {"ER", "0300000c 07700001 00c10106", "DDDDD."},
    {"unknown", "03000009 04600001 05", "DDDDE."},
    {"no TPKT", "47455420 2f", "DDDDD."},
};

static void check_tpdu(size_t row, enum column c)
{
    char cell = tpdus[row].cells[c];
    bool error = cell == 'E';
    struct end e;

    reach(&e, c);
    feed(&e, tpdus[row].octets);
    if (e.told != (error ? 'D' : cell == '.' ? 0 : cell) || e.closes != (error || cell == 'D'))
        fail_msg("%s in column %d: told %c, %s", tpdus[row].name, (int)c, e.told ? e.told : '-',
                 e.closes ? "closes" : "goes on");
    assert_int_equal(e.output.len > 0, error);
    if (error)
        assert_int_equal(e.output.p[TPKT_HEADER + 1], TPDU_ER);
    leave(&e);
}

static void every_tpdu_in_every_state(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(tpdus); row++) {
        assert_int_equal(strlen(tpdus[row].cells), COLUMNS);
        for (unsigned c = 0; c < COLUMNS; c++)
            check_tpdu(row, (enum column)c);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

/* +: sent. x: sent nothing, TCP is closed. '.': not allowed. */
static const struct {
    enum t_service service;
    unsigned code; /* of the TPDU sent */
    const char *cells;
} requests[] = {
    {T_CONNECT_REQUEST, TPDU_CR, "+....."},
    {T_CONNECT_RESPONSE, TPDU_CC, "...+.."},
    {T_DATA_REQUEST, TPDU_DT, "....+."},
    {T_DISCONNECT_REQUEST, TPDU_DR, "xxx++."},
};

static void check_request(size_t row, enum column c)
{
    char cell = requests[row].cells[c];
    bool disconnect = requests[row].service == T_DISCONNECT_REQUEST;
    struct end e;

    reach(&e, c);
    assert_int_equal(request(&e, requests[row].service), cell == '.' ? X4_ESTATE : X4_OK);
    assert_int_equal(e.output.len > 0, cell == '+');
    if (cell == '+')
        assert_int_equal(e.output.p[TPKT_HEADER + 1], requests[row].code);
    assert_int_equal(e.closes, disconnect && cell != '.');
    assert_int_equal(e.told, 0);
    leave(&e);
}

static void every_request_in_every_state(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT(requests); row++) {
        assert_int_equal(strlen(requests[row].cells), COLUMNS);
        for (unsigned c = 0; c < COLUMNS; c++)
            check_request(row, (enum column)c);
    }
}

/* Of the end of TCP the user hears where it has heard of a connection. */
static void tcp_ends_in_every_state(void **state)
{
    static const char cells[] = "..DDD.";

    (void)state;
    for (unsigned c = 0; c < COLUMNS; c++) {
        struct end e;

        reach(&e, (enum column)c);
        transport_closed(e.t);
        assert_int_equal(e.told, cells[c] == '.' ? 0 : cells[c]);
        assert_int_equal(e.output.len, 0);
        assert_int_equal(request(&e, T_DATA_REQUEST), X4_ESTATE);
        leave(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tpdu_in_every_state),
        cmocka_unit_test(every_request_in_every_state),
        cmocka_unit_test(tcp_ends_in_every_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
