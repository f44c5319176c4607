/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between attributes and between objects. */
#include "conf/conf_internal.h"
#include "conf/values.h"

#include <stdlib.h>

struct check {
    const struct directory *directory;
    struct conf_errors *errors;
};

static struct conf_spot spot_of(const struct check *c, const struct slot *slot, const char *name)
{
    const json_t *at = name ? conf_where_key(slot->entry->where, name) : NULL;

    return (struct conf_spot){c->errors, at ? at : slot->entry->where, slot->object.dn, name};
}

#define WRONG(c, slot, name, ...)                                                                  \
    do {                                                                                           \
        struct conf_spot spot_ = spot_of((c), (slot), (name));                                     \
        conf_error_add(&spot_, __VA_ARGS__);                                                       \
    } while (0)

static void check_parent(const struct check *c, const struct slot *slot)
{
    static const enum conf_class_id parents[CONF_CLASS_COUNT] = {
        [CONF_ORGANIZATION] = CONF_CLASS_COUNT,
        [CONF_SITE] = CONF_ORGANIZATION,
        [CONF_MTA_DEFAULTS] = CONF_SITE,
        [CONF_SERVER] = CONF_SITE,
        [CONF_STACK] = CONF_SERVER,
        [CONF_CONNECTOR] = CONF_SITE,
        [CONF_MAILBOX] = CONF_SITE,
        [CONF_NODE] = CONF_CLASS_COUNT,
    };
    enum conf_class_id id = parents[slot->object.class_->id];

    if (id != CONF_CLASS_COUNT && !directory_above(c->directory, &slot->object, id))
        WRONG(c, slot, NULL, "the %s above it does not exist", conf_class(id)->name);
}

static void check_references(const struct check *c, const struct slot *slot)
{
    const struct conf_class *class_ = slot->object.class_;

    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];
        const struct conf_object *target;

        if (a->type != CONF_DN || !conf_str(&slot->object, a->name))
            continue;
        target = directory_follow(c->directory, &slot->object, a->name);
        if (!target)
            WRONG(c, slot, a->name, "there is no object %s", conf_str(&slot->object, a->name));
        else if (target->class_->id != a->refers)
            WRONG(c, slot, a->name, "%s is a %s, it must be a %s", target->dn, target->class_->name,
                  conf_class(a->refers)->name);
    }
}

static void check_selectors(const struct check *c, const struct slot *slot)
{
    static const struct {
        const char *name;
        bool x410; /* allowed in the X.410 modes */
    } selectors[] = {
        {"outgoing-s-selector", false},
        {"outgoing-p-selector", false},
        {"incoming-s-selector", false},
        {"incoming-p-selector", false},
    };

    if (conf_enum(&slot->object, "conformance") == CONF_1988_NORMAL)
        return;
    for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
        if (conf_value(&slot->object, selectors[i].name))
            WRONG(c, slot, selectors[i].name, "not allowed with conformance %s",
                  conf_enum_name(&slot->object, "conformance"));
}

/* Is one of the hosts something that can be called? */
static bool has_callable_host(const struct conf_object *connector)
{
    for (size_t i = 0; i < conf_count(connector, "remote-hosts"); i++)
        if (!conf_is_prefix(conf_item(connector, "remote-hosts", i)))
            return true;
    return false;
}

