/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options and arguments, judged before anything is asked of the MTA. What a value must be
 * is said by its placeholder: "ADDRESS", "N", "TIME", "TYPE", or a list of words. */
#include "prog/x400ctl/ctl.h"

#include "base/error.h"
#include "base/limits.h"
#include "oraddr/oraddr.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int value_index(const char *words, const char *value)
{
    size_t len = strlen(value);

    for (int i = 0;; i++) {
        size_t n = strcspn(words, "|");

        if (n == len && memcmp(words, value, n) == 0)
            return i;
        if (!words[n])
            return -1;
        words += n + 1;
    }
}

/* "a|b|c" as "a, b or c". */
static void list_words(const char *words, struct buf *out)
{
    while (*words) {
        size_t n = strcspn(words, "|");
        const char *next = words[n] ? words + n + 1 : NULL;

        buf_append(out, words, n);
        if (next)
            buf_text(out, strchr(next, '|') ? ", " : " or ");
        words = next ? next : "";
    }
}

static bool check_words(const char *what, const char *words, const char *value)
{
    struct buf list;

    if (value_index(words, value) >= 0)
        return true;
    buf_init(&list, LIMIT_EVENT_TEXT);
    list_words(words, &list);
    complain(0, "%s: '%s' is not %s", what, value, buf_cstr(&list) ? buf_cstr(&list) : words);
    buf_free(&list);
    return false;
}

static bool check_address(const char *what, const char *value)
{
    struct or_address address;
    struct arena arena;
    struct buf why;
    bool good;

    arena_init(&arena, LIMIT_ENVELOPE_ARENA);
    buf_init(&why, LIMIT_EVENT_TEXT);
    good = or_address_parse(slice_str(value), &arena, &address, &why) == X4_OK;
    if (!good)
        complain(0,
                 "%s: '%s' is not an O/R address: %s\n"
                 "Write it as 'G=Ann; S=Smith; O=London; P=ACME; A= ; C=GB' or "
                 "'/G=Ann/S=Smith/O=London/PRMD=ACME/ADMD= /C=GB/'",
                 what, value, buf_cstr(&why) ? buf_cstr(&why) : "malformed");
    buf_free(&why);
    arena_free(&arena);
    return good;
}

static bool check_number(const char *what, const char *value)
{
    if (*value && strspn(value, "0123456789") == strlen(value) && strlen(value) <= 18)
        return true;
    complain(0, "%s: '%s' is not a number", what, value);
    return false;
}

static bool check_content_type(const char *what, const char *value)
{
    size_t digits = strspn(value, "0123456789.");

    if (value_index("p2|p22|unidentified", value) >= 0 ||
        (digits && !value[digits] && strchr(value, '.')))
        return true;
    complain(0, "%s: '%s' is not p2, p22, unidentified or an object identifier such as 2.6.1.4.1",
             what, value);
    return false;
}

static bool parse_relative(const char *text, int64_t *ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    enum { MOST = 1000000 };
    char *end;
    long long n = strtoll(text, &end, 10);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (end == text || *end != units[i].unit || end[1] || n < 0 || n > MOST)
            continue;
        *ms = (int64_t)time(NULL) * 1000 + n * units[i].ms;
        return true;
    }
    return false;
}

bool value_time(const char *text, int64_t *ms)
{
    struct tm tm = {.tm_isdst = -1};
    const char *end;

    if (*text == '+')
        return parse_relative(text + 1, ms);
    end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end)
        end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
    if (!end || (*end && strcmp(end, "Z") != 0))
        return false;
    tm.tm_isdst = -1;
    *ms = (int64_t)(*end ? timegm(&tm) : mktime(&tm)) * 1000;
    return true;
}

static bool check_time(const char *what, const char *value)
{
    int64_t ms;

    if (value_time(value, &ms))
        return true;
    complain(0, "%s: '%s' is not a time: 2026-11-22T19:30, 2026-11-22T19:30:00Z or +2h", what,
             value);
    return false;
}

bool value_check(const char *what, const char *placeholder, const char *value)
{
    static const struct {
        const char *placeholder;
        bool (*check)(const char *what, const char *value);
    } checks[] = {{"ADDRESS", check_address},
                  {"N", check_number},
                  {"TIME", check_time},
                  {"TYPE", check_content_type}};

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (strcmp(checks[i].placeholder, placeholder) == 0)
            return checks[i].check(what, value);
    }
    return true;
}

bool value_check_option(const struct option_spec *spec, const char *value)
{
    char what[64];

    snprintf(what, sizeof(what), "--%s", spec->name);
    if (spec->words)
        return check_words(what, spec->words, value);
    return value_check(what, spec->argument, value);
}
