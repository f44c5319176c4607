/* SPDX-License-Identifier: Apache-2.0 */
/* The system log where there is no journal: syslog(3). */
#include "log/log_internal.h"

#include <syslog.h>

static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};

void log_system_open(const char *ident)
{
    openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

bool log_system_write(const char *ident, const struct event_record *record)
{
    (void)ident;
    syslog(priorities[record->entry->severity], "%d %s: %s", record->entry->number,
           event_category_name(record->entry->category), record->text);
    return true;
}
