/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the directory: identity, limits, routes. Made whole, then put in force. */
#include "mta/internal.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SETTINGS_ARENA = 256 * 1024 * 1024, /* routes of a large site */
    KIB = 1024,
    MINUTE_MS = 60 * 1000,
};
#define DAY_MS       (INT64_C(24) * 3600 * 1000)
#define ABSOLUTE_AGE (60 * DAY_MS) /* R2.10b: from the first trace element, a safety net */

const struct conf_object *mta_pick_server(const struct directory *directory, const char *dn,
                                          char *text, size_t size)
{
    const struct conf_object *first;

    if (dn) {
        first = directory_find(directory, dn);
        if (!first)
            snprintf(text, size, "%s: no such object, the node file names it as its server", dn);
        else if (first->class_->id != CONF_SERVER)
            snprintf(text, size, "%s is a %s, the node file names it as its server", dn,
                     first->class_->name);
        return first && first->class_->id == CONF_SERVER ? first : NULL;
    }
    first = directory_next(directory, CONF_SERVER, NULL);
    if (!first)
        snprintf(text, size, "the directory has no object of class server");
    else if (directory_next(directory, CONF_SERVER, first)) {
        snprintf(text, size, "the directory has several servers: the node file must name its own");
        return NULL;
    }
    return first;
}

static int make_identity(struct mta_settings *s, const struct directory *directory, char *text,
                         size_t size)
{
    const struct conf_object *site = directory_above(directory, s->server, CONF_SITE);
    struct conf_gdi gdi;
    const char *name = arena_str(&s->arena, slice_str(conf_str(s->server, "mta-name")));
    char *parts[3] = {NULL, NULL, NULL};

    if (!conf_gdi(s->server, "gdi", &gdi) && !(site && conf_gdi(site, "gdi", &gdi))) {
        snprintf(text, size, "%s: gdi is set neither here nor at the site", s->server->dn);
        return X4_ECONFIG;
    }
    parts[0] = arena_str(&s->arena, slice_str(gdi.country));
    parts[1] = arena_str(&s->arena, slice_str(gdi.admd));
    parts[2] = gdi.prmd ? arena_str(&s->arena, slice_str(gdi.prmd)) : NULL;
    if (!name || !parts[0] || !parts[1])
        return X4_ENOMEM;
    s->identity.gdi = mts_gdi_make(parts[0], parts[1], parts[2]);
    s->identity.mta_name = slice_str(name);
    for (size_t i = 0, n = 0; name[i] && n < sizeof(s->token) - 1; i++) {
        if (ascii_is_alpha((uint8_t)name[i]) || ascii_is_digit((uint8_t)name[i]))
            s->token[n++] = name[i];
    }
    return X4_OK;
}

static void make_limits(struct mta_settings *s)
{
    const struct conf_object *o = s->server;

    s->size_limit = (uint64_t)conf_int(o, "message-size-limit") * KIB;
    s->queue_alarm = (size_t)conf_int(o, "queue-alarm");
    s->dead_letters = conf_str(o, "dead-letter-mailbox");
    s->min_free = conf_int(o, "minimum-free-disk") * KIB * KIB;
    s->return_max = (uint64_t)conf_int(o, "returned-content-limit") * KIB;
    s->duplicate_ms = conf_int(o, "duplicate-memory") * DAY_MS;
    s->track_ms = conf_int(o, "tracking-retention") * DAY_MS;
    s->events_ms = conf_int(o, "event-retention") * DAY_MS;
    s->keep_message_events = conf_bool(o, "keep-message-events");
    s->ages.by_priority_ms[MTS_URGENT] = conf_int(o, "message-timeout-urgent") * MINUTE_MS;
    s->ages.by_priority_ms[MTS_NORMAL] = conf_int(o, "message-timeout-normal") * MINUTE_MS;
    s->ages.by_priority_ms[MTS_NON_URGENT] = conf_int(o, "message-timeout-non-urgent") * MINUTE_MS;
    s->ages.absolute_ms = ABSOLUTE_AGE;
}

int mta_settings_make(struct mta *mta, struct directory *directory, struct mta_settings **out,
                      char *text, size_t size)
{
    struct mta_settings *s = calloc(1, sizeof(*s));
    int error = X4_OK;

    *out = NULL;
    if (!s)
        return X4_ENOMEM;
    arena_init(&s->arena, SETTINGS_ARENA);
    s->server = mta_pick_server(directory, mta->server_dn, text, size);
    if (!s->server)
        error = X4_ECONFIG;
    if (!error)
        error = make_identity(s, directory, text, size);
    if (!error) {
        make_limits(s);
        error = mta_routes_make(s, directory, text, size);
    }
    if (error)
        mta_settings_free(&s);
    *out = s;
    return error;
}

void mta_settings_free(struct mta_settings **settings)
{
    struct mta_settings *s = *settings;

    *settings = NULL;
    if (!s)
        return;
    mta_routes_free(s);
    arena_free(&s->arena);
    free(s);
}
