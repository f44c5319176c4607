/* SPDX-License-Identifier: Apache-2.0 */
/* Output for people. */
#include "prog/x400ctl/ctl.h"

#include "conf/directory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CELL_MAX = 64 * 1024, FILE_MAX = 2000 * 1024 * 1024, LABEL_WIDTH = 22 };

int complain(int status, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fputs("x400ctl: ", stderr);
    print_safe(stderr, text);
    fputc('\n', stderr);
    return status;
}

void print_safe(FILE *to, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        fputc((*p < 0x20 && *p != '\n') || *p == 0x7F ? '?' : *p, to);
}

const char *text_member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

int64_t int_member(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

void time_text(int64_t ms, char text[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (ms == 0 || !localtime_r(&seconds, &tm))
        snprintf(text, 32, "-");
    else
        strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

void value_text(const json_t *value, struct buf *out)
{
    char *text;

    if (json_is_string(value)) {
        buf_text(out, json_string_value(value));
    } else if (json_is_boolean(value)) {
        buf_text(out, json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value) && !json_is_object(json_array_get(value, 0))) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            buf_text(out, i ? ", " : "");
            value_text(json_array_get(value, i), out);
        }
    } else if (value && !json_is_null(value)) {
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        buf_text(out, text ? text : "?");
        free(text);
    }
}

static char *cell_copy(const char *text)
{
    char *copy = strdup(text && *text ? text : "-");

    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
    return copy;
}

void table_add(struct table *table, const char *text)
{
    if (table->count == table->cap) {
        size_t cap = table->cap ? table->cap * 2 : 64;
        char **cell = realloc(table->cell, cap * sizeof(*cell));

        if (!cell)
            return;
        table->cell = cell;
        table->cap = cap;
    }
    table->cell[table->count++] = cell_copy(text);
}

void table_begin(struct table *table, const char *titles)
{
    *table = (struct table){.columns = 0};
    while (*titles) {
        size_t len = strcspn(titles, "|");
        char title[32];

        table->right[table->columns] = *titles == '>';
        snprintf(title, sizeof(title), "%.*s", (int)(len - (*titles == '>')),
                 titles + (*titles == '>'));
        if (len == 0)
            snprintf(title, sizeof(title), " ");
        table_add(table, title);
        table->columns++;
        titles += len;
        titles += *titles == '|';
    }
}

void table_add_int(struct table *table, int64_t number)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, number);
    table_add(table, text);
}

void table_add_member(struct table *table, const json_t *object, const char *name)
{
    struct buf text;

    buf_init(&text, CELL_MAX);
    value_text(json_object_get(object, name), &text);
    table_add(table, buf_cstr(&text));
    buf_free(&text);
}

void table_add_time(struct table *table, const json_t *object, const char *name)
{
    char text[32];

    time_text(int_member(object, name), text);
    table_add(table, text);
}

void table_add_leaf(struct table *table, const json_t *object, const char *name)
{
    const char *dn = text_member(object, name);

    table_add(table, dn ? conf_dn_leaf(dn) : NULL);
}

