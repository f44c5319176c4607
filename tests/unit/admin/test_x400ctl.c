/* SPDX-License-Identifier: Apache-2.0 */
/* test_x400ctl X400CTL MANUAL: the program itself, against an MTA that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "fake_backend.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SITE  "/o=Acme/ou=London"
#define PARIS SITE "/cn=Configuration/cn=Connections/cn=to Paris"
#define ANN   SITE "/cn=Recipients/cn=ann"
enum { WORDS = 24 };

struct scene {
    struct fake fake;
    struct fake_server *server;
    char folder[32];
    struct buf out, err;
    int status;
};

static const char *program, *manual;

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    fake_init(&s->fake);
    s->server = fake_server_start(&s->fake);
    setenv("X400_SOCKET", fake_server_socket(s->server), 1);
    setenv("TZ", "UTC", 1);
    snprintf(s->folder, sizeof(s->folder), "/tmp/x400ctl.XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    buf_init(&s->out, 1 << 26);
    buf_init(&s->err, 1 << 20);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    fake_server_stop(&s->server);
    fake_free(&s->fake);
    buf_free(&s->out);
    buf_free(&s->err);
    rmdir(s->folder);
    free(s);
    return 0;
}

static void slurp(const char *path, struct buf *out)
{
    char block[65536];
    FILE *file = fopen(path, "rb");
    size_t got;

    assert_non_null(file);
    buf_reset(out);
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        buf_append(out, block, got);
    fclose(file);
}

/* Runs x400ctl with these words; what it wrote is in s->out and s->err. */
static int run_words(struct scene *s, const char *const words[WORDS])
{
    char out[64], err[64];
    char *argv[WORDS + 2];
    int status = 0, n = 0;
    pid_t child;

    snprintf(out, sizeof(out), "%s/out", s->folder);
    snprintf(err, sizeof(err), "%s/err", s->folder);
    argv[n++] = strdup(program);
    for (int i = 0; i < WORDS && words[i]; i++)
        argv[n++] = strdup(words[i]);
    argv[n] = NULL;
    child = fork();
    if (child == 0) {
        if (!freopen(out, "w", stdout) || !freopen(err, "w", stderr) ||
            !freopen("/dev/null", "r", stdin))
            _exit(99);
        execv(program, argv);
        _exit(98);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    for (int i = 0; i < n; i++)
        free(argv[i]);
    slurp(out, &s->out);
    slurp(err, &s->err);
    unlink(out);
    unlink(err);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define RUN(s, ...) run_words((s), (const char *const[WORDS]){__VA_ARGS__})

static const char *out_of(struct scene *s)
{
    return buf_cstr(&s->out);
}

static void must_hold(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

/* Command line, exit status, the backend's call, parts of the output. */
static void commands_ask_and_show(void **state)
{
    static const struct {
        const char *word[8];
        int status;
        const char *call, *part[3];
    } cases[] = {
        {{"status"},
         0,
         "status by",
         {"mta-name               EX1\n", "associations           2\n"}},
        {{"connector", "list"}, 0, "connectors all", {"CONNECTOR  STATE", "to Paris   retrying"}},
        {{"connector", "show", "to Paris"},
         0,
         "connectors " PARIS,
         {"last-error", "connection refused"}},
        {{"connector", "show", "TO PARIS"}, 0, "connectors " PARIS, {"retrying"}},
        {{"connector", "show", "to-paris"}, 0, "connectors " PARIS, {"retrying"}},
        {{"connector", "show", "cn=to Paris"}, 0, "connectors " PARIS, {"retrying"}},
        {{"connector", "show", PARIS}, 0, "connectors " PARIS, {"retrying"}},
        {{"connector", "open", "to Paris"}, 0, "connector_do " PARIS " 0", {"done\n"}},
        {{"connector", "close", "to Paris"}, 0, "connector_do " PARIS " 1", {"done\n"}},
        {{"connector", "disable", "to Paris"}, 0, "change", {"warning: 2 queued messages"}},
        {{"connector", "enable", "to Paris"}, 0, "change", {"done\n"}},
        {{"associations"}, 0, "associations", {"192.0.2.80:102", "1988-normal", "to Paris"}},
        {{"queue", "list"}, 0, "queue - - 100 0", {"  42  message  normal", "EX1-1]"}},
        {{"queue", "list", "--connector", "to Paris", "--state=held", "--limit", "5"},
         0,
         "queue " PARIS " held 5 0",
         {"42"}},
        {{"queue", "show", "42"}, 0, "queue_show 42", {"originator", "G=Ann"}},
        {{"queue", "hold", "42"}, 0, "queue_do 42 0 1 -1", {"42 held\n"}},
        {{"queue", "release", "42"}, 0, "queue_do 42 1 1 -1", {"42 released\n"}},
        {{"queue", "release", "--now", "42"}, 0, "queue_do 42 1 1 -1 now", {"42 released\n"}},
        {{"queue", "delete", "42"}, 0, "queue_do 42 2 1 -1", {"42 deleted\n"}},
        {{"queue", "return", "42", "--reason", "0", "--diagnostic", "2"},
         0,
         "queue_do 42 3 0 2",
         {"42 returned\n"}},
        {{"route", "S=Dupont; A= ; C=FR"},
         0,
         "route S=Dupont; A= ; C=FR",
         {"=>  to Paris", "to Rome", "goes to      " PARIS}},
        {{"mailbox", "list"}, 0, "mailboxes", {"ann "}},
        {{"mailbox", "list", "ann"},
         0,
         "entries " ANN,
         {"    5  message  no    2026-11-22 12:00:00"}},
        {{"mailbox", "delete", "ann", "5"}, 0, "delete " ANN " 5", {"5 deleted\n"}},
        {{"track", "[/C=GB/;1]"},
         0,
         "track [/C=GB/;1]",
         {"2026-11-22 12:00:00  transfer-in  connector=to Paris"}},
        {{"events"},
         0,
         NULL,
         {"2026-11-22T12:00:00.104Z warning  9301 event number 1\n", "event number 3"}},
        {{"events", "--after", "2"}, 0, NULL, {"event number 3"}},
        {{"ping", "to Paris"}, 0, "ping {\"connector\":\"" PARIS "\"}", {"accepted", "ok\n"}},
        {{"ping", "to-paris"}, 0, "ping {\"connector\":\"" PARIS "\"}", {"accepted"}},
        {{"ping", "mta.example", "--port", "103"},
         0,
         "ping {\"host\":\"mta.example\",\"port\":103}",
         {"accepted"}},
        {{"ping", "refuse.example"},
         1,
         "ping {\"host\":\"refuse.example\"}",
         {"refused:", "password", "authentication-error"}},
        {{"show"}, 0, NULL, {"connector     " PARIS, "organization  /o=Acme"}},
        {{"show", "--class", "server"}, 0, NULL, {"cn=EX1"}},
        {{"show", PARIS},
         0,
         NULL,
         {"remote-mta-name", "window-size                  5", "default"}},
        {{"show", "to-paris"}, 0, NULL, {PARIS "\n", "remote-mta-name"}},
        {{"show", "cn=Connections/cn=to Paris"}, 0, NULL, {PARIS "\n"}},
        {{"show", "acme"}, 0, NULL, {"/o=Acme\n"}},
        {{"mailbox", "delete", "ann", "last"}, 0, "delete " ANN, {"deleted\n"}},
        {{"probe", "--from", "S=A; C=GB", "--to", "S=B; C=FR", "--length", "7"},
         0,
         "probe {\"originator\":\"S=A; C=GB\",\"recipients\":[{\"address\":\"S=B; "
         "C=FR\",\"report\":\"delivery\"}],\"content-length\":7}",
         {"EX1-3]\n"}},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *words[WORDS] = {NULL};

        memcpy(words, cases[i].word, sizeof(cases[i].word));
        s->fake.last[0] = '\0';
        s->status = run_words(s, words);
        if (s->status != cases[i].status)
            fail_msg("%s %s: exit status %d: %s", words[0], words[1] ? words[1] : "", s->status,
                     buf_cstr(&s->err));
        if (cases[i].call)
            assert_memory_equal(s->fake.last, cases[i].call, strlen(cases[i].call));
        for (size_t p = 0; p < 3 && cases[i].part[p]; p++)
            must_hold(out_of(s), cases[i].part[p]);
        if (cases[i].status == 0)
            assert_string_equal(buf_cstr(&s->err), "");
    }
}

/* The same with --json: the whole output is one JSON value. */
static void everything_comes_as_json(void **state)
{
    static const char *const cases[][4] = {
        {"status"},
        {"connector", "list"},
        {"connector", "show", "to Paris"},
        {"associations"},
        {"queue", "list"},
        {"queue", "show", "42"},
        {"queue", "hold", "42"},
        {"route", "S=Dupont"},
        {"mailbox", "list"},
        {"mailbox", "list", "ann"},
        {"mailbox", "read", "ann", "5"},
        {"track", "[X]"},
        {"events"},
        {"ping", "to Paris"},
        {"export"},
        {"show"},
        {"show", PARIS},
        {"set", PARIS, "window-size=9", "--dry-run"},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *words[WORDS] = {"--json"};
        json_t *json;

        memcpy(words + 1, cases[i], sizeof(cases[i]));
        assert_int_equal(run_words(s, words), 0);
        json = json_loads(out_of(s), 0, NULL);
        if (!json)
            fail_msg("%s: not JSON: %s", cases[i][0], out_of(s));
        json_decref(json);
    }
    assert_int_equal(RUN(s, "show", "--json", PARIS), 0);
    must_hold(out_of(s), "\"remote-mta-name\": \"PARIS\"");
    assert_null(strstr(out_of(s), "window-size"));
}

#define HOW_TO_WRITE                                                                               \
    "Write it as 'G=Ann; S=Smith; O=London; P=ACME; A= ; C=GB' or "                                \
    "'/G=Ann/S=Smith/O=London/PRMD=ACME/ADMD= /C=GB/'\n"
#define NO_ADDRESS     "no \"=\" after \"paris\" (position 1)\n" HOW_TO_WRITE
#define NO_ADDRESS_ANN "no \"=\" after \"ann\" (position 1)\n" HOW_TO_WRITE

static void wrong_command_lines_are_explained(void **state)
{
    static const struct {
        const char *word[6];
        const char *error;
    } cases[] = {
        {{NULL}, "x400ctl: no command; x400ctl --help lists them\n"},
        {{"frobnicate"}, "x400ctl: frobnicate: no such command; x400ctl --help lists them\n"},
        {{"queue"},
         "x400ctl: queue: no such command; there is queue list, show, hold, release, delete, "
         "return\n"},
        {{"queue", "purge"},
         "x400ctl: queue purge: no such command; there is queue list, show, hold, release, delete, "
         "return\n"},
        {{"queue", "show"},
         "x400ctl: usage: x400ctl queue show ITEM; see x400ctl queue show --help\n"},
        {{"queue", "show", "1", "2"},
         "x400ctl: usage: x400ctl queue show ITEM; see x400ctl queue show --help\n"},
        {{"status", "now"}, "x400ctl: status takes no argument 'now'; see x400ctl status --help\n"},
        {{"queue", "show", "x"}, "x400ctl: 'x' is not the number of an item or entry\n"},
        {{"queue", "hold", "1", "-2"}, "x400ctl: '-2' is not the number of an item or entry\n"},
        {{"queue", "list", "--colour"},
         "x400ctl: --colour is no option of this command; see --help\n"},
        {{"queue", "list", "--limit"}, "x400ctl: --limit needs a value: N\n"},
        {{"status", "--json=yes"}, "x400ctl: --json takes no value\n"},
        {{"events", "--after", "x"}, "x400ctl: --after: 'x' is not a number\n"},
        {{"ping", "h", "--port", "0"}, "x400ctl: --port: 0 is not a port, 1 to 65535\n"},
        {{"ping", "h", "--port", "65536"}, "x400ctl: --port: 65536 is not a port, 1 to 65535\n"},
        {{"events", "--severity", "loud"},
         "x400ctl: --severity: 'loud' is not debug, info, warning or error\n"},
        {{"set", PARIS, "window-size"}, "x400ctl: window-size is not ATTRIBUTE=VALUE\n"},
        {{"queue", "list", "--state", "lost"},
         "x400ctl: --state: 'lost' is not ready, held, deferred or sending\n"},
        {{"queue", "return", "1", "--reason", "-1"}, "x400ctl: --reason: '-1' is not a number\n"},
        {{"route", "paris"}, "x400ctl: route: 'paris' is not an O/R address: " NO_ADDRESS},
        {{"send", "--from", "ann"},
         "x400ctl: --from: 'ann' is not an O/R address: " NO_ADDRESS_ANN},
        {{"send", "--priority", "superb"},
         "x400ctl: --priority: 'superb' is not urgent, normal or non-urgent\n"},
        {{"probe", "--report", "all"},
         "x400ctl: --report: 'all' is not none, non-delivery or delivery\n"},
        {{"send", "--importance", "huge"},
         "x400ctl: --importance: 'huge' is not low, normal or high\n"},
        {{"send", "--content-type", "p3"},
         "x400ctl: --content-type: 'p3' is not p2, p22, unidentified or an object identifier such "
         "as 2.6.1.4.1\n"},
        {{"send", "--content-type", "p2"},
         "x400ctl: --content-type goes with --content; a composed message has its own type\n"},
        {{"send", "--content", "x"}, "x400ctl: --content needs --content-type\n"},
        {{"send", "--content=x", "--content-type=p2", "--text=y"},
         "x400ctl: --content is the whole message; --text cannot be with it\n"},
        {{"send", "--deferred", "tomorrow"},
         "x400ctl: --deferred: 'tomorrow' is not a time: 2026-11-22T19:30, 2026-11-22T19:30:00Z or "
         "+2h\n"},
        {{"mailbox", "read", "ann", "newest"},
         "x400ctl: 'newest' is not the number of an entry, nor first or last\n"},
        {{"apply", "/nonexistent.yaml"}, "x400ctl: /nonexistent.yaml: No such file or directory\n"},
        {{"send", "--from", "S=A"}, "x400ctl: at least one --to, --cc or --bcc is needed\n"},
        {{"send", "--to", "S=A"}, "x400ctl: --from is needed\n"},
        {{"send"}, "x400ctl: --from is needed, and at least one --to\n"},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *words[WORDS] = {NULL};

        memcpy(words, cases[i].word, sizeof(cases[i].word));
        assert_int_equal(run_words(s, words), 2);
        assert_string_equal(buf_cstr(&s->err), cases[i].error);
        assert_string_equal(out_of(s), "");
    }
}

static void refusals_have_their_status(void **state)
{
    struct scene *s = *state;

    assert_int_equal(RUN(s, "queue", "show", "43"), 1);
    assert_string_equal(buf_cstr(&s->err), "x400ctl: there is no item 43\n");
    assert_int_equal(RUN(s, "queue", "hold", "43", "42"), 1); /* goes on after a refusal */
    assert_string_equal(out_of(s), "42 held\n");
    assert_int_equal(RUN(s, "connector", "show", "to Rome"), 1);
    assert_string_equal(buf_cstr(&s->err),
                        "x400ctl: there is no connector to Rome; there is to Paris\n");
    assert_int_equal(RUN(s, "show", "nothing"), 1);
    assert_string_equal(buf_cstr(&s->err),
                        "x400ctl: there is no object nothing; x400ctl show lists all\n");
    assert_int_equal(RUN(s, "show", "/o=Nobody"), 1);
    assert_string_equal(buf_cstr(&s->err), "x400ctl: there is no object /o=Nobody\n");
    assert_int_equal(RUN(s, "route", "?=x"), 2);
    s->fake.refuse_changes = true;
    assert_int_equal(RUN(s, "set", PARIS, "window-size=9"), 6);
    assert_string_equal(buf_cstr(&s->err), "x400ctl: another change came first\n");
    assert_int_equal(RUN(s, "--json", "queue", "show", "43"), 1);
    must_hold(buf_cstr(&s->err), "{\"error\":\"not-found\"");
    assert_int_equal(RUN(s, "--socket", "/nonexistent/control", "status"), 3);
    assert_string_equal(buf_cstr(&s->err),
                        "x400ctl: no x400d answers on /nonexistent/control: No such file or "
                        "directory; is it running (systemctl status x400d)? Another socket: "
                        "--socket PATH\n");
}

/* Writes a file of the scene's folder. */
static const char *put_file(struct scene *s, const char *name, struct slice octets)
{
    static char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", s->folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(octets.p, 1, octets.len, file), octets.len);
    fclose(file);
    return path;
}

static void site_files_are_applied(void **state)
{
    struct scene *s = *state;
    const char *path = put_file(s, "site.yaml",
                                SLICE_LIT("base: " SITE "\n"
                                          "objects:\n"
                                          "  cn=Recipients/cn=bob:\n"
                                          "    addresses: C=GB; A= ; P=ACME; S=Bob\n"
                                          "  cn=Configuration/cn=Servers/cn=EX1:\n"
                                          "    mta-name: EX1\n"
                                          "    queue-alarm: 7\n"));

    assert_int_equal(RUN(s, "apply", "--dry-run", path), 0);
    assert_string_equal(out_of(s), "* " SITE "/cn=Configuration/cn=Servers/cn=EX1 (server)\n"
                                   "    mta-password: *** -> (default)\n"
                                   "    queue-alarm: (default) -> 7\n"
                                   "+ " SITE "/cn=Recipients/cn=bob (mailbox)\n"
                                   "warning: 2 queued messages are routed anew\n"
                                   "(dry run: nothing was changed)\n");
    assert_int_equal(directory_size(s->fake.directory), 6);
    assert_int_equal(RUN(s, "apply", path), 0);
    assert_int_equal(directory_size(s->fake.directory), 7);
    assert_int_equal(RUN(s, "apply", path), 0);
    assert_string_equal(out_of(s), "nothing to change\n");

    path = put_file(s, "site.yaml",
                    SLICE_LIT("objects:\n  " PARIS ":\n    window-sise: 5\n    enabled: maybe\n"));
    assert_int_equal(RUN(s, "apply", path), 5);
    snprintf(s->fake.last, sizeof(s->fake.last), "%s:3: " PARIS ": window-sise: no such attribute",
             path);
    must_hold(buf_cstr(&s->err), s->fake.last);
    snprintf(s->fake.last, sizeof(s->fake.last), "%s:4: " PARIS ": enabled: 'maybe' is not allowed",
             path);
    must_hold(buf_cstr(&s->err), s->fake.last);
    unlink(path);
}

static void attributes_are_set(void **state)
{
    struct scene *s = *state;
    const struct conf_object *paris;

    assert_int_equal(RUN(s, "set", PARIS, "window-size=9", "display-name=[sic]",
                         "remote-hosts=[a.example, 192.0.2.0/24]"),
                     0);
    paris = directory_find(s->fake.directory, PARIS);
    assert_int_equal(conf_int(paris, "window-size"), 9);
    assert_int_equal(conf_count(paris, "remote-hosts"), 2);
    assert_string_equal(conf_str(paris, "display-name"), "[sic]");
    assert_int_equal(RUN(s, "set", PARIS, "window-size="), 0);
    must_hold(out_of(s), "    window-size: 9 -> (default)\n");
    assert_int_equal(conf_int(directory_find(s->fake.directory, PARIS), "window-size"), 5);
    assert_int_equal(RUN(s, "set", PARIS, "window-size=99"), 5);
    assert_string_equal(buf_cstr(&s->err), PARIS ": window-size: 99 is not allowed, 1..64\n");
    assert_int_equal(RUN(s, "delete", PARIS, "--dry-run"), 0);
    assert_non_null(directory_find(s->fake.directory, PARIS));
    assert_int_equal(RUN(s, "delete", "to-paris"), 1);
    assert_string_equal(buf_cstr(&s->err),
                        "x400ctl: 2 queued messages are routed anew\n"
                        "x400ctl: nothing was changed; --force does it all the same\n");
    assert_non_null(directory_find(s->fake.directory, PARIS));
    assert_int_equal(RUN(s, "set", "to-paris", "window-size=7"), 0);
    assert_int_equal(RUN(s, "delete", "to-paris", "--force"), 0);
    assert_null(directory_find(s->fake.directory, PARIS));
    assert_int_equal(RUN(s, "delete", SITE, "--force"), 5);
}

static void exports_are_site_files(void **state)
{
    struct scene *s = *state;

    assert_int_equal(RUN(s, "export"), 0);
    assert_memory_equal(out_of(s), "objects:\n  /o=Acme:\n", 20);
    assert_null(strstr(out_of(s), "sesame"));
    assert_int_equal(RUN(s, "export", "--secrets"), 0);
    must_hold(out_of(s), "mta-password: sesame");
}

static void messages_are_composed_and_sent(void **state)
{
    static const char from[] = "G=Ann; S=Smith; P=ACME; A= ; C=GB";
    static const char to[] = "S=Dupont; P=ACME; A= ; C=FR";
    struct scene *s = *state;
    const char *file = put_file(s, "data.bin", SLICE_LIT("\x00\x01\xFFoctets"));

    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--cc", from, "--subject", "Lunch?",
                         "--text", "At noon.", "--attach", file, "--priority", "urgent", "--report",
                         "delivery", "--deferred", "2030-01-02T03:04:05Z", "--receipt"),
                     0);
    assert_string_equal(out_of(s), "[/PRMD=ACME/ADMD= /C=GB/;EX1-2]\n");
    must_hold(s->fake.last, "\"originator\":\"G=Ann; S=Smith; P=ACME; A= ; C=GB\"");
    must_hold(s->fake.last,
              "{\"address\":\"S=Dupont; P=ACME; A= ; C=FR\",\"report\":\"delivery\"}");
    must_hold(s->fake.last, "\"priority\":\"urgent\"");
    must_hold(s->fake.last, "\"content-type\":\"p22\"");
    must_hold(s->fake.last, "\"deferred-until-ms\":1893553445000");
    assert_non_null(memmem(s->fake.content.p, s->fake.content.len, "Lunch?", 6));
    assert_non_null(memmem(s->fake.content.p, s->fake.content.len, "At noon.", 8));
    assert_non_null(memmem(s->fake.content.p, s->fake.content.len, "\x00\x01\xFFoctets", 9));
    assert_non_null(memmem(s->fake.content.p, s->fake.content.len, "data.bin", 8));

    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--content", file, "--content-type",
                         "unidentified"),
                     0);
    assert_int_equal(s->fake.content.len, 9);
    must_hold(s->fake.last, "\"content-length\":9");
    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--content", file), 2);
    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--attach", "/nonexistent"), 2);
    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--importance", "huge"), 2);
    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--deferred", "tomorrow"), 2);
    assert_int_equal(RUN(s, "send", "--from", "nonsense", "--to", to, "--text", "x"), 2);
    s->fake.submit_error = X4_EFULL;
    assert_int_equal(RUN(s, "send", "--from", from, "--to", to, "--text", "x"), 6);
    must_hold(buf_cstr(&s->err), "the content was not taken");
    unlink(file);
}

