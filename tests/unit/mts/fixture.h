/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of mts/ and p1/ share: an arena and a buffer per test, real APDUs from the fuzz
 * corpus, and two MTAs. */
#pragma once

#include "ber_text.h"

#include "mts/envelope.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-22 17:00:00Z */
static const int64_t NOW = INT64_C(1795366800000);

struct fixture {
    struct arena arena;
    struct buf out;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    arena_init(&f->arena, 64 << 20);
    buf_init(&f->out, 16 << 20);
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->out);
    free(f);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline void assert_text(struct slice got, const char *wanted)
{
    assert_true(slice_present(got));
    assert_slice(got, slice_str(wanted));
}

/* A file of tests/fuzz/corpus/p1_message/ */
static inline struct slice corpus(struct arena *arena, const char *name)
{
    char path[512];
    uint8_t *octets = arena_alloc(arena, 65536);
    size_t len;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/p1_message/%s.ber", CORPUS_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(octets);
    len = fread(octets, 1, 65536, file);
    assert_int_equal(fclose(file), 0);
    assert_in_range(len, 1, 65535);
    return slice_make(octets, len);
}

/* All real APDUs there. */
static const char *const corpus_names[] = {
    "message",         "probe",          "report",
    "pp-84-message",   "pp-84-report",   "pp-84-two-recipients",
    "pp-88-message",   "pp-88-report",   "pp-88-two-recipients",
    "pp-x410-message", "pp-x410-report", "pp-x410-two-recipients",
    "pp-88-forwarded", "pp-88-probe",    "pp-88-probe-report",
    "isode-message",   "p772-message",
};

static inline struct mts_identity identity(const char *country, const char *prmd, const char *mta)
{
    return (struct mts_identity){.gdi = mts_gdi_make(country, "TESTADMD", prmd),
                                 .mta_name = slice_str(mta)};
}

static inline struct or_name *name(struct arena *arena, const char *text)
{
    struct or_name *n = arena_alloc(arena, sizeof(*n));

    assert_non_null(n);
    assert_int_equal(or_name_parse(slice_str(text), arena, n, NULL), X4_OK);
    return n;
}

/* The APDU in text form, decoded: asserts that it decodes. */
static inline struct mts_apdu *decoded(struct arena *arena, struct slice octets)
{
    struct mts_apdu *apdu = arena_alloc(arena, sizeof(*apdu));
    struct ber_error err;

    assert_non_null(apdu);
    if (mts_apdu_decode(octets, arena, apdu, &err) != X4_OK)
        fail_msg("%s.%s at %zu: %s", err.type, err.member, err.offset, x4_strerror(err.code));
    return apdu;
}
