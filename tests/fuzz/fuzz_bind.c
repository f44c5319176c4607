/* SPDX-License-Identifier: Apache-2.0 */
/* MTABindArgument: what is read and is of a kind that we make can be made again and reads the same.
 */
/* needs: dep_lib_p1 dep_mutate */
#include "base/error.h"
#include "mutate.h"
#include "p1/p1_bind.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static void make_again(const struct p1_bind *bind, struct arena *arena)
{
    struct p1_bind again;
    struct buf out;

    buf_init(&out, 1024);
    if (p1_bind_build(bind, &out) == X4_OK) {
        if (p1_bind_parse(buf_view(&out), arena, &again) != X4_OK ||
            again.credentials != bind->credentials ||
            !p1_name_equal(again.mta_name, bind->mta_name, true) ||
            !p1_password_equal(again.password, bind->password))
            abort();
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct p1_bind bind;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    if (p1_bind_parse(slice_make(data, size), &arena, &bind) == X4_OK)
        make_again(&bind, &arena);
    arena_free(&arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_ber(&ber_type_mta_bind, data, size, max, seed);
}
