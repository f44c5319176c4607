/* SPDX-License-Identifier: Apache-2.0 */
/* Values: from what was written (YAML gives strings, the API JSON) to the one normal form that is
 * kept, or to an error that says what is allowed. */
#include "base/ascii.h"
#include "base/limits.h"
#include "conf/conf_internal.h"
#include "conf/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What a normaliser needs beside the value. */
struct task {
    struct conf_spot spot;
    const struct conf_attribute *attribute;
    const char *base;
};

typedef json_t *normal_fn(const struct task *task, const json_t *value);

#define REFUSE(task, ...) (conf_error_add(&(task)->spot, __VA_ARGS__), (json_t *)NULL)

const char *conf_json_text(const json_t *value)
{
    return json_string_value(value);
}

/* The value as it was written, for messages; never a secret. */
static const char *shown(const struct task *task, const json_t *value, char text[128])
{
    char *dump;

    if (task->attribute->flags & CONF_SECRET)
        return "the value";
    if (json_is_string(value)) {
        snprintf(text, 128, "'%.100s'", json_string_value(value));
        return text;
    }
    dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(text, 128, "%.100s", dump ? dump : "it");
    conf_json_text_free(dump);
    return text;
}

static json_t *normal_bool(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128];

    if (json_is_boolean(value))
        return json_boolean(json_is_true(value));
    if (text && strcmp(text, "true") == 0)
        return json_true();
    if (text && strcmp(text, "false") == 0)
        return json_false();
    return REFUSE(task, "%s is not allowed, true or false", shown(task, value, buffer));
}

/* A decimal number written as text. */
static bool parse_int(const char *text, int64_t *out)
{
    char *end;
    const char *digits = *text == '-' ? text + 1 : text;

    if (!ascii_is_digit((uint8_t)*digits))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static json_t *normal_int(const struct task *task, const json_t *value)
{
    const struct conf_attribute *a = task->attribute;
    const char *unit = *a->unit ? " " : "";
    int64_t number = json_integer_value(value);
    char buffer[128];

    if (!json_is_integer(value) &&
        !(json_is_string(value) && parse_int(json_string_value(value), &number)))
        return REFUSE(task, "%s is not an integer, %" PRId64 "..%" PRId64 "%s%s",
                      shown(task, value, buffer), a->min, a->max, unit, a->unit);
    if (number < a->min || number > a->max)
        return REFUSE(task, "%" PRId64 " is not allowed, %" PRId64 "..%" PRId64 "%s%s", number,
                      a->min, a->max, unit, a->unit);
    return json_integer(number);
}

/* Number of characters, -1: control characters (ascii: or others outside 0x20..0x7E). */
static int64_t count_characters(const char *text, bool ascii)
{
    int64_t count = 0;

    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7F || (ascii && *p > 0x7E))
            return -1;
        if ((*p & 0xC0) != 0x80)
            count++;
    }
    return count;
}

static json_t *normal_string(const struct task *task, const json_t *value, bool ascii)
{
    const struct conf_attribute *a = task->attribute;
    const char *text = json_string_value(value);
    int64_t count = text ? count_characters(text, ascii) : 0;
    char buffer[128];

    if (!text)
        return REFUSE(task, "%s is not text, %" PRId64 "..%" PRId64 " characters",
                      shown(task, value, buffer), a->min, a->max);
    if (count < 0 || strlen(text) != json_string_length(value))
        return REFUSE(task, "%s has characters that are not allowed, %s",
                      shown(task, value, buffer),
                      ascii ? "printable ASCII" : "printable characters");
    if (count < a->min || count > a->max)
        return REFUSE(task, "%s has %" PRId64 " characters, %" PRId64 "..%" PRId64 " are allowed",
                      shown(task, value, buffer), count, a->min, a->max);
    return json_string(text);
}

static json_t *normal_text(const struct task *task, const json_t *value)
{
    return normal_string(task, value, false);
}

static json_t *normal_ia5(const struct task *task, const json_t *value)
{
    return normal_string(task, value, true);
}

/* "a, b or c" */
static const char *choices(const char *const *values, char text[256])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; values[i] && used < 256; i++) {
        const char *joint = i == 0 ? "" : values[i + 1] ? ", " : " or ";

        used += (size_t)snprintf(text + used, 256 - used, "%s%s", joint, values[i]);
    }
    return text;
}

static int choice_index(const char *const *values, const char *text)
{
    for (int i = 0; text && values[i]; i++)
        if (strcmp(values[i], text) == 0)
            return i;
    return -1;
}

