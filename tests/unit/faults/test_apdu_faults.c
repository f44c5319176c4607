/* SPDX-License-Identifier: Apache-2.0 */
/* APDUs and addresses without memory: whichever allocation fails, the call says so, and nothing is
 * left behind. */
#include "base/error.h"
#include "base/limits.h"
#include "faults.h"
#include "mts/report.h"
#include "oraddr/attr.h"
#include "p1/p1_bind.h"
#include "p1/p1_in.h"
#include "p1/p1_out.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED_MAX = 64 * 1024, ALLOCATIONS_MAX = 100 * 1000 };

static const int64_t NOW = INT64_C(1795366800000);

/* What is done with the octets of a seed. out is empty. */
typedef int operation(struct slice octets, struct arena *arena, struct buf *out);

/* ---- operations on addresses ----------------------------------------------------------------- */

static int with_name(struct slice octets, struct arena *arena, struct buf *out,
                     int (*use)(const struct or_name *name, struct arena *arena, struct buf *out))
{
    struct or_name name;
    int error = ber_decode(&ber_type_or_name, octets, arena, &name, NULL, NULL);

    return error ? error : use(&name, arena, out);
}

static int use_texts(const struct or_name *name, struct arena *arena, struct buf *out)
{
    struct or_address again;
    int error = or_address_print(&name->address, OR_TEXT_A, out);

    if (error)
        return error;
    buf_reset(out);
    error = or_address_print(&name->address, OR_TEXT_B, out);
    return error ? error : or_address_parse(buf_view(out), arena, &again, NULL);
}

static int use_key(const struct or_name *name, struct arena *arena, struct buf *out)
{
    (void)arena;
    return or_address_key(&name->address, out);
}

static int use_attributes(const struct or_name *name, struct arena *arena, struct buf *out)
{
    struct or_attributes attributes;
    struct or_address built;
    int error = or_address_attributes(&name->address, arena, &attributes);

    if (!error)
        error = or_address_build(&attributes, arena, &built);
    return error ? error : ber_encode(&ber_type_or_address, &built, out, NULL);
}

static int name_texts(struct slice octets, struct arena *arena, struct buf *out)
{
    return with_name(octets, arena, out, use_texts);
}

static int name_key(struct slice octets, struct arena *arena, struct buf *out)
{
    return with_name(octets, arena, out, use_key);
}

static int name_attributes(struct slice octets, struct arena *arena, struct buf *out)
{
    return with_name(octets, arena, out, use_attributes);
}

/* Attributes as routing compares them. */
static int text_fold(struct slice octets, struct arena *arena, struct buf *out)
{
    struct or_address address;
    struct or_attributes attributes;
    struct slice type, text;
    int error = or_address_parse(octets, arena, &address, NULL);

    (void)out;
    if (!error)
        error = or_address_attributes(&address, arena, &attributes);
    for (size_t i = 0; !error && i < attributes.count; i++)
        error = or_item_fold(&attributes.items[i], arena, &type, &text);
    return error;
}

/* ---- operations on APDUs --------------------------------------------------------------------- */

static const struct mts_identity *own(void)
{
    static struct mts_identity identity;

    identity = (struct mts_identity){.gdi = mts_gdi_make("GB", "TESTADMD", "TESTPRMD"),
                                     .mta_name = SLICE_LIT("m1")};
    return &identity;
}

static int apdu_again(struct slice octets, struct arena *arena, struct buf *out)
{
    struct mts_apdu apdu;
    int error = mts_apdu_decode(octets, arena, &apdu, NULL);

    if (error)
        return error;
    apdu.raw = apdu.message.raw = apdu.message.envelope.raw = apdu.report.raw = SLICE_NONE;
    return ber_encode(&ber_type_mts_apdu, &apdu, out, NULL);
}

static int apdu_report(struct slice octets, struct arena *arena, struct buf *out)
{
    struct mts_outcome outcome = {.reason = MTS_UNABLE_TO_TRANSFER, .supplementary = "no"};
    struct mts_apdu apdu;
    struct mts_report_params p = {
        .own = own(),
        .identifier = {.gdi = own()->gdi, .local = SLICE_LIT("r")},
        .now_ms = NOW,
        .subject = &apdu,
        .subject_arrival_ms = NOW,
        .outcomes = &outcome,
        .outcome_count = 1,
    };
    int error = mts_apdu_decode(octets, arena, &apdu, NULL);

    if (error || !mts_apdu_envelope(&apdu))
        return error;
    return mts_report_build(&p, MTS_REPORT_AUDITED, arena, out);
}

