/* SPDX-License-Identifier: Apache-2.0 */
/* The directory, read back from the store. */
#include "control/internal.h"

#include "base/error.h"

#include <stdlib.h>

struct loading {
    struct directory *directory;
    size_t count;
    int error;
};

static bool load_entry(void *ctx, const struct store_entry *entry)
{
    struct loading *l = ctx;
    char *dn = slice_strdup(entry->dn);
    char *class_name = slice_strdup(entry->class_name);
    json_t *json = json_loadb((const char *)entry->json.p, entry->json.len, 0, NULL);

    if (!dn || !class_name)
        l->error = X4_ENOMEM;
    else
        l->error = json ? directory_load(l->directory, dn, class_name, json) : X4_ESYNTAX;
    if (!dn || !class_name)
        json_decref(json);
    l->count++;
    free(dn);
    free(class_name);
    return l->error == X4_OK;
}

/* A store that cannot be read is not an empty one: the seed must not take the place of what is
 * there. */
int control_load_directory(struct store *store, struct directory **out, struct conf_errors *errors)
{
    struct loading l = {.directory = directory_empty()};
    int error = l.directory ? store_scan_entries(store, load_entry, &l) : X4_ENOMEM;

    *out = NULL;
    if (!error)
        error = l.error;
    if (!error && l.count == 0)
        error = X4_ENOTFOUND;
    if (!error)
        error = directory_finish(l.directory, errors);
    if (!error)
        *out = l.directory;
    else if (l.directory)
        directory_unref(&l.directory);
    return error;
}
