/* SPDX-License-Identifier: Apache-2.0 */
#include "lists.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

struct or_name bench_name(struct bench *b, const char *text)
{
    struct or_name name;

    assert_int_equal(or_name_parse(slice_str(text), &b->arena, &name, NULL), X4_OK);
    return name;
}

struct slice bench_encoded(struct bench *b, const struct ber_type *type, const void *value)
{
    struct slice octets;
    struct buf out;

    buf_init(&out, LIMIT_ENVELOPE);
    assert_int_equal(ber_encode(type, value, &out, NULL), X4_OK);
    octets = arena_dup(&b->arena, buf_view(&out));
    buf_free(&out);
    assert_true(slice_present(octets));
    return octets;
}

struct ber_list bench_extended(struct bench *b, const struct ber_list *list, int number,
                               struct slice value)
{
    struct mts_extension *items = arena_array(&b->arena, list->count + 1, sizeof(*items));
    struct buf out;

    buf_init(&out, LIMIT_ENVELOPE);
    mts_put_extension(&out, number, value);
    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count] = (struct mts_extension){.raw = arena_dup(&b->arena, buf_view(&out))};
    buf_free(&out);
    return (struct ber_list){.items = items, .count = list->count + 1};
}

struct slice bench_expanded_by(struct bench *b, struct slice apdu, const char *list, char minute)
{
    struct mts_apdu *decoded = bench_decode(b, apdu);
    struct mts_envelope *env = &decoded->message.envelope;
    char time[] = "261118110?41Z";
    struct mts_dl_expansion expansion = {.name = bench_name(b, list), .time = slice_str(time)};
    const struct ber_list history = {.items = &expansion, .count = 1};

    time[9] = minute;
    env->extensions = bench_extended(b, &env->extensions, MTS_EXT_DL_EXPANSION_HISTORY,
                                     bench_encoded(b, &ber_type_dl_expansion_history, &history));
    env->raw = decoded->message.raw = decoded->raw = SLICE_NONE;
    return bench_encoded(b, &ber_type_mts_apdu, decoded);
}
