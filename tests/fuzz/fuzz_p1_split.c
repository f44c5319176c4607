/* SPDX-License-Identifier: Apache-2.0 */
/* The splitter: pieces of any size give what the whole gives; a stored form is the APDU without its
 * content; after an error nothing of the input is lost but segment headers. */
/* needs: dep_lib_p1 dep_mutate */
#include "base/error.h"
#include "mts/envelope.h"
#include "mutate.h"
#include "p1/p1_in.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

struct outcome {
    struct p1_in in;
    struct p1_in_result result;
    struct buf content;
    int error;
};

static void collect(void *ctx, struct slice octets)
{
    buf_slice(ctx, octets);
}

static void run(struct outcome *o, struct slice octets, size_t piece)
{
    buf_init(&o->content, octets.len);
    p1_in_init(&o->in, collect, &o->content);
    for (size_t i = 0; i < octets.len; i += piece)
        p1_in_put(&o->in, slice_sub(octets, i, piece));
    o->error = p1_in_finish(&o->in, &o->result);
}

static void done(struct outcome *o)
{
    p1_in_free(&o->in);
    buf_free(&o->content);
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    check(a->error == b->error);
    check(a->result.error_at == b->result.error_at);
    check(a->result.content_len == b->result.content_len);
    check(slice_eq(buf_view(&a->content), buf_view(&b->content)));
    check(slice_eq(p1_in_head(&a->in), p1_in_head(&b->in)));
    if (!a->error)
        check(slice_eq(a->result.stored, b->result.stored));
}

/* Contents were counted, and the stored form is one TLV if its parts are. */
static void check_stored(const struct outcome *o)
{
    struct ber_header h;

    check(o->result.content_len == o->content.len);
    check(ber_header(o->result.stored, &h) == X4_OK);
    check(h.tag == BER_CONTEXT((unsigned)o->result.kind) && h.constructed && !h.indefinite);
    check(h.header_len + h.len == o->result.stored.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice octets = slice_make(data, size);
    struct outcome whole, pieces;

    run(&whole, octets, size ? size : 1);
    for (size_t piece = 1; piece <= 7; piece += 3) {
        run(&pieces, octets, piece);
        check_same(&whole, &pieces);
        done(&pieces);
    }
    if (!whole.error)
        check_stored(&whole);
    check(p1_in_head(&whole.in).len + whole.content.len <= size);
    done(&whole);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_ber(&ber_type_mts_apdu, data, size, max, seed);
}
