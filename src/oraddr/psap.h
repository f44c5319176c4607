/* SPDX-License-Identifier: Apache-2.0 */
/* Inside oraddr/: presentation addresses as text (RFC 1278). */
#pragma once

#include "oraddr/ext.h"

/* Selectors as 'hex'H or "text", network addresses as NS+hex. X4_ENOMEM. */
int or_psap_print(const struct or_presentation_address *pa, struct arena *arena, struct slice *out);
/* Reads what or_psap_print() writes. Network addresses in other notations depend on tables of
 * networks and are refused. X4_ESYNTAX, X4_ENOMEM. */
int or_psap_parse(struct slice text, struct arena *arena, struct or_presentation_address *out);
