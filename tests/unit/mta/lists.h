/* SPDX-License-Identifier: Apache-2.0 */
/* What distribution lists elsewhere make of a message. */
#pragma once

#include "fixture.h"

#define LIST_ONE "/S=One/O=Paris/PRMD=BISTRO/ADMD= /C=FR/"
#define LIST_TWO "/S=Two/O=Paris/PRMD=BISTRO/ADMD= /C=FR/"

struct or_name bench_name(struct bench *b, const char *text);
/* In the arena. */
struct slice bench_encoded(struct bench *b, const struct ber_type *type, const void *value);
/* The list with one more extension, of this value. */
struct ber_list bench_extended(struct bench *b, const struct ber_list *list, int number,
                               struct slice value);
/* The message as this list would have it sent to its members, at this minute past eleven. */
struct slice bench_expanded_by(struct bench *b, struct slice apdu, const char *list, char minute);
