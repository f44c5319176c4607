/* SPDX-License-Identifier: Apache-2.0 */
/* The API over a real Unix socket, against an MTA that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "fake_backend.h"
#include "http.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SITE  "/o=Acme/ou=London"
#define PARIS SITE "/cn=Configuration/cn=Connections/cn=to%20Paris"
#define JSON  "Content-Type: application/json\r\n"

static const char *text_of(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

/* Requests without a body, their status, the backend's call and a part of the answer. */
static void requests_reach_the_backend(void **state)
{
    static const struct {
        const char *request;
        int status;
        const char *call, *part;
    } cases[] = {
        {"GET /v1/status", 200, "status by ", "\"mta-name\":\"EX1\""},
        {"GET /v1/connectors", 200, "connectors all", "\"state\":\"retrying\""},
        {"GET /v1/connectors" PARIS, 200,
         "connectors /o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris", "retrying"},
        {"GET /v1/connectors/o=ACME/ou=LONDON/cn=configuration/cn=connections/cn=TO%20PARIS", 200,
         "connectors /o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris", "retrying"},
        {"GET /v1/connectors" SITE, 404, NULL, "there is no connector /o=Acme/ou=London"},
        {"POST /v1/connectors" PARIS "/open", 200,
         "connector_do /o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris 0",
         "connector"},
        {"POST /v1/connectors" PARIS "/close", 200,
         "connector_do /o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris 1",
         "connector"},
        {"GET /v1/associations", 200, "associations", "\"association\":7"},
        {"GET /v1/queue", 200, "queue - - 100 0", "\"item\":42"},
        {"GET /v1/queue?state=held&limit=7&after=5", 200, "queue - held 7 5", "total"},
        {"GET /v1/queue?limit=0", 400, NULL, "limit: '0' is not allowed, 1..10000"},
        {"GET /v1/queue?limit=x", 400, NULL, "limit: 'x' is not allowed, 1..10000"},
        {"GET /v1/queue?state=lost", 400, NULL,
         "state: 'lost' is not allowed, ready, held, deferred or sending"},
        {"GET /v1/queue/42", 200, "queue_show 42", "EX1-1"},
        {"GET /v1/queue/43", 404, "queue_show 43", "\"error\":\"not-found\""},
        {"POST /v1/queue/42/hold", 200, "queue_do 42 0 1 -1", "42"},
        {"POST /v1/queue/42/release", 200, "queue_do 42 1 1 -1", "42"},
        {"POST /v1/queue/42/release?now=1", 200, "queue_do 42 1 1 -1 now", "42"},
        {"DELETE /v1/queue/42", 200, "queue_do 42 2 1 -1", "42"},
        {"POST /v1/queue/42/return?reason=0&diagnostic=2", 200, "queue_do 42 3 0 2", "42"},
        {"POST /v1/queue/42/return?reason=-1", 400, NULL, "reason: '-1' is not allowed"},
        {"GET /v1/route?address=S%3DDupont%3BC%3DFR", 200, "route S=Dupont;C=FR", "chosen"},
        {"GET /v1/route", 400, NULL, "address: missing"},
        {"GET /v1/mailboxes", 200, "mailboxes", "\"unread\":1"},
        {"GET /v1/mailboxes" SITE "/cn=Recipients/cn=ann", 200,
         "entries /o=Acme/ou=London/cn=Recipients/cn=ann", "PARIS-1"},
        {"GET /v1/mailboxes" SITE "/cn=Recipients/cn=bob", 404, NULL, "there is no mailbox"},
        {"GET /v1/mailboxes" SITE "/cn=Recipients/cn=ann/5", 200,
         "entry /o=Acme/ou=London/cn=Recipients/cn=ann 5", "PARIS-1"},
        {"DELETE /v1/mailboxes" SITE "/cn=Recipients/cn=ann/5", 200,
         "delete /o=Acme/ou=London/cn=Recipients/cn=ann 5", "entry"},
        {"POST /v1/mailboxes" SITE "/cn=Recipients/cn=ann/5/read", 200,
         "mark /o=Acme/ou=London/cn=Recipients/cn=ann 5 1", "entry"},
        {"POST /v1/mailboxes" SITE "/cn=Recipients/cn=ann/5/unread", 200,
         "mark /o=Acme/ou=London/cn=Recipients/cn=ann 5 0", "entry"},
        {"GET /v1/track?mts-id=%5BX%5D", 200, "track [X]", "transfer-in"},
        {"GET /v1/track?mts-id=", 400, NULL, "mts-id: missing"},
        {"GET /v1/events?limit=2", 200, NULL, "\"seq\":2"},
        {"GET /v1/openapi.json", 200, NULL, "\"openapi\":\"3.0.3\""},
        {"GET /v1/schema", 200, NULL, "\"connector\""},
        {"GET /v1/nothing", 404, NULL, "\"error\":\"not-found\""},
        {"GET /v1/queue/-1", 404, NULL, "there is no such path"},
        {"DELETE /v1/status", 405, NULL, "\"error\":\"method\""},
    };
    struct fake_scene *s = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_answer answer;

        s->fake.last[0] = '\0';
        http(s->socket, cases[i].request, "", SLICE_LIT(""), &answer);
        assert_int_equal(answer.status, cases[i].status);
        assert_non_null(answer.json);
        if (!strstr(buf_cstr(&answer.body), cases[i].part))
            fail_msg("%s: '%s' is not in %s", cases[i].request, cases[i].part,
                     buf_cstr(&answer.body));
        if (cases[i].call)
            assert_memory_equal(s->fake.last, cases[i].call, strlen(cases[i].call));
        else
            assert_string_equal(s->fake.last, "");
        http_free(&answer);
    }
}

