/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_x400dump dep_mutate */
/* slow: 4 */
/* Everything that x400dump reads: captures and BER files of any kind, as text and as JSON. */
#include "base/error.h"
#include "mts/envelope.h"
#include "mutate.h"
#include "prog/x400dump/dump.h"

enum { PORT = 102 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static void swallow(void *ctx, struct slice octets)
{
    *(size_t *)ctx += octets.len;
}

static void dump(struct slice file, const struct out_options *options)
{
    struct dump_params params = {.type = DUMP_AUTO, .ports = {PORT}, .port_count = 1};
    size_t written = 0;
    struct out out;

    out_init(&out, options, swallow, &written);
    out.file = "fuzz";
    dump_file(&params, file, &out);
    out_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct out_options text = {.hex = true, .content = true};
    static const struct out_options json = {.json = true, .show_secrets = true};
    struct slice file = slice_make(data ? data : (const uint8_t *)"", size);

    dump(file, &text);
    dump(file, &json);
    return 0;
}

/* Captures have no structure that a mutator of ours knows. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    const struct ber_type *const types[] = {&ber_type_mts_apdu, NULL};
    struct ber_tlv tlv;

    if (ber_single(slice_make(data, size), &tlv) != X4_OK)
        return LLVMFuzzerMutate(data, size, max);
    return mutate_ber(types[seed % 2], data, size, max, seed);
}
