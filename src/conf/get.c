/* SPDX-License-Identifier: Apache-2.0 */
/* Typed getters: own value, else the site's default, else the schema's. */
#include "conf/conf_internal.h"
#include "conf/values.h"

#include <assert.h>
#include <stdlib.h>

static const json_t *value_of(const struct conf_object *object,
                              const struct conf_attribute *attribute)
{
    const json_t *value = json_object_get(object->json, attribute->name);

    if (!value && (attribute->flags & CONF_INHERIT) && object->defaults)
        value = json_object_get(object->defaults->json, attribute->name);
    return value ? value : json_object_get(object->fallback, attribute->name);
}

static const struct conf_attribute *known(const struct conf_object *object, const char *name)
{
    const struct conf_attribute *attribute = conf_attribute_find(object->class_, name);

    assert(attribute && "a getter asks for an attribute that the class does not have");
    return attribute;
}

const json_t *conf_value(const struct conf_object *object, const char *name)
{
    return value_of(object, known(object, name));
}

int64_t conf_int(const struct conf_object *object, const char *name)
{
    const struct conf_attribute *attribute = known(object, name);
    const json_t *value = value_of(object, attribute);

    assert(attribute->type == CONF_INT || attribute->type == CONF_MODE);
    if (attribute->type == CONF_MODE)
        return strtol(json_string_value(value), NULL, 8);
    return json_integer_value(value);
}

bool conf_bool(const struct conf_object *object, const char *name)
{
    const json_t *value = conf_value(object, name);

    assert(known(object, name)->type == CONF_BOOL);
    return json_is_true(value);
}

const char *conf_str(const struct conf_object *object, const char *name)
{
    assert(known(object, name)->type != CONF_INT && known(object, name)->type != CONF_BOOL);
    return json_string_value(conf_value(object, name));
}

static int index_of(const struct conf_attribute *attribute, const char *text)
{
    for (int i = 0; attribute->values[i]; i++)
        if (strcmp(attribute->values[i], text) == 0)
            return i;
    return 0;
}

int conf_enum(const struct conf_object *object, const char *name)
{
    const struct conf_attribute *attribute = known(object, name);

    assert(attribute->type == CONF_ENUM);
    return index_of(attribute, json_string_value(value_of(object, attribute)));
}

const char *conf_enum_name(const struct conf_object *object, const char *name)
{
    return known(object, name)->values[conf_enum(object, name)];
}

enum conf_schedule conf_schedule(const struct conf_object *object, const char *name,
                                 struct conf_week *week)
{
    const struct conf_attribute *attribute = known(object, name);
    const char *text = json_string_value(value_of(object, attribute));
    char why[CONF_WEEK_WHY];

    assert(attribute->type == CONF_SCHEDULE);
    for (int i = 0; attribute->values[i]; i++)
        if (strcmp(attribute->values[i], text) == 0)
            return (enum conf_schedule)i;
    conf_week_parse(text, week, why);
    return CONF_TIMES;
}

unsigned conf_flags(const struct conf_object *object, const char *name)
{
    const struct conf_attribute *attribute = known(object, name);
    unsigned flags = 0;

    assert(attribute->type == CONF_FLAGS);
    for (size_t i = 0; i < conf_count(object, name); i++)
        flags |= 1u << index_of(attribute, conf_item(object, name, i));
    return flags;
}

struct slice conf_selector(const struct conf_object *object, const char *name,
                           uint8_t octets[CONF_SELECTOR_MAX])
{
    const char *text = json_string_value(conf_value(object, name));
    int len = text ? conf_selector_parse(text, octets) : 0;

    assert(known(object, name)->type == CONF_SELECTOR);
    return len > 0 ? slice_make(octets, (size_t)len) : SLICE_NONE;
}

size_t conf_count(const struct conf_object *object, const char *name)
{
    return json_array_size(conf_value(object, name));
}

const char *conf_item(const struct conf_object *object, const char *name, size_t n)
{
    const json_t *item = json_array_get(conf_value(object, name), n);

    return json_string_value(json_is_object(item) ? json_object_get(item, "space") : item);
}

int conf_space_cost(const struct conf_object *object, const char *name, size_t n)
{
    const json_t *item = json_array_get(conf_value(object, name), n);

    assert(known(object, name)->type == CONF_SPACES);
    return (int)json_integer_value(json_object_get(item, "cost"));
}

const char *conf_sink(const struct conf_object *object, const char *name, size_t n, int *level)
{
    const json_t *item = json_array_get(conf_value(object, name), n);
    const char *text = json_string_value(json_object_get(item, "level"));

    assert(known(object, name)->type == CONF_SINKS);
    for (*level = 0; text && conf_levels[*level] && strcmp(conf_levels[*level], text) != 0;)
        (*level)++;
    return json_string_value(json_object_get(item, "to"));
}

bool conf_gdi(const struct conf_object *object, const char *name, struct conf_gdi *out)
{
    const json_t *value = conf_value(object, name);

    assert(known(object, name)->type == CONF_GDI);
    *out = (struct conf_gdi){
        .country = json_string_value(json_object_get(value, "country")),
        .admd = json_string_value(json_object_get(value, "admd")),
        .prmd = json_string_value(json_object_get(value, "prmd")),
    };
    return value != NULL;
}
