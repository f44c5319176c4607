/* SPDX-License-Identifier: Apache-2.0 */
/* Data of charset.c. */
#pragma once

#include "ipm/charset.h"

/* The rows of charset_upper[] are CHARSET_8859_1 to CHARSET_8859_15 in the order of enum charset.
 */
enum { CHARSET_UPPER_COUNT = CHARSET_8859_15 - CHARSET_8859_1 + 1 };
extern const uint16_t charset_upper[CHARSET_UPPER_COUNT][96];
