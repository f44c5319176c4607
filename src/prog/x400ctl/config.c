/* SPDX-License-Identifier: Apache-2.0 */
/* status, apply, export, show, set, delete. */
#include "prog/x400ctl/ctl.h"

#include "base/error.h"
#include "conf/directory.h"

#include <stdlib.h>
#include <string.h>

static void show_status(const json_t *json)
{
    print_object(json, 0);
}

int cmd_status(struct ctl *ctl)
{
    return get_and_show(ctl, "/v1/status", show_status);
}

static void show_attributes(const json_t *attributes)
{
    const char *name;
    json_t *change;

    json_object_foreach((json_t *)(uintptr_t)attributes, name, change)
    {
        const char *reload = text_member(change, "reload");
        struct buf from, to;

        buf_init(&from, PATH_MAX_LEN);
        buf_init(&to, PATH_MAX_LEN);
        value_text(json_object_get(change, "from"), &from);
        value_text(json_object_get(change, "to"), &to);
        printf("    %s: ", name);
        print_safe(stdout, from.len && buf_cstr(&from) ? buf_cstr(&from) : "(default)");
        printf(" -> ");
        print_safe(stdout, to.len && buf_cstr(&to) ? buf_cstr(&to) : "(default)");
        printf("%s\n", reload && strcmp(reload, "restart") == 0 ? "   (after a restart)" : "");
        buf_free(&from);
        buf_free(&to);
    }
}

static void show_changes(const json_t *json)
{
    static const struct {
        const char *change, *mark;
    } marks[] = {{"added", "+"}, {"changed", "*"}, {"removed", "-"}};
    const json_t *changes = json_object_get(json, "changes");
    const json_t *warnings = json_object_get(json, "warnings");
    size_t i;
    json_t *item;

    json_array_foreach(changes, i, item)
    {
        const char *change = text_member(item, "change");
        const char *mark = "?";

        for (size_t m = 0; change && m < sizeof(marks) / sizeof(marks[0]); m++)
            if (strcmp(marks[m].change, change) == 0)
                mark = marks[m].mark;
        printf("%s %s (%s)\n", mark, text_member(item, "object"), text_member(item, "class"));
        if (*mark == '*')
            show_attributes(json_object_get(item, "attributes"));
    }
    if (json_array_size(changes) == 0)
        printf("nothing to change\n");
    json_array_foreach(warnings, i, item) printf("warning: %s\n", json_string_value(item));
}

/* Would it leave messages or entries behind? Asks for the same change without making it. */
static int check_harmless(struct ctl *ctl, const struct buf *request, const struct upload *upload)
{
    struct answer answer;
    struct buf dry;
    int status;

    buf_init(&dry, PATH_MAX_LEN);
    buf_slice(&dry, buf_view(request));
    path_query(&dry, "dry-run", "1");
    status = api(ctl, buf_cstr(&dry) ? buf_cstr(&dry) : "GET /", upload, &answer);
    if (status == EXIT_DONE && json_array_size(json_object_get(answer.json, "warnings")) > 0) {
        size_t i;
        json_t *warning;

        json_array_foreach(json_object_get(answer.json, "warnings"), i, warning)
            complain(0, "%s", json_string_value(warning));
        status = complain(EXIT_REFUSED, "nothing was changed; --force does it all the same");
    }
    answer_free(&answer);
    buf_free(&dry);
    return status;
}

/* May the change take objects away, and has nobody said that this is meant? */
static bool is_careless(const struct args *args)
{
    bool removes = args->command->run == cmd_delete || args_option(args, "replace");

    return removes && !args_option(args, "force") && !args_option(args, "dry-run");
}

/* A change: the request with its flags, its answer shown. */
static int change(struct ctl *ctl, struct buf *request, const struct upload *upload)
{
    struct answer answer;
    int status = EXIT_DONE;

    if (!buf_cstr(request))
        return complain(EXIT_USAGE, "the name is too long");
    if (is_careless(&ctl->args))
        status = check_harmless(ctl, request, upload);
    if (status != EXIT_DONE)
        return status;
    if (args_option(&ctl->args, "dry-run"))
        path_query(request, "dry-run", "1");
    if (!buf_cstr(request))
        return complain(EXIT_USAGE, "the name is too long");
    status = api(ctl, buf_cstr(request), upload, &answer);
    if (status == EXIT_DONE)
        finish(ctl, answer.json, show_changes);
    if (status == EXIT_DONE && !ctl->json && args_option(&ctl->args, "dry-run"))
        printf("(dry run: nothing was changed)\n");
    answer_free(&answer);
    return status;
}

