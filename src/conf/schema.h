/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: every class of object and every attribute, in one table. The parser, validation, the
 * JSON of the API, x400ctl and the manual pages read it; a test fails where they differ.
 *
 * An object is a JSON object of attributes. Attributes that are absent have their default: first
 * that of the site's mta-defaults object (CONF_INHERIT), then the schema's. The getters know. */
#pragma once

#include "base/slice.h"
#include "conf/week.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_class_id {
    CONF_ORGANIZATION,
    CONF_SITE,
    CONF_MTA_DEFAULTS,
    CONF_SERVER,
    CONF_STACK,
    CONF_CONNECTOR,
    CONF_MAILBOX,
    CONF_NODE, /* the node file; not in the directory */
    CONF_CLASS_COUNT
};

enum conf_type {
    CONF_BOOL,
    CONF_INT,
    CONF_IA5,       /* min..max printable characters of ASCII */
    CONF_TEXT,      /* min..max characters of UTF-8, no control characters */
    CONF_ENUM,      /* one of values */
    CONF_FLAGS,     /* list of different ones of values */
    CONF_SCHEDULE,  /* one of values, or times of the week (conf/week.h) */
    CONF_DN,        /* of an object of class refers */
    CONF_SELECTOR,  /* text, or 0x and hex digits; min..max octets */
    CONF_ADDRESS,   /* one IPv4 or IPv6 address */
    CONF_ADDRESSES, /* list of them, min..max */
    CONF_HOSTS,     /* list of host names, addresses, prefixes (192.0.2.0/24); min..max */
    CONF_SPACES,    /* list of {space: O/R address pattern, cost: 1..100} */
    CONF_ORADDRS,   /* list of O/R addresses as text, min..max */
    CONF_GDI,       /* {country:, admd:, prmd:}: global domain identifier */
    CONF_MODE,      /* permissions in octal digits */
    CONF_PATH,      /* absolute file name */
    CONF_SINKS,     /* list of {to: stderr|system|FILE, level: debug|info|warning|error} */
    CONF_TYPE_COUNT
};

enum conf_reload {
    CONF_LIVE,    /* at once */
    CONF_NEXT,    /* with the next association or message */
    CONF_REOPEN,  /* the listeners of the stack are opened anew */
    CONF_RESTART, /* with the next start */
};

enum conf_flag {
    CONF_REQUIRED = 1,
    CONF_SECRET = 2,  /* shown as "***" */
    CONF_INHERIT = 4, /* absent: the site's mta-defaults object decides */
    CONF_UNIQUE = 8,  /* ORADDRS: no two objects of the class may have the same address */
};

struct conf_attribute {
    const char *name;
    enum conf_type type;
    int64_t min, max; /* value (INT), length (TEXT, SELECTOR), number of items (lists) */
    const char *def;  /* as JSON text, NULL: absent */
    const char *unit; /* "s", "KiB", ..., "" */
    enum conf_reload reload;
    unsigned flags;            /* enum conf_flag */
    const char *const *values; /* ENUM, FLAGS: NULL-terminated */
    enum conf_class_id refers; /* DN */
    const char *doc;           /* one line */
};

struct conf_class {
    enum conf_class_id id;
    const char *name;
    const char *shape; /* of the DN: "/o=*" with * for one value */
    const char *doc;
    const struct conf_attribute *attributes;
    size_t count;
};

const struct conf_class *conf_class(enum conf_class_id id);
const struct conf_class *conf_class_find(const char *name); /* NULL: none */
const struct conf_attribute *conf_attribute_find(const struct conf_class *class_,
                                                 const char *name); /* NULL: none */
/* The defaults of a class as an object; a new reference, NULL: out of memory. */
json_t *conf_class_defaults(const struct conf_class *class_);
const char *conf_type_name(enum conf_type type);  /* "integer", "list of hosts" */
const char *conf_reload_name(enum conf_reload r); /* "live" */
/* The nearest name to a mistyped one, or NULL when none is near. */
const char *conf_suggest_attribute(const struct conf_class *class_, const char *name);
const char *conf_suggest_class(const char *name);
/* The class whose form of name is nearest to that of a DN, or NULL when none is near. */
const struct conf_class *conf_suggest_shape(const char *dn);

/* One object of a directory (conf/directory.h), or a node file. Immutable. */
struct conf_object {
    const char *dn;
    const struct conf_class *class_;
    const json_t *json;                 /* attributes as written; "class" is not among them */
    const struct conf_object *defaults; /* the site's mta-defaults, or NULL */
    const json_t *fallback;             /* the schema's defaults */
};

/* Typed getters. The attribute must be of the class and of the type: anything else is our bug and
 * asserted. What they return lives as long as the object. */
/* INT and MODE. */
int64_t conf_int(const struct conf_object *object, const char *name);
bool conf_bool(const struct conf_object *object, const char *name);
/* IA5, TEXT, DN, ADDRESS, PATH, SCHEDULE; NULL when absent and without default. */
const char *conf_str(const struct conf_object *object, const char *name);
/* Index into values. */
int conf_enum(const struct conf_object *object, const char *name);
/* The text of an ENUM. */
const char *conf_enum_name(const struct conf_object *object, const char *name);
enum conf_schedule { CONF_ALWAYS = 0, CONF_NEVER = 1, CONF_REMOTE_INITIATED = 2, CONF_TIMES = 3 };
/* With CONF_TIMES the times are in *week. */
enum conf_schedule conf_schedule(const struct conf_object *object, const char *name,
                                 struct conf_week *week);
/* Bit n is set when values[n] is in the list. */
unsigned conf_flags(const struct conf_object *object, const char *name);
/* Octets of a selector, written to octets (LIMIT_TSEL); absent when none is set. */
enum { CONF_SELECTOR_MAX = 64 };
struct slice conf_selector(const struct conf_object *object, const char *name,
                           uint8_t octets[CONF_SELECTOR_MAX]);
/* Lists: number of items, and the n-th as text (ADDRESSES, HOSTS, ORADDRS, space of SPACES). */
size_t conf_count(const struct conf_object *object, const char *name);
const char *conf_item(const struct conf_object *object, const char *name, size_t n);
int conf_space_cost(const struct conf_object *object, const char *name, size_t n);
/* A log sink of a SINKS list; *level is an enum event_severity. */
const char *conf_sink(const struct conf_object *object, const char *name, size_t n, int *level);
/* Parts of a GDI, NULL where absent. false: the attribute is absent. */
struct conf_gdi {
    const char *country, *admd, *prmd;
};
bool conf_gdi(const struct conf_object *object, const char *name, struct conf_gdi *out);
/* The value as it is in force (own, inherited or default), NULL when there is none. */
const json_t *conf_value(const struct conf_object *object, const char *name);

/* Values of the ENUM and FLAGS attributes, in the order of the table. */
enum conf_conformance { CONF_1988_NORMAL = 0, CONF_1988_X410 = 1, CONF_1984 = 2 };
enum conf_evidence { /* identify-by; bit numbers */
                     CONF_BY_ADDRESS = 0,
                     CONF_BY_MTA_NAME = 1,
                     CONF_BY_PASSWORD = 2,
                     CONF_BY_CALLED_TSEL = 3,
                     CONF_BY_CALLING = 4, /* calling selectors equal the incoming-* attributes */
                     CONF_BY_CALLED = 5,  /* called selectors equal the stack's, all of them */
};
enum conf_switch { CONF_ON = 0, CONF_OFF = 1 };
enum conf_internal_trace { CONF_TRACE_AUTO = 0, CONF_TRACE_SEND = 1, CONF_TRACE_STRIP = 2 };
