/* SPDX-License-Identifier: Apache-2.0 */
/* x400ctl's parts. Every command is one request, or a few, to the API and a table of the answer. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status, documented in x400ctl(1). */
enum ctl_exit {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,   /* the MTA said no, or there is no such thing */
    EXIT_USAGE = 2,     /* the command line is wrong */
    EXIT_NO_DAEMON = 3, /* nobody answers on the control socket */
    EXIT_DENIED = 4,    /* the user may not */
    EXIT_CONFIG = 5,    /* the configuration given is wrong; nothing was changed */
    EXIT_TEMPORARY = 6, /* busy, full, too late: try again */
};

/* ---- command line ---------------------------------------------------------------------------- */

struct option_spec {
    const char *name;     /* without "--"; NULL ends the list */
    const char *argument; /* "FILE", NULL: a switch */
    const char *doc;
    const char *words; /* "low|normal|high": the values there are; NULL: as argument says */
};

struct command;

enum { ARGS_MAX = 4096 };
struct args {
    const struct command *command;
    struct {
        const struct option_spec *spec;
        const char *value; /* "" for a switch */
    } option[ARGS_MAX];
    size_t option_count;
    char *word[ARGS_MAX]; /* what is not an option, as it stands in argv */
    size_t word_count;
};

struct ctl {
    const char *socket;
    bool json;
    void *curl;
    struct args args;
};

typedef int command_fn(struct ctl *ctl);
enum { COMMAND_OPTIONS = 32 };
struct command {
    const char *name;   /* "queue list" */
    const char *words;  /* "ITEM...", for the help */
    size_t least, most; /* number of words */
    command_fn *run;
    const char *doc;
    const char *example; /* a command line */
    struct option_spec option[COMMAND_OPTIONS];
};

extern const struct command commands[]; /* ends with a name of NULL */

/* Sorts the arguments out; false after a message. Options and words may be mixed; "--" ends the
 * options. Global options are taken everywhere. */
bool args_parse(struct ctl *ctl, int argc, char **argv);
/* The last value given, NULL: not given. */
const char *args_option(const struct args *args, const char *name);
/* Calls with n = 0, 1, ... give all values of an option that may be repeated, then NULL. */
const char *args_each(const struct args *args, const char *name, size_t n);
/* An option "N"; otherwise when it was not given. */
int64_t args_int(const struct args *args, const char *name, int64_t otherwise);
/* Which of its words an option is, 0 the first; otherwise when it was not given. */
int args_word(const struct args *args, const char *name, int otherwise);
/* An option "TIME", milliseconds since 1970; 0: not given. */
int64_t args_time(const struct args *args, const char *name);
void help_all(void);
void help_command(const struct command *command);

/* ---- values (values.c) ----------------------------------------------------------------------- */

/* Is it what its placeholder says, such as "ADDRESS" or "N"? what: "--from", for the message after
 * which this is false. Other placeholders take anything. */
bool value_check(const char *what, const char *placeholder, const char *value);
bool value_check_option(const struct option_spec *spec, const char *value);
/* Which of "low|normal|high" it is, 0 the first; -1: none. */
int value_index(const char *words, const char *value);
/* "+90s", "+30m", "+2h", "+1d", "2026-11-22T19:30" (local time) or "...Z"; false: none of them. */
bool value_time(const char *text, int64_t *ms);

/* ---- the API --------------------------------------------------------------------------------- */

enum { PATH_MAX_LEN = 8000 }; /* of a request */

struct answer {
    long status; /* of HTTP; 0: there was none */
    struct buf body;
    json_t *json; /* NULL: not JSON */
};

struct upload {
    const char *content_type;
    struct slice head; /* sent first */
    struct slice body; /* then this, or */
    FILE *file;        /* the rest of this file */
    int64_t file_len;
};

/* One request; path as it goes into the URL. EXIT_DONE, or the exit status after a message on
 * stderr. The answer is to be freed in any case. */
int api(struct ctl *ctl, const char *request, const struct upload *upload, struct answer *answer);
void answer_free(struct answer *answer);
/* The answer's octets to a file as they come. */
int api_download(struct ctl *ctl, const char *path, FILE *to);
/* Reads server-sent events until each returns false or the connection ends. */
int api_follow(struct ctl *ctl, const char *path,
               bool (*each)(void *ctx, int64_t seq, const json_t *event), void *ctx);
