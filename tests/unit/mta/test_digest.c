/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of an APDU: what it depends on, and what not. */
#include "mta/digest.h"

#include "base/buf.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LEN = 1000, HEAD = 100, STORED_TEXT = 2 * MTA_DIGEST };

struct apdu {
    const char *connector;
    uint8_t octets[LEN];
    size_t len;
    size_t head;
};

static struct apdu some_apdu(void)
{
    struct apdu a = {.connector = "cn=a", .len = LEN, .head = HEAD};

    for (size_t i = 0; i < LEN; i++)
        a.octets[i] = (uint8_t)(i * 7);
    return a;
}

static void digest(const struct apdu *a, size_t piece, uint8_t out[MTA_DIGEST])
{
    struct mta_digest *d = mta_digest_new();
    const struct slice all = slice_make(a->octets, a->len);

    assert_non_null(d);
    for (size_t at = 0; at < a->len; at += piece)
        mta_digest_put(d, slice_sub(all, at, piece));
    assert_int_equal(mta_digest_end(d, a->connector, slice_sub(all, 0, a->head), out), X4_OK);
    mta_digest_free(&d);
    assert_null(d);
}

static bool same(const struct apdu *a, const struct apdu *b)
{
    uint8_t of_a[MTA_DIGEST];
    uint8_t of_b[MTA_DIGEST];

    digest(a, LEN, of_a);
    digest(b, LEN, of_b);
    return memcmp(of_a, of_b, MTA_DIGEST) == 0;
}

static void pieces_make_no_difference(void **state)
{
    static const size_t pieces[] = {1, 2, 15, 16, 17, 100, 999, LEN};
    const struct apdu a = some_apdu();
    uint8_t whole[MTA_DIGEST];
    uint8_t out[MTA_DIGEST];

    (void)state;
    digest(&a, LEN, whole);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        digest(&a, pieces[i], out);
        assert_memory_equal(out, whole, MTA_DIGEST);
    }
}

static void every_octet_counts(void **state)
{
    const struct apdu a = some_apdu();

    (void)state;
    assert_true(same(&a, &a));
    for (size_t i = 0; i < LEN; i++) {
        struct apdu b = a;

        b.octets[i] ^= 0x80;
        assert_false(same(&a, &b));
    }
}

static void connector_and_length_count(void **state)
{
    const struct apdu a = some_apdu();
    struct apdu b = a;

    (void)state;
    b.connector = "cn=b";
    assert_false(same(&a, &b));
    b = a;
    b.octets[LEN - 1] = 0;
    assert_false(same(&a, &b));
    b.len = LEN - 1; /* a checksum alone could take what is missing for zeros */
    assert_false(same(&a, &b));
    b = a;
    b.len = b.head = 0;
    assert_false(same(&a, &b));
}

/* It is kept in the store, and has to mean the same to the next version. */
static void digest_is_what_it_was(void **state)
{
    const struct apdu a = some_apdu();
    uint8_t out[MTA_DIGEST];
    struct buf text;

    (void)state;
    digest(&a, LEN, out);
    buf_init(&text, STORED_TEXT + 1);
    buf_hex(&text, slice_make(out, MTA_DIGEST));
    assert_string_equal(buf_cstr(&text),
                        "1c0400bf780f1e452420af4d38d14b46d7a2b1a50706f880096dd9cac033eb71");
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(every_octet_counts),
        cmocka_unit_test(connector_and_length_count),
        cmocka_unit_test(digest_is_what_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