static void mailboxes_are_read_and_exported(void **state)
{
    struct scene *s = *state;
    char path[64], name[80];

    assert_int_equal(RUN(s, "mailbox", "read", "ann", "5"), 0);
    must_hold(out_of(s), "originator             S=Dupont; P=ACME; A= ; C=FR\n");
    must_hold(out_of(s), "(a content of 100000 octets that is no interpersonal message: ");
    assert_string_equal(s->fake.last, "mark " ANN " 5 1");
    assert_int_equal(RUN(s, "mailbox", "read", "ann", "5", "--peek"), 0);
    assert_string_equal(s->fake.last, "content done");
    assert_int_equal(RUN(s, "mailbox", "read", "ann", "7"), 1);
    assert_int_equal(RUN(s, "mailbox", "read", "ann", "x"), 2);
    assert_int_equal(RUN(s, "mailbox", "read", "bob", "5"), 1);

    assert_int_equal(RUN(s, "mailbox", "export", "ann", "5"), 0);
    assert_int_equal(s->out.len, sizeof(s->fake.mailbox_content));
    assert_memory_equal(s->out.p, s->fake.mailbox_content, s->out.len);
    snprintf(path, sizeof(path), "%s/content", s->folder);
    assert_int_equal(RUN(s, "mailbox", "export", "ann", "5", "--output", path), 0);
    slurp(path, &s->out);
    unlink(path);
    assert_int_equal(s->out.len, sizeof(s->fake.mailbox_content));
    assert_int_equal(RUN(s, "mailbox", "export", "ann", "7"), 1);
    assert_string_equal(out_of(s), "");
    s->fake.submit_error = X4_EIO; /* the store fails half-way */
    assert_int_equal(RUN(s, "mailbox", "export", "ann", "5"), 3);
    must_hold(buf_cstr(&s->err), "the connection to x400d broke");
    snprintf(name, sizeof(name), "%s/no/such", s->folder);
    assert_int_equal(RUN(s, "mailbox", "export", "ann", "5", "--output", name), 2);
}

