/* SPDX-License-Identifier: Apache-2.0 */
/* The directory: all objects by distinguished name. A snapshot is immutable and counted; a change
 * makes a new one, is checked as a whole, and takes its place or is refused.
 *
 * DNs are written /o=Acme/ou=London/cn=Configuration/cn=Connections/cn=to Paris, compared without
 * regard to case (ASCII). The form in files and in the API:
 *
 *     base: /o=Acme/ou=London        # optional: DNs that do not begin with / continue this
 *     objects:
 *       /o=Acme: {class: organization}
 *       cn=Configuration/cn=Connections/cn=to Paris:
 *         class: connector       # may be left out: the form of the name tells it
 *         remote-mta-name: PARIS */
#pragma once

#include "conf/document.h"
#include "conf/error.h"
#include "conf/schema.h"

enum { CONF_DN_MAX = 512, CONF_OBJECTS_MAX = 200000 };

struct directory;

/* An empty one; NULL: out of memory. The caller owns one reference. */
struct directory *directory_empty(void);
struct directory *directory_ref(struct directory *directory);
void directory_unref(struct directory **directory);
size_t directory_size(const struct directory *directory);
/* Differs between any two snapshots of a process that were made one from another. */
uint64_t directory_generation(const struct directory *directory);

const struct conf_object *directory_find(const struct directory *directory, const char *dn);
/* The objects of a class in the order of their DNs: start with NULL. */
const struct conf_object *directory_next(const struct directory *directory, enum conf_class_id id,
                                         const struct conf_object *after);
/* The object that a DN attribute names; NULL when it is absent. */
const struct conf_object *directory_follow(const struct directory *directory,
                                           const struct conf_object *object, const char *name);
/* The nearest object above, of the class; NULL when there is none (connector -> site). */
const struct conf_object *directory_above(const struct directory *directory,
                                          const struct conf_object *object, enum conf_class_id id);

/* How a document changes a directory. */
enum directory_mode {
    DIRECTORY_MERGE,   /* objects named are replaced, others stay */
    DIRECTORY_REPLACE, /* objects not named go */
};
/* A new snapshot with the document's objects (form above; an object null is removed). Secrets
 * given as "***" keep their value. X4_OK, X4_ECONFIG (errors tells, nothing changed), X4_ENOMEM. */
int directory_apply(const struct directory *from, const struct conf_document *document,
                    enum directory_mode mode, struct directory **out, struct conf_errors *errors);
/* A new snapshot with one object put, patched (attributes null are removed) or deleted. */
int directory_put(const struct directory *from, const char *dn, const json_t *object,
                  struct directory **out, struct conf_errors *errors);
int directory_patch(const struct directory *from, const char *dn, const json_t *changes,
                    struct directory **out, struct conf_errors *errors);
int directory_delete(const struct directory *from, const char *dn, struct directory **out,
                     struct conf_errors *errors);

/* Building from the store's entries: json is the object without "class"; stolen. Then check. */
int directory_load(struct directory *directory, const char *dn, const char *class_name,
                   json_t *json);
int directory_finish(struct directory *directory, struct conf_errors *errors);

enum directory_change { DIRECTORY_ADDED, DIRECTORY_CHANGED, DIRECTORY_REMOVED };
/* A change of an mta-defaults object shows as its own change only, not in the connectors that
 * inherit from it. Calls each for every difference, removed ones first (deepest first), then added
 * and changed in the order of their DNs. before or after is NULL for added and removed. */
void directory_diff(const struct directory *before, const struct directory *after,
                    void (*each)(void *ctx, enum directory_change change,
                                 const struct conf_object *before_object,
                                 const struct conf_object *after_object),
                    void *ctx);
/* The same as JSON for people and programs: [{change, object, class, attributes: {name: {from,
 * to, reload}}}]; secrets as "***". NULL: out of memory. */
json_t *directory_diff_json(const struct directory *before, const struct directory *after);

/* {class: ..., attributes}; secrets as "***" unless asked for. effective adds what is inherited and
 * defaulted, as a member "defaults". NULL: out of memory. */
json_t *conf_object_json(const struct conf_object *object, bool secrets, bool effective);
/* {objects: {dn: ...}} in the order of the DNs, parents first. */
json_t *directory_json(const struct directory *directory, bool secrets);
/* The last value: "to Paris" of ".../cn=to Paris". */
const char *conf_dn_leaf(const char *dn);
/* Same DN, without regard to case? */
bool conf_dn_equal(const char *a, const char *b);
