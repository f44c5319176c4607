/* SPDX-License-Identifier: Apache-2.0 */
/* YAML into a tree, with positions. */
#include "conf/document.h"

#include "base/buf.h"
#include "base/error.h"
#include "conf/conf_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <yaml.h>

/* A mapping or sequence that is open. */
struct level {
    json_t *value; /* borrowed: its owner is the level below, or the reader */
    json_t *where; /* its node [line, column, children]; borrowed likewise */
    char *key;     /* mapping: the key that waits for its value */
    int key_line, key_column;
};

struct reader {
    yaml_parser_t parser;
    struct slice text;
    struct conf_errors *errors;
    struct level level[CONF_DEPTH_MAX];
    unsigned depth;
    unsigned nodes;
    json_t *root, *where;
    int result;
};

static int line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

static int column_of(yaml_mark_t mark)
{
    return (int)mark.column + 1;
}

#define FAIL(r, mark, code, ...)                                                                   \
    do {                                                                                           \
        conf_error_at((r)->errors, line_of(mark), column_of(mark), __VA_ARGS__);                   \
        (r)->result = (code);                                                                      \
    } while (0)

/* Takes both references. */
static void attach(struct reader *r, json_t *value, json_t *where)
{
    struct level *top = r->depth > 0 ? &r->level[r->depth - 1] : NULL;
    json_t *children = top ? json_array_get(top->where, 2) : NULL;
    int failed;

    if (!value || !where) {
        json_decref(value);
        json_decref(where);
        r->result = X4_ENOMEM;
        return;
    }
    if (!top) {
        r->root = value;
        r->where = where;
        return;
    }
    if (top->key) {
        failed = json_object_set_new(top->value, top->key, value);
        failed |= json_object_set_new(children, top->key, where);
        free(top->key);
        top->key = NULL;
    } else {
        failed = json_array_append_new(top->value, value);
        failed |= json_array_append_new(children, where);
    }
    if (failed)
        r->result = X4_ENOMEM;
}

/* The node of a value that begins at mark, or at its key. */
static json_t *position(const struct reader *r, yaml_mark_t mark, json_t *children)
{
    const struct level *top = r->depth > 0 ? &r->level[r->depth - 1] : NULL;
    bool keyed = top && top->key;

    return json_pack("[i, i, o]", keyed ? top->key_line : line_of(mark),
                     keyed ? top->key_column : column_of(mark), children);
}

static bool is_key_next(const struct reader *r)
{
    const struct level *top = r->depth > 0 ? &r->level[r->depth - 1] : NULL;

    return top && json_is_object(top->value) && !top->key;
}

/* Counts a value; false: one too many, or something that we do not read. */
static bool is_allowed(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    if (++r->nodes > CONF_NODES_MAX)
        FAIL(r, event->start_mark, X4_ELIMIT, "more than %d values", CONF_NODES_MAX);
    else if (anchor)
        FAIL(r, event->start_mark, X4_ESYNTAX, "anchors (&%s) are not allowed", anchor);
    else if (tag)
        FAIL(r, event->start_mark, X4_ESYNTAX, "tags (%s) are not allowed", tag);
    return r->result == X4_OK;
}

static void open_level(struct reader *r, const yaml_event_t *event, json_t *value, json_t *children)
{
    json_t *where;

    if (is_key_next(r)) {
        FAIL(r, event->start_mark, X4_ESYNTAX, "a key must be text");
    } else if (r->depth == CONF_DEPTH_MAX) {
        FAIL(r, event->start_mark, X4_ELIMIT, "nested deeper than %d levels", CONF_DEPTH_MAX);
    }
    if (r->result != X4_OK) {
        json_decref(value);
        json_decref(children);
        return;
    }
    where = position(r, event->start_mark, children);
    attach(r, value, where);
    if (r->result == X4_OK)
        r->level[r->depth++] = (struct level){.value = value, .where = where};
}

