/* SPDX-License-Identifier: Apache-2.0 */
/* The file of contents: who gets which block when, and who may still be reading it. */
#include "base/error.h"
#include "disk.h"
#include "store/contents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct ground {
    struct sim_disk *disk;
    struct sim_process *process;
    struct contents c;
    struct buf blocks; /* of what was adopted last */
};

static int setup(void **state)
{
    static struct ground g;
    struct store_params params = {.engine = NULL};

    g = (struct ground){.disk = sim_disk_new(1)};
    g.process = sim_process_new(g.disk);
    sim_process_params(g.process, &params);
    assert_int_equal(params.files->make_directory(params.files->ctx, "/store"), 0);
    assert_int_equal(params.files->sync_directory(params.files->ctx, "/"), 0);
    assert_int_equal(contents_open(&g.c, params.files, "/store", true), X4_OK);
    buf_init(&g.blocks, 1000);
    *state = &g;
    return 0;
}

static int teardown(void **state)
{
    struct ground *g = *state;

    buf_free(&g->blocks);
    contents_close(&g->c);
    sim_process_free(&g->process);
    sim_disk_free(&g->disk);
    return 0;
}

static void put(struct ground *g, int64_t object_id, uint32_t seq, char octet)
{
    static uint8_t chunk[LIMIT_CHUNK];

    memset(chunk, octet, sizeof(chunk));
    assert_int_equal(contents_put(&g->c, object_id, seq, slice_make(chunk, sizeof(chunk))), X4_OK);
}

static uint32_t block_of(struct ground *g, int64_t object_id, uint32_t seq)
{
    const struct reception *r = contents_reception(&g->c, object_id);

    assert_non_null(r);
    assert_true(seq < r->count && r->places[seq].len > 0);
    return r->places[seq].block;
}

static void adopt(struct ground *g, int64_t object_id)
{
    uint64_t len;

    buf_reset(&g->blocks);
    assert_int_equal(contents_adopt(&g->c, object_id, &g->blocks, &len), X4_OK);
    assert_int_equal(len, g->blocks.len / 4 * LIMIT_CHUNK);
}

static void chunks_of_one_content_lie_side_by_side(void **state)
{
    struct ground *g = *state;

    put(g, 1, 0, 'a');
    put(g, 1, 1, 'a');
    put(g, 2, 0, 'b');
    put(g, 1, 2, 'a');
    put(g, 2, 1, 'b');
    contents_commit(&g->c, 0);
    assert_int_equal(block_of(g, 1, 0), 0);
    assert_int_equal(block_of(g, 1, 1), 1);
    assert_int_equal(block_of(g, 2, 0), 2);
    assert_int_equal(block_of(g, 1, 2), 3);
    assert_int_equal(block_of(g, 2, 1), 4);
}

static void undone_is_as_before(void **state)
{
    struct ground *g = *state;
    uint8_t octet;

    put(g, 1, 0, 'a');
    contents_commit(&g->c, 0);
    put(g, 1, 0, 'b');
    put(g, 1, 1, 'b');
    assert_int_equal(block_of(g, 1, 0), 1);
    adopt(g, 1);
    assert_null(contents_reception(&g->c, 1));
    contents_rollback(&g->c);
    assert_int_equal(block_of(g, 1, 0), 0);
    assert_int_equal(contents_reception(&g->c, 1)->filled, 1);
    assert_int_equal(contents_read(&g->c, (struct place){0, 1}, 0, &octet, 1), X4_OK);
    assert_int_equal(octet, 'a');
    assert_int_equal(contents_drop(&g->c, 1), X4_OK);
    contents_rollback(&g->c);
    assert_int_equal(block_of(g, 1, 0), 0);
    put(g, 2, 0, 'c'); /* what the undone had taken is free */
    assert_int_equal(block_of(g, 2, 0), 1);
}

static void dropped_room_is_free_after_the_transaction(void **state)
{
    struct ground *g = *state;

    put(g, 1, 0, 'a');
    contents_commit(&g->c, 0);
    assert_int_equal(contents_drop(&g->c, 1), X4_OK);
    put(g, 2, 0, 'b');
    assert_int_equal(block_of(g, 2, 0), 1);
    contents_commit(&g->c, 0);
    put(g, 2, 1, 'b');
    put(g, 3, 0, 'c');
    assert_int_equal(block_of(g, 2, 1), 2);
    assert_int_equal(block_of(g, 3, 0), 0);
}

