/* SPDX-License-Identifier: Apache-2.0 */
/* Inside oraddr/: the quoting of the text forms. */
#pragma once

#include "oraddr/attr.h"

struct scanner {
    struct slice in;
    size_t pos;
    char delimiter; /* ';' or '/' */
    bool pattern;   /* OR_PARSE_PATTERN: no teletex parts */
    struct arena *arena;
    uint8_t *out; /* as long as in: unquoted text is never longer */
    size_t out_len;
};

/* A label or a value without its quoting. */
struct scanned {
    size_t at;            /* where it began in the input */
    struct slice plain;   /* in front of an unquoted "*" */
    struct slice teletex; /* behind it, as text; absent: there was none */
};

/* Takes the input; skips "X.400:" and settles the delimiter. X4_ENOMEM. */
int or_scanner_init(struct scanner *s, struct slice text, struct arena *arena, bool pattern);
/* Is there another pair? Skips spaces. */
bool or_scanner_more(struct scanner *s);
/* Up to "=" or the delimiter; pos is then on it. X4_ESYNTAX: bad {ddd}. X4_ENOMEM. */
int or_scan_label(struct scanner *s, struct scanned *out);
/* Up to the delimiter, which is taken too. */
int or_scan_value(struct scanner *s, struct scanned *out);
/* "DDA:", "DD:", "DDA." or "DD." at the front of a label: its length, else 0. */
size_t or_dda_prefix(struct slice label);