static void late_answers_arrive(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;

    s->fake.slow = true;
    http(s->socket, "POST /v1/queue/42/hold", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "item")), 42);
    http_free(&answer);
}

static void objects_can_be_read(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    const json_t *object;

    http(s->socket, "GET /v1/objects" PARIS "?effective=1", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    object = json_object_get(answer.json, "object");
    assert_string_equal(text_of(object, "remote-mta-name"), "PARIS");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(object, "defaults"), "window-size")), 5);
    http_free(&answer);
    http(s->socket, "GET /v1/objects?class=server", "", SLICE_LIT(""), &answer);
    object = json_object_get(answer.json, "objects");
    assert_int_equal(json_object_size(object), 1);
    assert_null(strstr(buf_cstr(&answer.body), "sesame"));
    http_free(&answer);
    http(s->socket, "GET /v1/objects?class=gateway", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 400);
    http_free(&answer);
    http(s->socket, "GET /v1/objects/o=Nobody", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 404);
    http_free(&answer);
}

static void a_site_file_is_applied(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    static const char yaml[] = "objects:\n"
                               "  " SITE "/cn=Recipients/cn=bob:\n"
                               "    addresses: C=GB; A= ; P=ACME; S=Bob\n";
    const json_t *change;

    s->fake.slow = true;
    http(s->socket, "POST /v1/apply?dry-run=1&file=site.yaml", "", slice_str(yaml), &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(s->fake.last, "change dry-run");
    assert_int_equal(directory_size(s->fake.directory), 6);
    http_free(&answer);
    http(s->socket, "POST /v1/apply?file=site.yaml", "", slice_str(yaml), &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(s->fake.last, "change");
    assert_int_equal(directory_size(s->fake.directory), 7);
    change = json_array_get(json_object_get(answer.json, "changes"), 0);
    assert_string_equal(text_of(change, "change"), "added");
    assert_string_equal(text_of(change, "object"), SITE "/cn=Recipients/cn=bob");
    assert_int_equal(json_array_size(json_object_get(answer.json, "warnings")), 1);
    http_free(&answer);

    s->fake.last[0] = '\0';
    http(s->socket, "POST /v1/apply?file=site.yaml", "", slice_str(yaml), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "changes")), 0);
    assert_string_equal(s->fake.last, ""); /* nothing to do */
    http_free(&answer);
}

