/* SPDX-License-Identifier: Apache-2.0 */
/* connector, associations, route, ping. */
#include "prog/x400ctl/ctl.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static void show_connectors(const json_t *json)
{
    struct table table;
    size_t i;
    json_t *c;

    table_begin(&table, "CONNECTOR|STATE|SCHEDULE|>ASSOC|>QUEUED|OLDEST|NEXT OPEN|LAST ERROR");
    json_array_foreach(json, i, c)
    {
        table_add_member(&table, c, "name");
        table_add_member(&table, c, "state");
        table_add_member(&table, c, "schedule");
        table_add_member(&table, c, "associations");
        table_add_member(&table, c, "queued");
        table_add_time(&table, c, "oldest-ms");
        table_add_time(&table, c, "next-open-ms");
        table_add_member(&table, c, "last-error");
    }
    table_end(&table, "no connectors");
}

int cmd_connector_list(struct ctl *ctl)
{
    return get_and_show(ctl, "/v1/connectors", show_connectors);
}

static void show_connector(const json_t *json)
{
    print_object(json, 0);
}

/* METHOD on the connector that the command names, with something behind its path. */
static int on_connector(struct ctl *ctl, const char *method, const char *behind,
                        void (*show)(const json_t *json))
{
    struct answer answer = {.status = 0};
    struct buf dn, request;
    int status;

    buf_init(&dn, PATH_MAX_LEN);
    buf_init(&request, PATH_MAX_LEN);
    if (resolve_connector(ctl, ctl->args.word[0], &dn, &status)) {
        buf_printf(&request, "%s /v1/connectors", method);
        path_dn(&request, buf_cstr(&dn));
        buf_text(&request, behind);
        status = api(ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, &answer);
        if (status == EXIT_DONE)
            finish(ctl, answer.json, show);
        answer_free(&answer);
    }
    buf_free(&request);
    buf_free(&dn);
    return status;
}

int cmd_connector_show(struct ctl *ctl)
{
    return on_connector(ctl, "GET", "", show_connector);
}

static void show_done(const json_t *json)
{
    const json_t *warnings = json_object_get(json, "warnings");
    const char *action = text_member(json, "action");
    size_t i;
    json_t *item;

    printf("%s\n", action ? action : "done");
    json_array_foreach(warnings, i, item) printf("warning: %s\n", json_string_value(item));
}

int cmd_connector_open(struct ctl *ctl)
{
    return on_connector(ctl, "POST", "/open", show_done);
}

int cmd_connector_close(struct ctl *ctl)
{
    return on_connector(ctl, "POST", "/close", show_done);
}

int cmd_connector_enable(struct ctl *ctl)
{
    return on_connector(ctl, "POST", "/enable", show_done);
}

int cmd_connector_disable(struct ctl *ctl)
{
    return on_connector(ctl, "POST", "/disable", show_done);
}

static void show_associations(const json_t *json)
{
    struct table table;
    size_t i;
    json_t *a;

    table_begin(&table,
                ">NUMBER|CONNECTOR|DIRECTION|PEER|LOCAL|MODE|DIALOGUE|STATE|>SENT|>RECEIVED");
    json_array_foreach(json, i, a)
    {
        table_add_member(&table, a, "association");
        table_add_leaf(&table, a, "connector");
        table_add_member(&table, a, "direction");
        table_add_member(&table, a, "peer");
        table_add_member(&table, a, "local");
        table_add_member(&table, a, "mode");
        table_add_member(&table, a, "dialogue");
        table_add_member(&table, a, "state");
        table_add_member(&table, a, "sent");
        table_add_member(&table, a, "received");
    }
    table_end(&table, "no associations");
}

int cmd_associations(struct ctl *ctl)
{
    return get_and_show(ctl, "/v1/associations", show_associations);
}