int cmd_apply(struct ctl *ctl)
{
    const char *file = ctl->args.word[0];
    struct upload upload = {.content_type = "application/yaml"};
    struct buf text, request;
    int status;

    if (!read_file(file, &text))
        return EXIT_USAGE;
    buf_init(&request, PATH_MAX_LEN);
    buf_text(&request, "POST /v1/apply");
    path_query(&request, "file", strcmp(file, "-") == 0 ? "(standard input)" : file);
    if (args_option(&ctl->args, "replace"))
        path_query(&request, "replace", "1");
    upload.body = buf_view(&text);
    status = change(ctl, &request, &upload);
    buf_free(&request);
    buf_free(&text);
    return status;
}

int cmd_export(struct ctl *ctl)
{
    char path[128];

    snprintf(path, sizeof(path), "/v1/export?format=%s%s", ctl->json ? "json" : "yaml",
             args_option(&ctl->args, "secrets") ? "&secrets=1" : "");
    return api_download(ctl, path, stdout);
}

static void show_names(const json_t *json)
{
    struct table table;
    const char *dn;
    json_t *object;

    table_begin(&table, "CLASS|NAME");
    json_object_foreach(json_object_get(json, "objects"), dn, object)
    {
        table_add_member(&table, object, "class");
        table_add(&table, dn);
    }
    table_end(&table, "no objects");
}

/* The unit of a value; texts have one too, in which their bounds are given. */
static const char *unit_of(const struct conf_attribute *a)
{
    return a && a->type == CONF_INT ? a->unit : "";
}

static void add_attributes(struct table *table, const struct conf_class *class_,
                           const json_t *values, const char *mark)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)values, name, value)
    {
        const struct conf_attribute *a = class_ ? conf_attribute_find(class_, name) : NULL;

        if (json_is_object(value) && strcmp(name, "defaults") == 0)
            continue;
        table_add(table, name);
        table_add_member(table, values, name);
        table_add(table, unit_of(a));
        table_add(table, mark);
    }
}

static void show_object(const json_t *json)
{
    const json_t *object = json_object_get(json, "object");
    const char *class_name = text_member(object, "class");
    const struct conf_class *class_ = class_name ? conf_class_find(class_name) : NULL;
    struct table table;

    printf("%s\n", text_member(json, "dn"));
    table_begin(&table, "ATTRIBUTE|VALUE|UNIT|SET");
    add_attributes(&table, class_, object, "here");
    add_attributes(&table, class_, json_object_get(object, "defaults"), "default");
    table_end(&table, "");
}

/* "METHOD /v1/objects/dn" of the object that the command names; false: *status says why. */
static bool object_request(struct ctl *ctl, const char *method, struct buf *request, int *status)
{
    struct buf dn;
    bool good;

    buf_init(request, PATH_MAX_LEN);
    buf_init(&dn, PATH_MAX_LEN);
    good = resolve(ctl, args_option(&ctl->args, "class"), ctl->args.word[0], &dn, status);
    if (good) {
        buf_printf(request, "%s /v1/objects", method);
        path_dn(request, buf_cstr(&dn) ? buf_cstr(&dn) : "");
    }
    buf_free(&dn);
    return good;
}

static int show_one(struct ctl *ctl)
{
    struct answer answer;
    struct buf request;
    int status;

    if (object_request(ctl, "GET", &request, &status)) {
        path_query(&request, "effective", ctl->json ? NULL : "1");
        status = api(ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, &answer);
        if (status == EXIT_DONE && ctl->json)
            print_json(json_object_get(answer.json, "object"));
        else if (status == EXIT_DONE)
            show_object(answer.json);
        answer_free(&answer);
    }
    buf_free(&request);
    return status;
}