static void a_faulty_site_file_changes_nothing(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    const json_t *error;

    http(s->socket, "POST /v1/apply?file=site.yaml", "",
         SLICE_LIT("objects:\n"
                   "  " SITE "/cn=Recipients/cn=bob:\n"
                   "    addresses: C=GB; A= ; P=ACME; S=Bob\n"
                   "  " SITE "/cn=Configuration/cn=Connections/cn=to Paris:\n"
                   "    window-size: 0\n"),
         &answer);
    assert_int_equal(answer.status, 422);
    assert_string_equal(text_of(answer.json, "error"), "configuration");
    error = json_array_get(json_object_get(answer.json, "errors"), 0);
    assert_string_equal(text_of(error, "text"),
                        "site.yaml:4: " SITE "/cn=Configuration/cn=Connections/cn=to Paris: stack: "
                        "missing: Transport stack that is used");
    assert_int_equal(json_integer_value(json_object_get(answer.json, "count")), 3);
    assert_int_equal(directory_size(s->fake.directory), 6);
    assert_int_equal(s->fake.changes, 0);
    http_free(&answer);
    http(s->socket, "POST /v1/apply", "", SLICE_LIT("a: [\n"), &answer);
    assert_int_equal(answer.status, 422);
    http_free(&answer);
    http(s->socket, "POST /v1/apply", JSON, SLICE_LIT("{\"objects\":}"), &answer);
    assert_int_equal(answer.status, 400);
    http_free(&answer);
}