static void show_route(const json_t *json)
{
    const char *chosen = text_member(json, "chosen");
    struct table table;
    size_t i;
    json_t *c;

    printf("%-12s ", "address");
    print_safe(stdout, text_member(json, "normal-form") ? text_member(json, "normal-form") : "?");
    printf("\n\n");
    table_begin(&table, "|CONNECTOR|ADDRESS SPACE|>COST|USABLE|WHY");
    json_array_foreach(json_object_get(json, "candidates"), i, c)
    {
        const char *name = text_member(c, "connector");

        table_add(&table, name && chosen && strcmp(name, chosen) == 0 ? "=>" : " ");
        table_add_leaf(&table, c, name ? "connector" : "mailbox");
        table_add_member(&table, c, "space");
        table_add_member(&table, c, "cost");
        table_add_member(&table, c, "usable");
        table_add_member(&table, c, "why");
    }
    table_end(&table, "no connector is a candidate");
    printf("\n%-12s ", "goes to");
    print_safe(stdout, chosen ? chosen : "nowhere: a non-delivery report would be made");
    printf("\n");
}

int cmd_route(struct ctl *ctl)
{
    struct answer answer;
    struct buf request;
    int status;

    if (!value_check("route", "ADDRESS", ctl->args.word[0]))
        return EXIT_USAGE;
    buf_init(&request, PATH_MAX_LEN);
    buf_text(&request, "GET /v1/route");
    path_query(&request, "address", ctl->args.word[0]);
    status = buf_cstr(&request) ? api(ctl, buf_cstr(&request), NULL, &answer) : EXIT_USAGE;
    if (status == EXIT_DONE) {
        finish(ctl, answer.json, show_route);
        if (!text_member(answer.json, "chosen"))
            status = EXIT_REFUSED;
    }
    if (buf_cstr(&request))
        answer_free(&answer);
    buf_free(&request);
    return status;
}

static void show_ping(const json_t *json)
{
    const json_t *refused = json_object_get(json, "refused");
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(json, "steps"), i, step)
    {
        const char *key;
        json_t *value;

        printf("%-14s ", text_member(step, "layer") ? text_member(step, "layer") : "?");
        print_safe(stdout, text_member(step, "result") ? text_member(step, "result") : "?");
        printf("\n");
        json_object_foreach(step, key, value)
        {
            if (!json_is_object(value) || json_object_size(value) == 0)
                continue;
            printf("  %s:\n", key);
            print_object(value, 4);
        }
    }
    if (json_is_object(refused)) {
        printf("refused:\n");
        print_object(refused, 2);
    } else {
        printf("%s\n", json_is_true(json_object_get(json, "ok")) ? "ok" : "failed");
    }
}

/* The connector of this name, else a host. */
static json_t *ping_target(struct ctl *ctl, int *status)
{
    const char *name = ctl->args.word[0];
    struct answer answer;
    json_t *target = NULL;
    const char *dn = NULL;
    struct buf list;

    *status = EXIT_DONE;
    if (*name == '/')
        return json_pack("{s:s}", "connector", name);
    buf_init(&list, PATH_MAX_LEN);
    *status = api(ctl, "GET /v1/objects?class=connector", NULL, &answer);
    if (find_names(json_object_get(answer.json, "objects"), name, &dn, &list) == 1)
        target = json_pack("{s:s}", "connector", dn);
    buf_free(&list);
    answer_free(&answer);
    return target ? target : json_pack("{s:s}", "host", name);
}

int cmd_ping(struct ctl *ctl)
{
    struct answer answer = {.status = 0};
    int64_t port = args_int(&ctl->args, "port", 0);
    json_t *target;
    char *text;
    int status;

    if (args_option(&ctl->args, "port") && (port < 1 || port > PORT_MAX)) {
        complain(0, "--port: %lld is not a port, 1 to %d", (long long)port, PORT_MAX);
        return EXIT_USAGE;
    }
    target = ping_target(ctl, &status);
    if (port > 0)
        json_object_set_new(target, "port", json_integer(port));
    text = json_dumps(target, JSON_COMPACT);
    if (status == EXIT_DONE) {
        struct upload upload = {.content_type = "application/json", .body = slice_str(text)};

        status = api(ctl, "POST /v1/ping", &upload, &answer);
        if (status == EXIT_DONE) {
            finish(ctl, answer.json, show_ping);
            if (!json_is_true(json_object_get(answer.json, "ok")))
                status = EXIT_REFUSED;
        }
        answer_free(&answer);
    }
    free(text);
    json_decref(target);
    return status;
}
