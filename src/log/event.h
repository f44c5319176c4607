/* SPDX-License-Identifier: Apache-2.0 */
/* Events: the one way in which the program says what happens.
 *
 * An event is a number of the catalogue (log/catalogue.inc) and named fields; text and JSON are
 * made from those two. Numbers below 10000 mean what they meant in the Exchange MTA, so that an
 * operator's knowledge carries over; our own start at 20000.
 *
 *     LOG_EVENT(log, wall_ms, EVENT_ASSOCIATION_OPENED, EV_STR("connector", dn),
 *               EV_STR("peer", peer), EV_INT("association", n));
 *
 * An event that concerns a message gives EV_STR("mts-id", ...) first. Secrets are never fields:
 * log_event() replaces the value of a field whose name ends in "password" by "***". What is not
 * printable UTF-8 appears as \xNN in the sentence (in JSON's fields, control characters as JSON
 * escapes): one event is one line, and no peer can write on an operator's terminal. A value is cut
 * after EVENT_VALUE_MAX octets, the sentence after LIMIT_EVENT_TEXT. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENT_VALUE_MAX = 1024 };

enum event_severity {
    SEVERITY_DEBUG = 0,
    SEVERITY_INFO = 1,
    SEVERITY_WARNING = 2,
    SEVERITY_ERROR = 3
};

/* The diagnostics categories of the Exchange MTA. */
enum event_category {
    EVENT_CAT_X400,      /* X.400 Service: bind, transfer, reports */
    EVENT_CAT_RESOURCE,  /* limits and stocks */
    EVENT_CAT_SECURITY,  /* attempted violations */
    EVENT_CAT_INTERFACE, /* between parts of the MTA and with programs */
    EVENT_CAT_FIELD,     /* Field Engineering: for the people who know the protocol */
    EVENT_CAT_ADMIN,     /* MTA Administration */
    EVENT_CAT_CONFIG,    /* Configuration */
    EVENT_CAT_DIRECTORY, /* Directory Access */
    EVENT_CAT_SYSTEM,    /* Operating System: sockets, files */
    EVENT_CAT_INTERNAL,  /* Internal Processing */
    EVENT_CAT_COUNT
};

/* EVENT_<NAME> = number, from the catalogue. */
enum event_number {
#define EVENT(name, number, severity, category, text, action) EVENT_##name = (number),
#include "log/catalogue.inc"
#undef EVENT
};

struct event_entry {
    int number;
    enum event_severity severity;
    enum event_category category;
    const char *name;   /* "ASSOCIATION_OPENED" */
    const char *text;   /* with {field} placeholders; an absent field shows as "-" */
    const char *action; /* what the operator should do, "" = nothing */
};

enum event_field_type { EVENT_FIELD_TEXT, EVENT_FIELD_INT, EVENT_FIELD_BOOL, EVENT_FIELD_HEX };

struct event_field {
    const char *name; /* lower case, words joined by '-' */
    enum event_field_type type;
    struct slice text; /* TEXT and HEX; absent: the field is left out */
    int64_t number;    /* INT and BOOL */
};

#define EV_STR(n, s)                                                                               \
    ((struct event_field){.name = (n), .type = EVENT_FIELD_TEXT, .text = slice_str(s)})
#define EV_SLICE(n, s) ((struct event_field){.name = (n), .type = EVENT_FIELD_TEXT, .text = (s)})
/* Octets such as a selector: shown as text when all printable ASCII, else as 0x... */
#define EV_HEX(n, s) ((struct event_field){.name = (n), .type = EVENT_FIELD_HEX, .text = (s)})
#define EV_INT(n, v)                                                                               \
    ((struct event_field){.name = (n), .type = EVENT_FIELD_INT, .number = (int64_t)(v)})
#define EV_BOOL(n, v)                                                                              \
    ((struct event_field){.name = (n), .type = EVENT_FIELD_BOOL, .number = (v) ? 1 : 0})

/* What a sink gets; everything is valid during the call only. */
struct event_record {
    int64_t wall_ms;
    const struct event_entry *entry;
    const char *text; /* the sentence, without time and number */
    struct buf *json; /* event_json() keeps it here */
    const struct event_field *fields;
    size_t count;
};

/* One JSON object, no newline at its end. It is made for the first sink that asks: most events of
 * each message go to sinks that do not. Absent: out of memory; the event is counted as lost. */
struct slice event_json(const struct event_record *record);

struct log;
typedef void event_sink_fn(void *ctx, const struct event_record *record);

struct log *log_new(void); /* NULL: out of memory. No sinks: events are dropped. */
void log_free(struct log **log);

/* Sinks. Each sees the events of at least that severity. Results: X4_OK, X4_ENOMEM (more than
 * LOG_SINKS sinks), X4_EIO (a file cannot be opened; errno tells). A sink never blocks the caller's
 * work by failing: what cannot be written is counted, see log_lost(). */
enum { LOG_SINKS = 8 };
int log_add_callback(struct log *log, enum event_severity least, event_sink_fn *fn, void *ctx);
/* "2026-11-22T19:32:21.104Z warning 9301 Configuration: text"; fd stays the caller's. */
int log_add_text_fd(struct log *log, enum event_severity least, int fd);
int log_add_json_fd(struct log *log, enum event_severity least, int fd);
/* JSON Lines, appended; made with mode 0640. What x4_error_of_errno() says of a file that cannot be
 * opened (errno tells more), X4_ENOMEM. */
int log_add_json_file(struct log *log, enum event_severity least, const char *path);
/* The journal when the machine has one, with each field as X400_NAME=; otherwise syslog(3). ident
 * must stay valid. */
int log_add_system(struct log *log, enum event_severity least, const char *ident);
/* Opens the files again, after a rotation. */
int log_reopen(struct log *log);
/* Lines that could not be written since the start. */
uint64_t log_lost(const struct log *log);

/* Is there a sink for events of that severity? Where it costs something to put one together. */
bool log_wants(const struct log *log, enum event_severity severity);
/* Tells all sinks. wall_ms: milliseconds since 1970 UTC. log may be NULL (tools, tests). */
void log_event(struct log *log, int64_t wall_ms, enum event_number number,
               const struct event_field *fields, size_t count);
#define LOG_EVENT(log, wall_ms, number, ...)                                                       \
    log_event((log), (wall_ms), (number), (const struct event_field[]){__VA_ARGS__},               \
              sizeof((const struct event_field[]){__VA_ARGS__}) / sizeof(struct event_field))

/* The catalogue, ordered by number. */
const struct event_entry *event_catalogue(size_t *count);
const struct event_entry *event_find(int number);       /* NULL: no such number */
const char *event_severity_name(enum event_severity s); /* "warning" */
int event_severity_parse(const char *name);             /* -1: no such name */
const char *event_category_name(enum event_category c); /* "X.400 Service" */

/* The two forms, for tools: append to out. */
void event_print_text(struct buf *out, const struct event_entry *entry,
                      const struct event_field *fields, size_t count);
void event_print_json(struct buf *out, const struct event_record *record);
/* s as one line of printable UTF-8, other octets as \xNN, backslash doubled. */
void event_escape(struct buf *out, struct slice s);
