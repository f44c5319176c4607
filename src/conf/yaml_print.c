/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as YAML text: block style, keys in the tree's order, so that the same tree gives the same
 * text. Strings are quoted whenever a reader might take them for something else. */
#include "base/ascii.h"
#include "base/buf.h"
#include "conf/document.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PRINT_MAX = 256 * 1024 * 1024 };

static bool is_reserved(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq_nocase(slice_str(text), slice_str(words[i])))
            return true;
    return false;
}

/* Only what is text for every YAML reader: begins with a letter or '/', goes on with harmless
 * characters, does not end in a blank. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || !(ascii_is_alpha((uint8_t)text[0]) || text[0] == '/') || is_reserved(text))
        return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];

        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !strchr(" /_.-=()@+;*%", c))
            return false;
    }
    return text[len - 1] != ' ';
}

static void put_text(struct buf *out, const char *text)
{
    if (is_plain(text)) {
        buf_text(out, text);
        return;
    }
    buf_u8(out, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7F) {
            buf_printf(out, "\\x%02X", *p);
            continue;
        }
        if (*p == '"' || *p == '\\')
            buf_u8(out, '\\');
        buf_u8(out, *p);
    }
    buf_u8(out, '"');
}

static void put_scalar(struct buf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING: put_text(out, json_string_value(value)); break;
    case JSON_INTEGER: buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); break;
    case JSON_REAL: buf_printf(out, "%.17g", json_real_value(value)); break;
    case JSON_TRUE: buf_text(out, "true"); break;
    case JSON_FALSE: buf_text(out, "false"); break;
    default: buf_text(out, "null"); break;
    }
}

static bool is_block(const json_t *value)
{
    return json_object_size(value) > 0 || json_array_size(value) > 0;
}

static void indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_text(out, "  ");
}

static void put_node(struct buf *out, const json_t *value, unsigned depth, bool inline_first);

static void put_mapping(struct buf *out, const json_t *object, unsigned depth, bool inline_first)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!inline_first)
            indent(out, depth);
        inline_first = false;
        put_text(out, key);
        buf_u8(out, ':');
        buf_text(out, is_block(value) ? "\n" : " ");
        put_node(out, value, depth + 1, false);
    }
}

static void put_sequence(struct buf *out, const json_t *array, unsigned depth, bool inline_first)
{
    size_t i;
    json_t *value;

    json_array_foreach(array, i, value)
    {
        if (!inline_first)
            indent(out, depth);
        inline_first = false;
        buf_text(out, "- ");
        put_node(out, value, depth + 1, true);
    }
}

/* inline_first: the first line begins after "- ", where indentation has been done. */
static void put_node(struct buf *out, const json_t *value, unsigned depth, bool inline_first)
{
    if (depth > CONF_DEPTH_MAX)
        buf_text(out, "null\n");
    else if (json_object_size(value) > 0)
        put_mapping(out, value, depth, inline_first);
    else if (json_array_size(value) > 0)
        put_sequence(out, value, depth, inline_first);
    else if (json_is_object(value))
        buf_text(out, "{}\n");
    else if (json_is_array(value))
        buf_text(out, "[]\n");
    else {
        put_scalar(out, value);
        buf_u8(out, '\n');
    }
}

char *conf_yaml_print(const json_t *root)
{
    struct buf out;
    const char *text;
    char *copy;

    buf_init(&out, PRINT_MAX);
    put_node(&out, root, 0, false);
    text = buf_cstr(&out);
    copy = text ? strdup(text) : NULL;
    buf_free(&out);
    return copy;
}
