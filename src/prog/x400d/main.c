/* SPDX-License-Identifier: Apache-2.0 */
/* x400d: the daemon. Reads its node file, opens the store, puts the parts together, runs. */
#include "prog/x400d/daemon.h"

#include "base/error.h"
#include "base/heap.h"
#include "prog/x400d/confine.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 78 /* EX_CONFIG */ };

static const char usage[] =
    "usage: x400d -c FILE [-t]\n"
    "       x400d --help | --version\n"
    "\n"
    "The X.400 message transfer agent.\n"
    "\n"
    "  -c, --config FILE  node file, see x400d.conf(5)\n"
    "  -t, --test         check the node file and the site file it names, and exit\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n"
    "\n"
    "It stays in the foreground; SIGTERM ends it in order, SIGHUP opens log files again.\n"
    "Exit status: 0 in order, 1 it could not run, 2 usage, 78 the configuration is wrong.\n";

struct arguments {
    const char *config;
    bool test;
};

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"test", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:thV", options, NULL)) != -1) {
        switch (c) {
        case 'c': out->config = optarg; break;
        case 't': out->test = true; break;
        case 'h': fputs(usage, stdout); return EXIT_OK;
        case 'V': puts("x400d " X400D_VERSION); return EXIT_OK;
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    }
    if (!out->config || optind < argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct arguments args = {.config = NULL};
    struct daemon daemon;
    int status = parse(argc, argv, &args);
    int error;

    if (status >= 0)
        return status;
    if (X400D_VAULT)
        confine_passwords();
    heap_keep();
    error = daemon_load(&daemon, args.config);
    if (!error && args.test)
        error = daemon_test(&daemon);
    else if (!error)
        error = daemon_run(&daemon);
    daemon_unload(&daemon);
    if (error == X4_ECONFIG)
        return EXIT_CONFIG;
    return error ? EXIT_FAILED : EXIT_OK;
}
