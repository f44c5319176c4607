/* SPDX-License-Identifier: Apache-2.0 */
/* needs: dep_lib_io */
/* Address and prefix literals: what parses must print, and the print must parse to the same. */
#include "base/error.h"
#include "io/io.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128];
    char printed[IO_ADDR_TEXT];
    struct io_prefix prefix;
    struct io_addr addr;
    struct io_addr again;

    if (size >= sizeof(text))
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (io_prefix_parse(text, &prefix) == X4_OK && !io_prefix_holds(&prefix, &prefix.addr))
        abort();
    if (io_addr_parse(text, 102, &addr) != X4_OK)
        return 0;
    io_addr_print(&addr, false, printed);
    if (io_addr_parse(printed, 102, &again) != X4_OK || !io_addr_same_host(&addr, &again))
        abort();
    return 0;
}
