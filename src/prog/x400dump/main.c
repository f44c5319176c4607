/* SPDX-License-Identifier: Apache-2.0 */
/* x400dump: says what is in BER files and captures of X.400. See x400dump(1). */
#include "prog/x400dump/dump.h"

#include "base/error.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_FINE = 0,
    EXIT_BROKEN = 1, /* decoded as far as possible, but something in it is wrong */
    EXIT_USAGE = 2,
    EXIT_FAILED = 3, /* a file cannot be read, or is nothing that we know */
    PORT_DEFAULT = 102,
    PORT_MAX = 65535,
    READ_PIECE = 1024 * 1024,
};

#define FILE_MAX ((size_t)2 * 1024 * 1024 * 1024)

static const char usage_text[] =
    "usage: x400dump [options] file ...   (\"-\" is the standard input)\n"
    "\n"
    "Decodes captures (pcap, pcapng) and BER files of X.400: associations, MTS-APDUs, contents.\n"
    "\n"
    "  -p, --port N        an X.400 listener's port, may be given several times (default 102);\n"
    "                      connections to other ports are recognised by how they begin\n"
    "  -t, --type TYPE     auto (default), capture, apdu, content, bind or tree\n"
    "  -j, --json          one JSON object per line and PDU\n"
    "  -c, --content       also show interpersonal contents as people read them\n"
    "  -x, --hex           also show the octets\n"
    "  -s, --summary       only one record per association, and what is wrong\n"
    "      --show-secrets  do not hide passwords\n"
    "  -h, --help          this text\n"
    "      --version       the version\n"
    "\n"
    "exit status: 0 all decoded, 1 something is malformed or missing, 2 wrong usage,\n"
    "3 a file cannot be read or is of no known kind\n";

enum { OPTION_SECRETS = 256, OPTION_VERSION };

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},
    {"type", required_argument, NULL, 't'},
    {"json", no_argument, NULL, 'j'},
    {"content", no_argument, NULL, 'c'},
    {"hex", no_argument, NULL, 'x'},
    {"summary", no_argument, NULL, 's'},
    {"show-secrets", no_argument, NULL, OPTION_SECRETS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct settings {
    struct dump_params params;
    struct out_options options;
};

static bool set_port(struct settings *s, const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);

    if (*text == '\0' || *end != '\0' || port < 1 || port > PORT_MAX ||
        s->params.port_count == DUMP_PORTS_MAX) {
        fprintf(stderr, "x400dump: port \"%s\": a number from 1 to %d, at most %d times\n", text,
                PORT_MAX, DUMP_PORTS_MAX);
        return false;
    }
    s->params.ports[s->params.port_count++] = (uint16_t)port;
    return true;
}

static bool set_type(struct settings *s, const char *text)
{
    static const char *const names[] = {"auto", "capture", "apdu", "content", "bind", "tree"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            s->params.type = (enum dump_type)i;
            return true;
        }
    }
    fprintf(stderr, "x400dump: type \"%s\": one of auto, capture, apdu, content, bind, tree\n",
            text);
    return false;
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct settings *s)
{
    int option;

    while ((option = getopt_long(argc, argv, "p:t:jcxsh", long_options, NULL)) != -1) {
        switch (option) {
        case 'p':
            if (!set_port(s, optarg))
                return EXIT_USAGE;
            break;
        case 't':
            if (!set_type(s, optarg))
                return EXIT_USAGE;
            break;
        case 'j': s->options.json = true; break;
        case 'c': s->options.content = true; break;
        case 'x': s->options.hex = true; break;
        case 's': s->options.summary = true; break;
        case OPTION_SECRETS: s->options.show_secrets = true; break;
        case 'h': fputs(usage_text, stdout); return EXIT_FINE;
        case OPTION_VERSION: puts("x400dump " X400D_VERSION); return EXIT_FINE;
        default: fputs("x400dump: try --help\n", stderr); return EXIT_USAGE;
        }
    }
    if (optind >= argc) {
        fputs("x400dump: no file given; try --help\n", stderr);
        return EXIT_USAGE;
    }
    if (s->params.port_count == 0)
        s->params.ports[s->params.port_count++] = PORT_DEFAULT;
    return -1;
}

/* False with errno, or with to->error when the file is too big. */
static bool read_all(FILE *f, struct buf *to)
{
    while (!feof(f) && !ferror(f)) {
        size_t before = to->len, got;
        uint8_t *p = buf_grow(to, READ_PIECE);

        if (!p)
            return false;
        got = fread(p, 1, READ_PIECE, f);
        to->len = before + got;
    }
    return !ferror(f);
}

static bool read_file(const char *name, struct buf *to)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *f = standard ? stdin : fopen(name, "rb");
    bool fine = f && read_all(f, to);

    if (!fine)
        fprintf(stderr, "x400dump: %s: %s\n", name,
                to->error ? "the file is too big" : strerror(errno));
    if (f && !standard)
        fclose(f);
    return fine;
}

static void write_out(void *ctx, struct slice octets)
{
    fwrite(octets.p, 1, octets.len, ctx);
}

static int dump_one(const struct settings *s, const char *name, bool several)
{
    struct out out;
    struct buf file;
    int status = EXIT_FAILED;

    buf_init(&file, FILE_MAX);
    out_init(&out, &s->options, write_out, stdout);
    out.file = name;
    if (read_file(name, &file)) {
        int error;

        if (several && !s->options.json)
            printf("==> %s\n", name);
        error = dump_file(&s->params, buf_view(&file), &out);
        if (error)
            fprintf(stderr, "x400dump: %s: %s\n", name,
                    error == X4_EUNSUPP ? "neither a capture nor X.400 in BER, or not of that type"
                                        : x4_strerror(error));
        else
            status = out.problems ? EXIT_BROKEN : EXIT_FINE;
    }
    out_free(&out);
    buf_free(&file);
    return status;
}

int main(int argc, char **argv)
{
    struct settings s = {.params = {.type = DUMP_AUTO}};
    int status = parse_options(argc, argv, &s);

    if (status >= 0)
        return status;
    status = EXIT_FINE;
    for (int i = optind; i < argc; i++) {
        int one = dump_one(&s, argv[i], argc - optind > 1);

        status = one > status ? one : status;
    }
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "x400dump: writing: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    return status;
}
