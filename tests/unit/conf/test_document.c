/* SPDX-License-Identifier: Apache-2.0 */
#include "check_errors.h"

#include "base/error.h"
#include "conf/conf_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *compact(const json_t *tree)
{
    return json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void check_tree(const char *yaml, const char *json)
{
    struct conf_document document;
    struct conf_errors errors;
    char *text;

    conf_errors_init(&errors, "f");
    assert_int_equal(conf_document_parse(slice_str(yaml), &document, &errors), X4_OK);
    check_errors(&errors, "");
    text = compact(document.root);
    assert_string_equal(text, json);
    free(text);
    conf_document_free(&document);
    assert_null(document.root);
}

static void scalars_are_text(void **state)
{
    (void)state;
    check_tree("a: 1984\nb: No\nc: '~'\nd: 0x10\ne: 1.50\nf: true\n",
               "{\"a\":\"1984\",\"b\":\"No\",\"c\":\"~\",\"d\":\"0x10\",\"e\":\"1.50\","
               "\"f\":\"true\"}");
    check_tree("a:\nb: ~\nc: null\nd: ''\n", "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\"}");
    check_tree("[a, [b], {c: d}]", "[\"a\",[\"b\"],{\"c\":\"d\"}]");
    check_tree("{\"a\": [1, true, null, \"x\\u00e9\"]}",
               "{\"a\":[\"1\",\"true\",null,\"x\xc3\xa9\"]}");
    check_tree("text", "\"text\"");
}

static void check_position(const json_t *where, int line, int column)
{
    assert_non_null(where);
    assert_int_equal(json_integer_value(json_array_get(where, 0)), line);
    assert_int_equal(json_integer_value(json_array_get(where, 1)), column);
}

static void positions_are_kept(void **state)
{
    static const char yaml[] = "# comment\n"
                               "objects:\n"
                               "  first:\n"
                               "    hosts:\n"
                               "      - a\n"
                               "      - b\n"
                               "  second: {x: 1,\n"
                               "           y: 2}\n";
    struct conf_document document;
    struct conf_errors errors;
    const json_t *objects, *hosts, *second;

    (void)state;
    conf_errors_init(&errors, "f");
    assert_int_equal(conf_document_parse(slice_str(yaml), &document, &errors), X4_OK);
    objects = conf_where_key(document.where, "objects");
    check_position(objects, 2, 1);
    hosts = conf_where_key(conf_where_key(objects, "first"), "hosts");
    check_position(hosts, 4, 5);
    check_position(conf_where_item(hosts, 0), 5, 9);
    check_position(conf_where_item(hosts, 1), 6, 9);
    second = conf_where_key(objects, "second");
    check_position(second, 7, 3);
    check_position(conf_where_key(second, "y"), 8, 12);
    assert_null(conf_where_key(second, "z"));
    assert_null(conf_where_item(NULL, 3));
    conf_document_free(&document);
}

static void check_refused(const char *yaml, int result, const char *expected)
{
    struct conf_document document;
    struct conf_errors errors;

    conf_errors_init(&errors, "f");
    assert_int_equal(conf_document_parse(slice_str(yaml), &document, &errors), result);
    check_errors(&errors, expected);
    assert_null(document.root);
    assert_null(document.where);
}

static void bad_texts_name_their_line(void **state)
{
    (void)state;
    check_refused("", X4_ESYNTAX, "f: the file is empty");
    check_refused("# nothing\n", X4_ESYNTAX, "f: the file is empty");
    check_refused("a: 1\nb: 2\na: 3\n", X4_ESYNTAX,
                  "f:3: 'a' is here a second time, first in line 1");
    check_refused("a: &x 1\nb: *x\n", X4_ESYNTAX, "f:1: anchors (&x) are not allowed");
    check_refused("b: *x\n", X4_ESYNTAX, "f:1: aliases (*x) are not allowed");
    check_refused("a: !!int 3\n", X4_ESYNTAX, "f:1: tags (tag:yaml.org,2002:int) are not allowed");
    check_refused("a: 1\n---\nb: 2\n", X4_ESYNTAX, "f:2: a second document is not allowed");
    check_refused("a: 1\n? [x]\n: y\n", X4_ESYNTAX, "f:2: a key must be text");
    check_refused("a: 1\n'': y\n", X4_ESYNTAX, "f:2: empty key");
    check_refused("a: \"x\\0y\"\n", X4_ESYNTAX, "f:1: a NUL character is not allowed");
    check_refused(
        "a: 1\nb: [1, 2\n", X4_ESYNTAX,
        "f:3: did not find expected ',' or ']', while parsing a flow sequence (from line 2)");
    check_refused("a: 1\n\tb: 2\n", X4_ESYNTAX,
                  "f:2: the line begins with a tab; YAML is indented with spaces");
    check_refused("a:\n\tb: 2\n", X4_ESYNTAX,
                  "f:2: the line begins with a tab; YAML is indented with spaces");
    check_refused("a:\n  \tb: 2\n", X4_ESYNTAX,
                  "f:2: the line begins with a tab; YAML is indented with spaces");
    check_refused("a: 1\nb: \xff\n", X4_ESYNTAX,
                  "f:2: not readable as UTF-8 text: invalid leading UTF-8 octet");
}

/* The commonest slips are told in plain words, at the line where they are. */
static void slips_are_told_in_plain_words(void **state)
{
#define NEIGHBOURS "the line is not indented like its neighbours"
#define NO_KEY     "a key cannot be here: " NEIGHBOURS ", or a text with ': ' in it is not in quotes"
    (void)state;
    check_refused("o:\n  a: 1\n    b: 2\n", X4_ESYNTAX, "f:3: " NO_KEY);
    check_refused("o:\n  a: 1\n b: 2\n", X4_ESYNTAX, "f:3: " NEIGHBOURS);
    check_refused("o:\n    a: 1\n   b: 2\n", X4_ESYNTAX, "f:3: " NEIGHBOURS);
    check_refused("a: Madrid: ACC\n", X4_ESYNTAX, "f:1: " NO_KEY);
    check_refused("a:\n  - 1\n  b: 2\n", X4_ESYNTAX,
                  "f:3: an item of the list must begin with '-', indented like the others");
    check_refused("a: 1\nb 2\nc: 3\n", X4_ESYNTAX, "f:2: there is no ': ' after the key");
    check_refused("a: 1\nb:2\nc: 3\n", X4_ESYNTAX, "f:2: there is no ': ' after the key");
    check_refused("a: 1\nb: \"2\nc: 3\n", X4_ESYNTAX, "f:2: the quotation mark has no second one");
#undef NO_KEY
#undef NEIGHBOURS
}

static void byte_order_mark_is_no_text(void **state)
{
    (void)state;
    check_tree("\xEF\xBB\xBF"
               "a: 1\nb: 2\n",
               "{\"a\":\"1\",\"b\":\"2\"}");
    check_refused("\xEF\xBB\xBF", X4_ESYNTAX, "f: the file is empty");
    check_refused("\xEF\xBB", X4_ESYNTAX,
                  "f:1: not readable as UTF-8 text: incomplete UTF-8 octet sequence");
}

static void depth_and_size_are_bounded(void **state)
{
    char deep[256];
    char *large = malloc(CONF_FILE_MAX + 2);
    struct conf_document document;
    struct conf_errors errors;

    (void)state;
    memset(deep, '[', CONF_DEPTH_MAX + 1);
    deep[CONF_DEPTH_MAX + 1] = '\0';
    check_refused(deep, X4_ELIMIT, "f:1: nested deeper than 16 levels");
    memset(deep + CONF_DEPTH_MAX, ']', CONF_DEPTH_MAX);
    deep[2 * CONF_DEPTH_MAX] = '\0';
    check_tree(deep, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");

    assert_non_null(large);
    memset(large, '#', CONF_FILE_MAX + 1);
    conf_errors_init(&errors, "f");
    assert_int_equal(conf_document_parse(slice_make(large, CONF_FILE_MAX + 1), &document, &errors),
                     X4_ELIMIT);
    check_errors(&errors, "f: longer than 8388608 octets");
    large[0] = '[';
    for (size_t i = 1; i < 2 * CONF_NODES_MAX + 100; i += 2) {
        large[i] = 'a';
        large[i + 1] = ',';
    }
    assert_int_equal(
        conf_document_parse(slice_make(large, 2 * CONF_NODES_MAX + 101), &document, &errors),
        X4_ELIMIT);
    check_errors(&errors, "f:1: more than 500000 values");
    free(large);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    struct conf_document document;
    struct conf_errors errors;

    (void)state;
    conf_errors_init(&errors, "/nonexistent/site.yaml");
    assert_int_equal(conf_document_load("/nonexistent/site.yaml", &document, &errors), X4_EIO);
    check_errors(&errors, "/nonexistent/site.yaml: No such file or directory");
    conf_errors_init(&errors, "/");
    assert_int_equal(conf_document_load("/", &document, &errors), X4_EIO);
    check_errors(&errors, "/: Is a directory");
}

static void printing_is_stable_and_readable_again(void **state)
{
    static const char yaml[] = "objects:\n"
                               "  /o=Acme:\n"
                               "    class: organization\n"
                               "  /o=Acme/ou=London/cn=TCP (EX1):\n"
                               "    port: \"102\"\n"
                               "    list:\n"
                               "      - C=GB; A= ; P=ACME\n"
                               "      - space: \"*\"\n"
                               "        cost: \"7\"\n"
                               "      - - nested\n"
                               "        - \"a: b\"\n"
                               "    none: []\n"
                               "    empty: {}\n"
                               "    nothing: null\n"
                               "    word: \"null\"\n"
                               "    truth: \"true\"\n"
                               "    blank: \" x \"\n"
                               "    odd: \"\\\"\\\\\\x0A#\"\n"
                               "    umlaut: \"\xc3\xbc\"\n";
    struct conf_document document;
    struct conf_errors errors;
    char *text;

    (void)state;
    conf_errors_init(&errors, "f");
    assert_int_equal(conf_document_parse(slice_str(yaml), &document, &errors), X4_OK);
    text = conf_yaml_print(document.root);
    assert_string_equal(text, yaml);
    free(text);
    conf_document_free(&document);
}

static void printing_knows_all_types(void **state)
{
    json_t *tree = json_pack("{s:i, s:b, s:b, s:n, s:f}", "i", -5, "t", 1, "f", 0, "n", "r", 0.5);
    char *text = conf_yaml_print(tree);

    (void)state;
    assert_string_equal(text, "i: -5\nt: true\nf: false\n\"n\": null\nr: 0.5\n");
    free(text);
    json_decref(tree);
}

static void node_files_are_checked(void **state)
{
    struct conf_object node;
    struct conf_errors errors;
    int level;

    (void)state;
    conf_errors_init(&errors, "node.yaml");
    assert_int_equal(conf_node_parse(SLICE_LIT("store: /srv/x400\nsocket-mode: 0600\n"
                                               "log: [{to: stderr, level: warning}]\n"),
                                     &node, &errors),
                     X4_OK);
    assert_string_equal(conf_str(&node, "store"), "/srv/x400");
    assert_string_equal(conf_str(&node, "socket"), "/run/x400d/control");
    assert_int_equal(conf_int(&node, "socket-mode"), 0600);
    assert_null(conf_str(&node, "seed"));
    assert_int_equal(conf_count(&node, "log"), 1);
    assert_string_equal(conf_sink(&node, "log", 0, &level), "stderr");
    assert_int_equal(level, 2);
    conf_node_free(&node);

    assert_int_equal(conf_node_parse(SLICE_LIT("store: var/x400\n"
                                               "socket-mode: rw-rw----\n"
                                               "sed: /etc/seed.yaml\n"
                                               "log:\n"
                                               "  - {to: stderr, level: loud}\n"
                                               "  - {to: nowhere}\n"
                                               "  - {at: stderr}\n"),
                                     &node, &errors),
                     X4_ECONFIG);
    check_errors(
        &errors,
        "node.yaml:3: sed: no such attribute of class node; did you mean seed?\n"
        "node.yaml:1: store: 'var/x400' is not an absolute file name of at most 4000 octets\n"
        "node.yaml:2: socket-mode: 'rw-rw----' is not allowed, octal digits such as 0660\n"
        "node.yaml:5: log: 'loud' is not allowed, debug, info, warning or error\n"
        "node.yaml:6: log: to: 'nowhere' is not allowed, stderr, system or a full file "
        "name\n"
        "node.yaml:7: log: 'at' is not known here, to or level");
    assert_null(node.json);
    conf_errors_init(&errors, "node.yaml");
    assert_int_equal(conf_node_parse(SLICE_LIT("- store\n"), &node, &errors), X4_ECONFIG);
    check_errors(&errors, "node.yaml:1: must be a mapping of attributes");
}

static void examples_are_good(void **state)
{
    const char *folder = getenv("X400_EXAMPLES");
    static const char *const sites[] = {"site.yaml", "cluster-site.yaml"};
    char path[512];
    struct conf_errors errors;
    struct conf_object node;

    (void)state;
    assert_non_null(folder);
    snprintf(path, sizeof(path), "%s/node.yaml", folder);
    conf_errors_init(&errors, path);
    assert_int_equal(conf_node_load(path, &node, &errors), X4_OK);
    check_errors(&errors, "");
    conf_node_free(&node);
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
        struct directory *empty = directory_empty(), *after = NULL;
        struct conf_document document;
        int result;

        snprintf(path, sizeof(path), "%s/%s", folder, sites[i]);
        conf_errors_init(&errors, path);
        assert_int_equal(conf_document_load(path, &document, &errors), X4_OK);
        result = directory_apply(empty, &document, DIRECTORY_MERGE, &after, &errors);
        check_errors(&errors, "");
        assert_int_equal(result, X4_OK);
        conf_document_free(&document);
        directory_unref(&empty);
        directory_unref(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_text),
        cmocka_unit_test(positions_are_kept),
        cmocka_unit_test(bad_texts_name_their_line),
        cmocka_unit_test(slips_are_told_in_plain_words),
        cmocka_unit_test(byte_order_mark_is_no_text),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(printing_is_stable_and_readable_again),
        cmocka_unit_test(printing_knows_all_types),
        cmocka_unit_test(node_files_are_checked),
        cmocka_unit_test(examples_are_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
