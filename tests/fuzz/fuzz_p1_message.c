/* SPDX-License-Identifier: Apache-2.0 */
/* MTS-APDUs: any octets decode or are refused; what decodes encodes to the same octets, and
 * everything that an MTA does with it ends in octets that decode again. */
/* needs: dep_lib_p1 dep_mutate */
/* slow: 2 */
#include "base/error.h"
#include "base/limits.h"
#include "mts/report.h"
#include "mutate.h"
#include "p1/p1_out.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static const int64_t NOW = INT64_C(1795366800000);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void must_decode(struct slice octets, struct arena *arena)
{
    struct mts_apdu apdu;

    check(mts_apdu_decode(octets, arena, &apdu, NULL) == X4_OK);
}

static void report_on(const struct mts_apdu *subject, const struct mts_identity *own,
                      struct arena *arena, struct buf *out)
{
    struct mts_outcome outcomes[] = {
        {.recipient = 0, .delivered = true, .delivery_ms = NOW},
        {.recipient = 1, .reason = MTS_UNABLE_TO_TRANSFER, .supplementary = "no"},
    };
    struct mts_report_params p = {
        .own = own,
        .identifier = {.gdi = own->gdi, .local = SLICE_LIT("r")},
        .now_ms = NOW,
        .subject = subject,
        .subject_arrival_ms = NOW,
        .outcomes = outcomes,
        .outcome_count = 2,
    };

    for (int class = MTS_REPORT_PLAIN; class <= MTS_REPORT_AUDITED; class ++) {
        buf_reset(out);
        if (mts_report_build(&p, (enum mts_report_class) class, arena, out) == X4_OK)
            must_decode(buf_view(out), arena);
    }
}

static void relay(struct slice stored, const struct mts_identity *own, struct arena *arena,
                  struct buf *out)
{
    static const uint32_t recipients[] = {0};
    struct mts_passage passage = {
        .own = own, .arrival_ms = NOW, .deferred_ms = NOW, .actions = MTS_REDIRECTED};

    for (unsigned flags = 0; flags < 16; flags++) {
        struct p1_relay r = {
            .passage = &passage,
            .add_external = flags & 1,
            .add_internal = flags & 2,
            .internal = (enum p1_internal_trace)(flags % 3),
            .recipients = recipients,
            .recipient_count = 1,
            .drop_others = flags & 4,
            .strip_bilateral = flags & 2,
            .strip_deferred = flags & 1,
            .to_1984 = flags & 8,
        };

        buf_reset(out);
        if (p1_out_prefix(stored, 0, &r, out) == X4_OK && !r.to_1984)
            must_decode(buf_view(out), arena);
    }
}

static void examine(const struct mts_envelope *env, const struct mts_identity *own,
                    struct arena *arena, struct buf *out)
{
    struct ber_list internal = mts_internal_trace(&env->extensions, arena, NULL);

    (void)mts_loop_check(own, &env->trace, &internal, true, NULL);
    (void)mts_loop_check(own, &env->trace, &internal, false, NULL);
    (void)mts_expires(env, NOW, NULL);
    (void)mts_deferred_until(env, NOW);
    (void)p1_downgrade_check(env, 0, out);
    mts_identifier_print(&env->identifier, out);
    mts_content_type_print(&env->content_type, out);
    for (size_t i = 0; i < env->extensions.count; i++)
        mts_extension_print_id(BER_ITEM(env->extensions, struct mts_extension, i), out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mts_identity own = {.gdi = mts_gdi_make("GB", "TESTADMD", "TESTPRMD"),
                               .mta_name = SLICE_LIT("m1")};
    struct slice in = slice_make(data, size);
    struct mts_apdu apdu;
    struct arena arena;
    struct buf out;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&out, LIMIT_ENVELOPE);
    if (mts_apdu_decode(in, &arena, &apdu, NULL) == X4_OK) {
        check(ber_encode(&ber_type_mts_apdu, &apdu, &out, NULL) == X4_OK);
        check(slice_eq(buf_view(&out), in));
        if (mts_apdu_envelope(&apdu))
            examine(mts_apdu_envelope(&apdu), &own, &arena, &out);
        report_on(&apdu, &own, &arena, &out);
        relay(in, &own, &arena, &out);
    } else if (mts_salvage(in, &arena, &apdu) == MTS_SALVAGED_ENOUGH) {
        report_on(&apdu, &own, &arena, &out);
    }
    buf_free(&out);
    arena_free(&arena);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return mutate_ber(&ber_type_mts_apdu, data, size, max, seed);
}
