/* SPDX-License-Identifier: Apache-2.0 */
/* The system log on a machine with systemd: the journal, with every field as X400_<NAME>; where
 * no journal answers (a container), syslog(3). */
#include "log/log_internal.h"

#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum { FIELDS_MAX = 40 };

static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};

struct entry {
    struct buf text;            /* all assignments, one after the other */
    size_t end[FIELDS_MAX + 1]; /* of assignment n */
    int count;
};

void log_system_open(const char *ident)
{
    if (access(JOURNAL_SOCKET, W_OK) != 0)
        openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* Marks the end of an assignment. */
static void finish(struct entry *entry)
{
    entry->end[entry->count++] = entry->text.len;
}

static void add_field(struct entry *entry, const struct event_field *field)
{
    static const struct event_entry value = {.text = "{value}"};
    struct event_field renamed = *field;

    if (entry->count == FIELDS_MAX)
        return;
    buf_text(&entry->text, "X400_");
    for (const char *p = field->name; *p; p++)
        buf_u8(&entry->text, *p == '-'                  ? '_'
                             : (*p >= 'a' && *p <= 'z') ? (unsigned)(*p - 32)
                                                        : (unsigned char)*p);
    buf_u8(&entry->text, '=');
    renamed.name = "value";
    if (log_is_secret(field->name))
        buf_text(&entry->text, "***");
    else
        event_print_text(&entry->text, &value, &renamed, 1);
    finish(entry);
}

static bool send_entry(struct entry *entry)
{
    struct iovec iov[FIELDS_MAX];
    size_t start = 0;

    if (entry->text.error)
        return false;
    for (int i = 0; i < entry->count; i++) {
        iov[i] =
            (struct iovec){.iov_base = entry->text.p + start, .iov_len = entry->end[i] - start};
        start = entry->end[i];
    }
    return sd_journal_sendv(iov, entry->count) == 0;
}

bool log_system_write(const char *ident, const struct event_record *record)
{
    int priority = priorities[record->entry->severity];
    struct entry entry = {.count = 0};
    bool sent;

    if (access(JOURNAL_SOCKET, W_OK) != 0) {
        syslog(priority, "%d %s: %s", record->entry->number,
               event_category_name(record->entry->category), record->text);
        return true;
    }
    buf_init(&entry.text, LOG_LINE_MAX);
    buf_printf(&entry.text, "MESSAGE=%s", record->text);
    finish(&entry);
    buf_printf(&entry.text, "PRIORITY=%d", priority);
    finish(&entry);
    buf_printf(&entry.text, "SYSLOG_IDENTIFIER=%s", ident);
    finish(&entry);
    buf_printf(&entry.text, "X400_EVENT=%d", record->entry->number);
    finish(&entry);
    buf_printf(&entry.text, "X400_EVENT_NAME=%s", record->entry->name);
    finish(&entry);
    for (size_t i = 0; i < record->count; i++)
        add_field(&entry, &record->fields[i]);
    sent = send_entry(&entry);
    buf_free(&entry.text);
    return sent;
}
