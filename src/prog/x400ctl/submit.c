/* SPDX-License-Identifier: Apache-2.0 */
/* send, probe. */
#include "prog/x400ctl/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONTENT_MAX = 2040 * 1024 * 1024 };

static void add_recipients(json_t *list, const struct args *args, const char *option,
                           const char *default_report)
{
    const char *report = args_option(args, "report");
    const char *address;

    for (size_t n = 0; (address = args_each(args, option, n)); n++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "address", address, "report",
                                              report ? report : default_report));
}

static void set_text(json_t *envelope, const char *name, const char *value)
{
    if (value)
        json_object_set_new(envelope, name, json_string(value));
}

static void set_time(json_t *envelope, const struct args *args, const char *option,
                     const char *name)
{
    if (args_option(args, option))
        json_object_set_new(envelope, name, json_integer(args_time(args, option)));
}

/* What message and probe share; NULL after a message. A probe is sent for its answer, so its
 * default report is another one. */
static json_t *make_envelope(const struct args *args, const char *default_report)
{
    json_t *recipients = json_array();
    const char *from = args_option(args, "from");
    json_t *envelope;

    add_recipients(recipients, args, "to", default_report);
    add_recipients(recipients, args, "cc", default_report);
    add_recipients(recipients, args, "bcc", default_report);
    if (!from || json_array_size(recipients) == 0) {
        complain(0, "%s is needed%s", from ? "at least one --to, --cc or --bcc" : "--from",
                 from || json_array_size(recipients) ? "" : ", and at least one --to");
        json_decref(recipients);
        return NULL;
    }
    envelope = json_pack("{s:s, s:o}", "originator", from, "recipients", recipients);
    set_text(envelope, "priority", args_option(args, "priority"));
    set_text(envelope, "content-type", args_option(args, "content-type"));
    set_text(envelope, "content-identifier", args_option(args, "content-id"));
    return envelope;
}

static void set_options(json_t *envelope, const struct args *args)
{
    static const struct {
        const char *option, *name;
    } flags[] = {{"disclose", "disclose-recipients"},
                 {"no-conversion", "conversion-prohibited"},
                 {"return-content", "return-content"}};

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (args_option(args, flags[i].option))
            json_object_set_new(envelope, flags[i].name, json_true());
    set_time(envelope, args, "deferred", "deferred-until-ms");
    set_time(envelope, args, "latest", "latest-delivery-ms");
}

static void show_submitted(const json_t *json)
{
    print_safe(stdout, text_member(json, "mts-id") ? text_member(json, "mts-id") : "?");
    printf("\n");
}

static int post(struct ctl *ctl, const char *request, const struct upload *upload)
{
    struct answer answer;
    int status = api(ctl, request, upload, &answer);

    if (status == EXIT_DONE)
        finish(ctl, answer.json, show_submitted);
    answer_free(&answer);
    return status;
}

/* The envelope as the first line, then the content. */
static int submit(struct ctl *ctl, json_t *envelope, struct upload *upload)
{
    int64_t length = upload->file ? upload->file_len : (int64_t)upload->body.len;
    struct buf line;
    char *text;
    int status;

    json_object_set_new(envelope, "content-length", json_integer(length));
    text = json_dumps(envelope, JSON_COMPACT);
    buf_init(&line, CONTENT_MAX);
    buf_printf(&line, "%s\n", text ? text : "{}");
    upload->content_type = "application/vnd.x400d.submission";
    upload->head = buf_view(&line);
    status = post(ctl, "POST /v1/messages", upload);
    buf_free(&line);
    free(text);
    return status;
}

static int submit_file(struct ctl *ctl, json_t *envelope, const char *path)
{
    struct upload upload = {.file = fopen(path, "rbe")};
    struct stat st;
    int status;

    if (!upload.file || fstat(fileno(upload.file), &st) != 0 || !S_ISREG(st.st_mode)) {
        status = complain(EXIT_USAGE, "%s: %s", path,
                          upload.file ? "not a file of known length" : strerror(errno));
    } else {
        upload.file_len = st.st_size;
        status = submit(ctl, envelope, &upload);
    }
    if (upload.file)
        fclose(upload.file);
    return status;
}

static int submit_draft(struct ctl *ctl, json_t *envelope)
{
    struct upload upload = {.content_type = NULL};
    struct buf content;
    bool needs_p22 = false;
    int status;

    buf_init(&content, CONTENT_MAX);
    status = compose(ctl, &content, &needs_p22);
    if (status == EXIT_DONE) {
        set_text(envelope, "content-type", needs_p22 ? "p22" : "p2");
        upload.body = buf_view(&content);
        status = submit(ctl, envelope, &upload);
    }
    buf_free(&content);
    return status;
}

/* A content as it is has a type, and nothing is composed; else it is the other way round. */
static bool is_consistent(const struct args *args)
{
    static const char *const composing[] = {"subject",   "text",    "text-file",     "attach",
                                            "bilateral", "forward", "forward-entry", "in-reply-to",
                                            "obsoletes", "related"};

    if (!args_option(args, "content")) {
        if (args_option(args, "content-type"))
            complain(0, "--content-type goes with --content; a composed message has its own type");
        return !args_option(args, "content-type");
    }
    if (!args_option(args, "content-type")) {
        complain(0, "--content needs --content-type");
        return false;
    }
    for (size_t i = 0; i < sizeof(composing) / sizeof(composing[0]); i++) {
        if (!args_option(args, composing[i]))
            continue;
        complain(0, "--content is the whole message; --%s cannot be with it", composing[i]);
        return false;
    }
    return true;
}

int cmd_send(struct ctl *ctl)
{
    const char *content = args_option(&ctl->args, "content");
    json_t *envelope = is_consistent(&ctl->args) ? make_envelope(&ctl->args, "non-delivery") : NULL;
    int status;

    if (!envelope)
        return EXIT_USAGE;
    set_options(envelope, &ctl->args);
    status = content ? submit_file(ctl, envelope, content) : submit_draft(ctl, envelope);
    json_decref(envelope);
    return status;
}

int cmd_probe(struct ctl *ctl)
{
    json_t *envelope = make_envelope(&ctl->args, "delivery");
    int64_t length = args_int(&ctl->args, "length", -1);
    struct upload upload = {.content_type = "application/json"};
    char *text;
    int status;

    if (!envelope)
        return EXIT_USAGE;
    if (length >= 0)
        json_object_set_new(envelope, "content-length", json_integer(length));
    text = json_dumps(envelope, JSON_COMPACT);
    upload.body = slice_str(text);
    status = post(ctl, "POST /v1/probes", &upload);
    free(text);
    json_decref(envelope);
    return status;
}