static int relay(struct slice octets, bool to_1984, struct buf *out)
{
    static const uint32_t recipients[] = {0};
    const struct mts_passage passage = {
        .own = own(), .arrival_ms = NOW, .deferred_ms = MTS_NO_TIME};
    const struct p1_relay r = {
        .passage = &passage,
        .add_external = true,
        .add_internal = true,
        .internal = P1_INTERNAL_FLAGGED,
        .recipients = recipients,
        .recipient_count = 1,
        .drop_others = true,
        .strip_bilateral = true,
        .strip_deferred = true,
        .to_1984 = to_1984,
    };

    return p1_out_prefix(octets, 0, &r, out);
}

static int apdu_relay(struct slice octets, struct arena *arena, struct buf *out)
{
    (void)arena;
    return relay(octets, false, out);
}

static int apdu_relay_1984(struct slice octets, struct arena *arena, struct buf *out)
{
    (void)arena;
    return relay(octets, true, out);
}

static int apdu_split(struct slice octets, struct arena *arena, struct buf *out)
{
    struct p1_in_result result;
    struct p1_in in;
    int error;

    (void)arena;
    (void)out;
    p1_in_init(&in, NULL, NULL);
    p1_in_put(&in, octets);
    error = p1_in_finish(&in, &result);
    p1_in_free(&in);
    return error;
}

static int bind_again(struct slice octets, struct arena *arena, struct buf *out)
{
    struct p1_bind bind;
    int error = p1_bind_parse(octets, arena, &bind);

    return error ? error : p1_bind_build(&bind, out);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int perform(operation *op, struct slice octets)
{
    struct arena arena;
    struct buf out;
    int error;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&out, LIMIT_ENVELOPE);
    error = op(octets, &arena, &out);
    if (!error)
        error = out.error;
    buf_free(&out);
    arena_free(&arena);
    return error;
}

/* Each allocation of an operation fails in turn. What is refused without a fault may be refused as
 * it was. */
static void check_every_allocation(operation *op, struct slice octets, const char *seed)
{
    const int expected = perform(op, octets);

    for (unsigned n = 1;; n++) {
        int error;
        bool failed, wrong;

        assert_true(n < ALLOCATIONS_MAX);
        fault_at(n);
        error = perform(op, octets);
        failed = fault_happened();
        wrong = error != expected;
        if (failed && (wrong || !expected))
            wrong = error != X4_ENOMEM;
        if (wrong)
            print_error("%s: allocation %u: %s\n", seed, n, x4_strerror(error));
        assert_false(wrong);
        if (!failed)
            return;
    }
}

static void check_directory(const char *directory, operation *op)
{
    static uint8_t octets[SEED_MAX];
    char path[4096];
    const struct dirent *entry;
    unsigned seeds = 0;
    DIR *dir = opendir(directory);

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        FILE *file;
        size_t size;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        file = fopen(path, "rb");
        assert_non_null(file);
        size = fread(octets, 1, sizeof(octets), file);
        fclose(file);
        check_every_allocation(op, slice_make(octets, size), entry->d_name);
        seeds++;
    }
    closedir(dir);
    assert_true(seeds > 0);
}

static void check_seeds(const char *target, operation *op)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", CORPUS_DIR, target);
    check_directory(path, op);
    snprintf(path, sizeof(path), "%s/../found/%s", CORPUS_DIR, target);
    check_directory(path, op);
}

#define TEST(name, target)                                                                         \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        check_seeds(target, name);                                                                 \
    }

TEST(name_texts, "oraddr_ber")
TEST(name_key, "oraddr_ber")
TEST(name_attributes, "oraddr_ber")
TEST(text_fold, "oraddr_text")
TEST(apdu_again, "p1_message")
TEST(apdu_report, "p1_message")
TEST(apdu_relay, "p1_message")
TEST(apdu_relay_1984, "p1_message")
TEST(apdu_split, "p1_split")
TEST(bind_again, "bind")

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_texts),      cmocka_unit_test(test_name_key),
        cmocka_unit_test(test_name_attributes), cmocka_unit_test(test_text_fold),
        cmocka_unit_test(test_apdu_again),      cmocka_unit_test(test_apdu_report),
        cmocka_unit_test(test_apdu_relay),      cmocka_unit_test(test_apdu_relay_1984),
        cmocka_unit_test(test_apdu_split),      cmocka_unit_test(test_bind_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