/* Columns on the screen: code points, which is right for all but wide scripts. */
static int width_of(const char *text)
{
    int width = 0;

    for (; text && *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void print_cell(const struct table *table, size_t column, const char *text, int width)
{
    int pad = width - width_of(text);
    bool last = column + 1 == table->columns;

    if (table->right[column])
        printf("%*s", pad, "");
    fputs(text ? text : "?", stdout);
    if (!last)
        printf("%*s", (table->right[column] ? 0 : pad) + 2, "");
}

void table_end(struct table *table, const char *empty)
{
    int width[TABLE_COLUMNS] = {0};
    bool rows = table->count > table->columns;

    for (size_t i = 0; i < table->count; i++) {
        int w = width_of(table->cell[i]);

        if (w > width[i % table->columns])
            width[i % table->columns] = w;
    }
    for (size_t i = 0; rows && i < table->count; i++) {
        size_t column = i % table->columns;

        print_cell(table, column, table->cell[i], width[column]);
        if (column + 1 == table->columns)
            putchar('\n');
    }
    if (!rows)
        printf("%s\n", empty);
    for (size_t i = 0; i < table->count; i++)
        free(table->cell[i]);
    free(table->cell);
    *table = (struct table){.columns = 0};
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* A member's name and value; times as people read them, blanks made visible. */
static void member_text(const char *key, const json_t *value, struct buf *name, struct buf *text)
{
    const char *string = json_string_value(value);
    char when[32];

    buf_text(name, key);
    if (ends_with(key, "-ms") && json_is_integer(value) && !ends_with(key, "idle-ms")) {
        name->len -= 3;
        time_text(json_integer_value(value), when);
        buf_text(text, when);
    } else if (string && *string == ' ') {
        buf_printf(text, "\"%s\"", string);
    } else {
        value_text(value, text);
    }
}

/* All members in one line: "address X, number 1", nested objects in brackets. */
static void inline_text(const json_t *object, struct buf *out)
{
    const char *key;
    json_t *value;
    bool first = true;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        buf_text(out, first ? "" : ", ");
        first = false;
        if (json_is_object(value)) {
            buf_printf(out, "%s (", key);
            inline_text(value, out);
            buf_u8(out, ')');
        } else {
            struct buf name, text;

            buf_init(&name, CELL_MAX);
            buf_init(&text, CELL_MAX);
            member_text(key, value, &name, &text);
            buf_slice(out, buf_view(&name));
            buf_u8(out, ' ');
            buf_slice(out, buf_view(&text));
            buf_free(&name);
            buf_free(&text);
        }
    }
}

static void print_list(const char *key, const json_t *list, unsigned indent)
{
    size_t i;
    json_t *item;

    printf("%*s%s:\n", (int)indent, "", key);
    json_array_foreach(list, i, item)
    {
        struct buf text;

        buf_init(&text, CELL_MAX);
        inline_text(item, &text);
        printf("%*s%zu. ", (int)indent + 2, "", i + 1);
        print_safe(stdout, buf_cstr(&text) ? buf_cstr(&text) : "(too long)");
        printf("\n");
        buf_free(&text);
    }
}

static void print_member(const char *key, const json_t *value, unsigned indent)
{
    struct buf name, text;

    buf_init(&name, CELL_MAX);
    buf_init(&text, CELL_MAX);
    member_text(key, value, &name, &text);
    printf("%*s%-*s ", (int)indent, "", LABEL_WIDTH, buf_cstr(&name) ? buf_cstr(&name) : key);
    print_safe(stdout, text.len > 0 && buf_cstr(&text) ? buf_cstr(&text) : "-");
    printf("\n");
    buf_free(&name);
    buf_free(&text);
}

void print_object(const json_t *object, unsigned indent)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (json_is_object(value)) {
            printf("%*s%s:\n", (int)indent, "", key);
            print_object(value, indent + 2);
        } else if (json_is_object(json_array_get(value, 0))) {
            print_list(key, value, indent);
        } else {
            print_member(key, value, indent);
        }
    }
}

void print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

int finish(struct ctl *ctl, const json_t *json, void (*show)(const json_t *json))
{
    if (ctl->json)
        print_json(json);
    else
        show(json);
    return EXIT_DONE;
}

int get_and_show(struct ctl *ctl, const char *path, void (*show)(const json_t *json))
{
    struct answer answer;
    char request[8192];
    int status;

    snprintf(request, sizeof(request), "GET %s", path);
    status = api(ctl, request, NULL, &answer);
    if (status == EXIT_DONE)
        status = finish(ctl, answer.json, show);
    answer_free(&answer);
    return status;
}

bool read_file(const char *path, struct buf *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    uint8_t block[65536];
    size_t got = 1;
    bool good;

    if (!file) {
        complain(0, "%s: %s", path, strerror(errno));
        return false;
    }
    buf_init(out, FILE_MAX);
    while (got > 0 && !out->error) {
        got = fread(block, 1, sizeof(block), file);
        buf_append(out, block, got);
    }
    good = !ferror(file) && !out->error;
    if (!good)
        complain(0, "%s: %s", path, out->error ? "too large" : strerror(errno));
    if (!is_stdin)
        fclose(file);
    return good;
}
