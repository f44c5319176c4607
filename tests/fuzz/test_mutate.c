/* SPDX-License-Identifier: Apache-2.0 */
/* What the mutators promise: nothing changes but what they change, much of it stays valid, and
 * whatever the tables know comes up. */
#include "base/error.h"
#include "mts/envelope.h"
#include "osi/session/spdu.h"
#include "osi/transport/tpdu.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 4000, OCTETS_MAX = 64 * 1024, ARENA_MAX = 64 * 1024 * 1024 };

static const char *corpus;

struct fixture {
    struct arena arena;
    uint8_t data[OCTETS_MAX], again[OCTETS_MAX];
    size_t size;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    arena_init(&f->arena, ARENA_MAX);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    arena_free(&f->arena);
    free(f);
    return 0;
}

static void load(struct fixture *f, const char *target, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s/%s", corpus, target, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    f->size = fread(f->data, 1, sizeof(f->data), file);
    fclose(file);
}

/* A BER seed, read as a tree and written again, is the same, whatever forms its lengths have. */
static void check_written_as_read(struct fixture *f)
{
    struct slice in = slice_make(f->data, f->size);
    struct node *root = tree_read(&f->arena, in, 0);
    struct buf out;

    buf_init(&out, OCTETS_MAX);
    if (root) {
        tree_annotate(root, &ber_type_mts_apdu, &f->arena);
        tree_write(root, &out);
        assert_true(slice_eq(buf_view(&out), in));
    }
    buf_free(&out);
}

static void test_tree_is_written_as_it_was_read(void **state)
{
    static const char *const targets[] = {"p1_message", "ipm"};
    char path[4096];

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        const struct dirent *entry;
        DIR *dir;

        snprintf(path, sizeof(path), "%s/%s", corpus, targets[i]);
        dir = opendir(path);
        assert_non_null(dir);
        while ((entry = readdir(dir)) != NULL) {
            if (entry->d_name[0] == '.')
                continue;
            load(*state, targets[i], entry->d_name);
            check_written_as_read(*state);
        }
        closedir(dir);
    }
}

static void test_same_seed_same_mutation(void **state)
{
    struct fixture *f = *state;

    for (uint32_t seed = 0; seed < 50; seed++) {
        size_t size = mutate_ber_new(&ber_type_mts_apdu, f->data, OCTETS_MAX, seed);

        assert_int_equal(mutate_ber_new(&ber_type_mts_apdu, f->again, OCTETS_MAX, seed), size);
        assert_memory_equal(f->data, f->again, size);
    }
}

struct tally {
    unsigned valid, beyond; /* decoded; of these, with a value out of bounds */
    bool kinds[3], extensions[64], criticality[3];
};

static void tally_extensions(struct tally *t, const struct ber_list *extensions)
{
    for (size_t i = 0; i < extensions->count; i++) {
        const struct mts_extension *ext = BER_ITEM(*extensions, struct mts_extension, i);
        int64_t number = mts_extension_id(ext).standard;

        if (number >= 0 && number < 64)
            t->extensions[number] = true;
        for (unsigned bit = 0; bit < 3; bit++)
            t->criticality[bit] |= ber_bit(&ext->criticality, bit);
    }
}

static void tally_apdu(struct tally *t, struct fixture *f)
{
    const struct mts_envelope *env;
    struct ber_error bounds;
    struct mts_apdu apdu;

    arena_reset(&f->arena);
    if (ber_decode(&ber_type_mts_apdu, slice_make(f->data, f->size), &f->arena, &apdu, NULL,
                   &bounds) != X4_OK)
        return;
    t->valid++;
    t->beyond += bounds.code == X4_EBOUNDS;
    t->kinds[mts_apdu_kind(&apdu)] = true;
    env = mts_apdu_envelope(&apdu);
    if (env)
        tally_extensions(t, &env->extensions);
}

