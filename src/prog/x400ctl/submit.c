/* SPDX-License-Identifier: Apache-2.0 */
/* send, probe. */
#include "prog/x400ctl/ctl.h"

#include "base/error.h"
#include "ipm/ipm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

enum { PARTS_MAX = 256, CONTENT_MAX = 2040 * 1024 * 1024 };

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

static bool set_time(json_t *envelope, const struct args *args, const char *option,
                     const char *name)
{
    int64_t ms = 0;

    if (!args_option(args, option))
        return true;
    if (!args_time(args, option, &ms))
        return false;
    json_object_set_new(envelope, name, json_integer(ms));
    return true;
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
        complain(0, "--from and at least one --to are needed");
        json_decref(recipients);
        return NULL;
    }
    envelope = json_pack("{s:s, s:o}", "originator", from, "recipients", recipients);
    set_text(envelope, "priority", args_option(args, "priority"));
    set_text(envelope, "content-type", args_option(args, "content-type"));
    set_text(envelope, "content-identifier", args_option(args, "content-id"));
    return envelope;
}

static bool set_options(json_t *envelope, const struct args *args)
{
    static const struct {
        const char *option, *name;
    } flags[] = {{"disclose", "disclose-recipients"},
                 {"no-conversion", "conversion-prohibited"},
                 {"return-content", "return-content"}};

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (args_option(args, flags[i].option))
            json_object_set_new(envelope, flags[i].name, json_true());
    return set_time(envelope, args, "deferred", "deferred-until-ms") &&
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

/* ---- composing ------------------------------------------------------------------------------- */

struct draft {
    struct ipm_message message;
    struct ipm_person originator;
    struct ipm_person *people[3];
    struct ipm_new_part part[PARTS_MAX];
    struct buf data[PARTS_MAX];
    char identifier[64];
};

static unsigned requests_of(const struct args *args)
{
    unsigned requests = 0;

    if (args_option(args, "receipt"))
        requests |= IPM_REQUEST_RN | IPM_REQUEST_NRN;
    if (args_option(args, "non-receipt"))
        requests |= IPM_REQUEST_NRN;
    return requests;
}

static struct ipm_people people_of(const struct args *args, const char *option,
                                   struct ipm_person **items)
{
    size_t count = 0;

    while (args_each(args, option, count))
        count++;
    *items = calloc(count + 1, sizeof(**items));
    for (size_t i = 0; *items && i < count; i++)
        (*items)[i] = (struct ipm_person){.address = args_each(args, option, i),
                                          .requests = requests_of(args),
                                          .reply_requested = args_option(args, "reply-requested")};
    return (struct ipm_people){.items = *items, .count = *items ? count : 0};
}

/* Unique for the originator (X.420 this-IPM): time and chance. */
static void make_identifier(char text[64])
{
    uint32_t chance[2] = {0, 0};
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    (void)getrandom(chance, sizeof(chance), 0);
    snprintf(text, 64, "%04d%02d%02d%02d%02d%02dZ-%08X%08X", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, chance[0], chance[1]);
}

static bool choose(const struct args *args, const char *option, const char *const *words, int *out)
{
    const char *text = args_option(args, option);

    for (int i = 0; text && words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    if (text)
        complain(0, "--%s: '%s' is not known; see --help", option, text);
    return !text;
}

static bool set_levels(struct draft *draft, const struct args *args)
{
    static const char *const importance[] = {"low", "normal", "high", NULL};
    static const char *const sensitivity[] = {"none", "personal", "private", "confidential", NULL};
    int i = IPM_IMPORTANCE_NORMAL, s = IPM_SENSITIVITY_NONE;

    if (!choose(args, "importance", importance, &i) ||
        !choose(args, "sensitivity", sensitivity, &s))
        return false;
    draft->message.importance = (enum ipm_importance)i;
    draft->message.sensitivity = (enum ipm_sensitivity)s;
    return true;
}

static struct ipm_new_part *new_part(struct draft *draft)
{
    if (draft->message.part_count == PARTS_MAX) {
        complain(0, "more than %d body parts", PARTS_MAX);
        return NULL;
    }
    draft->message.parts = draft->part;
    return &draft->part[draft->message.part_count++];
}

static bool add_file(struct draft *draft, enum ipm_part_kind kind, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct ipm_new_part *part = new_part(draft);
    struct buf *data;

    if (!part)
        return false;
    data = &draft->data[draft->message.part_count - 1];
    if (!read_file(path, data))
        return false;
    *part = (struct ipm_new_part){.kind = kind, .data = buf_view(data)};
    if (kind == IPM_PART_FILE)
        part->name = slash ? slash + 1 : path;
    return true;
}

/* Body parts in the order of the command line. */
static bool add_parts(struct draft *draft, const struct args *args)
{
    for (size_t i = 0; i < args->option_count; i++) {
        const char *name = args->option[i].spec->name, *value = args->option[i].value;

        if (strcmp(name, "text") == 0) {
            struct ipm_new_part *part = new_part(draft);

            if (!part)
                return false;
            *part = (struct ipm_new_part){.kind = IPM_PART_TEXT, .data = slice_str(value)};
        } else if (strcmp(name, "text-file") == 0) {
            if (!add_file(draft, IPM_PART_TEXT, value))
                return false;
        } else if (strcmp(name, "attach") == 0) {
            if (!add_file(draft, IPM_PART_FILE, value))
                return false;
        }
    }
    return true;
}

static void draft_free(struct draft *draft)
{
    for (size_t i = 0; i < 3; i++)
        free(draft->people[i]);
    for (size_t i = 0; i < PARTS_MAX; i++)
        buf_free(&draft->data[i]);
    free(draft);
}

/* The message of the command line; NULL after a message. */
static struct draft *make_draft(const struct args *args)
{
    struct draft *draft = calloc(1, sizeof(*draft));
    struct ipm_message *m;

    if (!draft)
        return NULL;
    m = &draft->message;
    make_identifier(draft->identifier);
    draft->originator.address = args_option(args, "from");
    m->originator = &draft->originator;
    m->this_ipm = (struct ipm_id){.address = draft->originator.address, .local = draft->identifier};
    m->to = people_of(args, "to", &draft->people[0]);
    m->cc = people_of(args, "cc", &draft->people[1]);
    m->bcc = people_of(args, "bcc", &draft->people[2]);
    m->subject = args_option(args, "subject");
    if (set_levels(draft, args) && add_parts(draft, args))
        return draft;
    draft_free(draft);
    return NULL;
}

static int submit_draft(struct ctl *ctl, json_t *envelope)
{
    struct draft *draft = make_draft(&ctl->args);
    struct upload upload = {.content_type = NULL};
    struct buf content;
    int result, status;

    if (!draft)
        return EXIT_USAGE;
    buf_init(&content, CONTENT_MAX);
    result = ipm_compose(&draft->message, &content);
    if (result != X4_OK) {
        status = complain(EXIT_USAGE, "the message cannot be composed: %s", x4_strerror(result));
    } else {
        set_text(envelope, "content-type",
                 ipm_content_type(&draft->message) == IPM_CONTENT_P2 ? "p2" : "p22");
        upload.body = buf_view(&content);
        status = submit(ctl, envelope, &upload);
    }
    buf_free(&content);
    draft_free(draft);
    return status;
}

int cmd_send(struct ctl *ctl)
{
    const char *content = args_option(&ctl->args, "content");
    json_t *envelope = make_envelope(&ctl->args, "non-delivery");
    int status = EXIT_USAGE;

    if (!envelope)
        return EXIT_USAGE;
    if (set_options(envelope, &ctl->args)) {
        if (content && !args_option(&ctl->args, "content-type"))
            complain(0, "--content needs --content-type");
        else
            status = content ? submit_file(ctl, envelope, content) : submit_draft(ctl, envelope);
    }
    json_decref(envelope);
    return status;
}

int cmd_probe(struct ctl *ctl)
{
    json_t *envelope = make_envelope(&ctl->args, "delivery");
    int64_t length = -1;
    struct upload upload = {.content_type = "application/json"};
    char *text;
    int status;

    if (!envelope || !args_int(&ctl->args, "length", &length)) {
        json_decref(envelope);
        return EXIT_USAGE;
    }
    if (length >= 0)
        json_object_set_new(envelope, "content-length", json_integer(length));
    text = json_dumps(envelope, JSON_COMPACT);
    upload.body = slice_str(text);
    status = post(ctl, "POST /v1/probes", &upload);
    free(text);
    json_decref(envelope);
    return status;
}
