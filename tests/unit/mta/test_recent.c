/* SPDX-License-Identifier: Apache-2.0 */
/* What has passed in this second is known again, and nothing older. */
#include "mta/recent.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

enum { NOW = 1000000 };

static const uint8_t one[MTA_DIGEST] = {1};
static const uint8_t two[MTA_DIGEST] = {2};

/* Four of them begin alike, so that they are looked for at the same place. */
static int note(struct mta_recent *r, int64_t second, uint32_t number, const uint8_t *apdu)
{
    const uint64_t place = number / 4 * UINT64_C(0x9e3779b97f4a7c15);
    uint8_t passage[MTA_DIGEST] = {0};

    memcpy(passage, &place, sizeof(place));
    memcpy(passage + MTA_DIGEST - sizeof(number), &number, sizeof(number));
    return mta_recent_note(r, second, passage, apdu);
}

static void test_known_again(void **state)
{
    enum { MANY = 3000 };
    struct mta_recent r = {.room = 0};

    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(note(&r, NOW, i, one), X4_OK);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(note(&r, NOW, i, two), X4_EEXIST);
        assert_int_equal(note(&r, NOW, i, one), X4_OK); /* the same APDU, over two associations */
    }
    mta_recent_free(&r);
}

static void test_another_second(void **state)
{
    struct mta_recent r = {.room = 0};

    (void)state;
    assert_int_equal(note(&r, NOW, 1, one), X4_OK);
    assert_int_equal(note(&r, NOW + 1, 1, two), X4_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(note(&r, NOW, 1, one), X4_OK); /* the clock was set back */
    mta_recent_free(&r);
}

static void test_forgotten(void **state)
{
    struct mta_recent r = {.room = 0};

    (void)state;
    mta_recent_forget(&r, one);
    assert_int_equal(note(&r, NOW, 1, one), X4_OK);
    assert_int_equal(note(&r, NOW, 2, two), X4_OK);
    mta_recent_forget(&r, one);
    assert_int_equal(note(&r, NOW, 1, two), X4_OK);
    assert_int_equal(note(&r, NOW, 1, one), X4_EEXIST);
    assert_int_equal(note(&r, NOW, 2, one), X4_EEXIST);
    mta_recent_free(&r);
}

static void test_no_more_than_that(void **state)
{
    struct mta_recent r = {.room = 0};

    (void)state;
    for (uint32_t i = 0; i < LIMIT_RECENT + 100; i++)
        assert_int_equal(note(&r, NOW, i, one), X4_OK);
    assert_int_equal(r.count, LIMIT_RECENT);
    assert_int_equal(note(&r, NOW, 7, two), X4_EEXIST);
    mta_recent_free(&r);
    assert_int_equal(r.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_again),
        cmocka_unit_test(test_another_second),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_no_more_than_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