static json_t *normal_enum(const struct task *task, const json_t *value)
{
    const char *const *values = task->attribute->values;
    int i = choice_index(values, json_string_value(value));
    char buffer[128], allowed[256];

    if (i < 0)
        return REFUSE(task, "%s is not allowed, %s", shown(task, value, buffer),
                      choices(values, allowed));
    return json_string(values[i]);
}

enum { SCHEDULE_MAX = 1024 };

/* Of a list, the texts with commas between them. */
static bool join_texts(const json_t *value, char *out, size_t size)
{
    size_t len = 0;
    json_t *item;
    size_t i;

    if (json_is_string(value))
        return (size_t)snprintf(out, size, "%s", json_string_value(value)) < size;
    json_array_foreach(value, i, item)
    {
        if (json_is_string(item) && len < size)
            len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
                                    json_string_value(item));
        else
            return false;
    }
    return len > 0 && len < size;
}

static json_t *normal_schedule(const struct task *task, const json_t *value)
{
    const char *const *values = task->attribute->values;
    char text[SCHEDULE_MAX], buffer[128], allowed[256], why[CONF_WEEK_WHY];
    struct conf_week week;

    if (!join_texts(value, text, sizeof(text)))
        return REFUSE(task, "%s are no times of the week, such as mon-fri 08:00-18:00; or %s",
                      shown(task, value, buffer), choices(values, allowed));
    if (choice_index(values, text) < 0 && !conf_week_parse(text, &week, why))
        return REFUSE(task, "%s; or %s", why, choices(values, allowed));
    return json_string(text);
}

static json_t *normal_dn(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128], *dn;
    json_t *result;

    if (!text)
        return REFUSE(task, "%s is not the name of an object", shown(task, value, buffer));
    dn = conf_dn_normal(&task->spot, task->base, text);
    result = dn ? json_string(dn) : NULL;
    free(dn);
    return result;
}

static json_t *normal_selector(const struct task *task, const json_t *value)
{
    const struct conf_attribute *a = task->attribute;
    const char *text = json_string_value(value);
    uint8_t octets[CONF_SELECTOR_MAX];
    char buffer[128];
    int len = text ? conf_selector_parse(text, octets) : -1;

    if (len < 0)
        return REFUSE(task, "%s is not a selector, printable ASCII or 0x and pairs of hex digits",
                      shown(task, value, buffer));
    if (len < a->min || len > a->max)
        return REFUSE(task, "%s has %d octets, %" PRId64 "..%" PRId64 " are allowed",
                      shown(task, value, buffer), len, a->min, a->max);
    return json_string(text);
}

static json_t *normal_address(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128];

    if (!text || !conf_is_address(text))
        return REFUSE(task, "%s is not an IPv4 or IPv6 address", shown(task, value, buffer));
    return json_string(text);
}

static json_t *normal_host(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128];

    if (!text || !(conf_is_address(text) || conf_is_prefix(text) || conf_is_host_name(text)))
        return REFUSE(task, "%s is not a host name, an address or a prefix such as 192.0.2.0/24",
                      shown(task, value, buffer));
    return json_string(text);
}

static json_t *normal_oraddr(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128], why[256];

    if (!text)
        return REFUSE(task, "%s is not an O/R address", shown(task, value, buffer));
    if (!conf_is_oraddr(text, why))
        return REFUSE(task, "%s is not an O/R address: %s", shown(task, value, buffer), why);
    return json_string(text);
}

/* Members of an object; unknown ones are errors. Returns false after an error. */
static bool has_only(const struct task *task, const json_t *value, const char *const *names)
{
    char buffer[128], allowed[256];
    const char *key;
    json_t *member;

    if (!json_is_object(value)) {
        conf_error_add(&task->spot, "%s is not a mapping with %s", shown(task, value, buffer),
                       choices(names, allowed));
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        struct conf_spot spot = task->spot;

        if (choice_index(names, key) >= 0)
            continue;
        spot.where = conf_where_key(spot.where, key);
        conf_error_add(&spot, "'%.64s' is not known here, %s", key, choices(names, allowed));
        return false;
    }
    return true;
}

