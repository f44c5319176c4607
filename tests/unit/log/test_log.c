/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/limits.h"
#include "log/event.h"

#include <ctype.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOON 1795348800104 /* 2026-11-22T12:00:00.104Z */

static void check_text(const char *template, const struct event_field *fields, size_t count,
                       const char *expected)
{
    struct event_entry entry = {.text = template};
    struct buf out;

    buf_init(&out, 65536);
    event_print_text(&out, &entry, fields, count);
    assert_string_equal(buf_cstr(&out), expected);
    buf_free(&out);
}

static void catalogue_is_ordered_and_complete(void **state)
{
    size_t count;
    const struct event_entry *entry = event_catalogue(&count);

    (void)state;
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(entry[i - 1].number < entry[i].number);
        assert_ptr_equal(event_find(entry[i].number), &entry[i]);
        assert_true(strlen(entry[i].text) > 0);
        assert_string_not_equal(event_category_name(entry[i].category), "?");
        assert_string_not_equal(event_severity_name(entry[i].severity), "?");
    }
    assert_null(event_find(1));
    assert_null(event_find(30000));
}

/* Placeholders are field names, and a message's identifier comes first. */
static void catalogue_templates_are_sound(void **state)
{
    size_t count;
    const struct event_entry *entry = event_catalogue(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const char *id = strstr(entry[i].text, "{mts-id}");

        if (id)
            assert_ptr_equal(id, entry[i].text);
        for (const char *p = strchr(entry[i].text, '{'); p; p = strchr(p, '{')) {
            for (p++; *p != '}'; p++)
                assert_true(islower((unsigned char)*p) || *p == '-');
        }
    }
}

