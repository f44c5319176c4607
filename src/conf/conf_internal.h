/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of conf/. */
#pragma once

#include "conf/directory.h"
#include "conf/document.h"
#include "conf/error.h"
#include "conf/schema.h"

#include <jansson.h>

/* ---- errors ---------------------------------------------------------------------------------- */

/* Where an error is: file position (NULL: none), object and attribute ("" or NULL: none). */
struct conf_spot {
    struct conf_errors *errors;
    const json_t *where;
    const char *dn;
    const char *attribute;
};

void conf_error_add(const struct conf_spot *spot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void conf_error_at(struct conf_errors *errors, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The tree of positions: a node is [line, column, children]. All take and give NULL for "none". */
const json_t *conf_where_key(const json_t *where, const char *key);
const json_t *conf_where_item(const json_t *where, size_t index);

/* ---- names ----------------------------------------------------------------------------------- */

/* The normal form of a DN that may be relative to base (NULL: may not). NULL after an error. */
char *conf_dn_normal(const struct conf_spot *spot, const char *base, const char *text);
/* <0, 0, >0: parents before children, case-insensitive. */
int conf_dn_compare(const char *a, const char *b);
/* Does the DN have the class's shape? */
bool conf_dn_has_shape(const char *dn, const char *shape);
/* The next step of a name or shape, such as "cn=EX1"; *p goes on behind it. */
struct slice conf_dn_step(const char **p);
/* One step of a name against one of a shape: "cn=*" fits any cn. */
bool conf_dn_step_fits(struct slice step, struct slice shape);
/* The length of the DN that is levels above dn, 0 when there is none. */
size_t conf_dn_parent_len(const char *dn);

/* ---- values ---------------------------------------------------------------------------------- */

/* The normal form of a value (a new reference), or NULL after an error was added. base: for DNs. */
json_t *conf_normal_value(const struct conf_spot *spot, const struct conf_attribute *attribute,
                          const json_t *value, const char *base);
/* The normal form of an object's attributes in the order of the schema, "class" left out. old (may
 * be NULL) gives the values of secrets written as "***". Errors are added for everything wrong. */
json_t *conf_normal_object(const struct conf_spot *spot, const struct conf_class *class_,
                           const json_t *object, const json_t *old, const char *base);

/* A string item of a list, or the scalar itself. */
const char *conf_json_text(const json_t *value);

/* ---- directory ------------------------------------------------------------------------------- */

/* One object, shared between snapshots. */
struct entry {
    unsigned refs;
    char *dn;
    const struct conf_class *class_;
    json_t *json;
    char **keys; /* canonical O/R addresses of the CONF_UNIQUE attribute, NULL: none */
    size_t key_count;
    const json_t *where; /* during the building of a snapshot only */
};

/* An object of a snapshot. */
struct slot {
    struct conf_object object;
    struct entry *entry;
};

struct directory {
    unsigned refs;
    uint64_t generation;
    struct slot *slots; /* ordered by DN */
    size_t count;
    json_t *fallback[CONF_CLASS_COUNT]; /* shared by all snapshots */
    json_t *loading;                    /* directory_load(): what finish() will take */
};

/* json is stolen. NULL: out of memory. */
struct entry *conf_entry_new(const char *dn, const struct conf_class *class_, json_t *json);
void conf_entry_unref(struct entry *entry);

/* A snapshot in the making: later ones win over earlier ones of the same DN. */
struct builder {
    struct built {
        struct entry *entry; /* one reference; NULL: the object goes */
        char *dn;            /* own copy where entry is NULL */
        size_t order;
        bool fresh; /* from the document: a second of the same DN is an error */
    } * items;
    size_t count, cap;
    bool failed; /* no memory */
};

/* Begins with the objects of a directory. */
void conf_builder_from(struct builder *b, const struct directory *directory);
/* Takes the reference of entry; NULL, with dn: the object goes. */
void conf_builder_add(struct builder *b, struct entry *entry, const char *dn, bool fresh);
/* Sorts, checks the whole and makes the snapshot after `from`; frees the builder. X4_OK,
 * X4_ECONFIG, X4_ENOMEM. */
int conf_builder_finish(struct builder *b, const struct directory *from, struct directory **out,
                        struct conf_errors *errors);
void conf_builder_free(struct builder *b);

/* Checks what concerns more than one attribute or object; errors tells. */
void conf_check_directory(const struct directory *directory, struct conf_errors *errors);
/* The object of a DN of len octets, NULL: none. */
const struct slot *conf_find_slot(const struct directory *directory, const char *dn, size_t len);
