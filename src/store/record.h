/* SPDX-License-Identifier: Apache-2.0 */
/* Deep copies of the records of store.h: where each keeps its slices, told by a table, so that one
 * function copies them all. */
#pragma once

#include "base/arena.h"

enum { RECORD_SLICES_MAX = 5 };

struct record_shape {
    size_t size;
    size_t slices[RECORD_SLICES_MAX]; /* offsets */
    unsigned count;
};

extern const struct record_shape record_object;
extern const struct record_shape record_item;
extern const struct record_shape record_delivery;
extern const struct record_shape record_digest; /* struct op_digest */
extern const struct record_shape record_chunk;  /* struct op_chunk */
extern const struct record_shape record_track;
extern const struct record_shape record_event;
extern const struct record_shape record_entry;

/* Copies the record at from to to (both of the shape's size), its octets into the arena.
 * X4_ENOMEM. */
int record_copy(const struct record_shape *shape, struct arena *arena, const void *from, void *to);
/* A copy in one block of memory, for free(); NULL: out of memory. */
void *record_clone(const struct record_shape *shape, const void *from);
