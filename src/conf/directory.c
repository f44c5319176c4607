/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: life and look-up. */
#include "conf/directory.h"

#include "base/error.h"
#include "conf/conf_internal.h"
#include "conf/values.h"

#include <assert.h>
#include <stdlib.h>

void conf_entry_unref(struct entry *entry)
{
    if (!entry || --entry->refs > 0)
        return;
    for (size_t i = 0; i < entry->key_count; i++)
        free(entry->keys[i]);
    free(entry->keys);
    free(entry->dn);
    json_decref(entry->json);
    free(entry);
}

/* The keys of the addresses that must be unique; false: out of memory. */
static bool make_keys(struct entry *entry)
{
    const json_t *list = NULL;

    for (size_t i = 0; i < entry->class_->count; i++)
        if (entry->class_->attributes[i].flags & CONF_UNIQUE)
            list = json_object_get(entry->json, entry->class_->attributes[i].name);
    if (json_array_size(list) == 0)
        return true;
    entry->keys = calloc(json_array_size(list), sizeof(*entry->keys));
    if (!entry->keys)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        entry->keys[i] = conf_oraddr_key(json_string_value(json_array_get(list, i)));
        entry->key_count++;
        if (!entry->keys[i])
            return false;
    }
    return true;
}

struct entry *conf_entry_new(const char *dn, const struct conf_class *class_, json_t *json)
{
    struct entry *entry = calloc(1, sizeof(*entry));

    if (!entry) {
        json_decref(json);
        return NULL;
    }
    *entry = (struct entry){.refs = 1, .dn = strdup(dn), .class_ = class_, .json = json};
    if (!entry->dn || !json || !make_keys(entry)) {
        conf_entry_unref(entry);
        return NULL;
    }
    return entry;
}

struct directory *directory_empty(void)
{
    struct directory *directory = calloc(1, sizeof(*directory));

    if (!directory)
        return NULL;
    directory->refs = 1;
    for (int i = 0; i < CONF_CLASS_COUNT; i++)
        directory->fallback[i] = conf_class_defaults(conf_class((enum conf_class_id)i));
    return directory;
}

struct directory *directory_ref(struct directory *directory)
{
    directory->refs++;
    return directory;
}

void directory_unref(struct directory **directory)
{
    struct directory *d = *directory;

    *directory = NULL;
    if (!d || --d->refs > 0)
        return;
    for (size_t i = 0; i < d->count; i++)
        conf_entry_unref(d->slots[i].entry);
    free(d->slots);
    for (int i = 0; i < CONF_CLASS_COUNT; i++)
        json_decref(d->fallback[i]);
    json_decref(d->loading);
    free(d);
}

size_t directory_size(const struct directory *directory)
{
    return directory->count;
}

uint64_t directory_generation(const struct directory *directory)
{
    return directory->generation;
}

static int compare_slot(const void *key, const void *item)
{
    return conf_dn_compare(key, ((const struct slot *)item)->object.dn);
}

const struct slot *conf_find_slot(const struct directory *directory, const char *dn, size_t len)
{
    char copy[CONF_DN_MAX + 1];

    if (len > CONF_DN_MAX || directory->count == 0)
        return NULL;
    memcpy(copy, dn, len);
    copy[len] = '\0';
    return bsearch(copy, directory->slots, directory->count, sizeof(struct slot), compare_slot);
}

const struct conf_object *directory_find(const struct directory *directory, const char *dn)
{
    const struct slot *slot = conf_find_slot(directory, dn, strlen(dn));

    return slot ? &slot->object : NULL;
}

const struct conf_object *directory_next(const struct directory *directory, enum conf_class_id id,
                                         const struct conf_object *after)
{
    size_t i = 0;

    if (after) {
        const struct slot *slot = conf_find_slot(directory, after->dn, strlen(after->dn));

        assert(slot && &slot->object == after);
        i = (size_t)(slot - directory->slots) + 1;
    }
    for (; i < directory->count; i++)
        if (directory->slots[i].object.class_->id == id)
            return &directory->slots[i].object;
    return NULL;
}

const struct conf_object *directory_follow(const struct directory *directory,
                                           const struct conf_object *object, const char *name)
{
    const char *dn = conf_str(object, name);

    return dn ? directory_find(directory, dn) : NULL;
}

const struct conf_object *directory_above(const struct directory *directory,
                                          const struct conf_object *object, enum conf_class_id id)
{
    char dn[CONF_DN_MAX + 1];
    size_t len = strlen(object->dn);

    assert(len <= CONF_DN_MAX);
    memcpy(dn, object->dn, len + 1);
    while ((len = conf_dn_parent_len(dn)) > 0) {
        const struct slot *slot = conf_find_slot(directory, dn, len);

        if (slot && slot->object.class_->id == id)
            return &slot->object;
        dn[len] = '\0';
    }
    return NULL;
}
