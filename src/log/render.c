/* SPDX-License-Identifier: Apache-2.0 */
/* From number and fields to a sentence and to JSON. */
#include "base/limits.h"
#include "log/event.h"
#include "log/log_internal.h"

#include <inttypes.h>
#include <time.h>

/* The code point at the front of s and its length in octets; 0: not UTF-8. */
static size_t utf8_front(struct slice s, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = s.p[0];
    size_t len = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (len == 0 || len > s.len || first > 0xF4)
        return 0;
    *code = len == 1 ? first : first & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s.p[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (s.p[i] & 0x3Fu);
    }
    if (*code < least[len] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return len;
}

static bool is_utf8(struct slice s)
{
    uint32_t code;

    while (s.len > 0) {
        size_t len = utf8_front(s, &code);

        if (len == 0)
            return false;
        s = slice_from(s, len);
    }
    return true;
}

/* Control characters, and those that change the direction of what follows. */
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* Octets at the front of s that stay as they are wherever they are printed: most are. */
static size_t plain_front(struct slice s)
{
    size_t n = 0;

    while (n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x7F && s.p[n] != '"' && s.p[n] != '\\')
        n++;
    return n;
}

/* Prints them, and takes them off. */
static void put_plain(struct buf *out, struct slice *s)
{
    const size_t n = plain_front(*s);

    buf_append(out, s->p, n);
    *s = slice_from(*s, n);
}

void event_escape(struct buf *out, struct slice s)
{
    uint32_t code = 0;

    for (put_plain(out, &s); s.len > 0; put_plain(out, &s)) {
        size_t len = utf8_front(s, &code);

        if (len == 0 || is_harmful(code)) {
            len = len == 0 ? 1 : len;
            for (size_t i = 0; i < len; i++)
                buf_printf(out, "\\x%02X", s.p[i]);
        } else if (code == '\\') {
            buf_text(out, "\\\\");
        } else {
            buf_append(out, s.p, len);
        }
        s = slice_from(s, len);
    }
}

static void put_json_string(struct buf *out, struct slice s)
{
    buf_u8(out, '"');
    for (put_plain(out, &s); s.len > 0; put_plain(out, &s)) {
        const uint8_t octet = s.p[0];

        s = slice_from(s, 1);
        if (octet < 0x20 || octet == 0x7F) {
            buf_printf(out, "\\u%04x", octet);
            continue;
        }
        if (octet == '"' || octet == '\\')
            buf_u8(out, '\\');
        buf_u8(out, octet);
    }
    buf_u8(out, '"');
}

bool log_is_secret(const char *name)
{
    size_t len = strlen(name);

    return len >= 8 && strcmp(name + len - 8, "password") == 0;
}

static bool is_graphic(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7E)
            return false;
    return s.len > 0;
}

/* A field's value as text, before escaping. */
static void put_value(struct buf *out, const struct event_field *field)
{
    struct slice text = slice_sub(field->text, 0, EVENT_VALUE_MAX);

    if (log_is_secret(field->name)) {
        buf_text(out, "***");
    } else if (field->type == EVENT_FIELD_INT) {
        buf_printf(out, "%" PRId64, field->number);
    } else if (field->type == EVENT_FIELD_BOOL) {
        buf_text(out, field->number ? "true" : "false");
    } else if (field->type == EVENT_FIELD_HEX && !is_graphic(text)) {
        buf_text(out, "0x");
        buf_hex(out, text);
    } else {
        buf_slice(out, text);
    }
    if (text.len < field->text.len)
        buf_text(out, "...");
}

static bool is_absent(const struct event_field *field)
{
    return (field->type == EVENT_FIELD_TEXT || field->type == EVENT_FIELD_HEX) &&
           !slice_present(field->text);
}

static void put_named(struct buf *out, struct slice name, const struct event_field *fields,
                      size_t count)
{
    struct buf value;

    for (size_t i = 0; i < count; i++) {
        if (!slice_eq(slice_str(fields[i].name), name) || is_absent(&fields[i]))
            continue;
        buf_init(&value, LOG_LINE_MAX);
        put_value(&value, &fields[i]);
        event_escape(out, buf_view(&value));
        buf_free(&value);
        return;
    }
    buf_u8(out, '-');
}

/* Cuts out down to max octets, between characters. */
static void cut(struct buf *out, size_t max)
{
    if (out->error || out->len <= max)
        return;
    max -= 3;
    while (max > 0 && (out->p[max] & 0xC0) == 0x80)
        max--;
    out->len = max;
    buf_text(out, "...");
}

void event_print_text(struct buf *out, const struct event_entry *entry,
                      const struct event_field *fields, size_t count)
{
    size_t start = out->len;
    const char *p = entry->text;

    while (*p) {
        const char *open = strchr(p, '{');
        const char *close = open ? strchr(open, '}') : NULL;

        if (!close) {
            buf_text(out, p);
            break;
        }
        buf_append(out, p, (size_t)(open - p));
        put_named(out, slice_make(open + 1, (size_t)(close - open - 1)), fields, count);
        p = close + 1;
    }
    cut(out, start + LIMIT_EVENT_TEXT);
}

void log_print_time(struct buf *out, int64_t wall_ms)
{
    int64_t part = wall_ms % 1000;
    time_t seconds;
    struct tm tm;

    if (part < 0)
        part += 1000;
    seconds = (time_t)((wall_ms - part) / 1000);
    gmtime_r(&seconds, &tm);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)part);
}

static void put_json_field(struct buf *out, const struct event_field *field)
{
    struct buf value, escaped;

    put_json_string(out, slice_str(field->name));
    buf_u8(out, ':');
    buf_init(&value, LOG_LINE_MAX);
    buf_init(&escaped, LOG_LINE_MAX);
    put_value(&value, field);
    if ((field->type == EVENT_FIELD_INT || field->type == EVENT_FIELD_BOOL) &&
        !log_is_secret(field->name)) {
        buf_slice(out, buf_view(&value));
    } else if (is_utf8(buf_view(&value))) {
        put_json_string(out, buf_view(&value));
    } else {
        event_escape(&escaped, buf_view(&value));
        put_json_string(out, buf_view(&escaped));
    }
    buf_free(&value);
    buf_free(&escaped);
}

void event_print_json(struct buf *out, const struct event_record *record)
{
    const struct event_entry *entry = record->entry;
    bool first = true;

    buf_text(out, "{\"time\":\"");
    log_print_time(out, record->wall_ms);
    buf_printf(out, "\",\"number\":%d,\"name\":\"%s\",\"severity\":\"%s\",\"category\":\"%s\"",
               entry->number, entry->name, event_severity_name(entry->severity),
               event_category_name(entry->category));
    buf_text(out, ",\"fields\":{");
    for (size_t i = 0; i < record->count; i++) {
        if (is_absent(&record->fields[i]))
            continue;
        if (!first)
            buf_u8(out, ',');
        first = false;
        put_json_field(out, &record->fields[i]);
    }
    buf_text(out, "},\"text\":");
    put_json_string(out, slice_str(record->text));
    buf_u8(out, '}');
}