/* Puts a content of one block, and frees it in a transaction of its own. */
static uint32_t put_and_free(struct ground *g, int64_t object_id, uint64_t readings)
{
    uint32_t block;

    put(g, object_id, 0, 'x');
    block = block_of(g, object_id, 0);
    adopt(g, object_id);
    contents_commit(&g->c, readings);
    assert_int_equal(contents_free(&g->c, buf_view(&g->blocks)), X4_OK);
    contents_commit(&g->c, readings);
    return block;
}

static void block_rests_while_somebody_may_read_it(void **state)
{
    struct ground *g = *state;

    assert_int_equal(put_and_free(g, 1, 2), 0);
    assert_int_equal(put_and_free(g, 2, 3), 0); /* nobody was reading at the last commit */
    assert_int_equal(put_and_free(g, 3, 3), 1); /* the same reading goes on */
    assert_int_equal(put_and_free(g, 4, 3), 2);
    assert_int_equal(put_and_free(g, 5, 5), 3); /* another has begun: the first is over */
    assert_int_equal(put_and_free(g, 6, 5), 0);
    assert_int_equal(put_and_free(g, 7, 6), 1);
    assert_int_equal(put_and_free(g, 8, 6), 0);
}

static void incomplete_is_not_adopted(void **state)
{
    struct ground *g = *state;
    uint64_t len;

    put(g, 1, 1, 'a');
    assert_int_equal(contents_adopt(&g->c, 1, &g->blocks, &len), X4_EMISSING);
    assert_string_equal(g->c.text, "content is incomplete: object 1");
    contents_rollback(&g->c);
    assert_int_equal(contents_put(&g->c, 1, 0, SLICE_LIT("short")), X4_OK);
    put(g, 1, 1, 'a');
    assert_int_equal(contents_adopt(&g->c, 1, &g->blocks, &len), X4_EMISSING);
    contents_rollback(&g->c);
    assert_int_equal(contents_adopt(&g->c, 1, &g->blocks, &len), X4_OK);
    assert_int_equal(len, 0);
}

static void claimed_twice_is_told(void **state)
{
    struct ground *g = *state;

    assert_int_equal(contents_claim(&g->c, SLICE_LIT("\0\0\0\0\0\0\0\2")), X4_OK);
    put(g, 1, 0, 'a');
    assert_int_equal(block_of(g, 1, 0), 1);
    assert_int_equal(contents_claim(&g->c, SLICE_LIT("\0\0\0\1\0\0\0\3")), X4_EDUP);
    put(g, 2, 0, 'b');
    assert_int_equal(block_of(g, 2, 0), 4);
}

static void failures_have_words(void **state)
{
    struct ground *g = *state;

    sim_disk_set_capacity(g->disk, 4096);
    assert_int_equal(contents_put(&g->c, 1, 0, SLICE_LIT("x")), X4_OK);
    assert_int_equal(contents_put(&g->c, 1, 1, SLICE_LIT("x")), X4_EFULL);
    assert_string_equal(g->c.text, "/store/contents: No space left on device");
    sim_disk_fail(g->disk, SIM_DISK_SYNC, 1, 1);
    assert_int_equal(contents_sync(&g->c), X4_EIO);
    assert_string_equal(g->c.text, "/store/contents: Input/output error");
    contents_rollback(&g->c);
    assert_null(contents_reception(&g->c, 1));
}

static void much_is_due_before_its_object_comes(void **state)
{
    struct ground *g = *state;
    uint32_t seq = 0;

    while (!contents_are_due(&g->c) && seq < 1000)
        put(g, 1, seq++, 'a');
    assert_int_equal(seq, CONTENTS_UNSYNCED_MAX / LIMIT_CHUNK);
    assert_int_equal(contents_sync(&g->c), X4_OK);
    assert_false(contents_are_due(&g->c));
    assert_true(sim_disk_is_clean(g->disk));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(chunks_of_one_content_lie_side_by_side),
        CASE(undone_is_as_before),
        CASE(dropped_room_is_free_after_the_transaction),
        CASE(block_rests_while_somebody_may_read_it),
        CASE(incomplete_is_not_adopted),
        CASE(claimed_twice_is_told),
        CASE(failures_have_words),
        CASE(much_is_due_before_its_object_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