static void objects_are_put_patched_deleted(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    const struct conf_object *paris;

    http(s->socket, "PUT /v1/objects" SITE "/cn=Recipients/cn=bob", JSON,
         SLICE_LIT("{\"addresses\":[\"C=GB; A= ; P=ACME; S=Bob\"]}"), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(directory_size(s->fake.directory), 7);
    http_free(&answer);
    http(s->socket, "PATCH /v1/objects" PARIS, JSON, SLICE_LIT("{\"window-size\":9}"), &answer);
    assert_int_equal(answer.status, 200);
    paris = directory_find(s->fake.directory, SITE "/cn=Configuration/cn=Connections/cn=to Paris");
    assert_int_equal(conf_int(paris, "window-size"), 9);
    http_free(&answer);
    http(s->socket, "PATCH /v1/objects" PARIS, JSON, SLICE_LIT("{\"window-size\":99}"), &answer);
    assert_int_equal(answer.status, 422);
    assert_string_equal(text_of(answer.json, "message"),
                        SITE "/cn=Configuration/cn=Connections/cn=to Paris: window-size: 99 is not "
                             "allowed, 1..64");
    http_free(&answer);
    http(s->socket, "PATCH /v1/objects" PARIS, JSON, SLICE_LIT("[1]"), &answer);
    assert_int_equal(answer.status, 400);
    http_free(&answer);
    http(s->socket, "POST /v1/connectors" PARIS "/disable", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    paris = directory_find(s->fake.directory, SITE "/cn=Configuration/cn=Connections/cn=to Paris");
    assert_false(conf_bool(paris, "enabled"));
    http_free(&answer);
    http(s->socket, "POST /v1/connectors" SITE "/enable", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 404);
    http_free(&answer);
    http(s->socket, "DELETE /v1/objects" SITE "/cn=Recipients/cn=bob", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(directory_size(s->fake.directory), 6);
    http_free(&answer);
    http(s->socket, "DELETE /v1/objects/o=Nobody", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 404);
    http_free(&answer);
}

static void a_refused_change_is_reported(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;

    s->fake.refuse_changes = true;
    http(s->socket, "PATCH /v1/objects" PARIS, JSON, SLICE_LIT("{\"window-size\":9}"), &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(text_of(answer.json, "error"), "busy");
    http_free(&answer);
}

/* Changes that come together run one after the other, each on what the former left. */
static void changes_are_serialized(void **state)
{
    enum { CLIENTS = 8 };
    struct fake_scene *s = *state;
    int fds[CLIENTS];

    s->fake.slow = true;
    for (int i = 0; i < CLIENTS; i++) {
        char request[256], body[128];

        fds[i] = http_connect(s->socket);
        snprintf(request, sizeof(request), "PUT /v1/objects" SITE "/cn=Recipients/cn=user%d", i);
        snprintf(body, sizeof(body), "{\"addresses\":[\"C=GB; A= ; P=ACME; S=User%d\"]}", i);
        http_send(fds[i], request, JSON, slice_str(body));
    }
    for (int i = 0; i < CLIENTS; i++) {
        struct http_answer answer;

        http_receive(fds[i], &answer);
        assert_int_equal(answer.status, 200);
        http_free(&answer);
        close(fds[i]);
    }
    assert_int_equal(s->fake.changes, CLIENTS);
    assert_int_equal(directory_size(s->fake.directory), 6 + CLIENTS);
}

static void the_export_can_be_applied(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer, again;

    http(s->socket, "GET /v1/export", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.headers, "application/yaml"));
    assert_null(strstr(buf_cstr(&answer.body), "sesame"));
    assert_non_null(strstr(buf_cstr(&answer.body), "mta-password: \"***\""));
    http(s->socket, "POST /v1/apply?replace", "", buf_view(&answer.body), &again);
    assert_int_equal(again.status, 200);
    assert_int_equal(json_array_size(json_object_get(again.json, "changes")), 0);
    http_free(&again);
    http_free(&answer);
    http(s->socket, "GET /v1/export?secrets=1&format=json", "", SLICE_LIT(""), &answer);
    assert_non_null(strstr(buf_cstr(&answer.body), "sesame"));
    assert_non_null(answer.json);
    http_free(&answer);
    http(s->socket, "GET /v1/export?format=xml", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 400);
    http_free(&answer);
}

static void submissions_are_streamed(void **state)
{
    enum { LENGTH = 20 * 1024 * 1024 };
    static const char envelope[] = "{\"originator\":\"S=Smith\",\"recipients\":[]}\n";
    struct fake_scene *s = *state;
    size_t head = strlen(envelope);
    uint8_t *body = malloc(head + LENGTH);
    struct http_answer answer;

    memcpy(body, envelope, head);
    for (size_t i = 0; i < LENGTH; i++)
        body[head + i] = (uint8_t)(i * 31 + i / 1000);
    s->fake.slow = true;
    s->fake.stall = 5;
    http(s->socket, "POST /v1/messages", "Content-Type: application/vnd.x400d.submission\r\n",
         slice_make(body, head + LENGTH), &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(text_of(answer.json, "mts-id"), "[/PRMD=ACME/ADMD= /C=GB/;EX1-2]");
    assert_int_equal(s->fake.content.len, LENGTH);
    assert_memory_equal(s->fake.content.p, body + head, LENGTH);
    assert_int_equal(s->fake.stall, 0);
    assert_int_equal(s->fake.abandoned, 0);
    http_free(&answer);
    free(body);
}

/* A backend that only says "not now" gets the data again without further ado. */
static void stalled_submissions_are_tried_again(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;

    s->fake.stall = 3;
    s->fake.silent = true;
    http(s->socket, "POST /v1/messages", "", SLICE_LIT("{\"originator\":\"S=A\"}\nxyz"), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(s->fake.content.len, 3);
    assert_int_equal(s->fake.stall, 0);
    http_free(&answer);
}

/* The server can stop while an upload is stalled. */
static void stopping_abandons_stalled_submissions(void **state)
{
    struct fake_scene *s = *state;
    int fd = http_connect(s->socket);

    s->fake.stall = 1000000;
    s->fake.silent = true;
    http_send(fd, "POST /v1/messages", "", SLICE_LIT("{\"originator\":\"S=A\"}\nxyz"));
    for (int i = 0; i < 200 && s->fake.stall == 1000000; i++)
        usleep(10000);
    assert_true(s->fake.stall < 1000000);
    fake_server_stop(&s->server);
    assert_int_equal(s->fake.abandoned, 1);
    s->server = fake_server_start(&s->fake);
    close(fd);
}

static void submissions_can_be_json(void **state)
{
    static const struct {
        const char *content;
        int status;
        const char *octets;
    } cases[] = {
        {"", 200, ""},       {"AAEC", 200, "\x00\x01\x02"}, {"YQ==", 200, "a"},
        {"YWI=", 200, "ab"}, {"YW\\nJj", 200, "abc"},       {"YQ", 400, NULL},
        {"Y", 400, NULL},    {"YQ==YQ==", 400, NULL},       {"Y!==", 400, NULL},
    };
    struct fake_scene *s = *state;
    struct http_answer answer;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];

        snprintf(body, sizeof(body), "{\"originator\":\"S=A\",\"content\":\"%s\"}",
                 cases[i].content);
        http(s->socket, "POST /v1/messages", JSON, slice_str(body), &answer);
        assert_int_equal(answer.status, cases[i].status);
        if (cases[i].octets) {
            size_t len = i == 1 ? 3 : strlen(cases[i].octets);

            assert_int_equal(s->fake.content.len, len);
            if (len > 0)
                assert_memory_equal(s->fake.content.p, cases[i].octets, len);
        }
        http_free(&answer);
    }
    assert_string_equal(s->fake.last, "submit {\"originator\":\"S=A\"}");
    s->fake.stall = 1;
    http(s->socket, "POST /v1/messages", JSON,
         SLICE_LIT("{\"originator\":\"S=A\",\"content\":\"YQ==\"}"), &answer);
    assert_int_equal(answer.status, 503);
    assert_int_equal(s->fake.abandoned, 1);
    http_free(&answer);
}

static void faulty_submissions_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *error;
    } cases[] = {
        {"", 400, "syntax"},
        {"{\"originator\":\"S=A\"}", 400, "syntax"}, /* no line feed: cut off? */
        {"not json\ncontent", 400, "syntax"},
        {"[]\ncontent", 400, "syntax"},
        {"{}\ncontent", 400, "missing"},
    };
    struct fake_scene *s = *state;
    struct http_answer answer;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        http(s->socket, "POST /v1/messages", "", slice_str(cases[i].body), &answer);
        assert_int_equal(answer.status, cases[i].status);
        assert_string_equal(text_of(answer.json, "error"), cases[i].error);
        http_free(&answer);
    }
    s->fake.submit_error = X4_EFULL;
    http(s->socket, "POST /v1/messages", "", SLICE_LIT("{\"originator\":\"S=A\"}\nxyz"), &answer);
    assert_int_equal(answer.status, 507);
    assert_string_equal(text_of(answer.json, "error"), "full");
    assert_int_equal(s->fake.abandoned, 1);
    http_free(&answer);
}

