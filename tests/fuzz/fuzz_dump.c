/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_x400dump */
/* Everything that x400dump reads: captures and BER files of any kind, as text and as JSON. */
#include "prog/x400dump/dump.h"

enum { PORT = 102 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