/* Appends "?name=value" or "&name=value", escaped; nothing for a NULL value. */
void path_query(struct buf *path, const char *name, const char *value);
/* Appends a DN as path steps, escaped. */
void path_dn(struct buf *path, const char *dn);
/* The DN that a name means (names.c): a DN as it is; else the only object of this class (NULL: of
 * any) whose last value it is, "to Paris" or "to-paris", or whose DN ends with it. false after a
 * message with the candidates, *status says which. */
bool resolve(struct ctl *ctl, const char *kind, const char *name, struct buf *dn, int *status);
/* The same among objects that are at hand, {DN: ...}. How many there are of the strictest meaning
 * that any has; *dn is one of them, list gets them, one a line. */
size_t find_names(const json_t *objects, const char *name, const char **dn, struct buf *list);
bool resolve_connector(struct ctl *ctl, const char *name, struct buf *dn, int *status);
bool resolve_mailbox(struct ctl *ctl, const char *name, struct buf *dn, int *status);
/* The path of a mailbox, or of its entry: a number, "first" or "last". false after a message. path
 * is made here and the caller's in any case. */
bool mailbox_path(struct ctl *ctl, const char *mailbox, const char *entry, struct buf *path,
                  int *status);

/* ---- output ---------------------------------------------------------------------------------- */

enum { TABLE_COLUMNS = 10 };
struct table {
    size_t columns;
    bool right[TABLE_COLUMNS]; /* align to the right */
    char **cell;
    size_t count, cap; /* cells */
};

/* titles: "ITEM|STATE|>SIZE": one for each column, '>' aligns to the right. */
void table_begin(struct table *table, const char *titles);
/* A cell; control characters are shown as '?'. NULL and "" show as "-". */
void table_add(struct table *table, const char *text);
void table_add_int(struct table *table, int64_t number);
/* The member of an object as text, whatever its type. */
void table_add_member(struct table *table, const json_t *object, const char *name);
void table_add_time(struct table *table, const json_t *object, const char *name);
/* The last value of a DN. */
void table_add_leaf(struct table *table, const json_t *object, const char *name);
/* Prints and frees it; empty is printed when there are no rows. */
void table_end(struct table *table, const char *empty);
/* Two columns: every member of an object, nested ones indented. */
void print_object(const json_t *object, unsigned indent);
/* A value in one line, as people read it. */
void value_text(const json_t *value, struct buf *out);
/* "2026-11-22 19:30:05", local time; "-" for 0 */
void time_text(int64_t ms, char text[32]);
void print_json(const json_t *json);
/* Text for a terminal: control characters but line feeds become '?'. */
void print_safe(FILE *to, const char *text);
const char *text_member(const json_t *object, const char *name);
int64_t int_member(const json_t *object, const char *name);
/* Prints the JSON if that is wanted, else calls show. EXIT_DONE. */
int finish(struct ctl *ctl, const json_t *json, void (*show)(const json_t *json));
/* "x400ctl: text" on stderr; gives back status. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* GET path and finish(). */
int get_and_show(struct ctl *ctl, const char *path, void (*show)(const json_t *json));
/* Reads a file, "-" is standard input; false after a message. */
bool read_file(const char *path, struct buf *out);

/* ---- messages (compose.c) -------------------------------------------------------------------- */

/* The content that send's options ask for, into out; *needs_p22: it is none of 1984. EXIT_DONE, or
 * the exit status after a message. */
int compose(struct ctl *ctl, struct buf *out, bool *needs_p22);

/* ---- commands -------------------------------------------------------------------------------- */

command_fn cmd_status, cmd_apply, cmd_export, cmd_show, cmd_set, cmd_delete;
command_fn cmd_connector_list, cmd_connector_show, cmd_connector_open, cmd_connector_close,
    cmd_connector_enable, cmd_connector_disable, cmd_associations, cmd_ping, cmd_route;
command_fn cmd_queue_list, cmd_queue_show, cmd_queue_hold, cmd_queue_release, cmd_queue_delete,
    cmd_queue_return, cmd_track, cmd_events;
command_fn cmd_send, cmd_probe;
command_fn cmd_mailbox_list, cmd_mailbox_read, cmd_mailbox_export, cmd_mailbox_delete;
