/* SPDX-License-Identifier: Apache-2.0 */
/* The node file. */
#include "base/error.h"
#include "conf/conf_internal.h"

static int check_node(struct conf_document *document, struct conf_object *out,
                      struct conf_errors *errors)
{
    const struct conf_class *class_ = conf_class(CONF_NODE);
    struct conf_spot spot = {errors, document->where, NULL, NULL};
    json_t *json = NULL, *fallback = NULL;

    if (json_is_object(document->root)) {
        json = conf_normal_object(&spot, class_, document->root, NULL, NULL);
        fallback = conf_class_defaults(class_);
    } else {
        conf_error_add(&spot, "must be a mapping of attributes");
    }
    conf_document_free(document);
    *out = (struct conf_object){.dn = "", .class_ = class_, .json = json, .fallback = fallback};
    if (errors->count == 0)
        return json && fallback ? X4_OK : X4_ENOMEM;
    conf_node_free(out);
    return X4_ECONFIG;
}

int conf_node_load(const char *path, struct conf_object *out, struct conf_errors *errors)
{
    struct conf_document document;
    int result = conf_document_load(path, &document, errors);

    *out = (struct conf_object){.json = NULL};
    return result == X4_OK ? check_node(&document, out, errors) : result;
}

int conf_node_parse(struct slice text, struct conf_object *out, struct conf_errors *errors)
{
    struct conf_document document;
    int result = conf_document_parse(text, &document, errors);

    *out = (struct conf_object){.json = NULL};
    return result == X4_OK ? check_node(&document, out, errors) : result;
}

void conf_node_free(struct conf_object *node)
{
    json_decref((json_t *)(uintptr_t)node->json);
    json_decref((json_t *)(uintptr_t)node->fallback);
    *node = (struct conf_object){.json = NULL};
}
