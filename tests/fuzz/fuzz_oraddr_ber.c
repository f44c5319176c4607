/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_oraddr dep_mutate */
/* An O/R name from a peer: everything that looks at an address must take it. */
#include "mutate.h"
#include "oraddr/attr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { ARENA = 16 * 1024 * 1024, TEXT = 16 * 1024 * 1024 };

/* Rebuilt from its attributes an address may lose a language code or a second value of one
 * attribute, but it must be possible to build and encode it. */
static void rebuild(const struct or_address *a, struct arena *arena, struct buf *out)
{
    struct or_attributes attributes;
    struct or_address built;

    if (or_address_attributes(a, arena, &attributes))
        return;
    if (or_address_build(&attributes, arena, &built) == X4_OK &&
        ber_encode(&ber_type_or_address, &built, out, NULL) == X4_EMISSING)
        abort();
}

static void look_at(const struct or_address *a, struct arena *arena)
{
    struct buf out;

    buf_init(&out, TEXT);
    or_address_print(a, OR_TEXT_A, &out);
    or_address_print(a, OR_TEXT_B, &out);
    or_address_key(a, &out);
    or_address_form(a, &out);
    or_address_bounds(a, &out);
    or_domain_name_equal(&a->standard.private_domain_name, &a->standard.administration_domain_name);
    if (!out.error && !or_address_equal(a, a))
        abort();
    buf_reset(&out);
    rebuild(a, arena, &out);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_make(size ? data : (const uint8_t *)"", size);
    struct or_name name;
    struct arena arena;

    arena_init(&arena, ARENA);
    if (!ber_decode(&ber_type_or_name, in, &arena, &name, NULL, NULL))
        look_at(&name.address, &arena);
    arena_free(&arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_ber(&ber_type_or_name, data, size, max, seed);
}
