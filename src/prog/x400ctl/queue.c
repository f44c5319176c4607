/* SPDX-License-Identifier: Apache-2.0 */
/* queue, track, events. */
#include "prog/x400ctl/ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show_queue(const json_t *json)
{
    const json_t *items = json_object_get(json, "items");
    int64_t total = int_member(json, "total");
    struct table table;
    size_t i;
    json_t *item;

    table_begin(&table, ">ITEM|KIND|PRIORITY|STATE|CONNECTOR|>TRIES|>OCTETS|SINCE|MTS-ID|REASON");
    json_array_foreach(items, i, item)
    {
        table_add_member(&table, item, "item");
        table_add_member(&table, item, "kind");
        table_add_member(&table, item, "priority");
        table_add_member(&table, item, "state");
        table_add_leaf(&table, item, "connector");
        table_add_member(&table, item, "attempts");
        table_add_member(&table, item, "content-length");
        table_add_time(&table, item, "arrival-ms");
        table_add_member(&table, item, "mts-id");
        table_add_member(&table, item, "reason");
    }
    table_end(&table, "the queue is empty");
    if (total > (int64_t)json_array_size(items))
        printf("(%zu of %" PRId64 "; more with --limit)\n", json_array_size(items), total);
}

int cmd_queue_list(struct ctl *ctl)
{
    const char *connector = args_option(&ctl->args, "connector");
    struct buf path, dn;
    int status = EXIT_DONE;

    buf_init(&path, PATH_MAX_LEN);
    buf_init(&dn, PATH_MAX_LEN);
    buf_text(&path, "/v1/queue");
    if (!connector || resolve_connector(ctl, connector, &dn, &status)) {
        path_query(&path, "connector", connector ? buf_cstr(&dn) : NULL);
        path_query(&path, "state", args_option(&ctl->args, "state"));
        path_query(&path, "limit", args_option(&ctl->args, "limit"));
        status = get_and_show(ctl, buf_cstr(&path) ? buf_cstr(&path) : "/", show_queue);
    }
    buf_free(&path);
    buf_free(&dn);
    return status;
}

static bool is_number(const char *text)
{
    if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 18)
        return true;
    complain(0, "'%s' is not the number of an item or entry", text);
    return false;
}

static void show_item(const json_t *json)
{
    print_object(json, 0);
}

int cmd_queue_show(struct ctl *ctl)
{
    char path[128];

    if (!is_number(ctl->args.word[0]))
        return EXIT_USAGE;
    snprintf(path, sizeof(path), "/v1/queue/%s", ctl->args.word[0]);
    return get_and_show(ctl, path, show_item);
}

/* Does it to every item; goes on after a refusal and gives back the worst status. */
static int each_item(struct ctl *ctl, const char *method, const char *behind, const char *done)
{
    json_t *results = json_array();
    int worst = EXIT_DONE;

    for (size_t i = 0; i < ctl->args.word_count; i++)
        if (!is_number(ctl->args.word[i]))
            worst = EXIT_USAGE;
    for (size_t i = 0; worst != EXIT_USAGE && i < ctl->args.word_count; i++) {
        struct answer answer;
        char request[256];
        int status;

        snprintf(request, sizeof(request), "%s /v1/queue/%s%s", method, ctl->args.word[i], behind);
        status = api(ctl, request, NULL, &answer);
        if (status == EXIT_DONE && ctl->json)
            json_array_append(results, answer.json);
        else if (status == EXIT_DONE)
            printf("%s %s\n", ctl->args.word[i], done);
        worst = status > worst ? status : worst;
        answer_free(&answer);
    }
    if (ctl->json && worst != EXIT_USAGE)
        print_json(results);
    json_decref(results);
    return worst;
}

int cmd_queue_hold(struct ctl *ctl)
{
    return each_item(ctl, "POST", "/hold", "held");
}

int cmd_queue_release(struct ctl *ctl)
{
    const char *behind = args_option(&ctl->args, "now") ? "/release?now=1" : "/release";

    return each_item(ctl, "POST", behind, "released");
}

int cmd_queue_delete(struct ctl *ctl)
{
    return each_item(ctl, "DELETE", "", "deleted");
}

