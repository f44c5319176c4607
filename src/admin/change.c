/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers that read and change the configuration. One change runs at a time; others wait for it,
 * and begin anew from what it leaves. */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <stdlib.h>

static struct directory *present(const struct request *request)
{
    const struct admin_params *params = &request->reply.admin->params;

    return params->backend->directory(params->backend_ctx);
}

void admin_change_ended(struct request *request)
{
    request->reply.admin->changing = NULL;
    directory_unref(&request->before);
    directory_unref(&request->after);
}

/* true: another change runs, and this request has been put in line. */
static bool must_wait(struct request *request)
{
    struct admin *admin = request->reply.admin;

    if (!admin->changing)
        return false;
    list_push_back(&admin->waiting, &request->link);
    return true;
}

static void refuse(struct request *request, int result, const struct conf_errors *errors)
{
    struct admin *admin = request->reply.admin;
    int64_t wall = admin->params.wall ? admin->params.wall(admin->params.wall_ctx) : 0;
    char text[CONF_ERROR_TEXT];

    if (errors->count > 0) {
        conf_error_print(errors, 0, text);
        if (!request_flag(request, "dry-run"))
            LOG_EVENT(admin->params.log, wall, EVENT_CONFIG_REJECTED, EV_STR("detail", text),
                      EV_STR("user", request->reply.user));
        admin_reply_errors(&request->reply, errors);
    } else if (result == X4_ENOTFOUND) {
        admin_reply_error(&request->reply, result, "there is no object %s", request->match.dn);
    } else {
        admin_reply_error(&request->reply, result, "%s", x4_strerror(result));
    }
}

/* What directory_*() made goes to the backend. Takes the reference of after. */
static void hand_over(struct request *request, int result, struct directory *after,
                      struct conf_errors *errors)
{
    struct admin *admin = request->reply.admin;
    struct directory *before = present(request);
    json_t *diff = after ? directory_diff_json(before, after) : NULL;
    const struct admin_change change = {before, after, diff, request_flag(request, "dry-run")};

    if (result != X4_OK) {
        refuse(request, result, errors);
    } else if (!diff) {
        admin_reply_error(&request->reply, X4_ENOMEM, "out of memory");
        directory_unref(&after);
    } else if (json_array_size(diff) == 0) {
        admin_reply_json(&request->reply, json_pack("{s:[], s:[]}", "changes", "warnings"));
        directory_unref(&after);
    } else {
        request->before = directory_ref(before);
        request->after = after;
        admin->changing = request;
        admin->params.backend->change(admin->params.backend_ctx, &change, &request->reply);
    }
    conf_errors_free(errors);
    json_decref(diff);
}

void admin_apply(struct request *request)
{
    struct conf_document document = {.root = NULL};
    enum directory_mode mode =
        request_flag(request, "replace") ? DIRECTORY_REPLACE : DIRECTORY_MERGE;
    const char *file = request_param(request, "file");
    struct directory *after = NULL;
    struct conf_errors errors;
    int result = X4_OK;

    if (must_wait(request))
        return;
    conf_errors_init(&errors, file);
    if (request_is_json(request)) {
        document.root = request_json(request);
        if (!document.root)
            return;
    } else {
        result = conf_document_parse(buf_view(&request->body), &document, &errors);
    }
    if (result == X4_OK)
        result = directory_apply(present(request), &document, mode, &after, &errors);
    conf_document_free(&document);
    hand_over(request, result, after, &errors);
}

typedef int change_one(const struct directory *from, const char *dn, const json_t *json,
                       struct directory **out, struct conf_errors *errors);

/* json is borrowed. */
static void change_object(struct request *request, change_one *fn, const json_t *json)
{
    struct directory *after = NULL;
    struct conf_errors errors;
    int result;

    if (must_wait(request))
        return;
    conf_errors_init(&errors, NULL);
    result = fn(present(request), request->match.dn, json, &after, &errors);
    hand_over(request, result, after, &errors);
}

