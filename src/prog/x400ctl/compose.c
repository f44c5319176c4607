/* SPDX-License-Identifier: Apache-2.0 */
/* The interpersonal message that the options of send describe. */
#include "prog/x400ctl/ctl.h"

#include "base/ascii.h"
#include "base/error.h"
#include "ipm/ipm.h"
#include "mts/time.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
    PARTS_MAX = 256,
    IDS_MAX = 64,
    ID_TEXT = 4096,
    LOCAL_MAX = 64,
    ARENA_MAX = 256 * 1024 * 1024
};

/* An IPM identifier as "mailbox read" shows it. */
struct id_text {
    char text[ID_TEXT];
    struct ipm_id id; /* points into text */
};

struct draft {
    struct ipm_message message;
    struct ipm_person originator;
    struct ipm_person *people[3];
    struct ipm_new_part part[PARTS_MAX];
    struct buf data[PARTS_MAX];
    char delivered[PARTS_MAX][MTS_UTCTIME_LEN + 1];
    struct id_text reply, ids[IDS_MAX];
    struct ipm_id obsoletes[IDS_MAX], related[IDS_MAX];
    size_t id_count;
    char identifier[64];
};

/* ---- heading --------------------------------------------------------------------------------- */

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

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (!ascii_is_printablestring((uint8_t)*text))
            return false;
    }
    return true;
}

/* "LOCAL", or "LOCAL of ADDRESS". */
static bool parse_id(const char *option, const char *value, struct id_text *out)
{
    char what[64];
    char *of;

    snprintf(what, sizeof(what), "--%s", option);
    snprintf(out->text, sizeof(out->text), "%s", value);
    of = strstr(out->text, " of ");
    if (of)
        *of = '\0';
    out->id = (struct ipm_id){.local = out->text, .address = of ? of + 4 : NULL};
    if (!*out->text || strlen(out->text) > LOCAL_MAX || !is_printable(out->text)) {
        complain(
            0,
            "%s: '%s' is not an identifier: 1 to %d letters, digits, blanks and '()+,-./:=?, as "
            "mailbox read shows it",
            what, out->text, LOCAL_MAX);
        return false;
    }
    return !of || value_check(what, "ADDRESS", out->id.address);
}

static bool add_ids(struct draft *draft, const struct args *args, const char *option,
                    struct ipm_id *items, struct ipm_ids *out)
{
    const char *value;
    size_t n = 0;

    for (; (value = args_each(args, option, n)) != NULL; n++) {
        if (draft->id_count == IDS_MAX) {
            complain(0, "more than %d identifiers", IDS_MAX);
            return false;
        }
        if (!parse_id(option, value, &draft->ids[draft->id_count]))
            return false;
        items[n] = draft->ids[draft->id_count++].id;
    }
    *out = (struct ipm_ids){.items = items, .count = n};
    return true;
}

static bool set_ids(struct draft *draft, const struct args *args)
{
    const char *reply = args_option(args, "in-reply-to");

    if (reply && !parse_id("in-reply-to", reply, &draft->reply))
        return false;
    draft->message.in_reply_to = draft->reply.id;
    return add_ids(draft, args, "obsoletes", draft->obsoletes, &draft->message.obsoletes) &&
           add_ids(draft, args, "related", draft->related, &draft->message.related);
}

static bool set_heading(struct draft *draft, const struct args *args)
{
    struct ipm_message *m = &draft->message;

    make_identifier(draft->identifier);
    draft->originator.address = args_option(args, "from");
    m->originator = &draft->originator;
    m->this_ipm = (struct ipm_id){.address = draft->originator.address, .local = draft->identifier};
    m->to = people_of(args, "to", &draft->people[0]);
    m->cc = people_of(args, "cc", &draft->people[1]);
    m->bcc = people_of(args, "bcc", &draft->people[2]);
    m->subject = args_option(args, "subject");
    m->importance = (enum ipm_importance)args_word(args, "importance", IPM_IMPORTANCE_NORMAL);
    /* the first word, personal, is 1 */
    m->sensitivity = (enum ipm_sensitivity)(1 + args_word(args, "sensitivity", -1));
    if (m->subject && !utf8_valid(slice_str(m->subject))) {
        complain(0, "--subject: that is not UTF-8");
        return false;
    }
    return set_ids(draft, args);
}

/* ---- body ------------------------------------------------------------------------------------ */

static struct ipm_new_part *new_part(struct draft *draft, struct buf **data)
{
    size_t n = draft->message.part_count;

    if (n == PARTS_MAX) {
        complain(0, "more than %d body parts", PARTS_MAX);
        return NULL;
    }
    draft->message.parts = draft->part;
    draft->message.part_count++;
    *data = &draft->data[n];
    return &draft->part[n];
}

static bool check_text(const char *what, struct slice text)
{
    if (utf8_valid(text))
        return true;
    complain(0, "%s: that is not UTF-8 text; --attach takes any file", what);
    return false;
}

static int add_text(struct draft *draft, const char *text)
{
    struct buf *data;
    struct ipm_new_part *part = new_part(draft, &data);

    if (!part)
        return EXIT_USAGE;
    *part = (struct ipm_new_part){.kind = IPM_PART_TEXT, .data = slice_str(text)};
    return check_text("--text", part->data) ? EXIT_DONE : EXIT_USAGE;
}

/* A message or a notification, whichever the content is. */
static int check_forwarded(const char *what, struct ipm_new_part *part)
{
    struct ipm_content content;
    struct arena arena;
    int error, status = EXIT_DONE;

    arena_init(&arena, ARENA_MAX);
    error = ipm_parse(part->data, &arena, &content);
    if (error)
        status = complain(EXIT_USAGE, "%s: not the content of an interpersonal message: %s", what,
                          x4_strerror(error));
    else
        part->kind = content.ipn ? IPM_PART_NOTIFICATION : IPM_PART_MESSAGE;
    arena_free(&arena);
    return status;
}

