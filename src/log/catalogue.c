/* SPDX-License-Identifier: Apache-2.0 */
#include "log/event.h"

#include <stdlib.h>

static const struct event_entry catalogue[] = {
#define EVENT(name, number, severity, category, text, action)                                      \
    {(number), SEVERITY_##severity, EVENT_CAT_##category, #name, text, action},
#include "log/catalogue.inc"
#undef EVENT
};

static const char *const severity_names[] = {"debug", "info", "warning", "error"};
enum { SEVERITY_COUNT = sizeof(severity_names) / sizeof(severity_names[0]) };

static const char *const category_names[EVENT_CAT_COUNT] = {
    [EVENT_CAT_X400] = "X.400 Service",      [EVENT_CAT_RESOURCE] = "Resource",
    [EVENT_CAT_SECURITY] = "Security",       [EVENT_CAT_INTERFACE] = "Interface",
    [EVENT_CAT_FIELD] = "Field Engineering", [EVENT_CAT_ADMIN] = "MTA Administration",
    [EVENT_CAT_CONFIG] = "Configuration",    [EVENT_CAT_DIRECTORY] = "Directory Access",
    [EVENT_CAT_SYSTEM] = "Operating System", [EVENT_CAT_INTERNAL] = "Internal Processing",
};

const struct event_entry *event_catalogue(size_t *count)
{
    *count = sizeof(catalogue) / sizeof(catalogue[0]);
    return catalogue;
}

static int compare_number(const void *key, const void *item)
{
    int number = *(const int *)key;
    const struct event_entry *entry = item;

    return (number > entry->number) - (number < entry->number);
}

const struct event_entry *event_find(int number)
{
    return bsearch(&number, catalogue, sizeof(catalogue) / sizeof(catalogue[0]),
                   sizeof(catalogue[0]), compare_number);
}

const char *event_severity_name(enum event_severity s)
{
    return (unsigned)s < SEVERITY_COUNT ? severity_names[s] : "?";
}

int event_severity_parse(const char *name)
{
    for (int i = 0; i < SEVERITY_COUNT; i++)
        if (strcmp(name, severity_names[i]) == 0)
            return i;
    return -1;
}

const char *event_category_name(enum event_category c)
{
    return (unsigned)c < EVENT_CAT_COUNT ? category_names[c] : "?";
}