static json_t *normal_space(const struct task *task, const json_t *value)
{
    static const char *const names[] = {"space", "cost", NULL};
    static const struct conf_attribute cost_attribute = {
        .name = "cost", .type = CONF_INT, .min = 1, .max = 100, .unit = ""};
    struct task inner = *task;
    const json_t *space = value, *cost = NULL;
    const char *text;
    json_t *number;
    char why[256];

    if (!json_is_string(value)) {
        if (!has_only(task, value, names))
            return NULL;
        space = json_object_get(value, "space");
        cost = json_object_get(value, "cost");
    }
    text = json_string_value(space);
    if (!text)
        return REFUSE(task, "space is missing: an O/R address pattern such as C=GB; A= ; P=ACME");
    if (!conf_is_space(text, why))
        return REFUSE(task, "'%.100s' is not an address space: %s", text, why);
    inner.attribute = &cost_attribute;
    inner.spot.where = cost ? conf_where_key(task->spot.where, "cost") : NULL;
    if (cost && inner.spot.where == NULL)
        inner.spot.where = task->spot.where;
    number = cost && !json_is_null(cost) ? normal_int(&inner, cost) : json_integer(1);
    return number ? json_pack("{s:s, s:o}", "space", text, "cost", number) : NULL;
}

static json_t *normal_sink(const struct task *task, const json_t *value)
{
    static const char *const names[] = {"to", "level", NULL};
    static const struct conf_attribute level_attribute = {
        .name = "level", .type = CONF_ENUM, .values = conf_levels, .unit = ""};
    struct task inner = *task;
    const char *to;
    const json_t *level;
    json_t *text;

    if (!has_only(task, value, names))
        return NULL;
    to = json_string_value(json_object_get(value, "to"));
    level = json_object_get(value, "level");
    if (!to || (strcmp(to, "stderr") != 0 && strcmp(to, "system") != 0 && *to != '/'))
        return REFUSE(task, "to: '%.100s' is not allowed, stderr, system or a full file name",
                      to ? to : "");
    inner.attribute = &level_attribute;
    text = level && !json_is_null(level) ? normal_enum(&inner, level) : json_string("info");
    return text ? json_pack("{s:s, s:o}", "to", to, "level", text) : NULL;
}

static json_t *normal_gdi(const struct task *task, const json_t *value)
{
    static const char *const names[] = {"country", "admd", "prmd", NULL};
    const char *country, *admd, *prmd;

    if (!has_only(task, value, names))
        return NULL;
    country = json_string_value(json_object_get(value, "country"));
    admd = json_string_value(json_object_get(value, "admd"));
    prmd = json_string_value(json_object_get(value, "prmd"));
    if (!country || !conf_is_country(country))
        return REFUSE(task, "country: '%.16s' is not allowed, two letters or three digits",
                      country ? country : "");
    if (admd && !conf_is_domain(admd))
        return REFUSE(task, "admd: '%.32s' is not allowed, 0..16 PrintableString characters", admd);
    if (prmd && !(*prmd && conf_is_domain(prmd)))
        return REFUSE(task, "prmd: '%.32s' is not allowed, 1..16 PrintableString characters", prmd);
    if (!prmd)
        return json_pack("{s:s, s:s}", "country", country, "admd", admd && *admd ? admd : " ");
    return json_pack("{s:s, s:s, s:s}", "country", country, "admd", admd && *admd ? admd : " ",
                     "prmd", prmd);
}

static json_t *normal_path(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128];

    if (!text || *text != '/' || count_characters(text, false) < 0 ||
        (int64_t)strlen(text) > task->attribute->max)
        return REFUSE(task, "%s is not an absolute file name of at most %" PRId64 " octets",
                      shown(task, value, buffer), task->attribute->max);
    return json_string(text);
}

static json_t *normal_mode(const struct task *task, const json_t *value)
{
    const char *text = json_string_value(value);
    char buffer[128];

    if (!text || strlen(text) < 3 || strlen(text) > 4 || strspn(text, "01234567") != strlen(text) ||
        strtol(text, NULL, 8) > 0777)
        return REFUSE(task, "%s is not allowed, octal digits such as 0660",
                      shown(task, value, buffer));
    return json_string(text);
}