static void one_more_event(struct fake *fake)
{
    fake->events++;
}

/* Reads until the text has come. */
static bool wait_for(int fd, struct buf *seen, const char *text)
{
    char block[4096];
    ssize_t n;

    while (seen->len == 0 || !strstr(buf_cstr(seen), text)) {
        n = read(fd, block, sizeof(block));
        if (n <= 0)
            return false;
        buf_append(seen, block, (size_t)n);
    }
    return true;
}

static void events_can_be_followed(void **state)
{
    struct scene *s = *state;
    int fds[2];
    pid_t child;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        alarm(20);
        execl(program, program, "events", "--follow", "--limit", "1", (char *)NULL);
        _exit(98);
    }
    close(fds[1]);
    assert_true(wait_for(fds[0], &s->out, "event number 3\n"));
    fake_server_call(s->server, one_more_event);
    assert_true(wait_for(fds[0], &s->out, "event number 4\n"));
    fake_server_call(s->server, one_more_event);
    assert_true(wait_for(fds[0], &s->out, "event number 5\n"));
    assert_null(strstr(out_of(s), "event number 2"));
    close(fds[0]);
    kill(child, SIGTERM);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void others_are_told_that_they_may_not(void **state)
{
    struct scene *s = *state;
    char socket[64];

    if (getuid() != 0)
        skip();
    snprintf(socket, sizeof(socket), "%s", fake_server_socket(s->server));
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(97);
        if (!freopen("/dev/null", "w", stderr))
            _exit(96);
        execl(program, program, "--socket", socket, "status", (char *)NULL);
        _exit(98);
    }
    assert_true(wait(&s->status) > 0);
    assert_true(WIFEXITED(s->status));
    /* The build tree itself may be closed to others. */
    if (WEXITSTATUS(s->status) != 98)
        assert_int_equal(WEXITSTATUS(s->status), 4);
}