/* A client that goes away in the middle leaves no submission behind. */
static void broken_submissions_are_abandoned(void **state)
{
    struct fake_scene *s = *state;
    int fd = http_connect(s->socket);
    static const char part[] =
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        "{\"originator\":\"S=A\"}\nfirst part";

    assert_int_equal(write(fd, part, strlen(part)), strlen(part));
    for (int i = 0; i < 200 && s->fake.content.len == 0; i++)
        usleep(10000);
    assert_int_equal(s->fake.content.len, strlen("first part"));
    close(fd);
    for (int i = 0; i < 200 && s->fake.abandoned == 0; i++)
        usleep(10000);
    assert_int_equal(s->fake.abandoned, 1);
}

static void large_bodies_are_refused(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    int fd = http_connect(s->socket);
    static const char head[] = "POST /v1/apply HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               "Content-Length: 99999999\r\n\r\n";

    assert_int_equal(write(fd, head, strlen(head)), strlen(head));
    http_receive(fd, &answer);
    assert_int_equal(answer.status, 413);
    assert_string_equal(text_of(answer.json, "error"), "too-large");
    http_free(&answer);
    close(fd);
}

static void contents_are_streamed(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;
    const char *request = "GET /v1/mailboxes" SITE "/cn=Recipients/cn=ann/5/content";

    http(s->socket, request, "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.len, sizeof(s->fake.mailbox_content));
    assert_memory_equal(answer.body.p, s->fake.mailbox_content, answer.body.len);
    assert_string_equal(s->fake.last, "content done");
    http_free(&answer);
    http(s->socket, "GET /v1/mailboxes" SITE "/cn=Recipients/cn=ann/6/content", "", SLICE_LIT(""),
         &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.len, 0);
    assert_string_equal(s->fake.last, "content done");
    http_free(&answer);
    s->fake.submit_error =
        X4_EIO; /* reading fails half-way: the client must not take it as whole */
    http(s->socket, request, "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_true(answer.body.len < sizeof(s->fake.mailbox_content));
    assert_non_null(strstr(answer.headers, "100000"));
    http_free(&answer);
}

/* Reads until the text has come, at most two seconds. */
static bool wait_for(int fd, struct buf *seen, const char *text)
{
    for (int i = 0; i < 20; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char block[4096];
        ssize_t n;

        if (seen->len > 0 && strstr(buf_cstr(seen), text))
            return true;
        if (poll(&p, 1, 100) <= 0)
            continue;
        n = read(fd, block, sizeof(block));
        if (n <= 0)
            return false;
        buf_append(seen, block, (size_t)n);
    }
    return false;
}

static void two_more_events(struct fake *fake)
{
    fake->events += 2;
}

static void followers_see_every_event_once(void **state)
{
    struct fake_scene *s = *state;
    struct buf live, resumed;
    int fd = http_connect(s->socket), other = http_connect(s->socket);

    buf_init(&live, 65536);
    buf_init(&resumed, 65536);
    http_send(fd, "GET /v1/events/stream", "", SLICE_LIT(""));
    http_send(other, "GET /v1/events/stream", "Last-Event-ID: 1\r\n", SLICE_LIT(""));
    assert_true(wait_for(fd, &live, "retry: 1000"));
    assert_true(wait_for(other, &resumed, "event number 3"));
    fake_server_call(s->server, two_more_events);
    assert_true(wait_for(fd, &live, "event number 5"));
    assert_true(wait_for(other, &resumed, "event number 5"));
    assert_null(strstr(buf_cstr(&live), "event number 3"));
    assert_non_null(strstr(buf_cstr(&live), "id: 4\ndata: {"));
    assert_null(strstr(buf_cstr(&resumed), "event number 1"));
    assert_non_null(strstr(buf_cstr(&resumed), "event number 2"));
    assert_non_null(strstr(buf_cstr(&resumed), "text/event-stream"));
    close(fd);
    fake_server_call(s->server, two_more_events); /* nobody there any more: no harm */
    assert_true(wait_for(other, &resumed, "event number 7"));
    close(other);
    buf_free(&live);
    buf_free(&resumed);
}

/* Without admin_events_changed() they are seen by polling. */
static void followers_poll(void **state)
{
    struct fake_scene *s = *state;
    struct buf live;
    int fd = http_connect(s->socket);

    buf_init(&live, 65536);
    http_send(fd, "GET /v1/events/stream?after=3", "", SLICE_LIT(""));
    assert_true(wait_for(fd, &live, "retry: 1000"));
    __atomic_add_fetch(&s->fake.events, 1, __ATOMIC_SEQ_CST);
    assert_true(wait_for(fd, &live, "event number 4"));
    close(fd);
    buf_free(&live);
}

static void metrics_are_prometheus_text(void **state)
{
    struct fake_scene *s = *state;
    struct http_answer answer;

    http(s->socket, "GET /metrics", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.headers, "text/plain; version=0.0.4"));
    assert_string_equal(buf_cstr(&answer.body),
                        "# HELP x400d_queue_length Items waiting\n"
                        "# TYPE x400d_queue_length gauge\n"
                        "x400d_queue_length{connector=\"to \\\"Paris\\\"\\\\\\n\"} 5\n"
                        "x400d_queue_length{connector=\"to Rome\"} 0.5\n"
                        "# HELP x400d_messages_received_total Messages\n"
                        "# TYPE x400d_messages_received_total counter\n"
                        "x400d_messages_received_total 12345678901\n");
    http_free(&answer);
}

static void garbage_is_survived(void **state)
{
    static const char *const garbage[] = {
        "\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /v1/apply HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"};
    struct fake_scene *s = *state;
    struct http_answer answer;

    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        int fd = http_connect(s->socket);

        assert_true(write(fd, garbage[i], strlen(garbage[i])) > 0);
        close(fd);
    }
    http(s->socket, "GET /v1/status", "", SLICE_LIT(""), &answer);
    assert_int_equal(answer.status, 200);
    http_free(&answer);
}