static int add_file(struct draft *draft, enum ipm_part_kind kind, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct buf *data;
    struct ipm_new_part *part = new_part(draft, &data);

    if (!part || !read_file(path, data))
        return EXIT_USAGE;
    *part = (struct ipm_new_part){.kind = kind, .data = buf_view(data)};
    if (kind == IPM_PART_FILE)
        part->name = slash ? slash + 1 : path;
    if (kind == IPM_PART_TEXT && !check_text(path, part->data))
        return EXIT_USAGE;
    return kind == IPM_PART_MESSAGE ? check_forwarded(path, part) : EXIT_DONE;
}

/* "MAILBOX:ENTRY" */
static bool split_entry(const char *value, char *mailbox, size_t size, const char **entry)
{
    const char *colon = strrchr(value, ':');

    if (!colon || colon == value || (size_t)(colon - value) >= size) {
        complain(0, "--forward-entry: '%s' is not MAILBOX:ENTRY, such as ann:last", value);
        return false;
    }
    snprintf(mailbox, size, "%.*s", (int)(colon - value), value);
    *entry = colon + 1;
    return true;
}

/* GET what stands behind the path. */
static int get_behind(struct ctl *ctl, struct buf *path, const char *behind, struct answer *answer)
{
    struct buf request;
    int status;

    buf_init(&request, path->len + 64);
    buf_printf(&request, "GET %s%s", buf_cstr(path), behind);
    status = api(ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, answer);
    buf_free(&request);
    return status;
}

/* The stored content, and when it was delivered. */
static int fetch_entry(struct ctl *ctl, struct buf *path, struct buf *content,
                       char delivered[MTS_UTCTIME_LEN + 1])
{
    struct answer entry, octets;
    int status = get_behind(ctl, path, "", &entry);
    const char *kind = text_member(entry.json, "kind");

    if (status == EXIT_DONE && (!kind || strcmp(kind, "message") != 0))
        status = complain(EXIT_REFUSED, "--forward-entry: that is a %s, not a message",
                          kind ? kind : "thing unknown");
    if (status == EXIT_DONE) {
        mts_utctime_print(int_member(entry.json, "delivered-ms"), delivered);
        status = get_behind(ctl, path, "/content", &octets);
        buf_init(content, octets.body.len + 1);
        buf_slice(content, buf_view(&octets.body));
        answer_free(&octets);
    }
    answer_free(&entry);
    return status;
}

static int add_entry(struct ctl *ctl, struct draft *draft, const char *value)
{
    struct buf *data, path;
    struct ipm_new_part *part = new_part(draft, &data);
    char mailbox[ID_TEXT];
    const char *entry;
    int status;

    if (!part || !split_entry(value, mailbox, sizeof(mailbox), &entry))
        return EXIT_USAGE;
    if (mailbox_path(ctl, mailbox, entry, &path, &status)) {
        char *delivered = draft->delivered[draft->message.part_count - 1];

        status = fetch_entry(ctl, &path, data, delivered);
        *part = (struct ipm_new_part){.data = buf_view(data), .delivered = delivered};
    }
    buf_free(&path);
    return status == EXIT_DONE ? check_forwarded(value, part) : status;
}

/* Body parts in the order of the command line. */
static int add_parts(struct ctl *ctl, struct draft *draft)
{
    static const struct {
        const char *option;
        enum ipm_part_kind kind;
    } files[] = {{"text-file", IPM_PART_TEXT},
                 {"attach", IPM_PART_FILE},
                 {"bilateral", IPM_PART_BILATERAL},
                 {"forward", IPM_PART_MESSAGE}};
    const struct args *args = &ctl->args;
    int status = EXIT_DONE;

    for (size_t i = 0; i < args->option_count && status == EXIT_DONE; i++) {
        const char *name = args->option[i].spec->name, *value = args->option[i].value;

        if (strcmp(name, "text") == 0)
            status = add_text(draft, value);
        else if (strcmp(name, "forward-entry") == 0)
            status = add_entry(ctl, draft, value);
        for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
            if (strcmp(name, files[f].option) == 0)
                status = add_file(draft, files[f].kind, value);
    }
    return status;
}

/* ---- the message ----------------------------------------------------------------------------- */

static void draft_free(struct draft *draft)
{
    for (size_t i = 0; i < 3; i++)
        free(draft->people[i]);
    for (size_t i = 0; i < PARTS_MAX; i++)
        buf_free(&draft->data[i]);
    free(draft);
}

int compose(struct ctl *ctl, struct buf *out, bool *needs_p22)
{
    struct draft *draft = calloc(1, sizeof(*draft));
    int result, status;

    if (!draft)
        return complain(EXIT_TEMPORARY, "out of memory");
    status = set_heading(draft, &ctl->args) ? add_parts(ctl, draft) : EXIT_USAGE;
    if (status == EXIT_DONE) {
        result = ipm_compose(&draft->message, out);
        if (result != X4_OK)
            status =
                complain(EXIT_USAGE, "the message cannot be composed: %s%s", x4_strerror(result),
                         result == X4_EINVAL ? " (identifiers are PrintableString, at most 64 "
                                               "characters)"
                                             : "");
    }
    *needs_p22 = status == EXIT_DONE && ipm_content_type(&draft->message) == IPM_CONTENT_P22;
    draft_free(draft);
    return status;
}
