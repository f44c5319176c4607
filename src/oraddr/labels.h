/* SPDX-License-Identifier: Apache-2.0 */
/* Inside oraddr/: labels and named values. */
#pragma once

#include "base/ascii.h"
#include "oraddr/attr.h"

/* The attribute with this label or key, in any case; -1: there is none. OU1 and PD-A1 are for the
 * caller: "OU" with an index. */
int or_attr_by_label(struct slice label);

/* "g3fax" for 5; NULL when the value has no name. */
const char *or_terminal_type_name(int64_t value);
/* A name or a number. X4_ESYNTAX. */
int or_terminal_type_value(struct slice text, int64_t *value);
/* A decimal number from 0 to max. X4_ESYNTAX. */
int or_parse_number(struct slice text, int64_t max, int64_t *value);