int cmd_show(struct ctl *ctl)
{
    struct buf path;
    int status;

    if (ctl->args.word_count > 0)
        return show_one(ctl);
    buf_init(&path, PATH_MAX_LEN);
    buf_text(&path, "/v1/objects");
    path_query(&path, "class", args_option(&ctl->args, "class"));
    status = get_and_show(ctl, buf_cstr(&path) ? buf_cstr(&path) : "/", show_names);
    buf_free(&path);
    return status;
}

/* The attribute that some class has by this name, or NULL. */
static const struct conf_attribute *find_attribute(const char *name, size_t len)
{
    char copy[128];

    snprintf(copy, sizeof(copy), "%.*s", (int)len, name);
    for (int id = 0; id < CONF_NODE; id++) {
        const struct conf_attribute *a =
            conf_attribute_find(conf_class((enum conf_class_id)id), copy);

        if (a)
            return a;
    }
    return NULL;
}

/* A list or a mapping? */
static bool is_structured(const char *name, size_t len)
{
    const struct conf_attribute *a = find_attribute(name, len);

    return a && (a->type == CONF_ADDRESSES || a->type == CONF_HOSTS || a->type == CONF_SPACES ||
                 a->type == CONF_ORADDRS || a->type == CONF_FLAGS || a->type == CONF_GDI);
}

/* Everybody on the machine can read the arguments of a process: passwords go as soon as they have
 * been taken. */
static void hide_if_secret(char *assignment, size_t name_len)
{
    const struct conf_attribute *a = find_attribute(assignment, name_len);

    if (a && a->flags & CONF_SECRET) {
        char *value = assignment + name_len + 1;

        memset(value, '*', strlen(value));
    }
}

/* The value of "name=value" as JSON: [a, b] and {a: b} for lists and mappings, else text; NULL
 * after a message. */
static json_t *parse_value(const char *assignment, size_t name_len)
{
    const char *value = assignment + name_len + 1;
    struct conf_document document;
    struct conf_errors errors;
    char text[CONF_ERROR_TEXT];
    json_t *result;

    if (!*value)
        return json_null();
    if (!is_structured(assignment, name_len) || (*value != '[' && *value != '{'))
        return json_string(value);
    conf_errors_init(&errors, NULL);
    if (conf_document_parse(slice_str(value), &document, &errors) != X4_OK) {
        conf_error_print(&errors, 0, text);
        complain(0, "%s: %s", assignment, text);
    }
    result = json_incref(document.root);
    conf_document_free(&document);
    conf_errors_free(&errors);
    return result;
}

/* All assignments as one object, NULL after a message. */
static json_t *parse_assignments(const struct args *args)
{
    json_t *changes = json_object();

    for (size_t i = 1; i < args->word_count; i++) {
        char *word = args->word[i];
        const char *equals = strchr(word, '=');
        char name[128];
        json_t *value = NULL;

        if (!equals || equals == word || equals - word >= (long)sizeof(name)) {
            complain(0, "%s is not ATTRIBUTE=VALUE", word);
        } else {
            snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
            value = parse_value(word, (size_t)(equals - word));
            hide_if_secret(word, (size_t)(equals - word));
        }
        if (!value || json_object_set_new(changes, name, value) != 0) {
            json_decref(changes);
            return NULL;
        }
    }
    return changes;
}

int cmd_set(struct ctl *ctl)
{
    json_t *changes = parse_assignments(&ctl->args);
    char *text = changes ? json_dumps(changes, JSON_COMPACT) : NULL;
    struct upload upload = {.content_type = "application/json", .body = slice_str(text)};
    struct buf request;
    int status = EXIT_USAGE;

    json_decref(changes);
    if (!text)
        return EXIT_USAGE;
    if (object_request(ctl, "PATCH", &request, &status))
        status = change(ctl, &request, &upload);
    buf_free(&request);
    free(text);
    return status;
}

int cmd_delete(struct ctl *ctl)
{
    struct buf request;
    int status = EXIT_USAGE;

    if (object_request(ctl, "DELETE", &request, &status))
        status = change(ctl, &request, NULL);
    buf_free(&request);
    return status;
}
