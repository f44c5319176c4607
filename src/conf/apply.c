/* SPDX-License-Identifier: Apache-2.0 */
/* Changes: from one snapshot to the next. */
#include "base/error.h"
#include "conf/conf_internal.h"

#include <stdlib.h>

/* One run of directory_apply(). */
struct run {
    const struct directory *from;
    struct conf_errors *errors;
    struct builder builder;
    char *base; /* NULL: none */
};

static const struct conf_class *class_of_shape(const char *dn)
{
    for (int i = 0; i < CONF_NODE; i++)
        if (conf_dn_has_shape(dn, conf_class((enum conf_class_id)i)->shape))
            return conf_class((enum conf_class_id)i);
    return NULL;
}

static void refuse_shape(const struct conf_spot *spot)
{
    const struct conf_class *near = conf_suggest_shape(spot->dn);

    if (near)
        conf_error_add(spot, "no class has names of this form; did you mean %s (%s)?", near->shape,
                       near->name);
    else
        conf_error_add(spot, "no class has names of this form; see CLASSES in x400-site(5)");
}

/* The class by the form of the name, which must agree with what is written. */
static const struct conf_class *find_class(const struct conf_spot *spot, const json_t *object)
{
    const char *name = json_string_value(json_object_get(object, "class"));
    const struct conf_class *named = name ? conf_class_find(name) : NULL;
    const struct conf_class *shaped = class_of_shape(spot->dn);
    struct conf_spot at = *spot;

    at.attribute = "class";
    if (name)
        at.where = conf_where_key(spot->where, "class");
    if (name && !named) {
        const char *near = conf_suggest_class(name);

        conf_error_add(&at, "'%.64s' is not a class%s%s%s", name, near ? "; did you mean " : "",
                       near ? near : "", near ? "?" : "");
        return NULL;
    }
    if (named && shaped != named) {
        conf_error_add(&at, "a %s is named %s", named->name, named->shape);
        return NULL;
    }
    if (!shaped)
        refuse_shape(spot);
    return shaped;
}

static void remove_object(struct run *run, const struct conf_spot *spot)
{
    if (!directory_find(run->from, spot->dn))
        conf_error_add(
            spot, "it has no value, which removes it, but there is no such object; one without "
                  "attributes has the value {}");
    else
        conf_builder_add(&run->builder, NULL, spot->dn, true);
}

static void put_object(struct run *run, const struct conf_spot *spot, const json_t *object)
{
    const struct conf_object *old = directory_find(run->from, spot->dn);
    const struct conf_class *class_;
    struct entry *entry;
    json_t *json;

    if (json_is_null(object)) {
        remove_object(run, spot);
        return;
    }
    if (!json_is_object(object)) {
        conf_error_add(spot, "an object must be a mapping of attributes");
        return;
    }
    class_ = find_class(spot, object);
    if (!class_)
        return;
    json = conf_normal_object(spot, class_, object, old ? old->json : NULL, run->base);
    entry = conf_entry_new(old ? old->dn : spot->dn, class_, json);
    if (entry)
        entry->where = spot->where;
    if (!entry)
        run->builder.failed = true;
    else
        conf_builder_add(&run->builder, entry, NULL, true);
}

static void put_objects(struct run *run, const json_t *objects, const json_t *where)
{
    const char *key;
    json_t *object;

    if (objects && !json_is_object(objects) && !json_is_null(objects)) {
        struct conf_spot spot = {run->errors, where, NULL, "objects"};

        conf_error_add(&spot, "must be a mapping of names to objects");
        return;
    }
    if (json_object_size(objects) > CONF_OBJECTS_MAX) {
        struct conf_spot spot = {run->errors, where, NULL, "objects"};

        conf_error_add(&spot, "more than %d", CONF_OBJECTS_MAX);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)objects, key, object)
    {
        struct conf_spot spot = {run->errors, conf_where_key(where, key), key, NULL};
        char *dn = conf_dn_normal(&spot, run->base, key);

        spot.dn = dn;
        if (dn)
            put_object(run, &spot, object);
        free(dn);
    }
}

