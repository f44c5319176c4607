/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks. */
#include "base/error.h"
#include "log/event.h"
#include "log/log_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct sink {
    enum event_severity least;
    event_sink_fn *fn;
    void *ctx;
    struct log *log;
    int fd;
    char *path;        /* a file that is ours to open */
    const char *ident; /* system log */
};

struct log {
    struct sink sinks[LOG_SINKS];
    unsigned count;
    uint64_t lost;
};

struct log *log_new(void)
{
    return calloc(1, sizeof(struct log));
}

void log_free(struct log **log)
{
    if (!*log)
        return;
    for (unsigned i = 0; i < (*log)->count; i++) {
        struct sink *sink = &(*log)->sinks[i];

        if (sink->path && sink->fd >= 0)
            close(sink->fd);
        free(sink->path);
    }
    free(*log);
    *log = NULL;
}

uint64_t log_lost(const struct log *log)
{
    return log->lost;
}

static struct sink *add(struct log *log, enum event_severity least, event_sink_fn *fn, void *ctx)
{
    struct sink *sink;

    if (log->count == LOG_SINKS)
        return NULL;
    sink = &log->sinks[log->count++];
    *sink = (struct sink){.least = least, .fn = fn, .ctx = ctx, .log = log, .fd = -1};
    if (!ctx)
        sink->ctx = sink;
    return sink;
}

int log_add_callback(struct log *log, enum event_severity least, event_sink_fn *fn, void *ctx)
{
    return add(log, least, fn, ctx) ? X4_OK : X4_ENOMEM;
}

/* One write per line, so that lines of several writers do not mix. */
static void write_line(struct sink *sink, struct buf *line)
{
    struct slice rest;

    buf_u8(line, '\n');
    rest = buf_view(line);
    while (!line->error && sink->fd >= 0 && rest.len > 0) {
        ssize_t n = write(sink->fd, rest.p, rest.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        rest = slice_from(rest, (size_t)n);
    }
    if (line->error || rest.len > 0)
        sink->log->lost++;
}

static void text_sink(void *ctx, const struct event_record *record)
{
    struct sink *sink = ctx;
    struct buf line;

    buf_init(&line, LOG_LINE_MAX);
    log_print_time(&line, record->wall_ms);
    buf_printf(&line, " %s %d %s: %s", event_severity_name(record->entry->severity),
               record->entry->number, event_category_name(record->entry->category), record->text);
    write_line(sink, &line);
    buf_free(&line);
}

static void json_sink(void *ctx, const struct event_record *record)
{
    const struct slice json = event_json(record);
    struct sink *sink = ctx;
    struct buf line;

    if (!slice_present(json))
        return;
    buf_init(&line, LOG_LINE_MAX);
    buf_slice(&line, json);
    write_line(sink, &line);
    buf_free(&line);
}

static void system_sink(void *ctx, const struct event_record *record)
{
    struct sink *sink = ctx;

    if (!log_system_write(sink->ident, record))
        sink->log->lost++;
}

static int add_fd(struct log *log, enum event_severity least, event_sink_fn *fn, int fd)
{
    struct sink *sink = add(log, least, fn, NULL);

    if (!sink)
        return X4_ENOMEM;
    sink->fd = fd;
    return X4_OK;
}

int log_add_text_fd(struct log *log, enum event_severity least, int fd)
{
    return add_fd(log, least, text_sink, fd);
}

int log_add_json_fd(struct log *log, enum event_severity least, int fd)
{
    return add_fd(log, least, json_sink, fd);
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

int log_add_json_file(struct log *log, enum event_severity least, const char *path)
{
    int fd = open_file(path);
    struct sink *sink;
    char *copy;

    if (fd < 0)
        return x4_error_of_errno(errno);
    copy = strdup(path);
    sink = copy ? add(log, least, json_sink, NULL) : NULL;
    if (!sink) {
        free(copy);
        close(fd);
        return X4_ENOMEM;
    }
    sink->fd = fd;
    sink->path = copy;
    return X4_OK;
}

int log_add_system(struct log *log, enum event_severity least, const char *ident)
{
    struct sink *sink = add(log, least, system_sink, NULL);

    if (!sink)
        return X4_ENOMEM;
    sink->ident = ident;
    log_system_open(ident);
    return X4_OK;
}

int log_reopen(struct log *log)
{
    int result = X4_OK;

    for (unsigned i = 0; i < log->count; i++) {
        struct sink *sink = &log->sinks[i];
        int fd;

        if (!sink->path)
            continue;
        fd = open_file(sink->path);
        if (fd < 0) {
            result = X4_EIO; /* go on in the old file rather than nowhere */
            continue;
        }
        if (sink->fd >= 0)
            close(sink->fd);
        sink->fd = fd;
    }
    return result;
}

bool log_wants(const struct log *log, enum event_severity severity)
{
    for (unsigned i = 0; i < log->count; i++)
        if (severity >= log->sinks[i].least)
            return true;
    return false;
}

struct slice event_json(const struct event_record *record)
{
    if (record->json->len == 0 && !record->json->error)
        event_print_json(record->json, record);
    return record->json->error ? SLICE_NONE : buf_view(record->json);
}

void log_event(struct log *log, int64_t wall_ms, enum event_number number,
               const struct event_field *fields, size_t count)
{
    const struct event_entry *entry = event_find((int)number);
    struct buf text, json;
    struct event_record record = {
        .wall_ms = wall_ms, .entry = entry, .json = &json, .fields = fields, .count = count};

    assert(entry);
    if (!log || !log_wants(log, entry->severity))
        return;
    buf_init(&text, LOG_LINE_MAX);
    buf_init(&json, LOG_LINE_MAX);
    event_print_text(&text, entry, fields, count);
    record.text = buf_cstr(&text);
    for (unsigned i = 0; record.text && i < log->count; i++)
        if (entry->severity >= log->sinks[i].least)
            log->sinks[i].fn(log->sinks[i].ctx, &record);
    log->lost += !record.text || json.error;
    buf_free(&text);
    buf_free(&json);
}
