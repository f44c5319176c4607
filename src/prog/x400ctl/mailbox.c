/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox list, read, export, delete. */
#include "prog/x400ctl/ctl.h"

#include "base/error.h"
#include "ipm/ipm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 64 * 1024 * 1024, ARENA_MAX = 256 * 1024 * 1024 };

static void show_mailboxes(const json_t *json)
{
    struct table table;
    size_t i;
    json_t *m;

    table_begin(&table, "NAME|>ENTRIES|>UNREAD|MAILBOX");
    json_array_foreach(json, i, m)
    {
        table_add_member(&table, m, "name");
        table_add_member(&table, m, "entries");
        table_add_member(&table, m, "unread");
        table_add_member(&table, m, "mailbox");
    }
    table_end(&table, "no mailboxes");
}

static void show_entries(const json_t *json)
{
    struct table table;
    size_t i;
    json_t *e;

    table_begin(&table, ">ENTRY|KIND|READ|DELIVERED|>OCTETS|FROM|MTS-ID");
    json_array_foreach(json, i, e)
    {
        const char *about = text_member(e, "subject-mts-id");

        table_add_member(&table, e, "entry");
        table_add_member(&table, e, "kind");
        table_add_member(&table, e, "read");
        table_add_time(&table, e, "delivered-ms");
        table_add_member(&table, e, "content-length");
        table_add_member(&table, e, "originator");
        table_add_member(&table, e, about ? "subject-mts-id" : "mts-id");
    }
    table_end(&table, "the mailbox is empty");
}

/* The number of the first or last entry; 0 after a message. path: of the mailbox. */
static int64_t entry_at_end(struct ctl *ctl, const char *which, struct buf *path, int *status)
{
    struct answer answer;
    char request[PATH_MAX_LEN + 8];
    int64_t number = 0;
    size_t count;

    snprintf(request, sizeof(request), "GET %s", buf_cstr(path));
    *status = api(ctl, request, NULL, &answer);
    count = json_array_size(answer.json);
    if (*status == EXIT_DONE && count == 0)
        *status = complain(EXIT_REFUSED, "the mailbox is empty");
    else if (*status == EXIT_DONE)
        number = int_member(json_array_get(answer.json, *which == 'f' ? 0 : count - 1), "entry");
    answer_free(&answer);
    return number;
}

/* Appends "/number" of an entry given by its number, or as "first" or "last". */
static bool put_entry(struct ctl *ctl, const char *entry, struct buf *path, int *status)
{
    int64_t number;

    if (strcmp(entry, "first") != 0 && strcmp(entry, "last") != 0) {
        buf_printf(path, "/%s", entry);
        return true;
    }
    number = entry_at_end(ctl, entry, path, status);
    buf_printf(path, "/%" PRId64, number);
    return number != 0;
}

static bool is_entry(const char *entry)
{
    if (*entry && strspn(entry, "0123456789") == strlen(entry))
        return true;
    return strcmp(entry, "first") == 0 || strcmp(entry, "last") == 0;
}

bool mailbox_path(struct ctl *ctl, const char *mailbox, const char *entry, struct buf *path,
                  int *status)
{
    struct buf dn;
    bool good;

    buf_init(&dn, PATH_MAX_LEN);
    buf_init(path, PATH_MAX_LEN);
    if (entry && !is_entry(entry)) {
        *status =
            complain(EXIT_USAGE, "'%s' is not the number of an entry, nor first or last", entry);
        return false;
    }
    good = resolve_mailbox(ctl, mailbox, &dn, status);
    if (good) {
        buf_text(path, "/v1/mailboxes");
        path_dn(path, buf_cstr(&dn));
        good = !entry || put_entry(ctl, entry, path, status);
    }
    buf_free(&dn);
    if (good && !buf_cstr(path)) {
        *status = complain(EXIT_USAGE, "the name is too long");
        good = false;
    }
    return good;
}

/* The path of the entry that the command's words name, with something behind it. */
static bool entry_request(struct ctl *ctl, const char *entry, const char *behind, struct buf *path,
                          int *status)
{
    bool good = mailbox_path(ctl, ctl->args.word[0], entry, path, status);

    buf_text(path, behind);
    return good && buf_cstr(path);
}

/* METHOD on an entry's path; the answer is the caller's. */
static int on_entry(struct ctl *ctl, const char *method, const char *entry, const char *behind,
                    struct answer *answer)
{
    struct buf path;
    char request[PATH_MAX_LEN + 32];
    int status;

    *answer = (struct answer){.status = 0};
    if (entry_request(ctl, entry, behind, &path, &status)) {
        snprintf(request, sizeof(request), "%s %s", method, buf_cstr(&path));
        status = api(ctl, request, NULL, answer);
    }
    buf_free(&path);
    return status;
}