static void take_key(struct reader *r, const yaml_event_t *event)
{
    struct level *top = &r->level[r->depth - 1];
    const char *text = (const char *)event->data.scalar.value;

    if (event->data.scalar.length == 0) {
        FAIL(r, event->start_mark, X4_ESYNTAX, "empty key");
    } else if (json_object_get(top->value, text)) {
        FAIL(r, event->start_mark, X4_ESYNTAX, "'%s' is here a second time, first in line %d", text,
             (int)json_integer_value(json_array_get(conf_where_key(top->where, text), 0)));
    } else {
        top->key = strdup(text);
        top->key_line = line_of(event->start_mark);
        top->key_column = column_of(event->start_mark);
        if (!top->key)
            r->result = X4_ENOMEM;
    }
}

static bool is_null(const yaml_event_t *event)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp((const char *)event->data.scalar.value, words[i]) == 0)
            return true;
    return false;
}

static void take_scalar(struct reader *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;

    if (!is_allowed(r, event, event->data.scalar.anchor, event->data.scalar.tag))
        return;
    if (memchr(text, 0, len)) {
        FAIL(r, event->start_mark, X4_ESYNTAX, "a NUL character is not allowed");
        return;
    }
    if (is_key_next(r)) {
        take_key(r, event);
        return;
    }
    attach(r, is_null(event) ? json_null() : json_stringn(text, len),
           position(r, event->start_mark, json_null()));
}

static void take_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (r->root)
            FAIL(r, event->start_mark, X4_ESYNTAX, "a second document is not allowed");
        break;
    case YAML_ALIAS_EVENT:
        FAIL(r, event->start_mark, X4_ESYNTAX, "aliases (*%s) are not allowed",
             event->data.alias.anchor);
        break;
    case YAML_SCALAR_EVENT: take_scalar(r, event); break;
    case YAML_MAPPING_START_EVENT:
        if (is_allowed(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag))
            open_level(r, event, json_object(), json_object());
        break;
    case YAML_SEQUENCE_START_EVENT:
        if (is_allowed(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag))
            open_level(r, event, json_array(), json_array());
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: r->depth--; break;
    default: break;
    }
}

/* Is the line indented with a tab? People cannot see it, and what the parser says of it does not
 * name it. */
static bool has_tab(struct slice text, size_t line)
{
    size_t at = 0;

    for (size_t n = 0; n < line && at < text.len; at++)
        n += text.p[at] == '\n';
    while (at < text.len && text.p[at] == ' ')
        at++;
    return at < text.len && text.p[at] == '\t';
}

/* The line of an octet, the first is 1. */
static int line_at(struct slice text, size_t offset)
{
    int line = 1;

    for (size_t i = 0; i < offset && i < text.len; i++)
        line += text.p[i] == '\n';
    return line;
}

/* What the parser says of the commonest slips names neither the slip nor always its line. */
static const struct slip {
    const char *problem, *context; /* context NULL: any */
    bool at_context;               /* the slip is where the context begins */
    const char *said;
} slips[] = {
    {"mapping values are not allowed in this context", NULL, false,
     "a key cannot be here: the line is not indented like its neighbours, or a text with ': ' in "
     "it is not in quotes"},
    {"did not find expected key", "while parsing a block mapping", false,
     "the line is not indented like its neighbours"},
    {"did not find expected '-' indicator", NULL, false,
     "an item of the list must begin with '-', indented like the others"},
    {"could not find expected ':'", NULL, true, "there is no ': ' after the key"},
    {"found unexpected end of stream", "while scanning a quoted scalar", true,
     "the quotation mark has no second one"},
};

static const struct slip *find_slip(const yaml_parser_t *p)
{
    for (size_t i = 0; p->problem && i < sizeof(slips) / sizeof(slips[0]); i++)
        if (strcmp(p->problem, slips[i].problem) == 0 &&
            (!slips[i].context || (p->context && strcmp(p->context, slips[i].context) == 0)))
            return &slips[i];
    return NULL;
}