static void numbers_known_to_operators_are_kept(void **state)
{
    static const struct {
        int number;
        const char *name;
        enum event_category category;
    } known[] = {
        {37, "CONNECTOR_SUSPENDED", EVENT_CAT_SECURITY},
        {48, "BAD_CREDENTIALS", EVENT_CAT_SECURITY},
        {51, "UNKNOWN_MTA", EVENT_CAT_SECURITY},
        {55, "WRONG_DIALOGUE_MODE", EVENT_CAT_SECURITY},
        {57, "ASSOCIATION_LIMIT", EVENT_CAT_X400},
        {62, "DELIVERY_FAILED", EVENT_CAT_X400},
        {289, "OPEN_FAILED", EVENT_CAT_X400},
        {290, "NON_DELIVERY", EVENT_CAT_X400},
        {301, "OPEN_RETRY", EVENT_CAT_X400},
        {1290, "LOCAL_OPEN_REFUSED", EVENT_CAT_X400},
        {1293, "REMOTE_OPEN_REFUSED", EVENT_CAT_X400},
        {1294, "ASSOCIATION_ABORTED", EVENT_CAT_X400},
        {4293, "WRONG_TSELECTOR", EVENT_CAT_FIELD},
        {9202, "ACCEPT_FAILED", EVENT_CAT_SYSTEM},
        {9215, "CONNECT_FAILED", EVENT_CAT_SYSTEM},
        {9298, "STARTED", EVENT_CAT_X400},
        {9299, "STOPPED", EVENT_CAT_X400},
        {9301, "NO_CONNECTOR", EVENT_CAT_CONFIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct event_entry *entry = event_find(known[i].number);

        assert_non_null(entry);
        assert_string_equal(entry->name, known[i].name);
        assert_int_equal(entry->category, known[i].category);
    }
}

static void placeholders_are_filled(void **state)
{
    const struct event_field fields[] = {
        EV_STR("peer", "192.0.2.1:102"),
        EV_INT("count", -7),
        EV_BOOL("enabled", true),
        EV_HEX("tsel", SLICE_LIT("EX1")),
        EV_HEX("ssel", SLICE_LIT("\x00\x01")),
        EV_STR("none", NULL),
        EV_SLICE("empty", SLICE_LIT("")),
    };
    size_t count = sizeof(fields) / sizeof(fields[0]);

    (void)state;
    check_text("{peer} has {count}, {enabled}", fields, count, "192.0.2.1:102 has -7, true");
    check_text("{tsel}/{ssel}", fields, count, "EX1/0x0001");
    check_text("[{none}] [{empty}] [{other}]", fields, count, "[-] [] [-]");
    check_text("no placeholder", fields, count, "no placeholder");
    check_text("open { brace", fields, count, "open { brace");
    check_text("", fields, count, "");
}

static void one_event_is_one_harmless_line(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\nb\r\tc", "a\\x0Ab\\x0D\\x09c"},
        {"\x1b[31mred", "\\x1B[31mred"},
        {"M\xc3\xbcller \xe2\x82\xac", "M\xc3\xbcller \xe2\x82\xac"},
        {"bad \xff\xc3", "bad \\xFF\\xC3"},
        {"overlong \xc0\xaf", "overlong \\xC0\\xAF"},
        {"surrogate \xed\xa0\x80", "surrogate \\xED\\xA0\\x80"},
        {"c1 \xc2\x9b", "c1 \\xC2\\x9B"},
        {"rtl \xe2\x80\xae", "rtl \\xE2\\x80\\xAE"},
        {"back\\slash", "back\\\\slash"},
        {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
        {"\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_text("{v}", &EV_STR("v", cases[i].in), 1, cases[i].out);
}

static void secrets_are_hidden(void **state)
{
    (void)state;
    check_text("{password}", &EV_STR("password", "hunter2"), 1, "***");
    check_text("{remote-mta-password}", &EV_STR("remote-mta-password", "x"), 1, "***");
    check_text("{passwords}", &EV_STR("passwords", "2"), 1, "2");
}

static void long_values_are_cut(void **state)
{
    char value[3 * EVENT_VALUE_MAX];
    struct event_entry entry = {.text = "{v}{v}{v}{v}{v}{v}"};
    struct event_field field;
    struct buf out;

    (void)state;
    memset(value, 'a', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    field = EV_STR("v", value);
    buf_init(&out, 1 << 20);
    event_print_text(&out, &entry, &field, 1);
    assert_int_equal(out.error, 0);
    assert_int_equal(out.len, LIMIT_EVENT_TEXT);
    assert_memory_equal(out.p + out.len - 3, "...", 3);
    buf_reset(&out);
    entry.text = "{v}";
    event_print_text(&out, &entry, &field, 1);
    assert_int_equal(out.len, EVENT_VALUE_MAX + 3);
    buf_free(&out);
}

struct seen {
    unsigned count;
    int last;
    char text[256];
    json_t *json;
};

static void remember(void *ctx, const struct event_record *record)
{
    struct seen *seen = ctx;

    seen->count++;
    seen->last = record->entry->number;
    snprintf(seen->text, sizeof(seen->text), "%s", record->text);
    json_decref(seen->json);
    seen->json = json_loadb((const char *)event_json(record).p, event_json(record).len, 0, NULL);
    assert_non_null(seen->json);
}

static const char *json_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void json_has_all_fields(void **state)
{
    struct log *log = log_new();
    struct seen seen = {.count = 0};
    const json_t *fields;

    (void)state;
    assert_int_equal(log_add_callback(log, SEVERITY_DEBUG, remember, &seen), X4_OK);
    LOG_EVENT(log, NOON, EVENT_MAILBOX_DELIVERED, EV_STR("mts-id", "[/C=GB/;a\"b\\c]"),
              EV_STR("mailbox", "line\nbreak \xff"), EV_INT("n", INT64_MAX), EV_BOOL("flag", false),
              EV_STR("absent", NULL), EV_STR("my-password", "secret"));
    assert_int_equal(seen.count, 1);
    assert_string_equal(json_text(seen.json, "time"), "2026-11-22T12:00:00.104Z");
    assert_int_equal(json_integer_value(json_object_get(seen.json, "number")), 20031);
    assert_string_equal(json_text(seen.json, "name"), "MAILBOX_DELIVERED");
    assert_string_equal(json_text(seen.json, "severity"), "info");
    assert_string_equal(json_text(seen.json, "category"), "X.400 Service");
    fields = json_object_get(seen.json, "fields");
    assert_int_equal(json_object_size(fields), 5);
    assert_string_equal(json_text(fields, "mts-id"), "[/C=GB/;a\"b\\c]");
    assert_string_equal(json_text(fields, "mailbox"), "line\\x0Abreak \\xFF");
    assert_true(json_integer_value(json_object_get(fields, "n")) == INT64_MAX);
    assert_true(json_is_false(json_object_get(fields, "flag")));
    assert_string_equal(json_text(fields, "my-password"), "***");
    assert_string_equal(json_text(seen.json, "text"), seen.text);
    json_decref(seen.json);
    log_free(&log);
    assert_null(log);
}

static void sinks_filter_by_severity(void **state)
{
    struct log *log = log_new();
    struct seen all = {.count = 0}, warnings = {.count = 0}, errors = {.count = 0};

    (void)state;
    log_add_callback(log, SEVERITY_WARNING, remember, &warnings);
    assert_false(log_wants(log, SEVERITY_INFO));
    log_add_callback(log, SEVERITY_DEBUG, remember, &all);
    log_add_callback(log, SEVERITY_ERROR, remember, &errors);
    assert_true(log_wants(log, SEVERITY_DEBUG));
    LOG_EVENT(log, 0, EVENT_ASSOCIATION_STEP, EV_STR("peer", "here"));
    LOG_EVENT(log, 0, EVENT_STARTED, EV_STR("node", "a"));
    LOG_EVENT(log, 0, EVENT_NO_CONNECTOR, EV_STR("peer", "p"));
    LOG_EVENT(log, 0, EVENT_STORE_FULL, EV_STR("store", "s"));
    assert_int_equal(all.count, 4);
    assert_int_equal(warnings.count, 2);
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.last, EVENT_STORE_FULL);
    log_event(NULL, 0, EVENT_STORE_FULL, NULL, 0);
    json_decref(all.json);
    json_decref(warnings.json);
    json_decref(errors.json);
    log_free(&log);
}

static void too_many_sinks_are_refused(void **state)
{
    struct log *log = log_new();
    struct seen seen = {.count = 0};

    (void)state;
    for (int i = 0; i < LOG_SINKS; i++)
        assert_int_equal(log_add_callback(log, SEVERITY_ERROR, remember, &seen), X4_OK);
    assert_int_equal(log_add_callback(log, SEVERITY_ERROR, remember, &seen), X4_ENOMEM);
    assert_int_equal(log_add_text_fd(log, SEVERITY_ERROR, 2), X4_ENOMEM);
    assert_int_equal(log_add_json_file(log, SEVERITY_ERROR, "/dev/null"), X4_ENOMEM);
    log_free(&log);
}

static void read_file(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t got;

    assert_non_null(file);
    got = fread(to, 1, size - 1, file);
    to[got] = '\0';
    fclose(file);
}

static void files_are_appended_and_reopened(void **state)
{
    char dir[] = "/tmp/x400log.XXXXXX", path[64], moved[64], text[2048];
    struct log *log = log_new();

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(moved, sizeof(moved), "%s/log.1", dir);
    assert_int_equal(log_add_json_file(log, SEVERITY_INFO, path), X4_OK);
    LOG_EVENT(log, NOON, EVENT_STOPPED, EV_STR("mta-name", "ONE"));
    assert_int_equal(rename(path, moved), 0);
    LOG_EVENT(log, NOON, EVENT_STOPPED, EV_STR("mta-name", "TWO"));
    assert_int_equal(log_reopen(log), X4_OK);
    LOG_EVENT(log, NOON, EVENT_STOPPED, EV_STR("mta-name", "THREE"));
    read_file(moved, text, sizeof(text));
    assert_non_null(strstr(text, "\"ONE\""));
    assert_non_null(strstr(text, "\"TWO\""));
    assert_null(strstr(text, "THREE"));
    read_file(path, text, sizeof(text));
    assert_non_null(strstr(text, "THREE"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_int_equal(log_lost(log), 0);
    log_free(&log);
    assert_int_equal(unlink(path) + unlink(moved) + rmdir(dir), 0);
}

static void text_lines_have_time_severity_number_category(void **state)
{
    struct log *log = log_new();
    char line[512];
    int fds[2];
    ssize_t got;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    log_add_text_fd(log, SEVERITY_INFO, fds[1]);
    LOG_EVENT(log, NOON, EVENT_STACK_LISTENING, EV_STR("stack", "TCP"),
              EV_STR("local", "[::]:102"));
    got = read(fds[0], line, sizeof(line) - 1);
    assert_true(got > 0);
    line[got] = '\0';
    assert_string_equal(line, "2026-11-22T12:00:00.104Z info 20010 Configuration: "
                              "stack TCP listens on [::]:102\n");
    close(fds[0]);
    close(fds[1]);
    log_free(&log);
}

static void lost_lines_are_counted(void **state)
{
    struct log *log = log_new();
    int fd = open("/dev/full", O_WRONLY);

    (void)state;
    assert_true(fd >= 0);
    log_add_json_fd(log, SEVERITY_INFO, fd);
    LOG_EVENT(log, NOON, EVENT_STOPPED, EV_STR("mta-name", "ONE"));
    assert_int_equal(log_lost(log), 1);
    assert_int_equal(log_add_json_file(log, SEVERITY_INFO, "/nonexistent/log"), X4_ENOTFOUND);
    close(fd);
    log_free(&log);
}

static void severities_are_parsed(void **state)
{
    (void)state;
    assert_int_equal(event_severity_parse("debug"), SEVERITY_DEBUG);
    assert_int_equal(event_severity_parse("error"), SEVERITY_ERROR);
    assert_int_equal(event_severity_parse("Error"), -1);
    assert_int_equal(event_severity_parse(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_is_ordered_and_complete),
        cmocka_unit_test(catalogue_templates_are_sound),
        cmocka_unit_test(numbers_known_to_operators_are_kept),
        cmocka_unit_test(placeholders_are_filled),
        cmocka_unit_test(one_event_is_one_harmless_line),
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(json_has_all_fields),
        cmocka_unit_test(sinks_filter_by_severity),
        cmocka_unit_test(too_many_sinks_are_refused),
        cmocka_unit_test(files_are_appended_and_reopened),
        cmocka_unit_test(text_lines_have_time_severity_number_category),
        cmocka_unit_test(lost_lines_are_counted),
        cmocka_unit_test(severities_are_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