int cmd_mailbox_list(struct ctl *ctl)
{
    struct answer answer;
    int status;

    if (ctl->args.word_count == 0)
        return get_and_show(ctl, "/v1/mailboxes", show_mailboxes);
    status = on_entry(ctl, "GET", NULL, "", &answer);
    if (status == EXIT_DONE)
        finish(ctl, answer.json, show_entries);
    answer_free(&answer);
    return status;
}

/* The content as people read it. */
static void describe(const struct answer *content, struct buf *out)
{
    int result = ipm_show(buf_view(&content->body), IPM_SHOW_ALL, out);

    if (result != X4_OK) {
        buf_reset(out);
        buf_printf(out, "(a content of %zu octets that is no interpersonal message: %s)\n",
                   content->body.len, x4_strerror(result));
    }
}

static bool has_content(const json_t *entry)
{
    const char *kind = text_member(entry, "kind");

    return kind && strcmp(kind, "message") == 0 && int_member(entry, "content-length") > 0 &&
           int_member(entry, "content-length") <= SHOWN_MAX;
}

static void show_entry(const json_t *json)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)json);
    const char *text = text_member(json, "text");

    json_object_del(copy, "text");
    print_object(copy, 0);
    if (text)
        printf("\n%s", text);
    json_decref(copy);
}

int cmd_mailbox_read(struct ctl *ctl)
{
    struct answer answer, content, marked;
    char entry[32]; /* found once: "last" may be another one in a moment */
    struct buf text;
    int status = on_entry(ctl, "GET", ctl->args.word[1], "", &answer);

    snprintf(entry, sizeof(entry), "%" PRId64, int_member(answer.json, "entry"));
    if (status == EXIT_DONE && has_content(answer.json)) {
        buf_init(&text, 4 * (size_t)SHOWN_MAX);
        status = on_entry(ctl, "GET", entry, "/content", &content);
        if (status == EXIT_DONE) {
            describe(&content, &text);
            json_object_set_new(answer.json, "text", json_string(buf_cstr(&text)));
        }
        buf_free(&text);
        answer_free(&content);
    }
    if (status == EXIT_DONE)
        finish(ctl, answer.json, show_entry);
    if (status == EXIT_DONE && !args_option(&ctl->args, "peek")) {
        status = on_entry(ctl, "POST", entry, "/read", &marked);
        answer_free(&marked);
    }
    answer_free(&answer);
    return status;
}

/* One body part to the file; number as people count. */
static int export_part(struct ctl *ctl, int64_t number, FILE *to)
{
    struct answer content;
    struct slice octets;
    struct arena arena;
    const char *name;
    int status = on_entry(ctl, "GET", ctl->args.word[1], "/content", &content);

    if (status == EXIT_DONE) {
        int result;

        arena_init(&arena, ARENA_MAX);
        result = number < 1 ? X4_ENOTFOUND
                            : ipm_extract(buf_view(&content.body), (size_t)number - 1, &arena,
                                          &name, &octets);
        if (result != X4_OK)
            status = complain(EXIT_REFUSED, "body part %lld: %s", (long long)number,
                              x4_strerror(result));
        else if (octets.len > 0 && fwrite(octets.p, 1, octets.len, to) != octets.len)
            status = complain(EXIT_REFUSED, "the output cannot be written");
        arena_free(&arena);
    }
    answer_free(&content);
    return status;
}

int cmd_mailbox_export(struct ctl *ctl)
{
    const char *output = args_option(&ctl->args, "output");
    FILE *to;
    struct buf path;
    int status;

    to = output ? fopen(output, "wbe") : stdout;
    if (!to)
        return complain(EXIT_USAGE, "%s: %s", output, strerror(errno));
    if (args_option(&ctl->args, "part")) {
        status = export_part(ctl, args_int(&ctl->args, "part", 1), to);
    } else {
        if (entry_request(ctl, ctl->args.word[1], "/content", &path, &status))
            status = api_download(ctl, buf_cstr(&path), to);
        buf_free(&path);
    }
    if (output && fclose(to) != 0 && status == EXIT_DONE)
        status = complain(EXIT_REFUSED, "%s: %s", output, strerror(errno));
    return status;
}

int cmd_mailbox_delete(struct ctl *ctl)
{
    int worst = EXIT_DONE;

    for (size_t i = 1; i < ctl->args.word_count; i++) {
        struct answer answer;
        int status = on_entry(ctl, "DELETE", ctl->args.word[i], "", &answer);

        if (status == EXIT_DONE && !ctl->json)
            printf("%s deleted\n", ctl->args.word[i]);
        else if (status == EXIT_DONE)
            print_json(answer.json);
        worst = status > worst ? status : worst;
        answer_free(&answer);
    }
    return worst;
}