static void help_tells_everything(void **state)
{
    struct scene *s = *state;

    assert_int_equal(RUN(s, "--help"), 0);
    must_hold(out_of(s), "mailbox read MAILBOX ENTRY");
    assert_int_equal(RUN(s, "send", "--help"), 0);
    must_hold(out_of(s), "--attach FILE");
    assert_int_equal(RUN(s, "-h"), 0);
    assert_int_equal(RUN(s, "--version"), 0);
    assert_memory_equal(out_of(s), "x400ctl ", 8);
}

/* Is every option of this help in the manual? first: the column of names. */
static void check_options(const char *help, const char *page)
{
    for (const char *p = strstr(help, "\n  --"); p; p = strstr(p + 1, "\n  --")) {
        char item[64];

        snprintf(item, sizeof(item), ".It Fl -%.*s", (int)strcspn(p + 5, " \n"), p + 5);
        must_hold(page, item);
    }
}

static void the_manual_has_all_commands_and_options(void **state)
{
    struct scene *s = *state;
    char *help, *line, *rest;
    struct buf page;

    buf_init(&page, 1 << 20);
    slurp(manual, &page);
    assert_int_equal(RUN(s, "--help"), 0);
    help = strdup(out_of(s));
    check_options(help, buf_cstr(&page));
    for (line = strtok_r(help, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char words[2][32] = {"", ""}, item[80];
        int count = sscanf(line, "  %31[a-z] %31[a-z]", words[0], words[1]);

        if (strncmp(line, "  ", 2) != 0 || count < 1)
            continue;
        snprintf(item, sizeof(item), ".It Cm %s%s%s", words[0], count == 2 ? " " : "", words[1]);
        must_hold(buf_cstr(&page), item);
        assert_int_equal(RUN(s, words[0], count == 2 ? words[1] : "--help", "--help"), 0);
        check_options(out_of(s), buf_cstr(&page));
    }
    free(help);
    buf_free(&page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(commands_ask_and_show),
        TEST(everything_comes_as_json),
        TEST(wrong_command_lines_are_explained),
        TEST(refusals_have_their_status),
        TEST(site_files_are_applied),
        TEST(attributes_are_set),
        TEST(exports_are_site_files),
        TEST(messages_are_composed_and_sent),
        TEST(mailboxes_are_read_and_exported),
        TEST(events_can_be_followed),
        TEST(others_are_told_that_they_may_not),
        TEST(help_tells_everything),
        TEST(the_manual_has_all_commands_and_options),
    };

    if (argc != 3)
        return 2;
    program = argv[1];
    manual = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
