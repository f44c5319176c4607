/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#include "prog/x400load/load.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_FINE = 0,
    EXIT_USAGE = 2,
    ASSOCIATIONS_MAX = 10000,
    SECONDS_MAX = 86400,
    PORT_MAX = 65535
};
#define SIZE_MAX_OCTETS ((uint64_t)1 << 40)
#define RATE_MAX        1000000

static const char usage_text[] =
    "usage: x400load [options] --to ADDRESS:PORT [--listen ADDRESS:PORT]\n"
    "       x400load [options] --listen ADDRESS:PORT\n"
    "\n"
    "Sends messages to an X.400 MTA over P1 and takes what it relays, and says how fast, how late\n"
    "and whether each arrived exactly once with its text as it was sent.\n"
    "\n"
    "  -t, --to ADDRESS:PORT      send to the MTA that listens there\n"
    "  -l, --listen ADDRESS:PORT  take messages and reports there; port 0: any\n"
    "  -f, --from ADDRESS         local address that associations leave from\n"
    "  -n, --name NAME            our MTA name (LOAD)\n"
    "  -w, --password TEXT        password of both binds (empty)\n"
    "      --tsel TEXT            T-selector called\n"
    "      --mode MODE            1988-normal (the default), 1988-x410 or 1984\n"
    "  -c, --associations N       associations to open (1)\n"
    "  -m, --messages N           to send, or to wait for (1); 0: none, or until a signal\n"
    "  -s, --size N               octets of content; K, M and G may follow (1K)\n"
    "  -r, --recipients N         of each message (1)\n"
    "      --rate N               messages a second in all; without: as fast as they are taken\n"
    "      --priority P           normal (the default), non-urgent, urgent or mixed\n"
    "      --reports R            none (the default), non-delivery or all\n"
    "  -O, --originator ADDRESS   O/R address (/S=load/PRMD=LOAD/ADMD= /C=GB/)\n"
    "  -R, --recipient ADDRESS    likewise; # stands for the recipient's number\n"
    "      --wait SECONDS         give up when nothing has moved for so long (30)\n"
    "      --hold SECONDS         keep the associations open after the last message (0)\n"
    "  -j, --json                 one JSON object per line\n"
    "  -h, --help                 this text\n"
    "      --version              the version\n"
    "\n"
    "exit status: 0 all went and came as it should, 1 it did not, 2 wrong usage\n";

enum {
    OPTION_TSEL = 256,
    OPTION_MODE,
    OPTION_RATE,
    OPTION_PRIORITY,
    OPTION_REPORTS,
    OPTION_WAIT,
    OPTION_HOLD,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"to", required_argument, NULL, 't'},
    {"listen", required_argument, NULL, 'l'},
    {"from", required_argument, NULL, 'f'},
    {"name", required_argument, NULL, 'n'},
    {"password", required_argument, NULL, 'w'},
    {"tsel", required_argument, NULL, OPTION_TSEL},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"associations", required_argument, NULL, 'c'},
    {"messages", required_argument, NULL, 'm'},
    {"size", required_argument, NULL, 's'},
    {"recipients", required_argument, NULL, 'r'},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"priority", required_argument, NULL, OPTION_PRIORITY},
    {"reports", required_argument, NULL, OPTION_REPORTS},
    {"originator", required_argument, NULL, 'O'},
    {"recipient", required_argument, NULL, 'R'},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"hold", required_argument, NULL, OPTION_HOLD},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* ---- values ---------------------------------------------------------------------------------- */

/* A number from min to max, and where it ends in *end. */
static bool read_number(const char *text, uint64_t min, uint64_t max, char **end)
{
    unsigned long long value;

    errno = 0;
    value = strtoull(text, end, 10);
    return *text >= '0' && *text <= '9' && errno == 0 && value >= min && value <= max;
}

static bool set_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;

    if (!read_number(text, min, max, &end) || *end != '\0')
        return false;
    *out = strtoull(text, NULL, 10);
    return true;
}

static bool set_unsigned(const char *text, unsigned min, unsigned max, unsigned *out)
{
    uint64_t value = 0;
    bool fine = set_number(text, min, max, &value);

    *out = (unsigned)value;
    return fine;
}

static bool set_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMG";
    const char *unit;
    char *end;

    if (!read_number(text, 1, SIZE_MAX_OCTETS, &end))
        return false;
    *out = strtoull(text, NULL, 10);
    if (*end == '\0')
        return true;
    unit = strchr(units, *end);
    if (!unit || end[1] != '\0')
        return false;
    *out <<= 10 * (unit - units + 1);
    return *out <= SIZE_MAX_OCTETS;
}

static bool set_rate(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out > 0 && *out <= RATE_MAX;
}

/* The position of text in a list of words that ends with NULL. */
static bool set_choice(const char *text, const char *const *words, unsigned *out)
{
    for (*out = 0; words[*out]; (*out)++) {
        if (strcmp(text, words[*out]) == 0)
            return true;
    }
    return false;
}

static bool set_mode(const char *text, enum stack_mode *out)
{
    static const char *const words[] = {[STACK_NORMAL] = "1988-normal",
                                        [STACK_X410_1988] = "1988-x410",
                                        [STACK_X410_1984] = "1984",
                                        NULL};
    unsigned at;
    bool fine = set_choice(text, words, &at);

    *out = (enum stack_mode)at;
    return fine;
}

