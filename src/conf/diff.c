/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots compared, and shown as JSON. */
#include "conf/conf_internal.h"

typedef void diff_fn(void *ctx, enum directory_change change, const struct conf_object *before,
                     const struct conf_object *after);

static void each_removed(const struct directory *before, const struct directory *after,
                         diff_fn *each, void *ctx)
{
    for (size_t i = before->count; i-- > 0;) {
        const struct conf_object *object = &before->slots[i].object;

        if (!directory_find(after, object->dn))
            each(ctx, DIRECTORY_REMOVED, object, NULL);
    }
}

void directory_diff(const struct directory *before, const struct directory *after, diff_fn *each,
                    void *ctx)
{
    each_removed(before, after, each, ctx);
    for (size_t i = 0; i < after->count; i++) {
        const struct slot *slot = &after->slots[i];
        const struct slot *old = conf_find_slot(before, slot->object.dn, strlen(slot->object.dn));

        if (!old)
            each(ctx, DIRECTORY_ADDED, NULL, &slot->object);
        else if (old->entry != slot->entry && !json_equal(old->entry->json, slot->entry->json))
            each(ctx, DIRECTORY_CHANGED, &old->object, &slot->object);
    }
}

/* A value as it may be shown; a new reference. */
static json_t *visible(const struct conf_attribute *attribute, const json_t *value, bool secrets)
{
    if (!value)
        return json_null();
    if ((attribute->flags & CONF_SECRET) && !secrets)
        return json_string("***");
    return json_incref((json_t *)(uintptr_t)value);
}

static json_t *changed_attributes(const struct conf_object *before, const struct conf_object *after)
{
    const struct conf_class *class_ = (before ? before : after)->class_;
    json_t *result = json_object();

    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];
        const json_t *from = before ? json_object_get(before->json, a->name) : NULL;
        const json_t *to = after ? json_object_get(after->json, a->name) : NULL;

        if ((!from && !to) || (from && to && json_equal(from, to)))
            continue;
        json_object_set_new(result, a->name,
                            json_pack("{s:o, s:o, s:s}", "from", visible(a, from, false), "to",
                                      visible(a, to, false), "reload",
                                      conf_reload_name(a->reload)));
    }
    return result;
}

static void append_change(void *ctx, enum directory_change change, const struct conf_object *before,
                          const struct conf_object *after)
{
    static const char *const names[] = {"added", "changed", "removed"};
    const struct conf_object *object = after ? after : before;

    json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:o}", "change", names[change], "object",
                                         object->dn, "class", object->class_->name, "attributes",
                                         changed_attributes(before, after)));
}

json_t *directory_diff_json(const struct directory *before, const struct directory *after)
{
    json_t *list = json_array();

    if (list)
        directory_diff(before, after, append_change, list);
    return list;
}

json_t *conf_object_json(const struct conf_object *object, bool secrets, bool effective)
{
    json_t *result = json_pack("{s:s}", "class", object->class_->name);
    json_t *defaults = json_object();

    for (size_t i = 0; i < object->class_->count; i++) {
        const struct conf_attribute *a = &object->class_->attributes[i];
        const json_t *own = json_object_get(object->json, a->name);
        const json_t *value = conf_value(object, a->name);

        if (own)
            json_object_set_new(result, a->name, visible(a, own, secrets));
        else if (value)
            json_object_set_new(defaults, a->name, visible(a, value, secrets));
    }
    if (effective)
        json_object_set(result, "defaults", defaults);
    json_decref(defaults);
    return result;
}

json_t *directory_json(const struct directory *directory, bool secrets)
{
    json_t *objects = json_object();

    for (size_t i = 0; i < directory->count; i++)
        json_object_set_new(objects, directory->slots[i].object.dn,
                            conf_object_json(&directory->slots[i].object, secrets, false));
    return json_pack("{s:o}", "objects", objects);
}