/* base, and that there is nothing unknown at the top. */
static void read_head(struct run *run, const struct conf_document *document)
{
    struct conf_spot spot = {run->errors, NULL, NULL, NULL};
    const char *key;
    json_t *value;

    if (!json_is_object(document->root)) {
        conf_error_add(&spot, "must be a mapping with base (optional) and objects");
        return;
    }
    json_object_foreach(document->root, key, value)
    {
        spot.where = conf_where_key(document->where, key);
        spot.attribute = key;
        if (strcmp(key, "base") == 0 && json_is_string(value))
            run->base = conf_dn_normal(&spot, NULL, json_string_value(value));
        else if (strcmp(key, "base") == 0)
            conf_error_add(&spot, "must be a name that begins with /o=");
        else if (strcmp(key, "objects") != 0)
            conf_error_add(&spot, "is not known here, base or objects");
    }
}

int directory_apply(const struct directory *from, const struct conf_document *document,
                    enum directory_mode mode, struct directory **out, struct conf_errors *errors)
{
    struct run run = {.from = from, .errors = errors};
    int result;

    *out = NULL;
    if (mode == DIRECTORY_MERGE)
        conf_builder_from(&run.builder, from);
    read_head(&run, document);
    if (errors->count == 0)
        put_objects(&run, json_object_get(document->root, "objects"),
                    conf_where_key(document->where, "objects"));
    if (run.builder.failed)
        result = X4_ENOMEM;
    else
        result = errors->count > 0 ? X4_ECONFIG : X4_OK;
    if (result == X4_OK)
        result = conf_builder_finish(&run.builder, from, out, errors);
    else
        conf_builder_free(&run.builder);
    free(run.base);
    return result;
}

/* The snapshot with one object; object NULL: without it. */
static int apply_one(const struct directory *from, const char *dn, const json_t *object,
                     struct directory **out, struct conf_errors *errors)
{
    struct conf_document document = {.root = json_object()};
    json_t *objects = json_object();
    int result;

    json_object_set_new(objects, dn, object ? json_deep_copy(object) : json_null());
    if (json_object_set_new(document.root, "objects", objects) != 0) {
        json_decref(document.root);
        return X4_ENOMEM;
    }
    result = directory_apply(from, &document, DIRECTORY_MERGE, out, errors);
    conf_document_free(&document);
    return result;
}

int directory_put(const struct directory *from, const char *dn, const json_t *object,
                  struct directory **out, struct conf_errors *errors)
{
    return apply_one(from, dn, object, out, errors);
}

int directory_patch(const struct directory *from, const char *dn, const json_t *changes,
                    struct directory **out, struct conf_errors *errors)
{
    const struct conf_object *old = directory_find(from, dn);
    json_t *merged;
    int result;

    *out = NULL;
    if (!old)
        return X4_ENOTFOUND;
    merged = json_deep_copy(old->json);
    if (!json_is_object(changes) || !merged ||
        json_object_update(merged, (json_t *)(uintptr_t)changes) != 0) {
        json_decref(merged);
        return json_is_object(changes) ? X4_ENOMEM : X4_EINVAL;
    }
    result = apply_one(from, old->dn, merged, out, errors);
    json_decref(merged);
    return result;
}

int directory_delete(const struct directory *from, const char *dn, struct directory **out,
                     struct conf_errors *errors)
{
    *out = NULL;
    return directory_find(from, dn) ? apply_one(from, dn, NULL, out, errors) : X4_ENOTFOUND;
}

int directory_load(struct directory *directory, const char *dn, const char *class_name,
                   json_t *json)
{
    if (!directory->loading)
        directory->loading = json_object();
    if (json_object_set_new(json, "class", json_string(class_name)) != 0) {
        json_decref(json);
        return X4_ENOMEM;
    }
    return json_object_set_new(directory->loading, dn, json) == 0 ? X4_OK : X4_ENOMEM;
}

int directory_finish(struct directory *directory, struct conf_errors *errors)
{
    struct conf_document document = {.root = json_object()};
    struct directory *built = NULL;
    int result = X4_ENOMEM;

    if (json_object_set(document.root, "objects",
                        directory->loading ? directory->loading : json_null()) == 0)
        result = directory_apply(directory, &document, DIRECTORY_REPLACE, &built, errors);
    conf_document_free(&document);
    if (result == X4_OK) {
        struct slot *slots = directory->slots;
        size_t count = directory->count;

        directory->slots = built->slots;
        directory->count = built->count;
        built->slots = slots;
        built->count = count;
    }
    directory_unref(&built);
    json_decref(directory->loading);
    directory->loading = NULL;
    return result;
}
