/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/error.h"

#include "conf/conf_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void conf_errors_init(struct conf_errors *errors, const char *file)
{
    *errors = (struct conf_errors){.file = file};
}

static size_t kept(const struct conf_errors *errors)
{
    return errors->count < CONF_ERRORS ? errors->count : CONF_ERRORS;
}

void conf_errors_free(struct conf_errors *errors)
{
    for (size_t i = 0; i < kept(errors); i++) {
        free(errors->item[i].where);
        free(errors->item[i].attribute);
        free(errors->item[i].message);
    }
    errors->count = 0;
}

const json_t *conf_where_key(const json_t *where, const char *key)
{
    return json_object_get(json_array_get(where, 2), key);
}

const json_t *conf_where_item(const json_t *where, size_t index)
{
    return json_array_get(json_array_get(where, 2), index);
}

/* A copy that can be shown on a terminal: what the API is sent may hold anything. */
static char *printable(const char *text)
{
    char *copy = strdup(text ? text : "");

    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
    return copy;
}

__attribute__((format(printf, 4, 0))) static void add(struct conf_errors *errors,
                                                      struct conf_error at,
                                                      const struct conf_spot *spot,
                                                      const char *format, va_list args)
{
    char text[CONF_ERROR_TEXT];

    if (errors->count++ >= CONF_ERRORS)
        return;
    vsnprintf(text, sizeof(text), format, args);
    at.where = printable(spot ? spot->dn : NULL);
    at.attribute = printable(spot ? spot->attribute : NULL);
    at.message = printable(text);
    errors->item[errors->count - 1] = at;
}

void conf_error_add(const struct conf_spot *spot, const char *format, ...)
{
    struct conf_error at = {
        .line = (int)json_integer_value(json_array_get(spot->where, 0)),
        .column = (int)json_integer_value(json_array_get(spot->where, 1)),
    };
    va_list args;

    va_start(args, format);
    add(spot->errors, at, spot, format, args);
    va_end(args);
}

void conf_error_at(struct conf_errors *errors, int line, int column, const char *format, ...)
{
    struct conf_error at = {.line = line, .column = column};
    va_list args;

    va_start(args, format);
    add(errors, at, NULL, format, args);
    va_end(args);
}

void conf_error_print(const struct conf_errors *errors, size_t n, char text[CONF_ERROR_TEXT])
{
    const struct conf_error *error = &errors->item[n];
    char line[32] = "";

    if (error->line > 0)
        snprintf(line, sizeof(line), ":%d", error->line);
    snprintf(text, CONF_ERROR_TEXT, "%s%s%s%s%s%s%s%s", errors->file ? errors->file : "",
             errors->file ? line : "", errors->file ? ": " : "", error->where ? error->where : "",
             error->where && *error->where ? ": " : "", error->attribute ? error->attribute : "",
             error->attribute && *error->attribute ? ": " : "",
             error->message ? error->message : "out of memory");
}

json_t *conf_errors_json(const struct conf_errors *errors)
{
    json_t *list = json_array();
    char text[CONF_ERROR_TEXT];

    for (size_t i = 0; i < kept(errors); i++) {
        const struct conf_error *error = &errors->item[i];

        conf_error_print(errors, i, text);
        json_array_append_new(
            list, json_pack("{s:s?, s:i, s:i, s:s, s:s, s:s, s:s}", "file", errors->file, "line",
                            error->line, "column", error->column, "object",
                            error->where ? error->where : "", "attribute",
                            error->attribute ? error->attribute : "", "message",
                            error->message ? error->message : "out of memory", "text", text));
    }
    return list;
}