static void test_new_apdus_have_everything(void **state)
{
    struct fixture *f = *state;
    struct tally t = {.valid = 0};

    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        f->size = mutate_ber_new(&ber_type_mts_apdu, f->data, OCTETS_MAX, seed);
        tally_apdu(&t, f);
    }
    assert_true(t.valid > ROUNDS / 2);
    assert_true(t.beyond > ROUNDS / 20);
    assert_true(t.beyond < t.valid / 2);
    assert_true(t.kinds[0] && t.kinds[1] && t.kinds[2]);
    assert_true(t.criticality[0] && t.criticality[1] && t.criticality[2]);
    for (int number = 1; number <= MTS_EXT_CERTIFICATE_SELECTORS_OVERRIDE; number++)
        assert_true(t.extensions[number]);
}

static void test_mutated_apdus_are_often_valid(void **state)
{
    struct fixture *f = *state;
    struct tally t = {.valid = 0};
    unsigned changed = 0;

    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        load(f, "p1_message", "message.ber");
        memcpy(f->again, f->data, f->size);
        f->size = mutate_ber(&ber_type_mts_apdu, f->data, f->size, OCTETS_MAX, seed);
        changed += memcmp(f->again, f->data, f->size) != 0;
        tally_apdu(&t, f);
    }
    assert_true(changed > ROUNDS / 2);
    assert_true(t.valid > ROUNDS / 3);
    assert_true(t.valid < ROUNDS); /* and often not */
}

static void test_tsdus_have_every_spdu(void **state)
{
    struct fixture *f = *state;
    bool seen[SPDU_TYPES] = {false};
    unsigned valid = 0;

    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        struct spdu_tsdu tsdu;

        f->size = mutate_tsdu(f->data, 0, OCTETS_MAX, seed);
        if (spdu_parse(slice_make(f->data, f->size), &tsdu) != X4_OK)
            continue;
        valid++;
        seen[tsdu.spdu[tsdu.count - 1].type] = true;
    }
    assert_true(valid > ROUNDS / 4 && valid < ROUNDS);
    for (unsigned type = 0; type < SPDU_TYPES; type++)
        assert_true(seen[type] || type == SPDU_ER || type == SPDU_GT || type == SPDU_PT);
}

/* A stream made from nothing has TPDUs of every kind that class 0 has, and often whole. */
static void test_streams_have_every_tpdu(void **state)
{
    struct fixture *f = *state;
    bool seen[256] = {false};
    unsigned valid = 0;

    f->size = 0;
    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        struct tpdu_fault fault;
        struct tpdu tpdu;
        size_t len;

        f->size = mutate_tpkts(f->data, seed % 8 ? f->size : 0, 2000, seed);
        if (tpkt_length(slice_make(f->data, f->size), &len) != X4_OK || len > f->size)
            continue;
        if (tpdu_parse(slice_make(f->data + TPKT_HEADER, len - TPKT_HEADER), &tpdu, &fault) !=
            X4_OK)
            continue;
        valid++;
        seen[tpdu.code & 0xff] = true;
    }
    assert_true(valid > ROUNDS / 8 && valid < ROUNDS);
    assert_true(seen[TPDU_CR] && seen[TPDU_CC] && seen[TPDU_DR] && seen[TPDU_DT] && seen[TPDU_ER]);
}

static void test_scripts_stay_scripts(void **state)
{

    static const struct mutate_record records[] = {
        {.form = RECORD_OCTETS}, {.form = RECORD_TSDU}, {.form = RECORD_BER, .skip = 1}};
    static const struct mutate_script script = {.head = 2, .kinds = 3, .records = records};

    struct fixture *f = *state;

    f->size = 2;
    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        struct slice left, rest;
        unsigned kind;

        f->size = mutate_script(&script, f->data, f->size, 1000, seed);
        assert_true(f->size >= 2 && f->size <= 1000);
        left = slice_from(slice_make(f->data, f->size), 2);
        while (left.len) {
            assert_true(left.len >= 3);
            assert_true(mutate_next_record(&left, &kind, &rest));
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tree_is_written_as_it_was_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_seed_same_mutation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_apdus_have_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mutated_apdus_are_often_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsdus_have_every_spdu, setup, teardown),
        cmocka_unit_test_setup_teardown(test_streams_have_every_tpdu, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scripts_stay_scripts, setup, teardown),
    };

    corpus = argc > 1 ? argv[1] : "corpus";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
