/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"

#include "base/error.h"
#include "zone.h"

#include <stdio.h>
#include <string.h>

/* ---- configuration --------------------------------------------------------------------------- */

/* What entry "change" can set: by number, with the value that its argument makes. */
static json_t *as_bool(const struct conf_object *o, int64_t v)
{
    (void)o;
    return json_boolean(v);
}

static json_t *as_count(const struct conf_object *o, int64_t v)
{
    (void)o;
    return json_integer((json_int_t)(v > 0 ? v : 1));
}

/* 0: no limit */
static json_t *as_kib(const struct conf_object *o, int64_t v)
{
    (void)o;
    return json_integer((json_int_t)v);
}

static json_t *as_conformance(const struct conf_object *o, int64_t v)
{
    static const char *const modes[] = {"1988-normal", "1988-x410", "1984"};

    (void)o;
    return json_string(modes[(uint64_t)v % 3]);
}

static json_t *as_schedule(const struct conf_object *o, int64_t v)
{
    static const char *const schedules[] = {"never", "remote-initiated"};

    (void)o;
    return json_string(v < 2 ? schedules[v & 1] : sim_zone_times(v - 2));
}

/* All of its address spaces cost so much more. */
static json_t *as_spaces(const struct conf_object *o, int64_t v)
{
    json_t *spaces = json_deep_copy(conf_value(o, "address-spaces"));
    json_t *space;
    size_t i;

    json_array_foreach(spaces, i, space)
    {
        json_object_set_new(space, "cost",
                            json_integer(conf_space_cost(o, "address-spaces", i) + v));
    }
    return spaces;
}

static const struct {
    const char *attribute;
    json_t *(*value)(const struct conf_object *o, int64_t v);
    bool of_server;
} changes[SIM_CHANGES] = {
    {"enabled", as_bool, false},           {"conformance", as_conformance, false},
    {"schedule", as_schedule, false},      {"two-way-alternate", as_bool, false},
    {"window-size", as_count, false},      {"threshold", as_count, false},
    {"checkpoint-size", as_count, false},  {"address-spaces", as_spaces, false},
    {"max-associations", as_count, false}, {"urgent-associations", as_count, false},
    {"max-associations", as_count, true},  {"max-connections", as_count, true},
    {"message-size-limit", as_kib, false}, {"message-size-limit", as_kib, true},
};

bool sim_operate_changes(const struct sim_entry *e, const char *attribute)
{
    const size_t what = (size_t)sim_get(e, "what") % SIM_CHANGES;

    return strcmp(changes[what].attribute, attribute) == 0;
}

static void changed(void *ctx, int error, json_t *body, const char *text)
{
    struct sim_node *n = ctx;

    (void)body;
    if (!n->dying)
        sim_say(n->world, n, "change %s: %s", error ? "refused" : "in force", text);
}

static void put_in_force(struct sim_node *n, struct directory *after)
{
    struct directory *before = mta_directory(n->mta);
    const struct admin_change change = {
        .before = before, .after = after, .diff = directory_diff_json(before, after)};

    control_backend.change(n->control, &change,
                           sim_reply_new(&(struct admin_reply){.done = changed, .ctx = n}));
    json_decref(change.diff);
}

void sim_operate_change(struct sim_world *w, const struct sim_entry *e)
{
    const size_t what = (size_t)sim_get(e, "what") % SIM_CHANGES;
    struct sim_node *n = sim_running(w, e, "node");
    const struct conf_object *o;
    struct directory *after = NULL;
    struct conf_errors errors;
    char dn[SIM_DN];
    json_t *set;

    if (!n)
        return;
    if (changes[what].of_server)
        snprintf(dn, sizeof(dn), SIM_SERVERS "%s", n->name);
    else
        snprintf(dn, sizeof(dn), SIM_CONNECTIONS "N%d", (int)sim_get(e, "peer"));
    o = directory_find(mta_directory(n->mta), dn);
    if (!o)
        return;
    set = json_pack("{s:o}", changes[what].attribute, changes[what].value(o, sim_get(e, "value")));
    conf_errors_init(&errors, n->name);
    if (directory_patch(mta_directory(n->mta), dn, set, &after, &errors) == X4_OK) {
        sim_say(w, n, "%s of %s", changes[what].attribute, strrchr(dn, '=') + 1);
        put_in_force(n, after);
        directory_unref(&after);
    }
    conf_errors_free(&errors);
    json_decref(set);
}

/* ---- back ------------------------------------------------------------------------------------ */

static void release_all(struct sim_node *n)
{
    for (struct mta_queue *q = mta_next_queue(n->mta, NULL); q; q = mta_next_queue(n->mta, q)) {
        LIST_EACH_SAFE(it, &q->held)
        {
            mta_release(n->mta, LIST_ITEM(it, struct mta_item, in_place)->id, false,
                        (struct mta_done){.fn = NULL});
        }
    }
}

static void note_difference(void *ctx, enum directory_change change,
                            const struct conf_object *before, const struct conf_object *after)
{
    (void)change;
    (void)before;
    (void)after;
    *(bool *)ctx = true;
}

bool sim_operate_restore(struct sim_world *w, struct sim_node *n)
{
    struct conf_document document;
    struct directory *after = NULL;
    struct conf_errors errors;
    bool differs = false;

    (void)w;
    if (n->control->changing) /* another change waits for the disk */
        return false;
    release_all(n);
    conf_errors_init(&errors, n->name);
    if (conf_document_parse(slice_str(n->site), &document, &errors) == X4_OK) {
        directory_apply(mta_directory(n->mta), &document, DIRECTORY_REPLACE, &after, &errors);
        conf_document_free(&document);
    }
    conf_errors_free(&errors);
    if (after)
        directory_diff(mta_directory(n->mta), after, note_difference, &differs);
    if (differs)
        put_in_force(n, after);
    if (after)
        directory_unref(&after);
    return !differs;
}
