/* SPDX-License-Identifier: Apache-2.0 */
/* APDUs without checkpoints, larger than any buffer, between two whole stacks. */
#include "base/error.h"
#include "base/limits.h"
#include "stack_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* DT TPDUs with the end mark in the wire's octets from a place on: TSDUs. */
static unsigned count_tsdus(const struct buf *wire, size_t from)
{
    unsigned n = 0;

    for (size_t at = from; at < wire->len; at += (size_t)wire->p[at + 2] << 8 | wire->p[at + 3])
        n += wire->p[at + 5] == 0xf0 && (wire->p[at + 6] & 0x80);
    return n;
}

/* Without checkpoints an APDU is one segment, one SSDU and one TSDU, however long: activity start,
 * data, activity end. No end holds more of it than LIMIT_TSDU. */
static void without_checkpoints_all_is_one_tsdu(void **state)
{
    static const size_t sizes[] = {LIMIT_TSDU - 64, LIMIT_TSDU - 63,        LIMIT_TSDU,
                                   LIMIT_TSDU + 1,  LIMIT_TSDU + 65536 * 3, 5 * 1000 * 1000 + 7};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct stack_params params = pair_params(pair_modes[i % 3]);
        struct pair p;

        params.checkpoint_kib = 0;
        params.max_tpdu = i < 3 ? 65531 : 2048;
        pair_init(&p, &params);
        p.chunk = i < 3 ? 0 : 10000;
        pair_open(&p);
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            size_t before = p.a_wire.len;

            pair_transfer(&p, &p.a, &p.b, pair_apdu(sizes[k]));
            assert_int_equal(count_tsdus(&p.a_wire, before), 3);
        }
        pair_transfer(&p, &p.a, &p.b, pair_apdu(1000));
        pair_free(&p);
    }
}

static void begin_large(struct pair *p, enum stack_mode mode)
{
    struct stack_params params = pair_params(mode);

    params.checkpoint_kib = 0;
    pair_init(p, &params);
    pair_open(p);
    p->a.piece = 1024 * 1024;
    end_send(&p->a, pair_apdu(5 * 1000 * 1000), p->now);
}

/* In the middle of a TSDU nothing else can be said: giving the transfer up ends the association. */
static void giving_up_within_one_tsdu_ends_the_association(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        begin_large(&p, pair_modes[i]);
        end_run(&p.a, p.now);
        assert_true(p.a.sent > 0 && p.a.sent < 5 * 1000 * 1000);
        assert_int_equal(stack_discard(p.a.st, p.now), X4_OK);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        assert_non_null(strstr(p.a.last.u.abort.text, "checkpoints"));
        pair_free(&p);

        begin_large(&p, pair_modes[i]);
        end_run(&p.a, p.now);
        stack_input(p.b.st, stack_output(p.a.st), p.now);
        end_run(&p.b, p.now);
        stack_sent(p.a.st, stack_output(p.a.st).len);
        assert_int_equal(stack_receive_failed(p.b.st, false, p.now), X4_OK);
        stack_input(p.a.st, stack_output(p.b.st), p.now);
        end_run(&p.a, p.now);
        assert_int_equal(p.a.last.type, STACK_EV_ABORTED);
        pair_free(&p);
    }
}

static void feed_dt(struct pair *p, bool eot, size_t octets)
{
    static const uint8_t header[] = {3, 0, 0, 0, 2, 0xf0, 0};
    uint8_t tpkt[LIMIT_TPKT];

    memcpy(tpkt, header, sizeof(header));
    memset(tpkt + sizeof(header), 'x', octets);
    tpkt[2] = (uint8_t)((octets + sizeof(header)) >> 8);
    tpkt[3] = (uint8_t)(octets + sizeof(header));
    tpkt[6] = eot ? 0x80 : 0;
    stack_input(p->b.st, slice_make(tpkt, octets + sizeof(header)), p->now);
    end_run(&p->b, p->now);
}

/* A TSDU larger than memory that is no data; and one whose value is not as long as it says, which
 * only presentation knows. */
static void bad_large_tsdus_end_the_association(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;

        pair_start(&p, pair_modes[i]);
        pair_open(&p);
        for (unsigned k = 0; k < 17; k++)
            feed_dt(&p, false, 65000);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        pair_free(&p);

        begin_large(&p, pair_modes[i]);
        while (p.a.sent < 2 * 1024 * 1024) {
            end_run(&p.a, p.now);
            stack_input(p.b.st, stack_output(p.a.st), p.now);
            end_run(&p.b, p.now);
            stack_sent(p.a.st, stack_output(p.a.st).len);
        }
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_START);
        assert_true(p.b.received.len > LIMIT_TSDU);
        feed_dt(&p, true, 100);
        assert_int_equal(p.b.last.type,
                         pair_modes[i] == STACK_NORMAL ? STACK_EV_ABORTED : STACK_EV_RECEIVE_START);
        pair_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_checkpoints_all_is_one_tsdu),
        cmocka_unit_test(giving_up_within_one_tsdu_ends_the_association),
        cmocka_unit_test(bad_large_tsdus_end_the_association),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
