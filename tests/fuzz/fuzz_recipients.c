/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_mta */
/* What the store has of an item's recipients and their past: what is read is written as octets that
 * read the same. */
#include "base/error.h"
#include "mta/internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 1024 * 1024 };

static void write_again(const struct mta_recipients *recipients, struct arena *arena)
{
    struct slice written = mta_recipients_write(arena, recipients);
    struct mta_recipients again;

    if (!slice_present(written))
        return; /* no memory left */
    if (mta_recipients_read(written, arena, &again) != X4_OK || again.count != recipients->count)
        abort();
    for (size_t i = 0; i < again.count; i++) {
        if (again.index[i] != recipients->index[i])
            abort();
    }
    if (!slice_eq(mta_recipients_write(arena, &again), written))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mta_recipients recipients;
    struct arena arena;

    arena_init(&arena, ARENA);
    if (mta_recipients_read(slice_make(size ? data : (const uint8_t *)"", size), &arena,
                            &recipients) == X4_OK)
        write_again(&recipients, &arena);
    arena_free(&arena);
    return 0;
}
