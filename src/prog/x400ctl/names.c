/* SPDX-License-Identifier: Apache-2.0 */
/* Which object a short name means. */
#include "prog/x400ctl/ctl.h"

#include "base/ascii.h"
#include "conf/directory.h"

#include <string.h>

enum { SHOWN = 8, SHOWN_MAX = 4000 };

/* Case does not matter, nor what stands between words. */
static uint8_t loose(uint8_t c)
{
    return c == '-' || c == '_' ? ' ' : ascii_lower(c);
}

/* The ways in which a name may mean an object, the strictest first. */
static bool is_leaf(const char *dn, const char *name)
{
    return slice_eq_nocase(slice_str(conf_dn_leaf(dn)), slice_str(name));
}

static bool is_tail(const char *dn, const char *name)
{
    size_t len = strlen(dn), tail = strlen(name);

    return tail < len && dn[len - tail - 1] == '/' &&
           slice_eq_nocase(slice_str(dn + len - tail), slice_str(name));
}

/* "to-paris" for "to Paris" */
static bool is_loose_leaf(const char *dn, const char *name)
{
    const char *leaf = conf_dn_leaf(dn);

    while (*leaf && loose((uint8_t)*leaf) == loose((uint8_t)*name)) {
        leaf++;
        name++;
    }
    return !*leaf && !*name;
}

typedef bool meaning(const char *dn, const char *name);
static meaning *const meanings[] = {is_leaf, is_tail, is_loose_leaf};
enum { MEANINGS = sizeof(meanings) / sizeof(meanings[0]) };

size_t find_names(const json_t *objects, const char *name, const char **dn, struct buf *list)
{
    size_t found = 0;

    for (size_t i = 0; i < MEANINGS && found == 0; i++) {
        const char *key;
        json_t *object;

        json_object_foreach((json_t *)(uintptr_t)objects, key, object)
        {
            if (!meanings[i](key, name))
                continue;
            *dn = key;
            if (found++ < SHOWN)
                buf_printf(list, "\n  %s", key);
        }
    }
    return found;
}

static int not_found(const json_t *objects, const char *kind, const char *name)
{
    struct buf list;
    const char *key;
    json_t *object;
    size_t n = 0;

    buf_init(&list, SHOWN_MAX);
    json_object_foreach((json_t *)(uintptr_t)objects, key, object)
    {
        if (kind && n++ < SHOWN)
            buf_printf(&list, "%s%s", list.len ? ", " : "", conf_dn_leaf(key));
    }
    if (!kind)
        complain(0, "there is no object %s; x400ctl show lists all", name);
    else
        complain(0, "there is no %s %s%s%s%s", kind, name, list.len ? "; there is " : "",
                 buf_cstr(&list) ? buf_cstr(&list) : "", n > SHOWN ? ", ..." : "");
    buf_free(&list);
    return EXIT_REFUSED;
}

bool resolve(struct ctl *ctl, const char *kind, const char *name, struct buf *dn, int *status)
{
    const json_t *objects;
    struct answer answer;
    struct buf request, list;
    const char *match = NULL;
    size_t found;

    *status = EXIT_DONE;
    if (*name == '/') {
        buf_text(dn, name);
        return true;
    }
    buf_init(&request, SHOWN_MAX);
    buf_init(&list, SHOWN_MAX);
    buf_text(&request, "GET /v1/objects");
    path_query(&request, "class", kind);
    *status = api(ctl, buf_cstr(&request) ? buf_cstr(&request) : "GET /", NULL, &answer);
    objects = json_object_get(answer.json, "objects");
    found = *status == EXIT_DONE ? find_names(objects, name, &match, &list) : 0;
    if (found == 1)
        buf_text(dn, match);
    else if (found > 1)
        *status = complain(EXIT_REFUSED, "%s may be one of these; say more of its name:%s%s", name,
                           buf_cstr(&list) ? buf_cstr(&list) : "", found > SHOWN ? "\n  ..." : "");
    else if (*status == EXIT_DONE)
        *status = not_found(objects, kind, name);
    buf_free(&list);
    buf_free(&request);
    answer_free(&answer);
    return *status == EXIT_DONE;
}

bool resolve_connector(struct ctl *ctl, const char *name, struct buf *dn, int *status)
{
    return resolve(ctl, "connector", name, dn, status);
}

bool resolve_mailbox(struct ctl *ctl, const char *name, struct buf *dn, int *status)
{
    return resolve(ctl, "mailbox", name, dn, status);
}
