/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_oraddr dep_lib_route */
/* words: src/oraddr/attr.c src/oraddr/parse.c */
/* Text to address and back: what we print we must be able to read, as the same address. The same
 * octets as an address space must give a routing table that can be asked. */
#include "oraddr/oraddr.h"
#include "route/route.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 16 * 1024 * 1024, TEXT = 1024 * 1024 };

static void print_and_read(const struct or_address *a, enum or_text_form form, struct arena *arena)
{
    struct or_address again;
    struct buf text;
    struct buf why;

    buf_init(&text, TEXT);
    buf_init(&why, TEXT);
    if (or_address_print(a, form, &text))
        abort();
    /* quoting makes a text longer, maybe longer than what is accepted */
    switch (or_address_parse(buf_view(&text), arena, &again, &why)) {
    case X4_OK:
        if (!or_address_equal(a, &again))
            abort();
        break;
    case X4_ELIMIT: break;
    default: abort();
    }
    buf_free(&text);
    buf_free(&why);
}

static void encode_and_check(const struct or_address *a, struct arena *arena)
{
    struct or_address decoded;
    struct buf ber;
    struct buf why;

    buf_init(&ber, TEXT);
    buf_init(&why, TEXT);
    if (ber_encode(&ber_type_or_address, a, &ber, NULL) ||
        ber_decode(&ber_type_or_address, buf_view(&ber), arena, &decoded, NULL, NULL) ||
        !or_address_equal(a, &decoded))
        abort();
    or_address_form(a, &why);
    or_address_bounds(a, &why);
    buf_free(&ber);
    buf_free(&why);
}

static void route(struct slice space, const struct or_address *a, struct arena *arena)
{
    struct route_candidates found;
    struct route_explanation explained;
    struct route_table *t;

    if (route_table_new(&t))
        return;
    if (!route_table_add(t, space, 1, 1, NULL) && !route_table_seal(t)) {
        if (route_lookup(t, a, arena, &found) || route_explain(t, a, arena, &explained))
            abort();
        if (found.count != explained.candidates)
            abort();
    }
    route_table_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make(size ? data : (const uint8_t *)"", size);
    struct or_address a;
    struct arena arena;

    arena_init(&arena, ARENA);
    if (!or_address_parse(text, &arena, &a, NULL)) {
        print_and_read(&a, OR_TEXT_A, &arena);
        print_and_read(&a, OR_TEXT_B, &arena);
        encode_and_check(&a, &arena);
    }
    route(text, &a, &arena);
    arena_free(&arena);
    return 0;
}