static void report_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const struct slip *slip = find_slip(p);
    yaml_mark_t mark = slip && slip->at_context ? p->context_mark : p->problem_mark;
    char from[32] = "";

    if (p->context && p->context_mark.line != mark.line)
        snprintf(from, sizeof(from), " (from line %d)", line_of(p->context_mark));
    if (has_tab(r->text, p->problem_mark.line))
        FAIL(r, p->problem_mark, X4_ESYNTAX,
             "the line begins with a tab; YAML is indented with spaces");
    else if (slip)
        FAIL(r, mark, X4_ESYNTAX, "%s", slip->said);
    else
        FAIL(r, mark, X4_ESYNTAX, "%s%s%s%s", p->problem ? p->problem : "not YAML",
             p->context ? ", " : "", p->context ? p->context : "", from);
}

static void report_problem(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;

    if (p->error == YAML_MEMORY_ERROR) {
        r->result = X4_ENOMEM;
    } else if (p->error == YAML_READER_ERROR) {
        conf_error_at(r->errors, line_at(r->text, p->problem_offset), 0,
                      "not readable as UTF-8 text: %s", p->problem);
        r->result = X4_ESYNTAX;
    } else {
        report_syntax(r);
    }
}

static void read_all(struct reader *r)
{
    bool more = true;

    while (more && r->result == X4_OK) {
        yaml_event_t event;

        if (!yaml_parser_parse(&r->parser, &event)) {
            report_problem(r);
            return;
        }
        take_event(r, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    if (r->result == X4_OK && !r->root) {
        conf_error_at(r->errors, 0, 0, "the file is empty");
        r->result = X4_ESYNTAX;
    }
}

/* Some editors put a byte order mark before the text; with the encoding given, the parser would
 * take it for text. */
static struct slice without_mark(struct slice text)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool marked = text.len >= sizeof(mark) && memcmp(text.p, mark, sizeof(mark)) == 0;

    return slice_from(text, marked ? sizeof(mark) : 0);
}

int conf_document_parse(struct slice text, struct conf_document *out, struct conf_errors *errors)
{
    struct reader r = {.text = without_mark(text), .errors = errors, .result = X4_OK};

    *out = (struct conf_document){.root = NULL};
    if (text.len > CONF_FILE_MAX) {
        conf_error_at(errors, 0, 0, "longer than %d octets", CONF_FILE_MAX);
        return X4_ELIMIT;
    }
    if (!yaml_parser_initialize(&r.parser))
        return X4_ENOMEM;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, r.text.p, r.text.len);
    read_all(&r);
    yaml_parser_delete(&r.parser);
    for (unsigned i = 0; i < CONF_DEPTH_MAX; i++)
        free(r.level[i].key);
    *out = (struct conf_document){.root = r.root, .where = r.where};
    if (r.result == X4_ENOMEM)
        conf_error_at(errors, 0, 0, "out of memory");
    if (r.result != X4_OK)
        conf_document_free(out);
    return r.result;
}

int conf_document_load(const char *path, struct conf_document *out, struct conf_errors *errors)
{
    FILE *file = fopen(path, "rbe");
    struct buf text;
    uint8_t block[16384];
    size_t got = 1;
    int result = X4_EIO;

    *out = (struct conf_document){.root = NULL};
    if (!file) {
        conf_error_at(errors, 0, 0, "%s", strerror(errno));
        return X4_EIO;
    }
    buf_init(&text, CONF_FILE_MAX + 1);
    while (got > 0 && !text.error) {
        got = fread(block, 1, sizeof(block), file);
        buf_append(&text, block, got);
    }
    if (ferror(file))
        conf_error_at(errors, 0, 0, "%s", strerror(errno));
    else if (text.error)
        conf_error_at(errors, 0, 0, "longer than %d octets", CONF_FILE_MAX);
    else
        result = conf_document_parse(buf_view(&text), out, errors);
    fclose(file);
    buf_free(&text);
    explicit_bzero(block, sizeof(block)); /* there may be passwords in it */
    return result;
}

void conf_document_free(struct conf_document *document)
{
    json_decref(document->root);
    json_decref(document->where);
    *document = (struct conf_document){.root = NULL};
}

void conf_json_text_free(void *text)
{
    json_free_t json_free;

    json_get_alloc_funcs(NULL, &json_free);
    json_free(text);
}