static int delete_one(const struct directory *from, const char *dn, const json_t *json,
                      struct directory **out, struct conf_errors *errors)
{
    (void)json;
    return directory_delete(from, dn, out, errors);
}

static void change_by_body(struct request *request, change_one *fn)
{
    json_t *json = request_json(request);

    if (json && json_is_object(json))
        change_object(request, fn, json);
    else if (json)
        admin_reply_error(&request->reply, X4_EINVAL, "the body must be a JSON object");
    json_decref(json);
}

void admin_put_object(struct request *request)
{
    change_by_body(request, directory_put);
}

void admin_patch_object(struct request *request)
{
    change_by_body(request, directory_patch);
}

void admin_delete_object(struct request *request)
{
    change_object(request, delete_one, NULL);
}

static void set_enabled(struct request *request, bool enabled)
{
    const struct conf_object *object = directory_find(present(request), request->match.dn);
    json_t *changes;

    if (!object || object->class_->id != CONF_CONNECTOR) {
        admin_reply_error(&request->reply, X4_ENOTFOUND, "there is no connector %s",
                          request->match.dn);
        return;
    }
    changes = json_pack("{s:b}", "enabled", enabled);
    change_object(request, directory_patch, changes);
    json_decref(changes);
}

void admin_enable_connector(struct request *request)
{
    set_enabled(request, true);
}

void admin_disable_connector(struct request *request)
{
    set_enabled(request, false);
}

void admin_get_object(struct request *request)
{
    const struct conf_object *object = directory_find(present(request), request->match.dn);

    if (object)
        admin_reply_json(
            &request->reply,
            json_pack("{s:s, s:o}", "dn", object->dn, "object",
                      conf_object_json(object, false, request_flag(request, "effective"))));
    else
        admin_reply_error(&request->reply, X4_ENOTFOUND, "there is no object %s",
                          request->match.dn);
}

void admin_get_objects(struct request *request)
{
    const char *name = request_param(request, "class");
    const struct conf_class *only = name ? conf_class_find(name) : NULL;
    bool effective = request_flag(request, "effective");
    json_t *objects;

    if (name && !only) {
        admin_reply_error(&request->reply, X4_EINVAL, "class: '%.64s' is not a class", name);
        return;
    }
    if (!only && !effective) {
        admin_reply_json(&request->reply, directory_json(present(request), false));
        return;
    }
    objects = json_object();
    for (int id = 0; id < CONF_NODE; id++) {
        const struct conf_object *object = NULL;

        while ((!only || only->id == (enum conf_class_id)id) &&
               (object = directory_next(present(request), (enum conf_class_id)id, object)))
            json_object_set_new(objects, object->dn, conf_object_json(object, false, effective));
    }
    admin_reply_json(&request->reply, json_pack("{s:o}", "objects", objects));
}

/* Whoever has the passwords can bind as us, or as our peers: it is told who took them. */
static void tell_shown(const struct request *request)
{
    const struct admin_params *params = &request->reply.admin->params;

    LOG_EVENT(params->log, params->wall ? params->wall(params->wall_ctx) : 0, EVENT_SECRETS_SHOWN,
              EV_STR("user", request->reply.user));
}

void admin_export(struct request *request)
{
    const char *format = request_param(request, "format");
    bool yaml = !format || strcmp(format, "yaml") == 0;
    json_t *tree;
    char *text;

    if (!yaml && strcmp(format, "json") != 0) {
        admin_reply_error(&request->reply, X4_EINVAL,
                          "format: '%.64s' is not allowed, yaml or json", format);
        return;
    }
    if (request_flag(request, "secrets"))
        tell_shown(request);
    tree = directory_json(present(request), request_flag(request, "secrets"));
    text = yaml ? conf_yaml_print(tree) : json_dumps(tree, JSON_INDENT(2));
    json_decref(tree);
    if (text)
        admin_reply_text(&request->reply, yaml ? "application/yaml" : "application/json",
                         slice_str(text));
    else
        admin_reply_error(&request->reply, X4_ENOMEM, "out of memory");
    (yaml ? free : conf_json_text_free)(text);
}