static void check_connector(const struct check *c, const struct slot *slot)
{
    const struct conf_object *object = &slot->object;
    unsigned evidence = conf_flags(object, "identify-by");
    struct conf_week week;
    enum conf_schedule schedule = conf_schedule(object, "schedule", &week);

    check_selectors(c, slot);
    if (evidence == 0)
        WRONG(c, slot, "identify-by", "no evidence at all is not allowed");
    if ((evidence & (1u << CONF_BY_ADDRESS)) && conf_count(object, "remote-hosts") == 0)
        WRONG(c, slot, "remote-hosts", "missing, but identify-by asks for the caller's address");
    if ((schedule == CONF_ALWAYS || schedule == CONF_TIMES) && conf_bool(object, "enabled") &&
        !has_callable_host(object))
        WRONG(c, slot, "remote-hosts",
              "there is no host to call, only schedule remote-initiated "
              "or never can do without");
    if (schedule == CONF_REMOTE_INITIATED && !conf_bool(object, "two-way-alternate"))
        WRONG(c, slot, "schedule",
              "remote-initiated needs two-way-alternate, or nothing could be sent");
    if ((evidence & (1u << CONF_BY_CALLING)) && !conf_value(object, "incoming-t-selector") &&
        !conf_value(object, "outgoing-t-selector"))
        WRONG(c, slot, "identify-by",
              "calling-selectors needs incoming-t-selector or outgoing-t-selector");
}

static void check_server(const struct check *c, const struct slot *slot)
{
    const struct conf_object *site = directory_above(c->directory, &slot->object, CONF_SITE);
    struct conf_gdi gdi;

    if (!conf_gdi(&slot->object, "gdi", &gdi) && !(site && conf_gdi(site, "gdi", &gdi)))
        WRONG(c, slot, "gdi", "missing here and in the site");
}

/* One mta-defaults object for each site. */
static void check_defaults(const struct check *c, const struct slot *slot)
{
    const struct conf_object *site = directory_above(c->directory, &slot->object, CONF_SITE);
    const struct conf_object *first = NULL;

    while ((first = directory_next(c->directory, CONF_MTA_DEFAULTS, first)))
        if (site && directory_above(c->directory, first, CONF_SITE) == site)
            break;
    if (first && first != &slot->object)
        WRONG(c, slot, NULL, "the site has mta-defaults already: %s", first->dn);
}

struct keyed {
    const char *key;
    const struct slot *slot;
    size_t item; /* of the list of addresses */
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : conf_dn_compare(x->slot->object.dn, y->slot->object.dn);
}

static void refuse_second(const struct check *c, const struct keyed *second,
                          const struct slot *first)
{
    struct conf_spot spot = spot_of(c, second->slot, "addresses");
    const json_t *item = conf_where_item(spot.where, second->item);

    if (item)
        spot.where = item;
    conf_error_add(&spot, "'%s' belongs to %s already",
                   conf_item(&second->slot->object, "addresses", second->item), first->object.dn);
}

static void check_unique(const struct check *c)
{
    size_t count = 0, total = 0;
    struct keyed *keyed;

    for (size_t i = 0; i < c->directory->count; i++)
        total += c->directory->slots[i].entry->key_count;
    keyed = total ? calloc(total, sizeof(*keyed)) : NULL;
    for (size_t i = 0; keyed && i < c->directory->count; i++) {
        const struct slot *slot = &c->directory->slots[i];

        for (size_t k = 0; k < slot->entry->key_count; k++)
            keyed[count++] = (struct keyed){slot->entry->keys[k], slot, k};
    }
    if (total && !keyed) {
        conf_error_at(c->errors, 0, 0, "out of memory");
        return;
    }
    if (count > 1)
        qsort(keyed, count, sizeof(*keyed), compare_keyed);
    for (size_t i = 1; i < count; i++)
        if (strcmp(keyed[i - 1].key, keyed[i].key) == 0)
            refuse_second(c, &keyed[i], keyed[i - 1].slot);
    free(keyed);
}

void conf_check_directory(const struct directory *directory, struct conf_errors *errors)
{
    const struct check c = {directory, errors};

    for (size_t i = 0; i < directory->count; i++) {
        const struct slot *slot = &directory->slots[i];

        check_parent(&c, slot);
        check_references(&c, slot);
        if (slot->object.class_->id == CONF_CONNECTOR)
            check_connector(&c, slot);
        if (slot->object.class_->id == CONF_SERVER)
            check_server(&c, slot);
        if (slot->object.class_->id == CONF_MTA_DEFAULTS)
            check_defaults(&c, slot);
    }
    check_unique(&c);
}
