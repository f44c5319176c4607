/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration text as a tree: YAML (or JSON, which is YAML) read into jansson, with the line
 * and column of every value kept beside it. */
#pragma once

#include "base/slice.h"
#include "conf/error.h"
#include "conf/schema.h"

#include <jansson.h>

enum {
    CONF_FILE_MAX = 8 * 1024 * 1024, /* octets of a text */
    CONF_DEPTH_MAX = 16,
    CONF_NODES_MAX = 500000, /* values, so that no alias can multiply them */
};

/* root: the tree. where: a tree of the same form with [line, column, children] for each value;
 * NULL when the tree did not come from a text. */
struct conf_document {
    json_t *root;
    json_t *where;
};

/* Reads a text. Scalars become strings (null, ~ and nothing become null): what is a number and
 * what is a name is the schema's business, so that an MTA may be called 1984 or No. Duplicate keys,
 * aliases, tags and more than one document are errors. X4_OK, X4_ESYNTAX (errors tells), X4_ELIMIT,
 * X4_ENOMEM. */
int conf_document_parse(struct slice text, struct conf_document *out, struct conf_errors *errors);
/* The same for a file; X4_EIO when it cannot be read (errors tells). */
int conf_document_load(const char *path, struct conf_document *out, struct conf_errors *errors);
void conf_document_free(struct conf_document *document);

/* root as YAML text: keys in the tree's order, strings quoted where they must be. The caller
 * free()s it. NULL: out of memory. */
char *conf_yaml_print(const json_t *root);
/* Frees what json_dumps() gave, or NULL: JSON's memory need not be malloc()'s. */
void conf_json_text_free(void *text);

/* The node file (x400d.conf(5)): class CONF_NODE, checked. out->json is owned by the caller:
 * conf_node_free(). */
int conf_node_load(const char *path, struct conf_object *out, struct conf_errors *errors);
int conf_node_parse(struct slice text, struct conf_object *out, struct conf_errors *errors);
void conf_node_free(struct conf_object *node);
