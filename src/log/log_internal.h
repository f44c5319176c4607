/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "log/event.h"

#include <stdint.h>

enum { LOG_LINE_MAX = 256 * 1024 };

/* "2026-11-22T19:32:21.104Z" */
void log_print_time(struct buf *out, int64_t wall_ms);
/* Must the value of a field of this name not be seen? */
bool log_is_secret(const char *name);

/* The machine's own log. system_journal.c or system_syslog.c, as the build found. */
void log_system_open(const char *ident);
/* true: it was taken. */
bool log_system_write(const char *ident, const struct event_record *record);
