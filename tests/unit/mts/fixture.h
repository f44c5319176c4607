/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of mts/ and p1/ share: an arena and a buffer per test, real APDUs from the fuzz
 * corpus, and two MTAs. */
#pragma once

#include "base/error.h"
#include "mts/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

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

static inline void append_hex(struct buf *out, const char **text)
{
    unsigned octet;

    assert_int_equal(sscanf(*text, "%2x", &octet), 1);
    buf_u8(out, octet);
    *text += 2;
}

/* Octets up to the end of text or a '}', which is taken: see ber_text(). */
static inline void append_text(struct buf *out, const char **text)
{
    while (**text && **text != '}') {
        if (**text == '{') {
            struct buf inner;
            struct buf header;

            ++*text;
            buf_init(&inner, 1 << 20);
            buf_init(&header, 32);
            append_text(&inner, text);
            ber_put_header(&header, 1, false, inner.len); /* one octet of tag, then the length */
            buf_slice(out, slice_from(buf_view(&header), 1));
            buf_slice(out, buf_view(&inner));
            buf_free(&header);
            buf_free(&inner);
        } else if (**text == '\'') {
            for (++*text; **text != '\''; ++*text)
                buf_u8(out, (uint8_t) * *text);
            ++*text;
        } else if (**text == ' ') {
            ++*text;
        } else {
            append_hex(out, text);
        }
    }
    if (**text)
        ++*text;
}

/* Octets from text: hexadecimal digits, 'text', and {...} for a length and what it is the length
 * of: "61{ 13{'GB'} }" is 61 04 13 02 47 42. In the arena. */
static inline struct slice ber_text(struct arena *arena, const char *text)
{
    struct slice result;
    struct buf out;

    buf_init(&out, 1 << 20);
    append_text(&out, &text);
    assert_int_equal(out.error, X4_OK);
    assert_int_equal(*text, '\0');
    result = arena_dup(arena, buf_view(&out));
    buf_free(&out);
    assert_true(slice_present(result));
    return result;
}

static inline void assert_slice(struct slice got, struct slice wanted)
{
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.p, wanted.p, wanted.len);
}

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
