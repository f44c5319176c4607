/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a configuration: a list of messages that name file, line, object, attribute
 * and what is allowed. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONF_ERRORS = 25, CONF_ERROR_TEXT = 512 };

struct conf_error {
    int line; /* 1.., 0: not from a file */
    int column;
    char *where;     /* DN, "" = the file as a whole */
    char *attribute; /* "" = the object as a whole */
    char *message;   /* "0 is not allowed, 1..64" */
};

/* The first CONF_ERRORS errors; count goes on beyond. */
struct conf_errors {
    const char *file; /* borrowed; NULL: not from a file */
    struct conf_error item[CONF_ERRORS];
    size_t count;
};

void conf_errors_init(struct conf_errors *errors, const char *file);
void conf_errors_free(struct conf_errors *errors);
/* Error n as one line: "site.yaml:14: /o=Acme/.../cn=to Paris: window-size: 0 is not allowed" */
void conf_error_print(const struct conf_errors *errors, size_t n, char text[CONF_ERROR_TEXT]);
/* [{file, line, column, object, attribute, message, text}], NULL: out of memory */
json_t *conf_errors_json(const struct conf_errors *errors);
