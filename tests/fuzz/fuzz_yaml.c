/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration texts: any octets end in a directory or in errors that can be printed; a directory
 * that was taken prints as YAML that is taken again and changes nothing. */
/* needs: dep_lib_conf */
/* words: src/conf/schema.c src/conf/values.c src/conf/document.c */
#include "base/error.h"
#include "conf/directory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL: refused. */
static struct directory *apply(const struct directory *from, struct slice text)
{
    struct conf_document document;
    struct conf_errors errors;
    struct directory *after = NULL;

    conf_errors_init(&errors, "f");
    if (conf_document_parse(text, &document, &errors) == X4_OK)
        (void)directory_apply(from, &document, DIRECTORY_MERGE, &after, &errors);
    if (!after && errors.count == 0)
        abort();
    json_decref(conf_errors_json(&errors));
    conf_errors_free(&errors);
    conf_document_free(&document);
    return after;
}

static void check_again(const struct directory *taken)
{
    json_t *tree = directory_json(taken, true);
    char *yaml = conf_yaml_print(tree);
    struct directory *again = apply(taken, slice_str(yaml));
    json_t *diff;

    if (!again)
        abort();
    diff = directory_diff_json(taken, again);
    if (json_array_size(diff) != 0)
        abort();
    json_decref(diff);
    free(yaml);
    json_decref(tree);
    directory_unref(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct directory *empty = directory_empty();
    struct directory *taken = apply(empty, slice_make(data, size));
    struct conf_errors errors;
    struct conf_object node;

    if (taken)
        check_again(taken);
    conf_errors_init(&errors, "n");
    if (conf_node_parse(slice_make(data, size), &node, &errors) == X4_OK)
        conf_node_free(&node);
    conf_errors_free(&errors);
    directory_unref(&taken);
    directory_unref(&empty);
    return 0;
}
