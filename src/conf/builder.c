/* SPDX-License-Identifier: Apache-2.0 */
/* Making a snapshot: gather, sort, let later ones win, check the whole. */
#include "base/error.h"
#include "conf/conf_internal.h"

#include <stdlib.h>

enum { FIRST_CAP = 64 };

static bool grow(struct builder *b)
{
    size_t cap = b->cap ? b->cap * 2 : FIRST_CAP;
    struct built *items = b->count < b->cap ? b->items : realloc(b->items, cap * sizeof(*items));

    if (!items) {
        b->failed = true;
        return false;
    }
    if (b->count == b->cap)
        b->cap = cap;
    b->items = items;
    return true;
}

void conf_builder_add(struct builder *b, struct entry *entry, const char *dn, bool fresh)
{
    char *copy = entry ? NULL : strdup(dn ? dn : "");

    if (!entry && (!copy || !dn))
        b->failed = true;
    if (b->failed || !grow(b)) {
        conf_entry_unref(entry);
        free(copy);
        return;
    }
    b->items[b->count] =
        (struct built){.entry = entry, .dn = copy, .order = b->count, .fresh = fresh};
    b->count++;
}

void conf_builder_from(struct builder *b, const struct directory *directory)
{
    *b = (struct builder){.items = NULL};
    for (size_t i = 0; i < directory->count; i++) {
        directory->slots[i].entry->refs++;
        conf_builder_add(b, directory->slots[i].entry, NULL, false);
    }
}

void conf_builder_free(struct builder *b)
{
    for (size_t i = 0; i < b->count; i++) {
        conf_entry_unref(b->items[i].entry);
        free(b->items[i].dn);
    }
    free(b->items);
    *b = (struct builder){.items = NULL};
}

static const char *dn_of(const struct built *item)
{
    return item->entry ? item->entry->dn : item->dn;
}

static int compare_built(const void *a, const void *b)
{
    const struct built *x = a, *y = b;
    int order = conf_dn_compare(dn_of(x), dn_of(y));

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Moves what stays into the directory's slots. */
static void fill(struct builder *b, struct directory *directory, struct conf_errors *errors)
{
    for (size_t i = 0; i < b->count; i++) {
        struct built *item = &b->items[i];
        bool last = i + 1 == b->count || !conf_dn_equal(dn_of(item), dn_of(item + 1));

        if (!last && item->fresh && item[1].fresh) {
            struct conf_spot spot = {errors, item[1].entry ? item[1].entry->where : NULL,
                                     dn_of(item), NULL};
            conf_error_add(&spot, "this object is here a second time");
        }
        if (!last || !item->entry)
            continue;
        directory->slots[directory->count++] = (struct slot){
            .object = {.dn = item->entry->dn,
                       .class_ = item->entry->class_,
                       .json = item->entry->json,
                       .fallback = directory->fallback[item->entry->class_->id]},
            .entry = item->entry,
        };
        item->entry->refs++;
    }
}

/* Connectors inherit from their site's mta-defaults. */
static void link_defaults(struct directory *directory)
{
    const struct conf_object *defaults = NULL;

    while ((defaults = directory_next(directory, CONF_MTA_DEFAULTS, defaults))) {
        const struct conf_object *site = directory_above(directory, defaults, CONF_SITE);

        for (size_t i = 0; site && i < directory->count; i++) {
            struct conf_object *object = &directory->slots[i].object;

            if (object->class_->id == CONF_CONNECTOR &&
                directory_above(directory, object, CONF_SITE) == site)
                object->defaults = defaults;
        }
    }
}

static void forget_positions(const struct directory *directory)
{
    for (size_t i = 0; i < directory->count; i++)
        directory->slots[i].entry->where = NULL;
}

int conf_builder_finish(struct builder *b, const struct directory *from, struct directory **out,
                        struct conf_errors *errors)
{
    struct directory *directory = b->failed ? NULL : calloc(1, sizeof(*directory));
    int result = X4_ENOMEM;

    if (directory) {
        directory->refs = 1;
        directory->generation = from->generation + 1;
        for (int i = 0; i < CONF_CLASS_COUNT; i++)
            directory->fallback[i] = json_incref(from->fallback[i]);
        directory->slots = calloc(b->count + 1, sizeof(*directory->slots));
    }
    if (directory && directory->slots) {
        if (b->count > 1)
            qsort(b->items, b->count, sizeof(*b->items), compare_built);
        fill(b, directory, errors);
        link_defaults(directory);
        conf_check_directory(directory, errors);
        forget_positions(directory);
        result = errors->count > 0 ? X4_ECONFIG : X4_OK;
    }
    conf_builder_free(b);
    if (result != X4_OK)
        directory_unref(&directory);
    *out = directory;
    return result;
}
