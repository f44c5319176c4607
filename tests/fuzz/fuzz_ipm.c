/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_ipm dep_mutate */
/* slow: 2 */
/* Contents (P2, P22): read, shown, dumped and taken apart. */
#include "ipm/ipm.h"
#include "ipm/types.h"
#include "mutate.h"

#include <stdlib.h>

enum { ARENA_MAX = 16 * 1024 * 1024, TEXT_MAX = 16 * 1024 * 1024, PARTS_TRIED = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice content = slice_make(data ? data : (const uint8_t *)"", size);
    struct arena arena;
    struct buf text;
    const char *name;
    struct slice octets;

    arena_init(&arena, ARENA_MAX);
    buf_init(&text, TEXT_MAX);
    ipm_show(content, IPM_SHOW_ALL, &text);
    buf_reset(&text);
    ipm_dump(content, 0, &text);
    for (size_t i = 0; i < PARTS_TRIED; i++) {
        if (ipm_extract(content, i, &arena, &name, &octets))
            break;
        /* a name is never a path */
        if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') || !slice_present(octets))
            abort();
        arena_reset(&arena);
    }
    buf_free(&text);
    arena_free(&arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_ber(&ipm_type_information_object, data, size, max, seed);
}
