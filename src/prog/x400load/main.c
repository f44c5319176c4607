/* SPDX-License-Identifier: Apache-2.0 */
/* x400load: puts load on an X.400 MTA and takes what comes out. See x400load(1). */
#include "base/heap.h"
#include "prog/x400load/load.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_MISSED = 1 };

int main(int argc, char **argv)
{
    struct load_settings settings;
    struct load *load;
    int status = options_parse(argc, argv, &settings);

    if (status >= 0)
        return status;
    heap_keep();
    load = calloc(1, sizeof(*load));
    if (!load) {
        fputs("x400load: out of memory\n", stderr);
        return EXIT_MISSED;
    }
    load->settings = &settings;
    if (run(load)) {
        fprintf(stderr, "x400load: %s\n", load->failure);
        status = EXIT_MISSED;
    } else {
        result_print(load);
        status = run_succeeded(load) ? EXIT_SUCCESS : EXIT_MISSED;
    }
    ledger_free(&load->arrivals.messages);
    ledger_free(&load->arrivals.reports);
    free(load);
    return status;
}