int cmd_queue_return(struct ctl *ctl)
{
    struct buf behind;
    int status;

    buf_init(&behind, 256);
    buf_text(&behind, "/return");
    path_query(&behind, "reason", args_option(&ctl->args, "reason"));
    path_query(&behind, "diagnostic", args_option(&ctl->args, "diagnostic"));
    status = each_item(ctl, "POST", buf_cstr(&behind) ? buf_cstr(&behind) : "", "returned");
    buf_free(&behind);
    return status;
}

static void show_track(const json_t *json)
{
    struct table table;
    size_t i;
    json_t *t;

    table_begin(&table, "TIME|ACTION|DETAIL");
    json_array_foreach(json, i, t)
    {
        const char *key;
        json_t *value;
        struct buf detail;

        table_add_time(&table, t, "time-ms");
        table_add_member(&table, t, "action");
        buf_init(&detail, PATH_MAX_LEN);
        json_object_foreach(json_object_get(t, "detail"), key, value)
        {
            buf_printf(&detail, "%s%s=", detail.len ? " " : "", key);
            value_text(value, &detail);
        }
        table_add(&table, buf_cstr(&detail));
        buf_free(&detail);
    }
    table_end(&table, "nothing is known about this message");
}

int cmd_track(struct ctl *ctl)
{
    struct answer answer;
    struct buf request;
    int status;

    buf_init(&request, PATH_MAX_LEN);
    buf_text(&request, "GET /v1/track");
    path_query(&request, "mts-id", ctl->args.word[0]);
    status = api(ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, &answer);
    if (status == EXIT_DONE) {
        finish(ctl, answer.json, show_track);
        if (json_array_size(answer.json) == 0)
            status = EXIT_REFUSED;
    }
    answer_free(&answer);
    buf_free(&request);
    return status;
}

struct watching {
    struct ctl *ctl;
    int least; /* severity */
    int64_t after;
};

static const char *const severities[] = {"debug", "info", "warning", "error", NULL};

static int severity_of(const char *name)
{
    for (int i = 0; name && severities[i]; i++)
        if (strcmp(severities[i], name) == 0)
            return i;
    return -1;
}

/* One line for each event. */
static bool show_event(void *ctx, int64_t seq, const json_t *event)
{
    struct watching *w = ctx;
    const char *severity = text_member(event, "severity");

    if (seq > w->after)
        w->after = seq;
    if (severity_of(severity) < w->least)
        return true;
    if (w->ctl->json) {
        json_dumpf(event, stdout, JSON_COMPACT);
    } else {
        printf("%s %-7s %5" PRId64 " ", text_member(event, "time"), severity,
               int_member(event, "number"));
        print_safe(stdout, text_member(event, "text") ? text_member(event, "text") : "");
    }
    printf("\n");
    fflush(stdout);
    return !ferror(stdout);
}

static int show_stored(struct watching *w)
{
    const struct args *args = &w->ctl->args;
    struct answer answer;
    struct buf request;
    size_t i;
    json_t *event;
    int status;

    buf_init(&request, PATH_MAX_LEN);
    buf_text(&request, "GET /v1/events");
    path_query(&request, "after", args_option(args, "after"));
    path_query(&request, "limit", args_option(args, "limit"));
    status = api(w->ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, &answer);
    if (status == EXIT_DONE && w->ctl->json && !args_option(args, "follow")) {
        print_json(answer.json);
    } else {
        json_array_foreach(answer.json, i, event) show_event(w, int_member(event, "seq"), event);
    }
    answer_free(&answer);
    buf_free(&request);
    return status;
}

int cmd_events(struct ctl *ctl)
{
    struct watching w = {.ctl = ctl};
    char path[64];
    int status;

    w.least = args_word(&ctl->args, "severity", 0);
    status = show_stored(&w);
    while (status == EXIT_DONE && args_option(&ctl->args, "follow")) {
        snprintf(path, sizeof(path), "/v1/events/stream?after=%" PRId64, w.after);
        status = api_follow(ctl, path, show_event, &w);
        if (ferror(stdout))
            return EXIT_REFUSED;
        if (status == EXIT_DONE)
            sleep(1); /* the daemon ended the stream: it may come back */
    }
    return status;
}
