/* SPDX-License-Identifier: Apache-2.0 */
/* x400ctl: the administrator's command line. */
#include "prog/x400ctl/ctl.h"

#include <stdlib.h>

#include <curl/curl.h>

#define DEFAULT_SOCKET "/run/x400d/control"

int main(int argc, char **argv)
{
    static struct ctl ctl; /* its table of arguments is large */
    const char *socket = getenv("X400_SOCKET");
    int status;

    ctl.socket = socket && *socket ? socket : DEFAULT_SOCKET;
    if (!args_parse(&ctl, argc, argv))
        return EXIT_USAGE;
    if (!ctl.args.command) /* help or version was asked for, and given */
        return EXIT_DONE;
    curl_global_init(CURL_GLOBAL_NOTHING);
    ctl.curl = curl_easy_init();
    if (!ctl.curl)
        return complain(EXIT_TEMPORARY, "out of memory");
    status = ctl.args.command->run(&ctl);
    curl_easy_cleanup(ctl.curl);
    curl_global_cleanup();
    if (fflush(stdout) != 0 && status == EXIT_DONE)
        status = complain(EXIT_REFUSED, "writing to standard output failed");
    return status;
}