/* A list; one item may stand for a list of one. */
static json_t *normal_list(const struct task *task, const json_t *value, normal_fn *item_fn)
{
    const struct conf_attribute *a = task->attribute;
    bool is_list = json_is_array(value);
    size_t count = is_list ? json_array_size(value) : 1;
    json_t *list = json_array();
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        struct task inner = *task;
        json_t *item;

        if (is_list)
            inner.spot.where = conf_where_item(task->spot.where, i);
        item = item_fn(&inner, is_list ? json_array_get(value, i) : value);
        good = good && item;
        if (item)
            json_array_append_new(list, item);
    }
    if (good && a->max > 0 && ((int64_t)count < a->min || (int64_t)count > a->max)) {
        conf_error_add(&task->spot, "%zu items are not allowed, %" PRId64 "..%" PRId64, count,
                       a->min, a->max);
        good = false;
    }
    if (!good) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *normal_addresses(const struct task *task, const json_t *value)
{
    return normal_list(task, value, normal_address);
}

static json_t *normal_hosts(const struct task *task, const json_t *value)
{
    return normal_list(task, value, normal_host);
}

static json_t *normal_spaces(const struct task *task, const json_t *value)
{
    return normal_list(task, value, normal_space);
}

static json_t *normal_oraddrs(const struct task *task, const json_t *value)
{
    return normal_list(task, value, normal_oraddr);
}

static json_t *normal_sinks(const struct task *task, const json_t *value)
{
    return normal_list(task, value, normal_sink);
}

static json_t *normal_flags(const struct task *task, const json_t *value)
{
    json_t *list = normal_list(task, value, normal_enum);

    for (size_t i = 0; list && i < json_array_size(list); i++) {
        for (size_t j = 0; j < i; j++) {
            if (!json_equal(json_array_get(list, i), json_array_get(list, j)))
                continue;
            conf_error_add(&task->spot, "'%s' is there twice",
                           json_string_value(json_array_get(list, i)));
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static normal_fn *const normalisers[CONF_TYPE_COUNT] = {
    [CONF_BOOL] = normal_bool,
    [CONF_INT] = normal_int,
    [CONF_IA5] = normal_ia5,
    [CONF_TEXT] = normal_text,
    [CONF_ENUM] = normal_enum,
    [CONF_FLAGS] = normal_flags,
    [CONF_SCHEDULE] = normal_schedule,
    [CONF_DN] = normal_dn,
    [CONF_SELECTOR] = normal_selector,
    [CONF_ADDRESS] = normal_address,
    [CONF_ADDRESSES] = normal_addresses,
    [CONF_HOSTS] = normal_hosts,
    [CONF_SPACES] = normal_spaces,
    [CONF_ORADDRS] = normal_oraddrs,
    [CONF_GDI] = normal_gdi,
    [CONF_MODE] = normal_mode,
    [CONF_PATH] = normal_path,
    [CONF_SINKS] = normal_sinks,
};

json_t *conf_normal_value(const struct conf_spot *spot, const struct conf_attribute *attribute,
                          const json_t *value, const char *base)
{
    struct task task = {.spot = *spot, .attribute = attribute, .base = base};

    return normalisers[attribute->type](&task, value);
}

/* The value of a secret that was written as "***". */
static json_t *known_secret(const struct conf_spot *spot, const struct conf_attribute *attribute,
                            const json_t *old)
{
    json_t *value = json_object_get(old, attribute->name);

    if (!value)
        conf_error_add(spot, "'***' stands for the present value, but there is none");
    return json_incref(value);
}

static void check_names(const struct conf_spot *spot, const struct conf_class *class_,
                        const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        struct conf_spot at = *spot;
        const char *near;

        if (strcmp(key, "class") == 0 || conf_attribute_find(class_, key))
            continue;
        at.where = conf_where_key(spot->where, key);
        at.attribute = key;
        near = conf_suggest_attribute(class_, key);
        conf_error_add(&at, "no such attribute of class %s%s%s%s", class_->name,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
}

json_t *conf_normal_object(const struct conf_spot *spot, const struct conf_class *class_,
                           const json_t *object, const json_t *old, const char *base)
{
    json_t *result = json_object();

    check_names(spot, class_, object);
    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];
        const json_t *value = json_object_get(object, a->name);
        const char *text = json_string_value(value);
        struct conf_spot at = *spot;
        json_t *normal;

        at.attribute = a->name;
        if (!value || json_is_null(value)) {
            if (a->flags & CONF_REQUIRED)
                conf_error_add(&at, "missing: %s", a->doc);
            continue;
        }
        at.where = spot->where ? conf_where_key(spot->where, a->name) : NULL;
        if ((a->flags & CONF_SECRET) && text && strcmp(text, "***") == 0)
            normal = known_secret(&at, a, old);
        else
            normal = conf_normal_value(&at, a, value, base);
        if (normal)
            json_object_set_new(result, a->name, normal);
    }
    return result;
}
