/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include "store/engine.h"

#include <stdlib.h>

#define AT(type, member) offsetof(struct type, member)

const struct record_shape record_object = {
    .size = sizeof(struct store_object),
    .slices = {AT(store_object, mts_id), AT(store_object, source), AT(store_object, envelope),
               AT(store_object, content)},
    .count = 4,
};
const struct record_shape record_item = {
    .size = sizeof(struct store_item),
    .slices = {AT(store_item, queue), AT(store_item, recipients), AT(store_item, reason)},
    .count = 3,
};
const struct record_shape record_delivery = {
    .size = sizeof(struct store_delivery),
    .slices = {AT(store_delivery, mailbox), AT(store_delivery, envelope)},
    .count = 2,
};
const struct record_shape record_digest = {
    .size = sizeof(struct op_digest),
    .slices = {AT(op_digest, digest)},
    .count = 1,
};
const struct record_shape record_chunk = {
    .size = sizeof(struct op_chunk),
    .slices = {AT(op_chunk, data)},
    .count = 1,
};
const struct record_shape record_track = {
    .size = sizeof(struct store_track),
    .slices = {AT(store_track, mts_id), AT(store_track, action), AT(store_track, detail)},
    .count = 3,
};
const struct record_shape record_event = {
    .size = sizeof(struct store_event),
    .slices = {AT(store_event, json)},
    .count = 1,
};
const struct record_shape record_entry = {
    .size = sizeof(struct store_entry),
    .slices = {AT(store_entry, dn), AT(store_entry, class_name), AT(store_entry, json)},
    .count = 3,
};

static struct slice get_slice(const void *record, size_t offset)
{
    struct slice s;

    memcpy(&s, (const char *)record + offset, sizeof(s));
    return s;
}

static void set_slice(void *record, size_t offset, struct slice s)
{
    memcpy((char *)record + offset, &s, sizeof(s));
}

int record_copy(const struct record_shape *shape, struct arena *arena, const void *from, void *to)
{
    memmove(to, from, shape->size);
    for (unsigned i = 0; i < shape->count; i++) {
        struct slice s = get_slice(from, shape->slices[i]);
        struct slice copy = arena_dup(arena, s);

        if (slice_present(s) && !slice_present(copy))
            return X4_ENOMEM;
        set_slice(to, shape->slices[i], copy);
    }
    return X4_OK;
}

void *record_clone(const struct record_shape *shape, const void *from)
{
    size_t size = shape->size;
    uint8_t *copy;

    for (unsigned i = 0; i < shape->count; i++)
        size += get_slice(from, shape->slices[i]).len;
    copy = malloc(size);
    if (!copy)
        return NULL;
    memcpy(copy, from, shape->size);
    size = shape->size;
    for (unsigned i = 0; i < shape->count; i++) {
        struct slice s = get_slice(from, shape->slices[i]);

        if (!slice_present(s))
            continue;
        if (s.len)
            memcpy(copy + size, s.p, s.len);
        set_slice(copy, shape->slices[i], slice_make(copy + size, s.len));
        size += s.len;
    }
    return copy;
}