/* As another user: looking is allowed where the socket's mode lets him in, changing is not. */
static void others_may_only_look(void **state)
{
    struct fake_scene *s = *state;
    char folder[64];
    int status = 0;
    pid_t child;

    if (getuid() != 0)
        skip();
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(s->socket, '/') - s->socket), s->socket);
    assert_int_equal(chmod(folder, 0755) + chmod(s->socket, 0666), 0);
    child = fork();
    if (child == 0) {
        struct http_answer look, change, secret;

        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(9);
        http(s->socket, "GET /v1/status", "", SLICE_LIT(""), &look);
        http(s->socket, "DELETE /v1/queue/42", "", SLICE_LIT(""), &change);
        http(s->socket, "GET /v1/export?secrets=1", "", SLICE_LIT(""), &secret);
        _exit((look.status == 200) + 2 * (change.status == 403) + 4 * (secret.status == 403));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void two_servers_cannot_share_a_socket(void **state)
{
    struct fake_scene *s = *state;
    struct admin_params params = {.socket = s->socket,
                                  .mode = 0600,
                                  .group = (gid_t)-1,
                                  .backend = &fake_backend,
                                  .backend_ctx = &s->fake};
    struct admin *admin;
    char text[256], path[200];

    assert_int_equal(admin_new(&params, &admin, text, sizeof(text)), X4_EBUSY);
    assert_non_null(strstr(text, "another process answers there"));
    assert_null(admin);
    params.socket = "/nonexistent/control";
    assert_int_equal(admin_new(&params, &admin, text, sizeof(text)), X4_ENOTFOUND);
    assert_string_equal(text, "/nonexistent/control: No such file or directory");
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    params.socket = path;
    assert_int_equal(admin_new(&params, &admin, text, sizeof(text)), X4_ENOTFOUND);
}

static void a_stale_socket_is_replaced(void **state)
{
    char folder[] = "/tmp/x400admin.XXXXXX", path[64], text[256];
    struct admin_params params = {
        .socket = path, .mode = 0640, .group = (gid_t)-1, .backend = &fake_backend};
    struct admin *admin;
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/control", folder);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(admin_new(&params, &admin, text, sizeof(text)), X4_OK);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
        assert_true(admin_poll_fd(admin) >= 0);
        if (i == 0) {
            char copy[80];

            snprintf(copy, sizeof(copy), "%s2", path);
            assert_int_equal(rename(path, copy), 0); /* as after a crash: a name, nobody there */
            admin_free(&admin);
            assert_int_equal(rename(copy, path), 0);
        }
    }
    admin_free(&admin);
    assert_null(admin);
    assert_int_not_equal(stat(path, &st), 0);
    rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_scene_set_up, fake_scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_reach_the_backend),
        TEST(late_answers_arrive),
        TEST(objects_can_be_read),
        TEST(a_site_file_is_applied),
        TEST(a_faulty_site_file_changes_nothing),
        TEST(objects_are_put_patched_deleted),
        TEST(a_refused_change_is_reported),
        TEST(changes_are_serialized),
        TEST(the_export_can_be_applied),
        TEST(submissions_are_streamed),
        TEST(stalled_submissions_are_tried_again),
        TEST(stopping_abandons_stalled_submissions),
        TEST(submissions_can_be_json),
        TEST(faulty_submissions_are_refused),
        TEST(broken_submissions_are_abandoned),
        TEST(large_bodies_are_refused),
        TEST(contents_are_streamed),
        TEST(followers_see_every_event_once),
        TEST(followers_poll),
        TEST(metrics_are_prometheus_text),
        TEST(garbage_is_survived),
        TEST(others_may_only_look),
        TEST(two_servers_cannot_share_a_socket),
        cmocka_unit_test(a_stale_socket_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