static bool set_priority(const char *text, enum load_priority *out)
{
    static const char *const words[] = {[LOAD_NORMAL] = "normal",
                                        [LOAD_NON_URGENT] = "non-urgent",
                                        [LOAD_URGENT] = "urgent",
                                        [LOAD_MIXED] = "mixed",
                                        NULL};
    unsigned at;
    bool fine = set_choice(text, words, &at);

    *out = (enum load_priority)at;
    return fine;
}

static bool set_reports(const char *text, enum mts_originator_report_request *out)
{
    static const char *const words[] = {[MTS_NO_REPORT] = "none",
                                        [MTS_NON_DELIVERY_REPORT] = "non-delivery",
                                        [MTS_REPORT_BOTH] = "all",
                                        NULL};
    unsigned at;
    bool fine = set_choice(text, words, &at);

    *out = (enum mts_originator_report_request)at;
    return fine;
}

/* "192.0.2.1:102", "[2001:db8::1]:102" */
static bool set_endpoint(const char *text, struct io_addr *out)
{
    const char *colon = strrchr(text, ':');
    bool brackets = *text == '[';
    char host[IO_ADDR_TEXT];
    uint64_t port;
    size_t len;

    if (!colon || !set_number(colon + 1, 0, PORT_MAX, &port))
        return false;
    len = (size_t)(colon - text);
    if (brackets && (len < 2 || text[len - 1] != ']'))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)(brackets ? len - 2 : len), text + brackets);
    return io_addr_parse(host, (uint16_t)port, out) == 0;
}

/* ---- options --------------------------------------------------------------------------------- */

static bool set_load(struct load_settings *s, int option, const char *value)
{
    switch (option) {
    case 'c': return set_unsigned(value, 1, ASSOCIATIONS_MAX, &s->associations);
    case 'm': return set_number(value, 0, LEDGER_MAX, &s->messages);
    case 's': return set_size(value, &s->size);
    case 'r': return set_unsigned(value, 1, MTS_UB_RECIPIENTS, &s->recipients);
    case OPTION_RATE: return set_rate(value, &s->rate);
    case OPTION_PRIORITY: return set_priority(value, &s->priority);
    case OPTION_REPORTS: return set_reports(value, &s->reports);
    case OPTION_WAIT: return set_unsigned(value, 1, SECONDS_MAX, &s->wait_s);
    case OPTION_HOLD: return set_unsigned(value, 0, SECONDS_MAX, &s->hold_s);
    default: return false;
    }
}

/* Everybody on the machine can read the arguments of a process: it goes as soon as it has been
 * taken. */
static bool take_password(char *value, char password[LIMIT_PASSWORD + 1])
{
    const size_t len = strlen(value);

    if (len > LIMIT_PASSWORD)
        return false;
    memcpy(password, value, len + 1);
    memset(value, '*', len);
    return true;
}

/* False: the value, or the option, is not right. */
static bool set_option(struct load_settings *s, int option, char *value)
{
    switch (option) {
    case 't': s->sends = true; return set_endpoint(value, &s->to);
    case 'l': s->listens = true; return set_endpoint(value, &s->listen);
    case 'f': s->has_from = true; return io_addr_parse(value, 0, &s->from) == 0;
    case 'n': s->name = value; return true;
    case 'w': return take_password(value, s->password);
    case OPTION_TSEL: s->tsel = value; return true;
    case OPTION_MODE: return set_mode(value, &s->mode);
    case 'O': s->originator = value; return true;
    case 'R': s->recipient = value; return true;
    case 'j': s->json = true; return true;
    default: return set_load(s, option, value);
    }
}

static const char *name_of(int option)
{
    for (const struct option *o = long_options; o->name; o++) {
        if (o->val == option)
            return o->name;
    }
    return "?";
}

static int check(const struct load_settings *s, bool words_left)
{
    const char *wrong = NULL;

    if (words_left || (!s->sends && !s->listens))
        wrong = "give --to, --listen or both, and options only";
    else if (s->sends && s->messages > 0 && !s->recipient)
        wrong = "--recipient is missing";
    else if (s->messages * s->recipients > LEDGER_MAX)
        wrong = "too many messages times recipients";
    if (!wrong)
        return -1;
    fprintf(stderr, "x400load: %s; try --help\n", wrong);
    return EXIT_USAGE;
}

int options_parse(int argc, char **argv, struct load_settings *out)
{
    int option;

    *out = (struct load_settings){.name = "LOAD",
                                  .originator = "/S=load/PRMD=LOAD/ADMD= /C=GB/",
                                  .associations = 1,
                                  .messages = 1,
                                  .size = 1024,
                                  .recipients = 1,
                                  .wait_s = 30};
    while ((option = getopt_long(argc, argv, "t:l:f:n:w:c:m:s:r:O:R:jh", long_options, NULL)) !=
           -1) {
        if (option == 'h') {
            fputs(usage_text, stdout);
            return EXIT_FINE;
        }
        if (option == OPTION_VERSION) {
            puts("x400load " X400D_VERSION);
            return EXIT_FINE;
        }
        if (option == '?' || !set_option(out, option, optarg)) {
            if (option != '?')
                fprintf(stderr, "x400load: --%s \"%s\" is no such value\n", name_of(option),
                        optarg);
            fputs("x400load: try --help\n", stderr);
            return EXIT_USAGE;
        }
    }
    return check(out, optind < argc);
}
