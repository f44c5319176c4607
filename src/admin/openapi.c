/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI 3 document and /v1/schema, from the tables. */
#include "admin/admin_internal.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *text_type(const char *format)
{
    return format ? json_pack("{s:s, s:s}", "type", "string", "format", format)
                  : json_pack("{s:s}", "type", "string");
}

static json_t *choice_type(const struct conf_attribute *a)
{
    json_t *values = json_array();

    for (size_t i = 0; a->values[i]; i++)
        json_array_append_new(values, json_string(a->values[i]));
    return json_pack("{s:s, s:o}", "type", "string", "enum", values);
}

static json_t *space_type(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:i, s:i}}, s:[s]}", "type", "object", "properties",
                     "space", "type", "string", "cost", "type", "integer", "minimum", 1, "maximum",
                     100, "required", "space");
}

static json_t *gdi_type(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}, s:[s]}", "type", "object", "properties",
                     "country", "type", "string", "admd", "type", "string", "prmd", "type",
                     "string", "required", "country");
}

static json_t *sink_type(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s]}", "type", "object", "properties", "to",
                     "type", "string", "level", "type", "string", "required", "to");
}

static json_t *type_of(const struct conf_attribute *a)
{
    switch (a->type) {
    case CONF_BOOL: return json_pack("{s:s}", "type", "boolean");
    case CONF_INT:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)a->min,
                         "maximum", (json_int_t)a->max);
    case CONF_ENUM: return choice_type(a);
    case CONF_FLAGS: return list_of(choice_type(a));
    case CONF_ADDRESSES:
    case CONF_HOSTS:
    case CONF_ORADDRS: return list_of(text_type(NULL));
    case CONF_SPACES: return list_of(space_type());
    case CONF_SINKS: return list_of(sink_type());
    case CONF_GDI: return gdi_type();
    case CONF_IA5:
    case CONF_TEXT:
        if (a->flags & CONF_SECRET)
            return text_type("password");
        return json_pack("{s:s, s:I, s:I}", "type", "string", "minLength", (json_int_t)a->min,
                         "maxLength", (json_int_t)a->max);
    default: return text_type(NULL);
    }
}

static json_t *attribute_schema(const struct conf_attribute *a)
{
    json_t *schema = type_of(a);

    json_object_set_new(schema, "description", json_string(a->doc));
    if (a->def)
        json_object_set_new(schema, "default", json_loads(a->def, JSON_DECODE_ANY, NULL));
    if (*a->unit)
        json_object_set_new(schema, "x-unit", json_string(a->unit));
    if (a->flags & CONF_INHERIT)
        json_object_set_new(schema, "x-inherited", json_true());
    json_object_set_new(schema, "x-reload", json_string(conf_reload_name(a->reload)));
    json_object_set_new(schema, "x-type", json_string(conf_type_name(a->type)));
    return schema;
}

static json_t *class_schema(const struct conf_class *class_)
{
    json_t *properties =
        json_pack("{s:{s:s, s:[s]}}", "class", "type", "string", "enum", class_->name);
    json_t *required = json_array();
    json_t *schema;

    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];

        json_object_set_new(properties, a->name, attribute_schema(a));
        if (a->flags & CONF_REQUIRED)
            json_array_append_new(required, json_string(a->name));
    }
    schema =
        json_pack("{s:s, s:s, s:s, s:o, s:b}", "type", "object", "description", class_->doc,
                  "x-name", class_->shape, "properties", properties, "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *class_schemas(void)
{
    json_t *schemas = json_object();

    for (int id = 0; id < CONF_NODE; id++)
        json_object_set_new(schemas, conf_class((enum conf_class_id)id)->name,
                            class_schema(conf_class((enum conf_class_id)id)));
    return schemas;
}

void admin_get_schema(struct request *request)
{
    admin_reply_json(&request->reply, class_schemas());
}

static void add_parameter(json_t *list, const char *name, const char *in, const char *type,
                          const char *doc)
{
    bool in_path = in[0] == 'p';

    json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", name, "in", in,
                                          "required", in_path, "description", doc, "schema", "type",
                                          type));
}

static json_t *parameters(const struct route *route)
{
    json_t *list = json_array();

    if (strstr(route->path, "{dn}"))
        add_parameter(list, "dn", "path", "string",
                      "distinguished name with its leading '/', its slashes not escaped");
    if (strstr(route->path, "{id}"))
        add_parameter(list, "id", "path", "integer", "number of the item or entry");
    for (size_t i = 0; i < ROUTE_PARAMS && route->params[i].name; i++)
        add_parameter(list, route->params[i].name, "query", route->params[i].type,
                      route->params[i].doc);
    return list;
}

static json_t *request_body(const struct route *route)
{
    static const char *const types[] = {
        [BODY_NONE] = NULL,
        [BODY_JSON] = "application/json",
        [BODY_DOCUMENT] = "application/yaml",
        [BODY_SUBMISSION] = "application/vnd.x400d.submission",
    };
    static const char *const docs[] = {
        [BODY_NONE] = "",
        [BODY_JSON] = "a JSON object",
        [BODY_DOCUMENT] = "a site file; also as application/json",
        [BODY_SUBMISSION] =
            ("the envelope as one line of JSON, a line feed, the content octet for octet; or as "
             "application/json with a member content in base64"),
    };

    return json_pack("{s:b, s:s, s:{s:{}}}", "required", 1, "description", docs[route->body],
                     "content", types[route->body]);
}

static json_t *responses(const struct route *route)
{
    static const char *const types[] = {
        [ANSWER_JSON] = "application/json",
        [ANSWER_OCTETS] = "application/octet-stream",
        [ANSWER_EVENTS] = "text/event-stream",
        [ANSWER_TEXT] = "text/plain",
    };

    return json_pack("{s:{s:s, s:{s:{}}}, s:{s:s, s:{s:{s:{s:s}}}}}", "200", "description", "done",
                     "content", types[route->answer], "default", "description", "an error",
                     "content", "application/json", "schema", "$ref", "#/components/schemas/error");
}

static void add_route(json_t *paths, const struct route *route)
{
    json_t *path = json_object_get(paths, route->path);
    char method[16];
    json_t *operation = json_pack("{s:s, s:o, s:o}", "summary", route->doc, "parameters",
                                  parameters(route), "responses", responses(route));

    if (!path) {
        json_object_set_new(paths, route->path, json_object());
        path = json_object_get(paths, route->path);
    }
    if (route->body != BODY_NONE)
        json_object_set_new(operation, "requestBody", request_body(route));
    json_object_set_new(operation, "x-right",
                        json_string(route->right == ADMIN_VIEW ? "view" : "control"));
    snprintf(method, sizeof(method), "%s", route->method);
    for (char *p = method; *p; p++)
        *p = (char)(*p | 0x20);
    json_object_set_new(path, method, operation);
}

json_t *admin_openapi(const char *version)
{
    json_t *paths = json_object(), *schemas = class_schemas();
    size_t count;
    const struct route *routes = admin_routes(&count);

    for (size_t i = 0; i < count; i++)
        add_route(paths, &routes[i]);
    json_object_set_new(schemas, "error",
                        json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}, s:[s, s]}", "type",
                                  "object", "properties", "error", "type", "string", "message",
                                  "type", "string", "where", "type", "string", "required", "error",
                                  "message"));
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o}}", "openapi", "3.0.3", "info", "title",
                     "x400d", "version", version, "description",
                     "Administration of the X.400 MTA over its control socket", "paths", paths,
                     "components", "schemas", schemas);
}
