/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of oraddr/ share. */
#pragma once

#include "oraddr/attr.h"
#include "oraddr/oraddr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
    struct arena arena;
    struct buf out;
    struct buf why;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    arena_init(&f->arena, 64 << 20);
    buf_init(&f->out, 1 << 20);
    buf_init(&f->why, 1 << 20);
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    buf_free(&f->out);
    buf_free(&f->why);
    free(f);
    return 0;
}

static inline struct or_address parse(struct fixture *f, const char *text)
{
    struct or_address a;
    int error;

    buf_reset(&f->why);
    error = or_address_parse(slice_str(text), &f->arena, &a, &f->why);
    if (error)
        fail_msg("%s: %s: %s", text, x4_strerror(error), buf_cstr(&f->why));
    return a;
}

static inline const char *print(struct fixture *f, const struct or_address *a,
                                enum or_text_form form)
{
    buf_reset(&f->out);
    assert_int_equal(or_address_print(a, form, &f->out), X4_OK);
    return arena_str(&f->arena, buf_view(&f->out));
}

/* Octets from hexadecimal digits; blanks are skipped. */
static inline struct slice hex(struct fixture *f, const char *digits)
{
    uint8_t *to = arena_alloc(&f->arena, strlen(digits));
    size_t len = 0;
    unsigned value;

    assert_non_null(to);
    for (const char *p = digits; *p;) {
        if (*p == ' ') {
            p++;
            continue;
        }
        assert_int_equal(sscanf(p, "%2x", &value), 1);
        to[len++] = (uint8_t)value;
        p += 2;
    }
    return slice_make(to, len);
}

static inline struct or_address decode(struct fixture *f, struct slice in)
{
    struct or_address a;
    struct ber_error err;
    int error = ber_decode(&ber_type_or_address, in, &f->arena, &a, &err, NULL);

    if (error)
        fail_msg("%s at %zu (%s %s)", x4_strerror(error), err.offset, err.type, err.member);
    return a;
}

static inline struct slice encode(struct fixture *f, const struct or_address *a)
{
    struct ber_error err;

    buf_reset(&f->out);
    assert_int_equal(ber_encode(&ber_type_or_address, a, &f->out, &err), X4_OK);
    return arena_dup(&f->arena, buf_view(&f->out));
}

static inline void assert_octets(struct slice is, struct slice expected)
{
    assert_int_equal(is.len, expected.len);
    assert_memory_equal(is.p, expected.p, expected.len);
}
