/* SPDX-License-Identifier: Apache-2.0 */
/* APDUs without checkpoints, larger than any buffer, between two whole stacks. */
#include "base/error.h"
#include "base/limits.h"
#include "ber/ber.h"
#include "osi/stack/external.h"
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
        assert_true(stack_wants_close(p.a.st)); /* at once: the peer waits for the rest */
        pair_run(&p);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_true(stack_wants_close(p.b.st));
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
        assert_true(stack_wants_close(p.a.st));
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

/* ---- a peer that writes BER as it likes ------------------------------------------------------ */

enum { FOREIGN_MAX = 8 * 1024 * 1024, SEGMENT = 999, DT_MAX = 65000 };

/* octets as segments of a string, each of two again, with indefinite lengths. */
static void put_segments(struct slice octets, struct buf *out)
{
    for (size_t at = 0; at < octets.len; at += SEGMENT) {
        struct slice piece = slice_sub(octets, at, SEGMENT);

        buf_be16(out, 0x2480);
        ber_put_tlv(out, BER_T_OCTET_STRING, false, slice_sub(piece, 0, 7));
        ber_put_tlv(out, BER_T_OCTET_STRING, false, slice_from(piece, 7));
        buf_be16(out, 0);
    }
}

/* A PDV-list of indefinite length, up to its presentation-data-values. */
static void begin_list(struct buf *out, unsigned values)
{
    buf_be16(out, 0x3080);
    ber_put_integer(out, BER_T_INTEGER, 3);
    buf_be16(out, values);
}

static void put_indefinite(struct slice rttr, struct buf *out)
{
    begin_list(out, 0xa080);
    ber_put_tlv(out, BER_T_OCTET_STRING, false, rttr);
    buf_be32(out, 0);
}

static void put_segmented(struct slice rttr, struct buf *out)
{
    begin_list(out, 0xa080);
    buf_be16(out, 0x2480);
    put_segments(rttr, out);
    buf_be16(out, 0);
    buf_be32(out, 0);
}

/* Octet-aligned: the segments cut the value anywhere. */
static void put_aligned(struct slice rttr, struct buf *out)
{
    struct buf value;

    buf_init(&value, FOREIGN_MAX);
    ber_put_tlv(&value, BER_T_OCTET_STRING, false, rttr);
    begin_list(out, 0xa180);
    put_segments(buf_view(&value), out);
    buf_be32(out, 0);
    buf_free(&value);
}

/* Several RTTRs, each in a PDV-list of definite length. */
static void put_several(struct slice rttr, struct buf *out)
{
    for (size_t at = 0; at < rttr.len; at += LIMIT_CHUNK) {
        struct slice piece = slice_sub(rttr, at, LIMIT_CHUNK);
        struct buf list;

        buf_init(&list, 2 * LIMIT_CHUNK);
        ber_put_integer(&list, BER_T_INTEGER, 3);
        ber_put_header(&list, BER_CONTEXT(0), true,
                       ber_header_size(BER_T_OCTET_STRING, piece.len) + piece.len);
        ber_put_tlv(&list, BER_T_OCTET_STRING, false, piece);
        ber_put_tlv(out, BER_T_SEQUENCE, true, buf_view(&list));
        buf_free(&list);
    }
}

static void (*const forms[])(struct slice rttr, struct buf *out) = {
    put_indefinite,
    put_segmented,
    put_aligned,
    put_several,
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

/* The TSDU of a DT: GT, DT, User-data with apdu in its EXTERNAL. */
static void put_foreign(unsigned form, struct slice apdu, struct buf *out)
{
    struct buf external;

    buf_init(&external, FOREIGN_MAX);
    external_put_header(5, apdu.len, &external);
    buf_slice(&external, apdu);
    buf_be32(out, 0x01000100);
    buf_be16(out, 0x6180);
    forms[form](buf_view(&external), out);
    buf_be16(out, 0);
    buf_free(&external);
}

/* A TSDU in DT TPDUs of at most size octets of data, each given to B by itself. */
static size_t feed_tsdu(struct pair *p, struct slice tsdu, size_t size)
{
    size_t most = 0;

    for (size_t at = 0; at < tsdu.len; at += size) {
        struct slice data = slice_sub(tsdu, at, size);
        size_t len = data.len + 7;
        const uint8_t header[] = {
            3, 0, (uint8_t)(len >> 8), (uint8_t)len, 2, 0xf0, at + size < tsdu.len ? 0 : 0x80};

        stack_input(p->b.st, slice_make(header, sizeof(header)), p->now);
        stack_input(p->b.st, data, p->now);
        end_run(&p->b, p->now);
        if (stack_memory(p->b.st) > most)
            most = stack_memory(p->b.st);
    }
    return most;
}

/* Whatever form of BER an SSDU of 5 MB has, its APDU is the same, and little of it is in memory. */
static void large_data_may_have_any_form(void **state)
{
    static const size_t sizes[] = {DT_MAX, 2041, 16383};
    struct slice apdu = pair_apdu(5 * 1000 * 1000);

    (void)state;
    for (unsigned form = 0; form < FORMS; form++) {
        struct stack_params params = pair_params(STACK_NORMAL);
        struct buf tsdu;
        struct pair p;

        params.checkpoint_kib = 0;
        pair_init(&p, &params);
        pair_open(&p);
        buf_init(&tsdu, FOREIGN_MAX);
        put_foreign(form, apdu, &tsdu);
        feed_tsdu(&p, SLICE_LIT("\x01\x00\x2d\x05\x29\x03\x02\x01\x01"), 100);
        assert_true(feed_tsdu(&p, buf_view(&tsdu), sizes[form % 3]) < 4 * LIMIT_TSDU);
        feed_tsdu(&p, SLICE_LIT("\x01\x00\x29\x03\x2a\x01\x31"), 100);
        assert_int_equal(p.b.last.type, STACK_EV_RECEIVE_END);
        assert_int_equal(p.b.received.len, apdu.len);
        assert_memory_equal(p.b.received.p, apdu.p, apdu.len);
        assert_true(stack_is_idle(p.b.st));
        buf_free(&tsdu);
        pair_free(&p);
    }
}

/* An SSDU that ends before its User-data does. */
static void large_data_has_to_be_whole(void **state)
{
    (void)state;
    for (unsigned form = 0; form < FORMS; form++) {
        struct stack_params params = pair_params(STACK_NORMAL);
        struct buf tsdu;
        struct pair p;

        params.checkpoint_kib = 0;
        pair_init(&p, &params);
        pair_open(&p);
        buf_init(&tsdu, FOREIGN_MAX);
        put_foreign(form, pair_apdu(2 * 1000 * 1000), &tsdu);
        feed_tsdu(&p, SLICE_LIT("\x01\x00\x2d\x05\x29\x03\x02\x01\x01"), 100);
        feed_tsdu(&p, slice_sub(buf_view(&tsdu), 0, tsdu.len - 1), DT_MAX);
        assert_int_equal(p.b.last.type, STACK_EV_ABORTED);
        assert_non_null(strstr(p.b.last.u.abort.text, "presentation data"));
        buf_free(&tsdu);
        pair_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_checkpoints_all_is_one_tsdu),
        cmocka_unit_test(giving_up_within_one_tsdu_ends_the_association),
        cmocka_unit_test(bad_large_tsdus_end_the_association),
        cmocka_unit_test(large_data_may_have_any_form),
        cmocka_unit_test(large_data_has_to_be_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
